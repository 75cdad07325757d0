//! One run of `check`: tests the store of an existing configuration as Score uses it. Writes only scratch objects.

use std::path::{Path, PathBuf};

use super::session::{ASKED, Session, StepResult, Surroundings, trouble};
use crate::{
    answers::{
        Acceptance, Keys,
        draft::{Found, Origin, Problem, Remark},
    },
    install::{deployment::Deployment, recognise},
    score::{
        Api, Id, Provider, Scope, key,
        provider::{fallback, of_endpoint},
    },
    shell::cli::{self, Code, Common},
    store::checks::{
        engine::{Board, Verdict},
        score::Score,
    },
    text::secret::Secret,
    wizard::{Event, concern},
};

/// A configuration, a running Score, or both, to be compared.
#[derive(Debug, Clone, Default)]
pub(super) struct CheckTarget {
    pub(super) conf: Option<PathBuf>,
    pub(super) score: Option<String>,
}

impl CheckTarget {
    /// Returns the targets, or `None` if it is not clear which belong together.
    pub(super) fn all(asked: &cli::CheckArgs) -> Option<Vec<Self>> {
        let conf = |conf: &PathBuf| Self { conf: Some(conf.clone()), score: None };
        let score = |url: &String| Self { conf: None, score: Some(url.clone()) };
        Some(match (asked.conf.as_slice(), asked.score.as_slice()) {
            ([], []) => vec![Self::default()],
            ([one], [url]) => vec![Self { conf: Some(one.clone()), score: Some(url.clone()) }],
            (several, []) => several.iter().map(conf).collect(),
            ([], several) => several.iter().map(score).collect(),
            _ => return None,
        })
    }

    pub(super) fn name(&self) -> String {
        let conf = self.conf.as_ref().map(|conf| conf.display().to_string());
        conf.or_else(|| self.score.clone()).unwrap_or_else(|| ".".to_owned())
    }
}

/// Checks a configuration, a running Score, or both. The rows are results or progress. Returns the session, to be closed,
/// and the exit code.
pub(super) fn run<'a>(
    target: &CheckTarget,
    asked: &cli::CheckArgs,
    common: &'a Common,
    surroundings: Surroundings<'a>,
    results_asked: bool,
) -> (Session<'a>, Code) {
    let mut session = Session::new(common, surroundings, asked.read_only, true);
    session.quiet = asked.quiet;
    session.results_asked = results_asked;
    session.report.judged = true;
    session.report.accepted = asked.accept.iter().copied().map(accepted).collect();
    let done = match &target.score {
        None => session.open(target.conf.as_deref()).and_then(|()| {
            session.read_settings(asked.store_settings);
            session.try_all()
        }),
        Some(url) => session.ask_score(url, target.conf.as_deref()),
    };
    let code = match done {
        Ok(()) => session.code(),
        Err(code) => code,
    };
    // Without writing, uploads cannot be proven.
    session.end_silence(asked.read_only || target.score.is_some());
    (session, code)
}

fn accepted(id: Id) -> Acceptance {
    Acceptance { id, reason: String::new(), until: None }
}

