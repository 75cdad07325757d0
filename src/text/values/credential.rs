//! Describes the shape of credentials in words. Never shows the value: a key cannot be recovered from the notes.

use super::{BrokenRule, Parsed, blank, counted, writable};

/// Words from examples that appear in place of a real key.
const PLACEHOLDERS: &[&str] =
    &["changeme", "change-me", "abc123", "your-access-key", "your-secret-key", "secret", "xxx"];

/// The reason why a credential cannot be used. Never contains the credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    #[error("is a temporary one (ASIA): it needs a session token, which Score cannot send")]
    Temporary,
    #[error("begins or ends with a space: Score cannot sign with such a key")]
    Blank,
    #[error("is a placeholder in brackets: enter the real key")]
    Bracketed,
}

/// Validates the access key, already trimmed: the AWS SDK for Java trims it too when it signs
/// (`AbstractAWSSigner.sanitizeCredentials`).
pub(super) fn access_key(text: &str) -> Result<Parsed, CredentialError> {
    bracketed(text)?;
    if key_id(text, "ASIA") {
        return Err(CredentialError::Temporary);
    }
    let mut notes = shape(text);
    if let Some(odd) = text.chars().position(|character| "/,= \t".contains(character)) {
        notes.push(format!("Character {} is not valid in a key id.", odd + 1));
    }
    Ok(Parsed { value: text.into(), notes })
}

/// Returns notes on the shape of a secret.
///
/// # Errors
/// Returns an error with the rule that makes the secret unusable, without the secret.
pub fn secret(text: &str) -> Result<Vec<String>, BrokenRule> {
    if text.is_empty() {
        return Err(BrokenRule::Empty);
    }
    if trimmed(text) != text {
        return Err(CredentialError::Blank.into());
    }
    writable(text)?;
    bracketed(text)?;
    let mut notes = shape(text);
    if text.starts_with(blank) || text.ends_with(blank) {
        notes.push("It begins or ends with an invisible character.".into());
    }
    if text.len() > 1 && ['"', '\''].iter().any(|quote| text.starts_with(*quote) && text.ends_with(*quote)) {
        notes.push("It has quotes around it: Score treats them as part of the key.".into());
    }
    Ok(notes)
}

/// Returns the secret as the SDK signs with it: it trims as Java's `String.trim` does, so no store can accept spaces around
/// a secret. Observed on Score 5.11.0.
#[must_use]
pub fn trimmed(secret: &str) -> &str {
    secret.trim_matches(|character| character <= ' ')
}

/// Returns true if the text has the form of an AWS key id of this kind.
pub(crate) fn key_id(text: &str, kind: &str) -> bool {
    text.len() == 20
        && text.starts_with(kind)
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Returns true if the text is a word from examples.
pub(crate) fn example(text: &str) -> bool {
    PLACEHOLDERS.contains(&text.to_lowercase().as_str())
}

fn shape(text: &str) -> Vec<String> {
    let mut notes = vec![format!("{}.", counted(text.chars().count(), "character"))];
    if let Some(at) = text.chars().position(|character| !character.is_ascii()) {
        notes.push(format!("Character {} is not ASCII.", at + 1));
    }
    let word = text.to_lowercase();
    if PLACEHOLDERS.contains(&word.as_str()) {
        notes.push("It looks like a placeholder from an example.".into());
    }
    notes
}

pub(super) fn bracketed(text: &str) -> Result<(), CredentialError> {
    let within = |open, close| text.starts_with(open) && text.ends_with(close);
    if text.len() > 2 && (within("<", ">") || within("{{", "}}")) {
        return Err(CredentialError::Bracketed);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_of_a_key_is_told_and_never_the_key() {
        assert_eq!(access_key("scoreuser").map(|parsed| parsed.notes), Ok(vec!["9 characters.".into()]));
        assert_eq!(secret("çanary"), Ok(vec!["6 characters.".into(), "Character 1 is not ASCII.".into()]));
        assert_eq!(
            secret("\"canary\""),
            Ok(vec!["8 characters.".into(), "It has quotes around it: Score treats them as part of the key.".into()])
        );
    }

    #[test]
    fn a_temporary_key_is_refused() {
        assert_eq!(access_key("ASIAIOSFODNN7EXAMPLE"), Err(CredentialError::Temporary));
        assert!(access_key("asiaminio").is_ok());
    }

    #[test]
    fn a_secret_with_a_blank_at_an_end_is_refused() {
        let blank = Err(CredentialError::Blank.into());
        assert_eq!(secret("canary "), blank);
        assert_eq!(secret("\tcanary"), blank);
        assert!(secret("can ary").is_ok());
    }

    #[test]
    fn placeholders_are_refused_in_brackets_and_told_as_words() {
        let bracketed = Err(CredentialError::Bracketed.into());
        assert_eq!(secret("<secret key>"), bracketed);
        assert_eq!(secret("{{ secret }}"), bracketed);
        assert_eq!(
            secret("ChangeMe"),
            Ok(vec!["8 characters.".into(), "It looks like a placeholder from an example.".into()])
        );
    }
}
