//! Reads what any HTTP reply shows about its sender: its kind if it is not a store, and its clock. Pure.

use time::{OffsetDateTime, format_description::well_known::Rfc2822};

use crate::{
    store::probe::{Reply, xml},
    text::shown,
};

/// Returns a header, or an empty text.
pub(in crate::store::checks) fn header<'a>(reply: &'a Reply, name: &str) -> &'a str {
    reply.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Returns true if the body is a web page.
pub(in crate::store::checks) fn is_html(reply: &Reply) -> bool {
    let start = String::from_utf8_lossy(&reply.body[..reply.body.len().min(256)]).trim_start().to_ascii_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html")
}

/// Returns true if the body is text of a web server or of a firewall, and not the XML of a store.
pub(in crate::store::checks) fn is_page(reply: &Reply) -> bool {
    !reply.body.trim_ascii().is_empty() && (is_html(reply) || xml::root(&reply.body).is_err())
}

/// Returns the target of a redirect without its query, which may contain a token or a signature.
pub(in crate::store::checks) fn location(reply: &Reply) -> String {
    let whole = header(reply, "location");
    let shown_part = whole.split(['?', '#']).next().unwrap_or_default();
    let target = match shown_part.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
            let host = authority.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}{path}")
        }
        None => shown_part.to_owned(),
    };
    let cut = if shown_part.len() < whole.len() { "?…" } else { "" };
    shown(format!("{target}{cut}").as_bytes(), 120)
}

/// Describes in a few words a reply that does not come from a store.
pub(in crate::store::checks) fn describe(reply: &Reply) -> String {
    let first = reply.body.iter().find(|byte| !byte.is_ascii_whitespace());
    let what = match first {
        _ if reply.status.is_redirection() => match location(reply) {
            to if to.is_empty() => "a redirect",
            to => return format!("a redirect to {to}"),
        },
        _ if is_html(reply) => match title(reply).or_else(|| first_words(reply)) {
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

/// Returns the first words of a web page that has no title: firewalls name themselves there.
fn first_words(reply: &Reply) -> Option<String> {
    let start = String::from_utf8_lossy(&reply.body[..reply.body.len().min(4096)]).into_owned();
    let mut inside = false;
    let text: String = start
        .chars()
        .filter_map(|letter| match letter {
            '<' => {
                inside = true;
                Some(' ')
            }
            '>' => {
                inside = false;
                None
            }
            letter => (!inside).then_some(letter),
        })
        .collect();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(shown(words.as_bytes(), 60)).filter(|words| !words.is_empty())
}

/// Returns the time of the sender, by its `Date`.
pub(in crate::store::checks) fn store_time(reply: &Reply) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(header(reply, "date"), &Rfc2822).ok()
}

/// Returns how many seconds this machine is ahead of the sender of the reply, by its `Date`. `received`: when it came.
pub(in crate::store::checks) fn ahead((reply, received): &(Reply, OffsetDateTime)) -> Option<i64> {
    let date = store_time(reply)?;
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};

    use super::*;

    fn reply(status: u16, location: &str, body: &'static str) -> Reply {
        let mut headers = HeaderMap::new();
        if !location.is_empty() {
            headers.insert("location", location.parse().unwrap());
        }
        Reply {
            repeated: Vec::new(),
            sent: String::new(),
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            body: Bytes::from_static(body.as_bytes()),
            version: http::Version::HTTP_11,
            elapsed: std::time::Duration::ZERO,
        }
    }

    #[test]
    fn the_target_of_a_redirect_is_shown_without_its_secrets() {
        for (location, wanted) in [
            ("https://login.example/sign-in?token=canary#x", "a redirect to https://login.example/sign-in?…"),
            ("https://user:canary@login.example/", "a redirect to https://login.example/"),
            ("/login?X-Amz-Signature=canary", "a redirect to /login?…"),
            ("", "a redirect"),
        ] {
            assert_eq!(describe(&reply(302, location, "")), wanted);
        }
    }

    #[test]
    fn a_page_is_described_by_its_own_words() {
        for (body, wanted) in [
            ("<html><head><title>Request Rejected</title></head></html>", "a web page, \"Request Rejected\""),
            ("<!DOCTYPE html><html><body><h1>Blocked</h1><p>id 17", "a web page, \"Blocked id 17\""),
            ("<html></html>", "a web page"),
            ("{}", "JSON"),
        ] {
            assert_eq!(describe(&reply(403, "", body)), wanted);
        }
        for (body, page) in [("<html></html>", true), ("denied", true), ("{}", true), ("", false), ("<Error/>", false)]
        {
            assert_eq!(is_page(&reply(403, "", body)), page, "{body}");
        }
    }
}
