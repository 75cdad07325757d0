//! Starts every check whose needs passed, skips those whose needs failed, streams news, and cleans up. Knows nothing of
//! what a check asks.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{catch_panic::CatchPanic, plan::Check};
use crate::store::checks::{Finding, Leftover, News, Outcome, advice};

/// The checks that run at the same time; most of them have one request under way.
pub const CONCURRENT: usize = 32;
/// The time after which a check is reported as slow.
const PATIENCE: Duration = Duration::from_secs(2);
/// The time between two reports of a slow check.
const TICK: Duration = Duration::from_secs(1);
/// The time for requests that are under way when the run is stopped: an interrupted write may still arrive after its
/// removal.
const GRACE: Duration = Duration::from_millis(500);
/// The time for the clean-up.
const CLEAN_UP: Duration = Duration::from_secs(5);

type OutcomeFuture = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// The state that the checks of one run share.
pub(in crate::store::checks) trait CheckRun: Send + Sync + 'static {
    /// Removes everything that the run wrote, within the time, and returns what is left.
    fn clean_up(&self, limit: Duration) -> impl Future<Output = Vec<Leftover>> + Send;
}

/// Runs the checks and reports to `news`. If `run` is an error, the first check reports it.
///
/// `News::Finished` comes last, after the clean-up, also if the run is stopped.
pub(in crate::store::checks) async fn execute<R: CheckRun>(
    checks: Vec<Check<R>>,
    run: Result<R, Finding>,
    stop: CancellationToken,
    news: impl Fn(News) + Send + Sync + 'static,
) {
    let started = Instant::now();
    let (run, news) = (run.map(Arc::new), Arc::new(news));
    let stopped = schedule(&checks, &run, &stop, &news).await;
    let leftovers = match run {
        Ok(run) => run.clean_up(CLEAN_UP).await,
        Err(_) => Vec::new(),
    };
    news(News::Finished { leftovers, stopped, elapsed: started.elapsed() });
}

/// Returns the work of one check, or the outcome that all checks have if the run could not be prepared.
fn work<R: Send + Sync>(checks: &[Check<R>], check: &Check<R>, run: &Result<Arc<R>, Finding>) -> OutcomeFuture {
    match run {
        Ok(run) => {
            let (run, spec, bucket) = (run.clone(), check.spec, check.bucket.clone());
            Box::pin(async move { spec.perform(&run, &bucket).await })
        }
        Err(finding) => {
            let first = checks.first().map_or("", |first| first.row.id.as_str());
            let outcome =
                if check.row.id == first { finding.clone().into() } else { Outcome::Waiting(first.to_owned()) };
            Box::pin(std::future::ready(outcome))
        }
    }
}

/// Runs the checks, and reports everything except the end. Returns true if the run was stopped.
async fn schedule<R: Send + Sync, N: Fn(News) + Send + Sync + 'static>(
    checks: &[Check<R>],
    run: &Result<Arc<R>, Finding>,
    stop: &CancellationToken,
    news: &Arc<N>,
) -> bool {
    news(News::Planned(checks.iter().map(|check| check.row.clone()).collect()));
    let gate = Arc::new(Semaphore::new(CONCURRENT));
    let mut tasks = JoinSet::new();
    let mut open: Vec<usize> = checks.iter().map(|check| check.needs.len()).collect();
    // for each check that did not pass: the check to blame
    let mut blame: Vec<Option<usize>> = vec![None; checks.len()];
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); checks.len()];
    for (at, check) in checks.iter().enumerate() {
        check.needs.iter().for_each(|need| dependents[*need].push(at));
    }
    let mut ready: Vec<usize> = (0..checks.len()).filter(|at| open[*at] == 0).collect();
    loop {
        // a check that is decided without running may decide others
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
                (check.row.id.clone(), check.limit, gate.clone(), news.clone(), work(checks, check, run));
            let spec = check.spec;
            tasks.spawn(async move {
                // the semaphore is closed if the run is stopped before this check starts
                let Ok(permit) = gate.acquire_owned().await else { return (at, false) };
                news(News::Started(id.clone()));
                let started = Instant::now();
                let report = news.clone();
                let outcome =
                    watch(work, &id, limit, (PATIENCE, TICK), |left| report(News::Slow(id.clone(), left))).await;
                let outcome = spec.limited(outcome);
                drop(permit);
                let passed = !matches!(outcome, Outcome::Fail(_));
                news(News::Done { id, outcome, elapsed: started.elapsed() });
                (at, passed)
            });
        }
        let ended = tokio::select! {
            ended = tasks.join_next() => ended,
            () = stop.cancelled() => {
                drop(timeout(GRACE, finish_running(&mut tasks, &gate)).await);
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
            // only a panic ends a task early, and a panic of a check is caught
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
    // `pop` starts them in the order of the screen
    ready.sort_unstable_by(|a, b| b.cmp(a));
}

/// Waits for the checks that run, and starts no others.
async fn finish_running<T: Send + 'static>(tasks: &mut JoinSet<T>, gate: &Arc<Semaphore>) {
    gate.close();
    while tasks.join_next().await.is_some() {}
}

