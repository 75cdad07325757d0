//! Converts the keys that repair something to events, and asks for other credentials that are only for creating.

use zeroize::Zeroizing;

use super::{Popup, Ui, jump::Jump};
use crate::{
    answers::{Keys, draft},
    score::{Provider, Release},
    shell::tui::keys::Action,
    store::checks::{Finding, Repair},
    text::secret::Secret,
    wizard::{
        Event, State,
        field::{Field, offered_providers},
    },
};

impl Ui {
    /// Fixes the focused finding. Asks first if the repair would change something existing.
    pub(super) fn fix(&mut self, state: &State) -> Vec<Event> {
        if let Some(repair) = self.field_repair(state) {
            return vec![Event::RepairAsked(repair)];
        }
        if let Some((provider, release)) = self.release_repair(state) {
            let mut events = vec![Event::ReleaseChosen(release), Event::ProviderChosen(provider)];
            events.append(&mut self.go_on(Some(Field::Provider), state));
            return events;
        }
        let asked = self.popup.take() == Some(Popup::Change);
        match self.focused_jump(state).cloned() {
            Some(Jump::Finding(Finding { repair: Some(repair), .. })) if repair.changes_existing() && !asked => {
                self.open(Popup::Change)
            }
            Some(Jump::Finding(Finding { repair: Some(repair), .. })) => vec![Event::RepairAsked(repair)],
            Some(Jump::File(finding)) if !finding.edits.is_empty() => vec![Event::FixAsked(vec![finding])],
            Some(Jump::Problem(problem)) if !problem.settings.contains(&draft::RELEASE) => {
                state.repair_of(&problem).map(Event::RepairAsked).into_iter().collect()
            }
            Some(Jump::Problem(_)) => state.usable_release().map(Event::ReleaseChosen).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// Applies another repair of the focused finding. Repairs that change something existing are only first.
    pub(super) fn fix_otherwise(&self, at: usize, state: &State) -> Vec<Event> {
        match self.focused_jump(state) {
            Some(Jump::Finding(finding)) if state.repairing.is_none() => {
                finding.others.get(at).cloned().map(Event::RepairAsked).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// Returns the likeliest repair of the focused field, or else the first one on the page.
    #[must_use]
    pub fn field_repair(&self, state: &State) -> Option<Repair> {
        let focused = self.field(state)?;
        let all = [focused].into_iter().chain(self.fields(state).iter().copied());
        all.filter_map(Field::key).find_map(|key| state.repairs_at(key).into_iter().next())
    }

    /// Returns the focused provider that does not work with the chosen release, and a release that works with it.
    #[must_use]
    pub fn release_repair(&self, state: &State) -> Option<(&'static Provider, Release)> {
        self.field(state).filter(|field| *field == Field::Provider)?;
        let provider = offered_providers(self.input.value()).get(self.row).copied()?;
        Some((provider, state.release_for(provider)?))
    }

    /// Fixes everything in the files, or asks about everything that is missing in the store, and then creates it.
    pub(super) fn fix_all(&mut self, state: &State) -> Vec<Event> {
        if self.popup == Some(Popup::Create) {
            return self.create_missing();
        }
        if self.fixes_files(state) {
            self.row = 0;
            return vec![Event::FixAllAsked];
        }
        self.open(Popup::Create)
    }

    pub(super) fn ask_creator(&mut self) -> Vec<Event> {
        drop(Zeroizing::new(self.input.value_and_reset()));
        self.creator = None;
        self.open(Popup::Creator)
    }

    /// Applies an action to the question for other credentials. `None` if the action edits the line.
    pub(super) fn act_on_creator(&mut self, action: Action, state: &State) -> Option<Vec<Event>> {
        match action {
            Action::Insert(_)
            | Action::DeleteBefore
            | Action::DeleteAfter
            | Action::DeleteWord
            | Action::DeleteAll
            | Action::CursorLeft
            | Action::CursorRight
            | Action::CursorStart
            | Action::CursorEnd
            | Action::ReallyLeave
            | Action::Leave => None,
            Action::Confirm if self.input.value().trim().is_empty() => Some(Vec::new()),
            Action::Confirm => {
                let typed = Zeroizing::new(self.input.value_and_reset());
                let Some(access_key) = self.creator.take() else {
                    self.creator = Some(typed.trim().to_owned());
                    return Some(Vec::new());
                };
                self.popup = (!state.missing().is_empty()).then_some(Popup::Create);
                Some(vec![Event::CreateAs(Some(Keys { access_key, secret_key: Secret::new(typed.trim()) }))])
            }
            Action::Back | Action::Close => {
                drop(Zeroizing::new(self.input.value_and_reset()));
                self.popup = None;
                Some(Vec::new())
            }
            _ => Some(Vec::new()),
        }
    }

    pub(super) fn create_missing(&mut self) -> Vec<Event> {
        self.popup = None;
        vec![Event::CreateMissingAsked]
    }
}
