//! Tests the checks and repairs against Azurite, started as a child on a free port, and what Azurite can confirm of the
//! stub's answers. `SCORE_SETUP_AZURITE` is the path of its `azurite-blob`. Without it, the test looks in `PATH` and
//! `node_modules`. If there is no Azurite, the test prints that and passes, except under `CI`.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use http::Method;
use score_setup::{
    answers::target::{AzureStore, Cloud, Store},
    score::Scope,
    store::{
        checks::{Policy, Repair},
        probe::{Body, Request, Route, Sender, azure::Account, container_settings::VERSION},
        provision,
    },
    text::{Endpoint, secret::Secret},
};
use time::OffsetDateTime;

use crate::{
    azure::{checked, fixed, seen},
    azure_settings::{HARMLESS, read, said},
    azure_store::{ACCOUNT, key},
    batch::{Ran, Scene},
    store::{Answer, Store as Played},
};

struct Azurite {
    child: Child,
    /// The output stays open, because Azurite stops if it is closed.
    _said: BufReader<ChildStdout>,
    endpoint: String,
}

impl Azurite {
    /// Starts Azurite. Returns `None` if there is none.
    fn start() -> Option<Self> {
        let Some(program) = program() else {
            assert!(env::var_os("CI").is_none(), "no azurite-blob: npm install azurite@3.35.0, or SCORE_SETUP_AZURITE");
            return None;
        };
        let mut child = Command::new(program)
            .args(["--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence", "--disableTelemetry"])
            .args(["--skipApiVersionCheck", "--silent"])
            .env("AZURITE_ACCOUNTS", format!("{ACCOUNT}:{}:{}", key(), key2()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let address = loop {
            line.clear();
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "Azurite ended before it listened");
            if let Some((_, address)) = line.split_once("listens on ") {
                break address.trim().to_owned();
            }
        };
        Some(Self { child, _said: said, endpoint: format!("{address}/{ACCOUNT}") })
    }

    fn target(&self) -> AzureStore {
        AzureStore {
            protocol: "http".into(),
            account: ACCOUNT.into(),
            key: Secret::new(key()),
            cloud: Cloud::Endpoint(self.endpoint.clone()),
            container: "score".into(),
            upload_policy: "UploadPolicy".into(),
            download_policy: "DownloadPolicy".into(),
            sentinel: "heliograph".into(),
            part_size: 67_108_864,
            download_expiration_days: 1,
        }
    }
}

impl Drop for Azurite {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The second key of the account.
fn key2() -> String {
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, [8; 64])
}

fn program() -> Option<PathBuf> {
    if let Some(named) = env::var_os("SCORE_SETUP_AZURITE") {
        return Some(named.into());
    }
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("node_modules/.bin");
    let folders = env::var_os("PATH").map(|path| env::split_paths(&path).collect::<Vec<_>>()).unwrap_or_default();
    let mut programs = folders.into_iter().chain([installed]).map(|folder| folder.join("azurite-blob"));
    programs.find(|program| program.is_file())
}

async fn repair(store: &AzureStore, name: &str, before: Option<Policy>, after: Policy) -> Result<String, String> {
    let repair = Repair::SetPolicy { name: name.into(), before: before.map(Box::new), after: Box::new(after) };
    let repaired = provision::repair(
        &Store::from(store.clone()),
        &Route::default(),
        None,
        &repair,
        &crate::provision::NothingKept,
    )
    .await;
    repaired.map_err(|error| error.to_string())
}

fn allows(permissions: &str) -> Policy {
    Policy { permissions: permissions.into(), ..Policy::default() }
}

#[tokio::test]
async fn azurite_is_made_ready_by_repairs_and_judged_as_it_is() {
    let Some(azurite) = Azurite::start() else {
        eprintln!("skipped: azurite_is_made_ready_by_repairs_and_judged_as_it_is (no azurite-blob)");
        return;
    };
    let store = azurite.target();
    assert_eq!(
        seen(&checked(store.clone(), Scope::All).await),
        ["container P65 Start bucket.name.object create score"]
    );
    assert_eq!(fixed(&store).await, 4);
    let board = checked(store.clone(), Scope::All).await;
    assert_eq!(seen(&board), Vec::<String>::new());
    assert_eq!(board.end.unwrap().leftovers, []);

    // Faults that the stub has too give the same findings.
    let wrong = AzureStore { key: Secret::new("AAAA"), ..store.clone() };
    assert_eq!(seen(&checked(wrong, Scope::All).await), ["sign-in P59 Start azure.accountKey"]);
    let unknown = AzureStore {
        account: "nobody".into(),
        cloud: Cloud::Endpoint(azurite.endpoint.replace(ACCOUNT, "nobody")),
        ..store.clone()
    };
    assert_eq!(seen(&checked(unknown, Scope::All).await), ["sign-in P60 Start azure.accountName"]);
    let missing = AzureStore { download_policy: "downloadpolicy".into(), ..store.clone() };
    assert_eq!(
        seen(&checked(missing, Scope::All).await),
        ["download-policy P56 Ping bucket.policy.download set downloadpolicy none -> r"]
    );
    repair(&store, "DownloadPolicy", Some(allows("r")), allows("l")).await.unwrap();
    assert_eq!(
        seen(&checked(store.clone(), Scope::All).await),
        ["download-policy P57 Ping bucket.policy.download set DownloadPolicy l -> rl"]
    );
    assert!(repair(&store, "DownloadPolicy", Some(allows("r")), allows("rl")).await.is_err(), "it is another by now");

    // Azurite accepts values that Azure refuses. Real Score works with it.
    let until = Policy { expiry: "2100-01-01T00:00:00Z".into(), ..allows("r") };
    repair(&store, "DownloadPolicy", Some(allows("l")), until).await.unwrap();
    assert_eq!(
        seen(&checked(store.clone(), Scope::All).await),
        ["download-policy P55 Note bucket.policy.download set DownloadPolicy r -> r"]
    );
    assert_eq!(fixed(&store).await, 0);

    // It takes a blob at once with a policy that only allows to create, and blocks not.
    repair(&store, "UploadPolicy", Some(allows("cw")), allows("c")).await.unwrap();
    assert_eq!(
        seen(&checked(store.clone(), Scope::All).await),
        [
            "download-policy P55 Note bucket.policy.download set DownloadPolicy r -> r",
            "upload-policy P57 Note bucket.policy.upload set UploadPolicy c -> cw",
            "put-blocks P57 Note bucket.policy.upload"
        ]
    );
}

/// Sends a request of an administrator of the account.
async fn set(store: &AzureStore, request: Request) {
    let endpoint = Endpoint::parse(&store.endpoint()).unwrap();
    let signed = Account::new(endpoint, &store.account, &store.key)
        .unwrap()
        .by_header(&request.header("x-ms-version", VERSION), OffsetDateTime::now_utc());
    let reply = Sender::new(&Route::default()).unwrap().send(signed, Duration::from_secs(10)).await.unwrap();
    assert!(reply.status.is_success(), "{reply:?}");
}

#[tokio::test]
async fn azurite_shows_the_settings_that_it_has() {
    let Some(azurite) = Azurite::start() else {
        eprintln!("skipped: azurite_shows_the_settings_that_it_has (no azurite-blob)");
        return;
    };
    let store = azurite.target();
    assert_eq!(fixed(&store).await, 4);
    assert_eq!(said(&read(store.clone(), Scope::All).await), HARMLESS);
    let properties = "<StorageServiceProperties><Cors><CorsRule><AllowedOrigins>https://b</AllowedOrigins>\
                      <AllowedMethods>GET</AllowedMethods><AllowedHeaders>x-ms-*</AllowedHeaders>\
                      <ExposedHeaders>*</ExposedHeaders><MaxAgeInSeconds>1</MaxAgeInSeconds></CorsRule></Cors>\
                      <DeleteRetentionPolicy><Enabled>true</Enabled><Days>7</Days></DeleteRetentionPolicy>\
                      </StorageServiceProperties>";
    let service = Request::new(Method::PUT, "", "").query("restype", "service").query("comp", "properties");
    set(&store, service.body(Body::Plain(properties.into()))).await;
    let open = Request::new(Method::PUT, "open", "").query("restype", "container");
    set(&store, open.header("x-ms-blob-public-access", "blob")).await;
    let sentinel = Request::new(Method::PUT, "open", "heliograph").header("x-ms-blob-type", "BlockBlob");
    set(&store, sentinel.body(Body::Plain("hello".into()))).await;
    let archived = Request::new(Method::PUT, "open", "0f").header("x-ms-blob-type", "BlockBlob");
    set(&store, archived.body(Body::Plain("file".into()))).await;
    let tier = Request::new(Method::PUT, "open", "0f").query("comp", "tier").header("x-ms-access-tier", "Archive");
    set(&store, tier).await;
    let lines = said(&read(AzureStore { container: "open".into(), ..store }, Scope::ReadOnly).await);
    let begins = [
        "container-access P137 Note: Everyone can read the blobs of open by their names.",
        "container-lock: not immutable",
        "container-versions: not kept",
        "container-archive P131 Transfer: 1 of the first 2 blobs of open are archived.",
        "container-encryption: with the key of the account",
        "account-deletes: kept and paid for 7 days",
        "account-cors P139 Note: The CORS rules of the account",
    ];
    assert_eq!(lines.len(), begins.len());
    assert!(lines.iter().zip(begins).all(|(line, begin)| line.starts_with(begin)), "{lines:#?}");
}

/// Returns the URL that a Score with this key gives to a client that pings.
fn ping(store: &AzureStore, key: &str) -> String {
    let endpoint = Endpoint::parse(&store.endpoint()).unwrap();
    let account = Account::new(endpoint, &store.account, &Secret::new(key)).unwrap();
    let request = Request::new(Method::GET, &store.container, &store.sentinel);
    account.by_policy(&request, &store.download_policy, 1, OffsetDateTime::now_utc()).url
}

#[test]
fn the_second_key_of_an_account_replaces_the_first() {
    let Some(azurite) = Azurite::start() else {
        eprintln!("skipped: the_second_key_of_an_account_replaces_the_first (no azurite-blob)");
        return;
    };
    let store = azurite.target();
    let serving = tokio::runtime::Runtime::new().unwrap();
    assert_eq!(serving.block_on(fixed(&store)), 4);
    let scene = Scene::set(&[]);
    let answers = format!(
        "provider = \"azure\"\n\n[settings]\n\"azure.accountName\" = \"{ACCOUNT}\"\n\
         \"azure.accountKey\" = \"{};BlobEndpoint={}\"\n\"azure.endpointProtocol\" = \"http\"\n\
         \"bucket.name.object\" = \"score\"\n\"metadata.url\" = \"https://song.example.org\"\n",
        key(),
        azurite.endpoint
    );
    let path = scene.folder.path().join("answers.toml");
    fs::write(&path, answers).unwrap();
    let written = scene.apply(&path, &[]);
    assert_eq!(written.code, Some(0), "{}", written.messages);
    let before = fs::read_to_string(scene.conf()).unwrap();

    // Score answers with the old key once more.
    let server = serving.block_on(Played::start());
    let (old, new) = (ping(&store, &key()), ping(&store, &key2()));
    server.answer(|asked| asked.path.starts_with("/actuator"), Answer::new(200).body("{\"status\":\"UP\"}"));
    server.answer(|asked| asked.path.starts_with("/download/ping"), Answer::new(200).body(new));
    let seen = AtomicUsize::new(0);
    let first = move |path: &str| path.starts_with("/download/ping") && seen.fetch_add(1, Ordering::SeqCst) == 0;
    server.answer(move |asked| first(&asked.path), Answer::new(200).body(old));
    let rotate = |key: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_score-setup"));
        command.args(["rotate", "score-server-5.11.0", "--score", &server.endpoint()]).env("NEW_ACCOUNT_KEY", key);
        Ran::from(command.current_dir(scene.folder.path()).env("LC_ALL", "C.UTF-8").output().unwrap())
    };
    let refused = rotate("d3Jvbmc=");
    assert_eq!(
        (refused.code, fs::read_to_string(scene.conf()).unwrap()),
        (Some(3), before.clone()),
        "{}",
        refused.messages
    );
    let ran = rotate(&key2());
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    // The cloud of the account stays behind the key.
    assert_eq!(fs::read_to_string(scene.conf()).unwrap(), before.replace(&key(), &key2()));
    for told in [
        "A new account key replaces the old one. An Azure account has two keys",
        "Score does not use the new keys yet.",
    ] {
        assert!(ran.messages.contains(told), "{told}: {}", ran.messages);
    }
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].ends_with("uses the new keys: 10 answers in a row."), "{}", ran.out);
    assert!(lines[1].ends_with(" UTC. URLs that were signed with it stay in use for 1 day."), "{}", ran.out);
    assert!(lines[2].starts_with("Then end it: az storage account keys renew "), "{}", ran.out);
    assert!(lines[4].starts_with("  rm ") && lines.len() == 5, "{}", ran.out);
    assert!(
        ![key(), key2()].iter().any(|key| ran.out.contains(key) || ran.messages.contains(key)),
        "a key was printed"
    );
}
