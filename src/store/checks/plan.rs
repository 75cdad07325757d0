//! The table of checks of an S3 store: what is asked, of which buckets, after what, and for how long. Pure; knows nothing
//! of requests.

use std::{collections::HashMap, time::Duration};

use super::{CheckId, Row};
use crate::{answers::target::S3Store, score::Scope};

/// What a check does; `perform` in `run` finds the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    Address,
    Port,
    Tls,
    Service,
    Clock,
    SignIn,
    Signature,
    ObjectBucket,
    StateBucket,
    AbsentKey,
    StateMeta,
    StateMarker,
    StateList,
    StateRead,
    StateDelete,
    Multipart,
    Part,
    PartsListed,
    Abort,
    Complete,
    ClientAddress,
    Sentinel,
    RangedGet,
}

/// How often a line of the table is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// Once, and not about a bucket; or once, about the base object bucket.
    Run,
    /// Once, in the first state bucket.
    FirstState,
    /// Every bucket that holds objects, and with a pool the base one, for the sentinel.
    EveryObject,
    /// Every bucket that takes uploads.
    Uploads,
    /// Every bucket that holds state, unless the same bucket is already asked as an object bucket.
    EveryState,
    /// Every bucket that is asked for absent keys: with a pool Score looks into the base one too (Score 5.11
    /// `S3BucketNamingService`).
    Lookups,
    /// Every bucket that state is written to.
    States,
}

#[derive(Clone, Copy)]
pub(super) struct Line<A> {
    ask: A,
    id: &'static str,
    group: &'static str,
    title: &'static str,
    of: Of,
    needs: &'static [&'static str],
    /// Seconds.
    limit: u64,
    /// The smallest scope that has it.
    from: Scope,
    /// Leaves something behind, be it for a moment.
    writes: bool,
}

pub(super) const fn line<A>(ask: A, id: &'static str, group: &'static str, title: &'static str) -> Line<A> {
    Line { ask, id, group, title, of: Of::Run, needs: &[], limit: 10, from: Scope::ReadOnly, writes: false }
}

impl<A: Copy> Line<A> {
    pub(super) const fn after(self, needs: &'static [&'static str]) -> Self {
        Self { needs, ..self }
    }

    const fn of(self, of: Of) -> Self {
        Self { of, ..self }
    }

    pub(super) const fn within(self, limit: u64) -> Self {
        Self { limit, ..self }
    }

    pub(super) const fn from(self, from: Scope) -> Self {
        Self { from, ..self }
    }

    pub(super) const fn writes(self) -> Self {
        Self { writes: true, ..self }
    }
}

/// In the order of the screen. A line names only lines above it; those that may try the other signature version have
/// time for it.
const LINES: &[Line<Ask>] = &[
    line(Ask::Address, "address", "Reach", "address").within(5).from(Scope::Reach),
    line(Ask::Port, "port", "Reach", "port").after(&["address"]).within(5).from(Scope::Reach),
    line(Ask::Tls, "tls", "Reach", "TLS").after(&["port"]).within(5).from(Scope::Reach),
    line(Ask::Service, "service", "Store", "speaks S3").after(&["tls"]).within(8).from(Scope::Reach),
    line(Ask::Clock, "clock", "Store", "clock").after(&["service"]).from(Scope::Reach),
    line(Ask::SignIn, "sign-in", "Sign-in", "keys").after(&["service", "clock"]).within(25).from(Scope::SignIn),
    line(Ask::Signature, "signature", "Sign-in", "signature").after(&["sign-in"]).from(Scope::SignIn),
    line(Ask::ObjectBucket, "object-bucket", "Buckets", "object bucket").of(Of::EveryObject).after(&["signature"]),
    line(Ask::StateBucket, "state-bucket", "Buckets", "state bucket").of(Of::EveryState).after(&["signature"]),
    line(Ask::AbsentKey, "absent-key", "Buckets", "absent keys").of(Of::Lookups).after(&["state-bucket"]),
    line(Ask::StateMeta, "state-meta", "State", "streamed write")
        .of(Of::States)
        .after(&["state-bucket"])
        .within(25)
        .writes(),
    line(Ask::StateMarker, "state-marker", "State", "empty part marker")
        .of(Of::States)
        .after(&["state-meta"])
        .within(25)
        .writes(),
    line(Ask::StateList, "state-list", "State", "marker listed")
        .of(Of::States)
        .after(&["state-marker", "absent-key"])
        .writes(),
    line(Ask::StateRead, "state-read", "State", "read back").of(Of::States).after(&["state-meta"]).writes(),
    line(Ask::StateDelete, "state-delete", "State", "delete")
        .of(Of::States)
        .after(&["state-list", "state-read"])
        .writes(),
    line(Ask::Multipart, "multipart", "Multipart", "upload begun").of(Of::Uploads).after(&["object-bucket"]).writes(),
    line(Ask::Part, "part", "Multipart", "pre-signed part").of(Of::Uploads).after(&["multipart"]).within(60).writes(),
    line(Ask::PartsListed, "parts-listed", "Multipart", "parts listed").of(Of::Uploads).after(&["part"]).writes(),
    // reads too, so it is not skipped where nothing may be written
    line(Ask::Abort, "abort", "Multipart", "aborted").of(Of::Uploads).after(&["object-bucket", "parts-listed"]),
    line(Ask::Complete, "complete", "Multipart", "completed").of(Of::FirstState).after(&["state-meta"]).writes(),
    line(Ask::ClientAddress, "client-address", "Clients", "address for clients"),
    line(Ask::Sentinel, "sentinel", "Sentinel", "sentinel").after(&["object-bucket"]).within(12),
    line(Ask::RangedGet, "ranged-get", "Clients", "pre-signed ranged download").after(&["sentinel"]),
];

