//! The shell without a terminal: `apply --answers FILE`. Turns answers into the same events as the screen does, drives the
//! same core, and prints what comes back. Rows and messages go to one stream, what was asked for to the other.

pub mod json;
pub mod lint;
mod report;
pub mod restore;
pub mod show;
pub mod text;

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, channel},
};

use zeroize::Zeroizing;

use crate::{
    answers::{self, Answers, Sources},
    checks::{News, Scope, board::Verdict},
    cli::{Apply, Code, Common},
    draft::{Problem, Remark},
    effects::{Performer, cause, read_at_most},
    output::{Receipt, WriteError},
    wizard::{Blocked, Event, Exit, Standing, State, Trouble, next_steps, update},
};
use report::Report;
use text::Style;

/// Where an unattended run reads and prints.
pub struct Surroundings<'a> {
    pub style: Style,
    /// What was asked for: the difference, the JSON document.
    pub out: &'a mut dyn Write,
    /// Rows and messages.
    pub messages: &'a mut dyn Write,
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The name of this machine.
    pub host: String,
}

impl std::fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings").field("host", &self.host).finish_non_exhaustive()
    }
}

/// Answers have a few kilobytes, and so has a file that one of them refers to.
const MOST: u64 = 1024 * 1024;

/// Validate, check, create, check again, write, read back. Messages that nobody hears any more stop nothing.
///
/// # Errors
/// Where what was asked for cannot be printed.
pub fn apply<'a>(asked: &'a Apply, common: &'a Common, surroundings: Surroundings<'a>) -> io::Result<Code> {
    let (sender, events) = channel();
    let performer = Performer::new(move |event| {
        let _ = sender.send(event);
    });
    let state = State { dry: asked.dry_run, ..State::new(surroundings.host.clone()) };
    let shown = (asked.answers.display().to_string(), String::new());
    let mut session =
        Session { asked, common, surroundings, state, performer, events, shown, report: Report::default() };
    let code = session.go();
    session.end(code)?;
    Ok(code)
}

struct Session<'a> {
    asked: &'a Apply,
    common: &'a Common,
    surroundings: Surroundings<'a>,
    state: State,
    performer: Performer,
    events: Receiver<Event>,
    /// The answers file and the properties file, as messages name them.
    shown: (String, String),
    report: Report,
}

/// A stage is over: go on, or stop with this code.
type Stage = Result<(), Code>;

