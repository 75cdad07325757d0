//! One unattended run: sends events to the core, waits for what its effects report, and prints it.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, channel},
};

use super::{
    json,
    summary::Summary,
    text::{Style, acceptance},
};
use crate::{
    answers::draft::{Problem, Remark},
    effects::Performer,
    shell::{
        cli::{Code, Common, is_standard_input},
        tui::receipt::undo_rules,
    },
    store::checks::{
        Finding, News,
        engine::{Board, Progress, Verdict},
    },
    text::cause,
    wizard::{
        Event, Exit, SessionOptions, Standing, State, Trouble,
        proposal::{Proposal, Receipt, WriteError},
        update,
    },
};

/// The streams and the environment of an unattended run.
pub struct Surroundings<'a> {
    /// The abilities of `out`.
    pub style: Style,
    /// The requested output: the rows and findings of `check`, the difference, the table, the JSON document.
    pub out: &'a mut dyn Write,
    /// The abilities of `messages`.
    pub message_style: Style,
    /// Progress and errors.
    pub messages: &'a mut dyn Write,
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The name of this machine.
    pub host: String,
    /// Reads a line from the operator; `None` if there is no terminal.
    pub answer: Option<&'a dyn Fn() -> String>,
}

impl std::fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings").field("host", &self.host).finish_non_exhaustive()
    }
}

/// One run of `apply`, `check` or `report`. Messages that cannot be printed do not stop it.
pub(super) struct Session<'a> {
    pub(super) common: &'a Common,
    pub(super) surroundings: Surroundings<'a>,
    pub(super) state: State,
    pub(super) performer: Performer,
    pub(super) events: Receiver<Event>,
    /// The names of the answers file and of the properties file in messages.
    pub(super) shown: (String, String),
    pub(super) report: Summary,
    /// The results of a running Score that is asked.
    pub(super) asked: Option<Board>,
    /// True if only the end is reported.
    pub(super) quiet: bool,
    /// The reason why an effect could not be started.
    pub(super) unperformed: Option<io::Error>,
    /// True if rows, findings and the verdict are the requested output. Otherwise they are progress.
    pub(super) results_asked: bool,
    /// The number of a run, and the number of its rows that were printed.
    pub(super) printed: (u64, usize),
    /// The reason why the requested output could not be printed.
    pub(super) unprinted: Option<io::Error>,
}

/// The run number of questions to a running Score, which the core does not use.
pub(super) const ASKED: u64 = 0;

/// The result of a step: continue, or stop with an exit code.
pub(super) type StepResult = Result<(), Code>;

impl<'a> Session<'a> {
    pub(super) fn new(common: &'a Common, surroundings: Surroundings<'a>, dry: bool, as_written: bool) -> Self {
        let (sender, events) = channel();
        let performer = Performer::new(move |event| {
            let _ = sender.send(event);
        });
        let options = SessionOptions { dry, as_written, ..SessionOptions::new(surroundings.host.clone()) };
        let state = State::new(options);
        let (shown, report) = ((String::new(), String::new()), Summary::default());
        Self {
            common,
            surroundings,
            state,
            performer,
            events,
            shown,
            report,
            asked: None,
            quiet: false,
            unperformed: None,
            results_asked: false,
            printed: (0, 0),
            unprinted: None,
        }
    }

    /// Sets the route to the store, and treats signals as the operator leaving.
    pub(super) fn prepare(&mut self) -> StepResult {
        match self.common.route() {
            Ok(route) => self.send(Event::RouteChosen(route)),
            Err(error) => {
                let why = trouble("cannot use the file of certificate authorities", &error.to_string(), "");
                return self.stop(Code::Wrong, why);
            }
        }
        match self.performer.watch_signals() {
            Ok(()) => Ok(()),
            Err(error) => self.stop(Code::CouldNot, trouble("cannot watch for signals", &error.to_string(), "")),
        }
    }

    /// Reads the deployment.
    pub(super) fn load(&mut self, conf: Option<&Path>) -> StepResult {
        let conf = conf.unwrap_or(Path::new("."));
        self.send(Event::PathChosen(absolute(conf)));
        self.wait();
        self.stay()?;
        self.shown.1 = self.state.path.display().to_string();
        if let Some(trouble) = self.state.trouble.clone() {
            self.send(Event::TroubleDismissed);
            // A file that Java refuses is wrong; any other trouble is a failure of this run.
            let code = if trouble.wrong { Code::Wrong } else { Code::CouldNot };
            return self.stop(code, trouble);
        }
        Ok(())
    }

