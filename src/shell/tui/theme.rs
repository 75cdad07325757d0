//! Maps roles to styles, and characters to those that the terminal can show. Colour shows only a state, and every state
//! also has a symbol and a word. Does not know what is drawn.

use ratatui::{
    buffer::Buffer,
    style::{Color, Modifier, Style},
};

/// The meaning of a piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellRole {
    Text,
    Dim,
    Title,
    Focus,
    Ok,
    Warn,
    Fail,
}

impl CellRole {
    pub const ALL: [Self; 7] = [Self::Text, Self::Dim, Self::Title, Self::Focus, Self::Ok, Self::Warn, Self::Fail];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    pub colour: bool,
    /// True if the locale supports more than ASCII.
    pub unicode: bool,
}

impl Theme {
    /// Finds out from the locale which characters can be shown.
    pub fn detect(colour: bool, var: impl Fn(&str) -> Option<String>) -> Self {
        let given = |name| var(name).filter(|value| !value.is_empty());
        // The first of these variables that is set decides, as in setlocale(3).
        let locale =
            ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(given).unwrap_or_default().to_ascii_lowercase();
        Self { colour, unicode: locale.contains("utf-8") || locale.contains("utf8") }
    }

    #[must_use]
    pub fn style(self, role: CellRole) -> Style {
        let (colour, modifier) = match role {
            CellRole::Text => (None, Modifier::empty()),
            CellRole::Dim => (None, Modifier::DIM),
            CellRole::Title => (None, Modifier::BOLD),
            CellRole::Focus => (Some(Color::Cyan), Modifier::BOLD),
            CellRole::Ok => (Some(Color::Green), Modifier::empty()),
            CellRole::Warn => (Some(Color::Yellow), Modifier::empty()),
            CellRole::Fail => (Some(Color::Red), Modifier::BOLD),
        };
        let style = Style::new().add_modifier(modifier);
        match colour {
            Some(colour) if self.colour => style.fg(colour),
            _ => style,
        }
    }

    /// Replaces characters by ASCII if the terminal supports no others. Works cell by cell, so the layout stays.
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

/// The symbol of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellSymbol {
    Ok,
    Warn,
    Fail,
    /// Not started, or waiting for another check.
    Waiting,
    Running,
    NotProbed,
    /// It cannot be told.
    Unknown,
    /// Not reached yet.
    Open,
}

impl CellSymbol {
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Ok => "✓",
            Self::Warn => "!",
            Self::Fail => "✗",
            Self::Waiting => "○",
            Self::Running => "◐",
            Self::NotProbed => "–",
            Self::Unknown => "?",
            Self::Open => "·",
        }
    }

    #[must_use]
    pub fn role(self) -> CellRole {
        match self {
            Self::Ok => CellRole::Ok,
            Self::Warn | Self::Unknown => CellRole::Warn,
            Self::Fail => CellRole::Fail,
            Self::Running => CellRole::Focus,
            Self::Waiting | Self::NotProbed | Self::Open => CellRole::Dim,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unicode(vars: &[(&str, &str)]) -> bool {
        let var = |name: &str| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Theme::detect(true, var).unicode
    }

    #[test]
    fn the_locale_decides_about_marks() {
        for (vars, shown) in [
            (&[("LANG", "en_GB.UTF-8")][..], true),
            (&[("LANG", "C.utf8")], true),
            (&[("LC_ALL", "C"), ("LANG", "en_GB.UTF-8")], false),
            (&[("LC_ALL", ""), ("LANG", "en_GB.UTF-8")], true),
            (&[], false),
        ] {
            assert_eq!(unicode(vars), shown, "{vars:?}");
        }
    }

    #[test]
    fn without_colour_roles_still_differ_where_marks_do_not_tell() {
        let theme = Theme { colour: false, unicode: true };
        for role in CellRole::ALL {
            let style = theme.style(role);
            assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
        }
        assert_ne!(theme.style(CellRole::Focus), theme.style(CellRole::Text));
    }
}
