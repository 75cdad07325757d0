//! Compares output with accepted files, and writes these files for `tests/accept`. insta writes the snapshots on the
//! same request.

use std::{env, fs, path::Path};

use similar::TextDiff;

use crate::screens;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it");

fn accepting() -> bool {
    env::var("INSTA_UPDATE").is_ok_and(|update| update == "always")
}

/// Compares the file with the output, or writes it if the output is to be accepted.
#[track_caller]
pub(crate) fn compare(path: &Path, said: &str) {
    let accepted = fs::read_to_string(path).unwrap_or_default();
    if accepted == said {
        return;
    }
    if accepting() {
        fs::write(path, said).unwrap();
    } else {
        let difference = TextDiff::from_lines(accepted.as_str(), said).unified_diff().to_string();
        panic!("{} differs. If the new text is right, run tests/accept:\n{difference}", path.display());
    }
}

#[test]
fn every_snapshot_is_used() {
    let mut unused = Vec::new();
    for entry in fs::read_dir(format!("{FOLDER}/snapshots")).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_str().unwrap();
        let Some(name) = file.strip_prefix("it__").and_then(|name| name.strip_suffix(".snap")) else { continue };
        let (module, name) = name.split_once("__").unwrap();
        let used = if module == "screens" {
            screens::snapshots().any(|used| used == name)
        } else {
            let source = fs::read_to_string(format!("{FOLDER}/{module}.rs")).unwrap_or_default();
            source.contains(&format!("\"{name}\""))
        };
        if !used && accepting() {
            fs::remove_file(&path).unwrap();
        } else if !used {
            unused.push(file.to_owned());
        }
    }
    assert!(unused.is_empty(), "no test compares with these snapshots; tests/accept removes them: {unused:?}");
}
