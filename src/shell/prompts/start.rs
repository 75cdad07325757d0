//! Asks which deployment to set up, and for what.

use super::{
    ask::{Inquiry, PromptKind, PromptReply, PromptRow},
    conversation::{Conversation, Turn},
    printer,
};
use crate::{
    answers::{
        draft::RELEASE,
        pasted::{self, PasteCandidate},
    },
    score::{Severity, Step},
    shell::{
        batch::text::StatusSymbol,
        tui::{
            ui::{DeploymentRow, Existing, deployment_rows},
            view,
        },
    },
    text::{secret::Secret, values::counted},
    wizard::{
        Event, Purpose,
        field::{Field, launcher_name, started_by},
    },
};

/// The number of findings that are printed before a question.
const MOST: usize = 20;

impl Conversation {
    /// Asks which deployment, or what to do with the opened one.
    pub(super) fn start(&mut self) -> Turn<()> {
        self.title();
        if let Some(field) = self.wanted.take().filter(|field| matches!(field, Field::Release | Field::Launcher)) {
            let moved = self.ask_again(field)?;
            return if moved { self.go_on(Some(field)) } else { self.go_back() };
        }
        if self.state.deployment.is_some() { self.opened() } else { self.list() }
    }

    /// Asks whether to continue an interrupted session.
    pub(super) fn resume(&mut self) -> Turn<()> {
        let Some((unfinished, age)) = self.state.recalled.clone() else { return Ok(()) };
        printer::gap();
        self.printer.say(0, &unfinished.path.display().to_string());
        let kept = if unfinished.replaces_keys {
            "New keys. Type the secret again: it is not kept.".to_owned()
        } else {
            format!("{} kept, without the secrets.", counted(unfinished.count(), "answer"))
        };
        self.printer.say(0, &kept);
        let wanted = self.confirm(&format!("Continue where you stopped {}?", view::ago(age)), true)?;
        self.send(Event::ContinueChosen(wanted))
    }

    /// Asks for one of the deployments that were found, or another place.
    fn list(&mut self) -> Turn<()> {
        self.wait(
            |state| state.sightings.is_none() && state.path.as_os_str().is_empty(),
            |now, late| {
                if late {
                    now.printer.say(0, "Still looking for installations of Score.");
                }
            },
        )?;
        let choices = deployment_rows(&self.state);
        let rows = choices.iter().map(|row| match row {
            DeploymentRow::Found(at) => self.found(*at),
            DeploymentRow::Other => PromptRow::new("open a folder or file"),
            DeploymentRow::New => PromptRow::new("create a new configuration in this folder"),
            DeploymentRow::Paste => PromptRow::new("paste what you were given"),
            DeploymentRow::Sandbox => PromptRow::new("try it in a sandbox"),
        });
        let help = "Each row is a place for the configuration of Score. Nothing is changed before the review.";
        let default = (choices.len() == 1).then_some(0);
        let Some(at) = self.choose("Which configuration?", help, rows.collect(), default)? else {
            return self.say_leave();
        };
        match choices.get(at) {
            Some(DeploymentRow::Found(at)) => self.open_found(*at),
            Some(DeploymentRow::New) => {
                let path = self.state.here.join("application.properties");
                self.send_all(vec![Event::PathChosen(path), Event::PurposeChosen(Purpose::Install)])
            }
            Some(DeploymentRow::Paste) => self.paste(),
            Some(DeploymentRow::Sandbox) => self.send(Event::SandboxAsked),
            Some(DeploymentRow::Other) => self.ask_again(Field::Path).map(drop),
            None => Ok(()),
        }
    }

    /// Describes a deployment in a row.
    fn found(&self, at: usize) -> PromptRow {
        let Some(sighting) = self.state.sightings.iter().flatten().nth(at) else { return PromptRow::new("") };
        let mut facts = Vec::new();
        facts.extend(sighting.deployment.release.as_ref().map(|told| format!("Score {}", told.what)));
        facts.extend(sighting.deployment.start.as_ref().map(|told| launcher_name(told.what).to_owned()));
        facts.extend(sighting.running.as_ref().map(|_| "running".to_owned()));
        if let Some(sight) = self.cache.sights().get(at) {
            facts.extend(sight.store.clone());
            facts.extend(existing(&sight.file));
            facts.extend((sight.to_fix > 0).then(|| format!("{} to fix", sight.to_fix)));
        }
        PromptRow::new(format!("{} ({})", sighting.path.display(), facts.join(", ")))
    }

