//! Fixes only how names and values are written: quotes, whitespace and comments around a value, a byte order mark, the
//! spelling of a name. Never changes the effective value of a setting that decides where files are stored, or that opens
//! the store.

use std::path::Path;

use super::{
    finding::{Edit, FileFinding},
    fix,
    input::LintInput,
    keys, lint_possible,
    normalize::{self, BLANKS, COMMENT, QUOTED},
    page::Meaning,
};
use crate::{
    forms::{
        Base, Environment, EnvironmentOrigin,
        env_file::{EnvFile, EnvFileReader, written},
        environment,
    },
    install::{
        deployment::{Deployment, Launch},
        recognise,
        spring::{SourcePosition, SourceSet},
    },
    score::{Id, Release, SETTINGS},
    text::secret::Secret,
};

/// A change of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
enum FormEdit {
    File(Edit),
    /// A new value of this variable, in the env file of the deployment.
    Variable {
        name: String,
        value: String,
    },
}

/// The most changes in one round. A configuration has some dozens of settings.
const MOST: usize = 100;

/// Returns the deployment with everything fixed that is only a matter of form, for each of these launches.
#[must_use]
pub fn fix_form(deployment: &Deployment, launches: &[Launch]) -> Deployment {
    // One fix can uncover another, such as quotes around the value of a misspelled name.
    const ROUNDS: usize = 5;
    let mut fixed = deployment.clone();
    for _ in 0..ROUNDS {
        let next = round(&fixed, launches);
        if next == fixed {
            break;
        }
        fixed = next;
    }
    fixed
}

/// Returns for each of these findings whether `fix_form` removes it. `chosen` is the release that the operator chose.
#[must_use]
pub fn removed_by_form(deployment: &Deployment, chosen: Option<Release>, findings: &[FileFinding]) -> Vec<bool> {
    if findings.iter().all(|finding| finding.edits.is_empty()) {
        return vec![false; findings.len()];
    }
    let fixed = fix_form(deployment, &recognise::launches(deployment, chosen));
    let left = lint_possible(&fixed, &recognise::launches(&fixed, chosen), None);
    let stays = |finding: &FileFinding| {
        left.iter().any(|other| {
            let about =
                |one: &FileFinding| (one.id, one.file.clone(), one.line, one.holder.clone(), one.object.clone());
            let shared = other.settings.iter().any(|setting| finding.settings.contains(setting));
            about(other) == about(finding) && (shared || other.settings == finding.settings)
        })
    };
    findings.iter().map(|finding| !stays(finding)).collect()
}

fn round(deployment: &Deployment, launches: &[Launch]) -> Deployment {
    let sources = SourceSet::of(deployment);
    let mut found = launches.iter().map(|launch| edits(&LintInput::new(&sources, launch, None)));
    let mut common = found.next().unwrap_or_default();
    for other in found {
        common.retain(|edit| other.contains(edit));
    }
    common.truncate(MOST);
    let before = guarded(deployment, launches);
    let keeps = |edits: &[FormEdit]| guarded(&apply(deployment, edits), launches) == before;
    common.retain(|edit| keeps(std::slice::from_ref(edit)));
    if keeps(&common) { apply(deployment, &common) } else { deployment.clone() }
}

fn edits(input: &LintInput<'_>) -> Vec<FormEdit> {
    let mut all: Vec<Edit> = Vec::new();
    for page in &input.pages {
        all.extend(page.bom.then(|| Edit::StripBom { file: page.path.clone() }));
        for entry in &page.entries {
            let Meaning::Sets(setting) = &entry.meaning else { continue };
            if !input.is_effective(page, entry, setting) {
                continue;
            }
            let meant = of_form(normalize::spelling(setting, &entry.value, Some(entry)));
            all.extend(meant.map(|text| entry.with_value(&page.path, &text)));
        }
    }
    let misspelled = keys::findings(input).into_iter().filter(|finding| finding.id == Id::P10);
    all.extend(misspelled.flat_map(|finding| finding.edits));
    all.into_iter().map(FormEdit::File).chain(variables(input)).collect()
}

/// Returns the text without the habits, if all of them are only a matter of form.
fn of_form(spelling: normalize::Normalized) -> Option<String> {
    let form =
        !spelling.habits.is_empty() && spelling.habits.iter().all(|habit| [QUOTED, COMMENT, BLANKS].contains(habit));
    form.then_some(spelling.text)
}

/// Returns the changes of an env file. A value that docker and compose would read differently stays.
fn variables<'a>(input: &'a LintInput<'_>) -> impl Iterator<Item = FormEdit> + use<'a> {
    let base = env_file(input.deployment);
    input.settings().filter_map(move |setting| {
        let seen = input.value_of(setting)?;
        let SourcePosition::Variable { name, file: Some(file), .. } = &seen.place else { return None };
        let ours = base.is_some_and(|base| base.path == *file);
        let meant = of_form(normalize::spelling(setting, seen.value.for_file(), None)).filter(|_| ours)?;
        let value = written(&meant, EnvFileReader::Both).ok()?;
        Some(FormEdit::Variable { name: name.clone(), value })
    })
}

/// Returns the env file that the operator named.
fn env_file(deployment: &Deployment) -> Option<&Base> {
    match &deployment.environment.as_ref()?.origin {
        EnvironmentOrigin::File(base) => Some(base),
        _ => None,
    }
}

fn apply(deployment: &Deployment, edits: &[FormEdit]) -> Deployment {
    let of_files = edits.iter().filter_map(|edit| match edit {
        FormEdit::File(edit) => Some(edit),
        FormEdit::Variable { .. } => None,
    });
    let mut fixed = fix::apply(deployment, &of_files.collect::<Vec<_>>());
    let Some(Base { bytes: Some(bytes), path, .. }) = env_file(deployment) else { return fixed };
    let mut file = EnvFile::parse(bytes);
    for edit in edits {
        if let FormEdit::Variable { name, value } = edit {
            file.set(std::slice::from_ref(name), value);
        }
    }
    with_variables(&mut fixed, path, file.to_bytes());
    fixed
}

fn with_variables(deployment: &mut Deployment, path: &Path, bytes: Vec<u8>) {
    if deployment.variables.path == path {
        deployment.variables.bytes = Some(bytes.clone());
    }
    if let Some(Environment { origin: EnvironmentOrigin::File(base), variables }) = &mut deployment.environment
        && base.bytes.as_ref() != Some(&bytes)
    {
        *variables = environment::literal(&bytes);
        base.bytes = Some(bytes);
    }
}

/// Returns the effective values that never change here: a stored file would seem to be gone, or the store would refuse
/// Score.
fn guarded(deployment: &Deployment, launches: &[Launch]) -> Vec<Option<Secret>> {
    let sources = SourceSet::of(deployment);
    let of = |launch: &Launch| {
        let view = sources.view(launch);
        let settings = SETTINGS.iter().filter(|setting| setting.known_to(launch.release) && setting.guarded());
        let values = settings.map(|setting| view.value(setting.name(launch.release), setting.spelling()));
        values.map(|seen| seen.map(|seen| seen.value)).collect::<Vec<_>>()
    };
    launches.iter().flat_map(of).collect()
}
