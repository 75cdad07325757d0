//! Reads `[accept]`: the findings that the operator has accepted, each with the reason and an optional last day.

use time::{Date, macros::format_description};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{AnswersReader, kind_of};
use crate::{answers::Acceptance, score::Id, text::suggest::nearest};

const KEYS: [&str; 2] = ["reason", "until"];

impl AnswersReader<'_> {
    pub(super) fn accept(&mut self, table: &DeTable<'_>) {
        for (key, value, line) in self.entries(table) {
            let Ok(id) = key.parse::<Id>() else {
                let near = nearest(&key, Id::ALL.iter().map(|id| id.as_str()));
                let near = near.map_or(String::new(), |near| format!(" The nearest one is {near}."));
                self.wrong(line, format!("[accept]: {key} is not the id of a finding.{near}"));
                continue;
            };
            match value.get_ref() {
                DeValue::Table(about) => self.acceptance(id, about, line),
                other => {
                    let message =
                        format!("accept.{id} is a table such as {{ reason = \"…\" }}, not {}.", kind_of(other));
                    self.wrong(line, message);
                }
            }
        }
    }

    fn acceptance(&mut self, id: Id, table: &DeTable<'_>, line: usize) {
        let before = self.problems.len();
        let mut accepted = Acceptance { id, reason: String::new(), until: None };
        for (key, value, line) in self.entries(table) {
            match key.as_str() {
                "reason" => accepted.reason = self.text_of("reason", value, line).unwrap_or_default(),
                "until" => accepted.until = self.date(id, value, line),
                _ => self.unknown(&key, line, &KEYS, "An accepted finding has a reason and until"),
            }
        }
        if self.problems.len() > before {
            return;
        }
        if accepted.reason.trim().is_empty() {
            return self.wrong(line, format!("accept.{id} needs a reason."));
        }
        self.answers.accepted.push(accepted);
    }

    /// Reads a day, as a date of TOML or as a text.
    fn date(&mut self, id: Id, value: &Spanned<DeValue<'_>>, line: usize) -> Option<Date> {
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(date) => date.to_string(),
            _ => String::new(),
        };
        let date = Date::parse(&text, format_description!("[year]-[month]-[day]")).ok();
        if date.is_none() {
            self.wrong(line, format!("accept.{id}: until is a day such as \"2027-03-01\"."));
        }
        date
    }
}