    /// Asks what to do with a deployment of the list, and opens it.
    fn open_found(&mut self, at: usize) -> Turn<()> {
        let Some(path) = self.state.sightings.iter().flatten().nth(at).map(|sighting| sighting.path.clone()) else {
            return Ok(());
        };
        let empty = self.cache.sights().get(at).is_none_or(crate::shell::tui::ui::Sight::empty);
        let purpose = if empty {
            Purpose::Install
        } else {
            let purposes = [Purpose::Troubleshoot, Purpose::Reconfigure, Purpose::Upgrade];
            let rows = ["check it, without changing anything", "change its settings", "move it to another release"];
            let help = "A check only reads, until you ask for more.";
            let chosen = self.choose("What do you want to do?", help, rows.map(PromptRow::new).into(), Some(0))?;
            match chosen.and_then(|at| purposes.get(at)) {
                Some(purpose) => *purpose,
                None => return Ok(()),
            }
        };
        self.send_all(vec![Event::PathChosen(path), Event::PurposeChosen(purpose)])
    }

    /// Says what was read, asks for the release if it is not known, and what to do.
    fn opened(&mut self) -> Turn<()> {
        self.say_opened();
        if let Some(field) = self.state.first_needed().filter(|field| field.key() == Some(RELEASE)) {
            let moved = self.ask_again(field)?;
            if !moved {
                return self.list();
            }
        }
        match self.state.purpose() {
            Purpose::Install => {
                self.offer_settings()?;
                self.go_on(None)
            }
            Purpose::Upgrade if self.trail.is_empty() => {
                let moved = self.ask_again(Field::Release)?;
                if moved { self.go_on(Some(Field::Release)) } else { self.list() }
            }
            _ => self.choose_change(),
        }
    }

    /// Says what the opened deployment is.
    fn say_opened(&self) {
        let state = &self.state;
        self.printer.say(0, &state.path.display().to_string());
        let mut facts: Vec<String> = state.title();
        facts.push(started_by(state).to_owned());
        facts.extend(existing(self.cache.existing()));
        self.printer.say(2, &facts.join(", "));
        if let Some(from) = &state.setup.taken_from {
            self.printer.say(2, &format!("With the settings of {}, which stays as it is.", from.display()));
            for (old, new) in state.renamed() {
                self.printer.say(2, &format!("{old} becomes {new}"));
            }
        }
        if !self.trail.is_empty() {
            // The findings were said before the first change.
            return;
        }
        for finding in self.cache.findings().iter().take(MOST) {
            let mark = if finding.severity == Severity::Note { StatusSymbol::Warn } else { StatusSymbol::Fail };
            let line = finding.line.map_or(String::new(), |line| format!(" (line {line})"));
            self.printer.result(mark, &format!("{}{line}", finding.summary));
        }
        let rest = self.cache.findings().len().saturating_sub(MOST);
        if rest > 0 {
            self.printer.say(2, &format!("{} more: score-setup lint shows all.", counted(rest, "finding")));
        }
    }

