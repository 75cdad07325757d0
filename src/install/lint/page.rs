//! Reads a properties file line by line, with the setting that each line sets or was meant to set.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use super::{finding::Edit, unread, yaml};
use crate::{
    score::{Api, Release, SETTINGS, Setting, Spelling},
    text::properties::{Document, uniform},
};

/// A UTF-8 byte order mark, read as Latin-1.
pub(super) const BOM: &str = "ï»¿";

/// A properties file, line by line.
pub(super) struct Page {
    pub(super) path: PathBuf,
    /// The line that makes Java refuse the file.
    pub(super) refused: Option<usize>,
    pub(super) bom: bool,
    pub(super) entries: Vec<PageEntry>,
}

/// A line that sets a key.
pub(super) struct PageEntry {
    pub(super) line: usize,
    /// The document of the file, counted from zero.
    pub(super) part: usize,
    pub(super) spelt: String,
    /// The value as Java reads it.
    pub(super) value: String,
    /// The bytes of the file from the beginning of the value on.
    pub(super) raw: Vec<u8>,
    pub(super) meaning: Meaning,
}

/// The effect of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A setting that Score reads.
    Sets(&'static Setting),
    /// A name that Score does not read, and why.
    Dead(unread::Why),
    /// A part of pasted YAML, with the whole name that would give it a meaning.
    Yaml { name: String },
    /// The head of pasted YAML.
    YamlHead,
    /// A name that is not one of Score's own.
    Other,
}

/// The most lines that are compared with every known name. A configuration has some dozens of settings.
const LOOKED_AT: usize = 1000;

impl Page {
    pub(super) fn read(path: PathBuf, bytes: &[u8], release: Release, api: Api) -> Self {
        let document = match Document::parse(bytes) {
            Ok(document) => document,
            Err(error) => return Self { path, refused: Some(error.line), bom: false, entries: Vec::new() },
        };
        let pasted: HashMap<usize, yaml::YamlPart> = yaml::names(&document).into_iter().collect();
        let splits = release >= Release::R5_11;
        let parts = document.parts().into_iter().enumerate().flat_map(|(part, pairs)| vec![part; pairs.len()]);
        let lines = document.pairs().zip(document.raw_values());
        let lines = lines.zip(parts.map(|part| if splits { part } else { 0 }));
        let known: HashMap<String, &'static Setting> =
            live(release, api).map(|setting| (bare(setting.name(release)), setting)).collect();
        let entries = lines.enumerate().map(|(at, ((pair, raw), part))| {
            let meaning = match pasted.get(&pair.line) {
                Some(yaml::YamlPart::Head) => Meaning::YamlHead,
                Some(yaml::YamlPart::Leaf(name)) => Meaning::Yaml { name: name.clone() },
                None if at < LOOKED_AT => meaning(pair.key, release, api),
                None => known.get(&uniform(pair.key)).map_or(Meaning::Other, |setting| Meaning::Sets(setting)),
            };
            PageEntry {
                line: pair.line,
                part,
                spelt: String::from_utf16_lossy(pair.key),
                value: String::from_utf16_lossy(pair.value),
                raw: raw.to_vec(),
                meaning,
            }
        });
        Self { refused: None, bom: document.bom(), entries: entries.collect(), path }
    }
}

impl PageEntry {
    /// Returns the setting that this line would set under its right name, but does not set now.
    pub(super) fn meant(&self, release: Release, api: Api) -> Option<&'static Setting> {
        match &self.meaning {
            Meaning::Dead(why) => why.meant(),
            Meaning::Yaml { name } => live(release, api).find(|setting| {
                setting.name(release) == name
                    || setting.spelling() == Spelling::Relaxed
                        && Spelling::Relaxed.matches(&name.encode_utf16().collect::<Vec<_>>(), setting.name(release))
            }),
            _ => None,
        }
    }

    /// Returns the setting that this line sets, or would set under its right name.
    pub(super) fn setting(&self, release: Release, api: Api) -> Option<&'static Setting> {
        match &self.meaning {
            Meaning::Sets(setting) => Some(setting),
            _ => self.meant(release, api),
        }
    }

    pub(super) fn with_value(&self, file: &Path, value: &str) -> Edit {
        Edit::Value { file: file.to_owned(), line: self.line, spelt: self.spelt.clone(), value: value.into() }
    }

    pub(super) fn with_name(&self, file: &Path, name: &str) -> Edit {
        Edit::Rename { file: file.to_owned(), line: self.line, spelt: self.spelt.clone(), name: name.to_owned() }
    }

    pub(super) fn as_comment(&self, file: &Path) -> Edit {
        Edit::CommentOut { file: file.to_owned(), line: self.line, spelt: self.spelt.clone() }
    }
}

pub(super) fn live(release: Release, api: Api) -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().filter(move |setting| setting.serves(api) && setting.known_to(release))
}

/// Returns a name without case, dashes and underscores.
fn bare(name: &str) -> String {
    uniform(&name.encode_utf16().collect::<Vec<_>>())
}

fn meaning(key: &[u16], release: Release, api: Api) -> Meaning {
    if let Some(why) = unread::why(key, release, api) {
        return Meaning::Dead(why);
    }
    let exact = live(release, api).find(|setting| Spelling::Exact.matches(key, setting.name(release)));
    let setting =
        exact.or_else(|| live(release, api).find(|setting| setting.spelling().matches(key, setting.name(release))));
    setting.map_or(Meaning::Other, Meaning::Sets)
}
