//! Derives values from the facts, for shells to draw or print. Stores nothing.

use std::path::PathBuf;

use super::{Blocked, Purpose, Revision, Run, SessionOptions, Standing, State};
use crate::{
    answers::{
        Create, Keys,
        draft::{Draft, Problem},
        target::{S3Store, Store},
    },
    install::{
        deployment::{self, Deployment, ExportForm, Launch, Launcher, Setup},
        lint, recognise,
    },
    score::{Api, Provider, Release, Scope, Step, key},
    store::{
        checks::{CheckGroup, CheckRow, Outcome, Repair, engine::Verdict},
        probe::Route,
    },
    text::properties::Document,
    wizard::proposal::{self, FailedMarker, Proposal},
};

/// The settings of the keys to a store.
const KEYS: [&str; 4] = [key::S3_ACCESS_KEY, key::S3_SECRET_KEY, key::AZURE_ACCOUNT_NAME, key::AZURE_ACCOUNT_KEY];

/// The two keys that are taken for each other.
const SWAPPED: [&str; 2] = [key::S3_ACCESS_KEY, key::S3_SECRET_KEY];

impl SessionOptions {
    /// Returns the usual conditions on this machine: answers are checked, and files may be written.
    #[must_use]
    pub fn new(host: impl Into<String>) -> Self {
        Self {
            here: PathBuf::from("."),
            home: None,
            host: host.into(),
            dry: false,
            as_written: false,
            remembers: false,
            sandbox: None,
        }
    }
}

impl State {
    /// Returns an empty session. The first event is `PathChosen`.
    #[must_use]
    pub fn new(options: SessionOptions) -> Self {
        let SessionOptions { here, home, host, dry, as_written, remembers, sandbox } = options;
        Self {
            here,
            path: PathBuf::new(),
            revision: Revision::default(),
            purpose: None,
            proving: false,
            deployment: None,
            fixed: None,
            rotation: None,
            replaced: Vec::new(),
            refused: Vec::new(),
            sightings: None,
            home,
            offers: None,
            setup: Setup::default(),
            release_found: false,
            loading: false,
            draft: Draft::default(),
            step: Step::Where,
            changing: Vec::new(),
            doubted: None,
            leads_back: false,
            reached: Step::Where,
            route: Route::default(),
            create_as: None,
            store_settings: false,
            create: Create {
                buckets: true,
                sentinel: true,
                policies: true,
                lifecycle: false,
                changes: false,
                doubtful: false,
            },
            dry,
            as_written,
            sandbox,
            remembers,
            remembered: None,
            recalled: None,
            stored: None,
            resuming: None,
            run: None,
            background: None,
            tuning: None,
            repairing: None,
            repairs_left: Vec::new(),
            repaired: Vec::new(),
            creating: false,
            writing: false,
            saved: None,
            receipt: None,
            watch: None,
            link: None,
            written: Vec::new(),
            created: Vec::new(),
            kept_rules: Vec::new(),
            earlier: Vec::new(),
            trouble: None,
            host,
            leaving: false,
            over: None,
            runs: 0,
        }
    }

