//! Says in three sentences what the checks mean: for the store, for clients, and for Score.

use super::{
    Purpose, Standing, State,
    field::{asks_for_authorization, step_of},
    next_steps::{LACKS_AUTHORIZATION, lacks_authorization},
};
use crate::{
    score::{Id, Scope, Severity, Step, When, setting},
    store::checks::{CheckGroup, Outcome, engine::Verdict},
};

/// The subject of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Store,
    Clients,
    Score,
}

impl Subject {
    /// Returns its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Store => "Store",
            Self::Clients => "Clients",
            Self::Score => "Score",
        }
    }
}

/// The kind of a verdict, and how certain it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    Good,
    /// Works, but.
    Warned,
    Bad,
    /// It cannot be told from here, or not from what was tried.
    Unknown,
    /// A question that has not been reached.
    Open,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    pub about: Subject,
    pub certainty: Certainty,
    /// One sentence.
    pub said: String,
}

/// Returns the three verdicts. `files` is the worst severity of the findings in the files.
#[must_use]
pub fn verdicts(state: &State, files: Option<Severity>) -> [Judgement; 3] {
    let verdict = |about, (certainty, said)| Judgement { about, certainty, said };
    [
        verdict(Subject::Store, store(state)),
        verdict(Subject::Clients, clients(state)),
        verdict(Subject::Score, score(state, files)),
    ]
}

/// A verdict in one sentence.
pub type Said = (Certainty, String);

/// Judges the store. It is good only if nothing that stops Score or its clients is known about it.
#[must_use]
pub fn store(state: &State) -> Said {
    let worst = state.run.iter().flat_map(|run| run.board.findings()).map(|(_, finding)| finding.severity).max();
    let stopped = state.run.as_ref().and_then(|run| run.board.end.as_ref()).is_some_and(|end| end.stopped);
    let (certainty, said) = match (state.standing(), worst) {
        (Standing::NotRun, _) => (Certainty::Open, "Not tested yet."),
        (Standing::Running, _) => (Certainty::Open, "The test is running."),
        (Standing::Stale, _) => (Certainty::Open, "The answers have changed since the test."),
        (Standing::Ended(_), _) if stopped => (Certainty::Unknown, "The test was stopped."),
        (Standing::Ended(Verdict::Unproven), worst) if worst > Some(Severity::Note) => {
            (Certainty::Unknown, "The store did not answer in time, so nothing is proven.")
        }
        (Standing::Ended(Verdict::Unproven), _) => {
            (Certainty::Unknown, "No fault was found, and uploads were not tried.")
        }
        (Standing::Ended(_), Some(Severity::Start)) => (Certainty::Bad, "Score does not start with this store."),
        (Standing::Ended(_), Some(Severity::Ping)) => {
            (Certainty::Bad, "Score starts, and every client stops at its first step.")
        }
        (Standing::Ended(_), Some(Severity::Transfer)) => (Certainty::Bad, "Uploads or downloads fail."),
        (Standing::Ended(_), _) => (Certainty::Good, "Uploads and downloads work with this store, seen from here."),
    };
    (certainty, said.to_owned())
}

/// Judges whether clients reach the store. Only an address that leads elsewhere on every machine can be judged here.
fn clients(state: &State) -> Said {
    let elsewhere = state.run.iter().flat_map(|run| run.board.findings()).any(|(_, finding)| finding.id == Id::P31);
    if elsewhere && !state.stale() {
        return (Certainty::Warned, "Other machines may not reach the address that clients get.".to_owned());
    }
    (Certainty::Unknown, "Only a client's machine can tell.".to_owned())
}

/// Says that Score does not start yet, because an answer is not known yet.
#[must_use]
pub fn not_yet(state: &State) -> Option<String> {
    let setting = state.draft.later().next()?;
    Some(format!("Score does not start before {} is set.", setting.label))
}

