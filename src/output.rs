//! What the files would become: the existing file, or else the template, with the target's keys set; the difference, with
//! secrets masked. Pure: writing is `effects::write`.

pub mod diff;
mod mask;

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::PathBuf,
};

pub use diff::Diff;

use crate::{
    catalogue::{SETTINGS, Setting},
    effects::Base,
    properties::{BadEscape, Document, Spelling},
    target::Target,
};

/// A complete properties file; creating a file is editing this one.
const TEMPLATE: &str = include_str!("../templates/s3.properties");

/// How the mark of a file begins that was written although checks failed.
const MARK: &str = "# Written by score-setup although checks failed";

/// Files to write, approved together; its fingerprint is what the approval is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    pub files: Vec<FileChange>,
    pub fingerprint: u64,
}

#[derive(Clone, PartialEq, Eq)]
pub struct FileChange {
    pub path: PathBuf,
    /// The bytes it was proposed on; `None`: a new file.
    pub before: Option<Vec<u8>>,
    pub after: Vec<u8>,
    /// What is in the file that was left alone and matters, one sentence each.
    pub notes: Vec<String>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub files: Vec<Written>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub path: PathBuf,
    /// False when the file already said all this: no byte was changed and no backup made.
    pub changed: bool,
    pub backup: Option<PathBuf>,
    pub mode: u32,
    pub owner: String,
    /// How many keys the file sets.
    pub keys: usize,
    /// Things to know: written in place, loose mode, another owner.
    pub notes: Vec<String>,
}

impl Proposal {
    #[must_use]
    pub fn new(files: Vec<FileChange>) -> Self {
        let mut hasher = DefaultHasher::new();
        for file in &files {
            (&file.path, &file.before, &file.after).hash(&mut hasher);
        }
        Self { files, fingerprint: hasher.finish() }
    }

    /// Whether writing it would change a byte.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.files.iter().any(FileChange::changed)
    }

    /// The unified differences of all files, secrets masked.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.files.iter().map(FileChange::to_text).collect()
    }
}

impl FileChange {
    #[must_use]
    pub fn changed(&self) -> bool {
        self.before.as_ref() != Some(&self.after)
    }

    /// The difference, secrets masked.
    #[must_use]
    pub fn diff(&self) -> Diff {
        Diff::new(self.before.as_deref().unwrap_or_default(), &self.after)
    }

    /// The difference as `diff -u` prints it, secrets masked; empty where nothing changes.
    #[must_use]
    pub fn to_text(&self) -> String {
        let path = mask::shown(self.path.display().to_string().as_bytes());
        let before = if self.before.is_some() { path.as_str() } else { "/dev/null" };
        self.diff().to_text(before, &path)
    }
}

impl std::fmt::Debug for FileChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileChange").field("path", &self.path).finish_non_exhaustive()
    }
}

/// The existing file, or else the provider's template, with the target's keys set. `unchecked`: mark it as written
/// although checks failed.
///
/// # Errors
/// Where the existing file cannot be read as properties.
pub fn propose(base: &Base, target: &Target, unchecked: bool) -> Result<Proposal, BadEscape> {
    let mut document = Document::parse(base.bytes.as_deref().unwrap_or_default())?;
    if document.keyless() {
        // The file that Score ships is all comments. They are the operator's to keep, so the template goes behind them.
        document.append(instantiate(target)?);
    }
    for assignment in &target.assignments {
        document.set(assignment.name, spelling(assignment.setting), assignment.value.for_file());
    }
    // A run whose checks pass takes the mark of an earlier one away.
    document.drop_comments(MARK);
    if unchecked {
        document.put_first(&format!("{MARK}. Check again before it serves."));
    }
    let notes = notes(&document, target);
    let change = FileChange { path: base.path.clone(), before: base.bytes.clone(), after: document.to_bytes(), notes };
    Ok(Proposal::new(vec![change]))
}

/// The template without the keys that this target does not set, such as those of another release.
fn instantiate(target: &Target) -> Result<Document, BadEscape> {
    let mut template = Document::parse(TEMPLATE.as_bytes())?;
    let keys: Vec<String> = template.pairs().map(|pair| String::from_utf16_lossy(pair.key)).collect();
    for key in keys.iter().filter(|key| target.assignments.iter().all(|assignment| assignment.name != **key)) {
        template.unset(key, Spelling::Exact);
    }
    Ok(template)
}

fn spelling(setting: &Setting) -> Spelling {
    if setting.exact { Spelling::Exact } else { Spelling::Relaxed }
}

/// What the operator should know of the rest of the file.
fn notes(document: &Document, target: &Target) -> Vec<String> {
    let mut notes = Vec::new();
    if document.bom() {
        notes.push("The file begins with a byte order mark; Java makes it part of the first key.".to_owned());
    }
    for assignment in &target.assignments {
        for line in document.set_again(assignment.name, spelling(assignment.setting)) {
            let name = assignment.name;
            notes.push(format!("Line {line}, behind a #---, sets {name} again and may win; it is left alone."));
        }
    }
    for setting in SETTINGS {
        let names = [Some(setting.key), setting.key_until_5_11].into_iter().flatten();
        for name in names.filter(|name| target.assignments.iter().all(|assignment| assignment.name != *name)) {
            if name == setting.name(target.release) && setting.known_to(target.release) {
                continue;
            }
            if let Some(pair) = document.effective(name, spelling(setting)) {
                let (line, release) = (pair.line, target.release);
                notes.push(format!("Line {line}: Score {release} does not read {name}; it is left alone."));
            }
        }
    }
    notes
}
