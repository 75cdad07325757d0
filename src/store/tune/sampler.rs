//! Chooses what to measure next: where the advice would change most for its cost. Stops when the advice would not change,
//! or the budget is used. The clock and the transfers are arguments.

use std::time::Duration;

use super::{
    Budget, Direction, Ending, Sample, Seen, Setback, Wave, WaveResult,
    model::{CostFit, float},
};

/// The share of the best throughput that the advised part must reach.
pub const ENOUGH: f64 = 0.95;
/// The part that opens connections, in bytes. Its time is not a sample.
const PILOT: u64 = 64 << 10;
/// The sizes that the first sample may have: the largest one that the time allows. Smaller parts than Score makes only
/// show what a request costs, so the first sample is the smallest.
const FIRST_SIZES: [u64; 3] = [1 << 20, 256 << 10, PILOT];
/// The sizes double from `PILOT` up to this power.
const DOUBLINGS: u32 = 14;
/// The shares of the budget that one wave may use: while little is known, for the first point, and later.
const EARLY: f64 = 0.08;
const FIRST: f64 = 0.4;
const LATER: f64 = 0.25;
const OTHERS: f64 = 0.1;
/// The share of the budget for the client's usual number of connections, before other numbers are tried.
const USUAL: f64 = 0.65;
/// The samples before the advice can count as settled, and the most with one number of connections.
pub const LEAST_SAMPLES: usize = 6;
const MOST_SAMPLES: usize = 40;
/// The most requests of a run, over both directions.
pub const MOST_REQUESTS: u64 = 1000;
/// The failed waves that end a run.
const FAILURES: u32 = 3;

/// Moves bytes between here and a store.
pub trait Transfers {
    /// Performs a wave within the limit. Returns what is known when the limit is over.
    fn transfer(&mut self, wave: Wave, limit: Duration) -> impl Future<Output = WaveResult> + Send;
}

/// The task of the sampler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    pub direction: Direction,
    /// The parts that a client transfers at the same time.
    pub connections: u32,
    /// The part size that clients get now, in bytes: the first point.
    pub part: u64,
    /// The largest part that can be transferred, in bytes.
    pub most: u64,
    /// The sizes that the advice can have, in ascending order.
    pub stops: Vec<u64>,
    pub budget: Budget,
}

impl Task {
    /// Returns the stop for a wanted size: the next larger one, or the last.
    #[must_use]
    pub fn stop(&self, wanted: f64) -> u64 {
        let larger = self.stops.iter().find(|stop| float(**stop) >= wanted);
        larger.or(self.stops.last()).copied().unwrap_or(self.part)
    }

    /// Returns true if the samples leave one stop for the part size.
    #[must_use]
    pub fn settled(&self, samples: &[Sample]) -> bool {
        let usual: Vec<_> = samples.iter().filter(|sample| sample.connections == self.connections).collect();
        let Some(fit) = fit(samples, self.direction, self.connections) else { return false };
        let (low, high) = fit.interval(ENOUGH);
        usual.len() >= LEAST_SAMPLES && self.stop(low) == self.stop(high)
    }
}

/// Fits the samples of one direction and one number of connections.
#[must_use]
pub fn fit(samples: &[Sample], direction: Direction, connections: u32) -> Option<CostFit> {
    let those = samples.iter().filter(|sample| (sample.direction, sample.connections) == (direction, connections));
    CostFit::of(&those.map(|sample| (sample.part, sample.typical())).collect::<Vec<_>>())
}

/// Measures one direction, and reports what it sees.
pub async fn measure<T: Transfers>(
    task: &Task,
    clock: impl Fn() -> Duration + Send + Sync,
    transfers: &mut T,
    tell: impl FnMut(Seen) + Send,
) -> Ending {
    let begun = clock();
    let (samples, pilots) = (Vec::new(), Vec::new());
    let mut run = Sampler {
        task,
        clock,
        transfers,
        tell,
        begun,
        samples,
        used: 0,
        requests: 0,
        cap: u64::MAX,
        failed: 0,
        smallest: PILOT,
        opened: 0,
        pilots,
    };
    match run.measure().await {
        Err(end) => end,
        Ok(()) if task.settled(&run.samples) => Ending::Settled,
        Ok(()) => Ending::Budget,
    }
}

