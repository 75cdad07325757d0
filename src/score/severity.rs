//! Defines the severity of findings, and the scope of the checks.

/// The part of Score that stops because of a finding. All but `Note` are failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Score works. The finding may still matter.
    Note,
    /// Ping works. Uploads or downloads fail.
    Transfer,
    /// Score starts. Every client stops at its first step, the ping.
    Ping,
    /// Score does not start.
    Start,
}

impl Severity {
    /// Returns the effect for the users of Score, as the end of a sentence.
    #[must_use]
    pub fn consequence(self) -> &'static str {
        match self {
            Self::Start => "Score does not start",
            Self::Ping => "Score starts, and every client stops at its first step",
            Self::Transfer => "clients get through to Score, and uploads or downloads fail",
            Self::Note => "Score still works",
        }
    }

    /// Returns the word for it in the output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Transfer => "transfer",
            Self::Ping => "ping",
            Self::Start => "start",
        }
    }
}

/// The checks that a run makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Name resolution, port, TLS and a reply. Nothing is signed.
    Reach,
    /// The checks of `Reach`, and whether the store accepts the keys. Nothing is written.
    SignIn,
    /// All checks that write nothing. The verdict is never `pass`.
    ReadOnly,
    /// All checks, with scratch objects.
    All,
}
