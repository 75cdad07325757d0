//! Makes an upload as Score and its client do. The server begins it, the client sends the part through a pre-signed
//! URL, and the server lists it. Here the upload is then aborted, since Score's key need not be allowed to delete
//! objects.

use std::time::Duration;

use bytes::Bytes;
use http::Method;

use super::{
    link,
    refused::{Cause, StepFailure, granted, presigned_refused, refused},
    requests::{etag, md5_of},
    run::{OpenUpload, S3Run},
};
use crate::{
    score::{Id, Scope, Severity, key, part_sizes},
    store::{
        checks::{
            Finding, Outcome,
            advice::{self, RefusalKind, Requirement},
            engine::{CheckResult, note},
        },
        probe::{Body, Failure, Reply, Request, xml},
    },
    text::shown,
};

/// The smallest part that stores must accept; large enough to reach the limit of many proxies.
const WHOLE: usize = 5 << 20;
/// The part for the further buckets of a pool, where only the bucket is tested and not the route to it.
const SMALL: usize = 64 << 10;
/// The time for a body of a few bytes.
const SMALL_REPLY: Duration = Duration::from_secs(8);
/// The number of a part that is only announced.
const NEVER_SENT: u16 = 2;
/// The unfinished uploads that a store lists in one reply.
const PAGE: usize = 1000;
/// The further announcements of a part after an error of the store, which the client repeats too.
const BUSY_TRIES: usize = 2;
/// The time for a whole part.
const SENDING: Duration = Duration::from_secs(55);

fn need<'a>(bucket: &'a str, action: &'static str, without: &'static str) -> Requirement<'a> {
    Requirement { action, bucket, setting: key::BUCKET_NAME_OBJECT, id: Id::P49, severity: Severity::Transfer, without }
}

fn putting(bucket: &str) -> Requirement<'_> {
    need(bucket, "s3:PutObject", "Score puts objects there; all uploads fail.")
}

/// Begins an upload.
pub(super) async fn begin_upload(run: &S3Run, bucket: &str) -> CheckResult {
    let key = run.object_key();
    run.scratch.add_upload(run.signer.version, bucket, &key);
    let reply = run.send_signed(&link::beginning(&run.store, bucket, &key)).await?;
    if !reply.status.is_success() {
        if run.store.kms_key.is_some() && begins_without_kms(run, bucket, &key).await? {
            return Err(advice::kms_refused(&reply).into());
        }
        run.scratch.upload_gone(bucket, &key);
        return Err(refused(run, &putting(bucket), &reply).into());
    }
    let id = xml::upload_id(&reply.body)
        .map_err(|how| advice::misread("POST ?uploads", &how, Severity::Transfer).seen(&reply))?;
    run.scratch.set_upload_id(bucket, &key, &id);
    run.set_upload(bucket, OpenUpload { id, etag: None });
    Ok(String::new())
}

/// Returns true if the upload begins without encryption, so that the KMS key is the cause. The upload is removed with
/// all scratch.
async fn begins_without_kms(run: &S3Run, bucket: &str, key: &str) -> Result<bool, Finding> {
    let reply = run.send_signed(&Request::new(Method::POST, bucket, key).query("uploads", "")).await?;
    if let Ok(id) = xml::upload_id(&reply.body) {
        run.scratch.set_upload_id(bucket, key, &id);
    }
    Ok(reply.status.is_success())
}

/// Returns the request for a part of an upload.
fn part(run: &S3Run, bucket: &str, id: &str, number: u16) -> Request {
    Request::new(Method::PUT, bucket, &run.object_key()).query("uploadId", id).query("partNumber", number)
}

