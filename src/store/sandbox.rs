//! An S3 server in this process, on loopback, for trying everything. It verifies V4 and V2 signatures with separate
//! code (the crate `s3s`), and keeps objects in memory. Knows nothing of the wizard.

mod memory;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use s3s::{
    S3Result,
    auth::{S3Auth, SecretKey},
    s3_error,
    service::{S3Service, S3ServiceBuilder},
};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::task::AbortOnDropHandle;

pub use memory::Memory;

use crate::text::secret::Secret;

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
        let service = service(&memory, &access_key, &secret);
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

/// Makes the store as a service of hyper, for tests that put faults in front of it.
#[doc(hidden)]
#[must_use]
pub fn service(memory: &Memory, access_key: &str, secret: &Secret) -> S3Service {
    let mut builder = S3ServiceBuilder::new(memory.clone());
    builder.set_auth(OneUser { access_key: access_key.to_owned(), secret: SecretKey::from(secret.for_signing()) });
    builder.build()
}

/// Accepts connections until the task is aborted. The connections end with the task.
async fn serve(listener: TcpListener, service: S3Service) {
    let service = Arc::new(service);
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        // Out of file descriptors, or the client hung up before its connection was accepted: the next one may succeed
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let service = service.clone();
        connections.spawn(async move {
            // the client may hang up at any time
            drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
        });
    }
}

struct OneUser {
    access_key: String,
    secret: SecretKey,
}

#[async_trait::async_trait]
impl S3Auth for OneUser {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        if access_key == self.access_key {
            Ok(self.secret.clone())
        } else {
            Err(s3_error!(InvalidAccessKeyId, "The access key is not the sandbox's."))
        }
    }
}
