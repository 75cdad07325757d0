//! Signs requests as AWS SDK for Java 1.11.219 does for Score: V4 and V2, by header and by query. Knows nothing of
//! connections, and has no clock.

mod v4;

use std::{collections::BTreeMap, fmt};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::Method;
use ring::{digest, hmac};
use time::{Duration, OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use self::v4::{Moment, chunked_length, chunks};
use super::request::{Body, Request, encoded, form, joined, single_slashes, unescaped_path};
use crate::{
    score::Version,
    text::{Endpoint, secret::Secret, shown},
};

/// Parameters that a V2 signature covers (`RestUtils.SIGNED_PARAMETERS`), limited to those that Score and this
/// program send.
const SIGNED_BY_V2: &[&str] = &["acl", "partNumber", "uploadId", "uploads", "versionId", "versioning"];
pub(super) const HTTP_DATE: &[BorrowedFormatItem] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
/// The user agent of score-client, or of the library under Score. Only its form can matter to a store.
const SERVER_AGENT: &str = "aws-sdk-java/1.11.219 Linux/5.15 OpenJDK_64-Bit_Server_VM/11.0.16+8 java/11.0.16";
pub(super) const CLIENT_AGENT: &str = "Apache-HttpClient/4.5.13 (Java/11.0.16)";

/// Headers with lower-case names in order, as V4 requires.
type Headers = BTreeMap<&'static str, String>;

#[derive(Debug, Clone)]
pub struct Signer {
    pub version: Version,
    pub endpoint: Endpoint,
    pub region: String,
    pub access_key: String,
    pub secret: Secret,
    /// True if the HTTP client below the SDK changes the path after the SDK has signed it, see
    /// [`Release::unescapes_paths`](crate::score::Release::unescapes_paths).
    pub unescapes_paths: bool,
}

/// One of the attempts of the SDK to get a reply.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    /// The id that all attempts share.
    pub id: uuid::Uuid,
    /// The number of earlier attempts.
    pub earlier: u32,
}

impl Attempt {
    #[must_use]
    pub fn first() -> Self {
        Self { id: uuid::Uuid::new_v4(), earlier: 0 }
    }

    /// Returns the header `amz-sdk-retry`: the earlier attempts, the last pause, and what is left of the 500 points for
    /// repetitions. Each repetition costs 5 (AWS SDK for Java 1.11 `AmazonHttpClient`).
    fn header(self) -> String {
        format!("{}/0/{}", self.earlier, 500_u32.saturating_sub(5 * self.earlier))
    }
}

/// A request of Score's server, ready to be sent.
#[derive(Clone)]
pub struct Signed {
    pub method: Method,
    pub endpoint: Endpoint,
    /// Path and query as they are sent.
    pub target: String,
    pub headers: BTreeMap<&'static str, String>,
    pub body: Bytes,
}

/// A URL that Score's server gives to a client, and the headers and body that the client adds.
#[derive(Clone)]
pub struct Presigned {
    pub method: Method,
    /// The URL as text, because Score changes it as text.
    pub url: String,
    pub headers: BTreeMap<&'static str, String>,
    pub body: Bytes,
    /// The endpoint that the URL was made for.
    pub endpoint: Endpoint,
}

impl Signer {
    /// Signs a request as Score's server does: with the SDK's own headers. V4 signs every header except `expect`.
    #[must_use]
    pub fn by_header(&self, request: &Request, now: OffsetDateTime) -> Signed {
        self.attempt(request, Attempt::first(), now)
    }

