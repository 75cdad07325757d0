//! Signs requests for Azure Blob Storage as Score (azure-storage 4.4.0) and score-client (8.6.6) do: with the shared
//! key, and with a SAS by stored access policy. Knows nothing of connections, and has no clock.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Method, header::InvalidHeaderValue};
use ring::hmac;
use roxmltree::Node;
use time::{Duration, OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::{
    request::{Query, Request, encoded, joined},
    sign::{CLIENT_AGENT, HTTP_DATE, Presigned, Signed, stamp},
    xml::{self, Misread},
};
use crate::text::{endpoint::Endpoint, secret::Secret};

/// The service version that azure-storage 4.4.0 speaks, and signs for.
const SERVER_VERSION: &str = "2015-12-11";
const SERVER_AGENT: &str = "Azure-Storage/4.4.0 (JavaJRE 11.0.16; Linux 5.15)";
/// The service version that score-client's own azure-storage 8.6.6 speaks when it uploads.
const UPLOAD_VERSION: &str = "2019-02-02";
const UPLOAD_AGENT: &str = "Azure-Storage/8.6.6 (JavaJRE 11.0.16; Linux 5.15)";
const TO_THE_SECOND: &[BorrowedFormatItem] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
/// The age of the start time in Score's URLs: 15 min (Score 5.11 `AzureURLGenerator.java:108-115`).
const EARLIER: Duration = Duration::minutes(15);

/// The fields of a stored access policy. Score puts start and expiry into each SAS, and Azure refuses a SAS if its
/// policy sets them too.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Policy {
    /// The start time as the container gives it; empty if there is none.
    pub start: String,
    pub expiry: String,
    /// The permissions as letters, such as `rl`.
    pub permissions: String,
}

/// The storage account and its key, and the endpoint.
#[derive(Debug, Clone)]
pub struct Account {
    pub endpoint: Endpoint,
    pub name: String,
    key: hmac::Key,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The account key is not base64.")]
pub struct BadKey;

impl Account {
    /// Makes an account from its name and key.
    ///
    /// # Errors
    /// Returns an error if Java's strict decoder does not accept the key as base64.
    pub fn new(endpoint: Endpoint, name: &str, key: &Secret) -> Result<Self, BadKey> {
        let key = STANDARD.decode(key.for_signing()).map_err(|_| BadKey)?;
        Ok(Self { endpoint, name: name.to_owned(), key: hmac::Key::new(hmac::HMAC_SHA256, &key) })
    }

    /// Signs a request as Score's server does.
    #[must_use]
    pub fn by_header(&self, request: &Request, now: OffsetDateTime) -> Signed {
        let mut headers: BTreeMap<&'static str, String> = request.headers.iter().cloned().collect();
        let body = request.body.bytes();
        for (name, value) in [
            ("accept", "application/xml".to_owned()),
            ("accept-charset", "UTF-8".to_owned()),
            ("user-agent", SERVER_AGENT.to_owned()),
            ("x-ms-client-request-id", uuid::Uuid::new_v4().to_string()),
            ("x-ms-date", stamp(now, HTTP_DATE)),
            ("x-ms-version", SERVER_VERSION.to_owned()),
        ] {
            headers.entry(name).or_insert(value);
        }
        if request.method == Method::PUT {
            headers.insert("content-length", body.len().to_string());
        }
        let target = self.target(request, &request.query);
        let query = request.query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let sent = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let signature = self.shared_key(&request.method, &target, query, &sent);
        headers.insert("authorization", format!("SharedKey {}:{signature}", self.name));
        headers.insert("host", self.endpoint.authority());
        Signed { method: request.method.clone(), endpoint: self.endpoint.clone(), target, headers, body }
    }

    /// Signs a request that another library made for this account. Its URI is path and query.
    ///
    /// # Errors
    /// Returns an error if the account name has a character that cannot be in a header.
    pub(crate) fn sign_made(
        &self,
        request: &mut http::Request<Bytes>,
        now: OffsetDateTime,
    ) -> Result<(), InvalidHeaderValue> {
        let length = request.body().len().to_string();
        let headers = request.headers_mut();
        headers.insert("x-ms-date", stamp(now, HTTP_DATE).parse()?);
        let target = request.uri().to_string();
        let pairs = target.split_once('?').map_or("", |(_, query)| query);
        let pairs: Vec<_> = url::form_urlencoded::parse(pairs.as_bytes()).collect();
        let query = pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
        let headers = request.headers().iter();
        let mut sent: BTreeMap<_, _> =
            headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect();
        sent.insert("content-length", &length);
        let signature = self.shared_key(request.method(), &target, query, &sent);
        let authorization = format!("SharedKey {}:{signature}", self.name).parse()?;
        request.headers_mut().insert("authorization", authorization);
        Ok(())
    }

