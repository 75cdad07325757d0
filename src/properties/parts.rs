//! Where the first document ends. Since 2.4 Spring Boot splits a file at `#---` (2.6.6 `OriginTrackedPropertiesLoader`):
//! in column 0, with nothing but blanks behind it; not right behind a comment line, and a comment between it and the
//! next key undoes the split. Comments are those with `#`: the ones with `!` do not count here.

use super::{Document, Line, read};

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
        let (mut keys, mut behind_comment, mut end) = (false, false, None);
        for (at, line) in self.lines.iter().enumerate() {
            let mut part = line.part();
            if part == Part::Separator && behind_comment {
                part = Part::Comment;
            }
            match part {
                Part::Key if end.is_some() => break,
                Part::Key => keys = true,
                Part::Separator if keys => end = end.or(Some(at)),
                Part::Comment => end = None,
                Part::Separator | Part::Nothing => {}
            }
            behind_comment = part == Part::Comment;
        }
        end.unwrap_or(self.lines.len())
    }
}
