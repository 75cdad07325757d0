//! Finds the text to copy of what is shown: the focused row of the last page, or the text of the open sheet.

use super::{Popup, Ui};
use crate::{
    shell::tui::{
        link,
        receipt::{ReceiptRow, rows},
    },
    store::checks::advice,
    wizard::{Event, State},
};

impl Ui {
    /// Returns the text to copy, whole and in the lines that it has by itself.
    #[must_use]
    pub(super) fn copyable(&self, state: &State) -> Option<String> {
        match self.popup {
            Some(Popup::Link) => {
                link::attempt(state).or_else(|| Some(link::command(state.link.as_ref()?.as_ref().ok()?)))
            }
            Some(Popup::Policy) => {
                let store = state.run.as_ref()?.store.s3()?;
                Some(advice::guide(store, state.draft.provider).script())
            }
            Some(_) => None,
            None => {
                state.receipt.as_ref()?;
                let rows = rows(state);
                rows.get(self.row.min(rows.len().checked_sub(1)?)).and_then(ReceiptRow::copy)
            }
        }
    }

    /// Copies the text to the terminal's clipboard.
    pub(super) fn copy(&mut self, state: &State) -> Vec<Event> {
        self.copied = self.copyable(state);
        self.notice = Some(match &self.copied {
            // The program cannot see whether the terminal accepts it.
            Some(_) => "Copied, if your terminal allows it. If not, press s and select the text.".to_owned(),
            None => "This line has nothing to copy.".to_owned(),
        });
        Vec::new()
    }

    /// Prints the text alone on the plain terminal, where nothing is cut and only the text is selected.
    pub(super) fn show_alone(&mut self, state: &State) -> Vec<Event> {
        self.alone = self.copyable(state);
        if self.alone.is_none() {
            self.notice = Some("This line has nothing to copy.".to_owned());
        }
        Vec::new()
    }
}
