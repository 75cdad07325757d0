//! Computes the changes of files that set the variables of a container themselves: a compose project, Kubernetes objects.

use std::path::Path;

use super::{files::FileChange, overridden, variable_names::names};
use crate::{
    answers::{draft::Problem, target::Target},
    forms::{
        Base, Environment, EnvironmentOrigin, FormError, Source, Variable,
        environment::source_of_unknown,
        in_place::{InPlaceChange, InPlaceFile, LeftValue, WantedVariable, in_place, is_part, with_part},
        neighbours, read_variables,
    },
    install::deployment::{Deployment, ExportForm, Launch, Launcher},
    score::{Id, Spelling, key},
    text::{properties::Document, secret::Secret},
};

/// Computes the changed files. `None` if the variables are not changed in place.
pub(super) fn proposed(
    read: &Deployment,
    working: &Deployment,
    target: &Target,
    launch: &Launch,
) -> Option<Result<Vec<FileChange>, Vec<Problem>>> {
    let environment = working.environment.as_ref().filter(|_| !runs_container_by_unit(working))?;
    let open = |path: &Path| read.source(path).and_then(|base| base.bytes.as_deref());
    let (mounted, rest) = in_mounted_file(working, target);
    let changed = in_place(&environment.origin, &environment.variables, &open, &wanted(&rest, launch))?;
    Some(match changed.map(|changed| with_mounted_file(changed, mounted.as_ref())) {
        Ok(Ok(changed)) => {
            let application = mounted.unwrap_or_else(|| working.application.clone());
            judged(read, &Deployment { application, ..working.clone() }, &rest, launch, changed)
        }
        Ok(Err(problem)) => Err(vec![problem]),
        Err(error) => {
            let message = format!("The file cannot be changed: {error}.");
            Err(vec![Problem::new(Id::T56, Vec::new(), message)])
        }
    })
}

/// Sets what a mounted file sets already, such as `application.properties` in a ConfigMap. Returns the file, if there is one,
/// and the target without these settings. A variable overrides the file, so what a variable sets stays there.
fn in_mounted_file(working: &Deployment, target: &Target) -> (Option<Base>, Target) {
    let (mut rest, base) = (target.clone(), &working.application);
    let parsed = Document::parse(base.bytes.as_deref().unwrap_or_default()).ok();
    let Some(mut document) = parsed.filter(|_| is_part(&base.path)) else { return (None, rest) };
    let variables = working.environment.as_ref().map(|known| known.variables.as_slice()).unwrap_or_default();
    rest.assignments.retain(|one| {
        let (name, spelling) = (one.name, one.setting.spelling());
        let overridden = variables.iter().any(|variable| names(name, spelling).contains(&variable.name));
        let in_file = !overridden && document.effective(name, spelling).is_some();
        if in_file {
            document.set(name, spelling, one.value.for_file());
        }
        !in_file
    });
    (Some(Base { bytes: Some(document.to_bytes()), ..base.clone() }), rest)
}

/// Puts a mounted file into the changed objects.
fn with_mounted_file(changed: InPlaceChange, mounted: Option<&Base>) -> Result<InPlaceChange, Problem> {
    let Some((base, bytes)) = mounted.and_then(|base| Some((base, base.bytes.as_deref()?))) else { return Ok(changed) };
    let InPlaceChange { mut files, left } = changed;
    let put = files.iter_mut().any(|file| {
        let after = with_part(&file.after, &base.path, bytes);
        after.map(|after| file.after = after).is_some()
    });
    if put {
        return Ok(InPlaceChange { files, left });
    }
    let message = format!("{} is written in a way that is not changed. Change it there.", base.path.display());
    Err(Problem::new(Id::T56, Vec::new(), message))
}

/// Returns true for a systemd unit that starts a container: its files of variables do not reach the container.
fn runs_container_by_unit(working: &Deployment) -> bool {
    working.form() == Some(ExportForm::Systemd)
        && working.start.as_ref().is_some_and(|start| start.what == Launcher::Docker)
}

/// Returns the variables for the target.
pub(super) fn wanted(target: &Target, launch: &Launch) -> Vec<WantedVariable> {
    let of = |name: &str, spelling, value: &str, secret| WantedVariable {
        names: names(name, spelling),
        value: Secret::new(value),
        secret,
    };
    let all = target.assignments.iter();
    let all = all.map(|one| of(one.name, one.setting.spelling(), one.value.for_file(), one.setting.secret()));
    let profiles = of(key::SPRING_PROFILES_ACTIVE, Spelling::Relaxed, &launch.profiles.join(","), false);
    all.chain([profiles]).collect()
}

