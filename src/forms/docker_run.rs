//! Reads the command line of `docker run` or `podman run` in a script: the variables, the image and the command of the
//! container, as docker reads its options.

use std::path::{Path, PathBuf};

use super::{
    DescribedBy, EnvironmentOrigin, Fit, FormError, Outline, Reading, Source, Variable,
    container::{Container, Unread, program},
    environment::{self, source_of_unknown, unknown},
    shell::{self, Outer, ScriptWord, assignment},
};

const NOT_READ: FormError =
    FormError::NotRead { name: "shell script", hint: "write the variables into an env file, and name that file" };

/// The options of `docker run` and `podman run` without a value. All others take one.
const FLAGS: [&str; 26] = [
    "detach",
    "interactive",
    "tty",
    "rm",
    "privileged",
    "init",
    "read-only",
    "publish-all",
    "quiet",
    "no-healthcheck",
    "oom-kill-disable",
    "sig-proxy",
    "disable-content-trust",
    "use-api-socket",
    "replace",
    "no-hosts",
    "no-hostname",
    "env-host",
    "http-proxy",
    "rmi",
    "read-only-tmpfs",
    "passwd",
    "no-hostname",
    "unsetenv-all",
    "tls-verify",
    "help",
];
/// The short options without a value.
const SHORT_FLAGS: &str = "ditPq";

pub(super) fn named(name: &str) -> bool {
    super::ends_in(name, &["sh", "bash"])
}

/// Recognises a script, and lines with `docker run` alone.
pub(super) fn fits(outline: &Outline<'_>) -> Fit {
    let text = outline.text.trim_start_matches('\u{feff}');
    let runs = |line: &str| {
        let mut words = line.split_whitespace().skip_while(|word| ["sudo", "exec"].contains(word));
        words.next().is_some_and(is_docker) && words.take(4).any(|word| word == "run")
    };
    let lines = || super::outline::lines(text).take(1000).any(runs);
    if text.starts_with("#!") || outline.may_be_lines() && lines() { Fit::Sure } else { Fit::No }
}

pub(super) fn is_docker(word: &str) -> bool {
    ["docker", "podman", "nerdctl"].contains(&program(word))
}

/// The objects of docker, beside containers, that its commands create.
const NOUNS: [&str; 14] = [
    "network", "volume", "compose", "service", "config", "secret", "context", "image", "pod", "swarm", "plugin",
    "buildx", "stack", "manifest",
];

pub(super) fn read(source: &Source<'_>) -> Result<Reading, FormError> {
    let outer = Outer { open: source.open, ..Outer::of(&|_| None) };
    let script = shell::script(source.text().trim_start_matches('\u{feff}'), &outer);
    let alike = script.commands.iter().enumerate().filter_map(|(at, words)| {
        let passed = |name: &str| script.exported(at, name).map(|value| Variable::new(name, value));
        let container = run(words, &RunContext { open: source.open, passed: &passed, object: "docker run" })?;
        Some((container.likeness("")?, words.first()?.line, container))
    });
    let best = alike.collect::<Vec<_>>().into_iter().rev().max_by_key(|(likeness, ..)| *likeness);
    let (_, line, container) = best.ok_or(NOT_READ)?;
    let name = if container.name.is_empty() { format!("line {line}") } else { format!("container {}", container.name) };
    let origin = EnvironmentOrigin::Described {
        path: source.path.to_owned(),
        name: format!("docker run, {name}"),
        by: DescribedBy::DockerRun,
    };
    Ok(Reading::Container { container: Box::new(container), origin })
}

/// The files and variables that a command can refer to.
pub(super) struct RunContext<'a> {
    pub(super) open: &'a dyn Fn(&Path) -> Option<Vec<u8>>,
    /// Returns a variable of the environment of docker.
    pub(super) passed: &'a dyn Fn(&str) -> Option<Variable>,
    /// The beginning of the part that a finding names.
    pub(super) object: &'a str,
}