    /// Makes the request of a client that follows a URL by Score's server, signed by a stored access policy (Score 5.11
    /// `AzureURLGenerator.java:81-122`). The URL has start and expiry, and no permissions.
    #[must_use]
    pub fn by_policy(&self, request: &Request, policy: &str, days: u32, now: OffsetDateTime) -> Presigned {
        let start = stamp(now - EARLIER, TO_THE_SECOND);
        let expiry = stamp(now.saturating_add(Duration::days(i64::from(days))), TO_THE_SECOND);
        let signature = self.sas(&request.bucket, &request.key, policy, (&start, &expiry));
        let mut query = request.query.clone();
        query.push(("sig", signature));
        let mut headers: BTreeMap<&'static str, String> = request.headers.iter().cloned().collect();
        if request.method == Method::PUT {
            query.push(("api-version", UPLOAD_VERSION.to_owned()));
            headers.insert("x-ms-version", UPLOAD_VERSION.to_owned());
            headers.insert("user-agent", UPLOAD_AGENT.to_owned());
            headers.insert("x-ms-client-request-id", uuid::Uuid::new_v4().to_string());
            headers.insert("content-length", request.body.bytes().len().to_string());
        } else {
            headers.insert("accept-encoding", "gzip,deflate".to_owned());
            headers.insert("user-agent", CLIENT_AGENT.to_owned());
        }
        query.extend([
            ("st", start),
            ("se", expiry),
            ("sv", SERVER_VERSION.to_owned()),
            ("si", policy.to_owned()),
            ("sr", "b".to_owned()),
        ]);
        let scheme = if self.endpoint.secure { "https" } else { "http" };
        Presigned {
            method: request.method.clone(),
            url: format!("{scheme}://{}{}", self.endpoint.authority(), self.target(request, &query)),
            headers,
            body: request.body.bytes(),
            endpoint: self.endpoint.clone(),
        }
    }

    /// Returns path and query. A container has no slash after its name, as azure-storage writes it.
    fn target(&self, request: &Request, query: &Query) -> String {
        let resource = request.resource();
        let path = if request.key.is_empty() { resource.trim_end_matches('/') } else { &resource };
        let question = if query.is_empty() { "" } else { "?" };
        format!("{}{path}{question}{}", self.endpoint.base, joined(query, "=", encoded))
    }

    /// Makes the signature of a request (learn.microsoft.com "Authorize with Shared Key", versions from 2015-02-21 on).
    fn shared_key(
        &self,
        method: &Method,
        target: &str,
        mut query: Vec<(&str, &str)>,
        headers: &BTreeMap<&str, &str>,
    ) -> String {
        let header = |name| headers.get(name).map_or("", |value| value.trim());
        let length = Some(header("content-length")).filter(|length| *length != "0").unwrap_or_default();
        let mut text = format!("{method}\n");
        for value in [
            header("content-encoding"),
            header("content-language"),
            length,
            header("content-md5"),
            header("content-type"),
            "", // Date: x-ms-date says it
            header("if-modified-since"),
            header("if-match"),
            header("if-none-match"),
            header("if-unmodified-since"),
            header("range"),
        ] {
            text.push_str(value);
            text.push('\n');
        }
        for (name, value) in headers.iter().filter(|(name, _)| name.starts_with("x-ms-")) {
            text.extend([name, ":", value.trim(), "\n"]);
        }
        let path = target.split('?').next().unwrap_or_default();
        text.extend(["/", &self.name, path]);
        query.sort_unstable();
        for (name, value) in query {
            text.extend(["\n", name, ":", value]);
        }
        self.sign(&text)
    }

    /// Makes the signature of a URL (learn.microsoft.com "Create a service SAS", version 2015-12-11).
    fn sas(&self, container: &str, blob: &str, policy: &str, (start, expiry): (&str, &str)) -> String {
        let resource = format!("/blob/{}/{container}/{blob}", self.name);
        self.sign(&["", start, expiry, &resource, policy, "", "", SERVER_VERSION, "", "", "", "", ""].join("\n"))
    }