    /// Returns every problem in the answers, in the order of the screens. While only keys are replaced, the other answers
    /// stay as they are, and only what stops Score is a problem.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        if self.replaces_keys() { self.rotation_problems() } else { self.draft.problems() }
    }

    /// Computes the files as they will be.
    ///
    /// # Errors
    /// Returns an error if the file is not read, cannot be parsed, or the answers have problems.
    pub fn proposal(&self) -> Result<Proposal, Blocked> {
        let read = self.deployment.as_ref().ok_or(Blocked::NotLoaded)?;
        let working = self.fixed.as_ref().unwrap_or(read);
        if self.replaces_keys() {
            let problems = self.problems();
            let marked = || proposal::marked(read, working, self.launcher(), self.failed_marker());
            let proposed = || Proposal::of(proposal::edited(read, &marked()), read, working);
            return if problems.is_empty() { Ok(proposed()) } else { Err(Blocked::Problems(problems)) };
        }
        Document::parse(working.application.bytes.as_deref().unwrap_or_default()).map_err(Blocked::Unreadable)?;
        let target = self.draft.target().map_err(Blocked::Problems)?;
        proposal::propose(read, working, &target, &self.setup, self.failed_marker()).map_err(|refused| match refused {
            proposal::ProposalRefused::Unreadable(bad) => Blocked::Unreadable(bad),
            proposal::ProposalRefused::Problems(problems) => Blocked::Problems(problems),
        })
    }

    /// Returns the treatment of the comment about failed checks.
    #[must_use]
    pub fn failed_marker(&self) -> FailedMarker {
        match self.standing() {
            // A dry run writes nothing. It shows the file as it will be once the checks pass.
            Standing::Ended(Verdict::Fail) if !self.dry => FailedMarker::Put,
            Standing::Ended(Verdict::Pass | Verdict::Warn) => FailedMarker::Drop,
            _ => FailedMarker::Leave,
        }
    }

    /// Returns one sentence for each change that makes Score look elsewhere for its stored objects.
    #[must_use]
    pub fn relocations(&self) -> Vec<String> {
        if self.replaces_keys() {
            return Vec::new();
        }
        let target = self.working().zip(self.draft.target().ok());
        target.map(|(working, target)| proposal::relocations(working, &target, &self.setup)).unwrap_or_default()
    }

    /// Returns the deployment for answers and edits: as it was read, with the accepted fixes.
    #[must_use]
    pub fn working(&self) -> Option<&Deployment> {
        self.fixed.as_ref().or(self.deployment.as_ref())
    }

    /// Returns the findings in the files, with the accepted fixes applied. Returns none for a first configuration:
    /// every missing setting is going to be written.
    #[must_use]
    pub fn lint(&self) -> Vec<lint::FileFinding> {
        if self.purpose() == Purpose::Install {
            return Vec::new();
        }
        let api = self.draft.provider.map(|provider| provider.api);
        self.working().map(|working| lint::lint_possible(working, &self.launches_for_lint(), api)).unwrap_or_default()
    }

    /// Returns true if answers of this session replace every value that the finding is about. Nothing is written yet.
    #[must_use]
    pub fn replaces(&self, finding: &lint::FileFinding) -> bool {
        !finding.settings.is_empty() && finding.settings.iter().all(|key| self.draft.replaces(key))
    }

    /// Returns the findings about files that every user of the machine can read, with the accepted fixes applied. On a first
    /// configuration, application.properties is one of them before it contains a secret.
    #[must_use]
    pub fn exposed(&self) -> Vec<lint::FileFinding> {
        self.working().map(|working| lint::exposed(working, self.launcher())).unwrap_or_default()
    }

    /// Returns the files whose mode the draft changes, each with its new mode. Nothing is written yet.
    #[must_use]
    pub fn closed(&self) -> Vec<(PathBuf, u32)> {
        let (Some(read), Some(working)) = (&self.deployment, self.working()) else { return Vec::new() };
        let closed = read.exposed.iter().filter(|one| !working.exposed.contains(one));
        closed.map(|exposure| (exposure.path.clone(), exposure.closed())).collect()
    }

    /// Returns the summaries of the findings that accepted fixes have removed from the draft. Nothing is written yet.
    #[must_use]
    pub fn fixed_findings(&self) -> Vec<String> {
        if self.fixed.is_none() {
            return Vec::new();
        }
        let left = self.lint();
        let before = Self { fixed: None, ..self.clone() };
        let gone = before.lint().into_iter().filter(|finding| !finding.edits.is_empty());
        let still = |summary: &String| left.iter().any(|finding| finding.summary == *summary);
        gone.map(|finding| finding.summary).filter(|summary| !still(summary)).collect()
    }

    /// Returns the launches for judging the files: while the release is not known, one for each that is possible.
    #[must_use]
    pub fn launches_for_lint(&self) -> Vec<Launch> {
        match self.working().filter(|_| self.draft.release.is_none()) {
            Some(working) => {
                let possible = recognise::releases(working, None).possible.into_iter();
                possible.map(|release| Launch::of(working, release, self.launcher())).collect()
            }
            None => vec![self.launch_for_lint()],
        }
    }

    /// Returns the launch for judging the files: the current one, or for an upgrade that of the chosen release.
    pub(super) fn launch_for_lint(&self) -> Launch {
        match (self.purpose, self.draft.release, self.working()) {
            (Some(Purpose::Upgrade), Some(release), Some(working)) => Launch::of(working, release, self.launcher()),
            _ => self.launch(),
        }
    }

    /// Returns how Score is started: the operator's choice, or else what was found, or else the way of the
    /// distribution.
    #[must_use]
    pub fn launcher(&self) -> Launcher {
        self.setup.start(self.deployment.as_ref())
    }

    /// Returns the form that is written as new files, if one is chosen.
    #[must_use]
    pub fn new_form(&self) -> Option<ExportForm> {
        self.setup.new_form(self.deployment.as_ref())
    }

    /// Returns the current launch. If the installation does not show its release, the chosen one is used.
    #[must_use]
    pub fn launch(&self) -> Launch {
        let deployment = self.working();
        let found = deployment.and_then(|deployment| deployment.release.as_ref()).map(|told| told.what);
        let (release, start) = (found.unwrap_or_else(|| self.draft.release_or_newest()), self.launcher());
        let none = || Launch { release, start, profiles: Vec::new() };
        deployment.map_or_else(none, |deployment| Launch::of(deployment, release, start))
    }

    /// Returns the launch with the answers applied.
    #[must_use]
    pub fn wanted_launch(&self) -> Launch {
        let (release, api) = (self.draft.release_or_newest(), self.draft.api());
        let profiles = deployment::profiles(&self.active(), release, api, &self.setup, self.draft.authorized());
        let start = if self.new_form().is_some() { Launcher::Docker } else { self.launcher() };
        Launch { release, start, profiles }
    }

    /// Returns true if the profile `secure` is to be active.
    #[must_use]
    pub fn secure(&self) -> bool {
        self.other_profiles().iter().any(|name| name == deployment::SECURE)
    }

    /// Returns the profiles that are to be active in addition to those of the store.
    pub(super) fn other_profiles(&self) -> Vec<String> {
        let release = self.draft.release_or_newest();
        deployment::beside(&self.active(), release, &self.setup, self.draft.authorized())
    }

    fn active(&self) -> Vec<String> {
        self.launch().profiles
    }

    /// Returns the purpose of opening the deployment.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        self.purpose.unwrap_or(Purpose::Install)
    }

    /// Returns the scope of a full run. Troubleshooting writes nothing to the store before the operator asks for it.
    #[must_use]
    pub fn scope(&self) -> Scope {
        let looking = self.purpose == Some(Purpose::Troubleshoot) && !self.proving;
        if self.dry || looking { Scope::ReadOnly } else { Scope::All }
    }

    /// Returns the state of the checks for the current answers.
    #[must_use]
    pub fn standing(&self) -> Standing {
        match &self.run {
            None => Standing::NotRun,
            Some(_) if self.stale() => Standing::Stale,
            Some(run) => run.board.verdict().map_or(Standing::Running, Standing::Ended),
        }
    }

    /// Returns true if the checks ran, or run, on other values than the current answers.
    #[must_use]
    pub fn stale(&self) -> bool {
        self.run.as_ref().is_some_and(|run| !self.is_current(run))
    }

    /// Returns true if the background check is about the current answers. Only then is it worth showing.
    #[must_use]
    pub fn background_is_current(&self) -> bool {
        self.background.as_ref().is_some_and(|run| self.is_current(run))
    }

    pub(super) fn is_current(&self, run: &Run) -> bool {
        run.route == self.route
            && self.store(run.scope).is_some_and(|(_, store)| store.is_same_for(run.scope, &run.store))
    }

    /// Returns the store to check: that of the answers, or that of the file exactly as written. The scope is smaller if
    /// the file does not contain enough.
    #[must_use]
    pub fn store(&self, scope: Scope) -> Option<(Scope, Store)> {
        if self.as_written {
            let found = self.draft.found();
            let scope = if found.scope? == Scope::All { scope } else { found.scope? };
            return Some((scope, found.store));
        }
        Some((scope, self.draft.store(scope)?))
    }

    /// Returns true if Score removes unfinished uploads itself, by the values that [`Self::store`] has.
    #[must_use]
    pub fn cleans_up(&self) -> bool {
        if self.as_written {
            return self.draft.found().cleans_up;
        }
        self.draft.value(key::UPLOAD_CLEAN_ENABLED).is_some_and(|value| value == "true")
    }

    /// Returns true if checks failed on exactly these values.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.standing() == Standing::Ended(Verdict::Fail)
    }

    /// Returns true if a write needs no confirmation: the checks passed, no stored object is left behind, and the old keys
    /// work until Score has the new ones.
    #[must_use]
    pub fn writes_unasked(&self) -> bool {
        self.may_write() && self.left_behind().is_none() && self.without_overlap().is_none()
    }

    /// Returns true if all checks passed, perhaps with warnings, on exactly these values. Otherwise a write needs
    /// `anyway`.
    #[must_use]
    pub fn may_write(&self) -> bool {
        matches!(self.standing(), Standing::Ended(Verdict::Pass | Verdict::Warn))
    }

    /// Returns the credentials for creating, if both parts are given.
    #[must_use]
    pub fn creator(&self) -> Option<&Keys> {
        self.create_as.as_ref().filter(|keys| !keys.access_key.is_empty() && !keys.secret_key.is_empty())
    }

    /// Returns true if the store refused to create something, so that other credentials may help. Azure has only one key.
    #[must_use]
    pub fn asks_for_creator(&self) -> bool {
        let refused = self.repaired.iter().any(|(_, result)| result.is_err());
        self.draft.api() == Api::S3 && (refused || self.create_as.is_some() || self.store_settings)
    }

    /// Returns the repairs for `CreateMissingAsked`.
    #[must_use]
    pub fn missing(&self) -> Vec<Repair> {
        if self.dry { Vec::new() } else { self.creatable() }
    }

    /// Returns the repairs that `CreateMissingAsked` would perform if something may be written. Nothing is created in a
    /// store that did not accept the keys or the region, and usually nothing whose name is probably misspelled.
    #[must_use]
    pub fn creatable(&self) -> Vec<Repair> {
        let Some(run) = self.run.as_ref().filter(|_| !self.stale()) else { return Vec::new() };
        if run.board.refuses_us() {
            return Vec::new();
        }
        let mut missing: Vec<(u8, Repair)> = Vec::new();
        for (_, finding) in run.board.findings() {
            let doubted = finding.repair.as_ref().is_some_and(|likeliest| !likeliest.acts_on_store());
            if doubted && !self.create.doubtful {
                continue;
            }
            let Some(repair) = finding.repairs().find(|repair| repair.acts_on_store()) else { continue };
            let (order, wanted) = match repair {
                Repair::CreateBucket { .. } | Repair::CreateContainer { .. } => (0, self.create.buckets),
                Repair::SetPolicy { before, .. } => {
                    (1, self.create.policies && (before.is_none() || self.create.changes))
                }
                Repair::PutSentinel { .. } => (2, self.create.sentinel),
                // Nothing that exists is changed for a store that does not work with Score.
                Repair::AbortUploads { .. } => (3, self.create.lifecycle && !run.board.failed()),
                Repair::Answer { .. } | Repair::Trim { .. } | Repair::Swap { .. } => continue,
            };
            if wanted && !missing.iter().any(|(_, other)| same_thing(other, repair)) {
                missing.push((order, repair.clone()));
            }
        }
        missing.sort_by_key(|(order, _)| *order);
        missing.into_iter().map(|(_, repair)| repair).collect()
    }

    /// Returns the repairs of an answer that the checks of the current answers suggest for this setting, the likeliest
    /// first.
    #[must_use]
    pub fn repairs_at(&self, key: &str) -> Vec<Repair> {
        let swap = self.swap().filter(|_| SWAPPED.contains(&key));
        let current = self.background.iter().chain(&self.run).filter(|run| self.is_current(run));
        let mut repairs: Vec<Repair> = swap.into_iter().chain(self.trim(key)).collect();
        for (_, finding) in current.flat_map(|run| run.board.findings()) {
            let about = |repair: &Repair| {
                let swaps = matches!(repair, Repair::Swap { one, other } if *one == key || *other == key);
                swaps || finding.settings.first() == Some(&key)
            };
            for repair in finding.repairs().filter(|repair| about(repair) && !repair.acts_on_store()) {
                if !repairs.contains(repair) {
                    repairs.push(repair.clone());
                }
            }
        }
        repairs
    }

    /// Returns the setting of the keys that the store refuses, as a check of the current answers found.
    #[must_use]
    pub fn refused_key(&self) -> Option<&'static str> {
        let runs = [&self.background, &self.run].into_iter().flatten();
        let refused = |(row, outcome): (&CheckRow, &Outcome)| match outcome {
            Outcome::Fail(finding) if row.group == CheckGroup::SignIn && !finding.silent => {
                finding.settings.first().copied().filter(|key| KEYS.contains(key))
            }
            _ => None,
        };
        runs.filter(|run| !run.going() && self.is_current(run)).find_map(|run| run.board.outcomes().find_map(refused))
    }

    /// Returns true if the secret is the one that the store refused together with another access key or account.
    #[must_use]
    pub fn keeps_refused_secret(&self) -> bool {
        let now = self.store(Scope::SignIn);
        self.doubted.as_ref().zip(now).is_some_and(|(refused, (_, now))| now.keeps_secret_of(refused))
    }

    /// Returns the S3 store if a URL of the sentinel can be signed: its keys are not refused.
    #[must_use]
    pub fn linkable(&self) -> Option<S3Store> {
        let target = self.draft.target().ok().filter(|_| self.refused_key().is_none())?;
        target.store.s3().cloned()
    }

    /// Returns the exchange of the two keys, if their shapes show that they are swapped.
    fn swap(&self) -> Option<Repair> {
        let [one, other] = SWAPPED;
        self.draft.swapped_keys().then_some(Repair::Swap { one, other })
    }

    /// Returns the removal of the spaces around a secret.
    fn trim(&self, key: &str) -> Option<Repair> {
        self.draft.trimmed(key).map(|(key, _)| Repair::Trim { key })
    }

    /// Returns the likeliest repair of a problem of the answers.
    #[must_use]
    pub fn repair_of(&self, problem: &Problem) -> Option<Repair> {
        let swap = self.swap().filter(|_| SWAPPED.iter().all(|key| problem.settings.contains(key)));
        swap.or_else(|| problem.settings.first().and_then(|key| self.trim(key)))
    }

    /// Returns the newest release that the provider works with, if it does not work with the chosen one.
    #[must_use]
    pub fn usable_release(&self) -> Option<Release> {
        self.release_for(self.draft.provider?)
    }

    /// Returns the newest release that works with this provider, if the chosen release does not.
    #[must_use]
    pub fn release_for(&self, provider: &Provider) -> Option<Release> {
        provider.refused_by(self.draft.release?)?;
        Release::ALL.iter().rev().copied().find(|release| provider.refused_by(*release).is_none())
    }

    /// Returns true while a full run, a repair, or the reading or writing of a file is in progress.
    #[must_use]
    pub fn busy(&self) -> bool {
        let running = self.run.as_ref().is_some_and(Run::going);
        let tuning = self.tuning.as_ref().is_some_and(super::Tuning::going);
        running || tuning || self.repairing.is_some() || self.writing || self.loading
    }

    /// Returns true if leaving loses answers or accepted fixes. Answers that are remembered are not lost.
    #[must_use]
    pub fn would_lose(&self) -> bool {
        let kept = self.unfinished().is_some();
        let answers = if kept { self.draft.typed_secrets() } else { self.draft.changed() };
        self.receipt.is_none() && (answers || self.accepted_fixes() || self.create_as.is_some())
    }

    /// Returns true if a file was written in this session, for this deployment or an earlier one.
    #[must_use]
    pub fn wrote(&self) -> bool {
        !self.written.is_empty() || self.earlier.iter().any(|earlier| !earlier.written.is_empty())
    }

    /// Returns the parts of the title line, the most general first: the release, the provider, the host of the store.
    #[must_use]
    pub fn title(&self) -> Vec<String> {
        let mut parts = Vec::new();
        parts.extend(self.draft.release.map(|release: Release| format!("Score {release}")));
        parts.extend(self.draft.provider.map(|provider: &Provider| provider.name.clone()));
        let address = self.draft.address().filter(|_| self.draft.store(Scope::Reach).is_some());
        if let Some(address) = address {
            let host = address.split_once("://").map_or(address.as_str(), |(_, rest)| rest).trim_end_matches('/');
            parts.push(host.to_owned());
        }
        parts
    }
}

/// Returns true if two repairs change the same thing. One policy may serve upload and download; its two repairs are
/// then performed one after the other.
fn same_thing(one: &Repair, other: &Repair) -> bool {
    match (one, other) {
        (Repair::SetPolicy { name: one, .. }, Repair::SetPolicy { name: other, .. }) => one == other,
        _ => one == other,
    }
}

impl Run {
    /// Returns true until the run has ended.
    #[must_use]
    pub fn going(&self) -> bool {
        self.board.end.is_none()
    }
}