/// Reads the changed files again, and returns them with notes about variables that are left as they are.
fn judged(
    read: &Deployment,
    working: &Deployment,
    target: &Target,
    launch: &Launch,
    changed: InPlaceChange,
) -> Result<Vec<FileChange>, Vec<Problem>> {
    let InPlaceChange { files, left } = changed;
    let refuse = |message: String| vec![Problem::new(Id::T56, Vec::new(), message)];
    let after = applied(working, &files).map_err(|why| refuse(format!("The changed files cannot be read: {why}.")))?;
    let variables = after.environment.as_ref().map(|environment| environment.variables.as_slice()).unwrap_or_default();
    let all_wanted = wanted(target, launch);
    // A value that is known here and cannot be changed would leave half of the answers in effect.
    let said = |one: &LeftValue| format!("{} is not written: {}.", one.name, one.why);
    let blocked: Vec<Problem> = left.iter().filter(|one| !one.by_hand).flat_map(|one| refuse(said(one))).collect();
    if !blocked.is_empty() {
        return Err(blocked);
    }
    let is_known = |one: &&WantedVariable| one.value.shape(|text| source_of_unknown(text).is_none());
    if !left.is_empty() && left.len() == all_wanted.iter().filter(is_known).count() {
        return Err(left.iter().flat_map(|one| refuse(said(one))).collect());
    }
    let left_out = |one: &WantedVariable| left.iter().any(|left| one.names.first() == Some(&left.name));
    for one in all_wanted.iter().filter(|one| !left_out(one)) {
        let found = variables.iter().rev().find(|variable| one.names.contains(&variable.name));
        let unknown = |text: &str| source_of_unknown(text).is_some();
        if found.is_none_or(|found| found.value != one.value) && !one.value.shape(unknown) {
            let name = one.names.first().map(String::as_str).unwrap_or_default();
            return Err(refuse(format!("{name} cannot be changed in this file: it would not be read back.")));
        }
    }
    let others = |all: &[Variable]| -> Vec<(String, Secret)> {
        let own = |one: &&Variable| !wanted(target, launch).iter().any(|wanted| wanted.names.contains(&one.name));
        all.iter().filter(own).map(|one| (one.name.clone(), one.value.clone())).collect()
    };
    let before = working.environment.as_ref().map(|environment| others(&environment.variables)).unwrap_or_default();
    if before != others(variables) {
        return Err(refuse("The change would reach other variables of the file.".to_owned()));
    }
    let mut notes: Vec<String> = left.iter().map(said).collect();
    notes.extend(reached(working, &after));
    // A variable that is left has its note already.
    let mut rest = target.clone();
    rest.assignments
        .retain(|one| !left.iter().any(|left| names(one.name, one.setting.spelling()).contains(&left.name)));
    notes.extend(overridden::notes(&after, &rest, launch));
    let mut all: Vec<FileChange> = files
        .into_iter()
        .map(|InPlaceFile { path, before, after, objects }| {
            let notes = read.source(&path).map(|base| base.notes.clone()).unwrap_or_default();
            FileChange { path, before, after, objects, mode: None, notes }
        })
        .collect();
    if let (true, Some(main)) = (all.is_empty(), read.sources.first()) {
        let bytes = main.bytes.clone();
        all.push(FileChange {
            path: main.path.clone(),
            after: bytes.clone().unwrap_or_default(),
            before: bytes,
            objects: true,
            mode: None,
            notes: main.notes.clone(),
        });
    }
    if let Some(last) = all.last_mut() {
        last.notes.extend(notes);
    }
    Ok(all)
}

