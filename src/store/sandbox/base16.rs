//! Writes and reads bytes as lower-case hexadecimal digits.

use std::fmt::Write as _;

pub(super) fn write(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a text never fails.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Reads a SHA-256.
pub(super) fn read(text: &str) -> Option<[u8; 32]> {
    bytes(text)?.try_into().ok()
}

/// Reads any bytes.
pub(super) fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().map(digit).collect::<Option<_>>()?;
    let pairs = digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit));
    digits.len().is_multiple_of(2).then(|| pairs.collect())
}

fn digit(letter: u8) -> Option<u8> {
    match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_sum_in_lower_case_is_read() {
        let sum: [u8; 32] = std::array::from_fn(|at| u8::try_from(at * 7).unwrap());
        let text = write(&sum);
        assert_eq!(read(&text), Some(sum));
        for wrong in ["", &text[1..], &text.to_uppercase(), &format!("{text}0"), &format!("{text}00"), &"é".repeat(32)]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
