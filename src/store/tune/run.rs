//! Measures a store of either kind: opens connections, begins an upload, measures uploads and downloads, and removes
//! everything, also if the run is stopped. Reports to `news`.

use std::{sync::Arc, time::Duration};

use time::OffsetDateTime;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::{
    Budget, Direction, Ending, Finished, Omitted, Sample, Seen, Setback, Spent, TuneFailure, TuneNews, Wave,
    WaveResult,
    azure::AzureScratch,
    model::{float, whole},
    pool::{Pool, ScratchStore, random, refused},
    s3::S3Scratch,
    sampler::{ENOUGH, Task, Transfers, fit, measure},
};
use crate::{
    answers::target::{S3Store, Store},
    score::{Api, part_sizes},
    store::probe::{Failure, Route, connect, resolve},
};

/// The connections that are timed.
const CONNECTIONS: usize = 3;
/// The time for one connection, and for the clean-up.
const CONNECTING: Duration = Duration::from_secs(5);
const CLEAN_UP: Duration = Duration::from_secs(15);
/// The share of the budget for uploads. On Azure they are measured for information only.
const UPLOADS: f64 = 0.6;
const UPLOADS_FOR_INFORMATION: f64 = 0.3;
/// The size of the scratch object: at most, at least, and as shares of the rest of the budget.
const LARGEST: u64 = 32 << 20;
const SMALLEST: u64 = 1 << 20;
const OF_BYTES: f64 = 0.25;
const OF_TIME: f64 = 0.15;

/// The settings of a run that come from the store's configuration.
struct Plan {
    budget: Budget,
    uploads: f64,
    /// The part size that clients get now.
    part: u64,
    stops: Vec<u64>,
}

/// Measures a store. `TuneNews::Finished` comes last, after the clean-up.
pub async fn tune(
    store: Store,
    route: Route,
    budget: Budget,
    stop: CancellationToken,
    news: impl Fn(TuneNews) + Send + Sync + 'static,
) {
    let most = usize::try_from(LARGEST).unwrap_or(usize::MAX);
    match store {
        Store::S3(store) => {
            let part = part_sizes::effective(store.part_size, 0);
            let plan = Plan { budget, uploads: UPLOADS, part, stops: part_sizes::stops(Api::S3) };
            drive(S3Scratch::new(store, &route, most), plan, stop, news).await;
        }
        Store::Azure(store) => {
            let part = store.part_size.max(1);
            let plan = Plan { budget, uploads: UPLOADS_FOR_INFORMATION, part, stops: part_sizes::stops(Api::Azure) };
            drive(AzureScratch::new(store, &route, most), plan, stop, news).await;
        }
    }
}

/// Performs one wave of uploads alone, for a comparison with other programs. Returns its result, and the time from the
/// beginning of the upload to the last part.
///
/// # Errors
/// Returns an error if the upload does not begin.
pub async fn upload(store: S3Store, route: &Route, wave: Wave) -> Result<(WaveResult, Duration), TuneFailure> {
    let scratch = Arc::new(S3Scratch::new(store, route, 0)?);
    let mut pool = Pool::new(scratch.clone(), scratch.sender().clone(), CancellationToken::new());
    pool.prepare(wave.part).await;
    let started = Instant::now();
    scratch.begin().await?;
    let result = pool.transfer(wave, LONGEST).await;
    let elapsed = started.elapsed();
    scratch.remove().await;
    Ok((result, elapsed))
}

async fn drive<S: ScratchStore>(
    scratch: Result<S, TuneFailure>,
    plan: Plan,
    stop: CancellationToken,
    news: impl Fn(TuneNews) + Send + Sync + 'static,
) {
    let started = Instant::now();
    news(TuneNews::Begun { day: OffsetDateTime::now_utc().date().to_string() });
    let scratch = match scratch {
        Ok(scratch) => Arc::new(scratch),
        Err(failure) => {
            let (leftovers, spent) = (Vec::new(), Spent::default());
            news(TuneNews::Finished(Finished { failure: Some(failure), leftovers, spent }));
            return;
        }
    };
    let mut pool = Pool::new(scratch.clone(), scratch.sender().clone(), stop.clone());
    let run = TuneRun { scratch: &*scratch, plan: &plan, started, stop: &stop, news: &news };
    let done = tokio::select! {
        done = run.measure(&mut pool) => done,
        // A step that is not a wave ends at once; a wave ends by itself
        () = async { stop.cancelled().await; tokio::time::sleep(GRACE).await; } => Ok(()),
    };
    let (bytes, requests) = pool.spent();
    let spent = Spent { time: started.elapsed(), bytes, requests };
    timeout(CLEAN_UP, scratch.remove()).await.ok();
    news(TuneNews::Finished(Finished { failure: done.err(), leftovers: scratch.leftovers(), spent }));
}

/// The time for a wave that is performed alone.
const LONGEST: Duration = Duration::from_mins(10);
/// The time for a wave to end after the run is stopped.
const GRACE: Duration = Duration::from_millis(500);

