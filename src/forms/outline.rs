//! Looks at content once, for all forms: the keys at the top of YAML and JSON, and the signs of other kinds of files.

use std::borrow::Cow;

use super::Source;
use crate::text::yaml;

pub(super) struct Outline<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) text: Cow<'a, str>,
    /// The keys at the top. In a list, the keys of its elements.
    pub(super) keys: Vec<String>,
    /// True for text between braces or brackets: JSON, or YAML in flow style.
    pub(super) flow: bool,
    /// True for bytes that are not a text of lines: binary data, XML and scripts.
    pub(super) foreign: bool,
    /// The names of lines such as `[Unit]`.
    pub(super) sections: Vec<String>,
    /// True if each line is empty or a comment.
    pub(super) blank: bool,
}

/// The keys that distinguish forms. Text that is not complete is searched for them.
const TELLING: [&str; 9] =
    ["services", "Config", "apiVersion", "kind", "TaskTemplate", "include", "appConfig", "replicaCount", "image"];

impl<'a> Outline<'a> {
    pub(super) fn of(source: &'a Source<'a>) -> Self {
        let text = source.text();
        let body = text.trim_start_matches('\u{feff}').trim_start();
        let sections: Vec<String> = text.lines().filter_map(section).map(str::to_owned).collect();
        let flow = body.starts_with(['{', '[']) && sections.is_empty();
        let keys = if flow { keys_of_flow(body) } else { keys_of_lines(&text) };
        let foreign = source.bytes.contains(&0) || body.starts_with('<') || body.starts_with("#!");
        let blank = lines(&text).next().is_none();
        Self { source, text, keys, flow, foreign, sections, blank }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|known| known == key)
    }

    /// Returns true if only lines of names and values are left as an explanation.
    pub(super) fn may_be_lines(&self) -> bool {
        !self.foreign && !self.flow && self.sections.is_empty()
    }

    /// Returns true for the ending of YAML.
    pub(super) fn is_yaml(&self) -> bool {
        super::compose::named(&self.source.file_name())
    }
}

/// Returns the lines that say something, without whitespace around them.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let text = text.trim_start_matches('\u{feff}');
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', '!']))
}

fn section(line: &str) -> Option<&str> {
    let name = line.trim().strip_prefix('[')?.strip_suffix(']')?;
    let plain = |letter: char| letter.is_alphanumeric() || " .-_:@/".contains(letter);
    (!name.is_empty() && name.chars().all(plain) && name.contains(char::is_alphabetic)).then_some(name)
}

/// Returns the keys of the first document, and those of an inspected swarm service, whose template is one level deeper.
fn keys_of_flow(text: &str) -> Vec<String> {
    let top = |(depth, key): (usize, String)| (depth == 0 || key == "TaskTemplate").then_some(key);
    let keys: Vec<String> = yaml::keys(text, 1).into_iter().filter_map(top).collect();
    if keys.iter().any(|key| TELLING.contains(&key.as_str())) {
        return keys;
    }
    let quoted = |key: &&&str| text.contains(&format!("\"{key}\""));
    let damaged = yaml::read(text).is_err();
    TELLING.iter().filter(|_| damaged).filter(quoted).map(|key| (*key).to_owned()).collect()
}

/// Returns the keys of lines without indentation, such as `services:`.
fn keys_of_lines(text: &str) -> Vec<String> {
    let key = |line: &str| {
        let (key, rest) = line.split_once(':')?;
        let key = key.trim_matches(['"', '\'']);
        let word = key.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_');
        let ends = rest.is_empty() || rest.starts_with([' ', '\t', '\r']);
        (word && ends && TELLING.contains(&key)).then(|| key.to_owned())
    };
    text.lines().filter_map(key).collect()
}
