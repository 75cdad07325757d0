//! Runs the checks against a real store, to look at the output. Asserts nothing.
//!
//! `SCORE_STORE='http://127.0.0.1:9000 ACCESS SECRET OBJECT STATE [v2] [pool=N] [sentinel=NAME]' cargo test --test it
//! really_runs -- --ignored --nocapture`

use std::sync::{Arc, Mutex};

use score_setup::{
    answers::target::{AzureStore, Cloud, S3Store},
    score::{Scope, Version},
    store::{
        checks::{
            Outcome,
            engine::{Board, Progress},
            run::check_store,
        },
        probe::Route,
    },
    text::secret::Secret,
};
use tokio_util::sync::CancellationToken;

fn store(words: &[&str]) -> S3Store {
    let option = |name: &str| words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    S3Store {
        endpoint: words[0].into(),
        override_host: option("override").map(Into::into),
        access_key: words[1].into(),
        secret_key: Secret::new(words[2]),
        version: if words.contains(&"v2") { Version::V2 } else { Version::V4 },
        kms_key: option("kms").map(Into::into),
        object_bucket: words[3].into(),
        state_bucket: words[4].into(),
        pool: option("pool").map_or(0, |pool| pool.parse().unwrap()),
        data_directory: "data".into(),
        upload_directory: "upload".into(),
        sentinel: option("sentinel").unwrap_or("heliograph").into(),
        part_size: 67_108_864,
        upload_expiration_days: 6,
        download_expiration_days: 1,
        connection_timeout: std::time::Duration::from_secs(15),
        retry_limit: 5,
        unescapes_paths: false,
        region: None,
        usual_ports: Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a store: SCORE_STORE"]
async fn a_store_that_really_runs() {
    let words = std::env::var("SCORE_STORE").unwrap();
    let words: Vec<&str> = words.split_whitespace().collect();
    let scope = if words.contains(&"read-only") { Scope::ReadOnly } else { Scope::All };
    let board = Arc::new(Mutex::new(Board::default()));
    let fold = board.clone();
    check_store(store(&words).into(), Route::default(), scope, CancellationToken::new(), move |news| {
        fold.lock().unwrap().apply(news);
    })
    .await;
    let board = board.lock().unwrap();
    for entry in board.entries.iter().filter(|_| board.entries.len() < 60) {
        let Progress::Done { outcome, elapsed } = &entry.state else {
            println!("  ?  {} {:?}", entry.row.id, entry.state);
            continue;
        };
        let (mark, text) = match outcome {
            Outcome::Pass(text) => ("ok", text.clone()),
            Outcome::Warn(finding) => ("!", format!("{} {}", finding.id, finding.summary)),
            Outcome::Fail(finding) => ("X", format!("{} {:?} {}", finding.id, finding.severity, finding.summary)),
            Outcome::Waiting(cause) => ("..", cause.clone()),
            Outcome::NotProbed(why) => ("-", why.clone()),
        };
        println!("{mark:>3}  {:<16} {:>5} ms  {text}", entry.row.id, elapsed.as_millis());
    }
    for (row, finding) in board.findings().into_iter().take(5) {
        println!("{} {finding:#?}", row.id);
    }
    println!("{:?} {:?}", board.verdict(), board.end);
}

/// `SCORE_AZURE='http://127.0.0.1:10000/ACCOUNT ACCOUNT KEY CONTAINER UPLOAD_POLICY DOWNLOAD_POLICY [fix]'`
#[tokio::test]
#[ignore = "needs a store: SCORE_AZURE"]
async fn an_account_that_really_runs() {
    let words = std::env::var("SCORE_AZURE").unwrap();
    let words: Vec<&str> = words.split_whitespace().collect();
    let store = AzureStore {
        protocol: "https".into(),
        account: words[1].into(),
        key: Secret::new(words[2]),
        cloud: Cloud::Endpoint(words[0].into()),
        container: words[3].into(),
        upload_policy: words[4].into(),
        download_policy: words[5].into(),
        sentinel: "heliograph".into(),
        part_size: 67_108_864,
        download_expiration_days: 1,
    };
    if words.contains(&"fix") {
        println!("{} repairs", crate::azure::fixed(&store).await);
    }
    let board = crate::azure::checked(store, Scope::All).await;
    for (row, outcome) in board.outcomes() {
        println!("{:<16} {outcome:?}", row.id);
    }
    println!("{:?} {:?}", board.verdict(), board.end);
}
