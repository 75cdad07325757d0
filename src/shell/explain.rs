//! Explains a finding, lines of a log, or a pre-signed URL. Uses no file and no network, and gets the time as an
//! argument. The input is not trusted, so the output repeats only parsed parts of it.

mod lines;
mod structure;
mod url;

use time::OffsetDateTime;

pub use lines::{KnownLine, Speaker};

use crate::{
    score::Id,
    store::probe::SignedUrl,
    text::{shown, suggest::distance},
};

/// The most lines of a log that are explained.
const MOST_LINES: usize = 20;
/// The most different lines that are looked at. The table has fewer rows; only codes that it does not know are without end.
const MOST_KNOWN: usize = 400;
/// The most findings that are ranked for a whole log.
const MOST_RANKED: usize = 3;
/// The weight of a line that fits exactly one finding.
const WHOLE_WEIGHT: u32 = 1000;

/// The reason why there is nothing to explain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExplainError {
    /// The id, and the nearest ones that exist.
    #[error("There is no finding {}. The nearest are {}.", shown(id.as_bytes(), 8), near.join(", "))]
    NoSuchFinding { id: String, near: Vec<&'static str> },
    #[error(
        "This is neither a finding, nor a known line of a log, nor a pre-signed URL. Give an id such as P43, a line \
         of Score's or score-client's log, or the URL, in single quotes; score-setup explain - reads from a pipe."
    )]
    Unknown,
}

/// Explains a finding's id, lines of a log or a pre-signed URL.
///
/// # Errors
/// Returns an error if nothing of it is known.
pub fn explain(what: &str, now: OffsetDateTime) -> Result<String, ExplainError> {
    let what = what.trim();
    if let Ok(id) = what.parse() {
        return Ok(page(id));
    }
    if looks_like_an_id(what) {
        return Err(no_such_id(what));
    }
    let url = url_in(what);
    let mut parts: Vec<_> = url.iter().map(|url| url::describe(url, what, now)).collect();
    // `describe` explains the store's reply together with the URL.
    if url.is_none() || !url::answered(what) {
        parts.extend(of_log(what));
    }
    if parts.is_empty() {
        return Err(ExplainError::Unknown);
    }
    Ok(parts.join("\n"))
}

/// Explains each known line once. If there are several lines, each has its number, and the findings that fit best come
/// first.
fn of_log(text: &str) -> Vec<String> {
    let mut known: Vec<(usize, KnownLine)> = Vec::new();
    let mut earlier = lines::Earlier::default();
    for (at, line) in text.lines().enumerate() {
        if let Some(line) = lines::read(line, &earlier).filter(|line| known.iter().all(|(_, other)| other != line)) {
            known.push((at + 1, line));
        }
        if known.len() == MOST_KNOWN {
            break;
        }
        earlier.add(line);
    }
    let alone = text.lines().nth(1).is_none();
    let told =
        |(at, line): &(usize, KnownLine)| if alone { of_line(line) } else { format!("Line {at}. {}", of_line(line)) };
    let best = (known.len() > 1).then(|| ranked(known.iter().map(|(_, line)| line)));
    let best = best.filter(|best| !best.is_empty()).map(|best| {
        let best: Vec<_> = best.into_iter().take(MOST_RANKED).map(|id| format!("{id:<5} {}", id.row().title)).collect();
        format!("All lines together, the likeliest first:\n{}", indented(&best))
    });
    best.into_iter().chain(known.iter().take(MOST_LINES).map(told)).collect()
}

/// Ranks the findings of several lines. A line that fits one finding says more than a line that fits several, and the
/// first finding of a line fits best.
fn ranked<'a>(lines: impl Iterator<Item = &'a KnownLine>) -> Vec<Id> {
    let mut weights: Vec<(Id, u32)> = Vec::new();
    for line in lines {
        let count = u32::try_from(line.findings.len()).unwrap_or(u32::MAX).max(1);
        for (place, id) in (1u32..).zip(&line.findings) {
            let weight = WHOLE_WEIGHT / count / place;
            match weights.iter_mut().find(|(known, _)| known == id) {
                Some((_, sum)) => *sum = sum.saturating_add(weight),
                None => weights.push((*id, weight)),
            }
        }
    }
    // the sort is stable, so of two equal findings the one of the earlier line stays first
    weights.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    weights.into_iter().map(|(id, _)| id).collect()
}

/// Returns the page of a finding.
fn page(id: Id) -> String {
    let row = id.row();
    let advice = indented(row.advice);
    let settings =
        if row.settings.is_empty() { String::new() } else { format!("\nSettings: {}\n", row.settings.join(", ")) };
    format!(
        "{id}  {}\n\n{}\n\nHow to recognise it: {}\n\nWhat to do:\n{advice}{settings}",
        row.title, row.cause, row.recognised
    )
}

fn of_line(line: &KnownLine) -> String {
    let head = format!("It is said by {}.\n{}\n", line.speaker.name(), line.meaning);
    let fit: Vec<_> = line.findings.iter().map(|id| format!("{id:<5} {}", id.row().title)).collect();
    if fit.is_empty() { head } else { format!("{head}Findings that fit:\n{}", indented(&fit)) }
}

fn indented(lines: &[impl AsRef<str>]) -> String {
    lines.iter().fold(String::new(), |all, line| all + "  - " + line.as_ref() + "\n")
}

/// Returns the first pre-signed URL in the text, also within a line of a log.
fn url_in(text: &str) -> Option<SignedUrl> {
    let words = text.split(|c: char| c.is_whitespace() || "\"'<>\\".contains(c));
    // A word may be as long as the log and contain many occurrences of `http`.
    let mut urls = words.flat_map(|word| word.match_indices("http").take(8).map(|(at, _)| &word[at..]));
    urls.find_map(|url| SignedUrl::parse(url).ok())
}

fn looks_like_an_id(what: &str) -> bool {
    let rest = what.strip_prefix(['P', 'p', 'T', 't']).unwrap_or_default().trim_start_matches('-');
    !rest.is_empty() && rest.len() <= 4 && rest.bytes().all(|byte| byte.is_ascii_digit())
}

fn no_such_id(what: &str) -> ExplainError {
    let mut near: Vec<&str> = Id::ALL.iter().map(|id| id.as_str()).collect();
    near.sort_by_key(|id| distance(id, what));
    near.truncate(3);
    ExplainError::NoSuchFinding { id: what.to_owned(), near }
}
