//! Parses one value as an operator or a file spells it, and renders it as Spring reads it. Knows no more of the other
//! answers than `Terms` says; rules between answers are `catalogue::rules`.

pub mod azure;
pub mod bucket;
pub mod credential;
pub mod cron;
pub mod endpoint;
pub mod number;
pub mod placeholder;

use crate::score::{Binding, Kind, Need, Provider, Release, Setting};

/// The region that Score will infer from an endpoint.
#[must_use]
pub fn endpoint_region(endpoint: &str) -> Option<String> {
    let endpoint = crate::text::endpoint::Endpoint::parse(endpoint).ok()?;
    Some(crate::text::endpoint::signing_region(&endpoint.host))
}

/// What of the rest of the draft a value depends on.
#[derive(Debug, Clone)]
pub struct Terms {
    pub release: Release,
    pub provider: Option<&'static Provider>,
    /// `bucket.size.pool`: names get a suffix then.
    pub pool: u64,
    /// What `s3.secured` says about an endpoint without a scheme.
    pub secured: Option<bool>,
    /// Names that may be the bucket in a pasted address.
    pub buckets: Vec<String>,
}

/// A value as Score shall see it, and what was understood on the way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    pub value: String,
    /// Sentences for the operator.
    pub notes: Vec<String>,
}

impl Parsed {
    fn plain(value: impl Into<String>) -> Self {
        Self { value: value.into(), notes: Vec::new() }
    }
}

/// A setting's value, except a secret's: those stay in `Secret` and are judged by `credential::secret`.
///
/// # Errors
/// A sentence that names the rule, and never a secret.
pub fn parse(setting: &Setting, text: &str, terms: &Terms) -> Result<Parsed, String> {
    let label = setting.label;
    let (text, mut notes) = tidy(label, text)?;
    if text.is_empty() {
        return if may_be_empty(setting) {
            Ok(Parsed { value: String::new(), notes })
        } else {
            Err(format!("{label} must not be empty."))
        };
    }
    if setting.binding == Binding::Strict {
        placeholder::refuse(label, text)?;
    }
    let parsed = match setting.kind {
        Kind::Text if setting.key == "s3.accessKey" => credential::access_key(text),
        Kind::Text | Kind::List | Kind::Secret => plain(label, text),
        Kind::Url if setting.key == "s3.endpoint" => endpoint::store(label, text, terms),
        Kind::Url => endpoint::other(setting, text),
        Kind::Bucket => bucket::parse(label, text, terms),
        Kind::Container => azure::container(label, text),
        Kind::Account => azure::account(label, text),
        Kind::Policy => azure::policy(label, text),
        Kind::Bool => number::boolean(label, text),
        Kind::Count { min, max } => number::count(label, text, min, max),
        Kind::Bytes { min, max } => number::bytes(label, text, min, max),
        Kind::Millis { min, max } => number::millis(label, text, min, max),
        Kind::Number => number::number(label, text),
        Kind::Cron => cron::parse(label, text, terms.release).map(Parsed::plain),
        Kind::Choice(choices) => choice(label, text, choices),
    }?;
    notes.extend(parsed.notes);
    Ok(Parsed { value: parsed.value, notes })
}

fn may_be_empty(setting: &Setting) -> bool {
    // The data directory has a rule of its own: newer releases can do without.
    setting.default == Some("") || setting.need == Need::Optional || setting.key == "s3.data.directory"
}

/// Without blanks and quotes around it: Spring would keep both as part of the value (`OriginTrackedPropertiesLoader`).
fn tidy<'a>(label: &str, text: &'a str) -> Result<(&'a str, Vec<String>), String> {
    let mut notes = Vec::new();
    let mut rest = text.trim_matches(blank);
    let dropped = text.chars().count() - rest.chars().count();
    if dropped > 0 {
        let verb = if dropped == 1 { "is" } else { "are" };
        notes.push(format!("{} around it {verb} dropped.", counted(dropped, "blank")));
    }
    let bare = ['"', '\'', '“', '”', '‘', '’', '`'];
    if rest.chars().count() > 1 && rest.starts_with(bare) && rest.ends_with(bare) {
        rest = rest.trim_matches(bare).trim_matches(blank);
        notes.push("The quotes around it are dropped: Score would take them as part of the value.".into());
    }
    writable(label, rest)?;
    Ok((rest, notes))
}

