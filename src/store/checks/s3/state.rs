//! Checks the state of an upload as Score keeps it: a document, and an empty object for each finished part whose key is
//! its content (Score 5.11 `S3UploadStateStore.java:337-346`).

use bytes::Bytes;
use http::Method;

use super::{
    refused::{Cause, RefusedRequest, StepFailure, granted},
    requests::{etag, list, md5_of},
    run::S3Run,
};
use crate::{
    score::{Id, Severity, Version, key},
    store::{
        checks::{
            Finding,
            advice::{self, RefusalKind, Requirement, Slash},
            engine::CheckResult,
            entry::StoreRun,
        },
        probe::{Body, Failure, Reply, Request, Signer, xml},
    },
    text::shown,
};

/// The MD5 of nothing, the content of a part marker.
const MD5_OF_NOTHING: &str = "d41d8cd98f00b204e9800998ecf8427e";

fn meta_key(run: &S3Run) -> String {
    format!("{}/.meta", run.state_folder())
}

fn marker_key(run: &S3Run) -> String {
    let (folder, md5) = (run.state_folder(), MD5_OF_NOTHING);
    format!(r#"{folder}/part-00000001|{{"partNumber":1,"md5":"{md5}","etag":"{md5}"}}"#)
}

/// Returns a document about as long as Score's own for a few parts.
fn document(run: &S3Run) -> Bytes {
    let line = format!(r#"{{"objectKey":"{}","note":"scratch of score-setup, may be deleted"}}"#, run.object_key());
    Bytes::from(line.repeat(2000 / line.len() + 1))
}

fn need<'a>(bucket: &'a str, action: &'static str, severity: Severity, without: &'static str) -> Requirement<'a> {
    Requirement { action, bucket, setting: key::BUCKET_NAME_STATE, id: Id::P49, severity, without }
}

fn writing(bucket: &str) -> Requirement<'_> {
    need(bucket, "s3:PutObject", Severity::Transfer, "Score keeps the state of every upload there; all uploads fail.")
}

/// Returns true if the body may pass when it is sent in another way. A busy store refuses every body.
fn may_be_the_body(refusal: RefusalKind) -> bool {
    matches!(refusal, RefusalKind::Signature | RefusalKind::OwnError | RefusalKind::OwnReason)
}

/// Returns true if the store may have kept an object that it did not confirm.
fn may_be_kept(refusal: RefusalKind) -> bool {
    matches!(refusal, RefusalKind::OwnError | RefusalKind::Unavailable)
}

/// Writes an object as Score does: signed in chunks with version 4.
///
/// # Errors
/// Returns a finding if no reply comes. A refusal is the inner error.
async fn write(run: &S3Run, bucket: &str, key: &str, body: Bytes) -> Result<Result<Reply, RefusedRequest>, Finding> {
    run.scratch.add_object(run.signer.version, bucket, key);
    let request = put(bucket, key, Body::Streamed(body));
    let reply = match run.send_signed_by(&run.signer, &request).await {
        Ok(reply) => reply,
        Err(failure) => {
            let silent = matches!(failure, Failure::Timeout { .. });
            let finding = run.explain_failure(&failure).saw(request.line());
            if silent && passes_without_expect(run, &request).await {
                return Err(Finding { evidence: finding.evidence, ..advice::expect_refused(Severity::Transfer) });
            }
            return Err(finding);
        }
    };
    let written = granted(run, &writing(bucket), reply);
    if written.as_ref().is_err_and(|refused| !may_be_kept(refused.refusal)) {
        run.scratch.object_gone(bucket, key);
    }
    Ok(written)
}

fn put(bucket: &str, key: &str, body: Body) -> Request {
    Request::new(Method::PUT, bucket, key).body(body)
}

/// Returns true if a request that differs from Score's writes the object.
async fn writes_otherwise(run: &S3Run, signer: &Signer, bucket: &str, key: &str, body: Body) -> bool {
    run.scratch.add_object(run.signer.version, bucket, key);
    let written =
        run.send_signed_by(signer, &put(bucket, key, body)).await.is_ok_and(|reply| reply.status.is_success());
    if !written {
        run.scratch.object_gone(bucket, key);
    }
    written
}

