//! Folds the news of a run into the state that the screen draws, the batch prints and `--json` serialises. Pure.

use std::{borrow::Cow, collections::HashMap, time::Duration};

use crate::{
    score::{Id, Severity},
    store::checks::{CheckGroup, CheckId, CheckRow, Finding, Leftover, News, Outcome, RequestEvent, advice},
};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Board {
    pub entries: Vec<BoardEntry>,
    /// The indices of the rows, by their ids. A pool has thousands of rows.
    places: HashMap<CheckId, usize>,
    /// The running checks in the order of their beginning, by their indices.
    running: Vec<usize>,
    /// The requests, in the order of their beginning. At most `MOST_REQUESTS` are kept.
    pub requests: Vec<RequestEntry>,
    /// The result; set when the run has ended.
    pub end: Option<End>,
}

/// The number of requests that are kept: a pool has thousands.
const MOST_REQUESTS: usize = 1000;

/// The number of lines of evidence of several findings with one cause.
const MOST_EVIDENCE: usize = 12;

/// A request of the run. Times are counted from the beginning of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestEntry {
    number: u64,
    /// Its request line, without a signature.
    pub line: String,
    pub begun: Duration,
    pub connected: Option<Duration>,
    pub ended: Option<Duration>,
    /// True if no reply came.
    pub failed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardEntry {
    pub row: CheckRow,
    pub state: Progress,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    Waiting,
    Running,
    /// The rest of the limit.
    Slow(Duration),
    Done {
        outcome: Outcome,
        elapsed: Duration,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    pub leftovers: Vec<Leftover>,
    pub stopped: bool,
    pub elapsed: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Pass,
    Warn,
    Fail,
    /// No fault found, but uploads were not tested, or the server was silent.
    Unproven,
}

impl Verdict {
    /// Returns the word for it in the output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Unproven => "unproven",
        }
    }
}

impl Board {
    pub fn apply(&mut self, news: News) {
        match news {
            News::Planned(rows) => {
                *self = Self {
                    places: rows.iter().enumerate().map(|(at, row)| (row.id.clone(), at)).collect(),
                    entries: rows.into_iter().map(|row| BoardEntry { row, state: Progress::Waiting }).collect(),
                    running: Vec::new(),
                    requests: Vec::new(),
                    end: None,
                };
            }
            News::Started(id) => self.set(&id, Progress::Running),
            News::Slow(id, left) => self.set(&id, Progress::Slow(left)),
            News::Done { id, outcome, elapsed } => self.set(&id, Progress::Done { outcome, elapsed }),
            News::Request { number, at, event } => self.note_request(number, at, event),
            News::Finished { leftovers, stopped, elapsed } => self.end = Some(End { leftovers, stopped, elapsed }),
        }
    }

    fn set(&mut self, id: &CheckId, state: Progress) {
        let Some(at) = self.places.get(id).copied() else { return };
        let Some(entry) = self.entries.get_mut(at) else { return };
        match state {
            Progress::Running => self.running.push(at),
            Progress::Done { .. } => self.running.retain(|running| *running != at),
            Progress::Waiting | Progress::Slow(_) => {}
        }
        entry.state = state;
    }

    fn note_request(&mut self, number: u64, at: Duration, event: RequestEvent) {
        if let RequestEvent::Begun(line) = event {
            if self.requests.len() < MOST_REQUESTS {
                self.requests.push(RequestEntry {
                    number,
                    line,
                    begun: at,
                    connected: None,
                    ended: None,
                    failed: false,
                });
            }
            return;
        }
        let Some(request) = self.requests.iter_mut().rev().find(|request| request.number == number) else { return };
        match event {
            RequestEvent::Begun(_) => {}
            RequestEvent::Connected => request.connected = Some(at),
            RequestEvent::Answered(_) => request.ended = Some(at),
            RequestEvent::Failed => (request.ended, request.failed) = (Some(at), true),
        }
    }

    /// Returns the check that has been running for the longest time.
    #[must_use]
    pub fn waited_for(&self) -> Option<&BoardEntry> {
        self.running.first().and_then(|at| self.entries.get(*at))
    }

    pub fn outcomes(&self) -> impl Iterator<Item = (&CheckRow, &Outcome)> {
        self.entries.iter().filter_map(|entry| match &entry.state {
            Progress::Done { outcome, .. } => Some((&entry.row, outcome)),
            _ => None,
        })
    }

