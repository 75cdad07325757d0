//! Performs repairs: of an answer at once, and of the store one after the other.

use super::{answer, check, leave, start_background_check, stop, use_answers};
use crate::{
    answers::draft::{Origin, Text},
    score::{self, Step},
    store::{checks::Repair, provision::ProvisionError},
    wizard::{Effect, State},
};

/// Creates what only the checks after a creation could find missing. Tries nothing twice.
pub(super) fn create_more(state: &mut State) -> Vec<Effect> {
    let tried = |repair: &Repair| state.repaired.iter().any(|(done, _)| done == repair);
    // A bucket is created only if the question named it.
    let asked = |repair: &Repair| !matches!(repair, Repair::CreateBucket { .. } | Repair::CreateContainer { .. });
    let more: Vec<_> = state.missing().into_iter().filter(|repair| asked(repair) && !tried(repair)).collect();
    state.creating = !more.is_empty();
    state.repairs_left = more;
    next_repair(state)
}

pub(super) fn forget(state: &mut State) {
    state.creating = false;
    state.repairs_left.clear();
    if state.repairing.is_none() {
        state.repaired.clear();
    }
}

pub(super) fn begin(state: &mut State, repair: Repair) -> Vec<Effect> {
    match repair {
        Repair::Answer { key, value } => answer(state, key, Text::Plain(value), Origin::Typed),
        Repair::Swap { one, other } => swap(state, one, other),
        Repair::Trim { key } => trim(state, key),
        repair => return in_store(state, vec![repair], false),
    }
    check_repaired(state)
}

/// Exchanges the answers to two settings, as if they had been typed.
fn swap(state: &mut State, one: &'static str, other: &'static str) {
    use_answers(state);
    let given = |key| {
        let answer = state.draft.answer(score::setting(key)?)?;
        Some(match answer.text {
            Text::Secret(secret) => secret.for_editing().to_owned(),
            Text::Plain(text) => text,
        })
    };
    if let (Some(first), Some(second)) = (given(one), given(other)) {
        answer(state, one, Text::Plain(second), Origin::Typed);
        answer(state, other, Text::Plain(first), Origin::Typed);
    }
}

/// Removes the spaces around a secret, as if it had been typed without them.
fn trim(state: &mut State, key: &'static str) {
    use_answers(state);
    if let Some((key, secret)) = state.draft.trimmed(key) {
        answer(state, key, Text::Secret(secret), Origin::Typed);
    }
}

/// Repeats the check that found a repaired fault.
fn check_repaired(state: &mut State) -> Vec<Effect> {
    match (&state.background, state.step) {
        (_, Step::Checks | Step::Review) => {
            forget(state);
            check(state)
        }
        (Some(background), _) => {
            let scope = background.scope;
            start_background_check(state, scope)
        }
        (None, _) => Vec::new(),
    }
}

/// Performs repairs one after the other, then repeats the checks. If the answers changed since the finding, repeats the
/// checks first and does not change the store.
pub(super) fn in_store(state: &mut State, repairs: Vec<Repair>, creating: bool) -> Vec<Effect> {
    if state.dry || state.repairing.is_some() || repairs.is_empty() {
        return Vec::new();
    }
    if state.run.is_none() || state.stale() {
        return if state.run.is_some() { check(state) } else { Vec::new() };
    }
    let mut effects = stop(state);
    state.repaired.clear();
    state.creating = creating;
    state.repairs_left = repairs;
    effects.append(&mut next_repair(state));
    effects
}

fn next_repair(state: &mut State) -> Vec<Effect> {
    let Some(run) = state.run.as_ref().filter(|_| !state.repairs_left.is_empty()) else { return Vec::new() };
    let repair = state.repairs_left.remove(0);
    state.repairing = Some(repair.clone());
    vec![Effect::Repair { repair, store: run.store.clone(), route: run.route.clone(), keys: state.creator().cloned() }]
}

pub(super) fn done(state: &mut State, repair: Repair, result: Result<String, ProvisionError>) -> Vec<Effect> {
    if state.repairing.as_ref() != Some(&repair) {
        return Vec::new();
    }
    state.repairing = None;
    state.created.extend(result.as_ref().ok().cloned());
    state.repaired.push((repair, result));
    if state.leaving {
        return leave(state);
    }
    if !state.repairs_left.is_empty() {
        return next_repair(state);
    }
    if state.repaired.iter().any(|(_, result)| result.is_ok()) {
        return check(state);
    }
    state.creating = false;
    Vec::new()
}
