//! Finds the objects of the input that matter for Score: those that run containers, ConfigMaps, Secrets and Services.

use std::collections::HashMap;

use base64::{
    Engine as _, alphabet,
    engine::{GeneralPurpose, GeneralPurposeConfig},
};

use super::super::{FormError, container::OWN, scalar};
use crate::text::{
    secret::Secret,
    yaml::{Node, What},
};

/// The places of the specification of pods, from an object that makes them: a Deployment and its like, a CronJob, a Pod.
const POD_SPECS: [&[&str]; 3] =
    [&["spec", "template", "spec"], &["spec", "jobTemplate", "spec", "template", "spec"], &["spec"]];

/// An object that runs containers.
pub(super) struct Workload<'a> {
    kind: &'a str,
    name: &'a str,
    pub(super) namespace: Option<&'a str>,
    /// True if another object made it, such as a Pod of a Deployment.
    pub(super) owned: bool,
    /// The specification of its pods.
    pub(super) pod: &'a Node,
}

/// The kind of an object that contains values by their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum DataKind {
    ConfigMap,
    Secret,
}

/// A ConfigMap or a Secret.
pub(super) struct Data<'a> {
    store: DataKind,
    name: &'a str,
    namespace: Option<&'a str>,
    /// The keys in order, each once.
    keys: Vec<&'a str>,
    values: HashMap<&'a str, (&'a Node, Part)>,
}

/// The part of an object that contains a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Text,
    /// The `data` of a Secret, in base64.
    Coded,
    /// The `binaryData` of a ConfigMap, which only files have.
    Binary,
}

/// Go's decoder, which ignores the bits behind the last byte.
const DECODER: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// The value of a key of a ConfigMap or a Secret.
pub(super) struct Entry {
    pub(super) value: Secret,
    pub(super) bytes: Vec<u8>,
    pub(super) line: usize,
    /// False if Kubernetes refuses the object, because the value is not a text.
    pub(super) is_text: bool,
    part: Part,
}

pub(super) struct Service<'a> {
    pub(super) name: &'a str,
    pub(super) namespace: Option<&'a str>,
    pub(super) address: Option<&'a str>,
    pub(super) port: &'a str,
    pub(super) line: usize,
}

pub(super) struct Objects<'a> {
    pub(super) workloads: Vec<Workload<'a>>,
    data: HashMap<(DataKind, String), Vec<Data<'a>>>,
    pub(super) services: Vec<Service<'a>>,
}

/// Returns true for objects that may matter. The others are dropped while the input is read.
pub(super) fn wanted(node: &Node) -> bool {
    if let Some(pod) = pod_spec(node) {
        return containers(pod).any(may_be_score);
    }
    node.get("items").is_some() || is_data(node) || kind(node) == "Service"
}

fn is_data(node: &Node) -> bool {
    ["data", "stringData", "binaryData"].iter().any(|key| node.get(key).is_some())
        || ["ConfigMap", "Secret"].contains(&kind(node))
}

fn kind(node: &Node) -> &str {
    node.get("kind").and_then(Node::word).unwrap_or_default()
}

fn pod_spec(node: &Node) -> Option<&Node> {
    let at = |path: &&[&str]| path.iter().try_fold(node, |node, key| node.get(key));
    POD_SPECS.iter().filter_map(at).find(|spec| spec.get("containers").is_some())
}

fn containers(pod: &Node) -> impl Iterator<Item = &Node> {
    pod.get("containers").map(Node::items).unwrap_or_default().iter()
}

/// Returns true unless the container certainly is not a Score server. The variables of `envFrom` are not known yet.
fn may_be_score(container: &Node) -> bool {
    let says = |key: &str| container.get(key).and_then(Node::word).is_some_and(|word| word.contains("score"));
    let own = |one: &Node| one.get("name").and_then(Node::word).is_some_and(|name| OWN.contains(&name));
    says("image")
        || says("name")
        || container.get("envFrom").is_some()
        || container.get("env").map(Node::items).unwrap_or_default().iter().any(own)
}

impl<'a> Objects<'a> {
    pub(super) fn of(documents: &'a [Node]) -> Self {
        let mut all = Self { workloads: Vec::new(), data: HashMap::new(), services: Vec::new() };
        for document in documents {
            // `kubectl get --raw` prints lists whose elements have no kind.
            let of_list = kind(document).strip_suffix("List").unwrap_or_default();
            match document.get("items") {
                Some(items) => items.items().iter().for_each(|item| all.add(item, of_list)),
                None => all.add(document, ""),
            }
            // A list without a head.
            document.items().iter().for_each(|item| all.add(item, ""));
        }
        all
    }

