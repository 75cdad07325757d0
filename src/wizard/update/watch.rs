//! Watches the running Score after a write, until it uses the written files.

use time::OffsetDateTime;

use super::rotation::{PAUSE, ScoreAnswer, Takeover};
use crate::{
    score::{Scope, key, setting},
    store::{
        checks::{Finding, News, Outcome, engine::Board, score::Score},
        probe::Route,
    },
    wizard::{Effect, State},
};

/// The questions to the running Score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// The number of the run.
    pub run: u64,
    /// The URL of Score.
    pub url: String,
    /// The round of questions in progress.
    board: Board,
    /// The last round that has ended.
    last: Option<Board>,
    /// The answers so far, if the keys were replaced. Several Scores may answer, and all of them must use the new keys.
    takeover: Option<Takeover>,
}

impl Watch {
    /// Returns true if Score works and uses the written files.
    #[must_use]
    pub fn passed(&self) -> bool {
        if let Some(takeover) = &self.takeover {
            return takeover.done();
        }
        // The last row compares Score with the written files.
        self.last.as_ref().is_some_and(|board| {
            !board.failed() && board.outcomes().last().is_some_and(|(_, outcome)| matches!(outcome, Outcome::Pass(_)))
        })
    }

    /// Says what is missing until Score uses the written files. `None` before it has answered.
    #[must_use]
    pub fn missing(&self) -> Option<String> {
        if let Some(takeover) = &self.takeover {
            return takeover.missing();
        }
        let finding = self.last.as_ref()?.findings().into_iter().next().map(|(_, finding)| finding.into_owned());
        finding.map(|finding: Finding| finding.summary)
    }

    /// Returns true if it waits for Scores that use new keys.
    #[must_use]
    pub fn waits_for_keys(&self) -> bool {
        self.takeover.is_some()
    }
}

impl State {
    /// Returns the URL of this Score on its own machine.
    #[must_use]
    pub fn own_url(&self) -> String {
        let tls = self.draft.value(key::SERVER_SSL_ENABLED).as_deref() == Some("true");
        let default = || setting(key::SERVER_PORT).and_then(|setting| setting.default).unwrap_or_default().to_owned();
        let port = self.draft.value(key::SERVER_PORT).unwrap_or_else(default);
        format!("{}://localhost:{port}", if tls { "https" } else { "http" })
    }
}

/// Begins to ask the running Score, and looks for its process. Does nothing unless files were
/// written, and nothing in the sandbox, which has no Score.
pub(super) fn begin(state: &mut State) -> Vec<Effect> {
    let Some((_, store)) =
        state.store(Scope::All).filter(|_| state.receipt.is_some() && !state.dry && state.sandbox.is_none())
    else {
        return Vec::new();
    };
    let mut effects = end(state);
    state.runs += 1;
    let (run, url) = (state.runs, state.own_url());
    let takeover = state.waits_for_new_keys().then(Takeover::default);
    let pause = if takeover.is_some() { |round: &Board| ScoreAnswer::of(round).pause() } else { |_: &Board| PAUSE };
    let asked = Score { url: url.clone(), store: Some(store), brief: takeover.is_some() };
    // Another place for the store is not the place of Score.
    let route = Route { connect_to: None, ..state.route.clone() };
    state.watch = Some(Watch { run, url, board: Board::default(), last: None, takeover });
    effects.extend([Effect::Watch { run, score: asked, route, pause }, Effect::Look(state.here.clone())]);
    effects
}

/// Takes news of a round. Stops the questions as soon as Score uses the written files.
pub(super) fn note(state: &mut State, run: u64, news: News, at: OffsetDateTime) -> Vec<Effect> {
    let Some(watch) = state.watch.as_mut().filter(|watch| watch.run == run && !watch.passed()) else {
        return Vec::new();
    };
    watch.board.apply(news);
    if watch.board.end.is_some() {
        let round = std::mem::take(&mut watch.board);
        watch.takeover.iter_mut().for_each(|takeover| takeover.note(ScoreAnswer::of(&round)));
        watch.last = Some(round);
    }
    if !watch.passed() {
        return Vec::new();
    }
    if watch.waits_for_keys() {
        state.replaced.iter_mut().for_each(|keys| keys.taken_at = keys.taken_at.or(Some(at)));
    }
    vec![Effect::Stop { run }]
}

/// Stops the questions.
pub(super) fn end(state: &mut State) -> Vec<Effect> {
    state.watch.take().map(|watch| Effect::Stop { run: watch.run }).into_iter().collect()
}
