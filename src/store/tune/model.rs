//! Fits what a transfer costs: a fixed time for each request, and a time for each byte. Knows nothing of stores, clocks
//! and settings.

/// The unit of sizes inside a fit, so that its sums have similar magnitudes.
const MIB: f64 = 1_048_576.0;
/// The relative error that samples have even if they agree by chance, and the number of samples that say so.
const LEAST_SCATTER: f64 = 0.03;
const PRIOR: f64 = 2.0;
/// The deviation, in units of the usual one, from which a sample has less weight (Huber 1964; the usual 1.345 is for
/// hundreds of samples).
const OUTLIER: f64 = 1.5;
const REWEIGHTINGS: usize = 8;
/// The half-width of an interval, in standard deviations: nine of ten lie inside.
const WIDTH: f64 = 1.64;

/// The cost of a request with one number of connections: `overhead + part × per_byte`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CostFit {
    /// The seconds of a request that do not depend on its size.
    pub overhead: f64,
    /// The seconds for each byte, on one of the connections.
    pub per_byte: f64,
    /// The relative deviation of the samples from the fit.
    pub scatter: f64,
    information: Information,
}

/// The weighted sums of the normal equations; sizes are in MiB.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Information {
    weight: f64,
    size: f64,
    size_squared: f64,
}

impl Information {
    fn with(self, mib: f64, weight: f64) -> Self {
        Self {
            weight: self.weight + weight,
            size: self.size + weight * mib,
            size_squared: self.size_squared + weight * mib * mib,
        }
    }

    fn determinant(self) -> f64 {
        self.weight * self.size_squared - self.size * self.size
    }

    /// Returns the variance of `g · (overhead, seconds per MiB)` for a unit of scatter.
    fn variance(self, g: [f64; 2]) -> f64 {
        let [a, k] = g;
        (a * a * self.size_squared - 2.0 * a * k * self.size + k * k * self.weight) / self.determinant()
    }
}

impl CostFit {
    /// Fits the cost to samples: bytes and seconds of a request. Relative errors count, so a small part has as much
    /// weight as a large one; a sample far from the others has little. Returns `None` if the samples have fewer than two
    /// sizes, or show no time that grows with the size.
    #[must_use]
    pub fn of(samples: &[(u64, f64)]) -> Option<Self> {
        let samples: Vec<(f64, f64)> =
            samples.iter().filter(|(_, seconds)| *seconds > 0.0).map(|(bytes, t)| (float(*bytes) / MIB, *t)).collect();
        // The first weights are by the measured times, the next ones by the fitted times.
        let mut line: Option<(f64, f64)> = None;
        let mut information = Information::default();
        for _ in 0..REWEIGHTINGS {
            let usual = line.map_or(f64::INFINITY, |line| usual_deviation(&samples, line));
            information = Information::default();
            let (mut time, mut product) = (0.0, 0.0);
            for (mib, seconds) in &samples {
                let expected = line.map_or(*seconds, |(a, k)| a + k * mib);
                let deviation = ((seconds - expected) / expected).abs();
                let trust = if deviation > OUTLIER * usual { OUTLIER * usual / deviation } else { 1.0 };
                let weight = trust / (expected * expected);
                information = information.with(*mib, weight);
                time += weight * seconds;
                product += weight * mib * seconds;
            }
            let determinant = information.determinant();
            if determinant <= 1e-9 * information.weight * information.size_squared {
                return None;
            }
            let per_mib = (information.weight * product - information.size * time) / determinant;
            let overhead = (time - per_mib * information.size) / information.weight;
            // A request costs no negative time, so all time is for the bytes.
            let fitted = if overhead < 0.0 { (0.0, product / information.size_squared) } else { (overhead, per_mib) };
            if fitted.1 <= 0.0 {
                return None;
            }
            line = Some(fitted);
        }
        let line = line?;
        let squares: f64 = samples.iter().map(|(mib, t)| relative(line, *mib, *t).powi(2)).sum();
        let degrees = float(samples.len() as u64) - 2.0 + PRIOR;
        let scatter = ((squares + PRIOR * LEAST_SCATTER * LEAST_SCATTER) / degrees).sqrt();
        Some(Self { overhead: line.0, per_byte: line.1 / MIB, scatter, information })
    }

    /// Returns the seconds for a part of this size.
    #[must_use]
    pub fn seconds(&self, part: u64) -> f64 {
        self.overhead + self.per_byte * float(part)
    }

    /// Returns the bytes per second of all connections together.
    #[must_use]
    pub fn throughput(&self, part: u64, connections: u32) -> f64 {
        f64::from(connections) * float(part) / self.seconds(part)
    }

    /// Returns the throughput that ever larger parts come near to.
    #[must_use]
    pub fn best(&self, connections: u32) -> f64 {
        f64::from(connections) / self.per_byte
    }

    /// Returns the share of the best throughput that parts of this size have, between 0 and 1.
    #[must_use]
    pub fn share(&self, part: u64) -> f64 {
        self.per_byte * float(part) / self.seconds(part)
    }

    /// Returns the smallest part in bytes that has this share of the best throughput.
    #[must_use]
    pub fn smallest(&self, share: f64) -> f64 {
        share / (1.0 - share) * self.overhead / self.per_byte
    }

