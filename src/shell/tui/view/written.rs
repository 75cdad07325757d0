//! Draws the last page: the written files, the backup, the next steps, and the commands.

use ratatui::text::Line;

use super::{Scene, body::PageBody};
use crate::{
    shell::tui::{
        text,
        theme::{CellRole, CellSymbol},
        ui::{Left, beside, left},
    },
    wizard::{NextStep, proposal::Written},
};

pub(super) fn body(scene: &Scene<'_>) -> PageBody {
    let mut body =
        PageBody::new((CellRole::Ok, "The files are written. The list has the next steps and the commands.".into()));
    let rows = left(scene.state);
    body.rows = rows.len();
    body.push(Line::default());
    let at = scene.ui.row.min(rows.len().saturating_sub(1));
    let (mut todo, mut commands) = (false, false);
    for (row, left) in rows.iter().enumerate() {
        let focused = row == at;
        match left {
            Left::Todo(_) if !todo => {
                read_back(scene, &mut body);
                body.gap();
                body.push(scene.line(CellRole::Title, "   Before Score works:"));
                todo = true;
            }
            Left::Command { .. } | Left::Said { .. } if !commands => {
                if !todo {
                    read_back(scene, &mut body);
                }
                body.gap();
                commands = true;
            }
            _ => {}
        }
        let start = body.lines.len();
        match left {
            Left::File(file) => push_file(scene, &mut body, file, focused),
            Left::Todo(step) => push_todo(scene, &mut body, step, focused),
            Left::Command { label, line } => push_command(scene, &mut body, label, line, CellRole::Text, focused),
            Left::Said { label, words } => push_command(scene, &mut body, label, words, CellRole::Dim, focused),
        }
        if focused {
            // The first row is at the top of the page.
            body.keep = Some(if row == 0 { 0..body.lines.len() } else { start..body.lines.len() });
        }
    }
    body
}

fn lead(focused: bool) -> &'static str {
    if focused { " ▸ " } else { "   " }
}

/// Draws the result of reading the files again.
fn read_back(scene: &Scene<'_>, body: &mut PageBody) {
    match scene.ui.cache.settled() {
        Some(true) => body.push(scene.line(CellRole::Ok, "   ✓ Read again: Score will read these values.")),
        Some(false) => {
            wrapped(
                scene,
                body,
                CellRole::Warn,
                "   ! ",
                "Read again, the files do not have these values. Press r to check them.",
            );
        }
        None => {}
    }
}

fn push_file(scene: &Scene<'_>, body: &mut PageBody, file: &Written, focused: bool) {
    let said = if file.changed {
        let keys = if file.keys == 1 { "key" } else { "keys" };
        format!("{} {keys}, mode {:04o}, owner {}", file.keys, file.mode & 0o7777, file.owner)
    } else {
        "already had these values, so nothing was changed".to_owned()
    };
    let path = file.path.display().to_string();
    for (at, line) in text::wrap(&path, scene.width.saturating_sub(6)).into_iter().enumerate() {
        let (lead, mark) = if at == 0 { (lead(focused), CellSymbol::Ok.symbol()) } else { ("   ", " ") };
        body.push(Line::from(vec![
            scene.span(CellRole::Focus, lead),
            scene.span(CellRole::Ok, format!("{mark} ")),
            scene.span(if focused { CellRole::Focus } else { CellRole::Title }, line),
        ]));
    }
    wrapped(scene, body, CellRole::Text, "     ", &said);
    if let Some(backup) = &file.backup {
        wrapped(scene, body, CellRole::Text, "     ", &format!("backup {}", beside(backup, &file.path)));
    }
    for note in &file.notes {
        wrapped(scene, body, CellRole::Warn, "   ! ", note);
    }
}

fn wrapped(scene: &Scene<'_>, body: &mut PageBody, role: CellRole, lead: &str, said: &str) {
    for (at, line) in text::wrap(said, scene.width.saturating_sub(7)).into_iter().enumerate() {
        let lead = if at == 0 { lead } else { "     " };
        body.push(scene.line(role, format!("{lead}{line}")));
    }
}

/// Draws lines to paste that the wizard did not write.
fn push_todo(scene: &Scene<'_>, body: &mut PageBody, step: &NextStep, focused: bool) {
    body.push(Line::default());
    wrapped(scene, body, CellRole::Warn, if focused { " ▸ ! " } else { "   ! " }, step.why);
    // Lines to paste are not wrapped, since an indent would be copied too.
    let (first, rest) = match &step.lines[..] {
        [only] if step.file.len() + only.len() + 9 <= scene.width => (format!("  {only}"), &[][..]),
        lines => (String::new(), lines),
    };
    body.push(Line::from(vec![
        scene.span(CellRole::Dim, format!("     in {}", step.file)),
        scene.span(CellRole::Text, first),
    ]));
    for line in rest {
        body.push(scene.line(CellRole::Text, format!("     {line}")));
    }
}

fn push_command(scene: &Scene<'_>, body: &mut PageBody, label: &str, said: &str, role: CellRole, focused: bool) {
    // The whole command is shown, so that it can be copied.
    for (at, line) in text::wrap(said, scene.width.saturating_sub(12)).into_iter().enumerate() {
        let (lead, label) = if at == 0 { (lead(focused), label) } else { ("   ", "") };
        body.push(Line::from(vec![
            scene.span(CellRole::Focus, lead),
            scene.span(CellRole::Dim, text::pad(label, 8)),
            scene.span(if focused { CellRole::Focus } else { role }, line),
        ]));
    }
}
