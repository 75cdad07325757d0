//! Draws the help for the focused element: next to the page if there is room, otherwise in a popup.

use ratatui::text::Line;

use super::{
    findings, form,
    scene::{Question, Scene},
};
use crate::{
    score::{Need, Setting, Step},
    shell::tui::{keys, text, theme::CellRole, ui::Jump},
    wizard::field::{Field, offered_providers},
};

/// The purpose of the last page.
const WRITTEN: &str = "The written files, what is left to do, and the commands to copy. The first line turns green as soon as \
                       the running Score uses these files. The list is printed again when you leave.";

/// Returns the purpose of a page.
fn about(step: Step) -> &'static str {
    match step {
        Step::Where => {
            "The installations of Score on this machine, found in files and processes. Enter sets up a new one, or checks \
             one that is configured. c changes its settings, t finds a fault, u moves it to another release. You can also \
             type a path: a properties file, the folder of an installation, or its conf folder. This page sends no \
             request and changes nothing."
        }
        Step::Provider => "Choose the store that keeps the objects. The next pages ask only what this store needs.",
        Step::Connection => {
            "How Score reaches the store and signs its requests. The endpoint is tested when you leave it, and the keys when \
             you leave the secret key. Nothing is written to the store."
        }
        Step::Buckets => {
            "The buckets for files and for the state of uploads. score-setup creates nothing before you ask for it."
        }
        Step::Upload => {
            "How files are split into parts, and what happens when a transfer is interrupted. Ctrl-K measures on the \
             store which part size is fast enough."
        }
        Step::Server => {
            "What Score needs besides its store. Without the profile secure, Score starts, but every upload and download \
             fails."
        }
        Step::Checks => {
            "The checks send the requests of Score and its clients, with small scratch objects that are always removed. \
             On a finding, Enter opens its field, f fixes it, and e shows the evidence. F creates everything that is \
             missing, r checks again, x stops. b reads the settings of the buckets, a shows the policy that the access key needs, o makes a URL to try from a \
             client's machine, v shows the effective values."
        }
        Step::Review => {
            "The changes of the files, with secrets masked. w makes a backup and writes exactly these files."
        }
    }
}

pub(super) fn popup(scene: &Scene<'_>, columns: usize) -> Question {
    let (title, mut lines) = said(scene, columns);
    lines.push(Line::default());
    lines.extend(keys(scene, columns));
    Question { title, role: CellRole::Dim, lines }
}

