//! Checks whether the keys are accepted. If they are not, further requests distinguish a wrong secret, an unknown key,
//! and a signature version that the store does not know.

use http::Method;

use super::{
    first_reply::{Doubt, KeyJudgement, accepted, first_reply, first_request, judge},
    other_version,
    run::S3Run,
};
use crate::{
    score::{Scope, Version},
    store::{
        checks::{
            Finding,
            advice::{self, RefusalKind},
            engine::{CheckResult, note},
        },
        probe::{Reply, Request, xml},
    },
};

/// Judges the first signed reply.
pub(super) async fn check_keys(run: &S3Run) -> CheckResult {
    let reply = first_reply(run).await?;
    note(&reply);
    match judge(run, &reply) {
        KeyJudgement::Accepted if advice::code(&reply) == "AccessDenied" => {
            if passes_by_query(run).await {
                return Err(advice::header_dropped(&run.route.endpoint).seen(&reply).into());
            }
            // old stores give this answer to a version that they do not know (elastic/elasticsearch-cloud-aws#223)
            let denied = advice::version_refused(run.signer.version).seen(&reply);
            if reply_to_other_version(run).await.is_some_and(|reply| reply.status.is_success()) {
                return Err(other_version::explain_switch(run, denied).await.into());
            }
            // a store that names the user knows the key
            let named = xml::fault(&reply.body).is_ok_and(|fault| fault.message.starts_with("User: "));
            if !named && refuses_unknown_key_alike(run, &reply).await && !can_see_sentinel(run).await {
                return Err(advice::cannot_tell(&reply).seen(&reply).into());
            }
            Ok("accepted".to_owned())
        }
        KeyJudgement::Accepted => Ok("accepted".to_owned()),
        // version 2 signs no region; stores other than AWS often still speak it
        KeyJudgement::OtherRegion(finding) if finding.repair.is_none() && other_version_passes(run).await => {
            Err(other_version::explain_switch(run, finding.seen(&reply)).await.into())
        }
        KeyJudgement::OtherRegion(finding) | KeyJudgement::Refused(finding) => Err(finding.seen(&reply).into()),
        KeyJudgement::Doubtful(doubt, finding) => {
            let finding = resolve_doubt(run, doubt, finding, &reply).await.seen(&reply);
            if passes_without_path(run).await {
                return Err(advice::path_taken_away(&run.route.endpoint).seen(&reply).into());
            }
            let Some(other) =
                reply_to_other_version(run).await.filter(|reply| accepted(&run.in_other_version(), reply))
            else {
                return Err(finding.into());
            };
            // version 2 signs the bucket that the store takes from the host, so only version 4 shows that it does
            let endpoint = &run.route.endpoint;
            if RefusalKind::of(endpoint, &other) == RefusalKind::HostAsBucket {
                return Err(advice::host_is_bucket(endpoint).seen(&reply).seen(&other).into());
            }
            // the store understands version 4 well enough to compare signatures
            let understood = run.signer.version == Version::V4 && advice::code(&reply) == "SignatureDoesNotMatch";
            let version = if understood {
                advice::changed_at_sign_in(&run.route.endpoint)
            } else {
                advice::version_refused(run.signer.version)
            };
            Err(other_version::explain_switch(run, version.seen(&reply)).await.into())
        }
    }
}

/// Describes the signature version, and the region that it signs.
pub(super) fn describe_signature(run: &S3Run) -> String {
    match run.signer.version {
        Version::V2 => "version 2".to_owned(),
        Version::V4 => format!("version 4, region {}", run.signer.region),
    }
}

/// Asks with an access key that does not exist. Some stores give the same answer to a wrong secret and an unknown key
/// (Swift's s3api 2.30), or give no reason at all.
async fn resolve_doubt(run: &S3Run, doubt: Doubt, finding: Finding, reply: &Reply) -> Finding {
    match doubt {
        Doubt::Secret if refuses_unknown_key_alike(run, reply).await => advice::one_of_the_keys(&advice::code(reply)),
        Doubt::NoReason if refuses_unknown_key_alike(run, reply).await => advice::cannot_tell(reply),
        Doubt::Secret | Doubt::NoReason | Doubt::Other => finding,
    }
}

/// Returns true if the store gives the same answer to an access key that does not exist.
async fn refuses_unknown_key_alike(run: &S3Run, reply: &Reply) -> bool {
    let words = |reply: &Reply| {
        // Garage has one code for all refusals, and its message names the key
        let fault = xml::fault(&reply.body).unwrap_or_default();
        (reply.status, fault.code, fault.message.split(':').take(2).last().map(str::to_owned))
    };
    let unknown = run.send_with_unknown_key(&first_request(run)).await;
    unknown.is_ok_and(|unknown| words(&unknown) == words(reply))
}

/// Returns true if the keys can read the sentinel, or learn that it is missing.
async fn can_see_sentinel(run: &S3Run) -> bool {
    let request = Request::new(Method::GET, &run.store.object_bucket, &run.store.sentinel_key());
    run.send_signed(&request).await.is_ok_and(|reply| reply.status.is_success() || reply.status.as_u16() == 404)
}

/// Returns true if the request is accepted, and not denied, with its signature in the query.
async fn passes_by_query(run: &S3Run) -> bool {
    let reply = run.send_presigned(&first_request(run)).await;
    reply.is_ok_and(|reply| advice::code(&reply) != "AccessDenied" && accepted(run, &reply))
}

/// Returns true if the request is accepted when the path of the endpoint is sent and not signed.
async fn passes_without_path(run: &S3Run) -> bool {
    if run.route.endpoint.base.is_empty() {
        return false;
    }
    run.send_without_signing_path(&first_request(run)).await.is_ok_and(|reply| accepted(run, &reply))
}

/// Sends the same request with the other signature version, if that version could be chosen.
async fn reply_to_other_version(run: &S3Run) -> Option<Reply> {
    if run.store.kms_key.is_some() || run.scope == Scope::Reach {
        return None;
    }
    first_reply(&run.in_other_version()).await.ok()
}

/// Returns true if the other signature version is accepted.
async fn other_version_passes(run: &S3Run) -> bool {
    reply_to_other_version(run).await.is_some_and(|reply| accepted(&run.in_other_version(), &reply))
}
