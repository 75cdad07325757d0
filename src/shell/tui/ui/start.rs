//! Controls the first page: which view it shows, and what is offered for the focused deployment.

use super::{Jump, Ui};
use crate::{
    answers::draft,
    score::Step,
    shell::tui::keys::Focus,
    wizard::{Event, Purpose, SettingsChange, State, field::Field},
};

/// A view of the first page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum StartView {
    /// The list of deployments.
    #[default]
    Deployments,
    /// The opened deployment: its file, its release.
    Opened,
    /// The list of its changes.
    Changes,
    /// The findings in its files.
    Files,
    /// The text that the operator was given.
    Paste,
}

/// A row of the list of deployments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeploymentRow {
    /// The sighting with this index.
    Found(usize),
    New,
    Other,
    /// The page for a text that the operator was given.
    Paste,
    Sandbox,
}

/// A row of the list of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeRow {
    /// The findings in the files.
    Files,
    Change(SettingsChange),
    /// All pages, one after the other.
    All,
}

/// Returns the rows: the deployments that were found, and those that are always offered.
#[must_use]
pub fn deployment_rows(state: &State) -> Vec<DeploymentRow> {
    let found = state.sightings.iter().flatten().enumerate().map(|(at, _)| DeploymentRow::Found(at));
    let others = [DeploymentRow::New, DeploymentRow::Other, DeploymentRow::Paste, DeploymentRow::Sandbox];
    // The sandbox has only its own deployment.
    found.chain(others.into_iter().filter(|_| state.sandbox.is_none())).collect()
}

impl Ui {
    /// Returns the focused row in the list of deployments.
    #[must_use]
    pub fn focused_deployment(&self, state: &State) -> DeploymentRow {
        let rows = deployment_rows(state);
        rows.get(self.row.min(rows.len().saturating_sub(1))).copied().unwrap_or(DeploymentRow::New)
    }

    /// Returns the most likely purpose for the focused row.
    #[must_use]
    pub fn likely(&self, state: &State) -> Purpose {
        match self.focused_deployment(state) {
            DeploymentRow::Found(at) if !self.cache.sights().get(at).is_none_or(super::Sight::empty) => {
                Purpose::Troubleshoot
            }
            _ => Purpose::Install,
        }
    }

    /// Opens the focused row. `purpose` is the purpose of the pressed key. `None` means the most likely one.
    pub(super) fn open_deployment(&mut self, purpose: Option<Purpose>, state: &State) -> Vec<Event> {
        let path = match self.focused_deployment(state) {
            DeploymentRow::Found(at) => state.sightings.iter().flatten().nth(at).map(|sighting| sighting.path.clone()),
            DeploymentRow::Paste => return self.open_paste(),
            DeploymentRow::Sandbox => return vec![Event::SandboxAsked],
            DeploymentRow::Other => None,
            DeploymentRow::New => Some(state.here.join("application.properties")),
        };
        let Some(path) = path else {
            self.start_view = StartView::Opened;
            return Vec::new();
        };
        let purpose = purpose.unwrap_or_else(|| self.likely(state));
        self.wanted = Some(draft::RELEASE);
        self.lists_changes = purpose == Purpose::Reconfigure;
        vec![Event::PathChosen(path), Event::PurposeChosen(purpose)]
    }

    /// Reopens the open deployment for another purpose.
    pub(super) fn open_for(&mut self, purpose: Purpose, state: &State) -> Vec<Event> {
        if self.focus(state) == Focus::Deployments {
            return self.open_deployment(Some(purpose), state);
        }
        let mut events = vec![Event::PurposeChosen(purpose)];
        self.lists_changes = purpose == Purpose::Reconfigure;
        if self.lists_changes && state.draft.release.is_some() {
            self.start_view = StartView::Changes;
            self.row = 0;
        } else if purpose == Purpose::Troubleshoot {
            events.extend([Event::StepChosen(Step::Checks), Event::CheckAsked]);
        } else {
            self.start_view = StartView::Opened;
            self.wanted = Some(draft::RELEASE);
        }
        events
    }

    /// Returns the rows of the list of changes.
    #[must_use]
    pub fn change_rows(&self) -> Vec<ChangeRow> {
        let files = (!self.cache.findings().is_empty()).then_some(ChangeRow::Files);
        files.into_iter().chain(SettingsChange::ALL.map(ChangeRow::Change)).chain([ChangeRow::All]).collect()
    }

    /// Returns the focused row of the list of changes.
    #[must_use]
    pub fn focused_change(&self) -> ChangeRow {
        let rows = self.change_rows();
        rows.get(self.row.min(rows.len().saturating_sub(1))).copied().unwrap_or(ChangeRow::All)
    }

