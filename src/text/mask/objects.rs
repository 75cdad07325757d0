//! Finds values and their names in YAML and JSON that describes containers, and masks the secrets among them. The name of
//! a value may be its key, the `name` next to its `value`, or a part of the same word.

use std::ops::Range;

use super::{DOTS, ShownLine, is_secret_name, lines, shown, shown_value};
use crate::text::{
    properties::physical,
    secret::Secret,
    yaml::edit::{PlacedContent, PlacedNode, placed},
};

/// A value of a text.
pub(crate) struct ObjectValue {
    pub(crate) name: String,
    pub(crate) value: Secret,
    /// True if the value is not shown.
    pub(crate) hidden: bool,
    /// The place of the value in the text, in bytes.
    span: Range<usize>,
}

/// Returns the values of a text, in order. `None` if it is not YAML.
pub(crate) fn named_values(bytes: &[u8]) -> Option<Vec<ObjectValue>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut all = Vec::new();
    for document in placed(text).ok()? {
        collect(text, &document, false, &mut all);
    }
    Some(all)
}

fn collect(text: &str, node: &PlacedNode, secret: bool, into: &mut Vec<ObjectValue>) {
    for item in node.items() {
        match item.word().and_then(|word| word.split_once('=')) {
            Some((name, value)) => {
                // The name is in front of the value, behind a quote or not.
                let begin = text[item.span.clone()].find('=').map_or(item.span.start, |at| item.span.start + at + 1);
                push(name, value, secret, begin..item.span.end, into);
            }
            None if secret => push("", item.word().unwrap_or_default(), true, item.span.clone(), into),
            None => collect(text, item, secret, into),
        }
    }
    let word = |key: &str| node.get(key).and_then(PlacedNode::word);
    let of_secret = word("kind") == Some("Secret");
    for (key, value) in node.pairs() {
        let key = key.word().unwrap_or_default();
        let inside = secret || of_secret && ["data", "stringData"].contains(&key);
        match &value.content {
            PlacedContent::Word { word: text, .. } => {
                let name = if key == "value" { word("name").unwrap_or(key) } else { key };
                push(name, text, inside, value.span.clone(), into);
            }
            _ => collect(text, value, inside, into),
        }
    }
}

fn push(name: &str, value: &str, secret: bool, span: Range<usize>, into: &mut Vec<ObjectValue>) {
    let value = Secret::new(value);
    // A value with a secret inside is hidden as a whole.
    let open = shown_value(name, &value).is_some_and(|shown| value.shape(|text| text == shown));
    let hidden = secret || is_secret_name(name) || !open;
    into.push(ObjectValue { name: name.to_owned(), value, hidden, span });
}

/// Returns the lines of these bytes for display, with secrets masked.
pub(crate) fn lines_of_objects(bytes: &[u8]) -> Vec<ShownLine> {
    let mut all = lines(bytes);
    // A secret whose place is not certain hides everything.
    let placed = |value: &ObjectValue| !value.hidden || !value.span.is_empty() || value.value.shape(str::is_empty);
    let Some(values) = named_values(bytes).filter(|values| values.iter().all(placed)) else {
        let hide = |line: ShownLine| ShownLine { text: DOTS.to_owned(), ..line };
        return all.into_iter().map(hide).collect();
    };
    let mut starts = Vec::new();
    let mut at = 0;
    for line in physical(bytes) {
        starts.push(at);
        at += line.len();
    }
    let mut touched = vec![false; all.len()];
    for value in values.into_iter().filter(|value| value.hidden && !value.span.is_empty()) {
        let first = starts.partition_point(|start| *start <= value.span.start).saturating_sub(1);
        let last = starts.partition_point(|start| *start < value.span.end).saturating_sub(1);
        let units: Vec<u16> = value.value.shape(|text| text.encode_utf16().collect());
        let range = all.iter_mut().zip(&mut touched).enumerate().take(last + 1).skip(first);
        for (at, (line, touched)) in range {
            let start = starts.get(at).copied().unwrap_or_default();
            let front = if at == first { shown(&bytes[start..value.span.start]) } else { String::new() };
            let end = starts.get(at + 1).copied().unwrap_or(bytes.len());
            let back = bytes.get(value.span.end..end).filter(|_| at == last).unwrap_or_default();
            let comment = back.windows(2).position(|pair| pair[0].is_ascii_whitespace() && pair[1] == b'#');
            let back = back.get(..comment.unwrap_or(back.len())).unwrap_or_default().trim_ascii_end().to_vec();
            // A second secret on the line hides the rest of it.
            let text = if std::mem::replace(touched, true) { DOTS.to_owned() } else { front + DOTS };
            line.text = text + &shown(&back);
            line.masked = (at == first).then(|| (value.name.clone(), units.clone()));
        }
    }
    for line in &mut all {
        // The name of such a value is on another line.
        let comment = line.text.trim_start().strip_prefix('#');
        let comment = comment.map(|text| text.trim_start_matches(['#', ' ', '\t', '-', '{']));
        if comment.is_some_and(|text| text.starts_with("value") || text.starts_with("\"value")) {
            DOTS.clone_into(&mut line.text);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_objects_are_masked_wherever_their_names_are() {
        let text = "kind: Secret\nstringData:\n  S3_SECRETKEY: canary # canary\n  any: 'canary'\ndata:\n  a: Y2FuYXJ5\n---\nspec:\n  env:\n    - name: S3_SECRETKEY\n      value: \"canary\"\n    - {name: AUTH_SERVER_CLIENTSECRET, value: canary}\n    - name: S3_ENDPOINT\n      value: http://h\nenvironment:\n  - S3_SECRETKEY=canary\n  - \"S3_SECRETKEY=canary\"\n  - A=b\nkey: |\n  -----BEGIN PRIVATE KEY-----\n  canary\nsecretKey: |\n  canary\n  canary\nz: {S3_SECRETKEY: canary, S3_ENDPOINT: h, password: canary}\n";
        let all: Vec<String> = lines_of_objects(text.as_bytes()).into_iter().map(|line| line.text).collect();
        let whole = all.join("\n");
        assert!(!whole.contains("canary") && !whole.contains("Y2Fu"), "{whole}");
        assert_eq!(all.len(), text.lines().count());
        for line in ["kind: Secret", "      value: http://h", "  - A=b", "    - name: S3_SECRETKEY"] {
            assert!(all.iter().any(|one| one == line), "{line}: {whole}");
        }
        let named = named_values(text.as_bytes()).unwrap();
        let hidden =
            named.iter().filter(|value| value.value.shape(|text| text.contains("canary") || text.contains("Y2Fu")));
        assert!(hidden.into_iter().all(|value| value.hidden));
        for text in [
            "a: [\ncanary",
            "env:\n- name: S3_SECRETKEY\n  value: canary\n    canary\n",
            "{S3_SECRETKEY: a, OPTS: \"-Dx.password=canary\"}",
            "{OPTS: \"-Dx.password=canary\", S3_SECRETKEY: a}",
            "{password: a} # secretKey=canary",
            "# - name: S3_SECRETKEY\n#   value: canary\na: b\n",
            "# x\rS3_SECRETKEY: canary\n",
        ] {
            let all = lines_of_objects(text.as_bytes());
            assert!(all.iter().all(|line| !line.text.contains("canary")), "{text:?}");
        }
    }
}
