//! A running Score, asked as its clients ask it: what its pages say, and whether the URL of its ping brings the sentinel.
//! Nobody is contacted but the address that is given and the one that its ping names. Needs no secret; with a
//! configuration it also tells whether that is the one in use.

mod ask;
mod compare;

pub(super) use compare::Difference;

use std::sync::{Arc, Mutex};

use time::OffsetDateTime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    News, Outcome, advice,
    plan::{Check, Line, Of, checks, line},
    run::{Work, blamed, schedule},
};
use crate::{
    answers::target::Store,
    score::Scope,
    store::probe::{Reply, Route, Sender, SignedUrl},
    text::Endpoint,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ask {
    Answers,
    Health,
    Profile,
    Listing,
    Ping,
    SignedUrl,
    Clock,
    Sentinel,
    Transfers,
    Configuration,
}

/// In the order of the screen; a line names only lines above it.
const LINES: &[Line<Ask>] = &[
    line(Ask::Answers, "score-answers", "Score", "answers").within(6),
    line(Ask::Health, "score-health", "Score", "health page").after(&["score-answers"]),
    line(Ask::Profile, "score-profile", "Score", "kind of store").after(&["score-answers"]),
    line(Ask::Listing, "score-listing", "Score", "listing").after(&["score-answers"]),
    line(Ask::Ping, "score-ping", "Score", "ping").after(&["score-answers"]),
    line(Ask::Transfers, "score-transfers", "Score", "transfers").after(&[
        "score-profile",
        "score-listing",
        "score-ping",
    ]),
    line(Ask::SignedUrl, "signed-url", "Clients", "URL of the ping").after(&["score-ping"]),
    line(Ask::Sentinel, "signed-sentinel", "Clients", "sentinel").after(&["signed-url"]).within(12),
    line(Ask::Clock, "score-clock", "Clients", "clock of Score").after(&["signed-url", "signed-sentinel"]),
];

/// With a configuration.
const COMPARED: Line<Ask> =
    line(Ask::Configuration, "configuration", "Clients", "configuration in use").after(&["signed-url"]);

/// What is asked, and with what it is compared.
#[derive(Debug, Clone)]
pub struct Score {
    /// As clients have it in their `storage.url`.
    pub url: String,
    pub store: Option<Store>,
}

struct Visit {
    url: Endpoint,
    store: Option<Store>,
    /// To Score, as `--connect-to` says.
    score: Sender,
    /// Wherever a URL leads.
    clients: Sender,
    heard: Mutex<Heard>,
}

/// What one row learns and another looks at.
#[derive(Default)]
struct Heard {
    /// To the health page.
    health: Option<Reply>,
    /// A page without a use for strangers asked for a token.
    secure: Option<bool>,
    /// And when it came.
    url: Option<(SignedUrl, OffsetDateTime)>,
    /// What the URL was answered, and when.
    followed: Option<(Reply, OffsetDateTime)>,
}

/// Asks, and tells `news`; ends with `News::Finished`. Nothing is written anywhere.
pub async fn run(score: Score, route: Route, stop: CancellationToken, news: impl Fn(News) + Send + Sync + 'static) {
    let started = Instant::now();
    let news = Arc::new(news);
    let compared = score.store.is_some().then_some(COMPARED);
    let lines: Vec<Line<Ask>> = LINES.iter().copied().chain(compared).collect();
    let checks = checks(&lines, Scope::ReadOnly, false, |_: Of| vec![String::new()]);
    let stopped = match Visit::new(score, &route) {
        Ok(visit) => {
            let perform = |check: &Check<Ask>| -> Work {
                let (visit, ask) = (visit.clone(), check.ask);
                Box::pin(async move { ask::perform(&visit, ask).await })
            };
            schedule(&checks, perform, &stop, &news).await
        }
        Err(finding) => schedule(&checks, |check| blamed(&checks, check, &finding), &stop, &news).await,
    };
    news(News::Finished { leftovers: Vec::new(), stopped, elapsed: started.elapsed() });
}

impl Visit {
    fn new(score: Score, route: &Route) -> Result<Arc<Self>, super::Finding> {
        let url = Endpoint::parse(score.url.trim_end_matches('/')).map_err(advice::score::bad_url)?;
        let sender = |route: &Route| Sender::new(route).map_err(|why| advice::bad_route(&why.to_string()));
        let clients = Route { connect_to: None, ..route.clone() };
        Ok(Arc::new(Self {
            url,
            store: score.store,
            score: sender(route)?,
            clients: sender(&clients)?,
            heard: Mutex::default(),
        }))
    }
}

/// What a row has to say: what was seen, or why it did not pass.
type Told = Result<String, Outcome>;
