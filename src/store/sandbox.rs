//! An S3 server in this process, on loopback, for trying everything. It verifies V4 and V2 signatures with code that is
//! separate from the signer of the probe, and keeps objects in memory. Knows nothing of the wizard.
//!
//! ```text
//! hyper ──► service ──► target, signature ──► service/{buckets,objects,uploads} ──► memory
//!              └── refusal: the codes of S3        └── xml: writes their documents
//! ```

mod base16;
pub mod memory;
pub mod refusal;
mod service;
mod signature;
mod target;
mod xml;

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpListener, sync::Semaphore, task::JoinSet};
use tokio_util::task::AbortOnDropHandle;

pub use memory::Memory;
pub use service::StoreService;

use crate::text::secret::Secret;

/// The largest number of connections. A run of checks opens at most 32.
const MOST_CONNECTIONS: usize = 256;
/// The time that a connection may wait before the head of a request is complete.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// The longest head of a request. hyper refuses longer ones.
const LONGEST_HEAD: usize = 64 << 10;

/// A running sandbox. Dropping it removes the server and everything in it.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    pub access_key: String,
    pub secret: Secret,
    /// The content of the store.
    pub memory: Memory,
    _serving: AbortOnDropHandle<()>,
}

impl Sandbox {
    /// Starts a sandbox without any bucket, on a free port, with its own keys.
    ///
    /// # Errors
    /// Returns an error if loopback has no free port.
    pub async fn start() -> io::Result<Self> {
        Self::with_secret(Secret::new(uuid::Uuid::new_v4().simple().to_string())).await
    }

    /// Starts a sandbox with this secret key.
    ///
    /// # Errors
    /// Returns an error if loopback has no free port.
    pub async fn with_secret(secret: Secret) -> io::Result<Self> {
        let access_key = "sandbox".to_owned();
        let memory = Memory::default();
        let service = StoreService::new(&memory, &access_key, &secret);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let serving = AbortOnDropHandle::new(tokio::spawn(serve(listener, service)));
        Ok(Self { address, access_key, secret, memory, _serving: serving })
    }

    /// Returns the address, as `HOST:PORT`.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Accepts connections until the task is aborted. The connections end with the task.
async fn serve(listener: TcpListener, service: StoreService) {
    let mut connections = JoinSet::new();
    let free = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    while let Ok(permit) = free.clone().acquire_owned().await {
        while connections.try_join_next().is_some() {}
        // Out of file descriptors, or the client hung up before its connection was accepted: the next one may succeed
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let service = service.clone();
        connections.spawn(async move {
            let answer = service_fn(|request| async { Ok::<_, Infallible>(service.answer(request).await) });
            // the client may hang up at any time
            let mut server = http1::Builder::new();
            server.timer(TokioTimer::new()).header_read_timeout(LONGEST_WAIT).max_buf_size(LONGEST_HEAD);
            drop(server.serve_connection(TokioIo::new(stream), answer).await);
            drop(permit);
        });
    }
}
