//! Makes files next to another one under a temporary name, and gives them their name when they are complete.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, Metadata, Permissions},
    io::{self, Write},
    os::unix::{
        ffi::OsStrExt,
        fs::{MetadataExt, PermissionsExt, fchown},
    },
    path::{Path, PathBuf},
    time::SystemTime,
};

use tempfile::{NamedTempFile, PersistError};
use time::{OffsetDateTime, macros::format_description};

use super::super::plain::sync_folder;
use crate::effects::paths::folder;

/// The end of the name of a temporary file, and the number of random letters before it.
const SUFFIX: &str = ".tmp";
const RANDOM: usize = 6;

/// Writes these bytes to a temporary file next to the path. Dropping the file removes it.
pub(super) fn filled(path: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut temporary = tempfile::Builder::new()
        .prefix(&prefix(path))
        .suffix(SUFFIX)
        .rand_bytes(RANDOM)
        .permissions(Permissions::from_mode(0o600))
        .tempfile_in(folder(path))?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

fn prefix(path: &Path) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(path.file_name().unwrap_or_default());
    prefix.push(".");
    prefix
}

/// Removes temporary files of a killed score-setup, because they contain secrets. The lock is held, so no other process is
/// writing.
pub(super) fn sweep(path: &Path) {
    let prefix = prefix(path);
    for entry in fs::read_dir(folder(path)).into_iter().flatten().flatten() {
        if is_temporary(&entry.file_name(), &prefix) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn is_temporary(name: &OsStr, prefix: &OsStr) -> bool {
    let rest = name.as_bytes().strip_prefix(prefix.as_bytes());
    let middle = rest.and_then(|rest| rest.strip_suffix(SUFFIX.as_bytes()));
    middle.is_some_and(|middle| middle.len() == RANDOM && middle.iter().all(u8::is_ascii_alphanumeric))
}

/// A copy of the old bytes on the disk; removed again unless it is kept. It has its name only when it is complete.
pub(super) struct BackupCopy(Option<PathBuf>);

impl BackupCopy {
    pub(super) fn make(path: &Path, bytes: &[u8], what: &Metadata, now: SystemTime) -> io::Result<Self> {
        let temporary = filled(path, bytes)?;
        // If the system refuses, the backup keeps its owner. Other users cannot read it in either case.
        let _ = fchown(temporary.as_file(), Some(what.uid()), Some(what.gid()));
        temporary.as_file().sync_all()?;
        let backup = Self(Some(named(temporary, path, now).map_err(|refused| refused.error)?));
        sync_folder(path)?;
        Ok(backup)
    }

    pub(super) fn path(&self) -> &Path {
        self.0.as_deref().unwrap_or(Path::new(""))
    }

    pub(super) fn keep(mut self) -> PathBuf {
        self.0.take().unwrap_or_default()
    }
}

impl Drop for BackupCopy {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            let _ = fs::remove_file(path);
        }
    }
}

/// Gives a complete file the first free name of a backup: `<name>.<time in UTC>.bak`.
pub(super) fn named(mut file: NamedTempFile, path: &Path, now: SystemTime) -> Result<PathBuf, PersistError> {
    let stamp = OffsetDateTime::from(now).format(format_description!("[year][month][day]T[hour][minute][second]Z"));
    let stamp = match stamp {
        Ok(stamp) => stamp,
        Err(error) => return Err(PersistError { error: io::Error::other(error), file }),
    };
    for stamp in std::iter::once(stamp.clone()).chain((2..100).map(|count| format!("{stamp}-{count}"))) {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{stamp}.bak"));
        let backup = folder(path).join(name);
        match file.persist_noclobber(&backup) {
            Ok(_) => return Ok(backup),
            Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => file = refused.file,
            Err(refused) => return Err(refused),
        }
    }
    Err(PersistError { error: io::ErrorKind::AlreadyExists.into(), file })
}
