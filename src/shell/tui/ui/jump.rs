//! Lists the entries of a page of findings: problems of the answers, findings in the files, and findings of the checks.
//! Each can lead to a field.

use crate::{
    answers::draft::Problem,
    install::lint,
    score::{self, Step, key},
    store::checks::Finding,
    wizard::{Purpose, Standing, State, field::step_of},
};

/// An entry that leads to a field, or that can be fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Jump {
    Problem(Problem),
    /// A finding in the files.
    File(lint::FileFinding),
    /// A finding of the checks.
    Finding(Finding),
    /// The way on, past the fields that still need an answer.
    Continue(Vec<&'static str>),
}

impl Jump {
    /// Returns the field of the entry: the first of its settings that is asked.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        let asked = |key: &&str| step_of(key).is_some();
        match self {
            Self::Problem(problem) => problem.settings.iter().copied().find(asked),
            Self::Finding(finding) => finding.settings.iter().copied().find(asked),
            Self::Continue(_) => None,
            Self::File(finding) => {
                let known = |key: &String| match key.as_str() {
                    key::SPRING_PROFILES_ACTIVE => Some(key::SPRING_PROFILES_ACTIVE),
                    key => score::setting(key).map(|setting| setting.key),
                };
                finding.settings.iter().filter_map(known).find(asked)
            }
        }
    }
}

/// Returns the entries of the page of the checks. Problems of the answers come first, because they prevent checks.
/// Troubleshooting also shows the findings in the files. The way on is last, once the checks have ended.
#[must_use]
pub(super) fn jumps(state: &State, problems: &[Problem], files: &[lint::FileFinding]) -> Vec<Jump> {
    let files = files.iter().filter(|_| state.purpose == Some(Purpose::Troubleshoot)).cloned().map(Jump::File);
    let found =
        state.run.iter().flat_map(|run| run.board.findings()).map(|(_, finding)| Jump::Finding(finding.into_owned()));
    let on = matches!(state.standing(), Standing::NotRun | Standing::Ended(_)).then(|| Jump::Continue(state.ahead()));
    // Later pages ask for the rest.
    let due =
        |problem: &&Problem| problem.settings.iter().all(|key| step_of(key).is_none_or(|step| step < Step::Checks));
    problems.iter().filter(due).cloned().map(Jump::Problem).chain(files).chain(found).chain(on).collect()
}

/// Returns the entries of the page of the files.
#[must_use]
pub(super) fn in_files(state: &State, files: &[lint::FileFinding]) -> Vec<Jump> {
    files.iter().cloned().map(Jump::File).chain([Jump::Continue(state.ahead())]).collect()
}

/// Returns the entries of a review that nothing can be written from.
#[must_use]
pub(super) fn unanswered(problems: &[Problem]) -> Vec<Jump> {
    problems.iter().cloned().map(Jump::Problem).collect()
}

/// Returns the field of the first problem that has one.
#[must_use]
pub(super) fn first_problem(state: &State) -> Option<&'static str> {
    state.problems().into_iter().find_map(|problem| Jump::Problem(problem).field())
}
