//! Asks in whole lines. The terminal itself edits the line, so Ctrl-U, Ctrl-W, backspace and characters of several bytes
//! act as everywhere. Never prints an escape sequence, and never prints a secret.

use std::{
    io::{self, IsTerminal},
    sync::{Mutex, PoisonError},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::{Errno, read, retry_on_intr},
    termios::{
        InputModes, LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr,
        tcsetattr,
    },
};
use zeroize::Zeroizing;

use super::{
    ask::{Ask, Inquiry, PromptKind, PromptReply, PromptRow},
    printer::{self, Printer},
};
use crate::{answers::pasted, text::visible, wizard::field::matches};

/// The longest line, in bytes. No answer is longer.
const LONGEST: usize = 8192;

/// The bytes that are read at once.
const CHUNK: usize = 4096;

/// The time that the rest of a pasted text needs to arrive.
const REST: Timespec = Timespec { tv_sec: 0, tv_nsec: 30_000_000 };

/// The most bytes of further lines that are waited for.
const MOST: usize = 1 << 20;

const DISCARDED: &str = "The pasted text had further lines. They were discarded.";

/// The refusal of several lines in the place of one answer.
pub(super) const SEVERAL: &str =
    "The pasted text has several lines. Only one line can be the answer, so all of them were discarded.";

/// The line that ends a text of several lines.
const END: &str = ".";

/// The marks that a terminal puts around a pasted text if the shell before this program asked for them.
const PASTED: [&str; 2] = ["\u{1b}[200~", "\u{1b}[201~"];

/// Asks on standard input and standard output.
pub(super) struct WholeLines {
    printer: Printer,
    /// True if a person types. Otherwise a wrong answer cannot be repeated.
    terminal: bool,
    /// The bytes that were read after the last line.
    rest: Zeroizing<Vec<u8>>,
}

/// The result of reading a line.
enum LineRead {
    Read(Zeroizing<String>),
    Wrong(&'static str),
    End,
}

impl WholeLines {
    pub(super) fn new(printer: Printer) -> Self {
        Self { printer, terminal: io::stdin().is_terminal(), rest: Zeroizing::new(Vec::with_capacity(LONGEST + CHUNK)) }
    }

    /// Sets the terminal for lines that it shows or hides.
    fn mode(&self, hidden: bool) -> io::Result<Option<TerminalMode>> {
        self.terminal.then(|| TerminalMode::set(hidden)).transpose()
    }

    /// Reads one line.
    fn line(&mut self) -> io::Result<LineRead> {
        let line = self.bytes();
        if !self.terminal {
            // On a terminal, the key Enter ends the line of the question.
            printer::gap();
        }
        let Some(bytes) = line? else { return Ok(LineRead::End) };
        if bytes.len() > LONGEST {
            return Ok(LineRead::Wrong("The line is too long for an answer."));
        }
        let Ok(text) = std::str::from_utf8(&bytes) else {
            return Ok(LineRead::Wrong("The line is not text in UTF-8."));
        };
        let mut text = Zeroizing::new(text.to_owned());
        for mark in PASTED {
            text = Zeroizing::new(text.replace(mark, ""));
        }
        Ok(LineRead::Read(text))
    }

