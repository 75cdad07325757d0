//! Describes a container of Score for every form: its image, variables, command line, and the folders of this machine
//! that it sees.

use std::{collections::HashSet, path::PathBuf};

use super::{
    Command, Sourced, Variable,
    environment::source_of_unknown,
    shell::{self, Outer, ScriptWord, assignment},
};
use crate::score::Release;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Container {
    /// The name of the service, or of the container.
    pub name: String,
    pub image: Option<String>,
    pub variables: Vec<Variable>,
    /// `None` if the image sets the command.
    pub command: Option<Command>,
    /// Folders and files of this machine, and their paths inside the container.
    pub mounts: Vec<(PathBuf, String)>,
    pub notes: Vec<String>,
    /// Parts of the configuration that exist and are not read.
    pub unread: Vec<Unread>,
    /// Files that the container sees and that the input itself contains.
    pub files: Vec<InputFile>,
    /// Faults of the form, whatever the values mean.
    pub faults: Vec<FormFault>,
    /// The folders of a process of this machine; `None` for a container.
    pub host: Option<Host>,
}

/// A process that is started on this machine, and not in a container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Host {
    /// The start script of the distribution, if it is started by that.
    pub script: Option<PathBuf>,
    /// The working directory.
    pub folder: Option<PathBuf>,
}

/// A file that the input contains, such as a key of a ConfigMap.
#[derive(Clone, PartialEq, Eq)]
pub struct InputFile {
    /// The path inside the container.
    pub inside: String,
    /// The part of the input, such as `ConfigMap score, key application.properties`.
    pub name: String,
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for InputFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InputFile")
            .field("inside", &self.inside)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// A fault of the form, and its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormFault {
    pub fault: ObjectFault,
    pub line: Option<usize>,
    /// The part of the input, such as `Deployment score, container score-server, env S3_ENDPOINT`.
    pub object: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectFault {
    /// Kubernetes refuses the object: a value that must be a text is a number or a switch.
    NotText,
    /// The variable of this name is given more than once.
    Twice(String),
    /// The variable of this name refers to a key that its object does not have, so the container is not started.
    NoKey { variable: String, key: String },
    /// Settings of Score are mounted at this path, which Score does not read.
    Ignored(String),
}

/// A part of the configuration that exists and is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// A sentence for the operator.
    pub what: String,
    /// True if this part overrides the values that were read; else it only adds values.
    pub overrides: bool,
}

impl Unread {
    pub(super) fn above(what: impl Into<String>) -> Self {
        Self { what: what.into(), overrides: true }
    }

    pub(super) fn below(what: impl Into<String>) -> Self {
        Self { what: what.into(), overrides: false }
    }
}

/// Variables that only a Score server has.
pub(super) const OWN: &[&str] =
    &["OBJECT_SENTINEL", "BUCKET_NAME_OBJECT", "BUCKET_NAME_STATE", "COLLABORATORY_DATA_DIRECTORY"];

const IMAGE: &str = "score-server";

impl Container {
    /// Returns the release, if the tag of the image looks like one.
    #[must_use]
    pub fn release(&self) -> Option<Sourced<Release>> {
        let image = self.image.as_deref()?;
        let (_, tag) = image.split('@').next()?.rsplit('/').next()?.split_once(':')?;
        let what = tag.trim_start_matches('v').parse().ok()?;
        Some(Sourced { what, by: format!("the image {image}") })
    }

    /// Returns the likelihood that it is a Score server; `None` if it is not.
    pub(super) fn likeness(&self, build: &str) -> Option<u8> {
        let has = |text: &str| text.contains(IMAGE);
        match &self.image {
            Some(image) if has(image) => Some(3),
            _ if has(&self.name) || has(build) => Some(2),
            _ if self.variables.iter().any(|one| OWN.contains(&one.name.as_str())) => Some(1),
            _ => None,
        }
    }
}

