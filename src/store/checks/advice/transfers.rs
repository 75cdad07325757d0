//! Findings about the state of uploads, multipart uploads, and what clients do with pre-signed URLs.

use std::collections::HashSet;

use Severity::{Note, Ping, Transfer};

use super::refusal::code;
use crate::{
    score::{Id, Severity, key},
    store::{
        checks::{Finding, Repair, engine::Pace},
        probe::{Failure, Reply, xml},
    },
    text::{BadEndpoint, Endpoint, shown, values as value},
};

// state

pub(in crate::store::checks) fn chunks_refused() -> Finding {
    Finding::new(
        Id::P72,
        Transfer,
        "The store refuses bodies in signed chunks (aws-chunked), which Score uses for all bodies with version 4.",
    )
    .hint("Every upload fails when Score writes its state. Health and ping look fine.")
    .on(&[key::S3_SIG_V4_ENABLED])
}

pub(in crate::store::checks) fn empty_chunk_refused() -> Finding {
    Finding::new(
        Id::P71,
        Transfer,
        "The store refuses the empty streamed object that Score writes for each finished part. Uploads never end.",
    )
    .hint("Uploads start and send their parts, but do not end. Health and ping look fine.")
    .hint("Some releases of Ceph have this fault (tracker 67875). Newer releases fix it.")
    .on(&[key::S3_SIG_V4_ENABLED])
}

/// Reports that the HTTP client of an old release breaks signatures of version 2. The same request with the path that was
/// signed succeeds.
pub(in crate::store::checks) fn path_unescaped() -> Finding {
    Finding::new(
        Id::P120,
        Transfer,
        "Score up to 5.10 signs the name of a finished part with version 2, and sends the name differently. Every upload fails.",
    )
    .hint("Use Score 5.11 or newer. It sends the names as it signs them.")
    .on(&[key::S3_SIG_V4_ENABLED])
}

/// Reports that clients send a port in `Host` that Score does not sign. `other`: the endpoint without this port.
pub(in crate::store::checks) fn usual_port(
    what: &str,
    endpoint: &Endpoint,
    other: &str,
    severity: Severity,
) -> Finding {
    let port = endpoint.port;
    Finding::new(
        Id::P121,
        severity,
        format!(
            "The store refuses {what}, because clients send the port {port} of s3.endpoint and Score does not sign it."
        ),
    )
    .hint(format!("Set s3.endpoint={}. The scheme implies the port.", shown(other.as_bytes(), 160)))
    .on(&[key::S3_ENDPOINT])
    .fixed_by(Repair::Answer { key: key::S3_ENDPOINT, value: other.to_owned() })
}

/// Reports replies that came late, or not at the first attempt. Score waits and repeats in the same way.
pub(in crate::store::checks) fn works_slowly(pace: &Pace) -> Finding {
    let busy = pace.repeated.iter().max_by_key(|(_, earlier)| earlier.len());
    let summary = match (busy, &pace.slowest) {
        (Some((_, earlier)), _) => format!(
            "The store works, but it is busy: a request succeeded at attempt {} ({}).",
            earlier.len() + 1,
            earlier.first().map_or("", String::as_str)
        ),
        (None, Some((slowest, _))) => format!("The store works, slowly: a reply took {:.1} s.", slowest.as_secs_f64()),
        (None, None) => "The store works, slowly.".to_owned(),
    };
    let mut finding = Finding::new(Id::P122, Note, summary)
        .hint("Score waits 50 s for a reply, and repeats a request as upload.retry.limit says. Uploads and downloads work.")
        .hint("Look at the load of the store, and of a proxy in front of it.")
        .on(&[key::UPLOAD_RETRY_LIMIT]);
    for (request, earlier) in pace.repeated.iter().take(3) {
        finding = finding.saw(format!("{request} → {}, then success", earlier.join(", ")));
    }
    if let Some((slowest, request)) = &pace.slowest {
        finding = finding.saw(format!("{request} took {:.1} s", slowest.as_secs_f64()));
    }
    finding
}

