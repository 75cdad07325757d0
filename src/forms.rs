//! Recognises and reads the forms of a configuration. A form that needs no other file is a row of `FORMS`: it
//! recognises its input by the content, and reads the variables and their positions. `wrapper.conf` and the jar are
//! parts of an installation and are read from there. Knows nothing of deployments as a whole, and opens no file itself.

mod command;
mod compose;
pub mod container;
mod docker_run;
pub mod env_file;
mod env_form;
pub mod environment;
mod foreign;
pub(crate) mod in_place;
mod inspected;
mod jar;
mod kubernetes;
mod outline;
mod properties;
mod scalar;
mod shell;
mod swarm;
mod systemd;
mod wrapper;

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
};

pub use command::{Command, GivenOption, Word};
pub use compose::DEFAULT_NAMES as COMPOSE_NAMES;
pub use properties::is_configuration;
pub use systemd::{UnitUser, unit_user};
pub use wrapper::{Wrapper, with_profiles};

use crate::text::{mask, secret::Secret, values::number::size, yaml::YamlError};
use container::Container;
use environment::TooLong;
use inspected::InspectError;
use outline::Outline;

/// The name of a container for messages, and its variables.
pub type Neighbour = (String, Vec<Variable>);

/// A form of configuration. Each row of `FORMS` is one.
#[derive(Debug)]
pub struct Form {
    /// The name for messages, such as `compose file`.
    pub name: &'static str,
    /// The size limit of an input, in bytes.
    pub most: u64,
    /// True if the operator may name a file of this form that does not exist yet.
    pub may_be_absent: bool,
    /// Returns true for the usual names of such files. A name decides only if the content leaves the form open.
    named: fn(&str) -> bool,
    /// Judges the content.
    fits: fn(&Outline<'_>) -> Fit,
    reader: FormReader,
    /// Reads all containers of an input, by their names for messages.
    containers: fn(&Source<'_>) -> Vec<Neighbour>,
}

/// The result of comparing content with a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// The content is of this form.
    Sure,
    /// The content may be of this form; the name decides.
    Open,
    No,
}

#[derive(Debug)]
enum FormReader {
    Reads(fn(&Source<'_>) -> Result<Reading, FormError>),
    /// The form is recognised only to be refused, with this next step for the operator.
    Refuses(&'static str),
}

/// The size limit of a settings file, in bytes. A real one has a few kilobytes.
pub const MOST_OF_SETTINGS: u64 = 1024 * 1024;

/// The most lines with content of a file of properties or variables. A real one has some hundreds, and a file of 1 MiB
/// can have a hundred thousand names.
pub const MOST_LINES: usize = 10_000;

/// Returns true for a text of properties or variables with more lines than `MOST_LINES`.
#[must_use]
pub fn too_many_lines(bytes: &[u8]) -> bool {
    let has_content = |line: &&[u8]| !line.trim_ascii_start().is_empty() && !line.trim_ascii_start().starts_with(b"#");
    bytes.split(|byte| *byte == b'\n' || *byte == b'\r').filter(has_content).nth(MOST_LINES).is_some()
}

/// All forms that need no other file. `recognise` prefers the first of equal rows.
pub static FORMS: [Form; 10] = [
    Form {
        most: 4 * MOST_OF_SETTINGS,
        ..Form::read("inspected container", inspected::named, inspected::fits, inspected::read)
    },
    Form {
        most: 16 * MOST_OF_SETTINGS,
        containers: kubernetes::containers,
        ..Form::read("Kubernetes object", kubernetes::named, kubernetes::fits, kubernetes::read)
    },
    Form { most: 4 * MOST_OF_SETTINGS, ..Form::read("swarm service", swarm::named, swarm::fits, swarm::read) },
    Form::read("systemd unit", systemd::named, systemd::fits, systemd::read),
    Form {
        containers: compose::containers,
        ..Form::read("compose file", compose::named, compose::fits, compose::read)
    },
    Form::refused("values file of Helm", foreign::helm_values, foreign::RENDER),
    Form::refused("YAML file of Spring", foreign::spring, "name the folder that contains the file"),
    Form::read("shell script", docker_run::named, docker_run::fits, docker_run::read),
    Form { may_be_absent: true, ..Form::read("env file", env_form::named, env_form::fits, env_form::read) },
    Form {
        may_be_absent: true,
        ..Form::read("properties file", properties::named, properties::fits, |_| Ok(Reading::Application))
    },
];

impl Form {
    const fn read(
        name: &'static str,
        named: fn(&str) -> bool,
        fits: fn(&Outline<'_>) -> Fit,
        read: fn(&Source<'_>) -> Result<Reading, FormError>,
    ) -> Self {
        let (most, reader) = (MOST_OF_SETTINGS, FormReader::Reads(read));
        Self { name, most, may_be_absent: false, named, fits, reader, containers: |_| Vec::new() }
    }

    const fn refused(name: &'static str, fits: fn(&Outline<'_>) -> Fit, hint: &'static str) -> Self {
        Self {
            name,
            most: MOST_OF_SETTINGS,
            may_be_absent: false,
            named: |_| false,
            fits,
            reader: FormReader::Refuses(hint),
            containers: |_| Vec::new(),
        }
    }

    /// Reads an input of this form.
    ///
    /// # Errors
    /// Returns an error if the input is too large or damaged, if it does not describe a Score server, or if this program
    /// does not read the form.
    pub fn reading(&self, source: &Source<'_>) -> Result<Reading, FormError> {
        if source.bytes.len() as u64 > self.most {
            return Err(FormError::TooLarge { name: self.name, most: self.most });
        }
        if self.may_be_absent && too_many_lines(source.bytes) {
            return Err(FormError::ManyLines { name: self.name });
        }
        match self.reader {
            FormReader::Reads(read) => {
                let mut reading = read(source)?;
                if let Reading::Container { container, .. } = &mut reading {
                    container.report_unknown_options();
                }
                Ok(reading)
            }
            FormReader::Refuses(hint) => Err(FormError::NotRead { name: self.name, hint }),
        }
    }
}

/// Returns the size limit of the largest form, in bytes.
#[must_use]
pub fn most() -> u64 {
    FORMS.iter().map(|form| form.most).max().unwrap_or(MOST_OF_SETTINGS)
}

/// Returns the form of the input: the one that its content shows, else the one that its name shows. `None` means that
/// this program does not know the form, and must not edit the input.
#[must_use]
pub fn recognise(source: &Source<'_>) -> Option<&'static Form> {
    let outline = Outline::of(source);
    let name = source.file_name();
    let fits: Vec<(&Form, Fit)> = FORMS.iter().map(|form| (form, (form.fits)(&outline))).collect();
    let first = |fit: Fit, named: bool| {
        let mut fitting = fits.iter().filter(|(_, one)| *one == fit).map(|(form, _)| *form);
        fitting.find(|form| !named || (form.named)(&name))
    };
    let shown = first(Fit::Sure, true).or_else(|| first(Fit::Sure, false)).or_else(|| first(Fit::Open, true));
    // A file without a line that says anything can become a properties file.
    shown.or_else(|| FORMS.last().filter(|_| outline.blank))
}

/// Reads an input again, and returns its variables.
///
/// # Errors
/// Returns an error if the input is not of a known form, or cannot be read in its form.
pub fn read_variables(source: &Source<'_>) -> Result<Vec<Variable>, FormError> {
    let unknown = FormError::NoScore { name: "file", hint: "name a file that describes how Score is started" };
    match recognise(source).ok_or(unknown)?.reading(source)? {
        Reading::Container { container, .. } => Ok(container.variables),
        Reading::Application => Ok(Vec::new()),
    }
}

/// Returns the containers of a compose project or of Kubernetes objects, each by its name for messages, with its variables.
#[must_use]
pub fn neighbours(source: &Source<'_>) -> Vec<Neighbour> {
    recognise(source).map(|form| (form.containers)(source)).unwrap_or_default()
}

/// Returns true for a name of YAML, which in a compose project is not an env file.
#[must_use]
pub fn is_yaml(path: &Path) -> bool {
    compose::named(&path.to_string_lossy())
}

/// Returns true for YAML and JSON that describes containers, where the names of secrets are found by its structure.
#[must_use]
pub fn describes_objects(path: &Path, bytes: &[u8]) -> bool {
    let named = || mask::named_values(bytes).is_some_and(|values| !values.is_empty());
    is_yaml(path) || !ends_in(&path.to_string_lossy(), &["properties", "conf", "service", "env"]) && named()
}

/// Returns true if the name has one of these endings.
fn ends_in(name: &str, endings: &[&str]) -> bool {
    Path::new(name).extension().and_then(|ending| ending.to_str()).is_some_and(|ending| endings.contains(&ending))
}

/// Returns the form of a file of this name that does not exist yet.
#[must_use]
pub fn of_new_file(name: &str) -> Option<&'static Form> {
    FORMS.iter().find(|form| form.may_be_absent && (form.named)(name))
}

/// One input: a file, or standard input.
pub struct Source<'a> {
    /// The path as the operator wrote it; `-` for standard input.
    pub path: &'a Path,
    pub bytes: &'a [u8],
    /// Opens a file that the input refers to, by the name written in the input.
    pub open: &'a dyn Fn(&Path) -> Option<Vec<u8>>,
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("path", &self.path).field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

impl Source<'_> {
    fn file_name(&self) -> Cow<'_, str> {
        self.path.file_name().unwrap_or_default().to_string_lossy()
    }

    fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes)
    }
}

/// The result of reading one input.
#[derive(Debug)]
pub enum Reading {
    /// Score's own properties. The caller also reads the installation around the file.
    Application,
    /// The variables, command line and folders of one container or process, with notes for the operator. A value that
    /// exists but cannot be read here, such as one in a Secret, becomes a note and not a variable.
    Container { container: Box<Container>, origin: EnvironmentOrigin },
}

/// The reason why an input cannot be read in its form.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    #[error("{0}")]
    Yaml(#[from] YamlError),
    /// The same in objects of Kubernetes.
    #[error("{0}")]
    Objects(YamlError),
    /// The input is a template of a chart.
    #[error("it is a template of a Helm chart: {0}")]
    Template(YamlError),
    #[error("line {line}: {object}: the value is not valid base64")]
    NotBase64 { line: usize, object: String },
    #[error("{0}")]
    Inspect(#[from] InspectError),
    #[error("{0}")]
    TooLong(#[from] TooLong),
    /// The same in a file that the input refers to.
    #[error("{file}, {error}")]
    InFile { file: String, error: TooLong },
    /// The same in a file of the same project.
    #[error("{}, {error}", .file.display())]
    InOther { file: PathBuf, error: YamlError },
    #[error("line {line}: {what}")]
    Circle { line: usize, what: String },
    #[error("the compose project has more than {most} files")]
    ManyFiles { most: usize },
    #[error("the services of the compose project are too large together")]
    ManyParts,
    /// The input has the form of this name, and does not describe a Score server.
    #[error("the {name} shows no Score server")]
    NoScore { name: &'static str, hint: &'static str },
    #[error("it is a {name}, which this version does not read")]
    NotRead { name: &'static str, hint: &'static str },
    #[error("it has more than {MOST_LINES} lines, the limit of a {name}")]
    ManyLines { name: &'static str },
    #[error("it is larger than {}, the limit of a {name}", size(*.most))]
    TooLarge { name: &'static str, most: u64 },
}

impl FormError {
    /// Returns the next step for the operator.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Circle { .. } => "change the project: compose cannot read it either",
            Self::ManyFiles { .. }
            | Self::ManyParts
            | Self::Yaml(YamlError::TooLarge(_) | YamlError::TooDeep(_))
            | Self::InOther { error: YamlError::TooLarge(_) | YamlError::TooDeep(_), .. } => {
                "give Score's service alone, as in: docker compose config SERVICE | score-setup show -"
            }
            Self::Yaml(YamlError::Syntax { .. }) | Self::InOther { .. } => {
                "fix that line: compose cannot read the file either"
            }
            Self::Objects(YamlError::TooLarge(_) | YamlError::TooDeep(_)) => {
                "give the objects of Score alone, as in: kubectl get deployment/NAME configmap/NAME secret/NAME -o yaml | \
                 score-setup show -"
            }
            Self::Objects(YamlError::Syntax { .. }) => "fix that line: kubectl cannot read it either",
            Self::Template(_) => foreign::RENDER,
            Self::NotBase64 { .. } => "write the value with base64, or write it as text under stringData",
            Self::Inspect(_) => inspected::HINT,
            Self::TooLong(_) | Self::InFile { .. } => {
                "shorten the value of that line: each variable may refer to the ones before it only once"
            }
            Self::NoScore { hint, .. } | Self::NotRead { hint, .. } => hint,
            Self::TooLarge { .. } | Self::ManyLines { .. } => {
                "name a file of Score's configuration; this is something else"
            }
        }
    }
}

/// A file as it was read, or the fact that it does not exist.
#[derive(Clone, PartialEq, Eq)]
pub struct Base {
    /// The path as the operator wrote it, before symbolic links are followed.
    pub path: PathBuf,
    /// `None` if the file does not exist yet.
    pub bytes: Option<Vec<u8>>,
    /// Notes for the operator, such as a read-only folder.
    pub notes: Vec<String>,
}

impl Base {
    /// Returns the base of a file that does not exist yet.
    #[must_use]
    pub fn absent(path: PathBuf) -> Self {
        Self { path, bytes: None, notes: Vec::new() }
    }
}

impl std::fmt::Debug for Base {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Base")
            .field("path", &self.path)
            .field("bytes", &self.bytes.as_ref().map(Vec::len))
            .finish_non_exhaustive()
    }
}

/// A fact and its source, such as `the folder's name` or `lib/score-server.jar`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    pub what: T,
    pub by: String,
}

/// The parts of `score-server.jar` that are configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jar {
    pub path: PathBuf,
    /// The sections of its `application.yml`, in order.
    pub sections: Vec<Section>,
}

