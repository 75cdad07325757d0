//! Tests the whole story of Score against the sandbox, whose verifier is not our code.

use bytes::Bytes;
use http::{Method, StatusCode};
use score_setup::{
    score::Version,
    store::{
        probe::{Body, Reply, Request, Route, Sender, Signed, Signer, xml},
        sandbox::Sandbox,
    },
    text::{Endpoint, secret::Secret, signing_region},
};
use std::time::Duration;
use time::OffsetDateTime;

const LIMIT: Duration = Duration::from_secs(10);
const EMPTY: &str = "d41d8cd98f00b204e9800998ecf8427e";
const OBJECT: &str = "score-object";
const STATE: &str = "score-state";

struct Story {
    signer: Signer,
    sender: Sender,
    _sandbox: Sandbox,
}

impl Story {
    async fn start(version: Version) -> Self {
        let sandbox = Sandbox::start().await.unwrap();
        let endpoint = Endpoint::parse(&sandbox.endpoint()).unwrap();
        let region = signing_region(&endpoint.host);
        let (access_key, secret) = (sandbox.access_key.clone(), sandbox.secret.clone());
        let signer = Signer { version, endpoint, region, access_key, secret, unescapes_paths: false };
        let story = Self { signer, sender: Sender::new(&Route::default()).unwrap(), _sandbox: sandbox };
        for bucket in [OBJECT, STATE] {
            story.server(200, Request::new(Method::PUT, bucket, "")).await;
        }
        story
    }

    async fn server(&self, want: u16, request: Request) -> Reply {
        let signed = self.signer.by_header(&request, OffsetDateTime::now_utc());
        self.judged(want, &request, self.sender.send(signed, LIMIT).await.unwrap())
    }

    async fn client(&self, want: u16, request: Request) -> Reply {
        let presigned = self.signer.by_query(&request, time::Duration::minutes(5), OffsetDateTime::now_utc());
        self.judged(want, &request, self.sender.fetch(&presigned, LIMIT).await.unwrap())
    }

    fn judged(&self, want: u16, request: &Request, reply: Reply) -> Reply {
        let Reply { status, body, .. } = &reply;
        assert_eq!(*status, want, "{:?} {request:?}: {}", self.signer.version, String::from_utf8_lossy(body));
        reply
    }
}

fn etag(reply: &Reply) -> &str {
    xml::unquoted(reply.headers["etag"].to_str().unwrap())
}

fn get(bucket: &str, key: &str) -> Request {
    Request::new(Method::GET, bucket, key)
}

fn put(bucket: &str, key: &str, body: Body) -> Request {
    Request::new(Method::PUT, bucket, key).body(body)
}

fn list(prefix: &str) -> Request {
    get(STATE, "").query("prefix", prefix).query("max-keys", 5000).query("encoding-type", "url")
}

fn uploads() -> Request {
    Request::new(Method::POST, OBJECT, "data/o").query("uploads", "").body(Body::Plain(Bytes::new()))
}

