//! Formats the command that tries a pre-signed URL from the machine of a client.

use super::text;
use crate::text::secret::Secret;

/// Returns a command that may be copied in lines: the shell joins the lines of the URL.
pub(super) fn command(url: &Secret, columns: usize) -> Vec<String> {
    let mut lines = vec![r#"curl -sS -o /dev/null -w '%{http_code}\n' "$(tr -d ' \n' <<'END'"#.to_owned()];
    lines.extend(text::wrap(url.for_editing(), columns));
    lines.extend(["END".to_owned(), ")\"".to_owned()]);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shell_puts_the_url_together_again() {
        let url = format!("http://127.0.0.1:9/bucket/key?signature={}", "a%2F'b".repeat(40));
        let lines = command(&Secret::new(url.as_str()), 60);
        assert!(lines[1..].iter().all(|line| line.len() <= 60), "{lines:?}");
        assert_eq!(lines[1..lines.len() - 2].concat(), url);
    }
}
