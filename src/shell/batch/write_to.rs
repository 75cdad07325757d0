//! `write --to FORM [CONF]`: writes the configuration of a deployment in another form. Without a folder, prints the part
//! without secrets.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::{
    apply,
    session::{Surroundings, absolute},
};
use crate::{
    answers::draft::Problem,
    effects,
    forms::{Base, Environment, EnvironmentOrigin, Sourced, Variable},
    install::{
        deployment::{Deployment, ExportForm, Launcher, Setup},
        recognise,
    },
    score::{Release, key},
    shell::cli::{Code, TargetForm, WriteArgs},
    text::cause,
    wizard::{
        Event, SessionOptions, State, Trouble, events,
        proposal::{
            self,
            export::{ExportedFile, ExportedSetting, export, settings},
            wanted_launch,
        },
        update,
    },
};

impl From<TargetForm> for ExportForm {
    fn from(form: TargetForm) -> Self {
        match form {
            TargetForm::Env => Self::Env,
            TargetForm::Compose => Self::Compose,
            TargetForm::Kubernetes => Self::Kubernetes,
            TargetForm::HelmValues => Self::HelmValues,
            TargetForm::Systemd => Self::Systemd,
        }
    }
}

/// Writes the files, or prints those without secrets.
///
/// # Errors
/// Returns an error if the output cannot be printed.
pub(super) fn write(asked: &WriteArgs, release: Option<Release>, surroundings: Surroundings<'_>) -> io::Result<Code> {
    let Surroundings { message_style, style, out, messages, variable, host, .. } = surroundings;
    // Messages that cannot be printed do not stop it.
    let mut say = |text: &str| drop(writeln!(messages, "{}", message_style.words(text)));
    let deployment = if let Some(path) = &asked.answers {
        match of_answers(path, release, variable, host) {
            Ok(deployment) => deployment,
            Err(Refused::Trouble(trouble)) => {
                say(&format!("error: {}: {}\nhint: {}", trouble.what, trouble.cause, trouble.hint));
                return Ok(Code::Wrong);
            }
            Err(Refused::Problems(problems)) => {
                let shown = path.display().to_string();
                for problem in &problems {
                    say(&style.problem(problem, &shown, &shown));
                }
                return Ok(Code::Wrong);
            }
        }
    } else {
        let path = asked.conf.as_deref().unwrap_or(Path::new("."));
        match effects::load(&absolute(path)) {
            Ok(deployment) => deployment,
            Err(error) => {
                say(&format!("error: {error}\nhint: {}", error.hint));
                return Ok(if error.wrong { Code::Wrong } else { Code::CouldNot });
            }
        }
    };
    let launch = recognise::launch(&deployment, release);
    if recognise::releases(&deployment, release).only().is_none() {
        say(&format!(
            "note: The release of Score is not known. The settings are written for Score {}. Use --release to choose a release.",
            launch.release
        ));
    }
    let (settings, notes) = settings::of_deployment(&deployment, &launch);
    for note in notes.into_iter().chain(deployment.unread.iter().map(|part| part.what.clone())) {
        say(&format!("note: {note}"));
    }
    let image = settings::image(&deployment, launch.release);
    let (files, steps) = match export(asked.to.into(), &settings, image.as_deref()) {
        Ok(written) => written,
        Err(errors) => {
            for error in errors {
                say(&format!("error: {error}."));
            }
            return Ok(Code::Wrong);
        }
    };
    let Some(folder) = &asked.output else {
        return print(&files, &settings, out, &mut say);
    };
    if let Some(path) = files.iter().map(|file| folder.join(file.name)).find(|path| path.symlink_metadata().is_ok()) {
        say(&format!(
            "error: {} exists, so nothing was written\nhint: choose a different folder, or remove the file",
            path.display()
        ));
        return Ok(Code::CouldNot);
    }
    if let Err(error) = effects::make_folder(folder, files.iter().any(|file| file.secret)) {
        let hint = "choose a folder that this user can make";
        say(&format!("error: cannot make {}: {}\nhint: {hint}", folder.display(), cause(&error)));
        return Ok(Code::CouldNot);
    }
    let mut skipped = None;
    for file in &files {
        let path = folder.join(file.name);
        let tracked = file.secret.then(|| effects::would_track(&path)).flatten();
        if tracked.is_some() && asked.to == TargetForm::Kubernetes {
            say(&format!(
                "{} is not written, because Git would take up its secrets. Create the Secret from an env file instead: score-setup write --to \
                 env --output DIR, then kubectl create secret generic score --from-env-file=DIR/score-secret.env",
                path.display()
            ));
            skipped = Some(file.name);
            continue;
        }
        if let Err(error) = effects::save_as(&path, file.text.for_file()) {
            let hint = match error.kind() {
                io::ErrorKind::AlreadyExists => "choose a different folder, or remove the file",
                _ => "choose a folder that this user can write to",
            };
            say(&format!("error: cannot write {}: {}\nhint: {hint}", path.display(), cause(&error)));
            return Ok(Code::CouldNot);
        }
        let what = if file.secret { ", with the secrets" } else { "" };
        say(&format!("Wrote {} (0600{what}).", path.display()));
        if let Some(note) = tracked {
            say(&format!("note: {note}"));
        }
    }
    say("Next:");
    // A file that was not written is part of no step.
    for step in
        steps.iter().map(|step| skipped.map_or_else(|| step.clone(), |name| step.replace(&format!(" -f {name}"), "")))
    {
        say(&format!("  {step}"));
    }
    Ok(Code::Done)
}

