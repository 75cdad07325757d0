//! Chooses the profiles to activate: those that the store needs in this release, and those that the operator adds.

use super::{Launch, Setup};
use crate::score::{
    Api, Release,
    profile::{self, AWS, AZURE, COLLABORATORY, DEFAULT, PROD, S3},
};

pub use crate::score::profile::SECURE;

/// The profiles in the shipped `wrapper.conf` (Score 5.11.0, score-server/src/main/conf/wrapper.conf:66). No release
/// starts with them, so the operator did not choose them.
const SHIPPED: [&str; 2] = [SECURE, profile::AMAZON];

/// Returns all profiles to activate, in the order of `spring.profiles.active`. Profiles that are active now stay
/// unchanged if Score serves with them.
#[must_use]
pub fn profiles(active: &[String], release: Release, api: Api, setup: &Setup, authorized: bool) -> Vec<String> {
    let beside = beside(active, release, setup, authorized);
    let mut mine: Vec<&String> = active.iter().filter(|name| !of_stores(name)).collect();
    let mut wanted: Vec<&String> = beside.iter().collect();
    mine.sort();
    wanted.sort();
    if serve(active, release, api) && mine == wanted {
        return active.to_vec();
    }
    let own = release.storage_profiles(api).iter().map(|name| (*name).to_owned());
    own.chain(beside).collect()
}

/// Returns the profiles other than those of the store: as chosen, else as they are, and `secure` if authorization is
/// set up.
#[must_use]
pub fn beside(active: &[String], release: Release, setup: &Setup, authorized: bool) -> Vec<String> {
    let mut beside: Vec<String> = Vec::new();
    let shipped = shipped(active);
    let kept = |name: &&String| {
        // `jwt` was removed in 5.11 (ServerConfig of 5.10.1, application.yml of 5.11.0).
        let gone = release >= Release::R5_11 && *name == "jwt";
        !(of_stores(name) || gone || shipped && *name == SECURE)
    };
    let secure = SECURE.to_owned();
    let found = active.iter().filter(kept).chain(authorized.then_some(&secure));
    let names: Vec<&String> = match &setup.profiles {
        Some(chosen) => chosen.iter().filter(|name| !of_stores(name)).collect(),
        None => found.collect(),
    };
    for name in names {
        if !beside.contains(name) {
            beside.push(name.clone());
        }
    }
    beside
}

fn shipped(active: &[String]) -> bool {
    active.iter().eq(SHIPPED.iter())
}

impl Launch {
    /// Returns true if the profiles are those of the shipped wrapper.conf.
    #[must_use]
    pub fn shipped(&self) -> bool {
        shipped(&self.profiles)
    }
}

/// Returns true if only the store decides about this profile.
#[must_use]
pub fn of_stores(name: &str) -> bool {
    profile::OF_STORES.contains(&name)
}

/// Returns true if Score starts and serves with these profiles: they define the beans of the store and the controllers,
/// and none twice. Observed on 5.9.0, 5.10.1, 5.11.0 and 5.12.0-SNAPSHOT.
fn serve(active: &[String], release: Release, api: Api) -> bool {
    let any = |names: &[&str]| active.iter().any(|name| names.contains(&name.as_str()));
    let controllers = any(&[PROD, DEFAULT]);
    match (api, release) {
        (Api::S3, Release::R5_9) => any(&[DEFAULT, AWS, COLLABORATORY]) && controllers && !any(&[AZURE]),
        (Api::S3, Release::R5_10 | Release::R5_11) => any(&[COLLABORATORY]) && controllers && !any(&[AZURE]),
        (Api::S3, Release::R5_12) => any(&[S3]) && !any(&[AZURE]),
        (Api::Azure, _) => any(&[AZURE]) && any(&[PROD]) && !any(profile::OF_S3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &str) -> Vec<String> {
        names.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }

    #[test]
    fn what_serves_stays_and_what_does_not_is_replaced() {
        let found = Setup::default();
        let secured = Setup { profiles: Some(list("secure")), ..Setup::default() };
        for (active, release, api, setup, authorized, expected) in [
            ("secure,amazon", Release::R5_11, Api::S3, &found, false, "collaboratory,prod"),
            ("secure,amazon", Release::R5_11, Api::S3, &found, true, "collaboratory,prod,secure"),
            ("secure,amazon", Release::R5_12, Api::S3, &secured, false, "s3,secure"),
            ("", Release::R5_9, Api::S3, &found, false, "default,prod"),
            (
                "default,collaboratory,prod,secure",
                Release::R5_11,
                Api::S3,
                &found,
                true,
                "default,collaboratory,prod,secure",
            ),
            ("default,collaboratory,prod,secure,jwt", Release::R5_12, Api::S3, &found, true, "s3,secure"),
            ("collaboratory,prod,secure,debug", Release::R5_11, Api::Azure, &found, true, "prod,azure,secure,debug"),
            ("s3,prod,secure", Release::R5_12, Api::S3, &found, false, "s3,prod,secure"),
            ("aws,prod,mine", Release::R5_10, Api::S3, &secured, false, "collaboratory,prod,secure"),
        ] {
            assert_eq!(profiles(&list(active), release, api, setup, authorized).join(","), expected, "{active}");
        }
    }
}
