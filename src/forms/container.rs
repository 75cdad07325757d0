//! A container of Score as a compose file or `docker inspect` tells it: its image, its variables, its command line, and
//! which folders of this machine it sees. Reads text; other files come through a reader.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use super::{Command, Told, Variable, environment};
use crate::{
    score::Release,
    text::{
        secret::Secret,
        yaml::{self, Node, What, YamlError},
    },
};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Container {
    /// Of the service, or of the container.
    pub name: String,
    pub image: Option<String>,
    pub variables: Vec<Variable>,
    /// `None`: what the image says.
    pub command: Option<Command>,
    /// Folders and files of this machine, and where they are inside.
    pub mounts: Vec<(PathBuf, String)>,
    pub notes: Vec<String>,
}

/// Variables that only a Score server has.
const OWN: &[&str] = &["OBJECT_SENTINEL", "BUCKET_NAME_OBJECT", "BUCKET_NAME_STATE", "COLLABORATORY_DATA_DIRECTORY"];

const IMAGE: &str = "score-server";

impl Container {
    /// The tag of an image is the release, if it looks like one.
    #[must_use]
    pub fn release(&self) -> Option<Told<Release>> {
        let image = self.image.as_deref()?;
        let (_, tag) = image.split('@').next()?.rsplit('/').next()?.split_once(':')?;
        let what = tag.trim_start_matches('v').parse().ok()?;
        Some(Told { what, by: format!("the image {image}") })
    }

    /// How surely it is a Score server; `None`: it is none.
    fn likeness(&self, build: &str) -> Option<u8> {
        let has = |text: &str| text.contains(IMAGE);
        match &self.image {
            Some(image) if has(image) => Some(3),
            _ if has(&self.name) || has(build) => Some(2),
            _ if self.variables.iter().any(|one| OWN.contains(&one.name.as_str())) => Some(1),
            _ => None,
        }
    }
}

/// The service of a compose file that is a Score server; `Ok(None)`: there is none. `open` reads a file beside it.
///
/// # Errors
/// Returns an error if the file is not YAML.
pub fn service(text: &str, open: &dyn Fn(&Path) -> Option<Vec<u8>>) -> Result<Option<Container>, YamlError> {
    let documents = yaml::read(text)?;
    let services = documents.first().and_then(|document| document.get("services"));
    // Never what this shell has: Score is perhaps started by somebody else.
    let beside = open(Path::new(".env")).map(|bytes| environment::compose(&bytes, &|_| None)).unwrap_or_default();
    let known = |name: &str| beside.iter().rev().find(|one| one.name == name).map(|one| one.value.clone());
    let reader = Reader { known: &known, open };
    let all = services.map(Node::members).unwrap_or_default().iter();
    let alike = all.filter_map(|(name, node)| {
        let service = reader.service(name, node);
        let build = node.get("build").map(yaml::flat).unwrap_or_default();
        let build = build.iter().map(|flat| flat.value.as_str()).collect::<Vec<_>>().join(" ");
        service.likeness(&build).map(|likeness| (likeness, service))
    });
    // Of several the first, as it stands.
    Ok(alike.rev().max_by_key(|(likeness, _)| *likeness).map(|(_, service)| service))
}

struct Reader<'a> {
    known: &'a dyn Fn(&str) -> Option<Secret>,
    open: &'a dyn Fn(&Path) -> Option<Vec<u8>>,
}

