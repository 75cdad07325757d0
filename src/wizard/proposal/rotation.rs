//! Replaces the keys of a deployment where Score reads them, and changes nothing else.

use crate::{
    answers::draft::Problem,
    forms::{
        EnvironmentOrigin,
        env_file::{EnvFile, EnvFileReader, written},
    },
    install::{
        deployment::{Deployment, Launch},
        spring::{SourcePosition, View},
    },
    score::{Id, Setting},
    text::{properties::Document, secret::Secret, values::placeholder},
    wizard::proposal::variables,
};

/// Returns the deployment with these values in place of the effective ones. The values are as a file contains them,
/// before its escapes.
///
/// # Errors
/// Returns a problem if a value is not in a file that this program changes, or if another source would override it.
pub fn rotated(
    working: &Deployment,
    launch: &Launch,
    keys: &[(&'static Setting, Secret)],
) -> Result<Deployment, Problem> {
    let mut after = working.clone();
    for (setting, value) in keys {
        let name = setting.name(launch.release);
        let seen = View::answers(&after, launch).value(name, setting.spelling());
        let Some(seen) = seen else {
            return Err(refused(setting, "nothing in this configuration sets it. Set it with score-setup apply"));
        };
        if seen.value.shape(|text| placeholder::resolve(text).is_none()) {
            let why = format!("it is a placeholder (${{…}}) in {}. Change the value that it refers to", seen.place);
            return Err(refused(setting, &why));
        }
        if seen.value != *value {
            replace(&mut after, &seen.place, setting, name, value)?;
        }
        let seen = View::answers(&after, launch).value(name, setting.spelling());
        if let Some(seen) = seen.filter(|seen| seen.value != *value) {
            return Err(refused(setting, &format!("{} overrides it", seen.place)));
        }
    }
    Ok(after)
}

/// Replaces one value at its position.
fn replace(
    after: &mut Deployment,
    place: &SourcePosition,
    setting: &'static Setting,
    name: &str,
    value: &Secret,
) -> Result<(), Problem> {
    let elsewhere =
        || refused(setting, &format!("it comes from {place}, which score-setup does not change. Change it there"));
    match place {
        SourcePosition::Line { file, .. } => {
            let of_profiles = after.profile_files.iter_mut().map(|one| &mut one.base);
            let mut bases = [&mut after.application].into_iter().chain(of_profiles);
            let base = bases.find(|base| base.path == *file).ok_or_else(elsewhere)?;
            let mut document = Document::parse(base.bytes.as_deref().unwrap_or_default())
                .map_err(|bad| Problem::new(Id::P07, vec![setting.key], format!("{}: {bad}.", file.display())))?;
            document.set(name, setting.spelling(), value.for_file());
            base.bytes = Some(document.to_bytes());
            Ok(())
        }
        SourcePosition::Variable { file, .. } => {
            let environment = after.environment.as_ref().ok_or_else(elsewhere)?;
            let reader = match &environment.origin {
                EnvironmentOrigin::File(_) => EnvFileReader::Both,
                EnvironmentOrigin::Compose { .. } => EnvFileReader::Compose,
                _ => return Err(elsewhere()),
            };
            let base = variables::file(after).clone();
            let of_it = file.as_deref().or_else(|| environment.origin.path()) == Some(base.path.as_path());
            let bytes = base.bytes.as_deref().filter(|_| of_it).ok_or_else(elsewhere)?;
            let value = written(value.for_file(), reader).map_err(|why| refused(setting, why))?;
            let mut lines = EnvFile::parse(bytes);
            lines.set(&variables::names(name, setting.spelling()), &value);
            *after = variables::applied(after, &base.path, lines.to_bytes());
            Ok(())
        }
        SourcePosition::Argument { .. } | SourcePosition::Jar { .. } => Err(elsewhere()),
    }
}

fn refused(setting: &'static Setting, why: &str) -> Problem {
    Problem::new(Id::T56, vec![setting.key], format!("{} was not replaced: {why}.", setting.key))
}
