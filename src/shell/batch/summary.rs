//! Collects what an unattended run finds, for the one document of `--json`.

use super::json;
use crate::store::provision::ProvisionError;
use crate::{
    answers::{
        Acceptance,
        draft::{Problem, Remark},
    },
    score::{Id, Release},
    shell::cli::Code,
    store::checks::{
        Repair,
        engine::{Board, Verdict},
    },
    wizard::{State, Trouble},
};

/// Results of a run that are not in the state.
#[derive(Default)]
pub(super) struct Summary {
    pub(super) problems: Vec<Problem>,
    pub(super) remarks: Vec<Remark>,
    /// True if problems decide the verdict, because the file itself is checked, and not answers.
    pub(super) judged: bool,
    /// One line, kept for the end.
    pub(super) verdict: Option<String>,
    pub(super) trouble: Option<Trouble>,
    /// The hint of a refused write; empty if the same command can be run again.
    pub(super) refused: Option<String>,
    pub(super) rotation: Option<json::RotationEntry>,
    pub(super) diff: Option<String>,
    /// True if the run would change a file or the store, were it not a dry run.
    pub(super) would_change: bool,
    pub(super) accepted: Vec<Acceptance>,
    pub(super) repaired: Vec<(Repair, Result<String, ProvisionError>)>,
}

impl Summary {
    /// Returns the accepted findings.
    pub(super) fn accepted(&self) -> Vec<Id> {
        self.accepted.iter().map(|accepted| accepted.id).collect()
    }

    pub(super) fn document(
        &self,
        state: &State,
        asked: Option<&Board>,
        shown: &(String, String),
        code: Code,
    ) -> json::RunDocument {
        let board = asked.or(state.run.as_ref().map(|run| &run.board));
        let wrong = self.judged && !self.problems.is_empty();
        let accepted = self.accepted();
        let verdict = if wrong { Some(Verdict::Fail) } else { board.and_then(|board| board.verdict_with(&accepted)) };
        let receipt = state.receipt.as_ref();
        json::RunDocument {
            schema: json::SCHEMA,
            verdict: verdict.unwrap_or(Verdict::Unproven),
            release: state.draft.release.map(Release::name),
            provider: state.draft.provider.map(|provider| provider.id.as_str()),
            checks: board.map(|board| json::CheckEntry::all(board, &accepted)).unwrap_or_default(),
            created: self.repaired.iter().map(|(repair, result)| json::CreatedEntry::of(repair, result)).collect(),
            leftovers: board.and_then(|board| board.end.as_ref()).map(|end| end.leftovers.clone()).unwrap_or_default(),
            changed: self.would_change
                || receipt.is_some_and(|receipt| receipt.files.iter().any(|file| file.changed))
                || self.repaired.iter().any(|(_, result)| result.is_ok()),
            files: receipt.map(json::WrittenEntry::all).unwrap_or_default(),
            diff: self.diff.clone(),
            rotation: self.rotation.clone(),
            problems: self.problems.iter().map(|problem| json::Message::problem(problem, &shown.0, &shown.1)).collect(),
            notes: self.remarks.iter().map(|remark| json::Message::remark(remark, &shown.0, &shown.1)).collect(),
            error: self.trouble.as_ref().map(json::FailureEntry::from),
            exit: code as u8,
        }
    }
}
