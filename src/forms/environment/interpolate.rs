//! Replaces `$NAME` and `${NAME…}` in a text as compose does, up to a length. Knows no file.

use super::super::{Changed, Variable};
use crate::text::secret::Secret;

/// The length limit of a text after replacement, in bytes, and of all values of one file together. Variables that
/// double each other reach any length in a few lines.
pub const LONGEST: usize = 1024 * 1024;

/// The deepest nesting of defaults within defaults.
const DEEPEST: usize = 8;

/// A text became too long when its variables were replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}the variables in the value make it longer than 1 MiB", .line.map_or_else(String::new, |line| format!("line {line}: ")))]
pub struct TooLong {
    /// Line number, counted from one, if the text is a line of a file.
    pub line: Option<usize>,
}

/// The treatment of a variable that nothing known here sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::forms) enum Unset {
    /// It stays `${NAME}`: the shell that starts compose may set it.
    Kept,
    /// It is empty, except as the whole text.
    Empty,
}

/// A text after replacement.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::forms) struct Filled {
    pub(in crate::forms) value: Secret,
    /// The change by a `$` that was probably meant as text.
    pub(in crate::forms) changed: Option<Changed>,
}

impl Filled {
    pub(in crate::forms) fn plain(text: &str) -> Self {
        Self { value: Secret::new(text), changed: None }
    }
}

/// Replaces `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:+other}`, `${NAME:?message}`, and `$$`
/// for a dollar, as compose does.
///
/// # Errors
/// Returns an error if the result is longer than `LONGEST`.
pub(in crate::forms) fn interpolated(
    text: &str,
    known: &dyn Fn(&str) -> Option<Variable>,
    unset: Unset,
) -> Result<Filled, TooLong> {
    let mut run = Interpolation { known, unset, left: LONGEST, changed: None, whole: text };
    let value = run.fill(text, 0).ok_or(TooLong { line: None })?;
    Ok(Filled { value: Secret::new(value), changed: run.changed })
}

struct Interpolation<'a> {
    known: &'a dyn Fn(&str) -> Option<Variable>,
    unset: Unset,
    /// The number of bytes that may still be added.
    left: usize,
    changed: Option<Changed>,
    whole: &'a str,
}

impl Interpolation<'_> {
    fn push(&mut self, out: &mut String, text: &str) -> Option<()> {
        self.left = self.left.checked_sub(text.len())?;
        out.push_str(text);
        Some(())
    }

    /// Returns `None` if the result is too long.
    fn fill(&mut self, text: &str, depth: usize) -> Option<String> {
        let ends = closing_braces(text);
        let mut out = String::new();
        let mut at = 0;
        while let Some(dollar) = text[at..].find('$').map(|found| at + found) {
            self.push(&mut out, &text[at..dollar])?;
            let rest = &text[dollar + 1..];
            let name = rest.find(|letter: char| !is_name(letter)).unwrap_or(rest.len());
            let end = ends.get(&(dollar + 1)).copied();
            if rest.starts_with('$') {
                self.push(&mut out, "$")?;
                at = dollar + 2;
            } else if let Some(end) = end {
                let found = self.asked(&text[dollar + 2..end], true, depth)?;
                self.push(&mut out, &found)?;
                at = end + 1;
            } else if name > 0 && !rest.starts_with(|first: char| first.is_ascii_digit()) {
                let found = self.asked(&rest[..name], false, depth)?;
                self.push(&mut out, &found)?;
                at = dollar + 1 + name;
            } else {
                self.push(&mut out, "$")?;
                at = dollar + 1;
            }
        }
        self.push(&mut out, &text[at..])?;
        Some(out)
    }

    fn asked(&mut self, inner: &str, braces: bool, depth: usize) -> Option<String> {
        let end = inner.find(|letter: char| !is_name(letter)).unwrap_or(inner.len());
        let (name, rest) = inner.split_at(end);
        let found = (self.known)(name);
        let value = found.as_ref().map(|found| found.value.for_file().to_owned());
        let (strict, sign) = rest.strip_prefix(':').map_or((false, rest), |sign| (true, sign));
        let set = value.as_ref().is_some_and(|value| !(strict && value.is_empty()));
        let other = |run: &mut Self| match depth {
            DEEPEST => Some(format!("${{{inner}}}")),
            _ => run.fill(sign.get(1..).unwrap_or_default(), depth + 1),
        };
        match (sign.chars().next(), value) {
            (Some('-'), _) if !set => other(self),
            (Some('+'), _) if set => other(self),
            (Some('+'), Some(_)) => Some(String::new()),
            (None | Some('-' | '?'), Some(value)) => {
                self.changed = self.changed.or(found.and_then(|found| found.changed));
                Some(value)
            }
            (None, None) => Some(self.unknown(inner, braces)),
            _ => Some(format!("${{{inner}}}")),
        }
    }

    /// Returns the text for a variable that nothing known here sets. A whole value `$NAME` is a reference to the shell;
    /// inside a longer text, the `$` is probably a part of it.
    fn unknown(&mut self, name: &str, braces: bool) -> String {
        let alone = self.whole.strip_prefix('$').is_some_and(|rest| {
            rest == name || rest.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) == Some(name)
        });
        if !alone && (!braces || self.unset == Unset::Empty) {
            self.changed = self.changed.or(Some(Changed::Dollar(None)));
        }
        if alone || self.unset == Unset::Kept { format!("${{{name}}}") } else { String::new() }
    }
}

