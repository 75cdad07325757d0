//! A Score installation as its files and its environment tell it: which release, how it is started, which profiles are
//! active. Pure: the bytes come from `effects::load`; which value counts for a key is `spring`'s.
//!
//! ```text
//!  score-server-5.11.0/            the folder's name, and lib/score-server.jar, tell the release
//!    conf/application.properties   what this tool is about
//!    conf/application-NAME.properties   counts more, while the profile NAME is active
//!    conf/bootstrap.properties     Vault, on or off
//!    conf/wrapper.conf             the arguments, which count more than all files: the profiles among them
//!    lib/score-server.jar          application.yml: defaults, unless the wrapper starts Score
//! ```

mod profiles;

use std::path::PathBuf;

use time::OffsetDateTime;

pub use profiles::{SECURE, beside, of_stores, profiles};

use crate::{
    forms::{Base, Command, Environment, Jar, Told},
    score::Release,
};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot read {path}: {cause}", path = path.display())]
pub struct LoadError {
    pub path: PathBuf,
    pub cause: String,
    pub hint: String,
    /// It can be read, and what it says is wrong.
    pub wrong: bool,
}

/// Everything that was read of one deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// `conf/application.properties`; with Docker, which never reads one, the file it would be.
    pub application: Base,
    /// `conf/bootstrap.properties`.
    pub bootstrap: Base,
    /// `conf/wrapper.conf`.
    pub wrapper: Base,
    /// `.env.score` beside it: the variables for a container, where this tool has written them.
    pub variables: Base,
    /// `conf/application-<profile>.properties`, in the order of their names.
    pub profile_files: Vec<ProfileFile>,
    /// `application.yml`, `application-<profile>.yaml` and the like beside them, which count less.
    pub yaml_files: Vec<YamlFile>,
    /// What the jar of this release brings along, where there is one.
    pub jar: Option<Jar>,
    /// The variables that Score is started with, where something tells them; never those of this process.
    pub environment: Option<Environment>,
    /// The command line of a container or of a running Score, where it is known; wrapper.conf has its own.
    pub command: Option<Command>,
    /// What to know about the whole: sources that contradict each other, or that cannot be read.
    pub notes: Vec<String>,
    /// As the installation tells it.
    pub release: Option<Told<Release>>,
    /// As the installation tells it.
    pub start: Option<Told<Start>>,
}

impl Deployment {
    /// A file and nothing around it.
    #[must_use]
    pub fn of_file(application: Base) -> Self {
        let beside = |name: &str| Base::absent(application.path.with_file_name(name));
        Self {
            bootstrap: beside("bootstrap.properties"),
            wrapper: beside("wrapper.conf"),
            variables: beside(".env.score"),
            profile_files: Vec::new(),
            yaml_files: Vec::new(),
            jar: None,
            environment: None,
            command: None,
            notes: Vec::new(),
            release: None,
            start: None,
            application,
        }
    }

    /// The same, in a folder named after this release.
    #[must_use]
    pub fn named_after(self, release: impl Into<Option<Release>>) -> Self {
        let release = release.into().map(|what| Told { what, by: "the folder's name".to_owned() });
        Self { release, ..self }
    }
}

/// How Score is started: this decides which sources it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Start {
    /// `bin/score-server` of the distribution: only `conf/`, the jar's own defaults are gone, as its wrapper.conf passes
    /// `--spring.config.location=../conf/` (5.11.0 score-server/src/main/conf/wrapper.conf:62-66).
    Wrapper,
    /// `java -jar score-server.jar` in a folder with `application.properties`, or with
    /// `--spring.config.additional-location`: the jar's defaults and the file.
    Jar,
    /// The official image: the jar's defaults and the environment; no properties file (5.11.0 Dockerfile).
    Docker,
}

impl Start {
    pub const ALL: [Self; 3] = [Self::Wrapper, Self::Jar, Self::Docker];

    /// As answers files spell it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Wrapper => "wrapper",
            Self::Jar => "jar",
            Self::Docker => "docker",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileFile {
    pub profile: String,
    pub base: Base,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlFile {
    /// `None`: `application.yml` itself.
    pub profile: Option<String>,
    pub base: Base,
}

/// A deployment that was found by looking at files and processes only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// What to open: a conf folder, a properties, env or compose file.
    pub path: PathBuf,
    pub deployment: Deployment,
    pub running: Option<Running>,
}

/// A Score that runs now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    pub process: u32,
    pub since: OffsetDateTime,
    /// A file of the deployment is newer.
    pub outdated: bool,
}

/// What was chosen about the deployment, beside its settings; what is not chosen is as it is found, or by default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    pub start: Option<Start>,
    /// Beside the profiles that the store needs: `secure`, and others of the operator's own.
    pub profiles: Option<Vec<String>>,
    /// Whether files beside application.properties may be written: bootstrap.properties, wrapper.conf.
    pub companion_files: bool,
}

impl Setup {
    /// How Score is started: as chosen, else as found, else as its distribution does it.
    #[must_use]
    pub fn start(&self, deployment: Option<&Deployment>) -> Start {
        let found = deployment.and_then(|deployment| deployment.start.as_ref()).map(|told| told.what);
        self.start.or(found).unwrap_or(Start::Wrapper)
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self { start: None, profiles: None, companion_files: true }
    }
}

/// A deployment as it is, or shall be, run: what a view of its values, and a judgement of them, is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stand {
    pub release: Release,
    pub start: Start,
    /// In the order of `spring.profiles.active`.
    pub profiles: Vec<String>,
}
