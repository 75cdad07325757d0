//! Prints what would be written, asks for the confirmation, and reports the written files.

use super::{
    ask::PromptRow,
    checks::field_of,
    conversation::{Conversation, Turn},
    form, printer,
};
use crate::{
    score::Step,
    shell::{
        batch::text::StatusSymbol,
        tui::{receipt::to_add, ui::Jump, view},
    },
    text::values::counted,
    wizard::{
        Blocked, Event, LACKS_AUTHORIZATION, SettingsChange, Standing,
        field::{Field, fields},
        lacks_authorization,
        proposal::{KeyChange, diff::Tag},
        verdicts,
    },
};

impl Conversation {
    /// Shows what changes, and asks for the confirmation.
    pub(super) fn review(&mut self) -> Turn<()> {
        self.title();
        if self.await_checks()? {
            return Ok(());
        }
        self.cache.prepare(&self.state, true, false);
        let written = match self.cache.preview() {
            Some(Ok((proposal, _))) => Some(proposal.changed()),
            _ => None,
        };
        let Some(changed) = written else { return self.blocked() };
        self.say_changes();
        loop {
            let write = if changed { "write these files" } else { "finish: the files already have these values" };
            let rows = [write, "show the whole difference", "change an answer", "test again", "leave without writing"];
            let help = "Only the first row writes. The previous content of each file is kept as a backup.";
            // A key too many must not write.
            let default = usize::from(changed);
            match self.choose("What next?", help, rows.map(PromptRow::new).into(), Some(default))? {
                Some(0) => return self.write(),
                Some(1) => self.say_difference(),
                Some(2) => return self.change_something(),
                Some(3) => return self.send(Event::CheckAsked),
                Some(_) => return self.say_leave(),
                None => return self.go_back(),
            }
        }
    }

    /// Writes exactly the files that were shown. Asks first if the checks have not passed.
    fn write(&mut self) -> Turn<()> {
        let Some(fingerprint) = self.cache.fingerprint() else { return Ok(()) };
        let passed = self.state.writes_unasked();
        if !passed && !self.confirm(&format!("{} Write anyway?", view::why_ask(&self.state)), false)? {
            return Ok(());
        }
        self.send(Event::WriteAsked { fingerprint, anyway: !passed })?;
        self.settle()
    }

    /// Says why nothing can be written, and asks what to change.
    fn blocked(&mut self) -> Turn<()> {
        let fields: Vec<Field> = match self.cache.preview() {
            Some(Err(Blocked::Problems(problems))) => {
                self.printer.say(0, "Nothing can be written yet:");
                let problems = problems.clone();
                for problem in &problems {
                    self.printer.result(StatusSymbol::Fail, &problem.message);
                }
                let keys = problems.into_iter().filter_map(|problem| Jump::Problem(problem).field());
                keys.filter_map(|key| field_of(&self.state, key)).collect()
            }
            Some(Err(Blocked::Unreadable(bad))) => {
                self.printer.result(StatusSymbol::Fail, &bad.to_string());
                Vec::new()
            }
            _ => Vec::new(),
        };
        if !self.person {
            self.refuse("Nothing can be written with these answers.")?;
        }
        let rows = fields.iter().map(|field| format!("change: {}", field.label()));
        let rows = rows.chain(["change another answer".to_owned(), "leave".to_owned()]).map(PromptRow::new).collect();
        match self.choose("What next?", "Each row leads to its question.", rows, Some(0))? {
            Some(at) if at == fields.len() => self.change_something(),
            Some(at) => match fields.get(at) {
                Some(field) => self.change(*field),
                None => self.say_leave(),
            },
            None => self.go_back(),
        }
    }

    /// Asks what to change: what operators change most, or any answer.
    pub(super) fn change_something(&mut self) -> Turn<()> {
        let row = |change: SettingsChange| {
            let (label, present) = (change.label(&self.state), change.present(&self.state));
            PromptRow::new(if present.is_empty() { label.to_owned() } else { format!("{label}: {present}") })
        };
        let more = ["another answer", "nothing"].map(PromptRow::new);
        let rows = SettingsChange::ALL.map(row).into_iter().chain(more).collect();
        let help = "Each row is a question, or two, with the current answer.";
        match self.choose("What do you want to change?", help, rows, None)? {
            Some(at) if at == SettingsChange::ALL.len() => self.change_any(),
            at => match at.and_then(|at| SettingsChange::ALL.get(at)) {
                Some(change) => self.begin_change(*change),
                None => Ok(()),
            },
        }
    }

