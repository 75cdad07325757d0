//! Draws who reaches the store: Score, as tried from this machine, and clients, which only their machines can tell.

use ratatui::text::{Line, Span};

use super::scene::Scene;
use crate::{
    shell::tui::{
        keys::Action,
        text,
        theme::{CellRole, CellSymbol},
    },
    wizard::verdicts::{Certainty, Reach, reach},
};

/// Returns two lines: who, a mark on a line to the address, and what is known. Returns none without an address.
pub(super) fn lines(scene: &Scene<'_>, link: &str) -> Vec<Line<'static>> {
    let Some(reach) = reach(scene.state) else { return Vec::new() };
    let [score, clients] = &reach;
    let score_name = if scene.width < 78 { "Score, from here" } else { "Score, tried from here" };
    let address = reach.iter().map(|reach| text::width(&reach.address)).max().unwrap_or(0);
    let offered = scene.ui.offers(Action::Link, scene.state);
    let link = offered.then(|| scene.span(CellRole::Focus, format!("   {link} to try from there")));
    vec![line(scene, score_name, score, address, None), line(scene, "Clients", clients, address, link)]
}

fn line(scene: &Scene<'_>, who: &str, reach: &Reach, address: usize, link: Option<Span<'static>>) -> Line<'static> {
    let mark = symbol(reach.certainty);
    let who = text::pad(who, if scene.width < 78 { 16 } else { 23 });
    let address = text::pad(&reach.address, address.min(scene.width.saturating_sub(37)));
    let mut spans = vec![
        scene.span(CellRole::Text, format!("   {who} ")),
        scene.span(CellRole::Dim, "──"),
        scene.span(mark.role(), mark.symbol()),
        scene.span(CellRole::Dim, "──  "),
        scene.span(CellRole::Text, address),
    ];
    if !reach.said.is_empty() {
        spans.push(scene.span(CellRole::Title, format!("   {}", reach.said)));
    }
    spans.extend(link);
    let mut room = scene.width;
    spans.retain(|span| {
        let fits = span.width() <= room;
        room = room.saturating_sub(span.width());
        fits
    });
    Line::from(spans)
}

/// Returns the symbol of a verdict.
pub(super) fn symbol(certainty: Certainty) -> CellSymbol {
    match certainty {
        Certainty::Good => CellSymbol::Ok,
        Certainty::Warned => CellSymbol::Warn,
        Certainty::Bad => CellSymbol::Fail,
        Certainty::Unknown => CellSymbol::Unknown,
        Certainty::Open => CellSymbol::Open,
    }
}
