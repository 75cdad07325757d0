//! Pages of fields: each with its answer, where that came from, what is wrong with it, and what follows from it.

use std::time::Duration;

use ratatui::text::{Line, Span};
use tui_input::Input;

use super::{Scene, body::Body, where_};
use crate::{
    catalogue::{Api, Kind, Need, Release, Setting},
    checks::{Outcome, Scope, board::Progress},
    draft::{self, Origin, Text},
    tui::{
        field::{Field, bytes, cloud_name, fields, least, offered_regions, spelt, stops},
        text,
        theme::{Mark, Role},
        ui::plain,
    },
    tuning,
    value::cron,
};

/// Where values begin: after the longest label of the page.
fn value_at(scene: &Scene<'_>) -> usize {
    let labels = fields(scene.state).into_iter().map(|field| text::width(field.label()));
    (labels.max().unwrap_or(0) + 5).clamp(17, 30)
}

/// A secret is as many dots, however long it is.
const DOTS: &str = "••••••••••••";

pub(super) fn body(scene: &Scene<'_>) -> Body {
    let focused = scene.ui.field(scene.state);
    let mut body = Body::new(help(scene, focused));
    let fields = fields(scene.state);
    if fields.is_empty() {
        body.push(Line::default());
        body.push(scene.line(Role::Dim, "   Choose a provider first."));
        return body;
    }
    // Air between the fields where there is room for it.
    let airy = measure(scene, &fields) + fields.len() < scene.height;
    body.push(Line::default());
    for each in fields {
        field(scene, &mut body, each);
        if airy {
            body.gap();
        }
    }
    body
}

fn measure(scene: &Scene<'_>, fields: &[Field]) -> usize {
    let mut body = Body::new((Role::Dim, String::new()));
    for each in fields {
        field(scene, &mut body, *each);
    }
    body.lines.len() + 1
}

fn help(scene: &Scene<'_>, focused: Option<Field>) -> (Role, String) {
    let Some(field) = focused else { return (Role::Dim, String::new()) };
    let said = match field {
        Field::Setting(setting) => {
            let name = scene.state.draft.release.map_or(setting.key, |release| setting.name(release));
            format!("{name}: {}", setting.help)
        }
        other => other.help().to_owned(),
    };
    (Role::Dim, said)
}

/// Columns for a value.
pub(super) fn room(scene: &Scene<'_>) -> usize {
    scene.width.saturating_sub(value_at(scene) + 1).max(1)
}

