//! Reads the settings of the buckets that Score never asks for, and judges what they do to Score later. A refusal is not a
//! fault: Score's key need not be allowed to read them.

use http::Method;

use super::run::S3Run;
use crate::{
    answers::Keys,
    score::{
        Provider, Version, part_sizes,
        provider::{AbortsUploads, of_reply},
    },
    store::{
        checks::{
            CheckGroup, Finding, Outcome,
            advice::{self, settings as advise},
            engine::{BucketScope, CheckResult, CheckSpec, spec},
            entry::reply::header,
        },
        probe::{Reply, Request, Signer, bucket_settings as read, xml::Misread},
    },
    text::{shown, values::number::size},
};

use crate::score::Severity::{Note, Transfer};

/// The facts for reading the settings of the buckets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsReader {
    /// The keys of an administrator, for what the keys of Score may not read.
    pub keys: Option<Keys>,
    /// True if Score removes unfinished uploads itself.
    pub score_cleans_up: bool,
}

/// The table, in the order of the screen.
pub(super) const SETTINGS: &[CheckSpec<S3Run>] = &[
    spec("object-lifecycle", CheckGroup::Settings, "object bucket: lifecycle", Transfer, |run, bucket| {
        Box::pin(check_lifecycle(run, bucket))
    })
    .in_each(BucketScope::EveryObject)
    .after(&["object-bucket"]),
    spec("object-versions", CheckGroup::Settings, "object bucket: versions", Note, |run, bucket| {
        Box::pin(check_versions(run, bucket))
    })
    .in_each(BucketScope::EveryObject)
    .after(&["object-bucket"]),
    spec("object-encryption", CheckGroup::Settings, "object bucket: encryption", Note, |run, bucket| {
        Box::pin(check_encryption(run, bucket))
    })
    .in_each(BucketScope::EveryObject)
    .after(&["object-bucket"]),
    spec("object-access", CheckGroup::Settings, "object bucket: public access", Note, |run, bucket| {
        Box::pin(check_access(run, bucket))
    })
    .in_each(BucketScope::EveryObject)
    .after(&["object-bucket"]),
    spec("object-quota", CheckGroup::Settings, "object bucket: quota", Transfer, |run, bucket| {
        Box::pin(check_quota(run, bucket))
    })
    .in_each(BucketScope::EveryObject)
    .after(&["object-bucket"]),
    spec("object-cors", CheckGroup::Settings, "object bucket: browsers", Note, |run, bucket| {
        Box::pin(check_browsers(run, bucket))
    })
    .in_each(BucketScope::EveryObject)
    .after(&["object-bucket"]),
    spec("state-lifecycle", CheckGroup::Settings, "state bucket: lifecycle", Transfer, |run, bucket| {
        Box::pin(check_lifecycle(run, bucket))
    })
    .in_each(BucketScope::EveryState)
    .after(&["state-bucket"]),
    spec("state-versions", CheckGroup::Settings, "state bucket: versions", Note, |run, bucket| {
        Box::pin(check_versions(run, bucket))
    })
    .in_each(BucketScope::EveryState)
    .after(&["state-bucket"]),
    spec("state-lock", CheckGroup::Settings, "state bucket: object lock", Note, |run, bucket| {
        Box::pin(check_lock(run, bucket))
    })
    .in_each(BucketScope::States)
    .after(&["state-bucket"])
    .or_after(super::STATE_BUCKET_ELSEWHERE),
    spec("state-encryption", CheckGroup::Settings, "state bucket: encryption", Note, |run, bucket| {
        Box::pin(check_encryption(run, bucket))
    })
    .in_each(BucketScope::EveryState)
    .after(&["state-bucket"]),
    spec("state-access", CheckGroup::Settings, "state bucket: public access", Note, |run, bucket| {
        Box::pin(check_access(run, bucket))
    })
    .in_each(BucketScope::EveryState)
    .after(&["state-bucket"]),
];

/// The answer to a question about a setting, and the keys that it was read with.
struct BucketAnswer {
    content: AnswerContent,
    reader: KeyOwner,
}

enum AnswerContent {
    Set(Reply),
    /// The bucket has no such setting.
    Absent(Reply),
    /// The reason why it is not known.
    Unread(String),
}

