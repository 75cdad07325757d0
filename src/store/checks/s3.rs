//! Has the table of the checks of an S3 store, and the buckets that each row is checked in.

mod buckets;
mod clients;
mod first_reply;
pub mod link;
mod multipart;
mod other_port;
mod other_version;
mod refused;
mod requests;
mod run;
mod scratch;
mod service;
pub mod settings;
mod sign_in;
mod state;

use std::future::ready;

use super::{
    CheckGroup,
    engine::{BucketScope, Check, CheckSpec, plan as plan_checks, spec},
    entry,
};
use crate::{
    answers::target::S3Store,
    score::{Scope, Severity},
};

pub(super) use run::S3Run;

use BucketScope::{EveryObject, EveryState, FirstState, Lookups, States, Uploads};
use Severity::{Note, Start, Transfer};

/// The table, in the order of the screen. A row names only rows above it.
const CHECKS: &[CheckSpec<S3Run>] = &[
    entry::address(),
    spec("port", CheckGroup::Reach, "port", Start, |run, _| {
        Box::pin(async move { other_port::offer(run, entry::check_port(run).await).await })
    })
    .after(&["address"])
    .within(5)
    .from(Scope::Reach),
    entry::tls(),
    spec("service", CheckGroup::Store, "speaks S3", Start, |run, _| {
        Box::pin(async move { other_port::offer(run, service::check_service(run).await).await })
    })
    .after(&["tls"])
    .from(Scope::Reach),
    entry::clock(),
    spec("sign-in", CheckGroup::SignIn, "keys", Start, |run, _| Box::pin(sign_in::check_keys(run)))
        .after(&["service", "clock"])
        .from(Scope::SignIn),
    spec("signature", CheckGroup::SignIn, "signature", Start, |run, _| {
        Box::pin(ready(Ok(sign_in::describe_signature(run))))
    })
    .after(&["sign-in"])
    .from(Scope::SignIn),
    spec("object-bucket", CheckGroup::Buckets, "object bucket", Start, |run, bucket| {
        Box::pin(buckets::check_object_bucket(run, bucket))
    })
    .in_each(EveryObject)
    .after(&["signature"]),
    spec("state-bucket", CheckGroup::Buckets, "state bucket", Transfer, |run, bucket| {
        Box::pin(buckets::check_state_bucket(run, bucket))
    })
    .in_each(EveryState)
    .after(&["signature"]),
    spec("absent-key", CheckGroup::Buckets, "a missing object says 404", Transfer, |run, bucket| {
        Box::pin(buckets::check_absent_key(run, bucket))
    })
    .in_each(Lookups)
    .after(&["state-bucket"])
    .or_after(STATE_BUCKET_ELSEWHERE),
    spec("state-meta", CheckGroup::Records, "write", Transfer, |run, bucket| {
        Box::pin(async move { other_version::offer(run, state::write_meta(run, bucket).await).await })
    })
    .in_each(States)
    .after(&["state-bucket"])
    .or_after(STATE_BUCKET_ELSEWHERE)
    .writes(),
    spec("state-marker", CheckGroup::Records, "part marker", Transfer, |run, bucket| {
        Box::pin(async move { other_version::offer(run, state::write_marker(run, bucket).await).await })
    })
    .in_each(States)
    .after(&["state-meta"])
    .writes()
    .proves_upload(),
    spec("state-list", CheckGroup::Records, "list", Transfer, |run, bucket| Box::pin(state::check_list(run, bucket)))
        .in_each(States)
        .after(&["state-marker", "absent-key"])
        .writes(),
    spec("state-read", CheckGroup::Records, "read", Transfer, |run, bucket| Box::pin(state::check_read(run, bucket)))
        .in_each(States)
        .after(&["state-meta"])
        .writes(),
    spec("state-delete", CheckGroup::Records, "delete", Note, |run, bucket| Box::pin(state::check_delete(run, bucket)))
        .in_each(States)
        .after(&["state-list", "state-read"])
        .writes(),
    spec("multipart", CheckGroup::Upload, "begin", Transfer, |run, bucket| {
        Box::pin(multipart::begin_upload(run, bucket))
    })
    .in_each(Uploads)
    .after(&["object-bucket"])
    .writes(),
    spec("part", CheckGroup::Upload, "part", Transfer, |run, bucket| {
        Box::pin(async move { Ok(multipart::send_part(run, bucket).await?) })
    })
    .in_each(Uploads)
    .after(&["multipart"])
    .writes()
    .proves_upload(),
    spec("parts-listed", CheckGroup::Upload, "list", Transfer, |run, bucket| {
        Box::pin(multipart::check_parts_listed(run, bucket))
    })
    .in_each(Uploads)
    .after(&["part"])
    .writes(),
    // also reads, so a run that only reads does not skip it
    spec("abort", CheckGroup::Upload, "abort", Note, |run, bucket| Box::pin(multipart::abort_upload(run, bucket)))
        .in_each(Uploads)
        .after(&["object-bucket", "parts-listed"]),
    spec("complete", CheckGroup::Upload, "complete", Transfer, |run, bucket| {
        Box::pin(multipart::complete_upload(run, bucket))
    })
    .in_each(FirstState)
    .after(&["state-meta"])
    .writes(),
    spec("client-address", CheckGroup::Download, "address", Note, |run, _| Box::pin(clients::check_address(run))),
    spec("sentinel", CheckGroup::Sentinel, "by a client's URL", Start, |run, _| {
        Box::pin(async move { Ok(clients::fetch_sentinel(run).await?) })
    })
    .after(&["object-bucket"]),
    spec("ranged-get", CheckGroup::Download, "a range, by a client's URL", Transfer, |run, _| {
        Box::pin(clients::fetch_range(run))
    })
    .after(&["sentinel"]),
];

