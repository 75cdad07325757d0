//! Holds the state that the checks of a running Score share.

use std::{sync::Mutex, time::Duration};

use time::OffsetDateTime;

use crate::{
    answers::target::Store,
    store::{
        checks::{
            Finding, Leftover, advice,
            engine::{CheckRun, Timeouts},
        },
        probe::{Reply, Route, Sender, SignedUrl},
    },
    text::Endpoint,
};

/// A running Score to check.
#[derive(Debug, Clone)]
pub struct Score {
    /// The address that clients have in their `storage.url`.
    pub url: String,
    /// The configuration to compare with.
    pub store: Option<Store>,
    /// True if only the keys in use are asked for: the ping, its URL, and the comparison.
    pub brief: bool,
}

pub(in crate::store::checks) struct ScoreRun {
    pub(super) url: Endpoint,
    pub(super) store: Option<Store>,
    /// Sends to Score, as `--connect-to` says.
    pub(super) score: Sender,
    /// Sends to the address in a URL of Score.
    pub(super) clients: Sender,
    pub(super) timeouts: Timeouts,
    pub(super) learned: Mutex<Learned>,
}

/// The facts that one row learns and another uses.
#[derive(Default)]
pub(super) struct Learned {
    /// The reply to the health page.
    pub(super) health: Option<Reply>,
    /// True if a page that needs a token asked for one; `None` if no such page was asked.
    pub(super) secure: Option<bool>,
    /// The URL of the ping, and when it came.
    pub(super) url: Option<(SignedUrl, OffsetDateTime)>,
    /// The reply to the URL, and when it came.
    pub(super) followed: Option<(Reply, OffsetDateTime)>,
}

impl CheckRun for ScoreRun {
    /// Removes nothing, because the checks write nothing.
    async fn clean_up(&self, _: Duration) -> Vec<Leftover> {
        Vec::new()
    }
}

impl ScoreRun {
    /// Prepares a run.
    ///
    /// # Errors
    /// Returns a finding if the URL or the route is not valid.
    pub(in crate::store::checks) fn new(score: Score, route: &Route) -> Result<Self, Finding> {
        let url = Endpoint::parse(score.url.trim_end_matches('/')).map_err(advice::score::bad_url)?;
        let sender = |route: &Route| Sender::new(route).map_err(|why| advice::bad_route(&why.to_string()));
        let clients = Route { connect_to: None, ..route.clone() };
        Ok(Self {
            url,
            store: score.store,
            score: sender(route)?,
            clients: sender(&clients)?,
            timeouts: Timeouts::new(route.patient, Duration::ZERO, route.waits),
            learned: Mutex::default(),
        })
    }
}