/// A document of `application.yml`, its keys joined with dots.
#[derive(Clone, PartialEq, Eq)]
pub struct Section {
    /// The profiles of the section; empty if it is for all profiles.
    pub profiles: Vec<String>,
    pub values: Vec<(String, String)>,
}

impl std::fmt::Debug for Section {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A jar that an operator packed can contain secrets.
        f.debug_struct("Section")
            .field("profiles", &self.profiles)
            .field("values", &self.values.len())
            .finish_non_exhaustive()
    }
}

/// The variables of one container or process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// The source of the variables.
    pub origin: EnvironmentOrigin,
    /// The variables in the order of the source. If a name appears twice, the last one takes effect.
    pub variables: Vec<Variable>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvironmentOrigin {
    /// A file for `docker run --env-file` or for compose's `env_file`.
    File(Base),
    /// A service of a compose file.
    Compose { path: PathBuf, service: String },
    /// A running Score, with its process id.
    Process(u32),
    /// The output of `docker inspect` for the container of this name.
    Inspect(String),
    /// A part of a file that describes how Score is started, such as `Deployment score, container score-server`. The path
    /// is `-` for standard input.
    Described { path: PathBuf, name: String, by: DescribedBy },
}

/// The kind of a file that describes how Score is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DescribedBy {
    Kubernetes,
    Swarm,
    Systemd,
    DockerRun,
}

