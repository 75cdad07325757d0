//! Replaces the keys of a running Score: what the files say then, and whether the running Score uses them.

use std::time::Duration;

use super::read_file_answers;
use crate::{
    answers::{
        draft::{Origin, Problem, Text},
        target::Store,
    },
    score::{Id, key},
    store::checks::{Finding, Outcome, engine::Board},
    wizard::{State, Trouble, proposal},
};

/// The number of answers in a row that must agree. Behind one address, several Scores may answer at random. If one of two
/// still uses the old keys, ten answers agree by chance once in a thousand times.
pub const ANSWERS_IN_A_ROW: u32 = 10;

/// The replacement of the keys of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The store with the old keys.
    pub before: Store,
}

impl Rotation {
    /// Returns the keys of the old and the new store that differ.
    #[must_use]
    pub fn change(&self, after: &Store) -> NewKeys {
        match (&self.before, after) {
            (Store::S3(old), Store::S3(new)) if old.access_key != new.access_key => NewKeys::Pair,
            (Store::S3(old), Store::S3(new)) if old.secret_key != new.secret_key => NewKeys::Secret,
            (Store::Azure(old), Store::Azure(new)) if old.key != new.key => NewKeys::AccountKey,
            _ => NewKeys::Nothing,
        }
    }

    /// Returns how long URLs that were signed with the old keys stay valid.
    #[must_use]
    pub fn longest_url(&self) -> Duration {
        let days = match &self.before {
            Store::S3(store) => store.upload_expiration_days.max(store.download_expiration_days),
            // On Azure, URLs for uploads have the expiration of downloads (Score 5.11 `AzureURLGenerator.java:52`).
            Store::Azure(store) => store.download_expiration_days,
        };
        Duration::from_secs(u64::from(days) * 24 * 60 * 60)
    }
}

/// The difference between the old and the new keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewKeys {
    Nothing,
    /// A new access key with its secret. Both pairs can work at the same time.
    Pair,
    /// A new secret for the same access key. The store knows only one of the two secrets.
    Secret,
    /// Another key of the same Azure account. Both work at the same time.
    AccountKey,
}

/// Puts new keys into the files, as a fix of them.
pub(super) fn replace(state: &mut State, keys: &[(&'static str, Text)]) {
    let before = state.draft.found().store;
    let Some(working) = state.working() else { return };
    let mut draft = state.draft.clone();
    for (key, text) in keys {
        draft.give(key, text.clone(), Origin::Typed);
    }
    let mut values = Vec::new();
    let mut wrong: Option<Problem> = None;
    for (key, _) in keys {
        let Some(setting) = draft.setting(key) else {
            wrong.get_or_insert(Problem::new(
                Id::T48,
                vec![key],
                format!("Score does not read {key} with this store."),
            ));
            continue;
        };
        match draft.written(setting) {
            Some(value) => values.push((setting, value)),
            None => wrong = wrong.or_else(|| draft.problems_of(key).into_iter().next()),
        }
    }
    let done = match wrong {
        Some(problem) => Err(problem),
        None => proposal::rotation::rotated(working, &state.launch(), &values),
    };
    match done {
        Ok(after) => {
            state.fixed = Some(after);
            state.rotation = Some(Rotation { before });
            read_file_answers(state);
        }
        Err(problem) => {
            state.trouble = Some(Trouble {
                what: "the keys cannot be replaced".to_owned(),
                cause: problem.message,
                hint: String::new(),
                wrong: true,
            });
        }
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

fn said(finding: &Finding) -> String {
    format!("{} [{}]", finding.summary, finding.id)
}

fn is_about_keys(finding: &Finding) -> bool {
    let keys = [key::S3_ACCESS_KEY, key::S3_SECRET_KEY, key::AZURE_ACCOUNT_KEY];
    !finding.settings.is_empty() && finding.settings.iter().all(|setting| keys.contains(setting))
}

/// Counts the answers of the running Score that agree.
#[derive(Debug, Clone, Default)]
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
