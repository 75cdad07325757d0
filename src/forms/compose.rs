//! Reads the service of a compose file that is a Score server, as compose reads it. Reads no override file, no
//! `extends` and no other compose file.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use super::{
    Command, EnvironmentOrigin, Form, FormError, Reading, Source, Variable,
    container::{Container, split},
    environment,
};
use crate::text::{
    secret::Secret,
    yaml::{self, Node, What, YamlError},
};

/// The row of the table `FORMS`.
#[derive(Debug)]
pub(super) struct Compose;

impl Form for Compose {
    fn name(&self) -> &'static str {
        "compose file"
    }

    /// Returns true for YAML that Score would not read itself, and for every text with a line `services:`.
    fn recognises(&self, source: &Source<'_>) -> bool {
        let name = source.file_name();
        let yaml = name.ends_with(".yml") || name.ends_with(".yaml");
        let services = || source.text().lines().any(|line| line.trim_end() == "services:");
        (yaml && !name.starts_with("application")) || (!name.ends_with(".properties") && services())
    }

    fn read(&self, source: &Source<'_>) -> Result<Reading, FormError> {
        let found = service(&source.text(), source.open)
            .map_err(|error| FormError::Yaml { error, hint: "fix that line: compose cannot read the file either" })?;
        let container = found.ok_or(FormError::NoScore {
            what: "it has no service of a Score server",
            hint: "name the compose file with Score's service",
        })?;
        let origin = EnvironmentOrigin::Compose { path: source.path.to_owned(), service: container.name.clone() };
        Ok(Reading::Container { container: Box::new(container), origin })
    }
}

/// Returns the service of a compose file that is a Score server, or `Ok(None)` if there is none. `open` reads a file
/// next to the compose file.
///
/// # Errors
/// Returns an error if the file is not YAML.
fn service(text: &str, open: &dyn Fn(&Path) -> Option<Vec<u8>>) -> Result<Option<Container>, YamlError> {
    let documents = yaml::read(text)?;
    let services = documents.first().and_then(|document| document.get("services"));
    // The variables of this shell are never used: a different user may start Score.
    let beside = open(Path::new(".env")).map(|bytes| environment::compose(&bytes, &|_| None)).unwrap_or_default();
    let known = |name: &str| beside.iter().rev().find(|one| one.name == name).map(|one| one.value.clone());
    let reader = ServiceReader { known: &known, open };
    let all = services.map(Node::members).unwrap_or_default().iter();
    let alike = all.filter_map(|(name, node)| {
        let service = reader.service(name, node);
        let build = node.get("build").map(yaml::flat).unwrap_or_default();
        let build = build.iter().map(|flat| flat.value.as_str()).collect::<Vec<_>>().join(" ");
        service.likeness(&build).map(|likeness| (likeness, service))
    });
    // If several services are equally likely, the first one in the file is used.
    Ok(alike.rev().max_by_key(|(likeness, _)| *likeness).map(|(_, service)| service))
}

struct ServiceReader<'a> {
    known: &'a dyn Fn(&str) -> Option<Secret>,
    open: &'a dyn Fn(&Path) -> Option<Vec<u8>>,
}

impl ServiceReader<'_> {
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

    /// Reads `env_file`: a path, a list of paths, or a list of maps with `path` and `format`. A later file overrides an
    /// earlier one.
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

    /// Reads `environment`: a map, or a list of `NAME=value`. A name alone gets its value from the environment of
    /// compose, or from `.env`.
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

    /// Reads a mount: `./conf:/score/conf:ro`, or a map with `source` and `target`. Named volumes are not folders.
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

/// Keeps the last variable of each name, which is the one that takes effect.
fn last_of_each(variables: Vec<Variable>) -> Vec<Variable> {
    let mut met = HashSet::new();
    let mut last: Vec<_> = variables.into_iter().rev().filter(|one| met.insert(one.name.clone())).collect();
    last.reverse();
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Release;

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
}
