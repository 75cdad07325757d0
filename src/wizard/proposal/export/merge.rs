//! Changes the values of a file that was written before. Every other byte stays. Knows nothing of settings.

use crate::{
    forms::env_file::{EnvFile, EnvFileReader},
    install::deployment::DROP_IN,
    text::yaml::edit::{PlacedContent, PlacedNode, TextEdit, applied, placed, quoted},
};

/// An earlier text with new values.
#[derive(Debug, PartialEq, Eq)]
pub struct MergedText {
    pub text: String,
    /// One sentence for each element that a list needs and that was not added.
    pub left: Vec<String>,
}

impl MergedText {
    fn of(text: String) -> Self {
        Self { text, left: Vec::new() }
    }
}

/// Returns the earlier text with the values of the new one. `None` if the earlier text is written in a way that is not
/// changed. `reader` reads files of variables.
#[must_use]
pub(crate) fn merged(name: &str, before: &str, new: &str, reader: EnvFileReader) -> Option<MergedText> {
    if crate::forms::is_yaml(name.as_ref()) {
        return objects(before, new);
    }
    if name == DROP_IN.name {
        // A drop-in has no values of its own.
        let all = new.lines().all(|line| before.lines().any(|known| known == line));
        return all.then(|| MergedText::of(before.to_owned()));
    }
    let mut file = EnvFile::parse_for(before.as_bytes(), reader);
    for (name, value) in new.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('=')) {
        file.set(&[name.to_owned()], value);
    }
    String::from_utf8(file.to_bytes()).ok().map(MergedText::of)
}

fn objects(before: &str, new: &str) -> Option<MergedText> {
    let (old, wanted) = (placed(before).ok()?, placed(new).ok()?);
    let ([old], [wanted]) = (old.as_slice(), wanted.as_slice()) else { return None };
    let mut changes = Changes { text: before, edits: Vec::new(), left: Vec::new() };
    changes.add("", old, wanted)?;
    let text = applied(before, &changes.edits);
    let after = placed(&text).ok()?;
    let [after] = after.as_slice() else { return None };
    contains(after, wanted).then_some(MergedText { text, left: changes.left })
}

/// The edits of a text.
struct Changes<'a> {
    text: &'a str,
    edits: Vec<TextEdit>,
    left: Vec<String>,
}

impl Changes<'_> {
    /// Adds the edits of a map. `path` leads to it.
    fn add(&mut self, path: &str, old: &PlacedNode, wanted: &PlacedNode) -> Option<()> {
        let mut added = Vec::new();
        for (key, value) in wanted.pairs() {
            let key = key.word()?;
            let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            match (old.get(key), &value.content) {
                (Some(old), PlacedContent::Word { word, .. }) if old.word() == Some(word) => {}
                (Some(old), PlacedContent::Word { word, .. }) => self.edits.push(old.replaced(self.text, word)?),
                (Some(old), PlacedContent::Map(_)) => self.add(&path, old, value)?,
                (Some(old), PlacedContent::List(items)) => self.add_items(&path, key, old, items),
                (Some(_), PlacedContent::Alias) => {}
                (None, PlacedContent::Word { word, .. }) => added.push((key.to_owned(), word.clone())),
                (None, _) => self.edits.push(old.with_block(self.text, key, &lines(value)?)?),
            }
        }
        if !added.is_empty() {
            self.edits.push(old.with_pairs(self.text, &added)?);
        }
        Some(())
    }

    /// Adds the elements that a list needs, or says that they are missing.
    fn add_items(&mut self, path: &str, key: &str, old: &PlacedNode, wanted: &[PlacedNode]) {
        let missing = wanted.iter().filter_map(PlacedNode::word).filter(|word| !is_in(key, old, word));
        let missing: Vec<String> = missing.map(quoted).collect();
        if missing.is_empty() {
            return;
        }
        let items: Vec<_> = missing.iter().map(|word| (vec![word.clone()], word.clone())).collect();
        match old.with_items(self.text, &items) {
            Some(edit) => self.edits.push(edit),
            None => self.left.push(format!("{path} is not changed. Add this to it: {}", missing.join(", "))),
        }
    }
}

