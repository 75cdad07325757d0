//! Judges the effect of one value as it is, by its kind: on start, ping and transfers. Is never stricter than Spring
//! and the SDKs. Reads other values only to decide whether Score uses this one at all.

mod endpoint;

use super::{
    input::LintInput,
    normalize,
    page::PageEntry,
    placeholders::{self, Unresolved},
};
use crate::{
    forms::environment::source_of_unknown,
    score::{
        Api, Id, Kind, Release, Setting,
        Severity::{self, Note, Ping, Start, Transfer},
        Validator, key,
    },
    text::is_hidden,
    text::values::{
        azure::AccountKey,
        blank, credential,
        cron::{self, CronError},
        number,
    },
};

/// One fault of a value. `what` continues a sentence that begins with the setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ValueFault {
    pub(super) id: Id,
    pub(super) severity: Severity,
    pub(super) what: String,
}

fn value_fault(id: Id, severity: Severity, what: impl Into<String>) -> ValueFault {
    ValueFault { id, severity, what: what.into() }
}

pub(super) fn value_faults(
    input: &LintInput<'_>,
    setting: &'static Setting,
    text: &str,
    entry: Option<&PageEntry>,
) -> Vec<ValueFault> {
    if !input.holds(setting.read) {
        return Vec::new();
    }
    if let Some(source) = source_of_unknown(text) {
        return vec![value_fault(Id::T60, Note, format!("is not known here. It comes from {source}"))];
    }
    let resolved = match placeholders::resolve(input, setting, text) {
        Ok(resolved) => resolved,
        Err(Unresolved { severity, what }) => return vec![ValueFault { id: Id::P06, severity, what }],
    };
    let mut all = by_kind(input, setting, &resolved, entry);
    all.sort_by_key(|fault| std::cmp::Reverse(fault.severity));
    all
}

fn by_kind(input: &LintInput<'_>, setting: &'static Setting, text: &str, entry: Option<&PageEntry>) -> Vec<ValueFault> {
    let empty_default = setting.default == Some("");
    if text.is_empty() && !empty_default {
        return empty(input, setting).into_iter().collect();
    }
    let one: Option<ValueFault> = match setting.validator {
        Validator::Endpoint => return endpoint::endpoint(input, text),
        Validator::OverrideHost => endpoint::override_host(input, text),
        Validator::Song => song(text),
        Validator::Protocol => {
            let right = matches!(text.to_lowercase().as_str(), "http" | "https");
            (!right).then(|| value_fault(Id::T20, Start, "must be http or https"))
        }
        Validator::AccountKey => return account_key(text),
        Validator::AccountName => account(input, text),
        Validator::AccessKey | Validator::SecretKey => return credentials(setting, text, entry),
        Validator::Switch => switch(text),
        Validator::PartSize => return part_size(input, text),
        Validator::Retries => int(text)
            .or_else(|| negative(text).then(|| value_fault(Id::T10, Start, "is below 0, which the AWS SDK refuses"))),
        Validator::Days(expired) => int(text).or_else(|| days(input, expired, text)),
        Validator::Port if text.starts_with("tcp://") => {
            Some(value_fault(Id::T67, Start, "is the variable that Kubernetes sets for a Service of this name"))
        }
        Validator::Port => int(text).or_else(|| {
            let port = number::as_java(text).unwrap_or_default();
            (!(0..=65_535).contains(&port)).then(|| value_fault(Id::T26, Start, "is not a port number"))
        }),
        Validator::DataDirectory | Validator::UploadDirectory => directory(input, setting.validator, text),
        Validator::Sentinel if text.starts_with('/') => {
            Some(value_fault(Id::T21, Ping, "begins with a slash, so the object name contains two in a row"))
        }
        Validator::Sentinel => inside_itself(input, text),
        Validator::Long => long(text),
        Validator::Kind | Validator::Name | Validator::ExactUrl => match setting.kind {
            Kind::Count { .. } | Kind::Bytes { .. } | Kind::Millis { .. } => int(text),
            Kind::Number => {
                let right = number::without_blanks(text).parse::<f64>().is_ok();
                (!right).then(|| value_fault(Id::T26, Start, "is not a number"))
            }
            Kind::Bool => boolean(text),
            Kind::Cron => schedule(input, text),
            Kind::Bucket => bucket(input, setting, text),
            Kind::Container => container(text),
            Kind::Choice(choices) => choice(input, setting, text, choices),
            Kind::Text | Kind::Secret | Kind::Url | Kind::Account | Kind::Policy | Kind::List => None,
        },
    };
    one.into_iter().chain(odd(input, setting, text)).collect()
}

