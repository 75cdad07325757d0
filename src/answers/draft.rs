//! Answers as they are, right or wrong at any time, and where each came from. Problems are computed when asked, never
//! stored. Knows nothing of how answers are asked, or of what the store says to them.

mod found;
mod judge;
mod kept;
mod recognise;
pub mod rules;
mod store;
mod told;

use std::collections::BTreeMap;

use crate::{
    answers::target::{Assignment, Cloud, Target, Value},
    install::spring::{Place, View},
    score::{
        Api, Follows, Need, Provider, Release, SETTINGS, Setting, Step, When, key, provider::providers, secure,
        setting, setting_for,
    },
    text::{near::distance, secret::Secret, values::azure},
};

pub use found::Found;

/// What was typed for one setting.
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
    /// A line of the existing properties file, counted from one.
    File {
        line: usize,
    },
    /// Another source of the deployment, which counts more than the file.
    Elsewhere(Place),
    Preset,
    Default,
}

impl Origin {
    /// What Spring reads, as it stands: `${…}` in it means something.
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

/// What is wrong with an answer, or missing; shown under the field, or listed in an unattended run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Keys it points to, the one to change first; or one of `RELEASE`, `PROVIDER`, `REGION`, `CLOUD`.
    pub settings: Vec<&'static str>,
    /// A sentence that names the rule.
    pub message: String,
    /// Where that answer stands, if in a file.
    pub origin: Option<Origin>,
}

/// What is said of an answer that is no reason to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    pub setting: Option<&'static str>,
    /// Sentences.
    pub message: String,
    /// Where that answer stands, if in a file.
    pub origin: Option<Origin>,
}

/// What a problem points to where no setting is meant; as answers files name them.
pub const RELEASE: &str = "release";
pub const PROVIDER: &str = "provider";
pub const REGION: &str = "region";
/// Not in answers files: there it is a part of `azure.accountKey`.
pub const CLOUD: &str = "cloud";

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    pub release: Option<Release>,
    pub provider: Option<&'static Provider>,
    /// AWS only: gives `s3.endpoint`; buckets are created there.
    pub region: Option<String>,
    /// Azure only: where the account is, the suffix of a cloud or an address, as chosen or typed. `None`: as the account
    /// key says.
    pub cloud: Option<String>,
    /// The profile `secure` is to be active, by choice or as it is now.
    pub secure: bool,
    /// Typed, or from an answers file.
    given: BTreeMap<&'static str, Answer>,
    /// As the existing file says.
    kept: kept::Kept,
}

impl Draft {
    #[must_use]
    pub fn new(release: Release, provider: &'static Provider) -> Self {
        Self { release: Some(release), provider: Some(provider), ..Self::default() }
    }

    /// An answer typed or read from an answers file.
    pub fn give(&mut self, key: &'static str, text: Text, origin: Origin) {
        let key = setting(key).map_or(key, |setting| setting.key);
        let names_cloud = |text: &Text| matches!(text, Text::Secret(secret) if secret.shape(|text| text.contains(';')));
        if key == key::AZURE_ACCOUNT_KEY && (origin != Origin::Typed || names_cloud(&text)) {
            self.cloud = None;
        }
        self.given.insert(key, Answer { text, origin });
    }

    /// The file's answer, the preset's or the default counts again.
    pub fn take_back(&mut self, key: &'static str) {
        if key == CLOUD {
            self.cloud = None;
        }
        let key = setting(key).map_or(key, |setting| setting.key);
        self.given.remove(key);
    }

    /// Whether anything was answered beside what the existing file says.
    #[must_use]
    pub fn changed(&self) -> bool {
        !self.given.is_empty() || self.region.is_some() || self.cloud.is_some()
    }

    /// Answers that were typed count no longer: what was written has them.
    pub fn settle(&mut self) {
        self.given.clear();
    }

    /// What the existing deployment says; forgets what another one said.
    pub fn keep(&mut self, view: &View) {
        self.kept = kept::Kept::read(view);
    }

