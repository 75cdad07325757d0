//! Findings about a running Score, as its clients see it.

use Severity::{Note, Ping, Transfer};

use super::{
    reach::{self, CheckedServer, SCORE, STORE_OF_SCORE},
    refusal::code,
};
use crate::{
    score::{Id, Severity, key},
    store::{
        checks::{Finding, Repair, entry::reply::store_time},
        probe::{By, Failure, Reply, SignedUrl, xml},
    },
    text::{BadEndpoint, Endpoint, shown},
};

const PROFILES: &str = "Profiles are set in wrapper.conf, in SPRING_PROFILES_ACTIVE, or with --spring.profiles.active.";

/// A part of a URL of Score that a configuration would make otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store::checks) struct Difference {
    /// The settings that the part comes from, the likeliest first.
    pub(in crate::store::checks) settings: &'static [&'static str],
    /// The value that Score uses, and the one in the configuration; `None` if it cannot be shown.
    pub(in crate::store::checks) words: Option<(String, String)>,
}

pub(in crate::store::checks) fn bad_url(why: BadEndpoint) -> Finding {
    Finding::new(Id::P89, Ping, why.about("the URL of Score"))
        .hint("Use the URL that clients use, such as https://score.example.org.")
}

/// Explains why no reply came from an endpoint that no setting of this machine names.
fn elsewhere(failure: &Failure, endpoint: &Endpoint, server: CheckedServer) -> Finding {
    Finding { settings: Vec::new(), repair: None, ..reach::unanswered(failure, endpoint, server) }
}

pub(in crate::store::checks) fn unanswered(failure: &Failure, url: &Endpoint) -> Finding {
    elsewhere(failure, url, SCORE)
}

pub(in crate::store::checks) fn redirected(to: &str) -> Finding {
    Finding::new(Id::P100, Ping, format!("This URL redirects every request to {to}."))
        .hint("Use the URL of the redirect. score-client does not follow every redirect.")
}

/// Reports a proxy that cannot reach Score. `what` is its answer in a few words.
pub(in crate::store::checks) fn only_a_proxy(url: &Endpoint, what: &str, status: u16) -> Finding {
    let place = shown(url.authority().as_bytes(), 120);
    Finding::new(
        Id::P114,
        Ping,
        format!("A proxy answers at {place}, but Score behind it does not: it sends {what} ({status})."),
    )
    .hint("Look whether Score runs, and at its log. A Score that does not start reports the reason there.")
    .hint("The proxy must send requests to the port in server.port.")
}

/// Reports that another service answers. `what` is its answer in a few words, such as `a web page`.
pub(in crate::store::checks) fn not_score(url: &Endpoint, what: &str) -> Finding {
    let place = shown(url.authority().as_bytes(), 120);
    Finding::new(Id::P100, Ping, format!("The server at {place} is not Score: it sends {what}."))
        .hint("Check host, port and path, and whether a proxy in front of Score answers instead of it.")
}

pub(in crate::store::checks) fn out_of_service(status: &str) -> Finding {
    Finding::new(Id::P86, Note, format!("Score's health page reports {status}."))
        .hint("On S3, the page requests only the ACL of the object bucket. The keys are wrong, the bucket does not exist, the store cannot be reached, or it does not support ACLs.")
        .hint("The checks below show whether clients can work. Run score-setup check where the configuration is to find the reason.")
}

pub(in crate::store::checks) fn listing_fails(status: u16) -> Finding {
    Finding::new(Id::P86, Note, format!("Score cannot list its objects ({status})."))
        .hint("Allow s3:ListBucket on the object bucket. Uploads and downloads do not need it.")
        .hint("Run score-setup check where the configuration is to see whether the store can be reached.")
}

/// Reports a Score that answers its health page but not its ping.
pub(in crate::store::checks) fn no_ping() -> Finding {
    Finding::new(Id::P76, Ping, "Score runs without its URLs for uploads and downloads: ping answers 404.")
        .hint("Up to 5.11, they belong to the profile prod or default. Activate collaboratory,prod (5.10, 5.11) or default,prod (up to 5.9).")
        .hint(PROFILES)
}

pub(in crate::store::checks) fn no_sentinel() -> Finding {
    Finding::new(Id::P50, Ping, "Score has no name of a sentinel: ping answers 400.")
        .hint("Set object.sentinel, and restart Score.")
        .on(&[key::OBJECT_SENTINEL])
}

pub(in crate::store::checks) fn not_secure() -> Finding {
    Finding::new(
        Id::P75,
        Transfer,
        "The profile secure is not active. Ping works, but every upload and download fails with 500.",
    )
    .hint("Activate secure, and set the auth.server.* settings that this release needs.")
    .hint(PROFILES)
}

