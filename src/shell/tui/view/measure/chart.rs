//! Draws throughput over part size: a curve of the model for each number of connections, the measured points on it, and
//! the advised size. The axis of the sizes is logarithmic.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    symbols::Marker,
    text::{Line, Span},
    widgets::{
        Widget,
        canvas::{Canvas, Line as Segment},
    },
};

use super::super::scene::{Scene, clip};
use crate::{
    shell::{measured::usual_connections, tui::theme::CellRole},
    store::tune::{
        Direction, Measurements,
        advice::Advice,
        model::{float, whole},
        words::{connections, speed},
    },
    text::values::number::size,
    wizard::Tuning,
};

/// The columns for the throughput, left of the axis.
const LABEL: usize = 11;
/// The columns of a label below the axis.
const TICK: usize = 10;

/// The look of one number of connections: fewer than usual, the usual number, more.
fn look(number: u32) -> (CellRole, &'static str) {
    match number.cmp(&usual_connections()) {
        std::cmp::Ordering::Less => (CellRole::Warn, "○"),
        std::cmp::Ordering::Equal => (CellRole::Focus, "●"),
        std::cmp::Ordering::Greater => (CellRole::Text, "×"),
    }
}

/// The edges of the chart.
struct Edges {
    /// Powers of two.
    smallest: f64,
    largest: f64,
    /// Bytes per second.
    fastest: f64,
}

impl Edges {
    fn of(measured: &Measurements, direction: Direction, advice: Option<&Advice>) -> Option<Self> {
        let parts = measured.parts(direction);
        let smallest = float(*parts.first()?).log2().floor();
        let advised = advice.map_or(0, |advice| advice.part.saturating_mul(2));
        let largest = float((*parts.last()?).max(advised)).log2().ceil().max(smallest + 1.0);
        let points = measured.connections(direction).into_iter().flat_map(|number| {
            let fitted = measured.fit(direction, number).map(|fit| fit.throughput(whole(largest.exp2()), number));
            let seen = parts.iter().filter_map(move |part| measured.throughput(direction, *part, number));
            seen.chain(fitted).collect::<Vec<_>>()
        });
        let fastest = points.fold(0.0, f64::max);
        (fastest > 0.0).then_some(Self { smallest, largest, fastest: fastest * 1.05 })
    }

    /// Returns the height of the row that shows this throughput. A canvas places text by rows, and lines by quarters of
    /// a row.
    fn row(&self, throughput: f64, rows: usize) -> f64 {
        let rows = float(rows as u64);
        let row = ((1.0 - throughput / self.fastest) * rows).floor().clamp(0.0, rows - 1.0);
        (self.fastest * (1.0 - (row + 0.01) / (rows - 1.0).max(1.0))).max(0.0)
    }
}

/// Returns the chart as lines: the plot, its axis, and a legend.
pub(super) fn lines(
    scene: &Scene<'_>,
    tuning: &Tuning,
    direction: Direction,
    advice: Option<&Advice>,
    columns: usize,
    rows: usize,
) -> Vec<Line<'static>> {
    let measured = &tuning.measured;
    let Some(edges) = Edges::of(measured, direction, advice) else { return Vec::new() };
    let width = columns.saturating_sub(LABEL + 3).max(20);
    let area = Rect::new(0, 0, clip(width), clip(rows));
    let mut buffer = Buffer::empty(area);
    plot(scene, measured, direction, advice, &edges, (width, rows)).render(area, &mut buffer);
    let mut lines: Vec<Line<'static>> = (0..rows)
        .map(|row| {
            let label = match row {
                0 => speed(edges.fastest),
                _ if row == rows / 2 => speed(edges.fastest / 2.0),
                _ => String::new(),
            };
            let mut spans = vec![scene.span(CellRole::Dim, format!("{label:>LABEL$} │"))];
            spans.extend(cells(&buffer, row, width));
            Line::from(spans)
        })
        .collect();
    lines.push(scene.line(CellRole::Dim, format!("{:>LABEL$} └{}", "0", "─".repeat(width))));
    lines.push(ticks(scene, &edges, advice, width));
    lines.push(legend(scene, measured, direction, advice));
    lines
}

