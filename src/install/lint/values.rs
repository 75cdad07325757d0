//! Each value that counts: what is wrong in how it is spelt, and what Score makes of it.

use super::{
    Finding,
    harm::{self, Harm, consequence},
    keys,
    site::{Entry, Meaning, Page, Site, Spot},
    tidy,
};
use crate::{
    install::spring::{Place, Seen},
    score::{
        Binding, Id, JarValue, Setting,
        Severity::{Note, Ping, Start},
        Spelling, Validator,
    },
};

pub(super) fn findings(site: &Site<'_>) -> Vec<Finding> {
    let settings: Vec<_> = site.settings().collect();
    let mut all: Vec<Finding> = Vec::new();
    for setting in settings {
        match site.value_of(setting) {
            Some(seen) => all.extend(of_seen(site, setting, seen)),
            None => {
                // The line that will set it once its name is mended.
                if let Some((page, entry)) = site.meant_for(setting) {
                    let spot = Spot {
                        file: page.path.clone(),
                        line: Some(entry.line),
                        entry: Some(entry),
                        variable: None,
                        jar: false,
                    };
                    all.extend(of(site, setting, &entry.value, &spot));
                }
            }
        }
    }
    all.extend(swallowed(site));
    all
}

fn of_seen(site: &Site<'_>, setting: &'static Setting, seen: &Seen) -> Vec<Finding> {
    let spot = site.spot(seen);
    let mut all = if spot.jar { of_jar(site, setting, seen) } else { of(site, setting, seen.value.for_file(), &spot) };
    all.extend(keys::beaten(site, setting, seen, &spot));
    all
}

/// A value that somebody wrote.
fn of(site: &Site<'_>, setting: &'static Setting, text: &str, spot: &Spot<'_>) -> Vec<Finding> {
    let name = setting.name(site.release);
    let tidied = tidy::tidy(setting, text, site.release, spot.entry);
    let spelling = tidy::spelling(setting, text, spot.entry);
    let found = harm::harms(site, setting, text, spot.entry);
    // What is still there in the tidier text is not mended by it.
    let still = tidied.as_deref().map(|text| harm::harms(site, setting, text, None)).unwrap_or_default();
    let edits = || {
        let edit = tidied.as_deref().zip(spot.entry).map(|(text, entry)| entry.with_value(&spot.file, text));
        edit.into_iter().collect::<Vec<_>>()
    };
    let finding = |id, severity, summary: String| Finding {
        id,
        severity,
        summary,
        hints: Vec::new(),
        settings: vec![name.to_owned()],
        file: spot.file.clone(),
        line: spot.line,
        mend: edits(),
    };
    let mut all = Vec::new();
    let mut left = found.clone();
    if !spelling.habits.is_empty() {
        // What the mere spelling does is told by how it is spelt; the rest is what the value would do without it.
        let worst = found.iter().map(|harm| harm.severity).max().unwrap_or(Note);
        for habit in spelling.habits {
            let id = if habit == tidy::QUOTED && spot.variable.is_some() { Id::P02 } else { habit };
            let what = spelt(setting, habit);
            all.push(finding(id, worst, format!("{name} {what}: {}.", consequence(worst))).hint(advice(habit)));
        }
        left = harm::harms(site, setting, &spelling.text, None);
        left.retain(|harm| harm.severity <= worst);
    }
    all.extend(left.into_iter().map(|Harm { id, severity, what }| {
        let then = if severity == Note { String::new() } else { format!(": {}", consequence(severity)) };
        let told = finding(id, severity, format!("{name} {what}{then}."));
        if still.iter().any(|harm| harm.id == id) { Finding { mend: Vec::new(), ..told } } else { told }
    }));
    all
}

fn spelt(setting: &Setting, habit: Id) -> String {
    let what = match habit {
        tidy::QUOTED => "stands in quotes, which become part of the value",
        tidy::COMMENT => "has a comment behind it, which becomes part of the value",
        tidy::BLANKS => "has blanks around it, which become part of the value",
        tidy::STRAY => "has a stray mark behind it, which becomes part of the value",
        _ => "is not ASCII, and Spring reads the file as Latin-1",
    };
    match habit {
        tidy::BLANKS if matches!(setting.validator, Validator::AccessKey | Validator::SecretKey) => {
            "has blanks behind it".to_owned()
        }
        _ => what.to_owned(),
    }
}

fn advice(habit: Id) -> &'static str {
    match habit {
        tidy::QUOTED => "Write the value without quotes.",
        tidy::COMMENT => "Put the comment on a line of its own.",
        tidy::BLANKS => "Write the value without blanks at its ends.",
        tidy::STRAY => "Write the value alone.",
        _ => "Write \\u and four digits for each letter that is not ASCII.",
    }
}

/// A value of the jar's `application.yml`: those of its profiles are for one installation at ICGC, or for the machine of a
/// developer.
fn of_jar(site: &Site<'_>, setting: &'static Setting, seen: &Seen) -> Vec<Finding> {
    let name = setting.name(site.release);
    let ours = seen.beaten.iter().find(|place| !matches!(place, Place::Jar { .. }));
    let severity = match setting.jar_value {
        _ if !site.holds(setting.read) => None,
        JarValue::Suitable => None,
        JarValue::Foreign(severity) => Some(severity),
        JarValue::ForeignIfFilled(severity) => (!seen.value.is_empty()).then_some(severity),
        JarValue::Overriding { over_file, alone } => ours.map_or(alone, |_| Some(over_file)),
    };
    let Some(severity) = severity else { return Vec::new() };
    let (file, line) = match ours {
        Some(Place::Line { file, line }) => (file.clone(), Some(*line)),
        _ => (site.home().to_owned(), None),
    };
    let (id, summary) = match ours {
        Some(ours) => (
            Id::T45,
            format!(
                "{name} of {ours} does not count: a profile section of the jar's application.yml is stronger: {}.",
                consequence(severity)
            ),
        ),
        None => (
            Id::T45,
            format!(
                "{name} is set by nothing but the jar's own application.yml, whose value is for another installation: {}.",
                consequence(severity)
            ),
        ),
    };
    let section = match &seen.place {
        Place::Jar { section } => section.first().cloned(),
        _ => None,
    };
    let hint = match (ours, section) {
        (Some(_), Some(profile)) => format!("Put it into application-{profile}.properties, or into the environment."),
        _ => format!("Set {name}."),
    };
    let finding = Finding { file, line, ..site.absent(id, severity, name, summary) };
    vec![finding.hint(hint)]
}

