//! Judges `spring.profiles.active`: the parts that it activates in this release, and what is then missing. Sources:
//! `@Profile` of `S3Config`, `ServerConfig`, `AzureConfig`, `UploadController` and `DownloadController`, and
//! `ProfileConfig.java:17-22` from 5.10 on. Every combination here was observed on Score 5.9.0, 5.10.1, 5.11.0 or
//! 5.12.0-SNAPSHOT.

use std::path::PathBuf;

use super::{
    finding::{Edit, FileFinding},
    input::{LintInput, Spot},
    needs,
};
use crate::{
    install::{
        deployment::{self, Launch, Launcher, Setup},
        spring::SourcePosition,
    },
    score::{
        Api, Id, Release,
        Severity::{self, Note, Ping, Start, Transfer},
        Spelling, key, profile,
    },
};

pub(super) fn findings(input: &LintInput<'_>) -> Vec<FileFinding> {
    if !told(input) {
        return ignored(input).into_iter().collect();
    }
    let (file, line, holder) = spot(input);
    let finding = |id, severity, summary: String| FileFinding {
        holder: holder.clone(),
        ..FileFinding::new(id, severity, summary, file.clone(), line).about([key::SPRING_PROFILES_ACTIVE.to_owned()])
    };
    let (wanted, secured) = wanted(input);
    let edit = edit(input, &wanted);
    let mut all = Vec::new();
    if let Some((id, severity, what)) = storage(input) {
        let names =
            if input.stand.profiles.is_empty() { "no profile".to_owned() } else { input.stand.profiles.join(",") };
        let told = finding(id, severity, format!("{names}: {what}: {}.", severity.consequence()));
        all.push(if possible(input) {
            told.hint(format!("Activate {}.", wanted.join(","))).fixed_by(edit.clone())
        } else {
            told.hint("Use Score 5.11, the newest release that works with Azure.")
        });
    }
    let open = input.release >= Release::R5_12 && input.active("noSecurityDev");
    if !input.active("secure") && !open {
        let summary = "The profile secure is not active: Score answers every upload and download with 500.".to_owned();
        let told = finding(Id::P75, Transfer, summary);
        all.push(if secured && possible(input) {
            told.hint(format!("Activate {}.", wanted.join(","))).fixed_by(edit)
        } else {
            told.hint("Activate secure too, and set its auth.server.* settings.")
        });
    }
    all.extend(ignored(input));
    all
}

/// Returns true if these files show which profiles are active. They do not show an argument to `java -jar`.
fn told(input: &LintInput<'_>) -> bool {
    let wrapper = input.stand.start == Launcher::Wrapper && input.wrapper.is_some();
    let docker = input.stand.start == Launcher::Docker && input.deployment.environment.is_some();
    !input.stand.profiles.is_empty() || wrapper || docker
}

/// Returns the position of the profiles: file and line, or the container or process.
fn spot(input: &LintInput<'_>) -> (PathBuf, Option<usize>, Option<String>) {
    if let Some((parameter, _)) = input.wrapper.as_ref().and_then(|wrapper| wrapper.profiles()) {
        return (input.deployment.wrapper.path.clone(), Some(parameter.line), None);
    }
    match input.view.value(key::SPRING_PROFILES_ACTIVE, Spelling::Relaxed).map(|seen| seen.place) {
        None | Some(SourcePosition::Jar { .. }) => {}
        Some(place) => {
            let Spot { file, line, holder, .. } = input.place(&place);
            return (file, line, holder);
        }
    }
    if input.stand.start == Launcher::Wrapper {
        return (input.deployment.wrapper.path.clone(), None, None);
    }
    (input.home().to_owned(), None, input.holder())
}

