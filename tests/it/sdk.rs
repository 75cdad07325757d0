//! Compares every request and every URL of the probe with those of the AWS SDK for Java 1.11.219 itself, byte by byte:
//! target, headers, signature, body. `sdk/Recorder.java` made the record.

use std::collections::BTreeMap;

use http::Method;
use score_setup::{
    score::Version,
    store::probe::{Body, Request, Signer},
    text::{Endpoint, secret::Secret, signing_region},
};
use time::{
    Duration, OffsetDateTime, PrimitiveDateTime, format_description::BorrowedFormatItem, macros::format_description,
};

const RECORD: &str = include_str!("sdk/sdk.tsv");
const V4_DATE: &[BorrowedFormatItem] = format_description!("[year][month][day]T[hour][minute][second]Z");
const HTTP_DATE: &[BorrowedFormatItem] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
/// The body that the SDK sends to complete an upload.
const COMPLETE: &str =
    "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>e</ETag></Part></CompleteMultipartUpload>";

struct Row<'a> {
    signer: Signer,
    name: &'a str,
    rest: Vec<&'a str>,
}

fn rows() -> Vec<Row<'static>> {
    RECORD.lines().map(row).collect()
}

fn row(line: &'static str) -> Row<'static> {
    let mut cells = line.split('\t');
    let endpoint = Endpoint::parse(cells.next().unwrap()).unwrap();
    let version = if cells.next() == Some("V4") { Version::V4 } else { Version::V2 };
    let region = signing_region(&endpoint.host);
    let (access_key, secret) = (" AKEXAMPLE ".to_owned(), Secret::new("secret\t"));
    let signer = Signer { version, endpoint, region, access_key, secret, unescapes_paths: false };
    Row { signer, name: cells.next().unwrap(), rest: cells.collect() }
}

fn moment(text: &str, format: &[BorrowedFormatItem]) -> OffsetDateTime {
    PrimitiveDateTime::parse(text, format).unwrap().assume_utc()
}

fn request(name: &str) -> Request {
    let get = |key| Request::new(Method::GET, "bkt", key);
    let post = || Request::new(Method::POST, "bkt", "data/u");
    let put = |length| {
        let body = Body::Streamed(vec![b'm'; length].into());
        Request::new(Method::PUT, "bkt", r#"upload/u_i/part-00000001|{"a":1,}"#).body(body)
    };
    match name {
        "acl" => get("").query("acl", ""),
        "head" => Request::new(Method::HEAD, "bkt", "data/x.meta"),
        "head slashes" => Request::new(Method::HEAD, "bkt", "/x//y"),
        "list folder" => get("")
            .query("prefix", "upload/u_")
            .query("delimiter", "/")
            .query("max-keys", 5000)
            .query("encoding-type", "url"),
        "list parts" => {
            get("").query("prefix", "upload/u_i/part").query("max-keys", 5000).query("encoding-type", "url")
        }
        "initiate" => post().query("uploads", ""),
        "initiate kms" => post()
            .query("uploads", "")
            .header("x-amz-server-side-encryption", "aws:kms")
            .header("x-amz-server-side-encryption-aws-kms-key-id", "key-1"),
        "put 0" => put(0),
        "put 10" => put(10),
        "put 300000" => put(300_000),
        "parts" => get("data/u").query("uploadId", "i~/+=").query("max-parts", 1).query("part-number-marker", 0),
        "complete" => {
            let body = Body::Plain(COMPLETE.into());
            post().query("uploadId", "i").header("content-type", "application/xml").body(body)
        }
        "get" => get("data/x"),
        "delete" => Request::new(Method::DELETE, "bkt", "data/x"),
        "abort" => Request::new(Method::DELETE, "bkt", "data/u").query("uploadId", "i"),
        "uploads" => get("").query("uploads", ""),
        other => panic!("{other}"),
    }
}

fn sha256(bytes: &[u8]) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA256, bytes);
    hash.as_ref().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

#[test]
fn the_servers_requests_are_those_of_the_sdk() {
    let rows: Vec<_> = rows().into_iter().filter(|row| row.rest.len() > 1).collect();
    assert_eq!(rows.len(), 64);
    for Row { signer, name, rest } in rows {
        let [method, target, body, headers @ ..] = &rest[..] else { panic!("{name}: {rest:?}") };
        let headers: BTreeMap<&str, &str> = headers.iter().map(|header| header.split_once('=').unwrap()).collect();
        let now = match signer.version {
            Version::V4 => moment(headers["x-amz-date"], V4_DATE),
            Version::V2 => moment(headers["date"], HTTP_DATE),
        };
        let request = ["amz-sdk-invocation-id", "user-agent"]
            .into_iter()
            .fold(request(name), |request, header| request.header(header, headers[header]));
        let ours = signer.by_header(&request, now);
        let sent: BTreeMap<&str, &str> = ours.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(
            (ours.method.as_str(), ours.target.as_str(), &sent),
            (*method, *target, &headers),
            "{name} {signer:?}"
        );
        assert_eq!(sha256(&ours.body), *body, "{name} {signer:?}");
    }
}

#[test]
fn the_urls_for_clients_are_those_of_the_sdk() {
    let rows: Vec<_> = rows().into_iter().filter(|row| row.rest.len() == 1).collect();
    assert_eq!(rows.len(), 60);
    for Row { signer, name, rest } in rows {
        let (kind, key) = name.split_once(' ').unwrap();
        let query = rest[0].split_once('?').unwrap().1;
        let query: BTreeMap<_, _> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let (now, life) = match signer.version {
            Version::V4 => (moment(&query["X-Amz-Date"], V4_DATE), query["X-Amz-Expires"].parse().unwrap()),
            Version::V2 => (OffsetDateTime::from_unix_timestamp(query["Expires"].parse().unwrap()).unwrap(), 0),
        };
        let request = if kind == "range" {
            Request::new(Method::GET, "my.bucket", key).header("range", "bytes=0-9")
        } else {
            Request::new(Method::PUT, "my.bucket", key).query("uploadId", "2~a/b+c=").query("partNumber", 1)
        };
        assert_eq!(signer.by_query(&request, Duration::seconds(life), now).url, rest[0], "{signer:?}");
    }
}