/// The owner of the keys that a setting was read with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyOwner {
    Score,
    Administrator,
}

impl KeyOwner {
    /// Adds to a result that another key than Score's was needed for it.
    fn added_to(self, mut text: String) -> String {
        if self == Self::Administrator {
            text.push_str(BY_ADMINISTRATOR);
        }
        text
    }
}

const BY_ADMINISTRATOR: &str = "; read with the administrator's key";

impl BucketAnswer {
    /// Reads the value. `None` if the bucket has no such setting.
    ///
    /// # Errors
    /// Returns the reason if it is not known.
    fn value<T>(&self, read: fn(&[u8]) -> Result<T, Misread>) -> Result<Option<T>, Outcome> {
        match &self.content {
            AnswerContent::Set(reply) => read(&reply.body).map(Some).map_err(|misread| match misread {
                // Ceph 16.2 lists the bucket if it does not know the question.
                Misread::Root { found, .. } if found == "ListBucketResult" => {
                    Outcome::NotProbed("the store does not know this setting".to_owned())
                }
                misread => Outcome::NotProbed(format!("the answer of the store cannot be read: {misread}")),
            }),
            AnswerContent::Absent(_) => Ok(None),
            AnswerContent::Unread(why) => Err(Outcome::NotProbed(why.clone())),
        }
    }

    fn seen_in(&self, finding: Finding) -> Finding {
        let finding = match &self.content {
            AnswerContent::Set(reply) => finding.seen(reply),
            AnswerContent::Absent(_) | AnswerContent::Unread(_) => finding,
        };
        match self.reader {
            KeyOwner::Score => finding,
            KeyOwner::Administrator => finding.saw("It was read with the administrator's key."),
        }
    }

    /// Returns how the store that replied removes unfinished uploads by itself.
    fn aborts_by_itself(&self) -> Option<(&'static Provider, &'static AbortsUploads)> {
        let (AnswerContent::Set(reply) | AnswerContent::Absent(reply)) = &self.content else { return None };
        let provider = of_reply(header(reply, "server"), "", |_| false)?;
        Some((provider, provider.aborts_uploads.as_ref()?))
    }

    /// Returns the text of a result with its reader.
    fn passes(&self, text: impl Into<String>) -> String {
        self.reader.added_to(text.into())
    }
}

/// Asks for a setting of a bucket.
async fn ask(run: &S3Run, bucket: &str, setting: &'static str) -> Result<BucketAnswer, Outcome> {
    let (reply, reader) = send(run, &Request::new(Method::GET, bucket, "").query(setting, "")).await?;
    let code = shown(advice::code(&reply).as_bytes(), 60);
    let content = match reply.status.as_u16() {
        200..=299 => AnswerContent::Set(reply),
        404 if !code.is_empty() => AnswerContent::Absent(reply),
        401 | 403 => {
            let whose = match reader {
                KeyOwner::Score => "with this key",
                KeyOwner::Administrator => "with Score's key or the administrator's",
            };
            AnswerContent::Unread(format!("could not be read {whose} ({code})"))
        }
        status => AnswerContent::Unread(format!("the store does not show it ({status} {code})")),
    };
    Ok(BucketAnswer { content, reader })
}

/// Sends a question with the keys of Score, and if they are refused with those of an administrator. Without a reply,
/// nothing is known: the checks of Score report what is wrong.
async fn send(run: &S3Run, request: &Request) -> Result<(Reply, KeyOwner), Outcome> {
    // Version 2 would have to sign these questions by their names, and Score never does.
    let score = Signer { version: Version::V4, ..run.signer.clone() };
    let unanswered = |failure| Outcome::NotProbed(format!("the store did not answer: {failure}"));
    let reply = run.send_signed_by(&score, request).await.map_err(unanswered)?;
    let keys = run.settings.as_ref().and_then(|settings| settings.keys.clone());
    match keys.filter(|_| matches!(reply.status.as_u16(), 401 | 403)) {
        Some(Keys { access_key, secret_key }) => {
            let signer = Signer { access_key, secret: secret_key, ..score };
            let reply = run.send_signed_by(&signer, request).await.map_err(unanswered)?;
            Ok((reply, KeyOwner::Administrator))
        }
        None => Ok((reply, KeyOwner::Score)),
    }
}

