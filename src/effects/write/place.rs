//! Replaces the bytes of a file: by exchanging it with a complete new file, or by overwriting if that is impossible.

mod attributes;
mod temporary;

use std::{
    fs::{self, File, Metadata, OpenOptions, Permissions},
    io,
    os::unix::fs::{FileExt, MetadataExt, PermissionsExt, fchown},
    path::{Path, PathBuf},
    time::SystemTime,
};

use rustix::{
    fs::{CWD, RenameFlags, renameat_with},
    io::Errno,
};
use tempfile::NamedTempFile;

use self::temporary::{BackupCopy, filled, named, sweep};
use super::{
    lock::Lock,
    plain::{self, NotAsRead, Plain, as_read, sync_folder},
};
use crate::{
    effects::paths::folder,
    wizard::proposal::{FileChange, WriteRefusal},
};

/// The moments at which a power cut may interrupt writing; tests stop at each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteMoment {
    Locked,
    BackedUp,
    Filled,
    Owned,
    Renaming,
    Overwriting,
    Overwritten,
}

/// Called at each moment; does something only in tests.
pub(super) type Meanwhile<'a> = &'a mut dyn FnMut(WriteMoment) -> io::Result<()>;

/// Why the new bytes are not there.
pub(super) enum Unplaced {
    /// Nothing was changed.
    Failed(io::Error),
    /// Another process changed the file, and has its version. Nothing was changed.
    Refused(WriteRefusal),
    /// The file itself was touched. The backup has the previous version.
    Touched { error: io::Error, backup: PathBuf },
    /// Another process changed the file at the same moment. This file has its version.
    Overtaken(PathBuf),
}

impl From<io::Error> for Unplaced {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<NotAsRead> for Unplaced {
    fn from(unread: NotAsRead) -> Self {
        match unread {
            NotAsRead::Refused(refusal) => Self::Refused(refusal),
            NotAsRead::Failed(error) => Self::Failed(error),
        }
    }
}

/// The reason why a file is overwritten and not exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum InPlace {
    #[error("this user may not give a new file to its owner")]
    Owner,
    #[error("this user may not give its access control list and attributes to a new file")]
    Attributes,
    /// A file that is itself a mount, such as one of `docker run -v file:file`.
    #[error("it is mounted itself")]
    Mounted,
    /// Another user's file in a folder with the sticky bit.
    #[error("this user may not replace it in its folder")]
    Sticky,
}

/// The replacement of one file.
pub(super) struct Placing<'a, 'b> {
    pub(super) path: &'a Path,
    pub(super) change: &'a FileChange,
    /// Names the backups.
    pub(super) now: SystemTime,
    pub(super) lock: &'a mut Lock,
    pub(super) meanwhile: Meanwhile<'b>,
    pub(super) notes: &'a mut Vec<String>,
}

impl Placing<'_, '_> {
    /// Replaces the file. Returns its backup, if the file existed.
    pub(super) fn place(&mut self) -> Result<Option<PathBuf>, Unplaced> {
        sweep(self.path);
        let change = self.change;
        let Some(before) = change.before.as_deref() else { return self.create().map(|()| None) };
        let old = as_read(self.path)?;
        if !old.has(before)? {
            return Err(Unplaced::Refused(WriteRefusal::Changed));
        }
        if !change.rewrites() {
            return self.set_mode(&old).map(|()| None);
        }
        let backup = BackupCopy::make(self.path, before, &old.what, self.now)?;
        (self.meanwhile)(WriteMoment::BackedUp)?;
        let placed = match self.exchange(&old, before) {
            Ok(Some(why)) => self.overwrite(&old, before, &backup).map(|()| {
                self.notes.push(format!("Written in place, because {why}; the backup was complete before."));
                let closed = self.change.mode.map_or(Ok(()), |_| self.give_mode(&old.file, &old));
                if let Err(error) = closed {
                    let cause = crate::text::cause(&error);
                    self.notes.push(format!("The mode could not be changed ({cause})."));
                }
            }),
            Ok(None) => {
                self.tell_of_other_names(&old);
                self.settle();
                Ok(())
            }
            Err(unplaced) => Err(unplaced),
        };
        match placed {
            Ok(()) => Ok(Some(backup.keep())),
            Err(unplaced) => {
                if matches!(unplaced, Unplaced::Touched { .. }) {
                    backup.keep();
                }
                Err(unplaced)
            }
        }
    }

