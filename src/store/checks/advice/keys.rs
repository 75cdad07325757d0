//! Findings about the keys and the signature: secret, clock and region, signature version, and what changes a request on
//! its way.

use Severity::{Ping, Transfer};

use super::refusal::{code, region};
use crate::{
    score::{Id, Severity, Version, key, provider::of_host},
    store::{
        checks::{Finding, Repair},
        probe::{Reply, xml},
    },
    text::{Endpoint, shown},
};

pub(in crate::store::checks) fn unknown_key(access_key: &str) -> Finding {
    // AWS gives temporary keys this prefix, and says of them that they are unknown when the token is missing
    if access_key.trim().starts_with("ASIA") {
        return temporary("The access key is temporary (ASIA). It needs a session token, which Score cannot send.");
    }
    let finding = Finding::new(Id::P35, Ping, "The store does not know the access key.").on(&[key::S3_ACCESS_KEY]);
    if access_key.len() == 40 {
        return finding
            .hint("The access key has 40 characters, as secret keys have. Check that s3.accessKey and s3.secretKey are not swapped.")
            .fixed_by(Repair::Swap { one: key::S3_ACCESS_KEY, other: key::S3_SECRET_KEY });
    }
    finding
        .hint("Check s3.accessKey for a missing character, and that it belongs to this store and account.")
        .hint("A key that was deleted, or created in another partition or zone, is unknown too.")
}

fn temporary(summary: impl Into<String>) -> Finding {
    Finding::new(Id::P08, Ping, summary)
        .hint("Create a permanent key (on AWS: AKIA…) for a separate user of Score.")
        .on(&[key::S3_ACCESS_KEY, key::S3_SECRET_KEY])
}

/// Reports that the store expects a session token. `code` is the code of the store.
pub(in crate::store::checks) fn token_expected(code: &str) -> Finding {
    let code = shown(code.as_bytes(), 60);
    temporary(format!("The store treats the access key as temporary, and Score cannot use a temporary key ({code})."))
}

/// Reports keys that are refused with the same code as an access key that does not exist.
pub(in crate::store::checks) fn one_of_the_keys(code: &str) -> Finding {
    let code = shown(code.as_bytes(), 60);
    Finding::new(
        Id::P34,
        Ping,
        format!("The store does not accept the keys ({code}), and does not say which of the two is wrong."),
    )
    .hint("The store gives the same answer to an access key that does not exist. Check both s3.accessKey and s3.secretKey.")
    .hint("A proxy that changes the Host header or the path has the same effect. Try the endpoint of the store itself.")
    .on(&[key::S3_SECRET_KEY, key::S3_ACCESS_KEY])
}

/// Reports a refusal that has several possible reasons: without a code, or with the code of an access key that does not
/// exist.
pub(in crate::store::checks) fn cannot_tell(reply: &Reply) -> Finding {
    let code = shown(code(reply).as_bytes(), 60);
    let said = if code.is_empty() { format!("no reason, {}", reply.status.as_u16()) } else { code };
    let finding = Finding::new(
        Id::P46,
        Ping,
        format!("The store refuses the keys or their permissions ({said}), and does not say which of the two."),
    )
    .hint("The store gives the same answer to an access key that does not exist. Check s3.accessKey and s3.secretKey first.")
    .on(&[key::S3_ACCESS_KEY, key::S3_SECRET_KEY]);
    if code_less(reply) {
        finding.hint("Look for a firewall or a proxy in front of the store that refuses instead of it.")
    } else {
        finding.hint(
            "If the keys are right, the key may lack permissions. In the wizard, press a to see the rights that Score needs.",
        )
    }
}

fn code_less(reply: &Reply) -> bool {
    code(reply).is_empty()
}

/// Reports a wrong secret key. `clock` says in a few words that the clock is right.
pub(in crate::store::checks) fn wrong_secret(code: &str, endpoint: &Endpoint, clock: Option<&str>) -> Finding {
    let clock = clock.map(|clock| format!(" (the clock is right: {clock})")).unwrap_or_default();
    let finding = Finding::new(
        Id::P34,
        Ping,
        format!("The store does not accept the secret key ({}).", shown(code.as_bytes(), 60)),
    )
    .hint(format!("Check s3.secretKey. The usual cause is a character that was lost on the way into the field{clock}."))
    .on(&[key::S3_SECRET_KEY, key::S3_ACCESS_KEY]);
    if endpoint.base.is_empty() {
        finding.hint("A proxy that changes the Host header or the path has the same effect. Try the endpoint of the store itself.")
    } else {
        finding
            .hint("The endpoint contains a path. A proxy that removes the path breaks every signature.")
            .on(&[key::S3_ENDPOINT])
    }
}

