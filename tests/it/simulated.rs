//! Runs the sampler on simulated stores and simulated time: nothing is sent, and nothing sleeps.

use std::{
    future::{Future, ready},
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    time::Duration,
};

use score_setup::store::tune::{
    Budget, Direction, Ending, Sample, Seen, Setback, Wave, WaveResult,
    model::{float, whole},
    sampler::{ENOUGH, Task, Transfers, fit, measure},
};

const MB: f64 = 1e6;
const MIB: u64 = 1 << 20;

/// A store and the way to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// Seconds that each request costs.
    pub(crate) overhead: f64,
    /// Bytes per second of one connection, and of all together.
    pub(crate) connection: f64,
    pub(crate) total: f64,
    /// The relative deviation of each request, at most.
    pub(crate) jitter: f64,
    /// One of so many requests takes five times as long.
    pub(crate) spikes: Option<u64>,
    /// Bodies from this size on are refused.
    pub(crate) limit: u64,
    /// More connections than these are throttled.
    pub(crate) throttled_above: u32,
    /// The time from which everything takes three times as long.
    pub(crate) slow_after: f64,
    /// The number of the request that fails, and how; all later ones fail too.
    pub(crate) fails: Option<(u64, fn() -> Setback)>,
}

impl Shape {
    pub(crate) const fn new(overhead: f64, connection: f64, total: f64) -> Self {
        Self {
            overhead,
            connection,
            total,
            jitter: 0.0,
            spikes: None,
            limit: u64::MAX,
            throttled_above: u32::MAX,
            slow_after: f64::INFINITY,
            fails: None,
        }
    }

    /// Returns the seconds for a byte with so many connections.
    fn per_byte(&self, connections: u32) -> f64 {
        (1.0 / self.connection).max(f64::from(connections) / self.total)
    }
}

/// A simulated store with its clock.
pub(crate) struct Simulation {
    shape: Shape,
    now: f64,
    requests: u64,
    random: u64,
    shared: Arc<Mutex<Shared>>,
}

/// The seconds and the bytes of a simulation so far, for the test and the sampler.
#[derive(Debug, Clone, Copy, Default)]
struct Shared {
    seconds: f64,
    bytes: u64,
}

impl Simulation {
    fn random(&mut self) -> f64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        float(self.random >> 12) / float(1 << 52)
    }

    fn seconds(&mut self, wave: Wave) -> f64 {
        let slow = if self.now > self.shape.slow_after { 3.0 } else { 1.0 };
        let spike = self.shape.spikes.is_some_and(|one| self.random() * float(one) < 1.0);
        let jitter = 1.0 + self.shape.jitter * (2.0 * self.random() - 1.0);
        let plain = self.shape.overhead + float(wave.part) * self.shape.per_byte(wave.connections);
        plain * jitter * slow * if spike { 5.0 } else { 1.0 }
    }

    fn transferred(&mut self, wave: Wave, limit: f64) -> WaveResult {
        let mut result = WaveResult::default();
        if wave.part >= self.shape.limit {
            result.setback = Some(Setback::TooLarge { part: wave.part, by: Some("nginx".into()) });
            return result;
        }
        if wave.connections > self.shape.throttled_above {
            result.setback = Some(Setback::Throttled { status: 503, code: "SlowDown".into() });
            return result;
        }
        let begun = self.now;
        for _ in 0..wave.rounds {
            let round: Vec<f64> = (0..wave.connections).map(|_| self.seconds(wave)).collect();
            let longest = round.iter().copied().fold(0.0, f64::max);
            if self.now + longest - begun > limit {
                self.now = begun + limit;
                result.setback = Some(Setback::OutOfTime);
                return result;
            }
            self.now += longest;
            self.requests += u64::from(wave.connections);
            result.requests += u64::from(wave.connections);
            result.bytes += wave.part * u64::from(wave.connections);
            if let Some((from, how)) = self.shape.fails
                && self.requests >= from
            {
                result.setback = Some(how());
                return result;
            }
            result.seconds.extend(round);
        }
        result
    }
}

/// The result of a simulated run.
pub(crate) struct Simulated {
    pub(crate) task: Task,
    pub(crate) samples: Vec<Sample>,
    pub(crate) setbacks: Vec<Setback>,
    pub(crate) end: Ending,
    pub(crate) seconds: f64,
    pub(crate) bytes: u64,
}

pub(crate) fn task(budget: Budget) -> Task {
    let stops = [20, 32, 64, 128, 256, 512, 1024, 2047].map(|mib| mib * MIB).to_vec();
    Task { direction: Direction::Up, connections: 6, part: 64 * MIB, most: 2047 * MIB, stops, budget }
}

