//! Draws the list of providers, narrowed by the filter, with notes on the focused one.

use ratatui::text::Line;

use super::{Scene, body::PageBody};
use crate::{
    score::{Provider, provider::fallback},
    shell::tui::{text, theme::CellRole},
    wizard::field::offered_providers,
};

pub(super) fn body(scene: &Scene<'_>) -> PageBody {
    let filter = scene.ui.input.value();
    let offers = offered_providers(filter);
    let mut body = PageBody::new((CellRole::Dim, "Type a part of the name. Enter chooses the marked provider.".into()));
    body.rows = offers.len();
    body.push(Line::default());
    body.push(Line::from(vec![
        scene.span(CellRole::Text, "   Which store keeps the files?  "),
        scene.span(CellRole::Focus, filter.to_owned()),
    ]));
    body.cursor = Some((33 + scene.ui.input.visual_cursor(), 1));
    body.push(Line::default());
    let at = scene.ui.row.min(offers.len().saturating_sub(1));
    for (row, offer) in offers.iter().enumerate() {
        // The question stays in view above the first row.
        let start = if row == 0 { 0 } else { body.lines.len() };
        push_offer(scene, &mut body, offer, row == at);
        if row == at {
            push_notes(scene, &mut body, offer);
            body.keep = Some(start..body.lines.len());
        }
    }
    if offers.is_empty() {
        let other = fallback().map(|other| other.id.as_str()).unwrap_or_default();
        let said = format!("   ! No provider contains this text. For other S3-compatible stores, choose \"{other}\".");
        body.push(scene.line(CellRole::Warn, said));
    }
    body
}

fn push_offer(scene: &Scene<'_>, body: &mut PageBody, offer: &'static Provider, focused: bool) {
    let chosen = scene.state.draft.provider == Some(offer);
    let (mark, role) = match (focused, offer.unusable()) {
        (true, _) => (" ▸ ", CellRole::Focus),
        (false, None) => ("   ", CellRole::Text),
        (false, Some(_)) => ("   ", CellRole::Dim),
    };
    body.push(Line::from(vec![
        scene.span(role, mark),
        scene.span(role, offer.name.clone()),
        scene.span(CellRole::Ok, if chosen { "  ✓ chosen" } else { "" }),
    ]));
}

/// Adds what to know about the provider in focus, under its name.
fn push_notes(scene: &Scene<'_>, body: &mut PageBody, offer: &Provider) {
    for line in text::wrap(&offer.summary, scene.width.saturating_sub(8)) {
        body.push(scene.line(CellRole::Dim, format!("     {line}")));
    }
    let refused = offer.unusable().or_else(|| offer.refused_by(scene.state.draft.release?));
    let notes = refused
        .iter()
        .map(|said| (CellRole::Fail, "✗", said))
        .chain(offer.notes.iter().map(|n| (CellRole::Dim, "·", n)));
    for (role, mark, note) in notes {
        for (at, line) in text::wrap(note, scene.width.saturating_sub(10)).into_iter().enumerate() {
            body.push(scene.line(role, format!("     {} {line}", if at == 0 { mark } else { " " })));
        }
        if role == CellRole::Fail
            && let Some((_, release)) = scene.ui.release_repair(scene.state)
        {
            body.push(scene.line(CellRole::Focus, format!("       ^F  set up Score {release} instead")));
        }
    }
}
