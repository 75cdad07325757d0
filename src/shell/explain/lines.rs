//! Lines of Score's and of score-client's log: who speaks, what it means, and which findings fit. The words are in
//! `assets/explain/lines.txt`.

use std::sync::LazyLock;

use crate::score::Id;

/// Who says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// Score's server.
    Score,
    /// score-client.
    Client,
    /// S3 or Azure; Score or its client repeats it.
    Store,
    /// Java or Spring, before anybody is asked.
    Java,
    /// The way between them.
    Network,
}

/// As the table calls them, and as they are told.
const SPEAKERS: &[(&str, Speaker, &str)] = &[
    ("score", Speaker::Score, "Score's server"),
    ("client", Speaker::Client, "score-client"),
    ("store", Speaker::Store, "the store"),
    ("java", Speaker::Java, "Java or Spring, before anybody is asked"),
    ("network", Speaker::Network, "the network: nobody was reached"),
];

impl Speaker {
    #[must_use]
    pub fn name(self) -> &'static str {
        SPEAKERS.iter().find(|(_, speaker, _)| *speaker == self).map_or("", |(_, _, name)| name)
    }
}

#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    /// All of them are in the line; in lower case.
    words: Vec<&'static str>,
    pub speaker: Speaker,
    /// Sentences.
    pub meaning: &'static str,
    /// The likeliest first.
    pub findings: Vec<Id>,
}

impl Line {
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

fn lines() -> &'static [Line] {
    static LINES: LazyLock<Vec<Line>> = LazyLock::new(|| {
        let rows = include_str!("../../../assets/explain/lines.txt").lines().filter(|row| !row.starts_with('#'));
        rows.map(|row| Line::parse(row).expect("a test reads every row")).collect()
    });
    &LINES
}

/// What a line says; `None`: it is like none that is known.
#[must_use]
pub(super) fn read(text: &str) -> Option<&'static Line> {
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
