//! Says which faults of the files stop Score, for a deployment whose settings stay as they are.

use crate::{
    answers::draft::{Found, Origin, Problem},
    install::{
        deployment::{Launch, Launcher},
        lint,
        spring::SourcePosition,
    },
    score::{Severity, setting},
    wizard::State,
};

impl State {
    /// Separates the faults of the files that stop Score, or its clients, from those that do not. Reports each setting once.
    #[must_use]
    pub fn file_problems(&self, found: &Found) -> (Vec<Problem>, Vec<Problem>) {
        let certain = self.certain();
        let (findings, notes): (Vec<_>, Vec<_>) = self.in_files().into_iter().partition(certain);
        let as_problems = |all| lint::joined(all).iter().map(|finding| self.as_problem(finding)).collect();
        let (mut problems, notes): (Vec<Problem>, Vec<Problem>) = (as_problems(findings), as_problems(notes));
        let wrong = found.wrong.iter().filter(|wrong| !concern(&problems, wrong.settings.first()));
        let wrong: Vec<_> = wrong.cloned().collect();
        problems.extend(wrong);
        (problems, notes)
    }

    /// Returns the findings in the files. A form without a properties file may contain settings too.
    fn in_files(&self) -> Vec<lint::FileFinding> {
        let environment = self.working().and_then(|working| working.environment.as_ref());
        if environment.is_some_and(|environment| !environment.variables.is_empty()) {
            let api = self.draft.provider.map(|provider| provider.api);
            let all = |working| lint::lint_possible(working, &self.launches_for_lint(), api);
            return self.working().map(all).unwrap_or_default();
        }
        self.lint()
    }

    /// Decides whether a finding certainly stops Score. If the launcher is unknown, it must stop Score with both launchers:
    /// the jar contains most of the defaults that the distribution does not have.
    fn certain(&self) -> impl Fn(&lint::FileFinding) -> bool + use<> {
        let unknown = self.working().filter(|deployment| deployment.start.is_none());
        let by_jar = unknown.map(|deployment| {
            let launch = Launch::of(deployment, self.launch().release, Launcher::Jar);
            lint::lint(deployment, &launch, self.draft.provider.map(|provider| provider.api))
        });
        move |finding| {
            let same = |other: &lint::FileFinding| {
                other.severity > Severity::Note && (other.id, &other.settings) == (finding.id, &finding.settings)
            };
            finding.severity > Severity::Note
                && finding.releases.is_empty()
                && by_jar.as_ref().is_none_or(|found| found.iter().any(same))
        }
    }

    fn as_problem(&self, finding: &lint::FileFinding) -> Problem {
        let origin = finding.line.map(|line| {
            let file = finding.file.clone();
            if file == self.path {
                Origin::File { line }
            } else {
                Origin::Elsewhere(SourcePosition::Line { file, line })
            }
        });
        let settings = finding.settings.iter().filter_map(|key| Some(setting(key)?.key)).collect();
        let holder = finding.holder.as_ref().map_or_else(String::new, |holder| format!("{holder}: "));
        let object = finding.object.as_ref().map_or_else(String::new, |object| format!("{object}: "));
        let message = format!("{holder}{object}{} [{}]", finding.summary, finding.id);
        Problem::new(finding.id, settings, message).of(origin).that_stops(finding.severity)
    }
}

/// Returns true if one of the problems is about this setting.
#[must_use]
pub fn concern(problems: &[Problem], key: Option<&&'static str>) -> bool {
    key.is_some_and(|key| problems.iter().any(|problem| problem.settings.contains(key)))
}
