//! Draws the difference that would be written, with secrets masked, and the state of the checks for these values.

use ratatui::text::Line;

use super::{
    Scene,
    body::PageBody,
    findings,
    form::{UNSECURED, duration, source},
};
use crate::{
    shell::tui::{text, theme::CellRole},
    store::checks::{
        Outcome,
        engine::{BoardEntry, Progress, Verdict},
    },
    wizard::{
        Blocked, LACKS_AUTHORIZATION, Standing, State, lacks_authorization,
        proposal::{
            KeyChange, ModeChange, Proposal,
            diff::{Diff, Tag},
        },
        verdicts,
    },
};

pub(super) fn body(scene: &Scene<'_>) -> PageBody {
    let mut body = PageBody::new(standing(scene));
    match scene.ui.cache.preview() {
        None => {}
        Some(Ok((proposal, diffs))) => push_files(scene, &mut body, proposal, diffs),
        Some(Err(Blocked::NotLoaded)) => body.push(scene.line(CellRole::Dim, "   The file has not been read yet.")),
        Some(Err(Blocked::Unreadable(bad))) => {
            for line in text::wrap(&bad.to_string(), scene.width.saturating_sub(7)) {
                body.push(scene.line(CellRole::Fail, format!("   ✗ {line}")));
            }
        }
        Some(Err(Blocked::Problems(_))) => {
            body.push(Line::default());
            body.push(scene.line(CellRole::Title, "   Nothing can be written yet:"));
            let jumps = scene.ui.jumps(scene.state);
            body.rows = jumps.len();
            findings::push(scene, &mut body, jumps);
        }
    }
    body
}

/// Draws all files, and below them the difference of the selected one.
fn push_files(scene: &Scene<'_>, body: &mut PageBody, proposal: &Proposal, diffs: &[Diff]) {
    let lacking = lacks_authorization(scene.state).then(|| format!("! {LACKS_AUTHORIZATION}"));
    let unsecured = (!scene.state.draft.secure).then(|| UNSECURED.to_owned());
    let not_yet = verdicts::not_yet(scene.state).map(|said| format!("! {said}"));
    for said in not_yet.into_iter().chain(lacking.or(unsecured)) {
        for line in text::wrap(&said, scene.width.saturating_sub(5)) {
            body.push(scene.line(CellRole::Warn, format!("   {line}")));
        }
        body.push(Line::default());
    }
    let alone = scene.state.without_overlap().is_some();
    let announced = scene.state.announced_keys();
    let announced =
        announced.map(|said| if alone { (CellRole::Warn, format!("! {said}")) } else { (CellRole::Text, said) });
    let left = scene.state.left_behind().map(|left| (CellRole::Warn, format!("! {left}")));
    for (role, said) in announced.into_iter().chain(left) {
        for line in text::wrap(&said, scene.width.saturating_sub(5)) {
            body.push(scene.line(role, format!("   {line}")));
        }
        body.push(Line::default());
    }
    if proposal.files.is_empty() {
        body.push(scene.line(CellRole::Ok, "   ✓ The files already have these values. Nothing changes."));
    }
    let shown = scene.ui.file.min(proposal.files.len().saturating_sub(1));
    let several = proposal.files.len() > 1;
    // Files of one deployment are in one folder, so their paths differ at the end.
    for (at, (file, diff)) in proposal.files.iter().zip(diffs).enumerate() {
        let focused = several && at == shown;
        let (added, removed) = if file.rewrites() {
            (format!("   +{}", diff.added), format!(" −{}", diff.removed))
        } else {
            (if file.changed() { "" } else { "   unchanged" }.to_owned(), String::new())
        };
        let kind = match file.mode {
            Some(ModeChange { before, after }) => format!("   mode {before:04o} → {after:04o}"),
            None if file.before.is_none() => "   new file, mode 0600".to_owned(),
            None => String::new(),
        };
        let taken = text::width(&added) + text::width(&removed) + text::width(&kind);
        let path = text::fit_end(&file.path.display().to_string(), scene.width.saturating_sub(taken + 5));
        body.push(Line::from(vec![
            scene.span(CellRole::Focus, if focused { " ▸ " } else { "   " }),
            scene.span(if focused { CellRole::Focus } else { CellRole::Title }, path),
            scene.span(if file.changed() { CellRole::Ok } else { CellRole::Dim }, added),
            scene.span(CellRole::Fail, removed),
            scene.span(CellRole::Dim, kind),
        ]));
    }
    let (Some(file), Some(diff)) = (proposal.files.get(shown), diffs.get(shown)) else { return };
    for note in &file.notes {
        for (at, line) in text::wrap(note, scene.width.saturating_sub(7)).into_iter().enumerate() {
            body.push(scene.line(CellRole::Warn, format!("   {} {line}", if at == 0 { "!" } else { " " })));
        }
    }
    body.push(scene.line(CellRole::Dim, format!("   {}", "─".repeat(scene.width.saturating_sub(6)))));
    if file.changed() && !file.rewrites() {
        body.push(scene.line(CellRole::Text, "   Only the mode of the file changes."));
    } else if file.changed() && scene.ui.whole_difference {
        push_diff(scene, body, diff);
    } else if file.changed() {
        push_changes(scene, body, scene.ui.cache.changes().get(shown).map_or(&[], Vec::as_slice));
    } else {
        body.push(scene.line(CellRole::Ok, "   ✓ The file already has these values. Nothing changes."));
    }
}

