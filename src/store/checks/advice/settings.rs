//! Findings about settings of buckets that make the store act against Score later.

use Severity::{Note, Transfer};

use crate::{
    answers::target::S3Store,
    score::{
        Id, Provider, Severity, key,
        provider::{AbortsUploads, Quirk, of_endpoint},
    },
    store::{
        checks::{Finding, Repair},
        probe::bucket_settings::{Expiry, LifecycleRule},
    },
    text::{
        shell_word, shown,
        values::{counted, number::size},
    },
};

fn named(rule: &LifecycleRule) -> String {
    if rule.id.is_empty() { "A lifecycle rule".to_owned() } else { format!("The lifecycle rule {}", word(&rule.id)) }
}

fn word(text: &str) -> String {
    shown(text.as_bytes(), 60)
}

fn days(number: u32) -> String {
    counted(usize::try_from(number).unwrap_or(usize::MAX), "day")
}

fn place(directory: &str) -> String {
    if directory.is_empty() { "all objects".to_owned() } else { word(directory) }
}

fn when(expiry: &Expiry) -> String {
    match expiry {
        Expiry::Days(number) => format!("after {}", days(*number)),
        Expiry::Date(date) => format!("on {}", word(date)),
    }
}

const WHOLE_DOCUMENT: &str = "S3 replaces the whole lifecycle document of a bucket, so read the present one first: aws s3api get-bucket-lifecycle-configuration --bucket BUCKET";

const BLOCK_PUBLIC_ACCESS: &str = "--public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true";

/// The shorthand of the AWS CLI for one rule.
const CORS_RULE: &str = "--cors-configuration 'CORSRules=[{AllowedOrigins=[https://BROWSER],AllowedMethods=[GET,HEAD],\
                         AllowedHeaders=[Range],ExposeHeaders=[Content-Range]}]'";

/// Returns a command of the AWS CLI for a bucket of this store.
fn command(store: &S3Store, bucket: &str, name: &str, rest: &str) -> String {
    let (endpoint, bucket) = (shell_word(&store.endpoint), shell_word(bucket));
    format!("aws --endpoint-url {endpoint} s3api {name} --bucket {bucket} {rest}")
}

fn to_do(store: &S3Store, bucket: &str, name: &str, rest: &str) -> String {
    format!("With the keys of an administrator: {}", command(store, bucket, name, rest))
}

pub(in crate::store::checks) fn deletes(bucket: &str, data: &str, rule: &LifecycleRule, expiry: &Expiry) -> Finding {
    let summary =
        format!("{} of {bucket} deletes {} {}. Downloads of older files fail.", named(rule), place(data), when(expiry));
    Finding::new(Id::P130, Transfer, summary)
        .hint("Remove the rule, or limit it to a prefix that Score does not use.")
        .hint(WHOLE_DOCUMENT)
        .on(&[key::BUCKET_NAME_OBJECT])
}

pub(in crate::store::checks) fn archives(bucket: &str, data: &str, rule: &LifecycleRule, class: &str) -> Finding {
    let summary = format!(
        "{} of {bucket} moves {} to {}. Downloads of these files fail until an administrator restores them.",
        named(rule),
        place(data),
        word(class)
    );
    Finding::new(Id::P131, Transfer, summary)
        .hint("Use a storage class that is read at once, such as STANDARD_IA or GLACIER_IR.")
        .hint(WHOLE_DOCUMENT)
        .on(&[key::BUCKET_NAME_OBJECT])
}

pub(in crate::store::checks) fn aborts_early(bucket: &str, rule: &LifecycleRule, after: u32, limit: u32) -> Finding {
    let summary = format!(
        "{} of {bucket} aborts uploads after {}, and Score gives them {}. Longer uploads fail.",
        named(rule),
        days(after),
        days(limit)
    );
    too_early(summary, limit)
}

pub(in crate::store::checks) fn deletes_state(
    bucket: &str,
    upload: &str,
    rule: &LifecycleRule,
    expiry: &Expiry,
    limit: u32,
) -> Finding {
    let summary = format!(
        "{} of {bucket} deletes {} {}, and Score gives uploads {}. Longer uploads fail.",
        named(rule),
        place(upload),
        when(expiry),
        days(limit)
    );
    too_early(summary, limit)
}

fn too_early(summary: String, limit: u32) -> Finding {
    Finding::new(Id::P132, Note, summary)
        .hint(format!("Let the rule wait for at least {}.", days(limit.saturating_add(1))))
        .hint(WHOLE_DOCUMENT)
        .on(&[key::S3_UPLOAD_EXPIRATION])
}

pub(in crate::store::checks) fn nothing_aborts(bucket: &str, data: &str, limit: u32) -> Finding {
    let summary = format!(
        "Nothing removes unfinished uploads from {bucket}: Score's clean-up is off, and no lifecycle rule does it."
    );
    Finding::new(Id::P133, Note, summary)
        .hint("Set upload.clean.enabled=true and restart Score.")
        .hint(format!(
            "Or add a lifecycle rule with AbortIncompleteMultipartUpload after {}.",
            days(limit.saturating_add(1))
        ))
        .hint(WHOLE_DOCUMENT)
        .on(&[key::UPLOAD_CLEAN_ENABLED])
        .fixed_by(Repair::AbortUploads {
            bucket: bucket.to_owned(),
            prefix: data.to_owned(),
            days: limit.saturating_add(1),
        })
}