impl Session<'_> {
    pub(super) fn read(&mut self, conf: Option<&Path>) -> StepResult {
        self.prepare()?;
        self.load(conf)?;
        let told = |deployment: &Deployment| deployment.application.bytes.is_some() || deployment.environment.is_some();
        if !self.state.deployment.as_ref().is_some_and(told) {
            let what = format!("there is no {}", self.shown.1);
            let hint = "give a Score folder, its conf/ or a properties file: score-setup check CONF";
            return self.stop(Code::CouldNot, trouble(&what, "no such file", hint));
        }
        Ok(())
    }

    /// Reads the file, and reports what is wrong with it before any request is sent.
    pub(super) fn open(&mut self, conf: Option<&Path>) -> StepResult {
        self.read(conf)?;
        let assumed = self.assume();
        self.judge(assumed)
    }

    /// Reports what is wrong with the configuration that was read. Stops if the store cannot be tested with it.
    pub(super) fn judge(&mut self, assumed: Vec<Remark>) -> StepResult {
        // The store would be tried with values that Score may never see.
        if let Some(part) = self.state.working().and_then(|working| working.unread.iter().find(|part| part.overrides)) {
            let trouble = trouble("cannot test the store from here", &part.what, WHOLE);
            return self.stop(Code::CouldNot, trouble);
        }
        let mut found = self.state.draft.found();
        // A part that is not read may contain what seems to be missing.
        let unread = self.state.working().map(|working| working.unread.clone()).unwrap_or_default();
        if !unread.is_empty() {
            found.wrong.retain(|problem| problem.origin.is_some());
        }
        let (problems, mut remarks) = self.against_the_files(&found);
        // Lint reports them of a complete configuration.
        if !remarks.iter().any(|remark| remark.id == Id::T60 && remark.setting.is_none()) {
            remarks.extend(unread.iter().map(|part| Remark::new(Id::T60, None, part.what.clone())));
        }
        self.report_remarks(assumed.into_iter().chain(remarks).collect());
        self.report_problems(problems);
        match found.scope {
            Some(_) => Ok(()),
            None if self.report.problems.is_empty() => {
                let (cause, hint) = match unread.into_iter().next() {
                    Some(part) => (part.what, WHOLE),
                    None => untested(&found),
                };
                self.stop(Code::CouldNot, trouble("cannot test the store from here", &cause, hint))
            }
            None => {
                let wrong = self.report.problems.len();
                self.report.verdict =
                    Some(self.surroundings.style.verdict(&Board::default(), &self.state.host, wrong, &[]));
                Err(Code::Wrong)
            }
        }
    }

    /// Assumes release and provider if the file does not show them. Returns remarks about it.
    pub(super) fn assume(&mut self) -> Vec<Remark> {
        if let Some(release) = self.common.release {
            self.send(Event::ReleaseChosen(release));
        }
        if let Some(other) = fallback().filter(|_| self.state.draft.provider.is_none()) {
            self.send(Event::ProviderChosen(other));
        }
        let mut remarks = Vec::new();
        if let (None, Some(release), Some(working)) =
            (self.state.draft.release, self.state.draft.assumed, self.state.working())
        {
            let possible = recognise::releases(working, None).list();
            let message = format!(
                "The release of Score is not known: it may be {possible}. The store is tried as Score {release} does. \
                 Use --release to choose a release."
            );
            remarks.push(Remark::new(Id::T57, None, message));
        }
        let draft = &self.state.draft;
        let known = draft.value(key::S3_ENDPOINT).and_then(|endpoint| of_endpoint(&endpoint));
        remarks.extend(known.and_then(Provider::unusable).map(|message| Remark::new(Id::P110, None, message)));
        if let (Some(release), true) = (draft.release, draft.api() == Api::Azure)
            && let Some(message) = draft.provider.and_then(|provider| provider.refused_by(release))
        {
            remarks.push(Remark::new(Id::T3, None, message));
        }
        remarks
    }

    /// Separates what stops Score from remarks; reports each setting once.
    fn against_the_files(&self, found: &Found) -> (Vec<Problem>, Vec<Remark>) {
        let (problems, notes) = self.state.file_problems(found);
        let mut remarks: Vec<_> = notes.into_iter().map(as_remark).collect();
        // Lint reports what is not known here.
        let placeholders = found.open.iter().filter(|key| found.unknown.iter().all(|(unknown, _)| unknown != *key));
        remarks.extend(placeholders.map(|key| {
            Remark::new(
                Id::P06,
                Some(key),
                "This is a placeholder (${…}). Spring replaces it only when Score starts, so it cannot be tested here.",
            )
        }));
        let in_file = |problem: &Problem| matches!(problem.origin, Some(Origin::File { .. } | Origin::Elsewhere(_)));
        // Values that the wizard would refuse are remarks: what Score does with them is not tested here.
        let others = self.state.draft.problems().into_iter().filter(in_file).map(as_remark);
        for remark in found.remarks.iter().cloned().chain(others) {
            let told = remarks.iter().any(|told| told.setting.is_some() && told.setting == remark.setting);
            if !told && !concern(&problems, remark.setting.as_ref()) {
                remarks.push(remark);
            }
        }
        (problems, remarks)
    }

    /// Makes the run read the settings of the buckets, with the keys of an administrator if the environment has them.
    fn read_settings(&mut self, wanted: bool) {
        if !wanted {
            return;
        }
        let keys = self.administrator();
        if keys.is_some() {
            self.send(Event::CreateAs(keys));
        }
        self.send(Event::StoreSettingsChosen(true));
    }

    /// Returns the keys of an administrator, if the environment has them.
    pub(super) fn administrator(&self) -> Option<Keys> {
        let given = |name: &str| (self.surroundings.variable)(name).filter(|value| !value.is_empty());
        let keys = given("ADMIN_ACCESS_KEY").zip(given("ADMIN_SECRET_KEY"));
        keys.map(|(access_key, secret)| Keys { access_key, secret_key: Secret::new(secret) })
    }

    pub(super) fn try_all(&mut self) -> StepResult {
        self.send(Event::CheckAsked);
        self.wait();
        self.stay()?;
        self.report_findings();
        Ok(())
    }

    /// Asks a running Score. Reads its configuration only if CONF is given.
    fn ask_score(&mut self, url: &str, conf: Option<&Path>) -> StepResult {
        let store = if let Some(conf) = conf {
            // this Score started in spite of the faults of its configuration
            self.read(Some(conf))?;
            let assumed = self.assume();
            self.report_remarks(assumed);
            // an incomplete configuration cannot be compared
            let found = self.state.draft.found();
            (found.scope == Some(Scope::All)).then_some(found.store)
        } else {
            self.prepare()?;
            None
        };
        if conf.is_some() && store.is_none() {
            self.say(
                "note: The configuration cannot be compared with the running Score. A value that its URLs need is missing or is a placeholder.",
            );
        }
        let asked = Score { url: url.to_owned(), store, brief: false };
        self.unperformed = self.performer.ask(ASKED, asked, self.state.route.clone()).err();
        self.stay()?;
        self.asked = Some(Board::default());
        while self.state.over.is_none() && self.board().is_none_or(|board| board.end.is_none()) {
            let Ok(event) = self.events.recv() else { break };
            self.report_news(&event);
            match event {
                Event::CheckNews { run: ASKED, news } => {
                    self.asked.iter_mut().for_each(|board| board.apply(news.clone()));
                }
                event => self.send(event),
            }
            self.report_rows();
        }
        self.stay()?;
        self.report_findings();
        Ok(())
    }

    pub(super) fn code(&self) -> Code {
        // a silent server fails a check, although the verdict is that nothing is proven
        if self.board().is_some_and(Board::failed) {
            return Code::CheckFailed;
        }
        if self.report.problems.is_empty() { Code::Done } else { Code::Wrong }
    }

    /// Ends the silence of `--quiet`: only the verdict is reported, and only if something is wrong.
    fn end_silence(&mut self, unproven_is_fine: bool) {
        let fine = match self.board().and_then(Board::verdict) {
            Some(Verdict::Pass | Verdict::Warn) => true,
            Some(Verdict::Unproven) => unproven_is_fine,
            Some(Verdict::Fail) | None => false,
        };
        if self.quiet && fine && self.report.problems.is_empty() {
            self.report.verdict = None;
        }
        self.quiet = false;
    }
}

const WHOLE: &str = "give the whole configuration, such as what docker compose config or kubectl get -o yaml prints";

/// Returns the reason why the store cannot be tested, and the next step.
fn untested(found: &Found) -> (String, &'static str) {
    if found.unknown.is_empty() {
        let open = found.open.join(", ");
        let cause =
            format!("the file has a placeholder (${{…}}) for {open}, which Spring replaces only when Score starts");
        return (cause, "");
    }
    let unknown = found.unknown.iter().map(|(key, source)| format!("{key} is not known here, and comes from {source}"));
    (unknown.collect::<Vec<_>>().join("; "), "give what contains it too, such as the Secret of a Deployment")
}

fn as_remark(problem: Problem) -> Remark {
    Remark::new(problem.id, problem.settings.first().copied(), problem.message).of(problem.origin)
}
