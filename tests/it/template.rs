//! Compares the templates with the settings table, and both with the starts of real servers: `data/left-out-keys.tsv`
//! contains, for each key left out of a complete file, whether Score 5.9.0, 5.10.1, 5.11.0 and 5.12.0-SNAPSHOT started.

use std::collections::BTreeSet;

use score_setup::{
    answers::{
        draft::{Draft, Origin, Text},
        target::Target,
    },
    score::{Api, Release, SETTINGS, provider::provider},
    text::{properties::Document, secret::Secret},
};

const TEMPLATES: [(Api, &str); 2] = [
    (Api::S3, include_str!("../../templates/s3.properties")),
    (Api::Azure, include_str!("../../templates/azure.properties")),
];

const ACCOUNT_KEY: &str = "c2NvcmUtc2V0dXAgZXhhbXBsZSBhY2NvdW50IGtleSwgNjQgYnl0ZXMgbG9uZywgbm90IGEgcmVhbCBvbmUhIQ==";

fn give(draft: &mut Draft, answers: &[(&'static str, &str)]) {
    for (key, value) in answers {
        let secret = SETTINGS.iter().any(|setting| setting.key == *key && setting.secret());
        let text = if secret { Text::Secret(Secret::new(*value)) } else { Text::Plain((*value).to_owned()) };
        draft.give(key, text, Origin::Typed);
    }
}

fn draft(api: Api, release: Release) -> Draft {
    let id = match api {
        Api::S3 => "minio",
        Api::Azure => "azure",
    };
    let mut draft = Draft::new(release, provider(id).expect("a preset"));
    give(&mut draft, &[("bucket.name.object", "score-object"), ("metadata.url", "https://song.example.org")]);
    match api {
        Api::S3 => give(
            &mut draft,
            &[
                ("s3.endpoint", "http://127.0.0.1:9000"),
                ("s3.accessKey", "scoreuser"),
                ("s3.secretKey", "canary-secret"),
                ("bucket.name.state", "score-state"),
            ],
        ),
        Api::Azure => give(&mut draft, &[("azure.accountName", "scoredata"), ("azure.accountKey", ACCOUNT_KEY)]),
    }
    draft
}

fn target(api: Api, release: Release, secure: bool) -> Target {
    let mut draft = draft(api, release);
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

/// Returns the releases that start with this kind of store.
fn releases(api: Api) -> impl Iterator<Item = Release> {
    Release::ALL.into_iter().filter(move |release| *release <= api.until())
}

fn names(target: &Target) -> BTreeSet<&'static str> {
    target.assignments.iter().map(|assignment| assignment.name).collect()
}

/// Returns the keys in the template, and whether each is commented out.
fn template_keys(template: &str) -> Vec<(String, bool)> {
    let keys = template.lines().filter_map(|line| {
        let (key, commented) = match line.strip_prefix('#') {
            Some(rest) => (rest.split_once('=')?.0, true),
            None => (line.split_once('=')?.0, false),
        };
        (!key.contains(' ')).then(|| (key.to_owned(), commented))
    });
    keys.collect()
}

#[test]
fn each_template_names_exactly_the_keys_of_the_catalogue_once() {
    for (api, template) in TEMPLATES {
        let mut template: Vec<String> = template_keys(template).into_iter().map(|(key, _)| key).collect();
        let catalogue: BTreeSet<String> = releases(api)
            .flat_map(|release| {
                SETTINGS.iter().filter(move |setting| setting.known_to(release)).map(move |s| (s, release))
            })
            .filter(|(setting, _)| setting.serves(api))
            .map(|(setting, release)| setting.name(release).to_owned())
            .collect();
        template.sort();
        assert_eq!(template, catalogue.into_iter().collect::<Vec<_>>(), "{api:?}");
    }
}

#[test]
fn each_template_is_one_ascii_document_of_short_lines() {
    for (_, template) in TEMPLATES {
        assert!(template.is_ascii());
        assert!(template.ends_with('\n'));
        // A line of only `#---` would begin another document for Spring Boot 2.4 and newer.
        assert!(template.lines().all(|line| line.trim_end() != "#---"));
        assert!(template.lines().all(|line| line.len() <= 120 && line.trim_end() == line));
        let document = Document::parse(template.as_bytes()).expect("a template is a properties file");
        assert_eq!(document.to_bytes(), template.as_bytes());
    }
}

#[test]
fn what_stands_open_in_a_template_is_set_by_every_target() {
    for (api, template) in TEMPLATES {
        for release in releases(api) {
            let set = names(&target(api, release, false));
            for (key, commented) in template_keys(template) {
                assert!(commented || set.contains(key.as_str()), "{key} on {release}");
            }
        }
    }
}

#[test]
fn defaults_in_a_template_are_those_of_the_catalogue() {
    for (api, template) in TEMPLATES {
        let target = target(api, api.until(), false);
        let document = Document::parse(template.as_bytes()).expect("a template is a properties file");
        for assignment in &target.assignments {
            // The value follows from the endpoint.
            if assignment.setting.default.is_none() || assignment.name == "s3.secured" {
                continue;
            }
            if let Some(value) = document.get(assignment.name) {
                assert_eq!(value, assignment.value.for_file(), "{}", assignment.name);
            }
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
        let api = if group == "azure" { Api::Azure } else { Api::S3 };
        let set = names(&target(api, release, group == "secure"));
        assert!(outcome == "started" || set.contains(key), "{key} is not set for {release} ({group})");
        rows += 1;
    }
    assert_eq!(rows, ROWS);
}

/// The number of rows in the table, to detect a truncated file.
const ROWS: usize = 153 + 57;

#[test]
fn with_clean_up_on_azure_gets_what_score_then_demands() {
    // UploadCleanupService.java:43-52.
    let demanded = ["collaboratory.data.directory", "collaboratory.upload.expiration", "upload.clean.cron"];
    let set = |draft: &Draft| {
        let set = names(&draft.target().expect("no problems"));
        demanded.map(|key| set.contains(key))
    };
    let mut draft = draft(Api::Azure, Release::R5_11);
    assert_eq!(set(&draft), [false; 3]);
    give(&mut draft, &[("upload.clean.enabled", "true")]);
    assert_eq!(set(&draft), [true; 3]);
}

#[test]
fn nothing_of_another_family_is_set() {
    for (api, _) in TEMPLATES {
        for release in releases(api) {
            for name in names(&target(api, release, true)) {
                let old = name.starts_with("collaboratory.");
                let new = ["s3.data.", "s3.upload.", "s3.download.", "s3.retryLimit", "s3.connectionTimeout"]
                    .iter()
                    .any(|family| name.starts_with(family));
                assert!(!(if release <= Release::R5_11 { new } else { old }), "{name} on {release}");
                assert!(api == Api::S3 || !name.starts_with("s3."), "{name} for Azure");
                assert!(api == Api::Azure || !name.starts_with("azure."), "{name} for S3");
                // No release reads this key, although Score's documentation has it.
                assert_ne!(name, "download.partsize");
            }
        }
    }
}