/// Reports that the store signed a different Host header.
pub(in crate::store::checks) fn host_changed(ours: &str, theirs: &str) -> Finding {
    let theirs = shown(theirs.as_bytes(), 120);
    Finding::new(
        Id::P33,
        Ping,
        format!(
            "The store sees the host {theirs}, but {ours} was signed: a proxy between Score and the store changes it."
        ),
    )
    .hint("Let the proxy pass the Host header unchanged. In nginx, use proxy_set_header Host $http_host.")
    .hint("Or write the endpoint of the store itself in s3.endpoint.")
    .on(&[key::S3_ENDPOINT])
}

/// Reports a changed request: the store accepts the other version, which covers less, with the same secret key.
pub(in crate::store::checks) fn changed_at_sign_in(endpoint: &Endpoint) -> Finding {
    Finding::new(Id::P33, Ping, format!(
        "The secret key is right, but a signature of version 4 does not match: a proxy changes the request on the way to {}.",
        shown(endpoint.authority().as_bytes(), 120)
    ))
    .hint("Usually a proxy changes the Host header. In nginx, use proxy_set_header Host $http_host.")
    .on(&[key::S3_ENDPOINT])
}

/// Reports a removed header: the store accepts the same request if the signature is in the query.
pub(in crate::store::checks) fn header_dropped(endpoint: &Endpoint) -> Finding {
    Finding::new(Id::P33, Transfer, format!(
        "Signed requests arrive without their signature: a proxy removes the Authorization header on the way to {}.",
        shown(endpoint.authority().as_bytes(), 120)
    ))
    .hint("Every upload and download fails. Health and ping look fine, because pre-signed URLs work.")
    .hint("Let the proxy pass the Authorization header unchanged.")
    .on(&[key::S3_ENDPOINT])
}

/// Reports a removed path: the store accepts the request if the path of the endpoint is not signed.
pub(in crate::store::checks) fn path_taken_away(endpoint: &Endpoint) -> Finding {
    Finding::new(
        Id::P27,
        Ping,
        format!(
            "A proxy removes the path {} of the endpoint on the way to the store, but Score signs this path.",
            shown(endpoint.base.as_bytes(), 120)
        ),
    )
    .hint("Give the store its own host or port in the proxy. S3 must be at the root.")
    .hint("Or write the endpoint of the store itself in s3.endpoint.")
    .on(&[key::S3_ENDPOINT])
}

/// Reports that the store uses the first name in the path as a bucket.
pub(super) fn path_is_bucket(endpoint: &Endpoint) -> Finding {
    let (base, root) = (shown(endpoint.base.as_bytes(), 120), endpoint.root());
    Finding::new(Id::P27, Ping, format!("The store treats the path {base} of the endpoint as the name of a bucket."))
        .hint(format!("Set s3.endpoint={root}. The bucket is not part of the endpoint."))
        .on(&[key::S3_ENDPOINT])
        .fixed_by(Repair::Answer { key: key::S3_ENDPOINT, value: root })
}

pub(super) fn changed_on_the_way(endpoint: &Endpoint) -> Finding {
    Finding::new(Id::P33, Transfer, format!(
        "The signature of this request does not match, but earlier signatures did: a proxy changes the request on the way to {}.",
        shown(endpoint.authority().as_bytes(), 120)
    ))
    .hint("Let the proxy pass method, path, query, headers and body unchanged.")
    .on(&[key::S3_ENDPOINT])
}

pub(in crate::store::checks) fn wrong_region(endpoint: &Endpoint, reply: &Reply) -> Finding {
    let signed = crate::text::signing_region(&endpoint.host);
    let wanted = region(reply).unwrap_or_default();
    let regional = of_host(&endpoint.host).filter(|provider| provider.endpoint_of_region.is_some());
    let other =
        regional.filter(|provider| provider.has_region(&wanted)).and_then(|provider| provider.endpoint(&wanted));
    let summary = match wanted.as_str() {
        "" => format!("Score signs for region {signed}, but the store expects a different region."),
        wanted => format!("Score signs for region {signed}, but the store expects {wanted}."),
    };
    let summary = match xml::fault(&reply.body).unwrap_or_default() {
        fault if fault.code == "TemporaryRedirect" && wanted.is_empty() => format!(
            "The store currently redirects requests for the bucket to {} (TemporaryRedirect).",
            shown(fault.endpoint().unwrap_or("another URL").as_bytes(), 120)
        ),
        _ => summary,
    };
    let finding = Finding::new(Id::P37, Ping, summary).on(&[key::S3_ENDPOINT]);
    match other.or_else(|| redirected_to(endpoint, reply)) {
        None if regional.is_some() => finding.hint(
            "Score takes the region from the host. Write the endpoint of the region of the buckets in s3.endpoint.",
        ),
        Some(value) => finding
            .hint(format!("Score takes the region from the host. Set s3.endpoint={value}."))
            .fixed_by(Repair::Answer { key: key::S3_ENDPOINT, value }),
        // Oracle gives one answer to another region and to a secret key that it does not know
        None if code(reply) == "SignatureDoesNotMatch" => finding
            .hint(format!(
                "Score has no setting for the region. It takes the region from the host, here {signed}, so this store works only where {signed} is its home region."
            ))
            .hint("The store gives the same answer to a wrong or a new secret key. Check s3.secretKey too.")
            .on(&[key::S3_SECRET_KEY]),
        None => finding
            .hint(format!("Score has no setting for the region. It takes the region from the host, here {signed}."))
            .hint(format!(
                "Set the region of the store to {signed}, or give the store a host such as s3.<region>.<domain>."
            )),
    }
}

