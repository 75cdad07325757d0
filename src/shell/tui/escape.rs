//! Joins keys whose bytes arrive one by one, as over a slow line. A terminal sends an arrow as `ESC [ A`; if ESC arrives
//! alone, crossterm reports three keys.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// The longest time between two bytes of one key. Esc alone acts after this time.
pub(super) const GAP: Duration = Duration::from_millis(200);

/// More letters than any key sends after ESC.
const LONGEST: usize = 16;

/// The letters so far of a key that began with ESC.
#[derive(Debug, Default)]
pub(super) struct KeyAssembler {
    held: Option<String>,
}

/// The meaning of the letters after ESC.
#[derive(Debug, PartialEq, Eq)]
enum Sequence {
    Incomplete,
    Key(KeyCode, KeyModifiers),
    /// A complete sequence of a key that is not known here.
    Unknown,
    /// These letters were typed after Esc.
    Typed,
}

impl KeyAssembler {
    /// Returns true while the next key decides.
    pub(super) fn is_waiting(&self) -> bool {
        self.held.is_some()
    }

    /// Takes the next event of the terminal. Returns the events that are certain now, in order.
    pub(super) fn take(&mut self, event: Event) -> Vec<Event> {
        let Some(mut letters) = self.held.take() else {
            if is_escape(&event) {
                self.held = Some(String::new());
                return Vec::new();
            }
            return vec![event];
        };
        let Some(letter) = letter(&event) else {
            self.held = Some(letters);
            let mut events = self.give_up();
            events.extend(self.take(event));
            return events;
        };
        letters.push(letter);
        match sequence(&letters) {
            Sequence::Incomplete => {
                self.held = Some(letters);
                Vec::new()
            }
            Sequence::Key(code, modifiers) => vec![key(code, modifiers)],
            Sequence::Unknown => Vec::new(),
            Sequence::Typed => {
                self.held = Some(letters);
                self.give_up()
            }
        }
    }

    /// Returns what was held, as typed: no more bytes of this key arrive.
    pub(super) fn give_up(&mut self) -> Vec<Event> {
        let Some(letters) = self.held.take() else { return Vec::new() };
        let letters = letters.chars().map(|letter| key(KeyCode::Char(letter), KeyModifiers::NONE));
        std::iter::once(key(KeyCode::Esc, KeyModifiers::NONE)).chain(letters).collect()
    }
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Event {
    Event::Key(KeyEvent::new(code, modifiers))
}

fn is_escape(event: &Event) -> bool {
    matches!(event, Event::Key(key) if key.code == KeyCode::Esc && key.modifiers.is_empty() && key.kind != KeyEventKind::Release)
}

/// Returns the letter of an event, without Ctrl and Alt.
pub(super) fn letter(event: &Event) -> Option<char> {
    match event {
        Event::Key(KeyEvent { code: KeyCode::Char(letter), modifiers, kind, .. })
            if KeyModifiers::SHIFT.contains(*modifiers) && *kind != KeyEventKind::Release =>
        {
            Some(*letter)
        }
        _ => None,
    }
}

/// Reads the letters after ESC, as xterm sends them ("PC-Style Function Keys" of its control sequences), and as VT220 and
/// rxvt send Home and End.
fn sequence(letters: &str) -> Sequence {
    let mut rest = letters.chars();
    let (first, last) = (rest.next(), rest.next_back());
    let parameters = rest.as_str();
    match (first, last) {
        _ if letters.len() > LONGEST => Sequence::Typed,
        (None | Some('O' | '['), None) | (Some('['), Some('0'..='9' | ';' | '<'..='?')) => Sequence::Incomplete,
        (Some('O'), Some(last)) => match last {
            'P' => Sequence::Key(KeyCode::F(1), KeyModifiers::NONE),
            'Q' => Sequence::Key(KeyCode::F(2), KeyModifiers::NONE),
            'A'..='Z' => direction(last).map_or(Sequence::Unknown, |code| Sequence::Key(code, KeyModifiers::NONE)),
            _ => Sequence::Typed,
        },
        (Some('['), Some(last @ '@'..='~')) => {
            let mut numbers = parameters.split(';').map(|number| number.parse().unwrap_or(1_u8));
            let number = numbers.next().unwrap_or(1);
            let modifiers = modifiers(numbers.next().unwrap_or(1));
            let code = if last == '~' { editing(number) } else { direction(last) };
            match code {
                Some(KeyCode::BackTab) => Sequence::Key(KeyCode::BackTab, KeyModifiers::SHIFT),
                Some(code) => Sequence::Key(code, modifiers),
                None => Sequence::Unknown,
            }
        }
        _ => Sequence::Typed,
    }
}

fn direction(last: char) -> Option<KeyCode> {
    Some(match last {
        'A' => KeyCode::Up,
        'B' => KeyCode::Down,
        'C' => KeyCode::Right,
        'D' => KeyCode::Left,
        'F' => KeyCode::End,
        'H' => KeyCode::Home,
        'P' => KeyCode::F(1),
        'Q' => KeyCode::F(2),
        'Z' => KeyCode::BackTab,
        _ => return None,
    })
}

fn editing(number: u8) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11 => KeyCode::F(1),
        12 => KeyCode::F(2),
        _ => return None,
    })
}

