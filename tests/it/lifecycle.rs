//! Tests that the lifecycle rule of this program is added to the rules of a bucket and nothing else changes, and that the
//! former rules come back.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
    time::Duration,
};

use bytes::Bytes;
use http::Method;
use score_setup::{
    score::Version,
    store::{
        probe::{Route, lifecycle::AbortRule},
        provision::lifecycle::{RulesKeeper, add, put_back},
    },
};

use crate::{
    batch::{Ran, Scene, command},
    provision::target,
    store::{Answer, Asked, Kept, SECRET, Store},
};

const OTHERS: &str = "<?xml version=\"1.0\"?>\n<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                      <Rule><ID>mine</ID><Filter><Prefix>x</Prefix></Filter><Status>Enabled</Status><Expiration><Days>3</Days>\
                      </Expiration><Newer a=\"1\">&#x41;</Newer></Rule></LifecycleConfiguration>";

fn of_lifecycle(asked: &Asked) -> bool {
    asked.query("lifecycle").is_some()
}

/// Keeps the rules in memory, and what became of them.
#[derive(Default)]
struct Keeper {
    full: bool,
    kept: Mutex<Vec<Vec<u8>>>,
    replaced: Mutex<Vec<bool>>,
}

impl RulesKeeper for Keeper {
    fn keep(&self, _: &str, rules: &[u8]) -> io::Result<PathBuf> {
        if self.full {
            return Err(io::Error::other("the disk is full"));
        }
        self.kept.lock().unwrap().push(rules.to_vec());
        Ok("kept.xml".into())
    }

    fn settle(&self, _: &str, _: &Path, replaced: bool) {
        self.replaced.lock().unwrap().push(replaced);
    }
}

async fn add_to(store: &Store, keeper: &Keeper) -> Result<String, String> {
    let rule = AbortRule { prefix: "data/".to_owned(), days: 7 };
    let done = add(&target(store, Version::V2), &Route::default(), None, "score-object", &rule, keeper).await;
    done.map_err(|error| error.to_string())
}

async fn undo(store: &Store, former: &str) -> Result<bool, String> {
    let target = target(store, Version::V4);
    let done = put_back(&target, &Route::default(), None, "score-object", former.as_bytes()).await;
    done.map_err(|error| error.to_string())
}

fn text(kept: &Kept) -> Option<String> {
    kept.lock().unwrap().as_ref().map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
}

fn set(kept: &Kept, text: &str) {
    *kept.lock().unwrap() = Some(Bytes::from(text.to_owned()));
}

#[tokio::test]
async fn the_rule_is_added_and_every_other_byte_goes_back() {
    let (store, keeper) = (Store::start().await, Keeper::default());
    let kept = store.keep(of_lifecycle);
    set(&kept, OTHERS);
    let said = add_to(&store, &keeper).await;
    assert_eq!(
        said,
        Ok("Added a lifecycle rule to score-object. It aborts unfinished uploads after 7 days.".to_owned())
    );
    let rule = "<Rule><ID>score-setup-abort-uploads</ID><Filter><Prefix>data/</Prefix></Filter><Status>Enabled</Status>\
                <AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>";
    assert_eq!(text(&kept).unwrap(), OTHERS.replace("</LifecycleC", &format!("{rule}</LifecycleC")));
    assert_eq!(keeper.kept.lock().unwrap()[..], [OTHERS.as_bytes().to_vec()]);
    assert_eq!(keeper.replaced.lock().unwrap()[..], [true]);
    let lines: Vec<String> = store.lines();
    let asked = ["GET", "PUT", "GET"].map(|method| format!("{method} /score-object/?lifecycle"));
    assert_eq!(lines, asked);
    assert!(store.requests()[1].header("content-md5").is_some());

    let again = add_to(&store, &keeper).await.unwrap();
    assert!(again.ends_with("already aborts unfinished uploads. Nothing was changed."), "{again}");
    assert_eq!(undo(&store, OTHERS).await, Ok(true));
    assert_eq!(text(&kept).unwrap(), OTHERS);
    assert_eq!(undo(&store, OTHERS).await, Ok(false));
}

#[tokio::test]
async fn a_bucket_without_rules_has_none_again() {
    let (store, keeper) = (Store::start().await, Keeper::default());
    let kept = store.keep(of_lifecycle);
    add_to(&store, &keeper).await.unwrap();
    let former = String::from_utf8(keeper.kept.lock().unwrap()[0].clone()).unwrap();
    assert!(text(&kept).is_some());
    assert_eq!(undo(&store, &former).await, Ok(true));
    assert_eq!(text(&kept), None);
}

