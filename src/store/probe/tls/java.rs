//! Decides whether Java would accept a certificate. rustls builds and checks the path; this module covers the
//! differences. It is stricter where Java is stricter (uses of keys, certificates that may not sign others), and milder
//! where Java is milder (a certificate that is trusted itself, one of version 1, an authority as the server's
//! certificate). `tests/it/certificates.rs` compares it with a real Java.

use std::{collections::HashSet, fmt, path::Path};

use rustls::{
    CertificateError, Error, RootCertStore,
    client::verify_server_cert_signed_by_trust_anchor,
    pki_types::{CertificateDer, UnixTime},
    server::ParsedCertificate,
};
use time::OffsetDateTime;

use super::algorithms::{OF_CHAINS, signed_by};
use crate::{
    store::probe::{
        Certificate,
        certificate::{self, Authority},
    },
    text::shown,
};

/// The reason why Java would not accept a certificate, or this program cannot check it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    #[error("its issuer is not trusted")]
    Unknown,
    #[error("it, or one above it, has expired")]
    Expired,
    #[error("it, or one above it, is not valid yet")]
    NotYet,
    #[error("it is for other names")]
    Name,
    /// Its key, or that of an issuer above it, may not be used for this; in Java's words.
    #[error("{0}")]
    Purpose(&'static str),
    /// A kind that Java refuses by `jdk.certpath.disabledAlgorithms`.
    #[error("Java takes no {0}")]
    Weak(String),
    /// A kind that this program cannot check; Java might accept it.
    #[error("{0} cannot be checked here")]
    Unsupported(String),
    #[error("it cannot be read")]
    Unreadable,
    #[error("{0}")]
    Other(String),
}

/// A certificate that was not trusted, and the data that led to it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the certificate is not accepted: {why}")]
pub struct CertificateRefusal {
    pub why: Distrust,
    /// The certificates as the server sent them, without those that cannot be read.
    pub chain: Vec<Certificate>,
    /// The time of the judgement, by this machine's clock.
    pub at: OffsetDateTime,
    /// True if a trusted authority has the same organisation as the last issuer in the chain.
    pub issuer_known: bool,
    /// The trust store of the Java that is found on this machine.
    pub java: Option<&'static Path>,
}

/// Certificates to trust.
#[derive(Clone)]
pub(super) struct Anchors {
    all: HashSet<CertificateDer<'static>>,
    /// The anchors that Java lets sign other certificates.
    authorities: Vec<CertificateDer<'static>>,
    roots: RootCertStore,
}

impl Anchors {
    pub(super) fn of(certificates: &[CertificateDer<'static>]) -> Self {
        Self { all: HashSet::new(), authorities: Vec::new(), roots: RootCertStore::empty() }.and(certificates)
    }

    /// Returns these anchors and more.
    pub(super) fn and<'a>(&self, more: impl IntoIterator<Item = &'a CertificateDer<'static>>) -> Self {
        let mut anchors = self.clone();
        for der in more {
            if anchors.all.insert(der.clone()) && vouches(der) {
                anchors.authorities.push(der.clone());
                // an authority that rustls cannot read is used only for certificates directly below it
                anchors.roots.add(der.clone()).ok();
            }
        }
        // Java ignores the name constraints of an anchor (`PKIXParameters` of a key store: `new TrustAnchor(cert,
        // null)`)
        anchors.roots.roots.iter_mut().for_each(|root| root.name_constraints = None);
        anchors
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &CertificateDer<'static>> {
        self.all.iter()
    }

    /// Returns true if an anchor has the organisation of this issuer.
    pub(super) fn know(&self, issuer: &str) -> bool {
        let of = |name: &str| name.split(',').find_map(|part| part.strip_prefix("O=")).map(str::to_owned);
        of(issuer).is_some_and(|organisation| {
            let known = self.authorities.iter().filter_map(|der| Certificate::read(der));
            known.into_iter().any(|one| of(&one.subject).as_ref() == Some(&organisation))
        })
    }

