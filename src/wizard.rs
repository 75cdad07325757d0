//! The core: facts and what follows from them. `update` is total, any event at any time, and sends nothing: it returns
//! the effects. No clock, no file, no network, no terminal.

mod next_steps;
pub mod proposal;
mod record;
mod update;
mod views;

use std::path::PathBuf;

use crate::{
    answers::{
        Create, Keys,
        draft::{Draft, Origin, Problem, Text},
        target::{S3Store, Store},
    },
    install::{
        deployment::{Deployment, LoadError, Setup, Sighting, Start},
        lint,
    },
    score::{Provider, Release, Scope, Step},
    store::{
        checks::{Board, Finding, News, Repair},
        probe::Route,
    },
    text::{properties::BadEscape, secret::Secret},
    wizard::proposal::{Proposal, Receipt, WriteError},
};

pub use next_steps::{NextStep, next_steps};
pub use record::{SaveError, events};
pub use update::update;

/// Facts only; everything else is derived (`wizard/views.rs`).
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not the states of one machine")]
pub struct State {
    /// The folder the program was started in.
    pub here: PathBuf,
    /// The properties file to make or edit, as it was named; empty: none was chosen yet.
    pub path: PathBuf,
    /// What it was opened for, as chosen or, failing that, as the file suggested when it was read.
    pub way: Option<Way>,
    /// Scratch objects may be written although it was opened to be looked at only.
    pub proving: bool,
    /// As it was read; `None` until it is.
    pub deployment: Option<Deployment>,
    /// As the accepted repairs would leave it; `None`: as it was read.
    pub mended: Option<Deployment>,
    /// Deployments that were found here; `None`: not looked for, or still looking.
    pub sightings: Option<Vec<Sighting>>,
    /// What was chosen about it, beside the settings.
    pub setup: Setup,
    /// The draft's release is what the installation told, not what the operator said.
    pub release_found: bool,
    /// The file is being read.
    pub loading: bool,
    pub draft: Draft,
    pub step: Step,
    /// How to get to the store from here; never written.
    pub route: Route,
    /// Other credentials for creating; never written.
    pub create_as: Option<Keys>,
    /// What `CreateMissingAsked` covers: an operator at the screen asks for all of it, an answers file says.
    pub create: Create,
    /// Nothing may be written anywhere, neither to the store nor to a file.
    pub dry: bool,
    /// What is tried is the existing file to the letter, as Score reads it, and not the answers.
    pub to_the_letter: bool,
    /// The newest full run; runs are numbered from one.
    pub run: Option<Run>,
    /// The newest quiet try after leaving a field: reach or sign-in.
    pub quiet: Option<Run>,
    /// The repair of the store that is being performed.
    pub repairing: Option<Repair>,
    /// Those that follow it, one after the other.
    pub repairs_left: Vec<Repair>,
    /// What the repairs said that were asked for last, good or bad.
    pub repaired: Vec<(Repair, Result<String, String>)>,
    /// Everything missing is being created: when the checks that follow find more that is missing, it is created too
    /// (a sentinel can only be missed once its bucket exists).
    pub creating: bool,
    pub writing: bool,
    /// Where the answers were saved last, or why they could not be.
    pub saved: Option<Result<PathBuf, SaveError>>,
    /// Set after a write; the wizard then shows what was written and what is left to do.
    pub receipt: Option<Receipt>,
    /// A URL as clients get it, or why there is none; made when asked for, and forgotten with the step.
    pub link: Option<Result<Secret, Finding>>,
    /// Something was written, at any time: leaving is then not leaving empty-handed.
    pub wrote: bool,
    /// Something that could not be done, to be shown in a dialog and dismissed.
    pub trouble: Option<Trouble>,
    /// Who sees the results: the name of this machine.
    pub host: String,
    /// The operator left while a file was being written: over as soon as it is known what became of it.
    pub leaving: bool,
    pub over: Option<Exit>,
    /// The number of the last run given out.
    pub runs: u64,
}

/// What a deployment is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Nothing is configured yet.
    Install,
    /// The settings are there, and change.
    Reconfigure,
    /// Something does not work. Begins with the checks, which write nothing until that is asked for.
    Troubleshoot,
    /// The same settings for another release.
    Upgrade,
}

