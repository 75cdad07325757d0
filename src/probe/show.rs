//! What a server said, made fit for a terminal. Knows nothing of who said it.

use std::fmt::Write as _;

/// At most `max` characters, and an ellipsis where more came. Control characters become blanks or are spelt out; what
/// would turn, hide or join the text around it is spelt out; bytes that are no UTF-8 become the replacement character.
#[must_use]
pub fn shown(bytes: &[u8], max: usize) -> String {
    // no character is longer than four bytes; the rest of an endless text is not even decoded
    let enough = &bytes[..bytes.len().min(max.saturating_add(1).saturating_mul(4))];
    let text = String::from_utf8_lossy(enough);
    let mut out = String::new();
    let mut characters = text.trim().chars();
    for c in characters.by_ref().take(max) {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            c if c.is_control() || hidden(c) => drop(write!(out, "\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    if characters.next().is_some() {
        out.push('…');
    }
    out
}

/// Characters that no eye sees, or that change how their neighbours look.
fn hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fe00}'..='\u{fe0f}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_server_says_acts_on_the_terminal() {
        for (said, seen) in [
            (&b"plain, \xc3\xa9 and \xe2\x98\x83"[..], "plain, é and ☃"),
            (b"  two\r\nlines\t ", "two  lines"),
            (b"\x1b[31mred\x07\x00", "\\u{1b}[31mred\\u{7}\\u{0}"),
            ("\u{9b}2J".as_bytes(), "\\u{9b}2J"),
            ("a\u{202e}b\u{200b}c\u{feff}".as_bytes(), "a\\u{202e}b\\u{200b}c\\u{feff}"),
            (b"\xff\xfe", "\u{fffd}\u{fffd}"),
            (b"", ""),
        ] {
            assert_eq!(shown(said, 80), seen);
        }
    }

    #[test]
    fn what_is_long_ends_in_an_ellipsis() {
        assert_eq!(shown(b"abcdef", 6), "abcdef");
        assert_eq!(shown(b"abcdefg", 6), "abcdef…");
        assert_eq!(shown("ééé".as_bytes(), 2), "éé…");
        assert_eq!(shown(&vec![b'a'; 1 << 20], 3), "aaa…");
    }
}
