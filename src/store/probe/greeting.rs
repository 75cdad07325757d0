//! Performs a TLS handshake only to look at it: the version, the certificates, who trusts them, and what else the
//! server requires. Sends no request. Knows nothing of advice.

use std::{sync::Arc, time::Duration};

use rustls::{
    AlertDescription, ClientConfig, Error as TlsError, ProtocolVersion, client::Resumption, pki_types::CertificateDer,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout},
};
use tokio_rustls::client::TlsStream;

use super::{
    Certificate, Failure,
    failure::Phase,
    phases::greet,
    tls::{NoCertificate, Trust, Trusted},
};

/// Time that a server has to refuse the connection after it asked for a client certificate. With TLS 1.3, it refuses
/// only after the handshake.
const SECOND_THOUGHT: Duration = Duration::from_millis(600);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Greeting {
    /// The version, such as `TLS 1.3`.
    pub version: &'static str,
    /// The certificates as the server sent them, its own first.
    pub chain: Vec<Certificate>,
    pub trusted: Trusted,
    /// True if the server asked for a client certificate, and continued without one.
    pub asked: bool,
}

/// The reason why a handshake failed, as far as the server shows it.
#[derive(Debug)]
pub enum NoGreeting {
    /// The server asked for a client certificate.
    WantsCertificate(Failure),
    /// Any other failure.
    Other(Failure),
}

/// Performs the handshake. Returns the stream too, unless the server asked for a client certificate.
pub(super) async fn greeting<S: AsyncRead + AsyncWrite + Unpin>(
    trust: &Trust,
    stream: S,
    name: &str,
    limit: Duration,
) -> Result<(Greeting, Option<TlsStream<S>>), NoGreeting> {
    let deadline = Instant::now() + limit;
    let none = Arc::new(NoCertificate::default());
    let mut config = ClientConfig::clone(&*trust.config().map_err(|error| NoGreeting::Other(Failure::Tls(error)))?);
    config.client_auth_cert_resolver = none.clone();
    // a resumed session shows no certificates
    config.resumption = Resumption::disabled();
    let failed = |failure: Failure| match failure {
        Failure::Tls(TlsError::AlertReceived(_)) | Failure::Closed(_) | Failure::Reset(_) if none.asked() => {
            NoGreeting::WantsCertificate(failure)
        }
        Failure::Tls(TlsError::AlertReceived(AlertDescription::CertificateRequired)) => {
            NoGreeting::WantsCertificate(failure)
        }
        failure => NoGreeting::Other(failure),
    };
    // Reading the certificate authorities of the machine took part of the limit, up to several hundred milliseconds
    let left = deadline.saturating_duration_since(Instant::now());
    let mut stream = greet(Arc::new(config), stream, name, left).await.map_err(failed)?;
    if none.asked() {
        let mut first = [0];
        match timeout(SECOND_THOUGHT.min(limit), stream.read(&mut first)).await {
            Ok(Err(error)) => return Err(failed(Failure::of_io(error, Phase::Handshake))),
            Ok(Ok(0)) => return Err(failed(Failure::Closed(Phase::Handshake))),
            Ok(Ok(_)) | Err(_) => {}
        }
    }
    let session = stream.get_ref().1;
    let chain: Vec<CertificateDer> = session.peer_certificates().unwrap_or_default().to_vec();
    let greeting = Greeting {
        version: match session.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
            _ => "TLS 1.3",
        },
        trusted: Trusted::of(&chain),
        chain: chain.iter().filter_map(|der| Certificate::read(der)).collect(),
        asked: none.asked(),
    };
    Ok((greeting, (!none.asked()).then_some(stream)))
}

/// Returns true if the server possibly supports only older versions than Java and rustls do.
#[must_use]
pub fn may_be_too_old(failure: &Failure) -> bool {
    use AlertDescription::{DecodeError, HandshakeFailure, IllegalParameter, InsufficientSecurity, ProtocolVersion};
    match failure {
        Failure::Tls(TlsError::AlertReceived(alert)) => {
            [DecodeError, HandshakeFailure, IllegalParameter, InsufficientSecurity, ProtocolVersion].contains(alert)
        }
        Failure::Tls(TlsError::PeerIncompatible(_)) => true,
        Failure::Closed(phase) | Failure::Reset(phase) => *phase == Phase::Handshake,
        _ => false,
    }
}

/// Returns the old version that the server would speak, such as TLS 1.0. Java has switched these versions off
/// (`jdk.tls.disabledAlgorithms`) and rustls does not know them, so this sends a `ClientHello` of its own.
pub async fn old_version(mut stream: TcpStream, name: &str, limit: Duration) -> Option<&'static str> {
    let ask = async {
        stream.write_all(&old_greeting(name)).await.ok()?;
        // the head of a record, the head of a message, the version
        let mut head = [0; 11];
        stream.read_exact(&mut head).await.ok()?;
        Some(head)
    };
    match timeout(limit, ask).await.ok()?? {
        [22, 3, _, _, _, 2, _, _, _, 3, 2] => Some("TLS 1.1"),
        [22, 3, _, _, _, 2, _, _, _, 3, 1] => Some("TLS 1.0"),
        [22, 3, _, _, _, 2, _, _, _, 3, 0] => Some("SSL 3.0"),
        _ => None,
    }
}

/// Builds a `ClientHello` of TLS 1.1 with the suites of its time (RFC 4346, RFC 8422).
fn old_greeting(name: &str) -> Vec<u8> {
    const SUITES: [u16; 9] = [0xc014, 0xc013, 0xc00a, 0xc009, 0x0039, 0x0033, 0x0035, 0x002f, 0x000a];
    let long = |bytes: &[u8]| [&u16::try_from(bytes.len()).unwrap_or(0).to_be_bytes(), bytes].concat();
    let extension = |kind: u16, body: &[u8]| [&kind.to_be_bytes()[..], &long(body)].concat();
    let mut extensions = [
        // curves, and points that are not compressed
        extension(10, &long(&[0, 29, 0, 23, 0, 24])),
        extension(11, &[1, 0]),
    ]
    .concat();
    if name.parse::<std::net::IpAddr>().is_err() {
        extensions.extend(extension(0, &long(&[&[0][..], &long(name.as_bytes())].concat())));
    }
    let suites: Vec<u8> = SUITES.iter().flat_map(|suite| suite.to_be_bytes()).collect();
    let random = [0x5c; 32]; // no secret will follow
    let body = [&[3, 2][..], &random, &[0], &long(&suites), &[1, 0], &long(&extensions)].concat();
    let message = [&[1, 0][..], &long(&body)].concat();
    [&[22, 3, 1][..], &long(&message)].concat()
}
