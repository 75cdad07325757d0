//! Does what an administrator does once: create buckets, put the sentinel, remove leftovers. S3 over aws-sdk-s3, with
//! credentials of their own when given; Azure by the requests of the probe. Counts what is stored. Never part of a check.

pub mod azure;
mod count;
mod error;
pub mod lifecycle;
pub mod s3;

use self::lifecycle::RulesKeeper;
pub use self::{
    count::{CountError, ObjectCount, StoredPlace, count},
    error::{ProvisionError, RulesError},
};
use crate::{
    answers::{Keys, target::Store},
    store::{
        checks::{Leftover, Repair},
        probe::Route,
    },
};

/// Performs a repair that changes the store. Says what was done. `keeper` keeps what is replaced.
///
/// # Errors
/// Returns an error if the store does not do it.
pub async fn repair(
    store: &Store,
    route: &Route,
    keys: Option<&Keys>,
    repair: &Repair,
    keeper: &dyn RulesKeeper,
) -> Result<String, ProvisionError> {
    match store {
        Store::S3(store) => s3::repair(store, route, keys, repair, keeper).await,
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
