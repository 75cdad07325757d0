//! The stores a deployment can use, from the presets in `assets/providers`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::Release;

/// How a store is spoken to: each is a set of beans and profiles of its own in Score.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Api {
    #[default]
    S3,
    Azure,
}

impl Api {
    /// The last release that starts with it. In 5.12 the beans of both are defined at once, and two of one name end the
    /// start (`ServerConfig`, `AzureServerConfig`; seen on Score 5.12.0-SNAPSHOT, also with overriding allowed).
    #[must_use]
    pub fn until(self) -> Release {
        match self {
            Self::S3 => Release::NEWEST,
            Self::Azure => Release::R5_11,
        }
    }
}

/// One preset: pure data, so that people who do not read Rust can add one.
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// As answers files name it.
    pub id: String,
    /// As the screen names it.
    pub name: String,
    /// One line under the name in the list.
    pub summary: String,
    #[serde(default)]
    pub api: Api,
    /// What an endpoint looks like.
    pub endpoint_example: String,
    /// How the endpoint follows from the region, with `{region}`; AWS only.
    #[serde(default)]
    pub endpoint_of_region: Option<String>,
    #[serde(default)]
    pub regions: Vec<Region>,
    /// The console ports that operators paste, and the API port that is meant.
    #[serde(default)]
    pub console_ports: Vec<ConsolePort>,
    /// Refuses names that the S3 rules of AWS forbid (upper case, underscore).
    pub strict_bucket_names: bool,
    /// Defaults that differ from the catalogue's, by key.
    #[serde(default)]
    pub defaults: std::collections::BTreeMap<String, String>,
    /// What to know about this store, one sentence each.
    #[serde(default)]
    pub notes: Vec<String>,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Region {
    pub id: String,
    pub name: String,
    /// Where the pattern does not hold: China has a domain of its own.
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
    /// Why this release does not start with it.
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

    /// The endpoint of this region, if the region gives it.
    #[must_use]
    pub fn endpoint(&self, region: &str) -> Option<String> {
        let pattern = self.endpoint_of_region.as_ref()?;
        let known = self.regions.iter().find(|known| known.id == region);
        Some(known.and_then(|known| known.endpoint.clone()).unwrap_or_else(|| pattern.replace("{region}", region)))
    }
}

/// In the order in which they are offered.
#[must_use]
pub fn providers() -> &'static [Provider] {
    static PROVIDERS: LazyLock<Vec<Provider>> = LazyLock::new(|| {
        [
            include_str!("../../assets/providers/aws.toml"),
            include_str!("../../assets/providers/ceph.toml"),
            include_str!("../../assets/providers/minio.toml"),
            include_str!("../../assets/providers/other.toml"),
            include_str!("../../assets/providers/azure.toml"),
        ]
        .map(|text| toml::from_str(text).expect("a test reads every preset"))
        .into()
    });
    &PROVIDERS
}

/// Whose address this is, as far as an address tells: only AWS has a domain of its own.
#[must_use]
pub fn of_endpoint(endpoint: &str) -> Option<&'static Provider> {
    let host = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest).split(['/', ':']).next()?;
    let aws = [".amazonaws.com", ".amazonaws.com.cn"].iter().any(|domain| host.ends_with(domain));
    provider(if aws { "aws" } else { "other" })
}

#[must_use]
pub fn provider(id: &str) -> Option<&'static Provider> {
    providers().iter().find(|provider| provider.id == id)
}
