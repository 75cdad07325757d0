//! Writes the answers as an answers file for `apply`. Secrets are references to environment variables, never values.

use std::{fmt::Write, path::PathBuf};

use super::{Event, State};
use crate::{
    answers::{
        draft::{Origin, Text},
        file::Answers,
    },
    install::deployment::{ExportForm, Launcher},
    score::{Api, SETTINGS, Setting},
    wizard::proposal::variable,
};

/// The reason why the answers were not saved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SaveError {
    #[error("The answers cannot be saved in {}: {cause}.", folder.display())]
    Unwritable { folder: PathBuf, cause: String },
    #[error("{} already holds 99 answers files. Delete some of them.", _0.display())]
    TooMany(PathBuf),
}

/// Converts answers to the events that the same answers at the screen would send.
#[must_use]
pub fn events(answers: &Answers) -> Vec<Event> {
    let mut events = Vec::new();
    events.extend(answers.release.map(Event::ReleaseChosen));
    events.extend(answers.setup.start.map(Event::LauncherChosen));
    events.extend(answers.setup.form.map(Event::FormChosen));
    events.extend(answers.setup.profiles.clone().map(Event::ProfilesChosen));
    events.extend((!answers.setup.companion_files).then_some(Event::CompanionFilesChosen(false)));
    events.extend(answers.provider.map(Event::ProviderChosen));
    events.extend(answers.region.clone().map(Event::RegionChosen));
    events.extend(answers.settings.iter().map(|given| Event::Answered {
        key: given.setting.key,
        text: given.text.clone(),
        origin: given.origin.clone(),
    }));
    events.extend(answers.create_as.clone().map(|keys| Event::CreateAs(Some(keys))));
    events
}

impl State {
    /// Returns the environment variables that a recorded answers file reads its secrets from.
    #[must_use]
    pub fn secret_variables(&self) -> Vec<String> {
        let secrets = answered(self).filter(|(setting, _)| setting.secret());
        secrets.map(|(setting, _)| variable(setting.key)).collect()
    }
}

/// Returns the answers that are neither presets nor defaults, as an answers file spells them.
fn answered(state: &State) -> impl Iterator<Item = (&'static Setting, String)> {
    let draft = &state.draft;
    let release = draft.release_or_newest();
    let settings = SETTINGS.iter().filter(move |setting| setting.known_to(release) && setting.serves(draft.api()));
    settings.filter_map(|setting| Some((setting, answer(state, setting)?)))
}

/// Formats the answers that are neither presets nor defaults, for this release and provider.
pub(super) fn record(state: &State) -> String {
    let draft = &state.draft;
    let release = draft.release_or_newest();
    let mut text =
        String::from("# Answers for score-setup apply. They repeat this deployment, or make a similar one.\n");
    let variables = state.secret_variables();
    if !variables.is_empty() {
        let _ = writeln!(
            text,
            "# This file contains no secrets. Set {} first, or use {{ file = \"…\" }}.",
            variables.join(" and ")
        );
    }
    text.push('\n');
    if let Some(provider) = draft.provider {
        let _ = writeln!(text, "provider = {}", quoted(&provider.id));
    }
    let _ = writeln!(text, "release  = {}", quoted(release.name()));
    if let Some(region) = &draft.region {
        let _ = writeln!(text, "region   = {}", quoted(region));
    }
    text.push_str("\n[settings]\n");
    for (setting, said) in answered(state) {
        let _ = writeln!(text, "{} = {said}", quoted(setting.key));
    }
    for setting in draft.later() {
        let (key, example) = (quoted(setting.key), quoted(setting.example));
        let _ = writeln!(text, "# Not known yet. score-setup apply needs it, such as:\n# {key} = {example}");
    }
    text.push_str(&deployment(state));
    let policies = if draft.api() == Api::Azure { "policies = false\n" } else { "" };
    let _ = write!(text, "\n[create]\nbuckets  = true\nsentinel = true\n{policies}");
    text
}

/// Formats the choices about the deployment. The rest is read from the installation again.
pub(super) fn deployment(state: &State) -> String {
    let setup = &state.setup;
    let start = setup.form.map(ExportForm::name).or(setup.start.map(Launcher::name));
    let start = start.map(|start| format!("start           = {}\n", quoted(start)));
    let profiles = setup.profiles.as_ref().map(|profiles| {
        let names: Vec<_> = profiles.iter().map(|profile| quoted(profile)).collect();
        format!("profiles        = [{}]\n", names.join(", "))
    });
    let alone = (!setup.companion_files).then(|| "companion_files = false\n".to_owned());
    let said: String = [start, profiles, alone].into_iter().flatten().collect();
    if said.is_empty() { said } else { format!("\n[deployment]\n{said}") }
}

fn answer(state: &State, setting: &'static Setting) -> Option<String> {
    let answer = state.draft.answer(setting).filter(|_| state.draft.matters(setting))?;
    match (answer.origin, answer.text) {
        (Origin::Preset | Origin::Default, _) => None,
        (_, Text::Secret(secret)) => {
            (!secret.is_empty()).then(|| format!("{{ env = {} }}", quoted(&variable(setting.key))))
        }
        (_, Text::Plain(text)) => Some(quoted(&text)),
    }
}

/// Formats a basic string of TOML.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            letter if letter.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(letter));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        answers::{
            draft::Draft,
            file::{Sources, read},
        },
        install::deployment::{Launcher, Setup},
        score::{Release, provider::provider},
        text::secret::Secret,
        wizard::SessionOptions,
    };

    #[test]
    fn a_setting_that_is_not_known_yet_is_a_comment_at_its_place() {
        let mut state = State::new(SessionOptions::new("here"));
        state.draft = Draft::new(Release::R5_11, provider("minio").unwrap());
        state.draft.postpone("metadata.url");
        let text = record(&state);
        let (before, after) = text.split_once("# \"metadata.url\" = \"https://song.example.org\"\n").unwrap();
        assert!(before.contains("[settings]\n") && after.starts_with("\n[create]"), "{text}");
    }

    #[test]
    fn what_is_recorded_is_read_back_as_the_same_answers() {
        let mut state = State::new(SessionOptions::new("here"));
        state.draft = Draft::new(Release::R5_11, provider("minio").unwrap());
        let mut give = |key, text: &str| state.draft.give(key, Text::Plain(text.into()), Origin::Typed);
        give("s3.endpoint", "http://minio.lab.example:9000");
        give("s3.accessKey", "a\"b\\c\u{7f}");
        give("bucket.name.object", "score-object");
        state.draft.give("s3.secretKey", Text::Secret(Secret::new("canary")), Origin::Typed);
        state.setup = Setup {
            start: Some(Launcher::Jar),
            profiles: Some(vec!["secure".into(), "own".into()]),
            companion_files: false,
            ..Setup::default()
        };
        let text = record(&state);
        assert!(!text.contains("canary"));
        let variable = |name: &str| (name == "S3_SECRETKEY").then(|| "canary".to_owned());
        let file = |_: &std::path::Path| Err(std::io::ErrorKind::NotFound.into());
        let (answers, problems) = read(&text, &Sources { variable: &variable, file: &file, open_to_others: true });
        assert_eq!(problems, [], "{text}");
        let answers = answers.unwrap();
        assert_eq!((answers.warnings, &answers.setup), (vec![], &state.setup));
        let mut again = Draft::new(answers.release.unwrap(), answers.provider.unwrap());
        for given in answers.settings {
            again.give(given.setting.key, given.text, Origin::Typed);
        }
        assert_eq!(again, state.draft);
    }
}
