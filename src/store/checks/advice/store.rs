//! Findings once the keys are accepted: buckets, permissions, uploads, pre-signed URLs, the store itself.

use std::collections::HashSet;

use Severity::{Note, Ping, Transfer};

use super::{
    keys::{changed_on_the_way, path_is_bucket, token_expected, unknown_key, wrong_region},
    refusal::{RefusalKind, code},
};
use crate::{
    score::{Id, Severity, key},
    store::{
        checks::{Finding, Repair, engine::Pace, entry::reply::describe},
        probe::{Failure, Reply, xml},
    },
    text::{BadEndpoint, Endpoint, shown, suggest::nearest, values as value},
};

/// The hint about object names that a proxy changes.
pub(in crate::store::checks) const KEY_IN_PATH: &str = "Score keeps the state of a part in an object whose name contains | { \" : and ,. In nginx, proxy_pass without a path leaves the name unchanged.";

/// The purpose of a request: the permission that it needs, and the meaning of its refusal.
#[derive(Debug, Clone, Copy)]
pub(in crate::store::checks) struct Requirement<'a> {
    pub(in crate::store::checks) action: &'static str,
    pub(in crate::store::checks) bucket: &'a str,
    /// The setting that names the bucket.
    pub(in crate::store::checks) setting: &'static str,
    /// The finding if the request is denied.
    pub(in crate::store::checks) id: Id,
    pub(in crate::store::checks) severity: Severity,
    /// The consequence of a denial, as a sentence.
    pub(in crate::store::checks) without: &'static str,
}

/// Explains a refusal, whatever was asked.
pub(in crate::store::checks) fn refused(need: &Requirement, endpoint: &Endpoint, reply: &Reply) -> Finding {
    let severity = need.severity;
    let finding = match RefusalKind::of(endpoint, reply) {
        RefusalKind::Clock => super::clock(None, true),
        RefusalKind::Token => token_expected(&code(reply)),
        RefusalKind::UnknownKey => unknown_key(""),
        RefusalKind::Signature => changed_on_the_way(endpoint).at_least(severity),
        RefusalKind::Region => wrong_region(endpoint, reply),
        RefusalKind::HostAsBucket => host_is_bucket(endpoint),
        RefusalKind::LabelAsBucket => super::bucket_in_host(endpoint, endpoint.first_of_three().unwrap_or_default()),
        RefusalKind::PathAsBucket => path_is_bucket(endpoint),
        RefusalKind::NoBucket => no_bucket(need.bucket, need.setting, severity),
        RefusalKind::BadBucketName => bad_bucket_name(need.bucket, need.setting, severity),
        RefusalKind::Denied => denied(need, reply),
        RefusalKind::NoPathStyle => super::no_path_style(endpoint),
        RefusalKind::Full => full(&code(reply), severity),
        RefusalKind::Quota => quota(&code(reply), severity),
        RefusalKind::Suspended => held_back(&code(reply), severity),
        RefusalKind::Firewall => firewall(need, reply),
        RefusalKind::Expect => expect_refused(severity),
        RefusalKind::TooLarge => too_large(severity),
        RefusalKind::OwnError | RefusalKind::Unavailable => own_error(reply, severity),
        RefusalKind::Redirect => super::not_s3(endpoint, "a redirect, which Score does not follow"),
        RefusalKind::OwnReason => own_reason(need, reply),
    };
    finding.seen(reply)
}

// buckets and permissions

pub(in crate::store::checks) fn no_bucket(bucket: &str, setting: &'static str, severity: Severity) -> Finding {
    let hint = match (setting, severity) {
        (key::BUCKET_NAME_OBJECT, Ping) => {
            "Score and its clients look for the sentinel in this bucket. Every client stops at its first step."
        }
        (key::BUCKET_NAME_OBJECT, _) => "Score writes objects to this bucket. Their uploads fail.",
        _ => "Score keeps the state of every upload in this bucket. Uploads fail.",
    };
    Finding::new(Id::P43, severity, format!("The bucket {bucket} does not exist (NoSuchBucket)."))
        .hint(hint)
        .hint(format!("Create the bucket, or correct {setting}. A bucket of another account or tenant does not work."))
        .on(&[setting])
        .fixed_by(Repair::CreateBucket { bucket: bucket.to_owned() })
}

