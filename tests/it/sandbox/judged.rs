//! Sends the same requests to the sandbox and to the same store behind s3s: both must give the same status, code and headers,
//! and the sandbox must say in its documents all that s3s says. Where AWS does something else than s3s, the row names both.

use bytes::Bytes;
use http::{HeaderName, Method, header};
use score_setup::{
    score::Version,
    store::{
        probe::{Body, Presigned, Reply, Request, Sender, Signed, Signer, xml},
        sandbox::Sandbox,
    },
    text::{Endpoint, secret::Secret, signing_region},
};
use time::{Duration, OffsetDateTime};

use super::{LIMIT, get, put};
use crate::store::{SECRET, Store};

const ONE: &str = "one-bucket";
/// The headers that must be the same.
const COMPARED: [HeaderName; 6] = [
    header::ETAG,
    header::CONTENT_RANGE,
    header::ACCEPT_RANGES,
    header::CONTENT_LENGTH,
    header::LAST_MODIFIED,
    header::LOCATION,
];
/// The elements that differ from run to run.
const OWN: [&str; 3] = ["UploadId", "Initiated", "LastModified"];
const MINIMUM: usize = 5 << 20;

/// One of the two servers, and the id of its latest upload.
struct Side {
    signer: Signer,
    upload: String,
}

enum Sent {
    Signed(Signed),
    Url(Presigned),
}

