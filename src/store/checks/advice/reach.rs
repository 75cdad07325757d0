//! Findings before anything is signed: address, port, what answers there, the clock.

use std::time::Duration;

use super::tls;
use crate::{
    score::{Id, Provider, Severity, key, provider::HostFault, times},
    store::{
        checks::{Finding, Repair},
        probe::{Failure, Phase, Proxy, Waits},
    },
    text::{BadEndpoint, Endpoint, shown},
};

use Severity::{Note, Ping, Transfer};

/// A server that requests go to: its name in messages, and where an operator changes its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store::checks) struct CheckedServer {
    /// The name inside a sentence.
    pub(super) name: &'static str,
    /// The name at the beginning of a sentence.
    pub(super) first: &'static str,
    /// The place of its address.
    pub(super) address: &'static str,
    host: &'static str,
    port: &'static str,
    /// The advice to use another scheme, which replaces `{scheme}`.
    scheme: &'static str,
    /// The advice about the form of its address.
    form: &'static str,
    /// True if it answered an earlier request of this run.
    answered: bool,
}

/// A store of S3, by its endpoint.
pub(in crate::store::checks) const STORE: CheckedServer = CheckedServer {
    name: "the store",
    first: "The store",
    address: "s3.endpoint",
    host: "the host in s3.endpoint",
    port: "the port in s3.endpoint",
    scheme: "Begin s3.endpoint with {scheme}://.",
    form: "Write s3.endpoint as http:// or https://, the host, and the port if it is not the default.",
    answered: false,
};

/// A storage account of Azure, whose endpoint follows from its name.
pub(super) const ACCOUNT: CheckedServer = CheckedServer {
    address: "azure.accountName",
    host: "azure.accountName",
    port: "azure.endpointProtocol, which gives the port",
    scheme: "Set azure.endpointProtocol={scheme}.",
    form: "Write only the name of the account in azure.accountName, and http or https in azure.endpointProtocol.",
    ..STORE
};

/// A storage account of Azure in a cloud that is named after its key.
pub(super) const ACCOUNT_AND_SUFFIX: CheckedServer = CheckedServer {
    address: "azure.accountName and EndpointSuffix in azure.accountKey",
    host: "azure.accountName and EndpointSuffix in azure.accountKey",
    form: "Write only the name of a domain in EndpointSuffix in azure.accountKey, and http or https in azure.endpointProtocol.",
    ..ACCOUNT
};

/// A storage account of Azure, whose endpoint is written after its key.
pub(super) const ACCOUNT_ENDPOINT: CheckedServer = CheckedServer {
    address: "BlobEndpoint in azure.accountKey",
    host: "the host of BlobEndpoint in azure.accountKey",
    port: "the port of BlobEndpoint in azure.accountKey",
    scheme: "Begin BlobEndpoint in azure.accountKey with {scheme}://.",
    form: "Write BlobEndpoint in azure.accountKey as http:// or https://, the host, the port and the account.",
    ..STORE
};

/// A running Score.
pub(super) const SCORE: CheckedServer = CheckedServer {
    name: "Score",
    first: "Score",
    address: "the URL of Score",
    host: "the host in the URL of Score",
    port: "the port in the URL of Score",
    scheme: "Begin the URL of Score with {scheme}://.",
    form: "Use the URL that clients use, such as https://score.example.org.",
    answered: false,
};

/// The store that a running Score sends its clients to.
pub(super) const STORE_OF_SCORE: CheckedServer = CheckedServer {
    address: "s3.endpoint on Score's machine",
    host: "the host in s3.endpoint on Score's machine",
    port: "the port in s3.endpoint on Score's machine",
    scheme: "Begin s3.endpoint on Score's machine with {scheme}://.",
    ..STORE
};

impl CheckedServer {
    /// Returns the same server after it answered a request, or before.
    pub(in crate::store::checks) const fn after_a_reply(self, answered: bool) -> Self {
        Self { answered, ..self }
    }

    /// Returns the advice to use this scheme.
    fn with_scheme(self, scheme: &str) -> String {
        self.scheme.replace("{scheme}", scheme)
    }
}

fn endpoint_is(value: String) -> Repair {
    Repair::Answer { key: key::S3_ENDPOINT, value }
}

