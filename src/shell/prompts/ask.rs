//! Describes a question and its answer. Does not know how it is asked.

use std::io;

use zeroize::Zeroizing;

/// One question.
#[derive(Debug, Clone)]
pub(super) struct Inquiry {
    pub(super) label: String,
    /// The text that `?` shows. May be empty.
    pub(super) help: String,
    pub(super) kind: PromptKind,
}

#[derive(Debug, Clone)]
pub(super) enum PromptKind {
    /// A text. An empty answer takes the shown value; the example is for a question without one.
    Text {
        shown: String,
        example: String,
        /// True if the answer may be a pasted text that names several answers.
        several: bool,
    },
    /// A text that is never shown. The words say what an empty answer does.
    Secret { empty: &'static str },
    /// A text of several lines that is never shown.
    Page,
    /// One of these rows. An empty answer takes the default.
    Choice { rows: Vec<PromptRow>, default: Option<usize> },
    /// Yes or no.
    Confirm { default: bool },
}

/// A row of a choice.
#[derive(Debug, Clone)]
pub(super) struct PromptRow {
    /// Another spelling that is accepted. May be empty.
    pub(super) value: String,
    pub(super) shown: String,
}

impl PromptRow {
    pub(super) fn new(shown: impl Into<String>) -> Self {
        Self { value: String::new(), shown: shown.into() }
    }
}

impl Inquiry {
    pub(super) fn confirm(label: impl Into<String>, default: bool) -> Self {
        Self { label: label.into(), help: String::new(), kind: PromptKind::Confirm { default } }
    }
}

/// The answer to a question.
pub(super) enum PromptReply {
    /// A text that is not empty.
    Given(Zeroizing<String>),
    /// The empty answer.
    Kept,
    /// The row with this index.
    Chosen(usize),
    Confirmed(bool),
    Back,
    /// The operator leaves.
    Leave,
    /// No more answers will come.
    End,
    /// An answer that cannot be understood, and the reason. Comes only if the operator cannot answer again.
    Wrong(&'static str),
}

/// A way to ask.
pub(super) trait Ask: Send {
    /// Asks until there is an answer.
    fn ask(&mut self, question: &Inquiry) -> io::Result<PromptReply>;
}
