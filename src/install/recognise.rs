//! Finds the release of Score that a deployment is for, and the kind of store that it uses, for every command. Knows
//! nothing of answers.

use super::{
    deployment::{Deployment, Launch, Launcher},
    spring::{SourcePosition, View},
};
use crate::score::{Api, Release, SETTINGS, Spelling, key};

/// The evidence for the release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReleaseBasis {
    /// The operator chose it.
    Chosen,
    /// The installation shows it, through the source of this name, such as `the folder's name`.
    Installation(String),
    /// Only releases up to 5.11 read the setting names in the files.
    OldNames,
    /// No evidence: the newest release that starts with this kind of store.
    Assumed,
}

impl ReleaseBasis {
    /// Returns the name of the evidence; `None` if there is none.
    #[must_use]
    pub fn source(&self) -> Option<String> {
        match self {
            Self::Chosen => Some("--release".to_owned()),
            Self::Installation(source) => Some(source.clone()),
            Self::OldNames => Some("the names of its settings".to_owned()),
            Self::Assumed => None,
        }
    }
}

/// Returns the release that the operator chose, else the one that the installation shows, else the newest one that
/// reads the setting names in its files.
#[must_use]
pub fn release(deployment: &Deployment, chosen: Option<Release>) -> (Release, ReleaseBasis) {
    if let Some(release) = chosen {
        return (release, ReleaseBasis::Chosen);
    }
    if let Some(told) = &deployment.release {
        return (told.what, ReleaseBasis::Installation(told.by.clone()));
    }
    let start = start(deployment);
    let newest = View::answers(deployment, &Launch::of(deployment, Release::NEWEST, start));
    let says = |name: &str| newest.value(name, Spelling::Relaxed).is_some();
    let mut renamed = SETTINGS.iter().filter_map(|setting| Some((setting.key, setting.key_until_5_11?)));
    if renamed.clone().any(|(_, old)| says(old)) && !renamed.any(|(new, _)| says(new)) {
        return (Release::R5_11, ReleaseBasis::OldNames);
    }
    let api = api(deployment, &Launch::of(deployment, Release::R5_11, start)).unwrap_or(Api::S3);
    (api.until(), ReleaseBasis::Assumed)
}

/// Returns how Score is launched, as far as the deployment shows it.
#[must_use]
pub fn launch(deployment: &Deployment, chosen: Option<Release>) -> Launch {
    Launch::of(deployment, release(deployment, chosen).0, start(deployment))
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

pub(super) fn api_of(view: &View, launch: &Launch) -> Option<Api> {
    let active = |names: &[&str]| launch.profiles.iter().any(|profile| names.contains(&profile.as_str()));
    let filled = |key: &str| {
        view.value(key, Spelling::Relaxed).is_some_and(|seen| !matches!(seen.place, SourcePosition::Jar { .. }))
    };
    if active(&["azure"]) && (launch.release <= Api::Azure.until() || !filled(key::S3_ENDPOINT)) {
        return Some(Api::Azure);
    }
    if active(&["default", "aws", "collaboratory", "s3"]) {
        return Some(Api::S3);
    }
    if filled(key::S3_ENDPOINT) {
        return Some(Api::S3);
    }
    [key::AZURE_ACCOUNT_NAME, key::AZURE_ACCOUNT_KEY, key::AZURE_ENDPOINT_PROTOCOL]
        .into_iter()
        .any(filled)
        .then_some(Api::Azure)
}