/// Returns the lines of a map or of a list of words.
fn lines(node: &PlacedNode) -> Option<Vec<String>> {
    let pair = |(key, value): &(PlacedNode, PlacedNode)| Some(format!("{}: {}", key.word()?, quoted(value.word()?)));
    let item = |item: &PlacedNode| Some(format!("- {}", quoted(item.word()?)));
    let all: Option<Vec<String>> = node.pairs().iter().map(pair).chain(node.items().iter().map(item)).collect();
    all.filter(|lines| !lines.is_empty())
}

/// Returns true if a list of a compose service has an element. Another port of this machine may lead to the same port of the
/// container, and a file may have options.
fn is_in(key: &str, list: &PlacedNode, wanted: &str) -> bool {
    let port = |word: &str| word.rsplit(':').next().unwrap_or(word).split('/').next().unwrap_or(word).to_owned();
    let file = |word: &str| word.strip_prefix("./").unwrap_or(word).to_owned();
    let same = |word: &str| match key {
        "ports" => port(word) == port(wanted),
        "env_file" => file(word) == file(wanted),
        _ => word == wanted,
    };
    let named =
        |item: &PlacedNode| ["target", "path"].into_iter().find_map(|key| item.get(key)?.word().map(str::to_owned));
    let word = |item: &PlacedNode| item.word().map(str::to_owned).or_else(|| named(item));
    std::iter::once(list).chain(list.items()).filter_map(word).any(|word| same(&word))
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
        let merge = |name, before, new| merged(name, before, new, EnvFileReader::Both).map(|merged| merged.text);
        let after = merge("f.yaml", before, new).unwrap();
        assert_eq!(
            after,
            "# mine\na:\n  x: \"2\"   # kept\n  own: yes\n  y: \"3\"\nlist:\n  - 1\n  - \"9\"\nextra:\n  k: \"v\"\n"
        );
        assert_eq!(merge("f.yaml", &after, new).as_deref(), Some(&*after));
        assert_eq!(merge("f.env", "# x\nA=1\nB=2\n", "# y\nA=3\nC=4\n").unwrap(), "# x\nA=3\nB=2\nC=4\n");
        assert_eq!(merge("f.yaml", "a: {x: 1}\n---\nb: 1\n", new), None);
    }

    #[test]
    fn a_list_gets_what_it_needs_or_says_it() {
        let new = "s:\n  ports:\n    - \"9090:9090\"\n  env_file:\n    - a.env\n    - b.env\n";
        for (before, added, left) in [
            ("s:\n  ports: ['127.0.0.1:80:9090/tcp']\n  env_file: [./a.env, {path: b.env}]\n", "", vec![]),
            ("s:\n  ports:\n    - target: 9090\n  env_file:\n    - a.env\n    - b.env\n", "", vec![]),
            ("s:\n  ports:\n    - \"8080:8080\" # old\n  env_file: [a.env, b.env]\n", "    - \"9090:9090\"\n", vec![]),
            (
                "s:\n  ports: [\"9090\"]\n  env_file: a.env\n",
                "",
                vec!["s.env_file is not changed. Add this to it: \"b.env\"".to_owned()],
            ),
            ("s:\n  ports: [\"9090\"]\n", "  env_file:\n    - \"a.env\"\n    - \"b.env\"\n", vec![]),
        ] {
            let merged = merged("f.yaml", before, new, EnvFileReader::Compose).unwrap();
            let lines: Vec<&str> = merged.text.split_inclusive('\n').filter(|line| !before.contains(line)).collect();
            assert_eq!((lines.concat(), merged.left), (added.to_owned(), left), "{before}");
        }
    }

    #[test]
    fn a_line_with_export_is_not_read_by_systemd_and_stays() {
        let merge = |reader| merged("score.env", "export A=1\n", "A=2\n", reader).unwrap().text;
        assert_eq!(merge(EnvFileReader::Systemd), "export A=1\nA=2\n");
        assert_eq!(merge(EnvFileReader::Compose), "export A=2\n");
    }
}
