//! Adds a lifecycle rule that aborts unfinished uploads, and puts former rules back. S3 replaces all rules of a bucket
//! together, so they are read immediately before, kept, sent back unchanged, and compared afterwards.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, Method};
use md5::{Digest, Md5};
use time::OffsetDateTime;

use super::error::{ProvisionError, RulesError};
use crate::{
    answers::{Keys, target::S3Store},
    score::Version,
    store::probe::{
        Body, Reply, Request, Route, Sender, Signer,
        bucket_settings::{self, LifecycleRule},
        lifecycle::{self, AbortRule, NO_RULES, same_rules},
        xml,
    },
    text::{Endpoint, cause, shown, signing_region, values::counted},
};

/// The time limit of one request.
const LIMIT: Duration = Duration::from_secs(10);
/// AWS may show the former rules for a moment after a change.
const REREADS: u32 = 3;
const BETWEEN_REREADS: Duration = Duration::from_secs(1);
/// Without this header, AWS changes how rules treat small objects (AWS, `PutBucketLifecycleConfiguration`).
const SMALL_OBJECTS: &str = "x-amz-transition-default-minimum-object-size";

/// Keeps the former rules of a bucket.
pub trait RulesKeeper: Sync {
    /// Keeps the rules in a file. Returns its path.
    ///
    /// # Errors
    /// Returns an error if they cannot be kept. Then nothing is changed.
    fn keep(&self, bucket: &str, rules: &[u8]) -> io::Result<PathBuf>;

    /// Takes whether the rules of the bucket may have been replaced. If not, the file is not needed.
    fn settle(&self, bucket: &str, file: &Path, replaced: bool);
}

/// Adds the rule, unless another rule aborts these uploads already. Says what was done.
///
/// # Errors
/// Returns an error if the present rules cannot be read or kept, if the store refuses the rule, or if it has other rules
/// afterwards.
pub async fn add(
    store: &S3Store,
    route: &Route,
    keys: Option<&Keys>,
    bucket: &str,
    rule: &AbortRule,
    keeper: &dyn RulesKeeper,
) -> Result<String, ProvisionError> {
    let rules = BucketRules::new(store, route, keys, bucket)?;
    let added =
        rules.add(rule, keeper).await.map_err(|why| ProvisionError::Rules { bucket: bucket.to_owned(), why })?;
    let days = counted(usize::try_from(rule.days).unwrap_or(usize::MAX), "day");
    Ok(match added {
        None => format!("Added a lifecycle rule to {bucket}. It aborts unfinished uploads after {days}."),
        Some(existing) => {
            let name = shown(existing.id.as_bytes(), 60);
            format!("The lifecycle rule {name} of {bucket} already aborts unfinished uploads. Nothing was changed.")
        }
    })
}

/// Puts former rules of a bucket back, if only the rule of this program was added since then. Returns true if the bucket
/// was changed.
///
/// # Errors
/// Returns an error if other rules have changed, or if the store does not do it.
pub async fn put_back(
    store: &S3Store,
    route: &Route,
    keys: Option<&Keys>,
    bucket: &str,
    former: &[u8],
) -> Result<bool, ProvisionError> {
    let rules = BucketRules::new(store, route, keys, bucket)?;
    rules.put_back(former).await.map_err(|why| ProvisionError::Rules { bucket: bucket.to_owned(), why })
}

/// The lifecycle rules of one bucket.
struct BucketRules<'a> {
    sender: Sender,
    signer: Signer,
    bucket: &'a str,
}

impl<'a> BucketRules<'a> {
    fn new(store: &S3Store, route: &Route, keys: Option<&Keys>, bucket: &'a str) -> Result<Self, ProvisionError> {
        let endpoint = Endpoint::parse(&store.endpoint)?;
        let (access_key, secret) = match keys {
            Some(keys) => (keys.access_key.clone(), keys.secret_key.clone()),
            None => (store.access_key.clone(), store.secret_key.clone()),
        };
        let region = signing_region(&endpoint.host);
        // Version 2 signs the names of these questions too, and every store of today knows version 4.
        let signer = Signer { version: Version::V4, region, endpoint, access_key, secret, unescapes_paths: false };
        Ok(Self { sender: Sender::new(route)?, signer, bucket })
    }

