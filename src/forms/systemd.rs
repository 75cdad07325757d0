//! Reads the variables and the command of a systemd unit, as systemd reads it: `Environment=`, `EnvironmentFile=`,
//! `UnsetEnvironment=` and `ExecStart=`, with its quoting (systemd 255 `extract-word.c`, `env-file.c`).

mod quoting;
mod started;
mod user;

use std::path::{Path, PathBuf};

use super::{
    Command, DescribedBy, EnvironmentOrigin, Fit, FormError, Outline, Reading, Source, Variable,
    container::{Container, Host, Unread, program},
    docker_run::{self, RunContext},
    environment::{is_name, unknown},
    shell::ScriptWord,
};
use crate::text::secret::Secret;
use quoting::{environment_file, words};
use started::started;
pub use user::{UnitUser, unit_user};

const HINT: &str = "name the unit that starts Score, or Score's folder";

pub(super) fn named(name: &str) -> bool {
    super::ends_in(name, &["service", "conf"])
}

pub(super) fn fits(outline: &Outline<'_>) -> Fit {
    let of_units = |name: &String| matches!(name.as_str(), "Unit" | "Service" | "Install" | "Timer" | "Socket");
    if outline.sections.iter().any(of_units) { Fit::Sure } else { Fit::No }
}

/// A line `NAME=value` of the section `[Service]`, continued lines joined.
struct UnitLine {
    name: String,
    value: String,
    line: usize,
    /// The file of the line, if it is a drop-in.
    file: Option<PathBuf>,
}

pub(super) fn read(source: &Source<'_>) -> Result<Reading, FormError> {
    let name = source.file_name().into_owned();
    let unit = if name == "-" { "unit".to_owned() } else { format!("unit {name}") };
    let mut settings = settings(&source.text(), None);
    // `systemctl edit` writes this drop-in.
    let beside = PathBuf::from(format!("{name}.d/override.conf"));
    if let Some(bytes) = (source.open)(&beside) {
        settings.extend(self::settings(&String::from_utf8_lossy(&bytes), Some(&beside)));
    }
    let mut unread = Vec::new();
    let mut variables = variables(&settings, &unit, source.open, &mut unread);
    let start = settings.iter().rev().find(|setting| setting.name == "ExecStart" && !setting.value.is_empty());
    let whole = unread.is_empty();
    let command = start.map(|setting| command(setting, &variables, whole)).unwrap_or_default();
    let folder = settings.iter().rev().find(|setting| setting.name == "WorkingDirectory");
    let folder = folder.map(|setting| PathBuf::from(setting.value.trim_start_matches('-')));
    let started = started(command, &variables, source.open);
    variables.extend(started.variables);
    unread.extend(started.unread.map(Unread::above));
    let command = started.words;
    let passed = |name: &str| variables.iter().rev().find(|one| one.name == name).cloned();
    // The variables of the unit reach docker, and not the container.
    let surroundings = RunContext { open: source.open, passed: &passed, object: &unit };
    let mut container = if let Some(container) = docker_run::run(&command, &surroundings) {
        Container { unread: unread.into_iter().chain(container.unread.clone()).collect(), ..container }
    } else {
        let first = command.first().map(|word| program(&word.text)).unwrap_or_default();
        if first.starts_with("docker") || first.starts_with("podman") {
            let hint = "name the compose file that it starts, or give what docker inspect prints";
            return Err(FormError::NoScore { name: "systemd unit", hint });
        }
        let starts = command.iter().any(|word| word.text.contains("score-server"));
        let container = Container { name: name.clone(), variables, unread, ..Container::default() };
        if !starts && container.likeness("").is_none() {
            return Err(FormError::NoScore { name: "systemd unit", hint: HINT });
        }
        let host = Host { script: script(&command), folder: started.folder.or(folder) };
        let command = Command::of_words(command.into_iter().map(|word| word.text));
        Container { command: Some(command), host: Some(host), ..container }
    };
    container.notes.extend(ignored(&settings));
    let origin = EnvironmentOrigin::Described { path: source.path.to_owned(), name: unit, by: DescribedBy::Systemd };
    Ok(Reading::Container { container: Box::new(container), origin })
}

/// Returns the start script of the distribution, if the command runs it.
fn script(command: &[ScriptWord]) -> Option<PathBuf> {
    let program = Path::new(&command.first()?.text);
    (program.file_name()? == "score-server" && program.parent()?.ends_with("bin")).then(|| program.to_owned())
}

