//! Reads the part of YAML that configuration uses: documents of maps, lists and words, each with its line. Follows
//! anchors, merges `<<`, and refuses a file that anchors make too large. Knows nothing of the meaning of keys.

pub mod edit;
mod json;

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use json::JsonEvents;
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Line number, counted from one.
    pub line: usize,
    pub what: What,
    /// True for a word without quotes and without a tag, which a reader may take for a number.
    pub plain: bool,
    /// The own tag of the program that reads the file, such as `reset` for `!reset`.
    pub tag: Option<Box<str>>,
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

/// The number of nodes that a text may have. No real configuration reaches them; a file that does is a mistake or an
/// attack.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// The most nodes in memory.
    kept: usize,
    /// The most nodes of the whole text, with those that are read and dropped.
    all: usize,
}

const OF_A_FILE: Limits = Limits { kept: 50_000, all: 50_000 };
/// A list of objects of 16 MiB with a node in each 4 bytes.
const OF_A_LIST: Limits = Limits { kept: 500_000, all: 4_000_000 };
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

    /// Returns the number of lists and maps within each other.
    fn depth(&self) -> usize {
        let deepest = match &self.what {
            What::Map(members) => members.iter().map(|(_, node)| node.depth()).max(),
            What::List(items) => items.iter().map(Self::depth).max(),
            What::Nothing | What::Word(_) => return 0,
        };
        1 + deepest.unwrap_or_default()
    }

    /// Returns the number of nodes, keys included.
    fn size(&self) -> usize {
        1 + match &self.what {
            What::Map(members) => members.iter().map(|(_, node)| 1 + node.size()).sum(),
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
    /// The maps after `<<`.
    merged: Vec<Node>,
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
    read_within(text, OF_A_FILE, &|_| true)
}

/// Reads the documents of a text that may be a list of many objects. Drops a document, and an element of a list at the
/// top of a document, if `keep` returns false for it: only what is kept needs memory.
///
/// # Errors
/// Returns an error if the text is not YAML, or exceeds the limits.
pub fn read_objects(text: &str, keep: &dyn Fn(&Node) -> bool) -> Result<Vec<Node>, YamlError> {
    read_within(text, OF_A_LIST, keep)
}

fn read_within(text: &str, limits: Limits, keep: &dyn Fn(&Node) -> bool) -> Result<Vec<Node>, YamlError> {
    let text = spaced(text);
    let mut documents = Vec::new();
    let events = events(&text)?;
    // The values of anchors, with their sizes and depths.
    let mut anchors: HashMap<usize, (Node, usize, usize)> = HashMap::new();
    let mut open: Vec<Open> = Vec::new();
    let (mut kept, mut all) = (0_usize, 0_usize);
    for event in events {
        let (event, line) = event?;
        let node = |what| Node { line, what, plain: false, tag: None };
        let opened = |what, anchor, tag: Option<Cow<'_, Tag>>| {
            let node = Node { tag: own_tag(tag.as_deref()), ..node(what) };
            Open { node, anchor, key: None, merged: Vec::new() }
        };
        // The number of nodes that the event adds: the parts of a list or map are counted one by one.
        let (done, anchor, more) = match event {
            Event::SequenceStart(anchor, tag) => {
                open.push(opened(What::List(Vec::new()), anchor, tag));
                (None, 0, 1)
            }
            Event::MappingStart(anchor, tag) => {
                open.push(opened(What::Map(Vec::new()), anchor, tag));
                (None, 0, 1)
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(mut closed) => (Some(closed.closed()), closed.anchor, 0),
                None => (None, 0, 0),
            },
            Event::Scalar(word, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                let nothing = plain && ["", "~", "null", "Null", "NULL"].contains(&&*word);
                let what = if nothing { What::Nothing } else { What::Word(word.into_owned()) };
                (Some(Node { plain, tag: own_tag(tag.as_deref()), ..node(what) }), anchor, 1)
            }
            Event::Alias(anchor) => {
                let known = anchors.get(&anchor);
                let (known, size, depth) =
                    known.map_or((None, 0, 0), |(node, size, depth)| (Some(node), *size, *depth));
                if kept + size > limits.kept {
                    return Err(YamlError::TooLarge(line));
                }
                if open.len() + depth > DEEPEST {
                    return Err(YamlError::TooDeep(line));
                }
                // An anchor that is not kept, or not closed yet, has no value here.
                (Some(known.map_or_else(|| node(What::Nothing), |known| Node { line, ..known.clone() })), 0, size)
            }
            _ => (None, 0, 0),
        };
        kept += more;
        all += more;
        if open.len() > DEEPEST {
            return Err(YamlError::TooDeep(line));
        }
        let done = done.filter(|done| {
            let dropped = is_element(&open) && matches!(done.what, What::Map(_)) && !keep(done);
            kept = kept.saturating_sub(if dropped { done.size() } else { 0 });
            !dropped
        });
        if let Some(done) = done.as_ref().filter(|_| anchor > 0) {
            let size = done.size();
            kept += size;
            all += size;
            anchors.insert(anchor, (done.clone(), size, done.depth()));
        }
        if kept > limits.kept || all > limits.all {
            return Err(YamlError::TooLarge(line));
        }
        match (done, open.last_mut()) {
            (Some(done), Some(above)) => above.put(done),
            (Some(done), None) => documents.push(done),
            (None, _) => {}
        }
    }
    Ok(documents)
}

