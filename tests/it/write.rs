//! Tests writing when it fails: killed at any moment, a full disk, a mounted file, a read-only file system. Tests that
//! need root and a mount are skipped with a message otherwise.

#![expect(clippy::unwrap_used, reason = "what fails in a helper of a test fails the test")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant, SystemTime},
};

use score_setup::{
    effects::write::write,
    wizard::proposal::{FileChange, Proposal, Receipt, WriteError, WriteRefusal},
};

const DEADLINE: Duration = Duration::from_secs(30);

/// The variable of the process that is killed: the file that it writes again and again.
const VICTIM: &str = "SCORE_SETUP_TEST_VICTIM";

fn proposal(path: &Path, before: Option<&[u8]>, after: &[u8]) -> Proposal {
    let before = before.map(<[u8]>::to_vec);
    Proposal::new(vec![FileChange {
        path: path.to_owned(),
        before,
        after: after.to_vec(),
        objects: false,
        mode: None,
        notes: Vec::new(),
    }])
}

fn put(path: &Path, before: &[u8], after: &[u8]) -> Result<Receipt, WriteError> {
    write(&proposal(path, Some(before), after), SystemTime::now())
}

/// Returns a content that is large enough to be interrupted in the middle of a write.
fn content(letter: u8) -> Vec<u8> {
    let mut bytes = b"a=".to_vec();
    bytes.resize(300_000, letter);
    bytes
}

fn backups(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "bak")).collect()
}

/// Runs in the process that `killed_at_any_moment…` starts and kills. Not a separate test.
#[test]
fn the_victim_writes_until_it_is_killed() {
    let Some(file) = env::var_os(VICTIM).map(PathBuf::from) else { return };
    for turn in 0_u64.. {
        let before = fs::read(&file).unwrap();
        let after = content(if before == content(b'x') { b'y' } else { b'x' });
        // The clock differs each time, so that backups do not run out of names.
        write(&proposal(&file, Some(&before), &after), SystemTime::UNIX_EPOCH + Duration::from_secs(turn)).unwrap();
        for backup in backups(file.parent().unwrap()) {
            fs::remove_file(backup).unwrap();
        }
    }
}

struct Victim(Child);

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn killed_at_any_moment_the_old_or_the_new_file_is_there_complete() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("application.properties");
    fs::write(&file, content(b'x')).unwrap();
    for round in 0..25_u32 {
        let victim = Command::new(env::current_exe().unwrap())
            .args(["--exact", "write::the_victim_writes_until_it_is_killed"])
            .env(VICTIM, &file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map(Victim)
            .unwrap();
        // Each round kills a little later, counted from the first visible change.
        let first = fs::read(&file).unwrap();
        let began = Instant::now();
        while fs::read(&file).unwrap() == first {
            assert!(began.elapsed() < DEADLINE, "the victim writes nothing");
        }
        let moment = Instant::now() + Duration::from_micros(137) * round;
        while Instant::now() < moment {
            std::hint::spin_loop();
        }
        drop(victim);
        let found = fs::read(&file).unwrap();
        assert!(found == content(b'x') || found == content(b'y'), "round {round}: {} bytes", found.len());
        // The files left by the killed process do not stop the next one.
        let other = content(if found == content(b'x') { b'y' } else { b'x' });
        put(&file, &found, &other).unwrap();
        let entries = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let left: Vec<_> = entries.filter(|path| path.extension().is_none_or(|extension| extension != "bak")).collect();
        assert_eq!(left, std::slice::from_ref(&file));
    }
}

/// The variable of the process that is killed while it writes several files: their folder.
const VICTIM_OF_MANY: &str = "SCORE_SETUP_TEST_VICTIM_OF_MANY";

const FILES: [&str; 3] = ["bootstrap.properties", "wrapper.conf", "application.properties"];

/// Returns a proposal that changes all files of a folder from this letter, or their content, to the other one.
fn all(folder: &Path, letter: u8) -> Proposal {
    let change = |name: &str| {
        let path = folder.join(name);
        FileChange {
            before: fs::read(&path).ok(),
            path,
            after: content(letter),
            objects: false,
            mode: None,
            notes: Vec::new(),
        }
    };
    Proposal::new(FILES.into_iter().map(change).collect())
}

/// Runs in the process that `cut_off_between_files…` starts and kills. Not a separate test.
#[test]
fn the_victim_writes_many_until_it_is_killed() {
    let Some(folder) = env::var_os(VICTIM_OF_MANY).map(PathBuf::from) else { return };
    for turn in 0_u64.. {
        let letter = if fs::read(folder.join(FILES[2])).unwrap() == content(b'x') { b'y' } else { b'x' };
        write(&all(&folder, letter), SystemTime::UNIX_EPOCH + Duration::from_secs(turn)).unwrap();
        for backup in backups(&folder) {
            fs::remove_file(backup).unwrap();
        }
    }
}

