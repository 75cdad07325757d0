//! Parses numbers as Java does, and sizes and times as people write them. Knows nothing of their meaning.

use super::Parsed;
use crate::score::Kind;

/// The form that a number, a size, a time or a switch must have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    #[error("must be true or false")]
    Bool,
    #[error("must be a whole number between {min} and {max}")]
    Count { min: i64, max: i64 },
    #[error("must be a size such as 64 MiB, or a number of bytes")]
    Size,
    /// Both limits, in bytes.
    #[error("must be between {} and {}", least(*min), size(max.unsigned_abs()))]
    Bytes { min: i64, max: i64 },
    #[error("must be a whole number of milliseconds between {min} and {max}")]
    Millis { min: i64, max: i64 },
    #[error("must be a number such as 2.0, not below 0")]
    Number,
}

fn least(bytes: i64) -> String {
    if bytes == 1 { "1 byte".to_owned() } else { size(bytes.unsigned_abs()) }
}

/// Reads a boolean as Spring does (`StringToBooleanConverter`): without whitespace around it, in any case.
pub(crate) fn switch(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "true" | "on" | "yes" | "1" => Some(true),
        "false" | "off" | "no" | "0" => Some(false),
        _ => None,
    }
}

/// Parses a boolean.
pub(super) fn boolean(text: &str) -> Result<Parsed, NumberError> {
    switch(text).map(|on| Parsed::plain(if on { "true" } else { "false" })).ok_or(NumberError::Bool)
}

pub(super) fn count(text: &str, min: i64, max: i64) -> Result<Parsed, NumberError> {
    let number = within(integer(text), min, max).ok_or(NumberError::Count { min, max })?;
    Ok(Parsed::plain(number.to_string()))
}

pub(super) fn bytes(text: &str, min: i64, max: i64) -> Result<Parsed, NumberError> {
    let number = integer(text).or_else(|| with_unit(text, SIZES)).ok_or(NumberError::Size)?;
    let number = within(Some(number), min, max).ok_or(NumberError::Bytes { min, max })?;
    Ok(Parsed::plain(number.to_string()))
}

pub(super) fn millis(text: &str, min: i64, max: i64) -> Result<Parsed, NumberError> {
    let number = integer(text).or_else(|| with_unit(text, TIMES));
    let number = within(number, min, max).ok_or(NumberError::Millis { min, max })?;
    Ok(Parsed::plain(number.to_string()))
}

/// Parses a Java double that is not negative, and keeps its spelling.
pub(super) fn number(text: &str) -> Result<Parsed, NumberError> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    match text.parse::<f64>() {
        Ok(number) if plain && number.is_finite() && number >= 0.0 => Ok(Parsed::plain(text)),
        _ => Err(NumberError::Number),
    }
}

fn within(number: Option<i64>, min: i64, max: i64) -> Option<i64> {
    number.filter(|number| (min..=max).contains(number))
}

/// Parses an int as Spring does: decimal, or hexadecimal with `0x`, `0X` or `#` (`NumberUtils.parseNumber`).
pub(crate) fn integer(text: &str) -> Option<i64> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let hexadecimal = ["0x", "0X", "#"].iter().find_map(|prefix| digits.strip_prefix(prefix));
    let number = match hexadecimal {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => i64::from_str_radix(digits, 16).ok()?,
        Some(_) => return None,
        None => return text.parse().ok(),
    };
    Some(if negative { -number } else { number })
}

/// Parses a number as Spring binds it: without any whitespace (`NumberUtils.parseNumber`).
pub(crate) fn as_java(text: &str) -> Option<i64> {
    integer(&without_blanks(text))
}

/// Removes all whitespace.
pub(crate) fn without_blanks(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}

/// Parses a time with its unit, into milliseconds: `20s`, `1 min`.
pub(crate) fn milliseconds_with_unit(text: &str) -> Option<u64> {
    // A capital M is the unit of a size
    let time = if text.contains('M') { None } else { with_unit(text.trim(), TIMES) };
    time.and_then(|time| time.try_into().ok())
}

/// Parses a size with its unit, into bytes: `512MiB`, `1.5 TiB`.
pub(crate) fn bytes_with_unit(text: &str) -> Option<u64> {
    with_unit(text.trim(), SIZES).and_then(|size| size.try_into().ok())
}

/// Parses a size or a time with its unit, into bytes or milliseconds.
pub(crate) fn measured(kind: Kind, text: &str) -> Option<i64> {
    with_unit(text, if matches!(kind, Kind::Millis { .. }) { TIMES } else { SIZES })
}

