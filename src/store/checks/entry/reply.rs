//! Reads what any HTTP reply shows about its sender: its kind if it is not a store, and its clock. Pure.

use time::{OffsetDateTime, format_description::well_known::Rfc2822};

use crate::{store::probe::Reply, text::shown};

/// Returns a header, or an empty text.
pub(in crate::store::checks) fn header<'a>(reply: &'a Reply, name: &str) -> &'a str {
    reply.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Returns true if the body is a web page.
pub(in crate::store::checks) fn is_html(reply: &Reply) -> bool {
    let start = String::from_utf8_lossy(&reply.body[..reply.body.len().min(256)]).trim_start().to_ascii_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html")
}

/// Describes in a few words a reply that does not come from a store.
pub(in crate::store::checks) fn describe(reply: &Reply) -> String {
    let first = reply.body.iter().find(|byte| !byte.is_ascii_whitespace());
    let what = match first {
        _ if reply.status.is_redirection() => match shown(header(reply, "location").as_bytes(), 80) {
            to if to.is_empty() => "a redirect",
            to => return format!("a redirect to {to}"),
        },
        _ if is_html(reply) => match title(reply) {
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

/// Returns the title of a web page: login pages of networks and error pages of proxies name themselves there.
fn title(reply: &Reply) -> Option<String> {
    let start = String::from_utf8_lossy(&reply.body[..reply.body.len().min(4096)]).into_owned();
    // ASCII lower case keeps all lengths, so positions are the same in both texts
    let small = start.to_ascii_lowercase();
    let from = small.find("<title>")? + "<title>".len();
    let to = from + small[from..].find("</title>")?;
    Some(shown(&start.as_bytes()[from..to], 60)).filter(|title| !title.is_empty())
}

/// Returns how many seconds this machine is ahead of the sender of the reply, by its `Date`. `received`: when it came.
pub(in crate::store::checks) fn ahead((reply, received): &(Reply, OffsetDateTime)) -> Option<i64> {
    let date = OffsetDateTime::parse(header(reply, "date"), &Rfc2822).ok()?;
    // the header has no fractions: on average half of its second is over, and it was written half way
    let written = date + time::Duration::milliseconds(500);
    let halfway: OffsetDateTime = *received - reply.elapsed / 2;
    let ahead: time::Duration = halfway - written;
    Some(ahead.whole_seconds())
}

/// Writes the difference of two clocks in words.
pub(in crate::store::checks) fn in_words(skew: i64) -> String {
    match skew {
        0 => "within 1 s".to_owned(),
        1.. => format!("{skew} s ahead"),
        _ => format!("{} s behind", skew.unsigned_abs()),
    }
}
