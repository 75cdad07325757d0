//! Decides which spellings of a key Spring Boot reads as the same key.

/// The rule for looking up a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// The exact name: `@Value` of a name that is not all lower case (`s3.preSignedUrl.override.host`).
    Exact,
    /// The name without case, dashes, underscores and odd characters in each dotted part (Spring Boot
    /// `ConfigurationPropertyName`).
    Relaxed,
}

impl Spelling {
    /// Returns true if this spelling in a file means this key.
    #[must_use]
    pub fn matches(self, units: &[u16], key: &str) -> bool {
        match self {
            Self::Exact => same(units, key),
            Self::Relaxed => letters(units.iter().copied()).eq(letters(key.encode_utf16())),
        }
    }
}

pub(crate) fn same(units: &[u16], key: &str) -> bool {
    key.encode_utf16().eq(units.iter().copied())
}

pub(crate) fn letters(units: impl Iterator<Item = u16>) -> impl Iterator<Item = u8> {
    let ascii = units.filter_map(|unit| u8::try_from(unit).ok());
    ascii.filter(|byte| byte.is_ascii_alphanumeric() || *byte == b'.').map(|byte| byte.to_ascii_lowercase())
}
