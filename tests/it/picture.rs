//! Draws pictures of screens: cells to SVG on an exact grid, so that lines join. Written for the README if
//! `SCORE_SETUP_PICTURES` contains a folder.

use std::{fmt::Write as _, path::PathBuf};

use ratatui::{
    buffer::Buffer,
    style::{Color, Modifier},
};

/// One cell with its look.
#[derive(Clone, PartialEq)]
pub(crate) struct Look {
    pub(crate) text: String,
    /// One of the sixteen colours of a terminal.
    pub(crate) colour: Option<u8>,
    pub(crate) bold: bool,
    pub(crate) dim: bool,
}

const PAPER: &str = "#1e2127";
const INK: &str = "#d7dae0";
const DIM: &str = "#7f8796";
#[rustfmt::skip]
const COLOURS: [&str; 16] = [
    "#1e2127", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d7dae0",
    "#7f8796", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#ffffff",
];
const WIDTH: f64 = 8.43;
const HEIGHT: f64 = 18.0;
const MARGIN: f64 = 14.0;

/// Draws a grid of cells.
pub(crate) fn svg(rows: &[Vec<Look>]) -> String {
    let columns = u32::try_from(rows.iter().map(Vec::len).max().unwrap_or(0)).unwrap();
    let height = f64::from(u32::try_from(rows.len()).unwrap()) * HEIGHT + 2.0 * MARGIN;
    let width = f64::from(columns) * WIDTH + 2.0 * MARGIN;
    let mut svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' width='{width:.0}' height='{height:.0}' \
         font-family='DejaVu Sans Mono,Menlo,Consolas,monospace' font-size='14'>\n\
         <rect width='100%' height='100%' rx='8' fill='{PAPER}'/>\n"
    );
    for (y, row) in rows.iter().enumerate() {
        let baseline = MARGIN + f64::from(u32::try_from(y).unwrap()) * HEIGHT + 13.5;
        let mut x = 0;
        while x < row.len() {
            // Neighbouring cells with the same look are one text, which keeps the file small. A space fits every look.
            let like = |cell: &Look| (cell.colour, cell.bold, cell.dim) == (row[x].colour, row[x].bold, row[x].dim);
            let end = (x..row.len()).find(|at| !like(&row[*at])).unwrap_or(row.len());
            for (at, word) in words(&row[x..end]) {
                let left = MARGIN + f64::from(u32::try_from(x + at).unwrap()) * WIDTH;
                let fill = row[x].colour.map_or(if row[x].dim { DIM } else { INK }, |at| COLOURS[usize::from(at % 16)]);
                let weight = if row[x].bold { " font-weight='bold'" } else { "" };
                let word = word.replace('&', "&amp;").replace('<', "&lt;");
                writeln!(svg, "<text x='{left:.1}' y='{baseline:.1}' fill='{fill}'{weight}>{word}</text>").unwrap();
            }
            x = end;
        }
    }
    svg + "</svg>\n"
}

/// Returns the words in a run of cells, each with its first column. Renderers treat spaces differently.
fn words(cells: &[Look]) -> Vec<(usize, String)> {
    let mut words: Vec<(usize, String)> = Vec::new();
    let mut inside = false;
    for (at, cell) in cells.iter().enumerate() {
        let blank = cell.text.trim().is_empty();
        match words.last_mut().filter(|_| inside && !blank) {
            Some((_, word)) => word.push_str(&cell.text),
            None if !blank => words.push((at, cell.text.clone())),
            None => {}
        }
        inside = !blank;
    }
    words
}

/// Returns the cells of a buffer that was drawn without a terminal.
pub(crate) fn of_buffer(buffer: &Buffer) -> Vec<Vec<Look>> {
    let colour = |colour| match colour {
        Color::Red => Some(1),
        Color::Green => Some(2),
        Color::Yellow => Some(3),
        Color::Cyan => Some(6),
        _ => None,
    };
    let cells: Vec<_> = buffer
        .content
        .iter()
        .map(|cell| Look {
            text: cell.symbol().to_owned(),
            colour: colour(cell.fg),
            bold: cell.modifier.contains(Modifier::BOLD),
            dim: cell.modifier.contains(Modifier::DIM),
        })
        .collect();
    cells.chunks(usize::from(buffer.area.width).max(1)).map(<[Look]>::to_vec).collect()
}

/// Returns the cells of a real terminal's screen.
pub(crate) fn of_screen(screen: &vt100::Screen) -> Vec<Vec<Look>> {
    let (rows, columns) = screen.size();
    let look = |row, column| {
        let cell = screen.cell(row, column);
        let colour = cell.and_then(|cell| match cell.fgcolor() {
            vt100::Color::Idx(at) if at < 16 => Some(at),
            _ => None,
        });
        Look {
            text: cell.map(vt100::Cell::contents).filter(|text| !text.is_empty()).unwrap_or(" ").to_owned(),
            colour,
            bold: cell.is_some_and(vt100::Cell::bold),
            dim: cell.is_some_and(vt100::Cell::dim),
        }
    };
    (0..rows.get()).map(|row| (0..columns.get()).map(|column| look(row, column)).collect()).collect()
}

/// Returns the folder for pictures, if `SCORE_SETUP_PICTURES` names one.
pub(crate) fn folder() -> Option<PathBuf> {
    std::env::var_os("SCORE_SETUP_PICTURES").map(PathBuf::from)
}

/// Saves the picture if there is a folder for it.
pub(crate) fn keep(name: &str, rows: &[Vec<Look>]) {
    if let Some(folder) = folder() {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name).with_extension("svg"), svg(rows)).unwrap();
    }
}
