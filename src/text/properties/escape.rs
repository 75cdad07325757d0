//! Escapes text for a properties file. Writes only ASCII, so the file means the same when it is read as Latin-1 or as
//! UTF-8. Spring Boot reads it as Latin-1 (2.1.6 and 2.6.6, `OriginTrackedPropertiesLoader`).

pub(super) fn key(text: &str) -> Vec<u8> {
    escape(text, |unit, _, _| matches!(unit, 0x20 | 0x21 | 0x23 | 0x3a | 0x3d))
}

/// Escapes a value. Only a space at the start needs a backslash; a space at the end is escaped too, because some
/// editors remove it.
pub(super) fn value(text: &str) -> Vec<u8> {
    escape(text, |unit, first, _| unit == 0x20 && first)
}

fn escape(text: &str, quoted: impl Fn(u16, bool, bool) -> bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut units = text.encode_utf16().peekable();
    let mut first = true;
    while let Some(unit) = units.next() {
        let last = units.peek().is_none();
        match unit {
            0x09 => out.extend(b"\\t"),
            0x0a => out.extend(b"\\n"),
            0x0c => out.extend(b"\\f"),
            0x0d => out.extend(b"\\r"),
            0x5c => out.extend(b"\\\\"),
            _ if quoted(unit, first, last) => out.extend([b'\\', unit.to_le_bytes()[0]]),
            0x20 if last => out.extend(b"\\u0020"),
            0x20..=0x7e => out.push(unit.to_le_bytes()[0]),
            _ => out.extend(format!("\\u{unit:04X}").bytes()),
        }
        first = false;
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_what_java_would_change_is_escaped() {
        for (text, written) in [
            ("a+/=#!:\"',b", "a+/=#!:\"',b"),
            (" lead", "\\ lead"),
            ("trail ", "trail\\u0020"),
            ("a\\b", "a\\\\b"),
            ("\u{e9}\u{1f600}\0", "\\u00E9\\uD83D\\uDE00\\u0000"),
            ("a\tb\nc\rd\u{c}", "a\\tb\\nc\\rd\\f"),
            (" ", "\\ "),
        ] {
            assert_eq!(String::from_utf8(super::value(text)).unwrap(), written);
        }
        assert_eq!(super::key("a b=c:#!"), b"a\\ b\\=c\\:\\#\\!");
    }
}
