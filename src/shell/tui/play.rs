//! Prepares `score-setup sandbox`: an embedded store, and a temporary deployment with three faults, which the files and the
//! store have in common with broken installations.

use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::{
    answers::draft::{Origin, Text},
    effects::load,
    install::deployment::Sighting,
    score::{self, Release, key, secure},
    store::{probe::Route, sandbox::Sandbox},
    text::secret::Secret,
    wizard::{Event, Lessons, SessionOptions, State, update},
};

/// The shipped properties file: only comments and no final newline (score-server 5.11.0,
/// src/main/conf/application.properties).
const PROPERTIES: &str = "# Configuration of the Score server\n#\n# One key=value per line";

/// The relevant lines of the shipped file (score-server 5.11.0, src/main/conf/wrapper.conf:62-66).
const WRAPPER: &str = "\
wrapper.app.parameter.1=org.springframework.boot.loader.JarLauncher
wrapper.app.parameter.2=--spring.config.location=../conf/
wrapper.app.parameter.3=--server.ssl.key-store=../cert/service.jks
wrapper.app.parameter.4=--logging.config=../conf/logback.xml
wrapper.app.parameter.5=--spring.profiles.active=secure,amazon
";

/// The folder of the deployment. Its name contains the release, as in the distribution.
const FOLDER: &str = "score-server-5.11.0";

/// The name of the store that clients know. Only this program resolves it.
const PUBLIC: &str = "http://store.sandbox.example:9000";

/// The length of the right secret key. It is typed by hand.
const SECRET_LENGTH: usize = 8;

/// Returns a value for a setting of the authorization server, which the sandbox does not have.
fn sign_in(key: &str) -> &'static str {
    let ending = key.rsplit(['.', '-']).next().unwrap_or_default();
    match ending {
        "url" | "host" | "uri" => "https://sign-in.sandbox.example",
        "provider" => "keycloak",
        _ => "sandbox",
    }
}

/// The store and the folder of a sandbox. The folder is removed on drop, unless it is kept.
#[derive(Debug)]
pub struct SandboxDeployment {
    folder: TempDir,
    store: Sandbox,
    secret: String,
    // The runtime is dropped after the store that it serves.
    _serving: Runtime,
}

impl SandboxDeployment {
    /// Creates the folder with its faults, and starts the store. The bucket for state is missing.
    ///
    /// # Errors
    /// Returns an error if no port or no folder is available.
    pub fn prepare() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("score-setup-sandbox-").tempdir()?;
        let conf = folder.path().join(FOLDER).join("conf");
        fs::create_dir_all(&conf)?;
        fs::write(conf.join("application.properties"), PROPERTIES)?;
        fs::write(conf.join("wrapper.conf"), WRAPPER)?;
        let serving = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let secret: String = uuid::Uuid::new_v4().simple().to_string().chars().take(SECRET_LENGTH).collect();
        let store = serving.block_on(Sandbox::with_secret(Secret::new(secret.as_str())))?;
        store.memory.put("score-object", "data/heliograph", "A test object.");
        let stage = Self { folder, store, secret, _serving: serving };
        stage.write_faults()?;
        Ok(stage)
    }

    /// Writes the files of the deployment, with a wrong secret key and the loopback address of the store.
    fn write_faults(&self) -> io::Result<()> {
        let mut state = State::new(SessionOptions::new("sandbox"));
        let answered = |key, text| Event::Answered { key, text, origin: Origin::Typed };
        let plain = |key, text: &str| answered(key, Text::Plain(text.to_owned()));
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let known = [Event::Loaded(load(&self.conf())), Event::ReleaseChosen(Release::R5_11)].into_iter();
        let events = known.chain(score::provider::of_sandbox().map(Event::ProviderChosen)).chain([
            plain(key::S3_ENDPOINT, &self.store.endpoint()),
            plain(key::S3_ACCESS_KEY, &self.store.access_key),
            answered(key::S3_SECRET_KEY, Text::Secret(Secret::new("an-old-secret-key"))),
            plain(key::BUCKET_NAME_OBJECT, "score-object"),
            plain(key::BUCKET_NAME_STATE, "score-state"),
            plain(key::METADATA_URL, "https://song.example.org"),
            plain(key::SERVER_PORT, &port.to_string()),
        ]);
        // Authorization is complete, so it is not a fourth fault.
        let keys = secure::keys(Release::R5_11).chain(secure::TOKEN_KEYS.into_iter().take(1));
        let secure = [Event::SecureChosen(true)].into_iter().chain(keys.map(|key| plain(key, sign_in(key))));
        for event in events.chain(secure) {
            update(&mut state, event);
        }
        let proposal = state.proposal().map_err(|blocked| io::Error::other(format!("{blocked:?}")))?;
        proposal.files.iter().try_for_each(|file| {
            fs::write(&file.path, &file.after)?;
            fs::set_permissions(&file.path, Permissions::from_mode(0o600))
        })
    }

    #[must_use]
    pub fn conf(&self) -> PathBuf {
        self.folder.path().join(FOLDER).join("conf")
    }

    /// Returns the facts of the tour.
    #[must_use]
    pub fn lessons(&self) -> Lessons {
        Lessons { folder: self.folder.path().to_owned(), secret: self.secret.clone(), endpoint: PUBLIC.to_owned() }
    }

    /// Returns the events that begin the tour: the store is reached under every name, and the list has one deployment.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        let route = Route { connect_to: Some(self.store.address()), ..Route::default() };
        let path = self.conf();
        let found = load(&path).ok().map(|deployment| Sighting { path, deployment, running: None, checked: None });
        vec![Event::RouteChosen(route), Event::Sighted(found.into_iter().collect())]
    }

    /// Keeps the folder and returns its path.
    #[must_use]
    pub fn keep(self) -> PathBuf {
        let inside = Path::new(FOLDER).join("conf");
        self.folder.keep().join(inside)
    }
}
