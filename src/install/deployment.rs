//! Describes a Score installation by its files and its environment: its release, how it is started, and its active
//! profiles. Pure: `effects::load` reads the bytes, and `spring` decides the effective value of a key.
//!
//! ```text
//!  score-server-5.11.0/            the folder's name, and lib/score-server.jar, show the release
//!    conf/application.properties   the settings of Score
//!    conf/application-NAME.properties   overrides it while the profile NAME is active
//!    conf/bootstrap.properties     Vault, on or off
//!    conf/wrapper.conf             the arguments, with the profiles; they override all files
//!    lib/score-server.jar          application.yml: defaults, unless the wrapper starts Score
//! ```

mod exports;
mod exposure;
mod profiles;

use std::{collections::HashSet, path::PathBuf};

use time::OffsetDateTime;

pub use exports::{
    COMPOSE_FILE, CONFIG_MAP, DROP_IN, EXPORT_NAMES, ExportForm, ExportName, PLAIN_ENV, SECRET_ENV, SECRET_OBJECT,
    SECRET_VALUES, VALUES,
};
pub use exposure::{Exposure, Reader, chmod};
pub use profiles::{SECURE, beside, of_stores, profiles};

use crate::{
    forms::{
        Base, Command, DescribedBy, Environment, EnvironmentOrigin, Jar, Sourced,
        container::{FormFault, Unread},
    },
    score::Release,
};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot read {path}: {cause}", path = path.display())]
pub struct LoadError {
    pub path: PathBuf,
    pub cause: String,
    pub hint: String,
    /// True if the file can be read, but its content is not valid.
    pub wrong: bool,
}

/// Everything that was read of one deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// The file `conf/application.properties`. With Docker, which never reads one, the path that it would have.
    pub application: Base,
    /// The file `conf/bootstrap.properties`.
    pub bootstrap: Base,
    /// The file `conf/wrapper.conf`.
    pub wrapper: Base,
    /// The file `.env.score` next to it: the variables for a container, if this tool wrote them.
    pub variables: Base,
    /// The files `conf/application-<profile>.properties`, in the order of their names.
    pub profile_files: Vec<ProfileFile>,
    /// The files `application.yml`, `application-<profile>.yaml` and similar ones next to them. Properties files
    /// override them.
    pub yaml_files: Vec<YamlFile>,
    /// The configuration in the jar of this release, if the jar was found.
    pub jar: Option<Jar>,
    /// The variables that Score is started with, if a source shows them; never those of this process.
    pub environment: Option<Environment>,
    /// The command line of a container or of a running Score, if it is known; wrapper.conf has its own.
    pub command: Option<Command>,
    /// The files that describe how the container is started, as they were read, the one that the operator named first.
    /// Empty for standard input, and if no file does.
    pub sources: Vec<Base>,
    /// The files in the same folder that other forms are written to. Missing ones are left out, except those that would
    /// contain secrets and that Git would track; these have a note.
    pub exports: Vec<Base>,
    /// The image of the container, if it is known.
    pub image: Option<String>,
    /// Notes about the deployment as a whole, such as sources that contradict each other or cannot be read.
    pub notes: Vec<String>,
    /// Parts of the configuration that exist and are not read. What depends on them is not known.
    pub unread: Vec<Unread>,
    /// Faults of the form that describes how Score is started.
    pub faults: Vec<FormFault>,
    /// The release that the installation shows.
    pub release: Option<Sourced<Release>>,
    /// The start that the installation shows.
    pub start: Option<Sourced<Launcher>>,
    /// The process that listens already at `server.port` of this machine.
    pub port_holder: Option<PortHolder>,
    /// The files that every user of this machine can read. In the draft, those that stay so.
    pub exposed: Vec<Exposure>,
}

/// A process that listens at a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortHolder {
    pub port: u16,
    pub server: Server,
}

/// The program that listens at a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Server {
    /// A Score server, by the number of its process.
    Score(u32),
    /// Certainly not Score.
    Other { name: String, process: u32 },
    /// A process of another user, or one that may start Score or forward to it.
    Unknown,
}

