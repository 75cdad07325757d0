//! A page for every finding: what is behind it, how it is told from what looks alike, and what to do. The words are in
//! `assets/explain/pages.toml`; what each finding of a check means in a sentence is `checks::advice::FINDINGS`.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

use crate::store::checks::advice::FINDINGS;

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// What it means, in a sentence; findings of checks have theirs in their table.
    #[serde(default)]
    title: String,
    pub cause: String,
    /// How it is told from what looks alike.
    #[serde(default = "in_files")]
    pub apart: String,
    /// One to four sentences.
    pub advice: Vec<String>,
}

fn in_files() -> String {
    "It is seen in the files alone, with the line; nobody has to be asked.".to_owned()
}

/// By their ids.
#[must_use]
pub fn pages() -> &'static BTreeMap<String, Page> {
    static PAGES: LazyLock<BTreeMap<String, Page>> = LazyLock::new(|| {
        toml::from_str(include_str!("../../../assets/explain/pages.toml")).expect("a test reads every page")
    });
    &PAGES
}

/// With its id. Blind to case and to a dash: `p43`, `t33` and `T-33` are ids.
#[must_use]
pub fn find(id: &str) -> Option<(&'static str, &'static Page)> {
    let plain = |id: &str| id.replace('-', "").to_ascii_uppercase();
    let wanted = plain(id);
    pages().iter().find(|(known, _)| plain(known) == wanted).map(|(known, page)| (known.as_str(), page))
}

/// What the finding means, in a sentence.
#[must_use]
pub fn title(id: &str) -> Option<&'static str> {
    let found = FINDINGS.iter().find(|(known, _)| *known == id).map(|(_, meaning)| *meaning);
    found.or_else(|| pages().get(id).map(|page| page.title.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_has_a_page_that_speaks_in_sentences() {
        let without: Vec<_> = FINDINGS.iter().map(|(id, _)| *id).filter(|id| find(id).is_none()).collect();
        assert_eq!(without, [""; 0]);
        for (id, page) in pages() {
            for text in [&page.cause, &page.apart].into_iter().chain(&page.advice) {
                assert!(text.len() > 10 && text.ends_with(['.', ':', '?']), "{id}: {text}");
            }
            assert!((1..=4).contains(&page.advice.len()), "{id}");
        }
    }

    #[test]
    fn an_id_is_found_however_it_is_written() {
        assert_eq!(find("p43").map(|(id, _)| id), Some("P43"));
        assert_eq!(find("t44").map(|(id, _)| id), Some("T-44"));
        assert_eq!(find("P4"), None);
        assert_eq!(title("P43"), Some("A bucket is missing."));
        assert_eq!(title("T-44"), Some("Vault is on."));
    }
}
