//! Interrupts a write at each of its file calls: the writer is killed, the call fails, or another process changes the file.
//! `tests/interrupt/interrupt.c` counts the calls, and acts before one of them. One action for each call runs always; all of
//! them run by name:
//!
//! ```text
//! cargo test --test it interrupted::every_action_at_every_call -- --ignored
//! ```

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
    time::SystemTime,
};

use rustix::io::Errno;
use score_setup::{
    effects::write::{interrupted, write, write_undisturbed},
    wizard::proposal::{FileChange, Proposal},
};

/// The variable of the process that is interrupted. Its value is the folder of the file.
const VICTIM: &str = "SCORE_SETUP_TEST_INTERRUPTED";
const FILE: &str = "a.properties";
const OLD: &[u8] = b"s3.endpoint=http://old:9000\n";
const NEW: &[u8] = b"s3.endpoint=http://a-longer-name:9000\ns3.secured=false\n";
const OTHER: &[u8] = b"of=another process\n";

/// Ends the driver if the system does not allow notifications.
const REFUSED: i32 = 77;

const ERRORS: [Errno; 3] = [Errno::NOSPC, Errno::IO, Errno::ACCESS];

/// The actions of another process, as shell commands.
const DEEDS: [&str; 4] = [
    "cp \"$OTHER\" \"$FILE\"",
    "cp \"$OTHER\" \"$FILE.swp\" && mv \"$FILE.swp\" \"$FILE\"",
    "rm -f \"$FILE\"",
    "rm -f \"$FILE\" && mkfifo \"$FILE\"",
];

/// The way on which a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// A new file.
    Create,
    /// Two files are exchanged.
    Exchange,
    /// The file system cannot exchange files.
    Rename,
    /// The file is mounted itself.
    InPlace,
}

const WAYS: [Way; 4] = [Way::Create, Way::Exchange, Way::Rename, Way::InPlace];

#[derive(Debug, Clone, Copy)]
enum Action {
    Nothing,
    Kill,
    Fail(Errno),
    Change(&'static str),
    /// The operator presses Ctrl-C.
    Interrupt,
}

/// A folder where a victim writes, and the result.
struct Scene {
    folder: tempfile::TempDir,
    way: Way,
}

/// The output of the driver, and the words of the victim.
struct Interrupted {
    calls: usize,
    call: String,
    code: i32,
    /// `Ok`, or the error and its hint; empty if the victim was killed.
    said: String,
}

impl Scene {
    fn new(way: Way) -> Self {
        let scene = Self { folder: tempfile::tempdir().unwrap(), way };
        fs::create_dir(scene.conf()).unwrap();
        fs::write(scene.folder.path().join("other"), OTHER).unwrap();
        if way != Way::Create {
            fs::write(scene.file(), OLD).unwrap();
        }
        scene
    }

    fn conf(&self) -> PathBuf {
        self.folder.path().join("conf")
    }

    fn file(&self) -> PathBuf {
        self.conf().join(FILE)
    }

    fn content(&self) -> Option<Vec<u8>> {
        let regular = fs::symlink_metadata(self.file()).is_ok_and(|what| what.is_file());
        regular.then(|| fs::read(self.file()).unwrap())
    }

