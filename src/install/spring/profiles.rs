//! Finds the active profiles and their order: a later one overrides an earlier one. Spring Boot 2.1.6 adds them one by
//! one while it loads files (`ConfigFileApplicationListener`); 2.6.6 adds all of them once, after the files without a
//! profile (`Profiles`).

use std::{collections::VecDeque, sync::Arc};

use super::{
    order::{self, SourcePart, SourceSet},
    source::PropertySource,
};
use crate::{
    forms::environment::source_of_unknown,
    install::deployment::Launcher,
    score::{Release, Spelling, key},
};

/// Returns the profiles that the installation activates, in their order; empty if it names none.
pub(super) fn active(sources: &SourceSet<'_>, release: Release, start: Launcher) -> Vec<String> {
    let outer = sources.outer(start);
    let parts = order::parts(sources, release, start);
    let named = first(outer, key::SPRING_PROFILES_ACTIVE);
    let included = first(outer, key::SPRING_PROFILES_INCLUDE).unwrap_or_default();
    if order::splits(release) { at_once(&parts, outer, named, included) } else { one_by_one(&parts, named, included) }
}

fn at_once(
    parts: &[SourcePart],
    outer: &[Arc<PropertySource>],
    named: Option<Vec<String>>,
    mut included: Vec<String>,
) -> Vec<String> {
    let common = || parts.iter().filter(|part| part.file_of.is_none() && part.tags.is_empty());
    let named =
        named.or_else(|| common().find_map(|part| list(&part.source, key::SPRING_PROFILES_ACTIVE))).unwrap_or_default();
    if included.is_empty() {
        included = common().find_map(|part| list(&part.source, key::SPRING_PROFILES_INCLUDE)).unwrap_or_default();
    }
    let mut all = Vec::new();
    // Observed on Score 5.11 and 5.12: named profiles override included ones.
    let mut left: VecDeque<String> = included.into_iter().chain(named).collect();
    while let Some(name) = left.pop_front() {
        if all.contains(&name) {
            continue;
        }
        let group = format!("spring.profiles.group.{name}");
        let members = first(outer, &group).or_else(|| common().find_map(|part| list(&part.source, &group)));
        for member in members.unwrap_or_default().into_iter().rev() {
            left.push_front(member);
        }
        all.push(name);
    }
    all
}

fn one_by_one(parts: &[SourcePart], named: Option<Vec<String>>, included: Vec<String>) -> Vec<String> {
    let common = || parts.iter().filter(|part| part.file_of.is_none() && part.tags.is_empty());
    let named =
        named.or_else(|| common().find_map(|part| list(&part.source, key::SPRING_PROFILES_ACTIVE))).unwrap_or_default();
    let mut left: VecDeque<String> = included.into_iter().chain(named).collect();
    let mut all: Vec<String> = Vec::new();
    let mut next =
        common().rev().filter_map(|part| list(&part.source, key::SPRING_PROFILES_INCLUDE)).collect::<Vec<_>>();
    loop {
        // The profiles that a document includes follow directly after it.
        for names in next.drain(..) {
            for name in names.into_iter().rev().filter(|name| !all.contains(name)) {
                left.push_front(name);
            }
        }
        let Some(name) = left.pop_front() else { return all };
        if all.contains(&name) {
            continue;
        }
        let of = |part: &&SourcePart| part.file_of.as_ref() == Some(&name) || part.tags.contains(&name);
        next =
            parts.iter().rev().filter(of).filter_map(|part| list(&part.source, key::SPRING_PROFILES_INCLUDE)).collect();
        all.push(name);
    }
}

fn first(sources: &[Arc<PropertySource>], name: &str) -> Option<Vec<String>> {
    sources.iter().find_map(|source| list(source, name))
}

/// Returns the items of a list with commas; `None` if it is not set.
pub(super) fn list(source: &PropertySource, name: &str) -> Option<Vec<String>> {
    let split = |text: &str| {
        // The words for a value that is not known here may contain commas.
        if source_of_unknown(text).is_some() {
            return vec![text.to_owned()];
        }
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    if let Some(entry) = source.value(name, Spelling::Relaxed) {
        return Some(entry.value.shape(split));
    }
    // The key may be a list of YAML, or name[0]=.
    let items = (0..64).map_while(|at| source.value(&format!("{name}[{at}]"), Spelling::Relaxed));
    let items: Vec<String> = items.map(|entry| entry.value.shape(|text| text.trim().to_owned())).collect();
    (!items.is_empty()).then_some(items)
}
