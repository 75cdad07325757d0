//! Opens files that may have been replaced by anything since they were read. Never waits for a pipe, never follows a
//! link, and reads no more than was expected.

use std::{
    fs::{File, Metadata, OpenOptions},
    io::{self, Read},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
};

use rustix::{fs::OFlags, io::Errno};

use crate::{effects::paths::folder, wizard::proposal::WriteRefusal};

/// The size limit of a file that another process wrote in the meantime, in bytes.
const MOST: u64 = 16 * 1024 * 1024;

/// A regular file, opened, and its attributes at that time.
pub(super) struct Plain {
    pub(super) file: File,
    pub(super) what: Metadata,
}

impl Plain {
    /// Opens a regular file.
    ///
    /// # Errors
    /// Returns an error if it is not a regular file, or cannot be opened. A symbolic link is not followed.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Self::with(OpenOptions::new().read(true), path)
    }

    /// Opens a regular file with these options.
    pub(super) fn with(options: &mut OpenOptions, path: &Path) -> io::Result<Self> {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = options.custom_flags(flags.bits().cast_signed()).open(path)?;
        let what = file.metadata()?;
        if what.is_file() {
            Ok(Self { file, what })
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
        }
    }

    /// Returns the mode of the file, without its type.
    pub(super) fn mode(&self) -> u32 {
        self.what.mode() & 0o7777
    }

    /// Returns true if the file has exactly these bytes.
    pub(super) fn has(&self, bytes: &[u8]) -> io::Result<bool> {
        let mut read = Vec::with_capacity(bytes.len() + 1);
        let mut file = &self.file;
        io::Seek::rewind(&mut file)?;
        file.take(bytes.len() as u64 + 1).read_to_end(&mut read)?;
        Ok(read == bytes)
    }

    /// Reads the whole file.
    pub(super) fn bytes(&self) -> io::Result<Vec<u8>> {
        let mut read = Vec::new();
        let mut file = &self.file;
        io::Seek::rewind(&mut file)?;
        file.take(MOST + 1).read_to_end(&mut read)?;
        if read.len() as u64 > MOST { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(read) }
    }

    /// Returns true if this is the file with that name.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        let id = |what: &Metadata| (what.dev(), what.ino());
        path.symlink_metadata().is_ok_and(|there| id(&there) == id(&self.what))
    }
}

/// Returns true if the file of this name is regular and has exactly these bytes.
pub(super) fn has(path: &Path, bytes: &[u8]) -> bool {
    Plain::open(path).and_then(|file| file.has(bytes)).unwrap_or(false)
}

/// The reason why a file that was read before cannot be opened.
pub(super) enum NotAsRead {
    /// It is gone, or no longer a regular file.
    Refused(WriteRefusal),
    Failed(io::Error),
}

/// Opens a file that was a regular file when it was read.
pub(super) fn as_read(path: &Path) -> Result<Plain, NotAsRead> {
    Plain::open(path).map_err(|error| match Errno::from_io_error(&error) {
        Some(Errno::NOENT) => NotAsRead::Refused(WriteRefusal::Gone),
        // A link, a socket, or any other file that is not regular.
        Some(Errno::LOOP | Errno::NXIO) => NotAsRead::Refused(WriteRefusal::Changed),
        None if error.kind() == io::ErrorKind::InvalidInput => NotAsRead::Refused(WriteRefusal::Changed),
        _ => NotAsRead::Failed(error),
    })
}

/// Makes a rename, or a new name, survive a power cut. Ignores file systems that cannot do this.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    match File::open(folder(path))?.sync_all() {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        done => done,
    }
}
