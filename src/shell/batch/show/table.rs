//! Renders the rows as a table.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::{DeploymentValues, Fact};
use crate::{
    shell::values::{SourceEntry, ValueEntry},
    text::visible,
};

/// The width of a value in the table; the JSON document has the whole value.
const WIDEST: usize = 44;

pub(super) fn table(told: &DeploymentValues) -> String {
    let fact = |fact: &Option<Fact>, otherwise: &str| match fact {
        Some(Fact { what, by: Some(by) }) => format!("{what} (by {by})"),
        Some(Fact { what, by: None }) => format!("{what} ({otherwise})"),
        None => String::new(),
    };
    let by = told.profiles_by.as_ref().map(|source| format!(" ({})", source.words())).unwrap_or_default();
    let profiles = if told.profiles.is_empty() { "none".to_owned() } else { visible(&told.profiles.join(", ")) };
    let release = match &told.release {
        Some(_) => fact(&told.release, ""),
        None => format!("not known, one of {}; use --release to choose", told.possible.join(", ")),
    };
    let mut text = format!("release   {release}\n");
    let _ = writeln!(text, "start     {}", fact(&told.start, "not found, assuming the distribution"));
    let _ = writeln!(text, "profiles  {profiles}{by}");
    for note in &told.notes {
        let _ = writeln!(text, "note: {}", visible(note));
    }
    // The cells are made twice, because a file may have many values.
    let mut widths = [0; 3];
    for row in told.values.iter().map(ValueEntry::cells) {
        for (width, cell) in widths.iter_mut().zip(&row) {
            *width = cell.width().max(*width);
        }
    }
    let mut part = None;
    for value in &told.values {
        if part.replace(value.known) != Some(value.known) {
            let of = if value.known { "read for storage and start" } else { "also set" };
            let _ = writeln!(text, "\n{of}");
        }
        let mut line = String::new();
        let row = value.cells();
        for (cell, width) in row.iter().zip(widths) {
            line += cell;
            line += &" ".repeat((width + 2).saturating_sub(cell.width()));
        }
        line += &row[3];
        text += line.trim_end();
        text += "\n";
    }
    text
}

impl ValueEntry {
    fn cells(&self) -> [String; 4] {
        let mut value = self.text.clone();
        if let Some(source) = &self.unknown {
            let _ = write!(value, "unknown here: {source}");
        }
        if let Some(resolved) = &self.resolved {
            let _ = write!(value, " = {resolved}");
        }
        if value.chars().count() > WIDEST {
            value = value.chars().take(WIDEST - 1).chain(['…']).collect();
        }
        let over: Vec<String> = self.overrides.iter().map(SourceEntry::words).collect();
        let over = if over.is_empty() { String::new() } else { format!("over {}", over.join("; ")) };
        let mut key = self.key.clone();
        if !self.releases.is_empty() {
            let _ = write!(key, " (if {})", self.releases.join(", "));
        }
        [key, value, self.source.words(), over].map(|cell| visible(&cell))
    }
}
