//! Decides what is a secret, for every output: the screen, the difference, `show`, `report`, `lint`, the log and JSON.
//! A value is a secret by its name (`mask/names.rs`) or by its shape (`mask/spans.rs`). Accepts any bytes, including
//! those that Java refuses.

mod known;
mod names;
mod objects;
mod spans;

use crate::text::{
    properties::{Document, Logical, Units, physical, uniform},
    secret::Secret,
    visible::visible,
};
pub use known::contains;
pub use names::{HARMLESS, is_secret_name};
pub(crate) use objects::{ObjectValue, lines_of_objects, named_values};
pub(crate) use spans::is_random;
pub(in crate::text) use spans::{Extent, replaced, secrets};
use spans::{is_swapped, url_users};

/// The mask of a secret. Its length is constant, so it does not show the length of the secret.
pub const DOTS: &str = "••••••••";

/// The names of the two keys that operators swap, without case, dashes, underscores and dots.
const ACCESS_KEY: &str = "s3accesskey";
const SECRET_KEY: &str = "s3secretkey";

/// Returns the value for display, by the name of its key and by its shape, with the secrets inside it masked; `None` if
/// it is a secret as a whole. All other characters stay.
#[must_use]
pub fn shown_value(key: &str, value: &Secret) -> Option<String> {
    if value.is_empty() {
        return Some(String::new());
    }
    let access = squashed(key) == ACCESS_KEY;
    let hidden = is_secret_name(key) || value.shape(|text| is_random(text) || access && is_swapped(text, None));
    (!hidden).then(|| value.shape(|text| replaced(text, &secrets(text, Extent::Text), DOTS)))
}

/// Returns true if these two keys are probably swapped, so that the access key is a secret too.
#[must_use]
pub fn swapped(access: &Secret, secret: &Secret) -> bool {
    access.shape(|access| secret.shape(|secret| is_swapped(access, Some(secret))))
}

/// Returns a text of several words, such as a message or a line of a log, with the secrets inside it masked.
#[must_use]
pub fn masked(text: &str) -> String {
    let mut found = secrets(text, Extent::Word);
    found.extend(spans::random_words(text));
    replaced(text, &spans::merged(found), DOTS)
}

fn squashed(key: &str) -> String {
    uniform(&key.encode_utf16().collect::<Units>()).replace('.', "")
}

/// A physical line for display.
pub(crate) struct ShownLine {
    pub text: String,
    /// The key on this line whose value is masked, without case, dashes and underscores, and that value.
    pub masked: Option<(String, Units)>,
}

/// Returns the lines of these bytes for display, in order, one for each physical line, without line ends.
pub(crate) fn lines(bytes: &[u8]) -> Vec<ShownLine> {
    let mut shown = by_keys(bytes);
    // The lines of a private key have no name.
    let mut inside = false;
    for (line, raw) in shown.iter_mut().zip(physical(bytes)) {
        let text = String::from_utf8_lossy(body(raw));
        let begins = text.contains("-----BEGIN ") && text.contains("PRIVATE KEY");
        let bare = text.trim_matches([' ', '\t', '#', '!', '\\']);
        inside &= !text.contains("-----END");
        if inside || is_random(bare) {
            DOTS.clone_into(&mut line.text);
        }
        inside |= begins && !text.contains("-----END");
    }
    shown
}

fn by_keys(bytes: &[u8]) -> Vec<ShownLine> {
    let mut shown = Vec::new();
    let Ok(document) = Document::parse(bytes) else {
        // Java cannot read this file, but its lines may contain secrets of the operator.
        show_comments(&physical(bytes).collect::<Vec<_>>(), &mut shown);
        return shown;
    };
    let swapped = swaps_keys(&document);
    let mut comments = Vec::new();
    for line in document.logical() {
        let Some((key, value)) = line.pair else {
            comments.extend(physical(line.raw));
            continue;
        };
        show_comments(&comments, &mut shown);
        comments.clear();
        let first = shown.len();
        let hidden = hidden_from(key, line.raw, line.value_start, swapped);
        let mut start = 0;
        for physical in physical(line.raw) {
            shown.push(show(physical, hidden.map(|from| from.saturating_sub(start))));
            start += physical.len();
        }
        if hidden == Some(line.value_start) {
            shown[first].masked = Some((uniform(key), value.to_vec()));
        }
    }
    show_comments(&comments, &mut shown);
    shown
}

/// Returns true if the access key and the secret key of this file are probably swapped.
pub(crate) fn swaps_keys(document: &Document) -> bool {
    let value = |name: &str| {
        let found = document.pairs().filter(|pair| uniform(pair.key).replace('.', "") == name);
        found.last().map(|pair| String::from_utf16_lossy(pair.value))
    };
    value(ACCESS_KEY).is_some_and(|access| is_swapped(&access, value(SECRET_KEY).as_deref()))
}

/// Returns true if the file contains a secret. `objects` is true for YAML and JSON that describes containers.
pub(crate) fn holds_secrets(bytes: &[u8], objects: bool) -> bool {
    if !objects {
        return sets_secrets(bytes);
    }
    let hidden = |value: &ObjectValue| value.hidden && !value.value.shape(str::is_empty);
    named_values(bytes).is_none_or(|values| values.iter().any(hidden))
}