    /// Returns the interval around [`Self::smallest`] that contains it in nine of ten cases.
    #[must_use]
    pub fn interval(&self, share: f64) -> (f64, f64) {
        let (middle, half) = (self.smallest(share), WIDTH * self.variance(share, self.information).sqrt());
        ((middle - half).max(0.0), middle + half)
    }

    /// Returns the relative uncertainty of the overhead and of the time per byte, as one standard deviation each.
    #[must_use]
    pub fn uncertainty(&self) -> (f64, f64) {
        let of = |g| self.scatter * self.information.variance(g).sqrt();
        (of([1.0, 0.0]) / self.overhead.max(f64::MIN_POSITIVE), of([0.0, 1.0]) / (self.per_byte * MIB))
    }

    /// Returns how much a sample of this size would reduce the variance of [`Self::smallest`], as a share of it.
    #[must_use]
    pub fn gain(&self, share: f64, part: u64) -> f64 {
        let expected = self.seconds(part);
        let more = self.information.with(float(part) / MIB, 1.0 / (expected * expected));
        1.0 - self.variance(share, more) / self.variance(share, self.information)
    }

    fn variance(&self, share: f64, information: Information) -> f64 {
        let (factor, per_mib) = (share / (1.0 - share), self.per_byte * MIB);
        let gradient = [factor / per_mib, -factor * self.overhead / (per_mib * per_mib)];
        let deviation = self.scatter * MIB;
        deviation * deviation * information.variance(gradient)
    }
}

fn relative((overhead, per_mib): (f64, f64), mib: f64, seconds: f64) -> f64 {
    let expected = overhead + per_mib * mib;
    (seconds - expected) / expected
}

/// Returns the median relative deviation, scaled to a standard deviation.
fn usual_deviation(samples: &[(f64, f64)], line: (f64, f64)) -> f64 {
    let mut deviations: Vec<f64> = samples.iter().map(|(mib, t)| relative(line, *mib, *t).abs()).collect();
    deviations.sort_by(f64::total_cmp);
    (1.48 * deviations.get(deviations.len() / 2).copied().unwrap_or_default()).max(LEAST_SCATTER)
}

/// Converts a number of bytes or of samples. Measured times are far less exact.
#[expect(clippy::cast_precision_loss, reason = "numbers below 2^53")]
#[must_use]
pub fn float(number: u64) -> f64 {
    number as f64
}

/// Converts a size to whole bytes, rounded up.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
#[must_use]
pub fn whole(size: f64) -> u64 {
    size.ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: [u64; 4] = [1 << 18, 1 << 20, 1 << 22, 20 << 20];

    fn line(overhead: f64, per_byte: f64) -> Vec<(u64, f64)> {
        SIZES.iter().map(|size| (*size, overhead + per_byte * float(*size))).collect()
    }

    #[test]
    fn exact_samples_give_the_exact_line() {
        let fit = CostFit::of(&line(0.08, 2e-8)).unwrap();
        assert!((fit.overhead - 0.08).abs() < 1e-9 && (fit.per_byte - 2e-8).abs() < 1e-15, "{fit:?}");
        assert!((fit.smallest(0.95) - 19.0 * 0.08 / 2e-8).abs() < 1.0);
        assert!((fit.share(whole(fit.smallest(0.95))) - 0.95).abs() < 1e-6);
        assert!((fit.throughput(1 << 40, 6) / fit.best(6) - 1.0).abs() < 1e-3);
    }

    #[test]
    fn one_slow_request_does_not_bend_the_line() {
        let mut samples = [line(0.08, 2e-8), line(0.08, 2e-8)].concat();
        samples[7].1 *= 4.0;
        let fit = CostFit::of(&samples).unwrap();
        assert!((fit.per_byte / 2e-8 - 1.0).abs() < 0.1 && (fit.overhead / 0.08 - 1.0).abs() < 0.1, "{fit:?}");
    }

    #[test]
    fn what_cannot_be_fitted_is_not() {
        for samples in [&[][..], &[(5, 1.0), (5, 1.1)], &[(1 << 20, 1.0), (1 << 24, 0.5)], &[(0, 0.0), (1, f64::NAN)]] {
            assert_eq!(CostFit::of(samples), None, "{samples:?}");
        }
    }

    #[test]
    fn a_line_through_nothing_has_no_overhead() {
        let fit = CostFit::of(&[(1 << 20, 0.9), (1 << 22, 4.0), (1 << 24, 16.5)]).unwrap();
        assert!(fit.overhead.abs() < 1e-12 && fit.smallest(0.95) < 1.0, "{fit:?}");
        assert!(fit.interval(0.95).1.is_finite());
    }

    #[test]
    fn a_distant_size_tells_more_than_a_size_that_was_measured() {
        let fit = CostFit::of(&[(1 << 18, 0.085), (1 << 20, 0.1), (1 << 22, 0.16)]).unwrap();
        assert!(fit.gain(0.95, 20 << 20) > fit.gain(0.95, 1 << 20));
        let (low, high) = fit.interval(0.95);
        assert!(low < fit.smallest(0.95) && fit.smallest(0.95) < high);
    }
}
