//! Every provider file is complete, and says of its endpoints what Score does with them.

use score_setup::{
    answers::draft::{Draft, Origin, Text, rules::warnings},
    score::{
        Api, Provider, Release, Version,
        provider::{Quirk, SigningRegion, fallback, of_endpoint, of_sandbox, provider, providers},
        setting,
    },
    text::values::{Terms, endpoint_region, parse},
};

fn read(provider: &'static Provider, key: &str, text: &str) -> (String, Vec<String>) {
    let terms =
        Terms { release: Release::R5_11, provider: Some(provider), pool: 0, secured: None, buckets: Vec::new() };
    let parsed = parse(setting(key).unwrap(), text, &terms);
    match parsed {
        Ok(parsed) => (parsed.value, parsed.notes),
        Err(why) => panic!("{}: {key}: {why}", provider.id),
    }
}

/// A draft that has chosen this provider and given the endpoint.
fn draft(provider: &'static Provider, endpoint: &str) -> Draft {
    let mut draft = Draft::new(Release::NEWEST, provider);
    draft.give("s3.endpoint", Text::Plain(endpoint.to_owned()), Origin::Typed);
    draft
}

fn of_s3() -> impl Iterator<Item = &'static Provider> {
    providers().iter().filter(|provider| provider.api == Api::S3)
}

