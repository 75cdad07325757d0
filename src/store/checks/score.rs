//! Has the table of the checks of a running Score, which is asked as its clients ask it. Contacts only two addresses:
//! the given one, and the one in the URL of its ping. Needs no secret. With a configuration it also shows whether Score
//! uses it.

mod compare;
mod pages;
mod run;

use std::future::ready;

use super::{
    CheckGroup,
    engine::{Check, CheckSpec, plan as plan_checks, spec},
};
use crate::score::{Scope, Severity};

pub use run::Score;

pub(super) use run::ScoreRun;

use Severity::{Note, Ping, Transfer};

/// The table, in the order of the screen. A row names only rows above it.
const CHECKS: &[CheckSpec<ScoreRun>] = &[
    spec("score-answers", CheckGroup::Score, "answers", Ping, |run, _| Box::pin(pages::check_answer(run))).within(6),
    spec("score-health", CheckGroup::Score, "health page", Note, |run, _| Box::pin(ready(pages::check_health(run))))
        .after(&["score-answers"]),
    spec("score-profile", CheckGroup::Score, "kind of store", Ping, |run, _| Box::pin(pages::check_profile(run)))
        .after(&["score-answers"]),
    spec("score-listing", CheckGroup::Score, "listing", Ping, |run, _| Box::pin(pages::check_listing(run)))
        .after(&["score-answers"]),
    spec("score-ping", CheckGroup::Score, "ping", Ping, |run, _| Box::pin(pages::check_ping(run)))
        .after(&["score-answers"]),
    spec("score-transfers", CheckGroup::Score, "transfers", Ping, |run, _| Box::pin(pages::check_transfers(run)))
        .after(&["score-profile", "score-listing", "score-ping"]),
    spec("signed-url", CheckGroup::Download, "URL of the ping", Note, |run, _| {
        Box::pin(ready(pages::check_signed_url(run)))
    })
    .after(&["score-ping"]),
    spec("signed-sentinel", CheckGroup::Download, "sentinel", Ping, |run, _| Box::pin(pages::fetch_sentinel(run)))
        .after(&["signed-url"])
        .within(12),
    spec("score-clock", CheckGroup::Download, "clock of Score", Ping, |run, _| {
        Box::pin(ready(pages::check_clock(run)))
    })
    .after(&["signed-url", "signed-sentinel"]),
];

/// The row of a run with a configuration.
static COMPARED: CheckSpec<ScoreRun> =
    spec("configuration", CheckGroup::Download, "configuration in use", Transfer, |run, _| {
        Box::pin(ready(pages::check_configuration(run)))
    })
    .after(&["signed-url"]);

/// The rows that show which keys a running Score uses.
const ABOUT_KEYS: &[&str] = &["score-answers", "score-ping", "signed-url", "signed-sentinel"];

/// Returns all checks of a run.
pub(super) fn plan(score: &Score) -> Vec<Check<ScoreRun>> {
    let compared = score.store.is_some().then_some(&COMPARED);
    let asked = CHECKS.iter().filter(|spec| !score.brief || ABOUT_KEYS.contains(&spec.id()));
    plan_checks(asked.chain(compared), Scope::ReadOnly, false, |_| vec![String::new()])
}