/// The largest text in flow style that is not JSON, in bytes.
const MOST_OF_FLOW: usize = 1024 * 1024;

/// The events of a text, each with its line.
type Events<'a> = Box<dyn Iterator<Item = Result<(Event<'a>, usize), YamlError>> + 'a>;

/// Returns the events of a text.
fn events(text: &str) -> Result<Events<'_>, YamlError> {
    if json::begins(text) {
        match json::valid(text) {
            Ok(()) => return Ok(Box::new(JsonEvents::new(text).map(Ok))),
            Err((line, info)) if text.len() > MOST_OF_FLOW => return Err(YamlError::Syntax { line, info }),
            Err(_) => {}
        }
    } else if text.len() > MOST_OF_FLOW && json::is_flow(text) {
        return Err(YamlError::TooLarge(1));
    }
    let parsed = Parser::new_from_str(text).map(|event| match event {
        Ok((event, span)) => Ok((event, span.start.line())),
        Err(error) => Err(YamlError::Syntax { line: error.marker().line(), info: error.info().to_owned() }),
    });
    Ok(Box::new(parsed))
}

/// Returns the name of a tag that begins with one exclamation mark.
fn own_tag(tag: Option<&Tag>) -> Option<Box<str>> {
    tag.filter(|tag| tag.handle == "!").map(|tag| tag.suffix.clone().into())
}

/// Returns true if what follows is a document, or an element of a list at the top of one.
fn is_element(open: &[Open]) -> bool {
    open.len() <= 2 && open.last().is_none_or(|last| matches!(last.node.what, What::List(_)))
}

/// Returns the text without a byte order mark. In JSON, which allows tabs between words, spaces take the place of tabs.
fn spaced(text: &str) -> Cow<'_, str> {
    let text = text.trim_start_matches('\u{feff}');
    let json = json::begins(text) && text.contains('\t');
    if json { text.replace('\t', " ").into() } else { text.into() }
}

/// Returns the keys of the first document down to a depth, each with its depth, the top being 0; an element of a list
/// counts like the list. Stops without an error where the text is damaged, or after the nodes of a usual file.
#[must_use]
pub fn keys(text: &str, deepest: usize) -> Vec<(usize, String)> {
    let mut keys = Vec::new();
    // For each open list or map: true for a map, and whether a key comes next.
    let mut open: Vec<(bool, bool)> = Vec::new();
    let text = spaced(text);
    let events = events(&text).into_iter().flatten();
    for event in events.take(OF_A_FILE.all) {
        let Ok((event, _)) = event else { break };
        let starts =
            matches!(event, Event::Scalar(..) | Event::Alias(_) | Event::SequenceStart(..) | Event::MappingStart(..));
        let is_key = match open.last_mut().filter(|_| starts) {
            Some((true, key_next)) => std::mem::replace(key_next, !*key_next),
            _ => false,
        };
        match event {
            Event::Scalar(word, ..) if is_key => {
                let depth = open.iter().filter(|(map, _)| *map).count() - 1;
                if depth <= deepest {
                    keys.push((depth, word.into_owned()));
                }
            }
            Event::SequenceStart(..) => open.push((false, false)),
            Event::MappingStart(..) => open.push((true, true)),
            Event::SequenceEnd | Event::MappingEnd => drop(open.pop()),
            Event::DocumentEnd => break,
            _ => {}
        }
    }
    keys
}

impl Open {
    fn put(&mut self, done: Node) {
        match (&mut self.node.what, self.key.take()) {
            (What::List(items), _) => items.push(done),
            (What::Map(_), None) => self.key = Some(done.word().unwrap_or_default().to_owned()),
            (What::Map(_), Some(key)) if key == "<<" => self.merged.push(done),
            (What::Map(members), Some(key)) => members.push((key, done)),
            (What::Nothing | What::Word(_), _) => {}
        }
    }

