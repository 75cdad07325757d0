//! What no single module can show: everything here talks to a store in this process, over loopback.

mod provision;
mod sandbox;
mod sdk;
mod sender;
mod store;
mod wire;
