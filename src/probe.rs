//! Requests exactly as Score and score-client send them, and the replies, raw, as evidence. No kinder and no newer than
//! Score: path style, its region rule, its signed headers. Knows nothing of checks, settings or advice.

pub mod endpoint;
pub mod request;
pub mod send;
pub mod sign;
pub mod tls;
pub mod xml;

pub use sign::Version;

/// How to get to the store from this machine; nothing of it is ever written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Route {
    /// `--connect-to HOST:PORT`: connect there, while Host, TLS name and signature stay those of the endpoint.
    pub connect_to: Option<String>,
    /// `--ca-file`: PEM with certificate authorities to trust beside the machine's own.
    pub ca: Option<Vec<u8>>,
}