/// Adds a bucket with a similar name. `seen` contains all buckets that the key sees, if it may ask. `advice` is that of
/// the store for a bucket that a key does not see.
pub(in crate::store::checks) fn named_otherwise(
    finding: Finding,
    seen: Option<&[String]>,
    advice: Option<&str>,
) -> Finding {
    let Some(Repair::CreateBucket { bucket }) = &finding.repair else { return finding };
    let advised = |finding: Finding| match advice {
        Some(advice) => finding.hint(advice),
        None => finding,
    };
    let Some(seen) = seen else { return advised(finding) };
    // A list may still contain the bucket that the store has just denied.
    let others = seen.iter().map(String::as_str).filter(|name| name != bucket);
    match nearest(bucket, others) {
        Some(near) => {
            let hint = format!(
                "The key sees {}, which has a similar name. Check which of the two is right.",
                shown(near.as_bytes(), 80)
            );
            let answer = finding.settings.first().copied().zip(base_of(bucket, near));
            let answer = answer.map(|(key, value)| Repair::Answer { key, value: value.to_owned() });
            let finding = finding.first_hint(hint);
            match answer {
                Some(answer) => finding.likelier_fixed_by(answer),
                None => finding,
            }
        }
        None if advice.is_some() => advised(finding),
        None if seen.is_empty() => {
            finding.hint("The key does not see any bucket. Check that it belongs to the right account.")
        }
        None => finding,
    }
}

/// Returns what the setting must say so that `near` is used in place of `bucket`. In a pool, both end with the same
/// number.
fn base_of<'a>(bucket: &str, near: &'a str) -> Option<&'a str> {
    let number = |name: &str| {
        let (_, end) = name.rsplit_once('.')?;
        end.bytes().all(|byte| byte.is_ascii_digit()).then(|| end.to_owned())
    };
    match (number(bucket), number(near)) {
        (None, None) => Some(near),
        (one, other) if one == other => near.rsplit_once('.').map(|(base, _)| base),
        _ => None,
    }
}

pub(in crate::store::checks) fn host_is_bucket(endpoint: &Endpoint) -> Finding {
    let host = shown(endpoint.host.as_bytes(), 120);
    Finding::new(Id::P41, Ping, format!("The store treats the host {host} as the name of a bucket."))
        .hint("Add the host to the names that the store knows. On Ceph, use rgw_dns_name or the hostnames of the zone group.")
        .hint("Or write a host in s3.endpoint that the store knows.")
        .on(&[key::S3_ENDPOINT])
}

pub(in crate::store::checks) fn bad_bucket_name(bucket: &str, setting: &'static str, severity: Severity) -> Finding {
    Finding::new(
        Id::P44,
        severity,
        format!("The store does not accept {} as the name of a bucket.", shown(bucket.as_bytes(), 80)),
    )
    .hint("Use 3 to 63 lower-case letters, digits, dots and hyphens. Every store accepts these.")
    .on(&[setting])
}

fn denied(need: &Requirement, reply: &Reply) -> Finding {
    let finding =
        Finding::new(need.id, need.severity, format!("The key may not do {} in {}.", need.action, need.bucket))
            .hint(need.without);
    let finding = denied_outright(finding, reply);
    finding
        .hint(format!("Allow {} there. In the wizard, press a to see the rights that Score needs.", need.action))
        .on(&[key::S3_ACCESS_KEY, need.setting])
        .lacks(need.action, need.bucket)
}

fn full(code: &str, severity: Severity) -> Finding {
    let code = if code.is_empty() { "507".to_owned() } else { shown(code.as_bytes(), 60) };
    Finding::new(Id::P42, severity, format!("The store is full ({code})."))
        .hint("Ask the administrator of the store to free space. No setting of Score changes this.")
}

/// Reports 417, or no reply until the header is removed. The SDK does not repeat the request without it (observed on
/// Score 5.11.0).
pub(in crate::store::checks) fn expect_refused(severity: Severity) -> Finding {
    Finding::new(
        Id::P25,
        severity,
        "The store, or a proxy in front of it, does not support Expect: 100-continue, which Score sends with every body.",
    )
    .hint("Let the proxy pass the Expect header, or answer it with 100 Continue. Update an old proxy or store.")
    .hint("Or write the endpoint of the store itself in s3.endpoint.")
    .on(&[key::S3_ENDPOINT])
}

