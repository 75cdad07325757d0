//! Receives the inputs of the wizard on one channel: keys, signals, a lost terminal, and the results of effects.

use std::{
    io,
    os::fd::AsFd,
    sync::mpsc::{self, Receiver, Sender},
    thread,
};

use crossterm::event;
use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};
use zeroize::Zeroizing;

use super::escape::{GAP, KeyAssembler, letter};
use crate::{
    effects::signals::{SignalWatch, Signalled},
    wizard::Event,
};

/// An input of the loop.
#[derive(Debug)]
pub enum Input {
    Terminal(event::Event),
    /// Letters that arrived together, without Ctrl and Alt.
    Typed(Zeroizing<String>),
    Happened(Event),
    /// The operator stops the program with a signal.
    Stopped,
    /// The shell continues the program.
    Continued,
    /// The terminal can no longer be written: the operator is gone.
    Gone,
    /// The terminal is there, and cannot be read.
    Unreadable(io::Error),
}

/// The channel of the inputs. From the start, signals are inputs too, so none of them ends the program by itself.
#[derive(Debug)]
pub struct Inputs {
    pub(super) sender: Sender<Input>,
    pub(super) inbox: Receiver<Input>,
    _signals: SignalWatch,
}

impl Inputs {
    /// Opens the channel and starts to watch signals.
    ///
    /// # Errors
    /// Returns an error if the system does not allow it.
    pub fn open() -> io::Result<Self> {
        let (sender, inbox) = mpsc::channel();
        let signals = sender.clone();
        let signals = SignalWatch::of_terminal(move |signal| {
            drop(signals.send(match signal {
                Signalled::Leave => Input::Happened(Event::LeaveAsked),
                Signalled::Stop => Input::Stopped,
                Signalled::Continue => Input::Continued,
            }));
        })?;
        Ok(Self { sender, inbox, _signals: signals })
    }

    /// Returns a function that sends events to the loop.
    pub(super) fn events(&self) -> impl Fn(Event) + Send + Sync + 'static {
        let sender = self.sender.clone();
        // The loop may end while a run still reports its clean-up. Those events have no receiver and are not needed.
        move |event| drop(sender.send(Input::Happened(event)))
    }
}

/// Reads the terminal on a separate thread. The thread ends with the program, since a read cannot be cancelled.
pub(super) fn listen(sender: Sender<Input>) -> io::Result<()> {
    let hung_up = sender.clone();
    await_hang_up(io::stdin(), move || drop(hung_up.send(Input::Gone)))?;
    thread::Builder::new().name("keys".into()).spawn(move || {
        let end = match read_keys(&sender) {
            // A lost terminal may be reported by an error of `read`.
            Err(error) if !is_hung_up(io::stdin()) => Input::Unreadable(error),
            _ => Input::Gone,
        };
        drop(sender.send(end));
    })?;
    Ok(())
}

/// Reads keys until the loop ends.
fn read_keys(sender: &Sender<Input>) -> io::Result<()> {
    let mut assembler = KeyAssembler::default();
    loop {
        let events = if assembler.is_waiting() && !event::poll(GAP)? {
            assembler.give_up()
        } else {
            assembler.take(event::read()?)
        };
        for event in events {
            if sender.send(Input::Terminal(event)).is_err() {
                return Ok(());
            }
        }
    }
}

/// Waits for a hang-up on a separate thread. A closed terminal reads as empty for ever, and crossterm treats that as no
/// input yet. Only `poll` reports the hang-up, and a program in the background gets no signal.
pub(in crate::shell) fn await_hang_up(
    terminal: impl AsFd + Send + 'static,
    tell: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    thread::Builder::new().name("hang-up".into()).spawn(move || {
        // With no events requested, `poll` still reports a hang-up (POLLHUP).
        while poll(&mut [PollFd::new(&terminal, PollFlags::empty())], None) == Err(Errno::INTR) {}
        tell();
    })?;
    Ok(())
}

fn is_hung_up(terminal: impl AsFd) -> bool {
    let mut polled = [PollFd::new(&terminal, PollFlags::empty())];
    poll(&mut polled, Some(&rustix::event::Timespec::default())).is_ok_and(|ready| ready > 0)
}

/// Joins the letters that arrived together: each change of an answer has a cost, and a paste without brackets may have
/// many letters.
pub(super) fn gathered(inputs: impl Iterator<Item = Input>) -> Vec<Input> {
    let mut gathered: Vec<Input> = Vec::new();
    for input in inputs {
        let letter = match &input {
            Input::Terminal(event) => letter(event),
            _ => None,
        };
        match (letter, gathered.last_mut()) {
            (Some(letter), Some(Input::Typed(text))) => text.push(letter),
            (Some(letter), _) => gathered.push(Input::Typed(Zeroizing::new(letter.to_string()))),
            (None, _) => gathered.push(input),
        }
    }
    gathered
}

#[cfg(test)]
mod tests {
    use std::{os::unix::net::UnixStream, time::Duration};

    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    use super::*;

    #[test]
    fn a_terminal_that_goes_away_is_noticed_without_a_signal() {
        let (terminal, other_end) = UnixStream::pair().unwrap();
        let (sender, inbox) = mpsc::channel();
        assert!(!is_hung_up(&terminal));
        let watched = terminal.try_clone().unwrap();
        await_hang_up(watched, move || drop(sender.send(Input::Gone))).unwrap();
        drop(other_end);
        assert!(matches!(inbox.recv_timeout(Duration::from_secs(10)), Ok(Input::Gone)));
        assert!(is_hung_up(&terminal));
    }

    #[test]
    fn letters_that_arrive_together_are_one_input_and_keep_their_order() {
        let key = |code, modifiers| Input::Terminal(event::Event::Key(KeyEvent::new(code, modifiers)));
        let letter = |letter| key(KeyCode::Char(letter), KeyModifiers::NONE);
        let ctrl = key(KeyCode::Char('u'), KeyModifiers::CONTROL);
        let inputs =
            vec![letter('a'), letter('b'), ctrl, letter('c'), key(KeyCode::Enter, KeyModifiers::NONE), letter('d')];
        let told: Vec<String> = gathered(inputs.into_iter())
            .into_iter()
            .map(|input| match input {
                Input::Typed(text) => text.to_string(),
                Input::Terminal(event::Event::Key(key)) => format!("{:?}", key.code),
                other => format!("{other:?}"),
            })
            .collect();
        assert_eq!(told, ["ab", "Char('u')", "c", "Enter", "d"]);
    }
}
