//! The checks of Azure Blob Storage: their table, and the function for each.

mod blobs;
mod entry;
mod policies;
mod visit;

pub(super) use visit::Visit;

use super::{
    Outcome,
    advice::azure::Side,
    plan::{self, Check, Line, line},
    storage::Told,
};
use crate::{
    answers::target::AzureStore,
    score::{Scope, Severity},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    Address,
    Port,
    Tls,
    Service,
    Clock,
    SignIn,
    Container,
    Policy(Side),
    ClientAddress,
    Sentinel,
    RangedGet,
    PutBlob,
    PutBlocks,
    WriteByDownload,
}

/// A policy that was just changed counts within 30 s (learn.microsoft.com "Define a stored access policy"); and time to
/// ask.
const POLICY: u64 = 45;

/// In the order of the screen. A line names only lines above it.
const LINES: &[Line<Ask>] = &[
    line(Ask::Address, "address", "Reach", "address").within(5).from(Scope::Reach),
    line(Ask::Port, "port", "Reach", "port").after(&["address"]).within(5).from(Scope::Reach),
    line(Ask::Tls, "tls", "Reach", "TLS").after(&["port"]).within(5).from(Scope::Reach),
    line(Ask::Service, "service", "Store", "speaks Azure Blob").after(&["tls"]).within(8).from(Scope::Reach),
    line(Ask::Clock, "clock", "Store", "clock").after(&["service"]).from(Scope::Reach),
    line(Ask::SignIn, "sign-in", "Sign-in", "account key").after(&["service", "clock"]).within(25).from(Scope::SignIn),
    line(Ask::Container, "container", "Container", "container").after(&["sign-in"]),
    line(Ask::Policy(Side::Download), "download-policy", "Policies", "policy for downloads")
        .after(&["container"])
        .within(POLICY),
    line(Ask::Policy(Side::Upload), "upload-policy", "Policies", "policy for uploads")
        .after(&["container"])
        .within(POLICY),
    line(Ask::PutBlob, "put-blob", "Uploads", "blob put at once").after(&["upload-policy"]).within(60).writes(),
    line(Ask::PutBlocks, "put-blocks", "Uploads", "blob put in blocks").after(&["upload-policy"]).within(60).writes(),
    line(Ask::ClientAddress, "client-address", "Clients", "address for clients"),
    line(Ask::Sentinel, "sentinel", "Sentinel", "sentinel").after(&["download-policy"]).within(12),
    line(Ask::RangedGet, "ranged-get", "Clients", "ranged download").after(&["sentinel"]),
    line(Ask::WriteByDownload, "read-only", "Clients", "downloads cannot write").after(&["download-policy"]).writes(),
];

pub(super) fn plan(store: &AzureStore, scope: Scope) -> Vec<Check<Ask>> {
    plan::checks(LINES, scope, false, |_| vec![store.container.clone()])
}

pub(super) async fn perform(visit: &Visit, ask: Ask) -> Outcome {
    let told: Told = match ask {
        Ask::Address => entry::address(visit).await,
        Ask::Port => entry::port(visit).await,
        Ask::Tls => entry::greeting(visit).await,
        Ask::Service => entry::service(visit).await,
        Ask::Clock => entry::clock(visit),
        Ask::SignIn => entry::sign_in(visit).await,
        Ask::Container => entry::container(visit).await,
        Ask::Policy(side) => policies::policy(visit, side).await,
        Ask::ClientAddress => entry::client_address(visit),
        Ask::Sentinel => blobs::sentinel(visit).await,
        Ask::RangedGet => blobs::ranged(visit).await,
        Ask::PutBlob => blobs::put(visit).await,
        Ask::PutBlocks => blobs::blocks(visit).await,
        Ask::WriteByDownload => blobs::write_by_download(visit).await,
    };
    match told {
        Ok(seen) => Outcome::Pass(seen),
        Err(Outcome::Warn(finding) | Outcome::Fail(finding)) => finding.at_most(worst(ask)).into(),
        Err(outcome) => outcome,
    }
}

/// What Score loses at most when this fails. It asks for the container when it starts, and for nothing else.
fn worst(ask: Ask) -> Severity {
    match ask {
        Ask::ClientAddress | Ask::WriteByDownload => Severity::Note,
        Ask::Policy(Side::Upload) | Ask::PutBlob | Ask::PutBlocks | Ask::RangedGet => Severity::Transfer,
        Ask::Policy(Side::Download) | Ask::Sentinel => Severity::Ping,
        _ => Severity::Start,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_needs_stand_above() {
        let store = crate::store::checks::fixtures::azure("http://127.0.0.1:1/acct");
        let checks = plan(&store, Scope::All);
        assert_eq!(checks.len(), LINES.len());
        for (at, check) in checks.iter().enumerate() {
            assert!(checks[..at].iter().all(|above| above.row.id != check.row.id), "{}", check.row.id);
            assert!(check.needs.iter().all(|need| *need < at), "{}", check.row.id);
            assert_eq!(check.needs.is_empty(), ["address", "client-address"].contains(&check.row.id.as_str()));
        }
        let ids = |scope| plan(&store, scope).into_iter().map(|check| check.row.id).collect::<Vec<_>>();
        assert_eq!(ids(Scope::Reach), ["address", "port", "tls", "service", "clock"]);
        assert_eq!(ids(Scope::SignIn).last().map(String::as_str), Some("sign-in"));
    }
}