    /// Reads the bytes up to the end of the line. `None` at the end of the input.
    fn bytes(&mut self) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        loop {
            if let Some(at) = self.rest.iter().position(|byte| *byte == b'\n') {
                let mut line: Zeroizing<Vec<u8>> = Zeroizing::new(self.rest.drain(..=at).collect());
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(Some(line));
            }
            if self.rest.len() > LONGEST {
                return Ok(Some(std::mem::take(&mut self.rest)));
            }
            let mut chunk = Zeroizing::new([0; CHUNK]);
            match retry_on_intr(|| read(io::stdin(), &mut *chunk)) {
                // A lost terminal reads as an error.
                Ok(0) | Err(Errno::IO) => {
                    return Ok((!self.rest.is_empty()).then(|| std::mem::take(&mut self.rest)));
                }
                Ok(length) => self.rest.extend_from_slice(chunk.get(..length).unwrap_or_default()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Takes the further lines of a pasted text, so that no part of it answers the next question or is shown there. They
    /// arrive faster than a person types. `None` if there are none.
    pub(super) fn further(&mut self) -> Option<Zeroizing<Vec<u8>>> {
        let stdin = io::stdin();
        let before = tcgetattr(&stdin).ok().filter(|_| self.terminal)?;
        // A line that has not ended yet cannot be read, and is not shown here.
        let mut reading = before.clone();
        reading.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ECHONL);
        reading.special_codes[SpecialCodeIndex::VMIN] = 1;
        reading.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(&stdin, OptionalActions::Now, &reading).ok()?;
        let mut lines = Zeroizing::new(Vec::with_capacity(pasted::LONGEST + CHUNK));
        lines.append(&mut self.rest);
        let mut all = lines.len();
        while poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&REST)).is_ok_and(|ready| ready > 0) {
            let mut chunk = Zeroizing::new([0; CHUNK]);
            let Ok(length) = retry_on_intr(|| read(&stdin, &mut *chunk)) else { break };
            all += length;
            if length == 0 || all > MOST {
                let _ = tcflush(&stdin, QueueSelector::IFlush);
                break;
            }
            if lines.len() <= pasted::LONGEST {
                lines.extend_from_slice(chunk.get(..length).unwrap_or_default());
            }
        }
        let _ = tcsetattr(&stdin, OptionalActions::Now, &before);
        (!lines.trim_ascii().is_empty()).then_some(lines)
    }

    /// Returns the pasted text of a question that takes several answers, if it names some.
    fn several(question: &Inquiry, line: &LineRead, further: &[u8]) -> Option<Zeroizing<String>> {
        let (PromptKind::Text { several: true, .. }, LineRead::Read(line)) = (&question.kind, line) else {
            return None;
        };
        let mut whole = Zeroizing::new(String::with_capacity(line.len() + further.len() + 1));
        whole.push_str(line);
        whole.push('\n');
        whole.push_str(std::str::from_utf8(further).ok()?);
        for mark in PASTED {
            whole = Zeroizing::new(whole.replace(mark, ""));
        }
        (whole.len() <= pasted::LONGEST && pasted::several(&whole).is_some()).then_some(whole)
    }

    /// Reads a text of several lines, up to a line with a full stop.
    fn page(&mut self) -> io::Result<PromptReply> {
        let mut page = Zeroizing::new(String::with_capacity(pasted::LONGEST + 1));
        loop {
            match self.line()? {
                LineRead::End if page.is_empty() && !self.terminal => return Ok(PromptReply::End),
                LineRead::End => break,
                LineRead::Wrong(why) => return Ok(PromptReply::Wrong(why)),
                LineRead::Read(line) if line.trim() == END => break,
                LineRead::Read(line) if line.trim() == "<" => return Ok(PromptReply::Back),
                LineRead::Read(line) if page.len() + line.len() < pasted::LONGEST => {
                    page.push_str(&line);
                    page.push('\n');
                }
                LineRead::Read(_) => return Ok(PromptReply::Wrong("The text is longer than 64 KiB.")),
            }
        }
        Ok(if page.trim().is_empty() { PromptReply::Kept } else { PromptReply::Given(page) })
    }

