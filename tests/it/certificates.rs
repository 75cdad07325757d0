//! Tests certificates of every kind, judged by our code and by a real Java: ours refuses none that Java accepts, and
//! accepts none that Java refuses. Without a Java the second half is skipped with a message, which fails under `CI`.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::Method;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType,
    ExtendedKeyUsagePurpose::{self, Any, ClientAuth, ServerAuth},
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
};
use rustls::{
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use score_setup::{
    store::probe::{BadFile, Distrust, Failure, Request, Route, RouteError, Sender, Signed},
    text::Endpoint,
};
use time::OffsetDateTime;

use crate::sender::Raw;

const LIMIT: Duration = Duration::from_secs(10);
const HOST: &str = "store.example";

pub(crate) type Der = CertificateDer<'static>;

/// A certificate with its key, of an authority or a server.
pub(crate) struct Made {
    pub(crate) params: CertificateParams,
    key: KeyPair,
    pub(crate) der: Der,
}

impl Made {
    pub(crate) fn key(&self) -> Vec<u8> {
        self.key.serialize_der()
    }
}

pub(crate) fn new(names: &[&str], common: &str) -> CertificateParams {
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Lab");
    params.distinguished_name.push(DnType::CommonName, common);
    params
}

pub(crate) fn authority(common: &str) -> CertificateParams {
    let mut params = new(&[], common);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

pub(crate) fn with(mut params: CertificateParams, change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    change(&mut params);
    params
}

pub(crate) fn by_itself(params: CertificateParams) -> Made {
    let key = KeyPair::generate().unwrap();
    let der = params.self_signed(&key).unwrap().der().clone();
    Made { params, key, der }
}

pub(crate) fn by(issuer: &Made, params: CertificateParams) -> Made {
    by_with(issuer, params, KeyPair::generate().unwrap())
}

pub(crate) fn by_with(issuer: &Made, params: CertificateParams, key: KeyPair) -> Made {
    let der = params.signed_by(&key, &Issuer::from_params(&issuer.params, &issuer.key)).unwrap().der().clone();
    Made { params, key, der }
}

/// The verdict of Java, and our finding if Java refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Taken,
    Refused(Distrust),
    /// Java accepts it, and our code cannot judge it.
    Beyond,
}

use Distrust::{Expired, Name, NotYet, Unknown};
use Verdict::{Beyond, Refused, Taken};

pub(crate) struct Case {
    title: &'static str,
    host: &'static str,
    chain: Vec<Der>,
    key: Vec<u8>,
    trusted: Vec<Der>,
    verdict: Verdict,
}

pub(crate) fn case(title: &'static str, leaf: &Made, above: &[&Made], trusted: &[&Made], verdict: Verdict) -> Case {
    Case {
        title,
        host: HOST,
        chain: std::iter::once(leaf).chain(above.iter().copied()).map(|made| made.der.clone()).collect(),
        key: leaf.key.serialize_der(),
        trusted: trusted.iter().map(|made| made.der.clone()).collect(),
        verdict,
    }
}

impl Case {
    fn at(self, host: &'static str) -> Self {
        Self { host, ..self }
    }
}

pub(crate) fn ed25519() -> KeyPair {
    KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap()
}

/// Sets the validity, in years from now.
pub(crate) fn dated(params: CertificateParams, from: i64, to: i64) -> CertificateParams {
    let year = |years: i64| OffsetDateTime::now_utc() + time::Duration::days(365 * years);
    with(params, |params| (params.not_before, params.not_after) = (year(from), year(to)))
}

fn purpose(words: &'static str) -> Verdict {
    Refused(Distrust::Purpose(words))
}

const NO_SIGNATURES: &str = "its KeyUsage allows no digital signatures";
const NO_SERVER: &str = "its ExtendedKeyUsage does not allow TLS servers";

fn paths() -> Vec<Case> {
    let root = by_itself(authority("root"));
    let middle = by(&root, authority("middle"));
    let good = || new(&[HOST], HOST);
    let leaf = by(&root, good());
    let below = by(&middle, good());
    let alone = by_itself(good());
    let shown = by_itself(with(authority(HOST), |params| params.subject_alt_names = good().subject_alt_names));
    let no_root = by_itself(with(good(), |params| params.distinguished_name.push(DnType::CommonName, "no root")));
    let unsigning =
        by(&root, with(authority("unsigning"), |params| params.key_usages = vec![KeyUsagePurpose::CrlSign]));
    let not_one = by(&root, new(&[], "not one"));
    let last = by_itself(with(authority("last"), |params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0))));
    let too_far = by(&last, authority("too far"));
    let old_root = by_itself(dated(authority("old root"), -9, -1));
    let old_middle = by(&root, dated(authority("old middle"), -9, -1));
    let other = by_itself(authority("root"));
    let signing = |params| {
        with(params, |params: &mut CertificateParams| params.key_usages.push(KeyUsagePurpose::DigitalSignature))
    };
    let far = by(&root, last.params.clone());
    let farther = by(&far, authority("farther"));
    vec![
        case("below a root", &leaf, &[], &[&root], Taken),
        case("below a root that is sent", &leaf, &[&root], &[&root], Taken),
        case("below an authority in between", &below, &[&middle], &[&root], Taken),
        case("with a key of Ed25519", &by_with(&root, good(), ed25519()), &[], &[&root], Taken),
        case("in another order", &below, &[&root, &middle], &[&root], Taken),
        case("with what does not belong there", &below, &[&alone, &middle], &[&root], Taken),
        case("the authority in between is missing", &below, &[], &[&root], Refused(Unknown)),
        case("the authority in between is trusted itself", &below, &[], &[&middle], Taken),
        case("an unknown authority", &leaf, &[&root], &[&middle], Refused(Unknown)),
        case("another authority of that name", &leaf, &[], &[&other], Refused(Unknown)),
        case("self-signed", &alone, &[], &[&root], Refused(Unknown)),
        case("self-signed and trusted", &alone, &[], &[&alone], Taken),
        case("an authority that shows itself", &shown, &[], &[&root], Refused(Unknown)),
        case("an authority that shows itself, trusted", &shown, &[], &[&shown], Taken),
        case("an authority below a root", &by(&root, signing(shown.params.clone())), &[], &[&root], Taken),
        case("expired", &by(&root, dated(good(), -2, -1)), &[], &[&root], Refused(Expired)),
        case("not valid yet", &by(&root, dated(good(), 1, 2)), &[], &[&root], Refused(NotYet)),
        case("expired and unknown", &by(&root, dated(good(), -2, -1)), &[], &[&alone], Refused(Expired)),
        {
            let expired = by_itself(dated(good(), -2, -1));
            case("expired and trusted itself", &expired, &[], &[&expired], Taken)
        },
        case("below a root that has expired", &by(&old_root, good()), &[], &[&old_root], Taken),
        case(
            "below one in between that has expired",
            &by(&old_middle, good()),
            &[&old_middle],
            &[&root],
            Refused(Expired),
        ),
        case(
            "below a certificate that is no authority",
            &by(&not_one, good()),
            &[&not_one],
            &[&root],
            Refused(Unknown),
        ),
        case("below a trusted one that is no authority", &by(&no_root, good()), &[], &[&no_root], Refused(Unknown)),
        case("below one that may not sign", &by(&unsigning, good()), &[&unsigning], &[&root], Refused(Unknown)),
        case("a longer path than its root allows", &by(&too_far, good()), &[&too_far], &[&last], Taken),
        case(
            "a longer path than one in between allows",
            &by(&farther, good()),
            &[&farther, &far],
            &[&root],
            purpose("there are more authorities above it than one of them allows"),
        ),
    ]
}

