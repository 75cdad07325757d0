//! `lint --fix`: shows what is only a matter of form, asks once, and writes it as `apply` does.

use std::{io, time::SystemTime};

use super::{DeploymentFindings, lint_deployment};
use crate::{
    effects::{self, write::write_undisturbed},
    install::{lint, recognise},
    score::Release,
    shell::{
        batch::{
            session::{Surroundings, absolute},
            text,
        },
        cli::{Code, LintArgs},
    },
    wizard::proposal::{self, FileChange, Proposal, WriteError},
};

/// Fixes the given deployments. What is left is printed as `lint` prints it.
///
/// # Errors
/// Returns an error if the output cannot be printed.
pub(in crate::shell::batch) fn fix(
    asked: &LintArgs,
    release: Option<Release>,
    surroundings: Surroundings<'_>,
) -> io::Result<Code> {
    let Surroundings { style, out, messages, answer, .. } = surroundings;
    // Messages that cannot be printed do not stop it.
    let mut say = |text: &str| drop(writeln!(messages, "{}", style.words(text)));
    let mut changes: Vec<FileChange> = Vec::new();
    let mut left: Vec<DeploymentFindings> = Vec::new();
    for path in super::paths(asked) {
        let whole = absolute(path);
        let deployment = match effects::load(&whole) {
            Ok(deployment) => deployment,
            Err(error) => {
                left.push(DeploymentFindings::unread(path, error));
                continue;
            }
        };
        let fixed = lint::fix_form(&deployment, &recognise::launches(&deployment, release));
        for change in proposal::edited(&deployment, &fixed) {
            if changes.iter().all(|other| other.path != change.path) {
                changes.push(change);
            }
        }
        left.push(lint_deployment(&fixed, path, &whole, release));
    }
    let code = super::code(&left);
    let proposal = Proposal::new(changes);
    out.write_all(proposal.to_text().as_bytes())?;
    out.flush()?;
    super::print(&left, style, out, &mut say)?;
    if !proposal.changed() {
        let nothing = "There is nothing to fix in how the lines are written.";
        let rest = " Values of secrets, endpoints, buckets and directories are left to the wizard.";
        say(&format!("{nothing}{}", if code == Code::Done { "" } else { rest }));
        return Ok(code);
    }
    if asked.dry_run {
        say("Nothing was written: this is a dry run.");
        return Ok(code);
    }
    match answer.filter(|_| !asked.yes) {
        Some(answer) => {
            say("Write these changes? [y/N]");
            if !matches!(answer().trim(), "y" | "Y" | "yes") {
                say("Left; nothing was written.");
                return Ok(Code::Left);
            }
        }
        None if asked.yes => {}
        None => {
            say("error: nothing was written, because there is no terminal to ask\n  hint: add --yes");
            return Ok(Code::Wrong);
        }
    }
    match write_undisturbed(&proposal, SystemTime::now()) {
        Ok(receipt) => {
            for file in &receipt.files {
                say(&text::written(file));
            }
            Ok(code)
        }
        Err(error) => {
            let refused = matches!(error, WriteError::Refused { .. });
            let hint = if refused { "run this again: it then uses the current file".to_owned() } else { error.hint() };
            let hint = if hint.is_empty() { hint } else { format!("\n  hint: {hint}") };
            say(&format!("error: {error}{hint}"));
            Ok(if refused { Code::Refused } else { Code::CouldNot })
        }
    }
}
