//! Reports variables that set nothing although their names look like settings.

use std::{collections::HashMap, path::Path, sync::LazyLock};

use super::{
    finding::FileFinding,
    input::LintInput,
    keys::TOLD,
    unread::{self, Why, variable_name},
};
use crate::{
    forms::Variable,
    install::{
        deployment::Launcher,
        spring::{SourcePosition, reads_as},
    },
    score::{
        Binding, Id, SETTINGS, Setting,
        Severity::Note,
        settings::FAMILIES,
        unread::{OF_A_FILE, unread},
    },
    text::suggest::distance,
};

pub(super) fn findings(input: &LintInput<'_>) -> Vec<FileFinding> {
    let Some(environment) = &input.deployment.environment else { return Vec::new() };
    let live: Vec<_> = input.settings().map(|setting| (setting, variable_name(setting.name(input.release)))).collect();
    environment.variables.iter().filter_map(|variable| of(input, variable, &live)).take(TOLD).collect()
}

/// Returns the finding about a variable. `live` are the settings of this release with the names of their variables.
fn of(input: &LintInput<'_>, variable: &Variable, live: &[(&'static Setting, String)]) -> Option<FileFinding> {
    let name = variable.name.as_str();
    let told = format!("The variable {name}");
    let sentence = |why: Why| why.sentence(&told, &format!("the variable {name}"), input.release);
    let finding = |id, summary: String, meant: Option<&str>| {
        let settings = meant.map(str::to_owned).into_iter().chain([name.to_owned()]);
        at(input, variable, FileFinding { settings: settings.collect(), ..input.absent(id, Note, name, summary) })
    };
    let release = input.release;
    let keys: Vec<&'static str> = keys(name).collect();
    if !keys.is_empty() {
        // A name that any setting has is right, whatever others are written alike.
        let whys = keys.iter().map(|key| unread::why(&key.encode_utf16().collect::<Vec<_>>(), release, input.api));
        let why = whys.collect::<Option<Vec<Why>>>()?.into_iter().next()?;
        let finding = finding(Id::T48, sentence(why), why.meant().map(|setting| setting.name(release)));
        return Some(why.meant().into_iter().fold(finding, |finding, meant| finding.hint(rename(meant.name(release)))));
    }
    if let Some(stem) = name.strip_suffix(OF_A_FILE)
        && let Some(key) = self::keys(stem).next().or_else(|| unread(stem)?.settings().first().copied())
    {
        let summary = format!("{told} has no effect: Score reads no file for a setting.");
        let hint = format!("Write the value itself into {}.", variable_name(key));
        return Some(finding(Id::T9, summary, Some(key)).hint(hint));
    }
    // A command of the operator may use it.
    let of_java = JAVA_OPTIONS.contains(&name) && input.deployment.command.is_none();
    if of_java && input.stand.start == Launcher::Docker {
        let summary = format!("{told} has no effect: the image starts Java without it.");
        return Some(finding(Id::T9, summary, None).hint("Name it JAVA_TOOL_OPTIONS, which Java itself reads."));
    }
    if let Some(row) = unread(name) {
        let why = Why::NoRelease(row);
        let meant = row.settings().first().copied();
        let names = row.settings().iter().map(|key| variable_name(key)).collect::<Vec<_>>();
        let finding = finding(Id::T9, sentence(why), meant);
        let hint = (!names.is_empty()).then(|| format!("Name it {}.", names.join(" and ")));
        return Some(hint.into_iter().fold(finding, FileFinding::hint));
    }
    if !FAMILIES.iter().any(|beginning| name.starts_with(&variable_name(beginning))) {
        return None;
    }
    let bare = name.replace('_', "");
    if let Some((setting, _)) = live.iter().find(|(_, known)| known.replace('_', "") == bare) {
        let summary = format!("{told} has no effect: it has an underscore too many or too few.");
        let key = setting.name(release);
        return Some(finding(Id::P10, summary, Some(key)).hint(rename(key)));
    }
    // Names whose lengths differ more are farther away. A file may have many names.
    let alike = live.iter().filter(|(_, known)| known.len().abs_diff(name.len()) <= FARTHEST);
    let near = alike.map(|(setting, known)| (distance(known, name), *setting)).min_by_key(|(far, _)| *far);
    let near = near.filter(|(far, _)| *far <= FARTHEST).map(|(_, setting)| setting);
    let finding = finding(Id::P10, sentence(near.map_or(Why::Unknown, Why::Near)), near.map(|near| near.name(release)));
    Some(near.into_iter().fold(finding, |finding, near| finding.hint(rename(near.name(release)))))
}

/// Variables with options of Java that start scripts use, and the image does not (5.11.0 Dockerfile:100-102).
const JAVA_OPTIONS: [&str; 4] = ["JAVA_OPTS", "JAVA_OPTIONS", "JVM_OPTS", "JAVA_ARGS"];

/// The largest distance at which another variable is suggested.
const FARTHEST: usize = 2;

fn rename(key: &str) -> String {
    format!("Name it {}.", variable_name(key))
}

/// Moves a finding to the variable.
fn at(input: &LintInput<'_>, variable: &Variable, finding: FileFinding) -> FileFinding {
    let whole = input.deployment.environment.as_ref().and_then(|environment| environment.origin.path());
    let file = variable.file.as_deref().or(whole).map(Path::to_owned);
    let spot = input.place(&SourcePosition::Variable { name: variable.name.clone(), file, line: variable.line });
    FileFinding { file: spot.file, line: spot.line, holder: spot.holder, object: spot.object, ..finding }
}

/// Returns the keys that the variable sets in any release. Spring Boot maps names. For fields it also accepts the older
/// form, with `_` for every dash.
fn keys(name: &str) -> impl Iterator<Item = &'static str> {
    let binds = move |setting: &Setting, key: &str| {
        variable_name(key) == name
            || reads_as(name, key, setting.spelling())
            || setting.binding == Binding::Lenient && older(key) == name
    };
    let candidates = BY_LETTERS.get(&letters(name)).into_iter().flatten();
    candidates.filter(move |(setting, key)| binds(setting, key)).map(|(_, key)| *key)
}

/// The keys of all settings by the letters and digits that every form of a name keeps.
static BY_LETTERS: LazyLock<HashMap<String, Vec<(&Setting, &str)>>> = LazyLock::new(|| {
    let mut all: HashMap<String, Vec<_>> = HashMap::new();
    for setting in SETTINGS {
        for key in [Some(setting.key), setting.key_until_5_11].into_iter().flatten() {
            all.entry(letters(key)).or_default().push((setting, key));
        }
    }
    all
});

fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

fn older(key: &str) -> String {
    let mut dashed = String::new();
    for letter in key.chars() {
        if letter.is_ascii_uppercase() {
            dashed.push('_');
        }
        dashed.push(letter);
    }
    dashed.replace(['.', '-'], "_").to_uppercase()
}
