//! Lists what a proposal changes by key: the value before and after, and the source of the new value. Masks secrets.

use std::collections::{HashMap, HashSet};

use crate::{
    answers::draft::{Draft, Origin},
    score::{SETTINGS, key},
    text::{
        mask::{DOTS, named_values, shown_value, swaps_keys},
        properties::{Document, Pair, uniform},
        secret::Secret,
    },
    wizard::proposal::{FileChange, variable_names::variable},
};

/// A key of a file whose value changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyChange {
    pub name: String,
    /// The value before, safe for a screen. `None` if the key is new.
    pub before: Option<String>,
    /// The value after. `None` if the file no longer sets the key.
    pub after: Option<String>,
    /// The origin of the new value, if the key is a setting.
    pub origin: Option<Origin>,
    /// The other name under which the file sets the same value until now.
    pub renamed_from: Option<&'static str>,
}

/// Returns the changed keys of a file, in the order of the new file, then those that it no longer sets.
#[must_use]
pub fn changes(file: &FileChange, draft: &Draft) -> Vec<KeyChange> {
    if file.objects {
        return of_objects(file, draft);
    }
    let (Ok(old), Ok(new)) =
        (Document::parse(file.before.as_deref().unwrap_or_default()), Document::parse(&file.after))
    else {
        return Vec::new();
    };
    // Spellings of one key are one key: the last of them has the value.
    let values = |document: &Document| -> HashMap<String, Secret> {
        let value = |pair: Pair<'_>| (uniform(pair.key), Secret::new(String::from_utf16_lossy(pair.value)));
        document.pairs().map(value).collect()
    };
    let (olds, news) = (values(&old), values(&new));
    // The access key is a secret too where the two keys are swapped.
    let (swaps_before, swaps_after) = (swaps_keys(&old), swaps_keys(&new));
    let (mut met, mut changes) = (HashSet::new(), Vec::new());
    for pair in new.pairs().chain(old.pairs()) {
        let name = String::from_utf16_lossy(pair.key);
        if !met.insert(uniform(pair.key)) {
            continue;
        }
        let uniform = uniform(pair.key);
        let (before, after) = (olds.get(&uniform), news.get(&uniform));
        if before == after {
            continue;
        }
        let setting = SETTINGS.iter().find(|setting| {
            let names = [Some(setting.key), setting.key_until_5_11].into_iter().flatten();
            setting.serves(draft.api()) && names.into_iter().any(|own| own == name || variable(own) == name)
        });
        let access = setting.is_some_and(|setting| setting.key == key::S3_ACCESS_KEY);
        let shown = |value: &Secret, swaps: bool| match shown_value(&name, value) {
            Some(text) if !(access && swaps) => text,
            _ => DOTS.to_owned(),
        };
        let renamed_from = setting.filter(|_| before.is_none()).and_then(|setting| {
            let others = [Some(setting.key), setting.key_until_5_11].into_iter().flatten();
            others.into_iter().find(|other| *other != name && old.effective(other, setting.spelling()).is_some())
        });
        let origin =
            setting.filter(|_| after.is_some()).and_then(|setting| draft.answer(setting)).map(|answer| answer.origin);
        let (before, after) =
            (before.map(|value| shown(value, swaps_before)), after.map(|value| shown(value, swaps_after)));
        changes.push(KeyChange { name, before, after, origin, renamed_from });
    }
    changes
}

/// Returns the changed values of a file in YAML or JSON, by their names.
fn of_objects(file: &FileChange, draft: &Draft) -> Vec<KeyChange> {
    let values = |bytes: &[u8]| named_values(bytes).unwrap_or_default();
    let (olds, news) = (values(file.before.as_deref().unwrap_or_default()), values(&file.after));
    let mut by_name: HashMap<&str, Vec<(Secret, bool)>> = HashMap::new();
    for one in &olds {
        by_name.entry(&one.name).or_default().push((one.value.clone(), one.hidden));
    }
    let shown = |(value, hidden): &(Secret, bool), name: &str| match shown_value(name, value) {
        Some(text) if !hidden => text,
        _ => DOTS.to_owned(),
    };
    // A name may appear several times, such as name itself: the values are compared in their order.
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let mut all = Vec::new();
    for one in &news {
        let nth = counts.entry(&one.name).or_default();
        let before = by_name.get(one.name.as_str()).and_then(|all| all.get(*nth)).cloned();
        let after = (one.value.clone(), one.hidden);
        *nth += 1;
        if before.as_ref().is_some_and(|(value, _)| *value == after.0) || ["name", "value"].contains(&one.name.as_str())
        {
            continue;
        }
        let setting = SETTINGS.iter().find(|setting| {
            let names = [Some(setting.key), setting.key_until_5_11].into_iter().flatten();
            setting.serves(draft.api()) && names.into_iter().any(|own| variable(own) == one.name)
        });
        all.push(KeyChange {
            before: before.map(|before| shown(&before, &one.name)),
            after: Some(shown(&after, &one.name)),
            origin: setting.and_then(|setting| draft.answer(setting)).map(|answer| answer.origin),
            renamed_from: None,
            name: one.name.clone(),
        });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        answers::draft::Text,
        score::{Release, provider::provider},
    };

    #[test]
    fn each_changed_key_is_listed_once_with_its_source_and_no_secret() {
        let mut draft = Draft::new(Release::R5_12, provider("minio").unwrap());
        draft.give(key::S3_SECRET_KEY, Text::Secret(Secret::new("canary")), Origin::Typed);
        let file = FileChange {
            path: "application.properties".into(),
            before: Some(b"a=1\ns3.secretKey=old-canary\ncollaboratory.data.directory=data\nx=y\n".to_vec()),
            after: b"# new\na=1\ns3.secretKey=canary\ns3.data.directory=data\n#x=y\n".to_vec(),
            objects: false,
            mode: None,
            notes: Vec::new(),
        };
        let told: Vec<String> = changes(&file, &draft)
            .into_iter()
            .map(|change| {
                let value = |value: Option<String>| value.unwrap_or_else(|| "-".into());
                let KeyChange { name, before, after, origin, renamed_from } = change;
                format!("{name}: {} to {} {origin:?} {renamed_from:?}", value(before), value(after))
            })
            .collect();
        assert_eq!(
            told,
            [
                format!("s3.secretKey: {DOTS} to {DOTS} Some(Typed) None"),
                "s3.data.directory: - to data Some(Default) Some(\"collaboratory.data.directory\")".into(),
                "collaboratory.data.directory: data to - None None".into(),
                "x: y to - None None".into(),
            ]
        );
    }
}
