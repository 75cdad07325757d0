//! Compares every request of the probe with those recorded between real Score 5.11.0, score-client 5.12 and a real
//! MinIO (V4) and Ceph 16.2.15 (V2): method, path, names of the query in their order, and the headers that could matter
//! to a store.

use std::time::Duration;

use http::Method;
use score_setup::{
    score::Version,
    store::probe::{Body, Presigned, Request, Route, Sender},
};
use time::{Duration as Life, OffsetDateTime};

use crate::store::{Asked, Store};

const LIMIT: Duration = Duration::from_secs(10);
const MARKER: &str = r#"upload/u_i/part-00000001|{"partNumber":1,"md5":"m","etag":"e"}"#;
const MARKER_PATH: &str =
    "upload/u_i/part-00000001%7C%7B%22partNumber%22%3A1%2C%22md5%22%3A%22m%22%2C%22etag%22%3A%22e%22%7D";
const V4_QUERY: &str = "X-Amz-Algorithm&X-Amz-Date&X-Amz-SignedHeaders&X-Amz-Expires&X-Amz-Credential&X-Amz-Signature";
const V2_QUERY: &str = "AWSAccessKeyId&Expires&Signature";

fn request(method: Method, bucket: &str, key: &str) -> Request {
    Request::new(method, bucket, key)
}

fn complete() -> Request {
    let body = Body::Plain("<CompleteMultipartUpload/>".into());
    let request = request(Method::POST, "object", "data/u").query("uploadId", "i");
    request.header("content-type", "application/xml").body(body)
}

/// Returns the requests of the server, each with the recorded line.
fn of_the_server() -> Vec<(Request, String)> {
    let list = |prefix: &str| request(Method::GET, "state", "").query("prefix", prefix);
    let meta = || request(Method::PUT, "state", "upload/u_i/.meta").body(Body::Streamed(vec![b'm'; 1987].into()));
    [
        (request(Method::HEAD, "state", "data/u.meta"), "HEAD /state/data/u.meta"),
        (
            list("upload/u_").query("delimiter", "/").query("max-keys", 5000).query("encoding-type", "url"),
            "GET /state/?prefix&delimiter&max-keys&encoding-type",
        ),
        (request(Method::POST, "object", "data/u").query("uploads", ""), "POST /object/data/u?uploads"),
        (meta(), "PUT /state/upload/u_i/.meta"),
        (
            request(Method::GET, "object", "data/u")
                .query("uploadId", "i")
                .query("max-parts", 1)
                .query("part-number-marker", 0),
            "GET /object/data/u?uploadId&max-parts&part-number-marker",
        ),
        (
            request(Method::PUT, "state", MARKER).body(Body::Streamed(bytes::Bytes::new())),
            &format!("PUT /state/{MARKER_PATH}"),
        ),
        (request(Method::GET, "state", "upload/u_i/.meta"), "GET /state/upload/u_i/.meta"),
        (
            list("upload/u_i/part").query("max-keys", 5000).query("encoding-type", "url"),
            "GET /state/?prefix&max-keys&encoding-type",
        ),
        (complete(), "POST /object/data/u?uploadId"),
        (request(Method::DELETE, "state", MARKER), &format!("DELETE /state/{MARKER_PATH}")),
        (request(Method::GET, "object", "").query("acl", ""), "GET /object/?acl"),
    ]
    .map(|(request, line)| (request, line.to_owned()))
    .into()
}

async fn asked_by_header(version: Version) -> Vec<(Asked, String)> {
    let store = Store::with(&["object", "state"]).await;
    let sender = Sender::new(&Route::default()).unwrap();
    let signer = store.signer(version);
    let (requests, lines): (Vec<_>, Vec<_>) = of_the_server().into_iter().unzip();
    for request in requests {
        let reply = sender.send(signer.by_header(&request, OffsetDateTime::now_utc()), LIMIT).await.unwrap();
        // The store verifies with its own code, and reports what it does not support.
        assert!(reply.status != 403 && reply.status != 400, "{request:?} {reply:?}");
    }
    store.requests().into_iter().zip(lines).collect()
}

