//! Derives the settings from the measurements, with the reasons. Has no words, and knows nothing of stores and clocks.

use std::time::Duration;

use super::{
    Direction, Ending, Measurements, Omitted, Setback,
    model::{CostFit, float},
    sampler::{ENOUGH, LEAST_SAMPLES},
};
use crate::score::{Api, part_sizes};

/// The factor from which a change during the run is reported.
const DRIFT: f64 = 1.3;
/// The relative deviation from which samples are reported as uncertain.
const UNCERTAIN: f64 = 0.25;
/// The gain from which another number of connections is reported.
const WORTH: f64 = 1.15;
/// The memory of one client from which it is a warning, in bytes. score-client itself plans with 1 GB
/// (`transport.memory`).
pub const MUCH_MEMORY: u64 = 1 << 30;

/// The advised part size.
#[derive(Debug, Clone, PartialEq)]
pub struct Advice {
    /// In bytes.
    pub part: u64,
    /// The direction that decides.
    pub direction: Direction,
    pub connections: u32,
    pub fit: CostFit,
    /// True if nine of ten runs like this one would advise the same.
    pub settled: bool,
    /// The reasons, the deciding one first.
    pub reasons: Vec<Reason>,
}

/// A fact that the advice follows from, or that belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// A part of this size is the smallest that reaches the wanted share; the interval is in bytes.
    Enough {
        direction: Direction,
        wanted: f64,
        interval: (f64, f64),
    },
    /// Score raises smaller parts to this size, which is enough.
    Raised {
        wanted: f64,
    },
    /// No Java int holds the size that would be enough.
    LongestInt {
        wanted: f64,
    },
    /// A server refuses bodies from this size on. `fits` is false if it refuses even the smallest part of Score.
    BodyLimit {
        refused: u64,
        by: Option<String>,
        fits: bool,
    },
    /// Files from this size on are refused at the same limit, because Score makes their parts larger.
    LargestFile {
        bytes: u64,
    },
    /// The largest file that keeps parts of this size; larger files get larger parts.
    Grows {
        bytes: u64,
    },
    Memory {
        bytes: u64,
        connections: u32,
    },
    /// The seconds that one part costs when it is sent again.
    Again {
        seconds: f64,
    },
    /// Another number of connections reaches this multiple of the throughput.
    Connections {
        number: u32,
        times: f64,
    },
    /// One connection alone reaches the same.
    OneIsEnough,
    /// The time for a request changed by this factor during the run.
    Drift {
        factor: f64,
    },
    Scatter {
        relative: f64,
    },
    /// On Azure the setting has no effect on uploads.
    DownloadsOnly,
    NoDownloads(Omitted),
    Throttled {
        connections: u32,
        status: u16,
    },
}

/// The reason why there is no advice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAdvice {
    /// The samples are too few, or all of one size.
    TooLittle,
    /// The store refused, or did not keep what was sent.
    Store(Setback),
}

/// The settings of Score's own connections to the store.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdvisedWaits {
    /// The longest connection that was seen.
    pub slowest: Duration,
    pub connect: Duration,
    pub retries: u32,
    /// The seconds that a request to an endpoint without an answer costs.
    pub dead: f64,
}

