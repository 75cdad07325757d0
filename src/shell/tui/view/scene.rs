//! The input for drawing a page: the state, the theme, the size. Also the box for a question.

use std::time::Instant;

use chrono::{DateTime, Local};
use ratatui::{
    Frame,
    layout::{Alignment, Constraint, Rect},
    text::{Line, Span},
    widgets::{Block, Clear, Paragraph},
};

use crate::{
    shell::tui::{
        theme::{CellRole, Theme},
        ui::Ui,
    },
    wizard::State,
};

/// The smallest size at which a page can be read.
pub const LEAST: (u16, u16) = (60, 16);

/// The source of the local time. Called only by pages that show dates.
pub type Calendar = fn() -> DateTime<Local>;

/// The input for drawing a page.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    pub state: &'a State,
    pub ui: &'a Ui,
    pub theme: Theme,
    pub now: Instant,
    pub calendar: Calendar,
    /// The width of the whole screen.
    pub columns: usize,
    /// The width of the body.
    pub width: usize,
    pub height: usize,
}

impl Scene<'_> {
    /// Returns what this session has touched so far, in one sentence.
    pub(crate) fn touched(&self) -> &'static str {
        let state = self.state;
        match (state.wrote(), state.run.is_some() || state.background.is_some()) {
            (true, _) => "Files were written in this session.",
            (false, true) => "The store was contacted. No file is changed yet.",
            (false, false) => "Nothing is contacted or changed yet.",
        }
    }

    /// Returns the name of the Enter key.
    pub(crate) fn enter(&self) -> &'static str {
        if self.theme.unicode { "⏎" } else { "Enter" }
    }

    pub(crate) fn span(&self, role: CellRole, text: impl Into<String>) -> Span<'static> {
        Span::styled(text.into(), self.theme.style(role))
    }

    pub(crate) fn line(&self, role: CellRole, text: impl Into<String>) -> Line<'static> {
        Line::from(self.span(role, text))
    }
}

/// Converts to a number of columns or rows.
pub(super) fn clip(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

/// Draws lines from the scroll position on, and says how many follow below. Returns the number of lines that do not fit.
pub(super) fn scrolled(
    frame: &mut Frame<'_>,
    theme: Theme,
    lines: Vec<Line<'static>>,
    area: Rect,
    scroll: usize,
) -> usize {
    let hidden = lines.len().saturating_sub(area.height.into());
    let scroll = scroll.min(hidden);
    frame.render_widget(Paragraph::new(lines).scroll((clip(scroll), 0)), area);
    let below = hidden - scroll;
    if below > 0 && area.height > 2 {
        let last = Rect { y: area.bottom() - 1, height: 1, ..area };
        frame.render_widget(Clear, last);
        let more = format!("   ↓ {} more lines", below + 1);
        frame.render_widget(Span::styled(more, theme.style(CellRole::Focus)), last);
    }
    hidden
}

/// A box on top of the page.
pub(super) struct Question {
    pub(super) title: String,
    pub(super) role: CellRole,
    pub(super) lines: Vec<Line<'static>>,
}

impl Question {
    /// Draws the box in the middle. Returns its area, and the number of lines that do not fit.
    pub(super) fn draw(self, frame: &mut Frame<'_>, theme: Theme, scroll: usize) -> (Rect, usize) {
        let area = frame.area();
        let height = clip(self.lines.len() + 2).min(area.height.saturating_sub(2));
        let spot = area.centered(Constraint::Length(LEAST.0 - 2), Constraint::Length(height));
        let hidden = self.lines.len().saturating_sub(usize::from(height.saturating_sub(2)));
        let block = Block::bordered()
            .border_style(theme.style(self.role))
            .title(Span::styled(format!(" {} ", self.title), theme.style(CellRole::Title)))
            .title_alignment(Alignment::Left);
        let inside = block.inner(spot);
        frame.render_widget(Clear, spot);
        frame.render_widget(block, spot);
        let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
        scrolled(frame, theme, self.lines, inside, scroll);
        (spot, hidden)
    }
}
