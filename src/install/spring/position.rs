//! The position of a value in the sources of Spring.

use std::{
    fmt,
    path::{Path, PathBuf},
};

/// The position of a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourcePosition {
    /// A line of a file, counted from one.
    Line { file: PathBuf, line: usize },
    /// A variable that Score is started with, and its position if a file sets it.
    Variable { name: String, file: Option<PathBuf>, line: Option<usize> },
    /// An argument of a container's or a running Score's command line, without its value.
    Argument { name: String },
    /// The jar's `application.yml`, in the section for these profiles.
    Jar { section: Vec<String> },
}

impl fmt::Display for SourcePosition {
    /// Formats the position briefly: `wrapper.conf, line 66`, `variable S3_ENDPOINT`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |file: &Path| file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match self {
            Self::Line { file, line } => write!(f, "{}, line {line}", name(file)),
            Self::Variable { name, .. } => write!(f, "variable {name}"),
            Self::Argument { name } => write!(f, "argument {name}"),
            Self::Jar { section } if section.is_empty() => f.write_str("the jar"),
            Self::Jar { section } => write!(f, "the jar, for {}", section.join(",")),
        }
    }
}
