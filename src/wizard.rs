//! Holds the pure core of the wizard: the facts, and the effects of events on them. `update` accepts any event at any
//! time and returns effects. Uses no clock, file, network or terminal.

mod change;
pub mod field;
pub mod flow;
mod next_steps;
pub mod proposal;
mod record;
mod taken;
mod tuning;
mod update;
pub mod verdicts;
mod views;

use std::{path::PathBuf, time::Duration};

use time::OffsetDateTime;

use crate::{
    answers::{
        Create, Keys,
        draft::{Draft, Origin, Problem, Text},
        pasted::{Offer, Pasted},
        target::{S3Store, Store},
    },
    install::{
        deployment::{CheckOutcome, Deployment, ExportForm, Launcher, LoadError, Setup, Sighting},
        lint,
    },
    score::{Provider, Release, Scope, Step},
    store::{
        checks::{Finding, News, Repair, engine::Board, s3::settings::SettingsReader, score::Score},
        probe::Route,
        provision::{CountError, ObjectCount, ProvisionError, StoredPlace},
        tune::{Budget, TuneNews},
    },
    text::{properties::BadEscape, secret::Secret},
    wizard::{
        field::Field,
        proposal::{Proposal, Receipt, WriteError, Written},
    },
};

pub use change::SettingsChange;
pub use next_steps::{LACKS_AUTHORIZATION, NextStep, lacks_authorization, next_steps, restart};
pub use record::{SaveError, events};
pub use tuning::Tuning;
pub use update::{
    ANSWERS_IN_A_ROW, AfterRotation, Lesson, NewKeys, ReplacedKeys, Rotation, ScoreAnswer, StoredObjects, Takeover,
    Watch, concern, update,
};

/// The conditions of a session, which its shell chooses before the first event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionOptions {
    /// The working directory of the program.
    pub here: PathBuf,
    /// The folder below which the files of other tools are looked for. `None`: nowhere.
    pub home: Option<PathBuf>,
    /// The name of this machine, for the results of the checks.
    pub host: String,
    /// True if nothing may be written, neither to the store nor to a file.
    pub dry: bool,
    /// True if the checks use the existing file exactly as Score reads it, instead of the answers.
    pub as_written: bool,
    /// True if unfinished answers and the results of checks are remembered for the next session.
    pub remembers: bool,
    /// The facts of the sandbox, if this is its session.
    pub sandbox: Option<Lessons>,
}

/// Counts the changes of the facts. Equal counts mean equal facts, so a shell can keep what it derived from them. Only
/// `update` changes them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Revision {
    /// The deployments found on this machine.
    pub sightings: u64,
    /// The deployment, and the accepted fixes.
    pub files: u64,
    /// The purpose, the release, the launcher and the kind of store. They decide how the files are read and judged.
    pub launch: u64,
    /// The answers, and the choices about the deployment.
    pub answers: u64,
    /// The results of the checks, and of the repairs.
    pub checks: u64,
}

impl Revision {
    /// Counts a change of the files of the draft, and of what follows from them.
    fn with_files(self, changed: bool) -> Self {
        let more = u64::from(changed);
        let Self { sightings, files, launch, answers, checks } = self;
        Self { sightings, files: files + more, launch: launch + more, answers: answers + more, checks: checks + more }
    }
}

