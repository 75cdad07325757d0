//! Reads a scalar of YAML without quotes as programs in Go do: whether it is a number, and which text compose passes on.
//! Compose decodes it into a value of Go (yaml.v3 `resolve`) and prints that value (compose-go `mappingValue`,
//! `fmt.Sprint`). Compared with compose-go.

use std::borrow::Cow;

/// Returns the text that compose passes on for this scalar. Yes, no, on and off are texts.
pub(super) fn passed_on(word: &str) -> Cow<'_, str> {
    let first = word.bytes().next().unwrap_or_default();
    let special = match word {
        "true" | "True" | "TRUE" => Some("true"),
        "false" | "False" | "FALSE" => Some("false"),
        ".nan" | ".NaN" | ".NAN" => Some("NaN"),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Some("+Inf"),
        "-.inf" | "-.Inf" | "-.INF" => Some("-Inf"),
        _ => None,
    };
    if let Some(special) = special {
        return special.into();
    }
    if !(first.is_ascii_digit() || b"+-.".contains(&first)) {
        return word.into();
    }
    date(word).or_else(|| number(word)).map_or(word.into(), Cow::Owned)
}

/// Returns true for a number in any of the spellings of YAML.
pub(super) fn is_number(word: &str) -> bool {
    let infinite = word.trim_start_matches(['+', '-']).to_ascii_lowercase();
    let starts = word.starts_with(|first: char| first.is_ascii_digit() || ['+', '-', '.'].contains(&first));
    starts && (number(word).is_some() || [".inf", ".nan"].contains(&infinite.as_str()))
}

/// Prints a number as Go does.
fn number(word: &str) -> Option<String> {
    let bare = if word.starts_with('.') { word.to_owned() } else { word.replace('_', "") };
    integer(&bare).or_else(|| {
        let number = is_float(&bare).then(|| bare.parse::<f64>().ok()).flatten()?;
        number.is_finite().then(|| float(number))
    })
}

/// Reads an integer as `strconv.ParseInt` with base 0 does.
fn integer(text: &str) -> Option<String> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (base, digits) = match lower.get(..2) {
        Some("0x") => (16, &lower[2..]),
        Some("0b") => (2, &lower[2..]),
        Some("0o") => (8, &lower[2..]),
        _ if lower.len() > 1 && lower.starts_with('0') => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let number = u64::from_str_radix(digits, base).ok()?;
    match negative {
        true if number == 0 => Some("0".to_owned()),
        true => (number <= 1 << 63).then(|| format!("-{number}")),
        // `strconv.ParseUint` accepts no sign.
        false if text.starts_with('+') => i64::try_from(number).ok().map(|number| number.to_string()),
        false => Some(number.to_string()),
    }
}

/// Returns true for `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?` (`yamlStyleFloat`).
fn is_float(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(front, back)| (front, Some(back)));
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    exponent_fits && digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty())
}

/// Prints a number as `fmt.Sprint` does: the shortest digits, and an exponent if it is below -4 or above 5
/// (`strconv.FormatFloat` with 'g' and -1).
fn float(number: f64) -> String {
    let shortest = format!("{number:e}");
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return number.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// Returns the text of a date such as `2026-11-27`. yaml.v3 makes it a time.
fn date(text: &str) -> Option<String> {
    let [year, month, day] = text.split('-').collect::<Vec<_>>()[..] else { return None };
    let number = |text: &str, most: u8| {
        let fits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u8>().ok().filter(|number| fits && (1..=most).contains(number))
    };
    let (month, day) = (number(month, 12)?, number(day, 31)?);
    let right = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    right.then(|| format!("{year}-{month:02}-{day:02} 00:00:00 +0000 UTC"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expects what compose-go passes on.
    #[test]
    fn scalars_are_passed_on_as_compose_does() {
        for (word, passed) in [
            ("0123456789", "1.23456789e+08"),
            ("1e10", "1e+10"),
            ("64_000_000", "64000000"),
            ("012", "10"),
            ("1.2e6", "1.2e+06"),
            ("1.5", "1.5"),
            ("1.50", "1.5"),
            ("100000.0", "100000"),
            ("1000000.0", "1e+06"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            (".5", "0.5"),
            ("-0", "0"),
            ("0", "0"),
            ("00", "0"),
            ("08", "8"),
            ("+5", "5"),
            ("0x1F", "31"),
            ("0b11", "3"),
            ("0o17", "15"),
            ("18446744073709551615", "18446744073709551615"),
            ("18446744073709551616", "1.8446744073709552e+19"),
            ("8087", "8087"),
            ("1073741824", "1073741824"),
            ("True", "true"),
            ("FALSE", "false"),
            ("no", "no"),
            ("on", "on"),
            ("y", "y"),
            (".inf", "+Inf"),
            ("2026-11-27", "2026-11-27 00:00:00 +0000 UTC"),
            ("http://10.1.2.3:9000", "http://10.1.2.3:9000"),
            ("5.11.0", "5.11.0"),
            ("1e", "1e"),
            ("e10", "e10"),
            ("0x", "0x"),
            ("-", "-"),
            (".", "."),
            ("+", "+"),
            ("1_000.5", "1000.5"),
            ("12345678901234567890abc", "12345678901234567890abc"),
        ] {
            assert_eq!(passed_on(word), passed, "{word}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_word_is_passed_on(word in "[-+.0-9eExXbo_é]{0,24}|[ -~é]{0,16}") {
            // A printed text is printed the same again, except for times and texts with a leading sign.
            let once = passed_on(&word).into_owned();
            if !once.contains(':') && !once.starts_with('+') {
                proptest::prop_assert_eq!(passed_on(&once), once.as_str());
            }
        }
    }
}
