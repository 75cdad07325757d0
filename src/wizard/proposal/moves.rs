//! Changes after which Score looks elsewhere for what it stored: told before they are made. Seen on Score 5.11: the files
//! stay where they were, and every download of them answers 404.

use crate::{answers::target::Target, install::spring::View, score::Spelling, score::key};

/// Keys that say where things are, and what a change of one does. Names of settings.
const MOVES: &[(&str, &str)] = &[
    (key::BUCKET_NAME_OBJECT, "files that are stored already stay in the old one, and Score does not find them"),
    (key::BUCKET_NAME_STATE, "uploads that are under way stay in the old one, and begin anew"),
    (
        key::BUCKET_SIZE_POOL,
        "Score looks for files that are stored already in other buckets, and does not find most of them",
    ),
    (
        key::BUCKET_SIZE_KEY,
        "Score looks for files that are stored already in other buckets, and does not find most of them",
    ),
    (key::S3_DATA_DIRECTORY, "files that are stored already stay under the old one, and Score does not find them"),
    (key::S3_UPLOAD_DIRECTORY, "uploads that are under way stay under the old one, and begin anew"),
];

/// One sentence for each.
pub(super) fn notes(before: &View, target: &Target) -> Vec<String> {
    let note = |(key, what): &(&'static str, &str)| {
        let assignment = target.assignments.iter().find(|assignment| assignment.setting.key == *key)?;
        let setting = assignment.setting;
        let mut names = [Some(assignment.name), Some(setting.key), setting.key_until_5_11].into_iter().flatten();
        let old = names.find_map(|name| before.value(name, Spelling::Relaxed))?.value;
        let new = assignment.value.for_file();
        // What cannot be told here may well be the same.
        let moved = old.shape(|old| old.trim() != new && !old.contains("${"));
        moved.then(|| format!("{} changes: {what}.", assignment.name))
    };
    // Azure keeps no state and has no pool.
    let known = MOVES.iter().filter(|(key, _)| target.store.s3().is_some() || *key == key::BUCKET_NAME_OBJECT);
    known.filter_map(note).collect()
}
