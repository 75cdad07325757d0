//! What a store means by a refusal, by its status and code. Typed, so that checks decide by the kind and not by words. Pure.

use super::{
    keys::region,
    store::{code, first_for_bucket, host_for_bucket, path_for_bucket},
};
use crate::{store::probe::Reply, text::Endpoint};

/// The kind of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store::checks) enum Refusal {
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

impl Refusal {
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
