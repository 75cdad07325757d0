//! Transfers parts over several connections at the same time, as score-client does: each connection takes the next part
//! as soon as it has finished one. Knows nothing of signatures and budgets.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::StatusCode;
use md5::{Digest, Md5};
use tokio::{
    task::{JoinSet, spawn_blocking},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{Direction, Omitted, Setback, TuneFailure, Wave, WaveResult, sampler::Transfers};
use crate::{
    store::{
        checks::{Leftover, advice},
        probe::{Failure, Presigned, Reply, Sender, sign::hex, xml},
    },
    text::{Endpoint, shown},
};

/// The distance of two bodies in the random bytes, so that no two parts have the same content.
const STEP: usize = 4096;
/// The number of bodies that differ.
const BODIES: usize = 256;
/// The time for the answer to an announced body.
const ANNOUNCED: Duration = Duration::from_secs(2);

/// The requests of a client for one scratch upload and one scratch object.
pub(super) trait ClientRequests: Send + Sync + 'static {
    /// Returns the request that sends a part; `number` counts from zero.
    fn upload(&self, number: u64, body: Bytes) -> Presigned;
    /// Returns the request that fetches a range of the scratch object; `number` counts from zero.
    fn download(&self, number: u64, length: u64) -> Presigned;
    /// Returns true if clients compare the `ETag` of this reply with the MD5 of the part.
    fn compares_etag(&self, reply: &Reply) -> bool;
}

/// A store with a scratch upload and a scratch object.
pub(super) trait ScratchStore: ClientRequests {
    fn sender(&self) -> &Sender;
    fn endpoint(&self) -> &Endpoint;
    /// Begins the upload.
    fn begin(&self) -> impl Future<Output = Result<(), TuneFailure>> + Send;
    /// Writes the scratch object, if it can be deleted.
    fn put(&self, random: Bytes) -> impl Future<Output = Result<(), Omitted>> + Send;
    /// Announces a part of this size as a client would send it. Returns the refusal, if there is one.
    fn announce(&self, part: u64) -> impl Future<Output = Option<Reply>> + Send;
    /// Removes everything, and looks whether it is gone.
    fn remove(&self) -> impl Future<Output = ()> + Send;
    /// Returns what may still be in the store.
    fn leftovers(&self) -> Vec<Leftover>;
}

/// Sends the requests of a client.
pub(super) struct Pool<R> {
    requests: Arc<R>,
    sender: Sender,
    /// Random bytes. Each body is a part of them, so the memory is about that of one part.
    random: Bytes,
    stop: CancellationToken,
    sent: Arc<AtomicU64>,
    /// The bytes and the requests so far.
    spent: (u64, u64),
}

/// The work that the connections of a wave share.
struct Work<R> {
    requests: Arc<R>,
    sender: Sender,
    random: Bytes,
    wave: Wave,
    /// The number of the next request of the run, and the parts of the wave that were taken.
    sent: Arc<AtomicU64>,
    taken: AtomicU64,
    deadline: Instant,
}

impl<R: ClientRequests> Pool<R> {
    pub(super) fn new(requests: Arc<R>, sender: Sender, stop: CancellationToken) -> Self {
        Self { requests, sender, random: Bytes::new(), stop, sent: Arc::default(), spent: (0, 0) }
    }

    /// Returns the bytes and the requests so far.
    pub(super) fn spent(&self) -> (u64, u64) {
        self.spent
    }

    /// Makes the random bytes for parts of this size ahead.
    pub(super) async fn prepare(&mut self, part: u64) {
        self.random_for(part).await;
    }

    /// Returns random bytes that are long enough for different parts of this size.
    async fn random_for(&mut self, part: u64) -> Bytes {
        let length = usize::try_from(part).unwrap_or(usize::MAX).saturating_add(STEP * BODIES);
        if self.random.len() < length {
            self.random = Bytes::new();
            self.random = spawn_blocking(move || random(length)).await.unwrap_or_default();
        }
        self.random.clone()
    }
}

impl<R: ClientRequests> Transfers for Pool<R> {
    async fn transfer(&mut self, wave: Wave, limit: Duration) -> WaveResult {
        let deadline = Instant::now() + limit;
        let random = match wave.direction {
            Direction::Up => self.random_for(wave.part).await,
            Direction::Down => Bytes::new(),
        };
        let work = Arc::new(Work {
            requests: self.requests.clone(),
            sender: self.sender.clone(),
            random,
            wave,
            sent: self.sent.clone(),
            taken: AtomicU64::new(0),
            deadline,
        });
        let mut result = WaveResult::default();
        let mut tasks = JoinSet::new();
        for _ in 0..wave.connections {
            let work = work.clone();
            tasks.spawn(async move { work.connection().await });
        }
        loop {
            let ended = tokio::select! {
                ended = tasks.join_next() => ended,
                () = self.stop.cancelled() => {
                    result.setback = Some(Setback::Stopped);
                    break;
                }
            };
            match ended {
                Some(Ok((mut seconds, None))) => result.seconds.append(&mut seconds),
                Some(Ok((mut seconds, Some(setback)))) => {
                    result.seconds.append(&mut seconds);
                    result.setback = Some(setback);
                    break;
                }
                Some(Err(panic)) => {
                    result.setback = Some(Setback::Broken(panic.to_string()));
                    break;
                }
                None => break,
            }
        }
        tasks.shutdown().await;
        let all = u64::from(wave.connections) * u64::from(wave.rounds);
        result.requests = work.taken.load(Ordering::Relaxed).min(all);
        result.bytes = result.requests.saturating_mul(wave.part);
        self.spent = (self.spent.0 + result.bytes, self.spent.1 + result.requests);
        result
    }
}

