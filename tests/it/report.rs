//! Tests `score-setup report` as a child process: its content, what it leaves out, and its destination.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use serde_json::{Value, json};

use crate::{
    batch::{Ran, Scene, misfits, schema},
    store::{ACCESS_KEY, Answer, SECRET},
};

const CANARY: &str = "canary-Zq81-secret";

fn scene() -> Scene {
    let scene = Scene::complete();
    let text = format!(
        "s3.endpoint={}\ns3.accessKey={ACCESS_KEY}\ns3.secretKey={SECRET}\ns3.sigV4Enabled=true\n\
         bucket.name.object=score-object\nbucket.name.state=score-state\nobject.sentinel=heliograph\n\
         metadata.url=https://song.hpc.example.org\nother.password={CANARY}\nelsewhere=see {CANARY}\n",
        scene.store.endpoint()
    );
    fs::write(scene.conf(), text).unwrap();
    scene
}

fn report(folder: &Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_score-setup"));
    command.args(["report", "--log", "log"]).args(arguments).current_dir(folder).env("LC_ALL", "C.UTF-8");
    let ran = Ran::from(command.output().unwrap());
    let log = fs::read_to_string(folder.join("log")).unwrap();
    for text in [&ran.out, &ran.messages, &log] {
        assert!(!text.contains(SECRET) && !text.contains(CANARY), "a secret is shown");
    }
    ran
}

fn document(ran: &Ran) -> Value {
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    let schema = schema();
    assert_eq!(misfits(&document, &schema["$defs"]["report"], &schema, "$"), Vec::<String>::new());
    document
}

#[test]
fn everything_known_is_on_one_page_and_nothing_is_written() {
    let scene = scene();
    let ran = report(scene.folder.path(), &["score-server-5.11.0"]);
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    for part in ["# Report of score-setup", "score-server-5.11.0", "## Settings", "application.properties:1", "T-44"] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
    assert!(!ran.out.lines().any(|line| line.trim() == "hint:"), "{}", ran.out);
    assert!(scene.store.requests().iter().all(|asked| asked.method == "GET" || asked.method == "HEAD"));
    let document = document(&report(scene.folder.path(), &["score-server-5.11.0", "--json", "--no-check"]));
    assert_eq!((&document["check"], &document["files"][0]["size"].is_u64()), (&json!(null), &true));
}

#[test]
fn hostile_words_and_names_are_hidden() {
    let scene = scene();
    let body = "<Error><Code>No\u{1b}[2J</Code><Message>``` at 10.9.8.7</Message></Error>";
    scene.store.answer(|_| true, Answer::new(403).body(body));
    let ran = report(scene.folder.path(), &["score-server-5.11.0", "--hide-hosts"]);
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    for name in ["\u{1b}", "score-object", "song.hpc", "10.9.8.7", ACCESS_KEY] {
        assert!(!ran.out.contains(name), "{name}: {}", ran.out);
    }
    assert!(ran.out.contains("bucket-1") && ran.out.contains("host-1"), "{}", ran.out);
    document(&report(scene.folder.path(), &["score-server-5.11.0", "--hide-hosts", "--json"]));
}

#[test]
fn a_file_is_the_owners_alone_and_never_replaced() {
    let scene = scene();
    let folder = scene.folder.path();
    let arguments = ["score-server-5.11.0", "--no-check", "--output", "ticket.md"];
    let ran = report(folder, &arguments);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{}", ran.messages);
    let written = fs::read_to_string(folder.join("ticket.md")).unwrap();
    assert!(written.starts_with("# Report") && !written.contains(SECRET) && !written.contains(CANARY));
    assert_eq!(fs::metadata(folder.join("ticket.md")).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(report(folder, &arguments).code, Some(1));
    assert_eq!(report(folder, &["nowhere"]).code, Some(1));
    assert_eq!(fs::read_to_string(folder.join("ticket.md")).unwrap(), written);
}
