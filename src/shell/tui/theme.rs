//! Maps roles to styles, and characters to those that the terminal can show. Colour shows only a state, and every state
//! also has a symbol and a word. Does not know what is drawn.

use ratatui::{
    buffer::{Buffer, Cell},
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

    /// Replaces characters by ASCII if the terminal supports no others. Works cell by cell, so the layout stays; only an
    /// ellipsis becomes three points where blanks follow its text.
    pub fn finish(self, buffer: &mut Buffer) {
        if self.unicode {
            return;
        }
        let columns = usize::from(buffer.area.width).max(1);
        buffer.content.chunks_mut(columns).for_each(spell_ellipses);
        for cell in &mut buffer.content {
            if !cell.symbol().is_ascii() {
                let plain = ASCII.iter().find(|(from, _)| *from == cell.symbol()).map_or("?", |(_, to)| to);
                cell.set_symbol(plain);
            }
        }
    }
}

/// Writes the ellipses of a row as three points. The text after an ellipsis moves into the blanks behind it; where there
/// are too few, and at the beginning of a word, the ellipsis stays one cell.
fn spell_ellipses(row: &mut [Cell]) {
    for at in 0..row.len() {
        let Some((ellipsis, rest)) = row.get_mut(at..).and_then(<[Cell]>::split_first_mut) else { return };
        let begins = rest.first().is_some_and(|next| next.symbol().starts_with(char::is_alphanumeric));
        if ellipsis.symbol() != "…" || begins {
            continue;
        }
        let blank = |cell: &Cell| cell.symbol() == " ";
        let Some(start) = rest.windows(2).position(|pair| pair.iter().all(blank)) else { continue };
        let blanks = rest.iter().skip(start).take_while(|cell| blank(cell)).count();
        // Two blanks stay in front of other text.
        let ends = start + blanks == rest.len();
        if !ends && blanks < 4 {
            continue;
        }
        ellipsis.set_symbol(".");
        let point = ellipsis.clone();
        if let Some(moved) = rest.get_mut(..start + 2) {
            moved.rotate_right(2);
            moved.iter_mut().take(2).for_each(|cell| *cell = point.clone());
        }
    }
}

#[rustfmt::skip]
const ASCII: &[(&str, &str)] = &[
    ("✓", "+"), ("✗", "x"), ("▸", ">"), ("○", "o"), ("·", "."), ("•", "*"), ("●", "O"), ("─", "-"), ("│", "|"),
    ("┌", "+"), ("┐", "+"), ("└", "+"), ("┘", "+"), ("–", "-"), ("—", "-"), ("−", "-"), ("…", "."), ("×", "x"),
    ("≥", ">"), ("≤", "<"), ("←", "<"), ("→", ">"), ("↑", "^"), ("↓", "v"),
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
    fn an_ellipsis_is_three_points_where_there_is_room() {
        let theme = Theme { colour: false, unicode: false };
        for (text, plain) in [
            ("looking …   ", "looking ... "),
            ("cut…     next", "cut...   next"),
            ("cut…  next", "cut.  next"),
            ("(set …, …)    |", "(set ..., .)  |"),
            ("…end of a path   ", ".end of a path   "),
            ("x … 3 lines above    ", "x ... 3 lines above  "),
            ("full…", "full."),
        ] {
            let mut buffer = Buffer::with_lines([text]);
            theme.finish(&mut buffer);
            assert_eq!(buffer, Buffer::with_lines([plain]));
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
