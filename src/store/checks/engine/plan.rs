//! The table of checks: what a row says of a check, and which checks a run consists of. Pure.

use std::{collections::HashMap, future::Future, pin::Pin, time::Duration};

use super::{
    pace::noted,
    timeouts::{LONGEST, limit},
};
use crate::{
    score::{Scope, Severity},
    store::checks::{CheckGroup, CheckId, CheckRow, Outcome, advice},
};

/// The result of one check: the observation in a few words, or the reason why the check did not pass.
pub(in crate::store::checks) type CheckResult = Result<String, Outcome>;

/// A check under way.
pub(in crate::store::checks) type CheckFuture<'a> = Pin<Box<dyn Future<Output = CheckResult> + Send + 'a>>;

/// The function behind a row. `R` is the state that all checks of a run share; the text is the bucket of the check.
pub(in crate::store::checks) type CheckFn<R> = for<'a> fn(&'a R, &'a str) -> CheckFuture<'a>;

/// The buckets that a row is checked in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store::checks) enum BucketScope {
    /// One check, about no bucket or about the base object bucket.
    Once,
    /// One check, in the first state bucket.
    FirstState,
    /// Every bucket that holds objects. With a pool also the base object bucket, which holds the sentinel.
    EveryObject,
    /// Every bucket that receives uploads.
    Uploads,
    /// Every bucket that holds state, unless the same bucket is already checked as an object bucket.
    EveryState,
    /// Every bucket that Score asks for absent objects. With a pool also the base state bucket (Score 5.11
    /// `S3BucketNamingService`).
    Lookups,
    /// Every bucket that Score writes state to.
    States,
}

impl BucketScope {
    /// Returns true if the row has one check for each bucket of a pool.
    fn is_per_bucket(self) -> bool {
        !matches!(self, Self::Once | Self::FirstState)
    }
}

/// A row of the table of checks.
pub(in crate::store::checks) struct CheckSpec<R> {
    /// A stable name. A check in a pool adds its bucket to it.
    id: &'static str,
    group: CheckGroup,
    title: &'static str,
    /// The most that Score loses if the check fails for any reason. Findings are never reported as worse.
    worst: Severity,
    buckets: BucketScope,
    /// The ids of rows above that must have passed in the same bucket.
    needs: &'static [&'static str],
    /// The rows to wait for instead if a need has no check in this bucket. Only the first row that has one is used.
    or_needs: &'static [&'static str],
    limit: Duration,
    /// The smallest scope that includes the check.
    from: Scope,
    /// True if the check writes something to the store, even for a moment.
    writes: bool,
    /// True if uploads are proven only after the check has passed in every bucket.
    proves_upload: bool,
    run: CheckFn<R>,
}

/// Returns a row that is checked once, in each run that may read, and that waits as long as Score does.
pub(in crate::store::checks) const fn spec<R>(
    id: &'static str,
    group: CheckGroup,
    title: &'static str,
    worst: Severity,
    run: CheckFn<R>,
) -> CheckSpec<R> {
    CheckSpec {
        id,
        group,
        title,
        worst,
        buckets: BucketScope::Once,
        needs: &[],
        or_needs: &[],
        limit: LONGEST,
        from: Scope::ReadOnly,
        writes: false,
        proves_upload: false,
        run,
    }
}

impl<R> CheckSpec<R> {
    /// Returns the stable name.
    pub(in crate::store::checks) const fn id(&self) -> &'static str {
        self.id
    }

    /// Sets the rows that must have passed.
    pub(in crate::store::checks) const fn after(self, needs: &'static [&'static str]) -> Self {
        Self { needs, ..self }
    }

    /// Sets the rows that replace a need without a check in the bucket.
    pub(in crate::store::checks) const fn or_after(self, or_needs: &'static [&'static str]) -> Self {
        Self { or_needs, ..self }
    }

    /// Sets the buckets that are checked.
    pub(in crate::store::checks) const fn in_each(self, buckets: BucketScope) -> Self {
        Self { buckets, ..self }
    }

    /// Sets the limit, in seconds.
    pub(in crate::store::checks) const fn within(self, seconds: u64) -> Self {
        Self { limit: Duration::from_secs(seconds), ..self }
    }

    /// Sets the smallest scope that includes the check.
    pub(in crate::store::checks) const fn from(self, from: Scope) -> Self {
        Self { from, ..self }
    }

    /// Marks a check that writes to the store.
    pub(in crate::store::checks) const fn writes(self) -> Self {
        Self { writes: true, ..self }
    }

    /// Marks a check without which uploads are not proven.
    pub(in crate::store::checks) const fn proves_upload(self) -> Self {
        Self { proves_upload: true, ..self }
    }

    /// Runs the check in a bucket. Reports nothing worse than the row allows.
    pub(super) async fn perform(&self, run: &R, bucket: &str) -> Outcome {
        let (result, pace) = noted((self.run)(run, bucket)).await;
        match result {
            Ok(seen) if pace.is_usual() => Outcome::Pass(seen),
            Ok(_) => advice::works_slowly(&pace).into(),
            Err(outcome) => outcome,
        }
    }

    /// Limits the severity of a finding to the most that this row may report, also if the check itself did not end.
    pub(super) fn limited(&self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Warn(finding) | Outcome::Fail(finding) => finding.at_most(self.worst).into(),
            outcome => outcome,
        }
    }
}

