//! Renders the page of a report: Markdown that is readable as text. Adds nothing to the document.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::document::ReportDocument;
use crate::{
    score::Severity,
    shell::{
        batch::{
            json::{CheckEntry, Message, RunDocument},
            lint::FindingRow,
            show::{DeploymentValues, Fact},
        },
        values::{SourceEntry, ValueEntry},
    },
    text::visible,
};

/// Renders the page. Words of others are in blocks of code, so they are not read as markup.
#[must_use]
pub(super) fn page(document: &ReportDocument) -> String {
    let hidden = if document.hidden {
        " Names of hosts, buckets, accounts and users are replaced, each by the same stand-in everywhere."
    } else {
        ""
    };
    let mut page = format!("# Report of score-setup\n\nSecrets are masked.{hidden}\n");
    let deployment = &document.deployment;
    let facts = [
        ("made", plain(&document.made)),
        ("tool", plain(document.tool)),
        ("system", plain(&document.system)),
        ("host", plain(&document.host)),
        ("deployment", plain(&deployment.path)),
        ("release", release(deployment)),
        ("start", fact(deployment.start.as_ref())),
        ("profiles", list(&deployment.profiles, ", ")),
    ];
    block(&mut page, "", table(facts.map(|(name, text)| vec![name.to_owned(), text])));
    let files = document.files.iter().map(|file| {
        let modified = file.modified.as_deref().unwrap_or_default();
        vec![file.size.to_string(), plain(&file.mode), plain(&file.owner), plain(modified), plain(&file.path)]
    });
    block(&mut page, "Files", table(files));
    let notes = deployment.notes.iter().map(|note| format!("note: {}", plain(note)));
    block(&mut page, "Notes", notes.chain(deployment.wrong.iter().map(|wrong| format!("error: {}", plain(wrong)))));
    block(&mut page, "Settings", table(deployment.values.iter().map(setting)));
    block(&mut page, "Files against Score (lint)", document.lint.findings.iter().flat_map(linted));
    match &document.check {
        Some(check) => checks(&mut page, check),
        None => page += "\n## Checks\n\nNot made.\n",
    }
    page
}

fn checks(page: &mut String, check: &RunDocument) {
    let _ = write!(page, "\n## Checks\n\nVerdict: {}.\n", check.verdict.name());
    let problems = check.problems.iter().map(|problem| message("wrong", problem));
    block(page, "", problems.chain(check.notes.iter().map(|note| message("note", note))));
    let row = |row: &CheckEntry| {
        let said = row.finding.as_ref().map_or_else(|| list(&row.evidence, "; "), |finding| plain(&finding.summary));
        vec![row.outcome.to_owned(), format!("{} ms", row.ms), plain(&row.title), said]
    };
    block(page, "", table(check.checks.iter().map(row)));
    block(page, "Findings", check.checks.iter().flat_map(finding));
    let left = check.leftovers.iter().map(|left| {
        let upload = left.upload.as_deref().unwrap_or_default();
        format!("{} in {} {}", plain(&left.key), plain(&left.bucket), plain(upload))
    });
    block(page, "Left over in the store", left);
    let error = check.error.iter().flat_map(|error| [&error.what, &error.cause, &error.hint].map(|text| plain(text)));
    block(page, "What could not be done", error);
}

fn fact(fact: Option<&Fact>) -> String {
    let what = fact.map_or("", |fact| fact.what);
    match fact.and_then(|fact| fact.by.as_deref()) {
        Some(by) => format!("{what} (by {})", plain(by)),
        None => format!("{what} (not found)"),
    }
}

fn message(word: &str, message: &Message) -> String {
    let line = message.line.map(|line| line.to_string()).unwrap_or_default();
    let place = [plain(message.file.as_deref().unwrap_or_default()), line].join(":");
    format!("{word}: {} {} {}", place.trim_matches(':'), message.settings.join(", "), plain(&message.text))
}

