//! Tests that the same answers give the same bytes, typed at the screen or read from a file.

use std::{fs, process::Command};

use score_setup::{
    answers::draft::{Origin, Text},
    effects::{load, write::write},
    forms::Base,
    install::deployment::{Deployment, Launcher},
    score::{provider::provider, setting},
    text::secret::Secret,
    wizard::{Event, SessionOptions, State, update},
};
use tempfile::TempDir;

use crate::azure_draft::KEY;

const BEFORE: &str = "# ours\r\nserver.port = 9090\r\n#s3.endpoint=\r\nunknown.key=kept\r\n";

/// Values that need escapes in the file.
const ANSWERS: [(&str, &str); 8] = [
    ("s3.endpoint", "http://minio.example.org:9000/"),
    ("s3.accessKey", "score"),
    ("s3.secretKey", "x${HOME}y\\z#=: é"),
    ("bucket.name.object", "score-object"),
    ("bucket.name.state", "score-state"),
    ("upload.partsize", "64 MiB"),
    ("upload.clean.cron", "0 0 3 * * ?"),
    ("metadata.url", "https://song.example.org"),
];

const AZURE: [(&str, &str); 6] = [
    ("azure.accountName", "scoredata"),
    ("azure.accountKey", KEY),
    ("bucket.name.object", "score-object"),
    ("bucket.policy.upload", "write"),
    ("upload.partsize", "64 MiB"),
    ("metadata.url", "https://song.example.org"),
];

/// Returns the file after the answers were typed, key by key.
fn typed(folder: &TempDir, id: &str, answers: &[(&'static str, &str)], more: impl FnOnce(&mut State)) -> String {
    let path = folder.path().join("typed.properties");
    fs::write(&path, BEFORE).unwrap();
    let mut state = State::new(SessionOptions::new("here"));
    update(&mut state, Event::PathChosen(path.clone()));
    let base = Deployment::of_file(Base { path: path.clone(), bytes: Some(BEFORE.into()), notes: Vec::new() })
        .named_after(None);
    update(&mut state, Event::Loaded(Ok(base)));
    update(&mut state, Event::ReleaseChosen("5.11".parse().unwrap()));
    update(&mut state, Event::ProviderChosen(provider(id).unwrap()));
    for (key, text) in answers {
        let secret = setting(key).unwrap().secret();
        for end in text.char_indices().map(|(at, letter)| at + letter.len_utf8()) {
            let typed = &text[..end];
            let text = if secret { Text::Secret(Secret::new(typed)) } else { Text::Plain(typed.into()) };
            update(&mut state, Event::Answered { key, text, origin: Origin::Typed });
        }
        update(&mut state, Event::FieldLeft(key));
    }
    more(&mut state);
    write(&state.proposal().unwrap(), std::time::SystemTime::now()).unwrap();
    fs::read_to_string(&path).unwrap()
}

/// Returns the file as `apply` writes it.
fn applied(folder: &TempDir, id: &str, answers: &[(&str, &str)]) -> String {
    let path = folder.path().join("applied.properties");
    fs::write(&path, BEFORE).unwrap();
    let mut toml = toml::Table::new();
    toml.insert("provider".into(), id.into());
    toml.insert("release".into(), "5.11".into());
    let settings = answers.iter().map(|(key, text)| ((*key).to_owned(), toml::Value::from(*text)));
    toml.insert("settings".into(), settings.collect::<toml::Table>().into());
    let answers = folder.path().join("answers.toml");
    fs::write(&answers, toml.to_string()).unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_score-setup"))
        .args(["apply", "--no-check", "--conf"])
        .arg(&path)
        .arg("--answers")
        .arg(&answers)
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    fs::read_to_string(&path).unwrap()
}

#[test]
fn the_same_answers_at_the_screen_and_from_a_file_give_the_same_bytes() {
    let folder = TempDir::new().unwrap();
    let typed = typed(&folder, "minio", &ANSWERS, |_| {});
    assert_eq!(typed, applied(&folder, "minio", &ANSWERS));
    assert_ne!(typed, BEFORE);
    assert!(
        typed.starts_with("# score-setup: release 5.11, provider minio\r\n# ours\r\nserver.port = 9090\r\n"),
        "{typed}"
    );
    assert!(typed.contains("\r\ns3.endpoint=http://minio.example.org:9000\r\n"), "{typed}");
    assert!(typed.contains("\r\nunknown.key=kept\r\n"), "{typed}");
}

#[test]
fn a_cloud_that_is_chosen_and_one_that_is_part_of_the_key_give_the_same_bytes() {
    let (folder, address) = (TempDir::new().unwrap(), "http://127.0.0.1:10000/scoredata");
    let typed = typed(&folder, "azure", &AZURE, |state| {
        for end in 0..=address.len() {
            update(state, Event::CloudChosen(address[..end].to_owned()));
        }
    });
    let key = format!("{KEY};BlobEndpoint={address}");
    let answers = AZURE.map(|(name, text)| (name, if name == "azure.accountKey" { key.as_str() } else { text }));
    assert_eq!(typed, applied(&folder, "azure", &answers));
    assert!(typed.contains(&format!("\r\nazure.accountKey={key}\r\n")), "{typed}");
    assert!(
        typed.starts_with("# score-setup: release 5.11, provider azure\r\n# ours\r\nserver.port = 9090\r\n"),
        "{typed}"
    );
}

/// The relevant lines of the distribution's file.
const WRAPPER: &str = "wrapper.app.parameter.1=org.springframework.boot.loader.JarLauncher\n\
                       wrapper.app.parameter.2=--spring.config.location=../conf/\n\
                       wrapper.app.parameter.3=--spring.profiles.active=secure,amazon\n";

/// Returns the files in a folder, without answers and backups.
fn files(folder: &TempDir) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap()))
        .filter(|(name, _)| name != "answers.toml" && name.rsplit('.').next() != Some("bak"))
        .collect();
    files.sort();
    files
}

