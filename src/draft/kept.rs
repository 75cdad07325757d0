//! What an existing file says for each setting, by the spelling that Spring lets win.

use std::collections::BTreeMap;

use super::{Answer, Origin, Text};
use crate::{
    catalogue::{Binding, Release, SETTINGS, Setting},
    properties::Document,
    secret::Secret,
};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Kept {
    /// By the name in the file, as the catalogue spells it: a key, or what releases up to 5.11 call it.
    answers: BTreeMap<&'static str, Answer>,
    /// The file configures TLS for Score itself.
    pub(super) has_key_store: bool,
}

/// Settings whose name changed with its case only, so that both are settings of their own.
const TWINS: &[(&str, &str)] =
    &[("auth.server.clientId", "auth.server.clientID"), ("auth.server.clientID", "auth.server.clientId")];

impl Kept {
    pub(super) fn read(document: &Document) -> Self {
        // No key of the catalogue is near this long, and a file may hold anything.
        let short = document.pairs().filter(|pair| pair.key.len() < 128);
        let pairs: Vec<Line> = short
            .map(|pair| {
                let key = String::from_utf16_lossy(pair.key);
                Line { uniform: uniform(&key), key, value: pair.value, line: pair.line }
            })
            .collect();
        let has_key_store = pairs.iter().any(|pair| pair.uniform.starts_with("server.ssl.keystore"));
        let mut kept = Self { has_key_store, ..Self::default() };
        for setting in SETTINGS {
            for name in [Some(setting.key), setting.key_until_5_11].into_iter().flatten() {
                let Some(line) = winner(setting, name, &pairs) else { continue };
                let value = String::from_utf16_lossy(line.value);
                let text = if setting.secret() { Text::Secret(Secret::new(value)) } else { Text::Plain(value) };
                kept.answers.insert(name, Answer { text, origin: Origin::File { line: line.line } });
            }
        }
        kept
    }

    /// The name of this release counts, else that of another one: a file that is taken to a new release.
    pub(super) fn answer(&self, setting: &Setting, release: Release) -> Option<&Answer> {
        let twin = TWINS.iter().find(|(key, _)| *key == setting.key).map(|(_, twin)| *twin);
        let names = [Some(setting.name(release)), Some(setting.key), setting.key_until_5_11, twin];
        names.into_iter().flatten().find_map(|name| self.answers.get(name))
    }

    pub(super) fn has(&self, setting: &Setting) -> bool {
        self.answers.contains_key(setting.key)
    }
}

struct Line<'a> {
    key: String,
    uniform: String,
    value: &'a [u16],
    line: usize,
}

/// Of several spellings: for fields of `@ConfigurationProperties` the dashed form wins wherever it stands, else the
/// spelling that comes first; for `@Value` the exact spelling, else the first. The same spelling twice: the last. Seen on
/// Score 5.10.1 and 5.11.0.
fn winner<'a>(setting: &Setting, name: &str, lines: &'a [Line<'a>]) -> Option<&'a Line<'a>> {
    let wanted = uniform(name);
    let first = lines.iter().find(|line| line.key == name || (!setting.exact && line.uniform == wanted))?;
    let canonical = match setting.binding {
        Binding::Lenient => dashed(name),
        Binding::Strict => name.to_owned(),
    };
    let spelling = lines.iter().map(|line| &line.key).find(|key| **key == canonical).unwrap_or(&first.key);
    lines.iter().rev().find(|line| line.key == *spelling)
}

/// Without case, dashes and underscores, as Spring compares names (`ConfigurationPropertyName`).
pub(super) fn uniform(key: &str) -> String {
    key.chars().filter(|character| !"-_".contains(*character)).flat_map(char::to_lowercase).collect()
}

/// `s3.accessKey` is `s3.access-key` to Spring (`DataObjectPropertyName.toDashedForm`).
fn dashed(name: &str) -> String {
    let mut dashed = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            dashed.push('-');
        }
        dashed.push(character.to_ascii_lowercase());
    }
    dashed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::setting;

    fn wins(key: &str, spellings: &[(&str, &str)]) -> Option<String> {
        let values: Vec<Vec<u16>> = spellings.iter().map(|(_, value)| value.encode_utf16().collect()).collect();
        let lines: Vec<Line> = spellings
            .iter()
            .zip(&values)
            .map(|((key, _), value)| Line { key: (*key).into(), uniform: uniform(key), value, line: 1 })
            .collect();
        let won = winner(setting(key).expect("a key of the catalogue"), key, &lines);
        won.map(|line| String::from_utf16_lossy(line.value))
    }

    #[test]
    fn the_spelling_wins_that_won_on_the_real_server() {
        for (key, spellings, value) in [
            ("s3.secretKey", &[("s3.secretKey", "a"), ("s3.secret-key", "b"), ("s3.secretKey", "c")][..], Some("b")),
            ("s3.secretKey", &[("s3.secretkey", "a"), ("s3.secretKey", "b")], Some("a")),
            ("s3.secretKey", &[("s3.secretKey", "a"), ("s3.secretKey", "b")], Some("b")),
            ("bucket.name.object", &[("BUCKET.NAME.OBJECT", "a"), ("bucket.name.object", "b")], Some("b")),
            ("upload.partsize", &[("upload.part-size", "a")], Some("a")),
            ("s3.preSignedUrl.override.host", &[("s3.presignedurl.override.host", "a")], None),
            ("s3.sigV4Enabled", &[("s3.sigV4Enabled", "a"), ("s3.sig-v4-enabled", "b")], Some("b")),
        ] {
            assert_eq!(wins(key, spellings).as_deref(), value, "{spellings:?}");
        }
    }
}
