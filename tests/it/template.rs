//! The template against the catalogue, and both against the starts of real servers: `data/left-out-keys.tsv` holds, for
//! each key left out of a complete file, whether Score 5.9.0, 5.10.1, 5.11.0 and 5.12.0-SNAPSHOT started.

use std::collections::BTreeSet;

use score_setup::{
    catalogue::{Release, SETTINGS},
    draft::{Draft, Origin, Text},
    properties::Document,
    secret::Secret,
    target::Target,
};

const TEMPLATE: &str = include_str!("../../templates/s3.properties");

fn give(draft: &mut Draft, answers: &[(&'static str, &str)]) {
    for (key, value) in answers {
        let secret = SETTINGS.iter().any(|setting| setting.key == *key && setting.secret());
        let text = if secret { Text::Secret(Secret::new(*value)) } else { Text::Plain((*value).to_owned()) };
        draft.give(key, text, Origin::Typed);
    }
}

fn target(release: Release, secure: bool) -> Target {
    let minio = score_setup::catalogue::provider::provider("minio").expect("a preset");
    let mut draft = Draft::new(release, minio);
    give(
        &mut draft,
        &[
            ("s3.endpoint", "http://127.0.0.1:9000"),
            ("s3.accessKey", "scoreuser"),
            ("s3.secretKey", "canary-secret"),
            ("bucket.name.object", "score-object"),
            ("bucket.name.state", "score-state"),
            ("metadata.url", "https://song.example.org"),
        ],
    );
    if secure {
        give(
            &mut draft,
            &[
                ("auth.server.url", "https://ego.example.org/o/check_api_key"),
                ("auth.server.tokenName", "token"),
                ("auth.server.clientId", "score"),
                ("auth.server.clientID", "score"),
                ("auth.server.clientSecret", "canary-client"),
                ("auth.server.provider", "ego"),
                ("auth.server.keycloak.host", "https://keycloak.example.org"),
                ("auth.server.keycloak.realm", "overture"),
                (
                    "spring.security.oauth2.resourceserver.jwt.public-key-location",
                    "https://ego.example.org/oauth/token/public_key",
                ),
            ],
        );
    }
    draft.target().unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn names(target: &Target) -> BTreeSet<&'static str> {
    target.assignments.iter().map(|assignment| assignment.name).collect()
}

/// Keys that stand in the template, and whether as a comment.
fn template_keys() -> Vec<(String, bool)> {
    let keys = TEMPLATE.lines().filter_map(|line| {
        let (key, commented) = match line.strip_prefix('#') {
            Some(rest) => (rest.split_once('=')?.0, true),
            None => (line.split_once('=')?.0, false),
        };
        (!key.contains(' ')).then(|| (key.to_owned(), commented))
    });
    keys.collect()
}

#[test]
fn the_template_names_exactly_the_keys_of_the_catalogue_once() {
    let mut template: Vec<String> = template_keys().into_iter().map(|(key, _)| key).collect();
    let mut catalogue: Vec<String> = SETTINGS
        .iter()
        .flat_map(|setting| [Some(setting.key), setting.key_until_5_11])
        .flatten()
        .map(str::to_owned)
        .collect();
    template.sort();
    catalogue.sort();
    assert_eq!(template, catalogue);
}

#[test]
fn the_template_is_one_ascii_document_of_short_lines() {
    assert!(TEMPLATE.is_ascii());
    assert!(TEMPLATE.ends_with('\n'));
    // A line of just this would begin another document for Spring Boot 2.4 and newer.
    assert!(TEMPLATE.lines().all(|line| line.trim_end() != "#---"));
    assert!(TEMPLATE.lines().all(|line| line.len() <= 120 && line.trim_end() == line));
    let document = Document::parse(TEMPLATE.as_bytes()).expect("the template is a properties file");
    assert_eq!(document.to_bytes(), TEMPLATE.as_bytes());
}

#[test]
fn what_stands_open_in_the_template_is_set_by_every_target() {
    for release in Release::ALL {
        let set = names(&target(release, false));
        for (key, commented) in template_keys() {
            assert!(commented || set.contains(key.as_str()), "{key} on {release}");
        }
    }
}

#[test]
fn defaults_in_the_template_are_those_of_the_catalogue() {
    let target = target(Release::R5_12, false);
    let document = Document::parse(TEMPLATE.as_bytes()).expect("the template is a properties file");
    for assignment in &target.assignments {
        // Follows from the endpoint.
        if assignment.setting.default.is_none() || assignment.name == "s3.secured" {
            continue;
        }
        if let Some(value) = document.get(assignment.name) {
            assert_eq!(value, assignment.value.for_file(), "{}", assignment.name);
        }
    }
}

#[test]
fn every_key_whose_absence_stops_a_release_is_set_for_it() {
    let mut rows = 0;
    for row in include_str!("data/left-out-keys.tsv").lines().skip(1) {
        let [release, group, key, outcome] = row.split('\t').collect::<Vec<_>>()[..] else {
            panic!("four cells: {row}")
        };
        let release: Release = release.parse().expect("a release of the table");
        let set = names(&target(release, group == "secure"));
        assert!(outcome == "started" || set.contains(key), "{key} is not set for {release} ({group})");
        rows += 1;
    }
    assert_eq!(rows, ROWS);
}

/// Rows of the table, so that a cut file is noticed.
const ROWS: usize = 153;

#[test]
fn nothing_of_another_family_is_set() {
    for release in Release::ALL {
        for name in names(&target(release, true)) {
            let old = name.starts_with("collaboratory.");
            let new = ["s3.data.", "s3.upload.", "s3.download.", "s3.retryLimit", "s3.connectionTimeout"]
                .iter()
                .any(|family| name.starts_with(family));
            assert!(!(if release <= Release::R5_11 { new } else { old }), "{name} on {release}");
        }
    }
}
