//! `show`: prints the effective value of each setting, its source, and the sources it overrides. Secrets are masked. The
//! table and the JSON document have the same rows.

mod table;

use std::{
    io::{self, Write},
    path::Path,
};

use super::{
    json::{SCHEMA, UnreadFile},
    session::absolute,
    text::Style,
};
use crate::{
    effects,
    forms::Base,
    install::{deployment::Deployment, recognise::Recognised, spring::SourceSet},
    score::{Release, Spelling, key},
    shell::{
        cli::{Code, ShowArgs},
        values::{SourceEntry, ValueEntry, possible_values},
    },
    text::{properties::Document, yaml},
};
use serde::Serialize;

/// The document for all given deployments.
#[derive(Debug, Serialize)]
struct ShowDocument {
    schema: u32,
    deployments: Vec<DeploymentValues>,
    exit: u8,
}

/// One deployment, or the reason why it cannot be read.
#[derive(Debug, Default, Serialize)]
pub(super) struct DeploymentValues {
    pub(super) path: String,
    /// `None` while it is not known.
    pub(super) release: Option<Fact>,
    /// The releases that are possible.
    pub(super) possible: Vec<&'static str>,
    pub(super) start: Option<Fact>,
    pub(super) profiles: Vec<String>,
    pub(super) profiles_by: Option<SourceEntry>,
    pub(super) values: Vec<ValueEntry>,
    pub(super) notes: Vec<String>,
    /// Files that Score cannot read, so it does not start.
    pub(super) wrong: Vec<String>,
    pub(super) error: Option<UnreadFile>,
}

#[derive(Debug, Serialize)]
pub(super) struct Fact {
    pub(super) what: &'static str,
    /// `None` if it is assumed.
    pub(super) by: Option<String>,
}

/// Prints the values. Deployments that cannot be read are reported as messages.
///
/// # Errors
/// Returns an error if the output cannot be printed.
pub(super) fn show(
    asked: &ShowArgs,
    release: Option<Release>,
    style: Style,
    out: &mut dyn Write,
    messages: &mut dyn Write,
) -> io::Result<Code> {
    let here = [Path::new(".").to_owned()];
    let paths = if asked.conf.is_empty() { here.as_slice() } else { &asked.conf };
    let told: Vec<DeploymentValues> = paths.iter().map(|path| show_one(path, release)).collect();
    let error = |wrong: bool| told.iter().filter_map(|told| told.error.as_ref()).any(|error| error.wrong == wrong);
    let code = if error(false) {
        Code::CouldNot
    } else if error(true) || told.iter().any(|told| !told.wrong.is_empty()) {
        Code::Wrong
    } else {
        Code::Done
    };
    if asked.json {
        let shown = ShowDocument { schema: SCHEMA, deployments: told, exit: code as u8 };
        writeln!(out, "{}", super::json::text(&shown)?)?;
        return Ok(code);
    }
    let several = told.len() > 1;
    for (at, told) in told.iter().enumerate() {
        if let Some(error) = &told.error {
            // Messages that cannot be printed do not stop it.
            let _ = writeln!(messages, "{}", style.words(&error.text()));
            continue;
        }
        let gap = if at > 0 { "\n" } else { "" };
        let name = if several { format!("{}\n", told.path) } else { String::new() };
        write!(out, "{}", style.words(&format!("{gap}{name}{}", table::table(told))))?;
        for wrong in &told.wrong {
            let _ = writeln!(messages, "{}", style.words(&format!("error: {wrong}")));
        }
    }
    Ok(code)
}

fn show_one(path: &Path, release: Option<Release>) -> DeploymentValues {
    let name = path.display().to_string();
    let whole = absolute(path);
    match effects::load(&whole) {
        Err(error) => DeploymentValues { path: name, error: Some(error.into()), ..DeploymentValues::default() },
        Ok(deployment) => values_of(name, &deployment, release),
    }
}

pub(super) fn values_of(path: String, deployment: &Deployment, chosen: Option<Release>) -> DeploymentValues {
    let sources = SourceSet::of(deployment);
    let recognised = Recognised::of(&sources, chosen);
    let (releases, launch) = (&recognised.releases, recognised.launch());
    let start = deployment.start.as_ref();
    let view = sources.view(launch);
    let values = possible_values(&sources, &recognised.launches);
    let left_out =
        (values.left_out > 0).then(|| format!("{} more names are set; they are not listed.", values.left_out));
    DeploymentValues {
        path,
        release: releases.only().map(|release| Fact { what: release.name(), by: releases.source() }),
        possible: releases.possible.iter().map(|release| release.name()).collect(),
        start: Some(Fact { what: launch.start.name(), by: start.map(|told| told.by.clone()) }),
        profiles_by: view
            .value(key::SPRING_PROFILES_ACTIVE, Spelling::Relaxed)
            .map(|seen| SourceEntry::of(&seen.place)),
        profiles: launch.profiles.clone(),
        values: values.rows,
        notes: deployment.application.notes.iter().chain(&deployment.notes).cloned().chain(left_out).collect(),
        wrong: wrong(deployment),
        error: None,
    }
}

/// Lists the files that Score cannot read, so it does not start.
fn wrong(deployment: &Deployment) -> Vec<String> {
    let bases = [&deployment.application, &deployment.bootstrap].into_iter();
    let bases = bases.chain(deployment.profile_files.iter().map(|file| &file.base));
    let properties = bases.filter_map(|base: &Base| {
        let bad = Document::parse(base.bytes.as_deref()?).err()?;
        Some(format!("cannot read {} as properties: {bad}", base.path.display()))
    });
    let yaml = deployment.yaml_files.iter().filter_map(|file| {
        let bad = yaml::read(&String::from_utf8_lossy(file.base.bytes.as_deref()?)).err()?;
        Some(format!("cannot read {} as YAML: {bad}", file.base.path.display()))
    });
    properties.chain(yaml).collect()
}
