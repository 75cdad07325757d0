//! Reports what the form of the configuration makes of it: values that compose or Kubernetes changes, and parts that are
//! not read.

use super::{finding::FileFinding, input::LintInput};
use crate::{
    forms::Changed,
    score::{
        Id, Setting,
        Severity::{self, Note, Ping},
        Validator,
    },
};

pub(super) fn findings(input: &LintInput<'_>) -> Vec<FileFinding> {
    let changed = input.settings().filter_map(|setting| of_change(input, setting));
    unread(input).into_iter().chain(changed).collect()
}

/// Removes the findings that depend on a part that is not read. A part that overrides the values can change any of
/// them; another part can only add a setting.
pub(super) fn keep_certain(input: &LintInput<'_>, findings: &mut Vec<FileFinding>) {
    let parts = &input.deployment.unread;
    let overridden = parts.iter().any(|part| part.overrides);
    if !parts.is_empty() {
        // Faults of the form do not depend on other parts.
        let of_form = |id| matches!(id, Id::T60 | Id::T63 | Id::T66 | Id::T68 | Id::T69);
        findings.retain(|finding| of_form(finding.id) || finding.line.is_some() && !overridden);
    }
}

fn unread(input: &LintInput<'_>) -> Vec<FileFinding> {
    let parts = &input.deployment.unread;
    let finding = |part: &crate::forms::container::Unread| {
        let finding = input.absent(Id::T60, Note, "", part.what.clone());
        FileFinding { settings: Vec::new(), ..finding.hint(input.how_to_give_all()) }
    };
    parts.iter().map(finding).collect()
}

/// Returns the change of a text that is not the intended one. A number that Score reads as a number is judged as it
/// arrives. A reference is intended, except in a key, which may contain any letters.
fn unintended(input: &LintInput<'_>, setting: &Setting) -> Option<Changed> {
    input.changed(setting).filter(|changed| match changed {
        Changed::Scalar => !setting.numeric(),
        Changed::Reference => is_credential(setting),
        Changed::Dollar(_) => true,
    })
}

/// Returns true if the change of the value has a finding of its own.
pub(super) fn explains(input: &LintInput<'_>, setting: &Setting) -> bool {
    unintended(input, setting).is_some()
}

/// Reports a text that compose changes before Score receives it.
fn of_change(input: &LintInput<'_>, setting: &'static Setting) -> Option<FileFinding> {
    let changed = unintended(input, setting)?;
    let name = setting.name(input.release);
    let severity = severity(input, setting);
    let then = if severity == Note { String::new() } else { format!(": {}", severity.consequence()) };
    let (id, summary, hint) = match changed {
        Changed::Scalar => (
            Id::T61,
            format!("YAML reads the value of {name} as a number or a date, and compose passes on another text{then}."),
            "Write the value in quotes.".to_owned(),
        ),
        Changed::Reference => (
            Id::T65,
            format!("Kubernetes replaces a $ in the value of {name}{then}."),
            "Write $$ for each $, or put the value into a Secret, where Kubernetes replaces nothing.".to_owned(),
        ),
        Changed::Dollar(Some(line)) => (
            Id::P06,
            format!("Compose replaces a $ in the value of {name}, on line {line} of the env file{then}."),
            format!("On line {line} of the env file, write the value in single quotes, or $$ for each $."),
        ),
        Changed::Dollar(None) => {
            (Id::P06, format!("Compose replaces a $ in the value of {name}{then}."), "Write $$ for each $.".to_owned())
        }
    };
    Some(input.about(id, severity, setting.key, summary).hint(hint))
}

fn is_credential(setting: &Setting) -> bool {
    setting.secret() || setting.validator == Validator::AccessKey
}

fn severity(input: &LintInput<'_>, setting: &Setting) -> Severity {
    if is_credential(setting) { Ping } else { setting.faults.altered.on(input.release).unwrap_or(Note) }
}
