//! The only place that touches the world: performs effects and sends what came of them as events on one channel.

pub mod backups;
mod facts;
mod find;
mod load;
pub mod perform;
mod save;
pub mod signals;
pub mod write;

pub use facts::{Facts, facts, system};
pub use find::find;
pub use load::{load, read_at_most};
pub use perform::Performer;
pub use save::{save, save_as};