/// Returns one finding for all checks of a run that reported a slow store.
pub(in crate::store::checks) fn slow_together(findings: &[&Finding]) -> Option<Finding> {
    // The other lines are in the results of the checks.
    const SHOWN: usize = 5;
    let (first, more) = findings.split_first()?;
    let mut joined = (*first).clone();
    if more.is_empty() {
        return Some(joined);
    }
    joined.summary = format!(
        "The store works, slowly: in {} checks, replies came late, or a request was sent again.",
        findings.len()
    );
    joined.evidence = findings.iter().flat_map(|finding| &finding.evidence).cloned().collect();
    shorten(&mut joined.evidence, SHOWN);
    Some(joined)
}

/// Keeps the first lines of evidence and counts the others. Each line is kept once.
pub(in crate::store::checks) fn shorten(evidence: &mut Vec<String>, most: usize) {
    let mut met = HashSet::new();
    evidence.retain(|line| met.insert(line.clone()));
    let left = evidence.len().saturating_sub(most);
    if left > 0 {
        evidence.truncate(most);
        evidence.push(format!("and {left} more"));
    }
}

/// The place of a slash in a directory that Score cannot use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store::checks) enum Slash {
    InFront,
    Behind,
}

/// Reports a slash in a directory. A slash in front of the data directory works, in front of the upload directory uploads
/// work and downloads fail, and behind either both fail (observed on Score 5.9.0 to 5.12.0-SNAPSHOT with MinIO, `SeaweedFS`,
/// Versity and Ceph).
pub(in crate::store::checks) fn slash_in_directory(
    directory: &'static str,
    slash: Slash,
    severity: Severity,
) -> Finding {
    let summary = match slash {
        Slash::InFront => format!("{directory} begins with a slash. Uploads work, and every download fails."),
        Slash::Behind => format!("{directory} ends with a slash. Every upload and download fails."),
    };
    Finding::new(Id::T49, severity, summary)
        .hint(format!("Write {directory} without this slash."))
        .hint("If files were uploaded already, move them to the names without the slash, or upload them again.")
        .on(&[directory])
}

/// Reports changed object names. `how` is what happens to them.
pub(in crate::store::checks) fn keys_not_kept(how: &str) -> Finding {
    Finding::new(Id::P80, Transfer, format!("The store does not keep object names as Score writes them: {how}."))
        .hint("Score keeps the state of each part in an object whose name contains | { \" : and ,. Without it, no upload ends.")
        .hint("Use another release of the store, or another store. No setting of Score changes this.")
        .on(&[key::S3_ENDPOINT])
}

/// Reports an `ETag` that is not the MD5. `whose` is the program that compares, such as `Score`.
pub(in crate::store::checks) fn etag_is_no_md5(
    whose: &str,
    bucket: &str,
    setting: &'static str,
    etag: Option<&str>,
    md5: &str,
) -> Finding {
    let said = etag.map_or("none".to_owned(), |etag| shown(etag.as_bytes(), 80));
    // nginx marks an ETag as weak when it compresses, and other proxies remove it
    let weak = etag.and_then(|etag| etag.strip_prefix("W/")).is_some_and(|rest| xml::unquoted(rest) == md5);
    let finding = match etag {
        Some(_) if !weak => Finding::new(
            Id::P52,
            Transfer,
            format!("The ETag of an object written to {bucket} is not its MD5. {whose} reports the object as damaged."),
        )
        .hint("Disable default encryption of the bucket, or the option --no-compat of MinIO.")
        .hint("Some gateways never return the MD5. Score cannot use them."),
        changed => Finding::new(
            Id::P52,
            Transfer,
            format!(
                "A proxy in front of the store {} the ETag of the reply. {whose} cannot compare the object written to {bucket}.",
                if changed.is_some() { "changes" } else { "removes" }
            ),
        )
        .hint("Let the proxy pass the header ETag unchanged, and not compress or rewrite replies of the store.")
        .hint("If there is no proxy, the store sends no ETag, and Score cannot use it."),
    };
    finding.on(&[setting]).saw(format!("ETag {said}, MD5 {md5}"))
}

