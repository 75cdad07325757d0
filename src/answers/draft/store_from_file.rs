//! Describes the store as Score makes it from the existing file: exactly as written, with the spaces, quotes and
//! slashes in it. If Score would stop at a value, reports that and uses the intended value, so that the rest can be
//! tested. Does not know the answers.

use super::{
    Answer, Draft, Problem, Remark, Text,
    file_answers::FileAnswers,
    store::{StoreValues, describe, widest},
    validate::seen_by_spring,
};
use crate::{
    answers::target::{Cloud, Store},
    forms::environment::source_of_unknown,
    score::{Id, Kind, Provider, Release, Scope, Severity, key, provider::fallback},
    text::{
        Endpoint,
        secret::Secret,
        values::{azure::AccountKey, number},
    },
};

/// The store as the existing file describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub store: Store,
    /// The widest scope that can be tested with it. `None`: no check is possible.
    pub scope: Option<Scope>,
    /// Values that stop Score, and needed settings that the file does not contain.
    pub wrong: Vec<Problem>,
    /// Values that Score reads differently than they look.
    pub remarks: Vec<Remark>,
    /// True if Score removes unfinished uploads. Every value except `false` turns it on, and a missing value does not
    /// (Score 5.11 `UploadCleanupService.java:39`).
    pub cleans_up: bool,
    /// The keys of settings with placeholders (`${…}`) that are resolved only where Score runs.
    pub open: Vec<&'static str>,
    /// The keys among those whose value is not known here, and its source.
    pub unknown: Vec<(&'static str, String)>,
}

impl Draft {
    #[must_use]
    pub fn found(&self) -> Found {
        let mut file = File {
            draft: self,
            kept: &self.kept,
            wrong: Vec::new(),
            tried: Vec::new(),
            open: Vec::new(),
            unknown: Vec::new(),
            absent: Vec::new(),
        };
        let store = describe(self.api(), &mut file);
        let cleans_up =
            file.said(key::UPLOAD_CLEAN_ENABLED).is_some_and(|text| !text.trim().eq_ignore_ascii_case("false"));
        let scope = widest(self.api(), &file.absent);
        let File { wrong, tried, open, unknown, .. } = file;
        let remarks = defaults_tried(&tried).into_iter().chain(self.taken_to_the_letter()).collect();
        Found { store, scope, wrong, remarks, cleans_up, open, unknown }
    }

    /// Returns a remark for each text that contains more than was probably intended.
    fn taken_to_the_letter(&self) -> impl Iterator<Item = Remark> {
        let text = |kind: &Kind| {
            matches!(kind, Kind::Text | Kind::Url | Kind::Bucket | Kind::Container | Kind::Account | Kind::Policy)
        };
        self.known().filter(move |setting| text(&setting.kind)).filter_map(|setting| {
            let Answer { text: Text::Plain(said), origin } = self.answer(setting)? else {
                return None;
            };
            if !origin.of_deployment() {
                return None;
            }
            let meant = self
                .value(setting.key)
                .filter(|meant| *meant != said && seen_by_spring(setting, &said, true).is_some())?;
            let message = format!("Score uses this value exactly as written. The intended value is probably {meant}.");
            Some(Remark::new(Id::T58, Some(setting.key), message).of(Some(origin)))
        })
    }
}

/// Returns the remark about missing settings. Started by the wrapper, Score does not read the defaults in its jar
/// (observed on Score 5.9 to 5.12).
fn defaults_tried(tried: &[(&'static str, &'static str, String)]) -> Option<Remark> {
    let remark = |key, message| Some(Remark::new(Id::T43, key, message));
    match tried {
        [] => None,
        [(key, name, default)] => remark(
            Some(*key),
            format!("{name} is missing, and {default} is tried. Started by its wrapper, Score stops without it."),
        ),
        _ => {
            let values: Vec<_> = tried.iter().map(|(_, name, default)| format!("{name}={default}")).collect();
            let values = values.join(", ");
            remark(
                None,
                format!(
                    "Missing, and tried with defaults: {values}. Started by its wrapper, Score stops without them."
                ),
            )
        }
    }
}

struct File<'a> {
    draft: &'a Draft,
    kept: &'a FileAnswers,
    wrong: Vec<Problem>,
    /// Missing settings that have a default: the key, its name in this release, and the default.
    tried: Vec<(&'static str, &'static str, String)>,
    open: Vec<&'static str>,
    unknown: Vec<(&'static str, String)>,
    /// The keys of settings without a value that could be tested.
    absent: Vec<&'static str>,
}

