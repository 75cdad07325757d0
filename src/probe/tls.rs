//! Whom to trust: the machine's own certificate authorities, and those of `--ca-file`; and, given a choice, as Java does.
//! Knows nothing of requests.

use std::sync::{Arc, LazyLock, OnceLock};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::ring::default_provider,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
};

/// Read at the first handshake of the process, not before: it costs as much as everything up to the first frame.
static MACHINE: LazyLock<Vec<CertificateDer<'static>>> =
    LazyLock::new(|| rustls_native_certs::load_native_certs().certs);

pub(super) struct Trust {
    more: Vec<CertificateDer<'static>>,
    config: OnceLock<Arc<ClientConfig>>,
}

impl Trust {
    /// `None`: there is no certificate in this PEM, or one that cannot be read.
    pub(super) fn new(pem: Option<&[u8]>) -> Option<Self> {
        let more = match pem {
            None => Vec::new(),
            Some(pem) => {
                let more: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().ok()?;
                let mut store = RootCertStore::empty();
                (!more.is_empty() && more.iter().all(|authority| store.add(authority.clone()).is_ok()))
                    .then_some(more)?
            }
        };
        Some(Self { more, config: OnceLock::new() })
    }

    /// Without HTTP/2, which Score's SDK does not speak.
    pub(super) fn config(&self) -> Result<Arc<ClientConfig>, rustls::Error> {
        if let Some(config) = self.config.get() {
            return Ok(config.clone());
        }
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(MACHINE.iter().chain(&self.more).cloned());
        let provider = Arc::new(default_provider());
        let builder = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
        let roots = Arc::new(roots);
        let config = match WebPkiServerVerifier::builder_with_provider(roots.clone(), provider).build() {
            Ok(strict) => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(AsJava { strict, given: self.more.clone() })),
            // a machine without a bundle: nobody is trusted then, and the handshake says so
            Err(_) => builder.with_root_certificates(roots),
        }
        .with_no_client_auth();
        Ok(self.config.get_or_init(|| Arc::new(config)).clone())
    }
}

/// Where rustls is stricter than Java, so that what Java accepts is not refused here: a certificate that is trusted itself
/// needs no authority, though it is one (`sun.security.validator.PKIXValidator.engineValidate`), and one without
/// alternative names is for its common name (`DefaultHostnameVerifier` of the client under the SDK).
#[derive(Debug)]
struct AsJava {
    strict: Arc<WebPkiServerVerifier>,
    given: Vec<CertificateDer<'static>>,
}

impl AsJava {
    fn trusts(&self, leaf: &CertificateDer) -> bool {
        self.given.iter().chain(MACHINE.iter()).any(|known| known == leaf)
    }
}

impl ServerCertVerifier for AsJava {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let told = match self.strict.verify_server_cert(leaf, others, name, ocsp, now) {
            Err(Error::InvalidCertificate(CertificateError::NotValidForNameContext { expected, presented })) => {
                Err(CertificateError::NotValidForNameContext { expected, presented })
            }
            Err(Error::InvalidCertificate(_)) if self.trusts(leaf) => {
                verify_server_name(&ParsedCertificate::try_from(leaf)?, name).map_err(|error| match error {
                    Error::InvalidCertificate(why) => why,
                    _ => CertificateError::NotValidForName,
                })
            }
            // what it says of an authority that shows itself (`CaUsedAsEndEntity`) is not what is wrong with it
            Err(Error::InvalidCertificate(CertificateError::Other(_))) => Err(CertificateError::UnknownIssuer),
            told => return told,
        };
        match told {
            Err(CertificateError::NotValidForNameContext { presented, .. })
                if presented.is_empty() && common_name(leaf).is_some_and(|common| fits(common, &name.to_str())) => {}
            Err(why) => return Err(Error::InvalidCertificate(why)),
            Ok(()) => {}
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.strict.verify_tls12_signature(message, leaf, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.strict.verify_tls13_signature(message, leaf, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.strict.supported_verify_schemes()
    }
}

/// Of the subject, which follows the issuer: the last one that is a short text in DER (X.520, 2.5.4.3).
fn common_name(leaf: &[u8]) -> Option<&str> {
    const OID: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x03];
    let at = leaf.windows(OID.len()).rposition(|window| window == OID)? + OID.len();
    let [kind, length, rest @ ..] = leaf.get(at..)? else { return None };
    // UTF8String, PrintableString, IA5String
    let text = matches!(kind, 0x0c | 0x13 | 0x16).then(|| rest.get(..usize::from(*length)))??;
    std::str::from_utf8(text).ok()
}

/// `*` stands for one label.
fn fits(pattern: &str, name: &str) -> bool {
    match (pattern.strip_prefix("*."), name.split_once('.')) {
        (Some(pattern), Some((_, rest))) => pattern.contains('.') && pattern.eq_ignore_ascii_case(rest),
        _ => pattern.eq_ignore_ascii_case(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_name_is_the_subjects_and_not_the_issuers() {
        let cn = |text: &str| [&[6, 3, 0x55, 4, 3, 0x0c, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
        let both = [cn("the authority"), cn("store.example")].concat();
        assert_eq!(common_name(&both), Some("store.example"));
        assert_eq!(common_name(&both[..both.len() - 1]), None);
        assert_eq!(common_name(b"none"), None);
    }

    #[test]
    fn a_star_stands_for_one_label() {
        for (pattern, name, fit) in [
            ("store.example", "STORE.example", true),
            ("*.lab.example", "s3.lab.example", true),
            ("*.lab.example", "a.s3.lab.example", false),
            ("*.lab.example", "lab.example", false),
            ("*.example", "lab.example", false),
            ("*", "store", false),
        ] {
            assert_eq!(fits(pattern, name), fit, "{pattern} {name}");
        }
    }
}
