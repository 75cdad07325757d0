//! Judges one answer.

use super::{
    Answer, Draft, Origin, Problem, Text,
    verdict::{AnswerVerdict, Judged},
};
use crate::{
    answers::target::Value,
    score as catalogue,
    score::{Binding, Id, Kind, Need, Setting, Severity, Validator, key},
    text::{
        secret::Secret,
        suggest::nearest,
        values as value,
        values::{
            BrokenRule, Terms,
            azure::AccountKey,
            credential,
            placeholder::{self, PlaceholderError},
        },
    },
};

impl Draft {
    pub(super) fn reading(&self, setting: &'static Setting) -> Option<Judged> {
        let answer = self.answer(setting)?;
        let verdict = match (self.judge(setting, &answer), self.resolved(setting, &answer)) {
            (AnswerVerdict::Open { written }, Some(resolved)) => match self.judge(setting, &resolved) {
                AnswerVerdict::Good { value, notes, .. } => AnswerVerdict::Good { value, written, notes },
                AnswerVerdict::Open { .. } => AnswerVerdict::Open { written },
                wrong @ AnswerVerdict::Wrong(_) => wrong,
            },
            (verdict, _) => verdict,
        };
        let from_file = answer.origin.of_deployment();
        if let (AnswerVerdict::Wrong(_), true, false, Some(default)) =
            (&verdict, from_file, self.matters(setting), setting.default)
        {
            // No step asks for the setting and Score does not use it, so the default replaces the file's wrong value.
            let answer = Answer { text: Text::Plain(default.to_owned()), origin: Origin::Default };
            let verdict = self.judge(setting, &answer);
            return Some(Judged { answer, verdict });
        }
        Some(Judged { answer, verdict })
    }

    /// Returns the answer with every placeholder (`${…}`) replaced, if other sources of the deployment set them all.
    fn resolved(&self, setting: &Setting, answer: &Answer) -> Option<Answer> {
        if !answer.origin.of_deployment() {
            return None;
        }
        let resolved = self.kept.resolved(setting, self.release_or_newest())?;
        let text = match answer.text {
            Text::Secret(_) => Text::Secret(resolved.clone()),
            Text::Plain(_) => Text::Plain(resolved.for_file().to_owned()),
        };
        Some(Answer { text, origin: answer.origin.clone() })
    }

    fn judge(&self, setting: &'static Setting, answer: &Answer) -> AnswerVerdict {
        let from_file = answer.origin.of_deployment();
        match &answer.text {
            Text::Secret(secret) if setting.secret() => judge_secret(setting, secret, from_file),
            Text::Plain(text) if setting.secret() => judge_secret(setting, &Secret::new(text.as_str()), from_file),
            Text::Secret(secret) => self.judge_plain(setting, secret.for_file(), from_file),
            Text::Plain(text) => self.judge_plain(setting, text, from_file),
        }
    }

    fn judge_plain(&self, setting: &'static Setting, text: &str, from_file: bool) -> AnswerVerdict {
        let Some(seen) = seen_by_spring(setting, text, from_file) else {
            return AnswerVerdict::Open { written: Value::Plain(text.to_owned()) };
        };
        let (seen, odd_switch) = match setting.validator {
            // `@ConditionalOnProperty` (UploadCleanupService.java:39): every value other than `false` leaves it on.
            Validator::Switch if from_file => {
                let off = seen.trim().eq_ignore_ascii_case("false");
                (if off { "false" } else { "true" }.to_owned(), !off && !seen.trim().eq_ignore_ascii_case("true"))
            }
            _ => (seen, false),
        };
        let mut parsed = match value::parse(setting, &seen, &self.terms(setting)) {
            Ok(parsed) => parsed,
            Err(error) => return AnswerVerdict::Wrong(error),
        };
        if odd_switch {
            parsed.notes.push("Score treats every text but false as true.".into());
        }
        let written = match setting.binding {
            Binding::Lenient if from_file && parsed.value == seen => text.to_owned(),
            Binding::Lenient => placeholder::literal(&parsed.value),
            Binding::Strict => parsed.value.clone(),
        };
        AnswerVerdict::Good { value: Value::Plain(parsed.value), written: Value::Plain(written), notes: parsed.notes }
    }

