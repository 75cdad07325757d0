//! Finds the places of values in a text of YAML or JSON, and changes single values. All other bytes stay. Knows nothing of
//! the meaning of keys.

use std::ops::Range;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};

use super::YamlError;

/// The most nodes of a text that is edited, and its deepest nesting.
const MOST: usize = 50_000;
const DEEPEST: usize = 64;

/// A value with its place in the text, in bytes.
#[derive(Debug)]
pub struct PlacedNode {
    /// The line of its beginning, counted from one.
    pub line: usize,
    pub span: Range<usize>,
    /// The column of its beginning, in letters.
    pub column: usize,
    pub content: PlacedContent,
}

#[derive(Debug)]
pub enum PlacedContent {
    Word {
        word: String,
        style: WordStyle,
    },
    List(Vec<PlacedNode>),
    Map(Vec<(PlacedNode, PlacedNode)>),
    /// A reference to an anchor.
    Alias,
}

/// How a word is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordStyle {
    Plain,
    Single,
    Double,
    /// A block after `|` or `>`.
    Block,
}

/// A replacement of a part of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextEdit {
    pub at: Range<usize>,
    pub text: String,
}

struct OpenNode {
    line: usize,
    start: usize,
    column: usize,
    map: bool,
    nodes: Vec<PlacedNode>,
}

