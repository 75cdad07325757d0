//! Where a document ends. Since 2.4 Spring Boot splits a file at `#---` (2.6.6 `OriginTrackedPropertiesLoader`):
//! in column 0, with nothing but blanks behind it; not right behind a comment line, and a comment between it and the
//! next key undoes the split. Comments are those with `#`: the ones with `!` do not count here.

use super::{Document, Line, Pair, read};

/// What a line is to a splitting reader.
#[derive(PartialEq, Eq)]
enum Part {
    Key,
    Comment,
    Separator,
    Nothing,
}

impl Line {
    fn part(&self) -> Part {
        if self.pair.is_some() {
            return Part::Key;
        }
        if self.divides() {
            return Part::Separator;
        }
        match self.raw.iter().find(|byte| !read::blank(**byte)) {
            Some(b'#') => Part::Comment,
            _ => Part::Nothing,
        }
    }

    /// Looks like a separator, whether it is one or not.
    pub(super) fn divides(&self) -> bool {
        let rest = self.raw.strip_prefix(b"#---");
        rest.is_some_and(|rest| rest.iter().all(|byte| read::blank(*byte) || read::line_end(*byte)))
    }
}

impl Document {
    /// The index of the separator behind which another document begins, else the number of lines.
    pub(super) fn first_document_end(&self) -> usize {
        self.documents().1.unwrap_or(self.lines.len())
    }

    /// The keys of every document as they stand; without a separator that is one, the keys of one document.
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

    /// The indices of the first key of each document, and of the separator behind the first one.
    fn documents(&self) -> (Vec<usize>, Option<usize>) {
        let mut starts: Vec<usize> = Vec::new();
        // What a next key would be: the first one of a document, or one of the last document.
        let (mut fresh, mut behind_comment, mut end) = (true, false, None);
        for (at, line) in self.lines.iter().enumerate() {
            let mut part = line.part();
            if part == Part::Separator && behind_comment {
                part = Part::Comment;
            }
            match part {
                Part::Key if fresh => {
                    starts.push(at);
                    fresh = false;
                }
                Part::Separator if !fresh => {
                    fresh = true;
                    if starts.len() == 1 {
                        end = Some(at);
                    }
                }
                // Only a comment in front of the first key of a document undoes the separator.
                Part::Comment if fresh && !starts.is_empty() => {
                    fresh = false;
                    if starts.len() == 1 {
                        end = None;
                    }
                }
                Part::Key | Part::Comment | Part::Separator | Part::Nothing => {}
            }
            behind_comment = part == Part::Comment;
        }
        // A separator with nothing behind it ends the first document all the same.
        (starts, end)
    }
}
