//! Maps keys to actions, by focus. The same table makes the line of keys at the bottom. Does not know the state: other
//! code decides whether an action is available.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::wizard::field::FieldInput;

/// The kind of element that has the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// A line of text. Letters are text.
    Text,
    /// A line of text for a secret.
    Secret,
    /// A text whose value the arrow keys also change.
    Slider,
    /// A choice between a few words.
    Choice,
    /// A list that typing narrows.
    List,
    /// A text of several lines that the operator was given.
    Paste,
    /// The list of deployments.
    Deployments,
    /// The list of what can be changed in a deployment.
    ChangeList,
    /// The list of findings, in the files or of the checks.
    Findings,
    /// The difference that would be written.
    Changes,
    /// The page after a write.
    Done,
    /// A text to read and close.
    Page,
    /// The measurement of part sizes. Digits are the size of a file.
    Measure,
    /// The question about continuing an interrupted session.
    ContinueQuestion,
    /// The question about leaving without writing.
    LeaveQuestion,
    /// The question about writing although the checks have not passed.
    WriteQuestion,
    /// The question about changing something in the store that is in use.
    ChangeQuestion,
    /// The question about creating everything that is missing.
    CreateQuestion,
}

impl Focus {
    /// Returns the focus on a field with this input.
    #[must_use]
    pub fn of(input: FieldInput) -> Self {
        match input {
            FieldInput::Text => Self::Text,
            FieldInput::Secret => Self::Secret,
            FieldInput::Size => Self::Slider,
            FieldInput::Choice | FieldInput::None => Self::Choice,
            FieldInput::List => Self::List,
        }
    }
}

/// An action of the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Insert(char),
    DeleteBefore,
    DeleteAfter,
    DeleteWord,
    DeleteAll,
    CursorLeft,
    CursorRight,
    CursorStart,
    CursorEnd,
    /// Goes to the next field.
    Next,
    Previous,
    /// Goes to the next field, row or line.
    Down,
    Up,
    PageDown,
    PageUp,
    First,
    Last,
    /// Moves a slider or a choice by one step.
    More,
    Less,
    /// Enter: the most likely action in this place.
    Confirm,
    /// Opens this deployment to change its settings.
    Change,
    /// Opens this deployment to find out why it does not work.
    Troubleshoot,
    /// Opens this deployment to change its release.
    Upgrade,
    Back,
    Leave,
    /// Leaves without a question.
    ReallyLeave,
    Help,
    Reveal,
    /// Removes the typed answer.
    Undo,
    /// Runs the checks, or repeats them.
    Again,
    /// Repeats the checks and waits for silent servers as long as Score does.
    Longer,
    Stop,
    Fix,
    /// Applies another repair of the focused finding, by its place after the first.
    FixOtherwise(usize),
    /// Applies all fixes, or creates everything missing, without further answers.
    FixAll,
    /// Runs the checks with scratch objects.
    Prove,
    Evidence,
    /// Shows the effective value of each setting and its source.
    Values,
    Write,
    /// Shows the whole difference in the review, or what changes by key.
    WholeDifference,
    /// Measures part sizes on the store, or shows what was measured.
    Measure,
    /// Saves an answers file.
    Save,
    /// Copies the focused row to the clipboard of the terminal.
    Copy,
    /// Leaves the full screen and prints the text to copy, until a key returns.
    ShowAlone,
    /// Makes a URL to try from a client's machine.
    Link,
    /// Shows the permissions that the access key needs.
    Policy,
    /// Runs the checks, and reads the settings of the buckets.
    StoreSettings,
    /// Asks for other credentials, only for creating.
    Creator,
    Close,
}

