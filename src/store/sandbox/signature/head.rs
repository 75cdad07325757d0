//! A request as a signature covers it: everything but the body. Knows nothing of the versions of signatures.

use http::{HeaderMap, Method, request::Parts};
use time::{Duration, OffsetDateTime};

use crate::{
    store::sandbox::{
        refusal::{self, S3Refusal},
        target::RequestTarget,
    },
    text::secret::Secret,
};

/// The largest difference of clocks (AWS, `RequestTimeTooSkewed`).
const MOST_SKEW: Duration = Duration::minutes(15);

/// The keys of the only user.
#[derive(Debug)]
pub(in crate::store::sandbox) struct KeyPair {
    pub(in crate::store::sandbox) access_key: String,
    pub(in crate::store::sandbox) secret: Secret,
}

/// The signed part of a request.
pub(super) struct SignedHead<'a> {
    pub(super) method: &'a Method,
    pub(super) headers: &'a HeaderMap,
    pub(super) target: &'a RequestTarget,
    /// The time at which it was received.
    pub(super) now: OffsetDateTime,
}

impl KeyPair {
    pub(super) fn expect(&self, access_key: &str) -> Result<(), S3Refusal> {
        if access_key == self.access_key { Ok(()) } else { Err(refusal::UNKNOWN_KEY) }
    }
}

impl<'a> SignedHead<'a> {
    pub(super) fn new(head: &'a Parts, target: &'a RequestTarget, now: OffsetDateTime) -> Self {
        Self { method: &head.method, headers: &head.headers, target, now }
    }

    /// Returns the value of a header that occurs at most once.
    pub(super) fn only(&self, name: &str) -> Result<Option<&'a str>, S3Refusal> {
        let mut values = self.headers.get_all(name).iter();
        let Some(value) = values.next() else { return Ok(None) };
        let value = value.to_str().map_err(|_| refusal::BAD_ARGUMENT)?;
        if values.next().is_some() { Err(refusal::BAD_ARGUMENT) } else { Ok(Some(value)) }
    }

    /// Returns all values of a header, joined by commas, with single spaces. `None` if the request has no such header.
    pub(super) fn joined(&self, name: &str) -> Option<String> {
        let values = self.headers.get_all(name).iter().map(|value| {
            let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        });
        let values: Vec<String> = values.collect();
        (!values.is_empty()).then(|| values.join(","))
    }

    /// Refuses a request whose clock differs too much.
    pub(super) fn expect_near(&self, date: OffsetDateTime) -> Result<(), S3Refusal> {
        if (self.now - date).abs() > MOST_SKEW { Err(refusal::SKEWED) } else { Ok(()) }
    }
}
