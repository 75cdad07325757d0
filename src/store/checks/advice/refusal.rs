//! The meaning of a refusal, by its status and code. Typed, so that checks decide by the kind and not by words. Pure.

use crate::{
    score::Id,
    store::{
        checks::entry::reply::is_page,
        probe::{Reply, xml},
    },
    text::Endpoint,
};

/// The kind of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store::checks) enum RefusalKind {
    /// A clock is wrong.
    Clock,
    /// The store expects a session token.
    Token,
    UnknownKey,
    /// The signature does not fit, though those before it did.
    Signature,
    /// The store expects another region.
    Region,
    /// The store uses the host as the name of a bucket.
    HostAsBucket,
    /// The store uses the first label of the host as the name of a bucket.
    LabelAsBucket,
    /// The store uses the path of the endpoint as the name of a bucket.
    PathAsBucket,
    /// The store does not accept the bucket in the path.
    NoPathStyle,
    NoBucket,
    BadBucketName,
    Denied,
    Full,
    /// A quota of the user or of the bucket is used up.
    Quota,
    /// The user or the account is suspended.
    Suspended,
    /// `Expect: 100-continue` is not supported.
    Expect,
    TooLarge,
    /// A page of a firewall or of a proxy, and not a reply of the store.
    Firewall,
    /// An error of the store, or of a proxy in front of it.
    OwnError,
    /// The store is busy or not ready.
    Unavailable,
    Redirect,
    /// A reason that only this store knows.
    OwnReason,
}

use RefusalKind::{
    BadBucketName, Clock, Denied, Full, NoPathStyle, OwnError, Quota, Region, Signature, Suspended, Token, TooLarge,
    Unavailable, UnknownKey,
};

/// The codes of stores that have one meaning, whatever the status is.
const CODES: &[(&str, RefusalKind)] = &[
    ("RequestTimeTooSkewed", Clock),
    ("RequestExpired", Clock),
    ("ExpiredToken", Token),
    ("InvalidToken", Token),
    ("TokenRefreshRequired", Token),
    ("InvalidAccessKeyId", UnknownKey),
    ("NotSignedUp", UnknownKey),
    ("SignatureDoesNotMatch", Signature),
    // Alibaba Cloud OSS, Tencent Cloud COS and Huawei Cloud OBS
    ("SecondLevelDomainForbidden", NoPathStyle),
    ("PathStyleDomainForbidden", NoPathStyle),
    ("VirtualHostDomainRequired", NoPathStyle),
    ("InvalidBucketName", BadBucketName),
    ("AccessDenied", Denied),
    ("AllAccessDisabled", Denied),
    ("InsufficientCapacity", Full),
    // MinIO (cmd/api-errors.go)
    ("XMinioStorageFull", Full),
    ("XMinioAdminBucketQuotaExceeded", Quota),
    // Ceph (rgw_common.cc)
    ("QuotaExceeded", Quota),
    ("UserSuspended", Suspended),
    // AWS, and Alibaba Cloud OSS
    ("AccountProblem", Suspended),
    ("UserDisable", Suspended),
    ("EntityTooLarge", TooLarge),
    ("SlowDown", Unavailable),
    ("SlowDownRead", Unavailable),
    ("SlowDownWrite", Unavailable),
    ("RequestLimitExceeded", Unavailable),
    ("XMinioServerNotInitialized", Unavailable),
    ("ServiceUnavailable", Unavailable),
    ("InternalError", OwnError),
];

/// The words of stores that give one code to several causes, in lower case.
const WORDS: &[(&str, &str, RefusalKind)] = &[
    // MinIO of a disabled user (cmd/api-errors.go, ErrAccessKeyDisabled)
    ("InvalidAccessKeyId", "account is disabled", Suspended),
    // Oracle, of a request for another region than the home region of the tenancy
    ("SignatureDoesNotMatch", "region must be specified", Region),
    ("InvalidRequest", "region must be specified", Region),
    ("", "region must be specified", Region),
    // Garage has one code for all refusals (observed on Garage 2.5.0)
    ("AccessDenied", "invalid signature", Signature),
    ("AccessDenied", "no such key", UnknownKey),
    ("AccessDenied", "quota is reached", Quota),
    // Backblaze B2, of the caps of an account
    ("AccessDenied", "cap exceeded", Quota),
    // the quotas of containers and accounts of Swift (observed text: "Upload exceeds quota.")
    ("EntityTooLarge", "exceeds quota", Quota),
];

