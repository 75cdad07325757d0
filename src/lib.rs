//! score-setup sets up object storage for the Score server, tests it against the store, and writes a correct
//! `application.properties`.
//!
//! Each folder is a floor and uses only the floors below it; `tests/it/floors.rs` checks that.
//!
//! ```text
//!  shell/     who asks             cli, tui, prompts, batch (one file per command), report, explain
//!  effects/   the world            perform, load, find, write, backups
//!  wizard/    the pure core        State, Event, Effect, update, views, proposal, next steps, record
//!  store/     talking to a store   probe, checks, provision, sandbox
//!  answers/   what is wanted       draft and its rules, target, answers file
//!  install/   a Score as found     deployment, recognise, spring (which value is effective), lint
//!  forms/     how it is written    env file, compose, inspected container, properties; wrapper.conf, jar
//!  text/      bytes and spellings  properties, values, endpoint, YAML, secret, masks
//!  score/     what Score is        settings, findings, releases, providers, severities, part sizes
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
//!        effects::Performer  ── Load · Look · Check · Stop · Repair · Write     the only code that touches the world
//!             │                  │        │
//!             │             deployment    checks::run ──► probe     repairs ──► provision
//!             └──── Event (Loaded, Sighted, CheckNews, Repaired, Written) ──► one channel ──► back to the shell's loop
//! ```
//!
//! The commands that only read (`show`, `lint`), and `restore`, go directly from `effects::load` to `spring` and
//! `lint`.
//!
//! Each word has one meaning. A *setting* is a key of Score's configuration. An *answer* is the text that was typed for
//! it. A *draft* is the set of all answers, valid or not. A *problem* is a fault of one answer. A *target* is a draft
//! without problems. A *deployment* is an installation of Score as it was read, and a *launch* is how it is run. A
//! *check* asks the store one thing. A *finding* is a fault that a check finds in the store or the target, or that lint
//! finds in the files. *News* are the reports of a run of checks while it runs. A *proposal* is the files as they would
//! be written. A *receipt* lists what was written.

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