/// Reports a reply that Java cannot read. `what` is the reply, and `how` the reason.
pub(in crate::store::checks) fn misread(what: &str, how: &xml::Misread, severity: Severity) -> Finding {
    Finding::new(Id::P73, severity, format!("Score cannot read the reply of the store to {what}: {how}."))
        .hint("Score uses AWS SDK for Java 1.11, which is stricter than other clients. No setting changes this.")
        .hint("Try a newer release of the store.")
        .on(&[key::S3_ENDPOINT])
}

pub(in crate::store::checks) fn read_differs(bucket: &str, wrote: usize, read: usize) -> Finding {
    Finding::new(Id::P81, Transfer, format!("The object read from {bucket} is not the object that was written there."))
        .hint("Look for a cache or a proxy in front of the store that returns an older or shorter object.")
        .on(&[key::S3_ENDPOINT])
        .saw(format!("{wrote} bytes written, {read} read"))
}

/// Reports an object that was written and is not found.
pub(in crate::store::checks) fn not_found_again(bucket: &str) -> Finding {
    Finding::new(Id::P81, Transfer, format!("The object just written to {bucket} is not found there."))
        .hint("Score needs a store where an object exists as soon as it is written.")
        .on(&[key::S3_ENDPOINT])
}

pub(in crate::store::checks) fn stays(bucket: &str) -> Finding {
    Finding::new(
        Id::P92,
        Note,
        format!("The objects that a finished upload leaves behind in {bucket} cannot be deleted."),
    )
    .hint("Uploads work, but each leaves a few small objects under upload/ behind.")
    .on(&[key::BUCKET_NAME_STATE])
}

/// Reports an upload that is still listed after it was aborted.
pub(in crate::store::checks) fn upload_stays(bucket: &str) -> Finding {
    Finding::new(
        Id::P92,
        Note,
        format!("The store confirms that an upload in {bucket} is aborted, but keeps the upload."),
    )
    .hint("Uploads work, but unfinished uploads stay and use space, and the clean-up of Score cannot remove them.")
    .on(&[key::BUCKET_NAME_OBJECT])
}

// multipart

pub(in crate::store::checks) fn kms_refused(reply: &Reply) -> Finding {
    let code = shown(code(reply).as_bytes(), 60);
    Finding::new(Id::P39, Transfer, format!("The store refuses uploads encrypted with the key of s3.masterEncryptionKeyId ({code})."))
        .hint("Clear s3.masterEncryptionKeyId, unless the store has this key and allows Score to use it (kms:GenerateDataKey, kms:Decrypt).")
        .on(&[key::S3_MASTER_ENCRYPTION_KEY_ID])
        .fixed_by(Repair::Answer { key: key::S3_MASTER_ENCRYPTION_KEY_ID, value: String::new() })
        .seen(reply)
}

pub(in crate::store::checks) fn too_large(severity: Severity) -> Finding {
    Finding::new(Id::P54, severity, "The store, or a proxy in front of it, refuses bodies of the size of a part.")
        .hint("Let the proxy pass bodies of upload.partsize. In nginx, set client_max_body_size 0.")
        .on(&[key::S3_ENDPOINT, key::UPLOAD_PARTSIZE])
}

/// Reports a part that is too large. `size` is its size, and `passes` a smaller size that is not refused.
pub(in crate::store::checks) fn part_too_large(size: u64, passes: Option<u64>) -> Finding {
    let words = value::number::size;
    let finding = Finding::new(
        Id::P54,
        Transfer,
        format!("The store, or a proxy in front of it, refuses bodies of {}, the size of a part.", words(size)),
    )
    .hint("Let the proxy pass bodies of upload.partsize. In nginx, set client_max_body_size 0.");
    match passes {
        None => finding
            .hint("A smaller upload.partsize does not help. Score makes no part smaller than 20 MiB.")
            .on(&[key::S3_ENDPOINT]),
        Some(smaller) => finding
            .hint(format!(
                "Or lower upload.partsize. Parts of {} succeed, the smallest size that Score uses.",
                words(smaller)
            ))
            .on(&[key::UPLOAD_PARTSIZE, key::S3_ENDPOINT])
            .fixed_by(Repair::Answer { key: key::UPLOAD_PARTSIZE, value: smaller.to_string() }),
    }
}

