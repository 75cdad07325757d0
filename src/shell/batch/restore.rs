//! `restore`: lists the backups, and restores one. The replaced files are backed up first.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    path::{Path, PathBuf},
    time::SystemTime,
};

use serde::Serialize;

use super::{
    json::{FailureEntry, SCHEMA, WrittenEntry},
    text::Style,
};
use crate::{
    effects::{
        self,
        write::{
            backups::{Backup, BackupFile, backups, is_beside},
            write_undisturbed,
        },
    },
    forms::{self, EnvironmentOrigin},
    install::deployment::Deployment,
    shell::cli::{Code, RestoreArgs},
    text::{
        cause,
        properties::{Document, uniform},
    },
    wizard::proposal::{FileChange, Proposal, WriteError},
};

/// The document of `restore --json`.
#[derive(Debug, Default, Serialize)]
pub(super) struct RestoreDocument {
    pub(super) schema: u32,
    /// The newest first.
    pub(super) backups: Vec<BackupEntry>,
    /// The time of the backup that was restored.
    pub(super) restored: Option<String>,
    /// True if a file, or a rule in the store, was changed.
    pub(super) changed: bool,
    pub(super) files: Vec<WrittenEntry>,
    pub(super) error: Option<FailureEntry>,
    pub(super) exit: u8,
}

#[derive(Debug, Serialize)]
pub(super) struct BackupEntry {
    stamp: String,
    time: String,
    files: Vec<FileDifference>,
}

/// The changes of the keys if one file is restored.
#[derive(Debug, Serialize)]
struct FileDifference {
    path: String,
    backup: String,
    added: usize,
    removed: usize,
}

type Restored<T> = Result<T, (Code, FailureEntry)>;

/// Prints the requested table or document. Everything else is reported as messages.
///
/// # Errors
/// Returns an error if the output cannot be printed.
pub(super) fn restore(
    asked: &RestoreArgs,
    style: Style,
    out: &mut dyn Write,
    messages: &mut dyn Write,
) -> io::Result<Code> {
    let mut shown = RestoreDocument {
        schema: SCHEMA,
        backups: Vec::new(),
        restored: None,
        changed: false,
        files: Vec::new(),
        error: None,
        exit: 0,
    };
    let mut say = |text: &str| {
        // Messages that cannot be printed do not stop it.
        let _ = writeln!(messages, "{}", style.words(text));
    };
    let code = match run(asked, &mut shown, &mut say) {
        Ok(()) => Code::Done,
        Err((code, failure)) => {
            say(&format!("error: {}\n  caused by: {}", failure.what, failure.cause));
            if !failure.hint.is_empty() {
                say(&format!("  hint: {}", failure.hint));
            }
            shown.error = Some(failure);
            code
        }
    };
    if asked.json {
        shown.exit = code as u8;
        writeln!(out, "{}", super::json::text(&shown)?)?;
    } else if asked.list {
        write!(out, "{}", style.words(&table(&shown.backups)))?;
    }
    Ok(code)
}

fn run(asked: &RestoreArgs, shown: &mut RestoreDocument, say: &mut dyn FnMut(&str)) -> Restored<()> {
    let conf = asked.conf.clone();
    let conf = std::path::absolute(&conf).unwrap_or(conf);
    let deployment = effects::load(&conf).map_err(|error| {
        let what = format!("cannot read {}", error.path.display());
        let code = if error.wrong { Code::Wrong } else { Code::CouldNot };
        (code, FailureEntry { what, cause: error.cause, hint: error.hint })
    })?;
    let files = deployment.written_files();
    let found = backups(&files).map_err(|error| {
        failed(
            Code::CouldNot,
            &format!("cannot list the backups next to {}", deployment.application.path.display()),
            &cause(&error),
        )
    })?;
    shown.backups = found.iter().map(|backup| backup_entry(backup, &deployment)).collect();
    if asked.list {
        if found.is_empty() {
            say("There are no backups.");
        }
        return Ok(());
    }
    let backup = choose(&found, asked.backup.as_deref(), &files)?;
    let mut changes = Vec::new();
    // In the order of writing, application.properties last.
    for kept in &backup.files {
        let unreadable =
            |error: io::Error| failed(Code::CouldNot, &format!("cannot read {}", kept.path.display()), &cause(&error));
        let after = kept.read().map_err(unreadable)?;
        changes.push(FileChange {
            path: kept.of.clone(),
            before: bytes_of(&deployment, &kept.of),
            after,
            objects: forms::is_yaml(&kept.of),
            mode: None,
            notes: Vec::new(),
        });
    }
    let receipt = write_undisturbed(&Proposal::new(changes), SystemTime::now()).map_err(|error| match error {
        refused @ WriteError::Refused { .. } => {
            let (what, cause) = ("nothing was restored".to_owned(), refused.to_string());
            let hint = Some(refused.hint()).filter(|hint| !hint.is_empty());
            (Code::Refused, FailureEntry { what, cause, hint: hint.unwrap_or_else(|| "run this again".to_owned()) })
        }
        ref failed @ WriteError::Failed { ref path, ref cause, .. } => {
            let (what, cause) = (format!("cannot write {}", path.display()), cause.clone());
            (Code::CouldNot, FailureEntry { what, cause, hint: failed.hint() })
        }
    })?;
    for file in &receipt.files {
        let path = file.path.display();
        match (&file.backup, file.changed) {
            (Some(replaced), _) => {
                say(&format!(
                    "Restored {path} to its state before {}. The replaced version is in {}",
                    backup.time(),
                    replaced.display()
                ));
            }
            (None, true) => say(&format!("Restored {path}, which did not exist")),
            (None, false) => say(&format!("{path} is already up to date: nothing changed")),
        }
        file.notes.iter().for_each(|note| say(&format!("note: {note}")));
    }
    shown.restored = Some(backup.stamp.clone());
    shown.changed = receipt.files.iter().any(|file| file.changed);
    shown.files = WrittenEntry::all(&receipt);
    Ok(())
}

