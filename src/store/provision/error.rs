//! Has the reasons of a failure, and the content of the sentinel.

use super::azure::PolicyError;
use crate::{
    store::probe::{RouteError, azure::BadKey},
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
}
