//! Holds the lines of a page's body and its scroll position. Does not know the pages.

use std::ops::Range;

use ratatui::text::Line;

use crate::shell::tui::theme::CellRole;

pub(super) struct PageBody {
    pub(super) lines: Vec<Line<'static>>,
    /// The first lines, which do not scroll away if there is room for others.
    pub(super) pinned: usize,
    /// The lines that have to be visible: those of the focused element.
    pub(super) keep: Option<Range<usize>>,
    /// The column and line of the terminal's cursor.
    pub(super) cursor: Option<(usize, usize)>,
    /// The number of rows to choose from.
    pub(super) rows: usize,
    /// The line of help below the body.
    pub(super) help: (CellRole, String),
}

impl PageBody {
    pub(super) fn new(help: (CellRole, String)) -> Self {
        Self { lines: Vec::new(), pinned: 0, keep: None, cursor: None, rows: 0, help }
    }

    pub(super) fn push(&mut self, line: impl Into<Line<'static>>) {
        self.lines.push(line.into());
    }

    pub(super) fn gap(&mut self) {
        if !self.lines.is_empty() {
            self.lines.push(Line::default());
        }
    }

    /// Removes blank lines, the lowest first, until the page fits or none is left.
    pub(super) fn tighten(&mut self, height: usize) {
        let blank = |line: &Line<'_>| line.spans.iter().all(|span| span.content.trim().is_empty());
        while self.lines.len() > height {
            let Some(at) = self.lines.iter().rposition(blank) else { return };
            self.lines.remove(at);
            let up = |line: &mut usize| *line -= usize::from(*line > at);
            if let Some(keep) = &mut self.keep {
                up(&mut keep.start);
                up(&mut keep.end);
            }
            if let Some((_, row)) = &mut self.cursor {
                up(row);
            }
        }
    }

    /// Takes the lines that stay at the top while the others scroll. Returns none if all lines fit, or if these would fill
    /// the page.
    pub(super) fn take_pinned(&mut self, height: usize) -> Vec<Line<'static>> {
        if self.lines.len() <= height || self.pinned * 2 > height {
            return Vec::new();
        }
        let (pinned, rest) = self.lines.split_at(self.pinned.min(self.lines.len()));
        let (pinned, rest) = (pinned.to_vec(), rest.to_vec());
        self.lines = rest;
        let up = |line: &mut usize| *line = line.saturating_sub(pinned.len());
        if let Some(keep) = &mut self.keep {
            up(&mut keep.start);
            up(&mut keep.end);
        }
        if let Some((_, row)) = &mut self.cursor {
            up(row);
        }
        pinned
    }

    /// Returns the first line to show. Keeps the focused element visible, its beginning before its end.
    pub(super) fn scroll(&self, asked: usize, height: usize) -> usize {
        let hidden = self.lines.len().saturating_sub(height);
        let wanted = match &self.keep {
            // One more line stays visible, to show that the list continues.
            Some(keep) if keep.end.saturating_add(1).min(self.lines.len()) > height => {
                (keep.end.saturating_add(1).min(self.lines.len()) - height).min(keep.start)
            }
            Some(_) => 0,
            None => asked,
        };
        wanted.min(hidden)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_the_focus_is_in_view_its_beginning_first() {
        let mut body = PageBody::new((CellRole::Text, String::new()));
        body.lines = vec![Line::default(); 30];
        for (keep, height, first) in [(0..2, 10, 0), (12..14, 10, 5), (28..30, 10, 20), (5..25, 10, 5), (3..4, 40, 0)] {
            body.keep = Some(keep.clone());
            assert_eq!(body.scroll(0, height), first, "{keep:?} in {height}");
        }
        body.keep = None;
        assert_eq!((body.scroll(7, 10), body.scroll(99, 10)), (7, 20));
    }

    #[test]
    fn pinned_lines_stay_if_there_is_room_for_others() {
        for (pinned, height, taken, kept) in
            [(3, 10, 3, 17..19), (3, 5, 0, 20..22), (3, 30, 0, 20..22), (0, 10, 0, 20..22)]
        {
            let mut body = PageBody::new((CellRole::Text, String::new()));
            (body.lines, body.pinned, body.keep) = (vec![Line::default(); 30], pinned, Some(20..22));
            assert_eq!(body.take_pinned(height).len(), taken, "{pinned} in {height}");
            assert_eq!((body.lines.len(), body.keep), (30 - taken, Some(kept)), "{pinned} in {height}");
        }
    }
}
