//! Lets one writer at a time change a file, with a lock file next to it. The kernel holds the lock, so the lock file of a
//! killed score-setup blocks no other. While a file is overwritten in place, the lock file contains the name of its backup.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        fs::OpenOptionsExt,
    },
    path::{Path, PathBuf},
};

use super::plain::{self, Plain, sync_folder};
use crate::effects::paths::folder;

/// The number of attempts if another process keeps removing the lock file.
const TRIES: usize = 100;

/// The length limit of a file name in bytes (Linux, `NAME_MAX`).
const LONGEST_NAME: u64 = 255;

pub(super) struct Lock {
    path: PathBuf,
    file: File,
    /// The name of the backup, if an earlier writer was interrupted while it overwrote the file.
    interrupted: Option<OsString>,
    /// True if the lock file must stay: the file may be incomplete.
    stays: bool,
}

impl Lock {
    /// Takes the lock; `None` if another score-setup holds it.
    pub(super) fn take(beside: &Path) -> io::Result<Option<Self>> {
        let path = path_of_lock(beside).ok_or(io::ErrorKind::InvalidInput)?;
        for _ in 0..TRIES {
            // A link in its place is not followed, and a pipe does not block.
            let lock = Plain::with(OpenOptions::new().create(true).read(true).append(true).mode(0o600), &path)?;
            match lock.file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => {
                    // This file system has no locks, so the lock file is of no use to another process.
                    let _ = fs::remove_file(&path);
                    return Err(error);
                }
            }
            // The previous owner may have removed the file after it was opened here. Then it locks nothing.
            if lock.is_at(&path) {
                let mut lock = Self { path, file: lock.file, interrupted: None, stays: false };
                lock.interrupted = backup_name(&lock.file)?;
                return Ok(Some(lock));
            }
        }
        Ok(None)
    }

    /// Returns the backup of a file that an interrupted writer left incomplete. `None` if the file, or what it will
    /// become, is that backup.
    pub(super) fn backup_of_incomplete(&mut self, path: &Path, after: &[u8]) -> Option<PathBuf> {
        let backup = folder(path).join(self.interrupted.as_ref()?);
        let bytes = Plain::open(&backup).and_then(|file| file.bytes()).ok()?;
        self.stays = bytes != after && !plain::has(path, &bytes);
        self.stays.then_some(backup)
    }

    /// Notes on the disk that the file is being overwritten, and that this backup has its bytes.
    pub(super) fn announce(&mut self, backup: &Path) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.write_all(backup.file_name().unwrap_or_default().as_bytes())?;
        self.file.sync_all()?;
        sync_folder(&self.path)?;
        self.stays = true;
        Ok(())
    }

    /// Notes that the file is complete again.
    pub(super) fn complete(&mut self) {
        self.stays = false;
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if !self.stays {
            // The lock is still held, so this does not remove the lock file of another process.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn path_of_lock(beside: &Path) -> Option<PathBuf> {
    let mut name = OsString::from(".");
    name.push(beside.file_name()?);
    name.push(".lock");
    Some(folder(beside).join(name))
}

/// Reads the name of a backup from a lock file. A name leads to no other folder.
fn backup_name(mut file: &File) -> io::Result<Option<OsString>> {
    let mut name = Vec::new();
    Read::take(&mut file, LONGEST_NAME + 1).read_to_end(&mut name)?;
    let is_name = !name.is_empty() && name.len() as u64 <= LONGEST_NAME && !name.contains(&b'/');
    Ok(is_name.then(|| OsString::from_vec(name)))
}

/// Returns the backup of a file that a killed score-setup may have left incomplete.
pub(super) fn backup_of_interrupted(path: &Path) -> Option<PathBuf> {
    let lock = Plain::open(&path_of_lock(path)?).ok()?;
    let name = backup_name(&lock.file).ok()??;
    // While another score-setup writes, nothing is interrupted.
    lock.file.try_lock_shared().ok()?;
    let backup = folder(path).join::<&OsStr>(name.as_ref());
    let bytes = Plain::open(&backup).and_then(|file| file.bytes()).ok()?;
    (!plain::has(path, &bytes)).then_some(backup)
}