/// Reads a command. `None` if it does not start a container.
pub(super) fn run(words: &[ScriptWord], surroundings: &RunContext<'_>) -> Option<Container> {
    let docker = words.iter().position(|word| is_docker(&word.text))?;
    let start = docker + words[docker..].iter().position(|word| ["run", "create"].contains(&word.text.as_str()))?;
    if words[docker + 1..start].iter().any(|word| NOUNS.contains(&word.text.as_str())) {
        return None;
    }
    let assigned = words[..docker].iter().filter_map(|word| assignment(&word.text)).collect();
    let mut rest = words[start + 1..].iter();
    let mut given =
        Given { surroundings, assigned, container: Container::default(), files: Vec::new(), own: Vec::new() };
    let mut entrypoint = None;
    while let Some(word) = rest.next() {
        let text = word.text.as_str();
        if word.splits && text.starts_with("${") && rest.as_slice().iter().any(|word| is_image(&word.text)) {
            given.splits(word);
            continue;
        }
        let (name, value) = if let Some(long) = text.strip_prefix("--") {
            match long.split_once('=') {
                Some((name, value)) => (name.to_owned(), value.to_owned()),
                None if FLAGS.contains(&long) => continue,
                None => (long.to_owned(), rest.next()?.text.clone()),
            }
        } else if let Some(short) = text.strip_prefix('-').filter(|short| !short.is_empty()) {
            // Flags may be in front of an option with a value, as in -dp 80:80.
            let options = short.trim_start_matches(|letter| SHORT_FLAGS.contains(letter));
            let mut letters = options.chars();
            let Some(first) = letters.next() else { continue };
            let attached = letters.as_str().trim_start_matches('=');
            let value = if attached.is_empty() { rest.next()?.text.clone() } else { attached.to_owned() };
            (first.to_string(), value)
        } else {
            given.container.image = Some(text.to_owned());
            break;
        };
        match name.as_str() {
            "e" | "env" => given.variable(&value, word.line),
            "env-file" => given.file(&value),
            "secret" => given.secret(&value, word.line),
            "name" => given.container.name = value,
            "v" | "volume" => given.volume(&value),
            "mount" => given.mount(&value),
            "entrypoint" => entrypoint = Some(value),
            _ => {}
        }
    }
    given.container.image.as_ref()?;
    let arguments: Vec<&ScriptWord> = rest.collect();
    arguments.iter().filter(|word| word.splits && word.text.starts_with("${")).for_each(|word| given.splits(word));
    let words = entrypoint.into_iter().chain(arguments.into_iter().map(|word| word.text.clone())).collect();
    let Given { mut container, files, own, .. } = given;
    // Variables of files come first, whatever the order of the options.
    container.variables = files.into_iter().chain(own).collect();
    container.start(words);
    Some(container)
}

/// Returns true for the name of an image of Score.
fn is_image(text: &str) -> bool {
    text.contains("score-server") && !text.starts_with(['-', '/', '$'])
}

struct Given<'a> {
    surroundings: &'a RunContext<'a>,
    /// The variables in front of the command.
    assigned: Vec<(&'a str, &'a str)>,
    container: Container,
    files: Vec<Variable>,
    own: Vec<Variable>,
}

