//! Formats the messages of an unattended run: rows, findings, problems, the verdict. Each state has a symbol and a word;
//! colour only repeats it. Knows nothing of the purpose of a run.

use std::time::Duration;

use anstyle::AnsiColor;

use crate::{
    answers::{
        Acceptance,
        draft::{Origin, Problem, Remark},
    },
    install::spring::SourcePosition,
    score::{Id, Severity},
    store::checks::{
        CheckRow, Finding, Outcome,
        engine::{Board, Verdict},
    },
    text::{values::counted, visible_lines},
    wizard::{NextStep, proposal::Written},
};

/// The abilities of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    pub colour: bool,
    /// True if the locale has more characters than ASCII.
    pub unicode: bool,
}

/// The symbol of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::shell) enum StatusSymbol {
    Pass,
    Warn,
    Fail,
    Waiting,
    NotProbed,
}

impl StatusSymbol {
    /// Returns the symbol, the word for ASCII, and the colour.
    fn looks(self) -> (&'static str, &'static str, anstyle::Style) {
        let dim = anstyle::Style::new().dimmed();
        match self {
            Self::Pass => ("✓", "ok", AnsiColor::Green.on_default()),
            Self::Warn => ("!", "warn", AnsiColor::Yellow.on_default()),
            Self::Fail => ("✗", "FAIL", AnsiColor::Red.on_default()),
            Self::Waiting => ("○", "wait", dim),
            Self::NotProbed => ("–", "not", dim),
        }
    }

    pub(in crate::shell) fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Pass(_) => Self::Pass,
            Outcome::Warn(_) => Self::Warn,
            Outcome::Fail(_) => Self::Fail,
            Outcome::Waiting(_) => Self::Waiting,
            Outcome::NotProbed(_) => Self::NotProbed,
        }
    }
}

impl Style {
    fn mark(self, mark: StatusSymbol) -> String {
        let (beautiful, plain, colour) = mark.looks();
        let (mark, width) = if self.unicode { (beautiful, 1) } else { (plain, 4) };
        let padded = format!("{mark:<width$}");
        if self.colour { format!("{colour}{padded}{colour:#}") } else { padded }
    }

    /// Puts the symbol of a verdict before a text.
    pub(super) fn of_verdict(self, verdict: Verdict, text: &str) -> String {
        self.marked(symbol_of(verdict), text)
    }

    /// Puts the symbol, whose colour is an escape sequence, before a text.
    pub(in crate::shell) fn marked(self, mark: StatusSymbol, text: &str) -> String {
        format!("{} {}", self.mark(mark), self.words(text))
    }

    /// Adapts a text of this program to the characters of the locale.
    /// Names and values in it cannot act on the terminal.
    pub(in crate::shell) fn words(self, text: &str) -> String {
        let text = visible_lines(text);
        if self.unicode {
            return text;
        }
        text.replace('…', "...").replace(" · ", ", ").replace(['–', '−'], "-").replace('→', "->")
    }

    /// Formats a row: `✓ keys accepted                version 4   12 ms`.
    #[must_use]
    pub fn row(self, row: &CheckRow, outcome: &Outcome, elapsed: Duration) -> String {
        let said = match outcome {
            Outcome::Pass(seen) => seen.lines().next().unwrap_or_default().to_owned(),
            Outcome::Warn(finding) | Outcome::Fail(finding) => finding.summary.clone(),
            Outcome::Waiting(on) => format!("waits for {on}"),
            Outcome::NotProbed(why) => format!("not probed: {why}"),
        };
        let took = match outcome {
            Outcome::Waiting(_) | Outcome::NotProbed(_) => String::new(),
            _ => format!("  {} ms", elapsed.as_millis()),
        };
        let line = format!("{:<9} {:<28} {said}{took}", row.group.name(), row.title);
        self.marked(StatusSymbol::of(outcome), line.trim_end())
    }

    /// Formats a finding: the cause, the evidence, and the hints.
    #[must_use]
    pub fn finding(self, finding: &Finding) -> String {
        let mark = if finding.severity == Severity::Note { StatusSymbol::Warn } else { StatusSymbol::Fail };
        let mut lines = vec![format!("{} [{}]", finding.summary, finding.id)];
        lines.extend(finding.evidence.iter().map(|seen| format!("    seen: {seen}")));
        lines.extend(finding.hints.iter().map(|hint| format!("    hint: {hint}")));
        if !finding.settings.is_empty() {
            lines.push(format!("    setting: {}", finding.settings.join(", ")));
        }
        self.marked(mark, &lines.join("\n"))
    }

    /// Formats a problem: `answers.toml:7: Part size must be …`.
    #[must_use]
    pub fn problem(self, problem: &Problem, answers: &str, file: &str) -> String {
        let place = prefix(problem.origin.as_ref(), answers, file);
        let keys = topic(&problem.settings, &problem.message);
        self.marked(StatusSymbol::Fail, &format!("{place}{keys}{}", problem.message))
    }

