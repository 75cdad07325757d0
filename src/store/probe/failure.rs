//! The reason why no reply came, with enough types to diagnose it. Knows nothing of settings or advice.

use std::{error::Error, fmt, io, time::Duration};

use super::tls::CertificateRefusal;
use crate::text::shown;

/// The phase of the exchange that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Resolve,
    Connect,
    Handshake,
    /// The request is sent, or being sent; no part of the reply has come.
    Reply,
    Body,
}

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("the name could not be resolved: {0}")]
    Dns(io::Error),
    #[error("the connection was refused")]
    Refused,
    /// The host or network cannot be reached, or the operating system does not permit it.
    #[error("the host could not be reached: {0}")]
    Unreachable(io::Error),
    #[error("{phase} took longer than {} ms", limit.as_millis())]
    Timeout { phase: Phase, limit: Duration },
    #[error("the connection was reset ({0})")]
    Reset(Phase),
    /// No byte of a reply came.
    #[error("the connection was closed without a reply ({0})")]
    Closed(Phase),
    /// Closed in the middle of a reply.
    #[error("the connection was closed in the middle of the reply")]
    CutOff,
    #[error("TLS: {0}")]
    Tls(rustls::Error),
    #[error("TLS: {0}")]
    Certificate(Box<CertificateRefusal>),
    /// The first bytes of the answer; `\x15\x03` is the beginning of a TLS alert.
    #[error("the answer is not HTTP: {}", shown(.0, 40))]
    NotHttp(Vec<u8>),
    /// Headers or body longer than the limit; the status, if it was read.
    #[error("the reply is too long")]
    TooLong { status: Option<u16> },
    /// A request that cannot be written as HTTP: an invalid character in a key, or an invalid URL.
    #[error("the request cannot be sent: {0}")]
    Unsendable(String),
    #[error("{0}")]
    Other(String),
}

impl Failure {
    /// Returns true if the program spoke TLS to a port without it, or plain HTTP to a port with TLS.
    #[must_use]
    pub fn mixed_up(&self) -> bool {
        match self {
            Self::Tls(rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType)) => true,
            Self::NotHttp(first) => first.starts_with(b"\x15\x03"),
            _ => false,
        }
    }

    /// Converts an error of rustls. A refusal by our own verifier arrives inside a rustls error.
    pub(super) fn of_tls(error: &rustls::Error) -> Self {
        if let rustls::Error::InvalidCertificate(rustls::CertificateError::Other(other)) = error
            && let Some(refusal) = other.0.downcast_ref::<CertificateRefusal>()
        {
            return Self::Certificate(Box::new(refusal.clone()));
        }
        Self::Tls(error.clone())
    }

    /// Returns true if not even a connection was opened.
    #[must_use]
    pub fn on_the_way(&self) -> bool {
        match self {
            Self::Dns(_) | Self::Refused | Self::Unreachable(_) => true,
            Self::Timeout { phase, .. } => *phase <= Phase::Connect,
            _ => false,
        }
    }

    /// Converts an error of an operation on a socket.
    pub(super) fn of_io(error: io::Error, phase: Phase) -> Self {
        if let Some(tls) = find::<rustls::Error>(&error) {
            return Self::of_tls(tls);
        }
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
                Self::Reset(phase)
            }
            io::ErrorKind::UnexpectedEof => Self::Closed(phase),
            _ if phase == Phase::Connect => Self::Unreachable(error),
            _ => Self::Other(error.to_string()),
        }
    }

    /// Converts an error of hyper; `first` contains the first bytes that came since the request was sent.
    pub(super) fn of_hyper(error: &hyper::Error, phase: Phase, first: &[u8], status: Option<u16>) -> Self {
        if let Some(tls) = find::<rustls::Error>(error) {
            return Self::of_tls(tls);
        }
        let http = first.starts_with(b"HTTP/");
        match find::<io::Error>(error).map(io::Error::kind) {
            _ if error.is_parse_too_large() => Self::TooLong { status },
            Some(io::ErrorKind::InvalidData) => Self::TooLong { status },
            _ if error.is_parse() && !http => Self::NotHttp(first.to_vec()),
            Some(io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe)
                if first.is_empty() =>
            {
                Self::Reset(phase)
            }
            Some(io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe) => {
                Self::CutOff
            }
            eof if error.is_incomplete_message()
                || error.is_closed()
                || error.is_canceled()
                || eof == Some(io::ErrorKind::UnexpectedEof) =>
            {
                match first {
                    [] => Self::Closed(phase),
                    _ if http => Self::CutOff,
                    first => Self::NotHttp(first.to_vec()),
                }
            }
            _ => Self::Other(chain(error)),
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resolve => "looking up the name",
            Self::Connect => "connecting",
            Self::Handshake => "the TLS handshake",
            Self::Reply => "waiting for the reply",
            Self::Body => "reading the reply",
        })
    }
}

/// Finds the first error of this type in the chain. `io::Error::source` skips the error that it wraps, so this looks at
/// the wrapped error too.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

fn chain(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        words = format!("{words}: {error}");
        next = error.source();
    }
    words
}
