//! Tests the real program as part of a terminal session: signals, a shell with jobs, a lost terminal, a slow line.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{batch::Scene, pty::terminal::Terminal};

const CTRL_C: &str = "\x03";
const CTRL_G: &str = "\x07";
const CTRL_U: &str = "\x15";
const CTRL_Z: &str = "\x1a";
const ENTER: &str = "\r";

const PROGRAM: &str = env!("CARGO_BIN_EXE_score-setup");
/// The folders of shells.
const PATH: (&str, &str) = ("PATH", "/usr/bin:/bin");
const DEADLINE: Duration = Duration::from_secs(20);

/// Returns a folder with an installation whose file has only comments.
fn installation() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let conf = folder.path().join("score-server-5.11.0/conf");
    fs::create_dir_all(&conf).unwrap();
    fs::write(conf.join("application.properties"), "# Score").unwrap();
    folder
}

fn wizard(folder: &Path) -> Terminal {
    Terminal::start(&["score-server-5.11.0"], folder, &[], 24, 80)
}

fn signal(process: i32, signal: Signal) {
    kill_process(Pid::from_raw(process).unwrap(), signal).unwrap();
}

fn until(what: &str, reached: impl Fn() -> bool) {
    let end = Instant::now() + DEADLINE;
    while !reached() {
        assert!(Instant::now() < end, "not reached: {what}");
        std::thread::yield_now();
    }
}

/// Waits as long as a slow line does between two bytes.
fn pause(time: Duration) {
    std::thread::sleep(time);
}

fn leave(terminal: &mut Terminal) {
    terminal.press(CTRL_C);
    assert_eq!(terminal.ended(), 130);
}

/// Opens the list of providers, and then the page with the endpoint.
fn at_the_endpoint(terminal: &mut Terminal) {
    terminal.shows("Which store keeps the files?");
    terminal.press("minio");
    terminal.press(ENTER);
    terminal.shows("Secret key");
}

#[test]
fn every_signal_that_ends_a_program_restores_the_terminal() {
    for ends in [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT] {
        let folder = installation();
        let mut terminal = wizard(folder.path());
        terminal.shows("Which store keeps the files?");
        signal(terminal.process(), ends);
        assert_eq!(terminal.ended(), 130, "{ends:?}");
        assert!(!terminal.screen(vt100::Screen::alternate_screen), "{ends:?}");
        assert!(terminal.raw().contains("\x1b[?2004l"), "{ends:?}: bracketed paste is off again");
    }
}

#[test]
fn ctrl_c_in_the_first_moments_leaves_a_whole_terminal_and_no_folder() {
    let (folder, temporary) = (installation(), tempfile::tempdir().unwrap());
    let place = [("TMPDIR", temporary.path().to_str().unwrap())];
    for moment in (0..=30).step_by(6) {
        for arguments in [["score-server-5.11.0"], ["sandbox"]] {
            let mut terminal = Terminal::start(&arguments, folder.path(), &place, 24, 80);
            pause(Duration::from_millis(moment));
            terminal.press(CTRL_C);
            until("the end", || terminal.is_closed());
            terminal.ended();
            let raw = terminal.raw();
            let (entered, left) = (raw.matches("\x1b[?1049h").count(), raw.matches("\x1b[?1049l").count());
            assert_eq!(entered, left, "{arguments:?} after {moment} ms");
            assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0, "{arguments:?} after {moment} ms");
        }
    }
}

/// Starts bash with job control, and in it the wizard as a job.
fn job(folder: &Path) -> Option<(Terminal, i32)> {
    if Command::new("bash").arg("--version").stdout(Stdio::null()).status().is_err() {
        skipped("bash is not installed");
        return None;
    }
    let shell = [("PS1", "shell> "), PATH];
    let mut terminal = Terminal::run("bash", &["--norc", "--noprofile", "-i"], folder, &shell, (24, 80));
    terminal.shows("shell>");
    terminal.press(&format!("{PROGRAM} score-server-5.11.0\r"));
    terminal.shows("Which store keeps the files?");
    let job = terminal.foreground().unwrap();
    Some((terminal, job))
}

#[expect(clippy::print_stderr, reason = "a test that is skipped says so by name")]
fn skipped(why: &str) {
    assert!(std::env::var_os("CI").is_none(), "{why}");
    eprintln!("skipped: a job of a shell ({why})");
}

/// A way to stop a program, and whether it restores the terminal before it stops.
struct Stop {
    name: &'static str,
    act: fn(&mut Terminal, i32),
    restores: bool,
}

