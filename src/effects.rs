//! The only place that touches the world: performs effects and sends what came of them as events on one channel.

mod load;
pub mod perform;
pub mod write;

use std::path::PathBuf;

pub use load::load;
pub use perform::Performer;

use crate::catalogue::Release;

/// A properties file as it was read, or the fact that there is none.
#[derive(Clone, PartialEq, Eq)]
pub struct Base {
    /// As named, before symbolic links are followed.
    pub path: PathBuf,
    /// `None`: there is no such file yet.
    pub bytes: Option<Vec<u8>>,
    /// What to know about it: loose mode, read-only folder.
    pub notes: Vec<String>,
    /// The release that the installation's folder is named after (`score-server-5.11.0`).
    pub release: Option<Release>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot read {path}: {cause}", path = path.display())]
pub struct LoadError {
    pub path: PathBuf,
    pub cause: String,
    pub hint: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The file changed since it was read, or another wizard holds the lock.
    #[error("{0}")]
    Refused(String),
    #[error("cannot write {path}: {cause}", path = path.display())]
    Failed { path: PathBuf, cause: String, hint: String },
}

impl std::fmt::Debug for Base {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Base")
            .field("path", &self.path)
            .field("bytes", &self.bytes.as_ref().map(Vec::len))
            .finish_non_exhaustive()
    }
}
