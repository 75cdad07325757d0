//! The document of `--json`, as `assets/schema.json` describes it. Decides nothing.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use serde::Serialize;

use super::text::place;
use crate::store::provision::ProvisionError;
use crate::{
    answers::draft::{Origin, Problem, Remark},
    install::deployment::LoadError,
    score::{Id, Severity},
    store::checks::{
        Leftover, Outcome, Policy, Repair,
        engine::{Board, Progress, Verdict},
    },
    text::is_hidden,
    wizard::{Trouble, proposal::Receipt},
};

/// The version of the document. Each change that may break a reader increments it.
pub const SCHEMA: u32 = 1;

/// The document of `check --json` for several targets.
#[derive(Debug, Serialize)]
pub struct ChecksDocument<'a> {
    pub schema: u32,
    /// The worst verdict.
    pub verdict: Verdict,
    pub targets: Vec<TargetEntry<'a>>,
    pub exit: u8,
}

#[derive(Debug, Serialize)]
pub struct TargetEntry<'a> {
    /// The CONF or the URL, as it was given.
    pub target: &'a str,
    pub check: &'a RunDocument,
}

/// Prints a document with a line end.
///
/// # Errors
/// Returns an error if it cannot be printed.
pub fn print(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", text(document)?)
}

/// Returns the text of a document. Every value is exact: a character that would act on a terminal is an escape of JSON.
///
/// # Errors
/// Returns an error if the document cannot be serialised.
pub(super) fn text(document: &impl Serialize) -> io::Result<String> {
    let json = serde_json::to_string_pretty(document)?;
    let mut out = String::with_capacity(json.len());
    let mut units = [0; 2];
    for letter in json.chars() {
        if letter != '\n' && is_hidden(letter) {
            for unit in letter.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(letter);
        }
    }
    Ok(out)
}

#[derive(Debug, Serialize)]
pub struct RunDocument {
    pub schema: u32,
    pub verdict: Verdict,
    pub release: Option<&'static str>,
    pub provider: Option<&'static str>,
    pub checks: Vec<CheckEntry>,
    pub created: Vec<CreatedEntry>,
    pub leftovers: Vec<Leftover>,
    pub changed: bool,
    pub files: Vec<WrittenEntry>,
    /// The difference of `--dry-run`, with secrets masked.
    pub diff: Option<String>,
    /// The results of `rotate`, apart from the files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation: Option<RotationEntry>,
    pub problems: Vec<Message>,
    /// Remarks, which do not stop a run.
    pub notes: Vec<Message>,
    pub error: Option<FailureEntry>,
    pub exit: u8,
}

#[derive(Debug, Clone, Serialize)]
pub struct RotationEntry {
    /// The access keys; `None` on Azure, and if one looks like a secret.
    pub(super) old_access_key: Option<String>,
    pub(super) new_access_key: Option<String>,
    /// True if the old and the new keys work at the same time.
    pub(super) overlap: bool,
    /// The running Score that was asked; `None` if none was.
    pub(super) score: Option<String>,
    /// True if it uses the new keys, as far as it was asked.
    pub(super) in_use: bool,
    /// The time (UTC, RFC 3339) until which the old keys must stay; `None` if it is not known, or if they are gone.
    pub(super) keep_old_until: Option<String>,
    /// The backups that contain the old secret.
    pub(super) backups: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct CheckEntry {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) outcome: &'static str,
    pub(super) severity: Option<Severity>,
    pub(super) ms: u64,
    pub(super) evidence: Vec<String>,
    pub(super) finding: Option<FindingEntry>,
}

