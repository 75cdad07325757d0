//! Replies read as AWS SDK for Java 1.11.219 reads them (`XmlResponsesSaxParser`, `S3ErrorResponseHandler`): by the exact
//! names of the root and of the path below it, unknown elements ignored, of repeated ones the last. Knows nothing of
//! statuses.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use roxmltree::{Document, Node, ParsingOptions};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::shown;

/// Elements and texts in a reply; a list of five thousand keys has fewer.
const MOST_NODES: u32 = 200_000;

/// Why the SDK could not use a reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misread {
    #[error("the reply is not XML ({0})")]
    NotXml(String),
    #[error("the reply's root element is {found}, not {wanted}")]
    Root { wanted: &'static str, found: String },
    #[error("the reply has no {0}")]
    Missing(&'static str),
    #[error("the reply's {name} cannot be read: {text}")]
    Value { name: &'static str, text: String },
    /// An error in the place of the result, with a status that says otherwise.
    #[error("{0}")]
    Fault(Fault),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub number: i32,
    /// Without quotes.
    pub etag: String,
}

/// The store's own account of an error. Raw: show it through `Display`, or through `shown`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fault {
    /// Empty where the store gives none.
    pub code: String,
    /// Empty where the store gives none, as Ceph mostly does.
    pub message: String,
    /// Every other element below the root.
    pub details: BTreeMap<String, String>,
}

impl Fault {
    fn detail(&self, name: &str) -> Option<&str> {
        self.details.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.detail("Region")
    }

    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        self.detail("Endpoint")
    }

    #[must_use]
    pub fn bucket(&self) -> Option<&str> {
        self.detail("BucketName")
    }

    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.detail("RequestId")
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (code, message) = (shown(self.code.as_bytes(), 60), shown(self.message.as_bytes(), 300));
        match (code.as_str(), message.as_str()) {
            ("", "") => f.write_str("an error without a code"),
            (code, "") => f.write_str(code),
            ("", message) => f.write_str(message),
            (code, message) => write!(f, "{code}: {message}"),
        }
    }
}

/// Of the reply to `POST ?uploads`.
///
/// # Errors
/// Why Java finds none: Score's client then stops with `null`.
pub fn upload_id(body: &[u8]) -> Result<String, Misread> {
    read(body, "InitiateMultipartUploadResult", |root| required(root, "UploadId"))
}

/// Without quotes. An `Error` that comes with status 200 is an error.
///
/// # Errors
/// Why Java finds none.
pub fn completed_etag(body: &[u8]) -> Result<String, Misread> {
    if let Ok(fault) = fault(body) {
        return Err(Misread::Fault(fault));
    }
    read(body, "CompleteMultipartUploadResult", |root| Ok(unquoted(&required(root, "ETag")?).to_owned()))
}

/// # Errors
/// What Java does not read, such as a part without a number.
pub fn parts(body: &[u8]) -> Result<Vec<Part>, Misread> {
    read(body, "ListPartsResult", |root| {
        for name in ["PartNumberMarker", "NextPartNumberMarker", "MaxParts"] {
            number::<i32>(root, name)?;
        }
        each(root, "Part")
            .map(|part| {
                date(part)?;
                number::<i64>(part, "Size")?;
                let number = number(part, "PartNumber")?.ok_or(Misread::Missing("PartNumber"))?;
                Ok(Part { number, etag: unquoted(&required(part, "ETag")?).to_owned() })
            })
            .collect()
    })
}

/// Of a list of objects. The SDK asks for `encoding-type=url` and decodes as form data whether or not the store says that
/// it encoded: a `+` is a blank.
///
/// # Errors
/// What Java does not read, such as a stray `%` in a key.
pub fn keys(body: &[u8]) -> Result<Vec<String>, Misread> {
    read(body, "ListBucketResult", |root| {
        number::<i32>(root, "MaxKeys")?;
        if let Some(text) = text(root, "IsTruncated") {
            let word = text.to_ascii_lowercase();
            if !word.starts_with("true") && !word.starts_with("false") {
                return Err(unreadable("IsTruncated", &text));
            }
        }
        each(root, "Contents")
            .map(|object| {
                date(object)?;
                number::<i64>(object, "Size")?;
                decoded(&required(object, "Key")?)
            })
            .collect()
    })
}

/// # Errors
/// Where the body is no error of S3, as of a web server, or of any HEAD.
pub fn fault(body: &[u8]) -> Result<Fault, Misread> {
    read(body, "Error", |root| {
        let mut fault = Fault::default();
        for element in root.children().filter(Node::is_element) {
            let text = content(element).trim().to_owned();
            match element.tag_name().name() {
                "Code" => fault.code = text,
                "Message" => fault.message = text,
                name => drop(fault.details.insert(name.to_owned(), text)),
            }
        }
        Ok(fault)
    })
}

/// An ETag without the quotes that headers and bodies put around it.
#[must_use]
pub fn unquoted(etag: &str) -> &str {
    let etag = etag.trim();
    let etag = etag.strip_prefix('"').unwrap_or(etag);
    etag.strip_suffix('"').unwrap_or(etag)
}

fn read<T>(body: &[u8], wanted: &'static str, take: impl FnOnce(Node) -> Result<T, Misread>) -> Result<T, Misread> {
    // Java's reader replaces what is no UTF-8 rather than stopping at it
    let text = String::from_utf8_lossy(body);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    // no document type, so no entities: a hostile reply cannot grow
    let options = ParsingOptions { nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options)
        .map_err(|error| Misread::NotXml(shown(error.to_string().as_bytes(), 120)))?;
    let root = document.root_element();
    match root.tag_name().name() {
        name if name == wanted => take(root),
        found => Err(Misread::Root { wanted, found: shown(found.as_bytes(), 60) }),
    }
}

fn each<'a, 'd>(node: Node<'a, 'd>, name: &'static str) -> impl Iterator<Item = Node<'a, 'd>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

fn text(node: Node, name: &'static str) -> Option<String> {
    each(node, name).last().map(content)
}

fn required(node: Node, name: &'static str) -> Result<String, Misread> {
    text(node, name).filter(|text| !text.is_empty()).ok_or(Misread::Missing(name))
}

/// As the SDK collects it: across comments and CDATA, and anew after every start of an element.
fn content(node: Node) -> String {
    let mut text = String::new();
    for child in node.children() {
        if child.is_element() {
            text.clear();
        }
        text.push_str(child.text().filter(|_| child.is_text()).unwrap_or_default());
    }
    text
}

fn number<T: std::str::FromStr>(node: Node, name: &'static str) -> Result<Option<T>, Misread> {
    text(node, name).map(|text| text.parse().map_err(|_| unreadable(name, &text))).transpose()
}

fn date(node: Node) -> Result<(), Misread> {
    let Some(text) = text(node, "LastModified") else { return Ok(()) };
    OffsetDateTime::parse(&text, &Rfc3339).map(drop).map_err(|_| unreadable("LastModified", &text))
}

fn decoded(key: &str) -> Result<String, Misread> {
    let stray = key
        .split('%')
        .skip(1)
        .any(|rest| !matches!(rest.as_bytes(), [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()));
    if stray {
        return Err(unreadable("Key", key));
    }
    Ok(percent_decode_str(&key.replace('+', " ")).decode_utf8_lossy().into_owned())
}

fn unreadable(name: &'static str, text: &str) -> Misread {
    Misread::Value { name, text: shown(text.as_bytes(), 60) }
}
