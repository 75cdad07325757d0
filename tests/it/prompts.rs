//! Tests the wizard in questions and answers: on a pipe, in whole lines and with lists in a real terminal.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use http::Method;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::{
    azure_store::{ACCOUNT, Azure, CONTAINER, key},
    batch::{Ran, Scene},
    pty::terminal::Terminal,
    store::{ACCESS_KEY, Asked, SECRET, Store},
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
        Self::of(provider, &scene.store, SECRET)
    }

    fn of(provider: &'static str, store: &Store, secret: &str) -> Self {
        let settings = vec![
            ("s3.endpoint", store.endpoint()),
            ("s3.accessKey", ACCESS_KEY.to_owned()),
            ("s3.secretKey", secret.to_owned()),
            ("bucket.name.object", "score-object".to_owned()),
            ("bucket.name.state", "score-state".to_owned()),
        ];
        Self { provider, settings, connect_to: store.address().to_string() }
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

    /// Returns the secret of the store.
    fn secret(&self) -> &str {
        let secret = |(key, _): &&(&str, String)| ["s3.secretKey", "azure.accountKey"].contains(key);
        self.settings.iter().find(secret).map_or("", |(_, text)| text)
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
        let lines = ["change an answer", "part size", "128 MiB", "write these files"];
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

/// A session in a terminal, as a person has it: each answer is given after its question is shown.
struct Dialogue {
    terminal: Terminal,
    /// The length of the output when the last answer was given.
    answered: usize,
}

/// How a secret is given.
#[derive(Debug, Clone, Copy)]
enum Given {
    /// With words, lines and letters of several bytes that are deleted again.
    Mistyped,
    Pasted,
    /// A text of several lines, without marks around it.
    PastedWithMore,
}

/// The words that are deleted again in front of a secret.
const HIDDEN: &str = "hidden words";

const MORE: &str = "a-further-line-of-the-pasted-text";

impl Dialogue {
    fn start(arguments: &[&str], folder: &TempDir, variables: &[(&str, &str)], size: (u16, u16)) -> Self {
        let terminal = Terminal::start(arguments, folder.path(), variables, size.0, size.1);
        Self { terminal, answered: 0 }
    }

    fn open(option: &str, case: &Case, folder: &TempDir) -> Self {
        Self::start(&[option, "--connect-to", &case.connect_to, INSTALLATION], folder, &[], (24, 80))
    }

    /// Waits until the output after the last answer contains one of these texts. Returns its index.
    fn asks(&mut self, questions: &[&str]) -> usize {
        let from = self.answered;
        let asked = |raw: &str| {
            let new = String::from_utf8_lossy(raw.as_bytes().get(from..).unwrap_or_default()).into_owned();
            questions.iter().position(|question| new.contains(question))
        };
        self.terminal.until_raw(|raw| asked(raw).is_some());
        let raw = self.terminal.raw();
        self.answered = raw.len();
        asked(&raw).unwrap()
    }

    /// Waits for a statement. A question that follows it may be shown already, and is still to be answered.
    fn sees(&mut self, statement: &str) {
        let (from, words) = (self.answered, statement.as_bytes());
        let end = |raw: &str| {
            let new = raw.as_bytes().get(from..)?;
            new.windows(words.len()).position(|part| part == words).map(|at| from + at + words.len())
        };
        self.terminal.until_raw(|raw| end(raw).is_some());
        self.answered = end(&self.terminal.raw()).unwrap();
    }

    /// Waits until one of these questions follows the refusal of a pasted text.
    fn asks_again(&mut self, questions: &[&str]) {
        let from = self.answered;
        self.terminal.until_raw(|raw| {
            let new = String::from_utf8_lossy(raw.as_bytes().get(from..).unwrap_or_default()).into_owned();
            let after = new.split_once("The pasted text has several lines.").map(|(_, after)| after.to_owned());
            after.is_some_and(|after| questions.iter().any(|question| after.contains(question)))
        });
        self.answered = self.terminal.raw().len();
    }

    fn say(&mut self, question: &str, answer: &str) {
        self.asks(&[question]);
        self.terminal.press(answer);
        self.terminal.press(ENTER);
    }

    /// Answers a list with this row once all of its rows are shown, so that none of them counts as the next question.
    fn choose(&mut self, row: &str, answer: &str) {
        let from = self.answered;
        self.terminal.until_raw(|raw| {
            let new = String::from_utf8_lossy(raw.as_bytes().get(from..).unwrap_or_default()).into_owned();
            let after = new.split_once(row).map(|(_, after)| after.to_owned());
            after.is_some_and(|after| ["Number or name [", "Esc goes back"].iter().any(|end| after.contains(end)))
        });
        self.answered = self.terminal.raw().len();
        self.terminal.press(answer);
        self.terminal.press(ENTER);
    }

    /// Types with mistakes that the terminal corrects, as a shell does.
    fn mistype(&mut self, text: &str) {
        self.mistype_after("seen words", text);
    }

    fn mistype_after(&mut self, wrong: &str, text: &str) {
        let half = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
        let (start, end) = text.split_at(half);
        for keys in [wrong, "\x15", wrong, "\x17\x17", start, "é漢\x7f\x7f", end, ENTER] {
            self.terminal.press(keys);
        }
    }

    fn give(&mut self, secret: &str, way: Given) {
        match way {
            Given::Mistyped => self.mistype_after(HIDDEN, secret),
            Given::Pasted => {
                self.terminal.paste(secret);
                self.terminal.press(ENTER);
            }
            Given::PastedWithMore => self.terminal.press(&format!("{secret}\n{MORE}\n")),
        }
    }

    /// Answers the questions about a store.
    fn answer_store(&mut self, case: &Case, way: Given) {
        self.say("Which store keeps the files?", case.provider);
        for (key, text) in &case.settings {
            let asked = match *key {
                "s3.endpoint" => "Endpoint (such",
                "s3.accessKey" => "Access key (such",
                "s3.secretKey" => "Secret key (not shown",
                "azure.accountName" => "Account (such",
                "azure.accountKey" => "Account key (not shown",
                "bucket.name.object" if case.provider == "azure" => "Container (such",
                "bucket.name.object" => "Object bucket (such",
                _ => "State bucket (such",
            };
            self.asks(&[asked]);
            match *key {
                "s3.secretKey" | "azure.accountKey" => self.give(text, way),
                _ => self.mistype(text),
            }
            if *key == "azure.accountName" {
                // Only the key names the address of this store.
                self.say("go on", "go on");
            }
        }
    }

    /// Goes on from the checks, which may have a note: the clients of a store on the loopback address cannot reach it.
    fn go_on_from_checks(&mut self, next: &str) {
        // The question is drawn again when it was answered, without its rows.
        if self.asks(&["continue", next]) == 0 {
            self.terminal.press(ENTER);
            self.asks(&[next]);
        }
    }

    /// Answers the rest of a first configuration, and writes it.
    fn answer_rest(&mut self) {
        self.go_on_from_checks("Song (such");
        self.mistype(SONG.1);
        self.say("Authorization", "off");
        self.write();
    }

    fn write(&mut self) {
        self.say("write these files", "write");
        self.say("1. finish", "");
    }

    /// Changes the part size of a configuration, and writes it.
    fn reconfigure(&mut self) {
        self.say("What do you want to do?", "change an answer");
        self.say("What do you want to change?", "part size");
        self.asks(&["Part size [", "Download part size ["]);
        self.mistype("128 MiB");
        self.go_on_from_checks("write these files");
        self.terminal.press("write");
        self.terminal.press(ENTER);
        self.say("1. finish", "");
    }

    /// Waits for the end of a session that wrote. Returns all output.
    fn end(mut self) -> String {
        let code = self.terminal.ended();
        let raw = self.terminal.raw();
        assert_eq!(code, 0, "{raw}");
        assert!(!raw.contains(HIDDEN) && !raw.contains(MORE), "{raw}");
        raw
    }
}

#[test]
fn a_terminal_without_columns_and_cursor_gets_whole_lines_and_no_escape_sequence() {
    let scene = Scene::complete();
    let case = Case::s3("minio", &scene);
    let [by_file, folder] = [installation(), installation()];
    let expected = case.applied(&by_file, &[]);
    let start = || Dialogue::start(&[INSTALLATION], &folder, &[("TERM", "dumb")], (0, 0));
    let mut dialogue = start();
    dialogue.answer_store(&case, Given::Mistyped);
    dialogue.answer_rest();
    let raw = dialogue.end();
    assert_eq!(written(&folder), expected, "{raw}");
    assert!(!raw.contains('\x1b') && !raw.contains(SECRET), "{raw}");
    assert!(raw.contains(" is set up for MinIO."), "{raw}");

    let expected = case.applied(&by_file, &[("upload.partsize", "128 MiB")]);
    let mut dialogue = start();
    dialogue.reconfigure();
    let raw = dialogue.end();
    assert_eq!(written(&folder), expected, "{raw}");
    assert!(!raw.contains('\x1b'), "{raw}");
}

/// Answers in a terminal for all kinds of stores, first and then again, and compares with `apply`.
fn gives_the_same_bytes(option: &str) {
    let scene = Scene::complete();
    let serving = Runtime::new().unwrap();
    let azure = serving.block_on(Azure::good());
    let cases = [
        (Case::s3("aws", &scene), Given::PastedWithMore),
        (Case::s3("minio", &scene), Given::Mistyped),
        (Case::s3("ceph", &scene), Given::Pasted),
        (Case::azure(&azure), Given::Pasted),
    ];
    for (case, way) in cases {
        let [by_file, folder] = [installation(), installation()];
        let expected = case.applied(&by_file, &[]);
        let mut dialogue = Dialogue::open(option, &case, &folder);
        dialogue.answer_store(&case, way);
        dialogue.answer_rest();
        let raw = dialogue.end();
        assert_eq!(written(&folder), expected, "{}: {raw}", case.provider);
        assert!(raw.contains(" is set up for "), "{raw}");
        let discarded = raw.contains("They were discarded.");
        assert_eq!(discarded, matches!(way, Given::PastedWithMore), "{}: {raw}", case.provider);

        let expected = case.applied(&by_file, &[("upload.partsize", "128 MiB")]);
        let mut dialogue = Dialogue::open(option, &case, &folder);
        dialogue.reconfigure();
        let again = dialogue.end();
        assert_eq!(written(&folder), expected, "{}: {again}", case.provider);
        for raw in [raw, again] {
            assert!(!raw.contains(case.secret()), "{}: the secret was on the screen", case.provider);
            assert_eq!(raw.contains('\x1b'), option == "--prompts", "{}", case.provider);
        }
    }
}

#[test]
fn lists_give_the_same_bytes_as_an_answers_file() {
    gives_the_same_bytes("--prompts");
}

#[test]
fn whole_lines_on_a_terminal_give_the_same_bytes_as_an_answers_file() {
    gives_the_same_bytes("--plain");
}

#[test]
fn a_secret_with_letters_of_several_bytes_is_written_right_however_it_is_given() {
    let secret = "clé-漢字-secrète-0123456789";
    let serving = Runtime::new().unwrap();
    let store = serving.block_on(Store::of(ACCESS_KEY, secret));
    store.memory.create("score-object");
    store.memory.create("score-state");
    store.memory.put("score-object", "data/heliograph", "hello");
    let case = Case::of("minio", &store, secret);
    let expected = case.applied(&installation(), &[]);
    for (option, way) in [
        ("--plain", Given::Mistyped),
        ("--plain", Given::Pasted),
        ("--plain", Given::PastedWithMore),
        ("--prompts", Given::Mistyped),
    ] {
        let folder = installation();
        let mut dialogue = Dialogue::open(option, &case, &folder);
        dialogue.answer_store(&case, way);
        dialogue.answer_rest();
        let raw = dialogue.end();
        assert_eq!(written(&folder), expected, "{option} {way:?}");
        assert!(!raw.contains("漢字"), "{option} {way:?}: {raw}");
    }
}

#[test]
fn what_is_pasted_on_the_first_page_answers_its_questions_and_is_never_shown() {
    let scene = Scene::complete();
    let endpoint = scene.store.endpoint();
    let text = format!("mc alias set score {endpoint} {ACCESS_KEY} {SECRET}\n.\n");
    for option in ["--plain", "--prompts"] {
        let folder = TempDir::new().unwrap();
        let mut dialogue = Dialogue::start(&[option], &folder, &[], (24, 80));
        dialogue.say("Which configuration?", "paste what you were given");
        dialogue.asks(&["only a full stop."]);
        dialogue.terminal.press(&text);
        dialogue.say("Release", "5.11");
        dialogue.say("Object bucket (such", "score-object");
        dialogue.say("State bucket (such", "score-state");
        dialogue.answer_rest();
        let raw = dialogue.end();
        for said in ["Provider: MinIO", &format!("Endpoint: {endpoint}"), "Access key: ", "Secret key: 33 characters"] {
            assert!(raw.contains(said), "{option}: {said}: {raw}");
        }
        assert!(!raw.contains(SECRET), "{option}: the secret was on the screen");
        let file = fs::read_to_string(folder.path().join("application.properties")).unwrap();
        for line in [format!("s3.endpoint={endpoint}"), format!("s3.secretKey={SECRET}")] {
            assert!(file.lines().any(|each| each == line), "{option}: {file}");
        }
    }
}

#[test]
fn a_store_that_is_slow_is_waited_for_with_a_word_every_five_seconds() {
    let scene = Scene::complete();
    let case = Case::s3("minio", &scene);
    let folder = installation();
    case.applied(&folder, &[]);
    let slow = |asked: &Asked| asked.method == Method::PUT && asked.bucket() == "score-state";
    scene.store.slow(slow, Duration::from_secs(11));
    let ran = piped(&folder, &["--plain"], &["test and review", "finish"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.messages);
    let waited: Vec<&str> = ran.out.lines().filter(|line| line.starts_with("Still waiting for: ")).collect();
    assert!(waited.len() >= 2 && waited.iter().all(|line| line.contains("(score-state)")), "{}", ran.out);
    let place = |text: &str| ran.out.find(text).unwrap_or_else(|| panic!("{text}: {}", ran.out));
    assert!(place("Buckets: 3 checks passed") < place(waited[0]), "{}", ran.out);
    assert!(place(waited[0]) < place("Records: "), "{}", ran.out);
}

#[test]
fn going_back_returns_to_the_question_that_was_left_and_a_wrong_key_can_be_typed_again() {
    let scene = Scene::complete();
    let case = Case::s3("minio", &scene);
    for option in ["--plain", "--prompts"] {
        let folder = installation();
        let mut dialogue = Dialogue::open(option, &case, &folder);
        dialogue.say("Which store keeps the files?", "minio");
        dialogue.say("Endpoint (such", &scene.store.endpoint());
        dialogue.say("Access key (such", "NOTTHEACCESSKEY00001");
        dialogue.say("Secret key (not shown", SECRET);
        // The store does not know the access key: it is offered first.
        dialogue.choose("1. type the access key again", "");
        dialogue.say("Access key [NOTTHEACCESSKEY00001]", "ALSONOTTHEKEY0000001");
        dialogue.say("Secret key (not shown; empty: unchanged)", "<");
        dialogue.say("Access key [ALSONOTTHEKEY0000001]", ACCESS_KEY);
        dialogue.say("Secret key (not shown; empty: unchanged)", "");
        dialogue.say("Object bucket (such", "score-objec");
        dialogue.say("State bucket (such", "score-state");
        // Enter creates nothing: it uses the name that the store has.
        dialogue.choose("create score-objec", "");
        dialogue.answer_rest();
        let raw = dialogue.end();
        assert!(written(&folder).contains("\nbucket.name.object=score-object\n"), "{option}: {raw}");
        assert_eq!(scene.store.memory.bucket_names(), ["score-object", "score-state"], "{option}");
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

#[test]
fn new_keys_are_announced_at_their_questions_and_at_the_review() {
    let scene = Scene::complete();
    let case = Case::s3("minio", &scene);
    let folder = installation();
    case.applied(&folder, &[]);
    fs::write(file(folder.path()), written(&folder).replace(ACCESS_KEY, "OLDACCESSKEY")).unwrap();
    let lines = ["change an answer", "New keys", ACCESS_KEY, SECRET, "leave without writing"];
    let ran = piped(&folder, &["--plain", "--connect-to", &case.connect_to], &lines);
    assert_eq!(ran.code, Some(130), "{}{}", ran.out, ran.messages);
    for said in [
        "Score uses OLDACCESSKEY until it is restarted.".to_owned(),
        format!("The access key {ACCESS_KEY} replaces the access key OLDACCESSKEY."),
    ] {
        assert!(ran.out.replace("\n  ", " ").contains(&said), "{said}: {}", ran.out);
    }
}

/// Pastes several lines without marks around them, at a question for one answer. A terminal sends each line with a carriage
/// return.
#[test]
fn a_pasted_text_of_several_lines_gives_its_answers_or_none() {
    let scene = Scene::complete();
    let endpoint = scene.store.endpoint();
    let profile = format!(
        "[score]\raws_access_key_id = {ACCESS_KEY}\raws_secret_access_key = {SECRET}\rendpoint_url = {endpoint}\r"
    );
    for option in ["--plain", "--prompts"] {
        let folder = installation();
        let connect_to = scene.store.address().to_string();
        let mut dialogue =
            Dialogue::start(&[option, "--connect-to", &connect_to, INSTALLATION], &folder, &[], (24, 80));
        // Lines that name nothing answer nothing: neither this question, nor the secret, nor a confirmation after it.
        dialogue.asks(&["Which store keeps the files?"]);
        dialogue.terminal.press("minio\rhttp://wrong.example.org\ry\ryes\r");
        // In whole lines, the rows are not repeated.
        dialogue.asks_again(&["Number or name", "Which store keeps the files?"]);
        dialogue.terminal.press("minio");
        dialogue.terminal.press(ENTER);
        dialogue.asks(&["Endpoint (such"]);
        dialogue.terminal.press("http://wrong.example.org\rWRONGKEY\rwrong secret\ryes\r");
        dialogue.asks_again(&["Endpoint (such"]);
        dialogue.terminal.press(&profile);
        dialogue.sees("Taken from the pasted text: ");
        dialogue.say("Object bucket (such", "score-object");
        dialogue.say("State bucket (such", "score-state");
        dialogue.answer_rest();
        let raw = dialogue.end();
        let file = written(&folder);
        for line in
            [format!("s3.endpoint={endpoint}"), format!("s3.accessKey={ACCESS_KEY}"), format!("s3.secretKey={SECRET}")]
        {
            assert!(file.lines().any(|each| each == line), "{option}: {file}{raw}");
        }
        assert!(!file.contains("wrong"), "{option}: {file}");
        assert!(raw.contains("The terminal has shown this text with its secret."), "{option}: {raw}");
    }
}
