//! Places lines under the fields of a page.

use std::time::Duration;

use ratatui::text::{Line, Span};

use crate::shell::tui::{
    text,
    theme::{CellRole, CellSymbol},
    view::Scene,
};

/// Returns the column at which values begin: after the longest label of the page.
pub(super) fn value_at(scene: &Scene<'_>) -> usize {
    let labels = scene.ui.fields(scene.state).iter().map(|field| text::width(field.label()));
    (labels.max().unwrap_or(0) + 5).clamp(17, 30)
}

/// Returns the number of columns for a value.
pub(crate) fn room(scene: &Scene<'_>) -> usize {
    scene.width.saturating_sub(value_at(scene) + 1).max(1)
}

/// Returns a line under a field.
pub(crate) fn note(scene: &Scene<'_>, role: CellRole, said: &str) -> Line<'static> {
    Line::from(vec![Span::raw(" ".repeat(value_at(scene))), scene.span(role, said.to_owned())])
}

/// Returns lines under a field that begin with a symbol.
pub(super) fn marked(scene: &Scene<'_>, mark: CellSymbol, said: &str) -> Vec<Line<'static>> {
    let lines = text::wrap(said, room(scene).saturating_sub(2)).into_iter().enumerate();
    lines
        .map(|(at, line)| {
            Line::from(vec![
                Span::raw(" ".repeat(value_at(scene))),
                scene.span(mark.role(), if at == 0 { mark.symbol() } else { " " }),
                scene.span(if mark == CellSymbol::Ok { CellRole::Text } else { mark.role() }, format!(" {line}")),
            ])
        })
        .collect()
}

/// Formats a duration: `3 ms`, `1.2 s`.
pub(crate) fn duration(elapsed: Duration) -> String {
    if elapsed < Duration::from_secs(1) {
        format!("{} ms", elapsed.as_millis())
    } else {
        format!("{:.1} s", elapsed.as_secs_f64())
    }
}
