//! Reads the answers from an existing file, in the spelling that Spring prefers.

use std::collections::BTreeMap;

use super::answer::{Answer, Origin, Text};
use crate::{
    install::spring::{SourcePosition, View},
    score::{Release, SETTINGS, Setting},
    text::secret::Secret,
};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FileAnswers {
    /// The answers by their names in the settings table: a key, or its name up to release 5.11.
    answers: BTreeMap<&'static str, Answer>,
    /// The resolved values of answers with placeholders (`${…}`), if all of those are known.
    resolved: BTreeMap<&'static str, Secret>,
    /// True if the file configures TLS for Score itself.
    pub(super) has_key_store: bool,
}

impl FileAnswers {
    pub(super) fn read(view: &View) -> Self {
        let mut kept = Self { has_key_store: view.sets_below("server.ssl.keystore"), ..Self::default() };
        for setting in SETTINGS {
            for name in [Some(setting.key), setting.key_until_5_11].into_iter().flatten() {
                let Some(seen) = view.value(name, setting.spelling()) else { continue };
                let open = seen.value.shape(|text| text.contains("${"));
                if let Some(resolved) = view.resolved(&seen.value).filter(|_| open) {
                    kept.resolved.insert(name, resolved);
                }
                let text = if setting.secret() {
                    Text::Secret(seen.value)
                } else {
                    Text::Plain(seen.value.for_file().to_owned())
                };
                let origin = match seen.place {
                    SourcePosition::Line { file: of, line } if of == view.file() => Origin::File { line },
                    place => Origin::Elsewhere(place),
                };
                kept.answers.insert(name, Answer { text, origin });
            }
        }
        kept
    }

    pub(super) fn answer(&self, setting: &Setting, release: Release) -> Option<&Answer> {
        self.answers.get(self.name(setting, release)?)
    }

    pub(super) fn resolved(&self, setting: &Setting, release: Release) -> Option<&Secret> {
        self.resolved.get(self.name(setting, release)?)
    }

    /// Returns the effective name in the file: that of this release, else that of another release, for a file that is
    /// taken to a new release.
    pub(super) fn name(&self, setting: &Setting, release: Release) -> Option<&'static str> {
        let names = [Some(setting.name(release)), Some(setting.key), setting.key_until_5_11, setting.twin];
        names.into_iter().flatten().find(|name| self.answers.contains_key(name))
    }

    /// Returns the answer under exactly the name that this release reads.
    pub(super) fn own(&self, setting: &Setting, release: Release) -> Option<&Answer> {
        self.answers.get(setting.name(release))
    }

    /// Returns the same answer with its placeholders resolved, if all of them are known.
    pub(super) fn own_resolved(&self, setting: &Setting, release: Release) -> Option<&Secret> {
        self.resolved.get(setting.name(release))
    }

    pub(super) fn has(&self, setting: &Setting) -> bool {
        self.answers.contains_key(setting.key)
    }
}
