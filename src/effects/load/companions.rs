//! Reads the files next to `application.properties`: those with fixed names, those of profiles, and those in YAML.

use std::{
    fs,
    io::{self, ErrorKind},
    path::Path,
};

use super::{CAP, FILE, failed, read_at_most};
use crate::{
    forms::Base,
    install::deployment::{Deployment, LoadError, ProfileFile, YamlFile},
    text::cause,
};

/// The most files that are read; no folder of configuration has as many.
const MOST_FILES: usize = 1000;

/// Reads a file of the same folder, which may not exist.
pub(super) fn read(application: &Path, name: &str) -> Result<Base, LoadError> {
    let path = application.with_file_name(name);
    match regular(&path) {
        Ok(bytes) => Ok(Base { path, bytes: Some(bytes), notes: Vec::new() }),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(Base::absent(path)),
        Err(error) => Err(failed(&path, &error)),
    }
}

/// Reads a regular file. Refuses a pipe, because reading a pipe without a writer never ends.
pub(super) fn regular(path: &Path) -> io::Result<Vec<u8>> {
    let what = fs::metadata(path)?;
    if !what.is_file() {
        return Err(io::Error::other(format!("it is {}", super::kind(&what))));
    }
    read_at_most(path, CAP)
}

/// Reads `application-<profile>.properties`, `application.yml` and `application-<profile>.yml`. A file that cannot be
/// read becomes a note.
pub(super) fn profiles(deployment: &mut Deployment) {
    let application = deployment.application.path.clone();
    if application.file_name() != Some(FILE.as_ref()) {
        return;
    }
    let entries = fs::read_dir(super::folder(&application)).into_iter().flatten().flatten().take(MOST_FILES);
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    // `application-x.yml` sorts before `application.yml`, and `.yaml` before `.yml`.
    names.sort_unstable();
    for name in names {
        let Some((stem, extension)) = name.rsplit_once('.') else { continue };
        let profile = match stem.strip_prefix("application") {
            Some("") => None,
            Some(rest) if rest.len() > 1 && rest.starts_with('-') => Some(rest[1..].to_owned()),
            _ => continue,
        };
        let path = application.with_file_name(&name);
        let mut base = || match regular(&path) {
            Ok(bytes) => Some(Base { path: path.clone(), bytes: Some(bytes), notes: Vec::new() }),
            Err(error) => {
                deployment.notes.push(format!("{name} cannot be read: {}.", cause(&error)));
                None
            }
        };
        match (extension, profile) {
            ("properties", Some(profile)) => {
                let file = base().map(|base| ProfileFile { profile, base });
                deployment.profile_files.extend(file);
            }
            ("yml" | "yaml", profile) => {
                let file = base().map(|base| YamlFile { profile, base });
                deployment.yaml_files.extend(file);
            }
            _ => {}
        }
    }
}