    fn sign(&self, text: &str) -> String {
        STANDARD.encode(hmac::sign(&self.key, text.as_bytes()))
    }
}

/// Reads the stored access policies of a container, by name, in the order of the reply.
///
/// # Errors
/// Returns an error if the reply to `comp=acl` cannot be read.
pub fn policies(body: &[u8]) -> Result<Vec<(String, Policy)>, Misread> {
    // The policies are written back later, so no byte may be replaced
    let text = std::str::from_utf8(body).map_err(|why| Misread::NotXml(why.to_string()))?;
    xml::read(xml::unmarked(text.as_bytes()), "SignedIdentifiers", |root| Ok(identifiers(root)))
}

/// Reads the names in a list of blobs (`comp=list`), and whether more follow. Azure may end a page at any length.
///
/// # Errors
/// Returns an error if the reply is not such a list.
pub fn blobs(body: &[u8]) -> Result<(Vec<String>, bool), Misread> {
    xml::read(xml::unmarked(body), "EnumerationResults", |root| {
        let is = |node: &Node, name: &str| node.tag_name().name() == name;
        let all = root.children().filter(|node| is(node, "Blobs")).flat_map(|list| list.children());
        let names = all
            .filter(|node| is(node, "Blob"))
            .filter_map(|blob| blob.children().find(|node| is(node, "Name")).map(xml::content));
        let more = root.children().any(|node| is(&node, "NextMarker") && !xml::content(node).is_empty());
        Ok((names.collect(), more))
    })
}

/// Reads the description of an error; empty if the body has none.
pub(crate) fn fault(body: &[u8]) -> xml::Fault {
    xml::fault(body).unwrap_or_default()
}

fn identifiers(root: Node) -> Vec<(String, Policy)> {
    let said = |node: Option<Node>| node.map(xml::content).unwrap_or_default();
    let identifiers = root.children().filter(|node| node.tag_name().name() == "SignedIdentifier");
    identifiers
        .map(|node| {
            let policy = child(node, "AccessPolicy");
            let part = |name| said(policy.and_then(|policy| child(policy, name)));
            let policy = Policy { start: part("Start"), expiry: part("Expiry"), permissions: part("Permission") };
            (said(child(node, "Id")), policy)
        })
        .collect()
}

fn child<'a>(node: Node<'a, 'a>, name: &str) -> Option<Node<'a, 'a>> {
    node.children().find(|child| child.tag_name().name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(endpoint: &str) -> Account {
        let key = Secret::new(STANDARD.encode([0; 64]));
        Account::new(Endpoint::parse(endpoint).unwrap(), "acct", &key).unwrap()
    }

    #[test]
    fn a_list_of_blobs_is_read_by_its_names() {
        let list = |blobs: &str| {
            format!(
                "\u{feff}<?xml version=\"1.0\"?><EnumerationResults ContainerName=\"c\"><Prefix>p</Prefix>\
                 <Blobs>{blobs}</Blobs><NextMarker/></EnumerationResults>"
            )
        };
        let names = blobs(
            list("<Blob><Name>a/b</Name></Blob><BlobPrefix><Name>x</Name></BlobPrefix><Blob><Name>c</Name></Blob>")
                .as_bytes(),
        );
        assert_eq!(names, Ok((vec!["a/b".to_owned(), "c".to_owned()], false)));
        assert_eq!(blobs(list("").as_bytes()), Ok((Vec::new(), false)));
        let first = list("").replace("<NextMarker/>", "<NextMarker>2!abc</NextMarker>");
        assert_eq!(blobs(first.as_bytes()), Ok((Vec::new(), true)));
        assert!(blobs(b"<html/>").is_err());
    }

    /// Compares with a SAS that azure-storage 4.4.0 signed.
    #[test]
    fn a_sas_is_signed_as_the_library_under_score_signs_it() {
        let times = ("2023-11-14T22:13:20Z", "2023-11-15T22:13:20Z");
        let signature =
            account("https://acct.blob.core.windows.net").sas("data", "heliograph", "DownloadPolicy", times);
        assert_eq!(signature, "Wn369vENkY5wYxqE7yTzE7rW34UjKnbtfGAb0F4Tu4Q=");
    }

    #[test]
    fn a_url_names_the_policy_and_its_times_and_no_permissions() {
        let now = OffsetDateTime::from_unix_timestamp(1_700_000_000 + 900).unwrap();
        let request = Request::new(Method::GET, "data", "heliograph");
        let url = account("http://127.0.0.1:10000/acct").by_policy(&request, "DownloadPolicy", 1, now).url;
        let (path, query) = url.split_once('?').unwrap();
        assert_eq!(path, "http://127.0.0.1:10000/acct/data/heliograph");
        let names: Vec<_> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
        assert_eq!(names, ["sig", "st", "se", "sv", "si", "sr"]);
        assert!(query.contains("st=2023-11-14T22%3A13%3A20Z&se=2023-11-15T22%3A28%3A20Z"), "{query}");
    }

    #[test]
    fn a_container_has_no_slash_behind_it() {
        let request = Request::new(Method::HEAD, "data", "").query("restype", "container");
        let signed = account("http://h/acct").by_header(&request, OffsetDateTime::UNIX_EPOCH);
        assert_eq!(signed.target, "/acct/data?restype=container");
        assert_eq!(signed.headers["x-ms-date"], "Thu, 01 Jan 1970 00:00:00 GMT");
    }

    #[test]
    fn policies_are_read_in_their_order() {
        let body = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><SignedIdentifiers><SignedIdentifier><Id>a</Id>\
            <AccessPolicy><Start>s</Start><Expiry/><Permission>rl</Permission></AccessPolicy></SignedIdentifier>\
            <SignedIdentifier><Id>b<!-- c -->&amp;<![CDATA[<]]></Id></SignedIdentifier></SignedIdentifiers>";
        let policy = Policy { start: "s".into(), expiry: String::new(), permissions: "rl".into() };
        assert_eq!(policies(body.as_bytes()), Ok(vec![("a".into(), policy), ("b&<".into(), Policy::default())]));
        assert_eq!(policies(b"<SignedIdentifiers/>"), Ok(Vec::new()));
        assert!(matches!(policies(b"<html/>"), Err(Misread::Root { .. })));
        let long = format!("<{}/>", "a".repeat(9999));
        assert!(policies(long.as_bytes()).unwrap_err().to_string().len() < 200, "a stranger's words are cut");
    }
}
