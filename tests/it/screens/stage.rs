//! Runs the wizard without a performer: the test presses the keys and sends the events.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use chrono::{DateTime, Local, TimeZone};
use crossterm::event::{Event as Terminal, KeyEvent};
use ratatui::{Terminal as Screen, backend::TestBackend, buffer::Buffer};
use score_setup::{
    answers::draft::{Origin, Text},
    forms::Base,
    install::deployment::Deployment,
    score::Release,
    shell::tui::{Input, Shell, theme::Theme, view::PageParts},
    store::checks::{News, Outcome},
    wizard::{Effect, Event, State},
};

use super::{cells, keys};

pub(super) const COLOUR: Theme = Theme { colour: true, unicode: true };

pub(super) struct Stage {
    pub(super) shell: Shell,
    pub(super) now: Instant,
}

impl Stage {
    /// Returns the wizard as it begins, with nothing opened.
    pub(super) fn of(state: State, theme: Theme) -> Self {
        Self { shell: Shell::new(state, theme, calendar), now: Instant::now() }
    }

    pub(super) fn state(&self) -> &State {
        self.shell.state()
    }

    pub(super) fn happens(&mut self, event: Event) -> Vec<Effect> {
        self.shell.take(Input::Happened(event), self.now)
    }

    /// Presses the keys of a line; returns the effects of the last one.
    pub(super) fn keys(&mut self, line: &str) -> Vec<Effect> {
        keys::inputs(line).into_iter().map(|input| self.input(input)).last().unwrap_or_default()
    }

    /// Takes an input after a frame: keys act on what is shown.
    pub(super) fn input(&mut self, input: Input) -> Vec<Effect> {
        self.draw((80, 24));
        self.shell.take(input, self.now)
    }

    /// Presses a key before the next frame.
    pub(super) fn type_ahead(&mut self, key: KeyEvent) -> Vec<Effect> {
        self.shell.take(Input::Terminal(Terminal::Key(key)), self.now)
    }

    pub(super) fn pastes(&mut self, text: &str) {
        self.shell.take(Input::Terminal(Terminal::Paste(text.into())), self.now);
    }

    pub(super) fn answers(&mut self, key: &'static str, answer: &str) {
        self.happens(Event::Answered { key, text: Text::Plain(answer.into()), origin: Origin::Typed });
    }

    /// Opens a file of that text, as it was read.
    pub(super) fn opens(&mut self, path: &str, text: &str, release: Option<Release>) -> Vec<Effect> {
        let base = Base { path: PathBuf::from(path), bytes: Some(text.as_bytes().to_vec()), notes: Vec::new() };
        self.happens(Event::Loaded(Ok(Deployment::of_file(base).named_after(release))))
    }

    /// Reports the outcome of one check of a run.
    pub(super) fn reports(&mut self, run: u64, id: &str, outcome: Outcome) {
        self.tell(run, News::Done { id: id.into(), outcome, elapsed: Duration::from_millis(3) });
    }

    /// Reports the end of a run that left nothing in the store.
    pub(super) fn finishes(&mut self, run: u64) {
        self.tell(run, News::Finished { leftovers: Vec::new(), stopped: false, elapsed: Duration::from_millis(210) });
    }

    pub(super) fn tell(&mut self, run: u64, news: News) {
        self.happens(Event::CheckNews { run, news });
    }

    /// Draws the screen. Returns it, and the areas of its parts.
    pub(super) fn draw(&mut self, (width, height): (u16, u16)) -> (Buffer, PageParts) {
        let mut screen = Screen::new(TestBackend::new(width, height)).unwrap();
        let mut parts = PageParts::default();
        screen.draw(|frame| parts = self.shell.draw(frame, self.now)).unwrap();
        (screen.backend().buffer().clone(), parts)
    }

    /// Returns the text of the usual screen.
    pub(super) fn text(&mut self) -> String {
        cells::text(&self.draw((80, 24)).0)
    }
}

pub(super) fn calendar() -> DateTime<Local> {
    Local.with_ymd_and_hms(2026, 11, 23, 10, 15, 0).unwrap()
}