/// One row of the table: the focus, the key, the action, and the hint for the key line, if any.
#[derive(Debug)]
pub struct KeyBinding {
    on: &'static [Focus],
    code: KeyCode,
    modifiers: KeyModifiers,
    pub action: Action,
    pub hint: Option<Hint>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hint {
    pub key: &'static str,
    /// The name of the key if the locale is not UTF-8.
    pub ascii: &'static str,
    pub word: &'static str,
}

const NONE: KeyModifiers = KeyModifiers::NONE;
const CTRL: KeyModifiers = KeyModifiers::CONTROL;

const TEXTS: &[Focus] = &[Focus::Text, Focus::Secret, Focus::Slider, Focus::List, Focus::Paste];
const LINES: &[Focus] = &[Focus::Text, Focus::Secret, Focus::List];
const FIELDS: &[Focus] = &[Focus::Text, Focus::Secret, Focus::Slider, Focus::Choice];
const FORM: &[Focus] = &[Focus::Text, Focus::Secret, Focus::Slider, Focus::Choice, Focus::List];
const STEPPED: &[Focus] = &[Focus::Slider, Focus::Choice];
const LISTS: &[Focus] =
    &[Focus::List, Focus::Deployments, Focus::ChangeList, Focus::Findings, Focus::Done, Focus::Changes, Focus::Page];
const READ: &[Focus] = &[Focus::Changes, Focus::Page];
/// The lists with one focused row and no edit line.
const ROWS: &[Focus] = &[Focus::Deployments, Focus::ChangeList, Focus::Findings, Focus::Done];
/// The places with the keys that open a deployment for another purpose.
const OPENED: &[Focus] = &[Focus::Choice, Focus::ChangeList, Focus::Findings];
const PLAIN: &[Focus] =
    &[Focus::Deployments, Focus::ChangeList, Focus::Choice, Focus::Findings, Focus::Changes, Focus::Done];
const STEPS: &[Focus] = &[
    Focus::Text,
    Focus::Secret,
    Focus::Slider,
    Focus::Choice,
    Focus::List,
    Focus::Paste,
    Focus::Deployments,
    Focus::ChangeList,
    Focus::Findings,
    Focus::Changes,
];
/// The places with a page of help.
const HELPED: &[Focus] = &[
    Focus::Text,
    Focus::Secret,
    Focus::Slider,
    Focus::Choice,
    Focus::List,
    Focus::Paste,
    Focus::Deployments,
    Focus::ChangeList,
    Focus::Findings,
    Focus::Changes,
    Focus::Done,
];
const ANYWHERE: &[Focus] = &[
    Focus::Text,
    Focus::Secret,
    Focus::Slider,
    Focus::Choice,
    Focus::List,
    Focus::Paste,
    Focus::Deployments,
    Focus::ChangeList,
    Focus::Findings,
    Focus::Changes,
    Focus::Done,
    Focus::Page,
    Focus::Measure,
];

const fn hidden(on: &'static [Focus], modifiers: KeyModifiers, code: KeyCode, action: Action) -> KeyBinding {
    KeyBinding { on, code, modifiers, action, hint: None }
}

const fn shown(
    on: &'static [Focus],
    modifiers: KeyModifiers,
    code: KeyCode,
    action: Action,
    [key, ascii, word]: [&'static str; 3],
) -> KeyBinding {
    KeyBinding { on, code, modifiers, action, hint: Some(Hint { key, ascii, word }) }
}

use KeyCode::{
    BackTab, Backspace, Char, Delete, Down, End, Enter, Esc, F, Home, Left, PageDown, PageUp, Right, Tab, Up,
};

/// The table of keys, in the order of the key line. The first row that fits a key applies.
#[rustfmt::skip]
pub static KEYS: &[KeyBinding] = &[
    // Questions come first: while one is asked, no other key applies.
    shown(&[Focus::ContinueQuestion], NONE, Enter, Action::Confirm, ["⏎", "Enter", "continue"]),
    shown(&[Focus::ContinueQuestion], NONE, Esc, Action::Close, ["Esc", "Esc", "start again"]),
    hidden(&[Focus::ContinueQuestion], CTRL, Char('c'), Action::ReallyLeave),
    shown(&[Focus::LeaveQuestion], NONE, Char('y'), Action::ReallyLeave, ["y", "y", "leave"]),
    hidden(&[Focus::LeaveQuestion], CTRL, Char('c'), Action::ReallyLeave),
    shown(&[Focus::LeaveQuestion], NONE, Esc, Action::Close, ["Esc", "Esc", "stay"]),
    hidden(&[Focus::LeaveQuestion], NONE, Char('n'), Action::Close),
    shown(&[Focus::WriteQuestion], NONE, Char('w'), Action::Write, ["w", "w", "write anyway"]),
    shown(&[Focus::WriteQuestion], NONE, Char('r'), Action::Again, ["r", "r", "check first"]),
    shown(&[Focus::WriteQuestion], NONE, Esc, Action::Close, ["Esc", "Esc", "do not write"]),
    hidden(&[Focus::WriteQuestion], CTRL, Char('c'), Action::ReallyLeave),
    shown(&[Focus::ChangeQuestion], NONE, Char('f'), Action::Fix, ["f", "f", "change it"]),
    shown(&[Focus::ChangeQuestion], NONE, Esc, Action::Close, ["Esc", "Esc", "leave it"]),
    hidden(&[Focus::ChangeQuestion], CTRL, Char('c'), Action::ReallyLeave),
    shown(&[Focus::CreateQuestion], NONE, Enter, Action::Confirm, ["⏎", "Enter", "create them"]),
    shown(&[Focus::CreateQuestion], NONE, Char('F'), Action::FixAll, ["F", "F", "create them"]),
    shown(&[Focus::CreateQuestion], NONE, Esc, Action::Close, ["Esc", "Esc", "create nothing"]),
    hidden(&[Focus::CreateQuestion], CTRL, Char('c'), Action::ReallyLeave),
    shown(&[Focus::Page], NONE, Enter, Action::Close, ["⏎", "Enter", "close"]),
    hidden(&[Focus::Page], NONE, Esc, Action::Close),
    hidden(&[Focus::Page], NONE, F(1), Action::Close),
    hidden(&[Focus::Page], CTRL, Char('g'), Action::Close),
    // The measurement.
    shown(&[Focus::Measure], NONE, Enter, Action::Confirm, ["⏎", "Enter", "take it"]),
    shown(&[Focus::Measure], NONE, Char('x'), Action::Stop, ["x", "x", "stop"]),
    shown(&[Focus::Measure], NONE, Esc, Action::Close, ["Esc", "Esc", "close"]),
    shown(&[Focus::Measure], NONE, Char('m'), Action::Measure, ["m", "m", "measure again"]),
    shown(&[Focus::Measure], NONE, Down, Action::Down, ["↑↓", "Up/Down", "scroll"]),
    hidden(&[Focus::Measure], NONE, Up, Action::Up),
    shown(&[Focus::Measure], NONE, Right, Action::More, ["←→", "Left/Right", "file size"]),
    hidden(&[Focus::Measure], NONE, Left, Action::Less),
    hidden(&[Focus::Measure], NONE, Backspace, Action::DeleteBefore),
    // A text that the operator was given.
    shown(&[Focus::Paste], NONE, Enter, Action::Confirm, ["⏎", "Enter", "take it"]),
    shown(&[Focus::Paste], NONE, Down, Action::Down, ["↑↓", "Up/Down", "choose"]),
    hidden(&[Focus::Paste], NONE, Up, Action::Up),
    shown(&[Focus::Paste], CTRL, Char('u'), Action::DeleteAll, ["^U", "^U", "clear"]),
    // Fields.
    shown(FIELDS, NONE, Enter, Action::Confirm, ["⏎", "Enter", "next"]),
    shown(&[Focus::List], NONE, Enter, Action::Confirm, ["⏎", "Enter", "choose"]),
    shown(&[Focus::List], NONE, Down, Action::Down, ["↑↓", "Up/Down", "move"]),
    hidden(&[Focus::List], NONE, Up, Action::Up),
    shown(STEPPED, NONE, Right, Action::More, ["←→", "Left/Right", "change"]),
    hidden(STEPPED, NONE, Left, Action::Less),
    hidden(&[Focus::Choice], NONE, Char(' '), Action::More),
    // In a size, m is a letter of the unit.
    shown(&[Focus::Text, Focus::Slider], CTRL, Char('k'), Action::Measure, ["^K", "^K", "measure"]),
    shown(&[Focus::Choice], NONE, Char('m'), Action::Measure, ["m", "m", "measure"]),
    shown(FORM, CTRL, Char('f'), Action::Fix, ["^F", "^F", "fix"]),
    hidden(FORM, NONE, Tab, Action::Next),
    hidden(FIELDS, NONE, Down, Action::Next),
    hidden(FIELDS, NONE, Up, Action::Previous),
    shown(&[Focus::Secret], CTRL, Char('r'), Action::Reveal, ["^R", "^R", "reveal"]),
    hidden(TEXTS, NONE, Backspace, Action::DeleteBefore),
    hidden(TEXTS, CTRL, Char('h'), Action::DeleteBefore),
    hidden(TEXTS, NONE, Delete, Action::DeleteAfter),
    hidden(TEXTS, CTRL, Char('w'), Action::DeleteWord),
    hidden(TEXTS, CTRL, Char('u'), Action::DeleteAll),
    hidden(LINES, NONE, Left, Action::CursorLeft),
    hidden(LINES, NONE, Right, Action::CursorRight),
    hidden(TEXTS, NONE, Home, Action::CursorStart),
    hidden(TEXTS, CTRL, Char('a'), Action::CursorStart),
    hidden(TEXTS, NONE, End, Action::CursorEnd),
    hidden(TEXTS, CTRL, Char('e'), Action::CursorEnd),
    // Deployments.
    shown(&[Focus::Deployments], NONE, Enter, Action::Confirm, ["⏎", "Enter", "open"]),
    shown(&[Focus::Deployments], NONE, Char('c'), Action::Change, ["c", "c", "change"]),
    shown(&[Focus::Deployments], NONE, Char('t'), Action::Troubleshoot, ["t", "t", "troubleshoot"]),
    shown(&[Focus::Deployments], NONE, Char('u'), Action::Upgrade, ["u", "u", "upgrade"]),
    hidden(&[Focus::Deployments], NONE, Char('r'), Action::Again),
    shown(&[Focus::ChangeList], NONE, Enter, Action::Confirm, ["⏎", "Enter", "change it"]),
    // Findings.
    shown(&[Focus::Findings], NONE, Enter, Action::Confirm, ["⏎", "Enter", "change"]),
    shown(&[Focus::Findings], NONE, Char('f'), Action::Fix, ["f", "f", "fix"]),
    hidden(&[Focus::Findings], NONE, Char('2'), Action::FixOtherwise(0)),
    hidden(&[Focus::Findings], NONE, Char('3'), Action::FixOtherwise(1)),
    shown(&[Focus::Findings], NONE, Char('F'), Action::FixAll, ["F", "F", "create missing"]),
    shown(&[Focus::Findings], NONE, Char('p'), Action::Prove, ["p", "p", "prove uploads"]),
    shown(&[Focus::Findings], NONE, Char('e'), Action::Evidence, ["e", "e", "evidence"]),
    shown(&[Focus::Findings], NONE, Char('r'), Action::Again, ["r", "r", "again"]),
    shown(&[Focus::Findings], NONE, Char('l'), Action::Longer, ["l", "l", "wait longer"]),
    shown(&[Focus::Findings], NONE, Char('x'), Action::Stop, ["x", "x", "stop"]),
    // The page after a write.
    shown(&[Focus::Done], NONE, Enter, Action::Confirm, ["⏎", "Enter", "leave"]),
    hidden(&[Focus::Done], NONE, Esc, Action::Confirm),
    shown(&[Focus::Done], NONE, Char('r'), Action::Again, ["r", "r", "check again"]),
    shown(&[Focus::Done, Focus::Page], NONE, Char('s'), Action::ShowAlone, ["s", "s", "show alone"]),
    shown(&[Focus::Done], NONE, Char('A'), Action::Save, ["A", "A", "record"]),
    shown(&[Focus::Done, Focus::Page], NONE, Char('y'), Action::Copy, ["y", "y", "copy"]),
    // Rows.
    hidden(ROWS, NONE, Down, Action::Down),
    hidden(ROWS, NONE, Char('j'), Action::Down),
    hidden(ROWS, NONE, Char('k'), Action::Up),
    hidden(&[Focus::Deployments, Focus::ChangeList, Focus::Done], NONE, Tab, Action::Next),
    hidden(ROWS, NONE, Up, Action::Up),
    hidden(ROWS, NONE, BackTab, Action::Previous),
    // Pages to read.
    shown(&[Focus::Changes], NONE, Char('w'), Action::Write, ["w", "w", "write"]),
    shown(&[Focus::Changes], NONE, Char('d'), Action::WholeDifference, ["d", "d", "whole difference"]),
    shown(&[Focus::Changes], NONE, Tab, Action::Next, ["⇥", "Tab", "next file"]),
    hidden(&[Focus::Changes], NONE, BackTab, Action::Previous),
    shown(READ, NONE, Down, Action::Down, ["↑↓", "Up/Down", "scroll"]),
    hidden(READ, NONE, Up, Action::Up),
    hidden(READ, NONE, Char('j'), Action::Down),
    hidden(READ, NONE, Char('k'), Action::Up),
    hidden(READ, NONE, Char(' '), Action::PageDown),
    hidden(ANYWHERE, NONE, PageDown, Action::PageDown),
    hidden(ANYWHERE, NONE, PageUp, Action::PageUp),
    hidden(READ, NONE, Home, Action::First),
    hidden(READ, NONE, End, Action::Last),
    // Everywhere.
    shown(HELPED, CTRL, Char('g'), Action::Help, ["^G", "^G", "keys"]),
    hidden(HELPED, NONE, F(1), Action::Help),
    hidden(PLAIN, NONE, Char('?'), Action::Help),
    hidden(PLAIN, NONE, Char('q'), Action::Leave),
    shown(STEPS, NONE, Esc, Action::Back, ["Esc", "Esc", "back"]),
    hidden(LISTS, CTRL, Char('n'), Action::Down),
    hidden(LISTS, CTRL, Char('p'), Action::Up),
    hidden(FIELDS, CTRL, Char('n'), Action::Next),
    hidden(FIELDS, CTRL, Char('p'), Action::Previous),
    shown(FORM, NONE, BackTab, Action::Previous, ["⇧⇥", "S-Tab", "previous"]),
    shown(FORM, CTRL, Char('o'), Action::Link, ["^O", "^O", "try from a client"]),
    shown(FIELDS, CTRL, Char('t'), Action::Undo, ["^T", "^T", "restore"]),
    shown(&[Focus::Findings, Focus::Done], NONE, Char('o'), Action::Link, ["o", "o", "try from a client"]),
    shown(&[Focus::Findings], NONE, Char('i'), Action::Creator, ["i", "i", "other keys"]),
    shown(&[Focus::Findings], NONE, Char('a'), Action::Policy, ["a", "a", "IAM policy"]),
    shown(&[Focus::Findings], NONE, Char('b'), Action::StoreSettings, ["b", "b", "buckets"]),
    shown(OPENED, NONE, Char('c'), Action::Change, ["c", "c", "settings"]),
    shown(OPENED, NONE, Char('t'), Action::Troubleshoot, ["t", "t", "test"]),
    shown(OPENED, NONE, Char('u'), Action::Upgrade, ["u", "u", "upgrade"]),
    shown(PLAIN, NONE, Char('v'), Action::Values, ["v", "v", "values"]),
    shown(&[Focus::Findings], NONE, Tab, Action::Next, ["⇥", "Tab", "next row"]),
    hidden(STEPS, NONE, F(2), Action::Values),
    hidden(ANYWHERE, CTRL, Char('c'), Action::ReallyLeave),
];

/// The keys that mean the same in every place, for the page of help.
pub static EVERYWHERE: [(&str, &str); 1] = [("^C", "leave at once")];

/// Returns true for Ctrl-Z, which suspends the program as usual.
#[must_use]
pub fn suspends(key: KeyEvent) -> bool {
    key.kind != KeyEventKind::Release && key.code == Char('z') && key.modifiers == CTRL
}

/// Returns true for a key that returns from a text that was printed alone.
#[must_use]
pub fn returns(key: KeyEvent) -> bool {
    key.kind != KeyEventKind::Release && matches!(key.code, Enter | Esc | Char('q'))
}

/// Returns true for Ctrl-C.
#[must_use]
pub fn leaves(key: KeyEvent) -> bool {
    key.kind != KeyEventKind::Release && key.code == Char('c') && key.modifiers == CTRL
}

/// Returns the action of a key for this focus, if any.
#[must_use]
pub fn action(focus: Focus, key: KeyEvent) -> Option<Action> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    // Terminals differ in whether they report the shift of a capital or of a back tab.
    let modifiers = key.modifiers - KeyModifiers::SHIFT;
    let bound = KEYS
        .iter()
        .find(|binding| binding.on.contains(&focus) && binding.code == key.code && binding.modifiers == modifiers);
    match (bound, key.code) {
        (Some(binding), _) => Some(binding.action),
        (None, Char(letter)) if TEXTS.contains(&focus) && modifiers.is_empty() => Some(Action::Insert(letter)),
        (None, Char(digit @ '0'..='9')) if focus == Focus::Measure => Some(Action::Insert(digit)),
        _ => None,
    }
}

/// Returns the hints for the key line.
pub fn hints(focus: Focus) -> impl Iterator<Item = (Action, Hint)> {
    KEYS.iter().filter(move |binding| binding.on.contains(&focus)).filter_map(|row| Some((row.action, row.hint?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Focus; 18] = [
        Focus::ContinueQuestion,
        Focus::Paste,
        Focus::Text,
        Focus::Secret,
        Focus::Slider,
        Focus::Choice,
        Focus::List,
        Focus::Deployments,
        Focus::ChangeList,
        Focus::Findings,
        Focus::Changes,
        Focus::Done,
        Focus::Page,
        Focus::Measure,
        Focus::LeaveQuestion,
        Focus::WriteQuestion,
        Focus::ChangeQuestion,
        Focus::CreateQuestion,
    ];

    fn press(focus: Focus, code: KeyCode) -> Option<Action> {
        action(focus, KeyEvent::new(code, NONE))
    }

    #[test]
    fn letters_are_text_while_a_text_has_the_focus() {
        for letter in ('a'..='z').chain('A'..='Z').chain([' ', 'é']) {
            for focus in TEXTS {
                assert_eq!(press(*focus, Char(letter)), Some(Action::Insert(letter)), "{focus:?}");
            }
        }
    }

    #[test]
    fn one_letter_means_one_thing_wherever_it_means_anything() {
        // The question about leaving is left out: there, `y` means yes.
        let places = |focus: &Focus| !TEXTS.contains(focus) && *focus != Focus::LeaveQuestion;
        for letter in ('a'..='z').chain('A'..='Z') {
            let mut meanings: Vec<_> =
                ALL.into_iter().filter(places).filter_map(|focus| press(focus, Char(letter))).collect();
            meanings.dedup();
            assert!(meanings.len() <= 1, "{letter}: {meanings:?}");
        }
    }

    #[test]
    fn no_row_is_hidden_behind_an_earlier_one() {
        for (at, row) in KEYS.iter().enumerate() {
            for focus in row.on {
                let first = KEYS.iter().position(|other| {
                    other.on.contains(focus) && other.code == row.code && other.modifiers == row.modifiers
                });
                let same = first.is_some_and(|first| first == at || KEYS[first].action == row.action);
                assert!(same, "{focus:?} {:?}", row.code);
            }
        }
    }

    #[test]
    fn every_place_can_be_left_by_a_key_that_is_told() {
        for focus in ALL {
            let out = [Action::Back, Action::Close, Action::Confirm];
            assert!(hints(focus).any(|(action, _)| out.contains(&action)), "{focus:?}");
        }
    }

    #[test]
    fn a_released_key_and_an_unknown_one_mean_nothing() {
        let mut released = KeyEvent::new(Char('c'), CTRL);
        released.kind = KeyEventKind::Release;
        assert_eq!(action(Focus::Text, released), None);
        assert_eq!(press(Focus::Text, F(12)), None);
        assert_eq!(action(Focus::Text, KeyEvent::new(Char('x'), KeyModifiers::ALT)), None);
    }
}
