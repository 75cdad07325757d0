//! Prepares `score-setup sandbox`: an empty embedded store and a temporary deployment, as unpacked from Score's
//! distribution, with the answers that only the sandbox can know.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::{
    answers::draft::{Origin, Text},
    score::{self, key},
    store::sandbox::Sandbox,
    wizard::Event,
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

/// The store and the folder of a sandbox. The folder is removed on drop, unless it is kept.
#[derive(Debug)]
pub struct SandboxDeployment {
    folder: TempDir,
    store: Sandbox,
    // The runtime is dropped after the store that it serves.
    _serving: Runtime,
}

impl SandboxDeployment {
    /// Creates the folder and starts the store.
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
        let store = serving.block_on(Sandbox::start())?;
        Ok(Self { folder, store, _serving: serving })
    }

    #[must_use]
    pub fn conf(&self) -> PathBuf {
        self.folder.path().join(FOLDER).join("conf")
    }

    /// Returns the events with the answers that the sandbox knows.
    #[must_use]
    pub fn known_answers(&self) -> Vec<Event> {
        let answered = |key, text| Event::Answered { key, text, origin: Origin::Typed };
        let mut said = vec![Event::PathChosen(self.conf())];
        said.extend(score::provider::of_sandbox().map(Event::ProviderChosen));
        said.extend([
            answered(key::S3_ENDPOINT, Text::Plain(self.store.endpoint())),
            answered(key::S3_ACCESS_KEY, Text::Plain(self.store.access_key.clone())),
            answered(key::S3_SECRET_KEY, Text::Secret(self.store.secret.clone())),
            answered(key::BUCKET_NAME_OBJECT, Text::Plain("score-object".into())),
            answered(key::BUCKET_NAME_STATE, Text::Plain("score-state".into())),
            answered(key::METADATA_URL, Text::Plain("https://song.example.org".into())),
        ]);
        said
    }

    /// Keeps the folder and returns its path.
    #[must_use]
    pub fn keep(self) -> PathBuf {
        let inside = Path::new(FOLDER).join("conf");
        self.folder.keep().join(inside)
    }
}
