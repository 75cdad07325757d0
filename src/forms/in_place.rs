//! Changes variables where a file sets them: in the environment of a compose service, in the files of variables that it
//! or a systemd unit names, and in Kubernetes objects. Every other byte stays. Opens no file itself.

mod compose;
mod files;
mod kubernetes;
mod part;
mod systemd;

use super::{DescribedBy, EnvironmentOrigin, Variable, environment::source_of_unknown};
use crate::text::yaml::YamlError;
use files::{EditedFiles, current};
pub(crate) use files::{InPlaceChange, InPlaceFile, LeftValue, OpenSource, WantedVariable};
pub(crate) use part::{is_part, with_part};

/// Returns the files with these variables. `None` for a form that is not changed in place.
///
/// # Errors
/// Returns an error if the files cannot be read for changes.
#[must_use]
pub(crate) fn in_place(
    origin: &EnvironmentOrigin,
    variables: &[Variable],
    open: OpenSource<'_>,
    wanted: &[WantedVariable],
) -> Option<Result<InPlaceChange, YamlError>> {
    let mut files = EditedFiles::new(open);
    let differs = |one: &&WantedVariable| current(variables, one).is_none_or(|found| found.value != one.value);
    // A placeholder stands for a value that is not known here.
    let known = |one: &&WantedVariable| one.value.shape(|text| source_of_unknown(text).is_none());
    let wanted: Vec<&WantedVariable> = wanted.iter().filter(known).filter(differs).collect();
    let done = match origin {
        EnvironmentOrigin::Compose { path, service } => {
            open(path)?;
            compose::change(&mut files, path, service, variables, &wanted)
        }
        EnvironmentOrigin::Described { path, name, by: DescribedBy::Kubernetes } => {
            open(path)?;
            kubernetes::change(&mut files, path, name, variables, &wanted)
        }
        EnvironmentOrigin::Described { path, by: DescribedBy::Systemd, .. } => {
            systemd::change(&mut files, path, variables, &wanted).then_some(Ok(()))?
        }
        _ => return None,
    };
    Some(done.map(|()| files.changed()))
}
