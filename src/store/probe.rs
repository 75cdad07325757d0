//! Requests exactly as Score and score-client send them, and the replies, raw, as evidence. No kinder and no newer than
//! Score: path style, its region rule, its signed headers. Knows nothing of checks, settings or advice.
//!
//! ```text
//! Request ──Signer::by_header──► Signed ────Sender::send──► Reply | Failure      what Score's server asks
//!    └──────Signer::by_query───► Presigned ─Sender::fetch─► Reply | Failure      what its clients follow
//!                                                             └── xml: read as the SDK for Java reads
//! ```

pub mod azure;
mod certificate;
mod exchange;
pub mod failure;
mod greeting;
pub mod phases;
pub mod proxy;
pub mod request;
pub mod send;
pub mod sign;
mod signed_url;
mod tls;
pub mod xml;

pub use certificate::{Authority, Certificate, Usage};
pub use failure::{Failure, Phase};
pub use greeting::{Greeting, NoGreeting, may_be_too_old, old_version};
pub use phases::{connect, resolve};
pub use proxy::{Proxies, Proxy};
pub use request::{Body, Request};
pub use send::{Reply, RouteError, Sender};
pub use sign::{Presigned, Signed, Signer};
pub use signed_url::{By, NotSigned, SignedUrl};
pub use tls::{BadFile, Distrust, Refusal, Trusted};

/// How to get to the store from this machine; nothing of it is ever written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Route {
    /// `--connect-to HOST:PORT`: connect there, while Host, TLS name and signature stay those of the endpoint.
    pub connect_to: Option<String>,
    /// `--ca-file`: PEM with certificate authorities to trust beside the machine's own.
    pub ca: Option<Vec<u8>>,
    /// Wait as long as Score does before something is called silent.
    pub patient: bool,
    /// Of this shell; told, never used.
    pub proxies: Proxies,
}