    /// Goes to the first field of the focused change.
    pub(super) fn choose_change(&mut self, state: &State) -> Vec<Event> {
        match self.focused_change() {
            ChangeRow::Files => {
                self.start_view = StartView::Files;
                self.row = 0;
                Vec::new()
            }
            ChangeRow::Change(SettingsChange::Release) => self.open_for(Purpose::Upgrade, state),
            ChangeRow::Change(change) => {
                self.wanted = change.keys(state).first().copied();
                vec![Event::ChangeChosen(change)]
            }
            ChangeRow::All => vec![Event::StepChosen(Step::Provider)],
        }
    }

    /// Returns true if the deployment was read and contains a configuration.
    #[must_use]
    pub fn reopens(&self, state: &State) -> bool {
        let configured = !matches!(state.purpose, None | Some(Purpose::Install));
        configured && state.step == Step::Where && state.deployment.is_some() && state.receipt.is_none()
    }

    /// Updates the view after events: shows the opened deployment, or the findings in its files. Returns true if its
    /// files have just been read.
    pub(super) fn follow_start_view(&mut self, state: &State) -> bool {
        if self.path != state.path {
            self.path.clone_from(&state.path);
            self.start_view = StartView::Opened;
            // Nothing of another deployment is left.
            self.back = None;
            self.trail.clear();
            self.unfolded.clear();
            self.visited.clear();
        }
        let read = state.deployment.is_some();
        let opened = read && !self.read;
        // The names of settings depend on the release.
        if opened && self.lists_changes && state.draft.release.is_some() {
            self.start_view = StartView::Changes;
        } else if opened && state.purpose == Some(Purpose::Reconfigure) && !self.cache.findings().is_empty() {
            self.start_view = StartView::Files;
        }
        self.read = read;
        opened
    }

    /// Turns to the next or previous view of the first page. `None` if there is none.
    pub(super) fn turn_start_view(&mut self, forth: bool, state: &State) -> Option<Vec<Event>> {
        if state.step != Step::Where {
            return None;
        }
        match (self.start_view, forth) {
            (StartView::Opened, true) if self.lists_changes => {
                let said = self.said_by_leaving(state);
                if said.is_empty() {
                    self.start_view = StartView::Changes;
                    self.row = 0;
                }
                Some(said)
            }
            (StartView::Files, false) if self.lists_changes => {
                self.start_view = StartView::Changes;
                Some(Vec::new())
            }
            (StartView::Changes, true) => Some(Vec::new()),
            (StartView::Opened, true) if !self.cache.findings().is_empty() => {
                let said = self.said_by_leaving(state);
                if said.is_empty() {
                    self.start_view = StartView::Files;
                }
                Some(said)
            }
            (StartView::Files, false) => {
                self.start_view = StartView::Opened;
                Some(Vec::new())
            }
            (StartView::Opened | StartView::Changes, false) => {
                self.start_view = StartView::Deployments;
                let look = state.sightings.is_none();
                Some(look.then_some(Event::LookAsked).into_iter().collect())
            }
            _ => None,
        }
    }

    /// Returns the findings in the files that can be fixed without an answer.
    #[must_use]
    pub fn fixable(&self) -> Vec<crate::install::lint::FileFinding> {
        self.cache.findings().iter().filter(|finding| !finding.edits.is_empty()).cloned().collect()
    }

    /// Returns true if fixing all means the visible files, and not the store.
    #[must_use]
    pub fn fixes_files(&self, state: &State) -> bool {
        let told = self.in_files(state) || (state.step == Step::Checks && state.purpose == Some(Purpose::Troubleshoot));
        told && !self.fixable().is_empty()
    }

    /// Returns true if the page shows the findings in the files.
    #[must_use]
    pub fn in_files(&self, state: &State) -> bool {
        state.step == Step::Where && self.start_view == StartView::Files && state.receipt.is_none()
    }

    /// Returns the entries of the visible page of findings.
    #[must_use]
    pub fn jumps(&self, state: &State) -> &[Jump] {
        match state.step {
            Step::Review => self.cache.unanswered(),
            Step::Checks => self.cache.jumps(),
            _ if self.in_files(state) => self.cache.file_jumps(),
            _ => &[],
        }
    }

    /// Returns the fields of the visible page.
    #[must_use]
    pub fn fields(&self, state: &State) -> &[Field] {
        let none = state.step == Step::Where && self.start_view != StartView::Opened;
        if none { &[] } else { self.cache.fields() }
    }

    /// Updates the fields of the visible page.
    pub(super) fn follow_page(&mut self, state: &State) {
        self.cache.follow_page(state, self.unfolded.contains(&state.step));
    }
}