/// Returns true if the request passes when its body is not announced.
async fn passes_without_expect(run: &S3Run, request: &Request) -> bool {
    run.send_without_expect(request).await.is_ok_and(|reply| reply.status.is_success())
}

/// Compares the `ETag` with the MD5 of the body, as the SDK does unless the reply names a key of KMS or of the
/// customer, or the `ETag` has a dash (AWS SDK for Java 1.11 `SkipMd5CheckStrategy`).
fn compare_etag(reply: &Reply, bucket: &str, body: &[u8]) -> Result<(), Finding> {
    let encrypted = ["x-amz-server-side-encryption-aws-kms-key-id", "x-amz-server-side-encryption-customer-algorithm"]
        .iter()
        .any(|name| reply.headers.contains_key(*name));
    let (etag, md5) = (etag(reply), md5_of(body));
    if encrypted || etag.is_some_and(|etag| etag.contains('-') || etag.eq_ignore_ascii_case(&md5)) {
        return Ok(());
    }
    Err(advice::etag_is_no_md5("Score", bucket, key::BUCKET_NAME_STATE, etag, &md5).seen(reply))
}

/// Writes the document of an upload. If it is refused, the same document in one piece shows whether the chunks are the
/// cause.
pub(super) async fn write_meta(run: &S3Run, bucket: &str) -> Result<String, StepFailure> {
    let (key, body) = (meta_key(run), document(run));
    let reply = match write(run, bucket, &key, body.clone()).await? {
        Ok(reply) => reply,
        Err(refused)
            if may_be_the_body(refused.refusal)
                && run.signer.version == Version::V4
                && writes_otherwise(run, &run.signer, bucket, &key, Body::Plain(body.clone())).await =>
        {
            let finding = Finding { evidence: refused.finding.evidence, ..advice::chunks_refused() };
            return Err(StepFailure::new(Cause::SignatureVersion, finding));
        }
        Err(refused) => return Err(refused.into()),
    };
    compare_etag(&reply, bucket, &body)?;
    if run.store.upload_directory.ends_with('/') {
        return Err(advice::slash_in_directory(key::S3_UPLOAD_DIRECTORY, Slash::Behind, Severity::Transfer).into());
    }
    Ok(format!("{} bytes", body.len()))
}

/// Writes the empty object whose key holds Score's data about a part. If it is refused, similar requests show what the
/// store refuses: the path as old releases send it, the empty body, or the key.
pub(super) async fn write_marker(run: &S3Run, bucket: &str) -> Result<String, StepFailure> {
    let key = marker_key(run);
    let refused = match write(run, bucket, &key, Bytes::new()).await? {
        Ok(reply) => {
            compare_etag(&reply, bucket, b"")?;
            return Ok("0 bytes".to_owned());
        }
        // firewalls refuse names with such characters
        Err(refused) if refused.refusal == RefusalKind::Firewall => {
            let finding = refused.finding.first_hint(advice::KEY_IN_PATH);
            return Err(StepFailure::new(Cause::Other, finding));
        }
        Err(refused) if !may_be_the_body(refused.refusal) => return Err(refused.into()),
        Err(refused) => refused,
    };
    let as_signed = Signer { unescapes_paths: false, ..run.signer.clone() };
    if run.signer.unescapes_paths && writes_otherwise(run, &as_signed, bucket, &key, Body::Streamed(Bytes::new())).await
    {
        let finding = Finding { evidence: refused.finding.evidence, ..advice::path_unescaped() };
        return Err(StepFailure::new(Cause::SignatureVersion, finding));
    }
    let (cause, finding) = match write(run, bucket, &key, Bytes::from_static(b"x")).await? {
        Ok(_) if run.signer.version == Version::V4 => (Cause::SignatureVersion, advice::empty_chunk_refused()),
        Ok(_) => return Err(refused.into()),
        // a proxy that decodes the path and encodes it again leaves the bars and brackets of the key bare (seen on
        // nginx)
        Err(RefusedRequest { refusal: RefusalKind::Signature, finding }) => {
            return Err(StepFailure::new(Cause::SignatureVersion, finding.first_hint(advice::KEY_IN_PATH)));
        }
        Err(RefusedRequest { refusal: RefusalKind::OwnReason, .. }) => {
            (Cause::Other, advice::keys_not_kept("it refuses the key"))
        }
        Err(other) => return Err(other.into()),
    };
    Err(StepFailure::new(cause, Finding { evidence: refused.finding.evidence, ..finding }))
}

