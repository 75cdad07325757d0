//! Draws findings, each with its advice and the keys that act on it. Does not know where they were found.

use ratatui::text::Line;

use super::{
    body::PageBody,
    scene::{Question, Scene},
};
use crate::{
    install::lint,
    score::{Id, Severity},
    shell::tui::{
        keys::Action,
        text,
        theme::{CellRole, CellSymbol},
        ui::Jump,
    },
    store::checks::{Finding, Repair},
    wizard::field::step_of,
};

/// Draws all findings, the focused one in full.
pub(super) fn push(scene: &Scene<'_>, body: &mut PageBody, jumps: &[Jump]) {
    let at = scene.ui.row.min(jumps.len().saturating_sub(1));
    for (row, jump) in jumps.iter().enumerate() {
        body.gap();
        let start = body.lines.len();
        let focused = row == at;
        match jump {
            Jump::Problem(problem) => {
                let hint = jump.field().map_or(String::new(), |key| format!("⏎  change {key}"));
                entry(scene, body, focused, (CellSymbol::Fail, &problem.message), &[], &hint);
            }
            Jump::Finding(finding) => {
                let what = (mark(finding.severity), finding.summary.as_str());
                entry(scene, body, focused, what, &finding.hints, &ways(scene, finding));
            }
            Jump::File(finding) => {
                let what = (mark(finding.severity), finding.summary.as_str());
                let place = place(finding);
                entry(scene, body, focused, what, &finding.hints, &ways_in_files(jump, finding, &place));
                if !focused {
                    body.push(scene.line(CellRole::Dim, format!("     {place}")));
                }
            }
            Jump::Continue(ahead) => {
                let (mark, role) = if focused { (" ▸ ", CellRole::Focus) } else { ("   ", CellRole::Text) };
                let said = if ahead.is_empty() {
                    "Continue to the review".to_owned()
                } else {
                    format!("Continue: {}, then the review", ahead.join(", "))
                };
                body.push(Line::from(vec![
                    scene.span(CellRole::Focus, mark),
                    scene.span(role, text::fit(&said, scene.width.saturating_sub(4))),
                ]));
            }
        }
        if focused {
            body.keep = Some(start..body.lines.len());
        }
    }
}

pub(super) fn mark(severity: Severity) -> CellSymbol {
    if severity == Severity::Note { CellSymbol::Warn } else { CellSymbol::Fail }
}

/// Returns the consequence of a severity in a few words.
pub(super) fn stops(severity: Severity) -> &'static str {
    match severity {
        Severity::Start => "Score does not start",
        Severity::Ping => "ping fails",
        Severity::Transfer => "transfers fail",
        Severity::Note => "a note",
    }
}

/// Returns the name of the file, the line and the consequence.
fn place(finding: &lint::FileFinding) -> String {
    if let Some(holder) = &finding.holder {
        return holder.clone();
    }
    let file = finding.file.file_name().unwrap_or(finding.file.as_os_str()).to_string_lossy().into_owned();
    let line = finding.line.map_or(String::new(), |line| format!(":{line}"));
    format!("{file}{line} · {}", stops(finding.severity))
}

fn entry(
    scene: &Scene<'_>,
    body: &mut PageBody,
    focused: bool,
    what: (CellSymbol, &str),
    hints: &[String],
    ways: &str,
) {
    let (mark, summary) = what;
    for (at, line) in text::wrap(summary, scene.width.saturating_sub(7)).into_iter().enumerate() {
        let first = at == 0;
        body.push(Line::from(vec![
            scene.span(CellRole::Focus, if focused && first { " ▸ " } else { "   " }),
            scene.span(mark.role(), format!("{} ", if first { mark.symbol() } else { " " })),
            scene.span(if focused { CellRole::Title } else { CellRole::Text }, line),
        ]));
    }
    // Only the focused finding shows its hints: a page full of hints would be hard to read.
    for hint in hints.iter().filter(|_| focused) {
        for line in text::wrap(hint, scene.width.saturating_sub(7)) {
            body.push(scene.line(CellRole::Text, format!("     {line}")));
        }
    }
    if focused && !ways.is_empty() {
        for line in text::wrap(ways, scene.width.saturating_sub(7)) {
            // A line break may leave half of a separator.
            body.push(scene.line(CellRole::Dim, format!("     {}", line.replace('\u{a0}', " ").trim())));
        }
    }
}

