//! Tests the findings about TLS: the cause of each fault, the evidence of a good handshake, and that the lines which
//! fix a Java work.

use std::{
    env, fs,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use rcgen::{CertificateParams, CustomExtension};
use rustls::{RootCertStore, pki_types::PrivateKeyDer, server::WebPkiClientVerifier};
use score_setup::{
    score::{Id, Scope},
    store::{
        checks::{Finding, Outcome, engine::Board},
        probe::Route,
    },
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    certificates::{Made, Verdict, authority, by, by_itself, by_with, case, dated, ed25519, new, pem, served, with},
    checks::{checked, checked_by, good as good_store, seen, target},
    sender::Raw,
    store::Answer,
};

const HOST: &str = "store.example";

fn good() -> CertificateParams {
    new(&[HOST], HOST)
}

async fn serving(leaf: &Made, above: &[&Made]) -> Raw {
    served(&case("", leaf, above, &[], Verdict::Taken), &rustls::version::TLS13).await
}

async fn reached(server: &Raw, host: &str, trusted: &[&Made]) -> Board {
    let ca = (!trusted.is_empty()).then(|| pem(&trusted.iter().map(|made| made.der.clone()).collect::<Vec<_>>()));
    let connect_to = Some(server.endpoint.trim_start_matches("http://").to_owned());
    checked_by(Route { connect_to, ca, ..Route::default() }, target(&format!("https://{host}")), Scope::Reach).await
}

fn tls(board: &Board) -> &Outcome {
    board.outcomes().find(|(row, _)| row.id == "tls").unwrap().1
}

fn finding(board: &Board) -> &Finding {
    tls(board).finding().unwrap_or_else(|| panic!("{:?}", tls(board)))
}

/// Asserts the finding about TLS: its id, severity and a part of the summary.
fn says(board: &Board, id: Id, severity: &str, words: &str) {
    let found = finding(board);
    assert_eq!((found.id, format!("{:?}", found.severity).as_str()), (id, severity), "{found:?}");
    assert!(found.summary.contains(words), "{}", found.summary);
    assert_eq!(found.settings, ["s3.endpoint"]);
}

/// Adds the address of the issuer's certificate (`AuthorityInfoAccess`).
fn fetchable(params: CertificateParams) -> CertificateParams {
    let url = b"http://ca.example/middle.crt";
    let method = [6, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 2];
    let entry = [&method[..], &[0x86, u8::try_from(url.len()).unwrap()], url].concat();
    let entry = [&[0x30, u8::try_from(entry.len()).unwrap()], &entry[..]].concat();
    let all = [&[0x30, u8::try_from(entry.len()).unwrap()], &entry[..]].concat();
    let extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], all);
    with(params, |params| params.custom_extensions.push(extension))
}

