//! Protects a value that must not be shown: it cannot be displayed, serialised or compared by accident, and its memory
//! is wiped. Only the functions below return the text, each for one purpose; `clippy.toml` forbids any other access.

use secrecy::{ExposeSecret, SecretString};

#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// Returns the text for `application.properties`.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "door: a properties value")]
    pub fn for_file(&self) -> &str {
        self.0.expose_secret()
    }

    /// Returns the text for a signature: our own, or that of an SDK.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "door: signatures and SDK credentials")]
    pub fn for_signing(&self) -> &str {
        self.0.expose_secret()
    }

    /// Returns the text for the operator: for the edit buffer of a secret's field, shown only while revealed, and for a
    /// requested pre-signed URL.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "door: the field the operator types it into")]
    pub fn for_editing(&self) -> &str {
        self.0.expose_secret()
    }

    /// Applies a rule about the shape of a secret. The result of `look` must not contain the secret.
    #[expect(clippy::disallowed_methods, reason = "rules look at a secret's shape")]
    pub fn shape<T>(&self, look: impl FnOnce(&str) -> T) -> T {
        look(self.0.expose_secret())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shape(str::is_empty)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.shape(|mine| other.shape(|theirs| mine == theirs))
    }
}

impl Eq for Secret {}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[REDACTED]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("canary")), "[REDACTED]");
    }
}
