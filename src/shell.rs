//! The ways to use the program: the full screen, line prompts, the commands without a terminal, and the words that they share.

pub mod batch;
pub mod cli;
pub mod explain;
pub mod measured;
pub mod prompts;
pub mod tui;
pub mod values;
