//! Formats an answer for display: edited, chosen, kept, or hidden.

use tui_input::Input;

use crate::{
    answers::draft::{Origin, Text},
    score::{Kind, Need, Release, Setting, Validator, key},
    shell::tui::{text, theme::CellRole, view::Scene},
    text::{mask::shown_value, secret::Secret},
    wizard::{
        field::{Field, FieldInput, bytes, cloud_name, plain, size_text, started_by, word},
        flow,
    },
};

/// The display of a secret, which does not depend on its length.
const DOTS: &str = "••••••••••••";

/// Returns the displayed answer, its role, and the column of the cursor in it.
pub(super) fn shown(
    scene: &Scene<'_>,
    field: Field,
    focused: bool,
    columns: usize,
) -> (String, CellRole, Option<usize>) {
    let input = &scene.ui.input;
    let edited = focused && !matches!(field.input(), FieldInput::Choice | FieldInput::None);
    if let Field::Setting(setting) = field
        && (setting.secret() || scene.state.draft.hides(setting))
    {
        return secret(scene, setting, focused, columns);
    }
    if edited && field.input() == FieldInput::List && input.value().is_empty() {
        let known = match field {
            Field::Release => scene.state.draft.release.map(|release| release.name().to_owned()),
            _ => scene.state.draft.region.clone(),
        };
        let chosen = known.unwrap_or_else(|| "type to narrow".into());
        return (text::fit(&chosen, columns), CellRole::Dim, Some(0));
    }
    if edited
        && input.value().is_empty()
        && let Some(example) = placeholder(scene, field)
    {
        return (text::fit(&example, columns), CellRole::Dim, Some(0));
    }
    if edited {
        let (shown, column) = window(input, columns);
        return (shown, CellRole::Focus, Some(column));
    }
    match field {
        Field::Release => {
            (scene.state.draft.release.map_or("not known", Release::name).to_owned(), CellRole::Text, None)
        }
        Field::Secure => {
            let said = chosen(if scene.state.draft.secure { "on" } else { "off" }, focused);
            (said, if focused { CellRole::Focus } else { CellRole::Text }, None)
        }
        Field::Launcher => {
            let start = chosen(started_by(scene.state), focused);
            (start, if focused { CellRole::Focus } else { CellRole::Text }, None)
        }
        Field::SettingsOffer(at) => {
            let path = scene.state.sightings.iter().flatten().nth(at).map(|one| one.path.display().to_string());
            let said = format!("Take the settings of {}", path.unwrap_or_default());
            (text::fit_end(&neutral(&said), columns), if focused { CellRole::Focus } else { CellRole::Text }, None)
        }
        Field::KeysOffer(at) => {
            let source = scene.state.offers.iter().flatten().nth(at).map(|offer| offer.source.as_str());
            let said = format!("Use the keys of {}", neutral(source.unwrap_or_default()));
            (text::fit(&said, columns), if focused { CellRole::Focus } else { CellRole::Text }, None)
        }
        Field::Cloud => {
            (chosen(cloud_name(scene.state), focused), if focused { CellRole::Focus } else { CellRole::Text }, None)
        }
        Field::CloudAddress => {
            let said = scene.state.draft.cloud();
            match placeholder(scene, field) {
                Some(example) if said.is_empty() => (text::fit(&example, columns), CellRole::Dim, None),
                _ => (text::fit(&neutral(&said), columns), CellRole::Text, None),
            }
        }
        Field::Region => {
            (scene.state.draft.region.clone().unwrap_or_else(|| "not chosen".into()), CellRole::Text, None)
        }
        Field::ConnectTo => match &scene.state.route.connect_to {
            Some(connect_to) => (text::fit(connect_to, columns), CellRole::Text, None),
            None => ("as written".into(), CellRole::Dim, None),
        },
        Field::More => {
            let folded = flow::folded(scene.state, scene.state.step);
            let names: Vec<_> = folded.iter().map(|field| field.label()).collect();
            let said = format!("{}, with their usual values: {}", names.len(), names.join(", "));
            (text::fit(&said, columns), if focused { CellRole::Focus } else { CellRole::Dim }, None)
        }
        // The end of a path is more important than its beginning.
        Field::Path => (text::fit_end(&scene.state.path.display().to_string(), columns), CellRole::Text, None),
        Field::Provider => {
            (scene.state.draft.provider.map(|p| p.name.clone()).unwrap_or_default(), CellRole::Text, None)
        }
        Field::Setting(setting) if scene.state.draft.is_later(setting) => {
            ("not known yet".into(), CellRole::Warn, None)
        }
        Field::Setting(setting) => {
            let answer = scene.state.draft.answer(setting);
            // A cleaned endpoint is shown as it will be written.
            let clean = scene.state.draft.value(setting.key).filter(|_| setting.key == key::S3_ENDPOINT);
            let said = clean.as_deref();
            let said = said.or_else(|| answer.as_ref().and_then(|answer| plain(&answer.text))).unwrap_or_default();
            match said.is_empty().then(|| placeholder(scene, field)) {
                Some(Some(example)) => (text::fit(&example, columns), CellRole::Dim, None),
                Some(None) => ("none".into(), CellRole::Dim, None),
                None => {
                    let role = if focused { CellRole::Focus } else { CellRole::Text };
                    let said = if let Some(word) = word(scene.state, setting) {
                        chosen(word.shown, focused)
                    } else {
                        let shown = shown_value(setting.key, &Secret::new(said)).unwrap_or_else(|| DOTS.to_owned());
                        number(setting, &neutral(&shown))
                    };
                    (text::fit(&said, columns), role, None)
                }
            }
        }
    }
}

