//! Checks a store, or a running Score, and judges the replies. This file defines the types that all parts share. `run`
//! starts a run, `engine` runs a table of checks, `s3`, `azure` and `score` are the tables, and `advice` has all texts
//! of findings.
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

pub use crate::store::probe::{RequestEvent, azure::Policy};

/// A stable name such as `state-marker` or `object-bucket:score-object.3`.
pub type CheckId = String;

/// A group of checks, as the outputs show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckGroup {
    Reach,
    Store,
    SignIn,
    Buckets,
    Records,
    Container,
    Policies,
    Upload,
    Download,
    Sentinel,
    Settings,
    Score,
}

impl CheckGroup {
    /// Returns the name of the group.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reach => "Reach",
            Self::Store => "Store",
            Self::SignIn => "Sign-in",
            Self::Buckets => "Buckets",
            Self::Records => "Records",
            Self::Container => "Container",
            Self::Policies => "Policies",
            Self::Upload => "Upload",
            Self::Download => "Download",
            Self::Sentinel => "Sentinel",
            Self::Settings => "Settings",
            Self::Score => "Score",
        }
    }
}

/// A row of the plan, as the screens show it before anything ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRow {
    pub id: CheckId,
    pub group: CheckGroup,
    /// A few words, in lower case: `empty part marker`.
    pub title: String,
    /// The bucket that is checked; empty if the check is about none.
    pub bucket: String,
    /// True if uploads are proven only after this check has passed in every bucket.
    pub proves_upload: bool,
}

impl CheckRow {
    /// Returns a row that proves nothing about uploads.
    #[must_use]
    pub fn new(id: impl Into<CheckId>, group: CheckGroup, title: impl Into<String>) -> Self {
        Self { id: id.into(), group, title: title.into(), bucket: String::new(), proves_upload: false }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Passed. The first line has a few words; further lines have details. May be empty.
    Pass(String),
    Warn(Finding),
    Fail(Finding),
    /// Not run because an earlier check failed; the id of that check.
    Waiting(CheckId),
    /// The reason why it was not run.
    NotProbed(String),
}

/// A fault of the store or the configuration, found by a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub id: Id,
    pub severity: Severity,
    /// The cause in one sentence.
    pub summary: String,
    /// The evidence: request, status, code, request id, the server's words; no secret, no control characters.
    pub evidence: Vec<String>,
    /// At most three next steps.
    pub hints: Vec<String>,
    /// The keys of the settings that it points to, the one to change first.
    pub settings: Vec<&'static str>,
    /// The likeliest fix that this program can apply itself.
    pub repair: Option<Repair>,
    /// Further fixes, the likelier first.
    pub others: Vec<Repair>,
    /// The right that the key does not have, if that is the cause.
    pub lacks: Option<MissingRight>,
    /// True if no reply came within the limit. A run that waits as long as Score does may have a different result.
    pub silent: bool,
    /// True if the server took the connection and sent nothing in time, so that neither a fault nor a success is proven.
    pub unproven: bool,
}

/// A right that a request was denied for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingRight {
    /// The action in the words of S3: `s3:PutObject`.
    pub action: &'static str,
    pub bucket: String,
    /// True if it is needed to write, and not to read or to list.
    pub writes: bool,
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
    /// Creates a container. Azure only.
    CreateContainer {
        container: String,
    },
    /// Creates or changes a stored access policy of the container. Azure only. The other policies of the container stay
    /// as they are. A change affects every SAS that names the policy at once, so it is shown before and after, and
    /// confirmed separately.
    SetPolicy {
        name: String,
        /// The policy that exists now; `None` if no policy has this name.
        before: Option<Box<Policy>>,
        after: Box<Policy>,
    },
    /// Adds a lifecycle rule that aborts unfinished uploads. S3 only. The other rules of the bucket stay as they are. It
    /// acts on uploads of others too, so it is confirmed separately.
    AbortUploads {
        bucket: String,
        /// The beginning of the names of the objects.
        prefix: String,
        /// The days after the start of an upload.
        days: u32,
    },
    /// Gives this answer to the setting.
    Answer {
        key: &'static str,
        value: String,
    },
    /// Removes the spaces around a secret.
    Trim {
        key: &'static str,
    },
    /// Exchanges the answers to two settings.
    Swap {
        one: &'static str,
        other: &'static str,
    },
}

impl Repair {
    /// Returns true if it changes something in the store that exists, so the operator is asked first.
    #[must_use]
    pub fn changes_existing(&self) -> bool {
        matches!(self, Self::SetPolicy { before: Some(_), .. } | Self::AbortUploads { .. })
    }

    /// Returns true if it creates something in the store, or changes something there.
    #[must_use]
    pub fn acts_on_store(&self) -> bool {
        !matches!(self, Self::Answer { .. } | Self::Trim { .. } | Self::Swap { .. })
    }
}

impl Finding {
    /// Returns all repairs, the likeliest first.
    pub fn repairs(&self) -> impl Iterator<Item = &Repair> {
        self.repair.iter().chain(&self.others)
    }
}

/// An object or upload that a run wrote and could not remove.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Leftover {
    pub bucket: String,
    pub key: String,
    /// The id of an unfinished multipart upload, empty if it never arrived; `None` for an object.
    pub upload: Option<String>,
}

/// A message that a run sends while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    Planned(Vec<CheckRow>),
    Started(CheckId),
    /// Still waiting after two seconds; the rest of the limit.
    Slow(CheckId, Duration),
    Done {
        id: CheckId,
        outcome: Outcome,
        elapsed: Duration,
    },
    /// An event of a request, at this time after the beginning of the run.
    Request {
        number: u64,
        at: Duration,
        event: RequestEvent,
    },
    /// The last message. Everything is cleaned up except these.
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
