//! Converts the keys on the page of a measurement to events, and holds the file size of its calculator.

use super::{Popup, Ui};
use crate::{
    score::{Scope, Step},
    shell::tui::keys::Action,
    store::tune::Budget,
    wizard::{Event, State, Tuning},
};

/// The usual file size of the calculator, and the largest, in GiB.
const USUAL: u64 = 100;
const LARGEST: u64 = 5 * 1024;

impl Ui {
    /// Returns the file size of the calculator in bytes.
    #[must_use]
    pub fn file_size(&self) -> u64 {
        self.file_size.unwrap_or(USUAL).max(1) << 30
    }

    /// Applies an action on the page of a measurement. Returns `None` if the action is not specific to it.
    pub(super) fn act_on_measurement(&mut self, action: Action, state: &State) -> Option<Vec<Event>> {
        let now = self.file_size.unwrap_or(USUAL);
        Some(match action {
            Action::Insert(digit) => {
                let digit = u64::from(digit.to_digit(10)?);
                self.file_size =
                    Some(self.file_size.unwrap_or_default().saturating_mul(10).saturating_add(digit).min(LARGEST));
                Vec::new()
            }
            Action::DeleteBefore => {
                self.file_size = self.file_size.map(|size| size / 10);
                Vec::new()
            }
            Action::More => {
                self.file_size = Some(now.max(1).saturating_mul(2).min(LARGEST));
                Vec::new()
            }
            Action::Less => {
                self.file_size = Some((now / 2).max(1));
                Vec::new()
            }
            Action::Confirm => match &state.tuning {
                None => vec![Event::TuneAsked(Budget::default())],
                Some(tuning) if tuning.going() || tuning.advice().is_err() => Vec::new(),
                Some(_) => {
                    self.popup = None;
                    vec![Event::AdviceTaken]
                }
            },
            Action::Measure => vec![Event::TuneAsked(Budget::default())],
            _ => return None,
        })
    }

    /// Returns true if the page of the measurement has something to offer for this action.
    pub(super) fn measurement_offers(&self, action: Action, state: &State) -> bool {
        let going = state.tuning.as_ref().is_some_and(Tuning::going);
        match action {
            Action::Stop => going,
            Action::Measure if self.popup == Some(Popup::Measure) => {
                state.tuning.is_some() && state.store_to_tune().is_some()
            }
            Action::Measure => measurable(state),
            Action::Confirm => match &state.tuning {
                None => state.store_to_tune().is_some(),
                Some(tuning) => !going && tuning.advice().is_ok(),
            },
            _ => true,
        }
    }

    /// Returns the word of Enter on the page of the measurement.
    pub(super) fn measurement_word(state: &State) -> Option<&'static str> {
        state.tuning.is_none().then_some("begin")
    }
}

/// Returns true on the page of uploads, if the answers name a store.
fn measurable(state: &State) -> bool {
    state.step == Step::Upload && state.draft.store(Scope::All).is_some()
}
