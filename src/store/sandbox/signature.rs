//! Verifies signatures of both versions, by the documentation of AWS and with no code of the signer in `store/probe`:
//! a fault of one of them shows in the other.
//!
//! ```text
//! request ──► head ──► v2
//!              └─────► v4 ──► key ──► chunks: a body whose parts are signed one by one
//! ```

mod chunks;
mod head;
mod key;
mod v2;
mod v4;

use http::request::Parts;
use time::OffsetDateTime;

use self::head::SignedHead;
use super::{
    refusal::{self, S3Refusal},
    target::RequestTarget,
};

pub(super) use self::{chunks::SignedBody, head::KeyPair};

/// Verifies the signature of a request, wherever it is. Returns how the body is verified.
pub(super) fn verify(
    keys: &KeyPair,
    head: &Parts,
    target: &RequestTarget,
    now: OffsetDateTime,
) -> Result<SignedBody, S3Refusal> {
    let signed = SignedHead::new(head, target, now);
    let given = signed.only("authorization")?;
    let by_query = ["X-Amz-Signature", "Signature"].map(|name| target.parameter(name).is_some());
    match (given, by_query) {
        (None, [true, false]) => v4::by_query(keys, &signed),
        (None, [false, true]) => v2::by_query(keys, &signed).map(|()| SignedBody::Any),
        (None, [false, false]) => Err(refusal::UNSIGNED),
        (Some(given), [false, false]) => match given.split_once(' ') {
            Some(("AWS4-HMAC-SHA256", rest)) => v4::by_header(keys, &signed, rest),
            Some(("AWS", rest)) => v2::by_header(keys, &signed, rest).map(|()| SignedBody::Any),
            _ => Err(refusal::BAD_AUTHORIZATION),
        },
        (_, _) => Err(refusal::SEVERAL_SIGNATURES),
    }
}
