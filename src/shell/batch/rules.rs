//! `restore CONF FILE --lifecycle BUCKET`: puts the lifecycle rules of a bucket back that were kept before a rule was added.

use std::{io, path::Path};

use super::{
    json::{FailureEntry, SCHEMA},
    restore::RestoreDocument,
    session::{Session, Surroundings, trouble},
};
use crate::{
    answers::target::Store,
    shell::cli::{Code, Common, RestoreArgs},
    store::{
        files::read_regular,
        provision::{ProvisionError, RulesError},
    },
    text::cause,
    wizard::Event,
};

/// The size limit of a file with rules. S3 allows 1000 rules in a bucket, with at most 1 KiB of prefix each.
const MOST: u64 = 4 * 1024 * 1024;

/// Puts the rules back, and prints what was done.
pub(super) fn restore<'a>(
    asked: &'a RestoreArgs,
    bucket: &str,
    common: &'a Common,
    surroundings: Surroundings<'a>,
) -> io::Result<Code> {
    let mut session = Session::new(common, surroundings, false, true);
    let (code, changed) = match put_back(asked, bucket, &mut session) {
        Ok(changed) => (Code::Done, changed),
        Err(code) => (code, false),
    };
    let error = session.report.trouble.as_ref().map(FailureEntry::from);
    session.clean_up();
    if asked.json {
        let document =
            RestoreDocument { schema: SCHEMA, changed, error, exit: code as u8, ..RestoreDocument::default() };
        writeln!(session.surroundings.out, "{}", super::json::text(&document)?)?;
    }
    Ok(code)
}

/// Returns true if the store was changed.
fn put_back(asked: &RestoreArgs, bucket: &str, session: &mut Session<'_>) -> Result<bool, Code> {
    session.read(Some(&asked.conf))?;
    let assumed = session.assume();
    session.report_remarks(assumed);
    let file = asked.backup.as_deref().unwrap_or(Path::new(""));
    let former = match read_regular(file, MOST) {
        Ok(former) => former,
        Err(error) => {
            let what = format!("cannot read {}", file.display());
            return stop(session, Code::CouldNot, &what, &cause(&error), "");
        }
    };
    let Store::S3(store) = session.state.draft.found().store else {
        return stop(session, Code::Wrong, "nothing was restored", "the store is Azure, which has no such rules", "");
    };
    let keys = session.administrator();
    let work = (store, session.state.route.clone(), keys);
    if let Err(error) = session.performer.put_rules_back(work, bucket.to_owned(), former) {
        return stop(session, Code::CouldNot, "cannot start this work", &cause(&error), "");
    }
    // An operator who leaves waits too: only the end tells whether the rules of the bucket are the former ones.
    let done = loop {
        match session.events.recv() {
            Ok(Event::RulesPutBack(done)) => break done,
            Ok(Event::LeaveAsked) => {
                session.say("Waiting for the end of this work: otherwise it is not known which rules the bucket has.");
            }
            Ok(event) => session.send(event),
            Err(ended) => {
                let what = "it is not known whether the rules were put back";
                return stop(session, Code::CouldNot, what, &ended.to_string(), "compare the rules with the file");
            }
        }
    };
    match done {
        Ok(changed) => {
            session.say(&if changed {
                format!("The bucket {bucket} has its former lifecycle rules again.")
            } else {
                format!("The bucket {bucket} already has these lifecycle rules. Nothing was changed.")
            });
            Ok(changed)
        }
        Err(error) => {
            let (code, hint) = match &error {
                ProvisionError::Rules { why: RulesError::Changed, .. } => {
                    (Code::Refused, "compare the file with the present rules, and edit them with a tool of the store")
                }
                ProvisionError::Rules { why: RulesError::Unread(_) | RulesError::Refused(_), .. } => {
                    (Code::CouldNot, "give the keys of an administrator in ADMIN_ACCESS_KEY and ADMIN_SECRET_KEY")
                }
                _ => (Code::CouldNot, ""),
            };
            stop(session, code, "the rules were not put back", &error.to_string(), hint)
        }
    }
}

fn stop<T>(session: &mut Session<'_>, code: Code, what: &str, cause: &str, hint: &str) -> Result<T, Code> {
    Err(session.stop(code, trouble(what, cause, hint)).err().unwrap_or(code))
}
