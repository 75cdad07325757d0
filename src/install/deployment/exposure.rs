//! Describes a file of a deployment that every user of the machine can read, and who reads it for Score. Pure:
//! `effects::load` looks at modes, processes and users.

use std::path::{Path, PathBuf};

use crate::text::shell_word;

/// A file that every user of the machine can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    pub path: PathBuf,
    pub mode: u32,
    /// The names of its owner and its group.
    pub owner: String,
    pub group: String,
    /// The users that read it for Score, as far as they are known.
    pub readers: Vec<Reader>,
    /// True if this process may change the mode.
    pub ours: bool,
}

/// A user that reads a file for Score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    pub name: String,
    /// The source of this fact, such as `process 77`.
    pub by: String,
    /// True if the user is root, the owner or in the group, so it needs no right of all users.
    pub keeps: bool,
}

impl Exposure {
    /// Returns the mode without the rights of all users.
    #[must_use]
    pub fn closed(&self) -> u32 {
        closed(self.mode)
    }

    /// Returns the command that takes the rights of all users away.
    #[must_use]
    pub fn chmod(&self) -> String {
        chmod(&self.path, self.mode)
    }
}

fn closed(mode: u32) -> u32 {
    mode & !0o007
}

/// Returns the command that takes the rights of all users away from a file with this mode.
#[must_use]
pub fn chmod(path: &Path, mode: u32) -> String {
    format!("chmod {:04o} {}", closed(mode), shell_word(&path.display().to_string()))
}