#[derive(Debug, Clone)]
pub struct Run {
    pub number: u64,
    pub scope: Scope,
    /// What it was started on: when the draft's store differs now, the run is stale.
    pub store: Store,
    pub route: Route,
    pub board: Board,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub what: String,
    pub cause: String,
    pub hint: String,
    /// A file can be read, and what it says is wrong.
    pub wrong: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or already so.
    Done,
    /// By the operator, nothing written.
    Left,
}

/// What the checks say about the answers as they are now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    NotRun,
    Running,
    /// They ran on other values.
    Stale,
    Ended(crate::store::checks::board::Verdict),
}

/// Why there is no proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocked {
    /// The file has not been read yet, or could not be.
    NotLoaded,
    Problems(Vec<Problem>),
    /// Java refuses the existing file as a whole.
    Unreadable(BadEscape),
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Event {
    // said by the operator, through a shell
    PathChosen(PathBuf),
    /// After the path.
    WayChosen(Way),
    ReleaseChosen(Release),
    ProviderChosen(&'static Provider),
    RegionChosen(String),
    StartChosen(Start),
    /// Beside those that the store needs.
    ProfilesChosen(Vec<String>),
    /// Whether `secure` is one of them.
    SecureChosen(bool),
    /// Whether files beside application.properties may be written.
    CompanionFilesChosen(bool),
    /// Look for deployments on this machine.
    LookAsked,
    /// Mend these in the files, by the edits that they carry; the proposal shows them.
    MendAsked(Vec<lint::Finding>),
    /// Everything that is wrong in the files and needs no answer.
    MendAllAsked,
    /// The suffix of an Azure cloud, or the address of the account's blobs; what is typed too, on every keystroke.
    CloudChosen(String),
    /// An answer to a setting, on every keystroke; by its catalogue key.
    Answered {
        key: &'static str,
        text: Text,
        origin: Origin,
    },
    /// The answer is taken back: the file's, the preset's or the default counts again.
    TakenBack(&'static str),
    /// A field was left: the time to try what can be tried quietly.
    FieldLeft(&'static str),
    RouteChosen(Route),
    CreateAs(Option<Keys>),
    StepChosen(Step),
    CheckAsked,
    /// The checks, with scratch objects from now on.
    ProveAsked,
    StopAsked,
    RepairAsked(Repair),
    /// Create everything that is missing: buckets, policies and sentinel; a change to something existing only where an
    /// answers file says so.
    CreateMissingAsked,
    /// A URL as clients get it, to try from their machine.
    LinkAsked,
    /// An answers file for this deployment, in the folder the program was started in.
    SaveAsked,
    /// Write this very proposal; refused when it is no longer the current one.
    WriteAsked {
        fingerprint: u64,
        /// Although checks failed, are stale or did not run.
        anyway: bool,
    },
    TroubleDismissed,
    LeaveAsked,
    // came back from the performer
    Loaded(Result<Deployment, LoadError>),
    Sighted(Vec<Sighting>),
    Told {
        run: u64,
        news: News,
    },
    Repaired {
        repair: Repair,
        result: Result<String, String>,
    },
    Written(Result<Receipt, WriteError>),
    Linked(Result<Secret, Finding>),
    Saved(Result<PathBuf, SaveError>),
}

/// Orders to the performer.
#[derive(Debug, Clone)]
pub enum Effect {
    Load(PathBuf),
    /// Look for deployments in the usual places and among the processes, and below this folder.
    Look(PathBuf),
    Check {
        run: u64,
        store: Store,
        route: Route,
        scope: Scope,
        /// For removing what Score's own keys could not.
        keys: Option<Keys>,
    },
    Stop {
        run: u64,
    },
    Repair {
        repair: Repair,
        store: Store,
        route: Route,
        keys: Option<Keys>,
    },
    Write(Proposal),
    Link(S3Store),
    /// A new file in this folder, for its owner alone; an older one is not touched.
    SaveAnswers {
        folder: PathBuf,
        text: String,
    },
}
