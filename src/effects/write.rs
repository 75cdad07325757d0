//! Atomic replace, backup, read back.

use super::WriteError;
use crate::output::{Proposal, Receipt};

/// # Errors
/// Refused when a file changed since it was proposed; failed otherwise, with nothing of the old lost.
pub fn write(_proposal: &Proposal) -> Result<Receipt, WriteError> {
    todo!()
}
