//! One test binary: linking the AWS SDK once is enough.
//! What no single module can show: everything here talks to a store in this process, over loopback.
//! The cross-module tests, in one binary: linking the AWS SDK once matters.
//! What no single module can show. One test binary, since linking the AWS SDK once is enough; traffic goes to stores in this
//! process, over loopback.

mod checks_by_hand;
mod core;
mod layers;
mod oracle;
mod picture;
mod provision;
mod sandbox;
mod screens;
mod sender;
mod store;
mod wire;