pub(in crate::store::checks) fn open_to_all() -> Finding {
    Finding::new(
        Id::P101,
        Note,
        "Uploads and downloads do not require a token. Every client that reaches this Score can use it.",
    )
    .hint("A profile for development such as noSecurityDev has this effect. Activate secure to require tokens.")
}

pub(in crate::store::checks) fn song_fails() -> Finding {
    Finding::new(
        Id::P93,
        Transfer,
        "Score cannot ask Song, the metadata server, about a file. Uploads and downloads fail.",
    )
    .hint("Check metadata.url, and that Song answers on the machine that runs Score. Score's log names the cause.")
    .on(&[key::METADATA_URL])
}

/// Reports two slashes in front of the bucket.
pub(in crate::store::checks) fn doubled_slash() -> Finding {
    Finding::new(Id::P28, Ping, "The endpoint ends with a slash, so every URL that clients get contains two slashes.")
        .hint("Remove the slash at the end of s3.endpoint, and restart Score. The signature covers only one slash.")
        .on(&[key::S3_ENDPOINT])
}

/// Explains the refusal of a URL if the endpoint of the configuration ends with a slash.
pub(in crate::store::checks) fn slash_refused(refused: &Finding, endpoint: &Endpoint) -> Finding {
    let value = endpoint.text.trim_end_matches('/').to_owned();
    let finding = doubled_slash().fixed_by(Repair::Answer { key: key::S3_ENDPOINT, value });
    Finding { severity: refused.severity, evidence: refused.evidence.clone(), ..finding }
}

pub(in crate::store::checks) fn client_unanswered(failure: &Failure, url: &SignedUrl) -> Finding {
    elsewhere(failure, &url.endpoint, STORE_OF_SCORE)
        .first_hint("Score sends its clients there. The test ran on this machine.")
}

pub(in crate::store::checks) fn sentinel_slow(url: &SignedUrl) -> Finding {
    let place = shown(url.endpoint.authority().as_bytes(), 120);
    Finding::new(
        Id::P51,
        Ping,
        format!("The sentinel does not arrive from {place} within the 5 s that score-client waits."),
    )
    .hint("score-client then reports: Access refused by repository. This is a timeout, not a permission.")
}

/// Reports the clock of Score. `skew` is how many seconds Score is ahead of the store.
pub(in crate::store::checks) fn clock(skew: i64) -> Finding {
    reach::clock_differs("The clock of Score's machine", skew)
        .hint("Set the clock with NTP. The store refuses requests that are more than 15 min off. The time zone does not matter.")
}

/// Reports the values that differ. If only keys differ, Score was probably not restarted. Otherwise another source
/// probably overrides them.
pub(in crate::store::checks) fn other_configuration(differences: &[Difference]) -> Finding {
    let keys = [key::S3_ACCESS_KEY, key::S3_SECRET_KEY, key::AZURE_ACCOUNT_KEY];
    let only_keys = differences.iter().all(|difference| keys.contains(&difference.settings[0]));
    let id = if only_keys { Id::P70 } else { Id::P102 };
    let names: Vec<_> = differences.iter().map(|difference| difference.settings[0]).collect();
    let summary = format!("The running Score uses other values than this configuration: {} differs.", names.join(", "));
    let restart = "Restart Score after a change. It reads its configuration only when it starts.";
    let source = "Environment variables, arguments in wrapper.conf and files of profiles override application.properties. Or this file belongs to another Score.";
    let (first, second) = if only_keys { (restart, source) } else { (source, restart) };
    let settings: Vec<_> = differences.iter().flat_map(|difference| difference.settings).copied().collect();
    let finding = Finding::new(id, Transfer, summary).hint(first).hint(second).on(&settings);
    differences.iter().fold(finding, |finding, difference| {
        let words = |text: &str| shown(text.as_bytes(), 100);
        finding.saw(match &difference.words {
            Some((used, said)) => {
                format!("{}: Score uses {}, the file contains {}", difference.settings[0], words(used), words(said))
            }
            None => format!("{}: the signature was made with a different key", difference.settings[0]),
        })
    })
}

/// Codes of a store, and their meaning for a URL that Score made.
struct UrlRefusal {
    codes: &'static [&'static str],
    id: Id,
    summary: &'static str,
    hint: &'static str,
    settings: &'static [&'static str],
}

const fn refusal(
    codes: &'static [&'static str],
    id: Id,
    summary: &'static str,
    hint: &'static str,
    settings: &'static [&'static str],
) -> UrlRefusal {
    UrlRefusal { codes, id, summary, hint, settings }
}

