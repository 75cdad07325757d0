//! Runs a store for tests: that of the sandbox behind s3s, with a layer in front of it that records every request. By rules of the test,
//! the layer also waits, refuses, changes answers or hangs up.
//!
//! ```ignore
//! let store = Store::start().await;                       // no buckets
//! store.memory.create("score-state");
//! store.memory.put("score-object", "data/heliograph", "hello");
//! store.refuse(|asked| asked.method == Method::PUT, 403, "AccessDenied");
//! store.answer(|asked| asked.query("acl").is_some(), Answer::new(502).body("<html>"));
//! store.alter(|asked| asked.method == Method::PUT, |reply| drop(reply.headers.remove("etag")));
//! store.hang_up(|asked| asked.path == "/");
//! store.on_the_way(|head| drop(head.headers.remove("authorization")));  // as a proxy does
//! store.delay(Duration::from_millis(20));
//! assert_eq!(store.lines(), ["GET /score-object/?acl"]);
//! ```

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, request::Parts};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use s3s::service::S3Service;
use score_setup::{
    score::Version,
    store::{probe::Signer, sandbox::Memory},
    text::{Endpoint, secret::Secret, signing_region},
};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::task::AbortOnDropHandle;

pub(crate) mod by_s3s;

pub(crate) const ACCESS_KEY: &str = "TESTACCESSKEY0000001";
pub(crate) const SECRET: &str = "canary-secret-that-nobody-may-see";

/// A received request.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// The path as on the wire.
    pub(crate) path: String,
    /// The query, decoded, in the order of the wire.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
}

/// A scripted answer, or a real one to change.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

pub(crate) struct Store {
    pub(crate) memory: Memory,
    address: SocketAddr,
    state: Arc<State>,
    _serving: AbortOnDropHandle<()>,
}

type Matching = Box<dyn Fn(&Asked) -> bool + Send + Sync>;
type Change = Arc<dyn Fn(&mut Answer) + Send + Sync>;
/// A document that a store keeps, if it has one.
pub(crate) type Kept = Arc<Mutex<Option<Bytes>>>;
type Way = Arc<dyn Fn(&mut Parts) + Send + Sync>;

#[derive(Clone)]
enum Deed {
    Answer(Answer),
    Alter(Change),
    Keep(Kept),
    HangUp,
    Silence,
    Slow(Duration),
}

struct State {
    service: S3Service,
    rules: Mutex<Vec<(Matching, Deed)>>,
    way: Mutex<Option<Way>>,
    delay: Mutex<Duration>,
    delay_first: Mutex<Duration>,
    asked: Mutex<Vec<Asked>>,
    connections: AtomicUsize,
    most_at_once: AtomicUsize,
    at_once: AtomicUsize,
}

impl Store {
    pub(crate) async fn start() -> Self {
        Self::of(ACCESS_KEY, SECRET).await
    }