/// Derives the part size. `connections` is the number that clients use.
///
/// # Errors
/// Returns an error if the measurements do not support any advice.
pub fn advise(measured: &Measurements, api: Api, connections: u32) -> Result<Advice, NoAdvice> {
    let directions: &[Direction] = match api {
        Api::S3 => &[Direction::Up, Direction::Down],
        Api::Azure => &[Direction::Down],
    };
    let fitted = directions.iter().filter_map(|direction| {
        let many = measured.samples.iter().filter(|one| (one.direction, one.connections) == (*direction, connections));
        let fit = measured.fit(*direction, connections)?;
        (many.count() >= LEAST_SAMPLES.min(4)).then_some((*direction, fit))
    });
    let wanted = |(_, fit): &(Direction, CostFit)| fit.smallest(ENOUGH);
    let Some((direction, fit)) = fitted.max_by(|a, b| wanted(a).total_cmp(&wanted(b))) else {
        return Err(no_advice(measured));
    };
    let stops = part_sizes::stops(api);
    let (wanted, interval) = (fit.smallest(ENOUGH), fit.interval(ENOUGH));
    let first = stops.first().copied().unwrap_or(part_sizes::SMALLEST);
    let stop = |wanted: f64| stops.iter().copied().find(|stop| float(*stop) >= wanted);
    let last = stops.last().copied().unwrap_or(first);
    let mut part = stop(wanted).unwrap_or(last);
    let mut reasons = vec![match stop(wanted) {
        None => Reason::LongestInt { wanted },
        Some(stop) if stop == first && api == Api::S3 => Reason::Raised { wanted },
        Some(_) => Reason::Enough { direction, wanted, interval },
    }];
    if let Some((refused, by)) = body_limit(measured) {
        let below = stops.iter().copied().rfind(|stop| *stop < refused);
        reasons.push(Reason::BodyLimit { refused, by, fits: below.is_some() });
        if below.is_some() {
            reasons.push(Reason::LargestFile { bytes: refused.saturating_mul(part_sizes::MOST_PARTS) });
        }
        part = below.map_or(first, |below| part.min(below));
    } else if api == Api::S3 {
        reasons.push(Reason::Grows { bytes: part_sizes::largest(part) });
    }
    reasons.push(Reason::Memory { bytes: part_sizes::client_memory(part, connections.into()), connections });
    reasons.push(Reason::Again { seconds: fit.seconds(part) });
    reasons.extend(about_connections(measured, direction, connections, part));
    reasons.extend(doubts(measured, direction, connections, &fit));
    if api == Api::Azure {
        reasons.push(Reason::DownloadsOnly);
    }
    reasons.extend(measured.omitted.map(Reason::NoDownloads));
    let ended = |one: &(Direction, Ending)| *one == (direction, Ending::Settled);
    let settled =
        stop(interval.0).unwrap_or(last) == stop(interval.1).unwrap_or(last) && measured.endings.iter().any(ended);
    Ok(Advice { part, direction, connections, fit, settled, reasons })
}

fn no_advice(measured: &Measurements) -> NoAdvice {
    let told = measured.setbacks.iter().rev().map(|(_, setback)| setback);
    let mut serious = told.filter(|setback| !matches!(setback, Setback::OutOfTime | Setback::Stopped));
    serious.next().map_or(NoAdvice::TooLittle, |setback| NoAdvice::Store(setback.clone()))
}

/// Returns the smallest body that a server refused as too large, and the server.
#[must_use]
pub fn body_limit(measured: &Measurements) -> Option<(u64, Option<String>)> {
    let refused = measured.setbacks.iter().filter_map(|(_, setback)| match setback {
        Setback::TooLarge { part, by } => Some((*part, by.clone())),
        _ => None,
    });
    refused.min_by_key(|(part, _)| *part)
}

fn about_connections(measured: &Measurements, direction: Direction, usual: u32, part: u64) -> Vec<Reason> {
    let speed = |number| measured.fit(direction, number).map(|fit| fit.throughput(part, number));
    let mut reasons = Vec::new();
    let Some(now) = speed(usual) else { return reasons };
    let faster = measured.connections(direction).into_iter().filter(|number| *number > usual).find_map(|number| {
        let fit = measured.fit(direction, number).filter(|fit| fit.scatter < UNCERTAIN)?;
        let times = fit.throughput(part, number) / now;
        (times >= WORTH).then_some(Reason::Connections { number, times })
    });
    if faster.is_none() && speed(1).is_some_and(|one| one * WORTH >= now) {
        reasons.push(Reason::OneIsEnough);
    }
    reasons.extend(faster);
    let throttled = measured.setbacks.iter().find_map(|(wave, setback)| match setback {
        Setback::Throttled { status, .. } => Some(Reason::Throttled { connections: wave.connections, status: *status }),
        _ => None,
    });
    reasons.extend(throttled);
    reasons
}

