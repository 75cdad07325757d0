//! What is wrong in the files of a deployment, told without asking anyone: what Score will make of it, where it stands, and
//! the edit that mends it. Pure. The words of each finding are here; what a value may be is `value`'s, which one counts
//! `spring`'s.
//!
//! ```text
//!  Deployment ─► Site: every line, what it sets or was meant to set, and what counts in the end (spring::View)
//!                  │
//!                  ├─ bytes        what Java cannot read, or reads otherwise
//!                  ├─ keys         misspelt, dead, of another release, twice
//!                  ├─ needs        what this release demands and nothing sets
//!                  ├─ values       what Score makes of each value     harm: by kind · tidy: as it was meant
//!                  ├─ between      what is wrong between values
//!                  ├─ profiles     what spring.profiles.active switches on
//!                  └─ around       Vault, key store, wrapper.conf, the environment
//! ```

mod around;
mod between;
mod bytes;
pub(crate) mod dead;
mod harm;
mod keys;
mod mend;
mod needs;
mod profiles;
mod site;
mod tidy;
mod values;
mod yaml;

use std::path::PathBuf;

pub use mend::mend;

use crate::{
    install::deployment::{Deployment, Stand},
    score::{Api, Id, Severity},
    text::secret::Secret,
};
use site::Site;

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
    pub fn file(&self) -> &std::path::Path {
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

/// Everything that is wrong with this deployment, as it stands; the worst first, then in the order of the files.
/// `api`: the kind of store it is for, where that is known.
#[must_use]
pub fn lint(deployment: &Deployment, stand: &Stand, api: Option<Api>) -> Vec<Finding> {
    let site = Site::new(deployment, stand, api);
    let groups: [fn(&Site<'_>) -> Vec<Finding>; 7] = [
        bytes::findings,
        keys::findings,
        needs::findings,
        values::findings,
        between::findings,
        profiles::findings,
        around::findings,
    ];
    let mut all: Vec<Finding> = groups.iter().flat_map(|group| group(&site)).collect();
    all.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), site.rank(&finding.file), finding.line));
    all.dedup();
    all
}

/// The deployment with everything mended that needs no answer, and what is left to say.
#[must_use]
pub fn mend_all(deployment: &Deployment, stand: &Stand, api: Option<Api>) -> (Deployment, Vec<Finding>) {
    // What one repair uncovers another one mends: a key that was misspelt, then its value. It ends as each takes something
    // away; the limit is for what nobody thought of.
    const ROUNDS: usize = 5;
    let mut mended = deployment.clone();
    let mut stand = stand.clone();
    for _ in 0..ROUNDS {
        let found = lint(&mended, &stand, api);
        let next = mend(&mended, &found);
        if next == mended {
            break;
        }
        if next.wrapper != mended.wrapper {
            stand = Stand::of(&next, stand.release, stand.start);
        }
        mended = next;
    }
    let left = lint(&mended, &stand, api);
    (mended, left)
}
