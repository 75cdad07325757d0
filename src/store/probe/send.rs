//! Sends signed requests: follows no redirect and does not decode. Keeps connections, as Score's SDK does, and can open
//! some ahead. Knows nothing of the purpose of the requests.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Version};
use tokio::{
    net::TcpStream,
    sync::oneshot,
    time::{Instant, sleep, timeout_at},
};
use tokio_rustls::client::TlsStream;

use super::{
    Route,
    exchange::{Bounds, Connection, Heard},
    failure::Failure,
    greeting::{self, Greeting, NoGreeting},
    phases::{self, Prompt},
    sign::{self, Presigned, Signed},
    tls::{BadFile, Trust},
    waits::Waits,
};
use crate::text::{
    endpoint::{Endpoint, bare, host_and_port},
    shown,
};

/// The number of bytes that are read of a reply's body. Score's longest reply, a thousand unfinished uploads, is
/// shorter.
const MOST: usize = 1 << 20;
/// The number of connections kept for one pool key: the most that are used at the same time.
const KEPT: usize = 128;

/// The time that a request waits for a connection that is being opened for it.
const COMING: Duration = Duration::from_secs(1);

/// A stage of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestEvent {
    /// It is to be sent: its line, without a signature.
    Begun(String),
    /// It has a connection.
    Connected,
    /// A reply of this status came.
    Answered(u16),
    /// No reply came.
    Failed,
}

/// A receiver of the stages of each request, by the number of the request.
type RequestListener = Box<dyn Fn(u64, RequestEvent) + Send + Sync>;

/// A client with its connections. It is cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Sender(Arc<Inner>);

struct Inner {
    connect_to: Option<(String, u16)>,
    trust: Trust,
    /// The number of bytes that are read of a reply's body.
    most: usize,
    kept: Mutex<HashMap<PoolKey, Kept>>,
    watch: OnceLock<RequestListener>,
    /// The number of the next request.
    number: AtomicU64,
}

/// The connections of one pool that are not in use.
#[derive(Default)]
struct Kept {
    idle: Vec<Connection>,
    /// Connections that are being opened.
    coming: Vec<oneshot::Receiver<Connection>>,
}

/// The properties that connections of one pool share.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct PoolKey {
    secure: bool,
    /// The name that the certificate must contain.
    name: String,
    host: String,
    port: u16,
}

/// A reply, raw.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: StatusCode,
    pub version: Version,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// The duration, including look-up, connection and handshake if a connection had to be opened.
    pub elapsed: Duration,
    /// The request line, for evidence.
    pub sent: String,
    /// The results of earlier attempts, each in a few words. Empty if the first attempt got this reply.
    pub repeated: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    #[error("--connect-to needs HOST:PORT, not {0:?}.")]
    ConnectTo(String),
    #[error("--ca-file {0}")]
    Ca(BadFile),
}

impl Sender {
    /// Makes a sender for a route.
    ///
    /// # Errors
    /// Returns an error if `--connect-to` or `--ca-file` of the route is not valid.
    pub fn new(route: &Route) -> Result<Self, RouteError> {
        let connect_to = match &route.connect_to {
            None => None,
            Some(text) => match host_and_port(text) {
                Ok((host, Some(port))) if !host.contains(['/', '@']) => Some((bare(host).to_owned(), port)),
                _ => return Err(RouteError::ConnectTo(text.clone())),
            },
        };
        let trust = Trust::new(route.ca.as_deref()).map_err(RouteError::Ca)?;
        Ok(Self(Arc::new(Inner {
            connect_to,
            trust,
            most: MOST,
            kept: Mutex::default(),
            watch: OnceLock::new(),
            number: AtomicU64::new(0),
        })))
    }

    /// Makes a sender that reads up to `most` bytes of a reply's body, in addition to the usual length.
    ///
    /// # Errors
    /// Returns an error if the route is not valid, as [`Self::new`] does.
    pub fn reading(route: &Route, most: usize) -> Result<Self, RouteError> {
        let mut sender = Self::new(route)?;
        // No clone exists yet
        if let Some(inner) = Arc::get_mut(&mut sender.0) {
            inner.most += most;
        }
        Ok(sender)
    }

    /// Reports what happens to each request from now on. Only the first call has an effect.
    pub fn watch(&self, watch: impl Fn(u64, RequestEvent) + Send + Sync + 'static) {
        drop(self.0.watch.set(Box::new(watch)));
    }

