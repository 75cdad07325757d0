//! What no single module can show: everything here talks to a store in this process, over loopback.

mod checks;
mod checks_by_hand;
mod provision;
mod sandbox;
mod sender;
mod store;
mod wire;
