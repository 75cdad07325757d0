//! The cross-module tests, in one binary: linking the AWS SDK once matters.

mod checks_by_hand;