/// Draws what changes by key: the new value and its source, and below it the value before.
fn push_changes(scene: &Scene<'_>, body: &mut PageBody, changes: &[KeyChange]) {
    if changes.is_empty() {
        body.push(scene.line(CellRole::Text, "   Only comments and line ends change."));
    }
    let widest = changes.iter().map(|change| text::width(&change.name)).max().unwrap_or(0);
    let widest = widest.min(scene.width / 2);
    for change in changes {
        let (sign, role) = match (&change.before, &change.after) {
            (None, _) => ("+", CellRole::Ok),
            (_, None) => ("−", CellRole::Fail),
            _ => ("~", CellRole::Warn),
        };
        let source = change.origin.as_ref().map(source).unwrap_or_default();
        let columns = scene.width.saturating_sub(widest + text::width(&source) + 9);
        let value = change.after.as_deref().unwrap_or("no longer set");
        let value = text::fit(if value.is_empty() { "empty" } else { value }, columns);
        let air = columns.saturating_sub(text::width(&value));
        body.push(Line::from(vec![
            scene.span(role, format!(" {sign} ")),
            scene.span(role, text::pad(&text::fit(&change.name, widest), widest)),
            scene.span(CellRole::Text, format!("  {value}")),
            scene.span(CellRole::Dim, format!("{:air$}  {source}", "")),
        ]));
        let was = match (&change.before, change.renamed_from) {
            (_, Some(name)) => format!("until now {name}"),
            (Some(before), _) if change.after.is_some() => format!("was {before}"),
            _ => continue,
        };
        let was = text::fit(&was, scene.width.saturating_sub(widest + 7));
        body.push(scene.line(CellRole::Dim, format!("   {:widest$}  {was}", "")));
    }
}

fn push_diff(scene: &Scene<'_>, body: &mut PageBody, diff: &Diff) {
    for (at, hunk) in diff.hunks.iter().enumerate() {
        if at > 0 {
            body.push(scene.line(CellRole::Dim, "       ⋮"));
        }
        for line in &hunk.lines {
            let (sign, role) = match line.tag {
                Tag::Added => ("+", CellRole::Ok),
                Tag::Removed => ("−", CellRole::Fail),
                Tag::Context => (" ", CellRole::Dim),
            };
            let number = line.new.or(line.old).map_or(String::new(), |number| number.to_string());
            let changed = if line.changed_secret { "  (changed)" } else { "" };
            let room = scene.width.saturating_sub(12 + changed.len());
            body.push(Line::from(vec![
                scene.span(role, format!(" {sign} ")),
                scene.span(CellRole::Dim, format!("{number:>4}   ")),
                scene.span(role, text::fit(&line.text, room)),
                scene.span(CellRole::Warn, changed),
            ]));
        }
    }
}

/// Returns the state of the checks, their age, and their values.
fn standing(scene: &Scene<'_>) -> (CellRole, String) {
    let state = scene.state;
    if state.writing {
        return (CellRole::Text, "writing …".into());
    }
    let Some(run) = &state.run else { return (CellRole::Warn, why_not(state).into()) };
    let passed = |entry: &&BoardEntry| matches!(entry.state, Progress::Done { outcome: Outcome::Pass(_), .. });
    let checks = run.board.entries.iter().filter(passed).count();
    let ago = scene.ui.ended.filter(|(number, _)| *number == run.number).map_or(String::new(), |(_, at)| {
        let seconds = scene.now.saturating_duration_since(at).as_secs();
        if seconds < 90 { format!("{seconds} s ago") } else { format!("{} min ago", seconds / 60) }
    });
    match state.standing() {
        Standing::Ended(Verdict::Pass) => {
            let took = run.board.end.as_ref().map_or(String::new(), |end| format!(" in {}", duration(end.elapsed)));
            (CellRole::Ok, format!("All {checks} checks passed{took}, {ago}, with these values."))
        }
        Standing::Ended(Verdict::Warn) => {
            let notes = run.board.findings().len();
            let s = if notes == 1 { "" } else { "s" };
            (CellRole::Warn, format!("No check failed, {notes} note{s}, {ago}, with these values."))
        }
        _ => (CellRole::Warn, why_not(state).into()),
    }
}

/// Returns what is asked about before a write, in one sentence or two.
pub(in crate::shell) fn why_ask(state: &State) -> String {
    let checks = (!state.may_write()).then(|| why_not(state).to_owned());
    checks.into_iter().chain(state.left_behind()).chain(state.without_overlap()).collect::<Vec<_>>().join(" ")
}

/// Returns what the checks say against a write.
pub(in crate::shell) fn why_not(state: &State) -> &'static str {
    match state.standing() {
        Standing::NotRun => "The store has not been tested with these values.",
        Standing::Running => "The checks are still running.",
        Standing::Stale => "The checks ran with previous values.",
        Standing::Ended(Verdict::Fail) => "Some checks failed with these values. A comment in the file will say so.",
        Standing::Ended(_) => "The checks did not finish with these values.",
    }
}
