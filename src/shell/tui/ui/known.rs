//! What frames show of files that may be large: worked out once for each reading and each change of the answers, not for
//! each frame.

use crate::{
    answers::draft::Draft,
    install::{
        deployment::{Sighting, Start},
        lint, recognise,
        spring::View,
    },
    score::{Api, Release},
    shell::batch::show::{Value, values as values_of},
    text::properties::{BadEscape, Document},
    wizard::{
        Blocked, State,
        proposal::{Diff, Proposal},
    },
};

/// What the existing file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Existing {
    /// Not read yet, or it could not be.
    Unread,
    Absent,
    /// How many keys it sets.
    Keys(usize),
    Unreadable(BadEscape),
}

/// What would be written, with the difference of each file.
pub type Preview = Result<(Proposal, Vec<Diff>), Blocked>;

/// What is told of a deployment that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    pub file: Existing,
    /// How many variables Score is started with, where something tells them.
    pub variables: Option<usize>,
    /// The provider, or where the store is.
    pub store: Option<String>,
    /// How many things in its files stop Score or its clients.
    pub findings: usize,
}

impl Sight {
    /// Nothing is configured there yet.
    #[must_use]
    pub fn empty(&self) -> bool {
        matches!(self.file, Existing::Absent | Existing::Keys(0)) && self.variables.is_none_or(|count| count == 0)
    }
}

#[derive(Debug, Default)]
pub struct Known {
    existing: Option<(usize, Existing)>,
    sights: Option<(usize, Vec<Sight>)>,
    findings: Option<(Seen, Vec<lint::Finding>)>,
    preview: Option<(Basis, Preview)>,
    values: Option<(Seen, Vec<Value>)>,
    settled: Option<(Basis, bool)>,
}

/// All that a preview follows from.
#[derive(Debug, PartialEq)]
struct Basis {
    reads: usize,
    draft: Draft,
    failed: bool,
    setup: crate::install::deployment::Setup,
}

/// All that findings in the files follow from.
#[derive(Debug, PartialEq)]
struct Seen {
    reads: usize,
    release: Option<Release>,
    api: Option<Api>,
    start: Start,
}

impl Seen {
    fn of(state: &State, reads: usize) -> Self {
        let api = state.draft.provider.map(|provider| provider.api);
        Self { reads, release: state.draft.release, api, start: state.start() }
    }
}

impl Known {
    /// For the sheet that shows them; forgotten with it.
    pub fn follow_values(&mut self, state: &State, reads: usize, shown: bool) {
        let seen = Seen::of(state, reads);
        if !shown {
            self.values = None;
        } else if self.values.as_ref().is_none_or(|(known, _)| *known != seen) {
            self.values = Some((seen, values(state)));
        }
    }

    /// `reads` differs whenever files may have been read anew, or were mended.
    pub fn follow(&mut self, state: &State, reads: usize, reviewing: bool) {
        if self.existing.as_ref().is_none_or(|(seen, _)| *seen != reads) {
            self.existing = Some((reads, existing(state.deployment.as_ref().map(|read| &read.application.bytes))));
        }
        if self.sights.as_ref().is_none_or(|(seen, _)| *seen != reads) {
            self.sights = Some((reads, state.sightings.iter().flatten().map(sight).collect()));
        }
        let seen = Seen::of(state, reads);
        if self.findings.as_ref().is_none_or(|(known, _)| *known != seen) {
            self.findings = Some((seen, state.lint()));
        }
        let basis = || Basis { reads, draft: state.draft.clone(), failed: state.failed(), setup: state.setup.clone() };
        if reviewing {
            if self.preview.as_ref().is_none_or(|(seen, _)| *seen != basis()) {
                let preview = state.proposal().map(|proposal| {
                    let diffs = proposal.files.iter().map(crate::wizard::proposal::FileChange::diff).collect();
                    (proposal, diffs)
                });
                self.preview = Some((basis(), preview));
            }
        } else {
            // It may be as large as two files.
            self.preview = None;
        }
        if state.receipt.is_none() || state.loading {
            self.settled = None;
        } else if self.settled.as_ref().is_none_or(|(seen, _)| *seen != basis()) {
            let settled = state.proposal().is_ok_and(|proposal| !proposal.changed());
            self.settled = Some((basis(), settled));
        }
    }

    #[must_use]
    pub fn existing(&self) -> &Existing {
        self.existing.as_ref().map_or(&Existing::Unread, |(_, existing)| existing)
    }

    /// One for each sighting.
    #[must_use]
    pub fn sights(&self) -> &[Sight] {
        self.sights.as_ref().map_or(&[], |(_, sights)| sights)
    }

    /// What is wrong in the files, as they were read and mended; none for a first installation.
    #[must_use]
    pub fn findings(&self) -> &[lint::Finding] {
        self.findings.as_ref().map_or(&[], |(_, findings)| findings)
    }

    /// Only while the review is shown.
    #[must_use]
    pub fn preview(&self) -> Option<&Preview> {
        self.preview.as_ref().map(|(_, preview)| preview)
    }

    /// Only while they are shown.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        self.values.as_ref().map_or(&[], |(_, values)| values)
    }

    /// After a write: whether the files, read again, say all that they were to say; `None`: not read again yet.
    #[must_use]
    pub fn settled(&self) -> Option<bool> {
        self.settled.as_ref().map(|(_, settled)| *settled)
    }
}

fn values(state: &State) -> Vec<Value> {
    let stand = state.stand();
    state.working().map(|working| values_of(&View::of(working, &stand), stand.release)).unwrap_or_default()
}

fn existing(bytes: Option<&Option<Vec<u8>>>) -> Existing {
    match bytes {
        None => Existing::Unread,
        Some(None) => Existing::Absent,
        Some(Some(bytes)) => match Document::parse(bytes) {
            Ok(document) => Existing::Keys(document.pairs().count()),
            Err(bad) => Existing::Unreadable(bad),
        },
    }
}

fn sight(sighting: &Sighting) -> Sight {
    let deployment = &sighting.deployment;
    let stand = recognise::launch(deployment, None);
    let mut draft = Draft::default();
    draft.release = Some(stand.release);
    draft.keep(&View::answers(deployment, &stand));
    draft.recognise_provider(recognise::api(deployment, &stand));
    let sight = Sight {
        file: existing(Some(&deployment.application.bytes)),
        variables: deployment.environment.as_ref().map(|environment| environment.variables.len()),
        store: draft.provider.map(|provider| provider.name.clone()),
        findings: 0,
    };
    let api = draft.provider.map(|provider| provider.api);
    let counts = |finding: &lint::Finding| finding.severity != crate::score::Severity::Note;
    let findings =
        if sight.empty() { 0 } else { lint::lint(deployment, &stand, api).into_iter().filter(counts).count() };
    Sight { findings, ..sight }
}