/// Reports a part that is listed differently. `found` contains the listed parts, in a few words.
pub(in crate::store::checks) fn parts_differ(bucket: &str, found: &str) -> Finding {
    Finding::new(
        Id::P91,
        Transfer,
        format!("The store does not list the part that was sent to {bucket} as it was sent."),
    )
    .hint("Score requests each part after it was sent, and refuses the upload if its number or ETag differs.")
    .on(&[key::S3_ENDPOINT])
    .saw(found.to_owned())
}

pub(in crate::store::checks) fn not_completed(how: &str) -> Finding {
    Finding::new(Id::P90, Transfer, format!("An upload of one part could not be completed: {how}."))
        .hint("Score completes every upload in this way, so no upload would succeed.")
        .hint("Look at the log of the store for this request.")
        .on(&[key::S3_ENDPOINT])
}

// clients

pub(in crate::store::checks) fn sentinel_missing(bucket: &str, key: &str) -> Finding {
    Finding::new(
        Id::P50,
        Ping,
        format!("The sentinel {key} does not exist in {bucket}. Every client stops at its first step."),
    )
    .hint("score-client downloads this object before every command. Create it with any content.")
    .on(&[key::OBJECT_SENTINEL, key::BUCKET_NAME_OBJECT])
    .fixed_by(Repair::PutSentinel { bucket: bucket.to_owned(), key: key.to_owned() })
}

/// Adds that an object with the name of the sentinel exists at `bucket` and `key`.
pub(in crate::store::checks) fn sentinel_elsewhere(finding: Finding, bucket: &str, key: &str) -> Finding {
    let place = shown(format!("{key} in {bucket}").as_bytes(), 160);
    finding.first_hint(format!("The object {place} exists, but Score and its clients do not look there."))
}

/// Reports an upload that is not in the list of unfinished uploads. MinIO listed them only by their exact name
/// (minio/minio#7632).
pub(in crate::store::checks) fn unfinished_unlisted(bucket: &str) -> Finding {
    Finding::new(
        Id::P45,
        Note,
        format!("An upload that was just started is not in the list of unfinished uploads of {bucket}."),
    )
    .hint("Uploads work, but the clean-up of Score finds nothing to abort, and unfinished uploads use space.")
    .hint("Let the store remove them itself. MinIO does this after 24 h, other stores with a lifecycle rule.")
    .on(&[key::BUCKET_NAME_OBJECT])
}

pub(in crate::store::checks) fn sentinel_unreadable(bucket: &str, key: &str, listable: bool) -> Finding {
    let summary = if listable {
        format!("The key may not read {key} in {bucket}. Every client stops at its first step.")
    } else {
        format!("The sentinel {key} in {bucket} answers 403. The key may not read it, or it does not exist.")
    };
    let finding = Finding::new(Id::P49, Ping, summary)
        .hint("score-client downloads this object before every command.")
        .on(&[key::S3_ACCESS_KEY, key::BUCKET_NAME_OBJECT]);
    if listable {
        finding.hint("Allow s3:GetObject on the objects of the bucket.")
    } else {
        finding.hint(
            "Allow s3:ListBucket on the bucket and s3:GetObject on its objects. A missing object then answers 404.",
        )
    }
}

pub(in crate::store::checks) fn sentinel_slow() -> Finding {
    Finding::new(Id::P51, Ping, "The sentinel does not arrive within the 5 s that score-client waits.")
        .hint("The test ran on this machine. Test again on a machine where clients run.")
        .on(&[key::S3_ENDPOINT])
}

/// Reports a refused pre-signed URL. The severity is ping for the sentinel, and transfer for a part or a download.
pub(in crate::store::checks) fn presigned_refused(what: &str, severity: Severity) -> Finding {
    Finding::new(
        Id::P74,
        severity,
        format!("The store refuses a pre-signed URL for {what}, but accepts a signed request."),
    )
    .hint("Clients of Score use only pre-signed URLs.")
    .hint("Look for a proxy that changes or removes the query. If there is no proxy, the store has this fault.")
    .on(&[key::S3_ENDPOINT])
}

