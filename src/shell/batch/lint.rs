//! `lint`: reports what is wrong in the files of deployments, as text for editors and people, or as JSON. `--fix` fixes
//! their form.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::Serialize;

mod fix;

use super::{
    json::{SCHEMA, UnreadFile},
    session::{Surroundings, absolute},
    text::Style,
};
use crate::{
    answers::draft::Draft,
    effects,
    install::{
        deployment::{Deployment, Launch, LoadError},
        lint::{self, FileFinding},
        recognise::{self, Recognised},
        spring::SourceSet,
    },
    score::{Id, Release, Severity},
    shell::cli::{Code, LintArgs},
    store::checks::engine::Verdict,
    text::values::counted,
};

/// The document for all given deployments.
#[derive(Debug, Serialize)]
struct LintDocument {
    schema: u32,
    verdict: Verdict,
    /// The release of the first deployment.
    release: Option<&'static str>,
    provider: Option<&'static str>,
    /// Always empty: lint does not contact a store.
    checks: [(); 0],
    deployments: Vec<DeploymentFindings>,
    findings: Vec<FindingRow>,
    exit: u8,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct DeploymentFindings {
    pub(super) path: String,
    /// `None` while it is not known.
    pub(super) release: Option<&'static str>,
    /// The releases that are possible.
    pub(super) possible: Vec<&'static str>,
    pub(super) provider: Option<&'static str>,
    pub(super) start: Option<&'static str>,
    pub(super) profiles: Vec<String>,
    /// The parts that were not read, or that are read in another way elsewhere.
    pub(super) notes: Vec<String>,
    /// Empty in `lint --json`, where all findings are in one list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) findings: Vec<FindingRow>,
    pub(super) error: Option<UnreadFile>,
    /// True if Score fails, whatever its release is.
    #[serde(skip)]
    pub(super) fails: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct FindingRow {
    pub(super) id: Id,
    pub(super) severity: Severity,
    /// `None` if it is about a process or a container.
    pub(super) file: Option<String>,
    pub(super) line: Option<usize>,
    /// The process or the container, with its variable or argument.
    pub(super) holder: Option<String>,
    /// The part of the file, such as `Deployment score, container score-server, env S3_ENDPOINT`.
    pub(super) object: Option<String>,
    /// The releases that it holds for, if others are possible too.
    pub(super) releases: Vec<&'static str>,
    pub(super) summary: String,
    pub(super) hint: String,
    pub(super) settings: Vec<String>,
    /// The edits that fix it without an answer from the operator.
    pub(super) repair: Option<FileEdits>,
    /// True if `lint --fix` fixes it.
    #[serde(skip)]
    pub(super) form: bool,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename = "edit-file")]
pub(super) struct FileEdits {
    /// The number of edits.
    edits: usize,
}

/// Prints the findings, or fixes them. Deployments that cannot be read are reported as messages.
///
/// # Errors
/// Returns an error if the output cannot be printed.
pub(super) fn lint(asked: &LintArgs, release: Option<Release>, surroundings: Surroundings<'_>) -> io::Result<Code> {
    if asked.fix {
        return fix::fix(asked, release, surroundings);
    }
    let Surroundings { style, out, messages, .. } = surroundings;
    let told: Vec<DeploymentFindings> = paths(asked).iter().map(|path| lint_one(path, release)).collect();
    let code = code(&told);
    if asked.json {
        let verdict = match (code, told.iter().flat_map(|told| &told.findings).next()) {
            (Code::Done, None) => Verdict::Pass,
            (Code::Done, Some(_)) => Verdict::Warn,
            _ => Verdict::Fail,
        };
        let (release, provider) = told.first().map_or((None, None), |told| (told.release, told.provider));
        let mut deployments = told;
        let findings = deployments.iter_mut().flat_map(|told| std::mem::take(&mut told.findings)).collect();
        let exit = code as u8;
        let linted =
            LintDocument { schema: SCHEMA, verdict, release, provider, checks: [], deployments, findings, exit };
        writeln!(out, "{}", super::json::text(&linted)?)?;
        return Ok(code);
    }
    // Messages that cannot be printed do not stop it.
    print(&told, style, out, &mut |text| drop(writeln!(messages, "{}", style.words(text))))?;
    Ok(code)
}

/// Returns the paths that were given, or the working directory.
fn paths(asked: &LintArgs) -> Vec<&Path> {
    if asked.conf.is_empty() { vec![Path::new(".")] } else { asked.conf.iter().map(PathBuf::as_path).collect() }
}

fn code(told: &[DeploymentFindings]) -> Code {
    let error = |wrong: bool| told.iter().filter_map(|told| told.error.as_ref()).any(|error| error.wrong == wrong);
    if error(false) {
        Code::CouldNot
    } else if error(true) || told.iter().any(|told| told.fails) {
        Code::Wrong
    } else {
        Code::Done
    }
}

/// Prints findings as text. `say` prints a message.
fn print(told: &[DeploymentFindings], style: Style, out: &mut dyn Write, say: &mut dyn FnMut(&str)) -> io::Result<()> {
    for told in told {
        if let Some(error) = &told.error {
            say(&error.text());
            continue;
        }
        for note in &told.notes {
            writeln!(out, "{}", style.words(&format!("{}: note: {note}", told.path)))?;
        }
        for row in &told.findings {
            writeln!(out, "{}", style.words(&row.text()))?;
        }
        say(&told.summary());
    }
    Ok(())
}

pub(super) fn lint_one(path: &Path, chosen: Option<Release>) -> DeploymentFindings {
    let whole = absolute(path);
    match effects::load(&whole) {
        Ok(deployment) => lint_deployment(&deployment, path, &whole, chosen),
        Err(error) => DeploymentFindings::unread(path, error),
    }
}

/// Lints a deployment that was read from the path `whole`, which was given as `path`.
fn lint_deployment(deployment: &Deployment, path: &Path, whole: &Path, chosen: Option<Release>) -> DeploymentFindings {
    let sources = SourceSet::of(deployment);
    let recognised = Recognised::of(&sources, chosen);
    let (releases, launches, launch) = (&recognised.releases, &recognised.launches, recognised.launch());
    let findings = lint::lint_sources(&sources, launches, None);
    let fails = lint::fails(&findings, launches);
    let findings = lint::joined(findings);
    let form = lint::removed_by_form(deployment, chosen, &findings);
    let rows = findings.into_iter().zip(form);
    DeploymentFindings {
        path: path.display().to_string(),
        release: releases.only().map(Release::name),
        possible: releases.possible.iter().map(|release| release.name()).collect(),
        provider: provider(&sources, launch),
        start: Some(launch.start.name()),
        profiles: launch.profiles.clone(),
        notes: deployment.notes.clone(),
        fails,
        findings: rows.map(|(finding, form)| FindingRow::of(finding, form, whole, path)).collect(),
        error: None,
    }
}

/// Recognises the provider from the files.
fn provider(sources: &SourceSet<'_>, stand: &Launch) -> Option<&'static str> {
    let mut draft = Draft::default();
    draft.release = Some(stand.release);
    let view = sources.answers(stand);
    draft.keep(&view);
    draft.recognise_provider(recognise::api_of(&view, stand), recognise::mark(sources.deployment));
    draft.provider.map(|provider| provider.id.as_str())
}

impl DeploymentFindings {
    fn unread(path: &Path, error: LoadError) -> Self {
        Self { path: path.display().to_string(), error: Some(error.into()), ..Self::default() }
    }

    fn summary(&self) -> String {
        let failures = self.findings.iter().filter(|row| row.severity > Severity::Note).count();
        let notes = self.findings.len() - failures;
        let form = self.findings.iter().filter(|row| row.form).count();
        let wizard = self.findings.iter().filter(|row| !row.form && row.repair.is_some()).count();
        let release = match self.release {
            Some(release) => format!("for Score {release}"),
            None => format!("for a Score whose release is not known ({}); use --release", self.possible.join(", ")),
        };
        let counts = match (failures, notes) {
            (0, 0) => "nothing is wrong".to_owned(),
            (0, notes) => counted(notes, "note"),
            (failures, 0) => counted(failures, "fault"),
            (failures, notes) => format!("{}, {}", counted(failures, "fault"), counted(notes, "note")),
        };
        let fixed = match (form, wizard) {
            (0, 0) => String::new(),
            (0, wizard) => format!("; the wizard can fix {wizard} of them"),
            (form, 0) => format!("; lint --fix fixes {form} of them"),
            (form, wizard) => format!("; lint --fix fixes {form} of them, and the wizard can fix {wizard} more"),
        };
        format!("{}: {counts} {release}{fixed}.", self.path)
    }
}

impl FindingRow {
    /// Makes a row; its file is relative to the path that was given.
    fn of(finding: FileFinding, form: bool, whole: &Path, asked: &Path) -> Self {
        let inside = finding.file.strip_prefix(whole).ok().map(|rest| asked.join(rest));
        let beside = || {
            let rest = finding.file.strip_prefix(whole.parent()?).ok()?;
            Some(asked.parent()?.join(rest))
        };
        let file = if finding.file == whole { Some(asked.to_owned()) } else { inside.or_else(beside) };
        let file = file.unwrap_or_else(|| finding.file.clone());
        Self {
            id: finding.id,
            severity: finding.severity,
            file: finding.holder.is_none().then(|| file.strip_prefix(".").unwrap_or(&file).display().to_string()),
            line: finding.line,
            holder: finding.holder,
            object: finding.object,
            releases: finding.releases.iter().map(|release| release.name()).collect(),
            summary: finding.summary,
            hint: finding.hints.join(" "),
            settings: finding.settings,
            repair: (!finding.edits.is_empty()).then_some(FileEdits { edits: finding.edits.len() }),
            form,
        }
    }

    fn text(&self) -> String {
        let place = self.holder.as_ref().or(self.file.as_ref()).map_or("", String::as_str);
        let line = self.line.map_or_else(String::new, |line| format!("{line}:"));
        let severity = self.severity.name();
        let hint = if self.hint.is_empty() { String::new() } else { format!("\n    hint: {}", self.hint) };
        let fixed = match &self.repair {
            _ if self.form => "\n    score-setup lint --fix fixes this.",
            Some(_) => "\n    The wizard fixes this with f.",
            None => "",
        };
        let object = self.object.as_ref().map_or_else(String::new, |object| format!(" {object}:"));
        format!("{place}:{line}{object} {severity}: {} {}{hint}{fixed}", self.id, self.summary)
    }
}
