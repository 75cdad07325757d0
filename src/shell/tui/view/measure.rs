//! Draws the measurement of part sizes: the chart, the advice with its reasons, and a calculator for a file.

mod chart;

use ratatui::{Frame, layout::Rect, text::Line, widgets::Clear};

use super::scene::{Scene, scrolled};
use crate::{
    score::key,
    shell::{
        measured::{advice as advice_lines, calculator, cost, settings, throughput},
        tui::{text, theme::CellRole, ui::Popup},
    },
    store::tune::{
        Budget, Direction,
        advice::{Advice, waits},
        sampler::MOST_REQUESTS,
        words::seconds,
    },
    text::values::number::size,
    wizard::{Tuning, field::bytes},
};

/// The rows of the chart on a low screen, and on a high one.
const LOW: usize = 9;
const HIGH: usize = 14;

/// Draws the page if it is open, and returns the number of lines that do not fit.
pub(super) fn draw(frame: &mut Frame<'_>, scene: &Scene<'_>, area: Rect) -> Option<usize> {
    if scene.ui.popup != Some(Popup::Measure) {
        return None;
    }
    let lines = page(scene, area.width.into(), area.height.into());
    frame.render_widget(Clear, area);
    Some(scrolled(frame, scene.theme, lines, area, scene.ui.popup_scroll))
}

