//! Holds the state of the screen: the focus, the edit line, the open popup. Converts actions to events. Decides nothing
//! about answers, checks or files.

mod cache;
mod jump;
mod measure;
mod offer;
mod receipt;
mod start;

use std::{
    collections::BTreeMap,
    fmt,
    path::PathBuf,
    time::{Duration, Instant},
};

use tui_input::{Input, InputRequest};
use zeroize::Zeroizing;

pub use self::{
    cache::{Cache, Existing, Preview, Sight},
    jump::Jump,
    start::{DeploymentRow, StartView, deployment_rows},
};
use super::{
    field::{Field, fields, step_of},
    keys::{Action, Focus},
};
use crate::{
    answers::draft,
    score::Step,
    store::{
        checks::{CheckId, Finding, Repair, engine::Progress},
        probe::Route,
    },
    wizard::{Blocked, Event, Purpose, Run, Standing, State, Tuning},
};

/// A popup on top of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Popup {
    Help,
    Evidence,
    Leave,
    WriteAnyway,
    /// A repair that changes something existing, with the state before and after.
    Change,
    /// A URL to copy to a client's machine.
    Link,
    /// The permissions that the key needs, to copy.
    Policy,
    /// The effective value of each setting.
    Values,
    /// The measurement of part sizes.
    Measure,
}

/// The longest answer, in bytes. A longer one is probably a wrong clipboard, and every key in such a line would be slow.
const LONGEST: usize = 8192;

#[derive(Default)]
pub struct Ui {
    /// The index of the focused field, and its page.
    field: usize,
    page: Option<(Step, bool, StartView)>,
    /// The visible view of the first page.
    pub start_view: StartView,
    /// The path of the deployment that was opened last, and whether it was read.
    path: PathBuf,
    read: bool,
    /// The edit line, and its field.
    pub input: Input,
    loaded: Option<Field>,
    /// The answer in the state when the edit line was loaded or last changed.
    known: Zeroizing<String>,
    pub reveal: bool,
    pub popup: Option<Popup>,
    /// The focused row of a list or of the findings.
    pub row: usize,
    /// The index of the file that the review shows.
    pub file: usize,
    /// The digits of a file size in GiB, for the calculator.
    file_size: Option<u64>,
    /// The text for the terminal's clipboard.
    pub copied: Option<String>,
    /// The text to print without the full screen.
    pub alone: Option<String>,
    /// The first visible line of the page, and of the popup.
    pub scroll: usize,
    pub popup_scroll: usize,
    /// A message about the last key, shown until the next key.
    pub notice: Option<String>,
    /// The field to focus as soon as its step is shown.
    wanted: Option<&'static str>,
    /// Fields that were left at least once. Their problems are shown from then on.
    pub visited: Vec<Field>,
    pub cache: Cache,
    /// The turns of the spinner.
    pub turn: usize,
    /// The number of the run that ended last, and the time when its end was seen.
    pub ended: Option<(u64, Instant)>,
    /// The slow checks: the remaining time, and when it was first seen.
    slow: BTreeMap<(u64, CheckId), (Duration, Instant)>,
}

impl Ui {
    #[must_use]
    pub fn focus(&self, state: &State) -> Focus {
        match self.popup {
            Some(Popup::Leave) => return Focus::LeaveQuestion,
            Some(Popup::WriteAnyway) => return Focus::WriteQuestion,
            Some(Popup::Change) => return Focus::ChangeQuestion,
            Some(Popup::Help | Popup::Evidence | Popup::Link | Popup::Policy | Popup::Values) => return Focus::Page,
            Some(Popup::Measure) => return Focus::Measure,
            None => {}
        }
        if state.trouble.is_some() {
            return Focus::Page;
        }
        if state.offered().is_some() {
            return Focus::ContinueQuestion;
        }
        if state.receipt.is_some() {
            return Focus::Done;
        }
        match state.step {
            Step::Where if self.start_view == StartView::Deployments => Focus::Deployments,
            Step::Where if self.start_view == StartView::Files => Focus::Findings,
            Step::Checks => Focus::Findings,
            Step::Review => Focus::Changes,
            _ => self.field(state).map_or(Focus::Choice, Field::focus),
        }
    }

    /// Returns the focused field, if the page has fields.
    #[must_use]
    pub fn field(&self, state: &State) -> Option<Field> {
        let fields = self.fields(state);
        fields.get(self.field.min(fields.len().saturating_sub(1))).copied()
    }

    /// Returns the field that was shown last.
    #[must_use]
    pub fn shown(&self) -> Option<Field> {
        self.loaded
    }

