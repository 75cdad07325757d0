//! How long Score and its clients wait for a reply, and how they repeat a request. Knows nothing of connections.

use std::time::Duration;

use super::{Failure, Reply, xml};

/// The waits of the programs that a run stands for. Tests shorten them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// The time that Score waits for a reply (AWS SDK for Java 1.11 `ClientConfiguration.DEFAULT_SOCKET_TIMEOUT`).
    pub score: Duration,
    /// The time that score-client waits for the sentinel (`ClientConfig.java:160-171`).
    pub client: Duration,
    /// The pause before the first repetition, at most (AWS SDK for Java 1.11 `SDKDefaultBackoffStrategy`).
    pub pause: Duration,
    /// The same for a store that asks for fewer requests.
    pub throttled_pause: Duration,
}

/// The longest pause between two attempts (`PredefinedRetryPolicies`).
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// The repetitions of score-client (`storage.retryNumber`).
pub const CLIENT_REPETITIONS: u32 = 10;
/// The statuses that the SDK repeats (AWS SDK for Java 1.11 `RetryUtils`; observed on Score 5.11.0).
const REPEATED: [u16; 4] = [500, 502, 503, 504];
/// The codes of a store that asks for fewer requests (AWS SDK for Java 1.11 `RetryUtils.isThrottlingException`).
const THROTTLED: [&str; 9] = [
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "BandwidthLimitExceeded",
    "ProvisionedThroughputExceededException",
];

impl Default for Waits {
    fn default() -> Self {
        Self {
            score: Duration::from_secs(50),
            client: Duration::from_secs(5),
            pause: Duration::from_millis(100),
            throttled_pause: Duration::from_millis(500),
        }
    }
}

impl Waits {
    /// Returns the pause before the request is sent again, or `None` if the result is final. `repeated`: how often it was
    /// sent again already. A pause of the SDK is random between zero (throttled: half) and a limit; this is its mean.
    pub(super) fn pause(&self, result: &Result<Reply, Failure>, repeated: u32) -> Option<Duration> {
        let throttled = match result {
            Ok(reply) => {
                let code = xml::fault(&reply.body).map(|fault| fault.code).unwrap_or_default();
                let throttled = THROTTLED.contains(&code.as_str());
                if !throttled && !REPEATED.contains(&reply.status.as_u16()) {
                    return None;
                }
                throttled
            }
            // Every `IOException` is repeated. A silent server is not asked again here: one wait is long enough.
            Err(Failure::Refused | Failure::Reset(_) | Failure::Closed(_) | Failure::CutOff) => false,
            Err(_) => return None,
        };
        let first = if throttled { self.throttled_pause } else { self.pause };
        let most = first.saturating_mul(1 << repeated.min(16)).min(LONGEST_PAUSE);
        Some(if throttled { most * 3 / 4 } else { most / 2 })
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode, Version};

    use super::*;

    fn reply(status: u16, code: &str) -> Reply {
        Reply {
            status: StatusCode::from_u16(status).unwrap(),
            version: Version::HTTP_11,
            headers: HeaderMap::new(),
            body: format!("<Error><Code>{code}</Code></Error>").into(),
            elapsed: Duration::ZERO,
            sent: String::new(),
            repeated: Vec::new(),
        }
    }

    #[test]
    fn what_the_sdk_repeats_is_repeated_and_nothing_else() {
        let waits = Waits::default();
        for (status, code, first) in [
            (200, "", None),
            (500, "InternalError", Some(50)),
            (502, "", Some(50)),
            (503, "SlowDown", Some(375)),
            (503, "ServiceUnavailable", Some(50)),
            (504, "", Some(50)),
            (400, "RequestLimitExceeded", Some(375)),
            (429, "TooManyRequestsException", Some(375)),
            (429, "", None),
            (501, "NotImplemented", None),
            (507, "XMinioStorageFull", None),
            (403, "AccessDenied", None),
        ] {
            assert_eq!(waits.pause(&Ok(reply(status, code)), 0), first.map(Duration::from_millis), "{status} {code}");
        }
        assert!(waits.pause(&Err(Failure::CutOff), 0).is_some());
        assert!(waits.pause(&Err(Failure::TooLong { status: None }), 0).is_none());
    }

    #[test]
    fn pauses_double_up_to_a_limit() {
        let pauses =
            |code| (0..12).map(move |at| Waits::default().pause(&Ok(reply(503, code)), at).unwrap().as_millis());
        assert_eq!(pauses("").take(4).collect::<Vec<_>>(), [50, 100, 200, 400]);
        // Score 5.11.0 took 1.7 s for 5 repetitions, and 31 to 38 s for 10
        assert_eq!(pauses("").take(5).sum::<u128>(), 1_550);
        assert_eq!(pauses("").take(10).sum::<u128>(), 32_750);
        assert_eq!((pauses("").max(), pauses("SlowDown").max()), (Some(10_000), Some(15_000)));
    }
}