    /// Asks the questions of a change, and then returns here.
    fn begin_change(&mut self, change: SettingsChange) -> Turn<()> {
        let here = self.state.step;
        self.send(Event::ChangeChosen(change))?;
        if self.state.trouble.is_none() {
            let mut fields = change.keys(&self.state).iter().filter_map(|key| field_of(&self.state, key));
            (self.wanted, self.then) = (fields.next(), fields.collect());
            self.back = (![Step::Where, self.state.step].contains(&here)).then_some(here);
        }
        Ok(())
    }

    /// Asks which of all answers to change.
    fn change_any(&mut self) -> Turn<()> {
        let offered = [Field::More, Field::Path];
        let asked =
            |field: &Field| !matches!(field, Field::SettingsOffer(_) | Field::KeysOffer(_)) && !offered.contains(field);
        let all: Vec<Field> = Step::ALL.into_iter().flat_map(|step| fields(&self.state, step)).filter(asked).collect();
        let rows = all.iter().map(|field| PromptRow {
            value: field.key().unwrap_or_default().to_owned(),
            shown: format!("{}: {}", field.label(), form::value(&self.state, *field)),
        });
        let rows = rows.chain([PromptRow::new("nothing")]).collect::<Vec<_>>();
        let last = rows.len() - 1;
        let help = "Each row is a question with its current answer. A setting can also be named by its key.";
        match self.choose("Which answer?", help, rows, Some(last))?.and_then(|at| all.get(at)) {
            Some(field) => self.change(*field),
            None => Ok(()),
        }
    }

    /// Prints what changes by setting, for each file.
    fn say_changes(&self) {
        let printer = self.printer;
        if let Some(said) = verdicts::not_yet(&self.state) {
            printer.result(StatusSymbol::Warn, &said);
        }
        if !self.state.draft.secure {
            printer.result(StatusSymbol::Warn, view::UNSECURED.trim_start_matches("! "));
        } else if lacks_authorization(&self.state) {
            printer.result(StatusSymbol::Warn, LACKS_AUTHORIZATION);
        }
        if let Some(said) = self.state.announced_keys() {
            match self.state.without_overlap() {
                Some(said) => printer.result(StatusSymbol::Warn, &said),
                None => printer.say(0, &said),
            }
        }
        let Some(Ok((proposal, diffs))) = self.cache.preview() else { return };
        for ((file, diff), changes) in proposal.files.iter().zip(diffs).zip(self.cache.changes()) {
            printer::gap();
            let state = match (file.changed(), &file.before) {
                (false, _) => "unchanged".to_owned(),
                (true, None) => format!("new file, mode 0600, {} lines", diff.added),
                (true, Some(_)) if !file.rewrites() => "only the mode changes".to_owned(),
                (true, Some(_)) => format!("{} added, {} removed", counted(diff.added, "line"), diff.removed),
            };
            let mode = file.mode.map(|mode| format!(", mode {:04o} becomes {:04o}", mode.before, mode.after));
            let state = state + &mode.unwrap_or_default();
            printer.say(0, &format!("{}: {state}", file.path.display()));
            for note in &file.notes {
                printer.result(StatusSymbol::Warn, note);
            }
            if !file.rewrites() {
                continue;
            }
            if changes.is_empty() {
                printer.say(2, "Only comments and line ends change.");
            }
            for change in changes {
                printer.say(2, &words(change));
            }
        }
        for moved in self.state.relocations().into_iter().chain(self.state.left_behind()) {
            printer.result(StatusSymbol::Warn, &moved);
        }
        printer::gap();
        let (mark, said) = match self.state.standing() {
            Standing::Ended(_) if self.state.may_write() => {
                (StatusSymbol::Pass, "The checks passed with these values.")
            }
            _ => (StatusSymbol::Warn, view::why_not(&self.state)),
        };
        printer.result(mark, said);
    }

