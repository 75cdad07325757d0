//! Keeps every summary and hint about an exchange that failed, for each server that may be asked.

use std::{fmt::Write as _, io, path::Path, time::Duration};

use rustls::{AlertDescription, Error as TlsError, InvalidMessage};
use time::macros::datetime;

use super::{
    azure,
    reach::{self, STORE},
    score, store, tls,
};
use crate::{
    answers::target::{AzureStore, Cloud},
    store::{
        checks::{Finding, fixtures},
        probe::{
            Authority, Certificate, CertificateRefusal, Distrust, Failure, Greeting, Phase, Proxy, Reply, SignedUrl,
            Trusted,
        },
    },
    text::{BadEndpoint, Endpoint},
};

fn certificate(subject: &str, issuer: &str) -> Certificate {
    Certificate {
        subject: subject.into(),
        issuer: issuer.into(),
        self_issued: subject == issuer,
        common_name: None,
        hosts: vec!["other.example".into()],
        addresses: Vec::new(),
        not_before: datetime!(2026-01-01 00:00 UTC),
        not_after: datetime!(2026-02-01 00:00 UTC),
        key: "RSA",
        bits: 2048,
        signature: "SHA256withRSA".into(),
        authority: Authority::No,
        usage: None,
        for_servers: true,
        odd: false,
        issuer_at: Vec::new(),
        fingerprint: "AA:BB".into(),
    }
}

fn refusal(why: Distrust, chain: Vec<Certificate>) -> Failure {
    let java = Some(Path::new("/java/cacerts"));
    Failure::Certificate(Box::new(CertificateRefusal {
        why,
        chain,
        at: datetime!(2026-03-01 00:00 UTC),
        issuer_known: false,
        java,
    }))
}

/// One failure for each branch of the advice.
fn failures() -> Vec<Failure> {
    let limit = Duration::from_secs(4);
    let error = || io::Error::other("no");
    let again = io::Error::other("Temporary failure in name resolution");
    let leaf = || certificate("CN=store.example", "CN=Lab");
    let itself = certificate("CN=store.example", "CN=store.example");
    let bare = |common_name: Option<&str>| Certificate {
        hosts: Vec::new(),
        common_name: common_name.map(str::to_owned),
        ..leaf()
    };
    let fetchable = Certificate { issuer_at: vec!["http://ca.example/ca.crt".into()], ..leaf() };
    let mut all = vec![
        Failure::Dns(error()),
        Failure::Dns(again),
        Failure::Refused,
        Failure::Unreachable(error()),
        Failure::Reset(Phase::Reply),
        Failure::Closed(Phase::Reply),
        Failure::CutOff,
        Failure::NotHttp(b"SSH-2.0".to_vec()),
        Failure::NotHttp(b"\x15\x03".to_vec()),
        Failure::TooLong { status: None },
        Failure::Unsendable("no".into()),
        Failure::Other("no".into()),
        Failure::Tls(TlsError::InvalidMessage(InvalidMessage::InvalidContentType)),
        Failure::Tls(TlsError::AlertReceived(AlertDescription::CertificateRequired)),
        Failure::Tls(TlsError::AlertReceived(AlertDescription::UnrecognisedName)),
        Failure::Tls(TlsError::AlertReceived(AlertDescription::HandshakeFailure)),
        refusal(Distrust::Unknown, Vec::new()),
        refusal(Distrust::Unknown, vec![itself]),
        refusal(Distrust::Unknown, vec![leaf()]),
        refusal(Distrust::Unknown, vec![leaf(), certificate("CN=Lab", "CN=Lab")]),
        refusal(Distrust::Unknown, vec![fetchable]),
        refusal(Distrust::Name, Vec::new()),
        refusal(Distrust::Name, vec![leaf()]),
        refusal(Distrust::Name, vec![bare(None)]),
        refusal(Distrust::Name, vec![bare(Some("127.0.0.1"))]),
        refusal(Distrust::Expired, vec![leaf()]),
        refusal(Distrust::NotYet, vec![leaf()]),
        refusal(Distrust::Weak("MD5".into()), vec![leaf()]),
        refusal(Distrust::Unsupported("P-521".into()), vec![leaf()]),
    ];
    let phases = [Phase::Resolve, Phase::Connect, Phase::Handshake, Phase::Reply, Phase::Body];
    all.extend(phases.map(|phase| Failure::Timeout { phase, limit }));
    all
}

