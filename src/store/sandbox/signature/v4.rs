//! Signature version 4 (AWS, "Authenticating Requests: AWS Signature Version 4").

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use time::{
    Duration, OffsetDateTime, PrimitiveDateTime, format_description::BorrowedFormatItem, macros::format_description,
};

use super::{
    chunks::SignedBody,
    head::{KeyPair, SignedHead},
    key::{ScopedKey, sha256},
};
use crate::store::sandbox::{
    base16,
    refusal::{self, S3Refusal},
};

const STAMP: &[BorrowedFormatItem] = format_description!("[year][month][day]T[hour][minute][second]Z");
/// The longest life of a URL (AWS, "X-Amz-Expires").
const LONGEST_LIFE: u32 = 604_800;
/// The characters that a canonical request does not escape; in a path also the slash.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const IN_PATH: &AsciiSet = &UNRESERVED.remove(b'/');
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// Verifies an `Authorization` header. `rest` follows the name of the algorithm.
pub(super) fn by_header(keys: &KeyPair, head: &SignedHead, rest: &str) -> Result<SignedBody, S3Refusal> {
    let mut fields = rest.split(',').filter_map(|field| field.trim().split_once('='));
    let mut field = |wanted| fields.next().filter(|(name, _)| *name == wanted).map(|(_, value)| value);
    let (credential, names, signature) = (field("Credential"), field("SignedHeaders"), field("Signature"));
    let (Some(credential), Some(names), Some(signature)) = (credential, names, signature) else {
        return Err(refusal::BAD_AUTHORIZATION);
    };
    let stamp = head.only("x-amz-date")?.ok_or(refusal::NO_DATE)?;
    head.expect_near(read_stamp(stamp).ok_or(refusal::NO_DATE)?)?;
    let key = ScopedKey::derive(keys, credential, stamp, refusal::BAD_AUTHORIZATION)?;
    let payload = head.only("x-amz-content-sha256")?.ok_or(refusal::NO_CONTENT_HASH)?;
    key.verify("AWS4-HMAC-SHA256", &canonical_hash(head, names, payload)?, signature)?;
    if payload.starts_with("STREAMING-") {
        return SignedBody::in_chunks(key, payload, signature);
    }
    signed_body(payload)
}

/// Verifies a pre-signed URL.
pub(super) fn by_query(keys: &KeyPair, head: &SignedHead) -> Result<SignedBody, S3Refusal> {
    let parameter = |name| head.target.parameter(name).ok_or(refusal::BAD_SIGNED_QUERY);
    if parameter("X-Amz-Algorithm")? != "AWS4-HMAC-SHA256" {
        return Err(refusal::BAD_SIGNED_QUERY);
    }
    let (credential, names) = (parameter("X-Amz-Credential")?, parameter("X-Amz-SignedHeaders")?);
    let (stamp, life, signature) =
        (parameter("X-Amz-Date")?, parameter("X-Amz-Expires")?, parameter("X-Amz-Signature")?);
    let made = read_stamp(stamp).ok_or(refusal::BAD_SIGNED_QUERY)?;
    let life: u32 = life.parse().ok().filter(|life| *life <= LONGEST_LIFE).ok_or(refusal::BAD_SIGNED_QUERY)?;
    if head.now - made > Duration::seconds(life.into()) {
        return Err(refusal::EXPIRED);
    }
    if made > head.now {
        head.expect_near(made)?;
    }
    let key = ScopedKey::derive(keys, credential, stamp, refusal::BAD_SIGNED_QUERY)?;
    key.verify("AWS4-HMAC-SHA256", &canonical_hash(head, names, UNSIGNED_PAYLOAD)?, signature)?;
    signed_body(head.only("x-amz-content-sha256")?.unwrap_or(UNSIGNED_PAYLOAD))
}

fn signed_body(payload: &str) -> Result<SignedBody, S3Refusal> {
    match payload {
        UNSIGNED_PAYLOAD => Ok(SignedBody::Any),
        hash => base16::read(hash).map(SignedBody::Hash).ok_or(refusal::BAD_CONTENT_HASH),
    }
}

/// Returns the hash of the canonical request.
fn canonical_hash(head: &SignedHead, names: &str, payload: &str) -> Result<String, S3Refusal> {
    let mut names: Vec<&str> = names.split(';').collect();
    names.sort_unstable();
    let unsigned = |name: &str| (name == "host" || name.starts_with("x-amz-")) && !names.contains(&name);
    if !names.contains(&"host") || head.headers.keys().any(|name| unsigned(name.as_str())) {
        return Err(refusal::HEADERS_NOT_SIGNED);
    }
    let lines: Option<String> =
        names.iter().map(|name| head.joined(name).map(|value| format!("{name}:{value}\n"))).collect();
    let lines = lines.ok_or(refusal::WRONG_SIGNATURE)?;
    let escaped = |text: &str| utf8_percent_encode(text, UNRESERVED).to_string();
    let signed = head.target.query.iter().filter(|(name, _)| name != "X-Amz-Signature");
    let mut query: Vec<String> = signed.map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
    query.sort();
    let (method, path) = (head.method, utf8_percent_encode(&head.target.path, IN_PATH));
    let (query, names) = (query.join("&"), names.join(";"));
    Ok(sha256(format!("{method}\n{path}\n{query}\n{lines}\n{names}\n{payload}").as_bytes()))
}

fn read_stamp(text: &str) -> Option<OffsetDateTime> {
    Some(PrimitiveDateTime::parse(text, STAMP).ok()?.assume_utc())
}
