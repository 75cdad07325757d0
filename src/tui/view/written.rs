//! The last page: what was written, where the backup is, what still stops Score, and what to run next.

use std::path::Path;

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
    let mut body = Body::new((
        Role::Ok,
        "Done: read back as Score will read it. Below: what is left to do, and the commands.".into(),
    ));
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
    let path = file.path.display().to_string();
    for (at, line) in text::wrap(&path, scene.width.saturating_sub(6)).into_iter().enumerate() {
        let mark = if at == 0 { Mark::Ok.symbol() } else { " " };
        body.push(Line::from(vec![scene.span(Role::Ok, format!("   {mark} ")), scene.span(Role::Title, line)]));
    }
    wrapped(scene, body, Role::Text, "     ", &said);
    if let Some(backup) = &file.backup {
        wrapped(scene, body, Role::Text, "     ", &format!("backup {}", beside(backup, &file.path)));
    }
    for note in &file.notes {
        wrapped(scene, body, Role::Warn, "   ! ", note);
    }
}

/// Its name is enough for what lies in the same folder.
fn beside(backup: &Path, file: &Path) -> String {
    match backup.file_name().filter(|_| backup.parent() == file.parent()) {
        Some(name) => format!("{} in the same folder", name.to_string_lossy()),
        None => backup.display().to_string(),
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
    let steps = next_steps(scene.state);
    if steps.is_empty() {
        return;
    }
    body.push(scene.line(Role::Title, "   Still to do, so that Score starts and serves:"));
    for step in steps {
        body.push(Line::default());
        wrapped(scene, body, Role::Warn, "   ! ", step.why);
        // Never wrapped with an indent that would be copied along: these are to be pasted.
        let (first, rest) = match &step.lines[..] {
            [only] if step.file.len() + only.len() + 9 <= scene.width => (format!("  {only}"), &[][..]),
            lines => (String::new(), lines),
        };
        body.push(Line::from(vec![
            scene.span(Role::Dim, format!("     in {}", step.file)),
            scene.span(Role::Text, first),
        ]));
        for line in rest {
            body.push(scene.line(Role::Text, format!("     {line}")));
        }
    }
}

fn push_commands(scene: &Scene<'_>, body: &mut Body) {
    let Some(file) = scene.state.receipt.iter().flat_map(|receipt| &receipt.files).next_back() else { return };
    let undo = file.backup.as_ref().map(|backup| undo(backup, &file.path));
    let rows = [
        ("Start", Some(start(&file.path))),
        ("Prove", Some(prove(scene))),
        ("Client", Some("u makes a URL to try from a machine where clients run".to_owned())),
        ("Undo", undo),
    ];
    for (label, said) in rows.into_iter().filter_map(|(label, said)| Some((label, said?))) {
        // Not cut: it is there to be copied.
        for (at, line) in text::wrap(&said, scene.width.saturating_sub(12)).into_iter().enumerate() {
            body.push(Line::from(vec![
                scene.span(Role::Dim, format!("   {}", text::pad(if at == 0 { label } else { "" }, 8))),
                scene.span(Role::Text, line),
            ]));
        }
    }
}

/// The distribution's own script, where the file lies in an unpacked one (score-server 5.11.0, src/main/bin/score-server).
fn start(file: &Path) -> String {
    let conf = file.parent().filter(|folder| folder.ends_with("conf"));
    let unpacked = conf
        .and_then(Path::parent)
        .filter(|folder| folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("score-server")));
    match unpacked {
        Some(folder) => format!("{} restart", quoted(&folder.join("bin/score-server"))),
        None => "restart Score".to_owned(),
    }
}

/// The URL of a ping, fetched as score-client does before every command.
fn prove(scene: &Scene<'_>) -> String {
    let answer = |key| scene.state.draft.value(key);
    let tls = answer("server.ssl.enabled").as_deref() == Some("true");
    let (scheme, insecure) = if tls { ("https", "k") } else { ("http", "") };
    let port = answer("server.port").unwrap_or_else(|| "8080".to_owned());
    format!("curl -fsS \"$(curl -fsS{insecure} {scheme}://localhost:{port}/download/ping)\" && echo ready")
}

/// Within the folder, where both lie in it: a line that is short enough to be copied.
fn undo(backup: &Path, file: &Path) -> String {
    match (file.parent(), backup.file_name(), file.file_name()) {
        (Some(folder), Some(from), Some(to)) if backup.parent() == Some(folder) => {
            format!("cd {} && cp -p {} {}", quoted(folder), quoted(Path::new(from)), quoted(Path::new(to)))
        }
        _ => format!("cp -p {} {}", quoted(backup), quoted(file)),
    }
}

/// As a shell reads it back.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+:@".contains(letter);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_named_where_the_file_lies_in_a_distribution() {
        for (file, command) in [
            (
                "/opt/score-server-5.11.0/conf/application.properties",
                "/opt/score-server-5.11.0/bin/score-server restart",
            ),
            ("/srv/my score/score-server/conf/a.properties", "'/srv/my score/score-server/bin/score-server' restart"),
            ("/etc/score/application.properties", "restart Score"),
        ] {
            assert_eq!(start(Path::new(file)), command);
        }
        assert_eq!(quoted(Path::new("it's")), r"'it'\''s'");
    }
}
