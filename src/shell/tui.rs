//! Runs the full-screen wizard: converts keys to events, draws the state of the core, and decides nothing.
//!
//! ```text
//!   keyboard ─┐                       ┌─► update ─► effects ─► Performer ─┐
//!             ├─► one channel ─► Shell┤                                   │
//!   Performer ┘                       └─► draw, when something changed    │
//!       ▲                                                                 │
//!       └──────────────── what came of them ◄─────────────────────────────┘
//! ```

pub mod keys;

pub mod play;
pub mod receipt;
pub mod theme;
pub mod ui;
pub mod view;

mod escape;
pub(in crate::shell) mod guard;
pub(in crate::shell) mod input;
pub(in crate::shell) mod link;
mod shell;
pub(in crate::shell) mod text;

use std::{
    io,
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

use crossterm::event;
use ratatui::{Terminal, backend::Backend};

pub use self::{
    guard::hook,
    input::{Input, Inputs},
    shell::Shell,
    theme::Theme,
};
use crate::{
    effects::Performer,
    store::checks::{Leftover, News},
    wizard::{Effect, Event, Exit, State},
};

/// The shortest time between two frames.
const FRAME: Duration = Duration::from_millis(16);

/// The time to draw a frame from which the terminal is slow: a line of 9600 baud carries 40 bytes in it.
const SLOW: Duration = Duration::from_millis(40);

/// The shortest time between two frames that only show the time, on a slow terminal.
const SLOW_TICK: Duration = Duration::from_secs(1);

/// Runs the wizard on this terminal. `said` contains what is already known: the file, the release, the provider. At the end,
/// prints the receipt on the plain terminal.
///
/// # Errors
/// Returns an error if the terminal cannot be read, or if the system has nothing left for an effect. A lost terminal is
/// not an error: the operator left.
pub fn run(inputs: Inputs, state: State, said: Vec<Event>, theme: Theme, print: impl Fn(&str)) -> io::Result<Exit> {
    let mut performer = Performer::new(inputs.events());
    for event in said {
        inputs.sender.send(Input::Happened(event)).map_err(io::Error::other)?;
    }
    let mut guard = guard::Guard::open()?;
    input::listen(inputs.sender)?;
    let mut shell = Shell::new(state, theme, chrono::Local::now);
    let exit = turns(guard.terminal(), &mut shell, &inputs.inbox, Instant::now, guard::aside, |effect| {
        performer.perform(effect)
    });
    drop(guard);
    let exit = exit?;
    if shell.state().busy() {
        print("Stopping and cleaning up.\n");
    }
    performer.finish();
    let leftovers: Vec<_> = inputs.inbox.try_iter().flat_map(leftovers).collect();
    print(&receipt::receipt(shell.state(), &leftovers, theme.unicode));
    Ok(exit)
}

/// Returns what a run could not remove from the store, if this is its end.
fn leftovers(input: Input) -> Vec<Leftover> {
    match input {
        Input::Happened(Event::CheckNews { news: News::Finished { leftovers, .. }, .. }) => leftovers,
        _ => Vec::new(),
    }
}

/// An action on the terminal other than drawing a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aside {
    /// Sends the signal of Ctrl-Z to the programs of this terminal.
    SuspendGroup,
    /// Returns the terminal to the parent shell, and stops.
    Stop,
    /// Takes the terminal again.
    Continue,
    /// Leaves the full screen and prints this text.
    ShowAlone(String),
    /// Returns to the full screen after a text was printed.
    Return,
    /// Copies this text to the clipboard of the terminal.
    Copy(String),
}

/// The state of the display after an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Display {
    Unchanged,
    /// The parent shell has the terminal, or a text is printed alone.
    Away,
    /// The display belongs to this program, and is empty.
    Empty,
}

