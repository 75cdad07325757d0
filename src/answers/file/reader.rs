//! Walks through the tables of an answers file. Notes each error with its line and continues with the rest.

use std::{
    io,
    path::{Path, PathBuf},
};

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use zeroize::Zeroizing;

mod accept;
mod arguments;
mod deployment;

use super::{Answers, GivenAnswer, Sources};
use crate::{
    answers::{
        Keys,
        draft::{Origin, Problem, Remark, Text},
    },
    score as catalogue,
    score::{Api, Id, Kind, Provider, Release, key, provider},
    text::{cause, secret::Secret, suggest::nearest, values::credential},
};

const TABLES: &str = "The tables are [settings], [create], [create.as], [deployment] and [accept]";
const TOP: [&str; 7] = ["provider", "release", "region", "settings", "create", "deployment", "accept"];
const CREATE: [&str; 5] = ["buckets", "sentinel", "policies", "lifecycle", "as"];
const KEYS: [&str; 2] = [key::S3_ACCESS_KEY, key::S3_SECRET_KEY];

pub(super) struct AnswersReader<'a> {
    /// The start offset of each line except the first.
    starts: Vec<usize>,
    sources: &'a Sources<'a>,
    answers: Answers,
    problems: Vec<Problem>,
    /// The lines of settings that only one kind of store has.
    for_azure: Option<usize>,
    for_s3: Option<usize>,
    /// The key and line of the first literal secret.
    literal: Option<(&'static str, usize)>,
}

/// A value with its line, as text for a setting. The text is wiped from memory afterwards.
struct RawValue {
    text: Zeroizing<String>,
    line: usize,
    /// True if the value is in the answers file itself.
    literal: bool,
}

type TomlEntry<'a, 'i> = (String, &'a Spanned<DeValue<'i>>, usize);

