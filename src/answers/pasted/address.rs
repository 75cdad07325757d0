//! Reads a URL that contains more than the endpoint: a bucket, keys, or the account and the container of Azure.

use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::{NamedValue, PasteError, ValueGroup, unquoted};
use crate::{score::provider::of_host, text::values::endpoint::CONSOLE_PATHS};

/// The parts of a URL. A part that the URL does not have is `None`.
#[derive(Default)]
pub(super) struct UrlParts {
    /// The URL without the bucket and without keys.
    pub(super) endpoint: Option<String>,
    pub(super) bucket: Option<String>,
    /// The access key and the secret key in front of the host.
    keys: Option<(Zeroizing<String>, Zeroizing<String>)>,
    /// The account and the cloud of Azure.
    account: Option<(String, String)>,
    signed: bool,
}

/// The part of a host that divides an Azure account from the suffix of its cloud.
const BLOB: &str = ".blob.";

/// Returns true if the text is one word with the form of a URL or a host.
pub(super) fn fits(text: &str) -> bool {
    let text = unquoted(text);
    let one = !text.is_empty() && !text.contains(char::is_whitespace);
    let scheme = ["http://", "https://", "s3://"].iter().any(|scheme| starts_with(text, scheme));
    let authority = text.split(['/', '?']).next().unwrap_or_default();
    let host = || {
        let (name, port) = authority.split_once(':').unwrap_or((authority, ""));
        let legal = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '.';
        let numbered = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        !name.is_empty() && name.chars().all(legal) && (numbered || port.is_empty() && name.contains('.'))
    };
    one && (scheme || host())
}

#[expect(clippy::unnecessary_wraps, reason = "all shapes are read by functions of one type")]
pub(super) fn read(text: &str) -> Result<Vec<ValueGroup>, PasteError> {
    Ok(vec![ValueGroup { pairs: vec![NamedValue::new("endpoint", unquoted(text), 1)], ..ValueGroup::default() }])
}

fn starts_with(text: &str, scheme: &str) -> bool {
    text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

/// Returns the bucket in the URL of a store, and the URL without it.
#[must_use]
pub fn bucket_in(text: &str) -> Option<(String, String)> {
    let UrlParts { endpoint, bucket, keys: None, account: None, .. } = address(text) else { return None };
    Some((bucket?, endpoint?))
}

/// Splits a URL, or a host without a scheme, into its parts. Does not judge the endpoint.
pub(super) fn address(text: &str) -> UrlParts {
    let text = text.trim();
    if starts_with(text, "s3://") {
        let bucket = text[5..].split('/').next().filter(|bucket| is_bucket(bucket));
        return UrlParts { bucket: bucket.map(str::to_owned), ..UrlParts::default() };
    }
    let (scheme, rest) = match text.find("://") {
        Some(at) => text.split_at(at + 3),
        None => ("", text),
    };
    // A secret key may contain a slash, so the last @ ends it.
    let cut = rest.rfind('@').filter(|at| rest[..*at].contains(':'));
    let (user, place) = cut.map_or((None, rest), |at| (Some(&rest[..at]), &rest[at + 1..]));
    let (host, tail) = place.find(['/', '?', '#']).map_or((place, ""), |at| place.split_at(at));
    let (path, query) = tail.find(['?', '#']).map_or((tail, ""), |at| tail.split_at(at));
    let mut address = UrlParts {
        keys: user.and_then(|user| user.split_once(':')).map(|(access, secret)| (decoded(access), decoded(secret))),
        signed: query.contains("sig=") && (query.contains("sv=") || query.contains("se=")),
        ..UrlParts::default()
    };
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let lower = host.to_ascii_lowercase();
    let (name, port) = lower.split_once(':').map_or((lower.as_str(), None), |(name, port)| (name, Some(port)));
    if let Some((account, suffix)) = name.split_once(BLOB) {
        address.account = Some((account.to_owned(), suffix.to_owned()));
        address.bucket = segments.first().map(|segment| (*segment).to_owned());
        return address;
    }
    let port = port.map_or_else(String::new, |port| format!(":{port}"));
    if let Some((bucket, host)) = of_host(name).and_then(|provider| provider.split_bucket(name)) {
        address.bucket = Some(bucket.to_owned());
        address.endpoint = Some(format!("{scheme}{host}{port}"));
        return address;
    }
    // In the path of a console, a bucket may follow.
    let console = segments.first().is_some_and(|first| CONSOLE_PATHS.contains(first));
    let bucket = if console { segments.get(1) } else { segments.first() };
    address.bucket = bucket.filter(|bucket| is_bucket(bucket)).map(|bucket| (*bucket).to_owned());
    address.endpoint = Some(match (&address.bucket, console) {
        (Some(_), false) => format!("{scheme}{host}"),
        // The path of a console shows that the port is the console's too.
        _ => format!("{scheme}{host}{path}"),
    });
    address
}

impl UrlParts {
    /// Returns the parts as pairs, under names that have one meaning.
    pub(super) fn pairs(&self, line: usize) -> Vec<NamedValue> {
        let mut pairs = Vec::new();
        let mut put = |name: &str, value: &str| pairs.push(NamedValue::new(name, value, line));
        if let Some((access, secret)) = &self.keys {
            put("accesskey", access);
            put("secretkey", secret);
        }
        if let Some((account, suffix)) = &self.account {
            put("accountname", account);
            put("endpointsuffix", suffix);
        }
        if let Some(bucket) = &self.bucket {
            put("bucket", bucket);
        }
        if self.signed {
            put("sastoken", "signed");
        }
        pairs
    }
}

fn decoded(text: &str) -> Zeroizing<String> {
    let bytes = Zeroizing::new(percent_decode_str(text).collect::<Vec<u8>>());
    Zeroizing::new(str::from_utf8(&bytes).unwrap_or(text).to_owned())
}

/// Returns true if a part of a path has the form of a bucket name, and not of a version such as `v1`.
fn is_bucket(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte);
    (3..=63).contains(&text.len())
        && text.bytes().all(legal)
        && !text.starts_with(['-', '.'])
        && !text.ends_with(['-', '.'])
}