    /// Starts a store with these keys, and without buckets.
    pub(crate) async fn of(access_key: &str, secret: &str) -> Self {
        let memory = Memory::default();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            service: by_s3s::service(&memory, access_key, &Secret::new(secret)),
            rules: Mutex::default(),
            way: Mutex::default(),
            delay: Mutex::default(),
            delay_first: Mutex::default(),
            asked: Mutex::default(),
            connections: AtomicUsize::new(0),
            most_at_once: AtomicUsize::new(0),
            at_once: AtomicUsize::new(0),
        });
        let serving = AbortOnDropHandle::new(tokio::spawn(serve(listener, state.clone())));
        Self { memory, address, state, _serving: serving }
    }

    /// Starts a store with these buckets, all empty.
    pub(crate) async fn with(buckets: &[&str]) -> Self {
        let store = Self::start().await;
        for bucket in buckets {
            store.memory.create(bucket);
        }
        store
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns a signer as Score would use it.
    pub(crate) fn signer(&self, version: Version) -> Signer {
        let endpoint = Endpoint::parse(&self.endpoint()).unwrap();
        let region = signing_region(&endpoint.host);
        Signer {
            version,
            endpoint,
            region,
            access_key: ACCESS_KEY.into(),
            secret: Secret::new(SECRET),
            unescapes_paths: false,
        }
    }

    /// Refuses matching requests with an error as S3 writes it. The newest rule that matches applies.
    pub(crate) fn refuse(&self, matching: impl Fn(&Asked) -> bool + Send + Sync + 'static, status: u16, code: &str) {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>refused by the test</Message>\
             <RequestId>test-request</RequestId></Error>"
        );
        self.answer(matching, Answer::new(status).header("content-type", "application/xml").body(body));
    }

    /// Answers every matching request with this. Does not read the body of the request.
    pub(crate) fn answer(&self, matching: impl Fn(&Asked) -> bool + Send + Sync + 'static, answer: Answer) {
        self.rule(matching, Deed::Answer(answer));
    }

    /// Keeps the body of a matching PUT, shows it to a GET, and removes it at a DELETE.
    pub(crate) fn keep(&self, matching: impl Fn(&Asked) -> bool + Send + Sync + 'static) -> Kept {
        let kept = Kept::default();
        self.rule(matching, Deed::Keep(kept.clone()));
        kept
    }

    /// Changes the real answer to matching requests.
    pub(crate) fn alter(
        &self,
        matching: impl Fn(&Asked) -> bool + Send + Sync + 'static,
        change: impl Fn(&mut Answer) + Send + Sync + 'static,
    ) {
        self.rule(matching, Deed::Alter(Arc::new(change)));
    }

    /// Closes the connection without a reply.
    pub(crate) fn hang_up(&self, matching: impl Fn(&Asked) -> bool + Send + Sync + 'static) {
        self.rule(matching, Deed::HangUp);
    }

    /// Sends no reply to matching requests.
    pub(crate) fn silent(&self, matching: impl Fn(&Asked) -> bool + Send + Sync + 'static) {
        self.rule(matching, Deed::Silence);
    }

    /// Answers each request like this once, and well when it is sent again: the first matching request with this method,
    /// path and query.
    pub(crate) fn answer_once_each(&self, answer: Answer) {
        let seen = Mutex::new(std::collections::HashSet::new());
        let fresh = move |asked: &Asked| seen.lock().unwrap().insert(asked.line());
        self.answer(fresh, answer);
    }

    /// Answers the matching request with this number, counted from 0, and no other.
    pub(crate) fn answer_nth(
        &self,
        matching: impl Fn(&Asked) -> bool + Send + Sync + 'static,
        number: usize,
        answer: Answer,
    ) {
        let seen = AtomicUsize::new(0);
        self.answer(move |asked| matching(asked) && seen.fetch_add(1, Ordering::SeqCst) == number, answer);
    }

    /// Closes the connection at every request whose number is a multiple of this.
    pub(crate) fn hang_up_nth(&self, matching: impl Fn(&Asked) -> bool + Send + Sync + 'static, number: usize) {
        let seen = AtomicUsize::new(0);
        self.hang_up(move |asked| matching(asked) && (seen.fetch_add(1, Ordering::SeqCst) + 1).is_multiple_of(number));
    }

    /// Delays the answers to matching requests.
    pub(crate) fn slow(&self, matching: impl Fn(&Asked) -> bool + Send + Sync + 'static, delay: Duration) {
        self.rule(matching, Deed::Slow(delay));
    }

    /// Changes every request on its way to the store. The record contains the request as sent.
    pub(crate) fn on_the_way(&self, change: impl Fn(&mut Parts) + Send + Sync + 'static) {
        *self.state.way.lock().unwrap() = Some(Arc::new(change));
    }

    /// Forgets all rules.
    pub(crate) fn behave(&self) {
        self.state.rules.lock().unwrap().clear();
    }

    /// Delays every request.
    pub(crate) fn delay(&self, delay: Duration) {
        *self.state.delay.lock().unwrap() = delay;
    }

    /// Delays the first request only.
    pub(crate) fn delay_first(&self, delay: Duration) {
        *self.state.delay_first.lock().unwrap() = delay;
    }

    pub(crate) fn requests(&self) -> Vec<Asked> {
        self.state.asked.lock().unwrap().clone()
    }

    /// Returns all requests, each as `PUT /bucket/key?names`, with the names of the query only.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.requests().iter().map(Asked::line).collect()
    }

    pub(crate) fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// Returns the largest number of requests that were answered at the same time.
    pub(crate) fn most_at_once(&self) -> usize {
        self.state.most_at_once.load(Ordering::SeqCst)
    }

    fn rule(&self, matching: impl Fn(&Asked) -> bool + Send + Sync + 'static, deed: Deed) {
        self.state.rules.lock().unwrap().push((Box::new(matching), deed));
    }
}

