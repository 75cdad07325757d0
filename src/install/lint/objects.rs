//! Reports faults of the objects that start Score, such as a Deployment and its Secret: what Kubernetes refuses, and what
//! reaches Score although it was not intended.

use super::{finding::FileFinding, input::LintInput};
use crate::{
    forms::container::{FormFault, ObjectFault},
    install::spring::SourcePosition,
    score::{
        Id, Setting,
        Severity::{self, Note, Start},
        Validator,
    },
};

pub(super) fn findings(input: &LintInput<'_>) -> Vec<FileFinding> {
    let faults = input.deployment.faults.iter().map(|fault| of_fault(input, fault));
    let breaks = input.settings().filter(|setting| explains(input, setting)).map(|setting| of_break(input, setting));
    faults.chain(breaks).collect()
}

fn of_fault(input: &LintInput<'_>, fault: &FormFault) -> FileFinding {
    let (id, severity, summary, hint) = match &fault.fault {
        ObjectFault::NotText => (
            Id::T63,
            Start,
            "Kubernetes refuses the object, because the value is a number or a switch and must be text.".to_owned(),
            "Write the value in quotes.",
        ),
        ObjectFault::Twice(name) => (
            Id::T66,
            Note,
            format!(
                "The variable {name} is given twice. The last one takes effect, and server-side apply refuses the object."
            ),
            "Remove one of them.",
        ),
        ObjectFault::NoKey { variable, key } => (
            Id::T69,
            Start,
            format!(
                "The variable {variable} refers to {key}, which does not exist. Kubernetes does not start the container."
            ),
            "Add the key to the object, or correct its name.",
        ),
        ObjectFault::Ignored(path) => (
            Id::T68,
            Note,
            format!("Settings are mounted at {path}, and Score does not read them."),
            "Set variables instead. From 5.11, SPRING_CONFIG_ADDITIONAL_LOCATION can add the folder.",
        ),
    };
    let finding = input.absent(id, severity, "", summary);
    let object = Some(fault.object.clone()).filter(|object| !object.is_empty());
    FileFinding { settings: Vec::new(), line: fault.line, object: object.or(finding.object.clone()), ..finding }
        .hint(hint)
}

/// Returns true if the value ends with a line break that Score does not remove.
pub(super) fn explains(input: &LintInput<'_>, setting: &Setting) -> bool {
    let ends = |text: &str| text.ends_with(['\n', '\r']);
    !setting.numeric()
        && input
            .value_of(setting)
            .is_some_and(|seen| matches!(seen.place, SourcePosition::Variable { .. }) && seen.value.shape(ends))
}

fn of_break(input: &LintInput<'_>, setting: &'static Setting) -> FileFinding {
    let name = setting.name(input.release);
    // The SDK trims both keys when it signs.
    let trimmed = matches!(setting.validator, Validator::AccessKey | Validator::SecretKey);
    let severity = if trimmed { Note } else { setting.faults.altered.on(input.release).unwrap_or(Note) };
    let then = match severity {
        Severity::Note if trimmed => ". Score removes it".to_owned(),
        Severity::Note => String::new(),
        severity => format!(": {}", severity.consequence()),
    };
    let summary = format!("The value of {name} ends with a line break{then}.");
    let finding = input.about(Id::T64, severity, setting.key, summary);
    // The value of a Secret may be coded or a text.
    let coded = finding.object.as_ref().is_some_and(|object| object.starts_with("Secret "));
    finding.hint(if coded {
        "Encode it without one, as in printf %s VALUE | base64. In a block of YAML, write |- in place of |."
    } else {
        "In a block of YAML, write |- in place of |, or write the value in quotes."
    })
}
