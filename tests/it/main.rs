//! One test binary: linking the AWS SDK once is enough.

mod layers;
mod oracle;
mod properties;
mod write;
