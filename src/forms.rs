//! Recognises and reads the forms of a configuration. A form that needs no other file is a row of `FORMS`: it
//! recognises its input by the content, and reads the variables and their positions. `wrapper.conf` and the jar are
//! parts of an installation and are read from there. Knows nothing of deployments as a whole, and opens no file itself.

mod command;
mod compose;
pub mod container;
pub mod env_file;
pub mod environment;
mod inspected;
mod jar;
mod properties;
mod wrapper;

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
};

pub use command::{Command, GivenOption, Word};
pub use wrapper::{Wrapper, with_profiles};

use crate::text::{secret::Secret, yaml::YamlError};
use container::Container;
use inspected::InspectError;

/// A form of configuration.
pub trait Form: Sync + std::fmt::Debug {
    /// Returns the name for messages, such as `compose file`.
    fn name(&self) -> &'static str;

    /// Returns true if the input is written in this form. Decides by the content, and by the file name if the content
    /// is ambiguous. `recognise` tries the rows in order.
    fn recognises(&self, source: &Source<'_>) -> bool;

    /// Reads the input.
    ///
    /// # Errors
    /// Returns an error if the input is damaged, or does not describe a Score server.
    fn read(&self, source: &Source<'_>) -> Result<Reading, FormError>;
}

/// All forms that need no other file. `recognise` tries them in this order.
pub static FORMS: [&dyn Form; 4] =
    [&inspected::Inspected, &compose::Compose, &environment::EnvFileForm, &properties::Properties];

/// Returns the form of the input. `None` means that this program does not know the form, and must not edit the input.
#[must_use]
pub fn recognise(source: &Source<'_>) -> Option<&'static dyn Form> {
    FORMS.into_iter().find(|form| form.recognises(source))
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
    fn is_standard_input(&self) -> bool {
        self.path == Path::new("-")
    }

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
    #[error("{error}")]
    Yaml { error: YamlError, hint: &'static str },
    #[error("{error}")]
    Inspect { error: InspectError, hint: &'static str },
    #[error("{what}")]
    NoScore { what: &'static str, hint: &'static str },
}

impl FormError {
    /// Returns the next step for the operator.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Yaml { hint, .. } | Self::Inspect { hint, .. } | Self::NoScore { hint, .. } => hint,
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
    /// Notes for the operator, such as a loose mode or a read-only folder.
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
