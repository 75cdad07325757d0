//! `check --format prometheus`: the results as metrics in the text format of Prometheus, for the textfile collector of its
//! node exporter. Decides nothing.

use std::{fmt::Write as _, time::Duration};

use super::json::RunDocument;
use crate::store::checks::engine::Verdict;

const VERDICTS: [Verdict; 4] = [Verdict::Pass, Verdict::Warn, Verdict::Unproven, Verdict::Fail];

/// The results of a target.
pub(super) struct MeasuredTarget<'a> {
    pub(super) name: &'a str,
    pub(super) document: &'a RunDocument,
    pub(super) elapsed: Duration,
}

/// Formats the metrics of all targets.
pub(super) fn metrics(all: &[MeasuredTarget<'_>]) -> String {
    let mut text = Metrics::default();
    text.family("verdict", "The verdict of a target: 1 for the one that applies, 0 for the others.");
    for one in all {
        for verdict in VERDICTS {
            let value = u8::from(one.document.verdict == verdict);
            text.sample("verdict", &[("target", one.name), ("verdict", verdict.name())], value);
        }
    }
    text.family("exit_code", "The exit code that check has for a target.");
    for one in all {
        text.sample("exit_code", &[("target", one.name)], one.document.exit);
    }
    text.family("problems", "The number of faults in the files of a target.");
    for one in all {
        text.sample("problems", &[("target", one.name)], one.document.problems.len());
    }
    text.family("duration_seconds", "The duration of all checks of a target.");
    for one in all {
        text.sample("duration_seconds", &[("target", one.name)], one.elapsed.as_secs_f64());
    }
    text.family("check_outcome", "The outcome of each check of a target; the value is always 1.");
    for one in all {
        for check in &one.document.checks {
            let labels = [("target", one.name), ("check", &check.id), ("outcome", check.outcome)];
            text.sample("check_outcome", &labels, 1);
        }
    }
    text.family("finding", "The findings of a target, each with its severity; the value is the number of checks.");
    for one in all {
        let mut findings: Vec<([(&str, &str); 4], usize)> = Vec::new();
        for check in &one.document.checks {
            let (Some(finding), Some(severity)) = (&check.finding, check.severity) else { continue };
            let accepted = if finding.accepted { "true" } else { "false" };
            let labels = [
                ("target", one.name),
                ("id", finding.id.as_str()),
                ("severity", severity.name()),
                ("accepted", accepted),
            ];
            match findings.iter_mut().find(|(known, _)| *known == labels) {
                Some((_, count)) => *count += 1,
                None => findings.push((labels, 1)),
            }
        }
        for (labels, count) in findings {
            text.sample("finding", &labels, count);
        }
    }
    text.0
}

#[derive(Default)]
struct Metrics(String);

impl Metrics {
    /// Begins a family of gauges.
    fn family(&mut self, name: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP score_setup_{name} {help}\n# TYPE score_setup_{name} gauge");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let labels: Vec<_> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let _ = writeln!(self.0, "score_setup_{name}{{{}}} {value}", labels.join(","));
    }
}

/// Escapes the value of a label.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
