//! What this release demands, and nothing sets: one finding for each key. Seen on Score 5.9.0, 5.10.1, 5.11.0 and
//! 5.12.0-SNAPSHOT, with one key left out at a time.

use super::{Edit, Finding, harm::consequence, site::Site};
use crate::{
    install::deployment::Start as How,
    score::{
        Fill, Id, Kind, Release, Setting,
        Severity::{self, Note, Start},
        Spelling, key, secure,
    },
    text::values::number,
};

pub(super) fn findings(site: &Site<'_>) -> Vec<Finding> {
    if site.refused() {
        return Vec::new();
    }
    let mut all: Vec<Finding> = site.settings().filter_map(|setting| of(site, setting)).collect();
    // BenchmarkURLGenerator.java:30.
    if site.active("benchmark") && site.view.value(key::BENCHMARK_ENDPOINT, Spelling::Relaxed).is_none() {
        let summary =
            format!("benchmark.endpoint is missing, which the profile benchmark needs: {}.", consequence(Start));
        all.push(site.absent(Id::T43, Start, key::BENCHMARK_ENDPOINT, summary));
    }
    if site.secure() && site.release >= Release::R5_11 {
        let none = secure::TOKEN_KEYS.iter().all(|key| site.seen(key).is_none());
        if none {
            let [set, location] = secure::TOKEN_KEYS;
            let summary = format!(
                "{set} or {location} is missing, one of which the profile secure needs: {}.",
                consequence(Start)
            );
            let mut finding = site.absent(Id::T43, Start, location, summary);
            finding.settings.push(set.to_owned());
            all.push(finding);
        }
    }
    all
}

fn of(site: &Site<'_>, setting: &'static Setting) -> Option<Finding> {
    if site.value_of(setting).is_some() {
        return None;
    }
    let severity = missing(site, setting)?;
    // Told where it stands under another name.
    if site.meant_for(setting).is_some() {
        return None;
    }
    let name = setting.name(site.release);
    let then = if severity == Note { String::new() } else { format!(": {}", consequence(severity)) };
    let instead = setting.faults.absent.instead.map_or_else(String::new, |does| format!(", so that {does}"));
    let summary = format!("{name} is missing{instead}{then}.");
    let id = setting.faults.absent.id;
    let own = site.stand.start != How::Docker;
    let set = safe(setting).filter(|_| own).map(|value| Edit::Set {
        file: site.application().to_owned(),
        key: name.to_owned(),
        value,
    });
    let hint = match &set {
        Some(Edit::Set { value, .. }) => format!("Set {name}={value}"),
        _ => format!("Set {name}, such as {}", setting.example),
    };
    Some(site.absent(id, severity, name, summary).hint(hint).mended_by(set))
}

/// Returns what Score does without this setting; `None` if Score does not miss it.
pub(super) fn missing(site: &Site<'_>, setting: &Setting) -> Option<Severity> {
    let absent = setting.faults.absent;
    let missed = site.holds(setting.read) && site.holds(absent.missed);
    absent.worst.on(site.release).filter(|_| missed)
}

/// Returns the value that a repair writes without asking, as Score wants it.
fn safe(setting: &Setting) -> Option<String> {
    match setting.faults.absent.fill {
        Fill::Ask => None,
        Fill::Value(value) => Some(value.to_owned()),
        Fill::Default => {
            let default = setting.default?;
            // The table may say 64 MiB; Score wants the number.
            let amount = matches!(setting.kind, Kind::Bytes { .. } | Kind::Millis { .. });
            let number = number::measured(setting.kind, default).filter(|_| amount);
            Some(number.map_or_else(|| default.to_owned(), |number| number.to_string()))
        }
    }
}
