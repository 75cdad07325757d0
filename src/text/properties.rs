//! Represents a `.properties` file without losing a byte: keys and values are views of the bytes. Reads logical lines
//! exactly as `java.util.Properties` does. Knows nothing of settings.
//!
//! ```text
//!  raw   s3.endpoint = \⏎          one logical line with its line end; all raws joined are the file
//!            http://minio:9000⏎
//!        ╰───key───╯ ╰─value_at─╯
//! ```
//!
//! Spring Boot reads more into such a file: other spellings of a key, and `#---` between documents.
//! `properties/name.rs` and `properties/parts.rs` handle both.

mod edit;
mod escape;
mod name;
mod parts;
mod read;

use crate::score::Spelling;
pub(crate) use edit::{Change, double_backslashes};
pub use name::uniform;
pub(crate) use name::{binds, dashed, winner};
pub(crate) use read::physical;

/// Text as Java represents it: UTF-16 units, so lone surrogates are preserved.
pub type Units = Vec<u16>;

#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    lines: Vec<Line>,
}

/// One logical line: its exact bytes, including continuations and the line end.
#[derive(Clone, PartialEq, Eq)]
struct Line {
    raw: Vec<u8>,
    /// `None` for a blank line or a comment.
    pair: Option<Box<Spelt>>,
}

/// A key and its value as read, with their positions in the raw bytes.
#[derive(Clone, PartialEq, Eq)]
struct Spelt {
    key: Units,
    value: Units,
    key_end: usize,
    /// The position after the `=` and its whitespace. A continuation may lie between this position and the value.
    separator_end: usize,
    value_start: usize,
    /// True if a `=` or `:` separates them; else whitespace does, or the line ends after the key.
    separated: bool,
}

/// A `\u` without four hex digits. Java refuses the whole file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: \\u is not followed by four hexadecimal digits; Java refuses the whole file")]
pub struct BadEscape {
    /// Line number, counted from one.
    pub line: usize,
}

/// One key with its value and line. Not `Debug`: the value may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Pair<'a> {
    pub key: &'a [u16],
    pub value: &'a [u16],
    /// Line number in the file, counted from one.
    pub line: usize,
}

/// A logical line for display. It shows which of its bytes are the value of a key.
#[derive(Clone, Copy)]
pub(crate) struct Logical<'a> {
    pub(crate) raw: &'a [u8],
    /// `None` for a blank line or a comment.
    pub(crate) pair: Option<(&'a [u16], &'a [u16])>,
    /// The position in the raw bytes where the value begins.
    pub(crate) value_start: usize,
    /// True if a `=` or `:` precedes the value.
    pub(crate) separated: bool,
}

impl Document {
    /// Parses a file without losing a byte.
    ///
    /// ```
    /// use score_setup::{score::Spelling, text::properties::Document};
    ///
    /// let mut document = Document::parse(b"# ours\nobject.sentinel : heliograph\n")?;
    /// document.set("object.sentinel", Spelling::Relaxed, "sundial");
    /// assert_eq!(document.to_bytes(), b"# ours\nobject.sentinel : sundial\n");
    /// # Ok::<_, score_setup::text::properties::BadEscape>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if Java would refuse the file.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadEscape> {
        let mut lines = Vec::new();
        let mut start = 0;
        while start < bytes.len() {
            let line = read::logical_line(bytes, start)?;
            start += line.raw.len();
            lines.push(line);
        }
        Ok(Self { lines })
    }

    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.lines.iter().flat_map(|line| &line.raw).copied().collect()
    }

    /// Returns every key as written, including duplicates and all documents.
    pub fn pairs(&self) -> impl Iterator<Item = Pair<'_>> {
        self.numbered().filter_map(|(number, line)| line.pair.as_ref().map(|spelt| spelt.pair(number)))
    }

    /// Returns the raw bytes of each pair's value, without the line end, in the order of `pairs`.
    pub(crate) fn raw_values(&self) -> impl Iterator<Item = &[u8]> {
        self.lines.iter().filter_map(|line| {
            let spelt = line.pair.as_ref()?;
            let body = line.raw.len() - line.raw.iter().rev().take_while(|byte| read::line_end(**byte)).count();
            Some(&line.raw[spelt.value_start.min(body)..body])
        })
    }

    /// Returns the value that Java's own `getProperty` returns: that of the last line with exactly this spelling.
    /// Unpaired surrogates become U+FFFD.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<String> {
        let spelt = self
            .lines
            .iter()
            .rev()
            .filter_map(|line| line.pair.as_ref())
            .find(|spelt| crate::score::same(&spelt.key, key));
        spelt.map(|spelt| String::from_utf16_lossy(&spelt.value))
    }

    /// Returns the line from which Spring Boot reads the key in the first document, in any spelling.
    #[must_use]
    pub fn effective(&self, key: &str, spelling: Spelling) -> Option<Pair<'_>> {
        let winner = self.winner(key, spelling)?;
        let (number, line) = self.numbered().nth(winner)?;
        line.pair.as_ref().map(|spelt| spelt.pair(number))
    }

    /// Returns the lines after a `#---` that set the key again. They are not edited. They override the first document
    /// if their own document is active, and always in Spring Boot before 2.4 (Score up to 5.10).
    #[must_use]
    pub fn set_again(&self, key: &str, spelling: Spelling) -> Vec<usize> {
        let end = self.first_document_end();
        // Without a second document, this saves a pass over the file for every key.
        if end == self.lines.len() {
            return Vec::new();
        }
        let later = self.numbered().skip(end);
        later.filter(|(_, line)| line.names(key, spelling)).map(|(number, _)| number).collect()
    }

    /// Returns true if the file starts with a UTF-8 byte order mark. Java reads it as part of the first key.
    #[must_use]
    pub fn bom(&self) -> bool {
        self.lines.first().is_some_and(|line| line.raw.starts_with(&BOM))
    }

    /// Returns true if no line sets a key, as in the `application.properties` that Score ships.
    #[must_use]
    pub fn keyless(&self) -> bool {
        self.lines.iter().all(|line| line.pair.is_none())
    }

    pub(crate) fn logical(&self) -> impl Iterator<Item = Logical<'_>> {
        self.lines.iter().map(|Line { raw, pair }| match pair {
            None => Logical { raw, pair: None, value_start: raw.len(), separated: false },
            Some(spelt) => Logical {
                raw,
                pair: Some((&spelt.key, &spelt.value)),
                value_start: spelt.value_start,
                separated: spelt.separated,
            },
        })
    }

    /// Returns the lines, each with the number of its first line in the file, counted from one.
    fn numbered(&self) -> impl Iterator<Item = (usize, &Line)> {
        self.lines.iter().scan(1, |next, line| {
            let number = *next;
            *next += read::line_ends(&line.raw);
            Some((number, line))
        })
    }
}

const BOM: [u8; 3] = [0xef, 0xbb, 0xbf];

impl Spelt {
    fn pair(&self, line: usize) -> Pair<'_> {
        Pair { key: &self.key, value: &self.value, line }
    }
}

impl Line {
    fn names(&self, key: &str, spelling: Spelling) -> bool {
        self.pair.as_ref().is_some_and(|spelt| spelling.matches(&spelt.key, key))
    }
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document").field("lines", &self.lines.len()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Pair<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = String::from_utf16_lossy(self.key);
        f.debug_struct("Pair").field("key", &key).field("line", &self.line).finish_non_exhaustive()
    }
}
