//! Holds the validated configuration, the only source of values for the network and for the files. `Draft::target`
//! makes it.

use std::time::Duration;

use crate::{
    score::{Provider, Release, Scope, Setting, Version, provider::S3Port},
    text::secret::Secret,
};

pub use crate::text::values::azure::Cloud;

/// The answers, without problems.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub release: Release,
    pub provider: &'static Provider,
    pub store: Store,
    /// True if authorization is, or is being, set up.
    pub authorized: bool,
    /// The settings that the file must contain, in the order of the settings table.
    pub assignments: Vec<Assignment>,
    /// The keys of settings with placeholders (`${…}`) that are resolved only where Score runs. They are kept and
    /// cannot be tested here.
    pub unresolved: Vec<&'static str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    pub setting: &'static Setting,
    /// The name of the setting in the file of this release.
    pub name: &'static str,
    pub value: Value,
    /// The reason of the value, as a comment of one line for the file.
    pub comment: Option<String>,
}

/// The value for Spring. `${` is already written so that Spring reads it as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Plain(String),
    Secret(Secret),
}

impl Value {
    /// Returns the text for the file, before properties escapes.
    #[must_use]
    pub fn for_file(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(secret) => secret.for_file(),
        }
    }
}

/// The store as Score will use it, for the checks and repairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Store {
    S3(S3Store),
    Azure(AzureStore),
}

/// A store with the S3 API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Store {
    /// `s3.endpoint`, exactly as written.
    pub endpoint: String,
    /// `s3.preSignedUrl.override.host`, unless empty.
    pub override_host: Option<String>,
    pub access_key: String,
    pub secret_key: Secret,
    /// The signature version, from `s3.sigV4Enabled`. A KMS id forces version 4 (Score 5.11 `S3Config.java:71`).
    pub version: Version,
    /// `s3.masterEncryptionKeyId`, unless empty.
    pub kms_key: Option<String>,
    /// The base names: `bucket.name.object` and `bucket.name.state`.
    pub object_bucket: String,
    pub state_bucket: String,
    /// `bucket.size.pool`. Zero means the base buckets themselves.
    pub pool: u32,
    pub data_directory: String,
    pub upload_directory: String,
    /// `object.sentinel`.
    pub sentinel: String,
    /// `upload.partsize`, in bytes.
    pub part_size: u64,
    pub upload_expiration_days: u32,
    pub download_expiration_days: u32,
    /// `upload.connection.timeout`. Zero means no limit.
    pub connection_timeout: Duration,
    /// How often Score repeats a request: `upload.retry.limit`.
    pub retry_limit: u32,
    /// True if the release of Score changes paths after signing, see [`Release::unescapes_paths`].
    pub unescapes_paths: bool,
    /// The region of created buckets (the location constraint), if the provider needs one.
    pub region: Option<String>,
    /// The usual ports of such a store, which are asked if the port of the endpoint is not that of S3.
    pub usual_ports: Vec<S3Port>,
}

impl S3Store {
    /// Returns the buckets for objects: the base bucket, or with a pool `<name>.0` to `<name>.(N-1)` (Score 5.11
    /// `S3BucketNamingService.java:92-116`).
    #[must_use]
    pub fn object_buckets(&self) -> Vec<String> {
        self.pooled(&self.object_bucket)
    }

    #[must_use]
    pub fn state_buckets(&self) -> Vec<String> {
        self.pooled(&self.state_bucket)
    }

    fn pooled(&self, base: &str) -> Vec<String> {
        match self.pool {
            0 => vec![base.to_owned()],
            pool => (0..pool).map(|at| format!("{base}.{at}")).collect(),
        }
    }

    /// Returns the object name of the sentinel in the base object bucket, also with a pool (Score 5.11
    /// `S3DownloadService.java:303-313`, `ObjectKey.java:45-47`).
    #[must_use]
    pub fn sentinel_key(&self) -> String {
        match self.data_directory.as_str() {
            "" => self.sentinel.clone(),
            directory => format!("{directory}/{}", self.sentinel),
        }
    }
}

/// An Azure Blob Storage account, as Score up to 5.11 supports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AzureStore {
    /// `azure.endpointProtocol`: `http` or `https`, in upper or lower case.
    pub protocol: String,
    /// `azure.accountName`.
    pub account: String,
    /// The part of `azure.accountKey` before the first `;`, in base64.
    pub key: Secret,
    /// The part of `azure.accountKey` after the first `;`.
    pub cloud: Cloud,
    /// `bucket.name.object`.
    pub container: String,
    /// `bucket.policy.upload` and `bucket.policy.download`: names of stored access policies, which are case-sensitive.
    pub upload_policy: String,
    pub download_policy: String,
    /// `object.sentinel`: a blob at the root of the container (Score 5.11 `AzureDownloadService.java:150-158`).
    pub sentinel: String,
    /// `upload.partsize` in bytes: the part size of downloads (Score 5.11 `AzureServerConfig.java:47-51`).
    pub part_size: u64,
    /// The lifetime of every SAS, also for uploads (Score 5.11 `AzureURLGenerator.java:81-122`).
    pub download_expiration_days: u32,
}

