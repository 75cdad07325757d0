//! What the files would become: the existing file, or else the template, with the target's keys set; the difference, with
//! secrets masked. Pure: writing is `effects::write`.

pub mod diff;

use std::path::PathBuf;

use crate::{effects::Base, target::Target};

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

impl std::fmt::Debug for FileChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileChange").field("path", &self.path).finish_non_exhaustive()
    }
}

/// The existing file, or else the provider's template, with the target's keys set. `unchecked`: mark it as written
/// although checks failed.
///
/// # Errors
/// Where the existing file cannot be read as properties.
pub fn propose(_base: &Base, _target: &Target, _unchecked: bool) -> Result<Proposal, crate::properties::BadEscape> {
    todo!()
}
