//! Reads the service of a compose project that is a Score server, as compose reads it: with the override file or the files
//! of `COMPOSE_FILE`, `extends` and `include`.

mod layers;

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use super::{
    Changed, EnvironmentOrigin, Fit, FormError, Neighbour, Outline, Reading, Source, Variable,
    container::{Container, Unread},
    ends_in,
    environment::{self, Filled, TooLong, Unset, unknown},
    scalar, shell,
};
use crate::{
    score::unread::{Instead, UnreadName, unread as unread_name},
    text::yaml::{self, Node, What},
};
use layers::{ComposeFile, Layer, Loader, Model};

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
    let container = project(&source.text(), &source.file_name(), source.open)?;
    let container = container
        .ok_or(FormError::NoScore { name: "compose file", hint: "name the compose file with Score's service" })?;
    let origin = EnvironmentOrigin::Compose { path: source.path.to_owned(), service: container.name.clone() };
    Ok(Reading::Container { container: Box::new(container), origin })
}

/// Reads the variables of all services. A service that cannot be read is left out.
pub(super) fn containers(source: &Source<'_>) -> Vec<Neighbour> {
    let mut loader = Loader::new(source.open);
    let models = loader.models(&source.text(), &source.file_name()).unwrap_or_default();
    let mut left = MOST_VARIABLES;
    let mut all = Vec::new();
    for model in &models {
        let latest: HashMap<&str, &Variable> = model.variables.iter().map(|one| (one.name.as_str(), one)).collect();
        let known = |name: &str| latest.get(name).map(|one| (*one).clone());
        let reader = ServiceReader { known: &known, open: source.open };
        for name in services(model) {
            let Ok(layers) = loader.layers(&model.files, name) else { continue };
            let Some(rest) = left.checked_sub(layers.iter().map(size).sum()) else { return all };
            left = rest;
            all.extend(reader.service(name, &layers).map(|service| (name.to_owned(), service.variables)));
        }
    }
    all
}

/// Reads a compose file and the files that compose reads with it. Returns the service that is a Score server. `open`
/// reads a file by its path below the folder of the file.
fn project(text: &str, name: &str, open: &dyn Fn(&Path) -> Option<Vec<u8>>) -> Result<Option<Container>, FormError> {
    let mut loader = Loader::new(open);
    let models = loader.models(text, name)?;
    let mut left = MOST_VARIABLES;
    let mut best: Option<(u8, Result<Container, FormError>)> = None;
    let mut first_error = None;
    for model in &models {
        // The variables of this shell are never used: a different user may start Score.
        let latest: HashMap<&str, &Variable> = model.variables.iter().map(|one| (one.name.as_str(), one)).collect();
        let known = |name: &str| latest.get(name).map(|one| (*one).clone());
        let reader = ServiceReader { known: &known, open };
        for name in services(model) {
            let before = loader.unread.len();
            let read = loader.layers(&model.files, name).and_then(|layers| {
                left = left.checked_sub(layers.iter().map(size).sum()).ok_or(FormError::ManyParts)?;
                Ok((reader.service(name, &layers)?, build(&layers)))
            });
            let (likeness, read) = match read {
                Ok((service, build)) => (service.likeness(&build), Ok(service)),
                Err(error) => (likeness_of_broken(model, name), Err(error)),
            };
            // If several services are equally likely, the first one in the file is used.
            let better = likeness.filter(|likeness| best.as_ref().is_none_or(|(most, _)| likeness > most));
            match (better, read) {
                (Some(likeness), read) => best = Some((likeness, read)),
                // Faults of other services do not matter.
                (None, read) => {
                    loader.unread.truncate(before);
                    first_error = first_error.or(read.err());
                }
            }
        }
    }
    let Some((_, service)) = best else { return loader.error.or(first_error).map_or(Ok(None), Err) };
    let mut service = service?;
    let mut met = HashSet::new();
    loader.unread.retain(|one| met.insert(one.what.clone()));
    service.unread.append(&mut loader.unread);
    Ok(Some(service))
}

/// The most variables and files of variables of all services together.
const MOST_VARIABLES: usize = 200_000;

/// Returns the number of variables and files of variables of a part of a service.
fn size(layer: &Layer) -> usize {
    let of = |key: &str| layer.node().get(key).map_or(0, |node| node.members().len() + node.items().len());
    1 + of("environment") + of("env_file") + of("volumes")
}