    /// Completes the node: of members with the same key the last one stays, and merged members come after the own ones.
    fn closed(&mut self) -> Node {
        if let What::Map(members) = &mut self.node.what {
            let mut met: HashSet<String> = HashSet::with_capacity(members.len());
            let twice = members.iter().any(|(name, _)| !met.insert(name.clone()));
            if twice {
                met.clear();
                let mut last: Vec<_> =
                    std::mem::take(members).into_iter().rev().filter(|(name, _)| met.insert(name.clone())).collect();
                last.reverse();
                *members = last;
            }
            for other in &self.merged {
                let others = if other.items().is_empty() { std::slice::from_ref(other) } else { other.items() };
                for (key, node) in others.iter().flat_map(Node::members) {
                    if met.insert(key.clone()) {
                        members.push((key.clone(), node.clone()));
                    }
                }
            }
        }
        std::mem::replace(&mut self.node, Node { line: 0, what: What::Nothing, plain: false, tag: None })
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
        assert_eq!((b, all[0].len()), (vec!["3", "1"], 6));
    }

    #[test]
    fn the_last_of_equal_keys_stays_and_own_keys_override_merged_ones() {
        let all = told("m: &m {x: 0, z: 9}\na: {x: 1, <<: *m, y: 2, x: 3}\n");
        let a: Vec<_> =
            all[0].iter().filter(|(name, ..)| name.starts_with('a')).map(|(n, v, _)| format!("{n}={v}")).collect();
        assert_eq!(a, ["a.y=2", "a.x=3", "a.z=9"]);
        let many = (0..20_000).map(|at| format!("k{at}: v\n")).collect::<Vec<_>>().concat();
        assert_eq!(read(&many).unwrap()[0].members().len(), 20_000);
    }

    #[test]
    fn the_keys_at_the_top_are_found_in_damaged_text_too() {
        let found =
            |text: &str| keys(text, 1).into_iter().map(|(depth, key)| format!("{depth}{key}")).collect::<Vec<_>>();
        assert_eq!(found("[{\"a\": [1, {\"b\": {\"c\": 2}}],\t\"d\": *x"), ["0a", "1b", "0d"]);
        assert_eq!(found("a: 1\nb: {c: d}\n---\ne: f"), ["0a", "0b", "1c"]);
    }

    #[test]
    fn objects_that_are_not_kept_need_no_memory() {
        let item = "- kind: Pod\n  spec: {containers: [{name: x, image: y}]}\n";
        let text = format!("items:\n{}- kind: Secret\n", item.repeat(100_000));
        assert!(read(&text).is_err());
        let kept = read_objects(&text, &|node| node.get("kind").and_then(Node::word) != Some("Pod")).unwrap();
        let items = kept[0].get("items").unwrap().items();
        assert_eq!(items.iter().filter(|item| item.get("kind").is_some()).count(), 1);
        let documents = "kind: Secret\n---\n".repeat(10_000);
        assert!(read_objects(&documents, &|_| true).unwrap().len() >= 10_000);
    }

    #[test]
    fn json_is_read_as_yaml_reads_it() {
        let text = "\u{feff}\n{\"a\": [1, true, null, \"x\\n\\u00e9\", -1.5e3],\t\"b\": {}, \"c\": [],\n \"d\": {\"e\": \"f,:}\"}, \"a b\": \"\"}\n";
        let json = read(text).unwrap();
        // A comma at the end makes it YAML.
        let yaml = read(&text.replace("\"\"}", "\"\", }")).unwrap();
        assert_eq!(json, yaml);
        assert_eq!(json[0].get("d").unwrap().line, 3);
        assert_eq!(keys(text, 1), keys(&text.replace("\"\"}", "\"\", }"), 1));
        let long = format!("{{\"items\": [{}]", "{\"a\": 1},".repeat(200_000));
        assert!(matches!(read(&long), Err(YamlError::Syntax { line: 1, .. })));
        let long = format!("{{\"a\": \"{}\"}}", "x".repeat(MOST_OF_FLOW));
        assert_eq!(read(&long).unwrap().len(), 1);
        for before in ["# a\n\n", "---\n", "--- ", "\u{feff}%YAML 1.2\n--- # b\n"] {
            assert_eq!(read(&format!("{before}{{a: 1}}")).unwrap().len(), 1, "{before}");
            assert_eq!(read(&format!("{before}{long}")), Err(YamlError::TooLarge(1)), "{before}");
            assert!(matches!(edit::placed(&format!("{before}{long}")), Err(YamlError::TooLarge(1))), "{before}");
        }
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
        let growing = (1..200).map(|at| format!("a{at}: &a{at} [*a{}]\n", at - 1)).collect::<Vec<_>>().concat();
        assert!(matches!(read(&format!("a0: &a0 []\n{growing}")), Err(YamlError::TooDeep(_))));
    }

    #[test]
    fn the_own_tags_of_a_program_are_kept() {
        let node = &read("a: !reset null\nb: !override {c: d}\ne: !!str 5\nf: 'x'\n").unwrap()[0];
        let tag = |key: &str| node.get(key).unwrap().tag.as_deref();
        assert_eq!([tag("a"), tag("b"), tag("e"), tag("f")], [Some("reset"), Some("override"), None, None]);
    }
}
