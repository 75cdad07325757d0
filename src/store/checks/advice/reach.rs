//! Findings before anything is signed: address, port, what answers there, the clock.

use std::time::Duration;

use super::tls;
use crate::{
    score::{Id, Severity, key, times},
    store::{
        checks::{Finding, Repair},
        probe::{Failure, Phase, Proxy},
    },
    text::{BadEndpoint, Endpoint, shown},
};

use Severity::{Note, Ping, Transfer};

/// The server that a request went to, as the hints about its failure call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store::checks) enum Asked {
    /// A store of S3, by its endpoint.
    Store,
    /// A storage account of Azure, whose endpoint follows from its name.
    Account,
    /// A storage account of Azure, whose endpoint follows from what is written after its key.
    AccountKey,
    /// A running Score.
    Score,
    /// The store that a running Score sends its clients to.
    StoreOfScore,
}

impl Asked {
    /// Returns the name of the server.
    pub(super) const fn server(self) -> &'static str {
        match self {
            Self::Score => "Score",
            Self::Store | Self::Account | Self::AccountKey | Self::StoreOfScore => "the store",
        }
    }

    /// Returns the name of the server at the beginning of a sentence.
    pub(super) const fn server_first(self) -> &'static str {
        match self {
            Self::Score => "Score",
            Self::Store | Self::Account | Self::AccountKey | Self::StoreOfScore => "The store",
        }
    }

    /// Returns what the operator changes to ask another server.
    pub(super) const fn setting(self) -> &'static str {
        match self {
            Self::Store => key::S3_ENDPOINT,
            Self::Account => key::AZURE_ACCOUNT_NAME,
            Self::AccountKey => key::AZURE_ACCOUNT_KEY,
            Self::Score => "the URL of Score",
            Self::StoreOfScore => "s3.endpoint on Score's machine",
        }
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

