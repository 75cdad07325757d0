//! Signatures as AWS SDK for Java 1.11.219 makes them for Score: V4 and V2, by header and by query. Knows nothing of
//! connections, and has no clock.

use std::{collections::BTreeMap, fmt};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::Method;
use ring::{digest, hmac};
use time::{Duration, OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::{
    endpoint::Endpoint,
    request::{Body, Query, Request, encoded, joined},
};
use crate::secret::Secret;

/// The SDK's size of signed chunks (`AwsChunkedEncodingInputStream.DEFAULT_CHUNK_SIZE`).
const CHUNK: usize = 128 * 1024;
/// Parameters that a V2 signature covers (`RestUtils.SIGNED_PARAMETERS`), of those that Score ever sends.
const SIGNED_BY_V2: &[&str] = &["acl", "partNumber", "uploadId", "uploads"];
const HTTP_DATE: &[BorrowedFormatItem] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
const V4_DATE: &[BorrowedFormatItem] = format_description!("[year][month][day]T[hour][minute][second]Z");
/// What score-client, or the library under Score, calls itself; only its shape can matter to a store.
const SERVER_AGENT: &str = "aws-sdk-java/1.11.219 Linux/5.15 OpenJDK_64-Bit_Server_VM/11.0.16+8";
const CLIENT_AGENT: &str = "Apache-HttpClient/4.5.13 (Java/11.0.16)";

/// Lower-case names in order, as V4 wants them.
type Headers = BTreeMap<&'static str, String>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    V2,
    V4,
}

#[derive(Debug, Clone)]
pub struct Signer {
    pub version: Version,
    pub endpoint: Endpoint,
    pub region: String,
    pub access_key: String,
    pub secret: Secret,
}

/// A request of Score's server, ready to be sent.
#[derive(Clone)]
pub struct Signed {
    pub method: Method,
    pub endpoint: Endpoint,
    /// Path and query, as on the wire.
    pub target: String,
    pub headers: BTreeMap<&'static str, String>,
    pub body: Bytes,
}

/// A URL that Score's server hands to a client, and what the client adds to it.
#[derive(Clone)]
pub struct Presigned {
    pub method: Method,
    /// Text, as Score treats it.
    pub url: String,
    pub headers: BTreeMap<&'static str, String>,
    pub body: Bytes,
    /// The one it was made for.
    pub endpoint: Endpoint,
}

impl Signer {
    /// As Score's server asks: with the SDK's own headers, and V4 signs every header but `expect`.
    #[must_use]
    pub fn by_header(&self, request: &Request, now: OffsetDateTime) -> Signed {
        let mut headers = self.headers(request);
        let mut body = request.body.bytes();
        for (name, value) in [
            ("amz-sdk-invocation-id", uuid::Uuid::new_v4().to_string()),
            ("amz-sdk-retry", "0/0/500".to_owned()),
            ("content-type", "application/octet-stream".to_owned()),
            ("user-agent", SERVER_AGENT.to_owned()),
        ] {
            headers.entry(name).or_insert(value);
        }
        let authorization = match self.version {
            Version::V2 => {
                let date = stamp(now, HTTP_DATE);
                let signature = self.v2(request, &headers, &date);
                headers.insert("date", date);
                format!("AWS {}:{signature}", self.access())
            }
            Version::V4 => {
                let moment = Moment::new(self, now);
                let streamed = matches!(request.body, Body::Streamed(_));
                let payload = if streamed {
                    headers.insert("x-amz-decoded-content-length", body.len().to_string());
                    headers.insert("content-length", chunked_length(&body).to_string());
                    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD".to_owned()
                } else {
                    sha256(&body)
                };
                headers.insert("x-amz-content-sha256", payload.clone());
                headers.insert("x-amz-date", moment.stamp.clone());
                let path = request.path(&self.endpoint);
                let signature = moment.request(&request.method, &path, &request.query, &headers, &payload);
                let (credential, signed) = (&moment.credential, names(&headers));
                if streamed {
                    // Apache's client adds it after the SDK has signed
                    headers.insert("expect", "100-continue".to_owned());
                    body = moment.chunked(&body, signature.clone());
                }
                format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed}, Signature={signature}")
            }
        };
        headers.insert("authorization", authorization);
        Signed::new(&self.endpoint, request, headers, body)
    }

    /// As the URLs that Score's server hands to its clients (Score 5.11 `S3URLGenerator`): V4 signs the host, and the
    /// range where one is asked for; the client's other headers are not signed.
    #[must_use]
    pub fn by_query(&self, request: &Request, life: Duration, now: OffsetDateTime) -> Presigned {
        let mut headers = self.headers(request);
        let mut query = request.query.clone();
        match self.version {
            Version::V2 => {
                let expires = now.unix_timestamp().saturating_add(life.whole_seconds()).to_string();
                let signature = self.v2(request, &Headers::new(), &expires);
                query.extend([
                    ("AWSAccessKeyId", self.access().to_owned()),
                    ("Expires", expires),
                    ("Signature", signature),
                ]);
            }
            Version::V4 => {
                let moment = Moment::new(self, now);
                let mut signed = headers.clone();
                signed.retain(|name, _| ["host", "range"].contains(name));
                query.extend([
                    ("X-Amz-Algorithm", "AWS4-HMAC-SHA256".to_owned()),
                    ("X-Amz-Date", moment.stamp.clone()),
                    ("X-Amz-SignedHeaders", names(&signed)),
                    ("X-Amz-Expires", life.whole_seconds().to_string()),
                    ("X-Amz-Credential", moment.credential.clone()),
                ]);
                let path = request.path(&self.endpoint);
                let signature = moment.request(&request.method, &path, &query, &signed, "UNSIGNED-PAYLOAD");
                query.push(("X-Amz-Signature", signature));
            }
        }
        // the Host is that of the URL, once it is known
        headers.remove("host");
        for (name, value) in [("accept-encoding", "gzip,deflate"), ("user-agent", CLIENT_AGENT)] {
            headers.entry(name).or_insert_with(|| value.to_owned());
        }
        Presigned {
            method: request.method.clone(),
            url: format!("{}{}?{}", self.endpoint.url(), request.resource(), joined(&query, "=", encoded)),
            headers,
            body: request.body.bytes(),
            endpoint: self.endpoint.clone(),
        }
    }

    /// The SDK trims both keys, as `String.trim` does, when it signs (`AbstractAWSSigner.sanitizeCredentials`).
    fn access(&self) -> &str {
        trimmed(&self.access_key)
    }

    fn headers(&self, request: &Request) -> Headers {
        let mut headers: Headers = request.headers.iter().cloned().collect();
        headers.insert("host", self.endpoint.authority());
        if [Method::PUT, Method::POST].contains(&request.method) {
            headers.insert("content-length", request.body.bytes().len().to_string());
        }
        headers
    }

    /// `date`: the Date header, or the second in which a pre-signed URL expires.
    fn v2(&self, request: &Request, headers: &Headers, date: &str) -> String {
        let header = |name| headers.get(name).map_or("", |value| value.trim());
        let amz = lines(headers.iter().filter(|(name, _)| name.starts_with("x-amz-")));
        let mut query = request.query.clone();
        query.retain(|(name, _)| SIGNED_BY_V2.contains(name));
        query.sort();
        let question = if query.is_empty() { "" } else { "?" };
        let resource = format!("{}{question}{}", request.path(&self.endpoint), joined(&query, "", str::to_owned));
        let (method, md5, kind) = (&request.method, header("content-md5"), header("content-type"));
        let text = format!("{method}\n{md5}\n{kind}\n{date}\n{amz}{resource}");
        let secret = trimmed(self.secret.for_signing());
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
        STANDARD.encode(hmac::sign(&key, text.as_bytes()))
    }
}

