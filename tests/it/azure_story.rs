//! Tests the whole story of Azure, at the screen and from an answers file, with an empty account.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use score_setup::{
    answers::draft::{Origin, Text},
    forms::Base,
    install::deployment::Deployment,
    score::{Release, provider::provider},
    text::secret::Secret,
    wizard::{Event, SessionOptions, State, update},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::{
    azure_store::{ACCOUNT, Azure, CONTAINER, key, policy},
    picture,
    pty::terminal::Terminal,
};

const SHIPPED: &[u8] = b"# Score";

/// An account, and a Score folder as in the distribution.
struct Scene {
    azure: Azure,
    _serving: Runtime,
    folder: TempDir,
}

impl Scene {
    fn empty() -> Self {
        let serving = Runtime::new().unwrap();
        let azure = serving.block_on(Azure::empty());
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("score-server-5.11.0/conf")).unwrap();
        fs::write(file(folder.path()), SHIPPED).unwrap();
        Self { azure, _serving: serving, folder }
    }

    fn address(&self) -> String {
        self.azure.target().endpoint()
    }

    fn written(&self) -> String {
        fs::read_to_string(file(self.folder.path())).unwrap()
    }

    /// Returns the file that the core writes for the same answers.
    fn expected(&self) -> String {
        let path = file(self.folder.path());
        let base = Deployment::of_file(Base { path, bytes: Some(SHIPPED.to_vec()), notes: Vec::new() })
            .named_after(Some(Release::R5_11));
        let mut state = State::new(SessionOptions::new("test"));
        update(&mut state, Event::Loaded(Ok(base)));
        update(&mut state, Event::ProviderChosen(provider("azure").unwrap()));
        update(&mut state, Event::CloudChosen(self.address()));
        for (key, text) in [
            ("azure.accountName", Text::Plain(ACCOUNT.into())),
            ("azure.accountKey", Text::Secret(Secret::new(key()))),
            ("bucket.name.object", Text::Plain(CONTAINER.into())),
            ("metadata.url", Text::Plain("https://song.example.org".into())),
        ] {
            update(&mut state, Event::Answered { key, text, origin: Origin::Typed });
        }
        String::from_utf8(state.proposal().unwrap().files.pop().unwrap().after).unwrap()
    }

    /// Returns the current policies: name, start, expiry, permissions.
    fn policies(&self) -> Vec<[String; 4]> {
        let mut policies = self.azure.container(|container| container.policies.clone());
        policies.sort_by(|one, other| one.name.cmp(&other.name));
        policies.into_iter().map(|each| [each.name, each.start, each.expiry, each.permissions]).collect()
    }

    /// Changes the account: one policy gets an expiry time, as the portal suggests, and a policy that Score does not
    /// use is added.
    fn spoil(&self) {
        self.azure.container(|container| {
            container.policies.retain(|each| each.name != "UploadPolicy");
            let expiry = "2030-12-31T00:00:00.0000000Z".into();
            container.policies.push(crate::azure_store::Policy { expiry, ..policy("UploadPolicy", "w") });
            container.policies.push(policy("somebody", "rl"));
        });
    }

    fn apply(&self, create: &str, arguments: &[&str]) -> Output {
        let answers = self.folder.path().join("answers.toml");
        let text = format!(
            "provider = \"azure\"\n[settings]\nazure.accountName = \"{ACCOUNT}\"\n\
             azure.accountKey = {{ env = \"KEY\" }}\nbucket.name.object = \"{CONTAINER}\"\n\
             metadata.url = \"https://song.example.org\"\n{create}"
        );
        fs::write(&answers, text).unwrap();
        let ran = Command::new(env!("CARGO_BIN_EXE_score-setup"))
            .args(["apply", "--conf", "score-server-5.11.0", "--log", "log", "--answers"])
            .arg(&answers)
            .args(arguments)
            .current_dir(self.folder.path())
            .env("KEY", format!("{};BlobEndpoint={}", key(), self.address()))
            .env("LC_ALL", "C.UTF-8")
            .output()
            .unwrap();
        let log = fs::read(self.folder.path().join("log")).unwrap();
        for said in [&ran.stdout, &ran.stderr, &log] {
            assert!(!String::from_utf8_lossy(said).contains(&key()), "the key was told");
        }
        ran
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join("score-server-5.11.0/conf/application.properties")
}

fn told(ran: &Output) -> String {
    String::from_utf8_lossy(&ran.stderr).into_owned()
}

const ALL: &str = "[create]\nbuckets = true\nsentinel = true\npolicies = true\n";

