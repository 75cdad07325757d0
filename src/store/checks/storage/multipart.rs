//! An upload as Score and its client make it: begun by the server, the part sent by the client through a pre-signed URL,
//! listed by the server, and here aborted, since Score's key need not be allowed to delete objects.

use std::time::Duration;

use bytes::Bytes;
use http::Method;

use super::{Told, etag, granted, md5_of};
use crate::{
    score::{Id, Scope, Severity, key, part_sizes as tuning},
    store::{
        checks::{
            Finding, Outcome,
            advice::{self, Need},
            visit::{Upload, Visit},
        },
        probe::{Body, Failure, Reply, Request, xml},
    },
    text::shown,
};

/// The smallest part that stores have to take; enough for a proxy to stumble over.
const WHOLE: usize = 5 << 20;
/// In the further buckets of a pool, where it is the bucket that is tried and not the way to it.
const SMALL: usize = 64 << 10;
/// For a body of a few bytes.
const SMALL_REPLY: Duration = Duration::from_secs(8);
/// As many unfinished uploads as are listed at once.
const PAGE: usize = 1000;
const SENDING: Duration = Duration::from_secs(55);

fn need<'a>(bucket: &'a str, action: &'static str, without: &'static str) -> Need<'a> {
    Need { action, bucket, setting: key::BUCKET_NAME_OBJECT, id: Id::P49, severity: Severity::Transfer, without }
}

fn putting(bucket: &str) -> Need<'_> {
    need(bucket, "s3:PutObject", "Score puts objects there; all uploads fail.")
}

/// `POST ?uploads`; with a KMS key Score asks for its encryption here and nowhere else (Score 5.11
/// `S3Config.java:89-96`).
fn beginning(visit: &Visit, bucket: &str, key: &str) -> Request {
    let request = Request::new(Method::POST, bucket, key).query("uploads", "");
    match &visit.store.kms_key {
        None => request,
        Some(id) => request
            .header("x-amz-server-side-encryption", "aws:kms")
            .header("x-amz-server-side-encryption-aws-kms-key-id", id),
    }
}

pub(super) async fn begin(visit: &Visit, bucket: &str) -> Told {
    let key = visit.data_key();
    visit.scratch.upload(visit.signer.version, bucket, &key);
    let reply = visit.server(&beginning(visit, bucket, &key)).await?;
    if !reply.status.is_success() {
        if visit.store.kms_key.is_some() && without_key(visit, bucket, &key).await? {
            return Err(advice::kms_refused(&reply).into());
        }
        visit.scratch.upload_gone(bucket, &key);
        return Err(advice::refused(&putting(bucket), &visit.endpoint, &reply).into());
    }
    let id = xml::upload_id(&reply.body)
        .map_err(|how| advice::misread("POST ?uploads", &how, Severity::Transfer).seen(&reply))?;
    visit.scratch.upload_is(bucket, &key, &id);
    visit.set_upload(bucket, Upload { id, etag: None });
    Ok(String::new())
}

/// Whether the same begins without encryption: then it was the key. That upload is removed with all scratch.
async fn without_key(visit: &Visit, bucket: &str, key: &str) -> Result<bool, Finding> {
    let reply = visit.server(&Request::new(Method::POST, bucket, key).query("uploads", "")).await?;
    if let Ok(id) = xml::upload_id(&reply.body) {
        visit.scratch.upload_is(bucket, key, &id);
    }
    Ok(reply.status.is_success())
}