/// Returns the actions for a finding of the checks, with their keys.
fn ways(scene: &Scene<'_>, finding: &Finding) -> String {
    let offered = |action| scene.ui.offers(action, scene.state);
    let mut ways = Vec::new();
    if let Some(repair) = &finding.repair {
        ways.push(match repair {
            Repair::CreateBucket { .. }
            | Repair::CreateContainer { .. }
            | Repair::PutSentinel { .. }
            | Repair::SetPolicy { before: None, .. } => "f\u{a0}\u{a0}create\u{a0}it\u{a0}now".to_owned(),
            Repair::SetPolicy { .. } => "f\u{a0}\u{a0}change\u{a0}it\u{a0}…".to_owned(),
            Repair::Answer { key, value } => format!("f\u{a0}\u{a0}set\u{a0}{key}\u{a0}to\u{a0}{value}"),
        });
    }
    let asked = finding.settings.iter().find(|key| step_of(key).is_some());
    ways.extend(asked.map(|key| format!("⏎\u{a0}\u{a0}change\u{a0}{key}")));
    if finding.silent && offered(Action::Longer) {
        ways.push("l\u{a0}\u{a0}wait\u{a0}as\u{a0}long\u{a0}as\u{a0}Score\u{a0}does".to_owned());
    }
    if offered(Action::Policy) && finding.id.concerns_permissions() {
        ways.push("a\u{a0}\u{a0}IAM\u{a0}policy".to_owned());
    }
    if offered(Action::Link) && finding.id == Id::P31 {
        // Only a client's machine can show whether clients reach the store.
        ways.push("o\u{a0}\u{a0}try\u{a0}it\u{a0}from\u{a0}a\u{a0}client".to_owned());
    }
    ways.push("e\u{a0}\u{a0}evidence".to_owned());
    ways.join("\u{a0}\u{a0} \u{a0}\u{a0}")
}

/// Returns the actions for a finding in a file, after its place.
fn ways_in_files(jump: &Jump, finding: &lint::FileFinding, place: &str) -> String {
    let mut ways = vec![place.replace(' ', "\u{a0}")];
    if !finding.edits.is_empty() {
        ways.push("f\u{a0}\u{a0}fix\u{a0}it".to_owned());
    }
    ways.extend(jump.field().map(|key| format!("⏎\u{a0}\u{a0}change\u{a0}{key}")));
    ways.join("\u{a0}\u{a0} \u{a0}\u{a0}")
}

/// Draws the evidence, for a ticket or for an administrator of the store.
pub(super) fn evidence(scene: &Scene<'_>, columns: usize) -> Option<Question> {
    let Some(jump) = scene.ui.focused_jump(scene.state) else {
        let details = scene.state.run.as_ref()?.board.details();
        let shown = details.into_iter().flat_map(|(row, all)| {
            let more: Vec<_> = all.iter().skip(1).map(|line| (*line).to_owned()).collect();
            lines(scene, &format!("{} · {}", row.title, all[0]), &more, columns)
        });
        return Some(Question { title: "Evidence".to_owned(), role: CellRole::Ok, lines: shown.collect() });
    };
    let (title, role, lines) = match jump {
        Jump::Continue(_) => return None,
        Jump::Problem(problem) => ("Evidence".to_owned(), CellRole::Fail, lines(scene, &problem.message, &[], columns)),
        Jump::Finding(finding) => (
            format!("Evidence · {}", finding.id),
            mark(finding.severity).role(),
            lines(scene, &finding.summary, &finding.evidence, columns),
        ),
        Jump::File(finding) => {
            let place = finding.line.map_or(String::new(), |line| format!(", line {line}"));
            let mut seen = vec![format!("In {}{place}: {}.", finding.file.display(), stops(finding.severity))];
            seen.extend(finding.hints.iter().cloned());
            (
                format!("Evidence · {}", finding.id),
                mark(finding.severity).role(),
                lines(scene, &finding.summary, &seen, columns),
            )
        }
    };
    Some(Question { title, role, lines })
}

/// Returns the lines of the summary, then those of the evidence.
pub(super) fn lines(scene: &Scene<'_>, summary: &str, evidence: &[String], columns: usize) -> Vec<Line<'static>> {
    let mut lines: Vec<_> =
        text::wrap(summary, columns).into_iter().map(|line| scene.line(CellRole::Title, line)).collect();
    for seen in evidence {
        lines.push(Line::default());
        lines.extend(text::wrap(seen, columns).into_iter().map(|line| scene.line(CellRole::Text, line)));
    }
    lines
}