/// A line under a field.
pub(super) fn note(scene: &Scene<'_>, role: Role, said: &str) -> Line<'static> {
    Line::from(vec![Span::raw(" ".repeat(value_at(scene))), scene.span(role, said.to_owned())])
}

fn marked(scene: &Scene<'_>, mark: Mark, said: &str) -> Vec<Line<'static>> {
    let lines = text::wrap(said, room(scene).saturating_sub(2)).into_iter().enumerate();
    lines
        .map(|(at, line)| {
            Line::from(vec![
                Span::raw(" ".repeat(value_at(scene))),
                scene.span(mark.role(), if at == 0 { mark.symbol() } else { " " }),
                scene.span(if mark == Mark::Ok { Role::Text } else { mark.role() }, format!(" {line}")),
            ])
        })
        .collect()
}

/// A field with everything under it.
pub(super) fn field(scene: &Scene<'_>, body: &mut Body, field: Field) {
    let focused = scene.ui.field(scene.state) == Some(field);
    let start = body.lines.len();
    let origin = origin(scene, field);
    let columns = room(scene).saturating_sub(text::width(&origin) + 2).max(1);
    let (shown, role, cursor) = shown(scene, field, focused, columns);
    let (mark, label) = if focused { (" ▸ ", Role::Focus) } else { ("   ", Role::Text) };
    let air = columns.saturating_sub(text::width(&shown));
    body.push(Line::from(vec![
        scene.span(Role::Focus, mark),
        scene.span(label, text::pad(field.label(), value_at(scene) - 4)),
        Span::raw(" "),
        scene.span(role, shown),
        Span::raw(" ".repeat(air + 2)),
        scene.span(Role::Dim, origin),
    ]));
    for line in under(scene, field, focused) {
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

/// The answer as it is shown, how it looks, and the column of the cursor in it.
fn shown(scene: &Scene<'_>, field: Field, focused: bool, columns: usize) -> (String, Role, Option<usize>) {
    let input = &scene.ui.input;
    let edited = focused && field.focus() != crate::tui::keys::Focus::Choice;
    if let Field::Setting(setting) = field
        && setting.secret()
    {
        return secret(scene, setting, focused, columns);
    }
    if edited && matches!(field, Field::Provider | Field::Region) && input.value().is_empty() {
        let chosen = scene.state.draft.region.clone().unwrap_or_else(|| "type to narrow".into());
        return (text::fit(&chosen, columns), Role::Dim, Some(0));
    }
    if edited {
        let (shown, column) = window(input, columns);
        return (shown, Role::Focus, Some(column));
    }
    match field {
        Field::Release => {
            let release = scene.state.draft.release.map_or("?", crate::catalogue::Release::name);
            let said = format!(
                "{release}   {}",
                if scene.state.draft.release.is_none() { where_::releases(scene) } else { String::new() }
            );
            (said.trim_end().to_owned(), if focused { Role::Focus } else { Role::Text }, None)
        }
        Field::Cloud => (cloud_name(scene.state).to_owned(), if focused { Role::Focus } else { Role::Text }, None),
        Field::CloudAddress => {
            let said = scene.state.draft.cloud();
            if said.is_empty() {
                ("such as http://127.0.0.1:10000/devstoreaccount1".into(), Role::Dim, None)
            } else {
                (text::fit(&neutral(&said), columns), Role::Text, None)
            }
        }
        Field::Region => (scene.state.draft.region.clone().unwrap_or_else(|| "not chosen".into()), Role::Text, None),
        Field::ConnectTo => match &scene.state.route.connect_to {
            Some(connect_to) => (text::fit(connect_to, columns), Role::Text, None),
            None => ("as written".into(), Role::Dim, None),
        },
        Field::Path => (text::fit(&scene.state.path.display().to_string(), columns), Role::Text, None),
        Field::Provider => (scene.state.draft.provider.map(|p| p.name.clone()).unwrap_or_default(), Role::Text, None),
        Field::Setting(setting) => {
            let answer = scene.state.draft.answer(setting);
            let said = answer.as_ref().and_then(|answer| plain(&answer.text)).unwrap_or_default();
            match (said.is_empty(), setting.need) {
                (true, Need::Asked) => {
                    (text::fit(&format!("such as {}", example(scene, setting)), columns), Role::Dim, None)
                }
                (true, _) => ("none".into(), Role::Dim, None),
                (false, _) => {
                    let role = if focused { Role::Focus } else { Role::Text };
                    (text::fit(&neutral(said), columns), role, None)
                }
            }
        }
    }
}

/// An endpoint looks differently with every provider.
pub(super) fn example(scene: &Scene<'_>, setting: &'static Setting) -> String {
    match scene.state.draft.provider {
        Some(provider) if setting.key == "s3.endpoint" => provider.endpoint_example.clone(),
        _ => setting.example.to_owned(),
    }
}

/// Files may hold control characters; a screen must not.
fn neutral(said: &str) -> String {
    said.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

fn secret(
    scene: &Scene<'_>,
    setting: &'static Setting,
    focused: bool,
    columns: usize,
) -> (String, Role, Option<usize>) {
    let input = &scene.ui.input;
    if focused && scene.ui.reveal && !input.value().is_empty() {
        let (shown, column) = window(input, columns);
        return (shown, Role::Focus, Some(column));
    }
    let answer = scene.state.draft.answer(setting);
    let given = answer.as_ref().is_some_and(|answer| match &answer.text {
        Text::Secret(secret) => !secret.is_empty(),
        Text::Plain(text) => !text.is_empty(),
    });
    let cursor = |column| focused.then_some(column);
    match answer.map(|answer| answer.origin) {
        Some(Origin::File { .. }) if given => {
            let keep = if focused { "kept as in file; type to replace it" } else { "kept as in file" };
            (text::fit(keep, columns), Role::Dim, cursor(0))
        }
        Some(_) if given => {
            (text::fit(DOTS, columns), if focused { Role::Focus } else { Role::Text }, cursor(DOTS.chars().count()))
        }
        _ => (if focused { String::new() } else { "not given yet".into() }, Role::Dim, cursor(0)),
    }
}

/// As much of the edit line as fits, around the cursor, and the cursor's column in it.
fn window(input: &Input, columns: usize) -> (String, usize) {
    let scroll = input.visual_scroll(columns.saturating_sub(1).max(1));
    let mut skipped = 0;
    let rest: String = neutral(input.value())
        .chars()
        .skip_while(|letter| {
            let here = skipped < scroll;
            skipped += if here { text::width(letter.encode_utf8(&mut [0; 4])) } else { 0 };
            here
        })
        .collect();
    let mut shown = String::new();
    for letter in rest.chars() {
        if text::width(&shown) + text::width(letter.encode_utf8(&mut [0; 4])) > columns {
            break;
        }
        shown.push(letter);
    }
    (shown, input.visual_cursor().saturating_sub(scroll))
}

fn origin(scene: &Scene<'_>, field: Field) -> String {
    match field.origin(scene.state) {
        Some(Origin::Typed) => "typed".into(),
        Some(Origin::Answers { line }) => format!("answers, line {line}"),
        Some(Origin::File { line }) => format!("file, line {line}"),
        Some(Origin::Preset) => "preset".into(),
        Some(Origin::Default) => "default".into(),
        None => match field {
            Field::Setting(Setting { need: Need::Asked, .. }) => "required".into(),
            Field::ConnectTo => "never written".into(),
            _ => String::new(),
        },
    }
}

fn under(scene: &Scene<'_>, field: Field, focused: bool) -> Vec<Line<'static>> {
    let setting = match field {
        Field::Setting(setting) => setting,
        Field::CloudAddress if !focused || !scene.state.draft.cloud().is_empty() => {
            return told_wrong(scene, draft::CLOUD);
        }
        _ => return Vec::new(),
    };
    let mut lines = consequences(scene, setting);
    lines.extend(problems(scene, setting, focused));
    lines.extend(quiet(scene, setting));
    if let (Kind::Bytes { min, max }, Some(size)) = (setting.kind, size(scene, setting)) {
        lines.push(slider(scene, least(min), max, size));
        if focused || scene.height > 24 {
            lines.extend(match scene.state.draft.api() {
                Api::S3 => table(scene, size),
                Api::Azure => download_table(scene, size),
            });
        }
    }
    lines
}

/// What is wrong, once there is an answer or the field was left without one.
fn problems(scene: &Scene<'_>, setting: &'static Setting, focused: bool) -> Vec<Line<'static>> {
    let answered = scene.state.draft.answer(setting).is_some();
    let left = scene.ui.visited.contains(&Field::Setting(setting)) && !focused;
    if !answered && !left {
        return Vec::new();
    }
    told_wrong(scene, setting.key)
}

fn told_wrong(scene: &Scene<'_>, key: &str) -> Vec<Line<'static>> {
    let problems = scene.state.draft.problems_of(key);
    problems.iter().flat_map(|problem| marked(scene, Mark::Fail, &problem.message)).collect()
}

/// What was understood, and what follows from it, computed while it is typed.
fn consequences(scene: &Scene<'_>, setting: &'static Setting) -> Vec<Line<'static>> {
    let draft = &scene.state.draft;
    let mut lines = Vec::new();
    let mut say = |role, said: &str| {
        lines.extend(text::wrap(said, room(scene)).iter().map(|line| note(scene, role, line)));
    };
    for noted in draft.notes_of(setting.key) {
        say(Role::Text, &noted);
    }
    for (_, warning) in draft.warnings().iter().filter(|(key, _)| *key == setting.key) {
        say(Role::Warn, &format!("! {warning}"));
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
            say(Role::Dim, &format!("next: {}{at}", runs.join(", ")));
        }
    }
    lines
}

/// What a part size means for files of three sizes.
fn table(scene: &Scene<'_>, size: i64) -> Vec<Line<'static>> {
    const GIB: u64 = 1 << 30;
    let Ok(size) = u64::try_from(size) else { return Vec::new() };
    let row = |cells: [String; 4]| {
        let [file, count, part, memory] = cells;
        format!("   {file:>10}  {count:>8}  {part:>16}  {memory:>16}")
    };
    let mut lines = vec![
        Line::default(),
        scene.line(Role::Dim, row(["a file of", "parts", "size of a part", "client memory"].map(str::to_owned))),
    ];
    for length in [GIB, 100 * GIB, 5 * 1024 * GIB] {
        let parts = tuning::parts(size, length);
        let memory = tuning::client_memory(parts.size, tuning::CLIENT_THREADS);
        let cells = [about(length), grouped(parts.count), about(parts.size), about(memory)];
        lines.push(scene.line(Role::Text, row(cells)));
    }
    if size < tuning::SMALLEST {
        lines.push(
            scene.line(Role::Warn, format!("   ! Score raises anything under {} to that.", about(tuning::SMALLEST))),
        );
    }
    lines
}

/// The same with Azure, where it is about downloads only.
fn download_table(scene: &Scene<'_>, size: i64) -> Vec<Line<'static>> {
    const GIB: u64 = 1 << 30;
    let Some(size) = u64::try_from(size).ok().filter(|size| *size > 0) else { return Vec::new() };
    let row = |file: &str, parts: &str| format!("   {file:>10}  {parts:>18}");
    let mut lines = vec![Line::default(), scene.line(Role::Dim, row("a file of", "parts to download"))];
    for length in [GIB, 100 * GIB, 4 * 1024 * GIB] {
        let parts = grouped(tuning::download_parts(size, length));
        lines.push(scene.line(Role::Text, row(&about(length), &parts)));
    }
    lines
}

/// To four digits, as a reader wants it: `524.3 MiB`.
fn about(bytes: u64) -> String {
    let units = [(1_u64 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    for (unit, name) in units {
        if bytes >= unit {
            let tenths = bytes.saturating_mul(10) / unit;
            let fraction = if tenths.is_multiple_of(10) { String::new() } else { format!(".{}", tenths % 10) };
            return format!("{}{fraction} {name}", tenths / 10);
        }
    }
    format!("{bytes} B")
}

/// Thousands apart: `10 000`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

/// What the quiet tries said, under the fields that set them off: never more than was tried.
fn quiet(scene: &Scene<'_>, setting: &'static Setting) -> Vec<Line<'static>> {
    let reach = match setting.key {
        "s3.endpoint" | "azure.accountName" => true,
        "s3.secretKey" | "azure.accountKey" => false,
        _ => return Vec::new(),
    };
    let Some(run) = scene.state.quiet.as_ref().filter(|_| scene.state.quiet_counts()) else { return Vec::new() };
    if !reach && run.scope == Scope::Reach {
        return Vec::new();
    }
    let mut seen = Vec::new();
    let mut lines = Vec::new();
    let mut going = run.board.entries.is_empty() && run.going();
    for entry in &run.board.entries {
        if (entry.row.group == "Sign-in") == reach {
            continue;
        }
        match &entry.state {
            Progress::Done { outcome: Outcome::Pass(said), .. } if said.is_empty() => {
                seen.push(entry.row.title.clone());
            }
            Progress::Done { outcome: Outcome::Pass(said), .. } => seen.push(format!("{} {said}", entry.row.title)),
            Progress::Done { outcome: Outcome::Warn(finding), .. } => {
                lines.extend(marked(scene, Mark::Warn, &finding.summary));
            }
            Progress::Done { outcome: Outcome::Fail(finding), .. } => {
                lines.extend(marked(scene, Mark::Fail, &finding.summary));
                let hints = finding.hints.first().into_iter();
                lines.extend(hints.flat_map(|hint| text::wrap(hint, room(scene))).map(|l| note(scene, Role::Dim, &l)));
            }
            Progress::Done { outcome: Outcome::Waiting(_) | Outcome::NotProbed(_), .. } => {}
            Progress::Waiting => going |= run.going(),
            Progress::Running | Progress::Slow(_) => going = true,
        }
    }
    if going {
        lines.extend(marked(
            scene,
            Mark::Running(scene.ui.turn),
            if reach { "trying the address …" } else { "trying to sign in …" },
        ));
    } else if !seen.is_empty() && lines.is_empty() {
        lines.extend(marked(scene, Mark::Ok, &seen.join(" · ")));
    }
    lines
}

/// The offers of a list under its field; returns how many there are.
fn list(scene: &Scene<'_>, body: &mut Body, field: Field) -> Option<usize> {
    const SHOWN: usize = 6;
    if field != Field::Region {
        return None;
    }
    let offers = offered_regions(scene.state, scene.ui.input.value());
    let at = scene.ui.row.min(offers.len().saturating_sub(1));
    let first = (at + 1).saturating_sub(SHOWN);
    for (row, offer) in offers.iter().enumerate().skip(first).take(SHOWN) {
        let role = if row == at { Role::Focus } else { Role::Text };
        body.push(Line::from(vec![
            Span::raw(" ".repeat(value_at(scene))),
            scene.span(role, format!("{} {}", if row == at { "▸" } else { " " }, text::pad(&offer.id, 16))),
            scene.span(Role::Dim, text::fit(&offer.name, room(scene).saturating_sub(19))),
        ]));
    }
    if offers.is_empty() {
        body.lines.extend(marked(scene, Mark::Warn, "No region fits what is typed."));
    } else if offers.len() > SHOWN {
        body.push(note(scene, Role::Dim, &format!("{} of {}", at + 1, offers.len())));
    }
    Some(offers.len())
}

fn size(scene: &Scene<'_>, setting: &'static Setting) -> Option<i64> {
    let answer = scene.state.draft.answer(setting)?;
    bytes(plain(&answer.text)?.trim())
}

/// Sizes double from stop to stop, so the slider is logarithmic.
fn slider(scene: &Scene<'_>, min: i64, max: i64, size: i64) -> Line<'static> {
    let max = stops(min, max).last().copied().unwrap_or(max);
    let (low, high) = (spelt(min), spelt(max));
    let columns = room(scene).saturating_sub(low.len() + high.len() + 2).clamp(4, 44);
    #[expect(clippy::cast_precision_loss, reason = "a place on a slider")]
    let place = {
        let log = |size: i64| (size.clamp(min, max).max(1) as f64).ln();
        let span = (log(max) - log(min)).max(f64::EPSILON);
        (log(size) - log(min)) / span * (columns - 1) as f64
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between zero and columns")]
    let at = (place.round() as usize).min(columns - 1);
    Line::from(vec![
        Span::raw(" ".repeat(value_at(scene))),
        scene.span(Role::Dim, format!("{low} {}", "─".repeat(at))),
        scene.span(Role::Focus, "●"),
        scene.span(Role::Dim, format!("{} {high}", "─".repeat(columns - 1 - at))),
    ])
}

/// A duration as it is told: `3 ms`, `1.2 s`.
pub(super) fn told(elapsed: Duration) -> String {
    if elapsed < Duration::from_secs(1) {
        format!("{} ms", elapsed.as_millis())
    } else {
        format!("{:.1} s", elapsed.as_secs_f64())
    }
}
