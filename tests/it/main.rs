//! One test binary: linking the AWS SDK once is enough.

mod catalogue;
mod draft;
mod layers;
mod oracle;
mod template;
mod tuning;
