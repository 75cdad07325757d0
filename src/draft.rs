//! Answers as they are, right or wrong at any time, and where each came from. Problems are computed when asked, never
//! stored. Knows nothing of how answers are asked, or of what the store says to them.

use std::collections::BTreeMap;

use crate::{
    catalogue::{Provider, Release, Setting, Step},
    properties::Document,
    secret::Secret,
    target::{Store, Target},
};

/// What was typed for one setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    Plain(String),
    Secret(Secret),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Typed,
    /// A line of the answers file, counted from one.
    Answers {
        line: usize,
    },
    /// A line of the existing properties file, counted from one.
    File {
        line: usize,
    },
    Preset,
    Default,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub text: Text,
    pub origin: Origin,
}

/// What is wrong with an answer, or missing; shown under the field, or listed in an unattended run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Keys it points to, the one to change first.
    pub settings: Vec<&'static str>,
    /// A sentence that names the rule.
    pub message: String,
    /// Where that answer stands, if in a file.
    pub origin: Option<Origin>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    pub release: Option<Release>,
    pub provider: Option<&'static Provider>,
    /// AWS only: gives `s3.endpoint`; buckets are created there.
    pub region: Option<String>,
    /// Typed, or from an answers file.
    given: BTreeMap<&'static str, Answer>,
    /// As the existing file says.
    kept: BTreeMap<&'static str, Answer>,
}

impl Draft {
    /// An answer typed or read from an answers file.
    pub fn give(&mut self, _key: &'static str, _text: Text, _origin: Origin) {
        todo!()
    }

    /// The file's answer, the preset's or the default counts again.
    pub fn take_back(&mut self, _key: &'static str) {
        todo!()
    }

    /// What the existing file says; forgets what another file said.
    pub fn keep(&mut self, _document: &Document) {
        todo!()
    }

    /// The answer that counts: given, else the file's, else the preset's, else the default.
    #[must_use]
    pub fn answer(&self, _setting: &'static Setting) -> Option<Answer> {
        todo!()
    }

    /// The settings this step asks, in screen order.
    #[must_use]
    pub fn visible(&self, _step: Step) -> Vec<&'static Setting> {
        todo!()
    }

    /// Everything that is wrong or missing, in the order of the screens.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        todo!()
    }

    /// The only door to the network and to the file.
    ///
    /// # Errors
    /// All problems at once.
    pub fn target(&self) -> Result<Target, Vec<Problem>> {
        todo!()
    }

    /// As much of the store as the scope needs: what is not needed for it may be missing or wrong.
    #[must_use]
    pub fn store(&self, _scope: crate::checks::Scope) -> Option<Store> {
        todo!()
    }
}
