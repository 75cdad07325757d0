//! The scheduler: starts every check whose needs passed, skips those whose needs failed, streams news, cleans up. Knows
//! nothing of what a check asks.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    Finding, Leftover, News, Outcome, advice, azure,
    contain::Contained,
    pace,
    plan::{Check, plan},
    storage,
    visit::Visit,
};
use crate::{
    answers::target::{AzureStore, S3Store, Store},
    score::Scope,
    store::probe::Route,
};

/// Checks under way at one time; most of them have one request under way.
pub const ABREAST: usize = 32;
/// When a check is called slow, and how often after that.
const PATIENCE: Duration = Duration::from_secs(2);
const TICK: Duration = Duration::from_secs(1);
/// For requests that are under way when the run is stopped: a write that is cut off may still arrive after its removal.
const GRACE: Duration = Duration::from_millis(500);
/// For clean-up.
const TIDY: Duration = Duration::from_secs(5);

pub(super) type Work = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// Runs the checks and tells `news`; ends with `News::Finished` after everything was cleaned up, also when stopped.
pub async fn run(
    store: Store,
    route: Route,
    scope: Scope,
    stop: CancellationToken,
    news: impl Fn(News) + Send + Sync + 'static,
) {
    let started = Instant::now();
    let news = Arc::new(news);
    let (leftovers, stopped) = match store {
        Store::S3(store) => s3(store, &route, scope, &stop, &news).await,
        Store::Azure(store) => azure(store, &route, scope, &stop, &news).await,
    };
    news(News::Finished { leftovers, stopped, elapsed: started.elapsed() });
}

async fn s3<N: Fn(News) + Send + Sync + 'static>(
    store: S3Store,
    route: &Route,
    scope: Scope,
    stop: &CancellationToken,
    news: &Arc<N>,
) -> (Vec<Leftover>, bool) {
    let checks = paced(plan(&store, scope), route);
    let visit = Visit::new(store, route, scope);
    let stopped = match &visit {
        Ok(visit) => {
            let perform = |check: &Check| -> Work {
                let (visit, check) = (visit.clone(), check.clone());
                Box::pin(async move { storage::perform(&visit, &check).await })
            };
            schedule(&checks, perform, stop, news).await
        }
        Err(finding) => schedule(&checks, |check| blamed(&checks, check, finding), stop, news).await,
    };
    let leftovers = match visit {
        Ok(visit) => visit.tidy(TIDY).await,
        Err(_) => Vec::new(),
    };
    (leftovers, stopped)
}

async fn azure<N: Fn(News) + Send + Sync + 'static>(
    store: AzureStore,
    route: &Route,
    scope: Scope,
    stop: &CancellationToken,
    news: &Arc<N>,
) -> (Vec<Leftover>, bool) {
    let checks = paced(azure::plan(&store, scope), route);
    let visit = azure::Visit::new(store, route, scope);
    let stopped = match &visit {
        Ok(visit) => {
            let perform = |check: &Check<azure::Ask>| -> Work {
                let (visit, ask) = (visit.clone(), check.ask);
                Box::pin(async move { azure::perform(&visit, ask).await })
            };
            schedule(&checks, perform, stop, news).await
        }
        Err(finding) => schedule(&checks, |check| blamed(&checks, check, finding), stop, news).await,
    };
    let leftovers = match visit {
        Ok(visit) => visit.tidy(TIDY).await,
        Err(_) => Vec::new(),
    };
    (leftovers, stopped)
}

/// With the limits of this run.
fn paced<A>(mut checks: Vec<Check<A>>, route: &Route) -> Vec<Check<A>> {
    for check in &mut checks {
        check.limit = pace::limit(check.limit, route.patient);
    }
    checks
}

/// The first check says what is wrong with all of them.
pub(super) fn blamed<A>(checks: &[Check<A>], check: &Check<A>, finding: &Finding) -> Work {
    let first = checks.first().map_or("", |first| first.row.id.as_str());
    let outcome = if check.row.id == first { finding.clone().into() } else { Outcome::Waiting(first.to_owned()) };
    Box::pin(std::future::ready(outcome))
}

