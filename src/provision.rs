//! What an administrator does once: create buckets, put the sentinel, remove leftovers. Over aws-sdk-s3, with credentials
//! of their own when given. Never part of a check.

pub mod s3;
