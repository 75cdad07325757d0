//! Decides which actions are available, and their words in the key line.

use super::{DeploymentRow, Jump, StartView, Ui, before};
use crate::{
    answers::draft::{Origin, RELEASE},
    score::{Scope, Step},
    shell::tui::keys::{Action, Focus},
    store::checks::Finding,
    wizard::{Purpose, Run, State, field::Field},
};

impl Ui {
    /// Returns true if the action would have an effect now.
    #[must_use]
    pub fn offers(&self, action: Action, state: &State) -> bool {
        self.offers_at(self.focus(state), action, state)
    }

    /// Returns true if the action would have an effect with this focus.
    #[must_use]
    pub fn offers_at(&self, focus: Focus, action: Action, state: &State) -> bool {
        let running = state.run.as_ref().is_some_and(Run::going) && !state.stale();
        let found = || matches!(self.focused_deployment(state), DeploymentRow::Found(_));
        if focus == Focus::Measure || action == Action::Measure {
            return self.measurement_offers(action, state);
        }
        let choices = || matches!(self.paste_box.understood(), Some(Ok(all)) if all.len() > 1);
        match action {
            Action::Down if focus == Focus::Paste => choices(),
            Action::DeleteAll if focus == Focus::Paste => !self.paste_box.text().is_empty(),
            Action::Fix => {
                self.field_repair(state).is_some() || self.release_repair(state).is_some() || !self.fix_is_idle(state)
            }
            Action::Confirm if focus == Focus::CreateQuestion => state.purpose() == Purpose::Install,
            Action::FixAll if self.fixes_files(state) => true,
            Action::FixAll => !self.in_files(state) && !state.missing().is_empty() && state.repairing.is_none(),
            Action::Evidence => {
                let details = || state.run.as_ref().is_some_and(|run| !run.board.details().is_empty());
                self.focused_jump(state).is_some_and(|jump| !matches!(jump, Jump::Continue(_)))
                    || (!self.in_files(state) && details())
            }
            Action::Longer => {
                let silent = |run: &Run| run.board.findings().iter().any(|(_, finding)| finding.silent);
                !running && !state.route.patient && state.run.as_ref().is_some_and(silent)
            }
            Action::Confirm if focus == Focus::Findings => self.focused_jump(state).is_some(),
            Action::Troubleshoot | Action::Upgrade | Action::Change if focus == Focus::Deployments => found(),
            Action::Change => self.reopens(state) && self.start_view != StartView::Changes,
            Action::Troubleshoot => self.reopens(state) && state.purpose != Some(Purpose::Troubleshoot),
            Action::Upgrade => self.reopens(state) && state.purpose != Some(Purpose::Upgrade),
            Action::Prove => {
                !self.in_files(state) && !state.dry && state.scope() == Scope::ReadOnly && !running && testable(state)
            }
            Action::Again if focus == Focus::Deployments => true,
            Action::Again if focus == Focus::Done => !state.loading && testable(state),
            Action::Again => !running && testable(state) && !self.in_files(state),
            Action::Stop => running,
            Action::Creator => {
                state.step == Step::Checks && state.asks_for_creator() && state.repairing.is_none() && !state.dry
            }
            Action::WholeDifference => self.changes() > 0,
            Action::Next if focus == Focus::Changes => self.changes() > 1,
            Action::Next if focus == Focus::Findings => !self.on_last_row(state) || state.step.next().is_some(),
            Action::Save => !matches!(state.saved, Some(Ok(_))),
            Action::Write => !state.writing && self.cache.preview().is_some_and(Result::is_ok),
            Action::Link => {
                let place = focus == Focus::Done || matches!(state.step, Step::Connection | Step::Checks);
                place && state.store(Scope::Reach).is_some()
            }
            Action::StoreSettings => {
                let tests = state.step == Step::Checks && !self.in_files(state) && !running && testable(state);
                tests && !state.store_settings
            }
            // Only S3 has such rights.
            Action::Policy => state.run.as_ref().is_some_and(|run| run.store.s3().is_some()),
            Action::Copy | Action::ShowAlone => focus == Focus::Done || self.copyable(state).is_some(),
            Action::Values => {
                let found = state.deployment.is_some() && state.purpose() != Purpose::Install;
                found && focus != Focus::Deployments
            }
            Action::Reveal => !self.input.value().is_empty(),
            Action::Undo => {
                let given = |origin| matches!(origin, Origin::Typed | Origin::Taken(_));
                self.field(state).and_then(|field| field.origin(state)).is_some_and(given)
            }
            _ => true,
        }
    }

    /// Returns a more specific word for the action in this place, if there is one.
    #[must_use]
    pub fn word(&self, focus: Focus, action: Action, state: &State) -> Option<&'static str> {
        match action {
            Action::Confirm if focus == Focus::Measure => Self::measurement_word(state),
            Action::Back if before(state).is_none() && focus == Focus::Deployments => Some("leave"),
            Action::Confirm if focus == Focus::Deployments => {
                match (self.focused_deployment(state), self.likely(state)) {
                    (DeploymentRow::Found(_), Purpose::Install) => Some("install"),
                    (DeploymentRow::Found(_), _) => Some("check"),
                    _ => None,
                }
            }
            Action::More | Action::Confirm
                if matches!(self.field(state), Some(Field::KeysOffer(_) | Field::SettingsOffer(_))) =>
            {
                Some("take them")
            }
            Action::Confirm if focus == Focus::Paste && !self.paste_box.ends() => Some("new line"),
            Action::WholeDifference if self.whole_difference => Some("by setting"),
            Action::Next if focus == Focus::Findings && self.on_last_row(state) => Some("next page"),
            Action::FixAll if focus != Focus::CreateQuestion && self.fixes_files(state) => Some("fix files"),
            Action::Confirm if focus == Focus::Findings => match self.focused_jump(state) {
                Some(Jump::Continue(_)) => Some("continue"),
                Some(jump) if jump.field().is_some() => None,
                _ => Some("evidence"),
            },
            _ => None,
        }
    }

    /// Returns true on the last finding, and if there is none.
    pub(super) fn on_last_row(&self, state: &State) -> bool {
        self.row.saturating_add(1) >= self.jumps(state).len()
    }

    fn fix_is_idle(&self, state: &State) -> bool {
        match self.focused_jump(state) {
            Some(Jump::Finding(Finding { repair: Some(_), .. })) => state.repairing.is_some(),
            Some(Jump::File(finding)) => finding.edits.is_empty(),
            Some(Jump::Problem(problem)) if problem.settings.contains(&RELEASE) => state.usable_release().is_none(),
            Some(Jump::Problem(problem)) => state.repair_of(problem).is_none(),
            _ => true,
        }
    }

    /// Returns the number of files that would be written.
    #[must_use]
    pub fn changes(&self) -> usize {
        self.cache.preview().and_then(|preview| preview.as_ref().ok()).map_or(0, |(all, _)| all.files.len())
    }
}

fn testable(state: &State) -> bool {
    state.draft.store(Scope::All).is_some()
}
