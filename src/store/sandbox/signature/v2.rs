//! Signature version 2 (AWS, "Signing and authenticating REST requests").

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::hmac;
use time::{OffsetDateTime, format_description::well_known::Rfc2822};

use super::head::{KeyPair, SignedHead};
use crate::store::sandbox::refusal::{self, S3Refusal};

/// The parameters that the signature covers, in the order of their names.
const COVERED: &[&str] = &[
    "acl",
    "cors",
    "delete",
    "lifecycle",
    "location",
    "logging",
    "notification",
    "partNumber",
    "policy",
    "requestPayment",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "website",
];

/// Verifies an `Authorization` header. `rest` follows the word `AWS`.
pub(super) fn by_header(keys: &KeyPair, head: &SignedHead, rest: &str) -> Result<(), S3Refusal> {
    let (access_key, signature) = rest.trim().split_once(':').ok_or(refusal::BAD_AUTHORIZATION)?;
    let (date, amz_date) = (head.only("date")?, head.only("x-amz-date")?);
    let sent = amz_date.or(date).ok_or(refusal::NO_DATE)?;
    head.expect_near(OffsetDateTime::parse(sent, &Rfc2822).map_err(|_| refusal::NO_DATE)?)?;
    keys.expect(access_key)?;
    // The x-amz-date is among the headers and takes the place of the date.
    let date = date.filter(|_| amz_date.is_none()).unwrap_or_default();
    verify(keys, head, date, signature)
}

/// Verifies a pre-signed URL.
pub(super) fn by_query(keys: &KeyPair, head: &SignedHead) -> Result<(), S3Refusal> {
    let parameter = |name| head.target.parameter(name).ok_or(refusal::BAD_SIGNED_QUERY);
    let (access_key, end) = (parameter("AWSAccessKeyId")?, parameter("Expires")?);
    let second: i64 = end.parse().map_err(|_| refusal::BAD_SIGNED_QUERY)?;
    if head.now.unix_timestamp() > second {
        return Err(refusal::EXPIRED);
    }
    keys.expect(access_key)?;
    verify(keys, head, end, parameter("Signature")?)
}

fn verify(keys: &KeyPair, head: &SignedHead, date: &str, signature: &str) -> Result<(), S3Refusal> {
    let SignedHead { method, headers, target, .. } = head;
    let one = |name| Ok(head.only(name)?.unwrap_or_default().trim());
    let (md5, kind) = (one("content-md5")?, one("content-type")?);
    let mut names: Vec<&str> = headers.keys().map(http::HeaderName::as_str).collect();
    names.retain(|name| name.starts_with("x-amz-"));
    names.sort_unstable();
    let amz: Vec<String> =
        names.iter().map(|name| format!("{name}:{}\n", head.joined(name).unwrap_or_default())).collect();
    let amz = amz.concat();
    let covered = COVERED.iter().filter_map(|name| match target.parameter(name)? {
        "" => Some((*name).to_owned()),
        value => Some(format!("{name}={value}")),
    });
    let covered: Vec<String> = covered.collect();
    let question = if covered.is_empty() { "" } else { "?" };
    let resource = format!("{}{question}{}", target.raw_path, covered.join("&"));
    let text = format!("{method}\n{md5}\n{kind}\n{date}\n{amz}{resource}");
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, keys.secret.for_signing().as_bytes());
    let given = STANDARD.decode(signature.trim()).map_err(|_| refusal::WRONG_SIGNATURE)?;
    hmac::verify(&key, text.as_bytes(), &given).map_err(|_| refusal::WRONG_SIGNATURE)
}
