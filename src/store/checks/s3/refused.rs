//! Types the cause of a refused request or a failed step, as far as other steps draw conclusions from it. No conclusion
//! then depends on the words of a finding.

use super::run::S3Run;
use crate::{
    score::Severity,
    store::{
        checks::{
            Finding, Outcome,
            advice::{self, RefusalKind, Requirement},
        },
        probe::{Reply, Request},
    },
};

/// A request that the store refused: the kind of the refusal, and the finding about it.
pub(super) struct RefusedRequest {
    pub(super) refusal: RefusalKind,
    pub(super) finding: Finding,
}

/// A failed step of an upload or download.
pub(super) struct StepFailure {
    pub(super) cause: Cause,
    pub(super) outcome: Outcome,
}

/// The cause of a failed step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// The signature version. The two versions cover different parts of a request, only version 4 sends bodies in
    /// chunks, and a store may know only one of them.
    SignatureVersion,
    /// The size of the body, with either version.
    BodyTooLarge,
    SentinelMissing,
    Other,
}

/// Returns the reply if it is a success, or the meaning of its refusal.
pub(super) fn granted(run: &S3Run, need: &Requirement, reply: Reply) -> Result<Reply, RefusedRequest> {
    if reply.status.is_success() { Ok(reply) } else { Err(refused(run, need, &reply)) }
}

/// Explains a refusal.
pub(super) fn refused(run: &S3Run, need: &Requirement, reply: &Reply) -> RefusedRequest {
    let endpoint = &run.route.endpoint;
    let refusal = RefusalKind::of(endpoint, reply);
    RefusedRequest { refusal, finding: advice::refused(need, endpoint, reply) }
}

/// Explains why a pre-signed request is refused although the same request passes when signed by header.
pub(super) async fn presigned_refused(
    run: &S3Run,
    request: &Request,
    what: &str,
    severity: Severity,
    reply: &Reply,
) -> Finding {
    let finding = advice::presigned_refused(what, severity).seen(reply);
    let endpoint = &run.route.endpoint;
    // a slash at the end of the endpoint is sent once if signed by header, and twice if by query (`probe::Presigned`)
    if endpoint.text.ends_with('/') {
        return advice::score::slash_refused(&finding, endpoint);
    }
    match run.passes_without_usual_port(request).await {
        Some(other) => advice::usual_port(what, endpoint, &other, severity).seen(reply),
        None => finding,
    }
}

impl StepFailure {
    pub(super) fn new(cause: Cause, finding: Finding) -> Self {
        Self { cause, outcome: finding.into() }
    }
}

impl From<RefusedRequest> for Finding {
    fn from(refused: RefusedRequest) -> Self {
        refused.finding
    }
}

impl From<RefusedRequest> for Outcome {
    fn from(refused: RefusedRequest) -> Self {
        refused.finding.into()
    }
}

impl From<RefusedRequest> for StepFailure {
    fn from(refused: RefusedRequest) -> Self {
        let cause = match refused.refusal {
            RefusalKind::Signature | RefusalKind::OwnError | RefusalKind::OwnReason => Cause::SignatureVersion,
            RefusalKind::TooLarge => Cause::BodyTooLarge,
            _ => Cause::Other,
        };
        Self::new(cause, refused.finding)
    }
}

impl From<Finding> for StepFailure {
    fn from(finding: Finding) -> Self {
        Self::new(Cause::Other, finding)
    }
}

impl From<Outcome> for StepFailure {
    fn from(outcome: Outcome) -> Self {
        Self { cause: Cause::Other, outcome }
    }
}

impl From<StepFailure> for Outcome {
    fn from(failure: StepFailure) -> Self {
        failure.outcome
    }
}
