//! Compares a URL of Score with the one that a configuration makes: signs the same request again, and names the setting
//! that each difference comes from. Contacts nothing.

use http::Method;
use time::Duration;

use crate::{
    answers::target::{AzureStore, S3Store, Store},
    score::key,
    store::{
        checks::{advice::score::Difference, s3::link::signer},
        probe::{
            By, NotSigned, Request, SignedUrl,
            azure::{Account, BadKey},
        },
    },
    text::{BadEndpoint, Endpoint},
};

/// The reason why a URL cannot be compared with a configuration.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotComparable {
    #[error("Score uses Azure, and the configuration is for S3")]
    ScoreUsesAzure,
    #[error("Score uses S3, and the configuration is for Azure")]
    ScoreUsesS3,
    #[error("its times make no sense")]
    Times,
    #[error(transparent)]
    Endpoint(#[from] BadEndpoint),
    #[error(transparent)]
    AccountKey(#[from] BadKey),
    #[error(transparent)]
    Url(#[from] NotSigned),
}

/// Returns the parts of the URL that the configuration would make differently.
///
/// # Errors
/// Returns the reason if the two cannot be compared.
pub(super) fn differences(url: &SignedUrl, store: &Store) -> Result<Vec<Difference>, NotComparable> {
    let expected = match store {
        Store::S3(store) => of_s3(url, store)?,
        Store::Azure(store) => of_azure(url, store)?,
    };
    let mut found: Vec<_> = parts(store).iter().filter_map(|part| part.compare(url, &expected)).collect();
    if found.is_empty() && !url.signed_alike(&expected) {
        let settings: &[_] = if store.s3().is_some() { &[key::S3_SECRET_KEY] } else { &[key::AZURE_ACCOUNT_KEY] };
        found.push(Difference { settings, words: None });
    }
    Ok(found)
}

/// Returns the URL that this configuration makes at the same moment.
fn of_s3(url: &SignedUrl, store: &S3Store) -> Result<SignedUrl, NotComparable> {
    let endpoint = Endpoint::parse(&store.endpoint)?;
    let request = Request::new(Method::GET, &store.object_bucket, &store.sentinel_key());
    let life = match &url.by {
        By::V4 { life, .. } => *life,
        By::V2 { .. } => Duration::minutes(5),
        By::Sas { .. } => return Err(NotComparable::ScoreUsesAzure),
    };
    let made = url.made(life).ok_or(NotComparable::Times)?;
    let presigned = signer(store, &endpoint).by_query(&request, life, made);
    let presigned = match &store.override_host {
        Some(host) => presigned.through(host),
        None => presigned,
    };
    Ok(SignedUrl::parse(&presigned.url)?)
}

fn of_azure(url: &SignedUrl, store: &AzureStore) -> Result<SignedUrl, NotComparable> {
    let By::Sas { expiry, .. } = &url.by else {
        return Err(NotComparable::ScoreUsesS3);
    };
    let made = url.made(Duration::ZERO).zip(*expiry);
    let days = made.and_then(|(made, expiry)| u32::try_from((expiry - made).whole_days()).ok());
    let ((made, _), days) = made.zip(days).ok_or(NotComparable::Times)?;
    let endpoint = Endpoint::parse(&store.endpoint())?;
    let account = Account::new(endpoint, &store.account, &store.key)?;
    let request = Request::new(Method::GET, &store.container, &store.sentinel);
    Ok(SignedUrl::parse(&account.by_policy(&request, &store.download_policy, days, made).url)?)
}

struct UrlPart {
    settings: &'static [&'static str],
    read: fn(&SignedUrl) -> String,
}

impl UrlPart {
    fn compare(&self, url: &SignedUrl, expected: &SignedUrl) -> Option<Difference> {
        let (used, said) = ((self.read)(url), (self.read)(expected));
        (used != said).then_some(Difference { settings: self.settings, words: Some((used, said)) })
    }
}

fn parts(store: &Store) -> &'static [UrlPart] {
    if store.s3().is_some() { S3 } else { AZURE }
}

