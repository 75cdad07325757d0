//! Tests what other processes do to a file while it is written, and what an interrupted write leaves.

use std::{fs, os::unix::fs::symlink};

use rustix::{
    fs::{XattrFlags, setxattr},
    io::Errno,
};

use super::{
    tests::{Folder, NEW, OLD, now, proposal, words},
    *,
};

const OTHER: &[u8] = b"s3.endpoint=http://of-another-process:9000\n";

/// An action of another process on the file. Returns true if the file is as it left it.
struct Deed {
    name: &'static str,
    act: fn(&Path),
    is_kept: fn(&Path) -> bool,
    refused: &'static str,
}

const DEEDS: [Deed; 6] = [
    Deed {
        name: "edits it in place",
        act: |path| fs::write(path, OTHER).unwrap(),
        is_kept: |path| fs::read(path).unwrap() == OTHER,
        refused: "changed since it was read.",
    },
    Deed {
        name: "replaces it, as editors do",
        act: |path| {
            let new = path.with_extension("swp");
            fs::write(&new, OTHER).unwrap();
            fs::rename(new, path).unwrap();
        },
        is_kept: |path| fs::read(path).unwrap() == OTHER,
        refused: "changed since it was read.",
    },
    Deed {
        name: "deletes it",
        act: |path| fs::remove_file(path).unwrap(),
        is_kept: |path| !path.exists(),
        refused: "has been deleted since it was read.",
    },
    Deed {
        name: "puts a pipe there",
        act: |path| {
            fs::remove_file(path).unwrap();
            assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
        },
        is_kept: |path| !path.metadata().unwrap().is_file(),
        refused: "changed since it was read.",
    },
    Deed {
        name: "puts a link to a device there",
        act: |path| {
            fs::remove_file(path).unwrap();
            symlink("/dev/zero", path).unwrap();
        },
        is_kept: |path| path.is_symlink(),
        refused: "changed since it was read.",
    },
    Deed {
        name: "puts a folder there",
        act: |path| {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
        },
        is_kept: Path::is_dir,
        refused: "changed since it was read.",
    },
];

const MOMENTS: [WriteMoment; 5] =
    [WriteMoment::Locked, WriteMoment::BackedUp, WriteMoment::Filled, WriteMoment::Owned, WriteMoment::Renaming];

#[test]
fn no_change_of_another_process_is_lost_and_nothing_is_left_behind() {
    // With and without a file system that can exchange files.
    for error in [None, Some(Errno::INVAL)] {
        for moment in MOMENTS {
            for deed in &DEEDS {
                let what = format!("{} at {moment:?}, {error:?}", deed.name);
                let folder = Folder::with(Some(OLD));
                let refused = write_meanwhile(&folder.proposal(Some(OLD)), now(), &mut |now| {
                    if now == moment {
                        (deed.act)(&folder.file());
                    }
                    error.filter(|_| now == WriteMoment::Renaming).map_or(Ok(()), |error| Err(error.into()))
                });
                let text = format!("{} {}", folder.file().display(), deed.refused);
                assert_eq!(words(&refused.unwrap_err()), (text, String::new()), "{what}");
                assert!((deed.is_kept)(&folder.file()), "{what}");
                let left: Vec<_> = folder.names().into_iter().filter(|name| name != "a.properties").collect();
                assert_eq!(left, Vec::<String>::new(), "{what}");
            }
        }
    }
}

#[test]
fn a_file_that_another_process_creates_is_not_overwritten() {
    for moment in [WriteMoment::Locked, WriteMoment::Filled, WriteMoment::Owned, WriteMoment::Renaming] {
        let folder = Folder::with(None);
        let refused = write_meanwhile(&folder.proposal(None), now(), &mut |now| {
            if now == moment {
                fs::write(folder.file(), OTHER).unwrap();
            }
            Ok(())
        });
        assert!(refused.unwrap_err().to_string().ends_with("has been created since score-setup looked for it."));
        assert_eq!((folder.content(), folder.names()), (OTHER.to_vec(), vec!["a.properties".to_owned()]), "{moment:?}");
    }
}

#[test]
fn a_file_that_is_no_longer_regular_is_refused_and_never_waited_for() {
    for deed in &DEEDS[2..] {
        let folder = Folder::with(Some(OLD));
        (deed.act)(&folder.file());
        // A link is followed, to a device.
        let refused = write(&folder.proposal(Some(OLD)), now()).unwrap_err();
        assert!(matches!(refused, WriteError::Refused { .. }), "{}: {refused:?}", deed.name);
        assert!((deed.is_kept)(&folder.file()), "{}", deed.name);
    }
}

/// Returns an access control list that lets one user read, as Linux stores it (`posix_acl_xattr.h`): version, and entries
/// of tag, permissions and id.
fn access_control_list() -> Vec<u8> {
    let entries: [(u16, u16, u32); 5] =
        [(0x01, 6, u32::MAX), (0x02, 4, 12_345), (0x04, 0, u32::MAX), (0x10, 4, u32::MAX), (0x20, 0, u32::MAX)];
    let mut bytes = 2_u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        bytes.extend(tag.to_le_bytes().into_iter().chain(permissions.to_le_bytes()).chain(id.to_le_bytes()));
    }
    bytes
}

