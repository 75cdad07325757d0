//! Does what an administrator does once: create buckets, put the sentinel, remove leftovers. S3 over aws-sdk-s3, with
//! credentials of their own when given; Azure by the requests of the probe. Never part of a check.

pub mod azure;
pub mod s3;

use crate::{
    answers::{Keys, target::Store},
    store::{
        checks::{Leftover, Repair},
        probe::{Route, RouteError, azure::BadKey},
    },
    text::BadEndpoint,
};

const SENTINEL: &str = include_str!("../../assets/sentinel.txt");

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
    Policy { name: String, why: azure::PolicyError },
}

/// Performs a repair that changes the store. Says what was done.
///
/// # Errors
/// Returns an error if the store does not do it.
pub async fn repair(
    store: &Store,
    route: &Route,
    keys: Option<&Keys>,
    repair: &Repair,
) -> Result<String, ProvisionError> {
    match store {
        Store::S3(store) => s3::repair(store, route, keys, repair).await,
        Store::Azure(store) => azure::repair(store, route, repair).await,
    }
}

/// Removes what a run left over; returns what is still there.
pub async fn remove(store: &Store, route: &Route, keys: Option<&Keys>, leftovers: &[Leftover]) -> Vec<Leftover> {
    match store {
        Store::S3(store) => s3::remove(store, route, keys, leftovers).await,
        // the account key has tried already, and there is no other
        Store::Azure(_) => leftovers.to_vec(),
    }
}