#[test]
fn a_stopped_program_gives_the_terminal_back_and_draws_again_when_it_is_continued() {
    let stops = [
        Stop { name: "Ctrl-Z", act: |terminal, _| terminal.press(CTRL_Z), restores: true },
        Stop { name: "SIGTSTP", act: |_, job| signal(job, Signal::TSTP), restores: true },
        // This signal cannot be handled, so the terminal is restored only after it.
        Stop { name: "SIGSTOP", act: |_, job| signal(job, Signal::STOP), restores: false },
    ];
    for Stop { name, act, restores } in stops {
        let folder = installation();
        let Some((mut terminal, job)) = job(folder.path()) else { return };
        for round in 0..2 {
            let drawn = terminal.raw().matches("\x1b[?1049h").count();
            act(&mut terminal, job);
            terminal.until_raw(|raw| raw.matches("Stopped").count() > round);
            if restores {
                assert!(!terminal.screen(vt100::Screen::alternate_screen), "{name}");
            }
            terminal.press("fg\r");
            terminal.until_raw(|raw| raw.matches("\x1b[?1049h").count() > drawn);
            terminal.until_page(|page| page.contains("Which store keeps") && !page.contains("Stopped"));
        }
        // Raw mode is on again: keys arrive without Enter.
        terminal.press("ceph");
        terminal.until_page(|page| page.contains("keeps the files?  ceph"));
        terminal.press(CTRL_C);
        // Keys that are pressed before the shell has the terminal again may be lost.
        terminal.until_raw(|raw| {
            raw.rsplit_once("Left. No file was written.").is_some_and(|(_, after)| after.contains("shell> "))
        });
        terminal.press("echo ended with $?\r");
        terminal.shows("ended with 130");
        assert!(!terminal.screen(vt100::Screen::alternate_screen), "{name}");
        terminal.press("exit\r");
        terminal.ended();
    }
}

#[test]
fn without_a_shell_that_could_continue_it_ctrl_z_does_not_stop_the_program() {
    let folder = installation();
    let mut terminal = wizard(folder.path());
    terminal.shows("Which store keeps the files?");
    terminal.press(CTRL_Z);
    terminal.press("ceph");
    terminal.until_page(|page| page.contains("keeps the files?  ceph"));
    leave(&mut terminal);
}

#[test]
fn arrows_whose_bytes_arrive_slowly_are_still_arrows() {
    for gap in [10, 40, 80].map(Duration::from_millis) {
        let folder = installation();
        let mut terminal = wizard(folder.path());
        at_the_endpoint(&mut terminal);
        terminal.press("ac");
        terminal.shows("ac");
        for byte in ["\x1b", "[", "D"] {
            terminal.press(byte);
            pause(gap);
        }
        terminal.press("b");
        terminal.shows("abc");
        // Esc alone is still Esc.
        terminal.press("\x1b");
        terminal.shows("Which store keeps the files?");
        leave(&mut terminal);
    }
}

/// More letters than any answer has.
const FLOOD: usize = 200_000;

#[test]
fn a_long_paste_without_brackets_is_answered_within_a_second() {
    let folder = installation();
    let mut terminal = wizard(folder.path());
    at_the_endpoint(&mut terminal);
    let began = Instant::now();
    terminal.press(&"x".repeat(FLOOD));
    terminal.shows("An answer has at most");
    terminal.press(CTRL_U);
    terminal.press("short");
    terminal.until_page(|page| page.contains("short") && !page.contains("xx"));
    let took = began.elapsed();
    // The program under test is not optimised, and shares the machine with other tests.
    assert!(took < 5 * Duration::from_secs(1), "{took:?}");
    leave(&mut terminal);
}

#[test]
fn a_signal_ends_the_program_in_the_middle_of_a_long_paste() {
    let folder = installation();
    let mut terminal = wizard(folder.path());
    at_the_endpoint(&mut terminal);
    terminal.press(&"x".repeat(FLOOD / 2));
    let began = Instant::now();
    signal(terminal.process(), Signal::TERM);
    assert_eq!(terminal.ended(), 130);
    let took = began.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
}

/// Returns what a store keeps beside the sentinel: objects, and unfinished uploads.
fn left_over(scene: &Scene) -> Vec<String> {
    let objects = scene.store.memory.objects();
    let mut left: Vec<_> = objects.into_iter().filter(|object| !object.contains("heliograph")).collect();
    left.extend(scene.store.memory.uploads());
    left
}

/// Starts the checks that write scratch objects, in a terminal. `redirect` is the end of the command line.
fn proving(scene: &Scene, redirect: &str) -> Terminal {
    let command = format!("exec {PROGRAM} score-server-5.11.0 {redirect}");
    let mut terminal = Terminal::run("sh", &["-c", &command], scene.folder.path(), &[PATH], (24, 80));
    terminal.shows("t test");
    terminal.press("t");
    terminal.shows("p prove uploads");
    terminal.press("p");
    terminal
}

