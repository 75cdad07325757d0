//! Finds and reads the backups that writing leaves next to a file: `<name>.<time in UTC>.bak`. Files that were written
//! together have the same time.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use time::{PrimitiveDateTime, macros::format_description};
use zeroize::Zeroizing;

use super::super::paths::{folder, followed};
use crate::store::files::read_regular;

/// The size limit of a backup, which is that of the files themselves.
const CAP: u64 = 16 * 1024 * 1024;

/// The files as they were before something was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The time as in the names: `20261123T101500Z`, with `-2` after it if that name existed.
    pub stamp: String,
    pub files: Vec<BackupFile>,
}

/// One file of a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupFile {
    pub of: PathBuf,
    pub path: PathBuf,
}

impl BackupFile {
    /// Reads the backup.
    ///
    /// # Errors
    /// Returns an error if it cannot be read.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        read_regular(&self.path, CAP)
    }
}

impl Backup {
    /// Formats the time: `2026-11-23 10:15:00 UTC`.
    #[must_use]
    pub fn time(&self) -> String {
        let written = self.stamp.split('-').next().unwrap_or_default();
        let parsed =
            PrimitiveDateTime::parse(written, format_description!("[year][month][day]T[hour][minute][second]Z"));
        let shown = parsed.ok().and_then(|time| {
            time.format(format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC")).ok()
        });
        shown.unwrap_or_else(|| self.stamp.clone())
    }
}

/// Finds the backups of these files, the newest first. Only regular files in the same folders are backups.
///
/// # Errors
/// Returns an error if a folder cannot be read.
pub fn backups(files: &[PathBuf]) -> io::Result<Vec<Backup>> {
    let mut found: BTreeMap<(String, usize), Vec<BackupFile>> = BTreeMap::new();
    for file in files {
        // Writing follows symbolic links too.
        let real = followed(file)?;
        let Some(name) = real.file_name().and_then(|name| name.to_str()) else { continue };
        for entry in fs::read_dir(folder(&real))? {
            let entry = entry?;
            let Ok(backup) = entry.file_name().into_string() else { continue };
            let Some(stamp) = stamp(&backup, name) else { continue };
            if entry.file_type()?.is_file() {
                found.entry(stamp).or_default().push(BackupFile { of: file.clone(), path: entry.path() });
            }
        }
    }
    let named = |(time, count): (String, usize)| if count == 1 { time } else { format!("{time}-{count}") };
    Ok(found.into_iter().rev().map(|(stamp, files)| Backup { stamp: named(stamp), files }).collect())
}

/// Parses the time in the name of a backup of this file, and its number within that second.
fn stamp(backup: &str, name: &str) -> Option<(String, usize)> {
    let stamp = backup.strip_prefix(name)?.strip_prefix('.')?.strip_suffix(".bak")?;
    let (time, count) = stamp.split_once('-').unwrap_or((stamp, "1"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (day, rest) = time.split_at_checked(8)?;
    let clock = rest.strip_prefix('T')?.strip_suffix('Z')?;
    let form = digits(day) && clock.len() == 6 && digits(clock) && digits(count);
    Some((time.to_owned(), count.parse().ok()?)).filter(|_| form)
}

/// Returns the backups of these files whose content is wanted, the newest first.
pub fn backups_with(files: &[PathBuf], wanted: impl Fn(&[u8]) -> bool) -> Vec<PathBuf> {
    let found = backups(files).unwrap_or_default();
    // The content is wiped, as it may contain secrets.
    let has = |file: &&BackupFile| file.read().is_ok_and(|bytes| wanted(&Zeroizing::new(bytes)));
    found.iter().flat_map(|backup| &backup.files).filter(has).map(|file| file.path.clone()).collect()
}

/// Returns true if this path is in one of the folders of these files.
#[must_use]
pub fn is_beside(path: &Path, files: &[PathBuf]) -> bool {
    let whole = |path: &Path| fs::canonicalize(path).ok();
    let home = whole(&folder(path));
    let real = files.iter().filter_map(|file| followed(file).ok());
    home.is_some() && real.map(|file| whole(&folder(&file))).any(|folder| folder == home)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backups_are_told_by_their_names_and_belong_together_by_their_time() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        for name in [
            "a.properties.20261123T101500Z.bak",
            "a.properties.20261123T101500Z-2.bak",
            "w.conf.20261123T101500Z.bak",
            "a.properties.20261124T000000Z.bak",
            "a.properties.bak",
            "a.properties.20261123T101500.bak",
            "b.properties.20261123T101500Z.bak",
        ] {
            fs::write(at(name), "").unwrap();
        }
        fs::create_dir(at("a.properties.20271123T101500Z.bak")).unwrap();
        let found = backups(&[at("a.properties"), at("w.conf")]).unwrap();
        let told: Vec<_> = found.iter().map(|backup| (backup.time(), backup.files.len(), &*backup.stamp)).collect();
        assert_eq!(
            told,
            [
                ("2026-11-24 00:00:00 UTC".to_owned(), 1, "20261124T000000Z"),
                ("2026-11-23 10:15:00 UTC".to_owned(), 1, "20261123T101500Z-2"),
                ("2026-11-23 10:15:00 UTC".to_owned(), 2, "20261123T101500Z"),
            ]
        );
    }
}
