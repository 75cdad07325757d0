//! Replaces the keys of a running Score: what the files say then, and whether the running Score uses them.

mod problems;
mod replaced;
mod words;

use std::time::Duration;

pub use problems::concern;
pub use replaced::{NewKeys, ReplacedKeys};
pub(super) use replaced::{finish, note_refusal};
pub use words::AfterRotation;

use super::read_file_answers;
use crate::{
    answers::{
        draft::{Draft, Origin, Problem, Text},
        target::Store,
    },
    install::deployment::Deployment,
    score::{Api, Id, Setting, Severity, key},
    store::checks::{Finding, Outcome, engine::Board},
    text::secret::Secret,
    wizard::{Event, Purpose, State, Trouble, field::step_of, proposal::rotation::rotated},
};

/// The number of answers in a row that must agree. Behind one address, several Scores may answer at random. If one of two
/// still uses the old keys, ten answers agree by chance once in a thousand times.
pub const ANSWERS_IN_A_ROW: u32 = 10;

/// The time between two rounds of questions to a running Score that does not use the files yet.
pub(super) const PAUSE: Duration = Duration::from_secs(2);

/// The replacement of only the keys of a deployment. Any other answer makes it a usual change, which writes every setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The store with the old keys. After a write, the written store.
    pub before: Store,
    /// The deployment with the accepted fixes, and with the old keys. `None` if no fix was accepted.
    pub base: Option<Deployment>,
    /// The reason why the keys cannot be written where Score reads them.
    pub refused: Option<Problem>,
    /// The number of times that keys were put into the files.
    put: u64,
    /// True if an interrupted session continues, so that its secret is missing.
    pub continued: bool,
}

/// Returns the settings of the keys that are replaced.
const fn settings(api: Api) -> &'static [&'static str] {
    match api {
        Api::S3 => &[key::S3_ACCESS_KEY, key::S3_SECRET_KEY],
        Api::Azure => &[key::AZURE_ACCOUNT_KEY],
    }
}

/// Returns the typed keys as a file contains them.
fn typed(draft: &Draft) -> Vec<(&'static Setting, Secret)> {
    let known = settings(draft.api()).iter().filter_map(|key| draft.setting(key));
    known.filter(|setting| draft.typed(setting).is_some()).filter_map(|one| Some((one, draft.written(one)?))).collect()
}

/// Begins to replace the keys. From here on, the files are tried exactly as Score reads them. Does nothing if more than keys
/// is to be written: a first configuration, an upgrade, other answers, or files that stop Score at its start.
///
/// # Errors
/// Returns a problem if the keys are not in a file that this program changes.
pub(super) fn begin(state: &mut State) -> Result<(), Problem> {
    let only_keys = state.purpose() == Purpose::Reconfigure && state.draft.gives_only(settings(state.draft.api()));
    let Some(working) = state.working().filter(|_| only_keys) else { return Ok(()) };
    let probe = |key: &&'static str| Some((state.draft.setting(key)?, Secret::new("x")));
    let probes: Vec<_> = settings(state.draft.api()).iter().filter_map(probe).collect();
    rotated(working, &state.launch(), &probes)?;
    start(state);
    let stops = state.rotation_problems().iter().any(|problem| problem.severity == Severity::Start);
    // Score would not start again, so the rest is written too.
    follow(state, stops);
    Ok(())
}

/// Continues an interrupted replacement: asks for the secret, which was not kept.
pub(super) fn resume(state: &mut State) {
    let secret = settings(state.draft.api()).last().copied();
    state.step = secret.and_then(step_of).unwrap_or(state.step);
    match begin(state) {
        Ok(()) => {
            state.changing = secret.into_iter().collect();
            state.rotation.iter_mut().for_each(|rotation| rotation.continued = true);
        }
        Err(problem) => state.trouble = Some(trouble(problem, "")),
    }
}

fn start(state: &mut State) {
    let (before, base) = (state.draft.found().store, state.fixed.clone());
    state.rotation = Some(Rotation { before, base, refused: None, put: 0, continued: false });
    state.as_written = true;
    read_file_answers(state);
}

/// Returns how often new keys were put into the files.
pub(super) fn count(state: &State) -> u64 {
    state.rotation.as_ref().map_or(0, |rotation| rotation.put)
}

