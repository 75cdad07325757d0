//! Tests the wizard in questions and answers: on a pipe, in whole lines and with lists in a real terminal.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::{
    azure_store::{ACCOUNT, Azure, CONTAINER, key},
    batch::{Ran, Scene},
    pty::terminal::Terminal,
    store::{ACCESS_KEY, SECRET},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_score-setup");
const SHIPPED: &str = "# Score";
const INSTALLATION: &str = "score-server-5.11.0";

/// Returns a folder with an installation whose file has only comments.
fn installation() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir_all(file(folder.path()).parent().unwrap()).unwrap();
    fs::write(file(folder.path()), SHIPPED).unwrap();
    folder
}

fn file(folder: &Path) -> PathBuf {
    folder.join(INSTALLATION).join("conf/application.properties")
}

fn written(folder: &TempDir) -> String {
    fs::read_to_string(file(folder.path())).unwrap()
}

/// Runs the wizard with these lines on standard input.
fn piped(folder: &TempDir, arguments: &[&str], lines: &[&str]) -> Ran {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).arg(INSTALLATION).current_dir(folder.path()).env_clear().env("LANG", "C.UTF-8");
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // The program may end before it has read all lines.
    let text = lines.iter().map(|line| [line, "\n"].concat()).collect::<String>();
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    Ran::from(child.wait_with_output().unwrap())
}

