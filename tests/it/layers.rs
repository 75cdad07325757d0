//! Holds the modules to the picture in `src/lib.rs`: what is pure stays pure, and imports point one way.

use std::{fs, path::Path};

/// Modules that know no clock, no file, no network and no terminal.
const PURE: &[&str] = &[
    "catalogue",
    "value",
    "secret",
    "deployment",
    "spring",
    "lint",
    "draft",
    "target",
    "tuning",
    "properties",
    "output",
    "wizard",
    "checks/board",
    "checks/advice",
    "explain",
    "report",
];
const IMPURE: &[&str] = &[
    "tokio",
    "std::fs",
    "std::net",
    "std::process",
    "std::env",
    "crossterm",
    "ratatui",
    "Instant::now",
    "SystemTime::now",
    "Utc::now",
    "Local::now",
    "now_utc",
];

/// Who must not name whom.
const ARROWS: &[(&str, &[&str])] = &[
    (
        "properties",
        &["crate::catalogue", "crate::draft", "crate::target", "crate::wizard", "crate::checks", "crate::probe"],
    ),
    (
        "deployment",
        &["crate::draft", "crate::target", "crate::wizard", "crate::checks", "crate::output", "crate::effects"],
    ),
    ("spring", &["crate::draft", "crate::target", "crate::wizard", "crate::checks", "crate::output", "crate::effects"]),
    ("lint", &["crate::wizard", "crate::output", "crate::effects", "crate::tui", "crate::batch"]),
    ("catalogue", &["crate::target", "crate::wizard", "crate::checks", "crate::output", "crate::effects"]),
    ("value", &["crate::draft", "crate::target", "crate::wizard", "crate::checks"]),
    (
        "probe",
        &["crate::catalogue", "crate::draft", "crate::target", "crate::wizard", "crate::checks", "crate::output"],
    ),
    ("checks", &["crate::wizard", "crate::output", "crate::tui", "crate::batch", "crate::provision"]),
    ("output", &["crate::wizard", "crate::checks", "crate::effects", "crate::tui", "crate::batch"]),
    ("report", &["crate::wizard", "crate::checks", "crate::effects", "crate::tui", "crate::batch", "crate::cli"]),
    ("wizard", &["crate::effects", "crate::tui", "crate::batch", "crate::cli"]),
    ("effects", &["crate::tui", "crate::batch", "crate::cli"]),
    ("provision", &["crate::tui", "crate::batch", "crate::cli"]),
];

/// The code of a module and of the modules under it, without comments and without its tests.
fn code(module: &str) -> Vec<(String, String)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![source.join(format!("{module}.rs"))];
    let mut folders = vec![source.join(module)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("a folder of sources can be read").path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files
        .into_iter()
        .map(|file| {
            let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            let live = text.split("#[cfg(test)]").next().unwrap_or_default();
            let live: Vec<&str> = live.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            (file.display().to_string(), spelt_out(&live.join("\n")))
        })
        .collect()
}

/// With the first names of every `use crate::{…}` also written as `crate::name`.
fn spelt_out(code: &str) -> String {
    let mut names = vec![code.to_owned()];
    for group in code.split("use crate::{").skip(1) {
        let mut depth = 0;
        let mut top = String::new();
        for letter in group.chars() {
            match letter {
                '}' if depth == 0 => break,
                '{' => depth += 1,
                '}' => depth -= 1,
                _ if depth == 0 => top.push(letter),
                _ => {}
            }
        }
        names.extend(top.split(',').map(|name| format!("crate::{}", name.trim())));
    }
    names.join("\n")
}

#[test]
fn grouped_imports_are_seen() {
    let code = "use crate::{\n    catalogue::{Need, When},\n    wizard::State,\n};";
    let all = spelt_out(code);
    assert!(all.contains("\ncrate::catalogue") && all.contains("\ncrate::wizard") && !all.contains("crate::When"));
}

fn named<'a>(rules: impl IntoIterator<Item = (&'a str, &'a [&'a str])>) -> Vec<String> {
    let mut found = Vec::new();
    for (module, words) in rules {
        for (file, text) in code(module) {
            found.extend(words.iter().filter(|word| text.contains(**word)).map(|word| format!("{file} names {word}")));
        }
    }
    found
}

#[test]
fn pure_modules_touch_nothing() {
    assert_eq!(named(PURE.iter().map(|module| (*module, IMPURE))), Vec::<String>::new());
}

#[test]
fn imports_point_one_way() {
    assert_eq!(named(ARROWS.iter().map(|(module, forbidden)| (*module, *forbidden))), Vec::<String>::new());
}
