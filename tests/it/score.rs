//! Tests `score-setup check --score` as a child process, against a simulated Score in front of a store in this process.

use std::{fs, process::Command};

use score_setup::{answers::target::S3Store, score::Version, store::checks::s3::link, text::secret::Secret};
use serde_json::{Value, json};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};
use tokio::runtime::Runtime;

use crate::{
    batch::Ran,
    store::{ACCESS_KEY, Answer, SECRET, Store},
};

/// A store with a sentinel, and a Score with given pages.
struct Stage {
    store: Store,
    score: Store,
    _serving: Runtime,
    folder: TempDir,
}

pub(crate) fn configured(endpoint: &str) -> S3Store {
    S3Store {
        endpoint: endpoint.to_owned(),
        override_host: None,
        access_key: ACCESS_KEY.to_owned(),
        secret_key: Secret::new(SECRET),
        version: Version::V4,
        kms_key: None,
        object_bucket: "score-object".to_owned(),
        state_bucket: "score-state".to_owned(),
        pool: 0,
        data_directory: "data".to_owned(),
        upload_directory: "upload".to_owned(),
        sentinel: "heliograph".to_owned(),
        part_size: 20_971_520,
        connection_timeout: std::time::Duration::from_secs(15),
        upload_expiration_days: 6,
        download_expiration_days: 1,
        retry_limit: 5,
        unescapes_paths: false,
        region: None,
        usual_ports: Vec::new(),
    }
}

impl Stage {
    /// Sets up a Score with the profile `secure`, with the answers of real Score 5.11.
    fn set() -> Self {
        let serving = Runtime::new().unwrap();
        let store = serving.block_on(Store::with(&["score-object", "score-state"]));
        store.memory.put("score-object", "data/heliograph", "hello");
        let played = serving.block_on(Store::start());
        let stage = Self { store, score: played, _serving: serving, folder: TempDir::new().unwrap() };
        stage.answers("/", 401, "");
        stage.answers("/download/", 403, "Token missing required scope to download controlled-access file");
        stage.pings(&configured(&stage.store.endpoint()), OffsetDateTime::now_utc());
        stage.answers("/actuator/health", 200, "{\"status\":\"UP\"}");
        stage
    }

    /// Sets the answer of a path. The last call for a path applies.
    fn answers(&self, path: &'static str, status: u16, body: &str) {
        let body = body.to_owned();
        self.score.answer(move |asked| asked.path.starts_with(path), Answer::new(status).body(body));
    }

    fn pings(&self, store: &S3Store, made: OffsetDateTime) {
        let url = link::sentinel(store, made).unwrap();
        self.answers("/download/ping", 200, url.for_signing());
    }

    fn ask(&self, more: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_score-setup"));
        command.args(["check", "--score", &self.score.endpoint()]).args(more);
        command.current_dir(self.folder.path()).env("LC_ALL", "C.UTF-8");
        let ran = Ran::from(command.output().unwrap());
        for text in [&ran.out, &ran.messages] {
            assert!(!text.contains(SECRET) && !text.contains("Signature="), "{text}");
        }
        ran
    }

