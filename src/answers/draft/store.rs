//! Describes a store for the checks and repairs. One builder serves two sources: the answers as they are understood
//! (here), and the existing file exactly as Score reads it (`found`).

use std::time::Duration;

use super::{Draft, Problem, verdict::AnswerVerdict};
use crate::{
    answers::{
        draft::rules,
        target::{AzureStore, Cloud, S3Store, Store},
    },
    score::{
        Api, Provider, Release, Scope, Version, key,
        provider::{Quirk, fallback},
    },
    text::{secret::Secret, values::azure::AccountKey},
};

impl Draft {
    /// Returns as much of the store as the scope needs. Values outside the scope may be missing, wrong or unresolved,
    /// and are then empty or the default. Returns `None` if a needed value cannot be used.
    #[must_use]
    pub fn store(&self, scope: Scope) -> Option<Store> {
        let needed = needed(self.api(), scope);
        let usable = needed.iter().all(|key| {
            let reading = self.setting(key).and_then(|setting| self.reading(setting));
            reading.is_some_and(|reading| matches!(reading.verdict, AnswerVerdict::Good { .. }))
        });
        let broken = || {
            let points_to = |problem: &Problem| problem.settings.first().is_some_and(|first| needed.contains(first));
            rules::problems(self).iter().any(points_to)
        };
        (usable && !broken()).then(|| self.store_of())
    }

    pub(super) fn store_of(&self) -> Store {
        describe(self.api(), &mut Understood(self))
    }

    /// Returns the endpoint of the store for display: as written, or as it follows from the answers.
    #[must_use]
    pub fn address(&self) -> Option<String> {
        match self.api() {
            Api::S3 => self.value(key::S3_ENDPOINT),
            Api::Azure => {
                let cloud = Cloud::read(&self.cloud()).ok()?;
                Some(cloud.address(&self.value(key::AZURE_ENDPOINT_PROTOCOL)?, &self.value(key::AZURE_ACCOUNT_NAME)?))
            }
        }
    }
}

