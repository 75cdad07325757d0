//! Recognises lines of logs: the speaker, the meaning, and the findings that fit. The table is
//! `assets/explain/lines.txt`. A line that no row names may still contain the code of a store.

use std::sync::LazyLock;

use super::structure;
use crate::{
    score::Id,
    store::{checks::advice::finding_of_code, probe::xml},
};

/// The origin of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// Score's server.
    Score,
    /// score-client.
    Client,
    /// S3 or Azure. Score or its client repeats the message.
    Store,
    /// Java or Spring, before a request is sent.
    Java,
    /// The connection between them.
    Network,
    /// A proxy, an ingress or a firewall in front of Score or of the store.
    Proxy,
}

/// The speakers: the name in the table, and the name in the output.
const SPEAKERS: &[(&str, Speaker, &str)] = &[
    ("score", Speaker::Score, "Score's server"),
    ("client", Speaker::Client, "score-client"),
    ("store", Speaker::Store, "the store"),
    ("java", Speaker::Java, "Java or Spring, before any request is sent"),
    ("network", Speaker::Network, "the network: no server was reached, or the connection broke"),
    ("proxy", Speaker::Proxy, "a proxy, an ingress or a firewall in front of Score or of the store"),
];

impl Speaker {
    #[must_use]
    pub fn name(self) -> &'static str {
        SPEAKERS.iter().find(|(_, speaker, _)| *speaker == self).map_or("", |(_, _, name)| name)
    }
}

/// A row of the table.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    /// The words that the line contains, all of them, in lower case.
    words: Vec<&'static str>,
    /// Words that an earlier line contains; empty if no earlier line matters.
    earlier: &'static str,
    known: KnownLine,
}

/// The meaning of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownLine {
    pub speaker: Speaker,
    /// The meaning, in sentences.
    pub meaning: String,
    /// The findings that fit, the most likely first.
    pub findings: Vec<Id>,
}

impl Row {
    fn parse(row: &'static str) -> Option<Self> {
        let mut columns = row.split(" | ").map(str::trim);
        let (words, speaker, meaning) = (columns.next()?, columns.next()?, columns.next()?);
        let findings = columns.next().unwrap_or_default();
        let (words, earlier) = words.split_once(" << ").unwrap_or((words, ""));
        let (_, speaker, _) = SPEAKERS.iter().find(|(word, ..)| *word == speaker)?;
        let findings = findings.split(", ").filter(|id| !id.is_empty()).map(str::parse);
        Some(Self {
            words: words.split(" & ").collect(),
            earlier,
            known: KnownLine {
                speaker: *speaker,
                meaning: meaning.trim_end_matches(" |").to_owned(),
                findings: findings.collect::<Result<_, _>>().ok()?,
            },
        })
    }

    fn fits(&self, line: &str, earlier: &Earlier) -> bool {
        self.words.iter().all(|word| line.contains(word)) && earlier.has(self.earlier)
    }
}

/// The words of earlier lines that the table asks for.
#[derive(Default)]
pub(super) struct Earlier(Vec<&'static str>);

impl Earlier {
    fn has(&self, words: &str) -> bool {
        words.is_empty() || self.0.contains(&words)
    }

    /// Notes the words of a line, for the lines below it.
    pub(super) fn add(&mut self, line: &str) {
        let line = line.to_lowercase();
        for row in rows().iter().filter(|row| !row.earlier.is_empty()) {
            if line.contains(row.earlier) && !self.0.contains(&row.earlier) {
                self.0.push(row.earlier);
            }
        }
    }
}

fn rows() -> &'static [Row] {
    static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
        let rows = include_str!("../../../assets/explain/lines.txt").lines();
        let rows = rows.filter(|row| !row.starts_with('#') && !row.is_empty());
        rows.map(|row| Row::parse(row).expect("a test reads every row")).collect()
    });
    &ROWS
}

/// Returns the meaning of a line: by the first row of the table that fits, else by the code of a store in it.
#[must_use]
pub(super) fn read(text: &str, earlier: &Earlier) -> Option<KnownLine> {
    let line = structure::with_tokens(text);
    let row = rows().iter().find(|row| row.fits(&line, earlier));
    row.map(|row| row.known.clone()).or_else(|| by_code(text))
}

/// Explains a line by the code in the message of an SDK or in the XML of the store.
fn by_code(text: &str) -> Option<KnownLine> {
    let code = structure::code_of_sdk(text).map(str::to_owned).or_else(|| {
        let (from, to) = (text.find("<Error")?, text.find("</Error>")? + "</Error>".len());
        xml::fault(text.get(from..to)?.as_bytes()).ok().map(|fault| fault.code)
    })?;
    let (meaning, id) = if let Some(id) = finding_of_code(&code) {
        (id.row().title.to_owned(), id)
    } else {
        let code = crate::text::shown(code.as_bytes(), 60);
        (format!("The store refuses the request with the code {code}, which this program does not know."), Id::P88)
    };
    Some(KnownLine { speaker: Speaker::Store, meaning, findings: vec![id] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_by_its_own_words() {
        for row in rows() {
            let own = row.words.join(" … ");
            let mut earlier = Earlier::default();
            earlier.add(row.earlier);
            assert_eq!(read(&own, &earlier).as_ref(), Some(&row.known), "a row above it hides {own}");
            assert_eq!(own, own.to_lowercase());
            assert!(row.known.meaning.ends_with('.'), "{own}: {}", row.known.meaning);
        }
    }

    #[test]
    fn a_code_without_a_row_is_told_by_the_table_of_the_checks_or_honestly_as_unknown() {
        for (line, id, words) in [
            (
                "x (Service: Amazon S3; Status Code: 400; Error Code: XMinioAdminBucketQuotaExceeded; Request ID: 1)",
                Id::P42,
                "quota",
            ),
            ("<?xml?><Error><Code>SecondLevelDomainForbidden</Code></Error>", Id::P111, "path"),
            ("x (Service: Amazon S3; Status Code: 403; Error Code: OddReason; Request ID: 1)", Id::P88, "OddReason"),
        ] {
            let told = read(line, &Earlier::default()).unwrap();
            assert_eq!(told.findings, [id], "{line}");
            assert!(told.meaning.contains(words), "{}", told.meaning);
        }
        assert_eq!(read("INFO all is well", &Earlier::default()), None);
    }
}
