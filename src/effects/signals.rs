//! Reports the signals of the system, on a separate thread: the operator leaves, or stops and continues the program.
//! Needs no runtime, so that it can be the first action of the program.

use std::{ffi::c_int, io, thread};

use signal_hook::{
    consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP},
    iterator::{Handle, Signals},
};

/// The signals that mean that the operator leaves. SIGQUIT is one of them: its usual core file would contain secrets.
const LEAVING: [c_int; 4] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT];

/// The meaning of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signalled {
    /// The operator leaves, or the terminal is gone.
    Leave,
    /// The operator stops the program, until the shell continues it.
    Stop,
    /// The shell continues the program.
    Continue,
}

/// Watches signals until it is dropped.
#[derive(Debug)]
pub struct SignalWatch(Handle);

impl SignalWatch {
    /// Reports the signals that mean leaving.
    ///
    /// # Errors
    /// Returns an error if the system does not allow it.
    pub fn leaving(tell: impl Fn(Signalled) + Send + 'static) -> io::Result<Self> {
        Self::of(&LEAVING, tell)
    }

    /// Reports leaving, stopping and continuing, for a program that uses the whole terminal.
    ///
    /// # Errors
    /// Returns an error if the system does not allow it.
    pub fn of_terminal(tell: impl Fn(Signalled) + Send + 'static) -> io::Result<Self> {
        Self::of(&[&LEAVING[..], &[SIGTSTP, SIGCONT]].concat(), tell)
    }

    fn of(signals: &[c_int], tell: impl Fn(Signalled) + Send + 'static) -> io::Result<Self> {
        let mut signals = Signals::new(signals)?;
        let handle = signals.handle();
        thread::Builder::new().name("signals".into()).spawn(move || {
            signals.forever().for_each(|signal| {
                tell(match signal {
                    SIGTSTP => Signalled::Stop,
                    SIGCONT => Signalled::Continue,
                    _ => Signalled::Leave,
                });
            });
        })?;
        Ok(Self(handle))
    }
}

impl Drop for SignalWatch {
    fn drop(&mut self) {
        self.0.close();
    }
}
