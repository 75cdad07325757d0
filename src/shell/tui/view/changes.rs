//! Draws what can be changed in the opened deployment, each with its present value.

use ratatui::text::Line;

use super::{Scene, body::PageBody};
use crate::{
    shell::tui::{
        text,
        theme::{CellRole, CellSymbol},
        ui::ChangeRow,
    },
    text::values::counted,
    wizard::SettingsChange,
};

/// The column of the values.
const VALUES: usize = 14;

pub(super) fn body(scene: &Scene<'_>) -> PageBody {
    let rows = scene.ui.change_rows();
    let focused = scene.ui.focused_change();
    let mut body = PageBody::new((CellRole::Dim, help(focused).to_owned()));
    body.rows = rows.len();
    body.push(Line::default());
    body.push(scene.line(CellRole::Title, "   What do you want to change?"));
    body.push(Line::default());
    for row in rows {
        if row == ChangeRow::All {
            body.push(Line::default());
        }
        let start = body.lines.len();
        let (label, value) = words(scene, row);
        let (mark, role) = if row == focused { (" ▸ ", CellRole::Focus) } else { ("   ", CellRole::Text) };
        let said = if row == ChangeRow::Files { CellSymbol::Warn.role() } else { CellRole::Dim };
        body.push(Line::from(vec![
            scene.span(CellRole::Focus, mark),
            scene.span(role, text::pad(label, VALUES)),
            scene.span(said, text::fit(&value, scene.width.saturating_sub(VALUES + 4))),
        ]));
        if row == ChangeRow::Files {
            body.push(Line::default());
        }
        if row == focused {
            body.keep = Some(start..body.lines.len());
        }
    }
    body
}

fn words(scene: &Scene<'_>, row: ChangeRow) -> (&'static str, String) {
    match row {
        ChangeRow::Files => ("In the files", counted(scene.ui.cache.findings().len(), "finding")),
        ChangeRow::Change(change) => (change.label(scene.state), change.present(scene.state)),
        ChangeRow::All => ("All settings", "page by page".to_owned()),
    }
}

/// Returns what follows a choice, in one sentence.
fn help(row: ChangeRow) -> &'static str {
    match row {
        ChangeRow::Files => "Shows what is wrong in the files, and fixes it in the draft.",
        ChangeRow::Change(SettingsChange::Endpoint) => "Then the checks, and the review. Nothing is written before.",
        ChangeRow::Change(SettingsChange::Keys) => "The new keys are tried before anything is written.",
        ChangeRow::Change(SettingsChange::Buckets) => {
            "Stored objects stay where they are: Score looks only in the new place."
        }
        ChangeRow::Change(SettingsChange::PartSize) => {
            "It holds for new uploads. m measures which size is fast enough."
        }
        ChangeRow::Change(SettingsChange::Release) => "Carries the settings over to another release of Score.",
        ChangeRow::All => "Goes through all pages with Tab.",
    }
}
