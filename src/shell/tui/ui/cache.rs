//! Caches facts about files that may be large. Computes them once for each reading and each change of the answers, not
//! for each frame.

use crate::{
    answers::draft::Draft,
    install::{
        deployment::{Launcher, Sighting},
        lint, recognise,
        spring::View,
    },
    score::{Api, Release},
    shell::batch::show::{ValueEntry, values as values_of},
    text::properties::{BadEscape, Document},
    wizard::{
        Blocked, State,
        proposal::{Diff, Proposal},
    },
};

/// The state of the existing file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Existing {
    /// Not read yet, or reading failed.
    Unread,
    Absent,
    /// A readable file, with the number of keys that it sets.
    Keys(usize),
    Unreadable(BadEscape),
}

/// The files to write, with the difference of each.
pub type Preview = Result<(Proposal, Vec<Diff>), Blocked>;

/// The facts shown about a deployment that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    pub file: Existing,
    /// The number of environment variables of Score, if known.
    pub variables: Option<usize>,
    /// The name of the provider.
    pub store: Option<String>,
    /// The number of findings in its files that stop Score or its clients.
    pub findings: usize,
}

impl Sight {
    /// Returns true if the deployment has no configuration yet.
    #[must_use]
    pub fn empty(&self) -> bool {
        matches!(self.file, Existing::Absent | Existing::Keys(0)) && self.variables.is_none_or(|count| count == 0)
    }
}

#[derive(Debug, Default)]
pub struct Known {
    existing: Option<(usize, Existing)>,
    sights: Option<(usize, Vec<Sight>)>,
    findings: Option<(CacheKey, Vec<lint::FileFinding>)>,
    preview: Option<(Basis, Preview)>,
    values: Option<(CacheKey, Vec<ValueEntry>)>,
    settled: Option<(Basis, bool)>,
}

/// The input of a preview.
#[derive(Debug, PartialEq)]
struct Basis {
    reads: usize,
    draft: Draft,
    failed: bool,
    setup: crate::install::deployment::Setup,
}

/// The input of the findings in the files.
#[derive(Debug, PartialEq)]
struct CacheKey {
    reads: usize,
    release: Option<Release>,
    api: Option<Api>,
    start: Launcher,
}

impl CacheKey {
    fn of(state: &State, reads: usize) -> Self {
        let api = state.draft.provider.map(|provider| provider.api);
        Self { reads, release: state.draft.release, api, start: state.start() }
    }
}

impl Known {
    /// Updates the values for the sheet that shows them. Removes them when it is closed.
    pub fn follow_values(&mut self, state: &State, reads: usize, shown: bool) {
        let seen = CacheKey::of(state, reads);
        if !shown {
            self.values = None;
        } else if self.values.as_ref().is_none_or(|(known, _)| *known != seen) {
            self.values = Some((seen, values(state)));
        }
    }

    /// Updates the facts. `reads` changes whenever files may have been read again or fixed.
    pub fn follow(&mut self, state: &State, reads: usize, reviewing: bool) {
        if self.existing.as_ref().is_none_or(|(seen, _)| *seen != reads) {
            self.existing = Some((reads, existing(state.deployment.as_ref().map(|read| &read.application.bytes))));
        }
        if self.sights.as_ref().is_none_or(|(seen, _)| *seen != reads) {
            self.sights = Some((reads, state.sightings.iter().flatten().map(sight).collect()));
        }
        let seen = CacheKey::of(state, reads);
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
            // The preview may be as large as two files.
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

    /// Returns the facts of each sighting.
    #[must_use]
    pub fn sights(&self) -> &[Sight] {
        self.sights.as_ref().map_or(&[], |(_, sights)| sights)
    }

    /// Returns the findings in the files, with the accepted fixes applied. Returns none for a first installation.
    #[must_use]
    pub fn findings(&self) -> &[lint::FileFinding] {
        self.findings.as_ref().map_or(&[], |(_, findings)| findings)
    }

    /// Returns the preview. `None` unless the review is shown.
    #[must_use]
    pub fn preview(&self) -> Option<&Preview> {
        self.preview.as_ref().map(|(_, preview)| preview)
    }

    /// Returns the values. Empty unless they are shown.
    #[must_use]
    pub fn values(&self) -> &[ValueEntry] {
        self.values.as_ref().map_or(&[], |(_, values)| values)
    }

    /// Returns true if the files, read again after a write, contain everything. `None` before they are read again.
    #[must_use]
    pub fn settled(&self) -> Option<bool> {
        self.settled.as_ref().map(|(_, settled)| *settled)
    }
}

fn values(state: &State) -> Vec<ValueEntry> {
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
    let counts = |finding: &lint::FileFinding| finding.severity != crate::score::Severity::Note;
    let findings =
        if sight.empty() { 0 } else { lint::lint(deployment, &stand, api).into_iter().filter(counts).count() };
    Sight { findings, ..sight }
}
