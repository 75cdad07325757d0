//! Holds the answers: the draft of all answers and its rules, the target made from it, and the answers file.

pub mod draft;
pub mod file;
pub mod pasted;
pub mod target;

use time::Date;

use crate::{score::Id, text::secret::Secret};

/// A finding that the operator has accepted. It stays visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    pub id: Id,
    /// Empty if it was accepted on the command line.
    pub reason: String,
    /// The last day.
    pub until: Option<Date>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    pub access_key: String,
    pub secret_key: Secret,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "as many permissions")]
pub struct Create {
    pub buckets: bool,
    pub sentinel: bool,
    /// Permission to create stored access policies, and to fix their faults.
    pub policies: bool,
    /// Permission to add a lifecycle rule that aborts unfinished uploads.
    pub lifecycle: bool,
    /// Permission to change what exists, such as a policy that clients use already. At the screen, each such change is
    /// confirmed separately.
    pub changes: bool,
    /// Permission to create what has a name similar to one that exists. An answers file states its names on purpose.
    pub doubtful: bool,
}
