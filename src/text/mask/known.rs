//! Looks for one known secret in the content of a file.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use zeroize::Zeroizing;

use crate::text::{properties::Document, secret::Secret};

/// Returns true if the content of a file contains the secret: as it is, with the escapes of a properties file, or either of
/// them in base64.
#[must_use]
pub fn contains(bytes: &[u8], secret: &Secret) -> bool {
    secret.shape(|secret| !secret.is_empty() && (in_text(bytes, secret) || in_base64(bytes, secret)))
}

fn in_text(bytes: &[u8], secret: &str) -> bool {
    let in_value = |document: Document| {
        document.pairs().any(|pair| Zeroizing::new(String::from_utf16_lossy(pair.value)).contains(secret))
    };
    let plain = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
    plain || Document::parse(bytes).is_ok_and(in_value)
}

/// Returns true if a word of the file is base64, such as a value in the `data` of a Secret, and contains the secret.
fn in_base64(bytes: &[u8], secret: &str) -> bool {
    const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let decoder = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
    let of_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    let has = |word| decoder.decode(word).map(Zeroizing::new).is_ok_and(|content| in_text(&content, secret));
    bytes.split(|byte| !of_word(byte)).filter(|word| word.len() > secret.len()).any(has)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_each_form_of_a_file() {
        let secret = Secret::new("a canary: with=signs");
        for (file, found) in [
            ("s3.secretKey=a canary: with=signs\n", true),
            ("s3.secretKey=a\\ canary\\: with\\u003dsigns\n", true),
            ("data:\n  S3_SECRETKEY: YSBjYW5hcnk6IHdpdGg9c2lnbnM=\n", true),
            ("{\"S3_SECRETKEY\":\"YSBjYW5hcnk6IHdpdGg9c2lnbnMK\"}", true),
            ("data:\n  application.properties: czMuc2VjcmV0S2V5PWFcIGNhbmFyeVw6IHdpdGhcPXNpZ25zCg==\n", true),
            ("s3.secretKey=another\n", false),
        ] {
            assert_eq!(contains(file.as_bytes(), &secret), found, "{file}");
        }
    }
}
