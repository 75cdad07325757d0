//! What can be wrong once the keys are accepted: buckets, permissions, uploads, pre-signed URLs, the store itself.

use Severity::{Note, Ping, Transfer};

use super::{
    keys::{changed_on_the_way, path_is_bucket, token_expected, unknown_key, wrong_region},
    refusal::{Refusal, code},
};
use crate::{
    score::{Id, Severity, key},
    store::{
        checks::{Finding, Repair},
        probe::{Failure, Reply, xml},
    },
    text::{Endpoint, shown, suggest::nearest, values as value},
};

/// Beside P33, of a part marker.
pub(in crate::store::checks) const KEY_IN_PATH: &str = "Score keeps the state of a part in a key with | { \" : and ,: in nginx, proxy_pass without a path leaves it as it came.";

/// What a request is to Score: what allows it, and what its refusal means.
#[derive(Debug, Clone, Copy)]
pub(in crate::store::checks) struct Need<'a> {
    pub(in crate::store::checks) action: &'static str,
    pub(in crate::store::checks) bucket: &'a str,
    /// The setting that names the bucket.
    pub(in crate::store::checks) setting: &'static str,
    /// When it is denied.
    pub(in crate::store::checks) id: Id,
    pub(in crate::store::checks) severity: Severity,
    /// A sentence: what does not work then.
    pub(in crate::store::checks) without: &'static str,
}

/// Explains a refusal, whatever was asked.
pub(in crate::store::checks) fn refused(need: &Need, endpoint: &Endpoint, reply: &Reply) -> Finding {
    let severity = need.severity;
    let finding = match Refusal::of(endpoint, reply) {
        Refusal::Clock => super::clock(None, true),
        Refusal::Token => token_expected(&code(reply)),
        Refusal::UnknownKey => unknown_key(""),
        Refusal::Signature => changed_on_the_way(endpoint).at_least(severity),
        Refusal::Region => wrong_region(endpoint, reply),
        Refusal::HostAsBucket => host_is_bucket(endpoint),
        Refusal::LabelAsBucket => super::bucket_in_host(endpoint, endpoint.first_of_three().unwrap_or_default()),
        Refusal::PathAsBucket => path_is_bucket(endpoint),
        Refusal::NoBucket => no_bucket(need.bucket, need.setting, severity),
        Refusal::BadBucketName => bad_bucket_name(need.bucket, need.setting, severity),
        Refusal::Denied => denied(need, reply),
        Refusal::Full => full(&code(reply), severity),
        Refusal::HeldBack => held_back(&code(reply), severity),
        Refusal::Expect => expect_refused(severity),
        Refusal::TooLarge => too_large(severity),
        Refusal::OwnError | Refusal::Unavailable => own_error(reply, severity),
        Refusal::Redirect => super::not_s3(endpoint, "a redirect, which Score does not follow"),
        Refusal::OwnReason => own_reason(need, reply),
    };
    finding.seen(reply)
}

// buckets and permissions

pub(in crate::store::checks) fn no_bucket(bucket: &str, setting: &'static str, severity: Severity) -> Finding {
    let hint = match (setting, severity) {
        (key::BUCKET_NAME_OBJECT, Ping) => {
            "Score and its clients look for the sentinel there; without it every client stops at its first step."
        }
        (key::BUCKET_NAME_OBJECT, _) => "Score puts objects there; without it their uploads fail.",
        _ => "Score keeps the state of every upload there; without it uploads fail.",
    };
    Finding::new(Id::P43, severity, format!("The bucket {bucket} does not exist (NoSuchBucket)."))
        .hint(hint)
        .hint(format!("Create it, or correct {setting}; buckets of another account or tenant do not count."))
        .on(&[setting])
        .mended_by(Repair::CreateBucket { bucket: bucket.to_owned() })
}

