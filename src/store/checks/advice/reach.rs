//! What can be wrong before anything is signed: address, port, what answers there, the clock.

use std::time::Duration;

use super::tls;
use crate::{
    score::{Id, Severity, key},
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

/// The endpoint with another scheme; a port that the old scheme implied stays what it was.
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
    Finding::new(id, Ping, format!("The endpoint cannot be used as it is: {why}"))
        .hint(format!(
            "Give {} as http:// or https://, host and, where it is not the usual one, port.",
            asked.setting()
        ))
        .on(&[key::S3_ENDPOINT])
}

pub(in crate::store::checks) fn bad_route(why: &str) -> Finding {
    Finding::new(
        Id::P89,
        Ping,
        format!("The way to the endpoint cannot be used as it is: {}", shown(why.as_bytes(), 200)),
    )
    .hint("Correct --connect-to or --ca-file; both are for this test only.")
}

/// Why no reply came, whatever was asked.
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
                Finding::new(Id::P22, Ping, format!("Nothing listens at {place}: the connection was refused."))
                    .hint(format!("Check the port in {setting}, and that {server} is running."));
            if endpoint.is_this_machine() {
                finding.hint(format!(
                    "In a container, localhost is the container itself: give {server}'s name in its network."
                ))
            } else {
                finding.hint(format!(
                    "A container must publish the port, and {server} listen at more than its own localhost."
                ))
            }
        }
        Failure::Unreachable(_) => {
            Finding::new(Id::P22, Ping, format!("There is no way from this machine to {place}."))
                .hint(format!("Check the host in {setting}, and the network between this machine and {server}."))
        }
        Failure::Timeout { phase: Phase::Connect, .. } => {
            Finding::new(Id::P22, Ping, format!("{place} does not answer: no connection comes about."))
                .hint(format!("A firewall drops what it does not let through; check the host and port in {setting}."))
        }
        Failure::Timeout { phase: Phase::Handshake, .. } => {
            Finding::new(Id::P22, Ping, format!("{place} takes connections, but does not answer the TLS greeting."))
                .hint(format!("Is this an https port? Otherwise {server}, or a proxy before it, hangs."))
        }
        Failure::Timeout { phase: Phase::Body, .. } => {
            Finding::new(Id::P22, Ping, format!("{place} begins to answer, and does not come to an end."))
                .hint(format!("{first}, or a proxy before it, hangs or is slow beyond use; look at its log."))
        }
        Failure::Timeout { .. } => Finding::new(Id::P22, Ping, format!("{place} takes connections, but stays silent."))
            .hint(format!("{first}, or a proxy before it, hangs; look at its log."))
            .hint(format!("A port that waits for another protocol stays silent too; check the port in {setting}.")),
        Failure::Tls(error) => return tls::refused(error, endpoint, asked),
        Failure::Certificate(refusal) => return tls::certificate(refusal, endpoint, asked),
        Failure::NotHttp(_) => Finding::new(Id::P79, Ping, format!("What answers at {place} is not HTTP."))
            .hint(format!("Check the port in {setting}.")),
        Failure::TooLong { .. } => {
            Finding::new(Id::P79, Ping, format!("The reply of {place} is longer than any of S3."))
                .hint(format!("Check that {setting} is the address of {server}'s S3 service."))
        }
        Failure::Unsendable(_) => Finding::new(Id::P89, Ping, "The request cannot be sent as it would have to be.")
            .hint("Check the access key and the names of buckets and directories for odd characters."),
        Failure::Reset(_) | Failure::Closed(_) | Failure::CutOff | Failure::Other(_) => {
            Finding::new(Id::P85, Ping, format!("The connection to {place} broke before the reply was there."))
                .hint(format!("Look at the log of {server}, and of a proxy or firewall before it."))
                .hint(format!("Where TLS is spoken at this port, {setting} must begin with https://."))
        }
    };
    let finding = finding.on(&[key::S3_ENDPOINT]).saw(failure.to_string());
    if let Failure::Timeout { phase, .. } = failure { waited(finding, *phase) } else { finding }
}

/// Score may yet get what did not come within the limit.
fn waited(finding: Finding, phase: Phase) -> Finding {
    let hint = match phase {
        Phase::Resolve => "Score may wait longer for them; --patient does too.",
        Phase::Connect => "Score itself waits for a connection as upload.connection.timeout says; --patient does too.",
        _ => "Score itself waits 50 s for a reply; --patient does too.",
    };
    finding.hint(hint).in_silence()
}

/// `EAI_AGAIN` says that nobody was asked or answered, not that there is no such name; the standard library keeps only its
/// words, those of glibc, musl and macOS.
fn for_good(error: &std::io::Error) -> bool {
    let words = error.to_string();
    !["Temporary failure in name resolution", "Try again", "Resource temporarily unavailable"]
        .iter()
        .any(|again| words.contains(again))
}

