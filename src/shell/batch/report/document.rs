//! The document of a report, as its JSON has it.

use serde::Serialize;

use crate::shell::batch::{json, lint, show};

/// The document of a report.
#[derive(Debug, Default, Serialize)]
pub(super) struct ReportDocument {
    pub(super) schema: u32,
    /// UTC.
    pub(super) made: String,
    pub(super) tool: &'static str,
    pub(super) system: String,
    pub(super) host: String,
    /// True if names are replaced.
    pub(super) hidden: bool,
    pub(super) deployment: show::DeploymentValues,
    pub(super) files: Vec<FileFacts>,
    pub(super) lint: lint::DeploymentFindings,
    /// `None` with `--no-check`.
    pub(super) check: Option<json::RunDocument>,
    pub(super) exit: u8,
}

/// The facts about a file that was read.
#[derive(Debug, Default, Serialize)]
pub(super) struct FileFacts {
    pub(super) path: String,
    pub(super) size: u64,
    pub(super) mode: String,
    pub(super) owner: String,
    pub(super) modified: Option<String>,
}
