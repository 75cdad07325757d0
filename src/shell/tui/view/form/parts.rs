//! Shows the meaning of a part size: its position between the smallest and the largest, and the parts of files of three
//! sizes.

use ratatui::text::{Line, Span};

use super::lines::{room, value_at};
use crate::{
    score::{Setting, part_sizes},
    shell::tui::{theme::CellRole, view::Scene},
    wizard::field::{bytes, plain, size_text, stops},
};

/// Returns the size that is answered, if it is right.
pub(super) fn size(scene: &Scene<'_>, setting: &'static Setting) -> Option<i64> {
    if scene.ui.cache.problems().iter().any(|problem| problem.settings.contains(&setting.key)) {
        return None;
    }
    let answer = scene.state.draft.answer(setting)?;
    bytes(plain(&answer.text)?.trim())
}

/// Draws the slider. Sizes double from stop to stop, so it is logarithmic.
pub(super) fn slider(scene: &Scene<'_>, min: i64, max: i64, size: i64) -> Line<'static> {
    let max = stops(min, max).last().copied().unwrap_or(max);
    let (low, high) = (size_text(min), size_text(max));
    let columns = room(scene).saturating_sub(low.len() + high.len() + 2).clamp(4, 44);
    #[expect(clippy::cast_precision_loss, reason = "a place on a slider")]
    let place = {
        let log = |size: i64| (size.clamp(min, max).max(1) as f64).ln();
        let span = (log(max) - log(min)).max(f64::EPSILON);
        (log(size) - log(min)) / span * (columns - 1) as f64
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between zero and columns")]
    let at = (place.round() as usize).min(columns - 1);
    Line::from(vec![
        Span::raw(" ".repeat(value_at(scene))),
        scene.span(CellRole::Dim, format!("{low} {}", "─".repeat(at))),
        scene.span(CellRole::Focus, "●"),
        scene.span(CellRole::Dim, format!("{} {high}", "─".repeat(columns - 1 - at))),
    ])
}

/// Returns a table with the parts of files of three sizes.
pub(super) fn table(scene: &Scene<'_>, size: i64) -> Vec<Line<'static>> {
    const GIB: u64 = 1 << 30;
    let Ok(size) = u64::try_from(size) else { return Vec::new() };
    let row = |cells: [String; 4]| {
        let [file, count, part, memory] = cells;
        format!("   {file:>10}  {count:>8}  {part:>16}  {memory:>16}")
    };
    let titles = ["a file of", "parts", "size of a part", "client memory"].map(str::to_owned);
    let mut lines = vec![scene.line(CellRole::Dim, row(titles))];
    for length in [GIB, 100 * GIB, 5 * 1024 * GIB] {
        let parts = part_sizes::parts(size, length);
        let memory = part_sizes::client_memory(parts.size, part_sizes::CLIENT_THREADS);
        let cells = [about(length), grouped(parts.count), about(parts.size), about(memory)];
        lines.push(scene.line(CellRole::Text, row(cells)));
    }
    if size < part_sizes::SMALLEST {
        lines.push(
            scene.line(
                CellRole::Warn,
                format!("   ! Score raises smaller part sizes to {}.", about(part_sizes::SMALLEST)),
            ),
        );
    }
    lines
}

/// Returns the table for Azure, where the part size affects downloads only.
pub(super) fn download_table(scene: &Scene<'_>, size: i64) -> Vec<Line<'static>> {
    const GIB: u64 = 1 << 30;
    let Some(size) = u64::try_from(size).ok().filter(|size| *size > 0) else { return Vec::new() };
    let row = |file: &str, parts: &str| format!("   {file:>10}  {parts:>18}");
    let mut lines = vec![scene.line(CellRole::Dim, row("a file of", "parts to download"))];
    for length in [GIB, 100 * GIB, 4 * 1024 * GIB] {
        let parts = grouped(part_sizes::download_parts(size, length));
        lines.push(scene.line(CellRole::Text, row(&about(length), &parts)));
    }
    lines
}

/// Formats a size with one decimal: `524.3 MiB`.
fn about(bytes: u64) -> String {
    let units = [(1_u64 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    for (unit, name) in units {
        if bytes >= unit {
            let tenths = bytes.saturating_mul(10) / unit;
            let fraction = if tenths.is_multiple_of(10) { String::new() } else { format!(".{}", tenths % 10) };
            return format!("{}{fraction} {name}", tenths / 10);
        }
    }
    format!("{bytes} B")
}

/// Formats a number with groups of three digits: `10 000`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}