/// The variables that contain settings or options of Java, which override variables.
const CARRIERS: [&str; 3] = ["SPRING_APPLICATION_JSON", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"];

impl Container {
    /// Sets the command that the container starts. If that is a shell with `-c`, sets the command of its script, with the
    /// variables that the script exports.
    pub(super) fn start(&mut self, words: Vec<String>) {
        if words.is_empty() {
            return;
        }
        let at = words.iter().position(|word| word == "-c").and_then(|at| words.get(at + 1));
        let Some(text) = at.filter(|_| words.first().is_some_and(|program| is_shell(program))) else {
            self.command = Some(Command::of_words(words));
            return;
        };
        let known = |name: &str| {
            let found = self.variables.iter().rev().find(|one| one.name == name);
            found.map(|one| one.value.for_file().to_owned())
        };
        // The image may set more variables.
        let script = shell::script(text, &Outer { unset: |name| format!("${{{name}}}"), ..Outer::of(&known) });
        let java = |words: &Vec<ScriptWord>| words.iter().any(|word| program(&word.text) == "java");
        let Some(at) = script.commands.iter().rposition(java).or(script.commands.len().checked_sub(1)) else { return };
        let words = script.commands.get(at).into_iter().flatten();
        let (assigned, words): (Vec<_>, Vec<_>) = {
            let mut started = false;
            words.partition(|word| {
                started |= assignment(&word.text).is_none();
                !started
            })
        };
        self.command = Some(Command::of_words(words.iter().map(|word| word.text.clone())));
        let before = script.exported_names().into_iter().filter_map(|name| Some((name, script.exported(at, name)?)));
        let assigned = assigned.iter().filter_map(|word| assignment(&word.text));
        let set: Vec<Variable> = before.chain(assigned).map(|(name, value)| Variable::new(name, value)).collect();
        self.variables.extend(set);
    }

    /// Reports variables and words of the command that contain settings and are not known here.
    pub(super) fn report_unknown_options(&mut self) {
        let mut met = HashSet::new();
        let last = self.variables.iter().rev().filter(|one| met.insert(one.name.as_str()));
        let carriers = last.filter(|one| CARRIERS.contains(&one.name.as_str()));
        let mut found: Vec<(String, String)> = Vec::new();
        for variable in carriers {
            if let Some(source) = variable.value.shape(unknown_part) {
                found.push((format!("The value of {}", variable.name), source));
            }
        }
        for word in self.command.iter().flat_map(|command| &command.words) {
            let source = word.text.shape(|text| {
                let carrier = ["-Dspring.application.json=", "--spring.application.json="];
                let value = carrier.iter().find_map(|sign| text.strip_prefix(sign)).unwrap_or(text);
                source_of_unknown(value).filter(|_| value.starts_with("${")).map(str::to_owned)
            });
            found.extend(source.map(|source| ("A part of the command line".to_owned(), source)));
        }
        let new = found.into_iter().map(|(what, source)| {
            Unread::above(format!("{what} is not known here; it comes from {source} and may override settings."))
        });
        for part in new {
            if !self.unread.contains(&part) {
                self.unread.push(part);
            }
        }
    }
}

/// Returns the source of the first part of a text that is not known here. A reference that stays is filled in by the shell
/// that starts compose.
fn unknown_part(text: &str) -> Option<String> {
    let of_shell = || text.split_whitespace().any(|word| word.starts_with("${"));
    source_of_unknown(text).map(str::to_owned).or_else(|| of_shell().then(|| "the shell that starts it".to_owned()))
}

/// Returns the name of a program without its folder.
pub(super) fn program(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// Returns true for the program of a shell.
pub(super) fn is_shell(word: &str) -> bool {
    ["sh", "bash", "dash", "ash", "ksh", "zsh"].contains(&program(word))
}

#[cfg(test)]
mod tests {
    use super::{super::environment::unknown, *};

    #[test]
    fn options_that_are_not_known_here_are_reported() {
        let of = |name: &str, value: &str, command: &str| {
            let variables = vec![Variable::new(name, "{}"), Variable::new(name, value)];
            let mut container = Container { variables, ..Container::default() };
            container.start(command.split(' ').map(str::to_owned).collect());
            container.report_unknown_options();
            container.unread.into_iter().map(|part| (part.what, part.overrides)).collect::<Vec<_>>()
        };
        let secret = unknown("Secret a, key b");
        let secret = secret.for_file();
        let told = |what: &str, source: &str| {
            vec![(format!("{what} is not known here; it comes from {source} and may override settings."), true)]
        };
        let from = "Secret a, key b";
        for (name, value, command, expected) in [
            ("SPRING_APPLICATION_JSON", secret, "java", told("The value of SPRING_APPLICATION_JSON", from)),
            ("JAVA_TOOL_OPTIONS", &format!("-Xmx1g {secret}"), "java", told("The value of JAVA_TOOL_OPTIONS", from)),
            (
                "JDK_JAVA_OPTIONS",
                "-Xmx1g ${MORE}",
                "java",
                told("The value of JDK_JAVA_OPTIONS", "the shell that starts it"),
            ),
            ("SPRING_APPLICATION_JSON", "{\"a\": \"${b}\"}", "java", vec![]),
            ("JAVA_TOOL_OPTIONS", "-Xmx1g -Da=${b}", "java", vec![]),
            ("S3_SECRETKEY", secret, "java", vec![]),
        ] {
            assert_eq!(of(name, value, command), expected, "{name}={value}");
        }
        let mut container = Container::default();
        container.start(["java", "-jar", "/s.jar", secret].map(str::to_owned).to_vec());
        container.report_unknown_options();
        assert_eq!(container.unread[0].what, told("A part of the command line", from)[0].0);
    }

    #[test]
    fn a_script_of_a_shell_is_started_with_what_it_exports() {
        let mut container = Container { variables: vec![Variable::new("A", "1")], ..Container::default() };
        let script = "sleep 5; export B=$A && C=3 java $D ${E:-e} -jar $JAR --a=\"$A\" && echo done";
        container.start(["/bin/sh", "-c", script].map(str::to_owned).to_vec());
        let words: Vec<_> = container.command.as_ref().unwrap().words.iter().map(|word| word.text.for_file()).collect();
        assert_eq!(words, ["java", "${D}", "e", "-jar", "${JAR}", "--a=1"]);
        let set: Vec<_> =
            container.variables.iter().map(|one| format!("{}={}", one.name, one.value.for_file())).collect();
        assert_eq!(set, ["A=1", "B=1", "C=3"]);
    }
}