/// Returns the keys of this place, in the order of use, in one or two columns.
fn keys(scene: &Scene<'_>, columns: usize) -> Vec<Line<'static>> {
    const KEY: usize = 11;
    let (ui, state) = (scene.ui, scene.state);
    let focus = ui.focus_below(state);
    let mut all: Vec<(&str, &str)> = Vec::new();
    for (action, hint) in keys::hints(focus).filter(|(action, _)| ui.offers_at(focus, *action, state)) {
        let word = ui.word(focus, action, state).unwrap_or(hint.word);
        if all.iter().all(|(_, other)| *other != word) {
            all.push((if scene.theme.unicode { hint.key } else { hint.ascii }, word));
        }
    }
    all.extend(keys::EVERYWHERE);
    let half = columns / 2;
    let rows = all.len().div_ceil(2);
    let cell = |(key, word): &(&'static str, &'static str)| {
        let word = text::pad(&text::fit(word, half - KEY - 1), half - KEY);
        [scene.span(CellRole::Title, text::pad(key, KEY)), scene.span(CellRole::Text, word)]
    };
    (0..rows)
        .map(|row| {
            Line::from([row, row + rows].iter().filter_map(|at| all.get(*at)).flat_map(cell).collect::<Vec<_>>())
        })
        .collect()
}

pub(super) fn pane(scene: &Scene<'_>, columns: usize) -> Vec<Line<'static>> {
    if scene.state.step == Step::Checks
        && let Some(Jump::Finding(finding)) = scene.ui.focused_jump(scene.state)
    {
        return findings::lines(scene, &finding.summary, &finding.evidence, columns);
    }
    let (title, lines) = said(scene, columns);
    if scene.state.step.asks_settings() {
        return planned(scene, &title, lines, columns);
    }
    let mut pane = vec![scene.line(CellRole::Title, text::fit(&title, columns)), Line::default()];
    pane.extend(lines);
    pane
}

/// Returns the help for the field, and below it what will be written: each key, and a mark if it differs from the file.
fn planned(scene: &Scene<'_>, title: &str, help: Vec<Line<'static>>, columns: usize) -> Vec<Line<'static>> {
    let draft = &scene.state.draft;
    let mut pane = vec![scene.line(CellRole::Title, text::fit(title, columns)), Line::default()];
    pane.extend(help);
    pane.extend([Line::default(), scene.line(CellRole::Title, "What will be written"), Line::default()]);
    let settings = draft.planned();
    let room = scene.height.saturating_sub(pane.len() + 2);
    let focused = scene.ui.field(scene.state);
    let at = settings.iter().position(|(setting, ..)| focused == Some(Field::Setting(setting))).unwrap_or(0);
    let first = (at + 1).saturating_sub(room).min(settings.len().saturating_sub(room));
    for (setting, shown, changed) in settings.iter().skip(first).take(room) {
        let name = draft.release.map_or(setting.key, |release| setting.name(release));
        let role = if focused == Some(Field::Setting(setting)) { CellRole::Focus } else { CellRole::Text };
        let value = shown.as_deref().unwrap_or("…");
        let line = text::fit(&format!("{name}={value}"), columns.saturating_sub(2));
        pane.push(Line::from(vec![
            scene.span(CellRole::Ok, if *changed { "* " } else { "  " }),
            scene.span(if shown.is_some() { role } else { CellRole::Dim }, line),
        ]));
    }
    pane
}

fn said(scene: &Scene<'_>, columns: usize) -> (String, Vec<Line<'static>>) {
    let mut lines = Vec::new();
    let mut say = |role, said: &str| {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.extend(text::wrap(said, columns).into_iter().map(|line| scene.line(role, line)));
    };
    match scene.ui.field(scene.state) {
        Some(Field::Setting(setting)) => {
            say(CellRole::Text, setting.help);
            say(CellRole::Dim, &written(scene, setting));
            if !setting.example.is_empty() {
                say(CellRole::Dim, &format!("Such as {}", form::example(scene, setting)));
            }
            (setting.label.to_owned(), lines)
        }
        Some(field @ Field::Provider) => {
            say(CellRole::Text, field.help());
            let offers = offered_providers(scene.ui.input.value());
            if let Some(offer) = offers.get(scene.ui.row.min(offers.len().saturating_sub(1))) {
                say(CellRole::Dim, &format!("An endpoint looks like {}", offer.endpoint_example));
            }
            (field.label().to_owned(), lines)
        }
        Some(field) => {
            say(CellRole::Text, field.help());
            say(CellRole::Dim, about(scene.state.step));
            (field.label().to_owned(), lines)
        }
        None if scene.state.receipt.is_some() => {
            say(CellRole::Text, WRITTEN);
            ("Written".to_owned(), lines)
        }
        None => {
            say(CellRole::Text, about(scene.state.step));
            (scene.state.step.title().to_owned(), lines)
        }
    }
}

/// Returns the name of the property and when it is written.
fn written(scene: &Scene<'_>, setting: &'static Setting) -> String {
    let name = scene.state.draft.release.map_or(setting.key, |release| setting.name(release));
    let need = match setting.need {
        Need::Asked => "required",
        Need::Written => "always written, even with its default",
        Need::Conditional => "written if it is needed",
        Need::Optional => "written only if you set it",
    };
    match setting.default {
        Some(default) if !default.is_empty() => format!("Written as {name}; {need} {default}"),
        _ => format!("Written as {name}; {need}."),
    }
}