/// Reports a text that is certainly not the intended one.
fn odd(input: &LintInput<'_>, setting: &Setting, text: &str) -> Option<ValueFault> {
    let severity = setting.faults.altered.on(input.release)?;
    let id = match setting.kind {
        Kind::Policy => Id::T23,
        _ if setting.validator == Validator::Sentinel => Id::T21,
        _ => Id::P09,
    };
    if bracketed(text) {
        return Some(value_fault(Id::P09, severity, "still contains the placeholder of an example"));
    }
    let around = |mark| text.len() > 1 && text.starts_with(mark) && text.ends_with(mark);
    let quoted = around('"') || around('\'') || text.starts_with(['"', '“']);
    let blanks = text.trim_matches(blank).len() < text.len();
    let commented = normalize::comment_after(setting, text).is_some();
    // These Latin-1 letters come from UTF-8 that was read as Latin-1.
    let mojibake = text.contains(['Ã', 'Â', 'â']);
    // For a bucket, `bucket` reports the exact character.
    let stray = setting.validator == Validator::Sentinel && text.len() > 1 && text.ends_with([':', ';', ',']);
    (quoted || blanks || commented || mojibake || stray).then(|| value_fault(id, severity, "is not the intended text"))
}

pub(super) fn bracketed(text: &str) -> bool {
    let within = |open: &str, close: &str| text.len() > 2 && text.starts_with(open) && text.ends_with(close);
    within("<", ">") || within("{{", "}}")
}

fn empty(input: &LintInput<'_>, setting: &Setting) -> Option<ValueFault> {
    setting.faults.empty.on(input.release).map(|severity| value_fault(Id::T43, severity, "is empty"))
}

/// Reports a text that is not a whole number in this range. Spring drops whitespace and reads decimal and hexadecimal
/// (`NumberUtils.parseNumber`).
fn within(text: &str, least: i64, most: i64) -> Option<ValueFault> {
    match number::as_java(text) {
        Some(number) if (least..=most).contains(&number) => None,
        Some(_) => {
            Some(value_fault(Id::T26, Start, format!("is not between {least} and {most}, as a Java int must be")))
        }
        None if text.contains("e+") && text.parse::<f64>().is_ok() => Some(value_fault(
            Id::P13,
            Start,
            "is the fraction that YAML or Helm makes of a number without quotes, and Java needs a whole number",
        )),
        None if number::without_blanks(text).parse::<f64>().is_ok() => {
            Some(value_fault(Id::P13, Start, "is a fraction, and Java needs a whole number"))
        }
        None => Some(value_fault(Id::T26, Start, "is not a whole number")),
    }
}

fn int(text: &str) -> Option<ValueFault> {
    within(text, i64::from(i32::MIN), i64::from(i32::MAX))
}

fn long(text: &str) -> Option<ValueFault> {
    within(text, i64::MIN, i64::MAX)
}

fn negative(text: &str) -> bool {
    number::as_java(text).is_some_and(|number| number < 0)
}

/// Reports a text that Spring's `StringToBooleanConverter` does not accept. It turns an empty text into null.
fn boolean(text: &str) -> Option<ValueFault> {
    number::switch(text).is_none().then(|| value_fault(Id::T15, Start, "is neither true nor false"))
}

/// Reports texts that turn the clean-up on by accident: all except `false` do (`@ConditionalOnProperty`,
/// UploadCleanupService.java:39).
fn switch(text: &str) -> Option<ValueFault> {
    let bare = text.trim_matches(|letter| blank(letter) || matches!(letter, '"' | '\''));
    let meant_off = number::switch(bare) == Some(false);
    let odd = !matches!(text.to_lowercase().as_str(), "true" | "false");
    if meant_off && odd {
        Some(value_fault(Id::T19, Note, "leaves the clean-up on: only the word false turns it off"))
    } else {
        odd.then(|| value_fault(Id::T19, Note, "turns the clean-up on, as every text but false does"))
    }
}

