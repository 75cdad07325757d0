//! Checks that the buckets exist, may be listed, and answer 404 for absent objects.

use http::Method;

use super::{
    first_reply::{first_reply, first_request, upload_list},
    refused::{RefusedRequest, granted},
    requests::{list, loss_of},
    run::S3Run,
    service::recognised,
};
use crate::{
    score::{Id, Severity, key},
    store::{
        checks::{
            Finding, Outcome,
            advice::{self, RefusalKind, Requirement, Slash},
            engine::{CheckResult, lock},
        },
        probe::{Reply, Request, xml},
    },
};

/// Returns the permission that a listing needs. Without it absent objects look forbidden, and Score's list of objects
/// is empty.
fn listing<'a>(run: &S3Run, bucket: &'a str) -> Requirement<'a> {
    Requirement {
        action: "s3:ListBucket",
        bucket,
        setting: key::BUCKET_NAME_OBJECT,
        id: Id::P47,
        severity: loss_of(run, bucket),
        without: "Uploads and downloads work; Score's /listing does not, and absent objects look forbidden.",
    }
}

/// Asks an object bucket as Score's `/listing` does, and at the same time as its health page does.
pub(super) async fn check_object_bucket(run: &S3Run, bucket: &str) -> CheckResult {
    let need = listing(run, bucket);
    // with a pool Score's health page asks the first bucket of it
    let watched = run.store.object_buckets().first().is_some_and(|first| first == bucket);
    let acl = Request::new(Method::GET, bucket, "").query("acl", "");
    let health = async { if watched { Some(run.send_signed(&acl).await) } else { None } };
    let list = list(bucket, &run.store.data_directory, false);
    let (reply, health) = tokio::join!(run.send_signed(&list), health);
    let reply = reply?;
    let denied = advice::code(&reply) == "AccessDenied";
    let note = if denied {
        run.note_unlisted(bucket, &reply);
        Some(advice::refused(&Requirement { severity: Severity::Note, ..need }, &run.route.endpoint, &reply))
    } else {
        let reply = find_bucket(run, granted(run, &need, reply)).await?;
        xml::keys(&reply.body).err().map(|how| advice::misread("a list of objects", &how, Severity::Note).seen(&reply))
    };
    if let Some(note) = note {
        return Err(note.into());
    }
    // such a sentinel is never found, wherever it is put
    if bucket == run.store.object_bucket && run.store.data_directory.ends_with('/') {
        return Err(advice::slash_in_directory(key::S3_DATA_DIRECTORY, Slash::Behind, Severity::Ping).into());
    }
    if let Some(reply) = health.transpose()?
        && let Some(what) = unhealthy(&reply)
    {
        return Err(advice::unhealthy(&what).seen(&reply).into());
    }
    Ok(bucket.to_owned())
}

/// Looks for other names and owners if the bucket is missing.
async fn find_bucket(run: &S3Run, granted: Result<Reply, RefusedRequest>) -> Result<Reply, Finding> {
    match granted {
        Err(RefusedRequest { refusal: RefusalKind::NoBucket, finding }) => {
            let store = lock(&run.route.unsigned).as_ref().and_then(|(reply, _)| recognised(reply));
            let advice = store.and_then(|provider| provider.missing_bucket.as_deref());
            Err(advice::named_otherwise(finding, run.list_buckets().await, advice))
        }
        granted => Ok(granted?),
    }
}

/// Returns the reason why Score's health page reports the store as out of service. A success, a denial or a redirect
/// is UP for Score; any other status is not (AWS SDK for Java 1.11 `AmazonS3Client.doesBucketExistV2`, Score 5.11
/// `BackendHealth`).
fn unhealthy(reply: &Reply) -> Option<String> {
    let code = advice::code(reply);
    match (reply.status.as_u16(), code.as_str()) {
        (200..=299 | 301, _) | (_, "AccessDenied") => None,
        (status, "") => Some(status.to_string()),
        (status, code) => Some(format!("{status} {}", crate::text::shown(code.as_bytes(), 60))),
    }
}

