//! Checks what score-client does with the store. The client only follows pre-signed URLs.

use bytes::Bytes;
use http::Method;

use time::OffsetDateTime;

use super::{
    first_reply::skew,
    refused::{Cause, StepFailure, presigned_refused, refused},
    requests::list,
    run::S3Run,
};
use crate::{
    score::{Id, Severity, key, times},
    store::{
        checks::{
            Finding, Outcome,
            advice::{self, RefusalKind, Requirement},
            engine::{CheckResult, lock},
            entry::{check_client_address, check_client_tls, reply::ahead},
        },
        probe::{Failure, Phase, Reply, Request, xml},
    },
};

/// The bytes of the range that is fetched.
const RANGE: usize = 1024;

/// Judges whether other machines can reach the address that clients get.
pub(super) async fn check_address(run: &S3Run) -> CheckResult {
    let Some(host) = &run.store.override_host else {
        return check_client_address(&run.store.endpoint, key::S3_ENDPOINT);
    };
    let seen = check_client_address(host, key::S3_PRE_SIGNED_URL_OVERRIDE_HOST)?;
    match check_client_tls(&run.route, host).await {
        Some(result) => result.map(|shown| format!("{seen}, {shown}")),
        None => Ok(seen),
    }
}

fn sentinel_request(run: &S3Run) -> Request {
    Request::new(Method::GET, &run.store.object_bucket, &run.store.sentinel_key())
}

/// Fetches the sentinel, as score-client does before every command.
pub(super) async fn fetch_sentinel(run: &S3Run) -> Result<String, StepFailure> {
    let reply = match run.follow_presigned(&sentinel_request(run), times::PING_URL, run.route.timeouts.client()).await {
        Ok(reply) => reply,
        Err(Failure::Timeout { phase: Phase::Reply | Phase::Body, .. }) => return Err(advice::sentinel_slow().into()),
        // the client ignores the length of the sentinel
        Err(Failure::TooLong { status: Some(200) }) => return Ok("there".to_owned()),
        Err(failure) => return Err(run.explain_client_failure(&failure).saw(sentinel_request(run).line()).into()),
    };
    if reply.status.is_success() {
        let whole = as_stored(run, &reply).await;
        let seen = whole.as_ref().map_or("compressed".to_owned(), |whole| format!("{} bytes", whole.len()));
        *lock(&run.sentinel) = whole;
        return Ok(seen);
    }
    Err(sentinel_refused(run, reply).await)
}

/// Returns the sentinel as the store keeps it. A proxy may compress whole objects for clients, but never ranges;
/// Score's server gets the sentinel uncompressed.
async fn as_stored(run: &S3Run, reply: &Reply) -> Option<Bytes> {
    if !reply.headers.contains_key("content-encoding") {
        return Some(reply.body.clone());
    }
    let signed = run.send_signed(&sentinel_request(run)).await.ok()?;
    (signed.status.is_success() && !signed.headers.contains_key("content-encoding")).then_some(signed.body)
}

/// Reports that the sentinel is missing. Looks for it where people put it by mistake: at the root, next to the state,
/// or in a bucket of the pool.
async fn sentinel_missing(run: &S3Run, reply: &Reply) -> StepFailure {
    let store = &run.store;
    let (base, key) = (store.object_bucket.as_str(), store.sentinel_key());
    let finding = advice::sentinel_missing(base, &key).seen(reply);
    let first = store.object_buckets().into_iter().next().unwrap_or_default();
    let places = [(base, store.sentinel.clone()), (&store.state_bucket, key.clone()), (&first, key.clone())];
    for (bucket, other) in places.into_iter().filter(|place| *place != (base, key.clone())) {
        let there = run.send_signed(&Request::new(Method::HEAD, bucket, &other)).await;
        if there.is_ok_and(|reply| reply.status.is_success()) {
            return StepFailure::new(Cause::SentinelMissing, advice::sentinel_elsewhere(finding, bucket, &other));
        }
    }
    StepFailure::new(Cause::SentinelMissing, finding)
}