/// Returns the endpoint with another scheme. A port that the old scheme implied is not changed.
fn with_scheme(endpoint: &Endpoint, scheme: &str) -> String {
    let rest = endpoint.text.split_once("://").map_or("", |(_, rest)| rest);
    format!("{scheme}://{}", rest.trim_end_matches('/'))
}

pub(in crate::store::checks) fn bad_endpoint(why: BadEndpoint, server: CheckedServer) -> Finding {
    let id = match why {
        BadEndpoint::Scheme => Id::P16,
        BadEndpoint::Host => Id::P21,
        _ => Id::P89,
    };
    Finding::new(id, Ping, format!("The endpoint cannot be used as written: {why}"))
        .hint(server.form)
        .on(&[key::S3_ENDPOINT])
}

pub(in crate::store::checks) fn bad_route(why: &str) -> Finding {
    Finding::new(
        Id::P89,
        Ping,
        format!("The route to the endpoint cannot be used as written: {}", shown(why.as_bytes(), 200)),
    )
    .hint("Correct --connect-to or --ca-file. Both affect only this test.")
}

/// Explains why no reply came to a request.
pub(in crate::store::checks) fn unanswered(failure: &Failure, endpoint: &Endpoint, server: CheckedServer) -> Finding {
    let CheckedServer { name, first, address, host: host_setting, port, .. } = server;
    let (host, place) = (shown(endpoint.name().as_bytes(), 120), shown(endpoint.authority().as_bytes(), 120));
    let finding = match failure {
        failure if failure.mixed_up() && endpoint.secure => {
            return plain_port(endpoint, server).saw(failure.to_string());
        }
        failure if failure.mixed_up() => return tls_port(endpoint, server).saw(failure.to_string()),
        Failure::Dns(error) if !for_good(error) => nobody_knows(&host),
        Failure::Dns(_) => unknown_name(&host, server),
        Failure::Timeout { phase: Phase::Resolve, .. } => nobody_knows(&host),
        Failure::Refused => {
            let finding =
                Finding::new(Id::P22, Ping, format!("No server listens at {place}: the connection was refused."))
                    .hint(format!("Check {port}, and that {name} is running."));
            if endpoint.is_this_machine() {
                finding.hint(format!(
                    "In a container, localhost is the container itself. Use the name of {name} in the container network."
                ))
            } else {
                finding
                    .hint(format!("A container must publish the port, and {name} must not listen only on localhost."))
            }
        }
        Failure::Unreachable(_) => Finding::new(Id::P22, Ping, format!("This machine cannot reach {place}."))
            .hint(format!("Check {host_setting}, and the network between this machine and {name}.")),
        Failure::Timeout { phase: Phase::Connect, .. } => {
            Finding::new(Id::P22, Ping, format!("{place} does not answer. No connection can be made."))
                .hint(format!("Check {address}, and whether a firewall drops the packets."))
        }
        Failure::Timeout { phase: Phase::Handshake, .. } => {
            Finding::new(Id::P22, Ping, format!("{place} accepts connections, but does not answer the TLS handshake."))
                .hint(format!("Check that this is an https port. If it is, {name} or a proxy in front of it hangs."))
        }
        // a server that answered other requests speaks HTTP, and hangs only at this one
        Failure::Timeout { .. } if server.answered => {
            Finding::new(Id::P83, Ping, format!("{place} answered other requests, but does not answer this one."))
                .hint(format!("{first}, or a proxy in front of it, hangs at this request. Look at its log."))
        }
        Failure::Timeout { phase: Phase::Body, .. } => {
            Finding::new(Id::P22, Ping, format!("{place} begins to answer, but the answer does not end."))
                .hint(format!("{first}, or a proxy in front of it, hangs or is too slow. Look at its log."))
        }
        Failure::Timeout { .. } => {
            Finding::new(Id::P22, Ping, format!("{place} accepts connections, but sends no reply."))
                .hint(format!("{first}, or a proxy in front of it, hangs. Look at its log."))
                .hint(format!("A port for another protocol sends no reply either. Check {port}."))
        }
        Failure::Tls(error) => return tls::refused(error, endpoint, server),
        Failure::Certificate(refusal) => return tls::certificate(refusal, endpoint, server),
        Failure::NotHttp(_) => Finding::new(Id::P79, Ping, format!("The server at {place} does not use HTTP."))
            .hint(format!("Check {port}.")),
        Failure::TooLong { .. } => {
            Finding::new(Id::P79, Ping, format!("The reply of {place} is too long to come from {name}."))
                .hint(format!("Check that {address} leads to {name}."))
        }
        Failure::Unsendable(_) => {
            Finding::new(Id::P89, Ping, "The request cannot be sent, because a name in it contains invalid characters.")
                .hint("Check the access key and the names of buckets and directories for unusual characters.")
        }
        Failure::Reset(_) | Failure::Closed(_) | Failure::CutOff | Failure::Other(_) => {
            let finding =
                Finding::new(Id::P85, Ping, format!("The connection to {place} closed before the reply was complete."))
                    .hint(format!("Look at the log of {name}, and of a proxy or firewall in front of it."));
            if endpoint.secure || server.answered {
                finding
            } else {
                finding.hint(format!("If this port uses TLS, https is needed. {}", server.with_scheme("https")))
            }
        }
    };
    let finding = finding.on(&[key::S3_ENDPOINT]).saw(failure.to_string());
    match failure {
        Failure::Timeout { phase, limit } if *limit < Waits::default().score => waited(finding, *phase),
        _ => finding,
    }
}

