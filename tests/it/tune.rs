//! Tests measurements on stores in this process: what is sent, what a store may do meanwhile, and that nothing is left.

use std::{
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;

use score_setup::{
    answers::target::Store as Target,
    score::{Api, Version},
    store::{
        probe::Route,
        tune::{
            Budget, Direction, Ending, Measurements, Omitted, Seen, Setback, TuneFailure, TuneNews,
            advice::{NoAdvice, advise},
            run::tune,
        },
    },
};
use tokio_util::sync::CancellationToken;

use crate::{
    azure_store::Azure,
    batch::{Ran, Scene, misfits, schema},
    checks::{OBJECT, SENTINEL, STATE, target},
    store::{Answer, Asked, SECRET, Store},
};

const MIB: u64 = 1 << 20;

fn small() -> Budget {
    Budget { time: Duration::from_secs(4), bytes: 60 * MIB }
}

async fn store() -> Store {
    let store = Store::with(&[OBJECT, STATE]).await;
    store.memory.put(OBJECT, SENTINEL, "hello");
    store
}

/// Measures a store, and returns what was reported. `seen` is called for each message.
pub(crate) async fn measured(
    store: impl Into<Target>,
    budget: Budget,
    stop: CancellationToken,
    seen: impl Fn(&TuneNews) + Send + Sync + 'static,
) -> Measurements {
    let all = Arc::new(Mutex::new(Measurements::default()));
    let news = all.clone();
    let tell = move |one: TuneNews| {
        seen(&one);
        news.lock().unwrap().apply(one);
    };
    tune(store.into(), Route::default(), budget, stop, tell).await;
    let all = all.lock().unwrap().clone();
    assert!(all.finished.is_some(), "the last message comes");
    all
}

async fn measure(store: &Store) -> Measurements {
    measured(target(&store.endpoint()), small(), CancellationToken::new(), |_| ()).await
}

fn leftovers(measured: &Measurements) -> usize {
    measured.finished.as_ref().unwrap().leftovers.len()
}

fn nothing_is_left(store: &Store) {
    assert_eq!(store.memory.objects(), [format!("{OBJECT}/{SENTINEL}")]);
    assert_eq!(store.memory.uploads(), Vec::<String>::new());
}

fn is_part(asked: &Asked) -> bool {
    asked.query("partNumber").is_some()
}

/// Matches from the given part on.
fn from_part(number: usize) -> impl Fn(&Asked) -> bool + Send + Sync + 'static {
    let parts = AtomicUsize::new(0);
    move |asked| is_part(asked) && parts.fetch_add(1, Ordering::SeqCst) >= number
}

