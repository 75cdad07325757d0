//! Parses one value as an operator or a file spells it, and renders it as Spring reads it. Knows only those other
//! answers that are in `Terms`; rules between answers are in `answers::draft::rules`.

pub mod azure;
pub mod bucket;
pub mod credential;
pub mod cron;
pub mod endpoint;
pub mod number;
pub mod placeholder;

use crate::score::{Binding, Kind, Need, Provider, Release, Setting, Validator};

/// Returns the region that Score infers from an endpoint.
#[must_use]
pub fn endpoint_region(endpoint: &str) -> Option<String> {
    let endpoint = crate::text::endpoint::Endpoint::parse(endpoint).ok()?;
    Some(crate::text::endpoint::signing_region(&endpoint.host))
}

/// The other answers that the meaning of a value depends on.
#[derive(Debug, Clone)]
pub struct Terms {
    pub release: Release,
    pub provider: Option<&'static Provider>,
    /// The value of `bucket.size.pool`. If it is not 0, bucket names get a suffix.
    pub pool: u64,
    /// Says the scheme of a URL without one: `s3.secured` for the endpoint. For Song, the scheme of the endpoint, if its own
    /// host and port say nothing.
    pub secured: Option<bool>,
    /// Names that may be the bucket in a pasted URL.
    pub buckets: Vec<String>,
}

/// A value as Score will read it, with notes on how it was understood.
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

/// A value that its setting cannot have. Shown as a sentence that begins with the label of the setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{label} {rule}.")]
pub struct ValueError {
    pub label: String,
    pub rule: BrokenRule,
}

