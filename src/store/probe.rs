//! Sends requests exactly as Score and score-client do, and returns the raw replies as evidence. Uses path style,
//! Score's region rule and Score's signed headers, and adds no newer feature. Knows nothing of checks, settings or
//! advice.
//!
//! ```text
//! Request ──Signer::by_header──► Signed ────Sender::send──► Reply | Failure      requests of Score's server
//!    └──────Signer::by_query───► Presigned ─Sender::fetch─► Reply | Failure      requests of its clients
//!                                                             └── xml: reads as the SDK for Java does
//! ```

pub mod azure;
pub mod bucket_settings;
mod certificate;
pub mod container_settings;
mod exchange;
pub mod failure;
mod greeting;
pub mod lifecycle;
pub mod phases;
pub mod proxy;
pub mod request;
pub mod send;
pub mod sign;
mod signed_url;
mod tls;
mod waits;
pub mod xml;

pub use certificate::{Authority, Certificate, Usage};
pub use failure::{Failure, Phase};
pub use greeting::{Greeting, NoGreeting, may_be_too_old, old_version};
pub use phases::{connect, resolve};
pub use proxy::{Proxies, Proxy};
pub use request::{Body, Request};
pub use send::{Reply, RequestEvent, RouteError, Sender};
pub use sign::{Attempt, Presigned, Signed, Signer};
pub use signed_url::{By, NotSigned, SignedUrl};
pub use tls::{BadFile, CertificateRefusal, Distrust, Trusted};
pub use waits::{CLIENT_REPETITIONS, Waits};

/// The route to the store from this machine. It is never written to a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Route {
    /// `--connect-to HOST:PORT`: connect there, while Host, TLS name and signature stay those of the endpoint.
    pub connect_to: Option<String>,
    /// `--ca-file`: PEM with certificate authorities to trust in addition to those of the machine.
    pub ca: Option<Vec<u8>>,
    /// True to wait as long as Score does before a server counts as silent.
    pub patient: bool,
    /// The proxy variables of this shell; they are reported, never used.
    pub proxies: Proxies,
    /// How long Score and its clients wait, and how they repeat requests.
    pub waits: Waits,
}
