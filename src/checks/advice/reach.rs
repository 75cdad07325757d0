//! What can be wrong before anything is signed: address, port, what answers there, the clock.

use std::time::Duration;

use super::tls;
use crate::{
    checks::{Finding, Repair, Severity},
    probe::{Endpoint, Failure, Stage, shown},
};

pub(super) const ENDPOINT: &str = "s3.endpoint";
use Severity::{Note, Ping, Transfer};

fn endpoint_is(value: String) -> Repair {
    Repair::Answer { key: ENDPOINT, value }
}

/// The endpoint with another scheme; a port that the old scheme implied stays what it was.
fn with_scheme(endpoint: &Endpoint, scheme: &str) -> String {
    let rest = endpoint.text.split_once("://").map_or("", |(_, rest)| rest);
    format!("{scheme}://{}", rest.trim_end_matches('/'))
}

pub(in crate::checks) fn bad_endpoint(why: &str) -> Finding {
    Finding::new("P89", Ping, format!("The endpoint cannot be used as it is: {}", shown(why.as_bytes(), 200)))
        .hint("Give s3.endpoint as http:// or https://, host and, where it is not the usual one, port.")
        .on(&[ENDPOINT])
}

pub(in crate::checks) fn bad_route(why: &str) -> Finding {
    Finding::new(
        "P89",
        Ping,
        format!("The way to the endpoint cannot be used as it is: {}", shown(why.as_bytes(), 200)),
    )
    .hint("Correct --connect-to or --ca-file; both are for this test only.")
}

/// Why no reply came, whatever was asked.
pub(in crate::checks) fn unanswered(failure: &Failure, endpoint: &Endpoint) -> Finding {
    let (host, place) = (shown(endpoint.name().as_bytes(), 120), shown(endpoint.authority().as_bytes(), 120));
    let finding = match failure {
        failure if failure.mixed_up() && endpoint.secure => return plain_port(endpoint).saw(failure.to_string()),
        failure if failure.mixed_up() => return tls_port(endpoint).saw(failure.to_string()),
        Failure::Dns(_) => Finding::new("P20", Ping, format!("The name {host} is unknown on this machine."))
            .hint("Check the host in s3.endpoint for a typing error.")
            .hint("A name that only Score's network knows can be tested with --connect-to HOST:PORT."),
        Failure::Timeout { stage: Stage::Resolve, .. } => {
            Finding::new("P20", Ping, format!("Nobody answers what address {host} has."))
                .hint("The name servers of this machine do not answer; look at its resolver.")
        }
        Failure::Refused => {
            Finding::new("P22", Ping, format!("Nothing listens at {place}: the connection was refused."))
                .hint("Check the port in s3.endpoint, and that the store is running.")
                .hint("In a container, localhost is the container itself.")
        }
        Failure::Unreachable(_) => Finding::new("P22", Ping, format!("There is no way from this machine to {place}."))
            .hint("Check the host in s3.endpoint, and the network between this machine and the store."),
        Failure::Timeout { stage: Stage::Connect, .. } => {
            Finding::new("P22", Ping, format!("{place} does not answer: no connection comes about."))
                .hint("A firewall drops what it does not let through; check the host and port in s3.endpoint.")
                .hint("Proxy variables of this shell are not used, as Score does not use them.")
        }
        Failure::Timeout { stage: Stage::Handshake, .. } => {
            Finding::new("P22", Ping, format!("{place} takes connections, but does not answer the TLS greeting."))
                .hint("Is this an https port? Otherwise the store, or a proxy before it, hangs.")
        }
        Failure::Timeout { .. } => Finding::new("P22", Ping, format!("{place} takes connections, but stays silent."))
            .hint("The store, or a proxy before it, hangs; look at its log.")
            .hint("A port that waits for another protocol stays silent too; check the port in s3.endpoint."),
        Failure::Tls(error) => return tls::refused(error, endpoint),
        Failure::Certificate(refusal) => return tls::certificate(refusal, endpoint),
        Failure::NotHttp(_) => Finding::new("P79", Ping, format!("What answers at {place} is not HTTP."))
            .hint("Check the port in s3.endpoint."),
        Failure::TooLong { .. } => Finding::new("P79", Ping, format!("The reply of {place} is longer than any of S3."))
            .hint("Check that s3.endpoint is the address of the store's S3 service."),
        Failure::Unsendable(_) => Finding::new("P89", Ping, "The request cannot be sent as it would have to be.")
            .hint("Check the access key and the names of buckets and directories for odd characters."),
        Failure::Reset(_) | Failure::Closed(_) | Failure::CutOff | Failure::Other(_) => {
            Finding::new("P85", Ping, format!("The connection to {place} broke before the reply was there."))
                .hint("Look at the log of the store, and of a proxy or firewall before it.")
                .hint("Where TLS is spoken at this port, s3.endpoint must begin with https://.")
        }
    };
    finding.on(&[ENDPOINT]).saw(failure.to_string())
}

