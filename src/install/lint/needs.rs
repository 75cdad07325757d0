//! What this release demands, and nothing sets: one finding for each key. Seen on Score 5.9.0, 5.10.1, 5.11.0 and
//! 5.12.0-SNAPSHOT, with one key left out at a time.

use super::{Edit, Finding, harm::consequence, site::Site};
use crate::{
    install::deployment::Start as How,
    score::{
        Api, Id, Kind, Need, Release, Setting,
        Severity::{self, Note, Ping, Start, Transfer},
        Spelling, key, secure,
    },
    text::values::number,
};

pub(super) fn findings(site: &Site<'_>) -> Vec<Finding> {
    if site.refused() {
        return Vec::new();
    }
    let mut all: Vec<Finding> = site.settings().filter_map(|setting| of(site, setting)).collect();
    // BenchmarkURLGenerator.java:30.
    if site.active("benchmark") && site.view.value(key::BENCHMARK_ENDPOINT, Spelling::Relaxed).is_none() {
        let summary =
            format!("benchmark.endpoint is missing, which the profile benchmark needs: {}.", consequence(Start));
        all.push(site.absent(Id::T43, Start, key::BENCHMARK_ENDPOINT, summary));
    }
    if site.secure() && site.release >= Release::R5_11 {
        let none = secure::TOKEN_KEYS.iter().all(|key| site.seen(key).is_none());
        if none {
            let [set, location] = secure::TOKEN_KEYS;
            let summary = format!(
                "{set} or {location} is missing, one of which the profile secure needs: {}.",
                consequence(Start)
            );
            let mut finding = site.absent(Id::T43, Start, location, summary);
            finding.settings.push(set.to_owned());
            all.push(finding);
        }
    }
    all
}

fn of(site: &Site<'_>, setting: &'static Setting) -> Option<Finding> {
    if site.value_of(setting).is_some() {
        return None;
    }
    let severity = missing(site, setting)?;
    // Told where it stands under another name.
    if site.meant_for(setting).is_some() {
        return None;
    }
    let name = setting.name(site.release);
    let (id, summary) = match (setting.key, severity) {
        (key::S3_SIG_V4_ENABLED, _) => {
            (Id::T36, "s3.sigV4Enabled is missing, so that Score signs with version 2.".to_owned())
        }
        (key::S3_SECURED, _) => (
            Id::T36,
            "s3.secured is missing, so that Score speaks plain HTTP to an endpoint without a scheme.".to_owned(),
        ),
        (key::SERVER_PORT, _) => (Id::T43, "server.port is missing, so that Score listens on 8080.".to_owned()),
        (key::S3_ACCESS_KEY | key::S3_SECRET_KEY, _) => (
            Id::T11,
            format!(
                "{name} is missing, so that Score looks for keys in ~/.aws/credentials only: {}.",
                consequence(severity)
            ),
        ),
        _ => (Id::T43, format!("{name} is missing: {}.", consequence(severity))),
    };
    let own = site.stand.start != How::Docker;
    let set = safe(setting).filter(|_| own).map(|value| Edit::Set {
        file: site.application().to_owned(),
        key: name.to_owned(),
        value,
    });
    let hint = match &set {
        Some(Edit::Set { value, .. }) => format!("Set {name}={value}"),
        _ => format!("Set {name}, such as {}", setting.example),
    };
    Some(site.absent(id, severity, name, summary).hint(hint).mended_by(set))
}

/// What Score does without this setting; `None`: it does not miss it.
pub(super) fn missing(site: &Site<'_>, setting: &Setting) -> Option<Severity> {
    if setting.key.starts_with("auth.server.") || setting.key.starts_with("auth.jwt.") {
        return authorization(site, setting);
    }
    match setting.key {
        key::S3_ACCESS_KEY | key::S3_SECRET_KEY => Some(Ping),
        key::S3_SIG_V4_ENABLED | key::SERVER_PORT => Some(Note),
        key::S3_SECURED => {
            site.text(key::S3_ENDPOINT).is_some_and(|endpoint| !endpoint.contains("://")).then_some(Note)
        }
        // Missing it is off: nothing is cleaned up. The key store is told of by itself.
        key::UPLOAD_CLEAN_ENABLED | key::SERVER_SSL_ENABLED => None,
        key::UPLOAD_CLEAN_CRON => site.cleaning().then_some(Start),
        key::S3_DATA_DIRECTORY | key::S3_UPLOAD_EXPIRATION if site.api == Api::Azure => {
            site.cleaning().then_some(Start)
        }
        _ if setting.need == Need::Optional => None,
        _ => Some(Start),
    }
}

/// TokenServicesConfig.java:24-27 and ScopeProperties.java:20-38 of 5.10.1, KeycloakConfig.java:17 of 5.11.0.
fn authorization(site: &Site<'_>, setting: &Setting) -> Option<Severity> {
    if !site.secure() {
        return None;
    }
    let new = site.release >= Release::R5_11;
    match setting.key {
        key::AUTH_JWT_PUBLIC_KEY_URL => site.active("jwt").then_some(Start),
        // It has a default there.
        key::AUTH_SERVER_TOKEN_NAME if !new => None,
        key::AUTH_SERVER_URL | key::AUTH_SERVER_TOKEN_NAME | key::AUTH_SERVER_CLIENT_SECRET if new => Some(Transfer),
        _ => Some(Start),
    }
}

/// The default, where it can be no mistake to write it.
fn safe(setting: &Setting) -> Option<String> {
    match setting.key {
        // What Score listens on is the operator's, and version 2 may be what the store needs. A name of ours would be that
        // of a policy which is not there.
        key::SERVER_PORT | key::S3_SIG_V4_ENABLED | key::BUCKET_POLICY_UPLOAD | key::BUCKET_POLICY_DOWNLOAD => None,
        key::S3_SECURED => Some("false".to_owned()),
        key::AUTH_SERVER_TOKEN_NAME => Some("token".to_owned()),
        _ => {
            let default = setting.default?;
            // A table of ours may say 64 MiB; Score wants the number.
            let amount = matches!(setting.kind, Kind::Bytes { .. } | Kind::Millis { .. });
            let number = number::measured(setting.kind, default).filter(|_| amount);
            Some(number.map_or_else(|| default.to_owned(), |number| number.to_string()))
        }
    }
}
