//! One connection: sends a request and reads its reply, within limits. Knows nothing of addresses and signatures.

use std::{
    convert::Infallible,
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CONTENT_LENGTH, EXPECT},
    response::Parts,
};
use http_body_util::BodyExt;
use hyper::{
    body::{Body, Frame, Incoming, SizeHint},
    client::conn::http1,
    ext::on_informational,
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::Notify,
    task::AbortHandle,
    time::{Instant, sleep_until, timeout, timeout_at},
};

use super::failure::{Failure, Phase};

/// Time that a body waits for `100 Continue`: the same as Apache's client under the SDK
/// (`HttpRequestExecutor.DEFAULT_WAIT_FOR_CONTINUE`).
const PATIENCE: Duration = Duration::from_secs(3);
/// The time for a refusal that follows 100 Continue.
const AFTER_CONTINUE: Duration = Duration::from_millis(150);
/// The largest number of headers in a reply.
const MOST_HEADERS: usize = 100;
const MOST_HEADER_BYTES: usize = 64 * 1024;
/// The largest number of bytes before the head of a reply is read: replies such as `100 Continue` may come before it, and
/// the beginning of the body with it. hyper reads at most 408 KiB at once.
const MOST_BEFORE_HEAD: usize = 1 << 20;
/// The smallest size of the chunks of a body on average, if the body has the largest size. Chunks of one byte each cost
/// more time than their bytes.
const LEAST_CHUNK: usize = 64;
/// The number of first bytes that are kept, to recognise the protocol of the server.
const FIRST: usize = 64;

pub(super) struct Connection {
    requests: http1::SendRequest<Outgoing>,
    first: Arc<Mutex<Vec<u8>>>,
    /// The bytes that may still come before the head of the reply is read.
    before_head: Arc<AtomicUsize>,
    /// Set if the connection must end with a reset.
    reset: Arc<AtomicBool>,
    _driver: Driver,
}

/// The reply to one request.
pub(super) struct Heard {
    pub(super) status: StatusCode,
    pub(super) version: http::Version,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// The connection, if it can be used again.
    pub(super) connection: Option<Connection>,
}

/// The limits of a request, in time and in bytes.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    pub(super) deadline: Instant,
    /// The whole time limit, for the text of a failure.
    pub(super) limit: Duration,
    pub(super) most: usize,
}

impl Connection {
    /// Begins HTTP on a stream. `reset` is the switch of the socket below it, see [`Prompt`](super::phases::Prompt).
    pub(super) async fn new<S>(stream: S, reset: Arc<AtomicBool>) -> Result<Self, Failure>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let first = Arc::new(Mutex::new(Vec::new()));
        let before_head = Arc::new(AtomicUsize::new(usize::MAX));
        let tap = Tap { stream, first: first.clone(), before_head: before_head.clone() };
        let (requests, connection) = http1::Builder::new()
            .max_headers(MOST_HEADERS)
            .max_header_size(MOST_HEADER_BYTES)
            .handshake(TokioIo::new(tap))
            .await
            .map_err(|error| Failure::of_hyper(&error, Phase::Reply, &[], None))?;
        let driver = Driver(tokio::spawn(async move { drop(connection.await) }).abort_handle());
        Ok(Self { requests, first, before_head, reset, _driver: driver })
    }

    /// Returns true if the other side has closed the connection.
    pub(super) fn closed(&self) -> bool {
        self.requests.is_closed()
    }

    pub(super) async fn ask(mut self, request: http::Request<Bytes>, bounds: Bounds) -> Result<Heard, Failure> {
        let late = |phase| move |_| Failure::Timeout { phase, limit: bounds.limit };
        let released = Arc::new(AtomicBool::new(true));
        lock(&self.first).clear();
        self.before_head.store(MOST_BEFORE_HEAD, Ordering::Release);
        let told = timeout_at(bounds.deadline, async {
            self.requests.ready().await?;
            self.requests.send_request(outgoing(request, &released)).await
        });
        // A reply that began and stopped is a different fault than a server that sent nothing
        let begun = || if lock(&self.first).is_empty() { Phase::Reply } else { Phase::Body };
        let reply = told.await.map_err(|elapsed| late(begun())(elapsed))?;
        let reply = reply.map_err(|error| Failure::of_hyper(&error, Phase::Reply, &lock(&self.first), None))?;
        self.before_head.store(usize::MAX, Ordering::Release);
        let (head, body) = reply.into_parts();
        let read = timeout_at(bounds.deadline, self.read(&head, body, bounds.most));
        let body = read.await.map_err(late(Phase::Body))??;
        let Parts { status, version, headers, .. } = head;
        // A held body that was never released would follow on the same connection
        let reusable = released.load(Ordering::Acquire) && !self.requests.is_closed();
        Ok(Heard { status, version, headers, body, connection: reusable.then_some(self) })
    }

    /// Announces a body of this length, and never sends it. Returns `None` if the server would accept the body, or does
    /// not reply within the limit. Then resets the connection: `SeaweedFS` takes a connection that is closed for the end of
    /// the body, and stores an empty part.
    pub(super) async fn announce(
        mut self,
        request: http::Request<Bytes>,
        length: u64,
        bounds: Bounds,
    ) -> Result<Option<Heard>, Failure> {
        lock(&self.first).clear();
        self.reset.store(true, Ordering::Release);
        let welcome = Arc::new(Notify::new());
        let request = announced(request, length, &welcome);
        let mut told = Box::pin(async {
            self.requests.ready().await?;
            self.requests.send_request(request).await
        });
        let reply = tokio::select! {
            reply = &mut told => reply,
            // Ceph sends 100 Continue first, and refuses the body by a quota right after it (observed on 16.2.15)
            () = welcome.notified() => match timeout_at(bounds.deadline.min(Instant::now() + AFTER_CONTINUE), &mut told).await {
                Ok(reply) => reply,
                Err(_) => return Ok(None),
            },
            () = sleep_until(bounds.deadline) => return Ok(None),
        };
        drop(told);
        let reply = reply.map_err(|error| Failure::of_hyper(&error, Phase::Reply, &lock(&self.first), None))?;
        let (head, body) = reply.into_parts();
        let late = |_| Failure::Timeout { phase: Phase::Body, limit: bounds.limit };
        let body = timeout_at(bounds.deadline, self.read(&head, body, bounds.most)).await.map_err(late)??;
        let Parts { status, version, headers, .. } = head;
        Ok(Some(Heard { status, version, headers, body, connection: None }))
    }

    async fn read(&self, head: &Parts, mut body: Incoming, most: usize) -> Result<Bytes, Failure> {
        let status = Some(head.status.as_u16());
        let mut all = BytesMut::new();
        let mut frames = 0;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| Failure::of_hyper(&error, Phase::Body, &lock(&self.first), status))?;
            frames += 1;
            if let Some(data) = frame.data_ref() {
                if all.len() + data.len() > most || frames > most / LEAST_CHUNK {
                    return Err(Failure::TooLong { status });
                }
                all.extend_from_slice(data);
            }
        }
        Ok(all.freeze())
    }
}

