//! Sets up the terminal for the wizard: raw mode, alternate screen, bracketed paste. Restores it on every exit, also
//! before the message of a panic.

use std::{
    io::{self, Stdout, Write, stdout},
    mem::ManuallyDrop,
    panic,
    sync::atomic::{AtomicBool, Ordering},
};

use crossterm::{
    cursor::Show,
    event::{DisableBracketedPaste, EnableBracketedPaste},
    execute, queue,
    terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
};
use ratatui::{Terminal, backend::CrosstermBackend};
use rustix::process::{Signal, getpgrp, getpid, getsid, kill_current_process_group, kill_process};

use super::{Aside, Display};
use crate::text::visible_lines;

/// True while the terminal has to be restored. A panic hook has no other access to this state.
static TAKEN: AtomicBool = AtomicBool::new(false);

pub(super) struct Guard {
    /// Never dropped: its drop shows the cursor, and prints an error to stderr if that fails. If stderr is the same lost
    /// terminal, printing panics (ratatui-core 0.1.2, terminal.rs). `restore` shows the cursor.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<Stdout>>>,
}

impl Guard {
    pub(super) fn open() -> io::Result<Self> {
        // From here on, dropping the guard restores the terminal, also if the rest fails.
        let guard = Self { terminal: ManuallyDrop::new(Terminal::new(CrosstermBackend::new(stdout()))?) };
        take()?;
        Ok(guard)
    }

    pub(super) fn terminal(&mut self) -> &mut Terminal<CrosstermBackend<Stdout>> {
        &mut self.terminal
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste)
}

/// Performs an action on the terminal. Returns what it did to the display.
pub(super) fn aside(what: &Aside) -> io::Result<Display> {
    match what {
        Aside::SuspendGroup => suspend_group(),
        Aside::Stop => stop(),
        Aside::Continue => {
            // After SIGSTOP, the terminal was not restored, and the shell has changed its mode.
            restore();
            take().map(|()| Display::Empty)
        }
        Aside::ShowAlone(text) => {
            let mut out = stdout();
            queue!(out, DisableBracketedPaste, LeaveAlternateScreen, Show)?;
            out.write_all(alone(text).as_bytes())?;
            out.flush().map(|()| Display::Away)
        }
        Aside::Return => execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste).map(|()| Display::Empty),
        Aside::Copy(text) => {
            let mut out = stdout();
            out.write_all(copying(text).as_bytes())?;
            out.flush().map(|()| Display::Unchanged)
        }
    }
}

/// Formats a text for the plain terminal in raw mode. The hint is above it, so a selection to the end has only the text.
fn alone(text: &str) -> String {
    let lines = visible_lines(text);
    let lines: Vec<_> = lines.lines().collect();
    format!("\r\nEnter returns to score-setup.\r\n\r\n{}\r\n", lines.join("\r\n"))
}

/// Returns OSC 52 of xterm, which copies base64 text to the clipboard. A terminal that does not support it shows
/// nothing.
fn copying(text: &str) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    format!("\x1b]52;c;{}\x07", STANDARD.encode(text))
}

/// Sends SIGTSTP to the whole foreground process group, as the terminal does for Ctrl-Z, because a wrapper may have
/// started this program. This program receives the signal too.
fn suspend_group() -> io::Result<Display> {
    kill_current_process_group(Signal::TSTP)?;
    Ok(Display::Unchanged)
}

/// Returns true if a shell could continue this program after a stop.
pub(in crate::shell) fn can_stop() -> io::Result<bool> {
    Ok(getsid(None)? != getpgrp())
}

/// Returns the terminal to the parent shell, and stops until the shell continues this program. Does not stop if no
/// shell could continue it: a shell with job control starts each job in its own group.
pub(in crate::shell) fn stop() -> io::Result<Display> {
    if !can_stop()? {
        return Ok(Display::Unchanged);
    }
    restore();
    // The handler replaced the default action of SIGTSTP, so the program stops itself.
    kill_process(getpid(), Signal::STOP)?;
    Ok(Display::Away)
}

/// Restores the terminal. Ignores errors: a closed terminal needs no restoring.
fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = stdout();
    drop(give_back(&mut out).and_then(|()| out.flush()));
    drop(disable_raw_mode());
}

fn give_back(out: &mut impl Write) -> io::Result<()> {
    queue!(out, DisableBracketedPaste, LeaveAlternateScreen, Show)
}

/// Installs a panic hook that restores the terminal before the message of a panic, on any thread.
pub fn hook() {
    before_panics(restore);
}

pub(in crate::shell) fn before_panics(first: impl Fn() + Send + Sync + 'static) {
    let then = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        first();
        then(panic);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_was_switched_on_is_switched_off() {
        let mut out = Vec::new();
        give_back(&mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "\x1b[?2004l\x1b[?1049l\x1b[?25h");
    }

    #[test]
    fn a_text_alone_keeps_its_lines_and_cannot_act_on_the_terminal() {
        assert_eq!(alone("a\n b\x1b[2J"), "\r\nEnter returns to score-setup.\r\n\r\na\r\n b\\u{1b}[2J\r\n");
    }

    #[test]
    fn what_is_copied_cannot_end_the_sequence() {
        assert_eq!(copying("a\x07b"), "\x1b]52;c;YQdi\x07");
    }

    #[test]
    fn the_terminal_is_given_back_before_a_panic_is_told() {
        use std::sync::{Arc, Mutex};

        let order = Arc::new(Mutex::new(Vec::new()));
        // Tests run in parallel and may panic. Only this thread's panic counts.
        let me = std::thread::current().id();
        let note = |word| {
            let order = Arc::clone(&order);
            move || {
                if std::thread::current().id() == me {
                    order.lock().unwrap().push(word);
                }
            }
        };
        let original = panic::take_hook();
        let told = note("told");
        panic::set_hook(Box::new(move |_| told()));
        before_panics(note("given back"));
        let result = panic::catch_unwind(|| panic!("for the test"));
        panic::set_hook(original);
        assert!(result.is_err());
        assert_eq!(*order.lock().unwrap(), ["given back", "told"]);
    }
}
