//! Tests the floors of `src`: each folder uses only the folders below it. Reads whole files, tests included. No two
//! folders use each other. Pure folders use no clock, file, network or terminal.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The floors, from the lowest to the highest. `lib`, `main` and `log` are not part of them.
const FLOORS: [&str; 9] = ["score", "text", "forms", "install", "answers", "store", "wizard", "effects", "shell"];

/// The folders and files that use no clock, no file, no network and no terminal.
const PURE: &[&str] = &[
    "score",
    "text",
    "forms",
    "install",
    "answers",
    "store/checks/engine/board",
    "store/checks/advice",
    "store/tune/advice",
    "store/tune/calculator",
    "store/tune/model",
    "store/tune/sampler",
    "store/tune/words",
    "wizard",
    "shell/explain",
    "shell/batch/report/hide",
    "shell/batch/report/page",
    "shell/batch/report/texts",
];
const IMPURE: &[&str] = &[
    "tokio",
    "std::fs",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "ToSocketAddrs",
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

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Returns every source file below `src`: its path without the extension, and its code without comments.
fn files() -> Vec<(String, String)> {
    let mut folders = vec![source()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("src can be read") {
            let path = entry.expect("src can be read").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).expect("a source file is text");
            let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            let name = path.strip_prefix(source()).expect("it is below src").with_extension("");
            files.push((name.display().to_string(), code.join("\n")));
        }
    }
    files.sort();
    files
}

/// Returns the first names of all paths that begin with `crate::`, also in grouped imports.
fn used(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            names.insert(name(rest));
            continue;
        };
        let mut depth = 0;
        let mut start = true;
        for (at, letter) in group.char_indices() {
            match letter {
                '}' if depth == 0 => break,
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                _ if start && depth == 0 && letter.is_alphabetic() => {
                    names.insert(name(&group[at..]));
                    start = false;
                }
                _ => {}
            }
        }
    }
    names
}

fn name(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

fn floor(file: &str) -> Option<usize> {
    let top = file.split('/').next().unwrap_or(file);
    FLOORS.iter().position(|floor| *floor == top)
}

#[test]
fn grouped_imports_are_seen() {
    let code = "use crate::{\n    score::{Need, When},\n    wizard::State,\n};\nlet a = crate::text::shown(b);";
    assert_eq!(used(code).into_iter().collect::<Vec<_>>(), ["score", "text", "wizard"]);
}

#[test]
fn every_folder_is_a_floor() {
    let outside: BTreeSet<String> = files()
        .into_iter()
        .map(|(file, _)| file)
        .filter(|file| floor(file).is_none() && !matches!(file.as_str(), "lib" | "main" | "log"))
        .collect();
    assert_eq!(outside, BTreeSet::new());
}

#[test]
fn each_floor_uses_only_the_floors_below_it() {
    let mut up = BTreeMap::new();
    for (file, code) in files() {
        let Some(own) = floor(&file) else { continue };
        for name in used(&code) {
            if floor(&name).is_some_and(|other| other > own) {
                up.insert(file.clone(), name);
            }
        }
    }
    assert_eq!(up, BTreeMap::new());
}

/// Returns the fields of the core's state that the code changes, other than by an event.
fn written_fields(code: &str) -> Vec<String> {
    const CHANGES: [&str; 9] =
        ["take", "insert", "get_or_insert", "push", "extend", "clear", "retain", "replace", "give"];
    let mut fields = Vec::new();
    for rest in code.split("state.").skip(1) {
        let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '.');
        let (path, after) = rest.split_at(end.unwrap_or(rest.len()));
        let method = path.rsplit('.').next().unwrap_or_default();
        let assigned = ["=", "+=", "-=", "&=", "|="].iter().any(|sign| after.trim_start().starts_with(sign));
        let compared = ["==", "=>"].iter().any(|sign| after.trim_start().starts_with(sign));
        if assigned && !compared || after.starts_with('(') && CHANGES.contains(&method) {
            fields.push(path.to_owned());
        }
    }
    fields
}

#[test]
fn a_written_state_is_seen() {
    let code = "state.dry = true; self.session.state.trouble.take(); state.draft.give(key); state.step == a; \
                state.run.number |= 1; match state.step { A => b }; let b = state.way => c";
    assert_eq!(written_fields(code), ["dry", "trouble.take", "draft.give", "run.number"]);
}

#[test]
fn no_shell_writes_the_state() {
    let mut written = Vec::new();
    for (file, code) in files() {
        if file.starts_with("shell") || file == "main" {
            written.extend(written_fields(&code).into_iter().map(|field| format!("{file}: {field}")));
            // `State::new` takes all that a shell decides.
            let built = code.contains(" State {") && !code.contains("struct State {");
            written.extend(built.then(|| format!("{file}: State {{ … }}")));
        }
    }
    assert_eq!(written, Vec::<String>::new());
}

#[test]
fn pure_code_touches_nothing() {
    let mut touched = Vec::new();
    for (file, code) in files() {
        let pure = PURE
            .iter()
            .any(|pure| file.strip_prefix(pure).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
        // Tests may create temporary folders.
        let live = code.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        if pure {
            touched.extend(IMPURE.iter().filter(|word| live.contains(**word)).map(|word| format!("{file}: {word}")));
        }
    }
    assert_eq!(touched, Vec::<String>::new());
}
