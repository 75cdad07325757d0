//! What can be wrong with TLS and certificates, by what Score's Java makes of it.

use rustls::{CertificateError, Error as TlsError};

use super::reach::ENDPOINT;
use crate::{
    checks::{Finding, Severity::Ping},
    probe::{Endpoint, shown},
};

pub(in crate::checks) fn refused(error: &TlsError, endpoint: &Endpoint) -> Finding {
    let host = shown(endpoint.name().as_bytes(), 120);
    let finding = match error {
        TlsError::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => {
            Finding::new("P29", Ping, format!("The certificate of {host} is not from an authority that this machine trusts."))
                .hint("Import the authority into the trust store of the Java that runs Score, and of the one that runs score-client: keytool -importcert.")
                .hint("Test here with --ca-file; Java has a trust store of its own and may decide otherwise.")
        }
        TlsError::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => Finding::new("P30", Ping, format!("The certificate at the endpoint is not for the name {host}."))
            .hint("Use a name in s3.endpoint that the certificate holds, or have it made for this one."),
        TlsError::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            Finding::new("P30", Ping, format!("The certificate of {host} has expired."))
                .hint("Have it renewed; Java refuses it as well.")
        }
        TlsError::InvalidCertificate(CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. }) => {
            Finding::new("P30", Ping, format!("The certificate of {host} is not valid yet."))
                .hint("Check this machine's clock, then the certificate.")
        }
        TlsError::InvalidCertificate(_) => {
            Finding::new("P29", Ping, format!("The certificate of {host} was not accepted here."))
                .hint("Java decides by its own rules and trust store; look at the certificate with openssl s_client.")
        }
        _ => Finding::new("P29", Ping, format!("The TLS handshake with {host} failed."))
            .hint("The store wants another version of TLS, or a certificate of the client, which Score has none of."),
    };
    finding.on(&[ENDPOINT]).saw(shown(error.to_string().as_bytes(), 200))
}
