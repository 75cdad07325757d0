//! Recognises lines of Score's and of score-client's log: the speaker, the meaning, and the findings that fit. The
//! table is `assets/explain/lines.txt`.

use std::sync::LazyLock;

use crate::score::Id;

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
}

/// The speakers: the name in the table, and the name in the output.
const SPEAKERS: &[(&str, Speaker, &str)] = &[
    ("score", Speaker::Score, "Score's server"),
    ("client", Speaker::Client, "score-client"),
    ("store", Speaker::Store, "the store"),
    ("java", Speaker::Java, "Java or Spring, before any request is sent"),
    ("network", Speaker::Network, "the network: no server was reached"),
];

impl Speaker {
    #[must_use]
    pub fn name(self) -> &'static str {
        SPEAKERS.iter().find(|(_, speaker, _)| *speaker == self).map_or("", |(_, _, name)| name)
    }
}

#[derive(Debug, PartialEq, Eq)]
pub struct KnownLine {
    /// The words that the line contains, all of them, in lower case.
    words: Vec<&'static str>,
    pub speaker: Speaker,
    /// The meaning, in sentences.
    pub meaning: &'static str,
    /// The findings that fit, the most likely first.
    pub findings: Vec<Id>,
}

impl KnownLine {
    fn parse(row: &'static str) -> Option<Self> {
        let mut columns = row.split('|').map(str::trim);
        let (words, speaker, meaning, findings) = (columns.next()?, columns.next()?, columns.next()?, columns.next()?);
        let (_, speaker, _) = SPEAKERS.iter().find(|(word, ..)| *word == speaker)?;
        Some(Self {
            words: words.split(" & ").collect(),
            speaker: *speaker,
            meaning,
            findings: findings
                .split(", ")
                .filter(|id| !id.is_empty())
                .map(str::parse)
                .collect::<Result<_, _>>()
                .ok()?,
        })
    }
}

fn lines() -> &'static [KnownLine] {
    static LINES: LazyLock<Vec<KnownLine>> = LazyLock::new(|| {
        let rows = include_str!("../../../assets/explain/lines.txt").lines().filter(|row| !row.starts_with('#'));
        rows.map(|row| KnownLine::parse(row).expect("a test reads every row")).collect()
    });
    &LINES
}

/// Returns the first row of the table that fits the line. `None` if no row fits.
#[must_use]
pub(super) fn read(text: &str) -> Option<&'static KnownLine> {
    let lower = text.to_lowercase();
    lines().iter().find(|line| line.words.iter().all(|word| lower.contains(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_by_its_own_words() {
        for line in lines() {
            let own = line.words.join(" … ");
            assert_eq!(read(&own), Some(line), "a row above it hides {own}");
            assert_eq!(own, own.to_lowercase());
            assert!(line.meaning.ends_with('.'), "{own}");
        }
    }
}