/// Returns the settings of the sections `[Service]`. A line continues after a backslash that no backslash escapes. It
/// becomes a space, and the spaces of the next line stay (systemd 255 `config_parse`).
fn settings(text: &str, file: Option<&Path>) -> Vec<UnitLine> {
    let mut all: Vec<UnitLine> = Vec::new();
    let mut of_service = false;
    let mut open: Option<(String, usize)> = None;
    for (at, line) in text.lines().enumerate() {
        if line.trim_start().starts_with(['#', ';']) || line.trim().is_empty() && open.is_none() {
            continue;
        }
        let (so_far, first) = open.take().unwrap_or((String::new(), at + 1));
        let backslashes = line.len() - line.trim_end_matches('\\').len();
        if backslashes % 2 == 1 {
            let continued = line.strip_suffix('\\').unwrap_or(line);
            open = Some((format!("{so_far}{continued} "), first));
            continue;
        }
        let whole = so_far + line;
        let whole = whole.trim();
        if let Some(section) = whole.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            of_service = section == "Service";
        } else if let Some((name, value)) = whole.split_once('=').filter(|_| of_service) {
            let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
            all.push(UnitLine { name, value, line: first, file: file.map(Path::to_owned) });
        }
    }
    all
}

/// Returns a note for each name that systemd ignores because no variable can have it, such as `s3.endpoint`.
fn ignored(settings: &[UnitLine]) -> impl Iterator<Item = String> + '_ {
    settings.iter().filter(|setting| setting.name == "Environment").flat_map(|setting| {
        let names = words(&setting.value).into_iter().filter_map(|word| Some(word.split_once('=')?.0.to_owned()));
        names.filter(|name| !is_variable(name)).map(|name| {
            let line = setting.line;
            format!(
                "Line {line}: systemd ignores {name}, because the name of a variable has only letters, digits and _."
            )
        })
    })
}

/// Returns the variables in the order of systemd: those of files override those of the unit.
fn variables(
    settings: &[UnitLine],
    unit: &str,
    open: &dyn Fn(&Path) -> Option<Vec<u8>>,
    unread: &mut Vec<Unread>,
) -> Vec<Variable> {
    let (mut passed, mut own, mut files, mut unset) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for setting in settings {
        let object = |name: &str| Some(format!("{unit}, Environment {name}"));
        match (setting.name.as_str(), setting.value.as_str()) {
            // An empty value removes what was set before.
            ("Environment", "") => own.clear(),
            ("EnvironmentFile", "") => files.clear(),
            ("UnsetEnvironment", "") => unset.clear(),
            ("Environment", value) => own.extend(words(value).into_iter().filter_map(|word| {
                // systemd ignores a name that no variable can have, such as s3.endpoint.
                let (name, value) = word.split_once('=').filter(|(name, _)| is_variable(name))?;
                let variable = Variable::new(name, specified(value));
                Some(Variable {
                    line: Some(setting.line),
                    file: setting.file.clone(),
                    object: object(name),
                    ..variable
                })
            })),
            ("PassEnvironment", "") => passed.clear(),
            ("PassEnvironment", value) => passed.extend(words(value).into_iter().map(|name| Variable {
                line: Some(setting.line),
                file: setting.file.clone(),
                object: object(&name),
                ..Variable::new(name, unknown("the environment of systemd"))
            })),
            ("EnvironmentFile", value) => files.push(value.to_owned()),
            ("UnsetEnvironment", value) => unset.extend(words(value)),
            _ => {}
        }
    }
    // systemd takes the passed variables first, then its own, then those of files.
    let mut own: Vec<Variable> = passed.into_iter().chain(own).collect();
    for file in files {
        if file.contains(['%', '*', '?', '[']) {
            unread.push(Unread::above(format!("{file} is not read, because systemd fills in its name.")));
            continue;
        }
        let (path, optional) = file.strip_prefix('-').map_or((file.as_str(), false), |path| (path, true));
        match open(Path::new(path)) {
            Some(bytes) => {
                // systemd ignores a line with a name that is not valid, such as one with export.
                let read = environment_file(&String::from_utf8_lossy(&bytes)).into_iter();
                let read = read.filter(|(name, ..)| is_variable(name));
                own.extend(read.map(|(name, value, line)| Variable {
                    line: Some(line),
                    file: Some(PathBuf::from(path)),
                    ..Variable::new(name, value.as_str())
                }));
            }
            None if optional => {}
            None => {
                let what = format!("{path} cannot be read; what it sets is not known here.");
                unread.push(Unread::above(what));
            }
        }
    }
    own.retain(|variable| {
        let assigned = |one: &String| variable.value.shape(|value| *one == format!("{}={value}", variable.name));
        !unset.iter().any(|one| *one == variable.name || assigned(one))
    });
    own
}

