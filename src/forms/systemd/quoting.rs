//! Splits values of a unit into words, and reads environment files, by the quoting of systemd.

/// Splits a value into words: quotes may begin anywhere, and escapes of C are replaced outside and inside of them
/// (`extract_first_word` with `EXTRACT_UNQUOTE` and `EXTRACT_CUNESCAPE`).
pub(super) fn words(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let (mut word, mut quote) = (None::<Vec<u8>>, None);
    let mut letters = text.chars().peekable();
    let end = |word: Option<Vec<u8>>| word.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                // The longest escape is a backslash, U and eight digits.
                let ahead: String = letters.clone().take(9).collect();
                let (bytes, used) = escape(&ahead);
                letters.by_ref().take(used).for_each(drop);
                word.get_or_insert_default().extend(bytes);
            }
            letter if Some(letter) == quote => quote = None,
            '"' | '\'' if quote.is_none() => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            letter if letter.is_whitespace() && quote.is_none() => all.extend(end(word.take())),
            letter => word.get_or_insert_default().extend(letter.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    all.extend(end(word));
    all
}

/// Returns the bytes of the escape after a backslash, and the number of its letters (`cunescape_one`).
fn escape(text: &str) -> (Vec<u8>, usize) {
    let first = text.chars().next();
    let simple = match first {
        Some('a') => Some(7),
        Some('b') => Some(8),
        Some('f') => Some(12),
        Some('n') => Some(b'\n'),
        Some('r') => Some(b'\r'),
        Some('t') => Some(b'\t'),
        Some('v') => Some(11),
        Some('s') => Some(b' '),
        Some(sign @ ('\\' | '"' | '\'')) => u8::try_from(sign).ok(),
        _ => None,
    };
    if let Some(byte) = simple {
        return (vec![byte], 1);
    }
    let digits = |from: usize, count: usize, base: u32| {
        let digits = text.get(from..from + count)?;
        u32::from_str_radix(digits, base).ok().filter(|_| !digits.starts_with('+'))
    };
    let number = match first {
        Some('x') => digits(1, 2, 16).map(|number| (number, 3)),
        Some('u') => digits(1, 4, 16).map(|number| (number, 5)),
        Some('U') => digits(1, 8, 16).map(|number| (number, 9)),
        Some('0'..='7') => digits(0, 3, 8).map(|number| (number, 3)),
        _ => None,
    };
    match number {
        Some((number, used)) if matches!(first, Some('u' | 'U')) => {
            let letter = char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER);
            (letter.to_string().into_bytes(), used)
        }
        Some((number, used)) => (vec![u8::try_from(number).unwrap_or(b'?')], used),
        // systemd refuses the line; the text stays readable.
        None => (b"\\".to_vec(), 0),
    }
}

/// The position of the reader in a line of an environment file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Key,
    BeforeValue,
    Value,
    Single,
    Double,
}

/// Reads an environment file: names, values and lines. Quotes are removed, a backslash continues a line, and nothing is
/// replaced (`parse_env_file_internal`).
pub(super) fn environment_file(text: &str) -> Vec<(String, String, usize)> {
    let mut all = Vec::new();
    let (mut key, mut value) = (String::new(), String::new());
    let (mut at, mut line, mut first) = (At::Key, 1, 1);
    // The length of the value without whitespace at its end.
    let mut solid = 0;
    let mut letters = text.trim_start_matches('\u{feff}').chars().peekable();
    loop {
        let letter = letters.next();
        if letter == Some('\n') || letter.is_none() {
            let quoted = letter.is_some() && matches!(at, At::Single | At::Double);
            if !quoted {
                if at != At::Key {
                    value.truncate(solid);
                    all.push((key.trim().to_owned(), std::mem::take(&mut value), first));
                }
                key.clear();
                (at, solid) = (At::Key, 0);
                line += 1;
                if letter.is_none() {
                    return all.into_iter().filter(|(name, ..)| !name.is_empty()).collect();
                }
                continue;
            }
        }
        let Some(letter) = letter else { continue };
        line += usize::from(letter == '\n');
        let solid_letter = !letter.is_whitespace();
        match (at, letter) {
            (At::Key, '#' | ';') if key.trim().is_empty() => {
                while letters.next_if(|letter| *letter != '\n').is_some() {}
            }
            (At::Key, '=') => (at, first) = (At::BeforeValue, line),
            (At::Key, _) => key.push(letter),
            (At::BeforeValue, '\'') => at = At::Single,
            (At::BeforeValue, '"') => at = At::Double,
            (At::BeforeValue | At::Value, '\\') => {
                at = At::Value;
                match letters.next() {
                    Some('\n') => line += 1,
                    Some(escaped) => {
                        value.push(escaped);
                        solid = value.len();
                    }
                    None => {}
                }
            }
            (At::BeforeValue, _) if !solid_letter => {}
            (At::BeforeValue | At::Value, _) => {
                at = At::Value;
                value.push(letter);
                solid = if solid_letter { value.len() } else { solid };
            }
            (At::Single, '\'') | (At::Double, '"') => at = At::BeforeValue,
            (At::Double, '\\') => {
                match letters.next() {
                    Some(sign @ ('"' | '\\' | '`' | '$')) => value.push(sign),
                    Some('\n') => line += 1,
                    Some(other) => value.extend(['\\', other]),
                    None => {}
                }
                solid = value.len();
            }
            (At::Single | At::Double, _) => {
                value.push(letter);
                solid = value.len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_split_as_systemd_splits_them() {
        for (text, expected) in [
            ("A=1 B=2", &["A=1", "B=2"][..]),
            ("\"A=a b\" 'B=c d'", &["A=a b", "B=c d"]),
            ("A=\"a b\"c", &["A=a bc"]),
            ("A=a\\x20b\\tc\\101", &["A=a b\tcA"]),
            ("'A=\\'x'", &["A='x"]),
            ("A=\\u00e9", &["A=é"]),
            ("A=\\q", &["A=\\q"]),
            ("A=\\é", &["A=\\é"]),
            ("''", &[""]),
            ("", &[]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn environment_files_are_read_as_systemd_reads_them() {
        let text = "# c\n; d\nA=plain # not a comment\n B = x  \nC=\"a \\\"b\\\" \\n\"  \nD='a\\b$c'\nE=one\\\ntwo\nF='two\nlines'\nG=\nno name\n=x\nH=a\"b\"\nI='a'\"b\"\nJ=$A\n";
        let told: Vec<_> =
            environment_file(text).into_iter().map(|(name, value, line)| format!("{name}={value} {line}")).collect();
        assert_eq!(
            told,
            [
                "A=plain # not a comment 3",
                "B=x 4",
                "C=a \"b\" \\n 5",
                "D=a\\b$c 6",
                "E=onetwo 7",
                "F=two\nlines 9",
                "G= 11",
                "H=a\"b\" 14",
                "I=ab 15",
                "J=$A 16",
            ]
        );
    }
}
