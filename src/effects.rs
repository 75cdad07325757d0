//! The only place that touches the world: performs effects and sends what came of them as events on one channel.

pub mod write;

use std::path::PathBuf;

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
