//! Replaces the bytes of a file: by renaming, or by overwriting if the system refuses to rename.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File, Metadata, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::{
        ffi::OsStrExt,
        fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown},
    },
    path::{Path, PathBuf},
    time::SystemTime,
};

use rustix::io::Errno;
use tempfile::NamedTempFile;
use time::{OffsetDateTime, macros::format_description};

use super::{FileChange, Meanwhile, WriteMoment, folder, sync_folder};

/// The end of the name of a temporary file, and the number of random letters before it.
const SUFFIX: &str = ".tmp";
const RANDOM: usize = 6;

/// Why the new bytes are not there.
pub(super) struct Unplaced {
    pub(super) error: io::Error,
    /// The backup, if the file itself was changed.
    pub(super) backup: Option<PathBuf>,
}

impl From<io::Error> for Unplaced {
    fn from(error: io::Error) -> Self {
        Self { error, backup: None }
    }
}

/// The reason why a file is overwritten and not replaced by renaming.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum NoRename {
    #[error("this user may not give a new file to its owner")]
    Owner,
    /// A file that is itself a mount, such as one of `docker run -v file:file`.
    #[error("it is mounted itself")]
    Mounted,
    /// Another user's file in a folder with the sticky bit.
    #[error("this user may not replace it in its folder")]
    Sticky,
}

/// Replaces the file. Returns its backup, if the file existed.
pub(super) fn place(
    path: &Path,
    change: &FileChange,
    now: SystemTime,
    meanwhile: Meanwhile<'_>,
    notes: &mut Vec<String>,
) -> Result<Option<PathBuf>, Unplaced> {
    let Some(before) = &change.before else {
        let temporary = filled(path, &change.after, meanwhile)?;
        // If root runs this, a new file gets the owner of its folder: Score runs as that user, not as root.
        let home = fs::metadata(folder(path))?;
        if let Err(error) = give(temporary.as_file(), &home, meanwhile) {
            notes.push(format!("It belongs to this user, not to the folder's owner ({}).", crate::text::cause(&error)));
        }
        meanwhile(WriteMoment::Renaming)?;
        // A file that has appeared since then is not overwritten.
        temporary.persist_noclobber(path).map_err(|refused| refused.error)?;
        settle(path, notes);
        return Ok(None);
    };
    let what = fs::metadata(path)?;
    let backup = BackupCopy::make(path, before, &what, now)?;
    meanwhile(WriteMoment::BackedUp)?;
    if what.nlink() > 1 {
        notes.push(format!("It was known by {} names (hard links); only this one has the new bytes.", what.nlink()));
    }
    match renamed(path, change, &what, meanwhile)? {
        Ok(()) => settle(path, notes),
        Err(why) => {
            if let Err(error) = overwrite(path, before, &change.after, meanwhile) {
                return Err(Unplaced { error, backup: Some(backup.keep()) });
            }
            notes.push(format!("Written in place, because {why}; the backup was complete before."));
        }
    }
    Ok(Some(backup.keep()))
}

/// Flushes the folder, so a power cut does not bring the old bytes back.
fn settle(path: &Path, notes: &mut Vec<String>) {
    if let Err(error) = sync_folder(path) {
        notes.push(format!("The folder could not be flushed to the disk ({}).", crate::text::cause(&error)));
    }
}

/// Replaces the file by renaming. The outer error is final; the inner one says why only overwriting can help.
fn renamed(
    path: &Path,
    change: &FileChange,
    what: &Metadata,
    meanwhile: Meanwhile<'_>,
) -> io::Result<Result<(), NoRename>> {
    let temporary = filled(path, &change.after, meanwhile)?;
    if give(temporary.as_file(), what, meanwhile).is_err() {
        return Ok(Err(NoRename::Owner));
    }
    // The mode is set after the owner: a change of owner clears bits of it.
    temporary.as_file().set_permissions(Permissions::from_mode(what.mode() & 0o7777))?;
    temporary.as_file().sync_all()?;
    let refused = match meanwhile(WriteMoment::Renaming) {
        Ok(()) => temporary.persist(path).map(drop).map_err(|refused| refused.error),
        Err(error) => Err(error),
    };
    match refused {
        Ok(()) => Ok(Ok(())),
        Err(error) => match Errno::from_io_error(&error) {
            Some(Errno::BUSY) => Ok(Err(NoRename::Mounted)),
            Some(Errno::PERM) => Ok(Err(NoRename::Sticky)),
            _ => Err(error),
        },
    }
}