/// Keys that a backslash at the end of the line before makes part of another value.
fn swallowed(site: &Site<'_>) -> Vec<Finding> {
    let mut all = Vec::new();
    for (page, entry) in site.entries() {
        let parts = crate::text::properties::physical(&entry.raw).skip(1);
        for (at, part) in parts.enumerate() {
            let text = String::from_utf8_lossy(part);
            let Some((key, _)) = text.split_once(['=', ':']) else { continue };
            let units: Vec<u16> = key.trim().encode_utf16().collect();
            let known = site.settings().find(|setting| setting.spelling().matches(&units, setting.name(site.release)));
            let Some(setting) = known else { continue };
            let name = setting.name(site.release).to_owned();
            let summary = format!(
                "The line before {name} ends in a backslash, so that {name} is part of the value of {}.",
                super::dead::shown(&entry.spelt.encode_utf16().collect::<Vec<_>>())
            );
            let severity = if site.value_of(setting).is_some() { Note } else { Start };
            all.push(
                Finding {
                    settings: vec![name, entry.spelt.clone()],
                    file: page.path.clone(),
                    line: Some(entry.line + at + 1),
                    ..site.absent(Id::P07, severity, setting.key, summary)
                }
                .hint("Take the backslash away, or double it."),
            );
        }
    }
    all
}

/// Names that the system of the server surely sets, so that they are replaced.
const SYSTEM: &[&str] = &["HOME", "PATH", "USER", "PWD", "HOSTNAME", "SHELL", "LANG", "JAVA_HOME"];
/// What the system properties of Java begin with.
const JAVA: &[&str] = &["java.", "user.", "os.", "file.", "line.", "path.", "sun."];

/// The value with its `${…}` replaced, as far as these files tell; or what is to be said of it instead.
pub(super) fn resolve(site: &Site<'_>, setting: &Setting, text: &str) -> Result<String, Harm> {
    let strict = setting.binding == Binding::Strict;
    let told = |severity, what: String| Err(Harm { id: Id::P06, severity, what });
    if strict && text.contains("#{") {
        return told(Note, "holds #{, which Spring evaluates".to_owned());
    }
    let mut result = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(end) = rest[start..].find('}').map(|end| start + end) else { break };
        let inside = &rest[start + 2..end];
        if inside.contains("${") {
            return told(Note, "holds a ${ within another: only Score can tell what it becomes".to_owned());
        }
        let (name, default) = inside.split_once(':').map_or((inside, None), |(name, default)| (name, Some(default)));
        if name == setting.name(site.release) {
            return told(Start, "refers to itself".to_owned());
        }
        result.push_str(&rest[..start]);
        let shown = super::dead::shown(&name.encode_utf16().collect::<Vec<_>>());
        match known(site, name) {
            Some(value) => result.push_str(&value),
            None if default.is_some() => result.push_str(default.unwrap_or_default()),
            None if SYSTEM.contains(&name) && setting.secret() && !(start == 0 && end + 1 == rest.len()) => {
                return told(
                    Ping,
                    format!("holds ${{{shown}}}, which Spring replaces, so that the store refuses the key"),
                );
            }
            None if left_to_the_machine(site, name) => {
                return told(Note, format!("is left to where Score runs: ${{{shown}}}"));
            }
            None if strict => return told(Start, format!("holds ${{{shown}}}, which nothing sets")),
            // Lenient: it stays as it is.
            None => result.push_str(&rest[start..=end]),
        }
        rest = &rest[end + 1..];
    }
    result.push_str(rest);
    Ok(result)
}

fn known(site: &Site<'_>, name: &str) -> Option<String> {
    let variable = site
        .deployment
        .environment
        .as_ref()
        .and_then(|environment| environment.variables.iter().rev().find(|variable| variable.name == name));
    if let Some(variable) = variable {
        return Some(variable.value.for_file().to_owned());
    }
    site.view.value(name, Spelling::Exact).map(|seen| seen.value.for_file().to_owned())
}

/// Only where Score runs it is known whether this is set.
fn left_to_the_machine(site: &Site<'_>, name: &str) -> bool {
    let like_a_variable = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    let told = site.deployment.environment.is_some() && !SYSTEM.contains(&name);
    like_a_variable && !told || JAVA.iter().any(|start| name.starts_with(start))
}

/// What a line would set.
pub(super) fn setting_of(site: &Site<'_>, entry: &Entry) -> Option<&'static Setting> {
    match &entry.meaning {
        Meaning::Sets(setting) => Some(setting),
        _ => entry.meant(site.release, site.api),
    }
}

/// Whether this is the line that counts.
pub(super) fn counts(site: &Site<'_>, page: &Page, entry: &Entry, setting: &Setting) -> bool {
    let seen = site.value_of(setting);
    seen.is_some_and(
        |seen| matches!(&seen.place, Place::Line { file, line } if *file == page.path && *line == entry.line),
    )
}
