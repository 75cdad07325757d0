//! Tests the real program on deployments as operators have them: found, fixed, examined, taken to another release.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use score_setup::{
    answers::draft::{Origin, Text},
    effects,
    score::provider::provider,
    store::sandbox::Sandbox,
    wizard::{Event, SessionOptions, State, update},
};

use crate::{picture, pty::terminal::Terminal};

const CTRL_C: &str = "\x03";
const ENTER: &str = "\r";

/// The lines of the distribution's wrapper.conf that are read.
const WRAPPER: &str = "wrapper.app.parameter.1=org.springframework.boot.loader.JarLauncher\n\
                       wrapper.app.parameter.2=--spring.config.location=../conf/\n\
                       wrapper.app.parameter.3=--spring.profiles.active=secure,amazon\n";

/// An unpacked distribution with this application.properties.
struct Installed {
    root: tempfile::TempDir,
    name: &'static str,
}

impl Installed {
    fn new(name: &'static str, properties: &str) -> Self {
        let installed = Self { root: tempfile::tempdir().unwrap(), name };
        fs::create_dir_all(installed.conf()).unwrap();
        fs::write(installed.conf().join("application.properties"), properties).unwrap();
        fs::write(installed.conf().join("wrapper.conf"), WRAPPER).unwrap();
        installed
    }

    fn conf(&self) -> PathBuf {
        self.root.path().join(self.name).join("conf")
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.conf().join(name)).unwrap()
    }

    fn open(&self) -> Terminal {
        Terminal::start(&[self.name], self.root.path(), &[], 24, 80)
    }
}

fn keep(name: &str, terminal: &Terminal) {
    if picture::folder().is_some() {
        terminal.rests();
    }
    terminal.screen(|screen| picture::keep(name, &picture::of_screen(screen)));
}

fn leave(terminal: &mut Terminal) {
    terminal.press(CTRL_C);
    assert_eq!(terminal.ended(), 130);
}

struct Store {
    sandbox: Sandbox,
    _serving: tokio::runtime::Runtime,
}

fn store() -> Store {
    let serving = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let sandbox = serving.block_on(Sandbox::start()).unwrap();
    Store { sandbox, _serving: serving }
}

#[test]
fn a_fresh_distribution_is_found_set_up_and_left_as_it_starts() {
    let (installed, store) = (Installed::new("score-server-5.11.0", "# Score\n"), store());
    let mut terminal = Terminal::start(&[], installed.root.path(), &[], 24, 80);
    // On a busy machine, the search may end before it has seen everything.
    let end = Instant::now() + Duration::from_secs(20);
    while !terminal.soon(|page| page.contains("only comments, no configuration yet")) && Instant::now() < end {
        terminal.press("r");
    }
    // Another Score may run on this machine, and is then listed first.
    while !terminal.soon(|page| page.contains("⏎ install")) && Instant::now() < end {
        terminal.press("\x1b[B");
    }
    keep("real-places", &terminal);
    terminal.press(ENTER);
    terminal.shows("Which store keeps the files?");
    terminal.press("minio");
    terminal.press(ENTER);
    terminal.shows("Secret key");
    for text in [&store.sandbox.endpoint(), &store.sandbox.access_key, store.sandbox.secret.for_signing()] {
        terminal.paste(text);
        terminal.press(ENTER);
    }
    terminal.shows("Object bucket");
    for bucket in ["score-object", "score-state"] {
        terminal.press(&format!("\x15{bucket}\r"));
    }
    terminal.shows("F create missing");
    terminal.press("FF");
    terminal.until_page(|page| {
        page.contains("✓ by a client's URL") && page.contains("Continue:") && !page.contains("failed")
    });
    terminal.press("\x1b[6~");
    terminal.press(ENTER);
    terminal.shows("metadata.url:");
    terminal.press("\x15https://song.example.org\r");
    terminal.shows("an authorization server decides");
    terminal.press(ENTER);
    terminal.shows("next file");
    terminal.shows("with these values.");
    keep("real-review-files", &terminal);
    terminal.press("\t");
    terminal.shows("spring.cloud.vault.enabled  false");
    terminal.press("w");
    terminal.shows("files are written");
    terminal.until_page(|page| {
        page.contains("Read again: Score will read these values.") || page.contains("Before Score works")
    });
    keep("real-written-files", &terminal);
    terminal.press("A");
    terminal.until_page(|page| page.contains("score.toml") || installed.root.path().join("score.toml").exists());
    terminal.press(ENTER);
    assert_eq!(terminal.ended(), 0);
    assert!(installed.file("bootstrap.properties").contains("spring.cloud.vault.enabled=false"));
    assert!(installed.file("wrapper.conf").contains("--spring.profiles.active=collaboratory,prod"));
    let saved = fs::read_to_string(installed.root.path().join("score.toml")).unwrap();
    assert!(!saved.contains(store.sandbox.secret.for_signing()), "a secret was saved");
    assert!(!terminal.raw().contains(store.sandbox.secret.for_signing()), "the secret was on the screen");
}

