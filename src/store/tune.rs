//! Measures transfers on a store, and derives a part size from them.
//!
//! ```text
//! run ──► s3, azure ──► probe      sends the requests of a client
//!    └──► sampler ──► model        chooses what to measure next, and when to stop
//! advice ──► model                 what the samples mean for the settings; words: how it is said
//! ```

pub mod advice;
mod azure;
pub mod calculator;
pub mod model;
mod pool;
pub mod run;
mod s3;
pub mod sampler;
pub mod words;

use std::time::Duration;

use crate::store::checks::Leftover;

/// The direction of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    Up,
    Down,
}

/// The time and the bytes that a run may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    pub time: Duration,
    pub bytes: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { time: Duration::from_secs(20), bytes: 512 << 20 }
    }
}

/// A task: connections that transfer parts of one size at the same time, each one part after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wave {
    pub direction: Direction,
    /// The size of a part in bytes.
    pub part: u64,
    pub connections: u32,
    /// The number of parts for each connection.
    pub rounds: u32,
}

/// The result of a wave.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WaveResult {
    /// The seconds of each complete transfer.
    pub seconds: Vec<f64>,
    /// The bytes that were sent or received, also by transfers that failed.
    pub bytes: u64,
    pub requests: u64,
    /// The first thing that went wrong.
    pub setback: Option<Setback>,
}

/// A complete wave: what the model is fitted to.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub direction: Direction,
    pub part: u64,
    pub connections: u32,
    /// The seconds of each request.
    pub seconds: Vec<f64>,
    /// The time from the beginning of the run to the end of the wave.
    pub at: Duration,
}

impl Sample {
    /// Returns the mean duration of a request in seconds, without the shortest and the longest quarter: one slow request
    /// of six does not change it.
    #[must_use]
    pub fn typical(&self) -> f64 {
        let sorted = self.sorted();
        let cut = sorted.len() / 4;
        let middle = sorted.get(cut..sorted.len() - cut).unwrap_or_default();
        middle.iter().sum::<f64>() / model::float(middle.len() as u64).max(1.0)
    }

    /// Returns the bytes per second of all connections together.
    #[must_use]
    pub fn throughput(&self) -> f64 {
        model::float(self.part) * f64::from(self.connections) / self.typical()
    }

    /// Returns the shortest, the median and the longest duration of a request in seconds.
    #[must_use]
    pub fn spread(&self) -> [f64; 3] {
        let sorted = self.sorted();
        let at = |place: usize| sorted.get(place).copied().unwrap_or_default();
        [at(0), at(sorted.len() / 2), at(sorted.len().saturating_sub(1))]
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.seconds.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }
}

/// An obstacle to a complete transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setback {
    /// A body of this size is refused (413, or `EntityTooLarge`); the server that says so, if its reply names one.
    TooLarge { part: u64, by: Option<String> },
    /// The store asks to slow down: 429, 503 or `SlowDown`.
    Throttled { status: u16, code: String },
    /// The store refuses for another reason, such as a quota.
    Refused { status: u16, code: String },
    /// The `ETag` of a part is not its MD5. No client can upload.
    WrongEtag,
    /// A range came with a length that was not asked for.
    WrongLength { asked: u64, came: u64 },
    /// The connection was refused, reset or closed.
    Broken(String),
    /// The budget of time was over before the transfer.
    OutOfTime,
    /// The operator stopped the run.
    Stopped,
}

/// The reason why a run stopped measuring in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// More samples would not change the advice.
    Settled,
    /// The budget is used up.
    Budget,
    /// The store refused, or failed several times.
    Store,
    /// The operator stopped the run.
    Stopped,
}

/// The reason why downloads are not measured. Each text completes "Downloads were not measured: ".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Omitted {
    #[error("the state bucket keeps versions, so a scratch object would stay in it")]
    Versioned,
    #[error("a scratch object could not be deleted from the state bucket")]
    NotDeleted,
    /// The status, or 0 if no reply came.
    #[error("the store did not take a scratch object ({0})")]
    NotWritten(u16),
    #[error("the budget was used up before")]
    Budget,
}

