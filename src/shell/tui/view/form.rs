//! Draws pages of fields: each with its answer, the origin of the answer, its problems, and its consequences.

mod lines;
mod live_checks;
mod parts;
mod shown;

use ratatui::text::{Line, Span};

use self::lines::{marked, value_at};
use self::shown::{shown, unit};
pub(super) use self::{
    lines::{duration, note, room},
    shown::example,
};
use super::{Scene, body::PageBody, reach};
use crate::{
    answers::draft::{self, Origin},
    install::deployment::Launcher,
    score::{Api, Kind, Need, Release, Setting, Step},
    shell::tui::{
        text,
        theme::{CellRole, CellSymbol},
    },
    text::values::cron,
    wizard::field::{Field, least, offered_regions, offered_releases, plain},
};

pub(super) fn body(scene: &Scene<'_>) -> PageBody {
    let focused = scene.ui.field(scene.state);
    let fields = scene.ui.fields(scene.state);
    if fields.is_empty() {
        let mut body = PageBody::new((CellRole::Dim, String::new()));
        body.push(Line::default());
        body.push(scene.line(CellRole::Dim, "   Choose a provider first."));
        return body;
    }
    let lay = |full, airy| {
        let mut body = PageBody::new(help(scene, focused));
        body.push(Line::default());
        for each in fields {
            push_field(scene, &mut body, *each, full);
            if airy {
                body.gap();
            }
        }
        if scene.state.step == Step::Connection {
            body.gap();
            body.lines.extend(reach::lines(scene, "^O"));
        }
        body
    };
    // All details are shown if there is room for them, with blank lines between the fields if there is still more room.
    let full = lay(true, false);
    match full.lines.len() {
        lines if lines + fields.len() <= scene.height => lay(true, true),
        lines if lines <= scene.height => full,
        _ => lay(false, false),
    }
}

fn help(scene: &Scene<'_>, focused: Option<Field>) -> (CellRole, String) {
    let Some(field) = focused else { return (CellRole::Dim, String::new()) };
    let said = match field {
        Field::Setting(setting) => {
            let name = scene.state.draft.release.map_or(setting.key, |release| setting.name(release));
            format!("{name}: {}", setting.help)
        }
        other => other.help().to_owned(),
    };
    (CellRole::Dim, said)
}

/// Draws a field with everything under it.
pub(super) fn field(scene: &Scene<'_>, body: &mut PageBody, field: Field) {
    push_field(scene, body, field, true);
}

/// Draws a field. `full` adds details that are otherwise shown only with the focus.
fn push_field(scene: &Scene<'_>, body: &mut PageBody, field: Field, full: bool) {
    let focused = scene.ui.field(scene.state) == Some(field);
    let start = body.lines.len();
    let origin = origin(scene, field);
    let unit = match field {
        Field::Setting(setting) => {
            let answer = scene.state.draft.answer(setting);
            unit(setting, answer.as_ref().and_then(|answer| plain(&answer.text)).unwrap_or_default().trim())
        }
        _ => "",
    };
    let columns = room(scene).saturating_sub(text::width(&origin) + unit.len() + 2).max(1);
    let (shown, role, cursor) = shown(scene, field, focused, columns);
    let (mark, label) = if focused { (" ▸ ", CellRole::Focus) } else { ("   ", CellRole::Text) };
    let air = columns.saturating_sub(text::width(&shown));
    body.push(Line::from(vec![
        scene.span(CellRole::Focus, mark),
        scene.span(label, text::pad(field.label(), value_at(scene) - 4)),
        Span::raw(" "),
        scene.span(role, shown),
        scene.span(CellRole::Dim, unit),
        Span::raw(" ".repeat(air + 2)),
        scene.span(CellRole::Dim, origin),
    ]));
    for line in under(scene, field, focused, full) {
        body.push(line);
    }
    if focused {
        if let Some(rows) = list(scene, body, field) {
            body.rows = rows;
        }
        body.cursor = cursor.map(|column| (value_at(scene) + column, start));
        body.keep = Some(start..body.lines.len());
    }
}