#[tokio::test]
async fn nothing_is_written_if_the_rules_cannot_be_read_or_kept() {
    for (status, body, told) in [
        (403, "<Error><Code>AccessDenied</Code></Error>", "could not be read (AccessDenied (HTTP 403))"),
        (404, "<Error><Code>NoSuchBucket</Code></Error>", "could not be read (NoSuchBucket (HTTP 404))"),
        (404, "", "could not be read (an error without a code (HTTP 404))"),
        (200, "<html/>", "cannot be understood"),
        (200, "\u{feff}<LifecycleConfiguration/>", "cannot be understood"),
    ] {
        let (store, keeper) = (Store::start().await, Keeper::default());
        store.answer(of_lifecycle, Answer::new(status).body(body));
        let said = add_to(&store, &keeper).await.unwrap_err();
        assert!(said.contains(told) && said.ends_with("othing was changed."), "{said}");
        assert_eq!((store.requests().len(), keeper.kept.lock().unwrap().len()), (1, 0));
    }
    let (store, keeper) = (Store::start().await, Keeper { full: true, ..Keeper::default() });
    store.keep(of_lifecycle);
    let said = add_to(&store, &keeper).await.unwrap_err();
    assert!(said.contains("could not be kept in a file (the disk is full). Nothing was changed."), "{said}");
    assert_eq!(store.requests().len(), 1);
}

#[tokio::test]
async fn a_refusal_and_lost_rules_are_told() {
    let (store, keeper) = (Store::start().await, Keeper::default());
    let kept = store.keep(of_lifecycle);
    store.refuse(|asked| of_lifecycle(asked) && asked.method == Method::PUT, 400, "InvalidArgument");
    let said = add_to(&store, &keeper).await.unwrap_err();
    assert!(said.contains("the store refuses them (InvalidArgument: refused by the test (HTTP 400))"), "{said}");
    assert_eq!((text(&kept), &keeper.replaced.lock().unwrap()[..]), (None, &[false][..]));

    // A gateway that gives up may have passed the rules on, so what was there stays kept.
    store.behave();
    store.keep(of_lifecycle);
    store.refuse(|asked| of_lifecycle(asked) && asked.method == Method::PUT, 504, "GatewayTimeout");
    let said = add_to(&store, &keeper).await.unwrap_err();
    assert!(said.contains("it is not known whether the store did it: GatewayTimeout"), "{said}");
    assert_eq!(keeper.replaced.lock().unwrap()[..], [false, true]);

    // A store that loses a rule of others.
    store.behave();
    store.keep(of_lifecycle);
    let reads = |asked: &Asked| of_lifecycle(asked) && asked.method == Method::GET;
    let lossy =
        AbortRule { prefix: "data/".to_owned(), days: 7 }.added_to(OTHERS.replace("mine", "x").as_bytes()).unwrap();
    store.answer(reads, Answer::new(200).body(lossy));
    store.answer_nth(reads, 0, Answer::new(200).body(OTHERS));
    let said = add_to(&store, &keeper).await.unwrap_err();
    assert!(said.contains("the store shows other rules than were written"), "{said}");
    assert_eq!(keeper.replaced.lock().unwrap()[..], [false, true, true]);
    // Rules that changed since then are not replaced.
    store.behave();
    let kept = store.keep(of_lifecycle);
    set(&kept, &OTHERS.replace("Days>3", "Days>4"));
    let said = undo(&store, OTHERS).await.unwrap_err();
    assert!(said.contains("other rules were changed since then. Nothing was changed."), "{said}");
}

#[tokio::test]
async fn what_aws_tells_about_small_objects_goes_back() {
    let (store, keeper) = (Store::start().await, Keeper::default());
    let name = "x-amz-transition-default-minimum-object-size";
    let reply = Answer::new(200).header(name, "varies_by_storage_class").body(OTHERS);
    store.answer(|asked| of_lifecycle(asked) && asked.method == Method::GET, reply);
    store.answer(|asked| of_lifecycle(asked) && asked.method == Method::PUT, Answer::new(200));
    assert!(add_to(&store, &keeper).await.is_err());
    assert_eq!(store.requests()[1].header(name), Some("varies_by_storage_class"));
}

