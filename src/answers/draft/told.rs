//! What is said of answers that are not wrong: what was understood, and where they come from. No secret is in it.

use super::{Draft, Origin, Remark, Text, judge::Verdict};
use crate::{
    answers::{draft::rules, target::Value},
    install::spring::Place,
    score::Setting,
};

impl Draft {
    /// What was understood, and what follows from the answer: sentences to stand under the field.
    #[must_use]
    pub fn notes_of(&self, key: &str) -> Vec<String> {
        let Some(setting) = self.setting(key) else { return Vec::new() };
        let mut notes: Vec<_> = self.carried(setting).into_iter().collect();
        match self.reading(setting).map(|reading| reading.verdict) {
            Some(Verdict::Good { notes: more, .. }) => notes.extend(more),
            Some(Verdict::Open { .. }) => notes.push(OPEN.into()),
            Some(Verdict::Wrong(_)) | None => return Vec::new(),
        }
        notes.extend(rules::notes(self, setting.key));
        notes
    }

    /// For whoever does not see the fields: answers that were not taken to the letter, and those that the file gives to
    /// another release or leaves to the machine Score runs on.
    #[must_use]
    pub fn remarks(&self) -> Vec<Remark> {
        let remark = |setting: &'static Setting| {
            let reading = self.reading(setting)?;
            let mut notes: Vec<_> = self.carried(setting).into_iter().collect();
            match (reading.verdict, &reading.answer.text) {
                (Verdict::Good { value: Value::Plain(value), notes: more, .. }, Text::Plain(text))
                    if value != *text =>
                {
                    notes.extend(more);
                }
                (Verdict::Open { .. }, _) => notes.push(OPEN.into()),
                _ => {}
            }
            let origin = Some(reading.answer.origin);
            (!notes.is_empty()).then(|| Remark { setting: Some(setting.key), message: notes.join(" "), origin })
        };
        let warnings = self.warnings().into_iter().map(|(key, message)| Remark {
            setting: Some(key),
            message,
            origin: self.origin(key),
        });
        self.known().filter_map(remark).chain(warnings).collect()
    }

    /// Where a value stands that counts more than the file, whatever the file says.
    #[must_use]
    pub fn overruled(&self, setting: &Setting) -> Option<&Place> {
        match &self.kept.answer(setting, self.release_or_newest())?.origin {
            Origin::Elsewhere(place) => Some(place),
            _ => None,
        }
    }

    /// What is hardly meant, each with the key to change.
    #[must_use]
    pub fn warnings(&self) -> Vec<(&'static str, String)> {
        rules::warnings(self)
    }

    /// Score reads the name of its own family only: another one's counts where its own is absent, as on the way from one
    /// release to the next, and never without a word. With another data directory all files would seem to be gone.
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
