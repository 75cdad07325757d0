//! Draws the list of providers, narrowed by the filter, with notes on the focused one.

use ratatui::text::Line;

use super::{Scene, body::Body};
use crate::{
    score::Provider,
    shell::tui::{field::offered_providers, text, theme::Role},
};

pub(super) fn body(scene: &Scene<'_>) -> Body {
    let filter = scene.ui.input.value();
    let offers = offered_providers(filter);
    let mut body = Body::new((Role::Dim, "Type to narrow the list; Enter takes the marked one.".into()));
    body.rows = offers.len();
    body.push(Line::default());
    body.push(Line::from(vec![
        scene.span(Role::Text, "   Where are the objects kept?   "),
        scene.span(Role::Focus, filter.to_owned()),
    ]));
    body.cursor = Some((33 + scene.ui.input.visual_cursor(), 1));
    body.push(Line::default());
    let at = scene.ui.row.min(offers.len().saturating_sub(1));
    for (row, offer) in offers.iter().enumerate() {
        let start = body.lines.len();
        push_offer(scene, &mut body, offer, row == at);
        if row == at {
            body.keep = Some(start..body.lines.len());
        }
        if scene.height > 3 * offers.len() + 8 {
            body.gap();
        }
    }
    match offers.get(at) {
        None => body.push(scene.line(Role::Warn, "   ! Nothing fits. Any other S3-compatible store is \"other\".")),
        Some(offer) => push_notes(scene, &mut body, offer),
    }
    body
}

fn push_offer(scene: &Scene<'_>, body: &mut Body, offer: &Provider, focused: bool) {
    let chosen = scene.state.draft.provider == Some(provider_static(offer));
    let (mark, role) = if focused { (" ▸ ", Role::Focus) } else { ("   ", Role::Text) };
    body.push(Line::from(vec![
        scene.span(role, mark),
        scene.span(role, offer.name.clone()),
        scene.span(Role::Ok, if chosen { "  ✓ chosen" } else { "" }),
    ]));
    for line in text::wrap(&offer.summary, scene.width.saturating_sub(8)) {
        body.push(scene.line(Role::Dim, format!("     {line}")));
    }
}

fn push_notes(scene: &Scene<'_>, body: &mut Body, offer: &Provider) {
    body.gap();
    let refused = scene.state.draft.release.and_then(|release| offer.refused_by(release));
    let notes =
        refused.iter().map(|said| (Role::Fail, "✗", said)).chain(offer.notes.iter().map(|n| (Role::Dim, "·", n)));
    for (role, mark, note) in notes {
        for (at, line) in text::wrap(note, scene.width.saturating_sub(8)).into_iter().enumerate() {
            body.push(scene.line(role, format!("   {} {line}", if at == 0 { mark } else { " " })));
        }
    }
}

/// Returns the preset with the same id. Presets live as long as the program.
fn provider_static(offer: &Provider) -> &'static Provider {
    crate::score::provider::provider(&offer.id).unwrap_or_else(|| unreachable!("offers are presets"))
}