/// https at a port without TLS.
pub(in crate::checks) fn plain_port(endpoint: &Endpoint) -> Finding {
    Finding::new("P18", Ping, "The endpoint says https, but TLS is not spoken at this port.")
        .hint("Let s3.endpoint begin with http://, or switch TLS on in the store.")
        .on(&[ENDPOINT])
        .mended_by(endpoint_is(with_scheme(endpoint, "http")))
}

/// http at a port with TLS.
pub(in crate::checks) fn tls_port(endpoint: &Endpoint) -> Finding {
    Finding::new("P17", Ping, "The endpoint says http, but TLS is spoken at this port.")
        .hint("Let s3.endpoint begin with https://.")
        .on(&[ENDPOINT])
        .mended_by(endpoint_is(with_scheme(endpoint, "https")))
}

/// `api`: the port that is meant, where the presets know it.
pub(in crate::checks) fn console_port(endpoint: &Endpoint, api: Option<u16>) -> Finding {
    let finding =
        Finding::new("P19", Ping, format!("Port {} is the store's web console, not its S3 service.", endpoint.port))
            .on(&[ENDPOINT]);
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
pub(in crate::checks) fn not_s3(endpoint: &Endpoint, what: &str) -> Finding {
    let finding = Finding::new("P79", Ping, format!("What answers at the endpoint is not S3: it sends {what}."))
        .hint("Check the host and port in s3.endpoint: the store's S3 service, no console and no web site.")
        .on(&[ENDPOINT]);
    if endpoint.base.is_empty() {
        finding.hint("A proxy before the store may answer in its place.")
    } else {
        finding.hint("The endpoint holds a path; S3 stands at the root of a host of its own.")
    }
}

/// A redirect of everything to another address; `to`: the endpoint that it leads to.
pub(in crate::checks) fn redirected(to: String) -> Finding {
    Finding::new("P79", Ping, format!("The endpoint sends everything on to {}.", shown(to.as_bytes(), 120)))
        .hint("Pre-signed requests do not survive a redirect: give that address in s3.endpoint.")
        .on(&[ENDPOINT])
        .mended_by(endpoint_is(to))
}

/// `skew`: how many seconds this machine is ahead of the store; negative: behind. `refused`: the store said so.
pub(in crate::checks) fn clock(skew: Option<i64>, refused: bool) -> Finding {
    let severity = if refused || skew.is_some_and(|skew| skew.abs() > 900) { Ping } else { Note };
    let summary = match skew {
        Some(skew) => format!(
            "This machine's clock is {} {} the store's.",
            span(skew.unsigned_abs()),
            if skew < 0 { "behind" } else { "ahead of" }
        ),
        None => "The store refuses the time of the request (RequestTimeTooSkewed).".to_owned(),
    };
    Finding::new("P36", severity, summary)
        .hint("The store refuses requests that are more than 15 minutes off; set both clocks with NTP. The time zone does not matter.")
        .hint("It is the clock of the machine that runs Score that counts.")
}

fn span(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

pub(in crate::checks) fn too_slow(limit: Duration) -> Finding {
    Finding::new("P83", Transfer, format!("The store did not answer within {} s.", limit.as_secs()))
        .hint(
            "Look at the load and the log of the store; Score itself waits up to 50 s for each reply and tries again.",
        )
        .on(&[ENDPOINT])
}

pub(in crate::checks) fn broke_off(check: &str) -> Finding {
    Finding::new("P84", Transfer, format!("The check {check} broke off by a fault of this program."))
        .hint("Nothing is known about the store from it; please report it with what stands above.")
}

/// `address`: what clients get, `key`: the setting it comes from, `why`: what makes it one that others cannot reach.
pub(in crate::checks) fn client_address(address: &str, key: &'static str, why: &str) -> Finding {
    let address = shown(address.as_bytes(), 120);
    Finding::new("P31", Note, format!("Clients are sent to {address}, {why}."))
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
        assert_eq!(tls_port(&endpoint).repair, Some(endpoint_is("https://h:9000".into())));
        let endpoint = Endpoint::parse("https://[::1]:9000").unwrap();
        assert_eq!(plain_port(&endpoint).repair, Some(endpoint_is("http://[::1]:9000".into())));
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
}