/// Explains why the sentinel is refused.
async fn sentinel_refused(run: &S3Run, reply: Reply) -> StepFailure {
    let (bucket, key) = (run.store.object_bucket.as_str(), run.store.sentinel_key());
    let need = Requirement {
        action: "s3:GetObject",
        bucket,
        setting: key::BUCKET_NAME_OBJECT,
        id: Id::P49,
        severity: Severity::Ping,
        without: "score-client fetches the sentinel before every command and gives up when it cannot.",
    };
    if advice::code(&reply) == "NoSuchKey" {
        return sentinel_missing(run, &reply).await;
    }
    // the same object, signed by header, shows whether the object or the URL is refused
    let signed = match run.send_signed(&sentinel_request(run)).await {
        Ok(signed) => signed,
        Err(finding) => return finding.into(),
    };
    match (signed.status.as_u16(), advice::code(&signed).as_str()) {
        (200..=299, _) => {
            if let Some(finding) = expired(run, &reply) {
                finding.seen(&reply).into()
            } else if run.works_without_override(&sentinel_request(run)).await {
                let host = run.store.override_host.as_deref().unwrap_or_default();
                advice::override_refused("the sentinel", host, Severity::Ping).seen(&reply).into()
            } else {
                presigned_refused(run, &sentinel_request(run), "the sentinel", Severity::Ping, &reply).await.into()
            }
        }
        (404, "NoSuchKey" | "") => sentinel_missing(run, &signed).await,
        (403, "AccessDenied" | "") if RefusalKind::of(&run.route.endpoint, &signed) != RefusalKind::Firewall => {
            let listing = run.send_signed(&list(bucket, &key, false)).await;
            let Ok(listing) = listing else {
                return advice::sentinel_unreadable(bucket, &key, false).seen(&signed).into();
            };
            let listable = listing.status.is_success();
            let there = xml::keys(&listing.body).is_ok_and(|keys| keys.contains(&key));
            if listable && !there {
                sentinel_missing(run, &signed).await
            } else {
                advice::sentinel_unreadable(bucket, &key, listable).seen(&signed).into()
            }
        }
        _ => refused(run, &need, &signed).into(),
    }
}

/// Returns a finding if the URL of the ping has expired although it is new: by the words of the store, or by its clock.
fn expired(run: &S3Run, reply: &Reply) -> Option<Finding> {
    let received = OffsetDateTime::now_utc();
    let behind =
        ahead(&(reply.clone(), received)).or_else(|| skew(run)).filter(|skew| *skew < -times::PING_URL.whole_seconds());
    let said = xml::fault(&reply.body).is_ok_and(|fault| fault.message.to_lowercase().contains("expired"));
    (said || behind.is_some()).then(|| advice::ping_expired(behind))
}

/// Fetches a range of the sentinel, as score-client fetches parts of an object. Version 4 signs the range.
pub(super) async fn fetch_range(run: &S3Run) -> CheckResult {
    let Some(whole) = lock(&run.sentinel).clone() else {
        return Err(Outcome::NotProbed("the sentinel is too long to compare, or compressed".to_owned()));
    };
    if whole.len() < 2 {
        return Err(Outcome::NotProbed("the sentinel is too short for a range".to_owned()));
    }
    let end = (whole.len() - 1).min(RANGE);
    let wanted = &whole[1..=end];
    // the client also sends Score's token; only its length could matter
    let whole_request = || sentinel_request(run).header("x-score-token", "t".repeat(340));
    let request = whole_request().header("range", format!("bytes=1-{end}"));
    let life = time::Duration::days(i64::from(run.store.download_expiration_days));
    let reply = match run.follow_presigned(&request, life, run.route.timeouts.request()).await {
        Ok(reply) => reply,
        Err(failure) => return Err(run.explain_client_failure(&failure).saw(request.line()).into()),
    };
    let ranged = reply.status.as_u16() == 206 || reply.headers.contains_key("content-range");
    match reply.status.as_u16() {
        200 | 206 if ranged && reply.body == wanted => Ok(format!("{} bytes", wanted.len())),
        200 if reply.body == whole => Err(advice::range_ignored("it is sent whole").seen(&reply).into()),
        200 | 206 => {
            let how = format!("{} bytes came, {} were asked for", reply.body.len(), wanted.len());
            Err(advice::range_ignored(&how).seen(&reply).into())
        }
        _ => {
            let without = run.follow_presigned(&whole_request(), life, run.route.timeouts.request()).await;
            Err(if without.is_ok_and(|without| without.status.is_success()) {
                advice::range_changed().seen(&reply)
            } else {
                presigned_refused(run, &request, "a range of the sentinel", Severity::Transfer, &reply).await
            }
            .into())
        }
    }
}
