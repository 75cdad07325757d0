//! Trust in certificates: the machine's own certificate authorities, those of its Java, and those of `--ca-file`,
//! judged as Java does. Knows nothing of requests.

mod algorithms;
mod java;
mod jvm;

use std::{
    path::Path,
    sync::{
        Arc, LazyLock, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, SignatureScheme,
    client::{
        ResolvesClientCert,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{ring::default_provider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
    sign::CertifiedKey,
};

pub use java::{CertificateRefusal, Distrust};

use time::OffsetDateTime;

use super::certificate::Certificate;
use java::Anchors;
use jvm::JVM;

/// The authorities of the machine. They are read at the first handshake of the process, not earlier: this takes as long
/// as everything up to the first frame.
static MACHINE: LazyLock<Anchors> = LazyLock::new(|| Anchors::of(&rustls_native_certs::load_native_certs().certs));

/// The authorities that the machine or its Java trusts.
static EITHER: LazyLock<Anchors> = LazyLock::new(|| match JVM.as_ref() {
    Some(jvm) => MACHINE.and(jvm.anchors.all()),
    None => MACHINE.clone(),
});

pub(super) struct Trust {
    more: Vec<CertificateDer<'static>>,
    config: OnceLock<Arc<ClientConfig>>,
}

/// The fault in the bytes of `--ca-file`; each text continues after the name of the option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadFile {
    #[error("is empty.")]
    Empty,
    #[error("holds a private key and no certificate: give the certificate of the authority.")]
    Key,
    #[error("holds a private key beside its certificates, which has no place there: give the certificates alone.")]
    WithKey,
    #[error("holds no certificate, neither as PEM nor as DER.")]
    Nothing,
    #[error("holds a certificate that cannot be read: number {0}.")]
    Broken(usize),
}

impl Trust {
    /// Makes the trust. `file` contains certificates as PEM, with any text between them, or one certificate as DER.
    pub(super) fn new(file: Option<&[u8]>) -> Result<Self, BadFile> {
        let more = file.map(certificates).transpose()?.unwrap_or_default();
        Ok(Self { more, config: OnceLock::new() })
    }

    /// Returns the TLS configuration, without HTTP/2, which Score's SDK does not speak.
    pub(super) fn config(&self) -> Result<Arc<ClientConfig>, Error> {
        if let Some(config) = self.config.get() {
            return Ok(config.clone());
        }
        let anchors = EITHER.and(&self.more);
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AsJava { anchors }))
            .with_no_client_auth();
        Ok(self.config.get_or_init(|| Arc::new(config)).clone())
    }
}

/// The trust stores, other than `--ca-file`, that trust a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trusted {
    /// True if curl and other programs on this machine would trust it.
    pub machine: bool,
    /// The trust store of the Java that is found on this machine, and whether it trusts the certificate; `None` if no
    /// Java is found.
    pub java: Option<(&'static Path, bool)>,
}

impl Trusted {
    /// Asks each trust store separately.
    pub(super) fn of(chain: &[CertificateDer<'_>]) -> Self {
        let now = UnixTime::now();
        let by = |anchors: &Anchors| {
            chain.split_first().is_some_and(|(leaf, others)| anchors.judge(leaf, others, now).is_ok())
        };
        Self { machine: by(&MACHINE), java: JVM.as_ref().map(|jvm| (jvm.store.as_path(), by(&jvm.anchors))) }
    }
}

fn certificates(file: &[u8]) -> Result<Vec<CertificateDer<'static>>, BadFile> {
    let text = String::from_utf8_lossy(file);
    let key = text.contains("PRIVATE KEY-----");
    let mut found = Vec::new();
    for (at, one) in CertificateDer::pem_slice_iter(file).enumerate() {
        let fits = one.ok().filter(|der| Certificate::read(der).is_some());
        found.push(fits.ok_or(BadFile::Broken(at + 1))?);
    }
    match () {
        () if file.is_empty() => Err(BadFile::Empty),
        () if found.is_empty() && Certificate::read(file).is_some() => Ok(vec![CertificateDer::from(file.to_vec())]),
        () if found.is_empty() && key => Err(BadFile::Key),
        () if found.is_empty() => Err(BadFile::Nothing),
        () if key => Err(BadFile::WithKey),
        () => Ok(found),
    }
}

#[derive(Debug)]
struct AsJava {
    anchors: Anchors,
}

impl ServerCertVerifier for AsJava {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let refused = |why| {
            let read = std::iter::once(leaf).chain(others).filter_map(|der| Certificate::read(der));
            let chain: Vec<_> = read.collect();
            let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
            let refusal = CertificateRefusal {
                why,
                at: OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH),
                issuer_known: chain.last().is_some_and(|last| self.anchors.know(&last.issuer)),
                java: JVM.as_ref().map(|jvm| jvm.store.as_path()),
                chain,
            };
            Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(refusal))))
        };
        self.anchors.judge(leaf, others, now).map_err(refused)?;
        let named = Certificate::read(leaf).is_some_and(|leaf| java::is_for(&leaf, &name.to_str()));
        if named { Ok(ServerCertVerified::assertion()) } else { Err(refused(Distrust::Name)) }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if ParsedCertificate::try_from(leaf).is_err() {
            return algorithms::greeted_by_old(message, leaf, signed, false);
        }
        verify_tls12_signature(message, leaf, signed, &algorithms::of_greetings())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if ParsedCertificate::try_from(leaf).is_err() {
            return algorithms::greeted_by_old(message, leaf, signed, true);
        }
        verify_tls13_signature(message, leaf, signed, &algorithms::of_greetings())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = algorithms::of_greetings().supported_schemes();
        // Java knows this one too. The server then shows such a certificate, although it cannot be checked here.
        schemes.push(SignatureScheme::ECDSA_NISTP521_SHA512);
        schemes
    }
}

/// A client without a certificate, as Score is. It remembers that the server asked for one.
#[derive(Debug, Default)]
pub(super) struct NoCertificate {
    asked: AtomicBool,
}

impl NoCertificate {
    pub(super) fn asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}

impl ResolvesClientCert for NoCertificate {
    fn resolve(&self, _issuers: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        // With `false`, rustls would answer without calling `resolve`
        true
    }
}