struct Sampler<'a, T, C, F> {
    task: &'a Task,
    clock: C,
    transfers: &'a mut T,
    tell: F,
    begun: Duration,
    samples: Vec<Sample>,
    /// The bytes and the requests used so far.
    used: u64,
    requests: u64,
    /// The smallest size that was refused as too large.
    cap: u64,
    failed: u32,
    /// The smallest size of a sample.
    smallest: u64,
    /// The connections that are open.
    opened: u32,
    /// The longest request of each wave that opened connections, in seconds.
    pilots: Vec<f64>,
}

impl<T: Transfers, C: Fn() -> Duration + Send + Sync, F: FnMut(Seen) + Send> Sampler<'_, T, C, F> {
    async fn measure(&mut self) -> Result<(), Ending> {
        let usual = self.task.connections;
        self.begin(usual).await?;
        // The client's defaults, or the largest part below them that the budget allows
        let default = self.task.part.min(self.task.most);
        match self.affordable(usual, FIRST).into_iter().rfind(|part| *part <= default) {
            Some(part) => self.sample(part, usual).await?,
            None => return Ok(()),
        }
        self.refine(usual, USUAL).await?;
        for other in [1, 2 * usual] {
            self.explore(other).await?;
        }
        // Shows whether the store became slower or faster meanwhile
        if let Some(part) = self.affordable(usual, OTHERS).last().copied() {
            self.sample(part, usual).await?;
        }
        self.refine(usual, 1.0).await
    }

    /// Opens the connections, and takes two samples of small parts: enough to tell what larger ones cost.
    async fn begin(&mut self, connections: u32) -> Result<(), Ending> {
        self.open(connections).await?;
        let pilot = self.pilots.last().copied().unwrap_or_default();
        let early = self.task.budget.time.as_secs_f64() * EARLY;
        // Without a fit, the time could grow with the size. A part is not larger than that allows.
        let bytes = float(self.task.budget.bytes) * EARLY / f64::from(connections);
        let allowed = |size: &u64| {
            let fits = *size <= self.task.most && float(*size) <= bytes;
            fits && pilot * float(*size / PILOT) <= early
        };
        let small = FIRST_SIZES.into_iter().find(allowed).unwrap_or(PILOT);
        self.smallest = small;
        self.sample(small, connections).await?;
        let took = self.samples.last().map_or(pilot, Sample::typical);
        let larger = if took * 4.0 <= 2.0 * early { 4 * small } else { 2 * small };
        self.sample(larger.min(self.task.most), connections).await
    }

    /// Opens connections with a wave of tiny parts, so that no sample contains a handshake.
    async fn open(&mut self, connections: u32) -> Result<(), Ending> {
        if connections <= self.opened {
            return Ok(());
        }
        self.opened = connections;
        let seconds = self.wave(PILOT.min(self.task.most), connections, 1).await?;
        let longest = seconds.unwrap_or_default().into_iter().fold(0.0, f64::max);
        self.pilots.push(longest);
        Ok(())
    }

    /// Samples where the advice gains most for its cost, until it is settled or the share of the budget is used.
    async fn refine(&mut self, connections: u32, share: f64) -> Result<(), Ending> {
        while !self.task.settled(&self.samples) && self.spent() < share {
            let usual = self.samples.iter().filter(|sample| sample.connections == connections).count();
            if usual >= MOST_SAMPLES {
                break;
            }
            let fitted = fit(&self.samples, self.task.direction, connections);
            let candidates = self.affordable(connections, LATER.min(1.0 - self.spent()));
            let worth = |part: &u64| {
                let gain = fitted.map_or(float(*part), |fit| fit.gain(ENOUGH, *part));
                // A wave costs something even if it is short.
                gain / (self.cost(*part, connections) + 0.01)
            };
            let Some(part) = candidates.into_iter().max_by(|a, b| worth(a).total_cmp(&worth(b))) else { break };
            self.sample(part, connections).await?;
        }
        Ok(())
    }

    /// Takes samples of a small and of the largest affordable part with another number of connections. A store that
    /// does not accept so many connections may still be measured with fewer.
    async fn explore(&mut self, connections: u32) -> Result<(), Ending> {
        let failed = self.failed;
        for _ in 0..2 {
            let candidates = self.affordable(connections, OTHERS);
            let (Some(large), Some(small)) = (candidates.last().copied(), candidates.first().copied()) else {
                return Ok(());
            };
            if large == small {
                return Ok(());
            }
            self.open(connections).await?;
            for part in [small, large] {
                if self.failed == failed {
                    self.sample(part, connections).await?;
                }
            }
            if self.failed > failed {
                self.failed = failed;
                return Ok(());
            }
        }
        Ok(())
    }

    async fn sample(&mut self, part: u64, connections: u32) -> Result<(), Ending> {
        let short = self.cost(part, connections) < OTHERS / 4.0;
        if let Some(seconds) = self.wave(part, connections, 1 + u32::from(short)).await? {
            let at = (self.clock)().saturating_sub(self.begun);
            let sample = Sample { direction: self.task.direction, part, connections, seconds, at };
            self.samples.push(sample.clone());
            (self.tell)(Seen::Sample(sample));
        }
        Ok(())
    }

    /// Performs a wave. Returns the seconds of its requests if it is complete.
    async fn wave(&mut self, part: u64, connections: u32, rounds: u32) -> Result<Option<Vec<f64>>, Ending> {
        let left = self.task.budget.time.saturating_sub((self.clock)().saturating_sub(self.begun));
        let bytes = self.task.budget.bytes.saturating_sub(self.used);
        let round = part.saturating_mul(u64::from(connections));
        let requests = MOST_REQUESTS / 2 - self.requests.min(MOST_REQUESTS / 2);
        if left.is_zero() || round > bytes || u64::from(connections * rounds) > requests {
            return Err(Ending::Budget);
        }
        let rounds = if round.saturating_mul(u64::from(rounds)) > bytes { 1 } else { rounds };
        let wave = Wave { direction: self.task.direction, part, connections, rounds };
        let result = self.transfers.transfer(wave, left).await;
        self.used = self.used.saturating_add(result.bytes);
        self.requests = self.requests.saturating_add(result.requests);
        let Some(setback) = result.setback else { return Ok(Some(result.seconds)) };
        let end = match &setback {
            Setback::OutOfTime => return Err(Ending::Budget),
            Setback::Stopped => return Err(Ending::Stopped),
            Setback::TooLarge { part, .. } => {
                self.cap = self.cap.min(*part);
                (self.cap <= PILOT).then_some(Ending::Store)
            }
            Setback::Throttled { .. } | Setback::Broken(_) => {
                self.failed += 1;
                (self.failed >= FAILURES).then_some(Ending::Store)
            }
            Setback::Refused { .. } | Setback::WrongEtag | Setback::WrongLength { .. } => Some(Ending::Store),
        };
        (self.tell)(Seen::Setback { wave, setback });
        end.map_or(Ok(None), Err)
    }

    /// Returns the sizes in ascending order that fit into this share of the budget.
    fn affordable(&self, connections: u32, share: f64) -> Vec<u64> {
        let left = 1.0 - self.spent();
        let doubled = (0..=DOUBLINGS).map(|power| PILOT << power);
        let mut sizes: Vec<u64> = doubled.chain([self.task.part]).collect();
        sizes.retain(|part| {
            let cost = self.cost(*part, connections);
            let possible = (self.smallest..=self.task.most).contains(part) && *part < self.cap;
            possible && cost <= share && cost <= left
        });
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    /// Returns the share of the budget that a wave is expected to use, by time or by bytes.
    fn cost(&self, part: u64, connections: u32) -> f64 {
        let Budget { time, bytes } = self.task.budget;
        let of_time = self.seconds(part, connections) / time.as_secs_f64().max(f64::MIN_POSITIVE);
        of_time.max(float(part) * f64::from(connections) / float(bytes).max(1.0))
    }

    /// Returns the expected seconds of a request.
    fn seconds(&self, part: u64, connections: u32) -> f64 {
        let direction = self.task.direction;
        if let Some(fit) = fit(&self.samples, direction, connections) {
            return fit.seconds(part);
        }
        // More connections could share what fewer of them have alone.
        let usual = self.task.connections;
        let shared = (f64::from(connections) / f64::from(usual)).max(1.0);
        if let Some(fit) = fit(&self.samples, direction, usual) {
            return fit.overhead + fit.per_byte * float(part) * shared;
        }
        let known = self.samples.last().map(|sample| (sample.part, sample.typical()));
        let (size, seconds) = known.unwrap_or((PILOT, self.pilots.last().copied().unwrap_or_default()));
        seconds * (float(part) / float(size)).max(1.0) * shared
    }

    /// Returns the share of the budget that is used, by time or by bytes.
    fn spent(&self) -> f64 {
        let Budget { time, bytes } = self.task.budget;
        let taken = (self.clock)().saturating_sub(self.begun).as_secs_f64() / time.as_secs_f64().max(f64::MIN_POSITIVE);
        taken.max(float(self.used) / float(bytes).max(1.0))
    }
}