/// Returns true for a letter of the name of a variable.
pub(in crate::forms) fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// Returns the position of the closing brace for each opening one.
fn closing_braces(text: &str) -> std::collections::HashMap<usize, usize> {
    let mut open = Vec::new();
    let mut pairs = std::collections::HashMap::new();
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => open.push(at),
            b'}' => {
                if let Some(start) = open.pop() {
                    pairs.insert(start, at);
                }
            }
            _ => {}
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_ask_for_a_variable_is_answered() {
        let known = |name: &str| match name {
            "SET" => Some(Variable::new("SET", "s")),
            "EMPTY" => Some(Variable::new("EMPTY", "")),
            _ => None,
        };
        for (text, value) in [
            ("$SET.x", "s.x"),
            ("${EMPTY:-d}", "d"),
            ("${EMPTY-d}", ""),
            ("${NO:-${SET}}", "s"),
            ("${SET:+o}", "o"),
            ("${EMPTY:+o}", ""),
            ("${SET:?needed}", "s"),
            ("${NO:?needed}", "${NO:?needed}"),
            ("${NO}", "${NO}"),
            ("a$", "a$"),
            ("${open", "${open"),
            ("$1 $$SET", "$1 $SET"),
        ] {
            let filled = interpolated(text, &known, Unset::Kept).unwrap();
            assert_eq!(filled.value.for_file(), value, "{text}");
        }
    }

    /// Also ends in time: each brace is looked at once.
    #[test]
    fn a_megabyte_of_open_braces_is_text() {
        let text = "${".repeat(LONGEST / 2);
        assert_eq!(interpolated(&text, &|_| None, Unset::Kept).unwrap().value.for_file(), text);
        let long = |_: &str| Some(Variable::new("A", Secret::new("a".repeat(LONGEST / 2))));
        assert!(interpolated("$A$A", &long, Unset::Kept).is_ok());
        assert_eq!(interpolated("$A$A.", &long, Unset::Kept), Err(TooLong { line: None }));
    }

    #[test]
    fn a_dollar_in_a_compose_file_is_noticed_without_braces() {
        let changed = |text| interpolated(text, &|_| None, Unset::Kept).unwrap().changed;
        assert_eq!(changed("c2Vj$cmV0"), Some(Changed::Dollar(None)));
        assert_eq!([changed("$NAME"), changed("${NAME}"), changed("http://${HOST}:1"), changed("a$$b")], [None; 4]);
    }
}