    pub(super) fn report_problems(&mut self, problems: Vec<Problem>) {
        for problem in &problems {
            let line = self.style().problem(problem, &self.shown.0, &self.shown.1);
            self.result(&line);
        }
        self.report.problems = problems;
    }

    /// Reports remarks, which do not stop a run.
    pub(super) fn report_remarks(&mut self, remarks: Vec<Remark>) {
        for remark in &remarks {
            let line = self.style().remark(remark, &self.shown.0, &self.shown.1);
            self.result(&line);
        }
        self.report.remarks = remarks;
    }

    /// Reports findings and leftovers of the run that ended. Keeps the verdict for the last line.
    pub(super) fn report_findings(&mut self) {
        let Some(board) = self.board() else { return };
        let wrong = if self.report.judged { self.report.problems.len() } else { 0 };
        let style = self.style();
        let accepted = |finding: &Finding| self.report.accepted.iter().find(|accepted| accepted.id == finding.id);
        let line = |finding: &Finding| style.finding(finding) + &accepted(finding).map_or(String::new(), acceptance);
        let mut lines: Vec<_> = board.causes().iter().map(line).collect();
        for leftover in board.end.iter().flat_map(|end| &end.leftovers) {
            let kind = if leftover.upload.is_some() { "the unfinished upload of " } else { "" };
            lines.push(style.words(&format!("left in the store: {kind}{} in {}", leftover.key, leftover.bucket)));
        }
        self.report.verdict = Some(style.verdict(board, &self.state.host, wrong, &self.report.accepted()));
        for line in &lines {
            self.result(line);
        }
    }

    /// Returns the results of the newest run.
    pub(super) fn board(&self) -> Option<&Board> {
        self.asked.as_ref().or(self.state.run.as_ref().map(|run| &run.board))
    }

    pub(super) fn ended_with_failures(&self) -> Option<Code> {
        (self.state.standing() == Standing::Ended(Verdict::Fail)).then_some(Code::CheckFailed)
    }

    /// Stops if the operator left, or if an effect could not be started.
    pub(super) fn stay(&mut self) -> StepResult {
        if let Some(error) = self.unperformed.take() {
            let hint = "end other programs, or raise the limit of open files: ulimit -n";
            return self.stop(Code::CouldNot, trouble("cannot start this work", &cause(&error), hint));
        }
        self.left().map_or(Ok(()), Err)
    }

    /// Returns the exit code if the operator left and nothing was written.
    pub(super) fn left(&self) -> Option<Code> {
        (self.state.over == Some(Exit::Left)).then_some(Code::Left)
    }

    pub(super) fn send(&mut self, event: Event) {
        for effect in update(&mut self.state, event) {
            if let Err(error) = self.performer.perform(effect) {
                self.unperformed.get_or_insert(error);
            }
        }
    }

    /// Waits until all effects have ended.
    pub(super) fn wait(&mut self) {
        while self.state.busy() && self.state.over.is_none() && self.unperformed.is_none() {
            let Ok(event) = self.events.recv() else { return };
            self.report_news(&event);
            self.send(event);
            self.report_rows();
        }
    }

    /// Writes the proposal.
    ///
    /// # Errors
    /// Returns the exit code if it was refused, failed, or the operator left before.
    pub(super) fn write(&mut self, proposal: &Proposal, anyway: bool) -> Result<Receipt, Code> {
        self.send(Event::WriteAsked { fingerprint: proposal.fingerprint, anyway });
        self.wait();
        if let Some(mut trouble) = self.state.trouble.clone() {
            self.send(Event::TroubleDismissed);
            let (code, hint) = match self.report.refused.take() {
                None => (Code::CouldNot, trouble.hint),
                Some(hint) if hint.is_empty() => {
                    (Code::Refused, "run the command again; it then uses the current file".to_owned())
                }
                Some(hint) => (Code::Refused, hint),
            };
            trouble.hint = hint;
            self.stop(code, trouble)?;
        }
        self.state.receipt.clone().ok_or_else(|| self.left().unwrap_or(Code::CouldNot))
    }

    /// Prints the rows in the order of the plan: each one as soon as all rows above it are done.
    pub(super) fn report_rows(&mut self) {
        let (number, board) = match (&self.asked, &self.state.run) {
            (Some(board), _) => (ASKED, board),
            (None, Some(run)) => (run.number, &run.board),
            (None, None) => return,
        };
        let begun = if self.printed.0 == number { self.printed.1 } else { 0 };
        let style = self.style();
        let done = board.entries.iter().skip(begun).map_while(|entry| match &entry.state {
            Progress::Done { outcome, elapsed } => Some(style.row(&entry.row, outcome, *elapsed)),
            _ => None,
        });
        let lines: Vec<String> = done.collect();
        self.printed = (number, begun + lines.len());
        for line in &lines {
            self.result(line);
        }
    }

