//! Draws the opened deployment: its file, release and launcher, and what was found there. Uses no network.

use ratatui::text::Line;

use super::{Scene, body::PageBody, form};
use crate::{
    install::deployment::Deployment,
    score::{Need, Release, SETTINGS},
    shell::tui::{field::Field, text, theme::CellRole, ui::Existing},
};

pub(super) fn body(scene: &Scene<'_>) -> PageBody {
    let mut body = PageBody::new((CellRole::Dim, "Nothing is contacted or changed yet.".into()));
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
            body.push(form::note(scene, CellRole::Dim, &part));
        }
    }
    body.gap();
    form::field(scene, &mut body, Field::Release);
    body.lines.extend(by(scene, |deployment| deployment.release.as_ref().map(|told| told.by.clone())));
    form::field(scene, &mut body, Field::Launcher);
    body.lines.extend(by(scene, |deployment| deployment.start.as_ref().map(|told| told.by.clone())));
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
            "A few answers, then the store is tried exactly as Score and its clients will use it, and a correct \
             application.properties is written after you have seen the difference."
                .into(),
        ),
    ]
}

/// Returns the source of a fact, if there is room.
fn by(scene: &Scene<'_>, told: fn(&Deployment) -> Option<String>) -> Option<Line<'static>> {
    let by = scene.state.deployment.as_ref().and_then(told).filter(|_| scene.height >= 14)?;
    Some(form::note(scene, CellRole::Dim, &text::fit(&format!("told by {by}"), form::room(scene))))
}

/// Describes the content of the file in a line or two.
fn found(scene: &Scene<'_>) -> Vec<String> {
    let provider = scene.state.draft.provider.map_or(String::new(), |provider| format!(" · {}", provider.name));
    let said = match scene.ui.cache.existing() {
        Existing::Unread => "reading …".to_owned(),
        Existing::Absent => {
            format!("There is no such file yet: it will be made, with {} that Score needs.", needed(scene))
        }
        Existing::Keys(0) => {
            format!("Only comments: a first installation. {} that Score needs will be written.", needed(scene))
        }
        Existing::Keys(1) => format!("1 key{provider}; it is edited in place, everything else stays as it is."),
        Existing::Keys(keys) => {
            format!("{keys} keys{provider}; they are edited in place, everything else stays as it is.")
        }
        Existing::Unreadable(bad) => bad.to_string(),
    };
    let notes = scene.state.deployment.iter().flat_map(|deployment| deployment.application.notes.iter().cloned());
    let files = scene.ui.cache.findings().len();
    let files = match files {
        0 => None,
        1 => Some("1 finding in the files, on the next page.".to_owned()),
        many => Some(format!("{many} findings in the files, on the next page.")),
    };
    std::iter::once(said).chain(files).chain(notes).collect()
}

/// Returns the number of keys that this release needs, with any store.
fn needed(scene: &Scene<'_>) -> String {
    let draft = &scene.state.draft;
    let release = draft.release.unwrap_or(Release::NEWEST);
    let written = SETTINGS.iter().filter(|setting| {
        let wanted = matches!(setting.need, Need::Asked | Need::Written);
        wanted && setting.known_to(release) && setting.serves(draft.api()) && draft.matters(setting)
    });
    format!("{} keys", written.count())
}
