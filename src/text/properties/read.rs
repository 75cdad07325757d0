//! Reads one logical line as `java.util.Properties.load(InputStream)` of JDK 17 does (`LineReader`, `load0`,
//! `loadConvert`), and keeps the position of each byte. Knows nothing of the meaning of keys.

use super::{BadEscape, Line, Spelt, Units};

/// The bytes of a logical line with their positions in the file, without continuations and the whitespace after them.
type Joined = Vec<(u8, usize)>;

pub(super) fn blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x0c)
}

pub(super) fn line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Returns the length of the line end at this position.
fn width(bytes: &[u8], at: usize) -> usize {
    if bytes[at..].starts_with(b"\r\n") { 2 } else { 1 }
}

/// Returns the number of line ends in these bytes. A CR and the LF after it are one end.
pub(super) fn line_ends(bytes: &[u8]) -> usize {
    let alone = |at: usize| bytes[at] == b'\n' || (bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
    (0..bytes.len()).filter(|at| alone(*at)).count()
}

/// Returns the physical lines, with their line ends.
pub(crate) fn physical(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let end = bytes.iter().position(|byte| line_end(*byte)).map_or(bytes.len(), |at| at + width(bytes, at));
        let (line, rest) = bytes.split_at(end);
        bytes = rest;
        (!line.is_empty()).then_some(line)
    })
}

/// Reads the line that starts at this position, which must be inside the bytes.
pub(super) fn logical_line(bytes: &[u8], start: usize) -> Result<Line, BadEscape> {
    let trivia = |end: usize| Ok(Line { raw: bytes[start..end].to_vec(), pair: None });
    let mut joined = Joined::new();
    // Leading whitespace is skipped. A line end then means a blank line, except in a continuation.
    let (mut skipping, mut continued, mut escaped) = (true, false, false);
    let mut at = start;
    while at < bytes.len() {
        let byte = bytes[at];
        if skipping {
            if blank(byte) {
                at += 1;
                continue;
            }
            if !continued && line_end(byte) {
                return trivia(at + width(bytes, at));
            }
            (skipping, continued) = (false, false);
        }
        if joined.is_empty() && matches!(byte, b'#' | b'!') {
            let end = bytes[at..].iter().position(|byte| line_end(*byte)).map_or(bytes.len(), |ahead| at + ahead);
            return trivia(if end < bytes.len() { end + width(bytes, end) } else { end });
        }
        if !line_end(byte) {
            joined.push((byte, at));
            escaped = byte == b'\\' && !escaped;
            at += 1;
            continue;
        }
        let after = at + width(bytes, at);
        if joined.is_empty() {
            return trivia(after);
        }
        if !escaped {
            return pair(bytes, start, after, &joined);
        }
        joined.pop();
        if after >= bytes.len() {
            // At the end of the file, Java looks for more input before it removes a CR LF after a backslash, but after
            // it removes a single CR or LF. So a backslash alone is the empty key only before a single CR or LF.
            return if joined.is_empty() && after - at == 2 {
                trivia(after)
            } else {
                pair(bytes, start, after, &joined)
            };
        }
        at = after;
        (skipping, continued, escaped) = (true, true, false);
    }
    if escaped {
        joined.pop();
    } else if joined.is_empty() {
        return trivia(at);
    }
    pair(bytes, start, at, &joined)
}

fn pair(bytes: &[u8], start: usize, end: usize, joined: &[(u8, usize)]) -> Result<Line, BadEscape> {
    let (mut key_len, mut escaped) = (0, false);
    for (byte, _) in joined {
        if !escaped && (blank(*byte) || matches!(byte, b'=' | b':')) {
            break;
        }
        escaped = *byte == b'\\' && !escaped;
        key_len += 1;
    }
    let (mut value_from, mut separated) = (key_len, false);
    for (byte, _) in &joined[key_len..] {
        let separator = matches!(byte, b'=' | b':') && !separated;
        if !blank(*byte) && !separator {
            break;
        }
        separated |= separator;
        value_from += 1;
    }
    let after = |count: usize| joined[..count].last().map_or(0, |(_, at)| at + 1 - start);
    let spelt = Spelt {
        key: unescape(bytes, &joined[..key_len])?,
        value: unescape(bytes, &joined[value_from..])?,
        key_end: after(key_len),
        separator_end: after(value_from),
        // An empty value begins directly after the key and the separator.
        value_start: joined.get(value_from).map_or_else(|| after(value_from), |(_, at)| at - start),
        separated,
    };
    Ok(Line { raw: bytes[start..end].to_vec(), pair: Some(Box::new(spelt)) })
}

fn unescape(bytes: &[u8], text: &[(u8, usize)]) -> Result<Units, BadEscape> {
    let mut units = Units::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some((byte, at)) = rest.next() {
        if *byte != b'\\' {
            units.push(u16::from(*byte));
            continue;
        }
        units.push(match rest.next().map(|(byte, _)| *byte) {
            None => break,
            Some(b't') => 0x09,
            Some(b'n') => 0x0a,
            Some(b'f') => 0x0c,
            Some(b'r') => 0x0d,
            Some(b'u') => {
                let digits = rest.by_ref().take(4).map_while(|(byte, _)| char::from(*byte).to_digit(16));
                let (count, unit) = digits.fold((0, 0), |(count, unit), digit| (count + 1, unit << 4 | digit));
                match u16::try_from(unit) {
                    Ok(unit) if count == 4 => unit,
                    _ => return Err(BadEscape { line: line_ends(&bytes[..*at]) + 1 }),
                }
            }
            Some(other) => u16::from(other),
        });
    }
    Ok(units)
}
