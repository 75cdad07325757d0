//! Takes apart a pre-signed URL that another program made: the store it points to, the key that signed it, and its
//! lifetime. Never shows its signature or the whole URL. Has no clock, and contacts no server.

use std::fmt;

use http::Method;
use percent_encoding::percent_decode_str;
use time::{
    Duration, OffsetDateTime, PrimitiveDateTime, format_description::BorrowedFormatItem, macros::format_description,
};

use super::sign::{CLIENT_AGENT, Presigned};
use crate::text::{endpoint::Endpoint, secret::Secret};

const V4_DATE: &[BorrowedFormatItem] = format_description!("[year][month][day]T[hour][minute][second]Z");
const SAS_DATE: &[BorrowedFormatItem] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");

#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl {
    /// Scheme, host and port. A path in front of the bucket is part of `path`.
    pub endpoint: Endpoint,
    /// The decoded parts between the slashes; the first one is empty if the path begins with two slashes.
    pub path: Vec<String>,
    pub by: By,
    signature: Secret,
    text: Secret,
}

/// The kind of signature, and the fields that the URL itself contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    V4 {
        key: String,
        region: String,
        headers: String,
        made: OffsetDateTime,
        life: Duration,
    },
    V2 {
        key: String,
        expires: OffsetDateTime,
    },
    /// Azure: by a stored access policy, or by the permissions in the URL itself.
    Sas {
        policy: Option<String>,
        allows: Option<String>,
        start: Option<OffsetDateTime>,
        expiry: Option<OffsetDateTime>,
    },
}

/// The reason why a text is not a signed URL. Each text is a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    #[error("It is not a URL: it must begin with http:// or https:// and a host.")]
    NoUrl,
    #[error("It carries no signature of S3 or Azure.")]
    Unsigned,
    #[error("A part of its signature is missing, or cannot be read.")]
    Broken,
}

impl SignedUrl {
    /// Parses a pre-signed URL.
    ///
    /// # Errors
    /// Returns an error if the text is not a signed URL.
    pub fn parse(text: &str) -> Result<Self, NotSigned> {
        let text = text.trim();
        let begin = text.find("://").ok_or(NotSigned::NoUrl)? + 3;
        let end = text[begin..].find(['/', '?', '#']).map_or(text.len(), |at| begin + at);
        let (origin, target) = text.split_at(end);
        let endpoint = Endpoint::parse(origin).map_err(|_| NotSigned::NoUrl)?;
        let (path, query) = target.split_once('?').ok_or(NotSigned::Unsigned)?;
        let query = SignedQuery(query.split('#').next().unwrap_or_default());
        let (by, signature) = query.read()?;
        Ok(Self {
            endpoint,
            path: path.trim_start_matches('/').split('/').map(decoded).collect(),
            by,
            signature: Secret::new(signature),
            text: Secret::new(text),
        }
        .with_doubled_slash(path))
    }

    fn with_doubled_slash(mut self, path: &str) -> Self {
        if path.starts_with("//") {
            self.path.insert(0, String::new());
        }
        self
    }

    /// Returns the bucket or container, and the key in it, if nothing precedes the bucket in the path.
    #[must_use]
    pub fn bucket_and_key(&self) -> (String, String) {
        // an emulator has the account first: `http://127.0.0.1:10000/account/container/blob`
        let account_first =
            matches!(self.by, By::Sas { .. }) && !self.endpoint.host.contains(".blob.") && self.path.len() > 2;
        let path: Vec<&String> =
            self.path.iter().filter(|part| !part.is_empty()).skip(usize::from(account_first)).collect();
        let (bucket, key) =
            path.split_first().map_or((String::new(), &[][..]), |(bucket, key)| ((*bucket).clone(), key));
        (bucket, key.iter().map(|part| part.as_str()).collect::<Vec<_>>().join("/"))
    }

