//! Computes the parts of a file as Score's part calculator does. Knows nothing of how a part size is asked or measured.
//!
//! Follows `SimplePartCalculator.java:30-56` of score-core, which is the same in 5.9 and 5.11. `tests/it/tuning.rs`
//! compares the results with those of the real server.

use super::Api;

/// The smallest part size in bytes. Score raises smaller ones to it.
pub const SMALLEST: u64 = 20 * 1024 * 1024;
/// The most parts an upload to S3 may have.
pub const MOST_PARTS: u64 = 10_000;
/// The number of parts that score-client sends at the same time by default (`transport.parallel`).
pub const CLIENT_THREADS: u64 = 6;

/// The parts of one upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    pub count: u64,
    /// Size in bytes of every part except the last, or of the only part.
    pub size: u64,
    /// Size of the last part, in bytes.
    pub last: u64,
}

/// Returns the part size in bytes that Score uses for a file of `length` bytes when `upload.partsize` is `given`.
#[must_use]
pub fn effective(given: u64, length: u64) -> u64 {
    given.max(SMALLEST).max(length / MOST_PARTS + 1)
}

/// Returns the round sizes in bytes that a part size may have on a kind of store, in ascending order: powers of two, the
/// smallest that Score uses, and the last whole MiB below the largest Java int.
#[must_use]
pub fn stops(api: Api) -> Vec<u64> {
    const MIB: u64 = 1 << 20;
    let least = match api {
        Api::S3 => SMALLEST,
        // Azure raises no size, and each part of a download costs a URL in one reply of Score
        Api::Azure => 4 * MIB,
    };
    let doubled = (0..11).map(|power| MIB << power).filter(|size| *size > least);
    [least].into_iter().chain(doubled).chain([2047 * MIB]).collect()
}

#[must_use]
pub fn parts(given: u64, length: u64) -> Parts {
    let size = effective(given, length);
    let count = length.div_ceil(size);
    Parts { count, size: size.min(length), last: length - count.saturating_sub(1) * size }
}

/// Returns the size in bytes of the largest file that is uploaded in parts of the given size. Larger files get larger
/// parts.
#[must_use]
pub fn largest(given: u64) -> u64 {
    given.max(SMALLEST).saturating_mul(MOST_PARTS) - 1
}

/// Returns the number of parts of a download of `length` bytes from Azure, where no size is raised
/// (`AzurePartCalculator.java:53-62`).
#[must_use]
pub fn download_parts(given: u64, length: u64) -> u64 {
    length.div_ceil(given.max(1))
}

/// Returns the memory in bytes that a client needs for the parts it sends: it maps each part as a whole.
#[must_use]
pub fn client_memory(part: u64, threads: u64) -> u64 {
    part.saturating_mul(threads)
}