impl<'a> AnswersReader<'a> {
    pub(super) fn new(text: &str, sources: &'a Sources<'a>) -> Self {
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1).collect();
        Self {
            starts,
            sources,
            answers: Answers::default(),
            problems: Vec::new(),
            for_azure: None,
            for_s3: None,
            literal: None,
        }
    }

    /// Records a TOML error. Uses only its message: the displayed error shows the line, which may contain a secret.
    pub(super) fn not_toml(&mut self, error: &toml::de::Error) {
        let line = self.line(error.span().map_or(0, |span| span.start));
        self.wrong(line, format!("This is not TOML: {}.", error.message()));
    }

    pub(super) fn end(mut self) -> (Answers, Vec<Problem>) {
        if let Some((key, line)) = self.literal.take().filter(|_| self.sources.open_to_others) {
            let message = format!(
                "Other users can read the answers file, and it contains {key}. Run chmod 600 on it, or give the value as \
                 {{ env = \"…\" }} or {{ file = \"…\" }}."
            );
            self.warn(Id::T59, Some(key), line, message);
        }
        self.problems.sort_by_key(|problem| match problem.origin {
            Some(Origin::Argument) => 0,
            Some(Origin::Answers { line }) => line,
            _ => usize::MAX,
        });
        (self.answers, self.problems)
    }

    /// Returns the line number, counted from one.
    fn line(&self, at: usize) -> usize {
        1 + self.starts.partition_point(|start| *start <= at)
    }

    fn wrong(&mut self, line: usize, message: impl Into<String>) {
        self.wrong_for(None, line, message);
    }

    fn wrong_for(&mut self, key: Option<&'static str>, line: usize, message: impl Into<String>) {
        let settings = key.into_iter().collect();
        self.problems.push(Problem::new(Id::T56, settings, message).of(Some(Origin::Answers { line })));
    }

    fn warn(&mut self, id: Id, setting: Option<&'static str>, line: usize, message: String) {
        self.answers.warnings.push(Remark::new(id, setting, message).of(Some(Origin::Answers { line })));
    }

    /// Returns the entries of a table, in the order of the lines.
    fn entries<'t, 'i>(&self, table: &'t DeTable<'i>) -> Vec<TomlEntry<'t, 'i>> {
        let mut entries: Vec<_> =
            table.iter().map(|(key, value)| (key.span().start, key.get_ref().to_string(), value)).collect();
        entries.sort_by_key(|(start, _, _)| *start);
        entries.into_iter().map(|(start, key, value)| (key, value, self.line(start))).collect()
    }

    pub(super) fn top(&mut self, table: &DeTable<'_>) {
        for (key, value, line) in self.entries(table) {
            match key.as_str() {
                // An argument overrides these.
                "provider" if self.answers.provider.is_some() => {}
                "region" if self.answers.region.is_some() => {}
                "provider" => self.provider(value, line),
                "release" => self.release(value, line),
                "region" => self.answers.region = self.text_of("region", value, line),
                "settings" => match value.get_ref() {
                    DeValue::Table(settings) => self.settings("", settings),
                    other => self.wrong(line, format!("settings is a table, not {}.", kind_of(other))),
                },
                "create" => match value.get_ref() {
                    DeValue::Table(create) => self.create(create),
                    other => self.wrong(line, format!("create is a table, not {}.", kind_of(other))),
                },
                "deployment" => match value.get_ref() {
                    DeValue::Table(deployment) => self.deployment(deployment),
                    other => self.wrong(line, format!("deployment is a table, not {}.", kind_of(other))),
                },
                "accept" => match value.get_ref() {
                    DeValue::Table(accept) => self.accept(accept),
                    other => self.wrong(line, format!("accept is a table, not {}.", kind_of(other))),
                },
                _ if catalogue::setting(&key).is_some() => {
                    self.wrong(line, format!("{key} is a setting: it belongs under [settings]."));
                }
                _ => self.unknown(&key, line, &TOP, &format!("{TABLES}, beside provider, release and region")),
            }
        }
        if self.answers.provider.is_none() && !table.contains_key("provider") {
            self.wrong(1, format!("provider is missing: one of {}.", provider_ids().join(", ")));
        }
        if let Some(provider) = self.answers.provider {
            self.of_another_kind(provider);
        }
        // A wrong or missing provider is reported above. The fallback provider has the fewest rules, so the rest can be
        // judged.
        self.answers.provider = self.answers.provider.or_else(provider::fallback);
    }

    /// Reports what does not fit this provider. Runs last, because the file may name the provider at its end.
    fn of_another_kind(&mut self, provider: &Provider) {
        let (line, message) = match provider.api {
            Api::S3 => (self.for_azure, "create.policies is for Azure only: S3 has no such thing."),
            Api::Azure => (self.for_s3, "[create.as] is for S3 only: an Azure account has no keys that may do more."),
        };
        if let Some(line) = line {
            self.wrong(line, message);
        }
    }

    fn unknown(&mut self, key: &str, line: usize, known: &[&str], all: &str) {
        let message = match nearest(key, known.iter().copied()) {
            Some(near) => format!("{key} is not known here; {near} is."),
            None => format!("{key} is not known here. {all}."),
        };
        self.wrong(line, message);
    }

    fn text_of(&mut self, key: &str, value: &Spanned<DeValue<'_>>, line: usize) -> Option<String> {
        match value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            other => {
                self.wrong(line, format!("{key} is a text, not {}.", kind_of(other)));
                None
            }
        }
    }

    fn provider(&mut self, value: &Spanned<DeValue<'_>>, line: usize) {
        let Some(id) = self.text_of("provider", value, line) else { return };
        self.answers.provider = provider::provider(&id);
        if self.answers.provider.is_none() {
            self.wrong(line, UnknownProvider(id).to_string());
        }
    }

    fn release(&mut self, value: &Spanned<DeValue<'_>>, line: usize) {
        let text = match value.get_ref() {
            // release = 5.9 would be clear, but TOML cannot distinguish 5.10 from 5.1.
            DeValue::Float(float) => {
                self.wrong(line, format!("release is a text: write \"{}\" in quotes.", float.as_str()));
                None
            }
            _ => self.text_of("release", value, line),
        };
        match text.map(|text| Release::named(&text)) {
            Some(Ok(release)) => self.answers.release = Some(release),
            Some(Err(error)) => self.wrong(line, error.to_string()),
            None => {}
        }
        // A wrong release is reported above. The rest is judged as if it were the newest one.
        self.answers.release.get_or_insert(Release::NEWEST);
    }

    /// Reads settings. TOML reads a dotted key without quotes (`s3.endpoint = …`) as a table, but to the operator it is
    /// the same setting.
    fn settings(&mut self, prefix: &str, table: &DeTable<'_>) {
        for (key, value, line) in self.entries(table) {
            let key = format!("{prefix}{key}");
            match value.get_ref() {
                DeValue::Table(inner) if !is_reference(inner) => self.settings(&format!("{key}."), inner),
                _ => self.setting(&key, value, line),
            }
        }
    }

    fn setting(&mut self, key: &str, value: &Spanned<DeValue<'_>>, line: usize) {
        let Some(setting) = catalogue::setting(key) else {
            return self.wrong(line, unknown_setting(key));
        };
        if self.overrides(setting.key) {
            return;
        }
        if let Some(before) = self.answers.settings.iter().find(|given| given.setting == setting) {
            let before = if let Origin::Answers { line } = before.origin { line } else { line };
            let message = format!(
                "{key} is answered twice, here and in line {before}: {} is its name in answers, the release decides how \
                 the file spells it.",
                setting.key
            );
            return self.wrong_for(Some(setting.key), line, message);
        }
        let Some(value) = self.value(setting.key, Some(setting.kind), value, line) else { return };
        let text = if setting.secret() {
            if value.literal {
                self.literal.get_or_insert((setting.key, line));
            }
            Text::Secret(Secret::new(value.text.as_str()))
        } else {
            Text::Plain(value.text.to_string())
        };
        self.answers.settings.push(GivenAnswer { setting, text, origin: Origin::Answers { line: value.line } });
    }

    /// Reads a value: a literal, or the content of a variable or a file.
    fn value(
        &mut self,
        key: &'static str,
        kind: Option<Kind>,
        value: &Spanned<DeValue<'_>>,
        line: usize,
    ) -> Option<RawValue> {
        let literal = |text: String| Some(RawValue { text: Zeroizing::new(text), line, literal: true });
        match value.get_ref() {
            DeValue::String(text) => literal(text.to_string()),
            DeValue::Boolean(yes) => literal(yes.to_string()),
            DeValue::Float(float) => literal(float.as_str().replace('_', "")),
            DeValue::Integer(integer) => {
                let digits = integer.as_str().replace('_', "");
                let Ok(number) = i64::from_str_radix(&digits, integer.radix()) else {
                    self.wrong_for(Some(key), line, format!("{key} is too large a number."));
                    return None;
                };
                literal(number.to_string())
            }
            DeValue::Table(table) if is_reference(table) => self.reference(key, table, line),
            DeValue::Array(_) if kind == Some(Kind::List) => {
                self.wrong_for(Some(key), line, format!("{key} is one text, with commas between its parts."));
                None
            }
            other => {
                let message = format!(
                    "{key} is a text, a number, true or false, {{ env = \"…\" }} or {{ file = \"…\" }}, not {}.",
                    kind_of(other)
                );
                self.wrong_for(Some(key), line, message);
                None
            }
        }
    }

    fn reference(&mut self, key: &'static str, table: &DeTable<'_>, line: usize) -> Option<RawValue> {
        let said = match self.entries(table).as_slice() {
            [(how, name, _)] => match (how.as_str(), name.get_ref()) {
                ("env", DeValue::String(name)) => {
                    (self.sources.variable)(name).ok_or_else(|| ReferenceError::Variable(name.to_string()))
                }
                ("file", DeValue::String(path)) => read_reference(self.sources, Path::new(path.as_ref())),
                (how, other) => Err(ReferenceError::Kind { how: how.to_owned(), kind: kind_of(other) }),
            },
            _ => Err(ReferenceError::Both),
        };
        match said {
            Ok(text) => Some(RawValue { text: Zeroizing::new(text), line, literal: false }),
            Err(why) => {
                self.wrong_for(Some(key), line, format!("{key}: {why}."));
                None
            }
        }
    }

    fn create(&mut self, table: &DeTable<'_>) {
        for (key, value, line) in self.entries(table) {
            match (key.as_str(), value.get_ref()) {
                ("buckets", DeValue::Boolean(yes)) => {
                    self.answers.create.buckets = *yes;
                    self.answers.create.doubtful = *yes;
                }
                ("sentinel", DeValue::Boolean(yes)) => self.answers.create.sentinel = *yes,
                ("policies", DeValue::Boolean(yes)) => {
                    self.answers.create.policies = *yes;
                    self.answers.create.changes = *yes;
                    self.for_azure.get_or_insert(line);
                }
                ("lifecycle", DeValue::Boolean(yes)) => {
                    self.answers.create.lifecycle = *yes;
                    self.for_s3.get_or_insert(line);
                }
                ("buckets" | "sentinel" | "policies" | "lifecycle", other) => {
                    self.wrong(line, format!("create.{key} is true or false, not {}.", kind_of(other)));
                }
                ("as", DeValue::Table(keys)) => self.create_as(keys, line),
                ("as", other) => self.wrong(line, format!("create.as is a table, not {}.", kind_of(other))),
                _ => self.unknown(
                    &key,
                    line,
                    &CREATE,
                    "[create] takes buckets, sentinel, policies and lifecycle, and [create.as] the keys",
                ),
            }
        }
    }

    fn create_as(&mut self, table: &DeTable<'_>, line: usize) {
        self.for_s3.get_or_insert(line);
        let mut found = [const { None::<Zeroizing<String>> }; 2];
        let before = self.problems.len();
        self.collect_keys("", table, &mut found);
        match found {
            [Some(access_key), Some(secret_key)] => {
                self.answers.create_as =
                    Some(Keys { access_key: access_key.to_string(), secret_key: Secret::new(secret_key.as_str()) });
            }
            _ if self.problems.len() == before => {
                self.wrong(line, "[create.as] needs both s3.accessKey and s3.secretKey.");
            }
            _ => {}
        }
    }

    /// Validates one key as for Score's own keys. Trims an access key, with a warning, and does not trim a secret key.
    fn usable(&mut self, at: usize, value: &RawValue) -> Option<Zeroizing<String>> {
        let (key, line) = (KEYS[at], value.line);
        let text = if at == 0 { Zeroizing::new(value.text.trim().to_owned()) } else { value.text.clone() };
        if text.is_empty() {
            self.wrong_for(Some(key), line, format!("{key} of [create.as] must not be empty."));
            return None;
        }
        if text.len() < value.text.len() {
            self.warn(Id::T58, Some(key), line, format!("{key} of [create.as]: the spaces around it were removed."));
        }
        match credential::secret(&text) {
            Err(rule) if at == 1 => {
                self.wrong_for(Some(key), line, rule.of(format!("{key} of [create.as]")).to_string());
                None
            }
            _ => Some(text),
        }
    }

    fn collect_keys(&mut self, prefix: &str, table: &DeTable<'_>, found: &mut [Option<Zeroizing<String>>; 2]) {
        for (key, value, line) in self.entries(table) {
            let key = format!("{prefix}{key}");
            match (KEYS.iter().position(|known| *known == key), value.get_ref()) {
                (Some(at), _) => {
                    let Some(value) = self.value(KEYS[at], None, value, line) else { continue };
                    if at == 1 && value.literal {
                        self.literal.get_or_insert((KEYS[1], line));
                    }
                    found[at] = self.usable(at, &value);
                }
                (None, DeValue::Table(inner)) if !is_reference(inner) => {
                    self.collect_keys(&format!("{key}."), inner, found);
                }
                (None, _) => self.unknown(&key, line, &KEYS, "[create.as] takes s3.accessKey and s3.secretKey"),
            }
        }
    }
}