    /// Returns the time when the URL was made, according to its own fields. A V2 URL contains only its end, so this
    /// subtracts `life` from it.
    #[must_use]
    pub fn made(&self, life: Duration) -> Option<OffsetDateTime> {
        match &self.by {
            By::V4 { made, .. } => Some(*made),
            By::V2 { expires, .. } => expires.checked_sub(life),
            By::Sas { start, .. } => start.and_then(|start| start.checked_add(Duration::minutes(15))),
        }
    }

    #[must_use]
    pub fn ends(&self) -> Option<OffsetDateTime> {
        match &self.by {
            By::V4 { made, life, .. } => made.checked_add(*life),
            By::V2 { expires, .. } => Some(*expires),
            By::Sas { expiry, .. } => *expiry,
        }
    }

    /// Returns the id of the key that signed it; None for Azure, whose URLs contain no key id.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match &self.by {
            By::V4 { key, .. } | By::V2 { key, .. } => Some(key),
            By::Sas { .. } => None,
        }
    }

    /// Returns true if the two signatures are equal: the same key signed the same text.
    #[must_use]
    pub fn signed_alike(&self, other: &Self) -> bool {
        self.signature == other.signature
    }

    /// Returns the request that score-client sends when it follows the URL.
    #[must_use]
    pub fn followed(&self) -> Presigned {
        let headers = [("accept-encoding", "gzip,deflate"), ("user-agent", CLIENT_AGENT)];
        Presigned {
            method: Method::GET,
            url: self.text.for_signing().to_owned(),
            headers: headers.into_iter().map(|(name, value)| (name, value.to_owned())).collect(),
            body: bytes::Bytes::new(),
            endpoint: self.endpoint.clone(),
        }
    }
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedUrl")
            .field("endpoint", &self.endpoint.text)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

struct SignedQuery<'a>(&'a str);

impl SignedQuery<'_> {
    /// Returns the decoded value of a parameter. Ignores the case of names, because some tools change it.
    fn value(&self, wanted: &str) -> Option<String> {
        let mut pairs = self.0.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(name, _)| decoded(name).eq_ignore_ascii_case(wanted)).map(|(_, value)| decoded(value))
    }

    fn read(&self) -> Result<(By, String), NotSigned> {
        let needed = |name| self.value(name).ok_or(NotSigned::Broken);
        if let Some(signature) = self.value("X-Amz-Signature") {
            let credential = needed("X-Amz-Credential")?;
            // the key id itself may contain slashes
            let mut scope = credential.rsplitn(5, '/').skip(2);
            let (region, _, key) = (scope.next(), scope.next(), scope.next());
            let by = By::V4 {
                key: key.ok_or(NotSigned::Broken)?.to_owned(),
                region: region.ok_or(NotSigned::Broken)?.to_owned(),
                headers: self.value("X-Amz-SignedHeaders").unwrap_or_default(),
                made: moment(&needed("X-Amz-Date")?, V4_DATE).ok_or(NotSigned::Broken)?,
                life: seconds(&needed("X-Amz-Expires")?).map(Duration::seconds).ok_or(NotSigned::Broken)?,
            };
            return Ok((by, signature));
        }
        if let (Some(signature), Some(key)) = (self.value("Signature"), self.value("AWSAccessKeyId")) {
            let expires = seconds(&needed("Expires")?).and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
            return Ok((By::V2 { key, expires: expires.ok_or(NotSigned::Broken)? }, signature));
        }
        let (Some(signature), Some(_)) = (self.value("sig"), self.value("sv")) else { return Err(NotSigned::Unsigned) };
        let time = |name| self.value(name).and_then(|text| moment(&text, SAS_DATE));
        Ok((
            By::Sas { policy: self.value("si"), allows: self.value("sp"), start: time("st"), expiry: time("se") },
            signature,
        ))
    }
}

/// Parses a number of seconds. Refuses numbers that are longer than any URL can live: they would not fit into a time.
fn seconds(text: &str) -> Option<i64> {
    text.parse().ok().filter(|seconds| (0..=99_999_999_999).contains(seconds))
}

