//! Tests `restore`: it undoes a write, all files of it together, and the restore itself can be undone.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
    time::{Duration, SystemTime},
};

use score_setup::{
    effects::write::write,
    wizard::proposal::{FileChange, Proposal},
};
use tempfile::TempDir;

use crate::batch::{misfits, schema};

/// Returns an installation after two writes, with the content before each.
fn installation() -> TempDir {
    let folder = TempDir::new().unwrap();
    let conf = folder.path();
    fs::write(conf.join("application.properties"), "s3.secretKey=canary-one\na=1\n").unwrap();
    fs::write(conf.join("wrapper.conf"), "wrapper.app.parameter.1=--spring.profiles.active=a\n").unwrap();
    let step = |seconds, files: &[(&str, &str)]| {
        let change = |(name, after): &(&str, &str)| {
            let path = conf.join(name);
            FileChange {
                before: fs::read(&path).ok(),
                path,
                after: (*after).into(),
                objects: false,
                mode: None,
                notes: Vec::new(),
            }
        };
        let proposal = Proposal::new(files.iter().map(change).collect());
        write(&proposal, SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
    };
    let second = "wrapper.app.parameter.1=--spring.profiles.active=b\n";
    step(0, &[("wrapper.conf", second), ("application.properties", "s3.secretKey=canary-two\na=1\nb=2\n")]);
    step(86_400, &[("wrapper.conf", second), ("application.properties", "s3.secretKey=canary-two\na=1\nb=3\n")]);
    folder
}

fn restore(folder: &Path, arguments: &[&str]) -> Output {
    let ran = Command::new(env!("CARGO_BIN_EXE_score-setup"))
        .args(["restore", "."])
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap();
    for said in [&ran.stdout, &ran.stderr] {
        assert!(!String::from_utf8_lossy(said).contains("canary"), "a secret was told");
    }
    ran
}

fn read(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

#[test]
fn backups_are_listed_with_what_each_would_change() {
    let folder = installation();
    let ran = restore(folder.path(), &["--list"]);
    assert_eq!(
        (ran.status.code(), String::from_utf8(ran.stdout).unwrap().as_str()),
        (
            Some(0),
            "1970-01-02 00:00:00 UTC\n  application.properties.19700102T000000Z.bak  +1 −1 keys\n\
             1970-01-01 00:00:00 UTC\n  wrapper.conf.19700101T000000Z.bak  +1 −1 keys\n  \
             application.properties.19700101T000000Z.bak  +1 −2 keys\n"
        )
    );
}

#[test]
fn the_newest_is_put_back_and_that_can_be_undone() {
    let folder = installation();
    assert_eq!(restore(folder.path(), &[]).status.code(), Some(0));
    assert!(read(&folder, "application.properties").ends_with("b=2\n"));
    // The newest backup is the version that was just replaced.
    assert_eq!(restore(folder.path(), &[]).status.code(), Some(0));
    assert!(read(&folder, "application.properties").ends_with("b=3\n"));
}

#[test]
fn what_was_written_together_is_put_back_together() {
    for name in
        ["application.properties.19700101T000000Z.bak", "./wrapper.conf.19700101T000000Z.bak", "19700101T000000Z"]
    {
        let folder = installation();
        let ran = restore(folder.path(), &[name, "--json"]);
        let document: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
        assert_eq!((ran.status.code(), &document["restored"]), (Some(0), &"19700101T000000Z".into()), "{name}");
        assert_eq!(document["files"].as_array().unwrap().len(), 2);
        assert!(read(&folder, "application.properties").ends_with("canary-one\na=1\n"));
        assert!(read(&folder, "wrapper.conf").ends_with("active=a\n"));
    }
}

#[test]
fn the_document_is_as_the_schema_says() {
    let schema = schema();
    for arguments in [&["--list", "--json"][..], &["--json"], &["nothing", "--json"]] {
        let ran = restore(installation().path(), arguments);
        let document: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
        assert_eq!(misfits(&document, &schema["$defs"]["restore"], &schema, "$"), Vec::<String>::new());
    }
}

#[test]
fn what_is_no_backup_of_these_files_is_refused() {
    let folder = installation();
    let elsewhere = TempDir::new().unwrap();
    let name = "application.properties.19700101T000000Z.bak";
    let outside = elsewhere.path().join(name);
    fs::write(&outside, "a=evil\n").unwrap();
    std::os::unix::fs::symlink(&outside, folder.path().join("application.properties.19800101T000000Z.bak")).unwrap();
    let before = read(&folder, "application.properties");
    for name in
        [outside.to_str().unwrap(), "../x.bak", "application.properties", "application.properties.19800101T000000Z.bak"]
    {
        let ran = restore(folder.path(), &[name]);
        assert_eq!(ran.status.code(), Some(2), "{name}: {}", String::from_utf8_lossy(&ran.stderr));
    }
    assert_eq!(read(&folder, "application.properties"), before);
    let empty = TempDir::new().unwrap();
    assert_eq!(restore(empty.path(), &[]).status.code(), Some(2));
}

#[test]
fn a_companion_file_that_is_named_itself_is_put_back_once() {
    let folder = installation();
    let ran = Command::new(env!("CARGO_BIN_EXE_score-setup"))
        .args(["restore", "wrapper.conf"])
        .current_dir(folder.path())
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
}