fn tell(text: &mut String, what: &str, finding: &Finding) {
    writeln!(text, "{what}\n  {} {:?} {}", finding.id, finding.severity, finding.summary).unwrap();
    for hint in &finding.hints {
        writeln!(text, "  - {hint}").unwrap();
    }
    writeln!(text, "  {:?} {:?}", finding.settings, finding.repair).unwrap();
}

/// Writes what is said of each failure at each endpoint.
fn told(endpoints: &[&str], voice: impl Fn(&Failure, &Endpoint) -> Finding) -> String {
    let mut text = String::new();
    for endpoint in endpoints {
        let endpoint = Endpoint::parse(endpoint).unwrap();
        for failure in failures() {
            tell(&mut text, &format!("{}: {failure}", endpoint.root()), &voice(&failure, &endpoint));
        }
    }
    text
}

/// Writes what is said of greetings, which `of` may say of other settings.
fn greetings(of: impl Fn(Finding) -> Finding) -> String {
    let endpoint = Endpoint::parse("https://store.example").unwrap();
    let now = datetime!(2026-01-25 00:00 UTC);
    let mut text = String::new();
    let java = |trusted| Some((Path::new("/java/cacerts"), trusted));
    for (machine, java) in [(true, java(true)), (true, java(false)), (false, java(false)), (false, None)] {
        for key in ["RSA", "Ed25519"] {
            let trusted = Trusted { machine, java };
            let chain = vec![Certificate { key, ..certificate("CN=store.example", "CN=Lab") }];
            let greeting = Greeting { version: "TLS 1.3", chain, trusted, asked: false };
            if let Some(finding) = tls::greeted(&greeting, &endpoint, now) {
                tell(&mut text, &format!("{key}, {trusted:?}"), &of(finding));
            }
        }
    }
    let old = tls::too_old(&endpoint, "TLS 1.1", &Failure::CutOff);
    tell(&mut text, "an old version", &of(old));
    tell(&mut text, "a certificate of the client", &of(tls::wants_certificate(&endpoint, STORE)));
    text
}

macro_rules! keep {
    ($name:literal, $text:expr) => {
        insta::with_settings!({ snapshot_path => "../../../../tests/it/snapshots/advice", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!($name, $text);
        });
    };
}

const STORES: &[&str] = &["http://127.0.0.1:9000", "https://store.example"];

#[test]
fn of_a_store() {
    keep!(
        "store",
        told(STORES, |failure, endpoint| reach::unanswered(failure, endpoint, STORE))
            + &told(STORES[..1].as_ref(), |failure, endpoint| {
                reach::unanswered(failure, endpoint, STORE.after_a_reply(true))
            })
            + &greetings(|finding| finding)
    );
}

#[test]
fn of_a_storage_account() {
    let store = |cloud| AzureStore { cloud, ..fixtures::azure("") };
    let (name, key) = (store(Cloud::Public), store(Cloud::Endpoint("https://store.example".into())));
    let mut text = String::new();
    for store in [name, key] {
        text +=
            &told(&["https://store.example"], |failure, endpoint| azure::unanswered(failure, endpoint, &store, false));
        text += &greetings(|finding| azure::greeting(finding, &store));
        let endpoint = Endpoint::parse("http://store.example").unwrap();
        tell(&mut text, "a port with TLS", &azure::tls_port(&endpoint, &store));
        for why in bad_endpoints() {
            tell(&mut text, &why.to_string(), &azure::bad_endpoint(&store, why));
        }
    }
    keep!("account", text);
}

fn bad_endpoints() -> [BadEndpoint; 7] {
    use BadEndpoint::{Host, NoHost, Path, Port, Query, Scheme, User};
    [Scheme, User, NoHost, Host, Port, Path, Query]
}

