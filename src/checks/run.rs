//! The scheduler: starts every check whose needs passed, skips those whose needs failed, streams news.

use tokio_util::sync::CancellationToken;

use super::{News, Scope};
use crate::{probe::Route, target::Store};

/// Runs the checks and tells `news`; ends with `News::Finished` after everything was cleaned up, also when stopped.
pub async fn run(
    _store: Store,
    _route: Route,
    _scope: Scope,
    _stop: CancellationToken,
    _news: impl Fn(News) + Send + Sync + 'static,
) {
    todo!()
}
