//! The fields of a certificate, for people and for Java's rules. The server made every one of them, so texts are
//! neutralised. rustls limits the handshake, and so the number of certificates. Knows nothing of trust.

use std::{fmt::Write, net::IpAddr};

use ring::digest::{SHA256, digest};
use time::OffsetDateTime;
use x509_cert::{
    certificate::{CertificateInner, Raw, Version},
    der::{
        Decode, Encode, Reader, SliceReader,
        asn1::{AnyRef, BitStringRef, ObjectIdentifier, UintRef},
        oid::AssociatedOid,
    },
    ext::pkix::{
        AuthorityInfoAccessSyntax, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAltName, name::GeneralName,
    },
    name::{Name, RelativeDistinguishedName},
};

use crate::text::shown;

/// The largest length of a subject or issuer; longer than any host name.
const MOST_LETTERS: usize = 260;

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const SERVERS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");
const ANY_PURPOSE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");
const UNDERSTOOD: [ObjectIdentifier; 4] =
    [KeyUsage::OID, SubjectAltName::OID, BasicConstraints::OID, ExtendedKeyUsage::OID];
const CA_ISSUERS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.2");

/// Kinds of keys and curves, with their bits.
const KEYS: &[(&str, &str, usize)] = &[
    ("1.2.840.10045.3.1.7", "EC", 256),
    ("1.3.132.0.34", "EC", 384),
    ("1.3.132.0.35", "EC", 521),
    ("1.3.132.0.33", "EC", 224),
    ("1.2.840.10045.3.1.1", "EC", 192),
    ("1.3.101.112", "Ed25519", 256),
    ("1.3.101.113", "Ed448", 456),
    ("1.2.840.10040.4.1", "DSA", 0),
];

/// Signature algorithms with the names that Java gives them.
const SIGNATURES: &[(&str, &str)] = &[
    ("1.2.840.113549.1.1.2", "MD2withRSA"),
    ("1.2.840.113549.1.1.4", "MD5withRSA"),
    ("1.2.840.113549.1.1.5", "SHA1withRSA"),
    ("1.2.840.113549.1.1.10", "RSASSA-PSS"),
    ("1.2.840.113549.1.1.11", "SHA256withRSA"),
    ("1.2.840.113549.1.1.12", "SHA384withRSA"),
    ("1.2.840.113549.1.1.13", "SHA512withRSA"),
    ("1.2.840.113549.1.1.14", "SHA224withRSA"),
    ("1.2.840.10045.4.1", "SHA1withECDSA"),
    ("1.2.840.10045.4.3.1", "SHA224withECDSA"),
    ("1.2.840.10045.4.3.2", "SHA256withECDSA"),
    ("1.2.840.10045.4.3.3", "SHA384withECDSA"),
    ("1.2.840.10045.4.3.4", "SHA512withECDSA"),
    ("1.2.840.10040.4.3", "SHA1withDSA"),
    ("2.16.840.1.101.3.4.3.2", "SHA256withDSA"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The subject, such as `CN=store.example,O=Lab`.
    pub subject: String,
    pub issuer: String,
    /// True if subject and issuer are the same name.
    pub self_issued: bool,
    pub common_name: Option<String>,
    /// The alternative names that are host names.
    pub hosts: Vec<String>,
    pub addresses: Vec<IpAddr>,
    pub not_before: OffsetDateTime,
    pub not_after: OffsetDateTime,
    /// The kind of key: `RSA`, `EC` and so on; empty if it is a different one.
    pub key: &'static str,
    /// The length of the key in bits; 0 if it is unknown.
    pub bits: usize,
    /// The signature algorithm as Java names it, otherwise its number.
    pub signature: String,
    pub authority: Authority,
    /// The permitted uses of the key; `None` if the certificate does not state them, which allows everything.
    pub usage: Option<Usage>,
    /// True if it may be used by TLS servers (`serverAuth`), or does not state its purposes.
    pub for_servers: bool,
    /// True if it contains a critical extension that this program does not know.
    pub odd: bool,
    /// The URLs of its issuer's certificate. Java does not fetch them by default.
    pub issuer_at: Vec<String>,
    /// The SHA-256 of the whole certificate, in pairs of hexadecimal digits.
    pub fingerprint: String,
}

/// The right to sign other certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    Yes,
    No,
    /// A version before 3, which cannot state it.
    Unsaid,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    pub signs_data: bool,
    pub signs_certificates: bool,
}

