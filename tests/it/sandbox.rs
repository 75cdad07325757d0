//! Tests the whole story of Score against the sandbox, whose verifier shares no code with the signer.

mod hostile;
mod judged;

use bytes::Bytes;
use http::{Method, StatusCode};
use score_setup::{
    answers::target::S3Store,
    score::{Scope, Version},
    store::{
        checks::{
            Leftover, Outcome, Repair,
            engine::{Board, Verdict},
            run::check_with_settings,
            s3::settings::SettingsReader,
        },
        probe::{Body, Reply, Request, Route, Sender, Signed, Signer, xml},
        provision::s3,
        sandbox::Sandbox,
        tune::Budget,
    },
    text::{Endpoint, secret::Secret, signing_region},
};
use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use crate::{checks, tune};

const LIMIT: Duration = Duration::from_secs(10);
const EMPTY: &str = "d41d8cd98f00b204e9800998ecf8427e";
const OBJECT: &str = "score-object";
const STATE: &str = "score-state";

struct Story {
    signer: Signer,
    sender: Sender,
    sandbox: Sandbox,
}

impl Story {
    async fn start(version: Version) -> Self {
        let sandbox = Sandbox::start().await.unwrap();
        let endpoint = Endpoint::parse(&sandbox.endpoint()).unwrap();
        let region = signing_region(&endpoint.host);
        let (access_key, secret) = (sandbox.access_key.clone(), sandbox.secret.clone());
        let signer = Signer { version, endpoint, region, access_key, secret, unescapes_paths: false };
        let story = Self { signer, sender: Sender::new(&Route::default()).unwrap(), sandbox };
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

fn store(sandbox: &Sandbox, version: Version) -> S3Store {
    let (access_key, secret_key) = (sandbox.access_key.clone(), sandbox.secret.clone());
    S3Store { access_key, secret_key, version, ..checks::target(&sandbox.endpoint()) }
}

/// Keeps the former lifecycle rules in this list.
#[derive(Default)]
struct Former(Mutex<Vec<Vec<u8>>>);

impl score_setup::store::provision::lifecycle::RulesKeeper for Former {
    fn keep(&self, _: &str, rules: &[u8]) -> io::Result<PathBuf> {
        self.0.lock().unwrap().push(rules.to_vec());
        Ok(PathBuf::new())
    }

    fn settle(&self, _: &str, _: &Path, replaced: bool) {
        assert!(replaced);
    }
}

#[tokio::test]
async fn an_administrator_makes_it_ready_and_all_checks_and_settings_pass() {
    for version in [Version::V4, Version::V2] {
        let sandbox = Sandbox::start().await.unwrap();
        let store = store(&sandbox, version);
        let (route, former) = (Route::default(), Former::default());
        let buckets = [OBJECT, STATE].map(|bucket| Repair::CreateBucket { bucket: bucket.into() });
        let sentinel = Repair::PutSentinel { bucket: OBJECT.into(), key: checks::SENTINEL.into() };
        let uploads = |days| Repair::AbortUploads { bucket: OBJECT.into(), prefix: "data/".into(), days };
        for repair in buckets.into_iter().chain([sentinel, uploads(30), uploads(40)]) {
            let done = s3::repair(&store, &route, None, &repair, &former).await;
            assert!(done.is_ok(), "{version:?} {repair:?}: {:?}", done.map_err(|error| error.to_string()));
        }
        // The second rule was not needed.
        assert_eq!(former.0.lock().unwrap().len(), 1);

        let board = Arc::new(Mutex::new(Board::default()));
        let fold = board.clone();
        let news = move |news| fold.lock().unwrap().apply(news);
        let (reader, stop) = (SettingsReader { keys: None, score_cleans_up: false }, CancellationToken::new());
        check_with_settings(store.clone().into(), route.clone(), Scope::All, reader, stop, news).await;
        let board = std::mem::take(&mut *board.lock().unwrap());
        let unread = board.outcomes().filter(|(_, outcome)| !matches!(outcome, Outcome::Pass(_)));
        let unread: Vec<_> = unread.map(|(row, outcome)| format!("{} {outcome:?}", row.id)).collect();
        // Only Ceph shows a quota. Loopback and http are notes.
        assert_eq!(unread.iter().filter(|line| line.starts_with("object-quota NotProbed")).count(), 1, "{unread:#?}");
        assert!(!board.failed() && board.verdict() == Some(Verdict::Warn), "{unread:#?}");
        assert_eq!(sandbox.memory.objects(), [format!("{OBJECT}/{}", checks::SENTINEL)]);

        let id = sandbox.memory.begin(OBJECT, "left", None).unwrap();
        sandbox.memory.put(STATE, "left", "over");
        let left = |bucket: &str, upload| Leftover { bucket: bucket.into(), key: "left".into(), upload };
        let all = [left(OBJECT, Some(id)), left(STATE, None)];
        assert_eq!(s3::remove(&store, &route, None, &all).await, []);
        assert_eq!((sandbox.memory.objects().len(), sandbox.memory.uploads().len()), (1, 0));
    }
}

#[tokio::test]
async fn part_sizes_are_measured_on_it() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.memory.create(STATE);
    sandbox.memory.put(OBJECT, checks::SENTINEL, "hello");
    let budget = Budget { time: Duration::from_secs(4), bytes: 60 << 20 };
    let measured = tune::measured(store(&sandbox, Version::V4), budget, CancellationToken::new(), |_| ()).await;
    assert!(measured.finished.is_some_and(|end| end.leftovers.is_empty()));
    assert_eq!(sandbox.memory.objects(), [format!("{OBJECT}/{}", checks::SENTINEL)]);
    assert_eq!(sandbox.memory.uploads(), Vec::<String>::new());
}
