//! What no single module can show: everything here talks to a store in this process, over loopback.

mod sandbox;
mod store;