/// Writes these bytes to a temporary file next to the path. Dropping the file removes it.
fn filled(path: &Path, bytes: &[u8], meanwhile: Meanwhile<'_>) -> io::Result<NamedTempFile> {
    let mut prefix = OsString::from(".");
    prefix.push(path.file_name().unwrap_or_default());
    prefix.push(".");
    sweep(&folder(path), &prefix);
    let mut temporary = tempfile::Builder::new()
        .prefix(&prefix)
        .suffix(SUFFIX)
        .rand_bytes(RANDOM)
        .permissions(Permissions::from_mode(0o600))
        .tempfile_in(folder(path))?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    meanwhile(WriteMoment::Filled)?;
    Ok(temporary)
}

/// Removes temporary files of a killed score-setup, because they contain secrets. The lock is held, so no other process is
/// writing.
fn sweep(folder: &Path, prefix: &OsStr) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let middle =
            name.as_bytes().strip_prefix(prefix.as_bytes()).and_then(|rest| rest.strip_suffix(SUFFIX.as_bytes()));
        if middle.is_some_and(|middle| middle.len() == RANDOM && middle.iter().all(u8::is_ascii_alphanumeric)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Gives a file the owner and group of another one.
fn give(file: &File, like: &Metadata, meanwhile: Meanwhile<'_>) -> io::Result<()> {
    let mine = file.metadata()?;
    meanwhile(WriteMoment::Owned)?;
    if (mine.uid(), mine.gid()) == (like.uid(), like.gid()) {
        return Ok(());
    }
    fchown(file, Some(like.uid()), Some(like.gid()))
}

/// Overwrites the old bytes. Bytes beyond the old length are written first, so a full disk is noticed while the old bytes are
/// complete. After a failure, the old bytes are restored.
fn overwrite(path: &Path, before: &[u8], after: &[u8], meanwhile: Meanwhile<'_>) -> io::Result<()> {
    let file = OpenOptions::new().write(true).open(path)?;
    let both = before.len().min(after.len());
    let mut put = || {
        file.write_all_at(&after[both..], both as u64)?;
        file.sync_all()?;
        meanwhile(WriteMoment::Overwriting)?;
        file.write_all_at(&after[..both], 0)?;
        file.set_len(after.len() as u64)?;
        meanwhile(WriteMoment::Overwritten)?;
        file.sync_all()
    };
    put().inspect_err(|_| {
        // If this fails too, the backup still has the old bytes.
        let _ = file.write_all_at(before, 0).and_then(|()| file.set_len(before.len() as u64));
        let _ = file.sync_all();
    })
}

/// A copy of the old bytes on the disk; removed again unless it is kept.
struct BackupCopy(Option<PathBuf>);

impl BackupCopy {
    fn make(path: &Path, bytes: &[u8], what: &Metadata, now: SystemTime) -> io::Result<Self> {
        let stamp = OffsetDateTime::from(now)
            .format(format_description!("[year][month][day]T[hour][minute][second]Z"))
            .map_err(io::Error::other)?;
        let mut names = std::iter::once(stamp.clone()).chain((2..100).map(|count| format!("{stamp}-{count}")));
        let (file, path) = loop {
            let mut name = path.file_name().unwrap_or_default().to_owned();
            name.push(format!(".{}.bak", names.next().ok_or(io::ErrorKind::AlreadyExists)?));
            let path = folder(path).join(name);
            match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
                Ok(file) => break (file, path),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        };
        let backup = Self(Some(path.clone()));
        (&file).write_all(bytes)?;
        // If the system refuses, the backup keeps its owner. Other users cannot read it in either case.
        let _ = fchown(&file, Some(what.uid()), Some(what.gid()));
        file.sync_all()?;
        sync_folder(&path)?;
        Ok(backup)
    }

    fn keep(mut self) -> PathBuf {
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