/// Returns true for `{ env = … }`, `{ file = … }`, or both. Both together are one error, not two unknown settings.
fn is_reference(table: &DeTable<'_>) -> bool {
    !table.is_empty() && table.iter().all(|(key, _)| matches!(key.get_ref().as_ref(), "env" | "file"))
}

/// The reason why `{ env = … }` or `{ file = … }` gives no text.
#[derive(Debug, thiserror::Error)]
enum ReferenceError {
    #[error("the environment variable {0} is not set, or not text")]
    Variable(String),
    #[error("cannot read {}: {}", path.display(), cause(error))]
    Unreadable { path: PathBuf, error: io::Error },
    #[error("{} is not text in UTF-8", _0.display())]
    NotText(PathBuf),
    #[error("{how} takes a text, not {kind}")]
    Kind { how: String, kind: &'static str },
    #[error("give either env or file, not both")]
    Both,
}

/// Reads the text of the file without its last line end, which editors and `echo` add.
fn read_reference(sources: &Sources<'_>, path: &Path) -> Result<String, ReferenceError> {
    let unreadable = |error| ReferenceError::Unreadable { path: path.to_owned(), error };
    let bytes = (sources.file)(path).map_err(unreadable)?;
    let mut text = String::from_utf8(bytes).map_err(|_| ReferenceError::NotText(path.to_owned()))?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

#[derive(Debug, thiserror::Error)]
#[error("There is no provider {0:?}{near}", near = near_provider(.0))]
struct UnknownProvider(String);

fn near_provider(id: &str) -> String {
    let ids = provider_ids();
    match nearest(id, ids.iter().copied()) {
        Some(near) => format!("; {near:?} is one."),
        None => format!(": one of {}.", ids.join(", ")),
    }
}

/// Returns the message about a key that is not a setting.
fn unknown_setting(key: &str) -> String {
    let names = |setting: &'static catalogue::Setting| [Some(setting.key), setting.key_until_5_11];
    let known = catalogue::SETTINGS.iter().flat_map(names).flatten();
    match nearest(key, known) {
        Some(near) => format!("{key} is not a setting. The nearest one is {near}."),
        None => format!("{key} is not a setting of Score that score-setup writes."),
    }
}

fn provider_ids() -> Vec<&'static str> {
    provider::providers().iter().map(|provider| provider.id.as_str()).collect()
}

fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
