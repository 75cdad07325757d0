//! Reads answers files: the answers of the wizard in TOML, for runs without a terminal. Also reads the environment
//! variables and files that they reference. Reports all errors together. Does not judge the values of settings; the
//! draft does.

mod reader;

use std::{io, path::Path};

use toml::de::DeTable;

use crate::{
    answers::{
        Create, Keys,
        draft::{Problem, Remark, Text},
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
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenAnswer {
    pub setting: &'static Setting,
    pub text: Text,
    pub line: usize,
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

/// Reads the text of an answers file. Returns its content and all errors, in the order of the lines. Keeps the correct
/// parts, so that the rules can be applied at the same time. The content is `None` if the text is not TOML.
#[must_use]
pub fn read(text: &str, sources: &Sources<'_>) -> (Option<Answers>, Vec<Problem>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reader = AnswersReader::new(text, sources);
    for error in &errors {
        reader.not_toml(error);
    }
    if !errors.is_empty() {
        return (None, reader.end().1);
    }
    reader.top(table.get_ref());
    let (answers, problems) = reader.end();
    (Some(answers), problems)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{answers::draft::Origin, text::secret::Secret};

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

    #[test]
    fn other_keys_for_creating_come_in_pairs() {
        let both = "provider = \"aws\"\n[create.as]\ns3.accessKey = \"a\"\ns3.secretKey = \"b\"\n";
        let keys = Keys { access_key: "a".into(), secret_key: Secret::new("b") };
        assert_eq!(right(both, &NO_SOURCES).create_as, Some(keys));
        let (_, problems) = read("provider = \"aws\"\n[create.as]\ns3.accessKey = \"a\"\n", &NO_SOURCES);
        assert_eq!(messages(&problems), [(2, "[create.as] needs both s3.accessKey and s3.secretKey.")]);
    }
}
