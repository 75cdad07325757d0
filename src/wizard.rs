//! The core: facts and what follows from them. `update` is total, any event at any time, and sends nothing: it returns
//! the effects. No clock, no file, no network, no terminal.

use std::{path::PathBuf, time::Duration};

use crate::{
    catalogue::{Provider, Release, Step},
    checks::{Board, News, Repair, Scope},
    draft::{Draft, Origin, Problem, Text},
    effects::{Base, LoadError, WriteError},
    output::{Proposal, Receipt},
    probe::Route,
    secret::Secret,
    target::{Store, Target},
};

/// Facts only; everything else is derived.
#[derive(Debug, Clone)]
pub struct State {
    /// The properties file to make or edit.
    pub path: PathBuf,
    /// The file as it was read; `None` until it is.
    pub base: Option<Base>,
    pub draft: Draft,
    pub step: Step,
    /// How to get to the store from here; never written.
    pub route: Route,
    /// Other credentials for creating; never written.
    pub create_as: Option<Keys>,
    /// What may be created without asking again: from the answers file's `[create]`.
    pub create: Create,
    /// The newest run; runs are numbered from one.
    pub run: Option<Run>,
    /// Quiet tries after leaving a field: reach and sign-in.
    pub quiet: Option<Run>,
    pub repairing: Option<Repair>,
    /// What the last repair said, good or bad.
    pub repaired: Option<(Repair, Result<String, String>)>,
    pub writing: bool,
    /// Set after a write; the wizard then shows what was written and what is left to do.
    pub receipt: Option<Receipt>,
    /// Something that could not be done, to be shown in a dialog and dismissed.
    pub trouble: Option<Trouble>,
    /// Who sees the results: the name of this machine.
    pub host: String,
    pub over: Option<Exit>,
    /// The number of the last run given out.
    pub runs: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    pub access_key: String,
    pub secret_key: Secret,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Create {
    pub buckets: bool,
    pub sentinel: bool,
}

#[derive(Debug, Clone)]
pub struct Run {
    pub number: u64,
    pub scope: Scope,
    /// What it was started on: when the draft's store differs now, the run is stale.
    pub store: Store,
    pub board: Board,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub what: String,
    pub cause: String,
    pub hint: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or already so.
    Done,
    /// By the operator, nothing written.
    Left,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Event {
    // said by the operator, through a shell
    PathChosen(PathBuf),
    ReleaseChosen(Release),
    ProviderChosen(&'static Provider),
    RegionChosen(String),
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
    StopAsked,
    RepairAsked(Repair),
    /// Create everything that is missing: buckets and sentinel, never a change to something existing.
    CreateMissingAsked,
    /// Write this very proposal; refused when it is no longer the current one.
    WriteAsked {
        fingerprint: u64,
        anyway: bool,
    },
    TroubleDismissed,
    LeaveAsked,
    // came back from the performer
    Loaded(Result<Base, LoadError>),
    Told {
        run: u64,
        news: News,
    },
    Repaired {
        repair: Repair,
        result: Result<String, String>,
    },
    Written(Result<Receipt, WriteError>),
}

/// Orders to the performer.
#[derive(Debug, Clone)]
pub enum Effect {
    Load(PathBuf),
    Check { run: u64, store: Store, route: Route, scope: Scope },
    Stop { run: u64 },
    Repair { repair: Repair, store: Store, route: Route, keys: Option<Keys> },
    Write(Proposal),
}