fn part_size(input: &LintInput<'_>, text: &str) -> Vec<ValueFault> {
    if let Some(fault) = int(text) {
        return vec![fault];
    }
    let bytes = number::as_java(text).unwrap_or_default();
    let told = match (input.api, bytes) {
        // AzurePartCalculator.java:53-62.
        (Api::Azure, ..=0) => {
            value_fault(Id::T31, Transfer, "is 0 or less: the first download keeps Score busy forever")
        }
        (Api::Azure, 1..20_971_520) => value_fault(
            Id::T31,
            Note,
            "is the part size of downloads with Azure, and so small that replies list very many parts",
        ),
        // SimplePartCalculator.java:30-56.
        (Api::S3, ..20_971_520) => value_fault(Id::T31, Note, "is less than 20 MiB, and Score uses 20 MiB anyway"),
        _ => return Vec::new(),
    };
    vec![told]
}

/// Reports numbers of days that make URLs expire at once, or live longer than the signature allows. `S3URLGenerator`
/// and `AzureURLGenerator` count the days from now.
fn days(input: &LintInput<'_>, expired: Severity, text: &str) -> Option<ValueFault> {
    let days = number::as_java(text)?;
    if days <= 0 {
        return Some(value_fault(Id::T38, expired, "makes URLs that expire before they are used"));
    }
    let limited = input.api == Api::S3 && input.version_4() && days > 7;
    limited.then(|| {
        value_fault(Id::T38, Transfer, "is more than the 7 days that a URL of signature version 4 can be valid")
    })
}

/// Reports slashes that break the names of objects. Observed on Score 5.9.0 to 5.12.0-SNAPSHOT with four stores: a slash in
/// front of the data directory works. With one in front of the upload directory, uploads work and downloads fail. With one
/// at the end of either, both fail.
fn directory(input: &LintInput<'_>, validator: Validator, text: &str) -> Option<ValueFault> {
    if input.api != Api::S3 {
        return None;
    }
    let doubled = text.ends_with('/') || text.contains("//");
    let names = "makes object names with two slashes in a row";
    match validator {
        Validator::UploadDirectory if doubled => Some(value_fault(Id::T49, Transfer, names)),
        Validator::UploadDirectory => text
            .starts_with('/')
            .then(|| value_fault(Id::T49, Transfer, "begins with a slash: uploads work, downloads do not")),
        _ => doubled.then(|| value_fault(Id::T49, Ping, names)),
    }
}

/// Reports a sentinel that contains the data directory, which Score puts in front (`ObjectKey.java:45-47`). Observed on
/// Score 5.9.0 and 5.11.0: data/data/heliograph.
fn inside_itself(input: &LintInput<'_>, text: &str) -> Option<ValueFault> {
    let directory =
        input.text(key::S3_DATA_DIRECTORY).filter(|directory| input.api == Api::S3 && !directory.is_empty())?;
    let twice = text.strip_prefix(directory.as_str()).is_some_and(|rest| rest.starts_with('/'));
    twice.then(|| value_fault(Id::T21, Ping, format!("begins with {directory}/, which Score puts in front anyway")))
}

fn schedule(input: &LintInput<'_>, text: &str) -> Option<ValueFault> {
    let old = input.release <= Release::R5_10;
    match cron::parse(text.trim(), input.release) {
        Ok(_) => None,
        // CronExpression of Spring 5.3 accepts it, and it never fires.
        Err(never @ CronError::NeverFires) if !old => Some(value_fault(Id::P15, Note, never.to_string())),
        Err(why) => Some(value_fault(Id::P15, Start, why.to_string())),
    }
}

/// Reports bucket names that cannot be part of a path. Score uses path style only (S3Config:60).
fn bucket(input: &LintInput<'_>, setting: &Setting, text: &str) -> Option<ValueFault> {
    let severity = setting.faults.altered.on(input.release)?;
    if bracketed(text) {
        return None;
    }
    let odd = text.chars().find(|letter| !(letter.is_ascii_alphanumeric() || ".-_".contains(*letter)));
    if let Some(odd) = odd {
        // A blank at the end has its own message.
        return Some(value_fault(
            if odd == ':' { Id::T27 } else { Id::T17 },
            severity,
            format!("contains {odd:?}, which is not allowed in bucket names"),
        ));
    }
    let broken = text.contains('_')
        || text.contains("..")
        || !text.starts_with(|letter: char| letter.is_ascii_alphanumeric())
        || !text.ends_with(|letter: char| letter.is_ascii_alphanumeric())
        || text.bytes().any(|byte| byte.is_ascii_uppercase())
        || !(3..=63).contains(&text.len());
    broken.then(|| value_fault(Id::T32, Note, "is a name that AWS and MinIO refuse to create"))
}

