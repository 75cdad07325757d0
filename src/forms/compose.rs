//! Reads the service of a compose file that is a Score server, as compose reads it. Reads no override file, no
//! `extends` and no other compose file, and says so.

mod scalar;

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use super::{
    Changed, Command, EnvironmentOrigin, Fit, FormError, Outline, Reading, Source, Variable,
    container::{Container, Unread, split},
    ends_in,
    environment::{self, Filled, TooLong, Unset},
};
use crate::{
    score::unread::{Instead, UnreadName, unread as unread_name},
    text::yaml::{self, Node, What},
};

/// The names that compose looks for, in its order (compose-go `DefaultFileNames`).
pub const DEFAULT_NAMES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
/// The names of files that compose reads after a file with a default name (`DefaultOverrideFileNames`).
const OVERRIDES: [&str; 4] =
    ["compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"];

pub(super) fn named(name: &str) -> bool {
    ends_in(name, &["yml", "yaml"])
}

/// A key `services` at the top of YAML or JSON makes it sure. A file with the ending of YAML may be damaged.
pub(super) fn fits(outline: &Outline<'_>) -> Fit {
    if outline.has("services") || outline.has("include") && outline.is_yaml() {
        return Fit::Sure;
    }
    if outline.is_yaml() && !outline.foreign { Fit::Open } else { Fit::No }
}

pub(super) fn read(source: &Source<'_>) -> Result<Reading, FormError> {
    let Project { service, includes } = project(&source.text(), &source.file_name(), source.open)?;
    let container = service.ok_or(FormError::NoScore {
        name: "compose file",
        hint: "name the compose file with Score's service",
        instead: includes.then_some("the files that it includes are not read"),
    })?;
    let origin = EnvironmentOrigin::Compose { path: source.path.to_owned(), service: container.name.clone() };
    Ok(Reading::Container { container: Box::new(container), origin })
}

/// The facts that a compose file shows.
struct Project {
    /// The service that is a Score server.
    service: Option<Container>,
    includes: bool,
}

/// Reads a compose file. `open` reads a file next to it.
fn project(text: &str, name: &str, open: &dyn Fn(&Path) -> Option<Vec<u8>>) -> Result<Project, FormError> {
    // JSON allows tabs between words, and YAML does not.
    let text = if text.trim_start().starts_with('{') { text.replace('\t', " ") } else { text.to_owned() };
    let documents = yaml::read(&text)?;
    let services = documents.first().and_then(|document| document.get("services"));
    let includes = documents.first().is_some_and(|document| document.get("include").is_some());
    // The variables of this shell are never used: a different user may start Score.
    let beside = open(Path::new(".env")).map(|bytes| environment::compose(&bytes, &|_| None)).transpose();
    let beside = beside.map_err(|error| FormError::InFile { file: ".env", error })?.unwrap_or_default();
    let known = |name: &str| beside.iter().rev().find(|one| one.name == name).cloned();
    let reader = ServiceReader { known: &known, open };
    let mut alike = Vec::new();
    for (name, node) in services.map(Node::members).unwrap_or_default() {
        let service = reader.service(name, node)?;
        let build = node.get("build").map(yaml::flat).unwrap_or_default();
        let build = build.iter().map(|flat| flat.value.as_str()).collect::<Vec<_>>().join(" ");
        alike.extend(service.likeness(&build).map(|likeness| (likeness, service)));
    }
    // If several services are equally likely, the first one in the file is used.
    let mut service = alike.into_iter().rev().max_by_key(|(likeness, _)| *likeness).map(|(_, service)| service);
    if let Some(service) = &mut service {
        service.unread.extend(other_files(name, &known, open));
        if includes {
            service.unread.push(Unread::below("The files that the compose file includes are not read."));
        }
    }
    Ok(Project { service, includes })
}

