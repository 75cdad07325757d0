//! Reads JSON and YAML: a key that MinIO, mc, AWS or Ceph shows as JSON, and objects of Kubernetes.

use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::{Zeroize, Zeroizing};

use super::{NamedValue, PasteError, ValueGroup, lines, names};
use crate::text::yaml::{self, Node, What};

/// The kinds of Kubernetes objects that refer to secrets of another program.
const REFERENCES: &[&str] = &["ExternalSecret", "SealedSecret", "SecretProviderClass"];

/// Returns true if the text is JSON, an object of Kubernetes, or YAML with a setting of Score below another key.
pub(super) fn fits(text: &str) -> bool {
    let top = |name: &str| text.lines().any(|line| line.split_inclusive(':').next() == Some(name));
    text.starts_with('{')
        || text.starts_with('[') && text.trim_end().ends_with(']') && text.contains('{')
        || top("kind:")
        || top("apiVersion:")
        || text.lines().any(|line| ["s3:", "azure:"].contains(&line.trim_end()))
}

pub(super) fn read(text: &str) -> Result<Vec<ValueGroup>, PasteError> {
    let Ok(mut documents) = yaml::read(text) else { return Err(PasteError::NotRecognised) };
    let sections = sections(&documents);
    documents.iter_mut().for_each(wipe);
    sections
}

fn sections(documents: &[Node]) -> Result<Vec<ValueGroup>, PasteError> {
    let objects: Vec<&Node> = documents.iter().flat_map(objects).collect();
    let mut whole = ValueGroup::default();
    let mut named = Vec::new();
    for object in objects {
        let kind = object.get("kind").and_then(Node::word).unwrap_or_default();
        if REFERENCES.contains(&kind) {
            return Err(PasteError::Reference);
        }
        if object.get("apiVersion").is_some() {
            for (part, encoded) in [("data", kind == "Secret"), ("stringData", false), ("binaryData", true)] {
                for (name, node) in object.get(part).map(Node::members).unwrap_or_default() {
                    whole.pairs.append(&mut value(name, node, encoded));
                }
            }
            if !["Secret", "ConfigMap"].contains(&kind) {
                pairs(object, &mut whole.pairs);
            }
        } else if let Some(aliases) = object.get("aliases").or_else(|| object.get("hosts")) {
            named.extend(aliases.members().iter().map(|(name, node)| section(Some(name), node, Some("mc"))));
        } else if let Some(keys) = object.get("keys").filter(|keys| !keys.items().is_empty()) {
            let user = |node: &Node| node.get("user").and_then(Node::word).map(str::to_owned);
            named.extend(keys.items().iter().map(|node| section(user(node).as_deref(), node, Some("radosgw-admin"))));
        } else {
            let api =
                object.get("api").and_then(Node::word).is_some_and(|api| api.to_ascii_lowercase().starts_with("s3"));
            whole.tool = whole.tool.or(api.then_some("mc"));
            pairs(object, &mut whole.pairs);
        }
    }
    if !whole.pairs.is_empty() {
        named.insert(0, whole);
    }
    Ok(named)
}

/// Returns the objects of a document: the items of a list, or the document itself.
fn objects(document: &Node) -> Vec<&Node> {
    let listed = document.get("kind").and_then(Node::word) == Some("List");
    let items = if listed { document.get("items").unwrap_or(document) } else { document };
    if items.items().is_empty() { vec![document] } else { items.items().iter().collect() }
}

fn section(name: Option<&str>, node: &Node, tool: Option<&'static str>) -> ValueGroup {
    let mut section = ValueGroup { name: name.map(str::to_owned), tool, ..ValueGroup::default() };
    pairs(node, &mut section.pairs);
    section
}

/// Adds the words of a tree as pairs. A name is the last key above the word, or the whole path if it is a setting of
/// Score. `name: …` beside `value: …` is a variable.
fn pairs(node: &Node, into: &mut Vec<NamedValue>) {
    for mut flat in yaml::flat(node) {
        let last = flat.name.rsplit('.').next().unwrap_or_default();
        let name = if names::is_setting(&flat.name) { flat.name.as_str() } else { last };
        if name != "value" {
            into.push(NamedValue::new(name, &flat.value, flat.line));
        }
        flat.value.zeroize();
    }
    variables(node, into);
}

fn variables(node: &Node, into: &mut Vec<NamedValue>) {
    if let (Some(name), Some(value)) = (node.get("name").and_then(Node::word), node.get("value").and_then(Node::word)) {
        into.push(NamedValue::new(name, value, node.line));
    }
    node.members().iter().for_each(|(_, node)| variables(node, into));
    node.items().iter().for_each(|node| variables(node, into));
}

/// Returns the pairs of one entry of a Secret or a `ConfigMap`. An entry may be a whole file.
fn value(name: &str, node: &Node, encoded: bool) -> Vec<NamedValue> {
    let Some(word) = node.word() else { return Vec::new() };
    let text: Zeroizing<String> = if encoded {
        let word: Zeroizing<String> = word.chars().filter(|letter| !letter.is_whitespace()).collect::<String>().into();
        let bytes = STANDARD.decode(word.as_bytes()).map(Zeroizing::new).unwrap_or_default();
        str::from_utf8(&bytes).unwrap_or_default().to_owned().into()
    } else {
        word.to_owned().into()
    };
    let file = text.trim_end().contains('\n') || names::meaning(name).is_none();
    let inner = if !file {
        None
    } else if lines::are_properties(&text) {
        lines::properties(&text).ok()
    } else {
        lines::fits(&text).then(|| lines::read(&text).ok()).flatten()
    };
    match inner {
        Some(sections) => sections.into_iter().flat_map(|section| section.pairs).collect(),
        None => vec![NamedValue::new(name, text.trim_end_matches(['\n', '\r']), node.line)],
    }
}

/// Wipes the words of a tree, which may be secrets.
fn wipe(node: &mut Node) {
    match &mut node.what {
        What::Nothing => {}
        What::Word(word) => word.zeroize(),
        What::List(items) => items.iter_mut().for_each(wipe),
        What::Map(members) => members.iter_mut().for_each(|(_, node)| wipe(node)),
    }
}
