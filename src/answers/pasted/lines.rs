//! Reads texts that are lines of names and values: profiles in sections, variables, notes such as `Access key: …`,
//! columns of a table, and properties of Score.

use zeroize::Zeroizing;

use super::{NamedValue, PasteError, ValueGroup, names, unquoted};
use crate::text::{mask::is_random, properties::Document, secret::Secret};

/// The word that rclone puts in front of an encrypted configuration.
const ENCRYPTED: &str = "RCLONE_ENCRYPT_";

/// Returns true if a line has a name with a meaning.
pub(super) fn fits(text: &str) -> bool {
    text.contains(ENCRYPTED) || text.lines().any(|line| split(line).is_some_and(|(name, _)| named(name)))
}

fn named(name: &str) -> bool {
    names::meaning(name).is_some()
}

/// Reads sections of pairs. Sections of one name belong together, as `[score]` of the credentials of AWS and
/// `[profile score]` of its configuration do.
pub(super) fn read(text: &str) -> Result<Vec<ValueGroup>, PasteError> {
    if text.contains(ENCRYPTED) {
        return Err(PasteError::Encrypted);
    }
    let mut sections = vec![ValueGroup::default()];
    let mut at = 0;
    for (line, written) in text.lines().enumerate() {
        let written = written.trim();
        if written.is_empty() || written.starts_with(['#', ';']) || written.starts_with("//") {
            continue;
        }
        if let Some(name) = written.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let name = name.trim();
            let name = name.strip_prefix("profile ").unwrap_or(name).trim();
            let name = unquoted(name);
            let found = sections.iter().position(|section| section.name.as_deref() == Some(name));
            at = found.unwrap_or_else(|| {
                sections.push(ValueGroup { name: Some(name.to_owned()), ..ValueGroup::default() });
                sections.len() - 1
            });
            continue;
        }
        let Some(section) = sections.get_mut(at) else { continue };
        let before = section.pairs.len();
        section.pairs.extend(assignments(written, line + 1));
        if section.pairs.len() == before {
            section.unread.push(line + 1);
        }
    }
    // A name that could be a secret is not shown.
    for section in &mut sections {
        section.name = section.name.take().filter(|name| !is_random(name) && name.len() <= 64);
    }
    Ok(sections)
}

/// Returns the pairs of one line: one, or several after `export`.
fn assignments(line: &str, number: usize) -> Vec<NamedValue> {
    for prefix in ["export ", "declare -x ", "set ", "ENV ", "-e ", "--env "] {
        let Some(rest) = line.strip_prefix(prefix) else { continue };
        let words = words(rest);
        let pairs: Vec<&str> = words.iter().copied().filter(|word| word.contains('=')).collect();
        if pairs.len() > 1 {
            return pairs.into_iter().filter_map(|word| Some(pair(split(word)?, number))).collect();
        }
        return split(rest).map(|found| pair(found, number)).into_iter().collect();
    }
    // An item of a list of variables in YAML.
    let line = line.strip_prefix("- ").unwrap_or(line);
    let line = line.strip_prefix("$env:").unwrap_or(line);
    split(line).map(|found| pair(found, number)).into_iter().collect()
}

fn pair((name, value): (&str, &str), line: usize) -> NamedValue {
    NamedValue::new(name, value, line)
}

/// Splits a line at blanks outside of quotes.
fn words(line: &str) -> Vec<&str> {
    let mut quote = None;
    let outside = |letter: char| match quote {
        Some(open) if open == letter => {
            quote = None;
            false
        }
        Some(_) => false,
        None if letter == '"' || letter == '\'' => {
            quote = Some(letter);
            false
        }
        None => letter.is_whitespace() || letter == ';',
    };
    line.split(outside).filter(|word| !word.is_empty()).collect()
}

/// Splits a line into a name and its value, without quotes and without a comment behind it.
fn split(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let at = line.find(['=', ':', '\t'])?;
    let (name, value) = line.split_at(at);
    let name = unquoted(name);
    let value = value[1..].trim();
    // `http://…` is a URL and not a name.
    if name.is_empty() || name.len() > 80 || line[at..].starts_with("://") {
        return None;
    }
    let quote = value.chars().next().filter(|letter| ['"', '\''].contains(letter));
    let value = match quote.and_then(|quote| Some((quote, value[1..].find(quote)?))) {
        Some((_, end)) => &value[1..=end],
        None => value.split(" #").next().unwrap_or_default().trim_end_matches([';', ',']).trim_end(),
    };
    Some((name, value))
}

/// Returns true if the text is a properties file of Score.
pub(super) fn are_properties(text: &str) -> bool {
    let own = |line: &str| split(line).is_some_and(|(name, _)| names::is_setting(name));
    !text.lines().any(|line| line.trim_start().starts_with('[')) && text.lines().any(own)
}

/// Reads properties as Java does.
pub(super) fn properties(text: &str) -> Result<Vec<ValueGroup>, PasteError> {
    let Ok(document) = Document::parse(text.as_bytes()) else { return Err(PasteError::NotRecognised) };
    let pairs = document.pairs().map(|pair| NamedValue {
        name: Zeroizing::new(String::from_utf16_lossy(pair.key)),
        value: Secret::new(String::from_utf16_lossy(pair.value)),
        line: pair.line,
    });
    Ok(vec![ValueGroup { pairs: pairs.collect(), ..ValueGroup::default() }])
}

/// Returns true if the first line is the heading of a table with two names or more, as in the file of a new key that
/// AWS offers.
pub(super) fn are_columns(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    first.split(',').filter(|name| named(unquoted(name))).count() >= 2 && !first.contains(['=', ':'])
}

#[expect(clippy::unnecessary_wraps, reason = "all shapes are read by functions of one type")]
pub(super) fn columns(text: &str) -> Result<Vec<ValueGroup>, PasteError> {
    let mut lines = text.lines().enumerate();
    let heading: Vec<&str> = lines.next().map(|(_, line)| line.split(',').map(unquoted).collect()).unwrap_or_default();
    let rows = lines.filter(|(_, line)| !line.trim().is_empty());
    let section = |(at, line): (usize, &str)| {
        let cells = heading.iter().zip(line.split(',').map(unquoted));
        let pairs = cells.map(|(name, value)| NamedValue::new(name, value, at + 1)).collect();
        ValueGroup { pairs, ..ValueGroup::default() }
    };
    Ok(rows.map(section).collect())
}
