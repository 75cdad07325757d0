//! Computes the files as they will be: the existing file, or else the template, with the target's settings, and the
//! difference with secrets masked. Does not read or write files; `effects` does.

mod application;
mod changes;
mod companions;
pub mod diff;
pub mod export;
mod exported;
mod failed;
mod files;
mod in_place;
mod overridden;
mod relocation;
pub mod rotation;
mod variable_names;
mod variables;

pub use changes::{KeyChange, changes};
pub use diff::Diff;
pub use failed::{FailedMarker, marked};
pub use files::{FileChange, ModeChange, Proposal, Receipt, Remedy, WriteError, WriteRefusal, Written, edited};
pub use variable_names::variable;
pub use variables::file as variables_file;

use crate::{
    answers::{draft::Problem, target::Target},
    forms::{Base, EnvironmentOrigin},
    install::{
        deployment::{self, Deployment, ExportForm, Launch, Launcher, Setup},
        mark::{self, Mark},
        recognise,
        spring::View,
    },
    score::{Id, Spelling, key},
    text::properties::{BadEscape, Document},
};
use companions::change;
use failed::mark_failed;

/// The reason why there is no proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProposalRefused {
    /// Java refuses the existing file as a whole.
    Unreadable(BadEscape),
    /// Values that cannot be written where Score reads them, or another file that Java refuses.
    Problems(Vec<Problem>),
}

/// Computes the files, in the order of writing. `read` is the deployment as it was read, `working`
/// contains the accepted fixes, and `target` the answers.
///
/// # Errors
/// Returns an error if an existing file cannot be parsed, or a value cannot be written.
pub fn propose(
    read: &Deployment,
    working: &Deployment,
    target: &Target,
    setup: &Setup,
    mark: FailedMarker,
) -> Result<Proposal, ProposalRefused> {
    let launch = wanted_launch(working, target, setup);
    if let Some(exported) = exported(working, target, setup, mark) {
        let mut files = exported?.files;
        if let Some(last) = files.last_mut() {
            last.notes.extend(relocations(working, target, setup));
        }
        return Ok(Proposal::of(files, read, working));
    }
    if launch.start == Launcher::Docker {
        return in_container(read, working, target, &launch, mark);
    }
    // A unit without a properties file gets its settings from its file of variables.
    let by_unit = working.form() == Some(ExportForm::Systemd) && working.application.bytes.is_none();
    if by_unit && let Some(changed) = in_place::proposed(read, working, target, &launch) {
        return changed.map(|files| Proposal::of(files, read, working)).map_err(ProposalRefused::Problems);
    }
    if by_unit && let Some(refused) = unchanged_unit(working, target, &launch) {
        return Err(refused);
    }
    let mut after = working.clone();
    let mut files = Vec::new();
    let beside = setup.companion_files && companions::has_companions(working);
    if beside && launch.start == Launcher::Wrapper {
        let bootstrap = companions::bootstrap(&read.bootstrap, working, &launch)
            .map_err(|bad| ProposalRefused::beside("bootstrap.properties", &bad))?;
        files.extend(bootstrap);
        files.extend(companions::wrapper(&read.wrapper, working, &launch));
    }
    let (as_read, bytes) = (read.application.bytes.as_deref(), working.application.bytes.as_deref());
    let first = setup.taken_from.is_none()
        && Document::parse(as_read.unwrap_or_default()).is_ok_and(|document| document.keyless());
    // The template contains what fixes would put into a file without settings, each in its place.
    let mut document =
        application::edited(if first { as_read } else { bytes }, target).map_err(ProposalRefused::Unreadable)?;
    after.application.bytes = Some(document.to_bytes());
    if launch.start == Launcher::Jar && Launch::of(&after, launch.release, launch.start).profiles != launch.profiles {
        // No source overrides the file here: a plain jar does not read the arguments of the wrapper.
        document.set(key::SPRING_PROFILES_ACTIVE, Spelling::Relaxed, &launch.profiles.join(","));
    }
    mark_release(&mut document, target);
    mark_failed(&mut document, mark);
    after.application.bytes = Some(document.to_bytes());
    if beside {
        let changed = overridden::profile_files(&after, target, &launch)
            .map_err(|bad| ProposalRefused::beside("a file of a profile", &bad))?;
        for file in changed {
            let before = read.profile_files.iter().find(|one| one.base.path == file.base.path);
            let absent = Base::absent(file.base.path.clone());
            let base = before.map_or(&absent, |file| &file.base);
            files.push(change(base, file.base.bytes.clone().unwrap_or_default(), Vec::new()));
            after.profile_files.retain(|one| one.base.path != file.base.path);
            after.profile_files.push(file);
        }
    }
    for file in &files {
        if file.path == after.wrapper.path {
            after.wrapper.bytes = Some(file.after.clone());
        }
    }
    let mut notes = relocations(working, target, setup);
    notes.extend(application::notes(&document, target));
    notes.extend(overridden::notes(&after, target, &launch));
    files.push(change(&read.application, document.to_bytes(), notes));
    Ok(Proposal::of(files, read, working))
}

