//! Parses the URL of the store in `s3.endpoint`, and finds the region that Score infers from its host. Knows nothing of
//! requests.

use std::fmt;

/// The parts of `s3.endpoint`. Host header, TLS name and signature use them, even if the connection goes to another
/// host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub secure: bool,
    /// The host as written; an IPv6 address in brackets.
    pub host: String,
    pub port: u16,
    /// The path before `/bucket`: empty, or with a slash at its start and none at its end.
    pub base: String,
    /// The exact text, for URLs that clients get. A final slash is doubled there (observed on Score 5.11.0).
    pub text: String,
}

/// The reason why a text is not an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadEndpoint {
    Scheme,
    User,
    NoHost,
    /// A host that Java rejects. Score stops at it when it starts: `hostname cannot be null` (observed on AWS SDK for
    /// Java 1.11.219, `setEndpoint`).
    Host,
    Port,
    Path,
    Query,
}

impl BadEndpoint {
    /// Returns the reason as a sentence about `what`, such as `the endpoint`.
    #[must_use]
    pub fn about(self, what: &str) -> String {
        let sentence = match self {
            Self::Scheme => format!("{what} must begin with http:// or https://."),
            Self::User => format!("{what} must not hold a user name or password."),
            Self::NoHost => format!("{what} has no host."),
            Self::Host => {
                "Java takes no such host name: letters, digits and dashes between dots, no underscore, and the \
                           last part begins with a letter."
                    .to_owned()
            }
            Self::Port => format!("the port of {what} must be between 1 and 65535."),
            Self::Path => format!("the path of {what} holds characters that are not legal there."),
            Self::Query => format!("{what} must not hold a query or a fragment."),
        };
        let (first, rest) = sentence.split_at(1);
        first.to_ascii_uppercase() + rest
    }
}

impl fmt::Display for BadEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.about("the endpoint"))
    }
}

impl std::error::Error for BadEndpoint {}

impl Endpoint {
    /// Parses the URL of a store, which must have a scheme.
    ///
    /// # Errors
    /// Returns an error with the reason why the text is not such a URL.
    pub fn parse(text: &str) -> Result<Self, BadEndpoint> {
        let (scheme, rest) = text.split_once("://").ok_or(BadEndpoint::Scheme)?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(BadEndpoint::Scheme),
        };
        if rest.contains(['?', '#']) {
            return Err(BadEndpoint::Query);
        }
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        if authority.contains('@') {
            return Err(BadEndpoint::User);
        }
        let (host, port) = host_and_port(authority)?;
        if !java_takes(host) {
            return Err(BadEndpoint::Host);
        }
        if !path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte)) {
            return Err(BadEndpoint::Path);
        }
        Ok(Self {
            secure,
            host: host.to_owned(),
            port: port.unwrap_or(if secure { 443 } else { 80 }),
            base: path.trim_end_matches('/').to_owned(),
            text: text.to_owned(),
        })
    }

    /// Returns the Host header, without the port that the scheme implies (AWS SDK for Java 1.11
    /// `AWS4Signer.addHostHeader`).
    #[must_use]
    pub fn authority(&self) -> String {
        match (self.secure, self.port) {
            (true, 443) | (false, 80) => self.host.clone(),
            (_, port) => format!("{}:{port}", self.host),
        }
    }

    /// Returns the text without its port, if the port is written and the scheme implies it. With signature version 4, Score
    /// signs the host without this port, and clients send it (observed on Score and score-client 5.11.0).
    #[must_use]
    pub fn without_usual_port(&self) -> Option<String> {
        let usual = if self.secure { ":443" } else { ":80" };
        let (scheme, rest) = self.text.split_once("://")?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let host = authority.strip_suffix(usual)?;
        Some(format!("{scheme}://{host}{path}"))
    }

    /// Returns the URL without the path.
    #[must_use]
    pub fn root(&self) -> String {
        format!("{}://{}", if self.secure { "https" } else { "http" }, self.authority())
    }

    /// Returns the host as resolvers and certificates name it: an IPv6 address without brackets.
    #[must_use]
    pub fn name(&self) -> &str {
        bare(&self.host)
    }

    /// Returns true if the host is an IP address and not a name.
    #[must_use]
    pub fn by_address(&self) -> bool {
        self.name().parse::<std::net::IpAddr>().is_ok()
    }

    /// Returns the first label of a host name with at least three labels, such as one with a bucket at its start.
    #[must_use]
    pub fn first_of_three(&self) -> Option<&str> {
        let (first, rest) = self.host.split_once('.')?;
        (rest.contains('.') && !self.by_address()).then_some(first)
    }

    /// Returns true if the host is the name of a Kubernetes service, which only its cluster knows.
    #[must_use]
    pub fn in_cluster(&self) -> bool {
        [".svc", ".cluster.local"].iter().any(|end| self.host.to_ascii_lowercase().ends_with(end))
    }

    /// Returns true if the host leads every machine to itself: a loopback or unspecified address, or `localhost`.
    #[must_use]
    pub fn is_this_machine(&self) -> bool {
        self.own_address().is_some()
    }

    /// Returns the kind of such an address, with its article.
    #[must_use]
    pub fn own_address(&self) -> Option<&'static str> {
        let loopback = match self.name().parse::<std::net::IpAddr>() {
            Ok(ip) if ip.is_unspecified() => return Some("an unspecified"),
            Ok(ip) => ip.is_loopback(),
            Err(_) => self.host == "localhost" || self.host.ends_with(".localhost"),
        };
        loopback.then_some("a loopback")
    }

    /// Returns the text at the start of URLs: `java.net.URL` writes the scheme in lower case.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        self.text.split_once("://").map_or_else(String::new, |(_, rest)| format!("{scheme}://{rest}"))
    }
}

