//! How a role looks on this terminal, and which characters it can show. Colour means state only, and every state has a
//! mark and a word beside it. Knows nothing of what is drawn.

use ratatui::{
    buffer::Buffer,
    style::{Color, Modifier, Style},
};

/// What a piece of text is to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Text,
    Dim,
    Title,
    Focus,
    Ok,
    Warn,
    Fail,
}

impl Role {
    pub const ALL: [Self; 7] = [Self::Text, Self::Dim, Self::Title, Self::Focus, Self::Ok, Self::Warn, Self::Fail];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    pub colour: bool,
    /// Whether the locale shows more than ASCII.
    pub unicode: bool,
}

impl Theme {
    /// By the variables of the environment. `NO_COLOR` counts when it is not empty (no-color.org).
    pub fn detect(var: impl Fn(&str) -> Option<String>) -> Self {
        let given = |name| var(name).filter(|value| !value.is_empty());
        // The first of these that is set decides, as setlocale(3) has it.
        let locale =
            ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(given).unwrap_or_default().to_ascii_lowercase();
        Self {
            colour: given("NO_COLOR").is_none() && given("TERM").is_none_or(|term| term != "dumb"),
            unicode: locale.contains("utf-8") || locale.contains("utf8"),
        }
    }

    #[must_use]
    pub fn style(self, role: Role) -> Style {
        let (colour, modifier) = match role {
            Role::Text => (None, Modifier::empty()),
            Role::Dim => (None, Modifier::DIM),
            Role::Title => (None, Modifier::BOLD),
            Role::Focus => (Some(Color::Cyan), Modifier::BOLD),
            Role::Ok => (Some(Color::Green), Modifier::empty()),
            Role::Warn => (Some(Color::Yellow), Modifier::empty()),
            Role::Fail => (Some(Color::Red), Modifier::BOLD),
        };
        let style = Style::new().add_modifier(modifier);
        match colour {
            Some(colour) if self.colour => style.fg(colour),
            _ => style,
        }
    }

    /// Brings what was drawn down to ASCII where the terminal shows no more, cell by cell, so that nothing moves.
    pub fn finish(self, buffer: &mut Buffer) {
        if self.unicode {
            return;
        }
        for cell in &mut buffer.content {
            if !cell.symbol().is_ascii() {
                let plain = ASCII.iter().find(|(from, _)| *from == cell.symbol()).map_or("?", |(_, to)| to);
                cell.set_symbol(plain);
            }
        }
    }
}

#[rustfmt::skip]
const ASCII: &[(&str, &str)] = &[
    ("✓", "+"), ("✗", "x"), ("▸", ">"), ("○", "o"), ("·", "."), ("•", "*"), ("●", "O"), ("─", "-"), ("│", "|"),
    ("┌", "+"), ("┐", "+"), ("└", "+"), ("┘", "+"), ("–", "-"), ("—", "-"), ("−", "-"), ("…", "."), ("×", "x"),
    ("≥", ">"), ("≤", "<"), ("←", "<"), ("→", ">"), ("↑", "^"), ("↓", "v"), ("⏎", "E"), ("⇥", "T"), ("⇧", "S"),
    ("◐", "|"), ("◓", "/"), ("◑", "-"), ("◒", "\\"), ("\u{a0}", " "), ("’", "'"), ("“", "\""), ("”", "\""),
    ("é", "e"), ("µ", "u"), ("░", " "), ("█", "#"), ("┃", "|"), ("⋮", ":"), ("\u{fffd}", "?"), ("▏", "|"), ("‹", "<"), ("›", ">"),
];

/// A state's mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Ok,
    Warn,
    Fail,
    /// Has not begun, or waits for another.
    Waiting,
    /// The turn of the spinner.
    Running(usize),
    NotProbed,
}

impl Mark {
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Ok => "✓",
            Self::Warn => "!",
            Self::Fail => "✗",
            Self::Waiting => "○",
            Self::Running(turn) => ["◐", "◓", "◑", "◒"][turn % 4],
            Self::NotProbed => "–",
        }
    }

    #[must_use]
    pub fn role(self) -> Role {
        match self {
            Self::Ok => Role::Ok,
            Self::Warn => Role::Warn,
            Self::Fail => Role::Fail,
            Self::Running(_) => Role::Focus,
            Self::Waiting | Self::NotProbed => Role::Dim,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(vars: &[(&str, &str)]) -> Theme {
        Theme::detect(|name| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_environment_decides_about_colour_and_marks() {
        for (vars, colour, unicode) in [
            (&[("TERM", "xterm"), ("LANG", "en_GB.UTF-8")][..], true, true),
            (&[("NO_COLOR", "1"), ("LANG", "C.utf8")], false, true),
            (&[("NO_COLOR", "")], true, false),
            (&[("TERM", "dumb")], false, false),
            (&[("LC_ALL", "C"), ("LANG", "en_GB.UTF-8")], true, false),
        ] {
            assert_eq!(detect(vars), Theme { colour, unicode }, "{vars:?}");
        }
    }

    #[test]
    fn without_colour_roles_still_differ_where_marks_do_not_tell() {
        let theme = Theme { colour: false, unicode: true };
        for role in Role::ALL {
            let style = theme.style(role);
            assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
        }
        assert_ne!(theme.style(Role::Focus), theme.style(Role::Text));
    }
}
