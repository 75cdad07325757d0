//! Finds changes that make Score look elsewhere for its stored objects, so that the operator sees them first. Observed
//! on Score 5.11: the objects stay in the old place, and every download of them answers 404.

use crate::{
    answers::target::{Assignment, Target},
    install::spring::View,
    score::Spelling,
};

/// Returns one sentence for each such change.
pub(super) fn notes(before: &View, target: &Target) -> Vec<String> {
    let note = |assignment: &Assignment| {
        let setting = assignment.setting;
        let what = setting.moves?;
        let mut names = [Some(assignment.name), Some(setting.key), setting.key_until_5_11].into_iter().flatten();
        let old = names.find_map(|name| before.value(name, Spelling::Relaxed))?.value;
        let new = assignment.value.for_file();
        // A value with a placeholder is not known here and may be the same.
        let moved = old.shape(|old| old.trim() != new && !old.contains("${"));
        moved.then(|| format!("{} changes: {what}.", assignment.name))
    };
    target.assignments.iter().filter_map(note).collect()
}