    /// Prints the question, without its rows if they were printed before. The cursor stays behind it.
    fn print(&self, question: &Inquiry, again: bool) {
        let label = self.printer.words(&question.label);
        let asked = match &question.kind {
            PromptKind::Text { shown, .. } if !shown.is_empty() => format!("{label} [{}]: ", visible(shown)),
            PromptKind::Text { example, .. } if !example.is_empty() => format!("{label} ({example}): "),
            PromptKind::Text { .. } => format!("{label}: "),
            PromptKind::Secret { empty: "" } => format!("{label} (not shown): "),
            PromptKind::Secret { empty } => format!("{label} (not shown; empty: {empty}): "),
            PromptKind::Page => {
                self.printer.say(0, &format!("{label} It is not shown. End it with a line that has only a full stop."));
                String::new()
            }
            PromptKind::Choice { rows, default } => {
                let rows = if again { &[][..] } else { rows };
                if !again {
                    self.printer.say(0, &question.label);
                }
                let width = rows.len().to_string().len();
                for (at, row) in rows.iter().enumerate() {
                    printer::print(&hanging(
                        &self.printer.lines(width + 4, &row.shown),
                        &format!("  {:>width$}. ", at + 1),
                    ));
                }
                let default = default.map_or(String::new(), |at| format!(" [{}]", at + 1));
                format!("Number or name{default}: ")
            }
            PromptKind::Confirm { default } => format!("{label} (yes or no) [{}]: ", word(*default)),
        };
        printer::print(&self.printer.words(&asked));
    }

    /// Reads the answer from a line. `Err`: the reason why it is not an answer.
    fn reply(question: &Inquiry, mut line: Zeroizing<String>) -> Result<PromptReply, &'static str> {
        if line.chars().any(char::is_control) {
            return Err("The line has a control character, such as that of an arrow key. Type the answer again.");
        }
        let said = line.trim();
        match (&question.kind, said) {
            (PromptKind::Choice { default: None, .. }, "") => Err("Type the number of a row."),
            (PromptKind::Choice { default: Some(at), .. }, "") => Ok(PromptReply::Chosen(*at)),
            (PromptKind::Choice { rows, .. }, said) => chosen(rows, said).map(PromptReply::Chosen),
            (PromptKind::Confirm { default }, "") => Ok(PromptReply::Confirmed(*default)),
            (PromptKind::Confirm { .. }, said) => match said.to_ascii_lowercase().as_str() {
                "y" | "yes" => Ok(PromptReply::Confirmed(true)),
                "n" | "no" => Ok(PromptReply::Confirmed(false)),
                _ => Err("Type yes or no."),
            },
            (_, "") => Ok(PromptReply::Kept),
            _ => Ok(PromptReply::Given(Zeroizing::new(std::mem::take(&mut *line)))),
        }
    }
}

/// Returns the index of the row that is named by its number, its name, or a part of its name.
fn chosen(rows: &[PromptRow], said: &str) -> Result<usize, &'static str> {
    if let Ok(number) = said.parse::<usize>() {
        return match number.checked_sub(1).filter(|at| *at < rows.len()) {
            Some(at) => Ok(at),
            None => Err("No row has this number."),
        };
    }
    let same = |row: &PromptRow| row.value.eq_ignore_ascii_case(said) || row.shown.eq_ignore_ascii_case(said);
    if let Some(at) = rows.iter().position(same) {
        return Ok(at);
    }
    let mut parts = rows.iter().enumerate().filter(|(_, row)| matches(said, &row.shown)).map(|(at, _)| at);
    match (parts.next(), parts.next()) {
        (Some(at), None) => Ok(at),
        (Some(_), Some(_)) => Err("Several rows contain this text. Type the number of one."),
        (None, _) => Err("No row contains this text. Type the number of a row."),
    }
}

/// Puts the number of a row in the place of the first indent.
fn hanging(lines: &str, number: &str) -> String {
    format!("{number}{}", lines.trim_start())
}

