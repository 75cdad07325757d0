//! The same answers, typed at the screen or read from a file, are the same bytes.

use std::{fs, process::Command};

use score_setup::{
    catalogue::provider::provider,
    draft::{Origin, Text},
    effects::write::write,
    output::Base,
    secret::Secret,
    wizard::{Event, State, update},
};
use tempfile::TempDir;

const BEFORE: &str = "# ours\r\nserver.port = 9090\r\n#s3.endpoint=\r\nunknown.key=kept\r\n";

/// Values that need care on their way into the file.
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

#[test]
fn the_same_answers_at_the_screen_and_from_a_file_give_the_same_bytes() {
    let folder = TempDir::new().unwrap();
    let (typed, applied) = (folder.path().join("typed.properties"), folder.path().join("applied.properties"));
    for path in [&typed, &applied] {
        fs::write(path, BEFORE).unwrap();
    }

    let mut state = State::new("here");
    update(&mut state, Event::PathChosen(typed.clone()));
    let base = Base { path: typed.clone(), bytes: Some(BEFORE.into()), notes: Vec::new(), release: None };
    update(&mut state, Event::Loaded(Ok(base)));
    update(&mut state, Event::ReleaseChosen("5.11".parse().unwrap()));
    update(&mut state, Event::ProviderChosen(provider("minio").unwrap()));
    for (key, text) in ANSWERS {
        // Key by key, as they are pressed.
        for end in text.char_indices().map(|(at, letter)| at + letter.len_utf8()) {
            let typed = &text[..end];
            let text = if key == "s3.secretKey" { Text::Secret(Secret::new(typed)) } else { Text::Plain(typed.into()) };
            update(&mut state, Event::Answered { key, text, origin: Origin::Typed });
        }
        update(&mut state, Event::FieldLeft(key));
    }
    write(&state.proposal().unwrap(), std::time::SystemTime::now()).unwrap();

    let mut toml = toml::Table::new();
    toml.insert("provider".into(), "minio".into());
    toml.insert("release".into(), "5.11".into());
    let settings = ANSWERS.map(|(key, text)| (key.to_owned(), toml::Value::from(text)));
    toml.insert("settings".into(), toml::Table::from_iter(settings).into());
    let answers = folder.path().join("answers.toml");
    fs::write(&answers, toml.to_string()).unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_score-setup"))
        .args(["apply", "--no-check", "--conf"])
        .arg(&applied)
        .arg("--answers")
        .arg(&answers)
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));

    let (typed, applied) = (fs::read_to_string(&typed).unwrap(), fs::read_to_string(&applied).unwrap());
    assert_eq!(typed, applied);
    assert_ne!(typed, BEFORE);
    assert!(typed.starts_with("# ours\r\nserver.port = 9090\r\n"), "{typed}");
    assert!(typed.contains("\r\ns3.endpoint=http://minio.example.org:9000\r\n"), "{typed}");
    assert!(typed.contains("\r\nunknown.key=kept\r\n"), "{typed}");
}
