//! The ways to use the program: the full screen, the commands without a terminal, and the words that both share.

pub mod batch;
pub mod cli;
pub mod explain;
pub mod measured;
pub mod tui;
pub mod values;
