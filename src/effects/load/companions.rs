//! Reads the files next to `application.properties`: those with fixed names, those of profiles, and those in YAML.

use std::{
    fs,
    io::{self, ErrorKind},
    path::Path,
};

use super::{FILE, failed, read_regular};
use crate::{
    forms::{Base, MOST_OF_SETTINGS, is_configuration},
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

/// The reason why a link is not followed.
pub(super) const ELSEWHERE: &str = "the link leads to a file that is not a configuration of Score";

/// Reads a regular file of settings. A link may lead to any file of this machine, so its target must look like a
/// configuration: no value of another file is shown.
pub(super) fn regular(path: &Path) -> io::Result<Vec<u8>> {
    let bytes = read_regular(path, MOST_OF_SETTINGS)?;
    if leads_elsewhere(path, &bytes) { Err(io::Error::other(ELSEWHERE)) } else { Ok(bytes) }
}

/// Returns true if the path is a link, and these bytes of its target are not a configuration.
pub(super) fn leads_elsewhere(path: &Path, bytes: &[u8]) -> bool {
    fs::symlink_metadata(path).is_ok_and(|what| what.is_symlink()) && !is_configuration(bytes)
}

/// Reads `application-<profile>.properties`, `application.yml` and `application-<profile>.yml`. A file that cannot be
/// read becomes a note.
pub(super) fn profiles(deployment: &mut Deployment) {
    let application = deployment.application.path.clone();
    if application.file_name() != Some(FILE.as_ref()) {
        return;
    }
    let entries =
        fs::read_dir(crate::effects::paths::folder(&application)).into_iter().flatten().flatten().take(MOST_FILES);
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    // `application-x.yml` sorts before `application.yml`, and `.yaml` before `.yml`.
    names.sort_unstable();
    for name in names {
        let Some((language, profile)) = of_name(&name) else { continue };
        let path = application.with_file_name(&name);
        let mut base = || match regular(&path) {
            Ok(bytes) => Some(Base { path: path.clone(), bytes: Some(bytes), notes: Vec::new() }),
            Err(error) => {
                deployment.notes.push(format!("{name} cannot be read: {}.", cause(&error)));
                None
            }
        };
        match (language, profile) {
            (Language::Properties, Some(profile)) => {
                let file = base().map(|base| ProfileFile { profile, base });
                deployment.profile_files.extend(file);
            }
            (Language::Yaml, profile) => {
                let file = base().map(|base| YamlFile { profile, base });
                deployment.yaml_files.extend(file);
            }
            (Language::Properties, None) => {}
        }
    }
}

/// The language of a file that Spring finds by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Properties,
    Yaml,
}

/// Returns the language of `application.properties`, `application-<profile>.yml` and similar names, and the profile.
pub(super) fn of_name(name: &str) -> Option<(Language, Option<String>)> {
    let (stem, extension) = name.rsplit_once('.')?;
    let profile = match stem.strip_prefix("application")? {
        "" => None,
        rest => Some(rest.strip_prefix('-').filter(|profile| !profile.is_empty())?.to_owned()),
    };
    match extension {
        "properties" => Some((Language::Properties, profile)),
        "yml" | "yaml" => Some((Language::Yaml, profile)),
        _ => None,
    }
}
