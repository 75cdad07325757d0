//! Judges the endpoint of an S3 store, and the URL that replaces it for clients: whether Java accepts it, whether Score can
//! work with the host, and whether clients can reach it.

use super::{ValueFault, bracketed, value_fault};
use crate::{
    install::lint::input::LintInput,
    score::{
        Id,
        Severity::{Note, Ping, Start, Transfer},
        key,
        provider::{self, HostFault, host_fault, providers},
    },
    text::{
        endpoint::{BadEndpoint, Endpoint},
        mask::shown,
        values::number,
    },
};

/// Reports an override without the form of the endpoint. S3URLGenerator.java:59-63 replaces the text of the endpoint
/// with it.
pub(super) fn override_host(input: &LintInput<'_>, text: &str) -> Option<ValueFault> {
    if text.is_empty() {
        return None;
    }
    let endpoint = input.text(key::S3_ENDPOINT).unwrap_or_default();
    let scheme = |text: &str| text.starts_with("http://") || text.starts_with("https://");
    if scheme(&endpoint) && !scheme(text) {
        return Some(value_fault(
            Id::P16,
            Ping,
            "does not begin with http:// or https://, and neither do the URLs that clients get",
        ));
    }
    text.ends_with('/')
        .then(|| value_fault(Id::P28, Ping, "ends with a slash, which the URLs for clients then contain twice"))
}

pub(super) fn endpoint(input: &LintInput<'_>, text: &str) -> Vec<ValueFault> {
    let odd =
        text.chars().find(|letter| letter.is_whitespace() || letter.is_control() || "\"<>{}|\\^`“”".contains(*letter));
    if let Some(odd) = odd {
        if bracketed(text) {
            return vec![value_fault(Id::P09, Start, "still contains the placeholder of an example")];
        }
        return vec![value_fault(Id::T14, Start, format!("contains {odd:?}, which Java does not accept in a URL"))];
    }
    // `java.net.URI` reads the text in front of the first colon as the scheme (seen on Score 5.9.0 with a quote in
    // front).
    let scheme = text.split_once(':').filter(|_| text.contains("://")).map(|(scheme, _)| scheme);
    if scheme.is_some_and(|scheme| !scheme.contains(['/', '?', '#']) && !legal_scheme(scheme)) {
        return vec![value_fault(Id::P16, Start, "begins with a scheme that Java does not accept")];
    }
    let mut all = Vec::new();
    let whole = if text.contains("://") {
        text.to_owned()
    } else {
        let secured = input.normalized(key::S3_SECURED).is_some_and(|text| number::switch(&text) == Some(true));
        let scheme = if secured { "https" } else { "http" };
        all.push(value_fault(Id::P16, Note, format!("has no scheme: s3.secured makes it {scheme}://")));
        format!("{scheme}://{text}")
    };
    match Endpoint::parse(&whole) {
        Ok(endpoint) => all.extend(reachable(input, &endpoint, &whole)),
        Err(BadEndpoint::Scheme) => all.push(value_fault(Id::P16, Ping, "begins with neither http:// nor https://")),
        // `java.net.URI` accepts any number as a port, and also an empty port (seen on Score 5.11.0).
        Err(BadEndpoint::Port)
            if whole
                .trim_end_matches('/')
                .rsplit(':')
                .next()
                .is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit())) =>
        {
            all.push(value_fault(Id::P21, Ping, "has no port between 1 and 65535 after its colon"));
        }
        Err(BadEndpoint::Host | BadEndpoint::NoHost | BadEndpoint::Port) => {
            all.push(value_fault(
                Id::P21,
                Start,
                "has a host name or port that Java does not accept: it needs letters, digits and dashes between dots, \
                 and no underscore",
            ));
        }
        Err(BadEndpoint::User) => all.push(value_fault(Id::P27, Note, "contains a user, which Score does not use")),
        // Seen on Score 5.11.0: the text after the endpoint becomes part of the query.
        Err(BadEndpoint::Query) => {
            all.push(value_fault(Id::P27, Ping, "contains a query, and what Score appends becomes part of it"));
        }
        Err(BadEndpoint::Path) => {
            all.push(value_fault(Id::P27, Note, "contains a path with unusual characters"));
        }
    }
    all
}

