//! How a configuration is written. A form that stands alone is a row of `FORMS`: it recognises its input by what is in it,
//! and reads variables with their places. `wrapper.conf` and the jar are parts of an installation and are read where they
//! lie. Knows nothing of deployments as a whole, and opens no file itself.

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

pub use command::{Command, Given, Word};
pub use wrapper::{Wrapper, with_profiles};

use crate::text::{secret::Secret, yaml::YamlError};
use container::Container;
use inspected::InspectError;

/// A form of configuration.
pub trait Form: Sync + std::fmt::Debug {
    /// The name in messages: `compose file`.
    fn name(&self) -> &'static str;

    /// Returns true if the input is written in this form. Decides by the content, and by the name of the file where the
    /// content leaves it open. The rows are asked in order.
    fn recognises(&self, source: &Source<'_>) -> bool;

    /// Reads the input.
    ///
    /// # Errors
    /// Returns an error if the input is damaged, or describes no Score server.
    fn read(&self, source: &Source<'_>) -> Result<Reading, FormError>;
}

/// All forms that stand alone, in the order in which they are asked.
pub static FORMS: [&dyn Form; 4] =
    [&inspected::Inspected, &compose::Compose, &environment::EnvFile, &properties::Properties];

/// Returns the form that the input is written in. `None`: this program does not know it, and must not edit it.
#[must_use]
pub fn recognise(source: &Source<'_>) -> Option<&'static dyn Form> {
    FORMS.into_iter().find(|form| form.recognises(source))
}

/// One input: a file, or standard input.
pub struct Source<'a> {
    /// As named; `-` for standard input.
    pub path: &'a Path,
    pub bytes: &'a [u8],
    /// Opens a file that the input refers to, by its name as it is written there.
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

/// What a form gives.
#[derive(Debug)]
pub enum Reading {
    /// Score's own properties: the installation around the file is read as well.
    Application,
    /// The variables, command line and folders of one container or process, with what to know about them. A value that
    /// exists and cannot be read here, such as one in a Secret, is a note and no variable.
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

/// A file as it was read, or the fact that there is none.
#[derive(Clone, PartialEq, Eq)]
pub struct Base {
    /// As named, before symbolic links are followed.
    pub path: PathBuf,
    /// `None`: there is no such file yet.
    pub bytes: Option<Vec<u8>>,
    /// What to know about it: loose mode, read-only folder.
    pub notes: Vec<String>,
}

impl Base {
    /// No such file yet.
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

/// A fact, and what told it: `the folder's name`, `lib/score-server.jar`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told<T> {
    pub what: T,
    pub by: String,
}

/// The parts of `score-server.jar` that are configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jar {
    pub path: PathBuf,
    /// Its `application.yml`, section by section, in order.
    pub sections: Vec<Section>,
}

/// A document of `application.yml`, its keys joined with dots.
#[derive(Clone, PartialEq, Eq)]
pub struct Section {
    /// The profiles it is for; empty: for all.
    pub profiles: Vec<String>,
    pub values: Vec<(String, String)>,
}

impl std::fmt::Debug for Section {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A jar that was packed at home can have secrets in it.
        f.debug_struct("Section")
            .field("profiles", &self.profiles)
            .field("values", &self.values.len())
            .finish_non_exhaustive()
    }
}

/// The variables of one container or process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// What they were read from.
    pub origin: EnvironmentOrigin,
    /// In the order of the source; of a name that stands twice, the last one counts.
    pub variables: Vec<Variable>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvironmentOrigin {
    /// A file for `docker run --env-file` or for compose's `env_file`.
    File(Base),
    /// A service of a compose file.
    Compose { path: PathBuf, service: String },
    /// A running Score: its number.
    Process(u32),
    /// What `docker inspect` printed, of this container.
    Inspect(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    /// What Score is given for it. Any of them may be a secret.
    pub value: Secret,
    /// The file it stands in, where that is not the source itself: an `env_file` of a compose file.
    pub file: Option<PathBuf>,
    /// Where it stands, counted from one.
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
