//! Describes one property source of Spring: names with their values and positions, and which of its names stands for a
//! key.

use std::{collections::HashMap, path::Path};

use super::position::SourcePosition;
use crate::{
    forms::{Command, Environment, GivenOption},
    score::Spelling,
    text::{
        properties::{self, Pair, Units},
        secret::Secret,
    },
};

/// The kind of a source. It decides how names are spelled in it, and in part which of them take effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SourceKind {
    Arguments,
    /// The variable `SPRING_APPLICATION_JSON`.
    Json,
    /// System properties of Java, `-Dname=value`.
    System,
    Environment,
    /// A document of a file.
    File,
    /// A section of the jar's `application.yml`.
    Jar,
    /// The file `bootstrap.properties`, in the folder or in the jar.
    Bootstrap,
}

#[derive(Debug, Clone)]
pub(super) struct PropertySource {
    pub(super) kind: SourceKind,
    pub(super) entries: Vec<KeyEntry>,
    /// The positions of entries, sorted by the fingerprints of their names.
    index: Vec<(u64, usize)>,
}

#[derive(Debug, Clone)]
pub(super) struct KeyEntry {
    pub(super) name: Units,
    pub(super) value: Secret,
    pub(super) place: SourcePosition,
}

impl KeyEntry {
    pub(super) fn new(name: &str, value: Secret, place: SourcePosition) -> Self {
        Self { name: name.encode_utf16().collect(), value, place }
    }

    pub(super) fn of_pair(pair: &Pair<'_>, file: &Path) -> Self {
        let value = Secret::new(String::from_utf16_lossy(pair.value));
        Self { name: pair.key.to_vec(), value, place: SourcePosition::Line { file: file.to_owned(), line: pair.line } }
    }
}

impl PropertySource {
    pub(super) fn new(kind: SourceKind, entries: Vec<KeyEntry>) -> Self {
        let mut index: Vec<_> = entries.iter().enumerate().map(|(at, entry)| (fingerprint(&entry.name), at)).collect();
        index.sort_unstable();
        Self { kind, entries, index }
    }

    pub(super) fn arguments(command: &Command) -> Self {
        let mut entries: Vec<KeyEntry> = Vec::new();
        let mut met: HashMap<Units, usize> = HashMap::new();
        for given in command.arguments() {
            let new = entry(&given, "--");
            // An option that appears twice is a list (Spring 5 `CommandLinePropertySource.getProperty`).
            if let Some(old) = met.get(&new.name).and_then(|at| entries.get_mut(*at)) {
                let joined = old.value.shape(|old| new.value.shape(|new| Secret::new(format!("{old},{new}"))));
                *old = KeyEntry { value: joined, ..new };
            } else {
                met.insert(new.name.clone(), entries.len());
                entries.push(new);
            }
        }
        Self::new(SourceKind::Arguments, entries)
    }

