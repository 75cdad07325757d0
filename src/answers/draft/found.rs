//! The store as Score itself makes it of the existing file: to the letter, with the blanks, quotes and slashes that are in
//! it. Where Score would stop at a value, that is told, and what was meant stands in for it, so that the rest can still be
//! tried. Knows nothing of answers.

use std::time::Duration;

use super::{Answer, Draft, Problem, Remark, Text, judge::seen_by_spring, kept::Kept};
use crate::{
    answers::target::{AzureStore, S3Store, Store},
    score::{Api, Kind, Release, SETTINGS, Scope, Version},
    text::{Endpoint, secret::Secret, values::azure::AccountKey},
};

/// What an existing file tells of its store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub store: Store,
    /// As much as can be tried with it; `None`: nothing.
    pub scope: Option<Scope>,
    /// What stops Score, or what it needs and the file does not say.
    pub wrong: Vec<Problem>,
    /// What is taken otherwise than it looks.
    pub remarks: Vec<Remark>,
    /// Keys that are filled in only where Score runs (`${…}`).
    pub open: Vec<&'static str>,
}

const ENDPOINT: &str = "s3.endpoint";
const ACCESS: &str = "s3.accessKey";
const SECRET: &str = "s3.secretKey";

impl Draft {
    /// The release whose names the file uses; where it uses both or none, the newest that starts with this store.
    #[must_use]
    pub fn likely_release(&self) -> Release {
        let renamed = || SETTINGS.iter().filter_map(|setting| Some((setting.key, setting.key_until_5_11?)));
        let old = renamed().any(|(_, old)| self.kept.says(old));
        let new = renamed().any(|(new, _)| self.kept.says(new));
        if old && !new { Release::R5_11 } else { self.api().until() }
    }

    /// Whether the file configures Azure and no S3.
    #[must_use]
    pub fn found_azure(&self) -> bool {
        let says = |key: &str| self.kept.says(key);
        !says(ENDPOINT) && ["azure.accountName", "azure.accountKey", "azure.endpointProtocol"].into_iter().any(says)
    }

    #[must_use]
    pub fn found(&self) -> Found {
        let mut file = File { draft: self, kept: &self.kept, wrong: Vec::new(), remarks: Vec::new(), open: Vec::new() };
        let (store, scope) = match self.api() {
            Api::S3 => file.s3(),
            Api::Azure => file.azure(),
        };
        let File { wrong, mut remarks, open, .. } = file;
        remarks.extend(self.taken_to_the_letter());
        Found { store, scope, wrong, remarks, open }
    }

    /// Texts that hold more than was most likely meant.
    fn taken_to_the_letter(&self) -> impl Iterator<Item = Remark> {
        let text = |kind: &Kind| {
            matches!(kind, Kind::Text | Kind::Url | Kind::Bucket | Kind::Container | Kind::Account | Kind::Policy)
        };
        self.known().filter(move |setting| text(&setting.kind)).filter_map(|setting| {
            let Answer { text: Text::Plain(said), origin } = self.answer(setting)? else {
                return None;
            };
            if !origin.of_deployment() {
                return None;
            }
            let meant = self
                .value(setting.key)
                .filter(|meant| *meant != said && seen_by_spring(setting, &said, true).is_some())?;
            let message = format!("Score takes it to the letter; {meant} is most likely meant.");
            Some(Remark { setting: Some(setting.key), message, origin: Some(origin) })
        })
    }
}

struct File<'a> {
    draft: &'a Draft,
    kept: &'a Kept,
    wrong: Vec<Problem>,
    remarks: Vec<Remark>,
    open: Vec<&'static str>,
}

/// What Spring gives for a key.
enum Seen {
    Text(String),
    Missing,
    /// Only where Score runs.
    Open,
}