/// The reason why answers are not written in a form.
enum Refused {
    Trouble(Trouble),
    Problems(Vec<Problem>),
}

/// Returns the deployment that the answers describe: a container with their settings as variables.
fn of_answers(
    path: &Path,
    release: Option<Release>,
    variable: &dyn Fn(&str) -> Option<String>,
    host: String,
) -> Result<Deployment, Refused> {
    let (answers, problems) = apply::answers(path, &[], variable).map_err(Refused::Trouble)?;
    let Some(answers) = answers else { return Err(Refused::Problems(problems)) };
    let mut state = State::new(SessionOptions::new(host));
    for event in events(&answers).into_iter().chain(release.map(Event::ReleaseChosen)) {
        // No effect of an answer is needed: nothing is read or tried.
        drop(update(&mut state, event));
    }
    let target = match state.draft.target() {
        Ok(target) if problems.is_empty() => target,
        Ok(_) => return Err(Refused::Problems(problems)),
        Err(others) => return Err(Refused::Problems(problems.into_iter().chain(others).collect())),
    };
    let docker = |by: &str| Some(Sourced { what: Launcher::Docker, by: by.to_owned() });
    let base = Base::absent(PathBuf::from("application.properties"));
    let lone = Deployment { start: docker("the answers"), ..Deployment::of_file(base) };
    let setup = Setup { start: Some(Launcher::Docker), ..state.setup.clone() };
    let profiles = wanted_launch(&lone, &target, &setup).profiles.join(",");
    let set = target.assignments.iter();
    let set = set.map(|one| Variable::new(proposal::variable(one.name), one.value.for_file()));
    let of_profiles = Variable::new(proposal::variable(key::SPRING_PROFILES_ACTIVE), profiles.as_str());
    let origin = EnvironmentOrigin::File(Base::absent(path.to_owned()));
    let environment = Some(Environment { origin, variables: set.chain([of_profiles]).collect() });
    Ok(Deployment { environment, ..lone }.named_after(target.release))
}

/// Prints the files without secrets, each after its name if there are several.
fn print(
    files: &[ExportedFile],
    settings: &[ExportedSetting],
    out: &mut dyn Write,
    say: &mut dyn FnMut(&str),
) -> io::Result<Code> {
    let open: Vec<_> = files.iter().filter(|file| !file.secret).collect();
    for (at, file) in open.iter().enumerate() {
        if open.len() > 1 {
            writeln!(out, "{}# {}", if at > 0 { "\n" } else { "" }, file.name)?;
        }
        out.write_all(file.text.for_file().as_bytes())?;
    }
    let hidden: Vec<&str> =
        settings.iter().filter(|setting| setting.secret).map(|setting| setting.key.as_str()).collect();
    if !hidden.is_empty() {
        say(&format!(
            "Not printed, because they are secrets: {}. With --output DIR, they are written to a file that only its owner can read.",
            hidden.join(", ")
        ));
    }
    Ok(Code::Done)
}
