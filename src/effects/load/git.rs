//! Checks whether Git would track a file with secrets. Reads only `.git` and `.gitignore`, and does not run Git.
//! Understands the patterns that people use for such files: names, `*`, folders, paths from the root.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::folder;

/// Returns a note with the line that prevents it, if Git would track the file.
pub(super) fn would_track(file: &Path) -> Option<String> {
    let whole = std::path::absolute(file).ok()?;
    let name = whole.file_name()?.to_str()?;
    let root = folder(&whole).ancestors().find(|above| above.join(".git").exists())?.to_owned();
    let lists = folder(&whole)
        .ancestors()
        .take_while(|above| above.starts_with(&root))
        .map(|above| above.join(".gitignore"))
        .collect::<Vec<PathBuf>>();
    let covered = lists.iter().chain([&root.join(".git/info/exclude")]).any(|list| {
        let home = if list.ends_with("exclude") { root.clone() } else { folder(list) };
        let inside = whole.strip_prefix(&home).ok().and_then(Path::to_str).unwrap_or(name).to_owned();
        fs::read_to_string(list).is_ok_and(|text| text.lines().any(|line| covers(line, &inside)))
    });
    (!covered).then(|| {
        format!(
            "Git would take up {name}, with the secrets in it: add the line {name} to {}.",
            root.join(".gitignore").display()
        )
    })
}

/// Returns true if a line of `.gitignore` covers this path, which is relative to the folder of that file.
fn covers(line: &str, path: &str) -> bool {
    let pattern = line.trim_end();
    if pattern.is_empty() || pattern.starts_with(['#', '!']) {
        return false;
    }
    let folders_only = pattern.ends_with('/');
    let pattern = pattern.trim_end_matches('/');
    let parts: Vec<&str> = path.split('/').collect();
    let last = parts.len() - 1;
    if let Some(anchored) = pattern.strip_prefix('/').or_else(|| pattern.contains('/').then_some(pattern)) {
        return (1..=parts.len()).any(|end| (end <= last || !folders_only) && like(anchored, &parts[..end].join("/")));
    }
    parts.iter().enumerate().any(|(at, part)| (at < last || !folders_only) && like(pattern, part))
}

/// Returns true if the text matches the pattern, where `*` stands for any characters.
fn like(pattern: &str, text: &str) -> bool {
    let Some((before, behind)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(before) else { return false };
    (0..=rest.len()).any(|at| rest.is_char_boundary(at) && like(behind, &rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_cover_what_git_would_ignore() {
        for (line, covered) in [
            (".env.score", true),
            (".env*", true),
            ("*.score", true),
            ("/conf/.env.score", true),
            ("conf/", true),
            ("conf/*", true),
            ("/.env.score", false),
            (".env.score/", false),
            ("# .env.score", false),
            ("!.env.score", false),
            (".env", false),
            ("", false),
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
}
