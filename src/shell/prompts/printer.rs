//! Prints on the plain terminal: whole lines, wrapped at words where the terminal has a width. Never moves the cursor.

use std::io::{self, IsTerminal, Write};

use crate::shell::{
    batch::text::{StatusSymbol, Style},
    tui::text,
};

/// The widest line. Longer lines are hard to read.
const WIDEST: usize = 100;

#[derive(Debug, Clone, Copy)]
pub(super) struct Printer {
    pub(super) style: Style,
    /// The columns of a line. `None`: lines are not wrapped.
    columns: Option<usize>,
}

impl Printer {
    /// Returns the printer of standard output.
    pub(super) fn new(style: Style) -> Self {
        let size = io::stdout().is_terminal().then(|| rustix::termios::tcgetwinsize(io::stdout()).ok()).flatten();
        let columns = size.map(|size| usize::from(size.ws_col)).filter(|columns| *columns >= 20);
        Self { style, columns: columns.map(|columns| columns.min(WIDEST) - 1) }
    }

    /// Adapts a text to the characters of the locale. Names and values in it cannot act on the terminal.
    pub(super) fn words(self, text: &str) -> String {
        let words = self.style.words(text);
        if self.style.unicode { words } else { words.replace('•', "*") }
    }

    /// Prints a paragraph, each line after this indent.
    pub(super) fn say(self, indent: usize, words: &str) {
        print(&self.lines(indent, words));
    }

    /// Formats a paragraph, each line after this indent.
    pub(super) fn lines(self, indent: usize, words: &str) -> String {
        let words = self.words(words);
        let lines = match self.columns {
            Some(columns) => text::wrap(&words, columns.saturating_sub(indent)),
            None => words.lines().map(ToOwned::to_owned).collect(),
        };
        lines.iter().map(|line| format!("{:indent$}{line}", "").trim_end().to_owned() + "\n").collect()
    }

    /// Prints a result after its mark.
    pub(super) fn result(self, mark: StatusSymbol, words: &str) {
        let said = match self.columns {
            Some(columns) => text::wrap(&self.words(words), columns.saturating_sub(5)).join("\n"),
            None => self.words(words),
        };
        let indent = if self.style.unicode { "\n  " } else { "\n     " };
        let marked = self.style.marked(mark, &said).replace('\n', indent);
        print(&format!("{marked}\n"));
    }
}

/// Prints text as it is. Ignores write errors: a lost terminal is an operator who left.
pub(super) fn print(text: &str) {
    let mut out = io::stdout();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

/// Prints an empty line.
pub(super) fn gap() {
    print("\n");
}
