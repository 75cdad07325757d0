//! The state of an upload as Score keeps it: a document, and an empty object for each finished part whose key is its
//! content (Score 5.11 `S3UploadStateStore.java:337-346`).

use bytes::Bytes;
use http::Method;

use super::{Told, etag, granted, list as objects, md5_of};
use crate::{
    score::{Id, Severity, Version, key},
    store::{
        checks::{
            Finding,
            advice::{self, Need},
            visit::Visit,
        },
        probe::{Body, Reply, Request, xml},
    },
    text::shown,
};

/// Of nothing, which is what a part marker holds.
const MD5_OF_NOTHING: &str = "d41d8cd98f00b204e9800998ecf8427e";

fn meta_key(visit: &Visit) -> String {
    format!("{}/.meta", visit.folder())
}

fn marker_key(visit: &Visit) -> String {
    let (folder, md5) = (visit.folder(), MD5_OF_NOTHING);
    format!(r#"{folder}/part-00000001|{{"partNumber":1,"md5":"{md5}","etag":"{md5}"}}"#)
}

/// About as long as Score's own for a few parts.
fn document(visit: &Visit) -> Bytes {
    let line = format!(r#"{{"objectKey":"{}","note":"scratch of score-setup, may be deleted"}}"#, visit.data_key());
    Bytes::from(line.repeat(2000 / line.len() + 1))
}

fn need<'a>(bucket: &'a str, action: &'static str, severity: Severity, without: &'static str) -> Need<'a> {
    Need { action, bucket, setting: key::BUCKET_NAME_STATE, id: Id::P49, severity, without }
}

fn writing(bucket: &str) -> Need<'_> {
    need(bucket, "s3:PutObject", Severity::Transfer, "Score keeps the state of every upload there; all uploads fail.")
}

/// Causes that have nothing to do with how the body is sent.
fn plain_cause(finding: &Finding) -> bool {
    !matches!(finding.id, Id::P33 | Id::P78 | Id::P88) || finding.id == Id::P78 && finding.summary.contains("(503)")
}

async fn write(visit: &Visit, bucket: &str, key: &str, body: Bytes) -> Result<Result<Reply, Finding>, Finding> {
    visit.scratch.object(visit.signer.version, bucket, key);
    let request = Request::new(Method::PUT, bucket, key).body(Body::Streamed(body));
    let reply = match visit.server(&request).await {
        Err(finding) if finding.silent && passes_unannounced(visit, &request).await => {
            return Err(Finding { evidence: finding.evidence, ..advice::expect_refused(Severity::Transfer) });
        }
        reply => reply?,
    };
    let refused = !reply.status.is_success();
    let granted = granted(visit, &writing(bucket), reply);
    if refused && granted.as_ref().is_err_and(|finding| finding.id != Id::P78) {
        visit.scratch.object_gone(bucket, key);
    }
    Ok(granted)
}

/// Whether the same passes when its body is not announced.
async fn passes_unannounced(visit: &Visit, request: &Request) -> bool {
    visit.server_unannounced(request).await.is_ok_and(|reply| reply.status.is_success())
}

/// The SDK compares unless the reply names a key of KMS or of the customer, or the `ETag` has a dash (AWS SDK for Java
/// 1.11 `SkipMd5CheckStrategy`).
fn intact(reply: &Reply, bucket: &str, body: &[u8]) -> Result<(), Finding> {
    let encrypted = ["x-amz-server-side-encryption-aws-kms-key-id", "x-amz-server-side-encryption-customer-algorithm"]
        .iter()
        .any(|name| reply.headers.contains_key(*name));
    let (etag, md5) = (etag(reply), md5_of(body));
    if encrypted || etag.is_some_and(|etag| etag.contains('-') || etag.eq_ignore_ascii_case(&md5)) {
        return Ok(());
    }
    Err(advice::etag_is_no_md5("Score", bucket, key::BUCKET_NAME_STATE, etag, &md5).seen(reply))
}

