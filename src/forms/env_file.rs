//! Edits the lines of a file of variables and keeps all other bytes. Knows nothing of settings: the caller passes the
//! names of one setting and the value to write.

use crate::text::properties::physical;

/// The reader of the file. It decides how a value has to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EnvFileReader {
    /// Either `docker run --env-file`, which reads a line exactly as written, or compose, which does not. A value must
    /// be written so that both read the same.
    Both,
    /// Compose: it removes quotes, replaces `$NAME` by another variable, and reads ` #` as the start of a comment.
    Compose,
    /// systemd: `EnvironmentFile=`. It removes quotes, and reads a backslash inside them (systemd 255 `env-file.c`).
    Systemd,
}

pub(crate) struct EnvFile {
    /// The lines, with their line ends.
    lines: Vec<Vec<u8>>,
    /// True if a line with `export` sets a variable. systemd ignores such a line (systemd 255 `env-file.c`).
    exports: bool,
}

impl EnvFile {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        Self { lines: physical(bytes).map(<[u8]>::to_vec).collect(), exports: true }
    }

    /// Reads a file as this reader does.
    pub(crate) fn parse_for(bytes: &[u8], reader: EnvFileReader) -> Self {
        Self { exports: reader != EnvFileReader::Systemd, ..Self::parse(bytes) }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.lines.concat()
    }

    /// Sets the variable under the first of the names that the file already has, else under the first name. If several
    /// lines set it, the line that takes effect stays and the others become comments.
    pub(crate) fn set(&mut self, names: &[String], value: &str) {
        let Some(name) = names.iter().find(|name| self.last(name).is_some()).or(names.first()) else { return };
        let kept = self.last(name);
        for at in 0..self.lines.len() {
            if Some(at) != kept && names.iter().any(|name| self.is_of(&self.lines[at], name)) {
                self.lines[at].insert(0, b'#');
            }
        }
        match kept {
            Some(at) => replace(&mut self.lines[at], value),
            None => self.push(&format!("{name}={value}")),
        }
    }

    /// Returns true if a line sets one of these names.
    pub(crate) fn sets(&self, names: &[String]) -> bool {
        names.iter().any(|name| self.last(name).is_some())
    }

    /// Turns the lines of this name into comments.
    pub(crate) fn unset(&mut self, name: &str) {
        let exports = self.exports;
        for line in self.lines.iter_mut().filter(|line| named(line, exports) == Some(name.as_bytes())) {
            line.insert(0, b'#');
        }
    }

    /// Removes the comment lines that begin with this text.
    pub(crate) fn drop_comments(&mut self, beginning: &str) {
        self.lines.retain(|line| !line.starts_with(beginning.as_bytes()));
    }

    /// Inserts a comment as the first line.
    pub(crate) fn put_first(&mut self, comment: &str) {
        let end = self.line_end();
        self.lines.insert(0, [comment.as_bytes(), end].concat());
    }

    fn line_end(&self) -> &'static [u8] {
        if self.lines.first().is_some_and(|line| line.ends_with(b"\r\n")) { b"\r\n" } else { b"\n" }
    }

    fn push(&mut self, text: &str) {
        let end = self.line_end();
        if let Some(last) = self.lines.last_mut().filter(|last| !last.ends_with(b"\n")) {
            last.extend(end);
        }
        self.lines.push([text.as_bytes(), end].concat());
    }

    /// Returns the index of the last line of a name, which is the line that takes effect.
    fn last(&self, name: &str) -> Option<usize> {
        self.lines.iter().rposition(|line| self.is_of(line, name))
    }

    fn is_of(&self, line: &[u8], name: &str) -> bool {
        named(line, self.exports) == Some(name.as_bytes())
    }
}

/// Returns the name that a line sets.
fn named(line: &[u8], exports: bool) -> Option<&[u8]> {
    let line = line.trim_ascii_start();
    let line = line.strip_prefix(b"export ").filter(|_| exports).unwrap_or(line);
    let end = line.iter().position(|byte| *byte == b'=')?;
    (!line.starts_with(b"#")).then(|| line[..end].trim_ascii())
}

fn replace(line: &mut Vec<u8>, value: &str) {
    let Some(at) = line.iter().position(|byte| *byte == b'=') else { return };
    let body = line.iter().position(|byte| b"\r\n".contains(byte)).unwrap_or(line.len());
    let end = line.split_off(body);
    line.truncate(at + 1);
    line.extend(value.bytes());
    line.extend(end);
}

