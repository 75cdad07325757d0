//! Talking to a store: the probe sends what Score sends, the checks judge the replies, provisioning does what an
//! administrator does, and the sandbox is a store to try it all on.

pub mod checks;
pub mod probe;
pub mod provision;
#[cfg(feature = "sandbox")]
pub mod sandbox;
