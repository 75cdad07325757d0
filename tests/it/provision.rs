//! Tests an administrator's actions against the sandbox: the created items, the messages, and what is left.

use std::{
    io,
    path::{Path, PathBuf},
};

use score_setup::{
    answers::{Keys, target::S3Store as Target},
    score::Version,
    store::{
        checks::{Leftover, Repair},
        probe::Route,
        provision::{lifecycle::RulesKeeper, s3},
    },
    text::secret::Secret,
};

use crate::store::{ACCESS_KEY, Answer, SECRET, Store};

pub(crate) fn target(store: &Store, version: Version) -> Target {
    Target {
        endpoint: store.endpoint(),
        override_host: None,
        access_key: ACCESS_KEY.into(),
        secret_key: Secret::new(SECRET),
        version,
        kms_key: None,
        object_bucket: "score-object".into(),
        state_bucket: "score-state".into(),
        pool: 0,
        data_directory: "data".into(),
        upload_directory: "upload".into(),
        sentinel: "heliograph".into(),
        part_size: 20 << 20,
        upload_expiration_days: 6,
        connection_timeout: std::time::Duration::from_secs(15),
        download_expiration_days: 1,
        retry_limit: 5,
        unescapes_paths: false,
        region: None,
        usual_ports: Vec::new(),
    }
}

/// These repairs replace nothing.
pub(crate) struct NothingKept;

impl RulesKeeper for NothingKept {
    fn keep(&self, bucket: &str, _: &[u8]) -> io::Result<PathBuf> {
        Err(io::Error::other(bucket.to_owned()))
    }

    fn settle(&self, bucket: &str, _: &Path, _: bool) {
        panic!("{bucket}");
    }
}

fn create(bucket: &str) -> Repair {
    Repair::CreateBucket { bucket: bucket.into() }
}

fn sentinel() -> Repair {
    Repair::PutSentinel { bucket: "score-object".into(), key: "data/heliograph".into() }
}

