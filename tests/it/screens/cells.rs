//! Formats a drawn screen as text, and below it the role of each cell.

use ratatui::{buffer::Buffer, layout::Rect, style::Color};
use score_setup::shell::tui::theme::CellRole;

use super::stage::COLOUR;

/// Cuts an area out of a screen.
pub(super) fn cut(buffer: &Buffer, area: Rect) -> Buffer {
    Buffer { area, content: area.positions().map(|at| buffer[at].clone()).collect() }
}

pub(super) fn text(buffer: &Buffer) -> String {
    lines(buffer, |at| buffer.content[at].symbol().to_owned())
}

/// Returns one letter a cell: d dim, T title, F focus, o ok, w warn, x fail.
pub(super) fn roles(buffer: &Buffer) -> String {
    let letters = [
        (CellRole::Dim, 'd'),
        (CellRole::Title, 'T'),
        (CellRole::Focus, 'F'),
        (CellRole::Ok, 'o'),
        (CellRole::Warn, 'w'),
        (CellRole::Fail, 'x'),
    ];
    lines(buffer, |at| {
        let cell = &buffer.content[at];
        let role = letters.iter().find(|(role, _)| {
            let style = COLOUR.style(*role);
            style.fg.unwrap_or(Color::Reset) == cell.fg && style.add_modifier == cell.modifier
        });
        role.filter(|_| cell.symbol() != " ").map_or(" ".to_owned(), |(_, letter)| letter.to_string())
    })
}

fn lines(buffer: &Buffer, cell: impl Fn(usize) -> String) -> String {
    let width = usize::from(buffer.area.width);
    let rows = (0..usize::from(buffer.area.height)).map(|row| {
        let line: String = (row * width..(row + 1) * width).map(&cell).collect();
        format!("{}\n", line.trim_end())
    });
    rows.collect()
}
