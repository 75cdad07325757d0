//! Holds the answers, right or wrong, with the origin of each. Computes problems on request and stores none. Does not
//! know how answers are asked, or how the store responds to them.

mod answer;
mod file_answers;
mod problems;
mod recognise;
mod remarks;
pub mod rules;
mod store;
mod store_from_file;
mod validate;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    answers::target::{Assignment, Cloud, Target, Value},
    install::spring::View,
    score::{Api, Follows, Need, Provider, Release, SETTINGS, Setting, Step, When, key, secure, setting, setting_for},
    text::{
        mask::{DOTS, shown_value, swapped},
        secret::Secret,
        values::{azure, credential::trimmed},
    },
};

use verdict::AnswerVerdict;

pub use answer::{Answer, Origin, Problem, Remark, Text};
pub use store_from_file::Found;

/// The target of a problem that concerns no setting, with its name in answers files.
pub const RELEASE: &str = "release";
pub const PROVIDER: &str = "provider";
pub const REGION: &str = "region";
/// The target for the Azure cloud. Not a name in answers files: there the cloud is a part of `azure.accountKey`.
pub const CLOUD: &str = "cloud";

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    pub release: Option<Release>,
    /// The release to read the files as while the release is not known: one of those that are possible.
    pub assumed: Option<Release>,
    pub provider: Option<&'static Provider>,
    /// The region, which determines `s3.endpoint` and the place of new buckets. `None` where the provider has none.
    pub region: Option<String>,
    /// The suffix of the Azure cloud, or an endpoint, as chosen or typed. `None` means: as in the account key. Azure
    /// only.
    pub cloud: Option<String>,
    /// True if the profile `secure` is to be active, by choice or as it is now.
    pub secure: bool,
    /// Answers typed, or read from an answers file.
    given: BTreeMap<&'static str, Answer>,
    /// Answers from the existing files.
    kept: file_answers::FileAnswers,
    /// The settings that the operator answers later. Nothing is written for them.
    later: BTreeSet<&'static str>,
    /// The reasons of answers, each for one value.
    reasons: BTreeMap<&'static str, (Text, String)>,
}

impl Draft {
    #[must_use]
    pub fn new(release: Release, provider: &'static Provider) -> Self {
        Self { release: Some(release), provider: Some(provider), ..Self::default() }
    }

    /// Sets an answer that was typed or read from an answers file.
    pub fn give(&mut self, key: &'static str, text: Text, origin: Origin) {
        let key = setting(key).map_or(key, |setting| setting.key);
        let names_cloud = |text: &Text| matches!(text, Text::Secret(secret) if secret.shape(|text| text.contains(';')));
        if key == key::AZURE_ACCOUNT_KEY && (origin != Origin::Typed || names_cloud(&text)) {
            self.cloud = None;
        }
        self.later.remove(key);
        self.given.insert(key, Answer { text, origin });
    }

    /// Leaves a setting for later, if that is possible. Removes what was typed.
    pub fn postpone(&mut self, key: &str) {
        if let Some(setting) = setting(key).filter(|setting| setting.may_be_later()) {
            self.given.remove(setting.key);
            self.later.insert(setting.key);
        }
    }

    /// Returns true if the setting has no answer because the operator answers it later.
    #[must_use]
    pub fn is_later(&self, setting: &'static Setting) -> bool {
        self.later.contains(setting.key) && self.answer(setting).is_none()
    }

