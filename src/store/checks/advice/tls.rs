//! Findings about TLS and certificates, as Score's Java judges them, and the lines that fix them.

use std::path::Path;

use rustls::{AlertDescription, Error as TlsError};
use time::{OffsetDateTime, macros::format_description};

use super::reach::CheckedServer;
use crate::{
    score::{
        Id,
        Severity::{Note, Ping, Transfer},
        key,
    },
    store::{
        checks::Finding,
        probe::{Certificate, CertificateRefusal, Distrust, Failure, Greeting},
    },
    text::{Endpoint, shown},
};

/// The number of days before its expiry from which a certificate is reported.
const SOON: i64 = 14;
/// The most names of a certificate that are shown.
const NAMES: usize = 6;

fn host(endpoint: &Endpoint) -> String {
    shown(endpoint.name().as_bytes(), 120)
}

/// Explains a failed handshake, unless the certificate is the reason.
pub(in crate::store::checks) fn refused(error: &TlsError, endpoint: &Endpoint, server: CheckedServer) -> Finding {
    let host = host(endpoint);
    let finding = match error {
        TlsError::AlertReceived(AlertDescription::CertificateRequired) => return wants_certificate(endpoint, server),
        TlsError::AlertReceived(AlertDescription::UnrecognisedName) => {
            Finding::new(Id::P30, Ping, format!("The server at the endpoint does not know the name {host}.")).hint(
                format!("Write a name in {} that {}, or the proxy in front of it, knows.", server.address, server.name),
            )
        }
        _ => Finding::new(Id::P97, Ping, format!("The TLS handshake with {host} failed."))
            .hint("The server has no version or cipher suite in common with Java 11 and 17, which use TLS 1.2 or 1.3.")
            .hint(format!("Look at the TLS settings and the log of {}, or of the proxy in front of it.", server.name)),
    };
    finding.on(&[key::S3_ENDPOINT]).saw(shown(error.to_string().as_bytes(), 200))
}

/// Reports a server that supports only old versions of TLS. `version` is its newest.
pub(in crate::store::checks) fn too_old(endpoint: &Endpoint, version: &str, failure: &Failure) -> Finding {
    Finding::new(
        Id::P97,
        Ping,
        format!(
            "The server at {} supports no version of TLS newer than {version}, and Java refuses it.",
            host(endpoint)
        ),
    )
    .hint("Enable TLS 1.2 or 1.3 in the store, or in the proxy in front of it.")
    .hint("Java has refused older versions since 8u291 and 11.0.11 (jdk.tls.disabledAlgorithms in java.security).")
    .on(&[key::S3_ENDPOINT])
    .saw(failure.to_string())
    .saw(format!("The server answers a handshake in {version}."))
}

/// Reports a required client certificate. The SDK ignores `javax.net.ssl.keyStore` (AWS SDK for Java 1.11.219,
/// `SdkSSLContext.getPreferredSSLContext`).
pub(in crate::store::checks) fn wants_certificate(endpoint: &Endpoint, server: CheckedServer) -> Finding {
    Finding::new(Id::P98, Ping, format!("{} requires a client certificate, which Score does not have.", host(endpoint)))
        .hint(format!(
            "Disable this in {}, or in the proxy in front of it. In nginx, use ssl_verify_client off.",
            server.name
        ))
        .hint("Score's SDK cannot send one. A store identifies its clients by their keys.")
        .on(&[key::S3_ENDPOINT])
}

/// Explains a certificate that is not accepted, with its chain as evidence.
pub(in crate::store::checks) fn certificate(
    refusal: &CertificateRefusal,
    endpoint: &Endpoint,
    server: CheckedServer,
) -> Finding {
    let finding = match &refusal.why {
        Distrust::Unknown => unknown(refusal, endpoint, server.name),
        Distrust::Name => other_name(refusal, endpoint, server.address),
        Distrust::Expired | Distrust::NotYet => not_now(refusal, endpoint),
        Distrust::Purpose(_) | Distrust::Weak(_) | Distrust::Other(_) | Distrust::Unreadable => Finding::new(
            Id::P96,
            Ping,
            format!("Java does not accept the certificate of {}: {}.", host(endpoint), refusal.why),
        )
        .hint("Request a new certificate: RSA of 2048 bits or EC, signed with SHA-256, for digitalSignature and serverAuth."),
        Distrust::Unsupported(what) => Finding::new(
            Id::P96,
            Ping,
            format!(
                "The certificate of {} cannot be checked here, because of {what}.",
                host(endpoint)
            ),
        )
        .hint("Java may accept it, but nothing after the handshake was tested.")
        .hint("Use RSA of at least 2048 bits, or EC with P-256 or P-384. They can be checked here and by every Java."),
    };
    let mut finding = finding.on(&[key::S3_ENDPOINT]);
    finding.evidence.extend(lines(&refusal.chain, refusal.at));
    finding
}