/// Returns the directories of Score in a bucket: that of the objects, and in a state bucket that of uploads.
fn directories(run: &S3Run, bucket: &str) -> (String, Option<String>) {
    let below = |directory: &str| {
        let directory = directory.trim_start_matches('/');
        if directory.is_empty() { String::new() } else { format!("{directory}/") }
    };
    let state = run.store.state_buckets().iter().any(|state| state == bucket);
    (below(&run.store.data_directory), state.then(|| below(&run.store.upload_directory)))
}

/// Reads the rules for what the store deletes, moves and aborts.
async fn check_lifecycle(run: &S3Run, bucket: &str) -> CheckResult {
    let setting = ask(run, bucket, "lifecycle").await?;
    let rules = setting.value(read::lifecycle)?.unwrap_or_default();
    let (data, upload) = directories(run, bucket);
    let days = run.store.upload_expiration_days;
    let uploads = run.store.object_buckets().iter().any(|object| object == bucket);
    let mut found: Vec<Finding> = Vec::new();
    for rule in &rules {
        if rule.covers(&data) {
            found.extend(rule.expiry.as_ref().map(|expiry| advise::deletes(bucket, &data, rule, expiry)));
            let class = rule.classes.iter().find(|class| ["GLACIER", "DEEP_ARCHIVE"].contains(&class.trim()));
            found.extend(class.map(|class| advise::archives(bucket, &data, rule, class)));
            let early = rule.aborts_after.filter(|after| *after <= days && uploads);
            found.extend(early.map(|after| advise::aborts_early(bucket, rule, after, days)));
        }
        if let Some(upload) = upload.as_deref().filter(|upload| rule.covers(upload))
            && let Some(expiry @ read::Expiry::Days(after)) = &rule.expiry
            && *after <= days
        {
            found.push(advise::deletes_state(bucket, upload, rule, expiry, days));
        }
    }
    let aborts = rules.iter().any(|rule| rule.covers(&data) && rule.aborts_after.is_some());
    let cleans_up = run.settings.as_ref().is_none_or(|settings| settings.score_cleans_up);
    if let Some((provider, aborting)) = setting.aborts_by_itself().filter(|_| uploads) {
        let early = aborting.after_hours <= days.saturating_mul(24);
        found.extend(early.then(|| advise::aborts_by_itself(bucket, provider, aborting, days)));
    } else if uploads && !aborts && !cleans_up {
        found.push(advise::nothing_aborts(bucket, &data, days));
    }
    found.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    // The worst finding stands for all, with the repair of any.
    let repair = found.iter().find_map(|finding| finding.repair.clone());
    let mut found = found.into_iter();
    match found.next() {
        None if rules.is_empty() => Ok(setting.passes("no rules")),
        None => Ok(setting.passes(format!("{} rules, none against Score", rules.len()))),
        Some(worst) => {
            let others = found.map(|other| other.summary);
            let finding = others.fold(setting.seen_in(worst), |finding, other| finding.saw(format!("also: {other}")));
            Err(Finding { repair, ..finding }.into())
        }
    }
}

/// Reads whether old versions are kept, and whether something deletes them.
async fn check_versions(run: &S3Run, bucket: &str) -> CheckResult {
    let setting = ask(run, bucket, "versioning").await?;
    if !setting.value(read::keeps_versions)?.unwrap_or_default() {
        return Ok(setting.passes("not kept"));
    }
    let lifecycle = ask(run, bucket, "lifecycle").await?;
    if let AnswerContent::Unread(why) = &lifecycle.content {
        return Ok(setting.passes(format!("kept; whether they are deleted later {why}")));
    }
    let rules = lifecycle.value(read::lifecycle)?.unwrap_or_default();
    let (data, upload) = directories(run, bucket);
    let ended = |prefix: &str| rules.iter().any(|rule| rule.covers(prefix) && rule.ends_old_versions);
    if ended(&data) && upload.as_deref().is_none_or(ended) {
        return Ok(lifecycle.passes("kept, and deleted later"));
    }
    Err(setting.seen_in(advise::keeps_versions(&run.store, bucket, upload.is_some())).into())
}