/// Judges whether Score starts and works with its files and the other answers.
fn score(state: &State, files: Option<Severity>) -> Said {
    let problems = state.problems();
    let keys = problems.iter().map(|problem| problem.settings.first().copied().unwrap_or_default());
    let reached = |key: &str| step_of(key).is_none_or(|step| step <= state.reached);
    if let Some(at) = keys.clone().position(reached) {
        return (Certainty::Bad, format!("Not ready: {}", problems[at].message));
    }
    if let Some(said) = not_yet(state) {
        return (Certainty::Bad, said);
    }
    // Other purposes replace what is wrong in the files.
    let files = files.filter(|_| state.purpose == Some(Purpose::Troubleshoot));
    match files {
        Some(Severity::Start) => return (Certainty::Bad, "Score does not start with these files.".to_owned()),
        Some(Severity::Ping) => {
            return (Certainty::Bad, "With these files, every client stops at its first step.".to_owned());
        }
        Some(Severity::Transfer) => return (Certainty::Bad, "With these files, uploads or downloads fail.".to_owned()),
        Some(Severity::Note) | None => {}
    }
    let mut open: Vec<&str> = keys.map(topic).collect();
    if Step::Server > state.reached && !state.secure() && asks_for_authorization(state) {
        open.push(AUTHORIZATION);
    }
    open.dedup();
    if let [rest @ .., last] = &open[..] {
        let names = if rest.is_empty() { (*last).to_owned() } else { format!("{} and {last}", rest.join(", ")) };
        let verb = if rest.is_empty() { "is" } else { "are" };
        return (Certainty::Open, format!("Not ready: {names} {verb} not answered yet."));
    }
    if !state.secure() {
        return (Certainty::Bad, "Uploads and downloads fail, because authorization is off.".to_owned());
    }
    if lacks_authorization(state) {
        return (Certainty::Bad, LACKS_AUTHORIZATION.to_owned());
    }
    (Certainty::Good, "Files, profiles, Song and authorization are in order.".to_owned())
}

const AUTHORIZATION: &str = "authorization";

/// The knowledge about one way to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    pub certainty: Certainty,
    /// The host and port, or words for them.
    pub address: String,
    /// A few words; may be empty.
    pub said: &'static str,
}

/// Returns whether Score reaches the store, as tried from this machine, and whether clients do. `None` before there is
/// an address.
#[must_use]
pub fn reach(state: &State) -> Option<[Reach; 2]> {
    let (_, store) = state.store(Scope::Reach)?;
    let (address, for_clients) = store.addresses();
    let place = |url: &str| {
        let host = url.split_once("://").map_or(url, |(_, rest)| rest);
        host.split('/').next().unwrap_or_default().to_owned()
    };
    let (certainty, said) = from_here(state);
    let (clients, _) = clients(state);
    let other = for_clients.map_or_else(|| "the same address".to_owned(), |url| place(&url));
    Some([Reach { certainty, address: place(&address), said }, Reach { certainty: clients, address: other, said: "" }])
}

/// Returns what the newest checks of the current answers showed about the way from this machine.
fn from_here(state: &State) -> (Certainty, &'static str) {
    let current = [&state.background, &state.run].into_iter().flatten().filter(|run| state.is_current(run));
    let Some(run) = current.max_by_key(|run| run.number) else { return (Certainty::Open, "not tried yet") };
    let (mut reached, mut accepted) = (false, false);
    for (row, outcome) in run.board.outcomes() {
        match (row.group, outcome) {
            (CheckGroup::Reach, Outcome::Fail(_)) => return (Certainty::Bad, "not reached"),
            (CheckGroup::Store, Outcome::Fail(_)) => return (Certainty::Bad, "reached, but not usable"),
            (CheckGroup::SignIn, Outcome::Fail(_)) => return (Certainty::Bad, "reached, key refused"),
            (CheckGroup::Store, Outcome::Pass(_) | Outcome::Warn(_)) => reached = true,
            (CheckGroup::SignIn, Outcome::Pass(_) | Outcome::Warn(_)) => accepted = true,
            _ => {}
        }
    }
    match (accepted, reached) {
        (true, _) => (Certainty::Good, "reached, key accepted"),
        (_, true) => (Certainty::Good, "reached"),
        _ if run.going() => (Certainty::Open, "being tried"),
        _ => (Certainty::Open, "not tried yet"),
    }
}

/// Returns the word for the subject of a setting.
fn topic(key: &'static str) -> &'static str {
    match setting(key) {
        Some(setting) if setting.when == When::Secure => AUTHORIZATION,
        Some(setting) => setting.label,
        None => key,
    }
}
