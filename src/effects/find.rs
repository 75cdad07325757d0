//! Looks for deployments of Score on this machine: files and processes only, no network, and nothing is changed.

use std::path::Path;

use super::load;
use crate::deployment::Sighting;

/// Those in and below this folder.
#[must_use]
pub fn find(from: &Path) -> Vec<Sighting> {
    let deployment = load(from).ok().filter(|deployment| deployment.application.bytes.is_some());
    deployment.into_iter().map(|deployment| Sighting { path: from.to_owned(), deployment, running: None }).collect()
}
