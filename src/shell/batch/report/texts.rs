//! Visits every text of a report that may hold a name or a secret. The program's own words, setting names and times are
//! left out. Texts come in the alphabetical order of their JSON fields, so stand-ins are numbered the same way each time.

use super::document::{FileFacts, ReportDocument};
use crate::{
    shell::{
        batch::{
            json::{
                CheckEntry, CreatedEntry, FailureEntry, FindingEntry, Message, RepairEntry, RunDocument, Unread,
                WrittenEntry,
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

/// Implements `Texts` for structs: their fields in the order given, each with what it names unless that is prose.
macro_rules! texts {
    ($($of:ty { $($field:ident $(: $named:ident)?),* })*) => {
        $(impl Texts for $of {
            fn texts(&mut self, see: &mut dyn FnMut(Named, &mut String)) {
                $(texts!(@ self.$field, see $(, $named)?);)*
            }
        })*
    };
    (@ $field:expr, $see:ident) => { $field.texts($see) };
    (@ $field:expr, $see:ident, $named:ident) => { $see(Named::$named, &mut $field) };
}

texts! {
    ReportDocument { check, deployment, files, host: Host, lint, system }
    FileFacts { owner: User, path }
    DeploymentValues { error, notes, path, profiles, profiles_by, release, start, values, wrong }
    Fact { by }
    ValueEntry { overrides, resolved, source, spelling, text }
    DeploymentFindings { error, findings, path, profiles }
    FindingRow { file, hint, holder, summary }
    Unread { hint, what }
    RunDocument { checks, created, diff, error, files, leftovers, notes, problems }
    CheckEntry { evidence, finding, id, title }
    FindingEntry { hint, repair, summary }
    CreatedEntry { repair, said }
    FailureEntry { cause, hint, what }
    WrittenEntry { backup, notes, owner: User, path }
    Leftover { bucket: Bucket, upload }
    Message { file, text }
    Policy { expiry, permissions, start }
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
            Self::CreateBucket { bucket } | Self::PutSentinel { bucket, .. } => see(Named::Bucket, bucket),
            Self::CreateContainer { container } => see(Named::Bucket, container),
            Self::SetPolicy { name, before, after } => {
                after.texts(see);
                before.texts(see);
                name.texts(see);
            }
            Self::Answer { setting, value } if setting.starts_with("bucket.name.") => see(Named::Bucket, value),
            Self::Answer { value, .. } => value.texts(see),
        }
    }
}