/// A status and a code of S3; the code is empty for a good reply.
type Outcome = (u16, &'static str);

struct Row {
    name: &'static str,
    make: fn(&Side) -> Sent,
    /// The reply of the sandbox.
    want: Outcome,
    /// The reply of s3s, if it differs.
    other: Option<Outcome>,
}

fn row(name: &'static str, make: fn(&Side) -> Sent, want: Outcome) -> Row {
    Row { name, make, want, other: None }
}

/// Makes a row with the reply of s3s, which differs from that of AWS.
fn apart(name: &'static str, make: fn(&Side) -> Sent, want: Outcome, other: Outcome) -> Row {
    Row { name, make, want, other: Some(other) }
}

impl Side {
    fn new(endpoint: &str, access_key: &str, version: Version) -> Self {
        let endpoint = Endpoint::parse(endpoint).unwrap();
        let region = signing_region(&endpoint.host);
        let (access_key, secret) = (access_key.to_owned(), Secret::new(SECRET));
        let signer = Signer { version, endpoint, region, access_key, secret, unescapes_paths: false };
        Self { signer, upload: String::new() }
    }

    #[expect(clippy::needless_pass_by_value, reason = "a row reads as one expression")]
    fn sign(&self, request: Request) -> Sent {
        Sent::Signed(self.signer.by_header(&request, OffsetDateTime::now_utc()))
    }

    fn then(&self, request: &Request, change: impl FnOnce(&mut Signed)) -> Sent {
        let mut signed = self.signer.by_header(request, OffsetDateTime::now_utc());
        change(&mut signed);
        Sent::Signed(signed)
    }

    fn with_header(&self, request: &Request, name: &'static str, value: &str) -> Sent {
        self.then(request, |signed| drop(signed.headers.insert(name, value.to_owned())))
    }

    fn without(&self, request: &Request, name: &str) -> Sent {
        self.then(request, |signed| drop(signed.headers.remove(name)))
    }

    fn with_authorization(&self, request: &Request, one: &str, other: &str) -> Sent {
        self.then(request, |signed| {
            let authorization = signed.headers.get_mut("authorization").unwrap();
            *authorization = authorization.replace(one, other);
        })
    }

    /// Replaces a text of the body by another of this length.
    fn with_body(&self, request: &Request, one: &str, other: &str) -> Sent {
        assert_eq!(one.len(), other.len());
        self.then(request, |signed| {
            let text = String::from_utf8(signed.body.to_vec()).unwrap();
            signed.body = text.replacen(one, other, 1).into();
        })
    }

    fn with_url(&self, request: &Request, one: &str, other: &str) -> Sent {
        self.url_then(request, Duration::ZERO, |url| *url = url.replace(one, other))
    }

    fn url_at(&self, request: &Request, ago: Duration) -> Sent {
        self.url_then(request, ago, |_| ())
    }

    fn at(&self, request: &Request, ago: Duration) -> Sent {
        Sent::Signed(self.signer.by_header(request, OffsetDateTime::now_utc() - ago))
    }

    #[expect(clippy::needless_pass_by_value, reason = "a row reads as one expression")]
    fn url(&self, request: Request) -> Sent {
        self.url_then(&request, Duration::ZERO, |_| ())
    }

    fn url_then(&self, request: &Request, ago: Duration, change: impl FnOnce(&mut String)) -> Sent {
        let mut url = self.signer.by_query(request, Duration::minutes(5), OffsetDateTime::now_utc() - ago);
        change(&mut url.url);
        Sent::Url(url)
    }

    fn part(&self, number: u32, bytes: Bytes) -> Request {
        put(ONE, "parts", Body::Plain(bytes)).query("uploadId", &self.upload).query("partNumber", number)
    }

    fn complete(&self, parts: &[(u32, &str)]) -> Request {
        let part =
            |(number, etag): &(u32, &str)| format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>");
        let parts: String = parts.iter().map(part).collect();
        self.completed_by(&format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>"))
    }

    fn completed_by(&self, document: &str) -> Request {
        Request::new(Method::POST, ONE, "parts")
            .query("uploadId", &self.upload)
            .header("content-type", "application/xml")
            .body(Body::Plain(document.to_owned().into()))
    }
}

fn bucket(method: Method) -> Request {
    Request::new(method, ONE, "")
}

fn object(method: Method, key: &str) -> Request {
    Request::new(method, ONE, key)
}

fn large() -> Bytes {
    vec![b'a'; MINIMUM].into()
}

const ODD: &str = "a b+c|{\"x\":1}=é//d%20&";
const MD5_OF_HELLO: &str = "XUFAKrxLKna5cZ2REBfFkg==";
const ETAG_OF_HELLO: &str = "5d41402abc4b2a76b9719d911017c592";
const ETAG_OF_LARGE: &str = "79b281060d337b9b2b84ccf390adcf74";

/// Returns the rows that are the same for both versions of signatures, in their order.
fn good() -> Vec<Row> {
    vec![
        row("no buckets", |s| s.sign(Request::new(Method::GET, "", "")), (200, "")),
        row("no bucket: head", |s| s.sign(bucket(Method::HEAD)), (404, "")),
        row("no bucket: list", |s| s.sign(bucket(Method::GET)), (404, "NoSuchBucket")),
        row("no bucket: put", |s| s.sign(put(ONE, "k", Body::Streamed("hello".into()))), (404, "NoSuchBucket")),
        row("no bucket: begin", |s| s.sign(object(Method::POST, "k").query("uploads", "")), (404, "NoSuchBucket")),
        row("no bucket: delete", |s| s.sign(bucket(Method::DELETE)), (404, "NoSuchBucket")),
        row("a name that breaks the rules", |s| s.sign(get("Upper_Case", "k")), (400, "InvalidBucketName")),
        row("create", |s| s.sign(bucket(Method::PUT)), (200, "")),
        row("create again", |s| s.sign(bucket(Method::PUT)), (409, "BucketAlreadyOwnedByYou")),
        row("head", |s| s.sign(bucket(Method::HEAD)), (200, "")),
        row("buckets", |s| s.sign(Request::new(Method::GET, "", "")), (200, "")),
        row("access list", |s| s.sign(bucket(Method::GET).query("acl", "")), (200, "")),
        row("an unknown method", |s| s.sign(bucket(Method::PATCH)), (501, "NotImplemented")),
        row("put", |s| s.sign(put(ONE, "hello", Body::Plain("hello".into()))), (200, "")),
        row("put in chunks", |s| s.sign(put(ONE, "dir/long", Body::Streamed(vec![b'x'; 300_000].into()))), (200, "")),
        row("put nothing in chunks", |s| s.sign(put(ONE, "dir/empty", Body::Streamed(Bytes::new()))), (200, "")),
        row("put an odd key", |s| s.sign(put(ONE, ODD, Body::Plain("odd".into()))), (200, "")),
        row("put by URL", |s| s.url(put(ONE, "by-url", Body::Plain("url".into()))), (200, "")),
        row(
            "put with MD5",
            |s| s.sign(put(ONE, "md5", Body::Plain("hello".into())).header("content-md5", MD5_OF_HELLO)),
            (200, ""),
        ),
        row(
            "put with another MD5",
            |s| s.sign(put(ONE, "md5", Body::Plain("other".into())).header("content-md5", MD5_OF_HELLO)),
            (400, "BadDigest"),
        ),
        apart(
            "put with no MD5 in Content-MD5",
            |s| s.sign(put(ONE, "md5", Body::Plain("other".into())).header("content-md5", "x")),
            (400, "InvalidDigest"),
            (400, "BadDigest"),
        ),
        row("get", |s| s.sign(object(Method::GET, "hello")), (200, "")),
        row("get the odd key", |s| s.sign(object(Method::GET, ODD)), (200, "")),
        row("get by URL", |s| s.url(object(Method::GET, "dir/long")), (200, "")),
        row("get the odd key by URL", |s| s.url(object(Method::GET, ODD)), (200, "")),
        row("head of an object", |s| s.sign(object(Method::HEAD, "hello")), (200, "")),
        row("head of nothing", |s| s.sign(object(Method::HEAD, "none")), (404, "")),
        row("get nothing", |s| s.sign(object(Method::GET, "none")), (404, "NoSuchKey")),
        row("first byte", |s| s.url(object(Method::GET, "hello").header("range", "bytes=0-0")), (206, "")),
        row("from a byte", |s| s.sign(object(Method::GET, "hello").header("range", "bytes=3-")), (206, "")),
        row("beyond the end", |s| s.sign(object(Method::GET, "hello").header("range", "bytes=3-99")), (206, "")),
        row("last bytes", |s| s.sign(object(Method::GET, "hello").header("range", "bytes=-2")), (206, "")),
        row(
            "after the end",
            |s| s.sign(object(Method::GET, "hello").header("range", "bytes=5-6")),
            (416, "InvalidRange"),
        ),
        row(
            "a part of nothing",
            |s| s.sign(object(Method::GET, "dir/empty").header("range", "bytes=0-")),
            (416, "InvalidRange"),
        ),
        // RFC 9110, 14.2: a server ignores a range that it cannot read.
        apart(
            "no range",
            |s| s.sign(object(Method::GET, "hello").header("range", "bytes=2-1")),
            (200, ""),
            (400, "InvalidArgument"),
        ),
        row("list", |s| s.sign(bucket(Method::GET).query("prefix", "").query("encoding-type", "url")), (200, "")),
        row("list folders", |s| s.sign(bucket(Method::GET).query("delimiter", "/").query("max-keys", 2)), (200, "")),
        row(
            "list after",
            |s| s.sign(bucket(Method::GET).query("delimiter", "/").query("marker", "dir/").query("prefix", "")),
            (200, ""),
        ),
        row("list none", |s| s.sign(bucket(Method::GET).query("max-keys", 0)), (200, "")),
        row("list of version 2", |s| s.sign(bucket(Method::GET).query("list-type", 2).query("max-keys", 2)), (200, "")),
        row(
            "list of version 2 after",
            |s| s.sign(bucket(Method::GET).query("list-type", 2).query("start-after", "dir/empty")),
            (200, ""),
        ),
        row(
            "list of version 2, next page",
            |s| {
                s.sign(
                    bucket(Method::GET)
                        .query("list-type", 2)
                        .query("continuation-token", "62792d75726c")
                        .query("max-keys", 1),
                )
            },
            (200, ""),
        ),
        row(
            "list of version 2 with no token of a page",
            |s| s.sign(bucket(Method::GET).query("list-type", 2).query("continuation-token", "by-url")),
            (400, "InvalidArgument"),
        ),
        row("list with no number", |s| s.sign(bucket(Method::GET).query("max-keys", "x")), (400, "InvalidArgument")),
        row("bucket is not empty", |s| s.sign(bucket(Method::DELETE)), (409, "BucketNotEmpty")),
        row("delete", |s| s.sign(object(Method::DELETE, ODD)), (204, "")),
        row("delete nothing", |s| s.sign(object(Method::DELETE, ODD)), (204, "")),
    ]
}
fn uploads() -> Vec<Row> {
    vec![
        row("begin", |s| s.sign(object(Method::POST, "parts").query("uploads", "")), (200, "")),
        row(
            "no such upload",
            |s| s.url(object(Method::PUT, "parts").query("uploadId", "none").query("partNumber", 1)),
            (404, "NoSuchUpload"),
        ),
        row(
            "another key",
            |s| s.sign(object(Method::GET, "other").query("uploadId", &s.upload)),
            (404, "NoSuchUpload"),
        ),
        row("part 0", |s| s.sign(s.part(0, "x".into())), (400, "InvalidArgument")),
        row("part 10001", |s| s.sign(s.part(10_001, "x".into())), (400, "InvalidArgument")),
        apart(
            "a part without a number",
            |s| s.sign(put(ONE, "parts", Body::Plain("x".into())).query("uploadId", &s.upload)),
            (400, "InvalidArgument"),
            (200, ""),
        ),
        row("part 1", |s| s.url(s.part(1, large())), (200, "")),
        row("part 2", |s| s.sign(s.part(2, "hello".into())), (200, "")),
        row("part 3", |s| s.sign(s.part(3, "hello".into())), (200, "")),
        row(
            "parts",
            |s| s.sign(object(Method::GET, "parts").query("uploadId", &s.upload).query("max-parts", 2)),
            (200, ""),
        ),
        row(
            "parts after",
            |s| s.sign(object(Method::GET, "parts").query("uploadId", &s.upload).query("part-number-marker", 2)),
            (200, ""),
        ),
        row(
            "unfinished uploads",
            |s| s.sign(bucket(Method::GET).query("uploads", "").query("prefix", "pa")),
            (200, ""),
        ),
        row(
            "wrong order",
            |s| s.sign(s.complete(&[(2, ETAG_OF_HELLO), (1, ETAG_OF_LARGE)])),
            (400, "InvalidPartOrder"),
        ),
        row(
            "a part twice",
            |s| s.sign(s.complete(&[(2, ETAG_OF_HELLO), (2, ETAG_OF_HELLO)])),
            (400, "InvalidPartOrder"),
        ),
        row("a part with another ETag", |s| s.sign(s.complete(&[(1, ETAG_OF_HELLO)])), (400, "InvalidPart")),
        row("a part that was not sent", |s| s.sign(s.complete(&[(4, ETAG_OF_HELLO)])), (400, "InvalidPart")),
        row(
            "a small part in front",
            |s| s.sign(s.complete(&[(2, ETAG_OF_HELLO), (3, ETAG_OF_HELLO)])),
            (400, "EntityTooSmall"),
        ),
        row("no parts", |s| s.sign(s.complete(&[])), (400, "MalformedXML")),
        row("no document", |s| s.sign(s.completed_by("<CompleteMultipartUpload><Part>")), (400, "MalformedXML")),
        row("another document", |s| s.sign(s.completed_by("<Delete/>")), (400, "MalformedXML")),
        row("complete", |s| s.sign(s.complete(&[(1, ETAG_OF_LARGE), (2, ETAG_OF_HELLO)])), (200, "")),
        row("complete again", |s| s.sign(s.complete(&[(1, ETAG_OF_LARGE), (2, ETAG_OF_HELLO)])), (404, "NoSuchUpload")),
        row(
            "across parts",
            |s| s.url(object(Method::GET, "parts").header("range", "bytes=5242878-5242881")),
            (206, ""),
        ),
        row("begin another", |s| s.sign(object(Method::POST, "parts").query("uploads", "")), (200, "")),
        row("abort", |s| s.sign(object(Method::DELETE, "parts").query("uploadId", &s.upload)), (204, "")),
        row(
            "abort again",
            |s| s.sign(object(Method::DELETE, "parts").query("uploadId", &s.upload)),
            (404, "NoSuchUpload"),
        ),
    ]
}

/// Returns the rows about signatures that are refused in both versions.
fn wrong() -> Vec<Row> {
    vec![
        row(
            "unsigned",
            |s| Sent::Signed(Signed::unsigned(&s.signer.endpoint, &get(ONE, "hello"))),
            (403, "AccessDenied"),
        ),
        row("unknown key", |s| s.sign_as("NOBODY", SECRET), (403, "InvalidAccessKeyId")),
        row("wrong secret", |s| s.sign_as(&s.signer.access_key, "wrong"), (403, "SignatureDoesNotMatch")),
        row(
            "another key",
            |s| s.then(&get(ONE, "hello"), |signed| signed.target = format!("/{ONE}/md5")),
            (403, "SignatureDoesNotMatch"),
        ),
        row(
            "another question",
            |s| s.then(&bucket(Method::GET), |signed| signed.target.push_str("?acl")),
            (403, "SignatureDoesNotMatch"),
        ),
        row(
            "another method",
            |s| s.then(&get(ONE, "hello"), |signed| signed.method = Method::DELETE),
            (403, "SignatureDoesNotMatch"),
        ),
        row(
            "another type",
            |s| s.with_header(&put(ONE, "k", Body::Plain("x".into())), "content-type", "text/plain"),
            (403, "SignatureDoesNotMatch"),
        ),
        row("URL of another key", |s| s.with_url(&get(ONE, "hello"), "hello", "md5"), (403, "SignatureDoesNotMatch")),
        row(
            "URL of another part",
            |s| s.with_url(&s.part(1, "x".into()), "partNumber=1", "partNumber=2"),
            (403, "SignatureDoesNotMatch"),
        ),
        row("URL after its end", |s| s.url_at(&get(ONE, "hello"), Duration::minutes(6)), (403, "AccessDenied")),
        row("a long key", |s| s.sign(get(ONE, &"k".repeat(1025))), (400, "KeyTooLongError")),
        row(
            "a path that is not UTF-8",
            |s| s.then(&get(ONE, "hello"), |signed| signed.target = format!("/{ONE}/%ff")),
            (400, "InvalidURI"),
        ),
        apart(
            "two signatures",
            |s| s.then(&get(ONE, "hello"), |signed| signed.target.push_str("?Signature=x")),
            (400, "InvalidArgument"),
            (400, "InvalidRequest"),
        ),
        apart(
            "no version of signatures",
            |s| s.with_header(&get(ONE, "hello"), "authorization", "Basic eA=="),
            (400, "AuthorizationHeaderMalformed"),
            (400, "InvalidRequest"),
        ),
    ]
}

/// Returns the rows that only version 4 has.
fn wrong_with_4() -> Vec<Row> {
    let skew = (403, "RequestTimeTooSkewed");
    let mismatch = (403, "SignatureDoesNotMatch");
    vec![
        row(
            "an unknown part of a bucket",
            |s| s.sign(bucket(Method::GET).query("tagging", "")),
            (501, "NotImplemented"),
        ),
        row("old", |s| s.at(&get(ONE, "hello"), Duration::minutes(16)), skew),
        row("of the future", |s| s.at(&get(ONE, "hello"), -Duration::minutes(16)), skew),
        row("URL of the future", |s| s.url_at(&get(ONE, "hello"), -Duration::minutes(16)), skew),
        row("a little old", |s| s.at(&get(ONE, "hello"), Duration::minutes(14)), (200, "")),
        // AWS: XAmzContentSHA256Mismatch. The adapter of s3s sees only that the body is wrong.
        apart(
            "another body",
            |s| s.with_body(&put(ONE, "k", Body::Plain("good".into())), "good", "evil"),
            (400, "XAmzContentSHA256Mismatch"),
            mismatch,
        ),
        row("another chunk", |s| s.with_body(&put(ONE, "k", Body::Streamed("good".into())), "good", "evil"), mismatch),
        row("no last chunk", |s| s.with_body(&put(ONE, "k", Body::Streamed(Bytes::new())), "0;", "1;"), mismatch),
        row("no hash of the body", |s| s.without(&get(ONE, "hello"), "x-amz-content-sha256"), (400, "InvalidRequest")),
        apart(
            "no date",
            |s| s.without(&get(ONE, "hello"), "x-amz-date"),
            (403, "AccessDenied"),
            (400, "InvalidRequest"),
        ),
    ]
}

/// Returns further rows that only version 4 has: what a signature says of itself.
fn malformed_with_4() -> Vec<Row> {
    let mismatch = (403, "SignatureDoesNotMatch");
    vec![
        row("another region", |s| s.with_authorization(&get(ONE, "hello"), "us-east-1", "eu-west-1"), mismatch),
        apart(
            "another service",
            |s| s.with_authorization(&get(ONE, "hello"), "/s3/", "/ec2/"),
            (400, "AuthorizationHeaderMalformed"),
            (501, "NotImplemented"),
        ),
        apart(
            "half an Authorization",
            |s| s.with_authorization(&get(ONE, "hello"), "Signature=", ""),
            (400, "AuthorizationHeaderMalformed"),
            (400, "InvalidRequest"),
        ),
        row(
            "a short signature",
            |s| {
                s.then(&get(ONE, "hello"), |signed| {
                    signed.headers.get_mut("authorization").unwrap().pop();
                })
            },
            mismatch,
        ),
        // AWS and the sandbox want all such headers signed.
        apart(
            "a header that is not signed",
            |s| s.with_header(&get(ONE, "hello"), "x-amz-meta-a", "b"),
            (403, "AccessDenied"),
            (200, ""),
        ),
        apart(
            "host is not signed",
            |s| s.with_authorization(&get(ONE, "hello"), ";host;", ";"),
            (403, "AccessDenied"),
            mismatch,
        ),
        apart(
            "URL without a parameter",
            |s| s.with_url(&get(ONE, "hello"), "X-Amz-Expires", "X"),
            (400, "AuthorizationQueryParametersError"),
            (400, "InvalidRequest"),
        ),
        apart(
            "URL for a month",
            |s| Sent::Url(s.signer.by_query(&get(ONE, "hello"), Duration::days(30), OffsetDateTime::now_utc())),
            (400, "AuthorizationQueryParametersError"),
            (200, ""),
        ),
        row(
            "URL with another range",
            |s| s.with_url(&get(ONE, "hello").header("range", "bytes=0-1"), "host%3Brange", "host"),
            mismatch,
        ),
    ]
}

/// Returns the rows that only version 2 has.
fn wrong_with_2() -> Vec<Row> {
    vec![
        // AWS compares the clocks in both versions.
        apart("old", |s| s.at(&get(ONE, "hello"), Duration::minutes(16)), (403, "RequestTimeTooSkewed"), (200, "")),
        apart("no date", |s| s.without(&get(ONE, "hello"), "date"), (403, "AccessDenied"), (400, "InvalidRequest")),
        apart(
            "URL without an end",
            |s| s.with_url(&get(ONE, "hello"), "Expires", "X"),
            (400, "AuthorizationQueryParametersError"),
            (400, "InvalidRequest"),
        ),
        row(
            "another MD5",
            |s| s.with_header(&put(ONE, "k", Body::Plain("hello".into())), "content-md5", MD5_OF_HELLO),
            (403, "SignatureDoesNotMatch"),
        ),
        row(
            "another header",
            |s| s.with_header(&get(ONE, "hello"), "x-amz-meta-a", "b"),
            (403, "SignatureDoesNotMatch"),
        ),
    ]
}
impl Side {
    fn sign_as(&self, access_key: &str, secret: &str) -> Sent {
        let signer = Signer { access_key: access_key.into(), secret: Secret::new(secret), ..self.signer.clone() };
        Sent::Signed(signer.by_header(&get(ONE, "hello"), OffsetDateTime::now_utc()))
    }
}

/// Returns the texts of a document, each with its path, without those that differ from run to run.
fn texts(body: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(body);
    let Ok(document) = roxmltree::Document::parse(&text) else { return Vec::new() };
    let path = |node: roxmltree::Node| {
        let names = node.ancestors().filter(roxmltree::Node::is_element).map(|each| each.tag_name().name().to_owned());
        names.collect::<Vec<_>>().join("<")
    };
    let leaves =
        document.descendants().filter(|node| node.is_element() && !node.children().any(|each| each.is_element()));
    let known = leaves.filter(|node| !OWN.contains(&node.tag_name().name()));
    known.filter_map(|node| Some(format!("{}={}", path(node), node.text()?))).collect()
}

fn outcome(reply: &Reply) -> (u16, String) {
    let code = xml::fault(&reply.body).map(|fault| fault.code).unwrap_or_default();
    (reply.status.as_u16(), code)
}

async fn sent(sender: &Sender, sent: Sent) -> Reply {
    match sent {
        Sent::Signed(signed) => sender.send(signed, LIMIT).await.unwrap(),
        Sent::Url(url) => sender.fetch(&url, LIMIT).await.unwrap(),
    }
}

#[tokio::test]
async fn the_sandbox_replies_as_s3s_does() {
    for version in [Version::V4, Version::V2] {
        let sandbox = Sandbox::with_secret(Secret::new(SECRET)).await.unwrap();
        let judge = Store::of(&sandbox.access_key, SECRET).await;
        let mut sides =
            [&sandbox.endpoint(), &judge.endpoint()].map(|endpoint| Side::new(endpoint, &sandbox.access_key, version));
        let sender = Sender::new(&score_setup::store::probe::Route::default()).unwrap();
        let own = match version {
            Version::V4 => [wrong_with_4(), malformed_with_4()].into_iter().flatten().collect(),
            Version::V2 => wrong_with_2(),
        };
        let mut misses = Vec::new();
        for Row { name, make, want, other } in good().into_iter().chain(uploads()).chain(wrong()).chain(own) {
            let [ours, theirs] = [sent(&sender, make(&sides[0])).await, sent(&sender, make(&sides[1])).await];
            let (want, other) = ((want.0, want.1.to_owned()), other.unwrap_or(want));
            if outcome(&ours) != want || outcome(&theirs) != (other.0, other.1.to_owned()) {
                misses.push(format!("{version:?} {name}: {:?}, s3s {:?}", outcome(&ours), outcome(&theirs)));
                continue;
            }
            if !ours.status.is_success() || ours.status != theirs.status {
                continue;
            }
            for header in COMPARED {
                let both = [&ours, &theirs].map(|reply| reply.headers.get(&header).cloned());
                // Documents have different lengths, and a second may pass between two replies.
                let document = header == header::CONTENT_LENGTH && ours.body.starts_with(b"<?xml");
                if both[0] != both[1] && !document && header != header::LAST_MODIFIED
                    || both.iter().flatten().count() == 1
                {
                    misses.push(format!("{version:?} {name}: {header} {both:?}"));
                }
            }
            let documents = [texts(&ours.body), texts(&theirs.body)];
            let lacking: Vec<_> = documents[1].iter().filter(|text| !documents[0].contains(text)).collect();
            if !lacking.is_empty() {
                misses.push(format!("{version:?} {name}: lacks {lacking:?} in {:?}", documents[0]));
            }
            if documents[0].is_empty() && ours.body != theirs.body {
                misses.push(format!("{version:?} {name}: another body"));
            }
            for (side, reply) in sides.iter_mut().zip([&ours, &theirs]) {
                if let Ok(id) = xml::upload_id(&reply.body) {
                    side.upload = id;
                }
            }
        }
        assert!(misses.is_empty(), "{}", misses.join("\n"));
        assert_eq!(sandbox.memory.objects(), judge.memory.objects());
        assert_eq!(sandbox.memory.uploads(), judge.memory.uploads());
    }
}