/// Adds that Score itself may wait longer than the limit of the check.
fn waited(finding: Finding, phase: Phase) -> Finding {
    let hint = match phase {
        Phase::Resolve => "Score may wait longer for the name servers. Use --patient to wait as long.",
        Phase::Connect => {
            "Score waits for a connection as long as upload.connection.timeout. Use --patient to wait as long."
        }
        _ => "Score waits 50 s for a reply. Use --patient to wait as long.",
    };
    let unproven = phase > Phase::Connect;
    Finding { unproven, ..finding.hint(hint).in_silence() }
}

/// Returns true if the name does not exist. `EAI_AGAIN` means that no name server answered. The standard library keeps
/// only its
/// message, which differs between glibc, musl and macOS.
fn for_good(error: &std::io::Error) -> bool {
    let words = error.to_string();
    !["Temporary failure in name resolution", "Try again", "Resource temporarily unavailable"]
        .iter()
        .any(|again| words.contains(again))
}

fn nobody_knows(host: &str) -> Finding {
    Finding::new(Id::P20, Ping, format!("No name server answers which IP address {host} has.")).hint(
        "The name servers of this machine do not answer, or cannot be reached. Check the resolver of this machine.",
    )
}

fn unknown_name(host: &str, server: CheckedServer) -> Finding {
    let finding = Finding::new(Id::P20, Ping, format!("The host name {host} is unknown on this machine."));
    let connect_to = "If the network of Score knows the name, test from here with --connect-to HOST:PORT.";
    if host == "host.docker.internal" || host == "gateway.docker.internal" {
        finding
            .hint("Docker on Linux gives this name only to containers with extra_hosts: host.docker.internal:host-gateway.")
            .hint("Outside a container, the name does not exist.")
            .hint(connect_to)
    } else if !host.contains('.') {
        finding
            .hint("A name without a dot is usually a service in Docker Compose or Kubernetes, and known only in its network.")
            .hint("Clients of Score must know the name too.")
            .hint(connect_to)
    } else {
        finding.hint(format!("Check {} for a typing error.", server.host)).hint(connect_to)
    }
}

/// Reports a bucket in front of the host.
pub(in crate::store::checks) fn bucket_in_host(endpoint: &Endpoint, bucket: &str) -> Finding {
    let host = shown(endpoint.host.as_bytes(), 120);
    let rest = endpoint.host.get(bucket.len()..).and_then(|rest| rest.strip_prefix('.')).unwrap_or_default();
    let without = Endpoint { host: rest.to_owned(), ..endpoint.clone() }.root();
    Finding::new(Id::P26, Ping, format!("The host {host} begins with the bucket {}.", shown(bucket.as_bytes(), 80)))
        .hint("Score writes the bucket into the path, so the endpoint must not contain it.")
        .hint(format!("Set s3.endpoint={without}."))
        .on(&[key::S3_ENDPOINT])
        .fixed_by(endpoint_is(without))
}