/// The checks to wait for if the state bucket has no check of its own: the bucket is also an object bucket, or it is
/// the base bucket beside a pool, where only the keys must work.
const STATE_BUCKET_ELSEWHERE: &[&str] = &["object-bucket", "signature"];

/// Returns all checks of a run.
pub(super) fn plan(store: &S3Store, scope: Scope) -> Vec<Check<S3Run>> {
    plan_checks(CHECKS, scope, store.pool > 0, |of| buckets_of(store, of))
}

/// Returns all checks of a run that also reads the settings of the buckets.
pub(super) fn plan_with_settings(store: &S3Store, scope: Scope) -> Vec<Check<S3Run>> {
    plan_checks(CHECKS.iter().chain(settings::SETTINGS), scope, store.pool > 0, |of| buckets_of(store, of))
}

fn buckets_of(store: &S3Store, of: BucketScope) -> Vec<String> {
    let (objects, states) = (store.object_buckets(), store.state_buckets());
    let with_base = |mut buckets: Vec<String>, base: &String| {
        if !buckets.contains(base) {
            buckets.push(base.clone());
        }
        buckets
    };
    match of {
        BucketScope::Once => vec![store.object_bucket.clone()],
        FirstState => states.into_iter().take(1).collect(),
        EveryObject => with_base(objects, &store.object_bucket),
        Uploads => objects,
        EveryState if store.object_bucket == store.state_bucket => Vec::new(),
        EveryState | States => states,
        Lookups => with_base(states, &store.state_bucket),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::checks::fixtures::store;

    fn ids(store: &S3Store, scope: Scope) -> Vec<String> {
        plan(store, scope).into_iter().map(|check| check.row.id).collect()
    }

    fn needs(checks: &[Check<S3Run>], id: &str) -> Vec<String> {
        let check = checks.iter().find(|check| check.row.id == id).unwrap();
        check.needs.iter().map(|at| checks[*at].row.id.clone()).collect()
    }

    #[test]
    fn ids_are_unique_and_needs_stand_above() {
        for pool in [0, 3] {
            for (objects, states) in [("o", "s"), ("same", "same")] {
                let store =
                    S3Store { pool, object_bucket: objects.into(), state_bucket: states.into(), ..store("http://h:1") };
                let checks = plan(&store, Scope::All);
                for (at, check) in checks.iter().enumerate() {
                    assert!(checks[..at].iter().all(|above| above.row.id != check.row.id), "{:?}", check.row);
                    assert!(check.needs.iter().all(|need| *need < at), "{:?}", check.row);
                    let alone = ["address", "client-address"].contains(&check.row.id.as_str());
                    assert_eq!(check.needs.is_empty(), alone, "{:?}", check.row);
                }
            }
        }
    }

    #[test]
    fn without_a_pool_every_line_is_one_row() {
        assert_eq!(ids(&store("http://h:1"), Scope::All).len(), CHECKS.len());
        assert_eq!(ids(&store("http://h:1"), Scope::ReadOnly), ids(&store("http://h:1"), Scope::All));
    }

    #[test]
    fn smaller_scopes_ask_less() {
        assert_eq!(ids(&store("http://h:1"), Scope::Reach), ["address", "port", "tls", "service", "clock"]);
        assert_eq!(
            ids(&store("http://h:1"), Scope::SignIn),
            ["address", "port", "tls", "service", "clock", "sign-in", "signature"]
        );
    }

    #[test]
    fn a_pool_is_asked_bucket_by_bucket_and_the_base_ones_for_what_score_wants_of_them() {
        let store = S3Store { pool: 2, object_bucket: "o".into(), state_bucket: "s".into(), ..store("http://h:1") };
        let checks = plan(&store, Scope::All);
        let with = |id: &str| -> Vec<String> {
            checks
                .iter()
                .filter(|check| check.row.id.starts_with(&format!("{id}:")))
                .map(|c| c.row.id[id.len() + 1..].to_owned())
                .collect()
        };
        assert_eq!(with("object-bucket"), ["o.0", "o.1", "o"]);
        assert_eq!(with("state-bucket"), ["s.0", "s.1"]);
        assert_eq!(with("absent-key"), ["s.0", "s.1", "s"]);
        assert_eq!(with("state-marker"), ["s.0", "s.1"]);
        assert_eq!(with("part"), ["o.0", "o.1"]);
        assert_eq!(needs(&checks, "sentinel"), ["object-bucket:o"]);
        assert_eq!(needs(&checks, "absent-key:s"), ["signature"]);
        assert_eq!(needs(&checks, "state-list:s.1"), ["state-marker:s.1", "absent-key:s.1"]);
        assert_eq!(needs(&checks, "complete"), ["state-meta:s.0"]);
    }

    #[test]
    fn one_bucket_for_both_is_not_asked_twice() {
        let store = S3Store { object_bucket: "b".into(), state_bucket: "b".into(), ..store("http://h:1") };
        let checks = plan(&store, Scope::All);
        assert!(!checks.iter().any(|check| check.row.id == "state-bucket"));
        assert_eq!(needs(&checks, "absent-key"), ["object-bucket"]);
        assert_eq!(needs(&checks, "state-meta"), ["object-bucket"]);
    }

    #[test]
    fn where_nothing_may_be_written_the_writing_rows_say_so() {
        let skipped: Vec<_> = plan(&store("http://h:1"), Scope::ReadOnly)
            .into_iter()
            .filter(|check| check.skipped.is_some())
            .map(|check| check.row.id)
            .collect();
        assert_eq!(
            skipped,
            [
                "state-meta",
                "state-marker",
                "state-list",
                "state-read",
                "state-delete",
                "multipart",
                "part",
                "parts-listed",
                "complete"
            ]
        );
    }
}
