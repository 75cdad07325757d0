//! Draws the results of background checks, under the fields that start them.

use ratatui::text::Line;

use super::lines::{marked, note, room};
use crate::{
    score::{Scope, Setting, key},
    shell::tui::{
        text,
        theme::{CellRole, CellSymbol},
        view::{Scene, findings},
    },
    store::checks::{CheckGroup, Outcome, engine::Progress},
};

/// Returns the likeliest repair of the answer, as a line under the field.
pub(super) fn repair(scene: &Scene<'_>, key: &str) -> Option<Line<'static>> {
    let repair = scene.state.repairs_at(key).into_iter().next()?;
    let focused = scene.ui.field_repair(scene.state).as_ref() == Some(&repair);
    let words = format!("^F  {}", findings::words(&repair));
    Some(note(scene, if focused { CellRole::Focus } else { CellRole::Dim }, &text::fit(&words, room(scene))))
}

/// Returns what the full checks of the current answers found about this setting.
fn found(scene: &Scene<'_>, key: &str) -> Vec<Line<'static>> {
    let run = scene.state.run.iter().filter(|_| !scene.state.stale());
    let about = run.flat_map(|run| run.board.causes()).filter(|cause| cause.settings.first() == Some(&key));
    about.flat_map(|cause| marked(scene, findings::mark(cause.severity), &cause.summary)).collect()
}

/// Returns the lines under this setting. They report only checks that ran.
pub(super) fn lines(scene: &Scene<'_>, setting: &'static Setting) -> Vec<Line<'static>> {
    let reach = match setting.key {
        key::S3_ENDPOINT | key::AZURE_ACCOUNT_NAME => true,
        key::S3_SECRET_KEY | key::AZURE_ACCOUNT_KEY => false,
        key => return found(scene, key),
    };
    // A later run of all checks knows more.
    let full = scene.state.run.iter().filter(|_| !scene.state.stale()).map(|run| run.number).max();
    let background = scene.state.background.as_ref().filter(|_| scene.state.background_is_current());
    let Some(run) = background.filter(|run| Some(run.number) > full) else {
        return found(scene, setting.key);
    };
    if !reach && run.scope == Scope::Reach {
        return Vec::new();
    }
    let mut seen = Vec::new();
    let mut lines = Vec::new();
    let mut going = run.board.entries.is_empty() && run.going();
    for entry in &run.board.entries {
        if (entry.row.group == CheckGroup::SignIn) == reach {
            continue;
        }
        match &entry.state {
            Progress::Done { outcome: Outcome::Pass(said), .. } if said.is_empty() => {
                seen.push(entry.row.title.clone());
            }
            Progress::Done { outcome: Outcome::Pass(said), .. } => {
                let said = said.lines().next().unwrap_or_default();
                // The region after the version is already shown under the endpoint.
                let said = if reach { said } else { said.split(", ").next().unwrap_or_default() };
                seen.push(format!("{} {said}", entry.row.title));
            }
            Progress::Done { outcome: Outcome::Warn(finding), .. } => {
                lines.extend(marked(scene, CellSymbol::Warn, &finding.summary));
            }
            Progress::Done { outcome: Outcome::Fail(finding), .. } => {
                lines.extend(marked(scene, CellSymbol::Fail, &finding.summary));
                let hints = finding.hints.first().into_iter();
                lines.extend(
                    hints.flat_map(|hint| text::wrap(hint, room(scene))).map(|l| note(scene, CellRole::Dim, &l)),
                );
            }
            Progress::Done { outcome: Outcome::Waiting(_) | Outcome::NotProbed(_), .. } => {}
            Progress::Waiting => going |= run.going(),
            Progress::Running | Progress::Slow(_) => going = true,
        }
    }
    if going {
        lines.extend(marked(
            scene,
            CellSymbol::Running,
            if reach { "testing the endpoint …" } else { "testing the keys …" },
        ));
    } else if !seen.is_empty() && lines.is_empty() {
        lines.extend(marked(scene, CellSymbol::Ok, &seen.join(" · ")));
    }
    lines
}
