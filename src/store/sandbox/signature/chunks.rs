//! Verifies bodies. Takes a body in chunks apart, and verifies the signature of each (AWS, "Signature Calculations for the
//! Authorization Header: Transferring Payload in Multiple Chunks", and the same with trailing headers).

use ring::digest::{SHA256, digest};

use super::key::{ScopedKey, sha256};
use crate::store::sandbox::refusal::{self, S3Refusal};

/// The longest line between chunks: the size and the signature.
const LONGEST_LINE: usize = 256;
/// The largest number of trailing headers. S3 has one, a checksum.
const MOST_TRAILERS: usize = 8;

/// How a body is verified.
#[derive(Debug)]
pub(in crate::store::sandbox) enum SignedBody {
    /// The signature says nothing of it.
    Any,
    /// It has this SHA-256.
    Hash([u8; 32]),
    /// It comes in chunks, each with its signature.
    Chunks(ChunkSeed),
}

/// The key and the signature that the first chunk is verified with.
#[derive(Debug)]
pub(in crate::store::sandbox) struct ChunkSeed {
    key: ScopedKey,
    /// The signature of the request, which the first chunk covers.
    signature: String,
    signed: bool,
    trailers: bool,
}

impl SignedBody {
    /// Reads the kind of a body in chunks from the value of `x-amz-content-sha256`.
    pub(super) fn in_chunks(key: ScopedKey, payload: &str, signature: &str) -> Result<Self, S3Refusal> {
        let (signed, trailers) = match payload {
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => (true, false),
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => (true, true),
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => (false, true),
            _ => return Err(refusal::BAD_CONTENT_HASH),
        };
        Ok(Self::Chunks(ChunkSeed { key, signature: signature.to_owned(), signed, trailers }))
    }

    /// Returns the content of a body, which must have this length.
    pub(in crate::store::sandbox) fn content(self, sent: Vec<u8>, length: usize) -> Result<Vec<u8>, S3Refusal> {
        match self {
            Self::Chunks(seed) => seed.content(&sent, length),
            _ if sent.len() != length => Err(refusal::INCOMPLETE),
            Self::Hash(hash) if digest(&SHA256, &sent).as_ref() != hash => Err(refusal::WRONG_CONTENT_HASH),
            Self::Any | Self::Hash(_) => Ok(sent),
        }
    }
}

impl ChunkSeed {
    fn content(mut self, mut body: &[u8], length: usize) -> Result<Vec<u8>, S3Refusal> {
        let mut content = Vec::with_capacity(length.min(body.len()));
        loop {
            let (line, rest) = line(body)?;
            let (size, signature) = match line.split_once(";chunk-signature=") {
                Some((size, signature)) => (size, Some(signature)),
                None => (line, None),
            };
            let size = usize::from_str_radix(size, 16).map_err(|_| refusal::INCOMPLETE)?;
            let (chunk, rest) = rest.split_at_checked(size).ok_or(refusal::INCOMPLETE)?;
            if self.signed {
                self.verify(chunk, signature.ok_or(refusal::WRONG_SIGNATURE)?)?;
            }
            content.extend_from_slice(chunk);
            if size > 0 {
                body = rest.strip_prefix(b"\r\n").ok_or(refusal::INCOMPLETE)?;
                continue;
            }
            if self.trailers {
                self.verify_trailers(rest)?;
            } else if rest != b"\r\n" {
                return Err(refusal::INCOMPLETE);
            }
            return if content.len() == length { Ok(content) } else { Err(refusal::INCOMPLETE) };
        }
    }

    fn verify(&mut self, chunk: &[u8], signature: &str) -> Result<(), S3Refusal> {
        let rest = format!("{}\n{}\n{}", self.signature, sha256(b""), sha256(chunk));
        self.key.verify("AWS4-HMAC-SHA256-PAYLOAD", &rest, signature)?;
        signature.clone_into(&mut self.signature);
        Ok(())
    }

    /// Verifies the signature of trailing headers. Their checksums are not compared.
    fn verify_trailers(&self, mut rest: &[u8]) -> Result<(), S3Refusal> {
        let (mut lines, mut signature) = (Vec::new(), None);
        while !rest.is_empty() {
            let (trailer, after) = line(rest)?;
            rest = after;
            match trailer.split_once(':') {
                None if trailer.is_empty() => {}
                Some(("x-amz-trailer-signature", given)) => signature = Some(given.trim()),
                Some((name, value)) if lines.len() < MOST_TRAILERS => {
                    lines.push(format!("{}:{}\n", name.to_ascii_lowercase(), value.trim()));
                }
                _ => return Err(refusal::INCOMPLETE),
            }
        }
        if !self.signed {
            return Ok(());
        }
        lines.sort();
        let rest = format!("{}\n{}", self.signature, sha256(lines.concat().as_bytes()));
        self.key.verify("AWS4-HMAC-SHA256-TRAILER", &rest, signature.ok_or(refusal::WRONG_SIGNATURE)?)
    }
}

