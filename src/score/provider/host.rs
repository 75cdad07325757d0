//! Judges the host and the path of an endpoint by what is known of each provider: consoles, hosts with a bucket in
//! front, hosts and paths of other services. Contacts no server.

use serde::Deserialize;

use super::{Provider, Quirk, ends_a_label, of_host, providers};

/// A kind of host in the domains of a provider that Score cannot use.
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct UnusableHost {
    /// The beginning of a label of the host.
    label: String,
    /// The name of the service behind such a host.
    pub service: String,
    /// The reason, as a sentence.
    pub why: String,
}

/// A host or a path that cannot be the endpoint of Score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostFault {
    /// The host is the web console of the provider.
    Console(&'static Provider),
    /// The host belongs to a service that Score cannot use.
    Unusable(&'static Provider, &'static UnusableHost),
    /// The provider does not accept the bucket in the path, where Score puts it.
    NoPathStyle(&'static Provider),
    /// The host is an endpoint of the provider with a bucket in front.
    Bucket { bucket: String, host: String },
    /// The path belongs to the native API of the provider.
    NativePath(&'static Provider),
}

/// Returns the reason why an endpoint with this host and path cannot work with Score, as far as the text shows it.
/// `path` begins with a slash, or is empty.
#[must_use]
pub fn host_fault(host: &str, path: &str) -> Option<HostFault> {
    let host = host.to_ascii_lowercase();
    if let Some(provider) = console_of(&host) {
        return Some(HostFault::Console(provider));
    }
    let by_host = of_host(&host).and_then(|provider| {
        let unusable = provider.unusable_hosts.iter().find(|kind| kind.includes(&host));
        if let Some(kind) = unusable {
            return Some(HostFault::Unusable(provider, kind));
        }
        if provider.has(Quirk::NoPathStyle) {
            return Some(HostFault::NoPathStyle(provider));
        }
        let (bucket, host) = provider.split_bucket(&host)?;
        Some(HostFault::Bucket { bucket: bucket.to_owned(), host: host.to_owned() })
    });
    let native =
        || providers().iter().find(|provider| provider.native_paths.iter().any(|start| path.starts_with(start)));
    by_host.or_else(|| native().map(HostFault::NativePath))
}

/// Returns the provider whose web console has this host.
#[must_use]
pub fn console_of(host: &str) -> Option<&'static Provider> {
    let is_console = |console: &String| host.strip_suffix(console.as_str()).is_some_and(ends_a_label);
    providers().iter().find(|provider| provider.console_hosts.iter().any(is_console))
}

impl UnusableHost {
    fn includes(&self, host: &str) -> bool {
        host.split('.').any(|label| label.starts_with(self.label.as_str()))
    }
}

impl Provider {
    /// Splits a host into a bucket and an endpoint of this provider. `None` if no bucket is in front.
    #[must_use]
    pub fn split_bucket<'a>(&self, host: &'a str) -> Option<(&'a str, &'a str)> {
        if self.unusable_hosts.iter().any(|kind| kind.includes(host)) || self.serves(host) {
            return None;
        }
        let mut splits = host.match_indices('.').map(|(dot, _)| (&host[..dot], &host[dot + 1..]));
        splits.find(|(_, rest)| self.serves(rest))
    }

    /// Returns true if the host is an endpoint of this provider.
    fn serves(&self, host: &str) -> bool {
        let whole = |endpoint: &String| host_of(endpoint) == host;
        self.is_global(host)
            || self.endpoint_hosts.iter().chain(&self.endpoint_of_region).any(|pattern| fits(host, host_of(pattern)))
            || self.regions.iter().any(|region| region.endpoint.as_ref().is_some_and(whole))
    }
}

/// Returns the host of a URL that a file of a provider contains.
fn host_of(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, host)| host)
}

