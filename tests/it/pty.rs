//! Tests the real program in a real terminal.

pub(crate) mod terminal;

use std::{fs, path::Path};

use score_setup::{
    answers::draft::{Origin, Text},
    forms::Base,
    install::deployment::Deployment,
    score as catalogue,
    score::Release,
    store::sandbox::Sandbox,
    wizard::{Event, SessionOptions, State, update},
};

use self::terminal::Terminal;
use crate::picture;

const CTRL_C: &str = "\x03";
const UP: &str = "\x1b[A";
const PAGE_DOWN: &str = "\x1b[6~";
const ENTER: &str = "\r";

/// Returns a Score folder as in the distribution: a file that contains only comments.
fn installation() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let conf = folder.path().join("score-server-5.11.0/conf");
    fs::create_dir_all(&conf).unwrap();
    fs::write(conf.join("application.properties"), "# Score").unwrap();
    folder
}

fn file(folder: &Path) -> std::path::PathBuf {
    folder.join("score-server-5.11.0/conf/application.properties")
}

fn wizard(folder: &Path, rows: u16, cols: u16) -> Terminal {
    Terminal::start(&["score-server-5.11.0"], folder, &[], rows, cols)
}

fn keep(name: &str, terminal: &Terminal) {
    if picture::folder().is_some() {
        terminal.rests();
    }
    terminal.screen(|screen| picture::keep(name, &picture::of_screen(screen)));
}

#[test]
fn the_first_page_knows_what_is_there_and_ctrl_c_leaves_it_alone() {
    let folder = installation();
    let mut terminal = wizard(folder.path(), 24, 80);
    terminal.shows("Which store keeps the files?");
    assert!(terminal.screen(vt100::Screen::alternate_screen));
    keep("real-where", &terminal);
    terminal.press(CTRL_C);
    assert_eq!(terminal.ended(), 130);
    assert!(!terminal.screen(vt100::Screen::alternate_screen));
    assert!(terminal.raw().contains("\x1b[?2004l"), "bracketed paste is off again");
    assert_eq!(fs::read(file(folder.path())).unwrap(), b"# Score");
    assert_eq!(fs::read_dir(file(folder.path()).parent().unwrap()).unwrap().count(), 1, "no other file was made");
}

#[test]
fn the_page_follows_the_size_of_the_terminal() {
    let folder = installation();
    let mut terminal = wizard(folder.path(), 24, 80);
    terminal.shows("Which store keeps the files?");
    terminal.resize(10, 40);
    terminal.shows("This terminal has 40 by 10");
    terminal.resize(36, 120);
    terminal.shows("Which store keeps the files?");
    terminal.press(CTRL_C);
    assert_eq!(terminal.ended(), 130);
}

#[test]
fn a_paste_is_one_event_and_loses_its_line_break() {
    let folder = installation();
    let mut terminal = wizard(folder.path(), 24, 80);
    terminal.shows("Which store keeps the files?");
    terminal.press("minio");
    terminal.press(ENTER);
    terminal.shows("Endpoint");
    terminal.paste("not an address\n");
    terminal.shows("was removed from the pasted text");
    terminal.shows("not an address");
    terminal.press(CTRL_C);
    assert_eq!(terminal.ended(), 130);
}

/// A separate store for a test, and the answers for it.
struct Store {
    sandbox: Sandbox,
    _serving: tokio::runtime::Runtime,
}

impl Store {
    fn open() -> Self {
        let serving = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let sandbox = serving.block_on(Sandbox::start()).unwrap();
        Self { sandbox, _serving: serving }
    }
}

/// Presses the keys up to the page after the secret.
fn connected(terminal: &mut Terminal, store: &Store, secret: &str) {
    terminal.shows("Which store keeps the files?");
    terminal.press("minio");
    terminal.press(ENTER);
    terminal.shows("Secret key");
    terminal.paste(&store.sandbox.endpoint());
    terminal.press(ENTER);
    terminal.press(&store.sandbox.access_key);
    terminal.press(ENTER);
    terminal.paste(secret);
    // Another field is focused, so the keys are tested, and the page stays.
    terminal.press(UP);
}