/// Returns what makes the samples doubtful: a change during the run, or a wide scatter.
fn doubts(measured: &Measurements, direction: Direction, connections: u32, fit: &CostFit) -> Vec<Reason> {
    let those: Vec<f64> = measured
        .samples
        .iter()
        .filter(|one| (one.direction, one.connections) == (direction, connections))
        .map(|one| one.typical() / fit.seconds(one.part))
        .collect();
    let third = (those.len() / 3).max(1);
    let mean = |some: &[f64]| some.iter().sum::<f64>() / float(some.len() as u64).max(1.0);
    let first = mean(those.get(..third).unwrap_or_default());
    let last = mean(those.get(those.len().saturating_sub(third)..).unwrap_or_default());
    let factor = last / first.max(f64::MIN_POSITIVE);
    if those.len() >= 2 * third && (factor >= DRIFT || factor <= 1.0 / DRIFT) {
        vec![Reason::Drift { factor }]
    } else if fit.scatter >= UNCERTAIN {
        vec![Reason::Scatter { relative: fit.scatter }]
    } else {
        Vec::new()
    }
}

/// The round connection time-outs, in milliseconds.
const ROUND: [u64; 7] = [5000, 10_000, 15_000, 20_000, 30_000, 60_000, 120_000];
/// The time for two lost packets: a system repeats the first packet of a connection after 1 s and after 2 s more (RFC 6298).
const LOST_PACKETS: Duration = Duration::from_secs(3);
/// The slowest connection must fit so often.
const ROOM: u32 = 10;
/// The retries of Score's own configuration, and those for a store that asks to slow down.
const RETRIES: u32 = 5;
const RETRIES_IF_BUSY: u32 = 8;

/// Derives time-out and retries from the connections that were seen. Returns `None` if there were none.
#[must_use]
pub fn waits(measured: &Measurements) -> Option<AdvisedWaits> {
    let slowest = measured.connected.iter().max().copied()?;
    let wanted = LOST_PACKETS + slowest * ROOM;
    let round = ROUND.into_iter().map(Duration::from_millis).find(|round| *round >= wanted);
    let connect = round.unwrap_or(wanted);
    let busy = measured.setbacks.iter().any(|(_, setback)| matches!(setback, Setback::Throttled { .. }));
    let retries = if busy { RETRIES_IF_BUSY } else { RETRIES };
    Some(AdvisedWaits { slowest, connect, retries, dead: dead(connect, retries) })
}