/// Tells everything but the end. Returns whether it was stopped.
pub(super) async fn schedule<A, N: Fn(News) + Send + Sync + 'static>(
    checks: &[Check<A>],
    perform: impl Fn(&Check<A>) -> Work,
    stop: &CancellationToken,
    news: &Arc<N>,
) -> bool {
    news(News::Planned(checks.iter().map(|check| check.row.clone()).collect()));
    let gate = Arc::new(Semaphore::new(ABREAST));
    let mut tasks = JoinSet::new();
    let mut open: Vec<usize> = checks.iter().map(|check| check.needs.len()).collect();
    // for each check: the one to blame, when it did not pass
    let mut blame: Vec<Option<usize>> = vec![None; checks.len()];
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); checks.len()];
    for (at, check) in checks.iter().enumerate() {
        check.needs.iter().for_each(|need| dependents[*need].push(at));
    }
    let mut ready: Vec<usize> = (0..checks.len()).filter(|at| open[*at] == 0).collect();
    loop {
        // those that are decided without asking may decide others
        while let Some(at) = ready.pop() {
            let check = &checks[at];
            let decided = match (check.needs.iter().find_map(|need| blame[*need]), check.skipped) {
                (Some(cause), _) => {
                    blame[at] = Some(cause);
                    Some(Outcome::Waiting(checks[cause].row.id.clone()))
                }
                (None, Some(why)) => Some(Outcome::NotProbed(why.to_owned())),
                (None, None) => None,
            };
            if let Some(outcome) = decided {
                news(News::Done { id: check.row.id.clone(), outcome, elapsed: Duration::ZERO });
                settle(at, &dependents, &mut open, &mut ready);
                continue;
            }
            let (id, limit, gate, news, work) =
                (check.row.id.clone(), check.limit, gate.clone(), news.clone(), perform(check));
            tasks.spawn(async move {
                // closed: the run was stopped before it was this one's turn
                let Ok(permit) = gate.acquire_owned().await else { return (at, false) };
                news(News::Started(id.clone()));
                let started = Instant::now();
                let told = news.clone();
                let outcome =
                    watched(work, &id, limit, (PATIENCE, TICK), |left| told(News::Slow(id.clone(), left))).await;
                drop(permit);
                let passed = !matches!(outcome, Outcome::Fail(_));
                news(News::Done { id, outcome, elapsed: started.elapsed() });
                (at, passed)
            });
        }
        let ended = tokio::select! {
            ended = tasks.join_next() => ended,
            () = stop.cancelled() => {
                drop(timeout(GRACE, underway(&mut tasks, &gate)).await);
                tasks.shutdown().await;
                return true;
            }
        };
        match ended {
            None => return false,
            Some(Ok((at, passed))) => {
                blame[at] = (!passed).then_some(at);
                settle(at, &dependents, &mut open, &mut ready);
            }
            // only a panic could end it, and that of the check is contained
            Some(Err(_)) => {}
        }
    }
}

fn settle(at: usize, dependents: &[Vec<usize>], open: &mut [usize], ready: &mut Vec<usize>) {
    for dependent in &dependents[at] {
        open[*dependent] -= 1;
        if open[*dependent] == 0 {
            ready.push(*dependent);
        }
    }
    // started in the order of the screen
    ready.sort_unstable_by(|a, b| b.cmp(a));
}

/// Lets those that have a place go on, and nobody else in.
async fn underway<T: Send + 'static>(tasks: &mut JoinSet<T>, gate: &Arc<Semaphore>) {
    gate.close();
    while tasks.join_next().await.is_some() {}
}

