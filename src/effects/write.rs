//! Writes exactly the bytes that were approved. At every moment, the old or the new file exists, complete.
//!
//! ```text
//!  lock ─ compare with what was approved ─ backup ─ new file ─ exchange ─ look at what came out ─ read back
//!                                                                │          └─ changed by others: exchange again
//!                                                                └─ refused: over the old bytes, backup complete
//! ```
//!
//! Backup and new file are complete and on the disk before they get a name. Owner, mode, access control list and extended
//! attributes stay. If a writer is killed while it overwrites, its lock file names the backup.
//!
//! Knows nothing of settings: keys are counted, not read.

pub mod backups;
mod lock;
mod place;
mod plain;

use std::{
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::SystemTime,
};

use self::{
    lock::Lock,
    place::{Meanwhile, Unplaced, WriteMoment},
    plain::{NotAsRead, Plain, as_read},
};
use super::{
    paths::{folder, followed},
    signals::SignalWatch,
    users::owner,
};
use crate::{
    install::deployment::chmod,
    text::cause,
    text::properties::{Document, uniform},
    wizard::proposal::{FileChange, Proposal, Receipt, Remedy, WriteError, WriteRefusal, Written},
};

/// One file of a proposal: the change, the path without symbolic links, and the lock. A file that does not change has no
/// lock.
struct WriteTask<'a> {
    change: &'a FileChange,
    path: PathBuf,
    lock: Option<Lock>,
}

/// Writes the files in the order of the proposal. Before the first byte changes, all files are locked and compared with what
/// was approved. After an interruption, a second run writes the rest. `now` names the backups.
///
/// # Errors
/// Returns an error if a file has changed since it was read, or cannot be written. No old content is lost.
pub fn write(proposal: &Proposal, now: SystemTime) -> Result<Receipt, WriteError> {
    write_meanwhile(proposal, now, &mut |_| Ok(()))
}

/// Writes the files. A signal that ends programs is ignored until all of them are written.
///
/// # Errors
/// Returns an error as `write` does.
pub fn write_undisturbed(proposal: &Proposal, now: SystemTime) -> Result<Receipt, WriteError> {
    // If the system does not allow it, an interrupted write is still safe.
    let _signals = SignalWatch::leaving(|_| ());
    write(proposal, now)
}

/// Returns the backup of a file that may be incomplete, because writing it in place was interrupted.
#[must_use]
pub fn interrupted(path: &Path) -> Option<PathBuf> {
    lock::backup_of_interrupted(&followed(path).ok()?)
}