/// Adds that a policy explicitly denies the request, in the words of AWS.
pub(in crate::store::checks) fn denied_outright(finding: Finding, reply: &Reply) -> Finding {
    let fault = xml::fault(&reply.body).unwrap_or_default();
    let Some((_, by)) = fault.message.split_once("explicit deny") else { return finding };
    // AWS puts an article in front: "in an identity-based policy", "in a service control policy"
    let by = by.trim().trim_end_matches('.');
    let by = by.strip_prefix("in a ").or_else(|| by.strip_prefix("in an ")).unwrap_or(by);
    let by = if by.is_empty() { "policy".to_owned() } else { shown(by.as_bytes(), 60) };
    let article = if by.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    finding.first_hint(format!(
        "It is explicitly denied by {article} {by}. Remove the denial. An allow rule elsewhere does not help."
    ))
}

pub(super) fn held_back(code: &str, severity: Severity) -> Finding {
    Finding::new(
        Id::P42,
        severity,
        format!("The store blocks the user or the account of this key ({}).", shown(code.as_bytes(), 60)),
    )
    .hint("Ask the administrator of the store to lift the suspension. On Ceph, radosgw-admin user info shows it.")
    .on(&[key::S3_ACCESS_KEY])
}

/// Reports a quota that is used up, or that is smaller than what Score writes.
fn quota(code: &str, severity: Severity) -> Finding {
    let code = shown(code.as_bytes(), 60);
    Finding::new(Id::P42, severity, format!("A quota of the store is used up, so the store refuses to write ({code})."))
        .hint("Ask the administrator of the store for a larger quota of the user or of the bucket.")
        .hint("Uploads fail until then, and no setting of Score changes this. On Ceph, radosgw-admin user stats shows the use.")
        .on(&[key::S3_ACCESS_KEY])
}

/// Reports a challenge for browsers, which no program passes. `page` is the answer in a few words.
pub(in crate::store::checks) fn challenged(endpoint: &Endpoint, page: &str) -> Finding {
    Finding::new(
        Id::P112,
        Ping,
        format!(
            "A firewall in front of {} demands a browser: it sends {page}.",
            shown(endpoint.authority().as_bytes(), 120)
        ),
    )
    .hint("Switch off the challenge for this host. At Cloudflare, use DNS only, or a rule that skips the challenge.")
    .hint("Or write the endpoint of the store itself in s3.endpoint.")
    .on(&[key::S3_ENDPOINT])
}

/// Reports a web page instead of a reply of the store, after other requests got replies of the store.
fn firewall(need: &Requirement, reply: &Reply) -> Finding {
    let page = describe(reply);
    Finding::new(
        Id::P112,
        need.severity,
        format!(
            "A firewall or a proxy in front of the store refuses {} in {}: it sends {page} ({}).",
            need.action,
            need.bucket,
            reply.status.as_u16()
        ),
    )
    .hint(need.without)
    .hint(
        "Ask the administrator of the firewall or the proxy to let all requests to the store pass without inspection.",
    )
    .hint("Or write the endpoint of the store itself in s3.endpoint.")
    .on(&[key::S3_ENDPOINT])
}

pub(super) fn own_error(reply: &Reply, severity: Severity) -> Finding {
    let code = code(reply);
    let status = reply.status.as_u16();
    let (summary, hint) = match (status, code.as_str()) {
        (_, "XMinioServerNotInitialized") => (
            format!("The store is not ready yet ({status} {code})."),
            "MinIO reports this while it starts, and while too few of its disks or nodes are available. Check again later.",
        ),
        (_, "SlowDown" | "SlowDownRead" | "SlowDownWrite" | "RequestLimitExceeded") => (
            format!("The store asks for fewer requests ({status} {}).", shown(code.as_bytes(), 60)),
            "The store is overloaded or limits this user. Score tries again a few times and then fails. Check again later.",
        ),
        (502 | 504, "") => (
            format!("A proxy answers instead of the store, because it cannot reach the store ({status})."),
            "Check the store, and where the proxy sends requests. Then check again.",
        ),
        _ => (
            format!("The store, or a proxy in front of it, reports an internal error ({status})."),
            "Look at the log of the store and of a proxy in front of it, then check again.",
        ),
    };
    Finding::new(Id::P78, severity, summary).hint(hint)
}