fn legal_scheme(scheme: &str) -> bool {
    let legal = |letter: char| letter.is_ascii_alphanumeric() || "+-.".contains(letter);
    scheme.starts_with(|letter: char| letter.is_ascii_alphabetic()) && scheme.chars().all(legal)
}

/// Returns the fault of a host or a path that cannot be the endpoint of Score.
fn of_host(fault: &HostFault) -> ValueFault {
    match fault {
        HostFault::Console(of) => {
            value_fault(Id::P19, Ping, format!("is the web console of {}, not its S3 service", of.short()))
        }
        HostFault::Unusable(_, kind) => {
            value_fault(Id::P110, Ping, format!("belongs to {}, which Score cannot use", kind.service))
        }
        HostFault::NoPathStyle(of) => value_fault(
            Id::P111,
            Ping,
            format!("belongs to {}, which does not accept the bucket in the path", of.short()),
        ),
        HostFault::Bucket { bucket, .. } => value_fault(
            Id::P26,
            Ping,
            format!("begins with the bucket {}, and Score puts the bucket into the path", shown(bucket.as_bytes())),
        ),
        HostFault::NativePath(of) => {
            value_fault(Id::P27, Ping, format!("has a path of the native API of {}, not of its S3 service", of.short()))
        }
    }
}

fn reachable(input: &LintInput<'_>, endpoint: &Endpoint, text: &str) -> Vec<ValueFault> {
    let mut all = Vec::new();
    let host = endpoint.name();
    let fault = host_fault(host, &endpoint.base);
    all.extend(fault.as_ref().map(of_host));
    if matches!(fault, Some(HostFault::Console(_) | HostFault::Unusable(..) | HostFault::NoPathStyle(_))) {
        return all;
    }
    if text.ends_with('/') {
        all.push(value_fault(
            Id::P28,
            Ping,
            "ends with a slash: the URLs for clients contain it twice, and their signature does not match",
        ));
    }
    if !endpoint.base.is_empty() && !matches!(fault, Some(HostFault::NativePath(_))) {
        all.push(value_fault(
            Id::P27,
            Note,
            format!("contains the path {}, which Score puts before every bucket", endpoint.base),
        ));
    }
    let owner = provider::of_host(host);
    if let Some(why) = owner.filter(|owner| owner.unusable().is_some()) {
        all.push(value_fault(Id::P110, Transfer, format!("belongs to {}, which cannot work with Score", why.name)));
    }
    let bucket = input.normalized(key::BUCKET_NAME_OBJECT).filter(|name| !name.is_empty());
    if fault.is_none()
        && bucket.is_some_and(|bucket| host.strip_prefix(&bucket).is_some_and(|rest| rest.starts_with('.')))
    {
        let severity = if owner.is_some() { Ping } else { Note };
        all.push(value_fault(Id::P26, severity, "begins with the bucket, and Score puts the bucket into the path"));
    }
    let overridden = input.text(key::S3_PRE_SIGNED_URL_OVERRIDE_HOST).is_some_and(|host| !host.is_empty());
    if let Some(kind) = endpoint.own_address().filter(|_| !overridden) {
        all.push(value_fault(
            Id::P31,
            Note,
            format!("is {kind} address: clients get it too, and each would contact its own machine"),
        ));
    } else if endpoint.in_cluster() && !overridden {
        let what = "is the name of a Kubernetes service, which clients outside the cluster do not know";
        all.push(value_fault(Id::P31, Note, what));
    } else if !host.contains(['.', ':']) && !overridden {
        all.push(value_fault(Id::P31, Note, "has a short host name, which every client must be able to resolve too"));
    }
    let region = crate::text::endpoint::signing_region(&endpoint.host);
    if owner.is_some_and(|owner| owner.is_global(host)) {
        all.push(value_fault(Id::T35, Note, format!("makes Score sign for {region}, wherever the buckets are")));
    }
    if region != "us-east-1" && !owner.is_some_and(|owner| owner.has_region(&region)) {
        all.push(value_fault(
            Id::T34,
            Note,
            format!("makes Score sign for region {region}, which it takes from the host name"),
        ));
    }
    if providers().iter().flat_map(|provider| &provider.console_ports).any(|ports| ports.console == endpoint.port) {
        all.push(value_fault(Id::P19, Note, format!("has port {}, which is usually the web console", endpoint.port)));
    }
    all
}
