//! What score-client does with the store: it only ever follows pre-signed URLs.

use std::time::Duration;

use bytes::Bytes;
use http::Method;

use super::{Told, list};
use crate::{
    score::{Id, Severity, key},
    store::{
        checks::{
            Finding, Outcome,
            advice::{self, Need},
            tls,
            visit::{Visit, lock},
        },
        probe::{Failure, Reply, Request, Stage},
    },
    text::Endpoint,
};

/// score-client's own (`ClientConfig.java:160-171`).
const PING: Duration = Duration::from_secs(5);
/// How long the URL of a ping lives (Score 5.11 `S3DownloadService`).
const PING_LIFE: time::Duration = time::Duration::seconds(300);
/// Bytes of the range that is fetched.
const RANGE: usize = 1024;

/// Whether other machines can reach what clients are sent to.
pub(super) async fn address(visit: &Visit) -> Told {
    let Some(host) = &visit.store.override_host else { return address_of(&visit.store.endpoint, key::S3_ENDPOINT) };
    let seen = address_of(host, key::S3_PRE_SIGNED_URL_OVERRIDE_HOST)?;
    match tls::of_clients(visit, host).await {
        Some(told) => told.map(|shown| format!("{seen}, {shown}")),
        None => Ok(seen),
    }
}

/// `key`: the setting that it comes from.
pub(in crate::store::checks) fn address_of(text: &str, key: &'static str) -> Told {
    let Ok(endpoint) = Endpoint::parse(text) else {
        return Err(Outcome::NotProbed(format!("{key} is no address of its own")));
    };
    let host = endpoint.name();
    let why = if endpoint.is_this_machine() {
        Some("which on every machine is that machine itself")
    } else if !host.contains(['.', ':']) {
        Some("a name of one label, which other networks hardly know")
    } else {
        None
    };
    match why {
        Some(why) => Err(advice::client_address(text, key, why).into()),
        None => Ok(crate::text::shown(host.as_bytes(), 60)),
    }
}

fn sentinel_request(visit: &Visit) -> Request {
    Request::new(Method::GET, &visit.store.object_bucket, &visit.store.sentinel_key())
}

/// As score-client does before every command.
pub(super) async fn sentinel(visit: &Visit) -> Told {
    let reply = match visit.client(&sentinel_request(visit), PING_LIFE, PING).await {
        Ok(reply) => reply,
        Err(Failure::Timeout { stage: Stage::Reply | Stage::Body, .. }) => return Err(advice::sentinel_slow().into()),
        // the client does not care how long it is
        Err(Failure::TooLong { status: Some(200) }) => return Ok("there".to_owned()),
        Err(failure) => return Err(visit.client_unanswered(&failure).into()),
    };
    if reply.status.is_success() {
        let whole = as_stored(visit, &reply).await;
        let told = whole.as_ref().map_or("compressed".to_owned(), |whole| format!("{} bytes", whole.len()));
        *lock(&visit.sentinel) = whole;
        return Ok(told);
    }
    Err(looked_around(visit, sentinel_refused(visit, reply).await).await.into())
}

/// A proxy may compress what clients get whole, and never what they get in ranges; the server asks without.
async fn as_stored(visit: &Visit, reply: &Reply) -> Option<Bytes> {
    if !reply.headers.contains_key("content-encoding") {
        return Some(reply.body.clone());
    }
    let signed = visit.server(&sentinel_request(visit)).await.ok()?;
    (signed.status.is_success() && !signed.headers.contains_key("content-encoding")).then_some(signed.body)
}

/// A missing sentinel may lie where people put it by mistake: at the root, beside the state, or in a bucket of the pool.
async fn looked_around(visit: &Visit, finding: Finding) -> Finding {
    if finding.id != Id::P50 {
        return finding;
    }
    let store = &visit.store;
    let (base, key) = (store.object_bucket.as_str(), store.sentinel_key());
    let first = store.object_buckets().into_iter().next().unwrap_or_default();
    let places = [(base, store.sentinel.clone()), (&store.state_bucket, key.clone()), (&first, key.clone())];
    for (bucket, other) in places.into_iter().filter(|place| *place != (base, key.clone())) {
        let there = visit.server(&Request::new(Method::HEAD, bucket, &other)).await;
        if there.is_ok_and(|reply| reply.status.is_success()) {
            return advice::sentinel_elsewhere(finding, bucket, &other);
        }
    }
    finding
}