fn write_meanwhile(proposal: &Proposal, now: SystemTime, meanwhile: Meanwhile<'_>) -> Result<Receipt, WriteError> {
    let mut all = Vec::new();
    for change in &proposal.files {
        let path = followed(&change.path).map_err(|error| failed(&change.path, &error))?;
        all.push(WriteTask { change, path, lock: None });
    }
    let compare_all = |all: &[WriteTask<'_>]| all.iter().try_for_each(|work| compare(work.change, &work.path));
    // A link may lead elsewhere now, so nothing is locked before a first comparison.
    compare_all(&all)?;
    for work in all.iter_mut().filter(|work| work.change.changed()) {
        work.lock = Some(lock(work.change, &work.path)?);
    }
    compare_all(&all)?;
    let mut files: Vec<Written> = Vec::new();
    for work in &mut all {
        match write_file(work, now, meanwhile) {
            Ok(written) => files.push(written),
            Err(error) => return Err(in_between(error, work.change, &files)),
        }
    }
    Ok(Receipt { files })
}

fn lock(change: &FileChange, path: &Path) -> Result<Lock, WriteError> {
    let taken = Lock::take(path).map_err(|error| failed(&change.path, &error))?;
    let mut lock = taken.ok_or_else(|| refused(change, WriteRefusal::Locked))?;
    match lock.backup_of_incomplete(path, &change.after) {
        Some(backup) => Err(refused(change, WriteRefusal::Incomplete { backup })),
        None => Ok(lock),
    }
}

/// Adds the files that were written before a failure. They stay: each is right by itself, and a second run writes the rest.
fn in_between(error: WriteError, change: &FileChange, before: &[Written]) -> WriteError {
    let written: Vec<PathBuf> = before.iter().filter(|file| file.changed).map(|file| file.path.clone()).collect();
    if written.is_empty() {
        return error;
    }
    let (cause, remedy) = match error {
        refused @ WriteError::Refused { .. } => (refused.to_string(), Remedy::RunAgain),
        WriteError::Failed { cause, remedy, .. } => (cause, remedy),
    };
    WriteError::Failed { path: change.path.clone(), cause, remedy, written }
}

fn refused(change: &FileChange, refusal: WriteRefusal) -> WriteError {
    WriteError::Refused { path: change.path.clone(), refusal }
}

fn damaged(change: &FileChange, cause: String, remedy: Remedy) -> WriteError {
    WriteError::Failed { path: change.path.clone(), cause, remedy, written: Vec::new() }
}

fn write_file(work: &mut WriteTask<'_>, now: SystemTime, meanwhile: Meanwhile<'_>) -> Result<Written, WriteError> {
    let WriteTask { change, path, lock } = work;
    let mut notes = change.notes.clone();
    let mut backup = None;
    if let Some(lock) = lock {
        meanwhile(WriteMoment::Locked).map_err(|error| failed(&change.path, &error))?;
        let placed = place::Placing { path, change, now, lock, meanwhile, notes: &mut notes }.place();
        backup = placed.map_err(|unplaced| match unplaced {
            Unplaced::Failed(error) => failed(&change.path, &error),
            Unplaced::Refused(refusal) => refused(change, refusal),
            Unplaced::Touched { error, backup } => damaged(change, cause(&error), Remedy::Backup(backup)),
            Unplaced::Overtaken(version) => {
                let cause = "another process changed it at the same moment".to_owned();
                damaged(change, cause, Remedy::OtherVersion(version))
            }
        })?;
    }
    // From here on, the file may have changed, so a failure says where the previous version is.
    let after_write = |cause: String| {
        let remedy = match (&backup, change.changed()) {
            (Some(backup), _) => Remedy::Backup(backup.clone()),
            (None, true) => Remedy::CheckFileSystem,
            (None, false) => Remedy::Unknown,
        };
        damaged(change, cause, remedy)
    };
    let written = Plain::open(path).map_err(|error| after_write(cause(&error)))?;
    if change.changed() && !written.has(&change.after).map_err(|error| after_write(cause(&error)))? {
        return Err(after_write("what is read back is not what was written".to_owned()));
    }
    let mode = written.mode();
    if mode & 0o004 != 0 && change.holds_secrets() {
        notes.push(format!(
            "Every user of this machine can read the secrets in this file (mode {mode:04o}). To restrict it, run: {}",
            chmod(&change.path, mode)
        ));
    }
    Ok(Written {
        path: change.path.clone(),
        changed: change.changed(),
        backup,
        mode,
        owner: owner(written.what.uid()),
        keys: keys(&change.after),
        notes,
    })
}

/// Compares a file with the bytes that were approved.
fn compare(change: &FileChange, path: &Path) -> Result<(), WriteError> {
    let Some(before) = &change.before else {
        return match path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(failed(&change.path, &error)),
            Ok(_) => Err(refused(change, WriteRefusal::Appeared)),
        };
    };
    let same = match as_read(path) {
        Ok(found) if change.mode.is_some_and(|mode| mode.before != found.mode()) => Ok(false),
        Ok(found) => found.has(before),
        Err(NotAsRead::Refused(refusal)) => return Err(refused(change, refusal)),
        Err(NotAsRead::Failed(error)) => Err(error),
    };
    match same {
        Ok(true) => Ok(()),
        Ok(false) => Err(refused(change, WriteRefusal::Changed)),
        Err(error) => Err(failed(&change.path, &error)),
    }
}

