//! The TLS handshake: which version, whose certificate, and whether Score's Java would accept it. If it fails, the
//! server is asked once more, so that the cause is known and not guessed.

use time::OffsetDateTime;

use super::route::{StoreRoute, StoreRun};
use crate::{
    score::key,
    store::{
        checks::{
            Finding, Outcome, advice,
            engine::{CheckResult, ROUND_TRIPS, SECOND_QUESTION, lock},
        },
        probe::{NoGreeting, connect, may_be_too_old, old_version, resolve},
    },
    text::Endpoint,
};

/// Greets the endpoint in TLS.
pub(super) async fn check_tls(run: &impl StoreRun) -> CheckResult {
    let route = run.route();
    if !route.endpoint.secure {
        return Err(Outcome::NotProbed("not used (http)".to_owned()));
    }
    let addresses = lock(&route.addresses).clone();
    let connected = lock(&route.connected).take();
    let stream = match connected {
        Some(stream) => stream,
        None => {
            connect(&addresses, route.timeouts.connection()).await.map_err(|failure| run.explain_failure(&failure))?
        }
    };
    let now = OffsetDateTime::now_utc();
    match route.sender.greeting(stream, &route.endpoint, route.timeouts.phase()).await {
        Ok(greeting) => match advice::tls::greeted(&greeting, &route.endpoint, now) {
            Some(finding) => Err(run.about_endpoint(finding).into()),
            None => Ok(advice::tls::seen(&greeting, now).join("\n")),
        },
        Err(NoGreeting::WantsCertificate(failure)) => {
            let finding = advice::tls::wants_certificate(&route.endpoint, advice::STORE).saw(failure.to_string());
            Err(run.about_endpoint(finding).into())
        }
        Err(NoGreeting::Other(failure)) => {
            if may_be_too_old(&failure)
                && let Ok(stream) = connect(&addresses, SECOND_QUESTION * ROUND_TRIPS).await
                && let Some(version) = old_version(stream, route.endpoint.name(), SECOND_QUESTION * ROUND_TRIPS).await
            {
                let finding = advice::tls::too_old(&route.endpoint, version, &failure);
                return Err(run.about_endpoint(finding).into());
            }
            Err(run.explain_failure(&failure).into())
        }
    }
}

/// Greets an address that only clients use. Returns its certificate and version, or the fault. A failure is reported by
/// the check that sends a client's request.
pub(in crate::store::checks) async fn check_client_tls(route: &StoreRoute, text: &str) -> Option<CheckResult> {
    let endpoint = Endpoint::parse(text).ok().filter(|endpoint| endpoint.secure)?;
    let addresses = resolve(endpoint.name(), endpoint.port, SECOND_QUESTION * ROUND_TRIPS).await.ok()?;
    let stream = connect(&addresses, SECOND_QUESTION * ROUND_TRIPS).await.ok()?;
    let now = OffsetDateTime::now_utc();
    let greeting = route.sender.greeting(stream, &endpoint, SECOND_QUESTION * ROUND_TRIPS).await.ok()?;
    Some(match advice::tls::greeted(&greeting, &endpoint, now) {
        Some(finding) => Err(Finding { settings: vec![key::S3_PRE_SIGNED_URL_OVERRIDE_HOST], ..finding }.into()),
        None => Ok(advice::tls::seen(&greeting, now).join("\n")),
    })
}
