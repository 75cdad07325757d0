//! Signature algorithms that can be checked: those of rustls, and for chains also the short keys and the SHA-1 that
//! Java still accepts from a private authority.

use std::sync::LazyLock;

use ring::signature::{
    RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY, RsaParameters, UnparsedPublicKey,
};
use rustls::{
    DigitallySignedStruct, Error,
    client::danger::HandshakeSignatureValid,
    crypto::{WebPkiSupportedAlgorithms, ring::default_provider, verify_tls13_signature_with_raw_key},
    pki_types::{
        AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer, alg_id,
    },
};

use crate::store::probe::certificate;

/// An algorithm that Java still accepts and rustls does not. Java refuses keys of less than 1024 bits, MD5 and MD2; it
/// refuses SHA-1 only under the public authorities that it ships (`jdk.certpath.disabledAlgorithms` of JDK 17).
#[derive(Debug)]
struct Old {
    signature: AlgorithmIdentifier,
    check: &'static RsaParameters,
}

/// `sha1WithRSAEncryption` and its empty parameter.
const RSA_SHA1: AlgorithmIdentifier =
    AlgorithmIdentifier::from_slice(&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5, 5, 0]);

static OLD: [Old; 3] = [
    Old { signature: RSA_SHA1, check: &RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY },
    Old { signature: alg_id::RSA_PKCS1_SHA256, check: &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY },
    Old { signature: alg_id::RSA_PKCS1_SHA512, check: &RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY },
];

impl SignatureVerificationAlgorithm for Old {
    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }

    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        UnparsedPublicKey::new(self.check, key).verify(message, signature).map_err(|_| InvalidSignature)
    }
}

/// The algorithms for chains. The old ones come first, because the first match decides.
pub(super) static OF_CHAINS: LazyLock<Vec<&'static dyn SignatureVerificationAlgorithm>> = LazyLock::new(|| {
    let old = OLD.iter().map(|old| old as &dyn SignatureVerificationAlgorithm);
    old.chain(of_greetings().all.iter().copied()).collect()
});

pub(super) fn of_greetings() -> WebPkiSupportedAlgorithms {
    default_provider().signature_verification_algorithms
}

/// Returns true if a certificate is signed with the key of `issuer`.
pub(super) fn signed_by(der: &[u8], issuer: &[u8]) -> bool {
    let (Some((all, algorithm, signature)), Some((kind, key))) =
        (certificate::signed(der), certificate::public_key(issuer))
    else {
        return false;
    };
    let fitting = OF_CHAINS
        .iter()
        .filter(|one| one.signature_alg_id().as_ref() == algorithm && one.public_key_alg_id().as_ref() == kind);
    certificate::issued_by(der, issuer)
        && fitting.into_iter().any(|one| one.verify_signature(&key, all, signature).is_ok())
}

/// Verifies the server's signature in a handshake for a certificate that rustls cannot read: one of version 1.
pub(super) fn greeted_by_old(
    message: &[u8],
    leaf: &[u8],
    signed: &DigitallySignedStruct,
    newest: bool,
) -> Result<HandshakeSignatureValid, Error> {
    let unreadable = || Error::InvalidCertificate(rustls::CertificateError::BadEncoding);
    let bad = || Error::InvalidCertificate(rustls::CertificateError::BadSignature);
    if newest {
        let key = certificate::key_info(leaf).ok_or_else(unreadable)?;
        return verify_tls13_signature_with_raw_key(
            message,
            &SubjectPublicKeyInfoDer::from(key),
            signed,
            &of_greetings(),
        );
    }
    let (kind, key) = certificate::public_key(leaf).ok_or_else(unreadable)?;
    let all = of_greetings();
    let fitting = all.mapping.iter().filter(|(scheme, _)| *scheme == signed.scheme).flat_map(|(_, all)| *all);
    fitting
        .into_iter()
        .filter(|one| one.public_key_alg_id().as_ref() == kind)
        .any(|one| one.verify_signature(&key, message, signed.signature()).is_ok())
        .then(HandshakeSignatureValid::assertion)
        .ok_or_else(bad)
}
