//! Finds faults in the files of a deployment without any request: the effect on Score, the position, and the edit that
//! fixes it. Pure. Has the words of each finding. The limits of a value are in `text::values`, and the effective value
//! comes from `spring`.
//!
//! ```text
//!  Deployment ─► LintInput: every line, what it sets or was meant to set, and the effective values (spring::View)
//!                  │         page: the lines · normalize: a value as it was meant · placeholders: ${…}
//!                  │
//!                  ├─ bytes          what Java cannot read, or reads otherwise
//!                  ├─ keys           misspelled, unread, of another release, twice (unread: why Score does not read a key)
//!                  ├─ needs          what this release demands and nothing sets
//!                  ├─ values         what Score makes of each value (value_faults: by the validator of its row)
//!                  ├─ cross_checks   what is wrong between values
//!                  ├─ scopes         what a token needs for uploads and downloads
//!                  ├─ profiles       what spring.profiles.active switches on
//!                  ├─ installation   Vault, key store, wrapper.conf, Docker
//!                  ├─ variables      variables that set nothing
//!                  ├─ exposure       files with secrets that every user can read
//!                  ├─ compose        what compose and Kubernetes change, and what is not read
//!                  └─ objects        faults of the objects that start Score
//!
//!  Finding, with its Edits ─► fix: carries them out
//!  LintInput ─► form: what is only a matter of form, and never the meaning of a value
//! ```

mod bytes;
mod compose;
mod cross_checks;
mod exposure;
mod finding;
mod fix;
mod form;
mod input;
mod installation;
mod keys;
mod needs;
mod normalize;
mod objects;
mod page;
mod placeholders;
mod profiles;
mod scopes;
pub(crate) mod unread;
mod value_faults;
mod values;
mod variables;
mod yaml;

pub use exposure::exposed;
pub use finding::{Absence, Edit, FileFinding, joined};
pub use fix::fix;
pub use form::{fix_form, removed_by_form};

use std::{collections::HashMap, path::Path};

use crate::{
    install::{
        deployment::{Deployment, Launch},
        spring::SourceSet,
    },
    score::{Api, Id, Release, Severity},
};
use input::LintInput;

/// Returns all findings about this deployment, the worst first, then in the order of the files. `api` is the kind of
/// store it is for, if that is known.
#[must_use]
pub fn lint(deployment: &Deployment, stand: &Launch, api: Option<Api>) -> Vec<FileFinding> {
    lint_launch(&SourceSet::of(deployment), stand, api)
}

fn lint_launch(sources: &SourceSet<'_>, stand: &Launch, api: Option<Api>) -> Vec<FileFinding> {
    let input = LintInput::new(sources, stand, api);
    let groups: [fn(&LintInput<'_>) -> Vec<FileFinding>; 12] = [
        bytes::findings,
        keys::findings,
        needs::findings,
        values::findings,
        cross_checks::findings,
        scopes::findings,
        profiles::findings,
        installation::findings,
        variables::findings,
        compose::findings,
        objects::findings,
        exposure::findings,
    ];
    let mut all: Vec<FileFinding> = groups.iter().flat_map(|group| group(&input)).collect();
    compose::keep_certain(&input, &mut all);
    let whole = all.iter_mut().filter(|finding| finding.object.is_none() && finding.file == input.home());
    whole.for_each(|finding| finding.object = input.described());
    sort(&mut all, sources.deployment);
    all.dedup();
    all
}

/// Sorts findings: the worst first, then in the order of the files.
fn sort(findings: &mut [FileFinding], deployment: &Deployment) {
    findings
        .sort_by_key(|finding| (std::cmp::Reverse(finding.severity), rank(deployment, &finding.file), finding.line));
}

/// Returns the position of a file in the order of the report.
fn rank(deployment: &Deployment, file: &Path) -> usize {
    let own = [&deployment.wrapper.path, &deployment.bootstrap.path, &deployment.application.path];
    own.iter().position(|path| *path == file).unwrap_or(own.len())
}

/// Returns the findings about a deployment whose release may be that of any of these launches. A finding that does not
/// hold for all of them begins with its condition.
#[must_use]
pub fn lint_possible(deployment: &Deployment, launches: &[Launch], api: Option<Api>) -> Vec<FileFinding> {
    lint_sources(&SourceSet::of(deployment), launches, api)
}

/// Returns the same as `lint_possible`, from sources that may have been read already.
#[must_use]
pub fn lint_sources(sources: &SourceSet<'_>, launches: &[Launch], api: Option<Api>) -> Vec<FileFinding> {
    if let [launch] = launches {
        return lint_launch(sources, launch, api);
    }
    let mut met: Vec<Vec<(Release, FileFinding)>> = Vec::new();
    let mut places: HashMap<(Id, Option<usize>), Vec<usize>> = HashMap::new();
    for launch in launches {
        for finding in lint_launch(sources, launch, api) {
            let alike = places.entry((finding.id, finding.line)).or_default();
            let same = |at: &usize| met[*at].first().is_some_and(|(_, other)| other.says_the_same(&finding));
            if let Some(at) = alike.iter().copied().find(same) {
                met[at].push((launch.release, finding));
            } else {
                alike.push(met.len());
                met.push(vec![(launch.release, finding)]);
            }
        }
    }
    let mut all: Vec<FileFinding> =
        met.into_iter().filter_map(|same| FileFinding::of_releases(same, launches.len())).collect();
    sort(&mut all, sources.deployment);
    all
}

/// Returns true if Score fails, whatever its release is: for each launch, a finding that holds for it is more than a
/// note.
#[must_use]
pub fn fails(findings: &[FileFinding], launches: &[Launch]) -> bool {
    let fails = |launch: &Launch| {
        let holds = |finding: &&FileFinding| finding.releases.is_empty() || finding.releases.contains(&launch.release);
        findings.iter().filter(holds).any(|finding| finding.severity > Severity::Note)
    };
    launches.iter().all(fails)
}

/// Fixes everything that needs no answer and has only wanted edits. Returns the deployment after that, and the findings that are left.
#[must_use]
pub fn fix_all(
    deployment: &Deployment,
    stand: &Launch,
    api: Option<Api>,
    wanted: &dyn Fn(&Edit) -> bool,
) -> (Deployment, Vec<FileFinding>) {
    // One fix can uncover another fault, such as a wrong value under a name that was misspelled. Each round removes at
    // least one fault, so the loop ends. `ROUNDS` guards against a bug.
    const ROUNDS: usize = 5;
    let mut fixed = deployment.clone();
    let mut stand = stand.clone();
    for _ in 0..ROUNDS {
        let mut found = lint(&fixed, &stand, api);
        found.retain(|finding| finding.edits.iter().all(wanted));
        let next = fix(&fixed, &found);
        if next == fixed {
            break;
        }
        if next.wrapper != fixed.wrapper {
            stand = Launch::of(&next, stand.release, stand.start);
        }
        fixed = next;
    }
    let left = lint(&fixed, &stand, api);
    (fixed, left)
}
