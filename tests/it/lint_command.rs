//! Tests `score-setup lint` as a child process: text, JSON, exit codes, several deployments, and that no output
//! contains a secret.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::batch::{Ran, misfits, schema};

const CANARY: &str = "canary-Zq81-secret";

fn lint(folder: &Path, arguments: &[&str]) -> Ran {
    let ran = Command::new(env!("CARGO_BIN_EXE_score-setup"))
        .arg("lint")
        .args(arguments)
        .current_dir(folder)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap();
    let ran = Ran::from(ran);
    assert!(!ran.out.contains(CANARY) && !ran.messages.contains(CANARY), "the secret is shown");
    ran
}

/// Returns a folder with only an endpoint and a quoted secret.
fn folder() -> TempDir {
    let root = TempDir::new().unwrap();
    let conf = root.path().join("score-server-5.11.0/conf");
    fs::create_dir_all(&conf).unwrap();
    let text = format!("# ours\ns3.endpoint=\"http://minio.example.org:9000\"\ns3.secretKey=\"{CANARY}\"\n");
    fs::write(conf.join("application.properties"), text).unwrap();
    root
}

#[test]
fn each_finding_is_told_with_its_file_and_line_and_exit_2() {
    let root = folder();
    let ran = lint(root.path(), &["score-server-5.11.0"]);
    assert_eq!(ran.code, Some(2), "{}", ran.messages);
    let quotes = "score-server-5.11.0/conf/application.properties:2: start: P01 s3.endpoint is in quotes, which become part \
                  of the value: Score does not start.\n    hint: Write the value without quotes.\n    score-setup can fix this.\n";
    assert!(ran.out.contains(quotes), "{}", ran.out);
    let vault = "score-server-5.11.0/conf/bootstrap.properties: start: T-44 ";
    assert!(ran.out.contains(vault), "{}", ran.out);
    assert!(
        ran.messages.starts_with("score-server-5.11.0: ") && ran.messages.contains("for Score 5.11"),
        "{}",
        ran.messages
    );
}

#[test]
fn the_document_is_as_the_schema_says() {
    let root = folder();
    let ran = lint(root.path(), &["score-server-5.11.0/conf/application.properties", "absent", "--json"]);
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    let schema = schema();
    assert_eq!(misfits(&document, &schema["$defs"]["lint"], &schema, "$"), Vec::<String>::new());
    assert_eq!((ran.code, &document["exit"]), (Some(1), &json!(1)));
    assert_eq!(document["deployments"][0]["release"], "5.11");
    assert!(document["deployments"][1]["error"].is_object());
}

#[test]
fn a_release_that_is_named_counts_more_than_the_folder() {
    let root = folder();
    let told = |release| lint(root.path(), &["score-server-5.11.0", "--release", release]).out;
    assert!(
        told("5.12").contains("s3.data.directory is missing") && !told("5.9").contains("server.cors.allowedOrigins")
    );
}

#[test]
fn a_compose_file_that_compose_cannot_read_is_wrong_and_one_that_is_not_there_could_not_be_read() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("compose.yml"), "services:\n  score: [\n").unwrap();
    for (name, exit) in [("compose.yml", 2), ("absent.yml", 1)] {
        for command in ["lint", "show", "check", "restore"] {
            let ran = Command::new(env!("CARGO_BIN_EXE_score-setup"))
                .args([command, name])
                .current_dir(folder.path())
                .env_clear()
                .output()
                .unwrap();
            assert_eq!(ran.status.code(), Some(exit), "{command} {name}");
        }
    }
}
