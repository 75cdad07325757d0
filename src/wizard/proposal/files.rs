//! Files as values: as they were read, as they would become, as they were written, and why they could not be. Touches
//! none of them.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::PathBuf,
};

use super::Diff;
use crate::text::mask;

/// Files to write, approved together; its fingerprint is what the approval is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    pub files: Vec<FileChange>,
    pub fingerprint: u64,
}

#[derive(Clone, PartialEq, Eq)]
pub struct FileChange {
    pub path: PathBuf,
    /// The bytes it was proposed on; `None`: a new file.
    pub before: Option<Vec<u8>>,
    pub after: Vec<u8>,
    /// What is in the file that was left alone and matters, one sentence each.
    pub notes: Vec<String>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub files: Vec<Written>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub path: PathBuf,
    /// False when the file already said all this: no byte was changed and no backup made.
    pub changed: bool,
    pub backup: Option<PathBuf>,
    pub mode: u32,
    pub owner: String,
    /// How many keys the file sets.
    pub keys: usize,
    /// Things to know: written in place, loose mode, another owner.
    pub notes: Vec<String>,
}

impl Proposal {
    #[must_use]
    pub fn new(files: Vec<FileChange>) -> Self {
        let mut hasher = DefaultHasher::new();
        for file in &files {
            (&file.path, &file.before, &file.after).hash(&mut hasher);
        }
        Self { files, fingerprint: hasher.finish() }
    }

    /// Whether writing it would change a byte.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.files.iter().any(FileChange::changed)
    }

    /// The unified differences of all files, secrets masked.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.files.iter().map(FileChange::to_text).collect()
    }
}

impl FileChange {
    #[must_use]
    pub fn changed(&self) -> bool {
        self.before.as_ref() != Some(&self.after)
    }

    /// Whether somebody who reads it learns a secret.
    #[must_use]
    pub fn holds_secrets(&self) -> bool {
        mask::holds_secrets(&self.after)
    }

    /// The difference, secrets masked.
    #[must_use]
    pub fn diff(&self) -> Diff {
        Diff::new(self.before.as_deref().unwrap_or_default(), &self.after)
    }

    /// The difference as `diff -u` prints it, secrets masked; empty where nothing changes.
    #[must_use]
    pub fn to_text(&self) -> String {
        let path = mask::shown(self.path.display().to_string().as_bytes());
        let before = if self.before.is_some() { path.as_str() } else { "/dev/null" };
        self.diff().to_text(before, &path)
    }
}

impl std::fmt::Debug for FileChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileChange").field("path", &self.path).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The file changed since it was read, or another wizard holds the lock.
    #[error("{0}")]
    Refused(String),
    #[error("cannot write {path}: {cause}", path = path.display())]
    Failed { path: PathBuf, cause: String, hint: String },
}
