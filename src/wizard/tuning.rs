//! Measures part sizes on the store: when a measurement may begin, its news, and the advice that the operator takes.

use super::{Effect, Run, State};
use crate::{
    answers::{
        draft::{Origin, Text},
        target::Store,
    },
    score::{Api, Scope, key, part_sizes},
    store::{
        checks::{
            CheckGroup, Outcome,
            engine::{Board, Progress},
        },
        tune::{
            Budget, Measurements, TuneNews,
            advice::{Advice, NoAdvice, advise},
        },
    },
};

/// The newest measurement.
#[derive(Debug, Clone)]
pub struct Tuning {
    pub number: u64,
    /// The store at the start of the run.
    pub store: Store,
    pub budget: Budget,
    pub measured: Measurements,
}

impl Tuning {
    /// Returns true until the run has ended.
    #[must_use]
    pub fn going(&self) -> bool {
        self.measured.finished.is_none()
    }

    #[must_use]
    pub fn api(&self) -> Api {
        match self.store {
            Store::S3(_) => Api::S3,
            Store::Azure(_) => Api::Azure,
        }
    }

    /// Returns the part size that the samples so far support.
    ///
    /// # Errors
    /// Returns the reason if they support none.
    pub fn advice(&self) -> Result<Advice, NoAdvice> {
        advise(&self.measured, self.api(), u32::try_from(part_sizes::CLIENT_THREADS).unwrap_or(1))
    }
}

impl State {
    /// Returns true if the store has accepted the keys of the current answers.
    #[must_use]
    pub fn signed_in(&self) -> bool {
        let proven = |board: &Board| {
            let sign_in = board.entries.iter().filter(|entry| entry.row.group == CheckGroup::SignIn);
            sign_in.clone().count() > 0
                && sign_in.map(|entry| &entry.state).all(|state| match state {
                    Progress::Done { outcome, .. } => matches!(outcome, Outcome::Pass(_) | Outcome::Warn(_)),
                    _ => false,
                })
        };
        let current = |run: &&Run| self.is_current(run);
        self.run.iter().chain(&self.background).filter(current).any(|run| proven(&run.board))
    }

    /// Returns true if a Score was found that runs with this configuration.
    #[must_use]
    pub fn runs_now(&self) -> bool {
        let same = |path: &std::path::Path| path == self.path;
        let found = self.sightings.iter().flatten();
        found.filter(|sighting| sighting.running.is_some()).any(|sighting| same(&sighting.deployment.application.path))
    }

    /// Returns the store to measure, if a measurement may begin now.
    #[must_use]
    pub fn store_to_tune(&self) -> Option<Store> {
        if self.dry || self.busy() || !self.signed_in() {
            return None;
        }
        self.store(Scope::All).filter(|(scope, _)| *scope == Scope::All).map(|(_, store)| store)
    }
}

/// Begins a measurement.
pub(super) fn begin(state: &mut State, budget: Budget) -> Vec<Effect> {
    let Some(store) = state.store_to_tune() else { return Vec::new() };
    state.runs += 1;
    let (run, route) = (state.runs, state.route.clone());
    state.tuning = Some(Tuning { number: run, store: store.clone(), budget, measured: Measurements::default() });
    vec![Effect::Tune { run, store, route, budget }]
}

/// Stops a measurement. Its scratch is removed before its last news.
pub(super) fn stop(state: &State) -> Vec<Effect> {
    state.tuning.iter().filter(|tuning| tuning.going()).map(|tuning| Effect::Stop { run: tuning.number }).collect()
}

pub(super) fn note(state: &mut State, run: u64, news: TuneNews) {
    if let Some(tuning) = state.tuning.as_mut().filter(|tuning| tuning.number == run && tuning.going()) {
        tuning.measured.apply(news);
    }
}

/// Answers the part size with the advised one, and keeps the reason for the file.
pub(super) fn take_advice(state: &mut State) {
    let Some(tuning) = &state.tuning else { return };
    let Ok(advice) = tuning.advice() else { return };
    let comment = advice.comment(&tuning.measured.day);
    let value = advice.part.to_string();
    state.draft.give(key::UPLOAD_PARTSIZE, Text::Plain(value), Origin::Typed);
    state.draft.explain(key::UPLOAD_PARTSIZE, comment);
}
