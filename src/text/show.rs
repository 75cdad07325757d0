//! Prepares the text of a server for a terminal. Knows nothing of the server.

use std::io;

use super::{
    mask::{Extent, replaced, secrets},
    visible::visible,
};

/// Returns at most `max` characters, and an ellipsis if there are more. Line ends become spaces, and characters that
/// would act on a terminal become escapes. Bytes that are not UTF-8 become the replacement character. A secret in the
/// text, as in the page of a proxy that repeats the signed URL, becomes an ellipsis.
#[must_use]
pub fn shown(bytes: &[u8], max: usize) -> String {
    // No character is longer than four bytes, so the rest of an endless text is not decoded.
    let enough = &bytes[..bytes.len().min(max.saturating_add(1).saturating_mul(4))];
    let text = String::from_utf8_lossy(enough);
    let text = text.trim();
    let mut cut: String = text.chars().take(max).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    let open = replaced(&cut, &secrets(&cut, Extent::Word), "…");
    visible(&open.replace(['\n', '\r', '\t'], " "))
}

/// Returns the message of an error for the end of a sentence: without the error number, and without a capital.
#[must_use]
pub fn cause(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_server_says_acts_on_the_terminal() {
        for (said, seen) in [
            (&b"plain, \xc3\xa9 and \xe2\x98\x83"[..], "plain, é and ☃"),
            (b"  two\r\nlines\t ", "two  lines"),
            (b"\x1b[31mred\x07\x00", "\\u{1b}[31mred\\u{7}\\u{0}"),
            ("\u{9b}2J".as_bytes(), "\\u{9b}2J"),
            ("a\u{202e}b\u{200b}c\u{feff}".as_bytes(), "a\\u{202e}b\\u{200b}c\\u{feff}"),
            (b"\xff\xfe", "\u{fffd}\u{fffd}"),
            (b"", ""),
        ] {
            assert_eq!(shown(said, 80), seen);
        }
    }

    #[test]
    fn a_signature_that_is_sent_back_is_left_out() {
        for (said, seen) in [
            ("GET /c/b?sig=a%2Bb%3D&st=1 <br>", "GET /c/b?sig=…&st=1 <br>"),
            ("/b/k?X-Amz-Date=1&X-Amz-Signature=0a1b\"", "/b/k?X-Amz-Date=1&X-Amz-Signature=…\""),
            ("?Signature=a+b/c=&Expires=1, ?u=%3Fsig%3Dabc%2526", "?Signature=…&Expires=1, ?u=%3Fsig%3D…"),
            (r#"{"sig": "a+b=", "Signature":"ab"}"#, r#"{"sig": "…", "Signature":"…"}"#),
            ("Signature did not match. The MAC signature found", "Signature did not match. The MAC signature found"),
        ] {
            assert_eq!(shown(said.as_bytes(), 80), seen);
        }
        assert_eq!(shown(b"?sig=abcdef", 7), "?sig=…");
    }

    #[test]
    fn what_is_long_ends_in_an_ellipsis() {
        assert_eq!(shown(b"abcdef", 6), "abcdef");
        assert_eq!(shown(b"abcdefg", 6), "abcdef…");
        assert_eq!(shown("ééé".as_bytes(), 2), "éé…");
        assert_eq!(shown(&vec![b'a'; 1 << 20], 3), "aaa…");
    }
}