/// A file as on the public page: quotes that Java keeps, and a comment after a value.
const ON_THE_PAGE: &str = "s3.endpoint=\"http://minio.example.org:9000\"\ns3.accessKey=\"scoreuser\"\n\
                           s3.secretKey=\"canary-secret\"\nbucket.name.object=score-object\n\
                           bucket.name.state=\"score-state\"\nmetadata.url=\"https://song.example.org\"\n";

#[test]
fn what_the_public_page_says_is_fixed_by_one_key_and_written_only_when_asked() {
    let installed = Installed::new("score-server-5.11.0", ON_THE_PAGE);
    let mut terminal = installed.open();
    terminal.shows("In the files");
    keep("real-files", &terminal);
    terminal.press("F");
    terminal.shows("changed in the draft, nothing written");
    keep("real-files-fixed", &terminal);
    terminal.until_page(|page| !page.contains("need no answer"));
    terminal.press("v");
    terminal.shows("s3.endpoint = http://minio.example.org:9000");
    terminal.press(ENTER);
    leave(&mut terminal);
    assert_eq!(installed.file("application.properties"), ON_THE_PAGE);
    assert!(!terminal.raw().contains("canary"), "the secret was on the screen");
}

/// Returns a deployment as this tool writes it, for an empty store.
fn configured(store: &Store, name: &'static str) -> Installed {
    let installed = Installed::new(name, "");
    let mut state = State::new(SessionOptions::new("test"));
    let read = effects::load(&installed.conf()).unwrap();
    let mut events = vec![Event::Loaded(Ok(read)), Event::ProviderChosen(provider("minio").unwrap())];
    let secret = Text::Secret(store.sandbox.secret.clone());
    for (key, text) in [
        ("s3.endpoint", Text::Plain(store.sandbox.endpoint())),
        ("s3.accessKey", Text::Plain(store.sandbox.access_key.clone())),
        ("s3.secretKey", secret),
        ("bucket.name.object", Text::Plain("score-object".into())),
        ("bucket.name.state", Text::Plain("score-state".into())),
        ("metadata.url", Text::Plain("https://song.example.org".into())),
    ] {
        events.push(Event::Answered { key, text, origin: Origin::Typed });
    }
    for event in events {
        update(&mut state, event);
    }
    for file in state.proposal().unwrap().files {
        fs::write(&file.path, &file.after).unwrap();
    }
    installed
}

#[test]
fn troubleshooting_writes_nothing_to_the_store_before_it_is_asked_to() {
    let store = store();
    let installed = configured(&store, "score-server-5.11.0");
    let mut terminal = installed.open();
    terminal.shows("In the files");
    terminal.press("t");
    terminal.shows("prove uploads");
    terminal.until_page(|page| page.contains("2 failed") && page.contains("nothing left in the store"));
    keep("real-troubleshoot", &terminal);
    terminal.press("FF");
    terminal.until_page(|page| {
        page.contains("Created the sentinel") && page.contains("nothing left in the store") && !page.contains("failed")
    });
    terminal.press("p");
    terminal.until_page(|page| {
        page.contains("nothing left in the store") && !page.contains("prove uploads") && !page.contains("failed")
    });
    keep("real-troubleshoot-proven", &terminal);
    leave(&mut terminal);
}

#[test]
fn an_upgrade_renames_the_family_and_the_profiles() {
    let store = store();
    let installed = configured(&store, "score-server-5.9.0");
    assert!(installed.file("application.properties").contains("\ncollaboratory.data.directory="));
    let mut terminal = installed.open();
    terminal.shows("In the files");
    terminal.press("u");
    terminal.shows("Upgrade from 5.9");
    terminal.press("5.12\r");
    terminal.shows("In the files");
    terminal.press("F");
    terminal.press("\x1b[6~");
    terminal.press(ENTER);
    terminal.shows("next file");
    // The result of the checks belongs to the files that are shown.
    terminal.shows("✗ Checks");
    keep("real-upgrade", &terminal);
    terminal.press("w");
    terminal.shows("Write anyway");
    terminal.press("w");
    terminal.shows("files are written");
    terminal.press(ENTER);
    assert_eq!(terminal.ended(), 0);
    let file = installed.file("application.properties");
    assert!(file.contains("\ns3.data.directory=data") && !file.contains("\ncollaboratory."), "{file}");
    assert!(installed.file("wrapper.conf").contains("--spring.profiles.active=s3"));
}