#[test]
fn of_a_running_score() {
    let mut text = told(STORES, score::unanswered);
    for why in bad_endpoints() {
        tell(&mut text, &why.to_string(), &score::bad_url(why));
    }
    keep!("score", text);
}

#[test]
fn of_the_store_that_a_running_score_uses() {
    let url = |endpoint: &Endpoint| {
        let signed = "/score-object/data/heliograph?AWSAccessKeyId=KEY&Expires=1800000000&Signature=AAAA";
        SignedUrl::parse(&format!("{}{signed}", endpoint.root())).unwrap()
    };
    keep!("client", told(STORES, |failure, endpoint| score::client_unanswered(failure, &url(endpoint))));
}

#[test]
fn of_a_proxy_that_is_not_used() {
    let proxy = Proxy { variable: "https_proxy", host: "proxy.example".into(), port: 3128 };
    let ways = |failure: &Failure, endpoint: &Endpoint| {
        let finding = reach::unanswered(failure, endpoint, STORE);
        if failure.on_the_way() { reach::no_way_but_a_proxy(finding, failure, endpoint, &proxy) } else { finding }
    };
    keep!("proxy", told(STORES, ways));
}

#[test]
fn of_urls_that_a_store_refuses() {
    let s3 = "http://store.example/score-object/data/heliograph?AWSAccessKeyId=KEY&Expires=1800000000&Signature=AAAA";
    let sas = "https://acct.blob.core.windows.net/score/heliograph?sv=2019-07-07&si=Policy&sr=b&sig=AAAA";
    let by_itself =
        "https://acct.blob.core.windows.net/score/heliograph?sv=2019-07-07&sp=r&se=2027-01-01T00:00:00Z&sr=b&sig=AAAA";
    let twice =
        "http://store.example//score-object/data/heliograph?AWSAccessKeyId=KEY&Expires=1800000000&Signature=AAAA";
    let codes = score::codes().map(|code| (403, code, ""));
    let others = [
        (301, "", ""),
        (307, "", ""),
        (400, "Odd", ""),
        (401, "", ""),
        (403, "AuthenticationFailed", "Signature did not match"),
        (403, "AuthenticationFailed", "Signature not valid in the specified time frame"),
        (403, "AuthenticationFailed", "no such identifier"),
        (403, "AccessDenied", "Request has expired"),
        (403, "", ""),
        (404, "", ""),
        (503, "SlowDown", ""),
    ];
    let refusals: Vec<(u16, &str, &str)> = codes.chain(others).collect();
    let mut text = String::new();
    for url in [s3, sas, by_itself, twice] {
        let url = SignedUrl::parse(url).unwrap();
        for (status, code, words) in &refusals {
            let what = format!("{}: {status} {code} {words}", url.endpoint.root());
            tell(&mut text, what.trim_end(), &score::refused(&url, *status, code, words));
        }
    }
    keep!("urls", text);
}

/// A denial in the words of AWS.
#[test]
fn of_denials() {
    let mut text = String::new();
    for by in [
        "with an explicit deny in an identity-based policy",
        "with an explicit deny in a service control policy",
        "with an explicit deny",
        "no rule",
    ] {
        let body = format!("<Error><Code>AccessDenied</Code><Message>User: x is not authorized {by}</Message></Error>");
        let reply = Reply {
            repeated: Vec::new(),
            sent: "GET /score-state".into(),
            status: http::StatusCode::FORBIDDEN,
            headers: http::HeaderMap::new(),
            body: body.into(),
            version: http::Version::HTTP_11,
            elapsed: Duration::ZERO,
        };
        let finding = store::denied_outright(store::state_unlisted("score-state"), &reply);
        tell(&mut text, by, &finding);
    }
    keep!("denials", text);
}

#[test]
fn of_clocks() {
    let mut text = String::new();
    for (skew, refused) in [(Some(400), false), (Some(-1000), false), (Some(90_000), true), (None, true)] {
        tell(&mut text, &format!("{skew:?} {refused}"), &reach::clock(skew, refused));
    }
    for skew in [400, -1000, 90_000] {
        tell(&mut text, &format!("Score, {skew}"), &score::clock(skew));
    }
    keep!("clocks", text);
}