/// Returns true if a value, outside of comments, is masked.
fn sets_secrets(bytes: &[u8]) -> bool {
    let Ok(document) = Document::parse(bytes) else { return true };
    let hidden = |line: Logical<'_>| {
        let (key, value) = line.pair?;
        hidden_from(key, line.raw, line.value_start, false).filter(|_| !value.is_empty())
    };
    document.logical().any(|line| hidden(line).is_some())
}

/// Returns the position of the secret on this line: the value of a secret key, or a part of another value, such as an
/// argument in wrapper.conf.
fn hidden_from(key: &[u16], raw: &[u8], value_start: usize, swapped: bool) -> Option<usize> {
    let access = swapped && uniform(key).replace('.', "") == ACCESS_KEY;
    if access || is_secret_name(&String::from_utf16_lossy(key)) {
        return Some(value_start);
    }
    let value = ascii(raw.get(value_start..)?);
    if is_random(value.trim()) {
        return Some(value_start);
    }
    let users = url_users(&value);
    let within = |found: &std::ops::Range<usize>| users.contains(found);
    // The user of a URL is masked inside the shown line, so its host stays visible.
    secrets(&value, Extent::Text).into_iter().find(|found| !within(found)).map(|found| value_start + found.start)
}

/// Returns bytes as text of the same length.
fn ascii(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' }).collect()
}

/// Masks comment lines, which may contain a key that was commented out, with its continuations.
fn show_comments(lines: &[&[u8]], shown: &mut Vec<ShownLine>) {
    let text = |line: &[u8]| line.iter().position(|byte| !b" \t\x0c#!".contains(byte)).unwrap_or(line.len());
    let mut rest = lines;
    while let Some(first) = rest.first() {
        let mut bare = first[text(first)..].to_vec();
        let mut count = 1;
        while continues(&bare)
            && let Some(next) = rest.get(count)
        {
            bare.extend(&next[text(next)..]);
            count += 1;
        }
        let hidden = secret_from(&bare);
        let mut start = 0;
        for line in &rest[..count] {
            let skipped = text(line);
            shown.push(show(line, hidden.map(|from| from.saturating_sub(start) + skipped)));
            start += line.len() - skipped;
        }
        rest = &rest[count..];
    }
}

/// Returns the position of the value if these bytes, without the comment sign, set a secret key or contain a secret.
fn secret_from(bare: &[u8]) -> Option<usize> {
    let Ok(document) = Document::parse(bare) else {
        let end = bare.iter().position(|byte| b"=: \t\x0c".contains(byte)).unwrap_or(bare.len());
        return is_secret_name(&ascii(&bare[..end])).then_some(end + 1);
    };
    let mut start = 0;
    for Logical { raw, pair, value_start, separated } in document.logical() {
        // A line such as `# Secret of the store` is prose.
        let named = |key: &[u16]| {
            is_secret_name(&String::from_utf16_lossy(key)) && (separated || key.contains(&u16::from(b'.')))
        };
        if pair.is_some_and(|(key, _)| named(key)) {
            return Some(start + value_start);
        }
        start += raw.len();
    }
    let text = ascii(bare);
    let users = url_users(&text);
    secrets(&text, Extent::Word).into_iter().find(|found| !users.contains(found)).map(|found| found.start)
}

/// Returns a line whose bytes are masked from this position on.
fn show(line: &[u8], hidden_from: Option<usize>) -> ShownLine {
    let body = body(line);
    let Some(from) = hidden_from.filter(|from| *from < body.len()) else {
        return ShownLine { text: shown(body), masked: None };
    };
    let blanks = body[from..].iter().take_while(|byte| b" \t\x0c".contains(byte)).count();
    let dots = if from + blanks < body.len() || blanks > 0 && from > 0 { DOTS } else { "" };
    let open = if from == 0 { blanks } else { from };
    ShownLine { text: shown(&body[..open]) + dots, masked: None }
}

/// Returns text for a terminal: read as UTF-8 if it is valid, else as Latin-1 as Java does, with every character
/// visible and the users of URLs masked.
pub(crate) fn shown(bytes: &[u8]) -> String {
    let text =
        std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|byte| char::from(*byte)).collect(), str::to_owned);
    visible(&replaced(&text, &url_users(&text), DOTS))
}

fn body(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn continues(bytes: &[u8]) -> bool {
    body(bytes).iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_other_keys_is_masked_whole() {
        for (key, shown) in [
            ("SPRING_APPLICATION_JSON", false),
            ("spring.application.json", false),
            ("JAVA_TOOL_OPTIONS", false),
            ("AZURE_STORAGE_CONNECTION_STRING", false),
            ("spring.application.name", true),
        ] {
            assert_eq!(shown_value(key, &Secret::new("x")).is_some(), shown, "{key}");
        }
    }

    #[test]
    fn a_secret_argument_is_masked_in_quotes_too() {
        let text = b"wrapper.app.parameter.3=\"--s3.secretKey=canary\"\nwrapper.java.additional.1=\"-Da=plain\"\n";
        let shown: Vec<_> = lines(text).into_iter().map(|line| line.text).collect();
        assert_eq!(
            shown,
            [
                format!("wrapper.app.parameter.3=\"--s3.secretKey={DOTS}"),
                "wrapper.java.additional.1=\"-Da=plain\"".into()
            ]
        );
    }
}
