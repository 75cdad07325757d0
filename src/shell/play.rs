//! What `score-setup sandbox` plays on: an empty embedded store and a throw-away deployment, as unpacked from Score's
//! distribution, with the answers given that only the sandbox can know.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::{
    answers::draft::{Origin, Text},
    score as catalogue,
    score::key,
    store::sandbox::Sandbox,
    wizard::Event,
};

/// Only comments and no final newline, as shipped (score-server 5.11.0, src/main/conf/application.properties).
const PROPERTIES: &str = "# Configuration of the Score server\n#\n# One key=value per line";

/// The lines that matter of the shipped file (score-server 5.11.0, src/main/conf/wrapper.conf:62-66).
const WRAPPER: &str = "\
wrapper.app.parameter.1=org.springframework.boot.loader.JarLauncher
wrapper.app.parameter.2=--spring.config.location=../conf/
wrapper.app.parameter.3=--server.ssl.key-store=../cert/service.jks
wrapper.app.parameter.4=--logging.config=../conf/logback.xml
wrapper.app.parameter.5=--spring.profiles.active=secure,amazon
";

/// The name tells the release, as the distribution's own folder does.
const FOLDER: &str = "score-server-5.11.0";

/// Gone when dropped, unless kept.
#[derive(Debug)]
pub struct Stage {
    folder: TempDir,
    store: Sandbox,
    // Dropped after the store that it serves.
    _serving: Runtime,
}

impl Stage {
    /// # Errors
    /// Where there is no port or no folder to be had.
    pub fn set() -> io::Result<Self> {
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

    /// What is known before the operator says anything.
    #[must_use]
    pub fn said(&self) -> Vec<Event> {
        let answered = |key, text| Event::Answered { key, text, origin: Origin::Typed };
        let mut said = vec![Event::PathChosen(self.conf())];
        said.extend(catalogue::provider::of_sandbox().map(Event::ProviderChosen));
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

    /// The folder stays, to be looked at.
    #[must_use]
    pub fn keep(self) -> PathBuf {
        let inside = Path::new(FOLDER).join("conf");
        self.folder.keep().join(inside)
    }
}