#[test]
fn every_file_is_complete() {
    for (at, provider) in providers().iter().enumerate() {
        let id = &provider.id;
        assert!(providers()[..at].iter().all(|other| other.id != *id && other.name != provider.name), "{id} twice");
        assert!(id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{id}");
        assert!(!provider.name.is_empty() && !provider.summary.is_empty(), "{id}");
        assert!(provider.notes.iter().all(|note| note.ends_with('.')), "{id}");
        let known = |source: &String| source.starts_with("https://") || source.starts_with("Observed: ");
        assert!(!provider.sources.is_empty() && provider.sources.iter().all(known), "{id}");
        assert_eq!(provider.regions.is_empty(), provider.endpoint_of_region.is_none(), "{id}");
        for (key, value) in &provider.defaults {
            assert!(setting(key).is_some(), "{id} sets {key}");
            assert_eq!(read(provider, key, value).0, *value, "{id}: {key}");
        }
        assert_eq!(
            read(provider, "s3.endpoint", &provider.endpoint_example),
            (provider.endpoint_example.clone(), vec![]),
            "{id}"
        );
    }
}

#[test]
fn one_provider_takes_what_no_other_names_and_one_is_the_sandbox() {
    assert!(fallback().is_some_and(|other| other.api == Api::S3 && other.domains.is_empty()));
    assert!(of_sandbox().is_some_and(|sandbox| sandbox.api == Api::S3));
}

/// Score puts the bucket into the path, and needs at least one signature version.
#[test]
fn a_store_is_unusable_where_the_path_or_every_signature_version_is_refused() {
    for provider in of_s3() {
        let refused = [Version::V2, Version::V4].iter().all(|version| provider.refuses(*version).is_some());
        assert_eq!(provider.unusable().is_some(), refused || provider.has(Quirk::NoPathStyle), "{}", provider.id);
        for version in [Version::V2, Version::V4] {
            let both = provider.knows(version) && provider.refuses(version).is_some();
            assert!(!both, "{} knows and refuses {version:?}", provider.id);
        }
        let some = !provider.signatures.is_empty() && provider.signing_region.is_some();
        let other = fallback() == Some(provider);
        assert!(some || provider.unusable().is_some() || other, "{}: nothing is known of signatures", provider.id);
    }
}

#[test]
fn a_provider_recognises_its_own_endpoints() {
    for provider in of_s3().filter(|provider| !provider.domains.is_empty()) {
        let endpoints = provider.regions.iter().filter_map(|region| provider.endpoint(&region.id));
        for endpoint in endpoints.chain([provider.endpoint_example.clone()]) {
            assert_eq!(of_endpoint(&endpoint), Some(provider), "{endpoint}");
            let notes = draft(provider, &endpoint).notes_of("s3.endpoint");
            assert!(!notes.iter().any(|note| note.contains("not an address of")), "{endpoint}: {notes:?}");
        }
    }
    assert_eq!(of_endpoint("https://objects.example.org"), None);
    assert_eq!(of_endpoint("https://notamazonaws.com"), None);
}

#[test]
fn score_signs_for_the_region_that_the_store_wants() {
    for provider in of_s3() {
        for region in &provider.regions {
            let endpoint = provider.endpoint(&region.id).unwrap();
            let wanted = match provider.signing_region {
                Some(SigningRegion::UsEast1) => "us-east-1",
                _ => &region.id,
            };
            assert_eq!(endpoint_region(&endpoint).as_deref(), Some(wanted), "{endpoint}");
        }
        if provider.signing_region == Some(SigningRegion::UsEast1) {
            assert_eq!(endpoint_region(&provider.endpoint_example).as_deref(), Some("us-east-1"), "{}", provider.id);
        }
    }
}

#[test]
fn a_region_that_the_provider_does_not_have_is_reported_under_the_endpoint() {
    let wasabi = provider("wasabi").unwrap();
    let told = |endpoint: &str| draft(wasabi, endpoint).notes_of("s3.endpoint");
    assert_eq!(told("https://s3.wasabisys.com"), ["Score will sign for region wasabisys, which Wasabi does not have."]);
    assert_eq!(told("https://s3.eu-west-1.wasabisys.com"), ["Score will sign for region eu-west-1."]);
    // a region that is newer than the list
    assert_eq!(told("https://s3.eu-north-7.wasabisys.com"), ["Score will sign for region eu-north-7."]);
    let garage = draft(provider("garage").unwrap(), "http://garage.example.org:3900").notes_of("s3.endpoint");
    assert_eq!(garage, ["Score will sign for region us-east-1. The region of Garage must be the same."]);
}

#[test]
fn what_cannot_work_is_refused_when_it_is_chosen_and_reported_where_its_endpoint_is_used() {
    for unusable in of_s3().filter(|provider| provider.unusable().is_some()) {
        let why = unusable.unusable().unwrap();
        assert!(why.starts_with(&format!("{} cannot work with Score. ", unusable.name)), "{why}");
        let chosen = Draft::new(Release::NEWEST, unusable);
        assert!(chosen.problems().iter().any(|problem| problem.settings == ["provider"] && problem.message == why));
        // an existing file is tried anyway, like that of any other store
        let mut found = Draft::default();
        found.release = Some(Release::NEWEST);
        found.give("s3.endpoint", Text::Plain(unusable.endpoint_example.clone()), Origin::Typed);
        found.recognise_provider(None, None);
        assert_eq!(found.provider, fallback());
        assert!(warnings(&found).iter().any(|(key, said)| *key == "s3.endpoint" && *said == why));
    }
    assert!(of_s3().any(|provider| provider.unusable().is_some()));
}

#[test]
fn a_signature_version_that_the_store_refuses_is_a_warning_and_the_other_is_the_preset() {
    let swift = provider("swift").unwrap();
    let mut draft = draft(swift, "https://swift.example.org");
    assert_eq!(draft.value("s3.sigV4Enabled").as_deref(), Some("false"));
    assert!(warnings(&draft).is_empty());
    draft.give("s3.sigV4Enabled", Text::Plain("true".into()), Origin::Typed);
    assert_eq!(warnings(&draft), [("s3.sigV4Enabled", swift.refuses(Version::V4).unwrap().to_owned())]);
    // version 2 works from 5.11 only
    let refused: Vec<Release> =
        Release::ALL.into_iter().filter(|release| swift.refused_by(*release).is_some()).collect();
    assert_eq!(refused, [Release::R5_9, Release::R5_10]);
}

#[test]
fn the_most_parts_of_a_store_limit_the_files_that_fit() {
    let scaleway = provider("scaleway").unwrap();
    let draft = draft(scaleway, &scaleway.endpoint_example);
    assert_eq!(draft.notes_of("upload.partsize"), ["Scaleway takes at most 1000 parts, so files up to 1000 GiB."]);
}

#[test]
fn the_hosts_of_aws_are_those_of_china_too_and_some_serve_every_region() {
    let aws = provider("aws").unwrap();
    assert_eq!(aws.endpoint("cn-north-1").as_deref(), Some("https://s3.cn-north-1.amazonaws.com.cn"));
    for (host, global) in [
        ("s3.amazonaws.com", true),
        ("s3-external-1.amazonaws.com", true),
        ("s3.eu-central-1.amazonaws.com", false),
        ("s3.cn-north-1.amazonaws.com.cn", false),
    ] {
        assert!(aws.owns(host), "{host}");
        assert_eq!(aws.is_global(host), global, "{host}");
    }
    assert!(!aws.owns("s3.notamazonaws.com"));
}
