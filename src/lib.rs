//! score-setup: sets up object storage for the Score server, proves it live, writes a correct `application.properties`.
//!
//! ```text
//!      keys                      answers.toml
//!        │                            │
//!   ┌────▼────┐                  ┌────▼────┐
//!   │   tui   │                  │  batch  │        the shells: translate, draw, nothing else
//!   └────┬────┘                  └────┬────┘
//!        └────────── Event ───────────┘
//!                      ▼
//!        wizard::update(&mut State, Event) -> Vec<Effect>   pure: no clock, no file, no network, no terminal
//!             │      reads: catalogue, draft, target, checks::board, output::propose,
//!             │             and of an existing deployment: spring (which value counts), lint (what is wrong)
//!             ▼
//!        effects::Performer  ── Load · Look · Check · Stop · Repair · Write     the only place that touches the world
//!             │                  │        │
//!             │             deployment    checks::run ──► probe     repairs ──► provision
//!             └──── Event (Loaded, Sighted, Told, Repaired, Written) ──► one channel ──► back to the shell's loop
//! ```
//!
//! The commands that only read (`show`, `lint`) and `restore` go from `effects::load` to `spring` and `lint` directly.
//!
//! Words, each with one meaning: a *setting* is a key of Score's configuration; an *answer* is what was typed for it; a
//! *draft* is all answers, right or wrong; a *problem* is what is wrong with one; a *target* is a draft without problems;
//! a *deployment* is an installation of Score as it was read, and a *stand* how it is run; a *check* asks the store one
//! thing; a *finding* is what a check has against the store or the target, or lint against the files; *news* is what a
//! run of checks tells while it runs; a *proposal* is the files as they would become; a *receipt* is what was written.

pub mod answers;
pub mod batch;
pub mod catalogue;
pub mod checks;
pub mod cli;
pub mod deployment;
pub mod draft;
pub mod effects;
pub mod explain;
pub mod lint;
pub mod log;
pub mod near;
pub mod output;
pub mod probe;
pub mod properties;
pub mod provision;
pub mod report;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod secret;
pub mod spring;
pub mod target;
pub mod tui;
pub mod tuning;
pub mod value;
pub mod wizard;
