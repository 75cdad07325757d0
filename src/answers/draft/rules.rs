//! Lists the rules that span several settings, as a table: some refuse an answer, others only remark on it.

use crate::{
    answers::draft::{Draft, Problem},
    score::part_sizes as tuning,
    text::{
        endpoint::{Endpoint, signing_region},
        values::{azure::Cloud, counted, credential, endpoint_region, number::size},
    },
};

use crate::score::{
    Api, Id, Provider, Release, Version, key,
    provider::{Quirk, SigningRegion, of_host},
    secure,
};

/// One rule between answers.
#[derive(Debug)]
pub struct Rule {
    pub id: &'static str,
    /// The kind of store for this rule. `None`: every kind.
    pub api: Option<Api>,
    /// The settings concerned, the one to change first.
    pub settings: &'static [&'static str],
    pub check: fn(&Draft) -> Option<Ruling>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// An answer that cannot work. The sentence states the rule.
    Refused(String),
    /// An answer that works and is probably a mistake.
    Warned(String),
    /// A remark, or a consequence of the answer.
    Noted(String),
}

use Ruling::{Noted, Refused, Warned};

const S3: Option<Api> = Some(Api::S3);
const AZURE: Option<Api> = Some(Api::Azure);

pub static RULES: &[Rule] = &[
    Rule { id: "region", api: S3, settings: &[key::S3_ENDPOINT], check: region },
    Rule { id: "provider-endpoint", api: S3, settings: &[key::S3_ENDPOINT], check: provider_endpoint },
    Rule { id: "https-only", api: S3, settings: &[key::S3_ENDPOINT], check: https_only },
    Rule { id: "endpoint-path", api: S3, settings: &[key::S3_ENDPOINT], check: endpoint_path },
    Rule { id: "local-endpoint", api: S3, settings: &[key::S3_ENDPOINT], check: local_endpoint },
    Rule { id: "same-keys", api: S3, settings: &[key::S3_SECRET_KEY, key::S3_ACCESS_KEY], check: same_keys },
    Rule { id: "swapped-keys", api: S3, settings: &[key::S3_ACCESS_KEY, key::S3_SECRET_KEY], check: swapped_keys },
    Rule {
        id: "kms-version",
        api: S3,
        settings: &[key::S3_SIG_V4_ENABLED, key::S3_MASTER_ENCRYPTION_KEY_ID],
        check: kms_version,
    },
    Rule { id: "provider-version", api: S3, settings: &[key::S3_SIG_V4_ENABLED], check: provider_version },
    Rule {
        id: "override-form",
        api: S3,
        settings: &[key::S3_PRE_SIGNED_URL_OVERRIDE_HOST, key::S3_ENDPOINT],
        check: override_form,
    },
    Rule {
        id: "same-buckets",
        api: S3,
        settings: &[key::BUCKET_NAME_STATE, key::BUCKET_NAME_OBJECT],
        check: same_buckets,
    },
    Rule { id: "pool-names", api: S3, settings: &[key::BUCKET_SIZE_POOL], check: pool_names },
    Rule { id: "pool-digits", api: S3, settings: &[key::BUCKET_SIZE_KEY, key::BUCKET_SIZE_POOL], check: pool_digits },
    Rule { id: "pool-unused", api: S3, settings: &[key::BUCKET_SIZE_KEY, key::BUCKET_SIZE_POOL], check: pool_unused },
    Rule { id: "sentinel-slash", api: None, settings: &[key::OBJECT_SENTINEL], check: sentinel_slash },
    Rule { id: "data-directory", api: S3, settings: &[key::S3_DATA_DIRECTORY], check: data_directory },
    Rule { id: "upload-directory", api: S3, settings: &[key::S3_UPLOAD_DIRECTORY], check: upload_directory },
    Rule {
        id: "same-directories",
        api: S3,
        settings: &[key::S3_UPLOAD_DIRECTORY, key::S3_DATA_DIRECTORY],
        check: same_directories,
    },
    Rule { id: "part-size", api: S3, settings: &[key::UPLOAD_PARTSIZE], check: part_size },
    Rule { id: "retries", api: S3, settings: &[key::UPLOAD_RETRY_LIMIT], check: retries },
    Rule {
        id: "overruled-retries",
        api: S3,
        settings: &[key::UPLOAD_RETRY_LIMIT, key::S3_RETRY_LIMIT],
        check: overruled_retries,
    },
    Rule { id: "endless-connect", api: S3, settings: &[key::UPLOAD_CONNECTION_TIMEOUT], check: endless_connect },
    Rule {
        id: "overruled-connect",
        api: S3,
        settings: &[key::UPLOAD_CONNECTION_TIMEOUT, key::S3_CONNECTION_TIMEOUT],
        check: overruled_connect,
    },
    Rule {
        id: "upload-days",
        api: S3,
        settings: &[key::S3_UPLOAD_EXPIRATION, key::S3_SIG_V4_ENABLED],
        check: |draft| days(draft, key::S3_UPLOAD_EXPIRATION, "Uploads expire after"),
    },
    Rule {
        id: "download-days",
        api: S3,
        settings: &[key::S3_DOWNLOAD_EXPIRATION, key::S3_SIG_V4_ENABLED],
        check: |draft| days(draft, key::S3_DOWNLOAD_EXPIRATION, "Downloads expire after"),
    },
    Rule { id: "azure-address", api: AZURE, settings: &[key::AZURE_ACCOUNT_NAME], check: azure_address },
    Rule { id: "azure-local", api: AZURE, settings: &[key::AZURE_ACCOUNT_KEY], check: azure_local },
    Rule { id: "azure-http", api: AZURE, settings: &[key::AZURE_ENDPOINT_PROTOCOL], check: azure_http },
    Rule {
        id: "same-policies",
        api: AZURE,
        settings: &[key::BUCKET_POLICY_DOWNLOAD, key::BUCKET_POLICY_UPLOAD],
        check: same_policies,
    },
    Rule { id: "download-part-size", api: AZURE, settings: &[key::UPLOAD_PARTSIZE], check: download_part_size },
];

