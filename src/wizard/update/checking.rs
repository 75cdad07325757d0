//! Starts and stops checks, and takes their news.

use super::{go_to, repairs, rotation, unfinished};
use crate::{
    answers::target::Store,
    score::{Scope, Step},
    store::checks::{News, engine::Board, s3::settings::SettingsReader},
    wizard::{Effect, Run, State, tuning},
};

/// Starts a background check that needs no other answers, unless it is running or has passed on the same values.
pub(in crate::wizard) fn start_background_check(state: &mut State, scope: Scope) -> Vec<Effect> {
    rotation::put_in(state);
    let Some(store) = state.draft.store(scope) else { return Vec::new() };
    // A full run on the same answers finds the same.
    if state.run.is_some() && !state.stale() {
        return Vec::new();
    }
    let known = state.background.as_ref().is_some_and(|background| {
        (background.scope == scope || background.scope == Scope::SignIn)
            && state.is_current(background)
            && !background.board.failed()
    });
    if known {
        return Vec::new();
    }
    let mut effects = stop_background_check(state);
    let (run, effect) = start(state, scope, store);
    state.background = Some(run);
    effects.push(effect);
    effects
}

/// Starts a full check on the current answers. Stops a run that is in progress.
pub(super) fn check(state: &mut State) -> Vec<Effect> {
    rotation::put_in(state);
    let scope = state.scope();
    // The store check does not need every answer: Song, for example, may still be missing.
    let Some((scope, store)) = state.store(scope) else { return Vec::new() };
    let mut effects = stop(state);
    effects.append(&mut stop_background_check(state));
    let (run, effect) = start(state, scope, store);
    state.run = Some(run);
    effects.push(effect);
    effects
}

fn start(state: &mut State, scope: Scope, store: Store) -> (Run, Effect) {
    state.runs += 1;
    let (number, route, keys) = (state.runs, state.route.clone(), state.creator().cloned());
    let run = Run { number, scope, store: store.clone(), route: route.clone(), board: Board::default() };
    let wanted = state.store_settings || state.create.lifecycle;
    let reads = wanted && matches!(scope, Scope::ReadOnly | Scope::All);
    let settings = reads.then(|| SettingsReader { keys: keys.clone(), score_cleans_up: state.cleans_up() });
    (run, Effect::Check { run: number, store, route, scope, keys, settings })
}

/// Stops the run and the measurement that are in progress.
pub(super) fn stop(state: &State) -> Vec<Effect> {
    let run = state.run.iter().filter(|run| run.going()).map(|run| Effect::Stop { run: run.number });
    run.chain(tuning::stop(state)).collect()
}

pub(super) fn stop_background_check(state: &State) -> Vec<Effect> {
    state.background.iter().filter(|run| run.going()).map(|run| Effect::Stop { run: run.number }).collect()
}

pub(super) fn take(state: &mut State, number: u64, news: News) -> Vec<Effect> {
    let run =
        [&mut state.run, &mut state.background].into_iter().flatten().find(|run| run.number == number && run.going());
    let Some(run) = run else { return Vec::new() };
    run.board.apply(news);
    rotation::note_refusal(state, number);
    if state.leads_back && state.step > Step::Connection && state.refused_key().is_some() {
        state.leads_back = false;
        state.doubted = state.store(Scope::SignIn).map(|(_, store)| store);
        return go_to(state, Step::Connection);
    }
    if state.creating && state.run.as_ref().is_some_and(|run| run.number == number && !run.going()) {
        return repairs::create_more(state);
    }
    if state.run.as_ref().is_some_and(|run| run.number == number && !run.going()) {
        return unfinished::keep_result(state);
    }
    Vec::new()
}
