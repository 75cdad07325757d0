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
    let done = match session.performer.put_rules_back(work, bucket.to_owned(), former) {
        Ok(done) => done.recv(),
        Err(error) => return stop(session, Code::CouldNot, "cannot start this work", &cause(&error), ""),
    };
    match done {
        Ok(Ok(changed)) => {
            session.say(&if changed {
                format!("The bucket {bucket} has its former lifecycle rules again.")
            } else {
                format!("The bucket {bucket} already has these lifecycle rules. Nothing was changed.")
            });
            Ok(changed)
        }
        Ok(Err(error)) => {
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
        Err(_) => Err(Code::CouldNot),
    }
}

fn stop<T>(session: &mut Session<'_>, code: Code, what: &str, cause: &str, hint: &str) -> Result<T, Code> {
    Err(session.stop(code, trouble(what, cause, hint)).err().unwrap_or(code))
}
