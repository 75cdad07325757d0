//! `apply --answers FILE`: validate, check, create, check again, write, read back.

use std::{cell::Cell, fs, io, os::unix::fs::PermissionsExt, path::Path};

use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::{
    session::{Session, StepResult, Surroundings, trouble},
    text,
};
use crate::{
    answers::{
        Acceptance,
        draft::{Problem, Remark},
        file as answers,
        file::{Answers, Sources},
    },
    install::lint,
    score::{Id, Scope, Severity},
    shell::cli::{self, Code, Common},
    store::checks::{Repair, engine::Board},
    store::files::{read_at_most, read_regular},
    text::cause,
    wizard::{
        Blocked, Event, Trouble, events, next_steps,
        proposal::{Proposal, Receipt},
    },
};

/// The size limit of an answers file, and of a file that an answer refers to. Real ones have a few kilobytes.
pub(super) const MOST: u64 = 1024 * 1024;

/// Turns an answers file into a written configuration.
pub(super) fn apply<'a>(
    asked: &'a cli::ApplyArgs,
    common: &'a Common,
    surroundings: Surroundings<'a>,
) -> io::Result<Code> {
    let mut session = Session::new(common, surroundings, asked.dry_run, false);
    session.shown.0 = asked.answers.display().to_string();
    let mut apply = ApplyRun { asked, session, planned: Vec::new() };
    let code = apply.go();
    let ApplyRun { session, .. } = apply;
    let text = (!asked.json).then(|| session.report.diff.clone().unwrap_or_default());
    session.end(code, text, "Left. No file was written.")
}

struct ApplyRun<'a> {
    asked: &'a cli::ApplyArgs,
    session: Session<'a>,
    /// The items that a dry run would create in the store.
    planned: Vec<Repair>,
}

