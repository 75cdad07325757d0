//! Draws the opened deployment: its file, release and launcher, and what was found there. Uses no network.

use ratatui::text::Line;

use super::{Scene, body::PageBody, form};
use crate::{
    install::deployment::Deployment,
    shell::tui::{text, theme::CellRole, ui::Existing},
    wizard::field::Field,
};

pub(super) fn body(scene: &Scene<'_>) -> PageBody {
    let mut body = PageBody::new((CellRole::Dim, scene.touched().into()));
    body.gap();
    body.push(Line::default());
    for (role, line) in greeting(scene) {
        for part in text::wrap(&line, scene.width.saturating_sub(6)) {
            body.push(scene.line(role, format!("   {part}")));
        }
    }
    body.gap();
    for field in scene.ui.fields(scene.state) {
        form::field(scene, &mut body, *field);
        match field {
            Field::Path => {
                for line in found(scene) {
                    for part in text::wrap(&line, form::room(scene)) {
                        body.push(form::note(scene, CellRole::Dim, &part));
                    }
                }
                body.gap();
            }
            Field::Release => {
                body.lines.extend(by(scene, |deployment| deployment.release.as_ref().map(|told| told.by.clone())));
            }
            Field::Launcher => {
                body.lines.extend(by(scene, |deployment| deployment.start.as_ref().map(|told| told.by.clone())));
            }
            _ => {}
        }
    }
    body.gap();
    body
}

fn greeting(scene: &Scene<'_>) -> Vec<(CellRole, String)> {
    if scene.height < 14 {
        return Vec::new();
    }
    vec![
        (CellRole::Title, "Object storage for Score".into()),
        (
            CellRole::Text,
            "Answer a few questions. score-setup then tests the store exactly as Score and its clients use it, shows the \
             difference, and writes a correct application.properties."
                .into(),
        ),
    ]
}

/// Returns the source of a fact, if there is room.
fn by(scene: &Scene<'_>, told: fn(&Deployment) -> Option<String>) -> Option<Line<'static>> {
    let by = scene.state.deployment.as_ref().and_then(told).filter(|_| scene.height >= 14)?;
    Some(form::note(scene, CellRole::Dim, &text::fit(&format!("found in {by}"), form::room(scene))))
}

/// Describes the content of the file in a line or two.
fn found(scene: &Scene<'_>) -> Vec<String> {
    let provider = scene.state.draft.provider.map_or(String::new(), |provider| format!(" · {}", provider.name));
    let said = match scene.ui.cache.existing() {
        Existing::Unread if scene.state.loading => "reading …".to_owned(),
        Existing::Unread => "The folder of a Score installation, its conf folder, or a properties file.".to_owned(),
        Existing::Absent => {
            "This file does not exist yet. It will be created with the keys that Score needs.".to_owned()
        }
        Existing::Keys(0) => "This file has only comments. The keys that Score needs will be added.".to_owned(),
        Existing::Keys(1) => {
            format!("1 key{provider}. Only changed values are edited, and the rest of the file stays.")
        }
        Existing::Keys(keys) => {
            format!("{keys} keys{provider}. Only changed values are edited, and the rest of the file stays.")
        }
        Existing::Unreadable(bad) => bad.to_string(),
    };
    let notes = scene.state.deployment.iter().flat_map(|deployment| deployment.application.notes.iter().cloned());
    let files = scene.ui.cache.findings().len();
    let files = match files {
        0 => None,
        1 => Some("1 finding in the files is on the next page.".to_owned()),
        many => Some(format!("{many} findings in the files are on the next page.")),
    };
    std::iter::once(said).chain(files).chain(notes).collect()
}