    /// Returns the passed checks that have more than one line to show, each with its lines.
    #[must_use]
    pub fn details(&self) -> Vec<(&CheckRow, Vec<&str>)> {
        let lines = self.outcomes().filter_map(|(row, outcome)| match outcome {
            Outcome::Pass(seen) => Some((row, seen.lines().collect::<Vec<_>>())),
            _ => None,
        });
        lines.filter(|(_, lines)| lines.len() > 1).collect()
    }

    /// Returns all findings, the worst first, in the order of the rows within one severity. Notes about a slow store have
    /// one cause, so they become one finding, at the first of their rows.
    #[must_use]
    pub fn findings(&self) -> Vec<(&CheckRow, Cow<'_, Finding>)> {
        let all = || self.outcomes().filter_map(|(row, outcome)| outcome.finding().map(|finding| (row, finding)));
        let slow: Vec<&Finding> = all().map(|(_, finding)| finding).filter(|finding| is_slow(finding)).collect();
        let mut joined = advice::slow_together(&slow);
        let mut findings: Vec<_> = all()
            .filter_map(|(row, finding)| {
                let finding = if is_slow(finding) { Cow::Owned(joined.take()?) } else { Cow::Borrowed(finding) };
                Some((row, finding))
            })
            .collect();
        findings.sort_by_key(|(_, finding)| std::cmp::Reverse(finding.severity));
        findings
    }

    /// Returns the causes, the worst first: findings that one change repairs are one finding.
    #[must_use]
    pub fn causes(&self) -> Vec<Finding> {
        let mut causes: Vec<Finding> = Vec::new();
        let mut others: Vec<usize> = Vec::new();
        let findings = self.findings();
        let findings: Vec<&Finding> = findings.iter().map(|(_, finding)| finding.as_ref()).collect();
        let lacking: Vec<&Finding> = findings.iter().copied().filter(|finding| finding.lacks.is_some()).collect();
        let merged = if lacking.len() > 1 { self.denied(&lacking) } else { None };
        for finding in findings {
            if finding.lacks.is_some()
                && let Some(merged) = &merged
            {
                if !causes.contains(merged) {
                    causes.push(merged.clone());
                    others.push(0);
                }
                continue;
            }
            // The worst comes first.
            let same = |cause: &Finding| (cause.id, &cause.settings) == (finding.id, &finding.settings);
            if let Some(at) = causes.iter().position(same) {
                others[at] += 1;
                causes[at].evidence.extend(finding.evidence.iter().cloned());
            } else {
                causes.push(finding.clone());
                others.push(0);
            }
        }
        for (cause, others) in causes.iter_mut().zip(others).filter(|(_, others)| *others > 0) {
            let plural = if others == 1 { "one other check" } else { &format!("{others} other checks") };
            cause.summary = format!("{} The same holds for {plural}.", cause.summary);
            advice::shorten(&mut cause.evidence, MOST_EVIDENCE);
            // One key creates all of them.
            cause.repair = cause.repair.take().filter(|repair| !repair.acts_on_store());
            cause.others.retain(|repair| !repair.acts_on_store());
        }
        causes
    }

    /// Returns the finding that stands for several rights that the key does not have.
    fn denied(&self, lacking: &[&Finding]) -> Option<Finding> {
        let worst = lacking.first()?;
        let rights: Vec<_> = lacking.iter().filter_map(|finding| finding.lacks.as_ref()).collect();
        let mut said: Vec<String> =
            rights.iter().map(|right| format!("{} in {}", right.action, right.bucket)).collect();
        said.sort();
        said.dedup();
        if said.len() < 2 {
            return None;
        }
        let reads = self
            .outcomes()
            .any(|(row, outcome)| row.group == CheckGroup::Buckets && matches!(outcome, Outcome::Pass(_)));
        let all = if said.len() == 2 { "both".to_owned() } else { format!("all {}", said.len()) };
        let names = if said.len() > 4 {
            format!("{} and {} more", said[..3].join(", "), said.len() - 3)
        } else {
            said.join(", ")
        };
        let summary = if reads && rights.iter().all(|right| right.writes) {
            format!("This key can read but not write: it lacks {names}. One policy fixes {all}.")
        } else {
            format!("This key lacks {names}. One policy fixes {all}.")
        };
        let mut evidence = lacking.iter().flat_map(|finding| finding.evidence.clone()).collect();
        advice::shorten(&mut evidence, MOST_EVIDENCE);
        Some(Finding { summary, evidence, ..(*worst).clone() })
    }

