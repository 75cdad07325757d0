//! Sends the first signed request of a run, and judges the keys by its reply. Never sends HEAD, whose replies carry no
//! code, and never asks for the list of all buckets, which Score's key need not be allowed to read.

use time::OffsetDateTime;

use super::{requests::list, run::S3Run};
use crate::{
    score::{Id, Severity, key, times},
    store::{
        checks::{
            Finding,
            advice::{self, RefusalKind},
            engine::lock,
            entry::reply::{ahead, in_words},
        },
        probe::{Reply, Request, xml},
    },
};

/// The judgement of the keys by the first reply.
pub(super) enum KeyJudgement {
    Accepted,
    /// Refused in a way that may be the fault of the signature version.
    Doubtful(Doubt, Finding),
    /// Refused because the store expects another region. Only version 4 signs one.
    OtherRegion(Finding),
    Refused(Finding),
}

/// A doubt that a request with an access key that does not exist can resolve.
pub(super) enum Doubt {
    /// The secret key may be wrong, or the access key unknown.
    Secret,
    /// The store gives no reason.
    NoReason,
    /// A doubt that this request cannot resolve.
    Other,
}

/// Returns the reply to `ListObjects` on the first state bucket, Score's own first request. Sent once in a run.
///
/// # Errors
/// Returns a finding if no reply comes.
pub(super) async fn first_reply(run: &S3Run) -> Result<Reply, Finding> {
    run.first.get_or_init(|| async { run.send_first_signed(&first_request(run)).await }).await.clone()
}

/// Returns the first request that Score sends for an upload.
pub(super) fn first_request(run: &S3Run) -> Request {
    // If the buckets are not named yet, a bucket that does not exist serves as well: without a name the request would
    // list all buckets. NoSuchBucket and AccessDenied both say that the keys were accepted.
    let absent = || format!("score-setup-{}", run.object);
    let named = run.store.state_buckets().into_iter().next().filter(|_| !run.store.state_bucket.is_empty());
    upload_list(run, &named.unwrap_or_else(absent))
}

/// Returns the request for the state of an upload in a bucket.
pub(super) fn upload_list(run: &S3Run, bucket: &str) -> Request {
    list(bucket, &format!("{}/{}_", run.store.upload_directory, run.object), true)
}

/// Returns true if the reply says that the keys are accepted.
pub(super) fn accepted(run: &S3Run, reply: &Reply) -> bool {
    matches!(judge(run, reply), KeyJudgement::Accepted)
}

/// Judges the reply to the first request.
pub(super) fn judge(run: &S3Run, reply: &Reply) -> KeyJudgement {
    let endpoint = &run.route.endpoint;
    let fault = xml::fault(&reply.body).unwrap_or_default();
    let version = run.signer.version;
    let status = reply.status.as_u16();
    if reply.status.is_success() {
        return match xml::keys(&reply.body) {
            Ok(_) => KeyJudgement::Accepted,
            Err(how) => KeyJudgement::Refused(advice::misread("a list of objects", &how, Severity::Transfer)),
        };
    }
    let kind = RefusalKind::of(endpoint, reply);
    match fault.code.as_str() {
        // a list never returns this code, but an object with the name of the bucket does, in a bucket that the host
        // names
        "NoSuchKey"
            if status == 404
                && let Some(bucket) = endpoint.first_of_three() =>
        {
            return KeyJudgement::Refused(advice::bucket_in_host(endpoint, bucket));
        }
        // these say that the keys were accepted, unless the words of the store name another cause
        "AccessDenied" if kind == RefusalKind::Denied => return KeyJudgement::Accepted,
        "NoSuchBucket" | "NoSuchKey" => return KeyJudgement::Accepted,
        _ => {}
    }
    match kind {
        RefusalKind::Signature => doubt_secret(run, &fault),
        RefusalKind::UnknownKey => KeyJudgement::Refused(advice::unknown_key(&run.store.access_key)),
        RefusalKind::Clock => {
            let skew =
                skew(run).or_else(|| reported_skew(&fault)).filter(|skew| times::exceeds(*skew, times::REPORTED_SKEW));
            KeyJudgement::Refused(advice::clock(skew, true))
        }
        RefusalKind::Region => KeyJudgement::OtherRegion(advice::wrong_region(endpoint, reply)),
        // AWS, Garage and rclone send this code for a version they do not speak, other stores for one they cannot parse
        RefusalKind::OwnReason
            if matches!(status, 400 | 501)
                && matches!(
                    fault.code.as_str(),
                    "InvalidRequest" | "UnsupportedAlgorithm" | "NotImplemented" | "MissingFields" | "InvalidArgument"
                ) =>
        {
            KeyJudgement::Doubtful(Doubt::Other, advice::version_refused(version))
        }
        RefusalKind::OwnReason | RefusalKind::Denied if matches!(status, 401 | 403) => {
            let doubt = if advice::code(reply).is_empty() { Doubt::NoReason } else { Doubt::Other };
            KeyJudgement::Doubtful(doubt, refused(run, reply))
        }
        _ => KeyJudgement::Refused(refused(run, reply)),
    }
}

/// Explains a refusal without its evidence, which the caller adds.
fn refused(run: &S3Run, reply: &Reply) -> Finding {
    let need = advice::Requirement {
        action: "s3:ListBucket",
        bucket: &run.store.state_bucket,
        setting: key::BUCKET_NAME_STATE,
        id: Id::P47,
        severity: Severity::Ping,
        without: "Nothing more could be tried.",
    };
    let finding = advice::refused(&need, &run.route.endpoint, reply);
    Finding { evidence: Vec::new(), ..finding }
}

fn doubt_secret(run: &S3Run, fault: &xml::Fault) -> KeyJudgement {
    // AWS and Swift repeat what they signed; if that has another host than ours, something in between changed it
    let canonical = fault.details.get("CanonicalRequest").map(String::as_str).unwrap_or_default();
    let theirs = canonical.lines().find_map(|line| line.strip_prefix("host:")).map(str::trim);
    let ours = run.route.endpoint.authority();
    match theirs {
        Some(theirs) if theirs != ours => KeyJudgement::Doubtful(Doubt::Other, advice::host_changed(&ours, theirs)),
        _ => {
            let clock = skew(run).filter(|skew| !times::exceeds(*skew, times::REPORTED_SKEW)).map(in_words);
            let code = if fault.code == "AccessDenied" { "Invalid signature" } else { &fault.code };
            let finding = advice::wrong_secret(code, &run.route.endpoint, clock.as_deref());
            KeyJudgement::Doubtful(Doubt::Secret, finding)
        }
    }
}

/// Returns how many seconds this machine is ahead of the store, by the `Date` of the unsigned reply.
pub(super) fn skew(run: &S3Run) -> Option<i64> {
    ahead(&lock(&run.route.unsigned).clone()?)
}

/// Returns the same from a refusal that contains the time of the server, as that of AWS does.
fn reported_skew(fault: &xml::Fault) -> Option<i64> {
    let reported = fault.details.get("ServerTime")?;
    let server = OffsetDateTime::parse(reported, &time::format_description::well_known::Rfc3339).ok()?;
    let skew: time::Duration = OffsetDateTime::now_utc() - server;
    Some(skew.whole_seconds())
}