/// The facts of one session. Everything else is derived from them (`wizard/views.rs`).
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not the states of one machine")]
pub struct State {
    /// The working directory of the program.
    pub here: PathBuf,
    /// The path of the properties file to create or edit, as it was given. Empty before one is chosen.
    pub path: PathBuf,
    pub revision: Revision,
    /// The purpose of opening the deployment: the operator's choice, or else what the file suggested when it was read.
    pub purpose: Option<Purpose>,
    /// True if checks may write scratch objects although the deployment was opened for troubleshooting.
    pub proving: bool,
    /// The deployment as it was read. `None` before it is read.
    pub deployment: Option<Deployment>,
    /// The deployment with the accepted fixes. `None` if no fix was accepted.
    pub fixed: Option<Deployment>,
    /// The deployments found on this machine. `None` before the search has ended.
    pub sightings: Option<Vec<Sighting>>,
    /// The folder below which the files of other tools are looked for. `None`: nowhere.
    pub home: Option<PathBuf>,
    /// The keys found in the files of other tools. `None` before the search has ended.
    pub offers: Option<Vec<Offer>>,
    /// The choices about the deployment that are not settings.
    pub setup: Setup,
    /// True if the draft's release comes from the installation, not from the operator.
    pub release_found: bool,
    /// True while the file is being read.
    pub loading: bool,
    pub draft: Draft,
    pub step: Step,
    /// The replacement of only the keys, if that is wanted.
    pub rotation: Option<Rotation>,
    /// The keys that were replaced by writes of this session.
    pub replaced: Vec<ReplacedKeys>,
    /// The stores whose keys a check saw refused.
    pub refused: Vec<Store>,
    /// The settings that the operator wants to change and has not answered yet.
    pub changing: Vec<&'static str>,
    /// The store whose keys were refused, and this was shown at the field. Enter then goes on with them.
    pub doubted: Option<Store>,
    /// True after Enter left the keys, until the next event of the operator: a refusal leads back to them.
    pub leads_back: bool,
    /// The furthest step that was shown since the deployment was opened.
    pub reached: Step,
    /// The route from this machine to the store. Never written to a file.
    pub route: Route,
    /// Separate credentials for creating buckets and the sentinel. Never written to a file.
    pub create_as: Option<Keys>,
    /// True if full runs also read the settings of the buckets.
    pub store_settings: bool,
    /// The scope of `CreateMissingAsked`: all of it at the screen, in a batch run what the answers file allows.
    pub create: Create,
    /// True if nothing may be written, neither to the store nor to a file.
    pub dry: bool,
    /// True if the checks use the existing file exactly as Score reads it, instead of the answers.
    pub as_written: bool,
    /// The facts of the sandbox, if this is its session.
    pub sandbox: Option<Lessons>,
    /// True if unfinished answers and the results of checks are remembered for the next session.
    pub remembers: bool,
    /// The answers that were remembered last.
    pub remembered: Option<Unfinished>,
    /// The answers of an interrupted session, and their age, until the operator has decided about them.
    pub recalled: Option<(Unfinished, Duration)>,
    /// The objects that Score no longer finds after the change.
    pub stored: Option<StoredObjects>,
    /// The interrupted session to continue when its deployment is read.
    pub resuming: Option<Unfinished>,
    /// The newest full check run. Runs are numbered from one.
    pub run: Option<Run>,
    /// The newest background check after a field was left: reachability or sign-in.
    pub background: Option<Run>,
    /// The newest measurement of part sizes.
    pub tuning: Option<Tuning>,
    /// The repair of the store that is in progress.
    pub repairing: Option<Repair>,
    /// The repairs that follow it, one after the other.
    pub repairs_left: Vec<Repair>,
    /// The results of the last requested repairs.
    pub repaired: Vec<(Repair, Result<String, ProvisionError>)>,
    /// True while everything missing is being created. The checks that follow may find more missing items, which are
    /// created too: a missing sentinel shows only once its bucket exists.
    pub creating: bool,
    pub writing: bool,
    /// The path of the answers saved last, or the reason why saving failed.
    pub saved: Option<Result<PathBuf, SaveError>>,
    /// The receipt of the last write. While it is set, the wizard shows the written files and the next steps.
    pub receipt: Option<Receipt>,
    /// The questions to the running Score while the wizard shows the written files.
    pub watch: Option<Watch>,
    /// A pre-signed URL as clients get it, or the finding that prevents one. Made on request and removed when the step
    /// changes.
    pub link: Option<Result<Secret, Finding>>,
    /// The files that were written in this session, each once, the main file last. Decides the exit: `Done` or `Left`.
    pub written: Vec<Written>,
    /// One sentence for each thing that was created in the store in this session.
    pub created: Vec<String>,
    /// The lifecycle rules of buckets that were replaced in this session, as they were before.
    pub kept_rules: Vec<KeptRules>,
    /// The deployments before this one that something was written or created for, as they were left.
    pub earlier: Vec<State>,
    /// A failed action, shown in a dialog until the operator dismisses it.
    pub trouble: Option<Trouble>,
    /// The name of this machine, for the results of the checks.
    pub host: String,
    /// True if the operator left while a file was being written. The session ends when the write has ended.
    pub leaving: bool,
    pub over: Option<Exit>,
    /// The number of the newest run.
    pub runs: u64,
}

/// The purpose of opening a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// A first configuration: the file sets nothing yet.
    Install,
    /// A change of existing settings.
    Reconfigure,
    /// A search for the cause of a problem. Begins with checks that write nothing to the store.
    Troubleshoot,
    /// A change to another release with the same settings.
    Upgrade,
}