/// Reports an endpoint that cannot be that of S3, by its text alone.
pub(in crate::store::checks) fn wrong_host(endpoint: &Endpoint, fault: &HostFault) -> Finding {
    let host = shown(endpoint.host.as_bytes(), 120);
    let example = |provider: &Provider| {
        let pattern = provider.endpoint("<region>").unwrap_or_else(|| provider.endpoint_example.clone());
        format!("Write the endpoint in s3.endpoint, such as {pattern}.")
    };
    let finding = match fault {
        HostFault::Console(provider) => Finding::new(
            Id::P19,
            Ping,
            format!("{host} is the web console of {}, not its S3 service.", provider.short()),
        )
        .hint(example(provider)),
        HostFault::Unusable(provider, kind) => {
            Finding::new(Id::P110, Ping, format!("Score cannot use {host}, which belongs to {}.", kind.service))
                .hint(kind.why.clone())
                .hint(example(provider))
        }
        HostFault::NoPathStyle(_) => return no_path_style(endpoint),
        HostFault::Bucket { bucket, .. } => return bucket_in_host(endpoint, bucket),
        HostFault::NativePath(provider) => {
            let root = endpoint.root();
            Finding::new(
                Id::P27,
                Ping,
                format!(
                    "The path {} belongs to the native API of {}, not to its S3 service.",
                    shown(endpoint.base.as_bytes(), 120),
                    provider.short()
                ),
            )
            .hint("S3 is at the root of the host, and the administrator of the store must enable it.")
            .hint(format!("Set s3.endpoint={root}."))
            .fixed_by(endpoint_is(root))
        }
    };
    finding.on(&[key::S3_ENDPOINT]).saw(format!("s3.endpoint {}", shown(endpoint.text.as_bytes(), 160)))
}

/// Reports a store that does not accept the bucket in the path.
pub(in crate::store::checks) fn no_path_style(endpoint: &Endpoint) -> Finding {
    Finding::new(
        Id::P111,
        Ping,
        format!("The store at {} does not accept the bucket in the path.", shown(endpoint.host.as_bytes(), 120)),
    )
    .hint("Score always writes the bucket into the path, and has no setting for it. Use another store.")
    .on(&[key::S3_ENDPOINT])
}

/// Adds the proxy that is set in this shell. `finding` describes the failure of the direct connection.
pub(in crate::store::checks) fn no_way_but_a_proxy(
    finding: Finding,
    failure: &Failure,
    endpoint: &Endpoint,
    proxy: &Proxy,
) -> Finding {
    let (host, port) = (shown(proxy.host.as_bytes(), 120), proxy.port);
    let (one, other) = if endpoint.secure { ("https", "http") } else { ("http", "https") };
    let hint = format!(
        "If the store can be reached only through {host}, give Java -D{one}.proxyHost={host} -D{one}.proxyPort={port}, for Score and for score-client. With s3.secured={} Score reads {other}.proxyHost and {other}.proxyPort instead.",
        !endpoint.secure
    );
    // a refusal came from the place itself, or from something that knows it
    if matches!(failure, Failure::Refused) {
        return finding.hint(hint);
    }
    let summary =
        format!("{} The proxy of {} is not used, because Score does not use it.", finding.summary, proxy.variable);
    Finding { id: Id::P23, summary, ..finding }.first_hint(hint)
}

/// Reports a proxy that requires a user name (407).
pub(in crate::store::checks) fn proxy_asks_who(endpoint: &Endpoint) -> Finding {
    let place = shown(endpoint.authority().as_bytes(), 120);
    Finding::new(Id::P23, Ping, format!("A proxy answers at {place} and requires a user name and a password (407)."))
        .hint("Score cannot send them. Let the proxy pass the host of the store, or use an endpoint that does not go through the proxy.")
        .on(&[key::S3_ENDPOINT])
}

