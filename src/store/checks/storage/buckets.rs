//! Whether the buckets are there, may be listed, and answer 404 for what is not there.

use http::Method;

use super::{Told, granted, list, loss_of};
use crate::{
    score::{Id, Severity, key},
    store::{
        checks::{
            Finding, Outcome,
            advice::{self, Need},
            reach,
            visit::{Visit, lock},
        },
        probe::{Reply, Request, xml},
    },
};

/// What the listing needs; without it objects that are absent look forbidden, and Score's list of objects is empty.
pub(super) fn listing<'a>(visit: &Visit, bucket: &'a str) -> Need<'a> {
    Need {
        action: "s3:ListBucket",
        bucket,
        setting: key::BUCKET_NAME_OBJECT,
        id: Id::P47,
        severity: loss_of(visit, bucket),
        without: "Uploads and downloads work; Score's /listing does not, and absent objects look forbidden.",
    }
}

/// As `/listing` asks, then as the health page does.
pub(super) async fn object(visit: &Visit, bucket: &str) -> Told {
    let need = listing(visit, bucket);
    let reply = visit.server(&list(bucket, &visit.store.data_directory, false)).await?;
    let denied = advice::code(&reply) == "AccessDenied";
    let note = if denied {
        visit.cannot_list(bucket, &reply);
        Some(advice::refused(&Need { severity: Severity::Note, ..need }, &visit.endpoint, &reply))
    } else {
        let reply = there(visit, granted(visit, &need, reply)).await?;
        xml::keys(&reply.body).err().map(|how| advice::misread("a list of objects", &how, Severity::Note).seen(&reply))
    };
    // with a pool Score's health page asks the first bucket of it
    let watched = visit.store.object_buckets().into_iter().next();
    if let Some(note) = note {
        return Err(note.into());
    }
    if watched.as_deref() == Some(bucket) {
        let reply = visit.server(&Request::new(Method::GET, bucket, "").query("acl", "")).await?;
        if let Some(what) = unhealthy(&reply) {
            return Err(advice::unhealthy(&what).seen(&reply).into());
        }
    }
    Ok(bucket.to_owned())
}

/// A missing bucket may have another name, or another owner.
async fn there(visit: &Visit, granted: Result<Reply, Finding>) -> Result<Reply, Finding> {
    match granted {
        Err(finding) if finding.id == Id::P43 => {
            let ceph = lock(&visit.greeting).as_ref().is_some_and(|(reply, _)| reach::is_ceph(reply));
            Err(advice::named_otherwise(finding, visit.buckets().await, ceph))
        }
        granted => granted,
    }
}

/// A denial or a redirect is UP for Score, anything else but success is not (AWS SDK for Java 1.11
/// `AmazonS3Client.doesBucketExistV2`, Score 5.11 `BackendHealth`).
fn unhealthy(reply: &Reply) -> Option<String> {
    let code = advice::code(reply);
    match (reply.status.as_u16(), code.as_str()) {
        (200..=299 | 301, _) | (_, "AccessDenied") => None,
        (status, "") => Some(status.to_string()),
        (status, code) => Some(format!("{status} {}", crate::text::shown(code.as_bytes(), 60))),
    }
}

/// As every upload begins. Whether it may be listed is asked by its consequence, the absent key.
pub(super) async fn state(visit: &Visit, bucket: &str) -> Told {
    let need = Need {
        action: "s3:ListBucket",
        bucket,
        setting: key::BUCKET_NAME_STATE,
        id: Id::P47,
        severity: Severity::Transfer,
        without: "Score lists the state of an upload before it begins; all uploads fail.",
    };
    let prefix = format!("{}/{}_", visit.store.upload_directory, visit.object);
    let reply = visit.server(&list(bucket, &prefix, true)).await?;
    if advice::code(&reply) == "AccessDenied" {
        visit.cannot_list(bucket, &reply);
        return Err(Outcome::NotProbed("the key may not list it: see absent keys".to_owned()));
    }
    let reply = there(visit, granted(visit, &need, reply)).await?;
    let keys = xml::keys(&reply.body)
        .map_err(|how| advice::misread("a list of objects", &how, Severity::Transfer).seen(&reply))?;
    match keys.as_slice() {
        [] => Ok(bucket.to_owned()),
        _ => Err(advice::absent_is_there(bucket).seen(&reply).into()),
    }
}

/// As every upload begins (Score 5.11 `S3UploadService.java:160-193`): anything but 404 is an error there. With a pool
/// Score looks into the base bucket too, which need not exist but must not be forbidden.
pub(super) async fn absent(visit: &Visit, bucket: &str) -> Told {
    let key = format!("{}.meta", visit.data_key());
    let reply = visit.server(&Request::new(Method::HEAD, bucket, &key)).await?;
    match reply.status.as_u16() {
        404 => match visit.unlisted(bucket) {
            // MinIO 2026-02 answers so although the key may not list, and Score stops at its own list all the same
            Some(list) => Err(advice::denied_outright(advice::state_unlisted(bucket), &list).seen(&list).into()),
            None => Ok("404".to_owned()),
        },
        200..=299 => Err(advice::absent_is_there(bucket).seen(&reply).into()),
        status => {
            // HEAD carries no code: the same by GET
            let told = visit.server(&Request::new(Method::GET, bucket, &key)).await?;
            let finding = match advice::code(&told).as_str() {
                "AccessDenied" | "" if status == 403 => forbidden(visit, bucket, &key).await?.seen(&reply),
                // only HEAD is treated so
                "NoSuchKey" | "NoSuchBucket" => advice::head_differs(bucket, status).seen(&reply),
                _ => {
                    let need = Need {
                        action: "HEAD of an absent object",
                        bucket,
                        setting: key::BUCKET_NAME_STATE,
                        id: Id::P47,
                        severity: Severity::Transfer,
                        without: "Score looks there before every upload and takes anything but 404 for an error.",
                    };
                    return Err(advice::refused(&need, &visit.endpoint, &told).into());
                }
            };
            Err(finding.seen(&told).into())
        }
    }
}

/// 403 for an absent object: is it the list that is denied, as S3 has it, or reading?
async fn forbidden(visit: &Visit, bucket: &str, key: &str) -> Result<Finding, Finding> {
    let listing = visit.server(&list(bucket, key, false)).await?;
    Ok(if listing.status.is_success() {
        advice::state_unreadable(bucket)
    } else {
        advice::denied_outright(advice::absent_is_forbidden(bucket, Severity::Transfer), &listing).seen(&listing)
    })
}
