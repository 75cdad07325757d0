//! Compares the old and the new keys, and keeps those that a write has replaced.

use std::path::PathBuf;

use time::OffsetDateTime;

use super::settings;
use crate::{
    answers::target::{S3Store, Store},
    install::deployment::Deployment,
    score::{Provider, Scope},
    text::{Endpoint, mask::contains, secret::Secret},
    wizard::{Effect, Run, State, proposal::Receipt},
};

/// The difference between the old and the new keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewKeys {
    /// The same keys, or those of another store.
    Nothing,
    /// A new access key with its secret. Both pairs can work at the same time.
    Pair,
    /// A new secret for the same access key. The store knows only one of the two secrets.
    Secret,
    /// Another key of the same Azure account. Both work at the same time.
    AccountKey,
}

impl NewKeys {
    /// Compares the keys of the old and the new store.
    #[must_use]
    pub fn between(before: &Store, after: &Store) -> Self {
        match (before, after) {
            _ if !same_place(before, after) || !has_keys(before) => Self::Nothing,
            (Store::S3(old), Store::S3(new)) if old.access_key != new.access_key => Self::Pair,
            (Store::S3(old), Store::S3(new)) if old.secret_key != new.secret_key => Self::Secret,
            (Store::Azure(old), Store::Azure(new)) if old.key != new.key => Self::AccountKey,
            _ => Self::Nothing,
        }
    }
}

/// Keys that a write of this session has replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplacedKeys {
    /// The store with the old keys.
    pub(super) before: Store,
    /// The store with the keys that are in use now: those of the last write for this store.
    pub(super) after: Store,
    pub(super) provider: Option<&'static Provider>,
    /// The time when the running Score was seen to use the new keys.
    pub(in crate::wizard::update) taken_at: Option<OffsetDateTime>,
    /// The backups that contain the old secret.
    pub(super) backups: Vec<PathBuf>,
}

impl ReplacedKeys {
    /// Returns the old secret.
    #[must_use]
    pub fn old_secret(&self) -> &Secret {
        match &self.before {
            Store::S3(store) => &store.secret_key,
            Store::Azure(store) => &store.key,
        }
    }

    /// Adds backups that contain the old secret.
    pub(in crate::wizard::update) fn add_backups(&mut self, found: Vec<PathBuf>) {
        self.backups.extend(found);
        let mut met = std::collections::HashSet::new();
        self.backups.retain(|path| met.insert(path.clone()));
    }
}

/// Keeps the keys that this write has replaced, with its backups. Looks for the old secret in earlier backups.
pub(in crate::wizard::update) fn finish(state: &mut State, receipt: &Receipt) -> Vec<Effect> {
    let Some((before, after)) = state.compared_stores() else { return Vec::new() };
    if let Some(rotation) = &mut state.rotation {
        rotation.before = after.clone();
        rotation.continued = false;
    }
    if NewKeys::between(&before, &after) == NewKeys::Nothing {
        return Vec::new();
    }
    // An earlier old key may be in use again.
    for known in state.replaced.iter_mut().filter(|known| same_place(&known.after, &after)) {
        known.after = after.clone();
    }
    state.replaced.retain(|known| NewKeys::between(&known.before, &known.after) != NewKeys::Nothing);
    let provider = state.draft.provider;
    let mut keys = ReplacedKeys { before, after, provider, taken_at: None, backups: Vec::new() };
    let secret = keys.old_secret().clone();
    let read = state.deployment.as_ref();
    let holds = |path: &PathBuf| {
        let bytes = read.and_then(|read| read.file(path)).and_then(|base| base.bytes.as_deref());
        bytes.is_some_and(|bytes| contains(bytes, &secret))
    };
    let backups = receipt.files.iter().filter(|file| holds(&file.path)).filter_map(|file| file.backup.clone());
    keys.add_backups(backups.collect());
    let files = read.map(Deployment::written_files).unwrap_or_default();
    state.replaced.push(keys);
    vec![Effect::FindInBackups { files, secret }]
}

/// Keeps the keys that a run saw refused.
pub(in crate::wizard::update) fn note_refusal(state: &mut State, number: u64) {
    let ended = |run: &&Run| run.number == number && run.scope != Scope::Reach && !run.going();
    let known = state.background.iter().chain(&state.run).find(ended);
    let refused = known.filter(|_| state.refused_key().is_some()).map(|run| run.store.clone());
    if let Some(store) = refused.filter(|store| !state.refused.iter().any(|known| same_keys(known, store))) {
        state.refused.push(store);
    }
}

impl State {
    /// Returns the difference between the old keys and those of the answers.
    #[must_use]
    pub fn new_keys(&self) -> NewKeys {
        self.compared_stores().map_or(NewKeys::Nothing, |(before, after)| NewKeys::between(&before, &after))
    }

    /// Returns true if Score was not seen yet to use keys that were written.
    #[must_use]
    pub fn waits_for_new_keys(&self) -> bool {
        self.replaced.iter().any(|keys| keys.taken_at.is_none())
    }

    /// Returns the store of the deployment and that of the answers, if keys were given. `None` if a check has shown that the
    /// store refuses the old keys: nothing uses them.
    pub(super) fn compared_stores(&self) -> Option<(Store, Store)> {
        let found = self.draft.found().store;
        if let Some(rotation) = &self.rotation {
            // The files with the new keys are tried exactly as Score reads them.
            return Some((rotation.before.clone(), found));
        }
        let given = settings(self.draft.api()).iter().any(|key| self.draft.replaces(key));
        let refused = self.refused.iter().any(|store| same_keys(store, &found));
        let (_, after) = (given && !refused).then(|| self.store(Scope::All)).flatten()?;
        Some((found, after))
    }
}

/// Returns true if both are the keys of one store, and the same ones.
fn same_keys(one: &Store, other: &Store) -> bool {
    let same = match (one, other) {
        (Store::S3(one), Store::S3(other)) => one.access_key == other.access_key && one.secret_key == other.secret_key,
        (Store::Azure(one), Store::Azure(other)) => one.key == other.key,
        _ => false,
    };
    same && same_place(one, other)
}

/// Returns true if two descriptions are about one store, so that the keys of one may be those of the other.
fn same_place(one: &Store, other: &Store) -> bool {
    let place = |store: &S3Store| {
        let endpoint = Endpoint::parse(&store.endpoint).map(|url| (url.host.to_ascii_lowercase(), url.port, url.base));
        endpoint.map_err(|_| store.endpoint.clone())
    };
    match (one, other) {
        (Store::S3(one), Store::S3(other)) => place(one) == place(other),
        (Store::Azure(one), Store::Azure(other)) => one.account == other.account && one.endpoint() == other.endpoint(),
        _ => false,
    }
}

fn has_keys(store: &Store) -> bool {
    match store {
        Store::S3(store) => !store.access_key.is_empty() && !store.secret_key.is_empty(),
        Store::Azure(store) => !store.key.is_empty(),
    }
}