    /// Prints the whole difference, with secrets masked.
    fn say_difference(&self) {
        let Some(Ok((proposal, diffs))) = self.cache.preview() else { return };
        for (file, diff) in proposal.files.iter().zip(diffs) {
            printer::gap();
            self.printer.say(0, &file.path.display().to_string());
            for line in diff.hunks.iter().flat_map(|hunk| &hunk.lines) {
                let sign = match line.tag {
                    Tag::Added => "+",
                    Tag::Removed => "-",
                    Tag::Context => " ",
                };
                let changed = if line.changed_secret { "  (changed)" } else { "" };
                let words = self.printer.words(&line.text);
                printer::print(&format!("{sign} {words}{changed}\n"));
            }
        }
        printer::gap();
    }

    /// Reports the written files, and asks what is left to do.
    pub(super) fn written(&mut self) -> Turn<()> {
        printer::gap();
        self.cache.prepare(&self.state, false, false);
        match self.cache.settled() {
            Some(true) => {
                self.printer.result(StatusSymbol::Pass, "Written and read again: Score will read these values.");
            }
            Some(false) => {
                self.printer.result(StatusSymbol::Warn, "Written. Read again, the files do not have these values.");
            }
            None => {}
        }
        if !self.person {
            return self.send(Event::LeaveAsked);
        }
        loop {
            let mut rows = vec![("finish", 0)];
            if self.state.sandbox.is_none() {
                rows.push(("wait until Score uses these files", 1));
            }
            if self.state.saved.is_none() {
                rows.push(("save the answers for score-setup apply, without the secrets", 2));
            }
            if self.state.draft.target().is_ok_and(|target| target.store.s3().is_some()) {
                rows.push(("show a command to try from a client's machine", 3));
            }
            let shown = rows.iter().map(|(words, _)| PromptRow::new(*words)).collect();
            let help = "The receipt with the next steps follows at the end.";
            let chosen =
                self.choose("What next?", help, shown, Some(0))?.and_then(|at| rows.get(at)).map(|(_, way)| *way);
            match chosen {
                Some(1) => self.watch()?,
                Some(2) => {
                    self.send(Event::SaveAsked)?;
                    self.wait(|state| state.saved.is_none(), |_, _| ())?;
                    match &self.state.saved {
                        Some(Ok(path)) => {
                            let first = to_add(&self.state)
                                .map_or(String::new(), |keys| format!(" Add {keys} to it before you use it."));
                            self.printer.result(StatusSymbol::Pass, &format!("Saved {}.{first}", path.display()));
                        }
                        Some(Err(why)) => self.printer.result(StatusSymbol::Fail, &why.to_string()),
                        None => {}
                    }
                }
                Some(3) => self.try_from_client()?,
                _ => return self.send(Event::LeaveAsked),
            }
        }
    }

    /// Asks the running Score until it uses the written files. Ctrl-C leaves.
    fn watch(&mut self) -> Turn<()> {
        self.send(Event::WatchAsked)?;
        let Some(url) = self.state.watch.as_ref().map(|watch| watch.url.clone()) else { return Ok(()) };
        self.printer.say(0, &format!("Asking Score at {url} every 2 s. Start or restart Score now. Ctrl-C leaves score-setup; the files stay written."));
        let mut said = String::new();
        self.wait(
            |state| state.watch.as_ref().is_some_and(|watch| !watch.passed()),
            |now, late| {
                let missing = now.state.watch.as_ref().and_then(crate::wizard::Watch::missing);
                if let Some(missing) = missing.filter(|missing| late && *missing != said) {
                    now.printer.say(2, &format!("Not yet: {missing}"));
                    said = missing;
                }
            },
        )?;
        let said = self.state.watch.as_ref().map_or(String::new(), view::uses_files);
        self.printer.result(StatusSymbol::Pass, &said);
        Ok(())
    }
}

/// Formats the change of a key: the new value and its source, and the value before.
fn words(change: &KeyChange) -> String {
    let value = match change.after.as_deref() {
        Some("") => "empty",
        Some(value) => value,
        None => "no longer set",
    };
    let source = change.origin.as_ref().map(|origin| format!(" ({})", view::source(origin))).unwrap_or_default();
    let before = match (&change.before, change.renamed_from) {
        (_, Some(name)) => format!("; until now {name}"),
        (Some(before), _) if change.after.is_some() => format!("; was {before}"),
        _ => String::new(),
    };
    format!("{} = {value}{source}{before}", change.name)
}