/// The document, in signed chunks with version 4.
pub(super) async fn meta(visit: &Visit, bucket: &str) -> Told {
    let body = document(visit);
    let reply = match write(visit, bucket, &meta_key(visit), body.clone()).await? {
        Ok(reply) => reply,
        Err(finding) if plain_cause(&finding) || visit.signer.version == Version::V2 => return Err(finding.into()),
        Err(finding) => {
            return Err(Finding { evidence: finding.evidence, ..advice::chunks_refused() }.into());
        }
    };
    intact(&reply, bucket, &body)?;
    Ok(format!("{} bytes", body.len()))
}

/// The empty object whose key holds what Score wants to know of a part.
pub(super) async fn marker(visit: &Visit, bucket: &str) -> Told {
    let key = marker_key(visit);
    let finding = match write(visit, bucket, &key, Bytes::new()).await? {
        Ok(reply) => {
            intact(&reply, bucket, b"")?;
            return Ok("0 bytes".to_owned());
        }
        Err(finding) if plain_cause(&finding) => return Err(finding.into()),
        Err(finding) => finding,
    };
    // the emptiness or the key? the same key with one byte tells
    let one = write(visit, bucket, &key, Bytes::from_static(b"x")).await?;
    let cause = match one {
        Ok(_) if visit.signer.version == Version::V4 => advice::empty_chunk_refused(),
        Ok(_) => return Err(finding.into()),
        // a proxy that decodes the path and encodes it again leaves the bars and brackets of the key bare (seen on nginx)
        Err(again) if again.id == Id::P33 => return Err(again.first_hint(advice::KEY_IN_PATH).into()),
        Err(_) => advice::keys_not_kept("it refuses the key"),
    };
    Err(Finding { evidence: finding.evidence, ..cause }.into())
}

/// The list that ends an upload; a key must come back to the letter as Java decodes it.
pub(super) async fn list(visit: &Visit, bucket: &str) -> Told {
    let need = need(bucket, "s3:ListBucket", Severity::Transfer, "Score lists the parts to end an upload.");
    let reply = visit.server(&objects(bucket, &format!("{}/part", visit.folder()), false)).await?;
    let reply = granted(visit, &need, reply)?;
    let keys = xml::keys(&reply.body)
        .map_err(|how| advice::misread("a list of objects", &how, Severity::Transfer).seen(&reply))?;
    match keys.as_slice() {
        [key] if *key == marker_key(visit) => Ok("to the letter".to_owned()),
        [] => Err(advice::not_found_again(bucket).seen(&reply).into()),
        [first, ..] => {
            let first = format!("listed: {}", shown(first.as_bytes(), 160));
            Err(advice::keys_not_kept("the list gives back another key").seen(&reply).saw(first).into())
        }
    }
}

pub(super) async fn read(visit: &Visit, bucket: &str) -> Told {
    let need = need(bucket, "s3:GetObject", Severity::Transfer, "Score reads the state of an upload to go on with it.");
    let key = meta_key(visit);
    let body = document(visit);
    let reply = visit.server(&Request::new(Method::GET, bucket, &key)).await?;
    if advice::code(&reply) == "NoSuchKey" {
        return Err(advice::not_found_again(bucket).seen(&reply).into());
    }
    let reply = granted(visit, &need, reply)?;
    if reply.body != body {
        return Err(advice::read_differs(bucket, body.len(), reply.body.len()).seen(&reply).into());
    }
    // as Score does before it deletes
    let head = visit.server(&Request::new(Method::HEAD, bucket, &key)).await?;
    granted(visit, &need, head)?;
    Ok("as written".to_owned())
}

pub(super) async fn delete(visit: &Visit, bucket: &str) -> Told {
    let need = need(bucket, "s3:DeleteObject", Severity::Note, "Uploads work; each leaves a few small objects behind.");
    for key in [marker_key(visit), meta_key(visit)] {
        let reply = visit.server(&Request::new(Method::DELETE, bucket, &key)).await?;
        granted(visit, &need, reply)?;
        let reply = visit.server(&Request::new(Method::HEAD, bucket, &key)).await?;
        if reply.status.is_success() {
            return Err(advice::stays(bucket).seen(&reply).into());
        }
        visit.scratch.object_gone(bucket, &key);
    }
    Ok(String::new())
}
