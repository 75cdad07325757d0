//! Turns the pairs of a section into answers, by the meanings of their names.

use super::{
    Ignored, NamedValue, PasteError, Pasted, ValueGroup, address::address, connection_string, names, names::NameMeaning,
};
use crate::{
    answers::draft::Text,
    score::{
        Api, Provider, SETTINGS, key,
        provider::{called, of_api, of_endpoint, of_key_id},
        setting,
    },
    text::{
        secret::Secret,
        values::{azure::AccountKey, credential::key_id, number::switch},
    },
};

/// The parts of a connection as they were found.
#[derive(Default)]
struct Gathering {
    answers: Vec<(&'static str, Secret)>,
    endpoint: Option<Secret>,
    port: Option<String>,
    https: Option<bool>,
    region: Option<String>,
    provider: Option<String>,
    cloud: Option<String>,
    temporary: bool,
    role: bool,
    signature: bool,
    ignored: Vec<Ignored>,
}

/// The lines that are listed as not understood.
const MOST_LINES: usize = 8;

/// Returns the answers of a section.
pub(super) fn gather(section: ValueGroup) -> Result<Pasted, PasteError> {
    let mut parts = Gathering::default();
    let mut unread = section.unread;
    for pair in section.pairs {
        parts.put(pair, &mut unread);
    }
    if !unread.is_empty() {
        unread.sort_unstable();
        unread.dedup();
        let shown: Vec<String> = unread.iter().take(MOST_LINES).map(usize::to_string).collect();
        let more = if unread.len() > MOST_LINES { " and more" } else { "" };
        let lines = if unread.len() == 1 { "Line" } else { "Lines" };
        let what = format!("{lines} {}{more}", shown.join(", "));
        parts.ignored.push(Ignored { what, why: "not recognised" });
    }
    parts.finish(section.tool)
}

impl Gathering {
    /// Adds the meaning of a pair. A later pair of the same meaning replaces an earlier one.
    fn put(&mut self, pair: NamedValue, unread: &mut Vec<usize>) {
        let NamedValue { name, value, line } = pair;
        let meaning = names::meaning(&name);
        if value.shape(|text| text.trim().is_empty()) {
            return;
        }
        let Some(meaning) = meaning else {
            unread.push(line);
            return;
        };
        if value.shape(is_placeholder) {
            self.ignore(meaning, "a placeholder, not a value");
            return;
        }
        let plain = || value.shape(|text| text.trim().to_owned());
        let on = || value.shape(|text| switch(text.trim())) == Some(true);
        match meaning {
            NameMeaning::Setting(key) => self.answer(key, value),
            NameMeaning::Key => {
                let account = value.shape(|text| AccountKey::read(text).is_ok());
                self.answer(if account { key::AZURE_ACCOUNT_KEY } else { key::S3_ACCESS_KEY }, value);
            }
            NameMeaning::Endpoint => self.endpoint(&value, line, unread),
            NameMeaning::Port => self.port = Some(plain()).filter(|port| port.parse::<u16>().is_ok()),
            NameMeaning::Https => self.https = value.shape(|text| switch(text.trim())),
            NameMeaning::Region => self.region = Some(plain()),
            NameMeaning::Provider => self.provider = Some(plain()),
            NameMeaning::ConnectionString => {
                for pair in value.shape(|text| connection_string::pairs(text, line)) {
                    // A connection string contains no other one.
                    if names::meaning(&pair.name) != Some(NameMeaning::ConnectionString) {
                        self.put(pair, unread);
                    }
                }
            }
            NameMeaning::SharedAccessSignature => self.signature = true,
            NameMeaning::SessionToken => self.temporary = true,
            NameMeaning::Cloud => {
                // If both are given, the SDK uses the URL.
                if !self.cloud.as_ref().is_some_and(|cloud| cloud.contains("://")) {
                    self.cloud = Some(plain());
                }
            }
            NameMeaning::OldSignature if on() => self.answer(key::S3_SIG_V4_ENABLED, Secret::new("false")),
            NameMeaning::SignatureVersion if plain().to_ascii_lowercase().ends_with("v2") => {
                self.answer(key::S3_SIG_V4_ENABLED, Secret::new("false"));
            }
            NameMeaning::Role => self.role = true,
            NameMeaning::OldSignature | NameMeaning::SignatureVersion | NameMeaning::Unused => {}
        }
    }

    fn endpoint(&mut self, value: &Secret, line: usize, unread: &mut Vec<usize>) {
        let address = value.shape(address);
        for pair in address.pairs(line) {
            // The name of a bucket that was given before overrides a guess.
            let bucket = names::meaning(&pair.name) == Some(NameMeaning::Setting(key::BUCKET_NAME_OBJECT));
            if !bucket || !self.has(key::BUCKET_NAME_OBJECT) {
                self.put(pair, unread);
            }
        }
        self.endpoint = address.endpoint.map(Secret::new).or(self.endpoint.take());
    }

    fn has(&self, key: &str) -> bool {
        self.answers.iter().any(|(name, _)| *name == key)
    }

    fn answer(&mut self, key: &'static str, value: Secret) {
        if key == key::S3_ENDPOINT {
            let found = value.shape(address);
            self.endpoint = found.endpoint.map(Secret::new).or(Some(value));
            if let Some(bucket) = found.bucket.filter(|_| !self.has(key::BUCKET_NAME_OBJECT)) {
                self.answer(key::BUCKET_NAME_OBJECT, Secret::new(bucket));
            }
            return;
        }
        let value = Secret::new(value.shape(|text| text.trim().to_owned()));
        match self.answers.iter_mut().find(|(name, _)| *name == key) {
            Some((_, known)) => *known = value,
            None => self.answers.push((key, value)),
        }
    }

