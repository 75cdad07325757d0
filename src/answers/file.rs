//! Reads answers files: the answers of the wizard in TOML, for runs without a terminal. Also reads the environment
//! variables and files that they reference. Reports all errors together. Does not judge the values of settings; the
//! draft does.

mod reader;

use std::{io, path::Path};

use toml::de::DeTable;

use crate::{
    answers::{
        Acceptance, Create, Keys,
        draft::{Origin, Problem, Remark, Text},
    },
    install::deployment::Setup,
    score::{Provider, Release, Setting},
};
use reader::AnswersReader;

/// The content of an answers file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    pub provider: Option<&'static Provider>,
    pub release: Option<Release>,
    pub region: Option<String>,
    /// The answers to settings, in the order of the file.
    pub settings: Vec<GivenAnswer>,
    pub create: Create,
    pub create_as: Option<Keys>,
    /// The content of `[deployment]`.
    pub setup: Setup,
    /// Remarks that do not stop a run, such as a secret in a file that other users can read.
    pub warnings: Vec<Remark>,
    /// The content of `[accept]`.
    pub accepted: Vec<Acceptance>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenAnswer {
    pub setting: &'static Setting,
    pub text: Text,
    /// Its line in the file, or the command line.
    pub origin: Origin,
}

/// The environment that an answers file can reference.
pub struct Sources<'a> {
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    pub file: &'a dyn Fn(&Path) -> io::Result<Vec<u8>>,
    /// True if users other than the owner can read the answers file.
    pub open_to_others: bool,
}

impl std::fmt::Debug for Sources<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sources").field("open_to_others", &self.open_to_others).finish_non_exhaustive()
    }
}

/// Reads the text of an answers file, and `arguments` (`KEY=VALUE`), which override it. Returns its content and all errors, in the order of the lines. Keeps the correct
/// parts, so that the rules can be applied at the same time. The content is `None` if the text is not TOML.
#[must_use]
pub fn read_with(text: &str, arguments: &[String], sources: &Sources<'_>) -> (Option<Answers>, Vec<Problem>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reader = AnswersReader::new(text, sources);
    for error in &errors {
        reader.not_toml(error);
    }
    if !errors.is_empty() {
        return (None, reader.end().1);
    }
    reader.arguments(arguments);
    reader.top(table.get_ref());
    let (answers, problems) = reader.end();
    (Some(answers), problems)
}

