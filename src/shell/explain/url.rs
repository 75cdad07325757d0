//! Describes a pre-signed URL, and a store's refusal of it. The output contains neither its signature nor the URL
//! itself.

use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    store::{
        checks::advice::url_refused,
        probe::{By, SignedUrl, xml},
    },
    text::shown,
};

/// Describes the URL. `text` is the whole input, which may contain the store's reply.
pub(super) fn describe(url: &SignedUrl, text: &str, now: OffsetDateTime) -> String {
    let words = |text: &str| shown(text.as_bytes(), 120);
    let (bucket, key) = url.bucket_and_key();
    let (kind, bucket_word) = if matches!(url.by, By::Sas { .. }) { ("Azure", "container") } else { ("S3", "bucket") };
    let mut parts =
        vec![("store", words(&url.endpoint.root())), (bucket_word, words(&bucket)), ("object", words(&key))];
    match &url.by {
        By::V4 { key, region, headers, made, .. } => parts.extend([
            ("signature", format!("version 4, for region {}, covering {}", words(region), words(headers))),
            ("key id", words(key)),
            ("made", stamp(*made)),
        ]),
        By::V2 { key, .. } => parts.extend([("signature", "version 2".to_owned()), ("key id", words(key))]),
        By::Sas { policy, allows, start, .. } => {
            let itself = || format!("none; it allows {} itself", words(allows.as_deref().unwrap_or("nothing")));
            parts.push(("policy", policy.as_deref().map_or_else(itself, words)));
            parts.extend(start.map(|start| ("from", stamp(start))));
        }
    }
    parts.extend(url.ends().map(|end| ("until", format!("{}: {}", stamp(end), standing(url, end, now)))));
    let mut said = vec![format!("A pre-signed URL of {kind}.")];
    said.extend(parts.iter().map(|(name, value)| format!("  {name:<10} {value}")));
    said.push(
        "If the URL is refused, the store refuses it. Score only made the URL, and the client only follows it."
            .to_owned(),
    );
    if url.path.first().is_some_and(String::is_empty) {
        said.push("Two slashes begin its path: s3.endpoint ends with one [P28].".to_owned());
    }
    match refusal(text) {
        Some((status, code, words)) => {
            let finding = url_refused(url, status, &code, &words);
            said.push(format!("{} [{}]", finding.summary, finding.id));
            said.extend(finding.hints.iter().map(|hint| format!("  - {hint}")));
        }
        None => said.push("What the store answers tells the cause: give its answer too, behind the URL.".to_owned()),
    }
    said.join("\n") + "\n"
}

/// Returns true if the input contains the store's reply to the URL.
pub(super) fn answered(text: &str) -> bool {
    refusal(text).is_some()
}

/// Returns the status, code and message from the store's XML.
fn refusal(text: &str) -> Option<(u16, String, String)> {
    let from = text.find("<Error")?;
    let to = text[from..].find("</Error>")? + from + "</Error>".len();
    let fault = xml::fault(&text.as_bytes()[from..to]).ok()?;
    let detail = fault.details.get("AuthenticationErrorDetail").cloned().unwrap_or_default();
    // The XML does not contain the status.
    let status = match fault.code.as_str() {
        "AccessDenied" | "AuthenticationFailed" => 403,
        "InternalError" | "ServiceUnavailable" | "SlowDown" | "ServerBusy" => 503,
        _ => 400,
    };
    Some((status, fault.code, format!("{} {detail}", fault.message)))
}

fn standing(url: &SignedUrl, end: OffsetDateTime, now: OffsetDateTime) -> String {
    let begins = match &url.by {
        By::V4 { made, .. } => Some(*made),
        By::Sas { start, .. } => *start,
        By::V2 { .. } => None,
    };
    if end <= now {
        return format!("over for {} by this machine's clock", span(now - end));
    }
    match begins.filter(|begins| *begins > now) {
        Some(begins) => format!("it begins in {} only, by this machine's clock", span(begins - now)),
        None => format!("{} left by this machine's clock", span(end - now)),
    }
}

fn span(time: Duration) -> String {
    match time.whole_seconds() {
        seconds @ ..=119 => format!("{seconds} s"),
        seconds @ ..=7199 => format!("{} min", seconds / 60),
        seconds @ ..=172_799 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

fn stamp(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}
