//! One test binary: linking the AWS SDK once is enough.
//! What no single module can show: everything here talks to a store in this process, over loopback.
//! The cross-module tests, in one binary: linking the AWS SDK once matters.

mod checks_by_hand;
mod layers;
mod oracle;
mod provision;
mod sandbox;
mod sender;
mod store;
mod wire;