/// Replaces the answer of the focused field and goes on.
fn answer(terminal: &mut Terminal, text: &str) {
    terminal.press("\x15");
    terminal.press(text);
    terminal.press(ENTER);
}

#[test]
fn the_whole_story_ends_with_the_file_that_the_core_proposes() {
    let (folder, store) = (installation(), Store::open());
    let secret = store.sandbox.secret.for_signing().to_owned();
    let mut terminal = wizard(folder.path(), 24, 80);
    connected(&mut terminal, &store, &secret);
    terminal.until_page(|page| page.contains("accepted"));
    keep("real-connection", &terminal);
    terminal.press(ENTER);
    terminal.shows("Object bucket");
    answer(&mut terminal, "score-object");
    keep("real-buckets", &terminal);
    answer(&mut terminal, "score-state");
    terminal.shows("F create missing");
    keep("real-checks-missing", &terminal);
    terminal.press("FF");
    // Without room, the page only counts what was created.
    let done = ["✓ by a client's URL", "nothing left in the store", "Continue:"];
    terminal.until_page(|page| done.iter().all(|part| page.contains(part)) && !page.contains("failed"));
    keep("real-checks", &terminal);
    terminal.press(PAGE_DOWN);
    terminal.press(ENTER);
    terminal.shows("metadata.url:");
    answer(&mut terminal, "https://song.example.org");
    terminal.shows("an authorization server decides");
    terminal.press(ENTER);
    terminal.shows("with these values.");
    keep("real-review", &terminal);
    terminal.press("w");
    terminal.shows("files are written");
    keep("real-written", &terminal);
    terminal.press(ENTER);
    assert_eq!(terminal.ended(), 0);

    let written = fs::read(file(folder.path())).unwrap();
    assert_eq!(String::from_utf8(written).unwrap(), String::from_utf8(expected(&store, folder.path())).unwrap());
    assert!(!terminal.raw().contains(&secret), "the secret was on the screen");
}

/// Draws the pictures of the README, with a name of Score's network, reached at the store's real address.
/// `assets/screens/make` saves them.
#[test]
fn the_story_in_pictures() {
    let (folder, store) = (installation(), Store::open());
    let here = store.sandbox.endpoint().trim_start_matches("http://").to_owned();
    let arguments = ["--connect-to", &here, "score-server-5.11.0"];
    let mut terminal = Terminal::start(&arguments, folder.path(), &[], 24, 80);
    terminal.shows("Which store keeps the files?");
    terminal.press("minio");
    terminal.press(ENTER);
    terminal.shows("Secret key");
    for text in ["http://minio.lab.example:9000/", &store.sandbox.access_key, store.sandbox.secret.for_signing()] {
        terminal.paste(text);
        terminal.press(ENTER);
    }
    terminal.shows("Object bucket");
    terminal.press("\x1b");
    terminal.until_page(|page| page.contains("accepted"));
    keep("connection", &terminal);
    terminal.press(ENTER);
    terminal.shows("Object bucket");
    answer(&mut terminal, "score-object");
    answer(&mut terminal, "score-state");
    terminal.shows("F create missing");
    keep("checks", &terminal);
    terminal.press("FF");
    // Without room, the page only counts what was created.
    let done = ["✓ by a client's URL", "nothing left in the store", "Continue:"];
    terminal.until_page(|page| done.iter().all(|part| page.contains(part)));
    keep("checked", &terminal);
    terminal.press(PAGE_DOWN);
    terminal.shows("▸ Continue:");
    terminal.press(ENTER);
    terminal.shows("metadata.url:");
    terminal.press("\x1b[Z");
    terminal.shows("Part size");
    keep("upload", &terminal);
    terminal.press(ENTER);
    terminal.shows("metadata.url:");
    answer(&mut terminal, "https://song.lab.example");
    terminal.shows("an authorization server decides");
    keep("server", &terminal);
    terminal.press(ENTER);
    terminal.shows("with these values.");
    terminal.until_page(|page| page.contains("s3.endpoint") && page.contains("s3.accessKey"));
    keep("review", &terminal);
    terminal.press(CTRL_C);
    assert_eq!(terminal.ended(), 130);
}

