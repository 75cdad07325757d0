//! How long a run waits. Reports a silent server within 5 s, counted over all phases of the connection; after the first
//! reply, or in a patient run, waits as long as Score does. Knows nothing of what is asked.

use std::time::Duration;

use tokio::time::Instant;

use crate::store::probe::Waits;

/// The time for all phases up to the first reply. The rest of the 5 s is for work other than waiting.
const SUSPECT: Duration = Duration::from_millis(4500);
/// The part of `SUSPECT` that each phase has at least.
const LEAST: Duration = Duration::from_millis(300);
/// The time for a check as a whole that waits as Score does. It has room for every repetition of a request, so that it
/// ends only a check that would never end.
pub(super) const LONGEST: Duration = Duration::from_secs(400);

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
    waits: Waits,
}

impl Timeouts {
    /// Starts the clock. `connect` is `upload.connection.timeout`; zero means no limit, as in Apache's client below the
    /// SDK.
    pub(in crate::store::checks) fn new(patient: bool, connect: Duration, waits: Waits) -> Self {
        let connect = if connect.is_zero() { waits.score } else { connect.min(waits.score) };
        Self { begun: Instant::now(), connect: patient.then_some(connect), waits }
    }

    /// Returns true if the run waits as long as Score does, from its beginning.
    pub(in crate::store::checks) fn patient(self) -> bool {
        self.connect.is_some()
    }

    /// Returns the time for a connection.
    pub(in crate::store::checks) fn connection(self) -> Duration {
        self.connect.unwrap_or_else(|| self.left())
    }

    /// Returns the time for any other phase before the first reply.
    pub(in crate::store::checks) fn phase(self) -> Duration {
        if self.patient() { self.waits.score } else { self.left() }
    }

    /// Returns the time for a reply to Score, once a first reply came.
    pub(in crate::store::checks) fn request(self) -> Duration {
        self.waits.score
    }

    /// Returns the time for the reply to a client's ping.
    pub(in crate::store::checks) fn client(self) -> Duration {
        self.waits.client
    }

    /// Returns the waits of Score and its clients.
    pub(in crate::store::checks) fn waits(self) -> Waits {
        self.waits
    }

    fn left(self) -> Duration {
        SUSPECT.saturating_sub(self.begun.elapsed()).max(LEAST)
    }
}

/// Returns the limit of a check.
pub(super) fn limit(usual: Duration, patient: bool) -> Duration {
    if patient { LONGEST } else { usual }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: u64, connect: Option<Duration>) -> Timeouts {
        let begun = Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap();
        Timeouts { begun, connect, waits: Waits::default() }
    }

    #[test]
    fn all_phases_before_the_first_reply_have_five_seconds_together() {
        let timeouts = after(3, None);
        assert!(timeouts.connection() <= Duration::from_millis(1500) && timeouts.connection() > LEAST, "{timeouts:?}");
        assert_eq!([after(30, None).phase(), after(30, None).connection()], [LEAST, LEAST]);
    }

    #[test]
    fn after_the_first_reply_every_run_waits_as_score_and_its_clients_do() {
        assert_eq!([after(30, None).request(), after(30, None).client()].map(|wait| wait.as_secs()), [50, 5]);
    }

    #[test]
    fn a_patient_run_waits_as_score_does_from_its_beginning() {
        let timeouts = after(30, Some(Duration::from_secs(15)));
        assert_eq!(
            [timeouts.connection(), timeouts.phase(), timeouts.request()].map(|wait| wait.as_secs()),
            [15, 50, 50]
        );
        assert_eq!(Timeouts::new(true, Duration::ZERO, Waits::default()).connection().as_secs(), 50);
        assert!(limit(Duration::from_secs(5), true) > Waits::default().score);
    }
}
