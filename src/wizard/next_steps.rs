//! What is left to do after the file is written, so that Score really starts and serves: one place for every shell.

use crate::catalogue::Release;

/// One thing that still stops Score or its clients, with the exact lines that mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextStep {
    /// What stops, in one sentence.
    pub why: &'static str,
    /// The file the lines belong into, relative to the folder of the installation.
    pub file: &'static str,
    pub lines: Vec<String>,
}

/// In the order in which Score would stop.
#[must_use]
pub fn next_steps(_release: Release) -> Vec<NextStep> {
    Vec::new()
}
