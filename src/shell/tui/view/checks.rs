//! Draws the checks, grouped and live, and below them all findings, each with the field that it concerns.

use ratatui::text::{Line, Span};

use super::{
    body::PageBody,
    findings,
    form::duration,
    scene::{Question, Scene},
};
use crate::{
    score::Scope,
    shell::tui::{
        text,
        theme::{CellRole, CellSymbol},
        ui::Jump,
    },
    store::checks::{
        CheckGroup, Finding, Leftover, Outcome, Policy, Repair,
        engine::{BoardEntry, Progress, Verdict},
    },
    text::shown,
    wizard::{Run, Standing},
};

/// The column at which the rows of a group begin.
const ROWS: usize = 15;
/// The largest group that is shown in full. Larger groups are shown as numbers, with the names of checks that did not
/// pass.
const CROWD: usize = 8;

pub(super) fn body(scene: &Scene<'_>) -> PageBody {
    let mut body = PageBody::new(summary(scene));
    let jumps = scene.ui.jumps(scene.state);
    body.rows = jumps.len();
    if let Some(run) = &scene.state.run {
        grid(scene, &mut body, run);
    }
    said(scene, &mut body);
    if jumps.iter().any(|jump| matches!(jump, Jump::Problem(_))) {
        body.gap();
        let tried = scene.state.store(Scope::All).is_some();
        let before = if tried { "   Before the file can be written:" } else { "   Before the checks can run:" };
        body.push(scene.line(CellRole::Title, before));
    }
    findings::push(scene, &mut body, jumps);
    if let Some(end) = scene.state.run.as_ref().and_then(|run| run.board.end.as_ref()) {
        leftovers(scene, &mut body, &end.leftovers);
    }
    body
}

fn grid(scene: &Scene<'_>, body: &mut PageBody, run: &Run) {
    let cells = (scene.width.saturating_sub(ROWS) / 26).clamp(1, 3);
    let columns = scene.width.saturating_sub(ROWS + 1) / cells;
    let mut groups: Vec<(CheckGroup, Vec<&BoardEntry>)> = Vec::new();
    for entry in &run.board.entries {
        match groups.iter_mut().find(|(group, _)| *group == entry.row.group) {
            Some((_, entries)) => entries.push(entry),
            None => groups.push((entry.row.group, vec![entry])),
        }
    }
    let lines: usize = groups.iter().map(|(_, entries)| entries.len().div_ceil(cells)).sum();
    let folded = !run.going() && body.rows > 0 && lines + 10 > scene.height;
    for (group, entries) in groups {
        if folded
            && entries.len() > 1
            && (entries.iter().all(|entry| settled(entry)) || entries.iter().all(|entry| waits(entry)))
        {
            body.push(fold(scene, group.name(), &entries));
            continue;
        }
        let mut rows: Vec<Vec<Span<'static>>> = Vec::new();
        let shown: Vec<&BoardEntry> = if entries.len() > CROWD {
            rows.push(crowd(scene, &entries));
            entries.iter().filter(|entry| !passed(entry)).take(CROWD).copied().collect()
        } else {
            entries
        };
        for row in shown.chunks(cells) {
            rows.push(row.iter().flat_map(|entry| cell(scene, run, entry, columns)).collect());
        }
        for (at, row) in rows.into_iter().enumerate() {
            let label = if at == 0 { group.name() } else { "" };
            let mut line = vec![scene.span(CellRole::Text, format!("   {}", text::pad(label, ROWS - 3)))];
            line.extend(row);
            body.push(Line::from(line));
        }
    }
}

fn passed(entry: &BoardEntry) -> bool {
    matches!(entry.state, Progress::Done { outcome: Outcome::Pass(_), .. } | Progress::Waiting)
}

fn waits(entry: &BoardEntry) -> bool {
    matches!(entry.state, Progress::Done { outcome: Outcome::Waiting(_), .. })
}

/// Returns true if there is nothing more to report about the check.
fn settled(entry: &BoardEntry) -> bool {
    passed(entry) || matches!(entry.state, Progress::Done { outcome: Outcome::NotProbed(_), .. })
}

