//! Holds the tables in `docs/` to the code. `BLESS=1 cargo test --test it docs` writes them.

use std::{env, fmt::Write as _, fs, path::Path};

use score_setup::{
    catalogue::{Api, Need, Release, SETTINGS, Setting},
    checks::advice::FINDINGS,
    lint::RULES,
};

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
    for (id, meaning) in FINDINGS {
        writeln!(table, "| {id} | {meaning} |").unwrap();
    }
    table
}

fn rules() -> String {
    let mut table = "| id | meaning |\n|---|---|\n".to_owned();
    for (id, meaning) in RULES {
        writeln!(table, "| {id} | {meaning} |").unwrap();
    }
    table
}

/// Replaces the block of that name in the text.
fn with(text: &str, name: &str, block: &str) -> String {
    let (start, end) = (format!("<!-- {name}: kept by a test -->\n"), format!("<!-- /{name} -->"));
    let from = text.find(&start).unwrap() + start.len();
    let to = from + text[from..].find(&end).unwrap();
    format!("{}{block}{}", &text[..from], &text[to..])
}

/// Compares each block of a page with what the code says, or writes the page if `BLESS` is set.
fn hold(page: &str, blocks: &[(&str, String)]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page);
    let text = fs::read_to_string(&path).unwrap();
    let wanted = blocks.iter().fold(text.clone(), |text, (name, block)| with(&text, name, block));
    if env::var_os("BLESS").is_some() {
        fs::write(path, wanted).unwrap();
    } else {
        assert!(text == wanted, "a table of docs/{page} is stale: BLESS=1 cargo test --test it docs");
    }
}

#[test]
fn the_settings_are_those_of_the_table() {
    hold("settings.md", &[("settings", settings())]);
}

#[test]
fn the_findings_are_those_that_are_reported() {
    hold("findings.md", &[("findings", findings()), ("rules", rules())]);
}