    /// The answer that counts: given, else the file's, else the preset's, else the default.
    #[must_use]
    pub fn answer(&self, setting: &'static Setting) -> Option<Answer> {
        let answer = self.plain_answer(setting)?;
        Some(if setting.key == key::AZURE_ACCOUNT_KEY { self.in_cloud(answer) } else { answer })
    }

    /// The key with what stands behind it. A key that is typed alone is another one of the same cloud.
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

    /// Where the account is, as it is chosen or typed.
    #[must_use]
    pub fn cloud(&self) -> String {
        let by_key = || match setting(key::AZURE_ACCOUNT_KEY).and_then(|setting| self.answer(setting))?.text {
            Text::Secret(key) => azure::cloud_in(&key),
            Text::Plain(_) => None,
        };
        self.cloud.clone().unwrap_or_else(|| by_key().unwrap_or_default().text().to_owned())
    }

    /// What was typed now, and nothing that a file says.
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

    /// Answers that follow from other answers.
    fn derived(&self, setting: &'static Setting) -> Option<Answer> {
        let by_default = |text: &str| Some(Answer { text: Text::Plain(text.to_owned()), origin: Origin::Default });
        match setting.follows {
            Follows::Nothing => None,
            // The region is chosen for this, so it overrides what an older file says.
            Follows::Region => {
                let region = self.region.as_deref().filter(|region| self.region_problem(region).is_none())?;
                let endpoint = self.provider?.endpoint(region)?;
                Some(Answer { text: Text::Plain(endpoint), origin: Origin::Preset })
            }
            Follows::Scheme => {
                by_default(if self.value(key::S3_ENDPOINT)?.starts_with("https:") { "true" } else { "false" })
            }
            // The file's own value would override one just given for the other name.
            Follows::Setting(leader) => self.followed(setting, leader),
        }
    }

    /// The answer to another setting, unless the file has one of its own and the other is not just given. Releases up to
    /// 5.11 can do without: nothing of theirs sets it.
    fn followed(&self, follower: &Setting, leader: &str) -> Option<Answer> {
        let kept = self.kept.has(follower);
        if kept && !self.given.contains_key(leader) || !kept && self.release_or_newest() <= Release::R5_11 {
            return None;
        }
        let reading = self.reading(setting(leader)?)?;
        (!matches!(reading.verdict, judge::Verdict::Wrong(_))).then_some(reading.answer)
    }

    fn fallback(&self, setting: &'static Setting) -> Option<&'static str> {
        match setting.key {
            // A key store in the file means that Score speaks TLS already; this must not switch it off.
            key::SERVER_SSL_ENABLED if self.kept.has_key_store => Some("true"),
            _ if setting.need == Need::Optional && !self.authorized() => None,
            _ => setting.default,
        }
    }

    /// Whether authorization is being set up: any of its settings has an answer, other than those that have a default.
    #[must_use]
    pub fn authorized(&self) -> bool {
        secure::signs().any(|setting| self.given.contains_key(setting.key) || self.kept.has(setting))
    }

    /// The kind of store; S3 before the provider is known.
    #[must_use]
    pub fn api(&self) -> Api {
        self.provider.map_or(Api::S3, |provider| provider.api)
    }

    /// The setting of this name, as it is with this provider.
    #[must_use]
    pub fn setting(&self, key: &str) -> Option<&'static Setting> {
        setting_for(self.api(), key)
    }

    /// For questions before the release is known.
    pub(crate) fn release_or_newest(&self) -> Release {
        self.release.unwrap_or(Release::NEWEST)
    }

    /// Whether the setting matters, by the answers it depends on.
    #[must_use]
    pub fn matters(&self, setting: &Setting) -> bool {
        match setting.when {
            When::Always => true,
            When::Is(key, wanted) => self.value(key).as_deref() == Some(wanted),
            When::Positive(key) => self.number(key) > 0,
            When::Secure => self.secure || self.authorized(),
        }
    }