/// Returns the value in the spelling that the reader needs. Returns an error with the reason if the file cannot carry
/// it.
pub(crate) fn written(value: &str, reader: EnvFileReader) -> Result<String, &'static str> {
    if value.contains(['\n', '\r', '\0']) {
        return Err("a line break cannot be carried in a file of variables");
    }
    if reader == EnvFileReader::Systemd {
        let escaped = value.chars().flat_map(|letter| {
            let escape = ['"', '\\', '$', '`'].contains(&letter).then_some('\\');
            escape.into_iter().chain([letter])
        });
        return Ok(format!("\"{}\"", escaped.collect::<String>()));
    }
    if !value.is_ascii() {
        return Err("Java in the image reads variables as ASCII, and this holds other letters");
    }
    let edges = value.trim() != value;
    let dollar = value.contains('$');
    let comment = value.starts_with('#') || value.contains(" #") || value.contains("\t#");
    let quote = value.starts_with(['"', '\'']);
    if !edges && !dollar && !comment && !quote {
        return Ok(value.to_owned());
    }
    if reader == EnvFileReader::Both {
        return Err(match () {
            () if dollar => "docker run --env-file keeps $ as written, and compose does not",
            () if comment => "docker run --env-file keeps # as written, and compose does not",
            () if quote => "docker run --env-file keeps quotes as written, and compose does not",
            () => "docker run --env-file keeps spaces around the value, and compose does not",
        });
    }
    // Compose reads a value in single quotes exactly as written.
    if !value.contains('\'') {
        return Ok(format!("'{value}'"));
    }
    if !value.contains(['"', '\\']) {
        return Ok(format!("\"{}\"", value.replace('$', "$$")));
    }
    Err("compose cannot be given both kinds of quotes in one value")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forms::environment;

    #[test]
    fn only_the_value_changes_and_one_line_counts() {
        let mut file =
            EnvFile::parse(b"# mine\r\nOTHER=1\r\n S3_ACCESSKEY=old\r\nS3_ACCESS_KEY=older\r\nS3_ACCESSKEY=oldest");
        let names = ["S3_ACCESSKEY".to_owned(), "S3_ACCESS_KEY".to_owned()];
        file.set(&names, "new");
        file.set(&["NEW".to_owned()], "x y");
        file.unset("OTHER");
        let expected =
            "# mine\r\n#OTHER=1\r\n# S3_ACCESSKEY=old\r\n#S3_ACCESS_KEY=older\r\nS3_ACCESSKEY=new\r\nNEW=x y\r\n";
        assert_eq!(String::from_utf8(file.to_bytes()).unwrap(), expected);
    }

    #[test]
    fn a_line_with_export_stays_where_systemd_reads_the_file() {
        let text = b"A=1\nexport A=2\n";
        let set = |reader| {
            let mut file = EnvFile::parse_for(text, reader);
            file.set(&["A".to_owned()], "3");
            String::from_utf8(file.to_bytes()).unwrap()
        };
        assert_eq!(set(EnvFileReader::Systemd), "A=3\nexport A=2\n");
        assert_eq!(set(EnvFileReader::Compose), "#A=1\nexport A=3\n");
    }

    #[test]
    fn what_is_written_is_what_its_readers_read() {
        for value in
            ["", "plain", "0 0 0 * * ?", "a#b", "a\\b", "a'b", "a\"b", "a=b", "$x", "x #y", "'q'", "\"", " b", "a'$b"]
        {
            let line = |written: &str| format!("A={written}\n").into_bytes();
            if let Ok(both) = written(value, EnvFileReader::Both) {
                assert_eq!(environment::literal(&line(&both))[0].value.for_file(), value);
                assert_eq!(environment::compose(&line(&both), &|_| None).unwrap()[0].value.for_file(), value);
            }
            let alone = written(value, EnvFileReader::Compose).unwrap();
            assert_eq!(environment::compose(&line(&alone), &|_| None).unwrap()[0].value.for_file(), value);
        }
        assert!(
            ["$", "a #b", "#", "'a", "a ", "a\nb", "é"].iter().all(|odd| written(odd, EnvFileReader::Both).is_err())
        );
    }
}