    /// Returns true if the store did not accept the keys or the region.
    #[must_use]
    pub fn refuses_us(&self) -> bool {
        self.outcomes().any(|(row, outcome)| match outcome {
            Outcome::Fail(finding) => row.group == CheckGroup::SignIn || finding.id == Id::P37,
            _ => false,
        })
    }

    #[must_use]
    pub fn failed(&self) -> bool {
        self.outcomes().any(|(_, outcome)| matches!(outcome, Outcome::Fail(_)))
    }

    /// Returns true if everything that an upload needs was tested, in every bucket. Otherwise uploads are not proven.
    fn tried(&self) -> bool {
        let mut needed = self.entries.iter().filter(|entry| entry.row.proves_upload).peekable();
        let works = |entry: &BoardEntry| {
            matches!(entry.state, Progress::Done { outcome: Outcome::Pass(_) | Outcome::Warn(_), .. })
        };
        needed.peek().is_some() && needed.all(works)
    }

    /// Returns the verdict if the operator has accepted these findings: notes among them no longer warn. A failure stays
    /// a failure.
    #[must_use]
    pub fn verdict_with(&self, accepted: &[Id]) -> Option<Verdict> {
        let verdict = self.verdict()?;
        let nothing_left = self.end.as_ref().is_some_and(|end| end.leftovers.is_empty());
        let is_accepted = |finding: &Finding| finding.severity == Severity::Note && accepted.contains(&finding.id);
        let all = nothing_left && self.findings().iter().all(|(_, finding)| is_accepted(finding));
        Some(if verdict == Verdict::Warn && all { Verdict::Pass } else { verdict })
    }

    /// Returns the verdict of a run that has ended; `None` while it runs. Without the writing checks, uploads are not
    /// proven.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        let end = self.end.as_ref()?;
        let any = |wanted: fn(&Outcome) -> bool| self.outcomes().any(|(_, outcome)| wanted(outcome));
        Some(if any(|outcome| matches!(outcome, Outcome::Fail(finding) if !finding.unproven)) {
            Verdict::Fail
        } else if end.stopped || self.outcomes().count() < self.entries.len() || !self.tried() {
            Verdict::Unproven
        } else if any(|outcome| matches!(outcome, Outcome::Warn(_))) || !end.leftovers.is_empty() {
            Verdict::Warn
        } else {
            Verdict::Pass
        })
    }
}

