//! Draws the deployments that were found on this machine: the path, the release, the launcher, and the content.

use std::time::Duration;

use chrono::{DateTime, Local};
use ratatui::text::Line;

use super::{Scene, body::PageBody, resume};
use crate::{
    install::deployment::{CheckOutcome, LastCheck, Running, Sighting},
    shell::tui::{
        text,
        theme::CellRole,
        ui::{DeploymentRow, Existing, Sight, deployment_rows},
    },
    text::values::counted,
    wizard::{Purpose, field::launcher_name},
};

pub(super) fn body(scene: &Scene<'_>) -> PageBody {
    let mut body = PageBody::new((CellRole::Dim, scene.touched().into()));
    let rows = deployment_rows(scene.state);
    body.rows = rows.len();
    let focus = scene.ui.focused_deployment(scene.state);
    body.push(Line::default());
    body.push(match &scene.state.sightings {
        None => scene.line(CellRole::Dim, "   looking …"),
        Some(found) if found.is_empty() => {
            scene.line(CellRole::Title, "   No installation of Score was found on this machine.")
        }
        Some(_) => scene.line(CellRole::Title, "   On this machine"),
    });
    body.push(Line::default());
    for row in rows {
        let start = body.lines.len();
        match row {
            DeploymentRow::Found(at) => {
                let Some(sighting) = scene.state.sightings.iter().flatten().nth(at) else { continue };
                push_found(scene, &mut body, sighting, scene.ui.cache.sights().get(at), row == focus);
            }
            DeploymentRow::New | DeploymentRow::Other | DeploymentRow::Paste | DeploymentRow::Sandbox => {
                if row == DeploymentRow::New && start > 3 {
                    body.push(Line::default());
                }
                let words = match row {
                    DeploymentRow::Other => "Open a folder or file …",
                    DeploymentRow::Paste => "Paste what you were given …",
                    DeploymentRow::Sandbox => "Try it in a sandbox",
                    _ => "Create a new configuration in this folder …",
                };
                push_row(scene, &mut body, row == focus, words, "");
            }
        }
        if row == focus {
            body.keep = Some(start..body.lines.len());
        }
    }
    let keys = keys(scene, focus);
    if body.lines.len() + keys.len() < scene.height {
        body.push(Line::default());
        body.lines.extend(keys);
    }
    body
}

fn push_row(scene: &Scene<'_>, body: &mut PageBody, focused: bool, left: &str, right: &str) {
    let (mark, role) = if focused { (" ▸ ", CellRole::Focus) } else { ("   ", CellRole::Text) };
    let room = scene.width.saturating_sub(text::width(right) + 6);
    let left = text::fit_end(left, room);
    let air = room.saturating_sub(text::width(&left)) + 2;
    body.push(Line::from(vec![
        scene.span(CellRole::Focus, mark),
        scene.span(role, left),
        scene.span(CellRole::Dim, format!("{:air$}{right}", "")),
    ]));
}

fn push_found(scene: &Scene<'_>, body: &mut PageBody, sighting: &Sighting, sight: Option<&Sight>, focused: bool) {
    let deployment = &sighting.deployment;
    let release = deployment.release.as_ref().map(|told| format!("Score {}", told.what));
    let start = deployment.start.as_ref().map(|told| launcher_name(told.what).to_owned());
    let running = sighting.running.as_ref().map(|running| since(running, &(scene.calendar)()));
    let right: Vec<_> = [release, start, running].into_iter().flatten().collect();
    push_row(scene, body, focused, &sighting.path.display().to_string(), &right.join(" · "));
    let Some(sight) = sight else { return };
    let outdated = sighting.running.as_ref().is_some_and(|running| running.outdated);
    let checked = sighting.checked.as_ref().map(|checked| words(checked, &(scene.calendar)()));
    let said = [Some(inside(sight)), checked].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let said = text::fit(&said, scene.width.saturating_sub(7));
    let role = if sight.to_fix > 0 { CellRole::Warn } else { CellRole::Dim };
    body.push(scene.line(role, format!("     {said}")));
    if outdated {
        body.push(scene.line(CellRole::Warn, "     changed since it was started"));
    }
}

/// Formats the result of the last checks: `worked 2 days ago`.
fn words(checked: &LastCheck, now: &DateTime<Local>) -> String {
    let age = (now.timestamp() - checked.at.unix_timestamp()).try_into().unwrap_or(0);
    let age = resume::ago(Duration::from_secs(age));
    let outcome = match checked.outcome {
        CheckOutcome::Worked => format!("worked {age}"),
        CheckOutcome::NothingWrong => format!("nothing wrong found {age}"),
        CheckOutcome::Problems(count) => format!("{} {age}", counted(count, "problem")),
    };
    if checked.changed { format!("{outcome}, changed since") } else { outcome }
}

/// Formats the start time: a time for today, otherwise a day.
fn since(running: &Running, now: &DateTime<Local>) -> String {
    let Some(since) = DateTime::from_timestamp(running.since.unix_timestamp(), 0) else { return "running".into() };
    let since = since.with_timezone(&now.timezone());
    let form = if since.date_naive() == now.date_naive() { "%H:%M" } else { "%-e %b" };
    format!("running since {}", since.format(form))
}

/// Formats the content of a deployment in one line.
fn inside(sight: &Sight) -> String {
    let many = |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    let keys = match (&sight.file, sight.variables) {
        (Existing::Unreadable(_), _) => "Java cannot read the file".to_owned(),
        (Existing::Unread | Existing::Absent | Existing::Keys(0), Some(count)) => many(count, "variable"),
        (Existing::Absent | Existing::Unread, None) => "no configuration yet".to_owned(),
        (Existing::Keys(0), None) => "only comments, no configuration yet".to_owned(),
        (Existing::Keys(keys), None) => many(*keys, "key"),
        (Existing::Keys(keys), Some(count)) => format!("{}, {}", many(*keys, "key"), many(count, "variable")),
    };
    let to_fix = (sight.to_fix > 0).then(|| format!("{} to fix", sight.to_fix));
    [Some(keys), sight.store.clone(), to_fix].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Returns the keys for the focused row.
fn keys(scene: &Scene<'_>, focus: DeploymentRow) -> Vec<Line<'static>> {
    let likely = match (focus, scene.ui.likely(scene.state)) {
        (DeploymentRow::Found(_), Purpose::Install) => "set it up",
        (DeploymentRow::Found(_), _) => "check it, without changing anything",
        (DeploymentRow::Other, _) => "choose the folder or file",
        (DeploymentRow::Paste, _) => "paste a command, a profile, a connection string or a key",
        (DeploymentRow::Sandbox, _) => "five minutes with an embedded store and three faults; changes nothing here",
        (DeploymentRow::New, _) => "create application.properties in the current folder",
    };
    let mut lines = vec![scene.line(CellRole::Dim, format!("   {}  {likely}", scene.enter()))];
    if matches!(focus, DeploymentRow::Found(_)) {
        let others = "   c  change its settings   t  find a fault   u  move it to another release";
        lines.push(scene.line(CellRole::Dim, text::fit(others, scene.width)));
    }
    lines
}