impl AzureStore {
    /// Returns the base URL of all containers, without a slash at its end.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.cloud.address(&self.protocol, &self.account)
    }
}

impl Store {
    /// Returns the URL of the store, and the one that clients get, if it differs.
    #[must_use]
    pub fn addresses(&self) -> (String, Option<String>) {
        match self {
            Self::S3(store) => (store.endpoint.clone(), store.override_host.clone()),
            Self::Azure(store) => (store.endpoint(), None),
        }
    }

    /// Returns true if what checks of this scope found of an earlier store holds for this one too: no value differs that
    /// decides it. Signing in asks for a bucket. If none was named, the reply is only about the keys, so it holds whatever
    /// is named later. If one was named, the reply may be about that bucket, such as its region.
    #[must_use]
    pub fn is_same_for(&self, scope: Scope, earlier: &Self) -> bool {
        match (scope, self, earlier) {
            (Scope::Reach, Self::S3(one), Self::S3(other)) => one.endpoint == other.endpoint,
            (Scope::SignIn, Self::S3(one), Self::S3(other)) => {
                let of = |store: &S3Store| (store.endpoint.clone(), store.access_key.clone(), store.version);
                let keys = of(one) == of(other) && one.secret_key == other.secret_key;
                let asked = |store: &S3Store| store.state_buckets().into_iter().next();
                keys && (other.state_bucket.is_empty() || asked(one) == asked(other))
            }
            (Scope::Reach, Self::Azure(one), Self::Azure(other)) => one.endpoint() == other.endpoint(),
            (Scope::SignIn, Self::Azure(one), Self::Azure(other)) => {
                let of = |store: &AzureStore| (store.endpoint(), store.account.clone());
                let keys = of(one) == of(other) && one.key == other.key;
                keys && (other.container.is_empty() || one.container == other.container)
            }
            (_, one, other) => one == other,
        }
    }

    /// Returns true if the secret is that of the other store, and the access key or account is not.
    #[must_use]
    pub fn keeps_secret_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::S3(one), Self::S3(other)) => {
                one.secret_key == other.secret_key && one.access_key != other.access_key
            }
            (Self::Azure(one), Self::Azure(other)) => one.key == other.key && one.account != other.account,
            _ => false,
        }
    }

    #[must_use]
    pub fn s3(&self) -> Option<&S3Store> {
        match self {
            Self::S3(store) => Some(store),
            Self::Azure(_) => None,
        }
    }

    #[must_use]
    pub fn azure(&self) -> Option<&AzureStore> {
        match self {
            Self::Azure(store) => Some(store),
            Self::S3(_) => None,
        }
    }
}

impl From<S3Store> for Store {
    fn from(store: S3Store) -> Self {
        Self::S3(store)
    }
}

impl From<AzureStore> for Store {
    fn from(store: AzureStore) -> Self {
        Self::Azure(store)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s3(bucket: &str) -> S3Store {
        S3Store {
            endpoint: "http://h:1".into(),
            override_host: None,
            access_key: "key".into(),
            secret_key: Secret::new("secret"),
            version: Version::V4,
            kms_key: None,
            object_bucket: "object".into(),
            state_bucket: bucket.into(),
            pool: 0,
            data_directory: "data".into(),
            upload_directory: "upload".into(),
            sentinel: "heliograph".into(),
            part_size: 1,
            upload_expiration_days: 6,
            download_expiration_days: 1,
            connection_timeout: Duration::ZERO,
            retry_limit: 5,
            unescapes_paths: false,
            region: None,
            usual_ports: Vec::new(),
        }
    }

    #[test]
    fn a_sign_in_holds_only_for_what_it_asked() {
        let holds = |now: S3Store, earlier: S3Store| Store::S3(now).is_same_for(Scope::SignIn, &Store::S3(earlier));
        assert!(holds(s3("state"), s3("")), "no bucket was named, so the reply was about the keys");
        assert!(holds(S3Store { sentinel: "x".into(), object_bucket: "x".into(), ..s3("state") }, s3("state")));
        assert!(!holds(s3("other"), s3("state")), "the reply may have been about the bucket");
        assert!(!holds(S3Store { pool: 2, ..s3("state") }, s3("state")), "another bucket is asked");
        for other in [
            S3Store { endpoint: "http://h:2".into(), ..s3("") },
            S3Store { access_key: "other".into(), ..s3("") },
            S3Store { secret_key: Secret::new("other"), ..s3("") },
            S3Store { version: Version::V2, ..s3("") },
        ] {
            assert!(!holds(other, s3("")));
        }
    }
}