    fn tell(&self, number: u64, event: RequestEvent) {
        if let Some(watch) = self.0.watch.get() {
            watch(number, event);
        }
    }

    /// Returns the address that connections to this endpoint really use: host without brackets, and port.
    #[must_use]
    pub fn address_of<'a>(&'a self, endpoint: &'a Endpoint) -> (&'a str, u16) {
        match &self.0.connect_to {
            Some((host, port)) => (host, *port),
            None => (endpoint.name(), endpoint.port),
        }
    }

    /// Performs the phase after `resolve` and `connect`. The certificate must contain the name of `endpoint`.
    ///
    /// # Errors
    /// Returns an error if the handshake fails: mostly `Tls`; also `Timeout`, `Reset`, `Closed`.
    pub async fn handshake(
        &self,
        stream: TcpStream,
        endpoint: &Endpoint,
        limit: Duration,
    ) -> Result<TlsStream<TcpStream>, Failure> {
        phases::handshake(&self.0.trust, stream, endpoint.name(), limit).await
    }

    /// Performs a handshake to look at it: the certificates that the server shows, and who trusts them. Keeps the
    /// connection for requests.
    ///
    /// # Errors
    /// Returns an error if the handshake fails.
    pub async fn greeting(
        &self,
        stream: TcpStream,
        endpoint: &Endpoint,
        limit: Duration,
    ) -> Result<Greeting, NoGreeting> {
        let stream = Prompt::new(stream);
        let reset = stream.reset();
        let (greeting, stream) = greeting::greeting(&self.0.trust, stream, endpoint.name(), limit).await?;
        if let Some(stream) = stream
            && let Ok(connection) = Connection::new(stream, reset).await
        {
            self.keep(self.pool_key(endpoint), connection);
        }
        Ok(greeting)
    }

    /// Keeps an open connection to an endpoint without TLS for requests.
    pub async fn keep_stream(&self, stream: TcpStream, endpoint: &Endpoint) {
        let stream = Prompt::new(stream);
        let reset = stream.reset();
        if let Ok(connection) = Connection::new(stream, reset).await {
            self.keep(self.pool_key(endpoint), connection);
        }
    }

    /// Opens connections in the background, so that later requests do not wait for them. A failure is not reported: the
    /// request then opens its own connection.
    pub fn open_ahead(&self, endpoint: &Endpoint, count: usize, limit: Duration) {
        let pool_key = self.pool_key(endpoint);
        let deadline = Instant::now() + limit;
        for _ in 0..count {
            let (send, coming) = oneshot::channel();
            self.kept().entry(pool_key.clone()).or_default().coming.push(coming);
            let (sender, pool_key) = (self.clone(), pool_key.clone());
            tokio::spawn(async move {
                let bounds = Bounds { deadline, limit, most: MOST };
                if let Ok(connection) = sender.open(&pool_key, bounds).await {
                    drop(send.send(connection)); // the run may have ended
                }
            });
        }
    }

    /// Reads the certificate authorities of the machine in the background, since this takes long.
    pub fn read_authorities(&self) {
        let sender = self.clone();
        // without a thread, the first handshake reads them
        drop(thread::Builder::new().name("authorities".to_owned()).spawn(move || drop(sender.0.trust.config())));
    }

    /// Sends a request as Score's server does.
    ///
    /// # Errors
    /// Returns an error if no reply comes. A reply with any status is not an error.
    pub async fn send(&self, request: Signed, limit: Duration) -> Result<Reply, Failure> {
        let Signed { method, endpoint, target, headers, body } = request;
        let request = assembled(&method, &target, &headers, &endpoint.authority(), body)?;
        self.exchange(self.pool_key(&endpoint), request, limit).await
    }

    /// Sends a request again as long as Score's library would, at most `most` times. `send` gets the number of earlier
    /// attempts.
    ///
    /// # Errors
    /// Returns the failure of the last attempt.
    pub async fn repeat<F: Future<Output = Result<Reply, Failure>>>(
        waits: Waits,
        most: u32,
        send: impl Fn(u32) -> F,
    ) -> Result<Reply, Failure> {
        let mut repeated = Vec::new();
        let mut attempt = 0;
        loop {
            let result = send(attempt).await;
            match waits.pause(&result, attempt).filter(|_| attempt < most) {
                None => return result.map(|reply| Reply { repeated, ..reply }),
                Some(pause) => {
                    repeated.push(match &result {
                        Ok(reply) => {
                            let code = super::xml::fault(&reply.body).map(|fault| fault.code).unwrap_or_default();
                            let said = format!("{} {}", reply.status.as_u16(), shown(code.as_bytes(), 60));
                            said.trim_end().to_owned()
                        }
                        Err(failure) => failure.to_string(),
                    });
                    sleep(pause).await;
                }
            }
            attempt += 1;
        }
    }

    /// Follows a pre-signed URL as a client of Score does. `--connect-to` applies to the endpoint, not to the override.
    ///
    /// # Errors
    /// Returns an error if no reply comes. A reply with any status is not an error.
    pub async fn fetch(&self, request: &Presigned, limit: Duration) -> Result<Reply, Failure> {
        let (pool_key, request) = self.followed(request)?;
        self.exchange(pool_key, request, limit).await
    }

    /// Follows a URL as [`Self::fetch`] does, but only announces a body of this length and never sends it (`Expect:
    /// 100-continue`). Returns `None` if the server would accept the body, or does not reply within the limit.
    ///
    /// # Errors
    /// Returns an error if the connection fails, or the reply cannot be read.
    pub async fn announce(&self, request: &Presigned, length: u64, limit: Duration) -> Result<Option<Reply>, Failure> {
        let started = Instant::now();
        let (pool_key, request) = self.followed(request)?;
        let bounds = Bounds { deadline: started + limit, limit, most: MOST };
        let sent = sign::line(request.method(), &request.uri().to_string());
        // The connection is not kept, because an announced body that is never sent ends it
        let connection = match self.kept_for(&pool_key, bounds).await {
            Some(kept) => kept,
            None => self.open(&pool_key, bounds).await?,
        };
        let heard = connection.announce(request, length, bounds).await?;
        Ok(heard.map(|Heard { status, version, headers, body, .. }| Reply {
            status,
            version,
            headers,
            body,
            elapsed: started.elapsed(),
            sent,
            repeated: Vec::new(),
        }))
    }

    fn followed(&self, request: &Presigned) -> Result<(PoolKey, http::Request<Bytes>), Failure> {
        let Presigned { method, url, headers, body, endpoint } = request;
        let no_url = || Failure::Unsendable("its URL is not valid".to_owned());
        let after_scheme = url.find("://").ok_or_else(no_url)? + 3;
        let path_at = url[after_scheme..].find(['/', '?']).map_or(url.len(), |at| after_scheme + at);
        let (origin, target) = url.split_at(path_at);
        // Java's clients take the Host from the text of the URL, with the port if it is written (observed on
        // score-client 5.11.0). A signature of version 4 covers the host without the usual port.
        let authority = &origin[after_scheme..];
        let to = Endpoint::parse(origin).map_err(|why| Failure::Unsendable(why.to_string()))?;
        let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        let request = assembled(method, &target, headers, authority, body.clone())?;
        let same = (to.secure, &to.host, to.port) == (endpoint.secure, &endpoint.host, endpoint.port);
        let pool_key = if same { self.pool_key(endpoint) } else { PoolKey::of(&to, to.name(), to.port) };
        Ok((pool_key, request))
    }

    /// Sends a request that another library signed for this endpoint.
    pub(crate) async fn relay(
        &self,
        endpoint: &Endpoint,
        mut request: http::Request<Bytes>,
        limit: Duration,
    ) -> Result<Reply, Failure> {
        let odd = |_| Failure::Unsendable("its URL is not valid".to_owned());
        let target = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        *request.uri_mut() = target.parse().map_err(odd)?;
        let host = http::HeaderValue::from_str(&endpoint.authority());
        request
            .headers_mut()
            .insert("host", host.map_err(|_| Failure::Unsendable("its host is not valid".to_owned()))?);
        self.exchange(self.pool_key(endpoint), request, limit).await
    }

    fn pool_key(&self, endpoint: &Endpoint) -> PoolKey {
        let (host, port) = self.address_of(endpoint);
        PoolKey::of(endpoint, host, port)
    }

    /// Sends a request and reports what happens to it.
    async fn exchange(
        &self,
        pool_key: PoolKey,
        request: http::Request<Bytes>,
        limit: Duration,
    ) -> Result<Reply, Failure> {
        let number = self.0.number.fetch_add(1, Ordering::Relaxed);
        self.tell(number, RequestEvent::Begun(sign::line(request.method(), &request.uri().to_string())));
        let reply = self.exchange_once(number, pool_key, request, limit).await;
        self.tell(
            number,
            reply.as_ref().map_or(RequestEvent::Failed, |reply| RequestEvent::Answered(reply.status.as_u16())),
        );
        reply
    }

    async fn exchange_once(
        &self,
        number: u64,
        pool_key: PoolKey,
        request: http::Request<Bytes>,
        limit: Duration,
    ) -> Result<Reply, Failure> {
        let started = Instant::now();
        let bounds = Bounds { deadline: started + limit, limit, most: self.0.most };
        let sent = sign::line(request.method(), &request.uri().to_string());
        let mut heard = None;
        if let Some(kept) = self.kept_for(&pool_key, bounds).await {
            self.tell(number, RequestEvent::Connected);
            heard = match kept.ask(request.clone(), bounds).await {
                // The kept connection was closed since its last use. No byte of a reply came, so a new connection is
                // safe.
                Err(Failure::Closed(_) | Failure::Reset(super::Phase::Reply)) => None,
                other => Some(other?),
            };
        }
        let heard = if let Some(heard) = heard {
            heard
        } else {
            let connection = self.open(&pool_key, bounds).await?;
            self.tell(number, RequestEvent::Connected);
            connection.ask(request, bounds).await?
        };
        let Heard { status, version, headers, body, connection } = heard;
        if let Some(connection) = connection {
            self.keep(pool_key, connection);
        }
        Ok(Reply { status, version, headers, body, elapsed: started.elapsed(), sent, repeated: Vec::new() })
    }

    async fn open(&self, pool_key: &PoolKey, bounds: Bounds) -> Result<Connection, Failure> {
        // a timeout in any phase reports the whole limit
        let left = || bounds.deadline.saturating_duration_since(Instant::now());
        let whole = |failure| match failure {
            Failure::Timeout { phase, .. } => Failure::Timeout { phase, limit: bounds.limit },
            other => other,
        };
        let addresses = phases::resolve(&pool_key.host, pool_key.port, left()).await.map_err(whole)?;
        let stream = phases::connect(&addresses, left()).await.map(Prompt::new).map_err(whole)?;
        let reset = stream.reset();
        if pool_key.secure {
            let stream = phases::handshake(&self.0.trust, stream, &pool_key.name, left()).await.map_err(whole)?;
            Connection::new(stream, reset).await
        } else {
            Connection::new(stream, reset).await
        }
    }

    /// Returns a connection that is open, or the next one that is being opened.
    async fn kept_for(&self, pool_key: &PoolKey, bounds: Bounds) -> Option<Connection> {
        loop {
            let coming = {
                let mut all = self.kept();
                let kept = all.get_mut(pool_key)?;
                let open = std::iter::from_fn(|| kept.idle.pop()).find(|connection| !connection.closed());
                if open.is_some() {
                    return open;
                }
                kept.coming.pop()?
            };
            // After this time, the request opens its own connection
            let came = timeout_at(bounds.deadline.min(Instant::now() + COMING), coming).await;
            if let Some(connection) = came.ok().and_then(Result::ok).filter(|connection| !connection.closed()) {
                return Some(connection);
            }
        }
    }

    fn keep(&self, pool_key: PoolKey, connection: Connection) {
        let mut all = self.kept();
        let kept = all.entry(pool_key).or_default();
        if kept.idle.len() < KEPT {
            kept.idle.push(connection);
        }
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<PoolKey, Kept>> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PoolKey {
    fn of(endpoint: &Endpoint, host: &str, port: u16) -> Self {
        Self { secure: endpoint.secure, name: endpoint.name().to_owned(), host: host.to_owned(), port }
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("connect_to", &self.0.connect_to).finish_non_exhaustive()
    }
}

fn assembled<'a>(
    method: &Method,
    target: &str,
    headers: impl IntoIterator<Item = (&'a &'static str, &'a String)>,
    authority: &str,
    body: Bytes,
) -> Result<http::Request<Bytes>, Failure> {
    let mut request = http::Request::builder().method(method).uri(target).header("host", authority);
    for (name, value) in headers.into_iter().filter(|(name, _)| **name != "host") {
        request = request.header(*name, value);
    }
    // the cause contains no value, because the value may be an access key
    request.body(body).map_err(|_| Failure::Unsendable("a character in it has no place in an HTTP request".to_owned()))
}