    /// Returns the rule that made the addition unnecessary.
    async fn add(&self, rule: &AbortRule, keeper: &dyn RulesKeeper) -> Result<Option<LifecycleRule>, RulesError> {
        let (former, headers) = self.read().await?;
        let known = bucket_settings::lifecycle(&former)?;
        if let Some(existing) = rule.existing(&known) {
            return Ok(Some(existing.clone()));
        }
        let after = rule.added_to(&former)?;
        let file = keeper.keep(self.bucket, &former).map_err(|error| RulesError::NotKept(cause(&error)))?;
        let written = self.write(after.as_bytes(), &headers).await;
        // Without a reply, it is not known whether the store has replaced them.
        keeper.settle(self.bucket, &file, !matches!(written, Err(RulesError::Refused(_))));
        written?;
        self.compare(|now| {
            let ours = bucket_settings::lifecycle(now)?;
            Ok(same_rules(&former, now, Some(rule))? && rule.existing(&ours).is_some())
        })
        .await?;
        Ok(None)
    }

    /// Returns false if the bucket has these rules already.
    async fn put_back(&self, former: &[u8]) -> Result<bool, RulesError> {
        let wanted = bucket_settings::lifecycle(former)?;
        let (present, headers) = self.read().await?;
        if same_rules(former, &present, None)? {
            return Ok(false);
        }
        let added = lifecycle::added(&bucket_settings::lifecycle(&present)?);
        if !same_rules(former, &present, added.as_ref())? {
            return Err(RulesError::Changed);
        }
        if wanted.is_empty() {
            self.expect(&Request::new(Method::DELETE, self.bucket, "").query("lifecycle", "")).await?;
        } else {
            self.write(former, &headers).await?;
        }
        self.compare(|now| same_rules(former, now, None)).await?;
        Ok(true)
    }

    /// Reads the present document, and the headers that belong to it.
    async fn read(&self) -> Result<(Vec<u8>, HeaderMap), RulesError> {
        let reply = self.send(&Request::new(Method::GET, self.bucket, "").query("lifecycle", "")).await?;
        let code = xml::fault(&reply.body).map(|fault| fault.code).unwrap_or_default();
        match reply.status.as_u16() {
            200..=299 => Ok((reply.body.to_vec(), reply.headers)),
            // Only this code says that there are no rules. A missing bucket is 404 too.
            404 if code == "NoSuchLifecycleConfiguration" => Ok((NO_RULES.into(), reply.headers)),
            _ => Err(RulesError::Unread(refusal(&reply))),
        }
    }

    async fn write(&self, document: &[u8], read: &HeaderMap) -> Result<(), RulesError> {
        let mut request = Request::new(Method::PUT, self.bucket, "")
            .query("lifecycle", "")
            .header("content-type", "application/xml")
            .header("content-md5", STANDARD.encode(Md5::digest(document)))
            .body(Body::Plain(document.to_vec().into()));
        if let Some(value) = read.get(SMALL_OBJECTS).and_then(|value| value.to_str().ok()) {
            request = request.header(SMALL_OBJECTS, value);
        }
        self.expect(&request).await
    }

    async fn expect(&self, request: &Request) -> Result<(), RulesError> {
        let reply = self.send(request).await?;
        match reply.status.as_u16() {
            200..=299 => Ok(()),
            // A gateway says so too if the store has done it.
            408 | 500.. => Err(RulesError::Unanswered(refusal(&reply))),
            _ => Err(RulesError::Refused(refusal(&reply))),
        }
    }

    /// Reads the rules again until they are as expected.
    async fn compare(&self, expected: impl Fn(&[u8]) -> Result<bool, xml::Misread>) -> Result<(), RulesError> {
        for again in 0..REREADS {
            if again > 0 {
                tokio::time::sleep(BETWEEN_REREADS).await;
            }
            if expected(&self.read().await?.0)? {
                return Ok(());
            }
        }
        Err(RulesError::Different)
    }

    async fn send(&self, request: &Request) -> Result<Reply, RulesError> {
        let signed = self.signer.by_header(request, OffsetDateTime::now_utc());
        let reply = self.sender.send(signed, LIMIT).await;
        reply.map_err(|failure| RulesError::Unanswered(shown(failure.to_string().as_bytes(), 300)))
    }
}

/// Describes a refusal by the words of the store.
fn refusal(reply: &Reply) -> String {
    let fault = xml::fault(&reply.body).unwrap_or_default().to_string();
    format!("{} (HTTP {})", fault.trim_end_matches('.'), reply.status.as_u16())
}