fn names() -> Vec<Case> {
    let root = by_itself(authority("root"));
    let of = |names: &[&str], common: &str| by(&root, new(names, common));
    let named =
        |title, names: &[&str], common, host, verdict| case(title, &of(names, common), &[], &[&root], verdict).at(host);
    vec![
        named("another name", &["other.example"], HOST, HOST, Refused(Name)),
        named("one of several names", &["a.example", HOST], "x", HOST, Taken),
        named("in capitals", &["STORE.Example"], "x", HOST, Taken),
        named("a common name only", &[], HOST, HOST, Taken),
        named("another common name", &[], "other.example", HOST, Refused(Name)),
        named("a star", &["*.example.org"], "x", "s3.example.org", Taken),
        named("a star for two labels", &["*.example.org"], "x", "a.s3.example.org", Refused(Name)),
        named("a star for nothing", &["*.example.org"], "x", "example.org", Refused(Name)),
        named("a star in the common name", &[], "*.example.org", "s3.example.org", Taken),
        named("a star below a top level", &["*.example"], "x", HOST, Taken),
        named("a star alone", &["*"], "x", "minio", Refused(Name)),
        named("a star within a label", &["s3*.example.org"], "x", "s3-a.example.org", Taken),
        named("an address", &["192.0.2.7"], "x", "192.0.2.7", Taken),
        named("another URL", &["192.0.2.8"], "x", "192.0.2.7", Refused(Name)),
        named("an address as common name", &[], "192.0.2.7", "192.0.2.7", Refused(Name)),
        named("an IPv6 address", &["2001:db8::7"], "x", "[2001:db8::7]", Taken),
        named("a name of one label", &["minio"], "x", "minio", Taken),
        case(
            "an alternative name of another kind",
            &by(
                &root,
                with(new(&[], HOST), |params| {
                    params.subject_alt_names = vec![SanType::Rfc822Name("ops@store.example".try_into().unwrap())];
                }),
            ),
            &[],
            &[&root],
            Taken,
        ),
    ]
}

