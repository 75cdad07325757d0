//! Asks with lists that move the cursor, by the crate inquire. What is typed is read as whole lines: inquire takes Ctrl-U
//! and Ctrl-W for letters of the text.

use std::{
    io::{self, Write},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use crossterm::event::{Event, KeyCode};
use inquire::{
    Confirm, InquireError, Select,
    ui::{RenderConfig, Styled},
};

use super::{
    ask::{Ask, Inquiry, PromptKind, PromptReply},
    lines::{SEVERAL, WholeLines},
    printer::Printer,
};
/// The lines around a list: the question, the help, and what was printed last.
const AROUND: usize = 6;

/// The time for keys that were pressed before the answer. Without any, crossterm 0.29 does not look at the keys that it has
/// read already (`event/source/unix/tty.rs`, `try_read`).
const EARLY: Duration = Duration::from_millis(5);

/// Asks on a terminal that moves its cursor.
pub(super) struct CursorLists {
    lines: WholeLines,
    printer: Printer,
}

impl CursorLists {
    pub(super) fn new(printer: Printer) -> Self {
        Self { lines: WholeLines::new(printer), printer }
    }

    fn looks(&self) -> RenderConfig<'static> {
        let looks = if self.printer.style.colour { RenderConfig::default_colored() } else { RenderConfig::empty() };
        looks.with_canceled_prompt_indicator(Styled::new("(back)"))
    }
}

/// True while the terminal was taken from an open list.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Restores the terminal, if a question has its cursor.
pub(super) fn restore() {
    if crossterm::terminal::is_raw_mode_enabled().unwrap_or(false) {
        INTERRUPTED.store(true, Ordering::SeqCst);
        let _ = crossterm::terminal::disable_raw_mode();
        // inquire draws on standard error.
        let _ = crossterm::execute!(io::stderr(), crossterm::event::DisableBracketedPaste, crossterm::cursor::Show);
        let _ = io::stderr().write_all(b"\n");
    }
}

/// Gives the terminal back to an open list after the program was stopped.
pub(super) fn resume() {
    if INTERRUPTED.swap(false, Ordering::SeqCst) {
        let _ = crossterm::terminal::enable_raw_mode();
    }
}

/// Discards the keys that were pressed before the list was answered and not read by it. They were not meant for the next
/// question, which may ask for a secret. Returns true if there were letters.
fn discard_early_keys() -> bool {
    let mut some = false;
    while crossterm::event::poll(EARLY).unwrap_or(false) {
        match crossterm::event::read() {
            Ok(Event::Key(key)) => some |= matches!(key.code, KeyCode::Char(_)),
            Ok(_) => {}
            Err(_) => break,
        }
    }
    some
}

impl Ask for CursorLists {
    fn ask(&mut self, question: &Inquiry) -> io::Result<PromptReply> {
        if matches!(question.kind, PromptKind::Text { .. } | PromptKind::Secret { .. } | PromptKind::Page) {
            return self.lines.ask(question);
        }
        loop {
            let reply = self.list(question);
            let early = discard_early_keys();
            if !(early || self.lines.further().is_some())
                || !matches!(reply, Ok(PromptReply::Chosen(_) | PromptReply::Confirmed(_)))
            {
                return reply;
            }
            // A pasted text chooses nothing, and above all confirms nothing.
            self.printer.say(2, SEVERAL);
        }
    }
}

impl CursorLists {
    /// Asks a question with a list.
    fn list(&self, question: &Inquiry) -> io::Result<PromptReply> {
        let words = |text: &str| self.printer.words(text);
        let (label, help) = (words(&question.label), words(&question.help));
        let back = "Esc goes back";
        let help = if help.is_empty() { back.to_owned() } else { format!("{help} {back}.") };
        let reply = match &question.kind {
            PromptKind::Text { .. } | PromptKind::Secret { .. } | PromptKind::Page => return Ok(PromptReply::Kept),
            PromptKind::Choice { rows, default } => {
                let width = rows.len().to_string().len();
                let rows: Vec<String> = rows
                    .iter()
                    .enumerate()
                    .map(|(at, row)| words(&format!("{:>width$}. {}", at + 1, row.shown)))
                    .collect();
                let height = crossterm::terminal::size().map_or(24, |(_, rows)| usize::from(rows));
                let select = Select::new(&label, rows)
                    .with_render_config(self.looks())
                    .with_help_message(&help)
                    .with_page_size(height.saturating_sub(AROUND).clamp(3, 15))
                    .with_starting_cursor(default.unwrap_or(0));
                select.raw_prompt().map(|row| PromptReply::Chosen(row.index))
            }
            PromptKind::Confirm { default } => Confirm::new(&label)
                .with_render_config(self.looks())
                .with_help_message(&help)
                .with_default(*default)
                .prompt()
                .map(PromptReply::Confirmed),
        };
        match reply {
            Ok(reply) => Ok(reply),
            Err(InquireError::OperationCanceled) => Ok(PromptReply::Back),
            Err(InquireError::OperationInterrupted) => Ok(PromptReply::Leave),
            Err(InquireError::IO(error)) => Err(error),
            Err(error) => Err(io::Error::other(error.to_string())),
        }
    }
}