/// Returns the seconds that a request to an endpoint without an answer costs: each try waits for a connection, and each
/// repetition waits a random part of 100 ms, doubled each time, up to 20 s (AWS SDK for Java 1.11.219
/// `PredefinedRetryPolicies`, `PredefinedBackoffStrategies.FullJitterBackoffStrategy`; on Score 5.11 a refused endpoint
/// cost 1.7 s with 5 retries and 31 to 38 s with 10).
#[must_use]
pub fn dead(connect: Duration, retries: u32) -> f64 {
    let tries = f64::from(retries.saturating_add(1));
    let pauses: f64 = (0..retries.min(100)).map(|n| (0.1 * 2_f64.powi(n.min(30).cast_signed())).min(20.0) / 2.0).sum();
    tries * connect.as_secs_f64() + pauses
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tune::{Sample, Wave};

    const MIB: u64 = 1 << 20;

    fn measured(overhead: f64, per_connection: f64, direction: Direction) -> Measurements {
        let sample = |part: u64, connections, at: u64| Sample {
            direction,
            part,
            connections,
            seconds: vec![overhead + float(part) / per_connection; 6],
            at: Duration::from_secs(at),
        };
        let parts = [MIB / 4, MIB, 4 * MIB, 16 * MIB, MIB, 16 * MIB];
        let samples = parts.iter().zip(0..).map(|(part, at)| sample(*part, 6, at));
        let endings = vec![(direction, Ending::Settled)];
        Measurements { samples: samples.collect(), endings, ..Measurements::default() }
    }

    fn refused(part: u64) -> (Wave, Setback) {
        let wave = Wave { direction: Direction::Up, part, connections: 1, rounds: 1 };
        (wave, Setback::TooLarge { part, by: Some("nginx".into()) })
    }

    #[test]
    fn the_smallest_part_that_is_enough_is_advised_within_what_score_makes_of_it() {
        for (overhead, speed, part, reason) in [
            (0.001, 20e6, 20, Reason::Raised { wanted: 0.0 }),
            (0.150, 14e6, 64, Reason::Enough { direction: Direction::Up, wanted: 0.0, interval: (0.0, 0.0) }),
            (2.0, 120e6, 2047, Reason::LongestInt { wanted: 0.0 }),
        ] {
            let advice = advise(&measured(overhead, speed, Direction::Up), Api::S3, 6).unwrap();
            assert_eq!(advice.part, part * MIB);
            assert_eq!(std::mem::discriminant(&advice.reasons[0]), std::mem::discriminant(&reason), "{advice:?}");
            assert!(advice.reasons.contains(&Reason::Memory { bytes: 6 * part * MIB, connections: 6 }));
        }
    }

    #[test]
    fn a_body_limit_bounds_the_part_and_the_largest_file() {
        let mut seen = measured(0.150, 14e6, Direction::Up);
        seen.setbacks = vec![refused(64 * MIB), refused(50 * MIB)];
        let advice = advise(&seen, Api::S3, 6).unwrap();
        assert_eq!(advice.part, 32 * MIB);
        assert!(advice.reasons.contains(&Reason::LargestFile { bytes: 50 * MIB * 10_000 }));
        seen.setbacks.push(refused(10 * MIB));
        let advice = advise(&seen, Api::S3, 6).unwrap();
        let unfit = Reason::BodyLimit { refused: 10 * MIB, by: Some("nginx".into()), fits: false };
        assert!(advice.part == 20 * MIB && advice.reasons.contains(&unfit), "{advice:?}");
    }

    #[test]
    fn on_azure_only_downloads_decide() {
        let mut seen = measured(0.001, 20e6, Direction::Down);
        seen.samples.extend(measured(0.5, 20e6, Direction::Up).samples);
        let advice = advise(&seen, Api::Azure, 6).unwrap();
        assert_eq!((advice.direction, advice.part), (Direction::Down, 4 * MIB));
        assert!(advice.reasons.contains(&Reason::DownloadsOnly));
        assert_eq!(advise(&measured(0.5, 20e6, Direction::Up), Api::Azure, 6), Err(NoAdvice::TooLittle));
    }

    #[test]
    fn of_two_directions_the_more_demanding_one_decides() {
        let mut seen = measured(0.010, 20e6, Direction::Up);
        seen.samples.extend(measured(0.3, 20e6, Direction::Down).samples);
        assert_eq!(advise(&seen, Api::S3, 6).unwrap().direction, Direction::Down);
    }

    #[test]
    fn a_store_that_became_slower_is_doubted() {
        let mut seen = measured(0.150, 14e6, Direction::Up);
        seen.samples.iter_mut().skip(4).for_each(|sample| sample.seconds.iter_mut().for_each(|s| *s *= 2.0));
        let reasons = advise(&seen, Api::S3, 6).unwrap().reasons;
        assert!(
            reasons.iter().any(|reason| matches!(reason, Reason::Drift { factor } if *factor > 1.3)),
            "{reasons:?}"
        );
    }

    #[test]
    fn nothing_is_advised_from_too_few_samples_or_after_a_refusal() {
        assert_eq!(advise(&Measurements::default(), Api::S3, 6), Err(NoAdvice::TooLittle));
        let wave = Wave { direction: Direction::Up, part: MIB, connections: 6, rounds: 1 };
        let setbacks = vec![(wave, Setback::WrongEtag)];
        let seen = Measurements { setbacks, ..Measurements::default() };
        assert_eq!(advise(&seen, Api::S3, 6), Err(NoAdvice::Store(Setback::WrongEtag)));
    }

    #[test]
    fn the_timeout_has_room_for_lost_packets_and_a_dead_endpoint_costs_what_score_took() {
        let seen = |ms: u64| Measurements { connected: vec![Duration::from_millis(ms)], ..Measurements::default() };
        let advised = |ms| waits(&seen(ms)).unwrap().connect.as_secs();
        assert_eq!([advised(1), advised(180), advised(620), advised(2000)], [5, 5, 10, 30]);
        assert_eq!(waits(&Measurements::default()), None);
        let refused = |retries| dead(Duration::ZERO, retries);
        assert!(
            (refused(5) - 1.6).abs() < 0.1 && (31.0..38.0).contains(&refused(10)),
            "{} {}",
            refused(5),
            refused(10)
        );
        assert!((waits(&seen(1)).unwrap().dead - 31.55).abs() < 0.01);
    }
}