/// What pasting brings along: blanks of all kinds, line ends, and characters without width.
pub(crate) fn blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// # Errors
/// Where a value could not stand on one line of a file, or is no text at all.
pub(crate) fn writable(label: &str, text: &str) -> Result<(), String> {
    let illegal = |character: &char| character.is_control() || *character == char::REPLACEMENT_CHARACTER;
    match text.chars().position(|character| illegal(&character)) {
        Some(at) => Err(format!("{label} holds a character that cannot be shown, at position {}.", at + 1)),
        None => Ok(()),
    }
}

fn plain(label: &str, text: &str) -> Result<Parsed, String> {
    // A habit from shells; properties files have no comments behind a value.
    if text.contains(" #") {
        return Err(format!("{label} holds a #: a comment behind a value would become part of it."));
    }
    Ok(Parsed::plain(text))
}

/// As Spring binds enums: blind to case, dashes and underscores (`LenientObjectToEnumConverterFactory`).
fn choice(label: &str, text: &str, choices: &[&str]) -> Result<Parsed, String> {
    let uniform = |text: &str| text.replace(['-', '_'], "").to_lowercase();
    match choices.iter().find(|choice| uniform(choice) == uniform(text)) {
        Some(choice) => Ok(Parsed::plain(*choice)),
        None if choices.len() == 1 => Err(format!("{label} must be {}.", choices[0])),
        None => Err(format!("{label} must be one of {}.", choices.join(", "))),
    }
}

/// `1 blank`, `2 blanks`.
pub(crate) fn counted(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::score::setting;

    pub(crate) fn terms(id: &str) -> Terms {
        Terms {
            release: Release::R5_11,
            provider: crate::score::provider::provider(id),
            pool: 0,
            secured: None,
            buckets: Vec::new(),
        }
    }

    fn read(key: &str, text: &str) -> Result<Parsed, String> {
        parse(setting(key).expect("a key of the catalogue"), text, &terms("other"))
    }

    #[test]
    fn blanks_and_quotes_around_a_value_are_dropped_and_told() {
        assert_eq!(
            read("object.sentinel", " “heliograph”\u{200b} "),
            Ok(Parsed {
                value: "heliograph".into(),
                notes: vec![
                    "3 blanks around it are dropped.".into(),
                    "The quotes around it are dropped: Score would take them as part of the value.".into()
                ]
            })
        );
    }

    #[test]
    fn a_lone_quote_is_a_value() {
        assert_eq!(read("object.sentinel", "\""), Ok(Parsed::plain("\"")));
        assert_eq!(read("object.sentinel", "\"\""), Err("Sentinel must not be empty.".into()));
    }

    #[test]
    fn a_comment_behind_a_value_is_refused() {
        assert_eq!(
            read("object.sentinel", "heliograph # what clients ping"),
            Err("Sentinel holds a #: a comment behind a value would become part of it.".into())
        );
    }

    #[test]
    fn a_line_break_inside_a_value_is_refused() {
        assert_eq!(
            read("object.sentinel", "helio\ngraph"),
            Err("Sentinel holds a character that cannot be shown, at position 6.".into())
        );
    }

    #[test]
    fn a_choice_is_read_as_spring_reads_it() {
        let key = "spring.mvc.pathmatch.matching-strategy";
        assert_eq!(read(key, "ANT-PATH-MATCHER"), Ok(Parsed::plain("ant_path_matcher")));
        assert_eq!(read(key, "path_pattern_parser"), Err("Path matching must be ant_path_matcher.".into()));
        assert_eq!(
            read("auth.server.provider", "okta"),
            Err("Authorization server must be one of ego, keycloak.".into())
        );
    }
}