fn failed(path: &Path, error: &io::Error) -> WriteError {
    let folder = folder(path);
    let remedy = match error.kind() {
        io::ErrorKind::NotFound => Remedy::MakeFolder(folder),
        io::ErrorKind::NotADirectory => Remedy::NotAFolder,
        io::ErrorKind::PermissionDenied => Remedy::Permission(folder),
        io::ErrorKind::ReadOnlyFilesystem => Remedy::ReadOnly(folder),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Remedy::MakeRoom(folder),
        _ => Remedy::Unknown,
    };
    WriteError::Failed { path: path.to_owned(), cause: cause(error), remedy, written: Vec::new() }
}

/// Counts the keys that a file sets; different spellings of a key count once.
fn keys(bytes: &[u8]) -> usize {
    let document = Document::parse(bytes);
    document.map_or(0, |document| {
        document.pairs().map(|pair| uniform(pair.key)).collect::<std::collections::HashSet<_>>().len()
    })
}

#[cfg(test)]
mod races;

#[cfg(test)]
mod tests {
    use std::{
        fs,
        os::unix::fs::{PermissionsExt, chown, symlink},
        time::Duration,
    };

    use rustix::io::Errno;

    use super::*;
    use crate::wizard::proposal::ModeChange;

    pub(super) const OLD: &[u8] = b"s3.endpoint=http://old:9000\n";
    pub(super) const NEW: &[u8] = b"s3.endpoint=http://a-longer-name:9000\ns3.secured=false\n";
    const BACKUP: &str = "a.properties.20261123T101500Z.bak";

