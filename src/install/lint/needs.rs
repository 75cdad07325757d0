//! Reports settings that this release requires and nothing sets: one finding for each key. Observed on Score 5.9.0,
//! 5.10.1, 5.11.0 and 5.12.0-SNAPSHOT, with one key left out at a time.

use super::{
    finding::{Absence, Edit, FileFinding},
    input::LintInput,
};
use crate::{
    install::deployment::Launcher,
    score::{
        Fill, Id, Kind, Release, Setting,
        Severity::{Note, Start},
        Spelling, key, secure,
    },
    text::values::number,
};

pub(super) fn findings(input: &LintInput<'_>) -> Vec<FileFinding> {
    if input.refused() {
        return Vec::new();
    }
    let mut all: Vec<FileFinding> = input.settings().filter_map(|setting| of(input, setting)).collect();
    // BenchmarkURLGenerator.java:30.
    if input.active("benchmark") && input.view.value(key::BENCHMARK_ENDPOINT, Spelling::Relaxed).is_none() {
        let summary =
            format!("benchmark.endpoint is missing. The profile benchmark needs it: {}.", Start.consequence());
        all.push(input.absent(Id::T43, Start, key::BENCHMARK_ENDPOINT, summary));
    }
    if input.secure() && input.release >= Release::R5_11 {
        // An empty key set is reported as a value.
        let none = !secure::TOKEN_KEYS.into_iter().any(|key| input.has_text(key));
        if none && input.seen(key::JWT_JWK_SET_URI).is_none() {
            let summary = format!("{}: {}.", secure::no_token_key("The profile secure"), Start.consequence());
            let mut finding = input.about(Id::T43, Start, key::JWT_PUBLIC_KEY_LOCATION, summary);
            let others = secure::TOKEN_KEYS.into_iter().filter(|key| *key != key::JWT_PUBLIC_KEY_LOCATION);
            finding.settings.extend(others.map(str::to_owned));
            all.push(finding);
        }
    }
    all
}

fn of(input: &LintInput<'_>, setting: &'static Setting) -> Option<FileFinding> {
    if input.value_of(setting).is_some() {
        return None;
    }
    let severity = input.absence(setting)?;
    // Reported at the line that sets it under another name.
    if input.meant_for(setting).is_some() {
        return None;
    }
    let name = setting.name(input.release);
    let then = if severity == Note { String::new() } else { format!(": {}", severity.consequence()) };
    let instead = setting.faults.absent.instead.map_or_else(String::new, |does| format!(", so {does}"));
    let absence =
        Absence { one: format!("is missing{instead}{then}."), several: format!("are missing{instead}{then}.") };
    let summary = format!("{name} {}", absence.one);
    let id = setting.faults.absent.id;
    let own = input.stand.start != Launcher::Docker;
    let set = safe(setting).filter(|_| own).map(|value| Edit::Set {
        file: input.application().to_owned(),
        key: name.to_owned(),
        value,
    });
    let hint = match &set {
        Some(Edit::Set { value, .. }) => format!("Set {name}={value}"),
        _ => format!("Set {name}, such as {}", setting.example),
    };
    let finding = FileFinding { absence: Some(absence), ..input.absent(id, severity, name, summary) };
    Some(finding.hint(hint).fixed_by(set))
}

/// Returns the value that a fix writes without asking, in the form that Score reads.
fn safe(setting: &Setting) -> Option<String> {
    match setting.faults.absent.fill {
        Fill::Ask => None,
        Fill::Value(value) => Some(value.to_owned()),
        Fill::Default => {
            let default = setting.default?;
            // The table may say 64 MiB; Score reads a plain number.
            let amount = matches!(setting.kind, Kind::Bytes { .. } | Kind::Millis { .. });
            let number = number::measured(setting.kind, default).filter(|_| amount);
            Some(number.map_or_else(|| default.to_owned(), |number| number.to_string()))
        }
    }
}
