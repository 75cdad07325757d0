//! Reads the variables that Score is started with, as the reader of each kind of file does. `docker run --env-file`
//! reads a line exactly as written; compose interprets quotes, `$` and ` #`. Knows no setting.

use std::collections::HashMap;

use super::{EnvironmentOrigin, Form, FormError, Reading, Source, Variable, container::Container};
use crate::forms::Base;
use crate::text::secret::Secret;

/// The row of the table `FORMS`.
#[derive(Debug)]
pub(super) struct EnvFileForm;

impl Form for EnvFileForm {
    fn name(&self) -> &'static str {
        "env file"
    }

    /// Returns true for the usual names of env files, and for a text whose every line sets a variable in upper case.
    fn recognises(&self, source: &Source<'_>) -> bool {
        let name = source.file_name();
        is_env_file_name(&name) || (!name.ends_with(".properties") && sets_variables_only(&source.text()))
    }

    /// Reads every line exactly as written, as `docker run --env-file` does: the file alone does not show its reader.
    fn read(&self, source: &Source<'_>) -> Result<Reading, FormError> {
        let base = Base { path: source.path.to_owned(), bytes: Some(source.bytes.to_vec()), notes: Vec::new() };
        let mut notes = Vec::new();
        let apart = told_apart(source.bytes);
        if !apart.is_empty() {
            let lines: Vec<_> = apart.iter().map(usize::to_string).collect();
            let (word, verb) = if lines.len() == 1 { ("Line", "means") } else { ("Lines", "mean") };
            notes.push(format!(
                "{word} {} {verb} something different to compose than to docker run --env-file, which keeps a line exactly as \
                 written. Here they are read as docker does.",
                lines.join(", ")
            ));
        }
        let container = Container { variables: literal(source.bytes), notes, ..Container::default() };
        Ok(Reading::Container { container: Box::new(container), origin: EnvironmentOrigin::File(base) })
    }
}

/// Returns true for `.env`, `.env.NAME` and `NAME.env`.
#[must_use]
pub fn is_env_file_name(name: &str) -> bool {
    name == ".env" || name.starts_with(".env.") || name.strip_suffix(".env").is_some_and(|stem| !stem.is_empty())
}

fn sets_variables_only(text: &str) -> bool {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let variable = |line: &str| {
        line.strip_prefix("export ").unwrap_or(line).split_once('=').is_some_and(|(name, _)| {
            let letter = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
            name.starts_with(|first: char| first.is_ascii_uppercase()) && name.bytes().all(letter)
        })
    };
    !text.starts_with("#!") && lines().next().is_some() && lines().all(variable)
}

/// Parses lines of `NAME=value` exactly as written, as `docker run --env-file` does: quotes, trailing spaces and `#`
/// inside a value stay. A name without `=` gets its value from the environment of Docker, so it is not known here.
#[must_use]
pub fn literal(bytes: &[u8]) -> Vec<Variable> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let lines = text.lines().enumerate();
    lines
        .filter_map(|(at, line)| {
            let line = line.trim_start();
            let (name, value) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
            named(name).map(|name| Variable { name, value: Secret::new(value), file: None, line: Some(at + 1) })
        })
        .collect()
}

/// Parses the same lines as compose does for `env_file` and `.env`: quotes are removed, ` #` begins a comment, and `$`
/// refers to another variable except in single quotes. `known` looks up other variables; an unknown one stays
/// `${NAME}`.
#[must_use]
pub fn compose(bytes: &[u8], known: &dyn Fn(&str) -> Option<Secret>) -> Vec<Variable> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut all: Vec<Variable> = Vec::new();
    let mut latest: HashMap<String, usize> = HashMap::new();
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((name, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else { continue };
        let Some(name) = named(name.trim_end()) else { continue };
        let mut value = value.trim().to_owned();
        let quote = value.chars().next().filter(|first| ['"', '\''].contains(first));
        let mut end = quote.and_then(|quote| closing(&value, 1, quote));
        // A value in quotes may continue after the end of the line.
        while let (Some(quote), None) = (quote, end)
            && let Some((_, more)) = lines.next()
        {
            let from = value.len() + 1;
            value.extend(["\n", more]);
            end = closing(&value, from, quote);
        }
        let earlier = |name: &str| known(name).or_else(|| all.get(*latest.get(name)?).map(|one| one.value.clone()));
        let value = match (quote, end) {
            (Some('\''), Some(end)) => Secret::new(&value[1..end]),
            (Some(_), Some(end)) => interpolated(&unescaped(&value[1..end]), &earlier),
            _ => interpolated(without_comment(&value), &earlier),
        };
        latest.insert(name.clone(), all.len());
        all.push(Variable { name, value, file: None, line: Some(at + 1) });
    }
    all
}

