//! Lists the versions of the AWS signature that Score can sign with.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    V2,
    V4,
}

impl Version {
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::V2 => 2,
            Self::V4 => 4,
        }
    }
}