impl Session<'_> {
    fn go(&mut self) -> Code {
        let stages = [Self::open, Self::check, Self::write];
        match stages.into_iter().try_for_each(|stage| stage(self)) {
            Ok(()) => self.ended_with_failures().unwrap_or(Code::Done),
            Err(code) => code,
        }
    }

    /// Reads everything there is to read, and tells all that is wrong with it at once.
    fn open(&mut self) -> Stage {
        let (answers, mut problems) = match self.answers() {
            Ok(read) => read,
            Err(trouble) => return self.stop(Code::Wrong, trouble),
        };
        let Some(answers) = answers else { return self.wrong(problems) };
        self.state.create = answers.create;
        match self.common.route() {
            Ok(route) => self.send(Event::RouteChosen(route)),
            Err(cause) => return self.stop(Code::Wrong, trouble("the file of authorities is not usable", &cause, "")),
        }
        if let Err(error) = self.performer.watch_signals() {
            return self.stop(Code::CouldNot, trouble("cannot watch for signals", &error.to_string(), ""));
        }
        let conf = self.asked.conf.clone().unwrap_or_else(|| PathBuf::from("."));
        self.send(Event::PathChosen(std::path::absolute(&conf).unwrap_or(conf)));
        self.settle();
        self.stay()?;
        self.shown.1 = self.state.path.display().to_string();
        if let Some(trouble) = self.state.trouble.take() {
            // A file that can be read and that Java refuses is a wrong file; else it is this run that could not.
            let code = if self.state.deployment.is_some() { Code::Wrong } else { Code::CouldNot };
            return self.stop(code, trouble);
        }
        self.mend();
        for event in answers::events(&answers) {
            self.send(event);
        }
        if let Some(release) = self.common.release {
            self.send(Event::ReleaseChosen(release));
        }
        // What answers file and draft both miss is told once, by the one that knows the line.
        let known: Vec<_> = problems.iter().flat_map(|problem| problem.settings.clone()).collect();
        let told = |problem: &Problem| problem.settings.first().is_some_and(|key| known.contains(key));
        problems.extend(self.state.problems().into_iter().filter(|problem| !told(problem)));
        self.remark(answers.warnings);
        if problems.is_empty()
            && let Err(Blocked::Problems(refused)) = self.state.proposal()
        {
            // Right answers that cannot be written where Score looks for them.
            problems = refused;
        }
        if problems.is_empty() { Ok(()) } else { self.wrong(problems) }
    }

    /// What is wrong in the files and needs no answer is mended first; the difference shows it.
    fn mend(&mut self) {
        let findings: Vec<_> = self.state.lint().into_iter().filter(|finding| !finding.mend.is_empty()).collect();
        for finding in &findings {
            let line = finding.line.map_or(String::new(), |line| format!(":{line}"));
            let file = finding.file.file_name().unwrap_or_default().to_string_lossy();
            self.say(&format!("note: {file}{line}: {} It is mended.", finding.summary));
        }
        if !findings.is_empty() {
            self.send(Event::MendAsked(findings));
        }
    }

    /// What is no reason to stop, and worth a word.
    fn remark(&mut self, warnings: Vec<Remark>) {
        let mut remarks = warnings;
        let named_after = self.state.deployment.as_ref().and_then(|deployment| Some(deployment.release.as_ref()?.what));
        if let (Some(named), Some(chosen)) =
            (named_after, self.state.draft.release.filter(|_| !self.state.release_found))
            && named != chosen
        {
            let message = format!("The folder is named after Score {named}; the file is written for Score {chosen}.");
            remarks.push(Remark { setting: None, message, origin: None });
        }
        remarks.extend(self.state.draft.remarks());
        let moves = self.state.moves().into_iter();
        remarks.extend(moves.map(|message| Remark { setting: None, message, origin: None }));
        for remark in &remarks {
            let line = self.surroundings.style.remark(remark, &self.shown.0, &self.shown.1);
            self.say(&line);
        }
        self.report.remarks = remarks;
    }

    fn wrong(&mut self, problems: Vec<Problem>) -> Stage {
        for problem in &problems {
            let line = self.surroundings.style.problem(problem, &self.shown.0, &self.shown.1);
            self.say(&line);
        }
        self.report.problems = problems;
        Err(Code::Wrong)
    }

    fn answers(&self) -> Result<(Option<Answers>, Vec<Problem>), Trouble> {
        let path = &self.asked.answers;
        let unreadable = |cause: &str| {
            let hint = "score-setup help apply shows such a file.";
            trouble(&format!("cannot read {}", path.display()), cause, hint)
        };
        let bytes = Zeroizing::new(read_at_most(path, MOST).map_err(|error| unreadable(&cause(&error)))?);
        let text = str::from_utf8(&bytes).map_err(|_| unreadable("it is not text in UTF-8"))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let open = |what: fs::Metadata| what.is_file() && what.permissions().mode() & 0o077 != 0;
        let open_to_others = fs::metadata(path).is_ok_and(open);
        let file = |path: &Path| read_at_most(&folder.join(path), MOST);
        let sources = Sources { variable: self.surroundings.variable, file: &file, open_to_others };
        Ok(answers::read(text, &sources))
    }

    /// Checks, creates what may be created, and checks again.
    fn check(&mut self) -> Stage {
        if self.asked.no_check {
            return Ok(());
        }
        if self.state.draft.store(Scope::All).is_none() {
            return self.cannot_try();
        }
        self.send(Event::CheckAsked);
        self.settle();
        if !self.asked.dry_run {
            self.send(Event::CreateMissingAsked);
            self.settle();
        }
        self.stay()?;
        let Some(run) = &self.state.run else { return Ok(()) };
        let style = self.surroundings.style;
        let mut lines: Vec<_> = run.board.findings().iter().map(|(_, finding)| style.finding(finding)).collect();
        for leftover in run.board.end.iter().flat_map(|end| &end.leftovers) {
            let kind = if leftover.upload.is_some() { "the unfinished upload of " } else { "" };
            lines.push(format!("left over: {kind}{} in {}", leftover.key, leftover.bucket));
        }
        self.report.verdict = Some(style.verdict(&run.board, &self.state.host));
        for line in &lines {
            self.say(line);
        }
        if self.ended_with_failures().is_some() && !self.asked.write_anyway && !self.asked.dry_run {
            self.say("Nothing is written, because checks failed; --write-anyway writes all the same.");
            return Err(Code::CheckFailed);
        }
        Ok(())
    }

    /// The existing file leaves something that the checks need to the machine Score runs on.
    fn cannot_try(&mut self) -> Stage {
        let unresolved = self.state.draft.target().map(|target| target.unresolved).unwrap_or_default().join(", ");
        let cause = format!("the file has ${{…}} for {unresolved}, which is filled in only when Score starts");
        if self.asked.dry_run {
            self.say(&format!("Nothing is checked: {cause}."));
            return Ok(());
        }
        let hint = "give the value in the answers, or write without checks: --no-check";
        self.stop(Code::CouldNot, trouble("the store cannot be tried from here", &cause, hint))
    }

    fn ended_with_failures(&self) -> Option<Code> {
        (self.state.standing() == Standing::Ended(Verdict::Fail)).then_some(Code::CheckFailed)
    }

    fn write(&mut self) -> Stage {
        let proposal = match self.state.proposal() {
            Ok(proposal) => proposal,
            // Nothing has changed since `open` found no problem.
            Err(blocked) => {
                return self.stop(Code::Wrong, trouble("nothing can be written", &format!("{blocked:?}"), ""));
            }
        };
        if self.asked.dry_run {
            let of_base = self.state.deployment.iter().flat_map(|deployment| &deployment.application.notes);
            let notes: Vec<_> = of_base.chain(proposal.files.iter().flat_map(|file| &file.notes)).cloned().collect();
            notes.iter().for_each(|note| self.note(note));
            self.report.diff = Some(proposal.to_text());
            self.say("Nothing is written: this is a dry run.");
            return Ok(());
        }
        let anyway = self.asked.no_check || self.asked.write_anyway;
        self.send(Event::WriteAsked { fingerprint: proposal.fingerprint, anyway });
        self.settle();
        if let Some(mut trouble) = self.state.trouble.take() {
            if !self.report.refused {
                return self.stop(Code::CouldNot, trouble);
            }
            "run this again: it is then about the file as it is now".clone_into(&mut trouble.hint);
            return self.stop(Code::Refused, trouble);
        }
        let Some(receipt) = self.state.receipt.clone() else {
            return Err(self.left().unwrap_or(Code::CouldNot));
        };
        // Who left while it was written does not have it read again.
        if self.state.over.is_none() && self.state.proposal().is_ok_and(|again| again.changed()) {
            let cause = "read back, it does not say what was written";
            return self.stop(Code::CouldNot, trouble(&format!("{} is not right", self.shown.1), cause, ""));
        }
        self.tell(&receipt);
        Ok(())
    }

    fn tell(&mut self, receipt: &Receipt) {
        for file in &receipt.files {
            let path = file.path.display();
            let backup = file.backup.as_ref().map_or(String::new(), |backup| format!(", backup {}", backup.display()));
            let (keys, mode, owner) = (file.keys, file.mode & 0o7777, &file.owner);
            self.say(&if file.changed {
                format!("{path} is written: {keys} keys, {mode:04o}, owner {owner}{backup}")
            } else {
                format!("{path} already says all this: nothing changed")
            });
            file.notes.iter().for_each(|note| self.note(note));
        }
        let changed = receipt.files.iter().any(|file| file.changed);
        if !changed {
            return;
        }
        let style = self.surroundings.style;
        let steps: Vec<_> = next_steps(&self.state).iter().map(|step| style.next_step(step)).collect();
        if !steps.is_empty() {
            self.say(&format!("\nBefore Score starts and serves:\n{}\n", steps.join("\n")));
        }
    }

    /// What was not remarked before.
    fn note(&mut self, note: &str) {
        if !self.report.remarks.iter().any(|remark| remark.message == note) {
            self.say(&format!("note: {note}"));
        }
    }

    fn stay(&self) -> Stage {
        self.left().map_or(Ok(()), Err)
    }

    /// The operator left, and nothing was written.
    fn left(&self) -> Option<Code> {
        (self.state.over == Some(Exit::Left)).then_some(Code::Left)
    }

    fn send(&mut self, event: Event) {
        for effect in update(&mut self.state, event) {
            self.performer.perform(effect);
        }
    }

    /// Until nothing that was asked for is under way.
    fn settle(&mut self) {
        while self.state.busy() && self.state.over.is_none() {
            let Ok(event) = self.events.recv() else { return };
            self.hear(&event);
            self.send(event);
        }
    }

    fn hear(&mut self, event: &Event) {
        let style = self.surroundings.style;
        match event {
            Event::Told { run, news: News::Done { id, outcome, elapsed } } => {
                let run = self.state.run.as_ref().filter(|current| current.number == *run);
                let row = run.and_then(|run| run.board.entries.iter().find(|entry| entry.row.id == *id));
                if let Some(line) = row.map(|entry| style.row(&entry.row, outcome, *elapsed)) {
                    self.say(&line);
                }
            }
            Event::Repaired { repair, result } => {
                self.report.repaired.push((repair.clone(), result.clone()));
                let outcome = result.as_ref().map_or_else(|error| format!("not created: {error}"), Clone::clone);
                self.say(&outcome);
            }
            Event::Written(Err(WriteError::Refused(_))) => self.report.refused = true,
            Event::LeaveAsked => self.say("Stopping and cleaning up."),
            _ => {}
        }
    }

    fn say(&mut self, text: &str) {
        let _ = writeln!(self.surroundings.messages, "{text}");
    }

    fn stop(&mut self, code: Code, trouble: Trouble) -> Stage {
        // An error has the last word.
        self.say_verdict();
        self.say(&format!("error: {}\n  caused by: {}", trouble.what, trouble.cause));
        if !trouble.hint.is_empty() {
            self.say(&format!("  hint: {}", trouble.hint));
        }
        self.report.trouble = Some(trouble);
        Err(code)
    }

    fn say_verdict(&mut self) {
        if let Some(verdict) = self.report.verdict.take() {
            self.say(&verdict);
        }
    }

    /// What was asked for.
    fn end(mut self, code: Code) -> io::Result<()> {
        self.say_verdict();
        let Session { asked, surroundings, state, performer, events, shown, report, .. } = self;
        // Scratch objects are removed before anything is said about the end.
        drop(performer);
        if code == Code::Left {
            for event in events.try_iter() {
                let Event::Told { news: News::Finished { leftovers, .. }, .. } = event else { continue };
                for leftover in leftovers {
                    let _ = writeln!(surroundings.messages, "left over: {} in {}", leftover.key, leftover.bucket);
                }
            }
            let _ = writeln!(surroundings.messages, "Left; nothing is written.");
        }
        if !asked.json {
            return surroundings.out.write_all(report.diff.unwrap_or_default().as_bytes());
        }
        let document = report.document(&state, &shown, code);
        serde_json::to_writer_pretty(&mut *surroundings.out, &document)?;
        writeln!(surroundings.out)
    }
}

fn trouble(what: &str, cause: &str, hint: &str) -> Trouble {
    Trouble { what: what.to_owned(), cause: cause.to_owned(), hint: hint.to_owned() }
}