    fn add(&mut self, node: &'a Node, of_list: &'a str) {
        let kind = Some(kind(node)).filter(|kind| !kind.is_empty()).unwrap_or(of_list);
        let meta = |key: &str| node.get("metadata").and_then(|meta| meta.get(key));
        let word = |key: &str| meta(key).and_then(Node::word);
        let (name, namespace) = (word("name").unwrap_or_default(), word("namespace"));
        if let Some(pod) = pod_spec(node) {
            let owned = meta("ownerReferences").is_some_and(|owners| !owners.items().is_empty());
            return self.workloads.push(Workload { kind, name, namespace, owned, pod });
        }
        match kind {
            "ConfigMap" => self.add_data(Data::of(DataKind::ConfigMap, name, namespace, node)),
            "Secret" => self.add_data(Data::of(DataKind::Secret, name, namespace, node)),
            "Service" => self.services.extend(service(name, namespace, node)),
            _ => {}
        }
    }

    fn add_data(&mut self, data: Data<'a>) {
        self.data.entry((data.store, data.name.to_owned())).or_default().push(data);
    }

    /// Returns the object of this name, in the namespace of the pod or in one that is not written down.
    pub(super) fn data(&self, store: DataKind, name: &str, namespace: Option<&str>) -> Option<&Data<'a>> {
        let all = self.data.get(&(store, name.to_owned()))?;
        let same = |one: &&Data<'_>| one.namespace == namespace;
        let open = |one: &&Data<'_>| one.namespace.is_none() || namespace.is_none();
        // The last one of several equal objects is applied last.
        all.iter().rev().find(same).or_else(|| all.iter().rev().find(open))
    }
}

fn service<'a>(name: &'a str, namespace: Option<&'a str>, node: &'a Node) -> Option<Service<'a>> {
    let spec = node.get("spec")?;
    let word = |key: &str| spec.get(key).and_then(Node::word);
    // Neither a name of another host nor a Service without an address gets variables.
    if word("type") == Some("ExternalName") || word("clusterIP") == Some("None") {
        return None;
    }
    let port = spec.get("ports")?.items().first()?.get("port")?.word()?;
    Some(Service { name, namespace, address: word("clusterIP"), port, line: node.line })
}

impl<'a> Workload<'a> {
    pub(super) fn containers(&self) -> impl Iterator<Item = &'a Node> + use<'a> {
        containers(self.pod)
    }

    /// Returns the words for messages: `Deployment score`.
    pub(super) fn shown(&self) -> String {
        format!("{} {}", self.kind, self.name)
    }

    pub(super) fn of_container(&self, container: &str) -> String {
        format!("{}, container {container}", self.shown())
    }
}

impl DataKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ConfigMap => "ConfigMap",
            Self::Secret => "Secret",
        }
    }
}

impl<'a> Data<'a> {
    /// Reads an object. The text of a Secret overrides its coded value.
    fn of(store: DataKind, name: &'a str, namespace: Option<&'a str>, node: &'a Node) -> Self {
        let parts = match store {
            DataKind::ConfigMap => [("data", Part::Text), ("binaryData", Part::Binary)],
            DataKind::Secret => [("stringData", Part::Text), ("data", Part::Coded)],
        };
        let (mut keys, mut values) = (Vec::new(), HashMap::new());
        for (part, kind) in parts {
            for (key, value) in node.get(part).map(Node::members).unwrap_or_default() {
                if !values.contains_key(key.as_str()) {
                    keys.push(key.as_str());
                    values.insert(key.as_str(), (value, kind));
                }
            }
        }
        Self { store, name, namespace, keys, values }
    }

