//! Spells keys of Score as names of variables.

use crate::{
    score::Spelling,
    text::properties::{dashed, uniform},
};

/// Returns the name of the variable for a key.
#[must_use]
pub fn variable(key: &str) -> String {
    let units: Vec<u16> = key.encode_utf16().collect();
    uniform(&units).replace('.', "_").to_ascii_uppercase()
}

/// Returns the names of variables for a key, the one to write first: upper case, `_` for each dot, and nothing for
/// dashes and capitals (Spring Boot `SystemEnvironmentPropertyMapper`). The name of the older mapping binds too.
pub(in crate::wizard) fn names(key: &str, spelling: Spelling) -> Vec<String> {
    let mut names = vec![variable(key)];
    if spelling == Spelling::Relaxed {
        let older = dashed(key).replace(['.', '-'], "_").to_ascii_uppercase();
        if !names.contains(&older) {
            names.push(older);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_bind_without_further_underscores() {
        for (key, spelling, expected) in [
            ("s3.secretKey", Spelling::Relaxed, &["S3_SECRETKEY", "S3_SECRET_KEY"][..]),
            ("s3.preSignedUrl.override.host", Spelling::Exact, &["S3_PRESIGNEDURL_OVERRIDE_HOST"]),
            ("upload.partsize", Spelling::Relaxed, &["UPLOAD_PARTSIZE"]),
            ("server.ssl.key-store", Spelling::Relaxed, &["SERVER_SSL_KEYSTORE", "SERVER_SSL_KEY_STORE"]),
        ] {
            assert_eq!(names(key, spelling), expected, "{key}");
        }
    }
}
