//! A board as `--json` and reports tell it. Knows nothing of how it came about.

use serde::Serialize;

use super::{Board, Finding, Leftover, Outcome, Policy, Repair, Severity, board::Verdict};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// `None` while the run is not over.
    pub verdict: Option<Verdict>,
    pub checks: Vec<Checked>,
    pub leftovers: Vec<Leftover>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    pub id: String,
    pub title: String,
    pub outcome: Word,
    pub severity: Option<Severity>,
    pub ms: u64,
    /// What was seen, or why it was not asked.
    pub evidence: Vec<String>,
    pub finding: Option<Found>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    Pass,
    Warn,
    Fail,
    Waiting,
    NotProbed,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    pub id: &'static str,
    pub summary: String,
    /// At most three sentences or so.
    pub hint: String,
    pub settings: Vec<&'static str>,
    pub repair: Option<Mend>,
}

/// A repair, by its name and what it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum Mend {
    CreateBucket { bucket: String },
    PutSentinel { bucket: String, key: String },
    CreateContainer { container: String },
    SetPolicy { name: String, before: Option<Box<Policy>>, after: Box<Policy> },
    Answer { key: &'static str, value: String },
}

impl From<&Board> for Report {
    /// Checks that did not end are left out.
    fn from(board: &Board) -> Self {
        let checks = board
            .entries
            .iter()
            .filter_map(|entry| match &entry.state {
                super::board::Progress::Done { outcome, elapsed } => {
                    let ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
                    Some(Checked::new(&entry.row.id, &entry.row.title, outcome, ms))
                }
                _ => None,
            })
            .collect();
        let leftovers = board.end.as_ref().map(|end| end.leftovers.clone()).unwrap_or_default();
        Self { verdict: board.verdict(), checks, leftovers }
    }
}

impl Checked {
    fn new(id: &str, title: &str, outcome: &Outcome, ms: u64) -> Self {
        let words = |text: &str| if text.is_empty() { Vec::new() } else { vec![text.to_owned()] };
        let (word, evidence) = match outcome {
            Outcome::Pass(seen) => (Word::Pass, words(seen)),
            Outcome::Warn(finding) => (Word::Warn, finding.evidence.clone()),
            Outcome::Fail(finding) => (Word::Fail, finding.evidence.clone()),
            Outcome::Waiting(cause) => (Word::Waiting, vec![format!("waits for {cause}")]),
            Outcome::NotProbed(why) => (Word::NotProbed, words(why)),
        };
        let finding = outcome.finding();
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            outcome: word,
            severity: finding.map(|finding| finding.severity),
            ms,
            evidence,
            finding: finding.map(Found::from),
        }
    }
}

impl From<&Finding> for Found {
    fn from(finding: &Finding) -> Self {
        Self {
            id: finding.id,
            summary: finding.summary.clone(),
            hint: finding.hints.join(" "),
            settings: finding.settings.clone(),
            repair: finding.repair.as_ref().map(Mend::from),
        }
    }
}

impl From<&Repair> for Mend {
    fn from(repair: &Repair) -> Self {
        match repair.clone() {
            Repair::CreateBucket { bucket } => Self::CreateBucket { bucket },
            Repair::PutSentinel { bucket, key } => Self::PutSentinel { bucket, key },
            Repair::CreateContainer { container } => Self::CreateContainer { container },
            Repair::SetPolicy { name, before, after } => Self::SetPolicy { name, before, after },
            Repair::Answer { key, value } => Self::Answer { key, value },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::checks::{News, Row};

    #[test]
    fn a_board_is_told_with_every_field() {
        let mut board = Board::default();
        let row = |id: &str| Row { id: id.into(), group: "Buckets", title: format!("title of {id}") };
        let finding = Finding {
            id: "P43",
            severity: Severity::Transfer,
            summary: "The bucket s does not exist (NoSuchBucket).".into(),
            evidence: vec!["GET /s/ → 404 NoSuchBucket".into()],
            hints: vec!["One.".into(), "Two.".into()],
            settings: vec!["bucket.name.state"],
            repair: Some(Repair::CreateBucket { bucket: "s".into() }),
        };
        let done = |id: &str, outcome| News::Done { id: id.into(), outcome, elapsed: Duration::from_millis(7) };
        for news in [
            News::Planned(["a", "b", "c", "d"].map(row).into()),
            done("a", Outcome::Pass("seen".into())),
            done("b", Outcome::Fail(finding)),
            done("c", Outcome::Waiting("b".into())),
            done("d", Outcome::NotProbed("why".into())),
            News::Finished { leftovers: vec![], stopped: false, elapsed: Duration::from_secs(1) },
        ] {
            board.apply(news);
        }
        assert_eq!(
            serde_json::to_value(Report::from(&board)).unwrap(),
            json!({ "verdict": "fail", "leftovers": [], "checks": [
                { "id": "a", "title": "title of a", "outcome": "pass", "severity": null, "ms": 7,
                  "evidence": ["seen"], "finding": null },
                { "id": "b", "title": "title of b", "outcome": "fail", "severity": "transfer", "ms": 7,
                  "evidence": ["GET /s/ → 404 NoSuchBucket"], "finding": {
                    "id": "P43", "summary": "The bucket s does not exist (NoSuchBucket).", "hint": "One. Two.",
                    "settings": ["bucket.name.state"], "repair": { "action": "create-bucket", "bucket": "s" } } },
                { "id": "c", "title": "title of c", "outcome": "waiting", "severity": null, "ms": 7,
                  "evidence": ["waits for b"], "finding": null },
                { "id": "d", "title": "title of d", "outcome": "not-probed", "severity": null, "ms": 7,
                  "evidence": ["why"], "finding": null },
            ]})
        );
    }
}