/// Reads the number of modifiers: one more than the sum of 1 for Shift, 2 for Alt and 4 for Ctrl.
fn modifiers(number: u8) -> KeyModifiers {
    let bits = number.saturating_sub(1);
    let of = |bit: u8, modifier: KeyModifiers| if bits & bit == 0 { KeyModifiers::NONE } else { modifier };
    of(1, KeyModifiers::SHIFT) | of(2, KeyModifiers::ALT) | of(4, KeyModifiers::CONTROL)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the keys of these bytes, reported one by one as crossterm does; `|` is a pause longer than the gap.
    fn keys(typed: &str) -> Vec<(KeyCode, KeyModifiers)> {
        let mut assembler = KeyAssembler::default();
        let mut events = Vec::new();
        for byte in typed.chars() {
            events.extend(match byte {
                '|' => assembler.give_up(),
                '\x1b' => assembler.take(key(KeyCode::Esc, KeyModifiers::NONE)),
                '\r' => assembler.take(key(KeyCode::Enter, KeyModifiers::NONE)),
                'A'..='Z' => assembler.take(key(KeyCode::Char(byte), KeyModifiers::SHIFT)),
                _ => assembler.take(key(KeyCode::Char(byte), KeyModifiers::NONE)),
            });
        }
        assert!(!assembler.is_waiting(), "{typed:?}");
        let keys = events.into_iter().filter_map(|event| event.as_key_event());
        keys.map(|key| (key.code, key.modifiers - KeyModifiers::SHIFT)).collect()
    }

    fn codes(typed: &str) -> Vec<KeyCode> {
        keys(typed).into_iter().map(|(code, _)| code).collect()
    }

    #[test]
    fn bytes_that_arrive_one_by_one_are_still_one_key() {
        for (sequence, code) in [
            ("[A", KeyCode::Up),
            ("[B", KeyCode::Down),
            ("[C", KeyCode::Right),
            ("[D", KeyCode::Left),
            ("OA", KeyCode::Up),
            ("[H", KeyCode::Home),
            ("[1~", KeyCode::Home),
            ("OF", KeyCode::End),
            ("[3~", KeyCode::Delete),
            ("[5~", KeyCode::PageUp),
            ("[6~", KeyCode::PageDown),
            ("[Z", KeyCode::BackTab),
            ("OP", KeyCode::F(1)),
            ("[12~", KeyCode::F(2)),
        ] {
            assert_eq!(keys(&format!("\x1b{sequence}")), [(code, KeyModifiers::NONE)], "{sequence}");
        }
        assert_eq!(keys("\x1b[1;5C"), [(KeyCode::Right, KeyModifiers::CONTROL)]);
    }

    #[test]
    fn esc_alone_is_esc_and_what_follows_it_is_typed() {
        let (esc, letter) = (KeyCode::Esc, KeyCode::Char);
        assert_eq!(codes("\x1b|"), [esc]);
        assert_eq!(codes("\x1by"), [esc, letter('y')]);
        assert_eq!(codes("\x1b\x1b|"), [esc, esc]);
        assert_eq!(codes("\x1b\r"), [esc, KeyCode::Enter]);
        assert_eq!(codes("\x1b[|A"), [esc, letter('['), letter('A')]);
        assert_eq!(codes("\x1b\x1b[A"), [esc, KeyCode::Up]);
        assert_eq!(codes("a[A"), [letter('a'), letter('['), letter('A')]);
    }

    #[test]
    fn an_unknown_key_is_not_typed_as_letters() {
        assert_eq!(codes("\x1b[24~"), []);
        assert_eq!(codes("\x1b[200~"), []);
    }

    #[test]
    fn no_input_is_held_without_end() {
        let long = format!("\x1b[{}", "1".repeat(2 * LONGEST));
        assert_eq!(codes(&long).len(), long.len());
    }
}
