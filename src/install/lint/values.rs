//! Checks each effective value: how it is written, and what Score does with it.

use super::{
    compose,
    finding::{Absence, FileFinding},
    input::{LintInput, Spot},
    normalize, objects,
    value_faults::{ValueFault, value_faults},
};
use crate::{
    install::spring::{Effective, SourcePosition},
    score::{
        Id, JarValue, Setting,
        Severity::{Note, Start},
        Validator,
    },
};

pub(super) fn findings(input: &LintInput<'_>) -> Vec<FileFinding> {
    let settings: Vec<_> = input.settings().collect();
    let mut all: Vec<FileFinding> = Vec::new();
    for setting in settings {
        match input.value_of(setting) {
            // Faults of a text that the form changed are consequences of the change.
            Some(_) if compose::explains(input, setting) || objects::explains(input, setting) => {}
            Some(seen) => all.extend(of_seen(input, setting, seen)),
            None => {
                // This line sets the setting once its name is fixed.
                if let Some((page, entry)) = input.meant_for(setting) {
                    let spot = Spot {
                        file: page.path.clone(),
                        line: Some(entry.line),
                        entry: Some(entry),
                        variable: false,
                        holder: None,
                        object: None,
                        jar: false,
                    };
                    all.extend(of(input, setting, &entry.value, &spot));
                }
            }
        }
    }
    all.extend(swallowed(input));
    all
}

fn of_seen(input: &LintInput<'_>, setting: &'static Setting, seen: &Effective) -> Vec<FileFinding> {
    let spot = input.spot(seen);
    let mut all =
        if spot.jar { of_jar(input, setting, seen) } else { of(input, setting, seen.value.for_file(), &spot) };
    all.extend(overridden(input, setting, seen, &spot));
    all
}

/// Reports the faults of a value that the operator wrote.
fn of(input: &LintInput<'_>, setting: &'static Setting, text: &str, spot: &Spot<'_>) -> Vec<FileFinding> {
    let name = setting.name(input.release);
    let tidied = normalize::normalized(setting, text, input.release, spot.entry);
    let spelling = normalize::spelling(setting, text, spot.entry);
    let found = value_faults(input, setting, text, spot.entry);
    // Tidying does not fix the faults that remain in the tidied text.
    let still = tidied.as_deref().map(|text| value_faults(input, setting, text, None)).unwrap_or_default();
    let edits = || {
        let edit = tidied.as_deref().zip(spot.entry).map(|(text, entry)| entry.with_value(&spot.file, text));
        edit.into_iter().collect::<Vec<_>>()
    };
    let finding = |id, severity, summary: String| FileFinding {
        holder: spot.holder.clone(),
        object: spot.object.clone(),
        edits: edits(),
        ..FileFinding::new(id, severity, summary, spot.file.clone(), spot.line).about([name.to_owned()])
    };
    let mut all = Vec::new();
    let mut left = found.clone();
    if !spelling.habits.is_empty() {
        // The habit's own finding reports the consequence of the spelling. The rest is the consequence of the value
        // without the habit.
        let worst = found.iter().map(|fault| fault.severity).max().unwrap_or(Note);
        for habit in spelling.habits {
            let id = if habit == normalize::QUOTED && spot.variable { Id::P02 } else { habit };
            let what = spelt(setting, habit);
            all.push(finding(id, worst, format!("{name} {what}: {}.", worst.consequence())).hint(advice(habit)));
        }
        left = value_faults(input, setting, &spelling.text, None);
        left.retain(|fault| fault.severity <= worst);
    }
    all.extend(left.into_iter().map(|ValueFault { id, severity, what }| {
        let then = if severity == Note { String::new() } else { format!(": {}", severity.consequence()) };
        let mut told = finding(id, severity, format!("{name} {what}{then}."));
        if id == Id::T60 {
            told = told.hint(input.how_to_give_all());
        }
        if still.iter().any(|fault| fault.id == id) { FileFinding { edits: Vec::new(), ..told } } else { told }
    }));
    all
}

fn spelt(setting: &Setting, habit: Id) -> String {
    let what = match habit {
        normalize::QUOTED => "is in quotes, which become part of the value",
        normalize::COMMENT => "is followed by a comment, which becomes part of the value",
        normalize::BLANKS => "has whitespace around it, which becomes part of the value",
        normalize::STRAY => "is followed by a stray mark, which becomes part of the value",
        _ => "is not ASCII, and Spring reads the file as Latin-1",
    };
    match habit {
        normalize::BLANKS if matches!(setting.validator, Validator::AccessKey | Validator::SecretKey) => {
            "is followed by whitespace".to_owned()
        }
        _ => what.to_owned(),
    }
}