#[tokio::test]
async fn all_that_score_does_works_with_both_signatures() {
    for version in [Version::V4, Version::V2] {
        let story = Story::start(version).await;
        let acl = story.server(200, get(OBJECT, "").query("acl", "")).await;
        assert_eq!(xml::acl(&acl.body), Ok(()));
        story.server(404, Request::new(Method::HEAD, STATE, "data/none.meta")).await;
        let nothing = story.server(200, list("upload/o_").query("delimiter", "/")).await;
        assert_eq!(xml::keys(&nothing.body).unwrap(), Vec::<String>::new());

        let started = story.server(200, uploads()).await;
        let id = xml::upload_id(&started.body).unwrap();
        let part = put(OBJECT, "data/o", Body::Plain("hello".into())).query("uploadId", &id).query("partNumber", 1);
        let sent = story.client(200, part).await;
        assert_eq!(etag(&sent), "5d41402abc4b2a76b9719d911017c592");
        let listed = get(OBJECT, "data/o").query("uploadId", &id).query("max-parts", 1);
        for (after, numbers) in [(0, vec![1]), (1, vec![])] {
            let reply = story.server(200, listed.clone().query("part-number-marker", after)).await;
            let parts = xml::parts(&reply.body).unwrap();
            assert_eq!(parts.iter().map(|part| part.number).collect::<Vec<_>>(), numbers);
        }

        let folder = format!("upload/o_{id}");
        let meta = format!("{folder}/.meta");
        let marker = format!(r#"{folder}/part-00000001|{{"partNumber":1,"md5":"{EMPTY}","etag":"{EMPTY}"}}"#);
        let long = Bytes::from(vec![b'm'; 300_000]);
        story.server(200, put(STATE, &meta, Body::Streamed(long.clone()))).await;
        let reply = story.server(200, put(STATE, &marker, Body::Streamed(Bytes::new()))).await;
        assert_eq!(etag(&reply), EMPTY);
        assert_eq!(story.server(200, get(STATE, &meta)).await.body, long);
        assert_eq!(story.server(200, get(STATE, &marker)).await.body, "");
        let found = story.server(200, list(&format!("{folder}/part"))).await;
        assert_eq!(xml::keys(&found.body).unwrap(), std::slice::from_ref(&marker));
        for key in [&meta, &marker] {
            story.server(200, Request::new(Method::HEAD, STATE, key)).await;
            story.server(204, Request::new(Method::DELETE, STATE, key)).await;
            story.server(404, Request::new(Method::HEAD, STATE, key)).await;
        }

        let unfinished = story.server(200, get(OBJECT, "").query("uploads", "")).await;
        assert!(String::from_utf8_lossy(&unfinished.body).contains(&id));
        let done = format!(
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{}</ETag></Part></CompleteMultipartUpload>",
            etag(&sent)
        );
        let complete = Request::new(Method::POST, OBJECT, "data/o")
            .query("uploadId", &id)
            .header("content-type", "application/xml")
            .body(Body::Plain(done.into()));
        let reply = story.server(200, complete).await;
        assert!(xml::completed_etag(&reply.body).unwrap().ends_with("-1"));
        let ranged = get(OBJECT, "data/o").header("range", "bytes=1-2").header("x-score-token", "t".repeat(340));
        assert_eq!(story.client(206, ranged).await.body, "el");

        let id = xml::upload_id(&story.server(200, uploads()).await.body).unwrap();
        let abort = Request::new(Method::DELETE, OBJECT, "data/o").query("uploadId", &id);
        story.server(204, abort.clone()).await;
        story.server(404, abort).await;
    }
}

#[tokio::test]
async fn what_is_wrong_is_refused_as_by_aws() {
    for version in [Version::V4, Version::V2] {
        let story = Story::start(version).await;
        let code = |reply: Reply| xml::fault(&reply.body).unwrap().code;
        let ask = get(OBJECT, "").query("acl", "");
        let stranger = Signer { access_key: "NOBODY".into(), ..story.signer.clone() };
        let forger = Signer { secret: Secret::new("wrong"), ..story.signer.clone() };
        for (signer, why) in [(stranger, "InvalidAccessKeyId"), (forger, "SignatureDoesNotMatch")] {
            let reply = story.sender.send(signer.by_header(&ask, OffsetDateTime::now_utc()), LIMIT).await.unwrap();
            assert_eq!((reply.status, code(reply).as_str()), (StatusCode::FORBIDDEN, why));
        }
        let anonymous = Signed::unsigned(&story.signer.endpoint, &ask);
        let reply = story.sender.send(anonymous, LIMIT).await.unwrap();
        assert_eq!((reply.status, code(reply).as_str()), (StatusCode::FORBIDDEN, "AccessDenied"));
        let mut url = story.signer.by_query(&get(OBJECT, "data/o"), time::Duration::MINUTE, OffsetDateTime::now_utc());
        url.url = url.url.replace("data/o", "data/p");
        let reply = story.sender.fetch(&url, LIMIT).await.unwrap();
        assert_eq!(code(reply), "SignatureDoesNotMatch");

        for (request, why) in [
            (get("nowhere", "").query("acl", ""), "NoSuchBucket"),
            (put("nowhere", "key", Body::Streamed("x".into())), "NoSuchBucket"),
            (get(OBJECT, "data/none"), "NoSuchKey"),
            (get(OBJECT, "data/o").query("uploadId", "none").query("max-parts", 1), "NoSuchUpload"),
        ] {
            assert_eq!(code(story.server(404, request).await), why);
        }
        let again = story.server(409, Request::new(Method::PUT, OBJECT, "")).await;
        assert_eq!(code(again), "BucketAlreadyOwnedByYou");
    }
}