/// Returns the lines that Docker and compose read differently: their meaning depends on the reader.
#[must_use]
pub fn told_apart(bytes: &[u8]) -> Vec<usize> {
    let mine = literal(bytes);
    let theirs = compose(bytes, &|_| None);
    let mut by_name: HashMap<&str, Vec<&Secret>> = HashMap::new();
    for other in &theirs {
        by_name.entry(&other.name).or_default().push(&other.value);
    }
    let same = |one: &Variable| by_name.get(&*one.name).is_some_and(|values| values.contains(&&one.value));
    mine.iter().filter(|one| !same(one)).filter_map(|one| one.line).collect()
}

/// Parses words `NAME=value`, as in `/proc/<pid>/environ`, an image or a container.
#[must_use]
pub fn of_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<Variable> {
    let split = |word: &'a str| {
        let (name, value) = word.split_once('=')?;
        named(name).map(|name| Variable { name, value: Secret::new(value), file: None, line: None })
    };
    words.into_iter().filter_map(split).collect()
}

fn named(name: &str) -> Option<String> {
    let plain = |letter: char| !letter.is_whitespace() && !letter.is_control();
    (!name.is_empty() && name.chars().all(plain)).then(|| name.to_owned())
}

/// Returns the position, from `from` on, of the quote that closes the value.
fn closing(value: &str, from: usize, quote: char) -> Option<usize> {
    let mut escaped = false;
    value[from..].char_indices().find_map(|(at, letter)| {
        let closes = letter == quote && !escaped;
        escaped = letter == '\\' && !escaped && quote == '"';
        closes.then_some(from + at)
    })
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, if letter == '\\' { letters.next() } else { None }) {
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('r')) => out.push('\r'),
            ('\\', Some('t')) => out.push('\t'),
            ('\\', Some('$')) => out.push_str("$$"),
            ('\\', Some(other @ ('"' | '\\'))) => out.push(other),
            ('\\', Some(other)) => out.extend(['\\', other]),
            (letter, _) => out.push(letter),
        }
    }
    out
}

fn without_comment(value: &str) -> &str {
    let end = value.find(" #").or_else(|| value.find("\t#"));
    end.map_or(value, |end| &value[..end]).trim_end()
}

/// Replaces `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:+other}`, `${NAME:?message}`, and `$$`
/// for a dollar, as compose does. An unknown variable stays `${NAME}`: its value is set when Score is started.
#[must_use]
pub fn interpolated(text: &str, known: &dyn Fn(&str) -> Option<Secret>) -> Secret {
    Secret::new(filled(text, known, 0))
}

/// The deepest nesting of defaults within defaults.
const DEEPEST: usize = 8;

fn filled(text: &str, known: &dyn Fn(&str) -> Option<Secret>, depth: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(behind) = rest.strip_prefix('$') {
            out.push('$');
            rest = behind;
        } else if let Some(inner) = rest.strip_prefix('{') {
            let Some(end) = closing_brace(inner) else {
                out.push('$');
                continue;
            };
            out.push_str(&asked(&inner[..end], known, depth));
            rest = &inner[end + 1..];
        } else {
            let end = rest.find(|letter: char| !is_name(letter)).unwrap_or(rest.len());
            if end == 0 || rest.starts_with(|first: char| first.is_ascii_digit()) {
                out.push('$');
                continue;
            }
            out.push_str(&asked(&rest[..end], known, depth));
            rest = &rest[end..];
        }
    }
    out + rest
}