    fn ignore(&mut self, meaning: NameMeaning, why: &'static str) {
        let what = match meaning {
            NameMeaning::Setting(key) => setting(key).map_or("A value", |setting| setting.label),
            NameMeaning::Endpoint => "The endpoint",
            NameMeaning::Region => "The region",
            _ => "A value",
        };
        self.ignored.push(Ignored { what: what.to_owned(), why });
    }

    /// Makes the answers, or returns the reason why the keys cannot be used.
    fn finish(mut self, tool: Option<&'static str>) -> Result<Pasted, PasteError> {
        let azure = self.has(key::AZURE_ACCOUNT_NAME) || self.has(key::AZURE_ACCOUNT_KEY) || self.cloud.is_some();
        let endpoint = self.whole_endpoint().filter(|_| !azure);
        let access = self.answers.iter().find(|(name, _)| *name == key::S3_ACCESS_KEY).map(|(_, value)| value);
        let id = |kind: &str| access.is_some_and(|access| access.shape(|text| key_id(text, kind)));
        let by_key = || of_key_id(id).filter(|_| endpoint.is_none());
        let of_tool = || tool.and_then(called).filter(|_| access.is_some());
        let provider: Option<&'static Provider> = if azure {
            of_api(Api::Azure)
        } else {
            let usable = |provider: &&Provider| provider.unusable().is_none();
            let by_host = endpoint.as_deref().and_then(of_endpoint).filter(usable);
            by_host.or_else(|| self.provider.as_deref().and_then(called)).or_else(by_key).or_else(of_tool)
        };
        if self.temporary || id("ASIA") {
            return Err(PasteError::Temporary { aws: of_key_id(id).is_some() });
        }
        if self.signature && !self.has(key::AZURE_ACCOUNT_KEY) {
            return Err(PasteError::SharedAccessSignature);
        }
        if self.signature {
            self.ignored
                .push(Ignored { what: "The shared access signature".into(), why: "the account key replaces it" });
        }
        let region = self.region.take();
        let region = region
            .filter(|region| provider.is_some_and(|provider| provider.regions.iter().any(|known| known.id == *region)));
        let region = region.filter(|_| endpoint.is_none());
        let mut answers: Vec<(&'static str, Text)> = Vec::new();
        answers.extend(endpoint.map(|endpoint| (key::S3_ENDPOINT, Text::Plain(endpoint))));
        if azure && !self.has(key::AZURE_ACCOUNT_NAME) {
            let account = self.cloud.as_deref().and_then(account_in).map(Secret::new);
            self.answers.extend(account.map(|account| (key::AZURE_ACCOUNT_NAME, account)));
        }
        for (key, value) in self.answers {
            let Some(setting) = setting(key).filter(|_| fits(key, azure)) else { continue };
            let text = if setting.secret() { Text::Secret(value) } else { Text::Plain(value.shape(str::to_owned)) };
            answers.push((setting.key, text));
        }
        answers.sort_by_key(|(key, _)| SETTINGS.iter().position(|setting| setting.is(key)));
        // A region or a bucket alone is not what an operator was given, but a whole key is.
        if answers.is_empty() && region.is_none() {
            return Err(if self.role { PasteError::Role } else { PasteError::NotRecognised });
        }
        if self.role && access_missing(&answers) {
            return Err(PasteError::Role);
        }
        let cloud = self.cloud.filter(|_| azure);
        Ok(Pasted { provider, region, cloud, answers, ignored: self.ignored })
    }

    /// Returns the endpoint with its port and its scheme, if other pairs tell them.
    fn whole_endpoint(&mut self) -> Option<String> {
        let endpoint = self.endpoint.take()?.shape(|text| text.trim().to_owned());
        let scheme = match self.https {
            Some(true) if !endpoint.contains("://") => "https://",
            Some(false) if !endpoint.contains("://") => "http://",
            _ => "",
        };
        let rest = endpoint.split("://").last().unwrap_or_default();
        let port = self.port.take().filter(|_| !rest.contains([':', '/'])).map(|port| format!(":{port}"));
        Some(format!("{scheme}{endpoint}{}", port.unwrap_or_default()))
    }
}

/// Returns true if the setting belongs to this kind of store, or to both.
fn fits(key: &str, azure: bool) -> bool {
    crate::score::setting_for(if azure { Api::Azure } else { Api::S3 }, key).is_some()
}

fn access_missing(answers: &[(&'static str, Text)]) -> bool {
    !answers.iter().any(|(key, _)| [key::S3_ACCESS_KEY, key::AZURE_ACCOUNT_KEY].contains(key))
}

/// Returns the account in the blob endpoint of an account: its first label, or its path.
fn account_in(endpoint: &str) -> Option<String> {
    let rest = endpoint.split("://").nth(1)?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = path.trim_matches('/');
    if path.is_empty() {
        host.split_once(".blob.").map(|(account, _)| account.to_owned())
    } else {
        Some(path.to_owned())
    }
}

/// Returns true for a value that a person or a program still has to replace, or that was masked.
fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    let masked = text.len() > 2 && text.chars().all(|letter| "*•xX".contains(letter));
    let bracketed = text.starts_with('<') && text.ends_with('>') || text.starts_with("{{") && text.ends_with("}}");
    let example = text.starts_with("YOUR") && text.ends_with("HERE");
    masked || bracketed || example || text.starts_with('$') || text.contains("${")
}
