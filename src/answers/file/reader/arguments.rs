//! Reads `--set KEY=VALUE`: answers on the command line, which override those of the file. Takes no secret, because all
//! users of the machine can see arguments. No message shows the value.

use super::{AnswersReader, UnknownProvider, unknown_setting};
use crate::{
    answers::{
        draft::{Origin, Problem, Text},
        file::GivenAnswer,
    },
    score as catalogue,
    score::{Id, provider},
    text::{mask::shown_value, secret::Secret},
};

/// The reason why an argument is not an answer.
#[derive(Debug, thiserror::Error)]
enum ArgumentError {
    #[error("--set needs KEY=VALUE.")]
    NoValue,
    #[error(
        "{0} is a secret, and all users of this machine can see arguments. Give it in the answers file, as {{ env = \"…\" }} or {{ file = \"…\" }}."
    )]
    Secret(String),
    #[error("--set answers {0} twice.")]
    Twice(&'static str),
    #[error("release is not taken by --set. Use --release.")]
    Release,
    #[error("{0} --set takes settings, provider and region.")]
    Unknown(String),
    #[error(transparent)]
    Provider(#[from] UnknownProvider),
}

impl AnswersReader<'_> {
    pub(in crate::answers::file) fn arguments(&mut self, arguments: &[String]) {
        for argument in arguments {
            if let Err(error) = self.argument(argument) {
                let settings = argument.split('=').next().and_then(catalogue::setting).map(|setting| setting.key);
                let settings = settings.into_iter().collect();
                let problem = Problem::new(Id::T56, settings, error.to_string());
                self.problems.push(problem.of(Some(Origin::Argument)));
            }
        }
    }

    fn argument(&mut self, argument: &str) -> Result<(), ArgumentError> {
        let (key, value) = argument.split_once('=').ok_or(ArgumentError::NoValue)?;
        let key = key.trim();
        let setting = catalogue::setting(key);
        if setting.is_some_and(catalogue::Setting::secret) || shown_value(key, &Secret::new(value)).is_none() {
            return Err(ArgumentError::Secret(key.to_owned()));
        }
        match (setting, key) {
            (Some(setting), _) => {
                if self.overrides(setting.key) {
                    return Err(ArgumentError::Twice(setting.key));
                }
                let text = Text::Plain(value.to_owned());
                self.answers.settings.push(GivenAnswer { setting, text, origin: Origin::Argument });
            }
            (None, "provider") => {
                self.answers.provider =
                    Some(provider::provider(value).ok_or_else(|| UnknownProvider(value.to_owned()))?);
            }
            (None, "region") => self.answers.region = Some(value.to_owned()),
            (None, "release") => return Err(ArgumentError::Release),
            (None, _) => return Err(ArgumentError::Unknown(unknown_setting(key))),
        }
        Ok(())
    }

    /// Returns true if an argument answers this setting.
    pub(super) fn overrides(&self, key: &str) -> bool {
        self.answers.settings.iter().any(|given| given.setting.key == key && given.origin == Origin::Argument)
    }
}