pub(in crate::store::checks) fn aborts_by_itself(
    bucket: &str,
    provider: &Provider,
    aborting: &AbortsUploads,
    limit: u32,
) -> Finding {
    let summary = format!(
        "{} removes unfinished uploads from {bucket} {} h after their start, unless it is configured differently. Score gives \
         them {}. Longer uploads fail.",
        provider.name,
        aborting.after_hours,
        days(limit)
    );
    let hours = limit.saturating_add(1).saturating_mul(24);
    Finding::new(Id::P140, Note, summary)
        .hint(format!("S3 does not show the present value. To read it: {}", aborting.read))
        .hint(format!("To change it: {}", aborting.change.replace("{hours}", &hours.to_string())))
        .on(&[key::S3_UPLOAD_EXPIRATION])
}

pub(in crate::store::checks) fn keeps_versions(store: &S3Store, bucket: &str, state: bool) -> Finding {
    let cause = if state {
        "Score deletes the state of each upload, and the store keeps it"
    } else {
        "Each repeated upload keeps the earlier object"
    };
    let summary = format!("The bucket {bucket} keeps old versions for ever. {cause}.");
    Finding::new(Id::P134, Note, summary)
        .hint("Add a lifecycle rule with NoncurrentVersionExpiration, or suspend versioning.")
        .hint(to_do(store, bucket, "put-bucket-versioning", "--versioning-configuration Status=Suspended"))
        .hint(WHOLE_DOCUMENT)
}

pub(in crate::store::checks) fn locks(store: &S3Store, bucket: &str, retention: &str) -> Finding {
    let summary = format!(
        "The bucket {bucket} locks new objects ({}). The state of uploads stays until the lock ends.",
        word(retention)
    );
    Finding::new(Id::P135, Note, summary)
        .hint("Use a state bucket without default retention, or remove it.")
        .hint(to_do(
            store,
            bucket,
            "put-object-lock-configuration",
            "--object-lock-configuration ObjectLockEnabled=Enabled",
        ))
        .on(&[key::BUCKET_NAME_STATE])
}

pub(in crate::store::checks) fn encrypts(store: &S3Store, bucket: &str, kind: &str) -> Finding {
    let summary = format!(
        "The bucket {bucket} encrypts new objects with {}. The ETag of an object is then not its MD5 on AWS.",
        word(kind)
    );
    Finding::new(Id::P136, Note, summary)
        .hint("The checks of writing and of a part show whether Score accepts the ETag.")
        .hint("Use SSE-S3 (AES256) as the default of the bucket, or set s3.masterEncryptionKeyId.")
        .hint(to_do(
            store,
            bucket,
            "put-bucket-encryption",
            r#"--server-side-encryption-configuration '{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]}'"#,
        ))
        .on(&[key::S3_MASTER_ENCRYPTION_KEY_ID])
}

pub(in crate::store::checks) fn public(store: &S3Store, bucket: &str, grants: Option<&[String]>) -> Finding {
    let summary = match grants {
        Some(grants) => {
            let grants: Vec<String> = grants.iter().take(5).map(|grant| word(grant)).collect();
            format!(
                "The access list of {bucket} allows everyone {}. Files can be had without Score.",
                grants.join(", ")
            )
        }
        None => format!("The policy of {bucket} makes it public. Files can be had without Score."),
    };
    let command = match grants {
        Some(_) => to_do(store, bucket, "put-bucket-acl", "--acl private"),
        None => {
            format!("Edit the policy. To read it: {}", command(store, bucket, "get-bucket-policy", "--output text"))
        }
    };
    let finding = Finding::new(Id::P137, Note, summary)
        .hint("Remove the public grants. Score and its clients need none of them.")
        .hint(command);
    let blocks = of_endpoint(&store.endpoint).is_some_and(|provider| provider.has(Quirk::PublicAccessBlock));
    if !blocks {
        return finding;
    }
    finding.hint(to_do(store, bucket, "put-public-access-block", BLOCK_PUBLIC_ACCESS))
}

pub(in crate::store::checks) fn quota(bucket: &str, left: u64, quota: u64, none: bool) -> Finding {
    let end = if none { "The next part of an upload is refused." } else { "Uploads soon fail." };
    let summary = format!("{} of the quota of {bucket} ({}) are left. {end}", size(left), size(quota));
    Finding::new(Id::P138, if none { Transfer } else { Note }, summary)
        .hint("Raise the quota of the bucket, or delete what is no longer needed.")
        .on(&[key::BUCKET_NAME_OBJECT])
}

pub(in crate::store::checks) fn no_ranges(store: &S3Store, bucket: &str) -> Finding {
    let summary = format!("The CORS rules of {bucket} do not let a browser read a range of bytes.");
    Finding::new(Id::P139, Note, summary)
        .hint("For a genome browser, allow the method GET and the header Range, and expose Content-Range.")
        .hint("score-client needs no CORS rule. The command replaces all rules of the bucket.")
        .hint(to_do(store, bucket, "put-bucket-cors", CORS_RULE))
}
