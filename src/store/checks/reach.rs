//! Address, port, what answers there, the clock: everything before keys matter. Knows nothing of buckets.

use std::{net::SocketAddr, sync::Mutex, time::Duration};

use http::Method;
use time::{OffsetDateTime, format_description::well_known::Rfc2822};
use tokio::time::Instant;

use super::{
    Finding, Outcome, advice,
    pace::Pace,
    storage::{Told, first_reply},
    visit::{Visit, lock},
};
use crate::{
    score::provider::providers,
    store::probe::{Failure, Reply, Request, Sender, connect, resolve, xml},
    text::{Endpoint, shown},
};

/// For a second question that only tells two causes apart: this much, and some of the ways there and back that the
/// connection shows.
pub(super) const SECOND: Duration = Duration::from_millis(500);
pub(super) const WAYS: u32 = 4;

/// What every kind of store is first reached with.
#[derive(Clone, Copy)]
pub(super) struct Way<'a> {
    pub(super) endpoint: &'a Endpoint,
    pub(super) sender: &'a Sender,
    /// Set by the check of the address.
    pub(super) addresses: &'a Mutex<Vec<SocketAddr>>,
    pub(super) pace: Pace,
}

pub(super) fn way(visit: &Visit) -> Way<'_> {
    Way { endpoint: &visit.endpoint, sender: &visit.sender, addresses: &visit.addresses, pace: visit.pace }
}

pub(super) async fn address(visit: &Visit) -> Told {
    Ok(resolved(way(visit)).await.map_err(|failure| visit.unanswered(&failure))?)
}

pub(super) async fn port(visit: &Visit) -> Told {
    let port = connected(way(visit)).await.map_err(|failure| visit.unanswered(&failure))?;
    Ok(match visit.proxy() {
        None => port,
        Some(proxy) => format!("{port}, straight: {} is not used, as Score does not", proxy.variable),
    })
}

pub(super) async fn resolved(way: Way<'_>) -> Result<String, Failure> {
    let (host, port) = way.sender.address_of(way.endpoint);
    let addresses = resolve(host, port, way.pace.stage()).await?;
    let mut shown: Vec<String> = addresses.iter().take(3).map(|address| address.ip().to_string()).collect();
    if addresses.len() > 3 {
        shown.push(format!("{} more", addresses.len() - 3));
    }
    *lock(way.addresses) = addresses;
    Ok(shown.join(", "))
}

pub(super) async fn connected(way: Way<'_>) -> Result<String, Failure> {
    let addresses = lock(way.addresses).clone();
    let stream = connect(&addresses, way.pace.connection()).await?;
    Ok(stream.peer_addr().map(|address| address.port().to_string()).unwrap_or_default())
}

/// Whether S3 is spoken there. An unsigned GET may be answered by anything: Ceph lists no buckets with 200, Swift sends
/// plain text with 404; where it says nothing, Score's own first request decides.
pub(super) async fn service(visit: &Visit) -> Told {
    let endpoint = &visit.endpoint;
    let reply = match visit.stranger(&Request::new(Method::GET, "", ""), visit.pace.stage()).await {
        Ok(reply) => reply,
        Err(failure @ (Failure::Closed(_) | Failure::Reset(_)))
            if !endpoint.secure && greets_in_tls(way(visit)).await =>
        {
            return Err(advice::tls_port(endpoint, advice::Asked::Store).saw(failure.to_string()).into());
        }
        Err(failure) => return Err(visit.unanswered(&failure).into()),
    };
    *lock(&visit.greeting) = Some((reply.clone(), OffsetDateTime::now_utc()));
    if let Some(finding) = mistaken(visit, &reply) {
        return Err(finding.seen(&reply).into());
    }
    if !s3(&reply) {
        if visit.scope == crate::score::Scope::Reach {
            let page = reply.status.is_redirection() || reply.status.is_success() && !reply.body.is_empty();
            return if page { Err(not_s3(visit, &reply).into()) } else { Ok("answers".to_owned()) };
        }
        let signed = first_reply(visit).await?;
        if let Some(finding) = mistaken(visit, &signed) {
            return Err(finding.seen(&signed).into());
        }
        let gateway = signed.status.is_server_error() && signed.status.as_u16() != 501;
        // a bare no to everybody may be anybody's: what is said at sign-in
        let wordless = matches!(signed.status.as_u16(), 401 | 403) && signed.body.is_empty();
        if !s3(&signed) && !gateway && !wordless {
            return Err(not_s3(visit, if reply.status.is_redirection() { &reply } else { &signed }).into());
        }
        return Ok(name(&signed).unwrap_or_default().to_owned());
    }
    Ok(name(&reply).unwrap_or_default().to_owned())
}