/// One check of a run.
pub(in crate::store::checks) struct Check<R: 'static> {
    pub(in crate::store::checks) row: CheckRow,
    pub(super) spec: &'static CheckSpec<R>,
    /// The bucket that is checked; the base object bucket if the check is about none.
    pub(super) bucket: String,
    /// Earlier checks that must have passed, by their index in the plan.
    pub(in crate::store::checks) needs: Vec<usize>,
    pub(super) limit: Duration,
    /// The reason why the check is not run in this scope.
    pub(in crate::store::checks) skipped: Option<&'static str>,
}

/// Returns all checks of a run, in the order of the screen.
///
/// `pooled`: a row can have one check for each bucket, and its title names the bucket.
pub(in crate::store::checks) fn plan<R>(
    specs: impl IntoIterator<Item = &'static CheckSpec<R>>,
    scope: Scope,
    pooled: bool,
    buckets: impl Fn(BucketScope) -> Vec<String>,
) -> Vec<Check<R>> {
    let mut checks: Vec<Check<R>> = Vec::new();
    let mut indexes: HashMap<CheckId, usize> = HashMap::new();
    for spec in specs.into_iter().filter(|spec| rank(spec.from) <= rank(scope)) {
        for bucket in buckets(spec.buckets) {
            let (id, title) = if pooled && spec.buckets.is_per_bucket() {
                (format!("{}:{bucket}", spec.id), format!("{} · {bucket}", spec.title))
            } else {
                (spec.id.to_owned(), spec.title.to_owned())
            };
            let find = |id: &str| indexes.get(&format!("{id}:{bucket}")).or_else(|| indexes.get(id)).copied();
            let needs = spec.needs.iter();
            let needs =
                needs.filter_map(|need| find(need).or_else(|| spec.or_needs.iter().find_map(|other| find(other))));
            let needs = needs.collect();
            indexes.insert(id.clone(), checks.len());
            checks.push(Check {
                row: CheckRow {
                    id,
                    group: spec.group,
                    title,
                    bucket: if spec.buckets == BucketScope::Once { String::new() } else { bucket.clone() },
                    proves_upload: spec.proves_upload,
                },
                spec,
                bucket,
                needs,
                limit: spec.limit,
                skipped: (spec.writes && scope != Scope::All).then_some("nothing is written in this run"),
            });
        }
    }
    checks
}

/// Extends the limits of the checks in a patient run.
pub(in crate::store::checks) fn extend_limits<R>(mut checks: Vec<Check<R>>, patient: bool) -> Vec<Check<R>> {
    for check in &mut checks {
        check.limit = limit(check.limit, patient);
    }
    checks
}

fn rank(scope: Scope) -> u8 {
    match scope {
        Scope::Reach => 0,
        Scope::SignIn => 1,
        Scope::ReadOnly | Scope::All => 2,
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use super::*;

    const fn row(id: &'static str) -> CheckSpec<()> {
        spec(id, CheckGroup::Reach, id, Severity::Start, |(), _| Box::pin(ready(Ok(String::new()))))
    }

    static SPECS: [CheckSpec<()>; 4] = [
        row("reach").from(Scope::Reach),
        row("object").in_each(BucketScope::EveryObject).after(&["reach"]),
        row("state").in_each(BucketScope::EveryState).after(&["reach"]),
        row("write").in_each(BucketScope::States).after(&["state"]).or_after(&["object", "reach"]).writes(),
    ];

    fn buckets(of: BucketScope) -> Vec<String> {
        let names: &[&str] = match of {
            BucketScope::EveryState => &["b"],
            BucketScope::States => &["a", "b", "c"],
            _ => &["a"],
        };
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_need_is_the_check_of_the_same_bucket_or_the_one_that_stands_in_for_it() {
        let checks = plan(&SPECS, Scope::All, true, buckets);
        let needs: Vec<_> = checks
            .iter()
            .map(|check| {
                let needs: Vec<_> = check.needs.iter().map(|at| checks[*at].row.id.as_str()).collect();
                (check.row.id.as_str(), needs.join(" "))
            })
            .collect();
        assert_eq!(
            needs,
            [
                ("reach", String::new()),
                ("object:a", "reach".to_owned()),
                ("state:b", "reach".to_owned()),
                ("write:a", "object:a".to_owned()),
                ("write:b", "state:b".to_owned()),
                ("write:c", "reach".to_owned()),
            ]
        );
    }

    #[test]
    fn a_smaller_scope_has_fewer_checks_and_a_run_that_only_reads_skips_those_that_write() {
        let ids = |scope| plan(&SPECS, scope, false, buckets).into_iter().map(|check| check.row.id).collect::<Vec<_>>();
        assert_eq!(ids(Scope::Reach), ["reach"]);
        let checks = plan(&SPECS, Scope::ReadOnly, true, buckets);
        assert!(checks.iter().all(|check| check.skipped.is_some() == check.row.id.starts_with("write")));
    }
}
