//! Reads one container: its variables in the order of the kubelet (`kuberuntime` `makeEnvironmentVariables`), its command
//! and the files that are mounted from ConfigMaps and Secrets.

use std::{cell::Cell, collections::HashMap};

use super::{
    expand::expanded,
    objects::{Data, DataKind, Objects, Service, Workload, is_text},
};
use crate::{
    forms::{
        Changed, FormError, Variable,
        container::{Container, FormFault, InputFile, ObjectFault, Unread},
        environment::{LONGEST, TooLong, unknown},
    },
    text::{secret::Secret, yaml::Node},
};

/// Reads a container of a workload.
///
/// # Errors
/// Returns an error if a value is not base64 where it must be, or becomes too long.
pub(super) fn read(objects: &Objects<'_>, workload: &Workload<'_>, node: &Node) -> Result<Container, FormError> {
    let word = |key: &str| node.get(key).and_then(Node::word);
    let name = word("name").unwrap_or_default().to_owned();
    let mut reader = KubeletReader {
        objects,
        workload,
        object: workload.of_container(&name),
        variables: Vec::new(),
        latest: HashMap::new(),
        unread: Vec::new(),
        faults: Vec::new(),
        left: Cell::new(LONGEST),
    };
    if workload.pod.get("enableServiceLinks").and_then(Node::word) != Some("false") {
        reader.service_links();
    }
    for from in items(node, "envFrom") {
        reader.env_from(from)?;
    }
    let from_others = reader.variables.len();
    for entry in items(node, "env") {
        reader.env(entry)?;
    }
    reader.report_twice(from_others);
    let mut words = Vec::new();
    for word in items(node, "command").chain(items(node, "args")).filter_map(Node::word) {
        words.push(reader.expanded(word, node.line)?.0);
    }
    let files = reader.files(node)?;
    let KubeletReader { variables, unread, faults, .. } = reader;
    let image = word("image").map(str::to_owned);
    let mut container = Container { name, image, variables, unread, files, faults, ..Container::default() };
    container.start(words);
    Ok(container)
}

fn items<'a>(node: &'a Node, key: &str) -> impl Iterator<Item = &'a Node> {
    node.get(key).map(Node::items).unwrap_or_default().iter()
}

struct KubeletReader<'a> {
    objects: &'a Objects<'a>,
    workload: &'a Workload<'a>,
    /// The container, for messages.
    object: String,
    variables: Vec<Variable>,
    /// Positions of variables by their names.
    latest: HashMap<String, usize>,
    unread: Vec<Unread>,
    faults: Vec<FormFault>,
    /// The number of bytes that replaced references may still have together.
    left: Cell<usize>,
}

/// A reference to a key of a ConfigMap or a Secret.
struct Reference<'a> {
    store: DataKind,
    name: &'a str,
    key: &'a str,
    optional: bool,
}

