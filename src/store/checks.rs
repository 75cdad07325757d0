//! Asks a store, or a running Score, and judges the replies. This file has the words that all parts share; `run` starts a
//! run, `engine` runs a table of checks, `s3`, `azure` and `score` are the tables, and `advice` has every word of a finding.
//!
//! ```text
//! run ──► s3, azure, score ──► entry ──► engine ──► advice
//!         a table each         the first steps      what a finding says
//! ```

pub mod advice;
mod azure;
pub mod engine;
mod entry;
#[cfg(test)]
mod fixtures;
pub mod run;
pub mod s3;
pub mod score;

use std::time::Duration;

use crate::score::{Id, Severity};

pub use crate::store::probe::azure::Policy;

/// A stable name such as `state-marker` or `object-bucket:score-object.3`.
pub type CheckId = String;

/// A row of the plan, as the screens show it before anything ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub id: CheckId,
    /// The group it is shown in: Reach, Store, Sign-in, Buckets, State, Multipart, Clients, Sentinel.
    pub group: &'static str,
    /// A few words, in lower case: `empty part marker`.
    pub title: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// With what was seen, in a few words, and on further lines what is worth a look; may be empty.
    Pass(String),
    Warn(Finding),
    Fail(Finding),
    /// An earlier check failed; its id.
    Waiting(CheckId),
    /// Why not.
    NotProbed(String),
}

/// What a check has against the store or the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub id: Id,
    pub severity: Severity,
    /// The cause in one sentence.
    pub summary: String,
    /// What was seen: request, status, code, request id, the server's words; no secret, no control characters.
    pub evidence: Vec<String>,
    /// At most three next steps.
    pub hints: Vec<String>,
    /// Keys it points to, the one to change first.
    pub settings: Vec<&'static str>,
    /// What the tool can do itself.
    pub repair: Option<Repair>,
    /// Nothing came within the limit: a run that waits as long as Score does may find otherwise.
    pub silent: bool,
}

/// A repair changes either the store or an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repair {
    CreateBucket {
        bucket: String,
    },
    PutSentinel {
        bucket: String,
        key: String,
    },
    /// Azure.
    CreateContainer {
        container: String,
    },
    /// Azure: a stored access policy of the container, made anew or changed; the others of the container stay as they are. A change counts
    /// at once for every SAS that names it: it is shown before and after, and confirmed by itself.
    SetPolicy {
        name: String,
        /// `None`: there is none of that name.
        before: Option<Box<Policy>>,
        after: Box<Policy>,
    },
    /// Give this answer to the setting.
    Answer {
        key: &'static str,
        value: String,
    },
}

/// Something a run wrote and could not remove.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Leftover {
    pub bucket: String,
    pub key: String,
    /// An unfinished multipart upload, by its id, which is empty where it never came; else an object.
    pub upload: Option<String>,
}

/// What a run tells while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    Planned(Vec<Row>),
    Started(CheckId),
    /// Still waiting after two seconds; what is left of the limit.
    Slow(CheckId, Duration),
    Done {
        id: CheckId,
        outcome: Outcome,
        elapsed: Duration,
    },
    /// Always the last: everything is cleaned up but these.
    Finished {
        leftovers: Vec<Leftover>,
        stopped: bool,
        elapsed: Duration,
    },
}

impl Outcome {
    #[must_use]
    pub fn finding(&self) -> Option<&Finding> {
        match self {
            Self::Warn(finding) | Self::Fail(finding) => Some(finding),
            Self::Pass(_) | Self::Waiting(_) | Self::NotProbed(_) => None,
        }
    }
}

impl From<Finding> for Outcome {
    fn from(finding: Finding) -> Self {
        if finding.severity == Severity::Note { Self::Warn(finding) } else { Self::Fail(finding) }
    }
}