struct TuneRun<'a, S, N> {
    scratch: &'a S,
    plan: &'a Plan,
    started: Instant,
    stop: &'a CancellationToken,
    news: &'a N,
}

impl<S: ScratchStore, N: Fn(TuneNews) + Send + Sync> TuneRun<'_, S, N> {
    async fn measure(&self, pool: &mut Pool<S>) -> Result<(), TuneFailure> {
        let connected = self.connect().await.map_err(|_| TuneFailure::NoReply)?;
        (self.news)(TuneNews::Connected(connected));
        self.scratch.begin().await?;
        let uploads = self.share(self.plan.uploads, pool);
        let (samples, ending) = self.direction(Direction::Up, uploads, u64::MAX, pool).await;
        if matches!(ending, Ending::Stopped) || self.stop.is_cancelled() {
            return Ok(());
        }
        self.announce(&samples).await;
        if let Err(omitted) = self.downloads(&samples, pool).await {
            (self.news)(TuneNews::Omitted(omitted));
        }
        Ok(())
    }

    /// Returns the durations of some connections.
    async fn connect(&self) -> Result<Vec<Duration>, Failure> {
        let endpoint = self.scratch.endpoint();
        let (host, port) = self.scratch.sender().address_of(endpoint);
        let mut durations = Vec::new();
        for _ in 0..CONNECTIONS {
            let begun = Instant::now();
            let addresses = resolve(host, port, CONNECTING).await?;
            let stream = connect(&addresses, CONNECTING).await?;
            if endpoint.secure {
                self.scratch.sender().handshake(stream, endpoint, CONNECTING).await?;
            }
            durations.push(begun.elapsed());
        }
        Ok(durations)
    }

    /// Returns a share of the rest of the budget.
    fn share(&self, share: f64, pool: &Pool<S>) -> Budget {
        let Budget { time, bytes } = self.plan.budget;
        let left = time.saturating_sub(self.started.elapsed());
        let bytes = float(bytes.saturating_sub(pool.spent().0));
        Budget { time: left.mul_f64(share), bytes: whole(bytes * share) }
    }

    async fn direction(
        &self,
        direction: Direction,
        budget: Budget,
        most: u64,
        pool: &mut Pool<S>,
    ) -> (Vec<Sample>, Ending) {
        let connections = u32::try_from(part_sizes::CLIENT_THREADS).unwrap_or(1);
        let Plan { part, stops, .. } = self.plan;
        let task = Task { direction, connections, part: *part, most, stops: stops.clone(), budget };
        let started = self.started;
        let mut samples = Vec::new();
        let ending = measure(
            &task,
            move || started.elapsed(),
            pool,
            |seen| {
                if let Seen::Sample(sample) = &seen {
                    samples.push(sample.clone());
                }
                (self.news)(TuneNews::Seen(seen));
            },
        )
        .await;
        (self.news)(TuneNews::Ended { direction, ending });
        (samples, ending)
    }

    /// Announces parts of the advised size, and if it is refused smaller ones. This shows a limit of a proxy without
    /// sending them.
    async fn announce(&self, samples: &[Sample]) {
        let connections = u32::try_from(part_sizes::CLIENT_THREADS).unwrap_or(1);
        let Some(fit) = fit(samples, Direction::Up, connections) else { return };
        let wanted = fit.smallest(ENOUGH);
        let mut sizes = self.plan.stops.clone();
        let above = sizes.iter().position(|stop| float(*stop) >= wanted).map_or(sizes.len(), |at| at + 1);
        sizes.truncate(above);
        for part in sizes.into_iter().rev() {
            let Some(reply) = self.scratch.announce(part).await else { return };
            let setback = refused(&reply, part);
            if !matches!(setback, Setback::TooLarge { .. }) {
                return;
            }
            let wave = Wave { direction: Direction::Up, part, connections: 1, rounds: 1 };
            (self.news)(TuneNews::Seen(Seen::Setback { wave, setback }));
        }
    }

    async fn downloads(&self, uploads: &[Sample], pool: &mut Pool<S>) -> Result<(), Omitted> {
        let left = self.share(1.0, pool);
        // One connection sends the scratch object
        let speed =
            uploads.iter().map(|sample| sample.throughput() / f64::from(sample.connections)).fold(0.0, f64::max);
        let of_time = speed * left.time.as_secs_f64() * OF_TIME;
        let size = whole(of_time.min(float(left.bytes) * OF_BYTES)).min(LARGEST);
        if size < SMALLEST {
            return Err(Omitted::Budget);
        }
        let body = random(usize::try_from(size).unwrap_or_default());
        self.scratch.put(body).await?;
        let mut budget = self.share(1.0, pool);
        budget.bytes = budget.bytes.saturating_sub(size);
        self.direction(Direction::Down, budget, size, pool).await;
        Ok(())
    }
}
