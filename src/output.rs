//! What the files would become: the existing file, or else the template, with the target's keys set; the difference, with
//! secrets masked. Pure: reading and writing is `effects`.

pub mod diff;
mod files;
mod mask;
mod values;

pub use diff::Diff;
pub use files::{FileChange, Proposal, Receipt, WriteError, Written};
pub use mask::{shown_text, shown_value};
pub use values::{Value, values};

use crate::{
    catalogue::Api,
    deployment::{Deployment, Setup},
    lint,
    properties::{BadEscape, Document, Spelling},
    target::Target,
};

/// A complete properties file for each kind of store; creating a file is editing one.
fn template(api: Api) -> &'static str {
    match api {
        Api::S3 => include_str!("../templates/s3.properties"),
        Api::Azure => include_str!("../templates/azure.properties"),
    }
}

/// How the mark of a file begins that was written although checks failed.
const MARK: &str = "# Written by score-setup although checks failed";

/// What becomes of the mark of failed checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// They failed on these values.
    Put,
    /// They passed.
    Drop,
    /// Nothing is known of these values: what an earlier run said stays.
    Leave,
}

/// The existing file, or else the provider's template, with the target's keys set: from the deployment as it was read to
/// what it is to become, by way of the accepted repairs (`working`).
///
/// # Errors
/// Where the existing file cannot be read as properties.
pub fn propose(
    read: &Deployment,
    working: &Deployment,
    target: &Target,
    _: &Setup,
    mark: Mark,
) -> Result<Proposal, BadEscape> {
    let mut document = Document::parse(working.application.bytes.as_deref().unwrap_or_default())?;
    if document.keyless() {
        // The file that Score ships is all comments. They are the operator's to keep, so the template goes behind them.
        document.append(instantiate(target)?);
    }
    for assignment in &target.assignments {
        document.set(assignment.name, assignment.setting.spelling(), assignment.value.for_file());
    }
    if mark != Mark::Leave {
        document.drop_comments(MARK);
    }
    if mark == Mark::Put {
        document.put_first(&format!("{MARK}. Check again before it serves."));
    }
    let notes = notes(&document, target);
    let change = FileChange {
        path: read.application.path.clone(),
        before: read.application.bytes.clone(),
        after: document.to_bytes(),
        notes,
    };
    Ok(Proposal::new(vec![change]))
}

/// The template without the keys that this target does not set, such as those of another release.
fn instantiate(target: &Target) -> Result<Document, BadEscape> {
    let mut template = Document::parse(template(target.provider.api).as_bytes())?;
    let keys: Vec<String> = template.pairs().map(|pair| String::from_utf16_lossy(pair.key)).collect();
    for key in keys.iter().filter(|key| target.assignments.iter().all(|assignment| assignment.name != **key)) {
        template.unset(key, Spelling::Exact);
    }
    Ok(template)
}