fn bytes_of(deployment: &Deployment, path: &Path) -> Option<Vec<u8>> {
    let mut bases = vec![&deployment.bootstrap, &deployment.wrapper, &deployment.variables, &deployment.application];
    bases.extend(deployment.profile_files.iter().map(|file| &file.base));
    bases.extend(deployment.sources.iter().chain(&deployment.exports));
    if let Some(EnvironmentOrigin::File(base)) = deployment.environment.as_ref().map(|environment| &environment.origin)
    {
        bases.push(base);
    }
    bases.into_iter().find(|base| base.path == path)?.bytes.clone()
}

/// Chooses the newest backup, or the one with this time or this file.
fn choose<'a>(found: &'a [Backup], name: Option<&Path>, files: &[PathBuf]) -> Restored<&'a Backup> {
    let hint = "to list the backups, run: score-setup restore CONF --list".to_owned();
    let Some(name) = name else {
        let none = || failed(Code::Wrong, "nothing was restored", "there are no backups");
        return found.first().ok_or_else(none);
    };
    let shown = name.display();
    let bare = name.parent().is_none_or(|parent| parent.as_os_str().is_empty());
    if !bare && !is_beside(name, files) {
        let cause = format!("{shown} is not in the folder of the file");
        return Err((Code::Wrong, FailureEntry { what: "nothing was restored".to_owned(), cause, hint }));
    }
    let of = |backup: &&Backup| {
        let one = |kept: &BackupFile| kept.path.file_name() == name.file_name();
        name.as_os_str() == backup.stamp.as_str() || backup.files.iter().any(one)
    };
    found.iter().find(of).ok_or_else(|| {
        let cause = format!("{shown} is not a backup of these files");
        (Code::Wrong, FailureEntry { what: "nothing was restored".to_owned(), cause, hint })
    })
}

fn failed(code: Code, what: &str, cause: &str) -> (Code, FailureEntry) {
    (code, FailureEntry { what: what.to_owned(), cause: cause.to_owned(), hint: String::new() })
}

fn backup_entry(backup: &Backup, deployment: &Deployment) -> BackupEntry {
    let difference = |kept: &BackupFile| {
        let now = keys(bytes_of(deployment, &kept.of).as_deref().unwrap_or_default());
        let then = keys(kept.read().as_deref().unwrap_or_default());
        FileDifference {
            path: kept.of.display().to_string(),
            backup: kept.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            added: then.difference(&now).count(),
            removed: now.difference(&then).count(),
        }
    };
    BackupEntry {
        stamp: backup.stamp.clone(),
        time: backup.time(),
        files: backup.files.iter().map(difference).collect(),
    }
}

/// Returns the keys in one spelling, with their values.
fn keys(bytes: &[u8]) -> BTreeSet<(String, Vec<u16>)> {
    let document = Document::parse(bytes);
    document.map_or_else(
        |_| BTreeSet::new(),
        |document| document.pairs().map(|pair| (uniform(pair.key), pair.value.to_vec())).collect(),
    )
}

fn table(backups: &[BackupEntry]) -> String {
    use std::fmt::Write as _;
    let mut lines = String::new();
    for backup in backups {
        let _ = writeln!(lines, "{}", backup.time);
        for file in &backup.files {
            let _ = writeln!(lines, "  {}  +{} −{} keys", file.backup, file.added, file.removed);
        }
    }
    lines
}