/// Returns the file that the core writes for the same answers.
fn expected(store: &Store, folder: &Path) -> Vec<u8> {
    let mut state = State::new(SessionOptions::new("test"));
    let base = Deployment::of_file(Base { path: file(folder), bytes: Some(b"# Score".to_vec()), notes: Vec::new() })
        .named_after(Some(Release::R5_11));
    let minio = catalogue::provider::provider("minio").unwrap();
    let mut events = vec![Event::Loaded(Ok(base)), Event::ReleaseChosen(Release::R5_11), Event::ProviderChosen(minio)];
    let secret = store.sandbox.secret.clone();
    for (key, text) in [
        ("s3.endpoint", Text::Plain(store.sandbox.endpoint())),
        ("s3.accessKey", Text::Plain(store.sandbox.access_key.clone())),
        ("s3.secretKey", Text::Secret(secret)),
        ("bucket.name.object", Text::Plain("score-object".into())),
        ("bucket.name.state", Text::Plain("score-state".into())),
        ("metadata.url", Text::Plain("https://song.example.org".into())),
    ] {
        events.push(Event::Answered { key, text, origin: Origin::Typed });
    }
    for event in events {
        update(&mut state, event);
    }
    state.proposal().unwrap().files.pop().unwrap().after
}

#[test]
fn an_interrupted_session_prints_a_receipt_and_is_continued_without_its_secret() {
    let (folder, state, store) = (installation(), tempfile::tempdir().unwrap(), Store::open());
    let secret = store.sandbox.secret.for_signing().to_owned();
    let variables = [("XDG_STATE_HOME", state.path().to_str().unwrap())];
    let open = || Terminal::start(&["score-server-5.11.0"], folder.path(), &variables, 24, 80);
    let mut terminal = open();
    connected(&mut terminal, &store, &secret);
    terminal.until_page(|page| page.contains("accepted"));
    terminal.press(CTRL_C);
    assert_eq!(terminal.ended(), 130);
    let receipt = terminal.raw();
    let receipt = receipt.rsplit("\x1b[?25h").next().unwrap();
    assert!(
        receipt.starts_with("Left. No file was written.") && receipt.contains("Continue  score-setup"),
        "{receipt}"
    );
    let kept = fs::read_to_string(state.path().join("score-setup/answers.json")).unwrap();
    assert!(kept.contains(&store.sandbox.endpoint()) && !kept.contains(&secret), "{kept}");
    let mut terminal = open();
    terminal.shows("Continue where you stopped");
    terminal.press(ENTER);
    terminal.shows("Secret key");
    terminal.shows(&store.sandbox.endpoint());
    terminal.press(CTRL_C);
    assert_eq!(terminal.ended(), 130);
}

#[test]
fn the_sandbox_begins_with_its_own_score_and_leaves_no_folder() {
    let (folder, temporary) = (installation(), tempfile::tempdir().unwrap());
    let place = [("TMPDIR", temporary.path().to_str().unwrap())];
    let mut terminal = Terminal::start(&["sandbox"], folder.path(), &place, 24, 80);
    terminal.shows("This is a sandbox");
    terminal.press(ENTER);
    terminal.shows("score-setup-sandbox-");
    terminal.press(ENTER);
    terminal.shows("Fault 1 of 3");
    terminal.press(CTRL_C);
    assert_eq!(terminal.ended(), 130);
    assert!(terminal.raw().contains("You fixed 0 of 3 faults in the sandbox."), "{}", terminal.raw());
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
}

#[test]
fn a_wrong_secret_is_told_as_soon_as_it_is_left() {
    let (folder, store) = (installation(), Store::open());
    let mut terminal = wizard(folder.path(), 24, 80);
    connected(&mut terminal, &store, "canary-not-the-secret-of-this-user");
    terminal.shows("SignatureDoesNotMatch");
    keep("real-wrong-secret", &terminal);
    terminal.press(CTRL_C);
    assert_eq!(terminal.ended(), 130);
    assert!(!terminal.raw().contains("canary"), "the secret was on the screen");
    assert_eq!(fs::read(file(folder.path())).unwrap(), b"# Score");
}