    /// Signs one attempt to send a request, in the same way.
    #[must_use]
    pub fn attempt(&self, request: &Request, attempt: Attempt, now: OffsetDateTime) -> Signed {
        let mut headers = self.headers(request);
        let mut body = request.body.bytes();
        for (name, value) in [
            ("amz-sdk-invocation-id", attempt.id.to_string()),
            ("amz-sdk-retry", attempt.header()),
            ("content-type", "application/octet-stream".to_owned()),
            ("user-agent", SERVER_AGENT.to_owned()),
        ] {
            headers.entry(name).or_insert(value);
        }
        let authorization = match self.version {
            Version::V2 => {
                let date = stamp(now, HTTP_DATE);
                let signature = self.v2(request, &self.endpoint.base, &headers, &date);
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
                    body = moment.chunked(chunks(&body), signature.clone());
                }
                format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed}, Signature={signature}")
            }
        };
        headers.insert("authorization", authorization);
        // headers that Apache's client adds after the SDK has signed
        if request.method == Method::PUT && headers["content-length"] != "0" {
            headers.insert("expect", "100-continue".to_owned());
        }
        if request.method == Method::GET {
            headers.insert("content-length", "0".to_owned());
        }
        let mut signed = Signed::new(&self.endpoint, request, headers, body);
        if self.unescapes_paths {
            signed.target = unescaped_path(&signed.target);
        }
        signed
    }

    /// Makes a pre-signed URL as Score's server does for its clients (Score 5.11 `S3URLGenerator`): V4 signs the host,
    /// and the range if the request has one; the client's other headers are not signed.
    #[must_use]
    pub fn by_query(&self, request: &Request, life: Duration, now: OffsetDateTime) -> Presigned {
        let mut headers = self.headers(request);
        let mut query = request.query.clone();
        match self.version {
            Version::V2 => {
                let expires = now.unix_timestamp().saturating_add(life.whole_seconds()).to_string();
                // Observed on the SDK: unlike by header, the path of the endpoint is left out here
                let signature = self.v2(request, "", &Headers::new(), &expires);
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
        // The Host header comes from the final URL
        headers.remove("host");
        for (name, value) in [("accept-encoding", "gzip,deflate"), ("user-agent", CLIENT_AGENT)] {
            headers.entry(name).or_insert_with(|| value.to_owned());
        }
        Presigned {
            method: request.method.clone(),
            url: format!(
                "{}{}?{}",
                self.endpoint.url(),
                single_slashes(&request.resource()),
                joined(&query, "=", encoded)
            ),
            headers,
            body: request.body.bytes(),
            endpoint: self.endpoint.clone(),
        }
    }

    /// Returns the access key, trimmed: the SDK trims both keys, as `String.trim` does, when it signs
    /// (`AbstractAWSSigner.sanitizeCredentials`).
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

    /// Makes a V2 signature. `date` is the Date header, or the second when a pre-signed URL expires.
    fn v2(&self, request: &Request, base: &str, headers: &Headers, date: &str) -> String {
        let header = |name| headers.get(name).map_or("", |value| value.trim());
        let amz = lines(headers.iter().filter(|(name, _)| name.starts_with("x-amz-")));
        let mut query = request.query.clone();
        query.retain(|(name, _)| SIGNED_BY_V2.contains(name));
        query.sort();
        let question = if query.is_empty() { "" } else { "?" };
        let path = single_slashes(&request.resource());
        let resource = format!("{base}{path}{question}{}", joined(&query, "", str::to_owned));
        let (method, md5, kind) = (&request.method, header("content-md5"), header("content-type"));
        let text = format!("{method}\n{md5}\n{kind}\n{date}\n{amz}{resource}");
        let secret = trimmed(self.secret.for_signing());
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
        STANDARD.encode(hmac::sign(&key, text.as_bytes()))
    }
}

impl Signed {
    /// Makes a request without a signature, to see which server answers, and the time of its clock.
    #[must_use]
    pub fn unsigned(endpoint: &Endpoint, request: &Request) -> Self {
        let mut headers: Headers = request.headers.iter().cloned().collect();
        headers.insert("host", endpoint.authority());
        Self::new(endpoint, request, headers, request.body.bytes())
    }

    /// Returns the request line for evidence: `PUT /score-state/upload/…/.meta?names`, without the values of the query
    /// and without control characters.
    #[must_use]
    pub fn line(&self) -> String {
        line(&self.method, &self.target)
    }

    fn new(endpoint: &Endpoint, request: &Request, headers: Headers, body: Bytes) -> Self {
        let question = if request.query.is_empty() { "" } else { "?" };
        let path = format!("{}{}", endpoint.base, single_slashes(&request.resource()));
        let target = format!("{path}{question}{}", joined(&request.query, "", form));
        Self { method: request.method.clone(), endpoint: endpoint.clone(), target, headers, body }
    }
}

impl Presigned {
    /// Replaces the endpoint as `s3.preSignedUrl.override.host` does: `String.replace(endpoint, override)` on the
    /// finished URL (Score 5.11 `S3URLGenerator.java:59-63`). The Host is then that of the override, while the
    /// signature covers the original one.
    #[must_use]
    pub fn through(mut self, other: &str) -> Self {
        self.url = self.url.replace(&self.endpoint.text, other);
        self
    }

    /// Returns the URL up to the query for evidence, and only the names of the query, so no signature is shown.
    #[must_use]
    pub fn line(&self) -> String {
        line(&self.method, &self.url)
    }
}

/// Signatures and key ids stay out of logs.
impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signed").field(&self.line()).finish()
    }
}

