//! Whether the keys are accepted: by the first signed request that Score itself sends, never by HEAD, which carries no
//! code, nor by a list of all buckets, which Score's key need not be allowed.

use http::Method;

use super::{Told, list, other};
use crate::{
    score::{Id, Scope, Severity, Version, key},
    store::{
        checks::{Finding, advice, reach, visit::Visit},
        probe::{Reply, Request, xml},
    },
};

/// What the first request says of the keys.
enum Judged {
    Accepted,
    /// Refused in a way that may be the signature version's fault.
    Perhaps(Finding),
    No(Finding),
}

/// `ListObjects` on the first state bucket; asked once in a run.
pub(in crate::store::checks) async fn first_reply(visit: &Visit) -> Result<Reply, Finding> {
    visit.first.get_or_init(|| async { visit.server_first(&first_request(visit)).await }).await.clone()
}

fn first_request(visit: &Visit) -> Request {
    // Before the buckets are named, one that is not there does: without a name this would list all buckets, which
    // is another request. NoSuchBucket and AccessDenied both say that the keys were accepted.
    let absent = || format!("score-setup-{}", visit.object);
    let named = visit.store.state_buckets().into_iter().next().filter(|_| !visit.store.state_bucket.is_empty());
    let bucket = named.unwrap_or_else(absent);
    let prefix = format!("{}/{}_", visit.store.upload_directory, visit.object);
    list(&bucket, &prefix, true)
}

pub(super) async fn keys(visit: &Visit) -> Told {
    let reply = first_reply(visit).await?;
    match judge(visit, &reply) {
        Judged::Accepted if advice::code(&reply) == "AccessDenied" => {
            if by_query(visit).await {
                return Err(advice::header_dropped(&visit.endpoint).seen(&reply).into());
            }
            // old stores say so to a version they do not know (elastic/elasticsearch-cloud-aws#223)
            let denied = advice::version_refused(visit.signer.version).seen(&reply);
            if other_reply(visit).await.is_some_and(|reply| reply.status.is_success()) {
                return Err(other::switched(visit, denied).await.into());
            }
            // who is known by name is known
            let named = xml::fault(&reply.body).is_ok_and(|fault| fault.message.starts_with("User: "));
            if !named && says_so_to_anybody(visit, &reply).await && !sentinel_is_had(visit).await {
                return Err(advice::cannot_tell(&reply).seen(&reply).into());
            }
            Ok("accepted".to_owned())
        }
        Judged::Accepted => Ok("accepted".to_owned()),
        // version 2 knows no region; elsewhere than on AWS it is often still spoken
        Judged::No(finding) if finding.id == Id::P37 && finding.repair.is_none() && other_passes(visit).await => {
            Err(other::switched(visit, finding.seen(&reply)).await.into())
        }
        Judged::No(finding) => Err(finding.seen(&reply).into()),
        Judged::Perhaps(finding) => {
            let finding = told_apart(visit, finding, &reply).await.seen(&reply);
            if without_path(visit).await {
                return Err(advice::path_taken_away(&visit.endpoint).seen(&reply).into());
            }
            if !other_passes(visit).await {
                return Err(finding.into());
            }
            // a store that understands version 4 well enough to compare
            let understood = visit.signer.version == Version::V4 && advice::code(&reply) == "SignatureDoesNotMatch";
            let version = if understood {
                advice::changed_at_sign_in(&visit.endpoint)
            } else {
                advice::version_refused(visit.signer.version)
            };
            Err(other::switched(visit, version.seen(&reply)).await.into())
        }
    }
}

pub(super) fn signature(visit: &Visit) -> String {
    match visit.signer.version {
        Version::V2 => "version 2".to_owned(),
        Version::V4 => format!("version 4, region {}", visit.signer.region),
    }
}

/// Some stores do not tell a wrong secret from a key that they do not know (Swift's s3api 2.30), or give no reason at all:
/// what they say to a key that nobody has tells.
async fn told_apart(visit: &Visit, finding: Finding, reply: &Reply) -> Finding {
    match finding.id {
        Id::P34 if says_so_to_anybody(visit, reply).await => advice::one_of_the_keys(&advice::code(reply)),
        Id::P88 if advice::code(reply).is_empty() && says_so_to_anybody(visit, reply).await => {
            advice::cannot_tell(reply)
        }
        _ => finding,
    }
}

async fn says_so_to_anybody(visit: &Visit, reply: &Reply) -> bool {
    let words = |reply: &Reply| {
        // Garage's code is one for all, and its words name the key
        let fault = xml::fault(&reply.body).unwrap_or_default();
        (reply.status, fault.code, fault.message.split(':').take(2).last().map(str::to_owned))
    };
    let nobody = visit.with_a_key_of_nobody(&first_request(visit)).await;
    nobody.is_ok_and(|nobody| words(&nobody) == words(reply))
}

/// Whether the keys read it, or are told that it is not there.
async fn sentinel_is_had(visit: &Visit) -> bool {
    let request = Request::new(Method::GET, &visit.store.object_bucket, &visit.store.sentinel_key());
    visit.server(&request).await.is_ok_and(|reply| reply.status.is_success() || reply.status.as_u16() == 404)
}