impl File<'_> {
    fn s3(&mut self) -> (Store, Option<Scope>) {
        let endpoint = self.endpoint();
        let (access_key, secret_key) = (self.text(ACCESS), self.secret(SECRET));
        let kms_key = self.text("s3.masterEncryptionKeyId").filter(|id| !id.is_empty());
        let version_4 = self.truth("s3.sigV4Enabled") || kms_key.is_some();
        let (object_bucket, state_bucket) = (self.needed("bucket.name.object"), self.needed("bucket.name.state"));
        let scope = if endpoint.is_none() {
            None
        } else if access_key.is_none() || secret_key.is_none() {
            Some(Scope::Reach)
        } else if object_bucket.is_none() || state_bucket.is_none() {
            Some(Scope::SignIn)
        } else {
            Some(Scope::All)
        };
        self.tell_keys(access_key.is_some(), secret_key.is_some());
        let store = S3Store {
            endpoint: endpoint.unwrap_or_default(),
            override_host: self.text("s3.preSignedUrl.override.host").filter(|host| !host.is_empty()),
            access_key: access_key.unwrap_or_default(),
            secret_key: secret_key.unwrap_or_else(|| Secret::new("")),
            version: if version_4 { Version::V4 } else { Version::V2 },
            kms_key,
            object_bucket: object_bucket.unwrap_or_default(),
            state_bucket: state_bucket.unwrap_or_default(),
            pool: self.number("bucket.size.pool"),
            data_directory: self.with_default("s3.data.directory"),
            upload_directory: self.with_default("s3.upload.directory"),
            sentinel: self.sentinel(),
            part_size: self.number("upload.partsize").into(),
            connection_timeout: Duration::from_millis(self.number("upload.connection.timeout").into()),
            upload_expiration_days: self.number("s3.upload.expiration"),
            download_expiration_days: self.number("s3.download.expiration"),
            region: None,
        };
        (store.into(), scope)
    }

    fn azure(&mut self) -> (Store, Option<Scope>) {
        let (protocol, account) = (self.word("azure.endpointProtocol"), self.word("azure.accountName"));
        let key = self.account_key();
        let container = self.needed("bucket.name.object");
        let policies = (self.needed("bucket.policy.upload"), self.needed("bucket.policy.download"));
        let scope = if protocol.is_none() || account.is_none() {
            None
        } else if key.is_none() {
            Some(Scope::Reach)
        } else if container.is_none() || policies.0.is_none() || policies.1.is_none() {
            Some(Scope::SignIn)
        } else {
            Some(Scope::All)
        };
        let (key, cloud) = key
            .map_or_else(|| (Secret::new(""), self.draft.kept_cloud().unwrap_or_default()), |key| (key.key, key.cloud));
        let store = AzureStore {
            protocol: protocol.unwrap_or_default(),
            account: account.unwrap_or_default(),
            key,
            cloud,
            container: container.unwrap_or_default(),
            upload_policy: policies.0.unwrap_or_default(),
            download_policy: policies.1.unwrap_or_default(),
            sentinel: self.sentinel(),
            part_size: self.number("upload.partsize").into(),
            download_expiration_days: self.number("s3.download.expiration"),
        };
        (store.into(), scope)
    }

    /// With the scheme that the SDK puts before one that has none (`RuntimeHttpUtils.toUri`).
    fn endpoint(&mut self) -> Option<String> {
        let text = self.needed(ENDPOINT)?;
        let whole = if text.contains("://") {
            text
        } else {
            format!("{}://{text}", if self.truth("s3.secured") { "https" } else { "http" })
        };
        match Endpoint::parse(&whole) {
            Ok(_) => Some(whole),
            Err(why) => {
                self.stops(ENDPOINT, &format!("Score cannot use this endpoint. {why}"));
                self.draft.value(ENDPOINT)
            }
        }
    }

    /// Both keys, or neither counts (Score 5.11 `S3Config.java:49-54`).
    fn tell_keys(&mut self, access: bool, secret: bool) {
        for (key, there) in [(ACCESS, access), (SECRET, secret)] {
            if !there && !self.open.contains(&key) {
                let message = format!(
                    "{key} is missing: Score then takes both keys from ~/.aws/credentials, which is not tried here."
                );
                self.wrong.push(Problem { settings: vec![key], message, origin: None });
            }
        }
    }

    /// A part of Azure's connection string: it takes neither blanks nor quotes (`AzureConfig.java:48-52`; seen on
    /// azure-storage 4.4.0).
    fn word(&mut self, key: &'static str) -> Option<String> {
        let text = self.needed(key)?;
        if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Some(text);
        }
        self.stops(
            key,
            "Score does not start with it: it is a part of a connection string, with neither blanks nor quotes.",
        );
        self.draft.value(key)
    }

    fn account_key(&mut self) -> Option<AccountKey> {
        const KEY: &str = "azure.accountKey";
        let Some(text) = self.secret(KEY) else {
            self.miss(KEY);
            return None;
        };
        let read = text.shape(AccountKey::read);
        let exact = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\'');
        match &read {
            Err(rule) => self.stops(KEY, &rule.clone().of("The account key").to_string()),
            Ok(_) if !text.shape(exact) => {
                self.stops(KEY, "Score does not start with it: blanks or quotes stand around the key.");
            }
            Ok(_) => {}
        }
        read.ok()
    }

    fn seen(&mut self, key: &'static str) -> Seen {
        let release = self.draft.release_or_newest();
        let own = self.draft.setting(key).and_then(|setting| Some((setting, self.kept.own(setting, release)?)));
        let Some((setting, answer)) = own else { return Seen::Missing };
        let text = match &answer.text {
            Text::Plain(text) => seen_by_spring(setting, text, true),
            // Secrets have a reader of their own.
            Text::Secret(_) => None,
        };
        let filled_in = || self.kept.own_resolved(setting, release).map(|text| text.for_file().to_owned());
        text.or_else(filled_in).map_or(Seen::Open, Seen::Text)
    }

    fn text(&mut self, key: &'static str) -> Option<String> {
        match self.seen(key) {
            Seen::Text(text) => Some(text),
            Seen::Missing => None,
            Seen::Open => {
                self.open.push(key);
                None
            }
        }
    }

    fn secret(&mut self, key: &'static str) -> Option<Secret> {
        let setting = self.draft.setting(key)?;
        let release = self.draft.release_or_newest();
        let Text::Secret(said) = &self.kept.own(setting, release)?.text else { return None };
        let seen = said.shape(|text| seen_by_spring(setting, text, true).map(Secret::new));
        let seen = seen.or_else(|| self.kept.own_resolved(setting, release).cloned());
        if seen.is_none() {
            self.open.push(key);
        }
        seen
    }

    /// What no default can stand in for.
    fn needed(&mut self, key: &'static str) -> Option<String> {
        let text = self.text(key);
        if text.is_none() {
            self.miss(key);
        }
        text
    }

    fn miss(&mut self, key: &'static str) {
        if !self.open.contains(&key) {
            self.wrong.push(Problem { settings: vec![key], message: format!("{key} is missing."), origin: None });
        }
    }

    fn with_default(&mut self, key: &'static str) -> String {
        self.text(key).unwrap_or_else(|| self.fallback(key))
    }

    /// Without one, ping itself says no (Score 5.11 `S3DownloadService.java:303-306`).
    fn sentinel(&mut self) -> String {
        const KEY: &str = "object.sentinel";
        let name = self.with_default(KEY);
        if !name.is_empty() {
            return name;
        }
        self.stops(KEY, "The sentinel has no name: Score answers 400 to the first step of every client.");
        self.fallback_of(KEY)
    }

    /// As Spring converts: trimmed, also in hexadecimal (`NumberUtils.parseNumber`).
    fn number(&mut self, key: &'static str) -> u32 {
        let Some(text) = self.text(key) else { return self.fallback(key).parse().unwrap_or_default() };
        let bare = text.trim();
        let hex = ["0x", "0X", "#"].iter().find_map(|prefix| bare.strip_prefix(prefix));
        let number = hex.map_or_else(|| bare.parse::<i32>(), |digits| i32::from_str_radix(digits, 16));
        if let Ok(number) = number {
            return u32::try_from(number).unwrap_or_default();
        }
        self.stops(key, &format!("Score does not start: {key} must be a whole number up to {}.", i32::MAX));
        u32::try_from(self.draft.number(key)).unwrap_or_default()
    }

    /// As Spring converts (`StringToBooleanConverter`); what is missing is false.
    fn truth(&mut self, key: &'static str) -> bool {
        let Some(text) = self.text(key) else { return false };
        match text.trim().to_ascii_lowercase().as_str() {
            "true" | "on" | "yes" | "1" => true,
            "false" | "off" | "no" | "0" | "" => false,
            _ => {
                self.stops(key, &format!("Score does not start: {key} must be true or false, without quotes."));
                self.draft.value(key).as_deref() == Some("true")
            }
        }
    }

    /// What Score's own application.yml has; the wrapper does not let it be read (seen on Score 5.9 to 5.12).
    fn fallback(&mut self, key: &'static str) -> String {
        let setting = self.draft.setting(key);
        let default = self.fallback_of(key);
        if let Some(setting) = setting.filter(|_| !self.open.contains(&key)) {
            let name = setting.name(self.draft.release_or_newest());
            let message =
                format!("{name} is missing, and {default} is tried. Started by its wrapper, Score stops without it.");
            self.remarks.push(Remark { setting: Some(setting.key), message, origin: None });
        }
        default
    }

    fn fallback_of(&self, key: &str) -> String {
        self.draft.setting(key).and_then(|setting| setting.default).unwrap_or_default().to_owned()
    }

    fn stops(&mut self, key: &'static str, message: &str) {
        let release = self.draft.release_or_newest();
        let origin = self
            .draft
            .setting(key)
            .and_then(|setting| self.kept.own(setting, release))
            .map(|answer| answer.origin.clone());
        self.wrong.push(Problem { settings: vec![key], message: message.to_owned(), origin });
    }
}
