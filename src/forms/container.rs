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
    /// Files that the container sees and that the input itself contains.
    pub files: Vec<InputFile>,
    /// Faults of the form, whatever the values mean.
    pub faults: Vec<FormFault>,
    /// The folders of a process of this machine; `None` for a container.
    pub host: Option<Host>,
}

/// A process that is started on this machine, and not in a container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Host {
    /// The start script of the distribution, if it is started by that.
    pub script: Option<PathBuf>,
    /// The working directory.
    pub folder: Option<PathBuf>,
}

/// A file that the input contains, such as a key of a ConfigMap.
#[derive(Clone, PartialEq, Eq)]
pub struct InputFile {
    /// The path inside the container.
    pub inside: String,
    /// The part of the input, such as `ConfigMap score, key application.properties`.
    pub name: String,
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for InputFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InputFile")
            .field("inside", &self.inside)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// A fault of the form, and its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormFault {
    pub fault: ObjectFault,
    pub line: Option<usize>,
    /// The part of the input, such as `Deployment score, container score-server, env S3_ENDPOINT`.
    pub object: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectFault {
    /// Kubernetes refuses the object: a value that must be a text is a number or a switch.
    NotText,
    /// The variable of this name is given more than once.
    Twice(String),
    /// The variable of this name refers to a key that its object does not have, so the container is not started.
    NoKey { variable: String, key: String },
    /// Settings of Score are mounted at this path, which Score does not read.
    Ignored(String),
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
pub(super) const OWN: &[&str] =
    &["OBJECT_SENTINEL", "BUCKET_NAME_OBJECT", "BUCKET_NAME_STATE", "COLLABORATORY_DATA_DIRECTORY"];

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