/// `patience`: until it is called slow, and from then on again.
async fn watched(
    work: Work,
    id: &str,
    limit: Duration,
    (patience, tick): (Duration, Duration),
    slow: impl Fn(Duration),
) -> Outcome {
    let mut work = Contained(work);
    let end = Instant::now() + limit;
    let mut next = Instant::now() + patience.min(limit);
    loop {
        tokio::select! {
            biased;
            ended = &mut work => return ended.unwrap_or_else(|| advice::broke_off(id).into()),
            () = tokio::time::sleep_until(next) => {
                let left = end.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return advice::too_slow(limit).into();
                }
                slow(left);
                next = (next + tick).min(end);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::{
        score::{Id, Severity},
        store::checks::{Board, Row, fixtures, plan::Ask},
    };

    fn check(id: &str, needs: &[usize]) -> Check {
        Check {
            row: Row { id: id.into(), group: "Reach", title: id.into() },
            ask: Ask::Address,
            bucket: String::new(),
            needs: needs.to_vec(),
            limit: Duration::from_secs(5),
            skipped: None,
        }
    }

    fn pass() -> Work {
        Box::pin(async { Outcome::Pass(String::new()) })
    }

    async fn board(checks: &[Check], perform: impl Fn(&Check) -> Work) -> (Board, Vec<News>) {
        let all = Arc::new(Mutex::new(Vec::new()));
        let heard = all.clone();
        let news = Arc::new(move |news| heard.lock().unwrap().push(news));
        schedule(checks, perform, &CancellationToken::new(), &news).await;
        let all = all.lock().unwrap().clone();
        let mut board = Board::default();
        all.iter().cloned().for_each(|news| board.apply(news));
        (board, all)
    }

    fn outcomes(board: &Board) -> Vec<(String, Outcome)> {
        board.outcomes().map(|(row, outcome)| (row.id.clone(), outcome.clone())).collect()
    }

    #[tokio::test]
    async fn those_that_need_a_failed_check_wait_for_it_by_name() {
        let failed = Outcome::Fail(fixtures::finding(Id::P22, Severity::Ping));
        let checks = [check("a", &[]), check("b", &[0]), check("c", &[1]), check("d", &[])];
        let (board, _) = board(&checks, |check| match check.row.id.as_str() {
            "a" => {
                let failed = failed.clone();
                Box::pin(async { failed })
            }
            "d" => pass(),
            other => panic!("{other} must not be asked"),
        })
        .await;
        assert_eq!(
            outcomes(&board),
            [
                ("a".into(), failed.clone()),
                ("b".into(), Outcome::Waiting("a".into())),
                ("c".into(), Outcome::Waiting("a".into())),
                ("d".into(), Outcome::Pass(String::new())),
            ]
        );
    }

    #[tokio::test]
    async fn a_warning_and_what_was_not_probed_stop_nobody() {
        let warned = Outcome::Warn(fixtures::finding(Id::P47, Severity::Note));
        let checks = [check("a", &[]), Check { skipped: Some("why"), ..check("b", &[0]) }, check("c", &[0, 1])];
        let (board, _) = board(&checks, |check| match check.row.id.as_str() {
            "a" => {
                let warned = warned.clone();
                Box::pin(async { warned })
            }
            _ => pass(),
        })
        .await;
        assert_eq!(
            outcomes(&board),
            [
                ("a".into(), warned.clone()),
                ("b".into(), Outcome::NotProbed("why".into())),
                ("c".into(), Outcome::Pass(String::new())),
            ]
        );
    }

    #[tokio::test]
    async fn a_panic_is_a_failed_outcome_and_no_more() {
        let (board, _) = board(&[check("a", &[]), check("b", &[])], |check| match check.row.id.as_str() {
            "a" => Box::pin(async { panic!("on purpose") }),
            _ => pass(),
        })
        .await;
        assert_eq!(
            outcomes(&board),
            [("a".into(), Outcome::Fail(advice::broke_off("a"))), ("b".into(), Outcome::Pass(String::new()))]
        );
    }

    #[tokio::test]
    async fn a_slow_check_is_called_so_until_its_limit_ends_it() {
        let ms = Duration::from_millis;
        let told = Mutex::new(Vec::new());
        let outcome = watched(Box::pin(std::future::pending()), "a", ms(60), (ms(20), ms(10)), |left| {
            told.lock().unwrap().push(left);
        })
        .await;
        assert_eq!(outcome, Outcome::Fail(advice::too_slow(ms(60))));
        let told = told.lock().unwrap();
        assert!(!told.is_empty() && told[0] <= ms(40) && told.is_sorted_by(|a, b| a > b), "{told:?}");
    }

    #[tokio::test]
    async fn no_more_than_the_gate_lets_in_run_abreast() {
        let checks: Vec<_> = (0..100).map(|at| check(&at.to_string(), &[])).collect();
        let running = Arc::new(Mutex::new((0, 0)));
        let (board, _) = board(&checks, |_| {
            let running = running.clone();
            Box::pin(async move {
                {
                    let mut running = running.lock().unwrap();
                    running.0 += 1;
                    running.1 = running.1.max(running.0);
                }
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                }
                running.lock().unwrap().0 -= 1;
                Outcome::Pass(String::new())
            })
        })
        .await;
        assert_eq!(outcomes(&board).len(), 100);
        assert_eq!(running.lock().unwrap().1, ABREAST);
    }

    #[tokio::test]
    async fn a_stop_ends_the_run_and_starts_nothing_more() {
        let stop = CancellationToken::new();
        let all = Arc::new(Mutex::new(Vec::new()));
        let heard = all.clone();
        let hand = stop.clone();
        let news = Arc::new(move |news| {
            if matches!(news, News::Started(_)) {
                hand.cancel();
            }
            heard.lock().unwrap().push(news);
        });
        let checks = [check("a", &[]), check("b", &[0])];
        assert!(schedule(&checks, |_| Box::pin(std::future::pending()), &stop, &news).await);
        let all = all.lock().unwrap();
        assert_eq!(all[1..], [News::Started("a".into())]);
    }
}