/// Returns the example that an empty field shows. `None` for a field that may stay empty.
fn placeholder(scene: &Scene<'_>, field: Field) -> Option<String> {
    match field {
        Field::CloudAddress => Some("such as http://127.0.0.1:10000/devstoreaccount1".to_owned()),
        Field::Setting(setting) if setting.may_be_later() => {
            Some(format!("such as {}; empty: not known yet", example(scene, setting)))
        }
        Field::Setting(setting) if setting.need == Need::Asked => Some(format!("such as {}", example(scene, setting))),
        _ => None,
    }
}

/// Formats one of a few words. With the focus, it shows that the arrow keys change it.
fn chosen(word: &str, focused: bool) -> String {
    if focused { format!("‹ {word} ›") } else { word.to_owned() }
}

/// Formats an answer with groups of three digits if it is a number.
fn number(setting: &Setting, said: &str) -> String {
    match (setting.kind, said.trim().parse()) {
        (Kind::Count { .. }, _) if setting.validator == Validator::Port => said.to_owned(),
        (Kind::Count { .. } | Kind::Millis { .. }, Ok(number)) => super::parts::grouped(number),
        (Kind::Bytes { .. }, _) => bytes(said.trim()).map_or_else(|| said.to_owned(), size_text),
        _ => said.to_owned(),
    }
}

/// Returns the unit that follows an answer.
pub(super) fn unit(setting: &Setting, said: &str) -> &'static str {
    match (setting.kind, setting.validator) {
        _ if said.is_empty() => "",
        (Kind::Millis { .. }, _) => " ms",
        (_, Validator::Days(_)) if said == "1" => " day",
        (_, Validator::Days(_)) => " days",
        _ => "",
    }
}

/// Returns an example. The form of an endpoint depends on the provider.
pub(crate) fn example(scene: &Scene<'_>, setting: &'static Setting) -> String {
    match scene.state.draft.provider {
        Some(provider) if setting.key == key::S3_ENDPOINT => provider.endpoint_example.clone(),
        _ => setting.example.to_owned(),
    }
}

/// Replaces control characters, which files may contain and a screen must not show.
fn neutral(said: &str) -> String {
    said.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

fn secret(
    scene: &Scene<'_>,
    setting: &'static Setting,
    focused: bool,
    columns: usize,
) -> (String, CellRole, Option<usize>) {
    let input = &scene.ui.input;
    if focused && scene.ui.reveal && !input.value().is_empty() {
        let (shown, column) = window(input, columns);
        return (shown, CellRole::Focus, Some(column));
    }
    let answer = scene.state.draft.answer(setting);
    let given = answer.as_ref().is_some_and(|answer| match &answer.text {
        Text::Secret(secret) => !secret.is_empty(),
        Text::Plain(text) => !text.is_empty(),
    });
    let cursor = |column| focused.then_some(column);
    match answer.map(|answer| answer.origin) {
        Some(origin @ (Origin::File { .. } | Origin::Elsewhere(_))) if given && setting.secret() => {
            let keep = if matches!(origin, Origin::File { .. }) { "kept from the file" } else { "kept unchanged" };
            let more = if focused { "; type to replace it" } else { "" };
            (text::fit(&format!("{keep}{more}"), columns), CellRole::Dim, cursor(0))
        }
        Some(_) if given => (
            text::fit(DOTS, columns),
            if focused { CellRole::Focus } else { CellRole::Text },
            cursor(DOTS.chars().count()),
        ),
        _ => (if focused { String::new() } else { "not given yet".into() }, CellRole::Dim, cursor(0)),
    }
}

/// Returns the part of the edit line that fits around the cursor, and the cursor's column in it.
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
    let column = input.visual_cursor().saturating_sub(scroll);
    // An ellipsis shows that there is more before or after. The cursor is never on it.
    let shown = match rest
        .chars()
        .next()
        .filter(|first| skipped > 0 && column > 0 && text::width(first.encode_utf8(&mut [0; 4])) == 1)
    {
        Some(first) => format!("…{}", &rest[first.len_utf8()..]),
        None => rest,
    };
    (text::fit(&shown, columns), column)
}
