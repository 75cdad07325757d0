//! Writing where things really go wrong: killed at any moment, a full disk, a file that is mounted itself, a read-only
//! file system. What needs root and a mount is skipped by name without.

#![expect(clippy::unwrap_used, reason = "what fails in a helper of a test fails the test")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant, SystemTime},
};

use score_setup::{
    effects::write::write,
    output::{FileChange, Proposal, Receipt, WriteError},
};

const DEADLINE: Duration = Duration::from_secs(30);

/// Set for the process that is killed: the file it writes again and again.
const VICTIM: &str = "SCORE_SETUP_TEST_VICTIM";

fn proposal(path: &Path, before: Option<&[u8]>, after: &[u8]) -> Proposal {
    let before = before.map(<[u8]>::to_vec);
    Proposal::new(vec![FileChange { path: path.to_owned(), before, after: after.to_vec(), notes: Vec::new() }])
}

fn put(path: &Path, before: &[u8], after: &[u8]) -> Result<Receipt, WriteError> {
    write(&proposal(path, Some(before), after), SystemTime::now())
}

/// Large enough that a write of it can be cut in two.
fn content(letter: u8) -> Vec<u8> {
    let mut bytes = b"a=".to_vec();
    bytes.resize(300_000, letter);
    bytes
}

fn backups(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "bak")).collect()
}

/// Not a test of its own: what `killed_at_any_moment…` starts and kills.
#[test]
fn the_victim_writes_until_it_is_killed() {
    let Some(file) = env::var_os(VICTIM).map(PathBuf::from) else { return };
    for turn in 0_u64.. {
        let before = fs::read(&file).unwrap();
        let after = content(if before == content(b'x') { b'y' } else { b'x' });
        // Clocks of their own, so that backups do not run out of names.
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
        // Killed a little later in each round, counted from the first change that is seen.
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
        // The next one is not held up by what this one left.
        let other = content(if found == content(b'x') { b'y' } else { b'x' });
        put(&file, &found, &other).unwrap();
        let entries = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let left: Vec<_> = entries.filter(|path| path.extension().is_none_or(|extension| extension != "bak")).collect();
        assert_eq!(left, std::slice::from_ref(&file));
    }
}

/// Something mounted, until dropped.
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
    // Room for the backup, none for the new file.
    for new in [b"b=".repeat(12_500), b"b=".repeat(100_000)] {
        let error = put(&file, &old, &new).unwrap_err();
        let hint = format!("make room where {} is; nothing was changed", folder.path().display());
        let cause = "no space left on device".to_owned();
        assert_eq!(error, WriteError::Failed { path: file.clone(), cause, hint });
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
    assert_eq!(error, WriteError::Failed { path: file, cause: "read-only file system".into(), hint });
}
