//! Talks to a store: the probe sends the requests that Score sends, the checks judge the replies, provisioning creates
//! buckets and keys like an administrator, tuning measures transfers, and the sandbox is a store for trying this out.

pub mod checks;
pub mod files;
pub mod probe;
pub mod provision;
pub mod sandbox;
pub mod tune;
