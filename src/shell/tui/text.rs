//! Measures, wraps and cuts text in columns of a terminal, and completes sentences. Does not know its meaning.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// Cuts text to this many columns, with an ellipsis if something is missing.
pub(super) fn fit(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut fitted = head(text, columns.saturating_sub(1)).to_owned();
    if columns > 0 {
        fitted.push('…');
    }
    fitted
}

/// Cuts text at its beginning, for text whose end is more important.
pub(super) fn fit_end(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut used = 0;
    let start = text.char_indices().rev().find(|(_, letter)| {
        used += letter.width().unwrap_or(0);
        used >= columns
    });
    let rest = start.map_or("", |(at, letter)| &text[at + letter.len_utf8()..]);
    if columns == 0 { String::new() } else { format!("…{rest}") }
}

/// Cuts or pads text to exactly this many columns.
pub(super) fn pad(text: &str, columns: usize) -> String {
    let mut fitted = fit(text, columns);
    fitted.extend(std::iter::repeat_n(' ', columns.saturating_sub(fitted.width())));
    fitted
}

/// Wraps text into lines of at most this many columns, at spaces if possible, and never at a no-break space.
pub(in crate::shell) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let before = lines.len();
        // The indent is kept, so that lines to paste and tables stay readable.
        let indent = paragraph.len() - paragraph.trim_start_matches(' ').len();
        let mut line = " ".repeat(indent.min(columns / 2));
        let mut empty = true;
        for word in paragraph.split([' ', '\t']).filter(|word| !word.is_empty()) {
            if !empty && line.width() + 1 + word.width() > columns {
                lines.push(std::mem::take(&mut line));
                empty = true;
            }
            if !empty {
                line.push(' ');
            }
            let mut rest = word;
            while line.width() + rest.width() > columns {
                let part = head(rest, columns - line.width());
                // A character that is wider than the line still gets a line.
                let cut = if part.is_empty() { rest.chars().next().map_or(0, char::len_utf8) } else { part.len() };
                line.push_str(&rest[..cut]);
                lines.push(std::mem::take(&mut line));
                rest = &rest[cut..];
            }
            line.push_str(rest);
            empty = line.is_empty();
        }
        if !line.is_empty() || lines.len() == before {
            lines.push(line);
        }
    }
    lines
}

/// Returns the longest beginning that fits.
fn head(text: &str, columns: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, letter)| {
        used += letter.width().unwrap_or(0);
        used > columns
    });
    end.map_or(text, |(at, _)| &text[..at])
}

/// Returns a part of a sentence as a sentence: with a capital, unless it begins with a name, and with a full stop.
pub(in crate::shell) fn sentence(part: &str) -> String {
    let word = part.split(' ').next().unwrap_or_default();
    let (first, rest) = part.split_at(part.chars().next().map_or(0, char::len_utf8));
    let capital =
        if word.bytes().all(|byte| byte.is_ascii_lowercase()) { first.to_uppercase() } else { first.to_owned() };
    let stop = if part.is_empty() || part.ends_with(['.', '!', '?', ':', '`']) { "" } else { "." };
    format!("{capital}{rest}{stop}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_sentence_becomes_a_sentence() {
        for (part, whole) in [
            ("cannot read /srv/x", "Cannot read /srv/x."),
            ("score.toml has changed", "score.toml has changed."),
            ("Fix the line, then open the file again.", "Fix the line, then open the file again."),
            ("", ""),
        ] {
            assert_eq!(sentence(part), whole);
        }
    }

    #[test]
    fn text_is_cut_by_columns_not_by_letters() {
        for (text, columns, cut) in
            [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("日本語", 5, "日本…"), ("日本語", 4, "日…"), ("a", 0, "")]
        {
            assert_eq!(fit(text, columns), cut);
        }
        assert_eq!(pad("日", 4), "日  ");
        for (text, columns, cut) in [("abc", 3, "abc"), ("abcd", 3, "…cd"), ("日本語", 4, "…語"), ("ab", 0, "")]
        {
            assert_eq!(fit_end(text, columns), cut);
        }
    }

    #[test]
    fn long_words_break_and_indents_stay() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("  x=1\n\nlonglong", 4), ["  x=", "1", "", "long", "long"]);
        assert_eq!(wrap("日", 1), ["日"]);
    }
}
