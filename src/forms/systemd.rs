//! Reads the variables and the command of a systemd unit, as systemd reads it: `Environment=`, `EnvironmentFile=`,
//! `UnsetEnvironment=` and `ExecStart=`, with its quoting (systemd 255 `extract-word.c`, `env-file.c`).

mod quoting;

use std::path::{Path, PathBuf};

use super::{
    Command, EnvironmentOrigin, Fit, FormError, Outline, Reading, Source, Variable,
    container::{Container, Host, Unread},
    docker_run,
    environment::unknown,
    shell::ShellWord,
};
use crate::text::secret::Secret;
use quoting::{environment_file, words};

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
    let variables = variables(&settings, &unit, source.open, &mut unread);
    let start = settings.iter().rev().find(|setting| setting.name == "ExecStart" && !setting.value.is_empty());
    let command = start.map(|setting| command(setting, &variables)).unwrap_or_default();
    let folder = settings.iter().rev().find(|setting| setting.name == "WorkingDirectory");
    let folder = folder.map(|setting| PathBuf::from(setting.value.trim_start_matches('-')));
    let shown: Vec<ShellWord> = command
        .iter()
        .map(|text| ShellWord { text: text.clone(), line: start.map_or(0, |setting| setting.line) })
        .collect();
    // The variables of the unit reach docker, and not the container.
    let container = if let Some(container) = docker_run::run(&shown, source.open, &unit) {
        container
    } else {
        let program = command.first().and_then(|word| word.rsplit('/').next()).unwrap_or_default();
        if program.starts_with("docker") || program.starts_with("podman") {
            let hint = "name the compose file that it starts, or give what docker inspect prints";
            return Err(FormError::NoScore { name: "systemd unit", hint });
        }
        let starts = command.iter().any(|word| word.contains("score-server"));
        let container = Container { name: name.clone(), variables, unread, ..Container::default() };
        if !starts && container.likeness("").is_none() {
            return Err(FormError::NoScore { name: "systemd unit", hint: HINT });
        }
        let host = Host { script: script(&command), folder };
        Container { command: Some(Command::of_words(command)), host: Some(host), ..container }
    };
    let origin = EnvironmentOrigin::Described { path: source.path.to_owned(), name: unit };
    Ok(Reading::Container { container: Box::new(container), origin })
}

/// Returns the start script of the distribution, if the command runs it.
fn script(command: &[String]) -> Option<PathBuf> {
    let program = Path::new(command.first()?);
    (program.file_name()? == "score-server" && program.parent()?.ends_with("bin")).then(|| program.to_owned())
}

/// Returns the settings of the sections `[Service]`. A backslash at the end of a line continues it.
fn settings(text: &str, file: Option<&Path>) -> Vec<UnitLine> {
    let mut all: Vec<UnitLine> = Vec::new();
    let mut of_service = false;
    let mut open: Option<(String, usize)> = None;
    for (at, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        if trimmed.starts_with(['#', ';']) || trimmed.is_empty() && open.is_none() {
            continue;
        }
        let (so_far, first) = open.take().unwrap_or_default();
        let first = if so_far.is_empty() { at + 1 } else { first };
        if let Some(continued) = trimmed.strip_suffix('\\') {
            open = Some((format!("{so_far}{continued} "), first));
            continue;
        }
        let whole = so_far + trimmed;
        if let Some(section) = whole.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            of_service = section == "Service";
        } else if let Some((name, value)) = whole.split_once('=').filter(|_| of_service) {
            let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
            all.push(UnitLine { name, value, line: first, file: file.map(Path::to_owned) });
        }
    }
    all
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
                let (name, value) = word.split_once('=')?;
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
                let read = environment_file(&String::from_utf8_lossy(&bytes)).into_iter();
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

/// Returns the value with `%%` for a percent sign. Other specifiers are filled in by systemd.
fn specified(value: &str) -> Secret {
    let plain = value.replace("%%", "");
    if plain.contains('%') { unknown("a specifier of systemd") } else { Secret::new(value.replace("%%", "%")) }
}

/// Returns the words of a command line, with the variables that systemd replaces: `${NAME}` anywhere, and `$NAME` as a
/// word, which is split at whitespace.
fn command(setting: &UnitLine, variables: &[Variable]) -> Vec<String> {
    let value = setting.value.trim_start_matches(['@', '-', ':', '+', '!', '|']);
    let known = |name: &str| {
        let found = variables.iter().rev().find(|one| one.name == name);
        found.map(|one| one.value.for_file().to_owned()).unwrap_or_default()
    };
    let mut all = Vec::new();
    for word in words(value) {
        if word == ";" {
            break;
        }
        let plain = word.strip_prefix('$').filter(|name| !name.is_empty() && name.chars().all(is_name));
        match plain {
            Some(name) => all.extend(known(name).split_whitespace().map(str::to_owned)),
            None => all.push(filled(&word, &known)),
        }
    }
    all
}

fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
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
            out += &known(name);
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
        let docker = "[Service]\nEnvironment=A=1\nExecStart=/usr/bin/docker run --rm -e B=2 score-server:5.11.0\n";
        let found = container(docker, &[]);
        assert_eq!((told(&found), found.host), (vec!["B=2 3".to_owned()], None));
        let other =
            Source { path: Path::new("x.service"), bytes: b"[Service]\nExecStart=/bin/true\n", open: &|_| None };
        assert!(matches!(read(&other), Err(FormError::NoScore { .. })));
    }
}