/// Returns the files that compose reads together with this one.
fn other_files(
    name: &str,
    known: &dyn Fn(&str) -> Option<Variable>,
    open: &dyn Fn(&Path) -> Option<Vec<u8>>,
) -> Option<Unread> {
    if let Some(files) = known("COMPOSE_FILE").filter(|files| !files.value.shape(|text| text == name)) {
        let files = files.value.for_file().replace(':', ", ");
        return Some(Unread::above(format!("COMPOSE_FILE in .env names {files}. Only {name} is read.")));
    }
    let over = OVERRIDES.into_iter().filter(|_| DEFAULT_NAMES.contains(&name));
    let over = over.filter(|over| open(Path::new(over)).is_some()).collect::<Vec<_>>();
    over.first()
        .map(|over| Unread::above(format!("Compose also reads {over}, which overrides {name}. It is not read.")))
}

struct ServiceReader<'a> {
    known: &'a dyn Fn(&str) -> Option<Variable>,
    open: &'a dyn Fn(&Path) -> Option<Vec<u8>>,
}

impl ServiceReader<'_> {
    fn filled(&self, text: &str, line: usize) -> Result<Filled, TooLong> {
        environment::interpolated(text, self.known, Unset::Kept).map_err(|_| TooLong { line: Some(line) })
    }

    fn text(&self, node: &Node) -> Result<Option<String>, TooLong> {
        let filled = node.word().map(|word| self.filled(word, node.line)).transpose()?;
        Ok(filled.map(|filled| filled.value.for_file().to_owned()))
    }

    fn service(&self, name: &str, node: &Node) -> Result<Container, FormError> {
        let mut notes = Vec::new();
        let mut unread = Vec::new();
        if node.get("extends").is_some() {
            unread.push(Unread::below(format!("The service {name} extends another service, which is not read.")));
        }
        let mut variables = self.files(node.get("env_file"), &mut unread)?;
        if let Some(node) = node.get("environment") {
            variables.extend(self.environment(node, &mut notes)?);
        }
        let variables = last_of_each(variables);
        let known = |name: &str| variables.iter().rev().find(|one| one.name == name).cloned();
        let mut words = Vec::new();
        for node in [node.get("entrypoint"), node.get("command")].into_iter().flatten() {
            words.extend(self.words(node)?);
        }
        let mut mounts = Vec::new();
        for node in node.get("volumes").map(Node::items).unwrap_or_default() {
            mounts.extend(self.mount(node)?);
        }
        Ok(Container {
            name: name.to_owned(),
            image: node.get("image").map(|image| self.text(image)).transpose()?.flatten(),
            command: (!words.is_empty()).then(|| Command::of_container(words, &known)),
            mounts,
            variables,
            notes,
            unread,
        })
    }

    /// Reads `env_file`: a path, a list of paths, or a list of maps with `path`, `format` and `required`. A later file
    /// overrides an earlier one.
    fn files(&self, node: Option<&Node>, unread: &mut Vec<Unread>) -> Result<Vec<Variable>, FormError> {
        let one = node.filter(|node| node.items().is_empty());
        let all = one.into_iter().chain(node.map(Node::items).unwrap_or_default());
        let mut variables: Vec<Variable> = Vec::new();
        for file in all {
            let Some(path) = self.text(file.get("path").unwrap_or(file))? else { continue };
            let Some(bytes) = (self.open)(Path::new(&path)) else {
                if file.get("required").and_then(Node::word) != Some("false") {
                    unread.push(Unread::below(format!("{path} cannot be read; what it sets is not known here.")));
                }
                continue;
            };
            let raw = file.get("format").and_then(Node::word) == Some("raw");
            let read = if raw { Ok(environment::literal(&bytes)) } else { environment::compose(&bytes, self.known) };
            let read = read.map_err(|error| FormError::InFile { file: "env_file", error })?;
            variables.extend(read.into_iter().map(|one| Variable { file: Some(PathBuf::from(&path)), ..one }));
        }
        Ok(last_of_each(variables))
    }

    /// Reads `environment`: a map, or a list of `NAME=value`. A name alone gets its value from the shell that starts
    /// compose, or from `.env`.
    fn environment(&self, node: &Node, notes: &mut Vec<String>) -> Result<Vec<Variable>, FormError> {
        let mut all = Vec::new();
        let mut passed = Vec::new();
        let mut take = |name: &str, value: Option<(Filled, bool)>, line| {
            let (filled, scalar) = match value {
                Some(value) => value,
                None => match (self.known)(name) {
                    Some(known) => (Filled { value: known.value, changed: known.changed }, false),
                    None => return passed.push(name.to_owned()),
                },
            };
            let changed = if scalar { Some(Changed::Scalar) } else { filled.changed };
            all.push(Variable { line: Some(line), changed, ..Variable::new(name, filled.value) });
        };
        for (name, node) in node.members() {
            let value = node.word().map(|word| {
                let text = if node.plain { scalar::passed_on(word) } else { word.into() };
                Ok::<_, TooLong>((self.filled(&text, node.line)?, text != word))
            });
            take(name, value.transpose()?, node.line);
        }
        for node in node.items() {
            let Some(word) = node.word() else { continue };
            let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
            let value = value.map(|value| Ok::<_, TooLong>((self.filled(value, node.line)?, false)));
            take(name, value.transpose()?, node.line);
        }
        for name in &passed {
            if let Some(row) = unread_name(name) {
                notes.push(format!("The variable {name} has no effect, also if the shell sets it: {}.", instead(row)));
            }
        }
        if !passed.is_empty() {
            notes.push(format!(
                "These variables are set only if the shell that starts compose sets them: {}.",
                passed.join(", ")
            ));
        }
        Ok(all)
    }

    fn words(&self, node: &Node) -> Result<Vec<String>, TooLong> {
        if let What::Word(_) = node.what {
            return Ok(self.text(node)?.iter().flat_map(|text| split(text)).collect());
        }
        let words = node.items().iter().map(|item| self.text(item)).collect::<Result<Vec<_>, _>>()?;
        Ok(words.into_iter().flatten().collect())
    }

    /// Reads a mount: `./conf:/score/conf:ro`, or a map with `source` and `target`. Named volumes are not folders.
    fn mount(&self, node: &Node) -> Result<Option<(PathBuf, String)>, TooLong> {
        let (source, target) = if let Some(source) = node.get("source") {
            (self.text(source)?, node.get("target").map(|target| self.text(target)).transpose()?.flatten())
        } else {
            let text = self.text(node)?.unwrap_or_default();
            let mut parts = text.split(':').map(str::to_owned);
            (parts.next(), parts.next())
        };
        let (Some(source), Some(target)) = (source, target) else { return Ok(None) };
        Ok(source.starts_with(['.', '/']).then(|| (PathBuf::from(source), target)))
    }
}

