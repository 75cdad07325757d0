//! Opens the connection to a store, phase by phase: name, connection, handshake. Each phase has its own limit and typed
//! failures. Knows nothing of HTTP.

use std::{
    collections::HashSet,
    future::Future,
    io,
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    thread,
    time::Duration,
};

use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::oneshot,
    time::{Instant, timeout_at},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{
    failure::{Failure, Phase},
    tls::Trust,
};

/// Resolves a name. Sorts IPv4 first, as Java does (`java.net.preferIPv6Addresses=false`).
///
/// A look-up cannot be stopped, and a runtime waits for its blocking tasks when it ends. So each look-up has its own
/// thread, and the runtime does not wait for it.
///
/// # Errors
/// Returns an error if the name cannot be resolved (`Dns`), or not within the limit (`Timeout`).
pub async fn resolve(host: &str, port: u16, limit: Duration) -> Result<Vec<SocketAddr>, Failure> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![(address, port).into()]);
    }
    let (tell, told) = oneshot::channel();
    let name = host.to_owned();
    let look_up = move || {
        let addresses = (name.as_str(), port).to_socket_addrs().map(Vec::from_iter);
        drop(tell.send(addresses)); // after the limit, nothing receives the answer
    };
    thread::Builder::new().name("look-up".to_owned()).spawn(look_up).map_err(Failure::Dns)?;
    let answer = within(Phase::Resolve, limit, told).await?;
    let mut addresses =
        answer.map_err(|_| Failure::Dns(io::Error::other("the look-up ended early")))?.map_err(Failure::Dns)?;
    addresses.sort_by_key(SocketAddr::is_ipv6);
    let mut seen = HashSet::new();
    addresses.retain(|address| seen.insert(*address));
    if addresses.is_empty() {
        return Err(Failure::Dns(io::Error::new(io::ErrorKind::NotFound, "the name has no address")));
    }
    Ok(addresses)
}

/// Connects to one address after the other, as Java does. Each gets an equal share of the time that is left.
///
/// # Errors
/// Returns an error if no address accepts the connection: the failure of the last address.
pub async fn connect(addresses: &[SocketAddr], limit: Duration) -> Result<TcpStream, Failure> {
    let end = Instant::now() + limit;
    let mut failure = Failure::Dns(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
    for (at, address) in addresses.iter().enumerate() {
        let others = u32::try_from(addresses.len() - at).unwrap_or(u32::MAX);
        let share = end.saturating_duration_since(Instant::now()) / others;
        failure = match timeout_at(Instant::now() + share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Sends small requests without delay; a socket that refuses this option still works
                stream.set_nodelay(true).ok();
                return Ok(stream);
            }
            Ok(Err(error)) => Failure::of_io(error, Phase::Connect),
            Err(_) => Failure::Timeout { phase: Phase::Connect, limit },
        };
    }
    Err(failure)
}

/// Performs the TLS handshake. `name` is that of the endpoint, even if the connection goes elsewhere.
pub(super) async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
    trust: &Trust,
    stream: S,
    name: &str,
    limit: Duration,
) -> Result<TlsStream<S>, Failure> {
    greet(trust.config().map_err(Failure::Tls)?, stream, name, limit).await
}

pub(super) async fn greet<S: AsyncRead + AsyncWrite + Unpin>(
    config: Arc<ClientConfig>,
    stream: S,
    name: &str,
    limit: Duration,
) -> Result<TlsStream<S>, Failure> {
    let server = ServerName::try_from(name.to_owned())
        .map_err(|_| Failure::Unsendable("the host cannot be in a certificate".to_owned()))?;
    let connector = TlsConnector::from(config);
    let greeted = within(Phase::Handshake, limit, connector.connect(server, stream)).await?;
    greeted.map_err(|error| Failure::of_io(error, Phase::Handshake))
}

async fn within<F: Future>(phase: Phase, limit: Duration, work: F) -> Result<F::Output, Failure> {
    tokio::time::timeout(limit, work).await.map_err(|_| Failure::Timeout { phase, limit })
}

/// A socket that acknowledges immediately what it reads. Ceph sends head and body of a reply separately and waits for
/// the acknowledgement of the first; on a kept connection Linux would delay it by 40 ms (seen on Ceph 16.2.15).
pub(super) struct Prompt {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Prompt {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, reset: Arc::default() }
    }

    /// Returns the switch that makes the end of this connection a reset.
    pub(super) fn reset(&self) -> Arc<AtomicBool> {
        self.reset.clone()
    }
}

impl std::fmt::Debug for Prompt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.stream.fmt(f)
    }
}

impl Drop for Prompt {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Acquire) {
            // a connection that is gone already needs no reset
            self.stream.set_zero_linger().ok();
        }
    }
}

impl AsyncRead for Prompt {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        #[cfg(target_os = "linux")]
        rustix::net::sockopt::set_tcp_quickack(&self.stream, true).ok(); // slower without this, never wrong
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Prompt {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
