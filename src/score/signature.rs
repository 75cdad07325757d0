//! Lists the versions of the AWS signature that Score can sign with.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    V2,
    V4,
}