    /// The settings this step asks, in screen order. Authorization that the file has is not asked again.
    #[must_use]
    pub fn visible(&self, step: Step) -> Vec<&'static Setting> {
        let settled = |setting: &'static Setting| {
            let kept = self.kept.has(setting) && !self.given.contains_key(setting.key);
            setting.when == When::Secure && kept && self.problem(setting).is_none()
        };
        let asked = |setting: &&'static Setting| setting.step == Some(step) && self.matters(setting);
        self.known().filter(asked).filter(|setting| !settled(setting)).collect()
    }

    /// The value of a setting as Score shall see it; `None` where it is missing, wrong, secret, or filled in only when
    /// Score starts.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<String> {
        match self.reading(self.setting(key)?)?.verdict {
            judge::Verdict::Good { value: Value::Plain(value), .. } => Some(value),
            _ => None,
        }
    }

    pub(crate) fn secret(&self, key: &str) -> Option<Secret> {
        match self.reading(self.setting(key)?)?.verdict {
            judge::Verdict::Good { value: Value::Secret(secret), .. } => Some(secret),
            _ => None,
        }
    }

    /// Whether it has an answer that is not empty, right or wrong, known here or not.
    pub(crate) fn filled(&self, key: &str) -> bool {
        let reading = self.setting(key).and_then(|setting| self.reading(setting));
        reading.is_some_and(|reading| match reading.verdict {
            judge::Verdict::Good { value, .. } => !value.for_file().is_empty(),
            judge::Verdict::Open { .. } | judge::Verdict::Wrong(_) => true,
        })
    }

    /// Where the answer that counts came from.
    pub(crate) fn origin(&self, key: &str) -> Option<Origin> {
        self.answer(self.setting(key)?).map(|answer| answer.origin)
    }

    /// Zero where there is no number.
    pub(crate) fn number(&self, key: &str) -> u64 {
        self.value(key).and_then(|value| value.parse().ok()).unwrap_or(0)
    }

    /// Everything that is wrong or missing, in the order of the screens.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = self.premises();
        let mut found: Vec<Problem> = self.known().filter_map(|setting| self.problem(setting)).collect();
        if problems.iter().any(|problem| problem.settings[0] == REGION) {
            // It comes with the region.
            found.retain(|problem| problem.settings[0] != key::S3_ENDPOINT || problem.origin.is_some());
        }
        found.extend(rules::problems(self));
        found.extend(self.unread());
        // Rules stand with the setting they point to first.
        found.sort_by_key(|problem| SETTINGS.iter().position(|setting| Some(&setting.key) == problem.settings.first()));
        problems.extend(found);
        problems
    }

    /// What is wrong with this answer, or with it and others together.
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
        if let (Some(release), Some(provider)) = (self.release, self.provider)
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
            return Some(format!("Region is for AWS only: {} gives none.", provider.name));
        }
        // A region newer than the list is let through by its form.
        let form = region.split('-').count() >= 3
            && region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && region.ends_with(|last: char| last.is_ascii_digit());
        if form || provider.regions.iter().any(|known| known.id == region) {
            return None;
        }
        let written = region.to_lowercase().replace(['_', ' '], "-");
        let close = provider.regions.iter().min_by_key(|known| distance(&known.id, &written))?;
        Some(format!("Region must be an id of AWS such as {}.", close.id))
    }

    /// The only door to the network and to the file.
    ///
    /// # Errors
    /// All problems at once.
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
                // It is set there, and stays there: such as the key store among the arguments of wrapper.conf.
                continue;
            }
            let value = match reading.verdict {
                judge::Verdict::Good { written, .. } => written,
                judge::Verdict::Open { written } => {
                    unresolved.push(setting.key);
                    written
                }
                judge::Verdict::Wrong(_) => continue,
            };
            assignments.push(Assignment { setting, name: setting.name(release), value });
        }
        let (store, authorized) = (self.store_of(), self.authorized());
        Ok(Target { release, provider, store, authorized, assignments, unresolved })
    }
}
