//! Draws the last page: the written files, the backup, the next steps, and the commands.

use ratatui::text::Line;

use super::{Scene, body::PageBody};
use crate::{
    shell::tui::{
        receipt::{ReceiptRow, beside, file_facts, rows, starts_again, to_add},
        text,
        theme::{CellRole, CellSymbol},
    },
    wizard::{ANSWERS_IN_A_ROW, NextStep, State, Watch, proposal::Written},
};

pub(super) fn body(scene: &Scene<'_>) -> PageBody {
    let mut body = PageBody::new(help(scene.state));
    let rows = rows(scene.state);
    body.rows = rows.len();
    watched(scene, &mut body);
    body.push(Line::default());
    let at = scene.ui.row.min(rows.len().saturating_sub(1));
    let mut before = None;
    for (at_row, row) in rows.iter().enumerate() {
        let focused = at_row == at;
        let part = PagePart::of(row);
        if before != Some(part) {
            if before == Some(PagePart::Files) {
                read_back(scene, &mut body);
            }
            if before.is_some() {
                body.gap();
            }
            if part == PagePart::Todo {
                body.push(scene.line(CellRole::Title, "   Before Score works:"));
            }
            before = Some(part);
        }
        let start = body.lines.len();
        match row {
            ReceiptRow::File(file) => push_file(scene, &mut body, file, focused),
            ReceiptRow::Todo(step) => push_todo(scene, &mut body, step, focused),
            ReceiptRow::Command { label, line } => push_command(scene, &mut body, label, line, CellRole::Text, focused),
            ReceiptRow::Note { label, words } => push_command(scene, &mut body, label, words, CellRole::Dim, focused),
        }
        if focused {
            // The first row is at the top of the page.
            body.keep = Some(if at_row == 0 { 0..body.lines.len() } else { start..body.lines.len() });
        }
    }
    body
}

/// Says what was done last.
fn help(state: &State) -> (CellRole, String) {
    match &state.saved {
        None => (CellRole::Ok, "The files are written. The list has the next steps and the commands.".to_owned()),
        Some(Ok(path)) => {
            let said = match to_add(state) {
                Some(keys) => format!("✓ Saved {}; add {keys} to it before you use it.", path.display()),
                None => format!("✓ Saved the answers in {}.", path.display()),
            };
            (CellRole::Ok, said)
        }
        Some(Err(why)) => (CellRole::Fail, why.to_string()),
    }
}

/// A part of the page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PagePart {
    Todo,
    Files,
    Commands,
}

impl PagePart {
    fn of(row: &ReceiptRow) -> Self {
        match row {
            ReceiptRow::Todo(_) => Self::Todo,
            ReceiptRow::File(_) => Self::Files,
            ReceiptRow::Command { .. } | ReceiptRow::Note { .. } => Self::Commands,
        }
    }
}

/// Draws whether the running Score uses the written files already.
fn watched(scene: &Scene<'_>, body: &mut PageBody) {
    let Some(watch) = &scene.state.watch else { return };
    body.push(Line::default());
    if watch.passed() {
        return wrapped(scene, body, CellRole::Ok, "   ✓ ", &uses_files(watch));
    }
    wrapped(
        scene,
        body,
        CellRole::Title,
        "   ○ ",
        if watch.waits_for_keys() {
            "Restart Score as shown below. This line turns green when Score uses the new keys."
        } else if starts_again(scene.state) {
            "Restart Score as shown below. This line turns green when Score uses these files."
        } else {
            "Start Score as shown below. This line turns green when Score uses these files."
        },
    );
    let said = match watch.missing() {
        Some(missing) => format!("Not yet: {missing}"),
        None => format!("Asking Score at {} every 2 s.", watch.url),
    };
    wrapped(scene, body, CellRole::Dim, "     ", &said);
}

/// Says that the running Score uses the written files.
pub(in crate::shell) fn uses_files(watch: &Watch) -> String {
    if watch.waits_for_keys() {
        format!("Score at {} uses the new keys: {ANSWERS_IN_A_ROW} answers in a row.", watch.url)
    } else {
        format!("Score at {} works and uses these files.", watch.url)
    }
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
    let (path, facts) = (file.path.display().to_string(), file_facts(file));
    // Short facts share the line of the path.
    let together = text::width(&path) + text::width(&facts) + 9 <= scene.width;
    let same_line = if together { format!("   {facts}") } else { String::new() };
    for (at, line) in text::wrap(&path, scene.width.saturating_sub(6)).into_iter().enumerate() {
        let (lead, mark) = if at == 0 { (lead(focused), CellSymbol::Ok.symbol()) } else { ("   ", " ") };
        body.push(Line::from(vec![
            scene.span(CellRole::Focus, lead),
            scene.span(CellRole::Ok, format!("{mark} ")),
            scene.span(if focused { CellRole::Focus } else { CellRole::Title }, line),
            scene.span(CellRole::Text, same_line.clone()),
        ]));
    }
    if !together {
        wrapped(scene, body, CellRole::Text, "     ", &facts);
    }
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
        // The line begins with `     in FILE  `, and the last column shows the scroll position.
        [only] if text::width(&step.file) + text::width(only) + 11 <= scene.width => (format!("  {only}"), &[][..]),
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
