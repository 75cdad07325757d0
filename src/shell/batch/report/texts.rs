//! Visits every text of a report that may hold a name or a secret. The program's own words, setting names and times are
//! left out. Texts come in the alphabetical order of their JSON fields, so stand-ins are numbered the same way each time.

use super::document::{FileFacts, ReportDocument};
use crate::{
    score::{Kind, setting},
    shell::{
        batch::{
            json::{
                CheckEntry, CreatedEntry, FailureEntry, FindingEntry, Message, RepairEntry, RotationEntry, RunDocument,
                UnreadFile, WrittenEntry,
            },
            lint::{DeploymentFindings, FindingRow},
            show::{DeploymentValues, Fact},
        },
        values::{SourceEntry, ValueEntry},
    },
    store::checks::{Leftover, Policy},
};

/// The kind of name that a whole text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// No name; it may contain names.
    Prose,
    Bucket,
    Host,
    User,
}

pub(super) trait Texts {
    /// Shows each text; `see` may change it.
    fn texts(&mut self, see: &mut dyn FnMut(Named, &mut String));
}

impl Texts for String {
    fn texts(&mut self, see: &mut dyn FnMut(Named, &mut String)) {
        see(Named::Prose, self);
    }
}

impl<T: Texts> Texts for Option<T> {
    fn texts(&mut self, see: &mut dyn FnMut(Named, &mut String)) {
        if let Some(one) = self {
            one.texts(see);
        }
    }
}

impl<T: Texts> Texts for Vec<T> {
    fn texts(&mut self, see: &mut dyn FnMut(Named, &mut String)) {
        for one in self {
            one.texts(see);
        }
    }
}

impl<T: Texts> Texts for Box<T> {
    fn texts(&mut self, see: &mut dyn FnMut(Named, &mut String)) {
        self.as_mut().texts(see);
    }
}

/// Implements `Texts` for structs: their fields in the order given, each with what it names unless that is prose. The
/// fields in brackets hold no name and no secret. Every field must be in one of the lists, so a new field is not
/// forgotten.
macro_rules! texts {
    ($($of:ident { $($field:ident $(: $named:ident)?),* } [$($other:ident),*])*) => {
        $(impl Texts for $of {
            fn texts(&mut self, see: &mut dyn FnMut(Named, &mut String)) {
                let $of { $($field,)* $($other: _,)* } = self;
                $(texts!(@ $field, see $(, $named)?);)*
            }
        })*
    };
    (@ $field:expr, $see:ident) => { $field.texts($see) };
    (@ $field:expr, $see:ident, $named:ident) => { $see(Named::$named, $field) };
}

texts! {
    ReportDocument { check, deployment, files, host: Host, lint, system } [exit, hidden, made, schema, tool]
    FileFacts { owner: User, path } [mode, modified, size]
    DeploymentValues { error, notes, path, profiles, profiles_by, release, start, values, wrong } [possible]
    Fact { by } [what]
    ValueEntry { key, overrides, resolved, source, spelling, text, unknown } [known, masked, releases]
    DeploymentFindings { error, findings, notes, path, profiles } [fails, possible, provider, release, start]
    FindingRow { file, hint, holder, object, summary } [form, id, line, releases, repair, settings, severity]
    UnreadFile { hint, what } [wrong]
    RunDocument { checks, created, diff, error, files, leftovers, notes, problems, rotation } [changed, exit, provider, release, schema, verdict]
    CheckEntry { evidence, finding, id, title } [ms, outcome, severity]
    FindingEntry { hint, repair, summary } [accepted, id, settings]
    CreatedEntry { repair, said } [done]
    RotationEntry { backups, keep_old_until, new_access_key, old_access_key, score } [in_use, overlap]
    FailureEntry { cause, hint, what } []
    WrittenEntry { backup, notes, owner: User, path } [changed, keys, mode]
    Leftover { bucket: Bucket, key, upload } []
    Message { file, text } [id, line, settings, severity]
    Policy { expiry, permissions, start } []
}

impl Texts for SourceEntry {
    fn texts(&mut self, see: &mut dyn FnMut(Named, &mut String)) {
        match self {
            Self::Line { file, .. } => file.texts(see),
            Self::Variable { name, file, .. } => {
                file.texts(see);
                name.texts(see);
            }
            Self::Argument { name } => name.texts(see),
            Self::Jar { profiles } => profiles.texts(see),
        }
    }
}

impl Texts for RepairEntry {
    fn texts(&mut self, see: &mut dyn FnMut(Named, &mut String)) {
        match self {
            Self::CreateBucket { bucket } | Self::PutSentinel { bucket, .. } | Self::AbortUploads { bucket, .. } => {
                see(Named::Bucket, bucket);
            }
            Self::CreateContainer { container } => see(Named::Bucket, container),
            Self::SetPolicy { name, before, after } => {
                after.texts(see);
                before.texts(see);
                name.texts(see);
            }
            Self::Answer { setting: name, value } => {
                let kind = setting(name).map(|setting| setting.kind);
                let named =
                    if matches!(kind, Some(Kind::Bucket | Kind::Container)) { Named::Bucket } else { Named::Prose };
                see(named, value);
            }
            Self::Trim { .. } | Self::Swap { .. } => {}
        }
    }
}