fn is_slow(finding: &Finding) -> bool {
    finding.id == Id::P122
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::checks::{CheckGroup, fixtures};

    fn ended(outcomes: &[(&str, Outcome)], stopped: bool) -> Board {
        let mut board = Board::default();
        let row = |id: &str| CheckRow {
            proves_upload: id.starts_with("proof"),
            ..CheckRow::new(id, CheckGroup::Records, id)
        };
        board.apply(News::Planned(outcomes.iter().map(|(id, _)| row(id)).collect()));
        for (id, outcome) in outcomes {
            board.apply(News::Done { id: (*id).into(), outcome: outcome.clone(), elapsed: Duration::ZERO });
        }
        assert_eq!(board.verdict(), None, "it still runs");
        board.apply(News::Finished { leftovers: vec![], stopped, elapsed: Duration::ZERO });
        board
    }

    #[test]
    fn the_verdict_never_says_more_than_was_tried() {
        let pass = || Outcome::Pass(String::new());
        let skipped = || Outcome::NotProbed("why".into());
        let warn = || Outcome::Warn(fixtures::finding(Id::P47, Severity::Note));
        let silent = || Outcome::Fail(Finding { unproven: true, ..fixtures::finding(Id::P22, Severity::Ping) });
        let fail = || Outcome::Fail(fixtures::finding(Id::P43, Severity::Transfer));
        for (outcomes, stopped, verdict) in [
            (vec![("proof:s.0", pass()), ("proof:o.0", pass())], false, Verdict::Pass),
            (vec![("proof:s.0", pass()), ("proof:s.1", skipped())], false, Verdict::Unproven),
            (vec![("proof", pass()), ("proof2", warn())], false, Verdict::Warn),
            (vec![("proof", pass()), ("tls", skipped())], false, Verdict::Pass),
            (vec![("proof", pass())], true, Verdict::Unproven),
            (vec![("proof", pass()), ("abort", warn())], false, Verdict::Warn),
            (vec![("proof", skipped()), ("proof2", skipped())], false, Verdict::Unproven),
            (vec![("proof", skipped()), ("abort", warn())], false, Verdict::Unproven),
            (vec![("sign-in", pass())], false, Verdict::Unproven),
            (vec![("proof", skipped()), ("sentinel", fail())], false, Verdict::Fail),
            (vec![("service", silent())], false, Verdict::Unproven),
            (vec![("service", silent()), ("sentinel", fail())], false, Verdict::Fail),
        ] {
            assert_eq!(ended(&outcomes, stopped).verdict(), Some(verdict), "{outcomes:?}");
        }
    }

    #[test]
    fn a_slow_store_is_one_finding_with_the_evidence_of_all_its_checks() {
        let slow = |at: usize| Outcome::Warn(fixtures::finding(Id::P122, Severity::Note).saw(format!("PUT {at}")));
        let other = Outcome::Warn(fixtures::finding(Id::P47, Severity::Note));
        let ids = |count: usize| {
            let mut outcomes = vec![("other", other.clone())];
            outcomes.extend(["a", "b", "c", "d", "e", "f", "g"].into_iter().zip((0..count).map(slow)));
            let board = ended(&outcomes, false);
            let findings = board.findings().into_iter();
            findings.map(|(row, finding)| (row.id.clone(), finding.id, finding.evidence.clone())).collect::<Vec<_>>()
        };
        let evidence = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        let first = || ("other".to_owned(), Id::P47, vec![]);
        assert_eq!(ids(0), [first()]);
        assert_eq!(ids(2), [first(), ("a".to_owned(), Id::P122, evidence(&["PUT 0", "PUT 1"]))]);
        let many = evidence(&["PUT 0", "PUT 1", "PUT 2", "PUT 3", "PUT 4", "and 2 more"]);
        assert_eq!(ids(7)[1..], [("a".to_owned(), Id::P122, many)]);
    }

    #[test]
    fn one_cause_has_the_evidence_of_all_its_findings() {
        let missing = |at: usize| {
            Outcome::Fail(fixtures::finding(Id::P43, Severity::Transfer).saw(format!("GET bucket.{at}: 404")))
        };
        let ids: Vec<String> = (0..20).map(|at| format!("bucket-{at}")).collect();
        let causes = |count: usize| {
            let outcomes: Vec<_> = ids.iter().map(String::as_str).zip((0..count).map(missing)).collect();
            ended(&outcomes, false).causes()
        };
        let [cause] = &causes(2)[..] else { panic!("{:?}", causes(2)) };
        assert!(cause.summary.ends_with("The same holds for one other check."), "{}", cause.summary);
        assert_eq!(cause.evidence, ["GET bucket.0: 404", "GET bucket.1: 404"]);
        let [cause] = &causes(20)[..] else { panic!("{:?}", causes(20)) };
        assert_eq!(cause.evidence.len(), MOST_EVIDENCE + 1);
        assert_eq!(cause.evidence.last().map(String::as_str), Some("and 8 more"));
    }

    #[test]
    fn only_notes_can_be_accepted() {
        let outcomes = |id, severity| {
            let finding = fixtures::finding(id, severity);
            let last = if severity == Severity::Note { Outcome::Warn(finding) } else { Outcome::Fail(finding) };
            let pass = || Outcome::Pass(String::new());
            ended(&[("proof", pass()), ("abort", last)], false)
        };
        let note = outcomes(Id::P31, Severity::Note);
        assert_eq!(note.verdict_with(&[]), Some(Verdict::Warn));
        assert_eq!(note.verdict_with(&[Id::P47]), Some(Verdict::Warn));
        assert_eq!(note.verdict_with(&[Id::P47, Id::P31]), Some(Verdict::Pass));
        for severity in [Severity::Start, Severity::Ping, Severity::Transfer] {
            assert_eq!(outcomes(Id::P31, severity).verdict_with(&[Id::P31]), Some(Verdict::Fail));
        }
        let mut left = note;
        let leftover = Leftover { bucket: "b".into(), key: "k".into(), upload: None };
        left.apply(News::Finished { leftovers: vec![leftover], stopped: false, elapsed: Duration::ZERO });
        assert_eq!(left.verdict_with(&[Id::P31]), Some(Verdict::Warn));
    }

    #[test]
    fn what_passed_with_more_lines_than_one_has_details() {
        let pass = |said: &str| Outcome::Pass(said.into());
        let board = ended(&[("port", pass("9000")), ("tls", pass("TLS 1.3\nissued by: itself"))], false);
        let details: Vec<_> = board.details().into_iter().map(|(row, lines)| (row.id.as_str(), lines)).collect();
        assert_eq!(details, [("tls", vec!["TLS 1.3", "issued by: itself"])]);
    }
}