/// Puts the typed keys into the files, in place of the old ones.
pub(super) fn put_in(state: &mut State) {
    let Some(rotation) = state.rotation.as_ref() else { return };
    let Some(base) = rotation.base.as_ref().or(state.deployment.as_ref()) else { return };
    let keys = typed(&state.draft);
    let (after, refused) = match rotated(base, &state.launch(), &keys) {
        Ok(after) if !keys.is_empty() => (Some(after), None),
        Ok(_) => (rotation.base.clone(), None),
        Err(problem) => (rotation.base.clone(), Some(problem)),
    };
    if after == state.fixed && refused == rotation.refused {
        return;
    }
    state.fixed = after;
    if let Some(rotation) = &mut state.rotation {
        rotation.refused = refused;
        rotation.put += 1;
    }
    read_file_answers(state);
}

/// Applies a fix to the files with the old keys too.
pub(super) fn fix_base(state: &mut State, fix: impl Fn(&Deployment) -> Deployment) {
    if let Some(rotation) = &mut state.rotation {
        rotation.base = rotation.base.as_ref().or(state.deployment.as_ref()).map(fix);
    }
}

/// Returns true for an event that changes more than keys.
pub(super) fn ends(event: &Event) -> bool {
    matches!(
        event,
        Event::ReleaseChosen(_)
            | Event::LauncherChosen(_)
            | Event::FormChosen(_)
            | Event::ProfilesChosen(_)
            | Event::SecureChosen(_)
            | Event::CompanionFilesChosen(_)
            | Event::ProviderChosen(_)
            | Event::SettingsTaken(_)
    )
}

/// Makes the replacement a usual change if the event changed more than keys. Returns true if it did.
pub(super) fn follow(state: &mut State, ends: bool) -> bool {
    let more = ends || !state.draft.gives_only(settings(state.draft.api()));
    let Some(rotation) = state.rotation.take_if(|_| more) else { return false };
    state.fixed = rotation.base;
    state.as_written = false;
    read_file_answers(state);
    true
}

