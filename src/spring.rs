//! Which value counts for a key, as Spring Boot decides it: the command line, then the environment, then the files of
//! profiles, then the file, then the jar. Each value keeps where it stands and what it overrides. Knows no setting's rules.
//!
//! The order is Spring Boot's (2.1.6 and 2.6.6, "Externalized Configuration"; seen on Score 5.9 to 5.12). Within one source
//! the spelling decides (`properties/name.rs`), between sources only their order.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use crate::{
    deployment::{Base, Deployment, Stand, Wrapper},
    properties::{Document, Spelling, uniform},
    secret::Secret,
};

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A line of a file, counted from one.
    Line { file: PathBuf, line: usize },
    /// A variable that Score is started with, and where it is set, if in a file.
    Variable { name: String, file: Option<PathBuf>, line: Option<usize> },
    /// The jar's `application.yml`, in the section for these profiles.
    Jar { section: Vec<String> },
}

impl fmt::Display for Place {
    /// In a few words: `wrapper.conf, line 66`, `variable S3_ENDPOINT`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |file: &Path| file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match self {
            Self::Line { file, line } => write!(f, "{}, line {line}", name(file)),
            Self::Variable { name, .. } => write!(f, "variable {name}"),
            Self::Jar { section } if section.is_empty() => f.write_str("the jar"),
            Self::Jar { section } => write!(f, "the jar, for {}", section.join(",")),
        }
    }
}

/// What counts for a key. Any value may be a secret: whoever shows it decides by the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub value: Secret,
    pub place: Place,
    /// The spelling in use there.
    pub spelt: String,
    /// Where else it is set, without effect; the strongest first.
    pub beaten: Vec<Place>,
}

/// Everything that Score would read, the strongest source first.
#[derive(Debug, Clone, Default)]
pub struct View {
    sources: Vec<Source>,
    /// `application.properties`.
    file: PathBuf,
}

/// One of Spring's property sources.
#[derive(Debug, Clone)]
enum Source {
    Arguments { file: PathBuf, wrapper: Wrapper },
    File { path: PathBuf, document: Document },
}

impl View {
    /// Files that Java refuses as a whole are left out: with them Score does not start.
    #[must_use]
    pub fn of(deployment: &Deployment, stand: &Stand) -> Self {
        let mut sources = Vec::new();
        let bytes = deployment.wrapper.bytes.as_deref();
        sources.extend(
            bytes.map(|bytes| Source::Arguments {
                file: deployment.wrapper.path.clone(),
                wrapper: Wrapper::read(bytes),
            }),
        );
        // The profile named last is the strongest.
        let active = stand.profiles.iter().rev();
        let files = active.filter_map(|name| deployment.profile_files.iter().find(|file| file.profile == *name));
        sources.extend(files.filter_map(|file| Source::file(&file.base)));
        sources.extend(Source::file(&deployment.application));
        Self { sources, file: deployment.application.path.clone() }
    }

    /// `application.properties` and nothing else.
    #[must_use]
    pub fn of_file(document: Document) -> Self {
        let file = PathBuf::from("application.properties");
        Self { sources: vec![Source::File { path: file.clone(), document }], file }
    }

    /// `application.properties`, by its path.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// What counts for the key of this name.
    #[must_use]
    pub fn value(&self, name: &str, spelling: Spelling) -> Option<Seen> {
        let mut all = self.sources.iter().filter_map(|source| source.value(name, spelling));
        let first = all.next()?;
        let beaten = all.flat_map(|seen| std::iter::once(seen.place).chain(seen.beaten));
        Some(Seen { beaten: first.beaten.iter().cloned().chain(beaten).collect(), ..first })
    }

    /// Whether a file sets a key that begins so, without case, dashes and underscores. The arguments of the shipped
    /// wrapper.conf name a key store that is not there, so they do not count.
    #[must_use]
    pub fn sets_below(&self, beginning: &str) -> bool {
        self.sources.iter().any(|source| match source {
            Source::Arguments { .. } => false,
            Source::File { document, .. } => document.pairs().any(|pair| uniform(pair.key).starts_with(beginning)),
        })
    }
}

impl Source {
    fn file(base: &Base) -> Option<Self> {
        let document = Document::parse(base.bytes.as_deref()?).ok()?;
        Some(Self::File { path: base.path.clone(), document })
    }

    fn value(&self, name: &str, spelling: Spelling) -> Option<Seen> {
        match self {
            Self::Arguments { file, wrapper } => {
                let (parameter, value) = wrapper.argument(name)?;
                Some(Seen {
                    value: Secret::new(value),
                    place: Place::Line { file: file.clone(), line: parameter.line },
                    spelt: name.to_owned(),
                    beaten: Vec::new(),
                })
            }
            Self::File { path, document } => {
                let pair = document.effective(name, spelling)?;
                Some(Seen {
                    value: Secret::new(String::from_utf16_lossy(pair.value)),
                    place: Place::Line { file: path.clone(), line: pair.line },
                    spelt: String::from_utf16_lossy(pair.key),
                    beaten: Vec::new(),
                })
            }
        }
    }
}