/// The value of a key as Spring reads it.
enum Lookup {
    Text(String),
    Missing,
    /// A placeholder that is resolved only where Score runs.
    Open,
}

impl StoreValues for File<'_> {
    /// Returns the endpoint, with the scheme that the SDK adds if there is none (`RuntimeHttpUtils.toUri`).
    fn endpoint(&mut self) -> String {
        let Some(text) = self.said(key::S3_ENDPOINT) else { return self.missing(key::S3_ENDPOINT) };
        let whole = if text.contains("://") {
            text
        } else {
            format!("{}://{text}", if self.truth(key::S3_SECURED) { "https" } else { "http" })
        };
        match Endpoint::parse(&whole) {
            Ok(_) => whole,
            Err(why) => {
                self.stops(key::S3_ENDPOINT, &format!("Score cannot use this endpoint. {why}"));
                self.intended(key::S3_ENDPOINT)
            }
        }
    }

    /// Returns both keys from the file, or neither, as Score does (Score 5.11 `S3Config.java:49-54`).
    fn keys(&mut self) -> (String, Secret) {
        let (access_key, secret_key) = (self.said(key::S3_ACCESS_KEY), self.secret(key::S3_SECRET_KEY));
        for (key, missing) in [(key::S3_ACCESS_KEY, access_key.is_none()), (key::S3_SECRET_KEY, secret_key.is_none())] {
            if missing {
                self.absent.push(key);
            }
            if missing && !self.open.contains(&key) {
                let message = format!(
                    "{key} is missing: Score then takes both keys from ~/.aws/credentials, which is not tried here."
                );
                self.wrong.push(Problem::new(Id::T11, vec![key], message).that_stops(Severity::Ping));
            }
        }
        (access_key.unwrap_or_default(), secret_key.unwrap_or_else(|| Secret::new("")))
    }

    fn account_key(&mut self) -> (Secret, Cloud) {
        if let Some(read) = self.read_account_key() {
            return (read.key, read.cloud);
        }
        self.absent.push(key::AZURE_ACCOUNT_KEY);
        (Secret::new(""), self.draft.kept_cloud().unwrap_or_default())
    }

    /// Returns a part of Azure's connection string, which may contain neither spaces nor quotes
    /// (`AzureConfig.java:48-52`; observed on azure-storage 4.4.0).
    fn part(&mut self, key: &'static str) -> String {
        let Some(text) = self.said(key) else { return self.missing(key) };
        if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return text;
        }
        self.stops(
            key,
            "Score does not start with it: it is a part of a connection string, with neither blanks nor quotes.",
        );
        self.intended(key)
    }

    fn needed(&mut self, key: &'static str) -> String {
        self.said(key).unwrap_or_else(|| self.missing(key))
    }

    fn text(&mut self, key: &'static str) -> String {
        self.said(key).unwrap_or_else(|| self.fallback(key))
    }

    fn filled(&mut self, key: &'static str) -> Option<String> {
        self.said(key).filter(|text| !text.is_empty())
    }

    /// Returns the name of the sentinel. Without one, the ping of every client gets the answer 400 (Score 5.11
    /// `S3DownloadService.java:303-306`).
    fn sentinel(&mut self) -> String {
        let name = self.text(key::OBJECT_SENTINEL);
        if !name.is_empty() {
            return name;
        }
        self.stops(
            key::OBJECT_SENTINEL,
            "The sentinel has no name: Score answers 400 to the first step of every client.",
        );
        self.fallback_of(key::OBJECT_SENTINEL)
    }

    /// Converts as Spring does. A negative number is 0.
    fn number(&mut self, key: &'static str) -> u64 {
        let Some(text) = self.said(key) else { return self.fallback(key).parse().unwrap_or_default() };
        if let Some(number) = number::as_java(&text).and_then(|number| i32::try_from(number).ok()) {
            return u64::try_from(number).unwrap_or_default();
        }
        self.stops(key, &format!("Score does not start: {key} must be a whole number up to {}.", i32::MAX));
        self.draft.number(key)
    }

    /// Converts as Spring does (`StringToBooleanConverter`). A missing value is false.
    fn truth(&mut self, key: &'static str) -> bool {
        let Some(text) = self.said(key) else { return false };
        match number::switch(&text) {
            Some(on) => on,
            None if text.trim().is_empty() => false,
            None => {
                self.stops(key, &format!("Score does not start: {key} must be true or false, without quotes."));
                self.draft.value(key).as_deref() == Some("true")
            }
        }
    }

    fn region(&self) -> Option<String> {
        None
    }

    fn provider(&self) -> Option<&'static Provider> {
        self.draft.provider.or_else(fallback)
    }

    fn release(&self) -> Release {
        self.draft.release_or_newest()
    }
}

