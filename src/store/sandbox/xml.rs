//! Writes the documents of S3, and reads those of its clients. Knows nothing of their content.

use bytes::Bytes;
use roxmltree::{Document, Node, ParsingOptions};

use super::refusal::{self, S3Refusal};

/// The largest number of elements and texts. A document with 10,000 parts has 50,000.
const MOST_NODES: u32 = 100_000;
/// The largest number of equals signs: the parser compares all attributes of an element with each other.
const MOST_ATTRIBUTES: usize = 256;

/// Reads a document with this root.
pub(super) fn read<T>(
    document: &[u8],
    root: &str,
    take: impl FnOnce(Node) -> Result<T, S3Refusal>,
) -> Result<T, S3Refusal> {
    let text = str::from_utf8(document).map_err(|_| refusal::BAD_DOCUMENT)?;
    if text.bytes().filter(|byte| *byte == b'=').count() > MOST_ATTRIBUTES {
        return Err(refusal::BAD_DOCUMENT);
    }
    let options = ParsingOptions { nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let parsed = Document::parse_with_options(text, options).map_err(|_| refusal::BAD_DOCUMENT)?;
    let found = parsed.root_element();
    if found.tag_name().name() == root { take(found) } else { Err(refusal::BAD_DOCUMENT) }
}

/// Returns the elements with this name below a node.
pub(super) fn each<'a, 'd>(node: Node<'a, 'd>, name: &'static str) -> impl Iterator<Item = Node<'a, 'd>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

/// Returns the text of the element with this name below a node.
pub(super) fn text<'a>(node: Node<'a, '_>, name: &'static str) -> Option<&'a str> {
    each(node, name).next()?.text().map(str::trim)
}

/// A document that is being written.
#[derive(Debug)]
pub(super) struct XmlWriter(String);

impl XmlWriter {
    /// Writes a document in the namespace of S3.
    pub(super) fn document(root: &str, content: impl FnOnce(&mut Self)) -> Bytes {
        Self::whole(root, " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"", content)
    }

    /// Writes an error, which has no namespace on AWS.
    pub(super) fn error(content: impl FnOnce(&mut Self)) -> Bytes {
        Self::whole("Error", "", content)
    }

    fn whole(root: &str, attributes: &str, content: impl FnOnce(&mut Self)) -> Bytes {
        let mut writer = Self("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned());
        writer.element(root, attributes, content);
        writer.0.into()
    }

    pub(super) fn group(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.element(name, "", content);
    }

    /// Writes an element with attributes, each after a space.
    pub(super) fn element(&mut self, name: &str, attributes: &str, content: impl FnOnce(&mut Self)) {
        self.0.extend(["<", name, attributes, ">"]);
        content(self);
        self.0.extend(["</", name, ">"]);
    }

    pub(super) fn leaf(&mut self, name: &str, text: &str) {
        self.group(name, |inner| text.chars().for_each(|letter| inner.character(letter)));
    }

    /// Writes a leaf, unless its text is empty.
    pub(super) fn leaf_if_any(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.leaf(name, text);
        }
    }

    fn character(&mut self, letter: char) {
        match letter {
            '&' => self.0 += "&amp;",
            '<' => self.0 += "&lt;",
            '>' => self.0 += "&gt;",
            '"' => self.0 += "&quot;",
            // A parser changes these if they are not escaped.
            '\t' => self.0 += "&#9;",
            '\n' => self.0 += "&#10;",
            '\r' => self.0 += "&#13;",
            // XML 1.0 cannot contain these, not even escaped.
            '\0'..' ' | '\u{fffe}' | '\u{ffff}' => self.0.push('\u{fffd}'),
            letter => self.0.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_read_back_unless_xml_cannot_contain_it() {
        for (text, read) in
            [("a&b<c>\"d'", "a&b<c>\"d'"), ("\t\r\n é\u{1f600}", "\t\r\n é\u{1f600}"), ("\0\u{1b}", "\u{fffd}\u{fffd}")]
        {
            let document = XmlWriter::document("Root", |root| root.leaf("Key", text));
            let document = String::from_utf8(document.to_vec()).unwrap();
            let parsed = roxmltree::Document::parse(&document).unwrap();
            let key =
                parsed.descendants().find(|node| node.has_tag_name(("http://s3.amazonaws.com/doc/2006-03-01/", "Key")));
            assert_eq!(key.and_then(|key| key.text()), Some(read));
        }
    }
}
