//! Checks that Score will read the written values: looks up each one as Spring does, in the deployment as it will be.

use std::path::Path;

use super::application::set;
use crate::{
    answers::target::{Assignment, Target},
    forms::Base,
    install::{
        deployment::{Deployment, Launch, Launcher, ProfileFile},
        spring::{Effective, SourcePosition, View},
    },
    score::{Spelling, key},
    text::properties::{BadEscape, Document},
};

/// Returns the settings that Score would not read from where they are written, each with the source it would read.
fn lost<'a>(view: &View, target: &'a Target) -> Vec<(&'a Assignment, Effective)> {
    let seen = |assignment: &'a Assignment| {
        let seen = view.value(assignment.name, assignment.setting.spelling())?;
        let wanted = assignment.value.for_file();
        let differs = seen.value.shape(|value| value != wanted);
        differs.then_some((assignment, seen))
    };
    target.assignments.iter().filter_map(seen).collect()
}

/// Returns the profile files that override the written file, with the target's values where they differ. Score up to
/// 5.10 (Spring Boot 2.1.6) puts the jar's sections above every file for all profiles. For those releases, the result
/// also has a file for the strongest profile, with the settings that the jar sets.
pub(super) fn profile_files(
    after: &Deployment,
    target: &Target,
    stand: &Launch,
) -> Result<Vec<ProfileFile>, BadEscape> {
    let mut changed: Vec<ProfileFile> = Vec::new();
    for (assignment, seen) in lost(&View::of(after, stand), target) {
        let (profile, base) = match &seen.place {
            SourcePosition::Line { file, .. } => match of_path(after, file) {
                Some(file) => (file.profile.clone(), file.base.clone()),
                None => continue,
            },
            SourcePosition::Jar { .. } => {
                let Some(profile) = stand.profiles.last().cloned() else { continue };
                let found = after.profile_files.iter().find(|file| file.profile == profile);
                let name = format!("application-{profile}.properties");
                let base = found.map_or_else(
                    || Base::absent(after.application.path.with_file_name(name)),
                    |file| file.base.clone(),
                );
                (profile, base)
            }
            SourcePosition::Variable { .. } | SourcePosition::Argument { .. } => continue,
        };
        let at = changed.iter().position(|file| file.base.path == base.path).unwrap_or_else(|| {
            changed.push(ProfileFile { profile, base });
            changed.len() - 1
        });
        let base = &mut changed[at].base;
        let mut document = match &base.bytes {
            Some(bytes) => Document::parse(bytes)?,
            None => Document::parse(HEADER.as_bytes())?,
        };
        set(&mut document, assignment);
        base.bytes = Some(document.to_bytes());
    }
    Ok(changed)
}

const HEADER: &str = "# The jar of Score sets values for its profiles, which override application.properties. This file overrides \
                      the jar.\n";

fn of_path<'a>(deployment: &'a Deployment, file: &Path) -> Option<&'a ProfileFile> {
    deployment.profile_files.iter().find(|one| one.base.path == file)
}

/// Describes what keeps Score from reading the written values, one sentence each. Contains no values.
pub(super) fn notes(after: &Deployment, target: &Target, stand: &Launch) -> Vec<String> {
    let view = View::of(after, stand);
    // A later document of the file itself has its own note, with its line.
    let elsewhere =
        |seen: &Effective| !matches!(&seen.place, SourcePosition::Line { file, .. } if *file == after.application.path);
    let lost = lost(&view, target).into_iter().filter(|(_, seen)| elsewhere(seen));
    let mut notes: Vec<String> = lost.map(|(assignment, seen)| note(assignment.name, &seen)).collect();
    let active = Launch::of(after, stand.release, stand.start).profiles;
    if active != stand.profiles
        && stand.start != Launcher::Wrapper
        && let Some(seen) = view.value(key::SPRING_PROFILES_ACTIVE, Spelling::Relaxed)
        && !matches!(seen.place, SourcePosition::Jar { .. })
        && seen.value.shape(|value| value != stand.profiles.join(","))
    {
        notes.push(note(key::SPRING_PROFILES_ACTIVE, &seen));
    }
    notes
}

fn note(name: &str, seen: &Effective) -> String {
    let how = match &seen.place {
        SourcePosition::Variable { name, file: Some(file), line: Some(line) } => {
            format!("the variable {name} of {}, line {line}", file.file_name().unwrap_or_default().to_string_lossy())
        }
        place => format!("{place}"),
    };
    format!(
        "{name}: {how} overrides it with a different value. The value in this file has no effect until you remove the other one."
    )
}