async fn sentinel_refused(visit: &Visit, reply: Reply) -> Finding {
    let (bucket, key) = (visit.store.object_bucket.as_str(), visit.store.sentinel_key());
    let need = Need {
        action: "s3:GetObject",
        bucket,
        setting: key::BUCKET_NAME_OBJECT,
        id: Id::P49,
        severity: Severity::Ping,
        without: "score-client fetches the sentinel before every command and gives up when it cannot.",
    };
    if let "NoSuchKey" = advice::code(&reply).as_str() {
        return advice::sentinel_missing(bucket, &key).seen(&reply);
    }
    // the same object, signed by header: is it the object or the URL?
    let signed = match visit.server(&sentinel_request(visit)).await {
        Ok(signed) => signed,
        Err(finding) => return finding,
    };
    match (signed.status.as_u16(), advice::code(&signed).as_str()) {
        (200..=299, _) => {
            if visit.works_without_override(&sentinel_request(visit)).await {
                let host = visit.store.override_host.as_deref().unwrap_or_default();
                advice::override_refused("the sentinel", host, Severity::Ping).seen(&reply)
            } else {
                advice::presigned_refused("the sentinel", Severity::Ping).seen(&reply)
            }
        }
        (404, "NoSuchKey" | "") => advice::sentinel_missing(bucket, &key).seen(&signed),
        (403, "AccessDenied" | "") => {
            let listing = visit.server(&list(bucket, &key, false)).await;
            let Ok(listing) = listing else { return advice::sentinel_unreadable(bucket, &key, false).seen(&signed) };
            let listable = listing.status.is_success();
            let there = crate::store::probe::xml::keys(&listing.body).is_ok_and(|keys| keys.contains(&key));
            if listable && !there {
                advice::sentinel_missing(bucket, &key).seen(&signed)
            } else {
                advice::sentinel_unreadable(bucket, &key, listable).seen(&signed)
            }
        }
        _ => advice::refused(&need, &visit.endpoint, &signed),
    }
}

/// As score-client fetches a part of an object: the range is signed with version 4.
pub(super) async fn ranged(visit: &Visit) -> Told {
    let Some(whole) = lock(&visit.sentinel).clone() else {
        return Err(Outcome::NotProbed("the sentinel is too long to compare, or compressed".to_owned()));
    };
    if whole.len() < 2 {
        return Err(Outcome::NotProbed("the sentinel is too short for a range".to_owned()));
    }
    let end = (whole.len() - 1).min(RANGE);
    let wanted = &whole[1..=end];
    let request = sentinel_request(visit)
        .header("range", format!("bytes=1-{end}"))
        // the client sends Score's token along; its length, not its content, could matter
        .header("x-score-token", "t".repeat(340));
    let life = time::Duration::days(i64::from(visit.store.download_expiration_days));
    let reply = match visit.client(&request, life, PING).await {
        Ok(reply) => reply,
        Err(failure) => return Err(visit.client_unanswered(&failure).into()),
    };
    let ranged = reply.status.as_u16() == 206 || reply.headers.contains_key("content-range");
    match reply.status.as_u16() {
        200 | 206 if ranged && reply.body == wanted => Ok(format!("{} bytes", wanted.len())),
        200 if reply.body == whole => Err(advice::range_ignored("it is sent whole").seen(&reply).into()),
        200 | 206 => {
            let how = format!("{} bytes came, {} were asked for", reply.body.len(), wanted.len());
            Err(advice::range_ignored(&how).seen(&reply).into())
        }
        _ => Err(advice::presigned_refused("a range of the sentinel", Severity::Transfer).seen(&reply).into()),
    }
}
