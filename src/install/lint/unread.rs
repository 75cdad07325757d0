//! Explains why a key in a file has no effect although it looks like an answer. Such keys are reported and never
//! changed.

use crate::{
    score::{
        Api, Release, SETTINGS, Setting, Spelling, setting, setting_for,
        settings::FAMILIES,
        unread::{Instead, UnreadName, unread},
    },
    text::{
        properties::{Document, uniform},
        suggest::distance,
    },
};

/// The most lines that are examined, and the most notes. A configuration has some dozens of settings; a file with
/// thousands of lines is not one.
const LOOKED_AT: usize = 1000;
const TOLD: usize = 50;

/// Returns one sentence for each setting that has no effect.
pub(crate) fn notes(document: &Document, release: Release, api: Api) -> Vec<String> {
    let note = |pair: crate::text::properties::Pair<'_>| {
        let why = why(pair.key, release, api)?.told(release);
        Some(format!("Line {} sets {}, which is not changed: {why}.", pair.line, shown(pair.key)))
    };
    document.pairs().take(LOOKED_AT).filter_map(note).take(TOLD).collect()
}

/// Returns the part of a key that is certainly a name. After an escaped `=`, a secret could follow.
#[must_use]
pub(crate) fn shown(key: &[u16]) -> String {
    let name = String::from_utf16_lossy(key);
    let end = name.find(|odd: char| !(odd.is_ascii_alphanumeric() || ".-_".contains(odd)));
    end.map_or_else(|| name.clone(), |end| format!("{}…", &name[..end]))
}

