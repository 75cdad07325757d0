//! Reads commands that give a store to a client: `mc alias set`, and `aws configure set`.

use zeroize::Zeroizing;

use super::{NamedValue, PasteError, ValueGroup};

/// The beginnings of the commands, without options, and what the words after them are.
const COMMANDS: &[(&[&str], Words)] = &[
    (&["mc", "alias", "set"], Words::Alias),
    (&["mc", "alias", "s"], Words::Alias),
    (&["mc", "config", "host", "add"], Words::Alias),
    (&["mcli", "alias", "set"], Words::Alias),
    (&["aws", "configure", "set"], Words::NameAndValue),
];

/// The words after a command.
#[derive(Clone, Copy)]
enum Words {
    /// The name of the alias, the URL, the access key and the secret key.
    Alias,
    /// The name of a value, and the value.
    NameAndValue,
}

/// The options that the next word belongs to, if no `=` follows the option.
const WITH_VALUE: &[&str] = &[
    "--api",
    "--path",
    "--config-dir",
    "-C",
    "--resolve",
    "--limit-upload",
    "--limit-download",
    "--custom-header",
    "-H",
    "--profile",
    "--region",
];

/// The options that say something about the store.
const READ: &[&str] = &["--api", "--region"];

type ShellWord = Zeroizing<String>;

/// Returns true if a line of the text is one of the commands.
pub(super) fn fits(text: &str) -> bool {
    commands(text).iter().any(|(_, words)| known(words).is_some())
}

#[expect(clippy::unnecessary_wraps, reason = "all shapes are read by functions of one type")]
pub(super) fn read(text: &str) -> Result<Vec<ValueGroup>, PasteError> {
    let mut sections: Vec<ValueGroup> = Vec::new();
    for (line, words) in commands(text) {
        let Some((rest, options, kind)) = known(&words) else { continue };
        let put = |name: &str, value: &str| NamedValue::new(name, value, line);
        let profile = options.iter().find(|(name, _)| *name == "--profile").map(|(_, value)| (*value).to_owned());
        let options = options.iter().filter(|(name, _)| READ.contains(name));
        let mut pairs: Vec<NamedValue> =
            options.map(|(name, value)| put(name.trim_start_matches('-'), value)).collect();
        match kind {
            Words::Alias => {
                pairs.extend(
                    ["url", "accesskey", "secretkey"]
                        .into_iter()
                        .zip(&rest[1.min(rest.len())..])
                        .map(|(name, value)| put(name, value)),
                );
                let name = rest.first().map(|name| name.to_string());
                sections.push(ValueGroup { name, pairs, tool: Some("mc"), unread: Vec::new() });
            }
            Words::NameAndValue => {
                let [name, value] = rest[..] else { continue };
                let name = name.rsplit('.').next().unwrap_or(name);
                pairs.push(put(name, value));
                match sections.iter_mut().find(|section| section.name == profile) {
                    Some(section) => section.pairs.append(&mut pairs),
                    None => sections.push(ValueGroup {
                        name: profile,
                        pairs,
                        tool: Some("aws-cli"),
                        ..ValueGroup::default()
                    }),
                }
            }
        }
    }
    Ok(sections)
}

/// The words of a command after its beginning, its options with their values, and its kind.
type Known<'a> = (Vec<&'a ShellWord>, Vec<(&'a str, &'a str)>, Words);

/// Returns the parts of the command, if it is one of those that are read.
fn known(words: &[ShellWord]) -> Option<Known<'_>> {
    let mut plain = Vec::new();
    let mut options = Vec::new();
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        if let Some((name, value)) = word.split_once('=').filter(|_| word.starts_with("--")) {
            options.push((name, value));
        } else if WITH_VALUE.contains(&word.as_str()) {
            options.extend(words.next().map(|value| (word.as_str(), value.as_str())));
        } else if !(word.starts_with("--") || word.starts_with('-') && word.len() == 2) {
            plain.push(word);
        }
    }
    // A prompt, a variable or sudo may be in front, and a path in front of the name.
    let start = |begin: &[&str]| {
        (0..plain.len().min(4)).find(|at| {
            let here = plain.get(*at..at + begin.len()).unwrap_or_default();
            let program = |word: &str| word.rsplit('/').next().unwrap_or_default().to_owned();
            here.len() == begin.len()
                && here
                    .iter()
                    .enumerate()
                    .all(|(at, word)| if at == 0 { program(word) == begin[0] } else { word.as_str() == begin[at] })
        })
    };
    let (begin, at, kind) = COMMANDS.iter().find_map(|(begin, kind)| Some((begin, start(begin)?, *kind)))?;
    Some((plain.split_off(at + begin.len()), options, kind))
}

/// Splits the text into commands and words as a shell does, without replacing variables. Returns each command with the
/// number of its first line.
fn commands(text: &str) -> Vec<(usize, Vec<ShellWord>)> {
    let mut commands = Vec::new();
    let mut words: Vec<ShellWord> = Vec::new();
    // A key does not grow beyond this capacity, so no copy of it stays behind.
    let empty = || Zeroizing::new(String::with_capacity(128));
    let mut word: Option<ShellWord> = None;
    let mut quote = None;
    let (mut line, mut first) = (1, 1);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        line += usize::from(letter == '\n');
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (Some('"') | None, '\\') => match letters.next() {
                Some('\n') => line += 1,
                Some('\r') if letters.next_if_eq(&'\n').is_some() => line += 1,
                // Inside quotes, a backslash stays before a letter that has no meaning there.
                Some(next) if quote.is_some() && !"$`\"\\".contains(next) => {
                    word.get_or_insert_with(empty).extend(['\\', next]);
                }
                Some(next) => word.get_or_insert_with(empty).push(next),
                None => {}
            },
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_with(empty);
            }
            (None, '\n' | ';' | '&' | '|') if letter == '\n' || word.is_none() || letter == ';' => {
                words.extend(word.take());
                if !words.is_empty() {
                    commands.push((first, std::mem::take(&mut words)));
                }
                first = line;
            }
            (None, _) if letter.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_with(empty).push(letter),
        }
    }
    words.extend(word);
    if !words.is_empty() {
        commands.push((first, words));
    }
    commands
}