/// Runs a check within its limit. Reports it as slow after `patience`, and again after each `tick`.
async fn watch(
    work: OutcomeFuture,
    id: &str,
    limit: Duration,
    (patience, tick): (Duration, Duration),
    slow: impl Fn(Duration),
) -> Outcome {
    let mut work = CatchPanic(work);
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
        store::checks::{
            CheckGroup, CheckRow,
            engine::{
                board::Board,
                plan::{self, CheckSpec, spec},
            },
            fixtures,
        },
    };

    /// Plays the checks by their ids.
    struct Played(Box<dyn Fn(&str) -> plan::CheckFuture<'static> + Send + Sync>);

    static PLAYED: CheckSpec<Played> = spec("", CheckGroup::Reach, "", Severity::Start, |played, id| (played.0)(id));

    fn check(id: &str, needs: &[usize]) -> Check<Played> {
        Check {
            row: CheckRow::new(id, CheckGroup::Reach, id),
            spec: &PLAYED,
            bucket: id.into(),
            needs: needs.to_vec(),
            limit: Duration::from_secs(5),
            skipped: None,
        }
    }

    fn pass() -> plan::CheckFuture<'static> {
        Box::pin(async { Ok(String::new()) })
    }

    async fn board(
        checks: &[Check<Played>],
        play: impl Fn(&str) -> plan::CheckFuture<'static> + Send + Sync + 'static,
    ) -> (Board, Vec<News>) {
        let all = Arc::new(Mutex::new(Vec::new()));
        let heard = all.clone();
        let news = Arc::new(move |news| heard.lock().unwrap().push(news));
        schedule(checks, &Ok(Arc::new(Played(Box::new(play)))), &CancellationToken::new(), &news).await;
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
        let failed = || Outcome::Fail(fixtures::finding(Id::P22, Severity::Ping));
        let checks = [check("a", &[]), check("b", &[0]), check("c", &[1]), check("d", &[])];
        let (board, _) = board(&checks, move |id| match id {
            "a" => Box::pin(async move { Err(failed()) }),
            "d" => pass(),
            other => panic!("{other} must not be asked"),
        })
        .await;
        assert_eq!(
            outcomes(&board),
            [
                ("a".into(), failed()),
                ("b".into(), Outcome::Waiting("a".into())),
                ("c".into(), Outcome::Waiting("a".into())),
                ("d".into(), Outcome::Pass(String::new())),
            ]
        );
    }

    #[tokio::test]
    async fn a_warning_and_what_was_not_probed_stop_nobody() {
        let warned = || Outcome::Warn(fixtures::finding(Id::P47, Severity::Note));
        let checks = [check("a", &[]), Check { skipped: Some("why"), ..check("b", &[0]) }, check("c", &[0, 1])];
        let (board, _) = board(&checks, move |id| match id {
            "a" => Box::pin(async move { Err(warned()) }),
            _ => pass(),
        })
        .await;
        assert_eq!(
            outcomes(&board),
            [
                ("a".into(), warned()),
                ("b".into(), Outcome::NotProbed("why".into())),
                ("c".into(), Outcome::Pass(String::new())),
            ]
        );
    }

    #[tokio::test]
    async fn a_panic_is_a_failed_outcome_and_no_more() {
        let (board, _) = board(&[check("a", &[]), check("b", &[])], move |id| match id {
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
        let outcome = watch(Box::pin(std::future::pending()), "a", ms(60), (ms(20), ms(10)), |left| {
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
        let counted = running.clone();
        let (board, _) = board(&checks, move |_| {
            let running = counted.clone();
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
                Ok(String::new())
            })
        })
        .await;
        assert_eq!(outcomes(&board).len(), 100);
        assert_eq!(running.lock().unwrap().1, CONCURRENT);
    }

    #[tokio::test]
    async fn without_a_run_the_first_check_says_why_and_all_others_wait_for_it() {
        let checks = [check("a", &[]), check("b", &[0]), check("c", &[])];
        let all = Arc::new(Mutex::new(Board::default()));
        let heard = all.clone();
        let news = Arc::new(move |news| heard.lock().unwrap().apply(news));
        let finding = fixtures::finding(Id::P89, Severity::Ping);
        schedule(&checks, &Err(finding.clone()), &CancellationToken::new(), &news).await;
        assert_eq!(
            outcomes(&all.lock().unwrap()),
            [
                ("a".into(), Outcome::Fail(finding)),
                ("b".into(), Outcome::Waiting("a".into())),
                ("c".into(), Outcome::Waiting("a".into())),
            ]
        );
    }

    #[tokio::test]
    async fn nothing_is_reported_as_worse_than_the_row_allows() {
        static NOTED: CheckSpec<Played> = spec("", CheckGroup::Reach, "", Severity::Note, |played, id| (played.0)(id));
        let checks = [Check { spec: &NOTED, ..check("a", &[]) }];
        let finding = || fixtures::finding(Id::P22, Severity::Start);
        let (reported, _) = board(&checks, move |_| Box::pin(async move { Err(finding().into()) })).await;
        assert_eq!(outcomes(&reported), [("a".into(), Outcome::Warn(fixtures::finding(Id::P22, Severity::Note)))]);
        let (broken, _) = board(&checks, |_| Box::pin(async { panic!("on purpose") })).await;
        assert_eq!(outcomes(&broken), [("a".into(), Outcome::Warn(advice::broke_off("a").at_most(Severity::Note)))]);
        let late = Check { limit: Duration::ZERO, ..check("a", &[]) };
        let (late, _) = board(&[Check { spec: &NOTED, ..late }], |_| Box::pin(std::future::pending())).await;
        let too_slow = advice::too_slow(Duration::ZERO).at_most(Severity::Note);
        assert_eq!(outcomes(&late), [("a".into(), Outcome::Warn(too_slow))]);
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
        let run = Ok(Arc::new(Played(Box::new(|_| Box::pin(std::future::pending())))));
        assert!(schedule(&checks, &run, &stop, &news).await);
        let all = all.lock().unwrap();
        assert_eq!(all[1..], [News::Started("a".into())]);
    }
}
