//! Recognises and reads a file of variables: for `docker run --env-file`, or for compose's `env_file`.

use std::path::Path;

use super::{
    Base, EnvironmentOrigin, Fit, FormError, Outline, Reading, Source, Variable,
    container::Container,
    environment::{exported, is_bare, literal, told_apart},
};
use crate::score::unread::may_set;

/// Returns true for `.env`, `.env.NAME` and `NAME.env`.
pub(super) fn named(name: &str) -> bool {
    name == ".env" || name.starts_with(".env.") || name.strip_suffix(".env").is_some_and(|stem| !stem.is_empty())
}

/// A text is sure to be of this form if every line sets a variable, and most names are in upper case.
pub(super) fn fits(outline: &Outline<'_>) -> Fit {
    if !outline.may_be_lines() {
        return Fit::No;
    }
    let (mut upper, mut others) = (0_usize, 0_usize);
    // A line that sets nothing leaves it to the name of the file.
    let mut whole = true;
    let mut quote = None;
    for line in super::outline::lines(&outline.text) {
        if let Some(open) = quote {
            quote = Some(open).filter(|_| !line.contains(open));
            continue;
        }
        let Some((name, value)) = line.strip_prefix("export ").unwrap_or(line).split_once('=') else {
            whole &= is_bare(line);
            continue;
        };
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-%".contains(&byte);
        if name.is_empty() || !name.bytes().all(letter) {
            whole = false;
            continue;
        }
        let is_upper = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        *(if is_upper { &mut upper } else { &mut others }) += 1;
        let first = value.chars().next().filter(|first| ['"', '\''].contains(first));
        quote = first.filter(|open| !value[1..].contains(*open));
    }
    let whole = whole || named(&outline.source.file_name());
    if upper > others && quote.is_none() && whole { Fit::Sure } else { Fit::Open }
}

/// Reads every line exactly as written, as `docker run --env-file` does: the file alone does not show its reader.
///
/// # Errors
/// Returns an error if only compose reads the file.
pub(super) fn read(source: &Source<'_>) -> Result<Reading, FormError> {
    let variables = literal(source.bytes);
    if source.file_name() == ".env" && fills_in_compose(source, &variables) {
        let hint = "compose replaces variables of the compose file next to it with these values; name the compose file";
        return Err(FormError::NoScore { name: "env file", hint });
    }
    let base = Base { path: source.path.to_owned(), bytes: Some(source.bytes.to_vec()), notes: Vec::new() };
    let mut notes = Vec::new();
    let exports = exported(source.bytes);
    if !exports.is_empty() {
        notes.push(format!(
            "{} with export. docker run --env-file refuses the whole file. Compose and a shell accept it.",
            lines(&exports, "begins", "begin")
        ));
    }
    match told_apart(source.bytes) {
        Ok(apart) if apart.is_empty() => {}
        Ok(apart) => notes.push(format!(
            "{} something different to compose and to systemd than to docker run --env-file, which keeps a line exactly \
             as written. Here they are read as docker does.",
            lines(&apart, "means", "mean")
        )),
        Err(error) => notes.push(format!("Compose cannot read the file: {error}.")),
    }
    let container = Container { variables, notes, ..Container::default() };
    Ok(Reading::Container { container: Box::new(container), origin: EnvironmentOrigin::File(base) })
}

/// Returns true if no variable of this `.env` is a setting of Score, and the compose file next to it names no file of
/// variables. Compose then reads `.env` only for the placeholders of the compose file.
fn fills_in_compose(source: &Source<'_>, variables: &[Variable]) -> bool {
    let compose = super::compose::DEFAULT_NAMES.iter().find_map(|name| (source.open)(Path::new(name)));
    let fills_in = compose.is_some_and(|text| !String::from_utf8_lossy(&text).contains("env_file"));
    fills_in && !variables.is_empty() && !variables.iter().any(|variable| may_set(&variable.name))
}

fn lines(numbers: &[usize], one: &str, several: &str) -> String {
    let shown: Vec<_> = numbers.iter().take(20).map(usize::to_string).collect();
    let rest = if numbers.len() > shown.len() { ", …" } else { "" };
    match shown.len() {
        1 => format!("Line {} {one}", shown.concat()),
        _ => format!("Lines {}{rest} {several}", shown.join(", ")),
    }
}
