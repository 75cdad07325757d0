//! The core's state and the screen's, side by side: takes an input, returns the effects, draws.

use std::time::{Duration, Instant};

use crossterm::event::Event as Terminal;
use ratatui::Frame;

use super::{
    Input,
    keys::{self, Action},
    theme::Theme,
    ui::Ui,
    view,
};
use crate::wizard::{Effect, Event, State, update};

#[derive(Debug)]
pub struct Shell {
    state: State,
    ui: Ui,
    theme: Theme,
    calendar: view::Calendar,
}

impl Shell {
    #[must_use]
    pub fn new(state: State, theme: Theme, calendar: view::Calendar) -> Self {
        let mut ui = Ui::default();
        // Nothing can have ended yet, so the time says nothing.
        ui.follow(&state, false, Instant::now());
        Self { state, ui, theme, calendar }
    }

    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Takes one input; returns what is to be done about it.
    pub fn take(&mut self, input: Input, now: Instant) -> Vec<Effect> {
        match input {
            Input::Happened(event) => self.say(vec![event], false, now),
            Input::Gone => self.say(vec![Event::LeaveAsked], false, now),
            Input::Terminal(Terminal::Key(key)) => match keys::action(self.ui.focus(&self.state), key) {
                Some(action) => {
                    let events = self.ui.act(action, &self.state);
                    let typed = !matches!(action, Action::Undo | Action::More | Action::Less);
                    self.say(events, typed, now)
                }
                None => Vec::new(),
            },
            Input::Terminal(Terminal::Paste(text)) => {
                let events = self.ui.paste(&text, &self.state);
                self.say(events, true, now)
            }
            // The next frame is drawn in the new size.
            Input::Terminal(_) => Vec::new(),
        }
    }

    /// Tells the core, and that a field was left where it was: the moment to try quietly what can be tried.
    fn say(&mut self, events: Vec<Event>, typed: bool, now: Instant) -> Vec<Effect> {
        let before = self.ui.shown();
        self.ui.reads += events.iter().filter(|event| anew(event)).count();
        let mut effects: Vec<_> = events.into_iter().flat_map(|event| update(&mut self.state, event)).collect();
        self.ui.follow(&self.state, typed, now);
        if before != self.ui.shown()
            && let Some(key) = before.and_then(super::field::Field::key)
        {
            effects.extend(update(&mut self.state, Event::FieldLeft(key)));
        }
        effects
    }

    /// What the terminal's clipboard is to take, once.
    pub fn copied(&mut self) -> Option<String> {
        self.ui.copied.take()
    }

    /// The spinner turns.
    pub fn tick(&mut self) {
        self.ui.turn = self.ui.turn.wrapping_add(1);
    }

    /// How soon the screen changes by itself; `None`: it does not.
    #[must_use]
    pub fn heartbeat(&self) -> Option<Duration> {
        self.ui.heartbeat(&self.state)
    }

    /// Draws the screen; returns where its parts are.
    pub fn draw(&mut self, frame: &mut Frame<'_>, now: Instant) -> view::Parts {
        view::draw(frame, &self.state, &mut self.ui, self.theme, (now, self.calendar))
    }
}

/// Files may then differ from what was known of them.
fn anew(event: &Event) -> bool {
    matches!(
        event,
        Event::Loaded(_)
            | Event::PathChosen(_)
            | Event::WayChosen(_)
            | Event::Sighted(_)
            | Event::MendAsked(_)
            | Event::MendAllAsked
    )
}
