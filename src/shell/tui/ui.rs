//! Holds the state of the screen: the focus, the edit line, the open popup. Converts actions to events. Decides nothing
//! about answers, checks or files.

mod cache;
mod follow;
mod jump;
mod measure;
mod offer;
mod paste;
mod receipt;
mod repair;
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
    paste::PasteBox,
    start::{ChangeRow, DeploymentRow, StartView, deployment_rows},
};
use super::keys::{Action, Focus};
use crate::{
    answers::draft,
    score::Step,
    store::{checks::CheckId, probe::Route},
    wizard::{
        Blocked, Event, Lesson, Purpose, Standing, State,
        field::{Field, FieldInput, step_of},
        flow,
    },
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
    /// Everything missing, before it is created.
    Create,
    /// Other credentials, only for creating.
    Creator,
    /// A URL to copy to a client's machine.
    Link,
    /// The permissions that the key needs, to copy.
    Policy,
    /// The effective value of each setting.
    Values,
    /// The measurement of part sizes.
    Measure,
    /// The current fault of the sandbox, with the page that explains it.
    Lesson,
}

/// The field that Enter took, or `None` for the whole page.
#[derive(Debug, Clone, Copy)]
struct Taken {
    after: Option<Field>,
}

/// The place that a jump to a field left, and the entry that led there.
#[derive(Debug, Clone)]
struct JumpedFrom {
    step: Step,
    row: usize,
    entry: Option<Jump>,
}

/// A row after all others. Drawing limits it to the last one.
const LAST: usize = usize::MAX;

/// The time that a secret stays shown.
const SHOWN: Duration = Duration::from_secs(10);