    #[must_use]
    pub fn focused_jump(&self, state: &State) -> Option<&Jump> {
        let jumps = self.jumps(state);
        jumps.get(self.row.min(jumps.len().checked_sub(1)?))
    }

    /// Returns the remaining time of a slow check.
    #[must_use]
    pub fn left(&self, run: u64, id: &CheckId, told: Duration, now: Instant) -> Duration {
        let seen = self.slow.get(&(run, id.clone()));
        seen.map_or(told, |(left, at)| left.saturating_sub(now.saturating_duration_since(*at)))
    }

    /// Applies an action and returns its events.
    pub fn act(&mut self, action: Action, state: &State) -> Vec<Event> {
        self.notice = None;
        let focus = self.focus(state);
        if focus == Focus::Measure
            && let Some(events) = self.act_on_measurement(action, state)
        {
            return events;
        }
        match action {
            Action::Insert('m') if self.measures_instead(state) => self.open(Popup::Measure),
            Action::Measure if self.offers(action, state) => self.open(Popup::Measure),
            Action::Insert(letter) => self.type_text(letter.encode_utf8(&mut [0; 4]), state),
            Action::DeleteBefore => self.edit(state, InputRequest::DeletePrevChar),
            Action::DeleteAfter => self.edit(state, InputRequest::DeleteNextChar),
            Action::DeleteWord => self.edit(state, InputRequest::DeletePrevWord),
            Action::DeleteAll => self.edit(state, InputRequest::DeleteLine),
            Action::CursorLeft => self.edit(state, InputRequest::GoToPrevChar),
            Action::CursorRight => self.edit(state, InputRequest::GoToNextChar),
            Action::CursorStart => self.edit(state, InputRequest::GoToStart),
            Action::CursorEnd => self.edit(state, InputRequest::GoToEnd),
            Action::Next if focus == Focus::Changes => self.turn_file(1),
            Action::Previous if focus == Focus::Changes => self.turn_file(-1),
            Action::Next => self.next(state),
            Action::Previous => self.go(state, self.at(state).saturating_sub(1)),
            Action::Down => self.move_by(focus, 1),
            Action::Up => self.move_by(focus, -1),
            Action::PageDown => self.move_by(focus, 10),
            Action::PageUp => self.move_by(focus, -10),
            Action::First => self.move_by(focus, isize::MIN),
            Action::Last => self.move_by(focus, isize::MAX),
            Action::More => self.field(state).map_or_else(Vec::new, |field| field.stepped(state, true)),
            Action::Less => self.field(state).map_or_else(Vec::new, |field| field.stepped(state, false)),
            Action::Confirm => self.confirm(focus, state),
            Action::Continue if focus == Focus::Deployments => self.open_deployment(Some(Purpose::Reconfigure), state),
            Action::Troubleshoot => self.open_for(Purpose::Troubleshoot, state),
            Action::Upgrade => self.open_for(Purpose::Upgrade, state),
            Action::Continue => self.go_on(state),
            Action::Back => match (self.turn_start_view(false, state), before(state)) {
                (Some(events), _) => events,
                (None, Some(step)) => self.leave_for(Some(step), state),
                (None, None) => self.leave(state),
            },
            Action::Leave => self.leave(state),
            Action::ReallyLeave => vec![Event::LeaveAsked],
            Action::Help => self.open(Popup::Help),
            Action::Evidence if self.offers(action, state) => self.open(Popup::Evidence),
            Action::Reveal => {
                self.reveal = !self.reveal;
                Vec::new()
            }
            Action::Undo => self.field(state).and_then(Field::key).map(Event::AnswerRemoved).into_iter().collect(),
            Action::Again if focus == Focus::Deployments => vec![Event::LookAsked],
            // The page after a write is left for the checks.
            Action::Again if focus == Focus::Done => vec![Event::StepChosen(Step::Checks), Event::CheckAsked],
            Action::Again if self.in_files(state) => Vec::new(),
            Action::Again => vec![Event::CheckAsked],
            Action::Prove if self.offers(action, state) => vec![Event::ProveAsked],
            Action::Longer if self.offers(action, state) => {
                let patient = Route { patient: true, ..state.route.clone() };
                vec![Event::RouteChosen(patient), Event::CheckAsked]
            }
            Action::Stop => vec![Event::StopAsked],
            Action::Fix => self.fix(state),
            Action::FixAll if self.fixes_files(state) => {
                self.row = 0;
                vec![Event::FixAllAsked]
            }
            Action::FixAll if self.in_files(state) => Vec::new(),
            Action::FixAll => vec![Event::CreateMissingAsked],
            Action::Values if self.offers(action, state) => self.open(Popup::Values),
            Action::Save => vec![Event::SaveAsked],
            Action::Copy if self.offers(action, state) => self.copy(state),
            Action::ShowAlone if self.offers(action, state) => self.show_alone(state),
            Action::Write => self.write(state),
            Action::Link if self.offers(action, state) => {
                self.open(Popup::Link);
                vec![Event::LinkAsked]
            }
            Action::Policy if self.offers(action, state) => self.open(Popup::Policy),
            Action::Evidence
            | Action::Measure
            | Action::Link
            | Action::Policy
            | Action::Prove
            | Action::Values
            | Action::Copy
            | Action::ShowAlone
            | Action::Longer => Vec::new(),
            Action::Close => match self.popup.take() {
                Some(_) => Vec::new(),
                None if focus == Focus::ContinueQuestion => vec![Event::ContinueChosen(false)],
                None => vec![Event::TroubleDismissed],
            },
        }
    }