    pub(super) fn report_news(&mut self, event: &Event) {
        match event {
            Event::Repaired { repair, result } => {
                self.report.repaired.push((repair.clone(), result.clone()));
                let outcome = result.as_ref().map_or_else(|error| format!("not created: {error}"), Clone::clone);
                self.say(&self.surroundings.message_style.words(&outcome));
            }
            Event::RulesKept(kept) => {
                let (bucket, path) = (&kept.bucket, kept.path.display());
                self.say(&format!("The former lifecycle rules of {bucket} are in {path}. To put them back, run:"));
                self.say(&undo_rules(&self.state, kept));
            }
            Event::Written(Err(refused @ WriteError::Refused { .. })) => self.report.refused = Some(refused.hint()),
            Event::LeaveAsked => self.say("Stopping and cleaning up."),
            _ => {}
        }
    }

    /// Returns the abilities of the stream for results.
    pub(super) fn style(&self) -> Style {
        if self.results_asked { self.surroundings.style } else { self.surroundings.message_style }
    }

    /// Prints a part of the results.
    pub(super) fn result(&mut self, text: &str) {
        if !self.results_asked {
            self.say(text);
        } else if !self.quiet
            && let Err(error) = writeln!(self.surroundings.out, "{text}")
        {
            self.unprinted.get_or_insert(error);
        }
    }

    pub(super) fn say(&mut self, text: &str) {
        if !self.quiet {
            let _ = writeln!(self.surroundings.messages, "{text}");
        }
    }

    pub(super) fn stop(&mut self, code: Code, trouble: Trouble) -> StepResult {
        // An error is the last message, and is never suppressed.
        self.quiet = false;
        self.report_verdict();
        let style = self.surroundings.message_style;
        self.say(&style.words(&format!("error: {}\n  caused by: {}", trouble.what, trouble.cause)));
        if !trouble.hint.is_empty() {
            self.say(&style.words(&format!("  hint: {}", trouble.hint)));
        }
        self.report.trouble = Some(trouble);
        Err(code)
    }

    pub(super) fn report_verdict(&mut self) {
        if let Some(verdict) = self.report.verdict.take() {
            self.result(&verdict);
        }
    }

    /// Waits until the scratch objects are removed. If the operator left, also reports those that could not be removed.
    pub(super) fn clean_up(&mut self) {
        self.performer.finish();
        let left = self.left().is_some();
        while let Ok(event) = self.events.try_recv() {
            let Event::CheckNews { news: News::Finished { leftovers, .. }, .. } = event else { continue };
            for leftover in leftovers.iter().filter(|_| left) {
                let line = format!("left in the store: {} in {}", leftover.key, leftover.bucket);
                let line = self.surroundings.message_style.words(&line);
                let _ = writeln!(self.surroundings.messages, "{line}");
            }
        }
    }

    /// Reports the end, and prints the requested output: `text`, or the JSON document. `left` is the message if the operator
    /// left.
    pub(super) fn end(self, code: Code, text: Option<String>, left: &str) -> io::Result<Code> {
        let (document, out) = self.close(code, left)?;
        match text {
            Some(text) => out.write_all(text.as_bytes())?,
            None => json::print(&document, out)?,
        }
        Ok(code)
    }

    /// Reports the end. Returns the document of the run, and the stream for the requested output.
    pub(super) fn close(mut self, code: Code, left: &str) -> io::Result<(json::RunDocument, &'a mut dyn Write)> {
        self.report_verdict();
        self.clean_up();
        let Session { surroundings, state, shown, report, asked, unprinted, .. } = self;
        if code == Code::Left {
            let _ = writeln!(surroundings.messages, "{left}");
        }
        let document = report.document(&state, asked.as_ref(), &shown, code);
        unprinted.map_or(Ok((document, surroundings.out)), Err)
    }
}

/// Returns the path from the root; `-` stays standard input.
pub(super) fn absolute(conf: &Path) -> PathBuf {
    if is_standard_input(conf) {
        return conf.to_owned();
    }
    std::path::absolute(conf).unwrap_or_else(|_| conf.to_owned())
}

/// Returns an error that is about this run.
pub(super) fn trouble(what: &str, cause: &str, hint: &str) -> Trouble {
    Trouble { what: what.to_owned(), cause: cause.to_owned(), hint: hint.to_owned(), wrong: false }
}