/// The longest answer, in bytes. A longer one is probably a wrong clipboard, and every key in such a line would be slow.
const LONGEST_ANSWER: usize = 8192;

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not the states of one machine")]
pub struct Ui {
    /// The focused field, and its page.
    field: Option<Field>,
    page: Option<(Step, bool, StartView)>,
    /// The pages whose folded fields are shown.
    unfolded: Vec<Step>,
    /// The place that Enter took. The focus goes on from it after the events of the key.
    taken: Option<Taken>,
    /// The steps that Enter left, for Esc.
    trail: Vec<Step>,
    /// The place that a jump left.
    back: Option<JumpedFrom>,
    /// The visible view of the first page.
    pub start_view: StartView,
    /// True if the open deployment was opened to change its settings.
    lists_changes: bool,
    /// The required fields that Enter found empty. The next Enter goes on without them.
    passed: Vec<Field>,
    /// The field whose text the next typed letter replaces.
    replaces: Option<Field>,
    /// True until the field is shown that a finding led to.
    jumped: bool,
    /// The path of the deployment that was opened last, and whether it was read.
    path: PathBuf,
    read: bool,
    /// The edit line, and its field.
    pub input: Input,
    loaded: Option<Field>,
    /// The answer in the state when the edit line was loaded or last changed.
    known: Zeroizing<String>,
    /// The row of the answer in the list of that field, in the state at that time.
    known_row: usize,
    pub reveal: bool,
    /// The time since which the secret is shown.
    revealed: Option<Instant>,
    pub popup: Option<Popup>,
    /// True if Enter opened the evidence. Closing it goes on to the next row.
    reads_on: bool,
    /// The focused row of a list or of the findings.
    pub row: usize,
    /// The index of the file that the review shows.
    pub file: usize,
    /// True if the review shows the whole difference, and not only what changes by key.
    pub whole_difference: bool,
    /// The digits of a file size in GiB, for the calculator.
    file_size: Option<u64>,
    /// The text for the terminal's clipboard.
    pub copied: Option<String>,
    /// The text to print without the full screen.
    pub alone: Option<String>,
    /// The first visible line of the page, and of the popup.
    pub scroll: usize,
    pub popup_scroll: usize,
    /// The text that the operator was given.
    pub paste_box: PasteBox,
    /// A message about the last key, shown until the next key.
    pub notice: Option<String>,
    /// The field to focus as soon as its step is shown.
    wanted: Option<&'static str>,
    /// True until the deployment of a continued session is read. Then the first missing answer gets the focus.
    continues: bool,
    /// Fields that were left at least once. Their problems are shown from then on.
    pub visited: Vec<Field>,
    /// The fault of the sandbox that was explained last, and whether its checks had run. `None` before the welcome.
    explained: Option<(Option<Lesson>, bool)>,
    pub cache: Cache,
    /// The access key for creating, once it is typed.
    pub creator: Option<String>,
    /// The number of the run in progress, and the time when its beginning was seen.
    begun: Option<(u64, Instant)>,
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
            Some(Popup::Create) => return Focus::CreateQuestion,
            Some(Popup::Creator) => return if self.creator.is_none() { Focus::Text } else { Focus::Secret },
            Some(Popup::Help | Popup::Evidence | Popup::Link | Popup::Policy | Popup::Values | Popup::Lesson) => {
                return Focus::Page;
            }
            Some(Popup::Measure) => return Focus::Measure,
            None => {}
        }
        if state.trouble.is_some() {
            return Focus::Page;
        }
        if state.offered().is_some() {
            return Focus::ContinueQuestion;
        }
        self.focus_below(state)
    }

    /// Returns the focus on the page, below popups and questions.
    #[must_use]
    pub fn focus_below(&self, state: &State) -> Focus {
        if state.receipt.is_some() {
            return Focus::Done;
        }
        match state.step {
            Step::Where if self.start_view == StartView::Deployments => Focus::Deployments,
            Step::Where if self.start_view == StartView::Files => Focus::Findings,
            Step::Where if self.start_view == StartView::Changes => Focus::ChangeList,
            Step::Where if self.start_view == StartView::Paste => Focus::Paste,
            Step::Checks => Focus::Findings,
            Step::Review if self.unwritable() => Focus::Findings,
            Step::Review => Focus::Changes,
            _ => match self.field(state) {
                Some(Field::Setting(setting)) if state.draft.hides(setting) => Focus::Secret,
                field => field.map_or(Focus::Choice, |field| Focus::of(field.input())),
            },
        }
    }

    /// Returns the focused field, if the page has fields.
    #[must_use]
    pub fn field(&self, state: &State) -> Option<Field> {
        self.fields(state).get(self.at(state)).copied()
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

    /// Applies an action and returns its events.
    pub fn act(&mut self, action: Action, state: &State) -> Vec<Event> {
        self.notice = None;
        // The keys act as the line of keys promises. Writing says what is missing.
        if !self.offers(action, state) && action != Action::Write {
            return Vec::new();
        }
        let focus = self.focus(state);
        if focus == Focus::Measure
            && let Some(events) = self.act_on_measurement(action, state)
        {
            return events;
        }
        if self.popup == Some(Popup::Creator)
            && let Some(events) = self.act_on_creator(action, state)
        {
            return events;
        }
        if focus == Focus::Paste
            && let Some(events) = self.act_on_paste(action, state)
        {
            return events;
        }
        match action {
            Action::Creator => self.ask_creator(),
            Action::Measure => self.open(Popup::Measure),
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
            Action::Next => self.turn_row(focus, state, true),
            Action::Previous => self.turn_row(focus, state, false),
            Action::Down => self.move_by(focus, 1),
            Action::Up => self.move_by(focus, -1),
            Action::PageDown => self.move_by(focus, 10),
            Action::PageUp => self.move_by(focus, -10),
            Action::First => self.move_by(focus, isize::MIN),
            Action::Last => self.move_by(focus, isize::MAX),
            Action::More => self.field(state).map_or_else(Vec::new, |field| field.stepped(state, true)),
            Action::Less => self.field(state).map_or_else(Vec::new, |field| field.stepped(state, false)),
            Action::Confirm => self.confirm(focus, state),
            Action::Change => self.open_for(Purpose::Reconfigure, state),
            Action::Troubleshoot => self.open_for(Purpose::Troubleshoot, state),
            Action::Upgrade => self.open_for(Purpose::Upgrade, state),
            Action::Back => self.step_back(state),
            Action::Leave => self.leave(state),
            Action::ReallyLeave => vec![Event::LeaveAsked],
            Action::Help => self.open(Popup::Help),
            Action::Evidence => self.open(Popup::Evidence),
            Action::Reveal => {
                self.reveal = !self.reveal;
                Vec::new()
            }
            Action::Undo => self.field(state).and_then(Field::key).map(Event::AnswerRemoved).into_iter().collect(),
            Action::Again if focus == Focus::Deployments => vec![Event::LookAsked],
            // The page after a write is left for the checks.
            Action::Again if focus == Focus::Done => vec![Event::StepChosen(Step::Checks), Event::CheckAsked],
            Action::Again => vec![Event::CheckAsked],
            Action::Prove => vec![Event::ProveAsked],
            Action::Longer | Action::StoreSettings => wider_check(action, state),
            Action::Stop => vec![Event::StopAsked],
            Action::Fix => self.fix(state),
            Action::FixOtherwise(at) => self.fix_otherwise(at, state),
            Action::FixAll => self.fix_all(state),
            Action::WholeDifference => self.turn_difference(),
            Action::Values => self.open(Popup::Values),
            Action::Save => vec![Event::SaveAsked],
            Action::Copy => self.copy(state),
            Action::ShowAlone => self.show_alone(state),
            Action::Write => self.write(state),
            Action::Link => {
                self.open(Popup::Link);
                vec![Event::LinkAsked]
            }
            Action::Policy => self.open(Popup::Policy),
            Action::Close => match self.popup.take() {
                Some(_) => {
                    self.row = self.row.saturating_add(usize::from(std::mem::take(&mut self.reads_on)));
                    Vec::new()
                }
                None if focus == Focus::ContinueQuestion => vec![Event::ContinueChosen(false)],
                None => vec![Event::TroubleDismissed],
            },
        }
    }

    /// Inserts text at the cursor as one change, up to the longest answer.
    pub fn type_text(&mut self, text: &str, state: &State) -> Vec<Event> {
        self.notice = None;
        if self.focus(state) == Focus::Paste {
            return self.insert_pasted(text, false);
        }
        let room = LONGEST_ANSWER.saturating_sub(self.input.value().len());
        let end = text.char_indices().map(|(at, letter)| at + letter.len_utf8()).take_while(|end| *end <= room).last();
        let (typed, rest) = text.split_at(end.unwrap_or(0));
        if !rest.is_empty() {
            self.notice =
                Some(format!("An answer has at most {LONGEST_ANSWER} characters. The rest of the input is ignored."));
        }
        if typed.is_empty() {
            return Vec::new();
        }
        if self.replaces.take().is_some_and(|field| self.field(state) == Some(field)) {
            drop(Zeroizing::new(self.input.value_and_reset()));
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

    fn at(&self, state: &State) -> usize {
        self.field.and_then(|field| self.fields(state).iter().position(|other| *other == field)).unwrap_or(0)
    }

    /// Goes one step back: to the place that a jump left, to the previous view, to the page that Enter left, or to the
    /// previous page.
    fn step_back(&mut self, state: &State) -> Vec<Event> {
        if let Some(back) = &mut self.back {
            // The entry that led away stays the focused one.
            back.entry = None;
            let step = back.step;
            return self.leave_for(Some(step), state);
        }
        if let Some(events) = self.turn_start_view(false, state) {
            return events;
        }
        self.trail.retain(|step| *step < state.step);
        match self.trail.pop().or_else(|| before(state)) {
            Some(step) => self.leave_for(Some(step), state),
            None => self.leave(state),
        }
    }

    /// Leaves. Asks first only if leaving would lose something.
    fn leave(&mut self, state: &State) -> Vec<Event> {
        if state.would_lose() { self.open(Popup::Leave) } else { vec![Event::LeaveAsked] }
    }

    fn open(&mut self, popup: Popup) -> Vec<Event> {
        self.popup = Some(popup);
        self.popup_scroll = 0;
        self.reads_on = false;
        Vec::new()
    }

    /// Shows the evidence of a finding that Enter cannot change otherwise.
    fn read_evidence(&mut self) -> Vec<Event> {
        self.open(Popup::Evidence);
        self.reads_on = true;
        Vec::new()
    }

    fn edit(&mut self, state: &State, request: InputRequest) -> Vec<Event> {
        self.replaces = None;
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

    /// Goes to the next or previous row or field. From the last or first finding, goes to the next or previous page.
    fn turn_row(&mut self, focus: Focus, state: &State, forth: bool) -> Vec<Event> {
        match focus {
            Focus::Deployments | Focus::ChangeList | Focus::Done => self.move_by(focus, if forth { 1 } else { -1 }),
            Focus::Findings if forth && !self.on_last_row(state) => self.move_by(focus, 1),
            Focus::Findings if !forth && self.row > 0 && self.jumps(state).len() > 1 => self.move_by(focus, -1),
            _ => self.turn_field(state, forth),
        }
    }

    /// Goes to the next or previous field, and from the last or first one to the next or previous page.
    fn turn_field(&mut self, state: &State, forth: bool) -> Vec<Event> {
        let at = if forth { self.at(state).checked_add(1) } else { self.at(state).checked_sub(1) };
        if let Some(field) = at.and_then(|at| self.fields(state).get(at).copied()) {
            let said = self.said_by_leaving(state);
            self.field = Some(field);
            return said;
        }
        if !forth {
            return self.leave_for(before(state), state);
        }
        match self.turn_start_view(true, state) {
            Some(events) => events,
            None if state.step == Step::Where && state.deployment.is_none() => Vec::new(),
            None => self.leave_for(state.step.next(), state),
        }
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

    /// Goes on: to the next view of the first page, or to the next place that needs an answer.
    fn go_on(&mut self, after: Option<Field>, state: &State) -> Vec<Event> {
        let next = state.next_needed(after);
        let leaves = next.step != state.step || next.field.is_none();
        if leaves
            && self.back.is_none()
            && let Some(events) = self.turn_start_view(true, state)
        {
            return events;
        }
        self.taken = Some(Taken { after });
        if state.doubts(after) && self.back.is_none() {
            self.replaces = after.filter(|_| !self.input.value().is_empty());
            self.notice = Some("Type or paste the key again, or press Enter to go on with this one.".into());
        }
        let mut events = self.said_by_leaving(state);
        events.push(Event::WentOn { after, back: self.back.as_ref().map(|back| back.step) });
        events
    }

    /// Shows another file in the review.
    fn turn_file(&mut self, by: isize) -> Vec<Event> {
        let files = self.changes().max(1);
        self.file = (self.file.min(files - 1) + files).saturating_add_signed(by) % files;
        self.scroll = 0;
        Vec::new()
    }

    /// Shows the whole difference in the review, or what changes by key.
    fn turn_difference(&mut self) -> Vec<Event> {
        self.whole_difference = !self.whole_difference;
        self.scroll = 0;
        Vec::new()
    }

    fn move_by(&mut self, focus: Focus, by: isize) -> Vec<Event> {
        let place = match focus {
            Focus::Page
            | Focus::Measure
            | Focus::LeaveQuestion
            | Focus::WriteQuestion
            | Focus::ChangeQuestion
            | Focus::CreateQuestion => &mut self.popup_scroll,
            Focus::Findings | Focus::List | Focus::Deployments | Focus::ChangeList | Focus::Done | Focus::Paste => {
                &mut self.row
            }
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
            Focus::ChangeList => self.choose_change(state),
            Focus::Findings => match self.focused_jump(state) {
                Some(Jump::Continue(_)) => self.go_on(None, state),
                Some(jump) => match jump.field() {
                    Some(key) => self.jump(key, state),
                    // No field changes this finding, so Enter shows its evidence.
                    None => self.read_evidence(),
                },
                None => Vec::new(),
            },
            Focus::ContinueQuestion => {
                self.continues = true;
                vec![Event::ContinueChosen(true)]
            }
            Focus::Done => vec![Event::LeaveAsked],
            Focus::CreateQuestion => self.create_missing(),
            Focus::Changes
            | Focus::Page
            | Focus::Measure
            | Focus::LeaveQuestion
            | Focus::WriteQuestion
            | Focus::ChangeQuestion => Vec::new(),
            _ => self.confirm_field(state),
        }
    }

    /// Takes the answer of the field and goes on to the next one that is needed.
    fn confirm_field(&mut self, state: &State) -> Vec<Event> {
        let Some(field) = self.field(state) else { return self.go_on(None, state) };
        if field == Field::More {
            self.field = flow::folded(state, state.step).first().copied();
            self.unfolded.push(state.step);
            self.follow_page(state);
            return Vec::new();
        }
        let asks = self.back.is_none() && field.required(state) && self.input.value().trim().is_empty();
        if asks && !self.passed.contains(&field) {
            self.passed.push(field);
            self.notice = Some(format!("{} is required. Enter again goes on without it.", field.label()));
            return Vec::new();
        }
        let mut events = field.chosen(self.input.value(), self.row, state);
        events.extend(field.postponed(self.input.value(), state));
        if field.input() == FieldInput::List && events.is_empty() && !field.passes(self.input.value(), state) {
            self.notice = Some("No entry contains the typed text.".into());
            return events;
        }
        if let [Event::ProviderChosen(provider)] = events[..] {
            if provider.unusable().is_some() {
                self.notice = Some(format!("{} does not work with Score.", provider.name));
                return Vec::new();
            }
            if state.draft.release.is_some_and(|release| provider.refused_by(release).is_some()) {
                let instead = state.release_for(provider);
                let instead = instead.map_or_else(String::new, |release| format!(" ^F chooses Score {release}."));
                self.notice = Some(format!("{} does not work with this release of Score.{instead}", provider.name));
                return Vec::new();
            }
        }
        events.append(&mut self.go_on(Some(field), state));
        events
    }

    /// Goes to a field. Enter returns from there.
    fn jump(&mut self, key: &'static str, state: &State) -> Vec<Event> {
        let Some(step) = step_of(key) else {
            self.notice = Some(format!("The wizard has no field for {key}. Change it in the file."));
            return Vec::new();
        };
        if key == draft::RELEASE {
            self.start_view = StartView::Opened;
        }
        (self.wanted, self.jumped) = (Some(key), true);
        let from = JumpedFrom { step: state.step, row: self.row, entry: self.focused_jump(state).cloned() };
        self.back = (step != state.step).then_some(from);
        vec![Event::StepChosen(step)]
    }

    /// Writes exactly the files that are shown. Asks first if the checks have not passed, or if objects are left behind.
    fn write(&mut self, state: &State) -> Vec<Event> {
        let anyway = self.popup.take() == Some(Popup::WriteAnyway);
        match self.cache.fingerprint() {
            Some(fingerprint) if anyway || state.writes_unasked() => vec![Event::WriteAsked { fingerprint, anyway }],
            Some(_) => self.open(Popup::WriteAnyway),
            None => {
                self.notice = Some("Look at the files first, then write.".into());
                Vec::new()
            }
        }
    }

    /// Returns true on the review while answers are missing or wrong.
    fn unwritable(&self) -> bool {
        matches!(self.cache.preview(), Some(Err(Blocked::Problems(_))))
    }
}

/// Runs the checks again: for as long as Score waits, or with the settings of the buckets.
fn wider_check(action: Action, state: &State) -> Vec<Event> {
    let wider = match action {
        Action::StoreSettings => Event::StoreSettingsChosen(true),
        _ => Event::RouteChosen(Route { patient: true, ..state.route.clone() }),
    };
    vec![wider, Event::CheckAsked]
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