    /// Formats a remark: `note: answers.toml:7: object.sentinel: …`.
    #[must_use]
    pub fn remark(self, remark: &Remark, answers: &str, file: &str) -> String {
        let place = prefix(remark.origin.as_ref(), answers, file);
        let key = topic(remark.setting.as_slice(), &remark.message);
        self.words(&format!("note: {place}{key}{}", remark.message))
    }

    /// Formats the verdict in one line: counts, duration, host. `wrong` is the number of faults in the file.
    #[must_use]
    pub fn verdict(self, board: &Board, host: &str, wrong: usize, accepted: &[Id]) -> String {
        let count =
            |wanted: StatusSymbol| board.outcomes().filter(|(_, outcome)| StatusSymbol::of(outcome) == wanted).count();
        let is_accepted = |finding: &&Finding| accepted.contains(&finding.id);
        let findings = || board.outcomes().filter_map(|(_, outcome)| outcome.finding()).filter(is_accepted);
        let notes = findings().filter(|finding| finding.severity == Severity::Note).count();
        let parts = [
            (wrong, "wrong in the file"),
            (count(StatusSymbol::Pass), "passed"),
            (count(StatusSymbol::Warn).saturating_sub(notes), "with a warning"),
            (findings().count(), "accepted"),
            (count(StatusSymbol::Fail), "failed"),
            (count(StatusSymbol::Waiting), "waiting"),
            (count(StatusSymbol::NotProbed), "not probed"),
        ];
        let counted: Vec<_> =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
        let verdict = if wrong > 0 { Some(Verdict::Fail) } else { board.verdict_with(accepted) };
        let verdict = verdict.unwrap_or(Verdict::Unproven);
        let took = board.end.as_ref().map(|end| end.elapsed).unwrap_or_default();
        let leftovers = board.end.as_ref().map_or(0, |end| end.leftovers.len());
        let left = if leftovers > 0 { format!(" · {leftovers} left in the store") } else { String::new() };
        let seconds = took.as_secs_f64();
        let counts = counted.join(" · ");
        let line = format!("{}: {counts} · {seconds:.2} s · seen from {host}{left}", verdict.name());
        self.marked(symbol_of(verdict), &line)
    }

    #[must_use]
    pub fn next_step(self, step: &NextStep) -> String {
        let mut lines = vec![format!("  {}", step.why), format!("    in {}:", step.file)];
        lines.extend(step.lines.iter().map(|line| format!("      {line}")));
        self.words(&lines.join("\n"))
    }
}

/// Returns the keys as the beginning of a line, unless the message names one of them.
fn topic(keys: &[&str], message: &str) -> String {
    let named = keys.iter().any(|key| message.contains(key));
    if named || keys.is_empty() { String::new() } else { format!("{}: ", keys.join(", ")) }
}

fn symbol_of(verdict: Verdict) -> StatusSymbol {
    match verdict {
        Verdict::Pass => StatusSymbol::Pass,
        Verdict::Warn => StatusSymbol::Warn,
        Verdict::Fail => StatusSymbol::Fail,
        Verdict::Unproven => StatusSymbol::NotProbed,
    }
}

/// Formats the line that marks a finding as accepted.
pub(super) fn acceptance(accepted: &Acceptance) -> String {
    let until = accepted.until.map_or(String::new(), |day| format!(" until {day}"));
    let reason = if accepted.reason.is_empty() { String::new() } else { format!(": {}", accepted.reason) };
    format!("\n    accepted{until}{reason}")
}

/// Returns the place of an answer as the beginning of a line: `answers.toml:7: `.
fn prefix(origin: Option<&Origin>, answers: &str, file: &str) -> String {
    match place(origin, answers, file) {
        Some((file, Some(line))) => format!("{file}:{line}: "),
        Some((source, None)) => format!("{source}: "),
        None => String::new(),
    }
}

/// Returns the place of an answer: a file and its line, or another source without a line. `answers` and `file` are the
/// names of the answers file and of the properties file.
pub(super) fn place(origin: Option<&Origin>, answers: &str, file: &str) -> Option<(String, Option<usize>)> {
    match origin? {
        Origin::Answers { line } => Some((answers.to_owned(), Some(*line))),
        Origin::Argument => Some(("--set".to_owned(), None)),
        Origin::File { line } => Some((file.to_owned(), Some(*line))),
        Origin::Elsewhere(SourcePosition::Line { file, line }) => Some((file.display().to_string(), Some(*line))),
        Origin::Elsewhere(place) => Some((place.to_string(), None)),
        Origin::Typed | Origin::Taken(_) | Origin::Preset | Origin::Default => None,
    }
}

/// Formats what was written: `PATH is written: 3 keys, 0600, owner score, backup …`.
#[must_use]
pub fn written(file: &Written) -> String {
    let path = file.path.display();
    let backup = file.backup.as_ref().map_or(String::new(), |backup| format!(", backup {}", backup.display()));
    let (keys, mode, owner) = (counted(file.keys, "key"), file.mode & 0o7777, &file.owner);
    if file.changed {
        format!("Wrote {path}: {keys}, mode {mode:04o}, owner {owner}{backup}")
    } else {
        format!("{path} is already up to date: nothing changed")
    }
}
