//! The full-screen shell: turns keys into what the operator said, draws what the core knows, and decides nothing.
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

/// Frames closer together than this cannot be told apart.
const FRAME: Duration = Duration::from_millis(16);

/// What the loop waits for.
#[derive(Debug)]
pub enum Input {
    Terminal(event::Event),
    Happened(Event),
    /// The terminal cannot be read any more.
    Gone,
}

/// Opens the wizard on this terminal. `said` is what is already known: the file, the release, the provider.
///
/// # Errors
/// Where the terminal cannot be written or read.
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
        // Only now, so that the first frame waits for nothing.
        if !std::mem::replace(&mut watched, true) {
            performer.watch_signals()?;
        }
        Ok(())
    });
    drop(guard);
    exit
}

fn told(sender: Sender<Input>) -> impl Fn(Event) + Send + Sync + 'static {
    // The loop may be over while a run still tells of its clean-up: then nobody listens, and nobody needs to.
    move |event| drop(sender.send(Input::Happened(event)))
}

/// Reads the terminal on a thread of its own; it ends with the program, since a read cannot be called back.
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

/// A terminal that is gone reads as empty for ever, and crossterm takes that for nothing yet: only `poll` tells, and no
/// signal comes to a program in the background.
fn await_hang_up(terminal: impl AsFd + Send + 'static, sender: Sender<Input>) -> io::Result<()> {
    thread::Builder::new().name("hang-up".into()).spawn(move || {
        // Asked for nothing, it waits for what cannot be declined.
        while poll(&mut [PollFd::new(&terminal, PollFlags::empty())], None) == Err(Errno::INTR) {}
        drop(sender.send(Input::Gone));
    })?;
    Ok(())
}

/// What is done to the terminal beside frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aside {
    /// Given back to the shell that started this program, until that brings it back.
    Suspend,
    /// Its clipboard takes this text.
    Copy(String),
}

/// The loop, on any terminal, input, clock and way to reach past the frames: draws, waits, takes everything that is there, and draws again.
///
/// # Errors
/// Where drawing or performing fails.
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
        // Everything that is there is taken before the next frame: a paste without brackets, news of hundreds of checks.
        for input in input.into_iter().chain(inbox.try_iter()) {
            if matches!(&input, Input::Terminal(event::Event::Key(key)) if keys::suspends(*key)) {
                aside(Aside::Suspend)?;
                // The screen is empty again, and so is what is remembered of it. `clear` would ask the terminal where its
                // cursor is, and wait for an answer that the thread of the keys takes.
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