impl Signed {
    /// Without any signature, as a stranger asks: what answers here, and what time does it think it is?
    #[must_use]
    pub fn unsigned(endpoint: &Endpoint, request: &Request) -> Self {
        let mut headers: Headers = request.headers.iter().cloned().collect();
        headers.insert("host", endpoint.authority());
        Self::new(endpoint, request, headers, request.body.bytes())
    }

    fn new(endpoint: &Endpoint, request: &Request, headers: Headers, body: Bytes) -> Self {
        let question = if request.query.is_empty() { "" } else { "?" };
        let target = format!("{}{question}{}", request.path(endpoint), joined(&request.query, "", encoded));
        Self { method: request.method.clone(), endpoint: endpoint.clone(), target, headers, body }
    }
}

impl Presigned {
    /// What `s3.preSignedUrl.override.host` does: `String.replace(endpoint, override)` on the finished URL (Score 5.11
    /// `S3URLGenerator.java:59-63`). The Host then is the override's, while the signature covers the original one.
    #[must_use]
    pub fn through(mut self, other: &str) -> Self {
        self.url = self.url.replace(&self.endpoint.text, other);
        self
    }
}

/// Signatures and key ids stay out of logs.
impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed").field("method", &self.method).field("target", &self.target).finish_non_exhaustive()
    }
}

impl fmt::Debug for Presigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url.split('?').next().unwrap_or_default();
        f.debug_struct("Presigned").field("method", &self.method).field("url", &url).finish_non_exhaustive()
    }
}

/// What all V4 signatures of one moment share.
struct Moment {
    stamp: String,
    scope: String,
    credential: String,
    key: hmac::Key,
}

impl Moment {
    fn new(signer: &Signer, now: OffsetDateTime) -> Self {
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

    fn request(&self, method: &Method, path: &str, query: &Query, headers: &Headers, payload: &str) -> String {
        let mut query = query.clone();
        query.sort();
        let (query, lines, names) = (joined(&query, "=", encoded), lines(headers), names(headers));
        let canonical = format!("{method}\n{path}\n{query}\n{lines}\n{names}\n{payload}");
        self.sign("AWS4-HMAC-SHA256", &sha256(canonical.as_bytes()))
    }

    /// Every chunk's signature covers the one before it.
    fn chunked(&self, body: &[u8], mut signature: String) -> Bytes {
        let mut out = Vec::with_capacity(chunked_length(body));
        for chunk in chunks(body) {
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

/// The last chunk is empty; of no bytes it is the only one.
fn chunks(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    body.chunks(CHUNK).chain([&[][..]])
}

fn chunk_head(chunk: &[u8], signature: &str) -> String {
    format!("{:x};chunk-signature={signature}\r\n", chunk.len())
}

fn chunked_length(body: &[u8]) -> usize {
    let signature = "0".repeat(64);
    chunks(body).map(|chunk| chunk_head(chunk, &signature).len() + chunk.len() + 2).sum()
}

fn lines<'a>(headers: impl IntoIterator<Item = (&'a &'static str, &'a String)>) -> String {
    headers.into_iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect()
}

fn names(headers: &Headers) -> String {
    headers.keys().copied().collect::<Vec<_>>().join(";")
}

fn trimmed(key: &str) -> &str {
    key.trim_matches(|c| c <= ' ')
}

fn stamp(now: OffsetDateTime, format: &[BorrowedFormatItem]) -> String {
    now.to_offset(time::UtcOffset::UTC).format(format).expect("every date has these parts")
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
