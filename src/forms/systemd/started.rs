//! Finds the command that a unit starts in the end: a shell may run it, or a script.

use std::path::{Path, PathBuf};

use super::super::{
    Variable,
    container::{is_shell, program},
    docker_run,
    shell::{self, Outer, Script, ScriptWord, assignment},
};

/// The command that starts Score.
pub(super) struct Started {
    pub(super) words: Vec<ScriptWord>,
    /// The variables that the script adds.
    pub(super) variables: Vec<Variable>,
    /// The working folder, if the script changes it.
    pub(super) folder: Option<PathBuf>,
    /// The reason why variables or arguments of the script are not known here.
    pub(super) unread: Option<String>,
}

/// Commands of a script that set no variable for another command.
const HARMLESS: [&str; 18] = [
    "cd", "set", "echo", "printf", "export", "readonly", "mkdir", "chown", "chmod", "sleep", "ulimit", "umask", "trap",
    "true", ":", "test", "[", "logger",
];

/// Returns the command that is started in the end.
pub(super) fn started(
    command: Vec<ScriptWord>,
    variables: &[Variable],
    open: &dyn Fn(&Path) -> Option<Vec<u8>>,
) -> Started {
    let as_is = |words, unread| Started { words, variables: Vec::new(), folder: None, unread };
    let (name, text) = match script_of(&command) {
        Some(ScriptText::Inline(text)) => ("The script in ExecStart".to_owned(), text),
        Some(ScriptText::File(path)) => {
            let Some(bytes) = open(Path::new(&path)) else {
                let why = format!("{path} starts Score and cannot be read; what it sets is not known here.");
                return as_is(command, Some(why));
            };
            (path, String::from_utf8_lossy(&bytes).into_owned())
        }
        None => return as_is(command, None),
    };
    let known =
        |name: &str| variables.iter().rev().find(|one| one.name == name).map(|one| one.value.for_file().to_owned());
    let script = shell::script(&text, &Outer::of(&known));
    let Some(at) = script.commands.iter().rposition(|words| starts(words)) else {
        return as_is(command, Some(format!("{name} starts Score, and score-setup does not find the command in it.")));
    };
    let words = script.commands.get(at).map(Vec::as_slice).unwrap_or_default();
    let begin = words.iter().position(|word| !is_in_front(word)).unwrap_or_default();
    let assigned = words[..begin].iter().filter_map(|word| assignment(&word.text));
    let exported = script.exported_names().into_iter().filter_map(|name| Some((name, script.exported(at, name)?)));
    Started {
        words: words[begin..].to_vec(),
        variables: exported.chain(assigned).map(|(name, value)| Variable::new(name, value)).collect(),
        folder: folder(&script, at),
        unread: uncertain(&script, at)
            .map(|word| format!("{name} runs {word} before it starts Score, and what that sets is not known here.")),
    }
}

enum ScriptText {
    Inline(String),
    File(String),
}

/// Returns the script that the command runs.
fn script_of(command: &[ScriptWord]) -> Option<ScriptText> {
    let first = &command.first()?.text;
    if !is_shell(first) {
        return super::super::ends_in(first, &["sh"]).then(|| ScriptText::File(first.clone()));
    }
    let mut rest = command[1..].iter();
    loop {
        let word = &rest.next()?.text;
        match word.strip_prefix('-') {
            Some(options) if !options.starts_with('-') && options.contains('c') => {
                return rest.next().map(|text| ScriptText::Inline(text.text.clone()));
            }
            Some(_) => {}
            None => return Some(ScriptText::File(word.clone())),
        }
    }
}

/// Returns true for words in front of a command, such as exec and variables.
fn is_in_front(word: &ScriptWord) -> bool {
    ["exec", "nohup", "env", "sudo"].contains(&word.text.as_str()) || assignment(&word.text).is_some()
}

/// Returns true if the command starts Java, a container, or the script of the distribution.
fn starts(words: &[ScriptWord]) -> bool {
    let first = words.iter().find(|word| !is_in_front(word)).map(|word| program(&word.text)).unwrap_or_default();
    first == "java" || first == "score-server" || docker_run::is_docker(first)
}

/// Returns the working folder of the command, if the script changes it.
fn folder(script: &Script, at: usize) -> Option<PathBuf> {
    let changes =
        script.commands[..at].iter().rev().find(|words| words.first().is_some_and(|word| word.text == "cd"))?;
    changes.get(1).map(|word| PathBuf::from(&word.text))
}

/// Returns the first command before this one that may set variables in a way that is not known here.
fn uncertain(script: &Script, at: usize) -> Option<&str> {
    let before = script.commands[..at].iter();
    let odd = before.filter_map(|words| {
        let first = words.first()?.text.as_str();
        let assigns = words.iter().all(|word| assignment(&word.text).is_some());
        (!assigns && !HARMLESS.contains(&first)).then_some(first)
    });
    odd.into_iter().next()
}