/// Splits `HOST:PORT`, or `HOST` alone; an IPv6 address must be in brackets.
pub(crate) fn host_and_port(authority: &str) -> Result<(&str, Option<u16>), BadEndpoint> {
    let end = if authority.starts_with('[') {
        authority.find(']').ok_or(BadEndpoint::Host)? + 1
    } else if authority.matches(':').count() > 1 {
        return Err(BadEndpoint::Host); // an IPv6 address without its brackets
    } else {
        authority.find(':').unwrap_or(authority.len())
    };
    let (host, port) = authority.split_at(end);
    let port = match port {
        "" => None,
        port => {
            let digits = port.strip_prefix(':').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
            Some(digits.and_then(|digits| digits.parse().ok()).filter(|port| *port != 0).ok_or(BadEndpoint::Port)?)
        }
    };
    if host.is_empty() { Err(BadEndpoint::NoHost) } else { Ok((host, port)) }
}

/// Returns true if `java.net.URI` finds this host. It parses server names by RFC 2396, 3.2.2, and returns no host for
/// others.
fn java_takes(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[') {
        return inner.strip_suffix(']').is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok());
    }
    if host.parse::<std::net::Ipv4Addr>().is_ok() {
        return true;
    }
    let labels: Vec<&str> = host.strip_suffix('.').unwrap_or(host).split('.').collect();
    let last_begins_with_letter = labels.last().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_alphabetic()));
    let legal = |label: &&str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    labels.iter().all(legal) && (labels.len() == 1 || last_begins_with_letter)
}

pub(crate) fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host)
}

const US_EAST_1: &str = "us-east-1";

/// Returns the region that Score signs for, as AWS SDK for Java 1.11 `AwsHostNameUtils.parseRegion(host, "s3")` finds
/// it, or us-east-1 if it finds none. Case-sensitive, as in Java.
#[must_use]
pub fn signing_region(host: &str) -> String {
    let region = match host.strip_suffix(".amazonaws.com") {
        Some(front) => Some(region_of_aws(front)),
        None => region_after_s3(host, |rest| rest.starts_with('.')),
    };
    region.unwrap_or(US_EAST_1).to_owned()
}