/// Returns true for a name that systemd gives to a variable (systemd 255 `env_name_is_valid`).
fn is_variable(name: &str) -> bool {
    name.chars().all(is_name) && !name.starts_with(|first: char| first.is_ascii_digit())
}

/// Returns the value with `%%` for a percent sign. Other specifiers are filled in by systemd.
fn specified(value: &str) -> Secret {
    let plain = value.replace("%%", "");
    if plain.contains('%') { unknown("a specifier of systemd") } else { Secret::new(value.replace("%%", "%")) }
}

/// Returns the words of a command line, with the variables that systemd replaces: `${NAME}` anywhere, and `$NAME` as a
/// word, which is split at whitespace. `whole` is false if a variable that is not among these may be set.
fn command(setting: &UnitLine, variables: &[Variable], whole: bool) -> Vec<ScriptWord> {
    let value = setting.value.trim_start_matches(['@', '-', ':', '+', '!', '|']);
    let prefix = &setting.value[..setting.value.len() - value.len()];
    let known = |name: &str| {
        let found = variables.iter().rev().find(|one| one.name == name);
        let missing =
            || if whole { String::new() } else { unknown(&format!("the variable {name}")).for_file().to_owned() };
        found.map_or_else(missing, |one| one.value.for_file().to_owned())
    };
    let mut all = Vec::new();
    let mut push = |text: String, splits| all.push(ScriptWord { text, line: setting.line, splits });
    for word in words(value) {
        if word == ";" {
            break;
        }
        let word = specified_inside(&word);
        let plain = word.strip_prefix('$').filter(|name| !name.is_empty() && name.chars().all(is_name));
        match plain {
            // A colon in front of the command keeps every dollar.
            _ if prefix.contains(':') => push(word, false),
            Some(name) if known(name).starts_with("${unknown here") => push(known(name), true),
            Some(name) => known(name).split_whitespace().for_each(|word| push(word.to_owned(), false)),
            None => push(filled(&word, &known), false),
        }
    }
    // The second word is the name that the program sees.
    if prefix.contains('@') && all.len() > 1 {
        all.remove(1);
    }
    all
}

/// Returns a word of the command with `%%` for a percent sign. What another specifier becomes is not known here.
fn specified_inside(word: &str) -> String {
    let mut out = String::new();
    let mut letters = word.chars();
    while let Some(letter) = letters.next() {
        match (letter, if letter == '%' { letters.next() } else { None }) {
            ('%', Some('%')) => out.push('%'),
            ('%', Some(_)) => out += unknown("a specifier of systemd").for_file(),
            (letter, _) => out.push(letter),
        }
    }
    out
}