/// The task of a connection. Dropping it aborts the task.
struct Driver(AbortHandle);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A stream that remembers the first bytes that came since they were last cleared, and ends if too many come before the
/// head of a reply.
struct Tap<S> {
    stream: S,
    first: Arc<Mutex<Vec<u8>>>,
    before_head: Arc<AtomicUsize>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let came = buffer.filled().len() - before;
        let left = self.before_head.load(Ordering::Acquire);
        if left < came {
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        if left != usize::MAX {
            // only this task counts down; the other one sets a new number, which then applies
            self.before_head.compare_exchange(left, left - came, Ordering::AcqRel, Ordering::Acquire).ok();
        }
        let mut first = lock(&self.first);
        let room = FIRST.saturating_sub(first.len());
        first.extend(buffer.filled()[before..].iter().take(room));
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
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

/// A body that is sent immediately, or held until the server sent `100 Continue` or the wait is over, or only
/// announced.
struct Outgoing {
    bytes: Bytes,
    length: u64,
    hold: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    released: Arc<AtomicBool>,
}

fn outgoing(mut request: http::Request<Bytes>, released: &Arc<AtomicBool>) -> http::Request<Outgoing> {
    let mut hold: Option<Pin<Box<dyn Future<Output = ()> + Send>>> = None;
    if request.headers().contains_key(EXPECT) {
        let go = Arc::new(Notify::new());
        let heard = go.clone();
        on_informational(&mut request, move |reply| {
            if reply.status() == StatusCode::CONTINUE {
                heard.notify_one();
            }
        });
        released.store(false, Ordering::Release);
        hold = Some(Box::pin(async move {
            timeout(PATIENCE, go.notified()).await.ok();
        }));
    }
    request.map(|bytes| Outgoing { length: bytes.len() as u64, bytes, hold, released: released.clone() })
}

fn announced(mut request: http::Request<Bytes>, length: u64, welcome: &Arc<Notify>) -> http::Request<Outgoing> {
    request.headers_mut().insert(CONTENT_LENGTH, length.into());
    request.headers_mut().insert(EXPECT, HeaderValue::from_static("100-continue"));
    let heard = welcome.clone();
    on_informational(&mut request, move |reply| {
        if reply.status() == StatusCode::CONTINUE {
            heard.notify_one();
        }
    });
    let never = Box::pin(std::future::pending());
    request.map(|_| Outgoing { bytes: Bytes::new(), length, hold: Some(never), released: Arc::default() })
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(hold) = self.hold.as_mut() {
            ready!(hold.as_mut().poll(cx));
            self.hold = None;
            self.released.store(true, Ordering::Release);
        }
        let bytes = std::mem::take(&mut self.bytes);
        self.length = 0;
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty() && self.hold.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}

/// Locks the first bytes. A panic in another thread cannot leave them invalid, so a poisoned lock is used anyway.
fn lock(first: &Mutex<Vec<u8>>) -> std::sync::MutexGuard<'_, Vec<u8>> {
    first.lock().unwrap_or_else(PoisonError::into_inner)
}