/// The reason why a key has no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// No release reads it. The row says what Score reads instead.
    NoRelease(&'static UnreadName),
    /// Score reads the setting only in its exact spelling.
    Spelling(&'static Setting),
    /// Score reads it with the other kind of store.
    For(Api),
    /// This release has another name for it.
    Renamed(&'static Setting),
    /// Other releases read it.
    Release,
    /// Score does not know it. It is similar to the setting.
    Near(&'static Setting),
    /// The name of a variable, in a file.
    Variable(&'static Setting),
    /// Score does not know it, although it begins like the names of Score.
    Unknown,
}

impl Why {
    /// Returns the intended setting, if it is certain.
    pub(super) fn meant(self) -> Option<&'static Setting> {
        match self {
            Self::Spelling(setting) | Self::Renamed(setting) | Self::Near(setting) | Self::Variable(setting) => {
                Some(setting)
            }
            Self::NoRelease(_) | Self::For(_) | Self::Release | Self::Unknown => None,
        }
    }

    /// Returns the reason as the end of a sentence.
    pub(super) fn told(self, release: Release) -> String {
        match self {
            Self::NoRelease(row) => format!("no release of Score reads it; {}", instead(row, release)),
            Self::Spelling(setting) => {
                format!("Score {release} reads it only if it is spelled {}", setting.name(release))
            }
            Self::For(api) => format!("Score reads it for {} only", if api == Api::S3 { "S3" } else { "Azure" }),
            Self::Renamed(setting) => format!("Score {release} reads {} instead", setting.name(release)),
            Self::Release => format!("Score {release} does not read it"),
            Self::Near(_) | Self::Unknown => self.about("it", release),
            Self::Variable(setting) => {
                format!("it is the name of a variable; in a file Score reads {}", setting.name(release))
            }
        }
    }

    /// Returns the words about an unknown name.
    fn about(self, object: &str, release: Release) -> String {
        let intended = match self {
            Self::Near(setting) => format!("; {} may be intended", setting.name(release)),
            _ => String::new(),
        };
        format!("no release known to this program reads {object}{intended}")
    }

    /// Returns the sentence about a name: its beginning if the name is the subject, and the name as an object. A name that
    /// this program does not know may have an effect that it does not know either.
    pub(super) fn sentence(self, subject: &str, object: &str, release: Release) -> String {
        match self {
            Self::Near(_) | Self::Unknown => format!("N{}.", self.about(object, release).trim_start_matches('n')),
            _ => format!("{subject} has no effect: {}.", self.told(release)),
        }
    }
}

/// Returns what Score reads or does instead, as the end of a sentence.
pub(super) fn instead(row: &UnreadName, release: Release) -> String {
    match row.instead {
        Instead::Fact(fact) => fact.to_owned(),
        Instead::Settings(keys) => {
            let names = keys.iter().map(|key| setting(key).map_or(*key, |setting| setting.name(release)));
            format!("Score reads {} instead", names.collect::<Vec<_>>().join(" and "))
        }
    }
}

/// Returns why a key has no effect; `None` if it has one, or is not one of Score's.
pub(crate) fn why(key: &[u16], release: Release, api: Api) -> Option<Why> {
    let is = |name: &str| Spelling::Relaxed.matches(key, name);
    if let Some(row) = unread(&String::from_utf16_lossy(key)) {
        return Some(Why::NoRelease(row));
    }
    let live = || SETTINGS.iter().filter(|setting| setting.serves(api) && setting.known_to(release));
    // Some names differ only in upper and lower case, so an exact match comes first.
    if live().any(|setting| Spelling::Exact.matches(key, setting.name(release))) {
        return None;
    }
    if let Some(setting) = live().find(|setting| is(setting.name(release))) {
        return setting.exact.then_some(Why::Spelling(setting));
    }
    let known = SETTINGS.iter().find(|setting| is(setting.key) || setting.key_until_5_11.is_some_and(is));
    if let Some(setting) = known {
        return Some(match setting_for(api, setting.key) {
            None => Why::For(setting.api.unwrap_or(api)),
            Some(own) if own.known_to(release) => Why::Renamed(own),
            Some(_) => Why::Release,
        });
    }
    let variable = |setting: &&Setting| Spelling::Exact.matches(key, &variable_name(setting.name(release)));
    if let Some(setting) = live().find(variable) {
        return Some(Why::Variable(setting));
    }
    let name = uniform(key);
    let far = |known: &str| distance(&uniform(&known.encode_utf16().collect::<Vec<_>>()), &name);
    let close = live()
        .filter(|setting| setting.name(release).len().abs_diff(name.len()) <= 4)
        .map(|setting| (far(setting.name(release)), setting))
        .filter(|(far, _)| *far <= 2)
        .min_by_key(|(far, _)| *far);
    match close {
        Some((_, setting)) => Some(Why::Near(setting)),
        None => FAMILIES.iter().any(|start| name.starts_with(start)).then_some(Why::Unknown),
    }
}

/// Returns the variable that always sets this key: upper case, `_` for dots, without dashes (Spring Boot
/// `SystemEnvironmentPropertyMapper`).
pub(super) fn variable_name(key: &str) -> String {
    key.replace('-', "").replace('.', "_").to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_the_release_does_not_read_are_told() {
        let file = "download.partsize=250000000\ncollaboratory.data.directory=data\ns3.presignedurl.override.host=\n\
                    upload.connectionltimeout=1\nazure.accountName=x\nlogging.level.root=INFO\n\
                    server.cors.allowedOrigins=*\nS3.access-key=a\ns3.retryLimit=1\n";
        let document = Document::parse(file.as_bytes()).unwrap();
        let case = "Line 3 sets s3.presignedurl.override.host, which is not changed: Score 5.9 reads it only if it is \
                    spelled s3.preSignedUrl.override.host.";
        let nobody = "Line 1 sets download.partsize, which is not changed: no release of Score reads it; \
                      upload.partsize decides on the parts of downloads too.";
        let typo = "Line 4 sets upload.connectionltimeout, which is not changed: no release known to this program reads it; \
                    upload.connection.timeout may be intended.";
        let azure = "Line 5 sets azure.accountName, which is not changed: Score reads it for Azure only.";
        assert_eq!(
            notes(&document, Release::R5_12, Api::S3),
            [
                nobody,
                "Line 2 sets collaboratory.data.directory, which is not changed: Score 5.12 reads s3.data.directory \
                 instead.",
                &case.replace("5.9", "5.12"),
                typo,
                azure,
            ]
        );
        let origins = "Line 7 sets server.cors.allowedOrigins, which is not changed: Score 5.9 does not read it.";
        assert_eq!(notes(&document, Release::R5_9, Api::S3), [nobody, case, typo, azure, origins]);
    }

    #[test]
    fn keys_of_the_other_kind_of_store_are_told() {
        let s3 = "s3.endpoint=http://minio:9000\nupload.retry.limit=5\nbucket.policy.downolad=x\nbucket.size.pool=4\n\
                  s3.data.directory=data\ncollaboratory.upload.directory=upload\n";
        let told = |file: &str, api| {
            let document = Document::parse(file.as_bytes()).unwrap();
            let notes = notes(&document, Release::R5_11, api).into_iter();
            notes
                .map(|note| note.split_once(" sets ").unwrap().1.replace(", which is not changed", ""))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            told(s3, Api::Azure),
            [
                "s3.endpoint: Score reads it for S3 only.",
                "upload.retry.limit: Score reads it for S3 only.",
                "bucket.policy.downolad: no release known to this program reads it; bucket.policy.download may be intended.",
                "s3.data.directory: Score 5.11 reads collaboratory.data.directory instead.",
                "collaboratory.upload.directory: Score reads it for S3 only.",
            ]
        );
        assert_eq!(
            told("azure.accountName=x\nbucket.policy.upload=y\n", Api::S3),
            [
                "azure.accountName: Score reads it for Azure only.",
                "bucket.policy.upload: Score reads it for Azure only."
            ]
        );
    }

    #[test]
    fn a_file_of_a_million_keys_is_not_told_key_by_key() {
        let document = Document::parse(&b"upload.odd=1\n".repeat(1_000_000)).unwrap();
        assert_eq!(notes(&document, Release::R5_11, Api::S3).len(), TOLD);
    }

    #[test]
    fn what_follows_an_odd_character_of_a_key_is_not_shown() {
        let document = Document::parse(b"s3.secretKey\\=canary\ns3.\\u001b[2J=1\n").unwrap();
        assert_eq!(
            notes(&document, Release::R5_11, Api::S3),
            [
                "Line 1 sets s3.secretKey…, which is not changed: no release known to this program reads it.",
                "Line 2 sets s3.…, which is not changed: no release known to this program reads it."
            ]
        );
    }
}
