//! Keeps the answers of a session that was interrupted, and continues it. Secrets are never kept.

use std::{fmt::Write, io};

use super::{apply, rotation};

use crate::{
    answers::{
        draft::{Origin, Text},
        file::{Sources, read},
    },
    install::deployment::{CheckOutcome, Setup},
    score::{SETTINGS, Scope, Step, key},
    store::checks::engine::Verdict,
    text::{mask::shown_value, secret::Secret},
    wizard::{
        Effect, Event, Purpose, State, Unfinished,
        field::step_of,
        record::{deployment, events, quoted},
    },
};

impl Unfinished {
    /// Returns the number of answers.
    #[must_use]
    pub fn count(&self) -> usize {
        self.events().iter().filter(|event| matches!(event, Event::Answered { .. })).count()
    }

    /// Returns the events that repeat the answers. What cannot be read is left out.
    fn events(&self) -> Vec<Event> {
        let none = |_: &std::path::Path| Err(io::ErrorKind::NotFound.into());
        let sources = Sources { variable: &|_| None, file: &none, open_to_others: false };
        let mut events = read(&self.answers, &sources).0.map(|answers| events(&answers)).unwrap_or_default();
        for event in &mut events {
            if let Event::Answered { origin, .. } = event {
                *origin = Origin::Typed;
            }
        }
        events
    }
}

impl State {
    /// Returns the answers to remember: those that were typed and not written.
    #[must_use]
    pub fn unfinished(&self) -> Option<Unfinished> {
        let kept = self.remembers && !self.dry && self.receipt.is_none() && !self.path.as_os_str().is_empty();
        let answers = kept.then(|| typed(self)).flatten()?;
        // Settings of another installation are not kept, so they are offered again.
        let purpose = if self.setup.taken_from.is_some() { Purpose::Install } else { self.purpose() };
        let replaces_keys = self.replaces_keys();
        Some(Unfinished { path: self.path.clone(), purpose, step: self.step, answers, replaces_keys })
    }

    /// Returns the answers of an interrupted session if they can be continued now: at the list of deployments, or at the
    /// deployment that they are about.
    #[must_use]
    pub fn offered(&self) -> Option<&Unfinished> {
        let (unfinished, _) = self.recalled.as_ref()?;
        let here = self.path.as_os_str().is_empty() || self.deployment.is_some() && self.path == unfinished.path;
        (here && self.step == Step::Where && !self.draft.changed()).then_some(unfinished)
    }
}

/// Formats the typed answers without secrets, to continue an interrupted session. `None` if nothing was typed.
fn typed(state: &State) -> Option<String> {
    let draft = &state.draft;
    let mut text = String::new();
    // A file of answers needs a provider.
    let _ = writeln!(text, "provider = {}", quoted(&draft.provider?.id));
    if let Some(release) = draft.release.filter(|_| !state.release_found) {
        let _ = writeln!(text, "release = {}", quoted(release.name()));
    }
    if let Some(region) = &draft.region {
        let _ = writeln!(text, "region = {}", quoted(region));
    }
    text.push_str("\n[settings]\n");
    let swapped = draft.swapped_keys();
    for setting in SETTINGS.iter().filter(|setting| setting.serves(draft.api()) && !setting.secret()) {
        if swapped && setting.key == key::S3_ACCESS_KEY {
            continue;
        }
        let Some(Text::Plain(answer)) = draft.typed(setting).map(|answer| &answer.text) else { continue };
        // A secret in the wrong field stays a secret.
        if !answer.is_empty() && shown_value(setting.key, &Secret::new(answer.as_str())).as_ref() == Some(answer) {
            let _ = writeln!(text, "{} = {}", quoted(setting.key), quoted(answer));
        }
    }
    text.push_str(&deployment(state));
    let changed = draft.changed() || state.setup != Setup::default();
    changed.then_some(text)
}

/// Remembers the answers, if they are different from those that were remembered last.
pub(super) fn remember(state: &mut State) -> Vec<Effect> {
    let unfinished = state.unfinished();
    if unfinished.is_none() || unfinished == state.remembered {
        return Vec::new();
    }
    // Answers about another deployment are replaced.
    state.recalled = None;
    state.remembered.clone_from(&unfinished);
    unfinished.map(Effect::Remember).into_iter().collect()
}

/// Forgets the answers after a write.
pub(super) fn forget(state: &mut State) -> Vec<Effect> {
    state.remembered = None;
    if state.remembers { vec![Effect::ForgetAnswers] } else { Vec::new() }
}

/// Continues the interrupted session, or begins another.
pub(super) fn choose(state: &mut State, wanted: bool) -> Vec<Effect> {
    let Some((unfinished, _)) = state.recalled.take() else { return Vec::new() };
    if !wanted {
        // They stay until other answers replace them.
        return Vec::new();
    }
    let mut effects = apply(state, Event::PathChosen(unfinished.path.clone()));
    // Troubleshooting would begin with checks, and these answers are about a change.
    let purpose = if unfinished.purpose == Purpose::Troubleshoot { Purpose::Reconfigure } else { unfinished.purpose };
    effects.extend(apply(state, Event::PurposeChosen(purpose)));
    for event in unfinished.events() {
        effects.extend(apply(state, event));
    }
    state.resuming = Some(unfinished);
    effects
}

/// Returns to the step of the interrupted session, or to an earlier one that lacks an answer, such as a secret.
pub(super) fn resume(state: &mut State) {
    let Some(Unfinished { step, replaces_keys, .. }) = state.resuming.take() else { return };
    if replaces_keys {
        return rotation::resume(state);
    }
    let problems = state.problems();
    let first = problems.iter().filter_map(|problem| step_of(problem.settings.first()?)).min();
    state.step = first.map_or(step, |first| first.min(step));
}

/// Remembers the result of checks that have ended, if they tried what the files say.
pub(super) fn keep_result(state: &State) -> Vec<Effect> {
    let as_read = state.fixed.is_none() && (state.as_written || !state.draft.changed());
    let written = state.receipt.is_some() || as_read;
    let read = state.deployment.as_ref().filter(|_| state.remembers && !state.dry && written);
    let (Some(read), Some(run)) = (read, state.run.as_ref().filter(|_| !state.stale())) else {
        return Vec::new();
    };
    let silent = run.board.failed() && run.board.verdict() == Some(Verdict::Unproven);
    if silent || run.board.end.as_ref().is_some_and(|end| end.stopped) {
        return Vec::new();
    }
    let outcome = match run.board.verdict() {
        Some(Verdict::Pass | Verdict::Warn) if run.scope == Scope::All => CheckOutcome::Worked,
        Some(Verdict::Pass | Verdict::Warn | Verdict::Unproven) => CheckOutcome::NothingWrong,
        Some(Verdict::Fail) => CheckOutcome::Problems(run.board.findings().len()),
        None => return Vec::new(),
    };
    vec![Effect::KeepResult { path: read.application.path.clone(), outcome }]
}