/// Computes the files of the chosen form. `None` if no form is written as new files.
fn exported(
    working: &Deployment,
    target: &Target,
    setup: &Setup,
    mark: FailedMarker,
) -> Option<Result<exported::ExportedForm, ProposalRefused>> {
    let form = setup.new_form(Some(working))?;
    let launches = [&as_is(working, target, setup), &wanted_launch(working, target, setup)];
    Some(exported::proposed(working, target, form, launches, mark).map_err(ProposalRefused::Problems))
}

/// Returns what the operator does with the files of the chosen form. `None` if no form is written as new files.
#[must_use]
pub fn form_steps(working: &Deployment, target: &Target, setup: &Setup) -> Option<Vec<String>> {
    let exported = exported(working, target, setup, FailedMarker::Leave)?;
    Some(exported.map(|exported| exported.steps).unwrap_or_default())
}

/// Computes the proposal for the official image, which reads variables and no properties file.
fn in_container(
    read: &Deployment,
    working: &Deployment,
    target: &Target,
    launch: &Launch,
    mark: FailedMarker,
) -> Result<Proposal, ProposalRefused> {
    let setup = Setup { start: Some(Launcher::Docker), ..Setup::default() };
    if let Some(changed) = in_place::proposed(read, working, target, launch) {
        let mut files = changed.map_err(ProposalRefused::Problems)?;
        if let Some(last) = files.last_mut() {
            last.notes.extend(relocations(working, target, &setup));
        }
        return Ok(Proposal::of(files, read, working));
    }
    if let Some(refused) = unchanged_description(working, target, launch) {
        return Err(refused);
    }
    let mut change = variables::proposed(read, working, target, launch, mark).map_err(ProposalRefused::Problems)?;
    let after = variables::applied(working, &change.path, change.after.clone());
    change.notes.extend(relocations(working, target, &setup));
    change.notes.extend(overridden::notes(&after, target, launch));
    Ok(Proposal::of(vec![change], read, working))
}

/// Returns the refusal with the variables to set, if a form describes them that is not changed.
fn unchanged_description(working: &Deployment, target: &Target, launch: &Launch) -> Option<ProposalRefused> {
    let EnvironmentOrigin::Described { path, name, .. } = &working.environment.as_ref()?.origin else { return None };
    let lines = in_place::lines_to_paste(working, target, launch).join("\n    ");
    let message = format!(
        "score-setup reads {name} in {} and does not change it. Set these variables there, or write an env file and use it:\n    {lines}",
        path.display()
    );
    Some(ProposalRefused::Problems(vec![Problem::new(Id::T56, Vec::new(), message)]))
}

/// Returns the same refusal for a unit if the folder of its Score was not found. A properties file beside the unit would
/// not be read.
fn unchanged_unit(working: &Deployment, target: &Target, launch: &Launch) -> Option<ProposalRefused> {
    let unit = &working.sources.first()?.path;
    let beside = working.application.path.parent() == unit.parent();
    beside.then(|| unchanged_description(working, target, launch)).flatten()
}

/// Returns the launch of Score with the target's release, start and profiles.
#[must_use]
pub fn wanted_launch(working: &Deployment, target: &Target, setup: &Setup) -> Launch {
    let as_is = as_is(working, target, setup);
    let (release, api) = (target.release, target.provider.api);
    let profiles = deployment::profiles(&as_is.profiles, release, api, setup, target.authorized);
    let start = if setup.new_form(Some(working)).is_some() { Launcher::Docker } else { as_is.start };
    Launch { release, start, profiles }
}

fn as_is(working: &Deployment, target: &Target, setup: &Setup) -> Launch {
    let release = recognise::releases(working, None).told().unwrap_or(target.release);
    Launch::of(working, release, setup.start(Some(working)))
}

/// Returns one sentence for each change that makes Score look elsewhere for its stored objects.
#[must_use]
pub fn relocations(working: &Deployment, target: &Target, setup: &Setup) -> Vec<String> {
    let before = View::answers(working, &as_is(working, target, setup));
    relocation::notes(&before, target)
}