/// The settings of a store, as one source gives them.
pub(super) trait StoreValues {
    /// Returns the URL that Score connects to.
    fn endpoint(&mut self) -> String;
    /// Returns both keys of an S3 store. A missing key is empty.
    fn keys(&mut self) -> (String, Secret);
    /// Returns the account key of Azure, and its cloud.
    fn account_key(&mut self) -> (Secret, Cloud);
    /// Returns a part of Azure's connection string.
    fn part(&mut self, key: &'static str) -> String;
    /// Returns a text that no default can replace. A missing text is empty.
    fn needed(&mut self, key: &'static str) -> String;
    /// Returns a text, or its default.
    fn text(&mut self, key: &'static str) -> String;
    /// Returns a text unless it is empty.
    fn filled(&mut self, key: &'static str) -> Option<String>;
    /// Returns the name of the sentinel.
    fn sentinel(&mut self) -> String;
    fn number(&mut self, key: &'static str) -> u64;
    fn truth(&mut self, key: &'static str) -> bool;
    /// Returns the region of the buckets that are created.
    fn region(&self) -> Option<String>;
    /// Returns the provider, or the one for stores that no other names.
    fn provider(&self) -> Option<&'static Provider>;
    /// Returns the release of Score.
    fn release(&self) -> Release;

    fn small(&mut self, key: &'static str) -> u32 {
        u32::try_from(self.number(key)).unwrap_or(u32::MAX)
    }
}

/// Describes the store that these values are about.
pub(super) fn describe(api: Api, values: &mut impl StoreValues) -> Store {
    match api {
        Api::S3 => s3_store(values).into(),
        Api::Azure => azure_store(values).into(),
    }
}

fn s3_store(values: &mut impl StoreValues) -> S3Store {
    let endpoint = values.endpoint();
    let (access_key, secret_key) = values.keys();
    let kms_key = values.filled(key::S3_MASTER_ENCRYPTION_KEY_ID);
    let version_4 = values.truth(key::S3_SIG_V4_ENABLED) || kms_key.is_some();
    // the name with s3. overrides the other (Score 5.11 `S3Config.java:27-44`)
    let retries = first_set(values, key::S3_RETRY_LIMIT, key::UPLOAD_RETRY_LIMIT);
    let connecting = first_set(values, key::S3_CONNECTION_TIMEOUT, key::UPLOAD_CONNECTION_TIMEOUT);
    S3Store {
        endpoint,
        access_key,
        secret_key,
        version: if version_4 { Version::V4 } else { Version::V2 },
        kms_key,
        object_bucket: values.needed(key::BUCKET_NAME_OBJECT),
        state_bucket: values.needed(key::BUCKET_NAME_STATE),
        override_host: values.filled(key::S3_PRE_SIGNED_URL_OVERRIDE_HOST),
        pool: values.small(key::BUCKET_SIZE_POOL),
        data_directory: values.text(key::S3_DATA_DIRECTORY),
        upload_directory: values.text(key::S3_UPLOAD_DIRECTORY),
        sentinel: values.sentinel(),
        part_size: values.number(key::UPLOAD_PARTSIZE),
        connection_timeout: Duration::from_millis(values.number(connecting)),
        upload_expiration_days: values.small(key::S3_UPLOAD_EXPIRATION),
        download_expiration_days: values.small(key::S3_DOWNLOAD_EXPIRATION),
        retry_limit: values.small(retries),
        unescapes_paths: values.release().unescapes_paths(),
        region: values.region(),
        usual_ports: values.provider().map(|provider| provider.s3_ports.clone()).unwrap_or_default(),
    }
}

/// Returns the first key if it has a value, or the second.
fn first_set(values: &mut impl StoreValues, first: &'static str, second: &'static str) -> &'static str {
    if values.filled(first).is_some() { first } else { second }
}

fn azure_store(values: &mut impl StoreValues) -> AzureStore {
    let (protocol, account) = (values.part(key::AZURE_ENDPOINT_PROTOCOL), values.part(key::AZURE_ACCOUNT_NAME));
    let (key, cloud) = values.account_key();
    AzureStore {
        protocol,
        account,
        key,
        cloud,
        container: values.needed(key::BUCKET_NAME_OBJECT),
        upload_policy: values.needed(key::BUCKET_POLICY_UPLOAD),
        download_policy: values.needed(key::BUCKET_POLICY_DOWNLOAD),
        sentinel: values.sentinel(),
        part_size: values.number(key::UPLOAD_PARTSIZE),
        download_expiration_days: values.small(key::S3_DOWNLOAD_EXPIRATION),
    }
}

/// The answers, as they are understood: slashes, quotes and spaces around a value are removed.
struct Understood<'a>(&'a Draft);

impl StoreValues for Understood<'_> {
    fn endpoint(&mut self) -> String {
        self.text(key::S3_ENDPOINT)
    }

    fn keys(&mut self) -> (String, Secret) {
        (self.text(key::S3_ACCESS_KEY), self.0.secret(key::S3_SECRET_KEY).unwrap_or_else(|| Secret::new("")))
    }

    fn account_key(&mut self) -> (Secret, Cloud) {
        let key = self.0.secret(key::AZURE_ACCOUNT_KEY).unwrap_or_else(|| Secret::new(""));
        match key.shape(AccountKey::read) {
            Ok(read) => (read.key, read.cloud),
            Err(_) => (key, Cloud::read(&self.0.cloud()).unwrap_or_default()),
        }
    }

    fn part(&mut self, key: &'static str) -> String {
        self.text(key)
    }

    fn needed(&mut self, key: &'static str) -> String {
        self.text(key)
    }

    fn text(&mut self, key: &'static str) -> String {
        self.0.value(key).or_else(|| self.0.raw(key)).unwrap_or_default()
    }

    fn filled(&mut self, key: &'static str) -> Option<String> {
        self.0.value(key).filter(|value| !value.is_empty())
    }

    fn sentinel(&mut self) -> String {
        self.text(key::OBJECT_SENTINEL)
    }

    fn number(&mut self, key: &'static str) -> u64 {
        self.0.number(key)
    }

    fn truth(&mut self, key: &'static str) -> bool {
        self.0.value(key).as_deref() == Some("true")
    }

    fn region(&self) -> Option<String> {
        self.0
            .region
            .clone()
            .filter(|_| self.0.provider.is_some_and(|provider| provider.has(Quirk::LocationConstraint)))
    }

    fn provider(&self) -> Option<&'static Provider> {
        self.0.provider.or_else(fallback)
    }

    fn release(&self) -> Release {
        self.0.release_or_newest()
    }
}

/// Returns the widest scope that can be tested when these settings are missing. `None`: no check is possible.
pub(super) fn widest(api: Api, missing: &[&str]) -> Option<Scope> {
    let complete = |scope: &Scope| !needed(api, *scope).iter().any(|key| missing.contains(key));
    [Scope::All, Scope::SignIn, Scope::Reach].into_iter().find(complete)
}

/// Returns the settings that a scope needs, by kind of store.
fn needed(api: Api, scope: Scope) -> &'static [&'static str] {
    let (keys, reach, sign_in) = match api {
        Api::S3 => (S3, 1, 4),
        Api::Azure => (AZURE, 2, 3),
    };
    match scope {
        Scope::Reach => &keys[..reach],
        Scope::SignIn => &keys[..sign_in],
        Scope::ReadOnly | Scope::All => keys,
    }
}

/// The settings for reaching the store, then those for signing in, then the rest.
const AZURE: &[&str] = &[
    key::AZURE_ACCOUNT_NAME,
    key::AZURE_ENDPOINT_PROTOCOL,
    key::AZURE_ACCOUNT_KEY,
    key::BUCKET_NAME_OBJECT,
    key::BUCKET_POLICY_UPLOAD,
    key::BUCKET_POLICY_DOWNLOAD,
    key::OBJECT_SENTINEL,
    key::UPLOAD_PARTSIZE,
    key::S3_DOWNLOAD_EXPIRATION,
];

const S3: &[&str] = &[
    key::S3_ENDPOINT,
    key::S3_ACCESS_KEY,
    key::S3_SECRET_KEY,
    key::S3_SIG_V4_ENABLED,
    key::S3_PRE_SIGNED_URL_OVERRIDE_HOST,
    key::BUCKET_NAME_OBJECT,
    key::BUCKET_NAME_STATE,
    key::BUCKET_SIZE_POOL,
    key::OBJECT_SENTINEL,
    key::S3_DATA_DIRECTORY,
    key::S3_UPLOAD_DIRECTORY,
    key::UPLOAD_PARTSIZE,
    key::S3_UPLOAD_EXPIRATION,
    key::S3_DOWNLOAD_EXPIRATION,
];