impl Given<'_> {
    /// Adds a note for a word that the shell splits into words that are not known here.
    fn splits(&mut self, word: &ScriptWord) {
        let source = source_of_unknown(&word.text).unwrap_or("the shell");
        let what = format!("A part of the command comes from {source}, which is not known here. It may set variables.");
        self.container.unread.push(Unread::above(what));
    }

    /// Adds `NAME=value`. A name alone gets its value from the environment of docker.
    fn variable(&mut self, text: &str, line: usize) {
        let passed = |name: &str| {
            let assigned = self.assigned.iter().rev().find(|(one, _)| *one == name);
            assigned.map(|(_, value)| Variable::new(name, *value)).or_else(|| (self.surroundings.passed)(name))
        };
        let variable = match environment::of_words([text]).pop() {
            Some(variable) => variable,
            None if text.contains('=') => return,
            None if source_of_unknown(text).is_some() => {
                return self.splits(&ScriptWord { text: text.to_owned(), line, splits: true });
            }
            None => passed(text).unwrap_or_else(|| Variable::new(text, unknown("the environment of docker"))),
        };
        let object = Some(format!("{}, env {}", self.surroundings.object, variable.name));
        self.own.push(Variable { line: Some(line), object, ..variable });
    }

    fn file(&mut self, path: &str) {
        if let Some(bytes) = (self.surroundings.open)(Path::new(path)) {
            let passed = self.surroundings.passed;
            let read = environment::literal(&bytes).into_iter().map(|one| {
                let alone = one.value.shape(|text| source_of_unknown(text).is_some());
                let value = passed(&one.name).filter(|_| alone).map_or(one.value.clone(), |passed| passed.value);
                Variable { value, file: Some(PathBuf::from(path)), ..one }
            });
            self.files.extend(read);
        } else {
            let what = format!("{path} cannot be read; what it sets is not known here.");
            self.container.unread.push(Unread::below(what));
        }
    }

    /// Adds the variable that podman sets from a secret, as in `--secret NAME,type=env,target=VARIABLE` (podman-run(1)).
    fn secret(&mut self, text: &str, line: usize) {
        let (secret, options) = text.split_once(',').unwrap_or((text, ""));
        let mut name = secret;
        let mut sets = false;
        for (option, value) in options.split(',').filter_map(|option| option.split_once('=')) {
            match option {
                "type" => sets = value == "env",
                "target" => name = value,
                _ => {}
            }
        }
        if sets {
            let object = Some(format!("{}, secret {secret}", self.surroundings.object));
            let value = unknown(&format!("the secret {secret} of podman"));
            self.own.push(Variable { line: Some(line), object, ..Variable::new(name, value) });
        }
    }

    fn volume(&mut self, text: &str) {
        let mut parts = text.split(':');
        if let (Some(source), Some(target)) = (parts.next(), parts.next())
            && source.starts_with(['/', '.'])
        {
            self.container.mounts.push((PathBuf::from(source), target.to_owned()));
        }
    }

    fn mount(&mut self, text: &str) {
        let option = |names: &[&str]| {
            let mut options = text.split(',').filter_map(|option| option.split_once('='));
            options.find(|(name, _)| names.contains(name)).map(|(_, value)| value)
        };
        let target = option(&["target", "destination", "dst"]);
        if let (Some(source), Some(target)) = (option(&["source", "src"]), target)
            && source.starts_with(['/', '.'])
        {
            self.container.mounts.push((PathBuf::from(source), target.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_as_docker_reads_them() {
        let text = "docker pull x\nsudo docker run -d --rm -p 8087:8087 -eA=1 --env B='b c' --env-file score.env -e C \\\n  --name=score -v ./conf:/conf:ro -v data:/data \
                    --mount type=bind,src=/a,dst=/b --network host ghcr.io/overture-stack/score-server:5.11.0 java -jar /s.jar --x=y\n";
        let open = |path: &Path| (path == Path::new("score.env")).then(|| b"A=of-file\nQ=\"q\"\n".to_vec());
        let source = Source { path: Path::new("start.sh"), bytes: text.as_bytes(), open: &open };
        let Ok(Reading::Container { container, .. }) = read(&source) else { panic!() };
        let told: Vec<_> =
            container.variables.iter().map(|one| format!("{}={}", one.name, one.value.for_file())).collect();
        let unknown = "C=${unknown here, from the environment of docker}";
        assert_eq!(told, ["A=of-file", "Q=\"q\"", "A=1", "B=b c", unknown]);
        assert_eq!(container.name, "score");
        assert_eq!(container.mounts, [("./conf".into(), "/conf".to_owned()), ("/a".into(), "/b".to_owned())]);
        assert_eq!(container.command.unwrap().jar(), Some("/s.jar".into()));
        let none = Source { path: Path::new("x"), bytes: b"#!/bin/sh\nexport A=b\ndocker run minio", open: &open };
        assert!(matches!(read(&none), Err(FormError::NotRead { .. })));
    }

    #[test]
    fn words_that_only_the_shell_knows_are_not_read_and_passed_variables_are_filled_in() {
        let told = |text: &str| {
            let source = Source { path: Path::new("start.sh"), bytes: text.as_bytes(), open: &|_| None };
            let Ok(Reading::Container { container, .. }) = read(&source) else { panic!("{text}") };
            let of = |one: &Variable| format!("{}={}", one.name, one.value.for_file());
            let unread: Vec<bool> = container.unread.iter().map(|part| part.overrides).collect();
            (container.variables.iter().map(of).collect::<Vec<_>>(), unread)
        };
        let run = |options: &str| {
            format!("#!/bin/sh\nO='-e A=1 -e B=2'\nexport C=3\nA=5 docker run {options} x/score-server:5.11.0\n")
        };
        assert_eq!(told(&run("$O -e C -e A")), (["A=1", "B=2", "C=3", "A=5"].map(str::to_owned).to_vec(), vec![]));
        let unknown = "D=${unknown here, from the environment of docker}".to_owned();
        assert_eq!(told(&run("$OPTS -e D")), (vec![unknown], vec![true]));
        assert_eq!(told(&run("\"${ARGS[@]}\"")), (vec![], vec![true]));
        assert_eq!(told(&run("-e A=1 --env-file gone.env")), (vec!["A=1".into()], vec![false]));
    }
}