fn uses() -> Vec<Case> {
    let root = by_itself(authority("root"));
    let by_root = |change: fn(&mut CertificateParams)| by(&root, with(new(&[HOST], HOST), change));
    let extended = |title, purposes: &[ExtendedKeyUsagePurpose], verdict| {
        let purposes = purposes.to_vec();
        let leaf = by(&root, with(new(&[HOST], HOST), |params| params.extended_key_usages = purposes));
        case(title, &leaf, &[], &[&root], verdict)
    };
    let narrow = |names: &str| {
        let names = vec![GeneralSubtree::DnsName(names.to_owned())];
        by_itself(with(authority("narrow"), |params| {
            params.name_constraints = Some(NameConstraints { permitted_subtrees: names, excluded_subtrees: vec![] });
        }))
    };
    let (fitting, foreign) = (narrow("example"), narrow("example.org"));
    let between = by(&root, foreign.params.clone());
    let for_clients = by(
        &root,
        with(authority("for clients"), |params| {
            params.extended_key_usages = vec![ClientAuth];
        }),
    );
    vec![
        extended("for servers", &[ServerAuth, ClientAuth], Taken),
        extended("for clients only", &[ClientAuth], purpose(NO_SERVER)),
        extended("for any purpose", &[Any], Taken),
        case(
            "for signatures",
            &by_root(|params| params.key_usages = vec![KeyUsagePurpose::DigitalSignature]),
            &[],
            &[&root],
            Taken,
        ),
        case(
            "for encipherment only",
            &by_root(|params| params.key_usages = vec![KeyUsagePurpose::KeyEncipherment]),
            &[],
            &[&root],
            purpose(NO_SIGNATURES),
        ),
        case(
            "with a critical extension that nobody knows",
            &by_root(|params| {
                let mut odd = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 55555, 1], vec![5, 0]);
                odd.set_criticality(true);
                params.custom_extensions = vec![odd];
            }),
            &[],
            &[&root],
            purpose("it holds a critical extension that is not known"),
        ),
        case("below a root for such names", &by(&fitting, new(&[HOST], HOST)), &[], &[&fitting], Taken),
        case("below a root for other names", &by(&foreign, new(&[HOST], HOST)), &[], &[&foreign], Taken),
        case(
            "below one in between for other names",
            &by(&between, new(&[HOST], HOST)),
            &[&between],
            &[&root],
            purpose("an authority above it may not vouch for its name"),
        ),
        case(
            "below one in between for clients",
            &by(&for_clients, new(&[HOST], HOST)),
            &[&for_clients],
            &[&root],
            Beyond,
        ),
    ]
}

/// Certificates made by `tests/it/data/certificates/make`.
macro_rules! stored {
    ($($name:literal),*) => {
        [$(($name, include_bytes!(concat!("data/certificates/", $name, ".pem")))),*]
            as [(&str, &[u8]); [$($name),*].len()]
    };
}

fn stored() -> Vec<Case> {
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("data/certificates/server.key")).unwrap();
    let weak = |words: &str| Refused(Distrust::Weak(words.to_owned()));
    let verdicts = [
        ("sha1", Taken),
        ("md5", weak("signature MD5withRSA")),
        ("rsa1024", Taken),
        ("rsa768", weak("RSA key of 768 bits")),
        ("version1", Taken),
        ("version1-root", Taken),
        ("version1-self", Taken),
        ("recipe", purpose(NO_SIGNATURES)),
        ("p521", Beyond),
    ];
    stored!("sha1", "md5", "rsa1024", "rsa768", "version1", "version1-root", "version1-self", "recipe", "p521")
        .into_iter()
        .zip(verdicts)
        .map(|((title, pem), (name, verdict))| {
            assert_eq!(title, name);
            let all: Vec<Der> = CertificateDer::pem_slice_iter(pem).map(|der| der.unwrap()).collect();
            let (leaf, root) = (all[0].clone(), all[all.len() - 1].clone());
            Case { title, host: HOST, chain: vec![leaf], key: key.secret_der().to_vec(), trusted: vec![root], verdict }
        })
        .collect()
}

/// A resolver that always shows this certificate.
#[derive(Debug)]
struct Shows(Arc<CertifiedKey>);