/// Lists the state of an upload, as every upload does first. For the first bucket, this is the request of the sign-in,
/// which is not sent again. Whether the key may list is judged by the consequence, the
/// absent object.
pub(super) async fn check_state_bucket(run: &S3Run, bucket: &str) -> CheckResult {
    let need = Requirement {
        action: "s3:ListBucket",
        bucket,
        setting: key::BUCKET_NAME_STATE,
        id: Id::P47,
        severity: Severity::Transfer,
        without: "Score lists the state of an upload before the upload begins. Every upload fails.",
    };
    let request = upload_list(run, bucket);
    let reply = if request == first_request(run) { first_reply(run).await? } else { run.send_signed(&request).await? };
    if advice::code(&reply) == "AccessDenied" {
        run.note_unlisted(bucket, &reply);
        return Err(Outcome::NotProbed("the key may not list it: see the missing object".to_owned()));
    }
    let reply = find_bucket(run, granted(run, &need, reply)).await?;
    let keys = xml::keys(&reply.body)
        .map_err(|how| advice::misread("a list of objects", &how, Severity::Transfer).seen(&reply))?;
    match keys.as_slice() {
        [] => Ok(bucket.to_owned()),
        _ => Err(advice::absent_is_there(bucket).seen(&reply).into()),
    }
}

/// Asks for an absent object, as every upload does (Score 5.11 `S3UploadService.java:160-193`). For Score any status
/// except 404 is an error there. With a pool Score also asks the base bucket, which need not exist, but access must not
/// be denied.
pub(super) async fn check_absent_key(run: &S3Run, bucket: &str) -> CheckResult {
    let key = format!("{}.meta", run.object_key());
    let reply = run.send_signed(&Request::new(Method::HEAD, bucket, &key)).await?;
    match reply.status.as_u16() {
        404 => match run.unlisted(bucket) {
            // MinIO 2026-02 answers so although the key may not list, and Score still stops at its own list
            Some(list) => Err(advice::denied_outright(advice::state_unlisted(bucket), &list).seen(&list).into()),
            None => Ok("404".to_owned()),
        },
        200..=299 => Err(advice::absent_is_there(bucket).seen(&reply).into()),
        status => {
            // replies to HEAD carry no code, so GET asks the same
            let reply_to_get = run.send_signed(&Request::new(Method::GET, bucket, &key)).await?;
            let kind = RefusalKind::of(&run.route.endpoint, &reply_to_get);
            let finding = match advice::code(&reply_to_get).as_str() {
                "AccessDenied" | "" if status == 403 && kind != RefusalKind::Firewall => {
                    forbidden(run, bucket, &key).await?.seen(&reply)
                }
                // the store refuses only HEAD
                "NoSuchKey" | "NoSuchBucket" => advice::head_differs(bucket, status).seen(&reply),
                _ => {
                    let need = Requirement {
                        action: "HEAD of an absent object",
                        bucket,
                        setting: key::BUCKET_NAME_STATE,
                        id: Id::P47,
                        severity: Severity::Transfer,
                        without: "Score looks there before every upload and takes anything but 404 for an error.",
                    };
                    return Err(advice::refused(&need, &run.route.endpoint, &reply_to_get).into());
                }
            };
            Err(finding.seen(&reply_to_get).into())
        }
    }
}

/// Explains 403 for an absent object: either the list is denied, as S3 defines it, or reading.
async fn forbidden(run: &S3Run, bucket: &str, key: &str) -> Result<Finding, Finding> {
    let listing = run.send_signed(&list(bucket, key, false)).await?;
    Ok(if listing.status.is_success() {
        advice::state_unreadable(bucket)
    } else {
        advice::denied_outright(advice::absent_is_forbidden(bucket, Severity::Transfer), &listing).seen(&listing)
    })
}
