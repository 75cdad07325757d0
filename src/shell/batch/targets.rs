//! `check [CONF…]` and `check --score URL …`: chooses the targets, repeats the checks while `--wait` allows it, and prints
//! the results in the requested form.

use std::{
    io::{self, Write},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use time::{OffsetDateTime, macros::format_description};

use super::{
    check::{self, CheckTarget},
    json::{self, ChecksDocument, RunDocument, SCHEMA, TargetEntry},
    prometheus::{self, MeasuredTarget},
    session::Surroundings,
    text::Style,
};
use crate::{
    effects::signals::{SignalWatch, Signalled},
    shell::cli::{CheckArgs, Code, Common, Format},
    store::checks::engine::Verdict,
};

/// The pause between two runs of `--wait`.
const PAUSE: Duration = Duration::from_secs(2);

/// The exit codes of several targets, the most important first.
const ORDER: [Code; 6] = [Code::Left, Code::CouldNot, Code::Refused, Code::Wrong, Code::CheckFailed, Code::Done];

/// The result of the last run of a target.
struct Checked {
    name: String,
    document: RunDocument,
    elapsed: Duration,
    code: Code,
    /// The rows and messages, if they were kept until the end.
    rows: Vec<u8>,
    messages: Vec<u8>,
}

/// Checks all targets, and reports what works.
pub(super) fn check<'a>(asked: &'a CheckArgs, common: &'a Common, surroundings: Surroundings<'a>) -> io::Result<Code> {
    let Some(targets) = CheckTarget::all(asked) else {
        let hint = "give one CONF with one --score to compare them, or several of one kind";
        let _ = writeln!(surroundings.messages, "error: several CONF and --score cannot be combined\nhint: {hint}");
        return Ok(Code::Wrong);
    };
    let format = if asked.json { Format::Json } else { asked.format.unwrap_or(Format::Text) };
    let rows_asked = format == Format::Text && targets.len() == 1;
    let mut run = TargetsRun { asked, common, surroundings, rows_asked, several: targets.len() > 1 };
    let checked = match asked.wait {
        None => targets.iter().map(|target| run.once(target)).collect::<io::Result<_>>()?,
        Some(limit) => run.wait(&targets, limit)?,
    };
    let Surroundings { out, messages, style, .. } = run.surroundings;
    for one in &checked {
        out.write_all(&one.rows)?;
        let _ = messages.write_all(&one.messages);
    }
    let code = ORDER.into_iter().find(|code| checked.iter().any(|one| one.code == *code)).unwrap_or(Code::Done);
    match (format, checked.as_slice()) {
        (Format::Prometheus, all) => {
            let measured: Vec<_> = all.iter().map(Checked::measured).collect();
            out.write_all(prometheus::metrics(&measured).as_bytes())?;
        }
        (Format::Json, [one]) => json::print(&one.document, out)?,
        (Format::Json, all) => json::print(&document(all, code), out)?,
        (Format::Text, [_]) => {}
        (Format::Text, all) => out.write_all(table(all, style, asked.quiet).as_bytes())?,
    }
    Ok(code)
}

struct TargetsRun<'a> {
    asked: &'a CheckArgs,
    common: &'a Common,
    surroundings: Surroundings<'a>,
    /// True if the rows are the requested output.
    rows_asked: bool,
    several: bool,
}

impl TargetsRun<'_> {
    /// Checks a target once, and prints its rows immediately.
    fn once(&mut self, target: &CheckTarget) -> io::Result<Checked> {
        if self.several && !self.asked.quiet {
            let _ = writeln!(self.surroundings.messages, "{}", target.name());
        }
        let Surroundings { style, message_style, out, messages, variable, host, .. } = &mut self.surroundings;
        let mut none = io::sink();
        // The table has one line for each of several.
        let messages: &mut dyn Write = if self.several && self.asked.quiet { &mut none } else { &mut **messages };
        let (style, message_style, variable, host) = (*style, *message_style, *variable, host.clone());
        let inner = Surroundings { style, message_style, out: &mut **out, messages, variable, host, answer: None };
        run(target, self.asked, self.common, inner, self.rows_asked)
    }

    /// Checks a target once, and keeps its rows and messages.
    fn kept(&self, target: &CheckTarget) -> io::Result<Checked> {
        let (mut rows, mut messages) = (Vec::new(), Vec::new());
        let Surroundings { style, message_style, variable, host, .. } = &self.surroundings;
        let (style, message_style, variable, host) = (*style, *message_style, *variable, host.clone());
        let (out, heard) = (&mut rows, &mut messages);
        let inner = Surroundings { style, message_style, out, messages: heard, variable, host, answer: None };
        let checked = run(target, self.asked, self.common, inner, self.rows_asked)?;
        Ok(Checked { rows, messages, ..checked })
    }

    /// Repeats the checks of each target until they pass or the time is over. Prints one line for each change.
    fn wait(&mut self, targets: &[CheckTarget], limit: Duration) -> io::Result<Vec<Checked>> {
        let deadline = Instant::now() + limit;
        let interrupts = Interrupts::watch();
        let mut checked: Vec<Option<Checked>> = targets.iter().map(|_| None).collect();
        loop {
            for (target, last) in targets.iter().zip(&mut checked) {
                if last.as_ref().is_some_and(Checked::ended) {
                    continue;
                }
                let now = self.kept(target)?;
                let line = now.headline();
                if !self.asked.quiet && last.as_ref().is_none_or(|last| last.headline() != line) {
                    let name = if self.several { format!("{}: ", now.name) } else { String::new() };
                    let line = self.surroundings.message_style.words(&format!("{} {name}{line}", time_of_day()));
                    let _ = writeln!(self.surroundings.messages, "{line}");
                }
                let left = now.code == Code::Left;
                *last = Some(now);
                if left {
                    return Ok(checked.into_iter().flatten().collect());
                }
            }
            if checked.iter().flatten().all(Checked::ended) || Instant::now() + PAUSE > deadline {
                return Ok(checked.into_iter().flatten().collect());
            }
            if interrupts.pause() {
                checked.iter_mut().flatten().filter(|one| !one.ended()).for_each(|one| one.code = Code::Left);
                return Ok(checked.into_iter().flatten().collect());
            }
        }
    }
}

