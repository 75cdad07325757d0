//! One fault of a deployment, and the edits that fix it.

use std::path::{Path, PathBuf};

use crate::{
    score::{Id, Severity},
    text::secret::Secret,
};

/// One thing that is wrong, or that does something else than it seems to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub id: Id,
    pub severity: Severity,
    /// What Score makes of it, in one sentence. No secret is in it.
    pub summary: String,
    /// At most three next steps.
    pub hints: Vec<String>,
    /// Keys as Score spells them, the one to change first; `spring.profiles.active` for the profiles.
    pub settings: Vec<String>,
    pub file: PathBuf,
    /// Counted from one; `None`: what is wrong is that something is not there.
    pub line: Option<usize>,
    /// What mends it without an answer from anyone; empty: only the operator knows.
    pub mend: Vec<Edit>,
}

impl Finding {
    /// Whether it stops something, and lies in how a line is written: not in what is missing, which answers bring, nor in
    /// a key of another release, which is left.
    #[must_use]
    pub fn is_about_a_line(&self) -> bool {
        let of_a_line = |edit: &Edit| !matches!(edit, Edit::Set { .. } | Edit::Profiles { .. });
        self.severity > Severity::Note
            && !matches!(self.id, Id::T43 | Id::T48)
            && !self.mend.is_empty()
            && self.mend.iter().all(of_a_line)
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    pub(super) fn mended_by(mut self, edits: impl IntoIterator<Item = Edit>) -> Self {
        self.mend.extend(edits);
        self
    }
}

/// A lossless edit of one file. A line is named by its number in the file that was looked at and by the key it spells, and
/// all are found before the first one changes, so that one edit does not move the aim of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Another value on this line.
    Value { file: PathBuf, line: usize, spelt: String, value: Secret },
    /// Another name on this line.
    Rename { file: PathBuf, line: usize, spelt: String, name: String },
    /// The line becomes a comment.
    CommentOut { file: PathBuf, line: usize, spelt: String },
    /// A key that nothing sets, at its default; the file is made where there is none.
    Set { file: PathBuf, key: String, value: String },
    /// The byte order mark goes.
    StripBom { file: PathBuf },
    /// Backslashes in front of a `u` that no four digits follow are doubled, on this line and those it goes on to.
    Backslash { file: PathBuf, line: usize },
    /// The profiles in `wrapper.conf`.
    Profiles { file: PathBuf, profiles: Vec<String> },
}

impl Edit {
    /// The file it changes.
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