/// Sends a part as score-client does: pre-signed for as long as Score says, with no other header than the length. At the
/// same time, announces a part of full size.
pub(super) async fn send_part(run: &S3Run, bucket: &str) -> Result<String, StepFailure> {
    let Some(upload) = run.upload(bucket) else { return Err(none_begun().into()) };
    let first = run.store.object_buckets().first().is_some_and(|first| first == bucket);
    let size = if first { WHOLE } else { SMALL };
    let body = Bytes::from(vec![b's'; size]);
    let request = part(run, bucket, &upload.id, 1).body(Body::Plain(body.clone()));
    let announced =
        async { if first { too_large(run, bucket, &part(run, bucket, &upload.id, NEVER_SENT)).await } else { None } };
    let (sent, refused) = tokio::join!(put_part(run, bucket, &upload, &request), announced);
    let (md5, reply) = match sent {
        Ok(reply) if reply.status.is_success() => (md5_of(&body), reply),
        sent => return Err(part_refused(run, bucket, &upload, sent).await),
    };
    // the client compares with the MD5 of what it sent, unless the reply says that KMS encrypted it (score-client
    // `ScoreStorageService`)
    let kms = reply.headers.get("x-amz-server-side-encryption").is_some_and(|value| value == "aws:kms");
    let etag = etag(&reply);
    if !kms && etag != Some(&md5) {
        return Err(advice::etag_is_no_md5("score-client", bucket, key::BUCKET_NAME_OBJECT, etag, &md5)
            .seen(&reply)
            .into());
    }
    let Some(etag) = etag else {
        return Err(advice::etag_is_no_md5("score-client", bucket, key::BUCKET_NAME_OBJECT, None, &md5)
            .seen(&reply)
            .into());
    };
    run.set_upload(bucket, OpenUpload { etag: Some(etag.to_owned()), ..upload });
    if let Some(finding) = refused {
        return Err(StepFailure::new(Cause::BodyTooLarge, finding));
    }
    Ok(if first { "5 MiB, ETag is MD5".to_owned() } else { "64 KiB, ETag is MD5".to_owned() })
}

/// Sends a part, and again as the client does. If the connection breaks, the server is first asked for the refusal that
/// may have been lost with it.
async fn put_part(run: &S3Run, bucket: &str, upload: &OpenUpload, request: &Request) -> Result<Reply, Failure> {
    let life = time::Duration::days(i64::from(run.store.upload_expiration_days));
    match run.follow_presigned_once(request, life, SENDING).await {
        Err(failure) if !matches!(failure, Failure::Timeout { .. }) && !failure.on_the_way() => {
            match refusal_before_the_body(run, bucket, &upload.id).await {
                Some(reply) => Ok(reply),
                None => run.follow_presigned(request, life, SENDING).await,
            }
        }
        Ok(refused) if refused.status.is_server_error() => {
            let reply = run.follow_presigned(request, life, SENDING).await?;
            note(&Reply {
                repeated: vec![refused.status.as_u16().to_string()],
                elapsed: Duration::ZERO,
                ..reply.clone()
            });
            Ok(reply)
        }
        sent => sent,
    }
}

/// Returns a part of one byte.
fn small_part(run: &S3Run, bucket: &str, id: &str) -> Request {
    part(run, bucket, id, 1).body(Body::Plain(Bytes::from_static(b"s")))
}

/// Announces a part of full size. Its refusal shows a limit or a quota without sending the part. The part has a number of
/// its own, so that nothing happens to the part that is listed next.
async fn too_large(run: &S3Run, bucket: &str, request: &Request) -> Option<Finding> {
    let whole = part_sizes::effective(run.store.part_size, 0);
    let reply = announced(run, request, whole).await?;
    if let RefusalKind::Quota
    | RefusalKind::Full
    | RefusalKind::Suspended
    | RefusalKind::OwnError
    | RefusalKind::Unavailable = RefusalKind::of(&run.route.endpoint, &reply)
    {
        return Some(refused(run, &putting(bucket), &reply).finding);
    }
    let smallest = part_sizes::SMALLEST;
    let passes = whole > smallest && announced(run, request, smallest).await.is_none();
    Some(advice::part_too_large(whole, passes.then_some(smallest)).seen(&reply))
}

/// Announces a part of this size. Returns the refusal, if the store refuses it each time.
async fn announced(run: &S3Run, request: &Request, size: u64) -> Option<Reply> {
    let mut reply = run.announce_presigned(request, size).await?;
    // score-client sends no `Expect`, and it repeats a part that gets such a status
    if reply.status.as_u16() == 417 || reply.status.is_success() {
        return None;
    }
    for _ in 0..BUSY_TRIES {
        if !reply.status.is_server_error() || reply.status.as_u16() == 507 {
            break;
        }
        tokio::time::sleep(run.route.timeouts.waits().throttled_pause).await;
        reply = run.announce_presigned(request, size).await?;
    }
    (!reply.status.is_success()).then_some(reply)
}

