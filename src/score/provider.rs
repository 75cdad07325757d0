//! Lists the stores that a deployment can use. Each is a file in `assets/providers`, read when the program is built.
//! Does not contact a store.

mod host;

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

use super::{Release, Version};

pub use host::{HostFault, UnusableHost, console_of, host_fault};

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
    /// The name inside sentences, where it is not `name`.
    #[serde(default)]
    short: Option<String>,
    /// One line under the name in the list.
    pub summary: String,
    /// The place in the list. Smaller numbers come first.
    order: u16,
    #[serde(default)]
    pub api: Api,
    #[serde(default)]
    role: Option<Role>,
    /// The peculiarities of the store that have a name.
    #[serde(default)]
    quirks: Vec<Quirk>,

    /// The domains of its endpoints. Empty where operators run the store under their own domain.
    #[serde(default)]
    pub domains: Vec<String>,
    /// The form of an endpoint.
    pub endpoint_example: String,
    /// The endpoint of a region, with `{region}`.
    #[serde(default)]
    pub endpoint_of_region: Option<String>,
    #[serde(default)]
    pub regions: Vec<Region>,
    /// The hosts that serve buckets of every region.
    #[serde(default)]
    global_hosts: Vec<String>,
    /// Further forms of the hosts of its endpoints, with `{region}` or without.
    #[serde(default)]
    endpoint_hosts: Vec<String>,
    /// The hosts of its web console, which operators paste.
    #[serde(default)]
    console_hosts: Vec<String>,
    /// Kinds of hosts in its domains that Score cannot use.
    #[serde(default)]
    unusable_hosts: Vec<UnusableHost>,
    /// The beginnings of paths of its native API, which is not S3.
    #[serde(default)]
    native_paths: Vec<String>,
    /// The region that signature version 4 needs. `None` where nothing is known, and for Azure.
    #[serde(default)]
    pub signing_region: Option<SigningRegion>,
    /// The console ports that operators paste, and the API port that is intended.
    #[serde(default)]
    pub console_ports: Vec<ConsolePort>,
    /// The ports at which its S3 service usually listens, the usual one first. Empty where the host alone is enough.
    #[serde(default)]
    pub s3_ports: Vec<S3Port>,
    /// Its names in other tools, and the tools that only it has, in lower case.
    #[serde(default)]
    called: Vec<String>,
    /// The kinds of its access keys, by their beginning, where only it gives such keys.
    #[serde(default)]
    key_ids: Vec<String>,
    /// Words in the header `Server` of its replies, in lower case.
    #[serde(default)]
    server_words: Vec<String>,
    /// The form of the ids of its requests.
    #[serde(default)]
    request_ids: Option<RequestIds>,
    /// Words of its web console in a reply, in lower case.
    #[serde(default)]
    pub console_words: Vec<String>,
    /// The advice where a key sees no bucket of this name.
    #[serde(default)]
    pub missing_bucket: Option<String>,

    /// The signature versions that are known to work, the usual one first.
    #[serde(default)]
    pub signatures: Vec<u8>,
    /// Why Score cannot use a signature version here, by its number.
    #[serde(default)]
    refused_signatures: BTreeMap<String, String>,
    /// Facts about a signature version, by its number.
    #[serde(default)]
    signature_notes: BTreeMap<String, String>,
    /// The most parts of one upload, where Score may use more.
    #[serde(default)]
    pub most_parts: Option<u64>,

    /// Defaults that differ from those of the settings, by key.
    #[serde(default)]
    pub defaults: BTreeMap<String, String>,
    /// Facts about this store that an operator needs.
    #[serde(default)]
    pub notes: Vec<String>,
    /// How its keys are replaced. `None` where nothing is known.
    #[serde(default)]
    rotation: Option<KeyRotation>,
    /// How its administrator makes a user for Score. `None` where nothing is known.
    #[serde(default)]
    pub administrator: Option<NewUser>,
    /// How it removes unfinished uploads by itself. Such a store refuses lifecycle rules that do it.
    #[serde(default)]
    pub aborts_uploads: Option<AbortsUploads>,
    /// Why this store cannot work with Score.
    #[serde(default)]
    unusable: Option<String>,
    /// The sources of these facts: URLs of documentation, or what was observed.
    pub sources: Vec<String>,
}

/// The part that a provider plays in this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It is every store that no other provider names.
    Fallback,
    /// The sandbox shows itself as this provider.
    Sandbox,
}

