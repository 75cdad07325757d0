//! The store as far as the answers tell it: what the checks and repairs are about.

use std::time::Duration;

use super::{Draft, Problem, judge};
use crate::{
    answers::{
        draft::rules,
        target::{AzureStore, Cloud, S3Store, Store},
    },
    score::{Api, Scope, Version},
    text::{secret::Secret, values::azure::AccountKey},
};

impl Draft {
    /// As much of the store as the scope needs: what is not needed for it may be missing, wrong or unresolved, and is
    /// then empty or the default. `None` while something that is needed cannot be used.
    #[must_use]
    pub fn store(&self, scope: Scope) -> Option<Store> {
        let needed = needed(self.api(), scope);
        let usable = needed.iter().all(|key| {
            let reading = self.setting(key).and_then(|setting| self.reading(setting));
            reading.is_some_and(|reading| matches!(reading.verdict, judge::Verdict::Good { .. }))
        });
        let broken = || {
            let points_to = |problem: &Problem| problem.settings.first().is_some_and(|first| needed.contains(first));
            rules::problems(self).iter().any(points_to)
        };
        (usable && !broken()).then(|| self.store_of())
    }

    pub(super) fn store_of(&self) -> Store {
        match self.api() {
            Api::S3 => self.s3_store().into(),
            Api::Azure => self.azure_store().into(),
        }
    }

    /// Where the store is, as it is written or as it follows; to be shown.
    #[must_use]
    pub fn address(&self) -> Option<String> {
        match self.api() {
            Api::S3 => self.value("s3.endpoint"),
            Api::Azure => {
                let cloud = Cloud::read(&self.cloud()).ok()?;
                Some(cloud.address(&self.value("azure.endpointProtocol")?, &self.value("azure.accountName")?))
            }
        }
    }

    fn azure_store(&self) -> AzureStore {
        let plain = |key: &str| self.value(key).or_else(|| self.raw(key)).unwrap_or_default();
        let key = self.secret("azure.accountKey").unwrap_or_else(|| Secret::new(""));
        // A key that is right has been read so before.
        let read = key.shape(AccountKey::read).ok();
        let cloud =
            read.as_ref().map_or_else(|| Cloud::read(&self.cloud()).unwrap_or_default(), |read| read.cloud.clone());
        AzureStore {
            protocol: plain("azure.endpointProtocol"),
            account: plain("azure.accountName"),
            key: read.map_or(key, |read| read.key),
            cloud,
            container: plain("bucket.name.object"),
            upload_policy: plain("bucket.policy.upload"),
            download_policy: plain("bucket.policy.download"),
            sentinel: plain("object.sentinel"),
            part_size: self.number("upload.partsize"),
            download_expiration_days: u32::try_from(self.number("s3.download.expiration")).unwrap_or(u32::MAX),
        }
    }

    fn s3_store(&self) -> S3Store {
        let plain = |key: &str| self.value(key).or_else(|| self.raw(key)).unwrap_or_default();
        let filled = |key: &str| self.value(key).filter(|value| !value.is_empty());
        let number = |key: &str| u32::try_from(self.number(key)).unwrap_or(u32::MAX);
        let kms_key = filled("s3.masterEncryptionKeyId");
        let version_4 = kms_key.is_some() || self.value("s3.sigV4Enabled").as_deref() == Some("true");
        S3Store {
            endpoint: plain("s3.endpoint"),
            override_host: filled("s3.preSignedUrl.override.host"),
            access_key: plain("s3.accessKey"),
            secret_key: self.secret("s3.secretKey").unwrap_or_else(|| Secret::new("")),
            version: if version_4 { Version::V4 } else { Version::V2 },
            kms_key,
            object_bucket: plain("bucket.name.object"),
            state_bucket: plain("bucket.name.state"),
            pool: number("bucket.size.pool"),
            data_directory: plain("s3.data.directory"),
            upload_directory: plain("s3.upload.directory"),
            sentinel: plain("object.sentinel"),
            part_size: self.number("upload.partsize"),
            upload_expiration_days: number("s3.upload.expiration"),
            download_expiration_days: number("s3.download.expiration"),
            connection_timeout: Duration::from_millis(self.number("upload.connection.timeout")),
            region: self.region.clone(),
        }
    }
}

/// What the checks need, by kind of store and scope.
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

/// First what reaching needs, then what signing in needs, then the rest.
const AZURE: &[&str] = &[
    "azure.accountName",
    "azure.endpointProtocol",
    "azure.accountKey",
    "bucket.name.object",
    "bucket.policy.upload",
    "bucket.policy.download",
    "object.sentinel",
    "upload.partsize",
    "s3.download.expiration",
];

const S3: &[&str] = &[
    "s3.endpoint",
    "s3.accessKey",
    "s3.secretKey",
    "s3.sigV4Enabled",
    "s3.preSignedUrl.override.host",
    "bucket.name.object",
    "bucket.name.state",
    "bucket.size.pool",
    "object.sentinel",
    "s3.data.directory",
    "s3.upload.directory",
    "upload.partsize",
    "s3.upload.expiration",
    "s3.download.expiration",
];