    /// Returns the system properties. If a name appears twice, Java uses the last value.
    pub(super) fn system(command: &Command, environment: &[KeyEntry]) -> Self {
        let options = environment.iter().filter(|variable| {
            ["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"].contains(&String::from_utf16_lossy(&variable.name).as_str())
        });
        let mut entries = Vec::new();
        for variable in options {
            let words = variable.value.shape(|text| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
            let told = Command::of_words(words);
            entries.extend(
                told.system_properties().map(|given| KeyEntry { place: variable.place.clone(), ..entry(&given, "-D") }),
            );
        }
        entries.extend(command.system_properties().map(|given| entry(&given, "-D")));
        Self::new(SourceKind::System, entries)
    }

    /// Returns the keys of this source that Spring reads as the name, the effective one first.
    pub(super) fn all(&self, name: &str, spelling: Spelling) -> Vec<&KeyEntry> {
        let units: Units = name.encode_utf16().collect();
        let wanted = fingerprint(&units);
        let begin = self.index.partition_point(|(other, _)| *other < wanted);
        let candidates = self.index[begin..].iter().take_while(|(other, _)| *other == wanted);
        let entries: Vec<&KeyEntry> = candidates.map(|(_, at)| &self.entries[*at]).collect();
        if entries.is_empty() {
            return Vec::new();
        }
        if self.kind == SourceKind::Environment {
            return variables(&entries, name, spelling);
        }
        let Some(first) = properties::winner(&entries.iter().map(|entry| Some(entry.name.as_slice())), name, spelling)
        else {
            return Vec::new();
        };
        let others = entries.iter().enumerate().filter(|(at, _)| *at != first).map(|(_, entry)| *entry);
        let others = others.filter(|entry| properties::binds(&entry.name, name, spelling));
        std::iter::once(entries[first]).chain(others.collect::<Vec<_>>().into_iter().rev()).collect()
    }

    pub(super) fn value(&self, name: &str, spelling: Spelling) -> Option<&KeyEntry> {
        self.all(name, spelling).first().copied()
    }
}

fn entry(given: &GivenOption<'_>, sign: &str) -> KeyEntry {
    let place = match &given.word.at {
        Some((file, line)) => SourcePosition::Line { file: file.clone(), line: *line },
        None => SourcePosition::Argument { name: format!("{sign}{}", given.name) },
    };
    KeyEntry::new(&given.name, given.value.clone(), place)
}

pub(super) fn environment(environment: &Environment) -> Vec<KeyEntry> {
    let whole = environment.origin.path();
    let place = |name: &str, file: Option<&std::path::PathBuf>, line| SourcePosition::Variable {
        name: name.to_owned(),
        file: file.map(std::path::PathBuf::as_path).or(whole).map(Path::to_owned),
        line,
    };
    let all = environment.variables.iter();
    all.map(|one| KeyEntry::new(&one.name, one.value.clone(), place(&one.name, one.file.as_ref(), one.line))).collect()
}

/// Returns the variables whose names stand for a key, the strongest first. A relaxed name is looked up in upper case
/// with `_` for each dot and nothing for a dash or a capital, then with `_` for those too, then as the key itself
/// (Spring Boot `SystemEnvironmentPropertyMapper`, `DefaultPropertyMapper`). An exact name is looked up unchanged, with
/// `_` for dots, for dashes, for both, and all of these in upper case (Spring `SystemEnvironmentPropertySource`).
fn variables<'a>(entries: &[&'a KeyEntry], name: &str, spelling: Spelling) -> Vec<&'a KeyEntry> {
    let mut ranked: Vec<(usize, &'a KeyEntry)> = Vec::new();
    let upper = |text: &str| text.to_ascii_uppercase();
    let forms = match spelling {
        Spelling::Relaxed => {
            let uniform: String =
                name.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '.').collect();
            let dashed = properties::dashed(name);
            vec![upper(&uniform.replace('.', "_")), upper(&dashed.replace(['.', '-'], "_"))]
        }
        Spelling::Exact => {
            let as_is =
                [name.to_owned(), name.replace('.', "_"), name.replace('-', "_"), name.replace(['.', '-'], "_")];
            let upper: Vec<String> = as_is.iter().map(|form| upper(form)).collect();
            as_is.into_iter().chain(upper).collect()
        }
    };
    // If a name appears twice, the last one takes effect: it replaces the earlier one in the container.
    let mut previous: Option<(&[u16], Option<usize>)> = None;
    for entry in entries.iter().rev() {
        // A file may repeat one name many times.
        if let Some((_, rank)) = previous.filter(|(name, _)| *name == entry.name) {
            ranked.extend(rank.map(|rank| (rank, *entry)));
            continue;
        }
        let text = String::from_utf16_lossy(&entry.name);
        let whole = || reads_as(&text, name, spelling).then_some(forms.len() + 1);
        let rank = match spelling {
            Spelling::Exact => forms.iter().position(|form| *form == text).or_else(whole),
            Spelling::Relaxed => {
                let rank = forms.iter().position(|form| *form == upper(&text));
                rank.or_else(|| (text.contains('.') && spelling.matches(&entry.name, name)).then_some(forms.len()))
                    .or_else(whole)
            }
        };
        previous = Some((&entry.name, rank));
        ranked.extend(rank.map(|rank| (rank, *entry)));
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, entry)| entry).collect()
}

/// Returns true if the variable's name, split at each `_` without the empty parts, is the key, as in `BUCKET__SIZE_KEY`
/// (Spring Boot `SystemEnvironmentPropertyMapper.map`, `ConfigurationPropertyName.adapt`). A key with a capital matches
/// this way only if it is bound to a field: `@Value` passes the name unchanged, and Spring Boot accepts no name with a
/// capital.
pub(crate) fn reads_as(variable: &str, name: &str, spelling: Spelling) -> bool {
    let asked = spelling == Spelling::Relaxed || !name.contains(|letter: char| letter.is_ascii_uppercase());
    let parts = variable.split('_').filter(|part| !part.is_empty());
    asked
        && parts.map(str::to_ascii_lowercase).eq(name.split('.').map(|part| part.replace('-', "").to_ascii_lowercase()))
}

/// Returns the ASCII letters and digits in lower case, which all spellings of a key have in common, such as
/// `S3_ACCESS_KEY`.
pub(super) fn squashed(name: &[u16]) -> String {
    squashed_bytes(name).map(char::from).collect()
}

fn squashed_bytes(name: &[u16]) -> impl Iterator<Item = u8> {
    let ascii = name.iter().filter_map(|unit| u8::try_from(*unit).ok());
    ascii.filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase())
}

/// Returns a number that all spellings of a key have in common (FNV-1a). Different keys rarely have the same one: they are
/// compared afterwards.
fn fingerprint(name: &[u16]) -> u64 {
    squashed_bytes(name)
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