/// `seen`: all buckets that the key sees, where it may ask. `ceph`: where each tenant has buckets of its own (ceph/ceph#9570).
pub(in crate::store::checks) fn named_otherwise(finding: Finding, seen: Option<&[String]>, ceph: bool) -> Finding {
    let Some(Repair::CreateBucket { bucket }) = &finding.repair else { return finding };
    let tenants = "On Ceph the buckets of another tenant are not seen: it takes a key of the tenant that owns them.";
    let Some(seen) = seen else { return if ceph { finding.hint(tenants) } else { finding } };
    match nearest(bucket, seen.iter().map(String::as_str)) {
        Some(near) => {
            let hint = format!("The key sees {}, which is spelt like it: is that the one?", shown(near.as_bytes(), 80));
            finding.first_hint(hint)
        }
        None if ceph => finding.hint(tenants),
        None if seen.is_empty() => finding.hint("The key sees no bucket at all: is it one of the right account?"),
        None => finding,
    }
}

fn host_is_bucket(endpoint: &Endpoint) -> Finding {
    let host = shown(endpoint.host.as_bytes(), 120);
    Finding::new(Id::P41, Ping, format!("The store takes the host {host} for the name of a bucket."))
        .hint("Add the host to the names that the store knows: for Ceph, rgw_dns_name or the zone group's hostnames.")
        .hint("Or give a host in s3.endpoint that it knows already.")
        .on(&[key::S3_ENDPOINT])
}

pub(in crate::store::checks) fn bad_bucket_name(bucket: &str, setting: &'static str, severity: Severity) -> Finding {
    Finding::new(
        Id::P44,
        severity,
        format!("The store does not accept {} as the name of a bucket.", shown(bucket.as_bytes(), 80)),
    )
    .hint("Lower-case letters, digits, dots and hyphens, 3 to 63 of them, are accepted everywhere.")
    .on(&[setting])
}

fn denied(need: &Need, reply: &Reply) -> Finding {
    let finding =
        Finding::new(need.id, need.severity, format!("The key may not do {} in {}.", need.action, need.bucket))
            .hint(need.without);
    let finding = denied_outright(finding, reply);
    finding
        .hint(format!("Allow {} there; the policy that Score needs is printed on request.", need.action))
        .on(&[key::S3_ACCESS_KEY, need.setting])
}

fn full(code: &str, severity: Severity) -> Finding {
    let code = if code.is_empty() { "507".to_owned() } else { shown(code.as_bytes(), 60) };
    Finding::new(Id::P42, severity, format!("The store has no room for more ({code})."))
        .hint("Whoever runs the store must make room; no setting of Score changes that.")
}

/// 417, or silence that ends without the header. The SDK does not ask again without it (seen on Score 5.11.0).
pub(in crate::store::checks) fn expect_refused(severity: Severity) -> Finding {
    Finding::new(
        Id::P25,
        severity,
        "Something before the store cannot do with Expect: 100-continue, which Score sends with every body.",
    )
    .hint("Let a proxy pass Expect on, or answer it with 100 Continue; an old proxy or store needs a newer release.")
    .hint("Or give the store's own address in s3.endpoint.")
    .on(&[key::S3_ENDPOINT])
}

/// A denial that nothing outweighs, as AWS words it.
pub(in crate::store::checks) fn denied_outright(finding: Finding, reply: &Reply) -> Finding {
    let fault = xml::fault(&reply.body).unwrap_or_default();
    let Some((_, by)) = fault.message.split_once("explicit deny") else { return finding };
    // AWS puts an article in front: "in an identity-based policy", "in a service control policy"
    let by = by.trim().trim_end_matches('.');
    let by = by.strip_prefix("in a ").or_else(|| by.strip_prefix("in an ")).unwrap_or(by);
    let by = if by.is_empty() { "policy".to_owned() } else { shown(by.as_bytes(), 60) };
    let article = if by.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    finding.first_hint(format!(
        "It is denied outright by {article} {by}: allowing it elsewhere does not help, the denial must go."
    ))
}

