//! Lists the effective value of each setting with its source, for `show`, the report and the screen: decides which
//! settings are listed, their order, and which values are masked.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use serde::Serialize;

use crate::{
    forms::environment::source_of_unknown,
    install::{
        deployment::Launch,
        spring::{Effective, SourcePosition, SourceSet, View},
    },
    score::{Release, SETTINGS, Spelling, key},
    text::{
        mask::{DOTS, is_random, shown_value, swapped},
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

/// The most names that are listed beside the settings of Score. No deployment has as many, and a file of 1 MiB can have a
/// hundred thousand.
const MOST_OTHERS: usize = 1000;

/// The effective values of a deployment.
#[derive(Debug, Default)]
pub struct Values {
    pub rows: Vec<ValueEntry>,
    /// The number of other names that are set and not listed.
    pub left_out: usize,
}

/// The effective value of one setting.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct ValueEntry {
    pub key: String,
    /// The releases that it holds for, if others are possible too.
    pub releases: Vec<&'static str>,
    /// The spelling in the source, if it differs.
    #[serde(rename = "spelt")]
    pub spelling: Option<String>,
    /// True if this release of Score reads it.
    pub known: bool,
    #[serde(rename = "value")]
    pub text: String,
    pub masked: bool,
    /// The source of the value if it is not known here, such as a Secret that is not in the input.
    pub unknown: Option<String>,
    /// The value with all placeholders filled in, if that is possible here.
    pub resolved: Option<String>,
    pub source: SourceEntry,
    pub overrides: Vec<SourceEntry>,
}

/// The source of a value.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum SourceEntry {
    Line { file: String, line: usize },
    Variable { name: String, file: Option<String>, line: Option<usize> },
    Argument { name: String },
    Jar { profiles: Vec<String> },
}

/// Makes rows for a deployment whose release may be that of any of these launches. A row that does not hold for all of
/// them names its releases.
#[must_use]
pub fn possible_values(sources: &SourceSet<'_>, launches: &[Launch]) -> Values {
    let (mut all, mut left_out): (Vec<ValueEntry>, usize) = (Vec::new(), 0);
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    for launch in launches {
        let of_launch = values(&sources.view(launch), launch.release);
        left_out = left_out.max(of_launch.left_out);
        for entry in of_launch.rows {
            let same = |other: &ValueEntry| {
                (&other.text, &other.resolved, &other.source) == (&entry.text, &entry.resolved, &entry.source)
            };
            let of_key = places.entry(entry.key.clone()).or_default();
            if let Some(at) = of_key.iter().copied().find(|at| same(&all[*at])) {
                all[at].releases.push(launch.release.name());
                all[at].known |= entry.known;
            } else {
                of_key.push(all.len());
                all.push(ValueEntry { releases: vec![launch.release.name()], ..entry });
            }
        }
    }
    for entry in &mut all {
        if entry.releases.len() == launches.len() {
            entry.releases.clear();
        }
    }
    all.sort_by_key(|entry| !entry.known);
    Values { rows: all, left_out }
}

