//! Notes how a check got its replies: how long they took, and how often a request was sent again. Knows nothing of what
//! replies mean.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use super::lock;
use crate::store::probe::Reply;

/// The time from which a reply is slow.
const SLOW: Duration = Duration::from_secs(2);

/// The replies of one check that came late or not at the first attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::store::checks) struct Pace {
    /// The slowest reply: its time, and the request.
    pub(in crate::store::checks) slowest: Option<(Duration, String)>,
    /// The requests that were sent again, with the results of the earlier attempts.
    pub(in crate::store::checks) repeated: Vec<(String, Vec<String>)>,
}

tokio::task_local! {
    static NOTED: Arc<Mutex<Pace>>;
}

/// Notes a reply for the check that runs in this task.
pub(in crate::store::checks) fn note(reply: &Reply) {
    if !reply.repeated.is_empty() {
        change(|pace| pace.repeated.push((reply.sent.clone(), reply.repeated.clone())));
    }
    if reply.elapsed >= SLOW {
        change(|pace| {
            if pace.slowest.as_ref().is_none_or(|(longest, _)| *longest < reply.elapsed) {
                pace.slowest = Some((reply.elapsed, reply.sent.clone()));
            }
        });
    }
}

/// Changes the notes of the check that runs in this task. While the run is cleaned up there is none.
fn change(with: impl FnOnce(&mut Pace)) {
    NOTED.try_with(|pace| with(&mut lock(pace))).ok();
}

/// Runs a check. Returns its result, and what it noted.
pub(super) async fn noted<T>(work: impl Future<Output = T>) -> (T, Pace) {
    let pace = Arc::new(Mutex::new(Pace::default()));
    let result = NOTED.scope(pace.clone(), work).await;
    let pace = lock(&pace).clone();
    (result, pace)
}

impl Pace {
    /// Returns true if every reply came in time and at the first attempt.
    pub(super) fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}