/// Returns true if the host has the form of the pattern, with one label or a part of one for `{region}`.
fn fits(host: &str, pattern: &str) -> bool {
    match pattern.split_once("{region}") {
        None => host == pattern,
        Some((front, end)) => host
            .strip_prefix(front)
            .and_then(|rest| rest.strip_suffix(end))
            .is_some_and(|region| !region.is_empty() && !region.contains('.')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::provider::provider;

    fn told(host: &str, path: &str) -> String {
        match host_fault(host, path) {
            None => String::new(),
            Some(HostFault::Console(provider)) => format!("console of {}", provider.id),
            Some(HostFault::Unusable(_, kind)) => kind.service.clone(),
            Some(HostFault::NoPathStyle(provider)) => format!("no path style at {}", provider.id),
            Some(HostFault::Bucket { bucket, host }) => format!("{bucket} before {host}"),
            Some(HostFault::NativePath(provider)) => format!("native path of {}", provider.id),
        }
    }

    #[test]
    fn an_endpoint_that_cannot_work_is_told_by_its_text() {
        for (host, path, wanted) in [
            ("s3.eu-central-1.amazonaws.com", "", ""),
            ("s3-eu-west-1.amazonaws.com", "", ""),
            ("s3.dualstack.eu-west-1.amazonaws.com", "", ""),
            ("s3-fips.us-east-2.amazonaws.com", "", ""),
            ("s3.amazonaws.com", "", ""),
            ("s3.cn-north-1.amazonaws.com.cn", "", ""),
            ("bucket.s3.eu-central-1.amazonaws.com", "", "bucket before s3.eu-central-1.amazonaws.com"),
            ("My.Files.S3-eu-west-1.amazonaws.com", "", "my.files before s3-eu-west-1.amazonaws.com"),
            ("bucket.s3.amazonaws.com", "", "bucket before s3.amazonaws.com"),
            ("b.s3.cn-north-1.amazonaws.com.cn", "", "b before s3.cn-north-1.amazonaws.com.cn"),
            (
                "bucket.vpce-1a2b-3c4d.s3.us-east-1.vpce.amazonaws.com",
                "",
                "an interface endpoint of a VPC (PrivateLink)",
            ),
            ("bucket.s3-accelerate.amazonaws.com", "", "S3 Transfer Acceleration"),
            ("bucket.s3-accelerate.dualstack.amazonaws.com", "", "S3 Transfer Acceleration"),
            ("ap-123456789012.s3-accesspoint.us-east-1.amazonaws.com", "", "an access point"),
            ("bucket--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com", "", "S3 Express One Zone"),
            ("bucket.s3-website.eu-central-1.amazonaws.com", "", "a static web site"),
            ("bucket.s3-website-us-east-1.amazonaws.com", "", "a static web site"),
            ("eu-central-1.console.aws.amazon.com", "/s3/buckets", "console of aws"),
            ("fra1.digitaloceanspaces.com", "", ""),
            ("score.fra1.digitaloceanspaces.com", "", "score before fra1.digitaloceanspaces.com"),
            ("score.fra1.cdn.digitaloceanspaces.com", "", "the content delivery network of Spaces"),
            ("cloud.digitalocean.com", "/spaces", "console of digitalocean"),
            ("s3.fr-par.scw.cloud", "", ""),
            ("score.s3.fr-par.scw.cloud", "", "score before s3.fr-par.scw.cloud"),
            ("console.scaleway.com", "", "console of scaleway"),
            ("console.wasabisys.com", "", "console of wasabi"),
            ("s3.us-west-004.backblazeb2.com", "", ""),
            ("score.s3.us-west-004.backblazeb2.com", "", "score before s3.us-west-004.backblazeb2.com"),
            ("score.storage.googleapis.com", "", "score before storage.googleapis.com"),
            ("oss-eu-central-1.aliyuncs.com", "", "no path style at aliyun"),
            ("cos.eu-frankfurt.myqcloud.com", "", "no path style at tencent"),
            ("swift.example.org", "/v1/AUTH_score", "native path of swift"),
            ("swift.example.org", "/v1.0/AUTH_score", ""),
            ("minio.example.org", "", ""),
            ("score.s3.example.org", "", ""),
            ("notamazonaws.com", "", ""),
        ] {
            assert_eq!(told(host, path), wanted, "{host}{path}");
        }
    }

    #[test]
    fn no_example_of_a_usable_provider_is_a_fault() {
        for provider in providers().iter().filter(|provider| provider.unusable().is_none()) {
            let regions = provider.regions.iter().filter_map(|region| provider.endpoint(&region.id));
            for endpoint in regions.chain([provider.endpoint_example.clone()]) {
                let host = host_of(&endpoint).split(':').next().unwrap();
                assert_eq!(host_fault(host, ""), None, "{endpoint}");
            }
        }
        assert!(provider("aws").unwrap().split_bucket("s3.eu-central-1.amazonaws.com").is_none());
    }
}