    /// Sets the mode of a file whose bytes stay.
    fn set_mode(&mut self, old: &Plain) -> Result<(), Unplaced> {
        if !old.is_at(self.path) {
            return Err(Unplaced::Refused(WriteRefusal::Changed));
        }
        self.give_mode(&old.file, old)?;
        Ok(old.file.sync_all()?)
    }

    /// Gives a file its new mode, or that of the old file.
    fn give_mode(&self, file: &File, old: &Plain) -> io::Result<()> {
        let mode = self.change.mode.map_or(old.mode(), |mode| mode.after);
        file.set_permissions(Permissions::from_mode(mode))
    }

    fn tell_of_other_names(&mut self, old: &Plain) {
        let names = old.what.nlink();
        if names > 1 {
            self.notes.push(format!("It was known by {names} names (hard links); only this one has the new bytes."));
        }
    }

    /// Creates a file that does not exist.
    fn create(&mut self) -> Result<(), Unplaced> {
        let temporary = self.filled()?;
        // If root runs this, a new file gets the owner of its folder: Score runs as that user, not as root.
        let home = fs::metadata(folder(self.path))?;
        if let Err(error) = self.give(temporary.as_file(), &home) {
            let cause = crate::text::cause(&error);
            self.notes.push(format!("It belongs to this user, not to the folder's owner ({cause})."));
        }
        // A file that has appeared since then is not overwritten.
        let persist = || temporary.persist_noclobber(self.path).map(drop).map_err(|refused| refused.error);
        (self.meanwhile)(WriteMoment::Renaming).and_then(|()| persist()).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Unplaced::Refused(WriteRefusal::Appeared),
            _ => Unplaced::Failed(error),
        })?;
        self.settle();
        Ok(())
    }

    /// Flushes the folder, so a power cut does not bring the old bytes back.
    fn settle(&mut self) {
        if let Err(error) = sync_folder(self.path) {
            let cause = crate::text::cause(&error);
            self.notes.push(format!("The folder could not be flushed to the disk ({cause})."));
        }
    }

    fn filled(&mut self) -> io::Result<NamedTempFile> {
        let temporary = filled(self.path, &self.change.after)?;
        (self.meanwhile)(WriteMoment::Filled)?;
        Ok(temporary)
    }

    /// Gives a file the owner and group of another one.
    fn give(&mut self, file: &File, like: &Metadata) -> io::Result<()> {
        let mine = file.metadata()?;
        (self.meanwhile)(WriteMoment::Owned)?;
        if (mine.uid(), mine.gid()) == (like.uid(), like.gid()) {
            return Ok(());
        }
        fchown(file, Some(like.uid()), Some(like.gid()))
    }

    /// Replaces the file by exchanging it. Returns the reason if only overwriting can help.
    fn exchange(&mut self, old: &Plain, before: &[u8]) -> Result<Option<InPlace>, Unplaced> {
        let temporary = self.filled()?;
        if self.give(temporary.as_file(), &old.what).is_err() {
            return Ok(Some(InPlace::Owner));
        }
        if attributes::copy(&old.file, temporary.as_file()).is_err() {
            return Ok(Some(InPlace::Attributes));
        }
        // The mode is set last: a change of owner clears bits of it, and an access control list contains it.
        self.give_mode(temporary.as_file(), old)?;
        temporary.as_file().sync_all()?;
        let exchanged = (self.meanwhile)(WriteMoment::Renaming).and_then(|()| exchange(temporary.path(), self.path));
        let Err(error) = exchanged else { return self.inspect(temporary, before).map(|()| None) };
        match Errno::from_io_error(&error) {
            Some(Errno::NOENT) => Err(Unplaced::Refused(WriteRefusal::Gone)),
            Some(Errno::BUSY) => Ok(Some(InPlace::Mounted)),
            Some(Errno::PERM) => Ok(Some(InPlace::Sticky)),
            // This file system, or this kernel, cannot exchange files.
            Some(Errno::NOSYS | Errno::INVAL | Errno::NOTSUP) => self.rename_over(old, temporary, before),
            _ => Err(error.into()),
        }
    }

    /// Looks at what the exchange took out: if it is not what was read, another process changed the file at the last
    /// moment, and gets its version back.
    fn inspect(&mut self, taken_out: NamedTempFile, before: &[u8]) -> Result<(), Unplaced> {
        if plain::has(taken_out.path(), before) {
            return Ok(());
        }
        if exchange(taken_out.path(), self.path).is_ok() && plain::has(taken_out.path(), &self.change.after) {
            return Err(Unplaced::Refused(WriteRefusal::Changed));
        }
        Err(self.overtaken(taken_out))
    }

    /// Keeps the version of another process that cannot be restored.
    fn overtaken(&self, version: NamedTempFile) -> Unplaced {
        let path = version.path().to_owned();
        match named(version, self.path, self.now) {
            Ok(backup) => Unplaced::Overtaken(backup),
            Err(unnamed) => Unplaced::Overtaken(unnamed.file.keep().map_or(path, |(_, path)| path)),
        }
    }

    /// Replaces the file by renaming. What was written into the old file until then is looked for, and kept.
    fn rename_over(
        &mut self,
        old: &Plain,
        temporary: NamedTempFile,
        before: &[u8],
    ) -> Result<Option<InPlace>, Unplaced> {
        let same = as_read(self.path)?.has(before)?;
        // The last look before the rename: nothing shows that a file was replaced after it.
        if !same || !old.is_at(self.path) {
            return Err(Unplaced::Refused(WriteRefusal::Changed));
        }
        if let Err(refused) = temporary.persist(self.path) {
            return match Errno::from_io_error(&refused.error) {
                Some(Errno::BUSY) => Ok(Some(InPlace::Mounted)),
                Some(Errno::PERM) => Ok(Some(InPlace::Sticky)),
                _ => Err(refused.error.into()),
            };
        }
        match old.bytes() {
            Ok(bytes) if bytes == before => Ok(None),
            Ok(bytes) => Err(self.overtaken(filled(self.path, &bytes)?)),
            // The backup has what was read before.
            Err(_) => Ok(None),
        }
    }

    /// Overwrites the old bytes. Bytes beyond the old length are written first, so a full disk is noticed while the old
    /// bytes are complete. After a failure, the old bytes are restored.
    fn overwrite(&mut self, old: &Plain, before: &[u8], backup: &BackupCopy) -> Result<(), Unplaced> {
        let change = self.change;
        let after = &change.after;
        let new = Plain::with(OpenOptions::new().read(true).write(true), self.path)?;
        self.lock.announce(backup.path())?;
        let same = new.has(before);
        if !matches!(same, Ok(true)) || !old.is_at(self.path) || !new.is_at(self.path) {
            self.lock.complete();
            return Err(same.err().map_or(Unplaced::Refused(WriteRefusal::Changed), Unplaced::Failed));
        }
        let file = &new.file;
        let both = before.len().min(after.len());
        let mut put = || {
            file.write_all_at(&after[both..], both as u64)?;
            file.sync_all()?;
            (self.meanwhile)(WriteMoment::Overwriting)?;
            file.write_all_at(&after[..both], 0)?;
            file.set_len(after.len() as u64)?;
            (self.meanwhile)(WriteMoment::Overwritten)?;
            file.sync_all()
        };
        let Err(error) = put() else {
            self.lock.complete();
            return Ok(());
        };
        let restore = || {
            file.write_all_at(before, 0)?;
            file.set_len(before.len() as u64)?;
            file.sync_all()?;
            new.has(before)
        };
        if !restore().unwrap_or(false) {
            return Err(Unplaced::Touched { error, backup: backup.path().to_owned() });
        }
        self.lock.complete();
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Err(Unplaced::Failed(error)),
            // After another failure, the disk may lose what was restored.
            _ => Err(Unplaced::Touched { error, backup: backup.path().to_owned() }),
        }
    }
}

/// Exchanges two files, in one step.
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}
