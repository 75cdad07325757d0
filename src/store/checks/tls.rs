//! The greeting in TLS: which version, whose certificate, and whether Score's Java would take it. Where it fails, the
//! server is asked once more, so that the cause is told and not guessed.

use time::OffsetDateTime;

use super::{
    Finding, Outcome, advice,
    reach::{SECOND, WAYS, Way, way},
    storage::Told,
    visit::{Visit, lock},
};
use crate::{
    score::key,
    store::probe::{Failure, NoGreeting, connect, may_be_too_old, old_version, resolve},
    text::Endpoint,
};

pub(super) async fn tls(visit: &Visit) -> Told {
    if !visit.endpoint.secure {
        return Err(none());
    }
    greeted(way(visit), |finding| finding, |failure| visit.unanswered(failure)).await
}

pub(super) fn none() -> Outcome {
    Outcome::NotProbed("not used (http)".to_owned())
}

/// Of an address that only clients go to: what it shows, or what there is to say. A failure is told where a client's
/// request is tried.
pub(super) async fn of_clients(visit: &Visit, text: &str) -> Option<Told> {
    let endpoint = Endpoint::parse(text).ok().filter(|endpoint| endpoint.secure)?;
    let addresses = resolve(endpoint.name(), endpoint.port, SECOND * WAYS).await.ok()?;
    let stream = connect(&addresses, SECOND * WAYS).await.ok()?;
    let now = OffsetDateTime::now_utc();
    let greeting = visit.sender.greeting(stream, &endpoint, SECOND * WAYS).await.ok()?;
    Some(match advice::tls::greeted(&greeting, &endpoint, now) {
        Some(finding) => Err(Finding { settings: vec![key::S3_PRE_SIGNED_URL_OVERRIDE_HOST], ..finding }.into()),
        None => Ok(advice::tls::seen(&greeting, now).join("\n")),
    })
}

/// `of`: says it of the settings that make the endpoint; `unanswered`: what a failure means where TLS is not to blame.
pub(super) async fn greeted(
    way: Way<'_>,
    of: impl Fn(Finding) -> Finding,
    unanswered: impl Fn(&Failure) -> Finding,
) -> Told {
    let addresses = lock(way.addresses).clone();
    let stream = connect(&addresses, way.pace.connection()).await.map_err(|failure| unanswered(&failure))?;
    let now = OffsetDateTime::now_utc();
    match way.sender.greeting(stream, way.endpoint, way.pace.stage()).await {
        Ok(greeting) => match advice::tls::greeted(&greeting, way.endpoint, now) {
            Some(finding) => Err(of(finding).into()),
            None => Ok(advice::tls::seen(&greeting, now).join("\n")),
        },
        Err(NoGreeting::WantsCertificate(failure)) => {
            Err(of(advice::tls::wants_certificate(way.endpoint, advice::Asked::Store).saw(failure.to_string())).into())
        }
        Err(NoGreeting::Other(failure)) => {
            if may_be_too_old(&failure)
                && let Ok(stream) = connect(&addresses, SECOND * WAYS).await
                && let Some(version) = old_version(stream, way.endpoint.name(), SECOND * WAYS).await
            {
                return Err(of(advice::tls::too_old(way.endpoint, version, &failure)).into());
            }
            Err(unanswered(&failure).into())
        }
    }
}
