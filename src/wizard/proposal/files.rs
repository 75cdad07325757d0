//! Describes files as values: as read, as proposed, as written, and the reasons of failures. Does not read or write
//! them.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use super::Diff;
use crate::{
    forms::{
        self, Base, EnvironmentOrigin,
        in_place::{is_part, with_part},
    },
    install::deployment::Deployment,
    text::mask,
};

/// The files to write, approved together. The approval refers to the fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    pub files: Vec<FileChange>,
    pub fingerprint: u64,
}

#[derive(Clone, PartialEq, Eq)]
pub struct FileChange {
    pub path: PathBuf,
    /// The bytes on which the change is based. `None` for a new file.
    pub before: Option<Vec<u8>>,
    pub after: Vec<u8>,
    /// True for YAML and JSON that describes containers, where the names of secrets are found by its structure.
    pub objects: bool,
    /// The change of its mode, if it changes.
    pub mode: Option<ModeChange>,
    /// Notes on parts of the file that were not changed and matter, one sentence each.
    pub notes: Vec<String>,
}

/// The mode on which a change is based, and the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ModeChange {
    pub before: u32,
    pub after: u32,
}

/// The result of writing a proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub files: Vec<Written>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub path: PathBuf,
    /// False if the file already had this content and mode: nothing was changed and no backup made.
    pub changed: bool,
    pub backup: Option<PathBuf>,
    pub mode: u32,
    pub owner: String,
    /// The number of keys that the file sets.
    pub keys: usize,
    /// Notes about the write: written in place, loose mode, different owner.
    pub notes: Vec<String>,
}

impl Proposal {
    #[must_use]
    pub fn new(files: Vec<FileChange>) -> Self {
        let mut hasher = DefaultHasher::new();
        for file in &files {
            (&file.path, &file.before, &file.after, file.mode).hash(&mut hasher);
        }
        Self { files, fingerprint: hasher.finish() }
    }

    /// Adds the modes that accepted fixes changed. `read` is the deployment as it was read, `working` contains the fixes.
    #[must_use]
    pub fn of(mut files: Vec<FileChange>, read: &Deployment, working: &Deployment) -> Self {
        for exposure in read.exposed.iter().filter(|one| !working.exposed.contains(one)) {
            let mode = Some(ModeChange { before: exposure.mode, after: exposure.closed() });
            if let Some(file) = files.iter_mut().find(|file| file.path == exposure.path) {
                file.mode = mode;
            } else if let Some((base, bytes)) =
                read.file(&exposure.path).and_then(|base| Some((base, base.bytes.clone()?)))
            {
                let objects = forms::describes_objects(&base.path, &bytes);
                let change = FileChange {
                    path: base.path.clone(),
                    before: Some(bytes.clone()),
                    after: bytes,
                    objects,
                    mode,
                    notes: Vec::new(),
                };
                files.insert(0, change);
            }
        }
        Self::new(files)
    }

    /// Returns true if writing the proposal would change a byte or a mode.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.files.iter().any(FileChange::changed)
    }

    /// Formats the unified differences of all files, with secrets masked.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.files.iter().map(FileChange::to_text).collect()
    }
}

