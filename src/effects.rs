//! The only place that touches the world: performs effects and sends what came of them as events on one channel.

pub mod perform;
pub mod write;

use std::path::PathBuf;

pub use perform::Performer;

/// A properties file as it was read, or the fact that there is none.
#[derive(Clone, PartialEq, Eq)]
pub struct Base {
    /// As named, before symbolic links are followed.
    pub path: PathBuf,
    /// `None`: there is no such file yet.
    pub bytes: Option<Vec<u8>>,
    /// What to know about it: loose mode, read-only folder.
    pub notes: Vec<String>,
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

/// Reads the properties file; a folder stands for the `application.properties` in it or in its `conf`.
///
/// # Errors
/// Where it cannot be read; that there is none is no error.
pub fn load(_path: &std::path::Path) -> Result<Base, LoadError> {
    todo!()
}
