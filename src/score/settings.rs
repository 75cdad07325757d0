//! Every key of Score's configuration that a deployment may need, in the order of the screens.
//! Knows nothing of answers.
//!
//! Names that no release reads, such as `download.partsize`, are in `unread.rs`. Sources of facts:
//! `S3Config`, `ServerConfig`, `KeycloakConfig` and `SecurityConfig` are classes of Score's server; "seen" means seen
//! on Score 5.9.0, 5.10.1, 5.11.0 and 5.12.0-SNAPSHOT.

use super::{
    Absent, Api, Binding, Condition, Consequence, Faults, Fill, Follows, Id, JarValue, Kind, Need, Release, Setting,
    Severity::{Note, Ping, Start, Transfer},
    Step, Validator, When, key,
};

/// Returns a row with the faults of its setting, which each row must give, and the values that most rows share.
const fn row(read_by: &'static str, faults: Faults) -> Setting {
    Setting {
        key: "",
        key_until_5_11: None,
        label: "",
        kind: Kind::Text,
        need: Need::Written,
        step: None,
        when: When::Always,
        api: None,
        since: Release::OLDEST,
        until: Release::NEWEST,
        binding: Binding::Strict,
        exact: false,
        default: None,
        validator: Validator::Kind,
        read_by,
        read: Condition::Always,
        faults,
        jar_value: JarValue::Suitable,
        follows: Follows::Nothing,
        twin: None,
        moves: None,
        words: ["on", "off"],
        help: "",
        example: "",
    }
}

const fn absent(worst: Consequence, fill: Fill) -> Absent {
    Absent { id: Id::T43, worst, missed: Condition::Always, instead: None, fill }
}

const fn instead(id: Id, does: &'static str, worst: Consequence, fill: Fill) -> Absent {
    Absent { id, instead: Some(does), ..absent(worst, fill) }
}

/// S3Config.java:49-54: `ProfileCredentialsProvider` alone, for both keys.
const NO_KEYS: &str = "Score looks for the keys only in ~/.aws/credentials";

const NOTHING: Consequence = Consequence::Nothing;
const NOTE: Consequence = Consequence::Worst(Note);
const TRANSFER: Consequence = Consequence::Worst(Transfer);
const PING: Consequence = Consequence::Worst(Ping);
const START: Consequence = Consequence::Worst(Start);

const SECURE: Condition = Condition::Profiles(&["secure"]);

const S3: Option<Api> = Some(Api::S3);
const AZURE: Option<Api> = Some(Api::Azure);

const CLEANING: When = When::Is(key::UPLOAD_CLEAN_ENABLED, "true");

/// The largest Java int.
pub const INT_MAX: i64 = 2_147_483_647;

/// The most buckets of a pool that the wizard accepts. An AWS account has 10 000 by default.
pub const POOL_MAX: i64 = 10_000;

/// The most days that `Expires` of a signature of version 2 can hold in seconds, with a margin.
const DAYS_MAX: i64 = 3650;

/// The beginnings of the names of Score's own settings. Other names are Spring's, and are not judged.
pub const FAMILIES: &[&str] = &[
    "s3.",
    "bucket.",
    "object.",
    "upload.",
    "collaboratory.",
    "metadata.",
    "azure.",
    "auth.server.",
    "auth.connection.",
];

