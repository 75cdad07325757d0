//! Reads the variables that Score is started with, as the reader of each kind of file does. `docker run --env-file`
//! reads a line exactly as written; compose interprets quotes, `$` and ` #`. Knows no setting.

mod interpolate;
mod unknown;

use std::collections::HashMap;

use super::{Changed, Variable};
use crate::text::secret::Secret;
pub(super) use interpolate::{Filled, Unset, interpolated, is_name};
pub use interpolate::{LONGEST, TooLong};
pub use unknown::{source_of_unknown, unknown};

/// Parses lines of `NAME=value` exactly as written, as `docker run --env-file` does: quotes, trailing spaces and `#`
/// inside a value stay. A name without `=` gets its value from the environment of Docker, so it is not known here.
/// Docker refuses a line with `export`. Such lines are read anyway, because other readers accept them.
#[must_use]
pub fn literal(bytes: &[u8]) -> Vec<Variable> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let lines = text.lines().enumerate();
    lines
        .filter_map(|(at, line)| {
            let line = line.trim_start();
            let line = without_export(line).unwrap_or(line);
            if is_bare(line) {
                let value = unknown("the environment of docker");
                return Some(Variable { line: Some(at + 1), ..Variable::new(line.trim_end(), value) });
            }
            let (name, value) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
            named(name).map(|name| Variable { line: Some(at + 1), ..Variable::new(name, value) })
        })
        .collect()
}

/// Returns true for a line that is the name of a variable alone. Names in lower case are left out: they are the rest of a
/// value with line breaks, such as a certificate.
pub(super) fn is_bare(line: &str) -> bool {
    let line = line.trim_end();
    let letter = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
    line.starts_with(|first: char| first.is_ascii_uppercase()) && line.contains('_') && line.chars().all(letter)
}

/// Returns the lines that begin with `export`. Docker refuses them (`ParseEnvFile`: the name contains whitespace).
#[must_use]
pub fn exported(bytes: &[u8]) -> Vec<usize> {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().enumerate();
    lines.filter(|(_, line)| without_export(line.trim_start()).is_some()).map(|(at, _)| at + 1).collect()
}

fn without_export(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("export")?;
    rest.starts_with([' ', '\t']).then(|| rest.trim_start()).filter(|rest| !rest.starts_with('='))
}

/// Parses the same lines as compose does for `env_file` and `.env`: quotes are removed, ` #` begins a comment, and `$`
/// refers to another variable except in single quotes. `known` looks up other variables. An unknown one is empty, as in
/// compose, except if it is the whole value: then the value stays `${NAME}` and comes from the shell.
///
/// # Errors
/// Returns an error with the line at which the replaced variables become too long.
pub fn compose(bytes: &[u8], known: &dyn Fn(&str) -> Option<Variable>) -> Result<Vec<Variable>, TooLong> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut all: Vec<Variable> = Vec::new();
    let mut latest: HashMap<String, usize> = HashMap::new();
    let mut lines = text.lines().enumerate();
    let mut left = LONGEST;
    while let Some((at, line)) = lines.next() {
        let line = line.trim_start();
        let line = without_export(line).unwrap_or(line);
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
        let earlier = |name: &str| known(name).or_else(|| all.get(*latest.get(name)?).cloned());
        let filled = match (quote, end) {
            (Some('\''), Some(end)) => Ok(Filled::plain(&value[1..end])),
            (Some(_), Some(end)) => interpolated(&unescaped(&value[1..end]), &earlier, Unset::Empty),
            _ => interpolated(without_comment(&value), &earlier, Unset::Empty),
        };
        let line = at + 1;
        let too_long = || TooLong { line: Some(line) };
        let filled = filled.map_err(|_| too_long())?;
        left = left.checked_sub(filled.value.shape(str::len)).ok_or_else(too_long)?;
        latest.insert(name.clone(), all.len());
        let changed = filled.changed.map(|_| Changed::Dollar(Some(line)));
        all.push(Variable { line: Some(line), changed, ..Variable::new(name, filled.value) });
    }
    Ok(all)
}

/// Returns the lines that Docker and compose read differently: their meaning depends on the reader.
///
/// # Errors
/// Returns an error if compose cannot read the file.
pub fn told_apart(bytes: &[u8]) -> Result<Vec<usize>, TooLong> {
    let mine = literal(bytes);
    let theirs = compose(bytes, &|_| None)?;
    let mut by_name: HashMap<&str, Vec<&Secret>> = HashMap::new();
    for other in &theirs {
        by_name.entry(&other.name).or_default().push(&other.value);
    }
    let same = |one: &Variable| by_name.get(&*one.name).is_some_and(|values| values.contains(&&one.value));
    // A name alone comes from outside for both.
    let alone = |one: &&Variable| one.value.shape(|text| source_of_unknown(text).is_some());
    Ok(mine.iter().filter(|one| !same(one) && !alone(one)).filter_map(|one| one.line).collect())
}

