//! Collects what is wrong with the answers: with each alone, between them, and before any of them.

use super::{CLOUD, Draft, PROVIDER, Problem, REGION, RELEASE, rules};
use crate::{
    answers::target::Cloud,
    score::{Api, Id, Provider, SETTINGS, key, provider::providers},
    text::suggest::distance,
};

impl Draft {
    /// Returns every problem, in the order of the screens.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = self.premises();
        let mut found: Vec<Problem> = self.known().filter_map(|setting| self.problem(setting)).collect();
        if problems.iter().any(|problem| problem.settings[0] == REGION) {
            // The endpoint follows from the region, so its absence needs no second problem.
            found.retain(|problem| problem.settings[0] != key::S3_ENDPOINT || problem.origin.is_some());
        }
        found.extend(rules::problems(self));
        found.extend(self.unread());
        // The problem of a rule is listed with the first of its settings.
        found.sort_by_key(|problem| SETTINGS.iter().position(|setting| Some(&setting.key) == problem.settings.first()));
        problems.extend(found);
        problems
    }

    /// Returns the problems of this answer, alone or together with others.
    #[must_use]
    pub fn problems_of(&self, key: &str) -> Vec<Problem> {
        self.problems().into_iter().filter(|problem| problem.settings.contains(&key)).collect()
    }

    fn premises(&self) -> Vec<Problem> {
        let missing = |what: &'static str, message: &str| Problem::new(Id::T56, vec![what], message);
        let mut problems = Vec::new();
        if self.release.is_none() {
            problems.push(Problem::new(
                Id::T57,
                vec![RELEASE],
                "The release of Score is not known; give one such as 5.11.",
            ));
        }
        if self.provider.is_none() {
            let ids: Vec<&str> = providers().iter().map(|provider| provider.id.as_str()).collect();
            problems.push(missing(PROVIDER, &format!("The provider must be one of {}.", ids.join(", "))));
        }
        if let Some(message) = self.provider.and_then(Provider::unusable) {
            problems.push(missing(PROVIDER, &message));
        } else if let (Some(release), Some(provider)) = (self.release, self.provider)
            && let Some(message) = provider.refused_by(release)
        {
            problems.push(Problem::new(Id::T56, vec![RELEASE, PROVIDER], message));
        }
        if let Some(message) = self.region.as_deref().and_then(|region| self.region_problem(region)) {
            problems.push(missing(REGION, &message));
        }
        if self.api() == Api::Azure
            && let Some(Err(rule)) = self.cloud.as_deref().map(Cloud::read)
        {
            problems.push(missing(CLOUD, &rule.of("Address").to_string()));
        }
        problems
    }

    pub(super) fn region_problem(&self, region: &str) -> Option<String> {
        let provider = self.provider?;
        if provider.endpoint_of_region.is_none() {
            return Some(format!("Region must be left out: {} has no regions to choose from.", provider.name));
        }
        if provider.has_region(region) {
            return None;
        }
        let written = region.to_lowercase().replace(['_', ' '], "-");
        let close = provider.regions.iter().min_by_key(|known| distance(&known.id, &written))?;
        Some(format!("Region must be an id of {} such as {}.", provider.short(), close.id))
    }
}
