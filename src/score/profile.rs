//! Names the profiles of Spring that have a meaning for Score (`@Profile` of `S3Config.java`, `AzureConfig.java` and
//! `UploadController.java`; `ProfileConfig.java:17-22` from 5.10).

use std::ops::RangeInclusive;

use super::Release;

/// Authorization of requests.
pub const SECURE: &str = "secure";
/// A section of the jar's configuration up to 5.11, without beans.
pub const AMAZON: &str = "amazon";
pub const AWS: &str = "aws";
/// Spring's own profile, which is active if no other one is.
pub const DEFAULT: &str = "default";
pub const COLLABORATORY: &str = "collaboratory";
pub const S3: &str = "s3";
pub const AZURE: &str = "azure";
/// The controllers for clients.
pub const PROD: &str = "prod";

/// The profiles that define the beans of an S3 store, each in some releases.
pub const OF_S3: &[&str] = &[DEFAULT, AWS, COLLABORATORY, S3];

/// The profiles that only the store decides about.
pub const OF_STORES: &[&str] = &[AMAZON, AWS, DEFAULT, COLLABORATORY, S3, AZURE, PROD];

/// The profiles of stores that not every release has.
pub const OF_SOME_RELEASES: &[(&str, RangeInclusive<Release>)] = &[
    (S3, Release::R5_12..=Release::NEWEST),
    (COLLABORATORY, Release::OLDEST..=Release::R5_11),
    (AWS, Release::OLDEST..=Release::R5_11),
    (AMAZON, Release::OLDEST..=Release::R5_11),
];