fn run<'a>(
    target: &CheckTarget,
    asked: &CheckArgs,
    common: &'a Common,
    surroundings: Surroundings<'a>,
    rows_asked: bool,
) -> io::Result<Checked> {
    let started = Instant::now();
    let (session, code) = check::run(target, asked, common, surroundings, rows_asked);
    let (document, _) = session.close(code, "Left.")?;
    let (name, elapsed) = (target.name(), started.elapsed());
    Ok(Checked { name, document, elapsed, code, rows: Vec::new(), messages: Vec::new() })
}

pub(super) fn time_of_day() -> String {
    let format = format_description!("[hour]:[minute]:[second]Z");
    OffsetDateTime::now_utc().format(format).unwrap_or_default()
}

/// The signals that arrive between two runs.
struct Interrupts {
    signals: Receiver<Signalled>,
    /// `None` if the system does not allow it: then a signal ends the program.
    _watch: Option<SignalWatch>,
}

impl Interrupts {
    fn watch() -> Self {
        let (sender, signals) = channel();
        let watch = SignalWatch::leaving(move |signal| {
            let _ = sender.send(signal);
        });
        Self { signals, _watch: watch.ok() }
    }

    /// Waits for the next run. Returns true if the operator left.
    fn pause(&self) -> bool {
        match self.signals.recv_timeout(PAUSE) {
            Ok(_) => true,
            Err(RecvTimeoutError::Timeout) => false,
            // No signal is watched.
            Err(RecvTimeoutError::Disconnected) => {
                thread::sleep(PAUSE);
                false
            }
        }
    }
}

impl Checked {
    fn measured(&self) -> MeasuredTarget<'_> {
        MeasuredTarget { name: &self.name, document: &self.document, elapsed: self.elapsed }
    }

    /// Returns true if another run would not help.
    fn ended(&self) -> bool {
        matches!(self.code, Code::Done | Code::Left | Code::Refused)
    }

    /// Returns the verdict and its main reason, in one line.
    fn headline(&self) -> String {
        let (verdict, reason) = (self.document.verdict.name(), self.document.reason());
        if reason.is_empty() { verdict.to_owned() } else { format!("{verdict}: {reason}") }
    }
}

impl RunDocument {
    /// Returns the main reason of the verdict: an error, else a problem of the file, else the worst finding.
    fn reason(&self) -> String {
        if let Some(error) = &self.error {
            return error.what.clone();
        }
        if let Some(problem) = self.problems.first() {
            return problem.text.clone();
        }
        let findings = self.checks.iter().filter_map(|check| Some((check.severity?, check.finding.as_ref()?)));
        let worst = findings
            .filter(|(_, finding)| !finding.accepted)
            .reduce(|worst, next| if next.0 > worst.0 { next } else { worst });
        worst.map_or(String::new(), |(_, finding)| format!("{} [{}]", finding.summary, finding.id))
    }
}

fn document(all: &[Checked], code: Code) -> ChecksDocument<'_> {
    let worst = [Verdict::Fail, Verdict::Unproven, Verdict::Warn].into_iter();
    let verdict = worst.into_iter().find(|verdict| all.iter().any(|one| one.document.verdict == *verdict));
    ChecksDocument {
        schema: SCHEMA,
        verdict: verdict.unwrap_or(Verdict::Pass),
        targets: all.iter().map(|one| TargetEntry { target: &one.name, check: &one.document }).collect(),
        exit: code as u8,
    }
}

/// Formats one line for each target; with `quiet`, only for those where something is wrong.
fn table(all: &[Checked], style: Style, quiet: bool) -> String {
    let width = all.iter().map(|one| one.name.chars().count()).max().unwrap_or_default();
    let shown = all.iter().filter(|one| !quiet || one.code != Code::Done);
    let row = |one: &Checked| {
        let (verdict, reason) = (one.document.verdict, one.document.reason());
        let line = format!("{:<8}  {:<width$}  {reason}", verdict.name(), one.name);
        style.of_verdict(verdict, line.trim_end()) + "\n"
    };
    shown.map(row).collect()
}