impl ResolvesServerCert for Shows {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

pub(crate) async fn served(case: &Case, version: &'static rustls::SupportedProtocolVersion) -> Raw {
    let provider = rustls::crypto::ring::default_provider();
    let key = PrivateKeyDer::try_from(case.key.clone()).unwrap();
    let key = provider.key_provider.load_private_key(key).unwrap();
    let shown = Shows(Arc::new(CertifiedKey::new(case.chain.clone(), key)));
    let config = rustls::ServerConfig::builder_with_provider(provider.into())
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(shown));
    Raw::over_tls(config).await
}

pub(crate) fn pem(ders: &[Der]) -> Vec<u8> {
    let one = |der: &Der| format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der));
    ders.iter().map(one).collect::<String>().into_bytes()
}

async fn ours(case: &Case, server: &Raw) -> Verdict {
    let connect_to = Some(server.endpoint.trim_start_matches("http://").to_owned());
    let sender = Sender::new(&Route { connect_to, ca: Some(pem(&case.trusted)), ..Route::default() }).unwrap();
    let endpoint = Endpoint::parse(&format!("https://{}", case.host)).unwrap();
    match sender.send(Signed::unsigned(&endpoint, &Request::new(Method::GET, "", "")), LIMIT).await {
        Ok(_) => Taken,
        Err(Failure::Certificate(refusal)) => match refusal.why {
            Distrust::Unsupported(_) => Beyond,
            why => Refused(why),
        },
        Err(other) => panic!("{}: {other}", case.title),
    }
}

struct Java {
    process: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Java {
    /// Starts the judge. Returns `None` if there is no Java that can compile.
    fn start() -> Option<Self> {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/data/Judge.java");
        let mut process = Command::new("java")
            .args(["-XX:TieredStopAtLevel=1", source])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let questions = process.stdin.take();
        let answers = BufReader::new(process.stdout.take()?);
        Some(Self { process, questions, answers })
    }

    /// Returns `ok`, or the reason of the refusal.
    fn judge(&mut self, case: &Case, server: &Raw) -> String {
        let port = server.endpoint.rsplit(':').next().unwrap();
        let trusted: Vec<_> = case.trusted.iter().map(|der| STANDARD.encode(der)).collect();
        let host = case.host.trim_matches(['[', ']']);
        writeln!(self.questions.as_mut().unwrap(), "{host} {port} {}", trusted.join(",")).unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        answer.trim().to_owned()
    }
}

impl Drop for Java {
    fn drop(&mut self) {
        self.questions = None; // its end of input is Java's end
        drop(self.process.wait());
    }
}

fn cases() -> Vec<Case> {
    [paths(), names(), uses(), stored()].into_iter().flatten().collect()
}

#[tokio::test]
async fn certificates_are_judged_as_the_table_says() {
    let mut wrong = Vec::new();
    for case in cases() {
        for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
            let told = ours(&case, &served(&case, version).await).await;
            if told != case.verdict {
                wrong.push(format!("{}: {told:?}, not {:?}", case.title, case.verdict));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_are_judged_as_java_does() {
    let Some(mut java) = Java::start() else {
        assert!(env::var_os("CI").is_none(), "java is needed under CI");
        eprintln!("skipped: certificates_are_judged_as_java_does (no java)");
        return;
    };
    let mut wrong = Vec::new();
    for case in cases() {
        for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
            let server = served(&case, version).await;
            let said = tokio::task::block_in_place(|| java.judge(&case, &server));
            if (said == "ok") == matches!(case.verdict, Refused(_)) {
                wrong.push(format!("{}: Java says {said}, the table {:?}", case.title, case.verdict));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_file_of_authorities_is_taken_as_pem_or_der_and_else_told_what_is_wrong_with_it() {
    let made = by_itself(authority("root"));
    let (one, key) = (pem(std::slice::from_ref(&made.der)), made.key.serialize_pem().into_bytes());
    let sender = |file: &[u8]| Sender::new(&Route { ca: Some(file.to_vec()), ..Route::default() }).map(drop);
    for good in [&one[..], &[b"Root of the lab\n", &one[..], b"\n", &one].concat(), &made.der] {
        assert_eq!(sender(good), Ok(()));
    }
    for (bad, why) in [
        (&b""[..], BadFile::Empty),
        (b"nonsense", BadFile::Nothing),
        (&key, BadFile::Key),
        (&[&one[..], &key].concat(), BadFile::WithKey),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", BadFile::Broken(1)),
        (&[&one[..], b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"].concat(), BadFile::Broken(2)),
        (&one[..60], BadFile::Broken(1)),
    ] {
        assert_eq!(sender(bad), Err(RouteError::Ca(why)), "{}", String::from_utf8_lossy(bad));
    }
}
