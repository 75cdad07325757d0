//! One test binary: linking the AWS SDK once is enough.

mod catalogue;
mod draft;
mod layers;
mod oracle;
mod properties;
mod template;
mod tuning;
mod write;