impl fmt::Debug for Presigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Presigned").field(&self.line()).finish()
    }
}

pub(super) fn line(method: &Method, target: &str) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let names: Vec<&str> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
    let question = if query.is_empty() { "" } else { "?" };
    shown(format!("{method} {path}{question}{}", names.join("&")).as_bytes(), 300)
}

fn lines<'a>(headers: impl IntoIterator<Item = (&'a &'static str, &'a String)>) -> String {
    headers.into_iter().flat_map(|(name, value)| [name, ":", value.trim(), "\n"]).collect()
}

fn names(headers: &Headers) -> String {
    headers.keys().copied().collect::<Vec<_>>().join(";")
}

fn trimmed(key: &str) -> &str {
    key.trim_matches(|c| c <= ' ')
}

pub(super) fn stamp(now: OffsetDateTime, format: &[BorrowedFormatItem]) -> String {
    now.to_offset(time::UtcOffset::UTC).format(format).expect("every date has these parts")
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::store::probe::request::Query;

    const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const DAY: OffsetDateTime = datetime!(2013-05-24 00:00 UTC);

    /// Makes a signer with the keys of AWS's own examples.
    fn example(version: Version, endpoint: &str) -> Signer {
        Signer {
            version,
            endpoint: Endpoint::parse(endpoint).unwrap(),
            region: "us-east-1".to_owned(),
            access_key: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            unescapes_paths: false,
        }
    }

    fn headers<const N: usize>(headers: [(&'static str, &str); N]) -> Headers {
        headers.into_iter().map(|(name, value)| (name, value.to_owned())).collect()
    }

    /// Source: "Signature Calculations for the Authorization Header: Transferring Payload in a Single Chunk", GET
    /// Object.
    #[test]
    fn v4_by_header_is_that_of_the_published_example() {
        let moment = Moment::new(&example(Version::V4, "https://examplebucket.s3.amazonaws.com"), DAY);
        let headers = headers([
            ("host", "examplebucket.s3.amazonaws.com"),
            ("range", "bytes=0-9"),
            ("x-amz-content-sha256", EMPTY_SHA256),
            ("x-amz-date", "20130524T000000Z"),
        ]);
        let signature = moment.request(&Method::GET, "/test.txt", &Query::new(), &headers, EMPTY_SHA256);
        assert_eq!(signature, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    }

    /// Source: "Authenticating Requests: Using Query Parameters", GET Object.
    #[test]
    fn v4_by_query_is_that_of_the_published_example() {
        let signer = example(Version::V4, "https://examplebucket.s3.amazonaws.com");
        let moment = Moment::new(&signer, DAY);
        let query = [
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            ("X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"),
            ("X-Amz-Date", "20130524T000000Z"),
            ("X-Amz-Expires", "86400"),
            ("X-Amz-SignedHeaders", "host"),
        ];
        let query = query.map(|(name, value)| (name, value.to_owned())).to_vec();
        let headers = headers([("host", "examplebucket.s3.amazonaws.com")]);
        let signature = moment.request(&Method::GET, "/test.txt", &query, &headers, "UNSIGNED-PAYLOAD");
        assert_eq!(signature, "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
    }

    /// Source: "Transferring Payload in Multiple Chunks (Chunked Upload)": 66,560 letters a, in chunks of 64 KiB.
    #[test]
    fn v4_in_chunks_is_that_of_the_published_example() {
        let moment = Moment::new(&example(Version::V4, "https://s3.amazonaws.com"), DAY);
        let streaming = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
        let headers = headers([
            ("content-encoding", "aws-chunked"),
            ("content-length", "66824"),
            ("host", "s3.amazonaws.com"),
            ("x-amz-content-sha256", streaming),
            ("x-amz-date", "20130524T000000Z"),
            ("x-amz-decoded-content-length", "66560"),
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ]);
        let path = "/examplebucket/chunkObject.txt";
        let seed = moment.request(&Method::PUT, path, &Query::new(), &headers, streaming);
        assert_eq!(seed, "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
        let body = vec![b'a'; 66_560];
        let sent = moment.chunked(body.chunks(65_536).chain([&[][..]]).collect(), seed);
        assert_eq!(sent.len(), 66_824);
        let sent = String::from_utf8(sent.to_vec()).unwrap();
        let heads: Vec<&str> = sent.lines().filter(|line| line.contains(';')).collect();
        assert_eq!(
            heads,
            [
                "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
                "400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
                "0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
            ]
        );
    }

    /// Source: "Signing and Authenticating REST Requests", for the bucket johnsmith. The requests here are path style,
    /// which has the same signature.
    #[test]
    fn v2_is_that_of_the_published_examples() {
        let signer = example(Version::V2, "https://s3.amazonaws.com");
        let get = |key| Request::new(Method::GET, "johnsmith", key);
        let jpeg = headers([("content-type", "image/jpeg")]);
        for (request, headers, date, signature) in [
            (
                get("photos/puppy.jpg"),
                Headers::new(),
                "Tue, 27 Mar 2007 19:36:42 +0000",
                "bWq2s1WEIj+Ydj0vQ697zp+IXMU=",
            ),
            (
                Request::new(Method::PUT, "johnsmith", "photos/puppy.jpg"),
                jpeg,
                "Tue, 27 Mar 2007 21:15:45 +0000",
                "MyyxeRY7whkBe+bq8fHCL/2kKUg=",
            ),
            (
                get("").query("prefix", "photos").query("max-keys", 50),
                Headers::new(),
                "Tue, 27 Mar 2007 19:42:41 +0000",
                "htDYFYduRNen8P9ZfE/s9SuKy0U=",
            ),
            (
                get("").query("acl", ""),
                Headers::new(),
                "Tue, 27 Mar 2007 19:44:46 +0000",
                "c2WLPFtWHVgbEmeEG93a4cG37dM=",
            ),
            (get("photos/puppy.jpg"), Headers::new(), "1175139620", "NpgCjnDzrM+WFzoENXmpNDUsSn8="),
        ] {
            assert_eq!(signer.v2(&request, "", &headers, date), signature, "{request:?}");
        }
    }

    #[test]
    fn keys_are_trimmed_as_java_trims_them() {
        let signer = example(Version::V4, "http://h");
        let blank = Signer {
            access_key: format!("\t{} \n", signer.access_key),
            secret: Secret::new(format!(" {}\r\n", signer.secret.for_signing())),
            ..signer.clone()
        };
        let request = Request::new(Method::GET, "bucket", "key");
        for version in [Version::V4, Version::V2] {
            let [plain, blank] = [&signer, &blank].map(|signer| {
                let signer = Signer { version, ..signer.clone() };
                signer.by_query(&request, Duration::MINUTE, DAY).url
            });
            assert_eq!(plain, blank);
        }
    }

    /// Observed on Score 5.9.0 and 5.10.1: the part marker, see `facts` of the release. A signature covers the escapes.
    #[test]
    fn an_old_release_signs_escapes_that_it_does_not_send() {
        let marker = Request::new(Method::PUT, "b", r#"a(b)/p|{"n":1,"e":"=+$;@&!*'"}"#).query("prefix", "a:b");
        for version in [Version::V4, Version::V2] {
            let new = example(version, "http://h/pre");
            let old = Signer { unescapes_paths: true, ..new.clone() };
            let attempt = Attempt::first();
            let [new, old] = [new, old].map(|signer| signer.attempt(&marker, attempt, DAY));
            assert_eq!(
                new.target,
                "/pre/b/a%28b%29/p%7C%7B%22n%22%3A1%2C%22e%22%3A%22%3D%2B%24%3B%40%26%21%2A%27%22%7D?prefix=a%3Ab"
            );
            assert_eq!(old.target, "/pre/b/a(b)/p%7C%7B%22n%22:1,%22e%22:%22=+$;@&!*'%22%7D?prefix=a%3Ab");
            assert_eq!(new.headers, old.headers);
        }
    }

    #[test]
    fn attempts_share_their_id_and_are_counted() {
        let (signer, request) = (example(Version::V4, "http://h"), Request::new(Method::GET, "bucket", ""));
        let first = Attempt::first();
        let [one, three] =
            [first, Attempt { earlier: 2, ..first }].map(|attempt| signer.attempt(&request, attempt, DAY));
        assert_eq!(one.headers["amz-sdk-invocation-id"], three.headers["amz-sdk-invocation-id"]);
        let counted = [&one, &three].map(|signed| signed.headers["amz-sdk-retry"].as_str());
        assert_eq!(counted, ["0/0/500", "2/0/490"]);
    }

    #[test]
    fn a_url_is_the_text_that_score_hands_out() {
        let request = Request::new(Method::GET, "score object", "data/a+b|{c}").query("partNumber", 1);
        for (endpoint, front) in [
            ("http://h:9000", "http://h:9000/"),
            // Signed for one slash, written with two: no client can use the URL, and no check may hide this
            ("http://h:9000/", "http://h:9000//"),
            ("HTTP://h/pre", "http://h/pre/"),
        ] {
            let url = example(Version::V2, endpoint).by_query(&request, Duration::MINUTE, DAY).url;
            let path = "score%20object/data/a%2Bb%7C%7Bc%7D?partNumber=1&AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1369353660&Signature=";
            assert!(url.starts_with(&format!("{front}{path}")), "{url}");
        }
    }

    #[test]
    fn an_override_replaces_the_text_of_the_endpoint() {
        let request = Request::new(Method::GET, "bucket", "key");
        let through = |endpoint, other: &str| {
            let presigned = example(Version::V2, endpoint).by_query(&request, Duration::MINUTE, DAY).through(other);
            presigned.url.split('?').next().unwrap().to_owned()
        };
        assert_eq!(through("http://minio:9000", "https://store.example.org"), "https://store.example.org/bucket/key");
        // Java does the same: the scheme of the finished URL is in lower case, so the text is not found
        assert_eq!(through("HTTP://minio:9000", "https://store.example.org"), "http://minio:9000/bucket/key");
    }

    #[test]
    fn what_is_signed_says_no_secret_in_debug() {
        let signer = example(Version::V4, "http://h");
        let request = Request::new(Method::GET, "bucket", "key");
        let seen = format!(
            "{signer:?} {:?} {:?}",
            signer.by_header(&request, DAY),
            signer.by_query(&request, Duration::MINUTE, DAY)
        );
        assert!(!seen.contains("wJalr") && !seen.contains("Signature="), "{seen}");
    }
}
