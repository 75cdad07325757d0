//! Reports files with secrets that every user of the machine can read.

use super::{
    finding::{Edit, FileFinding},
    input::LintInput,
};
use crate::{
    forms::{Base, describes_objects},
    install::deployment::{Deployment, Exposure, Launcher},
    score::{Id, Severity::Note},
    text::{mask::holds_secrets, shell_word},
};

pub(super) fn findings(input: &LintInput<'_>) -> Vec<FileFinding> {
    let secret = |exposure: &&Exposure| input.deployment.file(&exposure.path).is_some_and(has_secrets);
    let found = input.deployment.exposed.iter().filter(secret);
    found.map(|exposure| finding(exposure, true)).collect()
}

/// Returns the same findings before secrets are written: `application.properties` is going to contain some.
#[must_use]
pub fn exposed(deployment: &Deployment, start: Launcher) -> Vec<FileFinding> {
    let all = deployment.exposed.iter().filter_map(|exposure| {
        let secret = deployment.file(&exposure.path).is_some_and(has_secrets);
        let written = start != Launcher::Docker && exposure.path == deployment.application.path;
        (secret || written).then(|| finding(exposure, secret))
    });
    all.collect()
}

fn has_secrets(base: &Base) -> bool {
    base.bytes.as_deref().is_some_and(|bytes| holds_secrets(bytes, describes_objects(&base.path, bytes)))
}

fn finding(exposure: &Exposure, now: bool) -> FileFinding {
    let name = exposure.path.file_name().unwrap_or(exposure.path.as_os_str()).to_string_lossy();
    let Exposure { mode, owner, group, .. } = exposure;
    let summary = if now {
        format!("Every user can read the secrets in {name} (mode {mode:04o}).")
    } else {
        format!("Every user can read {name} (mode {mode:04o}).")
    };
    let finding = FileFinding::new(Id::T59, Note, summary, exposure.path.clone(), None);
    let path = shell_word(&exposure.path.display().to_string());
    let closed = exposure.closed();
    let chmod = exposure.chmod();
    let Some(reader) = exposure.readers.iter().find(|reader| !reader.keeps).or(exposure.readers.first()) else {
        let owner = if owner == "root" { String::new() } else { format!(", {owner}") };
        return finding.hint(format!(
            "score-setup does not know which user reads this file for Score. If it is root{owner} or in the group {group}, run: {chmod}"
        ));
    };
    let reads = format!("{} reads this file for Score ({})", reader.name, reader.by);
    if !reader.keeps {
        return finding
            .hint(format!("{reads}, and only because every user may. Give it the file, then run: chmod 0600 {path}"));
    }
    let finding = finding.hint(format!("{reads}. It can also read a file with the mode {closed:04o}."));
    if exposure.ours {
        finding.fixed_by([Edit::Mode { file: exposure.path.clone(), mode: closed }])
    } else {
        finding.hint(format!("As {owner} or as root, run: {chmod}"))
    }
}