/// Makes rows for the settings of this release in the order of the table, then for all other keys that are set.
#[must_use]
pub fn values(view: &View, release: Release) -> Values {
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
    // The name of a variable has no dots. A line of a private key is read as a name without a value.
    let listed = |name: &&String| !(known.contains(&letters(name, name.contains('.'))) || is_random(name));
    let mut others = others.iter().filter(listed);
    for name in others.by_ref().take(MOST_OTHERS) {
        let seen = view.value(name, Spelling::Exact).or_else(|| view.value(name, Spelling::Relaxed));
        rows.extend(seen.map(|seen| (name.as_str(), false, seen)));
    }
    let left_out = others.count();
    // A secret is also masked in the value of another key.
    let value = |name: &str| rows.iter().find(|(key, ..)| *key == name).map(|(.., seen)| seen.value.clone());
    let is_swapped = value(key::S3_ACCESS_KEY).zip(value(key::S3_SECRET_KEY)).is_some_and(|(a, b)| swapped(&a, &b));
    let shown_value =
        |name: &str, value: &Secret| shown_value(name, value).filter(|_| !(is_swapped && name == key::S3_ACCESS_KEY));
    let texts: Vec<Option<String>> = rows.iter().map(|(key, _, seen)| shown_value(key, &seen.value)).collect();
    let mut secrets: Vec<Secret> = rows
        .iter()
        .zip(&texts)
        .filter(|(_, text)| text.is_none())
        .flat_map(|((_, _, seen), _)| [Some(seen.value.clone()), view.resolved(&seen.value)])
        .flatten()
        .filter(|secret| secret.shape(|text| text.len() >= 4 && !text.contains("${")))
        .collect();
    secrets.sort_unstable_by(|one, other| one.shape(|one| other.shape(|other| one.cmp(other))));
    secrets.dedup();
    // A search for many secrets takes long, and a name that is not listed may have one too. Then only values of known
    // settings are shown.
    let many = secrets.len() > 500 || left_out > 0;
    let show = |key: &str, value: &Secret, text: Option<String>| {
        if many && crate::score::setting(key).is_none() {
            return None;
        }
        let inside = |secret: &Secret| secret.shape(|secret| value.shape(|text| text.contains(secret)));
        text.filter(|_| !secrets.iter().any(inside))
    };
    let row = |((key, known, seen), text): ((&str, bool, Effective), Option<String>)| {
        let unknown = seen.value.shape(|text| source_of_unknown(text).map(str::to_owned));
        let text = if unknown.is_some() { Some(String::new()) } else { show(key, &seen.value, text) };
        let open = seen.value.shape(|text| text.contains("${"));
        let resolved = open.then(|| view.resolved(&seen.value)).flatten();
        ValueEntry {
            key: key.to_owned(),
            releases: Vec::new(),
            spelling: (seen.spelt != key).then(|| seen.spelt.clone()),
            known,
            masked: text.is_none(),
            unknown,
            resolved: resolved.and_then(|value| show(key, &value, shown_value(key, &value))),
            text: text.unwrap_or_else(|| DOTS.to_owned()),
            source: SourceEntry::of(&seen.place),
            overrides: seen.overridden.iter().map(SourceEntry::of).collect(),
        }
    };
    Values { rows: rows.into_iter().zip(texts).map(row).collect(), left_out }
}

/// Returns the part that all spellings of a key share.
pub(super) fn letters(text: &str, dots: bool) -> String {
    let kept = text.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '.' && dots);
    kept.collect::<String>().to_ascii_lowercase()
}

impl SourceEntry {
    /// Describes a position in a source.
    #[must_use]
    pub fn of(place: &SourcePosition) -> Self {
        let shown = |path: &Path| path.display().to_string();
        match place {
            SourcePosition::Line { file, line } => Self::Line { file: shown(file), line: *line },
            SourcePosition::Variable { name, file, line } => {
                Self::Variable { name: name.clone(), file: file.as_deref().map(shown), line: *line }
            }
            SourcePosition::Argument { name } => Self::Argument { name: name.clone() },
            SourcePosition::Jar { section } => Self::Jar { profiles: section.clone() },
        }
    }

    /// Describes the source: `wrapper.conf:66`, `variable S3_ENDPOINT`.
    #[must_use]
    pub fn words(&self) -> String {
        let name = |file: &str| Path::new(file).file_name().unwrap_or_default().to_string_lossy().into_owned();
        match self {
            Self::Line { file, line } | Self::Variable { file: Some(file), line: Some(line), .. } => {
                format!("{}:{line}", name(file))
            }
            Self::Variable { name, .. } => format!("variable {name}"),
            Self::Argument { name } => format!("argument {name}"),
            Self::Jar { profiles } if profiles.is_empty() => "the jar".to_owned(),
            Self::Jar { profiles } => format!("the jar, for {}", profiles.join(", ")),
        }
    }
}
