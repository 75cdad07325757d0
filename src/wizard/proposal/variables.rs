//! Computes the file of environment variables for a Score in the official image, which reads no properties file.

use std::path::Path;

pub(super) use super::variable_names::names;
use super::{
    application,
    failed::{FailedMarker, mark_variables},
    files::FileChange,
};
use crate::{
    answers::{draft::Problem, target::Target},
    forms::{
        Base, Environment, EnvironmentOrigin,
        env_file::{EnvFile, EnvFileReader, written},
        environment::exported,
        is_yaml,
    },
    install::{
        deployment::{Deployment, Launch},
        mark::{self, Mark},
    },
    score::{Id, Setting, Spelling, key},
};

const HEADER: &[u8] =
    b"# Variables of Score, for docker run --env-file or env_file in a compose file. This file contains secrets.\n";

/// Returns the file that contains the variables: the one that the operator named, or else the default one.
#[must_use]
pub fn file(deployment: &Deployment) -> &Base {
    match deployment.environment.as_ref().map(|environment| &environment.origin) {
        Some(EnvironmentOrigin::File(base)) => base,
        _ => &deployment.variables,
    }
}

/// Computes the change of the variables file.
///
/// # Errors
/// Returns the values that no line can pass unchanged to the reader of the file.
pub(super) fn proposed(
    read: &Deployment,
    working: &Deployment,
    target: &Target,
    stand: &Launch,
    failed: FailedMarker,
) -> Result<FileChange, Vec<Problem>> {
    let base = file(working);
    let reader = match working.environment.as_ref().map(|environment| &environment.origin) {
        Some(EnvironmentOrigin::Compose { .. }) => EnvFileReader::Compose,
        _ => EnvFileReader::Both,
    };
    let mut variables = EnvFile::parse(base.bytes.as_deref().filter(|bytes| !bytes.is_empty()).unwrap_or(HEADER));
    let mut problems = Vec::new();
    if reader == EnvFileReader::Both && !exported(base.bytes.as_deref().unwrap_or_default()).is_empty() {
        let message = format!(
            "{} has lines with export, and docker run --env-file refuses the whole file. Remove the word export.",
            base.path.display()
        );
        return Err(vec![Problem::new(Id::T56, Vec::new(), message)]);
    }
    for setting in application::of_other_store(target.provider.api) {
        for name in names(setting.key, setting.spelling()) {
            variables.unset(&name);
        }
    }
    for assignment in &target.assignments {
        let setting = assignment.setting;
        let own = names(assignment.name, setting.spelling());
        if !variables.sets(&own) {
            // The value comes from the name that another release uses.
            let family = [Some(setting.key), setting.key_until_5_11].into_iter().flatten();
            for name in family.filter(|name| *name != assignment.name) {
                for name in names(name, setting.spelling()) {
                    variables.unset(&name);
                }
            }
        }
        match written(assignment.value.for_file(), reader) {
            Ok(value) => variables.set(&own, &value),
            Err(why) => problems.push(refused(setting, assignment.name, why)),
        }
    }
    variables.set(&names(key::SPRING_PROFILES_ACTIVE, Spelling::Relaxed), &stand.profiles.join(","));
    let told = Mark { release: target.release, provider: Some(target.provider) };
    if Mark::read(&variables.to_bytes()) != Some(told) {
        variables.drop_comments(mark::BEGINNING);
        variables.put_first(&told.to_string());
    }
    mark_variables(&mut variables, failed);
    if !problems.is_empty() {
        return Err(problems);
    }
    let before = file(read);
    Ok(FileChange {
        path: before.path.clone(),
        before: before.bytes.clone(),
        after: variables.to_bytes(),
        objects: false,
        mode: None,
        notes: base.notes.clone(),
    })
}

fn refused(setting: &'static Setting, name: &str, why: &str) -> Problem {
    let message = format!("{} ({name}) cannot be written as a variable: {why}.", setting.label);
    Problem::new(Id::T56, vec![setting.key], message)
}

/// Returns the deployment with this variables file. Variables in the compose file itself still override it.
pub(super) fn applied(working: &Deployment, path: &Path, bytes: Vec<u8>) -> Deployment {
    let read = crate::forms::environment::literal(&bytes);
    let mut after = working.clone();
    if after.variables.path == path {
        after.variables.bytes = Some(bytes.clone());
    }
    let environment = after.environment.take();
    let mut variables = match environment.as_ref().map(|environment| &environment.origin) {
        Some(EnvironmentOrigin::Compose { .. }) => {
            crate::forms::environment::compose(&bytes, &|_| None).unwrap_or(read)
        }
        _ => read,
    };
    let origin = match environment {
        Some(Environment { origin: origin @ EnvironmentOrigin::Compose { .. }, variables: own }) => {
            variables.extend(own.into_iter().filter(|one| one.file.as_deref().is_none_or(is_yaml)));
            origin
        }
        _ => EnvironmentOrigin::File(Base { bytes: Some(bytes), ..Base::absent(path.to_owned()) }),
    };
    after.environment = Some(Environment { origin, variables });
    after
}