fn own_reason(need: &Requirement, reply: &Reply) -> Finding {
    let code = shown(code(reply).as_bytes(), 60);
    let what = if code.is_empty() { reply.status.as_u16().to_string() } else { code };
    Finding::new(Id::P88, need.severity, format!("The store refuses {} in {} ({what}).", need.action, need.bucket))
        .hint(need.without)
        .on(&[need.setting])
}

/// Reports 403 without a reason for an object that does not exist.
pub(in crate::store::checks) fn absent_is_forbidden(bucket: &str, severity: Severity) -> Finding {
    Finding::new(
        Id::P47,
        severity,
        format!("The key may not list {bucket}, so an object that does not exist answers 403 instead of 404. Every upload fails."),
    )
    .hint("Score requests the object before every upload, and treats every answer but 404 as an error.")
    .hint("Allow s3:ListBucket on the bucket itself, not on its objects. In the wizard, press a to see the rights that Score needs.")
    .on(&[key::S3_ACCESS_KEY, key::BUCKET_NAME_STATE])
    .lacks("s3:ListBucket", bucket)
}

/// Reports a denied list, although objects that do not exist answer 404.
pub(in crate::store::checks) fn state_unlisted(bucket: &str) -> Finding {
    Finding::new(Id::P47, Transfer, format!("The key may not list {bucket}. Every upload fails."))
        .hint("Score lists the state of an upload before the upload begins.")
        .hint("Allow s3:ListBucket on the bucket itself, not on its objects. In the wizard, press a to see the rights that Score needs.")
        .on(&[key::S3_ACCESS_KEY, key::BUCKET_NAME_STATE])
        .lacks("s3:ListBucket", bucket)
}

/// Reports 403 for an object that does not exist, although the list is allowed.
pub(in crate::store::checks) fn state_unreadable(bucket: &str) -> Finding {
    Finding::new(Id::P49, Transfer, format!("The key may not do s3:GetObject in {bucket}. Every upload fails."))
        .hint("Score requests the object before every upload, and treats every answer but 404 as an error.")
        .hint("Allow s3:GetObject on the objects of the bucket. In the wizard, press a to see the rights that Score needs.")
        .on(&[key::S3_ACCESS_KEY, key::BUCKET_NAME_STATE])
        .lacks("s3:GetObject", bucket)
}

pub(in crate::store::checks) fn absent_is_there(bucket: &str) -> Finding {
    Finding::new(
        Id::P87,
        Transfer,
        format!("The store reports an object in {bucket} that was never written. Every upload fails."),
    )
    .hint("Score looks for an object before it uploads it, and refuses the upload if it exists.")
    .hint("Check that the endpoint is an S3 service, not a web server that answers every request.")
    .on(&[key::S3_ENDPOINT])
}

/// Reports that HEAD answers something else than GET, which answers 404.
pub(in crate::store::checks) fn head_differs(bucket: &str, status: u16) -> Finding {
    Finding::new(
        Id::P88,
        Transfer,
        format!("HEAD of an object that does not exist in {bucket} answers {status}, but GET answers 404. Every upload fails."),
    )
    .hint("Score sends HEAD before every upload, and treats every answer but 404 as an error.")
    .hint("Look for a proxy in front of the store that refuses HEAD.")
    .on(&[key::S3_ENDPOINT])
}

/// Reports a health page that will fail. `what` is the answer to `?acl`.
pub(in crate::store::checks) fn unhealthy(what: &str) -> Finding {
    Finding::new(
        Id::P86,
        Note,
        format!("Score's health page will report OUT_OF_SERVICE, because the store does not answer ?acl ({what})."),
    )
    .hint("Only the health page requests the ACL of the bucket. Uploads and downloads do not need it.")
    .hint("Do not let a load balancer watch /actuator/health of this Score.")
    .on(&[key::BUCKET_NAME_OBJECT])
}

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
