//! One fault of a deployment, and the edits that fix it.

use std::path::{Path, PathBuf};

use crate::{
    score::{Id, Severity},
    text::secret::Secret,
};

/// One thing that is wrong, or whose effect is not the apparent one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFinding {
    pub id: Id,
    pub severity: Severity,
    /// The fault and its consequence, in one sentence without secrets.
    pub summary: String,
    /// At most three next steps.
    pub hints: Vec<String>,
    /// The settings as Score spells them, the one to change first; `spring.profiles.active` for the profiles.
    pub settings: Vec<String>,
    pub file: PathBuf,
    /// Counted from one; `None` if something is missing.
    pub line: Option<usize>,
    /// The edits that fix it; empty if only the operator knows the right value.
    pub edits: Vec<Edit>,
}

impl FileFinding {
    /// Returns true if the finding stops something and its cause is how a line is written. Returns false for missing
    /// settings, which answers add, and for settings of another release, which stay.
    #[must_use]
    pub fn is_about_a_line(&self) -> bool {
        let of_a_line = |edit: &Edit| !matches!(edit, Edit::Set { .. } | Edit::Profiles { .. });
        self.severity > Severity::Note
            && !matches!(self.id, Id::T43 | Id::T48)
            && !self.edits.is_empty()
            && self.edits.iter().all(of_a_line)
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    pub(super) fn fixed_by(mut self, edits: impl IntoIterator<Item = Edit>) -> Self {
        self.edits.extend(edits);
        self
    }
}

/// A lossless edit of one file. It names a line by its number in the file as it was read, and by the name on that line.
/// All lines are found before the first one changes, so no edit moves the target of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// A new value on this line.
    Value { file: PathBuf, line: usize, spelt: String, value: Secret },
    /// A new name on this line.
    Rename { file: PathBuf, line: usize, spelt: String, name: String },
    /// The line as a comment.
    CommentOut { file: PathBuf, line: usize, spelt: String },
    /// A setting that nothing sets, at its default. The file is created if it does not exist.
    Set { file: PathBuf, key: String, value: String },
    /// The file without its byte order mark.
    StripBom { file: PathBuf },
    /// A second backslash in front of each `\u` without four digits, on this line and its continuation lines.
    Backslash { file: PathBuf, line: usize },
    /// The profiles in `wrapper.conf`.
    Profiles { file: PathBuf, profiles: Vec<String> },
}

impl Edit {
    /// Returns the file that the edit changes.
    #[must_use]
    pub fn file(&self) -> &Path {
        match self {
            Self::Value { file, .. }
            | Self::Rename { file, .. }
            | Self::CommentOut { file, .. }
            | Self::Set { file, .. }
            | Self::StripBom { file }
            | Self::Backslash { file, .. }
            | Self::Profiles { file, .. } => file,
        }
    }
}