#[test]
fn cut_off_between_files_application_properties_is_the_last_and_a_second_run_finishes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(&all(folder, b'x'), SystemTime::now()).unwrap();
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    for round in 0..20_u32 {
        let victim = Command::new(env::current_exe().unwrap())
            .args(["--exact", "write::the_victim_writes_many_until_it_is_killed"])
            .env(VICTIM_OF_MANY, folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map(Victim)
            .unwrap();
        let first = read(FILES[0]);
        let began = Instant::now();
        while read(FILES[0]) == first {
            assert!(began.elapsed() < DEADLINE, "the victim writes nothing");
        }
        let moment = Instant::now() + Duration::from_micros(241) * round;
        while Instant::now() < moment {
            std::hint::spin_loop();
        }
        drop(victim);
        // Each file is whole, and none is newer than the one before it.
        let letters = FILES.map(|name| read(name)[2]);
        assert!(FILES.iter().zip(letters).all(|(name, letter)| read(name) == content(letter)), "round {round}");
        assert!(letters[0] == letters[1] || letters[1] == letters[2], "round {round}: {letters:?}");
        let receipt = write(&all(folder, letters[0]), SystemTime::now()).unwrap();
        let changed: Vec<bool> = receipt.files.iter().map(|file| file.changed).collect();
        assert_eq!(changed, letters.map(|letter| letter != letters[0]), "round {round}");
        assert!(FILES.iter().all(|name| read(name) == content(letters[0])));
    }
}

#[test]
fn one_file_that_changed_meanwhile_keeps_all_from_being_written() {
    let folder = tempfile::tempdir().unwrap();
    write(&all(folder.path(), b'x'), SystemTime::now()).unwrap();
    let proposal = all(folder.path(), b'y');
    let last = folder.path().join(FILES[2]);
    fs::write(&last, "a=mine\n").unwrap();
    let error = write(&proposal, SystemTime::now()).unwrap_err();
    assert_eq!(error, WriteError::Refused { path: last, refusal: WriteRefusal::Changed });
    assert_eq!(fs::read(folder.path().join(FILES[0])).unwrap(), content(b'x'));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[test]
fn a_folder_that_is_not_there_is_seen_before_the_first_byte_changes() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = one.path().join("wrapper.conf");
    fs::write(&first, "a=old\n").unwrap();
    let gone = other.path().join("gone/application.properties");
    let change = |path: &Path, before: Option<&[u8]>| FileChange {
        path: path.to_owned(),
        before: before.map(<[u8]>::to_vec),
        after: b"a=new\n".to_vec(),
        objects: false,
        mode: None,
        notes: Vec::new(),
    };
    let changes = vec![change(&first, Some(b"a=old\n")), change(&gone, None)];
    let error = write(&Proposal::new(changes), SystemTime::now()).unwrap_err();
    assert!(matches!(&error, WriteError::Failed { path, .. } if *path == gone), "{error:?}");
    assert_eq!(fs::read(&first).unwrap(), b"a=old\n");
}

/// A mount, removed on drop.
struct Mounted(PathBuf);

impl Mounted {
    fn new(arguments: &[&str], on: &Path) -> Option<Self> {
        let done = Command::new("mount").args(arguments).arg(on).stderr(Stdio::null()).status();
        done.is_ok_and(|status| status.success()).then(|| Self(on.to_owned()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[expect(clippy::print_stderr, reason = "a test that is skipped says so by name")]
fn skipped(test: &str) {
    assert!(env::var_os("SCORE_SETUP_MOUNTS").is_none(), "mounting is needed");
    eprintln!("skipped: {test} (cannot mount)");
}

#[test]
fn a_full_disk_loses_nothing_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(_disk) = Mounted::new(&["-t", "tmpfs", "-o", "size=64k", "none"], folder.path()) else {
        return skipped("a_full_disk_loses_nothing_and_leaves_nothing");
    };
    let file = folder.path().join("application.properties");
    let old = b"a=".repeat(12_500);
    fs::write(&file, &old).unwrap();
    // There is room for the backup, but not for the new file.
    for new in [b"b=".repeat(12_500), b"b=".repeat(100_000)] {
        let error = put(&file, &old, &new).unwrap_err();
        let hint = format!("free some space in {}; nothing was changed", folder.path().display());
        let sentence = format!("cannot write {}: no space left on device", file.display());
        assert_eq!((error.to_string(), error.hint()), (sentence, hint));
        assert_eq!(fs::read(&file).unwrap(), old);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

#[test]
fn a_file_that_is_mounted_itself_is_written_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let (file, outside) = (folder.path().join("application.properties"), folder.path().join("outside"));
    fs::write(&file, "").unwrap();
    fs::write(&outside, "a=1\n").unwrap();
    let Some(_mount) = Mounted::new(&["--bind", &outside.display().to_string()], &file) else {
        return skipped("a_file_that_is_mounted_itself_is_written_in_place");
    };
    let receipt = put(&file, b"a=1\n", b"a=2\nb=3\n").unwrap();
    assert_eq!(
        receipt.files[0].notes[0],
        "Written in place, because it is mounted itself; the backup was complete before."
    );
    assert_eq!(fs::read(&outside).unwrap(), b"a=2\nb=3\n");
    assert_eq!(fs::read(&backups(folder.path())[0]).unwrap(), b"a=1\n");
}

#[test]
fn a_read_only_file_system_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("application.properties");
    let Some(_disk) = Mounted::new(&["-t", "tmpfs", "-o", "ro", "none"], folder.path()) else {
        return skipped("a_read_only_file_system_is_named");
    };
    let error = write(&proposal(&file, None, b"a=1\n"), SystemTime::now()).unwrap_err();
    let hint = format!("{} is mounted read-only; nothing was changed", folder.path().display());
    let sentence = format!("cannot write {}: read-only file system", file.display());
    assert_eq!((error.to_string(), error.hint()), (sentence, hint));
}