/// Returns what the rules refuse, and which settings authorization lacks.
#[must_use]
pub fn problems(draft: &Draft) -> Vec<Problem> {
    let refused = about(draft).filter_map(|rule| match (rule.check)(draft)? {
        Refused(message) => {
            Some(Problem::new(Id::T56, rule.settings.to_vec(), message).of(draft.origin(rule.settings[0])))
        }
        Warned(_) | Noted(_) => None,
    });
    refused.chain(authorization(draft)).collect()
}

fn about(draft: &Draft) -> impl Iterator<Item = &'static Rule> {
    let api = draft.api();
    RULES.iter().filter(move |rule| rule.api.is_none_or(|own| own == api))
}

/// Returns the remarks of the rules about this setting.
#[must_use]
pub fn notes(draft: &Draft, key: &str) -> Vec<String> {
    let noted = about(draft).filter(|rule| rule.settings[0] == key).filter_map(|rule| match (rule.check)(draft)? {
        Noted(note) => Some(note),
        Refused(_) | Warned(_) => None,
    });
    noted.collect()
}

/// Returns the probable mistakes, each with the setting to change.
#[must_use]
pub fn warnings(draft: &Draft) -> Vec<(&'static str, String)> {
    let warned = about(draft).filter_map(|rule| match (rule.check)(draft)? {
        Warned(warning) => Some((rule.settings[0], warning)),
        Refused(_) | Noted(_) => None,
    });
    warned.collect()
}

fn authorization(draft: &Draft) -> Vec<Problem> {
    if !draft.authorized() {
        return Vec::new();
    }
    let release = draft.release_or_newest();
    let problem = |settings: Vec<&'static str>, message: String| Problem::new(Id::T43, settings, message);
    let missing = |key: &str| !draft.filled(key);
    let mut problems: Vec<Problem> = secure::keys(release)
        .filter(|key| missing(key))
        .map(|key| problem(vec![key], format!("{key} is missing: authorization on Score {release} needs it.")))
        .collect();
    if release >= Release::R5_11 && secure::TOKEN_KEYS.into_iter().all(missing) {
        let message = secure::no_token_key(&format!("Authorization on Score {release}")) + ".";
        problems.push(problem(secure::TOKEN_KEYS.into(), message));
    }
    problems
}

fn endpoint(draft: &Draft) -> Option<Endpoint> {
    Endpoint::parse(&draft.value(key::S3_ENDPOINT)?).ok()
}

fn region(draft: &Draft) -> Option<Ruling> {
    let region = endpoint_region(&draft.value(key::S3_ENDPOINT)?)?;
    let signs = format!("Score will sign for region {region}");
    Some(Noted(match draft.provider {
        Some(of) if of.lacks_region(&region) => format!("{signs}, which {} does not have.", of.short()),
        Some(of) if of.signing_region == Some(SigningRegion::Store) && version(draft) == Some(Version::V4) => {
            format!("{signs}. The region of {} must be the same.", of.short())
        }
        _ => format!("{signs}."),
    }))
}