const S3: &[UrlPart] = &[
    UrlPart { settings: &[key::S3_ENDPOINT, key::S3_PRE_SIGNED_URL_OVERRIDE_HOST], read: |url| url.endpoint.root() },
    UrlPart { settings: &[key::S3_SIG_V4_ENABLED], read: version },
    UrlPart { settings: &[key::S3_ACCESS_KEY], read: |url| url.key().unwrap_or_default().to_owned() },
    UrlPart { settings: &[key::BUCKET_NAME_OBJECT], read: |url| url.bucket_and_key().0 },
    UrlPart { settings: &[key::OBJECT_SENTINEL, key::S3_DATA_DIRECTORY], read: |url| url.bucket_and_key().1 },
];

const AZURE: &[UrlPart] = &[
    UrlPart { settings: &[key::AZURE_ACCOUNT_NAME, key::AZURE_ENDPOINT_PROTOCOL], read: |url| url.endpoint.root() },
    UrlPart { settings: &[key::BUCKET_NAME_OBJECT], read: |url| url.bucket_and_key().0 },
    UrlPart { settings: &[key::OBJECT_SENTINEL], read: |url| url.bucket_and_key().1 },
    UrlPart { settings: &[key::BUCKET_POLICY_DOWNLOAD], read: policy },
];

fn version(url: &SignedUrl) -> String {
    match url.by {
        By::V2 { .. } => "version 2".to_owned(),
        By::V4 { .. } => "version 4".to_owned(),
        By::Sas { .. } => "SAS".to_owned(),
    }
}

fn policy(url: &SignedUrl) -> String {
    match &url.by {
        By::Sas { policy, .. } => policy.clone().unwrap_or_default(),
        By::V2 { .. } | By::V4 { .. } => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::{score::Version, store::checks::fixtures, text::secret::Secret};

    fn ping(store: &S3Store) -> SignedUrl {
        let url = crate::store::checks::s3::link::sentinel(store, datetime!(2026-11-24 18:02:17 UTC)).unwrap();
        url.shape(|url| SignedUrl::parse(url).unwrap())
    }

    fn named(url: &SignedUrl, store: S3Store) -> Vec<&'static str> {
        differences(url, &store.into()).unwrap().iter().map(|difference| difference.settings[0]).collect()
    }

    #[test]
    fn the_configuration_in_use_is_known_by_its_signature_in_both_versions() {
        for version in [Version::V4, Version::V2] {
            let store = S3Store { version, ..fixtures::store("http://h:9000") };
            let override_host = Some("https://public.example.org".to_owned());
            for store in [S3Store { override_host, ..store.clone() }, store] {
                assert_eq!(named(&ping(&store), store.clone()), [""; 0]);
            }
        }
    }

    #[test]
    fn what_differs_is_told_by_its_setting() {
        let store = || fixtures::store("http://h:9000");
        for (other, setting) in [
            (S3Store { endpoint: "http://h:9001".into(), ..store() }, "s3.endpoint"),
            (S3Store { override_host: Some("http://p".into()), ..store() }, "s3.endpoint"),
            (S3Store { version: Version::V2, ..store() }, "s3.sigV4Enabled"),
            (S3Store { access_key: "other".into(), ..store() }, "s3.accessKey"),
            (S3Store { object_bucket: "other".into(), ..store() }, "bucket.name.object"),
            (S3Store { data_directory: "other".into(), ..store() }, "object.sentinel"),
            (S3Store { secret_key: Secret::new("other"), ..store() }, "s3.secretKey"),
        ] {
            assert_eq!(named(&ping(&store()), other), [setting]);
        }
    }

    #[test]
    fn azure_is_compared_by_its_own_parts() {
        let store = fixtures::azure("http://127.0.0.1:1/acct");
        let account = Account::new(Endpoint::parse(&store.endpoint()).unwrap(), &store.account, &store.key).unwrap();
        let request = Request::new(Method::GET, &store.container, &store.sentinel);
        let made = account.by_policy(&request, &store.download_policy, 3, datetime!(2026-11-24 18:02:17 UTC));
        let url = SignedUrl::parse(&made.url).unwrap();
        let named = |store: AzureStore| {
            differences(&url, &store.into())
                .unwrap()
                .iter()
                .map(|difference| difference.settings[0])
                .collect::<Vec<_>>()
        };
        assert_eq!(named(store.clone()), [""; 0]);
        assert_eq!(named(AzureStore { download_policy: "Other".into(), ..store.clone() }), ["bucket.policy.download"]);
        assert_eq!(named(AzureStore { key: Secret::new("b3RoZXI="), ..store }), ["azure.accountKey"]);
        assert!(differences(&url, &fixtures::store("http://h").into()).is_err());
    }
}