impl KubeletReader<'_> {
    fn known(&self, name: &str) -> Option<&Variable> {
        self.latest.get(name).and_then(|at| self.variables.get(*at))
    }

    fn push(&mut self, variable: Variable) {
        self.latest.insert(variable.name.clone(), self.variables.len());
        self.variables.push(variable);
    }

    fn fault(&mut self, fault: ObjectFault, line: usize, object: String) {
        self.faults.push(FormFault { fault, line: Some(line), object });
    }

    /// Adds the variables that the kubelet sets for the Services of the namespace. Their addresses are known only in the
    /// cluster.
    fn service_links(&mut self) {
        let namespace = self.workload.namespace;
        let near = |service: &&Service<'_>| {
            service.namespace == namespace || service.namespace.is_none() || namespace.is_none()
        };
        let objects = self.objects;
        for service in objects.services.iter().filter(near) {
            let beginning = service.name.to_ascii_uppercase().replace('-', "_");
            let object = format!("Service {}", service.name);
            let address = service.address.map_or_else(|| "CLUSTER-IP".to_owned(), str::to_owned);
            let of = |end: &str, value: Secret| Variable {
                line: Some(service.line),
                object: Some(object.clone()),
                ..Variable::new(format!("{beginning}_{end}"), value)
            };
            let host = service.address.map_or_else(|| unknown(&object), Secret::new);
            self.push(of("SERVICE_HOST", host));
            self.push(of("SERVICE_PORT", service.port.into()));
            self.push(of("PORT", format!("tcp://{address}:{}", service.port).as_str().into()));
        }
    }

    /// Adds all keys of a ConfigMap or a Secret.
    fn env_from(&mut self, node: &Node) -> Result<(), FormError> {
        let prefix = node.get("prefix").and_then(Node::word).unwrap_or_default();
        let both = [("configMapRef", DataKind::ConfigMap), ("secretRef", DataKind::Secret)];
        let Some((reference, store)) = both.into_iter().find_map(|(key, store)| Some((node.get(key)?, store))) else {
            return Ok(());
        };
        let name = reference.get("name").and_then(Node::word).unwrap_or_default();
        let Some(data) = self.objects.data(store, name, self.workload.namespace) else {
            let what =
                format!("{} takes its variables from {} {name}, which is not in the input.", self.object, store.name());
            // A later object overrides an earlier one.
            let overrides = self.variables.iter().any(|one| !is_link(one));
            self.unread.push(if overrides { Unread::above(what) } else { Unread::below(what) });
            return Ok(());
        };
        for key in data.variables() {
            self.add_key(data, &Reference { store, name, key, optional: true }, &format!("{prefix}{key}"))?;
        }
        Ok(())
    }

    /// Adds a variable with the value of a key. Returns false if the object has no such key.
    fn add_key(&mut self, data: &Data<'_>, from: &Reference<'_>, variable: &str) -> Result<bool, FormError> {
        let Some(entry) = data.variable(from.key)? else { return Ok(false) };
        let object = from.shown();
        if !entry.is_text {
            self.fault(ObjectFault::NotText, entry.line, object.clone());
        }
        self.push(Variable { line: Some(entry.line), object: Some(object), ..Variable::new(variable, entry.value) });
        Ok(true)
    }

    /// Adds an element of `env`. A value with a reference has been set before it.
    fn env(&mut self, node: &Node) -> Result<(), FormError> {
        let Some(name) = node.get("name").and_then(Node::word) else { return Ok(()) };
        let object = format!("{}, env {name}", self.object);
        let from = node.get("valueFrom");
        if let Some(value) = node.get("value").filter(|value| value.word().is_some_and(|word| !word.is_empty())) {
            if !is_text(value) {
                self.fault(ObjectFault::NotText, value.line, object.clone());
            }
            let (text, changed) = self.expanded(value.word().unwrap_or_default(), value.line)?;
            let changed = changed.then_some(Changed::Reference);
            let line = Some(value.line);
            self.push(Variable { line, object: Some(object), changed, ..Variable::new(name, text.as_str()) });
            return Ok(());
        }
        let Some(from) = from else {
            self.push(Variable { line: Some(node.line), object: Some(object), ..Variable::new(name, "") });
            return Ok(());
        };
        let Some(reference) = Reference::of(from) else {
            // A field of the pod, or a resource.
            let source = from.members().first().map_or("the cluster", |(kind, _)| kind.as_str());
            self.push_unknown(name, source, node.line, object);
            return Ok(());
        };
        match self.objects.data(reference.store, reference.name, self.workload.namespace) {
            Some(data) if self.add_key(data, &reference, name)? || reference.optional => {}
            Some(_) => {
                let key = reference.shown();
                self.fault(
                    ObjectFault::NoKey { variable: name.to_owned(), key: key.clone() },
                    node.line,
                    object.clone(),
                );
                self.push_unknown(name, &key, node.line, object);
            }
            None => self.push_unknown(name, &reference.shown(), node.line, object),
        }
        Ok(())
    }

    fn push_unknown(&mut self, name: &str, source: &str, line: usize, object: String) {
        self.push(Variable { line: Some(line), object: Some(object), ..Variable::new(name, unknown(source)) });
    }

    /// Replaces references in a text. Returns true if that changes it.
    fn expanded(&self, text: &str, line: usize) -> Result<(String, bool), TooLong> {
        // Services that are not in the input set variables too.
        let of_service = |name: &str| name.contains("_SERVICE_") || name.ends_with("_PORT") || name.contains("_PORT_");
        let known = |name: &str| match self.known(name) {
            Some(variable) => Some(variable.value.for_file().to_owned()),
            None if of_service(name) => Some(unknown(&format!("the Service of {name}")).for_file().to_owned()),
            None => None,
        };
        let expanded = expanded(text, &known).ok_or(TooLong { line: Some(line) })?;
        let changed = expanded != text;
        if changed {
            let left = self.left.get().checked_sub(expanded.len()).ok_or(TooLong { line: Some(line) })?;
            self.left.set(left);
        }
        Ok((expanded, changed))
    }

    /// Reports variables of `env`, from the position on, that are given more than once.
    fn report_twice(&mut self, first: usize) {
        let mut met = std::collections::HashSet::new();
        let own = &self.variables[first.min(self.variables.len())..];
        let twice: Vec<_> = own.iter().filter(|one| !met.insert(one.name.as_str())).cloned().collect();
        for one in twice {
            let object = format!("{}, env {}", self.object, one.name);
            self.fault(ObjectFault::Twice(one.name), one.line.unwrap_or_default(), object);
        }
    }

    /// Returns the files that the container sees and that the input contains.
    fn files(&self, node: &Node) -> Result<Vec<InputFile>, FormError> {
        let mut all = Vec::new();
        let named = items(self.workload.pod, "volumes").filter_map(|one| Some((one.get("name")?.word()?, one)));
        let volumes: HashMap<&str, &Node> = named.collect();
        for mount in items(node, "volumeMounts") {
            let word = |key: &str| mount.get(key).and_then(Node::word);
            let (Some(name), Some(path)) = (word("name"), word("mountPath")) else { continue };
            let Some(volume) = volumes.get(name).copied() else { continue };
            let sources = volume.get("projected").into_iter().flat_map(|projected| items(projected, "sources"));
            for source in std::iter::once(volume).chain(sources) {
                self.mounted(source, path.trim_end_matches('/'), word("subPath"), &mut all)?;
            }
        }
        Ok(all)
    }

    fn mounted(
        &self,
        source: &Node,
        path: &str,
        sub_path: Option<&str>,
        into: &mut Vec<InputFile>,
    ) -> Result<(), FormError> {
        let both = [("configMap", DataKind::ConfigMap), ("secret", DataKind::Secret)];
        let Some((from, store)) = both.into_iter().find_map(|(key, store)| Some((source.get(key)?, store))) else {
            return Ok(());
        };
        let word = |key: &str| from.get(key).and_then(Node::word);
        let name = word("name").or_else(|| word("secretName")).unwrap_or_default();
        let Some(data) = self.objects.data(store, name, self.workload.namespace) else { return Ok(()) };
        let chosen = items(from, "items").filter_map(|item| {
            let word = |key: &str| item.get(key).and_then(Node::word);
            Some((word("key")?, word("path")?))
        });
        let mut keys: Vec<(&str, &str)> = chosen.collect();
        if keys.is_empty() {
            keys = data.files().iter().map(|key| (*key, *key)).collect();
        }
        for (key, file) in keys {
            let inside = match sub_path {
                None => format!("{path}/{file}"),
                Some(part) => match file.strip_prefix(part.trim_matches('/')) {
                    Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("{path}{rest}"),
                    _ => continue,
                },
            };
            if let Some(entry) = data.file(key)? {
                let name = Reference { store, name, key, optional: true }.shown();
                into.push(InputFile { inside, name, bytes: entry.bytes });
            }
        }
        Ok(())
    }
}

/// Returns true for a variable of a Service.
fn is_link(variable: &Variable) -> bool {
    variable.object.as_ref().is_some_and(|object| object.starts_with("Service "))
}

impl<'a> Reference<'a> {
    fn of(from: &'a Node) -> Option<Self> {
        let both = [("configMapKeyRef", DataKind::ConfigMap), ("secretKeyRef", DataKind::Secret)];
        let (node, store) = both.into_iter().find_map(|(key, store)| Some((from.get(key)?, store)))?;
        let word = |key: &str| node.get(key).and_then(Node::word).unwrap_or_default();
        Some(Self { store, name: word("name"), key: word("key"), optional: word("optional") == "true" })
    }

    fn shown(&self) -> String {
        format!("{} {}, key {}", self.store.name(), self.name, self.key)
    }
}