    /// Inserts pasted text as one event. Removes line breaks and control characters, because a field is one line.
    pub fn paste(&mut self, text: &str, state: &State) -> Vec<Event> {
        self.notice = None;
        if !matches!(self.focus(state), Focus::Text | Focus::Secret | Focus::Slider | Focus::List) {
            return Vec::new();
        }
        if text.len() > LONGEST {
            self.notice = Some(format!("The pasted text was ignored. No answer has {} characters.", text.len()));
            return Vec::new();
        }
        let removed = text.chars().filter(|letter| letter.is_control()).count();
        let kept: Zeroizing<String> = Zeroizing::new(text.chars().filter(|letter| !letter.is_control()).collect());
        let events = self.type_text(&kept, state);
        match removed {
            0 => {}
            1 => self.notice = Some("A line break or control character was removed from the pasted text.".into()),
            many => {
                self.notice =
                    Some(format!("{many} line breaks or control characters were removed from the pasted text."));
            }
        }
        events
    }

    /// Inserts text at the cursor as one change, up to the longest answer.
    pub fn type_text(&mut self, text: &str, state: &State) -> Vec<Event> {
        self.notice = None;
        let room = LONGEST.saturating_sub(self.input.value().len());
        let end = text.char_indices().map(|(at, letter)| at + letter.len_utf8()).take_while(|end| *end <= room).last();
        let (typed, rest) = text.split_at(end.unwrap_or(0));
        if !rest.is_empty() {
            self.notice =
                Some(format!("An answer has at most {LONGEST} characters. The rest of the input is ignored."));
        }
        if typed.is_empty() {
            return Vec::new();
        }
        let cursor = self.input.cursor();
        let before = Zeroizing::new(self.input.value_and_reset());
        let (left, right): (Vec<_>, Vec<_>) = before.chars().enumerate().partition(|(at, _)| *at < cursor);
        let letters = |part: Vec<(usize, char)>| part.into_iter().map(|(_, letter)| letter);
        let whole = letters(left).chain(typed.chars()).chain(letters(right)).collect();
        self.input = Input::new(whole).with_cursor(cursor + typed.chars().count());
        self.row = 0;
        self.answered(state)
    }

