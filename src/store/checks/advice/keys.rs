//! What can be wrong with the keys and the signature: secret, clock and region, signature version, and what changes a request on
//! its way.

use Severity::{Ping, Transfer};

use super::refusal::{code, region};
use crate::{
    score::{Id, Severity, Version, key},
    store::{
        checks::{Finding, Repair},
        probe::{Reply, xml},
    },
    text::{Endpoint, shown},
};

pub(in crate::store::checks) fn unknown_key(access_key: &str) -> Finding {
    // AWS gives temporary keys this prefix, and says of them that they are unknown when the token is missing
    if access_key.trim().starts_with("ASIA") {
        return temporary(
            "The access key is a temporary one (ASIA): it needs a session token, which Score cannot send.",
        );
    }
    let finding = Finding::new(Id::P35, Ping, "The store does not know the access key.").on(&[key::S3_ACCESS_KEY]);
    if access_key.len() == 40 {
        return finding
            .hint("It is 40 characters long, as secret keys are: are s3.accessKey and s3.secretKey swapped?");
    }
    finding
        .hint("Check s3.accessKey for a missing character, and that it belongs to this store and account.")
        .hint("A key that was deleted or made in another partition or zone is unknown as well.")
}

fn temporary(summary: impl Into<String>) -> Finding {
    Finding::new(Id::P08, Ping, summary)
        .hint("Make a long-lived key (on AWS: AKIA…) for a user of Score's own.")
        .on(&[key::S3_ACCESS_KEY, key::S3_SECRET_KEY])
}

/// `code`: what the store says of a session token that Score does not send.
pub(in crate::store::checks) fn token_expected(code: &str) -> Finding {
    let code = shown(code.as_bytes(), 60);
    temporary(format!("The store takes the access key for a temporary one, which Score cannot use ({code})."))
}

/// A key that nobody has is refused by the same word.
pub(in crate::store::checks) fn one_of_the_keys(code: &str) -> Finding {
    let code = shown(code.as_bytes(), 60);
    Finding::new(
        Id::P34,
        Ping,
        format!("The store does not accept the keys ({code}), and does not say which of the two."),
    )
    .hint("It says the same to an access key that nobody has: check both s3.accessKey and s3.secretKey.")
    .hint("A proxy that changes Host or path has the same effect; try the store's own address.")
    .on(&[key::S3_SECRET_KEY, key::S3_ACCESS_KEY])
}

/// Refused without a reason, or by a word that a key that nobody has gets too; and the sentinel is no more to be had.
pub(in crate::store::checks) fn cannot_tell(reply: &Reply) -> Finding {
    let code = shown(code(reply).as_bytes(), 60);
    let said = if code.is_empty() { format!("without a reason, {}", reply.status.as_u16()) } else { code };
    let finding = Finding::new(
        Id::P46,
        Ping,
        format!("The store refuses the keys or what they ask ({said}): which of the two, it does not say."),
    )
    .hint("It says the same to an access key that nobody has: check s3.accessKey and s3.secretKey first.")
    .on(&[key::S3_ACCESS_KEY, key::S3_SECRET_KEY]);
    if code_less(reply) {
        finding.hint("A firewall or proxy before the store may refuse in its place.")
    } else {
        finding.hint("If they are right, the key may do too little; the policy that Score needs is printed on request.")
    }
}

fn code_less(reply: &Reply) -> bool {
    code(reply).is_empty()
}

/// `clock`: what is known of it, in a few words.
pub(in crate::store::checks) fn wrong_secret(code: &str, endpoint: &Endpoint, clock: Option<&str>) -> Finding {
    let clock = clock.map(|clock| format!("; the clock is right ({clock})")).unwrap_or_default();
    let finding = Finding::new(
        Id::P34,
        Ping,
        format!("The store does not accept the secret key ({}).", shown(code.as_bytes(), 60)),
    )
    .hint(format!("Check s3.secretKey: a character lost on the way into the field is the usual cause{clock}."))
    .on(&[key::S3_SECRET_KEY, key::S3_ACCESS_KEY]);
    if endpoint.base.is_empty() {
        finding.hint("A proxy that changes Host or path has the same effect; try the store's own address.")
    } else {
        finding
            .hint("The endpoint holds a path; a proxy that takes it away breaks every signature.")
            .on(&[key::S3_ENDPOINT])
    }
}

/// The store has signed another Host than ours.
pub(in crate::store::checks) fn host_changed(ours: &str, theirs: &str) -> Finding {
    let theirs = shown(theirs.as_bytes(), 120);
    Finding::new(
        Id::P33,
        Ping,
        format!("The store sees the host {theirs}, and {ours} was signed: something in between changes it."),
    )
    .hint("Let the proxy pass Host on as it came: in nginx, proxy_set_header Host $http_host.")
    .hint("Or give the store's own address in s3.endpoint.")
    .on(&[key::S3_ENDPOINT])
}

/// The other version is accepted with the same secret, which covers less.
pub(in crate::store::checks) fn changed_at_sign_in(endpoint: &Endpoint) -> Finding {
    Finding::new(Id::P33, Ping, format!(
        "The secret key is right, but a signature of version 4 does not fit: something changes the request on the way to {}.",
        shown(endpoint.authority().as_bytes(), 120)
    ))
    .hint("Most often a proxy changes Host: in nginx, proxy_set_header Host $http_host.")
    .on(&[key::S3_ENDPOINT])
}

