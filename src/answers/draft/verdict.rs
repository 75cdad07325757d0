//! The verdict on one answer.

use super::answer::Answer;
use crate::{answers::target::Value, text::values::ValueError};

/// An answer and its verdict.
pub(super) struct Judged {
    pub(super) answer: Answer,
    pub(super) verdict: AnswerVerdict,
}

pub(super) enum AnswerVerdict {
    Good {
        /// The value that Score shall see.
        value: Value,
        /// The text for the file, before properties escapes.
        written: Value,
        notes: Vec<String>,
    },
    /// The file has a placeholder (`${…}`). It is kept exactly as written; its value is known only where Score runs.
    Open {
        written: Value,
    },
    Wrong(ValueError),
}
