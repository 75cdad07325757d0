//! The tables hold themselves to their own rules.

use std::collections::BTreeSet;

use score_setup::{
    catalogue::{
        Kind, Need, Release, SETTINGS, Setting, Step, When,
        provider::{provider, providers},
        setting,
    },
    draft::Draft,
    value::{Terms, credential, endpoint_region, parse},
};

fn parses(setting: &Setting, text: &str) {
    let terms =
        Terms { release: setting.until, provider: provider("aws"), pool: 0, secured: None, buckets: Vec::new() };
    if setting.secret() {
        assert!(credential::secret(setting.label, text).is_ok(), "{}: {text}", setting.key);
    } else {
        let parsed = parse(setting, text, &terms);
        let notes =
            parsed.as_ref().map(|parsed| parsed.notes.iter().filter(|note| !note.contains("character")).count());
        assert_eq!(notes, Ok(0), "{}: {text} gives {parsed:?}", setting.key);
    }
}

#[test]
fn every_key_is_unique() {
    let names: Vec<&str> =
        SETTINGS.iter().flat_map(|setting| [Some(setting.key), setting.key_until_5_11]).flatten().collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
}

#[test]
fn every_default_and_example_parses_without_a_note() {
    for setting in SETTINGS {
        parses(setting, setting.example);
        if let Some(default) = setting.default {
            parses(setting, default);
        }
    }
}

#[test]
fn every_setting_explains_itself() {
    for setting in SETTINGS {
        assert!(setting.help.ends_with('.') && setting.help.len() <= 160, "{}: {}", setting.key, setting.help);
        assert!(!setting.label.is_empty() && setting.label.len() <= 40, "{}: {}", setting.key, setting.label);
        assert!(!setting.help.contains('!') && !setting.label.ends_with('.'), "{}", setting.key);
    }
}

#[test]
fn what_is_always_written_has_a_default_and_what_is_asked_has_none() {
    for setting in SETTINGS {
        match setting.need {
            Need::Written => assert!(setting.default.is_some(), "{}", setting.key),
            Need::Asked => assert!(setting.default.is_none() && setting.step.is_some(), "{}", setting.key),
            Need::Optional => assert!(setting.step.is_none(), "{}", setting.key),
        }
    }
}

#[test]
fn conditions_point_backwards_to_settings_of_their_kind() {
    for (at, row) in SETTINGS.iter().enumerate() {
        let before = |key: &str| SETTINGS[..at].iter().find(|other| other.key == key);
        match row.when {
            When::Always => {}
            When::Is(key, value) => {
                let other = before(key).unwrap_or_else(|| panic!("{} depends on {key}", row.key));
                assert_eq!((other.kind, ["true", "false"].contains(&value)), (Kind::Bool, true), "{}", row.key);
            }
            When::Positive(key) => {
                let other = before(key).unwrap_or_else(|| panic!("{} depends on {key}", row.key));
                assert!(matches!(other.kind, Kind::Count { .. }), "{}", row.key);
            }
        }
    }
}

#[test]
fn every_asked_setting_is_reachable() {
    use score_setup::draft::{Origin, Text};
    let mut draft = Draft::new(Release::R5_11, provider("minio").unwrap());
    draft.give("bucket.size.pool", Text::Plain("4".into()), Origin::Typed);
    let shown: Vec<&str> =
        Step::ALL.into_iter().flat_map(|step| draft.visible(step)).map(|setting| setting.key).collect();
    let asked: Vec<&str> =
        SETTINGS.iter().filter(|setting| setting.step.is_some()).map(|setting| setting.key).collect();
    assert_eq!(shown, asked);
}

#[test]
fn at_most_six_answers_stand_between_a_newcomer_and_the_checks() {
    // The provider is the first of them; for AWS the region is one more, and gives the endpoint.
    let asked = SETTINGS.iter().filter(|setting| setting.need == Need::Asked && setting.step < Some(Step::Upload));
    assert_eq!(1 + asked.count(), 6);
}

#[test]
fn spellings_count_where_a_name_has_capitals_and_no_class_of_fields() {
    use score_setup::catalogue::Binding;
    for setting in SETTINGS {
        let capitals = setting.key.bytes().any(|byte| byte.is_ascii_uppercase());
        if setting.exact {
            assert!(capitals, "{} can be spelt in any way", setting.key);
        } else if setting.binding == Binding::Strict {
            assert!(!capitals, "{} is read by its very name", setting.key);
        }
    }
}

#[test]
fn every_preset_is_complete_and_consistent() {
    let ids: Vec<&str> = providers().iter().map(|provider| provider.id.as_str()).collect();
    assert_eq!(ids, ["aws", "ceph", "minio", "other"]);
    for provider in providers() {
        assert!(!provider.name.is_empty() && !provider.summary.is_empty(), "{}", provider.id);
        assert!(provider.notes.iter().all(|note| note.ends_with('.')), "{}", provider.id);
        assert_eq!(provider.regions.is_empty(), provider.endpoint_of_region.is_none(), "{}", provider.id);
        for (key, value) in &provider.defaults {
            parses(setting(key).unwrap_or_else(|| panic!("{} sets {key}", provider.id)), value);
        }
        let terms =
            Terms { release: Release::R5_11, provider: Some(provider), pool: 0, secured: None, buckets: Vec::new() };
        let endpoint = parse(setting("s3.endpoint").unwrap(), &provider.endpoint_example, &terms).unwrap();
        assert_eq!((endpoint.value, endpoint.notes), (provider.endpoint_example.clone(), vec![]), "{}", provider.id);
    }
}

#[test]
fn score_signs_for_the_region_whose_endpoint_is_chosen() {
    let aws = provider("aws").unwrap();
    assert!(aws.regions.len() > 30);
    for region in &aws.regions {
        let endpoint = aws.endpoint(&region.id).unwrap();
        assert_eq!(endpoint_region(&endpoint).as_deref(), Some(region.id.as_str()));
    }
}
