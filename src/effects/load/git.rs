//! Checks whether Git would track a file with secrets. Reads only `.git` and `.gitignore`, and does not run Git.
//! Understands the patterns that people use for such files: names, `*`, folders, paths from the root.

use std::path::{Path, PathBuf};

use crate::{effects::paths::folder, store::files::read_regular};

/// The size limit of one list of patterns, in bytes. A real one has a few kilobytes.
const MOST: u64 = 64 * 1024;
/// The longest pattern that is compared, in bytes. No path is longer.
const LONGEST: usize = 4096;

/// Returns a note with the line that prevents it, if Git would track the file.
#[must_use]
pub fn would_track(file: &Path) -> Option<String> {
    let whole = std::path::absolute(file).ok()?;
    let name = whole.file_name()?.to_str()?;
    let root = folder(&whole).ancestors().find(|above| above.join(".git").exists())?.to_owned();
    let mut lists: Vec<PathBuf> = folder(&whole)
        .ancestors()
        .take_while(|above| above.starts_with(&root))
        .map(|above| above.join(".gitignore"))
        .chain([root.join(".git/info/exclude")])
        .collect();
    // The last pattern that matches decides; a list deeper in the tree follows the ones above it.
    lists.reverse();
    let mut ignored = false;
    for list in &lists {
        let home = if list.ends_with("exclude") { root.clone() } else { folder(list) };
        let inside = whole.strip_prefix(&home).ok().and_then(Path::to_str).unwrap_or(name).to_owned();
        let bytes = read_regular(list, MOST).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        ignored = text.lines().filter_map(|line| covers(line, &inside)).next_back().unwrap_or(ignored);
    }
    (!ignored).then(|| {
        format!(
            "Git would take up {name}, with the secrets in it: add the line {name} to {}.",
            root.join(".gitignore").display()
        )
    })
}

/// Returns true if a line of `.gitignore` covers this path, which is relative to the folder of that file, and false if
/// the line exempts the path. `None` if the line does not match.
fn covers(line: &str, path: &str) -> Option<bool> {
    let pattern = line.trim_end();
    if pattern.is_empty() || pattern.starts_with('#') || pattern.len() > LONGEST {
        return None;
    }
    let (pattern, ignores) = pattern.strip_prefix('!').map_or((pattern, true), |pattern| (pattern, false));
    let folders_only = pattern.ends_with('/');
    let pattern = pattern.trim_end_matches('/');
    let parts: Vec<&str> = path.split('/').collect();
    let last = parts.len() - 1;
    let matches = match pattern.strip_prefix('/').or_else(|| pattern.contains('/').then_some(pattern)) {
        Some(anchored) => {
            (1..=parts.len()).any(|end| (end <= last || !folders_only) && like(anchored, &parts[..end].join("/")))
        }
        None => parts.iter().enumerate().any(|(at, part)| (at < last || !folders_only) && like(pattern, part)),
    };
    matches.then_some(ignores)
}

/// Returns true if the text matches the pattern, where `*` stands for any characters. Each piece between two `*` is
/// taken at its first place: a later place leaves less text for the pieces after it.
fn like(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let (middle, last) = rest.rsplit_once('*').map_or(("", rest), |(middle, last)| (middle, last));
    for piece in middle.split('*') {
        let Some(at) = text.find(piece) else { return false };
        text = &text[at + piece.len()..];
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn patterns_cover_what_git_would_ignore() {
        for (line, covered) in [
            (".env.score", Some(true)),
            (".env*", Some(true)),
            ("*.score", Some(true)),
            ("*e*s*e", Some(true)),
            ("*e*s*x", None),
            ("/conf/.env.score", Some(true)),
            ("conf/", Some(true)),
            ("conf/*", Some(true)),
            ("/.env.score", None),
            (".env.score/", None),
            ("# .env.score", None),
            ("!.env.score", Some(false)),
            (".env", None),
            ("", None),
        ] {
            assert_eq!(covers(line, "conf/.env.score"), covered, "{line}");
        }
    }

    #[test]
    fn a_file_in_a_work_tree_is_told_until_it_is_ignored() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("conf/.env.score");
        fs::create_dir_all(root.path().join("conf")).unwrap();
        assert_eq!(would_track(&file), None);
        fs::create_dir(root.path().join(".git")).unwrap();
        let list = root.path().join(".gitignore");
        let note = format!(
            "Git would take up .env.score, with the secrets in it: add the line .env.score to {}.",
            list.display()
        );
        assert_eq!(would_track(&file), Some(note));
        fs::write(list, ".env.score\n").unwrap();
        assert_eq!(would_track(&file), None);
    }

    #[test]
    fn the_last_pattern_that_matches_decides_and_none_takes_long() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join(".git")).unwrap();
        let file = root.path().join(".env.score");
        let list = root.path().join(".gitignore");
        fs::write(&list, ".env*\n!.env.score\n").unwrap();
        assert!(would_track(&file).is_some());
        fs::write(&list, "!.env.score\n.env*\n").unwrap();
        assert_eq!(would_track(&file), None);
        let long = root.path().join("a".repeat(250));
        fs::write(&list, format!("{}b\n", "*a".repeat(100)).repeat(300)).unwrap();
        assert!(would_track(&long).is_some());
    }
}
