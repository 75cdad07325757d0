//! Draws text to copy out of the terminal: over the whole width and without a frame, so that only the text is copied.

use ratatui::{Frame, layout::Rect, text::Line, widgets::Clear};

use super::scene::{Scene, scrolled};
use crate::{
    score::times,
    shell::{
        tui::{link, text, theme::CellRole, ui::Popup},
        values::SourceEntry,
    },
    store::checks::advice,
};

/// Draws the open sheet and returns the number of lines that do not fit. `None` if no sheet is open.
pub(super) fn draw(frame: &mut Frame<'_>, scene: &Scene<'_>, area: Rect) -> Option<usize> {
    let columns = usize::from(area.width);
    let (title, lines) = match scene.ui.popup? {
        Popup::Link => link(scene, columns),
        Popup::Policy => policy(scene, columns),
        Popup::Values => values(scene, columns),
        _ => return None,
    };
    let mut page = vec![Line::default()];
    page.extend(
        text::wrap(&title, columns.saturating_sub(4))
            .iter()
            .map(|line| scene.line(CellRole::Dim, format!("   {line}"))),
    );
    page.push(Line::default());
    page.extend(lines.into_iter().map(|(role, line)| scene.line(role, line)));
    frame.render_widget(Clear, area);
    Some(scrolled(frame, scene.theme, page, area, scene.ui.popup_scroll))
}

type Lines = Vec<(CellRole, String)>;

fn link(scene: &Scene<'_>, columns: usize) -> (String, Lines) {
    if let Some(command) = link::attempt(scene.state) {
        let title = "Run this on the machine of a client. Any number except 000 means that it reaches the store.";
        return (title.to_owned(), vec![(CellRole::Text, command)]);
    }
    let title = format!(
        "Run this on the machine of a client. 200 means that clients reach the store. The URL is valid for {} minutes, and \
         everyone who has it can read the sentinel (a small test object). s shows the command alone.",
        times::PING_URL.whole_minutes()
    );
    let lines = match &scene.state.link {
        None => vec![(CellRole::Dim, "   …".to_owned())],
        Some(Err(finding)) => vec![(CellRole::Fail, format!("   ✗ {}", finding.summary))],
        Some(Ok(url)) => link::lines(url, columns).into_iter().map(|line| (CellRole::Text, line)).collect(),
    };
    (title, lines)
}

fn policy(scene: &Scene<'_>, columns: usize) -> (String, Lines) {
    let title =
        "The permissions that the access key needs, as an IAM policy for these buckets. s shows it alone.".to_owned();
    let Some(store) = scene.state.run.as_ref().and_then(|run| run.store.s3()) else { return (title, Vec::new()) };
    let guide = advice::guide(store, scene.state.draft.provider);
    let mut lines = Lines::new();
    for file in &guide.policies {
        lines.push((CellRole::Dim, format!("   The file {}:", file.name)));
        lines.extend(file.text.lines().map(|line| (CellRole::Text, line.to_owned())));
        lines.push((CellRole::Dim, String::new()));
    }
    let created = if guide.creates_user { "the buckets and the user" } else { "the buckets" };
    let what = format!("   Commands for the store's administrator, which create {created}:");
    lines.push((CellRole::Dim, what));
    lines.push((CellRole::Dim, String::new()));
    for command in guide.commands {
        // A backslash joins the lines of a command.
        let parts = text::wrap(&command, columns.saturating_sub(2));
        let last = parts.len().saturating_sub(1);
        lines.extend(
            parts
                .into_iter()
                .enumerate()
                .map(|(at, part)| (CellRole::Text, if at < last { format!("{part} \\") } else { part })),
        );
    }
    (title, lines)
}

/// Returns the effective value of each setting, its source, and the sources it overrides.
fn values(scene: &Scene<'_>, columns: usize) -> (String, Lines) {
    let title =
        "Effective values: for each setting, the value that Score reads, its source, and the sources it overrides."
            .to_owned();
    let mut lines = Vec::new();
    let mut known = true;
    for row in scene.ui.cache.values() {
        if std::mem::replace(&mut known, row.known) && !row.known {
            lines.push((CellRole::Dim, String::new()));
            lines.push((CellRole::Title, "   Other settings, which storage and start do not need:".to_owned()));
        }
        let resolved = row.resolved.as_ref().map_or(String::new(), |value| format!(" = {value}"));
        let said = format!("{} = {}{resolved}", row.key, row.text);
        lines.push((CellRole::Text, format!("   {}", text::fit(&said, columns.saturating_sub(4)))));
        let spelling = row.spelling.as_ref().map_or(String::new(), |spelling| format!(", spelled {spelling}"));
        let overridden: Vec<_> = row.overrides.iter().map(SourceEntry::words).collect();
        let over = if overridden.is_empty() { String::new() } else { format!(", overrides {}", overridden.join("; ")) };
        let role = if overridden.is_empty() { CellRole::Dim } else { CellRole::Warn };
        let said = format!("{}{spelling}{over}", row.source.words());
        lines.extend(
            text::wrap(&said, columns.saturating_sub(8)).into_iter().map(|line| (role, format!("     {line}"))),
        );
    }
    if lines.is_empty() {
        lines.push((CellRole::Dim, "   No source sets a setting that score-setup knows.".to_owned()));
    }
    (title, lines)
}