fn page(scene: &Scene<'_>, columns: usize, rows: usize) -> Vec<Line<'static>> {
    let Some(tuning) = &scene.state.tuning else { return before(scene, columns) };
    let advice = tuning.advice();
    let mut lines = Vec::new();
    let mut say = |role, said: &str| {
        lines.extend(
            text::wrap(said, columns.saturating_sub(4)).into_iter().map(|line| scene.line(role, format!("  {line}"))),
        );
    };
    say(CellRole::Dim, &headline(tuning));
    if let Some(failure) = tuning.measured.finished.as_ref().and_then(|finished| finished.failure.as_ref()) {
        say(CellRole::Fail, &format!("✗ Nothing was measured: {failure}."));
    }
    for leftover in tuning.measured.finished.iter().flat_map(|finished| &finished.leftovers) {
        say(CellRole::Warn, &format!("! Left over: {} in {}.", leftover.key, leftover.bucket));
    }
    let direction = advice.as_ref().map_or(Direction::Up, |advice| advice.direction);
    // Colour separates the lines of the chart, so without it the figures are a table.
    if scene.theme.colour && !tuning.measured.samples.is_empty() {
        let height = if rows > 24 { HIGH } else { LOW };
        lines.extend(chart::lines(scene, tuning, direction, advice.as_ref().ok(), columns, height));
    } else {
        lines.extend(tables(scene, tuning));
    }
    let mut paragraphs =
        advice_lines(&advice, waits(&tuning.measured).as_ref().filter(|_| scene.state.draft.api() == tuning.api()));
    let rest = paragraphs.split_off(1.min(paragraphs.len()));
    let mut say = |role, said: &str| {
        lines.extend(
            text::wrap(said, columns.saturating_sub(4)).into_iter().map(|line| scene.line(role, format!("  {line}"))),
        );
    };
    if advice.is_ok() || !tuning.going() {
        let role = if advice.is_ok() { CellRole::Ok } else { CellRole::Warn };
        for first in &paragraphs {
            say(role, first);
        }
        for reason in &rest {
            say(CellRole::Text, reason);
        }
    }
    lines.push(Line::default());
    lines.extend(file_lines(scene, tuning, advice.as_ref().ok()));
    if scene.theme.colour {
        lines.push(Line::default());
        lines.extend(tables(scene, tuning));
    }
    if let Ok(advice) = &advice {
        lines.push(scene.line(CellRole::Dim, "  In the file:"));
        for line in settings(advice, &tuning.measured.day) {
            lines.extend(
                text::wrap(&line, columns.saturating_sub(4))
                    .into_iter()
                    .map(|line| scene.line(CellRole::Dim, format!("  {line}"))),
            );
        }
    }
    lines
}

/// Returns the line of help below the page.
pub(super) fn help(scene: &Scene<'_>) -> (CellRole, String) {
    let said = match &scene.state.tuning {
        Some(tuning) if tuning.going() => "Nothing is written to a file. x stops, and removes what was sent.",
        Some(_) => {
            "Enter answers upload.partsize with the advice. Its reason becomes a comment above the line in the file."
        }
        None => "Nothing was sent yet.",
    };
    (CellRole::Dim, said.to_owned())
}

/// Says what a measurement does, before it begins.
fn before(scene: &Scene<'_>, columns: usize) -> Vec<Line<'static>> {
    let Budget { time, bytes } = Budget::default();
    let mut said = vec![
        (CellRole::Title, "Measure part sizes on this store".to_owned()),
        (
            CellRole::Text,
            format!(
                "Parts go up and come back as clients transfer them: at most {}, {} and {MOST_REQUESTS} requests. No upload is \
                 completed. Everything is removed afterwards.",
                seconds(time.as_secs_f64()),
                size(bytes)
            ),
        ),
    ];
    if scene.state.runs_now() {
        said.push((
            CellRole::Warn,
            "! A Score runs with this configuration. Its transfers will be slower meanwhile.".to_owned(),
        ));
    }
    said.push(match scene.state.store_to_tune() {
        Some(_) => (CellRole::Ok, "Enter begins.".to_owned()),
        None => (CellRole::Warn, "! The store must accept the keys first: run the checks.".to_owned()),
    });
    let mut lines = vec![Line::default()];
    for (role, text) in said {
        lines.extend(
            text::wrap(&text, columns.saturating_sub(4)).into_iter().map(|line| scene.line(role, format!("  {line}"))),
        );
        lines.push(Line::default());
    }
    lines
}

fn headline(tuning: &Tuning) -> String {
    let measured = &tuning.measured;
    if !tuning.going() {
        return format!("Measured on {}: {}.", measured.day, cost(measured));
    }
    let at = measured.samples.last().map_or(0.0, |sample| sample.at.as_secs_f64());
    format!(
        "Measuring: {} samples, {} of at most {}.",
        measured.samples.len(),
        seconds(at),
        seconds(tuning.budget.time.as_secs_f64())
    )
}

fn tables(scene: &Scene<'_>, tuning: &Tuning) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for direction in [Direction::Up, Direction::Down] {
        for (at, line) in throughput(&tuning.measured, direction).into_iter().enumerate() {
            let role = if at == 0 { CellRole::Dim } else { CellRole::Text };
            lines.push(scene.line(role, format!("  {line}")));
        }
    }
    if !lines.is_empty() {
        lines.push(Line::default());
    }
    lines
}

/// Returns the calculator: the consequences of each part size for the file that was typed.
fn file_lines(scene: &Scene<'_>, tuning: &Tuning, advice: Option<&Advice>) -> Vec<Line<'static>> {
    let file = scene.ui.file_size();
    let present = scene
        .state
        .draft
        .value(key::UPLOAD_PARTSIZE)
        .and_then(|value| bytes(&value))
        .and_then(|value| u64::try_from(value).ok());
    let sizes: Vec<u64> = present.into_iter().chain(advice.map(|advice| advice.part)).collect();
    let (title, rows) = calculator(tuning.api(), file, &sizes, advice);
    let hint = "type a number of GiB, or ← →";
    let mut lines = vec![
        Line::from(vec![
            scene.span(CellRole::Text, "  A file of "),
            scene.span(CellRole::Focus, size(file)),
            scene.span(CellRole::Dim, format!("   {hint}")),
        ]),
        scene.line(CellRole::Dim, format!("    {title}")),
    ];
    for (candidate, row) in rows {
        let advised = advice.is_some_and(|advice| advice.part == candidate.given);
        let now = if Some(candidate.given) == present { "  now" } else { "" };
        let (role, mark, word) = if advised { (CellRole::Ok, "▸", "  advised") } else { (CellRole::Text, " ", "") };
        lines.push(scene.line(role, format!("  {mark} {row}{word}{now}")));
    }
    lines
}
