//! One fault of a deployment, and the edits that fix it.

use std::path::{Path, PathBuf};

use crate::{
    install::recognise,
    score::{Id, Release, Severity},
    text::secret::Secret,
};

/// One thing that is wrong, or whose effect is not the apparent one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFinding {
    pub id: Id,
    pub severity: Severity,
    /// The fault and its consequence, in one sentence without secrets.
    pub summary: String,
    /// At most three next steps.
    pub hints: Vec<String>,
    /// The settings as Score spells them, the one to change first; `spring.profiles.active` for the profiles.
    pub settings: Vec<String>,
    pub file: PathBuf,
    /// Counted from one; `None` if something is missing.
    pub line: Option<usize>,
    /// The process or the container that it is about, with its variable or argument, if no file is concerned.
    pub holder: Option<String>,
    /// The part of the file that it is about, such as `Deployment score, container score-server, env S3_ENDPOINT`.
    pub object: Option<String>,
    /// The releases that it holds for, if others are possible too. The summary begins with this condition.
    pub releases: Vec<Release>,
    /// The summary without the name of the setting. Settings that are missing for one cause have the same.
    pub absence: Option<Absence>,
    /// The edits that fix it; empty if only the operator knows the right value.
    pub edits: Vec<Edit>,
}

/// The end of a summary that begins with the names of missing settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// The end after one name.
    pub one: String,
    /// The end after several names.
    pub several: String,
}

impl FileFinding {
    pub(super) fn new(id: Id, severity: Severity, summary: String, file: PathBuf, line: Option<usize>) -> Self {
        Self {
            id,
            severity,
            summary,
            hints: Vec::new(),
            settings: Vec::new(),
            file,
            line,
            holder: None,
            object: None,
            releases: Vec::new(),
            absence: None,
            edits: Vec::new(),
        }
    }

    pub(super) fn about(self, settings: impl IntoIterator<Item = String>) -> Self {
        Self { settings: settings.into_iter().collect(), ..self }
    }

    /// Returns the same finding about a line of a file.
    pub(super) fn at_line(self, file: &Path, line: usize) -> Self {
        Self { file: file.to_owned(), line: Some(line), holder: None, object: None, ..self }
    }

    /// Returns true if the finding for another release differs at most in its hints and edits.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let bare = |finding: &Self| Self { hints: Vec::new(), edits: Vec::new(), ..finding.clone() };
        bare(self) == bare(other)
    }

    /// Makes one finding of those for some of several possible releases. Summary and hints that do not hold for all
    /// begin with their condition. Edits that differ are left out.
    pub(super) fn of_releases(found: Vec<(Release, Self)>, possible: usize) -> Option<Self> {
        let all: Vec<Release> = found.iter().map(|(release, _)| *release).collect();
        let mut hints: Vec<(String, Vec<Release>)> = Vec::new();
        for (release, finding) in &found {
            for hint in &finding.hints {
                match hints.iter_mut().find(|(other, _)| other == hint) {
                    Some((_, releases)) => releases.push(*release),
                    None => hints.push((hint.clone(), vec![*release])),
                }
            }
        }
        let same_edits = found.windows(2).all(|pair| pair[0].1.edits == pair[1].1.edits);
        let releases = if all.len() == possible { Vec::new() } else { all.clone() };
        let (_, first) = found.into_iter().next()?;
        let only = |releases: Vec<Release>| if releases == all { String::new() } else { condition(&releases) };
        Some(Self {
            summary: format!("{}{}", condition(&releases), first.summary),
            hints: hints.into_iter().map(|(hint, releases)| only(releases) + &hint).collect(),
            edits: if same_edits { first.edits } else { Vec::new() },
            releases,
            ..first
        })
    }

    /// Returns true if the finding stops something and its cause is how a line is written. Returns false for missing
    /// settings, which answers add, and for settings of another release, which stay.
    #[must_use]
    pub fn is_about_a_line(&self) -> bool {
        let of_a_line = |edit: &Edit| !matches!(edit, Edit::Set { .. } | Edit::Profiles { .. } | Edit::Mode { .. });
        self.severity > Severity::Note
            && self.releases.is_empty()
            && !matches!(self.id, Id::T43 | Id::T48)
            && !self.edits.is_empty()
            && self.edits.iter().all(of_a_line)
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    pub(super) fn fixed_by(mut self, edits: impl IntoIterator<Item = Edit>) -> Self {
        self.edits.extend(edits);
        self
    }
}

fn condition(releases: &[Release]) -> String {
    if releases.is_empty() { String::new() } else { format!("If this is Score {}: ", recognise::list(releases)) }
}

/// Joins the findings about settings that are missing for one cause: one finding names them all.
#[must_use]
pub fn joined(findings: Vec<FileFinding>) -> Vec<FileFinding> {
    let mut all: Vec<FileFinding> = Vec::new();
    for finding in findings {
        let same = |other: &FileFinding| {
            let about = |one: &FileFinding| {
                (one.id, one.severity, one.line, one.file.clone(), one.holder.clone(), one.object.clone())
            };
            about(other) == about(&finding) && other.absence == finding.absence && other.releases == finding.releases
        };
        let first = finding.absence.is_some().then(|| all.iter_mut().find(|other| same(other))).flatten();
        match first {
            Some(other) => other.join(finding),
            None => all.push(finding),
        }
    }
    all
}

impl FileFinding {
    fn join(&mut self, other: Self) {
        self.settings.extend(other.settings);
        self.edits.extend(other.edits);
        self.hints = vec!["Set each of them; docs/settings.md describes them.".to_owned()];
        if let (Some(absence), Some((last, before))) = (&self.absence, self.settings.split_last()) {
            let condition = condition(&self.releases);
            self.summary = format!("{condition}{} and {last} {}", before.join(", "), absence.several);
        }
    }
}

/// A lossless edit of one file. It names a line by its number in the file as it was read, and by the name on that line.
/// All lines are found before the first one changes, so no edit moves the target of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// A new value on this line.
    Value { file: PathBuf, line: usize, spelt: String, value: Secret },
    /// A new name on this line.
    Rename { file: PathBuf, line: usize, spelt: String, name: String },
    /// The line as a comment.
    CommentOut { file: PathBuf, line: usize, spelt: String },
    /// A setting that nothing sets, at its default. The file is created if it does not exist.
    Set { file: PathBuf, key: String, value: String },
    /// The file without its byte order mark.
    StripBom { file: PathBuf },
    /// A second backslash in front of each `\u` without four digits, on this line and its continuation lines.
    Backslash { file: PathBuf, line: usize },
    /// The profiles in `wrapper.conf`.
    Profiles { file: PathBuf, profiles: Vec<String> },
    /// The mode of a file that every user can read.
    Mode { file: PathBuf, mode: u32 },
}

impl Edit {
    /// Returns the file that the edit changes.
    #[must_use]
    pub fn file(&self) -> &Path {
        match self {
            Self::Value { file, .. }
            | Self::Rename { file, .. }
            | Self::CommentOut { file, .. }
            | Self::Set { file, .. }
            | Self::StripBom { file }
            | Self::Backslash { file, .. }
            | Self::Profiles { file, .. }
            | Self::Mode { file, .. } => file,
        }
    }
}
