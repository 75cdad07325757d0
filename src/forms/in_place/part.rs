//! Changes a file that a ConfigMap or a Secret contains, such as a mounted `application.properties`. Every other byte of the
//! objects stays.

use std::path::Path;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::kubernetes::{objects, word};
use crate::text::yaml::edit::{PlacedNode, TextEdit, WordStyle, applied, placed};

/// Returns true for the name of a file that an object contains, such as `ConfigMap score, key application.properties`.
#[must_use]
pub(crate) fn is_part(path: &Path) -> bool {
    part(path).is_some()
}

/// Returns the kind of the object, its name, and the key of the file.
fn part(path: &Path) -> Option<(&str, &str, &str)> {
    let (object, key) = path.to_str()?.split_once(", key ")?;
    let (kind, name) = object.split_once(' ')?;
    ["ConfigMap", "Secret"].contains(&kind).then_some((kind, name, key))
}

/// Returns the objects with the new content of a file that they contain. `None` if not exactly one of them contains it, or if
/// it is written in a way that is not changed.
#[must_use]
pub(crate) fn with_part(source: &[u8], path: &Path, after: &[u8]) -> Option<Vec<u8>> {
    let (kind, name, key) = part(path)?;
    let (text, after) = (std::str::from_utf8(source).ok()?, std::str::from_utf8(after).ok()?);
    let (plain, coded) = if kind == "Secret" { ("stringData", Some("data")) } else { ("data", None) };
    let is_named =
        |one: &PlacedNode| word(one, &["kind"]) == Some(kind) && word(one, &["metadata", "name"]) == Some(name);
    let in_base64 = STANDARD.encode(after);
    let documents = placed(text).ok()?;
    let mut edits = Vec::new();
    for object in objects(&documents).into_iter().filter(|one| is_named(one)) {
        let node = |part: &str| object.get(part)?.get(key);
        edits.extend(node(plain).map(|node| edit(text, node, after)));
        edits.extend(coded.and_then(node).map(|node| edit(text, node, &in_base64)));
    }
    let [Some(edit)] = edits.as_slice() else { return None };
    let changed = applied(text, std::slice::from_ref(edit));
    // The changed objects are read again.
    let again = placed(&changed).ok()?;
    let object = objects(&again).into_iter().find(|one| is_named(one))?;
    let read = |part: &str| object.get(part)?.get(key)?.word();
    let reads = read(plain) == Some(after) || coded.is_some_and(|part| read(part) == Some(&in_base64));
    reads.then(|| changed.into_bytes())
}

/// Returns the edit that gives a text another content. Lines of a block that stay keep their bytes.
fn edit(text: &str, node: &PlacedNode, new: &str) -> Option<TextEdit> {
    let (style, word) = node.style().zip(node.word())?;
    if style != WordStyle::Block {
        return node.replaced(text, new);
    }
    let raw = text.get(node.span.clone())?;
    let (header, body) = raw.split_once('\n')?;
    // A folded block, an indentation indicator and kept blank lines follow other rules.
    if !["|", "|-"].contains(&header.split([' ', '#', '\r']).next()?) {
        return None;
    }
    let raws: Vec<&str> = body.split('\n').collect();
    let olds: Vec<&str> = word.trim_end_matches('\n').split('\n').collect();
    let indent =
        raws.iter().find(|line| !line.trim().is_empty()).map(|line| line.len() - line.trim_start_matches(' ').len())?;
    if raws.len() != olds.len() {
        return None;
    }
    let end = if header.ends_with('\r') { "\r" } else { "" };
    let mut from = 0;
    let mut lines = Vec::new();
    for line in new.trim_end_matches('\n').split('\n') {
        let line = line.trim_end_matches('\r');
        match olds.iter().skip(from).position(|old| *old == line) {
            Some(at) => {
                lines.push(raws.get(from + at)?.trim_end_matches('\r').to_owned());
                from += at + 1;
            }
            None if line.is_empty() => lines.push(String::new()),
            None => lines.push(format!("{}{line}", " ".repeat(indent))),
        }
    }
    // The last line ends behind the value.
    Some(TextEdit { at: node.span.clone(), text: format!("{header}\n{}", lines.join(&format!("{end}\n"))) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "ConfigMap score, key application.properties";

    fn changed(source: &str, after: &str) -> Option<String> {
        let bytes = with_part(source.as_bytes(), Path::new(PATH), after.as_bytes())?;
        Some(String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn a_file_in_a_config_map_changes_and_every_other_byte_stays() {
        let head = "# mine\nkind: ConfigMap\nmetadata: {name: score}\ndata:\n  a: \"1\"   # kept\n";
        let tail = "  b: 2\n---\nkind: Pod\n";
        let block = "    # c\n    k=old\n\n   \n    s = t\n";
        let source = format!("{head}  application.properties: |  # file\n{block}{tail}");
        let after = changed(&source, "# c\nk=new\n\n\ns = t\n").unwrap();
        assert_eq!(after, source.replace("k=old", "k=new"));
        let after = changed(&source, "# c\nk=old\n\n\ns = t\nx=y\n").unwrap();
        assert_eq!(after, source.replace("    s = t\n", "    s = t\n    x=y\n"));
        let windows = source.replace('\n', "\r\n");
        let after = changed(&windows, "# c\nk=new\n\n\ns = t\n").unwrap();
        assert_eq!(after, windows.replace("k=old", "k=new"));
        let quoted = format!("{head}  application.properties: \"k=old\\n\"\n{tail}");
        assert_eq!(changed(&quoted, "k=new\n").unwrap(), quoted.replace("old", "new"));
        let json = "{\"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"score\"}, \"data\": {\"application.properties\": \"k=old\"}}";
        assert_eq!(changed(json, "k=new").unwrap(), json.replace("old", "new"));
        let folded = source.replace("|  # file", ">");
        assert_eq!(changed(&folded, "x=y\n"), None);
        assert_eq!(changed(&source.replace("name: score", "name: other"), "x=y\n"), None);
        assert_eq!(changed(&format!("{source}---\n{source}"), "x=y\n"), None);
    }

    #[test]
    fn a_file_in_a_secret_stays_coded() {
        let source = "kind: Secret\nmetadata:\n  name: score\ndata:\n  application.properties: az1vbGQK # x\n";
        let path = Path::new("Secret score, key application.properties");
        let after = with_part(source.as_bytes(), path, b"k=new\n").unwrap();
        let wanted = source.replace("az1vbGQK", &STANDARD.encode("k=new\n"));
        assert_eq!(String::from_utf8(after).unwrap().replace('"', ""), wanted);
    }
}
