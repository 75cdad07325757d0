//! Who asks: the full screen, the commands without a terminal, and the words that they share.

pub mod batch;
pub mod cli;
pub mod explain;
#[cfg(feature = "sandbox")]
pub mod play;
pub mod tui;