fn attribute(path: &Path, name: &str) -> Option<Vec<u8>> {
    let mut value = vec![0; 1024];
    let length = rustix::fs::getxattr(path, name, &mut value[..]).ok()?;
    value.truncate(length);
    Some(value)
}

fn skipped(why: Errno) {
    eprintln!("skipped: access control lists and attributes of files ({why})");
}

#[test]
fn access_control_lists_and_attributes_are_kept() {
    let (list, none) = ("system.posix_acl_access", XattrFlags::empty());
    for in_place in [false, true] {
        let folder = Folder::with(Some(OLD));
        for (name, value) in [(list, access_control_list()), ("user.origin", b"ansible".to_vec())] {
            if let Err(error) = setxattr(folder.file(), name, &value, none) {
                return skipped(error);
            }
        }
        let mode = fs::metadata(folder.file()).unwrap().mode();
        let errno = in_place.then_some(Errno::BUSY);
        write_meanwhile(&folder.proposal(Some(OLD)), now(), &mut |now| {
            errno.filter(|_| now == WriteMoment::Renaming).map_or(Ok(()), |error| Err(error.into()))
        })
        .unwrap();
        assert_eq!(folder.content(), NEW);
        assert_eq!(attribute(&folder.file(), list), Some(access_control_list()), "in place: {in_place}");
        assert_eq!(attribute(&folder.file(), "user.origin"), Some(b"ansible".to_vec()), "in place: {in_place}");
        assert_eq!(fs::metadata(folder.file()).unwrap().mode(), mode, "in place: {in_place}");
    }
}

#[test]
fn a_list_that_new_files_inherit_opens_no_file_to_others() {
    let folder = Folder::with(Some(OLD));
    let list = "system.posix_acl_default";
    if let Err(error) = setxattr(folder.0.path(), list, &access_control_list(), XattrFlags::empty()) {
        return skipped(error);
    }
    write(&folder.proposal(Some(OLD)), now()).unwrap();
    assert_eq!(attribute(&folder.file(), "system.posix_acl_access"), None);
    assert_eq!(fs::metadata(folder.file()).unwrap().mode() & 0o7777, 0o640);
}

#[test]
fn a_file_that_was_left_incomplete_is_refused_until_its_backup_is_restored() {
    let folder = Folder::with(Some(b"s3.endpoint=http://a-lon"));
    let backup = folder.0.path().join("a.properties.20261123T101500Z.bak");
    fs::write(&backup, OLD).unwrap();
    let lock = folder.0.path().join(".a.properties.lock");
    fs::write(&lock, "a.properties.20261123T101500Z.bak").unwrap();
    assert_eq!(interrupted(&folder.file()), Some(backup.clone()));
    let torn = folder.content();
    for _ in 0..2 {
        let refused = write(&folder.proposal(Some(&torn)), now()).unwrap_err();
        let text = format!(
            "Writing {} was interrupted, so the file may be incomplete. The previous version is in {}.",
            folder.file().display(),
            backup.display()
        );
        assert_eq!(words(&refused), (text, "restore the previous version first: score-setup restore".to_owned()));
        assert_eq!(folder.content(), torn);
    }
    write(&proposal(folder.file(), Some(&torn), OLD), now()).unwrap();
    assert_eq!((folder.content(), interrupted(&folder.file()), lock.exists()), (OLD.to_vec(), None, false));
    write(&folder.proposal(Some(OLD)), now()).unwrap();
}

#[test]
fn a_lock_file_of_others_names_no_backup() {
    for content in ["", "../../etc/passwd", "absent.bak", "left by a killed one"] {
        let folder = Folder::with(Some(OLD));
        fs::write(folder.0.path().join(".a.properties.lock"), content).unwrap();
        assert_eq!(interrupted(&folder.file()), None, "{content:?}");
        write(&folder.proposal(Some(OLD)), now()).unwrap();
    }
}

#[test]
fn what_is_read_back_differently_names_the_backup() {
    let folder = Folder::with(Some(OLD));
    let second = folder.0.path().join("b.properties");
    fs::write(&second, OLD).unwrap();
    let mut all = folder.proposal(Some(OLD)).files;
    all.extend(proposal(second.clone(), Some(OLD), NEW).files);
    // The second file waits for its turn, and another process changes it: it is refused, and the first is written.
    let refused = write_meanwhile(&Proposal::new(all), now(), &mut |moment| {
        if moment == WriteMoment::Renaming && folder.content() == OLD {
            fs::write(&second, OTHER).unwrap();
        }
        Ok(())
    });
    let (sentence, hint) = words(&refused.unwrap_err());
    assert!(sentence.ends_with("b.properties changed since it was read."), "{sentence}");
    assert!(hint.ends_with("has been written; run this again to write the rest"), "{hint}");
    assert_eq!((folder.content(), fs::read(second).unwrap()), (NEW.to_vec(), OTHER.to_vec()));
}