fn provider_endpoint(draft: &Draft) -> Option<Ruling> {
    let host = endpoint(draft)?.host;
    let other = of_host(&host).filter(|owner| draft.provider != Some(owner));
    if let Some(why) = other.and_then(Provider::unusable) {
        return Some(Warned(why));
    }
    if let Some(owner) = of_host(&host).filter(|owner| owner.is_global(&host)) {
        let (signed, regional) = (signing_region(&host), owner.endpoint("<region>")?);
        return Some(Noted(format!(
            "With this endpoint Score signs for {signed}. Buckets in other regions need {regional}."
        )));
    }
    let chosen = draft.provider.filter(|provider| !provider.domains.is_empty())?;
    (!chosen.owns(&host)).then(|| Noted(format!("This is not an address of {}.", chosen.short())))
}

fn https_only(draft: &Draft) -> Option<Ruling> {
    let (provider, endpoint) = (draft.provider?, endpoint(draft)?);
    let plain = provider.has(Quirk::HttpsOnly) && !endpoint.secure;
    plain.then(|| Refused(format!("Endpoint must begin with https:// at {}.", provider.short())))
}

/// The service of a cloud is at the root of its host.
fn endpoint_path(draft: &Draft) -> Option<Ruling> {
    let path = endpoint(draft)?.base;
    let provider = draft.provider.filter(|provider| !provider.domains.is_empty())?;
    (!path.is_empty()).then(|| Refused(format!("Endpoint must not have a path at {}.", provider.short())))
}

fn local_endpoint(draft: &Draft) -> Option<Ruling> {
    let endpoint = endpoint(draft)?;
    if draft.value(key::S3_PRE_SIGNED_URL_OVERRIDE_HOST).is_some_and(|host| !host.is_empty()) {
        return None;
    }
    local(&endpoint)
}

/// Reports a loopback address or a short host name, which clients on other machines may not reach.
fn local(endpoint: &Endpoint) -> Option<Ruling> {
    let host = endpoint.name();
    let address = host.parse::<core::net::IpAddr>().ok();
    let one_label = !host.contains('.') && address.is_none();
    if let Some(kind) = endpoint.own_address() {
        Some(Noted(format!(
            "Clients get this address too. It is {kind} address, so each client would contact its own machine."
        )))
    } else {
        one_label.then(|| Noted("Clients get this address too. They must be able to resolve this short name.".into()))
    }
}

fn same_keys(draft: &Draft) -> Option<Ruling> {
    let access = draft.value(key::S3_ACCESS_KEY)?;
    let same = draft.secret(key::S3_SECRET_KEY)?.shape(|secret| secret == access);
    // rgw and MinIO allow it, and test setups do it.
    same.then(|| Noted("It equals the access key.".into()))
}

fn swapped_keys(draft: &Draft) -> Option<Ruling> {
    let access = draft.value(key::S3_ACCESS_KEY)?;
    let secret = draft.secret(key::S3_SECRET_KEY)?;
    let id = secret.shape(|secret| credential::key_id(secret, "AKIA") || credential::key_id(secret, "ASIA"));
    if id {
        return Some(Refused("Access key and secret key are swapped: the secret key is an AWS key id.".into()));
    }
    let long = access.len() == 40 && access.contains(['/', '+']);
    long.then(|| Noted("It looks like a secret key; the two may be swapped.".into()))
}

/// Reports that Score uses version 4 in spite of the answer (S3Config.java:69-76).
fn kms_version(draft: &Draft) -> Option<Ruling> {
    let forced = draft.filled(key::S3_MASTER_ENCRYPTION_KEY_ID) && draft.value(key::S3_SIG_V4_ENABLED)? == "false";
    forced.then(|| Noted("Score signs with version 4 anyway, because s3.masterEncryptionKeyId is set.".into()))
}

/// Returns the signature version that is asked for; a KMS key overrides it.
fn version(draft: &Draft) -> Option<Version> {
    Some(if draft.value(key::S3_SIG_V4_ENABLED)? == "false" { Version::V2 } else { Version::V4 })
}

fn provider_version(draft: &Draft) -> Option<Ruling> {
    let (provider, version) = (draft.provider.filter(|provider| provider.unusable().is_none())?, version(draft)?);
    let refused = provider.refuses(version).map(|why| Warned(why.to_owned()));
    refused.or_else(|| provider.note_on(version).map(|note| Noted(note.to_owned())))
}

/// Reports what the override changes. S3URLGenerator.java:59-63 replaces one text with the other, so both need the same
/// form.
fn override_form(draft: &Draft) -> Option<Ruling> {
    let host = draft.value(key::S3_PRE_SIGNED_URL_OVERRIDE_HOST).filter(|host| !host.is_empty())?;
    let endpoint = draft.value(key::S3_ENDPOINT)?;
    Some(Noted(if host == endpoint {
        "It equals the endpoint and changes nothing.".into()
    } else {
        "The signature is still for the endpoint. The proxy must restore its Host header.".into()
    }))
}