pub(crate) fn simulate(shape: Shape, task: Task, seed: u64) -> Simulated {
    let shared = Arc::new(Mutex::new(Shared::default()));
    let mut simulation = Simulation { shape, now: 0.0, requests: 0, random: seed * 2 + 1, shared: shared.clone() };
    (0..20).for_each(|_| _ = simulation.random());
    let (mut samples, mut setbacks) = (Vec::new(), Vec::new());
    let clock = || Duration::from_secs_f64(shared.lock().unwrap().seconds);
    let end = finished(measure(&task, clock, &mut simulation, |seen| match seen {
        Seen::Sample(sample) => samples.push(sample),
        Seen::Setback { setback, .. } => setbacks.push(setback),
    }));
    let Shared { seconds, bytes } = *shared.lock().unwrap();
    Simulated { task, samples, setbacks, end, seconds, bytes }
}

impl Transfers for Simulation {
    fn transfer(&mut self, wave: Wave, limit: Duration) -> impl Future<Output = WaveResult> + Send {
        let result = self.transferred(wave, limit.as_secs_f64());
        let mut shared = self.shared.lock().unwrap();
        shared.seconds = self.now;
        shared.bytes += result.bytes;
        ready(result)
    }
}

/// Runs a future that never waits.
fn finished<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a simulated transfer waits for nothing"),
    }
}

/// The shapes that can be fitted: name, shape, and the part size in MiB that arithmetic predicts for six connections.
#[rustfmt::skip]
pub(crate) const SHAPES: &[(&str, Shape, u64)] = &[
    ("LAN of 10 Gbit/s",              Shape::new(0.0004, 600.0 * MB, 1100.0 * MB), 20),
    ("LAN of 1 Gbit/s",               Shape::new(0.001, 117.0 * MB, 117.0 * MB), 20),
    ("slow handling of each request", Shape::new(0.050, 300.0 * MB, 900.0 * MB), 256),
    ("metropolitan line",             Shape::new(0.020, 40.0 * MB, 40.0 * MB), 20),
    ("limited per connection",        Shape::new(0.120, 6.0 * MB, 500.0 * MB), 20),
    ("limited per connection, far",   Shape::new(0.150, 14.0 * MB, 900.0 * MB), 64),
    ("limited in total, far",         Shape::new(0.250, 90.0 * MB, 60.0 * MB), 64),
    ("satellite",                     Shape::new(0.650, 3.0 * MB, 2.5 * MB), 20),
    ("DSL",                           Shape::new(0.030, 1.2 * MB, 1.2 * MB), 20),
    ("an erasure-coded archive",      Shape::new(0.400, 95.0 * MB, 1000.0 * MB), 1024),
    ("jitter",                        Shape { jitter: 0.15, ..Shape::new(0.160, 12.0 * MB, 900.0 * MB) }, 64),
    ("spikes",                        Shape { spikes: Some(25), ..Shape::new(0.150, 13.0 * MB, 900.0 * MB) }, 64),
    ("proxy with a body limit",       Shape { limit: 50 * MIB, ..Shape::new(0.020, 30.0 * MB, 40.0 * MB) }, 20),
    ("throttled above six",           Shape { throttled_above: 6, ..Shape::new(0.150, 13.0 * MB, 900.0 * MB) }, 64),
    ("one connection has it all",     Shape::new(0.100, 200.0 * MB, 200.0 * MB), 64),
    ("a telephone line",              Shape::new(0.200, 0.25 * MB, 0.25 * MB), 20),
];

fn within(found: f64, truth: f64) -> bool {
    (found / truth - 1.0).abs() <= 0.1
}

