//! Splits the command line of Score into system properties of Java and arguments of Score. Reads words; knows nothing
//! of settings.

use std::path::PathBuf;

use super::Wrapper;
use crate::text::secret::Secret;

/// The words of a command line, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Command {
    pub words: Vec<Word>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The text of the word. Any word may contain a secret.
    pub text: Secret,
    /// The file and the line, counted from one, that contain the word.
    pub at: Option<(PathBuf, usize)>,
}

/// An argument `--name=value` of Score, or a system property `-Dname=value` of Java.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenOption<'a> {
    pub name: String,
    pub value: Secret,
    pub word: &'a Word,
}

impl Command {
    #[must_use]
    pub fn of_words<Text: Into<String>>(words: impl IntoIterator<Item = Text>) -> Self {
        Self { words: words.into_iter().map(|word| Word { text: Secret::new(word), at: None }).collect() }
    }

    /// Returns the command line that the wrapper makes of its file.
    #[must_use]
    pub fn of_wrapper(wrapper: &Wrapper, file: &std::path::Path) -> Self {
        let all = wrapper.additional.iter().chain(&wrapper.parameters);
        let word = |text: &str, line| Word { text: Secret::new(text), at: Some((file.to_owned(), line)) };
        Self { words: all.map(|parameter| word(&parameter.value, parameter.line)).collect() }
    }

    /// Returns the arguments of Score as Spring reads them: `--name=value`, and `--name` for an empty value
    /// (`SimpleCommandLineArgsParser` of Spring 5).
    pub fn arguments(&self) -> impl Iterator<Item = GivenOption<'_>> {
        self.words.iter().filter_map(|word| given(word, "--"))
    }

    /// Returns the system properties of Java: `-Dname=value`.
    pub fn system_properties(&self) -> impl Iterator<Item = GivenOption<'_>> {
        self.words.iter().filter_map(|word| given(word, "-D"))
    }

    /// Returns the path of the jar after `-jar`.
    #[must_use]
    pub fn jar(&self) -> Option<PathBuf> {
        let is_jar = |path: &PathBuf| path.extension() == Some("jar".as_ref());
        let jar = |text: &str| Some(PathBuf::from(text)).filter(|path| is_jar(path) && !text.starts_with('-'));
        let after = self.words.iter().position(|word| word.text.shape(|text| text == "-jar"));
        self.words.iter().skip(after?).find_map(|word| word.text.shape(jar))
    }
}

fn given<'a>(word: &'a Word, sign: &str) -> Option<GivenOption<'a>> {
    word.text.shape(|text| {
        let text = text.strip_prefix(sign)?;
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        (!name.is_empty()).then(|| GivenOption { name: name.to_owned(), value: Secret::new(value), word })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_and_system_properties_are_told_apart() {
        let words = ["java", "-Da.b=1", "-jar", "/score-server.jar", "--s3.endpoint=http://x=y", "--debug", "plain"];
        let command = Command::of_words(words);
        let told = |given: GivenOption<'_>| (given.name, given.value.for_file().to_owned());
        let arguments: Vec<_> = command.arguments().map(told).collect();
        assert_eq!(arguments, [("s3.endpoint".into(), "http://x=y".into()), ("debug".into(), String::new())]);
        assert_eq!(command.system_properties().map(told).collect::<Vec<_>>(), [("a.b".into(), "1".into())]);
        assert_eq!(command.jar(), Some("/score-server.jar".into()));
    }
}