impl RefusalKind {
    /// Reads a reply that is not a success.
    pub(in crate::store::checks) fn of(endpoint: &Endpoint, reply: &Reply) -> Self {
        let code = code(reply);
        if region(reply).is_some() {
            return Self::Region;
        }
        if let Some(kind) = by_words(reply, &code) {
            return kind;
        }
        match (reply.status.as_u16(), code.as_str()) {
            (_, "NoSuchBucket" | "InvalidBucketName") if host_for_bucket(endpoint, reply) => Self::HostAsBucket,
            (_, "NoSuchBucket") if first_for_bucket(endpoint, reply).is_some() => Self::LabelAsBucket,
            (_, "NoSuchBucket") if path_for_bucket(endpoint, reply) => Self::PathAsBucket,
            (_, "NoSuchBucket") => Self::NoBucket,
            (_, code) if let Some((_, kind)) = CODES.iter().find(|(known, _)| *known == code) => *kind,
            // the form of such codes in stores that the table does not name
            (_, code) if code.to_ascii_lowercase().contains("quota") => Self::Quota,
            (507, _) => Self::Full,
            (417, _) => Self::Expect,
            (413, _) => Self::TooLarge,
            (400..=499, "") if is_page(reply) => Self::Firewall,
            // Cloudflare marks its challenge, whatever the page says
            (_, "") if reply.headers.contains_key("cf-mitigated") => Self::Firewall,
            (501, _) => Self::OwnReason,
            (503, _) => Self::Unavailable,
            (500.., _) => Self::OwnError,
            (300..=399, _) => Self::Redirect,
            _ => Self::OwnReason,
        }
    }
}

/// Returns the finding that a code of a store stands for. `None` if the code is not known.
#[must_use]
pub fn finding_of_code(code: &str) -> Option<Id> {
    if code == "NoSuchBucket" {
        return Some(Id::P43);
    }
    let kind = CODES.iter().find(|(known, _)| *known == code).map(|(_, kind)| *kind);
    let kind = kind.or_else(|| code.to_ascii_lowercase().contains("quota").then_some(Quota));
    Some(match kind? {
        Clock => Id::P36,
        Token => Id::P08,
        UnknownKey => Id::P35,
        Signature => Id::P34,
        NoPathStyle => Id::P111,
        BadBucketName => Id::P44,
        Denied => Id::P49,
        Full | Quota | Suspended => Id::P42,
        TooLarge => Id::P54,
        OwnError | RefusalKind::Unavailable => Id::P78,
        _ => return None,
    })
}

fn by_words(reply: &Reply, code: &str) -> Option<RefusalKind> {
    let words = xml::fault(&reply.body).ok()?.message.to_lowercase();
    WORDS.iter().find(|(of, said, _)| *of == code && words.contains(said)).map(|(.., kind)| *kind)
}

/// Returns the code of an error, or an empty text.
pub(in crate::store) fn code(reply: &Reply) -> String {
    // replies of Azure to HEAD have the code in a header
    if let Some(code) = reply.headers.get("x-ms-error-code") {
        return String::from_utf8_lossy(code.as_bytes()).into_owned();
    }
    xml::fault(&reply.body).map(|fault| fault.code).unwrap_or_default()
}

/// Returns the region that the store expects, if it says that ours is wrong; empty if it does not name one.
pub(in crate::store::checks) fn region(reply: &Reply) -> Option<String> {
    let fault = xml::fault(&reply.body).unwrap_or_default();
    let header = reply.headers.get("x-amz-bucket-region").and_then(|value| value.to_str().ok());
    let said = fault.message.split_once("expecting '").and_then(|(_, rest)| rest.split('\'').next());
    let named = header.or(fault.region()).or(said).unwrap_or_default();
    // AWS's own endpoint names its region
    let of_host = fault.endpoint().filter(|host| host.ends_with(".amazonaws.com")).map(crate::text::signing_region);
    let named = if named.is_empty() { of_host.as_deref().unwrap_or_default() } else { named };
    let legal = |region: &str| {
        !region.is_empty() && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let about = match fault.code.as_str() {
        code if fault_names_region(code, &fault.message) => true,
        "AuthorizationHeaderMalformed" | "AuthorizationQueryParametersError" => {
            fault.message.contains("egion") || !named.is_empty()
        }
        "PermanentRedirect" | "TemporaryRedirect" | "IllegalLocationConstraintException" => true,
        _ => reply.status.is_redirection() && (header.is_some() || fault.endpoint().is_some()),
    };
    about.then(|| if legal(named) { named.to_owned() } else { String::new() })
}

/// Returns true if the words of the store ask for a region.
fn fault_names_region(code: &str, message: &str) -> bool {
    let words = message.to_lowercase();
    WORDS.iter().any(|(of, said, kind)| *kind == Region && *of == code && words.contains(said))
}

/// Returns true if the store uses the host as a bucket name, as Ceph does with a host it does not know (rook/rook#10853).
fn host_for_bucket(endpoint: &Endpoint, reply: &Reply) -> bool {
    xml::fault(&reply.body).is_ok_and(|fault| fault.bucket().is_some_and(|bucket| bucket == endpoint.host))
}

/// Returns the first label of the host if the store uses it as a bucket name, since it knows the rest of the host.
fn first_for_bucket<'a>(endpoint: &'a Endpoint, reply: &Reply) -> Option<&'a str> {
    let first = endpoint.first_of_three()?;
    xml::fault(&reply.body).is_ok_and(|fault| fault.bucket() == Some(first)).then_some(first)
}

/// Returns true if the store uses the path of the endpoint as a bucket name.
fn path_for_bucket(endpoint: &Endpoint, reply: &Reply) -> bool {
    let first = endpoint.base.trim_start_matches('/').split('/').next().filter(|first| !first.is_empty());
    first.is_some() && xml::fault(&reply.body).is_ok_and(|fault| fault.bucket() == first)
}
