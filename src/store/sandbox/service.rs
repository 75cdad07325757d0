//! Answers one request: reads its target, verifies its signature, and leads it to the operation of S3 that it asks for.
//! The reply to anything that a client sends wrong is an error of S3.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header, request::Parts};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use md5::{Digest, Md5};
use time::OffsetDateTime;

use super::{
    Memory,
    refusal::{self, S3Refusal},
    signature::{self, KeyPair, SignedBody},
    target::RequestTarget,
    xml::XmlWriter,
};
use crate::text::secret::Secret;

mod buckets;
mod objects;
mod uploads;

/// The largest size of one object or part.
const MOST: usize = 64 << 20;
/// The largest size of a document in a request. One with 10,000 parts has 1.1 MB.
const LONGEST_DOCUMENT: usize = 2 << 20;
/// The parameters that make a request one about a part of a bucket or object (AWS, "Amazon S3 REST API").
const SUBRESOURCES: &[&str] = &[
    "accelerate",
    "acl",
    "analytics",
    "attributes",
    "cors",
    "delete",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "lifecycle",
    "location",
    "logging",
    "metadataTable",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "replication",
    "requestPayment",
    "restore",
    "retention",
    "select",
    "session",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versioning",
    "versions",
    "website",
];

type StoreReply = Response<Full<Bytes>>;

/// The store of the sandbox, as a service for hyper. Clones are the same store.
#[derive(Debug, Clone)]
pub struct StoreService {
    memory: Memory,
    keys: Arc<KeyPair>,
}

/// A request with a valid signature.
struct SignedCall<'a> {
    memory: &'a Memory,
    head: &'a Parts,
    target: RequestTarget,
    body: Incoming,
    signed: SignedBody,
}

impl StoreService {
    #[must_use]
    pub fn new(memory: &Memory, access_key: &str, secret: &Secret) -> Self {
        let keys = KeyPair { access_key: access_key.to_owned(), secret: secret.clone() };
        Self { memory: memory.clone(), keys: Arc::new(keys) }
    }

    /// Returns the reply to a request.
    pub async fn answer(&self, request: Request<Incoming>) -> StoreReply {
        let (head, body) = request.into_parts();
        self.perform(&head, body).await.unwrap_or_else(refused)
    }

    async fn perform(&self, head: &Parts, body: Incoming) -> Result<StoreReply, S3Refusal> {
        let target = RequestTarget::read(&head.uri)?;
        let signed = signature::verify(&self.keys, head, &target, OffsetDateTime::now_utc())?;
        let call = SignedCall { memory: &self.memory, head, target, body, signed };
        let named = SUBRESOURCES.iter().find(|name| call.target.parameter(name).is_some());
        let named = named.copied().unwrap_or_default();
        let copies = head.headers.contains_key("x-amz-copy-source");
        match (head.method.as_str(), named) {
            ("GET", "") if call.target.bucket.is_empty() => Ok(call.list_buckets()),
            _ if call.target.bucket.is_empty() => Err(refusal::NOT_IMPLEMENTED),
            (method, _) if call.target.key.is_empty() => call.on_bucket(method, named).await,
            ("GET" | "HEAD", "") => call.get_object(),
            ("PUT", "") if !copies => call.put_object().await,
            ("DELETE", "") => call.remove_object(),
            ("POST", "uploads") => call.begin_upload(),
            ("PUT", "uploadId") if !copies => call.put_part().await,
            ("GET", "uploadId") => call.list_parts(),
            ("POST", "uploadId") => call.complete_upload().await,
            ("DELETE", "uploadId") => call.abort_upload(),
            _ => Err(refusal::NOT_IMPLEMENTED),
        }
    }
}

impl SignedCall<'_> {
    /// Returns a header that is text.
    fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Reads an object or a part.
    async fn content(self) -> Result<Bytes, S3Refusal> {
        self.body(MOST, refusal::TOO_LARGE).await
    }

    /// Reads a document.
    async fn document(self) -> Result<Bytes, S3Refusal> {
        self.body(LONGEST_DOCUMENT, refusal::LONG_DOCUMENT).await
    }

    /// Reads the whole body, and compares it with what its signature says.
    async fn body(self, most: usize, too_long: S3Refusal) -> Result<Bytes, S3Refusal> {
        let length = self.body.size_hint().exact().ok_or(refusal::NO_LENGTH)?;
        let length = usize::try_from(length).map_err(|_| too_long)?;
        let told = self.header("x-amz-decoded-content-length").map(str::parse);
        let content = match (&self.signed, told) {
            (SignedBody::Chunks(_), Some(Ok(content))) => content,
            (SignedBody::Chunks(_), None) => return Err(refusal::NO_LENGTH),
            (_, Some(Err(_))) => return Err(refusal::BAD_ARGUMENT),
            (_, _) => length,
        };
        // A body in chunks is longer than its content, but never twice as long as the largest content.
        if content > most || length > 2 * most {
            return Err(too_long);
        }
        let md5 = self.header("content-md5").map(read_md5).transpose()?;
        let _room = self.memory.room(length.saturating_add(content))?;
        let (mut sent, mut body) = (Vec::with_capacity(length), self.body);
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame.map_err(|_| refusal::INCOMPLETE)?.into_data() {
                sent.extend_from_slice(&data);
            }
        }
        let content = self.signed.content(sent, content)?;
        match md5 {
            Some(told) if Md5::digest(&content).as_slice() != told => Err(refusal::WRONG_CONTENT_MD5),
            _ => Ok(content.into()),
        }
    }
}

fn read_md5(text: &str) -> Result<Vec<u8>, S3Refusal> {
    let sum = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text.trim());
    sum.ok().filter(|sum| sum.len() == 16).ok_or(refusal::BAD_CONTENT_MD5)
}

fn bare(status: StatusCode) -> StoreReply {
    let mut reply = Response::new(Full::default());
    *reply.status_mut() = status;
    reply
}

fn documented(document: Bytes) -> StoreReply {
    let mut reply = Response::new(Full::new(document));
    reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    reply
}

fn refused(refusal: S3Refusal) -> StoreReply {
    let mut reply = documented(XmlWriter::error(|error| {
        error.leaf("Code", refusal.code);
        error.leaf("Message", refusal.message);
    }));
    *reply.status_mut() = refusal.status;
    reply
}

/// Sets a header, unless its text cannot be one.
fn set(reply: &mut StoreReply, name: http::HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        reply.headers_mut().insert(name, value);
    }
}

fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}

/// Writes a time as documents contain it.
fn in_document(at: OffsetDateTime) -> String {
    const FORMAT: &[time::format_description::BorrowedFormatItem] =
        time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].000Z");
    at.format(FORMAT).unwrap_or_default()
}

fn write_owner(writer: &mut XmlWriter, name: &str) {
    writer.group(name, |owner| {
        owner.leaf("ID", "sandbox");
        owner.leaf("DisplayName", "sandbox");
    });
}
