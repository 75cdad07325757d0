//! Reads the part of YAML that configuration uses: documents of maps, lists and words, each with its line. Follows
//! anchors, merges `<<`, and refuses a file that anchors make too large. Knows nothing of the meaning of keys.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Line number, counted from one.
    pub line: usize,
    pub what: What,
    /// True for a word without quotes and without a tag, which a reader may take for a number.
    pub plain: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// An empty value, `~` or `null`.
    Nothing,
    /// A word as written, including numbers and booleans.
    Word(String),
    List(Vec<Node>),
    /// The members in the order of the text.
    Map(Vec<(String, Node)>),
}

/// A value with the keys above it joined by dots, as Spring's `YamlProcessor` does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flat {
    pub name: String,
    pub value: String,
    pub line: usize,
}

/// The limits of a document. No real configuration reaches them; a file that does is a mistake or an attack.
const MOST_NODES: usize = 50_000;
const DEEPEST: usize = 64;

impl Node {
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.what {
            What::Map(members) => members.iter().rev().find(|(name, _)| name == key).map(|(_, node)| node),
            _ => None,
        }
    }

    #[must_use]
    pub fn word(&self) -> Option<&str> {
        match &self.what {
            What::Word(word) => Some(word),
            _ => None,
        }
    }

    #[must_use]
    pub fn members(&self) -> &[(String, Self)] {
        match &self.what {
            What::Map(members) => members,
            _ => &[],
        }
    }

    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.what {
            What::List(items) => items,
            _ => &[],
        }
    }

    fn size(&self) -> usize {
        1 + match &self.what {
            What::Map(members) => members.iter().map(|(_, node)| node.size()).sum(),
            What::List(items) => items.iter().map(Self::size).sum(),
            What::Nothing | What::Word(_) => 0,
        }
    }
}

/// A list or map that is not complete yet.
struct Open {
    node: Node,
    anchor: usize,
    key: Option<String>,
}

/// The reason why a text cannot be read as YAML, with its line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum YamlError {
    #[error("line {line}: {info}")]
    Syntax { line: usize, info: String },
    #[error("line {0}: it is nested too deeply")]
    TooDeep(usize),
    #[error("line {0}: it is too large")]
    TooLarge(usize),
}

/// Reads the documents of a text.
///
/// # Errors
/// Returns an error if the text is not YAML, or exceeds the limits.
pub fn read(text: &str) -> Result<Vec<Node>, YamlError> {
    let mut documents = Vec::new();
    let mut anchors: HashMap<usize, Node> = HashMap::new();
    let mut open: Vec<Open> = Vec::new();
    let mut nodes = 0;
    for event in Parser::new_from_str(text.trim_start_matches('\u{feff}')) {
        let (event, span) =
            event.map_err(|error| YamlError::Syntax { line: error.marker().line(), info: error.info().to_owned() })?;
        let line = span.start.line();
        let node = |what| Node { line, what, plain: false };
        let (done, anchor) = match event {
            Event::SequenceStart(anchor, _) => {
                open.push(Open { node: node(What::List(Vec::new())), anchor, key: None });
                (None, 0)
            }
            Event::MappingStart(anchor, _) => {
                open.push(Open { node: node(What::Map(Vec::new())), anchor, key: None });
                (None, 0)
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(closed) => (Some(closed.node), closed.anchor),
                None => (None, 0),
            },
            Event::Scalar(word, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                let nothing = plain && ["", "~", "null", "Null", "NULL"].contains(&&*word);
                let what = if nothing { What::Nothing } else { What::Word(word.into_owned()) };
                (Some(Node { plain, ..node(what) }), anchor)
            }
            Event::Alias(anchor) => (anchors.get(&anchor).map(|known| Node { line, ..known.clone() }), 0),
            _ => (None, 0),
        };
        if open.len() > DEEPEST {
            return Err(YamlError::TooDeep(line));
        }
        let Some(done) = done else { continue };
        if anchor > 0 {
            anchors.insert(anchor, done.clone());
        }
        // The parts of a list or map were counted when they were read, except those that come from an anchor. Adding
        // the whole size counts them too.
        nodes += if matches!(done.what, What::List(_) | What::Map(_)) { done.size() } else { 1 };
        if nodes > MOST_NODES {
            return Err(YamlError::TooLarge(line));
        }
        match open.last_mut() {
            None => documents.push(done),
            Some(above) => above.put(done),
        }
    }
    Ok(documents)
}