/// The answers of a session that wrote no file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Unfinished {
    pub path: PathBuf,
    pub purpose: Purpose,
    pub step: Step,
    /// The answers as an answers file, without secrets.
    pub answers: String,
    /// True if only the keys were to be replaced.
    #[serde(default)]
    pub replaces_keys: bool,
}

/// The facts that only the sandbox knows. Its secret protects only a store in memory, so the screen may show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lessons {
    /// The only folder that may be opened.
    pub folder: PathBuf,
    /// The right secret key.
    pub secret: String,
    /// The name of the store that other machines know.
    pub endpoint: String,
}

/// The former lifecycle rules of a bucket, in a file that only the operator can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRules {
    pub bucket: String,
    pub path: PathBuf,
}

#[derive(Debug, Clone)]
pub struct Run {
    pub number: u64,
    pub scope: Scope,
    /// The store at the start of the run. If the draft's store now differs in a value that the scope uses, the run is stale.
    pub store: Store,
    pub route: Route,
    pub board: Board,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub what: String,
    pub cause: String,
    pub hint: String,
    /// True if the file can be read and its content is wrong.
    pub wrong: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Files were written, or needed no change.
    Done,
    /// The operator left, and nothing was written.
    Left,
    /// The operator left for the sandbox, before anything was opened.
    ForSandbox,
}

/// The state of the checks for the current answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    NotRun,
    Running,
    /// The checks ran on other values.
    Stale,
    Ended(crate::store::checks::engine::Verdict),
}

/// The reason why there is no proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocked {
    /// The file has not been read yet, or reading it failed.
    NotLoaded,
    Problems(Vec<Problem>),
    /// Java refuses the existing file as a whole.
    Unreadable(BadEscape),
}