/// The rule that a value breaks: the end of a sentence that begins with the label of its setting. Contains no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenRule {
    #[error("must not be empty")]
    Empty,
    /// The position of the character, counted from one.
    #[error("contains a character that cannot be shown, at position {0}")]
    NotShown(usize),
    #[error("contains a #: a comment after a value would become part of it")]
    Comment,
    #[error("must be {}{}", if .0.len() == 1 { "" } else { "one of " }, .0.join(", "))]
    Choice(&'static [&'static str]),
    #[error(transparent)]
    Azure(#[from] azure::AzureError),
    #[error(transparent)]
    Bucket(#[from] bucket::BucketError),
    #[error(transparent)]
    Credential(#[from] credential::CredentialError),
    #[error(transparent)]
    Cron(#[from] cron::CronError),
    #[error(transparent)]
    Number(#[from] number::NumberError),
    #[error(transparent)]
    Placeholder(#[from] placeholder::PlaceholderError),
    #[error(transparent)]
    Url(#[from] endpoint::UrlError),
}

impl BrokenRule {
    /// Returns the error for the setting with this label.
    #[must_use]
    pub fn of(self, label: impl Into<String>) -> ValueError {
        ValueError { label: label.into(), rule: self }
    }
}

/// Parses a setting's value, except a secret: a secret stays in `Secret`, and `credential::secret` checks it.
///
/// # Errors
/// Returns an error with the rule that the value breaks.
pub fn parse(setting: &Setting, text: &str, terms: &Terms) -> Result<Parsed, ValueError> {
    read(setting, text, terms).map_err(|rule| rule.of(setting.label))
}

fn read(setting: &Setting, text: &str, terms: &Terms) -> Result<Parsed, BrokenRule> {
    let (text, mut notes) = tidy(text)?;
    if text.is_empty() {
        return if may_be_empty(setting) { Ok(Parsed { value: String::new(), notes }) } else { Err(BrokenRule::Empty) };
    }
    if setting.binding == Binding::Strict {
        placeholder::refuse(text)?;
    }
    let parsed = match setting.kind {
        Kind::Text if setting.validator == Validator::AccessKey => credential::access_key(text)?,
        Kind::Text | Kind::List | Kind::Secret => plain(text)?,
        Kind::Url if setting.validator == Validator::Endpoint => endpoint::store(text, terms)?,
        Kind::Url => endpoint::other(setting, text, terms)?,
        Kind::Bucket => bucket::parse(text, terms)?,
        Kind::Container => azure::container(text)?,
        Kind::Account => azure::account(text)?,
        Kind::Policy => azure::policy(text)?,
        Kind::Bool => number::boolean(text)?,
        Kind::Count { min, max } => number::count(text, min, max)?,
        Kind::Bytes { min, max } => number::bytes(text, min, max)?,
        Kind::Millis { min, max } => number::millis(text, min, max)?,
        Kind::Number => number::number(text)?,
        Kind::Cron => Parsed::plain(cron::parse(text, terms.release)?),
        Kind::Choice(choices) => choice(text, choices)?,
    };
    notes.extend(parsed.notes);
    Ok(Parsed { value: parsed.value, notes })
}

fn may_be_empty(setting: &Setting) -> bool {
    // The data directory has its own rule: newer releases do not need it.
    setting.default == Some("") || setting.need == Need::Optional || setting.validator == Validator::DataDirectory
}

/// Removes whitespace and quotes around a value. Spring would keep both as part of it
/// (`OriginTrackedPropertiesLoader`).
fn tidy(text: &str) -> Result<(&str, Vec<String>), BrokenRule> {
    let mut notes = Vec::new();
    let mut rest = text.trim_matches(blank);
    let dropped = text.chars().count() - rest.chars().count();
    if dropped > 0 {
        let verb = if dropped == 1 { "was" } else { "were" };
        notes.push(format!("{} around it {verb} removed.", counted(dropped, "space")));
    }
    let bare = ['"', '\'', '“', '”', '‘', '’', '`'];
    let quoted = |text: &str| text.chars().count() > 1 && text.starts_with(bare) && text.ends_with(bare);
    if quoted(rest) {
        notes.push("The quotes around it were removed: Score would treat them as part of the value.".into());
    }
    // Inside the quotes, there may be spaces and other quotes.
    while quoted(rest) {
        rest = rest.trim_matches(bare).trim_matches(blank);
    }
    writable(rest)?;
    Ok((rest, notes))
}

/// Returns true for characters that come with pasted text: whitespace, line ends, and characters without width.
pub(crate) fn blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Verifies that a text can be a value on one line of a file.
///
/// # Errors
/// Returns an error if the text contains a control character or bytes that are not text.
pub(crate) fn writable(text: &str) -> Result<(), BrokenRule> {
    let illegal = |character: &char| character.is_control() || *character == char::REPLACEMENT_CHARACTER;
    match text.chars().position(|character| illegal(&character)) {
        Some(at) => Err(BrokenRule::NotShown(at + 1)),
        None => Ok(()),
    }
}

fn plain(text: &str) -> Result<Parsed, BrokenRule> {
    // Shells allow a comment after a value; properties files do not.
    if text.contains(" #") {
        return Err(BrokenRule::Comment);
    }
    Ok(Parsed::plain(text))
}

/// Parses a choice as Spring binds enums, ignoring case, dashes and underscores
/// (`LenientObjectToEnumConverterFactory`).
fn choice(text: &str, choices: &'static [&'static str]) -> Result<Parsed, BrokenRule> {
    let uniform = |text: &str| text.replace(['-', '_'], "").to_lowercase();
    match choices.iter().find(|choice| uniform(choice) == uniform(text)) {
        Some(choice) => Ok(Parsed::plain(*choice)),
        None => Err(BrokenRule::Choice(choices)),
    }
}

/// Formats a number with its word: `1 blank`, `2 blanks`.
pub(crate) fn counted(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::score::{key, setting};

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
        let parsed = parse(setting(key).expect("a key of the catalogue"), text, &terms("other"));
        parsed.map_err(|error| error.to_string())
    }

    #[test]
    fn blanks_and_quotes_around_a_value_are_dropped_and_told() {
        assert_eq!(
            read(key::OBJECT_SENTINEL, " “heliograph”\u{200b} "),
            Ok(Parsed {
                value: "heliograph".into(),
                notes: vec![
                    "3 spaces around it were removed.".into(),
                    "The quotes around it were removed: Score would treat them as part of the value.".into()
                ]
            })
        );
    }

    #[test]
    fn a_lone_quote_is_a_value() {
        assert_eq!(read(key::OBJECT_SENTINEL, "\""), Ok(Parsed::plain("\"")));
        assert_eq!(read(key::OBJECT_SENTINEL, "\"\""), Err("Sentinel must not be empty.".into()));
    }

    #[test]
    fn a_comment_behind_a_value_is_refused() {
        assert_eq!(
            read(key::OBJECT_SENTINEL, "heliograph # what clients ping"),
            Err("Sentinel contains a #: a comment after a value would become part of it.".into())
        );
    }

    #[test]
    fn a_line_break_inside_a_value_is_refused() {
        assert_eq!(
            read(key::OBJECT_SENTINEL, "helio\ngraph"),
            Err("Sentinel contains a character that cannot be shown, at position 6.".into())
        );
    }

    #[test]
    fn a_choice_is_read_as_spring_reads_it() {
        let key = key::SPRING_MVC_PATHMATCH_MATCHING_STRATEGY;
        assert_eq!(read(key, "ANT-PATH-MATCHER"), Ok(Parsed::plain("ant_path_matcher")));
        assert_eq!(read(key, "path_pattern_parser"), Err("Path matching must be ant_path_matcher.".into()));
        assert_eq!(
            read(key::AUTH_SERVER_PROVIDER, "okta"),
            Err("Authorization server must be one of ego, keycloak.".into())
        );
    }
}
