//! The last page: what was written, where the backup is, what still stops Score, and what to run next.

use ratatui::text::Line;

use super::{Scene, body::Body};
use crate::{
    output::Written,
    tui::{
        text,
        theme::{Mark, Role},
    },
    wizard::next_steps,
};

pub(super) fn body(scene: &Scene<'_>) -> Body {
    let mut body = Body::new((Role::Ok, "Done: read back as Score will read it.".into()));
    body.push(Line::default());
    for file in scene.state.receipt.iter().flat_map(|receipt| &receipt.files) {
        push_file(scene, &mut body, file);
    }
    body.gap();
    push_next_steps(scene, &mut body);
    body.gap();
    push_commands(scene, &mut body);
    body
}

fn push_file(scene: &Scene<'_>, body: &mut Body, file: &Written) {
    let said = if file.changed {
        format!("{} keys, mode {:04o}, owner {}", file.keys, file.mode & 0o7777, file.owner)
    } else {
        "already said all this; no byte was changed, no backup made".to_owned()
    };
    body.push(Line::from(vec![
        scene.span(Role::Ok, format!("   {} ", Mark::Ok.symbol())),
        scene.span(Role::Title, file.path.display().to_string()),
    ]));
    wrapped(scene, body, Role::Text, "     ", &said);
    if let Some(backup) = &file.backup {
        wrapped(scene, body, Role::Text, "     ", &format!("backup {}", backup.display()));
    }
    for note in &file.notes {
        wrapped(scene, body, Role::Warn, "   ! ", note);
    }
}

fn wrapped(scene: &Scene<'_>, body: &mut Body, role: Role, lead: &str, said: &str) {
    for (at, line) in text::wrap(said, scene.width.saturating_sub(7)).into_iter().enumerate() {
        let lead = if at == 0 { lead } else { "     " };
        body.push(scene.line(role, format!("{lead}{line}")));
    }
}

/// What the wizard does not write yet, as lines to paste.
fn push_next_steps(scene: &Scene<'_>, body: &mut Body) {
    let Ok(target) = scene.state.draft.target() else { return };
    let steps = next_steps(&target);
    if steps.is_empty() {
        return;
    }
    body.push(scene.line(Role::Title, "   Still to do, so that Score starts and serves:"));
    for step in steps {
        body.push(Line::default());
        wrapped(scene, body, Role::Warn, "   ! ", step.why);
        body.push(scene.line(Role::Dim, format!("     in {}", step.file)));
        for line in &step.lines {
            // Never wrapped with an indent that would be copied along: these are to be pasted.
            body.push(scene.line(Role::Text, format!("     {line}")));
        }
    }
}

fn push_commands(scene: &Scene<'_>, body: &mut Body) {
    let backup = scene.state.receipt.iter().flat_map(|receipt| &receipt.files).find_map(|file| {
        file.backup.as_ref().map(|backup| format!("cp -p '{}' '{}'", backup.display(), file.path.display()))
    });
    let rows = [("Start", Some("restart Score, then: score-client ping".to_owned())), ("Undo", backup)];
    for (label, said) in rows.into_iter().filter_map(|(label, said)| Some((label, said?))) {
        // Not cut: it is there to be copied.
        for (at, line) in text::wrap(&said, scene.width.saturating_sub(16)).into_iter().enumerate() {
            body.push(Line::from(vec![
                scene.span(Role::Dim, format!("   {}", text::pad(if at == 0 { label } else { "" }, 11))),
                scene.span(Role::Text, line),
            ]));
        }
    }
}
