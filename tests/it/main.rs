//! What no single module can show: everything here talks to a store in this process, over loopback.

#![expect(clippy::unwrap_used, reason = "a test that fails says so by a panic")]

mod checks;
mod checks_by_hand;
mod provision;
mod sandbox;
mod sdk;
mod sender;
mod store;
mod wire;
