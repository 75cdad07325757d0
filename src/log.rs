//! Writes the log of `--log`, for a ticket: the actions that were requested, and their results. Contains only this
//! program's own lines, because those of libraries may show more than this program knows. The type of a secret redacts
//! it, and each line is masked.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use crate::text::mask::masked;
use tracing_subscriber::fmt::MakeWriter;

struct OwnLines(File);

enum LogLine<'a> {
    OwnLines(&'a File),
    Other,
}

/// Starts logging to this file. A regular file gets mode 0600, even if it already exists.
///
/// # Errors
/// Returns an error if the file cannot be opened.
pub fn to_file(path: &Path) -> io::Result<()> {
    let file = opened(path)?;
    // An error of the log is not printed: stderr may be the screen of the wizard, or a lost terminal.
    let log =
        tracing_subscriber::fmt().with_ansi(false).log_internal_errors(false).with_writer(OwnLines(file)).finish();
    tracing::subscriber::set_global_default(log).map_err(io::Error::other)
}

/// Opens the file. Does not change the mode of a device or a pipe: as root, `--log /dev/null` would take it from all
/// other users.
fn opened(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    if file.metadata()?.is_file() {
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

impl<'a> MakeWriter<'a> for OwnLines {
    type Writer = LogLine<'a>;

    fn make_writer(&'a self) -> LogLine<'a> {
        LogLine::Other
    }

    fn make_writer_for(&'a self, line: &tracing::Metadata<'_>) -> LogLine<'a> {
        if line.target().starts_with("score_setup") { LogLine::OwnLines(&self.0) } else { LogLine::Other }
    }
}

impl Write for LogLine<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::OwnLines(file) => {
                // Each call writes one whole event.
                file.write_all(masked(&String::from_utf8_lossy(bytes)).as_bytes())?;
                Ok(bytes.len())
            }
            Self::Other => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_closed_to_others_and_a_device_is_left_as_it_is() {
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        let null = Path::new("/dev/null");
        let before = mode(null);
        opened(null).unwrap();
        assert_eq!(mode(null), before);
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        std::fs::write(&log, "").unwrap();
        std::fs::set_permissions(&log, std::fs::Permissions::from_mode(0o644)).unwrap();
        opened(&log).unwrap();
        assert_eq!(mode(&log) & 0o777, 0o600);
    }
}
