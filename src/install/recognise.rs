//! Finds the releases of Score that a deployment may be for, and the kind of store that it uses, for every command.
//! Knows nothing of answers.

use super::{
    deployment::{Deployment, Launch, Launcher},
    mark::Mark,
    spring::{SourcePosition, SourceSet, View},
};
use crate::{
    forms::EnvironmentOrigin,
    score::{Api, Release, SETTINGS, Setting, Spelling, key, profile},
};

/// The evidence for the release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReleaseBasis {
    /// The operator chose it.
    Chosen,
    /// The installation shows it, through the source of this name, such as `the folder's name`.
    Installation(String),
    /// A comment in a file that this program wrote.
    Mark,
    /// Nothing tells it. Profiles and names of settings may exclude some releases.
    Unknown,
}

/// The releases that a deployment may be for, the oldest first. It is never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Releases {
    pub possible: Vec<Release>,
    pub basis: ReleaseBasis,
}

impl Releases {
    fn one(release: Release, basis: ReleaseBasis) -> Self {
        Self { possible: vec![release], basis }
    }

    /// Returns the release that something tells. Profiles and names tell none: they may be those of another release.
    #[must_use]
    pub fn told(&self) -> Option<Release> {
        self.only().filter(|_| self.basis != ReleaseBasis::Unknown)
    }

    /// Returns the release if only one is possible.
    #[must_use]
    pub fn only(&self) -> Option<Release> {
        match self.possible[..] {
            [release] => Some(release),
            _ => None,
        }
    }

    /// Returns the name of the evidence; `None` if there is none.
    #[must_use]
    pub fn source(&self) -> Option<String> {
        match &self.basis {
            ReleaseBasis::Chosen => Some("--release".to_owned()),
            ReleaseBasis::Installation(source) => Some(source.clone()),
            ReleaseBasis::Mark => Some("a comment of score-setup".to_owned()),
            ReleaseBasis::Unknown if self.possible.len() < Release::ALL.len() => {
                Some("its profiles and the names of its settings".to_owned())
            }
            ReleaseBasis::Unknown => None,
        }
    }

    /// Returns the releases as a list: `5.9, 5.10 or 5.11`.
    #[must_use]
    pub fn list(&self) -> String {
        list(&self.possible)
    }
}

/// Returns releases as a list: `5.9, 5.10 or 5.11`.
#[must_use]
pub fn list(releases: &[Release]) -> String {
    let names: Vec<&str> = releases.iter().map(|release| release.name()).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, before)) => format!("{} or {last}", before.join(", ")),
        None => String::new(),
    }
}

/// The releases and launches that a deployment may be for.
#[derive(Debug, Clone)]
pub struct Recognised {
    pub releases: Releases,
    /// How Score is launched with each possible release, the oldest first.
    pub launches: Vec<Launch>,
    newest: usize,
}

impl Recognised {
    /// Reads the sources. The operator's choice of a release comes first.
    #[must_use]
    pub fn of(sources: &SourceSet<'_>, chosen: Option<Release>) -> Self {
        let start = start(sources.deployment);
        let releases = releases_in(sources, chosen);
        let launches: Vec<Launch> = releases.possible.iter().map(|release| sources.launch(*release, start)).collect();
        let works =
            |launch: &Launch| api_of(&sources.answers(launch), launch).is_none_or(|api| launch.release <= api.until());
        let newest = launches.iter().rposition(works).unwrap_or(launches.len() - 1);
        Self { releases, launches, newest }
    }

    /// Returns the launch with the newest release that works with the kind of store.
    #[must_use]
    pub fn launch(&self) -> &Launch {
        &self.launches[self.newest]
    }
}

/// Returns the release that the operator chose, else the one that the installation shows, else the one in a comment of
/// this program. Without these, returns each release whose profiles and names the deployment uses.
#[must_use]
pub fn releases(deployment: &Deployment, chosen: Option<Release>) -> Releases {
    releases_in(&SourceSet::of(deployment), chosen)
}

fn releases_in(sources: &SourceSet<'_>, chosen: Option<Release>) -> Releases {
    let deployment = sources.deployment;
    if let Some(release) = chosen {
        return Releases::one(release, ReleaseBasis::Chosen);
    }
    if let Some(told) = &deployment.release {
        return Releases::one(told.what, ReleaseBasis::Installation(told.by.clone()));
    }
    if let Some(mark) = mark(deployment) {
        return Releases::one(mark.release, ReleaseBasis::Mark);
    }
    let mut possible = Release::ALL.to_vec();
    for fits in [by_profiles, by_names] {
        let left: Vec<Release> = possible.iter().copied().filter(|release| fits(sources, *release)).collect();
        // If no release has all of them, they show nothing.
        if !left.is_empty() {
            possible = left;
        }
    }
    Releases { possible, basis: ReleaseBasis::Unknown }
}

