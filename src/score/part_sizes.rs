//! What a part size means: the arithmetic of Score's part calculator. Knows nothing of how it is asked or measured.
//!
//! `SimplePartCalculator.java:30-56` of score-core, the same in 5.9 and 5.11; held to what the real server answered by
//! `tests/it/tuning.rs`.

/// Score raises every smaller part size to this, in bytes.
pub const SMALLEST: u64 = 20 * 1024 * 1024;
/// The most parts an upload to S3 may have.
pub const MOST_PARTS: u64 = 10_000;
/// How many parts score-client sends at once unless told otherwise (its `transport.parallel`).
pub const CLIENT_THREADS: u64 = 6;

/// How a file of some size goes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    pub count: u64,
    /// Bytes of every part but the last; for one part alone, its own.
    pub size: u64,
    /// Bytes of the last part.
    pub last: u64,
}

/// The part size Score uses for a file of `length` bytes when `upload.partsize` is `given`.
#[must_use]
pub fn effective(given: u64, length: u64) -> u64 {
    given.max(SMALLEST).max(length / MOST_PARTS + 1)
}

#[must_use]
pub fn parts(given: u64, length: u64) -> Parts {
    let size = effective(given, length);
    let count = length.div_ceil(size);
    Parts { count, size: size.min(length), last: length - count.saturating_sub(1) * size }
}

/// The largest file, in bytes, that still goes up in parts of the size given; larger files get larger parts.
#[must_use]
pub fn largest(given: u64) -> u64 {
    given.max(SMALLEST).saturating_mul(MOST_PARTS) - 1
}

/// How many parts a file of `length` bytes comes down in from Azure: no size is raised there
/// (`AzurePartCalculator.java:53-62`).
#[must_use]
pub fn download_parts(given: u64, length: u64) -> u64 {
    length.div_ceil(given.max(1))
}

/// Bytes of memory that a client needs for the parts under way: each is mapped as a whole.
#[must_use]
pub fn client_memory(part: u64, threads: u64) -> u64 {
    part.saturating_mul(threads)
}