/// Writes the comment that tells the release and the provider, unless the file has it.
fn mark_release(document: &mut Document, target: &Target) {
    let mark = Mark { release: target.release, provider: Some(target.provider) };
    if Mark::read(&document.to_bytes()) != Some(mark) {
        document.drop_comments(mark::BEGINNING);
        document.put_first(&mark.to_string());
    }
}

impl ProposalRefused {
    fn beside(file: &str, bad: &BadEscape) -> Self {
        Self::Problems(vec![Problem::new(Id::P07, Vec::new(), format!("{file}: {bad}."))])
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{failed::MARK, *};
    use crate::{
        answers::draft::{Draft, Origin, Text},
        forms::Base,
        score::{Release, provider::provider},
        text::secret::Secret,
    };

    fn target(release: Release) -> Target {
        let mut draft = Draft::default();
        (draft.release, draft.provider) = (Some(release), provider("minio"));
        for (key, text) in [
            ("s3.endpoint", "http://minio.lab.example:9000"),
            ("s3.accessKey", "scoreuser"),
            ("bucket.name.object", "score-object"),
            ("bucket.name.state", "score-state"),
            ("metadata.url", "https://song.example.org"),
        ] {
            draft.give(key, Text::Plain(text.into()), Origin::Typed);
        }
        draft.give("s3.secretKey", Text::Secret(Secret::new("canary\\${x}")), Origin::Typed);
        draft.target().unwrap()
    }

    fn base(bytes: Option<&[u8]>) -> Deployment {
        let path = PathBuf::from("conf/application.properties");
        Deployment::of_file(Base { path, bytes: bytes.map(<[u8]>::to_vec), notes: vec![] })
    }

    fn change(base: &Deployment, release: Release, mark: FailedMarker) -> FileChange {
        let mut proposal = propose(base, base, &target(release), &Setup::default(), mark).unwrap();
        proposal.files.pop().unwrap()
    }

    /// Returns the deployment after all proposed files were written.
    fn written(base: &Deployment, release: Release, mark: FailedMarker) -> Deployment {
        let mut after = base.clone();
        for file in propose(base, base, &target(release), &Setup::default(), mark).unwrap().files {
            for base in [&mut after.application, &mut after.bootstrap, &mut after.wrapper] {
                if base.path == file.path {
                    base.bytes = Some(file.after.clone());
                }
            }
        }
        after
    }

    /// Returns the values that Spring reads, and the values of the target.
    fn seen_and_wanted(bytes: &[u8], release: Release) -> (Vec<Option<String>>, Vec<Option<String>>) {
        let document = Document::parse(bytes).unwrap();
        let value = |assignment: &crate::answers::target::Assignment| {
            let pair = document.effective(assignment.name, assignment.setting.spelling())?;
            Some(String::from_utf16(pair.value).unwrap())
        };
        let target = target(release);
        let wanted = target.assignments.iter().map(|assignment| Some(assignment.value.for_file().to_owned()));
        (target.assignments.iter().map(value).collect(), wanted.collect())
    }

    #[test]
    fn a_new_file_says_all_that_the_target_says_and_nothing_else() {
        for release in Release::ALL {
            let change = change(&base(None), release, FailedMarker::Drop);
            let (seen, wanted) = seen_and_wanted(&change.after, release);
            assert_eq!(seen, wanted);
            let document = Document::parse(&change.after).unwrap();
            assert_eq!(document.pairs().count(), wanted.len(), "{release}");
            assert!(change.after.is_ascii() && change.notes.is_empty(), "{release}: {:?}", change.notes);
        }
    }

    #[test]
    fn what_is_proposed_needs_no_further_proposal() {
        for before in
            [None, Some(&b"# shipped\r\n# s3.bucket.name="[..]), Some(b"s3.secret-key=a\ns3.secretKey=b"), Some(b"")]
        {
            for mark in [FailedMarker::Drop, FailedMarker::Put, FailedMarker::Leave] {
                let first = change(&base(before), Release::R5_11, mark);
                let again = written(&base(before), Release::R5_11, mark);
                let again = propose(&again, &again, &target(Release::R5_11), &Setup::default(), mark).unwrap();
                assert!(first.changed() && !again.changed());
                assert_eq!(again.to_text(), "");
            }
        }
    }

    #[test]
    fn the_shipped_comments_are_kept_in_front_of_the_template() {
        let shipped = b"# Score\r\n#\r\n# s3.bucket.name=";
        let after = change(&base(Some(shipped)), Release::R5_12, FailedMarker::Drop).after;
        let mark = "# score-setup: release 5.12, provider minio\r\n";
        let expected = format!("{mark}# Score\r\n#\r\n# s3.bucket.name=\r\n\r\n");
        assert!(after.starts_with(expected.as_bytes()));
        let alone = change(&base(None), Release::R5_12, FailedMarker::Drop).after;
        let alone = String::from_utf8(alone).unwrap().replace('\n', "\r\n").replacen(mark, "", 1);
        assert!(String::from_utf8(after).unwrap().ends_with(&alone));
    }

    #[test]
    fn an_existing_file_keeps_everything_that_is_not_ours() {
        let before = "! mine\nserver.port : 5431\nunknown.key=1\ns3.endpoint = http://old:9000\n\n\
                      s3.secret-key=old\ns3.secretKey=other\n# end";
        let after = change(&base(Some(before.as_bytes())), Release::R5_11, FailedMarker::Drop).after;
        let expected = "\
# score-setup: release 5.11, provider minio
! mine
server.port : 8080
server.ssl.enabled=false
server.cors.allowedOrigins=http://localhost:8081
unknown.key=1
s3.endpoint = http://minio.lab.example:9000

s3.secret-key=canary\\\\${score.setup.literal:$}{x}
#s3.secretKey=other
s3.accessKey=scoreuser
s3.sigV4Enabled=true
s3.preSignedUrl.override.host=
s3.secured=false
# end
bucket.name.object=score-object
";
        let after = String::from_utf8(after).unwrap();
        let begins = &after[..expected.len().min(after.len())];
        assert_eq!(begins, expected);
    }

    #[test]
    fn the_mark_of_failed_checks_is_there_once_and_goes_when_they_pass() {
        let fine = change(&base(None), Release::R5_11, FailedMarker::Drop).after;
        let marked = change(&base(None), Release::R5_11, FailedMarker::Put).after;
        assert_eq!(marked, [MARK.as_bytes(), b". Check again before clients use it.\n", &fine].concat());
        assert_eq!(change(&base(Some(&marked)), Release::R5_11, FailedMarker::Put).after, marked);
        assert_eq!(change(&base(Some(&marked)), Release::R5_11, FailedMarker::Leave).after, marked);
        assert_eq!(change(&base(Some(&marked)), Release::R5_11, FailedMarker::Drop).after, fine);
    }

    #[test]
    fn other_documents_and_a_byte_order_mark_are_left_and_told() {
        let before = b"\xef\xbb\xbfs3.endpoint=http://x:1\n#---\nbucket.name.state=mine\n";
        let change = change(&base(Some(before)), Release::R5_11, FailedMarker::Drop);
        let again =
            change.after.split(|byte| *byte == b'\n').position(|line| line == b"bucket.name.state=mine").unwrap() + 1;
        assert_eq!(
            change.notes,
            [
                "bucket.name.state changes: unfinished uploads stay in the old one, and start again.".to_owned(),
                format!(
                    "Line {again}, after a #---, sets bucket.name.state again and may override this value. score-setup does not change it."
                ),
            ]
        );
        let expected = b"# score-setup: release 5.11, provider minio\n#\xef\xbb\xbfs3.endpoint=http://x:1\n";
        assert!(change.after.starts_with(expected));
        let (seen, wanted) = seen_and_wanted(&change.after, Release::R5_11);
        assert_eq!(seen, wanted);
    }

    #[test]
    fn the_fingerprint_is_of_what_would_be_written() {
        let of = |bytes: Option<&[u8]>, mark| {
            propose(&base(bytes), &base(bytes), &target(Release::R5_11), &Setup::default(), mark).unwrap().fingerprint
        };
        assert_eq!(of(None, FailedMarker::Drop), of(None, FailedMarker::Drop));
        let all = [
            of(None, FailedMarker::Drop),
            of(None, FailedMarker::Put),
            of(Some(b""), FailedMarker::Drop),
            of(Some(b"a=b"), FailedMarker::Drop),
        ];
        assert_eq!(std::collections::HashSet::from(all).len(), all.len());
    }

    #[test]
    fn debug_shows_no_secret() {
        let proposal = propose(
            &base(Some(b"s3.secretKey=canary")),
            &base(Some(b"s3.secretKey=canary")),
            &target(Release::R5_11),
            &Setup::default(),
            FailedMarker::Drop,
        )
        .unwrap();
        assert!(!format!("{proposal:?}").contains("canary"));
    }
}
