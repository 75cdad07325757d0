//! Holds the answers, right or wrong, with the origin of each. Computes problems on request and stores none. Does not
//! know how answers are asked, or how the store responds to them.

mod file_answers;
mod recognise;
mod remarks;
pub mod rules;
mod store;
mod store_from_file;
mod validate;

use std::collections::BTreeMap;

use crate::{
    answers::target::{Assignment, Cloud, Target, Value},
    install::spring::{SourcePosition, View},
    score::{
        Api, Follows, Need, Provider, Release, SETTINGS, Setting, Step, When, key, provider::providers, secure,
        setting, setting_for,
    },
    text::{secret::Secret, suggest::distance, values::azure},
};

pub use store_from_file::Found;

/// The text given for one setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    Plain(String),
    Secret(Secret),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Typed,
    /// A line of the answers file, counted from one.
    Answers {
        line: usize,
    },
    /// `--set` on the command line.
    Argument,
    /// A line of the existing properties file, counted from one.
    File {
        line: usize,
    },
    /// Another source of the deployment, which overrides the file.
    Elsewhere(SourcePosition),
    Preset,
    Default,
}

impl Origin {
    /// Returns true if Spring reads the value exactly as written, so `${…}` in it is a placeholder.
    #[must_use]
    pub fn of_deployment(&self) -> bool {
        matches!(self, Self::File { .. } | Self::Elsewhere(_))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub text: Text,
    pub origin: Origin,
}

/// A wrong or missing answer. Shown under the field, or listed in an unattended run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The keys of the settings concerned, the one to change first, or one of `RELEASE`, `PROVIDER`, `REGION`, `CLOUD`.
    pub settings: Vec<&'static str>,
    /// A sentence that states the rule.
    pub message: String,
    /// The position of the answer, if it is in a file.
    pub origin: Option<Origin>,
}

/// A note on an answer that is not a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    pub setting: Option<&'static str>,
    /// One or more sentences.
    pub message: String,
    /// The position of the answer, if it is in a file.
    pub origin: Option<Origin>,
}

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
        self.given.insert(key, Answer { text, origin });
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
    }

    /// Returns true if there are answers in addition to those of the existing file.
    #[must_use]
    pub fn changed(&self) -> bool {
        !self.given.is_empty() || self.region.is_some() || self.cloud.is_some()
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

    /// Returns the answer that was typed in this session, not one from a file.
    #[must_use]
    pub fn typed(&self, setting: &Setting) -> Option<&Answer> {
        self.given.get(setting.key).filter(|given| given.origin == Origin::Typed)
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
        (!matches!(reading.verdict, validate::AnswerVerdict::Wrong(_))).then_some(reading.answer)
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
            validate::AnswerVerdict::Good { value: Value::Plain(value), .. } => Some(value),
            _ => None,
        }
    }

    pub(crate) fn secret(&self, key: &str) -> Option<Secret> {
        match self.reading(self.setting(key)?)?.verdict {
            validate::AnswerVerdict::Good { value: Value::Secret(secret), .. } => Some(secret),
            _ => None,
        }
    }

    /// Returns true if the setting has an answer that is not empty, right or wrong, even if its value is not known
    /// here.
    pub(crate) fn filled(&self, key: &str) -> bool {
        let reading = self.setting(key).and_then(|setting| self.reading(setting));
        reading.is_some_and(|reading| match reading.verdict {
            validate::AnswerVerdict::Good { value, .. } => !value.for_file().is_empty(),
            validate::AnswerVerdict::Open { .. } | validate::AnswerVerdict::Wrong(_) => true,
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

    /// Returns every problem, in the order of the screens.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = self.premises();
        let mut found: Vec<Problem> = self.known().filter_map(|setting| self.problem(setting)).collect();
        if problems.iter().any(|problem| problem.settings[0] == REGION) {
            // The endpoint follows from the region, so its absence needs no second problem.
            found.retain(|problem| problem.settings[0] != key::S3_ENDPOINT || problem.origin.is_some());
        }
        found.extend(rules::problems(self));
        found.extend(self.unread());
        // The problem of a rule is listed with the first of its settings.
        found.sort_by_key(|problem| SETTINGS.iter().position(|setting| Some(&setting.key) == problem.settings.first()));
        problems.extend(found);
        problems
    }

    /// Returns the problems of this answer, alone or together with others.
    #[must_use]
    pub fn problems_of(&self, key: &str) -> Vec<Problem> {
        self.problems().into_iter().filter(|problem| problem.settings.contains(&key)).collect()
    }

    fn known(&self) -> impl Iterator<Item = &'static Setting> {
        let release = self.release_or_newest();
        let api = self.api();
        SETTINGS.iter().filter(move |setting| setting.serves(api) && setting.known_to(release))
    }

    fn premises(&self) -> Vec<Problem> {
        let missing = |what: &'static str, message: &str| Problem {
            settings: vec![what],
            message: message.to_owned(),
            origin: None,
        };
        let mut problems = Vec::new();
        if self.release.is_none() {
            problems.push(missing(RELEASE, "The release of Score is not known; give one such as 5.11."));
        }
        if self.provider.is_none() {
            let ids: Vec<&str> = providers().iter().map(|provider| provider.id.as_str()).collect();
            problems.push(missing(PROVIDER, &format!("The provider must be one of {}.", ids.join(", "))));
        }
        if let Some(message) = self.provider.and_then(Provider::unusable) {
            problems.push(missing(PROVIDER, &message));
        } else if let (Some(release), Some(provider)) = (self.release, self.provider)
            && let Some(message) = provider.refused_by(release)
        {
            problems.push(Problem { settings: vec![RELEASE, PROVIDER], message, origin: None });
        }
        if let Some(message) = self.region.as_deref().and_then(|region| self.region_problem(region)) {
            problems.push(missing(REGION, &message));
        }
        if self.api() == Api::Azure
            && let Some(Err(rule)) = self.cloud.as_deref().map(Cloud::read)
        {
            problems.push(missing(CLOUD, &rule.of("Address").to_string()));
        }
        problems
    }

    fn region_problem(&self, region: &str) -> Option<String> {
        let provider = self.provider?;
        if provider.endpoint_of_region.is_none() {
            return Some(format!("Region must be left out: {} has no regions to choose from.", provider.name));
        }
        if provider.has_region(region) {
            return None;
        }
        let written = region.to_lowercase().replace(['_', ' '], "-");
        let close = provider.regions.iter().min_by_key(|known| distance(&known.id, &written))?;
        Some(format!("Region must be an id of {} such as {}.", provider.short(), close.id))
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
                validate::AnswerVerdict::Good { written, .. } => written,
                validate::AnswerVerdict::Open { written } => {
                    unresolved.push(setting.key);
                    written
                }
                validate::AnswerVerdict::Wrong(_) => continue,
            };
            let comment = self.reason(setting.key);
            assignments.push(Assignment { setting, name: setting.name(release), value, comment });
        }
        let (store, authorized) = (self.store_of(), self.authorized());
        Ok(Target { release, provider, store, authorized, assignments, unresolved })
    }
}
