//! The comment in a file that was written although checks failed.

/// The beginning of the comment.
pub(super) const MARK: &str = "# Written by score-setup although checks failed";

/// The treatment of the comment about failed checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailedMarker {
    /// The checks failed on these values: write the comment.
    Put,
    /// The checks passed: remove the comment.
    Drop,
    /// The checks have no result for these values: keep the comment of an earlier run.
    Leave,
}
