//! `report [CONF]`: combines the results of show, lint and check in one document for a ticket. It contains no secret, and is
//! shown before it is written.

mod document;
mod hide;
mod page;
mod texts;

use std::{io, path::Path};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    json, lint,
    session::{Session, Surroundings, absolute},
    show,
};
use crate::{
    effects::{self, Facts},
    forms::Base,
    install::{deployment::Deployment, recognise, spring::View},
    score::{Release, SETTINGS, Spelling},
    shell::cli::{self, Code, Common},
    text::{
        cause,
        mask::{DOTS, shown_value},
        secret::Secret,
    },
};
use document::{FileFacts, ReportDocument};
use texts::Texts;

/// Shorter secrets are parts of words.
const SHORTEST: usize = 6;

pub(super) fn report<'a>(
    asked: &'a cli::ReportArgs,
    common: &'a Common,
    surroundings: Surroundings<'a>,
) -> io::Result<Code> {
    let Surroundings { style, out, message_style, messages, variable, host, answer } = surroundings;
    // Messages that cannot be printed do not stop it.
    let mut say = |text: &str| drop(writeln!(messages, "{}", message_style.words(text)));
    if let Some(path) = asked.output.as_deref().filter(|path| path.symlink_metadata().is_ok()) {
        say(&format!(
            "error: {} already exists\nhint: choose a new file, because no file is overwritten",
            path.display()
        ));
        return Ok(Code::CouldNot);
    }
    let conf = asked.conf.as_deref().unwrap_or(Path::new("."));
    let deployment = match effects::load(&absolute(conf)) {
        Ok(deployment) => deployment,
        Err(error) => {
            say(&format!("error: {error}"));
            if !error.hint.is_empty() {
                say(&format!("hint: {}", error.hint));
            }
            return Ok(if error.wrong { Code::Wrong } else { Code::CouldNot });
        }
    };
    let check = if asked.no_check {
        None
    } else {
        say(if asked.prove { "Testing the store." } else { "Testing the store without writing to it." });
        let mut heard = Vec::new();
        let inner = Surroundings {
            style,
            out: &mut io::sink(),
            message_style,
            messages: &mut heard,
            variable,
            host: host.clone(),
            answer: None,
        };
        match run_checks(asked, common, inner) {
            Ok(check) => Some(check),
            Err(code) => {
                let heard = String::from_utf8_lossy(&heard);
                say(heard.trim_end());
                return Ok(code);
            }
        }
    };
    let mut document = ReportDocument {
        schema: json::SCHEMA,
        made: OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default(),
        tool: concat!("score-setup ", env!("CARGO_PKG_VERSION")),
        system: effects::system(),
        host,
        hidden: asked.hide_hosts,
        deployment: show::values_of(conf.display().to_string(), &deployment, common.release),
        files: files(&deployment),
        lint: lint::lint_one(conf, common.release),
        check,
        exit: Code::Done as u8,
    };
    scrub(&mut document, secrets(&deployment, common.release));
    if asked.hide_hosts {
        hide::hide(&mut document);
    }
    let text = if asked.json {
        // A JSON value has its fields in alphabetical order.
        super::json::text(&serde_json::to_value(document)?)? + "\n"
    } else {
        page::page(&document)
    };
    let Some(path) = &asked.output else {
        out.write_all(text.as_bytes())?;
        return Ok(Code::Done);
    };
    if let Some(answer) = answer {
        out.write_all(text.as_bytes())?;
        out.flush()?;
        say(&format!("\nWrite this to {}? [y/N]", path.display()));
        if !matches!(answer().trim(), "y" | "Y" | "yes") {
            say("Left. Nothing was written.");
            return Ok(Code::Left);
        }
    }
    match effects::save_as(path, &text) {
        Ok(()) => {
            say(&format!("Wrote {}. Read it before you send it.", path.display()));
            Ok(Code::Done)
        }
        Err(error) => {
            say(&format!("error: cannot write {}\n  caused by: {}", path.display(), cause(&error)));
            Ok(Code::CouldNot)
        }
    }
}