pub(super) fn held_back(code: &str, severity: Severity) -> Finding {
    Finding::new(
        Id::P42,
        severity,
        format!("The store lets this user do nothing more ({}).", shown(code.as_bytes(), 60)),
    )
    .hint("Whoever runs the store can lift the suspension or the quota; for Ceph, radosgw-admin user info shows both.")
    .on(&[key::S3_ACCESS_KEY])
}

pub(super) fn own_error(reply: &Reply, severity: Severity) -> Finding {
    let code = code(reply);
    let status = reply.status.as_u16();
    let (summary, hint) = match (status, code.as_str()) {
        (_, "XMinioServerNotInitialized") => (
            format!("The store is not ready yet ({status} {code})."),
            "MinIO says so while it starts, and while too few of its disks or nodes are there; then check again.",
        ),
        (_, "SlowDown" | "SlowDownRead" | "SlowDownWrite" | "RequestLimitExceeded") => (
            format!("The store wants fewer requests ({status} {}).", shown(code.as_bytes(), 60)),
            "It is overloaded or limits this user; Score tries again a few times and then fails. Then check again.",
        ),
        (502 | 504, "") => (
            format!("A proxy answers in the place of the store, which it does not reach ({status})."),
            "Look at the store, and at where the proxy sends requests; then check again.",
        ),
        _ => (
            format!("The store, or something before it, answers with an error of its own ({status})."),
            "Look at the log of the store and of a proxy before it, then check again.",
        ),
    };
    Finding::new(Id::P78, severity, summary).hint(hint)
}

fn own_reason(need: &Need, reply: &Reply) -> Finding {
    let code = shown(code(reply).as_bytes(), 60);
    let what = if code.is_empty() { reply.status.as_u16().to_string() } else { code };
    Finding::new(Id::P88, need.severity, format!("The store refuses {} in {} ({what}).", need.action, need.bucket))
        .hint(need.without)
        .on(&[need.setting])
}

/// A 403 without a word of why, for an object that is not there.
pub(in crate::store::checks) fn absent_is_forbidden(bucket: &str, severity: Severity) -> Finding {
    Finding::new(
        Id::P47,
        severity,
        format!("The key may not list {bucket}, so an absent object answers 403 instead of 404."),
    )
    .hint("Score looks there before every upload and takes anything but 404 for an error: all uploads fail.")
    .hint("Allow s3:ListBucket on the bucket itself; the policy that Score needs is printed on request.")
    .on(&[key::S3_ACCESS_KEY, key::BUCKET_NAME_STATE])
}

/// Absent objects show as such, and yet the list is denied.
pub(in crate::store::checks) fn state_unlisted(bucket: &str) -> Finding {
    Finding::new(Id::P47, Transfer, format!("The key may not list {bucket}."))
        .hint("Score lists the state of an upload before it begins; all uploads fail.")
        .hint("Allow s3:ListBucket on the bucket itself; the policy that Score needs is printed on request.")
        .on(&[key::S3_ACCESS_KEY, key::BUCKET_NAME_STATE])
}

/// The list is allowed, and yet an absent object answers 403.
pub(in crate::store::checks) fn state_unreadable(bucket: &str) -> Finding {
    Finding::new(Id::P49, Transfer, format!("The key may not do s3:GetObject in {bucket}."))
        .hint("Score looks there before every upload and takes anything but 404 for an error: all uploads fail.")
        .hint("Allow s3:GetObject on the objects of the bucket; the policy that Score needs is printed on request.")
        .on(&[key::S3_ACCESS_KEY, key::BUCKET_NAME_STATE])
}

pub(in crate::store::checks) fn absent_is_there(bucket: &str) -> Finding {
    Finding::new(Id::P87, Transfer, format!("An object that nobody wrote is there in {bucket}, says the store."))
        .hint("Score looks for an object before it uploads it, and would refuse every upload.")
        .hint("Is this an S3 service, and not a web server that answers everything?")
        .on(&[key::S3_ENDPOINT])
}