    /// Returns the finding of the row, if it has one.
    fn finding(&self, id: &str, more: &[&str]) -> (Option<i32>, Value) {
        let ran = self.ask(&[more, &["--json"]].concat());
        let document = ran.json();
        let checks = document["checks"].as_array().unwrap();
        let row = checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("no row {id}"));
        (ran.code, row["finding"]["id"].clone())
    }

    fn file(&self, changes: &[(&str, &str)]) -> String {
        let text = format!(
            "s3.endpoint={}\ns3.accessKey={ACCESS_KEY}\ns3.secretKey={SECRET}\ns3.sigV4Enabled=true\n\
             bucket.name.object=score-object\nbucket.name.state=score-state\n",
            self.store.endpoint()
        );
        let text = changes.iter().fold(text, |text, (one, other)| text.replace(one, other));
        let path = self.folder.path().join("score.properties");
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

#[test]
fn a_score_that_works_is_described_and_never_proven() {
    let stage = Stage::set();
    let ran = stage.ask(&[]);
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    let told = format!(
        "{}, bucket score-object, data/heliograph; version 4, region us-east-1, key {ACCESS_KEY}, for 300 s",
        stage.store.endpoint()
    );
    assert!(ran.out.contains(&told), "{}", ran.out);
    assert!(ran.out.lines().last().unwrap().starts_with("– unproven: 8 passed"), "{}", ran.out);
    let asked: Vec<_> = stage.store.requests().iter().map(|asked| asked.path.clone()).collect();
    assert_eq!(asked, ["/score-object/data/heliograph"]);
    let quiet = stage.ask(&["--quiet"]);
    assert_eq!((quiet.out.as_str(), quiet.messages.as_str()), ("", ""));
}

#[test]
fn nothing_but_pages_is_asked_and_no_configuration_is_looked_for() {
    let stage = Stage::set();
    fs::write(stage.folder.path().join("application.properties"), "\\u00").unwrap();
    assert_eq!(stage.ask(&[]).code, Some(0));
    let mut asked: Vec<_> =
        stage.score.requests().into_iter().map(|asked| format!("{} {}", asked.method, asked.path)).collect();
    asked.sort();
    assert!(asked[1].starts_with("GET /download/") && asked.len() == 5, "{asked:?}");
}

#[test]
fn without_the_profile_secure_transfers_fail_and_everything_else_is_fine() {
    let stage = Stage::set();
    stage.answers("/download/", 500, "{\"status\":500}");
    stage.pings(&configured(&stage.store.endpoint()), OffsetDateTime::now_utc());
    stage.answers("/profile", 200, "s3");
    stage.answers("/listing", 200, "[]");
    assert_eq!(stage.finding("score-transfers", &[]), (Some(3), json!("P75")));
    // With it, the same answer means that Score cannot reach Song.
    stage.answers("/profile", 401, "");
    stage.answers("/listing", 401, "");
    assert_eq!(stage.finding("score-transfers", &[]), (Some(3), json!("P93")));
}

#[test]
fn pages_that_are_missing_are_those_of_a_profile_and_all_of_them_those_of_something_else() {
    let stage = Stage::set();
    stage.answers("/download/", 404, "{\"status\":404}");
    assert_eq!(stage.finding("score-ping", &[]), (Some(3), json!("P76")));
    stage.answers("/", 404, "<html>");
    assert_eq!(stage.finding("score-ping", &[]), (Some(3), json!("P100")));
    stage.answers("/", 302, "");
    assert_eq!(stage.finding("score-answers", &[]), (Some(3), json!("P100")));
}

#[test]
fn a_refused_url_is_told_by_what_the_store_says() {
    let stage = Stage::set();
    let store = configured(&stage.store.endpoint());
    let now = OffsetDateTime::now_utc();
    for (store, made, id) in [
        (S3Store { sentinel: "nowhere".into(), ..store.clone() }, now, "P50"),
        (S3Store { object_bucket: "no-bucket".into(), ..store.clone() }, now, "P43"),
        (S3Store { secret_key: Secret::new("other"), ..store.clone() }, now, "P34"),
        (S3Store { access_key: "OTHERKEY000000000001".into(), ..store.clone() }, now, "P35"),
        (S3Store { endpoint: "http://127.0.0.1:1".into(), ..store.clone() }, now, "P22"),
    ] {
        stage.pings(&store, made);
        assert_eq!(stage.finding("signed-sentinel", &[]), (Some(3), json!(id)));
    }
    stage.pings(&S3Store { endpoint: format!("{}/", store.endpoint), ..store }, now);
    for row in ["signed-url", "signed-sentinel"] {
        assert_eq!(stage.finding(row, &[]), (Some(3), json!("P28")));
    }
}

#[test]
fn a_proxy_without_score_is_told_and_an_unhealthy_score_is_not_one() {
    let stage = Stage::set();
    for (status, body) in [
        (502, "<html><head><title>502 Bad Gateway</title></head></html>"),
        (504, "<html><head><title>504 Gateway Time-out</title></head></html>"),
        (503, "no healthy upstream"),
        (503, ""),
    ] {
        stage.answers("/", status, body);
        assert_eq!(stage.finding("score-answers", &[]), (Some(3), json!("P114")), "{status} {body}");
    }
    let stage = Stage::set();
    stage.answers("/actuator/health", 503, "{\"status\":\"OUT_OF_SERVICE\"}");
    assert_eq!(stage.finding("score-health", &[]).1, json!("P86"));
}

#[test]
fn a_clock_of_score_that_is_off_is_told() {
    let stage = Stage::set();
    stage.pings(&configured(&stage.store.endpoint()), OffsetDateTime::now_utc() - Duration::minutes(10));
    stage.store.answer(|_| true, Answer::new(200).header("date", &http_date()));
    assert_eq!(stage.finding("score-clock", &[]), (Some(0), json!("P36")));
}

fn http_date() -> String {
    let now = OffsetDateTime::now_utc().format(&time::format_description::well_known::Rfc2822).unwrap();
    now.replace("+0000", "GMT")
}

#[test]
fn the_configuration_in_use_is_told_from_another() {
    let stage = Stage::set();
    assert_eq!(stage.finding("configuration", &[&stage.file(&[])]), (Some(0), Value::Null));
    for (change, id) in [
        ((SECRET, "rotated"), "P70"),
        ((ACCESS_KEY, "ROTATEDKEY0000000001"), "P70"),
        (("=score-object", "=other"), "P102"),
        (("=true", "=false"), "P102"),
    ] {
        assert_eq!(stage.finding("configuration", &[&stage.file(&[change])]), (Some(3), json!(id)), "{change:?}");
    }
}

#[test]
fn what_strangers_send_is_neither_followed_nor_shown_as_it_is() {
    let stage = Stage::set();
    for body in
        ["\u{1b}[31mred http://h/?X-Amz-Signature=canary", "file:///etc/passwd", "http://127.0.0.1:1/no-signature", ""]
    {
        stage.answers("/download/ping", 200, body);
        let ran = stage.ask(&[]);
        assert_eq!(ran.code, Some(3));
        assert!(!ran.out.contains('\u{1b}') && !ran.out.contains("canary"), "{}", ran.out);
        assert!(ran.out.contains("[P100]"), "{}", ran.out);
    }
}

#[test]
fn a_slow_score_is_waited_for_if_that_is_asked() {
    let stage = Stage::set();
    // Longer than the limit of a page.
    stage.score.delay_first(std::time::Duration::from_millis(5300));
    assert_eq!(stage.ask(&[]).code, Some(3));
    stage.score.delay_first(std::time::Duration::from_millis(5300));
    let ran = stage.ask(&["--patient"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.messages);
}