/// What the operator should know of the rest of the file.
fn notes(document: &Document, target: &Target) -> Vec<String> {
    let mut notes = Vec::new();
    if document.bom() {
        notes.push("The file begins with a byte order mark; Java makes it part of the first key.".to_owned());
    }
    for assignment in &target.assignments {
        for line in document.set_again(assignment.name, assignment.setting.spelling()) {
            let name = assignment.name;
            notes.push(format!("Line {line}, behind a #---, sets {name} again and may win; it is left alone."));
        }
    }
    notes.extend(lint::dead::notes(document, target.release, target.provider.api));
    notes
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::{
        catalogue::{Release, provider::provider},
        deployment::Base,
        draft::{Draft, Origin, Text},
        secret::Secret,
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

    fn change(base: &Deployment, release: Release, mark: Mark) -> FileChange {
        let proposal = propose(base, base, &target(release), &Setup::default(), mark).unwrap();
        let [change] = <[FileChange; 1]>::try_from(proposal.files).unwrap();
        change
    }

    /// What Spring sees, and what the target says.
    fn seen_and_wanted(bytes: &[u8], release: Release) -> (Vec<Option<String>>, Vec<Option<String>>) {
        let document = Document::parse(bytes).unwrap();
        let value = |assignment: &crate::target::Assignment| {
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
            let change = change(&base(None), release, Mark::Drop);
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
            for mark in [Mark::Drop, Mark::Put, Mark::Leave] {
                let first = change(&base(before), Release::R5_11, mark);
                let again = propose(
                    &base(Some(&first.after)),
                    &base(Some(&first.after)),
                    &target(Release::R5_11),
                    &Setup::default(),
                    mark,
                )
                .unwrap();
                assert!(first.changed() && !again.changed());
                assert_eq!(again.to_text(), "");
            }
        }
    }

    #[test]
    fn the_shipped_comments_are_kept_in_front_of_the_template() {
        let shipped = b"# Score\r\n#\r\n# s3.bucket.name=";
        let after = change(&base(Some(shipped)), Release::R5_12, Mark::Drop).after;
        assert!(after.starts_with(b"# Score\r\n#\r\n# s3.bucket.name=\r\n\r\n"));
        let alone = change(&base(None), Release::R5_12, Mark::Drop).after;
        let alone = String::from_utf8(alone).unwrap().replace('\n', "\r\n");
        assert!(String::from_utf8(after).unwrap().ends_with(&alone));
    }

    #[test]
    fn an_existing_file_keeps_everything_that_is_not_ours() {
        let before = "! mine\nserver.port : 5431\nunknown.key=1\ns3.endpoint = http://old:9000\n\n\
                      s3.secret-key=old\ns3.secretKey=other\n# end";
        let after = change(&base(Some(before.as_bytes())), Release::R5_11, Mark::Drop).after;
        let expected = "\
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
        let fine = change(&base(None), Release::R5_11, Mark::Drop).after;
        let marked = change(&base(None), Release::R5_11, Mark::Put).after;
        assert_eq!(marked, [MARK.as_bytes(), b". Check again before it serves.\n", &fine].concat());
        assert_eq!(change(&base(Some(&marked)), Release::R5_11, Mark::Put).after, marked);
        assert_eq!(change(&base(Some(&marked)), Release::R5_11, Mark::Leave).after, marked);
        assert_eq!(change(&base(Some(&marked)), Release::R5_11, Mark::Drop).after, fine);
    }

    #[test]
    fn other_documents_and_a_byte_order_mark_are_left_and_told() {
        let before = b"\xef\xbb\xbfs3.endpoint=http://x:1\n#---\nbucket.name.state=mine\n";
        let change = change(&base(Some(before)), Release::R5_11, Mark::Drop);
        let again =
            change.after.split(|byte| *byte == b'\n').position(|line| line == b"bucket.name.state=mine").unwrap() + 1;
        assert_eq!(
            change.notes,
            [format!("Line {again}, behind a #---, sets bucket.name.state again and may win; it is left alone."),]
        );
        assert!(change.after.starts_with(b"#\xef\xbb\xbfs3.endpoint=http://x:1\n"));
        let (seen, wanted) = seen_and_wanted(&change.after, Release::R5_11);
        assert_eq!(seen, wanted);
    }

    #[test]
    fn the_fingerprint_is_of_what_would_be_written() {
        let of = |bytes: Option<&[u8]>, mark| {
            propose(&base(bytes), &base(bytes), &target(Release::R5_11), &Setup::default(), mark).unwrap().fingerprint
        };
        assert_eq!(of(None, Mark::Drop), of(None, Mark::Drop));
        let all = [of(None, Mark::Drop), of(None, Mark::Put), of(Some(b""), Mark::Drop), of(Some(b"a=b"), Mark::Drop)];
        assert_eq!(std::collections::HashSet::from(all).len(), all.len());
    }

    #[test]
    fn debug_shows_no_secret() {
        let proposal = propose(
            &base(Some(b"s3.secretKey=canary")),
            &base(Some(b"s3.secretKey=canary")),
            &target(Release::R5_11),
            &Setup::default(),
            Mark::Drop,
        )
        .unwrap();
        assert!(!format!("{proposal:?}").contains("canary"));
    }
}