/// Returns the files that differ between two versions of a deployment, in the order of writing: `application.properties`
/// last.
#[must_use]
pub fn edited(before: &Deployment, after: &Deployment) -> Vec<FileChange> {
    let pairs = bases(before).into_iter().zip(bases(after));
    let change = |(old, new): (&Base, &Base)| FileChange {
        path: old.path.clone(),
        before: old.bytes.clone(),
        after: new.bytes.clone().unwrap_or_default(),
        objects: false,
        mode: None,
        notes: Vec::new(),
    };
    let of_source = |new: &Base| {
        // A file that fills in references may not exist yet.
        let old = before.source(&new.path).and_then(|old| old.bytes.clone());
        let objects = forms::describes_objects(&new.path, new.bytes.as_deref().unwrap_or_default());
        (old != new.bytes).then(|| FileChange {
            path: new.path.clone(),
            before: old,
            after: new.bytes.clone().unwrap_or_default(),
            objects,
            mode: None,
            notes: new.notes.clone(),
        })
    };
    let mut sources = after.sources.clone();
    let differing = pairs.filter(|(old, new)| old.bytes != new.bytes);
    let rest: Vec<(&Base, &Base)> = differing.filter(|(_, new)| !put_into_object(&mut sources, new)).collect();
    let mut changes: Vec<FileChange> = sources.iter().filter_map(of_source).collect();
    for change in rest.into_iter().map(change) {
        // The file of variables may be the given one too.
        if changes.iter().all(|other| other.path != change.path) {
            changes.push(change);
        }
    }
    changes
}

/// Puts the new content of a file into the object that contains it, such as a ConfigMap. Returns false if no object does, or
/// if it is written in a way that is not changed.
pub(super) fn put_into_object(sources: &mut [Base], file: &Base) -> bool {
    let Some(after) = file.bytes.as_deref().filter(|_| is_part(&file.path)) else { return false };
    sources.iter_mut().any(|source| {
        let Some(changed) = source.bytes.as_deref().and_then(|bytes| with_part(bytes, &file.path, after)) else {
            return false;
        };
        source.bytes = Some(changed);
        source.notes.push(format!("{} changes.", file.path.display()));
        true
    })
}

fn bases(deployment: &Deployment) -> Vec<&Base> {
    let given = deployment.environment.as_ref().and_then(|environment| match &environment.origin {
        EnvironmentOrigin::File(base) => Some(base),
        _ => None,
    });
    let files = [&deployment.bootstrap].into_iter().chain(deployment.profile_files.iter().map(|file| &file.base));
    files.chain([&deployment.variables]).chain(given).chain([&deployment.application]).collect()
}

impl FileChange {
    #[must_use]
    pub fn changed(&self) -> bool {
        self.rewrites() || self.mode.is_some()
    }

    /// Returns true if the bytes of the file change.
    #[must_use]
    pub fn rewrites(&self) -> bool {
        self.before.as_ref() != Some(&self.after)
    }

    /// Returns true if the file contains a secret.
    #[must_use]
    pub fn holds_secrets(&self) -> bool {
        mask::holds_secrets(&self.after, self.objects)
    }

    /// Computes the difference, with secrets masked.
    #[must_use]
    pub fn diff(&self) -> Diff {
        let compare = if self.objects { Diff::of_objects } else { Diff::new };
        compare(self.before.as_deref().unwrap_or_default(), &self.after)
    }

    /// Formats the difference as `diff -u` does, with secrets masked, after a line about the mode if it changes. Returns an
    /// empty string if nothing changes.
    #[must_use]
    pub fn to_text(&self) -> String {
        let path = mask::shown(self.path.display().to_string().as_bytes());
        let before = if self.before.is_some() { path.as_str() } else { "/dev/null" };
        let mode =
            self.mode.map(|ModeChange { before, after }| format!("{path}: mode {before:04o} becomes {after:04o}\n"));
        mode.unwrap_or_default() + &self.diff().to_text(before, &path)
    }
}

impl std::fmt::Debug for FileChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileChange").field("path", &self.path).finish_non_exhaustive()
    }
}

/// The reason why a proposal was not written, or only in part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The write was refused before any byte was changed.
    #[error("{}", refusal.about(path))]
    Refused { path: PathBuf, refusal: WriteRefusal },
    #[error("cannot write {path}: {cause}", path = path.display())]
    Failed {
        path: PathBuf,
        cause: String,
        remedy: Remedy,
        /// The files that were written before the failure, each of them complete.
        written: Vec<PathBuf>,
    },
}