/// Runs `apply` with these settings.
fn applied(folder: &TempDir, provider: &str, settings: &[(&str, &str)]) -> String {
    let mut toml = toml::Table::new();
    toml.insert("provider".into(), provider.into());
    let settings = settings.iter().map(|(key, text)| ((*key).to_owned(), toml::Value::from(*text)));
    toml.insert("settings".into(), settings.collect::<toml::Table>().into());
    let answers = folder.path().join("answers.toml");
    fs::write(&answers, toml.to_string()).unwrap();
    let mut command = Command::new(PROGRAM);
    command.args(["apply", "--conf", INSTALLATION, "--answers"]).arg(&answers).current_dir(folder.path());
    let ran = Ran::from(command.output().unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    written(folder)
}

/// A store, and what is asked about it.
struct Case {
    provider: &'static str,
    /// The settings in the order of the questions about the store.
    settings: Vec<(&'static str, String)>,
    connect_to: String,
}

const SONG: (&str, &str) = ("metadata.url", "https://song.example.org");

impl Case {
    fn s3(provider: &'static str, scene: &Scene) -> Self {
        let settings = vec![
            ("s3.endpoint", scene.store.endpoint()),
            ("s3.accessKey", ACCESS_KEY.to_owned()),
            ("s3.secretKey", SECRET.to_owned()),
            ("bucket.name.object", "score-object".to_owned()),
            ("bucket.name.state", "score-state".to_owned()),
        ];
        Self { provider, settings, connect_to: scene.store.address().to_string() }
    }

    /// The cloud is a part of the key, so that it is not asked.
    fn azure(azure: &Azure) -> Self {
        let address = azure.target().endpoint();
        let settings = vec![
            ("azure.accountName", ACCOUNT.to_owned()),
            ("azure.accountKey", format!("{};BlobEndpoint={address}", key())),
            ("bucket.name.object", CONTAINER.to_owned()),
        ];
        Self { provider: "azure", settings, connect_to: azure.address().to_string() }
    }

    fn applied(&self, folder: &TempDir, more: &[(&str, &str)]) -> String {
        let settings = self.settings.iter().map(|(key, text)| (*key, text.as_str()));
        applied(folder, self.provider, &settings.chain([SONG]).chain(more.iter().copied()).collect::<Vec<_>>())
    }
}

#[test]
fn answers_on_a_pipe_give_the_same_bytes_as_an_answers_file() {
    let scene = Scene::complete();
    let serving = Runtime::new().unwrap();
    let azure = serving.block_on(Azure::good());
    let cases = [Case::s3("aws", &scene), Case::s3("minio", &scene), Case::s3("ceph", &scene), Case::azure(&azure)];
    for case in cases {
        let [by_file, by_lines] = [installation(), installation()];
        let first = case.applied(&by_file, &[]);
        let mut lines = vec![case.provider];
        lines.extend(case.settings.iter().map(|(_, text)| text.as_str()));
        lines.extend([SONG.1, "off", "write these files"]);
        // Before its cloud is known, the account is looked for at Azure: at the given address.
        let arguments = ["--connect-to", &case.connect_to];
        let ran = piped(&by_lines, &arguments, &lines);
        assert_eq!(ran.code, Some(0), "{}: {}{}", case.provider, ran.out, ran.messages);
        assert_eq!(written(&by_lines), first, "{}", case.provider);
        assert!(!ran.out.contains(SECRET) && !ran.out.contains(&key()) && !ran.out.contains('\x1b'), "{}", ran.out);

        let again = case.applied(&by_file, &[("upload.partsize", "128 MiB")]);
        let lines = ["change an answer", "part size", "128 MiB", "test and review", "write these files"];
        let ran = piped(&by_lines, &arguments, &lines);
        assert_eq!(ran.code, Some(0), "{}: {}{}", case.provider, ran.out, ran.messages);
        assert_eq!(written(&by_lines), again, "{}", case.provider);
        assert_ne!(first, again);
    }
}

#[test]
fn input_that_ends_before_the_last_question_writes_nothing() {
    let scene = Scene::complete();
    let case = Case::s3("minio", &scene);
    let mut lines = vec!["minio"];
    lines.extend(case.settings.iter().map(|(_, text)| text.as_str()));
    lines.extend([SONG.1, "off"]);
    for count in [0, 1, 4, lines.len()] {
        let folder = installation();
        let ran = piped(&folder, &["--plain"], &lines[..count]);
        assert_eq!(ran.code, Some(130), "{count}: {}{}", ran.out, ran.messages);
        assert_eq!(written(&folder), SHIPPED, "{count}");
        assert!(ran.out.contains("score-setup apply --answers FILE --conf "), "{count}: {}", ran.out);
        assert!(ran.out.contains("Left. No file was written."), "{count}: {}", ran.out);
    }
}

#[test]
fn a_wrong_answer_on_a_pipe_ends_it_before_the_lines_are_taken_for_other_answers() {
    let folder = installation();
    for lines in [&["no such store", SECRET][..], &["minio", "http://", SECRET], &["r2", SECRET], &["\x1b[A"]] {
        let ran = piped(&folder, &[], lines);
        assert_eq!(ran.code, Some(2), "{lines:?}: {}{}", ran.out, ran.messages);
        assert!(ran.out.contains("Nothing more is read."), "{lines:?}: {}", ran.out);
        assert!(!ran.out.contains(SECRET), "{lines:?}: {}", ran.out);
        assert_eq!(written(&folder), SHIPPED, "{lines:?}");
    }
}

const ENTER: &str = "\r";
const CTRL_C: &str = "\x03";

/// The keys of a secret that is typed with mistakes: words and letters of several bytes that are deleted again.
fn mistyped(secret: &str) -> Vec<String> {
    let (start, end) = secret.split_at(secret.len() / 2);
    let letters = |text: &str| text.to_owned();
    vec![
        letters("a whole line\x15"),
        letters("two words\x17\x17"),
        letters(start),
        letters("é漢\x7f\x7f"),
        letters(end),
    ]
}

/// Answers the questions of a first configuration in a terminal. `secret` types the secret key.
fn answer(terminal: &mut Terminal, case: &Case, secret: impl FnOnce(&mut Terminal)) {
    let mut secret = Some(secret);
    let say = |terminal: &mut Terminal, asked: &str, text: &str| {
        terminal.until_raw(|raw| raw.contains(asked));
        terminal.press(text);
        terminal.press(ENTER);
    };
    say(terminal, "Which store keeps the files?", case.provider);
    for ((_, text), asked) in
        case.settings.iter().zip(["Endpoint", "Access key", "Secret key (", "Object bucket", "State bucket"])
    {
        if asked.starts_with("Secret") {
            terminal.until_raw(|raw| raw.contains(asked));
            if let Some(secret) = secret.take() {
                secret(terminal);
            }
            terminal.press(ENTER);
        } else {
            say(terminal, asked, text);
        }
    }
    // The clients of a store on the loopback address cannot reach it, which is a note: the way on is the default.
    say(terminal, "What next?", "");
    say(terminal, "Step 7 of 8", SONG.1);
    say(terminal, "Authorization", "off");
    say(terminal, "write these files", "write");
    say(terminal, "Written and read again", "");
}

#[test]
fn a_terminal_without_columns_and_cursor_gets_whole_lines_and_no_escape_sequence() {
    let scene = Scene::complete();
    let case = Case::s3("minio", &scene);
    let expected = case.applied(&installation(), &[]);
    let folder = installation();
    let mut terminal = Terminal::start(&[INSTALLATION], folder.path(), &[("TERM", "dumb")], 0, 0);
    answer(&mut terminal, &case, |terminal| mistyped(SECRET).iter().for_each(|keys| terminal.press(keys)));
    assert_eq!(terminal.ended(), 0, "{}", terminal.raw());
    let raw = terminal.raw();
    assert_eq!(written(&folder), expected, "{raw}");
    assert!(!raw.contains('\x1b'), "{raw}");
    assert!(!raw.contains(SECRET) && !raw.contains("two words"), "{raw}");
    assert!(raw.contains(" is set up for MinIO."), "{raw}");
}

#[test]
fn lists_give_the_same_bytes_and_the_secret_is_right_however_it_is_typed() {
    let scene = Scene::complete();
    for provider in ["minio", "ceph"] {
        let case = Case::s3(provider, &scene);
        let expected = case.applied(&installation(), &[]);
        let folder = installation();
        let mut terminal = Terminal::start(&["--prompts", INSTALLATION], folder.path(), &[], 24, 80);
        answer(&mut terminal, &case, |terminal| match provider {
            "minio" => mistyped(SECRET).iter().for_each(|keys| terminal.press(keys)),
            _ => terminal.paste(SECRET),
        });
        assert_eq!(terminal.ended(), 0, "{}", terminal.raw());
        assert_eq!(written(&folder), expected, "{provider}");
        assert!(!terminal.raw().contains(SECRET), "{provider}: the secret was on the screen");
        assert!(terminal.raw().contains(" is set up for "), "{}", terminal.raw());
    }
}

#[test]
fn leaving_prints_the_receipt_and_gives_the_terminal_back() {
    for (option, key) in [("--plain", CTRL_C), ("--prompts", CTRL_C), ("--plain", "\x04")] {
        let folder = installation();
        let mut terminal = Terminal::start(&[option, INSTALLATION], folder.path(), &[], 24, 80);
        terminal.shows("Which store keeps the files?");
        terminal.press("minio\r");
        terminal.shows("Endpoint");
        terminal.press(key);
        assert_eq!(terminal.ended(), 130, "{option}");
        let raw = terminal.raw();
        assert!(raw.contains("Left. No file was written."), "{option}: {raw}");
        assert_eq!(raw.matches("\x1b[?25l").count() > 0, option == "--prompts", "{option}: {raw:?}");
        assert_eq!(written(&folder), SHIPPED);
    }
}

#[test]
fn a_question_explains_itself_and_goes_back() {
    let folder = installation();
    let lines = ["?", "minio", "<", "ceph", "?"];
    let ran = piped(&folder, &["--plain"], &lines);
    assert_eq!(ran.code, Some(130), "{}{}", ran.out, ran.messages);
    assert_eq!(ran.out.matches("Which store keeps the files?").count(), 2, "{}", ran.out);
    for help in ["The kind of store.", "s3.endpoint: The URL of the store."] {
        assert!(ran.out.contains(help), "{help}: {}", ran.out);
    }
}