/// Reports a container name that Azure refuses. Score asks for the container when it starts (AzureConfig.java:48-60).
fn container(text: &str) -> Option<ValueFault> {
    let legal = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    let special = matches!(text, "$root" | "$logs" | "$web");
    let right = special
        || (3..=63).contains(&text.len())
            && text.chars().all(legal)
            && !text.starts_with('-')
            && !text.ends_with('-')
            && !text.contains("--");
    (!right && !bracketed(text)).then(|| value_fault(Id::T24, Start, "is not a valid container name"))
}

fn account_key(text: &str) -> Vec<ValueFault> {
    // `AccountKey::read` drops blanks and quotes around the key, so they are reported here.
    let trimmed = text.trim_matches(|letter| blank(letter) || matches!(letter, '"' | '\''));
    if trimmed.len() < text.len() {
        return vec![value_fault(Id::T20, Start, "is not base64")];
    }
    match AccountKey::read(text) {
        Ok(_) => Vec::new(),
        Err(_) if bracketed(text) => vec![value_fault(Id::P09, Start, "still contains the placeholder of an example")],
        Err(rule) => vec![value_fault(Id::T20, Start, rule.to_string())],
    }
}

fn account(input: &LintInput<'_>, text: &str) -> Option<ValueFault> {
    if bracketed(text) {
        return None;
    }
    let own =
        input.seen(key::AZURE_ACCOUNT_KEY).is_some_and(|seen| seen.value.shape(|key| key.contains("BlobEndpoint=")));
    let right = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || (own && byte == b'-'))
        && (own || (3..=24).contains(&text.len()));
    (!right).then(|| {
        value_fault(Id::P60, Start, "is not a storage account name, which has 3 to 24 lower-case letters and digits")
    })
}

fn credentials(setting: &Setting, text: &str, entry: Option<&PageEntry>) -> Vec<ValueFault> {
    let secret = setting.secret();
    // The SDK trims both keys when it signs (AbstractAWSSigner.sanitizeCredentials). A blank by mistake does no harm,
    // an intended one does.
    let trimmed = text.trim_matches(|letter: char| letter <= ' ');
    let meant = trimmed.len() < text.len() && normalize::spelling(setting, text, entry).text == text;
    let mut all = Vec::new();
    if meant && secret {
        all.push(value_fault(Id::P77, Ping, "begins or ends with a space, and Score signs without it"));
    }
    if bracketed(trimmed) {
        all.push(value_fault(Id::P09, Ping, "still contains the placeholder of an example"));
    }
    let quote =
        trimmed.len() > 1 && ['"', '\''].iter().any(|mark| trimmed.starts_with(*mark) && trimmed.ends_with(*mark));
    let invisible = trimmed.starts_with(blank)
        || trimmed.ends_with(blank)
        || trimmed.chars().any(|letter| is_hidden(letter) || letter == '\u{a0}');
    let mojibake = entry.is_some_and(|entry| !entry.raw.is_ascii()) && trimmed.contains(['Ã', 'Â', 'â']);
    if quote || invisible || mojibake || normalize::comment_after(setting, trimmed).is_some() {
        all.push(value_fault(Id::T16, Ping, "is not the intended text, so the store refuses it"));
    }
    if !secret && credential::key_id(trimmed, "ASIA") {
        all.push(value_fault(
            Id::P08,
            Ping,
            "is a temporary one (ASIA), which needs a session token that Score cannot send",
        ));
    }
    if credential::example(trimmed) {
        all.push(value_fault(Id::P09, Note, "looks like the placeholder of an example"));
    }
    all
}

fn song(text: &str) -> Option<ValueFault> {
    if bracketed(text) {
        return None;
    }
    let bare = text.trim_matches(blank);
    if !(bare.starts_with("http://") || bare.starts_with("https://")) {
        return Some(value_fault(
            Id::P16,
            Transfer,
            "does not begin with http:// or https://, so Score cannot ask Song",
        ));
    }
    bare.ends_with('/').then(|| value_fault(Id::T50, Note, "ends with a slash, so Score asks for //entities"))
}

fn choice(input: &LintInput<'_>, setting: &Setting, text: &str, choices: &[&str]) -> Option<ValueFault> {
    let uniform = |text: &str| text.trim().replace(['-', '_'], "").to_lowercase();
    if choices.iter().any(|choice| uniform(choice) == uniform(text)) {
        return None;
    }
    let severity = setting.faults.empty.on(input.release).unwrap_or(Note);
    Some(value_fault(Id::T43, severity, format!("must be {}", choices.join(" or "))))
}