impl Deployment {
    /// Returns a deployment that is only a file.
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
            sources: Vec::new(),
            exports: Vec::new(),
            image: None,
            notes: Vec::new(),
            unread: Vec::new(),
            faults: Vec::new(),
            release: None,
            start: None,
            port_holder: None,
            exposed: Vec::new(),
            application,
        }
    }

    /// Returns the files that may contain settings, each path once.
    #[must_use]
    pub fn files(&self) -> Vec<&Base> {
        let named = match self.environment.as_ref().map(|environment| &environment.origin) {
            Some(EnvironmentOrigin::File(base)) => Some(base),
            _ => None,
        };
        let own = [&self.application, &self.bootstrap, &self.wrapper, &self.variables].into_iter();
        let all = own
            .chain(self.profile_files.iter().map(|file| &file.base))
            .chain(self.yaml_files.iter().map(|file| &file.base))
            .chain(named)
            .chain(&self.sources);
        let mut met: Vec<&Base> = Vec::new();
        for base in all.filter(|base| base.bytes.is_some()) {
            if met.iter().all(|other| other.path != base.path) {
                met.push(base);
            }
        }
        met
    }

    /// Returns the files that writing may replace, in the order of writing, each path once.
    #[must_use]
    pub fn written_files(&self) -> Vec<PathBuf> {
        let mut files = vec![self.bootstrap.path.clone(), self.wrapper.path.clone()];
        files.extend(self.profile_files.iter().map(|file| file.base.path.clone()));
        files.push(self.variables.path.clone());
        if let Some(EnvironmentOrigin::File(base)) = self.environment.as_ref().map(|environment| &environment.origin) {
            files.push(base.path.clone());
        }
        files.extend(self.sources.iter().chain(&self.exports).map(|base| base.path.clone()));
        files.push(self.application.path.clone());
        // A file given as CONF takes the place of application.properties, and may be one of the others.
        let mut met = HashSet::new();
        files.retain(|path| met.insert(path.clone()));
        files
    }

    /// Returns a file that may contain settings, by its path.
    #[must_use]
    pub fn file(&self, path: &std::path::Path) -> Option<&Base> {
        self.files().into_iter().find(|base| base.path == path)
    }

    /// Returns a file of the description, by its path.
    #[must_use]
    pub fn source(&self, path: &std::path::Path) -> Option<&Base> {
        self.sources.iter().find(|base| base.path == path)
    }

    /// Returns the form of the files that describe how Score is started, if one is written in it too.
    #[must_use]
    pub fn form(&self) -> Option<ExportForm> {
        match &self.environment.as_ref()?.origin {
            EnvironmentOrigin::Compose { .. } => Some(ExportForm::Compose),
            EnvironmentOrigin::Described { by: DescribedBy::Kubernetes, .. } => Some(ExportForm::Kubernetes),
            EnvironmentOrigin::Described { by: DescribedBy::Systemd, .. } => Some(ExportForm::Systemd),
            _ => None,
        }
    }

    /// Returns the same deployment in a folder named after this release.
    #[must_use]
    pub fn named_after(self, release: impl Into<Option<Release>>) -> Self {
        let release = release.into().map(|what| Sourced { what, by: "the folder's name".to_owned() });
        Self { release, ..self }
    }
}

/// How Score is started. This decides which sources it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Launcher {
    /// The start by `bin/score-server` of the distribution. Score reads only `conf/` and not the jar's own defaults,
    /// because its wrapper.conf passes `--spring.config.location=../conf/` (5.11.0
    /// score-server/src/main/conf/wrapper.conf:62-66).
    Wrapper,
    /// The start by `java -jar score-server.jar` in a folder with `application.properties`, or with
    /// `--spring.config.additional-location`: Score reads the jar's defaults and the file.
    Jar,
    /// The official image. Score reads the jar's defaults and the environment, and no properties file (5.11.0
    /// Dockerfile).
    Docker,
}

impl Launcher {
    pub const ALL: [Self; 3] = [Self::Wrapper, Self::Jar, Self::Docker];

    /// Returns the name in answers files.
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
    /// `None` for `application.yml` itself.
    pub profile: Option<String>,
    pub base: Base,
}

/// A deployment that was found by looking only at files and processes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The path to open: a conf folder, or a properties, env or compose file.
    pub path: PathBuf,
    pub deployment: Deployment,
    pub running: Option<Running>,
    /// The result of the last checks, if it is remembered.
    pub checked: Option<LastCheck>,
}

/// The result of earlier checks on the files of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastCheck {
    pub at: OffsetDateTime,
    pub outcome: CheckOutcome,
    /// True if a file of the deployment is newer than the result.
    pub changed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckOutcome {
    /// Uploads and downloads worked.
    Worked,
    /// Nothing wrong was found, but uploads were not tried.
    NothingWrong,
    /// The number of problems.
    Problems(usize),
}

/// A Score that runs now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    pub process: u32,
    pub since: OffsetDateTime,
    /// True if a file of the deployment is newer than the process.
    pub outdated: bool,
    /// The systemd unit that started it, if one did.
    pub unit: Option<String>,
}

/// The operator's choices about the deployment, apart from its settings. Anything not chosen is as found, or the
/// default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    pub start: Option<Launcher>,
    /// The form to write, if it is not that of the files that were read.
    pub form: Option<ExportForm>,
    /// The profiles in addition to those that the store needs: `secure`, and others of the operator.
    pub profiles: Option<Vec<String>>,
    /// True if files next to application.properties may be written: bootstrap.properties, wrapper.conf.
    pub companion_files: bool,
    /// The installation whose settings are taken into one that has none.
    pub taken_from: Option<PathBuf>,
}

impl Setup {
    /// Returns how Score is started: as chosen, else as found, else as in its distribution.
    #[must_use]
    pub fn start(&self, deployment: Option<&Deployment>) -> Launcher {
        let found = deployment.and_then(|deployment| deployment.start.as_ref()).map(|told| told.what);
        self.start.or(found).unwrap_or(Launcher::Wrapper)
    }

    /// Returns the chosen form if it is written as new files: the files that were read have another one.
    #[must_use]
    pub fn new_form(&self, deployment: Option<&Deployment>) -> Option<ExportForm> {
        self.form.filter(|form| deployment.and_then(Deployment::form) != Some(*form))
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self { start: None, form: None, profiles: None, companion_files: true, taken_from: None }
    }
}

/// A deployment as it runs, or will run. Views of its values and checks of them depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    pub release: Release,
    pub start: Launcher,
    /// The profiles, in the order of `spring.profiles.active`.
    pub profiles: Vec<String>,
}