fn same_buckets(draft: &Draft) -> Option<Ruling> {
    let same = draft.value(key::BUCKET_NAME_OBJECT)? == draft.value(key::BUCKET_NAME_STATE)?;
    same.then(|| Noted("Files and state share one bucket. This works.".into()))
}

fn pool_names(draft: &Draft) -> Option<Ruling> {
    let (pool, name) = (draft.number(key::BUCKET_SIZE_POOL), draft.value(key::BUCKET_NAME_OBJECT)?);
    let state = draft.value(key::BUCKET_NAME_STATE)?;
    let last = pool.checked_sub(1)?;
    let span = |name: &str| if last == 0 { format!("{name}.0") } else { format!("{name}.0 to {name}.{last}") };
    Some(Noted(format!("Score uses {} and {}, and {name} itself for the sentinel.", span(&name), span(&state))))
}

/// Refuses numbers of digits that a UUID does not have before its first hyphen (S3BucketNamingService.java:92-116).
fn pool_digits(draft: &Draft) -> Option<Ruling> {
    let pool = draft.number(key::BUCKET_SIZE_POOL);
    let digits = draft.value(key::BUCKET_SIZE_KEY)?.parse::<u64>().ok()?;
    (pool > 0 && !(1..=7).contains(&digits)).then(|| Refused("Digits for the pool must be between 1 and 7.".into()))
}

fn pool_unused(draft: &Draft) -> Option<Ruling> {
    let pool = draft.number(key::BUCKET_SIZE_POOL);
    let digits = u32::try_from(draft.number(key::BUCKET_SIZE_KEY)).ok().filter(|digits| (1..=7).contains(digits))?;
    let reached = 16_u64.pow(digits);
    let unused = usize::try_from(pool.saturating_sub(reached)).ok().filter(|unused| *unused > 0)?;
    Some(Noted(format!(
        "{} reach {reached} buckets: {unused} of the pool stay empty.",
        counted(digits as usize, "digit")
    )))
}

fn sentinel_slash(draft: &Draft) -> Option<Ruling> {
    let slash = draft.value(key::OBJECT_SENTINEL)?.starts_with('/');
    let why = match draft.api() {
        Api::S3 => "the data directory comes before it",
        Api::Azure => "it is the name of a blob",
    };
    slash.then(|| Refused(format!("Sentinel must not begin with a slash: {why}.")))
}

/// Judges the data directory. An empty one gives the bare name only in releases after 5.10.0 (ObjectKey.java:45-47).
fn data_directory(draft: &Draft) -> Option<Ruling> {
    let directory = draft.value(key::S3_DATA_DIRECTORY)?;
    if directory.is_empty() {
        let release = draft.release_or_newest();
        let fails = draft.setting(key::S3_DATA_DIRECTORY)?.faults.empty.on(release).is_some();
        return Some(match release {
            _ if fails => Refused(
                "Data directory must not be empty: with this release every object name would begin with a slash."
                    .into(),
            ),
            Release::R5_10 => {
                Warned("Score 5.10.0 puts a slash in front of every object name then. 5.10.1 does not.".into())
            }
            _ => Noted("Files are at the top of the bucket.".into()),
        });
    }
    doubled("Data directory", &directory)
}

fn upload_directory(draft: &Draft) -> Option<Ruling> {
    let directory = draft.value(key::S3_UPLOAD_DIRECTORY)?;
    if directory.starts_with('/') {
        // Observed on Score 5.9.0 to 5.12.0-SNAPSHOT: uploads work.
        return Some(Refused("Upload directory must not begin with a slash: downloads would fail.".into()));
    }
    doubled("Upload directory", &directory)
}

fn doubled(label: &str, directory: &str) -> Option<Ruling> {
    let doubled = directory.ends_with('/') || directory.contains("//");
    doubled.then(|| Refused(format!("{label} must not end with a slash, or contain two in a row.")))
}

fn same_directories(draft: &Draft) -> Option<Ruling> {
    let same = draft.value(key::S3_UPLOAD_DIRECTORY)? == draft.value(key::S3_DATA_DIRECTORY)?;
    same.then(|| Noted("Files and unfinished uploads share one directory.".into()))
}

