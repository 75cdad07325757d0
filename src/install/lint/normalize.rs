//! Finds the intended value: without the quotes, comments, blanks and other habits that a properties file takes as a
//! part of it. Does not judge what Score does with either value.

use super::page::PageEntry;
use crate::{
    score::{Id, Kind, Release, Setting, Validator},
    text::{
        values as value,
        values::{blank, number},
    },
};

/// Pairs of quotes that surround a value: the opening and the closing one.
const QUOTES: &[(char, char)] =
    &[('"', '"'), ('\'', '\''), ('“', '”'), ('”', '”'), ('‘', '’'), ('’', '’'), ('`', '`'), ('«', '»')];

/// A text without bad habits, and the id of each habit that was removed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Normalized {
    pub(super) text: String,
    pub(super) habits: Vec<Id>,
}

pub(super) const QUOTED: Id = Id::P01;
pub(super) const COMMENT: Id = Id::P03;
pub(super) const BLANKS: Id = Id::P04;
pub(super) const STRAY: Id = Id::T27;
pub(super) const MOJIBAKE: Id = Id::T30;

/// Returns the text that the operator probably meant; `None` if the text has no bad habit.
pub(super) fn normalized(setting: &Setting, text: &str, release: Release, entry: Option<&PageEntry>) -> Option<String> {
    let spelling = spelling(setting, text, entry).text;
    let whole = by_kind(setting, &spelling, release).unwrap_or(spelling);
    (whole != text).then_some(whole)
}

/// Removes bad habits of spelling, such as quotes and comments, whatever the value is.
pub(super) fn spelling(setting: &Setting, text: &str, entry: Option<&PageEntry>) -> Normalized {
    let mut habits = Vec::new();
    let mut rest = text.to_owned();
    if let Some(decoded) = entry.filter(|entry| !entry.raw.is_ascii()).and_then(|_| decoded(&rest)) {
        habits.push(MOJIBAKE);
        rest = decoded;
    }
    let trimmed = rest.trim_matches(blank);
    // A blank written with a backslash is intended; any other blank is left over.
    if trimmed.len() < rest.len() && !(setting.secret() && spelt_out(entry)) {
        habits.push(BLANKS);
        rest = trimmed.to_owned();
    }
    if let Some((inner, tail)) = unquoted(&rest) {
        habits.push(QUOTED);
        if tail.starts_with(['#', '!']) {
            habits.push(COMMENT);
        } else if !tail.is_empty() {
            habits.push(STRAY);
        }
        rest = inner.trim_matches(blank).to_owned();
    }
    if let Some(at) = comment_after(setting, &rest) {
        habits.push(COMMENT);
        rest.truncate(at);
        rest.truncate(rest.trim_end_matches(blank).len());
    }
    let names = matches!(
        setting.kind,
        Kind::Bucket
            | Kind::Container
            | Kind::Policy
            | Kind::Bool
            | Kind::Count { .. }
            | Kind::Bytes { .. }
            | Kind::Millis { .. }
    ) || matches!(setting.validator, Validator::Name | Validator::Sentinel);
    if names && rest.len() > 1 && rest.ends_with([':', ';', ',']) {
        habits.push(STRAY);
        rest.truncate(rest.trim_end_matches([':', ';', ',']).len());
    }
    habits.sort_unstable();
    habits.dedup();
    Normalized { text: rest, habits }
}

/// Decodes UTF-8 that was read as Latin-1.
fn decoded(text: &str) -> Option<String> {
    let bytes = text.chars().map(|letter| u8::try_from(u32::from(letter)).ok()).collect::<Option<Vec<_>>>()?;
    String::from_utf8(bytes).ok().filter(|decoded| decoded != text)
}

/// Returns true if whitespace at an end is written as `\ ` or `\u0020`. Whitespace at the beginning always is, because
/// Java drops any other.
fn spelt_out(entry: Option<&PageEntry>) -> bool {
    entry.is_some_and(|entry| {
        entry.value.starts_with(blank) || !entry.raw.ends_with(b" ") && !entry.raw.ends_with(b"\t")
    })
}

/// Splits a text into the part in quotes at its beginning and the part after them, if that is a comment or a stray
/// mark.
fn unquoted(text: &str) -> Option<(&str, &str)> {
    let open = text.chars().next()?;
    let (_, close) = QUOTES.iter().find(|(mark, _)| *mark == open)?;
    let inner = &text[open.len_utf8()..];
    let at = inner.find(*close)?;
    let tail = inner[at + close.len_utf8()..].trim_matches(blank);
    let habit = tail.is_empty() || tail.starts_with(['#', '!']) || [":", ";", ","].contains(&tail);
    habit.then_some((&inner[..at], tail))
}

