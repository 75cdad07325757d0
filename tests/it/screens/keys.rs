//! Reads a line of keys, such as `<C-n> minio <Enter>`. Does not know what a key does.

use crossterm::event::{Event as Terminal, KeyCode, KeyEvent, KeyModifiers};
use score_setup::shell::tui::Input;

/// Returns the inputs of a line: the letters of a word arrive together, as from a quick hand or over a slow line.
pub(super) fn inputs(line: &str) -> Vec<Input> {
    let input = |word: &str| match parse(word)[..] {
        [key] => Input::Terminal(Terminal::Key(key)),
        _ => Input::Typed(word.to_owned().into()),
    };
    line.split_whitespace().map(input).collect()
}

/// Returns the keys of a line: `<Enter>`, `<C-n>` and the like are one key each, the letters of any other word one
/// each. Spaces only separate.
pub(super) fn parse(line: &str) -> Vec<KeyEvent> {
    let keys = line.split_whitespace().flat_map(|word| match word.strip_prefix('<') {
        Some(name) => vec![named(name.strip_suffix('>').unwrap_or_else(|| panic!("no > after <{name} in: {line}")))],
        None => word.chars().map(|letter| KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE)).collect(),
    });
    keys.collect()
}

fn named(name: &str) -> KeyEvent {
    let code = match name {
        "Down" => KeyCode::Down,
        "Enter" => KeyCode::Enter,
        "Esc" => KeyCode::Esc,
        "F1" => KeyCode::F(1),
        "Left" => KeyCode::Left,
        "PageDown" => KeyCode::PageDown,
        "Right" => KeyCode::Right,
        "S-Tab" => KeyCode::BackTab,
        "Space" => KeyCode::Char(' '),
        "Tab" => KeyCode::Tab,
        "Up" => KeyCode::Up,
        _ => match name.strip_prefix("C-").map(|letter| letter.chars().collect::<Vec<_>>()).as_deref() {
            Some([letter]) => return KeyEvent::new(KeyCode::Char(*letter), KeyModifiers::CONTROL),
            _ => panic!("no key is called <{name}>"),
        },
    };
    KeyEvent::new(code, KeyModifiers::NONE)
}

#[test]
fn a_line_is_names_in_brackets_and_words_to_type() {
    let plain = |code| KeyEvent::new(code, KeyModifiers::NONE);
    let control = KeyEvent::new(KeyCode::Char('n'), KeyModifiers::CONTROL);
    assert_eq!(
        parse(" <C-n> aB  <F1>"),
        [control, plain(KeyCode::Char('a')), plain(KeyCode::Char('B')), plain(KeyCode::F(1))]
    );
}
