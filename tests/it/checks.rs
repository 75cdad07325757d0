//! Tests the checks against the sandbox's store and its faults: the content of each finding, that a good store passes,
//! and that nothing is left over.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use http::Method;
use score_setup::{
    answers::target,
    score::{Id, Scope, Version, provider::S3Port},
    store::{
        checks::{
            News, Outcome, Repair,
            engine::{Board, Verdict},
            run::check_store,
        },
        probe::{Route, Waits},
    },
    text::secret::Secret,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_util::sync::CancellationToken;

use crate::store::{ACCESS_KEY, Answer, Asked, SECRET, Store};

pub(crate) const OBJECT: &str = "score-object";
pub(crate) const STATE: &str = "score-state";
pub(crate) const SENTINEL: &str = "data/heliograph";

pub(crate) fn target(endpoint: &str) -> target::S3Store {
    target::S3Store {
        endpoint: endpoint.into(),
        override_host: None,
        access_key: ACCESS_KEY.into(),
        secret_key: Secret::new(SECRET),
        version: Version::V4,
        kms_key: None,
        object_bucket: OBJECT.into(),
        state_bucket: STATE.into(),
        pool: 0,
        data_directory: "data".into(),
        upload_directory: "upload".into(),
        sentinel: "heliograph".into(),
        part_size: 67_108_864,
        upload_expiration_days: 6,
        download_expiration_days: 1,
        connection_timeout: Duration::from_secs(15),
        retry_limit: 5,
        unescapes_paths: false,
        region: None,
        usual_ports: Vec::new(),
    }
}

pub(crate) async fn good() -> Store {
    let store = Store::with(&[OBJECT, STATE]).await;
    store.memory.put(OBJECT, SENTINEL, "hello from the sentinel");
    store
}

/// Returns the keys in a bucket, with those of unfinished uploads.
pub(crate) fn kept(store: &Store, bucket: &str) -> Vec<String> {
    let all = store.memory.objects().into_iter().chain(store.memory.uploads());
    all.filter_map(|key| key.strip_prefix(&format!("{bucket}/")).map(str::to_owned)).collect()
}

/// Waits that are shorter than those of Score, so that a fault does not cost its time here.
pub(crate) const SHORT: Waits = Waits {
    score: Duration::from_secs(4),
    client: Duration::from_secs(2),
    pause: Duration::from_millis(1),
    throttled_pause: Duration::from_millis(1),
};

pub(crate) fn short() -> Route {
    Route { waits: SHORT, ..Route::default() }
}

pub(crate) async fn checked(store: target::S3Store, scope: Scope) -> Board {
    checked_by(short(), store, scope).await
}

pub(crate) async fn checked_by(route: Route, store: target::S3Store, scope: Scope) -> Board {
    let board = Arc::new(Mutex::new(Board::default()));
    let fold = board.clone();
    let stop = CancellationToken::new();
    check_store(store.into(), route, scope, stop, move |news| fold.lock().unwrap().apply(news)).await;
    // A connection may report until it is closed.
    std::mem::take(&mut *board.lock().unwrap())
}

/// Lists all results except passes and waiting rows, one line each.
pub(crate) fn seen(board: &Board) -> Vec<String> {
    board
        .outcomes()
        .filter_map(|(row, outcome)| match outcome {
            Outcome::Pass(_) | Outcome::Waiting(_) => None,
            Outcome::NotProbed(why) => Some(format!("{} not probed: {why}", row.id)),
            Outcome::Warn(finding) | Outcome::Fail(finding) => {
                Some(format!("{} {} {:?} {:?}", row.id, finding.id, finding.severity, finding.settings.first()))
            }
        })
        .collect()
}

/// The note on loopback, which every run has.
pub(crate) const LOOPBACK: &str = "client-address P31 Note Some(\"s3.endpoint\")";
pub(crate) const NO_TLS: &str = "tls not probed: not used (http)";

#[tokio::test]
async fn a_good_store_is_all_green_and_nothing_is_left_over() {
    for version in [Version::V4, Version::V2] {
        let store = good().await;
        let board = checked(target::S3Store { version, ..target(&store.endpoint()) }, Scope::All).await;
        assert_eq!(seen(&board), [NO_TLS, LOOPBACK], "{version:?}");
        assert_eq!(board.verdict(), Some(Verdict::Warn));
        assert_eq!(board.end.as_ref().unwrap().leftovers, []);
        assert_eq!(kept(&store, OBJECT), [SENTINEL]);
        assert_eq!(kept(&store, STATE), Vec::<String>::new());
    }
}

#[tokio::test]
async fn uploads_that_nobody_ended_are_told() {
    let store = good().await;
    let others = "<Upload><Key>data/a</Key><UploadId>1</UploadId></Upload>\
                  <Upload><Key>data/b\u{202e}</Key><UploadId>2</UploadId></Upload></ListMultipartUploadsResult>";
    store.alter(
        |asked| asked.method == Method::GET && asked.query("uploads").is_some(),
        |reply| {
            let body = String::from_utf8_lossy(&reply.body).into_owned();
            reply.body = body.replace("</ListMultipartUploadsResult>", others).into();
        },
    );
    let board = checked(target(&store.endpoint()), Scope::All).await;
    let told: Vec<_> = board.outcomes().filter(|(row, _)| row.id == "abort").map(|(_, outcome)| outcome).collect();
    assert!(
        matches!(&told[..], [Outcome::Pass(said)]
        if said.starts_with("2 other uploads are unfinished: data/a, data/b") && !said.contains('\u{202e}')),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_run_that_may_not_write_writes_nothing_and_proves_nothing() {
    let store = good().await;
    let board = checked(target(&store.endpoint()), Scope::ReadOnly).await;
    assert_eq!(board.verdict(), Some(Verdict::Unproven));
    let writing: Vec<_> = store
        .requests()
        .into_iter()
        .filter(|asked| ![Method::GET, Method::HEAD].contains(&asked.method))
        .map(|asked| asked.line())
        .collect();
    assert_eq!(writing, Vec::<String>::new());
}

#[tokio::test]
async fn one_bucket_for_both_is_fine() {
    let store = Store::with(&["both"]).await;
    store.memory.put("both", SENTINEL, "hello");
    let target =
        target::S3Store { object_bucket: "both".into(), state_bucket: "both".into(), ..target(&store.endpoint()) };
    assert_eq!(seen(&checked(target, Scope::All).await), [NO_TLS, LOOPBACK]);
    assert_eq!(kept(&store, "both"), [SENTINEL]);
}

#[tokio::test]
async fn a_pool_is_tried_in_every_bucket_and_its_base_state_bucket_may_be_missing() {
    let store = Store::with(&[OBJECT, "score-object.0", "score-object.1", "score-state.0", "score-state.1"]).await;
    store.memory.put(OBJECT, SENTINEL, "hello");
    let pool = |pool| target::S3Store { pool, ..target(&store.endpoint()) };
    let board = checked(pool(2), Scope::All).await;
    assert_eq!(seen(&board), [NO_TLS, LOOPBACK]);
    for bucket in ["score-object.0", "score-object.1", "score-state.0", "score-state.1"] {
        assert_eq!(kept(&store, bucket), Vec::<String>::new());
    }
    let board = checked(pool(3), Scope::All).await;
    assert_eq!(
        seen(&board),
        [
            NO_TLS,
            "object-bucket:score-object.2 P43 Transfer Some(\"bucket.name.object\")",
            "state-bucket:score-state.2 P43 Transfer Some(\"bucket.name.state\")",
            LOOPBACK
        ]
    );
}

pub(crate) type Fault = fn(&Store);
pub(crate) type Change = fn(&mut target::S3Store);

pub(crate) fn nothing(_: &Store) {}

pub(crate) fn as_it_is(_: &mut target::S3Store) {}

pub(crate) fn streamed(asked: &Asked) -> bool {
    asked.header("x-amz-content-sha256") == Some("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
}

fn empty_and_streamed(asked: &Asked) -> bool {
    streamed(asked) && asked.header("x-amz-decoded-content-length") == Some("0")
}

/// Returns true for the state document of an upload, and for the metadata that Score stores of an object.
pub(crate) fn meta(asked: &Asked) -> bool {
    asked.key().rsplit('.').next() == Some("meta")
}

pub(crate) fn listing(asked: &Asked, bucket: &str) -> bool {
    asked.bucket() == bucket && asked.query("prefix").is_some()
}

pub(crate) fn part(asked: &Asked) -> bool {
    asked.method == Method::PUT && asked.query("partNumber").is_some()
}

pub(crate) fn presigned(asked: &Asked) -> bool {
    asked.query("X-Amz-Signature").is_some()
}

/// A fault of the store, a change of the configuration, and the results in addition to [`LOOPBACK`].
const FAULTS: &[Case] = &[
    ("wrong secret", nothing, |s| s.secret_key = Secret::new("another"), &["sign-in P34 Ping Some(\"s3.secretKey\")"]),
    ("unknown key", nothing, |s| s.access_key = "NOBODY".into(), &["sign-in P35 Ping Some(\"s3.accessKey\")"]),
    ("temporary key", nothing, |s| s.access_key = "ASIA0000".into(), &["sign-in P08 Ping Some(\"s3.accessKey\")"]),
    (
        "Garage's words for a wrong secret",
        |s| {
            s.answer(
                |a| a.query("prefix").is_some(),
                Answer::new(403)
                    .body("<Error><Code>AccessDenied</Code><Message>Forbidden: Invalid signature</Message></Error>"),
            );
        },
        as_it_is,
        &["sign-in P34 Ping Some(\"s3.secretKey\")"],
    ),
    (
        "skewed",
        |s| s.refuse(|a| a.query("prefix").is_some(), 403, "RequestTimeTooSkewed"),
        as_it_is,
        &["sign-in P36 Ping None"],
    ),
    (
        "a clock far away",
        |s| {
            s.answer(
                |a| a.path == "/",
                Answer::new(403).header("date", "Tue, 24 Nov 2015 10:00:00 GMT").header("x-amz-request-id", "1"),
            );
        },
        as_it_is,
        &["clock P36 Ping None"],
    ),
    (
        "another region",
        |s| {
            s.answer(
                |a| a.query("prefix").is_some(),
                Answer::new(400).body("<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region is wrong</Message><Region>eu-west-1</Region></Error>"),
            );
        },
        as_it_is,
        &["sign-in P37 Ping Some(\"s3.endpoint\")"],
    ),
    (
        "version 4 unknown",
        |s| s.refuse(|a| a.header("x-amz-date").is_some() || a.query("X-Amz-Date").is_some(), 400, "InvalidRequest"),
        as_it_is,
        &["sign-in P38 Ping Some(\"s3.sigV4Enabled\")"],
    ),
    (
        "HTML",
        |s| s.answer(|_| true, Answer::new(200).body("<!DOCTYPE html><title>x</title>")),
        as_it_is,
        &["service P79 Ping Some(\"s3.endpoint\")"],
    ),
    (
        "console",
        |s| {
            s.answer(
                |_| true,
                Answer::new(403).body("<Error><Code>AccessDenied</Code><Message>S3 API Requests must be made to API port.</Message></Error>"),
            );
        },
        as_it_is,
        &["service P19 Ping Some(\"s3.endpoint\")"],
    ),
    (
        "http to a TLS port",
        |s| s.answer(|_| true, Answer::new(400).body("Client sent an HTTP request to an HTTPS server.\n")),
        as_it_is,
        &["service P17 Ping Some(\"s3.endpoint\")"],
    ),
    (
        "https to a plain port",
        nothing,
        |s| s.endpoint = s.endpoint.replace("http:", "https:"),
        &["tls P18 Ping Some(\"s3.endpoint\")"],
    ),
    (
        "no object bucket",
        nothing,
        |s| s.object_bucket = "score-nowhere".into(),
        &["object-bucket P43 Ping Some(\"bucket.name.object\")"],
    ),
    (
        "the host taken for a bucket",
        |s| {
            s.answer(
                |a| a.query("prefix").is_some(),
                Answer::new(404).body(
                    "<Error><Code>NoSuchBucket</Code><Message></Message><BucketName>127.0.0.1</BucketName></Error>",
                ),
            );
        },
        as_it_is,
        &["object-bucket P41 Ping Some(\"s3.endpoint\")", "state-bucket P41 Transfer Some(\"s3.endpoint\")"],
    ),
    (
        "no state bucket",
        nothing,
        |s| s.state_bucket = "score-nowhere".into(),
        &["state-bucket P43 Transfer Some(\"bucket.name.state\")"],
    ),
    (
        "object ListBucket denied",
        |s| s.refuse(|a| listing(a, OBJECT), 403, "AccessDenied"),
        as_it_is,
        &["object-bucket P47 Note Some(\"s3.accessKey\")"],
    ),
    ("acl denied", |s| s.refuse(|a| a.query("acl").is_some(), 403, "AccessDenied"), as_it_is, &[]),
    (
        "acl unknown",
        |s| s.refuse(|a| a.query("acl").is_some(), 501, "NotImplemented"),
        as_it_is,
        &["object-bucket P86 Note Some(\"bucket.name.object\")"],
    ),
    (
        "uploads not listed",
        |s| s.refuse(|a| a.method == Method::GET && a.query("uploads").is_some(), 403, "AccessDenied"),
        as_it_is,
        &["abort P45 Note Some(\"s3.accessKey\")"],
    ),
    (
        "a key of KMS that the store does not have",
        |s| s.refuse(|a| a.header("x-amz-server-side-encryption").is_some(), 501, "NotImplemented"),
        |s| s.kms_key = Some("123456789".into()),
        &["multipart P39 Transfer Some(\"s3.masterEncryptionKeyId\")"],
    ),
    (
        "no beginning of uploads",
        |s| s.refuse(|a| a.method == Method::POST && a.bucket() == OBJECT, 403, "AccessDenied"),
        as_it_is,
        &["multipart P49 Transfer Some(\"s3.accessKey\")"],
    ),
    (
        "parts not listed",
        |s| s.refuse(|a| a.query("max-parts").is_some(), 403, "AccessDenied"),
        as_it_is,
        &["parts-listed P49 Transfer Some(\"s3.accessKey\")"],
    ),
    (
        "absent is forbidden",
        |s| {
            s.refuse(|a| listing(a, STATE), 403, "AccessDenied");
            s.refuse(|a| meta(a) && a.key().starts_with("data/"), 403, "AccessDenied");
        },
        as_it_is,
        &[
            "state-bucket not probed: the key may not list it: see the missing object",
            "absent-key P47 Transfer Some(\"s3.accessKey\")",
        ],
    ),
    (
        "state listing denied, and absent is absent",
        |s| s.refuse(|a| listing(a, STATE), 403, "AccessDenied"),
        as_it_is,
        &[
            "state-bucket not probed: the key may not list it: see the missing object",
            "absent-key P47 Transfer Some(\"s3.accessKey\")",
        ],
    ),
    (
        "state not readable at all",
        |s| {
            s.refuse(|a| [Method::GET, Method::HEAD].contains(&a.method) && meta(a), 403, "AccessDenied");
        },
        as_it_is,
        &["absent-key P49 Transfer Some(\"s3.accessKey\")", "state-read P49 Transfer Some(\"s3.accessKey\")"],
    ),
    (
        "state not written",
        |s| s.refuse(|a| a.method == Method::PUT && a.bucket() == STATE && !part(a), 403, "AccessDenied"),
        as_it_is,
        &["state-meta P49 Transfer Some(\"s3.accessKey\")"],
    ),
    (
        "state not read",
        |s| s.refuse(|a| a.method == Method::GET && a.key().ends_with("/.meta"), 403, "AccessDenied"),
        as_it_is,
        &["state-read P49 Transfer Some(\"s3.accessKey\")"],
    ),
    (
        "quota",
        |s| s.refuse(|a| a.method == Method::PUT && streamed(a), 403, "QuotaExceeded"),
        as_it_is,
        &["state-meta P42 Transfer Some(\"s3.accessKey\")"],
    ),
    (
        "as Ceph 16.2.15",
        |s| s.refuse(empty_and_streamed, 400, "XAmzContentSHA256Mismatch"),
        as_it_is,
        &["state-marker P71 Transfer Some(\"s3.sigV4Enabled\")"],
    ),
    (
        "as Swift 2.30",
        |s| s.refuse(streamed, 501, "NotImplemented"),
        as_it_is,
        &["state-meta P72 Transfer Some(\"s3.sigV4Enabled\")"],
    ),
    (
        "as rclone 1.75",
        |s| {
            s.alter(
                |a| a.method == Method::POST && a.query("uploads").is_some(),
                |reply| {
                    let body = String::from_utf8_lossy(&reply.body).replace("MultipartUploadResult", "MultipartUpload");
                    reply.body = body.into();
                },
            );
        },
        as_it_is,
        &["multipart P73 Transfer Some(\"s3.endpoint\")", "complete P73 Transfer Some(\"s3.endpoint\")"],
    ),
    (
        "ETag of a part",
        |s| {
            s.alter(
                |a| part(a) && a.bucket() == OBJECT,
                |reply| drop(reply.headers.insert("etag", "\"0123\"".parse().unwrap())),
            );
        },
        as_it_is,
        &["part P52 Transfer Some(\"bucket.name.object\")"],
    ),
    (
        "ETag of the state",
        |s| s.alter(streamed, |reply| drop(reply.headers.insert("etag", "\"0123\"".parse().unwrap()))),
        as_it_is,
        &["state-meta P52 Transfer Some(\"bucket.name.state\")"],
    ),
    ("no sentinel", nothing, |s| s.sentinel = "lighthouse".into(), &["sentinel P50 Ping Some(\"object.sentinel\")"]),
    (
        "object GetObject denied",
        |s| s.refuse(|a| a.key() == SENTINEL, 403, "AccessDenied"),
        as_it_is,
        &["sentinel P49 Ping Some(\"s3.accessKey\")"],
    ),
    (
        "pre-signed refused",
        |s| s.answer(presigned, Answer::new(500).body("<html>moto</html>")),
        as_it_is,
        &[
            "part P74 Transfer Some(\"s3.endpoint\")",
            "complete not probed: its part could not be sent: see the pre-signed part",
            "sentinel P74 Ping Some(\"s3.endpoint\")",
        ],
    ),
    (
        "an override that nobody restores",
        |s| {
            s.refuse(
                |a| a.header("host").is_some_and(|host| host.starts_with("localhost")),
                403,
                "SignatureDoesNotMatch",
            );
        },
        |s| s.override_host = Some(s.endpoint.replace("127.0.0.1", "localhost")),
        &[
            "part P32 Transfer Some(\"s3.preSignedUrl.override.host\")",
            "complete not probed: its part could not be sent: see the pre-signed part",
            "sentinel P32 Ping Some(\"s3.preSignedUrl.override.host\")",
        ],
    ),
    (
        "a range dropped on the way",
        |s| s.answer(|a| a.header("range").is_some(), Answer::new(200).body("hello from the sentinel")),
        as_it_is,
        &["ranged-get P82 Transfer Some(\"s3.endpoint\")"],
    ),
    (
        "body too large",
        |s| s.answer(|a| part(a) && a.bucket() == OBJECT, Answer::new(413).body("<html>413</html>")),
        as_it_is,
        &["part P54 Transfer Some(\"s3.endpoint\")"],
    ),
    (
        "an uncompleted upload",
        |s| s.refuse(|a| a.method == Method::POST && a.query("uploadId").is_some(), 500, "InternalError"),
        as_it_is,
        &["complete P90 Transfer Some(\"s3.endpoint\")"],
    ),
    (
        "a name that is none",
        |s| s.refuse(|a| listing(a, OBJECT), 400, "InvalidBucketName"),
        as_it_is,
        &["object-bucket P44 Ping Some(\"bucket.name.object\")"],
    ),
    ("slow down", |s| s.refuse(|a| listing(a, OBJECT), 503, "SlowDown"), as_it_is, &["object-bucket P78 Ping None"]),
    (
        "state not deleted",
        |s| s.refuse(|a| a.method == Method::DELETE && a.bucket() == STATE, 403, "AccessDenied"),
        as_it_is,
        &["state-delete P49 Note Some(\"s3.accessKey\")"],
    ),
];

#[tokio::test]
async fn each_fault_is_told_by_its_name_with_its_setting_and_severity() {
    tell(FAULTS).await;
}

pub(crate) type Case = (&'static str, Fault, Change, &'static [&'static str]);

pub(crate) async fn tell(faults: &[Case]) {
    let mut wrong = Vec::new();
    for (name, fault, change, wanted) in faults {
        let store = good().await;
        fault(&store);
        let mut target = target(&store.endpoint());
        change(&mut target);
        let board = checked(target, Scope::All).await;
        let seen: Vec<_> =
            seen(&board).into_iter().filter(|line| !line.starts_with("client-address") && line != NO_TLS).collect();
        if seen != *wanted {
            let evidence: Vec<_> =
                board.findings().iter().map(|(_, f)| format!("{} {:?}", f.summary, f.evidence)).collect();
            wrong.push(format!("{name}: {seen:#?}, not {wanted:#?}; {evidence:#?}"));
        }
        let shown = format!("{board:?}");
        assert!(!shown.contains(SECRET) && !shown.contains("Signature="), "{name} shows a secret");
        for (row, finding) in board.findings() {
            assert!(finding.hints.len() <= 3, "{name}: {}", row.id);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn repair_of(store: &Store, change: impl FnOnce(&mut target::S3Store), id: Id) -> Option<Repair> {
    let mut target = target(&store.endpoint());
    change(&mut target);
    let board = checked(target, Scope::All).await;
    board.findings().into_iter().find(|(_, finding)| finding.id == id).unwrap().1.repair.clone()
}

#[tokio::test]
async fn what_the_tool_can_mend_is_offered() {
    let store = good().await;
    assert_eq!(
        repair_of(&store, |target| target.state_bucket = "elsewhere".into(), Id::P43).await,
        Some(Repair::CreateBucket { bucket: "elsewhere".into() })
    );
    assert_eq!(
        repair_of(&store, |target| target.sentinel = "lighthouse".into(), Id::P50).await,
        Some(Repair::PutSentinel { bucket: OBJECT.into(), key: "data/lighthouse".into() })
    );
    let endpoint = store.endpoint();
    assert_eq!(
        repair_of(&store, |target| target.endpoint = endpoint.replace("http:", "https:"), Id::P18).await,
        Some(Repair::Answer { key: "s3.endpoint", value: endpoint.clone() })
    );
}

#[tokio::test]
async fn the_other_signature_version_is_offered_only_when_it_passes_the_whole_story() {
    let switch = |value: &str| Some(Repair::Answer { key: "s3.sigV4Enabled", value: value.into() });
    let ceph = good().await;
    ceph.refuse(empty_and_streamed, 400, "XAmzContentSHA256Mismatch");
    assert_eq!(repair_of(&ceph, |_| {}, Id::P71).await, switch("false"));
    assert_eq!(kept(&ceph, STATE), Vec::<String>::new(), "the other story is cleaned up too");

    // The store refuses parts with version 2.
    ceph.refuse(|asked| part(asked) && asked.query("AWSAccessKeyId").is_some(), 403, "AccessDenied");
    assert_eq!(repair_of(&ceph, |_| {}, Id::P71).await, None);

    let modern = good().await;
    modern.refuse(
        |asked| asked.header("authorization").is_some_and(|it| it.starts_with("AWS ")),
        400,
        "InvalidRequest",
    );
    assert_eq!(repair_of(&modern, |target| target.version = Version::V2, Id::P38).await, switch("true"));

    // A KMS key forces version 4, so the version cannot change.
    let ceph = good().await;
    ceph.refuse(streamed, 501, "NotImplemented");
    assert_eq!(repair_of(&ceph, |target| target.kms_key = Some("key".into()), Id::P72).await, None);
}

/// Version 4 fails by the empty body, and version 2 by the path that Score sends up to 5.10, as on Ceph 16.2.15.
#[tokio::test]
async fn an_old_release_without_a_working_version_is_told_the_newer_release() {
    for version in [Version::V4, Version::V2] {
        let ceph = good().await;
        ceph.refuse(empty_and_streamed, 400, "XAmzContentSHA256Mismatch");
        let target = target::S3Store { version, unescapes_paths: true, ..target(&ceph.endpoint()) };
        let board = checked(target, Scope::All).await;
        let (_, finding) = &board.findings()[0];
        let newer = finding.hints.iter().any(|hint| hint.starts_with("Use Score 5.11 or newer"));
        assert!(newer && finding.repair.is_none(), "{version:?}: {:?}", finding.hints);
        assert_eq!((kept(&ceph, OBJECT), kept(&ceph, STATE)), (vec![SENTINEL.to_owned()], vec![]), "{version:?}");
    }
}

#[tokio::test]
async fn a_stopped_run_cleans_up_and_says_so() {
    let store = good().await;
    let stop = CancellationToken::new();
    let hand = stop.clone();
    let all = Arc::new(Mutex::new(Vec::new()));
    let heard = all.clone();
    // The run is stopped in the middle of both stories.
    let news = move |news: News| {
        if matches!(&news, News::Started(id) if id == "state-list" || id == "part") {
            hand.cancel();
        }
        heard.lock().unwrap().push(news);
    };
    check_store(target(&store.endpoint()).into(), Route::default(), Scope::All, stop, news).await;
    let all = all.lock().unwrap();
    assert!(
        matches!(all.last(), Some(News::Finished { leftovers, stopped: true, .. }) if leftovers.is_empty()),
        "{all:?}"
    );
    assert_eq!(kept(&store, OBJECT), [SENTINEL]);
    assert_eq!(kept(&store, STATE), Vec::<String>::new());
}

#[tokio::test]
async fn what_cannot_be_removed_is_told() {
    let store = good().await;
    store.refuse(|asked| asked.method == Method::DELETE, 403, "AccessDenied");
    let board = checked(target(&store.endpoint()), Scope::All).await;
    let left: Vec<_> = board
        .end
        .unwrap()
        .leftovers
        .into_iter()
        .map(|left| (left.bucket, left.key.rsplit('/').next().unwrap_or_default().len() > 3, left.upload.is_some()))
        .collect();
    assert_eq!(left.iter().filter(|(bucket, _, upload)| bucket == OBJECT && *upload).count(), 1, "{left:?}");
    assert_eq!(left.iter().filter(|(bucket, _, upload)| bucket == STATE && !upload).count(), 3, "{left:?}");
}

#[tokio::test]
async fn what_cannot_be_reached_is_named_at_once() {
    let free = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let began = Instant::now();
    let board = checked(target(&format!("http://{address}")), Scope::All).await;
    assert!(began.elapsed() < Duration::from_secs(1));
    assert_eq!(seen(&board), ["port P22 Ping Some(\"s3.endpoint\")", LOOPBACK]);
    assert_eq!(board.verdict(), Some(Verdict::Fail));
    assert!(board.outcomes().filter(|(_, o)| **o == Outcome::Waiting("port".into())).count() > 15);
}

#[tokio::test]
async fn a_silent_server_is_named_within_five_seconds() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let began = Instant::now();
    let board = checked(target(&endpoint), Scope::Reach).await;
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(seen(&board), [NO_TLS, "service P22 Ping Some(\"s3.endpoint\")"]);
}

/// Serves a web page to every request, and returns its port.
async fn web_site() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<html></html>";
            let _ = stream.write_all(page.as_bytes()).await;
        }
    });
    port
}

#[tokio::test]
async fn s3_at_a_usual_port_of_the_host_is_the_first_repair_of_a_wrong_port() {
    let store = good().await;
    let right = store.endpoint();
    let port = store.address().port();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let page = web_site().await;
    for wrong in [closed, page] {
        let other = if wrong == closed { page } else { closed };
        let with = |ports: &[u16]| target::S3Store {
            usual_ports: ports.iter().map(|port| S3Port::Http(*port)).collect(),
            ..target(&format!("http://127.0.0.1:{wrong}"))
        };
        let board = checked(with(&[other, port]), Scope::Reach).await;
        let findings = board.findings();
        let [(_, finding)] = &findings[..] else { panic!("{findings:?}") };
        let repair = Repair::Answer { key: "s3.endpoint", value: right.clone() };
        assert_eq!(finding.repair, Some(repair), "{finding:?}");
        assert!(finding.hints[0].starts_with("S3 answers at 127.0.0.1:"), "{finding:?}");
        let board = checked(with(&[other]), Scope::Reach).await;
        assert!(board.findings().iter().all(|(_, finding)| finding.repair.is_none()), "{:?}", board.findings());
    }
    // With a route to another place, the ports of this host say nothing.
    let elsewhere = Route { connect_to: Some(format!("127.0.0.1:{closed}")), ..short() };
    let known = target::S3Store { usual_ports: vec![S3Port::Http(port)], ..target("http://127.0.0.1:1") };
    let board = checked_by(elsewhere, known, Scope::Reach).await;
    assert!(board.findings().iter().all(|(_, finding)| finding.repair.is_none()), "{:?}", board.findings());
}
