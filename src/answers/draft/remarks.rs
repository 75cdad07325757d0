//! Makes the remarks on answers that are not wrong: how they were understood, and their origin. Remarks contain no
//! secrets.

use super::{Draft, Origin, Remark, Text, verdict::AnswerVerdict};
use crate::{
    answers::{draft::rules, target::Value},
    install::spring::SourcePosition,
    score::{Id, Setting},
};

impl Draft {
    /// Returns sentences to show under the field: how the answer was understood, and its consequences.
    #[must_use]
    pub fn notes_of(&self, key: &str) -> Vec<String> {
        let Some(setting) = self.setting(key) else { return Vec::new() };
        let mut notes: Vec<_> = self.carried(setting).into_iter().collect();
        match self.reading(setting).map(|reading| reading.verdict) {
            Some(AnswerVerdict::Good { notes: more, .. }) => notes.extend(more),
            Some(AnswerVerdict::Open { .. }) => notes.push(OPEN.into()),
            Some(AnswerVerdict::Wrong(_)) | None => return Vec::new(),
        }
        notes.extend(rules::notes(self, setting.key));
        notes
    }

    /// Returns the remarks for an output without fields: answers that were not used exactly as written, answers under
    /// the name of another release, and placeholders that are resolved only where Score runs.
    #[must_use]
    pub fn remarks(&self) -> Vec<Remark> {
        let remark = |setting: &'static Setting| {
            let reading = self.reading(setting)?;
            let carried = self.carried(setting);
            let mut id = if carried.is_some() { Id::T48 } else { Id::T58 };
            let mut notes: Vec<_> = carried.into_iter().collect();
            match (reading.verdict, &reading.answer.text) {
                (AnswerVerdict::Good { value: Value::Plain(value), notes: more, .. }, Text::Plain(text))
                    if value != *text =>
                {
                    notes.extend(more);
                }
                (AnswerVerdict::Open { .. }, _) => {
                    id = Id::P06;
                    notes.push(OPEN.into());
                }
                _ => {}
            }
            let origin = Some(reading.answer.origin);
            (!notes.is_empty()).then(|| Remark::new(id, Some(setting.key), notes.join(" ")).of(origin))
        };
        let warnings = self
            .warnings()
            .into_iter()
            .map(|(key, message)| Remark::new(Id::T56, Some(key), message).of(self.origin(key)));
        self.known().filter_map(remark).chain(warnings).collect()
    }

    /// Returns the position of a value that overrides the file.
    #[must_use]
    pub fn overruled(&self, setting: &Setting) -> Option<&SourcePosition> {
        match &self.kept.answer(setting, self.release_or_newest())?.origin {
            Origin::Elsewhere(place) => Some(place),
            _ => None,
        }
    }

    /// Returns the probable mistakes, each with the key to change.
    #[must_use]
    pub fn warnings(&self) -> Vec<(&'static str, String)> {
        rules::warnings(self)
    }

    /// Returns a note if the value was taken over from the name of another release. Score reads only the name of its
    /// own release, so the change must be visible: with a different data directory, all objects would seem to be lost.
    fn carried(&self, setting: &'static Setting) -> Option<String> {
        let answer = self.answer(setting)?;
        if !answer.origin.of_deployment() {
            return None;
        }
        let release = self.release?;
        let name = self.kept.name(setting, release).filter(|name| *name != setting.name(release))?;
        Some(format!("Taken over from {name}, which Score {release} does not read."))
    }
}

const OPEN: &str = "Filled in when Score starts (${…}): it is kept, and cannot be tried here.";
