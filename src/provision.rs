//! What an administrator does once: create buckets, put the sentinel, remove leftovers. Over aws-sdk-s3, with credentials
//! of their own when given. Never part of a check.

pub mod s3;

use crate::{
    checks::{Leftover, Repair},
    probe::Route,
    target::Store,
    wizard::Keys,
};

/// Performs a repair that changes the store. Says what was done.
///
/// # Errors
/// What the store said, in words for the operator.
pub async fn repair(store: &Store, route: &Route, keys: Option<&Keys>, repair: &Repair) -> Result<String, String> {
    match store {
        Store::S3(store) => s3::repair(store, route, keys, repair).await,
        Store::Azure(_) => Err("Azure is not provisioned yet.".to_owned()),
    }
}

/// Removes what a run left over; returns what is still there.
pub async fn remove(store: &Store, route: &Route, keys: Option<&Keys>, leftovers: &[Leftover]) -> Vec<Leftover> {
    match store {
        Store::S3(store) => s3::remove(store, route, keys, leftovers).await,
        Store::Azure(_) => leftovers.to_vec(),
    }
}