fn filled(word: &str, known: &dyn Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('$') {
        out += before;
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, after)) = after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            // The placeholder of a specifier stays.
            let value = if name.starts_with("unknown here") { format!("${{{name}}}") } else { known(name) };
            out += &value;
            rest = after;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(text: &str, files: &[(&str, &str)]) -> Container {
        let open = |path: &Path| {
            let found = files.iter().find(|(name, _)| path == Path::new(name))?;
            Some(found.1.as_bytes().to_vec())
        };
        let source = Source { path: Path::new("score.service"), bytes: text.as_bytes(), open: &open };
        let Ok(Reading::Container { container, .. }) = read(&source) else { panic!("{text}") };
        *container
    }

    fn told(container: &Container) -> Vec<String> {
        container
            .variables
            .iter()
            .map(|one| format!("{}={} {}", one.name, one.value.for_file(), one.line.unwrap()))
            .collect()
    }

    #[test]
    fn variables_are_read_in_the_order_and_with_the_quotes_of_systemd() {
        let text = "[Unit]\nEnvironment=NO=1\n[Service]\n# a comment\nEnvironment=\"A=a b\" B=it\\x21 'C=100%%' D=%h\nEnvironment=E=1 \\\n# inside\n  F=2\n\
                    EnvironmentFile=-/etc/gone\nEnvironmentFile=/etc/score.env\nUnsetEnvironment=F\nPassEnvironment=P\nExecStart=/usr/bin/java -jar /opt/score-server.jar --x=${A} $B $$\n";
        let found = container(text, &[("/etc/score.env", "A=\"q\"\nG='x y' \n")]);
        let unknown = |from: &str| format!("${{unknown here, from {from}}}");
        assert_eq!(
            told(&found),
            [
                format!("P={} 12", unknown("the environment of systemd")),
                "A=a b 5".into(),
                "B=it! 5".into(),
                "C=100% 5".into(),
                format!("D={} 5", unknown("a specifier of systemd")),
                "E=1 6".into(),
                "A=q 1".into(),
                "G=x y 2".into(),
            ]
        );
        let words: Vec<_> = found.command.as_ref().unwrap().words.iter().map(|word| word.text.for_file()).collect();
        assert_eq!(words, ["/usr/bin/java", "-jar", "/opt/score-server.jar", "--x=q", "it!", "$"]);
        assert_eq!(found.host, Some(Host { script: None, folder: None }));
    }

    #[test]
    fn a_drop_in_and_a_reset_are_read_and_a_container_is_found() {
        let text =
            "[Service]\nEnvironment=A=1\nWorkingDirectory=/opt/score\nExecStart=/opt/score/bin/score-server console\n";
        let found = container(text, &[("score.service.d/override.conf", "[Service]\nEnvironment=\nEnvironment=B=2\n")]);
        assert_eq!(told(&found), ["B=2 3"]);
        let script = Some(PathBuf::from("/opt/score/bin/score-server"));
        assert_eq!(found.host, Some(Host { script, folder: Some("/opt/score".into()) }));
        let docker = "[Service]\nEnvironment=A=1\nExecStart=/usr/bin/docker run --rm -e B=2 -e A score-server:5.11.0\n";
        let found = container(docker, &[]);
        assert_eq!((told(&found), found.host), (vec!["B=2 3".to_owned(), "A=1 3".into()], None));
        let other =
            Source { path: Path::new("x.service"), bytes: b"[Service]\nExecStart=/bin/true\n", open: &|_| None };
        assert!(matches!(read(&other), Err(FormError::NoScore { .. })));
    }

    fn words(container: &Container) -> Vec<&str> {
        let command = container.command.iter().flat_map(|command| &command.words);
        command.map(|word| word.text.for_file()).collect()
    }

    #[test]
    fn a_script_is_read_where_it_is_certain_and_else_is_not_read() {
        let unit = |start: &str| format!("[Service]\nEnvironment=OBJECT_SENTINEL=h\nExecStart={start}\n");
        let found = container(
            &unit("/bin/sh -c 'cd /opt/score && export A=b && exec env B=c java -jar score-server.jar --x=$$A'"),
            &[],
        );
        let named: Vec<_> = found.variables.iter().map(|one| (one.name.as_str(), one.value.for_file())).collect();
        assert_eq!(named, [("OBJECT_SENTINEL", "h"), ("A", "b"), ("B", "c")]);
        assert_eq!(words(&found), ["java", "-jar", "score-server.jar", "--x=b"]);
        assert_eq!((found.host.unwrap().folder, found.unread), (Some("/opt/score".into()), vec![]));
        let start = "#!/bin/bash\nset -e\n. /etc/score.env\nexec java -jar /opt/score-server.jar \"$@\"\n";
        let found = container(&unit("/bin/bash -e /opt/start"), &[("/opt/start", start)]);
        let more = "/opt/start runs . before it starts Score, and what that sets is not known here.";
        assert_eq!(found.unread, [Unread::above(more)]);
        let found = container(&unit("/opt/start.sh"), &[]);
        let gone = "/opt/start.sh starts Score and cannot be read; what it sets is not known here.";
        assert_eq!(found.unread, [Unread::above(gone)]);
        let found = container(&unit("/bin/sh -c 'exec docker run -e A=1 score-server:5.11.0'"), &[]);
        assert_eq!((found.image.as_deref(), found.unread), (Some("score-server:5.11.0"), vec![]));
    }

    #[test]
    fn what_systemd_fills_in_is_unknown() {
        let text = "[Service]\nEnvironment=A=1 OBJECT_SENTINEL=h\nEnvironmentFile=/etc/%i.env\nExecStart=@/usr/bin/java name -jar %h/score-server.jar -Da=50%% $OPTS ${A}\n";
        let found = container(text, &[]);
        let (specifier, opts) = (
            "${unknown here, from a specifier of systemd}/score-server.jar",
            "${unknown here, from the variable OPTS}",
        );
        assert_eq!(words(&found), ["/usr/bin/java", "-jar", specifier, "-Da=50%", opts, "1"]);
        let plain = container("[Service]\nExecStart=:/usr/bin/java -jar score-server.jar $A ${A}\n", &[]);
        assert_eq!(words(&plain)[3..], ["$A", "${A}"]);
    }
}
