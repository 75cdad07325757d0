//! Finds secrets inside a text by their shape: values after the name of a secret, users and passwords in URLs,
//! signatures, tokens and private keys.

use std::ops::Range;

use super::names::is_secret_name;

/// The end of a value after the name of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::text) enum Extent {
    /// The end of its word: in a sentence, or in a reply.
    Word,
    /// The end of the text: in a line of a configuration, a value may contain spaces.
    Text,
}

/// Returns the positions of secrets, in order, without overlaps.
pub(in crate::text) fn secrets(text: &str, extent: Extent) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    private_keys(text, &mut found);
    sign_ins(text, &mut found);
    values(text, extent, &mut found);
    schemes(text, &mut found);
    tokens(text, &mut found);
    merged(found)
}

/// Returns the positions of users and passwords in URLs.
pub(in crate::text) fn url_users(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    sign_ins(text, &mut found);
    merged(found)
}

/// Returns the text with each of these positions replaced.
pub(in crate::text) fn replaced(text: &str, positions: &[Range<usize>], by: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for position in positions {
        out.push_str(text.get(from..position.start).unwrap_or_default());
        out.push_str(by);
        from = position.end;
    }
    out + text.get(from..).unwrap_or_default()
}

pub(super) fn merged(mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    found.retain(|range| !range.is_empty());
    found.sort_by_key(|range| range.start);
    let mut out: Vec<Range<usize>> = Vec::new();
    for range in found {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

/// Finds the lines between the first and the last line of a private key.
fn private_keys(text: &str, found: &mut Vec<Range<usize>>) {
    let mut from = 0;
    while let Some(begin) = text[from..].find("-----BEGIN ").map(|at| from + at) {
        let Some(header) = text[begin + 11..].find("-----").map(|at| begin + 11 + at) else { return };
        from = header + 5;
        if text[begin..header].contains("PRIVATE KEY") {
            let end = text[from..].find("-----END").map_or(text.len(), |at| from + at);
            found.push(from..end);
            from = end;
        }
    }
}

/// Finds `user:password` in `scheme://user:password@host`. A password may contain `/`, `#` and `@`, so the last `@` of
/// the word counts. It may even contain a space, if the part after the colon is not a port.
fn sign_ins(text: &str, found: &mut Vec<Range<usize>>) {
    // The end of the word that was looked at last, and its last `@`. A word may contain several URLs.
    let (mut word, mut sign) = (0, None);
    for (at, _) in text.match_indices("://") {
        let start = at + 3;
        let rest = &text[start..];
        if start >= word {
            let end = rest.find(|letter: char| letter.is_whitespace() || "\"<>".contains(letter));
            word = end.map_or(text.len(), |end| start + end);
            sign = text[start..word].rfind('@').map(|sign| start + sign);
        }
        if let Some(sign) = sign.filter(|sign| *sign >= start) {
            found.push(start..sign);
            continue;
        }
        let near = &rest.as_bytes()[..rest.len().min(FARTHEST)];
        let ends = near.iter().position(|byte| b"/?#\"<>".contains(byte) || byte.is_ascii_whitespace());
        let authority = &near[..ends.unwrap_or(near.len())];
        let port = authority.iter().rposition(|byte| *byte == b':').map_or(&[][..], |colon| &authority[colon + 1..]);
        if port.iter().all(u8::is_ascii_digit) || authority.starts_with(b"[") {
            continue;
        }
        let line = near.iter().position(|byte| b"\r\n".contains(byte)).unwrap_or(near.len());
        let next = near[..line].windows(3).position(|window| window == b"://").unwrap_or(line);
        found.extend(near[..next].iter().position(|byte| *byte == b'@').map(|sign| start..start + sign));
    }
}

/// The longest password with a space that is searched for its end, in bytes.
const FARTHEST: usize = 500;

fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "._-".contains(letter)
}

/// The longest name that is looked at, in bytes.
const LONGEST_NAME: usize = 200;

/// Returns the name that ends here.
fn name_before(text: &str) -> &str {
    let text = text.trim_end_matches([' ', '\t']);
    let start = text.bytes().rev().take(LONGEST_NAME).take_while(|byte| is_name(char::from(*byte))).count();
    let name = text.get(text.len() - start..).unwrap_or_default();
    // In a URL inside a URL, the sign before the name is written as %3F or %26.
    let escaped = text[..text.len() - start].ends_with('%');
    name.get(2..).filter(|_| escaped).unwrap_or(name)
}

/// Returns the quoted name that ends here, also with escaped quotes as in JSON inside JSON.
fn quoted_before(text: &str) -> Option<&str> {
    let text = text.trim_end_matches([' ', '\t', '\n', '\r']);
    let body = text.strip_suffix(['"', '\''])?;
    let body = body.trim_end_matches('\\');
    let name = name_before(body);
    body[..body.len() - name.len()].ends_with(['"', '\'']).then_some(name)
}

/// Finds values after the names of secrets: `name=value`, `name%3Dvalue`, `"name": "value"`, and a line `name: value`.
fn values(text: &str, extent: Extent, found: &mut Vec<Range<usize>>) {
    // The start of the line, and the end of the last secret.
    let (mut line, mut covered) = (0, 0);
    for (at, byte) in text.bytes().enumerate() {
        if byte == b'\n' {
            line = at + 1;
        }
        if at < covered {
            continue;
        }
        let encoded =
            byte == b'%' && text.as_bytes().get(at + 1..at + 3).is_some_and(|hex| hex.eq_ignore_ascii_case(b"3d"));
        let (name, start) = match byte {
            b'=' => (name_before(&text[..at]), at + 1),
            b'%' if encoded => (name_before(&text[..at]), at + 3),
            b':' => {
                if let Some(name) = quoted_before(&text[..at]) {
                    if is_secret_name(name) {
                        let value = quoted_value(text, at + 1);
                        covered = value.end;
                        found.push(value);
                    }
                    continue;
                }
                let name = name_before(&text[..at]);
                let first = at - line < 2 * LONGEST_NAME && text[line..at].trim() == name;
                let header =
                    name.contains(['.', '-', '_']) || SINGLE.iter().any(|word| name.eq_ignore_ascii_case(word));
                // A URL such as `key://host` is not a pair.
                if !first || !header || text[at..].starts_with("://") {
                    continue;
                }
                (name, at + 1)
            }
            _ => continue,
        };
        if name.is_empty() || !is_secret_name(name) {
            continue;
        }
        let blanks = text[start..].bytes().take_while(|byte| b" \t".contains(byte)).count();
        let begin = start + blanks;
        let whole = extent == Extent::Text || byte == b':';
        let end_of_line = || text[begin..].find('\n').map_or(text.len(), |end| begin + end);
        covered = if whole { end_of_line() } else { word_end(text, begin) };
        found.push(begin..covered);
    }
}

/// Names without a separator that are secrets at the beginning of a line.
const SINGLE: [&str; 6] = ["authorization", "cookie", "password", "secret", "token", "passwd"];

/// Returns the end of a value in a sentence: the closing quote, or the end of the word.
fn word_end(text: &str, begin: usize) -> usize {
    let rest = &text[begin..];
    if let Some(quote) = rest.chars().next().filter(|first| ['"', '\''].contains(first)) {
        return rest[1..].find(quote).map_or(text.len(), |end| begin + 1 + end);
    }
    let ends = |letter: char| letter.is_whitespace() || "&\"'<>,;()[]{}`".contains(letter);
    rest.find(ends).map_or(text.len(), |end| begin + end)
}

/// Returns the position of a value in JSON.
fn quoted_value(text: &str, start: usize) -> Range<usize> {
    let blanks = text[start..].bytes().take_while(u8::is_ascii_whitespace).count();
    let mut begin = start + blanks;
    let backslashes = text[begin..].bytes().take_while(|byte| *byte == b'\\').count();
    let escaped = backslashes > 0;
    begin += backslashes;
    let Some(quote) = text[begin..].chars().next().filter(|first| ['"', '\''].contains(first)) else {
        let end = text[begin..].find(|letter: char| letter.is_whitespace() || ",}]".contains(letter));
        return begin..end.map_or(text.len(), |end| begin + end);
    };
    begin += 1;
    let mut skip = false;
    for (at, letter) in text[begin..].char_indices() {
        if letter == quote && !skip {
            return begin..begin + at;
        }
        // In JSON inside JSON, the quote that ends the value is escaped itself.
        if letter == '\\' && escaped {
            return begin..begin + at;
        }
        skip = letter == '\\' && !skip;
    }
    begin..text.len()
}

/// Words that follow `Bearer` or `Basic` in sentences.
const NOT_TOKENS: [&str; 8] =
    ["auth", "authentication", "authorization", "realm", "token", "tokens", "scheme", "credentials"];

/// Finds the word after `Bearer` or `Basic`.
fn schemes(text: &str, found: &mut Vec<Range<usize>>) {
    let lower = text.to_ascii_lowercase();
    for scheme in ["bearer ", "basic "] {
        for (at, _) in lower.match_indices(scheme) {
            let begin = at + scheme.len();
            let end = word_end(text, begin);
            let word = lower[begin..end].trim_end_matches(['.', ':', '=']);
            let before = lower[..at].chars().next_back();
            if !before.is_some_and(char::is_alphanumeric) && !NOT_TOKENS.contains(&word) {
                found.push(begin..end);
            }
        }
    }
}

/// Finds JSON web tokens.
fn tokens(text: &str, found: &mut Vec<Range<usize>>) {
    let mut covered = 0;
    for (at, _) in text.match_indices("eyJ") {
        let inside = text[..at].chars().next_back().is_some_and(|letter| letter.is_ascii_alphanumeric());
        if inside || at < covered {
            continue;
        }
        let end = text[at..].find(|letter: char| !(letter.is_ascii_alphanumeric() || "._-".contains(letter)));
        let end = end.map_or(text.len(), |end| at + end);
        covered = end;
        if text[at..end].contains('.') && end - at > 20 {
            found.push(at..end);
        }
    }
}

/// Returns true for one long word of mixed letters and digits, the shape of a generated key.
pub(crate) fn is_random(text: &str) -> bool {
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte);
    text.len() >= 32
        && text.bytes().all(base64)
        && text.bytes().any(|byte| byte.is_ascii_uppercase())
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
        && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// Finds words with the shape of a generated secret.
pub(super) fn random_words(text: &str) -> Vec<Range<usize>> {
    let base64 = |letter: char| letter.is_ascii_alphanumeric() || "+/=_-".contains(letter);
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(begin) = text[from..].find(base64).map(|at| from + at) {
        let end = text[begin..].find(|letter| !base64(letter)).map_or(text.len(), |end| begin + end);
        if end - begin >= 40 && is_random(&text[begin..end]) {
            found.push(begin..end);
        }
        from = end;
    }
    found
}

/// Returns true for the shape of an access key id: capitals and digits.
fn is_id(text: &str) -> bool {
    (16..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Returns true if this access key is probably the secret key: by its own shape, or because the secret key has the
/// shape of an id.
pub(in crate::text) fn is_swapped(access: &str, secret: Option<&str>) -> bool {
    let secret_signs = access.contains(['/', '+', '=']) && access.len() >= 16;
    // The length of the secret keys of AWS, Ceph and MinIO.
    let as_long = access.len() == 40 && !access.contains(' ');
    is_random(access) || secret_signs || as_long || !is_id(access) && secret.is_some_and(is_id)
}