/// Lists the markers, as Score does to end an upload. A key must come back exactly as Java decodes it.
pub(super) async fn check_list(run: &S3Run, bucket: &str) -> CheckResult {
    let need = need(bucket, "s3:ListBucket", Severity::Transfer, "Score lists the parts to end an upload.");
    let reply = run.send_signed(&list(bucket, &format!("{}/part", run.state_folder()), false)).await?;
    let reply = granted(run, &need, reply)?;
    let keys = xml::keys(&reply.body)
        .map_err(|how| advice::misread("a list of objects", &how, Severity::Transfer).seen(&reply))?;
    match keys.as_slice() {
        [key] if *key == marker_key(run) => Ok("unchanged".to_owned()),
        // MinIO keeps such names without the slash, and does not find them with it
        [] if run.store.upload_directory.starts_with('/') => Err(slash_in_front().seen(&reply).into()),
        [] => Err(advice::not_found_again(bucket).seen(&reply).into()),
        [first, ..] => {
            let first = format!("listed: {}", shown(first.as_bytes(), 160));
            Err(advice::keys_not_kept("the list gives back another key").seen(&reply).saw(first).into())
        }
    }
}

fn slash_in_front() -> Finding {
    advice::slash_in_directory(key::S3_UPLOAD_DIRECTORY, Slash::InFront, Severity::Transfer)
}

/// Reads the document back.
pub(super) async fn check_read(run: &S3Run, bucket: &str) -> CheckResult {
    let need = need(bucket, "s3:GetObject", Severity::Transfer, "Score reads the state of an upload to go on with it.");
    let key = meta_key(run);
    let body = document(run);
    // Score sends the second request before it deletes
    let [get, head] = [Method::GET, Method::HEAD].map(|method| Request::new(method, bucket, &key));
    let (reply, head) = tokio::join!(run.send_signed(&get), run.send_signed(&head));
    let reply = reply?;
    if advice::code(&reply) == "NoSuchKey" {
        return Err(advice::not_found_again(bucket).seen(&reply).into());
    }
    let reply = granted(run, &need, reply)?;
    if reply.body != body {
        return Err(advice::read_differs(bucket, body.len(), reply.body.len()).seen(&reply).into());
    }
    granted(run, &need, head?)?;
    if run.store.upload_directory.starts_with('/') {
        return Err(slash_in_front().into());
    }
    Ok("as written".to_owned())
}

/// Deletes the document and the marker, and looks whether they are gone.
pub(super) async fn check_delete(run: &S3Run, bucket: &str) -> CheckResult {
    let need = need(bucket, "s3:DeleteObject", Severity::Note, "Uploads work; each leaves a few small objects behind.");
    let keys = [marker_key(run), meta_key(run)];
    let [first, second] = keys.each_ref().map(|key| Request::new(Method::DELETE, bucket, key));
    let (first, second) = tokio::join!(run.send_signed(&first), run.send_signed(&second));
    for reply in [first?, second?] {
        granted(run, &need, reply)?;
    }
    let [first, second] = keys.each_ref().map(|key| Request::new(Method::HEAD, bucket, key));
    let (first, second) = tokio::join!(run.send_signed(&first), run.send_signed(&second));
    let mut kept = None;
    for (key, reply) in keys.iter().zip([first?, second?]) {
        if reply.status.is_success() {
            kept = Some(advice::stays(bucket).seen(&reply));
        } else {
            run.scratch.object_gone(bucket, key);
        }
    }
    kept.map_or_else(|| Ok(String::new()), |finding| Err(finding.into()))
}
