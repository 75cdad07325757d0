//! Makes the rows: decides which settings are shown, their order, and which values are masked.

use std::collections::HashSet;

use super::{SourceEntry, ValueEntry};
use crate::{
    install::spring::{Effective, View},
    score::{Release, SETTINGS, Spelling, key},
    text::{
        mask::{shown_text, shown_value},
        secret::Secret,
    },
};

/// Keys of Spring that decide which other sources are used.
const ABOUT_THE_START: &[&str] = &[
    key::SPRING_PROFILES_ACTIVE,
    key::SPRING_PROFILES_INCLUDE,
    key::SPRING_CONFIG_LOCATION,
    key::SPRING_CONFIG_ADDITIONAL_LOCATION,
    key::SPRING_CLOUD_VAULT_ENABLED,
];

/// Makes rows for the settings of this release in the order of the table, then for all other keys that are set.
#[must_use]
pub fn values(view: &View, release: Release) -> Vec<ValueEntry> {
    let mut rows: Vec<(&str, bool, Effective)> = Vec::new();
    for setting in SETTINGS.iter().filter(|setting| setting.known_to(release)) {
        let name = setting.name(release);
        if rows.iter().all(|(known, ..)| *known != name) {
            rows.extend(view.value(name, setting.spelling()).map(|seen| (name, true, seen)));
        }
    }
    for name in ABOUT_THE_START {
        rows.extend(view.value(name, Spelling::Relaxed).map(|seen| (*name, true, seen)));
    }
    let all: Vec<&str> =
        SETTINGS.iter().flat_map(|setting| [Some(setting.key), setting.key_until_5_11]).flatten().collect();
    let others = view.names(&all);
    let known: HashSet<String> = rows.iter().flat_map(|(key, ..)| [letters(key, true), letters(key, false)]).collect();
    for name in &others {
        // The name of a variable has no dots.
        if known.contains(&letters(name, name.contains('.'))) {
            continue;
        }
        let seen = view.value(name, Spelling::Exact).or_else(|| view.value(name, Spelling::Relaxed));
        rows.extend(seen.map(|seen| (name.as_str(), false, seen)));
    }
    // A secret is also masked in the value of another key.
    let hidden = |key: &str, value: &Secret| shown_value(key, value).is_none();
    let mut secrets: Vec<Secret> = rows
        .iter()
        .filter(|(key, _, seen)| hidden(key, &seen.value))
        .flat_map(|(_, _, seen)| [Some(seen.value.clone()), view.resolved(&seen.value)])
        .flatten()
        .filter(|secret| secret.shape(|text| text.len() >= 4 && !text.contains("${")))
        .collect();
    secrets.sort_unstable_by(|one, other| one.shape(|one| other.shape(|other| one.cmp(other))));
    secrets.dedup();
    // A search for many secrets takes long. Then only values of known settings are shown.
    let many = secrets.len() > 500;
    let show = |key: &str, value: &Secret| {
        if many && crate::score::setting(key).is_none() {
            return None;
        }
        let inside = |secret: &Secret| secret.shape(|secret| value.shape(|text| text.contains(secret)));
        shown_value(key, value).filter(|_| !secrets.iter().any(inside))
    };
    let row = |(key, known, seen): (&str, bool, Effective)| {
        let text = show(key, &seen.value);
        let open = seen.value.shape(|text| text.contains("${"));
        let resolved = view.resolved(&seen.value).filter(|_| open);
        ValueEntry {
            key: key.to_owned(),
            spelt: (seen.spelt != key).then(|| shown_text(&seen.spelt)),
            known,
            masked: text.is_none(),
            resolved: resolved.and_then(|value| show(key, &value)),
            text: text.unwrap_or_else(|| MASK.to_owned()),
            source: SourceEntry::of(&seen.place),
            overrides: seen.overridden.iter().map(SourceEntry::of).collect(),
        }
    };
    rows.into_iter().map(row).collect()
}

/// Returns the part that all spellings of a key share.
fn letters(text: &str, dots: bool) -> String {
    let kept = text.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '.' && dots);
    kept.collect::<String>().to_ascii_lowercase()
}

const MASK: &str = "••••••••";
