//! A report for a ticket: one document of what is known about a deployment, and the page that people read of it. Pure; the
//! document is made by `batch::report`, and the page says nothing that the document does not.

mod hide;

use std::fmt::Write as _;

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

pub use hide::hide;

use crate::text::{mask::shown_text, secret::Secret};

const DOTS: &str = "••••••••";

/// Fields whose texts are this program's own words, or the names of settings.
const OURS: &[&str] =
    &["key", "kind", "made", "modified", "outcome", "provider", "setting", "settings", "severity", "tool", "verdict"];

/// Shorter ones are parts of words.
const SHORTEST: usize = 6;

/// A second look: no part of the document is allowed to show a secret that the deployment holds, whoever said it.
pub fn scrub(document: &mut Value, secrets: &[Secret]) {
    let mut secrets: Vec<&Secret> = secrets.iter().filter(|secret| secret.shape(str::len) >= SHORTEST).collect();
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.shape(str::len)));
    each_text(document, &mut |text| {
        for secret in &secrets {
            if secret.shape(|secret| text.contains(secret)) {
                *text = secret.shape(|secret| text.replace(secret, DOTS));
            }
        }
    });
}

/// Every text of the document that is not one of ours.
fn each_text(value: &mut Value, change: &mut dyn FnMut(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(all) => all.iter_mut().for_each(|value| each_text(value, change)),
        Value::Object(fields) => {
            for (name, value) in fields {
                if !OURS.contains(&name.as_str()) {
                    each_text(value, change);
                }
            }
        }
        _ => {}
    }
}

/// The page: Markdown that reads well as it is. What others said stands in blocks of code, where nothing of it is markup.
#[must_use]
pub fn page(document: &Value) -> String {
    let deployment = &document["deployment"];
    let hidden = if document["hidden"] == true {
        " Names of hosts, buckets, accounts and users are replaced, each by the same stand-in everywhere."
    } else {
        ""
    };
    let mut page = format!("# Report of score-setup\n\nSecrets are masked.{hidden}\n");
    let by = |fact: &Value| match fact["by"].as_str() {
        Some(by) => format!("{} (by {by})", text(&fact["what"])),
        None => format!("{} (nothing tells it)", text(&fact["what"])),
    };
    let facts = [
        ("made", text(&document["made"])),
        ("tool", text(&document["tool"])),
        ("system", text(&document["system"])),
        ("host", text(&document["host"])),
        ("deployment", text(&deployment["path"])),
        ("release", by(&deployment["release"])),
        ("start", by(&deployment["start"])),
        ("profiles", list(&deployment["profiles"], ", ")),
    ];
    block(&mut page, "", table(facts.map(|(name, text)| vec![name.to_owned(), text])));
    let file = |file: &Value| ["size", "mode", "owner", "modified", "path"].map(|name| text(&file[name])).to_vec();
    block(&mut page, "Files", table(all(&document["files"]).map(file)));
    let notes = all(&deployment["notes"]).map(|note| format!("note: {}", text(note)));
    block(&mut page, "Notes", notes.chain(all(&deployment["wrong"]).map(|wrong| format!("error: {}", text(wrong)))));
    block(&mut page, "Settings", table(all(&deployment["values"]).map(setting)));
    block(&mut page, "Files against Score (lint)", all(&document["lint"]["findings"]).flat_map(linted));
    let check = &document["check"];
    if check.is_null() {
        page += "\n## Checks\n\nNot made.\n";
        return page;
    }
    let _ = write!(page, "\n## Checks\n\nVerdict: {}.\n", text(&check["verdict"]));
    let told = |word: &'static str| {
        move |told: &Value| {
            let place = [&told["file"], &told["line"]].map(text).join(":");
            format!("{word}: {} {} {}", place.trim_matches(':'), list(&told["settings"], ", "), text(&told["message"]))
        }
    };
    block(&mut page, "", all(&check["problems"]).map(told("wrong")).chain(all(&check["notes"]).map(told("note"))));
    let row = |row: &Value| {
        let said =
            if row["finding"].is_null() { list(&row["evidence"], "; ") } else { text(&row["finding"]["summary"]) };
        vec![text(&row["outcome"]), format!("{} ms", row["ms"]), text(&row["title"]), said]
    };
    block(&mut page, "", table(all(&check["checks"]).map(row)));
    block(&mut page, "Findings", all(&check["checks"]).flat_map(finding));
    let left = |left: &Value| format!("{} in {} {}", text(&left["key"]), text(&left["bucket"]), text(&left["upload"]));
    block(&mut page, "Left over in the store", all(&check["leftovers"]).map(left));
    let error = |error: &Value| ["what", "cause", "hint"].map(|name| text(&error[name]));
    block(&mut page, "What could not be done", check["error"].as_object().iter().flat_map(|_| error(&check["error"])));
    page
}

/// Of one line, without anything that moves a cursor.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => shown_text(text).replace("```", "'''"),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn all(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn list(value: &Value, between: &str) -> String {
    all(value).map(text).collect::<Vec<_>>().join(between)
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
    /// What is wider does not push the other rows aside.
    const WIDEST: usize = 48;
    let rows: Vec<Vec<String>> = rows.into_iter().collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| rows.iter().filter_map(|row| Some(row.get(at)?.width())).max().unwrap_or(0).min(WIDEST);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let pad = |(cell, width): (&String, &usize)| format!("{cell}{}", " ".repeat(width.saturating_sub(cell.width())));
    rows.iter().map(|row| row.iter().zip(&widths).map(pad).collect::<Vec<_>>().join("  ")).collect()
}

fn setting(value: &Value) -> Vec<String> {
    let resolved = value["resolved"].as_str().map(|_| format!(" = {}", text(&value["resolved"]))).unwrap_or_default();
    let over: Vec<String> = all(&value["overrides"]).map(source).collect();
    let over = if over.is_empty() { String::new() } else { format!("over {}", over.join("; ")) };
    vec![text(&value["key"]), text(&value["value"]) + &resolved, source(&value["source"]), over]
}

fn source(source: &Value) -> String {
    let file = text(&source["file"]);
    let file = file.rsplit('/').next().unwrap_or_default();
    match (source["kind"].as_str(), source["line"].as_u64()) {
        (Some("line" | "variable"), Some(line)) if !file.is_empty() => format!("{file}:{line}"),
        (Some("jar"), _) => format!("the jar {}", list(&source["profiles"], ", ")).trim_end().to_owned(),
        (kind, _) => format!("{} {}", kind.unwrap_or_default(), text(&source["name"])),
    }
}

fn linted(row: &Value) -> Vec<String> {
    let line = row["line"].as_u64().map(|line| format!(":{line}")).unwrap_or_default();
    let [severity, id, file, summary, hint] =
        ["severity", "id", "file", "summary", "hint"].map(|name| text(&row[name]));
    vec![format!("{severity} {id} {file}{line}"), format!("    {summary}"), format!("    hint: {hint}")]
}

fn finding(row: &Value) -> Vec<String> {
    let finding = &row["finding"];
    if finding.is_null() {
        return Vec::new();
    }
    let mut lines =
        vec![format!("{} {} ({})", text(&finding["id"]), text(&finding["summary"]), text(&row["severity"]))];
    lines.extend(all(&row["evidence"]).map(|seen| format!("    seen: {}", text(seen))));
    lines.push(format!("    hint: {}", text(&finding["hint"])));
    lines.push(format!("    setting: {}", list(&finding["settings"], ", ")));
    lines
}