#[tokio::test]
async fn the_servers_requests_are_as_recorded_with_v4() {
    for (asked, line) in asked_by_header(Version::V4).await {
        assert_eq!(asked.line(), line);
        let put = asked.method == Method::PUT;
        let length = if put || asked.method == Method::POST { "content-length;" } else { "" };
        let decoded = if put { ";x-amz-decoded-content-length" } else { "" };
        let authorization = asked.header("authorization").unwrap();
        let signed = authorization.split("SignedHeaders=").nth(1).unwrap().split(',').next().unwrap();
        assert_eq!(
            signed,
            format!(
                "amz-sdk-invocation-id;amz-sdk-retry;{length}content-type;host;user-agent;x-amz-content-sha256;x-amz-date{decoded}"
            ),
            "{line}"
        );
        assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=TESTACCESSKEY0000001/"), "{authorization}");
        assert!(authorization.contains("/us-east-1/s3/aws4_request, SignedHeaders="), "{authorization}");
        assert_eq!(asked.header("amz-sdk-retry"), Some("0/0/500"));
        assert!(asked.header("user-agent").unwrap().starts_with("aws-sdk-java/1.11.219 "));
        let kind = if line == "POST /object/data/u?uploadId" { "application/xml" } else { "application/octet-stream" };
        assert_eq!(asked.header("content-type"), Some(kind), "{line}");
        assert_eq!(asked.header("expect"), put.then_some("100-continue"), "{line}");
        assert_eq!(asked.header("x-amz-content-sha256") == Some("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), put, "{line}");
        for absent in ["transfer-encoding", "x-amz-checksum-crc32", "x-id", "accept-encoding", "date"] {
            assert_eq!(asked.header(absent), None, "{line}");
        }
    }
}

#[tokio::test]
async fn streamed_bodies_have_the_recorded_lengths() {
    let asked = asked_by_header(Version::V4).await;
    let lengths: Vec<_> = asked
        .iter()
        .filter(|(asked, _)| asked.method == Method::PUT)
        .map(|(asked, _)| {
            (asked.header("x-amz-decoded-content-length").unwrap(), asked.header("content-length").unwrap())
        })
        .collect();
    assert_eq!(lengths, [("1987", "2161"), ("0", "86")]);
}

#[tokio::test]
async fn the_servers_requests_are_as_recorded_with_v2() {
    for (asked, line) in asked_by_header(Version::V2).await {
        assert_eq!(asked.line(), line);
        assert!(asked.header("authorization").unwrap().starts_with("AWS TESTACCESSKEY0000001:"));
        assert!(asked.header("date").unwrap().ends_with(" GMT"));
        let with_body = asked.method == Method::PUT && asked.header("content-length") != Some("0");
        assert_eq!(asked.header("expect"), with_body.then_some("100-continue"), "{line}");
        for absent in ["x-amz-content-sha256", "x-amz-decoded-content-length", "x-amz-date"] {
            assert_eq!(asked.header(absent), None, "{line}");
        }
        if line.contains("part-00000001") && asked.method == Method::PUT {
            assert_eq!(asked.header("content-length"), Some("0"));
        }
    }
}

#[tokio::test]
async fn the_clients_requests_are_as_recorded() {
    for (version, signature) in [(Version::V4, V4_QUERY), (Version::V2, V2_QUERY)] {
        let store = Store::with(&["object"]).await;
        store.memory.put("object", "data/heliograph", "hello");
        let sender = Sender::new(&Route::default()).unwrap();
        let signer = store.signer(version);
        let presigned = |request: &Request, life| signer.by_query(request, life, OffsetDateTime::now_utc());
        let get = || request(Method::GET, "object", "data/heliograph");
        let part = request(Method::PUT, "object", "data/u").query("uploadId", "i").query("partNumber", 1);
        let part = part.body(Body::Plain("part".into()));
        let ranged = get().header("range", "bytes=0-0").header("x-score-token", "t".repeat(340));
        let urls: Vec<(Presigned, u16)> = vec![
            (presigned(&get(), Life::seconds(300)), 200),
            (presigned(&part, Life::days(6)), 404),
            (presigned(&ranged, Life::days(1)), 206),
        ];
        for (url, status) in &urls {
            assert_eq!(sender.fetch(url, LIMIT).await.unwrap().status, *status);
        }
        let asked = store.requests();
        let lines: Vec<String> = asked.iter().map(Asked::line).collect();
        assert_eq!(
            lines,
            [
                format!("GET /object/data/heliograph?{signature}"),
                format!("PUT /object/data/u?uploadId&partNumber&{signature}"),
                format!("GET /object/data/heliograph?{signature}"),
            ]
        );
        for asked in &asked {
            assert_eq!(asked.header("accept-encoding"), Some("gzip,deflate"));
            assert_eq!((asked.header("authorization"), asked.header("content-type")), (None, None));
        }
        assert_eq!(asked[1].header("content-length"), Some("4"));
        assert_eq!(asked[2].header("range"), Some("bytes=0-0"));
        if version == Version::V4 {
            let of = |name| asked.iter().map(|asked| asked.query(name).unwrap()).collect::<Vec<_>>();
            assert_eq!(of("X-Amz-SignedHeaders"), ["host", "host", "host;range"]);
            assert_eq!(of("X-Amz-Expires"), ["300", "518400", "86400"]);
            // On the wire the list is encoded, as in the recording.
            assert!(urls[2].0.url.contains("X-Amz-SignedHeaders=host%3Brange&"), "{}", urls[2].0.url);
        }
    }
}

#[tokio::test]
async fn kms_headers_are_signed_with_either_version() {
    for version in [Version::V4, Version::V2] {
        let store = Store::with(&["object"]).await;
        let sender = Sender::new(&Route::default()).unwrap();
        let post = request(Method::POST, "object", "data/u")
            .query("uploads", "")
            .header("x-amz-server-side-encryption", "aws:kms")
            .header("x-amz-server-side-encryption-aws-kms-key-id", "key-1");
        let signed = store.signer(version).by_header(&post, OffsetDateTime::now_utc());
        assert_eq!(sender.send(signed.clone(), LIMIT).await.unwrap().status, 200);
        let mut forged = signed;
        forged.headers.insert("x-amz-server-side-encryption-aws-kms-key-id", "key-2".to_owned());
        assert_eq!(sender.send(forged, LIMIT).await.unwrap().status, 403);
    }
}