impl Reader<'_> {
    fn text(&self, node: &Node) -> Option<String> {
        node.word().map(|word| environment::interpolated(word, self.known).for_file().to_owned())
    }

    fn service(&self, name: &str, node: &Node) -> Container {
        let mut notes = Vec::new();
        if node.get("extends").is_some() {
            notes.push(format!("The service {name} extends another one, which is not read."));
        }
        let mut variables = self.files(node.get("env_file"), &mut notes);
        variables.extend(node.get("environment").map(|node| self.environment(node)).unwrap_or_default());
        let variables = last_of_each(variables);
        let known = |name: &str| variables.iter().rev().find(|one| one.name == name).map(|one| one.value.clone());
        let words = [node.get("entrypoint"), node.get("command")].into_iter().flatten();
        let words: Vec<String> = words.flat_map(|node| self.words(node)).collect();
        let volumes = node.get("volumes").map(Node::items).unwrap_or_default().iter();
        Container {
            name: name.to_owned(),
            image: node.get("image").and_then(|image| self.text(image)),
            command: (!words.is_empty()).then(|| Command::of_container(words, &known)),
            mounts: volumes.filter_map(|node| self.mount(node)).collect(),
            variables,
            notes,
        }
    }

    /// A path, a list of them, or a list of maps with `path` and `format`; the later ones count more.
    fn files(&self, node: Option<&Node>, notes: &mut Vec<String>) -> Vec<Variable> {
        let one = node.filter(|node| node.items().is_empty());
        let all = one.into_iter().chain(node.map(Node::items).unwrap_or_default());
        let mut variables: Vec<Variable> = Vec::new();
        for file in all {
            let Some(path) = self.text(file.get("path").unwrap_or(file)) else { continue };
            let Some(bytes) = (self.open)(Path::new(&path)) else {
                notes.push(format!("{path} cannot be read; what it sets is not known here."));
                continue;
            };
            let raw = file.get("format").and_then(Node::word) == Some("raw");
            let read = if raw { environment::literal(&bytes) } else { environment::compose(&bytes, self.known) };
            variables.extend(read.into_iter().map(|one| Variable { file: Some(PathBuf::from(&path)), ..one }));
        }
        last_of_each(variables)
    }

    /// A map, or a list of `NAME=value`; a name alone is taken from whoever starts compose, or from `.env`.
    fn environment(&self, node: &Node) -> Vec<Variable> {
        let passed = |name: &str| (self.known)(name).unwrap_or_else(|| Secret::new(format!("${{{name}}}")));
        let read = |name: &str, value: Option<&str>, line| Variable {
            name: name.to_owned(),
            value: value.map_or_else(|| passed(name), |value| environment::interpolated(value, self.known)),
            file: None,
            line: Some(line),
        };
        let members = node.members().iter().map(|(name, node)| read(name, node.word(), node.line));
        let items = node.items().iter().filter_map(|node| {
            let word = node.word()?;
            let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
            Some(read(name, value, node.line))
        });
        members.chain(items).collect()
    }

    fn words(&self, node: &Node) -> Vec<String> {
        match &node.what {
            What::Word(_) => self.text(node).iter().flat_map(|text| split(text)).collect(),
            _ => node.items().iter().filter_map(|item| self.text(item)).collect(),
        }
    }

    /// `./conf:/score/conf:ro`, or a map with `source` and `target`; named volumes are no folders.
    fn mount(&self, node: &Node) -> Option<(PathBuf, String)> {
        let (source, target) = if let Some(source) = node.get("source") {
            (self.text(source)?, self.text(node.get("target")?)?)
        } else {
            let text = self.text(node)?;
            let mut parts = text.split(':');
            (parts.next()?.to_owned(), parts.next()?.to_owned())
        };
        source.starts_with(['.', '/']).then(|| (PathBuf::from(source), target))
    }
}

/// Of each name the one that counts.
fn last_of_each(variables: Vec<Variable>) -> Vec<Variable> {
    let mut met = HashSet::new();
    let mut last: Vec<_> = variables.into_iter().rev().filter(|one| met.insert(one.name.clone())).collect();
    last.reverse();
    last
}

impl Command {
    /// What a container starts: a shell that is asked to start something is looked through.
    #[must_use]
    pub fn of_container(words: Vec<String>, known: &dyn Fn(&str) -> Option<Secret>) -> Self {
        let script = words.iter().position(|word| word == "-c").and_then(|at| words.get(at + 1));
        match script.filter(|_| words.first().is_some_and(|shell| shell.ends_with("sh"))) {
            None => Self::of_words(words),
            Some(script) => {
                let filled = |word: String| environment::interpolated(&word, known).for_file().to_owned();
                Self::of_words(split(&script.replace("\\\n", " ")).into_iter().map(filled))
            }
        }
    }
}