fn not_s3(visit: &Visit, reply: &Reply) -> Finding {
    let finding = match elsewhere(&visit.endpoint, reply) {
        Some(to) => advice::redirected(to),
        None => advice::not_s3(&visit.endpoint, &odd(reply)),
    };
    finding.seen(reply)
}

/// Where a redirect leads to with path and all, as an endpoint: another scheme, host or port.
fn elsewhere(endpoint: &Endpoint, reply: &Reply) -> Option<String> {
    if !reply.status.is_redirection() {
        return None;
    }
    let to = Endpoint::parse(header(reply, "location")).ok()?;
    (to.base == endpoint.base && to.root() != endpoint.root()).then(|| format!("{}{}", to.root(), to.base))
}

/// A TLS server without a word for plain HTTP closes the connection.
pub(super) async fn greets_in_tls(way: Way<'_>) -> bool {
    let addresses = lock(way.addresses).clone();
    let begun = Instant::now();
    let Ok(stream) = connect(&addresses, SECOND * WAYS).await else { return false };
    let limit = SECOND + begun.elapsed() * WAYS;
    // a certificate that is not trusted, or an alert, is TLS as well
    matches!(
        way.sender.handshake(stream, way.endpoint, limit).await,
        Ok(_)
            | Err(Failure::Certificate(_)
                | Failure::Tls(rustls::Error::InvalidCertificate(_) | rustls::Error::AlertReceived(_)))
    )
}

/// Errors that name their cause: a console, or a TLS port.
fn mistaken(visit: &Visit, reply: &Reply) -> Option<Finding> {
    let start = &reply.body[..reply.body.len().min(4096)];
    let text = String::from_utf8_lossy(start).to_ascii_lowercase();
    let server = header(reply, "server").to_ascii_lowercase();
    // Go's net/http, nginx, and Apache in this order
    let plain_to_tls = [
        "an http request to an https server",
        "plain http request was sent to https port",
        "speaking plain http to an ssl-enabled",
    ]
    .iter()
    .any(|words| text.contains(words));
    if plain_to_tls && !visit.endpoint.secure {
        return Some(advice::tls_port(&visit.endpoint, advice::Asked::Store));
    }
    // nginx greets, and only then says that it wants one
    if text.contains("no required ssl certificate was sent") {
        return Some(advice::tls::wants_certificate(&visit.endpoint, advice::Asked::Store));
    }
    if reply.status.as_u16() == 407 {
        return Some(advice::proxy_asks_who(&visit.endpoint));
    }
    // MinIO's console, old and new
    let console = server.contains("minio console")
        || text.contains("s3 api requests must be made to api port")
        || text.contains("s3 api request made to console port")
        || text.contains("<title>minio console</title>");
    console.then(|| {
        let port = visit.endpoint.port;
        let known = providers().iter().flat_map(|provider| &provider.console_ports);
        let api = known.into_iter().find(|pair| pair.console == port).map(|pair| pair.api);
        advice::console_port(&visit.endpoint, api)
    })
}

/// Roots and headers that nothing but S3 sends.
fn s3(reply: &Reply) -> bool {
    let root = String::from_utf8_lossy(&reply.body[..reply.body.len().min(512)]).into_owned();
    xml::fault(&reply.body).is_ok_and(|fault| !fault.code.is_empty())
        || ["<ListAllMyBucketsResult", "<ListBucketResult"].iter().any(|start| root.contains(start))
        || reply.headers.contains_key("x-amz-request-id") && !html(reply)
}

fn html(reply: &Reply) -> bool {
    let start = String::from_utf8_lossy(&reply.body[..reply.body.len().min(256)]).trim_start().to_ascii_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html")
}

