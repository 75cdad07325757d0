//! What on a page of findings leads to a field: what is wrong with the answers, in the files, and what the checks found.

use crate::{
    answers::draft::Problem,
    install::lint,
    score as catalogue,
    score::key,
    shell::tui::field::step_of,
    store::checks::Finding,
    wizard::{State, Way},
};

/// Something that leads to a field, or can be mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    Problem(Problem),
    /// In the files.
    File(lint::Finding),
    /// By the checks.
    Finding(Finding),
}

impl Door {
    /// The field it leads to: the first of its settings that is asked.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        let asked = |key: &&str| step_of(key).is_some();
        match self {
            Self::Problem(problem) => problem.settings.iter().copied().find(asked),
            Self::Finding(finding) => finding.settings.iter().copied().find(asked),
            Self::File(finding) => {
                let known = |key: &String| match key.as_str() {
                    key::SPRING_PROFILES_ACTIVE => Some(key::SPRING_PROFILES_ACTIVE),
                    key => catalogue::setting(key).map(|setting| setting.key),
                };
                finding.settings.iter().filter_map(known).find(asked)
            }
        }
    }
}

/// On the page of the checks. While answers are wrong or missing nothing can be checked, so that those come first. Who
/// looks for a fault is told what the files say as well.
#[must_use]
pub(super) fn doors(state: &State, files: &[lint::Finding]) -> Vec<Door> {
    let files = files.iter().filter(|_| state.way == Some(Way::Troubleshoot)).cloned().map(Door::File);
    let found =
        state.run.iter().flat_map(|run| run.board.findings()).map(|(_, finding)| Door::Finding(finding.clone()));
    state.problems().into_iter().map(Door::Problem).chain(files).chain(found).collect()
}

/// The field that the first problem leads to.
#[must_use]
pub(super) fn first_problem(state: &State) -> Option<&'static str> {
    state.problems().into_iter().find_map(|problem| Door::Problem(problem).field())
}