/// Reports a store that answers only unsigned requests (observed on Ceph 16.2.15 while its OSD hangs:
/// it looks up the user in the cluster).
pub(in crate::store::checks) fn only_strangers_answered(endpoint: &Endpoint) -> Finding {
    let place = shown(endpoint.authority().as_bytes(), 120);
    Finding::new(
        Id::P83,
        Ping,
        format!("{place} answers unsigned requests, but not signed ones: the service behind it does not answer."),
    )
    .hint("The gateway works, but its cluster, database or key service hangs. On Ceph, run ceph status.")
    .on(&[key::S3_ENDPOINT])
}

/// Reports https at a port without TLS.
pub(in crate::store::checks) fn plain_port(endpoint: &Endpoint, server: CheckedServer) -> Finding {
    Finding::new(Id::P18, Ping, "The endpoint begins with https://, but the server at this port does not use TLS.")
        .hint(format!("{} Or enable TLS in {}.", server.with_scheme("http"), server.name))
        .on(&[key::S3_ENDPOINT])
        .fixed_by(endpoint_is(with_scheme(endpoint, "http")))
}

/// Reports http at a port with TLS.
pub(in crate::store::checks) fn tls_port(endpoint: &Endpoint, server: CheckedServer) -> Finding {
    Finding::new(Id::P17, Ping, "The endpoint begins with http://, but the server at this port uses TLS.")
        .hint(server.with_scheme("https"))
        .on(&[key::S3_ENDPOINT])
        .fixed_by(endpoint_is(with_scheme(endpoint, "https")))
}

/// Reports the port of a web console. `api` is the port of the S3 service, if the presets know it.
pub(in crate::store::checks) fn console_port(endpoint: &Endpoint, api: Option<u16>) -> Finding {
    let finding = Finding::new(
        Id::P19,
        Ping,
        format!("Port {} is the web console of the store, not its S3 service.", endpoint.port),
    )
    .on(&[key::S3_ENDPOINT]);
    match api {
        None => finding.hint("Write the port of the S3 service in s3.endpoint."),
        Some(api) => {
            let scheme = if endpoint.secure { "https" } else { "http" };
            finding
                .hint(format!(
                    "Write port {api} in s3.endpoint. With this console, it is usually the port of the S3 service."
                ))
                .fixed_by(endpoint_is(format!("{scheme}://{}:{api}{}", endpoint.host, endpoint.base)))
        }
    }
}

/// Adds the endpoint on the same host at which S3 answers, and what is lost if it has no TLS and the present one has.
pub(in crate::store::checks) fn s3_elsewhere(mut finding: Finding, endpoint: &Endpoint, other: &Endpoint) -> Finding {
    let text = other.root();
    let place = shown(other.authority().as_bytes(), 120);
    let guess = finding.repair.replace(endpoint_is(text.clone()));
    finding.others.extend(guess.filter(|guess| *guess != endpoint_is(text.clone())));
    finding.first_hint(if endpoint.secure && !other.secure {
        format!(
            "S3 answers at {place}, but without TLS: on the way, others can then read the files and the pre-signed URLs. If that is acceptable, set s3.endpoint={text}."
        )
    } else {
        format!("S3 answers at {place}. Set s3.endpoint={text}.")
    })
}

/// Reports that another service answers. `what` is its answer in a few words, such as `a web page`.
pub(in crate::store::checks) fn not_s3(endpoint: &Endpoint, what: &str) -> Finding {
    let finding = Finding::new(
        Id::P79,
        Ping,
        format!("The server at the endpoint is not an S3 store: it sends {what}."),
    )
    .hint(
        "Check the host and port in s3.endpoint. It must be the S3 service of the store, not a console or a web site.",
    )
    .on(&[key::S3_ENDPOINT]);
    if endpoint.base.is_empty() {
        finding.hint("Look for a proxy in front of the store that answers instead of it.")
    } else {
        finding.hint("The endpoint contains a path. S3 must be at the root of its own host.")
    }
}

/// Reports that Azure Blob Storage answers at the endpoint.
pub(in crate::store::checks) fn azure_instead(what: &str) -> Finding {
    Finding::new(
        Id::P79,
        Ping,
        format!("The server at the endpoint is Azure Blob Storage, not an S3 store: it sends {what}."),
    )
    .hint("Choose Azure Blob Storage as the provider, and give the account and its key.")
    .on(&[key::S3_ENDPOINT])
}

