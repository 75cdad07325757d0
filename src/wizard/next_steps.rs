//! What is left to do after the file is written, so that Score really starts and serves: one place for every shell.

use crate::{
    catalogue::{Api, Release, secure},
    target::Target,
};

/// One thing that still stops Score or its clients, with the exact lines that mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextStep {
    /// What stops, in one or two sentences.
    pub why: &'static str,
    /// The file the lines belong into, in the folder of `application.properties`.
    pub file: &'static str,
    pub lines: Vec<String>,
}

/// `wrapper.conf` ships with `--spring.profiles.active=secure,amazon`, and the command line outranks
/// application.properties (Score 5.11.0, score-server/src/main/conf/wrapper.conf:62-66).
const PROFILES: &str = "The profiles that wrapper.conf ships with, secure,amazon, start no release of Score, and \
                        application.properties cannot change them.";

/// spring-cloud-vault is on unless the bootstrap context says otherwise, and with `--spring.config.location=../conf/` the
/// jar's own bootstrap.properties is not read (spring-cloud-vault 2.1.3 and 3.1, `VaultBootstrapConfiguration`).
const VAULT: &str = "Without this file Score looks for a Vault server and does not start.";

/// wrapper.conf passes `--server.ssl.key-store=../cert/service.jks`, which is not shipped.
const KEY_STORE: &str = "wrapper.conf names a key store that is not shipped, cert/service.jks; without one Score does not \
                         start unless TLS is off.";

/// Seen on Score 5.9, 5.10, 5.11 and 5.12: "An Authentication object was not found in the `SecurityContext`".
const SECURE: &str = "Every upload and download answers 500 unless the profile secure is active, although ping and health \
                      work; secure needs these keys.";

/// In the order in which Score would stop.
#[must_use]
pub fn next_steps(target: &Target) -> Vec<NextStep> {
    let written = |key: &str| target.assignments.iter().any(|assignment| assignment.name == key);
    let mut steps = vec![
        NextStep { why: VAULT, file: "bootstrap.properties", lines: vec!["spring.cloud.vault.enabled=false".into()] },
        NextStep {
            why: PROFILES,
            file: "wrapper.conf",
            lines: vec![format!(
                "wrapper.app.parameter.5=--spring.profiles.active={}",
                profiles(target.release, target.provider.api)
            )],
        },
    ];
    if !written("server.ssl.enabled") {
        let lines = vec!["server.ssl.enabled=false".into()];
        steps.push(NextStep { why: KEY_STORE, file: "application.properties", lines });
    }
    let tokens = secure::TOKEN_KEYS.first().filter(|_| target.release >= Release::R5_11);
    let tokens = tokens.filter(|_| !secure::TOKEN_KEYS.into_iter().any(written));
    let own = secure::keys(target.release).iter().filter(|key| !written(key)).chain(tokens);
    let scopes = secure::scopes().filter(|scope| !written(scope.key));
    let lines: Vec<_> = own
        .map(|key| format!("{key}=…"))
        .chain(scopes.map(|scope| format!("{}={}", scope.key, scope.default.unwrap_or("…"))))
        .collect();
    if !lines.is_empty() {
        steps.push(NextStep { why: SECURE, file: "application.properties", lines });
    }
    steps
}

/// What `spring.profiles.active` has to be, so that Score starts and serves.
#[must_use]
pub fn profiles(release: Release, api: Api) -> String {
    release.storage_profiles(api).iter().copied().chain(["secure"]).collect::<Vec<_>>().join(",")
}