    /// 2026-11-23T10:15:00Z.
    pub(super) fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_mins(29_923_815)
    }

    pub(super) struct Folder(pub(super) tempfile::TempDir);

    impl Folder {
        pub(super) fn with(bytes: Option<&[u8]>) -> Self {
            let folder = Self(tempfile::tempdir().unwrap());
            if let Some(bytes) = bytes {
                fs::write(folder.file(), bytes).unwrap();
                fs::set_permissions(folder.file(), fs::Permissions::from_mode(0o640)).unwrap();
            }
            folder
        }

        pub(super) fn file(&self) -> PathBuf {
            self.0.path().join("a.properties")
        }

        pub(super) fn proposal(&self, before: Option<&[u8]>) -> Proposal {
            proposal(self.file(), before, NEW)
        }

        pub(super) fn content(&self) -> Vec<u8> {
            fs::read(self.file()).unwrap()
        }

        pub(super) fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(self.0.path()).unwrap();
            let mut names: Vec<String> =
                entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        }
    }

    pub(super) fn proposal(path: PathBuf, before: Option<&[u8]>, after: &[u8]) -> Proposal {
        let before = before.map(<[u8]>::to_vec);
        Proposal::new(vec![FileChange {
            path,
            before,
            after: after.to_vec(),
            objects: false,
            mode: None,
            notes: Vec::new(),
        }])
    }

    /// Returns the proposal with the mode 0600 in place of 0640.
    fn closed(proposal: Proposal) -> Proposal {
        let mode = Some(ModeChange { before: 0o640, after: 0o600 });
        Proposal::new(proposal.files.into_iter().map(|file| FileChange { mode, ..file }).collect())
    }

    #[test]
    fn a_new_mode_is_set_with_the_new_bytes_or_alone() {
        let folder = Folder::with(Some(OLD));
        let written = the(write(&closed(folder.proposal(Some(OLD))), now()).unwrap());
        assert_eq!((folder.content().as_slice(), written.mode, written.backup.is_some()), (NEW, 0o600, true));
        let folder = Folder::with(Some(OLD));
        let written = the(write(&closed(proposal(folder.file(), Some(OLD), OLD)), now()).unwrap());
        assert_eq!((folder.content().as_slice(), written.mode, written.changed), (OLD, 0o600, true));
        assert_eq!((written.backup, folder.names()), (None, vec!["a.properties".to_owned()]));
    }

    #[test]
    fn a_mode_that_changed_behind_our_back_is_refused() {
        let folder = Folder::with(Some(OLD));
        fs::set_permissions(folder.file(), fs::Permissions::from_mode(0o604)).unwrap();
        let error = write(&closed(folder.proposal(Some(OLD))), now()).unwrap_err();
        assert_eq!(words(&error).0, format!("{} changed since it was read.", folder.file().display()));
        assert_eq!((folder.content(), fs::metadata(folder.file()).unwrap().mode() & 0o777), (OLD.to_vec(), 0o604));
    }

    fn fails(moment: WriteMoment, errno: Errno) -> impl FnMut(WriteMoment) -> io::Result<()> {
        move |now| if now == moment { Err(errno.into()) } else { Ok(()) }
    }

    /// The sentence about an error, and its hint.
    pub(super) fn words(error: &WriteError) -> (String, String) {
        (error.to_string(), error.hint())
    }

    fn the(receipt: Receipt) -> Written {
        let [written] = <[Written; 1]>::try_from(receipt.files).unwrap();
        written
    }

    #[test]
    fn an_existing_file_is_replaced_and_its_bytes_are_kept_beside_it() {
        let folder = Folder::with(Some(OLD));
        let written = the(write(&folder.proposal(Some(OLD)), now()).unwrap());
        assert_eq!(folder.content(), NEW);
        assert_eq!(folder.names(), ["a.properties", BACKUP]);
        let backup = folder.0.path().join(BACKUP);
        assert_eq!(fs::read(&backup).unwrap(), OLD);
        assert_eq!(fs::metadata(&backup).unwrap().mode() & 0o7777, 0o600);
        let expected = Written {
            path: folder.file(),
            changed: true,
            backup: Some(backup),
            mode: 0o640,
            owner: owner(fs::metadata(folder.file()).unwrap().uid()),
            keys: 2,
            notes: vec![],
        };
        assert_eq!(written, expected);
    }

    #[test]
    fn a_new_file_is_for_its_owner_alone_and_has_no_backup() {
        let folder = Folder::with(None);
        let written = the(write(&folder.proposal(None), now()).unwrap());
        assert_eq!((folder.content(), folder.names()), (NEW.to_vec(), vec!["a.properties".to_owned()]));
        assert_eq!((written.mode, written.backup, written.notes), (0o600, None, vec![]));
    }

    #[test]
    fn a_proposal_that_changes_nothing_touches_nothing() {
        let folder = Folder::with(Some(OLD));
        let before = fs::metadata(folder.file()).unwrap();
        let written = the(write(&proposal(folder.file(), Some(OLD), OLD), now()).unwrap());
        let after = fs::metadata(folder.file()).unwrap();
        assert_eq!((written.changed, written.backup, folder.names()), (false, None, vec!["a.properties".to_owned()]));
        assert_eq!((before.ino(), before.mtime_nsec()), (after.ino(), after.mtime_nsec()));
    }

    #[test]
    fn what_changed_behind_our_back_is_refused() {
        let cases = [
            (Some(&b"edited"[..]), Some(OLD), "changed since it was read"),
            (None, Some(OLD), "has been deleted since it was read"),
            (Some(&b"appeared"[..]), None, "has been created since score-setup looked for it"),
        ];
        for (on_disk, before, what) in cases {
            let folder = Folder::with(on_disk);
            let error = write(&folder.proposal(before), now()).unwrap_err();
            assert_eq!(words(&error), (format!("{} {what}.", folder.file().display()), String::new()));
            assert_eq!(fs::read(folder.file()).ok().as_deref(), on_disk);
            assert!(folder.names().len() <= 1, "{:?}", folder.names());
        }
    }

    #[test]
    fn at_every_moment_the_old_or_the_new_file_is_there() {
        let folder = Folder::with(Some(OLD));
        let mut moments = Vec::new();
        write_meanwhile(&folder.proposal(Some(OLD)), now(), &mut |moment| {
            assert_eq!(folder.content(), OLD, "{moment:?}");
            moments.push(moment);
            Ok(())
        })
        .unwrap();
        assert_eq!(folder.content(), NEW);
        assert_eq!(
            moments,
            [
                WriteMoment::Locked,
                WriteMoment::BackedUp,
                WriteMoment::Filled,
                WriteMoment::Owned,
                WriteMoment::Renaming
            ]
        );
    }

    #[test]
    fn a_failure_at_any_moment_leaves_the_old_file_and_nothing_else() {
        let moments = [WriteMoment::Locked, WriteMoment::BackedUp, WriteMoment::Filled, WriteMoment::Renaming];
        for moment in moments {
            let folder = Folder::with(Some(OLD));
            let error =
                write_meanwhile(&folder.proposal(Some(OLD)), now(), &mut fails(moment, Errno::NOSPC)).unwrap_err();
            let hint = format!("free some space in {}; nothing was changed", folder.0.path().display());
            let sentence = format!("cannot write {}: no space left on device", folder.file().display());
            assert_eq!(words(&error), (sentence, hint));
            assert_eq!((folder.content(), folder.names()), (OLD.to_vec(), vec!["a.properties".to_owned()]));
        }
    }

    #[test]
    fn a_file_that_cannot_be_renamed_over_is_written_in_place_behind_its_backup() {
        let refusals = [
            (WriteMoment::Renaming, Errno::BUSY, "it is mounted itself"),
            (WriteMoment::Renaming, Errno::PERM, "this user may not replace it in its folder"),
            (WriteMoment::Owned, Errno::PERM, "this user may not give a new file to its owner"),
        ];
        for (refused, errno, why) in refusals {
            for (old, new) in [(OLD, NEW), (NEW, OLD)] {
                let folder = Folder::with(Some(old));
                let inode = fs::metadata(folder.file()).unwrap().ino();
                let mut refuse = fails(refused, errno);
                let written = write_meanwhile(&proposal(folder.file(), Some(old), new), now(), &mut |moment| {
                    if matches!(moment, WriteMoment::Overwriting | WriteMoment::Overwritten) {
                        assert_eq!(fs::read(folder.0.path().join(BACKUP)).unwrap(), old);
                    }
                    refuse(moment)
                });
                let written = the(written.unwrap());
                assert_eq!(
                    written.notes,
                    [format!("Written in place, because {why}; the backup was complete before.")]
                );
                assert_eq!(
                    (folder.content(), folder.names()),
                    (new.to_vec(), vec!["a.properties".into(), BACKUP.into()])
                );
                assert_eq!(fs::metadata(folder.file()).unwrap().ino(), inode);
            }
        }
    }

    #[test]
    fn a_failure_while_writing_in_place_puts_the_old_bytes_back() {
        for moment in [WriteMoment::Overwriting, WriteMoment::Overwritten] {
            for (old, new) in [(OLD, NEW), (NEW, OLD)] {
                let folder = Folder::with(Some(old));
                let error = write_meanwhile(&proposal(folder.file(), Some(old), new), now(), &mut |now| match now {
                    WriteMoment::Renaming => Err(Errno::BUSY.into()),
                    now if now == moment => Err(Errno::IO.into()),
                    _ => Ok(()),
                })
                .unwrap_err();
                let hint = format!("the previous version is in {}", folder.0.path().join(BACKUP).display());
                let sentence = format!("cannot write {}: input/output error", folder.file().display());
                assert_eq!(words(&error), (sentence, hint));
                assert_eq!((folder.content(), folder.names().len()), (old.to_vec(), 2));
            }
        }
    }

    #[test]
    fn a_backup_never_overwrites_another() {
        let folder = Folder::with(Some(OLD));
        write(&folder.proposal(Some(OLD)), now()).unwrap();
        write(&proposal(folder.file(), Some(NEW), OLD), now()).unwrap();
        let second = "a.properties.20261123T101500Z-2.bak";
        assert_eq!(folder.names(), ["a.properties", second, BACKUP]);
        assert_eq!(fs::read(folder.0.path().join(BACKUP)).unwrap(), OLD);
        assert_eq!(fs::read(folder.0.path().join(second)).unwrap(), NEW);
    }

    #[test]
    fn what_fails_between_files_says_what_is_written_and_leaves_the_rest() {
        for (errno, cause, hint) in [
            (Errno::NOSPC, "no space left on device", "free some space in FOLDER; it is as it was; "),
            (Errno::ROFS, "read-only file system", "FOLDER is mounted read-only; it is as it was; "),
            (Errno::ACCESS, "permission denied", "run as the user that owns FOLDER, or as root; "),
            (Errno::IO, "input/output error", "it is as it was; "),
        ] {
            let folder = Folder::with(Some(OLD));
            let second = folder.0.path().join("b.properties");
            fs::write(&second, OLD).unwrap();
            let error = write_both(&folder, &second, Some(OLD), WriteMoment::Locked, errno);
            let hint = hint.replace("FOLDER", &folder.0.path().display().to_string());
            let rest = format!("{} has been written; run this again to write the rest", folder.file().display());
            let sentence = format!("cannot write {}: {cause}", second.display());
            assert_eq!(words(&error), (sentence, format!("{hint}{rest}")));
            assert_eq!((folder.content(), fs::read(second).unwrap()), (NEW.to_vec(), OLD.to_vec()));
        }
    }

    #[test]
    fn what_is_refused_between_files_says_what_is_written() {
        let folder = Folder::with(Some(OLD));
        let second = folder.0.path().join("b.properties");
        let error = write_both(&folder, &second, None, WriteMoment::Renaming, Errno::EXIST);
        let sentence =
            format!("cannot write {0}: {0} has been created since score-setup looked for it.", second.display());
        let rest = format!("{} has been written; run this again to write the rest", folder.file().display());
        assert_eq!(words(&error), (sentence, rest));
    }

    #[test]
    fn what_is_put_back_between_files_says_where_the_backup_is() {
        let folder = Folder::with(Some(OLD));
        let second = folder.0.path().join("b.properties");
        fs::write(&second, OLD).unwrap();
        let mut all = folder.proposal(Some(OLD)).files;
        all.extend(proposal(second.clone(), Some(OLD), NEW).files);
        let mut renamings = 0;
        let error = write_meanwhile(&Proposal::new(all), now(), &mut |moment| {
            renamings += usize::from(moment == WriteMoment::Renaming);
            match moment {
                WriteMoment::Renaming if renamings == 2 => Err(Errno::BUSY.into()),
                WriteMoment::Overwriting => Err(Errno::IO.into()),
                _ => Ok(()),
            }
        });
        let hint = format!(
            "the previous version is in {}.20261123T101500Z.bak; {} has been written; run this again to write the rest",
            second.display(),
            folder.file().display()
        );
        let sentence = format!("cannot write {}: input/output error", second.display());
        assert_eq!(words(&error.unwrap_err()), (sentence, hint));
    }

    /// Writes the folder's file and a second one; the second fails at this moment.
    fn write_both(
        folder: &Folder,
        second: &Path,
        before: Option<&[u8]>,
        moment: WriteMoment,
        errno: Errno,
    ) -> WriteError {
        let mut all = folder.proposal(Some(OLD)).files;
        all.extend(proposal(second.to_owned(), before, NEW).files);
        let mut times = 0;
        let written = write_meanwhile(&Proposal::new(all), now(), &mut |now| {
            times += usize::from(now == moment);
            if now == moment && times == 2 { Err(errno.into()) } else { Ok(()) }
        });
        written.unwrap_err()
    }

    #[test]
    fn another_wizard_is_waited_for_by_nobody_and_a_dead_one_holds_nobody_up() {
        let folder = Folder::with(Some(OLD));
        let held = Lock::take(&folder.file()).unwrap().unwrap();
        let error = write(&folder.proposal(Some(OLD)), now()).unwrap_err();
        let text = format!("Another score-setup is writing {}.", folder.file().display());
        assert_eq!(words(&error), (text, String::new()));
        drop(held);
        fs::write(folder.0.path().join(".a.properties.lock"), "left by a killed one").unwrap();
        write(&folder.proposal(Some(OLD)), now()).unwrap();
        assert_eq!(folder.names(), ["a.properties", BACKUP]);
    }

    #[test]
    fn symbolic_links_stay_and_what_they_lead_to_is_written() {
        for before in [Some(OLD), None] {
            let folder = Folder::with(before);
            let elsewhere = tempfile::tempdir().unwrap();
            symlink(folder.file(), elsewhere.path().join("second")).unwrap();
            symlink("second", elsewhere.path().join("first")).unwrap();
            let link = elsewhere.path().join("first");
            write(&proposal(link.clone(), before, NEW), now()).unwrap();
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(folder.content(), NEW);
            assert_eq!(folder.names().len(), 1 + usize::from(before.is_some()));
        }
    }

    #[test]
    fn what_cannot_be_written_says_why_and_what_to_do() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        fs::write(root.join("file"), "").unwrap();
        symlink("loop", root.join("loop")).unwrap();
        let cases = [
            (
                "gone/a.properties",
                "no such file or directory",
                format!("create the folder {}/gone first, or choose a different folder", root.display()),
            ),
            ("file/a.properties", "not a directory", "a part of the path is a file, not a folder".into()),
            ("loop", "too many levels of symbolic links", "nothing was changed".into()),
        ];
        for (name, cause, hint) in cases {
            let path = root.join(name);
            let error = write(&proposal(path.clone(), None, NEW), now()).unwrap_err();
            assert_eq!(words(&error), (format!("cannot write {}: {cause}", path.display()), hint));
        }
    }

    #[test]
    fn run_by_root_owners_are_kept_and_new_files_belong_to_the_folders_owner() {
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: run_by_root_owners_are_kept_and_new_files_belong_to_the_folders_owner (not root)");
            return;
        }
        let folder = Folder::with(Some(OLD));
        chown(folder.file(), Some(12_345), Some(54_321)).unwrap();
        let written = the(write(&folder.proposal(Some(OLD)), now()).unwrap());
        assert_eq!((written.owner.as_str(), written.mode, written.notes), ("12345", 0o640, vec![]));
        for name in ["a.properties", BACKUP] {
            let what = fs::metadata(folder.0.path().join(name)).unwrap();
            assert_eq!((what.uid(), what.gid()), (12_345, 54_321), "{name}");
        }
        chown(folder.0.path(), Some(12_345), Some(54_321)).unwrap();
        let new = folder.0.path().join("new.properties");
        let written = the(write(&proposal(new.clone(), None, NEW), now()).unwrap());
        let what = fs::metadata(new).unwrap();
        assert_eq!((written.owner.as_str(), what.uid(), what.gid()), ("12345", 12_345, 54_321));
    }

    #[test]
    fn a_loose_mode_is_told() {
        let folder = Folder::with(Some(OLD));
        fs::set_permissions(folder.file(), fs::Permissions::from_mode(0o644)).unwrap();
        let secret = proposal(folder.file(), Some(OLD), b"s3.secretKey=canary\n");
        let written = the(write(&secret, now()).unwrap());
        let file = folder.file();
        let note = "Every user of this machine can read the secrets in this file (mode 0644)";
        assert_eq!(
            (written.mode, written.notes),
            (0o644, vec![format!("{note}. To restrict it, run: chmod 0640 {}", file.display())])
        );
    }
}
