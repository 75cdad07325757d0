//! Has the table of the checks of Azure Blob Storage.

mod account;
mod blobs;
mod policies;
mod run;
mod settings;

use std::future::ready;

use super::{
    CheckGroup,
    advice::azure::Side,
    engine::{Check, CheckSpec, plan as plan_checks, spec},
    entry,
};
use crate::{
    answers::target::AzureStore,
    score::{Scope, Severity},
};

pub(super) use run::AzureRun;

use Severity::{Note, Ping, Start, Transfer};

/// The table, in the order of the screen. A row names only rows above it. Score asks for the container when it starts,
/// and for nothing else.
const CHECKS: &[CheckSpec<AzureRun>] = &[
    entry::address(),
    entry::port(),
    entry::tls(),
    spec("service", CheckGroup::Store, "speaks Azure Blob", Start, |run, _| Box::pin(account::check_service(run)))
        .after(&["tls"])
        .from(Scope::Reach),
    entry::clock(),
    spec("sign-in", CheckGroup::SignIn, "account key", Start, |run, _| Box::pin(account::check_key(run)))
        .after(&["service", "clock"])
        .from(Scope::SignIn),
    spec("container", CheckGroup::Container, "container", Start, |run, _| Box::pin(account::check_container(run)))
        .after(&["sign-in"]),
    spec("download-policy", CheckGroup::Policies, "downloads", Ping, |run, _| {
        Box::pin(policies::check_policy(run, Side::Download))
    })
    .after(&["container"]),
    spec("upload-policy", CheckGroup::Policies, "uploads", Transfer, |run, _| {
        Box::pin(policies::check_policy(run, Side::Upload))
    })
    .after(&["container"]),
    spec("put-blob", CheckGroup::Upload, "at once", Transfer, |run, _| Box::pin(blobs::put_blob(run)))
        .after(&["upload-policy"])
        .writes()
        .proves_upload(),
    spec("put-blocks", CheckGroup::Upload, "in blocks", Transfer, |run, _| Box::pin(blobs::put_blocks(run)))
        .after(&["upload-policy"])
        .writes()
        .proves_upload(),
    spec("client-address", CheckGroup::Download, "address", Note, |run, _| {
        Box::pin(ready(account::check_address(run)))
    }),
    spec("sentinel", CheckGroup::Sentinel, "by a client's URL", Ping, |run, _| Box::pin(blobs::fetch_sentinel(run)))
        .after(&["download-policy"]),
    spec("ranged-get", CheckGroup::Download, "a range, by a client's URL", Transfer, |run, _| {
        Box::pin(blobs::fetch_range(run))
    })
    .after(&["sentinel"]),
    spec("read-only", CheckGroup::Download, "cannot write", Note, |run, _| Box::pin(blobs::write_by_download(run)))
        .after(&["download-policy"])
        .writes(),
];

/// Returns all checks of a run.
pub(super) fn plan(store: &AzureStore, scope: Scope) -> Vec<Check<AzureRun>> {
    plan_checks(CHECKS, scope, false, |_| vec![store.container.clone()])
}

/// Returns all checks of a run that also reads the settings of the container and the account.
pub(super) fn plan_with_settings(store: &AzureStore, scope: Scope) -> Vec<Check<AzureRun>> {
    plan_checks(CHECKS.iter().chain(settings::SETTINGS), scope, false, |_| vec![store.container.clone()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_needs_stand_above() {
        let store = crate::store::checks::fixtures::azure("http://127.0.0.1:1/acct");
        let checks = plan(&store, Scope::All);
        assert_eq!(checks.len(), CHECKS.len());
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
