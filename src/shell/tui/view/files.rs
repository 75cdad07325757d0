//! Draws the findings in the files of the opened deployment. They need no network.

use ratatui::text::Line;

use super::{Scene, body::PageBody, findings};
use crate::{
    score::Severity,
    shell::tui::{
        text,
        theme::{CellRole, CellSymbol},
    },
};

pub(super) fn body(scene: &Scene<'_>) -> PageBody {
    let found = scene.ui.cache.findings();
    let mut body = PageBody::new(summary(scene));
    body.rows = scene.ui.jumps(scene.state).len();
    body.push(Line::default());
    let title = if found.is_empty() {
        scene.line(CellRole::Ok, "   ✓ Nothing is wrong in the files.")
    } else {
        scene.line(CellRole::Title, "   In the files")
    };
    body.push(title);
    findings::push(scene, &mut body, scene.ui.jumps(scene.state));
    push_fixed(scene, &mut body);
    body.tighten(scene.height);
    body
}

/// Draws what was fixed in the draft, and that nothing is written yet.
fn push_fixed(scene: &Scene<'_>, body: &mut PageBody) {
    if scene.state.fixed.is_none() {
        return;
    }
    let fixed = scene.ui.cache.fixed();
    body.gap();
    let said = format!("   {} changed in the draft, nothing written. The review shows the changes.", fixed.len());
    body.push(scene.line(CellRole::Title, text::fit(&said, scene.width)));
    for summary in fixed {
        body.push(Line::from(vec![
            scene.span(CellSymbol::Ok.role(), format!("   {} ", CellSymbol::Ok.symbol())),
            scene.span(CellRole::Dim, text::fit(summary, scene.width.saturating_sub(6))),
        ]));
    }
}

/// Returns the summary: how many findings stop something, and how many can be fixed without an answer.
fn summary(scene: &Scene<'_>) -> (CellRole, String) {
    let found = scene.ui.cache.findings();
    let notes = found.iter().filter(|finding| finding.severity == Severity::Note).count();
    let stopping = found.len() - notes;
    let mut parts = Vec::new();
    if stopping > 0 {
        parts.push(format!("{stopping} to fix"));
    }
    if notes > 0 {
        parts.push(format!("{notes} {}", if notes == 1 { "note" } else { "notes" }));
    }
    let alone = scene.ui.fixable().len();
    if alone > 0 {
        parts.push(format!("F fixes {alone} of them"));
    }
    let role = if stopping > 0 { CellRole::Warn } else { CellRole::Dim };
    (role, parts.join(" · "))
}
