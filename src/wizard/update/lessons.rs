//! Has the three faults of the sandbox, and decides from the facts which of them are fixed.

use crate::{
    score::key,
    store::checks::{CheckGroup, Outcome},
    text::Endpoint,
    wizard::{Lessons, State},
};

/// A fault of the sandbox, in the order of the tour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lesson {
    WrongSecret,
    MissingBucket,
    OwnAddress,
}

impl Lesson {
    pub const ALL: [Self; 3] = [Self::WrongSecret, Self::MissingBucket, Self::OwnAddress];

    /// Returns the number of the fault, counted from one.
    #[must_use]
    pub fn number(self) -> usize {
        self as usize + 1
    }

    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::WrongSecret => "a wrong secret key",
            Self::MissingBucket => "a missing bucket",
            Self::OwnAddress => "an endpoint for this machine only",
        }
    }

    /// Returns the task in one line.
    #[must_use]
    pub fn task(self, lessons: &Lessons) -> String {
        match self {
            Self::WrongSecret => format!("type the secret key {}", lessons.secret),
            Self::MissingBucket => "press f to create the bucket score-state".to_owned(),
            Self::OwnAddress => format!("type the endpoint {}", lessons.endpoint),
        }
    }
}

impl State {
    /// Returns true if the fault is fixed, in the answers or in the store.
    #[must_use]
    pub fn is_solved(&self, lesson: Lesson) -> bool {
        let Some(lessons) = &self.sandbox else { return false };
        match lesson {
            Lesson::WrongSecret => {
                let secret = self.draft.secret(key::S3_SECRET_KEY);
                secret.is_some_and(|secret| secret.shape(|secret| secret == lessons.secret))
            }
            Lesson::MissingBucket => {
                let run = self.run.as_ref().filter(|run| !run.going());
                let tried = run.iter().flat_map(|run| run.board.outcomes());
                let buckets = tried.filter(|(row, _)| row.group == CheckGroup::Buckets);
                let good: Vec<_> =
                    buckets.map(|(_, outcome)| matches!(outcome, Outcome::Pass(_) | Outcome::Warn(_))).collect();
                !good.is_empty() && good.into_iter().all(|good| good)
            }
            Lesson::OwnAddress => {
                let endpoint = self.draft.value(key::S3_ENDPOINT);
                let endpoint = endpoint.and_then(|endpoint| Endpoint::parse(&endpoint).ok());
                endpoint.is_some_and(|endpoint| !endpoint.is_this_machine())
            }
        }
    }

    /// Returns the first fault of the sandbox that is not fixed.
    #[must_use]
    pub fn lesson(&self) -> Option<Lesson> {
        self.sandbox.as_ref()?;
        Lesson::ALL.into_iter().find(|lesson| !self.is_solved(*lesson))
    }
}