fn length(asked: &Asked) -> u64 {
    asked.header("content-length").and_then(|length| length.parse().ok()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_directions_are_measured_as_clients_transfer_and_nothing_is_left() {
    for version in [Version::V4, Version::V2] {
        let store = store().await;
        let target = score_setup::answers::target::S3Store { version, ..target(&store.endpoint()) };
        let measured = measured(target, small(), CancellationToken::new(), |_| ()).await;
        for direction in [Direction::Up, Direction::Down] {
            let parts =
                measured.samples.iter().filter(|sample| sample.direction == direction && sample.connections == 6);
            assert!(parts.count() >= 3, "{measured:#?}");
            assert!(measured.connections(direction).len() >= 2, "{:?}", measured.connections(direction));
        }
        // On a busy machine, the times may fit no line.
        let fits = [Direction::Up, Direction::Down].iter().all(|direction| measured.fit(*direction, 6).is_some());
        assert!(advise(&measured, Api::S3, 6).is_ok() || !fits, "{measured:#?}");
        assert_eq!((measured.connected.len(), measured.setbacks.len(), leftovers(&measured)), (3, 0, 0));
        let spent = measured.finished.as_ref().unwrap().spent;
        assert!(spent.bytes <= 60 * MIB && spent.requests <= 1000 && spent.time < Duration::from_secs(6), "{spent:?}");
        nothing_is_left(&store);
        let requests = store.requests();
        let signature = if version == Version::V4 { "X-Amz-Signature" } else { "Signature" };
        let client = |asked: &&Asked| is_part(asked) || asked.header("range").is_some();
        for asked in requests.iter().filter(client) {
            assert!(asked.query(signature).is_some() && asked.header("authorization").is_none(), "{}", asked.line());
        }
        let of_scratch = |asked: &&Asked| asked.header("range").is_some();
        assert!(requests.iter().filter(of_scratch).all(|asked| asked.key().starts_with("upload/")));
        let completed = requests.iter().any(|asked| asked.method == "POST" && asked.query("uploadId").is_some());
        assert!(!completed, "no upload is completed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_store_does_the_run_ends_says_it_and_leaves_nothing() {
    type Fault = (&'static str, fn(&Store), fn(&Setback) -> bool);
    #[rustfmt::skip]
    let faults: [Fault; 8] = [
        ("body limit",
            |store| store.answer(|asked| is_part(asked) && length(asked) > MIB, Answer::new(413).header("server", "nginx")),
            |setback| matches!(setback, Setback::TooLarge { part, by: Some(by) } if *part > MIB && by == "nginx")),
        ("slow down",
            |store| store.refuse(from_part(20), 503, "SlowDown"),
            |setback| *setback == Setback::Throttled { status: 503, code: "SlowDown".into() }),
        ("quota",
            |store| store.refuse(from_part(20), 403, "QuotaExceeded"),
            |setback| *setback == Setback::Refused { status: 403, code: "QuotaExceeded".into() }),
        ("hang-up", |store| store.hang_up(from_part(20)), |setback| matches!(setback, Setback::Broken(_))),
        ("wrong ETag",
            |store| store.alter(from_part(20), |reply| drop(reply.headers.insert("etag", "\"0\"".parse().unwrap()))),
            |setback| *setback == Setback::WrongEtag),
        ("short ranges",
            |store| store.alter(|asked| asked.header("range").is_some(), |reply| reply.body.truncate(10)),
            |setback| matches!(setback, Setback::WrongLength { came: 10, .. })),
        ("ranges ignored",
            |store| store.on_the_way(|head| drop(head.headers.remove("range"))),
            |setback| matches!(setback, Setback::WrongLength { .. } | Setback::Refused { .. })),
        ("expired URLs",
            |store| store.refuse(|asked| asked.header("range").is_some(), 403, "AccessDenied"),
            |setback| matches!(setback, Setback::Refused { status: 403, .. })),
    ];
    for (name, fault, wanted) in faults {
        let store = store().await;
        fault(&store);
        let measured = measure(&store).await;
        let told = measured.setbacks.iter().any(|(_, setback)| wanted(setback));
        assert!(told, "{name}: {:?} {:?}", measured.setbacks, measured.endings);
        assert_eq!(leftovers(&measured), 0, "{name}");
        nothing_is_left(&store);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_store_ends_the_run_with_its_time() {
    let store = store().await;
    store.silent(from_part(20));
    let begun = Instant::now();
    let measured = measure(&store).await;
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    assert_eq!(measured.endings.first(), Some(&(Direction::Up, Ending::Budget)), "{:?}", measured.endings);
    nothing_is_left(&store);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_begins_no_upload_is_left_alone() {
    let store = store().await;
    store.refuse(|asked| asked.query("uploads").is_some() && asked.method == "POST", 403, "AccessDenied");
    let measured = measure(&store).await;
    let failure = TuneFailure::Refused { status: 403, code: "AccessDenied".into() };
    assert_eq!(measured.finished.unwrap().failure, Some(failure));
    assert!(store.requests().iter().all(|asked| asked.method != "PUT"));
    let gone = format!("{}1", store.endpoint());
    let measured = self::measured(target(&gone), small(), CancellationToken::new(), |_| ()).await;
    assert!(measured.finished.unwrap().failure.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn downloads_are_measured_only_where_an_object_can_be_deleted() {
    type Case = (&'static str, fn(&Store), Omitted, usize);
    let asked_for_versions = |asked: &Asked| asked.query("versioning").is_some();
    let cases: [Case; 3] = [
        (
            "a bucket that lists its versions",
            |store| {
                store.answer(
                    |asked| asked.query("versioning").is_some(),
                    Answer::new(200)
                        .body("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"),
                );
            },
            Omitted::Versioned,
            0,
        ),
        (
            "a bucket whose key may not ask",
            |store| {
                store.refuse(|asked| asked.query("versioning").is_some(), 403, "AccessDenied");
                store.alter(
                    |asked| asked.method == "PUT" && asked.bucket() == STATE,
                    |reply| drop(reply.headers.insert("x-amz-version-id", "v1".parse().unwrap())),
                );
            },
            Omitted::Versioned,
            0,
        ),
        (
            "a key that may not delete",
            |store| store.refuse(|asked| asked.method == "DELETE" && asked.bucket() == STATE, 403, "AccessDenied"),
            Omitted::NotDeleted,
            1,
        ),
    ];
    for (name, prepare, omitted, left) in cases {
        let store = store().await;
        prepare(&store);
        let measured = measure(&store).await;
        assert_eq!((measured.omitted, leftovers(&measured)), (Some(omitted), left), "{name}");
        assert!(measured.fit(Direction::Up, 6).is_some(), "{name}");
        let large = store.requests().iter().any(|asked| asked.bucket() == STATE && length(asked) > 1000);
        assert!(!large, "{name}: only a small object was written");
        let by_version = store.requests().iter().any(|asked| asked.query("versionId") == Some("v1"));
        assert_eq!(by_version, name == "a bucket whose key may not ask", "{name}");
        if left == 0 {
            nothing_is_left(&store);
        }
        assert!(store.requests().iter().any(asked_for_versions));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_stopped_ends_at_once_and_leaves_nothing() {
    let store = store().await;
    store.delay(Duration::from_millis(20));
    let (stop, stopped) = (CancellationToken::new(), Arc::new(Mutex::new(None)));
    let (token, when) = (stop.clone(), stopped.clone());
    let measured = measured(target(&store.endpoint()), Budget::default(), stop, move |news| {
        if matches!(news, TuneNews::Seen(Seen::Sample(_))) && !token.is_cancelled() {
            *when.lock().unwrap() = Some(Instant::now());
            token.cancel();
        }
    })
    .await;
    let took = stopped.lock().unwrap().unwrap().elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert_eq!((leftovers(&measured), measured.samples.len()), (0, 1));
    nothing_is_left(&store);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_whose_id_never_came_is_found_and_aborted() {
    let store = store().await;
    store.alter(
        |asked| asked.method == "POST" && asked.query("uploads").is_some(),
        |reply| reply.body = "<html>".into(),
    );
    let measured = measure(&store).await;
    assert!(matches!(measured.finished.unwrap().failure, Some(TuneFailure::Misread(_))));
    nothing_is_left(&store);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tiny_budget_says_that_it_is_too_small() {
    let store = store().await;
    let tiny = Budget { time: Duration::from_secs(4), bytes: 100_000 };
    let measured = measured(target(&store.endpoint()), tiny, CancellationToken::new(), |_| ()).await;
    assert_eq!(advise(&measured, Api::S3, 6), Err(NoAdvice::TooLittle));
    nothing_is_left(&store);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_azure_ranges_are_fetched_by_sas_and_blocks_are_dropped() {
    let azure = Azure::good().await;
    let before = azure.container(|container| container.blobs.clone());
    let measured = measured(azure.target(), small(), CancellationToken::new(), |_| ()).await;
    assert!(measured.fit(Direction::Down, 6).is_some(), "{measured:#?}");
    assert!(measured.fit(Direction::Up, 6).is_some());
    assert!(advise(&measured, Api::Azure, 6).is_ok());
    assert_eq!((leftovers(&measured), azure.container(|container| container.blobs.clone())), (0, before));
    let asked = azure.asked();
    let committed = asked.iter().any(|asked| asked.method == "PUT" && asked.query("comp") == "blocklist");
    assert!(!committed, "no block is committed");
    assert!(asked.iter().filter(|asked| asked.query("comp") == "block").all(crate::azure_store::Asked::by_policy));
    assert!(asked.iter().filter(|asked| !asked.header("range").is_empty()).all(crate::azure_store::Asked::by_policy));
}

fn run(scene: &Scene, arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_score-setup"));
    command.arg("tune").args(arguments).current_dir(scene.folder.path().join("score-server-5.11.0"));
    let ran = Ran::from(command.env("LC_ALL", "C.UTF-8").output().unwrap());
    assert!(!ran.out.contains(SECRET) && !ran.messages.contains(SECRET), "a secret is shown");
    ran
}

#[test]
fn the_command_says_which_part_size_to_take_and_why() {
    let scene = crate::check::scene(&[]);
    let ran = run(&scene, &["--budget", "3s,60MiB"]);
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    for words in ["Uploads", "Downloads", "upload.partsize=", "# Measured by score-setup on 20", "A file of 100 GiB:"] {
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
    assert!(ran.messages.starts_with("This takes at most 3 s, 60 MiB and 1000 requests."), "{}", ran.messages);
    assert_eq!(scene.files(), ["application.properties", "bootstrap.properties"]);
    nothing_is_left(&scene.store);
}

#[test]
fn the_document_of_a_measurement_is_as_the_schema_says() {
    let scene = crate::check::scene(&[]);
    let fits = |ran: &Ran| {
        let document: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let schema = schema();
        assert_eq!(misfits(&document, &schema["$defs"]["tune"], &schema, "$"), Vec::<String>::new());
        document
    };
    let ran = run(&scene, &["--budget", "3s,60MiB", "--json"]);
    let document = fits(&ran);
    assert_eq!((ran.code, &document["exit"], &document["leftovers"]), (Some(0), &json!(0), &json!([])));
    assert!(document["advice"]["value"].as_u64().is_some_and(|value| value >= 20 * MIB), "{document}");
    let ran = run(&scene, &["--budget", "3s,60kB", "--json"]);
    let document = fits(&ran);
    assert_eq!((ran.code, &document["advice"]), (Some(0), &json!(null)));
    assert_eq!(document["notes"], json!(["The budget is too small to say anything. Allow more time or more bytes."]));
    scene.store.refuse(|asked| asked.header("authorization").is_some(), 403, "InvalidAccessKeyId");
    let ran = run(&scene, &["--json"]);
    assert_eq!((ran.code, &fits(&ran)["exit"]), (Some(3), &json!(3)));
    assert!(ran.messages.contains("[P35]"), "{}", ran.messages);
}

#[test]
fn a_measurement_that_is_interrupted_exits_with_130_and_leaves_nothing() {
    let scene = crate::check::scene(&[]);
    scene.store.delay(Duration::from_millis(15));
    let mut command = Command::new(env!("CARGO_BIN_EXE_score-setup"));
    command.args(["tune", "--log", "log"]).current_dir(scene.folder.path().join("score-server-5.11.0"));
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    while !scene
        .store
        .requests()
        .iter()
        .any(|asked| is_part(asked) && length(asked) < 6 * MIB && length(asked) > 60_000)
        || scene.store.requests().iter().filter(|asked| is_part(asked)).count() < 12
    {
        assert!(Instant::now() < until, "no part came");
        std::thread::yield_now();
    }
    let pid = rustix::process::Pid::from_raw(child.id().cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(130), "{}", ran.messages);
    assert!(!ran.messages.contains("left over"), "{}", ran.messages);
    nothing_is_left(&scene.store);
}