fn nobody_knows(host: &str) -> Finding {
    Finding::new(Id::P20, Ping, format!("Nobody answers what address {host} has."))
        .hint("The name servers of this machine do not answer, or cannot be reached; look at its resolver.")
}

fn unknown_name(host: &str, asked: Asked) -> Finding {
    let finding = Finding::new(Id::P20, Ping, format!("The name {host} is unknown on this machine."));
    let connect_to = "Where Score's network knows it, it can be tested from here with --connect-to HOST:PORT.";
    if host == "host.docker.internal" || host == "gateway.docker.internal" {
        finding
            .hint("Docker on Linux gives this name only to containers with extra_hosts: host.docker.internal:host-gateway.")
            .hint("Outside of a container nobody has it.")
            .hint(connect_to)
    } else if !host.contains('.') {
        finding
            .hint("A name of one part is mostly that of a service in Docker Compose or Kubernetes, known in its network only.")
            .hint("Clients of Score must know it too.")
            .hint(connect_to)
    } else {
        finding.hint(format!("Check the host in {} for a typing error.", asked.setting())).hint(connect_to)
    }
}

/// The host is unknown, or answers for one bucket only.
pub(in crate::store::checks) fn bucket_in_host(endpoint: &Endpoint, bucket: &str) -> Finding {
    let host = shown(endpoint.host.as_bytes(), 120);
    let rest = endpoint.host.split_once('.').map_or("", |(_, rest)| rest);
    let without = Endpoint { host: rest.to_owned(), ..endpoint.clone() }.root();
    Finding::new(Id::P26, Ping, format!("The host {host} begins with the bucket {}.", shown(bucket.as_bytes(), 80)))
        .hint("Score writes the bucket into the path: the endpoint is the address of the store alone.")
        .hint(format!("Give {without} in s3.endpoint."))
        .on(&[key::S3_ENDPOINT])
        .mended_by(endpoint_is(without))
}

/// `finding`: what is said of the failure, after which no connection came about.
pub(in crate::store::checks) fn no_way_but_a_proxy(
    finding: Finding,
    failure: &Failure,
    endpoint: &Endpoint,
    proxy: &Proxy,
) -> Finding {
    let (host, port) = (shown(proxy.host.as_bytes(), 120), proxy.port);
    let (one, other) = if endpoint.secure { ("https", "http") } else { ("http", "https") };
    let hint = format!(
        "Where the store is reached through {host} only, give Java -D{one}.proxyHost={host} -D{one}.proxyPort={port}, for \
         Score and for score-client; with s3.secured={} Score reads {other}.proxyHost and {other}.proxyPort instead.",
        !endpoint.secure
    );
    // a refusal came from the place itself, or from something that knows it
    if matches!(failure, Failure::Refused) {
        return finding.hint(hint);
    }
    let summary = format!("{} The proxy of {} is not used, as Score does not use it.", finding.summary, proxy.variable);
    Finding { id: Id::P23, summary, ..finding }.first_hint(hint)
}

/// 407: who answers is a proxy that wants to know who asks.
pub(in crate::store::checks) fn proxy_asks_who(endpoint: &Endpoint) -> Finding {
    let place = shown(endpoint.authority().as_bytes(), 120);
    Finding::new(Id::P23, Ping, format!("A proxy answers at {place} and wants a name and password (407)."))
        .hint("Score cannot give them: let the proxy pass the store's host, or give an address that leads past it.")
        .on(&[key::S3_ENDPOINT])
}

/// Requests without a signature are answered, the first one with a signature is not (seen on Ceph 16.2.15 whose OSD hangs:
/// who asks is looked up in the cluster).
pub(in crate::store::checks) fn only_strangers_answered(endpoint: &Endpoint) -> Finding {
    let place = shown(endpoint.authority().as_bytes(), 120);
    waited(
        Finding::new(
            Id::P83,
            Ping,
            format!("{place} answers, but not to a signed request: what stands behind it does not."),
        )
        .hint("The gateway is up and its cluster, database or key service hangs; for Ceph, look at ceph status.")
        .on(&[key::S3_ENDPOINT]),
        Phase::Reply,
    )
}

/// https at a port without TLS.
pub(in crate::store::checks) fn plain_port(endpoint: &Endpoint, asked: Asked) -> Finding {
    let (server, setting) = (asked.server(), asked.setting());
    Finding::new(Id::P18, Ping, "The endpoint says https, but TLS is not spoken at this port.")
        .hint(format!("Let {setting} begin with http://, or switch TLS on in {server}."))
        .on(&[key::S3_ENDPOINT])
        .mended_by(endpoint_is(with_scheme(endpoint, "http")))
}

