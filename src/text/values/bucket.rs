//! Parses bucket names. Score itself checks no rule for them and uses only path-style URLs (`S3Config`). Characters
//! that cannot be part of a path are refused for every store. The rules of AWS are errors only for stores that enforce
//! them, and notes for all others.

use super::{Parsed, Terms, counted};
use crate::score::provider::Quirk;

/// Reserved beginnings and endings of bucket names.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
const RESERVED: (&[&str], &[&str]) =
    (&["xn--", "sthree-", "amzn-s3-demo-"], &["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]);

/// The rule that a bucket name breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BucketError {
    #[error("must be only a name, without a path")]
    Path,
    #[error("must not contain {0:?}")]
    Character(char),
    #[error("must not be {0}: it would be read as a path")]
    Dots(String),
    #[error("must have at least 3 characters")]
    Short,
    #[error("must have at most 63 characters")]
    Long,
    /// The number of characters that a pool leaves for the name.
    #[error("must have at most {} before the number of the pool", counted(*.0, "character"))]
    LongForPool(usize),
    #[error("must not contain upper-case letters")]
    UpperCase,
    #[error("must not contain an underscore")]
    Underscore,
    #[error("must begin and end with a letter or digit")]
    Edge,
    #[error("must not contain two dots in a row")]
    TwoDots,
    #[error("must not look like an IP address")]
    IpAddress,
    #[error("must not begin with {0}")]
    Prefix(&'static str),
    #[error("must not end with {0}")]
    Suffix(&'static str),
}

pub(super) fn parse(text: &str, terms: &Terms) -> Result<Parsed, BucketError> {
    if let Some(odd) = text.chars().find(|character| !(character.is_ascii_alphanumeric() || ".-_".contains(*character)))
    {
        return Err(if odd == '/' { BucketError::Path } else { BucketError::Character(odd) });
    }
    if text == "." || text == ".." {
        return Err(BucketError::Dots(text.to_owned()));
    }
    match broken(text, terms.pool) {
        None => Ok(Parsed::plain(text)),
        Some(rule) if terms.provider.is_some_and(|provider| provider.has(Quirk::StrictBucketNames)) => Err(rule),
        Some(rule) => {
            Ok(Parsed { value: text.into(), notes: vec![format!("Many stores refuse this name: it {rule}.")] })
        }
    }
}

/// Returns true if the name breaks no rule of AWS.
#[must_use]
pub fn is_valid_on_aws(name: &str) -> bool {
    broken(name, 0).is_none() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
}

/// Returns the rule of AWS that the name breaks.
fn broken(name: &str, pool: u64) -> Option<BucketError> {
    let suffix = pool.checked_sub(1).map_or(0, |last| 1 + last.to_string().len());
    let edge = |name: &str| name.starts_with(['.', '-']) || name.ends_with(['.', '-']);
    let address = |name: &str| {
        name.split('.').count() == 4
            && name.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    Some(if name.len() < 3 {
        BucketError::Short
    } else if name.len() + suffix > 63 {
        match suffix {
            0 => BucketError::Long,
            _ => BucketError::LongForPool(63 - suffix.min(62)),
        }
    } else if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        BucketError::UpperCase
    } else if name.contains('_') {
        BucketError::Underscore
    } else if edge(name) {
        BucketError::Edge
    } else if name.contains("..") {
        BucketError::TwoDots
    } else if address(name) {
        BucketError::IpAddress
    } else if let Some(prefix) = RESERVED.0.iter().find(|prefix| name.starts_with(**prefix)) {
        BucketError::Prefix(prefix)
    } else {
        let reserved = RESERVED.1.iter().find(|reserved| name.ends_with(**reserved))?;
        BucketError::Suffix(reserved)
    })
}

#[cfg(test)]
mod tests {
    use super::{super::tests::terms, *};

    #[test]
    fn a_strict_store_refuses_by_the_rule_that_is_broken() {
        let long = "a".repeat(64);
        for (name, message) in [
            ("ab", "must have at least 3 characters"),
            (long.as_str(), "must have at most 63 characters"),
            ("Score", "must not contain upper-case letters"),
            ("test_object_bucket", "must not contain an underscore"),
            ("-score", "must begin and end with a letter or digit"),
            ("score.", "must begin and end with a letter or digit"),
            ("a..b", "must not contain two dots in a row"),
            ("192.168.0.1", "must not look like an IP address"),
            ("xn--score", "must not begin with xn--"),
            ("score-s3alias", "must not end with -s3alias"),
            ("score:", "must not contain ':'"),
            ("score/data", "must be only a name, without a path"),
        ] {
            assert_eq!(parse(name, &terms("minio")).map_err(|error| error.to_string()), Err(message.to_owned()));
        }
    }

    #[test]
    fn other_stores_only_hear_of_it() {
        assert_eq!(
            parse("Score", &terms("ceph")),
            Ok(Parsed {
                value: "Score".into(),
                notes: vec!["Many stores refuse this name: it must not contain upper-case letters.".into()]
            })
        );
        assert!(parse("..", &terms("ceph")).is_err());
    }

    #[test]
    fn the_number_of_the_pool_counts_for_the_length() {
        let terms = Terms { pool: 101, ..terms("aws") };
        let name = "a".repeat(60);
        assert_eq!(
            parse(&name, &terms).unwrap_err().to_string(),
            "must have at most 59 characters before the number of the pool"
        );
        assert!(parse(&name[..59], &terms).is_ok());
    }
}
