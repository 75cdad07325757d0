//! Joins the state of the core and the state of the screen: takes an input, returns effects, draws.

use std::time::{Duration, Instant};

use crossterm::event::{Event as Terminal, KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;

use super::{
    Aside, Input,
    keys::{self, Action},
    theme::Theme,
    ui::Ui,
    view,
};
use crate::{
    text::is_hidden,
    wizard::{Effect, Event, State, field::Field, update},
};

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
        // No run can have ended yet, so the time has no effect.
        ui.follow(&state, false, Instant::now());
        Self { state, ui, theme, calendar }
    }

    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Takes one input and returns the effects to perform.
    pub fn take(&mut self, input: Input, now: Instant) -> Vec<Effect> {
        match input {
            Input::Happened(event) => self.say(vec![event], false, now),
            Input::Gone => self.say(vec![Event::LeaveAsked], false, now),
            Input::Terminal(Terminal::Key(key)) => self.press(key, now),
            Input::Typed(text) => self.type_text(&text, now),
            Input::Terminal(Terminal::Paste(text)) => {
                let events = self.ui.paste(&text, &self.state);
                let typed = !matches!(events[..], [Event::Taken { .. }]);
                self.say(events, typed, now)
            }
            // The next frame uses the new size. The loop handles the other inputs.
            Input::Terminal(_) | Input::Stopped | Input::Continued | Input::Unreadable(_) => Vec::new(),
        }
    }

    fn press(&mut self, key: KeyEvent, now: Instant) -> Vec<Effect> {
        let Some(action) = keys::action(self.ui.focus(&self.state), key) else { return Vec::new() };
        let events = self.ui.act(action, &self.state);
        let typed = !matches!(action, Action::Undo | Action::More | Action::Less | Action::Fix);
        self.say(events, typed, now)
    }

    /// Takes letters that arrived together. From the first one that is text, the rest is text too, and one change.
    fn type_text(&mut self, text: &str, now: Instant) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut letters = text.chars();
        loop {
            let rest = letters.as_str();
            let Some(letter) = letters.next() else { return effects };
            let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE);
            if let Some(Action::Insert(_)) = keys::action(self.ui.focus(&self.state), key) {
                let events = self.ui.type_text(rest, &self.state);
                effects.extend(self.say(events, true, now));
                return effects;
            }
            effects.extend(self.press(key, now));
        }
    }

    /// Sends events to the core. If they moved the focus, also reports the field that was left, so that background
    /// checks can start.
    fn say(&mut self, events: Vec<Event>, typed: bool, now: Instant) -> Vec<Effect> {
        let (before, written) = (self.ui.shown(), self.state.receipt.is_some());
        let mut effects: Vec<_> = events.into_iter().flat_map(|event| update(&mut self.state, event)).collect();
        self.ui.follow(&self.state, typed, now);
        if before != self.ui.shown()
            && let Some(key) = before.and_then(Field::key)
        {
            effects.extend(update(&mut self.state, Event::FieldLeft(key)));
            // The endpoint may contain the answer to another field.
            self.ui.follow(&self.state, false, now);
        }
        if self.state.receipt.is_some() && !written {
            effects.extend(update(&mut self.state, Event::WatchAsked));
        }
        effects
    }

    /// Returns the action on the terminal that the last key asked for, once.
    pub fn aside(&mut self) -> Option<Aside> {
        let alone = self.ui.alone.take().map(Aside::ShowAlone);
        alone.or_else(|| self.ui.copied.take().map(Aside::Copy))
    }

    /// Returns the time until the screen changes by itself. `None` if it does not.
    #[must_use]
    pub fn heartbeat(&self) -> Option<Duration> {
        self.ui.heartbeat(&self.state)
    }

    /// Draws the screen and returns the areas of its parts.
    pub fn draw(&mut self, frame: &mut Frame<'_>, now: Instant) -> view::PageParts {
        self.ui.hide(now);
        self.ui.prepare(&self.state);
        let parts = view::draw(frame, &self.state, &mut self.ui, self.theme, (now, self.calendar));
        // A name or a value may contain characters that act on the terminal.
        for cell in &mut frame.buffer_mut().content {
            if cell.symbol().contains(is_hidden) {
                cell.set_symbol("\u{fffd}");
            }
        }
        parts
    }
}
