//! Tests `cases/<name>.answers.toml`: it turns `<name>.before.properties` into `<name>.after.properties`, and so with
//! `<name>.before.wrapper.conf` and other files next to it. The cases in `cases/refused/` are refused, with the
//! messages of `<name>.messages.txt`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

use crate::accepted::compare;

fn answers_in(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(folder);
    let mut found: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_str().is_some_and(|path| path.ends_with(".answers.toml")))
        .collect();
    found.sort();
    assert!(!found.is_empty());
    found
}

fn beside(answers: &Path, ending: &str) -> PathBuf {
    PathBuf::from(answers.to_str().unwrap().replace(".answers.toml", ending))
}

/// Applies the answers in a separate folder that contains the files before. File names in messages are relative to it.
fn apply(folder: &TempDir, answers: &Path) -> (Output, Option<String>) {
    let file = folder.path().join("application.properties");
    fs::copy(answers, folder.path().join("answers.toml")).unwrap();
    let before = beside(answers, ".before.properties");
    if before.exists() {
        fs::copy(before, &file).unwrap();
    }
    for (name, from) in others(answers, ".before.") {
        fs::copy(from, folder.path().join(name)).unwrap();
    }
    let ran = run(folder);
    (ran, fs::read(&file).ok().map(|bytes| String::from_utf8(bytes).unwrap()))
}

fn run(folder: &TempDir) -> Output {
    Command::new(env!("CARGO_BIN_EXE_score-setup"))
        .args(["apply", "--no-check", "--conf", ".", "--answers", "answers.toml"])
        .current_dir(folder.path())
        .env_clear()
        .env("LC_ALL", "C.UTF-8")
        .env("SECRET", "from the environment")
        .output()
        .unwrap()
}

/// Returns the files next to application.properties by their names: `<name>.before.wrapper.conf` is wrapper.conf.
fn others(answers: &Path, when: &str) -> Vec<(String, PathBuf)> {
    let start = beside(answers, when).file_name().unwrap().to_str().unwrap().to_owned();
    let entries = fs::read_dir(answers.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = entries
        .filter_map(|path| Some((path.file_name()?.to_str()?.strip_prefix(&start)?.to_owned(), path)))
        .filter(|(name, _)| name != "properties")
        .collect();
    found.sort();
    found
}

/// Returns the other files in the folder, without those that every new installation gets.
fn left(folder: &TempDir) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let mut left: Vec<_> = entries
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap()))
        .filter(|(name, _)| {
            name != "application.properties" && name != "answers.toml" && name.rsplit('.').next() != Some("bak")
        })
        .filter(|(_, text)| text != include_str!("../../templates/bootstrap.properties"))
        .collect();
    left.sort();
    left
}

/// Returns what `lint` finds in what was written, without notes.
fn faults(folder: &TempDir) -> Vec<String> {
    let opened = [".env.score", "application.properties"].map(|name| folder.path().join(name));
    let opened = opened.iter().find(|path| path.exists()).unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_score-setup")).arg("lint").arg(opened).env_clear().output().unwrap();
    let found = String::from_utf8(ran.stdout).unwrap();
    let fault = |line: &&str| [": start: ", ": ping: ", ": transfer: "].iter().any(|severity| line.contains(severity));
    found.lines().filter(fault).map(str::to_owned).collect()
}

#[test]
fn every_case_makes_the_expected_files_and_a_second_run_changes_nothing() {
    for answers in answers_in("cases") {
        let folder = TempDir::new().unwrap();
        let (ran, written) = apply(&folder, &answers);
        assert!(ran.status.success(), "{}: {}", answers.display(), String::from_utf8_lossy(&ran.stderr));
        if let Some(written) = &written {
            compare(&beside(&answers, ".after.properties"), written);
        }
        let left_after = left(&folder);
        for (name, text) in &left_after {
            compare(&beside(&answers, &format!(".after.{name}")), text);
        }
        let expected: Vec<_> = others(&answers, ".after.").into_iter().map(|(name, _)| name).collect();
        assert_eq!(
            left_after.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(),
            expected,
            "{}",
            answers.display()
        );
        // Answers with authorization and companion files are complete.
        let text = fs::read_to_string(&answers).unwrap();
        if text.contains("\"auth.server.") && !text.contains("companion_files = false") {
            assert_eq!(faults(&folder), Vec::<String>::new(), "{}", answers.display());
        }
        let again = String::from_utf8(run(&folder).stderr).unwrap();
        assert!(!again.contains("is written"), "{}: {again}", answers.display());
        assert_eq!(left(&folder), left_after, "{}", answers.display());
    }
}

#[test]
fn every_refused_case_is_refused_and_its_file_untouched() {
    for answers in answers_in("cases/refused") {
        let before = fs::read_to_string(beside(&answers, ".before.properties")).ok();
        let (ran, left) = apply(&TempDir::new().unwrap(), &answers);
        assert_eq!((ran.status.code(), left), (Some(2), before), "{}", answers.display());
        let messages = String::from_utf8(ran.stderr).unwrap();
        // Messages contain the path of the file, and the folder differs each time.
        let messages = messages
            .split(' ')
            .map(|word| if word.starts_with('/') { word.rsplit('/').next().unwrap() } else { word })
            .collect::<Vec<_>>()
            .join(" ");
        compare(&beside(&answers, ".messages.txt"), &messages);
    }
}
