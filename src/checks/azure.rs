//! The checks of Azure Blob Storage.

use std::{sync::Arc, time::Duration};

use super::{
    Finding, Leftover, Outcome, Scope,
    plan::{self, Check, Line},
};
use crate::{probe::Route, target::AzureStore};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {}

const LINES: &[Line<Ask>] = &[];

pub(super) fn plan(store: &AzureStore, scope: Scope) -> Vec<Check<Ask>> {
    plan::checks(LINES, scope, false, |_| vec![store.container.clone()])
}

pub(super) struct Visit;

impl Visit {
    pub(super) fn new(_: AzureStore, _: &Route, _: Scope) -> Result<Arc<Self>, Finding> {
        Ok(Arc::new(Self))
    }

    pub(super) async fn tidy(&self, _: Duration) -> Vec<Leftover> {
        Vec::new()
    }
}

pub(super) async fn perform(_: &Visit, ask: Ask) -> Outcome {
    match ask {}
}
