//! Reads replies as AWS SDK for Java 1.11.219 does (`XmlResponsesSaxParser`, `S3ErrorResponseHandler`): by the exact
//! names of the root and of the path below it. Ignores unknown elements; the last of repeated elements applies. Knows
//! nothing of statuses.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use roxmltree::{Document, Node, ParsingOptions};
use time::{PrimitiveDateTime, format_description::BorrowedFormatItem, macros::format_description};

use crate::text::shown;

/// The largest number of elements and texts in a reply; a list of five thousand keys has fewer.
const MOST_NODES: u32 = 200_000;
/// The largest number of attributes of one element, whose names are compared with each other. S3 uses at most three.
const MOST_ATTRIBUTES: usize = 32;
/// The largest number of declared namespaces: an element inherits those of all elements around it. S3 declares one for
/// the document, and one for each of at most a hundred grants of an access list.
const MOST_NAMESPACES: usize = 256;
const TO_THE_SECOND: &[BorrowedFormatItem] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");

/// The reason why the SDK could not use a reply.
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
    /// An error in place of the result, although the status reports success.
    #[error("{0}")]
    Fault(Fault),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPart {
    pub number: i32,
    /// The `ETag` without quotes.
    pub etag: String,
}

/// The store's own description of an error. The texts are raw: show them through `Display`, or through `shown`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fault {
    /// The error code; empty if the store gives none.
    pub code: String,
    /// The error message; empty if the store gives none, as is usual for Ceph.
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

    /// Returns the bucket that a redirect names.
    #[must_use]
    pub fn redirected_bucket(&self) -> Option<&str> {
        self.detail("Bucket")
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

/// Reads the upload id from the reply to `POST ?uploads`.
///
/// # Errors
/// Returns an error if Java finds no upload id. Score's client then stops with `null`.
pub fn upload_id(body: &[u8]) -> Result<String, Misread> {
    read(body, "InitiateMultipartUploadResult", |root| required(root, "UploadId"))
}

/// Reads the `ETag` of a completed upload, without quotes. An `Error` that comes with status 200 is an error.
///
/// # Errors
/// Returns an error if Java finds no `ETag`.
pub fn completed_etag(body: &[u8]) -> Result<String, Misread> {
    if let Ok(fault) = fault(body) {
        return Err(Misread::Fault(fault));
    }
    read(body, "CompleteMultipartUploadResult", |root| Ok(unquoted(&required(root, "ETag")?).to_owned()))
}

/// Reads the parts of an upload.
///
/// # Errors
/// Returns an error if Java cannot read the reply, for example a part without a number.
pub fn parts(body: &[u8]) -> Result<Vec<ListedPart>, Misread> {
    read(body, "ListPartsResult", |root| {
        for name in ["PartNumberMarker", "NextPartNumberMarker", "MaxParts"] {
            number::<i32>(root, name)?;
        }
        each(root, "Part")
            .map(|part| {
                date(part)?;
                number::<i64>(part, "Size")?;
                let number = number(part, "PartNumber")?.ok_or(Misread::Missing("PartNumber"))?;
                Ok(ListedPart { number, etag: unquoted(&required(part, "ETag")?).to_owned() })
            })
            .collect()
    })
}

/// Reads the keys of a list of objects. With a different root, Java would see an empty list, and Score would stop
/// later. The SDK asks for `encoding-type=url` and decodes the keys as form data, even if the store does not say that
/// it encoded them: a `+` is a space.
///
/// # Errors
/// Returns an error if Java cannot read the reply, for example a stray `%` in a key.
pub fn keys(body: &[u8]) -> Result<Vec<String>, Misread> {
    read(body, "ListBucketResult", |root| {
        let above = each(root, "CommonPrefixes").chain([root]);
        for text in above.flat_map(|node| ["Prefix", "Marker", "NextMarker", "Delimiter"].map(|name| text(node, name)))
        {
            decoded(&text.unwrap_or_default())?;
        }
        if let Some(text) = text(root, "IsTruncated") {
            let word = text.to_ascii_lowercase();
            if !word.starts_with("true") && !word.starts_with("false") {
                return Err(unreadable("IsTruncated", &text));
            }
        }
        each(root, "Contents")
            .map(|object| {
                date(object)?;
                decoded(&required(object, "Key")?)
            })
            .collect()
    })
}

/// Returns true if a list of objects is only the first page of them.
///
/// # Errors
/// Returns an error if the reply is not such a list.
pub fn continues(body: &[u8]) -> Result<bool, Misread> {
    read(body, "ListBucketResult", |root| {
        Ok(text(root, "IsTruncated").is_some_and(|word| word.to_ascii_lowercase().starts_with("true")))
    })
}

/// Reads the reply to `?acl`, the request that `/actuator/health` uses to look at the bucket. Java accepts any root,
/// but stops at a grantee with an `ID` and an unknown type.
///
/// # Errors
/// Returns an error if Java cannot read the reply: Score then reports that it is out of service.
pub fn acl(body: &[u8]) -> Result<(), Misread> {
    parsed(body, |root| {
        let grants = each(root, "AccessControlList").flat_map(|list| each(list, "Grant"));
        let grantees = grants.flat_map(|grant| each(grant, "Grantee"));
        let typed = |grantee: Node| grantee.attributes().any(|a| a.name() == "type" && a.value() == "CanonicalUser");
        let known = grantees.filter(|grantee| each(*grantee, "ID").next().is_some()).all(typed);
        if known { Ok(()) } else { Err(Misread::Missing("type of a grantee")) }
    })
}

/// Reads the keys and ids of the unfinished uploads of a bucket, as Score's clean-up lists them.
///
/// # Errors
/// Returns an error if Java would not accept the body as such a list.
pub fn unfinished(body: &[u8]) -> Result<Vec<(String, String)>, Misread> {
    read(body, "ListMultipartUploadsResult", |root| {
        let both = |upload| Some((text(upload, "Key")?, text(upload, "UploadId")?));
        Ok(each(root, "Upload").filter_map(both).collect())
    })
}

/// Reads the names of all buckets that the access key can list.
///
/// # Errors
/// Returns an error if the body is not such a list.
pub fn buckets(body: &[u8]) -> Result<Vec<String>, Misread> {
    read(body, "ListAllMyBucketsResult", |root| {
        Ok(each(root, "Buckets")
            .flat_map(|all| each(all, "Bucket").collect::<Vec<_>>())
            .filter_map(|one| text(one, "Name"))
            .collect())
    })
}

/// Returns the name of the root element. It shows what replied if it was not S3.
///
/// # Errors
/// Returns an error if the body is not XML.
pub fn root(body: &[u8]) -> Result<String, Misread> {
    parsed(body, |root| Ok(root.tag_name().name().to_owned()))
}

/// Reads the description of an error, also after a byte order mark.
///
/// # Errors
/// Returns an error if the body is not an S3 error, for example the page of a web server, or the empty body of a HEAD
/// reply.
pub fn fault(body: &[u8]) -> Result<Fault, Misread> {
    read(unmarked(body), "Error", |root| {
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

/// Removes the byte order mark that Azure puts in front of its XML.
pub(super) fn unmarked(body: &[u8]) -> &[u8] {
    body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body)
}

/// Removes the quotes that headers and bodies put around an `ETag`.
#[must_use]
pub fn unquoted(etag: &str) -> &str {
    let etag = etag.trim();
    let etag = etag.strip_prefix('"').unwrap_or(etag);
    etag.strip_suffix('"').unwrap_or(etag)
}

pub(super) fn read<T>(
    body: &[u8],
    wanted: &'static str,
    take: impl FnOnce(Node) -> Result<T, Misread>,
) -> Result<T, Misread> {
    if body.starts_with("\u{feff}".as_bytes()) {
        return Err(Misread::NotXml("it begins with a byte order mark".to_owned()));
    }
    parsed(body, |root| match root.tag_name().name() {
        name if name == wanted => take(root),
        found => Err(Misread::Root { wanted, found: shown(found.as_bytes(), 60) }),
    })
}

pub(super) fn parsed<T>(body: &[u8], take: impl FnOnce(Node) -> Result<T, Misread>) -> Result<T, Misread> {
    // Java's reader replaces bytes that are not UTF-8 and continues
    let text = String::from_utf8_lossy(body);
    if let Some(what) = excess(&text) {
        return Err(Misread::NotXml(what.to_owned()));
    }
    // No document types, so no entities: a hostile reply cannot expand in memory. This parser does not recurse.
    let options = ParsingOptions { nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(&text, options)
        .map_err(|error| Misread::NotXml(shown(error.to_string().as_bytes(), 120)))?;
    take(document.root_element())
}

/// Names what a reply has too much of. The parser compares attributes of an element, and copies namespaces: its time grows
/// with the square of their number.
fn excess(text: &str) -> Option<&'static str> {
    let mut namespaces = 0;
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let (mut attributes, mut quote) = (0, None);
        let end = rest.bytes().position(|byte| {
            match (quote, byte) {
                (None, b'>' | b'<') => return true,
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'=') => attributes += 1,
                (Some(open), _) if open == byte => quote = None,
                _ => {}
            }
            false
        });
        let tag = &rest[..end.unwrap_or(rest.len())];
        if attributes > MOST_ATTRIBUTES {
            return Some("an element has too many attributes");
        }
        if attributes > 0 {
            namespaces += tag.matches("xmlns").count();
        }
        if namespaces > MOST_NAMESPACES {
            return Some("it declares too many namespaces");
        }
        rest = &rest[tag.len()..];
    }
    None
}

pub(super) fn each<'a, 'd>(node: Node<'a, 'd>, name: &'static str) -> impl Iterator<Item = Node<'a, 'd>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

pub(super) fn text(node: Node, name: &'static str) -> Option<String> {
    each(node, name).last().map(content)
}

fn required(node: Node, name: &'static str) -> Result<String, Misread> {
    text(node, name).filter(|text| !text.is_empty()).ok_or(Misread::Missing(name))
}

/// Collects the text of an element as the SDK does: across comments and CDATA, and again from nothing after each start
/// of an element.
pub(super) fn content(node: Node) -> String {
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
    text(node, "LastModified")
        .map_or(Ok(()), |text| if java_takes(&text) { Ok(()) } else { Err(unreadable("LastModified", &text)) })
}

/// Returns true if `DateUtils.parseISO8601Date` accepts the date: with a fraction any zone, without one only `Z`.
fn java_takes(date: &str) -> bool {
    let Some((second, rest)) = date.split_at_checked(19) else { return false };
    let zone = match rest.strip_prefix('.') {
        None => return rest == "Z" && PrimitiveDateTime::parse(second, TO_THE_SECOND).is_ok(),
        Some(rest) => rest.trim_start_matches(|c: char| c.is_ascii_digit()),
    };
    let digits = rest.len() - 1 - zone.len();
    let offset = |zone: &str| {
        let numbers = zone.strip_prefix(['+', '-']).map(|zone| zone.replacen(':', "", 1));
        numbers.is_some_and(|numbers| numbers.len() == 4 && numbers.bytes().all(|byte| byte.is_ascii_digit()))
    };
    (1..=9).contains(&digits)
        && (zone.eq_ignore_ascii_case("z") || offset(zone))
        && PrimitiveDateTime::parse(second, TO_THE_SECOND).is_ok()
}

fn decoded(key: &str) -> Result<String, Misread> {
    let stray = key
        .split('%')
        .skip(1)
        .any(|rest| !matches!(rest.as_bytes(), [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()));
    if stray {
        return Err(Misread::Value { name: "name", text: shown(key.as_bytes(), 60) });
    }
    Ok(percent_decode_str(&key.replace('+', " ")).decode_utf8_lossy().into_owned())
}

fn unreadable(name: &'static str, text: &str) -> Misread {
    Misread::Value { name, text: shown(text.as_bytes(), 60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const XMLNS: &str = "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";

    #[test]
    fn an_upload_id_is_found_only_where_java_looks() {
        let wrong = |found: &str| Err(Misread::Root { wanted: "InitiateMultipartUploadResult", found: found.into() });
        for (body, read) in [
            (
                format!("<?xml version=\"1.0\"?>\n<InitiateMultipartUploadResult {XMLNS}><Bucket>b</Bucket><Odd/><UploadId>2~x</UploadId></InitiateMultipartUploadResult>"),
                Ok("2~x".to_owned()),
            ),
            // rclone serve s3 1.75
            ("<InitiateMultipartUpload><UploadId>x</UploadId></InitiateMultipartUpload>".into(), wrong("InitiateMultipartUpload")),
            ("<html><body>It works!</body></html>".into(), wrong("html")),
            (
                "<InitiateMultipartUploadResult><A><UploadId>x</UploadId></A></InitiateMultipartUploadResult>".into(),
                Err(Misread::Missing("UploadId")),
            ),
            (
                "<InitiateMultipartUploadResult><UploadId/></InitiateMultipartUploadResult>".into(),
                Err(Misread::Missing("UploadId")),
            ),
            // the last of several, and across comments and CDATA
            (
                "<InitiateMultipartUploadResult><UploadId>a</UploadId><UploadId>b<!-- --><![CDATA[c]]>&amp;</UploadId></InitiateMultipartUploadResult>".into(),
                Ok("bc&".to_owned()),
            ),
            (
                "\u{feff}<InitiateMultipartUploadResult><UploadId>x</UploadId></InitiateMultipartUploadResult>".into(),
                Err(Misread::NotXml("it begins with a byte order mark".into())),
            ),
            ("<s:InitiateMultipartUploadResult xmlns:s=\"u\"><s:UploadId>x</s:UploadId></s:InitiateMultipartUploadResult>".into(), Ok("x".to_owned())),
        ] {
            assert_eq!(upload_id(body.as_bytes()), read, "{body}");
        }
    }

    #[test]
    fn parts_are_read_as_strictly_as_by_java() {
        let list = |part: &str| {
            format!(
                "<ListPartsResult {XMLNS}><PartNumberMarker>0</PartNumberMarker><Part>{part}</Part></ListPartsResult>"
            )
        };
        let part = ListedPart { number: 1, etag: "e".into() };
        let unreadable = |name, text: &str| Err(Misread::Value { name, text: text.into() });
        for (body, read) in [
            (
                "<PartNumber>1</PartNumber><LastModified>2026-11-23T10:15:00.000Z</LastModified><ETag>&quot;e&quot;</ETag><Size>5</Size>",
                Ok(vec![part.clone()]),
            ),
            ("<ETag>e</ETag><PartNumber>1</PartNumber>", Ok(vec![part])),
            ("<PartNumber>one</PartNumber><ETag>e</ETag>", unreadable("PartNumber", "one")),
            ("<PartNumber>1</PartNumber><ETag>e</ETag><Size>5 B</Size>", unreadable("Size", "5 B")),
            (
                "<PartNumber>1</PartNumber><ETag>e</ETag><LastModified>yesterday</LastModified>",
                unreadable("LastModified", "yesterday"),
            ),
            ("<ETag>e</ETag>", Err(Misread::Missing("PartNumber"))),
            ("<PartNumber>1</PartNumber>", Err(Misread::Missing("ETag"))),
        ] {
            assert_eq!(parts(list(body).as_bytes()), read, "{body}");
        }
        assert_eq!(parts(b"<ListPartsResult/>"), Ok(vec![]));
    }

    #[test]
    fn dates_are_those_that_java_reads() {
        for date in [
            "2026-11-23T10:15:00.000Z",
            "2026-11-23T10:15:00Z",
            "2026-11-23T10:15:00.123456789Z",
            "2026-11-23T10:15:00.1Z",
            "2026-11-23T10:15:00.000+01:00",
            "2026-11-23T10:15:00.000+0000",
            "2026-11-23T10:15:00.000z",
        ] {
            assert!(java_takes(date), "{date}");
        }
        for date in [
            "2026-11-23T10:15:00+00:00",
            "2026-11-23 10:15:00Z",
            "yesterday",
            "",
            "2026-11-23T10:15:00",
            "Mon, 23 Nov 2026 10:15:00 GMT",
            "2026-11-23T10:15:00.1234567890Z",
            "2026-13-23T10:15:00Z",
            "2026-11-23T10:15:00.Z",
            "2026-11-23T10:15:0\u{e9}Z",
        ] {
            assert!(!java_takes(date), "{date}");
        }
    }

    #[test]
    fn an_access_list_is_read_unless_a_grantee_has_no_type() {
        let list = |grantee: &str| {
            format!(
                "<AccessControlPolicy xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><AccessControlList><Grant>{grantee}</Grant></AccessControlList></AccessControlPolicy>"
            )
        };
        let canonical = list("<Grantee xsi:type=\"CanonicalUser\"><ID>x</ID></Grantee>");
        let group = list("<Grantee xsi:type=\"Group\"><URI>u</URI></Grantee>");
        for body in [canonical.as_str(), &group, "<AccessControlPolicy/>", "<html/>"] {
            assert_eq!(acl(body.as_bytes()), Ok(()), "{body}");
        }
        assert_eq!(acl(list("<Grantee><ID>x</ID></Grantee>").as_bytes()), Err(Misread::Missing("type of a grantee")));
        assert!(matches!(acl(b"not xml"), Err(Misread::NotXml(_))));
    }

    #[test]
    fn keys_are_decoded_as_form_data_whatever_the_store_says() {
        let list = |key: &str| format!("<ListBucketResult><Contents><Key>{key}</Key></Contents></ListBucketResult>");
        for (key, read) in [
            ("upload/u_i/part-00000001%7C%7B%22a%22%3A1%2C%7D", Ok("upload/u_i/part-00000001|{\"a\":1,}")),
            ("a|{}", Ok("a|{}")),
            ("a+b%2Bc", Ok("a b+c")),
            ("100%", Err(Misread::Value { name: "name", text: "100%".into() })),
            ("%zz", Err(Misread::Value { name: "name", text: "%zz".into() })),
            ("%\u{e9}", Err(Misread::Value { name: "name", text: "%\u{e9}".into() })),
        ] {
            assert_eq!(keys(list(key).as_bytes()), read.map(|key| vec![key.to_owned()]), "{key}");
        }
        let lenient = b"<ListBucketResult><MaxKeys/><Contents><Size>x</Size><Key>a</Key></Contents></ListBucketResult>";
        assert_eq!(keys(lenient), Ok(vec!["a".to_owned()]));
        let prefix = b"<ListBucketResult><CommonPrefixes><Prefix>%zz</Prefix></CommonPrefixes></ListBucketResult>";
        assert!(keys(prefix).is_err());
        let odd = b"<ListBucketResult><IsTruncated>perhaps</IsTruncated></ListBucketResult>";
        assert_eq!(keys(odd), Err(Misread::Value { name: "IsTruncated", text: "perhaps".into() }));
    }

    #[test]
    fn an_error_is_read_from_what_stores_really_send() {
        let details =
            |details: &[(&str, &str)]| details.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
        for (body, read, words) in [
            // Ceph 16.2.15
            (
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>SignatureDoesNotMatch</Code><Message></Message><RequestId>tx1-default</RequestId></Error>",
                Fault {
                    code: "SignatureDoesNotMatch".into(),
                    message: String::new(),
                    details: details(&[("RequestId", "tx1-default")]),
                },
                "SignatureDoesNotMatch",
            ),
            ("<Error/>", Fault::default(), "an error without a code"),
            (
                "<Error><Code>\n A \n</Code><Message>no\u{202e}</Message><Region>eu</Region><Endpoint>e</Endpoint><BucketName/></Error>",
                Fault {
                    code: "A".into(),
                    message: "no\u{202e}".into(),
                    details: details(&[("BucketName", ""), ("Endpoint", "e"), ("Region", "eu")]),
                },
                "A: no\\u{202e}",
            ),
        ] {
            let fault = fault(body.as_bytes()).unwrap();
            assert_eq!((&fault, fault.to_string().as_str()), (&read, words));
            assert_eq!(fault.bucket(), None);
        }
        for body in ["", "<html/>", "HTTP", "{\"error\":1}", "<Error", "<ErrorResponse><Error/></ErrorResponse>"] {
            assert!(fault(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn an_error_inside_a_good_status_is_an_error() {
        let fault = Fault { code: "InternalError".into(), message: "again".into(), ..Fault::default() };
        let body = b"<Error><Code>InternalError</Code><Message>again</Message></Error>";
        assert_eq!(completed_etag(body), Err(Misread::Fault(fault)));
        let good = b"<CompleteMultipartUploadResult><ETag>\"e-1\"</ETag></CompleteMultipartUploadResult>";
        assert_eq!(completed_etag(good), Ok("e-1".into()));
    }

    #[test]
    fn hostile_replies_are_errors() {
        let deep = "<a>".repeat(300_000);
        let closed = format!("<ListBucketResult>{}{}</ListBucketResult>", "<a>".repeat(90_000), "</a>".repeat(90_000));
        let laughs = "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]><Error><Code>&b;</Code></Error>";
        let file = "<!DOCTYPE l [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><Error><Code>&a;</Code></Error>";
        for body in [deep.as_str(), laughs, file, "<Error>&nbsp;</Error>", "<Error>\u{0}</Error>", "\u{feff}"] {
            assert!(matches!(fault(body.as_bytes()), Err(Misread::NotXml(_))), "{body:.80}");
        }
        assert_eq!(keys(closed.as_bytes()), Ok(vec![]));
        assert_eq!(fault("\u{feff}<Error><Code>a</Code></Error>".as_bytes()).unwrap().code, "a");
        assert!(fault(b"<Error><Code>\xff\xfe</Code></Error>").unwrap().to_string().contains('\u{fffd}'));
    }

    /// The time is that of a debug build, which is about ten times slower than a release build.
    #[test]
    fn no_reply_of_the_largest_size_takes_long_to_read() {
        const MOST: usize = 1 << 20;
        let filled = |front: &str, unit: &dyn Fn(usize) -> String, back: &str| {
            let mut body = front.to_owned();
            for at in 0.. {
                let unit = unit(at);
                if body.len() + unit.len() + back.len() > MOST {
                    break;
                }
                body += &unit;
            }
            body + back
        };
        for (name, body) in [
            ("attributes", filled("<Error ", &|at| format!("a{at}='' "), "/>")),
            (
                "attributes of many",
                filled(
                    "<Error>",
                    &|_| {
                        "<a a='' b='' c='' d='' e='' f='' g='' h='' i='' j='' k='' l='' m='' n='' o='' p=''/>"
                            .to_owned()
                    },
                    "</Error>",
                ),
            ),
            ("namespaces", filled("<Error ", &|at| format!("xmlns:a{at}='u' "), "/>")),
            ("namespaces inside each other", filled("<Error>", &|at| format!("<a xmlns:a{at}='u'>"), "")),
            ("namespaces beside each other", filled("<Error>", &|at| format!("<a xmlns:a{at}='u'/>"), "</Error>")),
            ("one prefix often", filled("<Error xmlns:a='u'>", &|_| "<a:a a:a='' a:b=''/>".to_owned(), "</Error>")),
            ("elements inside each other", filled("", &|_| "<a>".to_owned(), "")),
            ("elements beside each other", filled("<Error>", &|_| "<a/>".to_owned(), "</Error>")),
            ("one name often", filled("<Error>", &|at| format!("<a{at}>1</a{at}>"), "</Error>")),
            ("references", filled("<Error><Code>", &|_| "&lt;".to_owned(), "</Code></Error>")),
            ("sections", filled("<Error><Code>", &|_| "<![CDATA[]]>".to_owned(), "</Code></Error>")),
            ("comments", filled("<Error><Code>", &|_| "<!---->1".to_owned(), "</Code></Error>")),
            ("instructions", filled("", &|_| "<?a?>".to_owned(), "<Error/>")),
            ("bytes that are not UTF-8", filled("<Error><Code>", &|_| "\u{fffd}".to_owned(), "</Code></Error>")),
            ("one tag that does not end", filled("<Error a='", &|_| "<".to_owned(), "")),
            ("tags that do not end", filled("", &|_| "<a='".to_owned(), "")),
            (
                "keys",
                filled(
                    "<ListBucketResult>",
                    &|at| format!("<Contents><Key>{at}</Key></Contents>"),
                    "</ListBucketResult>",
                ),
            ),
            ("spaces", filled("<Error><Code>", &|_| " ".to_owned(), "</Code></Error>")),
        ] {
            let begun = std::time::Instant::now();
            drop((fault(body.as_bytes()), keys(body.as_bytes()), acl(body.as_bytes())));
            let took = begun.elapsed();
            assert!(took < std::time::Duration::from_secs(3), "{name}: {took:?}");
        }
    }

    #[test]
    fn an_access_list_of_a_hundred_grants_is_read() {
        let grant = "<Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\"><URI>u</URI></Grantee></Grant>";
        let body = format!(
            "<AccessControlPolicy {XMLNS}><AccessControlList>{}</AccessControlList></AccessControlPolicy>",
            grant.repeat(100)
        );
        assert_eq!(acl(body.as_bytes()), Ok(()));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(body: Vec<u8>, text in "[<>/&;a-zA-Z\"=! %]{0,60}") {
            for body in [&body[..], text.as_bytes(), format!("<Error>{text}</Error>").as_bytes()] {
                let _ = (fault(body), keys(body), parts(body), upload_id(body), completed_etag(body), root(body), acl(body));
            }
        }
    }
}