impl EnvironmentOrigin {
    /// Returns the file that sets the variables; `-` for standard input.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::File(Base { path, .. }) | Self::Compose { path, .. } | Self::Described { path, .. } => Some(path),
            Self::Process(_) | Self::Inspect(_) => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    /// The value that Score receives. Any value may be a secret.
    pub value: Secret,
    /// The file of the variable if it is not the source itself, such as an `env_file` of a compose file.
    pub file: Option<PathBuf>,
    /// Line number, counted from one.
    pub line: Option<usize>,
    /// The part of the source that sets it, such as `Deployment score, container score-server, env S3_ENDPOINT`.
    pub object: Option<String>,
    /// The change that the reader of the file makes to the text of the value.
    pub changed: Option<Changed>,
}

/// A change that the operator probably did not intend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// YAML reads the text as a number, a date or nothing, and compose passes it on in another spelling.
    Scalar,
    /// Compose replaces a `$` and the letters after it by a variable that nothing sets; in the file `.env` or `env_file`
    /// on this line.
    Dollar(Option<usize>),
    /// Kubernetes replaces `$$` or a reference such as `$(NAME)`.
    Reference,
}

impl Variable {
    #[must_use]
    pub fn new(name: impl Into<String>, value: impl Into<Secret>) -> Self {
        Self { name: name.into(), value: value.into(), file: None, line: None, object: None, changed: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_a_jar_are_in_no_log() {
        let values = vec![("s3.secretKey".to_owned(), "canary".to_owned())];
        let sections = vec![Section { profiles: Vec::new(), values }];
        let jar = Jar { path: "score-server.jar".into(), sections };
        assert!(!format!("{jar:?}").contains("canary"));
    }
}