/// Runs the checks. What cannot be tested is part of the result. Only an operator who leaves, or a wrong `--ca-file`, ends
/// the report.
fn run_checks<'a>(
    asked: &'a cli::ReportArgs,
    common: &'a Common,
    surroundings: Surroundings<'a>,
) -> Result<json::RunDocument, Code> {
    let mut session = Session::new(common, surroundings, !asked.prove, true);
    session.report.judged = true;
    // The document has the results.
    session.results_asked = true;
    let code = match session.open(asked.conf.as_deref()).and_then(|()| session.try_all()) {
        Ok(()) => session.code(),
        Err(code) => code,
    };
    session.clean_up();
    if code == Code::Left || session.report.trouble.is_some() && session.state.deployment.is_none() {
        return Err(code);
    }
    let Session { state, shown, report, .. } = session;
    Ok(report.document(&state, None, &shown, code))
}

/// Returns the facts of each file that was read.
fn files(deployment: &Deployment) -> Vec<FileFacts> {
    let own = [&deployment.application, &deployment.bootstrap, &deployment.wrapper, &deployment.variables];
    let own = own.into_iter().chain(deployment.profile_files.iter().map(|file| &file.base));
    let own = own.chain(deployment.yaml_files.iter().map(|file| &file.base));
    let mut paths: Vec<&Path> =
        own.filter(|base| base.bytes.is_some()).map(|base: &Base| base.path.as_path()).collect();
    paths.extend(deployment.jar.iter().map(|jar| jar.path.as_path()));
    if let Some(environment) = &deployment.environment {
        paths.extend(environment.origin.path());
        paths.extend(environment.variables.iter().filter_map(|variable| variable.file.as_deref()));
    }
    let mut seen = std::collections::HashSet::new();
    paths.retain(|path| seen.insert(path.to_owned()));
    paths.into_iter().filter_map(|path| Some(FileFacts::of(path, effects::facts(path)?))).collect()
}

impl FileFacts {
    fn of(path: &Path, facts: Facts) -> Self {
        Self {
            path: path.display().to_string(),
            size: facts.size,
            mode: format!("{:04o}", facts.mode),
            owner: facts.owner,
            modified: facts.modified.and_then(|time| time.format(&Rfc3339).ok()),
        }
    }
}

/// Masks every secret of the deployment wherever it is, as a second look after each part has masked its own.
fn scrub(document: &mut ReportDocument, mut secrets: Vec<Secret>) {
    secrets.retain(|secret| secret.shape(str::len) >= SHORTEST);
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.shape(str::len)));
    document.texts(&mut |_, text| {
        for secret in &secrets {
            if secret.shape(|secret| text.contains(secret)) {
                *text = secret.shape(|secret| text.replace(secret, DOTS));
            }
        }
    });
}

/// Returns the effective values of all keys that hold a secret.
fn secrets(deployment: &Deployment, chosen: Option<Release>) -> Vec<Secret> {
    let launches = recognise::launches(deployment, chosen);
    launches.iter().flat_map(|launch| secrets_of(&View::of(deployment, launch))).collect()
}

fn secrets_of(view: &View) -> Vec<Secret> {
    let known: Vec<&str> =
        SETTINGS.iter().flat_map(|setting| [Some(setting.key), setting.key_until_5_11]).flatten().collect();
    let names = view.names(&known);
    let values = names.iter().filter_map(|name| {
        let seen = view.value(name, Spelling::Exact).or_else(|| view.value(name, Spelling::Relaxed))?;
        shown_value(name, &seen.value).is_none().then_some(seen.value)
    });
    let values: Vec<Secret> = values.collect();
    values.iter().filter_map(|value| view.resolved(value)).chain(values.iter().cloned()).collect()
}