    /// Returns the keys that become variables.
    pub(super) fn variables(&self) -> impl Iterator<Item = &'a str> {
        let text = |key: &&&'a str| self.values.get(**key).is_some_and(|(_, part)| *part != Part::Binary);
        self.keys.iter().filter(text).copied()
    }

    /// Returns the keys that become files.
    pub(super) fn files(&self) -> &[&'a str] {
        &self.keys
    }

    /// Returns the value of a key for a variable.
    ///
    /// # Errors
    /// Returns an error if the value is not base64 where it must be.
    pub(super) fn variable(&self, key: &str) -> Result<Option<Entry>, FormError> {
        self.file(key).map(|entry| entry.filter(|entry| entry.part != Part::Binary))
    }

    /// Returns the value of a key for a file.
    ///
    /// # Errors
    /// Returns an error if the value is not base64 where it must be.
    pub(super) fn file(&self, key: &str) -> Result<Option<Entry>, FormError> {
        let Some((node, part)) = self.values.get(key) else { return Ok(None) };
        let (word, line, part) = (node.word().unwrap_or_default(), node.line, *part);
        if part == Part::Text {
            let (value, bytes) = (Secret::new(word), word.as_bytes().to_vec());
            return Ok(Some(Entry { value, bytes, line, is_text: is_text(node), part }));
        }
        // Go's decoder skips line breaks.
        let packed: String = word.chars().filter(|letter| !['\n', '\r'].contains(letter)).collect();
        let bytes = DECODER.decode(packed).map_err(|_| FormError::NotBase64 {
            line,
            object: format!("{} {}, key {key}", self.store.name(), self.name),
        })?;
        let value = Secret::new(String::from_utf8_lossy(&bytes).into_owned());
        Ok(Some(Entry { value, bytes, line, is_text: true, part }))
    }
}

/// Returns true if Kubernetes reads the node as a text, which all values of variables, ConfigMaps and Secrets must be.
/// `kubectl` and `helm` read YAML 1.1, so `yes` and `off` are not texts either.
pub(super) fn is_text(node: &Node) -> bool {
    const SWITCHES: [&str; 8] = ["y", "n", "yes", "no", "on", "off", "true", "false"];
    let Some(word) = node.word() else { return node.what == What::Nothing };
    if !node.plain {
        return true;
    }
    let lower = word.to_ascii_lowercase();
    let cased = [lower.clone(), lower.to_ascii_uppercase(), capital(&lower)].contains(&word.to_owned());
    !(scalar::is_number(word) || cased && SWITCHES.contains(&lower.as_str()))
}

fn capital(lower: &str) -> String {
    let mut letters = lower.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::yaml;

    /// Expects what `kubectl label --local -o json` prints for a value of a ConfigMap: a text, or a number or switch.
    #[test]
    fn numbers_and_switches_without_quotes_are_not_texts() {
        let text = |word: &str| is_text(yaml::read(&format!("a: {word}")).unwrap()[0].get("a").unwrap());
        for word in [
            "8080", "1e3", "true", "True", "yes", "y", "n", "on", "OFF", "Yes", "012", "0o17", "0x1F", "64_000", ".5",
            ".inf", "1.5", "+5", "-0", ".nan", "1_000.5", "0b11", "12e03",
        ] {
            assert!(!text(word), "{word}");
        }
        for word in ["yEs", "null", "2026-11-27", "1:30", "5.11.0", "1e", "!!str 5", "'5'", "\"true\"", "http://h:1"] {
            assert!(text(word), "{word}");
        }
    }

    #[test]
    fn values_are_decoded_as_go_decodes_them_and_binary_ones_are_files_only() {
        let text = "kind: Secret\nmetadata: {name: s}\ndata: {A: YR==, B: 'Y\n WI=', C: 'Y*'}\nstringData: {B: text}\n---\n\
                    kind: ConfigMap\nmetadata: {name: m}\ndata: {A: a}\nbinaryData: {B: YmI=}\n";
        let documents = yaml::read(text).unwrap();
        let objects = Objects::of(&documents);
        let secret = objects.data(DataKind::Secret, "s", None).unwrap();
        let value = |data: &Data<'_>, key: &str| {
            data.variable(key).map(|entry| entry.map(|entry| entry.value.for_file().to_owned())).map_err(|_| ())
        };
        let some = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!([value(secret, "A"), value(secret, "B"), value(secret, "C")], [some("a"), some("text"), Err(())]);
        let map = objects.data(DataKind::ConfigMap, "m", None).unwrap();
        assert_eq!(map.variables().collect::<Vec<_>>(), ["A"]);
        assert_eq!((value(map, "B"), map.file("B").unwrap().unwrap().bytes), (Ok(None), b"bb".to_vec()));
    }
}