    /// Updates the state of the screen after events. `typed` means that the edit line caused them, so its text stays.
    pub fn follow(&mut self, state: &State, typed: bool, now: Instant) {
        self.cache.follow(state);
        self.follow_start_view(state);
        if self.wanted.is_some()
            && state.step == Step::Where
            && state.receipt.is_none()
            && self.start_view == StartView::Deployments
        {
            self.start_view = StartView::Opened;
        }
        let page = Some((state.step, state.receipt.is_some(), self.start_view));
        if self.page != page {
            self.page = page;
            self.field = 0;
            self.row = 0;
            // The main file is written last, so it is shown first.
            self.file = usize::MAX;
            self.scroll = 0;
            self.popup = None;
        }
        if let Some(key) = self.wanted.take() {
            // If the cloud and its endpoint are both asked, the endpoint is focused.
            let found = fields(state).iter().rposition(|field| field.key() == Some(key));
            self.field = found.unwrap_or(self.field);
        }
        self.load(state, typed);
        self.clock(state, now);
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
        } else if self.ended.is_some() && state.step == Step::Review && state.receipt.is_none() {
            Some(Duration::from_secs(1))
        } else {
            None
        }
    }

    fn clock(&mut self, state: &State, now: Instant) {
        let Some(run) = &state.run else { return };
        if !run.going() && self.ended.is_none_or(|(number, _)| number != run.number) {
            self.ended = Some((run.number, now));
        }
        self.slow.retain(|(number, _), _| *number == run.number);
        for entry in &run.board.entries {
            if let Progress::Slow(left) = entry.state {
                self.slow.entry((run.number, entry.row.id.clone())).or_insert((left, now));
            }
        }
    }

    fn at(&self, state: &State) -> usize {
        self.field.min(self.fields(state).len().saturating_sub(1))
    }

    /// Leaves. Asks first only if leaving would lose something.
    fn leave(&mut self, state: &State) -> Vec<Event> {
        if state.would_lose() { self.open(Popup::Leave) } else { vec![Event::LeaveAsked] }
    }

    fn open(&mut self, popup: Popup) -> Vec<Event> {
        self.popup = Some(popup);
        self.popup_scroll = 0;
        Vec::new()
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
        if moved {
            self.reveal = false;
            self.row = field.map_or(self.row, |field| field.chosen_row(state));
            self.visited.extend(self.loaded.filter(|left| !self.visited.contains(left)));
            self.loaded = field;
        }
    }

    fn edit(&mut self, state: &State, request: InputRequest) -> Vec<Event> {
        match self.input.handle(request) {
            Some(changed) if changed.value => {
                self.row = 0;
                self.answered(state)
            }
            _ => Vec::new(),
        }
    }

    fn answered(&self, state: &State) -> Vec<Event> {
        self.field(state).and_then(|field| field.answered(self.input.value())).into_iter().collect()
    }

    fn next(&mut self, state: &State) -> Vec<Event> {
        let at = self.at(state) + 1;
        self.go(state, if at < self.fields(state).len() { at } else { 0 })
    }

    fn go(&mut self, state: &State, at: usize) -> Vec<Event> {
        let said = self.said_by_leaving(state);
        self.field = at;
        said
    }

    fn said_by_leaving(&self, state: &State) -> Vec<Event> {
        self.field(state).map(|field| field.left(self.input.value(), state)).unwrap_or_default()
    }

    /// Leaves for the step. Starts the checks on entering their step, if they have not run on the same values.
    fn leave_for(&self, step: Option<Step>, state: &State) -> Vec<Event> {
        let Some(step) = step else { return Vec::new() };
        let mut events = self.said_by_leaving(state);
        events.push(Event::StepChosen(step));
        if step == Step::Checks && step > state.step && matches!(state.standing(), Standing::NotRun | Standing::Stale) {
            events.push(Event::CheckAsked);
        }
        events
    }

    /// Goes on: to the next view of the first page, or to the next step.
    fn go_on(&mut self, state: &State) -> Vec<Event> {
        self.turn_start_view(true, state).unwrap_or_else(|| self.leave_for(state.next_step(), state))
    }

    /// Shows another file in the review.
    fn turn_file(&mut self, by: isize) -> Vec<Event> {
        let files = self.changes().max(1);
        self.file = (self.file.min(files - 1) + files).saturating_add_signed(by) % files;
        self.scroll = 0;
        Vec::new()
    }

    fn move_by(&mut self, focus: Focus, by: isize) -> Vec<Event> {
        let place = match focus {
            Focus::Page | Focus::Measure | Focus::LeaveQuestion | Focus::WriteQuestion | Focus::ChangeQuestion => {
                &mut self.popup_scroll
            }
            Focus::Findings | Focus::List | Focus::Deployments | Focus::Done => &mut self.row,
            _ => &mut self.scroll,
        };
        *place = place.saturating_add_signed(by);
        Vec::new()
    }

    /// Limits rows and scroll positions to the existing ones. The view knows their number.
    pub fn clamp(&mut self, rows: usize, scroll: usize, popup_scroll: usize) {
        self.row = self.row.min(rows.saturating_sub(1));
        self.scroll = self.scroll.min(scroll);
        self.popup_scroll = self.popup_scroll.min(popup_scroll);
    }

    fn confirm(&mut self, focus: Focus, state: &State) -> Vec<Event> {
        match focus {
            Focus::Deployments => self.open_deployment(None, state),
            Focus::Findings => match self.focused_jump(state) {
                Some(jump) => match jump.field() {
                    Some(key) => self.jump(key),
                    // No field changes this finding, so Enter shows its evidence.
                    None => self.open(Popup::Evidence),
                },
                None if self.in_files(state) => self.go_on(state),
                None if state.may_write() => self.leave_for(state.next_step(), state),
                None => Vec::new(),
            },
            Focus::ContinueQuestion => vec![Event::ContinueChosen(true)],
            Focus::Done => vec![Event::LeaveAsked],
            Focus::Changes => self.wrong(state).map_or_else(Vec::new, |key| self.jump(key)),
            Focus::Page | Focus::Measure | Focus::LeaveQuestion | Focus::WriteQuestion | Focus::ChangeQuestion => {
                Vec::new()
            }
            _ => self.confirm_field(state),
        }
    }

    /// Confirms the answer of the field and goes to the next field, or after the last one to the next step. Stays in
    /// the step if one of its answers is still wrong.
    fn confirm_field(&mut self, state: &State) -> Vec<Event> {
        let Some(field) = self.field(state) else { return self.go_on(state) };
        let mut events = field.chosen(self.input.value(), self.row, state);
        if field.focus() == Focus::List && events.is_empty() && !field.passes(self.input.value(), state) {
            self.notice = Some("No entry contains the typed text.".into());
            return events;
        }
        if let [Event::ProviderChosen(provider)] = events[..] {
            if provider.unusable().is_some() {
                self.notice = Some(format!("{} does not work with Score.", provider.name));
                return Vec::new();
            }
            if state.draft.release.is_some_and(|release| provider.refused_by(release).is_some()) {
                self.notice = Some(format!("{} does not work with this release of Score.", provider.name));
                return Vec::new();
            }
        }
        let fields = self.fields(state);
        let at = self.at(state) + 1;
        let problems = state.problems();
        // The choice that this key makes counts as answered.
        let open = |each: &Field| *each != field || field.focus() != Focus::List;
        let wrong = |each: &Field| {
            open(each) && each.key().is_some_and(|key| problems.iter().any(|problem| problem.settings.contains(&key)))
        };
        if at < fields.len() {
            events.append(&mut self.go(state, at));
        } else if let Some(at) = fields.iter().position(wrong) {
            self.visited.extend(fields);
            events.append(&mut self.go(state, at));
        } else {
            events.append(&mut self.go_on(state));
        }
        events
    }

    fn jump(&mut self, key: &'static str) -> Vec<Event> {
        let Some(step) = step_of(key) else {
            self.notice = Some(format!("The wizard has no field for {key}. Change it in the file."));
            return Vec::new();
        };
        if key == draft::RELEASE {
            self.start_view = StartView::Opened;
        }
        self.wanted = Some(key);
        vec![Event::StepChosen(step)]
    }

    /// Fixes the focused finding. Asks first if the repair would change something existing.
    fn fix(&mut self, state: &State) -> Vec<Event> {
        let asked = self.popup.take() == Some(Popup::Change);
        match self.focused_jump(state).cloned() {
            Some(Jump::Finding(Finding { repair: Some(Repair::SetPolicy { before: Some(_), .. }), .. })) if !asked => {
                self.open(Popup::Change)
            }
            Some(Jump::Finding(Finding { repair: Some(repair), .. })) => vec![Event::RepairAsked(repair)],
            Some(Jump::File(finding)) if !finding.edits.is_empty() => vec![Event::FixAsked(vec![finding])],
            _ => Vec::new(),
        }
    }

    /// Writes exactly the files that are shown. Asks first if the checks have not passed.
    fn write(&mut self, state: &State) -> Vec<Event> {
        let anyway = self.popup.take() == Some(Popup::WriteAnyway);
        match self.cache.fingerprint() {
            Some(fingerprint) if anyway || state.may_write() => vec![Event::WriteAsked { fingerprint, anyway }],
            Some(_) => self.open(Popup::WriteAnyway),
            None => {
                if let Some(key) = self.wrong(state) {
                    return self.jump(key);
                }
                self.notice = Some("Look at the files first, then write.".into());
                Vec::new()
            }
        }
    }

    /// Returns the first field with a problem that prevents the review.
    fn wrong(&self, state: &State) -> Option<&'static str> {
        match self.cache.preview() {
            Some(Err(Blocked::Problems(_))) => jump::first_problem(state),
            _ => None,
        }
    }
}

/// Returns the previous step that has something to ask.
fn before(state: &State) -> Option<Step> {
    std::iter::successors(state.step.before(), |step| step.before())
        .find(|step| !step.asks_settings() || !state.draft.visible(*step).is_empty())
}

impl fmt::Debug for Ui {
    /// Formats without the edit line, which may contain a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ui").field("page", &self.page).field("field", &self.field).finish_non_exhaustive()
    }
}
