//! Updates the state of the screen after events and with time: the focus, the edit line, clocks and popups.

use std::time::{Duration, Instant};

use tui_input::Input;
use zeroize::Zeroizing;

use super::{JumpedFrom, LAST, Popup, SHOWN, StartView, Taken, Ui, jump, jump::Jump};
use crate::{
    score::Step,
    store::checks::{CheckId, engine::Progress},
    wizard::{
        Run, Standing, State, Tuning,
        field::{Field, FieldInput},
        flow,
    },
};

impl Ui {
    /// Returns the remaining time of a slow check.
    #[must_use]
    pub fn left(&self, run: u64, id: &CheckId, told: Duration, now: Instant) -> Duration {
        let seen = self.slow.get(&(run, id.clone()));
        seen.map_or(told, |(left, at)| left.saturating_sub(now.saturating_duration_since(*at)))
    }

    /// Returns how long the run has been in progress. `None` if it is not.
    #[must_use]
    pub fn running_for(&self, run: u64, now: Instant) -> Option<Duration> {
        self.begun.filter(|(number, _)| *number == run).map(|(_, at)| now.saturating_duration_since(at))
    }

    /// Updates the state of the screen after events. `typed` means that the edit line caused them, so its text stays.
    pub fn follow(&mut self, state: &State, typed: bool, now: Instant) {
        self.cache.follow(state);
        let opened = self.follow_start_view(state);
        if self.wanted.is_some()
            && state.step == Step::Where
            && state.receipt.is_none()
            && self.start_view == StartView::Deployments
        {
            self.start_view = StartView::Opened;
        }
        self.follow_page(state);
        let page = Some((state.step, state.receipt.is_some(), self.start_view));
        let turned = self.page != page;
        if turned {
            let left = self.page.map(|(step, ..)| step).filter(|step| *step < state.step);
            self.trail.extend(left.filter(|_| self.taken.is_some()));
            self.page = page;
            self.field = None;
            self.row = if state.step == Step::Checks && state.may_write() { LAST } else { 0 };
            if let Some(back) = self.back.take_if(|back| back.step == state.step) {
                // An entry that is still there was seen, so the next one is due.
                self.row = back.row + usize::from(self.remains(&back, state));
            }
            // The main file is written last, so it is shown first.
            self.file = usize::MAX;
            self.scroll = 0;
            self.whole_difference = false;
            self.popup = None;
        }
        self.continues &= state.trouble.is_none();
        if self.continues && state.deployment.is_some() {
            self.continues = false;
            self.wanted = jump::first_problem(state).or(state.changing.first().copied());
        }
        if let Some(key) = self.wanted.take() {
            // If the cloud and its endpoint are both asked, the endpoint is focused.
            let named = |field: &Field| field.key() == Some(key);
            if flow::folded(state, state.step).iter().any(named) {
                self.unfolded.push(state.step);
            }
            self.follow_page(state);
            self.field = self.fields(state).iter().copied().rfind(named).or(self.field);
        }
        if turned && self.field.is_none() && self.start_view == StartView::Opened && state.deployment.is_some() {
            // The file that is open is not meant to be renamed by the next letter.
            self.field = self.fields(state).iter().copied().find(|field| *field == Field::Release);
        }
        if turned && state.step == Step::Connection && self.back.is_none() && self.taken.is_none() {
            // The refused key is due, whichever way led here.
            let refused = state.refused_key();
            let named = |field: &&Field| refused.is_some() && field.key() == refused;
            let found = self.fields(state).iter().find(named).copied();
            self.jumped |= found.is_some();
            self.field = found.or(self.field);
        }
        if opened {
            // The settings of another installation spare most questions.
            let offer = |field: &Field| matches!(field, Field::SettingsOffer(_));
            self.field = self.fields(state).iter().copied().find(offer).or(self.field);
        }
        // A file that is being read decides what is needed.
        if let Some(Taken { after }) = self.taken.take_if(|_| !state.loading) {
            let here = self.fields(state).to_vec();
            self.field = if turned || state.deployment.is_none() {
                state.first_needed().filter(|field| here.contains(field))
            } else {
                state.next_needed(after).field.filter(|field| here.contains(field)).or(self.field)
            };
        }
        self.teach(state);
        self.load(state, typed);
        self.revealed = self.reveal.then(|| self.revealed.unwrap_or(now));
        self.clock(state, now);
    }

