//! Reads and writes the comment of this program in a file: the release and the provider of the file.

use std::fmt;

use crate::score::{
    Provider, Release,
    provider::{self},
};

/// The beginning of the comment.
pub const BEGINNING: &str = "# score-setup: ";

/// The content of the comment: `# score-setup: release 5.11, provider minio`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub release: Release,
    /// `None` if this program does not know the provider.
    pub provider: Option<&'static Provider>,
}

impl Mark {
    /// Returns what the first such comment says. A file of properties and a file of variables have the same comments.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r'));
        let text = lines.filter_map(|line| str::from_utf8(line).ok()).find_map(|line| line.strip_prefix(BEGINNING))?;
        let said = |word: &str| text.split(',').find_map(|part| part.trim().strip_prefix(word)).map(str::trim);
        let release = said("release ")?.parse().ok()?;
        Some(Self { release, provider: said("provider ").and_then(provider::provider) })
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{BEGINNING}release {}", self.release)?;
        self.provider.map_or(Ok(()), |provider| write!(f, ", provider {}", provider.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for release in Release::ALL {
            for provider in provider::providers().iter().map(Some).chain([None]) {
                let mark = Mark { release, provider };
                assert_eq!(Mark::read(format!("# ours\r\n{mark}\r\na=b\n").as_bytes()), Some(mark));
            }
        }
        for text in ["", "# score-setup: ", "# score-setup: release 4.0", "s3.x=# score-setup: release 5.11"] {
            assert_eq!(Mark::read(text.as_bytes()), None, "{text}");
        }
    }
}
