//! Reads JSON as the events of YAML, with the line of each. The reader of YAML keeps all tokens of such a text in memory
//! before the first event. Expects a text that is valid JSON.

use std::borrow::Cow;

use saphyr_parser::{Event, ScalarStyle};
use serde::de::IgnoredAny;

/// Returns true for a text that begins as JSON does.
pub(super) fn begins(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Returns true for a text whose first value is in flow style. Before it may be a byte order mark, blank lines, comments,
/// directives and `---`.
pub(super) fn is_flow(text: &str) -> bool {
    let word = |line: &str| line.trim_start_matches('\u{feff}').trim_start_matches("---").trim_start().chars().next();
    let first = text.lines().filter_map(word).find(|letter| !['#', '%'].contains(letter));
    matches!(first, Some('{' | '['))
}

/// Returns the line and the reason if a text is not JSON.
pub(super) fn valid(text: &str) -> Result<(), (usize, String)> {
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => Ok(()),
        Err(error) => Err((error.line(), error.to_string())),
    }
}

/// The events of a text.
pub(super) struct JsonEvents<'a> {
    rest: &'a str,
    line: usize,
    ended: bool,
}

impl<'a> JsonEvents<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text, line: 1, ended: false }
    }

    /// Takes this number of bytes.
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }
}

impl<'a> Iterator for JsonEvents<'a> {
    type Item = (Event<'a>, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let between = |letter: char| letter.is_ascii_whitespace() || letter == ',' || letter == ':';
        let skipped = self.rest.find(|letter| !between(letter)).unwrap_or(self.rest.len());
        let lines = self.take(skipped).matches('\n').count();
        self.line += lines;
        let event = match self.rest.chars().next() {
            None if self.ended => return None,
            None => {
                self.ended = true;
                Event::DocumentEnd
            }
            Some('{') => Event::MappingStart(0, None),
            Some('}') => Event::MappingEnd,
            Some('[') => Event::SequenceStart(0, None),
            Some(']') => Event::SequenceEnd,
            Some('"') => {
                let word = self.take(end_of_string(self.rest));
                let plain = word.get(1..word.len().saturating_sub(1)).unwrap_or_default();
                let text = if plain.contains('\\') {
                    // Half of a surrogate pair cannot be decoded.
                    serde_json::from_str(word).map_or(Cow::Borrowed(plain), Cow::Owned)
                } else {
                    Cow::Borrowed(plain)
                };
                return Some((Event::Scalar(text, ScalarStyle::DoubleQuoted, 0, None), self.line));
            }
            Some(_) => {
                let end = self.rest.find(|letter: char| between(letter) || letter == '}' || letter == ']');
                let word = self.take(end.unwrap_or(self.rest.len()));
                return Some((Event::Scalar(Cow::Borrowed(word), ScalarStyle::Plain, 0, None), self.line));
            }
        };
        self.take(1);
        Some((event, self.line))
    }
}

/// Returns the length of the string at the beginning, with its quotes.
fn end_of_string(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}