impl Asked {
    /// Returns the decoded value of a parameter.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(each, _)| each == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns the first part of the path.
    pub(crate) fn bucket(&self) -> &str {
        self.path.split('/').nth(1).unwrap_or_default()
    }

    /// Returns the path after the bucket, decoded.
    pub(crate) fn key(&self) -> String {
        let key = self.path.splitn(3, '/').nth(2).unwrap_or_default();
        percent_encoding::percent_decode_str(key).decode_utf8_lossy().into_owned()
    }

    pub(crate) fn line(&self) -> String {
        let names: Vec<&str> = self.query.iter().map(|(name, _)| name.as_str()).collect();
        let question = if names.is_empty() { "" } else { "?" };
        format!("{} {}{question}{}", self.method, self.path, names.join("&"))
    }
}

impl Answer {
    pub(crate) fn new(status: u16) -> Self {
        Self { status, headers: HeaderMap::new(), body: Bytes::new() }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap();
        *response.headers_mut() = self.headers;
        response
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        state.connections.fetch_add(1, Ordering::SeqCst);
        let state = state.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| reply(state.clone(), request));
            drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
        });
    }
}

async fn reply(state: Arc<State>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, String> {
    let uri = request.uri();
    let asked = Asked {
        method: request.method().clone(),
        path: uri.path().to_owned(),
        query: url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect(),
        headers: request.headers().clone(),
    };
    state.asked.lock().unwrap().push(asked.clone());
    let now = state.at_once.fetch_add(1, Ordering::SeqCst) + 1;
    state.most_at_once.fetch_max(now, Ordering::SeqCst);
    let delay = *state.delay.lock().unwrap() + std::mem::take(&mut *state.delay_first.lock().unwrap());
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let way = state.way.lock().unwrap().clone();
    let request = match way {
        None => request,
        Some(change) => {
            let (mut head, body) = request.into_parts();
            change(&mut head);
            Request::from_parts(head, body)
        }
    };
    let deed =
        state.rules.lock().unwrap().iter().rev().find(|(matching, _)| matching(&asked)).map(|(_, deed)| deed.clone());
    let response = match deed {
        Some(Deed::Silence) => std::future::pending().await,
        Some(Deed::Slow(delay)) => {
            tokio::time::sleep(delay).await;
            real(&state.service, request).await.map(Answer::into_response)
        }
        Some(Deed::Keep(kept)) => kept_document(&kept, request).await,
        Some(Deed::HangUp) => Err("told to hang up".to_owned()),
        Some(Deed::Answer(answer)) => Ok(answer.into_response()),
        Some(Deed::Alter(change)) => real(&state.service, request).await.map(|mut answer| {
            change(&mut answer);
            // hyper computes the length again.
            answer.headers.remove("content-length");
            answer.into_response()
        }),
        None => real(&state.service, request).await.map(Answer::into_response),
    };
    state.at_once.fetch_sub(1, Ordering::SeqCst);
    response
}

async fn kept_document(kept: &Kept, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, String> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
    let mut kept = kept.lock().unwrap();
    let none = "<Error><Code>NoSuchLifecycleConfiguration</Code></Error>";
    let answer = match (head.method, kept.clone()) {
        (Method::PUT, _) => {
            *kept = Some(body);
            Answer::new(200)
        }
        (Method::DELETE, _) => {
            *kept = None;
            Answer::new(204)
        }
        (_, Some(document)) => Answer::new(200).header("content-type", "application/xml").body(document),
        (_, None) => Answer::new(404).header("content-type", "application/xml").body(none),
    };
    Ok(answer.into_response())
}

async fn real(service: &S3Service, request: Request<Incoming>) -> Result<Answer, String> {
    let reply = service.call(request.map(s3s::Body::from)).await.map_err(|error| format!("{error:?}"))?;
    let (head, body) = reply.into_parts();
    let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
    Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
}