fn asked(inner: &str, known: &dyn Fn(&str) -> Option<Secret>, depth: usize) -> String {
    let end = inner.find(|letter: char| !is_name(letter)).unwrap_or(inner.len());
    let (name, rest) = inner.split_at(end);
    let value = known(name).map(|secret| secret.for_file().to_owned());
    let (strict, sign) = rest.strip_prefix(':').map_or((false, rest), |sign| (true, sign));
    let set = value.as_ref().is_some_and(|value| !(strict && value.is_empty()));
    let other = || match depth {
        DEEPEST => format!("${{{inner}}}"),
        _ => filled(sign.get(1..).unwrap_or_default(), known, depth + 1),
    };
    match (sign.chars().next(), value) {
        (Some('-'), _) if !set => other(),
        (Some('+'), _) if set => other(),
        (Some('+'), Some(_)) => String::new(),
        (None | Some('-' | '?'), Some(value)) => value,
        _ => format!("${{{inner}}}"),
    }
}

fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(all: &[Variable]) -> Vec<(&str, &str, Option<usize>)> {
        all.iter().map(|one| (one.name.as_str(), one.value.for_file(), one.line)).collect()
    }

    const FILE: &[u8] =
        b"# c\nA=plain\n B = x\nC=\"quoted\" # why\nD=a#b #c\nE=$A/${A}/${NO}/${NO:-d}/$$\nF='$A'\nNAME\nG=\n";

    #[test]
    fn docker_takes_a_line_to_the_letter() {
        assert_eq!(
            told(&literal(FILE)),
            [
                ("A", "plain", Some(2)),
                ("C", "\"quoted\" # why", Some(4)),
                ("D", "a#b #c", Some(5)),
                ("E", "$A/${A}/${NO}/${NO:-d}/$$", Some(6)),
                ("F", "'$A'", Some(7)),
                ("G", "", Some(9)),
            ]
        );
    }

    #[test]
    fn compose_takes_quotes_comments_and_dollars_for_itself() {
        assert_eq!(
            told(&compose(FILE, &|_| None)),
            [
                ("A", "plain", Some(2)),
                ("B", "x", Some(3)),
                ("C", "quoted", Some(4)),
                ("D", "a#b", Some(5)),
                ("E", "plain/plain/${NO}/d/$", Some(6)),
                ("F", "$A", Some(7)),
                ("G", "", Some(9)),
            ]
        );
        assert_eq!(told_apart(FILE), [4, 5, 6, 7]);
    }

    #[test]
    fn a_quoted_value_may_go_on_over_lines_and_hold_escapes() {
        let all = compose(b"A=\"one\ntwo\\n\\$x \\\" # no\"\nB=1\n", &|_| None);
        assert_eq!(told(&all), [("A", "one\ntwo\n$x \" # no", Some(1)), ("B", "1", Some(3))]);
        assert_eq!(told(&compose(b"A=\"open\nB=1\n", &|_| None)), [("A", "\"open\nB=1", Some(1))]);
    }

    /// Also reads a file of 10 MB: an open quote extends to the end of the file, and each line is read only once.
    #[test]
    fn a_long_file_is_read_in_one_go() {
        let lines = (0..100_000).map(|number| format!("S3_KEY_{number}=value")).collect::<Vec<_>>().join("\n");
        assert_eq!(told_apart(lines.as_bytes()), [0; 0]);
        let open = format!("A=\"open\n{lines}");
        assert_eq!(compose(open.as_bytes(), &|_| None).len(), 1);
    }

    #[test]
    fn every_way_to_ask_for_a_variable_is_answered() {
        let known = |name: &str| match name {
            "SET" => Some(Secret::new("s")),
            "EMPTY" => Some(Secret::new("")),
            _ => None,
        };
        for (text, value) in [
            ("$SET.x", "s.x"),
            ("${EMPTY:-d}", "d"),
            ("${EMPTY-d}", ""),
            ("${NO:-${SET}}", "s"),
            ("${SET:+o}", "o"),
            ("${EMPTY:+o}", ""),
            ("${SET:?needed}", "s"),
            ("${NO:?needed}", "${NO:?needed}"),
            ("${NO}", "${NO}"),
            ("a$", "a$"),
            ("${open", "${open"),
            ("$1 $$SET", "$1 $SET"),
        ] {
            assert_eq!(interpolated(text, &known).for_file(), value, "{text}");
        }
    }
}
