//! The steps of the wizard, in order.

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    Where,
    Provider,
    Connection,
    Buckets,
    Upload,
    Checks,
    Review,
}

impl Step {
    pub const ALL: [Self; 7] =
        [Self::Where, Self::Provider, Self::Connection, Self::Buckets, Self::Upload, Self::Checks, Self::Review];

    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Where => "Where",
            Self::Provider => "Provider",
            Self::Connection => "Connection",
            Self::Buckets => "Buckets",
            Self::Upload => "Upload",
            Self::Checks => "Checks",
            Self::Review => "Review",
        }
    }

    /// Counted from one.
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