    /// Returns the settings that the operator answers later.
    pub fn later(&self) -> impl Iterator<Item = &'static Setting> {
        self.known().filter(|setting| self.is_later(setting))
    }

    /// Notes the reason of an answer that was given. It is written as a comment as long as the answer stays the same.
    pub fn explain(&mut self, key: &'static str, comment: String) {
        if let Some(answer) = self.given.get(key) {
            self.reasons.insert(key, (answer.text.clone(), comment));
        }
    }

    fn reason(&self, key: &str) -> Option<String> {
        let (text, comment) = self.reasons.get(key)?;
        self.given.get(key).filter(|answer| answer.text == *text).map(|_| comment.clone())
    }

    /// Removes an answer. The value of the file, the preset or the default applies again.
    pub fn take_back(&mut self, key: &'static str) {
        if key == CLOUD {
            self.cloud = None;
        }
        let key = setting(key).map_or(key, |setting| setting.key);
        self.given.remove(key);
        self.later.remove(key);
    }

    /// Returns true if there are answers in addition to those of the existing file.
    #[must_use]
    pub fn changed(&self) -> bool {
        !self.given.is_empty() || self.region.is_some() || self.cloud.is_some()
    }

    /// Returns true if there are no answers in addition to those of the existing file, except to these settings.
    #[must_use]
    pub fn gives_only(&self, keys: &[&str]) -> bool {
        let others = self.given.keys().any(|key| !keys.contains(key));
        !others && self.region.is_none() && self.cloud.is_none() && self.later.is_empty()
    }

    /// Returns true if a secret was typed in this session.
    #[must_use]
    pub fn typed_secrets(&self) -> bool {
        self.given.values().any(|answer| matches!(&answer.text, Text::Secret(secret) if !secret.is_empty()))
    }

    /// Returns true if the two keys are probably swapped, so that the access key is a secret.
    #[must_use]
    pub fn swapped_keys(&self) -> bool {
        let secret = |key: &str| match self.answer(setting(key)?)?.text {
            Text::Plain(text) => Some(Secret::new(text)),
            Text::Secret(secret) => Some(secret),
        };
        secret(key::S3_ACCESS_KEY)
            .zip(secret(key::S3_SECRET_KEY))
            .is_some_and(|(access, other)| swapped(&access, &other))
    }

    /// Returns true if the answer to a setting that is not secret has the form of a secret. No screen may show it.
    #[must_use]
    pub fn hides(&self, setting: &'static Setting) -> bool {
        let Some(Text::Plain(text)) = self.answer(setting).map(|answer| answer.text) else { return false };
        shown_value(setting.key, &Secret::new(text)).is_none()
            || setting.key == key::S3_ACCESS_KEY && self.swapped_keys()
    }

    /// Returns the key of a secret that was given with spaces around it, and the secret without them.
    #[must_use]
    pub fn trimmed(&self, key: &str) -> Option<(&'static str, Secret)> {
        let setting = setting(key)?;
        let Text::Secret(secret) = self.answer(setting)?.text else { return None };
        let bare = secret.shape(|text| (!text.is_empty() && trimmed(text) != text).then(|| Secret::new(trimmed(text))));
        Some((setting.key, bare?))
    }

    /// Removes the typed answers after a write: the files contain them now.
    pub fn settle(&mut self) {
        self.given.clear();
    }

    /// Replaces the answers from the existing deployment.
    pub fn keep(&mut self, view: &View) {
        self.kept = file_answers::FileAnswers::read(view);
    }

    /// Returns the effective answer: the given one, else that of the file, else the preset, else the default.
    #[must_use]
    pub fn answer(&self, setting: &'static Setting) -> Option<Answer> {
        let answer = self.plain_answer(setting)?;
        Some(if setting.key == key::AZURE_ACCOUNT_KEY { self.in_cloud(answer) } else { answer })
    }

    /// Returns the account key with its cloud. A key that was typed without a cloud belongs to the cloud of the file.
    fn in_cloud(&self, answer: Answer) -> Answer {
        let Text::Secret(key) = &answer.text else { return answer };
        let alone = key.shape(|text| !text.contains(';'));
        let cloud = match &self.cloud {
            Some(text) => Cloud::read(text).ok(),
            None if answer.origin == Origin::Typed && alone => self.kept_cloud(),
            None => None,
        };
        match cloud {
            Some(cloud) => Answer { text: Text::Secret(azure::in_cloud(key, &cloud)), ..answer },
            None => answer,
        }
    }

    fn kept_cloud(&self) -> Option<Cloud> {
        match &self.kept.answer(setting(key::AZURE_ACCOUNT_KEY)?, self.release_or_newest())?.text {
            Text::Secret(key) => azure::cloud_in(key),
            Text::Plain(_) => None,
        }
    }

    /// Returns the cloud of the account, as chosen or typed, or else from the account key.
    #[must_use]
    pub fn cloud(&self) -> String {
        let by_key = || match setting(key::AZURE_ACCOUNT_KEY).and_then(|setting| self.answer(setting))?.text {
            Text::Secret(key) => azure::cloud_in(&key),
            Text::Plain(_) => None,
        };
        self.cloud.clone().unwrap_or_else(|| by_key().unwrap_or_default().text().to_owned())
    }

    /// Returns the answer that was typed or taken in this session, not one from the files of the deployment.
    #[must_use]
    pub fn typed(&self, setting: &Setting) -> Option<&Answer> {
        let here = |given: &&Answer| matches!(given.origin, Origin::Typed | Origin::Taken(_));
        self.given.get(setting.key).filter(here)
    }

    /// Returns true if the setting with this name was typed or taken in this session.
    #[must_use]
    pub fn replaces(&self, key: &str) -> bool {
        setting(key).is_some_and(|setting| self.typed(setting).is_some())
    }

    fn plain_answer(&self, setting: &'static Setting) -> Option<Answer> {
        if let Some(given) = self.given.get(setting.key) {
            return Some(given.clone());
        }
        if let Some(derived) = self.derived(setting) {
            return Some(derived);
        }
        if let Some(kept) = self.kept.answer(setting, self.release_or_newest()) {
            return Some(kept.clone());
        }
        if let Some(preset) = self.provider.and_then(|provider| provider.defaults.get(setting.key)) {
            return Some(Answer { text: Text::Plain(preset.clone()), origin: Origin::Preset });
        }
        self.fallback(setting).map(|text| Answer { text: Text::Plain(text.to_owned()), origin: Origin::Default })
    }

    /// Returns an answer that follows from other answers.
    fn derived(&self, setting: &'static Setting) -> Option<Answer> {
        let by_default = |text: &str| Some(Answer { text: Text::Plain(text.to_owned()), origin: Origin::Default });
        match setting.follows {
            Follows::Nothing => None,
            // The operator chose the region for this, so it overrides the endpoint in an older file.
            Follows::Region => {
                let region = self.region.as_deref().filter(|region| self.region_problem(region).is_none())?;
                let endpoint = self.provider?.endpoint(region)?;
                Some(Answer { text: Text::Plain(endpoint), origin: Origin::Preset })
            }
            Follows::Scheme => {
                by_default(if self.value(key::S3_ENDPOINT)?.starts_with("https:") { "true" } else { "false" })
            }
            // The file's own value would override one that was just given for the other name.
            Follows::Setting(leader) => self.followed(setting, leader),
        }
    }

    /// Returns the answer to another setting, unless the file sets this one and the other was not just given. Releases
    /// up to 5.11 do not need this setting, so it stays unset there.
    fn followed(&self, follower: &Setting, leader: &str) -> Option<Answer> {
        let kept = self.kept.has(follower);
        if kept && !self.given.contains_key(leader) || !kept && self.release_or_newest() <= Release::R5_11 {
            return None;
        }
        let reading = self.reading(setting(leader)?)?;
        (!matches!(reading.verdict, AnswerVerdict::Wrong(_))).then_some(reading.answer)
    }

    fn fallback(&self, setting: &'static Setting) -> Option<&'static str> {
        match setting.key {
            // A key store in the file means that Score already uses TLS. The default must not switch it off.
            key::SERVER_SSL_ENABLED if self.kept.has_key_store => Some("true"),
            _ if setting.need == Need::Optional && !self.authorized() => None,
            _ => setting.default,
        }
    }

    /// Returns true if authorization is being set up: any of its settings without a default has an answer.
    #[must_use]
    pub fn authorized(&self) -> bool {
        secure::signs().any(|setting| self.given.contains_key(setting.key) || self.kept.has(setting))
    }

    /// Returns the settings that authorization needs and that have no default.
    pub fn authorization_keys(&self) -> impl Iterator<Item = &'static str> {
        secure::keys(self.release_or_newest())
    }

    /// Returns the kind of store: S3 before the provider is known.
    #[must_use]
    pub fn api(&self) -> Api {
        self.provider.map_or(Api::S3, |provider| provider.api)
    }

    /// Returns the setting with this name for the kind of store.
    #[must_use]
    pub fn setting(&self, key: &str) -> Option<&'static Setting> {
        setting_for(self.api(), key)
    }

    /// Returns the release, or before it is known the assumed one.
    pub(crate) fn release_or_newest(&self) -> Release {
        self.release.or(self.assumed).unwrap_or(Release::NEWEST)
    }

    /// Returns true if the setting is relevant, judged by the answers on which it depends.
    #[must_use]
    pub fn matters(&self, setting: &Setting) -> bool {
        match setting.when {
            When::Always => true,
            When::Is(key, wanted) => self.value(key).as_deref() == Some(wanted),
            When::Positive(key) => self.number(key) > 0,
            When::Secure => self.secure || self.authorized(),
        }
    }

    /// Returns the settings that this step asks, in screen order. Leaves out authorization settings that the file sets
    /// correctly.
    #[must_use]
    pub fn visible(&self, step: Step) -> Vec<&'static Setting> {
        let settled = |setting: &'static Setting| {
            let kept = self.kept.has(setting) && !self.given.contains_key(setting.key);
            setting.when == When::Secure && kept && self.problem(setting).is_none()
        };
        let asked = |setting: &&'static Setting| setting.step == Some(step) && self.matters(setting);
        self.known().filter(asked).filter(|setting| !settled(setting)).collect()
    }

    /// Returns the value as Score will read it. Returns `None` if it is missing, wrong, secret, or a placeholder that
    /// is resolved only when Score starts.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<String> {
        match self.reading(self.setting(key)?)?.verdict {
            AnswerVerdict::Good { value: Value::Plain(value), .. } => Some(value),
            _ => None,
        }
    }

    /// Returns the text for the file, before properties escapes. Returns `None` if the answer is missing, wrong, or a
    /// placeholder that is resolved only when Score starts.
    #[must_use]
    pub fn written(&self, setting: &'static Setting) -> Option<Secret> {
        match self.reading(setting)?.verdict {
            AnswerVerdict::Good { written, .. } => Some(Secret::new(written.for_file())),
            _ => None,
        }
    }

    pub(crate) fn secret(&self, key: &str) -> Option<Secret> {
        match self.reading(self.setting(key)?)?.verdict {
            AnswerVerdict::Good { value: Value::Secret(secret), .. } => Some(secret),
            _ => None,
        }
    }

    /// Returns true if the setting has an answer that is not empty, right or wrong, even if its value is not known
    /// here.
    pub(crate) fn filled(&self, key: &str) -> bool {
        let reading = self.setting(key).and_then(|setting| self.reading(setting));
        reading.is_some_and(|reading| match reading.verdict {
            AnswerVerdict::Good { value, .. } => !value.for_file().is_empty(),
            AnswerVerdict::Open { .. } | AnswerVerdict::Wrong(_) => true,
        })
    }

    /// Returns the origin of the effective answer.
    pub(crate) fn origin(&self, key: &str) -> Option<Origin> {
        self.answer(self.setting(key)?).map(|answer| answer.origin)
    }

    /// Returns the number, or zero if there is none.
    pub(crate) fn number(&self, key: &str) -> u64 {
        self.value(key).and_then(|value| value.parse().ok()).unwrap_or(0)
    }

    /// Returns the settings that will be written, with the value for a screen, and true if the answer is not that of the
    /// deployment. The value is `None` while it is missing or wrong.
    #[must_use]
    pub fn planned(&self) -> Vec<(&'static Setting, Option<String>, bool)> {
        let needed = |setting: &&'static Setting| {
            setting.need == Need::Asked || self.matters(setting) && self.answer(setting).is_some()
        };
        let row = |setting: &'static Setting| {
            let changed = self.answer(setting).is_some_and(|answer| !answer.origin.of_deployment());
            let value = match self.reading(setting)?.verdict {
                AnswerVerdict::Good { value, .. } => {
                    let value = Secret::new(value.for_file());
                    Some(shown_value(setting.key, &value).unwrap_or_else(|| DOTS.to_owned()))
                }
                AnswerVerdict::Open { .. } => Some("${…}".to_owned()),
                AnswerVerdict::Wrong(_) => None,
            };
            Some((setting, value, changed))
        };
        self.known().filter(needed).map(|setting| row(setting).unwrap_or((setting, None, false))).collect()
    }

    fn known(&self) -> impl Iterator<Item = &'static Setting> {
        let release = self.release_or_newest();
        let api = self.api();
        SETTINGS.iter().filter(move |setting| setting.serves(api) && setting.known_to(release))
    }

    /// Makes the target, the only source of values for the network and for the files.
    ///
    /// # Errors
    /// Returns all problems if there are any.
    pub fn target(&self) -> Result<Target, Vec<Problem>> {
        let problems = self.problems();
        let (Some(release), Some(provider), true) = (self.release, self.provider, problems.is_empty()) else {
            return Err(problems);
        };
        let mut assignments = Vec::new();
        let mut unresolved = Vec::new();
        for setting in self.known() {
            if setting.need == Need::Conditional && !self.matters(setting) {
                continue;
            }
            let Some(reading) = self.reading(setting) else { continue };
            if setting.need == Need::Optional && matches!(reading.answer.origin, Origin::Elsewhere(_)) {
                // Another source sets it, such as the key store among the arguments of wrapper.conf, so the file need
                // not.
                continue;
            }
            let value = match reading.verdict {
                AnswerVerdict::Good { written, .. } => written,
                AnswerVerdict::Open { written } => {
                    unresolved.push(setting.key);
                    written
                }
                AnswerVerdict::Wrong(_) => continue,
            };
            let comment = self.reason(setting.key);
            assignments.push(Assignment { setting, name: setting.name(release), value, comment });
        }
        let (store, authorized) = (self.store_of(), self.authorized());
        Ok(Target { release, provider, store, authorized, assignments, unresolved })
    }
}