/// Explains why a part is refused. The same request signed by header, and with an override the same without it, show
/// the cause.
async fn part_refused(run: &S3Run, bucket: &str, upload: &OpenUpload, sent: Result<Reply, Failure>) -> StepFailure {
    let small = small_part(run, bucket, &upload.id);
    let reply = match sent {
        Ok(reply) => reply,
        Err(failure) => {
            let finding = run.explain_client_failure(&failure).saw(small.line());
            return finding.at_least(Severity::Transfer).into();
        }
    };
    match RefusalKind::of(&run.route.endpoint, &reply) {
        RefusalKind::TooLarge => {
            return StepFailure::new(Cause::BodyTooLarge, advice::too_large(Severity::Transfer).seen(&reply));
        }
        RefusalKind::Quota | RefusalKind::Full | RefusalKind::Suspended | RefusalKind::Firewall => {
            return refused(run, &putting(bucket), &reply).into();
        }
        _ => {}
    }
    let life = time::Duration::minutes(5);
    if run.follow_presigned(&small, life, SMALL_REPLY).await.is_ok_and(|reply| reply.status.is_success()) {
        return StepFailure::new(Cause::BodyTooLarge, advice::too_large(Severity::Transfer).seen(&reply));
    }
    if run.works_without_override(&small).await {
        let host = run.store.override_host.as_deref().unwrap_or_default();
        return advice::override_refused("a part", host, Severity::Transfer).seen(&reply).into();
    }
    match run.send_signed(&small).await {
        Ok(signed) if signed.status.is_success() => {
            presigned_refused(run, &small, "a part", Severity::Transfer, &reply).await.into()
        }
        _ => refused(run, &putting(bucket), &reply).into(),
    }
}

/// Returns the refusal of a server that answers before it has read the body, and then closes the connection: the broken
/// connection loses that answer. A request that is only announced, or small, is answered.
async fn refusal_before_the_body(run: &S3Run, bucket: &str, id: &str) -> Option<Reply> {
    if let Some(reply) = run.announce_presigned(&part(run, bucket, id, NEVER_SENT), WHOLE as u64).await {
        return Some(reply);
    }
    let small = small_part(run, bucket, id);
    let reply = run.follow_presigned_once(&small, time::Duration::minutes(5), SMALL_REPLY).await.ok()?;
    (!reply.status.is_success()).then_some(reply)
}

/// Returns the request for the first part of an upload, as Score sends it.
pub(super) fn listed_parts(bucket: &str, key: &str, id: &str) -> Request {
    Request::new(Method::GET, bucket, key).query("uploadId", id).query("max-parts", 1).query("part-number-marker", 0)
}

/// Lists the part, as Score does after each one: exactly that part must come, with the same `ETag`.
pub(super) async fn check_parts_listed(run: &S3Run, bucket: &str) -> CheckResult {
    let Some(OpenUpload { id, etag: Some(etag) }) = run.upload(bucket) else { return Err(none_begun()) };
    let request = listed_parts(bucket, &run.object_key(), &id);
    let need = need(
        bucket,
        "s3:ListMultipartUploadParts",
        "Score asks for each part after it was sent; uploads fail after the first.",
    );
    let reply = granted(run, &need, run.send_signed(&request).await?)?;
    let parts = xml::parts(&reply.body)
        .map_err(|how| advice::misread("a list of parts", &how, Severity::Transfer).seen(&reply))?;
    match parts.as_slice() {
        [part] if part.number == 1 && part.etag == etag => Ok(String::new()),
        parts => {
            let found: Vec<String> =
                parts.iter().take(3).map(|part| format!("{} {}", part.number, part.etag)).collect();
            let found = shown(format!("sent: 1 {etag}; listed: {}", found.join(", ")).as_bytes(), 300);
            Err(advice::parts_differ(bucket, &found).seen(&reply).into())
        }
    }
}

/// Returns the request for the unfinished uploads of a bucket.
fn unfinished(bucket: &str) -> Request {
    Request::new(Method::GET, bucket, "").query("uploads", "")
}

/// Lists and aborts unfinished uploads, as cancel and clean-up do, and looks whether ours is gone. Uploads and downloads
/// need none of this.
pub(super) async fn abort_upload(run: &S3Run, bucket: &str) -> CheckResult {
    let without = "Uploads work; unfinished ones are never cleaned up, and cancelling one fails.";
    let unlisted =
        Requirement { severity: Severity::Note, id: Id::P45, ..need(bucket, "s3:ListBucketMultipartUploads", without) };
    let listed = granted(run, &unlisted, run.send_signed(&unfinished(bucket)).await?);
    if run.scope != Scope::All {
        listed?;
        return Err(Outcome::NotProbed("only listed: nothing is written in this run".to_owned()));
    }
    let Some(upload) = run.upload(bucket) else {
        listed?;
        return Err(none_begun());
    };
    let key = run.object_key();
    let request = Request::new(Method::DELETE, bucket, &key).query("uploadId", &upload.id);
    let aborting = Requirement { action: "s3:AbortMultipartUpload", ..unlisted };
    // a key that may not list may still abort
    granted(run, &aborting, run.send_signed(&request).await?)?;
    let after = run.send_signed(&listed_parts(bucket, &key, &upload.id)).await?;
    if after.status.is_success() {
        return Err(advice::upload_stays(bucket).seen(&after).into());
    }
    run.scratch.upload_gone(bucket, &key);
    let listed = listed?;
    let uploads = xml::unfinished(&listed.body).unwrap_or_default();
    if uploads.len() < PAGE && uploads.iter().all(|(_, id)| *id != upload.id) {
        return Err(advice::unfinished_unlisted(bucket).seen(&listed).into());
    }
    Ok(orphans(&uploads, &upload.id))
}

