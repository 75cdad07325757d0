//! Starts a run of checks against a store of either kind, or against a running Score.

use tokio_util::sync::CancellationToken;

use super::{
    News,
    azure::{self, AzureRun},
    engine::{execute, extend_limits},
    s3::{self, S3Run},
    score::{self, Score, ScoreRun},
};
use crate::{answers::target::Store, score::Scope, store::probe::Route};

/// Checks a store and reports to `news`. `News::Finished` comes last, after the clean-up, also if the run is stopped.
pub async fn check_store(
    store: Store,
    route: Route,
    scope: Scope,
    stop: CancellationToken,
    news: impl Fn(News) + Send + Sync + 'static,
) {
    match store {
        Store::S3(store) => {
            let checks = extend_limits(s3::plan(&store, scope), route.patient);
            execute(checks, S3Run::new(store, &route, scope), stop, news).await;
        }
        Store::Azure(store) => {
            let checks = extend_limits(azure::plan(&store, scope), route.patient);
            execute(checks, AzureRun::new(store, &route, scope), stop, news).await;
        }
    }
}

/// Checks a running Score and reports to `news`. Writes nothing anywhere.
pub async fn check_score(
    score: Score,
    route: Route,
    stop: CancellationToken,
    news: impl Fn(News) + Send + Sync + 'static,
) {
    let checks = extend_limits(score::plan(&score), route.patient);
    execute(checks, ScoreRun::new(score, &route), stop, news).await;
}
