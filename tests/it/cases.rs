//! `cases/<name>.answers.toml` and `<name>.before.properties` make `<name>.after.properties`; what stands in
//! `cases/refused/` is refused, with the words of `<name>.messages.txt`. `BLESS=1` writes what is expected anew.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

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

/// Applies the answers in a folder of their own; names in messages are relative to it.
fn apply(answers: &Path) -> (Output, Option<String>) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("application.properties");
    fs::copy(answers, folder.path().join("answers.toml")).unwrap();
    let before = beside(answers, ".before.properties");
    if before.exists() {
        fs::copy(before, &file).unwrap();
    }
    let ran = Command::new(env!("CARGO_BIN_EXE_score-setup"))
        .args(["apply", "--no-check", "--conf", "application.properties", "--answers", "answers.toml"])
        .current_dir(folder.path())
        .env_clear()
        .env("LC_ALL", "C.UTF-8")
        .env("SECRET", "from the environment")
        .output()
        .unwrap();
    (ran, fs::read(&file).ok().map(|bytes| String::from_utf8(bytes).unwrap()))
}

fn compare(expected: &Path, actual: &str) {
    if std::env::var_os("BLESS").is_some() {
        fs::write(expected, actual).unwrap();
    }
    assert_eq!(fs::read_to_string(expected).unwrap_or_default(), actual, "{}", expected.display());
}

#[test]
fn every_case_makes_the_expected_file() {
    for answers in answers_in("cases") {
        let (ran, written) = apply(&answers);
        assert!(ran.status.success(), "{}: {}", answers.display(), String::from_utf8_lossy(&ran.stderr));
        compare(&beside(&answers, ".after.properties"), &written.unwrap());
    }
}

#[test]
fn every_refused_case_is_refused_and_its_file_untouched() {
    for answers in answers_in("cases/refused") {
        let before = fs::read_to_string(beside(&answers, ".before.properties")).ok();
        let (ran, left) = apply(&answers);
        assert_eq!((ran.status.code(), left), (Some(2), before), "{}", answers.display());
        let messages = String::from_utf8(ran.stderr).unwrap();
        // The file is named with its folder, which is another one each time.
        let messages = messages
            .split(' ')
            .map(|word| if word.starts_with('/') { word.rsplit('/').next().unwrap() } else { word })
            .collect::<Vec<_>>()
            .join(" ");
        compare(&beside(&answers, ".messages.txt"), &messages);
    }
}