impl File<'_> {
    fn read_account_key(&mut self) -> Option<AccountKey> {
        let Some(text) = self.secret(key::AZURE_ACCOUNT_KEY) else {
            self.miss(key::AZURE_ACCOUNT_KEY);
            return None;
        };
        let read = text.shape(AccountKey::read);
        let exact = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\'');
        match &read {
            Err(rule) => self.stops(key::AZURE_ACCOUNT_KEY, &rule.clone().of("The account key").to_string()),
            Ok(_) if !text.shape(exact) => {
                self.stops(
                    key::AZURE_ACCOUNT_KEY,
                    "Score does not start with it: the key has spaces or quotes around it.",
                );
            }
            Ok(_) => {}
        }
        read.ok()
    }

    fn seen(&mut self, key: &'static str) -> Lookup {
        let release = self.draft.release_or_newest();
        let own = self.draft.setting(key).and_then(|setting| Some((setting, self.kept.own(setting, release)?)));
        let Some((setting, answer)) = own else { return Lookup::Missing };
        if let Text::Plain(text) = &answer.text {
            self.unknown.extend(source_of_unknown(text).map(|source| (key, source.to_owned())));
        }
        let text = match &answer.text {
            Text::Plain(text) => seen_by_spring(setting, text, true),
            // `secret` reads secrets.
            Text::Secret(_) => None,
        };
        let filled_in = || self.kept.own_resolved(setting, release).map(|text| text.for_file().to_owned());
        text.or_else(filled_in).map_or(Lookup::Open, Lookup::Text)
    }

    fn said(&mut self, key: &'static str) -> Option<String> {
        match self.seen(key) {
            Lookup::Text(text) => Some(text),
            Lookup::Missing => None,
            Lookup::Open => {
                self.open.push(key);
                None
            }
        }
    }

    fn secret(&mut self, key: &'static str) -> Option<Secret> {
        let setting = self.draft.setting(key)?;
        let release = self.draft.release_or_newest();
        let Text::Secret(said) = &self.kept.own(setting, release)?.text else { return None };
        self.unknown.extend(said.shape(|text| source_of_unknown(text).map(|source| (key, source.to_owned()))));
        let seen = said.shape(|text| seen_by_spring(setting, text, true).map(Secret::new));
        let seen = seen.or_else(|| self.kept.own_resolved(setting, release).cloned());
        if seen.is_none() {
            self.open.push(key);
        }
        seen
    }

    /// Returns the value that was probably intended, if Score cannot use the one in the file.
    fn intended(&mut self, key: &'static str) -> String {
        self.draft.value(key).unwrap_or_else(|| {
            self.absent.push(key);
            String::new()
        })
    }

    /// Reports a setting that no default can replace.
    fn missing(&mut self, key: &'static str) -> String {
        self.absent.push(key);
        self.miss(key);
        String::new()
    }

    fn miss(&mut self, key: &'static str) {
        if !self.open.contains(&key) {
            self.wrong.push(Problem::new(Id::T43, vec![key], format!("{key} is missing.")));
        }
    }

    /// Returns the default of Score's own application.yml, and notes that it is tried.
    fn fallback(&mut self, key: &'static str) -> String {
        let default = self.fallback_of(key);
        if let Some(setting) = self.draft.setting(key).filter(|_| !self.open.contains(&key)) {
            self.tried.push((setting.key, setting.name(self.draft.release_or_newest()), default.clone()));
        }
        default
    }

    fn fallback_of(&self, key: &str) -> String {
        self.draft.setting(key).and_then(|setting| setting.default).unwrap_or_default().to_owned()
    }

    fn stops(&mut self, key: &'static str, message: &str) {
        let release = self.draft.release_or_newest();
        let origin = self
            .draft
            .setting(key)
            .and_then(|setting| self.kept.own(setting, release))
            .map(|answer| answer.origin.clone());
        self.wrong.push(Problem::new(Id::T56, vec![key], message).of(origin));
    }
}
