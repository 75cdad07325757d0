//! Splits the target of a request into bucket, key and parameters. Knows nothing of operations.

use std::str::FromStr;

use http::Uri;
use percent_encoding::percent_decode_str;

use super::refusal::{self, S3Refusal};
use crate::text::values::bucket;

/// The longest key in bytes (AWS, "Naming Amazon S3 objects").
const LONGEST_KEY: usize = 1024;
const LONGEST_PAGE: usize = 1000;
/// The largest number of parameters. S3 has none with more than about twenty.
const MOST_PARAMETERS: usize = 64;

/// Path and query of a request.
#[derive(Debug)]
pub(super) struct RequestTarget {
    /// The path as it was sent.
    pub(super) raw_path: String,
    /// The path without escapes.
    pub(super) path: String,
    /// The bucket; empty if the request is about the store.
    pub(super) bucket: String,
    /// The key; empty if the request is about the bucket.
    pub(super) key: String,
    /// The parameters without escapes, in the order of the request.
    pub(super) query: Vec<(String, String)>,
}

impl RequestTarget {
    pub(super) fn read(uri: &Uri) -> Result<Self, S3Refusal> {
        let raw_path = uri.path().to_owned();
        let path = percent_decode_str(&raw_path).decode_utf8().map_err(|_| refusal::BAD_URI)?.into_owned();
        let inner = path.strip_prefix('/').ok_or(refusal::BAD_URI)?;
        let (bucket, key) = inner.split_once('/').unwrap_or((inner, ""));
        if !inner.is_empty() && !bucket::is_valid_on_aws(bucket) {
            return Err(refusal::BAD_BUCKET_NAME);
        }
        if key.len() > LONGEST_KEY {
            return Err(refusal::LONG_KEY);
        }
        let query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let query: Vec<_> = query.take(MOST_PARAMETERS + 1).map(|(name, value)| (name.into(), value.into())).collect();
        if query.len() > MOST_PARAMETERS {
            return Err(refusal::BAD_URI);
        }
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        Ok(Self { raw_path, path, bucket, key, query })
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(each, _)| each == name).map(|(_, value)| value.as_str())
    }

    /// Returns a parameter, or an empty text.
    pub(super) fn text(&self, name: &str) -> &str {
        self.parameter(name).unwrap_or_default()
    }

    /// Returns the requested length of a page, at most 1000 as on AWS.
    pub(super) fn page(&self, name: &str) -> Result<usize, S3Refusal> {
        Ok(self.number(name)?.map_or(LONGEST_PAGE, |number: usize| number.min(LONGEST_PAGE)))
    }

    pub(super) fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>, S3Refusal> {
        self.parameter(name).map(|text| text.parse().map_err(|_| refusal::BAD_ARGUMENT)).transpose()
    }
}
