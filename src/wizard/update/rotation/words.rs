//! Says what a replacement of keys means: beforehand, and once the new keys are written. Every shell uses these sentences.

use std::{path::PathBuf, time::Duration};

use time::OffsetDateTime;

use super::{NewKeys, ReplacedKeys, ScoreAnswer};
use crate::{
    answers::target::Store,
    score::{Provider, Setting, key, provider::KeyRotation},
    text::{
        mask::{shown_value, swapped},
        secret::Secret,
        shell_word,
    },
    wizard::State,
};

/// The consequences of written keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AfterRotation {
    /// The old and the new access key, unless one looks like a secret.
    pub old: Option<String>,
    pub new: Option<String>,
    /// True if the old and the new keys work at the same time.
    pub overlap: bool,
    /// The time from which no URL is signed with the old key any longer. `None` before Score was seen to use the new keys.
    pub until: Option<OffsetDateTime>,
    /// The time that URLs stay valid.
    pub valid: Duration,
    /// The command that ends the old key.
    pub end: Option<String>,
    /// The backups that contain the old secret.
    pub backups: Vec<PathBuf>,
}

impl AfterRotation {
    /// Returns the same for a Score that was seen to use the new keys at this time.
    #[must_use]
    pub fn taken(self, at: Option<OffsetDateTime>) -> Self {
        Self { until: at.map(|at| at + self.valid), ..self }
    }
}

impl ReplacedKeys {
    fn after(&self) -> AfterRotation {
        let change = NewKeys::between(&self.before, &self.after);
        let (old, new) = (shown(&self.before), shown(&self.after));
        let overlap = matches!(change, NewKeys::Pair | NewKeys::AccountKey);
        let ends = |line: &String| {
            let named = overlap && (old.is_some() || !line.contains("{old}"));
            named.then(|| line.replace("{old}", &shell_word(old.as_deref().unwrap_or_default())))
        };
        let known = self.provider.and_then(Provider::rotation);
        let after = AfterRotation {
            end: known.and_then(|known| known.remove.as_ref()).and_then(ends),
            old,
            new,
            overlap,
            until: None,
            valid: longest_url(&self.before),
            backups: self.backups.clone(),
        };
        after.taken(self.taken_at)
    }
}

/// Returns how long URLs that were signed with the keys of this store stay valid.
fn longest_url(store: &Store) -> Duration {
    let days = match store {
        Store::S3(store) => store.upload_expiration_days.max(store.download_expiration_days),
        // On Azure, URLs for uploads have the expiration of downloads (Score 5.11 `AzureURLGenerator.java:52`).
        Store::Azure(store) => store.download_expiration_days,
    };
    Duration::from_secs(u64::from(days) * 24 * 60 * 60)
}

impl State {
    /// Returns what follows from the keys that were replaced in this session, those of the first write first.
    #[must_use]
    pub fn after_rotations(&self) -> Vec<AfterRotation> {
        self.replaced.iter().map(ReplacedKeys::after).collect()
    }

    /// Returns the same for keys that the files already had.
    #[must_use]
    pub fn without_rotation(&self) -> Option<AfterRotation> {
        let before = self.rotation.as_ref()?.before.clone();
        let provider = self.draft.provider;
        let keys = ReplacedKeys { after: before.clone(), before, provider, taken_at: None, backups: Vec::new() };
        Some(keys.after())
    }

    /// Says which keys are replaced, and whether both work at the same time. `None` before new keys are given.
    #[must_use]
    pub fn announced_keys(&self) -> Option<String> {
        let (before, after) = self.compared_stores()?;
        let overlap = self.key_rotation().map_or("", |known| &known.overlap);
        match NewKeys::between(&before, &after) {
            NewKeys::Nothing => None,
            NewKeys::Pair => {
                Some(format!("{} replaces {}. {overlap}", named("The", shown(&after)), named("the", shown(&before))))
            }
            NewKeys::AccountKey => Some(format!("A new account key replaces the old one. {overlap}")),
            NewKeys::Secret => self.without_overlap(),
        }
    }

    /// Says that the old and the new secret do not work at the same time. `None` if they do.
    #[must_use]
    pub fn without_overlap(&self) -> Option<String> {
        let (before, after) = self.compared_stores()?;
        if NewKeys::between(&before, &after) != NewKeys::Secret {
            return None;
        }
        let create = self.key_rotation().and_then(|known| known.create.as_deref());
        let instead = create.map_or(String::new(), |line| format!(" A second access key avoids this: {line}"));
        Some(format!(
            "{} stays, and only its secret changes. The store knows one secret for an access key, so the old one already \
             fails, or fails as soon as the store has the new one. Until Score uses the new secret, every upload and download \
             fails. URLs that clients already have fail too.{instead}",
            named("The", shown(&before))
        ))
    }

    /// Returns what is known about the keys of this provider.
    #[must_use]
    pub fn key_rotation(&self) -> Option<&'static KeyRotation> {
        self.draft.provider.and_then(|provider| provider.rotation())
    }

    /// Says which key Score uses until it is restarted, at the first of the keys that are replaced.
    #[must_use]
    pub fn until_restart(&self, setting: &Setting) -> Option<String> {
        let first = [key::S3_ACCESS_KEY, key::AZURE_ACCOUNT_KEY].contains(&setting.key);
        let rotation = self.rotation.as_ref().filter(|_| first)?;
        let old = shown(&rotation.before).unwrap_or_else(|| "the old key".to_owned());
        let overlap = self.key_rotation().map_or("", |known| &known.overlap);
        Some(format!("Score uses {old} until it is restarted. {overlap}"))
    }

    /// Asks for the secret of an interrupted session again.
    #[must_use]
    pub fn type_again(&self, setting: &Setting) -> Option<String> {
        let continued = self.rotation.as_ref().is_some_and(|rotation| rotation.continued);
        let missing = continued && setting.secret() && self.draft.typed(setting).is_none();
        missing.then(|| format!("Type the {} again. Secrets are not kept.", setting.label.to_lowercase()))
    }
}

/// Returns the access key of a store, unless it looks like a secret.
fn shown(store: &Store) -> Option<String> {
    let store = store.s3()?;
    let access = Secret::new(store.access_key.as_str());
    let shown = shown_value(key::S3_ACCESS_KEY, &access)?;
    (!swapped(&access, &store.secret_key)).then_some(shown)
}

impl ScoreAnswer {
    /// Describes the answer. `mixed` is true if other answers used the new keys.
    #[must_use]
    pub fn words(&self, mixed: bool) -> String {
        match self {
            Self::UsesThem => "Score uses the new keys.".to_owned(),
            Self::OtherKeys if mixed => "One of several Scores does not use the new keys yet.".to_owned(),
            Self::OtherKeys => "Score does not use the new keys yet.".to_owned(),
            Self::Wrong(why) | Self::Silent(why) => why.clone(),
            Self::Unknown(why) => format!("Score cannot be compared with the files: {why}."),
        }
    }
}

/// Returns the words for an access key, after an article.
fn named(article: &str, key: Option<String>) -> String {
    key.map_or_else(|| format!("{article} access key"), |key| format!("{article} access key {key}"))
}
