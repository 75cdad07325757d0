//! Reads the configuration of `score-server.jar`: its `application.yml`, from a jar, or from a table of this program if
//! the jar is in an image. Also recognises the release. Knows nothing of zip.

use std::sync::LazyLock;

use serde::Deserialize;

use super::{Jar, Section};
use crate::{
    score::{Release, key},
    text::yaml::{self, YamlError},
};

/// The content of `score-server/src/main/resources/application.yml` of the tags 5.9.0, 5.10.1 and 5.11.0, and of the
/// commit 34a53a4 (5.12.0-SNAPSHOT). Secrets are left out.
const TABLES: [&str; 4] = [
    include_str!("../../assets/score/5.9.toml"),
    include_str!("../../assets/score/5.10.toml"),
    include_str!("../../assets/score/5.11.toml"),
    include_str!("../../assets/score/5.12.toml"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    section: Vec<JarRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JarRow {
    #[serde(default)]
    profiles: Vec<String>,
    values: toml::Table,
}

/// The keys that name the profiles of a document: up to Spring Boot 2.3, and since 2.4.
const TAGS: [&str; 2] = [key::SPRING_PROFILES, key::SPRING_CONFIG_ACTIVATE_ON_PROFILE];

impl Jar {
    /// Returns the sections of a release whose jar is not available.
    #[must_use]
    pub fn of_release(release: Release) -> &'static [Section] {
        static ALL: LazyLock<Vec<Vec<Section>>> = LazyLock::new(|| TABLES.into_iter().map(table).collect());
        let at = Release::ALL.iter().position(|known| *known == release).unwrap_or_default();
        ALL.get(at).map_or(&[], Vec::as_slice)
    }

    /// Reads the sections of an `application.yml`.
    ///
    /// # Errors
    /// Returns an error if the text is not YAML.
    pub fn sections(text: &str) -> Result<Vec<Section>, YamlError> {
        let documents = yaml::read(text)?;
        let section = |node: &yaml::Node| {
            let mut section = Section { profiles: Vec::new(), values: Vec::new() };
            for flat in yaml::flat(node) {
                let name = flat.name.split('[').next().unwrap_or_default();
                if TAGS.contains(&name) {
                    section.profiles.extend(flat.value.split(',').map(|name| name.trim().to_owned()));
                } else {
                    section.values.push((flat.name, flat.value));
                }
            }
            section
        };
        Ok(documents.iter().map(section).collect())
    }

    /// Returns the release that the sections belong to. A jar names its own release, except a repacked one.
    #[must_use]
    pub fn release_of(sections: &[Section]) -> Option<Release> {
        let has = |name: &str| sections.iter().any(|section| section.values.iter().any(|(key, _)| key == name));
        let is_for = |profile: &str| sections.iter().any(|section| section.profiles.iter().any(|one| one == profile));
        // Each of these keys came with one release; some were removed in a later one.
        if !has(key::OBJECT_SENTINEL) {
            return None;
        }
        Some(match (has(key::S3_DATA_DIRECTORY) || is_for("s3"), has(key::SPRING_MVC_PATHMATCH_MATCHING_STRATEGY)) {
            (true, _) => Release::R5_12,
            (false, true) => Release::R5_11,
            (false, false) if has(key::SERVER_CORS_ALLOWED_ORIGINS) => Release::R5_10,
            (false, false) => Release::R5_9,
        })
    }
}

fn table(text: &str) -> Vec<Section> {
    let table: Table = toml::from_str(text).expect("the tables of releases are tested");
    let value = |value: toml::Value| value.as_str().map(str::to_owned).unwrap_or_default();
    let sections = table.section.into_iter();
    sections
        .map(|row| Section {
            profiles: row.profiles,
            values: row.values.into_iter().map(|(key, text)| (key, value(text))).collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_release_is_told_by_its_own_sections() {
        for release in Release::ALL {
            assert_eq!(Jar::release_of(Jar::of_release(release)), Some(release), "{release}");
        }
        assert_eq!(Jar::release_of(&[]), None);
    }

    #[test]
    fn a_section_is_for_the_profiles_it_names_in_either_way() {
        let text =
            "a: 1\n---\nspring.profiles: x, y\nb: 2\n---\nspring:\n  config:\n    activate:\n      on-profile: z\n";
        let profiles: Vec<_> = Jar::sections(text).unwrap().into_iter().map(|one| one.profiles.join("+")).collect();
        assert_eq!(profiles, ["", "x+y", "z"]);
    }
}