    /// Judges a certificate as `PKIXValidator.engineValidate` and `EndEntityChecker` of JDK 17 do.
    pub(super) fn judge(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Distrust> {
        let read = Certificate::read(leaf).ok_or(Distrust::Unreadable)?;
        beyond_us(&read)?;
        // a certificate that is trusted itself: Java checks neither its dates nor its uses
        if self.all.contains(leaf) {
            return Ok(());
        }
        let chain = std::iter::once(read.clone()).chain(others.iter().filter_map(|der| Certificate::read(der)));
        if let Some(weak) = chain.filter(|one| !one.self_issued).find_map(|one| weak(&one)) {
            return Err(Distrust::Weak(weak));
        }
        let others: Vec<_> = others.iter().filter(|der| vouches(der)).cloned().collect();
        self.path(leaf, &read, &others, now)?;
        match read.usage {
            Some(usage) if !usage.signs_data => Err(Distrust::Purpose("its KeyUsage allows no digital signatures")),
            _ => Ok(()),
        }
    }

    fn path(
        &self,
        leaf: &CertificateDer<'_>,
        read: &Certificate,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Distrust> {
        if read.authority != Authority::No {
            return self.unpathed(leaf, read, others, now);
        }
        let parsed =
            ParsedCertificate::try_from(leaf).map_err(|_| if read.odd { ODD } else { Distrust::Unreadable })?;
        let told = verify_server_cert_signed_by_trust_anchor(&parsed, &self.roots, others, now, &OF_CHAINS);
        match told.map_err(|error| meaning(&error)) {
            Err(NOT_FOR_SERVERS) if read.for_servers => self.unpathed(leaf, read, others, now),
            Err(Distrust::Unknown) => Err(self.weak_issuer(leaf, others).map_or(Distrust::Unknown, Distrust::Weak)),
            told => told,
        }
    }

    /// Judges a certificate that rustls accepts at no end of a path, but Java does: of version 1, an authority, or for
    /// any purpose. It is judged here only if it is directly below a trusted authority.
    fn unpathed(
        &self,
        leaf: &CertificateDer<'_>,
        read: &Certificate,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Distrust> {
        if !self.authorities.iter().any(|authority| signed_by(leaf, authority)) {
            let below = others.iter().any(|other| signed_by(leaf, other));
            let unsaid = || Distrust::Unsupported("such a path".to_owned());
            return Err(if below { unsaid() } else { Distrust::Unknown });
        }
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        match () {
            () if read.not_after.unix_timestamp() < now => Err(Distrust::Expired),
            () if read.not_before.unix_timestamp() > now => Err(Distrust::NotYet),
            () if read.odd => Err(ODD),
            () if !read.for_servers => Err(NOT_FOR_SERVERS),
            () => Ok(()),
        }
    }

    /// Returns the weakness of a trusted authority that would be the issuer of one of these.
    fn weak_issuer(&self, leaf: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> Option<String> {
        let above = |authority: &&CertificateDer| {
            std::iter::once(leaf).chain(others).any(|one| certificate::issued_by(one, authority))
        };
        let issuers = self.authorities.iter().filter(above).filter_map(|der| Certificate::read(der));
        issuers.into_iter().find_map(|one| weak(&Certificate { signature: String::new(), ..one }))
    }
}

impl fmt::Debug for Anchors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Anchors").field("all", &self.all.len()).finish_non_exhaustive()
    }
}

/// Returns true if a certificate may sign others: the rule of `PKIXValidator.verifyTrustAnchor`, which every authority
/// on a path must pass.
fn vouches(der: &CertificateDer<'_>) -> bool {
    Certificate::read(der).is_some_and(|one| match one.authority {
        Authority::Unsaid => true,
        Authority::Yes => one.usage.is_none_or(|usage| usage.signs_certificates),
        Authority::No => false,
    })
}

const ODD: Distrust = Distrust::Purpose("it holds a critical extension that is not known");
const NOT_FOR_SERVERS: Distrust = Distrust::Purpose("its ExtendedKeyUsage does not allow TLS servers");

/// Returns the weakness that `jdk.certpath.disabledAlgorithms` of JDK 17 refuses: MD2, MD5, RSA and DSA below 1024
/// bits, EC below 224.
fn weak(one: &Certificate) -> Option<String> {
    let short = |kind: &str, least: usize| one.key == kind && (1..least).contains(&one.bits);
    if short("RSA", 1024) || short("EC", 224) {
        Some(format!("{} key of {} bits", one.key, one.bits))
    } else {
        ["MD2", "MD5"]
            .iter()
            .any(|hash| one.signature.starts_with(hash))
            .then(|| format!("signature {}", one.signature))
    }
}

/// Returns an error for kinds of keys that ring cannot use in a handshake.
fn beyond_us(leaf: &Certificate) -> Result<(), Distrust> {
    match (leaf.key, leaf.bits) {
        ("RSA", 2048..=8192) | ("EC", 256 | 384) | ("Ed25519", _) => Ok(()),
        _ if weak(leaf).is_some() => Ok(()),
        ("", _) => Err(Distrust::Unsupported("the kind of its key".to_owned())),
        (kind, bits) => Err(Distrust::Unsupported(format!("its key ({kind}, {bits} bits)"))),
    }
}

fn meaning(error: &Error) -> Distrust {
    let Error::InvalidCertificate(why) = error else {
        return Distrust::Other(shown(error.to_string().as_bytes(), 200));
    };
    match why {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => Distrust::Unknown,
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Distrust::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Distrust::NotYet,
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => NOT_FOR_SERVERS,
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            Distrust::Unsupported("the kind of a signature in it".to_owned())
        }
        CertificateError::BadEncoding => Distrust::Unreadable,
        other => {
            let told = other.to_string();
            let known = RULES.iter().find(|(word, _)| told.contains(word));
            known.map_or_else(|| Distrust::Other(shown(told.as_bytes(), 200)), |(_, words)| Distrust::Purpose(words))
        }
    }
}

/// Reasons without an error in rustls, by the error name of the library below it.
const RULES: &[(&str, &str)] = &[
    ("NameConstraintViolation", "an authority above it may not vouch for its name"),
    ("PathLenConstraintViolated", "there are more authorities above it than one of them allows"),
    ("MaximumSignatureChecksExceeded", "there are too many authorities above it"),
];

/// Returns true if both of Java's verifiers find the host in the certificate: `DefaultHostnameVerifier` of the client
/// under the SDK and in the client's ping, and `HostnameChecker` behind `HttpsURLConnection`, which transfers the
/// parts. The common name applies only if there are no alternative names, and never for an address.
pub(super) fn is_for(leaf: &Certificate, host: &str) -> bool {
    if let Ok(address) = host.parse() {
        return leaf.addresses.contains(&address);
    }
    if leaf.hosts.is_empty() && leaf.addresses.is_empty() {
        return leaf.common_name.as_deref().is_some_and(|common| fits(common, host));
    }
    leaf.hosts.iter().any(|pattern| fits(pattern, host))
}

/// Returns true if the pattern matches the name. `*` matches the rest of the first label. Both of Java's verifiers also
/// know public suffixes; no authority issues a wildcard directly below one.
fn fits(pattern: &str, name: &str) -> bool {
    let (Some((first, rest)), Some((label, parent))) = (pattern.split_once('.'), name.split_once('.')) else {
        return pattern.eq_ignore_ascii_case(name);
    };
    let Some((before, after)) = first.split_once('*') else { return pattern.eq_ignore_ascii_case(name) };
    let label = label.to_ascii_lowercase();
    rest.eq_ignore_ascii_case(parent)
        && label.len() >= before.len() + after.len()
        && label.starts_with(&before.to_ascii_lowercase())
        && label.ends_with(&after.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_label_or_a_part_of_it() {
        for (pattern, name, fit) in [
            ("store.example", "STORE.example", true),
            ("*.lab.example", "s3.lab.example", true),
            ("*.lab.example", "a.s3.lab.example", false),
            ("*.lab.example", "lab.example", false),
            ("*.lan", "store.lan", true),
            ("s3-*.lab.example", "S3-a.lab.example", true),
            ("s3-*-x.lab.example", "s3-x.lab.example", false),
            ("*", "store", false),
        ] {
            assert_eq!(fits(pattern, name), fit, "{pattern} {name}");
        }
    }

    #[test]
    fn every_authority_of_this_machine_can_be_read() {
        for der in rustls_native_certs::load_native_certs().certs {
            assert!(Certificate::read(&der).is_some(), "{der:?}");
        }
    }
}
