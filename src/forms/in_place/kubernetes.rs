//! Changes variables in Kubernetes objects: in the container, or in the ConfigMap or Secret that it refers to.

use std::path::Path;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::files::{EditedFiles, WantedVariable, current};
use crate::{
    forms::{Variable, environment::source_of_unknown},
    text::{
        shell_word,
        yaml::{
            YamlError,
            edit::{PlacedNode, quoted},
        },
    },
};

/// Adds the changes of a container. `container` is its name for messages, as the reader gives it.
pub(super) fn change(
    files: &mut EditedFiles<'_>,
    path: &Path,
    container: &str,
    variables: &[Variable],
    wanted: &[&WantedVariable],
) -> Result<(), YamlError> {
    let Some((text, documents)) = files.documents(path)? else { return Ok(()) };
    let objects = objects(&documents);
    let Some(home) = objects.iter().find_map(|object| named_container(object, container)) else {
        for one in wanted {
            files.leave(one, "the container is not in this file");
        }
        return Ok(());
    };
    let mut new = Vec::new();
    for one in wanted {
        let Some(found) = current(variables, one) else {
            new.push(*one);
            continue;
        };
        if let Some(source) = found.value.shape(|text| source_of_unknown(text).map(str::to_owned)) {
            let how = by_hand(&source).unwrap_or_default();
            files
                .leave_by_hand(one, format!("it comes from {source}, which is not in this file. Change it there{how}"));
            continue;
        }
        let edit = place(&objects, home, found).and_then(|place| match place {
            // Kubernetes replaces $(NAME) and $$ in a value of a container.
            ValuePlace::Value(node) => node.replaced(text, &escaped(one.value.for_file())),
            ValuePlace::Text(node) => node.replaced(text, one.value.for_file()),
            ValuePlace::Coded(node) => node.replaced(text, &STANDARD.encode(one.value.for_file())),
        });
        if !files.edit(path, edit) {
            files.leave(one, "it is written in a way that is not changed");
        }
    }
    add(files, path, text, &objects, home, &new);
    Ok(())
}

/// Returns the objects of the documents, those of lists too.
pub(super) fn objects(documents: &[PlacedNode]) -> Vec<&PlacedNode> {
    let of = |document| match PlacedNode::get(document, "items").unwrap_or(document).items() {
        [] => std::slice::from_ref(document),
        items => items,
    };
    documents.iter().flat_map(of).collect()
}

/// Returns how a key of an object of the cluster is changed. No value enters a command line.
fn by_hand(source: &str) -> Option<String> {
    let (object, key) = source.split_once(", key ")?;
    let (kind, name) = object.split_once(' ')?;
    let part = if kind == "Secret" { "stringData" } else { "data" };
    let kind = kind.to_ascii_lowercase();
    let line = format!("kubectl patch {kind} {} --patch-file FILE", shell_word(name));
    Some(format!(": {line}, and FILE has {{{}: {{{}: …}}}}", quoted(part), quoted(key)))
}

fn escaped(value: &str) -> String {
    if value.contains("$(") || value.contains("$$") { value.replace('$', "$$") } else { value.to_owned() }
}

pub(super) fn word<'a>(node: &'a PlacedNode, path: &[&str]) -> Option<&'a str> {
    path.iter().try_fold(node, |node, key| node.get(key))?.word()
}

/// Returns the container with this name for messages.
fn named_container<'a>(object: &'a PlacedNode, name: &str) -> Option<&'a PlacedNode> {
    let specs: [&[&str]; 3] =
        [&["spec", "template", "spec"], &["spec", "jobTemplate", "spec", "template", "spec"], &["spec"]];
    let pod = specs.iter().find_map(|path| {
        let spec = path.iter().try_fold(object, |node, key| node.get(key))?;
        spec.get("containers").map(PlacedNode::items)
    })?;
    let shown = format!("{} {}", word(object, &["kind"])?, word(object, &["metadata", "name"]).unwrap_or_default());
    pod.iter().find(|one| format!("{shown}, container {}", word(one, &["name"]).unwrap_or_default()) == name)
}

