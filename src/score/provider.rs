//! Lists the stores that a deployment can use. Each is a file in `assets/providers`, read when the program is built.
//! Does not contact a store.

use std::sync::LazyLock;

use serde::Deserialize;

use super::Release;

/// The protocol of a store. Score has separate beans and profiles for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Api {
    #[default]
    S3,
    Azure,
}

impl Api {
    /// Returns the last release that starts with it. In 5.12 the beans of both kinds are defined at the same time, and
    /// two beans of one name make the start fail (`ServerConfig`, `AzureServerConfig`; observed on Score
    /// 5.12.0-SNAPSHOT, also with overriding allowed).
    #[must_use]
    pub fn until(self) -> Release {
        match self {
            Self::S3 => Release::NEWEST,
            Self::Azure => Release::R5_11,
        }
    }
}

/// One preset. It is pure data, so a contributor does not need Rust to add one.
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// The name in answers files.
    pub id: String,
    /// The name on the screen.
    pub name: String,
    /// One line under the name in the list.
    pub summary: String,
    /// The place in the list. Smaller numbers come first.
    order: u16,
    /// True for the provider of every store that no other provider names.
    #[serde(default)]
    fallback: bool,
    /// True for the provider that the sandbox shows itself as.
    #[serde(default)]
    sandbox: bool,
    #[serde(default)]
    pub api: Api,
    /// An example of an endpoint.
    pub endpoint_example: String,
    /// The pattern of the endpoint with `{region}`; AWS only.
    #[serde(default)]
    pub endpoint_of_region: Option<String>,
    #[serde(default)]
    pub regions: Vec<Region>,
    /// The console ports that operators paste, and the API ports that they intend.
    #[serde(default)]
    pub console_ports: Vec<ConsolePort>,
    /// True if the store refuses names that the S3 rules of AWS forbid (upper case, underscore).
    pub strict_bucket_names: bool,
    /// Defaults that differ from those in the table of settings, by key.
    #[serde(default)]
    pub defaults: std::collections::BTreeMap<String, String>,
    /// Notes on this store, one sentence each.
    #[serde(default)]
    pub notes: Vec<String>,
    /// The sources of these facts: URLs of documentation, or observations.
    pub sources: Vec<String>,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Region {
    pub id: String,
    pub name: String,
    /// The endpoint, if the pattern does not apply: China has its own domain.
    #[serde(default)]
    pub endpoint: Option<String>,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ConsolePort {
    pub console: u16,
    pub api: u16,
}

impl Provider {
    /// Returns the reason why this release does not start with it, if it does not.
    #[must_use]
    pub fn refused_by(&self, release: Release) -> Option<String> {
        let until = self.api.until();
        (release > until).then(|| {
            format!(
                "Score {release} does not start with {}: it defines the same parts twice then. Releases up to {until} do.",
                self.name
            )
        })
    }

    /// Returns the endpoint of this region, if the region determines it.
    #[must_use]
    pub fn endpoint(&self, region: &str) -> Option<String> {
        let pattern = self.endpoint_of_region.as_ref()?;
        let known = self.regions.iter().find(|known| known.id == region);
        Some(known.and_then(|known| known.endpoint.clone()).unwrap_or_else(|| pattern.replace("{region}", region)))
    }
}

/// The text of every file in `assets/providers`; `build.rs` lists them.
const FILES: &[&str] = &include!(concat!(env!("OUT_DIR"), "/providers.rs"));

/// Returns all providers in the order of the list that operators choose from.
///
/// # Panics
/// Panics if a file cannot be read, which a test rules out.
#[must_use]
pub fn providers() -> &'static [Provider] {
    static PROVIDERS: LazyLock<Vec<Provider>> = LazyLock::new(|| {
        let read = |text: &&str| toml::from_str(text).expect("a test reads every file");
        let mut providers: Vec<Provider> = FILES.iter().map(read).collect();
        providers.sort_by_key(|provider| provider.order);
        providers
    });
    &PROVIDERS
}

/// Returns the provider of this id.
#[must_use]
pub fn provider(id: &str) -> Option<&'static Provider> {
    first(|provider| provider.id == id)
}

/// Returns the provider of every store that no other provider names.
#[must_use]
pub fn fallback() -> Option<&'static Provider> {
    first(|provider| provider.fallback)
}

/// Returns the provider that the sandbox shows itself as.
#[must_use]
pub fn of_sandbox() -> Option<&'static Provider> {
    first(|provider| provider.sandbox)
}

/// Returns the first provider with this protocol.
#[must_use]
pub fn of_api(api: Api) -> Option<&'static Provider> {
    first(|provider| provider.api == api)
}

/// Returns the provider whose domain the endpoint is in, else the fallback. Only AWS has its own domain.
#[must_use]
pub fn of_endpoint(endpoint: &str) -> Option<&'static Provider> {
    let host = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest).split(['/', ':']).next()?;
    let aws = [".amazonaws.com", ".amazonaws.com.cn"].iter().any(|domain| host.ends_with(domain));
    if aws { provider("aws") } else { fallback() }
}

fn first(fits: impl Fn(&Provider) -> bool) -> Option<&'static Provider> {
    providers().iter().find(|provider| fits(provider))
}