impl Open {
    fn put(&mut self, done: Node) {
        match (&mut self.node.what, self.key.take()) {
            (What::List(items), _) => items.push(done),
            (What::Map(_), None) => self.key = Some(done.word().unwrap_or_default().to_owned()),
            (What::Map(members), Some(key)) if key == "<<" => merge(members, &done),
            (What::Map(members), Some(key)) => {
                members.retain(|(name, _)| *name != key);
                members.push((key, done));
            }
            (What::Nothing | What::Word(_), _) => {}
        }
    }
}

/// Adds the members of another map. Members that exist already override them.
fn merge(members: &mut Vec<(String, Node)>, other: &Node) {
    let others = if other.items().is_empty() { std::slice::from_ref(other) } else { other.items() };
    for (key, node) in others.iter().flat_map(Node::members) {
        if !members.iter().any(|(name, _)| name == key) {
            members.push((key.clone(), node.clone()));
        }
    }
}

/// Returns the values of a document.
#[must_use]
pub fn flat(node: &Node) -> Vec<Flat> {
    let mut all = Vec::new();
    flatten(node, "", &mut all);
    all
}

fn flatten(node: &Node, name: &str, into: &mut Vec<Flat>) {
    let mut leaf = |value: &str| into.push(Flat { name: name.to_owned(), value: value.to_owned(), line: node.line });
    match &node.what {
        What::Nothing => leaf(""),
        What::Word(word) => leaf(word),
        What::List(items) => {
            for (at, item) in items.iter().enumerate() {
                flatten(item, &format!("{name}[{at}]"), into);
            }
        }
        What::Map(members) => {
            for (key, node) in members {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(node, &name, into);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<Vec<(String, String, usize)>> {
        let told = |flat: Flat| (flat.name, flat.value, flat.line);
        read(text).unwrap().iter().map(|node| flat(node).into_iter().map(told).collect()).collect()
    }

    #[test]
    fn values_are_named_as_spring_names_them() {
        let text = "s3:\n  sigV4Enabled: true\n  preSignedUrl:\n    override:\n      host:\nbucket:\n  name.object: \
                    a b\nlist: [x, 'y']\n---\nspring.profiles: prod\nn: 20000000\n";
        let all = told(text);
        let names: Vec<Vec<(&str, &str, usize)>> =
            all.iter().map(|one| one.iter().map(|(name, value, line)| (&**name, &**value, *line)).collect()).collect();
        assert_eq!(
            names,
            [
                vec![
                    ("s3.sigV4Enabled", "true", 2),
                    ("s3.preSignedUrl.override.host", "", 5),
                    ("bucket.name.object", "a b", 7),
                    ("list[0]", "x", 8),
                    ("list[1]", "y", 8),
                ],
                vec![("spring.profiles", "prod", 10), ("n", "20000000", 11)],
            ]
        );
    }

    #[test]
    fn anchors_are_followed_and_merged() {
        let all = told("a: &a\n  x: 1\n  y: 2\nb:\n  <<: *a\n  y: 3\nc: *a\n");
        let b: Vec<_> =
            all[0].iter().filter(|(name, ..)| name.starts_with('b')).map(|(_, value, _)| &**value).collect();
        assert_eq!((b, all[0].len()), (vec!["1", "3"], 6));
    }

    #[test]
    fn what_grows_or_nests_beyond_reason_is_refused() {
        let mut bomb = vec!["a0: &a0 [x, x, x, x, x, x, x, x, x, x]".to_owned()];
        for level in 1..9 {
            let below = format!("*a{}, ", level - 1).repeat(10);
            bomb.push(format!("a{level}: &a{level} [{}]", below.trim_end_matches(", ")));
        }
        assert!(matches!(read(&bomb.join("\n")), Err(YamlError::TooLarge(_))));
        assert!(read(&"[".repeat(10_000)).is_err());
        assert!(read(&"a: ".repeat(1000)).is_err());
    }
}