fn plot<'a>(
    scene: &'a Scene<'_>,
    measured: &'a Measurements,
    direction: Direction,
    advice: Option<&'a Advice>,
    edges: &'a Edges,
    (width, rows): (usize, usize),
) -> Canvas<'a, impl Fn(&mut ratatui::widgets::canvas::Context<'_>) + 'a> {
    let marker = if scene.theme.unicode { Marker::Braille } else { Marker::Dot };
    Canvas::default().marker(marker).x_bounds([edges.smallest, edges.largest]).y_bounds([0.0, edges.fastest]).paint(
        move |canvas| {
            let colour = |role| scene.theme.style(role).fg.unwrap_or_default();
            if let Some(advice) = advice {
                let x = float(advice.part).log2();
                canvas.draw(&Segment { x1: x, y1: 0.0, x2: x, y2: edges.fastest, color: colour(CellRole::Ok) });
                canvas.layer();
            }
            for number in measured.connections(direction) {
                let (role, mark) = look(number);
                if let Some(fit) = measured.fit(direction, number) {
                    let steps = u32::try_from(width).unwrap_or(80);
                    let at = |step: u32| {
                        let x = edges.smallest + (edges.largest - edges.smallest) * f64::from(step) / f64::from(steps);
                        (x, fit.throughput(whole(x.exp2()), number).min(edges.fastest))
                    };
                    for step in 0..steps {
                        let ((x1, y1), (x2, y2)) = (at(step), at(step + 1));
                        canvas.draw(&Segment { x1, y1, x2, y2, color: colour(role) });
                    }
                }
                canvas.layer();
                for part in measured.parts(direction) {
                    if let Some(seen) = measured.throughput(direction, part, number) {
                        let mark = Span::styled(mark, scene.theme.style(role));
                        canvas.print(float(part).log2(), edges.row(seen, rows), Line::from(mark));
                    }
                }
            }
        },
    )
}

/// Returns a row of the plot. Neighbours of one style are one span.
fn cells(buffer: &Buffer, row: usize, width: usize) -> Vec<Span<'static>> {
    let mut spans: Vec<Span<'static>> = Vec::new();
    for column in 0..width {
        let Some(cell) = buffer.cell((clip(column), clip(row))) else { continue };
        let style = Style::new().fg(cell.fg).add_modifier(cell.modifier);
        match spans.last_mut().filter(|last| last.style == style) {
            Some(last) => last.content.to_mut().push_str(cell.symbol()),
            None => spans.push(Span::styled(cell.symbol().to_owned(), style)),
        }
    }
    spans
}

/// Returns the sizes below the axis, and the advised one in its own style.
fn ticks(scene: &Scene<'_>, edges: &Edges, advice: Option<&Advice>, width: usize) -> Line<'static> {
    let place = |power: f64| {
        let share = (power - edges.smallest) / (edges.largest - edges.smallest);
        usize::try_from(whole(share * float(width.saturating_sub(1) as u64))).unwrap_or(0)
    };
    let mut marks: Vec<(usize, String, CellRole)> = Vec::new();
    if let Some(advice) = advice {
        marks.push((place(float(advice.part).log2()), size(advice.part), CellRole::Ok));
    }
    let mut power = edges.smallest;
    while power <= edges.largest {
        let (at, label) = (place(power), size(whole(power.exp2())));
        if marks.iter().all(|(other, ..)| other.abs_diff(at) >= TICK) && at + label.len() <= width + 2 {
            marks.push((at, label, CellRole::Dim));
        }
        power += 1.0;
    }
    marks.sort_by_key(|(at, ..)| *at);
    let mut spans = vec![Span::raw(" ".repeat(LABEL + 2))];
    let mut used = 0;
    for (at, label, role) in marks {
        // A label is centred below its place.
        let start = at.saturating_sub(label.len() / 2).max(used);
        spans.push(Span::raw(" ".repeat(start - used)));
        used = start + label.len();
        spans.push(scene.span(role, label));
    }
    Line::from(spans)
}

fn legend(scene: &Scene<'_>, measured: &Measurements, direction: Direction, advice: Option<&Advice>) -> Line<'static> {
    let mut spans = vec![scene.span(CellRole::Dim, format!("{:>LABEL$}   ", direction.words()))];
    for number in measured.connections(direction) {
        let (role, mark) = look(number);
        spans.push(scene.span(role, mark));
        spans.push(scene.span(CellRole::Dim, format!(" {}   ", connections(number))));
    }
    if advice.is_some() {
        spans.push(scene.span(CellRole::Ok, "│"));
        spans.push(scene.span(CellRole::Dim, " advised"));
    }
    Line::from(spans)
}
