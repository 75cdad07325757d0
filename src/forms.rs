//! How a configuration is written: env files, compose files, containers, `wrapper.conf`, jars. Each form reads bytes into
//! keys with their places. Knows nothing of deployments as a whole, and opens no file itself.

mod command;
pub mod container;
pub mod env_file;
pub mod environment;
mod jar;
mod wrapper;

use std::path::PathBuf;

pub use command::{Command, Given, Word};
pub use wrapper::{Wrapper, with_profiles};

use crate::text::secret::Secret;

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
