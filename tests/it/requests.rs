//! Keeps every request of every check in snapshots: number, order, headers and body, for each release and signature
//! version.

use std::fmt::Write;

use http::Method;
use score_setup::{
    answers::{
        draft::{Draft, Origin, Text},
        target::{S3Store, Store as Target},
    },
    score::{Release, Scope, Setting, provider::provider, setting},
    store::{
        checks::{
            run::{check_score, check_store},
            s3::link,
            score::Score,
        },
        probe::Route,
    },
    text::secret::Secret,
};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use crate::{
    azure_store::{self, ACCOUNT, Azure, CONTAINER},
    checks::{OBJECT, STATE, good, streamed},
    recorder::{Recorder, in_full, in_short},
    store::{ACCESS_KEY, Answer, Asked, SECRET, Store},
};

/// Returns the store that Score of this release uses with these answers.
fn answered(release: Release, preset: &str, answers: &[(&'static str, &str)]) -> Target {
    let mut draft = Draft::new(release, provider(preset).unwrap());
    for (key, text) in answers.iter().chain(&[("metadata.url", "https://song.example.org")]) {
        let secret = setting(key).is_some_and(Setting::secret);
        let text = if secret { Text::Secret(Secret::new(*text)) } else { Text::Plain((*text).into()) };
        draft.give(key, text, Origin::Typed);
    }
    draft.target().unwrap_or_else(|problems| panic!("{problems:?}")).store
}

fn s3(release: Release, version_4: &str, address: &str) -> S3Store {
    let endpoint = format!("http://{address}");
    let answers = [
        ("s3.endpoint", endpoint.as_str()),
        ("s3.accessKey", ACCESS_KEY),
        ("s3.secretKey", SECRET),
        ("s3.sigV4Enabled", version_4),
        ("bucket.name.object", OBJECT),
        ("bucket.name.state", STATE),
    ];
    let Target::S3(store) = answered(release, "other", &answers) else { panic!("not S3") };
    store
}

async fn run_checks(recorder: &Recorder, target: impl Into<Target>, scope: Scope) {
    let recorder = recorder.clone();
    check_store(target.into(), Route::default(), scope, CancellationToken::new(), move |news| recorder.hear(news))
        .await;
}

/// Writes one section for all releases with the same requests.
async fn by_release(preset: &str, record: impl AsyncFn(Release) -> String) -> String {
    let mut sections: Vec<(String, String)> = Vec::new();
    for release in Release::ALL {
        if provider(preset).unwrap().refused_by(release).is_some() {
            continue;
        }
        let requests = record(release).await;
        match sections.iter_mut().find(|(_, other)| *other == requests) {
            Some((names, _)) => write!(names, ", {release}").unwrap(),
            None => sections.push((format!("== Score {release}"), requests)),
        }
    }
    sections.into_iter().map(|(names, requests)| names + "\n" + &requests).collect()
}

async fn s3_by_release(version_4: &str) -> String {
    by_release("other", async |release| {
        let (store, recorder) = (good().await, Recorder::default());
        run_checks(&recorder, s3(release, version_4, &recorder.relay(store.address(), "{store}").await), Scope::All)
            .await;
        recorder.written(in_full)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_to_s3_in_version_4() {
    insta::assert_snapshot!("requests-s3-v4", s3_by_release("true").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_to_s3_in_version_2() {
    insta::assert_snapshot!("requests-s3-v2", s3_by_release("false").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_to_azure() {
    let requests = by_release("azure", async |release| {
        let (azure, recorder) = (Azure::good().await, Recorder::default());
        let address = recorder.relay(azure.address(), "{store}").await;
        let key = format!("{};BlobEndpoint=http://{address}/{ACCOUNT}", azure_store::key());
        let answers = [("azure.accountName", ACCOUNT), ("azure.accountKey", &key), ("bucket.name.object", CONTAINER)];
        run_checks(&recorder, answered(release, "azure", &answers), Scope::All).await;
        recorder.written(in_full)
    });
    insta::assert_snapshot!("requests-azure", requests.await);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_to_score() {
    let (store, server, recorder) = (good().await, Store::start().await, Recorder::default());
    let url = format!("http://{}", recorder.relay(server.address(), "{score}").await);
    let store = s3(Release::R5_11, "true", &recorder.relay(store.address(), "{store}").await);
    let ping = link::sentinel(&store, OffsetDateTime::now_utc()).unwrap();
    for (path, status, body) in [
        ("/", 401, ""),
        ("/download/", 403, "Token missing required scope"),
        ("/download/ping", 200, ping.for_signing()),
        ("/actuator/health", 200, "{\"status\":\"UP\"}"),
    ] {
        server.answer(move |asked| asked.path.starts_with(path), Answer::new(status).body(body.to_owned()));
    }
    let (asked, heard) = (Score { url, store: Some(store.into()), brief: false }, recorder.clone());
    check_score(asked, Route::default(), CancellationToken::new(), move |news| heard.hear(news)).await;
    insta::assert_snapshot!("requests-score", recorder.written(in_full));
}

/// A change of a good store, and a change of its configuration.
type World = (&'static str, Scope, fn(&Store), fn(&mut S3Store));

/// Runs with a smaller scope, and stores that cause more requests.
const WORLDS: &[World] = &[
    ("reach", Scope::Reach, |_| {}, |_| {}),
    ("sign-in", Scope::SignIn, |_| {}, |_| {}),
    ("read-only", Scope::ReadOnly, |_| {}, |_| {}),
    ("pool of one", Scope::All, pool, |store| store.pool = 1),
    ("no object bucket", Scope::All, |_| {}, |store| store.object_bucket = "score-nowhere".into()),
    ("no sentinel", Scope::All, |_| {}, |store| store.sentinel = "lighthouse".into()),
    ("wrong secret", Scope::All, |_| {}, |store| store.secret_key = Secret::new("another")),
    ("no uploads", Scope::All, |store| store.refuse(begins, 501, "NotImplemented"), |s| s.kms_key = Some("1".into())),
    ("version 2 only", Scope::All, |store| store.refuse(version_4, 400, "InvalidRequest"), |_| {}),
    ("no streamed body", Scope::All, |store| store.refuse(streamed, 501, "NotImplemented"), |_| {}),
];

fn pool(store: &Store) {
    for bucket in [OBJECT, STATE] {
        store.memory.create(&format!("{bucket}.0"));
    }
}

fn begins(asked: &Asked) -> bool {
    asked.method == Method::POST && asked.query("uploads").is_some()
}

fn version_4(asked: &Asked) -> bool {
    asked.header("x-amz-date").is_some() || asked.query("X-Amz-Date").is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_other_worlds() {
    let mut text = String::new();
    for (name, scope, fault, change) in WORLDS {
        let (store, recorder) = (good().await, Recorder::default());
        fault(&store);
        let mut target = s3(Release::NEWEST, "true", &recorder.relay(store.address(), "{store}").await);
        change(&mut target);
        run_checks(&recorder, target, *scope).await;
        write!(text, "== {name}\n{}", recorder.written(in_short)).unwrap();
    }
    insta::assert_snapshot!("requests-worlds", text);
}
