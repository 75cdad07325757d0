//! Prints the checks in words: one line for each stage, the failures in full, the verdict last. Then asks what to do.

use super::{
    ask::{Inquiry, PromptKind, PromptReply, PromptRow},
    conversation::{Conversation, Turn},
    form, printer,
};
use crate::{
    answers::Keys,
    score::{Id, Scope, Severity, Step},
    shell::{
        batch::text::StatusSymbol,
        tui::{link, ui::Jump, view, view::rule_question},
    },
    store::checks::{
        CheckGroup, Finding, Outcome, Policy, Repair, advice,
        engine::{BoardEntry, Progress},
    },
    text::{secret::Secret, values::counted},
    wizard::{
        Event, Purpose, Run, Standing, State,
        field::{Field, fields},
        verdicts::{self, Certainty},
    },
};

/// A way to go on from the checks.
enum NextAction {
    Repair(Repair),
    FixFiles(Vec<crate::install::lint::FileFinding>),
    Change(Field),
    Continue,
    CreateMissing,
    Creator,
    Prove,
    Longer,
    Again,
    StoreSettings,
    Policy,
    Client,
    Leave,
}

impl Conversation {
    /// Prints the checks, and asks what to do about them.
    pub(super) fn checks(&mut self) -> Turn<()> {
        self.title();
        self.report_run()?;
        self.teach();
        let state = &self.state;
        let failed =
            matches!(state.standing(), Standing::Ended(_)) && state.run.as_ref().is_some_and(|run| run.board.failed());
        // A person sees the notes before the next question. A pipe has answers only to the questions of the core.
        let quiet = matches!(state.standing(), Standing::Ended(_)) && !failed;
        let noted = state.run.as_ref().is_some_and(|run| !run.board.findings().is_empty());
        if quiet && (!noted || !self.person) && self.state.scope() == Scope::All && self.state.lesson().is_none() {
            return self.go_on(None);
        }
        let (rows, mut ways): (Vec<PromptRow>, Vec<NextAction>) =
            self.ways().into_iter().map(|(words, way)| (PromptRow::new(words), way)).unzip();
        // A key too many must not create anything in the store.
        let first = ways.iter().position(|way| !matches!(way, NextAction::Repair(repair) if repair.acts_on_store()));
        let on = ways.iter().position(|way| matches!(way, NextAction::Continue));
        let default = if failed { first } else { on };
        let help = "Repairs come first. Each row says what it does; nothing is written to a file before the review.";
        match self.choose("What next?", help, rows, default)? {
            Some(at) => self.take_way(ways.swap_remove(at)),
            None => self.go_back(),
        }
    }

    /// Waits for a run of checks that is in progress, and prints what it shows. Prints each run once.
    pub(super) fn report_run(&mut self) -> Turn<()> {
        let mut printed = Vec::new();
        let busy = |state: &State| state.busy() || state.run.as_ref().is_some_and(Run::going);
        let number = self.state.run.as_ref().map_or(0, |run| run.number);
        if number == self.reported && !busy(&self.state) {
            return Ok(());
        }
        let mut repaired = self.state.repaired.len();
        self.say_repaired(0);
        self.wait(busy, |now, late| {
            if now.state.repaired.len() > repaired {
                now.say_repaired(repaired);
            }
            repaired = now.state.repaired.len();
            now.say_stages(&mut printed);
            let waiting = now.state.run.as_ref().and_then(|run| run.board.waited_for()).filter(|_| late);
            if let Some(entry) = waiting {
                let left = match entry.state {
                    Progress::Slow(left) => format!(", {} s left", left.as_secs()),
                    _ => String::new(),
                };
                let bucket = if entry.row.bucket.is_empty() || entry.row.title.contains(&entry.row.bucket) {
                    String::new()
                } else {
                    format!(" ({})", entry.row.bucket)
                };
                now.printer.say(0, &format!("Still waiting for: {}{bucket}{left}.", entry.row.title));
            }
        })?;
        self.say_stages(&mut printed);
        self.reported = self.state.run.as_ref().map_or(0, |run| run.number);
        self.say_findings();
        Ok(())
    }

    /// Prints the results of repairs from this index on.
    fn say_repaired(&self, from: usize) {
        for (_, result) in self.state.repaired.iter().skip(from) {
            match result {
                Ok(said) => self.printer.result(StatusSymbol::Pass, said),
                Err(error) => self.printer.result(StatusSymbol::Fail, &error.to_string()),
            }
        }
    }