#[derive(Debug, Serialize)]
pub(super) struct FindingEntry {
    pub(super) id: Id,
    pub(super) summary: String,
    pub(super) hint: String,
    pub(super) settings: Vec<&'static str>,
    pub(super) repair: Option<RepairEntry>,
    /// True if the operator has accepted it.
    pub(super) accepted: bool,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum RepairEntry {
    CreateBucket { bucket: String },
    PutSentinel { bucket: String, key: String },
    CreateContainer { container: String },
    SetPolicy { name: String, before: Option<Box<Policy>>, after: Box<Policy> },
    AbortUploads { bucket: String, prefix: String, days: u32 },
    Answer { setting: &'static str, value: String },
    Trim { setting: &'static str },
    Swap { settings: [&'static str; 2] },
}

#[derive(Debug, Serialize)]
pub struct CreatedEntry {
    pub(super) repair: RepairEntry,
    pub(super) done: bool,
    pub(super) said: String,
}

#[derive(Debug, Serialize)]
pub struct WrittenEntry {
    pub(super) path: String,
    pub(super) changed: bool,
    pub(super) backup: Option<String>,
    pub(super) mode: String,
    pub(super) owner: String,
    pub(super) keys: usize,
    pub(super) notes: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct Message {
    pub(super) id: Id,
    pub(super) severity: Severity,
    pub(super) file: Option<String>,
    pub(super) line: Option<usize>,
    pub(super) settings: Vec<&'static str>,
    #[serde(rename = "message")]
    pub(super) text: String,
}

#[derive(Debug, Serialize)]
pub struct FailureEntry {
    pub what: String,
    pub cause: String,
    pub hint: String,
}

/// A deployment that could not be read.
#[derive(Debug, Serialize)]
pub struct UnreadFile {
    pub what: String,
    pub hint: String,
    /// True if it can be read, but its content is wrong.
    #[serde(skip)]
    pub wrong: bool,
}

impl From<LoadError> for UnreadFile {
    fn from(error: LoadError) -> Self {
        Self { what: error.to_string(), wrong: error.wrong, hint: error.hint }
    }
}

impl UnreadFile {
    /// Returns the message for the operator.
    #[must_use]
    pub fn text(&self) -> String {
        let hint = if self.hint.is_empty() { String::new() } else { format!("\nhint: {}", self.hint) };
        format!("error: {}{hint}", self.what)
    }
}

impl CheckEntry {
    /// Returns all rows of a board, including those that were not run.
    #[must_use]
    pub fn all(board: &Board, accepted: &[Id]) -> Vec<Self> {
        board
            .entries
            .iter()
            .map(|entry| match &entry.state {
                Progress::Done { outcome, elapsed } => Self::of(
                    &entry.row.id,
                    &entry.row.title,
                    outcome,
                    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
                    accepted,
                ),
                _ => Self::of(&entry.row.id, &entry.row.title, &Outcome::NotProbed("stopped".into()), 0, accepted),
            })
            .collect()
    }

    fn of(id: &str, title: &str, outcome: &Outcome, ms: u64, accepted: &[Id]) -> Self {
        let (word, evidence) = match outcome {
            Outcome::Pass(seen) => ("pass", seen.lines().map(str::to_owned).collect()),
            Outcome::Warn(finding) => ("warn", finding.evidence.clone()),
            Outcome::Fail(finding) => ("fail", finding.evidence.clone()),
            Outcome::Waiting(on) => ("waiting", vec![on.clone()]),
            Outcome::NotProbed(why) => ("not-probed", vec![why.clone()]),
        };
        let finding = outcome.finding();
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            outcome: word,
            severity: finding.map(|finding| finding.severity),
            ms,
            evidence,
            finding: finding.map(|finding| FindingEntry {
                id: finding.id,
                summary: finding.summary.clone(),
                hint: finding.hints.join(" "),
                settings: finding.settings.clone(),
                repair: finding.repair.as_ref().map(RepairEntry::of),
                accepted: accepted.contains(&finding.id),
            }),
        }
    }
}

impl RepairEntry {
    fn of(repair: &Repair) -> Self {
        match repair {
            Repair::CreateBucket { bucket } => Self::CreateBucket { bucket: bucket.clone() },
            Repair::PutSentinel { bucket, key } => Self::PutSentinel { bucket: bucket.clone(), key: key.clone() },
            Repair::CreateContainer { container } => Self::CreateContainer { container: container.clone() },
            Repair::SetPolicy { name, before, after } => {
                Self::SetPolicy { name: name.clone(), before: before.clone(), after: after.clone() }
            }
            Repair::AbortUploads { bucket, prefix, days } => {
                Self::AbortUploads { bucket: bucket.clone(), prefix: prefix.clone(), days: *days }
            }
            Repair::Answer { key, value } => Self::Answer { setting: key, value: value.clone() },
            Repair::Trim { key } => Self::Trim { setting: key },
            Repair::Swap { one, other } => Self::Swap { settings: [one, other] },
        }
    }
}

impl CreatedEntry {
    #[must_use]
    pub fn of(repair: &Repair, result: &Result<String, ProvisionError>) -> Self {
        let said = result.as_ref().map_or_else(ToString::to_string, Clone::clone);
        Self { repair: RepairEntry::of(repair), done: result.is_ok(), said }
    }
}

impl WrittenEntry {
    #[must_use]
    pub fn all(receipt: &Receipt) -> Vec<Self> {
        receipt
            .files
            .iter()
            .map(|file| Self {
                path: file.path.display().to_string(),
                changed: file.changed,
                backup: file.backup.as_ref().map(|path| path.display().to_string()),
                mode: format!("{:04o}", file.mode & 0o7777),
                owner: file.owner.clone(),
                keys: file.keys,
                notes: file.notes.clone(),
            })
            .collect()
    }
}

impl Message {
    #[must_use]
    pub fn problem(problem: &Problem, answers: &str, file: &str) -> Self {
        let (file, line) = file_and_line(problem.origin.as_ref(), answers, file);
        let Problem { id, severity, settings, message, .. } = problem.clone();
        Self { id, severity, file, line, settings, text: message }
    }

    #[must_use]
    pub fn remark(remark: &Remark, answers: &str, file: &str) -> Self {
        let (file, line) = file_and_line(remark.origin.as_ref(), answers, file);
        let Remark { id, setting, message, .. } = remark.clone();
        Self { id, severity: Severity::Note, file, line, settings: setting.into_iter().collect(), text: message }
    }
}

fn file_and_line(origin: Option<&Origin>, answers: &str, file: &str) -> (Option<String>, Option<usize>) {
    place(origin, answers, file).map_or((None, None), |(file, line)| (Some(file), line))
}

impl From<&Trouble> for FailureEntry {
    fn from(trouble: &Trouble) -> Self {
        Self { what: trouble.what.clone(), cause: trouble.cause.clone(), hint: trouble.hint.clone() }
    }
}