/// Returns the deployment with one variable changed where its file sets it. `None` if the variables are not changed in
/// place.
///
/// # Errors
/// Returns the reason if the variable cannot be changed, or if the change would reach another one.
pub(super) fn replaced(
    working: &Deployment,
    wanted: &WantedVariable,
    refused: &dyn Fn(&str) -> Problem,
) -> Option<Result<Deployment, Problem>> {
    let environment = working.environment.as_ref().filter(|_| !runs_container_by_unit(working))?;
    let open = |path: &Path| working.source(path).and_then(|base| base.bytes.as_deref());
    let changed = in_place(&environment.origin, &environment.variables, &open, std::slice::from_ref(wanted))?;
    let after = changed.map_err(|error| refused(&error.to_string())).and_then(|changed| {
        match changed.left.into_iter().next() {
            Some(left) => Err(refused(&left.why)),
            None => applied(working, &changed.files).map_err(|error| refused(&error.to_string())),
        }
    });
    let others = |of: &Deployment| -> Vec<(String, Secret)> {
        let all = of.environment.iter().flat_map(|environment| &environment.variables);
        let other = all.filter(|one| !wanted.names.contains(&one.name));
        other.map(|one| (one.name.clone(), one.value.clone())).collect()
    };
    Some(after.and_then(|mut after| {
        if others(working) == others(&after) {
            let notes = reached(working, &after);
            let differs =
                |base: &&mut Base| working.source(&base.path).and_then(|old| old.bytes.as_ref()) != base.bytes.as_ref();
            if let Some(changed) = after.sources.iter_mut().find(differs) {
                changed.notes.extend(notes);
            }
            Ok(after)
        } else {
            Err(refused("the change would reach other variables of the file"))
        }
    }))
}

/// Returns the deployment with the changed files.
fn applied(working: &Deployment, files: &[InPlaceFile]) -> Result<Deployment, FormError> {
    let mut after = working.clone();
    for file in files {
        let base = Base { bytes: Some(file.after.clone()), ..Base::absent(file.path.clone()) };
        match after.sources.iter_mut().find(|source| source.path == file.path) {
            Some(source) => source.bytes = base.bytes,
            None => after.sources.push(base),
        }
    }
    let Some(main) = after.sources.first().cloned() else { return Ok(after) };
    let folder = main.path.parent().unwrap_or(Path::new("")).to_owned();
    let mut variables = as_source(&after, read_variables).unwrap_or(Ok(Vec::new()))?;
    for variable in &mut variables {
        variable.file = variable.file.as_ref().map(|file| folder.join(file));
    }
    let origin = after.environment.map_or_else(|| EnvironmentOrigin::File(main.clone()), |known| known.origin);
    after.environment = Some(Environment { origin, variables });
    Ok(after)
}

/// Reads the files of a deployment again. `None` if no file describes it.
fn as_source<T>(deployment: &Deployment, read: impl FnOnce(&Source<'_>) -> T) -> Option<T> {
    let main = deployment.sources.first()?;
    let folder = main.path.parent().unwrap_or(Path::new(""));
    let open = |name: &Path| deployment.source(&folder.join(name))?.bytes.clone();
    Some(read(&Source { path: &main.path, bytes: main.bytes.as_deref().unwrap_or_default(), open: &open }))
}

/// Returns one sentence for each other container of the files whose values change too.
fn reached(before: &Deployment, after: &Deployment) -> Vec<String> {
    let all = |deployment: &Deployment| as_source(deployment, neighbours).unwrap_or_default();
    let own = match before.environment.as_ref().map(|environment| &environment.origin) {
        Some(EnvironmentOrigin::Compose { service, .. }) => service.as_str(),
        Some(EnvironmentOrigin::Described { name, .. }) => name.as_str(),
        _ => return Vec::new(),
    };
    let after = all(after);
    let changed = all(before).into_iter().zip(after).filter_map(|((name, old), (_, new))| {
        let differs = |one: &&Variable| old.iter().all(|known| known.name != one.name || known.value != one.value);
        let names: Vec<&str> = new.iter().filter(differs).map(|one| one.name.as_str()).collect();
        (name != own && !names.is_empty())
            .then(|| format!("{name} takes {} from the same place, so it gets the new values too.", names.join(", ")))
    });
    changed.collect()
}

/// Returns the lines with the target's values that the operator pastes where score-setup changes nothing. Secrets are not
/// shown.
pub(super) fn lines_to_paste(working: &Deployment, target: &Target, launch: &Launch) -> Vec<String> {
    let variables = working.environment.as_ref().map(|known| known.variables.as_slice()).unwrap_or_default();
    let differs = |one: &WantedVariable| {
        let found = variables.iter().rev().find(|variable| one.names.contains(&variable.name));
        found.is_none_or(|found| found.value != one.value)
    };
    let line = |one: WantedVariable| {
        let name = one.names.first().cloned().unwrap_or_default();
        if one.secret { format!("{name}=…") } else { format!("{name}={}", one.value.for_file()) }
    };
    let mut lines: Vec<String> = wanted(target, launch).into_iter().filter(differs).map(line).collect();
    lines.sort();
    lines
}