/// An input to `update`: a choice of the operator, or a result of an effect.
#[derive(Debug, Clone)]
pub enum Event {
    // Events from the operator, through a shell.
    PathChosen(PathBuf),
    /// Sent after the path.
    PurposeChosen(Purpose),
    ReleaseChosen(Release),
    ProviderChosen(&'static Provider),
    RegionChosen(String),
    LauncherChosen(Launcher),
    /// The form of the files to write, for a Score that is started by their reader.
    FormChosen(ExportForm),
    /// The profiles in addition to those that the store needs.
    ProfilesChosen(Vec<String>),
    /// True if `secure` is one of the profiles.
    SecureChosen(bool),
    /// True if files next to application.properties may be written.
    CompanionFilesChosen(bool),
    /// A request to look for deployments on this machine.
    LookAsked,
    /// A request to fix these findings with the edits that they contain. The proposal shows the result.
    FixAsked(Vec<lint::FileFinding>),
    /// A request to fix every finding in the files that needs no answer.
    FixAllAsked,
    /// New keys in place of those of the deployment, by the keys of their settings. Only these are checked and written.
    KeysReplaced(Vec<(&'static str, Text)>),
    /// The suffix of an Azure cloud, or the blob endpoint of the account. Sent on every keystroke.
    CloudChosen(String),
    /// An answer to a setting, sent on every keystroke. `key` is a key of the settings table.
    Answered {
        key: &'static str,
        text: Text,
        origin: Origin,
    },
    /// The answers in a text of another tool. `source` names the text.
    Taken {
        pasted: Pasted,
        source: String,
    },
    /// The keys of the offer with this index.
    KeysTaken(usize),
    /// A setting that the operator does not know yet and answers later.
    Postponed(&'static str),
    /// The settings of the sighting with this index, for the opened installation that has none.
    SettingsTaken(usize),
    /// A withdrawn answer: the value of the file, the preset or the default applies again.
    AnswerRemoved(&'static str),
    /// A field that was left: the time for background checks.
    FieldLeft(&'static str),
    RouteChosen(Route),
    /// The scope of `CreateMissingAsked`.
    CreateChosen(Create),
    CreateAs(Option<Keys>),
    /// True if full runs also read the settings of the buckets.
    StoreSettingsChosen(bool),
    StepChosen(Step),
    /// A change of the open configuration: goes to its first field.
    ChangeChosen(SettingsChange),
    /// The answers before and in this field were given, or those of the page: goes on to the next place that needs
    /// one. `back` is the page that a jump left. It is shown again once this page needs no more answers.
    WentOn {
        after: Option<Field>,
        back: Option<Step>,
    },
    CheckAsked,
    /// A request to run the checks, from now on with scratch objects.
    ProveAsked,
    StopAsked,
    RepairAsked(Repair),
    /// A request to create everything that is missing: buckets, policies and sentinel. Existing policies are changed
    /// only if an answers file allows it.
    CreateMissingAsked,
    /// A request for a URL as clients get it, to try from their machine.
    LinkAsked,
    /// A request to measure part sizes on the store within this budget.
    TuneAsked(Budget),
    /// A request to use the part size that the measurements advise.
    AdviceTaken,
    /// A request to ask the running Score again and again, until it uses the written files.
    WatchAsked,
    /// A request to save an answers file for this deployment, in the working directory.
    SaveAsked,
    /// A request to write exactly this proposal. Refused if it is no longer the current one.
    WriteAsked {
        fingerprint: u64,
        /// True if it is written although checks failed, are stale or did not run.
        anyway: bool,
    },
    TroubleDismissed,
    /// A request to look for the answers of an interrupted session.
    RecallAsked,
    /// True to continue the interrupted session, false to forget it.
    ContinueChosen(bool),
    LeaveAsked,
    /// A request to leave for the sandbox.
    SandboxAsked,
    // Results of effects.
    Loaded(Result<Deployment, LoadError>),
    Sighted(Vec<Sighting>),
    CredentialsFound(Vec<Offer>),
    CheckNews {
        run: u64,
        news: News,
    },
    TuneNews {
        run: u64,
        news: TuneNews,
    },
    /// News of the question to the running Score, and their time.
    WatchNews {
        run: u64,
        news: News,
        at: OffsetDateTime,
    },
    /// The backups that contain a secret.
    FoundInBackups(Vec<PathBuf>),
    Repaired {
        repair: Repair,
        result: Result<String, ProvisionError>,
    },
    /// The number of objects under the old names, with the number of the question.
    Counted {
        run: u64,
        result: Result<ObjectCount, CountError>,
    },
    /// The former lifecycle rules of a bucket are in a file, before they are replaced.
    RulesKept(KeptRules),
    /// The end of the work that puts former lifecycle rules back. True if it changed the bucket.
    RulesPutBack(Result<bool, ProvisionError>),
    Written(Result<Receipt, WriteError>),
    Linked(Result<Secret, Finding>),
    Saved(Result<PathBuf, SaveError>),
    Recalled(Option<(Unfinished, Duration)>),
}

/// A task for the performer of effects.
#[derive(Debug, Clone)]
pub enum Effect {
    Load(PathBuf),
    /// Looks for deployments in the usual places, among the processes, and below this folder.
    Look(PathBuf),
    /// Looks for credentials in the files of other tools below this folder.
    FindCredentials(PathBuf),
    Check {
        run: u64,
        store: Store,
        route: Route,
        scope: Scope,
        /// Separate credentials, for removing scratch objects that Score's own keys may not remove.
        keys: Option<Keys>,
        /// The facts for reading the settings of the buckets, if they are read too.
        settings: Option<SettingsReader>,
    },
    Stop {
        run: u64,
    },
    Tune {
        run: u64,
        store: Store,
        route: Route,
        budget: Budget,
    },
    Repair {
        repair: Repair,
        store: Store,
        route: Route,
        keys: Option<Keys>,
    },
    /// Counts the objects in these places of a store.
    Count {
        run: u64,
        store: Store,
        route: Route,
        places: Vec<StoredPlace>,
    },
    /// Asks a running Score again and again, until it is stopped.
    Watch {
        run: u64,
        score: Score,
        route: Route,
        /// Returns the time after a round of questions.
        pause: fn(&Board) -> Duration,
    },
    Write(Proposal),
    /// Looks for a secret in the backups of these files.
    FindInBackups {
        files: Vec<PathBuf>,
        secret: Secret,
    },
    Link(S3Store),
    /// Creates a new file in this folder that only its owner can read. Existing files are not changed.
    SaveAnswers {
        folder: PathBuf,
        text: String,
    },
    /// Looks for the answers of an interrupted session.
    Recall,
    Remember(Unfinished),
    ForgetAnswers,
    /// Remembers the result of checks on the files of this path.
    KeepResult {
        path: PathBuf,
        outcome: CheckOutcome,
    },
}
