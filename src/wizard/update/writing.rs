//! Writes the files, and leaves the session.

use super::{
    checking::{stop, stop_background_check},
    rotation, unfinished,
};
use crate::{
    store::checks::Repair,
    wizard::{
        Blocked, Effect, Exit, State, Trouble,
        proposal::{Receipt, WriteError},
    },
};

pub(super) fn write(state: &mut State, fingerprint: u64, anyway: bool) -> Vec<Effect> {
    if state.dry || state.writing {
        return Vec::new();
    }
    let refusal = match state.proposal() {
        Ok(proposal) if proposal.fingerprint != fingerprint => {
            ("The files to write have changed since they were shown.", "Look at the difference again, then write.")
        }
        Ok(_) if !anyway && !state.may_write() => {
            ("The checks have not passed on these values.", "Check again, or write anyway.")
        }
        Ok(_) if !anyway && state.without_overlap().is_some() => {
            ("The old and the new secret do not work at the same time.", "Use a second access key, or write anyway.")
        }
        Ok(_) if !anyway && !state.writes_unasked() => {
            ("Score will not find the objects under the old name.", "Keep the old name, or write anyway.")
        }
        Ok(proposal) => {
            state.writing = true;
            return vec![Effect::Write(proposal)];
        }
        Err(Blocked::NotLoaded) => ("The file has not been read.", "Choose a different file."),
        Err(Blocked::Problems(_)) => ("Some answers are wrong or missing.", "Go back to the marked fields."),
        Err(Blocked::Unreadable(_)) => {
            ("The existing file has a line that Java refuses.", "Fix the line, then open the file again.")
        }
    };
    state.trouble = Some(Trouble {
        what: format!("{} was not written", state.path.display()),
        cause: refusal.0.into(),
        hint: refusal.1.into(),
        wrong: false,
    });
    Vec::new()
}

pub(super) fn written(state: &mut State, result: Result<Receipt, WriteError>) -> Vec<Effect> {
    state.writing = false;
    let mut search = Vec::new();
    match result {
        Ok(receipt) => {
            search = rotation::finish(state, &receipt);
            note_written(state, &receipt);
            // Answers that were recorded before may be others.
            state.saved = None;
            state.receipt = Some(receipt);
        }
        Err(refused @ WriteError::Refused { .. }) => {
            let hint = match refused.hint() {
                none if none.is_empty() => {
                    "score-setup reads the file again. Look at the new difference, then write.".into()
                }
                hint => hint,
            };
            let what = format!("{} was not written", state.path.display());
            state.trouble = Some(Trouble { what, cause: refused.to_string(), hint, wrong: false });
        }
        Err(ref failed @ WriteError::Failed { ref path, ref cause, .. }) => {
            let (cause, hint) = (cause.clone(), failed.hint());
            state.trouble =
                Some(Trouble { what: format!("cannot write {}", path.display()), cause, hint, wrong: false });
        }
    }
    if state.leaving {
        return leave(state);
    }
    // Reads the file again in any case: the next proposal must be based on what is on disk.
    state.loading = true;
    let described = state.deployment.as_ref().and_then(|deployment| deployment.sources.first());
    let path = described.map_or_else(|| state.path.clone(), |main| main.path.clone());
    let mut effects = vec![Effect::Load(path)];
    if state.receipt.is_some() {
        effects.append(&mut unfinished::keep_result(state));
        effects.append(&mut unfinished::forget(state));
    }
    effects.append(&mut search);
    effects
}

/// Notes the files of a write. Those of an earlier write are replaced, with the first backup kept: it has the content from
/// before this session.
fn note_written(state: &mut State, receipt: &Receipt) {
    for file in &receipt.files {
        let earlier = state.written.iter().position(|known| known.path == file.path);
        let earlier = earlier.map(|at| state.written.remove(at));
        let mut file = file.clone();
        if let Some(earlier) = earlier {
            file.backup = earlier.backup.or(file.backup);
            if !file.changed && earlier.changed {
                file.changed = true;
                file.keys = earlier.keys;
            }
        }
        state.written.push(file);
    }
}

/// Leaves the session for the sandbox.
pub(super) fn leave_for_sandbox(state: &mut State) -> Vec<Effect> {
    let effects = leave(state);
    state.over = state.over.map(|_| Exit::ForSandbox);
    effects
}

/// Leaves the session. Stops runs, which then clean up, and waits for a file that is being written, and for rules of the
/// store that are being replaced: only their end tells how to undo it.
pub(super) fn leave(state: &mut State) -> Vec<Effect> {
    state.leaving = true;
    if state.writing || matches!(state.repairing, Some(Repair::AbortUploads { .. })) {
        return Vec::new();
    }
    state.over = Some(if state.wrote() { Exit::Done } else { Exit::Left });
    let mut effects = stop(state);
    effects.append(&mut stop_background_check(state));
    effects.extend(state.watch.iter().map(|watch| Effect::Stop { run: watch.run }));
    effects
}
