//! Compares the tables in `docs/` with the code.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use clap::{Arg, Command};
use score_setup::{
    score::{Api, Id, Need, Release, SETTINGS, Scope, Setting, provider::providers},
    shell::cli::Cli,
    store::{
        checks::{CheckGroup, CheckRow, News, run, s3::settings, score},
        probe::Route,
    },
};
use tokio_util::sync::CancellationToken;

use crate::{accepted, azure_store::Azure, checks::target};

fn releases(setting: &Setting) -> String {
    match (setting.since, setting.until) {
        (Release::OLDEST, Release::NEWEST) => "all".to_owned(),
        (since, Release::NEWEST) => format!("from {since}"),
        (Release::OLDEST, until) => format!("to {until}"),
        (since, until) => format!("{since} to {until}"),
    }
}

fn value(setting: &Setting) -> String {
    match (setting.need, setting.default) {
        (_, Some("")) => "empty".to_owned(),
        (_, Some(default)) => format!("`{default}`"),
        (Need::Asked, None) => "*asked*".to_owned(),
        (Need::Optional, None) => "*optional*".to_owned(),
        (Need::Written | Need::Conditional, None) => "*derived*".to_owned(),
    }
}

fn settings() -> String {
    let azure = SETTINGS.iter().filter(|setting| setting.api == Some(Api::Azure));
    let s3 = SETTINGS.iter().filter(|setting| setting.serves(Api::S3));
    format!(
        "{}\nWith Azure, so up to 5.11, these take the place of the keys of the same name and of `s3.*`:\n\n{}",
        table(s3),
        table(azure)
    )
}

fn table(rows: impl Iterator<Item = &'static Setting>) -> String {
    let mut table = "| key | default | releases | what Score does with it |\n|---|---|---|---|\n".to_owned();
    for setting in rows {
        let old = setting.key_until_5_11.map(|old| format!("<br>to 5.11: `{old}`")).unwrap_or_default();
        let (key, help) = (setting.key, setting.help.replace('|', "\\|").replace('<', "&lt;"));
        writeln!(table, "| `{key}`{old} | {} | {} | {help} |", value(setting), releases(setting)).unwrap();
    }
    table
}

fn findings() -> String {
    let mut table = "| id | meaning |\n|---|---|\n".to_owned();
    let mut pages = String::new();
    for id in Id::ALL {
        let anchor = id.as_str().to_lowercase();
        writeln!(table, "| [{id}](#{anchor}) | {} |", markdown(id.row().title)).unwrap();
        pages += &page(*id);
    }
    table + &pages
}

/// Returns the page that `explain` prints for a finding, as a section.
fn page(id: Id) -> String {
    let row = id.row();
    let mut page = format!(
        "\n### {id}\n\n{}\n\n{}\n\nHow to recognise it: {}\n\n",
        markdown(row.title),
        markdown(row.cause),
        markdown(row.recognised)
    );
    for step in row.advice {
        writeln!(page, "- {}", markdown(step)).unwrap();
    }
    if !row.settings.is_empty() {
        let settings: Vec<_> = row.settings.iter().map(|key| format!("`{key}`")).collect();
        writeln!(page, "\nSettings: {}", settings.join(", ")).unwrap();
    }
    page
}

fn markdown(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace('*', "\\*")
}

fn presets() -> String {
    let mut table =
        "| `provider` | store | an endpoint looks like | signature versions | notes |\n|---|---|---|---|---|\n"
            .to_owned();
    for provider in providers() {
        let unusable = provider.unusable().map(|why| format!("**{why}**"));
        let notes: Vec<&str> = unusable.iter().chain(&provider.notes).map(String::as_str).collect();
        let versions: Vec<String> = provider.signatures.iter().map(u8::to_string).collect();
        let versions = if versions.is_empty() { "–".to_owned() } else { versions.join(", ") };
        writeln!(
            table,
            "| `{}` | {}: {} | `{}` | {versions} | {} |",
            provider.id,
            provider.name,
            provider.summary,
            provider.endpoint_example,
            notes.join(" ").replace('<', "&lt;")
        )
        .unwrap();
    }
    table
}

