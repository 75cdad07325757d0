//! The first page: which file, which release, and what was found there. Nothing is asked of a network.

use ratatui::text::Line;

use super::{Scene, body::Body, form};
use crate::tui::{field::Field, text, theme::Role, ui::Existing};

pub(super) fn body(scene: &Scene<'_>) -> Body {
    let mut body = Body::new((Role::Dim, "Nothing is contacted or changed yet.".into()));
    body.gap();
    body.push(Line::default());
    for (role, line) in greeting(scene) {
        for part in text::wrap(&line, scene.width.saturating_sub(6)) {
            body.push(scene.line(role, format!("   {part}")));
        }
    }
    body.gap();
    form::field(scene, &mut body, Field::Path);
    for line in found(scene) {
        for part in text::wrap(&line, form::room(scene)) {
            body.push(form::note(scene, Role::Dim, &part));
        }
    }
    body.gap();
    form::field(scene, &mut body, Field::Release);
    body.gap();
    body
}

fn greeting(scene: &Scene<'_>) -> Vec<(Role, String)> {
    if scene.height < 14 {
        return Vec::new();
    }
    vec![
        (Role::Title, "Object storage for Score".into()),
        (
            Role::Text,
            "A few answers, then the store is tried exactly as Score and its clients will use it, and a correct \
             application.properties is written after you have seen the difference."
                .into(),
        ),
    ]
}

/// What the file says, in a line or two.
fn found(scene: &Scene<'_>) -> Vec<String> {
    let provider = scene.state.draft.provider.map_or(String::new(), |provider| format!(" · {}", provider.name));
    let said = match scene.ui.known_of_files.existing() {
        Existing::Unread => "reading …".to_owned(),
        Existing::Absent => "There is no such file yet: it will be made, complete and commented.".to_owned(),
        Existing::Keys(0) => "Only comments: a first installation.".to_owned(),
        Existing::Keys(1) => format!("1 key{provider}; it is edited in place, everything else stays as it is."),
        Existing::Keys(keys) => {
            format!("{keys} keys{provider}; they are edited in place, everything else stays as it is.")
        }
        Existing::Unreadable(bad) => bad.to_string(),
    };
    let notes = scene.state.deployment.iter().flat_map(|deployment| deployment.application.notes.iter().cloned());
    std::iter::once(said).chain(notes).collect()
}
