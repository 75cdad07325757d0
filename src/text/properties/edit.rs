//! Edits the first document. Changes as few bytes as possible, and leaves one spelling of a key.

use super::{Document, Line, Spelt, escape, name, read};
use crate::score::Spelling;

/// The change of one line.
#[derive(Clone, Copy)]
pub(crate) enum Change<'a> {
    Value(&'a str),
    Name(&'a str),
    CommentOut,
}

/// Adds a backslash before each `\u` in this line that is not followed by four hexadecimal digits. Java refuses a file
/// with such an escape.
#[must_use]
pub(crate) fn double_backslashes(bytes: &[u8], line: usize) -> Vec<u8> {
    let mut fixed = Vec::with_capacity(bytes.len() + 1);
    for (at, text) in read::physical(bytes).enumerate() {
        if at + 1 != line {
            fixed.extend(text);
            continue;
        }
        let mut escaped = false;
        for (at, byte) in text.iter().enumerate() {
            let digits = text[at..].iter().skip(1).take(4).take_while(|digit| digit.is_ascii_hexdigit()).count();
            if escaped && *byte == b'u' && digits < 4 {
                fixed.push(b'\\');
            }
            escaped = *byte == b'\\' && !escaped;
            fixed.push(*byte);
        }
    }
    fixed
}

impl Document {
    /// Changes lines, each given by its number in the file and its key. Skips a change if the line has a different key.
    /// Edits every document, not only the first.
    pub(crate) fn change(&mut self, changes: &[(usize, &str, Change<'_>)]) {
        // All lines are found before the first change moves them.
        let numbers: Vec<usize> = self.numbered().map(|(number, _)| number).collect();
        let mut comments = Vec::new();
        for (line, spelt, change) in changes {
            let Ok(at) = numbers.binary_search(line) else { continue };
            // Line numbers are unique, because only the last line may lack a line end. A renamed line no longer has the
            // old key.
            let renamed = changes.iter().any(|(other, _, change)| other == line && matches!(change, Change::Name(_)));
            let named =
                self.lines[at].pair.as_ref().is_some_and(|pair| crate::score::same(&pair.key, spelt) || renamed);
            if !named {
                continue;
            }
            match change {
                Change::Value(value) => self.lines[at].replace_value(value),
                Change::Name(name) => self.lines[at].replace_key(name),
                Change::CommentOut => comments.push(at),
            }
        }
        let divided = self.lines.iter().any(Line::divides);
        for at in comments.into_iter().collect::<std::collections::BTreeSet<_>>().into_iter().rev() {
            // A `#` comment can cancel a separator nearby; a `!` comment never does.
            let mark: &[u8] = if divided { b"!" } else { b"#" };
            let lines = self.lines[at].commented_out_with(mark);
            self.lines.splice(at..=at, lines);
        }
    }

    /// Returns the document without the byte order mark at the start.
    #[must_use]
    pub fn without_bom(self) -> Self {
        if !self.bom() {
            return self;
        }
        let bytes = self.to_bytes();
        // The byte order mark ends before the first key, so Java accepts the file without it.
        Self::parse(&bytes[super::BOM.len()..]).unwrap_or(self)
    }

    /// Makes this the effective value, under the rules of Spring Boot 2.1 and of 2.6. If the value is equal already, no
    /// byte changes. If the key is set, only the bytes of its effective value change. If it is not set, the key
    /// replaces a commented-out `#key=` line, else follows its nearest relatives, else goes to the end. Other spellings
    /// and duplicates become comments.
    pub fn set(&mut self, key: &str, spelling: Spelling, value: &str) {
        let winner = self.winner(key, spelling);
        match winner {
            Some(at) => self.lines[at].replace_value(value),
            None => self.add(key, spelling, value),
        }
        let kept = self.winner(key, spelling);
        self.comment_out_all(key, spelling, kept);
    }

    /// Comments out every spelling of the key, so no line sets it. Returns true if a line set it before.
    pub fn unset(&mut self, key: &str, spelling: Spelling) -> bool {
        self.comment_out_all(key, spelling, None)
    }

    /// Removes the comment lines that begin with this text.
    pub fn drop_comments(&mut self, beginning: &str) {
        self.lines.retain(|line| line.pair.is_some() || !line.raw.starts_with(beginning.as_bytes()));
    }

    /// Puts a comment directly above the line that sets the key, in place of one with the same beginning. Without a comment,
    /// only removes that one. The text must be one line of ASCII that begins with `#`.
    pub(crate) fn explain(&mut self, key: &str, spelling: Spelling, beginning: &str, comment: Option<&str>) {
        let Some(mut at) = self.winner(key, spelling) else { return };
        let above = at.checked_sub(1).and_then(|above| self.lines.get(above));
        if above.is_some_and(|line| line.pair.is_none() && line.raw.starts_with(beginning.as_bytes())) {
            at -= 1;
            self.lines.remove(at);
        }
        if let Some(comment) = comment {
            let mut raw = comment.as_bytes().to_vec();
            raw.extend(self.line_end());
            self.lines.insert(at, Line { raw, pair: None });
        }
    }

    /// Inserts a comment as the first line. The text must be one line of ASCII that begins with `#`.
    pub fn put_first(&mut self, comment: &str) {
        let mut raw = comment.as_bytes().to_vec();
        raw.extend(self.line_end());
        self.lines.insert(0, Line { raw, pair: None });
    }

    /// Appends an empty line and the lines of another document, with the line ends of this one.
    pub fn append(&mut self, mut other: Self) {
        if !self.lines.is_empty() {
            self.close_last();
            let end = self.line_end();
            self.lines.push(Line { raw: end.to_vec(), pair: None });
            for line in &mut other.lines {
                line.raw.truncate(line.body_end());
                line.raw.extend(end);
            }
        }
        self.lines.append(&mut other.lines);
    }

    fn comment_out_all(&mut self, key: &str, spelling: Spelling, kept: Option<usize>) -> bool {
        let end = self.first_document_end();
        let doomed = |at: usize, line: &Line| at < end && Some(at) != kept && line.names(key, spelling);
        if !self.lines.iter().enumerate().any(|(at, line)| doomed(at, line)) {
            return false;
        }
        let lines = std::mem::take(&mut self.lines);
        let separated = lines.len() > end;
        for (at, line) in lines.into_iter().enumerate() {
            if !doomed(at, &line) {
                self.lines.push(line);
                continue;
            }
            self.lines.extend(line.commented_out());
            // A comment directly before a separator would cancel it.
            if separated && at + 1 == end {
                let raw = line.end().unwrap_or(b"\n").to_vec();
                self.lines.push(Line { raw, pair: None });
            }
        }
        true
    }

    fn add(&mut self, key: &str, spelling: Spelling, value: &str) {
        if let Some(at) = self.commented(key, spelling) {
            let end = self.lines[at].body_end();
            let tail = self.lines[at].raw.split_off(end);
            self.lines[at] = Line::new(key, value, &tail);
            return;
        }
        let at = self.relative(key).unwrap_or_else(|| self.first_document_end());
        if at == self.lines.len() {
            self.close_last();
        }
        let end = at.checked_sub(1).and_then(|at| self.lines[at].end()).unwrap_or(self.line_end());
        let line = Line::new(key, value, end);
        self.lines.insert(at, line);
    }

    /// Returns the last `#key=` line before the first line that looks like a separator. Excludes the line directly
    /// before it: that comment prevents the separator from being one.
    fn commented(&self, key: &str, spelling: Spelling) -> Option<usize> {
        let end = self.lines.iter().position(Line::divides).map_or(self.lines.len(), |at| at.saturating_sub(1));
        self.lines[..end].iter().rposition(|line| line.comments_out(key, spelling))
    }

    /// Returns the position after the last of the keys that share the most leading parts with this one.
    fn relative(&self, key: &str) -> Option<usize> {
        let shared = |line: &Line| line.pair.as_ref().map_or(0, |spelt| name::shared_parts(&spelt.key, key));
        let lines = &self.lines[..self.first_document_end()];
        let best = lines.iter().map(shared).max().filter(|shared| *shared > 0)?;
        lines.iter().rposition(|line| shared(line) == best).map(|at| at + 1)
    }

    /// Ends the last line, so another line can follow.
    fn close_last(&mut self) {
        let eol = self.line_end();
        let Some(last) = self.lines.last_mut() else { return };
        let ended = last.body_end() < last.raw.len();
        let continues = last.pair.is_some() || last.raw.iter().find(|byte| !read::blank(**byte)) == Some(&b'\\');
        if !ended {
            last.raw.extend(eol);
        }
        if continues && odd_backslashes(&last.raw[..last.body_end()]) {
            last.raw.extend(last.end().unwrap_or(eol));
            // Java reads a backslash alone as the empty key only at the end of the file.
            last.pair =
                last.pair.take().filter(|spelt| !(spelt.key.is_empty() && !spelt.separated && spelt.value.is_empty()));
        }
    }

    /// Returns the line end of the file: the first one in it.
    fn line_end(&self) -> &'static [u8] {
        self.lines.iter().find_map(Line::end).unwrap_or(b"\n")
    }
}

impl Line {
    fn new(key: &str, value: &str, end: &[u8]) -> Self {
        let mut raw = escape::key(key);
        let key_end = raw.len();
        raw.push(b'=');
        let value_start = raw.len();
        raw.extend(escape::value(value));
        raw.extend(end);
        let spelt = Spelt {
            key: key.encode_utf16().collect(),
            value: value.encode_utf16().collect(),
            key_end,
            separator_end: value_start,
            value_start,
            separated: true,
        };
        Self { raw, pair: Some(Box::new(spelt)) }
    }

    /// Returns the position where the line end begins.
    fn body_end(&self) -> usize {
        let raw = &self.raw;
        let body = raw.strip_suffix(b"\r\n").or_else(|| raw.strip_suffix(b"\n")).or_else(|| raw.strip_suffix(b"\r"));
        body.map_or(raw.len(), <[u8]>::len)
    }

    /// Returns the line end for a line inserted after this one, which is its own. A different one could complete a CR,
    /// or be completed by a LF.
    fn end(&self) -> Option<&'static [u8]> {
        let ends: [&[u8]; 3] = [b"\r\n", b"\n", b"\r"];
        ends.into_iter().find(|end| self.raw.ends_with(end))
    }

    fn replace_value(&mut self, value: &str) {
        let end = self.body_end();
        let Some(spelt) = self.pair.as_mut().filter(|spelt| !crate::score::same(&spelt.value, value)) else { return };
        let tail = self.raw.split_off(end);
        if !spelt.separated {
            // After whitespace alone, Java would read a `=` at the start of the value as the separator.
            self.raw.truncate(spelt.key_end);
            self.raw.push(b'=');
            (spelt.separated, spelt.separator_end, spelt.value_start) = (true, self.raw.len(), self.raw.len());
        } else if value.is_empty() {
            // An empty continuation line would continue into the next line.
            self.raw.truncate(spelt.separator_end);
            spelt.value_start = spelt.separator_end;
        } else {
            self.raw.truncate(spelt.value_start);
        }
        self.raw.extend(escape::value(value));
        self.raw.extend(tail);
        spelt.value = value.encode_utf16().collect();
    }

    fn replace_key(&mut self, name: &str) {
        let Some(spelt) = self.pair.as_mut() else { return };
        let key = escape::key(name);
        let start = self.raw.iter().take_while(|byte| read::blank(**byte)).count().min(spelt.key_end);
        let moved = |at: usize| at - (spelt.key_end - start) + key.len();
        let (separator_end, value_start) = (moved(spelt.separator_end), moved(spelt.value_start));
        self.raw.splice(start..spelt.key_end, key.iter().copied());
        (spelt.key_end, spelt.separator_end, spelt.value_start) = (start + key.len(), separator_end, value_start);
        spelt.key = name.encode_utf16().collect();
    }

    /// Returns the same bytes with a `#` before each physical line: a backslash does not continue a comment.
    fn commented_out(&self) -> Vec<Self> {
        self.commented_out_with(b"#")
    }

    fn commented_out_with(&self, mark: &[u8]) -> Vec<Self> {
        let comment = |line: &[u8]| {
            // A `#` directly before a key `---` would form a separator.
            let mark: &[u8] = if line.starts_with(b"---") { b"# " } else { mark };
            Self { raw: [mark, line].concat(), pair: None }
        };
        read::physical(&self.raw).map(comment).collect()
    }

    /// Returns true if this is the key commented out, as templates and `commented_out` write it: `#key=` or `# key=`. A
    /// space before the `=`, or a `:`, is more often prose.
    fn comments_out(&self, key: &str, spelling: Spelling) -> bool {
        if self.pair.is_some() {
            return false;
        }
        let text = self.raw.trim_ascii_start();
        let Some(text) = text.strip_prefix(b"#").or_else(|| text.strip_prefix(b"!")) else { return false };
        let text = text.trim_ascii_start();
        let Some(end) = text.iter().position(|byte| *byte == b'=') else { return false };
        let units: Vec<u16> = text[..end].iter().map(|byte| u16::from(*byte)).collect();
        name::plain(&units) && spelling.matches(&units, key)
    }
}

fn odd_backslashes(bytes: &[u8]) -> bool {
    bytes.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}
