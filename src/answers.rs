//! What is wanted: the draft of all answers and its rules, the target that it becomes, and the answers file.

pub mod draft;
pub mod file;
pub mod target;

use crate::text::secret::Secret;

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
    /// Stored access policies, made or mended.
    pub policies: bool,
    /// What exists may be changed as well: a policy that clients use already. At the screen that is confirmed singly.
    pub changes: bool,
}
