//! Finds YAML that was pasted into a properties file, where Java reads every line as a key of its own. Names what each
//! line would set under its whole name.

use crate::text::properties::Document;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum YamlPart {
    /// A key that only has others below it.
    Head,
    /// A value, under this whole name.
    Leaf(String),
}

/// Returns the lines that have a meaning only through their indentation, each with its line number.
pub(super) fn names(document: &Document) -> Vec<(usize, YamlPart)> {
    let lines = document.logical().filter_map(|line| Some((line.raw, line.pair?.0)));
    let lines: Vec<_> = lines.zip(document.pairs()).collect();
    let mut open: Vec<(usize, String)> = Vec::new();
    let mut found = Vec::new();
    for (at, ((raw, key), pair)) in lines.iter().enumerate() {
        let depth = indentation(raw);
        while open.last().is_some_and(|(above, _)| *above >= depth) {
            open.pop();
        }
        let name: Vec<String> =
            open.iter().map(|(_, name)| name.clone()).chain([String::from_utf16_lossy(key)]).collect();
        let deeper = lines.get(at + 1).is_some_and(|((next, _), _)| indentation(next) > depth);
        if deeper && raw.trim_ascii_end().ends_with(b":") && pair.value.is_empty() {
            open.push((depth, String::from_utf16_lossy(key)));
            found.push((pair.line, YamlPart::Head));
        } else if !open.is_empty() {
            found.push((pair.line, YamlPart::Leaf(name.join("."))));
        }
    }
    found
}

fn indentation(raw: &[u8]) -> usize {
    raw.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indented_lines_get_their_whole_name() {
        let text = b"a=1\ns3:\n  endpoint: http://h\n  # why\n  deep:\n    er: 2\nbucket.name.object: x\n  y: z\n";
        let told = names(&Document::parse(text).unwrap());
        let leaf = |name: &str| YamlPart::Leaf(name.to_owned());
        assert_eq!(told, [(2, YamlPart::Head), (3, leaf("s3.endpoint")), (5, YamlPart::Head), (6, leaf("s3.deep.er"))]);
    }
}
