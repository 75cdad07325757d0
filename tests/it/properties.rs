//! Tests the properties document without Java: what is kept, what is changed, and the effect of any bytes.

#![expect(clippy::unwrap_used, reason = "what fails in a helper of a test fails the test")]

use proptest::prelude::*;
use score_setup::{
    score::Spelling,
    text::properties::{BadEscape, Document},
};

fn edited(before: &str, edit: impl FnOnce(&mut Document)) -> String {
    let mut document = Document::parse(before.as_bytes()).unwrap();
    edit(&mut document);
    String::from_utf8(document.to_bytes()).unwrap()
}

fn set(before: &str, key: &str, value: &str) -> String {
    edited(before, |document| document.set(key, Spelling::Relaxed, value))
}

#[test]
fn only_the_bytes_of_the_value_change() {
    for (before, after) in [
        ("a.b=1\n", "a.b=2\n"),
        ("  a.b  :  1", "  a.b  :  2"),
        ("a.b 1\r\n", "a.b=2\r\n"),
        ("a.b\rc=1\r", "a.b=2\rc=1\r"),
        ("a.b=\\\n  1\\\n  0\nc=1\n", "a.b=\\\n  2\nc=1\n"),
        ("a.b=1\\\n", "a.b=2\n"),
        ("a.b=1\\", "a.b=2"),
        ("a.b=2", "a.b=2"),
        ("a.b = \\u0032", "a.b = \\u0032"),
    ] {
        assert_eq!(set(before, "a.b", "2"), after, "{before:?}");
    }
}

#[test]
fn one_spelling_is_left_the_one_that_counts() {
    for (before, after) in [
        // The last line of one spelling applies.
        ("s3.secretKey=1\ns3.secretKey=2\n", "#s3.secretKey=1\ns3.secretKey=new\n"),
        // The dashed spelling overrides the others, wherever it is.
        ("s3.secret-key=1\ns3.secretKey=2\n", "s3.secret-key=new\n#s3.secretKey=2\n"),
        ("s3.secretKey=1\ns3.secret-key=2\n", "#s3.secretKey=1\ns3.secret-key=new\n"),
        // Without a dashed spelling, the first one applies.
        ("s3.secretkey=1\ns3.secretKey=2\n", "s3.secretkey=new\n#s3.secretKey=2\n"),
        ("S3.SECRET_KEY=1\n", "S3.SECRET_KEY=new\n"),
        // The other spellings are removed even if the value is already right.
        ("s3.secretKey=new\ns3.secretkey=\\\n  2\nx=1\n", "s3.secretKey=new\n#s3.secretkey=\\\n#  2\nx=1\n"),
        ("\u{feff}s3.secretKey=1\nx=1\n", "#\u{feff}s3.secretKey=1\nx=1\ns3.secretKey=new\n"),
    ] {
        assert_eq!(set(before, "s3.secretKey", "new"), after, "{before:?}");
    }
}

#[test]
fn a_key_of_exact_spelling_leaves_other_spellings_alone() {
    let after = edited("s3.presignedurl.override.host=x\n", |document| {
        document.set("s3.preSignedUrl.override.host", Spelling::Exact, "");
    });
    assert_eq!(after, "s3.presignedurl.override.host=x\ns3.preSignedUrl.override.host=\n");
}

#[test]
fn a_new_key_goes_where_it_is_expected() {
    for (before, after) in [
        // The new line replaces the last commented-out one.
        ("#a.b=0\nx=1\n# a.b=1\ny=1\n", "#a.b=0\nx=1\na.b=2\ny=1\n"),
        ("#a.B=1", "a.b=2"),
        // Prose is not a key.
        ("# a.b : the second\n# a.b = is prose\nx=1\n", "# a.b : the second\n# a.b = is prose\nx=1\na.b=2\n"),
        // The new line follows related keys.
        ("a.x=1\na.c=1\n\nb=1\n", "a.x=1\na.c=1\na.b=2\n\nb=1\n"),
        ("a.x=\\\n  1\r\nb=1\n", "a.x=\\\n  1\r\na.b=2\r\nb=1\n"),
        // The new line is at the end, which may need a line end first.
        ("", "a.b=2\n"),
        ("# shipped\r\n# s3.bucket.name=", "# shipped\r\n# s3.bucket.name=\r\na.b=2\r\n"),
        ("x=1\\", "x=1\\\n\na.b=2\n"),
        ("x=1\\\r", "x=1\\\r\ra.b=2\r"),
        ("x=1\r\rz=1", "x=1\r\rz=1\ra.b=2\r"),
    ] {
        assert_eq!(set(before, "a.b", "2"), after, "{before:?}");
    }
}

