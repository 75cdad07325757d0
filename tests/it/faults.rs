//! Runs the fault lab: every fault between Score and a store, on loopback, with its finding, setting, severity, repair,
//! and time. One table; `cargo test fault_lab -- --ignored --nocapture` prints it.

mod answers;
mod hostile;
mod pace;
mod table;
mod wire;

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use score_setup::{
    answers::target::{self, AzureStore, S3Store},
    score::{Id, Scope, Severity, Version},
    store::{
        checks::{
            News, Outcome, Repair,
            engine::{Board, Verdict},
            run::check_store,
        },
        probe::{Proxies, Route},
    },
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::{
    table::{At, Row, TABLE, World},
    wire::{Deed, Wire},
};
use crate::{
    azure_store::Azure,
    checks::{NO_TLS, good, short, target},
    store::{SECRET, Store},
};

/// The server for a row.
enum There {
    Store(Box<Store>),
    Wire(Wire),
}

impl There {
    async fn of(row: &Row) -> Self {
        match &row.world {
            World::Store(fault) => {
                let store = good().await;
                fault(&store);
                Self::Store(Box::new(store))
            }
            World::Recorded(name, case) => {
                let store = good().await;
                answers::play(&store, name, case);
                Self::Store(Box::new(store))
            }
            World::Wire(fault) => Self::Wire(Wire::start(*fault).await),
        }
    }

    fn address(&self) -> String {
        match self {
            Self::Store(store) => store.address().to_string(),
            Self::Wire(wire) => wire.address.to_string(),
        }
    }
}

/// The result of one row.
struct Told {
    /// The findings, in the form of the table.
    lines: Vec<String>,
    /// The time until the first of them.
    after: Duration,
    summary: String,
}

/// The value of `https_proxy` in a shell with a proxy.
const PROXY: &str = "http://proxy.example:3128";

/// Returns the store's configuration, and the route to it.
fn configured(row: &Row, address: &str) -> (S3Store, Route) {
    let mut target = target(&format!("http://{address}"));
    let mut route = short();
    match row.at {
        At::Here => {}
        At::HereInTls => target.endpoint = format!("https://{address}"),
        At::Through(endpoint) => {
            endpoint.clone_into(&mut target.endpoint);
            route.connect_to = Some(address.to_owned());
        }
        At::Nowhere(endpoint) => endpoint.clone_into(&mut target.endpoint),
        At::BehindProxy(endpoint) => {
            endpoint.clone_into(&mut target.endpoint);
            route.proxies = Proxies::of(|name| (name == "https_proxy").then(|| PROXY.to_owned()));
        }
    }
    (row.change)(&mut target);
    (target, route)
}

async fn tried(row: &Row) -> Told {
    let there = There::of(row).await;
    let address = there.address();
    let (target, route) = configured(row, &address);
    let board = timed(target, route).await;
    let (board, first) = board;
    let shown = format!("{board:?}");
    assert!(!shown.contains(SECRET) && !shown.contains("Signature="), "{} shows a secret", row.fault);
    let lines = lines(&board, &address);
    let after = first.unwrap_or_else(|| board.end.as_ref().unwrap().elapsed);
    let summary = board.findings().first().map(|(_, finding)| finding.summary.clone()).unwrap_or_default();
    assert!(board.findings().iter().all(|(_, finding)| finding.hints.len() <= 3), "{}", row.fault);
    Told { lines, after, summary }
}

/// Runs the checks. Returns the board, and the time of the first failure.
async fn timed(target: impl Into<target::Store>, route: Route) -> (Board, Option<Duration>) {
    let heard = Arc::new(Mutex::new((Board::default(), None)));
    let (hear, begun) = (heard.clone(), Instant::now());
    let news = move |news: News| {
        let mut heard = hear.lock().unwrap();
        if let News::Done { outcome: Outcome::Fail(_), .. } = &news {
            heard.1.get_or_insert(begun.elapsed());
        }
        heard.0.apply(news);
    };
    check_store(target.into(), route, Scope::All, CancellationToken::new(), news).await;
    // A connection may report until it is closed.
    std::mem::take(&mut *heard.lock().unwrap())
}

/// Formats `check id severity setting → repair` for all results except passes and those that every row of the lab has.
fn lines(board: &Board, address: &str) -> Vec<String> {
    let lines = board.outcomes().filter_map(|(row, outcome)| match outcome {
        Outcome::Pass(_) | Outcome::Waiting(_) => None,
        Outcome::NotProbed(why) => Some(format!("{} not probed: {why}", row.id)),
        Outcome::Warn(found) | Outcome::Fail(found) => {
            let severity = format!("{:?}", found.severity).to_lowercase();
            let setting = found.settings.first().unwrap_or(&"-");
            let repair = match &found.repair {
                None => String::new(),
                Some(Repair::Answer { key, value }) => format!(" → {key}={}", value.replace(address, "HERE")),
                Some(Repair::CreateBucket { bucket }) => format!(" → create {bucket}"),
                Some(Repair::PutSentinel { bucket, key }) => format!(" → put {bucket}/{key}"),
                Some(other) => format!(" → {other:?}"),
            };
            Some(format!("{} {} {severity} {setting}{repair}", row.id, found.id))
        }
    });
    lines.filter(|line| line != NO_TLS && !line.starts_with("client-address P31 note")).collect()
}

/// Tries all rows. Rows with a silent server run in parallel, the others one after the other, because their time is
/// measured.
async fn all() -> Vec<(&'static Row, Told)> {
    let slow = TABLE.iter().filter(|row| row.within > 3.0).map(|row| async move { (row, tried(row).await) });
    let mut all = slow.collect::<JoinSet<_>>().join_all().await;
    for row in TABLE.iter().filter(|row| row.within <= 3.0) {
        all.push((row, tried(row).await));
    }
    all.sort_by_key(|(row, _)| TABLE.iter().position(|other| std::ptr::eq(*row, other)));
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_is_named_with_setting_severity_and_repair_in_time() {
    let mut wrong = Vec::new();
    for (row, told) in all().await {
        if told.lines != row.told {
            wrong.push(format!("{}: {:#?}, not {:#?}; {}", row.fault, told.lines, row.told, told.summary));
        }
        if told.after > Duration::from_secs_f32(row.within) {
            wrong.push(format!("{}: {:?}, not within {} s", row.fault, told.after, row.within));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Score waits 50 s for each reply. A store that takes 6 s for its first reply works with it, and passes a patient run.
#[tokio::test]
async fn a_slow_store_is_a_suspect_and_passes_a_patient_run() {
    for (patient, wanted) in [
        (false, vec!["service P22 ping s3.endpoint"]),
        (true, vec!["service P122 note upload.retry.limit", "sign-in P122 note upload.retry.limit"]),
    ] {
        let store = good().await;
        // Only the first requests are delayed, the unsigned one and that of the sign-in.
        store.slow(|asked| asked.path == "/" || asked.query("delimiter").is_some(), Duration::from_secs(6));
        let route = Route { patient, ..Route::default() };
        let (board, _) = timed(target(&store.endpoint()), route).await;
        assert_eq!(lines(&board, &store.address().to_string()), wanted);
        let silent = board.findings().iter().any(|(_, finding)| finding.silent);
        assert_eq!(silent, !patient);
        assert_eq!(board.verdict(), Some(if patient { Verdict::Warn } else { Verdict::Unproven }));
    }
}

/// Azure is reached by the same stages, and Score does not start without it.
#[tokio::test]
async fn a_silent_azure_is_named_as_soon() {
    let azure = Azure::good().await;
    for deed in [Deed::NoSynAck, Deed::Drip] {
        let wire = Wire::start(deed).await;
        let cloud = target::Cloud::Endpoint(format!("http://{}/account", wire.address));
        let (board, after) = timed(AzureStore { cloud, ..azure.target() }, Route::default()).await;
        let (_, finding) = &board.findings()[0];
        assert_eq!((finding.id, finding.severity, finding.silent), (Id::P22, Severity::Start, true), "{deed:?}");
        assert!(after.unwrap() < Duration::from_secs(5), "{deed:?}: {after:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints the table of the lab"]
async fn fault_lab() {
    for (row, told) in all().await {
        let seconds = told.after.as_secs_f32();
        println!("{:<44} {seconds:>5.2} s  {:<60} {}", row.fault, told.lines.join("; "), told.summary);
    }
}

/// Serves every fault of the table for `tests/faults/compare`, until the input ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "serves the faults to other programs"]
async fn served() {
    let mut all = Vec::new();
    for row in TABLE {
        let there = There::of(row).await;
        let address = there.address();
        let (target, route) = configured(row, &address);
        let known = [
            ("fault", row.fault.to_owned()),
            (
                "told",
                row.told
                    .iter()
                    .find(|line| !line.contains("not probed"))
                    .copied()
                    .unwrap_or_default()
                    .replace("HERE", &address),
            ),
            ("address", address),
            ("connect_to", route.connect_to.unwrap_or_default()),
            ("https_proxy", if matches!(row.at, At::BehindProxy(_)) { PROXY.to_owned() } else { String::new() }),
            ("s3.endpoint", target.endpoint),
            ("s3.accessKey", target.access_key),
            ("s3.secretKey", target.secret_key.for_file().to_owned()),
            ("s3.sigV4Enabled", (target.version == Version::V4).to_string()),
            ("bucket.name.object", target.object_bucket),
            ("bucket.name.state", target.state_bucket),
            ("object.sentinel", target.sentinel),
        ];
        let fields: Vec<String> = known.iter().map(|(name, value)| format!("{name}={value}")).collect();
        println!("\trow\t{}", fields.join("\t"));
        all.push(there);
    }
    println!("\tend");
    let end = || std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
    tokio::task::spawn_blocking(end).await.unwrap().unwrap();
}
