//! Caches what is costly to derive from the state, such as facts about large files. Derives it again only if the
//! revision of the state has changed.

use super::jump::{self, Jump};
use crate::{
    answers::draft::{Draft, Problem},
    install::{deployment::Sighting, lint, recognise, spring::View},
    score::Step,
    shell::values::{self, ValueEntry},
    text::properties::{BadEscape, Document},
    wizard::{
        Blocked, Revision, State,
        field::Field,
        flow, lacks_authorization,
        proposal::{Diff, FailedMarker, KeyChange, Proposal, changes},
        verdicts::{self, Judgement},
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
    pub to_fix: usize,
}

impl Sight {
    /// Returns true if the deployment has no configuration yet.
    #[must_use]
    pub fn empty(&self) -> bool {
        matches!(self.file, Existing::Absent | Existing::Keys(0)) && self.variables.is_none_or(|count| count == 0)
    }
}

/// A derived value, and the revision from which it was derived.
#[derive(Debug)]
struct Derived<K, T>(Option<(K, T)>);

impl<K, T> Default for Derived<K, T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: PartialEq, T> Derived<K, T> {
    fn update(&mut self, key: K, derive: impl FnOnce() -> T) {
        if self.0.as_ref().is_none_or(|(known, _)| *known != key) {
            self.0 = Some((key, derive()));
        }
    }

    fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }
}

/// The input of a proposal.
type ProposalKey = (u64, u64, FailedMarker);

#[derive(Debug, Default)]
pub struct Cache {
    existing: Derived<u64, Existing>,
    sights: Derived<u64, Vec<Sight>>,
    findings: Derived<(u64, u64), Vec<lint::FileFinding>>,
    problems: Derived<Revision, Vec<Problem>>,
    warnings: Derived<Revision, Vec<(&'static str, String)>>,
    fixed: Derived<(u64, u64), Vec<String>>,
    lacks_authorization: Derived<Revision, bool>,
    file_jumps: Derived<(u64, u64, u64), Vec<Jump>>,
    unanswered: Derived<(u64, u64, u64), Vec<Jump>>,
    jumps: Derived<Revision, Vec<Jump>>,
    verdicts: Derived<Revision, [Judgement; 3]>,
    preview: Derived<ProposalKey, Preview>,
    changes: Derived<ProposalKey, Vec<Vec<KeyChange>>>,
    values: Derived<(u64, u64), Vec<ValueEntry>>,
    settled: Derived<ProposalKey, bool>,
    fields: Derived<(Revision, Step, bool, bool), Vec<Field>>,
}

impl Cache {
    /// Updates the facts about the files, after events.
    pub fn follow(&mut self, state: &State) {
        let Revision { files, launch, .. } = state.revision;
        self.existing.update(files, || existing(state.deployment.as_ref().map(|read| &read.application.bytes)));
        self.sights.update(state.revision.sightings, || state.sightings.iter().flatten().map(sight).collect());
        self.findings.update((files, launch), || state.lint());
        self.fixed.update((files, launch), || state.fixed_findings());
        self.problems.update(of_answers(state), || state.problems());
        self.warnings.update(of_answers(state), || state.draft.warnings());
        self.lacks_authorization.update(of_answers(state), || lacks_authorization(state));
    }

    /// Returns true if authorization is on and lacks settings.
    #[must_use]
    pub fn lacks_authorization(&self) -> bool {
        self.lacks_authorization.get().copied().unwrap_or_default()
    }

    /// Updates the fields of the visible page.
    pub fn follow_page(&mut self, state: &State, unfolded: bool) {
        let key = (of_answers(state), state.step, unfolded, state.route.connect_to.is_none());
        let known =
            (self.problems.get().map_or(&[][..], Vec::as_slice), self.warnings.get().map_or(&[][..], Vec::as_slice));
        self.fields.update(key, || flow::page(state, known, unfolded));
    }

    /// Returns the fields of the visible page.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        self.fields.get().map_or(&[], Vec::as_slice)
    }

    /// Updates what the next frame shows. Keys act on it until the next frame, so they act on what the operator saw.
    pub fn prepare(&mut self, state: &State, reviewing: bool, values_shown: bool) {
        let Revision { files, launch, answers, .. } = state.revision;
        let findings = self.findings.get().map_or(&[][..], Vec::as_slice);
        if state.step != Step::Checks {
            // A key must not act on findings of another page.
            self.jumps = Derived::default();
        }
        let problems = self.problems.get().map_or(&[][..], Vec::as_slice);
        match state.step {
            Step::Where => self.file_jumps.update((files, launch, answers), || jump::in_files(state, findings)),
            Step::Review => self.unanswered.update((answers, files, launch), || jump::unanswered(problems)),
            Step::Checks => {
                let open = || findings.iter().filter(|finding| !state.replaces(finding));
                self.jumps.update(state.revision, || jump::jumps(state, problems, open()));
                let worst = || open().map(|finding| finding.severity).max();
                self.verdicts.update(state.revision, || verdicts::verdicts(state, worst()));
            }
            _ => {}
        }
        let key = (files, answers, state.failed_marker());
        if reviewing {
            self.preview.update(key, || {
                state.proposal().map(|proposal| {
                    let diffs = proposal.files.iter().map(crate::wizard::proposal::FileChange::diff).collect();
                    (proposal, diffs)
                })
            });
            let proposal = self.preview.get().and_then(|preview| preview.as_ref().ok()).map(|(proposal, _)| proposal);
            self.changes.update(key, || {
                proposal.iter().flat_map(|all| &all.files).map(|file| changes(file, &state.draft)).collect()
            });
        } else {
            // The preview may be as large as two files.
            self.preview = Derived::default();
            self.changes = Derived::default();
        }
        if values_shown {
            self.values.update((files, launch), || values(state));
        } else {
            self.values = Derived::default();
        }
        if state.receipt.is_none() || state.loading {
            self.settled = Derived::default();
        } else {
            self.settled.update(key, || state.proposal().is_ok_and(|proposal| !proposal.changed()));
        }
    }