/// Shows a text on one line, without anything that moves a cursor or ends the block of code.
fn plain(text: &str) -> String {
    visible(text).replace("```", "'''")
}

fn list(texts: &[String], between: &str) -> String {
    texts.iter().map(|text| plain(text)).collect::<Vec<_>>().join(between)
}

fn block(page: &mut String, title: &str, lines: impl IntoIterator<Item = String>) {
    let lines: Vec<String> = lines.into_iter().map(|line| line.trim_end().to_owned()).collect();
    if !title.is_empty() {
        let _ = write!(page, "\n## {title}\n");
    }
    if lines.is_empty() {
        *page += if title.is_empty() { "" } else { "\nNone.\n" };
    } else {
        let _ = write!(page, "\n```text\n{}\n```\n", lines.join("\n"));
    }
}

fn table(rows: impl IntoIterator<Item = Vec<String>>) -> Vec<String> {
    /// The width from which a cell does not widen its column.
    const WIDEST: usize = 48;
    let rows: Vec<Vec<String>> = rows.into_iter().collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| rows.iter().filter_map(|row| Some(row.get(at)?.width())).max().unwrap_or(0).min(WIDEST);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let pad = |(cell, width): (&String, &usize)| format!("{cell}{}", " ".repeat(width.saturating_sub(cell.width())));
    rows.iter().map(|row| row.iter().zip(&widths).map(pad).collect::<Vec<_>>().join("  ")).collect()
}

fn setting(value: &ValueEntry) -> Vec<String> {
    let resolved = value.resolved.as_ref().map(|resolved| format!(" = {}", plain(resolved))).unwrap_or_default();
    let over: Vec<String> = value.overrides.iter().map(source).collect();
    let over = if over.is_empty() { String::new() } else { format!("over {}", over.join("; ")) };
    vec![plain(&value.key), plain(&value.text) + &resolved, source(&value.source), over]
}

fn source(source: &SourceEntry) -> String {
    let name = |file: &str| plain(file).rsplit('/').next().unwrap_or_default().to_owned();
    match source {
        SourceEntry::Line { file, line } | SourceEntry::Variable { file: Some(file), line: Some(line), .. } => {
            format!("{}:{line}", name(file))
        }
        SourceEntry::Variable { name, .. } => format!("variable {}", plain(name)),
        SourceEntry::Argument { name } => format!("argument {}", plain(name)),
        SourceEntry::Jar { profiles } => format!("the jar {}", list(profiles, ", ")).trim_end().to_owned(),
    }
}

fn release(deployment: &DeploymentValues) -> String {
    match &deployment.release {
        Some(found) => fact(Some(found)),
        None => format!("not known, one of {}", deployment.possible.join(", ")),
    }
}

fn linted(row: &FindingRow) -> Vec<String> {
    let line = row.line.map(|line| format!(":{line}")).unwrap_or_default();
    let place = plain(row.holder.as_ref().or(row.file.as_ref()).map_or("", String::as_str));
    let object = row.object.as_ref().map(|object| format!(", {}", plain(object))).unwrap_or_default();
    let mut lines = vec![
        format!("{} {} {place}{line}{object}", row.severity.name(), row.id),
        format!("    {}", plain(&row.summary)),
    ];
    lines.extend(named("hint", &row.hint));
    lines
}

/// Returns the line of a text that may be empty.
fn named(name: &str, text: &str) -> Option<String> {
    (!text.is_empty()).then(|| format!("    {name}: {}", plain(text)))
}

fn finding(row: &CheckEntry) -> Vec<String> {
    let Some(finding) = &row.finding else { return Vec::new() };
    let severity = row.severity.map_or("", Severity::name);
    let mut lines = vec![format!("{} {} ({severity})", finding.id, plain(&finding.summary))];
    lines.extend(row.evidence.iter().map(|seen| format!("    seen: {}", plain(seen))));
    lines.extend(named("hint", &finding.hint));
    lines.extend(named("setting", &finding.settings.join(", ")));
    lines
}
