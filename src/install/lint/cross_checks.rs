//! Reports values that are valid on their own and do not fit each other.

use super::{finding::FileFinding, input::LintInput};
use crate::{
    score::{
        Api, Follows, Id, Release, Setting,
        Severity::{Note, Ping, Transfer},
        key,
    },
    text::{
        Endpoint,
        values::{credential, number},
    },
};

pub(super) fn findings(input: &LintInput<'_>) -> Vec<FileFinding> {
    if input.api == Api::Azure {
        return without_kind_of_store(input).into_iter().collect();
    }
    let followers = input.settings().filter_map(|setting| overruled(input, setting));
    [swapped(input), old_version_2(input), usual_port(input), pool(input), unused(input)]
        .into_iter()
        .flatten()
        .chain(followers)
        .chain(dotted(input))
        .collect()
}

/// Reports a release without the page that tells clients its kind of store. Clients since 5.10 then assume S3 (observed on
/// Score 5.9.0 with Azurite, score-client 5.10.1 to 5.12.0-SNAPSHOT).
fn without_kind_of_store(input: &LintInput<'_>) -> Option<FileFinding> {
    (input.release < Release::R5_10).then(|| {
        let summary =
            "Clients of 5.10 and newer take this Score for S3, and fail: release 5.9 does not tell its kind of store.";
        input
            .about(Id::P113, Note, key::AZURE_ACCOUNT_NAME, summary.to_owned())
            .hint("Use score-client of the same release, or update Score to 5.10 or 5.11.")
            .hint("With score-client 5.11, the Java option -DdefaultProfile=azure helps. With 5.12 it does not.")
    })
}

fn swapped(input: &LintInput<'_>) -> Option<FileFinding> {
    let access = input.seen(key::S3_ACCESS_KEY)?;
    let secret = input.seen(key::S3_SECRET_KEY)?;
    let id = secret.value.shape(|text| credential::key_id(text, "AKIA") || credential::key_id(text, "ASIA"));
    let long = access.value.shape(|text| text.len() == 40 && text.contains(['/', '+']));
    if id {
        let summary = "s3.secretKey is the id of an AWS key: the two keys are swapped, and the store refuses them.";
        let mut finding = input.about(Id::P09, Ping, key::S3_ACCESS_KEY, summary.to_owned());
        finding.settings.push(key::S3_SECRET_KEY.to_owned());
        let edits = input
            .edit(key::S3_ACCESS_KEY, secret.value.for_file())
            .into_iter()
            .chain(input.edit(key::S3_SECRET_KEY, access.value.for_file()));
        return Some(finding.fixed_by(edits).hint("Swap them."));
    }
    long.then(|| {
        let summary = "s3.accessKey looks like a secret key: the two may be swapped.";
        input
            .about(Id::P09, Note, key::S3_ACCESS_KEY, summary.to_owned())
            .hint("Compare both with the keys that the store issued.")
    })
}

/// Reports signature version 2 with a release that breaks it. A missing setting means version 2. A value that Spring cannot
/// read, and a placeholder, are reported elsewhere.
fn old_version_2(input: &LintInput<'_>) -> Option<FileFinding> {
    let version_2 = match input.normalized(key::S3_SIG_V4_ENABLED) {
        Some(text) => number::switch(&text) == Some(false),
        None => input.seen(key::S3_ENDPOINT).is_some() && !input.refused(),
    };
    (input.release.unescapes_paths() && version_2 && !input.version_4()).then(|| {
        let summary =
            "Score up to 5.10 signs the name of a finished part with version 2, and sends the name differently: every \
             upload fails.";
        input
            .about(Id::P120, Transfer, key::S3_SIG_V4_ENABLED, summary.to_owned())
            .hint("Use Score 5.11 or newer. It sends the names as it signs them.")
            .hint("Or set s3.sigV4Enabled=true, if uploads work with version 4 on this store.")
    })
}

/// Reports the usual port in the endpoint. With version 4, Score signs the host without it, and clients send it: every client
/// stops at the ping (observed on Score 5.11.0). An override replaces the endpoint in the URLs with its port.
fn usual_port(input: &LintInput<'_>) -> Option<FileFinding> {
    let overridden = input.text(key::S3_PRE_SIGNED_URL_OVERRIDE_HOST).is_some_and(|host| !host.is_empty());
    let endpoint = Endpoint::parse(&input.normalized(key::S3_ENDPOINT)?).ok()?;
    let without = endpoint.without_usual_port().filter(|_| input.version_4() && !overridden)?;
    let summary = format!(
        "s3.endpoint contains the usual port {}: clients send it, Score does not sign it, and the store refuses their URLs.",
        endpoint.port
    );
    let finding = input.about(Id::P121, Ping, key::S3_ENDPOINT, summary);
    let edits = input.edit(key::S3_ENDPOINT, &without);
    Some(finding.hint(format!("Set s3.endpoint={without}. The scheme implies the port.")).fixed_by(edits))
}

fn whole(input: &LintInput<'_>, key: &str) -> Option<i64> {
    number::as_java(&input.normalized(key)?)
}

/// Reports numbers of digits that a UUID does not have before its first hyphen (S3BucketNamingService.java:92-116).
/// They fail with every request, not at the start.
fn pool(input: &LintInput<'_>) -> Option<FileFinding> {
    let (pool, digits) = (whole(input, key::BUCKET_SIZE_POOL)?, whole(input, key::BUCKET_SIZE_KEY)?);
    (pool > 0 && !(1..=7).contains(&digits)).then(|| {
        let summary = format!(
            "bucket.size.key is {digits}, and with a pool it must be between 1 and 7: uploads and downloads fail."
        );
        let mut finding =
            input.about(Id::T13, Transfer, key::BUCKET_SIZE_KEY, summary).hint("2 digits reach 256 buckets.");
        finding.settings.push(key::BUCKET_SIZE_POOL.to_owned());
        finding
    })
}

fn unused(input: &LintInput<'_>) -> Option<FileFinding> {
    let (pool, digits) = (whole(input, key::BUCKET_SIZE_POOL)?, whole(input, key::BUCKET_SIZE_KEY)?);
    let reached = 16_i64.pow(u32::try_from(digits).ok().filter(|digits| (1..=7).contains(digits))?);
    (pool > reached).then(|| {
        let summary =
            format!("bucket.size.key reaches {reached} buckets, and the pool has {pool}: the others stay empty.");
        input.about(Id::T13, Note, key::BUCKET_SIZE_KEY, summary)
    })
}

/// Reports a setting that another one overrides with a different value. The stronger ones are fields with setters,
/// bound after the others were injected (S3Config.java:27-44). From 5.12 on the jar itself sets them.
fn overruled(input: &LintInput<'_>, stronger: &Setting) -> Option<FileFinding> {
    let Follows::Setting(key) = stronger.follows else { return None };
    let by = stronger.key;
    let (value, stronger) = (input.text(key)?, input.text(by)?);
    let summary = format!("{key} has no effect: {by} overrides it with a different value.");
    (value.trim() != stronger.trim())
        .then(|| input.about(Id::T47, Note, key, summary).hint(format!("Set {by} to the same value.")))
}

/// Reports a sentinel that ends in the full stop of the sentence on Score's page that names it.
fn dotted(input: &LintInput<'_>) -> Option<FileFinding> {
    let summary = "object.sentinel ends with a dot; heliograph, without one, is the usual name.".to_owned();
    (input.normalized(key::OBJECT_SENTINEL)? == "heliograph.")
        .then(|| input.about(Id::T7, Note, key::OBJECT_SENTINEL, summary))
}