#[test]
fn every_shape_is_fitted_within_a_tenth_and_advised_as_arithmetic_predicts() {
    let mut wrong = Vec::new();
    for (name, shape, predicted) in SHAPES {
        let wanted = 19.0 * shape.overhead / shape.per_byte(6);
        for seed in 1..=20 {
            let run = simulate(*shape, task(Budget::default()), seed);
            let stop = run.task.stop(wanted) / MIB;
            assert_eq!(stop, *predicted, "{name}: the table disagrees with its own arithmetic");
            let Some(fit) = fit(&run.samples, Direction::Up, 6) else {
                wrong.push(format!("{name}, seed {seed}: no fit, {:?}", run.end));
                continue;
            };
            let advised = run.task.stop(fit.smallest(ENOUGH)) / MIB;
            let right = within(fit.overhead, shape.overhead)
                && within(fit.per_byte, shape.per_byte(6))
                && advised == stop
                && run.seconds <= 20.0 + 1e-9
                && run.bytes <= 512 * MIB;
            if !right {
                wrong.push(format!(
                    "{name}, seed {seed}: {fit:?}, {advised} MiB, {} s, {} bytes",
                    run.seconds, run.bytes
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_first_sample_is_the_defaults_of_the_client_if_the_budget_allows_it() {
    let shape = Shape::new(0.001, 117.0 * MB, 117.0 * MB);
    let wide = Budget { time: Duration::from_mins(1), bytes: 4096 * MIB };
    let run = simulate(shape, task(wide), 1);
    assert_eq!((run.samples[2].part, run.samples[2].connections), (64 * MIB, 6));
    let run = simulate(shape, task(Budget::default()), 1);
    assert!(
        run.samples.iter().all(|sample| sample.part < 64 * MIB),
        "64 MiB for six connections is most of the budget"
    );
}

#[test]
fn other_numbers_of_connections_tell_what_limits_the_throughput() {
    for (shape, ratio) in
        [(Shape::new(0.020, 10.0 * MB, 900.0 * MB), 6.0), (Shape::new(0.020, 90.0 * MB, 90.0 * MB), 1.0)]
    {
        let run = simulate(shape, task(Budget::default()), 1);
        let best = |connections| fit(&run.samples, Direction::Up, connections).unwrap().best(connections);
        assert!(within(best(6) / best(1), ratio), "{} {}", best(1), best(6));
        assert!(run.samples.iter().any(|sample| sample.connections == 12));
    }
}

#[test]
fn a_run_stops_before_its_budget_when_the_advice_would_not_change() {
    let run = simulate(Shape::new(0.001, 117.0 * MB, 117.0 * MB), task(Budget::default()), 1);
    assert_eq!(run.end, Ending::Settled);
    assert!(run.seconds < 10.0, "{}", run.seconds);
}

#[test]
fn a_budget_that_is_too_small_gives_no_fit() {
    for budget in [
        Budget { time: Duration::from_millis(100), bytes: 512 * MIB },
        Budget { time: Duration::from_secs(20), bytes: 300_000 },
        Budget { time: Duration::ZERO, bytes: 0 },
    ] {
        let run = simulate(Shape::new(0.650, 3.0 * MB, 2.5 * MB), task(budget), 1);
        assert_eq!((run.end, fit(&run.samples, Direction::Up, 6)), (Ending::Budget, None), "{budget:?}");
        assert!(run.seconds <= budget.time.as_secs_f64() + 1e-9 && run.bytes <= budget.bytes, "{budget:?}");
    }
}

#[test]
fn a_store_that_fails_ends_the_run_and_keeps_what_was_seen() {
    let good = Shape::new(0.020, 40.0 * MB, 90.0 * MB);
    let reset = || Setback::Broken("the connection was reset".into());
    let quota = || Setback::Refused { status: 403, code: "QuotaExceeded".into() };
    let slow_down = || Setback::Throttled { status: 503, code: "SlowDown".into() };
    for how in [reset, quota, slow_down, || Setback::WrongEtag] {
        let run = simulate(Shape { fails: Some((40, how)), ..good }, task(Budget::default()), 1);
        assert_eq!((run.end, run.setbacks.last()), (Ending::Store, Some(&how())));
        assert!(!run.samples.is_empty());
        let run = simulate(Shape { fails: Some((1, how)), ..good }, task(Budget::default()), 1);
        assert_eq!((run.end, run.samples.len()), (Ending::Store, 0));
    }
    let stopped = simulate(Shape { fails: Some((40, || Setback::Stopped)), ..good }, task(Budget::default()), 1);
    assert_eq!(stopped.end, Ending::Stopped);
}

#[test]
fn a_size_that_is_refused_is_not_tried_again() {
    let shape = Shape { limit: 12 * MIB, ..Shape::new(0.150, 30.0 * MB, 400.0 * MB) };
    let run = simulate(shape, task(Budget::default()), 1);
    let refused: Vec<_> = run.setbacks.iter().filter(|one| matches!(one, Setback::TooLarge { .. })).collect();
    assert!((1..=2).contains(&refused.len()), "{refused:?}");
    assert!(run.samples.iter().all(|sample| sample.part < shape.limit));
    assert!(within(fit(&run.samples, Direction::Up, 6).unwrap().overhead, 0.150));
}

#[test]
fn a_store_that_becomes_slow_gives_a_wider_interval() {
    let steady = Shape::new(0.150, 13.0 * MB, 900.0 * MB);
    let width = |shape| {
        let run = simulate(shape, task(Budget::default()), 1);
        let (low, high) = fit(&run.samples, Direction::Up, 6).unwrap().interval(ENOUGH);
        whole(high - low)
    };
    assert!(width(Shape { slow_after: 2.0, ..steady }) > 2 * width(steady));
}