impl ApplyRun<'_> {
    fn go(&mut self) -> Code {
        let stages = [Self::open, Self::check, Self::write];
        match stages.into_iter().try_for_each(|stage| stage(self)) {
            Ok(()) if self.planned_fixes_all() => Code::Done,
            Ok(()) => self.session.ended_with_failures().unwrap_or(Code::Done),
            Err(code) => code,
        }
    }

    /// Returns true if every failure of the checks ends when the planned items are created.
    fn planned_fixes_all(&self) -> bool {
        let findings = self.session.board().into_iter().flat_map(Board::findings);
        let mut failures = findings.filter(|(_, finding)| finding.severity > Severity::Note).peekable();
        let is_planned = |repair: &Repair| self.planned.contains(repair);
        failures.peek().is_some() && failures.all(|(_, finding)| finding.repairs().any(is_planned))
    }

    /// Reads all input, and reports all that is wrong with it at once.
    fn open(&mut self) -> StepResult {
        let (answers, mut problems) =
            match answers(&self.asked.answers, &self.asked.set, self.session.surroundings.variable) {
                Ok(read) => read,
                Err(trouble) => return self.session.stop(Code::Wrong, trouble),
            };
        let Some(answers) = answers else { return self.wrong(problems) };
        self.session.send(Event::CreateChosen(answers.create));
        self.session.prepare()?;
        self.session.load(self.asked.conf.as_deref())?;
        for event in events(&answers) {
            self.session.send(event);
        }
        if let Some(release) = self.session.common.release {
            self.session.send(Event::ReleaseChosen(release));
        }
        self.fix_lines();
        // A problem of both answers file and draft is reported once, with its line.
        let known: Vec<_> = problems.iter().flat_map(|problem| problem.settings.clone()).collect();
        let told = |problem: &Problem| problem.settings.first().is_some_and(|key| known.contains(key));
        problems.extend(self.session.state.problems().into_iter().filter(|problem| !told(problem)));
        self.accept(answers.accepted);
        self.remark(answers.warnings, problems.is_empty());
        if problems.is_empty()
            && let Err(Blocked::Problems(refused)) = self.session.state.proposal()
        {
            // The answers are right, but cannot be written where Score looks for them.
            problems = refused;
        }
        if problems.is_empty() { Ok(()) } else { self.wrong(problems) }
    }

    /// Fixes lines that stop Score, if that needs no answer; the difference shows it. Missing values come from the answers.
    /// Unread settings stay, and are reported.
    fn fix_lines(&mut self) {
        let lint = self.session.state.lint().into_iter();
        let findings: Vec<_> = lint.filter(lint::FileFinding::is_about_a_line).collect();
        for finding in &findings {
            let at = finding.line.map_or(String::new(), |line| format!(":{line}"));
            let file = finding.file.file_name().unwrap_or_default().to_string_lossy();
            self.session.say(&format!("note: {file}{at}: {} The new file fixes it.", finding.summary));
        }
        if !findings.is_empty() {
            self.session.send(Event::FixAsked(findings));
        }
    }

    /// Accepts findings until their last day.
    fn accept(&mut self, accepted: Vec<Acceptance>) {
        let today = OffsetDateTime::now_utc().date();
        let (valid, over): (Vec<_>, Vec<_>) =
            accepted.into_iter().partition(|accepted| accepted.until.is_none_or(|until| until >= today));
        for Acceptance { id, until, .. } in over {
            let until = until.map_or(String::new(), |until| until.to_string());
            self.session.say(&format!("note: {id} is no longer accepted: its last day was {until}."));
        }
        self.session.report.accepted = valid;
    }

    /// Reports remarks, which do not stop a run. The release is compared only if a file will be written for it.
    fn remark(&mut self, warnings: Vec<Remark>, right: bool) {
        let mut remarks = warnings;
        let deployment = self.session.state.deployment.as_ref();
        let named_after = deployment.and_then(|deployment| Some(deployment.release.as_ref()?.what));
        if let (Some(named), Some(chosen)) =
            (named_after, self.session.state.draft.release.filter(|_| !self.session.state.release_found))
            && named != chosen
            && right
        {
            let message = format!("The installation is Score {named}, but the file is written for Score {chosen}.");
            remarks.push(Remark::new(Id::T57, None, message));
        }
        remarks.extend(self.session.state.draft.remarks());
        let moves = self.session.state.relocations().into_iter();
        remarks.extend(moves.map(|message| Remark::new(Id::T62, None, message)));
        self.session.report_remarks(remarks);
    }

    fn wrong(&mut self, problems: Vec<Problem>) -> StepResult {
        self.session.report_problems(problems);
        Err(Code::Wrong)
    }

    /// Runs the checks, creates what may be created, and runs them again.
    fn check(&mut self) -> StepResult {
        if self.asked.no_check {
            return Ok(());
        }
        if self.session.state.draft.store(Scope::All).is_none() {
            return self.cannot_try();
        }
        self.session.send(Event::CheckAsked);
        self.session.wait();
        if !self.asked.dry_run {
            self.session.send(Event::CreateMissingAsked);
            self.session.wait();
        }
        self.session.stay()?;
        self.session.report_findings();
        if self.asked.dry_run {
            self.planned = self.session.state.creatable();
            for repair in &self.planned {
                self.session.say(&would(repair));
            }
            return Ok(());
        }
        if self.session.ended_with_failures().is_some() && !self.asked.write_anyway {
            self.session.say("Nothing was written, because checks failed. Use --write-anyway to write anyway.");
            return Err(Code::CheckFailed);
        }
        Ok(())
    }

    /// Stops, because the existing file has a placeholder for a value that the checks need.
    fn cannot_try(&mut self) -> StepResult {
        let unresolved =
            self.session.state.draft.target().map(|target| target.unresolved).unwrap_or_default().join(", ");
        let cause = format!(
            "the file has a placeholder (${{…}}) for {unresolved}, which Spring replaces only when Score starts"
        );
        if self.asked.dry_run {
            self.session.say(&format!("Nothing is checked: {cause}."));
            return Ok(());
        }
        let hint = "give the value in the answers, or use --no-check";
        self.session.stop(Code::CouldNot, trouble("cannot test the store from here", &cause, hint))
    }

    fn write(&mut self) -> StepResult {
        let proposal = match self.session.state.proposal() {
            Ok(proposal) => proposal,
            // Cannot happen: nothing has changed since `open` found no problem.
            Err(blocked) => {
                return self.session.stop(Code::Wrong, trouble("nothing can be written", &format!("{blocked:?}"), ""));
            }
        };
        if self.asked.dry_run {
            let of_base = self.session.state.deployment.iter().flat_map(|deployment| &deployment.application.notes);
            let notes: Vec<_> = of_base.chain(proposal.files.iter().flat_map(|file| &file.notes)).cloned().collect();
            for note in &notes {
                self.note(note);
            }
            self.session.report.diff = Some(proposal.to_text());
            self.session.report.would_change = proposal.changed() || !self.planned.is_empty();
            self.session.say("Nothing was written: this is a dry run.");
            return Ok(());
        }
        let anyway = self.asked.no_check || self.asked.write_anyway;
        let receipt = self.session.write(&proposal, anyway)?;
        // After the operator left, the file is not read again.
        let again = self.session.state.proposal().ok().filter(|_| self.session.state.over.is_none());
        if again.as_ref().is_some_and(Proposal::changed) {
            let cause = "it does not have the written values";
            return self
                .session
                .stop(Code::CouldNot, trouble(&format!("{} is wrong", self.session.shown.1), cause, ""));
        }
        self.report_receipt(&receipt);
        let told = |note: &String| receipt.files.iter().any(|file| file.notes.contains(note));
        let read_back = again.into_iter().flat_map(|again| again.files).flat_map(|file| file.notes);
        for note in read_back.filter(|note| !told(note)) {
            self.note(&format!("after reading the file again: {note}"));
        }
        Ok(())
    }

    fn report_receipt(&mut self, receipt: &Receipt) {
        for file in &receipt.files {
            self.session.say(&text::written(file));
            for note in &file.notes {
                self.note(note);
            }
        }
        let changed = receipt.files.iter().any(|file| file.changed);
        if !changed {
            return;
        }
        let style = self.session.surroundings.style;
        let steps: Vec<_> = next_steps(&self.session.state).iter().map(|step| style.next_step(step)).collect();
        if !steps.is_empty() {
            self.session.say(&format!("\nBefore Score works:\n{}\n", steps.join("\n")));
        }
    }

    /// Reports a note, unless it was reported as a remark.
    fn note(&mut self, note: &str) {
        if !self.session.report.remarks.iter().any(|remark| remark.message == note) {
            self.session.say(&format!("note: {note}"));
        }
    }
}

