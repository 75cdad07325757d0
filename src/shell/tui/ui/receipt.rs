//! Lists what is left after writing: the files, the next steps, and the commands, each a row that can be copied.

use std::path::{Path, PathBuf};

use super::{Popup, Ui};
use crate::{
    forms::EnvironmentOrigin,
    install::deployment::Launcher,
    score::key,
    shell::tui::link,
    wizard::{Event, NextStep, State, next_steps, proposal::Written},
};

/// A row of the page after a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    File(Written),
    /// Lines for a file, without which Score does not start or serve.
    Todo(NextStep),
    Command {
        label: &'static str,
        line: String,
    },
    /// A note in the place of a command.
    Said {
        label: &'static str,
        words: String,
    },
}

impl Left {
    /// Returns the text to copy.
    #[must_use]
    pub fn copy(&self) -> Option<String> {
        match self {
            Self::File(file) => Some(file.path.display().to_string()),
            Self::Todo(step) => Some(step.lines.join("\n")),
            Self::Command { line, .. } => Some(line.clone()),
            Self::Said { .. } => None,
        }
    }
}

/// Returns the rows, in the order of the screen.
#[must_use]
pub fn left(state: &State) -> Vec<Left> {
    let files: Vec<_> = state.receipt.iter().flat_map(|receipt| receipt.files.iter().cloned()).collect();
    let todo = next_steps(state);
    let commands = commands(state, &files);
    files.into_iter().map(Left::File).chain(todo.into_iter().map(Left::Todo)).chain(commands).collect()
}

fn commands(state: &State, files: &[Written]) -> Vec<Left> {
    // The main file is written last.
    let Some(main) = files.last() else { return Vec::new() };
    let command = |label, line| Left::Command { label, line };
    let said = |label, words: &str| Left::Said { label, words: words.to_owned() };
    let start = match start(state, main) {
        Some(line) => command("Start", line),
        None => said("Start", "restart Score"),
    };
    let mut rows = vec![start, command("Prove", prove(state))];
    if state.draft.target().is_ok_and(|target| target.store.s3().is_some()) {
        rows.push(said("Client", "o makes a URL to try from the machine of a client"));
    }
    rows.push(match &state.saved {
        Some(Ok(path)) => command("Repeat", format!("score-setup apply --answers {}", quoted(path))),
        Some(Err(why)) => said("Repeat", &why.to_string()),
        None => said("Repeat", "s saves the answers for score-setup apply, without the secrets"),
    });
    if files.iter().any(|file| file.backup.is_some()) {
        let folder = main.path.parent().unwrap_or_else(|| Path::new("."));
        rows.push(command("Undo", format!("score-setup restore {}", quoted(folder))));
    }
    rows
}

/// Returns the command that starts this deployment.
fn start(state: &State, file: &Written) -> Option<String> {
    let deployment = state.deployment.as_ref();
    match state.launcher() {
        Launcher::Wrapper => script(&file.path).map(|script| as_owner(&file.owner, &format!("{script} restart"))),
        Launcher::Jar => {
            let jar = deployment?.jar.as_ref()?.path.clone();
            let location = file.path.parent()?;
            Some(as_owner(
                &file.owner,
                &format!("java -jar {} --spring.config.additional-location={}/", quoted(&jar), quoted(location)),
            ))
        }
        Launcher::Docker => match &deployment?.environment.as_ref()?.origin {
            EnvironmentOrigin::Compose { path, service } => {
                Some(format!("docker compose -f {} up -d {service}", quoted(path)))
            }
            EnvironmentOrigin::Inspect(container) => Some(format!("docker restart {container}")),
            _ => None,
        },
    }
}

/// Prefixes the command with `sudo` for the owner. Score writes its log and its lock next to its configuration; files
/// of a different user would stop the next start.
fn as_owner(owner: &str, line: &str) -> String {
    if owner == "root" || owner.is_empty() { line.to_owned() } else { format!("sudo -u {owner} {line}") }
}

/// Returns the distribution's own script, if the file is in an unpacked distribution (score-server 5.11.0,
/// src/main/bin/score-server).
fn script(file: &Path) -> Option<String> {
    let folder = file.parent().filter(|folder| folder.ends_with("conf")).and_then(Path::parent)?;
    let named = folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("score-server"));
    named.then(|| quoted(&folder.join("bin/score-server")))
}

/// Returns the command that sends the running Score the request of its clients before every transfer.
fn prove(state: &State) -> String {
    let answer = |key| state.draft.value(key);
    let tls = answer(key::SERVER_SSL_ENABLED).as_deref() == Some("true");
    let scheme = if tls { "https" } else { "http" };
    let port = answer(key::SERVER_PORT).unwrap_or_else(|| "8080".to_owned());
    format!("score-setup check --score {scheme}://localhost:{port}")
}

/// Quotes a path for a shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+:@".contains(letter);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

impl Ui {
    /// Copies the focused row, or the command of the open sheet, to the terminal's clipboard.
    pub(super) fn copy(&mut self, state: &State) -> Vec<Event> {
        let text = match (self.popup, &state.link) {
            (Some(Popup::Link), Some(Ok(url))) => Some(link::command(url, usize::MAX).join("\n")),
            (Some(_), _) => None,
            (None, _) => {
                let rows = left(state);
                rows.get(self.row.min(rows.len().saturating_sub(1))).and_then(Left::copy)
            }
        };
        self.notice = Some(match &text {
            // The program cannot see whether the terminal accepts it.
            Some(_) => "Copied, if your terminal allows it. If not, select the text.".to_owned(),
            None => "This line has nothing to copy.".to_owned(),
        });
        self.copied = text;
        Vec::new()
    }
}

/// Formats the path of a backup: only its name if it is in the folder of the file.
#[must_use]
pub fn beside(backup: &Path, file: &Path) -> String {
    match backup.file_name().filter(|_| backup.parent() == file.parent()) {
        Some(name) => format!("{} in the same folder", PathBuf::from(name).display()),
        None => backup.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_named_where_the_file_lies_in_a_distribution() {
        for (file, command) in [
            ("/opt/score-server-5.11.0/conf/application.properties", Some("/opt/score-server-5.11.0/bin/score-server")),
            ("/srv/my score/score-server/conf/a.properties", Some("'/srv/my score/score-server/bin/score-server'")),
            ("/etc/score/application.properties", None),
        ] {
            assert_eq!(script(Path::new(file)).as_deref(), command);
        }
        assert_eq!(quoted(Path::new("it's")), r"'it'\''s'");
    }
}