/// Names the other unfinished uploads. They take space until the clean-up finds them old enough.
fn orphans(uploads: &[(String, String)], ours: &str) -> String {
    let others: Vec<&str> = uploads.iter().filter(|(_, id)| id != ours).map(|(key, _)| key.as_str()).collect();
    let named = others.iter().take(3).copied().chain((others.len() > 3).then_some("…")).collect::<Vec<_>>().join(", ");
    match others.len() {
        0 => String::new(),
        1 => shown(format!("1 other upload is unfinished: {named}").as_bytes(), 200),
        count => shown(format!("{count} other uploads are unfinished: {named}").as_bytes(), 200),
    }
}

/// Sends the request that ends every upload, for a scratch object in the state bucket, where Score may delete. Score
/// itself never needs it there, so a denial is not a fault.
pub(super) async fn complete_upload(run: &S3Run, bucket: &str) -> CheckResult {
    let key = format!("{}/whole", run.state_folder());
    let denied =
        || Outcome::NotProbed("the key may not try it in the state bucket, where Score never needs it".to_owned());
    run.scratch.add_upload(run.signer.version, bucket, &key);
    let reply = run.send_signed(&Request::new(Method::POST, bucket, &key).query("uploads", "")).await?;
    if !reply.status.is_success() {
        run.scratch.upload_gone(bucket, &key);
    }
    if advice::code(&reply) == "AccessDenied" {
        return Err(denied());
    }
    let reply = granted(run, &Requirement { setting: key::BUCKET_NAME_STATE, ..putting(bucket) }, reply)?;
    let id = xml::upload_id(&reply.body)
        .map_err(|how| advice::misread("POST ?uploads", &how, Severity::Transfer).seen(&reply))?;
    run.scratch.set_upload_id(bucket, &key, &id);

    let body = Bytes::from_static(b"scratch of score-setup, may be deleted");
    let part = Request::new(Method::PUT, bucket, &key).query("uploadId", &id).query("partNumber", 1);
    let life = time::Duration::minutes(5);
    let sent = run.follow_presigned(&part.body(Body::Plain(body)), life, run.route.timeouts.request()).await;
    let Some(etag) = sent.as_ref().ok().filter(|reply| reply.status.is_success()).and_then(etag) else {
        return Err(Outcome::NotProbed("its part could not be sent: see the pre-signed part".to_owned()));
    };
    let list = format!(
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
    );
    run.scratch.add_object(run.signer.version, bucket, &key);
    let request = Request::new(Method::POST, bucket, &key)
        .query("uploadId", &id)
        .header("content-type", "application/xml")
        .body(Body::Plain(list.into()));
    let reply = run.send_signed(&request).await?;
    if advice::code(&reply) == "AccessDenied" {
        return Err(denied());
    }
    if !reply.status.is_success() {
        let code = advice::code(&reply);
        let how = if code.is_empty() { reply.status.as_u16().to_string() } else { code };
        return Err(advice::not_completed(&shown(how.as_bytes(), 60)).seen(&reply).into());
    }
    match xml::completed_etag(&reply.body) {
        // Ceph 16.2.15 leaves the ETag empty, and Score 5.11.0 uploads to it, since it does not read the ETag
        Ok(_) | Err(xml::Misread::Missing("ETag")) => {}
        Err(how) => return Err(advice::not_completed(&how.to_string()).seen(&reply).into()),
    }
    run.scratch.upload_gone(bucket, &key);
    // an object that cannot be removed here is tried again at the end, and then reported
    let [delete, head] = [Method::DELETE, Method::HEAD].map(|method| Request::new(method, bucket, &key));
    if run.send_signed(&delete).await.is_ok_and(|reply| reply.status.is_success())
        && run.send_signed(&head).await.is_ok_and(|reply| reply.status.as_u16() == 404)
    {
        run.scratch.object_gone(bucket, &key);
    }
    Ok(String::new())
}

fn none_begun() -> Outcome {
    Outcome::NotProbed("no upload is under way".to_owned())
}