/// Reads the text of an answers file.
#[must_use]
pub fn read(text: &str, sources: &Sources<'_>) -> (Option<Answers>, Vec<Problem>) {
    read_with(text, &[], sources)
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::{score::Id, text::secret::Secret};

    const NO_SOURCES: Sources<'_> =
        Sources { variable: &|_| None, file: &|_| Err(io::ErrorKind::NotFound.into()), open_to_others: false };

    fn messages(problems: &[Problem]) -> Vec<(usize, &str)> {
        let line = |problem: &Problem| match problem.origin {
            Some(Origin::Answers { line }) => line,
            _ => 0,
        };
        problems.iter().map(|problem| (line(problem), problem.message.as_str())).collect()
    }

    fn right(text: &str, sources: &Sources<'_>) -> Answers {
        let (answers, problems) = read(text, sources);
        assert_eq!(messages(&problems), []);
        answers.unwrap()
    }

    fn given(text: &str) -> Vec<(&'static str, Text)> {
        let answers = right(&format!("provider = \"minio\"\n[settings]\n{text}"), &NO_SOURCES);
        answers.settings.into_iter().map(|given| (given.setting.key, given.text)).collect()
    }

    #[test]
    fn a_value_is_a_text_a_number_or_a_truth() {
        let plain = |key, text: &str| (key, Text::Plain(text.to_owned()));
        assert_eq!(
            given("\"upload.partsize\" = 0x40_00\n\"s3.sigV4Enabled\" = false\n\"auth.connection.multiplier\" = 1.5\n"),
            [
                plain("upload.partsize", "16384"),
                plain("s3.sigV4Enabled", "false"),
                plain("auth.connection.multiplier", "1.5")
            ]
        );
    }

    #[test]
    fn a_dotted_key_needs_no_quotes() {
        assert_eq!(
            given("s3.secretKey = \"x\"\nbucket.name.object = \"a\"\n"),
            [("s3.secretKey", Text::Secret(Secret::new("x"))), ("bucket.name.object", Text::Plain("a".into()))]
        );
    }

    #[test]
    fn a_referenced_file_loses_exactly_one_line_end() {
        for (content, value) in [("s\n", "s"), ("s\r\n", "s"), ("s\n\n", "s\n"), ("s ", "s "), ("", "")] {
            let file = |path: &Path| {
                assert_eq!(path, Path::new("key"));
                Ok(content.as_bytes().to_vec())
            };
            let sources = Sources { file: &file, ..NO_SOURCES };
            let answers = right("provider = \"aws\"\n[settings]\n\"s3.secretKey\" = { file = \"key\" }\n", &sources);
            assert_eq!(answers.settings[0].text, Text::Secret(Secret::new(value)), "{content:?}");
        }
    }

    #[test]
    fn a_literal_secret_in_an_open_file_is_a_warning_that_does_not_show_it() {
        let sources = Sources { open_to_others: true, ..NO_SOURCES };
        let text = "provider = \"aws\"\n[settings]\n\"s3.secretKey\" = \"canary\"\n";
        let answers = right(text, &sources);
        let warning = &answers.warnings[0];
        assert!(warning.message.starts_with("Other users can read the answers file, and it contains s3.secretKey."));
        assert_eq!((warning.setting, &warning.origin), (Some("s3.secretKey"), &Some(Origin::Answers { line: 3 })));
        assert!(!format!("{answers:?}").contains("canary"));
        assert_eq!(right(text, &NO_SOURCES).warnings, []);
    }

    #[test]
    fn what_is_not_toml_is_told_without_showing_it() {
        let (answers, problems) = read("[settings]\n\"s3.secretKey\" = \"canary\n", &NO_SOURCES);
        assert_eq!(answers, None);
        assert_eq!(messages(&problems), [(2, "This is not TOML: invalid basic string, expected `\"`.")]);
    }

    const ONE: &str = "provider = \"minio\"\nregion = \"r\"\n[settings]\nbucket.name.object = \"a\"\n";

    fn set(arguments: &[&str]) -> (Answers, Vec<String>) {
        let arguments: Vec<_> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let (answers, problems) = read_with(ONE, &arguments, &NO_SOURCES);
        assert!(problems.iter().all(|problem| problem.origin == Some(Origin::Argument)));
        (answers.unwrap(), problems.into_iter().map(|problem| problem.message).collect())
    }

    #[test]
    fn an_argument_overrides_the_file() {
        let (answers, problems) = set(&["bucket.name.object=b=c", "provider=ceph", "region=", "upload.partsize=1 GiB"]);
        assert_eq!(problems, Vec::<String>::new());
        let said: Vec<_> = answers.settings.iter().map(|given| (given.setting.key, given.text.clone())).collect();
        let plain = |key, text: &str| (key, Text::Plain(text.to_owned()));
        assert_eq!(said, [plain("bucket.name.object", "b=c"), plain("upload.partsize", "1 GiB")]);
        assert_eq!((answers.provider.unwrap().id.as_str(), answers.region.as_deref()), ("ceph", Some("")));
    }

    #[test]
    fn a_secret_is_refused_as_an_argument_and_never_repeated() {
        for key in ["s3.secretKey", "azure.accountKey", "s3.secret", "my.password", "AWS_SECRET_ACCESS_KEY"] {
            let (answers, problems) = set(&[&format!("{key}=canary")]);
            assert!(problems[0].contains(&format!("{key} is a secret, and all users")), "{problems:?}");
            assert!(!format!("{answers:?}{problems:?}").contains("canary"), "{key}");
        }
        for (argument, told) in [
            ("s3.endpont=canary", "The nearest one is s3.endpoint."),
            ("nothing=canary", "--set takes settings, provider and region."),
            ("release=5.11", "Use --release."),
            ("canary", "--set needs KEY=VALUE."),
        ] {
            let (_, problems) = set(&[argument]);
            assert!(problems[0].contains(told) && !problems[0].contains("canary"), "{problems:?}");
        }
        let (_, twice) = set(&["bucket.name.object=b", "bucket.name.object=c"]);
        assert_eq!(twice, ["--set answers bucket.name.object twice."]);
    }

    #[test]
    fn an_accepted_finding_has_a_reason_and_a_last_day() {
        let text = |accept: &str| format!("provider = \"minio\"\n[accept]\n{accept}\n");
        let accepted = right(
            &text("P31 = { reason = \"a\", until = \"2027-03-01\" }\nt-44 = { reason = \"b\", until = 2027-03-01 }"),
            &NO_SOURCES,
        );
        let until = Some(date!(2027 - 03 - 01));
        assert_eq!(
            accepted.accepted,
            [
                Acceptance { id: Id::P31, reason: "a".into(), until },
                Acceptance { id: Id::T44, reason: "b".into(), until }
            ]
        );
        for (wrong, told) in [
            ("P31 = true", "accept.P31 is a table such as { reason = \"…\" }, not true or false."),
            ("P31 = {}", "accept.P31 needs a reason."),
            ("P31 = { reason = 1 }", "reason is a text, not a number."),
            ("P31 = { reason = \"a\", untill = \"2027-03-01\" }", "untill is not known here; until is."),
            ("P31 = { reason = \"a\", until = \"soon\" }", "accept.P31: until is a day such as \"2027-03-01\"."),
            ("PP31 = { reason = \"a\" }", "[accept]: PP31 is not the id of a finding. The nearest one is P31."),
        ] {
            let (_, problems) = read(&text(wrong), &NO_SOURCES);
            assert_eq!(messages(&problems), [(3, told)]);
        }
    }

    #[test]
    fn other_keys_for_creating_come_in_pairs() {
        let both = "provider = \"aws\"\n[create.as]\ns3.accessKey = \"a\"\ns3.secretKey = \"b\"\n";
        let keys = Keys { access_key: "a".into(), secret_key: Secret::new("b") };
        assert_eq!(right(both, &NO_SOURCES).create_as, Some(keys));
        let (_, problems) = read("provider = \"aws\"\n[create.as]\ns3.accessKey = \"a\"\n", &NO_SOURCES);
        assert_eq!(messages(&problems), [(2, "[create.as] needs both s3.accessKey and s3.secretKey.")]);
    }
}
