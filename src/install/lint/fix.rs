//! Carries out the edits of findings. All other bytes stay the same.

use std::path::Path;

use super::finding::{Edit, FileFinding};
use crate::{
    forms::{Base, with_profiles},
    install::deployment::Deployment,
    score::{Setting, Spelling, setting},
    text::properties::{Change, Document, double_backslashes},
};

/// Returns the deployment as the edits of these findings leave it. The effective value of no other setting changes.
#[must_use]
pub fn fix(deployment: &Deployment, findings: &[FileFinding]) -> Deployment {
    apply(deployment, &findings.iter().flat_map(|finding| &finding.edits).collect::<Vec<_>>())
}

/// Returns the deployment as these edits leave it.
pub(super) fn apply(deployment: &Deployment, edits: &[&Edit]) -> Deployment {
    let mut fixed = deployment.clone();
    let Deployment { application, bootstrap, profile_files, .. } = &mut fixed;
    for base in [application, bootstrap].into_iter().chain(profile_files.iter_mut().map(|file| &mut file.base)) {
        properties(base, &of(&base.path, edits));
    }
    let closes = |path: &Path| edits.iter().any(|edit| matches!(edit, Edit::Mode { file, .. } if file == path));
    fixed.exposed.retain(|exposure| !closes(&exposure.path));
    let profiles = of(&fixed.wrapper.path, edits).into_iter().find_map(|edit| match edit {
        Edit::Profiles { profiles, .. } => Some(profiles.clone()),
        _ => None,
    });
    if let (Some(profiles), Some(bytes)) = (profiles, &fixed.wrapper.bytes) {
        fixed.wrapper.bytes = Some(with_profiles(bytes, &profiles.join(",")).0);
    }
    fixed
}

fn of<'a>(path: &Path, edits: &[&'a Edit]) -> Vec<&'a Edit> {
    edits.iter().filter(|edit| edit.file() == path).copied().collect()
}

fn properties(base: &mut Base, edits: &[&Edit]) {
    if edits.is_empty() {
        return;
    }
    let mut bytes = base.bytes.clone().unwrap_or_default();
    for edit in edits {
        if let Edit::Backslash { line, .. } = edit {
            bytes = double_backslashes(&bytes, *line);
        }
    }
    // If Java cannot read the file yet, the next round finds its other faults.
    let Ok(mut document) = Document::parse(&bytes) else {
        base.bytes = Some(bytes);
        return;
    };
    let mut changes = Vec::new();
    for edit in edits {
        let (line, spelt, change) = match edit {
            Edit::Value { line, spelt, value, .. } => (line, spelt, Change::Value(value.for_file())),
            Edit::Rename { line, spelt, name, .. } => (line, spelt, Change::Name(name)),
            Edit::CommentOut { line, spelt, .. } => (line, spelt, Change::CommentOut),
            Edit::Set { .. }
            | Edit::StripBom { .. }
            | Edit::Backslash { .. }
            | Edit::Profiles { .. }
            | Edit::Mode { .. } => continue,
        };
        changes.push((*line, spelt.as_str(), change));
    }
    document.change(&changes);
    for edit in edits {
        match edit {
            Edit::StripBom { .. } => document = document.without_bom(),
            Edit::Set { key, value, .. } => {
                document.set(key, setting(key).map_or(Spelling::Relaxed, Setting::spelling), value);
            }
            _ => {}
        }
    }
    let bytes = document.to_bytes();
    if base.bytes.as_ref() != Some(&bytes) {
        base.bytes = Some(bytes);
    }
}
