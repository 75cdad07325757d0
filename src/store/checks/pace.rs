//! How long is waited. Whoever is silent is named within five seconds over all stages of the way; a patient run waits as
//! long as Score does. Knows nothing of what is asked.

use std::time::Duration;

use tokio::time::Instant;

/// For every stage up to the first signed reply together, with room for what is no waiting.
const SUSPECT: Duration = Duration::from_millis(4500);
/// Of which each stage has this at least.
const LEAST: Duration = Duration::from_millis(300);
/// For the first signed reply of a store that answered strangers: it is not silent altogether.
const ANSWERING: Duration = Duration::from_millis(2500);
/// For any other reply; longer than a busy store needs.
const REQUEST: Duration = Duration::from_secs(9);
/// What Score waits for a reply (AWS SDK for Java 1.11 `ClientConfiguration.DEFAULT_SOCKET_TIMEOUT`).
const SCORE: Duration = Duration::from_secs(50);
/// By how much the limit of a check grows in a patient run: five seconds become a little more than Score's fifty.
const PATIENT: u32 = 12;

#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    begun: Instant,
    /// In a patient run, what Score waits for a connection.
    connect: Option<Duration>,
}

impl Pace {
    /// `connect`: `upload.connection.timeout`, where zero is for ever, as Apache's client under the SDK has it.
    pub(super) fn new(patient: bool, connect: Duration) -> Self {
        let connect = if connect.is_zero() { SCORE } else { connect.min(SCORE) };
        Self { begun: Instant::now(), connect: patient.then_some(connect) }
    }

    pub(super) fn patient(self) -> bool {
        self.connect.is_some()
    }

    /// For a connection.
    pub(super) fn connection(self) -> Duration {
        self.connect.unwrap_or_else(|| self.left())
    }

    /// For any other stage before something is signed.
    pub(super) fn stage(self) -> Duration {
        if self.patient() { SCORE } else { self.left() }
    }

    /// For the first signed reply.
    pub(super) fn sign_in(self) -> Duration {
        if self.patient() { SCORE } else { self.left().max(ANSWERING) }
    }

    pub(super) fn request(self) -> Duration {
        if self.patient() { SCORE } else { REQUEST }
    }

    fn left(self) -> Duration {
        SUSPECT.saturating_sub(self.begun.elapsed()).max(LEAST)
    }
}

/// That of a check.
pub(super) fn limit(usual: Duration, patient: bool) -> Duration {
    if patient { usual * PATIENT } else { usual }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: u64, connect: Option<Duration>) -> Pace {
        Pace { begun: Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap(), connect }
    }

    #[test]
    fn all_stages_have_five_seconds_together() {
        let pace = after(3, None);
        assert!(pace.connection() <= Duration::from_millis(1500) && pace.connection() > LEAST, "{pace:?}");
        assert_eq!(pace.sign_in(), ANSWERING);
        assert_eq!([after(30, None).stage(), after(30, None).request()], [LEAST, REQUEST]);
    }

    #[test]
    fn a_patient_run_waits_as_score_does() {
        let pace = after(30, Some(Duration::from_secs(15)));
        let waits = [pace.connection(), pace.stage(), pace.sign_in(), pace.request()].map(|wait| wait.as_secs());
        assert_eq!(waits, [15, 50, 50, 50]);
        assert_eq!(Pace::new(true, Duration::ZERO).connection(), SCORE);
        assert!(limit(Duration::from_secs(5), true) > SCORE);
    }
}
