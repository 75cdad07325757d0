//! score-setup: sets up object storage for the Score server, proves it live, writes a correct `application.properties`.
//!
//! Each folder is a floor and uses only the floors below it; `tests/it/floors.rs` checks that.
//!
//! ```text
//!  shell/     who asks             cli, tui, batch (one file per command), report, explain
//!  effects/   the world            perform, load, find, write, backups
//!  wizard/    the pure core        State, Event, Effect, update, views, proposal, next steps, record
//!  store/     talking to a store   probe, checks, provision, sandbox
//!  answers/   what is wanted       draft and its rules, target, answers file
//!  install/   a Score as found     deployment, spring (which value is effective), lint
//!  forms/     how it is written    env file, compose, container, wrapper.conf, jar
//!  text/      bytes and spellings  properties, values, endpoint, YAML, secret, masks
//!  score/     what Score is        settings, releases, providers, severities, part sizes
//! ```
//!
//! A key press or an answers file becomes events, and events become effects:
//!
//! ```text
//!      keys                      answers.toml
//!        │                            │
//!   ┌────▼────┐                  ┌────▼────┐
//!   │   tui   │                  │  batch  │        the shells translate and draw; they decide nothing
//!   └────┬────┘                  └────┬────┘
//!        └────────── Event ───────────┘
//!                      ▼
//!        wizard::update(&mut State, Event) -> Vec<Effect>   pure: no clock, no file, no network, no terminal
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
pub mod effects;
pub mod forms;
pub mod install;
pub mod log;
pub mod score;
pub mod shell;
pub mod store;
pub mod text;
pub mod wizard;
