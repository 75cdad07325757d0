//! An answer with its origin, and the notes on it.

use crate::{
    install::spring::SourcePosition,
    score::{Id, Severity},
    text::secret::Secret,
};

/// The text given for one setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    Plain(String),
    Secret(Secret),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Typed,
    /// A line of the answers file, counted from one.
    Answers {
        line: usize,
    },
    /// `--set` on the command line.
    Argument,
    /// A line of the existing properties file, counted from one.
    File {
        line: usize,
    },
    /// Another source of the deployment, which overrides the file.
    Elsewhere(SourcePosition),
    /// A text of another tool that the operator pasted or chose, by its name.
    Taken(String),
    Preset,
    Default,
}

impl Origin {
    /// Returns true if Spring reads the value exactly as written, so `${…}` in it is a placeholder.
    #[must_use]
    pub fn of_deployment(&self) -> bool {
        matches!(self, Self::File { .. } | Self::Elsewhere(_))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub text: Text,
    pub origin: Origin,
}

/// A wrong or missing answer. Shown under the field, or listed in an unattended run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub id: Id,
    /// The part of Score that would stop because of it.
    pub severity: Severity,
    /// The keys of the settings concerned, the one to change first, or one of `RELEASE`, `PROVIDER`, `REGION`, `CLOUD`.
    pub settings: Vec<&'static str>,
    /// A sentence that states the rule.
    pub message: String,
    /// The position of the answer, if it is in a file.
    pub origin: Option<Origin>,
}

/// A note on an answer that is not a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    pub id: Id,
    pub setting: Option<&'static str>,
    /// One or more sentences.
    pub message: String,
    /// The position of the answer, if it is in a file.
    pub origin: Option<Origin>,
}

impl Problem {
    /// Returns a problem that stops the start of Score.
    #[must_use]
    pub fn new(id: Id, settings: Vec<&'static str>, message: impl Into<String>) -> Self {
        Self { id, severity: Severity::Start, settings, message: message.into(), origin: None }
    }

    /// Returns the same problem of an answer with this origin.
    #[must_use]
    pub fn of(self, origin: Option<Origin>) -> Self {
        Self { origin, ..self }
    }

    /// Returns the same problem with this severity.
    #[must_use]
    pub fn that_stops(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }
}

impl Remark {
    #[must_use]
    pub fn new(id: Id, setting: Option<&'static str>, message: impl Into<String>) -> Self {
        Self { id, setting, message: message.into(), origin: None }
    }

    /// Returns the same remark on an answer with this origin.
    #[must_use]
    pub fn of(self, origin: Option<Origin>) -> Self {
        Self { origin, ..self }
    }
}