/// Reads an answers file. The answers are absent if it cannot be understood.
pub(super) fn answers(
    path: &Path,
    set: &[String],
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<(Option<Answers>, Vec<Problem>), Trouble> {
    let unreadable = |cause: &str| {
        let hint = "for an example, run: score-setup help apply";
        trouble(&format!("cannot read {}", path.display()), cause, hint)
    };
    let piped = cli::is_standard_input(path);
    let bytes = Zeroizing::new(read_at_most(path, MOST).map_err(|error| unreadable(&cause(&error)))?);
    let text = str::from_utf8(&bytes).map_err(|_| unreadable("it is not text in UTF-8"))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let open = |what: fs::Metadata| what.is_file() && what.permissions().mode() & 0o077 != 0;
    let open_to_others = fs::metadata(path).is_ok_and(open);
    // Only one of the answers and a secret can be standard input.
    let taken = Cell::new(piped);
    let file = |path: &Path| {
        if !cli::is_standard_input(path) {
            return read_regular(&folder.join(path), MOST);
        }
        if taken.replace(true) {
            return Err(io::Error::other("standard input is read once, and something else is read from it"));
        }
        read_at_most(path, MOST)
    };
    let sources = Sources { variable, file: &file, open_to_others };
    Ok(answers::read_with(text, set, &sources))
}

/// Describes what a dry run would create in the store.
fn would(repair: &Repair) -> String {
    match repair {
        Repair::CreateBucket { bucket } => format!("Would create the bucket {bucket}."),
        Repair::CreateContainer { container } => format!("Would create the container {container}."),
        Repair::PutSentinel { bucket, key } => format!("Would put the sentinel {key} into {bucket}."),
        Repair::SetPolicy { name, before: None, .. } => format!("Would create the policy {name}."),
        Repair::SetPolicy { name, .. } => format!("Would change the policy {name}."),
        Repair::AbortUploads { bucket, days, .. } => {
            format!("Would add a lifecycle rule to {bucket} that aborts unfinished uploads after {days} days.")
        }
        Repair::Answer { key, .. } | Repair::Trim { key } | Repair::Swap { one: key, .. } => {
            format!("Would change {key}.")
        }
    }
}
