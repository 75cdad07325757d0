//! Runs a table of checks: plans them, starts each one after its needs, limits its time, catches its panics, and
//! streams news. Knows nothing of requests or stores.

mod board;
mod catch_panic;
mod pace;
mod plan;
mod schedule;
mod timeouts;

pub use board::{Board, BoardEntry, End, Progress, RequestEntry, Verdict};
pub use catch_panic::is_inside_check;
pub use schedule::CONCURRENT;

pub(super) use catch_panic::lock;
pub(super) use pace::{Pace, note};
pub(super) use plan::{BucketScope, Check, CheckResult, CheckSpec, extend_limits, plan, spec};
pub(super) use schedule::{CheckRun, execute};
pub(super) use timeouts::{ROUND_TRIPS, SECOND_QUESTION, Timeouts};