/// What it is instead, in a few words.
pub(super) fn odd(reply: &Reply) -> String {
    let first = reply.body.iter().find(|byte| !byte.is_ascii_whitespace());
    let what = match first {
        _ if reply.status.is_redirection() => match shown(header(reply, "location").as_bytes(), 80) {
            to if to.is_empty() => "a redirect",
            to => return format!("a redirect to {to}"),
        },
        _ if html(reply) => match title(reply) {
            Some(title) => return format!("a web page, \"{title}\""),
            None => "a web page",
        },
        Some(b'{' | b'[') => "JSON",
        Some(b'<') => "XML of another kind",
        Some(_) => "plain text",
        None => "nothing but a status",
    };
    what.to_owned()
}

/// Of a web page: login pages of networks and error pages of proxies name themselves there.
fn title(reply: &Reply) -> Option<String> {
    let start = String::from_utf8_lossy(&reply.body[..reply.body.len().min(4096)]).into_owned();
    // letter by letter of the same length, so places are the same
    let small = start.to_ascii_lowercase();
    let from = small.find("<title>")? + "<title>".len();
    let to = from + small[from..].find("</title>")?;
    Some(shown(&start.as_bytes()[from..to], 60)).filter(|title| !title.is_empty())
}

/// Who answers, where it gives itself away.
fn name(reply: &Reply) -> Option<&'static str> {
    let server = header(reply, "server").to_ascii_lowercase();
    let id = header(reply, "x-amz-request-id");
    [("minio", "MinIO"), ("amazons3", "AWS"), ("seaweedfs", "SeaweedFS"), ("ceph", "Ceph"), ("garage", "Garage")]
        .into_iter()
        .find(|(word, _)| server.contains(word))
        .map(|(_, name)| name)
        .or(is_ceph(reply).then_some("Ceph"))
        .or((id.starts_with("tx") && reply.headers.contains_key("x-trans-id")).then_some("Swift"))
}

/// By its request ids: tx, hexadecimal digits, the zone; it calls itself nothing.
pub(super) fn is_ceph(reply: &Reply) -> bool {
    let id = header(reply, "x-amz-request-id");
    header(reply, "server").is_empty() && id.starts_with("tx") && id.contains('-')
}

pub(super) fn header<'a>(reply: &'a Reply, name: &str) -> &'a str {
    reply.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// How many seconds this machine is ahead of the store, as its `Date` says.
pub(super) fn skew(visit: &Visit) -> Option<i64> {
    ahead(&lock(&visit.greeting).clone()?)
}

/// The same of a refusal that tells when it was asked and what the time is (AWS; many others leave that out).
pub(super) fn told_skew(fault: &xml::Fault) -> Option<i64> {
    let told = |name: &str| fault.details.get(name).map(String::as_str);
    let server = OffsetDateTime::parse(told("ServerTime")?, &time::format_description::well_known::Rfc3339).ok()?;
    let skew: time::Duration = OffsetDateTime::now_utc() - server;
    Some(skew.whole_seconds())
}

/// `heard`: when the reply was there.
pub(super) fn ahead((reply, heard): &(Reply, OffsetDateTime)) -> Option<i64> {
    let date = OffsetDateTime::parse(header(reply, "date"), &Rfc2822).ok()?;
    // the header has no fractions: the second it names is on average half over; and it was written on the way
    let written = date + time::Duration::milliseconds(500);
    let halfway: OffsetDateTime = *heard - reply.elapsed / 2;
    let ahead: time::Duration = halfway - written;
    Some(ahead.whole_seconds())
}

pub(super) fn in_words(skew: i64) -> String {
    match skew {
        0 => "within 1 s".to_owned(),
        1.. => format!("{skew} s ahead"),
        _ => format!("{} s behind", skew.unsigned_abs()),
    }
}

pub(super) fn clock(visit: &Visit) -> Told {
    clock_of(lock(&visit.greeting).clone().as_ref())
}

pub(super) fn clock_of(greeting: Option<&(Reply, OffsetDateTime)>) -> Told {
    match greeting.and_then(ahead) {
        None => Err(Outcome::NotProbed("the store tells no time".to_owned())),
        Some(skew) if skew.abs() > 300 => {
            let date = greeting.map(|(reply, _)| header(reply, "date")).unwrap_or_default();
            Err(advice::clock(Some(skew), false).saw(format!("Date: {}", shown(date.as_bytes(), 60))).into())
        }
        Some(skew) => Ok(in_words(skew)),
    }
}
