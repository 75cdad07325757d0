//! Whom to trust: the machine's own certificate authorities, and those of `--ca-file`. Knows nothing of requests.

use std::sync::{Arc, LazyLock, OnceLock};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring::default_provider,
    pki_types::{CertificateDer, pem::PemObject},
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
        // on a machine without a bundle it stays empty: nobody is trusted then, and the handshake says so
        roots.add_parsable_certificates(MACHINE.iter().chain(&self.more).cloned());
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(self.config.get_or_init(|| Arc::new(config)).clone())
    }
}
