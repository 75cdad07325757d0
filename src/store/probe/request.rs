//! A request as Score means it, before it is signed. Knows nothing of connections and keys.

use bytes::Bytes;
use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::text::endpoint::Endpoint;

/// What AWS SDK for Java 1.11 `SdkHttpUtils.urlEncode` leaves as it is: the unreserved characters of RFC 3986, and in
/// paths the slash.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const PATH: &AsciiSet = &QUERY.remove(b'/');
/// What Apache's `URLEncodedUtils` leaves as it is, which writes the query of the server's requests; a blank is a plus.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'*').remove(b' ');

/// In the order of the wire.
pub type Query = Vec<(&'static str, String)>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub method: Method,
    pub bucket: String,
    /// Empty: the request is about the bucket.
    pub key: String,
    pub query: Query,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    pub body: Body,
}

#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    Empty,
    Plain(Bytes),
    /// In signed chunks where the signature knows them (V4), plain where it does not (V2).
    Streamed(Bytes),
}

impl Request {
    pub fn new(method: Method, bucket: &str, key: &str) -> Self {
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        Self { method, bucket, key, query: Query::new(), headers: Vec::new(), body: Body::Empty }
    }

    /// A parameter without a value, such as `?uploads`, has the empty one.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a call reads as the wire does, numbers and text alike")]
    pub fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// `name` in lower case.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a call reads as the wire does, numbers and text alike")]
    pub fn header(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    #[must_use]
    pub fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// Path style, as Score always asks (Score 5.11 `S3Config.java:60`).
    #[must_use]
    pub fn path(&self, endpoint: &Endpoint) -> String {
        format!("{}{}", endpoint.base, self.resource())
    }

    /// `/bucket/key`, `/bucket/`, or `/` for the store itself.
    pub(super) fn resource(&self) -> String {
        let Self { bucket, key, .. } = self;
        if bucket.is_empty() {
            "/".to_owned()
        } else {
            utf8_percent_encode(&format!("/{bucket}/{key}"), PATH).to_string()
        }
    }
}

impl Body {
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        match self {
            Self::Empty => Bytes::new(),
            Self::Plain(bytes) | Self::Streamed(bytes) => bytes.clone(),
        }
    }
}

/// A body can be five mebibytes long; its length says enough.
impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Plain(bytes) => write!(f, "Plain({} bytes)", bytes.len()),
            Self::Streamed(bytes) => write!(f, "Streamed({} bytes)", bytes.len()),
        }
    }
}

/// Neither Java's clients nor the SDK send two slashes in a row (`ServiceUtils.convertRequestToUrl`, `SdkHttpUtils.appendUri`);
/// a V4 signature covers them as they are.
pub(super) fn single_slashes(resource: &str) -> String {
    resource.replace("//", "/%2F")
}

/// The query as text. `?acl` stands bare on the wire, and with `=` in what V4 signs and in URLs.
pub(super) fn joined(query: &[(&'static str, String)], after_bare: &str, value_as: fn(&str) -> String) -> String {
    let pairs: Vec<String> = query
        .iter()
        .map(|(name, value)| match value.as_str() {
            "" => format!("{name}{after_bare}"),
            value => format!("{name}={}", value_as(value)),
        })
        .collect();
    pairs.join("&")
}

pub(super) fn encoded(value: &str) -> String {
    utf8_percent_encode(value, QUERY).to_string()
}

pub(super) fn form(value: &str) -> String {
    utf8_percent_encode(value, FORM).to_string().replace(' ', "+")
}
