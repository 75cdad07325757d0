//! Reports names of keys that have no effect, and settings that are set twice.

use std::collections::BTreeMap;

use super::{
    finding::{Edit, FileFinding},
    input::LintInput,
    page::{BOM, Meaning, Page, PageEntry},
    unread::{self, Why},
};
use crate::{
    install::spring::SourcePosition,
    score::{Id, Setting, Severity::Note},
};

/// The most findings for one file. A configuration has some dozens of settings; a file with thousands is something
/// else.
pub(super) const TOLD: usize = 50;

pub(super) fn findings(input: &LintInput<'_>) -> Vec<FileFinding> {
    let dead = input.entries().filter_map(|(page, entry)| of_dead(input, page, entry)).take(TOLD);
    let mut all: Vec<FileFinding> = dead.collect();
    for page in &input.pages {
        all.extend(pasted(input, page));
        all.extend(twice(input, page).into_iter().take(TOLD));
    }
    all
}

fn of_dead(input: &LintInput<'_>, page: &Page, entry: &PageEntry) -> Option<FileFinding> {
    // Only the mark in front of the name is wrong, and `bytes` reports the mark.
    let marked = page.bom && entry.spelt.starts_with(BOM);
    let Meaning::Dead(why) = &entry.meaning else { return None };
    if marked && matches!(why, Why::Spelling(_)) {
        return None;
    }
    let release = input.release;
    let shown = unread::shown(&entry.spelt.encode_utf16().collect::<Vec<_>>());
    let id = match why {
        Why::NoRelease(_) => Id::T9,
        Why::Renamed(_) | Why::For(_) | Why::Release => Id::T48,
        Why::Spelling(_) | Why::Near(_) | Why::Variable(_) | Why::Unknown => Id::P10,
    };
    let meant = why.meant();
    // Only if nothing else sets it: both names may be there on purpose, for two releases.
    let free = meant.filter(|setting| {
        input.value_of(setting).is_none_or(|seen| matches!(seen.place, SourcePosition::Jar { .. }))
            && input.meant_for(setting).is_some_and(|(first, line)| first.path == page.path && line.line == entry.line)
    });
    let severity = free.map_or(Note, |setting| input.absence(setting).unwrap_or(Note));
    let names = free.map(|setting| setting.name(release).to_owned());
    let summary = why.sentence(&shown, &shown, release);
    let rename = free.map(|setting| entry.with_name(&page.path, setting.name(release)));
    let finding = FileFinding::new(id, severity, summary, page.path.clone(), Some(entry.line));
    Some(finding.about(names.into_iter().chain([shown])).fixed_by(rename))
}

/// Reports YAML in a properties file, once for each file.
fn pasted(input: &LintInput<'_>, page: &Page) -> Option<FileFinding> {
    let leaves: Vec<(&PageEntry, &str)> = page
        .entries
        .iter()
        .filter_map(|entry| match &entry.meaning {
            Meaning::Yaml { name } => Some((entry, name.as_str())),
            _ => None,
        })
        .collect();
    let meant: Vec<&'static Setting> =
        leaves.iter().filter_map(|(entry, _)| entry.meant(input.release, input.api)).collect();
    if meant.is_empty() {
        return None;
    }
    let needed = meant.iter().filter(|setting| input.value_of(setting).is_none());
    let severity = needed.filter_map(|setting| input.absence(setting)).max().unwrap_or(Note);
    let heads = page.entries.iter().filter(|entry| entry.meaning == Meaning::YamlHead);
    let mut edits: Vec<Edit> = heads.map(|entry| entry.as_comment(&page.path)).collect();
    edits.extend(leaves.iter().map(|(entry, name)| entry.with_name(&page.path, name)));
    let line = leaves.first().map(|(entry, _)| entry.line);
    let summary =
        "The properties file contains YAML. Indentation has no meaning there, so these settings have lost the \
         beginning of their names."
            .to_owned();
    let finding = FileFinding::new(Id::P12, severity, summary, page.path.clone(), line);
    let finding = finding.about(meant.iter().map(|setting| setting.name(input.release).to_owned()));
    Some(finding.hint("Write every setting with its full name, such as s3.endpoint=…").fixed_by(edits))
}

/// Reports lines of one document that set the same setting.
fn twice(input: &LintInput<'_>, page: &Page) -> Vec<FileFinding> {
    let mut lines: BTreeMap<(&'static str, usize), Vec<&PageEntry>> = BTreeMap::new();
    for entry in &page.entries {
        if let Meaning::Sets(setting) = &entry.meaning {
            lines.entry((setting.name(input.release), entry.part)).or_default().push(entry);
        }
    }
    let mut all = Vec::new();
    for ((name, _), entries) in lines.into_iter().filter(|(_, entries)| entries.len() > 1) {
        let Some(setting) = input.settings().find(|setting| setting.name(input.release) == name) else { continue };
        let winner = entries.iter().find(|entry| input.is_effective(page, entry, setting));
        let Some(winner) = winner else { continue };
        let losers: Vec<&&PageEntry> = entries.iter().filter(|entry| entry.line != winner.line).collect();
        let same = losers.iter().all(|entry| entry.value == winner.value);
        let how =
            if entries.iter().all(|entry| entry.spelt == winner.spelt) { "" } else { ", in more than one spelling" };
        let then =
            if same { "the values are the same".to_owned() } else { format!("line {} is effective", winner.line) };
        let others: Vec<String> = losers.iter().map(|entry| entry.line.to_string()).collect();
        let summary = format!("{name} appears {} times{how}; {then}.", entries.len());
        let finding = FileFinding::new(Id::P11, Note, summary, page.path.clone(), Some(winner.line));
        let hint = format!("Keep one of them; the others are on line {}.", others.join(", "));
        let comments = losers.iter().map(|entry| entry.as_comment(&page.path));
        all.push(finding.about([name.to_owned()]).hint(hint).fixed_by(comments));
    }
    all
}