/// The certificate of the server, the ones sent with it, the trusted ones, the host, the finding and words of its
/// summary.
type Row<'a> = (Made, &'a [&'a Made], &'a [&'a Made], &'a str, Id, &'a str);

#[tokio::test]
async fn each_fault_of_a_certificate_has_its_own_words() {
    let root = by_itself(authority("Lab root"));
    let other = by_itself(authority("Other root"));
    let middle = by(&root, authority("Lab middle"));
    let leaf = by(&root, good());
    let rows: [Row; 12] = [
        (by_itself(good()), &[], &[], HOST, Id::P29, "is self-signed, and not trusted here"),
        (by(&root, good()), &[], &[], HOST, Id::P29, "is from Lab root, which is not trusted here"),
        (by(&root, good()), &[&root], &[&other], HOST, Id::P29, "is from Lab root, which is not trusted here"),
        (
            by(&middle, fetchable(good())),
            &[],
            &[],
            HOST,
            Id::P95,
            "does not send the certificate of its issuer, Lab middle",
        ),
        // The certificate has no address for its issuer: a trusted authority has the same organisation.
        (by(&middle, good()), &[], &[&root], HOST, Id::P95, "does not send the certificate of its issuer, Lab middle"),
        (
            by(&root, dated(good(), -2, -1)),
            &[],
            &[&root],
            HOST,
            Id::P30,
            "The certificate of store.example expired on ",
        ),
        (by(&root, dated(good(), 1, 2)), &[], &[&root], HOST, Id::P30, "; this machine's clock says "),
        (leaf, &[], &[&root], "other.example", Id::P30, "is not for other.example, but for store.example"),
        (by(&root, new(&[], HOST)), &[], &[&root], "192.0.2.7", Id::P30, "is not for 192.0.2.7, but for store.example"),
        (by(&root, new(&[], HOST)), &[], &[&root], "other.example", Id::P30, "but for store.example"),
        (
            by(&root, with(good(), |p| p.key_usages = vec![rcgen::KeyUsagePurpose::KeyEncipherment])),
            &[],
            &[&root],
            HOST,
            Id::P96,
            "its KeyUsage allows no digital signatures",
        ),
        (
            by(&root, with(good(), |p| p.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth])),
            &[],
            &[&root],
            HOST,
            Id::P96,
            "its ExtendedKeyUsage does not allow TLS servers",
        ),
    ];
    for (leaf, above, trusted, host, id, words) in rows {
        let server = serving(&leaf, above).await;
        let board = reached(&server, host, trusted).await;
        says(&board, id, "Ping", words);
        let evidence = finding(&board).evidence.join("\n");
        assert!(evidence.contains("certificate 1: ") && evidence.contains("SHA-256: "), "{evidence}");
    }
}

/// Java has two checks of names. Only the one for transfers refuses this.
#[tokio::test]
async fn an_address_as_common_name_stops_transfers_only() {
    let root = by_itself(authority("Lab root"));
    let leaf = by(&root, new(&[], "192.0.2.7"));
    let board = reached(&serving(&leaf, &[]).await, "192.0.2.7", &[&root]).await;
    says(&board, Id::P30, "Transfer", "has 192.0.2.7 only as its common name");
}

#[tokio::test]
async fn a_missing_issuer_is_told_with_the_place_where_it_is() {
    let root = by_itself(authority("Lab root"));
    let middle = by(&root, authority("Lab middle"));
    let board = reached(&serving(&by(&middle, fetchable(good())), &[]).await, HOST, &[&root]).await;
    assert!(finding(&board).hints[0].contains("The missing one is at http://ca.example/middle.crt."));
}

#[tokio::test]
async fn a_good_greeting_shows_the_chain_and_who_trusts_it() {
    let root = by_itself(authority("Lab root"));
    let leaf = by(&root, dated(good(), -1, 1));
    let board = reached(&serving(&leaf, &[&root]).await, HOST, &[&root]).await;
    // Only --ca-file trusts it.
    says(&board, Id::P94, "Note", "trusted by --ca-file");
    let evidence = finding(&board).evidence.join("\n");
    for part in [
        "TLS 1.3, by Lab root, 364 days left",
        "certificate 1: CN=store.example,O=Lab",
        "issued by: CN=Lab root,O=Lab",
        "names: store.example",
        "(364 days left); EC 256, SHA256withECDSA",
        "certificate 2: CN=Lab root,O=Lab",
        "issued by: itself",
    ] {
        assert!(evidence.contains(part), "{part}: {evidence}");
    }
}

#[tokio::test]
async fn the_last_two_weeks_of_a_certificate_are_told() {
    let root = by_itself(authority("Lab root"));
    let soon = with(good(), |p| p.not_after = time::OffsetDateTime::now_utc() + time::Duration::hours(24 * 5 + 1));
    let board = reached(&serving(&by(&root, soon), &[]).await, HOST, &[&root]).await;
    let found = finding(&board);
    assert!(found.evidence.iter().any(|line| line.contains("5 days left")), "{found:?}");
    assert!(found.hints.iter().chain([&found.summary]).any(|line| line.contains("in 5 days")), "{found:?}");
}

#[tokio::test]
async fn what_an_older_java_does_not_know_is_told() {
    let root = by_itself(authority("Lab root"));
    let board = reached(&serving(&by_with(&root, good(), ed25519()), &[]).await, HOST, &[&root]).await;
    says(&board, Id::P94, "Note", "needs Ed25519, which Java supports only from 15");
}

/// Starts a server that asks its clients for certificates of this authority.
async fn asking(server: &Made, clients: &Made, needs: bool, version: &'static rustls::SupportedProtocolVersion) -> Raw {
    let mut roots = RootCertStore::empty();
    roots.add(clients.der.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    let verifier = if needs { verifier } else { verifier.allow_unauthenticated() };
    let key = PrivateKeyDer::try_from(server.key()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(vec![server.der.clone()], key)
        .unwrap();
    Raw::over_tls(config).await
}

#[tokio::test]
async fn a_server_that_wants_a_certificate_of_its_client_is_known_by_it() {
    let root = by_itself(authority("Lab root"));
    let leaf = by(&root, good());
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let board = reached(&asking(&leaf, &root, true, version).await, HOST, &[&root]).await;
        says(&board, Id::P98, "Ping", "requires a client certificate");
        let board = reached(&asking(&leaf, &root, false, version).await, HOST, &[&root]).await;
        says(&board, Id::P94, "Note", "trusted by --ca-file");
        let asks = "The server asks for a client certificate, but does not require one.";
        assert!(finding(&board).evidence.iter().any(|line| line == asks));
    }
}

/// Starts a server that answers a greeting in this version with these bytes, and every other with an alert.
async fn scripted(version: [u8; 2], answer: &'static [u8], alert: u8) -> Raw {
    Raw::start(move |mut stream| async move {
        let mut head = [0; 5];
        if stream.read_exact(&mut head).await.is_err() {
            return;
        }
        let mut body = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
        if stream.read_exact(&mut body).await.is_err() {
            return;
        }
        let refusal = [21, 3, 1, 0, 2, 2, alert];
        let said = if body[4..6] == version { answer } else { &refusal[..] };
        drop(stream.write_all(said).await);
        drop(stream.shutdown().await);
    })
    .await
}

#[tokio::test]
async fn a_server_that_finds_nothing_in_common_is_asked_for_older_versions() {
    let hello = |minor: u8| -> &'static [u8] { Box::leak(Box::new([22, 3, minor, 0, 42, 2, 0, 0, 38, 3, minor])) };
    for (version, answer, alert, id, words) in [
        ([3, 2], hello(2), 70, Id::P97, "supports no version of TLS newer than TLS 1.1"),
        ([3, 2], hello(1), 40, Id::P97, "supports no version of TLS newer than TLS 1.0"),
        ([9, 9], hello(2), 40, Id::P97, "The TLS handshake with store.example failed"),
        ([9, 9], hello(2), 112, Id::P30, "does not know the name store.example"),
    ] {
        let board = reached(&scripted(version, answer, alert).await, HOST, &[]).await;
        says(&board, id, "Ping", words);
    }
}

/// Returns true if the program can be started on this machine.
fn there(program: &str, argument: &str) -> bool {
    Command::new(program).arg(argument).output().is_ok()
}

fn shell(folder: &std::path::Path, line: &str) {
    let told = Command::new("sh").args(["-ec", line]).current_dir(folder).output().unwrap();
    assert!(told.status.success(), "{line}\n{}", String::from_utf8_lossy(&told.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lines_of_the_finding_let_java_trust_the_store() {
    if !(there("java", "-version") && there("keytool", "-help") && there("openssl", "version")) {
        assert!(env::var_os("CI").is_none(), "java, keytool and openssl are needed under CI");
        eprintln!("skipped: the_lines_of_the_finding_let_java_trust_the_store (no java, keytool or openssl)");
        return;
    }
    let root = by_itself(authority("Lab root"));
    let here = || new(&["localhost"], "localhost");
    for (leaf, above) in [(by_itself(here()), None), (by(&root, here()), Some(&root))] {
        let server = serving(&leaf, above.as_slice()).await;
        let endpoint = server.endpoint.replace("http://127.0.0.1", "https://localhost");
        let reach = async |ca| checked_by(Route { ca, ..Route::default() }, target(&endpoint), Scope::Reach).await;
        let board = reach(None).await;
        says(&board, Id::P29, "Ping", "not trusted here");
        let hints = &finding(&board).hints;
        let folder = tempfile::tempdir().unwrap();
        let between = |hint: &str, start: &str, end: &str| {
            let from = &hint[hint.find(start).unwrap()..];
            from[..from.find(end).unwrap_or(from.len())].to_owned()
        };
        let java = |options: &str| {
            let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/data/Judge.java");
            let mut java = Command::new("java");
            let told = java.args([source, &endpoint]).env("JAVA_TOOL_OPTIONS", options).output().unwrap();
            String::from_utf8_lossy(&told.stdout).trim().to_owned()
        };
        tokio::task::block_in_place(|| {
            assert!(java("").contains("PKIX path building failed"), "{}", java(""));
            shell(folder.path(), &between(&hints[0], "openssl", "\0"));
            shell(folder.path(), &between(&hints[1], "install", "\0"));
            let options = between(&hints[2], "\"-D", "\"\0");
            let options = options.trim_matches('"').replace("/path", folder.path().to_str().unwrap());
            assert_eq!(java(&options), "200", "{options}");
        });
        let board = reach(Some(fs::read(folder.path().join("store-ca.pem")).unwrap())).await;
        says(&board, Id::P94, "Note", "trusted by --ca-file");
    }
}

#[tokio::test]
async fn faults_of_certificates_are_told_within_a_second() {
    let server = serving(&by_itself(good()), &[]).await;
    reached(&server, HOST, &[]).await; // the authorities of this machine are read once
    let started = Instant::now();
    reached(&server, HOST, &[]).await;
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}

/// The server behaves like nginx 1.22: it accepts every handshake.
#[tokio::test]
async fn a_proxy_that_wants_a_certificate_after_the_greeting_is_known_by_its_page() {
    let store = good_store().await;
    let page = "<html><head><title>400 No required SSL certificate was sent</title></head></html>";
    store.answer(|_| true, Answer::new(400).header("server", "nginx").body(page));
    let board = checked(target(&store.endpoint()), Scope::Reach).await;
    assert_eq!(seen(&board).last().unwrap(), "service P98 Ping Some(\"s3.endpoint\")");
}
