//! Builds the stores and findings that the tests of this module share.

use std::time::Duration;

use super::Finding;
use crate::{
    answers::target::{AzureStore, Cloud, S3Store},
    score::{Id, Severity, Version},
    text::secret::Secret,
};

pub(super) fn store(endpoint: &str) -> S3Store {
    S3Store {
        endpoint: endpoint.into(),
        override_host: None,
        access_key: "ACCESSKEY00000000001".into(),
        secret_key: Secret::new("secretsecretsecretsecretsecretsecret0001"),
        version: Version::V4,
        kms_key: None,
        object_bucket: "score-object".into(),
        state_bucket: "score-state".into(),
        pool: 0,
        data_directory: "data".into(),
        upload_directory: "upload".into(),
        sentinel: "heliograph".into(),
        part_size: 67_108_864,
        upload_expiration_days: 6,
        download_expiration_days: 1,
        connection_timeout: Duration::from_secs(15),
        retry_limit: 5,
        unescapes_paths: false,
        region: None,
        usual_ports: Vec::new(),
    }
}

pub(super) fn azure(endpoint: &str) -> AzureStore {
    AzureStore {
        protocol: "https".into(),
        account: "acct".into(),
        key: Secret::new("AAAA"),
        cloud: Cloud::Endpoint(endpoint.into()),
        container: "score".into(),
        upload_policy: "UploadPolicy".into(),
        download_policy: "DownloadPolicy".into(),
        sentinel: "heliograph".into(),
        part_size: 67_108_864,
        download_expiration_days: 1,
    }
}

pub(super) fn finding(id: Id, severity: Severity) -> Finding {
    Finding {
        id,
        severity,
        summary: String::new(),
        evidence: Vec::new(),
        hints: Vec::new(),
        settings: Vec::new(),
        repair: None,
        others: Vec::new(),
        lacks: None,
        silent: false,
        unproven: false,
    }
}
