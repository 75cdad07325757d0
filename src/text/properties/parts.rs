//! Finds the end of each document in a file. Since 2.4, Spring Boot splits a file at `#---` (2.6.6
//! `OriginTrackedPropertiesLoader`). The separator must begin in column 0, with only whitespace after it, and must not
//! follow a comment line directly. A comment between it and the next key cancels the split. Only comments with `#`
//! matter; those with `!` do not.

use super::{Document, Line, Pair, read};

/// The kind of a line for a reader that splits the file.
#[derive(PartialEq, Eq)]
enum LinePart {
    Key,
    Comment,
    Separator,
    Nothing,
}

impl Line {
    fn part(&self) -> LinePart {
        if self.pair.is_some() {
            return LinePart::Key;
        }
        if self.divides() {
            return LinePart::Separator;
        }
        match self.raw.iter().find(|byte| !read::blank(**byte)) {
            Some(b'#') => LinePart::Comment,
            _ => LinePart::Nothing,
        }
    }

    /// Returns true if the line looks like a separator, even if it is not one.
    pub(super) fn divides(&self) -> bool {
        let rest = self.raw.strip_prefix(b"#---");
        rest.is_some_and(|rest| rest.iter().all(|byte| read::blank(*byte) || read::line_end(*byte)))
    }
}

impl Document {
    /// Returns the index of the separator before the second document, else the number of lines.
    pub(super) fn first_document_end(&self) -> usize {
        self.documents().1.unwrap_or(self.lines.len())
    }

    /// Returns the keys of every document as written. A file without a separator is one document.
    pub fn parts(&self) -> Vec<Vec<Pair<'_>>> {
        let (starts, _) = self.documents();
        let mut starts = starts.into_iter().peekable();
        let mut parts: Vec<Vec<Pair<'_>>> = Vec::new();
        for (at, (number, line)) in self.numbered().enumerate() {
            if starts.next_if_eq(&at).is_some() {
                parts.push(Vec::new());
            }
            if let (Some(spelt), Some(part)) = (&line.pair, parts.last_mut()) {
                part.push(spelt.pair(number));
            }
        }
        parts
    }

    /// Returns the indices of the first key of each document, and of the separator after the first one.
    fn documents(&self) -> (Vec<usize>, Option<usize>) {
        let mut starts: Vec<usize> = Vec::new();
        // `fresh`: the next key begins a document; else it belongs to the current one.
        let (mut fresh, mut behind_comment, mut end) = (true, false, None);
        for (at, line) in self.lines.iter().enumerate() {
            let mut part = line.part();
            if part == LinePart::Separator && behind_comment {
                part = LinePart::Comment;
            }
            match part {
                LinePart::Key if fresh => {
                    starts.push(at);
                    fresh = false;
                }
                LinePart::Separator if !fresh => {
                    fresh = true;
                    if starts.len() == 1 {
                        end = Some(at);
                    }
                }
                // Only a comment before the first key of a document cancels the separator.
                LinePart::Comment if fresh && !starts.is_empty() => {
                    fresh = false;
                    if starts.len() == 1 {
                        end = None;
                    }
                }
                LinePart::Key | LinePart::Comment | LinePart::Separator | LinePart::Nothing => {}
            }
            behind_comment = part == LinePart::Comment;
        }
        // A separator at the end of the file still ends the first document.
        (starts, end)
    }
}