/// Runs the loop: draws, waits, takes all inputs that are ready, and draws again. Terminal, inputs, clock and actions
/// on the terminal are arguments.
///
/// # Errors
/// Returns an error if the terminal cannot be read, or if performing an effect fails.
pub fn turns<B: Backend>(
    terminal: &mut Terminal<B>,
    shell: &mut Shell,
    inbox: &Receiver<Input>,
    clock: impl Fn() -> Instant,
    aside: impl Fn(&Aside) -> io::Result<Display>,
    mut perform: impl FnMut(Effect) -> io::Result<()>,
) -> io::Result<Exit>
where
    B::Error: Send + Sync + 'static,
{
    let mut changed = true;
    let mut drawn: Option<Instant> = None;
    let mut slow = false;
    // False while the parent shell has the terminal, while a text is printed alone, and after the terminal is lost.
    let mut visible = true;
    let mut alone = false;
    loop {
        let now = clock();
        let early = drawn.map_or(Duration::ZERO, |drawn| FRAME.saturating_sub(now.saturating_duration_since(drawn)));
        let mut lost = None;
        if changed && visible && early.is_zero() {
            lost = terminal.draw(|frame| _ = shell.draw(frame, now)).err().map(|error| lose(&error));
            drawn = Some(now);
            slow = clock().saturating_duration_since(now) >= SLOW;
            changed = false;
        }
        let tick = shell.heartbeat().map(|tick| if slow { tick.max(SLOW_TICK) } else { tick });
        let wait = if changed && visible { Some(early) } else { tick };
        let input = match (lost, wait) {
            (Some(lost), _) => Some(lost),
            (None, Some(wait)) => match inbox.recv_timeout(wait) {
                Ok(input) => Some(input),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => Some(Input::Gone),
            },
            (None, None) => Some(inbox.recv().unwrap_or(Input::Gone)),
        };
        changed = true;
        // All inputs that are ready are taken before the next frame: a paste without brackets, or the news of hundreds
        // of checks.
        for input in input::gathered(input.into_iter().chain(inbox.try_iter())) {
            let asked = match &input {
                Input::Terminal(event::Event::Key(key)) if keys::suspends(*key) => Some(Aside::SuspendGroup),
                Input::Stopped => Some(Aside::Stop),
                Input::Continued => Some(Aside::Continue),
                Input::Terminal(event::Event::Key(key)) if alone && (keys::returns(*key) || keys::leaves(*key)) => {
                    Some(Aside::Return)
                }
                Input::Typed(text) if alone && text.contains('q') => Some(Aside::Return),
                Input::Terminal(_) | Input::Typed(_) if alone => continue,
                _ => None,
            };
            let input = match asked.as_ref().map(&aside) {
                None => input,
                Some(Ok(Display::Unchanged)) => continue,
                Some(Ok(display)) => {
                    visible = display == Display::Empty;
                    alone &= !visible;
                    // Both buffers are reset. `clear` would ask the terminal for its cursor position and wait for a reply
                    // that the thread of the keys reads.
                    terminal.swap_buffers();
                    terminal.swap_buffers();
                    match &input {
                        Input::Terminal(event::Event::Key(key)) if keys::leaves(*key) => input,
                        _ => continue,
                    }
                }
                Some(Err(error)) => lose(&error),
            };
            match input {
                Input::Unreadable(error) => return Err(error),
                Input::Gone => visible = false,
                _ => {}
            }
            for effect in shell.take(input, clock()) {
                perform(effect)?;
            }
            if let Some(asked) = shell.aside() {
                match aside(&asked) {
                    Ok(Display::Unchanged) => {}
                    Ok(display) => {
                        visible = display == Display::Empty;
                        alone = !visible;
                    }
                    Err(error) => {
                        visible = false;
                        shell.take(lose(&error), clock()).into_iter().try_for_each(&mut perform)?;
                    }
                }
            }
            if let Some(exit) = shell.state().over {
                if alone {
                    // The end of the full screen also restores the cursor from before it.
                    drop(aside(&Aside::Return));
                }
                return Ok(exit);
            }
        }
    }
}

/// Treats a terminal that cannot be written as lost.
fn lose(error: &dyn std::error::Error) -> Input {
    tracing::warn!("the terminal cannot be written: {error}");
    Input::Gone
}