pub static SETTINGS: &[Setting] = &[
    // Connection
    Setting {
        key: key::S3_ENDPOINT,
        label: "Endpoint",
        kind: Kind::Url,
        need: Need::Asked,
        step: Some(Step::Connection),
        help: "The URL of the store. Score and all clients use it: uploads and downloads go straight to it.",
        example: "https://s3.eu-central-1.amazonaws.com",
        api: S3,
        validator: Validator::Endpoint,
        jar_value: JarValue::Foreign(Ping),
        follows: Follows::Region,
        ..row("S3Config, ServerConfig:43", Faults { absent: absent(START, Fill::Ask), empty: START, altered: START })
    },
    Setting {
        key: key::S3_ACCESS_KEY,
        label: "Access key",
        need: Need::Asked,
        step: Some(Step::Connection),
        binding: Binding::Lenient,
        help: "The id of the key that Score signs with. A temporary key (ASIA) does not work.",
        example: "AKIAIOSFODNN7EXAMPLE",
        api: S3,
        validator: Validator::AccessKey,
        jar_value: JarValue::Foreign(Ping),
        ..row("S3Config:33", Faults { absent: instead(Id::T11, NO_KEYS, PING, Fill::Ask), empty: PING, altered: PING })
    },
    Setting {
        key: key::S3_SECRET_KEY,
        label: "Secret key",
        kind: Kind::Secret,
        need: Need::Asked,
        step: Some(Step::Connection),
        binding: Binding::Lenient,
        help: "The secret of the access key. It is never shown, and written only to the file.",
        example: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        api: S3,
        validator: Validator::SecretKey,
        jar_value: JarValue::Foreign(Ping),
        ..row("S3Config:34", Faults { absent: instead(Id::T11, NO_KEYS, PING, Fill::Ask), empty: PING, altered: PING })
    },
    Setting {
        key: key::S3_SIG_V4_ENABLED,
        label: "Signature version",
        kind: Kind::Bool,
        step: Some(Step::Connection),
        binding: Binding::Lenient,
        default: Some("true"),
        help: "Score signs with version 4 (true) or with version 2 (false), which older stores need. A file without this setting means version 2.",
        example: "true",
        api: S3,
        words: ["4", "2"],
        ..row(
            "S3Config:37",
            Faults {
                absent: instead(Id::T36, "Score signs with version 2", NOTE, Fill::Ask),
                empty: START,
                altered: NOTHING,
            },
        )
    },
    Setting {
        key: key::S3_PRE_SIGNED_URL_OVERRIDE_HOST,
        label: "Endpoint for clients",
        kind: Kind::Url,
        step: Some(Step::Connection),
        exact: true,
        default: Some(""),
        help: "Replaces the endpoint in the URLs for clients, if a proxy there restores the Host header. Empty: clients use the endpoint.",
        example: "https://objects.example.org",
        api: S3,
        validator: Validator::OverrideHost,
        ..row("ServerConfig:40", Faults { absent: absent(START, Fill::Default), empty: NOTHING, altered: PING })
    },
    // S3Config.java:36: used only for an endpoint without a scheme, and ours has one.
    Setting {
        key: key::S3_SECURED,
        label: "TLS",
        kind: Kind::Bool,
        binding: Binding::Lenient,
        default: Some("true"),
        help: "Whether Score uses TLS for an endpoint without a scheme. It follows from the endpoint.",
        example: "true",
        api: S3,
        follows: Follows::Scheme,
        ..row(
            "S3Config:36",
            Faults {
                absent: Absent {
                    missed: Condition::NoScheme,
                    ..instead(
                        Id::T36,
                        "Score speaks plain HTTP to an endpoint without a scheme",
                        NOTE,
                        Fill::Value("false"),
                    )
                },
                empty: START,
                altered: NOTHING,
            },
        )
    },
    Setting {
        key: key::S3_MASTER_ENCRYPTION_KEY_ID,
        label: "KMS key",
        need: Need::Optional,
        binding: Binding::Lenient,
        help: "The KMS key that encrypts uploads. If it is set, Score signs with version 4.",
        example: "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        api: S3,
        jar_value: JarValue::ForeignIfFilled(Transfer),
        ..row("S3Config:38", Faults { absent: absent(NOTHING, Fill::Ask), empty: TRANSFER, altered: TRANSFER })
    },
    Setting {
        key: "s3.customMd5Property",
        label: "MD5 property",
        need: Need::Optional,
        since: Release::R5_10,
        binding: Binding::Lenient,
        help: "The metadata of an object with its MD5, if Score has no record of the upload; md5chksum by default.",
        example: "md5chksum",
        api: S3,
        ..row("S3Config:40", Faults { absent: absent(NOTHING, Fill::Ask), empty: NOTHING, altered: NOTHING })
    },
    Setting {
        key: key::AZURE_ACCOUNT_NAME,
        label: "Account",
        kind: Kind::Account,
        need: Need::Asked,
        step: Some(Step::Connection),
        api: AZURE,
        binding: Binding::Lenient,
        help: "The name of the storage account only: not a URL, and not the name of a container.",
        example: "scoredata",
        validator: Validator::AccountName,
        jar_value: JarValue::Foreign(Start),
        ..row("AzureConfig:42", Faults { absent: absent(START, Fill::Ask), empty: START, altered: START })
    },
    // AzureConfig.java:48-52 appends the key to the connection string, so a part of that string may follow the key.
    Setting {
        key: key::AZURE_ACCOUNT_KEY,
        label: "Account key",
        kind: Kind::Secret,
        need: Need::Asked,
        step: Some(Step::Connection),
        api: AZURE,
        binding: Binding::Lenient,
        help: "One of the two access keys of the account, which Score signs with. It is never shown, and written only to the file.",
        example: "c2NvcmUtc2V0dXAgZXhhbXBsZSBhY2NvdW50IGtleSwgNjQgYnl0ZXMgbG9uZywgbm90IGEgcmVhbCBvbmUhIQ==",
        validator: Validator::AccountKey,
        ..row("AzureConfig:43", Faults { absent: absent(START, Fill::Ask), empty: START, altered: START })
    },
    Setting {
        key: key::AZURE_ENDPOINT_PROTOCOL,
        label: "Protocol",
        kind: Kind::Choice(&["https", "http"]),
        step: Some(Step::Connection),
        api: AZURE,
        binding: Binding::Lenient,
        default: Some("https"),
        help: "How Score and its clients reach the account. It has no effect if the account has its own URL.",
        example: "https",
        validator: Validator::Protocol,
        ..row("AzureConfig:41", Faults { absent: absent(START, Fill::Default), empty: START, altered: START })
    },
    // Buckets
    Setting {
        key: key::BUCKET_NAME_OBJECT,
        label: "Object bucket",
        kind: Kind::Bucket,
        need: Need::Asked,
        step: Some(Step::Buckets),
        help: "The bucket that holds the files.",
        example: "score-object",
        api: S3,
        jar_value: JarValue::Foreign(Ping),
        moves: Some("stored files stay in the old one, and Score does not find them"),
        ..row(
            "S3BucketNamingService:34, S3ListingService:48, BackendHealth:33",
            Faults { absent: absent(START, Fill::Ask), empty: PING, altered: PING },
        )
    },
    Setting {
        key: key::BUCKET_NAME_STATE,
        label: "State bucket",
        kind: Kind::Bucket,
        need: Need::Asked,
        step: Some(Step::Buckets),
        help: "The bucket for the state of every upload. It may be the object bucket.",
        example: "score-state",
        api: S3,
        jar_value: JarValue::Foreign(Transfer),
        moves: Some("unfinished uploads stay in the old one, and start again"),
        ..row(
            "S3BucketNamingService:37",
            Faults { absent: absent(START, Fill::Ask), empty: TRANSFER, altered: TRANSFER },
        )
    },
    Setting {
        key: key::BUCKET_SIZE_POOL,
        label: "Buckets in the pool",
        kind: Kind::Count { min: 0, max: POOL_MAX },
        step: Some(Step::Buckets),
        default: Some("0"),
        help: "Spreads the files over this many buckets: <name>.0, <name>.1 and so on. 0 means that there is no pool.",
        example: "0",
        api: S3,
        moves: Some("Score looks for stored files in other buckets, and does not find most of them"),
        ..row(
            "S3BucketNamingService:40, BackendHealth:36",
            Faults { absent: absent(START, Fill::Default), empty: START, altered: NOTHING },
        )
    },
    // S3BucketNamingService.java:43: read at every start, used only with a pool.
    Setting {
        key: key::BUCKET_SIZE_KEY,
        label: "Digits for the pool",
        kind: Kind::Count { min: 0, max: INT_MAX },
        step: Some(Step::Buckets),
        when: When::Positive(key::BUCKET_SIZE_POOL),
        default: Some("2"),
        help: "How many digits of a file's id choose its bucket. 2 digits reach 256 buckets.",
        example: "2",
        api: S3,
        moves: Some("Score looks for stored files in other buckets, and does not find most of them"),
        ..row(
            "S3BucketNamingService:43",
            Faults { absent: absent(START, Fill::Default), empty: START, altered: NOTHING },
        )
    },
    Setting {
        key: key::OBJECT_SENTINEL,
        label: "Sentinel",
        step: Some(Step::Buckets),
        default: Some("heliograph"),
        help: "The object in the data directory that every client fetches first. Without it all clients stop.",
        example: "heliograph",
        api: S3,
        validator: Validator::Sentinel,
        ..row("S3DownloadService:79", Faults { absent: absent(START, Fill::Default), empty: PING, altered: PING })
    },
    Setting {
        key: key::S3_DATA_DIRECTORY,
        key_until_5_11: Some("collaboratory.data.directory"),
        label: "Data directory",
        step: Some(Step::Buckets),
        default: Some("data"),
        help: "The beginning of the names of files and of the sentinel. After a change, Score does not find the stored files.",
        example: "data",
        api: S3,
        validator: Validator::DataDirectory,
        moves: Some("stored files stay under the old one, and Score does not find them"),
        ..row(
            "S3DownloadService:73, S3UploadStateStore:79-82, S3ListingService:51, UploadCleanupService:43",
            Faults {
                absent: absent(START, Fill::Default),
                empty: Consequence::Changed { last: Release::R5_9, until: Some(Ping), then: None },
                altered: PING,
            },
        )
    },
    Setting {
        key: key::S3_UPLOAD_DIRECTORY,
        key_until_5_11: Some("collaboratory.upload.directory"),
        label: "Upload directory",
        step: Some(Step::Buckets),
        default: Some("upload"),
        help: "The beginning of the names of unfinished uploads in the state bucket.",
        example: "upload",
        api: S3,
        validator: Validator::UploadDirectory,
        moves: Some("unfinished uploads stay under the old one, and start again"),
        ..row(
            "S3UploadStateStore:79-82",
            Faults { absent: absent(START, Fill::Default), empty: NOTHING, altered: NOTHING },
        )
    },
    // The same step for Azure. A container takes the place of a bucket, and Azure itself keeps the state of an upload.
    Setting {
        key: key::BUCKET_NAME_OBJECT,
        label: "Container",
        kind: Kind::Container,
        need: Need::Asked,
        step: Some(Step::Buckets),
        api: AZURE,
        help: "The container that holds the files. Score does not start if it does not exist.",
        example: "score-object",
        jar_value: JarValue::Overriding { over_file: Start, alone: Some(Note) },
        moves: Some("stored files stay in the old one, and Score does not find them"),
        ..row("AzureConfig:45", Faults { absent: absent(START, Fill::Ask), empty: START, altered: START })
    },
    Setting {
        key: key::OBJECT_SENTINEL,
        label: "Sentinel",
        step: Some(Step::Buckets),
        api: AZURE,
        default: Some("heliograph"),
        help: "The blob at the top of the container that every client fetches first. Without it all clients stop.",
        example: "heliograph",
        validator: Validator::Sentinel,
        ..row("AzureDownloadService:66", Faults { absent: absent(START, Fill::Default), empty: PING, altered: PING })
    },
    Setting {
        key: key::BUCKET_POLICY_UPLOAD,
        label: "Upload policy",
        kind: Kind::Policy,
        step: Some(Step::Buckets),
        api: AZURE,
        default: Some("UploadPolicy"),
        help: "The stored access policy of the container for uploads. It allows write and create, and has no start and no expiry.",
        example: "UploadPolicy",
        jar_value: JarValue::Overriding { over_file: Transfer, alone: None },
        ..row("AzureURLGenerator:46", Faults { absent: absent(START, Fill::Ask), empty: TRANSFER, altered: TRANSFER })
    },
    Setting {
        key: key::BUCKET_POLICY_DOWNLOAD,
        label: "Download policy",
        kind: Kind::Policy,
        step: Some(Step::Buckets),
        api: AZURE,
        default: Some("DownloadPolicy"),
        help: "The stored access policy of the container for downloads. It allows read, and has no start and no expiry.",
        example: "DownloadPolicy",
        jar_value: JarValue::Overriding { over_file: Ping, alone: None },
        ..row("AzureURLGenerator:49", Faults { absent: absent(START, Fill::Ask), empty: PING, altered: PING })
    },
    // S3BucketNamingService.java:34-43 is a bean for every kind of store: without these three Score does not start
    // (seen).
    Setting {
        key: key::BUCKET_NAME_STATE,
        label: "State bucket",
        api: AZURE,
        default: Some("unused"),
        help: "Needed at the start, and used for S3 only.",
        example: "unused",
        validator: Validator::Name,
        ..row(
            "S3BucketNamingService:37",
            Faults { absent: absent(START, Fill::Default), empty: NOTHING, altered: NOTHING },
        )
    },
    Setting {
        key: key::BUCKET_SIZE_POOL,
        label: "Buckets in the pool",
        kind: Kind::Count { min: 0, max: INT_MAX },
        api: AZURE,
        default: Some("0"),
        help: "Needed at the start, and used for S3 only.",
        example: "0",
        ..row(
            "S3BucketNamingService:40",
            Faults { absent: absent(START, Fill::Default), empty: START, altered: NOTHING },
        )
    },
    Setting {
        key: key::BUCKET_SIZE_KEY,
        label: "Digits for the pool",
        kind: Kind::Count { min: 0, max: INT_MAX },
        api: AZURE,
        default: Some("2"),
        help: "Needed at the start, and used for S3 only.",
        example: "2",
        ..row(
            "S3BucketNamingService:43",
            Faults { absent: absent(START, Fill::Default), empty: START, altered: NOTHING },
        )
    },
    // Upload
    Setting {
        key: key::UPLOAD_PARTSIZE,
        label: "Part size",
        kind: Kind::Bytes { min: 1, max: INT_MAX },
        step: Some(Step::Upload),
        default: Some("64 MiB"),
        help: "How much of a file is transferred at once, and again after a failure. Score raises anything below 20 MiB to 20 MiB.",
        example: "64 MiB",
        api: S3,
        validator: Validator::PartSize,
        ..row("ServerConfig:37", Faults { absent: absent(START, Fill::Default), empty: START, altered: NOTHING })
    },
    Setting {
        key: key::UPLOAD_RETRY_LIMIT,
        label: "Retries",
        kind: Kind::Count { min: 0, max: INT_MAX },
        step: Some(Step::Upload),
        default: Some("5"),
        help: "How often Score repeats a failed request to the store. With 5, a dead endpoint costs about 2 s, with 10 more than 30 s.",
        example: "5",
        api: S3,
        validator: Validator::Retries,
        ..row("S3Config:30", Faults { absent: absent(START, Fill::Default), empty: START, altered: NOTHING })
    },
    Setting {
        key: key::UPLOAD_CONNECTION_TIMEOUT,
        label: "Connect timeout",
        kind: Kind::Millis { min: 0, max: INT_MAX },
        step: Some(Step::Upload),
        default: Some("15000"),
        help: "How many milliseconds Score waits for a connection to the store. 0 waits forever.",
        example: "15000",
        api: S3,
        ..row("S3Config:43", Faults { absent: absent(START, Fill::Default), empty: START, altered: NOTHING })
    },
    // S3Config.java:27-44 (5.11.0): these fields have setters that Spring binds under s3 after it injected the two
    // above, so they override them in every release; seen on 5.11.0. The jar's own section s3 of 5.12 sets them, so for
    // 5.12 they are always written.
    Setting {
        key: key::S3_RETRY_LIMIT,
        label: "Retries (s3.retryLimit)",
        kind: Kind::Count { min: 0, max: INT_MAX },
        need: Need::Optional,
        binding: Binding::Lenient,
        help: "Overrides upload.retry.limit if both are set. From 5.12 on it is always written, by default with the same value.",
        example: "5",
        api: S3,
        validator: Validator::Retries,
        follows: Follows::Setting(key::UPLOAD_RETRY_LIMIT),
        ..row("S3Config:27-44", Faults { absent: absent(NOTHING, Fill::Ask), empty: START, altered: NOTHING })
    },
    Setting {
        key: key::S3_CONNECTION_TIMEOUT,
        label: "Connect timeout (s3.connectionTimeout)",
        kind: Kind::Millis { min: 0, max: INT_MAX },
        need: Need::Optional,
        binding: Binding::Lenient,
        help: "Overrides upload.connection.timeout if both are set. From 5.12 on it is always written, by default with the same value.",
        example: "15000",
        api: S3,
        follows: Follows::Setting(key::UPLOAD_CONNECTION_TIMEOUT),
        ..row("S3Config:27-44", Faults { absent: absent(NOTHING, Fill::Ask), empty: START, altered: NOTHING })
    },
    Setting {
        key: key::UPLOAD_CLEAN_ENABLED,
        label: "Clean-up",
        kind: Kind::Bool,
        step: Some(Step::Upload),
        default: Some("true"),
        help: "Whether Score aborts unfinished uploads that are older than the upload expiration. It does so in the whole object bucket.",
        example: "true",
        api: S3,
        validator: Validator::Switch,
        ..row(
            "UploadCleanupService:39",
            Faults { absent: absent(NOTHING, Fill::Ask), empty: NOTHING, altered: NOTHING },
        )
    },
    Setting {
        key: key::UPLOAD_CLEAN_CRON,
        label: "Clean-up at",
        kind: Kind::Cron,
        step: Some(Step::Upload),
        when: When::Is(key::UPLOAD_CLEAN_ENABLED, "true"),
        default: Some("0 0 0 * * ?"),
        help: "When Score cleans up: second, minute, hour, day, month, weekday, in the server's local time. - means never.",
        example: "0 0 0 * * ?",
        api: S3,
        read: Condition::Cleaning,
        ..row(
            "UploadCleanupService:52",
            Faults { absent: absent(START, Fill::Default), empty: START, altered: NOTHING },
        )
    },
    Setting {
        key: key::S3_UPLOAD_EXPIRATION,
        key_until_5_11: Some("collaboratory.upload.expiration"),
        label: "Uploads expire after",
        kind: Kind::Count { min: 1, max: DAYS_MAX },
        step: Some(Step::Upload),
        default: Some("6"),
        help: "How many days the URLs of an upload are valid. After that, the clean-up aborts the upload.",
        example: "6",
        api: S3,
        validator: Validator::Days(Transfer),
        ..row(
            "S3UploadService:68, UploadCleanupService:46",
            Faults { absent: absent(START, Fill::Default), empty: START, altered: NOTHING },
        )
    },
    Setting {
        key: key::S3_DOWNLOAD_EXPIRATION,
        key_until_5_11: Some("collaboratory.download.expiration"),
        label: "Downloads expire after",
        kind: Kind::Count { min: 1, max: DAYS_MAX },
        step: Some(Step::Upload),
        default: Some("1"),
        help: "How many days the URLs of a download are valid.",
        example: "1",
        api: S3,
        validator: Validator::Days(Transfer),
        ..row("S3DownloadService:76", Faults { absent: absent(START, Fill::Default), empty: START, altered: NOTHING })
    },
    // AzureServerConfig.java:47-51: the part size of a download. AzurePartCalculator.java:53-62 loops forever if it is
    // zero or less.
    Setting {
        key: key::UPLOAD_PARTSIZE,
        label: "Download part size",
        kind: Kind::Bytes { min: 1, max: INT_MAX },
        step: Some(Step::Upload),
        api: AZURE,
        default: Some("250000000"),
        help: "How much of a file is downloaded at once, in spite of its name. With Azure only the client decides on the parts of an upload.",
        example: "64 MiB",
        validator: Validator::PartSize,
        ..row("AzureServerConfig:39", Faults { absent: absent(START, Fill::Default), empty: START, altered: NOTHING })
    },
    // AzureURLGenerator.java:49, 97-122: also used for uploads.
    Setting {
        key: key::S3_DOWNLOAD_EXPIRATION,
        key_until_5_11: Some("collaboratory.download.expiration"),
        label: "URLs expire after",
        kind: Kind::Count { min: 1, max: DAYS_MAX },
        step: Some(Step::Upload),
        api: AZURE,
        default: Some("1"),
        help: "How many days the URLs of downloads and, with Azure, of uploads are valid.",
        example: "1",
        validator: Validator::Days(Ping),
        ..row("AzureURLGenerator:52", Faults { absent: absent(START, Fill::Default), empty: START, altered: NOTHING })
    },
    // AzureUploadService lists no unfinished uploads, so the clean-up has nothing to remove; Azure drops them after a
    // week.
    Setting {
        key: key::UPLOAD_CLEAN_ENABLED,
        label: "Clean-up",
        kind: Kind::Bool,
        api: AZURE,
        default: Some("false"),
        help: "Has no effect with Azure, which removes unfinished uploads after a week.",
        example: "false",
        validator: Validator::Switch,
        ..row(
            "UploadCleanupService:39",
            Faults { absent: absent(NOTHING, Fill::Ask), empty: NOTHING, altered: NOTHING },
        )
    },
    // UploadCleanupService.java:43-52: required as soon as the clean-up is on.
    Setting {
        key: key::UPLOAD_CLEAN_CRON,
        label: "Clean-up at",
        kind: Kind::Cron,
        need: Need::Conditional,
        when: CLEANING,
        api: AZURE,
        default: Some("0 0 0 * * ?"),
        help: "When Score looks for something to clean up: second, minute, hour, day, month, weekday.",
        example: "0 0 0 * * ?",
        read: Condition::Cleaning,
        ..row(
            "UploadCleanupService:52",
            Faults { absent: absent(START, Fill::Default), empty: START, altered: NOTHING },
        )
    },
    Setting {
        key: key::S3_DATA_DIRECTORY,
        key_until_5_11: Some("collaboratory.data.directory"),
        label: "Data directory",
        need: Need::Conditional,
        when: CLEANING,
        api: AZURE,
        default: Some("data"),
        help: "Needed if the clean-up is on, and used for S3 only.",
        example: "data",
        read: Condition::Cleaning,
        validator: Validator::DataDirectory,
        ..row(
            "UploadCleanupService:43",
            Faults { absent: absent(START, Fill::Default), empty: NOTHING, altered: NOTHING },
        )
    },
    Setting {
        key: key::S3_UPLOAD_EXPIRATION,
        key_until_5_11: Some("collaboratory.upload.expiration"),
        label: "Uploads expire after",
        kind: Kind::Count { min: 1, max: DAYS_MAX },
        need: Need::Conditional,
        when: CLEANING,
        api: AZURE,
        default: Some("6"),
        help: "Needed if the clean-up is on, and used for S3 only.",
        example: "6",
        read: Condition::Cleaning,
        validator: Validator::Days(Transfer),
        ..row(
            "UploadCleanupService:46",
            Faults { absent: absent(START, Fill::Default), empty: START, altered: NOTHING },
        )
    },
    // Required for the start: Song, the server itself, and authorization
    Setting {
        key: key::METADATA_URL,
        label: "Song",
        kind: Kind::Url,
        need: Need::Asked,
        step: Some(Step::Server),
        help: "The URL of the Song server, which Score asks about every file.",
        example: "https://song.example.org",
        validator: Validator::Song,
        jar_value: JarValue::Foreign(Transfer),
        ..row("MetadataService:42", Faults { absent: absent(START, Fill::Ask), empty: TRANSFER, altered: TRANSFER })
    },
    // Not asked: Song and retries
    Setting {
        key: "metadata.useLegacyMode",
        label: "Legacy mode of Song",
        kind: Kind::Bool,
        need: Need::Optional,
        exact: true,
        help: "With true, Score does not ask Song whether an analysis is published.",
        example: "false",
        api: S3,
        ..row(
            "Score (@Value, false by default)",
            Faults { absent: absent(NOTHING, Fill::Ask), empty: START, altered: NOTHING },
        )
    },
    Setting {
        key: "auth.connection.maxRetries",
        label: "Retries to Song",
        kind: Kind::Count { min: 0, max: INT_MAX },
        exact: true,
        default: Some("5"),
        help: "How often Score repeats a request to Song or to the authorization server.",
        example: "5",
        ..row("RetryConfig:42-49", Faults { absent: absent(START, Fill::Default), empty: START, altered: NOTHING })
    },
    Setting {
        key: key::AUTH_CONNECTION_INITIAL_BACKOFF,
        label: "Wait before a retry",
        kind: Kind::Millis { min: 0, max: INT_MAX },
        exact: true,
        default: Some("15000"),
        help: "Milliseconds that Score waits before it asks again.",
        example: "15000",
        validator: Validator::Long,
        ..row("RetryConfig:42-49", Faults { absent: absent(START, Fill::Default), empty: START, altered: NOTHING })
    },
    Setting {
        key: "auth.connection.multiplier",
        label: "Growth of the wait",
        kind: Kind::Number,
        default: Some("2.0"),
        help: "Each further wait is this many times the previous one.",
        example: "2.0",
        ..row("RetryConfig:42-49", Faults { absent: absent(START, Fill::Default), empty: START, altered: NOTHING })
    },
    // Not asked: the server itself
    Setting {
        key: key::SERVER_PORT,
        label: "Port of Score",
        kind: Kind::Count { min: 1, max: 65_535 },
        step: Some(Step::Server),
        default: Some("8080"),
        help: "The port on which Score listens.",
        example: "8080",
        validator: Validator::Port,
        ..row(
            "Spring Boot",
            Faults {
                absent: instead(Id::T43, "Score listens on 8080", NOTE, Fill::Ask),
                empty: NOTHING,
                altered: NOTHING,
            },
        )
    },
    // wrapper.conf names a key store that is not shipped: without this key Score does not start (seen).
    Setting {
        key: key::SERVER_SSL_ENABLED,
        label: "TLS of Score",
        kind: Kind::Bool,
        default: Some("false"),
        help: "Whether Score itself uses TLS. true needs a key store at cert/service.jks.",
        example: "false",
        ..row("Spring Boot", Faults { absent: absent(NOTHING, Fill::Ask), empty: START, altered: NOTHING })
    },
    Setting {
        key: key::SERVER_SSL_KEY_STORE,
        label: "Key store of Score",
        need: Need::Optional,
        help: "The key store with Score's certificate. An argument in wrapper.conf overrides it.",
        example: "../cert/service.jks",
        ..row("Spring Boot", Faults { absent: absent(NOTHING, Fill::Ask), empty: NOTHING, altered: NOTHING })
    },
    Setting {
        key: "server.ssl.key-store-type",
        label: "Type of the key store",
        kind: Kind::Choice(&["JKS", "PKCS12"]),
        need: Need::Optional,
        help: "The format of the key store.",
        example: "PKCS12",
        ..row("Spring Boot", Faults { absent: absent(NOTHING, Fill::Ask), empty: NOTHING, altered: NOTHING })
    },
    Setting {
        key: key::SERVER_SSL_KEY_STORE_PASSWORD,
        label: "Password of the key store",
        kind: Kind::Secret,
        need: Need::Optional,
        binding: Binding::Lenient,
        help: "The password that opens the key store.",
        example: "changed-it",
        ..row("Spring Boot", Faults { absent: absent(NOTHING, Fill::Ask), empty: NOTHING, altered: NOTHING })
    },
    Setting {
        key: "server.ssl.key-alias",
        label: "Alias in the key store",
        need: Need::Optional,
        help: "Which key of the key store is Score's.",
        example: "object-store-service",
        ..row("Spring Boot", Faults { absent: absent(NOTHING, Fill::Ask), empty: NOTHING, altered: NOTHING })
    },
    Setting {
        key: key::SERVER_CORS_ALLOWED_ORIGINS,
        label: "Allowed origins",
        kind: Kind::List,
        since: Release::R5_10,
        exact: true,
        default: Some("http://localhost:8081"),
        help: "Web pages that may call Score from a browser, with commas between them.",
        example: "https://portal.example.org",
        ..row("ServerMain:26", Faults { absent: absent(START, Fill::Default), empty: NOTHING, altered: NOTHING })
    },
    // Springfox 2.9 under Spring Boot 2.6 fails with a NullPointerException without it (seen).
    Setting {
        key: key::SPRING_MVC_PATHMATCH_MATCHING_STRATEGY,
        label: "Path matching",
        kind: Kind::Choice(&["ant_path_matcher"]),
        since: Release::R5_11,
        default: Some("ant_path_matcher"),
        help: "Score starts only with this value, because of its API pages.",
        example: "ant_path_matcher",
        ..row("Spring Boot", Faults { absent: absent(START, Fill::Default), empty: START, altered: NOTHING })
    },
    Setting {
        key: "server.version",
        label: "Version on the API pages",
        need: Need::Optional,
        help: "The version that Score's API pages print.",
        example: "5.11.0",
        ..row("SwaggerConfig:33-45", Faults { absent: absent(NOTHING, Fill::Ask), empty: NOTHING, altered: NOTHING })
    },
    Setting {
        key: "swagger.alternateUrl",
        label: "Path of the API pages",
        need: Need::Optional,
        exact: true,
        help: "A second path for Score's API pages.",
        example: "/swagger",
        ..row("SwaggerConfig:33-45", Faults { absent: absent(NOTHING, Fill::Ask), empty: NOTHING, altered: NOTHING })
    },
    Setting {
        key: "swagger.host",
        label: "Host on the API pages",
        need: Need::Optional,
        help: "The host that Score's API pages call.",
        example: "score.example.org",
        ..row("SwaggerConfig:33-45", Faults { absent: absent(NOTHING, Fill::Ask), empty: NOTHING, altered: NOTHING })
    },
    Setting {
        key: "swagger.basePath",
        label: "Base path on the API pages",
        need: Need::Optional,
        exact: true,
        help: "What Score's API pages put in front of every path.",
        example: "/score",
        ..row("SwaggerConfig:33-45", Faults { absent: absent(NOTHING, Fill::Ask), empty: NOTHING, altered: NOTHING })
    },
    // Authorization, read under the profile secure
    Setting {
        key: key::AUTH_SERVER_URL,
        label: "Token check URL",
        kind: Kind::Url,
        need: Need::Optional,
        step: Some(Step::Server),
        when: When::Secure,
        help: "The URL at which Score checks API keys.",
        example: "https://ego.example.org/o/check_api_key",
        read: SECURE,
        validator: Validator::ExactUrl,
        jar_value: JarValue::Foreign(Transfer),
        ..row(
            "TokenServicesConfig:24 (5.8.1), KeycloakConfig",
            Faults {
                absent: absent(
                    Consequence::Changed { last: Release::R5_10, until: Some(Start), then: Some(Transfer) },
                    Fill::Ask,
                ),
                empty: TRANSFER,
                altered: TRANSFER,
            },
        )
    },
    Setting {
        key: key::AUTH_SERVER_TOKEN_NAME,
        label: "Form field of the token",
        need: Need::Optional,
        step: Some(Step::Server),
        when: When::Secure,
        exact: true,
        help: "The name of the form field that carries an API key to the authorization server.",
        example: "token",
        read: SECURE,
        ..row(
            "TokenServicesConfig:25 (5.8.1), KeycloakConfig",
            Faults {
                absent: absent(
                    Consequence::Changed { last: Release::R5_10, until: None, then: Some(Transfer) },
                    Fill::Value("token"),
                ),
                empty: TRANSFER,
                altered: TRANSFER,
            },
        )
    },
    // Releases up to 5.10 read clientId, later ones clientID, each in exactly this case: TokenServicesConfig.java:24-27
    // of 5.8.1, KeycloakConfig.java:17.
    Setting {
        key: key::AUTH_SERVER_CLIENT_ID_UNTIL_5_10,
        label: "Client id",
        need: Need::Optional,
        step: Some(Step::Server),
        when: When::Secure,
        until: Release::R5_10,
        exact: true,
        help: "The id of Score at the authorization server.",
        example: "score",
        read: SECURE,
        jar_value: JarValue::Foreign(Transfer),
        twin: Some(key::AUTH_SERVER_CLIENT_ID),
        ..row(
            "TokenServicesConfig:26 (5.8.1)",
            Faults { absent: absent(START, Fill::Ask), empty: TRANSFER, altered: TRANSFER },
        )
    },
    Setting {
        key: key::AUTH_SERVER_CLIENT_ID,
        label: "Client id",
        need: Need::Optional,
        step: Some(Step::Server),
        when: When::Secure,
        since: Release::R5_11,
        exact: true,
        help: "The id of Score at the authorization server.",
        example: "score",
        read: SECURE,
        jar_value: JarValue::Foreign(Transfer),
        twin: Some(key::AUTH_SERVER_CLIENT_ID_UNTIL_5_10),
        ..row("KeycloakConfig:17", Faults { absent: absent(START, Fill::Ask), empty: TRANSFER, altered: TRANSFER })
    },
    Setting {
        key: key::AUTH_SERVER_CLIENT_SECRET,
        label: "Client secret",
        kind: Kind::Secret,
        need: Need::Optional,
        step: Some(Step::Server),
        when: When::Secure,
        exact: true,
        help: "The secret of Score at the authorization server.",
        example: "score-client-secret",
        read: SECURE,
        jar_value: JarValue::Foreign(Transfer),
        ..row(
            "TokenServicesConfig:27 (5.8.1), KeycloakConfig",
            Faults {
                absent: absent(
                    Consequence::Changed { last: Release::R5_10, until: Some(Start), then: Some(Transfer) },
                    Fill::Ask,
                ),
                empty: TRANSFER,
                altered: TRANSFER,
            },
        )
    },
    Setting {
        key: key::AUTH_SERVER_PROVIDER,
        label: "Authorization server",
        kind: Kind::Choice(&["ego", "keycloak"]),
        need: Need::Optional,
        step: Some(Step::Server),
        when: When::Secure,
        since: Release::R5_11,
        help: "The kind of the authorization server.",
        example: "ego",
        read: SECURE,
        ..row("KeycloakConfig", Faults { absent: absent(START, Fill::Ask), empty: TRANSFER, altered: TRANSFER })
    },
    Setting {
        key: key::AUTH_SERVER_KEYCLOAK_HOST,
        label: "Keycloak",
        kind: Kind::Url,
        need: Need::Optional,
        step: Some(Step::Server),
        when: When::Secure,
        since: Release::R5_11,
        help: "The URL of Keycloak. Score needs one even with ego.",
        example: "https://keycloak.example.org",
        read: SECURE,
        ..row("KeycloakConfig", Faults { absent: absent(START, Fill::Ask), empty: TRANSFER, altered: TRANSFER })
    },
    Setting {
        key: key::AUTH_SERVER_KEYCLOAK_REALM,
        label: "Realm",
        need: Need::Optional,
        step: Some(Step::Server),
        when: When::Secure,
        since: Release::R5_11,
        help: "The realm in Keycloak. Score needs one even with ego.",
        example: "overture",
        read: SECURE,
        ..row("KeycloakConfig", Faults { absent: absent(START, Fill::Ask), empty: TRANSFER, altered: TRANSFER })
    },
    Setting {
        key: key::AUTH_JWT_PUBLIC_KEY_URL,
        label: "Public key",
        kind: Kind::Url,
        need: Need::Optional,
        until: Release::R5_10,
        exact: true,
        help: "Where Score reads the public key of JSON web tokens, with the profile jwt only.",
        example: "https://ego.example.org/oauth/token/public_key",
        read: Condition::Profiles(&["secure", "jwt"]),
        validator: Validator::ExactUrl,
        ..row(
            "TokenServicesConfig:51 (5.8.1)",
            Faults { absent: absent(START, Fill::Ask), empty: START, altered: START },
        )
    },
    // Spring Boot 2.6.6 makes the decoder of the first of these three that has a text: the key set, the issuer, the public
    // key (`KeyValueCondition`, `IssuerUriCondition`). Observed on Score 5.11.0: with a key set or an issuer it starts, even
    // if the location is absent or empty.
    Setting {
        key: key::JWT_PUBLIC_KEY_LOCATION,
        label: "Public key",
        need: Need::Optional,
        since: Release::R5_11,
        help: "Where Score reads the public key of JSON web tokens when it starts. It does not start if this URL does not answer. With a key set or an issuer, it is not read.",
        example: "https://ego.example.org/oauth/token/public_key",
        read: Condition::SecureWithout(&[key::JWT_JWK_SET_URI, key::JWT_ISSUER_URI]),
        jar_value: JarValue::Foreign(Start),
        ..row("SecurityConfig:68", Faults { absent: absent(NOTHING, Fill::Ask), empty: NOTHING, altered: START })
    },
    Setting {
        key: key::JWT_JWK_SET_URI,
        label: "Key set",
        kind: Kind::Url,
        need: Need::Optional,
        step: Some(Step::Server),
        when: When::Secure,
        since: Release::R5_11,
        help: "Where Score reads the key set of JSON web tokens when the first one comes.",
        example: "https://keycloak.example.org/realms/overture/protocol/openid-connect/certs",
        read: SECURE,
        validator: Validator::ExactUrl,
        // An empty text makes the decoder too, and it refuses that text (`@ConditionalOnProperty`,
        // `NimbusJwtDecoder.withJwkSetUri`).
        ..row("SecurityConfig:68", Faults { absent: absent(NOTHING, Fill::Ask), empty: START, altered: TRANSFER })
    },
    Setting {
        key: key::JWT_ISSUER_URI,
        label: "Issuer",
        kind: Kind::Url,
        need: Need::Optional,
        since: Release::R5_11,
        help: "The issuer of JSON web tokens. Score asks it for the key set when the first token comes. With a key set, it is not read.",
        example: "https://keycloak.example.org/realms/overture",
        read: Condition::SecureWithout(&[key::JWT_JWK_SET_URI]),
        validator: Validator::ExactUrl,
        ..row("SecurityConfig:68", Faults { absent: absent(NOTHING, Fill::Ask), empty: NOTHING, altered: TRANSFER })
    },
    Setting {
        key: key::SCOPE_DOWNLOAD_SYSTEM,
        label: "Scope for all downloads",
        need: Need::Optional,
        default: Some("score.READ"),
        help: "The scope that allows every download.",
        example: "score.READ",
        read: SECURE,
        ..row("ScopeProperties:20-38", Faults { absent: absent(START, Fill::Default), empty: START, altered: TRANSFER })
    },
    Setting {
        key: key::SCOPE_DOWNLOAD_STUDY_PREFIX,
        label: "Prefix of a study's download scope",
        need: Need::Optional,
        default: Some("score."),
        help: "The text before the study in the scope that allows its downloads.",
        example: "score.",
        read: SECURE,
        ..row("ScopeProperties:20-38", Faults { absent: absent(START, Fill::Default), empty: START, altered: TRANSFER })
    },
    Setting {
        key: key::SCOPE_DOWNLOAD_STUDY_SUFFIX,
        label: "Suffix of a study's download scope",
        need: Need::Optional,
        default: Some(".READ"),
        help: "The text after the study in the scope that allows its downloads.",
        example: ".READ",
        read: SECURE,
        ..row("ScopeProperties:20-38", Faults { absent: absent(START, Fill::Default), empty: START, altered: TRANSFER })
    },
    Setting {
        key: key::SCOPE_UPLOAD_SYSTEM,
        label: "Scope for all uploads",
        need: Need::Optional,
        default: Some("score.WRITE"),
        help: "The scope that allows every upload.",
        example: "score.WRITE",
        read: SECURE,
        ..row("ScopeProperties:20-38", Faults { absent: absent(START, Fill::Default), empty: START, altered: TRANSFER })
    },
    Setting {
        key: key::SCOPE_UPLOAD_STUDY_PREFIX,
        label: "Prefix of a study's upload scope",
        need: Need::Optional,
        default: Some("score."),
        help: "The text before the study in the scope that allows its uploads.",
        example: "score.",
        read: SECURE,
        ..row("ScopeProperties:20-38", Faults { absent: absent(START, Fill::Default), empty: START, altered: TRANSFER })
    },
    Setting {
        key: key::SCOPE_UPLOAD_STUDY_SUFFIX,
        label: "Suffix of a study's upload scope",
        need: Need::Optional,
        default: Some(".WRITE"),
        help: "The text after the study in the scope that allows its uploads.",
        example: ".WRITE",
        read: SECURE,
        ..row("ScopeProperties:20-38", Faults { absent: absent(START, Fill::Default), empty: START, altered: TRANSFER })
    },
];