/// The rows that a run plans. The run is stopped before it sends a request.
#[derive(Default)]
struct Planned(Arc<Mutex<Vec<CheckRow>>>);

impl Planned {
    fn news(&self) -> impl Fn(News) + Send + Sync + 'static {
        let rows = self.0.clone();
        move |news| {
            if let News::Planned(planned) = news {
                *rows.lock().unwrap() = planned;
            }
        }
    }

    /// Asserts that the block of docs/checks.md of that name lists these checks in this order, by id and title.
    fn are_listed_as(&self, name: &str) {
        let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/checks.md")).unwrap();
        let (start, end) = (format!("<!-- {name}: ids and titles held by a test -->"), format!("<!-- /{name} -->"));
        let block = page.split_once(&start).and_then(|(_, rest)| rest.split_once(&end)).unwrap().0;
        let listed: Vec<Vec<&str>> =
            block.lines().skip(3).map(|line| line.split('|').skip(1).take(2).map(str::trim).collect()).collect();
        let rows = self.0.lock().unwrap();
        let planned: Vec<_> = rows.iter().map(|row| vec![format!("`{}`", row.id), row.title.clone()]).collect();
        assert_eq!(listed, planned, "docs/checks.md, {name}");
    }
}

/// Returns every command with its arguments, as the parser defines them.
fn commands() -> String {
    let root = Cli::definition();
    let mut text = command(&root, "The wizard, on the full screen. CONF chooses an installation.");
    for sub in root.get_subcommands().filter(|sub| sub.get_name() != "help") {
        text += &command(sub, &sub.get_about().map(ToString::to_string).unwrap_or_default());
    }
    text + "\n## Shared options\n\nThe wizard uses all of them.\n\n" + &shared(&root)
}

/// Returns the shared options, and the commands that use them.
fn shared(root: &Command) -> String {
    let mut table = "| argument | | used by |\n|---|---|---|\n".to_owned();
    for option in root.get_arguments().filter(|argument| argument.is_global_set()) {
        let uses = |command: &&Command| {
            command.get_arguments().any(|argument| argument.get_id() == option.get_id() && !argument.is_hide_set())
        };
        let commands: Vec<_> = root
            .get_subcommands()
            .filter(|command| command.get_name() != "help")
            .filter(uses)
            .map(|command| format!("`{}`", command.get_name()))
            .collect();
        writeln!(table, "{}{} |", row(option), commands.join(", ")).unwrap();
    }
    table
}

fn command(command: &Command, about: &str) -> String {
    let own = command.get_arguments().filter(|argument| !argument.is_global_set());
    let own: Vec<&Arg> = own.filter(|argument| !["help", "version"].contains(&argument.get_id().as_str())).collect();
    let usage = command.clone().render_usage().to_string().replace("Usage: ", "");
    let table = if own.is_empty() { String::new() } else { format!("\n{}", arguments(own.into_iter())) };
    let usage = usage.replace(" [OPTIONS]", "");
    format!("\n## `{}`\n\n{}.\n{table}", usage.trim(), about.trim_end_matches('.'))
}

fn arguments<'a>(all: impl Iterator<Item = &'a Arg>) -> String {
    let mut table = "| argument | |\n|---|---|\n".to_owned();
    for argument in all {
        writeln!(table, "{}", row(argument).trim_end()).unwrap();
    }
    table
}

fn row(argument: &Arg) -> String {
    let help = argument.get_help().map(|help| help.to_string().replace('|', "\\|")).unwrap_or_default();
    let choices: Vec<_> = argument.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    let choices = if argument.get_action().takes_values() { choices.join(", ") } else { String::new() };
    format!("| `{argument}` | {help}{choices} | ")
}