fn origin(scene: &Scene<'_>, field: Field) -> String {
    match field.origin(scene.state) {
        Some(origin) => source(&origin),
        None => match field {
            Field::Setting(Setting { need: Need::Asked, .. }) => "required".into(),
            Field::ConnectTo => "never written".into(),
            _ => String::new(),
        },
    }
}

/// Returns the source of an answer in a few words.
pub(in crate::shell) fn source(origin: &Origin) -> String {
    match origin {
        Origin::Typed => "typed".into(),
        Origin::Answers { line } => format!("answers, line {line}"),
        Origin::Argument => "--set".into(),
        Origin::File { line } => format!("file, line {line}"),
        Origin::Elsewhere(place) => place.to_string(),
        Origin::Taken(source) => source.clone(),
        Origin::Preset => "preset".into(),
        Origin::Default => "default".into(),
    }
}

fn under(scene: &Scene<'_>, field: Field, focused: bool, full: bool) -> Vec<Line<'static>> {
    let setting = match field {
        Field::Setting(setting) => setting,
        Field::Secure => return secure(scene),
        Field::CloudAddress if !focused || !scene.state.draft.cloud().is_empty() => {
            return told_wrong(scene, draft::CLOUD);
        }
        Field::Path => return taken_settings(scene),
        _ => return Vec::new(),
    };
    if scene.state.draft.is_later(setting) {
        return vec![note(scene, CellRole::Warn, "! Score does not start before it is set.")];
    }
    let mut lines = new_keys(scene, setting);
    lines.extend(consequences(scene, setting));
    lines.extend(problems(scene, setting, focused));
    lines.extend(live_checks::lines(scene, setting));
    lines.extend(live_checks::repair(scene, setting.key));
    if let (Kind::Bytes { min, max }, Some(size)) = (setting.kind, parts::size(scene, setting)) {
        lines.push(parts::slider(scene, least(min), max, size));
        if focused || full {
            lines.extend(match scene.state.draft.api() {
                Api::S3 => parts::table(scene, size),
                Api::Azure => parts::download_table(scene, size),
            });
        }
    }
    lines
}

/// Returns where the settings come from, if they are those of another installation, and which of them get other names.
fn taken_settings(scene: &Scene<'_>) -> Vec<Line<'static>> {
    let Some(from) = &scene.state.setup.taken_from else { return Vec::new() };
    let said = format!("With the settings of {}, which stays as it is.", from.display());
    let mut lines: Vec<Line<'static>> =
        text::wrap(&said, room(scene)).iter().map(|line| note(scene, CellRole::Text, line)).collect();
    let renamed = scene.state.renamed();
    let renamed = renamed.iter().map(|(old, new)| text::fit(&format!("{old} becomes {new}"), room(scene)));
    lines.extend(renamed.map(|line| note(scene, CellRole::Dim, &line)));
    lines
}

/// Returns which key Score uses until it is restarted, and which secret is missing, while keys are replaced.
fn new_keys(scene: &Scene<'_>, setting: &Setting) -> Vec<Line<'static>> {
    let old = scene.state.until_restart(setting).map(|said| (CellRole::Text, said));
    let again = scene.state.type_again(setting).map(|said| (CellRole::Warn, format!("! {said}")));
    let wrapped = |(role, said): (CellRole, String)| {
        text::wrap(&said, room(scene)).iter().map(|line| note(scene, role, line)).collect::<Vec<_>>()
    };
    old.into_iter().chain(again).flat_map(wrapped).collect()
}

/// Returns the consequence of the profile `secure` for uploads and downloads.
fn secure(scene: &Scene<'_>) -> Vec<Line<'static>> {
    let (role, said) = if scene.state.draft.secure {
        (CellRole::Text, "Every upload and download needs a token of the authorization server.")
    } else {
        (CellRole::Warn, UNSECURED)
    };
    text::wrap(said, room(scene)).iter().map(|line| note(scene, role, line)).collect()
}

/// The consequence of a missing profile `secure`. Observed on Score 5.9 to 5.12: "An Authentication object was not
/// found in the `SecurityContext`".
pub(in crate::shell) const UNSECURED: &str = "! Ping works, but every upload and download answers 500, because Score checks no token without the profile secure.";

/// Returns the problems, once there is an answer or the field was left without one.
fn problems(scene: &Scene<'_>, setting: &'static Setting, focused: bool) -> Vec<Line<'static>> {
    let answered = scene.state.draft.answer(setting).is_some();
    let left = scene.ui.visited.contains(&Field::Setting(setting)) && !focused;
    if !answered && !left {
        return Vec::new();
    }
    told_wrong(scene, setting.key)
}

fn told_wrong(scene: &Scene<'_>, key: &str) -> Vec<Line<'static>> {
    let problems = scene.ui.cache.problems().iter().filter(|problem| problem.settings.contains(&key));
    problems.flat_map(|problem| marked(scene, CellSymbol::Fail, &problem.message)).collect()
}

/// Returns how the answer was understood, and its consequences. Computed while the operator types.
fn consequences(scene: &Scene<'_>, setting: &'static Setting) -> Vec<Line<'static>> {
    let draft = &scene.state.draft;
    let mut lines = Vec::new();
    let mut say = |role, said: &str| {
        lines.extend(text::wrap(said, room(scene)).iter().map(|line| note(scene, role, line)));
    };
    if draft.hides(setting) {
        say(CellRole::Warn, "! It looks like a secret key, so it is hidden. ^R shows it.");
    }
    for noted in draft.notes_of(setting.key) {
        say(CellRole::Text, &noted);
    }
    for (_, warning) in scene.ui.cache.warnings().iter().filter(|(key, _)| *key == setting.key) {
        say(CellRole::Warn, &format!("! {warning}"));
    }
    // With Docker, the variables are written, not the file.
    if let Some(place) = draft.overruled(setting).filter(|_| scene.state.launcher() != Launcher::Docker) {
        say(CellRole::Warn, &format!("! {place} overrides the file. Change the value there."));
    }
    let answer = draft.answer(setting);
    let said = answer.as_ref().and_then(|answer| plain(&answer.text)).unwrap_or_default().trim();
    if setting.kind == Kind::Cron {
        let runs = cron::next_runs(said, draft.release.unwrap_or(Release::NEWEST), &(scene.calendar)());
        if !runs.is_empty() {
            let daily = runs.iter().all(|run| run.time() == runs[0].time());
            let days = if daily { "%a %-e %b" } else { "%a %-e %b %H:%M" };
            let at = if daily { runs[0].format(" at %H:%M").to_string() } else { String::new() };
            let runs: Vec<_> = runs.iter().map(|run| run.format(days).to_string()).collect();
            say(CellRole::Dim, &format!("next: {}{at}", runs.join(", ")));
        }
    }
    lines
}

/// Draws the choices of a list under its field and returns their number.
fn list(scene: &Scene<'_>, body: &mut PageBody, field: Field) -> Option<usize> {
    const SHOWN: usize = 6;
    let filter = scene.ui.input.value();
    let offers: Vec<(String, String)> = match field {
        Field::Region => {
            offered_regions(scene.state, filter).iter().map(|offer| (offer.id.clone(), offer.name.clone())).collect()
        }
        Field::Release => {
            offered_releases(filter).iter().map(|offer| (offer.name().to_owned(), String::new())).collect()
        }
        _ => return None,
    };
    let at = scene.ui.row.min(offers.len().saturating_sub(1));
    let first = (at + 1).saturating_sub(SHOWN);
    for (row, (id, name)) in offers.iter().enumerate().skip(first).take(SHOWN) {
        let role = if row == at { CellRole::Focus } else { CellRole::Text };
        body.push(Line::from(vec![
            Span::raw(" ".repeat(value_at(scene))),
            scene.span(role, format!("{} {}", if row == at { "▸" } else { " " }, text::pad(id, 16))),
            scene.span(CellRole::Dim, text::fit(name, room(scene).saturating_sub(19))),
        ]));
    }
    if offers.is_empty() {
        let said = format!("No {} contains the typed text.", field.label().to_lowercase());
        body.lines.extend(marked(scene, CellSymbol::Warn, &said));
    } else if offers.len() > SHOWN {
        body.push(note(scene, CellRole::Dim, &format!("{} of {}", at + 1, offers.len())));
    }
    Some(offers.len())
}