    #[must_use]
    pub fn existing(&self) -> &Existing {
        self.existing.get().unwrap_or(&Existing::Unread)
    }

    /// Returns the facts of each sighting.
    #[must_use]
    pub fn sights(&self) -> &[Sight] {
        self.sights.get().map_or(&[], Vec::as_slice)
    }

    /// Returns the findings in the files, with the accepted fixes applied. Returns none for a first installation.
    #[must_use]
    pub fn findings(&self) -> &[lint::FileFinding] {
        self.findings.get().map_or(&[], Vec::as_slice)
    }

    /// Returns the problems of the answers.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        self.problems.get().map_or(&[], Vec::as_slice)
    }

    /// Returns the warnings about answers, with the names of their settings.
    #[must_use]
    pub fn warnings(&self) -> &[(&'static str, String)] {
        self.warnings.get().map_or(&[], Vec::as_slice)
    }

    /// Returns the summaries of what accepted fixes have removed from the draft.
    #[must_use]
    pub fn fixed(&self) -> &[String] {
        self.fixed.get().map_or(&[], Vec::as_slice)
    }

    /// Returns the entries of the page of the files.
    #[must_use]
    pub fn file_jumps(&self) -> &[Jump] {
        self.file_jumps.get().map_or(&[], Vec::as_slice)
    }

    /// Returns the entries of the page of the checks.
    #[must_use]
    pub fn jumps(&self) -> &[Jump] {
        self.jumps.get().map_or(&[], Vec::as_slice)
    }

    /// Returns the entries of a review that nothing can be written from.
    #[must_use]
    pub fn unanswered(&self) -> &[Jump] {
        self.unanswered.get().map_or(&[], Vec::as_slice)
    }

    /// Returns the verdicts about the store, its clients and Score.
    #[must_use]
    pub fn verdicts(&self) -> &[Judgement] {
        self.verdicts.get().map_or(&[], |verdicts| verdicts)
    }

    /// Returns the preview. `None` unless the review is shown.
    #[must_use]
    pub fn preview(&self) -> Option<&Preview> {
        self.preview.get()
    }

    /// Returns the changed keys of each file of the preview.
    #[must_use]
    pub fn changes(&self) -> &[Vec<KeyChange>] {
        self.changes.get().map_or(&[], Vec::as_slice)
    }

    /// Returns the fingerprint of the shown files: the only ones that a key can approve.
    #[must_use]
    pub fn fingerprint(&self) -> Option<u64> {
        self.preview().and_then(|preview| preview.as_ref().ok()).map(|(proposal, _)| proposal.fingerprint)
    }

    /// Returns the values. Empty unless they are shown.
    #[must_use]
    pub fn values(&self) -> &[ValueEntry] {
        self.values.get().map_or(&[], Vec::as_slice)
    }

    /// Returns true if the files, read again after a write, contain everything. `None` before they are read again.
    #[must_use]
    pub fn settled(&self) -> Option<bool> {
        self.settled.get().copied()
    }
}

/// Returns the revision without the count of the checks, for what does not depend on their results.
fn of_answers(state: &State) -> Revision {
    Revision { checks: 0, ..state.revision }
}

fn values(state: &State) -> Vec<ValueEntry> {
    let launch = state.launch();
    state.working().map(|working| values::values(&View::of(working, &launch), launch.release).rows).unwrap_or_default()
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
    let launch = recognise::launch(deployment, None);
    let mut draft = Draft::default();
    draft.release = Some(launch.release);
    draft.keep(&View::answers(deployment, &launch));
    draft.recognise_provider(recognise::api(deployment, &launch), recognise::mark(deployment));
    let sight = Sight {
        file: existing(Some(&deployment.application.bytes)),
        variables: deployment.environment.as_ref().map(|environment| environment.variables.len()),
        store: draft.provider.map(|provider| provider.name.clone()),
        to_fix: 0,
    };
    let api = draft.provider.map(|provider| provider.api);
    let counts = |finding: &lint::FileFinding| finding.severity != crate::score::Severity::Note;
    if sight.empty() {
        return sight;
    }
    let launches = recognise::launches(deployment, None);
    let to_fix = lint::lint_possible(deployment, &launches, api).into_iter().filter(counts).count();
    Sight { to_fix, ..sight }
}