/// How the keys of a store are replaced.
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct KeyRotation {
    /// Whether an old and a new key work at the same time.
    pub overlap: String,
    /// The command that makes a new key.
    #[serde(default)]
    pub create: Option<String>,
    /// The command that ends the old key, with `{old}` for its access key.
    #[serde(default)]
    pub remove: Option<String>,
}

/// How the administrator of a store makes a user for Score.
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// The name of the user in policies of buckets. `None` if the policy belongs to the user.
    #[serde(default)]
    pub principal: Option<String>,
    /// The commands, in their order. They take the policy of a user from `score-policy.json`.
    pub commands: Vec<String>,
}

/// How a store removes unfinished uploads by itself. S3 does not show the present value.
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct AbortsUploads {
    /// The hours after the start of an upload, unless the store is configured differently.
    pub after_hours: u32,
    /// The command that shows the present value.
    pub read: String,
    /// The command that changes it, with `{hours}`.
    pub change: String,
}

/// The form of the ids that a store gives to requests.
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct RequestIds {
    begins: String,
    #[serde(default)]
    contains: String,
    /// Headers that its replies have.
    #[serde(default)]
    with: Vec<String>,
    /// Headers that its replies do not have.
    #[serde(default)]
    without: Vec<String>,
}

/// A peculiarity of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quirk {
    /// Only https is accepted.
    HttpsOnly,
    /// A new bucket outside us-east-1 needs its region as location constraint.
    LocationConstraint,
    /// A region that is not listed is accepted if it has the form of `eu-central-1`.
    NewerRegions,
    /// A bucket can be closed to the public as a whole, over its policy and its access list.
    PublicAccessBlock,
    /// The bucket is not accepted in the path, where Score puts it.
    NoPathStyle,
    /// Names that the S3 rules of AWS forbid (upper case, underscore) are refused.
    StrictBucketNames,
}

/// The region that signature version 4 needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SigningRegion {
    /// The label in the host name: Score signs for the same region.
    Host,
    /// us-east-1 is accepted everywhere, and Score signs for it.
    #[serde(rename = "us-east-1")]
    UsEast1,
    /// The one that the operator of the store has configured.
    Store,
    /// Any: the store does not check it.
    Any,
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

/// A usual port of an S3 service, with its scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum S3Port {
    Http(u16),
    Https(u16),
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ConsolePort {
    pub console: u16,
    pub api: u16,
}

impl Provider {
    /// Returns the name to use inside a sentence.
    #[must_use]
    pub fn short(&self) -> &str {
        self.short.as_deref().unwrap_or(&self.name)
    }

    /// Returns true if the store has this peculiarity.
    #[must_use]
    pub fn has(&self, quirk: Quirk) -> bool {
        self.quirks.contains(&quirk)
    }

    /// Returns why this store cannot work with Score of any release.
    #[must_use]
    pub fn unusable(&self) -> Option<String> {
        self.unusable.as_ref().map(|why| format!("{} cannot work with Score. {why}", self.name))
    }

    /// Returns why this release does not start with the store, or cannot write to it.
    #[must_use]
    pub fn refused_by(&self, release: Release) -> Option<String> {
        let until = self.api.until();
        if release > until {
            return Some(format!(
                "Score {release} does not start with {}: it defines the same parts twice then. Releases up to {until} do.",
                self.name
            ));
        }
        // Up to 5.10, the HTTP client changes the name of a part marker after it was signed (httpclient 4.5.9; observed on
        // Score 5.9.0 and 5.10.1). Version 4 signs a canonical path and passes.
        let only_version_2 = !self.signatures.is_empty() && !self.knows(Version::V4);
        (only_version_2 && release < Release::R5_11).then(|| {
            format!(
                "Score {release} cannot upload to {}: it needs signature version 2, which works from Score 5.11.",
                self.name
            )
        })
    }

    /// Returns how the keys of this store are replaced, or else what holds for every store.
    #[must_use]
    pub fn rotation(&self) -> Option<&KeyRotation> {
        self.rotation.as_ref().or_else(|| fallback()?.rotation.as_ref())
    }

    /// Returns true if the signature version is known to work.
    #[must_use]
    pub fn knows(&self, version: Version) -> bool {
        self.signatures.contains(&version.number())
    }