pub(in crate::store::checks) fn bad_endpoint(why: BadEndpoint, asked: Asked) -> Finding {
    let id = match why {
        BadEndpoint::Scheme => Id::P16,
        BadEndpoint::Host => Id::P21,
        _ => Id::P89,
    };
    Finding::new(id, Ping, format!("The endpoint cannot be used as written: {why}"))
        .hint(format!(
            "Write {} as http:// or https://, the host, and the port if it is not the default.",
            asked.setting()
        ))
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
pub(in crate::store::checks) fn unanswered(failure: &Failure, endpoint: &Endpoint, asked: Asked) -> Finding {
    let (server, first, setting) = (asked.server(), asked.server_first(), asked.setting());
    let (host, place) = (shown(endpoint.name().as_bytes(), 120), shown(endpoint.authority().as_bytes(), 120));
    let finding = match failure {
        failure if failure.mixed_up() && endpoint.secure => {
            return plain_port(endpoint, asked).saw(failure.to_string());
        }
        failure if failure.mixed_up() => return tls_port(endpoint, asked).saw(failure.to_string()),
        Failure::Dns(error) if !for_good(error) => nobody_knows(&host),
        Failure::Dns(_) => unknown_name(&host, asked),
        Failure::Timeout { phase: Phase::Resolve, .. } => nobody_knows(&host),
        Failure::Refused => {
            let finding =
                Finding::new(Id::P22, Ping, format!("No server listens at {place}: the connection was refused."))
                    .hint(format!("Check the port in {setting}, and that {server} is running."));
            if endpoint.is_this_machine() {
                finding.hint(format!(
                    "In a container, localhost is the container itself. Use the name of {server} in the container network."
                ))
            } else {
                finding
                    .hint(format!("A container must publish the port, and {server} must not listen only on localhost."))
            }
        }
        Failure::Unreachable(_) => Finding::new(Id::P22, Ping, format!("This machine cannot reach {place}."))
            .hint(format!("Check the host in {setting}, and the network between this machine and {server}.")),
        Failure::Timeout { phase: Phase::Connect, .. } => {
            Finding::new(Id::P22, Ping, format!("{place} does not answer. No connection can be made."))
                .hint(format!("Check the host and port in {setting}, and whether a firewall drops the packets."))
        }
        Failure::Timeout { phase: Phase::Handshake, .. } => {
            Finding::new(Id::P22, Ping, format!("{place} accepts connections, but does not answer the TLS handshake."))
                .hint(format!("Check that this is an https port. If it is, {server} or a proxy in front of it hangs."))
        }
        Failure::Timeout { phase: Phase::Body, .. } => {
            Finding::new(Id::P22, Ping, format!("{place} begins to answer, but the answer does not end."))
                .hint(format!("{first}, or a proxy in front of it, hangs or is too slow. Look at its log."))
        }
        Failure::Timeout { .. } => {
            Finding::new(Id::P22, Ping, format!("{place} accepts connections, but sends no reply."))
                .hint(format!("{first}, or a proxy in front of it, hangs. Look at its log."))
                .hint(format!("A port for another protocol sends no reply either. Check the port in {setting}."))
        }
        Failure::Tls(error) => return tls::refused(error, endpoint, asked),
        Failure::Certificate(refusal) => return tls::certificate(refusal, endpoint, asked),
        Failure::NotHttp(_) => Finding::new(Id::P79, Ping, format!("The server at {place} does not use HTTP."))
            .hint(format!("Check the port in {setting}.")),
        Failure::TooLong { .. } => {
            Finding::new(Id::P79, Ping, format!("The reply of {place} is longer than any reply of S3."))
                .hint(format!("Check that {setting} is the endpoint of the S3 service of {server}."))
        }
        Failure::Unsendable(_) => {
            Finding::new(Id::P89, Ping, "The request cannot be sent, because a name in it contains invalid characters.")
                .hint("Check the access key and the names of buckets and directories for unusual characters.")
        }
        Failure::Reset(_) | Failure::Closed(_) | Failure::CutOff | Failure::Other(_) => {
            Finding::new(Id::P85, Ping, format!("The connection to {place} closed before the reply was complete."))
                .hint(format!("Look at the log of {server}, and of a proxy or firewall in front of it."))
                .hint(format!("If this port uses TLS, {setting} must begin with https://."))
        }
    };
    let finding = finding.on(&[key::S3_ENDPOINT]).saw(failure.to_string());
    if let Failure::Timeout { phase, .. } = failure { waited(finding, *phase) } else { finding }
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
    finding.hint(hint).in_silence()
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

fn unknown_name(host: &str, asked: Asked) -> Finding {
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
        finding.hint(format!("Check the host in {} for a typing error.", asked.setting())).hint(connect_to)
    }
}

/// Reports a bucket in the host. The host is unknown, or answers for only one bucket.
pub(in crate::store::checks) fn bucket_in_host(endpoint: &Endpoint, bucket: &str) -> Finding {
    let host = shown(endpoint.host.as_bytes(), 120);
    let rest = endpoint.host.split_once('.').map_or("", |(_, rest)| rest);
    let without = Endpoint { host: rest.to_owned(), ..endpoint.clone() }.root();
    Finding::new(Id::P26, Ping, format!("The host {host} begins with the bucket {}.", shown(bucket.as_bytes(), 80)))
        .hint("Score writes the bucket into the path, so the endpoint must not contain it.")
        .hint(format!("Set s3.endpoint={without}."))
        .on(&[key::S3_ENDPOINT])
        .fixed_by(endpoint_is(without))
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
    waited(
        Finding::new(
            Id::P83,
            Ping,
            format!("{place} answers unsigned requests, but not signed ones: the service behind it does not answer."),
        )
        .hint("The gateway works, but its cluster, database or key service hangs. On Ceph, run ceph status.")
        .on(&[key::S3_ENDPOINT]),
        Phase::Reply,
    )
}

/// Reports https at a port without TLS.
pub(in crate::store::checks) fn plain_port(endpoint: &Endpoint, asked: Asked) -> Finding {
    let (server, setting) = (asked.server(), asked.setting());
    Finding::new(Id::P18, Ping, "The endpoint begins with https://, but the server at this port does not use TLS.")
        .hint(format!("Begin {setting} with http://, or enable TLS in {server}."))
        .on(&[key::S3_ENDPOINT])
        .fixed_by(endpoint_is(with_scheme(endpoint, "http")))
}

/// Reports http at a port with TLS.
pub(in crate::store::checks) fn tls_port(endpoint: &Endpoint, asked: Asked) -> Finding {
    Finding::new(Id::P17, Ping, "The endpoint begins with http://, but the server at this port uses TLS.")
        .hint(format!("Begin {} with https://.", asked.setting()))
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

fn span(seconds: u64) -> String {
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
        assert_eq!(tls_port(&endpoint, Asked::Store).repair, Some(endpoint_is("https://h:9000".into())));
        let endpoint = Endpoint::parse("https://[::1]:9000").unwrap();
        assert_eq!(plain_port(&endpoint, Asked::Store).repair, Some(endpoint_is("http://[::1]:9000".into())));
    }

    #[test]
    fn a_console_port_is_fixed_where_the_right_one_is_known() {
        let endpoint = Endpoint::parse("http://h:9001").unwrap();
        assert_eq!(console_port(&endpoint, Some(9000)).repair, Some(endpoint_is("http://h:9000".into())));
        assert_eq!(console_port(&endpoint, None).repair, None);
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
            unanswered(&dns, &Endpoint::parse(endpoint).unwrap(), Asked::Store).hints.remove(0)
        };
        assert!(hint("http://host.docker.internal:9000").contains("extra_hosts"));
        assert!(hint("http://minio:9000").contains("Docker Compose"));
        assert!(hint("http://store.example").contains("typing error"));
        let again = std::io::Error::other("failed to lookup address information: Temporary failure in name resolution");
        let nobody = unanswered(&Failure::Dns(again), &Endpoint::parse("http://store.example").unwrap(), Asked::Store);
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
            let finding =
                no_way_but_a_proxy(unanswered(&failure, &endpoint, Asked::Store), &failure, &endpoint, &proxy);
            assert_eq!(finding.id, id);
            let flags = "-Dhttps.proxyHost=proxy.example -Dhttps.proxyPort=3128";
            assert!(finding.hints.iter().any(|hint| hint.contains(flags)), "{:?}", finding.hints);
        }
    }

    #[test]
    fn what_did_not_come_in_time_may_come_later_and_what_was_refused_does_not() {
        let endpoint = Endpoint::parse("http://127.0.0.1:9000").unwrap();
        let limit = Duration::from_secs(4);
        for phase in [Phase::Resolve, Phase::Connect, Phase::Handshake, Phase::Reply, Phase::Body] {
            let finding = unanswered(&Failure::Timeout { phase, limit }, &endpoint, Asked::Store);
            assert!(finding.silent && finding.hints.iter().any(|hint| hint.contains("--patient")), "{phase}");
        }
        assert!(!unanswered(&Failure::Refused, &endpoint, Asked::Store).silent);
        assert!(unanswered(&Failure::Refused, &endpoint, Asked::Store).hints[1].contains("container"));
    }
}
