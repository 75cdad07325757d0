//! Measures transfers on a store, and derives a part size from them.
//!
//! ```text
//! run ──► s3, azure ──► probe      sends the requests of a client
//!    └──► sampler ──► model        chooses what to measure next, and when to stop
//! advice ──► model                 what the samples mean for the settings; words: how it is said
//! ```

pub mod model;
pub mod sampler;

use std::time::Duration;

/// The direction of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

/// What a run met instead of a complete transfer.
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
pub enum End {
    /// More samples would not change the advice.
    Settled,
    /// The budget is used up.
    Budget,
    /// The store refused, or failed several times.
    Store,
    /// The operator stopped the run.
    Stopped,
}

/// What a run saw, as soon as it saw it.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    Sample(Sample),
    Setback { wave: Wave, setback: Setback },
}