    /// Opens the page of the next fault of the sandbox: the welcome first, then after each run what it found.
    fn teach(&mut self, state: &State) {
        let going = state.run.as_ref().is_some_and(Run::going) || state.repairing.is_some() || state.stale();
        if state.sandbox.is_none() || going || self.popup.is_some() {
            return;
        }
        let lesson = Some((state.lesson(), state.run.is_some()));
        if self.explained != lesson {
            self.explained = lesson;
            self.open(Popup::Lesson);
        }
    }

    /// Hides a secret that was shown long enough.
    pub fn hide(&mut self, now: Instant) {
        if self.revealed.is_some_and(|since| now.saturating_duration_since(since) >= SHOWN) {
            (self.reveal, self.revealed) = (false, None);
        }
    }

    /// Prepares the next frame. Closes the question about writing if the files have changed since it was asked.
    pub fn prepare(&mut self, state: &State) {
        let shown = self.cache.fingerprint();
        let reviewing = state.step == Step::Review && state.receipt.is_none();
        self.cache.prepare(state, reviewing, self.popup == Some(Popup::Values));
        if self.popup == Some(Popup::WriteAnyway) && self.cache.fingerprint() != shown {
            self.popup = None;
            self.notice = Some("The files to write have changed. Look at them again.".into());
        }
    }

    /// Returns the time until the screen changes by itself.
    #[must_use]
    pub fn heartbeat(&self, state: &State) -> Option<Duration> {
        let going = [&state.run, &state.background].into_iter().flatten().any(Run::going);
        let going = going || state.tuning.as_ref().is_some_and(Tuning::going);
        if going || state.repairing.is_some() || state.writing {
            Some(Duration::from_millis(100))
        } else if self.revealed.is_some() {
            // The frame that is due then hides the secret.
            Some(Duration::from_secs(1))
        } else if self.ended.is_some() && state.step == Step::Review && state.receipt.is_none() {
            Some(Duration::from_secs(1))
        } else {
            None
        }
    }

    fn clock(&mut self, state: &State, now: Instant) {
        let Some(run) = &state.run else { return };
        if run.going() && self.begun.is_none_or(|(number, _)| number != run.number) {
            self.begun = Some((run.number, now));
        }
        if !run.going() && self.ended.is_none_or(|(number, _)| number != run.number) {
            self.ended = Some((run.number, now));
            if state.step == Step::Checks {
                // The cause of a failure comes first. Otherwise the way on is marked.
                self.row = if run.board.failed() { 0 } else { LAST };
            }
        }
        self.slow.retain(|(number, _), _| *number == run.number);
        for entry in &run.board.entries {
            if let Progress::Slow(left) = entry.state {
                self.slow.entry((run.number, entry.row.id.clone())).or_insert((left, now));
            }
        }
    }

    fn load(&mut self, state: &State, typed: bool) {
        let field = self.field(state);
        let moved = field != self.loaded;
        let text = field.map(|field| field.editable(state)).unwrap_or_default();
        if moved || (!typed && text != self.known && text.as_str() != self.input.value()) {
            // The typed text may be a secret, so its memory is wiped.
            drop(Zeroizing::new(self.input.value_and_reset()));
            self.input = Input::new(text.as_str().to_owned());
        }
        self.known = text;
        // The answer to a list may also come from a file that was read.
        let row = field.filter(|field| field.input() == FieldInput::List).map(|field| field.chosen_row(state));
        if let Some(row) = row.filter(|row| moved || *row != self.known_row) {
            (self.row, self.known_row) = (row, row);
        }
        if moved {
            self.reveal = false;
            // A change begins with a new value. The old one stays until a letter is typed.
            let jumped = std::mem::take(&mut self.jumped);
            let changing = |field: &Field| field.key().is_some_and(|key| state.changing.contains(&key));
            let changes = |field: &Field| jumped || changing(field) || field.outlived(state);
            self.replaces = field.filter(changes).filter(|_| !self.input.value().is_empty());
            if self.replaces.is_some() {
                self.notice = Some("Type the new value, or press ← to edit this one.".into());
            }
            self.visited.extend(self.loaded.filter(|left| !self.visited.contains(left)));
            self.loaded = field;
        }
    }

    /// Returns true if the entry that led away is still there after the return.
    fn remains(&self, back: &JumpedFrom, state: &State) -> bool {
        match &back.entry {
            Some(Jump::Problem(problem)) => self.cache.problems().contains(problem),
            Some(Jump::File(finding)) => self.cache.findings().contains(finding) && !state.replaces(finding),
            // Checks that run again find it again.
            Some(Jump::Finding(_)) => !matches!(state.standing(), Standing::Running | Standing::Stale),
            Some(Jump::Continue(_)) | None => false,
        }
    }
}
