//! Prepares the lines of a properties file for display, without secrets and control characters. Accepts any bytes,
//! including those that Java refuses.

use std::{collections::HashMap, ops::RangeInclusive, sync::LazyLock};

use crate::{
    score::SETTINGS,
    text::{
        properties::{Document, Logical, Units, physical, uniform},
        secret::Secret,
    },
};

/// The mask of a secret. Its length is constant, so it does not show the length of the secret.
pub const DOTS: &str = "••••••••";

/// The words in names of secrets. Names are compared without case, dashes and underscores.
const SECRET_WORDS: &[&str] = &[
    "secret",
    "password",
    "passwd",
    "passphrase",
    "token",
    "credential",
    "signature",
    "pwd",
    "connectionstring",
    "jaas",
];

/// The names of values that contain other keys with their values: a whole configuration, or options of Java.
const HOLDERS: &[&str] = &["applicationjson", "application.json", "javatooloptions", "jdkjavaoptions"];

/// The ends of names that contain such a word, but are not secrets.
const NO_SECRETS: &[&str] = &["tokenname", "tokenurl", "tokenuri", "accesskey", "publickey", "size.key"];

/// Characters that are invisible, or change the direction of the text after them; in addition to the ASCII controls.
const UNSEEN: &[RangeInclusive<char>] = &[
    '\u{80}'..='\u{9f}',
    '\u{ad}'..='\u{ad}',
    '\u{200b}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{feff}'..='\u{feff}',
    '\u{fff9}'..='\u{fffb}',
];

/// Returns the value for display, by the name of its key; `None` if it is a secret.
#[must_use]
pub fn shown_value(key: &str, value: &Secret) -> Option<String> {
    let hidden = secret(&key.encode_utf16().collect::<Units>());
    (value.is_empty() || !hidden).then(|| value.shape(shown_text))
}

/// Returns text for a terminal, without characters that move the cursor or are invisible.
#[must_use]
pub fn shown_text(text: &str) -> String {
    shown(text.as_bytes())
}

/// A physical line for display.
pub(crate) struct ShownLine {
    pub text: String,
    /// The key on this line whose value is masked, without case, dashes and underscores, and that value.
    pub masked: Option<(String, Units)>,
}

/// Returns the lines of these bytes for display, in order, one for each physical line, without line ends.
pub(crate) fn lines(bytes: &[u8]) -> Vec<ShownLine> {
    let mut shown = Vec::new();
    let Ok(document) = Document::parse(bytes) else {
        // Java cannot read this file, but its lines may contain secrets of the operator.
        show_comments(&physical(bytes).collect::<Vec<_>>(), &mut shown);
        return shown;
    };
    let mut comments = Vec::new();
    for line in document.logical() {
        let Some((key, value)) = line.pair else {
            comments.extend(physical(line.raw));
            continue;
        };
        show_comments(&comments, &mut shown);
        comments.clear();
        let first = shown.len();
        let hidden = hidden_from(key, line.raw, line.value_start);
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

/// Returns true if a value, outside of comments, is masked.
pub(crate) fn holds_secrets(bytes: &[u8]) -> bool {
    let Ok(document) = Document::parse(bytes) else { return true };
    let hidden = |line: Logical<'_>| {
        let (key, value) = line.pair?;
        hidden_from(key, line.raw, line.value_start).filter(|_| !value.is_empty())
    };
    document.logical().any(|line| hidden(line).is_some())
}

/// Returns the position of the secret on this line: the value of a secret key, or of a secret argument in wrapper.conf.
fn hidden_from(key: &[u16], raw: &[u8], value_start: usize) -> Option<usize> {
    if secret(key) {
        return Some(value_start);
    }
    let value = &raw[value_start..];
    // The argument may be in quotes.
    let quote = usize::from(value.starts_with(b"\""));
    let argument = value[quote..].strip_prefix(b"--").or_else(|| value[quote..].strip_prefix(b"-D"))?;
    let end = argument.iter().position(|byte| *byte == b'=')?;
    let name: Units = argument[..end].iter().map(|byte| u16::from(*byte)).collect();
    secret(&name).then_some(value_start + quote + 2 + end + 1)
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

/// Returns the position of the value if these bytes, without the comment sign, set a secret key.
fn secret_from(bare: &[u8]) -> Option<usize> {
    let Ok(document) = Document::parse(bare) else {
        let end = bare.iter().position(|byte| b"=: \t\x0c".contains(byte)).unwrap_or(bare.len());
        let key: Units = bare[..end].iter().map(|byte| u16::from(*byte)).collect();
        return secret(&key).then_some(end + 1);
    };
    let mut start = 0;
    for Logical { raw, pair, value_start, separated } in document.logical() {
        // A line such as `# Secret of the store` is prose.
        let named = |key: &[u16]| secret(key) && (separated || key.contains(&u16::from(b'.')));
        if pair.is_some_and(|(key, _)| named(key)) {
            return Some(start + value_start);
        }
        start += raw.len();
    }
    None
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

/// Returns true if a key of this name contains a secret: as the table of settings says, else by the words in it.
fn secret(key: &[u16]) -> bool {
    static KNOWN: LazyLock<HashMap<String, bool>> = LazyLock::new(|| {
        let names = SETTINGS.iter().flat_map(|setting| {
            let names = [Some(setting.key), setting.key_until_5_11].into_iter().flatten();
            let names = names.map(|name| uniform(&name.encode_utf16().collect::<Units>()));
            // The map also has the name of the variable for each key.
            names.flat_map(|name| [name.replace('.', ""), name]).map(|name| (name, setting.secret()))
        });
        names.collect()
    });
    let name = uniform(key);
    KNOWN.get(&name).copied().unwrap_or_else(|| {
        let sounds = name.ends_with("key") || SECRET_WORDS.iter().chain(HOLDERS).any(|word| name.contains(word));
        sounds && !NO_SECRETS.iter().any(|end| name.ends_with(end))
    })
}

/// Returns text for a terminal: read as UTF-8 if it is valid, else as Latin-1 as Java does, without characters that
/// move the cursor or are invisible.
pub(crate) fn shown(bytes: &[u8]) -> String {
    let text =
        std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|byte| char::from(*byte)).collect(), str::to_owned);
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\t' => out.push_str("    "),
            '\0'..='\x1f' => out.extend(char::from_u32(0x2400 + u32::from(letter))),
            '\x7f' => out.push('\u{2421}'),
            _ if UNSEEN.iter().any(|range| range.contains(&letter)) => out.push('\u{fffd}'),
            _ => out.push(letter),
        }
    }
    without_sign_in(out)
}

/// Masks the user and password in `https://user:password@host`.
fn without_sign_in(mut text: String) -> String {
    let Some(start) = text.find("://").map(|at| at + 3) else { return text };
    let host = text[start..].find(['/', '?', '#', ' ']).map_or(text.len(), |ahead| start + ahead);
    if let Some(at) = text[start..host].rfind('@') {
        text.replace_range(start..start + at, DOTS);
    }
    text
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