/// Returns the region of a host of AWS. `front` is the part before `.amazonaws.com`.
fn region_of_aws(front: &str) -> &str {
    // The SDK's table of exceptions, awssdk_config_default.json.
    for (label, region) in [("s3", US_EAST_1), ("s3-external-1", US_EAST_1), ("s3-fips-us-gov-west-1", "us-gov-west-1")]
    {
        if front.strip_suffix(label).is_some_and(|before| before.is_empty() || before.ends_with('.')) {
            return region;
        }
    }
    region_after_s3(front, str::is_empty).unwrap_or_else(|| match front.rsplit_once('.') {
        None => US_EAST_1,
        Some((_, "us-gov")) => "us-gov-west-1",
        Some((_, last)) => last,
    })
}

/// Returns the region that `^(?:.+\.)?s3[.-]([a-z0-9-]+)` matches, if `end` accepts the rest. The first group is
/// greedy, so the last label takes effect.
fn region_after_s3(host: &str, end: fn(&str) -> bool) -> Option<&str> {
    let starts = host.rmatch_indices('.').map(|(dot, _)| dot + 1).filter(|start| *start > 1).chain([0]);
    starts.into_iter().find_map(|start| {
        let rest = host[start..].strip_prefix("s3")?.strip_prefix(['.', '-'])?;
        let length = rest.bytes().take_while(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')).count();
        let (region, rest) = rest.split_at(length);
        (!region.is_empty() && end(rest)).then_some(region)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_leads_each_machine_to_itself_is_recognised_by_its_kind() {
        for (host, kind) in [
            ("localhost", Some("a loopback")),
            ("s3.localhost", Some("a loopback")),
            ("127.0.0.2", Some("a loopback")),
            ("[::1]", Some("a loopback")),
            ("0.0.0.0", Some("an unspecified")),
            ("[::]", Some("an unspecified")),
            ("localhost.example", None),
            ("store", None),
            ("10.0.0.1", None),
        ] {
            let endpoint = Endpoint::parse(&format!("http://{host}:9000")).unwrap();
            assert_eq!(endpoint.own_address(), kind, "{host}");
        }
    }

    #[test]
    fn an_endpoint_is_taken_apart() {
        for (text, secure, host, port, base, authority) in [
            ("http://127.0.0.1:9000", false, "127.0.0.1", 9000, "", "127.0.0.1:9000"),
            (
                "https://s3.eu-central-1.amazonaws.com",
                true,
                "s3.eu-central-1.amazonaws.com",
                443,
                "",
                "s3.eu-central-1.amazonaws.com",
            ),
            ("HTTPS://Store.example.org:443/", true, "Store.example.org", 443, "", "Store.example.org"),
            ("http://h:443/pre/fix/", false, "h", 443, "/pre/fix", "h:443"),
            ("http://[::1]:9000", false, "[::1]", 9000, "", "[::1]:9000"),
            ("https://[2001:db8::7]", true, "[2001:db8::7]", 443, "", "[2001:db8::7]"),
        ] {
            let endpoint = Endpoint::parse(text).unwrap();
            let Endpoint { secure: s, host: h, port: p, base: b, .. } = &endpoint;
            assert_eq!((*s, h.as_str(), *p, b.as_str()), (secure, host, port, base), "{text}");
            assert_eq!(endpoint.authority(), authority);
        }
        assert_eq!(Endpoint::parse("http://[::1]").unwrap().name(), "::1");
    }

    #[test]
    fn a_written_port_is_left_out_only_if_the_scheme_implies_it() {
        for (text, without) in [
            ("https://h:443", Some("https://h")),
            ("http://h:80/pre/", Some("http://h/pre/")),
            ("HTTPS://[::1]:443", Some("HTTPS://[::1]")),
            ("https://h:80", None),
            ("http://h:443", None),
            ("http://h:8080", None),
            ("https://h", None),
            ("http://[::80]", None),
        ] {
            assert_eq!(Endpoint::parse(text).unwrap().without_usual_port().as_deref(), without, "{text}");
        }
    }

    #[test]
    fn what_is_no_endpoint_is_refused_with_the_reason() {
        for (text, why) in [
            ("", BadEndpoint::Scheme),
            ("minio:9000", BadEndpoint::Scheme),
            ("s3://bucket", BadEndpoint::Scheme),
            ("http://", BadEndpoint::NoHost),
            ("http:///bucket", BadEndpoint::NoHost),
            ("http://a b", BadEndpoint::Host),
            ("http://größe.example", BadEndpoint::Host),
            ("http://[::1", BadEndpoint::Host),
            ("http://[]:80", BadEndpoint::Host),
            ("http://::1", BadEndpoint::Host),
            ("http://h:0", BadEndpoint::Port),
            ("http://h:65536", BadEndpoint::Port),
            ("http://h:+80", BadEndpoint::Port),
            ("http://h:", BadEndpoint::Port),
            ("http://key:secret@h", BadEndpoint::User),
            ("http://h/?a", BadEndpoint::Query),
            ("http://h#a", BadEndpoint::Query),
            ("http://h/a b", BadEndpoint::Path),
        ] {
            assert_eq!(Endpoint::parse(text), Err(why), "{text}");
        }
    }

    /// Expects the results of `java.net.URI.getHost` of JDK 17.
    #[test]
    fn host_names_are_those_that_java_takes() {
        for host in ["minio", "7z", "123abc", "1.2.3.4", "a.b9", "a.b.", "a-b.c-d.org", "[::1]", "A.B"] {
            assert!(java_takes(host), "{host}");
        }
        for host in [
            "minio_1",
            "my_store.example.org",
            "a-.b",
            "-a.b",
            "minio.1",
            "host.7z",
            "1.2.3",
            "1.2.3.400",
            "1.2.3.4.5",
            "a..b",
            "a.9b",
            "a.-b",
            "a.b-",
            "a~b",
            ".",
            "..",
            "[::g]",
            "[]",
        ] {
            assert!(!java_takes(host), "{host}");
        }
    }

    /// Expects the results of the SDK itself, 1.11.219.
    #[test]
    fn the_region_is_the_one_score_infers() {
        for (host, region) in [
            ("s3.eu-central-1.amazonaws.com", "eu-central-1"),
            ("s3-eu-west-1.amazonaws.com", "eu-west-1"),
            ("s3.dualstack.ca-central-1.amazonaws.com", "ca-central-1"),
            ("s3-fips.us-east-2.amazonaws.com", "us-east-2"),
            ("s3.amazonaws.com", "us-east-1"),
            ("s3-external-1.amazonaws.com", "us-east-1"),
            ("s3-fips-us-gov-west-1.amazonaws.com", "us-gov-west-1"),
            ("s3.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            ("S3.CA-CENTRAL-1.amazonaws.com", "CA-CENTRAL-1"),
            ("localhost", "us-east-1"),
            ("127.0.0.1", "us-east-1"),
            ("[2001:db8::7]", "us-east-1"),
            ("minio.example.org", "us-east-1"),
            ("object.x.org", "us-east-1"),
            ("nyc3.digitaloceanspaces.com", "us-east-1"),
            ("storage.googleapis.com", "us-east-1"),
            ("s3.eu-central-1.wasabisys.com", "eu-central-1"),
            ("s3.example.org", "example"),
            ("s3-ceph.example.org", "ceph"),
            ("s3.storage.example.org", "storage"),
            ("s3.gra.io.cloud.ovh.net", "gra"),
            ("S3.GRA.io.cloud.ovh.net", "us-east-1"),
            ("object.s3.lab.org", "lab"),
            ("s3.a.s3.b.org", "b"),
            ("s3.lab", "us-east-1"),
            ("s3", "us-east-1"),
            ("", "us-east-1"),
            ("amazonaws.com", "us-east-1"),
            ("x.us-gov.amazonaws.com", "us-gov-west-1"),
            ("b.s3.amazonaws.com", "us-east-1"),
            ("s3..org", "us-east-1"),
            (".s3.a.b", "us-east-1"),
            ("x.s3-a.s3-b.amazonaws.com", "b"),
            ("s3-.amazonaws.com", "us-east-1"),
            ("xs3.a.b", "us-east-1"),
            ("s3.a_b.org", "us-east-1"),
            ("s3.website.amazonaws.com", "website"),
            ("s3-website-eu-west-1.amazonaws.com", "website-eu-west-1"),
            ("s3.a.b.amazonaws.com", "b"),
            ("S3.amazonaws.com", "us-east-1"),
        ] {
            assert_eq!(signing_region(host), region, "{host}");
        }
    }
}