/// Reads whether new objects are locked.
async fn check_lock(run: &S3Run, bucket: &str) -> CheckResult {
    let setting = ask(run, bucket, "object-lock").await?;
    match setting.value(read::retention)?.flatten() {
        Some(retention) => Err(setting.seen_in(advise::locks(&run.store, bucket, &retention)).into()),
        None => Ok(setting.passes("not locked")),
    }
}

/// Reads how new objects are encrypted.
async fn check_encryption(run: &S3Run, bucket: &str) -> CheckResult {
    let setting = ask(run, bucket, "encryption").await?;
    match setting.value(read::encryption)?.flatten() {
        Some(kind) if kind.starts_with("aws:kms") && run.store.kms_key.is_none() => {
            Err(setting.seen_in(advise::encrypts(&run.store, bucket, &kind)).into())
        }
        Some(kind) => Ok(setting.passes(shown(kind.as_bytes(), 40))),
        None => Ok(setting.passes("none")),
    }
}

/// Reads whether everyone may read or write.
async fn check_access(run: &S3Run, bucket: &str) -> CheckResult {
    let (status, policy, list) =
        tokio::join!(ask(run, bucket, "policyStatus"), ask(run, bucket, "policy"), ask(run, bucket, "acl"));
    let (status, policy, list) = (status?, policy?, list?);
    let grants = list.value(read::public_grants);
    let given = grants.as_ref().ok().and_then(Option::as_ref).filter(|given| !given.is_empty());
    if let Some(given) = given {
        return Err(list.seen_in(advise::public(&run.store, bucket, Some(given))).into());
    }
    let by_policy = [(&status, status.value(read::is_public)), (&policy, policy.value(read::allows_everyone))];
    if let Some((answer, _)) = by_policy.iter().find(|(_, public)| matches!(public, Ok(Some(true)))) {
        return Err(answer.seen_in(advise::public(&run.store, bucket, None)).into());
    }
    // MinIO calls a policy not public that lets everyone read, so only the policy itself proves that.
    let [_, (_, second)] = by_policy;
    match (second, grants) {
        (Ok(_), Ok(_)) => Ok(policy.passes("not public")),
        (Err(_), Ok(_)) => Ok("not by its access list; its policy could not be read".to_owned()),
        (Ok(_), Err(_)) => Ok("not by its policy; its access list could not be read".to_owned()),
        (Err(unread), Err(_)) => Err(unread),
    }
}

/// Reads the quotas that Ceph shows with a bucket (`rgw_rest.cc`, `dump_bucket_metadata`).
async fn check_quota(run: &S3Run, bucket: &str) -> CheckResult {
    let (reply, reader) = send(run, &Request::new(Method::HEAD, bucket, "")).await?;
    let number = |name: &str| header(&reply, name).trim().parse::<i64>().ok();
    let Some(used) = number("x-rgw-bytes-used").and_then(|used| u64::try_from(used).ok()) else {
        return Err(Outcome::NotProbed("the store does not show it".to_owned()));
    };
    // A negative number means that there is no quota.
    let quota =
        number("x-rgw-quota-bucket-size").and_then(|quota| u64::try_from(quota).ok()).filter(|quota| *quota > 0);
    let Some(quota) = quota else { return Ok(reader.added_to(format!("none; {} are used", size(used)))) };
    let left = quota.saturating_sub(used);
    let part = part_sizes::effective(run.store.part_size, 0);
    if left < part.max(quota / 10) {
        return Err(advise::quota(bucket, left, quota, left < part).seen(&reply).into());
    }
    Ok(reader.added_to(format!("{} of {} left", size(left), size(quota))))
}

/// Reads whether the scripts of browsers may read ranges. Score's own clients do not need it.
async fn check_browsers(run: &S3Run, bucket: &str) -> CheckResult {
    let setting = ask(run, bucket, "cors").await?;
    let rules = setting.value(read::cors)?.unwrap_or_default();
    if rules.is_empty() {
        return Ok(setting.passes("no rules: scripts of other sites cannot read"));
    }
    if rules.iter().any(|rule| rule.reads && rule.ranges) {
        return Ok(setting.passes("may read ranges"));
    }
    Err(setting.seen_in(advise::no_ranges(&run.store, bucket)).into())
}