#[test]
fn however_score_is_started_the_files_are_the_same_and_a_second_run_changes_none() {
    for (start, names) in [
        (Launcher::Wrapper, vec!["application.properties", "bootstrap.properties", "wrapper.conf"]),
        (Launcher::Jar, vec!["application.properties", "wrapper.conf"]),
        (Launcher::Docker, vec![".env.score", "wrapper.conf"]),
    ] {
        let folders = [TempDir::new().unwrap(), TempDir::new().unwrap()];
        for folder in &folders {
            fs::write(folder.path().join("wrapper.conf"), WRAPPER).unwrap();
        }
        let [by_hand, by_file] = &folders;
        let mut state = State::new(SessionOptions::new("here"));
        let events = [
            Event::Loaded(load(by_hand.path())),
            Event::ReleaseChosen("5.11".parse().unwrap()),
            Event::LauncherChosen(start),
            Event::ProviderChosen(provider("azure").unwrap()),
        ];
        for event in events {
            update(&mut state, event);
        }
        for (key, text) in AZURE {
            let text =
                if setting(key).unwrap().secret() { Text::Secret(Secret::new(text)) } else { Text::Plain(text.into()) };
            update(&mut state, Event::Answered { key, text, origin: Origin::Typed });
        }
        write(&state.proposal().unwrap(), std::time::SystemTime::now()).unwrap();
        let settings = AZURE.map(|(key, text)| format!("{key:?} = {text:?}\n")).concat();
        let answers = format!(
            "provider = \"azure\"\nrelease = \"5.11\"\n[settings]\n{settings}[deployment]\nstart = {:?}\n",
            start.name()
        );
        fs::write(by_file.path().join("answers.toml"), answers).unwrap();
        for _ in 0..2 {
            let ran = Command::new(env!("CARGO_BIN_EXE_score-setup"))
                .args(["apply", "--no-check", "--conf", ".", "--answers", "answers.toml"])
                .current_dir(by_file.path())
                .output()
                .unwrap();
            assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
            let found = files(by_file);
            assert_eq!(found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), names);
            assert_eq!(found, files(by_hand), "{}", start.name());
        }
    }
}