/// Replaces the keys by these.
pub(super) fn replace(state: &mut State, keys: &[(&'static str, Text)]) {
    if state.working().is_none() {
        return;
    }
    start(state);
    let mut wrong: Option<Problem> = None;
    for (key, text) in keys {
        let Some(setting) = state.draft.setting(key) else {
            let message = format!("Score does not read {key} with this store.");
            wrong.get_or_insert(Problem::new(Id::T48, vec![key], message));
            continue;
        };
        state.draft.give(key, text.clone(), Origin::Typed);
        if state.draft.written(setting).is_none() {
            wrong = wrong.or_else(|| state.draft.problems_of(key).into_iter().next());
        }
    }
    put_in(state);
    let refused = state.rotation.as_ref().and_then(|rotation| rotation.refused.clone());
    if let Some(problem) = wrong.or(refused) {
        for (key, _) in keys {
            state.draft.take_back(key);
        }
        state.rotation = None;
        state.trouble = Some(trouble(problem, ""));
    }
}

/// Says why the keys cannot be replaced.
pub(super) fn trouble(problem: Problem, hint: &str) -> Trouble {
    Trouble {
        what: "the keys cannot be replaced".to_owned(),
        cause: problem.message,
        hint: hint.to_owned(),
        wrong: true,
    }
}

impl State {
    /// Returns true while only the keys of the deployment are replaced.
    #[must_use]
    pub fn replaces_keys(&self) -> bool {
        self.rotation.is_some()
    }

    /// Returns true if an accepted fix changes the files of the draft.
    #[must_use]
    pub fn accepted_fixes(&self) -> bool {
        match &self.rotation {
            Some(rotation) => rotation.base.is_some(),
            None => self.fixed.is_some(),
        }
    }

    /// Returns what stops Score with the new keys: what is wrong with them, and what would keep it from starting again. The
    /// rest stays as it is.
    pub(crate) fn rotation_problems(&self) -> Vec<Problem> {
        let keys = settings(self.draft.api());
        let about_keys = |problem: &Problem| problem.settings.iter().any(|key| keys.contains(key));
        let given = |key: &&str| self.draft.setting(key).is_some_and(|setting| self.draft.typed(setting).is_some());
        let of_given = |problem: &Problem| about_keys(problem) && problem.settings.iter().any(given);
        let mut problems: Vec<_> = self.draft.problems().into_iter().filter(of_given).collect();
        problems.extend(self.rotation.as_ref().and_then(|rotation| rotation.refused.clone()));
        let (files, _) = self.file_problems(&self.draft.found());
        let stops = files.into_iter().filter(|problem| problem.severity == Severity::Start || about_keys(problem));
        let stops: Vec<_> = stops.filter(|problem| !concern(&problems, problem.settings.first())).collect();
        problems.extend(stops);
        problems
    }
}

/// The answer of the running Score in one round of questions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScoreAnswer {
    /// It uses the keys of the files, and the store accepts its URL.
    UsesThem,
    /// It uses other keys. Nothing else differs.
    OtherKeys,
    /// It uses another configuration, or the store refuses its URL.
    Wrong(String),
    /// It does not answer, or not as Score does.
    Silent(String),
    /// It cannot be compared with the files.
    Unknown(String),
}

impl ScoreAnswer {
    /// Judges a round of questions to a running Score that was compared with the files.
    #[must_use]
    pub fn of(board: &Board) -> Self {
        let outcome = |id: &str| board.outcomes().find(|(row, _)| row.id == id).map(|(_, outcome)| outcome);
        for row in ["score-answers", "score-ping"] {
            if let Some(Outcome::Fail(finding)) = outcome(row) {
                return Self::Silent(said(finding));
            }
        }
        match outcome("configuration") {
            Some(Outcome::Pass(_)) => {}
            Some(Outcome::Fail(finding) | Outcome::Warn(finding)) if is_about_keys(finding) => return Self::OtherKeys,
            Some(Outcome::Fail(finding) | Outcome::Warn(finding)) => return Self::Wrong(said(finding)),
            Some(Outcome::NotProbed(why) | Outcome::Waiting(why)) => return Self::Unknown(why.clone()),
            None => return Self::Unknown("the question was stopped".to_owned()),
        }
        match outcome("signed-sentinel") {
            Some(Outcome::Pass(_) | Outcome::Warn(_)) => Self::UsesThem,
            Some(Outcome::Fail(finding)) => Self::Wrong(said(finding)),
            Some(Outcome::NotProbed(why) | Outcome::Waiting(why)) => Self::Unknown(why.clone()),
            None => Self::Unknown("the question was stopped".to_owned()),
        }
    }
}

impl ScoreAnswer {
    /// Returns the time until the next question. Answers that agree are asked for quickly.
    #[must_use]
    pub fn pause(&self) -> Duration {
        match self {
            Self::UsesThem => Duration::from_millis(100),
            _ => PAUSE,
        }
    }
}

fn said(finding: &Finding) -> String {
    format!("{} [{}]", finding.summary, finding.id)
}

fn is_about_keys(finding: &Finding) -> bool {
    let keys = [key::S3_ACCESS_KEY, key::S3_SECRET_KEY, key::AZURE_ACCOUNT_KEY];
    !finding.settings.is_empty() && finding.settings.iter().all(|setting| keys.contains(setting))
}

/// Counts the answers of the running Score that agree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Takeover {
    /// The number of answers in a row that used the keys of the files.
    pub in_a_row: u32,
    pub last: Option<ScoreAnswer>,
    /// True if some answers used the keys and others did not.
    pub mixed: bool,
}

impl Takeover {
    /// Takes an answer.
    pub fn note(&mut self, answer: ScoreAnswer) {
        if answer == ScoreAnswer::UsesThem {
            self.in_a_row += 1;
        } else {
            self.mixed |= self.in_a_row > 0 && answer == ScoreAnswer::OtherKeys;
            self.in_a_row = 0;
        }
        self.last = Some(answer);
    }

    /// Says what is missing until every Score uses the new keys. `None` before an answer.
    #[must_use]
    pub fn missing(&self) -> Option<String> {
        Some(match self.last.as_ref()? {
            ScoreAnswer::UsesThem => {
                format!("{} of {ANSWERS_IN_A_ROW} answers in a row use the new keys.", self.in_a_row)
            }
            answer => answer.words(self.mixed),
        })
    }

    /// Returns true if every Score behind the address uses the keys of the files.
    #[must_use]
    pub fn done(&self) -> bool {
        self.in_a_row >= ANSWERS_IN_A_ROW
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_agree_only_in_a_row() {
        let mut takeover = Takeover::default();
        for _ in 0..ANSWERS_IN_A_ROW - 1 {
            takeover.note(ScoreAnswer::UsesThem);
        }
        assert!(!takeover.done() && !takeover.mixed);
        takeover.note(ScoreAnswer::OtherKeys);
        assert!(!takeover.done() && takeover.mixed);
        for _ in 0..ANSWERS_IN_A_ROW {
            takeover.note(ScoreAnswer::UsesThem);
        }
        assert!(takeover.done());
    }
}