/// Signed by header the request is one of a stranger, by query it is ours.
pub(in crate::store::checks) fn header_dropped(endpoint: &Endpoint) -> Finding {
    Finding::new(Id::P33, Transfer, format!(
        "Signed requests arrive without their signature: something drops the header Authorization on the way to {}.",
        shown(endpoint.authority().as_bytes(), 120)
    ))
    .hint("Pre-signed URLs work, so health and ping look fine; every upload and download fails.")
    .hint("Let the proxy pass Authorization on as it came.")
    .on(&[key::S3_ENDPOINT])
}

/// Signed without the path of the endpoint, the request is accepted.
pub(in crate::store::checks) fn path_taken_away(endpoint: &Endpoint) -> Finding {
    Finding::new(
        Id::P27,
        Ping,
        format!(
            "The path {} of the endpoint is taken away on the way to the store, and Score signs it.",
            shown(endpoint.base.as_bytes(), 120)
        ),
    )
    .hint("Give the store a host or a port of its own at the proxy: S3 stands at the root.")
    .hint("Or give the store's own address in s3.endpoint.")
    .on(&[key::S3_ENDPOINT])
}

/// The store looks for a bucket by the first name in the path.
pub(super) fn path_is_bucket(endpoint: &Endpoint) -> Finding {
    let (base, root) = (shown(endpoint.base.as_bytes(), 120), endpoint.root());
    Finding::new(Id::P27, Ping, format!("The store takes the path {base} of the endpoint for the name of a bucket."))
        .hint(format!("Give {root} in s3.endpoint: the bucket is not part of it."))
        .on(&[key::S3_ENDPOINT])
        .mended_by(Repair::Answer { key: key::S3_ENDPOINT, value: root })
}

pub(super) fn changed_on_the_way(endpoint: &Endpoint) -> Finding {
    Finding::new(Id::P33, Transfer, format!(
        "The signature of this request does not fit, though those before it did: something changes it on the way to {}.",
        shown(endpoint.authority().as_bytes(), 120)
    ))
    .hint("Let a proxy pass method, path, query, headers and body on as they came.")
    .on(&[key::S3_ENDPOINT])
}

pub(in crate::store::checks) fn wrong_region(endpoint: &Endpoint, reply: &Reply) -> Finding {
    let signed = crate::text::signing_region(&endpoint.host);
    let wanted = region(reply).unwrap_or_default();
    let aws = endpoint.host.ends_with(".amazonaws.com");
    let summary = match wanted.as_str() {
        "" => format!("Score signs for region {signed}, and the store expects another."),
        wanted => format!("Score signs for region {signed}, and the store expects {wanted}."),
    };
    let summary = match xml::fault(&reply.body).unwrap_or_default() {
        fault if fault.code == "TemporaryRedirect" && wanted.is_empty() => format!(
            "The store sends requests for the bucket on to {} for a while (TemporaryRedirect).",
            shown(fault.endpoint().unwrap_or("another address").as_bytes(), 120)
        ),
        _ => summary,
    };
    let finding = Finding::new(Id::P37, Ping, summary).on(&[key::S3_ENDPOINT]);
    match wanted.as_str() {
        "" if aws => finding
            .hint("Score takes the region from the host: give the endpoint of the buckets' region in s3.endpoint."),
        wanted if aws => {
            let value = format!("https://s3.{wanted}.amazonaws.com");
            finding
                .hint(format!("Score takes the region from the host: give {value} in s3.endpoint."))
                .mended_by(Repair::Answer { key: key::S3_ENDPOINT, value })
        }
        _ => finding
            .hint(format!(
                "Score takes the region from the host and has no setting for it; for this host it is {signed}."
            ))
            .hint(format!("Set the store's region to {signed}, or give it a host such as s3.<region>.<domain>.")),
    }
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

/// The other signature version passed everything that this one is needed for.
pub(in crate::store::checks) fn switchable(finding: Finding, from: Version) -> Finding {
    let (to, value) = match from {
        Version::V2 => (Version::V4, "true"),
        Version::V4 => (Version::V2, "false"),
    };
    let mut finding = finding.first_hint(format!(
        "Version {} passes here, from sign-in to upload and download: set s3.sigV4Enabled={value}.",
        number(to)
    ));
    finding.settings.retain(|key| *key != key::S3_SIG_V4_ENABLED);
    finding.settings.insert(0, key::S3_SIG_V4_ENABLED);
    finding.repair = Some(Repair::Answer { key: key::S3_SIG_V4_ENABLED, value: value.to_owned() });
    finding
}

/// `at`: at what it failed, in a few words.
pub(in crate::store::checks) fn no_switch(finding: Finding, from: Version, at: &str) -> Finding {
    let to = if from == Version::V4 { Version::V2 } else { Version::V4 };
    finding.first_hint(format!("Version {} does not pass either: {at}.", number(to)))
}

/// Accepted at sign-in, and nothing may be written in this run.
pub(in crate::store::checks) fn switch_untried(finding: Finding, from: Version) -> Finding {
    let to = if from == Version::V4 { Version::V2 } else { Version::V4 };
    finding.first_hint(format!(
        "Version {} is accepted at sign-in; the full checks tell whether uploads work with it.",
        number(to)
    ))
}

pub(in crate::store::checks) fn version_is_forced(finding: Finding) -> Finding {
    finding
        .first_hint("s3.masterEncryptionKeyId forces version 4; without it, version 2 could be tried.")
        .on(&[key::S3_MASTER_ENCRYPTION_KEY_ID])
}