/// Returns what Score reads or does instead of this name, as the end of a sentence.
fn instead(row: &UnreadName) -> String {
    match row.instead {
        Instead::Fact(fact) => fact.to_owned(),
        Instead::Settings(keys) => format!("Score reads {} instead", keys.join(" and ")),
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
        let found = project(COMPOSE, "stack.yml", &open).unwrap().service.unwrap();
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
        let named = |text: &str| project(text, "", &|_| None).unwrap().service.map(|found| found.name);
        assert_eq!(
            named("services: {song: {image: song-server}, score-server: {build: .}}"),
            Some("score-server".into())
        );
        assert_eq!(named("services: {x: {image: y, environment: [OBJECT_SENTINEL=z]}}"), Some("x".into()));
        assert_eq!(named("services: {x: {image: score-client}}"), None);
        assert_eq!(named("a: b"), None);
        assert!(project("a: [", "", &|_| None).is_err());
    }

    fn variables(text: &str, env: &str) -> Vec<(String, String, Option<Changed>)> {
        let open = |path: &Path| (path == Path::new(".env")).then(|| env.as_bytes().to_vec());
        let found = project(text, "compose.yml", &open).unwrap().service.unwrap();
        let told = |one: Variable| (one.name, one.value.for_file().to_owned(), one.changed);
        found.variables.into_iter().map(told).collect()
    }

    #[test]
    fn scalars_without_quotes_are_read_as_compose_passes_them_on() {
        let text = "services:\n  score-server:\n    environment:\n      A: 0123456789\n      B: '0123456789'\n      C: null\n      \
                    D: ~\n      E: no\n      F: 64_000_000\n      G: !!str 012\n      H: 8087\n      I: |\n        1e10\n";
        let told = variables(text, "D=of .env\n");
        let told: Vec<_> = told.iter().map(|(name, value, changed)| (&**name, &**value, *changed)).collect();
        let scalar = Some(Changed::Scalar);
        assert_eq!(
            told,
            [
                ("A", "1.23456789e+08", scalar),
                ("B", "0123456789", None),
                ("D", "of .env", None),
                ("E", "no", None),
                ("F", "64000000", scalar),
                ("G", "012", None),
                ("H", "8087", None),
                ("I", "1e10\n", None),
            ]
        );
    }

    #[test]
    fn a_dollar_in_the_file_beside_is_replaced_too() {
        let text = "services: {score-server: {environment: ['S3_SECRETKEY=${SECRET}', 'A=${SAFE}']}}";
        let told = variables(text, "SECRET=c2Vj$cmV0c2Vj\nSAFE='c2Vj$cmV0'\n");
        let dollar = Some(Changed::Dollar(Some(1)));
        assert_eq!(told, [("S3_SECRETKEY".into(), "c2Vj".into(), dollar), ("A".into(), "c2Vj$cmV0".into(), None)]);
    }

    #[test]
    fn files_that_compose_reads_too_are_told_and_not_read() {
        let unread = |text: &str, name: &str, files: &[(&str, &str)]| -> Vec<(bool, String)> {
            let open = |path: &Path| {
                let found = files.iter().find(|(name, _)| path == Path::new(name))?;
                Some(found.1.as_bytes().to_vec())
            };
            let found = project(text, name, &open).unwrap().service.unwrap();
            found.unread.into_iter().map(|one| (one.overrides, one.what)).collect()
        };
        let plain = "services: {score-server: {image: x}}";
        let over = ("docker-compose.override.yml", "services: {}");
        assert_eq!(unread(plain, "docker-compose.yml", &[]), []);
        assert_eq!(
            unread(plain, "docker-compose.yml", &[over]),
            [(
                true,
                "Compose also reads docker-compose.override.yml, which overrides docker-compose.yml. It is not read."
                    .into()
            )]
        );
        assert_eq!(unread(plain, "stack.yml", &[over]), []);
        assert_eq!(
            unread(plain, "base.yml", &[(".env", "COMPOSE_FILE=base.yml:prod.yml\n")]),
            [(true, "COMPOSE_FILE in .env names base.yml, prod.yml. Only base.yml is read.".into())]
        );
        assert_eq!(unread(plain, "base.yml", &[(".env", "COMPOSE_FILE=base.yml\n")]), []);
        let extends = "include: [a.yml]\nservices: {score-server: {extends: {service: base}, env_file: [{path: a, required: false}, b]}}";
        let whats = unread(extends, "x", &[]);
        assert_eq!(
            whats,
            [
                (false, "The service score-server extends another service, which is not read.".into()),
                (false, "b cannot be read; what it sets is not known here.".into()),
                (false, "The files that the compose file includes are not read.".into()),
            ]
        );
        let included = project("include: [a.yml]\nservices: {song: {image: x}}", "include.yml", &|_| None).unwrap();
        assert!(included.service.is_none() && included.includes);
    }
}
