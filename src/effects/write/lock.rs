//! Lets one writer at a time change a file, with a lock file next to it. The kernel holds the lock, so the lock file of a
//! killed score-setup blocks no other.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;

use super::folder;

/// The number of attempts if another process keeps removing the lock file.
const TRIES: usize = 100;

pub(super) struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    /// Takes the lock; `None` if another score-setup holds it.
    pub(super) fn take(beside: &Path) -> io::Result<Option<Self>> {
        let mut name = std::ffi::OsString::from(".");
        name.push(beside.file_name().ok_or(io::ErrorKind::InvalidInput)?);
        name.push(".lock");
        let path = folder(beside).join(name);
        for _ in 0..TRIES {
            // A link in its place is not followed, and a pipe does not block.
            let plain = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
            let file = OpenOptions::new().create(true).append(true).mode(0o600).custom_flags(plain).open(&path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // The previous owner may have removed the file after it was opened here. Then it locks nothing.
            let here = fs::metadata(&path).ok().map(|what| what.ino());
            if here == Some(file.metadata()?.ino()) {
                return Ok(Some(Self { path, _file: file }));
            }
        }
        Ok(None)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The lock is still held, so this does not remove the lock file of another process.
        let _ = fs::remove_file(&self.path);
    }
}