/// Replaces the block of that name in the text.
fn with(text: &str, name: &str, block: &str) -> String {
    let (start, end) = (format!("<!-- {name}: kept by a test -->\n"), format!("<!-- /{name} -->"));
    let from = text.find(&start).unwrap() + start.len();
    let to = from + text[from..].find(&end).unwrap();
    format!("{}{block}{}", &text[..from], &text[to..])
}

/// Compares each block of a page with the text from the code.
fn hold(page: &str, blocks: &[(&str, String)]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page);
    let text = fs::read_to_string(&path).unwrap();
    let wanted = blocks.iter().fold(text.clone(), |text, (name, block)| with(&text, name, block));
    accepted::compare(&path, &wanted);
}

#[test]
fn the_settings_are_those_of_the_table() {
    hold("settings.md", &[("settings", settings())]);
}

#[test]
fn the_findings_are_those_that_are_reported() {
    hold("findings.md", &[("findings", findings())]);
}

/// Returns the ids that the source files in a folder name.
pub(crate) fn ids_in(folder: &str) -> BTreeSet<Id> {
    let entries = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap();
    let ids = entries.flat_map(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return ids_in(&format!("{folder}/{}", path.file_name().unwrap().to_str().unwrap()));
        }
        let text = fs::read_to_string(path).unwrap();
        let names = text.split("Id::").skip(1).map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric()).next());
        names.filter_map(|name| name?.parse().ok()).collect()
    });
    ids.collect()
}

#[test]
fn every_finding_of_the_table_is_reported_by_code() {
    let folders = ["src/install/lint", "src/store/checks", "src/answers", "src/shell/batch"];
    let mut reported: BTreeSet<Id> = folders.into_iter().flat_map(ids_in).collect();
    reported.extend(SETTINGS.iter().map(|setting| setting.faults.absent.id));
    assert_eq!(reported, Id::ALL.iter().copied().collect());
}

#[test]
fn the_commands_are_those_of_the_parser() {
    hold("commands.md", &[("commands", commands())]);
}

#[test]
fn the_providers_are_those_of_the_presets() {
    hold("stores.md", &[("providers", presets())]);
}

#[tokio::test]
async fn the_checks_are_those_of_the_plans() {
    let stopped = CancellationToken::new();
    stopped.cancel();
    let stop = || stopped.clone();
    let planned = Planned::default();
    let s3 = target("http://127.0.0.1:1");
    run::check_store(s3.clone().into(), Route::default(), Scope::All, stop(), planned.news()).await;
    planned.are_listed_as("s3");
    let reader = settings::SettingsReader::default();
    run::check_with_settings(s3.clone().into(), Route::default(), Scope::All, reader.clone(), stop(), planned.news())
        .await;
    planned.0.lock().unwrap().retain(|row| row.group == CheckGroup::Settings);
    planned.are_listed_as("settings");
    let azure = Azure::empty().await.target();
    run::check_store(azure.into(), Route::default(), Scope::All, stop(), planned.news()).await;
    planned.are_listed_as("azure");
    let azure = Azure::empty().await.target();
    run::check_with_settings(azure.into(), Route::default(), Scope::All, reader, stop(), planned.news()).await;
    planned.0.lock().unwrap().retain(|row| row.group == CheckGroup::Settings);
    planned.are_listed_as("azure settings");
    let score = score::Score { url: "http://127.0.0.1:1".into(), store: Some(s3.into()), brief: false };
    run::check_score(score, Route::default(), stop(), planned.news()).await;
    planned.are_listed_as("score");
}

#[test]
fn the_readme_is_short() {
    let readme = include_str!("../../README.md");
    assert!(readme.len() <= 8192, "README.md has {} bytes; details belong into docs/", readme.len());
}

#[test]
fn links_lead_to_files_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = |folder: &str| fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let pages = pages("").chain(pages("docs")).filter(|path| path.extension() == Some("md".as_ref()));
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            let inside = !link.is_empty() && !link.contains("://");
            assert!(!inside || page.with_file_name(link).exists(), "{}: {link}", page.display());
        }
    }
}
