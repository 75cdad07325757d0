//! Computes the files next to `application.properties` that Score of the distribution reads at its start.

use super::FileChange;
use crate::{
    forms::{Base, Wrapper, with_profiles},
    install::{
        deployment::{Deployment, Launch, Launcher},
        spring::View,
    },
    score::{Spelling, key},
    text::properties::{BadEscape, Document, uniform},
};

/// Returns true if Score under the wrapper reads files next to this one. It does so only for a file with the name
/// `application.properties`.
pub(super) fn has_companions(deployment: &Deployment) -> bool {
    deployment.application.path.file_name().is_some_and(|name| name == "application.properties")
}

/// Switches Vault off, unless Vault is configured. It is on by default (spring-cloud-vault 2.1.3 and 3.1
/// `VaultBootstrapConfiguration`), and with `--spring.config.location=../conf/` Spring does not read the jar's own
/// bootstrap.properties.
pub(super) fn bootstrap(read: &Base, working: &Deployment, stand: &Launch) -> Result<Option<FileChange>, BadEscape> {
    let bytes = working.bootstrap.bytes.as_deref();
    let off = View::of(working, stand)
        .value(key::SPRING_CLOUD_VAULT_ENABLED, Spelling::Relaxed)
        .is_some_and(|seen| seen.value.shape(|text| text.trim().eq_ignore_ascii_case("false")));
    let template = include_bytes!("../../../templates/bootstrap.properties");
    let mut document = Document::parse(bytes.unwrap_or_default())?;
    let mut notes = Vec::new();
    if !off {
        let vault = document.pairs().find(|pair| {
            let name = uniform(pair.key);
            name.starts_with("spring.cloud.vault.") && name != key::SPRING_CLOUD_VAULT_ENABLED
        });
        if let Some(pair) = vault {
            notes.push(format!("Line {} configures Vault, so Vault stays on.", pair.line));
        } else if document.keyless() && bytes.is_none_or(<[u8]>::is_empty) {
            document = Document::parse(template)?;
        } else {
            document.set(key::SPRING_CLOUD_VAULT_ENABLED, Spelling::Relaxed, "false");
        }
    } else if bytes.is_none() {
        // Another source switches Vault off and overrides this file.
        return Ok(None);
    }
    Ok(Some(change(read, document.to_bytes(), notes)))
}

/// Sets the profiles among the arguments in wrapper.conf, if the file exists.
pub(super) fn wrapper(read: &Base, working: &Deployment, stand: &Launch) -> Option<FileChange> {
    let bytes = working.wrapper.bytes.as_deref()?;
    if Launch::of(working, stand.release, Launcher::Wrapper).profiles == stand.profiles {
        return Some(change(read, bytes.to_vec(), Vec::new()));
    }
    let (after, number) = with_profiles(bytes, &stand.profiles.join(","));
    let mut notes = Vec::new();
    let (before, now) = (Wrapper::read(bytes), Wrapper::read(&after));
    if before.profiles().is_none() {
        notes.push(format!("No parameter sets the profiles, so wrapper.app.parameter.{number} was added."));
        if now.parameters.len() > before.parameters.len() + 1 {
            notes.push(
                "It closes a gap in the numbers. The wrapper ignored the parameters after the gap, and now reads them."
                    .to_owned(),
            );
        }
    }
    Some(change(read, after, notes))
}

pub(super) fn change(read: &Base, after: Vec<u8>, notes: Vec<String>) -> FileChange {
    FileChange { path: read.path.clone(), before: read.bytes.clone(), after, objects: false, mode: None, notes }
}