/// Returns what is wrong with the profiles of the store.
fn storage(input: &LintInput<'_>) -> Option<(Id, Severity, &'static str)> {
    let any = |names: &[&str]| names.iter().any(|name| input.active(name));
    // Spring's own profile `default` is active if no profile is named.
    let unnamed = input.stand.profiles.is_empty();
    let azure = input.active(profile::AZURE);
    if input.stand.profiles.iter().any(|name| name.contains(['"', '\''])) {
        return Some((Id::P01, Start, "quotes become part of the profile names"));
    }
    if input.release >= Release::R5_12 {
        return match (azure, input.active(profile::S3)) {
            (true, _) => Some((Id::T3, Start, "Score 5.12 defines the same beans for Azure and for S3")),
            _ if input.api == Api::Azure => Some((Id::T3, Start, "Score 5.12 cannot use Azure")),
            (false, false) => Some((Id::P14, Start, "Score 5.12 needs the profile s3")),
            (false, true) => None,
        };
    }
    let s3 = any(&[profile::AWS, profile::COLLABORATORY, profile::DEFAULT]) || unnamed;
    if azure && s3 {
        return Some((Id::P14, Start, "azure and a profile of S3 define the same beans"));
    }
    if !azure && !s3 {
        return Some((Id::P14, Start, "none of these profiles selects a store"));
    }
    // Spring refuses the empty name of a profile, or finds no profile.
    if unnamed && input.wrapper.as_ref().is_some_and(|wrapper| wrapper.profiles().is_some()) {
        return Some((Id::P14, Start, "none of these profiles selects a store"));
    }
    // ProfileConfig.java:12 of 5.10.1 applies to all profiles except test.
    if input.release >= Release::R5_10 && !any(&[profile::COLLABORATORY, profile::AZURE, "test"]) {
        return Some((Id::P14, Start, "this release needs the profile collaboratory or azure"));
    }
    if azure && input.api == Api::S3 {
        return Some((Id::P14, Start, "azure is active, and the settings are those of S3"));
    }
    if s3 && input.api == Api::Azure {
        return Some((Id::P14, Start, "a profile of S3 is active, and the settings are those of Azure"));
    }
    (!any(&[profile::PROD, profile::DEFAULT, "debug"]) && !unnamed).then_some((
        Id::P76,
        Ping,
        "without prod Score does not serve /download/ping and /upload",
    ))
}

fn possible(input: &LintInput<'_>) -> bool {
    input.release < Release::R5_12 || input.api == Api::S3
}

/// Returns the profiles as they should be, and whether `secure` can be one of them.
fn wanted(input: &LintInput<'_>) -> (Vec<String>, bool) {
    let bare: Vec<String> = input.stand.profiles.iter().map(|name| name.trim_matches(['"', '\'']).to_owned()).collect();
    let with = Launch { profiles: vec!["secure".to_owned()], ..input.stand.clone() };
    let authorized = LintInput::new(input.sources, &with, Some(input.api));
    let ready = !needs::findings(&authorized)
        .iter()
        .any(|finding| finding.settings[0].starts_with("auth.") || finding.settings[0].starts_with("spring.security."));
    let authorized = ready && !input.active("noSecurityDev");
    (deployment::profiles(&bare, input.release, input.api, &Setup::default(), authorized), ready)
}

/// Returns the edit of `wrapper.conf`. The environment and commands are not edited.
fn edit(input: &LintInput<'_>, wanted: &[String]) -> Option<Edit> {
    let wrapper = input.wrapper.as_ref().filter(|_| input.stand.start == Launcher::Wrapper)?;
    wrapper.profiles()?;
    Some(Edit::Profiles { file: input.deployment.wrapper.path.clone(), profiles: wanted.to_vec() })
}

/// Reports profiles in a file that has no effect on them: an argument of the wrapper overrides every file.
fn ignored(input: &LintInput<'_>) -> Option<FileFinding> {
    if let Some((page, entry)) = input.reserved() {
        let summary = format!(
            "{} reserves the whole file for profiles that are not active: {}.",
            entry.spelt,
            Start.consequence()
        );
        let finding = input.absent(Id::T1, Start, &entry.spelt, summary);
        return Some(finding.at_line(&page.path, entry.line).hint("Remove this line, or activate the profile."));
    }
    if input.stand.start != Launcher::Wrapper {
        return None;
    }
    let (page, entry) = input
        .entries()
        .find(|(_, entry)| matches!(entry.spelt.as_str(), key::SPRING_PROFILES_ACTIVE | key::SPRING_PROFILES))?;
    let summary = format!("{} has no effect here: the profiles in wrapper.conf override it.", entry.spelt);
    let finding = input.absent(Id::T1, Note, key::SPRING_PROFILES_ACTIVE, summary);
    Some(finding.at_line(&page.path, entry.line))
}
