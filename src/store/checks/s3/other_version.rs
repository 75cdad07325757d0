//! Checks whether the other signature version would pass. Repeats the run with it, silently and with its own scratch,
//! and offers the version only if everything passed from sign-in to download.

use std::time::Duration;

use super::{
    buckets, clients,
    first_reply::{accepted, first_reply},
    multipart,
    refused::{Cause, StepFailure},
    run::{Obstacle, S3Run},
    state,
};
use crate::{
    score::{Id, Scope, Version},
    store::checks::{Finding, Outcome, advice, engine::CheckResult},
};

/// The time for all steps together. The checks that wait for them have a longer limit.
const LIMIT: Duration = Duration::from_secs(200);

/// Adds the result of the other version to a failed step, if the signature version may be the cause.
pub(super) async fn offer(run: &S3Run, result: Result<String, StepFailure>) -> CheckResult {
    match result {
        Ok(seen) => Ok(seen),
        Err(StepFailure { cause: Cause::SignatureVersion, outcome: Outcome::Fail(finding) }) => {
            Err(explain_switch(run, finding).await.into())
        }
        Err(failure) => Err(failure.outcome),
    }
}

/// Adds to a finding whether the other version passes.
pub(super) async fn explain_switch(run: &S3Run, finding: Finding) -> Finding {
    let from = run.signer.version;
    if run.store.kms_key.is_some() {
        return if from == Version::V4 { advice::version_is_forced(finding) } else { finding };
    }
    if run.scope != Scope::All {
        return advice::switch_untried(finding, from);
    }
    let steps = || async {
        tokio::time::timeout(LIMIT, try_all_steps(&run.in_other_version())).await.unwrap_or(Err(Obstacle::Time))
    };
    match run.other.get_or_init(steps).await {
        Ok(()) => advice::switchable(finding, from),
        Err(Obstacle::Finding { id: Id::P120, .. }) => advice::needs_newer_release(finding),
        Err(obstacle) => advice::no_switch(finding, from, &obstacle.to_string()),
    }
}

/// Tries everything from sign-in to download, in the first bucket of each kind.
///
/// # Errors
/// Returns the step that failed.
async fn try_all_steps(run: &S3Run) -> Result<(), Obstacle> {
    let reply = first_reply(run).await.map_err(|finding| at("sign-in", &finding.into()))?;
    if !accepted(run, &reply) {
        return Err(Obstacle::Keys(reply.status.as_u16()));
    }
    let first = |buckets: Vec<String>| buckets.into_iter().next().unwrap_or_default();
    let (state, object) = (first(run.store.state_buckets()), first(run.store.object_buckets()));
    passed("an absent key", buckets::check_absent_key(run, &state).await)?;
    passed("the streamed write", state::write_meta(run, &state).await)?;
    passed("the empty part marker", state::write_marker(run, &state).await)?;
    passed("the list of markers", state::check_list(run, &state).await)?;
    passed("reading back", state::check_read(run, &state).await)?;
    passed("deleting", state::check_delete(run, &state).await)?;
    passed("beginning an upload", multipart::begin_upload(run, &object).await)?;
    match multipart::send_part(run, &object).await {
        Err(StepFailure { cause: Cause::BodyTooLarge, .. }) => {}
        result => passed("the pre-signed part", result)?,
    }
    passed("the list of parts", multipart::check_parts_listed(run, &object).await)?;
    passed("aborting", multipart::abort_upload(run, &object).await)?;
    match clients::fetch_sentinel(run).await {
        // a missing sentinel has its own finding, and is the same with both versions
        Err(StepFailure { cause: Cause::SentinelMissing, .. }) => Ok(()),
        result => passed("the pre-signed download", result),
    }
}

/// Returns an error if a step failed; a warning is not a failure.
fn passed<E: Into<Outcome>>(step: &'static str, result: Result<String, E>) -> Result<(), Obstacle> {
    match result.map_err(Into::into) {
        Ok(_) | Err(Outcome::Warn(_) | Outcome::NotProbed(_)) => Ok(()),
        Err(outcome) => Err(at(step, &outcome)),
    }
}

fn at(step: &'static str, outcome: &Outcome) -> Obstacle {
    match outcome.finding() {
        Some(finding) => Obstacle::Finding { step, id: finding.id },
        None => Obstacle::Step(step),
    }
}