    /// Asks what to change in a configured deployment.
    fn choose_change(&mut self) -> Turn<()> {
        loop {
            let fixable = self.cache.findings().iter().filter(|finding| !finding.edits.is_empty()).count();
            let mut rows = vec![("change an answer".to_owned(), 0)];
            if fixable > 0 {
                rows.push((format!("fix {} in the files", counted(fixable, "finding")), 1));
            }
            rows.push(("test and review".to_owned(), 2));
            rows.push(("check it as it is, without changing anything".to_owned(), 3));
            rows.push(("move it to another release".to_owned(), 4));
            rows.push(("leave".to_owned(), 5));
            let changed = self.state.draft.changed() || self.state.fixed.is_some();
            let shown = rows.iter().map(|(words, _)| PromptRow::new(words.as_str())).collect();
            let on = rows.iter().position(|(_, way)| *way == if changed { 2 } else { 0 });
            let help = "Nothing is written before the review.";
            let chosen = self.choose("What do you want to do?", help, shown, on)?;
            match chosen.and_then(|at| rows.get(at)).map(|(_, way)| *way) {
                Some(0) => {
                    self.change_something()?;
                    if self.state.step != Step::Where || self.wanted.is_some() {
                        return Ok(());
                    }
                }
                Some(1) => {
                    self.send(Event::FixAllAsked)?;
                    for summary in self.cache.fixed() {
                        self.printer.result(StatusSymbol::Pass, summary);
                    }
                    self.printer.say(0, "Changed in the draft, nothing is written yet.");
                }
                Some(2) => return self.go_on(None),
                Some(3) => {
                    return self.send_all(vec![
                        Event::PurposeChosen(Purpose::Troubleshoot),
                        Event::StepChosen(Step::Checks),
                        Event::CheckAsked,
                    ]);
                }
                Some(4) => {
                    self.send(Event::PurposeChosen(Purpose::Upgrade))?;
                    self.trail.clear();
                    return Ok(());
                }
                Some(_) => return self.say_leave(),
                None => return self.list(),
            }
        }
    }

    /// Offers the settings of another installation for one that has none.
    fn offer_settings(&mut self) -> Turn<()> {
        let older = self.state.older_installations().into_iter().map(|(at, sighting)| (at, sighting.path.clone()));
        let older: Vec<_> = older.take(4).collect();
        if older.is_empty() || !self.person || !self.trail.is_empty() {
            return Ok(());
        }
        let rows = older.iter().map(|(_, path)| PromptRow::new(format!("Take the settings of {}", path.display())));
        let rows = rows.chain([PromptRow::new("Answer all questions")]).collect();
        let help = Field::SettingsOffer(0).help();
        let chosen = self.choose("Another installation has settings.", help, rows, Some(0))?;
        match chosen.and_then(|at| older.get(at)) {
            Some((at, _)) => self.send(Event::SettingsTaken(*at)),
            None => Ok(()),
        }
    }

    /// Takes what the operator was given for a store.
    fn paste(&mut self) -> Turn<()> {
        let label = "Paste a command, a profile, a connection string or a key.";
        let question = Inquiry { label: label.to_owned(), help: String::new(), kind: PromptKind::Page };
        let PromptReply::Given(text) = self.ask(question)? else { return Ok(()) };
        let candidates = match pasted::read(&Secret::new(text.as_str())) {
            Ok(candidates) => candidates,
            Err(error) => return self.refuse(&format!("{error} {}", error.hint())),
        };
        let at = if candidates.len() > 1 {
            let name = |candidate: &PasteCandidate| {
                PromptRow::new(candidate.name.clone().unwrap_or_else(|| "without a name".into()))
            };
            self.choose(
                "Which of them?",
                "Each row is a part of the text.",
                candidates.iter().map(name).collect(),
                Some(0),
            )?
        } else {
            Some(0)
        };
        let Some(PasteCandidate { name, result }) = at.and_then(|at| candidates.into_iter().nth(at)) else {
            return Ok(());
        };
        let pasted = match result {
            Ok(pasted) => pasted,
            Err(error) => return self.refuse(&format!("{error} {}", error.hint())),
        };
        for (label, value) in pasted.understood() {
            self.printer.say(2, &format!("{label}: {value}"));
        }
        for ignored in &pasted.ignored {
            self.printer.say(2, &format!("Ignored: {}, {}", ignored.what, ignored.why));
        }
        let source = name.map_or_else(|| "pasted".to_owned(), |name| format!("pasted, {name}"));
        self.send_all(vec![
            Event::PathChosen(self.state.here.join("application.properties")),
            Event::PurposeChosen(Purpose::Install),
            Event::Taken { pasted, source },
        ])
    }
}

/// Describes the content of a file.
fn existing(file: &Existing) -> Option<String> {
    match file {
        Existing::Unread => None,
        Existing::Absent => Some("no file yet".to_owned()),
        Existing::Keys(0) => Some("only comments".to_owned()),
        Existing::Keys(keys) => Some(counted(*keys, "key")),
        Existing::Unreadable(_) => Some("Java cannot read the file".to_owned()),
    }
}