impl Certificate {
    /// Reads a certificate. Returns `None` if the bytes are not a well-formed certificate.
    #[must_use]
    pub fn read(der: &[u8]) -> Option<Self> {
        let whole = CertificateInner::<Raw>::from_der(der).ok()?;
        let inner = whole.tbs_certificate();
        let names = inner.get_extension::<SubjectAltName>().ok()?.map(|(_, names)| names.0).unwrap_or_default();
        let (mut hosts, mut addresses) = (Vec::new(), Vec::new());
        for name in &names {
            match name {
                GeneralName::DnsName(host) => hosts.push(shown(host.as_bytes(), MOST_LETTERS)),
                GeneralName::IpAddress(bytes) => addresses.extend(address(bytes.as_bytes())),
                _ => {}
            }
        }
        let constraints = inner.get_extension::<BasicConstraints>().ok()?.map(|(_, constraints)| constraints);
        let usage = inner.get_extension::<KeyUsage>().ok()?.map(|(_, usage)| Usage {
            signs_data: usage.digital_signature(),
            signs_certificates: usage.key_cert_sign(),
        });
        let purposes = inner.get_extension::<ExtendedKeyUsage>().ok()?.map(|(_, purposes)| purposes.0);
        let critical = inner.extensions().into_iter().flatten().filter(|extension| extension.critical);
        let access = inner.get_extension::<AuthorityInfoAccessSyntax>().ok().flatten();
        let issuer_at = access.into_iter().flat_map(|(_, access)| access.0);
        let issuer_at = issuer_at.filter(|entry| entry.access_method == CA_ISSUERS).filter_map(|entry| {
            let GeneralName::UniformResourceIdentifier(url) = entry.access_location else { return None };
            Some(shown(url.as_bytes(), MOST_LETTERS))
        });
        let key = inner.subject_public_key_info();
        let parameter = key.algorithm.parameters.as_ref().and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
        let (key, bits) = if key.algorithm.oid == RSA {
            ("RSA", modulus_bits(key.subject_public_key.raw_bytes()).unwrap_or(0))
        } else {
            let is = |oid: &str| parameter.unwrap_or(key.algorithm.oid).to_string() == oid;
            KEYS.iter().find(|(oid, ..)| is(oid)).map_or(("", 0), |(_, kind, bits)| (*kind, *bits))
        };
        let signature = whole.signature_algorithm().oid.to_string();
        let signature =
            SIGNATURES.iter().find(|(oid, _)| *oid == signature).map_or(signature.as_str(), |(_, name)| name);
        let time = |time: x509_cert::time::Time| {
            OffsetDateTime::from_unix_timestamp(i64::try_from(time.to_unix_duration().as_secs()).ok()?).ok()
        };
        Some(Self {
            subject: in_words(inner.subject()),
            issuer: in_words(inner.issuer()),
            self_issued: inner.subject() == inner.issuer(),
            common_name: common_name(inner.subject()),
            hosts,
            addresses,
            not_before: time(inner.validity().not_before)?,
            not_after: time(inner.validity().not_after)?,
            key,
            bits,
            signature: signature.to_owned(),
            authority: match constraints {
                _ if inner.version() != Version::V3 => Authority::Unsaid,
                Some(constraints) if constraints.ca => Authority::Yes,
                _ => Authority::No,
            },
            usage,
            for_servers: purposes.is_none_or(|all| all.iter().any(|one| [SERVERS, ANY_PURPOSE].contains(one))),
            odd: critical.into_iter().any(|extension| !UNDERSTOOD.contains(&extension.extn_id)),
            issuer_at: issuer_at.take(3).collect(),
            fingerprint: fingerprint(der),
        })
    }

    /// Returns the names that it is valid for, as Java sees them: the common name applies only if there are no others.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names = self.hosts.clone();
        names.extend(self.addresses.iter().map(ToString::to_string));
        if names.is_empty() {
            names.extend(self.common_name.clone());
        }
        names
    }
}

/// Returns the parts of a signed certificate: the signed bytes, the algorithm without its outer tag, the signature.
pub(super) fn signed(der: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let mut reader = SliceReader::new(der).ok()?;
    let parts = reader.sequence(|inner| {
        let all = inner.tlv_bytes()?;
        let algorithm = AnyRef::decode(inner)?;
        let signature = BitStringRef::decode(inner)?;
        Ok::<_, x509_cert::der::Error>((all, algorithm.value(), signature.raw_bytes()))
    });
    parts.ok()
}

/// Returns the kind of a certificate's key, without its outer tag, and the key.
pub(super) fn public_key(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let whole = CertificateInner::<Raw>::from_der(der).ok()?;
    let key = whole.tbs_certificate().subject_public_key_info();
    let kind = key.algorithm.to_der().ok()?;
    Some((AnyRef::from_der(&kind).ok()?.value().to_vec(), key.subject_public_key.raw_bytes().to_vec()))
}

/// Returns the key with its kind, in DER.
pub(super) fn key_info(der: &[u8]) -> Option<Vec<u8>> {
    CertificateInner::<Raw>::from_der(der).ok()?.tbs_certificate().subject_public_key_info().to_der().ok()
}

/// Returns true if the issuer named in `der` is the subject of `issuer`.
pub(super) fn issued_by(der: &[u8], issuer: &[u8]) -> bool {
    let read = |der| CertificateInner::<Raw>::from_der(der).ok();
    let (Some(one), Some(other)) = (read(der), read(issuer)) else { return false };
    one.tbs_certificate().issuer() == other.tbs_certificate().subject()
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(bytes).map(IpAddr::from).or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

fn in_words(name: &Name) -> String {
    shown(name.to_string().as_bytes(), MOST_LETTERS)
}

/// Returns the last and most specific common name.
fn common_name(name: &Name) -> Option<String> {
    let found =
        name.iter_rdn().flat_map(RelativeDistinguishedName::iter).filter(|part| part.oid == COMMON_NAME).last()?;
    let text = std::str::from_utf8(found.value.value()).ok()?;
    (!text.is_empty()).then(|| shown(text.as_bytes(), MOST_LETTERS))
}

/// Returns the length of the modulus in bits. `key` contains the modulus and the exponent, in DER.
fn modulus_bits(key: &[u8]) -> Option<usize> {
    let mut reader = SliceReader::new(key).ok()?;
    let modulus = reader.sequence(|inner| {
        let modulus = UintRef::decode(inner)?;
        UintRef::decode(inner)?;
        Ok::<_, x509_cert::der::Error>(modulus)
    });
    let bytes = modulus.ok()?.as_bytes();
    Some(bytes.len() * 8 - usize::try_from(bytes.first()?.leading_zeros()).ok()?)
}

fn fingerprint(der: &[u8]) -> String {
    digest(&SHA256, der).as_ref().iter().enumerate().fold(String::new(), |mut text, (at, byte)| {
        let colon = if at == 0 { "" } else { ":" };
        write!(text, "{colon}{byte:02X}").expect("a String takes all that is written to it");
        text
    })
}
