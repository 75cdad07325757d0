//! What is wrong in the files of a deployment, told without asking anyone: what Score will make of it, where it stands, and
//! the edit that mends it. Pure. The words of each finding are here; what a value may be is `value`'s, which one counts
//! `spring`'s.

use std::path::PathBuf;

use crate::{
    catalogue::Api,
    checks::Severity,
    deployment::{Deployment, Stand},
    secret::Secret,
};

/// One thing that is wrong, or that does something else than it seems to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable, documented in README: of the catalogue of diagnoses (`P01`) or of traps (`T-33`).
    pub id: &'static str,
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

/// A lossless edit of one file. Named by keys, not by lines, so that one edit does not move the aim of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// The value of every line of this very spelling.
    Value { file: PathBuf, spelt: String, value: Secret },
    /// Another name for the lines of this very spelling.
    Rename { file: PathBuf, spelt: String, name: String },
    /// The lines of this very spelling become comments.
    CommentOut { file: PathBuf, spelt: String },
}

/// Everything that is wrong with this deployment, as it stands; the worst first, then in the order of the files.
/// `api`: the kind of store it is for, where that is known.
#[must_use]
pub fn lint(_: &Deployment, _: &Stand, _: Option<Api>) -> Vec<Finding> {
    Vec::new()
}

/// The deployment as the repairs of these findings would leave it; the effective value of no other key changes.
#[must_use]
pub fn mend(deployment: &Deployment, _: &[Finding]) -> Deployment {
    deployment.clone()
}
