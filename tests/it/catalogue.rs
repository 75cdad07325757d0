//! Tests the tables against their own rules.

use std::collections::BTreeSet;

use score_setup::{
    answers::draft::Draft,
    score::{Api, Kind, Need, Release, SETTINGS, Setting, Step, When, provider::provider},
    text::values::{Terms, azure::AccountKey, credential, parse},
};

fn parses(setting: &Setting, text: &str) {
    let terms =
        Terms { release: setting.until, provider: provider("aws"), pool: 0, secured: None, buckets: Vec::new() };
    if setting.secret() {
        let read = match setting.key {
            "azure.accountKey" => AccountKey::read(text).map(|_| ()),
            _ => credential::secret(text).map(|_| ()),
        };
        assert_eq!(read, Ok(()), "{}: {text}", setting.key);
    } else {
        let parsed = parse(setting, text, &terms);
        let notes =
            parsed.as_ref().map(|parsed| parsed.notes.iter().filter(|note| !note.contains("character")).count());
        assert_eq!(notes, Ok(0), "{}: {text} gives {parsed:?}", setting.key);
    }
}

const APIS: [(Api, &str); 2] = [(Api::S3, "minio"), (Api::Azure, "azure")];

fn rows(api: Api) -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().filter(move |setting| setting.serves(api))
}

#[test]
fn every_key_is_unique_with_every_kind_of_store() {
    for (api, _) in APIS {
        let names: Vec<&str> =
            rows(api).flat_map(|setting| [Some(setting.key), setting.key_until_5_11]).flatten().collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }
}

#[test]
fn two_rows_of_one_key_agree_in_what_does_not_depend_on_the_store() {
    for one in SETTINGS {
        for other in SETTINGS.iter().filter(|other| other.key == one.key) {
            let fixed = |row: &Setting| (row.key_until_5_11, row.secret(), row.binding, row.exact);
            assert_eq!(fixed(one), fixed(other), "{}", one.key);
        }
    }
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
            Need::Conditional => {
                assert!(setting.default.is_some() && setting.when != When::Always, "{}", setting.key);
            }
            Need::Asked => assert!(setting.default.is_none() && setting.step.is_some(), "{}", setting.key),
            Need::Optional => {
                assert!(setting.step.is_none() || setting.when == When::Secure, "{}", setting.key);
            }
        }
    }
}

#[test]
fn conditions_point_backwards_to_settings_of_their_kind() {
    for (at, row) in SETTINGS.iter().enumerate() {
        let before = |key: &str| SETTINGS[..at].iter().find(|other| other.key == key && other.api == row.api);
        match row.when {
            When::Always | When::Secure => {}
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
    use score_setup::answers::draft::{Origin, Text};
    for (api, id) in APIS {
        let mut draft = Draft::new(Release::R5_11, provider(id).unwrap());
        draft.give("bucket.size.pool", Text::Plain("4".into()), Origin::Typed);
        draft.secure = true;
        let shown: Vec<&str> =
            Step::ALL.into_iter().flat_map(|step| draft.visible(step)).map(|setting| setting.key).collect();
        let asked: Vec<&str> = rows(api)
            .filter(|setting| setting.step.is_some() && setting.known_to(Release::R5_11))
            .map(|setting| setting.key)
            .collect();
        assert_eq!(shown, asked);
    }
}

#[test]
fn few_answers_stand_between_a_newcomer_and_the_checks() {
    // The provider is the first question. AWS also asks for the region, which determines the endpoint.
    let before = |api| rows(api).filter(|row| row.need == Need::Asked && row.step < Some(Step::Upload)).count();
    assert_eq!(APIS.map(|(api, _)| 1 + before(api)), [6, 4]);
}

#[test]
fn spellings_count_where_a_name_has_capitals_and_no_class_of_fields() {
    use score_setup::score::Binding;
    for setting in SETTINGS {
        let capitals = setting.key.bytes().any(|byte| byte.is_ascii_uppercase());
        if setting.exact {
            assert!(capitals, "{} can be spelt in any way", setting.key);
        } else if setting.binding == Binding::Strict {
            assert!(!capitals, "{} is read by its very name", setting.key);
        }
    }
}