/// Draws a group that passed, or waits, in one line. Leaves more room for the findings on a small screen.
fn fold(scene: &Scene<'_>, group: &str, entries: &[&BoardEntry]) -> Line<'static> {
    let mut line = vec![scene.span(CellRole::Text, format!("   {}", text::pad(group, ROWS - 3)))];
    let mut room = scene.width.saturating_sub(ROWS + 2);
    let kinds = [
        (CellSymbol::Ok, CellRole::Text, passed as fn(&BoardEntry) -> bool),
        (CellSymbol::Waiting, CellRole::Dim, waits),
        (CellSymbol::NotProbed, CellRole::Dim, |entry| settled(entry) && !passed(entry)),
    ];
    for (mark, role, fits) in kinds {
        let titles: Vec<_> = entries.iter().filter(|entry| fits(entry)).map(|entry| entry.row.title.as_str()).collect();
        if titles.is_empty() {
            continue;
        }
        let said = text::fit(&titles.join(" · "), room.saturating_sub(2));
        room = room.saturating_sub(text::width(&said) + 5);
        line.push(scene.span(mark.role(), format!("{} ", mark.symbol())));
        line.push(scene.span(role, format!("{said}   ")));
    }
    Line::from(line)
}

/// Draws the rows of a large pool as numbers.
fn crowd(scene: &Scene<'_>, entries: &[&BoardEntry]) -> Vec<Span<'static>> {
    let mut counts = [(CellSymbol::Ok, "passed", 0), (CellSymbol::Warn, "warned", 0), (CellSymbol::Fail, "failed", 0)];
    for entry in entries {
        let at = match &entry.state {
            Progress::Done { outcome: Outcome::Pass(_), .. } => 0,
            Progress::Done { outcome: Outcome::Warn(_), .. } => 1,
            Progress::Done { outcome: Outcome::Fail(_), .. } => 2,
            _ => continue,
        };
        counts[at].2 += 1;
    }
    let done: usize = counts.iter().map(|(_, _, count)| count).sum();
    let mut spans = Vec::new();
    for (mark, word, count) in counts.into_iter().filter(|(_, _, count)| *count > 0) {
        spans.push(scene.span(mark.role(), format!("{} ", mark.symbol())));
        spans.push(scene.span(CellRole::Text, format!("{count} {word}   ")));
    }
    if done < entries.len() {
        spans.push(scene.span(CellRole::Dim, format!("○ {} of {} to go", entries.len() - done, entries.len())));
    }
    spans
}

/// Draws a symbol, a title and the elapsed time, in this many columns.
fn cell(scene: &Scene<'_>, run: &Run, entry: &BoardEntry, columns: usize) -> Vec<Span<'static>> {
    let (mark, right) = match &entry.state {
        Progress::Waiting => (CellSymbol::Waiting, String::new()),
        Progress::Running if run.going() => (CellSymbol::Running(scene.ui.turn), String::new()),
        Progress::Slow(left) if run.going() => {
            let left = scene.ui.left(run.number, &entry.row.id, *left, scene.now);
            (CellSymbol::Running(scene.ui.turn), format!("{} s left", left.as_secs()))
        }
        Progress::Running | Progress::Slow(_) => (CellSymbol::NotProbed, "stopped".into()),
        Progress::Done { outcome, elapsed } => match outcome {
            Outcome::Pass(_) => (CellSymbol::Ok, duration(*elapsed)),
            Outcome::Warn(_) => (CellSymbol::Warn, duration(*elapsed)),
            Outcome::Fail(_) => (CellSymbol::Fail, duration(*elapsed)),
            Outcome::Waiting(_) => (CellSymbol::Waiting, "waits".into()),
            Outcome::NotProbed(_) => (CellSymbol::NotProbed, "not tried".into()),
        },
    };
    // The title is more important than the elapsed time.
    let fits = |right: &String| text::width(&entry.row.title) + text::width(right) + 6 <= columns;
    let right = Some(right).filter(fits).unwrap_or_default();
    let gap = if right.is_empty() { 1 } else { 3 };
    let room = columns.saturating_sub(text::width(&right) + gap + 3);
    let title = match mark {
        CellSymbol::Waiting | CellSymbol::NotProbed => CellRole::Dim,
        CellSymbol::Fail => CellRole::Fail,
        _ => CellRole::Text,
    };
    vec![
        scene.span(mark.role(), format!("{} ", mark.symbol())),
        scene.span(title, text::pad(&entry.row.title, room)),
        scene.span(CellRole::Dim, format!(" {right}{:gap$}", "")),
    ]
}

/// Draws the results of the last repairs, and a note if the results of the checks are about other values.
fn said(scene: &Scene<'_>, body: &mut PageBody) {
    let state = scene.state;
    if let Some(repair) = &state.repairing {
        body.gap();
        body.push(Line::from(vec![
            scene.span(CellRole::Focus, format!("   {} ", CellSymbol::Running(scene.ui.turn).symbol())),
            scene.span(CellRole::Text, format!("{} …", doing(repair))),
        ]));
    }
    if !state.repaired.is_empty() {
        body.gap();
    }
    for (_, result) in &state.repaired {
        let (mark, said) = match result {
            Ok(said) => (CellSymbol::Ok, said.clone()),
            Err(error) => (CellSymbol::Fail, error.to_string()),
        };
        for (at, line) in text::wrap(&said, scene.width.saturating_sub(7)).into_iter().enumerate() {
            let symbol = if at == 0 { mark.symbol() } else { " " };
            body.push(Line::from(vec![
                scene.span(mark.role(), format!("   {symbol} ")),
                scene.span(CellRole::Text, line),
            ]));
        }
    }
    if state.stale() {
        body.gap();
        body.push(
            scene.line(CellRole::Warn, "   ! These results are for previous values. Press r to check the new ones."),
        );
    }
}

fn doing(repair: &Repair) -> String {
    match repair {
        Repair::CreateBucket { bucket } => format!("creating the bucket {bucket}"),
        Repair::PutSentinel { bucket, key } => format!("creating {key} in {bucket}"),
        Repair::CreateContainer { container } => format!("creating the container {container}"),
        Repair::SetPolicy { name, .. } => format!("setting the policy {name}"),
        Repair::Answer { key, value } => format!("setting {key} to {value}"),
    }
}

fn leftovers(scene: &Scene<'_>, body: &mut PageBody, leftovers: &[Leftover]) {
    if leftovers.is_empty() {
        return;
    }
    body.gap();
    body.push(scene.line(CellRole::Warn, "   ! Left in the store. Remove it by hand:"));
    for leftover in leftovers {
        let kind = leftover.upload.as_ref().map_or(String::new(), |id| format!(" (unfinished upload {id})"));
        let said = format!("{}/{}{kind}", leftover.bucket, leftover.key);
        body.lines.extend(
            text::wrap(&said, scene.width.saturating_sub(7))
                .into_iter()
                .map(|line| scene.line(CellRole::Text, format!("     {line}"))),
        );
    }
}

/// Returns the summary in one line: counts, elapsed time, and the name of this machine.
fn summary(scene: &Scene<'_>) -> (CellRole, String) {
    let state = scene.state;
    let Some(run) = &state.run else {
        let said = if state.draft.store(Scope::All).is_some() {
            "Press r to test the store."
        } else {
            "Some answers are wrong or missing."
        };
        return (CellRole::Dim, said.into());
    };
    let mut counts = [0; 5];
    for entry in &run.board.entries {
        counts[match &entry.state {
            Progress::Done { outcome: Outcome::Pass(_), .. } => 0,
            Progress::Done { outcome: Outcome::Warn(_), .. } => 1,
            Progress::Done { outcome: Outcome::Fail(_), .. } => 2,
            Progress::Done { outcome: Outcome::NotProbed(_), .. } => 4,
            _ => 3,
        }] += 1;
    }
    if !run.going() {
        // A check that still waits at the end was not tried.
        counts[4] += std::mem::take(&mut counts[3]);
    }
    let words = ["passed", "noted", "failed", "waiting", "not tried"];
    let mut parts: Vec<_> = counts
        .iter()
        .zip(words)
        .filter(|(count, _)| **count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let role = match state.standing() {
        Standing::Ended(Verdict::Pass) => CellRole::Ok,
        Standing::Ended(Verdict::Fail) => CellRole::Fail,
        Standing::Ended(_) | Standing::Stale => CellRole::Warn,
        Standing::Running | Standing::NotRun => CellRole::Text,
    };
    if let Some(end) = &run.board.end {
        if end.stopped {
            parts.push("stopped".into());
        }
        parts.push(format!("{:.2} s from {}", end.elapsed.as_secs_f64(), state.host));
        parts.push(match end.leftovers.len() {
            0 => "clean".into(),
            left => format!("{left} left in the store"),
        });
    } else {
        parts.push("running · x stops and cleans up".into());
    }
    (role, parts.join(" · "))
}

/// Draws a repair that changes something existing: the state before and after, and its effects.
pub(super) fn change(scene: &Scene<'_>, columns: usize) -> Option<Question> {
    let Some(Jump::Finding(Finding { repair: Some(Repair::SetPolicy { name, before, after }), .. })) =
        scene.ui.focused_jump(scene.state)
    else {
        return None;
    };
    let title = format!("Change the policy {name}");
    let mut lines = Vec::new();
    for (word, role, policy) in [("now", CellRole::Text, before.as_deref()), ("then", CellRole::Focus, Some(after))] {
        for (at, (what, said)) in policy.map(terms).into_iter().flatten().enumerate() {
            let word = if at == 0 { word } else { "" };
            lines.push(scene.line(role, format!("{word:<6}{what:<13}{said}")));
        }
        lines.push(Line::default());
    }
    let who = "Every shared access signature that names this policy changes immediately, for all its users. The other \
               policies and the public access of the container do not change. Azure may take 30 s.";
    lines.extend(text::wrap(who, columns).into_iter().map(|line| scene.line(CellRole::Warn, line)));
    Some(Question { title, role: CellRole::Warn, lines })
}

/// Returns the terms of a policy, as the store gave them.
fn terms(policy: &Policy) -> [(&'static str, String); 3] {
    let or_none = |text: &str| if text.is_empty() { "none".to_owned() } else { shown(text.as_bytes(), 36) };
    [
        ("permissions", or_none(&policy.permissions)),
        ("start", or_none(&policy.start)),
        ("expiry", or_none(&policy.expiry)),
    ]
}
