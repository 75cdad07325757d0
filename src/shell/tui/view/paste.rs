//! Draws the page for pasting what the operator was given: the text with its secrets hidden, and what is understood.

use ratatui::text::Line;

use super::{Scene, body::PageBody};
use crate::{
    answers::{
        draft::Text,
        pasted::{PasteCandidate, PasteError, Pasted},
    },
    shell::tui::{
        text,
        theme::{CellRole, CellSymbol},
    },
    text::{
        mask::{DOTS, masked},
        values::counted,
        visible,
    },
};

/// The most lines of the text that are shown: its end.
const SHOWN: usize = 6;

pub(super) fn body(scene: &Scene<'_>) -> PageBody {
    let given = &scene.ui.paste_box;
    let help = if given.ends() {
        "Enter takes what is listed. Nothing is contacted or written yet."
    } else {
        "Enter begins a new line; Enter on an empty line takes what is listed."
    };
    let mut body = PageBody::new((CellRole::Dim, help.to_owned()));
    body.push(Line::default());
    let shapes = "Paste a command (mc alias set …), a profile of AWS, a connection string of Azure, a section of \
                  rclone.conf or .s3cfg, a key as JSON, a Kubernetes Secret, export lines, an old \
                  application.properties, or a URL with a bucket.";
    for line in text::wrap(shapes, scene.width.saturating_sub(6)) {
        body.push(scene.line(CellRole::Text, format!("   {line}")));
    }
    body.push(Line::default());
    push_text(scene, &mut body);
    body.push(Line::default());
    match given.understood() {
        None => {}
        Some(Err(error)) => push_error(scene, &mut body, *error),
        Some(Ok(candidates)) => push_candidates(scene, &mut body, candidates),
    }
    body
}

/// Shows the end of the text. Hides every secret in it: those that were understood, and those that look like one.
fn push_text(scene: &Scene<'_>, body: &mut PageBody) {
    let given = &scene.ui.paste_box;
    if given.text().is_empty() {
        body.cursor = Some((3, body.lines.len()));
        body.push(scene.line(CellRole::Dim, "   paste here, or type"));
        return;
    }
    let Some(Ok(candidates)) = given.understood() else {
        // A text that was not understood may be a secret as a whole.
        let (lines, letters) = (given.text().lines().count(), given.text().chars().count());
        let said = format!("   {}, {}", counted(lines, "line"), counted(letters, "character"));
        body.cursor = Some((text::width(&said) + 1, body.lines.len()));
        body.push(scene.line(CellRole::Text, said));
        return;
    };
    let secrets = || {
        let answers = candidates.iter().filter_map(|candidate| candidate.result.as_ref().ok());
        answers.flat_map(|pasted| &pasted.answers).filter_map(|(_, text)| match text {
            Text::Secret(secret) => Some(secret),
            Text::Plain(_) => None,
        })
    };
    let hidden = |line: &str| {
        let line = secrets().fold(line.to_owned(), |line, secret| {
            secret.shape(|secret| if secret.is_empty() { line.clone() } else { line.replace(secret, DOTS) })
        });
        visible(&masked(&line))
    };
    let lines: Vec<&str> = given.text().split('\n').collect();
    let skipped = lines.len().saturating_sub(SHOWN);
    if skipped > 0 {
        body.push(scene.line(CellRole::Dim, format!("   … {} above", counted(skipped, "line"))));
    }
    for line in &lines[skipped..] {
        let shown = text::fit(&hidden(line), scene.width.saturating_sub(6));
        body.cursor = Some((3 + text::width(&shown), body.lines.len()));
        body.push(scene.line(CellRole::Text, format!("   {shown}")));
    }
}

fn push_error(scene: &Scene<'_>, body: &mut PageBody, error: PasteError) {
    let columns = scene.width.saturating_sub(8);
    for (at, line) in text::wrap(&error.to_string(), columns).into_iter().enumerate() {
        let mark = if at == 0 { CellSymbol::Fail.symbol() } else { " " };
        body.push(scene.line(CellRole::Fail, format!("   {mark} {line}")));
    }
    for line in text::wrap(error.hint(), columns) {
        body.push(scene.line(CellRole::Text, format!("     {line}")));
    }
    for command in error.commands() {
        for line in text::wrap(command, columns) {
            body.push(scene.line(CellRole::Title, format!("     {line}")));
        }
    }
}

fn push_candidates(scene: &Scene<'_>, body: &mut PageBody, candidates: &[PasteCandidate]) {
    if let [PasteCandidate { result: Ok(pasted), .. }] = candidates {
        body.push(scene.line(CellRole::Title, "   Understood"));
        push_pasted(scene, body, pasted);
        return;
    }
    body.rows = candidates.len();
    body.push(scene.line(CellRole::Title, "   Choose one with ↑↓"));
    let focused = scene.ui.row.min(candidates.len().saturating_sub(1));
    for (at, candidate) in candidates.iter().enumerate() {
        let start = body.lines.len();
        let (mark, role) = if at == focused { ("▸", CellRole::Focus) } else { (" ", CellRole::Text) };
        let name = candidate.name.as_deref().unwrap_or("without a name");
        body.push(scene.line(role, format!(" {mark} {}", text::fit(&visible(name), scene.width.saturating_sub(6)))));
        match &candidate.result {
            Ok(pasted) if at == focused => push_pasted(scene, body, pasted),
            Ok(_) => {}
            Err(error) if at == focused => push_error(scene, body, *error),
            Err(_) => body.push(scene.line(CellRole::Warn, "     ! Score cannot use these keys.")),
        }
        if at == focused {
            body.keep = Some(start..body.lines.len());
        }
    }
}

fn push_pasted(scene: &Scene<'_>, body: &mut PageBody, pasted: &Pasted) {
    let understood = pasted.understood();
    let widest = understood.iter().map(|(label, _)| text::width(label)).max().unwrap_or(0);
    let mark = CellSymbol::Ok;
    for (label, value) in &understood {
        let room = scene.width.saturating_sub(widest + 10);
        body.push(Line::from(vec![
            scene.span(mark.role(), format!("   {} ", mark.symbol())),
            scene.span(CellRole::Text, format!("{label:widest$}  {}", text::fit(&visible(value), room))),
        ]));
    }
    for ignored in &pasted.ignored {
        body.push(scene.line(CellRole::Dim, format!("   - {}: {}", ignored.what, ignored.why)));
    }
}