/// The reason why a file is not replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteRefusal {
    /// Another score-setup holds the lock.
    Locked,
    Gone,
    Appeared,
    Changed,
    /// An earlier write in place was interrupted, so the file may be incomplete.
    Incomplete {
        /// The previous version.
        backup: PathBuf,
    },
}

/// The operator's next step after a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Run the same command again: the file was refused, not damaged.
    RunAgain,
    Unknown,
    MakeFolder(PathBuf),
    NotAFolder,
    /// The folder into which this user may not write.
    Permission(PathBuf),
    /// The folder on a read-only file system.
    ReadOnly(PathBuf),
    /// The folder on a full file system.
    MakeRoom(PathBuf),
    /// The backup of a file that was touched.
    Backup(PathBuf),
    /// The version that another process wrote at the same moment.
    OtherVersion(PathBuf),
    CheckFileSystem,
}

impl WriteRefusal {
    fn about(&self, path: &Path) -> String {
        let path = path.display();
        match self {
            Self::Locked => format!("Another score-setup is writing {path}."),
            Self::Gone => format!("{path} has been deleted since it was read."),
            Self::Appeared => format!("{path} has been created since score-setup looked for it."),
            Self::Changed => format!("{path} changed since it was read."),
            Self::Incomplete { backup } => {
                let backup = backup.display();
                format!(
                    "Writing {path} was interrupted, so the file may be incomplete. The previous version is in {backup}."
                )
            }
        }
    }
}

impl WriteError {
    /// Describes what to do, and whether anything was changed. Returns an empty string if the same command can simply be
    /// run again.
    #[must_use]
    pub fn hint(&self) -> String {
        let (remedy, written) = match self {
            Self::Failed { remedy, written, .. } => (remedy, written),
            Self::Refused { refusal: WriteRefusal::Incomplete { .. }, .. } => {
                return "restore the previous version first: score-setup restore".to_owned();
            }
            Self::Refused { .. } => return String::new(),
        };
        let unchanged = if written.is_empty() { "nothing was changed" } else { "it is as it was" };
        let remedy = match remedy {
            Remedy::RunAgain => None,
            Remedy::Unknown => Some(unchanged.to_owned()),
            Remedy::MakeFolder(folder) => {
                Some(format!("create the folder {} first, or choose a different folder", folder.display()))
            }
            Remedy::NotAFolder => Some("a part of the path is a file, not a folder".to_owned()),
            Remedy::Permission(folder) => Some(format!("run as the user that owns {}, or as root", folder.display())),
            Remedy::ReadOnly(folder) => Some(format!("{} is mounted read-only; {unchanged}", folder.display())),
            Remedy::MakeRoom(folder) => Some(format!("free some space in {}; {unchanged}", folder.display())),
            Remedy::Backup(backup) => Some(format!("the previous version is in {}", backup.display())),
            Remedy::OtherVersion(version) => {
                Some(format!("the version of the other process is in {}", version.display()))
            }
            Remedy::CheckFileSystem => Some("check the file system".to_owned()),
        };
        let paths: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
        let rest = (!paths.is_empty())
            .then(|| format!("{} has been written; run this again to write the rest", paths.join(", ")));
        remedy.into_iter().chain(rest).collect::<Vec<_>>().join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_that_fills_in_references_is_written_and_masked_by_its_names() {
        let file = |name: &str, text: &str| Base { bytes: Some(text.into()), ..Base::absent(name.into()) };
        let before =
            Deployment { sources: vec![file("c.yaml", "a: b\n")], ..Deployment::of_file(Base::absent("x".into())) };
        let mut after = before.clone();
        after.sources.push(file(".env", "S3_SECRETKEY=canary\nA=b\n"));
        let [change] = edited(&before, &after).try_into().unwrap();
        assert_eq!((change.path.as_path(), &change.before, change.objects), (Path::new(".env"), &None, false));
        assert!(change.holds_secrets() && !change.to_text().contains("canary"));
    }
}