#[test]
fn other_documents_are_left_alone() {
    for (before, after) in [
        ("x=1\n#---\na.b=1\n", "x=1\na.b=2\n#---\na.b=1\n"),
        ("a.b=1\n#---  \na.b=1\n#a.b=0\n", "a.b=2\n#---  \na.b=1\n#a.b=0\n"),
        ("x=1\n#---\n#a.b=1\ny=1\n", "x=1\n#---\n#a.b=1\ny=1\na.b=2\n"),
        // Not separators: after a comment, undone by one, not in column 0, with text.
        ("x=1\n#\n#---\na.b=1\n", "x=1\n#\n#---\na.b=2\n"),
        ("x=1\n#---\n\n# c\na.b=1\n", "x=1\n#---\n\n# c\na.b=2\n"),
        ("x=1\n #---\na.b=1\n", "x=1\n #---\na.b=2\n"),
        ("x=1\n#--- x\na.b=1\n", "x=1\n#--- x\na.b=2\n"),
        // A key that is commented out directly in front of a separator must not undo it.
        ("a.b=0\nA.B=1\n#---\ny=1\n", "a.b=2\n#A.B=1\n\n#---\ny=1\n"),
        // The comment in front of a line like a separator keeps it from being one.
        ("x=1\n#a.b=0\n#---\ny=1\n", "x=1\n#a.b=0\n#---\ny=1\na.b=2\n"),
    ] {
        assert_eq!(set(before, "a.b", "2"), after, "{before:?}");
    }
    let document = Document::parse(b"a.b=1\n#---\nA.b=2\n#---\na.b=3\n").unwrap();
    assert_eq!(document.set_again("a.b", Spelling::Relaxed), [3, 5]);
}

#[test]
fn unset_leaves_nothing_of_it_live() {
    let after = edited("x=1\n a.b=1\\\n  c=2\\\r\n\\\n  d=3\ny=1\nA-.b 2", |document| {
        assert!(document.unset("a.b", Spelling::Relaxed));
    });
    assert_eq!(after, "x=1\n# a.b=1\\\n#  c=2\\\r\n#\\\n#  d=3\ny=1\n#A-.b 2");
    assert_eq!(edited(&after, |document| assert!(!document.unset("a.b", Spelling::Relaxed))), after);
}

#[test]
fn keys_are_read_with_the_line_they_stand_on() {
    let document = Document::parse(b"# c\r\na=1\r\rb=\\\n 2\n\n\\\nc\xe9 : 3\nb=4").unwrap();
    let pairs: Vec<_> = document
        .pairs()
        .map(|pair| (String::from_utf16_lossy(pair.key), String::from_utf16_lossy(pair.value), pair.line))
        .collect();
    let pairs: Vec<_> = pairs.iter().map(|(key, value, line)| (key.as_str(), value.as_str(), *line)).collect();
    assert_eq!(pairs, [("a", "1", 2), ("b", "2", 4), ("cé", "3", 7), ("b", "4", 9)]);
    assert_eq!((document.get("b").as_deref(), document.get("B")), (Some("4"), None));
}

#[test]
fn a_bad_escape_is_refused_with_its_line() {
    for (bytes, line) in
        [(&b"a=\\u00"[..], 1), (b"a=1\r\n\r\n# \\u00zz\nb=\\\n  \\u12g4\nc=1\n", 5), (b"a=1\r\\uxyzw=1\r", 2)]
    {
        assert_eq!(Document::parse(bytes), Err(BadEscape { line }));
    }
}

#[test]
fn debug_shows_no_value() {
    let document = Document::parse(b"s3.secretKey=canary").unwrap();
    let pair = document.pairs().next().unwrap();
    assert!(!format!("{document:?} {pair:?}").contains("canary"));
}

#[test]
fn ten_megabytes_are_edited_in_time_by_their_length() {
    for line in ["\n", "a=1\n", "#\r", "\\\n", "s3.secretKey=x\n"] {
        let bytes = line.repeat(1_000_000 / line.len());
        let mut document = Document::parse(bytes.as_bytes()).unwrap();
        document.set("s3.secretKey", Spelling::Relaxed, "new");
        let again = Document::parse(&document.to_bytes()).unwrap();
        assert_eq!(again.get("s3.secretKey").as_deref(), Some("new"), "{line:?}");
    }
    // One line of ten megabytes.
    let bytes = [b"a=".as_slice(), &b"\\\n".repeat(5_000_000)].concat();
    let mut document = Document::parse(&bytes).unwrap();
    document.set("a", Spelling::Exact, "new");
    assert_eq!(document.to_bytes(), b"a=new\n");
}

proptest! {
    #[test]
    fn any_bytes_come_out_as_they_went_in(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(document) = Document::parse(&bytes) {
            prop_assert_eq!(document.to_bytes(), bytes);
        }
    }

    #[test]
    fn any_value_comes_back_as_it_was_set(value in any::<String>(), bytes in "[a=:#!\\\\ \r\n]{0,20}") {
        if let Ok(mut document) = Document::parse(bytes.as_bytes()) {
            document.set("s3.secretKey", Spelling::Relaxed, &value);
            let written = document.to_bytes();
            prop_assert!(written.is_ascii());
            prop_assert_eq!(Document::parse(&written).unwrap().get("s3.secretKey"), Some(value));
        }
    }
}
