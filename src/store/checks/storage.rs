//! Finds the function for each check, and what the checks below it share. Knows nothing of the order they run in.

mod buckets;
mod clients;
mod multipart;
mod other;
mod sign_in;
mod state;

use std::fmt::Write;

use http::Method;
use md5::{Digest, Md5};

pub(super) use clients::address_of as address_for_clients;
pub(super) use sign_in::first_reply;

use super::{
    Finding, Outcome,
    advice::{self, Need},
    plan::{Ask, Check},
    reach, tls,
    visit::Visit,
};
use crate::{
    score::{Id, Severity},
    store::probe::{Reply, Request, xml},
};

/// What a check has to say: what was seen, or why it did not pass.
pub(super) type Told = Result<String, Outcome>;

pub(super) async fn perform(visit: &Visit, check: &Check) -> Outcome {
    let bucket = check.bucket.as_str();
    let told = match check.ask {
        Ask::Address => reach::address(visit).await,
        Ask::Port => reach::port(visit).await,
        Ask::Tls => tls::tls(visit).await,
        Ask::Service => reach::service(visit).await,
        Ask::Clock => reach::clock(visit),
        Ask::SignIn => sign_in::keys(visit).await,
        Ask::Signature => Ok(sign_in::signature(visit)),
        Ask::ObjectBucket => buckets::object(visit, bucket).await,
        Ask::StateBucket => buckets::state(visit, bucket).await,
        Ask::AbsentKey => buckets::absent(visit, bucket).await,
        Ask::StateMeta => other::versioned(visit, state::meta(visit, bucket).await).await,
        Ask::StateMarker => other::versioned(visit, state::marker(visit, bucket).await).await,
        Ask::StateList => state::list(visit, bucket).await,
        Ask::StateRead => state::read(visit, bucket).await,
        Ask::StateDelete => state::delete(visit, bucket).await,
        Ask::Multipart => multipart::begin(visit, bucket).await,
        Ask::Part => multipart::part(visit, bucket).await,
        Ask::PartsListed => multipart::listed(visit, bucket).await,
        Ask::Abort => multipart::abort(visit, bucket).await,
        Ask::Complete => multipart::complete(visit, bucket).await,
        Ask::ClientAddress => clients::address(visit).await,
        Ask::Sentinel => clients::sentinel(visit).await,
        Ask::RangedGet => clients::ranged(visit).await,
    };
    match told {
        Ok(seen) => Outcome::Pass(seen),
        // signed by header it is one slash, by query two (`probe::Presigned`)
        Err(Outcome::Fail(finding)) if finding.id == Id::P74 && visit.endpoint.text.ends_with('/') => {
            advice::score::slash_refused(&finding, &visit.endpoint).into()
        }
        Err(Outcome::Warn(finding) | Outcome::Fail(finding)) => finding.at_most(worst(check.ask)).into(),
        Err(outcome) => outcome,
    }
}

/// What Score loses at most when this fails, for whatever reason: a client's first step needs no state and no upload, and
/// nobody waits for what is tidied up.
fn worst(ask: Ask) -> Severity {
    match ask {
        Ask::Abort | Ask::StateDelete | Ask::ClientAddress => Severity::Note,
        Ask::StateBucket
        | Ask::AbsentKey
        | Ask::StateMeta
        | Ask::StateMarker
        | Ask::StateList
        | Ask::StateRead
        | Ask::Multipart
        | Ask::Part
        | Ask::PartsListed
        | Ask::Complete
        | Ask::RangedGet => Severity::Transfer,
        _ => Severity::Start,
    }
}

/// `ListObjects` version 1, as Score asks (recorded of Score 5.11.0).
fn list(bucket: &str, prefix: &str, delimiter: bool) -> Request {
    let request = Request::new(Method::GET, bucket, "").query("prefix", prefix);
    let request = if delimiter { request.query("delimiter", "/") } else { request };
    request.query("max-keys", 5000).query("encoding-type", "url")
}

fn md5_of(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().fold(String::with_capacity(32), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes all that is written to it");
        text
    })
}

fn etag(reply: &Reply) -> Option<&str> {
    reply.headers.get("etag").and_then(|value| value.to_str().ok()).map(xml::unquoted)
}

/// The reply if its status is a success, else what its refusal means.
fn granted(visit: &Visit, need: &Need, reply: Reply) -> Result<Reply, Finding> {
    if reply.status.is_success() { Ok(reply) } else { Err(advice::refused(need, &visit.endpoint, &reply)) }
}

/// Where Score stops when the base bucket does not hold the sentinel: the base bucket of objects matters to every
/// client's first step, any other to transfers.
fn loss_of(visit: &Visit, bucket: &str) -> Severity {
    if bucket == visit.store.object_bucket { Severity::Ping } else { Severity::Transfer }
}