/// Returns the comment of this program in the file that Score reads.
#[must_use]
pub fn mark(deployment: &Deployment) -> Option<Mark> {
    let variables = match deployment.environment.as_ref().map(|environment| &environment.origin) {
        Some(EnvironmentOrigin::File(base)) => base.bytes.as_deref(),
        Some(_) if start(deployment) == Launcher::Docker => deployment.variables.bytes.as_deref(),
        _ => None,
    };
    [variables, deployment.application.bytes.as_deref()].into_iter().flatten().find_map(Mark::read)
}

/// Returns true if the release has one of the active profiles of stores, or none of those is active.
fn by_profiles(sources: &SourceSet<'_>, release: Release) -> bool {
    let launch = sources.launch(release, start(sources.deployment));
    // No release starts with the profiles that wrapper.conf ships, so the operator did not choose them.
    let active = |name: &str| launch.profiles.iter().any(|profile| profile == name) && !launch.shipped();
    let mut named = profile::OF_SOME_RELEASES.iter().filter(|(name, _)| active(name)).peekable();
    named.peek().is_none() || named.any(|(_, releases)| releases.contains(&release))
}

/// Returns true if the release reads the names that only some releases read.
fn by_names(sources: &SourceSet<'_>, release: Release) -> bool {
    let view = sources.answers(&sources.launch(release, start(sources.deployment)));
    let says = |name: &str, setting: &Setting| view.value(name, setting.spelling()).is_some();
    let fits = |setting: &Setting| {
        let old = setting.key_until_5_11.is_some_and(|old| says(old, setting));
        let new = says(setting.key, setting);
        match setting.key_until_5_11 {
            // Both names may be there on purpose, for two releases.
            Some(_) if old == new => true,
            Some(_) => (release <= Release::R5_11) == old,
            None => !new || setting.known_to(release) || setting.twin.is_some_and(|twin| says(twin, setting)),
        }
    };
    SETTINGS.iter().all(fits)
}

/// Returns how Score is launched, as far as the deployment shows it. Of several possible releases, takes the newest one
/// that works with the kind of store.
#[must_use]
pub fn launch(deployment: &Deployment, chosen: Option<Release>) -> Launch {
    Recognised::of(&SourceSet::of(deployment), chosen).launch().clone()
}

/// Returns how Score is launched with each possible release, the oldest first.
#[must_use]
pub fn launches(deployment: &Deployment, chosen: Option<Release>) -> Vec<Launch> {
    Recognised::of(&SourceSet::of(deployment), chosen).launches
}

fn start(deployment: &Deployment) -> Launcher {
    deployment.start.as_ref().map_or(Launcher::Wrapper, |told| told.what)
}

/// Returns the kind of store that Score uses with this launch. The active profiles decide it, even if the files contain
/// settings of the other kind (observed on Score 5.11.0: `azure` with `s3.*` settings starts and transfers). Without
/// such a profile, the settings decide. `None` if neither shows it.
#[must_use]
pub fn api(deployment: &Deployment, launch: &Launch) -> Option<Api> {
    api_of(&View::answers(deployment, launch), launch)
}

/// Returns the kind of store that a view of the sources shows.
#[must_use]
pub fn api_of(view: &View, launch: &Launch) -> Option<Api> {
    let active = |names: &[&str]| launch.profiles.iter().any(|profile| names.contains(&profile.as_str()));
    let set = |key: &str| {
        view.value(key, Spelling::Relaxed).is_some_and(|seen| !matches!(seen.place, SourcePosition::Jar { .. }))
    };
    if active(&[profile::AZURE]) && !(launch.release > Api::Azure.until() && active(&[profile::S3])) {
        return Some(Api::Azure);
    }
    if active(profile::OF_S3) {
        return Some(Api::S3);
    }
    if set(key::S3_ENDPOINT) {
        return Some(Api::S3);
    }
    [key::AZURE_ACCOUNT_NAME, key::AZURE_ACCOUNT_KEY, key::AZURE_ENDPOINT_PROTOCOL]
        .into_iter()
        .any(set)
        .then_some(Api::Azure)
}