/// Reports a redirect of every request. `to` is the endpoint of the redirect.
pub(in crate::store::checks) fn redirected(to: String) -> Finding {
    Finding::new(Id::P79, Ping, format!("The endpoint redirects every request to {}.", shown(to.as_bytes(), 120)))
        .hint("A pre-signed URL does not work after a redirect. Write the new URL in s3.endpoint.")
        .on(&[key::S3_ENDPOINT])
        .fixed_by(endpoint_is(to))
}

/// Reports a wrong clock. `skew` is how many seconds this machine is ahead of the store, and `refused` is true if the
/// store refused the time.
pub(in crate::store::checks) fn clock(skew: Option<i64>, refused: bool) -> Finding {
    let finding = match skew {
        Some(skew) => clock_differs("This machine's clock", skew),
        None => Finding::new(Id::P36, Note, "The store refuses the time of the request (RequestTimeTooSkewed)."),
    };
    finding
        .at_least(if refused { Ping } else { Note })
        .hint("The store refuses requests that are more than 15 min off. Set both clocks with NTP. The time zone does not matter.")
        .hint("The clock of the machine that runs Score is the one that matters.")
}

/// Reports how far a clock is off. `clock` is the clock, at the beginning of a sentence.
pub(super) fn clock_differs(clock: &str, skew: i64) -> Finding {
    let direction = if skew < 0 { "behind" } else { "ahead of" };
    let summary = format!("{clock} is {} {direction} the store's.", span(skew.unsigned_abs()));
    Finding::new(Id::P36, if times::exceeds(skew, times::REFUSED_SKEW) { Ping } else { Note }, summary)
}

