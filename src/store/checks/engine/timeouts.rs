//! How long a run waits. Reports a silent server within 5 s, counted over all phases of the connection; a patient run
//! waits as long as Score does. Knows nothing of what is asked.

use std::time::Duration;

use tokio::time::Instant;

/// The time for all phases up to the first signed reply. The rest of the 5 s is for work other than waiting.
const SUSPECT: Duration = Duration::from_millis(4500);
/// The part of `SUSPECT` that each phase has at least.
const LEAST: Duration = Duration::from_millis(300);
/// The time for the first signed reply of a store that answered an unsigned request, so it is not silent altogether.
const ANSWERING: Duration = Duration::from_millis(2500);
/// The time for any other reply; longer than a busy store needs.
const REQUEST: Duration = Duration::from_secs(9);
/// The time that Score waits for a reply (AWS SDK for Java 1.11 `ClientConfiguration.DEFAULT_SOCKET_TIMEOUT`).
const SCORE: Duration = Duration::from_secs(50);
/// The factor for the limit of a check in a patient run: 5 s become a little more than Score's 50 s.
const PATIENT: u32 = 12;

/// The time that score-client waits for a reply (`ClientConfig.java:160-171`).
pub(in crate::store::checks) const CLIENT: Duration = Duration::from_secs(5);
/// The time for a second question that only distinguishes two causes, without the round trips it needs.
pub(in crate::store::checks) const SECOND_QUESTION: Duration = Duration::from_millis(500);
/// The round trips of such a question, each as long as the connection took.
pub(in crate::store::checks) const ROUND_TRIPS: u32 = 4;

/// The timeouts of one run, counted from its beginning.
#[derive(Debug, Clone, Copy)]
pub(in crate::store::checks) struct Timeouts {
    begun: Instant,
    /// The time that Score waits for a connection; set in a patient run.
    connect: Option<Duration>,
}

impl Timeouts {
    /// Starts the clock. `connect` is `upload.connection.timeout`; zero means no limit, as in Apache's client below the
    /// SDK.
    pub(in crate::store::checks) fn new(patient: bool, connect: Duration) -> Self {
        let connect = if connect.is_zero() { SCORE } else { connect.min(SCORE) };
        Self { begun: Instant::now(), connect: patient.then_some(connect) }
    }

    /// Returns true if the run waits as long as Score does.
    pub(in crate::store::checks) fn patient(self) -> bool {
        self.connect.is_some()
    }

    /// Returns the time for a connection.
    pub(in crate::store::checks) fn connection(self) -> Duration {
        self.connect.unwrap_or_else(|| self.left())
    }

    /// Returns the time for any other phase before the first signed request.
    pub(in crate::store::checks) fn phase(self) -> Duration {
        if self.patient() { SCORE } else { self.left() }
    }

    /// Returns the time for the first signed reply.
    pub(in crate::store::checks) fn sign_in(self) -> Duration {
        if self.patient() { SCORE } else { self.left().max(ANSWERING) }
    }

    /// Returns the time for any other reply.
    pub(in crate::store::checks) fn request(self) -> Duration {
        if self.patient() { SCORE } else { REQUEST }
    }

    fn left(self) -> Duration {
        SUSPECT.saturating_sub(self.begun.elapsed()).max(LEAST)
    }
}

/// Returns the limit of a check.
pub(super) fn limit(usual: Duration, patient: bool) -> Duration {
    if patient { usual * PATIENT } else { usual }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: u64, connect: Option<Duration>) -> Timeouts {
        Timeouts { begun: Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap(), connect }
    }

    #[test]
    fn all_phases_have_five_seconds_together() {
        let timeouts = after(3, None);
        assert!(timeouts.connection() <= Duration::from_millis(1500) && timeouts.connection() > LEAST, "{timeouts:?}");
        assert_eq!(timeouts.sign_in(), ANSWERING);
        assert_eq!([after(30, None).phase(), after(30, None).request()], [LEAST, REQUEST]);
    }

    #[test]
    fn a_patient_run_waits_as_score_does() {
        let timeouts = after(30, Some(Duration::from_secs(15)));
        let waits = [timeouts.connection(), timeouts.phase(), timeouts.sign_in(), timeouts.request()]
            .map(|wait| wait.as_secs());
        assert_eq!(waits, [15, 50, 50, 50]);
        assert_eq!(Timeouts::new(true, Duration::ZERO).connection(), SCORE);
        assert!(limit(Duration::from_secs(5), true) > SCORE);
    }
}