/// One check of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Check<A = Ask> {
    pub(super) row: Row,
    pub(super) ask: A,
    /// The bucket it is about; the base object bucket where it is about none.
    pub(super) bucket: String,
    /// Earlier checks, by their place in the plan.
    pub(super) needs: Vec<usize>,
    pub(super) limit: Duration,
    /// Why it is not asked in this scope.
    pub(super) skipped: Option<&'static str>,
}

/// All checks of a run, in the order of the screen.
pub(super) fn plan(store: &S3Store, scope: Scope) -> Vec<Check> {
    checks(LINES, scope, store.pool > 0, |of| buckets(store, of))
}

/// All checks of a table. `pooled`: a line can be about more than one bucket, and says about which.
pub(super) fn checks<A: Copy>(
    lines: &[Line<A>],
    scope: Scope,
    pooled: bool,
    buckets: impl Fn(Of) -> Vec<String>,
) -> Vec<Check<A>> {
    let mut checks: Vec<Check<A>> = Vec::new();
    let mut places: HashMap<CheckId, usize> = HashMap::new();
    for line in lines.iter().filter(|line| includes(scope, line.from)) {
        for bucket in buckets(line.of) {
            let (id, title) = if pooled && line.of.each() {
                (format!("{}:{bucket}", line.id), format!("{} · {bucket}", line.title))
            } else {
                (line.id.to_owned(), line.title.to_owned())
            };
            let needs = line.needs.iter().filter_map(|need| place(&places, need, &bucket)).collect();
            places.insert(id.clone(), checks.len());
            checks.push(Check {
                row: Row { id, group: line.group, title },
                ask: line.ask,
                bucket,
                needs,
                limit: Duration::from_secs(line.limit),
                skipped: (line.writes && scope != Scope::All).then_some("nothing is written in this run"),
            });
        }
    }
    checks
}

/// The check of that name for this bucket. A state bucket that is not asked by itself is either an object bucket as well,
/// or the base one beside a pool, of which nothing but the keys must work.
fn place(places: &HashMap<CheckId, usize>, need: &str, bucket: &str) -> Option<usize> {
    let of_bucket = |need: &str| places.get(&format!("{need}:{bucket}")).or_else(|| places.get(need)).copied();
    of_bucket(need).or_else(|| of_bucket("object-bucket")).or_else(|| of_bucket("signature"))
}

fn includes(scope: Scope, from: Scope) -> bool {
    let rank = |scope| match scope {
        Scope::Reach => 0,
        Scope::SignIn => 1,
        Scope::ReadOnly | Scope::All => 2,
    };
    rank(from) <= rank(scope)
}

impl Of {
    /// Whether there are as many as the pool has buckets.
    fn each(self) -> bool {
        !matches!(self, Self::Run | Self::FirstState)
    }
}

fn buckets(store: &S3Store, of: Of) -> Vec<String> {
    let (objects, states) = (store.object_buckets(), store.state_buckets());
    let with_base = |mut buckets: Vec<String>, base: &String| {
        if !buckets.contains(base) {
            buckets.push(base.clone());
        }
        buckets
    };
    match of {
        Of::Run => vec![store.object_bucket.clone()],
        Of::FirstState => states.into_iter().take(1).collect(),
        Of::EveryObject => with_base(objects, &store.object_bucket),
        Of::Uploads => objects,
        Of::EveryState if store.object_bucket == store.state_bucket => Vec::new(),
        Of::EveryState | Of::States => states,
        Of::Lookups => with_base(states, &store.state_bucket),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::checks::fixtures::store;

    fn ids(store: &S3Store, scope: Scope) -> Vec<String> {
        plan(store, scope).into_iter().map(|check| check.row.id).collect()
    }

    fn needs(checks: &[Check], id: &str) -> Vec<String> {
        let check = checks.iter().find(|check| check.row.id == id).unwrap();
        check.needs.iter().map(|at| checks[*at].row.id.clone()).collect()
    }

    #[test]
    fn ids_are_unique_and_needs_stand_above() {
        for (at, line) in LINES.iter().enumerate() {
            assert!(!LINES[..at].iter().any(|above| above.id == line.id), "{}", line.id);
            for need in line.needs {
                assert!(LINES[..at].iter().any(|above| above.id == *need), "{} needs {need}", line.id);
            }
        }
        for pool in [0, 3] {
            for (objects, states) in [("o", "s"), ("same", "same")] {
                let store =
                    S3Store { pool, object_bucket: objects.into(), state_bucket: states.into(), ..store("http://h:1") };
                for (at, check) in plan(&store, Scope::All).iter().enumerate() {
                    assert!(check.needs.iter().all(|need| *need < at), "{:?}", check.row);
                }
            }
        }
    }

    #[test]
    fn without_a_pool_every_line_is_one_row() {
        let all: Vec<_> = LINES.iter().map(|line| line.id.to_owned()).collect();
        assert_eq!(ids(&store("http://h:1"), Scope::All), all);
        assert_eq!(ids(&store("http://h:1"), Scope::ReadOnly), all);
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
                .map(|c| c.bucket.clone())
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
        assert!(!checks.iter().any(|check| check.ask == Ask::StateBucket));
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
