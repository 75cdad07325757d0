//! Starts a run of checks against a store of either kind, or against a running Score.

use std::{sync::Arc, time::Instant};

use tokio_util::sync::CancellationToken;

use super::{
    Finding, News,
    azure::{self, AzureRun},
    engine::{Check, execute, extend_limits},
    entry::StoreRun,
    s3::{self, S3Run, settings::SettingsReader},
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
            execute_watched(checks, S3Run::new(store, &route, scope), stop, news).await;
        }
        Store::Azure(store) => {
            let checks = extend_limits(azure::plan(&store, scope), route.patient);
            execute_watched(checks, AzureRun::new(store, &route, scope), stop, news).await;
        }
    }
}

/// Runs the checks of a store, and reads the settings of its buckets or its container. Reports as [`check_store`] does.
/// Azure has one key, so it needs no reader.
pub async fn check_with_settings(
    store: Store,
    route: Route,
    scope: Scope,
    settings: SettingsReader,
    stop: CancellationToken,
    news: impl Fn(News) + Send + Sync + 'static,
) {
    match store {
        Store::S3(store) => {
            let checks = extend_limits(s3::plan_with_settings(&store, scope), route.patient);
            let run = S3Run::new(store, &route, scope).map(|run| run.reading(settings));
            execute_watched(checks, run, stop, news).await;
        }
        Store::Azure(store) => {
            let checks = extend_limits(azure::plan_with_settings(&store, scope), route.patient);
            execute_watched(checks, AzureRun::new(store, &route, scope), stop, news).await;
        }
    }
}

/// Runs the checks, and also reports what happens to each request.
async fn execute_watched<R: StoreRun>(
    checks: Vec<Check<R>>,
    run: Result<R, Finding>,
    stop: CancellationToken,
    news: impl Fn(News) + Send + Sync + 'static,
) {
    let news = Arc::new(news);
    if let Ok(run) = &run {
        let (begun, told) = (Instant::now(), news.clone());
        run.route().sender.watch(move |number, event| told(News::Request { number, at: begun.elapsed(), event }));
    }
    execute(checks, run, stop, move |one| news(one)).await;
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
