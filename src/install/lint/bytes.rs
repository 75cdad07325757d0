//! Reports bytes that Java cannot read, or reads differently than they look.

use super::{
    finding::{Edit, FileFinding},
    input::LintInput,
    page::{BOM, Meaning, Page, PageEntry},
    unread,
};
use crate::{
    score as catalogue,
    score::{
        Id,
        Severity::{self, Note, Ping, Start},
    },
};

pub(super) fn findings(input: &LintInput<'_>) -> Vec<FileFinding> {
    let mut all: Vec<FileFinding> = Vec::new();
    for page in &input.pages {
        all.extend(refused(input, page));
        all.extend(marked(input, page));
        all.extend(page.entries.iter().filter_map(|entry| vanished(input, page, entry)));
    }
    all
}

fn refused(input: &LintInput<'_>, page: &Page) -> Option<FileFinding> {
    let line = page.refused?;
    let summary =
        format!("\\u without four hexadecimal digits: Java refuses the whole file, and {}.", Start.consequence());
    let mut finding = input.absent(Id::P07, Start, "", summary);
    finding.settings.clear();
    let edit = Edit::Backslash { file: page.path.clone(), line };
    let finding = FileFinding { file: page.path.clone(), line: Some(line), holder: None, ..finding };
    Some(finding.hint("Double the backslash if the value contains one.").fixed_by([edit]))
}

/// Reports a byte order mark. Score does not find an exact name after it. It finds other names, because Spring Boot
/// drops odd characters (observed).
fn marked(input: &LintInput<'_>, page: &Page) -> Option<FileFinding> {
    if !page.bom {
        return None;
    }
    let first = page.entries.first().filter(|entry| entry.spelt.starts_with(BOM));
    let severity =
        first.and_then(|entry| entry.meant(input.release, input.api)).and_then(|setting| input.absence(setting));
    let setting = first.and_then(|entry| entry.setting(input.release, input.api));
    let name = setting.map(|setting| setting.name(input.release).to_owned());
    let severity = severity.unwrap_or(Note);
    let what = name.as_ref().map_or_else(
        || "The file begins with a byte order mark, which becomes part of its first line".to_owned(),
        |name| format!("The file begins with a byte order mark, which becomes part of the key {name}"),
    );
    let then = if severity == Note { String::new() } else { format!(": {}", severity.consequence()) };
    let mut finding = input.absent(Id::T30, severity, "", format!("{what}{then}."));
    // A setting of another release is also set once the mark is removed.
    let unread =
        || first.and_then(|entry| catalogue::setting(entry.spelt.strip_prefix(BOM)?)).map(|other| other.key.to_owned());
    finding.settings = name.or_else(unread).into_iter().collect();
    let edit = Edit::StripBom { file: page.path.clone() };
    let finding = FileFinding { file: page.path.clone(), line: Some(1), holder: None, ..finding };
    Some(finding.hint("Save the file as plain ASCII.").fixed_by([edit]))
}

/// Reports a backslash in front of a letter that it does not escape. Java drops the backslash.
fn vanished(input: &LintInput<'_>, page: &Page, entry: &PageEntry) -> Option<FileFinding> {
    let Meaning::Sets(setting) = &entry.meaning else { return None };
    let first = crate::text::properties::physical(&entry.raw).next().unwrap_or_default();
    let mut at = 0;
    let mut lost = None;
    while at + 1 < first.len() {
        if first[at] == b'\\' {
            let next = first[at + 1];
            if next.is_ascii_alphanumeric() && !b"tnfru".contains(&next) {
                lost = Some(at);
                break;
            }
            at += 1;
        }
        at += 1;
    }
    lost?;
    let name = setting.name(input.release);
    let severity: Severity = match setting.faults.altered.on(input.release) {
        Some(severity) if input.is_effective(page, entry, setting) && setting.secret() => severity.min(Ping),
        _ => Note,
    };
    let shown = unread::shown(&name.encode_utf16().collect::<Vec<_>>());
    let then = if severity == Note { String::new() } else { format!(": {}", severity.consequence()) };
    let summary = format!("A backslash in the value of {shown} is lost, because Java treats it as an escape{then}.");
    let finding = input.absent(Id::P07, severity, name, summary);
    Some(finding.at_line(&page.path, entry.line).hint("Double the backslash if the value contains one."))
}
