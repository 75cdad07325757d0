//! Builds and reads what several checks share, and rates the loss of a bucket.

use std::fmt::Write;

use http::Method;
use md5::{Digest, Md5};

use super::run::S3Run;
use crate::{
    score::Severity,
    store::probe::{Reply, Request, xml},
};

/// Returns a request for `ListObjects` version 1, as Score sends it (recorded of Score 5.11.0).
pub(super) fn list(bucket: &str, prefix: &str, delimiter: bool) -> Request {
    let request = Request::new(Method::GET, bucket, "").query("prefix", prefix);
    let request = if delimiter { request.query("delimiter", "/") } else { request };
    request.query("max-keys", 5000).query("encoding-type", "url")
}

/// Returns the MD5 of the bytes in hexadecimal digits.
pub(super) fn md5_of(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().fold(String::with_capacity(32), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes all that is written to it");
        text
    })
}

/// Returns the `ETag` without its quotes.
pub(super) fn etag(reply: &Reply) -> Option<&str> {
    reply.headers.get("etag").and_then(|value| value.to_str().ok()).map(xml::unquoted)
}

/// Returns the severity of a missing bucket: the base object bucket holds the sentinel, which every client needs first;
/// any other bucket matters to transfers.
pub(super) fn loss_of(run: &S3Run, bucket: &str) -> Severity {
    if bucket == run.store.object_bucket { Severity::Ping } else { Severity::Transfer }
}