/// Returns the documents of a text with the places of their values.
///
/// # Errors
/// Returns an error if the text is not YAML, or exceeds the limits.
pub fn placed(text: &str) -> Result<Vec<PlacedNode>, YamlError> {
    // The reader keeps all tokens of a text in flow style in memory.
    if super::json::is_flow(text) && text.len() > super::MOST_OF_FLOW {
        return Err(YamlError::TooLarge(1));
    }
    if let Some((at, _)) = text.match_indices('\r').find(|(at, _)| !text[at + 1..].starts_with('\n')) {
        let line = text[..at].matches('\n').count() + 1;
        return Err(YamlError::Syntax { line, info: "a carriage return alone ends this line".to_owned() });
    }
    let lines = starts_of_lines(text);
    // The last marker and its place: the line of a large text may be long.
    let mut last = (0_usize, 0_usize, 0_usize);
    let mut offset = |marker: Marker| {
        let (line, column) = (marker.line().saturating_sub(1), marker.col());
        let first = (line, 0, lines.get(line).copied().unwrap_or(text.len()));
        let (_, from, start) = if last.0 == line && last.1 <= column { last } else { first };
        let rest = text.get(start..).unwrap_or_default();
        let at = start + rest.char_indices().nth(column - from).map_or(rest.len(), |(at, _)| at);
        last = (line, column, at);
        at
    };
    let mut documents = Vec::new();
    let mut open: Vec<OpenNode> = Vec::new();
    for (count, event) in Parser::new_from_str(text).enumerate() {
        let (event, span) =
            event.map_err(|error| YamlError::Syntax { line: error.marker().line(), info: error.info().to_owned() })?;
        let (line, marked) = (span.start.line(), offset(span.start));
        if count > MOST {
            return Err(YamlError::TooLarge(line));
        }
        let start = match event {
            Event::SequenceStart(..) | Event::MappingStart(..) => without_properties(text, marked, true),
            Event::Scalar(..) => without_properties(text, marked, false),
            _ => marked,
        };
        let column = if start == marked { span.start.col() } else { column_of(text, start) };
        let begun = |map| OpenNode { line, start, column, map, nodes: Vec::new() };
        let done = match event {
            Event::SequenceStart(..) => {
                open.push(begun(false));
                None
            }
            Event::MappingStart(..) => {
                open.push(begun(true));
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(|node| node.closed(text, offset(span.start))),
            Event::Scalar(word, style, ..) => {
                let style = match style {
                    ScalarStyle::Plain => WordStyle::Plain,
                    ScalarStyle::SingleQuoted => WordStyle::Single,
                    ScalarStyle::DoubleQuoted => WordStyle::Double,
                    _ => WordStyle::Block,
                };
                let above = open.last().map(|open| match open.nodes.last() {
                    // A block is indented more than its key, or than the dash of its list.
                    Some(key) if open.map => (key.column, key.span.end),
                    Some(before) => (open.column, before.span.end),
                    None => (open.column, open.start),
                });
                let header = |(_, from): (usize, usize)| Some(from + text.get(from..start)?.find(['|', '>'])?);
                let start = above.filter(|_| style == WordStyle::Block).and_then(header).unwrap_or(start);
                let indent = above.map(|(column, _)| column);
                let end = end_of_word(text, start, &word, style, indent).unwrap_or(start);
                let content = PlacedContent::Word { word: word.into_owned(), style };
                Some(PlacedNode { line, span: start..end, column, content })
            }
            Event::Alias(_) => {
                let length = text[start..].find(|letter: char| letter.is_whitespace() || ",]}".contains(letter));
                let end = length.map_or(text.len(), |length| start + length);
                Some(PlacedNode { line, span: start..end, column, content: PlacedContent::Alias })
            }
            _ => None,
        };
        if open.len() > DEEPEST {
            return Err(YamlError::TooDeep(line));
        }
        match (done, open.last_mut()) {
            (Some(done), Some(above)) => above.nodes.push(done),
            (Some(done), None) => documents.push(done),
            (None, _) => {}
        }
    }
    Ok(documents)
}

/// Returns the place of a value behind its anchor and its tag. A list or a map may begin on a later line.
fn without_properties(text: &str, start: usize, later: bool) -> usize {
    let mut at = start;
    while let Some(rest) = text.get(at..) {
        let comment = later && at > start && rest.starts_with('#');
        if !comment && !rest.starts_with(['&', '!']) {
            break;
        }
        let end = rest.find(|letter: char| if comment { letter == '\n' } else { letter.is_whitespace() });
        let end = end.unwrap_or(rest.len());
        let is_blank = |letter: char| if later { letter.is_whitespace() } else { letter == ' ' };
        at += end + rest[end..].find(|letter| !is_blank(letter)).unwrap_or(rest.len() - end);
    }
    at
}

fn column_of(text: &str, at: usize) -> usize {
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    text[line..at].chars().count()
}

fn starts_of_lines(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

/// Returns the end of a word; `None` if its place is not certain.
fn end_of_word(text: &str, start: usize, word: &str, style: WordStyle, above: Option<usize>) -> Option<usize> {
    let rest = text.get(start..)?;
    match style {
        WordStyle::Plain => rest.starts_with(word).then_some(start + word.len()),
        WordStyle::Single => {
            let mut letters = rest.char_indices().skip(1).peekable();
            rest.starts_with('\'').then_some(())?;
            while let Some((at, letter)) = letters.next() {
                if letter == '\'' && letters.next_if(|(_, next)| *next == '\'').is_none() {
                    return Some(start + at + 1);
                }
            }
            None
        }
        WordStyle::Double => {
            let mut letters = rest.char_indices().skip(1);
            rest.starts_with('"').then_some(())?;
            while let Some((at, letter)) = letters.next() {
                match letter {
                    '"' => return Some(start + at + 1),
                    '\\' => drop(letters.next()),
                    _ => {}
                }
            }
            None
        }
        WordStyle::Block => {
            rest.starts_with(['|', '>']).then_some(())?;
            let mut end = start + rest.find('\n').unwrap_or(rest.len());
            let mut at = end + 1;
            while let Some(line) = text.get(at..).filter(|line| !line.is_empty()) {
                let length = line.find('\n').unwrap_or(line.len());
                let blank = line[..length].trim().is_empty();
                if !blank && above.is_some_and(|above| indentation(line) <= above) {
                    break;
                }
                end = if blank { end } else { at + length };
                at += length + 1;
            }
            Some(if text[..end].ends_with('\r') { end - 1 } else { end })
        }
    }
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

impl OpenNode {
    /// Returns the list or map. `end` is the beginning of its closing sign, if it has one.
    fn closed(self, text: &str, end: usize) -> PlacedNode {
        let flow = text[self.start..].starts_with(['{', '[']);
        let last = self.nodes.last().map_or(self.start, |node| node.span.end);
        let end = if flow && text[end..].starts_with(['}', ']']) { end + 1 } else { last };
        let content = if self.map {
            let mut pairs = Vec::new();
            let mut nodes = self.nodes.into_iter();
            while let (Some(key), Some(value)) = (nodes.next(), nodes.next()) {
                pairs.push((key, value));
            }
            PlacedContent::Map(pairs)
        } else {
            PlacedContent::List(self.nodes)
        };
        PlacedNode { line: self.line, span: self.start..end, column: self.column, content }
    }
}

impl PlacedNode {
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.pairs().iter().rev().find(|(name, _)| name.word() == Some(key)).map(|(_, value)| value)
    }

    #[must_use]
    pub fn word(&self) -> Option<&str> {
        match &self.content {
            PlacedContent::Word { word, .. } => Some(word),
            _ => None,
        }
    }

    /// Returns how this word is written.
    #[must_use]
    pub fn style(&self) -> Option<WordStyle> {
        match &self.content {
            PlacedContent::Word { style, .. } => Some(*style),
            _ => None,
        }
    }

    #[must_use]
    pub fn pairs(&self) -> &[(Self, Self)] {
        match &self.content {
            PlacedContent::Map(pairs) => pairs,
            _ => &[],
        }
    }

    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.content {
            PlacedContent::List(items) => items,
            _ => &[],
        }
    }

    fn is_flow(&self, text: &str) -> bool {
        text[self.span.start..].starts_with(['{', '['])
    }

    /// Returns the edit that gives this word another value, in the same style if the value allows it. `None` if its place
    /// is not certain.
    #[must_use]
    pub fn replaced(&self, text: &str, value: &str) -> Option<TextEdit> {
        let PlacedContent::Word { style, .. } = &self.content else { return None };
        let written = match style {
            WordStyle::Plain if is_plain(value) => value.to_owned(),
            WordStyle::Single if value.chars().all(|letter| !letter.is_control() && letter != '\'') => {
                format!("'{value}'")
            }
            _ => quoted(value),
        };
        if self.span.is_empty() {
            // An empty value is placed at the colon, or behind it.
            let at = self.span.start;
            let colon = text[at..].starts_with(':').then_some(at + 1);
            let at = colon.or_else(|| text[..at].trim_end().ends_with(':').then(|| text[..at].trim_end().len()))?;
            return Some(TextEdit { at: at..at, text: format!(" {written}") });
        }
        Some(TextEdit { at: self.span.clone(), text: written })
    }

    /// Returns the edit that adds pairs at the end of this map. An empty value becomes a map.
    #[must_use]
    pub fn with_pairs(&self, text: &str, new: &[(String, String)]) -> Option<TextEdit> {
        let PlacedContent::Map(pairs) = &self.content else { return None };
        if self.is_flow(text) {
            let new = new.iter().map(|(key, value)| format!("{}: {}", quoted(key), quoted(value)));
            return self.in_flow(text, pairs.is_empty(), &new.collect::<Vec<_>>().join(", "));
        }
        let lines: Vec<String> = new.iter().map(|(key, value)| format!("{key}: {}", quoted(value))).collect();
        Some(self.lines_after(text, self.column, &lines))
    }

    /// Returns the edit that adds elements at the end of this list, each as the lines of a block and as a text in flow
    /// style.
    #[must_use]
    pub fn with_items(&self, text: &str, new: &[(Vec<String>, String)]) -> Option<TextEdit> {
        let PlacedContent::List(items) = &self.content else { return None };
        if self.is_flow(text) {
            let new: Vec<&str> = new.iter().map(|(_, flow)| flow.as_str()).collect();
            return self.in_flow(text, items.is_empty(), &new.join(", "));
        }
        let dashed = |(at, line): (usize, &String)| format!("{}{line}", if at == 0 { "- " } else { "  " });
        let lines: Vec<String> = new.iter().flat_map(|(lines, _)| lines.iter().enumerate().map(dashed)).collect();
        let first = items.first()?;
        let start = text[..first.span.start].rfind('\n').map_or(0, |at| at + 1);
        let indent = indentation(&text[start..]);
        // The dash of the first element is in front of it, on the same line.
        text[start + indent..first.span.start].starts_with('-').then_some(())?;
        Some(self.lines_after(text, indent, &lines))
    }

    fn in_flow(&self, text: &str, empty: bool, element: &str) -> Option<TextEdit> {
        let at = self.span.end.checked_sub(1).filter(|at| text[*at..].starts_with(['}', ']']))?;
        let before = text[..at].trim_end();
        let comma = if empty || before.ends_with(',') { "" } else { "," };
        let at = before.len();
        let space = if empty { "" } else { " " };
        Some(TextEdit { at: at..at, text: format!("{comma}{space}{element}") })
    }

    /// Returns the edit that adds lines after the last line of this node.
    fn lines_after(&self, text: &str, indent: usize, lines: &[String]) -> TextEdit {
        let end = text[self.span.end..].find('\n').map_or(text.len(), |at| self.span.end + at);
        let end = if text[..end].ends_with('\r') { end - 1 } else { end };
        let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let added: Vec<String> = lines.iter().map(|line| format!("{line_end}{}{line}", " ".repeat(indent))).collect();
        TextEdit { at: end..end, text: added.concat() }
    }

    /// Returns the edit that adds a key with lines below it at the end of this map in block style.
    #[must_use]
    pub fn with_block(&self, text: &str, key: &str, lines: &[String]) -> Option<TextEdit> {
        if self.is_flow(text) || self.pairs().is_empty() {
            return None;
        }
        let all: Vec<String> =
            std::iter::once(format!("{key}:")).chain(lines.iter().map(|line| format!("  {line}"))).collect();
        Some(self.lines_after(text, self.column, &all))
    }
}

/// Applies edits that do not overlap. Edits at the same place stay in their order.
#[must_use]
pub fn applied(text: &str, edits: &[TextEdit]) -> String {
    let mut sorted: Vec<&TextEdit> = edits.iter().collect();
    sorted.sort_by_key(|edit| edit.at.start);
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for edit in sorted {
        out += text.get(from..edit.at.start).unwrap_or_default();
        out += &edit.text;
        from = edit.at.end.max(from);
    }
    out + text.get(from..).unwrap_or_default()
}

/// Writes a text in double quotes, as YAML and JSON read it alike.
#[must_use]
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Returns true for a text that needs no quotes in any reader of YAML.
fn is_plain(text: &str) -> bool {
    const OTHERS: [&str; 12] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "none"];
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_./:@+=-".contains(letter);
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
        && text.chars().all(plain)
        && !text.ends_with(':')
        && !OTHERS.contains(&text.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Changes the value at a path, and returns the text.
    fn changed(text: &str, path: &[&str], value: &str) -> String {
        let documents = placed(text).unwrap();
        let node = path.iter().fold(&documents[0], |node, key| match key.parse::<usize>() {
            Ok(at) => &node.items()[at],
            Err(_) => node.get(key).unwrap(),
        });
        let edit = node.replaced(text, value).unwrap_or_else(|| panic!("{text:?}: {node:?}"));
        applied(text, &[edit])
    }

    #[test]
    fn a_value_changes_and_every_other_byte_stays() {
        for (text, path, value, expected) in [
            ("a: b # c\nd: e\n", &["a"][..], "http://h:1", "a: http://h:1 # c\nd: e\n"),
            ("a: b\r\nd: e\r\n", &["d"], "5", "a: b\r\nd: \"5\"\r\n"),
            ("a: &b c # d\ne: *b\n", &["a"], "x", "a: &b x # d\ne: *b\n"),
            ("a: &b !!str 'c'\n", &["a"], "x", "a: &b !!str 'x'\n"),
            ("a: |\r\n  b\r\nd: e\r\n", &["a"], "x", "a: \"x\"\r\nd: e\r\n"),
            ("a: 'b''c'  # d", &["a"], "x y", "a: 'x y'  # d"),
            ("a: \"b\\\"c\"\n", &["a"], "x\"y", "a: \"x\\\"y\"\n"),
            ("a: |\n  b\n  c\n\nd: e\n", &["a"], "x", "a: \"x\"\n\nd: e\n"),
            ("a: >-\n  b\n", &["a"], "x\ny", "a: \"x\\ny\"\n"),
            ("é: {ü: ö, b: [c, d]} # e\n", &["é", "b", "1"], "x", "é: {ü: ö, b: [c, x]} # e\n"),
            ("a:\nb: c\n", &["a"], "x", "a: x\nb: c\n"),
            ("a:   # c\nb: c\n", &["b"], "yes", "a:   # c\nb: \"yes\"\n"),
            ("{\"a\": {\"b\": \"c\"}}", &["a", "b"], "x", "{\"a\": {\"b\": \"x\"}}"),
            ("l:\n- a: |\n   x\n  b: c\n", &["l", "0", "a"], "x", "l:\n- a: \"x\"\n  b: c\n"),
            ("- a\n- b: c\n  d: e\n", &["1", "d"], "x", "- a\n- b: c\n  d: x\n"),
        ] {
            assert_eq!(changed(text, path, value), expected, "{text:?}");
        }
        // Its lines would be counted in two ways.
        assert!(placed("# x\ra: b\n").is_err());
    }

    #[test]
    fn pairs_and_elements_are_added_in_the_style_of_the_text() {
        let pair = |text: &str| {
            let documents = placed(text).unwrap();
            let edit = documents[0].get("m").unwrap().with_pairs(text, &[("K".to_owned(), "v".to_owned())]).unwrap();
            applied(text, &[edit])
        };
        for (text, expected) in [
            ("m:\n  a: b # c\nd: e\n", "m:\n  a: b # c\n  K: \"v\"\nd: e\n"),
            ("m:\n    a: |\n      b\n", "m:\n    a: |\n      b\n    K: \"v\"\n"),
            ("m: &n # o\n  a: b\n", "m: &n # o\n  a: b\n  K: \"v\"\n"),
            ("m: &n {a: b}\n", "m: &n {a: b, \"K\": \"v\"}\n"),
            ("m: {a: b}\n", "m: {a: b, \"K\": \"v\"}\n"),
            ("m: {}\n", "m: {\"K\": \"v\"}\n"),
            ("{\"m\": {\n  \"a\": \"b\"\n}}", "{\"m\": {\n  \"a\": \"b\", \"K\": \"v\"\n}}"),
            ("m:\r\n  a: b", "m:\r\n  a: b\r\n  K: \"v\""),
        ] {
            assert_eq!(pair(text), expected, "{text:?}");
        }
        let item = |text: &str| {
            let documents = placed(text).unwrap();
            let lines = vec!["name: K".to_owned(), "value: v".to_owned()];
            let new = [(lines, "{\"name\": \"K\"}".to_owned())];
            let edit = documents[0].get("l").unwrap().with_items(text, &new).unwrap();
            applied(text, &[edit])
        };
        for (text, expected) in [
            ("l:\n- a: b\n  c: d\ne: f\n", "l:\n- a: b\n  c: d\n- name: K\n  value: v\ne: f\n"),
            ("l:\n  - a\n", "l:\n  - a\n  - name: K\n    value: v\n"),
            ("l: [a]\n", "l: [a, {\"name\": \"K\"}]\n"),
            ("l: []\n", "l: [{\"name\": \"K\"}]\n"),
        ] {
            assert_eq!(item(text), expected, "{text:?}");
        }
        let documents = placed("a: b\n").unwrap();
        let edit = documents[0].with_block("a: b\n", "env", &["K: v".to_owned()]).unwrap();
        assert_eq!(applied("a: b\n", &[edit]), "a: b\nenv:\n  K: v\n");
    }
}
