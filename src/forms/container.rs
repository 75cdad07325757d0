//! Describes a container of Score for every form: its image, variables, command line, and the folders of this machine
//! that it sees.

use std::path::PathBuf;

use super::{Command, Sourced, Variable, environment};
use crate::score::Release;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Container {
    /// The name of the service, or of the container.
    pub name: String,
    pub image: Option<String>,
    pub variables: Vec<Variable>,
    /// `None` if the image sets the command.
    pub command: Option<Command>,
    /// Folders and files of this machine, and their paths inside the container.
    pub mounts: Vec<(PathBuf, String)>,
    pub notes: Vec<String>,
    /// Parts of the configuration that exist and are not read.
    pub unread: Vec<Unread>,
}

/// A part of the configuration that exists and is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// A sentence for the operator.
    pub what: String,
    /// True if this part overrides the values that were read; else it only adds values.
    pub overrides: bool,
}

impl Unread {
    pub(super) fn above(what: impl Into<String>) -> Self {
        Self { what: what.into(), overrides: true }
    }

    pub(super) fn below(what: impl Into<String>) -> Self {
        Self { what: what.into(), overrides: false }
    }
}

/// Variables that only a Score server has.
const OWN: &[&str] = &["OBJECT_SENTINEL", "BUCKET_NAME_OBJECT", "BUCKET_NAME_STATE", "COLLABORATORY_DATA_DIRECTORY"];

const IMAGE: &str = "score-server";

impl Container {
    /// Returns the release, if the tag of the image looks like one.
    #[must_use]
    pub fn release(&self) -> Option<Sourced<Release>> {
        let image = self.image.as_deref()?;
        let (_, tag) = image.split('@').next()?.rsplit('/').next()?.split_once(':')?;
        let what = tag.trim_start_matches('v').parse().ok()?;
        Some(Sourced { what, by: format!("the image {image}") })
    }

    /// Returns the likelihood that it is a Score server; `None` if it is not.
    pub(super) fn likeness(&self, build: &str) -> Option<u8> {
        let has = |text: &str| text.contains(IMAGE);
        match &self.image {
            Some(image) if has(image) => Some(3),
            _ if has(&self.name) || has(build) => Some(2),
            _ if self.variables.iter().any(|one| OWN.contains(&one.name.as_str())) => Some(1),
            _ => None,
        }
    }
}

impl Command {
    /// Returns the command that a container starts. If that is a shell with `-c`, returns the command of its script.
    #[must_use]
    pub fn of_container(words: Vec<String>, known: &dyn Fn(&str) -> Option<Variable>) -> Self {
        let script = words.iter().position(|word| word == "-c").and_then(|at| words.get(at + 1));
        match script.filter(|_| words.first().is_some_and(|shell| shell.ends_with("sh"))) {
            None => Self::of_words(words),
            Some(script) => {
                let filled = |word: String| match environment::interpolated(&word, known, environment::Unset::Kept) {
                    Ok(filled) => filled.value.for_file().to_owned(),
                    Err(_) => word,
                };
                Self::of_words(split(&script.replace("\\\n", " ")).into_iter().map(filled))
            }
        }
    }
}

/// Splits a text into words as a shell does: at whitespace outside quotes.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut word, mut quote) = (None::<String>, None);
    for letter in text.chars() {
        match quote {
            Some(open) if letter == open => quote = None,
            None if letter.is_whitespace() => words.extend(word.take()),
            None if ['"', '\''].contains(&letter) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}
