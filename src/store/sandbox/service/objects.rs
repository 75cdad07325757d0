//! The requests about objects.

use std::ops::Range;

use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::{SignedCall, StoreReply, bare, quoted, set};
use crate::store::sandbox::refusal::{self, S3Refusal};

const IN_HEADER: &[BorrowedFormatItem] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");

impl SignedCall<'_> {
    pub(super) async fn put_object(self) -> Result<StoreReply, S3Refusal> {
        let (memory, bucket, key) = (self.memory, self.target.bucket.clone(), self.target.key.clone());
        memory.expect_bucket(&bucket)?;
        let kind = self.header("content-type").map(str::to_owned);
        let etag = memory.insert(&bucket, &key, self.content().await?, kind)?;
        let mut reply = bare(StatusCode::OK);
        set(&mut reply, header::ETAG, &quoted(&etag));
        Ok(reply)
    }

    /// Returns an object, for GET and HEAD. hyper leaves the body of a reply to HEAD out.
    pub(super) fn get_object(&self) -> Result<StoreReply, S3Refusal> {
        let object = self.memory.get(&self.target.bucket, &self.target.key)?;
        let all = object.bytes.len();
        let part = self.header("range").and_then(|range| read_range(range, all)).transpose()?;
        let mut reply = match part {
            None => Response::new(Full::new(object.bytes)),
            Some(part) => {
                let described = format!("bytes {}-{}/{all}", part.start, part.end.saturating_sub(1));
                let mut reply = Response::new(Full::new(object.bytes.slice(part)));
                *reply.status_mut() = StatusCode::PARTIAL_CONTENT;
                set(&mut reply, header::CONTENT_RANGE, &described);
                reply
            }
        };
        reply.headers_mut().insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        set(&mut reply, header::CONTENT_TYPE, object.kind.as_deref().unwrap_or("binary/octet-stream"));
        set(&mut reply, header::ETAG, &quoted(&object.etag));
        set(&mut reply, header::LAST_MODIFIED, &in_header(object.at));
        Ok(reply)
    }

    pub(super) fn remove_object(&self) -> Result<StoreReply, S3Refusal> {
        self.memory.remove(&self.target.bucket, &self.target.key)?;
        Ok(bare(StatusCode::NO_CONTENT))
    }
}

fn in_header(at: OffsetDateTime) -> String {
    at.format(IN_HEADER).unwrap_or_default()
}

/// Reads a range. `None` for what is not one range of bytes, which S3 ignores (RFC 9110, 14.2).
fn read_range(range: &str, all: usize) -> Option<Result<Range<usize>, S3Refusal>> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| text.parse::<usize>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let part = match (first, last) {
        ("", length) => all.saturating_sub(number(length)?)..all,
        (first, "") => number(first)?..all,
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            if first > last {
                return None;
            }
            first..last.saturating_add(1).min(all)
        }
    };
    Some(if part.start < part.end { Ok(part) } else { Err(refusal::BAD_RANGE) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_as_in_rfc_9110() {
        for (text, part) in [
            ("bytes=0-0", Some(Ok(0..1))),
            ("bytes=2-99", Some(Ok(2..10))),
            ("bytes=9-", Some(Ok(9..10))),
            ("bytes=-3", Some(Ok(7..10))),
            ("bytes=-99", Some(Ok(0..10))),
            ("bytes=-0", Some(Err(refusal::BAD_RANGE))),
            ("bytes=10-", Some(Err(refusal::BAD_RANGE))),
            ("bytes=10-18446744073709551615", Some(Err(refusal::BAD_RANGE))),
            ("bytes=3-2", None),
            ("bytes=+1-2", None),
            ("bytes=-", None),
            ("bytes=0-1,3-4", None),
            ("lines=0-1", None),
        ] {
            assert_eq!(read_range(text, 10), part, "{text}");
        }
    }
}
