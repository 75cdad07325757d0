//! What is wrong between values that are right by themselves.

use super::{Finding, site::Site};
use crate::{
    score::{
        Api, Follows, Id, Setting,
        Severity::{Note, Ping, Transfer},
        key,
    },
    text::values::{credential, number},
};

pub(super) fn findings(site: &Site<'_>) -> Vec<Finding> {
    if site.api == Api::Azure {
        return Vec::new();
    }
    let followers = site.settings().filter_map(|setting| overruled(site, setting));
    [swapped(site), pool(site), unused(site)].into_iter().flatten().chain(followers).chain(dotted(site)).collect()
}

fn swapped(site: &Site<'_>) -> Option<Finding> {
    let access = site.seen(key::S3_ACCESS_KEY)?;
    let secret = site.seen(key::S3_SECRET_KEY)?;
    let id = secret.value.shape(|text| credential::key_id(text, "AKIA") || credential::key_id(text, "ASIA"));
    let long = access.value.shape(|text| text.len() == 40 && text.contains(['/', '+']));
    if id {
        let summary = "s3.secretKey is the id of an AWS key: the two keys are swapped, and the store refuses them.";
        let mut finding = site.about(Id::P09, Ping, key::S3_ACCESS_KEY, summary.to_owned());
        finding.settings.push(key::S3_SECRET_KEY.to_owned());
        let edits = site
            .edit(key::S3_ACCESS_KEY, secret.value.for_file())
            .into_iter()
            .chain(site.edit(key::S3_SECRET_KEY, access.value.for_file()));
        return Some(finding.mended_by(edits).hint("Swap them."));
    }
    long.then(|| {
        let summary = "s3.accessKey looks like a secret key: the two may be swapped.";
        site.about(Id::P09, Note, key::S3_ACCESS_KEY, summary.to_owned()).hint("Compare both with what the store gave.")
    })
}

fn whole(site: &Site<'_>, key: &str) -> Option<i64> {
    number::integer(site.tidied(key)?.trim())
}

/// S3BucketNamingService.java:92-116: digits of a UUID, whose eighth position is a hyphen. Not at the start, but with
/// every request.
fn pool(site: &Site<'_>) -> Option<Finding> {
    let (pool, digits) = (whole(site, key::BUCKET_SIZE_POOL)?, whole(site, key::BUCKET_SIZE_KEY)?);
    (pool > 0 && !(1..=7).contains(&digits)).then(|| {
        let summary = format!(
            "bucket.size.key is {digits}, and with a pool it must be between 1 and 7: uploads and downloads fail."
        );
        let mut finding =
            site.about(Id::T13, Transfer, key::BUCKET_SIZE_KEY, summary).hint("2 digits reach 256 buckets.");
        finding.settings.push(key::BUCKET_SIZE_POOL.to_owned());
        finding
    })
}

fn unused(site: &Site<'_>) -> Option<Finding> {
    let (pool, digits) = (whole(site, key::BUCKET_SIZE_POOL)?, whole(site, key::BUCKET_SIZE_KEY)?);
    let reached = 16_i64.pow(u32::try_from(digits).ok().filter(|digits| (1..=7).contains(digits))?);
    (pool > reached).then(|| {
        let summary =
            format!("bucket.size.key reaches {reached} buckets, and the pool has {pool}: the others stay empty.");
        site.about(Id::T13, Note, key::BUCKET_SIZE_KEY, summary)
    })
}

/// S3Config.java:27-44: fields with setters, bound after the two others were put in. From 5.12 on the jar itself sets them.
fn overruled(site: &Site<'_>, stronger: &Setting) -> Option<Finding> {
    let Follows::Setting(key) = stronger.follows else { return None };
    let by = stronger.key;
    let (value, stronger) = (site.text(key)?, site.text(by)?);
    let summary = format!("{key} does not count: {by} is stronger, and says something else.");
    (value.trim() != stronger.trim())
        .then(|| site.about(Id::T47, Note, key, summary).hint(format!("Set {by} to the same.")))
}

/// As Score's page prints it, at the end of a sentence.
fn dotted(site: &Site<'_>) -> Option<Finding> {
    let summary = "object.sentinel ends with a dot; heliograph, without one, is the usual name.".to_owned();
    (site.tidied(key::OBJECT_SENTINEL)? == "heliograph.")
        .then(|| site.about(Id::T7, Note, key::OBJECT_SENTINEL, summary))
}