fn advice(habit: Id) -> &'static str {
    match habit {
        normalize::QUOTED => "Write the value without quotes.",
        normalize::COMMENT => "Put the comment on its own line.",
        normalize::BLANKS => "Remove the whitespace around the value.",
        normalize::STRAY => "Write the value alone.",
        _ => "Write \\u and four digits for each letter that is not ASCII.",
    }
}

/// Reports a value of the jar's own `application.yml` that is wrong here.
fn of_jar(input: &LintInput<'_>, setting: &'static Setting, seen: &Effective) -> Vec<FileFinding> {
    let name = setting.name(input.release);
    let ours = seen.overridden.iter().find(|place| !matches!(place, SourcePosition::Jar { .. }));
    let severity = match setting.jar_value {
        _ if !input.holds(setting.read) => None,
        JarValue::Suitable => None,
        JarValue::Foreign(severity) => Some(severity),
        JarValue::ForeignIfFilled(severity) => (!seen.value.is_empty()).then_some(severity),
        JarValue::Overriding { over_file, alone } => ours.map_or(alone, |_| Some(over_file)),
    };
    let Some(severity) = severity else { return Vec::new() };
    let then = severity.consequence();
    let absence = ours.is_none().then(|| Absence {
        one: format!("is set only by the jar's own application.yml, whose value is for another installation: {then}."),
        several: format!(
            "are set only by the jar's own application.yml, whose values are for another installation: {then}."
        ),
    });
    let summary = match (ours, &absence) {
        (Some(ours), _) => {
            format!(
                "{name} of {ours} has no effect: a profile section of the jar's application.yml overrides it: {then}."
            )
        }
        (None, Some(absence)) => format!("{name} {}", absence.one),
        (None, None) => return Vec::new(),
    };
    let section = match &seen.place {
        SourcePosition::Jar { section } => section.first().cloned(),
        _ => None,
    };
    let hint = match (ours, section) {
        (Some(_), Some(profile)) => format!("Put it into application-{profile}.properties, or into the environment."),
        _ => format!("Set {name}."),
    };
    let mut finding = FileFinding { absence, ..input.absent(Id::T45, severity, name, summary) };
    if let Some(ours) = ours {
        let spot = input.place(ours);
        (finding.file, finding.line, finding.holder) = (spot.file, spot.line, spot.holder);
    }
    vec![finding.hint(hint)]
}

/// Reports settings that are part of another value, because the previous line ends in a backslash.
fn swallowed(input: &LintInput<'_>) -> Vec<FileFinding> {
    let mut all = Vec::new();
    for (page, entry) in input.entries() {
        let parts = crate::text::properties::physical(&entry.raw).skip(1);
        for (at, part) in parts.enumerate() {
            let text = String::from_utf8_lossy(part);
            let Some((key, _)) = text.split_once(['=', ':']) else { continue };
            let units: Vec<u16> = key.trim().encode_utf16().collect();
            let known =
                input.settings().find(|setting| setting.spelling().matches(&units, setting.name(input.release)));
            let Some(setting) = known else { continue };
            let name = setting.name(input.release).to_owned();
            let summary = format!(
                "The line before {name} ends in a backslash, so {name} is part of the value of {}.",
                super::unread::shown(&entry.spelt.encode_utf16().collect::<Vec<_>>())
            );
            let severity = if input.value_of(setting).is_some() { Note } else { Start };
            all.push(
                FileFinding {
                    settings: vec![name, entry.spelt.clone()],
                    file: page.path.clone(),
                    line: Some(entry.line + at + 1),
                    holder: None,
                    ..input.absent(Id::P07, severity, setting.key, summary)
                }
                .hint("Remove the backslash, or double it."),
            );
        }
    }
    all
}

/// Reports a source that overrides `application.properties` with a different value.
fn overridden(input: &LintInput<'_>, setting: &Setting, seen: &Effective, spot: &Spot<'_>) -> Option<FileFinding> {
    if spot.jar {
        return None;
    }
    let of_file = |place: &SourcePosition| match place {
        SourcePosition::Line { file, line } if *file == *input.application() => Some(*line),
        _ => None,
    };
    let line = seen.overridden.iter().find_map(of_file).filter(|_| of_file(&seen.place).is_none())?;
    let name = setting.name(input.release);
    let entry = input.entries().find(|(page, entry)| page.path == *input.application() && entry.line == line)?.1;
    if seen.value.shape(|value| value == entry.value) {
        return None;
    }
    let summary = format!("{name} on this line has no effect: {} overrides it with a different value.", seen.place);
    let finding = FileFinding {
        file: input.application().to_owned(),
        line: Some(line),
        holder: None,
        ..input.absent(Id::P67, Note, name, summary)
    };
    Some(finding.hint(format!("Change it in {}, or remove it there.", seen.place)))
}
