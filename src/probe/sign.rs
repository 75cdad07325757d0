//! Signatures as the AWS SDK for Java v1 makes them for Score: V4 and V2, by header and by query.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    V2,
    V4,
}
