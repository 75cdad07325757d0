//! How bad a finding is, and how much is tried.

/// By what stops (cli.md): the first three are failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Works, but.
    Note,
    /// Ping works, uploads or downloads do not.
    Transfer,
    /// Score starts, and every client stops at the first step.
    Ping,
    /// Score does not start.
    Start,
}

impl Severity {
    /// Returns what the users of Score see, as a sentence goes on.
    #[must_use]
    pub fn consequence(self) -> &'static str {
        match self {
            Self::Start => "Score does not start",
            Self::Ping => "Score starts, and every client stops at its first step",
            Self::Transfer => "clients get through to Score, and uploads or downloads fail",
            Self::Note => "Score works all the same",
        }
    }
}

/// How much of the story is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Address, port, TLS, whether something answers: nothing is signed.
    Reach,
    /// Reach, and whether the keys are accepted; nothing is written.
    SignIn,
    /// Everything that can be seen without writing anything anywhere: the verdict is never `pass`.
    ReadOnly,
    /// Everything, with scratch objects.
    All,
}
