//! Reads size, mode, owner and time of a file, and the name of this system.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

use rustix::system::uname;
use time::OffsetDateTime;

use super::users::owner;
use crate::store::files::read_regular;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub size: u64,
    pub mode: u32,
    pub owner: String,
    pub modified: Option<OffsetDateTime>,
}

/// Reads the facts of a file, behind symbolic links; `None` if it does not exist.
#[must_use]
pub fn facts(path: &Path) -> Option<Facts> {
    let what = fs::metadata(path).ok()?;
    Some(Facts {
        size: what.len(),
        mode: what.permissions().mode() & 0o7777,
        owner: owner(what.uid()),
        modified: what.modified().ok().map(OffsetDateTime::from),
    })
}

/// Describes this system: `Debian GNU/Linux 13, Linux 6.12.0 x86_64`.
#[must_use]
pub fn system() -> String {
    let kernel = uname();
    let of_kernel = [kernel.sysname(), kernel.release(), kernel.machine()].map(|part| part.to_string_lossy());
    // <https://www.freedesktop.org/software/systemd/man/latest/os-release.html>
    let release = read_regular(Path::new("/etc/os-release"), 64 * 1024).unwrap_or_default();
    let release = String::from_utf8_lossy(&release);
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).map(|name| name.trim_matches('"'));
    name.into_iter().chain([of_kernel.join(" ").as_str()]).collect::<Vec<_>>().join(", ")
}