fn part_size(draft: &Draft) -> Option<Ruling> {
    let given = draft.number(key::UPLOAD_PARTSIZE);
    if let Some((provider, most)) = draft.provider.and_then(|provider| Some((provider, provider.most_parts?))) {
        let largest = size(given.max(tuning::SMALLEST).saturating_mul(most));
        return Some(Noted(format!("{} takes at most {most} parts, so files up to {largest}.", provider.short())));
    }
    Some(Noted(if given == 0 {
        return None;
    } else if given < tuning::SMALLEST {
        format!("Score uses {} anyway.", size(tuning::SMALLEST))
    } else {
        format!("Parts of {} allow files of up to {}.", size(given), size(tuning::largest(given) + 1))
    }))
}

/// Reports counts that take long to fail. Measured with the SDK: 0.1 s without retries, 1.7 s with 5, 31 to 38 s with
/// 10.
fn retries(draft: &Draft) -> Option<Ruling> {
    let many = draft.number(key::UPLOAD_RETRY_LIMIT) > 9;
    many.then(|| Noted("Every request to a dead endpoint then takes more than half a minute to fail.".into()))
}

fn overruled(draft: &Draft, key: &str, by: &str) -> Option<Ruling> {
    let (value, stronger) = (draft.value(key)?, draft.value(by)?);
    (value != stronger).then(|| Noted(format!("Score uses {stronger}: {by} overrides it.")))
}

fn overruled_retries(draft: &Draft) -> Option<Ruling> {
    overruled(draft, key::UPLOAD_RETRY_LIMIT, key::S3_RETRY_LIMIT)
}

fn overruled_connect(draft: &Draft) -> Option<Ruling> {
    overruled(draft, key::UPLOAD_CONNECTION_TIMEOUT, key::S3_CONNECTION_TIMEOUT)
}

fn endless_connect(draft: &Draft) -> Option<Ruling> {
    let endless = draft.value(key::UPLOAD_CONNECTION_TIMEOUT)? == "0";
    endless.then(|| Noted("Score then waits forever for a store that sends no reply.".into()))
}

/// Refuses more than 7 days with signature version 4. The SDK refuses them too, but only when a transfer begins.
fn days(draft: &Draft, key: &str, label: &str) -> Option<Ruling> {
    let version_4 = draft.filled(key::S3_MASTER_ENCRYPTION_KEY_ID)
        || draft.value(key::S3_SIG_V4_ENABLED).as_deref() == Some("true");
    (version_4 && draft.number(key) > 7)
        .then(|| Refused(format!("{label} must be at most 7 days with signature version 4.")))
}

fn azure_address(draft: &Draft) -> Option<Ruling> {
    Some(Noted(format!("Score and its clients use {}.", draft.address()?)))
}

fn azure_local(draft: &Draft) -> Option<Ruling> {
    local(&Endpoint::parse(&draft.cloud()).ok()?)
}

fn azure_http(draft: &Draft) -> Option<Ruling> {
    if let Ok(Cloud::Endpoint(url)) = Cloud::read(&draft.cloud()) {
        return Some(Noted(format!("Not used: the URL of the account is {url}.")));
    }
    let http = draft.value(key::AZURE_ENDPOINT_PROTOCOL)? == "http";
    http.then(|| Noted("Accounts accept http only if \"secure transfer required\" is off.".into()))
}

fn same_policies(draft: &Draft) -> Option<Ruling> {
    let same = draft.value(key::BUCKET_POLICY_DOWNLOAD)? == draft.value(key::BUCKET_POLICY_UPLOAD)?;
    same.then(|| Noted("One policy is used for both: clients that may download may also overwrite.".into()))
}

/// Reports into how many parts a download is split. AzurePartCalculator.java:53-62 limits neither the size nor the
/// number of parts, and the reply to a client lists every part with its whole URL.
fn download_part_size(draft: &Draft) -> Option<Ruling> {
    let given = draft.number(key::UPLOAD_PARTSIZE);
    if given == 0 {
        return None;
    }
    let parts = tuning::download_parts(given, 100 << 30);
    let told = format!("A file of 100 GiB is downloaded in {}.", counted(usize::try_from(parts).ok()?, "part"));
    Some(if given < tuning::SMALLEST {
        Warned(format!("{told} Each is listed with its whole URL: use {} or more.", size(tuning::SMALLEST)))
    } else {
        Noted(told)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::setting;

    #[test]
    fn rules_have_ids_of_their_own_and_point_to_settings() {
        for (at, rule) in RULES.iter().enumerate() {
            assert!(RULES[..at].iter().all(|other| other.id != rule.id), "{} twice", rule.id);
            assert!(
                rule.settings.iter().all(|key| setting(key).is_some_and(|setting| setting.key == *key)),
                "{}",
                rule.id
            );
        }
    }
}
