//! Changes the values of a file that was written before. Every other byte stays. Knows nothing of settings.

use crate::{
    forms::env_file::EnvFile,
    install::deployment::DROP_IN,
    text::yaml::edit::{PlacedContent, PlacedNode, TextEdit, applied, placed, quoted},
};

/// Returns the earlier text with the values of the new one. `None` if the earlier text is written in a way that is not
/// changed.
#[must_use]
pub fn merged(name: &str, before: &str, new: &str) -> Option<String> {
    if crate::forms::is_yaml(name.as_ref()) {
        return objects(before, new);
    }
    if name == DROP_IN.name {
        // A drop-in has no values of its own.
        return new.lines().all(|line| before.lines().any(|known| known == line)).then(|| before.to_owned());
    }
    let mut file = EnvFile::parse(before.as_bytes());
    for (name, value) in new.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('=')) {
        file.set(&[name.to_owned()], value);
    }
    String::from_utf8(file.to_bytes()).ok()
}

fn objects(before: &str, new: &str) -> Option<String> {
    let (old, wanted) = (placed(before).ok()?, placed(new).ok()?);
    let ([old], [wanted]) = (old.as_slice(), wanted.as_slice()) else { return None };
    let mut edits = Vec::new();
    change(before, old, wanted, &mut edits)?;
    let text = applied(before, &edits);
    let after = placed(&text).ok()?;
    let [after] = after.as_slice() else { return None };
    contains(after, wanted).then_some(text)
}

/// Adds the edits of a map. A list that is there stays.
fn change(text: &str, old: &PlacedNode, wanted: &PlacedNode, edits: &mut Vec<TextEdit>) -> Option<()> {
    let mut added = Vec::new();
    for (key, value) in wanted.pairs() {
        let key = key.word()?;
        match (old.get(key), &value.content) {
            (Some(old), PlacedContent::Word { word, .. }) if old.word() == Some(word) => {}
            (Some(old), PlacedContent::Word { word, .. }) => edits.push(old.replaced(text, word)?),
            (Some(old), PlacedContent::Map(_)) => change(text, old, value, edits)?,
            (Some(_), _) => {}
            (None, PlacedContent::Word { word, .. }) => added.push((key.to_owned(), word.clone())),
            (None, _) => {
                let line = |(key, value): &(PlacedNode, PlacedNode)| {
                    Some(format!("{}: {}", key.word()?, quoted(value.word()?)))
                };
                let lines: Option<Vec<String>> = value.pairs().iter().map(line).collect();
                edits.push(old.with_block(text, key, &lines.filter(|lines| !lines.is_empty())?)?);
            }
        }
    }
    if !added.is_empty() {
        edits.push(old.with_pairs(text, &added)?);
    }
    Some(())
}

/// Returns true if each word of the wanted map is in the other one.
fn contains(all: &PlacedNode, wanted: &PlacedNode) -> bool {
    wanted.pairs().iter().all(|(key, value)| {
        let found = key.word().and_then(|key| all.get(key));
        found.is_some_and(|found| match &value.content {
            PlacedContent::Word { word, .. } => found.word() == Some(word),
            PlacedContent::Map(_) => contains(found, value),
            _ => true,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_change_and_every_other_byte_stays() {
        let before = "# mine\na:\n  x: \"1\"   # kept\n  own: yes\nlist:\n  - 1\n";
        let new = "a:\n  x: \"2\"\n  y: \"3\"\nlist:\n  - 9\nextra:\n  k: v\n";
        let after = merged("f.yaml", before, new).unwrap();
        assert_eq!(
            after,
            "# mine\na:\n  x: \"2\"   # kept\n  own: yes\n  y: \"3\"\nlist:\n  - 1\nextra:\n  k: \"v\"\n"
        );
        assert_eq!(merged("f.yaml", &after, new), Some(after));
        assert_eq!(merged("f.env", "# x\nA=1\nB=2\n", "# y\nA=3\nC=4\n").unwrap(), "# x\nA=3\nB=2\nC=4\n");
        assert_eq!(merged("f.yaml", "a: {x: 1}\n---\nb: 1\n", new), None);
    }
}
