//! Every key that is set, what counts for it and where that stands, as it may be shown: secrets masked, also under other
//! names.

use super::mask::{shown_text, shown_value};
use crate::{
    catalogue::{Release, SETTINGS},
    properties::Spelling,
    secret::Secret,
    spring::{Place, Seen, View},
};

/// What counts for one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    pub key: String,
    /// The other spelling in use.
    pub spelt: Option<String>,
    /// Whether this release of Score reads it, as far as is known here.
    pub known: bool,
    /// As it may be shown.
    pub value: String,
    pub masked: bool,
    /// With every `${…}` filled in, where that is known here.
    pub resolved: Option<String>,
    pub place: Place,
    /// Where else it is set, without effect.
    pub overrides: Vec<Place>,
}

/// Keys of this release in the order of the catalogue, then everything else that is set, as it stands.
#[must_use]
pub fn values(view: &View, release: Release) -> Vec<Value> {
    let mut rows: Vec<(&str, bool, Seen)> = Vec::new();
    for setting in SETTINGS.iter().filter(|setting| setting.known_to(release)) {
        let name = setting.name(release);
        if rows.iter().all(|(known, ..)| *known != name) {
            rows.extend(view.value(name, setting.spelling()).map(|seen| (name, true, seen)));
        }
    }
    let all: Vec<&str> =
        SETTINGS.iter().flat_map(|setting| [Some(setting.key), setting.key_until_5_11]).flatten().collect();
    let others = view.names(&all);
    for name in &others {
        let shown = |(_, _, seen): &(&str, bool, Seen)| seen.spelt == *name;
        if rows.iter().any(shown) {
            continue;
        }
        let seen = view.value(name, Spelling::Exact).or_else(|| view.value(name, Spelling::Relaxed));
        rows.extend(seen.map(|seen| (name.as_str(), false, seen)));
    }
    // A secret stays one under another name.
    let hidden = |key: &str, value: &Secret| shown_value(key, value).is_none();
    let secrets: Vec<Secret> = rows
        .iter()
        .filter(|(key, _, seen)| hidden(key, &seen.value))
        .flat_map(|(_, _, seen)| [Some(seen.value.clone()), view.resolved(&seen.value)])
        .flatten()
        .filter(|secret| secret.shape(|text| text.len() >= 4 && !text.contains("${")))
        .collect();
    let show = |key: &str, value: &Secret| {
        let inside = |secret: &Secret| secret.shape(|secret| value.shape(|text| text.contains(secret)));
        shown_value(key, value).filter(|_| !secrets.iter().any(inside))
    };
    let row = |(key, known, seen): (&str, bool, Seen)| {
        let text = show(key, &seen.value);
        let open = seen.value.shape(|text| text.contains("${"));
        let resolved = view.resolved(&seen.value).filter(|_| open);
        Value {
            key: key.to_owned(),
            spelt: (seen.spelt != key).then(|| shown_text(&seen.spelt)),
            known,
            masked: text.is_none(),
            resolved: resolved.map(|value| show(key, &value).unwrap_or_else(|| MASK.to_owned())),
            value: text.unwrap_or_else(|| MASK.to_owned()),
            place: seen.place,
            overrides: seen.beaten,
        }
    };
    rows.into_iter().map(row).collect()
}

const MASK: &str = "••••••••";
