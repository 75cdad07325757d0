//! Changes the variables of a systemd unit in the files that its `EnvironmentFile=` names. The unit itself is not changed.

use std::{ffi::OsStr, path::Path};

use super::files::{EditedFiles, WantedVariable, current};
use crate::forms::{Variable, env_file::EnvFileReader};

/// Adds the changes. `unit` is the unit itself. Returns false if no file sets a variable.
pub(super) fn change(
    files: &mut EditedFiles<'_>,
    unit: &Path,
    variables: &[Variable],
    wanted: &[&WantedVariable],
) -> bool {
    let of_lines = |one: &Variable| one.file.clone().filter(|file| file != unit && !is_drop_in(file, unit));
    // The last file overrides the others.
    let Some(last) = variables.iter().rev().find_map(of_lines) else { return false };
    for one in wanted {
        // A file overrides the lines Environment= of the unit.
        let file = current(variables, one).and_then(of_lines).unwrap_or_else(|| last.clone());
        files.set_line(&file, &one.names, one, EnvFileReader::Systemd);
    }
    true
}

/// Returns true for a file in the folder of the drop-ins of the unit, `NAME.d`. Files of variables may have any name.
fn is_drop_in(file: &Path, unit: &Path) -> bool {
    let folder = file.parent().and_then(Path::file_name).and_then(OsStr::to_str);
    let name = unit.file_name().and_then(OsStr::to_str);
    folder.and_then(|folder| folder.strip_suffix(".d")).is_some_and(|folder| Some(folder) == name)
}
