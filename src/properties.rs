//! A lossless `.properties` document: the bytes are the truth, keys and values are views of them. Reads logical lines
//! exactly as `java.util.Properties` does. Knows nothing of settings.

/// Text as Java has it: UTF-16 units, so that lone surrogates survive.
pub type Units = Vec<u16>;

#[derive(Clone, PartialEq, Eq)]
pub struct Document {}

/// A `\u` without four hex digits: Java refuses the whole file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: \\u is not followed by four hexadecimal digits; Java refuses the whole file")]
pub struct BadEscape {
    /// Counted from one.
    pub line: usize,
}

/// One key with its value, where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair<'a> {
    pub key: &'a [u16],
    pub value: &'a [u16],
    /// Of the file, counted from one.
    pub line: usize,
}

impl Document {
    /// # Errors
    /// Where Java would refuse the file.
    pub fn parse(_bytes: &[u8]) -> Result<Self, BadEscape> {
        todo!()
    }

    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        todo!()
    }

    pub fn pairs(&self) -> impl Iterator<Item = Pair<'_>> {
        std::iter::empty()
    }
}
