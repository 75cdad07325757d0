//! Has the reasons of a failure, and the content of the sentinel.

use super::azure::PolicyError;
use crate::{
    store::probe::{RouteError, azure::BadKey, xml::Misread},
    text::BadEndpoint,
};

/// The content of the sentinel.
pub(super) const SENTINEL: &str = include_str!("../../../assets/sentinel.txt");

/// The reason why a repair changed nothing in the store. `why` is what the store said, or what kept it from answering.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProvisionError {
    #[error(transparent)]
    Endpoint(#[from] BadEndpoint),
    #[error(transparent)]
    Route(#[from] RouteError),
    #[error(transparent)]
    AccountKey(#[from] BadKey),
    #[error("{0} is an answer. It cannot be created in the store.")]
    Answer(&'static str),
    #[error("Azure has containers instead of buckets.")]
    BucketInAzure,
    #[error("S3 has buckets instead of containers, and no stored access policies.")]
    NotInS3,
    #[error("The bucket {bucket} could not be created: {why}.")]
    Bucket { bucket: String, why: String },
    #[error("The container {container} could not be created: {why}.")]
    Container { container: String, why: String },
    /// `place` is its bucket or container.
    #[error("The sentinel {sentinel} could not be created in {place}: {why}.")]
    Sentinel { sentinel: String, place: String, why: String },
    #[error("The policy {name} could not be set: {why}.")]
    Policy { name: String, why: PolicyError },
    #[error("The lifecycle rules of {bucket} were not changed as intended: {why}.")]
    Rules { bucket: String, why: RulesError },
}

/// The reason why the lifecycle rules of a bucket are not as wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    #[error("the present rules could not be read ({0}). S3 replaces all rules together, so nothing was changed")]
    Unread(String),
    #[error("the present rules cannot be understood ({0}). Nothing was changed")]
    Misread(#[from] Misread),
    #[error("the present rules could not be kept in a file ({0}). Nothing was changed")]
    NotKept(String),
    #[error("the store refuses them ({0}). Nothing was changed")]
    Refused(String),
    #[error("it is not known whether the store did it: {0}")]
    Unanswered(String),
    #[error("other rules were changed since then. Nothing was changed")]
    Changed,
    #[error("the store shows other rules than were written")]
    Different,
}
