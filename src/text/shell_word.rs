//! Quotes texts for a shell.

/// Quotes a text for a shell, if it needs quotes.
#[must_use]
pub fn shell_word(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+:@".contains(letter);
    let bare = !text.is_empty() && text.chars().all(plain);
    if bare { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_needs_quotes_gets_them() {
        for (text, word) in [("/a/b-c.d", "/a/b-c.d"), ("a b", "'a b'"), ("a'b", r"'a'\''b'"), ("", "''")] {
            assert_eq!(shell_word(text), word);
        }
    }
}
