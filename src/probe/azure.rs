//! Azure Blob Storage as Score (azure-storage 4.4.0) and score-client ask it: shared key, and SAS by stored access policy.

/// What a stored access policy says. Score puts start and expiry into each SAS, and Azure refuses a SAS whose policy says
/// them too.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Policy {
    /// As the container gives it; empty: none.
    pub start: String,
    pub expiry: String,
    /// Letters, such as `rl`.
    pub permissions: String,
}