/// Returns the endpoint that the store names in a redirect, without the bucket. Only a host of the same domain is
/// trusted.
fn redirected_to(endpoint: &Endpoint, reply: &Reply) -> Option<String> {
    let fault = xml::fault(&reply.body).ok()?;
    let named = fault.endpoint()?.to_ascii_lowercase();
    let named =
        fault.redirected_bucket().and_then(|bucket| named.strip_prefix(bucket)?.strip_prefix('.')).unwrap_or(&named);
    let host = of_host(named).and_then(|owner| owner.split_bucket(named)).map_or(named, |(_, host)| host);
    let scheme = if endpoint.secure { "https" } else { "http" };
    let to = Endpoint::parse(&format!("{scheme}://{host}")).ok().filter(|to| to.base.is_empty())?;
    let domain = |host: &str| host.rsplitn(3, '.').take(2).map(str::to_owned).collect::<Vec<_>>();
    let same_domain = to.host.contains('.') && domain(&to.host) == domain(&endpoint.host);
    (same_domain && to.host != endpoint.host).then(|| to.root())
}

const fn number(version: Version) -> &'static str {
    match version {
        Version::V2 => "2",
        Version::V4 => "4",
    }
}

pub(in crate::store::checks) fn version_refused(version: Version) -> Finding {
    Finding::new(Id::P38, Ping, format!("The store does not accept signature version {}.", number(version)))
        .on(&[key::S3_SIG_V4_ENABLED])
}

/// Adds that the other signature version works for everything that Score needs.
pub(in crate::store::checks) fn switchable(finding: Finding, from: Version) -> Finding {
    let (to, value) = match from {
        Version::V2 => (Version::V4, "true"),
        Version::V4 => (Version::V2, "false"),
    };
    let mut finding = finding.first_hint(format!(
        "Version {} works here, from sign-in to upload and download. Set s3.sigV4Enabled={value}.",
        number(to)
    ));
    finding.settings.retain(|key| *key != key::S3_SIG_V4_ENABLED);
    finding.settings.insert(0, key::S3_SIG_V4_ENABLED);
    finding.repair = Some(Repair::Answer { key: key::S3_SIG_V4_ENABLED, value: value.to_owned() });
    finding
}

/// Adds that the other signature version does not work. `at` is the step that failed, in a few words.
pub(in crate::store::checks) fn no_switch(finding: Finding, from: Version, at: &str) -> Finding {
    let to = if from == Version::V4 { Version::V2 } else { Version::V4 };
    finding.first_hint(format!("Version {} does not work either: {at}.", number(to)))
}

/// Adds that only the release of Score breaks version 2: with this store, no version works up to 5.10 (observed on Score
/// 5.9.0 and 5.10.1 with Ceph 16.2.15 and Swift 2.30).
pub(in crate::store::checks) fn needs_newer_release(finding: Finding) -> Finding {
    finding.first_hint("Or use another release of the store, which accepts version 4.").first_hint(
        "Use Score 5.11 or newer with s3.sigV4Enabled=false. Up to 5.10, version 2 does not work either (P120).",
    )
}

/// Adds that the other signature version works at sign-in. This run may not write, so uploads are not tried.
pub(in crate::store::checks) fn switch_untried(finding: Finding, from: Version) -> Finding {
    let to = if from == Version::V4 { Version::V2 } else { Version::V4 };
    finding.first_hint(format!(
        "Version {} works at sign-in. Run all checks to see whether uploads work with it.",
        number(to)
    ))
}

pub(in crate::store::checks) fn version_is_forced(finding: Finding) -> Finding {
    finding
        .first_hint("s3.masterEncryptionKeyId forces version 4. Clear it to try version 2.")
        .on(&[key::S3_MASTER_ENCRYPTION_KEY_ID])
}
