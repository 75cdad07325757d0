//! Draws findings, each with its advice and the keys that act on it. Does not know where they were found.

use ratatui::text::Line;

use super::{
    body::PageBody,
    reach,
    scene::{Question, Scene},
};
use crate::{
    install::lint,
    score::{Id, Kind, Severity, key, setting},
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
                let release = scene.state.usable_release().filter(|_| scene.ui.offers(Action::Fix, scene.state));
                let release = release.map(|release| Way::new("f", format!("use Score {release}")));
                let repair = scene.state.repair_of(problem).map(|repair| Way::new("f", words(&repair)));
                let mut ways: Vec<_> = repair.or(release).into_iter().collect();
                ways.extend(jump.field().map(|key| Way::new(scene.enter(), format!("change {key}"))));
                entry(scene, body, focused, (CellSymbol::Fail, &problem.message), &[], &ways);
            }
            Jump::Finding(finding) => {
                let what = (mark(finding.severity), finding.summary.as_str());
                entry(scene, body, focused, what, &finding.hints, &ways(scene, finding));
                if focused && concerns_address(finding) {
                    body.lines.extend(reach::lines(scene, "o"));
                }
            }
            Jump::File(finding) => {
                let what = (mark(finding.severity), finding.summary.as_str());
                entry(scene, body, focused, what, &finding.hints, &ways_in_files(scene, jump, finding));
                body.push(scene.line(CellRole::Dim, format!("     {}", place(finding))));
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

fn concerns_address(finding: &Finding) -> bool {
    let addresses = [key::S3_ENDPOINT, key::S3_PRE_SIGNED_URL_OVERRIDE_HOST, key::AZURE_ACCOUNT_NAME];
    finding.settings.first().is_some_and(|key| addresses.contains(key))
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
    let place = finding.object.clone().unwrap_or_else(|| format!("{file}{line}"));
    format!("{place} · {}", stops(finding.severity))
}

fn entry(
    scene: &Scene<'_>,
    body: &mut PageBody,
    focused: bool,
    what: (CellSymbol, &str),
    hints: &[String],
    ways: &[Way],
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
    if focused {
        push_ways(scene, body, ways);
    }
}

/// An action on a finding: its key and its effect.
pub(super) struct Way {
    key: &'static str,
    words: String,
}

impl Way {
    pub(super) fn new(key: &'static str, words: impl Into<String>) -> Self {
        Self { key, words: words.into() }
    }
}

/// Draws the actions, the brightest line under a finding. An action is not broken over lines.
pub(super) fn push_ways(scene: &Scene<'_>, body: &mut PageBody, ways: &[Way]) {
    const INDENT: usize = 5;
    const GAP: usize = 4;
    let mut spans = Vec::new();
    let mut used = INDENT;
    // The last column shows the scroll position.
    let width = scene.width.saturating_sub(1);
    for way in ways {
        let words = text::fit(&way.words, width.saturating_sub(INDENT + 4));
        let columns = text::width(way.key) + 2 + text::width(&words);
        if used > INDENT && used + GAP + columns > width {
            body.push(Line::from(std::mem::take(&mut spans)));
            used = INDENT;
        }
        let gap = if used == INDENT { INDENT } else { GAP };
        spans.push(scene.span(CellRole::Focus, format!("{:gap$}{}", "", way.key)));
        spans.push(scene.span(CellRole::Title, format!("  {words}")));
        used += columns + if used == INDENT { 0 } else { GAP };
    }
    if !spans.is_empty() {
        body.push(Line::from(spans));
    }
}

/// Returns the actions for a finding of the checks.
fn ways(scene: &Scene<'_>, finding: &Finding) -> Vec<Way> {
    let offered = |action| scene.ui.offers(action, scene.state);
    let mut ways = Vec::new();
    ways.extend(finding.repairs().zip(["f", "2", "3"]).map(|(repair, key)| Way::new(key, words(repair))));
    let asked = finding.settings.iter().find(|key| step_of(key).is_some());
    ways.extend(asked.map(|key| Way::new(scene.enter(), format!("change {key}"))));
    if finding.silent && offered(Action::Longer) {
        ways.push(Way::new("l", "wait as long as Score does"));
    }
    if offered(Action::Policy) && finding.id.concerns_permissions() {
        ways.push(Way::new("a", "rights that the key needs"));
    }
    if offered(Action::Link) && finding.id == Id::P31 {
        // Only a client's machine can show whether clients reach the store.
        ways.push(Way::new("o", "try it from a client"));
    }
    ways.push(Way::new("e", "evidence"));
    ways
}

/// Says what a repair does, as an order.
pub(in crate::shell) fn words(repair: &Repair) -> String {
    match repair {
        Repair::CreateBucket { bucket } => format!("create {bucket}"),
        Repair::CreateContainer { container } => format!("create {container}"),
        Repair::PutSentinel { bucket, key } => format!("create {key} in {bucket}"),
        Repair::SetPolicy { name, before: None, .. } => format!("create {name}"),
        Repair::SetPolicy { name, .. } => format!("change {name} …"),
        Repair::AbortUploads { bucket, .. } => format!("add a rule to {bucket} …"),
        Repair::Answer { key, value } if value.is_empty() => format!("clear {key}"),
        Repair::Answer { key, value } => match setting(key).map(|setting| setting.kind) {
            Some(Kind::Text | Kind::Url | Kind::Bucket | Kind::Container) => format!("use {value}"),
            _ => format!("set {key} to {value}"),
        },
        Repair::Trim { .. } => "remove the spaces around it".to_owned(),
        Repair::Swap { one, other } => {
            let name = |key| setting(key).map_or(key, |setting| setting.label).to_lowercase();
            format!("swap {} and {}", name(one), name(other))
        }
    }
}

/// Returns the actions for a finding in a file.
fn ways_in_files(scene: &Scene<'_>, jump: &Jump, finding: &lint::FileFinding) -> Vec<Way> {
    let fix = match &finding.edits[..] {
        [] => None,
        [lint::Edit::Mode { mode, .. }] => Some(Way::new("f", format!("make it {mode:04o}"))),
        _ => Some(Way::new("f", "fix it")),
    };
    fix.into_iter().chain(jump.field().map(|key| Way::new(scene.enter(), format!("change {key}")))).collect()
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