    fn terms(&self, setting: &Setting) -> Terms {
        let address = setting.validator == Validator::Endpoint;
        let secured = match setting.validator {
            Validator::Endpoint => self.raw(key::S3_SECURED).and_then(|text| text.trim().to_lowercase().parse().ok()),
            Validator::Song => self.value(key::S3_ENDPOINT).map(|endpoint| endpoint.starts_with("https://")),
            _ => None,
        };
        let buckets = if address {
            [key::BUCKET_NAME_OBJECT, key::BUCKET_NAME_STATE].iter().filter_map(|key| self.raw(key)).collect()
        } else {
            Vec::new()
        };
        Terms {
            release: self.release_or_newest(),
            provider: self.provider,
            pool: if setting.kind == Kind::Bucket { self.number(key::BUCKET_SIZE_POOL) } else { 0 },
            secured,
            buckets: buckets.into_iter().filter(|bucket: &String| !bucket.is_empty()).collect(),
        }
    }

    /// Returns the given or kept answer of a setting exactly as written, unless it is a secret.
    pub(super) fn raw(&self, key: &str) -> Option<String> {
        let setting = catalogue::setting(key)?;
        let answer = self.given.get(setting.key).or_else(|| self.kept.answer(setting, self.release_or_newest()))?;
        match &answer.text {
            Text::Plain(text) => Some(text.clone()),
            Text::Secret(_) => None,
        }
    }

    pub(super) fn problem(&self, setting: &'static Setting) -> Option<Problem> {
        let key = setting.key;
        let (message, origin) = match self.reading(setting) {
            None if self.is_later(setting) => return None,
            None if setting.need == Need::Asked => (format!("{} is missing ({key}).", setting.label), None),
            Some(Judged { answer, verdict: AnswerVerdict::Wrong(error) }) => (error.to_string(), Some(answer.origin)),
            _ => return None,
        };
        let faults = &setting.faults;
        let worst = if origin.is_none() { faults.absent.worst } else { faults.altered };
        let id = if origin.is_none() { faults.absent.id } else { Id::T56 };
        let severity = worst.on(self.release_or_newest()).unwrap_or(Severity::Start);
        Some(Problem::new(id, vec![key], message).of(origin).that_stops(severity))
    }

    /// Returns a problem for each answer of an answers file that the release does not read, or not with this kind of
    /// store. Screens do not ask such settings.
    pub(super) fn unread(&self) -> impl Iterator<Item = Problem> {
        self.given.iter().filter_map(|(key, answer)| {
            let (release, provider) = (self.release?, self.provider?);
            if !matches!(answer.origin, Origin::Answers { .. } | Origin::Argument) {
                return None;
            }
            let Some(setting) = self.setting(key) else {
                let message = format!("Score does not read {key} with {}.", provider.name);
                return Some(Problem::new(Id::T48, vec![*key], message).of(Some(answer.origin.clone())));
            };
            if setting.known_to(release) {
                return None;
            }
            let near = nearest(key, self.known().map(|setting| setting.name(release)));
            let instead = near.map_or_else(String::new, |near| format!("; {near} is the nearest it does"));
            let message = format!("Score {release} does not read {key}{instead}.");
            Some(Problem::new(Id::T48, vec![setting.key], message).of(Some(answer.origin.clone())))
        })
    }
}

fn judge_secret(setting: &'static Setting, secret: &Secret, from_file: bool) -> AnswerVerdict {
    let seen = secret.shape(|text| seen_by_spring(setting, text, from_file).map(Secret::new));
    let Some(seen) = seen else { return AnswerVerdict::Open { written: Value::Secret(secret.clone()) } };
    if setting.binding == Binding::Strict && seen.shape(|text| text.contains("${") || text.contains("#{")) {
        return AnswerVerdict::Wrong(BrokenRule::from(PlaceholderError("${ or #{")).of(setting.label));
    }
    let read = match setting.validator {
        Validator::AccountKey => seen.shape(AccountKey::read).map(|read| (read.text(), read.notes)),
        _ => seen.shape(credential::secret).map(|notes| (seen.clone(), notes)),
    };
    match read {
        Err(rule) => AnswerVerdict::Wrong(rule.of(setting.label)),
        Ok((value, notes)) => {
            let same = value == seen;
            let seen = value;
            let written = match setting.binding {
                _ if from_file && same => secret.clone(),
                Binding::Lenient => Secret::new(seen.shape(placeholder::literal)),
                Binding::Strict => seen.clone(),
            };
            AnswerVerdict::Good { value: Value::Secret(seen), written: Value::Secret(written), notes }
        }
    }
}

/// Returns the value that Spring reads for an answer; `None` if it depends on the machine that Score runs on. A typed
/// answer is taken exactly as written, an existing file as Spring reads it.
pub(super) fn seen_by_spring(setting: &Setting, text: &str, from_file: bool) -> Option<String> {
    match setting.binding {
        _ if !from_file => Some(text.to_owned()),
        Binding::Lenient => placeholder::resolve(text),
        Binding::Strict => (!placeholder::depends(text)).then(|| text.to_owned()),
    }
}
