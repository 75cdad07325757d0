//! Computes what part sizes mean for a file: parts, memory, the cost of a part sent again, and the time at the measured
//! speed. Knows nothing of stores and clocks.

use super::model::{CostFit, float};
use crate::score::{Api, part_sizes};

/// The consequences of one part size for a file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The setting, in bytes.
    pub given: u64,
    /// The size that the parts get, in bytes.
    pub part: u64,
    pub parts: u64,
    /// The bytes that a client maps at the same time.
    pub memory: u64,
    /// The seconds that one part costs when it is sent again, and that the file takes; if they were measured.
    pub again: Option<f64>,
    pub whole: Option<f64>,
}

/// Returns the candidates for a file: the round sizes, and `more` such as the present setting, in ascending order.
#[must_use]
pub fn candidates(api: Api, file: u64, more: &[u64], connections: u32, fit: Option<&CostFit>) -> Vec<Candidate> {
    let mut sizes = part_sizes::stops(api);
    sizes.extend(more.iter().copied().filter(|size| *size > 0));
    sizes.sort_unstable();
    sizes.dedup();
    sizes.into_iter().map(|given| candidate(api, file, given, connections, fit)).collect()
}

/// Returns the consequences of one part size for a file.
#[must_use]
pub fn candidate(api: Api, file: u64, given: u64, connections: u32, fit: Option<&CostFit>) -> Candidate {
    let (parts, part) = match api {
        Api::S3 => {
            let parts = part_sizes::parts(given, file);
            (parts.count, parts.size)
        }
        Api::Azure => (part_sizes::download_parts(given, file), given.min(file)),
    };
    let rounds = parts.div_ceil(u64::from(connections).max(1));
    Candidate {
        given,
        part,
        parts,
        memory: part_sizes::client_memory(part, parts.min(connections.into())),
        again: fit.map(|fit| fit.seconds(part)),
        whole: fit.map(|fit| float(rounds) * fit.seconds(part)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;
    const GIB: u64 = 1 << 30;

    #[test]
    fn a_file_is_cut_as_score_cuts_it_and_takes_the_fitted_time() {
        let fit = CostFit::of(&[(MIB, 0.2), (11 * MIB, 1.2)]).unwrap();
        let one = candidate(Api::S3, GIB, 64 * MIB, 6, Some(&fit));
        assert_eq!((one.part, one.parts, one.memory), (64 * MIB, 16, 384 * MIB));
        assert!((one.again.unwrap() - 6.5).abs() < 1e-6 && (one.whole.unwrap() - 19.5).abs() < 1e-6, "{one:?}");
        // 5 TiB need larger parts, whatever is set
        let grown = candidate(Api::S3, 5 * 1024 * GIB, 64 * MIB, 6, None);
        assert_eq!((grown.part, grown.parts, grown.again), (549_755_814, 10_000, None));
        assert_eq!(candidate(Api::Azure, GIB, MIB, 6, None).parts, 1024);
    }

    #[test]
    fn every_candidate_is_there_once_and_in_order() {
        let sizes: Vec<u64> = candidates(Api::S3, GIB, &[64 * MIB, 48 * MIB, 0], 6, None)
            .iter()
            .map(|candidate| candidate.given / MIB)
            .collect();
        assert_eq!(sizes, [20, 32, 48, 64, 128, 256, 512, 1024, 2047]);
    }

    #[test]
    fn a_small_file_needs_no_more_memory_than_it_has() {
        let one = candidate(Api::S3, 5 * MIB, 64 * MIB, 6, None);
        assert_eq!((one.part, one.parts, one.memory), (5 * MIB, 1, 5 * MIB));
        assert_eq!(candidate(Api::S3, 0, 64 * MIB, 6, None).parts, 0);
    }
}
