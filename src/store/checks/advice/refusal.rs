//! The meaning of a refusal, by its status and code. Typed, so that checks decide by the kind and not by words. Pure.

use crate::{
    store::probe::{Reply, xml},
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
    NoBucket,
    BadBucketName,
    Denied,
    Full,
    /// The user is suspended or over a quota.
    HeldBack,
    /// `Expect: 100-continue` is not supported.
    Expect,
    TooLarge,
    /// An error of the store, or of a proxy in front of it.
    OwnError,
    /// The same, by 503 alone.
    Unavailable,
    Redirect,
    /// A reason that only this store knows.
    OwnReason,
}

impl RefusalKind {
    /// Reads a reply that is not a success.
    pub(in crate::store::checks) fn of(endpoint: &Endpoint, reply: &Reply) -> Self {
        match (reply.status.as_u16(), code(reply).as_str()) {
            (_, "RequestTimeTooSkewed") => Self::Clock,
            (_, "ExpiredToken" | "InvalidToken" | "TokenRefreshRequired") => Self::Token,
            (_, "InvalidAccessKeyId" | "NotSignedUp") => Self::UnknownKey,
            (_, "SignatureDoesNotMatch") => Self::Signature,
            _ if region(reply).is_some() => Self::Region,
            (_, "NoSuchBucket" | "InvalidBucketName") if host_for_bucket(endpoint, reply) => Self::HostAsBucket,
            (_, "NoSuchBucket") if first_for_bucket(endpoint, reply).is_some() => Self::LabelAsBucket,
            (_, "NoSuchBucket") if path_for_bucket(endpoint, reply) => Self::PathAsBucket,
            (_, "NoSuchBucket") => Self::NoBucket,
            (_, "InvalidBucketName") => Self::BadBucketName,
            (_, "AccessDenied" | "AllAccessDisabled") => Self::Denied,
            (507, _) | (_, "InsufficientCapacity" | "XMinioStorageFull") => Self::Full,
            (_, "QuotaExceeded" | "UserSuspended" | "AccountProblem") => Self::HeldBack,
            (417, _) => Self::Expect,
            (413, _) | (_, "EntityTooLarge") => Self::TooLarge,
            (501, _) => Self::OwnReason,
            (
                503,
                "XMinioServerNotInitialized" | "SlowDown" | "SlowDownRead" | "SlowDownWrite" | "RequestLimitExceeded",
            ) => Self::OwnError,
            (503, _) => Self::Unavailable,
            (500.., _) | (_, "SlowDown" | "ServiceUnavailable" | "InternalError") => Self::OwnError,
            (300..=399, _) => Self::Redirect,
            _ => Self::OwnReason,
        }
    }
}

/// Returns the code of an error, or an empty text.
pub(in crate::store::checks) fn code(reply: &Reply) -> String {
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
        "AuthorizationHeaderMalformed" | "AuthorizationQueryParametersError" => {
            fault.message.contains("egion") || !named.is_empty()
        }
        "PermanentRedirect" | "TemporaryRedirect" | "IllegalLocationConstraintException" => true,
        _ => reply.status.is_redirection() && header.is_some(),
    };
    about.then(|| if legal(named) { named.to_owned() } else { String::new() })
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