#[test]
fn an_empty_account_is_set_up_at_the_screen() {
    let scene = Scene::empty();
    let mut terminal = Terminal::start(&["score-server-5.11.0"], scene.folder.path(), &[], 24, 80);
    terminal.shows("Which store keeps the files?");
    terminal.press("azure\r");
    terminal.shows("Account key");
    // The last choice of the clouds is a separate address.
    terminal.press("\x1b[A");
    terminal.press("\x1b[D");
    terminal.shows("a separate endpoint");
    terminal.press("\r");
    terminal.paste(&scene.address());
    terminal.press("\r");
    terminal.press(ACCOUNT);
    terminal.press("\r");
    terminal.paste(&key());
    terminal.press("\r");
    terminal.shows("Container");
    terminal.press("\x1b");
    terminal.until_page(|page| page.contains("accepted"));
    picture::keep("real-azure-connection", &terminal.screen(picture::of_screen));
    terminal.press("\r");
    terminal.shows("Container");
    terminal.press(CONTAINER);
    terminal.press("\r");
    terminal.shows("F create missing");
    picture::keep("real-azure-missing", &terminal.screen(picture::of_screen));
    terminal.press("FF");
    terminal.until_page(|page| {
        page.contains("✓ by a client's URL") && page.contains("nothing left in the store") && !page.contains("failed")
    });
    let made = |name: &str, permissions: &str| [name, "", "", permissions].map(str::to_owned);
    assert_eq!(scene.policies(), [made("DownloadPolicy", "r"), made("UploadPolicy", "cw")]);

    scene.spoil();
    terminal.press("r");
    terminal.until_page(|page| page.contains("has a start or an expiry") && page.contains("nothing left in the store"));
    terminal.press("f");
    terminal.shows("2030-12-31");
    picture::keep("real-azure-change", &terminal.screen(picture::of_screen));
    terminal.press("f");
    terminal.until_page(|page| {
        page.contains("nothing left in the store") && !page.contains("failed") && !page.contains("2030-12-31")
    });
    assert_eq!(scene.policies()[1..], [made("UploadPolicy", "cw"), made("somebody", "rl")]);

    terminal.press("\x1b[6~");
    terminal.press("\r");
    terminal.shows("metadata.url:");
    terminal.press("https://song.example.org\r");
    terminal.shows("an authorization server decides");
    terminal.press("\r");
    terminal.shows("with these values");
    terminal.press("w");
    terminal.shows("files are written");
    terminal.press("\r");
    assert_eq!(terminal.ended(), 0);
    assert_eq!(scene.written(), scene.expected());
    assert!(!terminal.raw().contains(&key()), "the key was on the screen");
}

#[test]
fn an_empty_account_is_set_up_from_an_answers_file() {
    let scene = Scene::empty();
    let refused = scene.apply("[create]\nbuckets = true\nsentinel = true\n", &[]);
    assert_eq!((refused.status.code(), scene.written().as_bytes()), (Some(3), SHIPPED), "{}", told(&refused));
    assert_eq!(scene.policies(), [[""; 4]; 0], "policies are not made without being allowed");

    let ran = scene.apply(ALL, &[]);
    assert_eq!(ran.status.code(), Some(0), "{}", told(&ran));
    assert_eq!(scene.written(), scene.expected());
    let profiles = "wrapper.app.parameter.5=--spring.profiles.active=prod,azure";
    assert!(told(&ran).contains(profiles), "{}", told(&ran));
    let again = scene.apply(ALL, &[]);
    assert!(told(&again).contains("nothing changed"), "{}", told(&again));
}

#[test]
fn a_policy_with_an_end_is_fixed_where_the_answers_file_allows_it() {
    let scene = Scene::empty();
    assert_eq!(scene.apply(ALL, &[]).status.code(), Some(0));
    scene.spoil();
    let spoilt = scene.policies();
    for create in ["", "[create]\nbuckets = true\nsentinel = true\npolicies = false\n"] {
        let ran = scene.apply(create, &[]);
        assert_eq!((ran.status.code(), scene.policies()), (Some(3), spoilt.clone()), "{}", told(&ran));
    }
    assert_eq!(scene.apply(ALL, &["--dry-run"]).status.code(), Some(0), "it lists what it would create");
    assert_eq!(scene.policies(), spoilt);

    let ran = scene.apply(ALL, &["--json"]);
    let document: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    crate::batch::fits(&document);
    assert_eq!(ran.status.code(), Some(0), "{}", told(&ran));
    assert_eq!(
        document["created"][0]["repair"],
        serde_json::json!({
            "kind": "set-policy",
            "name": "UploadPolicy",
            "before": { "start": "", "expiry": "2030-12-31T00:00:00.0000000Z", "permissions": "w" },
            "after": { "start": "", "expiry": "", "permissions": "cw" },
        })
    );
    let made = |name: &str, permissions: &str| [name, "", "", permissions].map(str::to_owned);
    assert_eq!(scene.policies()[1..], [made("UploadPolicy", "cw"), made("somebody", "rl")]);
}