/// Returns the texts that tell how the image of a service is built.
fn build(layers: &[Layer]) -> String {
    let build = layers.iter().filter_map(|layer| layer.node().get("build")).flat_map(yaml::flat);
    build.map(|flat| flat.value).collect::<Vec<_>>().join(" ")
}

/// Returns the likelihood that a service that cannot be read is a Score server, by its name and image.
fn likeness_of_broken(model: &Model, name: &str) -> Option<u8> {
    let mut nodes = model.files.iter().rev().filter_map(|file| file.service(name));
    let image = nodes.find_map(|node| node.get("image")?.word()).map(str::to_owned);
    Container { name: name.to_owned(), image, ..Container::default() }.likeness("")
}

/// Returns the names of the services of a model, each once.
fn services(model: &Model) -> Vec<&str> {
    let mut met = HashSet::new();
    let all = model.files.iter().flat_map(ComposeFile::services);
    all.filter(|name| met.insert(*name)).collect()
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

    /// Reads a service from its parts, the weakest first.
    fn service(&self, name: &str, layers: &[Layer]) -> Result<Container, FormError> {
        let (mut notes, mut unread) = (Vec::new(), Vec::new());
        let (mut of_files, mut own): (Vec<Variable>, Vec<Variable>) = (Vec::new(), Vec::new());
        for (layer, node) in merged(layers, "env_file") {
            self.files(layer, node, &mut of_files, &mut unread)?;
        }
        for (layer, node) in merged(layers, "environment") {
            let place = |one| Variable { file: layer.path.clone(), ..one };
            let (set, removed) = self.environment(node, &mut notes)?;
            own.retain(|one| !removed.contains(&one.name));
            own.extend(set.into_iter().map(place));
        }
        let mut mounts: Vec<(PathBuf, String)> = Vec::new();
        let mut targets: HashMap<String, usize> = HashMap::new();
        for (layer, node) in merged(layers, "volumes") {
            for node in node.items() {
                let Some((source, target)) = self.mount(node)? else { continue };
                let source = if source.is_absolute() { source } else { layer.folder.join(source) };
                let at = *targets.entry(target.clone()).or_insert(mounts.len());
                match mounts.get_mut(at) {
                    Some(mount) => mount.0 = source,
                    None => mounts.push((source, target)),
                }
            }
        }
        let variables = last_of_each(of_files.into_iter().chain(own).collect());
        let last = |key: &str| merged(layers, key).last().map(|(_, node)| *node);
        let mut words = Vec::new();
        for node in [last("entrypoint"), last("command")].into_iter().flatten() {
            words.extend(self.words(node)?);
        }
        let mut container = Container {
            name: name.to_owned(),
            image: last("image").map(|image| self.text(image)).transpose()?.flatten(),
            mounts,
            variables,
            notes,
            unread,
            ..Container::default()
        };
        container.start(words);
        Ok(container)
    }

    /// Reads `env_file`: a path, a list of paths, or a list of maps with `path`, `format` and `required`. A later file
    /// overrides an earlier one.
    fn files(
        &self,
        layer: &Layer,
        node: &Node,
        variables: &mut Vec<Variable>,
        unread: &mut Vec<Unread>,
    ) -> Result<(), FormError> {
        let one = Some(node).filter(|node| node.items().is_empty());
        for file in one.into_iter().chain(node.items()) {
            let Some(path) = self.text(file.get("path").unwrap_or(file))? else { continue };
            let file_path = layer.folder.join(&path);
            let Some(bytes) = (self.open)(&file_path) else {
                if file.get("required").and_then(Node::word) != Some("false") {
                    let what = format!("{path} cannot be read; what it sets is not known here.");
                    unread.push(Unread { what, overrides: !variables.is_empty() });
                }
                continue;
            };
            let raw = file.get("format").and_then(Node::word) == Some("raw");
            let read = if raw { Ok(environment::literal(&bytes)) } else { environment::compose(&bytes, self.known) };
            let read = read.map_err(|error| FormError::InFile { file: path, error })?;
            variables.extend(read.into_iter().map(|one| Variable { file: Some(file_path.clone()), ..one }));
        }
        Ok(())
    }

    /// Reads `environment`: a map, or a list of `NAME=value`. A name alone gets its value from `.env`, or from the shell
    /// that starts compose, and overrides all others. Also returns the names that `!reset` removes.
    fn environment(&self, node: &Node, notes: &mut Vec<String>) -> Result<(Vec<Variable>, Vec<String>), FormError> {
        let mut all = Vec::new();
        let mut passed = Vec::new();
        let mut removed = Vec::new();
        let mut take = |name: &str, value: Option<(Filled, bool)>, line| {
            let (filled, scalar) = value.unwrap_or_else(|| {
                let known = (self.known)(name).map(|known| Filled { value: known.value, changed: known.changed });
                let filled = known.unwrap_or_else(|| {
                    passed.push(name.to_owned());
                    Filled { value: unknown("the shell that starts compose"), changed: None }
                });
                (filled, false)
            });
            let changed = if scalar { Some(Changed::Scalar) } else { filled.changed };
            all.push(Variable { line: Some(line), changed, ..Variable::new(name, filled.value) });
        };
        for (name, node) in node.members() {
            if node.tag.as_deref() == Some("reset") {
                removed.push(name.clone());
                continue;
            }
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
        Ok((all, removed))
    }

    fn words(&self, node: &Node) -> Result<Vec<String>, TooLong> {
        if let What::Word(_) = node.what {
            return Ok(self.text(node)?.iter().flat_map(|text| shell::words(text)).collect());
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

/// Returns the values of a key in the parts of a service, the weakest first. `!reset` removes those below, and `!override`
/// replaces them.
fn merged<'a>(layers: &'a [Layer], key: &str) -> Vec<(&'a Layer, &'a Node)> {
    let mut all = Vec::new();
    for layer in layers {
        let Some(node) = layer.node().get(key) else { continue };
        match node.tag.as_deref() {
            Some("reset") => all.clear(),
            Some("override") => all = vec![(layer, node)],
            _ => all.push((layer, node)),
        }
    }
    all
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
        let found = project(COMPOSE, "stack.yml", &open).unwrap().unwrap();
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
        let named = |text: &str| project(text, "", &|_| None).unwrap().map(|found| found.name);
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
        let found = project(text, "compose.yml", &open).unwrap().unwrap();
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
                ("C", "${unknown here, from the shell that starts compose}", None),
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

    fn merged(name: &str, files: &[(&str, &str)]) -> Result<Option<Container>, FormError> {
        let open = |path: &Path| {
            let found = files.iter().find(|(name, _)| path == Path::new(name))?;
            Some(found.1.as_bytes().to_vec())
        };
        let text = files.iter().find(|(one, _)| *one == name).unwrap().1;
        project(text, name, &open)
    }

    fn shown(container: &Container) -> Vec<String> {
        let place = |one: &Variable| {
            let file = one.file.as_ref().map_or_else(String::new, |file| format!("{} ", file.display()));
            format!("{}={} {file}{}", one.name, one.value.for_file(), one.line.unwrap())
        };
        container.variables.iter().map(place).collect()
    }

    const MAIN: &str = "services:\n  score-server:\n    image: x:1\n    env_file: a.env\n    environment: {A: main, B: main}\n    volumes: ['./c:/c']\n";

    #[test]
    fn override_files_are_merged_as_compose_merges_them() {
        let over = "services:\n  score-server:\n    image: score-server:5.11.0\n    env_file: [b.env]\n    environment:\n      - B=over\n    volumes: ['/d:/c']\n";
        let a = ("a.env", "E=a\nF=a\nA=a\n");
        let b = ("b.env", "F=b\n");
        let found =
            merged("compose.yaml", &[("compose.yaml", MAIN), ("compose.override.yaml", over), a, b]).unwrap().unwrap();
        assert_eq!(shown(&found), ["E=a a.env 1", "F=b b.env 1", "A=main 5", "B=over compose.override.yaml 6"]);
        assert_eq!(
            (found.image.as_deref(), found.mounts),
            (Some("score-server:5.11.0"), vec![("/d".into(), "/c".into())])
        );
        // A file with another name is read alone, unless COMPOSE_FILE names it.
        let alone =
            merged("stack.yml", &[("stack.yml", MAIN), ("compose.override.yaml", over), a, b]).unwrap().unwrap();
        assert_eq!(alone.image.as_deref(), Some("x:1"));
        let listed = (".env", "COMPOSE_FILE=./stack.yml:prod.yml\n");
        let found = merged("stack.yml", &[("stack.yml", MAIN), ("prod.yml", over), listed, a, b]).unwrap().unwrap();
        assert_eq!(found.image.as_deref(), Some("score-server:5.11.0"));
        let others = (".env", "COMPOSE_FILE=p.yml:q.yml\n");
        let found = merged("stack.yml", &[("stack.yml", MAIN), others, a]).unwrap().unwrap();
        assert_eq!(found.unread, [Unread::above("COMPOSE_FILE in .env names p.yml, q.yml. Only stack.yml is read.")]);
    }

    #[test]
    fn a_service_is_read_with_what_it_extends_and_from_what_is_included() {
        let extends = "services:\n  storage:\n    extends: {file: base/base.yml, service: common}\n    image: score-server:5.11.0\n    environment: [A=own]\n";
        let base = "services:\n  common:\n    extends: deep\n    env_file: c.env\n    environment: [A=base, B=base]\n  deep:\n    environment: {C: '${HOST}'}\n";
        let files = [
            ("main.yml", "include: [extends.yml]\nservices: {song: {image: song-server}}\n"),
            ("extends.yml", extends),
            ("base/base.yml", base),
            ("base/c.env", "D=c\n"),
            (".env", "HOST=h\n"),
        ];
        for name in ["main.yml", "extends.yml"] {
            let found = merged(name, &files).unwrap().unwrap();
            let own = if name == "main.yml" { "A=own extends.yml 5" } else { "A=own 5" };
            assert_eq!(shown(&found), ["D=c base/c.env 1", "C=h base/base.yml 7", "B=base base/base.yml 5", own]);
            assert_eq!(found.unread, []);
        }
        let missing = "include: [gone.yml]\nservices: {score-server: {extends: {service: no}, env_file: [{path: a, required: false}, b]}}";
        let whats: Vec<_> =
            merged("x", &[("x", missing)]).unwrap().unwrap().unread.into_iter().map(|one| one.what).collect();
        assert_eq!(
            whats,
            [
                "b cannot be read; what it sets is not known here.",
                "gone.yml cannot be read; what it sets is not known here.",
                "The service score-server extends the service no, which does not exist.",
            ]
        );
    }

    #[test]
    fn circles_and_damaged_files_are_errors_with_their_place() {
        let twice = "services:\n  a: {extends: b}\n  b: {extends: a}\n";
        let error = |files: &[(&str, &str)]| merged(files[0].0, files).unwrap_err().to_string();
        assert_eq!(error(&[("x.yml", twice)]), "line 2: the service a extends itself");
        let (one, two) = (("one.yml", "include:\n  - two.yml\n"), ("two.yml", "include: [one.yml]\n"));
        assert_eq!(error(&[one, two]), "line 2: two.yml includes itself");
        assert_eq!(error(&[("x.yml", "include: [y.yml]"), ("y.yml", "a: [")]).split(',').next(), Some("y.yml"));
    }

    #[test]
    fn an_override_removes_or_replaces_what_is_below_it() {
        let over = "services:\n  score-server:\n    env_file: !reset []\n    environment:\n      A:\n      B: !reset null\n      C: c\n    volumes: !override ['/e:/e']\n";
        let a = ("a.env", "E=a\n");
        let read = |over: &str| {
            merged("compose.yaml", &[("compose.yaml", MAIN), ("compose.override.yaml", over), a]).unwrap().unwrap()
        };
        let found = read(over);
        let unknown = "A=${unknown here, from the shell that starts compose} compose.override.yaml 5";
        assert_eq!(shown(&found), [unknown, "C=c compose.override.yaml 7"]);
        assert_eq!(found.mounts, [("/e".into(), "/e".to_owned())]);
        let found = read("services:\n  score-server: !override\n    environment: [X=1]\n");
        assert_eq!(shown(&found), ["X=1 compose.override.yaml 3"]);
        let found = read("services:\n  score-server:\n    environment: !override\n      - A=1\n      - E\n");
        let unknown = "E=${unknown here, from the shell that starts compose} compose.override.yaml 5";
        assert_eq!(shown(&found), ["A=1 compose.override.yaml 4", unknown]);
    }

    #[test]
    fn an_include_may_name_its_files_of_variables() {
        let main = "include:\n  - path: sub/x.yml\n    env_file: [one.env, two.env]\n";
        let sub = "services: {score-server: {environment: {A: '${A}', B: '${B}'}}}\n";
        let files = [
            ("x", main),
            ("sub/x.yml", sub),
            ("one.env", "A=1\nB=1\n"),
            ("two.env", "B=$A-2\n"),
            ("sub/.env", "A=0\n"),
        ];
        assert_eq!(shown(&merged("x", &files).unwrap().unwrap()), ["A=1 sub/x.yml 1", "B=1-2 sub/x.yml 1"]);
        let found = merged("x", &files[..3]).unwrap().unwrap();
        let gone = "two.env cannot be read; what it sets is not known here.";
        assert_eq!(found.unread, [Unread::above(gone)]);
    }

    #[test]
    fn what_is_wrong_with_others_does_not_keep_score_from_being_read() {
        let doubled: Vec<_> = (1..64).map(|at| format!("A{at}=$A{0}$A{0}\n", at - 1)).collect();
        let bomb = format!("A0=0123456789abcdef\n{}", doubled.concat());
        let main = "include: [gone.yml, broken.yml]\nservices:\n  a: {extends: b}\n  b: {extends: a}\n  c: {env_file: bomb.env}\n  \
                    score-server: {environment: {A: 1}}\n";
        let files = [("x", main), ("broken.yml", "a: ["), ("bomb.env", &bomb)];
        let found = merged("x", &files).unwrap().unwrap();
        assert_eq!(shown(&found), ["A=1 6"]);
        let [gone, broken] = found.unread.as_slice() else { panic!("{:?}", found.unread) };
        assert!(gone.what.starts_with("gone.yml cannot be read") && !gone.overrides);
        assert!(broken.what.starts_with("What broken.yml includes is not read: broken.yml, line "), "{}", broken.what);
        // An error of Score's own service is reported, also if another one looks a little like it.
        let own = "services:\n  score-server: {env_file: bomb.env}\n  x: {environment: [OBJECT_SENTINEL=x]}\n";
        assert!(merged("x", &[("x", own), ("bomb.env", &bomb)]).is_err());
    }

    #[test]
    fn files_that_include_the_next_one_twice_are_bounded() {
        let text = |at: usize| match at {
            12 => "services: {}\n".to_owned(),
            at => format!("include: [f{next}.yml, f{next}.yml]\n", next = at + 1),
        };
        let files: Vec<(String, String)> = (0..=12).map(|at| (format!("f{at}.yml"), text(at))).collect();
        let mut all = vec![("x", "include: [f0.yml]\n")];
        all.extend(files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
        assert!(matches!(merged("x", &all), Err(FormError::ManyFiles { .. })));
    }

    #[test]
    fn a_file_that_many_services_extend_is_one_file() {
        let services = (0..300)
            .map(|at| format!("  s{at}: {{extends: {{file: base.yml, service: b}}}}\n"))
            .collect::<Vec<_>>()
            .concat();
        let main = format!("services:\n{services}  score-server: {{environment: [A=1]}}\n");
        let base = ("base.yml", "services: {b: {environment: [B=1]}}\n");
        assert!(merged("x", &[("x", &main), base]).unwrap().is_some());
        let many = (0..200)
            .map(|at| format!("  s{at}: {{extends: {{file: base{at}.yml, service: b}}}}\n"))
            .collect::<Vec<_>>()
            .concat();
        let own = "  score-server: {extends: {file: other.yml, service: b}}\n";
        let error = merged("x", &[("x", &format!("services:\n{many}{own}"))]).unwrap_err();
        assert!(matches!(error, FormError::ManyFiles { .. }) && error.hint().contains("docker compose config"));
        // Services that are large together, through one that all extend.
        let large = (0..5000).map(|at| format!("V{at}=1,")).collect::<Vec<_>>().concat();
        let services = (0..100).map(|at| format!("  s{at}: {{extends: b}}\n")).collect::<Vec<_>>().concat();
        let text = format!("services:\n  b: {{environment: [{large}]}}\n{services}");
        assert!(matches!(merged("x", &[("x", &text)]), Err(FormError::ManyParts)));
    }
}
