//! Reads `[deployment]`: how Score is started, the active profiles in addition to those of the store, and whether files
//! next to application.properties may be written.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{AnswersReader, kind_of};
use crate::{
    install::deployment::{ExportForm, Launcher, of_stores},
    text::suggest::nearest,
};

const KEYS: [&str; 3] = ["start", "profiles", "companion_files"];

impl AnswersReader<'_> {
    pub(super) fn deployment(&mut self, table: &DeTable<'_>) {
        for (key, value, line) in self.entries(table) {
            match (key.as_str(), value.get_ref()) {
                ("start", DeValue::String(name)) => self.start(name, line),
                ("start", other) => {
                    self.wrong(line, format!("deployment.start is one of {}, not {}.", starts(), kind_of(other)));
                }
                ("profiles", DeValue::Array(items)) => self.profiles(items, line),
                ("profiles", other) => {
                    let message =
                        format!("deployment.profiles is a list such as [\"secure\"], not {}.", kind_of(other));
                    self.wrong(line, message);
                }
                ("companion_files", DeValue::Boolean(yes)) => self.answers.setup.companion_files = *yes,
                ("companion_files", other) => {
                    let message = format!("deployment.companion_files is true or false, not {}.", kind_of(other));
                    self.wrong(line, message);
                }
                _ => self.unknown(&key, line, &KEYS, "[deployment] takes start, profiles and companion_files"),
            }
        }
    }

    fn start(&mut self, name: &str, line: usize) {
        if let Some(start) = Launcher::ALL.into_iter().find(|start| start.name() == name) {
            self.answers.setup.start = Some(start);
            return;
        }
        if let Some(form) = ExportForm::STARTS.into_iter().find(|form| form.name() == name) {
            self.answers.setup.form = Some(form);
            return;
        }
        let near = nearest(name, starts_of_answers());
        let meant = near.map_or(String::new(), |near| format!("; {near} may be meant"));
        self.wrong(line, format!("deployment.start is one of {}, not {name:?}{meant}.", starts()));
    }

    fn profiles(&mut self, items: &[Spanned<DeValue<'_>>], line: usize) {
        let mut profiles: Vec<String> = Vec::new();
        for item in items {
            let DeValue::String(name) = item.get_ref() else {
                self.wrong(line, format!("deployment.profiles holds texts, not {}.", kind_of(item.get_ref())));
                return;
            };
            if of_stores(name) {
                let message = format!(
                    "deployment.profiles names {name}, which follows from the provider and the release: leave it out."
                );
                self.wrong(line, message);
            } else if !plain(name) {
                self.wrong(line, format!("deployment.profiles: {name:?} is not a valid profile name."));
            } else if !profiles.contains(&name.to_string()) {
                profiles.push(name.to_string());
            }
        }
        self.answers.setup.profiles = Some(profiles);
    }
}

/// Returns true if the name needs no escapes in any of the files.
fn plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

fn starts() -> String {
    starts_of_answers().collect::<Vec<_>>().join(", ")
}

fn starts_of_answers() -> impl Iterator<Item = &'static str> {
    Launcher::ALL.map(Launcher::name).into_iter().chain(ExportForm::STARTS.map(ExportForm::name))
}
