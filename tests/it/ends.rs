//! Tests the end of an unattended run that is interrupted, as a child process.

use std::{
    fs,
    io::{Read, Write},
    process::Stdio,
};

use serde_json::json;

use crate::{
    batch::{CREATE, Ran, Scene, command},
    store::{Answer, Asked, SECRET},
};

const ADMIN: &str = "ADMINACCESSKEY000001";
const ADMIN_SECRET: &str = "another-canary-that-nobody-may-see";

/// Returns true if the administrator's key signed the header, with either version.
fn by_admin(asked: &Asked) -> bool {
    asked.header("authorization").is_some_and(|signed| signed.contains(ADMIN))
}

#[test]
fn a_file_that_changes_while_the_checks_run_is_refused_and_kept() {
    let scene = Scene::complete();
    fs::write(scene.conf(), "server.port=1\n").unwrap();
    let conf = scene.conf();
    // This check comes long after the file was read.
    let edit = move |asked: &Asked| {
        if asked.path.contains("heliograph") {
            fs::write(&conf, "server.port=2\n").unwrap();
        }
        false
    };
    scene.store.answer(edit, Answer::new(500));
    let ran = scene.apply(&scene.answers(""), &["--json"]);
    let document = ran.json();
    assert_eq!((ran.code, &document["changed"], &document["verdict"]), (Some(4), &json!(false), &json!("warn")));
    assert!(document["error"]["cause"].as_str().unwrap().ends_with(" changed since it was read."), "{document}");
    assert_eq!(fs::read_to_string(scene.conf()).unwrap(), "server.port=2\n");
    assert_eq!(scene.files(), ["application.properties"]);
    let last = ran.messages.lines().last().unwrap();
    assert_eq!(last, "  hint: run the command again; it then uses the current file");
}

#[test]
fn other_keys_create_and_clean_up_and_are_seen_nowhere() {
    let scene = Scene::set(&[]);
    let (store, memory) = (&scene.store, scene.store.memory.clone());
    // Score's own keys may neither create nor delete.
    store.refuse(|asked| asked.method == "PUT" && asked.key().is_empty() && !by_admin(asked), 403, "AccessDenied");
    store.refuse(|asked| asked.method == "DELETE" && asked.query("uploadId").is_none(), 403, "AccessDenied");
    let create = move |asked: &Asked| {
        let bucket = by_admin(asked) && asked.method == "PUT" && asked.key().is_empty();
        let object = by_admin(asked) && asked.method == "PUT" && !asked.key().is_empty();
        if bucket {
            memory.create(asked.bucket());
        }
        if object {
            memory.put(asked.bucket(), &asked.key(), "hello");
        }
        bucket || object
    };
    store.answer(create, Answer::new(200));
    store.answer(|asked| by_admin(asked) && asked.method == "DELETE", Answer::new(204));
    let keys = format!("\n[create.as]\ns3.accessKey = \" {ADMIN} \"\ns3.secretKey = {{ file = \"admin\" }}\n");
    fs::write(scene.folder.path().join("admin"), format!("{ADMIN_SECRET}\n")).unwrap();
    let ran = scene.apply(&scene.answers(&format!("{CREATE}{keys}")), &["--json"]);
    let document = ran.json();
    let created = document["created"].as_array().unwrap();
    assert!(created.len() == 3 && created.iter().all(|made| made["done"] == true), "{created:#?}");
    assert_eq!((ran.code, &document["leftovers"]), (Some(0), &json!([])), "{}", ran.messages);
    assert_eq!(store.memory.bucket_names(), ["score-object", "score-state"]);
    assert!(store.requests().iter().any(|asked| by_admin(asked) && asked.method == "DELETE"));
    let told = document["notes"].as_array().unwrap().iter().map(|note| note["message"].as_str().unwrap());
    assert!(told.clone().any(|note| note == "s3.accessKey of [create.as]: the spaces around it were removed."));
    let written = fs::read_to_string(scene.conf()).unwrap();
    let log = fs::read_to_string(scene.folder.path().join("log")).unwrap();
    for text in [&written, &log, &ran.out, &ran.messages] {
        assert!(!text.contains(ADMIN_SECRET));
    }
    assert!(!written.contains(ADMIN));
}

#[test]
fn the_verdict_is_the_last_line_whatever_became_of_it() {
    let scene = Scene::complete();
    let last = |ran: &Ran| ran.messages.lines().last().unwrap_or_default().to_owned();
    let good = scene.apply(&scene.answers(""), &[]);
    assert!(last(&good).starts_with("! warn: "), "{}", good.messages);
    let dry = scene.apply(&scene.answers(""), &["--dry-run"]);
    assert!(last(&dry).starts_with("– unproven: "), "{}", dry.messages);
    scene.store.refuse(|asked| asked.path.contains("heliograph"), 403, "AccessDenied");
    let bad = scene.apply(&scene.answers(""), &[]);
    assert!(last(&bad).starts_with("✗ fail: "), "{}", bad.messages);
}

#[test]
fn messages_that_nobody_hears_stop_nothing() {
    let scene = Scene::complete();
    let answers = scene.answers("");
    let mut command = command(scene.folder.path(), &answers, &[], SECRET);
    let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(scene.files(), ["application.properties", "bootstrap.properties"]);
}

#[test]
fn a_difference_that_nobody_takes_is_told_and_no_panic() {
    let scene = Scene::complete();
    let answers = scene.answers("");
    let mut command = command(scene.folder.path(), &answers, &["--dry-run"], SECRET);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut messages = String::new();
    child.stderr.take().unwrap().read_to_string(&mut messages).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{messages}");
    assert!(messages.lines().last().unwrap().starts_with("error: cannot print: "), "{messages}");
}

#[test]
fn answers_come_through_a_pipe_and_never_without_end() {
    let scene = Scene::complete();
    let text = fs::read(scene.answers("")).unwrap();
    let mut command = command(scene.folder.path(), "/dev/stdin".as_ref(), &["--no-check"], SECRET);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(scene.files(), ["application.properties", "bootstrap.properties"]);
    for (answers, cause) in [
        ("/dev/zero", "it is larger than 1 MiB"),
        (scene.folder.path().to_str().unwrap(), "is a directory"),
        ("gone.toml", "no such file or directory"),
    ] {
        let ran = scene.apply(answers.as_ref(), &[]);
        let told = format!(
            "error: cannot read {answers}\n  caused by: {cause}\n  hint: for an example, run: score-setup help apply\n"
        );
        assert_eq!((ran.code, ran.messages), (Some(2), told));
    }
}

#[test]
fn what_the_file_leaves_to_the_machine_of_score_is_not_tried() {
    let scene = Scene::complete();
    fs::write(scene.conf(), "bucket.size.pool=${POOL}\n").unwrap();
    let ran = scene.apply(&scene.answers(""), &[]);
    assert_eq!(ran.code, Some(1), "{}", ran.messages);
    assert!(
        ran.messages.contains("placeholder (${…}) for bucket.size.pool, which Spring replaces only when Score starts")
    );
    assert_eq!(scene.store.connections(), 0);
    let ran = scene.apply(&scene.answers(""), &["--no-check"]);
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    assert!(fs::read_to_string(scene.conf()).unwrap().contains("bucket.size.pool=${POOL}\n"));
}