/// Parses words `NAME=value`, as in `/proc/<pid>/environ`, an image or a container.
#[must_use]
pub fn of_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<Variable> {
    let split = |word: &'a str| {
        let (name, value) = word.split_once('=')?;
        named(name).map(|name| Variable::new(name, value))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn told(all: &[Variable]) -> Vec<(&str, &str, Option<usize>)> {
        all.iter().map(|one| (one.name.as_str(), one.value.for_file(), one.line)).collect()
    }

    const FILE: &[u8] =
        b"# c\nA=plain\n B = x\nC=\"quoted\" # why\nD=a#b #c\nE=$A/${A}/${NO}/${NO:-d}/$$\nF='$A'\nMY_NAME\nG=\n";

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
                ("MY_NAME", "${unknown here, from the environment of docker}", Some(8)),
                ("G", "", Some(9)),
            ]
        );
    }

    #[test]
    fn compose_takes_quotes_comments_and_dollars_for_itself() {
        assert_eq!(
            told(&compose(FILE, &|_| None).unwrap()),
            [
                ("A", "plain", Some(2)),
                ("B", "x", Some(3)),
                ("C", "quoted", Some(4)),
                ("D", "a#b", Some(5)),
                ("E", "plain/plain//d/$", Some(6)),
                ("F", "$A", Some(7)),
                ("G", "", Some(9)),
            ]
        );
        assert_eq!(told_apart(FILE), Ok(vec![4, 5, 6, 7]));
    }

    #[test]
    fn a_quoted_value_may_go_on_over_lines_and_hold_escapes() {
        let all = compose(b"A=\"one\ntwo\\n\\$x \\\" # no\"\nB=1\n", &|_| None).unwrap();
        assert_eq!(told(&all), [("A", "one\ntwo\n$x \" # no", Some(1)), ("B", "1", Some(3))]);
        assert_eq!(told(&compose(b"A=\"open\nB=1\n", &|_| None).unwrap()), [("A", "\"open\nB=1", Some(1))]);
    }

    /// Also reads a file of 1 MiB: an open quote extends to the end of the file, and each line is read only once.
    #[test]
    fn a_long_file_is_read_in_one_go() {
        let lines = (0..40_000).map(|number| format!("S3_KEY_{number}=value")).collect::<Vec<_>>().join("\n");
        assert_eq!(told_apart(lines.as_bytes()), Ok(Vec::new()));
        let open = format!("A=\"open\n{lines}");
        assert_eq!(compose(open.as_bytes(), &|_| None).unwrap().len(), 1);
    }

    #[test]
    fn variables_that_double_each_other_end_at_the_line_that_is_too_long() {
        let doubled: Vec<_> = (1..64).map(|at| format!("A{at}=$A{0}$A{0}\n", at - 1)).collect();
        let text = format!("A0=0123456789abcdef\n{}", doubled.concat());
        // The 17th value has 16 bytes · 2^16 = 1 MiB; the values before it have as many together.
        assert_eq!(compose(text.as_bytes(), &|_| None), Err(TooLong { line: Some(17) }));
        assert_eq!(told_apart(text.as_bytes()), Err(TooLong { line: Some(17) }));
    }

    #[test]
    fn a_dollar_inside_a_value_is_noticed() {
        let text =
            b"SECRET=c2Vj$cmV0c2Vj\nSAFE='c2Vj$cmV0'\nTWICE=c2Vj$$x\nSHELL_SETS=${NAME}\nKNOWN=$SAFE-x\nCOPY=$SECRET\n";
        let all = compose(text, &|_| None).unwrap();
        let told: Vec<_> = all.iter().map(|one| (one.value.for_file(), one.changed)).collect();
        assert_eq!(
            told,
            [
                ("c2Vj", Some(Changed::Dollar(Some(1)))),
                ("c2Vj$cmV0", None),
                ("c2Vj$x", None),
                ("${NAME}", None),
                ("c2Vj$cmV0-x", None),
                ("c2Vj", Some(Changed::Dollar(Some(6)))),
            ]
        );
    }

    #[test]
    fn lines_with_export_are_read_and_told() {
        let text = b"export A=1\nB=2\nexport=3\n\texport\tC=4\n#export D=5\n";
        assert_eq!(
            told(&literal(text)),
            [("A", "1", Some(1)), ("B", "2", Some(2)), ("export", "3", Some(3)), ("C", "4", Some(4))]
        );
        assert_eq!(exported(text), [1, 4]);
        assert_eq!(told(&compose(text, &|_| None).unwrap()), told(&literal(text)));
    }
}
