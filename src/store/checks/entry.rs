//! The first steps to a store of either kind: address, port, TLS, an unsigned request, the clock. Knows nothing of
//! keys, buckets or containers.

pub(super) mod reply;
mod route;
mod tls;

use std::future::ready;

use super::{
    CheckGroup, Outcome, advice,
    engine::{CheckResult, CheckSpec, lock, spec},
};
use crate::{
    score::{Scope, Severity, times},
    store::probe::{connect, resolve},
    text::{Endpoint, shown},
};

pub(super) use route::{StoreRoute, StoreRun, send_unsigned};
pub(super) use tls::check_client_tls;

use reply::{ahead, header, in_words};

pub(super) const fn address<R: StoreRun>() -> CheckSpec<R> {
    spec("address", CheckGroup::Reach, "name", Severity::Start, |run, _| Box::pin(check_address(run)))
        .within(5)
        .from(Scope::Reach)
}

pub(super) const fn port<R: StoreRun>() -> CheckSpec<R> {
    spec("port", CheckGroup::Reach, "port", Severity::Start, |run, _| Box::pin(check_port(run)))
        .after(&["address"])
        .within(5)
        .from(Scope::Reach)
}

pub(super) const fn tls<R: StoreRun>() -> CheckSpec<R> {
    spec("tls", CheckGroup::Reach, "TLS", Severity::Start, |run, _| Box::pin(tls::check_tls(run)))
        .after(&["port"])
        .within(5)
        .from(Scope::Reach)
}

pub(super) const fn clock<R: StoreRun>() -> CheckSpec<R> {
    spec("clock", CheckGroup::Store, "clock", Severity::Start, |run, _| Box::pin(ready(check_clock(run))))
        .after(&["service"])
        .from(Scope::Reach)
}

/// Looks up the name of the endpoint, unless its text shows already that it cannot be that of a store.
async fn check_address(run: &impl StoreRun) -> CheckResult {
    if let Some(finding) = run.wrong_host() {
        return Err(finding.into());
    }
    let route = run.route();
    let (host, port) = route.sender.address_of(&route.endpoint);
    let addresses = resolve(host, port, route.timeouts.phase()).await;
    let addresses = addresses.map_err(|failure| run.explain_failure(&failure))?;
    let mut shown: Vec<String> = addresses.iter().take(3).map(|address| address.ip().to_string()).collect();
    if addresses.len() > 3 {
        shown.push(format!("{} more", addresses.len() - 3));
    }
    *lock(&route.addresses) = addresses;
    Ok(shown.join(", "))
}

/// Connects to the endpoint. The connection is used for the next step, and others are opened at the same time.
pub(super) async fn check_port(run: &impl StoreRun) -> CheckResult {
    let route = run.route();
    let addresses = lock(&route.addresses).clone();
    let limit = route.timeouts.connection();
    if route.endpoint.secure {
        route.sender.read_authorities();
    }
    route.sender.open_ahead(&route.endpoint, run.connections_ahead(), limit);
    let stream = connect(&addresses, limit).await;
    let stream = stream.map_err(|failure| run.explain_failure(&failure))?;
    let port = stream.peer_addr().map(|address| address.port().to_string()).unwrap_or_default();
    if route.endpoint.secure {
        *lock(&route.connected) = Some(stream);
    } else {
        route.sender.keep_stream(stream, &route.endpoint).await;
    }
    Ok(match run.unused_proxy() {
        None => port,
        Some(proxy) => format!("{port}, straight: {} is not used, as Score does not", proxy.variable),
    })
}

/// Compares the clock of this machine with the `Date` of the store.
fn check_clock<R: StoreRun>(run: &R) -> CheckResult {
    let unsigned = lock(&run.route().unsigned).clone();
    match unsigned.as_ref().and_then(ahead) {
        None => Err(Outcome::NotProbed("the store tells no time".to_owned())),
        Some(skew) if times::exceeds(skew, times::REPORTED_SKEW) => {
            let date = unsigned.as_ref().map(|(reply, _)| header(reply, "date")).unwrap_or_default();
            let finding = advice::clock(Some(skew), false).saw(format!("Date: {}", shown(date.as_bytes(), 60)));
            let refused = finding.severity > Severity::Note;
            Err(if refused { finding.at_least(R::LOSS_OF_SIGN_IN) } else { finding }.into())
        }
        Some(skew) => Ok(in_words(skew)),
    }
}

/// Judges whether other machines can reach the address that clients get. `key`: the setting that holds it.
pub(super) fn check_client_address(text: &str, key: &'static str) -> CheckResult {
    let Ok(endpoint) = Endpoint::parse(text) else {
        return Err(Outcome::NotProbed(format!("{key} is not a URL: see the sentinel")));
    };
    let host = endpoint.name();
    let why = if endpoint.is_this_machine() {
        Some("which on every machine is that machine itself")
    } else if !host.contains(['.', ':']) {
        Some("a name of one label, which other networks hardly know")
    } else if endpoint.in_cluster() {
        Some("a name of a Kubernetes service, which is unknown outside the cluster")
    } else {
        None
    };
    match why {
        Some(why) => Err(advice::client_address(text, key, why).into()),
        None => Ok(shown(host.as_bytes(), 60)),
    }
}