/// The refusals of S3 and of Azure. No code belongs to both.
const REFUSALS: &[UrlRefusal] = &[
    refusal(
        &["NoSuchKey", "BlobNotFound"],
        Id::P50,
        "The sentinel that Score names does not exist in the store.",
        "Create a small object with any content. Its name follows.",
        &[key::OBJECT_SENTINEL, key::BUCKET_NAME_OBJECT],
    ),
    refusal(
        &["NoSuchBucket"],
        Id::P43,
        "The bucket that Score names does not exist in the store.",
        "Create it, or correct bucket.name.object, and restart Score.",
        &[key::BUCKET_NAME_OBJECT],
    ),
    refusal(
        &["ContainerNotFound", "ContainerBeingDeleted"],
        Id::P65,
        "The container that Score names does not exist.",
        "Create it, or correct bucket.name.object, and restart Score.",
        &[key::BUCKET_NAME_OBJECT],
    ),
    refusal(
        &["InvalidAccessKeyId"],
        Id::P35,
        "The store does not know the access key that Score uses.",
        "The key was deleted, belongs to another store, or is temporary. Give Score another key and restart it.",
        &[key::S3_ACCESS_KEY],
    ),
    refusal(
        &["SignatureDoesNotMatch"],
        Id::P34,
        "The store does not accept the signature of Score's URL. The secret key is wrong, or a proxy changed the URL.",
        "Run check --score URL CONF with the configuration to see which. A proxy that changes the Host header or the path has this effect.",
        &[key::S3_SECRET_KEY, key::S3_ENDPOINT],
    ),
    refusal(
        &["RequestTimeTooSkewed", "RequestExpired"],
        Id::P36,
        "The store reports that the URL is not valid now: a clock is wrong.",
        "Set the clocks of Score's machine and of the store with NTP.",
        &[],
    ),
    refusal(
        &["AuthorizationHeaderMalformed", "AuthorizationQueryParametersError", "PermanentRedirect"],
        Id::P37,
        "The store expects a different region than the one that Score signs for.",
        "Score takes the region from the host of s3.endpoint. Use the endpoint of the region.",
        &[key::S3_ENDPOINT],
    ),
    refusal(
        &["InvalidBucketName"],
        Id::P44,
        "The store does not accept the name of the bucket.",
        "Correct bucket.name.object, and restart Score.",
        &[key::BUCKET_NAME_OBJECT],
    ),
    refusal(
        &["AuthorizationPermissionMismatch"],
        Id::P57,
        "The stored access policy that Score's URL names does not allow reading. Every client stops at its first step.",
        "Add the permission r to the policy.",
        &[key::BUCKET_POLICY_DOWNLOAD],
    ),
    refusal(
        &["KeyBasedAuthenticationNotPermitted"],
        Id::P62,
        "The storage account does not accept shared keys, the only method that Score supports.",
        "Allow storage account key access in the account's configuration.",
        &[key::AZURE_ACCOUNT_NAME],
    ),
    refusal(
        &["AuthorizationFailure"],
        Id::P63,
        "The firewall of the storage account blocks this machine.",
        "Add the public IP address of this machine, or its subnet, to the network rules of the account.",
        &[key::AZURE_ACCOUNT_NAME],
    ),
    refusal(
        &["AccountRequiresHttps"],
        Id::P64,
        "The storage account accepts only https.",
        "Set azure.endpointProtocol=https and restart Score.",
        &[key::AZURE_ENDPOINT_PROTOCOL],
    ),
    refusal(
        &["PublicAccessNotPermitted", "ResourceNotFound", "NoAuthenticationInformation"],
        Id::P66,
        "The URL reaches Azure without its signature: Azure answers as it does to anonymous requests.",
        "Look for a proxy that removes the query.",
        &[key::AZURE_ACCOUNT_NAME],
    ),
    refusal(
        &["UserSuspended", "AccountProblem", "UserDisable", "QuotaExceeded", "AccountIsDisabled"],
        Id::P42,
        "The store blocks the user of Score.",
        "Ask the administrator of the store to lift the suspension or the quota.",
        &[],
    ),
    refusal(
        &["SecondLevelDomainForbidden", "PathStyleDomainForbidden", "VirtualHostDomainRequired"],
        Id::P111,
        "The store does not accept the bucket in the path, where Score puts it.",
        "Use another store. Score has no setting for the bucket in the host.",
        &[key::S3_ENDPOINT],
    ),
];

/// Returns every code of the table.
#[cfg(test)]
pub(super) fn codes() -> impl Iterator<Item = &'static str> {
    REFUSALS.iter().flat_map(|refusal| refusal.codes).copied()
}

