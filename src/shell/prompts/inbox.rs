//! Receives everything that the conversation waits for, on one channel: replies, signals, and the results of effects.

use std::{
    io,
    sync::mpsc::{self, Receiver, Sender},
};

use super::ask::PromptReply;
use crate::{
    effects::signals::{SignalWatch, Signalled},
    wizard::Event,
};

/// A message to the conversation.
pub(super) enum Incoming {
    Happened(Event),
    Replied(io::Result<PromptReply>),
    /// The operator stops the program with a signal.
    Stopped,
    /// The shell continues the program.
    Continued,
}

/// The channel of the messages. From the start, signals are messages too, so none of them ends the program by itself.
pub struct Inbox {
    pub(super) sender: Sender<Incoming>,
    pub(super) messages: Receiver<Incoming>,
    _signals: SignalWatch,
}

impl std::fmt::Debug for Inbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbox").finish_non_exhaustive()
    }
}

impl Inbox {
    /// Opens the channel and starts to watch signals.
    ///
    /// # Errors
    /// Returns an error if the system does not allow it.
    pub fn open() -> io::Result<Self> {
        let (sender, messages) = mpsc::channel();
        let signals = sender.clone();
        let signals = SignalWatch::of_terminal(move |signal| {
            drop(signals.send(match signal {
                Signalled::Leave => Incoming::Happened(Event::LeaveAsked),
                Signalled::Stop => Incoming::Stopped,
                Signalled::Continue => Incoming::Continued,
            }));
        })?;
        Ok(Self { sender, messages, _signals: signals })
    }
}
