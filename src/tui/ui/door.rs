//! What on the page of the checks leads to a field: what is wrong with the answers, and what was found.

use crate::{checks::Finding, draft::Problem, tui::field::step_of, wizard::State};

/// Something on the checks page that leads to a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    Problem(Problem),
    Finding(Finding),
}

impl Door {
    #[must_use]
    pub fn settings(&self) -> &[&'static str] {
        match self {
            Self::Problem(problem) => &problem.settings,
            Self::Finding(finding) => &finding.settings,
        }
    }

    /// The field it leads to: the first of its settings that is asked.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        self.settings().iter().copied().find(|key| step_of(key).is_some())
    }
}

/// While answers are wrong or missing nothing can be checked, so that those come first.
#[must_use]
pub fn doors(state: &State) -> Vec<Door> {
    let found =
        state.run.iter().flat_map(|run| run.board.findings()).map(|(_, finding)| Door::Finding(finding.clone()));
    state.problems().into_iter().map(Door::Problem).chain(found).collect()
}

/// The field that the first problem leads to.
#[must_use]
pub(super) fn first_problem(state: &State) -> Option<&'static str> {
    state.problems().into_iter().find_map(|problem| Door::Problem(problem).field())
}
