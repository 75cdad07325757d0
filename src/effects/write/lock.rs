//! One writer at a time: a lock file beside the file. The lock is the kernel's, so one left by a killed wizard holds
//! nobody up.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;

use super::folder;

/// Tries when the lock file is taken away under us each time.
const TRIES: usize = 100;

pub(super) struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    /// `None`: another wizard holds it.
    pub(super) fn take(beside: &Path) -> io::Result<Option<Self>> {
        let mut name = std::ffi::OsString::from(".");
        name.push(beside.file_name().ok_or(io::ErrorKind::InvalidInput)?);
        name.push(".lock");
        let path = folder(beside).join(name);
        for _ in 0..TRIES {
            // Whatever else somebody put there, a link or a pipe, is neither followed nor waited for.
            let plain = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
            let file = OpenOptions::new().create(true).append(true).mode(0o600).custom_flags(plain).open(&path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // Who held it before may have removed the file since it was opened here: then it locks nothing.
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
        // While it is still held, so that nobody else's is removed.
        let _ = fs::remove_file(&self.path);
    }
}
