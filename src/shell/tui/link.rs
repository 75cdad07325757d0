//! Formats the command that tries a pre-signed URL from the machine of a client.

use super::text;
use crate::{
    score::Scope,
    text::{secret::Secret, shell_word},
    wizard::State,
};

/// The command without its URL. It prints the status of the reply.
const CURL: &str = r"curl -sS -o /dev/null -w '%{http_code}\n'";

/// Returns the command in one line.
pub(in crate::shell) fn command(url: &Secret) -> String {
    format!("{CURL} {}", shell_word(url.for_editing()))
}

/// Returns a command that may be copied in lines: the shell joins the lines of the URL.
pub(super) fn lines(url: &Secret, columns: usize) -> Vec<String> {
    let mut lines = vec![format!(r#"{CURL} "$(tr -d ' \n' <<'END'"#)];
    lines.extend(text::wrap(url.for_editing(), columns));
    lines.extend(["END".to_owned(), ")\"".to_owned()]);
    lines
}

/// Returns a command that shows whether a client's machine reaches the address at all. It is for answers without a
/// URL of the sentinel, for keys that the store refuses, and for Azure. `None` if there is a URL.
pub(in crate::shell) fn attempt(state: &State) -> Option<String> {
    if state.link.is_some() || state.linkable().is_some() {
        return None;
    }
    let (own, for_clients) = state.store(Scope::Reach)?.1.addresses();
    Some(format!("{CURL} -m 5 {}", shell_word(&for_clients.unwrap_or(own))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shell_puts_the_url_together_again() {
        let url = format!("http://127.0.0.1:9/bucket/key?signature={}", "a%2F'b".repeat(40));
        let lines = lines(&Secret::new(url.as_str()), 60);
        assert!(lines[1..].iter().all(|line| line.len() <= 60), "{lines:?}");
        assert_eq!(lines[1..lines.len() - 2].concat(), url);
        let alone = command(&Secret::new("http://h/b/k?x=1&y='2"));
        assert!(alone.ends_with(r" 'http://h/b/k?x=1&y='\''2'"), "{alone}");
    }
}
