//! Opens and reads the files of others. The probe reads the trust store of Java through it, and `effects` the rest. A path is opened only if it leads to a regular file, never waits for a writer, and has a
//! size limit: a pipe, a device or an endless file in the place of a configuration is an error.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use rustix::fs::OFlags;

/// Opens a regular file for reading.
///
/// # Errors
/// Returns an error if the file cannot be opened, or is not a regular file.
pub fn open_regular(path: &Path) -> io::Result<(File, Metadata)> {
    // Opening a device can act on it, so the kind is looked at first. The path may lead elsewhere a moment later, so
    // the opened file is looked at too; `NONBLOCK` keeps a pipe from waiting for its writer.
    only_regular(&fs::metadata(path)?)?;
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    let what = file.metadata()?;
    only_regular(&what)?;
    Ok((file, what))
}

/// Reads a whole regular file, up to a size limit in bytes.
///
/// # Errors
/// Returns an error if the file cannot be read, is not a regular file, or is larger than the limit.
pub fn read_regular(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    read_open(open_regular(path)?.0, most)
}

/// Reads the rest of an open file, up to a size limit in bytes.
///
/// # Errors
/// Returns an error if the file cannot be read, or is larger than the limit.
pub fn read_open(file: File, most: u64) -> io::Result<Vec<u8>> {
    whole(file, most)
}

/// Reads a file, a pipe or a device that the operator named as the source of a stream, up to a size limit in bytes. The
/// path `-` is standard input. Waits for a pipe.
///
/// # Errors
/// Returns an error if the stream cannot be read, or is longer than the limit.
pub fn read_at_most(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    if path == Path::new("-") { whole(io::stdin().lock(), most) } else { whole(File::open(path)?, most) }
}

fn whole(source: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(too_large(most)) } else { Ok(bytes) }
}

/// Returns the error of a source that is larger than the limit.
fn too_large(most: u64) -> io::Error {
    let size = crate::text::values::number::size(most);
    io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than {size}"))
}

fn only_regular(what: &Metadata) -> io::Result<()> {
    if what.is_file() {
        return Ok(());
    }
    let kind = if what.is_dir() { "a folder" } else { "a device, a pipe or a socket, not a regular file" };
    Err(io::Error::other(format!("it is {kind}")))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_regular_files_within_the_limit_are_read_and_none_is_waited_for() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
        symlink("pipe", at("link to a pipe")).unwrap();
        symlink("/dev/zero", at("endless")).unwrap();
        symlink("loop", at("loop")).unwrap();
        fs::write(at("file"), "12345").unwrap();
        symlink("file", at("link")).unwrap();
        let read = |name: &str, most| read_regular(&at(name), most).map_err(|error| crate::text::cause(&error));
        for name in ["pipe", "link to a pipe", "endless"] {
            assert_eq!(read(name, 5), Err("it is a device, a pipe or a socket, not a regular file".into()), "{name}");
        }
        assert_eq!(read(".", 5), Err("it is a folder".into()));
        assert!(read("loop", 5).is_err() && read("gone", 5).is_err());
        assert_eq!(read("file", 4), Err("it is larger than 4 bytes".into()));
        assert_eq!([read("file", 5), read("link", 5)], [Ok(b"12345".to_vec()), Ok(b"12345".to_vec())]);
        // The files of `/proc` have no size before they are read.
        assert!(read_regular(Path::new("/proc/self/stat"), 1 << 20).is_ok_and(|bytes| !bytes.is_empty()));
    }
}
