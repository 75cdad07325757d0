//! Lists the steps of the wizard, in order.

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    Where,
    Provider,
    Connection,
    Buckets,
    Checks,
    Upload,
    /// The settings that Score needs to start, in addition to its storage.
    Server,
    Review,
}

impl Step {
    pub const ALL: [Self; 8] = [
        Self::Where,
        Self::Provider,
        Self::Connection,
        Self::Buckets,
        Self::Checks,
        Self::Upload,
        Self::Server,
        Self::Review,
    ];

    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Where => "Where",
            Self::Provider => "Provider",
            Self::Connection => "Connection",
            Self::Buckets => "Buckets",
            Self::Checks => "Checks",
            Self::Upload => "Upload",
            Self::Server => "Server",
            Self::Review => "Review",
        }
    }

    /// Returns true if it asks for settings. The wizard skips such a step if none of them matters.
    #[must_use]
    pub fn asks_settings(self) -> bool {
        matches!(self, Self::Connection | Self::Buckets | Self::Upload | Self::Server)
    }

    /// Returns the number of the step, counted from one.
    #[must_use]
    pub fn number(self) -> usize {
        self as usize + 1
    }

    #[must_use]
    pub fn next(self) -> Option<Self> {
        Self::ALL.get(self.number()).copied()
    }

    #[must_use]
    pub fn before(self) -> Option<Self> {
        (self as usize).checked_sub(1).map(|at| Self::ALL[at])
    }
}
