//! The terminal while the wizard has it: raw, on its alternate screen, pastes in brackets. Given back on every way out,
//! a panic included, before its message.

use std::{
    io::{self, Stdout, Write, stdout},
    panic,
    sync::Once,
};

use crossterm::{
    cursor::Show,
    event::{DisableBracketedPaste, EnableBracketedPaste},
    execute, queue,
    terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
};
use ratatui::{Terminal, backend::CrosstermBackend};

pub(super) struct Guard {
    terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Guard {
    pub(super) fn open() -> io::Result<Self> {
        static HOOKED: Once = Once::new();
        HOOKED.call_once(|| hook(restore));
        enable_raw_mode()?;
        // From here on dropping puts back what was changed, also when the rest fails.
        let terminal = Terminal::new(CrosstermBackend::new(stdout())).inspect_err(|_| restore())?;
        let guard = Self { terminal };
        execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
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

/// Twice does no harm. A terminal that is gone needs nothing back, so errors are not told.
fn restore() {
    let mut out = stdout();
    drop(give_back(&mut out).and_then(|()| out.flush()));
    drop(disable_raw_mode());
}

fn give_back(out: &mut impl Write) -> io::Result<()> {
    queue!(out, DisableBracketedPaste, LeaveAlternateScreen, Show)
}

/// Before a panic says anything, from whatever thread, the terminal is given back.
pub fn hook(restore: impl Fn() + Send + Sync + 'static) {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        restore();
        before(panic);
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
}
