//! A request as Score intends it, before it is signed. Knows nothing of connections and keys.

use bytes::Bytes;
use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::sign;
use crate::text::endpoint::Endpoint;

/// The characters that AWS SDK for Java 1.11 `SdkHttpUtils.urlEncode` does not change: the unreserved characters of RFC
/// 3986, and in paths the slash.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const PATH: &AsciiSet = &QUERY.remove(b'/');
/// The characters that Apache's `URLEncodedUtils` does not change. It writes the query of the server's requests; a
/// space becomes a plus.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'*').remove(b' ');

/// The characters that Apache's client 4.5.9 does not escape in a path, although the SDK does.
const PATH_SAFE: [char; 13] = ['!', '$', '&', '\'', '(', ')', '*', '+', ',', ':', ';', '=', '@'];

/// The query, in the order that is sent.
pub type Query = Vec<(&'static str, String)>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub method: Method,
    pub bucket: String,
    /// The name of the object; empty if the request is about the bucket.
    pub key: String,
    pub query: Query,
    /// The headers, with names in lower case.
    pub headers: Vec<(&'static str, String)>,
    pub body: Body,
}

#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    Empty,
    Plain(Bytes),
    /// A body in signed chunks if the signature version supports them (V4), plain if it does not (V2).
    Streamed(Bytes),
}

impl Request {
    pub fn new(method: Method, bucket: &str, key: &str) -> Self {
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        Self { method, bucket, key, query: Query::new(), headers: Vec::new(), body: Body::Empty }
    }

    /// Adds a parameter. One without a value, such as `?uploads`, has an empty value.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a call reads as the wire does, numbers and text alike")]
    pub fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// Adds a header; `name` is in lower case.
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

    /// Returns the path in path style, as Score always uses it (Score 5.11 `S3Config.java:60`).
    #[must_use]
    pub fn path(&self, endpoint: &Endpoint) -> String {
        format!("{}{}", endpoint.base, self.resource())
    }

    /// Returns the request for evidence: `PUT /score-state/upload/…?names`, without the values of the query.
    #[must_use]
    pub fn line(&self) -> String {
        let question = if self.query.is_empty() { "" } else { "?" };
        sign::line(&self.method, &format!("{}{question}{}", self.resource(), joined(&self.query, "", form)))
    }

    /// Returns `/bucket/key`, `/bucket/`, or `/` for the store itself.
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

/// Shows only the length of a body, which can have 5 MiB.
impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Plain(bytes) => write!(f, "Plain({} bytes)", bytes.len()),
            Self::Streamed(bytes) => write!(f, "Streamed({} bytes)", bytes.len()),
        }
    }
}

/// Replaces double slashes as Java's clients and the SDK do (`ServiceUtils.convertRequestToUrl`,
/// `SdkHttpUtils.appendUri`): they never send two slashes in a row. A V4 signature covers the original slashes.
pub(super) fn single_slashes(resource: &str) -> String {
    resource.replace("//", "/%2F")
}

/// Writes escapes in the path of a target as Apache's client 4.5.9 does: it decodes each part of the path, and escapes
/// fewer characters (`URLEncodedUtils.PATHSAFE`; observed on Score 5.9.0 and 5.10.1 with `:` and `,`).
pub(super) fn unescaped_path(target: &str) -> String {
    let (path, query) = target.find('?').map_or((target, ""), |at| target.split_at(at));
    let path = PATH_SAFE.iter().fold(path.to_owned(), |path, safe| {
        path.replace(&format!("%{:02X}", u32::from(*safe)), safe.encode_utf8(&mut [0; 4]))
    });
    path + query
}

/// Writes the query as text. `?acl` is sent without `=`, but V4 signatures and URLs contain `acl=`.
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