    /// Prints the stages whose checks have all ended, in their order, each once.
    fn say_stages(&self, printed: &mut Vec<(u64, CheckGroup)>) {
        let Some(run) = &self.state.run else { return };
        let mut stages: Vec<(CheckGroup, Vec<&BoardEntry>)> = Vec::new();
        for entry in &run.board.entries {
            match stages.iter_mut().find(|(group, _)| *group == entry.row.group) {
                Some((_, entries)) => entries.push(entry),
                None => stages.push((entry.row.group, vec![entry])),
            }
        }
        let ended = |entry: &&BoardEntry| matches!(entry.state, Progress::Done { .. });
        for (group, entries) in stages.into_iter().take_while(|(_, entries)| entries.iter().all(ended)) {
            if !printed.contains(&(run.number, group)) {
                printed.push((run.number, group));
                let (mark, words) = stage(group, &entries);
                self.printer.result(mark, &words);
            }
        }
    }

    /// Prints the findings in full, and the verdicts.
    fn say_findings(&mut self) {
        self.cache.prepare(&self.state, false, false);
        for jump in self.cache.jumps() {
            match jump {
                Jump::Finding(finding) => {
                    printer::gap();
                    let mark = if finding.severity == Severity::Note { StatusSymbol::Warn } else { StatusSymbol::Fail };
                    self.printer.result(mark, &format!("{} [{}]", finding.summary, finding.id));
                    let seen = finding.evidence.iter().map(|seen| format!("seen: {seen}"));
                    let hints = finding.hints.iter().map(|hint| format!("hint: {hint}"));
                    seen.chain(hints).for_each(|line| self.printer.say(4, &line));
                }
                Jump::File(finding) => {
                    printer::gap();
                    let mark = if finding.severity == Severity::Note { StatusSymbol::Warn } else { StatusSymbol::Fail };
                    self.printer.result(mark, &finding.summary);
                    for hint in &finding.hints {
                        self.printer.say(4, hint);
                    }
                }
                Jump::Problem(problem) => self.printer.result(StatusSymbol::Fail, &problem.message),
                Jump::Continue(_) => {}
            }
        }
        for leftover in self.state.run.iter().filter_map(|run| run.board.end.as_ref()).flat_map(|end| &end.leftovers) {
            let said = format!("Left in the store: {} in {}. Remove it by hand.", leftover.key, leftover.bucket);
            self.printer.result(StatusSymbol::Warn, &said);
        }
        printer::gap();
        let worst = self.cache.findings().iter().map(|finding| finding.severity).max();
        for verdict in verdicts::verdicts(&self.state, worst) {
            let mark = match verdict.certainty {
                Certainty::Good => StatusSymbol::Pass,
                Certainty::Warned => StatusSymbol::Warn,
                Certainty::Bad => StatusSymbol::Fail,
                Certainty::Unknown => StatusSymbol::NotProbed,
                Certainty::Open => StatusSymbol::Waiting,
            };
            self.printer.result(mark, &format!("{}: {}", verdict.about.name(), verdict.said));
        }
    }

    /// Returns the ways to go on: the repairs first, leaving last.
    fn ways(&mut self) -> Vec<(String, NextAction)> {
        self.cache.prepare(&self.state, false, false);
        let state = &self.state;
        let mut ways: Vec<(String, NextAction)> = Vec::new();
        let mut fields_to_change: Vec<Field> = Vec::new();
        for jump in self.cache.jumps() {
            match jump {
                Jump::Finding(finding) => {
                    let repairs = finding.repairs().cloned();
                    ways.extend(repairs.map(|repair| (view::words(&repair), NextAction::Repair(repair))));
                }
                Jump::File(finding) if !finding.edits.is_empty() => {
                    ways.push((
                        format!("fix in the file: {}", finding.summary),
                        NextAction::FixFiles(vec![finding.clone()]),
                    ));
                }
                _ => {}
            }
            if let Some(field) =
                jump.field().and_then(|key| field_of(state, key)).filter(|field| !fields_to_change.contains(field))
            {
                fields_to_change.push(field);
            }
        }
        // Two findings may have the same repair.
        let mut seen = Vec::new();
        ways.retain(|(words, _)| {
            let new = !seen.contains(words);
            seen.push(words.clone());
            new
        });
        if state.missing().len() > 1 {
            // In a new store, all of it is missing. Elsewhere, a name may be wrong.
            let at = if state.purpose() == Purpose::Install { 0 } else { ways.len() };
            ways.insert(at, ("create everything that is missing".into(), NextAction::CreateMissing));
        }
        ways.extend(
            fields_to_change.into_iter().map(|field| (format!("change: {}", field.label()), NextAction::Change(field))),
        );
        let findings =
            || state.run.iter().flat_map(|run| run.board.findings()).map(|(_, finding)| finding.into_owned());
        if state.asks_for_creator() {
            ways.push(("create with other keys, only for creating".into(), NextAction::Creator));
        }
        let testable = state.draft.store(Scope::All).is_some();
        if testable && state.scope() == Scope::ReadOnly && !state.dry {
            ways.push(("try uploads too, with small objects that are removed".into(), NextAction::Prove));
        }
        if !state.route.patient && findings().any(|finding: Finding| finding.silent) {
            ways.push(("test again, and wait as long as Score does".into(), NextAction::Longer));
        }
        if testable {
            ways.push(("test again".into(), NextAction::Again));
        }
        if testable && !state.store_settings {
            ways.push(("test again, and read the settings of the buckets".into(), NextAction::StoreSettings));
        }
        let s3 = state.draft.target().is_ok_and(|target| target.store.s3().is_some());
        if s3 && findings().any(|finding| finding.id.concerns_permissions()) {
            ways.push(("show the rights that the access key needs".into(), NextAction::Policy));
        }
        if state.store(Scope::Reach).is_some() && findings().any(|finding| finding.id == Id::P31) {
            ways.push(("show a command to try from a client's machine".into(), NextAction::Client));
        }
        let ahead = state.ahead();
        let on = if ahead.is_empty() {
            "continue to the review".to_owned()
        } else {
            format!("continue: {}, then the review", ahead.join(", "))
        };
        ways.push((on, NextAction::Continue));
        ways.push(("leave".into(), NextAction::Leave));
        ways
    }