/// By HEAD something else than by GET, which answers 404.
pub(in crate::store::checks) fn head_differs(bucket: &str, status: u16) -> Finding {
    Finding::new(
        Id::P88,
        Transfer,
        format!("HEAD of an absent object in {bucket} answers {status}, though GET answers 404."),
    )
    .hint("Score looks there by HEAD before every upload and takes anything but 404 for an error.")
    .hint("Something before the store may refuse HEAD.")
    .on(&[key::S3_ENDPOINT])
}

/// `what`: what its `?acl` was answered.
pub(in crate::store::checks) fn unhealthy(what: &str) -> Finding {
    Finding::new(
        Id::P86,
        Note,
        format!("Score's health page will say OUT_OF_SERVICE: the store does not answer ?acl ({what})."),
    )
    .hint("Score asks for the bucket's ACL there and nowhere else; uploads and downloads do not need it.")
    .hint("Do not let a load balancer watch /actuator/health of this Score.")
    .on(&[key::BUCKET_NAME_OBJECT])
}

// state

pub(in crate::store::checks) fn chunks_refused() -> Finding {
    Finding::new(
        Id::P72,
        Transfer,
        "The store refuses bodies in signed chunks (aws-chunked), in which Score writes everything with version 4.",
    )
    .hint("Every upload fails when Score writes its state; health and ping look fine.")
    .on(&[key::S3_SIG_V4_ENABLED])
}

pub(in crate::store::checks) fn empty_chunk_refused() -> Finding {
    Finding::new(
        Id::P71,
        Transfer,
        "The store refuses the empty streamed object with which Score marks a finished part.",
    )
    .hint("Uploads start, send their parts and then never end; health and ping look fine.")
    .hint("Some releases of Ceph have this fault (tracker 67875); newer ones mend it.")
    .on(&[key::S3_SIG_V4_ENABLED])
}

/// `how`: what happens to them.
pub(in crate::store::checks) fn keys_not_kept(how: &str) -> Finding {
    Finding::new(Id::P80, Transfer, format!("The store does not keep keys as Score writes them: {how}."))
        .hint("Score keeps the state of each part in a key with the characters | { \" : and ,; without it no upload ends.")
        .hint("No setting of Score changes this; it needs another release of the store, or another store.")
        .on(&[key::S3_ENDPOINT])
}

/// `whose`: who compares, such as `Score`.
pub(in crate::store::checks) fn etag_is_no_md5(
    whose: &str,
    bucket: &str,
    setting: &'static str,
    etag: Option<&str>,
    md5: &str,
) -> Finding {
    let said = etag.map_or("none".to_owned(), |etag| shown(etag.as_bytes(), 80));
    Finding::new(
        Id::P52,
        Transfer,
        format!("The ETag of what was written to {bucket} is not its MD5; {whose} takes it for damaged."),
    )
    .hint("Switch default encryption of the bucket off, or MinIO's --no-compat.")
    .hint("Some gateways never give the MD5; Score cannot use them.")
    .on(&[setting])
    .saw(format!("ETag {said}, MD5 {md5}"))
}

/// `what`: which reply; `how`: why Java cannot read it.
pub(in crate::store::checks) fn misread(what: &str, how: &xml::Misread, severity: Severity) -> Finding {
    Finding::new(Id::P73, severity, format!("The store's reply to {what} cannot be read as Score reads it: {how}."))
        .hint("Score stands on AWS SDK for Java 1.11, which is stricter than other clients; no setting changes that.")
        .hint("A newer release of the store may answer right.")
        .on(&[key::S3_ENDPOINT])
}

pub(in crate::store::checks) fn read_differs(bucket: &str, wrote: usize, read: usize) -> Finding {
    Finding::new(Id::P81, Transfer, format!("What was read from {bucket} is not what was written there."))
        .hint("A cache or a proxy before the store may answer with something older or shorter.")
        .on(&[key::S3_ENDPOINT])
        .saw(format!("{wrote} bytes written, {read} read"))
}