const SIZES: &[(&str, u64)] = &[
    ("b", 1),
    ("kb", 1000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("k", 1 << 10),
    ("m", 1 << 20),
    ("g", 1 << 30),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
];

const TIMES: &[(&str, u64)] = &[("ms", 1), ("s", 1000), ("sec", 1000), ("min", 60_000), ("m", 60_000)];

/// Parses `64 MiB`, `1.5GiB` or `15 s`. Returns `None` if the result is not a whole number.
fn with_unit(text: &str, units: &[(&str, u64)]) -> Option<i64> {
    let at = text.find(|character: char| character.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(at);
    let unit = unit.to_ascii_lowercase();
    let factor = units.iter().find(|(name, _)| *name == unit)?.1;
    let (whole, fraction) = number.trim_end().split_once('.').unwrap_or((number.trim_end(), ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > 9 {
        return None;
    }
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let scaled = format!("{whole}{fraction}").parse::<u128>().ok()?.checked_mul(u128::from(factor))?;
    if scaled % scale != 0 {
        return None;
    }
    i64::try_from(scaled / scale).ok()
}

/// Formats a number of bytes in the unit that suits it: `64 MiB`, `524.3 MiB`, rounded down to a tenth.
#[must_use]
pub fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    // A size just under 2 GiB reads better as 2047 MiB than as 1.9 GiB.
    let suits = |unit: u64| {
        bytes >= if unit == 1 << 30 { 10 * unit } else { unit } || (bytes >= unit && bytes.is_multiple_of(unit))
    };
    let Some((unit, name)) = UNITS.into_iter().find(|(unit, _)| suits(*unit)) else {
        return super::counted(usize::try_from(bytes).unwrap_or(usize::MAX), "byte");
    };
    let tenths = u128::from(bytes) * 10 / u128::from(unit);
    if tenths % 10 == 0 || tenths >= 10_000 {
        format!("{} {name}", tenths / 10)
    } else {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INT: i64 = 2_147_483_647;

    #[test]
    fn integers_are_read_as_spring_reads_them() {
        for (text, number) in [
            ("5", Some(5)),
            ("+5", Some(5)),
            ("010", Some(10)),
            ("0x1F", Some(31)),
            ("#1f", Some(31)),
            ("-0x1", Some(-1)),
            ("0x", None),
            ("0x+1", None),
            ("1.0", None),
            ("1e3", None),
            ("1_000", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(integer(text), number, "{text}");
        }
    }

    #[test]
    fn sizes_are_read_with_and_without_units() {
        for (text, value) in [
            ("64 MiB", "67108864"),
            ("64MiB", "67108864"),
            ("64M", "67108864"),
            ("64MB", "64000000"),
            ("1.5 GiB", "1610612736"),
            ("0x1400000", "20971520"),
            ("20971520", "20971520"),
        ] {
            assert_eq!(bytes(text, 1, INT), Ok(Parsed::plain(value)), "{text}");
        }
    }

    #[test]
    fn a_size_that_no_java_int_holds_is_refused() {
        let range = NumberError::Bytes { min: 1, max: INT };
        assert_eq!(range.to_string(), "must be between 1 byte and 2047 MiB");
        for text in ["2147483648", "2 GiB", "0"] {
            assert_eq!(bytes(text, 1, INT), Err(range.clone()), "{text}");
        }
        for text in ["64 parsec", "MiB", "0.3 B", "1.073741824e+09", "1..5 MiB", "99999999999999999999999999 GiB"] {
            assert_eq!(bytes(text, 1, INT), Err(NumberError::Size), "{text}");
        }
    }

    #[test]
    fn times_become_milliseconds() {
        assert_eq!(millis("15 s", 0, INT), Ok(Parsed::plain("15000")));
        assert_eq!(millis("soon", 0, INT), Err(NumberError::Millis { min: 0, max: INT }));
    }

    #[test]
    fn booleans_are_read_as_spring_reads_them() {
        assert_eq!(boolean("Yes"), Ok(Parsed::plain("true")));
        assert_eq!(boolean("0"), Ok(Parsed::plain("false")));
        assert_eq!(boolean("maybe"), Err(NumberError::Bool));
    }

    #[test]
    fn doubles_are_kept_as_written() {
        assert_eq!(number("2.0"), Ok(Parsed::plain("2.0")));
        for text in ["-1", "NaN", "inf", "two", "1e999"] {
            assert!(number(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_told_in_the_unit_that_suits() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (20_971_520, "20 MiB"),
            (2_147_483_647, "2047 MiB"),
            (1 << 30, "1 GiB"),
            (549_755_814, "524.2 MiB"),
            (671_088_640_000, "625 GiB"),
            (5_497_558_138_880, "5 TiB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }
}