    fn take_way(&mut self, way: NextAction) -> Turn<()> {
        match way {
            NextAction::Repair(Repair::SetPolicy { name, before: Some(before), after }) => {
                self.say_policy(&name, &before, &after);
                if self.confirm(&format!("Change the policy {name}?"), false)? {
                    self.send(Event::RepairAsked(Repair::SetPolicy { name, before: Some(before), after }))?;
                }
                Ok(())
            }
            NextAction::Repair(repair) if rule_question(&repair).is_some() => {
                let words = rule_question(&repair).unwrap_or_default();
                words.iter().skip(1).for_each(|text| self.printer.say(0, text));
                if self.confirm(&format!("{}?", words[0]), false)? {
                    self.send(Event::RepairAsked(repair))?;
                }
                Ok(())
            }
            NextAction::Repair(repair) => self.send(Event::RepairAsked(repair)),
            NextAction::StoreSettings => {
                self.send(Event::StoreSettingsChosen(true))?;
                self.send(Event::CheckAsked)
            }
            NextAction::FixFiles(findings) => {
                self.send(Event::FixAsked(findings))?;
                self.send(Event::CheckAsked)
            }
            NextAction::Change(field) => self.change(field),
            NextAction::Continue => self.go_on(None),
            NextAction::CreateMissing => self.create_missing(),
            NextAction::Creator => self.ask_creator(),
            NextAction::Prove => self.send(Event::ProveAsked),
            NextAction::Longer => {
                let route = crate::store::probe::Route { patient: true, ..self.state.route.clone() };
                self.send(Event::RouteChosen(route))?;
                self.send(Event::CheckAsked)
            }
            NextAction::Again => self.send(Event::CheckAsked),
            NextAction::Policy => {
                if let Some(store) = self.state.draft.target().ok().and_then(|target| target.store.s3().cloned()) {
                    printer::print(&format!("{}\n", advice::guide(&store, self.state.draft.provider).script()));
                }
                Ok(())
            }
            NextAction::Client => self.try_from_client(),
            NextAction::Leave => self.say_leave(),
        }
    }

    /// Leaves, and asks first if that would lose something.
    pub(super) fn say_leave(&mut self) -> Turn<()> {
        if self.state.would_lose() && !self.confirm("Leave? Secrets and fixes are not kept.", false)? {
            return Ok(());
        }
        self.send(Event::LeaveAsked)
    }

    /// Shows a policy before and after its change.
    fn say_policy(&self, name: &str, before: &Policy, after: &Policy) {
        self.printer.say(0, &format!("The policy {name}:"));
        for (word, policy) in [("now", before), ("then", after)] {
            for (what, said) in view::terms(policy) {
                self.printer.say(2, &format!("{word}: {what} {said}"));
            }
        }
        self.printer.say(
            0,
            "Every shared access signature that names this policy changes immediately, for all its users. Azure may take \
             30 s.",
        );
    }