    /// Returns the other names in the folder of the file.
    fn others(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.conf()).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| *path != self.file()).collect()
    }

    fn backups(&self) -> Vec<Vec<u8>> {
        let is_backup = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "bak");
        self.others().into_iter().filter(is_backup).map(|path| fs::read(path).unwrap()).collect()
    }

    fn run(&self, driver: &Path, number: usize, action: Action) -> Interrupted {
        let exchange = match self.way {
            Way::Create | Way::Exchange => 0,
            Way::Rename => Errno::INVAL.raw_os_error(),
            Way::InPlace => Errno::BUSY.raw_os_error(),
        };
        let action = match action {
            Action::Nothing => "none".to_owned(),
            Action::Kill => "kill".to_owned(),
            Action::Fail(errno) => format!("error={}", errno.raw_os_error()),
            Action::Change(deed) => format!("run={deed}"),
            Action::Interrupt => "run=kill -INT $PROGRAM".to_owned(),
        };
        let output = Command::new(driver)
            .arg(self.conf())
            .args([number.to_string(), exchange.to_string(), action, "--".to_owned()])
            .arg(env::current_exe().unwrap())
            .args(["--exact", "interrupted::the_victim_writes_once"])
            .env(VICTIM, self.folder.path())
            .env("FILE", self.file())
            .env("OTHER", self.folder.path().join("other"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let printed = String::from_utf8(output.stdout).unwrap();
        let mut words = printed.split_whitespace();
        let mut word = || words.next().unwrap().to_owned();
        Interrupted {
            calls: word().parse().unwrap(),
            call: word(),
            code: word().parse().unwrap(),
            said: fs::read_to_string(self.folder.path().join("said")).unwrap_or_default(),
        }
    }

    /// Writes the file without an interruption, from what it is now.
    fn write_again(&self) {
        let content = self.content();
        if let Some(backup) = interrupted(&self.file()) {
            assert_eq!(fs::read(backup).unwrap(), OLD);
            write(&proposal(&self.file(), content.as_deref(), OLD), SystemTime::now()).unwrap();
        }
        let content = self.content();
        let after = if content.as_deref() == Some(NEW) { OLD } else { NEW };
        write(&proposal(&self.file(), content.as_deref(), after), SystemTime::now()).unwrap();
        assert_eq!(self.content().as_deref(), Some(after));
        let strays: Vec<_> =
            self.others().into_iter().filter(|path| path.extension().is_none_or(|end| end != "bak")).collect();
        assert_eq!(strays, Vec::<PathBuf>::new(), "left after the next write");
    }
}

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

/// Runs in the process that is interrupted. Not a separate test.
#[test]
fn the_victim_writes_once() {
    let Some(folder) = env::var_os(VICTIM).map(PathBuf::from) else { return };
    let file = folder.join("conf").join(FILE);
    let before = file.exists().then_some(OLD);
    let said = match write_undisturbed(&proposal(&file, before, NEW), SystemTime::now()) {
        Ok(receipt) => format!("Ok {:?}", receipt.files[0].notes),
        Err(error) => format!("{error}; {}", error.hint()),
    };
    fs::write(folder.join("said"), said).unwrap();
}

#[expect(clippy::print_stderr, reason = "a test that is skipped says so by name")]
fn skipped(why: &str) -> Option<PathBuf> {
    assert!(env::var_os("CI").is_none(), "{why}");
    eprintln!("skipped: interruptions at file calls ({why})");
    None
}

/// Compiles the driver once. `None` if that is impossible here, or if the system refuses what it does.
fn driver() -> Option<PathBuf> {
    static DRIVER: OnceLock<Option<PathBuf>> = OnceLock::new();
    DRIVER
        .get_or_init(|| {
            let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interrupt/interrupt.c");
            let driver = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("interrupt-{}", std::process::id()));
            let compiled = Command::new("cc").arg("-O1").arg("-o").arg(&driver).arg(source).status();
            if !compiled.is_ok_and(|status| status.success()) {
                return skipped("no C compiler");
            }
            let tried = Command::new(&driver).args(["/", "0", "0", "none", "--", "/bin/true"]).output().unwrap();
            if tried.status.code() == Some(REFUSED) {
                return skipped("the system refuses notifications of seccomp");
            }
            Some(driver)
        })
        .clone()
}