/// Reports a URL for a range that is refused, although the same URL without the range works. Version 4 signs the range.
pub(in crate::store::checks) fn range_changed() -> Finding {
    Finding::new(
        Id::P82,
        Transfer,
        "A pre-signed URL for a range fails, but the same URL for the whole object works. Downloads fail.",
    )
    .hint("A proxy removes or changes the Range header, which the signature covers. Let the proxy pass it unchanged.")
    .hint("score-client downloads every object in ranges.")
    .on(&[key::S3_ENDPOINT])
}

/// Reports a URL of the ping that has expired when a client follows it. `behind` is how many seconds this machine is
/// behind the store, if that is known.
pub(in crate::store::checks) fn ping_expired(behind: Option<i64>) -> Finding {
    let summary = match behind {
        Some(behind) => format!(
            "This machine's clock is {} behind the store's. The URL of the ping is valid for 5 min, so it has expired before a client uses it.",
            super::span(behind.unsigned_abs())
        ),
        None => "The store reports that the URL of the ping has expired, although it was made just now.".to_owned(),
    };
    Finding::new(Id::P36, Ping, summary)
        .hint("Set the clock with NTP. Signed requests still work, because stores accept a difference of 15 min there.")
        .hint("The clock of the machine that runs Score is the one that matters.")
}

/// Reports an override that does not make a URL. Score puts it into the URL as it is written.
pub(in crate::store::checks) fn bad_override(why: BadEndpoint) -> Finding {
    let finding = super::bad_endpoint(why, super::STORE);
    Finding {
        summary: format!("Clients get URLs that they cannot use. {}", why.about("the override host")),
        hints: Vec::new(),
        settings: vec![key::S3_PRE_SIGNED_URL_OVERRIDE_HOST],
        ..finding
    }
    .hint("Score replaces s3.endpoint in each URL by this text. Write it like the endpoint, with http:// or https://.")
    .hint("Or clear s3.preSignedUrl.override.host, if clients can reach the endpoint.")
    .fixed_by(Repair::Answer { key: key::S3_PRE_SIGNED_URL_OVERRIDE_HOST, value: String::new() })
}

/// Reports a URL that works only without the override.
pub(in crate::store::checks) fn override_refused(what: &str, host: &str, severity: Severity) -> Finding {
    Finding::new(
        Id::P32,
        severity,
        format!("Through {}, {what} fails, but through the endpoint itself it works.", shown(host.as_bytes(), 120)),
    )
    .hint("The signature covers the host of the endpoint. Let the proxy at the other host restore this Host header.")
    .hint("Or clear s3.preSignedUrl.override.host, if clients can reach the endpoint.")
    .on(&[key::S3_PRE_SIGNED_URL_OVERRIDE_HOST])
    .fixed_by(Repair::Answer { key: key::S3_PRE_SIGNED_URL_OVERRIDE_HOST, value: String::new() })
}

/// Explains why no reply came from the host that clients get.
pub(in crate::store::checks) fn override_unanswered(failure: &Failure, endpoint: &Endpoint) -> Finding {
    let finding = super::unanswered(failure, endpoint, super::STORE);
    Finding { settings: vec![key::S3_PRE_SIGNED_URL_OVERRIDE_HOST], repair: None, ..finding }
        .first_hint("Score sends its clients there. The test ran on this machine.")
}

pub(in crate::store::checks) fn range_ignored(how: &str) -> Finding {
    Finding::new(
        Id::P82,
        Transfer,
        format!("A download of a range does not return exactly this range: {how}. Downloads fail."),
    )
    .hint("score-client downloads every object in ranges. Look for a cache or a proxy that removes the Range header.")
    .on(&[key::S3_ENDPOINT])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_another_etag_is_blamed_on_encryption() {
        const MD5: &str = "d41d8cd98f00b204e9800998ecf8427e";
        let weak = format!("W/\"{MD5}\"");
        for (etag, encrypted) in [(None, false), (Some(weak.as_str()), false), (Some("0-1"), true)] {
            let finding = etag_is_no_md5("Score", "bucket", key::BUCKET_NAME_STATE, etag, MD5);
            assert_eq!(finding.id, Id::P52);
            assert_eq!(format!("{finding:?}").contains("encryption"), encrypted, "{finding:?}");
        }
    }
}
