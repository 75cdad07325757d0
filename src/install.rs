//! A Score as it is found: its files and environment, which value is effective, and what is wrong with them.

pub mod deployment;
pub mod lint;
pub mod mark;
pub mod recognise;
pub mod spring;