/// Asserts what holds after every interruption.
fn judge(scene: &Scene, number: usize, action: Action, ran: &Interrupted) {
    let what = format!("{:?}, {action:?} at call {number} ({}): {:?}", scene.way, ran.call, ran.said);
    let content = scene.content();
    let before = (scene.way != Way::Create).then_some(OLD);
    let wrote = ran.said.starts_with("Ok");
    assert_eq!(ran.code, if matches!(action, Action::Kill) { 137 } else { 0 }, "{what}");
    assert!(!matches!(action, Action::Kill) || ran.said.is_empty(), "{what}");
    assert!(!matches!(action, Action::Interrupt) || wrote, "Ctrl-C ends the write: {what}");
    if let Action::Change(deed) = action {
        // The version of the other process is there, or it is kept and named.
        let kept = scene.others().into_iter().filter(|path| fs::read(path).is_ok_and(|bytes| bytes == OTHER));
        let named = kept.into_iter().any(|path| ran.said.contains(&path.display().to_string()));
        // Without an exchange, nothing shows that the file was replaced just before it is renamed over.
        let unnoticed = scene.way == Way::Rename && ran.call.starts_with("rename") && deed.contains("mv");
        let made_other = deed.contains("OTHER") && !unnoticed;
        assert!(!made_other || content.as_deref() == Some(OTHER) || named, "an edit is lost: {what}");
        assert!(content.as_deref() != Some(NEW) || named || !made_other, "{what}");
    } else {
        let torn = || interrupted(&scene.file()).is_some_and(|backup| fs::read(backup).unwrap() == OLD);
        let whole = content.as_deref() == before || content.as_deref() == Some(NEW);
        assert!(whole || torn(), "the file is neither old nor new: {what}");
        assert!(scene.backups().iter().all(|backup| backup == OLD), "a backup is incomplete: {what}");
        assert!(!wrote || content.as_deref() == Some(NEW), "{what}");
        assert!(!ran.said.contains("nothing was changed") || content.as_deref() == before, "{what}");
    }
    let is_stray = |path: &PathBuf| {
        let named = ran.said.contains(&path.display().to_string());
        let is_backup = path.extension().is_some_and(|end| end == "bak");
        !(named || is_backup && wrote)
    };
    let removal_failed = ran.call.starts_with("unlink");
    if !matches!(action, Action::Kill) && !removal_failed {
        let strays: Vec<_> = scene.others().into_iter().filter(is_stray).collect();
        assert_eq!(strays, Vec::<PathBuf>::new(), "left behind: {what}");
    }
    if scene.content().is_some() || !scene.file().exists() {
        scene.write_again();
    }
}

/// Returns the actions for a call: one of each kind, or all.
fn actions(way: Way, number: usize, all: bool) -> Vec<Action> {
    let errors = ERRORS.iter().enumerate().filter(|(at, _)| all || at % ERRORS.len() == number % ERRORS.len());
    let deeds = DEEDS.iter().enumerate().filter(|(at, _)| all || at % DEEDS.len() == number % DEEDS.len());
    let mut actions = vec![Action::Kill];
    actions.extend((all || number.is_multiple_of(8)).then_some(Action::Interrupt));
    actions.extend(errors.map(|(_, errno)| Action::Fail(*errno)));
    // Between the last look and the first byte that is overwritten, nothing can notice another process.
    actions.extend(deeds.filter(|_| way != Way::InPlace).map(|(_, deed)| Action::Change(deed)));
    actions
}

fn interrupt(way: Way, all: bool) {
    let Some(driver) = driver() else { return };
    let scene = Scene::new(way);
    let whole = scene.run(&driver, 0, Action::Nothing);
    assert!(whole.said.starts_with("Ok") && scene.content().as_deref() == Some(NEW), "{way:?}: {}", whole.said);
    assert_eq!(whole.said.contains("Written in place"), way == Way::InPlace, "{}", whole.said);
    assert!(whole.calls > 20, "{way:?}: {} calls", whole.calls);
    for number in 1..=whole.calls {
        for action in actions(way, number, all) {
            let scene = Scene::new(way);
            let ran = scene.run(&driver, number, action);
            judge(&scene, number, action, &ran);
        }
    }
}

#[test]
fn a_new_file_survives_an_interruption_at_every_call() {
    interrupt(Way::Create, false);
}

#[test]
fn an_exchanged_file_survives_an_interruption_at_every_call() {
    interrupt(Way::Exchange, false);
}

#[test]
fn a_renamed_file_survives_an_interruption_at_every_call() {
    interrupt(Way::Rename, false);
}

#[test]
fn a_file_that_is_written_in_place_survives_an_interruption_at_every_call() {
    interrupt(Way::InPlace, false);
}

#[test]
#[ignore = "runs for some minutes"]
fn every_action_at_every_call() {
    for way in WAYS {
        interrupt(way, true);
    }
}
