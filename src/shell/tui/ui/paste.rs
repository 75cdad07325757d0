//! Controls the page for pasting what the operator was given: the text, what is understood of it, and Enter.

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

use super::{LONGEST_ANSWER, StartView, Ui};
use crate::{
    answers::{
        draft,
        pasted::{self, LONGEST, PASTED, PasteCandidate, PasteError, one_line_end, several},
    },
    shell::tui::keys::{Action, Focus},
    text::secret::Secret,
    wizard::{Event, Purpose, State},
};

/// The text on the page, and what is understood of it.
#[derive(Default)]
pub struct PasteBox {
    text: Zeroizing<String>,
    /// True if the end of the text was pasted, so that Enter takes it. A typed line ends with Enter.
    whole: bool,
    understood: Option<Result<Vec<PasteCandidate>, PasteError>>,
}

impl fmt::Debug for PasteBox {
    /// Formats without the text, which may contain a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasteBox").field("whole", &self.whole).finish_non_exhaustive()
    }
}

impl PasteBox {
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns true if the next Enter takes the text.
    #[must_use]
    pub fn ends(&self) -> bool {
        self.whole || self.text.is_empty() || self.text.ends_with('\n')
    }

    /// Returns the candidates, or the reason why there are none. `None` for an empty text.
    #[must_use]
    pub fn understood(&self) -> Option<&Result<Vec<PasteCandidate>, PasteError>> {
        self.understood.as_ref()
    }

    fn insert(&mut self, text: &str, whole: bool) {
        if self.text.capacity() == 0 {
            // The text never grows beyond this capacity, so no copy of a secret stays behind.
            self.text.reserve_exact(LONGEST + 1);
        }
        let room = LONGEST.saturating_sub(self.text.len());
        let end = text.char_indices().map(|(at, letter)| at + letter.len_utf8()).take_while(|end| *end <= room).last();
        self.text.extend(one_line_end(&text[..end.unwrap_or(0)]).chars().filter(|letter| *letter != '\0'));
        self.whole = whole;
        self.read();
    }

    fn read(&mut self) {
        let blank = self.text.trim().is_empty();
        self.understood = (!blank).then(|| pasted::read(&Secret::new(self.text.as_str())));
    }

    fn clear(&mut self) {
        self.text.zeroize();
        *self = Self::default();
    }
}

impl Ui {
    /// Inserts pasted text as one event. Removes line breaks and control characters, because a field is one line.
    pub fn paste(&mut self, text: &str, state: &State) -> Vec<Event> {
        self.notice = None;
        if self.focus(state) == Focus::Paste {
            return self.insert_pasted(text, true);
        }
        if self.focus(state) == Focus::Deployments {
            let events = self.open_paste();
            self.insert_pasted(text, true);
            return events;
        }
        if !matches!(self.focus(state), Focus::Text | Focus::Secret | Focus::Slider | Focus::List) {
            return Vec::new();
        }
        if text.len() > LONGEST_ANSWER {
            self.notice = Some(format!("The pasted text was ignored. No answer has {} characters.", text.len()));
            return Vec::new();
        }
        if let Some(events) = self.take_several(text, state) {
            return events;
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

    /// Takes the answers of a text that names its parts, so that no secret in it is shown. `None` if it is a plain answer.
    fn take_several(&mut self, text: &str, state: &State) -> Option<Vec<Event>> {
        let pasted = several(text).filter(|_| self.popup.is_none())?;
        let (said, events) = match pasted {
            Err(why) => (why.to_string(), Vec::new()),
            Ok(_) if state.deployment.is_none() => {
                ("This text has keys. Paste it in the list of the first page.".to_owned(), Vec::new())
            }
            Ok(pasted) => {
                let labels: Vec<_> = pasted.understood().into_iter().map(|(label, _)| label).collect();
                let said = format!("Taken from the pasted text: {}.", labels.join(", "));
                (said, vec![Event::Taken { pasted, source: PASTED.into() }])
            }
        };
        self.notice = Some(said);
        Some(events)
    }

    /// Shows the page for pasting.
    pub(super) fn open_paste(&mut self) -> Vec<Event> {
        self.paste_box.clear();
        self.start_view = StartView::Paste;
        Vec::new()
    }

    /// Inserts a text into the page. `whole` is true for a text that was pasted.
    pub(super) fn insert_pasted(&mut self, text: &str, whole: bool) -> Vec<Event> {
        self.row = 0;
        if text.len() > LONGEST - self.paste_box.text.len() {
            self.notice = Some("The text has at most 64 KiB. The rest of the input is ignored.".into());
        }
        self.paste_box.insert(text, whole);
        Vec::new()
    }

    /// Applies an action on the page. `None`: the action means the same as elsewhere.
    pub(super) fn act_on_paste(&mut self, action: Action, state: &State) -> Option<Vec<Event>> {
        match action {
            Action::Insert(letter) => {
                self.insert_pasted(letter.encode_utf8(&mut [0; 4]), false);
            }
            Action::DeleteBefore => {
                self.paste_box.text.pop();
                self.paste_box.whole = false;
                self.paste_box.read();
            }
            Action::DeleteAll => self.paste_box.clear(),
            Action::Confirm if !self.paste_box.ends() => {
                self.insert_pasted("\n", false);
            }
            Action::Confirm => return Some(self.take_pasted(state)),
            Action::Back => {
                self.paste_box.clear();
                self.start_view = StartView::Deployments;
            }
            Action::DeleteAfter
            | Action::DeleteWord
            | Action::CursorLeft
            | Action::CursorRight
            | Action::CursorStart
            | Action::CursorEnd
            | Action::Next
            | Action::Previous
            | Action::Values => {}
            _ => return None,
        }
        Some(Vec::new())
    }

    /// Takes the focused candidate for a new configuration in the working directory.
    fn take_pasted(&mut self, state: &State) -> Vec<Event> {
        let Some(Ok(candidates)) = self.paste_box.understood() else {
            self.notice = Some(match self.paste_box.understood() {
                Some(Err(error)) => format!("{error} {}", error.hint()),
                _ => "Paste a text first, or go back with Esc.".into(),
            });
            return Vec::new();
        };
        let Some(PasteCandidate { name, result }) = candidates.get(self.row.min(candidates.len().saturating_sub(1)))
        else {
            return Vec::new();
        };
        let pasted = match result {
            Ok(pasted) => pasted.clone(),
            Err(error) => {
                self.notice = Some(format!("{error} {}", error.hint()));
                return Vec::new();
            }
        };
        let source = name.as_ref().map_or_else(|| "pasted".to_owned(), |name| format!("pasted, {name}"));
        self.paste_box.clear();
        self.wanted = Some(draft::RELEASE);
        vec![
            Event::PathChosen(state.here.join("application.properties")),
            Event::PurposeChosen(Purpose::Install),
            Event::Taken { pasted, source },
        ]
    }
}
