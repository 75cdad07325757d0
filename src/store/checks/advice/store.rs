//! Findings once the keys are accepted: buckets, permissions, and refusals of the store.

use Severity::{Note, Ping, Transfer};

use super::{
    keys::{changed_on_the_way, path_is_bucket, token_expected, unknown_key, wrong_region},
    refusal::{RefusalKind, code},
};
use crate::{
    score::{Id, Severity, key},
    store::{
        checks::{Finding, Repair, entry::reply::describe},
        probe::{Reply, xml},
    },
    text::{
        Endpoint, shown,
        suggest::{distance, nearest},
    },
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
        RefusalKind::TooLarge => super::too_large(severity),
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
            let misspelled = is_misspelling(bucket, near);
            let finding = finding.first_hint(hint);
            match answer {
                Some(answer) if misspelled => finding.likelier_fixed_by(answer),
                Some(answer) => finding.also_fixed_by(answer),
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

/// Returns true if one name is probably meant to be the other. Names that differ in a number are probably both meant, such
/// as those of two installations.
fn is_misspelling(bucket: &str, near: &str) -> bool {
    let digits = |name: &str| name.chars().filter(char::is_ascii_digit).collect::<String>();
    distance(bucket, near) <= 2 && digits(bucket) == digits(near)
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