fn unknown(refusal: &CertificateRefusal, endpoint: &Endpoint, server: &str) -> Finding {
    let host = host(endpoint);
    let Some(top) = refusal.chain.last() else {
        return Finding::new(Id::P29, Ping, format!("{host} sends no certificate that can be read."))
            .hint(format!("Request a new certificate for {server}."));
    };
    if refusal.chain.len() == 1 && top.self_issued {
        return import(
            Finding::new(Id::P29, Ping, format!("The certificate of {host} is self-signed, and not trusted here."))
                .hint(fetch(endpoint, server, "openssl x509")),
            refusal.java,
        );
    }
    if !top.self_issued && (!top.issuer_at.is_empty() || refusal.issuer_known) {
        let at = top.issuer_at.first().map_or(String::new(), |url| format!(" The missing one is at {url}."));
        return Finding::new(
            Id::P95,
            Ping,
            format!("{host} does not send the certificate of its issuer, {}.", name_of(&top.issuer)),
        )
        .hint(format!(
            "Let {server} send its whole chain in one file: its own certificate, then those of its issuers.{at}"
        ))
        .hint(
            "Browsers download a missing certificate. Java does so only if com.sun.security.enableAIAcaIssuers is set.",
        )
        .hint("If this issuer is a root authority, Java must trust it. Test its certificate here with --ca-file.");
    }
    let finding = Finding::new(
        Id::P29,
        Ping,
        format!("The certificate of {host} is from {}, which is not trusted here.", name_of(&top.issuer)),
    );
    let from = if top.self_issued {
        // the last one of those that came
        fetch(endpoint, server, r#"awk '/BEGIN CERT/{c=""} {c=c $0 "\n"} /END CERT/{l=c} END{printf "%s", l}'"#)
    } else {
        format!(
            "Get the certificate of this authority from the administrator of {server}. Save it as store-ca.pem and test it here with --ca-file store-ca.pem."
        )
    };
    import(finding.hint(from), refusal.java)
}

/// Returns the command that saves a certificate. `pick` is the command that selects it from the chain.
fn fetch(endpoint: &Endpoint, server: &str, pick: &str) -> String {
    let (name, port) = (&endpoint.host, endpoint.port);
    let by_name = if endpoint.by_address() { String::new() } else { format!(" -servername {name}") };
    format!(
        "Save it, compare its fingerprint with that of {server}, and test it here with --ca-file store-ca.pem. To save it, run: openssl s_client -connect {name}:{port}{by_name} -showcerts </dev/null | {pick} > store-ca.pem"
    )
}

/// Adds how the Java of Score and of its clients can trust `store-ca.pem`.
fn import(finding: Finding, java: Option<&Path>) -> Finding {
    let store = java.map_or("\"$JAVA_HOME/lib/security/cacerts\"".to_owned(), |path| path.display().to_string());
    finding
        .hint(format!(
            "Make Java trust it, in a copy of its trust store: install -m 644 {store} truststore && keytool -importcert -noprompt -trustcacerts -alias score-store -file store-ca.pem -keystore truststore -storepass changeit"
        ))
        .hint(
            "Name that copy in conf/wrapper.conf, as wrapper.java.additional.6=-Djavax.net.ssl.trustStore=/path/truststore \
             and .7=-Djavax.net.ssl.trustStorePassword=changeit (or the next numbers that are free), and for every \
             score-client: export JAVA_TOOL_OPTIONS=\"-Djavax.net.ssl.trustStore=/path/truststore \
             -Djavax.net.ssl.trustStorePassword=changeit\"",
        )
}

fn other_name(refusal: &CertificateRefusal, endpoint: &Endpoint, setting: &str) -> Finding {
    let host = host(endpoint);
    let Some(leaf) = refusal.chain.first() else {
        return Finding::new(Id::P30, Ping, "The certificate contains no name.");
    };
    let bare = leaf.hosts.is_empty() && leaf.addresses.is_empty() && endpoint.by_address();
    let again =
        format!("Request a certificate with the IP address as an alternative name, or use a host name in {setting}.");
    // httpclient 4.5.13, under the SDK and the ping, accepts it. The JDK, which sends the parts, does not.
    if bare && leaf.common_name.as_deref() == Some(endpoint.name()) {
        let told = format!("The certificate at the endpoint has {host} only as its common name.");
        return Finding::new(Id::P30, Transfer, told)
            .hint("Score and a ping accept this. Uploads and downloads of score-client fail.")
            .hint(again);
    }
    let told = format!("The certificate at the endpoint is not for {host}, but for {}.", names(leaf));
    let finding = Finding::new(Id::P30, Ping, told);
    if bare {
        finding.hint("The certificate has no alternative names. A common name does not cover IP addresses.").hint(again)
    } else {
        finding.hint(format!(
            "Use a name in {setting} that the certificate contains, or request a certificate for this name."
        ))
    }
}

fn not_now(refusal: &CertificateRefusal, endpoint: &Endpoint) -> Finding {
    let late = refusal.why == Distrust::Expired;
    let wrong = refusal
        .chain
        .iter()
        .position(|one| if late { one.not_after < refusal.at } else { one.not_before > refusal.at });
    let which = match wrong.and_then(|at| refusal.chain.get(at).filter(|_| at > 0)) {
        Some(above) => format!("The certificate {}, above that of {},", name_of(&above.subject), host(endpoint)),
        None => format!("The certificate of {}", host(endpoint)),
    };
    let one = wrong.and_then(|at| refusal.chain.get(at));
    let clock = format!("this machine's clock says {}", minute(refusal.at));
    if late {
        let end = one.map_or(String::new(), |one| format!(" on {}", day(one.not_after)));
        Finding::new(Id::P30, Ping, format!("{which} expired{end}; {clock}."))
            .hint("Renew the certificate. Java refuses it too.")
    } else {
        let start = one.map_or(String::new(), |one| format!(" before {}", minute(one.not_before)));
        Finding::new(Id::P30, Ping, format!("{which} is not valid{start}; {clock}."))
            .hint("Check the clock of this machine, then the certificate. The clock of Score's machine is the one that matters.")
    }
}

/// Reports what is worth attention after a handshake that succeeded.
pub(in crate::store::checks) fn greeted(
    greeting: &Greeting,
    endpoint: &Endpoint,
    now: OffsetDateTime,
) -> Option<Finding> {
    let host = host(endpoint);
    let mut finding = match (greeting.trusted.java, greeting.trusted.machine) {
        (Some((_, true)), _) | (None, true) => {
            return soon(greeting, endpoint, now).or_else(|| too_new(greeting, endpoint, now));
        }
        (Some((store, false)), machine) => {
            let who = if machine { "this machine" } else { "--ca-file" };
            import(
                Finding::new(
                    Id::P94,
                    Note,
                    format!(
                        "The certificate of {host} is trusted by {who}, but not by the Java found here ({}).",
                        store.display()
                    ),
                )
                .hint("If Score runs with another Java or its own trust store, no change is needed."),
                Some(store),
            )
        }
        (None, false) => import(
            Finding::new(
                Id::P94,
                Note,
                format!("The certificate of {host} is trusted by --ca-file. Score's Java must trust it too."),
            )
            .hint(format!(
                "No Java was found here. To see whether the Java of Score trusts it, run this where Score runs: {}",
                ask(greeting)
            )),
            None,
        ),
    };
    for more in [soon(greeting, endpoint, now), too_new(greeting, endpoint, now)].into_iter().flatten() {
        finding.summary = format!("{} {}", finding.summary, more.summary);
    }
    finding = finding.on(&[key::S3_ENDPOINT]);
    finding.evidence.extend(seen(greeting, now));
    Some(finding)
}

/// Returns the command that searches a trust store of Java for the authority of this chain.
fn ask(greeting: &Greeting) -> String {
    let what = match greeting.chain.last() {
        Some(top) if top.self_issued => top.fingerprint.clone(),
        Some(top) => name_of(&top.issuer),
        None => String::new(),
    };
    format!(
        "keytool -list -v -keystore \"$JAVA_HOME/lib/security/cacerts\" -storepass changeit | grep -F '{}'",
        what.replace('\'', "?")
    )
}

fn soon(greeting: &Greeting, endpoint: &Endpoint, now: OffsetDateTime) -> Option<Finding> {
    let first = greeting.chain.iter().min_by_key(|one| one.not_after)?;
    let left = (first.not_after - now).whole_days();
    if left >= SOON {
        return None;
    }
    let when = match left {
        ..0 => "has expired, but Java accepts this from a certificate that it trusts itself".to_owned(),
        0 => "expires within a day".to_owned(),
        left => format!("expires in {left} days"),
    };
    let mut finding = Finding::new(Id::P99, Note, format!("The certificate of {} {when}.", host(endpoint)))
        .hint(format!(
            "Renew the certificate {} before {}. Uploads and downloads stop then.",
            name_of(&first.subject),
            day(first.not_after)
        ))
        .on(&[key::S3_ENDPOINT]);
    finding.evidence.extend(seen(greeting, now));
    Some(finding)
}

/// Reports a key that needs a new Java. The image of Score's server has Java 11 (Score 5.11 `Dockerfile`), that of its
/// client 17.
fn too_new(greeting: &Greeting, endpoint: &Endpoint, now: OffsetDateTime) -> Option<Finding> {
    greeting.chain.iter().find(|one| one.key == "Ed25519")?;
    let mut finding = Finding::new(
        Id::P96,
        Note,
        format!("The certificate of {} needs Ed25519, which Java supports only from 15.", host(endpoint)),
    )
    .hint("Run Score with Java 17, or request a certificate with RSA or EC.")
    .on(&[key::S3_ENDPOINT]);
    finding.evidence.extend(seen(greeting, now));
    Some(finding)
}

/// Describes a handshake that succeeded: first in a few words, then line by line.
pub(in crate::store::checks) fn seen(greeting: &Greeting, now: OffsetDateTime) -> Vec<String> {
    let left = greeting.chain.iter().map(|one| (one.not_after - now).whole_days()).min();
    let left = left.map_or(String::new(), |days| format!(", {days} days left"));
    let by = greeting.chain.first().map_or(String::new(), |leaf| {
        if leaf.self_issued { ", self-signed".to_owned() } else { format!(", by {}", name_of(&leaf.issuer)) }
    });
    let mut all = vec![format!("{}{by}{left}", greeting.version)];
    all.extend(lines(&greeting.chain, now));
    all.push(match (greeting.trusted.java, greeting.trusted.machine) {
        (Some((store, true)), _) => format!("The Java found here trusts it ({}).", store.display()),
        (Some((store, false)), _) => format!("The Java found here does not trust it ({}).", store.display()),
        (None, _) => format!("No Java was found here. To test where Score runs: {}", ask(greeting)),
    });
    if greeting.asked {
        all.push("The server asks for a client certificate, but does not require one.".to_owned());
    }
    if greeting.chain.first().is_some_and(|leaf| leaf.hosts.is_empty() && leaf.addresses.is_empty()) {
        all.push(
            "It has a common name and no alternative names. Java accepts it, but other clients often do not."
                .to_owned(),
        );
    }
    all
}

/// Describes a chain, with a few lines for each certificate.
fn lines(chain: &[Certificate], now: OffsetDateTime) -> Vec<String> {
    let one = |(at, one): (usize, &Certificate)| {
        let key = if one.bits == 0 { one.key.to_owned() } else { format!("{} {}", one.key, one.bits) };
        [
            format!("certificate {}: {}", at + 1, one.subject),
            format!("issued by: {}", if one.self_issued { "itself" } else { one.issuer.as_str() }),
            format!("names: {}", names(one)),
            format!(
                "valid: {} to {} ({} days left); {key}, {}",
                day(one.not_before),
                day(one.not_after),
                (one.not_after - now).whole_days(),
                one.signature
            ),
            format!("SHA-256: {}", one.fingerprint),
        ]
        .into_iter()
        .filter(move |line| at == 0 || !line.starts_with("names"))
    };
    chain.iter().take(5).enumerate().flat_map(one).collect()
}

fn names(one: &Certificate) -> String {
    let all = one.names();
    let mut shown: Vec<_> = all.iter().take(NAMES).cloned().collect();
    match all.len() {
        0 => return "no name at all".to_owned(),
        more if more > NAMES => shown.push(format!("{} more", more - NAMES)),
        _ => {}
    }
    shown.join(", ")
}

/// Returns the common name, or else the whole subject.
fn name_of(subject: &str) -> String {
    let common = subject.split(',').find_map(|part| part.strip_prefix("CN="));
    common.unwrap_or(subject).to_owned()
}

fn day(time: OffsetDateTime) -> String {
    time.format(format_description!("[year]-[month]-[day]")).unwrap_or_default()
}

fn minute(time: OffsetDateTime) -> String {
    time.format(format_description!("[year]-[month]-[day] [hour]:[minute] UTC")).unwrap_or_default()
}
