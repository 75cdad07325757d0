//! Reads the certificates that the Java of this machine trusts. Java has its own store and uses neither the machine's
//! store nor `--ca-file`. Reads both formats of `cacerts` without a password: they contain no secrets.

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use rustls::pki_types::CertificateDer;

use super::java::Anchors;
use crate::store::files::read_regular;

/// The largest `cacerts` that is read, in bytes; Debian's has 160 kB.
const MOST: u64 = 16 << 20;

pub(super) struct Jvm {
    pub(super) store: PathBuf,
    pub(super) anchors: Anchors,
}

/// The Java that a start script on this machine would find. It is read at the first handshake, not earlier.
pub(super) static JVM: LazyLock<Option<Jvm>> = LazyLock::new(|| {
    let home = env::var_os("JAVA_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let on_path = || {
        let java =
            env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join("java")).find(|java| java.is_file())?;
        Some(fs::canonicalize(java).ok()?.parent()?.parent()?.to_owned())
    };
    let store = home.or_else(on_path).as_deref().and_then(store_of)?;
    let all = read(&store)?;
    Some(Jvm { store, anchors: Anchors::of(&all) })
});

/// Returns the first trust store that exists (`sun.security.ssl.TrustStoreManager`). Up to Java 8 there is a `jre`
/// folder in the path.
fn store_of(home: &Path) -> Option<PathBuf> {
    ["lib/security/jssecacerts", "jre/lib/security/jssecacerts", "lib/security/cacerts", "jre/lib/security/cacerts"]
        .iter()
        .map(|place| home.join(place))
        .find(|store| store.is_file())
}

fn read(store: &Path) -> Option<Vec<CertificateDer<'static>>> {
    let bytes = read_regular(store, MOST).ok()?;
    jks(&bytes).or_else(|| pkcs12(&bytes))
}

/// Reads the format of `sun.security.provider.JavaKeyStore`: a head, and entries with alias and date. Uses only
/// certificates.
fn jks(bytes: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let mut rest = bytes.strip_prefix(&[0xfe, 0xed, 0xfe, 0xed])?;
    let version = number(&mut rest)?;
    let count = number(&mut rest)?;
    let mut found = Vec::new();
    for _ in 0..count {
        let trusted = number(&mut rest)? == 2;
        text(&mut rest)?;
        piece(&mut rest, 8)?;
        if !trusted {
            // a key, and the certificates that belong to it; Java does not trust these as authorities
            let length = number(&mut rest)?;
            piece(&mut rest, length)?;
            for _ in 0..number(&mut rest)? {
                certificate(&mut rest, version)?;
            }
            continue;
        }
        found.push(CertificateDer::from(certificate(&mut rest, version)?.to_vec()));
    }
    Some(found)
}

fn certificate<'a>(rest: &mut &'a [u8], version: u32) -> Option<&'a [u8]> {
    if version > 1 {
        text(rest)?;
    }
    let length = number(rest)?;
    piece(rest, length)
}

fn text<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = piece(rest, 2)?;
    piece(rest, u32::from(length[0]) << 8 | u32::from(length[1]))
}

fn number(rest: &mut &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(piece(rest, 4)?.try_into().ok()?))
}

fn piece<'a>(rest: &mut &'a [u8], length: u32) -> Option<&'a [u8]> {
    let (piece, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    *rest = after;
    Some(piece)
}

/// Reads the certificates of a PKCS#12 file. Since JDK 18 `cacerts` is such a file without a password, so each
/// certificate is unencrypted, after the identifier of its kind. Returns `None` if it finds none.
fn pkcs12(bytes: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    // x509Certificate of PKCS#9, 1.2.840.113549.1.9.22.1
    const KIND: &[u8] = &[6, 10, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 22, 1];
    let mut found = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(KIND.len()).position(|window| window == KIND) {
        rest = &rest[at + KIND.len()..];
        let inner = inside(rest, 0xa0).and_then(|inner| inside(inner, 4));
        found.extend(inner.map(|der| CertificateDer::from(der.to_vec())));
    }
    (!found.is_empty()).then_some(found)
}

/// Returns the content of a piece of DER with this tag.
fn inside(der: &[u8], tag: u8) -> Option<&[u8]> {
    let [first, length, rest @ ..] = der else { return None };
    if *first != tag {
        return None;
    }
    let (length, rest) = match usize::from(*length) {
        short if short < 0x80 => (short, rest),
        long => {
            let (digits, rest) = rest.split_at_checked(long - 0x80).filter(|(digits, _)| digits.len() <= 4)?;
            (digits.iter().fold(0, |all, digit| all << 8 | usize::from(*digit)), rest)
        }
    };
    rest.get(..length)
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use rustls::pki_types::pem::PemObject;

    use super::*;

    const AUTHORITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/data/certificates/version1-self.pem");

    #[test]
    fn the_trust_stores_that_keytool_makes_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let expected = CertificateDer::pem_slice_iter(&fs::read(AUTHORITY).unwrap()).next().unwrap().unwrap();
        // cacerts as JDKs ship it: the format up to 17, and the one without a password since 18
        for (kind, options) in [
            ("JKS", &[][..]),
            ("PKCS12", &["-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE", "-J-Dkeystore.pkcs12.macAlgorithm=NONE"]),
        ] {
            let store = folder.path().join(kind);
            let made = Command::new("keytool")
                .args(options)
                .args(["-importcert", "-noprompt", "-alias", "a", "-storepass", "changeit", "-storetype", kind])
                .args(["-file", AUTHORITY, "-keystore"])
                .arg(&store)
                .stderr(Stdio::null())
                .status();
            if !made.is_ok_and(|status| status.success()) {
                assert!(env::var_os("CI").is_none(), "keytool is needed under CI");
                eprintln!("skipped: the_trust_stores_that_keytool_makes_are_read (no keytool)");
                return;
            }
            assert_eq!(read(&store).unwrap(), std::slice::from_ref(&expected), "{kind}");
        }
    }

    #[test]
    fn what_is_no_trust_store_is_none() {
        let cut = [0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 2, 0xff];
        for bytes in [&b""[..], b"nonsense", &cut, &cut[..9], &[0x30, 0x82]] {
            assert_eq!(jks(bytes).or_else(|| pkcs12(bytes)), None);
        }
        // the identifier of a kind with no data after it, or with a length beyond the end
        let kind = [6, 10, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 22, 1];
        for end in [&[][..], &[0xa0, 0x84, 0xff, 0xff, 0xff, 0xff], &[0xa0, 2, 4, 9], &[0xa0, 0xff]] {
            assert_eq!(pkcs12(&[&kind[..], end].concat()), None);
        }
    }

    #[test]
    fn a_java_that_is_found_has_authorities() {
        if let Some(jvm) = JVM.as_ref() {
            assert!(jvm.anchors.all().count() > 0, "{}", jvm.store.display());
        }
    }
}
