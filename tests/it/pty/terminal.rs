//! Runs the real program in a real pseudo-terminal, read through `vt100` as a person reads the screen. Waits for the
//! expected screen, with a deadline, and never sleeps.

use std::{
    io::{Read, Write},
    num::NonZeroU16,
    path::Path,
    sync::{Arc, Condvar, Mutex},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) struct Terminal {
    seen: Arc<(Mutex<Seen>, Condvar)>,
    keys: Box<dyn Write + Send>,
    child: Started,
    master: Box<dyn MasterPty + Send>,
    reader: JoinHandle<()>,
}

struct Seen {
    screen: vt100::Parser,
    raw: Vec<u8>,
    closed: bool,
    /// True if the test closes the terminal.
    closing: bool,
}

fn size(rows: u16, cols: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

fn least_one(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).expect("a terminal has rows and columns")
}

impl Terminal {
    /// Starts the program in this folder. Its environment contains only these variables.
    pub(crate) fn start(arguments: &[&str], folder: &Path, variables: &[(&str, &str)], rows: u16, cols: u16) -> Self {
        Self::run(env!("CARGO_BIN_EXE_score-setup"), arguments, folder, variables, (rows, cols))
    }

    /// Starts any program, as `start` does.
    pub(crate) fn run(
        program: &str,
        arguments: &[&str],
        folder: &Path,
        variables: &[(&str, &str)],
        (rows, cols): (u16, u16),
    ) -> Self {
        let pair = native_pty_system().openpty(size(rows, cols)).unwrap();
        let mut command = CommandBuilder::new(program);
        command.env_clear();
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        for (name, value) in variables {
            command.env(name, value);
        }
        command.args(arguments);
        command.cwd(folder);
        let child = Started(pair.slave.spawn_command(command).unwrap());
        drop(pair.slave);
        // The parser needs a size, even if the terminal does not tell one.
        let screen = vt100::Parser::new(least_one(rows.max(1)), least_one(if cols == 0 { 80 } else { cols }), 0);
        let seen =
            Arc::new((Mutex::new(Seen { screen, raw: Vec::new(), closed: false, closing: false }), Condvar::new()));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let shared = Arc::clone(&seen);
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let read = reader.read(&mut buffer).unwrap_or(0);
                let mut seen = shared.0.lock().unwrap();
                seen.screen.process(&buffer[..read]);
                seen.raw.extend_from_slice(&buffer[..read]);
                seen.closed = read == 0;
                shared.1.notify_all();
                if read == 0 || seen.closing {
                    return;
                }
            }
        });
        Self { seen, keys: pair.master.take_writer().unwrap(), child, master: pair.master, reader }
    }

    /// Closes the terminal, as a cut connection does. Returns the exit code of the program.
    pub(crate) fn hang_up(self) -> u32 {
        self.seen.0.lock().unwrap().closing = true;
        // A new size makes the program draw, so the reader ends too.
        self.master.resize(size(30, 100)).unwrap();
        self.reader.join().unwrap();
        let Self { keys, master, mut child, .. } = self;
        drop((keys, master));
        let end = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = child.0.try_wait().unwrap() {
                return status.exit_code();
            }
            assert!(Instant::now() < end, "the program does not end");
            std::thread::yield_now();
        }
    }

    /// Returns the process group in the foreground of the terminal.
    pub(crate) fn foreground(&self) -> Option<i32> {
        self.master.process_group_leader()
    }

    /// Returns all output of the program.
    pub(crate) fn raw(&self) -> String {
        String::from_utf8_lossy(&self.seen.0.lock().unwrap().raw).into_owned()
    }

    pub(crate) fn screen<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(self.seen.0.lock().unwrap().screen.screen())
    }

    fn until(&self, what: &str, wanted: impl Fn(&Seen) -> bool) {
        let end = Instant::now() + DEADLINE;
        let mut seen = self.seen.0.lock().unwrap();
        while !wanted(&seen) {
            let left = end.saturating_duration_since(Instant::now());
            let closed = seen.closed;
            assert!(
                !left.is_zero() && !closed,
                "{what:?} was not seen; the screen:\n{}",
                seen.screen.screen().contents()
            );
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
    }

    /// Waits until this text is on the screen.
    pub(crate) fn shows(&self, text: &str) {
        self.until(text, |seen| seen.screen.screen().contents().contains(text));
    }

    /// Waits until the program has written nothing for 60 ms, so that a frame is whole. At most the deadline.
    pub(crate) fn rests(&self) {
        let end = Instant::now() + DEADLINE;
        let mut seen = self.seen.0.lock().unwrap();
        while Instant::now() < end && !seen.closed {
            let before = seen.raw.len();
            let waited = self.seen.1.wait_timeout(seen, Duration::from_millis(60)).unwrap();
            seen = waited.0;
            if waited.1.timed_out() && seen.raw.len() == before {
                return;
            }
        }
    }

    /// Waits until the output of the program is as wanted.
    pub(crate) fn until_raw(&self, wanted: impl Fn(&str) -> bool) {
        self.until("the output", |seen| wanted(&String::from_utf8_lossy(&seen.raw)));
    }

    /// Returns true if the program has closed the terminal.
    pub(crate) fn is_closed(&self) -> bool {
        self.seen.0.lock().unwrap().closed
    }

    /// Returns true if the screen becomes as wanted within 500 ms, the time for one key.
    pub(crate) fn soon(&self, wanted: impl Fn(&str) -> bool) -> bool {
        let end = Instant::now() + Duration::from_millis(500);
        let mut seen = self.seen.0.lock().unwrap();
        while !wanted(&seen.screen.screen().contents()) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
        true
    }

    /// Waits until the whole screen is as wanted.
    pub(crate) fn until_page(&self, wanted: impl Fn(&str) -> bool) {
        self.until("the page", |seen| wanted(&seen.screen.screen().contents()));
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    pub(crate) fn paste(&mut self, text: &str) {
        self.press(&format!("\x1b[200~{text}\x1b[201~"));
    }

    pub(crate) fn resize(&mut self, rows: u16, cols: u16) {
        self.seen.0.lock().unwrap().screen.screen_mut().set_size(least_one(rows), least_one(cols));
        self.master.resize(size(rows, cols)).unwrap();
    }

    pub(crate) fn process(&self) -> i32 {
        self.child.0.process_id().and_then(|id| i32::try_from(id).ok()).expect("a child has an id")
    }

    /// Waits until the program has ended. Returns its exit code.
    pub(crate) fn ended(&mut self) -> u32 {
        let end = Instant::now() + DEADLINE;
        let mut seen = self.seen.0.lock().unwrap();
        while !seen.closed {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "the program does not end; the screen:\n{}", seen.screen.screen().contents());
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
        drop(seen);
        self.child.0.wait().unwrap().exit_code()
    }
}

/// Ends the process of a failed test. A test that passed has seen it end.
struct Started(Box<dyn Child + Send + Sync>);

impl Drop for Started {
    fn drop(&mut self) {
        drop(self.0.kill());
    }
}
