//! Provisioning over aws-sdk-s3, sent by the probe's own sender: one TLS stack, one route.

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
pub async fn repair(_store: &Store, _route: &Route, _keys: Option<&Keys>, _repair: &Repair) -> Result<String, String> {
    todo!()
}

/// Removes what a run left over; returns what is still there.
pub async fn remove(_store: &Store, _route: &Route, _keys: Option<&Keys>, _leftovers: &[Leftover]) -> Vec<Leftover> {
    todo!()
}