fn run(scene: &Scene, answers: &Path, arguments: &[&str]) -> Ran {
    let mut command = command(scene.folder.path(), answers, arguments, SECRET);
    Ran::from(command.env("XDG_STATE_HOME", scene.folder.path().join("state")).output().unwrap())
}

#[test]
fn apply_adds_the_rule_only_if_it_may_and_the_undo_line_works() {
    let scene = Scene::complete();
    let kept = scene.store.keep(of_lifecycle);
    set(&kept, OTHERS);
    let answers = |create: &str| {
        let clean = "\"upload.clean.enabled\" = false\n";
        scene.answers(&format!("{clean}[create]\nbuckets = true\nsentinel = true\n{create}"))
    };
    let puts = || scene.store.requests().iter().filter(|one| of_lifecycle(one) && one.method == Method::PUT).count();
    assert_eq!((run(&scene, &answers(""), &[]).code, puts()), (Some(0), 0));
    let ran = run(&scene, &answers("lifecycle = true\n"), &["--dry-run"]);
    assert_eq!((ran.code, puts()), (Some(0), 0), "{}", ran.messages);
    let would = "Would add a lifecycle rule to score-object that aborts unfinished uploads after 7 days.";
    assert!(ran.messages.contains(would), "{}", ran.messages);

    let ran = run(&scene, &answers("lifecycle = true\n"), &[]);
    assert_eq!((ran.code, puts()), (Some(0), 1), "{}", ran.messages);
    let line = ran.messages.lines().find(|line| line.starts_with("score-setup restore ")).unwrap();
    let mut words = line.split(' ').skip(1);
    let file = words.clone().nth(2).unwrap();
    assert_eq!(fs::read_to_string(file).unwrap(), OTHERS);
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(ran.messages.contains(&format!("The former lifecycle rules of score-object are in {file}.")));
    assert_ne!(text(&kept).unwrap(), OTHERS);
    let again = run(&scene, &answers("lifecycle = true\n"), &["--json"]);
    assert_eq!((again.json()["changed"].as_bool(), puts()), (Some(false), 1), "{}", again.messages);

    let restore = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_score-setup"));
        command.args(words.clone()).current_dir(scene.folder.path());
        Ran::from(command.output().unwrap())
    };
    let ran = restore();
    assert_eq!((ran.code, text(&kept).unwrap().as_str()), (Some(0), OTHERS), "{}", ran.messages);
    set(&kept, &OTHERS.replace("Days>3", "Days>4"));
    let ran = restore();
    assert_eq!((ran.code, puts()), (Some(4), 2), "{}", ran.messages);
    assert!(!ran.messages.contains(SECRET) && words.next() == Some("restore"));
}

#[test]
fn an_operator_who_leaves_waits_until_the_former_rules_are_back() {
    let scene = Scene::complete();
    let kept = scene.store.keep(of_lifecycle);
    set(&kept, OTHERS);
    let create = "\"upload.clean.enabled\" = false\n[create]\nbuckets = true\nsentinel = true\nlifecycle = true\n";
    let ran = run(&scene, &scene.answers(create), &[]);
    let undo = ran.messages.lines().find(|line| line.starts_with("score-setup restore ")).unwrap();
    let puts = || scene.store.requests().iter().filter(|one| of_lifecycle(one) && one.method == Method::PUT).count();
    assert_eq!(puts(), 1);
    scene.store.delay(Duration::from_millis(400));
    let mut command = Command::new(env!("CARGO_BIN_EXE_score-setup"));
    command.args(undo.split(' ').skip(1)).current_dir(scene.folder.path());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while puts() < 2 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!((ran.code, text(&kept).unwrap().as_str()), (Some(0), OTHERS), "{}", ran.messages);
    assert!(ran.messages.contains("Waiting for the end of this work"), "{}", ran.messages);
    assert!(ran.messages.contains("has its former lifecycle rules again"), "{}", ran.messages);
}

#[test]
fn nothing_is_added_where_scores_own_clean_up_works() {
    let scene = Scene::complete();
    let kept = scene.store.keep(of_lifecycle);
    let answers = scene.answers("\"upload.clean.enabled\" = true\n[create]\nlifecycle = true\n");
    let ran = run(&scene, &answers, &[]);
    assert_eq!((ran.code, text(&kept)), (Some(0), None), "{}", ran.messages);
}