    /// Asks about everything that is missing, and creates it.
    fn create_missing(&mut self) -> Turn<()> {
        for repair in self.state.missing() {
            self.printer.say(2, &view::words(&repair));
        }
        let with = match self.state.creator() {
            Some(keys) => format!("With the access key {}, which is not written anywhere.", keys.access_key),
            None => "With the keys of Score. Then the sentinel (a small test object), if it is missing.".to_owned(),
        };
        self.printer.say(2, &with);
        let first = self.state.purpose() == Purpose::Install;
        if self.confirm("Create them?", first)? { self.send(Event::CreateMissingAsked) } else { Ok(()) }
    }

    /// Asks for other credentials, only for creating.
    fn ask_creator(&mut self) -> Turn<()> {
        let help =
            "They are used to create buckets and the sentinel, and to remove scratch objects. They are never written.";
        let kind = PromptKind::Text { shown: String::new(), example: "only for creating".into(), several: false };
        let PromptReply::Given(access_key) =
            self.ask(Inquiry { label: "Access key".into(), help: help.into(), kind })?
        else {
            return Ok(());
        };
        let kind = PromptKind::Secret { empty: "" };
        let PromptReply::Given(secret) = self.ask(Inquiry { label: "Secret key".into(), help: help.into(), kind })?
        else {
            return Ok(());
        };
        let keys = Keys { access_key: access_key.trim().to_owned(), secret_key: Secret::new(secret.trim()) };
        self.send(Event::CreateAs(Some(keys)))?;
        if self.state.missing().is_empty() { Ok(()) } else { self.create_missing() }
    }

    /// Prints a command that tries the store from the machine of a client.
    pub(super) fn try_from_client(&mut self) -> Turn<()> {
        if let Some(command) = link::attempt(&self.state) {
            printer::print(&format!("{command}\n"));
            return Ok(());
        }
        self.send(Event::LinkAsked)?;
        self.wait(|state| state.link.is_none(), |_, _| ())?;
        match self.state.link.clone() {
            // The operator asked for the URL.
            Some(Ok(url)) => printer::print(&format!("{}\n", link::command(&url))),
            Some(Err(finding)) => self.printer.result(StatusSymbol::Fail, &finding.summary),
            None => {}
        }
        Ok(())
    }

    /// Waits for the checks of the current answers, if they run while another page is shown. Returns to the checks if
    /// they fail.
    pub(super) fn await_checks(&mut self) -> Turn<bool> {
        if self.state.standing() != Standing::Running {
            return Ok(false);
        }
        self.report_run()?;
        let failed = self.state.failed();
        if failed {
            self.send(Event::StepChosen(Step::Checks))?;
        }
        Ok(failed)
    }
}

/// Returns the field of a setting, if a page asks it.
pub(super) fn field_of(state: &State, key: &str) -> Option<Field> {
    let step = crate::wizard::field::step_of(key)?;
    fields(state, step)
        .into_iter()
        .rfind(|field| field.key() == Some(key))
        .filter(|field| form::step_of(*field).is_some())
}

/// Returns the mark and the words of a stage whose checks have ended.
fn stage(group: CheckGroup, entries: &[&BoardEntry]) -> (StatusSymbol, String) {
    let marks = entries.iter().filter_map(|entry| match &entry.state {
        Progress::Done { outcome, .. } => Some(StatusSymbol::of(outcome)),
        _ => None,
    });
    let marks: Vec<StatusSymbol> = marks.collect();
    let kinds: [(&[StatusSymbol], &str); 4] = [
        (&[StatusSymbol::Pass], "passed"),
        (&[StatusSymbol::Warn], "with a note"),
        (&[StatusSymbol::Fail], "failed"),
        (&[StatusSymbol::Waiting, StatusSymbol::NotProbed], "not tried"),
    ];
    let counts = kinds.map(|(kinds, word)| (marks.iter().filter(|mark| kinds.contains(mark)).count(), word));
    let worst = [StatusSymbol::Fail, StatusSymbol::Warn, StatusSymbol::Waiting, StatusSymbol::Pass];
    let worst = worst.into_iter().find(|kind| marks.contains(kind)).unwrap_or(StatusSymbol::NotProbed);
    let said: Vec<_> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let failed = entries.iter().filter(|entry| matches!(entry.state, Progress::Done { outcome: Outcome::Fail(_), .. }));
    let failed: Vec<_> = failed.map(|entry| entry.row.title.as_str()).collect();
    let names = if failed.is_empty() { String::new() } else { format!(": {}", failed.join(", ")) };
    let checks = counted(entries.len(), "check");
    let said =
        if said.len() == 1 && worst == StatusSymbol::Pass { format!("{checks} passed") } else { said.join(", ") };
    (worst, format!("{}: {said}{names}", group.name()))
}