    /// Returns why Score cannot use a signature version here.
    #[must_use]
    pub fn refuses(&self, version: Version) -> Option<&str> {
        self.refused_signatures.get(&version.number().to_string()).map(String::as_str)
    }

    /// Returns what an operator needs to know about a signature version here.
    #[must_use]
    pub fn note_on(&self, version: Version) -> Option<&str> {
        self.signature_notes.get(&version.number().to_string()).map(String::as_str)
    }

    /// Returns true if the host is in a domain of this provider.
    #[must_use]
    pub fn owns(&self, host: &str) -> bool {
        self.domains.iter().any(|domain| host.strip_suffix(domain.as_str()).is_some_and(ends_a_label))
    }

    /// Returns true if this host serves buckets of every region, although its name tells Score one region.
    #[must_use]
    pub fn is_global(&self, host: &str) -> bool {
        self.global_hosts.iter().any(|global| global == host)
    }

    /// Returns the endpoint of this region, if the region gives it.
    #[must_use]
    pub fn endpoint(&self, region: &str) -> Option<String> {
        let pattern = self.endpoint_of_region.as_ref()?;
        let known = self.regions.iter().find(|known| known.id == region);
        Some(known.and_then(|known| known.endpoint.clone()).unwrap_or_else(|| pattern.replace("{region}", region)))
    }

    /// Returns true if the host of an endpoint names the region, and this is not one of the regions.
    #[must_use]
    pub fn lacks_region(&self, region: &str) -> bool {
        self.signing_region == Some(SigningRegion::Host) && !self.regions.is_empty() && !self.has_region(region)
    }

    /// Returns true if the region is listed, or may be newer than the list.
    #[must_use]
    pub fn has_region(&self, region: &str) -> bool {
        let newer = || {
            region.split('-').count() >= 3
                && region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
                && region.ends_with(|last: char| last.is_ascii_digit())
        };
        self.regions.iter().any(|known| known.id == region) || self.has(Quirk::NewerRegions) && newer()
    }
}

/// Returns true if what is in front of a domain ends where a label ends.
fn ends_a_label(front: &str) -> bool {
    front.is_empty() || front.ends_with('.')
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
    first(|provider| provider.role == Some(Role::Fallback))
}

/// Returns the provider that the sandbox shows itself as.
#[must_use]
pub fn of_sandbox() -> Option<&'static Provider> {
    first(|provider| provider.role == Some(Role::Sandbox))
}

/// Returns the first provider with this protocol.
#[must_use]
pub fn of_api(api: Api) -> Option<&'static Provider> {
    first(|provider| provider.api == api)
}

/// Returns the provider that another tool calls so.
#[must_use]
pub fn called(name: &str) -> Option<&'static Provider> {
    first(|provider| provider.called.iter().any(|known| name.eq_ignore_ascii_case(known)))
}

/// Returns the provider that gives access keys of such a kind, if only one does. `is` returns true for a kind of the
/// key.
#[must_use]
pub fn of_key_id(is: impl Fn(&str) -> bool) -> Option<&'static Provider> {
    first(|provider| provider.key_ids.iter().any(|kind| is(kind)))
}

/// Returns the provider whose domain this host is in.
#[must_use]
pub fn of_host(host: &str) -> Option<&'static Provider> {
    first(|provider| provider.owns(host))
}

/// Returns the provider whose domain the endpoint is in.
#[must_use]
pub fn of_endpoint(endpoint: &str) -> Option<&'static Provider> {
    let host = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest).split(['/', ':']).next()?;
    of_host(host)
}

/// Returns the provider whose store sends such replies: by the header `Server`, else by the id of the request. `has`
/// returns true if the reply has a header of this name.
#[must_use]
pub fn of_reply(server: &str, request_id: &str, has: impl Fn(&str) -> bool) -> Option<&'static Provider> {
    let server = server.to_ascii_lowercase();
    let by_id = |ids: &RequestIds| {
        request_id.starts_with(ids.begins.as_str())
            && request_id.contains(ids.contains.as_str())
            && ids.with.iter().all(|name| has(name))
            && !ids.without.iter().any(|name| has(name))
    };
    first(|provider| provider.server_words.iter().any(|word| server.contains(word.as_str())))
        .or_else(|| first(|provider| provider.request_ids.as_ref().is_some_and(by_id)))
}

fn first(fits: impl Fn(&Provider) -> bool) -> Option<&'static Provider> {
    providers().iter().find(|provider| fits(provider))
}