/// Explains by the code of the store why the URL of the ping was refused.
pub(in crate::store::checks) fn url_refused(url: &SignedUrl, reply: &Reply) -> Finding {
    let code = code(reply);
    let fault = xml::fault(&reply.body).unwrap_or_default();
    // Ceph refuses an expired URL without words (AccessDenied), but its reply has the time
    let over = store_time(reply).zip(url.ends()).is_some_and(|(now, end)| end < now);
    if over && matches!(url.by, By::V2 { .. } | By::V4 { .. }) && reply.status.as_u16() == 403 {
        return expired_url().seen(reply);
    }
    let detail = fault.details.get("AuthenticationErrorDetail").cloned().unwrap_or_default();
    refused(url, reply.status.as_u16(), &code, &format!("{} {detail}", fault.message)).seen(reply)
}

fn expired_url() -> Finding {
    Finding::new(Id::P36, Ping, "The store reports that the URL has expired: a clock is wrong, or the URL is old.")
        .hint("Set the clocks of Score's machine and of the store with NTP. The URL of a ping is valid for only 5 min.")
}

/// Explains the refusal of a URL of Score. `words` is the message of the store next to the code.
#[must_use]
pub fn refused(url: &SignedUrl, status: u16, code: &str, words: &str) -> Finding {
    let (bucket, key) = url.bucket_and_key();
    let words = words.to_ascii_lowercase();
    let said = if code.is_empty() { status.to_string() } else { shown(code.as_bytes(), 60) };
    if url.path.first().is_some_and(String::is_empty) {
        return doubled_slash();
    }
    let expired = words.contains("expired") || words.contains("specified time frame");
    let finding = match REFUSALS.iter().find(|refusal| refusal.codes.contains(&code)) {
        _ if expired && matches!(url.by, By::Sas { .. }) => Finding::new(Id::P58, Ping, "The URL that Score made is not valid at this time.")
            .hint("Check the clock of Score's machine, and set the download expiration to 1 day or more.")
            .on(&[key::S3_DOWNLOAD_EXPIRATION]),
        _ if expired => expired_url(),
        Some(refusal) => Finding::new(refusal.id, Ping, refusal.summary).hint(refusal.hint).on(refusal.settings),
        None if matches!(url.by, By::Sas { .. }) && matches!(status, 401 | 403) => of_policy(url, &words),
        None if matches!(status, 401 | 403) => {
            Finding::new(Id::P49, Ping, format!("The store refuses the sentinel ({said}). The key may not read it, or it does not exist and the key may not list the bucket."))
                .hint("Allow s3:GetObject on the objects and s3:ListBucket on the bucket. A missing object then answers 404.")
                .on(&[key::S3_ACCESS_KEY, key::BUCKET_NAME_OBJECT])
        }
        None if matches!(status, 301 | 302 | 307 | 308) => {
            Finding::new(Id::P104, Ping, "The store redirects the URL, and the signature does not match at the other URL.")
                .hint("Write the URL of the redirect in s3.endpoint.")
                .on(&[key::S3_ENDPOINT])
        }
        None if status == 404 => Finding::new(Id::P50, Ping, "The sentinel that Score names does not exist in the store (404).")
            .on(&[key::OBJECT_SENTINEL, key::BUCKET_NAME_OBJECT]),
        None if status >= 500 => Finding::new(Id::P78, Ping, format!("The store, or a proxy in front of it, reports an internal error ({said})."))
            .hint("Look at the log of the store and of a proxy in front of it, then check again."),
        None => Finding::new(Id::P88, Ping, format!("The store refuses the sentinel for its own reason ({said}).")),
    };
    finding.saw(shown(format!("{key} in {bucket}").as_bytes(), 160))
}

/// Explains a refusal that Azure gives for a wrong key and for each fault of a policy. Only the detail differs.
fn of_policy(url: &SignedUrl, words: &str) -> Finding {
    let By::Sas { policy: Some(policy), .. } = &url.by else {
        return Finding::new(
            Id::P88,
            Ping,
            "Azure refuses the URL. The URL names no stored access policy, so Score did not make it.",
        );
    };
    let policy = shown(policy.as_bytes(), 64);
    if words.contains("signature did not match") || words.contains("mac signature") {
        return Finding::new(Id::P59, Ping, "Azure does not accept the account key that Score signed with.")
            .hint("The key may have been rotated. Copy key1 or key2 into azure.accountKey, and restart Score.")
            .on(&[key::AZURE_ACCOUNT_KEY]);
    }
    Finding::new(Id::P55, Ping, format!("Azure refuses URLs that use the policy {policy}. The policy does not exist, or has a start or an expiry of its own."))
        .hint("Check the stored access policies of the container. The name must match exactly, and start and expiry must be empty.")
        .hint("Run score-setup check where the configuration is to see which of the two.")
        .on(&[key::BUCKET_POLICY_DOWNLOAD])
}
