//! Changes after which Score looks elsewhere for what it stored: told before they are made. Seen on Score 5.11: the files
//! stay where they were, and every download of them answers 404.

use crate::{
    answers::target::{Assignment, Target},
    install::spring::View,
    score::Spelling,
};

/// One sentence for each.
pub(super) fn notes(before: &View, target: &Target) -> Vec<String> {
    let note = |assignment: &Assignment| {
        let setting = assignment.setting;
        let what = setting.moves?;
        let mut names = [Some(assignment.name), Some(setting.key), setting.key_until_5_11].into_iter().flatten();
        let old = names.find_map(|name| before.value(name, Spelling::Relaxed))?.value;
        let new = assignment.value.for_file();
        // What cannot be told here may well be the same.
        let moved = old.shape(|old| old.trim() != new && !old.contains("${"));
        moved.then(|| format!("{} changes: {what}.", assignment.name))
    };
    target.assignments.iter().filter_map(note).collect()
}