pub(super) fn span(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

pub(in crate::store::checks) fn too_slow(limit: Duration) -> Finding {
    Finding::new(Id::P83, Transfer, format!("The store did not answer within {} s.", limit.as_secs()))
        .hint("Look at the load and the log of the store. Score waits 50 s for each reply. Use --patient to wait as long.")
        .on(&[key::S3_ENDPOINT])
        .in_silence()
}

pub(in crate::store::checks) fn broke_off(check: &str) -> Finding {
    Finding::new(Id::P84, Transfer, format!("The check {check} stopped because of an error in score-setup."))
        .hint("This says nothing about the store. Report the error with the lines above.")
}

/// Reports a URL that other machines cannot reach. `key` is its setting, and `why` the reason.
pub(in crate::store::checks) fn client_address(address: &str, key: &'static str, why: &str) -> Finding {
    let address = shown(address.as_bytes(), 120);
    Finding::new(Id::P31, Note, format!("Clients are sent to {address}, {why}."))
        .hint("Uploads and downloads go directly from score-client to this URL. Check that it is reachable from there.")
        .hint("If score-client runs only on this machine, no change is needed.")
        .on(&[key])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_scheme_is_fixed_without_touching_the_rest() {
        let endpoint = Endpoint::parse("http://h:9000/").unwrap();
        assert_eq!(tls_port(&endpoint, STORE).repair, Some(endpoint_is("https://h:9000".into())));
        let endpoint = Endpoint::parse("https://[::1]:9000").unwrap();
        assert_eq!(plain_port(&endpoint, STORE).repair, Some(endpoint_is("http://[::1]:9000".into())));
    }

    #[test]
    fn a_console_port_is_fixed_where_the_right_one_is_known() {
        let endpoint = Endpoint::parse("http://h:9001").unwrap();
        assert_eq!(console_port(&endpoint, Some(9000)).repair, Some(endpoint_is("http://h:9000".into())));
        assert_eq!(console_port(&endpoint, None).repair, None);
    }

    #[test]
    fn a_port_without_tls_is_offered_with_what_is_lost() {
        let hint = |endpoint: &str, other: &str| {
            let [endpoint, other] = [endpoint, other].map(|text| Endpoint::parse(text).unwrap());
            let finding = s3_elsewhere(unanswered(&Failure::Refused, &endpoint, STORE), &endpoint, &other);
            assert_eq!(finding.repair, Some(endpoint_is(other.root())));
            finding.hints[0].clone()
        };
        assert!(hint("https://h", "http://h:9000").contains("without TLS"));
        assert_eq!(hint("http://h", "https://h:9000"), "S3 answers at h:9000. Set s3.endpoint=https://h:9000.");
        assert!(!hint("https://h", "https://h:9000").contains("without TLS"));
    }

    #[test]
    fn the_clock_says_which_side_and_how_bad() {
        for (skew, refused, severity, summary) in [
            (Some(400), false, Note, "This machine's clock is 6 min 40 s ahead of the store's."),
            (Some(-1200), false, Ping, "This machine's clock is 20 min 0 s behind the store's."),
            (Some(-90_000), true, Ping, "This machine's clock is 25 h 0 min behind the store's."),
            (None, true, Ping, "The store refuses the time of the request (RequestTimeTooSkewed)."),
        ] {
            let finding = clock(skew, refused);
            assert_eq!((finding.severity, finding.summary.as_str()), (severity, summary));
        }
    }

    #[test]
    fn an_unknown_name_is_told_by_the_kind_of_name_it_is() {
        let hint = |endpoint: &str| {
            let dns = Failure::Dns(std::io::Error::other("unknown"));
            unanswered(&dns, &Endpoint::parse(endpoint).unwrap(), STORE).hints.remove(0)
        };
        assert!(hint("http://host.docker.internal:9000").contains("extra_hosts"));
        assert!(hint("http://minio:9000").contains("Docker Compose"));
        assert!(hint("http://store.example").contains("typing error"));
        let again = std::io::Error::other("failed to lookup address information: Temporary failure in name resolution");
        let nobody = unanswered(&Failure::Dns(again), &Endpoint::parse("http://store.example").unwrap(), STORE);
        assert_eq!(nobody.summary, "No name server answers which IP address store.example has.");
    }

    #[test]
    fn a_proxy_is_told_where_there_is_no_way_without_it_and_beside_a_refusal() {
        let proxy = Proxy { variable: "https_proxy", host: "proxy.example".into(), port: 3128 };
        let endpoint = Endpoint::parse("https://store.example").unwrap();
        let limit = Duration::from_secs(4);
        for (failure, id) in [
            (Failure::Timeout { phase: Phase::Connect, limit }, Id::P23),
            (Failure::Dns(std::io::Error::other("unknown")), Id::P23),
            (Failure::Refused, Id::P22),
        ] {
            let finding = no_way_but_a_proxy(unanswered(&failure, &endpoint, STORE), &failure, &endpoint, &proxy);
            assert_eq!(finding.id, id);
            let flags = "-Dhttps.proxyHost=proxy.example -Dhttps.proxyPort=3128";
            assert!(finding.hints.iter().any(|hint| hint.contains(flags)), "{:?}", finding.hints);
        }
    }

    #[test]
    fn a_server_that_answered_is_not_taken_for_one_of_another_protocol() {
        let endpoint = Endpoint::parse("http://127.0.0.1:9000").unwrap();
        let limit = Duration::from_secs(4);
        for phase in [Phase::Reply, Phase::Body] {
            let failure = Failure::Timeout { phase, limit };
            let finding = unanswered(&failure, &endpoint, STORE.after_a_reply(true));
            assert_eq!((finding.id, finding.silent), (Id::P83, true));
            assert!(!format!("{finding:?}").contains("another protocol"), "{finding:?}");
        }
        let closed = unanswered(&Failure::Closed(Phase::Reply), &endpoint, STORE.after_a_reply(true));
        assert!(!format!("{closed:?}").contains("https"), "{closed:?}");
    }

    #[test]
    fn what_did_not_come_in_time_may_come_later_and_what_was_refused_does_not() {
        let endpoint = Endpoint::parse("http://127.0.0.1:9000").unwrap();
        let limit = Duration::from_secs(4);
        for phase in [Phase::Resolve, Phase::Connect, Phase::Handshake, Phase::Reply, Phase::Body] {
            let finding = unanswered(&Failure::Timeout { phase, limit }, &endpoint, STORE);
            assert!(finding.silent && finding.hints.iter().any(|hint| hint.contains("--patient")), "{phase}");
        }
        assert!(!unanswered(&Failure::Refused, &endpoint, STORE).silent);
        assert!(unanswered(&Failure::Refused, &endpoint, STORE).hints[1].contains("container"));
    }
}