fn moment(text: &str, format: &[BorrowedFormatItem]) -> Option<OffsetDateTime> {
    PrimitiveDateTime::parse(text, format).ok().map(PrimitiveDateTime::assume_utc)
}

/// Decodes percent escapes. A `+` stays a plus: neither Java nor Azure uses it for a space here.
fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const V4: &str = "http://h:9000/objects/data/helio%20graph?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20261124T180217Z\
        &X-Amz-SignedHeaders=host&X-Amz-Expires=299&X-Amz-Credential=KEY%2F20261124%2Feu-west-1%2Fs3%2Faws4_request\
        &X-Amz-Signature=canary";

    #[test]
    fn each_kind_is_taken_apart() {
        let url = SignedUrl::parse(V4).unwrap();
        assert_eq!(url.bucket_and_key(), ("objects".into(), "data/helio graph".into()));
        let made = datetime!(2026-11-24 18:02:17 UTC);
        let (key, region, headers) = ("KEY".to_owned(), "eu-west-1".to_owned(), "host".to_owned());
        assert_eq!(url.by, By::V4 { key, region, headers, made, life: Duration::seconds(299) });
        assert_eq!((url.endpoint.host.as_str(), url.endpoint.port), ("h", 9000));

        let url = SignedUrl::parse("https://h/b/k?AWSAccessKeyId=KEY&Expires=1795543337&Signature=a%2Bb%3D").unwrap();
        assert_eq!(url.ends(), Some(datetime!(2026-11-24 18:02:17 UTC)));
        assert!(url.signature.shape(|text| text == "a+b="));

        let sas = "sig=x%3D&st=2026-11-24T18%3A02%3A17Z&se=2026-11-25T18%3A17%3A17Z&sv=2015-12-11&si=Down&sr=b";
        let url = SignedUrl::parse(&format!("https://acct.blob.core.windows.net/data/heliograph?{sas}")).unwrap();
        assert_eq!(url.bucket_and_key(), ("data".into(), "heliograph".into()));
        assert!(matches!(&url.by, By::Sas { policy: Some(policy), .. } if policy == "Down"));
        let url = SignedUrl::parse(&format!("http://127.0.0.1:1/acct/data/heliograph?{sas}")).unwrap();
        assert_eq!(url.bucket_and_key(), ("data".into(), "heliograph".into()));
    }

    #[test]
    fn a_doubled_slash_stays_seen() {
        let url = SignedUrl::parse(&V4.replace("/objects", "//objects")).unwrap();
        assert_eq!((url.path[0].as_str(), url.bucket_and_key().0.as_str()), ("", "objects"));
    }

    #[test]
    fn what_is_none_is_said_to_be_none() {
        for (text, why) in [
            ("", NotSigned::NoUrl),
            ("score.example.org/x?sig=a&sv=b", NotSigned::NoUrl),
            ("http://h/x", NotSigned::Unsigned),
            ("http://h/x?a=b", NotSigned::Unsigned),
            ("http://h/x?X-Amz-Signature=a", NotSigned::Broken),
            ("http://h/x?X-Amz-Signature=a&X-Amz-Credential=b&X-Amz-Date=c&X-Amz-Expires=1", NotSigned::Broken),
            ("http://h/x?AWSAccessKeyId=a&Signature=b&Expires=99999999999999999999", NotSigned::Broken),
        ] {
            assert_eq!(SignedUrl::parse(text).err(), Some(why), "{text}");
        }
        // a date at the end of the calendar must not cause a panic
        let last = "sig=a&sv=b&st=9999-12-31T23%3A59%3A59Z&se=9999-12-31T23%3A59%3A59Z";
        assert_eq!(SignedUrl::parse(&format!("http://h/b/k?{last}")).unwrap().made(Duration::ZERO), None);
        assert!(SignedUrl::parse(&V4.replace("=299", "=999999999999999")).is_err());
    }

    #[test]
    fn the_signature_is_in_no_debug_output() {
        assert!(!format!("{:?}", SignedUrl::parse(V4).unwrap()).contains("canary"));
    }
}