/// Whether the same is accepted, and not denied, when the signature stands in the query.
async fn by_query(visit: &Visit) -> bool {
    let reply = visit.by_query(&first_request(visit)).await;
    reply.is_ok_and(|reply| advice::code(&reply) != "AccessDenied" && accepted(visit, &reply))
}

/// Whether the same is accepted when the path of the endpoint is sent and not signed.
async fn without_path(visit: &Visit) -> bool {
    if visit.endpoint.base.is_empty() {
        return false;
    }
    visit.server_unbased(&first_request(visit)).await.is_ok_and(|reply| accepted(visit, &reply))
}

/// The same request with the other signature version, where that could be chosen.
async fn other_reply(visit: &Visit) -> Option<Reply> {
    if visit.store.kms_key.is_some() || visit.scope == Scope::Reach {
        return None;
    }
    first_reply(&visit.in_other_version()).await.ok()
}

async fn other_passes(visit: &Visit) -> bool {
    other_reply(visit).await.is_some_and(|reply| accepted(&visit.in_other_version(), &reply))
}

/// As the other version's story needs it, without a second thought.
pub(super) fn accepted(visit: &Visit, reply: &Reply) -> bool {
    matches!(judge(visit, reply), Judged::Accepted)
}

fn judge(visit: &Visit, reply: &Reply) -> Judged {
    let endpoint = &visit.endpoint;
    let fault = xml::fault(&reply.body).unwrap_or_default();
    let version = visit.signer.version;
    match (reply.status.as_u16(), fault.code.as_str()) {
        (200..=299, _) => match xml::keys(&reply.body) {
            Ok(_) => Judged::Accepted,
            Err(how) => Judged::No(advice::misread("a list of objects", &how, Severity::Transfer)),
        },
        // Garage's only code; its words tell
        (_, "AccessDenied") if fault.message.contains("Invalid signature") => {
            Judged::Perhaps(wrong_secret(visit, &fault))
        }
        (_, "AccessDenied") if fault.message.contains("No such key") => {
            Judged::No(advice::unknown_key(&visit.store.access_key))
        }
        // a list never says so, but an object of the name of the bucket, in a bucket that the host names
        (404, "NoSuchKey") if let Some(bucket) = endpoint.first_of_three() => {
            Judged::No(advice::bucket_in_host(endpoint, bucket))
        }
        (_, "AccessDenied" | "NoSuchBucket" | "NoSuchKey") => Judged::Accepted,
        (_, "SignatureDoesNotMatch") => Judged::Perhaps(wrong_secret(visit, &fault)),
        (_, "InvalidAccessKeyId" | "NotSignedUp") => Judged::No(advice::unknown_key(&visit.store.access_key)),
        (_, "RequestTimeTooSkewed" | "RequestExpired") => {
            let skew = reach::skew(visit).or_else(|| reach::told_skew(&fault)).filter(|skew| skew.abs() > 300);
            Judged::No(advice::clock(skew, true))
        }
        _ if advice::region(reply).is_some() => Judged::No(advice::wrong_region(endpoint, reply)),
        // AWS, Garage and rclone, about a version they do not speak; and whoever cannot read it at all
        (
            400 | 501,
            "InvalidRequest" | "UnsupportedAlgorithm" | "NotImplemented" | "MissingFields" | "InvalidArgument",
        ) => Judged::Perhaps(advice::version_refused(version)),
        (401 | 403, _) => Judged::Perhaps(refused(visit, reply)),
        _ => Judged::No(refused(visit, reply)),
    }
}

fn need(visit: &Visit) -> advice::Need<'_> {
    advice::Need {
        action: "s3:ListBucket",
        bucket: &visit.store.state_bucket,
        setting: key::BUCKET_NAME_STATE,
        id: Id::P47,
        severity: Severity::Ping,
        without: "Nothing more could be tried.",
    }
}

/// `seen` is added by the caller.
fn refused(visit: &Visit, reply: &Reply) -> Finding {
    let finding = advice::refused(&need(visit), &visit.endpoint, reply);
    Finding { evidence: Vec::new(), ..finding }
}

fn wrong_secret(visit: &Visit, fault: &xml::Fault) -> Finding {
    // AWS and Swift say what they signed; another host in it than ours came from something in between
    let canonical = fault.details.get("CanonicalRequest").map(String::as_str).unwrap_or_default();
    let theirs = canonical.lines().find_map(|line| line.strip_prefix("host:")).map(str::trim);
    let ours = visit.endpoint.authority();
    match theirs {
        Some(theirs) if theirs != ours => advice::host_changed(&ours, theirs),
        _ => {
            let clock = reach::skew(visit).filter(|skew| skew.abs() <= 300).map(reach::in_words);
            let code = if fault.code == "AccessDenied" { "Invalid signature" } else { &fault.code };
            advice::wrong_secret(code, &visit.endpoint, clock.as_deref())
        }
    }
}