impl<R: ClientRequests> Work<R> {
    /// Transfers parts until none is left. Returns the seconds of each, and what went wrong.
    async fn connection(&self) -> (Vec<f64>, Option<Setback>) {
        let all = u64::from(self.wave.connections) * u64::from(self.wave.rounds);
        let mut seconds = Vec::new();
        while self.taken.fetch_add(1, Ordering::Relaxed) < all {
            let number = self.sent.fetch_add(1, Ordering::Relaxed);
            let started = Instant::now();
            let done = match self.wave.direction {
                Direction::Up => self.upload(number).await,
                Direction::Down => self.download(number).await,
            };
            match done {
                Ok(()) => seconds.push(started.elapsed().as_secs_f64()),
                Err(setback) => return (seconds, Some(setback)),
            }
        }
        (seconds, None)
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Sends a part, and computes its MD5 meanwhile, as clients do.
    async fn upload(&self, number: u64) -> Result<(), Setback> {
        let length = usize::try_from(self.wave.part).unwrap_or(usize::MAX);
        let at = usize::try_from(number % BODIES as u64).unwrap_or_default() * STEP;
        let end = at.saturating_add(length).min(self.random.len());
        let body = self.random.slice(at.min(end)..end);
        let request = self.requests.upload(number, body.clone());
        let md5 = spawn_blocking(move || hex(&Md5::digest(&body)));
        let (reply, md5) = tokio::join!(self.sender.fetch(&request, self.left()), md5);
        let reply = match reply {
            Ok(reply) => reply,
            Err(failure) => match self.early_refusal(&request, &failure).await {
                Some(reply) => reply,
                None => return Err(self.broken(&failure)),
            },
        };
        if !reply.status.is_success() {
            return Err(self.refused(&reply));
        }
        let etag = reply.headers.get("etag").and_then(|value| value.to_str().ok()).map(xml::unquoted);
        let expected = md5.ok();
        if self.requests.compares_etag(&reply) && etag != expected.as_deref() {
            return Err(Setback::WrongEtag);
        }
        Ok(())
    }

    /// Returns the refusal of a server that answers before it has read the body: the broken connection loses it. An
    /// announced body is answered.
    async fn early_refusal(&self, request: &Presigned, failure: &Failure) -> Option<Reply> {
        let cut = matches!(failure, Failure::Reset(_) | Failure::Closed(_) | Failure::CutOff | Failure::Other(_));
        let limit = ANNOUNCED.min(self.left());
        if !cut || limit.is_zero() {
            return None;
        }
        self.sender.announce(request, self.wave.part, limit).await.ok().flatten()
    }

    async fn download(&self, number: u64) -> Result<(), Setback> {
        let request = self.requests.download(number, self.wave.part);
        let reply = self.sender.fetch(&request, self.left()).await.map_err(|failure| self.broken(&failure))?;
        match reply.status {
            StatusCode::OK | StatusCode::PARTIAL_CONTENT if reply.body.len() as u64 == self.wave.part => Ok(()),
            StatusCode::OK | StatusCode::PARTIAL_CONTENT => {
                Err(Setback::WrongLength { asked: self.wave.part, came: reply.body.len() as u64 })
            }
            _ => Err(self.refused(&reply)),
        }
    }

    fn broken(&self, failure: &Failure) -> Setback {
        match failure {
            Failure::Timeout { .. } if self.left().is_zero() => Setback::OutOfTime,
            Failure::TooLong { status: Some(_) } => {
                Setback::WrongLength { asked: self.wave.part, came: self.wave.part.saturating_add(1) }
            }
            other => Setback::Broken(other.to_string()),
        }
    }

    fn refused(&self, reply: &Reply) -> Setback {
        refused(reply, self.wave.part)
    }
}

/// Returns what a refusal of a part means.
pub(super) fn refused(reply: &Reply, part: u64) -> Setback {
    let (status, code) = (reply.status.as_u16(), shown(advice::code(reply).as_bytes(), 60));
    match (status, code.as_str()) {
        (413, _) | (_, "EntityTooLarge" | "RequestBodyTooLarge") => {
            let server = reply.headers.get("server").map(|name| shown(name.as_bytes(), 40));
            Setback::TooLarge { part, by: server }
        }
        // The answers that AWS SDK for Java repeats (`RetryUtils.isThrottlingException`, `SDKDefaultRetryCondition`)
        (429 | 500 | 502 | 503 | 504, _) | (_, "SlowDown" | "Throttling" | "ThrottlingException" | "ServerBusy") => {
            Setback::Throttled { status, code }
        }
        _ => Setback::Refused { status, code },
    }
}

/// Returns bytes that no store can compress, by xorshift64* (Vigna 2016).
pub(super) fn random(length: usize) -> Bytes {
    let mut state = u64::from(std::process::id()) << 32 | 0x9E37_79B9;
    let mut bytes = vec![0; length];
    for chunk in bytes.chunks_mut(8) {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        let word = state.wrapping_mul(0x2545_F491_4F6C_DD1D).to_le_bytes();
        chunk.copy_from_slice(&word[..chunk.len()]);
    }
    bytes.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_bodies_are_the_same_and_none_repeats_itself() {
        let bytes = random(1 << 20);
        let mut blocks: Vec<&[u8]> = bytes.chunks(STEP).collect();
        blocks.sort_unstable();
        blocks.dedup();
        assert_eq!(blocks.len(), BODIES);
    }
}