/// Words as a shell takes them apart: at blanks, but not in quotes.
fn split(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut word, mut quote) = (None::<String>, None);
    for letter in text.chars() {
        match quote {
            Some(open) if letter == open => quote = None,
            None if letter.is_whitespace() => words.extend(word.take()),
            None if ['"', '\''].contains(&letter) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// The reason why a text is not what `docker inspect` prints.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("it is not what docker inspect prints of a container")]
    NoContainer,
}

/// Reads what `docker inspect` prints, and returns the container that is a Score server. `Ok(None)`: none is.
///
/// # Errors
/// Returns an error if the text is something else.
pub fn inspected(text: &str) -> Result<Option<Container>, InspectError> {
    let value: serde_json::Value = serde_json::from_str(text)?;
    let all = match &value {
        serde_json::Value::Array(all) => all.as_slice(),
        one => std::slice::from_ref(one),
    };
    if !all.iter().any(|one| one["Config"].is_object()) {
        return Err(InspectError::NoContainer);
    }
    let alike = all.iter().filter_map(|one| {
        let container = container(one);
        container.likeness("").map(|likeness| (likeness, container))
    });
    Ok(alike.rev().max_by_key(|(likeness, _)| *likeness).map(|(_, container)| container))
}

fn container(one: &serde_json::Value) -> Container {
    use serde_json::Value;
    let words = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(|word| word.as_str().map(str::to_owned)).collect()
    };
    let config = &one["Config"];
    let variables = words(&config["Env"]);
    let variables = environment::of_words(variables.iter().map(String::as_str));
    let known = |name: &str| variables.iter().rev().find(|one| one.name == name).map(|one| one.value.clone());
    let command: Vec<String> = one["Path"].as_str().map(str::to_owned).into_iter().chain(words(&one["Args"])).collect();
    let command = Some(command).filter(|words| !words.is_empty()).unwrap_or_else(|| words(&config["Cmd"]));
    let mount =
        |mount: &Value| Some((PathBuf::from(mount["Source"].as_str()?), mount["Destination"].as_str()?.to_owned()));
    Container {
        name: one["Name"].as_str().unwrap_or_default().trim_start_matches('/').to_owned(),
        image: config["Image"].as_str().map(str::to_owned),
        command: (!command.is_empty()).then(|| Command::of_container(command, &known)),
        mounts: one["Mounts"].as_array().into_iter().flatten().filter_map(mount).collect(),
        variables,
        notes: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPOSE: &str = r#"
x-common: &common
  env_file: [one.env, {path: two.env, format: raw}]
services:
  minio:
    image: minio/minio
    environment: {MINIO_ROOT_USER: x}
  score:
    <<: *common
    image: ghcr.io/overture-stack/score-server:${TAG}
    command: sh -c "java -jar $$JAR_FILE --spring.config.location=file:/conf/"
    environment:
      S3_ENDPOINT: http://$HOST:9000
      A: over
      PASSED:
      NO: ${NOWHERE}
    volumes: ["./conf:/conf:ro", "data:/data"]
"#;

    fn open(path: &Path) -> Option<Vec<u8>> {
        let text = match path.to_str()? {
            ".env" => "TAG=5.11.0\nHOST='minio'\nPASSED=p\n",
            "one.env" => "A=1\nB=\"b\"\nJAR_FILE=/score-server.jar\n",
            "two.env" => "C=\"c\"\n",
            _ => return None,
        };
        Some(text.as_bytes().to_vec())
    }

    #[test]
    fn the_service_that_is_score_is_read_as_compose_reads_it() {
        let found = service(COMPOSE, &open).unwrap().unwrap();
        let variables: Vec<_> =
            found.variables.iter().map(|one| (&*one.name, one.value.for_file(), one.line)).collect();
        assert_eq!(
            variables,
            [
                ("B", "b", Some(2)),
                ("JAR_FILE", "/score-server.jar", Some(3)),
                ("C", "\"c\"", Some(1)),
                ("S3_ENDPOINT", "http://minio:9000", Some(13)),
                ("A", "over", Some(14)),
                ("PASSED", "p", Some(15)),
                ("NO", "${NOWHERE}", Some(16)),
            ]
        );
        assert_eq!(found.release().map(|told| told.what), Some(Release::R5_11));
        assert_eq!(found.mounts, [("./conf".into(), "/conf".to_owned())]);
        let arguments: Vec<_> = found.command.as_ref().unwrap().arguments().map(|given| given.name).collect();
        assert_eq!(arguments, ["spring.config.location"]);
    }

    #[test]
    fn without_an_image_the_name_and_the_variables_tell() {
        let named = |text: &str| service(text, &|_| None).unwrap().map(|found| found.name);
        assert_eq!(
            named("services: {song: {image: song-server}, score-server: {build: .}}"),
            Some("score-server".into())
        );
        assert_eq!(named("services: {x: {image: y, environment: [OBJECT_SENTINEL=z]}}"), Some("x".into()));
        assert_eq!(named("services: {x: {image: score-client}}"), None);
        assert_eq!(named("a: b"), None);
        assert!(service("a: [", &|_| None).is_err());
    }

    #[test]
    fn a_container_is_read_from_what_docker_prints() {
        let text = r#"[{"Name": "/score", "Path": "/bin/sh", "Args": ["-c", "java -jar $JAR_FILE --a.b=1"],
            "Config": {"Image": "overture/score-server:5.9.0", "Env": ["JAR_FILE=/s.jar", "S3_ENDPOINT=http://x"]},
            "Mounts": [{"Type": "bind", "Source": "/opt/conf", "Destination": "/conf"}]}]"#;
        let found = inspected(text).unwrap().unwrap();
        assert_eq!((found.name.as_str(), found.release().unwrap().what), ("score", Release::R5_9));
        assert_eq!(found.command.unwrap().jar(), Some("/s.jar".into()));
        assert!(inspected("{}").is_err() && inspected("no").is_err());
    }
}
