//! The real program in a real terminal.

mod terminal;

use std::{fs, path::Path};

use self::terminal::Terminal;
use crate::picture;

const CTRL_C: &str = "\x03";
const CTRL_N: &str = "\x0e";
const ENTER: &str = "\r";

/// A Score folder as the distribution has it: a file of comments only.
fn installation() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let conf = folder.path().join("score-server-5.11.0/conf");
    fs::create_dir_all(&conf).unwrap();
    fs::write(conf.join("application.properties"), "# Score").unwrap();
    folder
}

fn file(folder: &Path) -> std::path::PathBuf {
    folder.join("score-server-5.11.0/conf/application.properties")
}

fn wizard(folder: &Path, rows: u16, cols: u16) -> Terminal {
    Terminal::start(&["score-server-5.11.0"], folder, &[], rows, cols)
}

fn keep(name: &str, terminal: &Terminal) {
    terminal.screen(|screen| picture::keep(name, &picture::of_screen(screen)));
}

#[test]
fn the_first_page_knows_what_is_there_and_ctrl_c_leaves_it_alone() {
    let folder = installation();
    let mut terminal = wizard(folder.path(), 24, 80);
    terminal.shows("Only comments: a first installation.");
    assert!(terminal.screen(vt100::Screen::alternate_screen));
    keep("real-where", &terminal);
    terminal.press(CTRL_C);
    terminal.shows("Leave without writing anything?");
    terminal.press("y");
    assert_eq!(terminal.ended(), 130);
    assert!(!terminal.screen(vt100::Screen::alternate_screen));
    assert!(terminal.raw().contains("\x1b[?2004l"), "bracketed paste is off again");
    assert_eq!(fs::read(file(folder.path())).unwrap(), b"# Score");
    assert_eq!(fs::read_dir(file(folder.path()).parent().unwrap()).unwrap().count(), 1, "no other file was made");
}

#[test]
fn the_page_follows_the_size_of_the_terminal() {
    let folder = installation();
    let mut terminal = wizard(folder.path(), 24, 80);
    terminal.shows("Only comments");
    terminal.resize(10, 40);
    terminal.shows("This terminal is 40 by 10");
    terminal.resize(36, 120);
    terminal.shows("Only comments");
    terminal.press(CTRL_C);
    terminal.press("y");
    assert_eq!(terminal.ended(), 130);
}

#[test]
fn a_paste_is_one_event_and_loses_its_line_break() {
    let folder = installation();
    let mut terminal = wizard(folder.path(), 24, 80);
    terminal.shows("Only comments");
    terminal.press(CTRL_N);
    terminal.shows("Where are the objects kept?");
    terminal.press("minio");
    terminal.press(ENTER);
    terminal.shows("Endpoint");
    terminal.paste("not an address\n");
    terminal.shows("was removed from what was pasted");
    terminal.shows("not an address");
    terminal.press(CTRL_C);
    terminal.press("y");
    assert_eq!(terminal.ended(), 130);
}

#[test]
fn a_terminate_signal_restores_the_terminal() {
    let folder = installation();
    let mut terminal = wizard(folder.path(), 24, 80);
    terminal.shows("Only comments");
    let process = rustix::process::Pid::from_raw(terminal.process()).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    assert_eq!(terminal.ended(), 130);
    assert!(!terminal.screen(vt100::Screen::alternate_screen));
}
