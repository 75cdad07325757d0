//! Changes the variables of a compose service. A value with a reference such as `${NAME}` is changed in `.env`, and a new
//! secret never enters the compose file itself.

use std::path::{Path, PathBuf};

use super::files::{EditedFiles, WantedVariable, current};
use crate::{
    forms::{Variable, env_file::EnvFileReader, environment::is_name, is_yaml},
    text::{
        mask::is_secret_name,
        yaml::{
            YamlError,
            edit::{PlacedNode, quoted},
        },
    },
};

/// Adds the changes of a service.
pub(super) fn change(
    files: &mut EditedFiles<'_>,
    main: &Path,
    service: &str,
    variables: &[Variable],
    wanted: &[&WantedVariable],
) -> Result<(), YamlError> {
    let mut new: Vec<(&WantedVariable, bool)> = Vec::new();
    for one in wanted {
        let Some(found) = current(variables, one) else {
            new.push((one, true));
            continue;
        };
        let file = found.file.as_deref().unwrap_or(main);
        if file != main && !is_yaml(file) {
            files.set_line(file, &one.names, one, EnvFileReader::Compose);
        } else if !in_service(files, file, main, service, found, one)? {
            new.push((one, false));
        }
    }
    if new.is_empty() { Ok(()) } else { add(files, main, service, &new) }
}

/// Changes a variable in the environment of the service. Returns false if it is set elsewhere, such as in a part that
/// other services share.
fn in_service(
    files: &mut EditedFiles<'_>,
    file: &Path,
    main: &Path,
    service: &str,
    found: &Variable,
    wanted: &WantedVariable,
) -> Result<bool, YamlError> {
    let Some((text, documents)) = files.documents(file)? else { return Ok(false) };
    let environment = documents.first().and_then(|root| root.get("services")?.get(service)?.get("environment"));
    let Some(environment) = environment else { return Ok(false) };
    let value = wanted.value.for_file().replace('$', "$$");
    let pair = environment.pairs().iter().rev().find(|(name, _)| name.word() == Some(&found.name));
    if let Some((_, node)) = pair {
        if let Some(name) = node.word().and_then(reference) {
            in_references(files, main, text, name, wanted);
            return Ok(true);
        }
        let edit = node.replaced(text, &value);
        return Ok(files.edit(file, edit));
    }
    let item = environment.items().iter().rev().find_map(|item| {
        let word = item.word()?;
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        (name == found.name).then_some((item, value))
    });
    let Some((item, old)) = item else { return Ok(false) };
    if let Some(name) = reference(old) {
        in_references(files, main, text, name, wanted);
        return Ok(true);
    }
    let edit = item.replaced(text, &format!("{}={value}", found.name));
    Ok(files.edit(file, edit))
}

/// Sets the variable that a reference names, in the file beside the project.
fn in_references(files: &mut EditedFiles<'_>, main: &Path, text: &str, name: &str, wanted: &WantedVariable) {
    let uses = text.match_indices('$').filter(|(at, _)| {
        let rest = text[at + 1..].trim_start_matches('{');
        rest.strip_prefix(name).is_some_and(|rest| !rest.starts_with(is_name))
    });
    if wanted.secret && !is_secret_name(name) {
        // Differences show the value of such a name.
        files.leave(wanted, format!("its value is {name} in .env, and this name does not show that it is a secret"));
    } else if wanted.secret && uses.count() > 1 {
        files.leave(wanted, format!("{name} in .env is used elsewhere in the file too. Change it there"));
    } else {
        files.set_line(&beside(main), &[name.to_owned()], wanted, EnvFileReader::Compose);
    }
}

/// Returns the name in a value that is one reference, such as `${NAME}` or `${NAME:?needed}`.
fn reference(value: &str) -> Option<&str> {
    let inner = value.strip_prefix('$')?;
    let inner = inner.strip_prefix('{').map_or(Some(inner), |inner| inner.strip_suffix('}'))?;
    let end = inner.find(|letter: char| !is_name(letter)).unwrap_or(inner.len());
    let (name, rest) = inner.split_at(end);
    let fits = rest.is_empty() || rest.starts_with([':', '-', '?']) && !rest.contains(['$', '{', '}']);
    (fits && !name.is_empty() && !name.starts_with(|first: char| first.is_ascii_digit())).then_some(name)
}

/// Returns the file that fills in the references of a project.
fn beside(main: &Path) -> PathBuf {
    main.with_file_name(".env")
}

/// Adds variables to the service of the main file. The flag is true for those that nothing sets yet.
fn add(
    files: &mut EditedFiles<'_>,
    main: &Path,
    service: &str,
    new: &[(&WantedVariable, bool)],
) -> Result<(), YamlError> {
    let nowhere = "the service is not in this file";
    let found = files.documents(main)?;
    let Some((text, documents)) = found else { return Ok(()) };
    let Some(node) = documents.first().and_then(|root| root.get("services")?.get(service)) else {
        for (one, _) in new {
            files.leave(one, nowhere);
        }
        return Ok(());
    };
    let env_file = env_file(files, node, main);
    let environment = node.get("environment");
    let mut pairs: Vec<(&WantedVariable, String)> = Vec::new();
    for (one, unset) in new {
        match &env_file {
            // A file of variables overrides nothing.
            Some(file) if *unset && (one.secret || environment.is_none()) => {
                files.set_line(file, &one.names, one, EnvFileReader::Compose);
            }
            _ if one.secret => {
                let name = one.names.first().cloned().unwrap_or_default();
                files.set_line(&beside(main), std::slice::from_ref(&name), one, EnvFileReader::Compose);
                pairs.push((one, format!("${{{name}}}")));
            }
            _ => pairs.push((one, one.value.for_file().replace('$', "$$"))),
        }
    }
    if pairs.is_empty() {
        return Ok(());
    }
    let named =
        |(one, value): &(&WantedVariable, String)| (one.names.first().cloned().unwrap_or_default(), value.clone());
    let all: Vec<(String, String)> = pairs.iter().map(named).collect();
    let edit = match environment {
        Some(list) if !list.items().is_empty() => {
            let items: Vec<_> = all
                .iter()
                .map(|(name, value)| {
                    let word = quoted(&format!("{name}={value}"));
                    (vec![word.clone()], word)
                })
                .collect();
            list.with_items(text, &items)
        }
        Some(map) => map.with_pairs(text, &all),
        None => {
            let lines: Vec<String> = all.iter().map(|(name, value)| format!("{name}: {}", quoted(value))).collect();
            node.with_block(text, "environment", &lines)
        }
    };
    if !files.edit(main, edit) {
        for (one, _) in &pairs {
            files.leave(one, "the environment of the service is written in a way that is not changed");
        }
    }
    Ok(())
}

/// Returns the last file of variables that the service names, if compose interprets it and it was read.
fn env_file(files: &EditedFiles<'_>, service: &PlacedNode, main: &Path) -> Option<PathBuf> {
    let node = service.get("env_file")?;
    let last = node.items().last().unwrap_or(node);
    let path = last.get("path").unwrap_or(last).word()?;
    let raw = last.get("format").and_then(PlacedNode::word) == Some("raw");
    let path = main.parent().unwrap_or(Path::new("")).join(path);
    (!raw && files.has(&path)).then_some(path)
}