/// Written, and gone when it is looked for.
pub(in crate::store::checks) fn not_found_again(bucket: &str) -> Finding {
    Finding::new(Id::P81, Transfer, format!("What was just written to {bucket} is not found there."))
        .hint("Score needs a store where an object is there as soon as it is written.")
        .on(&[key::S3_ENDPOINT])
}

pub(in crate::store::checks) fn stays(bucket: &str) -> Finding {
    Finding::new(Id::P92, Note, format!("What a finished upload leaves behind in {bucket} cannot be deleted."))
        .hint("Uploads work; each leaves a few small objects under upload/ behind.")
        .on(&[key::BUCKET_NAME_STATE])
}

// multipart

pub(in crate::store::checks) fn kms_refused(reply: &Reply) -> Finding {
    let code = shown(code(reply).as_bytes(), 60);
    Finding::new(Id::P39, Transfer, format!("The store refuses uploads encrypted with the key of s3.masterEncryptionKeyId ({code})."))
        .hint("Clear s3.masterEncryptionKeyId unless the store has this very key and lets Score use it (kms:GenerateDataKey, kms:Decrypt).")
        .on(&[key::S3_MASTER_ENCRYPTION_KEY_ID])
        .seen(reply)
}

pub(in crate::store::checks) fn too_large(severity: Severity) -> Finding {
    Finding::new(Id::P54, severity, "Something before the store refuses bodies as large as a part (413).")
        .hint("Let the proxy pass bodies as large as upload.partsize: in nginx, client_max_body_size 0.")
        .on(&[key::S3_ENDPOINT, key::UPLOAD_PARTSIZE])
}

/// `size`: of the part that was announced; `passes`: a smaller one that is not refused.
pub(in crate::store::checks) fn part_too_large(size: u64, passes: Option<u64>) -> Finding {
    let words = value::number::size;
    let finding = Finding::new(
        Id::P54,
        Transfer,
        format!("Something before the store refuses bodies of {}, the size of a part.", words(size)),
    )
    .hint("Let the proxy pass bodies as large as upload.partsize: in nginx, client_max_body_size 0.");
    match passes {
        None => finding
            .hint("Score makes no part smaller than 20 MiB, whatever upload.partsize says.")
            .on(&[key::S3_ENDPOINT]),
        Some(smaller) => finding
            .hint(format!("Or lower upload.partsize: parts of {} pass, the smallest that Score makes.", words(smaller)))
            .on(&[key::UPLOAD_PARTSIZE, key::S3_ENDPOINT])
            .mended_by(Repair::Answer { key: key::UPLOAD_PARTSIZE, value: smaller.to_string() }),
    }
}

/// `found`: the parts that were listed, in a few words.
pub(in crate::store::checks) fn parts_differ(bucket: &str, found: &str) -> Finding {
    Finding::new(Id::P91, Transfer, format!("The part that was sent to {bucket} is not listed as it was sent."))
        .hint("Score asks for each part after it was sent, and refuses the upload when its number or ETag differs.")
        .on(&[key::S3_ENDPOINT])
        .saw(found.to_owned())
}

pub(in crate::store::checks) fn not_completed(how: &str) -> Finding {
    Finding::new(Id::P90, Transfer, format!("An upload of one part could not be completed: {how}."))
        .hint("Score ends every upload so; no object would ever be there.")
        .hint("Look at the log of the store for this request.")
        .on(&[key::S3_ENDPOINT])
}

// clients

pub(in crate::store::checks) fn sentinel_missing(bucket: &str, key: &str) -> Finding {
    Finding::new(Id::P50, Ping, format!("The sentinel {key} is missing in {bucket}."))
        .hint(
            "score-client fetches it before every command and gives up when it is absent; its content does not matter.",
        )
        .on(&[key::OBJECT_SENTINEL, key::BUCKET_NAME_OBJECT])
        .mended_by(Repair::PutSentinel { bucket: bucket.to_owned(), key: key.to_owned() })
}

