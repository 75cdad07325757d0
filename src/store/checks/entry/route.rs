//! Holds the route of a run to its store, and what the first steps learned on it. Knows nothing of signatures.

use std::{net::SocketAddr, sync::Mutex, time::Duration};

use time::OffsetDateTime;
use tokio::{net::TcpStream, time::Instant};

use crate::{
    score::Severity,
    store::{
        checks::{
            Finding, advice,
            engine::{CheckRun, ROUND_TRIPS, SECOND_QUESTION, Timeouts, lock, note},
        },
        probe::{Failure, Proxy, Reply, Request, Route, Sender, Signed, connect},
    },
    text::Endpoint,
};

/// The route of one run to its store.
pub(in crate::store::checks) struct StoreRoute {
    pub(in crate::store::checks) endpoint: Endpoint,
    pub(in crate::store::checks) sender: Sender,
    pub(in crate::store::checks) timeouts: Timeouts,
    /// The IP addresses of the endpoint. Set by the check of the address.
    pub(super) addresses: Mutex<Vec<SocketAddr>>,
    /// The connection of the check of the port, for the check of TLS.
    pub(super) connected: Mutex<Option<TcpStream>>,
    /// The reply to an unsigned GET, and when it came.
    pub(in crate::store::checks) unsigned: Mutex<Option<(Reply, OffsetDateTime)>>,
}

impl StoreRoute {
    /// Starts the timeouts of the run. `connect` is the time that Score waits for a connection.
    ///
    /// # Errors
    /// Returns a finding if the route is not valid.
    pub(in crate::store::checks) fn new(endpoint: Endpoint, route: &Route, connect: Duration) -> Result<Self, Finding> {
        let sender = Sender::new(route).map_err(|why| advice::bad_route(&why.to_string()))?;
        let timeouts = Timeouts::new(route.patient, connect, route.waits);
        Ok(Self {
            endpoint,
            sender,
            timeouts,
            addresses: Mutex::default(),
            connected: Mutex::default(),
            unsigned: Mutex::default(),
        })
    }

    /// Returns the same route with nothing learned yet. Connections are shared.
    pub(in crate::store::checks) fn afresh(&self) -> Self {
        Self {
            endpoint: self.endpoint.clone(),
            sender: self.sender.clone(),
            timeouts: self.timeouts,
            addresses: Mutex::default(),
            connected: Mutex::default(),
            unsigned: Mutex::default(),
        }
    }

    /// Sends a request without a signature.
    ///
    /// # Errors
    /// Returns the failure if no reply comes.
    pub(in crate::store::checks) async fn send_unsigned(
        &self,
        request: &Request,
        limit: Duration,
    ) -> Result<Reply, Failure> {
        self.sender.send(Signed::unsigned(&self.endpoint, request), limit).await
    }

    /// Returns true if TLS is spoken at the port. A TLS server closes the connection on plain HTTP without a message.
    async fn speaks_tls(&self) -> bool {
        let addresses = lock(&self.addresses).clone();
        let begun = Instant::now();
        let Ok(stream) = connect(&addresses, SECOND_QUESTION * ROUND_TRIPS).await else { return false };
        let limit = SECOND_QUESTION + begun.elapsed() * ROUND_TRIPS;
        // a certificate that is not trusted, or an alert, is TLS as well
        matches!(
            self.sender.handshake(stream, &self.endpoint, limit).await,
            Ok(_)
                | Err(Failure::Certificate(_)
                    | Failure::Tls(rustls::Error::InvalidCertificate(_) | rustls::Error::AlertReceived(_)))
        )
    }
}

/// A run against a store, as far as the first steps need it.
pub(in crate::store::checks) trait StoreRun: CheckRun {
    /// The severity of a failed sign-in.
    const LOSS_OF_SIGN_IN: Severity;

    fn route(&self) -> &StoreRoute;

    /// Explains why no reply came.
    fn explain_failure(&self, failure: &Failure) -> Finding;

    /// Explains that TLS is spoken at the port, though the endpoint says http.
    fn explain_tls_port(&self) -> Finding;

    /// Explains why the endpoint cannot be that of a store, if its text alone shows it.
    fn wrong_host(&self) -> Option<Finding> {
        None
    }

    /// Names the settings that make up the endpoint in a finding about it.
    fn about_endpoint(&self, finding: Finding) -> Finding {
        finding
    }

    /// Returns how many connections to open ahead, besides the first.
    fn connections_ahead(&self) -> usize {
        0
    }

    /// Returns the proxy that other programs use for this endpoint. Score does not use it.
    fn unused_proxy(&self) -> Option<&Proxy> {
        None
    }
}

/// Sends the unsigned request that shows what answers at the endpoint, and keeps the reply.
///
/// # Errors
/// Returns a finding if no reply comes. The server is then asked once more whether it expects TLS.
pub(in crate::store::checks) async fn send_unsigned(run: &impl StoreRun, request: &Request) -> Result<Reply, Finding> {
    let route = run.route();
    let reply = match route.send_unsigned(request, route.timeouts.phase()).await {
        Ok(reply) => reply,
        Err(failure @ (Failure::Closed(_) | Failure::Reset(_)))
            if !route.endpoint.secure && route.speaks_tls().await =>
        {
            return Err(run.explain_tls_port().saw(failure.to_string()));
        }
        Err(failure) => return Err(run.explain_failure(&failure).saw(request.line())),
    };
    note(&reply);
    *lock(&route.unsigned) = Some((reply.clone(), OffsetDateTime::now_utc()));
    Ok(reply)
}
