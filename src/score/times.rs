//! How long the URL of a ping is valid, and how far two clocks may differ.

use time::Duration;

/// The life of the URL of a ping (Score 5.11 `S3DownloadService.java:303-313`).
pub const PING_URL: Duration = Duration::minutes(5);

/// The difference of two clocks from which a store refuses requests: S3 with `RequestTimeTooSkewed`, Azure with
/// `AuthenticationFailed`.
pub const REFUSED_SKEW: Duration = Duration::minutes(15);

/// The difference of two clocks from which it is reported. A URL of the ping from a clock that is so far behind has
/// expired when the client gets it.
pub const REPORTED_SKEW: Duration = PING_URL;

/// Returns true if a difference of so many seconds is larger than the limit.
#[must_use]
pub fn exceeds(skew: i64, limit: Duration) -> bool {
    skew.unsigned_abs() > limit.whole_seconds().unsigned_abs()
}