/// As score-client sends it: pre-signed for as long as Score says, no other header than the length.
pub(super) async fn part(visit: &Visit, bucket: &str) -> Told {
    let Some(upload) = visit.upload(bucket) else { return Err(none_begun()) };
    let first = visit.store.object_buckets().first().is_some_and(|first| first == bucket);
    let size = if first { WHOLE } else { SMALL };
    let body = Bytes::from(vec![b's'; size]);
    let request = Request::new(Method::PUT, bucket, &visit.data_key())
        .query("uploadId", &upload.id)
        .query("partNumber", 1)
        .body(Body::Plain(body.clone()));
    let life = time::Duration::days(i64::from(visit.store.upload_expiration_days));
    let sent = visit.client(&request, life, SENDING).await;
    let (md5, reply) = match sent {
        Ok(reply) if reply.status.is_success() => (md5_of(&body), reply),
        sent => return Err(part_refused(visit, bucket, &upload, sent).await.into()),
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
    visit.set_upload(bucket, Upload { etag: Some(etag.to_owned()), ..upload });
    if first && let Some(finding) = too_large(visit, &request).await {
        return Err(finding.into());
    }
    Ok(if first { "5 MiB, ETag is MD5".to_owned() } else { "64 KiB, ETag is MD5".to_owned() })
}

/// A part of full size, and the smallest that Score makes, are announced: a limit of a proxy is seen without sending them.
async fn too_large(visit: &Visit, request: &Request) -> Option<Finding> {
    let whole = tuning::effective(visit.store.part_size, 0);
    let large = |reply: &Reply| reply.status.as_u16() == 413 || advice::code(reply) == "EntityTooLarge";
    let reply = visit.client_announces(request, whole).await.filter(large)?;
    let smallest_passes = whole > tuning::SMALLEST
        && !visit.client_announces(request, tuning::SMALLEST).await.is_some_and(|reply| large(&reply));
    Some(advice::part_too_large(whole, smallest_passes.then_some(tuning::SMALLEST)).seen(&reply))
}

/// The same signed by header, and with an override the same without it, tell whose fault it is.
async fn part_refused(visit: &Visit, bucket: &str, upload: &Upload, sent: Result<Reply, Failure>) -> Finding {
    let small = Request::new(Method::PUT, bucket, &visit.data_key())
        .query("uploadId", &upload.id)
        .query("partNumber", 1)
        .body(Body::Plain(Bytes::from_static(b"s")));
    let reply = match sent {
        Ok(reply) => reply,
        Err(failure) => match refusal_before_the_body(visit, &small, &failure).await {
            Some(reply) => reply,
            None => return visit.client_unanswered(&failure).at_least(Severity::Transfer),
        },
    };
    if reply.status.as_u16() == 413 {
        return advice::too_large(Severity::Transfer).seen(&reply);
    }
    if visit.works_without_override(&small).await {
        let host = visit.store.override_host.as_deref().unwrap_or_default();
        return advice::override_refused("a part", host, Severity::Transfer).seen(&reply);
    }
    match visit.server(&small).await {
        Ok(signed) if signed.status.is_success() => {
            advice::presigned_refused("a part", Severity::Transfer).seen(&reply)
        }
        _ => advice::refused(&putting(bucket), &visit.endpoint, &reply),
    }
}

/// Who refuses before the body is read, and hangs up, breaks the connection: the refusal is lost. The same announced, or
/// small, is answered.
async fn refusal_before_the_body(visit: &Visit, small: &Request, failure: &Failure) -> Option<Reply> {
    if matches!(failure, Failure::Timeout { .. }) || failure.on_the_way() {
        return None;
    }
    if let Some(reply) = visit.client_announces(small, WHOLE as u64).await {
        return Some(reply);
    }
    let reply = visit.client(small, time::Duration::minutes(5), SMALL_REPLY).await.ok()?;
    (!reply.status.is_success()).then_some(reply)
}

/// As Score asks after each part: exactly that part must come, with the same `ETag`.
pub(super) async fn listed(visit: &Visit, bucket: &str) -> Told {
    let Some(Upload { id, etag: Some(etag) }) = visit.upload(bucket) else { return Err(none_begun()) };
    let request = Request::new(Method::GET, bucket, &visit.data_key())
        .query("uploadId", &id)
        .query("max-parts", 1)
        .query("part-number-marker", 0);
    let need = need(
        bucket,
        "s3:ListMultipartUploadParts",
        "Score asks for each part after it was sent; uploads fail after the first.",
    );
    let reply = granted(visit, &need, visit.server(&request).await?)?;
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

/// As cancel and clean-up ask: both only make Score forget what nobody wants any more.
pub(super) async fn abort(visit: &Visit, bucket: &str) -> Told {
    let without = "Uploads work; unfinished ones are never cleaned up, and cancelling one fails.";
    let unfinished =
        Need { severity: Severity::Note, id: Id::P45, ..need(bucket, "s3:ListBucketMultipartUploads", without) };
    let listed =
        granted(visit, &unfinished, visit.server(&Request::new(Method::GET, bucket, "").query("uploads", "")).await?);
    if visit.scope != Scope::All {
        listed?;
        return Err(Outcome::NotProbed("only listed: nothing is written in this run".to_owned()));
    }
    let Some(upload) = visit.upload(bucket) else {
        listed?;
        return Err(none_begun());
    };
    let key = visit.data_key();
    let request = Request::new(Method::DELETE, bucket, &key).query("uploadId", &upload.id);
    let aborting = Need { action: "s3:AbortMultipartUpload", ..unfinished };
    // what may not be listed may be aborted all the same
    let aborted = granted(visit, &aborting, visit.server(&request).await?);
    if aborted.is_ok() {
        visit.scratch.upload_gone(bucket, &key);
    }
    aborted?;
    let listed = listed?;
    let uploads = xml::unfinished(&listed.body).unwrap_or_default();
    if uploads.len() < PAGE && uploads.iter().all(|(_, id)| *id != upload.id) {
        return Err(advice::unfinished_unlisted(bucket).seen(&listed).into());
    }
    Ok(orphans(&uploads, &upload.id))
}

/// Uploads that somebody began and nobody ended; they take room until clean-up finds them old enough.
fn orphans(uploads: &[(String, String)], ours: &str) -> String {
    let others: Vec<&str> = uploads.iter().filter(|(_, id)| id != ours).map(|(key, _)| key.as_str()).collect();
    let named = others.iter().take(3).copied().chain((others.len() > 3).then_some("…")).collect::<Vec<_>>().join(", ");
    match others.len() {
        0 => String::new(),
        1 => shown(format!("1 other upload is unfinished: {named}").as_bytes(), 200),
        count => shown(format!("{count} other uploads are unfinished: {named}").as_bytes(), 200),
    }
}

/// The request that ends every upload, with a scratch object where Score may delete: in the state bucket. There Score
/// itself never needs it, so a denial says nothing.
pub(super) async fn complete(visit: &Visit, bucket: &str) -> Told {
    let key = format!("{}/whole", visit.folder());
    let denied =
        || Outcome::NotProbed("the key may not try it in the state bucket, where Score never needs it".to_owned());
    visit.scratch.upload(visit.signer.version, bucket, &key);
    let reply = visit.server(&Request::new(Method::POST, bucket, &key).query("uploads", "")).await?;
    if !reply.status.is_success() {
        visit.scratch.upload_gone(bucket, &key);
    }
    if advice::code(&reply) == "AccessDenied" {
        return Err(denied());
    }
    let reply = granted(visit, &Need { setting: key::BUCKET_NAME_STATE, ..putting(bucket) }, reply)?;
    let id = xml::upload_id(&reply.body)
        .map_err(|how| advice::misread("POST ?uploads", &how, Severity::Transfer).seen(&reply))?;
    visit.scratch.upload_is(bucket, &key, &id);

    let body = Bytes::from_static(b"scratch of score-setup, may be deleted");
    let part = Request::new(Method::PUT, bucket, &key).query("uploadId", &id).query("partNumber", 1);
    let life = time::Duration::minutes(5);
    let sent = visit.client(&part.body(Body::Plain(body)), life, SMALL_REPLY).await;
    let Some(etag) = sent.as_ref().ok().filter(|reply| reply.status.is_success()).and_then(etag) else {
        return Err(Outcome::NotProbed("its part could not be sent: see the pre-signed part".to_owned()));
    };
    let list = format!(
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
    );
    visit.scratch.object(visit.signer.version, bucket, &key);
    let request = Request::new(Method::POST, bucket, &key)
        .query("uploadId", &id)
        .header("content-type", "application/xml")
        .body(Body::Plain(list.into()));
    let reply = visit.server(&request).await?;
    if advice::code(&reply) == "AccessDenied" {
        return Err(denied());
    }
    if !reply.status.is_success() {
        let code = advice::code(&reply);
        let how = if code.is_empty() { reply.status.as_u16().to_string() } else { code };
        return Err(advice::not_completed(&shown(how.as_bytes(), 60)).seen(&reply).into());
    }
    match xml::completed_etag(&reply.body) {
        // Ceph 16.2.15 leaves the ETag empty, and Score 5.11.0 uploads to it: nobody reads it
        Ok(_) | Err(xml::Misread::Missing("ETag")) => {}
        Err(how) => return Err(advice::not_completed(&how.to_string()).seen(&reply).into()),
    }
    visit.scratch.upload_gone(bucket, &key);
    Ok(String::new())
}

fn none_begun() -> Outcome {
    Outcome::NotProbed("no upload is under way".to_owned())
}
