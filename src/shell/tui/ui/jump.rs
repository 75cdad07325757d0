//! Lists the entries of a page of findings: problems of the answers, findings in the files, and findings of the checks.
//! Each can lead to a field.

use crate::{
    answers::draft::{self, Problem},
    install::lint,
    score::{self, Id, Severity, key},
    store::checks::Finding,
    wizard::{Purpose, Standing, State, field::step_of},
};

/// An entry that leads to a field, or that can be fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Jump {
    Problem(Problem),
    /// A finding in the files.
    File(lint::FileFinding),
    /// A finding of the checks.
    Finding(Finding),
    /// The way on, past the fields that still need an answer.
    Continue(Vec<&'static str>),
}

impl Jump {
    /// Returns what stops because of it. A problem of the answers keeps Score from starting.
    fn severity(&self) -> Severity {
        match self {
            Self::Problem(_) => Severity::Start,
            Self::File(finding) => finding.severity,
            Self::Finding(finding) => finding.severity,
            Self::Continue(_) => Severity::Note,
        }
    }

    /// Returns the field of the entry: the first of its settings that is asked.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        let asked = |key: &&str| step_of(key).is_some();
        match self {
            Self::Problem(problem) => problem.settings.iter().copied().find(asked),
            Self::Finding(finding) => finding.settings.iter().copied().find(asked).map(|key| asking(finding.id, key)),
            Self::Continue(_) => None,
            Self::File(finding) => {
                let known = |key: &String| match key.as_str() {
                    key::SPRING_PROFILES_ACTIVE => Some(key::SPRING_PROFILES_ACTIVE),
                    key => score::setting(key).map(|setting| setting.key),
                };
                finding.settings.iter().filter_map(known).find(asked)
            }
        }
    }
}

/// Returns the field that asks for the setting of a finding. The cloud is written after the account key, and all findings
/// but one are about the cloud.
fn asking(id: Id, key: &'static str) -> &'static str {
    match (key, id) {
        (key::AZURE_ACCOUNT_KEY, Id::P59) => key,
        (key::AZURE_ACCOUNT_KEY, _) => draft::CLOUD,
        _ => key,
    }
}

/// Returns the entries of the page of the checks. Problems of the answers come first, because they prevent checks. What
/// the checks found and, in troubleshooting, what is in the files follow together, the worst first. Otherwise, of the files
/// only those that every user can read are listed. The way on is last, once the checks have ended.
#[must_use]
pub(super) fn jumps<'a>(
    state: &State,
    problems: &[Problem],
    files: impl Iterator<Item = &'a lint::FileFinding>,
) -> Vec<Jump> {
    // Later pages ask for the rest.
    let reached =
        |problem: &&Problem| problem.settings.iter().all(|key| step_of(key).is_none_or(|step| step <= state.reached));
    let problems = problems.iter().filter(reached).cloned().map(Jump::Problem);
    let files: Vec<_> =
        if state.purpose == Some(Purpose::Troubleshoot) { files.cloned().collect() } else { state.exposed() };
    let store = state.run.iter().flat_map(|run| run.board.causes());
    // A fault that both show is fixed in the file.
    let twice = |finding: &Finding| {
        files.iter().any(|file| {
            file.id == finding.id
                && finding.settings.first().is_some_and(|key| file.settings.iter().any(|own| own == key))
        })
    };
    let mut found: Vec<_> = store.filter(|finding| !twice(finding)).map(Jump::Finding).collect();
    found.extend(files.into_iter().map(Jump::File));
    found.sort_by_key(|jump| std::cmp::Reverse(jump.severity()));
    let on = matches!(state.standing(), Standing::NotRun | Standing::Ended(_)).then(|| Jump::Continue(state.ahead()));
    problems.chain(found).chain(on).collect()
}

/// Returns the entries of the page of the files.
#[must_use]
pub(super) fn in_files(state: &State, files: &[lint::FileFinding]) -> Vec<Jump> {
    files.iter().cloned().map(Jump::File).chain([Jump::Continue(state.ahead())]).collect()
}

/// Returns the entries of a review that nothing can be written from.
#[must_use]
pub(super) fn unanswered(problems: &[Problem]) -> Vec<Jump> {
    problems.iter().cloned().map(Jump::Problem).collect()
}

/// Returns the field of the first problem that has one.
#[must_use]
pub(super) fn first_problem(state: &State) -> Option<&'static str> {
    state.problems().into_iter().find_map(|problem| Jump::Problem(problem).field())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_about_the_cloud_leads_to_the_cloud() {
        assert_eq!(asking(Id::P31, key::AZURE_ACCOUNT_KEY), draft::CLOUD);
        assert_eq!(asking(Id::P59, key::AZURE_ACCOUNT_KEY), key::AZURE_ACCOUNT_KEY);
        assert_eq!(asking(Id::P31, key::S3_ENDPOINT), key::S3_ENDPOINT);
    }
}