/// Splits the first line off, without its end.
fn line(bytes: &[u8]) -> Result<(&str, &[u8]), S3Refusal> {
    let start = bytes.get(..LONGEST_LINE).unwrap_or(bytes);
    let end = start.windows(2).position(|pair| pair == b"\r\n").ok_or(refusal::INCOMPLETE)?;
    let (line, rest) = bytes.split_at_checked(end).ok_or(refusal::INCOMPLETE)?;
    let line = str::from_utf8(line).map_err(|_| refusal::INCOMPLETE)?;
    Ok((line, rest.strip_prefix(b"\r\n").unwrap_or(rest)))
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::{store::sandbox::signature::head::KeyPair, text::secret::Secret};

    /// Makes a seed of AWS's own example, "Transferring Payload in Multiple Chunks".
    fn example(payload: &str) -> SignedBody {
        let secret = Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        let keys = KeyPair { access_key: "AKIAIOSFODNN7EXAMPLE".to_owned(), secret };
        let credential = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request";
        let key = ScopedKey::derive(&keys, credential, "20130524T000000Z", refusal::BAD_AUTHORIZATION).unwrap();
        let seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
        SignedBody::in_chunks(key, payload, seed).unwrap()
    }

    fn signed() -> SignedBody {
        example("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
    }

    fn chunks() -> Vec<u8> {
        let chunk = |head: &str, length| format!("{head}\r\n{}\r\n", "a".repeat(length));
        let all = [
            chunk("10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648", 65_536),
            chunk("400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497", 1024),
            chunk("0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9", 0),
        ];
        all.concat().into_bytes()
    }

    #[test]
    fn the_published_example_is_read() {
        let body = chunks();
        assert_eq!(body.len(), 66_824);
        assert_eq!(signed().content(body, 66_560).map(|content| content.len()), Ok(66_560));
    }

    #[test]
    fn a_body_that_is_not_the_signed_one_is_refused() {
        let whole = chunks();
        let without = |from: usize, to: usize| [&whole[..from], &whole[to..]].concat();
        let mut changed = whole.clone();
        changed[1000] = b'b';
        let second = 65_536 + 5 + 82 + 4;
        for (body, length, why) in [
            (whole.clone(), 66_559, refusal::INCOMPLETE),
            (whole.clone(), 66_561, refusal::INCOMPLETE),
            (changed, 66_560, refusal::WRONG_SIGNATURE),
            (without(0, second), 1024, refusal::WRONG_SIGNATURE),
            (whole[..second].to_vec(), 65_536, refusal::INCOMPLETE),
            (whole[..whole.len() - 2].to_vec(), 66_560, refusal::INCOMPLETE),
            ([&whole[..], b"x"].concat(), 66_560, refusal::INCOMPLETE),
            (b"5\r\nhello\r\n0\r\n\r\n".to_vec(), 5, refusal::WRONG_SIGNATURE),
            (b"ffffffffffffffff;chunk-signature=x\r\n".to_vec(), 5, refusal::INCOMPLETE),
            (b"-5;chunk-signature=x\r\nhello\r\n".to_vec(), 5, refusal::INCOMPLETE),
            (Vec::new(), 0, refusal::INCOMPLETE),
        ] {
            let shown = String::from_utf8_lossy(&body[..body.len().min(90)]).into_owned();
            assert_eq!(signed().content(body, length).err(), Some(why), "{shown} {length}");
        }
    }

    #[test]
    fn unsigned_chunks_with_a_checksum_behind_them_are_read() {
        let unsigned = || example("STREAMING-UNSIGNED-PAYLOAD-TRAILER");
        let body = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
        assert_eq!(unsigned().content(body.to_vec(), 5), Ok(b"hello".to_vec()));
        assert_eq!(unsigned().content(b"0\r\nno trailer\r\n".to_vec(), 0), Err(refusal::INCOMPLETE));
    }

    proptest! {
        #[test]
        fn no_body_causes_a_panic(bytes in vec(any::<u8>(), 0..400), at in 0_usize..200, length in 0_usize..10) {
            for payload in ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"] {
                let _ = example(payload).content(bytes.clone(), length);
                let good = b"5;chunk-signature=x\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
                let mut mixed = good.to_vec();
                let at = at.min(mixed.len());
                mixed.splice(at..at, bytes.iter().copied().take(4));
                let _ = example(payload).content(mixed, length);
            }
        }
    }
}
