//! Names of buckets. Score itself checks none of this and addresses by path only (`S3Config`), so what cannot be part of
//! a path is refused for every store, and the rules of AWS only where the store has them too.

use super::{Parsed, Terms, counted};

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
const RESERVED: (&[&str], &[&str]) =
    (&["xn--", "sthree-", "amzn-s3-demo-"], &["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]);

pub(super) fn parse(label: &str, text: &str, terms: &Terms) -> Result<Parsed, String> {
    if let Some(odd) = text.chars().find(|character| !(character.is_ascii_alphanumeric() || ".-_".contains(*character)))
    {
        return Err(match odd {
            '/' => format!("{label} must be a name alone, without a path."),
            _ => format!("{label} must not hold {odd:?}."),
        });
    }
    if text == "." || text == ".." {
        return Err(format!("{label} must not be {text}: it would be read as a path."));
    }
    match broken(text, terms.pool) {
        None => Ok(Parsed::plain(text)),
        Some(rule) if terms.provider.is_some_and(|provider| provider.strict_bucket_names) => {
            Err(format!("{label} {rule}."))
        }
        Some(rule) => {
            Ok(Parsed { value: text.into(), notes: vec![format!("Many stores refuse this name: it {rule}.")] })
        }
    }
}

/// The rule of AWS that the name breaks.
fn broken(name: &str, pool: u64) -> Option<String> {
    let suffix = pool.checked_sub(1).map_or(0, |last| 1 + last.to_string().len());
    let edge = |name: &str| name.starts_with(['.', '-']) || name.ends_with(['.', '-']);
    let address = |name: &str| {
        name.split('.').count() == 4
            && name.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    Some(if name.len() < 3 {
        "must have at least 3 characters".into()
    } else if name.len() + suffix > 63 {
        match suffix {
            0 => "must have at most 63 characters".into(),
            _ => {
                format!("must have at most {} before the number of the pool", counted(63 - suffix.min(62), "character"))
            }
        }
    } else if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        "must not hold upper-case letters".into()
    } else if name.contains('_') {
        "must not hold an underscore".into()
    } else if edge(name) {
        "must begin and end with a letter or digit".into()
    } else if name.contains("..") {
        "must not hold two dots in a row".into()
    } else if address(name) {
        "must not look like an IP address".into()
    } else if let Some(prefix) = RESERVED.0.iter().find(|prefix| name.starts_with(**prefix)) {
        format!("must not begin with {prefix}")
    } else {
        let reserved = RESERVED.1.iter().find(|reserved| name.ends_with(**reserved))?;
        format!("must not end with {reserved}")
    })
}

#[cfg(test)]
mod tests {
    use super::{super::tests::terms, *};

    #[test]
    fn a_strict_store_refuses_by_the_rule_that_is_broken() {
        let long = "a".repeat(64);
        for (name, message) in [
            ("ab", "Object bucket must have at least 3 characters."),
            (long.as_str(), "Object bucket must have at most 63 characters."),
            ("Score", "Object bucket must not hold upper-case letters."),
            ("test_object_bucket", "Object bucket must not hold an underscore."),
            ("-score", "Object bucket must begin and end with a letter or digit."),
            ("score.", "Object bucket must begin and end with a letter or digit."),
            ("a..b", "Object bucket must not hold two dots in a row."),
            ("192.168.0.1", "Object bucket must not look like an IP address."),
            ("xn--score", "Object bucket must not begin with xn--."),
            ("score-s3alias", "Object bucket must not end with -s3alias."),
            ("score:", "Object bucket must not hold ':'."),
            ("score/data", "Object bucket must be a name alone, without a path."),
        ] {
            assert_eq!(parse("Object bucket", name, &terms("minio")), Err(message.into()));
        }
    }

    #[test]
    fn other_stores_only_hear_of_it() {
        assert_eq!(
            parse("Object bucket", "Score", &terms("ceph")),
            Ok(Parsed {
                value: "Score".into(),
                notes: vec!["Many stores refuse this name: it must not hold upper-case letters.".into()]
            })
        );
        assert!(parse("Object bucket", "..", &terms("ceph")).is_err());
    }

    #[test]
    fn the_number_of_the_pool_counts_for_the_length() {
        let terms = Terms { pool: 101, ..terms("aws") };
        let name = "a".repeat(60);
        assert_eq!(
            parse("Object bucket", &name, &terms),
            Err("Object bucket must have at most 59 characters before the number of the pool.".into())
        );
        assert!(parse("Object bucket", &name[..59], &terms).is_ok());
    }
}
