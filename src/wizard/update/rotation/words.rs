//! Says what a replacement of keys means: beforehand, and once the new keys are written. Every shell uses these sentences.

use std::{path::PathBuf, time::Duration};

use time::OffsetDateTime;

use super::{NewKeys, Rotation, ScoreAnswer};
use crate::{
    answers::target::Store,
    score::{Scope, key, provider::KeyRotation},
    text::{
        mask::{shown_value, swapped},
        secret::Secret,
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

impl State {
    /// Returns what follows from the written keys. `None` if no key was replaced.
    #[must_use]
    pub fn after_rotation(&self) -> Option<AfterRotation> {
        let rotation = self.rotation.as_ref()?;
        let change = self.new_keys();
        let (old, new) = self.access_keys(rotation);
        let overlap = matches!(change, NewKeys::Pair | NewKeys::AccountKey);
        let ends = |line: &String| {
            let named = overlap && (old.is_some() || !line.contains("{old}"));
            named.then(|| line.replace("{old}", old.as_deref().unwrap_or_default()))
        };
        let after = AfterRotation {
            end: self.key_rotation().and_then(|known| known.remove.as_ref()).and_then(ends),
            old,
            new,
            overlap,
            until: None,
            valid: rotation.longest_url(),
            backups: if change == NewKeys::Nothing { Vec::new() } else { rotation.backups.clone() },
        };
        Some(after.taken(rotation.taken_at))
    }

    /// Says which keys are replaced, and whether both work at the same time. `None` before new keys are given.
    #[must_use]
    pub fn announced_keys(&self) -> Option<String> {
        let (old, new) = self.access_keys(self.rotation.as_ref()?);
        let overlap = self.key_rotation().map_or("", |known| &known.overlap);
        match self.new_keys() {
            NewKeys::Nothing => None,
            NewKeys::Pair => Some(format!("{} replaces {}. {overlap}", upper(&named(new)), named(old))),
            NewKeys::AccountKey => Some(format!("A new account key replaces the old one. {overlap}")),
            NewKeys::Secret => self.without_overlap(),
        }
    }

    /// Says that the old and the new secret do not work at the same time. `None` if they do.
    #[must_use]
    pub fn without_overlap(&self) -> Option<String> {
        let (old, _) = self.access_keys(self.rotation.as_ref().filter(|_| self.new_keys() == NewKeys::Secret)?);
        let create = self.key_rotation().and_then(|known| known.create.as_deref());
        let instead = create.map_or(String::new(), |line| format!(" A second access key avoids this: {line}"));
        Some(format!(
            "{} stays, and only its secret changes. The store knows one secret for an access key, so the old one already \
             fails, or fails as soon as the store has the new one. Until Score uses the new secret, every upload and download \
             fails. URLs that clients already have fail too.{instead}",
            upper(&named(old))
        ))
    }

    /// Returns what is known about the keys of this provider.
    #[must_use]
    pub fn key_rotation(&self) -> Option<&'static KeyRotation> {
        self.draft.provider.and_then(|provider| provider.rotation())
    }

    /// Returns the access key that the running Score has, as long as it is not replaced.
    #[must_use]
    pub fn old_access_key(&self) -> Option<String> {
        self.access_keys(self.rotation.as_ref()?).0
    }

    /// Returns the old and the new access key, unless one looks like a secret.
    fn access_keys(&self, rotation: &Rotation) -> (Option<String>, Option<String>) {
        let shown = |store: &Store| {
            let store = store.s3()?;
            let access = Secret::new(store.access_key.as_str());
            let shown = shown_value(key::S3_ACCESS_KEY, &access)?;
            (!swapped(&access, &store.secret_key)).then_some(shown)
        };
        (shown(&rotation.before), self.store(Scope::All).and_then(|(_, after)| shown(&after)))
    }
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

fn named(key: Option<String>) -> String {
    key.map_or_else(|| "the access key".to_owned(), |key| format!("the access key {key}"))
}

/// Begins a text with an upper-case letter.
fn upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
