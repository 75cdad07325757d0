//! Runs the full-screen wizard: converts keys to events, draws the state of the core, and decides nothing.
//!
//! ```text
//!   keyboard ─┐                       ┌─► update ─► effects ─► Performer ─┐
//!             ├─► one channel ─► Shell┤                                   │
//!   Performer ┘                       └─► draw, when something changed    │
//!       ▲                                                                 │
//!       └──────────────── what came of them ◄─────────────────────────────┘
//! ```

pub mod field;
pub mod keys;
pub mod theme;
pub mod ui;
pub mod view;

mod guard;
mod link;
mod shell;
mod text;

use std::{
    io,
    os::fd::AsFd,
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

use crossterm::event;
use ratatui::{Terminal, backend::Backend};
use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};

pub use self::{guard::hook, shell::Shell, theme::Theme};
use crate::{
    effects::Performer,
    wizard::{Effect, Event, Exit, State},
};

/// The shortest time between two frames.
const FRAME: Duration = Duration::from_millis(16);

/// An input of the loop.
#[derive(Debug)]
pub enum Input {
    Terminal(event::Event),
    Happened(Event),
    /// The terminal can no longer be read.
    Gone,
}

/// Runs the wizard on this terminal. `said` contains what is already known: the file, the release, the provider.
///
/// # Errors
/// Returns an error if the terminal cannot be written or read.
pub fn run(state: State, said: Vec<Event>, theme: Theme) -> io::Result<Exit> {
    let (sender, inbox) = mpsc::channel();
    let mut performer = Performer::new(told(sender.clone()));
    for event in said {
        sender.send(Input::Happened(event)).map_err(io::Error::other)?;
    }
    let mut guard = guard::Guard::open()?;
    listen(sender)?;
    let mut shell = Shell::new(state, theme, chrono::Local::now);
    let mut watched = false;
    let exit = turns(guard.terminal(), &mut shell, &inbox, Instant::now, guard::aside, |effect| {
        performer.perform(effect);
        // Signals are watched only after the first effect, so that they do not delay the first frame.
        if !std::mem::replace(&mut watched, true) {
            performer.watch_signals()?;
        }
        Ok(())
    });
    drop(guard);
    exit
}

fn told(sender: Sender<Input>) -> impl Fn(Event) + Send + Sync + 'static {
    // The loop may end while a run still reports its clean-up. Those events have no receiver and are not needed.
    move |event| drop(sender.send(Input::Happened(event)))
}

/// Reads the terminal on a separate thread. The thread ends with the program, since a read cannot be cancelled.
fn listen(sender: Sender<Input>) -> io::Result<()> {
    await_hang_up(io::stdin(), sender.clone())?;
    thread::Builder::new().name("keys".into()).spawn(move || {
        while let Ok(event) = event::read() {
            if sender.send(Input::Terminal(event)).is_err() {
                return;
            }
        }
        drop(sender.send(Input::Gone));
    })?;
    Ok(())
}

/// Waits for a hang-up on a separate thread. A closed terminal reads as empty for ever, and crossterm treats that as no
/// input yet. Only `poll` reports the hang-up, and a program in the background gets no signal.
fn await_hang_up(terminal: impl AsFd + Send + 'static, sender: Sender<Input>) -> io::Result<()> {
    thread::Builder::new().name("hang-up".into()).spawn(move || {
        // With no events requested, `poll` still reports a hang-up (POLLHUP).
        while poll(&mut [PollFd::new(&terminal, PollFlags::empty())], None) == Err(Errno::INTR) {}
        drop(sender.send(Input::Gone));
    })?;
    Ok(())
}

/// An action on the terminal other than drawing a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aside {
    /// Returns the terminal to the parent shell until it resumes this program.
    Suspend,
    /// Copies this text to the clipboard of the terminal.
    Copy(String),
}

/// Runs the loop: draws, waits, takes all inputs that are ready, and draws again. Terminal, inputs, clock and actions
/// on the terminal are arguments.
///
/// # Errors
/// Returns an error if drawing or performing an effect fails.
pub fn turns<B: Backend>(
    terminal: &mut Terminal<B>,
    shell: &mut Shell,
    inbox: &Receiver<Input>,
    clock: impl Fn() -> Instant,
    aside: impl Fn(Aside) -> io::Result<()>,
    mut perform: impl FnMut(Effect) -> io::Result<()>,
) -> io::Result<Exit>
where
    B::Error: Send + Sync + 'static,
{
    let mut changed = true;
    let mut drawn: Option<Instant> = None;
    loop {
        let now = clock();
        let early = drawn.map_or(Duration::ZERO, |drawn| FRAME.saturating_sub(now.saturating_duration_since(drawn)));
        if changed && early.is_zero() {
            terminal.draw(|frame| _ = shell.draw(frame, now)).map_err(io::Error::other)?;
            drawn = Some(now);
            changed = false;
        }
        let wait = if changed { Some(early) } else { shell.heartbeat() };
        let input = match wait {
            Some(wait) => match inbox.recv_timeout(wait) {
                Ok(input) => Some(input),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => Some(Input::Gone),
            },
            None => Some(inbox.recv().unwrap_or(Input::Gone)),
        };
        if input.is_none() && !changed {
            shell.tick();
        }
        changed = true;
        // All inputs that are ready are taken before the next frame: a paste without brackets, or the news of hundreds
        // of checks.
        for input in input.into_iter().chain(inbox.try_iter()) {
            if matches!(&input, Input::Terminal(event::Event::Key(key)) if keys::suspends(*key)) {
                aside(Aside::Suspend)?;
                // The screen is empty again, so both buffers are reset. `clear` would ask the terminal for its cursor
                // position and wait for a reply that the thread of the keys reads.
                terminal.swap_buffers();
                terminal.swap_buffers();
                continue;
            }
            for effect in shell.take(input, clock()) {
                perform(effect)?;
            }
            if let Some(text) = shell.copied() {
                aside(Aside::Copy(text))?;
            }
            if let Some(exit) = shell.state().over {
                return Ok(exit);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn a_terminal_that_goes_away_is_noticed_without_a_signal() {
        let (terminal, other_end) = UnixStream::pair().unwrap();
        let (sender, inbox) = mpsc::channel();
        await_hang_up(terminal, sender).unwrap();
        drop(other_end);
        assert!(matches!(inbox.recv_timeout(Duration::from_secs(10)), Ok(Input::Gone)));
    }
}
