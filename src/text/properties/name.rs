//! Decides which spellings of a key Spring Boot reads as the same key, and which of them takes effect.

use super::Document;
use crate::score::{Spelling, letters, same};

/// Returns a key without case, dashes, underscores and odd characters.
#[must_use]
pub fn uniform(units: &[u16]) -> String {
    letters(units.iter().copied()).map(char::from).collect()
}

/// Returns the spelling that overrides all others (observed on Score 5.10.1 and 5.11.0 with `s3.secret-key` and
/// `s3.secretKey`). For a name without capitals this is the name itself.
pub(crate) fn dashed(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 4);
    for letter in key.chars() {
        if letter.is_ascii_uppercase() {
            out.push('-');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// Returns the number of leading dotted parts that two names share, ignoring case.
pub(super) fn shared_parts(units: &[u16], key: &str) -> usize {
    let alike = |(mine, theirs): &(u16, u16)| lower(*mine) == lower(*theirs);
    let length = units.iter().copied().zip(key.encode_utf16()).take_while(alike).count();
    let ends = |rest: Option<u16>| rest.is_none_or(|unit| unit == DOT);
    let dots = units[..length].iter().filter(|unit| **unit == DOT).count();
    let whole = ends(units.get(length).copied()) && ends(key.encode_utf16().nth(length));
    dots + usize::from(whole)
}

const DOT: u16 = b'.' as u16;

fn lower(unit: u16) -> u16 {
    u8::try_from(unit).map_or(unit, |byte| u16::from(byte.to_ascii_lowercase()))
}

/// Returns true if Spring Boot always binds this spelling. It ignores other characters too, but not everywhere.
pub(super) fn plain(units: &[u16]) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    units.iter().all(|unit| u8::try_from(*unit).is_ok_and(plain))
}

/// Returns the index of the key that takes effect. Of equal spellings the last key does; of different spellings the
/// dashed one, else the one that comes first (observed on Score 5.10.1 and 5.11.0).
pub(crate) fn winner<'a>(
    keys: &(impl DoubleEndedIterator<Item = Option<&'a [u16]>> + ExactSizeIterator + Clone),
    key: &str,
    spelling: Spelling,
) -> Option<usize> {
    let dashed = dashed(key);
    let mut first = None;
    let mut winner = None;
    for (at, units) in keys.clone().enumerate() {
        let Some(units) = units.filter(|units| binds(units, key, spelling)) else { continue };
        if spelling == Spelling::Relaxed && same(units, &dashed) {
            winner = Some(at);
        }
        first.get_or_insert(units);
    }
    winner.or_else(|| keys.clone().rposition(|units| units.is_some() && units == first))
}

/// A UTF-8 byte order mark, read as Latin-1.
const MARK: [u16; 3] = [0xef, 0xbb, 0xbf];

/// Returns true if Spring Boot always reads this spelling as the key.
pub(crate) fn binds(units: &[u16], key: &str, spelling: Spelling) -> bool {
    // Spring Boot ignores a byte order mark before the first key, like other odd characters (observed on Score 5.9 to
    // 5.12).
    let bare = units.strip_prefix(&MARK).unwrap_or(units);
    spelling.matches(units, key) && (same(units, key) || plain(bare))
}

impl Document {
    /// Returns the index of the line that takes effect in the first document.
    pub(super) fn winner(&self, key: &str, spelling: Spelling) -> Option<usize> {
        let lines = &self.lines[..self.first_document_end()];
        // Spring Boot finds a key after a byte order mark, but an edit writes the key on a line without it.
        let clean = |units: &&[u16]| !units.starts_with(&MARK) || same(units, key);
        winner(
            &lines.iter().map(|line| line.pair.as_ref().map(|spelt| spelt.key.as_slice()).filter(clean)),
            key,
            spelling,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_parts_are_whole_ones() {
        for (mine, theirs, shared) in [
            ("s3.endpoint", "s3.accessKey", 1),
            ("S3.Endpoint", "s3.endpoint", 2),
            ("s3.endpoints", "s3.endpoint", 1),
            ("s3", "s3.endpoint", 1),
            ("s30.x", "s3.x", 0),
            ("a.b.", "a.b.c", 2),
            ("", "s3", 0),
        ] {
            let units: Vec<u16> = mine.encode_utf16().collect();
            assert_eq!(shared_parts(&units, theirs), shared, "{mine} {theirs}");
        }
    }
}