/// `bucket`, `key`: where there is an object of its name.
pub(in crate::store::checks) fn sentinel_elsewhere(finding: Finding, bucket: &str, key: &str) -> Finding {
    let place = shown(format!("{key} in {bucket}").as_bytes(), 160);
    finding.first_hint(format!("There is {place}, but Score and its clients do not look there."))
}

/// Begun and not in the list of what is unfinished (MinIO for years lists only by the exact key, minio/minio#7632).
pub(in crate::store::checks) fn unfinished_unlisted(bucket: &str) -> Finding {
    Finding::new(
        Id::P45,
        Note,
        format!("An upload that was just begun is not in the list of unfinished ones of {bucket}."),
    )
    .hint("Uploads work; Score's clean-up finds nothing to abort, and unfinished uploads take room.")
    .hint("Let the store remove them itself: MinIO does after 24 hours, others by a lifecycle rule.")
    .on(&[key::BUCKET_NAME_OBJECT])
}

pub(in crate::store::checks) fn sentinel_unreadable(bucket: &str, key: &str, listable: bool) -> Finding {
    let summary = if listable {
        format!("The key may not read {key} in {bucket}.")
    } else {
        format!("The sentinel {key} in {bucket} answers 403: it may not be read, or it is missing.")
    };
    let finding = Finding::new(Id::P49, Ping, summary)
        .hint("score-client fetches it before every command and gives up when it cannot.")
        .on(&[key::S3_ACCESS_KEY, key::BUCKET_NAME_OBJECT]);
    if listable {
        finding.hint("Allow s3:GetObject on the objects of the bucket.")
    } else {
        finding
            .hint("Allow s3:ListBucket on the bucket and s3:GetObject on its objects; then a missing one shows as 404.")
    }
}

pub(in crate::store::checks) fn sentinel_slow() -> Finding {
    Finding::new(Id::P51, Ping, "The sentinel does not come within the five seconds that score-client waits.")
        .hint("From this machine; where clients run, it may be another way to the store.")
        .on(&[key::S3_ENDPOINT])
}

/// `severity`: ping for the sentinel, transfer for a part or a download.
pub(in crate::store::checks) fn presigned_refused(what: &str, severity: Severity) -> Finding {
    Finding::new(Id::P74, severity, format!("Pre-signed, {what} is refused, though a signed request for it works."))
        .hint("Clients of Score use nothing but pre-signed URLs.")
        .hint("A proxy that changes or drops the query has this effect; otherwise the store has this fault.")
        .on(&[key::S3_ENDPOINT])
}

/// It works without the override.
pub(in crate::store::checks) fn override_refused(what: &str, host: &str, severity: Severity) -> Finding {
    Finding::new(
        Id::P32,
        severity,
        format!("Through {}, {what} fails; through the endpoint itself it works.", shown(host.as_bytes(), 120)),
    )
    .hint("The signature covers the host of the endpoint: the proxy at the other address must put that Host back.")
    .hint("Or clear s3.preSignedUrl.override.host, where clients can reach the endpoint.")
    .on(&[key::S3_PRE_SIGNED_URL_OVERRIDE_HOST])
}

/// No reply from where clients are sent to.
pub(in crate::store::checks) fn override_unanswered(failure: &Failure, endpoint: &Endpoint) -> Finding {
    let finding = super::unanswered(failure, endpoint, super::Asked::Store);
    Finding { settings: vec![key::S3_PRE_SIGNED_URL_OVERRIDE_HOST], repair: None, ..finding }
        .first_hint("This is where clients are sent to; it is tried from this machine.")
}

pub(in crate::store::checks) fn range_ignored(how: &str) -> Finding {
    Finding::new(Id::P82, Transfer, format!("A download of a range does not give exactly that range: {how}."))
        .hint("score-client fetches every object in ranges; a cache or proxy that drops Range breaks all downloads.")
        .on(&[key::S3_ENDPOINT])
}