/// The place of a value.
enum ValuePlace<'a> {
    /// In the container.
    Value(&'a PlacedNode),
    /// In a ConfigMap, or the `stringData` of a Secret.
    Text(&'a PlacedNode),
    /// In the `data` of a Secret, with base64.
    Coded(&'a PlacedNode),
}

fn place<'a>(objects: &[&'a PlacedNode], home: &'a PlacedNode, found: &Variable) -> Option<ValuePlace<'a>> {
    let line = found.line?;
    let own = home.get("env").map(PlacedNode::items).unwrap_or_default().iter();
    let named = own.filter(|entry| word(entry, &["name"]) == Some(&found.name));
    if let Some(node) = named.filter_map(|entry| entry.get("value")).find(|node| node.line == line) {
        return Some(ValuePlace::Value(node));
    }
    let (object, key) = found.object.as_deref()?.split_once(", key ")?;
    let (kind, name) = object.split_once(' ')?;
    objects.iter().rev().filter(|one| word(one, &["kind"]) == Some(kind)).find_map(|one| {
        let at = |part: &str| one.get(part).and_then(|part| part.get(key)).filter(|node| node.line == line);
        (word(one, &["metadata", "name"]) == Some(name)).then_some(())?;
        match kind {
            "Secret" => at("stringData").map(ValuePlace::Text).or_else(|| at("data").map(ValuePlace::Coded)),
            _ => at("data").map(ValuePlace::Text),
        }
    })
}

/// Adds variables that nothing sets yet.
fn add(
    files: &mut EditedFiles<'_>,
    path: &Path,
    text: &str,
    objects: &[&PlacedNode],
    home: &PlacedNode,
    new: &[&WantedVariable],
) {
    let (secrets, others): (Vec<&WantedVariable>, Vec<&WantedVariable>) = new.iter().partition(|one| one.secret);
    let pairs = |all: &[&WantedVariable], write: &dyn Fn(&str) -> String| -> Vec<(String, String)> {
        let pair =
            |one: &&WantedVariable| (one.names.first().cloned().unwrap_or_default(), write(one.value.for_file()));
        all.iter().map(pair).collect()
    };
    let as_is = |text: &str| text.to_owned();
    let env = home.get("env");
    let edit = match (source(objects, home, "configMapRef", "ConfigMap").and_then(|map| map.get("data")), env) {
        (Some(data), _) => data.with_pairs(text, &pairs(&others, &as_is)),
        (None, Some(env)) => {
            let entry = |(name, value): &(String, String)| {
                let lines = vec![format!("name: {name}"), format!("value: {}", quoted(value))];
                (lines, format!("{{\"name\": {}, \"value\": {}}}", quoted(name), quoted(value)))
            };
            let items: Vec<_> = pairs(&others, &escaped).iter().map(entry).collect();
            env.with_items(text, &items)
        }
        (None, None) => {
            let lines: Vec<String> = pairs(&others, &escaped)
                .iter()
                .flat_map(|(name, value)| [format!("- name: {name}"), format!("  value: {}", quoted(value))])
                .collect();
            home.with_block(text, "env", &lines)
        }
    };
    if !others.is_empty() && !files.edit(path, edit) {
        for one in others {
            files.leave(one, "the container is written in a way that is not changed");
        }
    }
    if secrets.is_empty() {
        return;
    }
    let secret = source(objects, home, "secretRef", "Secret");
    let edit = secret.and_then(|secret| match (secret.get("stringData"), secret.get("data")) {
        (Some(plain), _) => plain.with_pairs(text, &pairs(&secrets, &as_is)),
        (None, Some(coded)) => coded.with_pairs(text, &pairs(&secrets, &|text| STANDARD.encode(text))),
        (None, None) => None,
    });
    if !files.edit(path, edit) {
        for one in secrets {
            files.leave_by_hand(one, "the file has no Secret that the container takes with envFrom. Add one, as in kubectl create secret generic score \
                 --from-env-file FILE --dry-run=client -o yaml");
        }
    }
}

/// Returns the object of the file from which the container takes all keys, without a prefix.
fn source<'a>(objects: &[&'a PlacedNode], home: &PlacedNode, reference: &str, kind: &str) -> Option<&'a PlacedNode> {
    let from = home.get("envFrom").map(PlacedNode::items).unwrap_or_default().iter();
    let named = from.filter(|from| from.get("prefix").is_none()).filter_map(|from| word(from, &[reference, "name"]));
    let fits = |object: &&&PlacedNode, name: &str| {
        word(object, &["kind"]) == Some(kind) && word(object, &["metadata", "name"]) == Some(name)
    };
    named.into_iter().find_map(|name| objects.iter().rev().find(|object| fits(object, name)).copied())
}