fn word(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

impl Ask for WholeLines {
    fn ask(&mut self, question: &Inquiry) -> io::Result<PromptReply> {
        let mut again = false;
        loop {
            let secret = matches!(question.kind, PromptKind::Secret { .. });
            // The terminal hides a secret before it is asked for, so that no letter of a quick answer is shown.
            let mode = self.mode(secret || matches!(question.kind, PromptKind::Page))?;
            self.print(question, again);
            again = true;
            if matches!(question.kind, PromptKind::Page) {
                let reply = self.page();
                let further = self.further();
                drop(mode);
                if further.is_some() {
                    self.printer.say(2, DISCARDED);
                }
                match reply? {
                    PromptReply::Wrong(why) if self.terminal => self.printer.say(2, why),
                    reply => return Ok(reply),
                }
                continue;
            }
            let line = self.line()?;
            let further = self.further();
            drop(mode);
            let discarded = secret && further.is_some();
            if let Some(further) = further.filter(|_| !secret && !matches!(line, LineRead::End)) {
                if let Some(whole) = Self::several(question, &line, &further) {
                    return Ok(PromptReply::Given(whole));
                }
                self.printer.say(2, SEVERAL);
                continue;
            }
            let line = match line {
                LineRead::End => return Ok(PromptReply::End),
                LineRead::Wrong(why) => Err(why),
                LineRead::Read(line) => match line.trim() {
                    "?" => {
                        let help =
                            if question.help.is_empty() { "Type an answer, then Enter." } else { &question.help };
                        self.printer.say(2, help);
                        self.printer.say(2, "If brackets show an answer, an empty line takes it. < goes back.");
                        continue;
                    }
                    "<" => return Ok(PromptReply::Back),
                    _ => Self::reply(question, line),
                },
            };
            if discarded {
                self.printer.say(2, DISCARDED);
            }
            match line {
                Ok(reply) => return Ok(reply),
                Err(why) if self.terminal => self.printer.say(2, why),
                Err(why) => return Ok(PromptReply::Wrong(why)),
            }
        }
    }
}

/// The modes of the terminal from before a line is read, and while it is read.
static MODES: Mutex<Option<[Termios; 2]>> = Mutex::new(None);

/// Sets the terminal for one line, until it is dropped.
struct TerminalMode;

impl TerminalMode {
    fn set(hidden: bool) -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut reading = before.clone();
        reading.input_modes |= InputModes::ICRNL;
        // Without this mode, backspace removes only one byte of a character.
        #[cfg(any(target_os = "linux", target_os = "macos"))]
        reading.input_modes.insert(InputModes::IUTF8);
        reading.local_modes |= LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN | LocalModes::ECHONL;
        reading.local_modes.set(LocalModes::ECHO, !hidden);
        let mut modes = MODES.lock().unwrap_or_else(PoisonError::into_inner);
        tcsetattr(io::stdin(), OptionalActions::Drain, &reading)?;
        *modes = Some([before, reading]);
        Ok(Self)
    }
}

impl Drop for TerminalMode {
    fn drop(&mut self) {
        set_mode(0, OptionalActions::Now);
        *MODES.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Restores the terminal, if a line is being read. What was typed of it is discarded: it may be a part of a secret, and
/// the shell would show it. Ignores errors: a closed terminal needs no restoring.
pub(super) fn restore() {
    set_mode(0, OptionalActions::Flush);
}

/// Sets the terminal again after the shell has changed it, if a line is being read.
pub(super) fn resume() {
    set_mode(1, OptionalActions::Now);
}

fn set_mode(at: usize, action: OptionalActions) {
    let modes = MODES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(mode) = modes.as_ref().and_then(|modes| modes.get(at)) {
        let _ = tcsetattr(io::stdin(), action, mode);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_named_by_its_number_its_name_or_a_part_that_only_it_has() {
        let row = |value: &str, shown: &str| PromptRow { value: value.into(), shown: shown.into() };
        let rows = [row("aws", "AWS S3"), row("minio", "MinIO"), row("other", "Other S3-compatible store")];
        for (said, found) in [
            ("2", Ok(1)),
            ("minio", Ok(1)),
            ("AWS s3", Ok(0)),
            ("compat", Ok(2)),
            ("0", Err("No row has this number.")),
            ("4", Err("No row has this number.")),
            ("s3", Err("Several rows contain this text. Type the number of one.")),
            ("ceph", Err("No row contains this text. Type the number of a row.")),
        ] {
            assert_eq!(chosen(&rows, said), found, "{said}");
        }
    }
}