/// http at a port with TLS.
pub(in crate::store::checks) fn tls_port(endpoint: &Endpoint, asked: Asked) -> Finding {
    Finding::new(Id::P17, Ping, "The endpoint says http, but TLS is spoken at this port.")
        .hint(format!("Let {} begin with https://.", asked.setting()))
        .on(&[key::S3_ENDPOINT])
        .mended_by(endpoint_is(with_scheme(endpoint, "https")))
}

/// `api`: the port that is meant, where the presets know it.
pub(in crate::store::checks) fn console_port(endpoint: &Endpoint, api: Option<u16>) -> Finding {
    let finding =
        Finding::new(Id::P19, Ping, format!("Port {} is the store's web console, not its S3 service.", endpoint.port))
            .on(&[key::S3_ENDPOINT]);
    match api {
        None => finding.hint("Give the port of the S3 service in s3.endpoint."),
        Some(api) => {
            let scheme = if endpoint.secure { "https" } else { "http" };
            finding
                .hint(format!("Give port {api} in s3.endpoint, where this console usually has its S3 service."))
                .mended_by(endpoint_is(format!("{scheme}://{}:{api}{}", endpoint.host, endpoint.base)))
        }
    }
}

/// `what`: in a few words, such as `a web page`.
pub(in crate::store::checks) fn not_s3(endpoint: &Endpoint, what: &str) -> Finding {
    let finding = Finding::new(Id::P79, Ping, format!("What answers at the endpoint is not S3: it sends {what}."))
        .hint("Check the host and port in s3.endpoint: the store's S3 service, no console and no web site.")
        .on(&[key::S3_ENDPOINT]);
    if endpoint.base.is_empty() {
        finding.hint("A proxy before the store may answer in its place.")
    } else {
        finding.hint("The endpoint holds a path; S3 stands at the root of a host of its own.")
    }
}

/// A redirect of everything to another address; `to`: the endpoint that it leads to.
pub(in crate::store::checks) fn redirected(to: String) -> Finding {
    Finding::new(Id::P79, Ping, format!("The endpoint sends everything on to {}.", shown(to.as_bytes(), 120)))
        .hint("Pre-signed requests do not survive a redirect: give that address in s3.endpoint.")
        .on(&[key::S3_ENDPOINT])
        .mended_by(endpoint_is(to))
}

/// `skew`: how many seconds this machine is ahead of the store; negative: behind. `refused`: the store said so.
pub(in crate::store::checks) fn clock(skew: Option<i64>, refused: bool) -> Finding {
    let finding = match skew {
        Some(skew) => clock_differs("This machine's clock", skew),
        None => Finding::new(Id::P36, Note, "The store refuses the time of the request (RequestTimeTooSkewed)."),
    };
    finding
        .at_least(if refused { Ping } else { Note })
        .hint("The store refuses requests that are more than 15 minutes off; set both clocks with NTP. The time zone does not matter.")
        .hint("It is the clock of the machine that runs Score that counts.")
}

/// `clock`: whose clock it is, at the beginning of a sentence.
pub(super) fn clock_differs(clock: &str, skew: i64) -> Finding {
    let direction = if skew < 0 { "behind" } else { "ahead of" };
    let summary = format!("{clock} is {} {direction} the store's.", span(skew.unsigned_abs()));
    Finding::new(Id::P36, if skew.abs() > 900 { Ping } else { Note }, summary)
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
        .hint("Look at the load and the log of the store; Score itself waits 50 s for each reply, as --patient does.")
        .on(&[key::S3_ENDPOINT])
        .in_silence()
}

pub(in crate::store::checks) fn broke_off(check: &str) -> Finding {
    Finding::new(Id::P84, Transfer, format!("The check {check} broke off by a fault of this program."))
        .hint("Nothing is known about the store from it; please report it with what stands above.")
}

/// `address`: what clients get, `key`: the setting it comes from, `why`: what makes it one that others cannot reach.
pub(in crate::store::checks) fn client_address(address: &str, key: &'static str, why: &str) -> Finding {
    let address = shown(address.as_bytes(), 120);
    Finding::new(Id::P31, Note, format!("Clients are sent to {address}, {why}."))
        .hint("Uploads and downloads go from score-client straight to this address: it must be reachable from there.")
        .hint("Nothing to do where score-client runs only on this machine.")
        .on(&[key])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_scheme_is_mended_without_touching_the_rest() {
        let endpoint = Endpoint::parse("http://h:9000/").unwrap();
        assert_eq!(tls_port(&endpoint, Asked::Store).repair, Some(endpoint_is("https://h:9000".into())));
        let endpoint = Endpoint::parse("https://[::1]:9000").unwrap();
        assert_eq!(plain_port(&endpoint, Asked::Store).repair, Some(endpoint_is("http://[::1]:9000".into())));
    }

    #[test]
    fn a_console_port_is_mended_where_the_right_one_is_known() {
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
        assert_eq!(nobody.summary, "Nobody answers what address store.example has.");
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
