//! The comment in a file that was written although checks failed.

use super::{edited, variables};
use crate::{
    forms::{EnvironmentOrigin, env_file::EnvFile},
    install::deployment::{Deployment, Launcher},
    text::properties::Document,
};

/// The beginning of the comment.
pub(super) const MARK: &str = "# Written by score-setup although checks failed";

/// The treatment of the comment about failed checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailedMarker {
    /// The checks failed on these values: write the comment.
    Put,
    /// The checks passed: remove the comment.
    Drop,
    /// The checks have no result for these values: keep the comment of an earlier run.
    Leave,
}

pub(super) fn mark_failed(document: &mut Document, mark: FailedMarker) {
    if mark != FailedMarker::Leave {
        document.drop_comments(MARK);
    }
    if mark == FailedMarker::Put {
        document.put_first(&comment());
    }
}

pub(super) fn mark_variables(variables: &mut EnvFile, mark: FailedMarker) {
    if mark != FailedMarker::Leave {
        variables.drop_comments(MARK);
    }
    if mark == FailedMarker::Put {
        variables.put_first(&comment());
    }
}

/// Returns the line of the comment.
pub(super) fn comment() -> String {
    format!("{MARK}. Check again before clients use it.")
}

/// Returns the edited deployment with the comment in its main file, or without it. Returns it as it is if nothing was edited.
#[must_use]
pub fn marked(read: &Deployment, working: &Deployment, start: Launcher, mark: FailedMarker) -> Deployment {
    let mut after = working.clone();
    if mark == FailedMarker::Leave || edited(read, working).is_empty() {
        return after;
    }
    let docker = start == Launcher::Docker;
    let base = if docker { variables::file(working) } else { &working.application };
    let Some(bytes) = base.bytes.as_deref().filter(|bytes| mark == FailedMarker::Put || has_mark(bytes)) else {
        return after;
    };
    if docker {
        let mut lines = EnvFile::parse(bytes);
        mark_variables(&mut lines, mark);
        let bytes = Some(lines.to_bytes());
        if after.variables.path == base.path {
            after.variables.bytes.clone_from(&bytes);
        }
        if let Some(EnvironmentOrigin::File(given)) = after.environment.as_mut().map(|known| &mut known.origin) {
            given.bytes = bytes;
        }
    } else if let Ok(mut document) = Document::parse(bytes) {
        mark_failed(&mut document, mark);
        after.application.bytes = Some(document.to_bytes());
    }
    after
}

fn has_mark(bytes: &[u8]) -> bool {
    String::from_utf8_lossy(bytes).contains(MARK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forms::{Base, Environment};

    #[test]
    fn the_comment_comes_and_goes_with_other_changes() {
        let base = |name: &str, text: &str| Base { bytes: Some(text.into()), ..Base::absent(name.into()) };
        let with = |start, text: &str| {
            let mut deployment = Deployment::of_file(Base::absent("conf/application.properties".into()));
            match start {
                Launcher::Docker => {
                    let origin = EnvironmentOrigin::File(base("conf/score.env", text));
                    deployment.environment = Some(Environment { origin, variables: Vec::new() });
                }
                _ => deployment.application = base("conf/application.properties", text),
            }
            deployment
        };
        for start in [Launcher::Wrapper, Launcher::Docker] {
            let (old, new) = (with(start, "# mine\nA=old\n"), with(start, "# mine\nA=new\n"));
            let text = |read: &Deployment, working: &Deployment, mark| {
                let changes = edited(read, &marked(read, working, start, mark));
                changes.first().map(|change| String::from_utf8(change.after.clone()).unwrap())
            };
            let put = text(&old, &new, FailedMarker::Put).unwrap();
            assert_eq!(put, format!("{}\n# mine\nA=new\n", comment()));
            let failed = with(start, &put);
            let again = with(start, &put.replace("new", "newer"));
            assert_eq!(text(&failed, &again, FailedMarker::Drop).unwrap(), "# mine\nA=newer\n");
            assert_eq!(text(&failed, &again, FailedMarker::Leave).unwrap(), put.replace("new", "newer"));
            // Nothing is written for the comment alone.
            assert_eq!(text(&failed, &failed, FailedMarker::Drop), None);
            assert_eq!(text(&old, &old, FailedMarker::Put), None);
        }
    }
}