/// Returns the position of a comment after a value of this setting. A secret may contain a blank and a `#`, so there it
/// must look like a comment: it follows at least eight characters without a blank, and a blank follows its sign.
pub(super) fn comment_after(setting: &Setting, text: &str) -> Option<usize> {
    let at = comment(text)?;
    let (before, after) = (&text[..at], text[at..].trim_start().trim_start_matches(['#', '!']));
    let like = before.len() >= 8 && !before.contains(blank) && after.starts_with(blank);
    (like || !setting.secret()).then_some(at)
}

/// Returns the position of a comment after a value.
fn comment(text: &str) -> Option<usize> {
    [" #", "\t#", " !", "\t!"].iter().filter_map(|mark| text.find(mark)).min().filter(|at| *at > 0)
}

fn by_kind(setting: &Setting, text: &str, release: Release) -> Option<String> {
    match setting.kind {
        Kind::Url if matches!(setting.validator, Validator::Endpoint | Validator::OverrideHost | Validator::Song) => {
            let bare = text.trim_end_matches('/');
            (bare.len() < text.len() && !bare.ends_with(':')).then(|| bare.to_owned())
        }
        // Score takes this text as true, which is probably not intended.
        Kind::Bool if setting.validator == Validator::Switch => {
            matches!(text.to_lowercase().as_str(), "no" | "off" | "0").then(|| "false".to_owned())
        }
        Kind::Count { min, max } | Kind::Bytes { min, max } | Kind::Millis { min, max } => {
            whole(setting, text, min, max)
        }
        Kind::Cron => cron(text, release),
        _ => None,
    }
}

/// Reads an integer that is not written as one: `1.073741824e+09`, `64 MiB`, `20_000_000`, `7.0`.
fn whole(setting: &Setting, text: &str, min: i64, max: i64) -> Option<String> {
    if number::as_java(text).is_some() || text.is_empty() {
        return None;
    }
    let digits: String = text.chars().filter(|letter| !matches!(letter, '_' | ',')).collect();
    let float = digits.parse::<f64>().ok().filter(|number| number.fract() == 0.0 && number.abs() < 1e15);
    let number = match float {
        // Only exact numbers: without a fraction, and small enough.
        Some(_) => format!("{:.0}", float?).parse().ok(),
        None if matches!(setting.kind, Kind::Bytes { .. } | Kind::Millis { .. }) => {
            number::measured(setting.kind, text)
        }
        None => None,
    };
    number.filter(|number| (min..=max).contains(number)).map(|number: i64| number.to_string())
}

fn cron(text: &str, release: Release) -> Option<String> {
    let right = |text: &str| value::cron::parse(text, release).is_ok();
    if right(text.trim()) {
        return None;
    }
    let seconds = format!("0 {text}");
    if text.split_whitespace().count() == 5 && right(&seconds) {
        return Some(seconds);
    }
    value::cron::macro_fields(text).filter(|fields| right(fields)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::setting;

    fn told(key: &str, text: &str) -> Option<String> {
        normalized(setting(key).expect("a key of the catalogue"), text, Release::R5_10, None)
    }

    #[test]
    fn habits_are_undone() {
        for (key, text, meant) in [
            ("s3.endpoint", "\"http://minio:9000/\"", "http://minio:9000"),
            ("object.sentinel", "\"heliograph\" # Score requires a sample", "heliograph"),
            ("bucket.name.state", "\"test_state_bucket\":", "test_state_bucket"),
            ("bucket.name.object", "score-object ", "score-object"),
            ("upload.partsize", "20971520 # 20 MiB", "20971520"),
            ("upload.partsize", "1.073741824e+09", "1073741824"),
            ("upload.partsize", "64 MiB", "67108864"),
            ("upload.clean.cron", "“0 0 0 * * ?”", "0 0 0 * * ?"),
            ("upload.clean.cron", "0 0 * * *", "0 0 0 * * *"),
            ("upload.clean.cron", "@daily", "0 0 0 * * *"),
            ("upload.clean.enabled", "no", "false"),
            ("s3.secretKey", "'abc # d'", "abc # d"),
            ("s3.secretKey", "wJalrXUtnFEMI # the old one", "wJalrXUtnFEMI"),
            ("auth.server.clientSecret", "score-client-secret\t# see Keycloak", "score-client-secret"),
            ("metadata.url", "https://song.example.org//", "https://song.example.org"),
        ] {
            assert_eq!(told(key, text).as_deref(), Some(meant), "{text}");
        }
        for (key, text) in [
            ("s3.secretKey", "a # b"),
            ("s3.secretKey", "correct horse # battery"),
            ("s3.secretKey", "wJalrXUtnFEMI #staple"),
            ("s3.secretKey", "\"a\"b\""),
            ("upload.clean.cron", "0 0 0 * * ?"),
            ("upload.partsize", "0x1400000"),
            ("upload.partsize", " 20971520"),
        ] {
            assert_eq!(told(key, text), (text.trim() != text).then(|| text.trim().to_owned()), "{text}");
        }
    }
}
