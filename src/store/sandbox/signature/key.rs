//! The key of a day, region and service, which signs requests, chunks and trailing headers.

use ring::{
    digest::{SHA256, digest},
    hmac,
};
use zeroize::Zeroizing;

use super::head::KeyPair;
use crate::store::sandbox::{
    base16,
    refusal::{self, S3Refusal},
};

/// The key, and the texts that it signs with every request.
#[derive(Debug, Clone)]
pub(super) struct ScopedKey {
    key: hmac::Key,
    stamp: String,
    /// The scope, as `20130524/us-east-1/s3/aws4_request`.
    scope: String,
}

impl ScopedKey {
    /// Derives the key. `malformed` is the refusal of a credential that cannot be read.
    pub(super) fn derive(
        keys: &KeyPair,
        credential: &str,
        stamp: &str,
        malformed: S3Refusal,
    ) -> Result<Self, S3Refusal> {
        let (access_key, scope) = credential.split_once('/').ok_or(malformed)?;
        let steps: Vec<&str> = scope.split('/').collect();
        let [day, _, "s3", "aws4_request"] = steps.as_slice() else { return Err(malformed) };
        if !stamp.starts_with(day) || day.len() != 8 {
            return Err(refusal::WRONG_SIGNATURE);
        }
        keys.expect(access_key)?;
        let first = Zeroizing::new(format!("AWS4{}", keys.secret.for_signing()));
        let first = hmac::Key::new(hmac::HMAC_SHA256, first.as_bytes());
        let next =
            |key: hmac::Key, step: &&str| hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, step.as_bytes()).as_ref());
        let key = steps.iter().fold(first, next);
        Ok(Self { key, stamp: stamp.to_owned(), scope: scope.to_owned() })
    }

    /// Verifies a signature over the rest of a text to sign.
    pub(super) fn verify(&self, algorithm: &str, rest: &str, signature: &str) -> Result<(), S3Refusal> {
        let text = format!("{algorithm}\n{}\n{}\n{rest}", self.stamp, self.scope);
        let given = base16::read(signature).ok_or(refusal::WRONG_SIGNATURE)?;
        hmac::verify(&self.key, text.as_bytes(), &given).map_err(|_| refusal::WRONG_SIGNATURE)
    }
}

/// Returns the SHA-256 of bytes as texts to sign contain it.
pub(super) fn sha256(bytes: &[u8]) -> String {
    base16::write(digest(&SHA256, bytes).as_ref())
}