/// The reason why nothing was measured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TuneFailure {
    #[error("{0}")]
    Route(String),
    #[error("the store did not answer")]
    NoReply,
    #[error("the store refused to begin an upload: {status} {code}")]
    Refused { status: u16, code: String },
    #[error("the store began an upload, and its reply cannot be read: {0}")]
    Misread(String),
}

/// The cost of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    pub time: Duration,
    pub bytes: u64,
    pub requests: u64,
}

/// News of a run, in the order of its steps.
#[derive(Debug, Clone, PartialEq)]
pub enum TuneNews {
    /// The day of the measurement, such as `2026-11-27`.
    Begun {
        day: String,
    },
    /// The times that connections took, with TLS.
    Connected(Vec<Duration>),
    Seen(Seen),
    Ended {
        direction: Direction,
        ending: Ending,
    },
    Omitted(Omitted),
    /// The last message. Everything is removed except these.
    Finished(Finished),
}

/// Everything that a run has reported so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measurements {
    pub day: String,
    pub connected: Vec<Duration>,
    pub samples: Vec<Sample>,
    pub setbacks: Vec<(Wave, Setback)>,
    pub endings: Vec<(Direction, Ending)>,
    pub omitted: Option<Omitted>,
    /// Set by the last message.
    pub finished: Option<Finished>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    pub failure: Option<TuneFailure>,
    pub leftovers: Vec<Leftover>,
    pub spent: Spent,
}

impl Measurements {
    pub fn apply(&mut self, news: TuneNews) {
        match news {
            TuneNews::Begun { day } => self.day = day,
            TuneNews::Connected(durations) => self.connected = durations,
            TuneNews::Seen(Seen::Sample(sample)) => self.samples.push(sample),
            TuneNews::Seen(Seen::Setback { wave, setback }) => self.setbacks.push((wave, setback)),
            TuneNews::Ended { direction, ending } => self.endings.push((direction, ending)),
            TuneNews::Omitted(omitted) => self.omitted = Some(omitted),
            TuneNews::Finished(finished) => self.finished = Some(finished),
        }
    }

    /// Returns the numbers of connections that were measured in a direction, in ascending order.
    #[must_use]
    pub fn connections(&self, direction: Direction) -> Vec<u32> {
        let those = self.samples.iter().filter(|sample| sample.direction == direction);
        let mut connections: Vec<u32> = those.map(|sample| sample.connections).collect();
        connections.sort_unstable();
        connections.dedup();
        connections
    }

    #[must_use]
    pub fn fit(&self, direction: Direction, connections: u32) -> Option<model::CostFit> {
        sampler::fit(&self.samples, direction, connections)
    }

    /// Returns the part sizes that were measured in a direction, in ascending order.
    #[must_use]
    pub fn parts(&self, direction: Direction) -> Vec<u64> {
        let mut parts: Vec<u64> =
            self.samples.iter().filter(|sample| sample.direction == direction).map(|sample| sample.part).collect();
        parts.sort_unstable();
        parts.dedup();
        parts
    }

    /// Returns the measured throughput of a point in bytes per second: the median of its samples.
    #[must_use]
    pub fn throughput(&self, direction: Direction, part: u64, connections: u32) -> Option<f64> {
        let point = (direction, part, connections);
        let those = self.samples.iter().filter(|one| (one.direction, one.part, one.connections) == point);
        let mut values: Vec<f64> = those.map(Sample::throughput).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    }
}

/// Returns the `Range` header of a part of the scratch object.
fn range(size: u64, number: u64, length: u64) -> String {
    let places = (size.saturating_sub(length) / 4096).max(1);
    let start = number % places * 4096;
    format!("bytes={start}-{}", start.saturating_add(length).saturating_sub(1))
}

/// News of one direction.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    Sample(Sample),
    Setback { wave: Wave, setback: Setback },
}
