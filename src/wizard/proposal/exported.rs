//! Computes the files of a form that the operator chose, as `write --to` writes them. A file that was written before
//! keeps what the answers do not set.

use super::{
    export::{ExportedFile, MergedText, WRITTEN_BY, export, merged, settings},
    failed::{FailedMarker, MARK, comment},
    files::FileChange,
};
use crate::{
    answers::{draft::Problem, target::Target},
    forms::{Base, env_file::EnvFileReader, is_yaml},
    install::{
        deployment::{COMPOSE_FILE, DROP_IN, Deployment, ExportForm, Launch, SECRET_OBJECT},
        mark::{self, Mark},
    },
    score::Id,
};

/// The files of a form, and what to do with them.
pub(super) struct ExportedForm {
    pub(super) files: Vec<FileChange>,
    pub(super) steps: Vec<String>,
}

/// Computes the files. `read` is the launch that the deployment has now, and `launch` the wanted one.
///
/// # Errors
/// Returns the values that the form cannot carry, and files that are not ours.
pub(super) fn proposed(
    working: &Deployment,
    target: &Target,
    form: ExportForm,
    [read, launch]: [&Launch; 2],
    failed: FailedMarker,
) -> Result<ExportedForm, Vec<Problem>> {
    let (settings, mut notes) = settings::of_target(working, target, launch, read);
    let image = settings::image(working, launch.release);
    let (written, mut steps) = export(form, &settings, image.as_deref())
        .map_err(|errors| errors.into_iter().map(|error| problem(format!("{error}."))).collect::<Vec<_>>())?;
    let main = written.iter().rposition(|file| !file.secret);
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for (at, file) in written.iter().enumerate() {
        let base = base(working, file.name);
        if file.name == SECRET_OBJECT.name && !base.notes.is_empty() {
            let name = base.path.display();
            notes.push(format!(
                "{name} is not written, because Git would take up its secrets. Create the Secret from an env file outside the work tree."
            ));
            let skipped = format!(" -f {}", file.name);
            steps = steps.iter().map(|step| step.replace(&skipped, "")).collect();
            steps.insert(0, "kubectl create secret generic score --from-env-file=DIR/score-secret.env".to_owned());
            steps.insert(0, "score-setup write --to env --answers FILE --output DIR".to_owned());
            continue;
        }
        match changed(&base, file, (main == Some(at)).then_some((target, failed)), reader(form)) {
            Ok(change) => files.push(change),
            Err(refused) => problems.push(refused),
        }
    }
    // The file that starts Score reads the other files, so it is written last.
    files.sort_by_key(|change| is_main(&change.path));
    if let Some(last) = files.last_mut() {
        last.notes.append(&mut notes);
    }
    if problems.is_empty() { Ok(ExportedForm { files, steps }) } else { Err(problems) }
}

/// Returns the reader of the files of variables of a form.
fn reader(form: ExportForm) -> EnvFileReader {
    match form {
        ExportForm::Systemd => EnvFileReader::Systemd,
        ExportForm::Compose => EnvFileReader::Compose,
        ExportForm::Env | ExportForm::Kubernetes | ExportForm::HelmValues => EnvFileReader::Both,
    }
}

fn problem(message: String) -> Problem {
    Problem::new(Id::T56, Vec::new(), message)
}

fn is_main(path: &std::path::Path) -> bool {
    [COMPOSE_FILE, DROP_IN].iter().any(|main| path.ends_with(main.name))
}

/// Returns the file as it was read, or the fact that it does not exist.
fn base(working: &Deployment, name: &str) -> Base {
    let path = working.variables.path.with_file_name(name);
    working.exports.iter().find(|base| base.path == path).cloned().unwrap_or_else(|| Base::absent(path))
}

/// Returns the change of a file. Only the main one has the comments about the release and failed checks.
fn changed(
    base: &Base,
    file: &ExportedFile,
    main: Option<(&Target, FailedMarker)>,
    reader: EnvFileReader,
) -> Result<FileChange, Problem> {
    let new = file.text.for_file();
    let path = base.path.display();
    let MergedText { mut text, left } = match base.bytes.as_deref().map(std::str::from_utf8) {
        None => MergedText { text: new.to_owned(), left: Vec::new() },
        Some(Ok(before)) if before.contains(WRITTEN_BY) => merged(file.name, before, new, reader).ok_or_else(|| {
            problem(format!(
                "{path} is written in a way that score-setup does not change. Move it away, and run this again."
            ))
        })?,
        Some(_) => {
            return Err(problem(format!(
                "{path} exists, and score-setup did not write it. Choose a different folder, or give this file with --conf."
            )));
        }
    };
    if let Some((target, failed)) = main {
        let told = Mark { release: target.release, provider: Some(target.provider) };
        if Mark::read(text.as_bytes()) != Some(told) {
            text = format!("{told}\n{}", without(&text, mark::BEGINNING));
        }
        if failed != FailedMarker::Leave {
            text = without(&text, MARK);
        }
        if failed == FailedMarker::Put {
            text = format!("{}\n{text}", comment());
        }
    }
    let (before, objects) = (base.bytes.clone(), is_yaml(&base.path));
    let notes = base.notes.iter().cloned().chain(left).collect();
    Ok(FileChange { path: base.path.clone(), before, after: text.into_bytes(), objects, mode: None, notes })
}

/// Removes the comment lines that begin with this text.
fn without(text: &str, beginning: &str) -> String {
    text.split_inclusive('\n').filter(|line| !line.starts_with(beginning)).collect()
}