#[test]
fn a_terminal_that_is_lost_at_any_moment_leaves_a_clean_store() {
    let scene = Scene::complete();
    assert_eq!(scene.apply(&scene.answers(""), &["--no-check"]).code, Some(0));
    // How many requests the checks send, and how many of them come before those that write.
    let asked = || scene.store.requests().len();
    let mut terminal = proving(&scene, "");
    terminal.until_page(|page| page.contains("nothing left in the store"));
    leave(&mut terminal);
    let total = asked();
    scene.store.delay(Duration::from_millis(20));
    for part in 1..8 {
        for redirect in ["", "2>stderr"] {
            let before = asked();
            let terminal = proving(&scene, redirect);
            until("the requests", || asked() >= before + total * part / 8);
            assert_eq!(terminal.hang_up(), 130, "after {part}/8 of the requests, stderr {redirect:?}");
            assert_eq!(left_over(&scene), Vec::<String>::new(), "after {part}/8, stderr {redirect:?}");
            let stderr = fs::read_to_string(scene.folder.path().join("stderr")).unwrap_or_default();
            assert!(!stderr.contains("panicked"), "{stderr}");
        }
    }
}

#[test]
fn a_terminal_that_is_lost_on_any_page_ends_the_program() {
    let folder = installation();
    let keys: [&[&str]; 4] = [&[], &["minio"], &["minio", ENTER], &[CTRL_G]];
    for keys in keys {
        let mut terminal = wizard(folder.path());
        terminal.shows("Which store keeps the files?");
        for key in keys {
            terminal.press(key);
        }
        assert_eq!(terminal.hang_up(), 130, "{keys:?}");
    }
}

/// Runs the program with few file descriptors, where a shell can do that.
fn with_descriptors(number: usize, folder: &Path, arguments: &str) -> (Option<i32>, String) {
    let command = format!("ulimit -n {number}; exec {PROGRAM} {arguments}");
    let mut command_line = Command::new("sh");
    let output = command_line.args(["-c", &command]).stdin(Stdio::null()).current_dir(folder).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn few_file_descriptors_are_an_error_and_no_panic() {
    let scene = Scene::complete();
    assert_eq!(scene.apply(&scene.answers(""), &["--no-check"]).code, Some(0));
    for number in 3..20 {
        for arguments in
            ["check score-server-5.11.0", "report score-server-5.11.0", "lint score-server-5.11.0", "show .", "sandbox"]
        {
            let (code, messages) = with_descriptors(number, scene.folder.path(), arguments);
            // The sandbox asks questions, and its input has ended.
            let known = matches!(code, Some(0..=3 | 127)) || (arguments, code) == ("sandbox", Some(130));
            assert!(known && !messages.contains("panicked"), "{number} descriptors, {arguments}: {code:?}\n{messages}");
        }
    }
    let (code, messages) = with_descriptors(6, scene.folder.path(), "check score-server-5.11.0");
    assert!(code == Some(1) && messages.contains("too many open files"), "{code:?}\n{messages}");
}

#[cfg(target_os = "linux")]
#[test]
fn no_core_file_is_written_and_no_other_process_reads_the_memory() {
    let folder = installation();
    let terminal = wizard(folder.path());
    terminal.shows("Which store keeps the files?");
    let proc = Path::new("/proc").join(terminal.process().to_string());
    let limits = fs::read_to_string(proc.join("limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let bytes: Vec<_> = core.split_whitespace().skip(4).take(2).collect();
    assert_eq!(bytes, ["0", "0"], "{core}");
    // The files of a process that cannot be dumped belong to root.
    assert_eq!(fs::metadata(proc.join("mem")).unwrap().uid(), 0);
    signal(terminal.process(), Signal::ABORT);
}

#[test]
fn a_report_that_is_interrupted_names_what_it_left_in_the_store() {
    let scene = Scene::complete();
    assert_eq!(scene.apply(&scene.answers(""), &["--no-check"]).code, Some(0));
    scene.store.refuse(|asked| asked.method == "DELETE", 403, "AccessDenied");
    scene.store.delay(Duration::from_millis(40));
    let mut report = Command::new(PROGRAM)
        .args(["report", "--prove", "score-server-5.11.0"])
        .current_dir(scene.folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until("a scratch object", || !left_over(&scene).is_empty());
    signal(i32::try_from(report.id()).unwrap(), Signal::INT);
    let mut messages = String::new();
    std::io::Read::read_to_string(&mut report.stderr.take().unwrap(), &mut messages).unwrap();
    assert_eq!(report.wait().unwrap().code(), Some(130), "{messages}");
    for object in left_over(&scene) {
        let (bucket, key) = object.split_once('/').unwrap();
        assert!(
            messages.contains(&format!("left in the store: {key} in {bucket}")),
            "{object} is not named:\n{messages}"
        );
    }
}

#[test]
fn a_file_that_cannot_be_read_is_wrong_in_a_report_too() {
    let folder = installation();
    for arguments in [["report", "--no-check", "nowhere"], ["report", "--no-check", "/dev/null"]] {
        let output = Command::new(PROGRAM).args(arguments).current_dir(folder.path()).output().unwrap();
        let messages = String::from_utf8_lossy(&output.stderr);
        assert!(messages.contains("hint: "), "{arguments:?}: {messages}");
    }
}