async fn repair(target: &Target, repair: &Repair) -> Result<String, String> {
    s3::repair(target, &Route::default(), None, repair, &NothingKept).await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn buckets_and_sentinel_are_made() {
    let store = Store::start().await;
    let target = target(&store, Version::V4);
    let made = repair(&target, &create("score-object")).await;
    assert_eq!(made, Ok("Created the bucket score-object.".to_owned()));
    let again = repair(&target, &create("score-object")).await;
    assert_eq!(again, Ok("The bucket score-object already exists.".to_owned()));
    let put = repair(&target, &sentinel()).await;
    assert_eq!(put, Ok("Created the sentinel data/heliograph in the bucket score-object.".to_owned()));
    let text = store.memory.object("score-object", "data/heliograph").unwrap();
    assert!(text.ends_with(b"\n") && text.split(|byte| *byte == b'\n').count() == 2);
    assert!(store.requests().iter().all(|asked| asked.header("x-amz-checksum-crc32").is_none()));
}

#[tokio::test]
async fn a_bucket_is_created_where_the_region_says() {
    let store = Store::start().await;
    for (region, body) in [(None, 0), (Some("us-east-1"), 0), (Some("eu-central-1"), 1)] {
        store.answer(|_| true, Answer::new(200));
        let target = Target { region: region.map(str::to_owned), ..target(&store, Version::V4) };
        repair(&target, &create("score-object")).await.unwrap();
        let asked = store.requests().pop().unwrap();
        let length: usize = asked.header("content-length").map_or(0, |length| length.parse().unwrap());
        assert_eq!(usize::from(length > 0), body, "{region:?}");
    }
}

#[tokio::test]
async fn a_store_that_takes_only_version_2_is_asked_with_it() {
    let store = Store::start().await;
    store.refuse(
        |asked| asked.header("authorization").is_some_and(|value| value.starts_with("AWS4")),
        400,
        "UnsupportedAlgorithm",
    );
    let four = repair(&target(&store, Version::V4), &create("score-object")).await;
    assert_eq!(
        four,
        Err("The bucket score-object could not be created: UnsupportedAlgorithm: refused by the test (HTTP 400)."
            .to_owned())
    );
    let two = target(&store, Version::V2);
    assert_eq!(repair(&two, &create("score-object")).await, Ok("Created the bucket score-object.".to_owned()));
    assert!(repair(&two, &sentinel()).await.is_ok());
    assert!(store.memory.object("score-object", "data/heliograph").is_some());
}

#[tokio::test]
async fn other_keys_create_where_scores_own_may_not() {
    let store = Store::start().await;
    let poor = Target { access_key: "SCORE".into(), secret_key: Secret::new("poor"), ..target(&store, Version::V4) };
    let refused = repair(&poor, &create("score-object")).await.unwrap_err();
    assert_eq!(
        refused,
        "The bucket score-object could not be created: InvalidAccessKeyId: The access key is not the sandbox's (HTTP 403)."
    );
    let keys = Keys { access_key: ACCESS_KEY.into(), secret_key: Secret::new(SECRET) };
    let made = s3::repair(&poor, &Route::default(), Some(&keys), &create("score-object"), &NothingKept).await;
    assert_eq!(made, Ok("Created the bucket score-object.".to_owned()));
}

#[tokio::test]
async fn what_goes_wrong_is_said_in_words() {
    let store = Store::start().await;
    let target = target(&store, Version::V4);
    let missing = repair(&target, &sentinel()).await.unwrap_err();
    assert_eq!(
        missing,
        "The sentinel data/heliograph could not be created in score-object: NoSuchBucket: The bucket does not exist (HTTP 404)."
    );
    store.answer(|_| true, Answer::new(502).header("content-type", "text/html").body("<html>\x1b[31mno</html>"));
    let html = repair(&target, &create("b")).await.unwrap_err();
    assert_eq!(html, "The bucket b could not be created: an error without a code (HTTP 502).");
    store.answer(
        |_| true,
        Answer::new(409).body("<Error><Code>BucketAlreadyExists</Code><Message>\u{202e}taken\u{9b}</Message></Error>"),
    );
    let taken = repair(&target, &create("bbb")).await.unwrap_err();
    assert_eq!(taken, "The bucket bbb could not be created: BucketAlreadyExists: \\u{202e}taken\\u{9b} (HTTP 409).");
    let gone = Target { endpoint: "http://127.0.0.1:1".into(), ..target.clone() };
    let refused = repair(&gone, &create("bbb")).await.unwrap_err();
    assert_eq!(refused, "The bucket bbb could not be created: the connection was refused.");
    store.hang_up(|_| true);
    let closed = repair(&target, &create("bbb")).await.unwrap_err();
    assert!(closed.starts_with("The bucket bbb could not be created: the connection was closed"), "{closed}");
    for said in [missing, html, taken, refused, closed] {
        assert!(!said.contains(SECRET) && !said.contains("Signature="), "{said}");
    }
}

#[tokio::test]
async fn leftovers_are_removed_and_what_stays_is_told() {
    let store = Store::with(&["score-state"]).await;
    store.memory.put("score-state", "upload/a", "x");
    store.memory.put("score-state", "upload/b|{c}", "x");
    let leftover = |key: &str, upload: Option<&str>| Leftover {
        bucket: "score-state".into(),
        key: key.into(),
        upload: upload.map(str::to_owned),
    };
    let all = [leftover("upload/a", None), leftover("upload/b|{c}", None), leftover("data/u", Some("gone"))];
    store.refuse(|asked| asked.key() == "upload/a", 403, "AccessDenied");
    for version in [Version::V4, Version::V2] {
        let left = s3::remove(&target(&store, version), &Route::default(), None, &all).await;
        assert_eq!(left, [leftover("upload/a", None)]);
    }
    assert_eq!(store.memory.objects(), ["score-state/upload/a"]);
    store.behave();
    assert_eq!(s3::remove(&target(&store, Version::V4), &Route::default(), None, &all).await, []);
    assert_eq!((store.memory.objects().len(), store.memory.uploads().len()), (0, 0));
    assert_eq!(store.memory.bucket_names(), ["score-state"]);
}

#[tokio::test]
async fn a_deletion_that_a_store_accepts_and_does_not_perform_is_noticed() {
    let store = Store::with(&["score-state"]).await;
    store.memory.put("score-state", "upload/a", "");
    store.memory.put("score-state", "upload/b", "");
    let leftover = |key: &str| Leftover { bucket: "score-state".into(), key: key.into(), upload: None };
    store.answer(|asked| asked.method == "DELETE" && asked.key() == "upload/a", Answer::new(204));
    let all = [leftover("upload/a"), leftover("upload/b")];
    for version in [Version::V4, Version::V2] {
        let left = s3::remove(&target(&store, version), &Route::default(), None, &all).await;
        assert_eq!(left, [leftover("upload/a")], "{version:?}");
    }
    // The same for an unfinished upload: the store answers, and still lists its parts.
    let upload = Leftover { upload: Some("id".into()), ..leftover("data/u") };
    store.answer(|asked| asked.query("uploadId").is_some() && asked.method == "DELETE", Answer::new(204));
    let parts =
        "<ListPartsResult><Bucket>score-state</Bucket><Key>data/u</Key><UploadId>id</UploadId></ListPartsResult>";
    let parts = Answer::new(200).header("content-type", "application/xml").body(parts);
    store.answer(|asked| asked.query("uploadId").is_some() && asked.method == "GET", parts);
    let left = s3::remove(&target(&store, Version::V4), &Route::default(), None, std::slice::from_ref(&upload)).await;
    assert_eq!(left, [upload]);
}
