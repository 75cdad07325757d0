//! Signature version 4: the key for one moment, and the signatures made with it. Does not know which headers Score
//! sends.

use bytes::Bytes;
use http::Method;
use ring::hmac;
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::{Headers, Signer, hex, lines, names, sha256, stamp, trimmed};
use crate::store::probe::request::{Query, encoded, joined};

/// The SDK's size of signed chunks (`AwsChunkedEncodingInputStream.DEFAULT_CHUNK_SIZE`).
const CHUNK: usize = 128 * 1024;
const V4_DATE: &[BorrowedFormatItem] = format_description!("[year][month][day]T[hour][minute][second]Z");

/// The part that all V4 signatures of one moment share.
pub(super) struct Moment {
    pub(super) stamp: String,
    scope: String,
    pub(super) credential: String,
    key: hmac::Key,
}

impl Moment {
    pub(super) fn new(signer: &Signer, now: OffsetDateTime) -> Self {
        let stamp = stamp(now, V4_DATE);
        let day = stamp.split('T').next().unwrap_or_default();
        let scope = format!("{day}/{}/s3/aws4_request", signer.region);
        let key = |bytes: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, bytes);
        let secret = zeroize::Zeroizing::new(format!("AWS4{}", trimmed(signer.secret.for_signing())));
        let steps = [day, &signer.region, "s3", "aws4_request"];
        let key =
            steps.iter().fold(key(secret.as_bytes()), |each, step| key(hmac::sign(&each, step.as_bytes()).as_ref()));
        Self { credential: format!("{}/{scope}", signer.access()), stamp, scope, key }
    }

    pub(super) fn request(
        &self,
        method: &Method,
        path: &str,
        query: &Query,
        headers: &Headers,
        payload: &str,
    ) -> String {
        let mut query = query.clone();
        query.sort();
        let (query, lines, names) = (joined(&query, "=", encoded), lines(headers), names(headers));
        let canonical = format!("{method}\n{path}\n{query}\n{lines}\n{names}\n{payload}");
        self.sign("AWS4-HMAC-SHA256", &sha256(canonical.as_bytes()))
    }

    /// Encodes the body in signed chunks. Each chunk's signature covers the signature of the previous chunk.
    pub(super) fn chunked(&self, chunks: Vec<&[u8]>, mut signature: String) -> Bytes {
        let mut out = Vec::new();
        for chunk in chunks {
            let rest = format!("{signature}\n{}\n{}", sha256(b""), sha256(chunk));
            signature = self.sign("AWS4-HMAC-SHA256-PAYLOAD", &rest);
            out.extend_from_slice(chunk_head(chunk, &signature).as_bytes());
            out.extend_from_slice(chunk);
            out.extend_from_slice(b"\r\n");
        }
        out.into()
    }

    fn sign(&self, algorithm: &str, rest: &str) -> String {
        let text = format!("{algorithm}\n{}\n{}\n{rest}", self.stamp, self.scope);
        hex(hmac::sign(&self.key, text.as_bytes()).as_ref())
    }
}

/// Splits the body into chunks. The last chunk is empty; an empty body has only this one.
pub(super) fn chunks(body: &[u8]) -> Vec<&[u8]> {
    body.chunks(CHUNK).chain([&[][..]]).collect()
}

fn chunk_head(chunk: &[u8], signature: &str) -> String {
    format!("{:x};chunk-signature={signature}\r\n", chunk.len())
}

pub(super) fn chunked_length(body: &[u8]) -> usize {
    let signature = "0".repeat(64);
    chunks(body).iter().map(|chunk| chunk_head(chunk, &signature).len() + chunk.len() + 2).sum()
}
